"""What things that an act points to are called, in words that a person knows them by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from reftel.cable.numbering import fold
from reftel.office.clearance import split_marking
from reftel.register.entries import Json, decode_json
from reftel.register.log import find_entries
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


def authorities(connection: Connection, text: str = "", until: int = -1) -> list[Json]:
    """The persons, bodies, offices and places of the authority list, by name.

    ``text`` asks for those that bear it: as their name, as a sheet prints it, or as a misprint. The list
    is as it was after the entry ``until``, where one is given.
    """
    rows = connection.execute(select(t.authorities).order_by(t.authorities.c.name)).all()
    if 0 <= until < max((row.entry for row in rows), default=-1):
        listed = _authorities_at(connection, until)
    else:
        listed = [{"name": r.name, "kind": r.kind, **decode_json(r.detail.encode())} for r in rows]
    key = fold(text)
    return [one for one in listed if not key or key in {fold(name) for name in _names_of(one)}]


def _authorities_at(connection: Connection, until: int) -> list[Json]:
    """The list as its records have it: the table keeps the last of each name alone."""
    a = t.acts.c
    query = select(a.entry).where(a.kind == "named", a.entry <= until).order_by(a.entry)
    entries = find_entries(connection, list(connection.execute(query).scalars()))
    acts = [entries[number].decoded.act for number in sorted(entries)]
    found = {act["name"]: {"name": act["name"], "kind": act["as"], **act["detail"]} for act in acts}
    return [found[name] for name in sorted(found)]


def _names_of(authority: Json) -> Iterator[str]:
    yield authority["name"]
    yield from authority.get("as_printed", [])
    yield from authority.get("misprints", [])
