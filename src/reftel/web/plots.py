"""Plots as SVG, drawn by the server: no script, no inline style; colours come from the page's own sheet.

Each is an image with a title and a description for those who do not see it, and stands beside a
table of the same figures. What tells marks apart is their shape and their words, colour comes second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup

WIDTH = 640
NARROW = 440
BROAD = 960
_LEFT, _RIGHT = 112, 18
_ROW = 44
_EDGE = 34
_STEP, _HIGH = 14, 10
_TICKS = ((1, "1 min"), (10, "10 min"), (60, "1 h"), (360, "6 h"), (1440, "1 day"), (10080, "1 week"))
_SHORTEST = 0.5  # minutes: what took less stands at the edge
_SHAPES = ("circle", "square", "triangle", "diamond")
_DEEP = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One row of times: its label, the named marks on it (minutes), a span to draw, and the objective.

    ``span`` is from and to, in minutes; ``objective`` is 0 for none.
    """

    label: str
    marks: tuple[tuple[str, float], ...]
    span: tuple[float, float] | None
    objective: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its label, its value (``None`` for none), and the words that stand over it."""

    label: str
    value: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something said to have been at one time and known at another, each from 0 to 1 on its scale.

    ``said`` is ``None`` where nobody said when; ``shape`` is a place in the legend, ``words`` name it.
    """

    said: float | None
    known: float
    shape: int
    words: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One axis of time: what it is, and its ticks from 0 to 1."""

    label: str
    ticks: tuple[tuple[float, str], ...]


def tracks(name: str, title: str, description: str, rows: Sequence[Track], legend: Sequence[str]) -> Markup:
    """Times on a scale by tens of minutes, a row for each track; ``name`` makes the ids of the page's own."""
    height = 54 + _ROW * len(rows) + 20
    longest = max([10080.0, *(minutes for row in rows for _, minutes in row.marks)])
    inside: list[Markup] = list(_legend(legend))
    foot = 40 + _ROW * len(rows)
    for tick, words in _TICKS:
        x = _across(tick, longest)
        inside.append(_line(x, 40, x, foot, "grid"))
        inside.append(_text(x, foot + 16, words, "scale", anchor="middle"))
    for place, row in enumerate(rows):
        y = 40 + _ROW * (place + 0.5)
        inside.append(_text(_LEFT - 12, y + 4, row.label, "label", anchor="end"))
        inside.append(_line(_LEFT, y, WIDTH - _RIGHT, y, "base"))
        if row.objective:
            x = _across(row.objective, longest)
            inside.append(_line(x, y - 15, x, y + 15, "goal"))
        if row.span is not None:
            inside.append(_line(_across(row.span[0], longest), y, _across(row.span[1], longest), y, "span"))
        for shape, (step, minutes) in zip(_SHAPES, row.marks, strict=False):
            inside.append(_mark(shape, _across(minutes, longest), y, step))
    return _svg(name, title, description, height, inside)


