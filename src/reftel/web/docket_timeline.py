"""The docket on two axes of time: when things are said to have been, and when they were known.

Both clocks are kept apart. What is said bears the speaker's clock, often without its zone, and is placed
as it was written; what is known bears the register's clock, which is UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.dtg import read_moment
from reftel.errors import ReftelError
from reftel.office import docket_views
from reftel.register.entries import clock_read
from reftel.web import plots
from reftel.web.docket_pages import choices_of, chosen_talks, show
from reftel.web.docket_shown import Glass, Sheaf, Shown, glass
from reftel.web.look import visible
from reftel.web.plots import Happening, Scale
from reftel.web.visit import visit

MOST_LISTED: Final = 200
MOST_DRAWN: Final = 60
"""More marks than these cannot be told apart; the table has them all."""
_LEGEND: Final = ("question or answer", "instruction", "text, move or outcome", "other")
_SHAPES: Final = {
    **dict.fromkeys(("question", "answer"), 0),
    **dict.fromkeys(("instruction", "withheld", "disclosure"), 1),
    **dict.fromkeys(("text", "move", "outcome", "session", "agreement", "bracket"), 2),
}
_MOST_TICKS: Final = 10
_NOT_SAID: Final = Scale(label="Nobody said when", ticks=())
_FIRST_YEAR, _LAST_YEAR = 1500, 2500
_TITLE: Final = "What was said, and when it was known"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Steps of ticks and how each is written; a month or a year is counted by the calendar.
_STEPS: Final = (
    (timedelta(minutes=10), "%H%M"),
    (_HOUR, "%H%M"),
    (6 * _HOUR, "%-d %b %H%M"),
    (_DAY, "%-d %b"),
    (7 * _DAY, "%-d %b"),
    (30 * _DAY, "%b %Y"),
    (91 * _DAY, "%b %Y"),
    (365 * _DAY, "%Y"),
    (1826 * _DAY, "%Y"),
    (3652 * _DAY, "%Y"),
    (9131 * _DAY, "%Y"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An item with its two times: as said, by the speaker's own clock (or ``None``), and as registered."""

    one: Shown
    said: datetime | None
    known: datetime


def timeline_page(request: Request) -> Response:
    """What was said to have been when, and when it was known: drawn, and as a table of the same."""
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        talks = docket_views.talks(connection, seen.lens)
        chosen, choices = chosen_talks(seen, talks), choices_of(seen, talks)
        sheaf = Sheaf(connection, seen)
        found = docket_views.timeline(connection, seen.lens, chosen or "", MOST_LISTED)
        events = events_of(sheaf.show(found))
    told = [event for event in events if event.one.kind not in {"post", "talks"}]
    drawn = told[-MOST_DRAWN:]
    return show(
        request,
        "docket/timeline.html",
        seen,
        sheaf,
        choices,
        events=list(reversed(events)),
        drawn=len(drawn),
        cut=len(told) > len(drawn),
        plot=draw(seen, drawn) if drawn else "",
        one_scale=_one_scale(drawn),
        most=MOST_LISTED,
    )


def events_of(found: Sequence[Shown]) -> list[Event]:
    """Items with their two times, in the order in which they were registered."""
    return [
        Event(one=one, said=said_at(one.date), known=clock_read(one.source.at))
        for one in found
        if one.source.at
    ]


def said_at(literal: str) -> datetime | None:
    """A time as written, on the clock of whoever wrote it; ``None`` without a year, or with one far off."""
    try:
        reading = read_moment(literal).reading if literal else None
    except ReftelError:
        return None
    if reading is None or not _FIRST_YEAR <= reading.local.year <= _LAST_YEAR:
        return None
    return reading.local.replace(tzinfo=UTC)


def _one_scale(events: Sequence[Event]) -> bool:
    """Whether both axes can have one scale: what was said lies not far from when it was known."""
    said = [event.said for event in events if event.said is not None]
    if not said:
        return True
    known = [event.known for event in events]
    whole = max(*said, *known) - min(*said, *known)
    return whole <= 4 * max(max(said) - min(said), max(known) - min(known), _DAY)


def draw(seen: Glass, events: Sequence[Event]) -> Markup:
    """The plot of some events, at least one."""
    said = [event.said for event in events if event.said is not None]
    known = [event.known for event in events]
    if _one_scale(events):
        said = known = [*said, *known]
    above, below = _span(said or known), _span(known)
    given = [
        Happening(
            said=None if event.said is None else _part(event.said, above),
            known=_part(event.known, below),
            shape=_SHAPES.get(event.one.kind, len(_LEGEND) - 1),
            words=_words(event),
            href=seen.item(event.one.name),
        )
        for event in events
    ]
    told = sum(event.said is not None for event in events)
    description = (
        f"{len(events)} items by when they were known, of which {told} say when it was. "
        "Each mark is a link; the table below has the same in words."
    )
    scales = (
        Scale(label=f"Said to have been{_dated(above)}", ticks=_ticks(above)) if told else _NOT_SAID,
        Scale(label=f"Known{_dated(below)}", ticks=_ticks(below)),
    )
    return plots.two_times(
        "two-times", "What was said, and when it was known", description, given, scales, _LEGEND
    )


def _words(event: Event) -> str:
    one = event.one
    said = f"said to have been {one.date}, " if one.date else ""
    words = f"{one.kind.capitalize()}: {one.source.quote[:80] or one.about[:80] or one.name}; {said}"
    return str(visible(f"{words}known {event.known:%-d %B %Y %H:%M} UTC").striptags())


def _span(times: Sequence[datetime]) -> tuple[datetime, datetime]:
    """The ends of an axis, a little beyond the first and the last."""
    first, last = min(times), max(times)
    edge = max((last - first) / 30, timedelta(minutes=15))
    return first - edge, last + edge


def _dated(span: tuple[datetime, datetime]) -> str:
    """What the ticks of an axis leave out: its day, or its years."""
    first, last = span
    if first.date() == last.date():
        return f", {first:%-d %B %Y}"
    return f", {first.year}" if first.year == last.year else f", {first.year} to {last.year}"


def _part(at: datetime, span: tuple[datetime, datetime]) -> float:
    return (at - span[0]) / (span[1] - span[0])


def _ticks(span: tuple[datetime, datetime]) -> tuple[tuple[float, str], ...]:
    """At most ten ticks at whole hours, days, months or years."""
    first, last = span
    step, form = next((one for one in _STEPS if (last - first) / one[0] <= _MOST_TICKS), _STEPS[-1])
    return tuple((_part(at, span), f"{at:{form}}") for at in _whole(first, last, step))


def _whole(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """The whole steps between two times; of months and years, their first days."""
    if step < 30 * _DAY:
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        count = int((last - start) / step) + 1
        return [at for n in range(count + 1) if first <= (at := start + n * step) <= last]
    months = max(1, round(step / (30.44 * _DAY)))
    begin = first.year * 12 // months * months
    found = []
    for n in range(begin, (last.year + 1) * 12, months):
        at = datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC)
        if first <= at <= last:
            found.append(at)
    return found


routes = [Route("/docket/timeline", timeline_page)]
