"""What is cited and not held, a page at a time: references, enclosures, and numbers missing from a series.

A citation quotes its cable: it is shown to who may read that. The newest cables are walked first, and
of each page so many at most.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from reftel.cable.numbering import fold, series_number
from reftel.office.holdings import cables_named, sees_all
from reftel.office.sight import Sight, own_cables, seen_of
from reftel.office.trays import Line
from reftel.store import tables as t

PAGE = 50
CITED = ("all", "references", "enclosures")
LISTED = 100
"""So many missing numbers of one series are listed."""
_BATCH = 200
_WALKED = 2000
_ENCLOSURE = "enclosure not held"
_KINDS = ("kind", "carried kind")
_i, _c = t.identifiers.c, t.cables.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that a cable names and that is not here, as the cable writes it."""

    line: Line
    cited: str
    enclosure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Citations:
    """One page; ``more`` is the cable below which the next goes on, -1 at the end."""

    missing: tuple[Missing, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A series in which numbers are missing: its name, the highest held (and its cable), the missing ones.

    Of ``count`` missing numbers the first hundred are listed.
    """

    series: str
    highest: int
    line: Line
    missing: tuple[int, ...]
    count: int


def citations(
    connection: Connection, person: str, roles: Collection[str], why: str = "all", *, after: int = -1
) -> Citations:
    """What cables that ``person`` may read cite and this post does not hold, newest cable first."""
    found: list[tuple[int, str, bool]] = []
    walked, more = 0, -1
    for batch in _readable(connection, person, roles, after):
        walked += _BATCH
        found += _missing(connection, batch.readable, why)
        if (len(found) >= PAGE or walked >= _WALKED) and batch.last > 0:
            more = batch.last
            break
    if len(found) > PAGE:
        # A page ends with a whole cable.
        more = found[PAGE - 1][0]
        found = [one for one in found if one[0] >= more]
    cables = {cable for cable, _, _ in found}
    lines = cables_named(connection, person, cables, cables)
    missing = tuple(Missing(line=lines[cable], cited=cited, enclosure=odd) for cable, cited, odd in found)
    return Citations(missing=missing, more=more)


def series_gaps(connection: Connection, person: str, roles: Collection[str]) -> tuple[Gap, ...]:
    """Series of which ``person`` may read a number while lower ones are nowhere here.

    The newest two thousand cables say which series there are and how far each has come.
    """
    highest: dict[str, tuple[int, int]] = {}
    for walked, cables in enumerate(_readable(connection, person, roles, -1)):
        kinds = select(_i.cable, _i.literal).where(_i.cable.in_(cables.readable), _i.scheme.in_(_KINDS))
        for cable, literal in connection.execute(kinds):
            numbered = series_number(literal)
            if numbered is not None:
                name, n = numbered
                highest[name] = max(highest.get(name, (0, -1)), (n, cable))
        if (walked + 1) * _BATCH >= _WALKED:
            break
    lines = cables_named(connection, person, (cable for _, cable in highest.values()))
    gaps = []
    for name, (n, cable) in sorted(highest.items()):
        missing = _absent(connection, name, n)
        if missing:
            gap = Gap(
                series=name, highest=n, line=lines[cable], missing=tuple(missing[:LISTED]), count=len(missing)
            )
            gaps.append(gap)
    return tuple(gaps)


@dataclass(frozen=True, slots=True)
class _Walked:
    readable: Sequence[int]
    last: int


def _readable(connection: Connection, person: str, roles: Collection[str], after: int) -> Iterator[_Walked]:
    """The cables that somebody may read, newest first, as many as a batch leaves; and its last cable."""
    query: Select[Any] = select(_c.cable).order_by(_c.cable.desc()).limit(_BATCH)
    if not sees_all(roles):
        query = query.where(_c.cable.in_(own_cables(person)))
    while True:
        batch = connection.execute(query if after < 0 else query.where(_c.cable < after)).scalars().all()
        if not batch:
            return
        after = batch[-1]
        whole = len(batch) < _BATCH
        yield _Walked(seen_of(connection, person, roles, batch, Sight.TEXT), -1 if whole else after)
        if whole:
            return


def _missing(connection: Connection, cables: Sequence[int], why: str) -> Iterator[tuple[int, str, bool]]:
    """Each thing that these cables name and that is not here: a reference is held if any of its keys is."""
    other = t.identifiers.alias().c
    bears = other.scheme.not_like("%reference")
    held = select(other.cable).where(other.folded == _i.folded, other.cable != _i.cable, bears).exists()
    wanted = {
        "all": or_(_i.scheme.like("%reference"), _i.scheme == _ENCLOSURE),
        "references": _i.scheme.like("%reference"),
        "enclosures": _i.scheme == _ENCLOSURE,
    }[why]
    query = select(_i.cable, _i.literal, _i.scheme, held).where(_i.cable.in_(cables), wanted)
    found: dict[tuple[int, str, bool], bool] = {}
    for cable, literal, scheme, here in connection.execute(query.order_by(_i.cable.desc(), _i.layer, _i.n)):
        key = (cable, literal, scheme == _ENCLOSURE)
        found[key] = (bool(here) and scheme != _ENCLOSURE) or found.get(key, False)
    return (key for key, here in found.items() if not here)


def _absent(connection: Connection, name: str, highest: int) -> list[int]:
    """Which lower numbers of a series no cable here bears; a number too high to be true gives none."""
    if highest > 10_000:
        return []
    keys = {fold(f"{name} No {n}"): n for n in range(1, highest)}
    held: set[int] = set()
    given = list(keys)
    for at in range(0, len(given), 500):
        some = given[at : at + 500]
        query = select(_i.folded).where(_i.folded.in_(some), _i.scheme.in_(_KINDS)).distinct()
        held.update(keys[folded] for folded in connection.execute(query).scalars())
    return [n for n in keys.values() if n not in held]