def columns(name: str, title: str, description: str, given: Sequence[Column], most: float) -> Markup:
    """A column for each value, up to ``most``; where there is none, a dash stands in its place."""
    step = (NARROW - 2 * _RIGHT) / max(len(given), 1)
    wide = min(step * 0.62, 44.0)
    foot = 30 + _DEEP
    inside = [_line(_RIGHT, foot, NARROW - _RIGHT, foot, "base")]
    # More labels than have room are left out, the last never.
    every = max(1, -(-len(given) * 48 // (NARROW - 2 * _RIGHT)))
    for place, column in enumerate(given):
        x = _RIGHT + step * (place + 0.5)
        high = 0.0 if column.value is None or most <= 0 else _DEEP * min(column.value / most, 1.0)
        if column.value is not None:
            inside.append(_bar(x - wide / 2, foot - high, wide, high))
        labelled = (len(given) - 1 - place) % every == 0
        if labelled:
            inside.append(_text(x, foot - high - 7, column.words, "value", anchor="middle"))
            inside.append(_text(x, foot + 17, column.label, "scale", anchor="middle"))
    return _svg(name, title, description, foot + 30, inside, NARROW)


def two_times(
    name: str,
    title: str,
    description: str,
    given: Sequence[Happening],
    scales: tuple[Scale, Scale],
    legend: Sequence[str],
) -> Markup:
    """When things are said to have been, above, and when they were known, below; a line joins the two.

    Each mark on the lower axis is a link, so that the plot is walked by keyboard in the order of knowing.
    """
    stacked = list(_stacked(given))
    upper = 84.0
    lower = upper + 150.0 + _STEP * max((level for *_, level in stacked), default=0)
    inside: list[Markup] = []
    x = float(_EDGE)
    for shape, word in zip(_SHAPES, legend, strict=False):
        inside += [_mark(shape, x + 6, 14, ""), _text(x + 17, 18, word, "scale", anchor="start")]
        x += 34 + 7.2 * len(word)
    for scale, y, step in zip(scales, (upper, lower), (-1, 1), strict=True):
        inside.append(_text(_EDGE, y + 40 * step + 4, scale.label, "label", anchor="start"))
        inside.append(_line(_EDGE, y, BROAD - _EDGE, y, "base"))
        for at, words in scale.ticks:
            inside.append(_line(_over(at), y, _over(at), y + 7 * step, "base"))
            inside.append(_text(_over(at), y + 20 * step + 4, words, "scale", anchor="middle"))
    dot = Markup('<circle class="mark" cx="{}" cy="{}" r="3"/>')
    for one, x, level in stacked:
        if one.said is not None:
            inside.append(_line(_over(one.said), upper, x, lower - _STEP * level, "join"))
            inside.append(dot.format(_n(_over(one.said)), _n(upper)))
    for one, x, level in stacked:
        mark = _mark(_SHAPES[one.shape], x, lower - _STEP * level, one.words)
        inside.append(Markup('<a href="{}" aria-label="{}">{}</a>').format(one.href, one.words, mark))
    return _svg(name, title, description, lower + 56, inside, BROAD, role="group")


def _stacked(given: Iterable[Happening]) -> Iterator[tuple[Happening, float, int]]:
    """Marks with the place and level at which each stands: those that would hide each other are stacked."""
    begin, count = float("-inf"), 0
    for one in sorted(given, key=lambda one: one.known):
        x = _over(one.known)
        wide = _STEP * (count // _HIGH)
        begin, count = (begin, count + 1) if x - begin - wide < _STEP else (x, 0)
        # a heap at the right end grows to the left
        aside = _STEP * (count // _HIGH) * (1 if begin < BROAD * 0.8 else -1)
        yield one, begin + aside, count % _HIGH


def _over(part: float) -> float:
    """Where a part of a broad plot's scale stands."""
    return _EDGE + part * (BROAD - 2 * _EDGE)


def _across(minutes: float, longest: float) -> float:
    """Where so many minutes stand on the scale."""
    low, high = log10(_SHORTEST), log10(longest * 1.15)
    part = (log10(max(minutes, _SHORTEST)) - low) / (high - low)
    return _LEFT + part * (WIDTH - _LEFT - _RIGHT)


def _legend(words: Sequence[str]) -> Iterable[Markup]:
    x = float(_LEFT)
    for shape, word in zip(_SHAPES, words, strict=False):
        yield _mark(shape, x + 5, 14, "")
        yield _text(x + 16, 18, word, "scale", anchor="start")
        x += 32 + 7.2 * len(word)
    yield _line(x + 4, 6, x + 4, 22, "goal")
    yield _text(x + 12, 18, "objective for print", "scale", anchor="start")


def _svg(
    name: str,
    title: str,
    description: str,
    height: float,
    inside: Iterable[Markup],
    width: int = WIDTH,
    role: str = "img",
) -> Markup:
    head = Markup(
        '<svg class="plot" role="{}" viewBox="0 0 {} {}" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>'
    ).format(role, width, _n(height), name, name, name, title, name, description)
    return head + Markup("").join(inside) + Markup("</svg>")


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    given = [_n(value) for value in (x1, y1, x2, y2)]
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, *given)


def _bar(x: float, y: float, wide: float, high: float) -> Markup:
    given = [_n(value) for value in (x, y, wide, high)]
    return Markup('<rect class="pillar" x="{}" y="{}" width="{}" height="{}"/>').format(*given)


def _text(x: float, y: float, words: str, kind: str, *, anchor: str) -> Markup:
    made = Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>')
    return made.format(kind, _n(x), _n(y), anchor, words)


def _mark(shape: str, x: float, y: float, words: str) -> Markup:
    points = {
        "square": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
        "triangle": ((0, -6), (6, 5), (-6, 5)),
        "diamond": ((0, -7), (7, 0), (0, 7), (-7, 0)),
    }.get(shape)
    told = Markup("<title>{}</title>").format(words) if words else Markup("")
    if points is None:
        given = (shape, _n(x), _n(y), told)
        return Markup('<circle class="mark {}" cx="{}" cy="{}" r="5.5">{}</circle>').format(*given)
    outline = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in points)
    return Markup('<polygon class="mark {}" points="{}">{}</polygon>').format(shape, outline, told)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
