"""What things that an act points to are called, in words that a person knows them by."""

from __future__ import annotations

from sqlalchemy import Connection, select

from reftel.office.clearance import split_marking
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


def post_called(connection: Connection, origin: str) -> str:
    """A post by its name and origin; by its origin alone where it is not known here."""
    name = connection.execute(select(t.posts.c.name).where(t.posts.c.origin == origin)).scalar()
    return origin if name is None else f"{name} ({origin})"
