"""The register as people read it: its entries, newest first, and who may see what of them.

The rule of this file:

* an auditor or an administrator, with that role on, sees every entry;
* the office (clerks, releasing officers) sees every entry but invitations;
* everybody sees what concerns the post as a whole: its keys and cards, its people and rules;
* whoever sees a cable sees its entries;
* what a record holds, letter for letter, is for those who may read its cable. An auditor or an
  administrator reads every record of a cable for which he is cleared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from reftel.errors import NotFound
from reftel.office.clearance import split_marking
from reftel.office.holdings import cables_named, sees_all
from reftel.office.office import find_cable, find_person
from reftel.office.sight import Sight, is_cleared, own_cables, sights
from reftel.office.trays import Line
from reftel.register.entries import Record
from reftel.register.log import Entry, find_entry, size_of
from reftel.register.projections import KINDS
from reftel.store import tables as t

PAGE = 50
LOOKED_BACK = 20_000
"""A page of one person's acts is looked for in so many entries."""
OF_THE_POST = frozenset(
    (
        "post opened",
        "card issued",
        "card known",
        "epoch opened",
        "epoch retired",
        "seed destroyed",
        "person admitted",
        "person departed",
        "passkey enrolled",
        "passkey admitted",
        "passkey revoked",
        "recovery kept",
        "reader known",
        "reader confirmed",
        "rule switched",
        "restored",
    )
)
"""Kinds of entry that concern the post as a whole and say nothing of any cable."""
_OVERSEERS = frozenset(("auditor", "administrator"))
_FOR_OVERSEERS = frozenset(("invited",))
_NONE = -1
_a = t.acts.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry in the list: what was done, by whom, when, and on which cable, if the reader may name it."""

    entry: int
    kind: str
    who: str
    at: str
    cable: int
    line: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One page of entries; ``more`` is the entry below which the next goes on (-1 at the end).

    ``size`` is how many entries the register has.
    """

    rows: tuple[Row, ...]
    more: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One entry as somebody may see it; ``record`` is ``None`` where its content is not for that person.

    ``marking`` is that of its cable where the record is shown, empty otherwise.
    """

    row: Row
    entry: Entry
    record: Record | None
    marking: str


def kinds() -> list[str]:
    """Every kind of entry, by name."""
    return sorted(KINDS)


def entries(
    connection: Connection,
    person: str,
    roles: Collection[str],
    *,
    kind: str = "",
    who: str = "",
    cable: int = _NONE,
    below: int = _NONE,
) -> Rows:
    """The entries that ``person`` may see, newest first: of one kind, person or cable if asked."""
    size = size_of(connection)
    top = size if below == _NONE else min(below, size)
    query = _visible(person, roles).where(_a.entry < top)
    if kind:
        query = query.where(_a.kind == kind)
    if cable != _NONE:
        query = query.where(_a.cable == cable)
    floor = 0
    if who:
        floor = max(0, top - LOOKED_BACK)
        query = query.where(_a.who == who, _a.entry >= floor)
    found = connection.execute(query.order_by(_a.entry.desc()).limit(PAGE + 1)).all()
    more = found[PAGE - 1].entry if len(found) > PAGE else (floor or _NONE)
    return Rows(rows=_named(connection, person, roles, found[:PAGE]), more=more, size=size)


def _visible(person: str, roles: Collection[str]) -> Select[Any]:
    query: Select[Any] = select(_a.entry, _a.cable, _a.kind, _a.who, _a.at)
    if not _OVERSEERS.isdisjoint(roles):
        return query
    if sees_all(roles):
        return query.where(_a.kind.not_in(_FOR_OVERSEERS))
    return query.where(or_(_a.kind.in_(OF_THE_POST), _a.cable.in_(own_cables(person))))


def _named(
    connection: Connection, person: str, roles: Collection[str], rows: Collection[Any]
) -> tuple[Row, ...]:
    seen = sights(connection, person, roles, {row.cable for row in rows if row.cable != _NONE})
    shown = {cable for cable, sight in seen.items() if sight > Sight.NOTHING}
    lines = cables_named(connection, person, shown)
    return tuple(
        Row(
            entry=row.entry,
            kind=row.kind,
            who=row.who,
            at=row.at,
            cable=row.cable,
            line=lines.get(row.cable),
        )
        for row in rows
        if row.cable == _NONE or row.cable in shown
    )


def entry_seen(connection: Connection, person: str, roles: Collection[str], number: int) -> Seen:
    """One entry; :class:`NotFound` in the same words whether there is none or it is not for this person."""
    found = connection.execute(_visible(person, roles).where(_a.entry == number)).all()
    rows = _named(connection, person, roles, found)
    if not rows:
        raise NotFound("there is no such entry here, or it is not for you")
    entry = find_entry(connection, number)
    may_read, marking = _may_read(connection, person, roles, rows[0])
    return Seen(
        row=rows[0],
        entry=entry,
        record=entry.decoded if may_read else None,
        marking=marking if may_read else "",
    )


def _may_read(connection: Connection, person: str, roles: Collection[str], row: Row) -> tuple[bool, str]:
    """Whether somebody may read a record, letter for letter; and the marking of its cable."""
    if row.cable == _NONE:
        return True, ""
    cable = find_cable(connection, row.cable)
    if not _OVERSEERS.isdisjoint(roles):
        return is_cleared(find_person(connection, person), cable), cable.marking
    sight = sights(connection, person, roles, [row.cable])[row.cable]
    return sight is Sight.TEXT, cable.marking


def neighbours(connection: Connection, person: str, roles: Collection[str], number: int) -> tuple[int, int]:
    """The entries before and after one that somebody may see; -1 where there is none."""
    visible = _visible(person, roles)
    before = connection.execute(visible.where(_a.entry < number).order_by(_a.entry.desc()).limit(1)).first()
    after = connection.execute(visible.where(_a.entry > number).order_by(_a.entry).limit(1)).first()
    return (_NONE if before is None else before.entry, _NONE if after is None else after.entry)


def band(marking: str) -> str:
    """A marking in words, as it stands over a page."""
    classification, captions = split_marking(marking)
    return " · ".join(filter(None, (classification, *captions)))
