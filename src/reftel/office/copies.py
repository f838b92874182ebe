"""Numbered copies: each printed copy is somewhere, and the ledger says where.

At every moment n = in file + issued + returned + destroyed + lost + unaccounted. A copy has one form:
on paper, or sealed to its reader's key (``sealing``). It takes it when it is issued first, and keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.errors import BadValue, NotAllowed, NotFound, Separation
from reftel.office.clearance import check_clearance
from reftel.office.office import Hand, Office, find_cable, find_person, record, waive
from reftel.office.readers import own_reader
from reftel.office.sealing import SEALED, Slip, cover, seal_copies, withdraw
from reftel.register.entries import Json
from reftel.register.log import Writing
from reftel.store import tables as t

LEDGER = ("in file", "issued", "returned", "destroyed", "lost", "unaccounted")
OVERDUE_LIMIT = 3
PURPOSES = ("", "action", "information")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Whom one copy goes to, and when and where it is to come back (``YYYY-MM-DD``).

    ``purpose`` is ``action``, ``information`` or not said. A holder who has an admitted reader's
    key gets the copy sealed to it unless ``paper`` asks for paper.
    """

    seq: int
    holder: str
    return_by: str = ""
    return_to: str = ""
    purpose: str = ""
    paper: bool = False


def ledger(connection: Connection, cable: int) -> dict[str, int]:
    """How many copies of a cable are where; the six sum to the number printed."""
    rows = connection.execute(select(t.copies.c.state).where(t.copies.c.cable == cable)).scalars()
    counts = Counter(rows)
    return {state: counts.get(state, 0) for state in LEDGER}


def copies_of(connection: Connection, cable: int) -> list[Row[Any]]:
    """The rows of the ledger for one cable, in order."""
    return list(
        connection.execute(select(t.copies).where(t.copies.c.cable == cable).order_by(t.copies.c.seq))
    )


def find_copy(connection: Connection, cable: int, seq: int) -> Row[Any]:
    """One copy; :class:`NotFound` when no such copy was printed."""
    query = select(t.copies).where(t.copies.c.cable == cable, t.copies.c.seq == seq)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"no copy {seq} of that cable was printed", mend="`reftel copies CABLE` lists them.")
    return row


def issue(office: Office, hand: Hand, cable: int, issues: Sequence[Issue]) -> None:
    """Issue copies to named holders, each cleared for the marking and free of too many overdue ones.

    Whoever has a reader's key gets the copy sealed to it, in the same transaction; others on paper.
    """
    _each_once(one.seq for one in issues)
    cover(office, cable)
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, cable)
        if row.state == "cancelled":
            raise NotAllowed("the cable was cancelled; its copies are called in, not issued")
        body: Json = {"on": cable}
        moves, issued = [], []
        copies = {copy.seq: copy for copy in copies_of(connection, cable)}
        for one in issues:
            person = find_person(connection, one.holder)
            check_clearance(person, row)
            late = overdue(connection, _today(office), one.holder)
            if len(late) > OVERDUE_LIMIT:
                waive(connection, "stop-issue", body, f"{one.holder} has {len(late)} overdue copies")
            copy = copies.get(one.seq) or find_copy(connection, cable, one.seq)
            key = _key_for(office, connection, copy, one)
            values = _issued_values(copy, one, key)
            moves.append(_move(copy, "issue", values))
            issued.append((_slip(copy, values, len(copies)), key))
        _enter(office, writing, "issued", hand, {**body, "copies": moves})
        seal_copies(office, connection, row, issued)


def _key_for(office: Office, connection: Connection, copy: Row[Any], one: Issue) -> Row[Any] | None:
    """The key to which a copy is sealed; ``None`` for one on paper. A copy that was out keeps its form."""
    key = None if one.paper else own_reader(connection, office.origin, one.holder)
    if (copy.form == SEALED) != (key is not None) and _was_out(connection, copy):
        raise NotAllowed(
            f"copy {copy.seq} was {'sealed' if copy.form == SEALED else 'on paper'}, and keeps its form",
            mend="Print another number, which takes the other form: `reftel print`.",
        )
    return key


def _was_out(connection: Connection, copy: Row[Any]) -> bool:
    """Whether anything happened to a copy since it was printed."""
    return connection.execute(select(t.acts.c.kind).where(t.acts.c.entry == copy.entry)).scalar() != "printed"


def _issued_values(copy: Row[Any], one: Issue, key: Row[Any] | None) -> Json:
    if one.purpose not in PURPOSES:
        raise BadValue(f"{one.purpose!r} is not what a copy is issued for", mend="action or information.")
    values = {"holder": one.holder, "return_by": _day(one.return_by)}
    values["return_to"] = one.return_to or copy.return_to
    values["purpose"] = one.purpose
    values["sealed_to"] = "" if key is None else key.fingerprint
    if key is not None:
        values["form"] = SEALED
    if copy.opened:
        values["opened"] = ""
    return values


