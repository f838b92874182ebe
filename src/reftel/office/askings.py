"""What is asked of whom, a page at a time: open, overdue, to be chased, closed; as one person may see it.

Nothing here writes. A tasking quotes its cable: who may not read the cable sees that something is
asked, of whom and by when, and not what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select, tuple_

from reftel.errors import BadValue, NotFound
from reftel.office.holdings import cables_named, sees_all
from reftel.office.sight import Sight, own_cables, sights
from reftel.office.tasks import chase_at, is_overdue
from reftel.office.trays import Line
from reftel.register.entries import clock_read
from reftel.store import tables as t

PAGE = 40
SHOWS = ("open", "overdue", "chase", "fulfilled", "cancelled", "all")
_BATCH = 200
_WALKED = 2000
_k, _a = t.taskings.c, t.acts.c


@dataclass(frozen=True, slots=True, order=True)
class Ask:
    """Which tasking: its cable, and its number on that cable."""

    cable: int
    n: int

    def text(self) -> str:
        """As it stands in an address."""
        return f"{self.cable}~{self.n}"

    @classmethod
    def read(cls, text: str) -> Ask | None:
        """Inverse of :meth:`text`; ``None`` for nothing. Raises :class:`BadValue`."""
        cable, _, n = text.partition("~")
        if not text:
            return None
        if not (cable.isascii() and cable.isdigit() and n.isascii() and n.isdigit()) or len(text) > 30:
            raise BadValue("that is no place in a list", mend="Begin the list again.")
        return cls(int(cable), int(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One tasking, with its cable as its reader may name it.

    ``literal`` is empty for who may not read the cable; ``due`` is as read or as written, empty where
    none was set; ``chase`` is when it is to be chased, by the cable's precedence. ``by`` is the cable
    that fulfilled it, or last did so in part.
    """

    ask: Ask
    kind: str
    owner: str
    literal: str
    due: str
    state: str
    chased: int
    since: datetime
    chase: datetime
    overdue: bool
    to_chase: bool
    readable: bool
    entry: int
    line: Line
    by: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Askings:
    """One page of taskings; ``more`` is where the next goes on."""

    asked: tuple[Asked, ...]
    more: Ask | None


def askings(
    connection: Connection,
    person: str,
    roles: Collection[str],
    now: datetime,
    *,
    show: str = "open",
    owner: str = "",
    cable: int = -1,
    after: Ask | None = None,
) -> Askings:
    """The taskings that ``person`` may see: open ones oldest first, closed ones newest first.

    Of what is overdue or to be chased, at most two thousand open ones are looked at for one page.
    Raises :class:`BadValue` for a list that there is not.
    """
    if show not in SHOWS:
        raise BadValue("there is no such list", mend=f"One of {', '.join(SHOWS)}.")
    query = _query()
    if not sees_all(roles):
        query = query.where(_k.cable.in_(own_cables(person)))
    if show != "all":
        query = query.where(_k.state == ("open" if show in {"overdue", "chase"} else show))
    if show == "overdue":
        query = query.where(_k.due != "")
    if owner:
        query = query.where(func.lower(_k.owner) == owner.lower())
    if cable >= 0:
        query = query.where(_k.cable == cable)
    found: list[Any] = []
    walked, last = 0, None
    for row in _walk(connection, query, after, newest=show in {"fulfilled", "cancelled", "all"}):
        if len(found) == PAGE or walked == _WALKED:
            break
        walked, last = walked + 1, Ask(row.cable, row.n)
        if show not in {"overdue", "chase"} or _is(show, row, now):
            found.append(row)
    else:
        last = None
    return Askings(asked=_shown(connection, person, roles, now, found), more=last)


