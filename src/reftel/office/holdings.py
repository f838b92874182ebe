"""Holdings: which copies are with whom, which lie in the safe, which are lost; a page at a time.

Nothing here writes. Each list goes on after the last copy that was shown, so that it costs the same
however many copies were ever printed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from reftel.errors import BadValue
from reftel.office.copies import LEDGER, OVERDUE_LIMIT
from reftel.office.sight import OUTSIDE_OF_ALL
from reftel.office.trays import FROM_CABLES, OF_CABLE, Line, lines_of
from reftel.store import tables as t

PAGE = 50
SAFE_PAGE = 500
"""A list for the safe is printed: the fewer pages it begins anew on, the better."""
IN_SAFE = ("in file", "returned")
MOST_TICKED = 1000
"""So many copies go on one tick list: an inventory is of everything that should lie there, or of nothing."""
_k = t.copies.c


@dataclass(frozen=True, slots=True, order=True)
class After:
    """The copy after which a list goes on: when it is due back (empty for never), its cable and place."""

    return_by: str
    cable: int
    seq: int

    def text(self) -> str:
        """As it stands in an address."""
        return f"{self.return_by}~{self.cable}~{self.seq}"

    @classmethod
    def read(cls, text: str) -> After | None:
        """Inverse of :meth:`text`; ``None`` for nothing. Raises :class:`BadValue`."""
        if not text:
            return None
        try:
            return_by, cable, seq = text.split("~")
            day = date.fromisoformat(return_by).isoformat() if return_by else ""
            return cls(day, _whole(cable), _whole(seq))
        except ValueError as error:
            raise BadValue("that is no place in a list", mend="Begin the list again.") from error


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise ValueError
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy, with the cable as its reader may see it.

    ``late`` is whether it should have come back before today, ``sealed`` whether it went to its
    reader's key and not on paper.
    """

    cable: int
    seq: int
    number: str
    state: str
    holder: str
    purpose: str
    return_by: str
    return_to: str
    opened: str
    reason: str
    sealed: bool
    late: bool
    entry: int
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """One page of copies, and after which the next goes on."""

    copies: tuple[Copy, ...]
    more: After | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What one person holds: how many copies, how many overdue or not opened, when the next is due.

    ``stopped`` is whether nothing more is issued to the person until some come back.
    """

    name: str
    copies: int
    late: int
    unopened: int
    next_due: str

    @property
    def stopped(self) -> bool:
        """Whether issue to this person is stopped."""
        return self.late > OVERDUE_LIMIT


def sees_all(roles: Collection[str]) -> bool:
    """Whether somebody with these roles on sees everybody's holdings; others see their own."""
    return not OUTSIDE_OF_ALL.isdisjoint(roles)


def out(
    connection: Connection,
    person: str,
    today: date,
    *,
    holder: str = "",
    cable: int = -1,
    late: bool = False,
    after: After | None = None,
) -> Copies:
    """The copies that are out, of one holder or cable if asked: what is overdue first, then by due date.

    ``person`` is who looks. What is never due comes last.
    """
    where: list[ColumnElement[bool]] = [_k.state == "issued"]
    if holder:
        where.append(_k.holder == holder)
    if cable >= 0:
        where.append(_k.cable == cable)
    dated = [*where, _k.return_by != ""]
    if late:
        dated.append(_k.return_by < today.isoformat())
    rows: list[Any] = []
    if after is None or after.return_by:
        here = tuple_(_k.return_by, _k.cable, _k.seq)
        query = select(t.copies).where(*dated).order_by(_k.return_by, _k.cable, _k.seq)
        if after is not None:
            query = query.where(here > tuple_(after.return_by, after.cable, after.seq))
        rows += connection.execute(query.limit(PAGE + 1))
    if len(rows) <= PAGE and not late:
        query = select(t.copies).where(*where, _k.return_by == "").order_by(_k.cable, _k.seq)
        if after is not None and not after.return_by:
            query = query.where(tuple_(_k.cable, _k.seq) > tuple_(after.cable, after.seq))
        rows += connection.execute(query.limit(PAGE + 1 - len(rows)))
    return _page(connection, person, today, rows, PAGE)


def in_safe(connection: Connection, person: str, today: date, *, after: After | None = None) -> Copies:
    """The copies that should lie in the safe, by cable: those never issued and those that came back."""
    return _by_cable(connection, person, today, IN_SAFE, after, SAFE_PAGE)


def astray(connection: Connection, person: str, today: date, *, after: After | None = None) -> Copies:
    """The copies that are lost or unaccounted for, by cable."""
    return _by_cable(connection, person, today, ("lost", "unaccounted"), after, PAGE)


def _by_cable(
    connection: Connection, person: str, today: date, states: Sequence[str], after: After | None, size: int
) -> Copies:
    rows: list[Any] = []
    for state in states:
        query = select(t.copies).where(_k.state == state).order_by(_k.cable, _k.seq)
        if after is not None:
            query = query.where(tuple_(_k.cable, _k.seq) > tuple_(after.cable, after.seq))
        rows += connection.execute(query.limit(size + 1))
    rows.sort(key=lambda row: (row.cable, row.seq))
    return _page(connection, person, today, rows[: size + 1], size)


