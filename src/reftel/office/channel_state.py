"""The state of each channel: which bags went and came last, which are missing, what waits or was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from reftel.office.people import missing_bags, unreceipted_bags
from reftel.store import tables as t

LISTED = 50
_b, _d, _r = t.bags.c, t.deliveries.c, t.refusals.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What passed between this post and one other; serials are 0 where no bag passed.

    ``last_in_at`` and ``last_out_at`` are registered times, empty for none. ``waiting`` counts the
    cables that wait to be sealed for it, ``stuck`` whether a bag was made up and not carried.
    ``missing`` are the serials that did not come, ``unreceipted`` those of ours that were passed over.
    """

    peer: str
    last_in: int
    last_in_at: str
    last_out: int
    last_out_at: str
    receipted: int
    waiting: int
    stuck: bool
    missing: tuple[int, ...]
    unreceipted: tuple[int, ...]


def channels_with(connection: Connection, peers: list[str]) -> dict[str, Channel]:
    """The channels with some posts, by their origins."""
    missing = _by_peer(missing_bags(connection)) if _has_gaps(connection) else {}
    unreceipted = _by_peer(unreceipted_bags(connection))
    return {
        peer: Channel(
            peer=peer,
            **_last(connection, "in", peer),
            **_last(connection, "out", peer),
            receipted=_receipted(connection, peer),
            waiting=_waiting(connection, peer),
            stuck=_stuck(connection, peer),
            missing=tuple(missing.get(peer, ())),
            unreceipted=tuple(unreceipted.get(peer, ())),
        )
        for peer in peers
    }


def last_bags(connection: Connection, peer: str) -> list[dict[str, Any]]:
    """The last bags of one channel, both ways, newest first."""
    query = select(t.bags, t.acts.c.at).join(t.acts, t.acts.c.entry == _b.entry)
    rows: list[Any] = []
    for way in ("in", "out"):
        mine = query.where(_b.way == way, _b.peer == peer).order_by(_b.serial.desc())
        rows += connection.execute(mine.limit(LISTED // 2))
    rows.sort(key=lambda row: row.entry, reverse=True)
    return [
        {
            "way": row.way,
            "serial": row.serial,
            "cables": row.load,
            "state": row.state,
            "entry": row.entry,
            "at": row.at,
        }
        for row in rows
    ]


def last_refusals(connection: Connection, peer: str = "") -> list[dict[str, Any]]:
    """What was refused last, of one post or of all."""
    query = select(_r.number, _r.at, _r.peer, _r.bag, _r.code, _r.sentence).order_by(_r.number.desc())
    if peer:
        query = query.where(_r.peer == peer)
    return [dict(row._mapping) for row in connection.execute(query.limit(LISTED))]  # noqa: SLF001 - its public name


def _has_gaps(connection: Connection) -> bool:
    """Whether any link inward lacks a serial: the highest is then more than how many came."""
    counted: Select[Any] = select(func.max(_b.serial) - func.count()).where(_b.way == "in").group_by(_b.peer)
    return any(connection.execute(counted).scalars())


def _by_peer(pairs: list[tuple[str, int]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for peer, serial in pairs:
        found.setdefault(peer, []).append(serial)
    return found


def _last(connection: Connection, way: str, peer: str) -> dict[str, Any]:
    query = select(_b.serial, t.acts.c.at).join(t.acts, t.acts.c.entry == _b.entry)
    query = query.where(_b.way == way, _b.peer == peer).order_by(_b.serial.desc()).limit(1)
    row = connection.execute(query).first()
    return {f"last_{way}": 0 if row is None else row.serial, f"last_{way}_at": "" if row is None else row.at}


def _receipted(connection: Connection, peer: str) -> int:
    query = select(_b.serial).where(_b.way == "out", _b.peer == peer, _b.state == "receipted")
    return int(connection.execute(query.order_by(_b.serial.desc()).limit(1)).scalar() or 0)


def _waiting(connection: Connection, peer: str) -> int:
    query = select(func.count()).where(_d.state == "waiting", _d.peer == peer)
    return int(connection.execute(query).scalar_one())


def _stuck(connection: Connection, peer: str) -> bool:
    query = select(_b.serial).where(_b.way == "out", _b.peer == peer, _b.state == "bagged").limit(1)
    return connection.execute(query).first() is not None
