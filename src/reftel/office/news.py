"""News: whose lists are changed by what was entered, so that only their pages look again.

Who is named too many looks once more for nothing; who is left out would see an old list. So in doubt
somebody is named.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from reftel.store import tables as t

MOST_ENTRIES = 1000
"""Of more than this at once everybody is told."""
_CLERKS = frozenset({"registry clerk", "cipher clerk", "releasing officer"})
_WITHOUT_CABLE = {
    "arrived": _CLERKS,
    "held": _CLERKS,
    "dispatched": _CLERKS | {"drafter"},
    "receipted": _CLERKS | {"drafter"},
    "destroyed": _CLERKS,
    "inventoried": _CLERKS,
}
_a, _k, _c, _e = t.acts.c, t.copies.c, t.cables.c, t.clearances.c
_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)
_ENTERED = select(_a.cable, _a.kind, _a.who).where(_a.entry.between(bindparam("first"), bindparam("last")))
_HOLDERS = select(_k.holder).where(_k.cable.in_(_CABLES), _k.holder != "").distinct()
_DRAFTERS = select(_c.drafter).where(_c.cable.in_(_CABLES), _c.drafter != "").distinct()
_OFFICERS = select(_e.officer).where(_e.cable.in_(_CABLES)).distinct()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Whom something concerns: these people, everybody with one of these roles on, or everybody."""

    people: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    everybody: bool = False

    def concerns(self, person: str, roles: Collection[str]) -> bool:
        """Whether it concerns ``person``, who has these roles on."""
        return self.everybody or person in self.people or not self.roles.isdisjoint(roles)


def news(connection: Connection, first: int, last: int) -> News:
    """Whose lists the entries from ``first`` to ``last`` may have changed."""
    if last - first >= MOST_ENTRIES:
        return News(everybody=True)
    acts = connection.execute(_ENTERED, {"first": first, "last": last}).all()
    cables = sorted({act.cable for act in acts if act.cable >= 0})
    roles = {role for act in acts if act.cable < 0 for role in _WITHOUT_CABLE.get(act.kind, ())}
    people = {act.who for act in acts if act.who}
    if cables:
        roles |= _CLERKS
        released = [act.cable for act in acts if act.kind == "released"]
        touched = {"cables": [*cables, *_answered(connection, released)]}
        for query in (_HOLDERS, _DRAFTERS, _OFFICERS):
            people.update(connection.execute(query, touched).scalars())
    return News(people=frozenset(people), roles=frozenset(roles))


def _answered(connection: Connection, cables: list[int]) -> list[int]:
    """The cables to which these refer by their numbers: their lines say that they are answered."""
    if not cables:
        return []
    own, citing = t.identifiers.alias("own").c, t.identifiers.alias("citing").c
    query = select(own.cable).where(citing.cable.in_(_CABLES), citing.scheme == "reference")
    query = query.where(own.folded == citing.folded, own.scheme == "MRN").distinct().limit(MOST_ENTRIES)
    return list(connection.execute(query, {"cables": cables}).scalars())


def touches(connection: Connection) -> dict[str, tuple[str, ...]]:
    """What waits for somebody's touch: under what names each asking and its signatures, who takes part."""
    w = t.waiting_acts.c
    query = select(w.id, w.signers, w.signatures).where(w.state == "waiting")
    return {
        f"{row.id} {','.join(sorted(json.loads(row.signatures)))}": tuple(json.loads(row.signers))
        for row in connection.execute(query)
    }