def _slip(copy: Row[Any], values: Json, of: int) -> Slip:
    """What a sealed copy says of itself: as its row stands, but for the values that change."""
    said = {name: getattr(copy, name) for name in ("holder", "purpose", "return_by", "return_to")}
    said |= {name: value for name, value in values.items() if name in said}
    return Slip(cable=copy.cable, seq=copy.seq, of=of, number=copy.number, **said)


def open_copy(office: Office, hand: Hand, cable: int, seq: int) -> None:
    """A reader opens (reads) the copy that the reader holds: the read receipt."""
    with office.register.writing() as writing:
        row = _held_by(find_copy(writing.connection, cable, seq), hand.who)
        when = hand.stated.literal if hand.stated else _today(office).isoformat()
        _enter(office, writing, "opened", hand, _one(row, "open", {"opened": when}))


def pass_on(office: Office, hand: Hand, cable: int, seq: int, holder: str) -> None:
    """Pass a copy from hand to hand; the new holder must be cleared for it as at issue.

    A sealed copy is sealed anew, to the new holder's key; the office can do that only while it
    holds the text.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = _held_by(find_copy(connection, cable, seq), hand.who)
        cable_row = find_cable(connection, cable)
        check_clearance(find_person(connection, holder), cable_row)
        values = {"holder": holder, "opened": ""}
        key = None
        if row.sealed_to:
            key = own_reader(connection, office.origin, holder)
            if key is None:
                raise NotAllowed(
                    f"copy {seq} is sealed, and {holder} has no reader's key",
                    mend="Return it, and have another number issued on paper.",
                )
            values["sealed_to"] = key.fingerprint
        body = _one(row, "pass", values) | {"from": row.holder, "to": holder}
        _enter(office, writing, "passed", hand, body)
        slip = _slip(row, values, len(copies_of(connection, cable)))
        seal_copies(office, connection, cable_row, [(slip, key)])


def take_back(office: Office, hand: Hand, cable: int, seq: int) -> None:
    """A copy is returned to the office; of a sealed copy this says only that its ciphertext was withdrawn."""
    with office.register.writing() as writing:
        row = find_copy(writing.connection, cable, seq)
        body = _one(row, "return", {}) | {"from": row.holder}
        _enter(office, writing, "returned", hand, body)
        withdraw(writing.connection, [(cable, seq)])


def destroy(
    office: Office, hand: Hand, cable: int, seqs: Sequence[int], witnesses: Sequence[Hand], how: str = ""
) -> None:
    """Destroy copies before two witnesses, neither of whom does it.

    A witness who has a key signs too; one without is said to have been there.
    """
    _each_once(seqs)
    with office.register.writing() as writing:
        connection = writing.connection
        body: Json = {"on": cable, "witnesses": [witness.who for witness in witnesses]}
        seen = {find_person(connection, witness.who).name for witness in witnesses} - {hand.who}
        if len(seen) < 2:
            waive(connection, "two-witnesses", body, "a copy is destroyed before two other persons")
        moves = [_move(find_copy(connection, cable, seq), "destroy", {}) for seq in seqs]
        if how:
            body["how"] = how
        body["copies"] = moves
        writing.append([record(office, connection, "destroyed", hand, body, witnesses)])


def emergency_destroy(office: Office, hand: Hand, witness: Hand) -> int:
    """Destroy every copy that lies in the office in minutes, with one witness; the record says so.

    Copies in readers' hands are not touched: nobody here can say that they are gone. They stay
    issued, and :func:`holdings` lists them. Returns how many were destroyed.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        if find_person(connection, witness.who).name == hand.who:
            raise Separation("emergency destruction takes one witness beside the person who does it")
        rows = connection.execute(
            select(t.copies)
            .where(t.copies.c.state.in_(("in file", "returned")))
            .order_by(t.copies.c.cable, t.copies.c.seq)
        ).all()
        # An entry holds 64 KiB: the list is cut into as many entries as it needs.
        for at in range(0, len(rows), 500):
            moves = [_move(row, "emergency destroy", {}) for row in rows[at : at + 500]]
            body: Json = {"witnesses": [witness.who], "emergency": True, "copies": moves}
            writing.append([record(office, connection, "destroyed", hand, body, [witness])])
    return len(rows)


