"""Office performance: how long cables wait, by precedence and week, held against the objectives."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.model import Precedence
from reftel.office.performance import MAX_WEEKS, STEPS, Line, Performance, Week, performance
from reftel.web import plots
from reftel.web.asked import whole_asked
from reftel.web.plots import Column, Track
from reftel.web.rendering import render
from reftel.web.visit import visit

PERIODS = (4, 8, 13, 26, 52)
_HOUR, _DAY = 60, 24 * 60


def performance_page(request: Request) -> Response:
    """The figures of the last weeks: as plots, and as tables of the same."""
    who = visit(request)
    weeks = whole_asked(request, "weeks", 1, MAX_WEEKS, 8)
    with who.office.store.read() as connection:
        found = performance(connection, who.office.now(), weeks)
    return render(
        request,
        "performance/performance.html",
        section="performance",
        found=found,
        weeks=weeks,
        periods=PERIODS,
        steps=STEPS,
        name=precedence_name,
        took=took,
        percent=percent,
        handling=_handling(found),
        shares=_shares(found.weeks),
        volumes=_volumes(found.weeks),
    )


def precedence_name(precedence: int) -> str:
    """A precedence in words; -1 is none."""
    return "None" if precedence < 0 else Precedence(precedence).name.capitalize()


def took(minutes: float) -> str:
    """A span of time in few words: ``under 1 min``, ``12 min``, ``3 h 05``, ``2 d 4 h``."""
    whole = round(minutes)
    if whole < 1:
        return "under 1 min"
    if whole < _HOUR:
        return f"{whole} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR:02}"
    hours = round(minutes / _HOUR)
    return f"{hours // 24} d {hours % 24} h"


def percent(share: float | None) -> str:
    """A share in per cent, never rounded up to all or down to none; a dash for none."""
    if share is None:
        return "–"
    if 0 < share < 1:
        return f"{min(max(round(share * 100), 1), 99)}%"
    return f"{share:.0%}"


def _handling(found: Performance) -> str:
    rows = [_track(line) for line in found.lines]
    said = [_said(line) for line in found.lines]
    description = (
        "From receipt, in the middle of all cables: " + "; ".join(said) + "." if said else "No figures."
    )
    legend = [step.capitalize() for step in STEPS]
    return plots.tracks("handling", "Handling times by precedence", description, rows, legend)


def _track(line: Line) -> Track:
    printed = line.to("printed")
    marks = tuple((f"{times.step.capitalize()}: {took(times.median)}", times.median) for times in line.times)
    return Track(
        label=precedence_name(line.precedence),
        marks=marks,
        span=None if printed is None else (printed.median, printed.ninth),
        objective=line.objective,
    )


def _said(line: Line) -> str:
    steps = ", ".join(f"{times.step} after {took(times.median)}" for times in line.times)
    return f"{precedence_name(line.precedence)} {steps}"


def _shares(weeks: Sequence[Week]) -> str:
    given = [
        Column(label=_label(week), value=week.whole.share, words=percent(week.whole.share)) for week in weeks
    ]
    said = ", ".join(f"{column.label}: {column.words}" for column in given)
    title = "Share printed within the objective, by week"
    return plots.columns("shares", title, f"Week from Monday: {said}.", given, 1.0)


def _volumes(weeks: Sequence[Week]) -> str:
    given = [
        Column(label=_label(week), value=week.whole.cables, words=str(week.whole.cables)) for week in weeks
    ]
    most = max((week.whole.cables for week in weeks), default=0)
    said = ", ".join(f"{column.label}: {column.words}" for column in given)
    return plots.columns("volumes", "Cables by week", f"Week from Monday: {said}.", given, most)


def _label(week: Week) -> str:
    return f"{week.starts.day} {week.starts:%b}"


routes = [Route("/performance", performance_page)]
