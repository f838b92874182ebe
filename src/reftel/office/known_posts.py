"""What proves that a post had a cable: this one by its register, another by what it sent and receipted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from reftel.office.knowledge import Proof, dated_proofs, outside_from
from reftel.register.entries import clock_text, decode_record
from reftel.register.log import find_entries
from reftel.store import tables as t

_ENDS = ("text destroyed", "shed")
_FOUNDING = ("drafted", "deciphered", "entered")
_a, _c, _r, _p = t.acts.c, t.cables.c, t.receipts.c, t.proofs.c
_THEIR_LAST = (
    select(_c.leaf, _p.record)
    .join(t.proofs, _p.cable == _c.cable)
    .where(_c.origin == bindparam("who"), _c.leaf <= bindparam("leaf"))
    .order_by(_c.leaf.desc())
    .limit(1)
)


def their_entry(connection: Connection, origin: str, at: str) -> int:
    """The last entry of another post's register, of those it sent us, that it made by a time of its clock.

    -1 for none. Found by halving, in the order of that register; the times stand in its records, which
    came with the cables and were proved.
    """
    low, high = -1, _last_of(connection, origin)
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(_THEIR_LAST, {"who": origin, "leaf": middle}).first()
        if row is None or row.leaf <= low or clock_text(decode_record(row.record).at) <= at:
            low = middle
        else:
            high = row.leaf - 1
    return low


def _last_of(connection: Connection, origin: str) -> int:
    last = connection.execute(select(func.max(_c.leaf)).where(_c.origin == origin)).scalar()
    return -1 if last is None else int(last)


def own_proofs(connection: Connection, cables: Sequence[int], until: int) -> dict[int, tuple[Proof, ...]]:
    """What brought each cable into this register, its release, and what became of its text."""
    kinds = (*_FOUNDING, "released", *_ENDS)
    query = select(_a.cable, _a.kind, func.min(_a.entry).label("entry")).group_by(_a.cable, _a.kind)
    query = query.where(_a.cable.in_(cables), _a.kind.in_(kinds), _a.entry <= until)
    acts = {(row.cable, row.kind): row.entry for row in connection.execute(query)}
    bounds = outside_from(connection, cables)
    found = []
    for cable in cables:
        gone = min(((acts[cable, k], k) for k in _ENDS if (cable, k) in acts), default=(-1, ""))
        for kind in (*_FOUNDING, "released"):
            entry = acts.get((cable, kind), -1)
            if entry >= 0:
                how = "outside" if bounds.get(cable, entry) < entry else "here"
                found.append((cable, Proof(how=how, act=kind, entry=entry, end=gone[0], end_act=gone[1])))
    return _by_cable(connection, found)


def sent_proofs(connection: Connection, cables: Sequence[int]) -> dict[int, tuple[Proof, ...]]:
    """What proves that another post knew what it sent: its own record, which came with the cable."""
    query = select(_c.cable, _c.origin, _c.leaf, _p.record).join(t.proofs, _p.cable == _c.cable)
    rows = {row.cable: row for row in connection.execute(query.where(_c.cable.in_(cables)))}
    found = []
    for cable in cables:
        row = rows[cable]
        at = clock_text(decode_record(row.record).at)
        proof = Proof(how="sent", act="released", entry=cable, at=at, clock=row.origin, number=row.leaf)
        found.append((cable, proof))
    return _by_cable(connection, found)


def receipt_proofs(
    connection: Connection, origin: str, cables: Sequence[int], until: int
) -> dict[int, tuple[Proof, ...]]:
    """What proves that another post has a cable of ours: its first receipt, and what it acknowledged."""
    query = select(_r.cable, func.min(_r.entry).label("entry")).group_by(_r.cable)
    query = query.where(_r.cable.in_(cables), _r.peer == origin, _r.entry <= until)
    sealed = outside_from(connection, cables)
    found = []
    for row in connection.execute(query):
        how = "outside" if row.cable in sealed else "receipted"
        found.append((row.cable, Proof(how=how, act="receipted", entry=row.entry)))
    said = select(_a.entry).where(_a.cable.in_(cables), _a.kind == "acknowledged", _a.entry <= until)
    entered = find_entries(connection, sorted(connection.execute(said).scalars()))
    links = [(number, entry.decoded.act) for number, entry in sorted(entered.items())]
    others = {other for _, act in links for _, other, _ in act.get("links", [])}
    theirs = select(_c.cable).where(_c.cable.in_(others), _c.origin == origin)
    from_them = set(connection.execute(theirs).scalars())
    for number, act in links:
        for _, other, _ in act.get("links", []):
            if other in from_them:
                proof = Proof(how="acknowledged", act="acknowledged", entry=number, number=other)
                found.append((act["on"], proof))
    return _by_cable(connection, found)


def _by_cable(connection: Connection, found: Sequence[tuple[int, Proof]]) -> dict[int, tuple[Proof, ...]]:
    gathered: dict[int, tuple[Proof, ...]] = {}
    for (cable, _), proof in zip(found, dated_proofs(connection, found), strict=True):
        gathered[cable] = (*gathered.get(cable, ()), proof)
    return gathered