def asking(connection: Connection, person: str, roles: Collection[str], now: datetime, ask: Ask) -> Asked:
    """One tasking; :class:`NotFound` in the same words whether it is not there or not for this person."""
    rows = connection.execute(_query().where(_k.cable == ask.cable, _k.n == ask.n)).all()
    found = _shown(connection, person, roles, now, rows)
    if not found:
        raise NotFound("there is no such tasking here, or it is not for you")
    return found[0]


def _query() -> Select[Any]:
    query: Select[Any] = select(t.taskings, t.cables.c.precedence, _a.at)
    return query.join(t.cables, t.cables.c.cable == _k.cable).join(t.acts, _a.entry == _k.entry)


def _walk(connection: Connection, query: Select[Any], after: Ask | None, *, newest: bool) -> Iterator[Any]:
    here = tuple_(_k.cable, _k.n)
    query = query.order_by(_k.cable.desc(), _k.n.desc()) if newest else query.order_by(_k.cable, _k.n)
    while True:
        part = query
        if after is not None:
            beyond = tuple_(after.cable, after.n)
            part = query.where(here < beyond if newest else here > beyond)
        rows = connection.execute(part.limit(_BATCH)).all()
        yield from rows
        if len(rows) < _BATCH:
            return
        after = Ask(rows[-1].cable, rows[-1].n)


def _is(show: str, row: Any, now: datetime) -> bool:
    if show == "overdue":
        return is_overdue(row.due, now)
    return chase_at(row.precedence, clock_read(row.at)) <= now


def _shown(
    connection: Connection, person: str, roles: Collection[str], now: datetime, rows: Sequence[Any]
) -> tuple[Asked, ...]:
    seen = sights(connection, person, roles, [row.cable for row in rows])
    rows = [row for row in rows if seen[row.cable] > Sight.NOTHING]
    closing = {row.closed_by for row in rows if row.closed_by >= 0}
    seen |= sights(connection, person, roles, closing)
    named = {cable for cable in (*closing, *(row.cable for row in rows)) if seen[cable] > Sight.NOTHING}
    lines = cables_named(connection, person, named, {one for one in named if seen[one] >= Sight.SLIP})
    asked = []
    for row in rows:
        readable, is_open = seen[row.cable] is Sight.TEXT, row.state == "open"
        since = clock_read(row.at)
        chase = chase_at(row.precedence, since)
        asked.append(
            Asked(
                ask=Ask(row.cable, row.n),
                kind=row.kind,
                owner=row.owner,
                literal=row.literal if readable else "",
                due=row.due,
                state=row.state,
                chased=row.chased,
                since=since,
                chase=chase,
                overdue=is_open and is_overdue(row.due, now),
                to_chase=is_open and chase <= now,
                readable=readable,
                entry=row.entry,
                line=lines[row.cable],
                by=lines.get(row.closed_by),
            )
        )
    return tuple(asked)


def answering(
    connection: Connection, person: str, roles: Collection[str], cable: int, most: int
) -> tuple[Line, ...]:
    """Cables by which a tasking of ``cable`` may have been fulfilled: those that refer to it come first.

    Released here or received here, and seen by ``person``.
    """
    i, other, c = t.identifiers.c, t.identifiers.alias().c, t.cables.c
    keys = select(other.folded).where(other.cable == cable, other.scheme.not_like("%reference"))
    citing = select(i.cable).where(i.folded.in_(keys), i.scheme.like("%reference"), i.cable != cable)
    stands = (c.direction != "out") | (c.leaf >= 0)
    newest = select(c.cable).where(stands, c.cable != cable).order_by(c.cable.desc())
    refer = connection.execute(newest.where(c.cable.in_(citing)).limit(most)).scalars().all()
    others = connection.execute(newest.limit(most)).scalars().all()
    listed = list(dict.fromkeys([*refer, *others]))[:most]
    seen = sights(connection, person, roles, listed)
    lines = cables_named(connection, person, listed, {one for one in listed if seen[one] >= Sight.SLIP})
    return tuple(lines[one] for one in listed if seen[one] > Sight.NOTHING)
