"""What goes out: drafts at work, those to be cleared or released, and what was sent, with its receipts.

Nothing here writes. Lists are asked by the place after which they go on, as in ``trays``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select

from reftel.office.office import Office
from reftel.office.trays import (
    BEYOND,
    COUNTED,
    FROM_CABLES,
    OF_CABLE,
    PAGE,
    UNREAD,
    Line,
    counting,
    lines_of,
)
from reftel.store import tables as t

_WHOLE_OFFICE = ("registry clerk", "cipher clerk", "releasing officer")
_AT_WORK = ("drafted", "in clearance", "cleared", "adopted")
_c, _a, _e = t.cables.c, t.acts.c, t.clearances.c
_PERSON: BindParameter[str] = bindparam("person")
_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """What is known of one receiving post's copy of a cable of ours: the receipts, told apart.

    ``state`` is that of the delivery. ``took`` is whether the bearer took it, ``has`` whether the
    post's own register has it, signed. That a reader there opened it is never known here; what may
    be known are the cables by which the post acknowledged it, and those that fulfilled an ask.
    """

    peer: str
    name: str
    state: str
    took: bool
    has: bool
    acknowledged: tuple[tuple[int, str], ...] = ()
    fulfilled: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A cable that was released, and what is known of each receiving post's copy of it."""

    line: Line
    addressees: tuple[Addressee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft; ``waits`` are the officers whose clearance of its present text is lacking."""

    line: Line
    waits: tuple[str, ...]


def sent(
    office: Office, connection: Connection, person: str, roles: Collection[str], *, after: int = BEYOND
) -> tuple[tuple[Sent, ...], int | None]:
    """What this post released, newest first, with each addressee's receipts; and where the list goes on.

    Clerks and releasing officers see all of it, a drafter what that drafter began.
    """
    query: Select[Any] = select(*OF_CABLE).select_from(FROM_CABLES)
    query = query.where(_c.direction == "out", _c.leaf >= 0, _c.leaf < after)
    if any(role in roles for role in _WHOLE_OFFICE):
        query = query.where(_c.origin == office.origin)
    elif "drafter" in roles:
        query = query.where(_c.drafter == _PERSON)
    else:
        return (), None
    rows = list(connection.execute(query.order_by(_c.leaf.desc()).limit(PAGE + 1), {"person": person}))
    shown = rows[:PAGE]
    addressees = _addressees(connection, [row.cable for row in shown])
    lines = lines_of(connection, person, shown)
    found = tuple(Sent(line=line, addressees=addressees.get(line.cable, ())) for line in lines)
    return found, shown[-1].leaf if len(rows) > PAGE else None


def drafts(
    connection: Connection, person: str, roles: Collection[str], *, after: int = BEYOND
) -> tuple[tuple[Draft, ...], int | None]:
    """Drafts at work, newest first: a drafter's own; for registry clerks and releasing officers all."""
    query: Select[Any] = select(*OF_CABLE).select_from(FROM_CABLES)
    query = query.where(_c.direction == "out", _c.leaf < 0, _c.state.in_(_AT_WORK))
    if not any(role in roles for role in ("registry clerk", "releasing officer")):
        if "drafter" not in roles:
            return (), None
        query = query.where(_c.drafter == _PERSON)
    return _drafts_page(connection, person, query, after)


def for_clearance(
    connection: Connection, person: str, *, after: int = BEYOND
) -> tuple[tuple[Draft, ...], int | None]:
    """Drafts that wait for a person's clearance, newest first."""
    return _drafts_page(connection, person, _to_clear(), after)


@cache
def _to_clear() -> Select[Any]:
    joined = t.clearances.join(t.cables, _c.cable == _e.cable).join(t.acts, _a.entry == _c.cable)
    query: Select[Any] = select(*OF_CABLE).select_from(joined)
    query = query.where(_e.officer == _PERSON, (_e.state == "asked") | (_e.version != _c.version))
    return query.where(_c.leaf < 0, _c.state.in_(("drafted", "in clearance")))


def for_release(
    connection: Connection, person: str, *, after: int = BEYOND
) -> tuple[tuple[Draft, ...], int | None]:
    """Drafts that nothing keeps from being released: no clearance is lacking. Newest first."""
    return _drafts_page(connection, person, _to_release(), after)


@cache
def _to_release() -> Select[Any]:
    query: Select[Any] = select(*OF_CABLE).select_from(FROM_CABLES)
    query = query.where(_c.direction == "out", _c.state.in_(("drafted", "cleared", "adopted")))
    lacking = select(_e.cable).where(_e.cable == _c.cable, (_e.state != "given") | (_e.version != _c.version))
    return query.where(~lacking.exists())


def _drafts_page(
    connection: Connection, person: str, query: Select[Any], after: int
) -> tuple[tuple[Draft, ...], int | None]:
    newest = query.where(_c.cable < after).order_by(_c.cable.desc())
    rows = list(connection.execute(newest.limit(PAGE + 1), {"person": person}))
    shown = rows[:PAGE]
    lacking = _lacking(connection, shown)
    lines = lines_of(connection, person, shown)
    found = tuple(Draft(line=line, waits=lacking.get(line.cable, ())) for line in lines)
    return found, shown[-1].cable if len(rows) > PAGE else None


def _lacking(connection: Connection, rows: Sequence[Any]) -> dict[int, tuple[str, ...]]:
    version = {row.cable: row.version for row in rows}
    asked = select(t.clearances).where(_e.cable.in_(_CABLES)).order_by(_e.cable, _e.officer)
    found: dict[int, list[str]] = {}
    for row in connection.execute(asked, {"cables": list(version)}):
        if row.state != "given" or row.version != version[row.cable]:
            found.setdefault(row.cable, []).append(row.officer)
    return {cable: tuple(officers) for cable, officers in found.items()}


def rail_counts(connection: Connection, person: str, roles: Collection[str]) -> dict[str, int]:
    """What stands beside the sections: unread copies, own drafts, drafts to be cleared or released."""
    names = ["tray"]
    names += [name for name, role in _COUNTED_FOR.items() if role in roles]
    row = connection.execute(_rail_query(tuple(names)), {"person": person}).one()
    counts = dict(zip(names, map(int, row), strict=True))
    return {
        name: sum(counts[one] for one in parts if one in counts)
        for name, parts in _RAIL.items()
        if name != "drafts" or "drafts" in counts
    }


_COUNTED_FOR = {"drafts": "drafter", "clearance": "clearing officer", "release": "releasing officer"}
_RAIL = {"tray": ("tray",), "drafts": ("drafts",), "release": ("clearance", "release")}


@cache
def _rail_query(names: tuple[str, ...]) -> Select[Any]:
    """All that the rail counts, in one row."""
    own = select(_c.cable).where(_c.drafter == _PERSON, _c.leaf < 0, _c.state.in_(_AT_WORK))
    counted = {"drafts": own, "clearance": _to_clear(), "release": _to_release()}
    counts = {name: counting(query, COUNTED) for name, query in counted.items()} | {"tray": UNREAD}
    return select(*(counts[name].scalar_subquery() for name in names))


def _addressees(connection: Connection, cables: Sequence[int]) -> dict[int, tuple[Addressee, ...]]:
    d, k, n = t.deliveries.c, t.taskings.c, t.links.c
    given = {"cables": list(cables)}
    posts = connection.execute(select(t.posts.c.origin, t.posts.c.name))
    names = {row.origin: row.name for row in posts}
    by = (_c.cable.label("by"), _c.origin, _c.mrn)
    acknowledged = select(n.cable, *by).join(t.cables, _c.cable == n.other)
    acknowledged = acknowledged.where(n.cable.in_(_CABLES), n.relation == "acknowledged by")
    fulfilled = select(k.cable, *by).distinct().join(t.cables, _c.cable == k.closed_by)
    fulfilled = fulfilled.where(k.cable.in_(_CABLES), k.state == "fulfilled")
    said = [_by_post(connection.execute(query, given)) for query in (acknowledged, fulfilled)]
    found: dict[int, list[Addressee]] = {}
    rows = select(t.deliveries).where(d.cable.in_(_CABLES)).order_by(d.cable, d.peer)
    for row in connection.execute(rows, given):
        addressee = Addressee(
            peer=row.peer,
            name=names.get(row.peer, row.peer),
            state=row.state,
            took=row.state in {"dispatched", "receipted"},
            has=row.state == "receipted",
            acknowledged=tuple(said[0].get((row.cable, row.peer), ())),
            fulfilled=tuple(said[1].get((row.cable, row.peer), ())),
        )
        found.setdefault(row.cable, []).append(addressee)
    return {cable: tuple(addressees) for cable, addressees in found.items()}


def addressees_of(connection: Connection, cable: int) -> tuple[Addressee, ...]:
    """What is known of each receiving post's copy of one cable of ours."""
    return _addressees(connection, [cable]).get(cable, ())


def _by_post(rows: Any) -> dict[tuple[int, str], list[tuple[int, str]]]:
    found: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for row in rows:
        found.setdefault((row.cable, row.origin), []).append((row.by, row.mrn))
    return found