def report_lost(office: Office, hand: Hand, cable: int, seq: int, reason: str) -> None:
    """Report a copy lost; of a sealed one the office lets its ciphertext go."""
    with office.register.writing() as writing:
        row = find_copy(writing.connection, cable, seq)
        body = _one(row, "lose", {"reason": reason}) | {"from": row.holder, "reason": reason}
        _enter(office, writing, "lost", hand, body)
        withdraw(writing.connection, [(cable, seq)])


def report_found(office: Office, hand: Hand, cable: int, seq: int, where: str) -> None:
    """A copy that was lost or unaccounted for is back in the file."""
    with office.register.writing() as writing:
        row = find_copy(writing.connection, cable, seq)
        body = _one(row, "find", {"holder": "", "reason": ""}) | {"where": where}
        _enter(office, writing, "found", hand, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What comparing the ledger with the safe gave: copies as (cable, seq)."""

    present: tuple[tuple[int, int], ...]
    missing: tuple[tuple[int, int], ...]
    unexpected: tuple[tuple[int, int], ...]


def take_inventory(
    office: Office, hand: Hand, present: Sequence[tuple[int, int]], *, holder: str = ""
) -> Inventory:
    """Compare the ledger with what lies in the safe, or in one holder's hands.

    What the ledger expects and nobody finds becomes unaccounted: a finding, not a failure. A sealed
    copy is nothing that lies in a safe or that its holder could show.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        expected = select(t.copies)
        if holder:
            expected = expected.where(t.copies.c.holder == holder, t.copies.c.state == "issued")
        else:
            expected = expected.where(t.copies.c.state.in_(("in file", "returned")))
        rows = {(row.cable, row.seq): row for row in connection.execute(expected)}
        found = sorted(set(present))
        for cable, seq in found:
            find_copy(connection, cable, seq)
        shown = {key for key, row in rows.items() if row.form != SEALED}
        missing = sorted(shown - set(found))
        unexpected = set(found) - set(rows)
        reason = f"not found at the inventory of {_today(office).isoformat()}"
        moves = [_move(rows[key], "miss", {"reason": reason}) for key in missing]
        # An entry holds 64 KiB: a large safe takes several.
        for part in range(max(-(-len(found) // 1000), -(-len(moves) // 200), 1)):
            here = [list(key) for key in found[part * 1000 : (part + 1) * 1000]]
            body: Json = {"holder": holder, "found": here, "copies": moves[part * 200 : (part + 1) * 200]}
            odd = [key for key in here if tuple(key) in unexpected]
            if odd:
                body["unexpected"] = odd
            _enter(office, writing, "inventoried", hand, body)
    return Inventory(present=tuple(found), missing=tuple(missing), unexpected=tuple(sorted(unexpected)))


def holdings(connection: Connection, holder: str = "") -> list[Row[Any]]:
    """Who holds which copy, soonest due first."""
    query = select(t.copies).where(t.copies.c.state == "issued")
    if holder:
        query = query.where(t.copies.c.holder == holder)
    return list(connection.execute(query.order_by(t.copies.c.return_by == "", t.copies.c.return_by)))


def overdue(connection: Connection, today: date, holder: str = "") -> list[Row[Any]]:
    """Copies that should have come back before ``today``."""
    return [
        row
        for row in holdings(connection, holder)
        if row.return_by and date.fromisoformat(row.return_by) < today
    ]


def findings(connection: Connection) -> list[Row[Any]]:
    """Copies of any cable that are lost or unaccounted for."""
    query = select(t.copies).where(t.copies.c.state.in_(("lost", "unaccounted")))
    return list(connection.execute(query.order_by(t.copies.c.cable, t.copies.c.seq)))


def _each_once(seqs: Iterable[int]) -> None:
    named = Counter(seqs)
    if not named or max(named.values()) > 1:
        raise BadValue("an act on copies names each of them once, and at least one")


def _move(row: Row[Any], move: str, values: Json) -> list[Any]:
    return [row.cable, row.seq, row.state, move, values]


def _one(row: Row[Any], move: str, values: Json) -> Json:
    return {"on": row.cable, "copies": [_move(row, move, values)]}


def _enter(office: Office, writing: Writing, kind: str, hand: Hand, body: Json) -> None:
    writing.append([record(office, writing.connection, kind, hand, body)])


def _held_by(row: Row[Any], who: str) -> Row[Any]:
    if row.holder != who:
        raise NotAllowed(
            f"copy {row.seq} is not held by {who}", mend="`reftel copies CABLE` shows who holds it."
        )
    return row


def _today(office: Office) -> date:
    return office.now().date()


def _day(text: str) -> str:
    if text:
        try:
            canonical = date.fromisoformat(text).isoformat()
        except ValueError:
            canonical = ""
        if text != canonical:
            raise BadValue(f"{text!r} is not a date", mend="Write it as 2026-11-30.")
    return text
