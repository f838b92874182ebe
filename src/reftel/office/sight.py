"""Sight: how much of a cable one person may see, through the roles that are on and the copies held.

The one rule, for every page, list, download and search:

* whoever is not cleared for a cable's marking and captions sees neither its text nor its subject;
* a registry clerk reads every cable, a cipher clerk those that came or went out, a releasing officer
  those of this post, a drafter those that he drafted or edited, a clearing officer those that he was
  asked to clear;
* whoever holds an issued copy sees the slip: from, to, subject, times, where the copies are. The text
  is in the copy alone: on paper, or sealed to the reader's key and opened in the reader's browser;
* registry and cipher clerks, releasing officers, auditors and administrators see the outside of what
  they may not read: numbers, marking, times, the ledger and who handled it;
* for everybody else the cable is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Row, bindparam, select

from reftel.errors import NotCleared, NotFound
from reftel.office.clearance import check_clearance
from reftel.store import tables as t
from reftel.store.lists import among, listed

OUTSIDE_OF_ALL = frozenset(
    ("registry clerk", "cipher clerk", "releasing officer", "auditor", "administrator")
)
"""The roles that see the outside of every cable."""
_c, _k, _a, _e = t.cables.c, t.copies.c, t.acts.c, t.clearances.c
_ROWS = select(_c.cable, _c.direction, _c.leaf, _c.marking).where(among(_c.cable, "cables"))
_PERSON = select(t.people).where(t.people.c.name == bindparam("person"), t.people.c.standing == "serving")
_HELD = select(_k.cable).where(
    _k.holder == bindparam("person"), _k.state == "issued", among(_k.cable, "cables")
)
_DRAFTED = select(_a.cable).where(
    among(_a.cable, "cables"), _a.kind.in_(("drafted", "edited")), _a.who == bindparam("person")
)
_ASKED = select(_e.cable).where(among(_e.cable, "cables"), _e.officer == bindparam("person"))


class Sight(IntEnum):
    """How much somebody sees of a cable; each step holds those below it."""

    NOTHING = 0
    OUTSIDE = 1
    SLIP = 2
    TEXT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, with which roles on: nobody is told of cables that are not for them.

    Where ``None`` stands instead, whoever holds the post's own keys asks.
    """

    person: str
    roles: frozenset[str]


def sights(
    connection: Connection, person: str, roles: Collection[str], cables: Iterable[int]
) -> dict[int, Sight]:
    """How much ``person`` sees of each cable, with these roles on; one that is not here is left out.

    ``roles`` are those that are on, all of them held by the person.
    """
    wanted = list(dict.fromkeys(cables))
    if not wanted:
        return {}
    given = {"cables": listed(wanted), "person": person}
    reader = connection.execute(_PERSON, given).first()
    rows = connection.execute(_ROWS, given).all()
    if reader is None:
        return {row.cable: Sight.NOTHING for row in rows}
    cleared = {row.marking: row for row in rows}
    reached = {marking for marking, row in cleared.items() if is_cleared(reader, row)}
    by_office = {row.cable for row in rows if _reads_by_office(roles, row)}
    if len(by_office) == len(rows):
        # Whoever reads them all by office is not asked what else he holds.
        return {row.cable: Sight.TEXT if row.marking in reached else Sight.OUTSIDE for row in rows}
    held = set(connection.execute(_HELD, given).scalars())
    own = by_office
    if "drafter" in roles:
        own.update(connection.execute(_DRAFTED, given).scalars())
    if "clearing officer" in roles:
        own.update(connection.execute(_ASKED, given).scalars())
    return {
        row.cable: _sight(roles, row, cleared=row.marking in reached, held=held, reads=row.cable in own)
        for row in rows
    }


def _sight(roles: Collection[str], row: Any, *, cleared: bool, held: Collection[int], reads: bool) -> Sight:
    outside = not OUTSIDE_OF_ALL.isdisjoint(roles)
    if not cleared:
        return Sight.OUTSIDE if outside or reads or row.cable in held else Sight.NOTHING
    if reads:
        return Sight.TEXT
    if row.cable in held:
        return Sight.SLIP
    return Sight.OUTSIDE if outside else Sight.NOTHING


def _reads_by_office(roles: Collection[str], row: Any) -> bool:
    if "registry clerk" in roles:
        return True
    ours = row.direction == "out"
    if "releasing officer" in roles and ours:
        return True
    return "cipher clerk" in roles and (not ours or row.leaf >= 0)


def is_cleared(reader: Row[Any], row: Any) -> bool:
    """Whether a person's clearance and captions reach a cable's marking: :func:`check_clearance`, asked."""
    try:
        check_clearance(reader, row)
    except NotCleared:
        return False
    return True


def own_cables(person: str) -> CompoundSelect[Any]:
    """The cables of which somebody may see more than nothing without an office-wide role: a query of entries.

    Those held, drafted, or asked to be cleared. Which of them, and how much, is for :func:`sights`.
    """
    held = select(_k.cable).where(_k.holder == person, _k.state == "issued")
    drafted = select(_c.cable).where(_c.drafter == person)
    return held.union(drafted, select(_e.cable).where(_e.officer == person))


def sight(connection: Connection, person: str, roles: Collection[str], cable: int) -> Sight:
    """How much ``person`` sees of one cable; nothing of one that is not here."""
    return sights(connection, person, roles, [cable]).get(cable, Sight.NOTHING)


def see(
    connection: Connection, person: str, roles: Collection[str], cable: int, least: Sight = Sight.OUTSIDE
) -> Sight:
    """How much ``person`` sees of a cable, and at least ``least``.

    Raises :class:`NotFound`, in the same words whether it may not be seen or is not here.
    """
    found = sight(connection, person, roles, cable)
    if found < least:
        raise NotFound("there is no such cable here, or it is not for you")
    return found


def may_read(connection: Connection, person: str, roles: Collection[str], cable: int) -> bool:
    """Whether the office may show ``person`` the text of a cable."""
    return sight(connection, person, roles, cable) is Sight.TEXT


def seen_of(
    connection: Connection,
    person: str,
    roles: Collection[str],
    cables: Sequence[int],
    least: Sight = Sight.OUTSIDE,
) -> list[int]:
    """Those of ``cables`` of which ``person`` sees at least so much, in their order."""
    found = sights(connection, person, roles, cables)
    return [cable for cable in cables if found.get(cable, Sight.NOTHING) >= least]
