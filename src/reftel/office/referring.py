"""Which cables refer to a cable: the other way round of what a cable refers to."""

from __future__ import annotations

from sqlalchemy import Connection, select

from reftel.cable.plain import MAX_DEPTH
from reftel.register.entries import Json
from reftel.store import tables as t

MOST = 50
# Named one by one, so that each is looked up: a time of day is borne by many cables, and cited by few.
_CITING = tuple("carried " * depth + "reference" for depth in range(MAX_DEPTH + 1))
_NO_NAMES = ("kind", "carried kind", "enclosure not held")


def referring(connection: Connection, cable: int) -> list[Json]:
    """The cables that refer to this one by anything that it bears, the newest first; at most ``MOST``.

    Each with its entry, its own number, who sent it and how it is written there.
    """
    own, citing, c = t.identifiers.alias("own").c, t.identifiers.alias("citing").c, t.cables.c
    query = (
        select(c.cable, c.direction, c.mrn, c.incoming, c.origin, c.dtg, citing.literal)
        .where(own.cable == cable, own.scheme.not_like("%reference"), own.scheme.not_in(_NO_NAMES))
        .where(citing.folded == own.folded, citing.scheme.in_(_CITING), citing.cable != cable)
        .where(c.cable == citing.cable)
        .distinct()
        .order_by(c.cable.desc())
        .limit(4 * MOST)
    )
    found: dict[int, Json] = {}
    for row in connection.execute(query):
        number = row.incoming if row.direction == "in" and row.incoming else row.mrn
        one = {"cable": row.cable, "number": number, "origin": row.origin, "dtg": row.dtg}
        found.setdefault(row.cable, one | {"literal": row.literal})
    return list(found.values())[:MOST]
