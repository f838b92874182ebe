"""Office performance: how long cables wait on their way from receipt to reader, held against the objectives.

All times are those of the register's own clock: when the bag was taken in, when the cable was
deciphered, first printed, first issued, first opened. What was entered from paper was never
received here and is not counted. A long period is looked at by an even sample, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil
from statistics import median

from sqlalchemy import Connection, ScalarSelect, func, select

from reftel.cable.model import Precedence
from reftel.errors import BadValue
from reftel.office.view import OBJECTIVES
from reftel.register.entries import clock_read, clock_text
from reftel.register.log import size_of
from reftel.store import tables as t

STEPS = ("deciphered", "printed", "issued", "opened")
MAX_WEEKS = 52
SAMPLE = 1000
_NONE = -1
_PRECEDENCES = (_NONE, *map(int, Precedence))
_RUN = 32  # neighbours are looked at together: they lie on the same pages of the database
_SPREAD, _RING = 2_654_435_761, 1 << 32  # Knuth's multiplier: one run's neighbours fall far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """One cable that was received: its precedence (-1 for none), and how long it took to which step.

    ``minutes`` holds, for each of :data:`STEPS`, the minutes from receipt; ``None`` while it has not
    come to it. ``age`` is in minutes from receipt to the moment that is asked of.
    """

    cable: int
    precedence: int
    day: date
    age: float
    minutes: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long some cables took to one step, in minutes from receipt; ``cables`` is how many came to it."""

    step: str
    cables: int
    median: float
    ninth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The figures of some cables of one precedence (-1 for none), or of all.

    ``objective`` is in minutes from receipt to the printed sheet, 0 for none. ``judged`` counts the
    cables that were printed or should have been by now, ``within`` those printed in time.
    """

    precedence: int
    cables: int
    times: tuple[Times, ...]
    objective: int
    within: int
    judged: int

    @property
    def share(self) -> float | None:
        """The share printed within the objective, 0 to 1; ``None`` where none can be judged."""
        return self.within / self.judged if self.judged else None

    def to(self, step: str) -> Times | None:
        """The times to one step; ``None`` where no cable has come to it."""
        return next((times for times in self.times if times.step == step), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The cables deciphered in the week that begins on Monday ``starts`` (UTC): by precedence, and all."""

    starts: date
    lines: tuple[Line, ...]
    whole: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What the register says of a period: ``since`` (a Monday) up to the moment it was asked.

    ``received`` is how many cables were deciphered in it; where ``seen`` is less, the figures rest
    on so many, taken evenly. ``lines`` are by precedence, highest first. ``waiting`` counts what has
    arrived and is not deciphered.
    """

    since: date
    asked: datetime
    received: int
    seen: int
    lines: tuple[Line, ...]
    whole: Line
    weeks: tuple[Week, ...]
    waiting: int


def performance(connection: Connection, now: datetime, weeks: int) -> Performance:
    """The figures of the last ``weeks`` weeks, this one among them.

    Raises :class:`BadValue` for none, or for more than :data:`MAX_WEEKS`.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise BadValue(f"a period has 1 to {MAX_WEEKS} weeks")
    today = now.astimezone(UTC).date()
    since = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    first = _entry_at(connection, datetime(since.year, since.month, since.day, tzinfo=UTC))
    received = _count(connection, first)
    cables = _handled(connection, first, now, every=max(1, ceil(received / SAMPLE)))
    by_week = defaultdict(list)
    for one in cables:
        by_week[(one.day - since).days // 7].append(one)
    arrived = select(func.count()).select_from(t.arrivals).where(t.arrivals.c.state == "arrived")
    return Performance(
        since=since,
        asked=now,
        received=received,
        seen=len(cables),
        lines=_lines(cables),
        whole=_line(cables),
        weeks=tuple(
            Week(starts=since + timedelta(weeks=n), lines=_lines(by_week[n]), whole=_line(by_week[n]))
            for n in range(weeks)
        ),
        waiting=int(connection.execute(arrived).scalar_one()),
    )


def _entry_at(connection: Connection, moment: datetime) -> int:
    """The first entry at or after a time; the register's clock goes forward, so the middle is asked."""
    text, low, high = clock_text(moment), 0, size_of(connection)
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(t.acts.c.at).where(t.acts.c.entry == middle)).scalar_one()
        if at < text:
            low = middle + 1
        else:
            high = middle
    return low