def tick_list(connection: Connection, person: str, today: date, holder: str = "") -> tuple[Copy, ...]:
    """Every copy that an inventory expects: in the safe, or in one holder's hands.

    Raises :class:`BadValue` where there are too many for one list.
    """
    if holder:
        query = select(t.copies).where(_k.holder == holder, _k.state == "issued")
    else:
        query = select(t.copies).where(_k.state.in_(IN_SAFE))
    rows = list(connection.execute(query.order_by(_k.cable, _k.seq).limit(MOST_TICKED + 1)))
    if len(rows) > MOST_TICKED:
        raise BadValue(
            f"more than {MOST_TICKED} copies should be there, and an inventory is of all of them",
            mend="At the post's machine: `reftel inventory`, with the list of what was found.",
        )
    return _copies(connection, person, today, rows)


def totals(connection: Connection) -> dict[str, int]:
    """How many copies of all cables are where; the six sum to all that were ever printed."""
    counted: Select[Any] = select(_k.state, func.count()).group_by(_k.state)
    found = {state: int(count) for state, count in connection.execute(counted)}
    return {state: found.get(state, 0) for state in LEDGER}


def late_count(connection: Connection, today: date, holder: str = "") -> int:
    """How many copies should have come back before today."""
    query = select(func.count()).where(
        _k.state == "issued", _k.return_by != "", _k.return_by < today.isoformat()
    )
    if holder:
        query = query.where(_k.holder == holder)
    return int(connection.execute(query).scalar_one())


def holders(
    connection: Connection, today: date, *, after: str = "", one: str = ""
) -> tuple[tuple[Holder, ...], str]:
    """Who holds copies, by name, and after whom the list goes on (empty at its end); or ``one`` alone."""
    names = [one] if one else _names(connection, after)
    late = (_k.return_by != "") & (_k.return_by < today.isoformat())
    due = func.min(_k.return_by).filter(_k.return_by != "")
    counted: Select[Any] = select(
        _k.holder,
        func.count(),
        func.count().filter(late),
        func.count().filter(_k.opened == ""),
        func.coalesce(due, ""),
    )
    counted = counted.where(_k.holder.in_(names[:PAGE]), _k.state == "issued").group_by(_k.holder)
    found = tuple(
        Holder(name=name, copies=copies, late=overdue, unopened=unopened, next_due=next_due)
        for name, copies, overdue, unopened, next_due in connection.execute(counted.order_by(_k.holder))
    )
    return found, names[PAGE - 1] if len(names) > PAGE else ""


def _names(connection: Connection, after: str) -> list[str]:
    """The next holders' names: each found from the one before, so that their copies are not walked."""
    names: list[str] = []
    while len(names) <= PAGE:
        query = select(func.min(_k.holder)).where(_k.holder > (names[-1] if names else after))
        name = connection.execute(query).scalar()
        if name is None:
            break
        names.append(name)
    return names


def cables_named(
    connection: Connection, person: str, cables: Iterable[int], read: Collection[int] = ()
) -> dict[int, Line]:
    """Cables by their entries as ``person`` may name them; sender and subject of those in ``read`` only."""
    given = list(dict.fromkeys(cables))
    if not given:
        return {}
    query: Select[Any] = select(*OF_CABLE).select_from(FROM_CABLES).where(t.cables.c.cable.in_(given))
    lines = lines_of(connection, person, list(connection.execute(query)))
    return {
        line.cable: line if line.cable in read else replace(line, sender="", subject="") for line in lines
    }


def _page(connection: Connection, person: str, today: date, rows: Sequence[Any], size: int) -> Copies:
    shown = _copies(connection, person, today, rows[:size])
    last = shown[-1] if len(rows) > size else None
    return Copies(copies=shown, more=None if last is None else After(last.return_by, last.cable, last.seq))


def _copies(connection: Connection, person: str, today: date, rows: Sequence[Any]) -> tuple[Copy, ...]:
    lines = cables_named(connection, person, (row.cable for row in rows))
    return tuple(
        Copy(
            cable=row.cable,
            seq=row.seq,
            number=row.number,
            state=row.state,
            holder=row.holder,
            purpose=row.purpose,
            return_by=row.return_by,
            return_to=row.return_to,
            opened=row.opened,
            reason=row.reason,
            sealed=row.sealed_to != "",
            late=row.state == "issued" and row.return_by != "" and row.return_by < today.isoformat(),
            entry=row.entry,
            line=lines[row.cable],
        )
        for row in rows
    )


def copies_shown(connection: Connection, person: str, today: date, cable: int) -> tuple[Copy, ...]:
    """Every copy of one cable, in the order in which they were printed."""
    query = select(t.copies).where(_k.cable == cable).order_by(_k.seq)
    return _copies(connection, person, today, list(connection.execute(query)))


def runs(copies: Iterable[Copy]) -> dict[int, list[Copy]]:
    """Copies by their cable, in the order in which the cables come."""
    found: dict[int, list[Copy]] = defaultdict(list)
    for copy in copies:
        found[copy.cable].append(copy)
    return dict(found)
