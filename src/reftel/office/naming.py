"""What things that an act points to are called, in words that a person knows them by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from reftel.cable.numbering import fold
from reftel.office.clearance import split_marking
from reftel.register.entries import Json, decode_json
from reftel.store import tables as t


def cable_called(connection: Connection, entry: int) -> str:
    """A cable by its number, with its marking; a draft that is not entered yet has none."""
    row = connection.execute(select(t.cables).where(t.cables.c.cable == entry)).first()
    if row is None:
        return "this draft"
    if row.mrn:
        called = f"cable {row.mrn}" + (f", incoming {row.incoming}" if row.incoming else "")
    else:
        called = f"the {'draft' if row.direction == 'out' else 'cable from paper'} under entry {entry}"
    classification, captions = split_marking(row.marking)
    return f"{called} ({' '.join(filter(None, (classification, *captions))) or 'no marking'})"


def markings_of(connection: Connection, acts: Iterable[Json]) -> list[str]:
    """The markings of the cables that acts are about, as the ``cables`` table has them."""
    named = {cable for act in acts for cable in (act.get("on", -1), *_of_copies(act))}
    query = select(t.cables.c.marking).where(t.cables.c.cable.in_(named), t.cables.c.marking != "")
    return list(connection.execute(query.distinct()).scalars())


def _of_copies(act: Json) -> Iterator[int]:
    """The cables of the copies that an act moves; in a print run, copies are named without theirs."""
    return (copy[0] for copy in act.get("copies", []) if act["kind"] != "printed")


def post_called(connection: Connection, origin: str) -> str:
    """A post by its name and origin; by its origin alone where it is not known here."""
    name = connection.execute(select(t.posts.c.name).where(t.posts.c.origin == origin)).scalar()
    return origin if name is None else f"{name} ({origin})"


def authorities(connection: Connection, text: str = "") -> list[Json]:
    """The persons, bodies, offices and places of the authority list, by name.

    ``text`` asks for those that bear it: as their name, as a sheet prints it, or as a misprint.
    """
    rows = connection.execute(select(t.authorities).order_by(t.authorities.c.name))
    listed = [{"name": r.name, "kind": r.kind, **decode_json(r.detail.encode())} for r in rows]
    key = fold(text)
    return [one for one in listed if not key or key in {fold(name) for name in _names_of(one)}]


def _names_of(authority: Json) -> Iterator[str]:
    yield authority["name"]
    yield from authority.get("as_printed", [])
    yield from authority.get("misprints", [])