def _count(connection: Connection, first: int) -> int:
    a = t.arrivals.c
    here = a.state == "deciphered", a.precedence.in_(_PRECEDENCES), a.entry >= first
    return int(connection.execute(select(func.count()).select_from(t.arrivals).where(*here)).scalar_one())


def _handled(connection: Connection, first: int, now: datetime, *, every: int) -> list[Handled]:
    """The cables deciphered from an entry on, or one run in ``every`` of them, and the time of each step.

    Deciphering an arrival is the entry by which the cable is known, and its bag came with the
    checkpoint that the bag's size names.
    """
    a, b, v = t.arrivals.c, t.bags.c, t.views.c
    came, opened = t.acts.alias().c, t.acts.alias().c
    query = (
        select(a.entry, a.precedence, came.at, opened.at, *(_first(step) for step in STEPS[1:]))
        .select_from(t.arrivals)
        .join(t.bags, (b.way == "in") & (b.peer == a.peer) & (b.serial == a.serial))
        .join(t.views, (v.origin == b.peer) & (v.size == b.size))
        .join(came.entry.table, came.entry == v.entry)
        .join(opened.entry.table, opened.entry == a.entry)
        .where(a.state == "deciphered", a.precedence.in_(_PRECEDENCES), a.entry >= first)
    )
    if every > 1:
        query = query.where(a.entry // _RUN * _SPREAD % _RING % every == 0)
    return [_read(row[0], row[1], row[2:], now) for row in connection.execute(query)]


def _read(cable: int, precedence: int, clocks: Sequence[str | None], now: datetime) -> Handled:
    received, *steps = [None if clock is None else clock_read(clock) for clock in clocks]
    assert received is not None and steps[0] is not None  # noqa: S101, PT018 - the query joins them
    return Handled(
        cable=cable,
        precedence=precedence,
        day=steps[0].date(),
        age=_minutes(received, now),
        minutes=tuple(None if at is None else _minutes(received, at) for at in steps),
    )


def _minutes(since: datetime, until: datetime) -> float:
    return (until - since) / timedelta(minutes=1)


def _first(kind: str) -> ScalarSelect[str]:
    act = t.acts.alias().c
    query = select(act.at).where(act.cable == t.arrivals.c.entry, act.kind == kind)
    return query.order_by(act.entry).limit(1).scalar_subquery()


def _lines(cables: Iterable[Handled]) -> tuple[Line, ...]:
    by_precedence = defaultdict(list)
    for one in cables:
        by_precedence[one.precedence].append(one)
    return tuple(_line(by_precedence[p], p) for p in sorted(by_precedence, reverse=True))


def _line(cables: Sequence[Handled], precedence: int = _NONE) -> Line:
    judged = [in_time for one in cables if (in_time := _in_time(one)) is not None]
    times = [_times(step, [one.minutes[n] for one in cables]) for n, step in enumerate(STEPS)]
    return Line(
        precedence=precedence,
        cables=len(cables),
        times=tuple(found for found in times if found is not None),
        objective=objective(precedence),
        within=sum(judged),
        judged=len(judged),
    )


def objective(precedence: int) -> int:
    """Minutes from receipt to the printed sheet; 0 where none is set for that precedence."""
    return 0 if precedence == _NONE else OBJECTIVES.get(Precedence(precedence), 0)


def _in_time(one: Handled) -> bool | None:
    """Whether a cable was printed within its objective; ``None`` while it still may be, or has none."""
    limit = objective(one.precedence)
    if not limit:
        return None
    taken = one.minutes[STEPS.index("printed")]
    if taken is not None:
        return taken <= limit
    return None if one.age <= limit else False


def _times(step: str, minutes: Iterable[float | None]) -> Times | None:
    taken = sorted(one for one in minutes if one is not None)
    if not taken:
        return None
    ninth = taken[ceil(0.9 * len(taken)) - 1]
    return Times(step=step, cables=len(taken), median=median(taken), ninth=ninth)
