"""What proves that somebody had a cable by some entry of the register: acts of their own, copies, receipts.

Four things that are never confused: who *handled* the text, by an act of their own; who *opened* a copy,
by their read receipt; who *could read* one, because it lay in their hands on paper; and who had a sealed
copy and did *not open* it, and so did not have the text. Of a cable whose text its sender sealed to
named readers, whoever handles it without the draft has its *outside* alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, select, tuple_

from reftel.cable.eyes import CAPTION, sealed_part
from reftel.cable.internet import reread
from reftel.register.log import Entry, find_entries, find_texts
from reftel.store import tables as t

HANDLED = (
    "drafted",
    "edited",
    "cleared",
    "released",
    "deciphered",
    "entered",
    "printed",
    "verified",
    "annotated",
    "docketed",
)
"""The acts that nobody does without the cable before them."""
TAKING = ("list", "issue", "pass")
"""The moves by which a copy comes into somebody's hands; every other but its opening takes it away."""
_DID = {
    "drafted": "drafted it",
    "edited": "rewrote it",
    "cleared": "cleared it",
    "released": "released it",
    "deciphered": "deciphered it",
    "entered": "entered it from paper",
    "printed": "printed it",
    "verified": "compared its sheet",
    "annotated": "wrote a mark beside it",
    "docketed": "entered items from it",
    "receipted": "gave its receipt for it",
}
_ENDED = {
    "return": "returned",
    "pass": "passed on",
    "lose": "reported lost",
    "miss": "missed at an inventory",
    "shed": "its text shed",
    "text destroyed": "its text destroyed",
}
_m, _a, _c = t.copy_moves.c, t.acts.c, t.cables.c
_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)
_ENTRIES: BindParameter[Any] = bindparam("entries", expanding=True)
_UNTIL: BindParameter[int] = bindparam("until")
_AT = select(_a.entry, _a.at, _a.cable).where(_a.entry.in_(_ENTRIES))
_TEXTS = select(_c.cable, _c.direction, _c.leaf, _c.text, _c.marking).where(_c.cable.in_(_CABLES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One entry of this register that proves something, and what it proves.

    ``how`` is ``handled``, ``opened``, ``could read``, ``not opened`` or ``outside`` for a person;
    ``here``, ``sent``, ``receipted`` or ``acknowledged`` for a post. ``act`` is the kind of the entry, or
    the move by which a copy came. ``at`` is when it was, by the clock of the post named in ``clock``
    (this one's where it is empty); ``number`` the entry of that post's own register, or -1. Of a copy:
    its place in the ledger, its form, when it was opened, and the entry, time and move that took it
    away again. ``recorder`` recorded and signed the act for somebody who had no key. ``beside`` are
    those of its entries that are not entries of the cable itself.
    """

    how: str
    act: str
    entry: int
    at: str = ""
    clock: str = ""
    number: int = -1
    copy: int = -1
    form: str = ""
    opened: int = -1
    opened_at: str = ""
    end: int = -1
    end_at: str = ""
    end_act: str = ""
    recorder: str = ""
    beside: tuple[int, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether it proves that the text was there to be read."""
        return self.how not in ("not opened", "outside", "acknowledged")

    @property
    def ended(self) -> str:
        """What ended it, in words; empty where nothing did."""
        return _ENDED.get(self.end_act, self.end_act)

    @property
    def says(self) -> str:
        """What it proves, in words."""
        match self.how:
            case "handled":
                return _DID[self.act]
            case "outside":
                did = _DID.get(self.act, f"had copy {self.copy} on paper")
                return f"{did}: its outside alone, for the text is sealed to its readers"
            case "opened":
                return f"opened copy {self.copy}, {_form(self.form)}"
            case "could read":
                return f"had copy {self.copy} on paper, and could read it"
            case "not opened":
                return f"had copy {self.copy}, sealed, and did not open it: not the text"
            case "here":
                return f"{self.act} here"
            case "sent":
                return f"released it, as entry {self.number} of its own register and by its own clock"
            case "receipted":
                return "its receipt stands: its register has the cable"
            case _:
                return f"acknowledged it, by entry:{self.number}"


def _form(form: str) -> str:
    return "on paper" if form == "paper" else form


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One copy in one person's hands: from which entry, by which move, opened and ended by which."""

    cable: int
    seq: int
    who: str
    move: str
    entry: int
    sealed: bool
    opened: int = -1
    end: int = -1
    end_move: str = ""

    @property
    def proof(self) -> Proof:
        """What it proves."""
        how = "opened" if self.opened >= 0 else "not opened" if self.sealed else "could read"
        form = "sealed" if self.sealed else "paper"
        return Proof(
            how=how,
            act=self.move,
            entry=self.entry,
            copy=self.seq,
            form=form,
            opened=self.opened,
            end=self.end,
            end_act=self.end_move,
        )


def stretches(moves: Iterable[Any]) -> Iterator[Stretch]:
    """The moves of copies (rows by cable, place and entry) as the stretches in which each was held."""
    for (cable, seq), rows in groupby(moves, key=lambda row: (row.cable, row.seq)):
        held: Stretch | None = None
        for row in rows:
            if row.move == "open":
                if held is not None and held.who == row.who and held.opened < 0:
                    held = replace(held, opened=row.entry)
                continue
            if held is not None:
                yield replace(held, end=row.entry, end_move=row.move)
            held = None
            if row.move in TAKING and row.who:
                sealed = row.sealed_to != ""
                held = Stretch(
                    cable=cable, seq=seq, who=row.who, move=row.move, entry=row.entry, sealed=sealed
                )
        if held is not None:
            yield held


def proofs_of_person(
    connection: Connection, person: str, cables: Collection[int], until: int
) -> dict[int, tuple[Proof, ...]]:
    """What the register proves of one person and each of these cables, by its entry ``until``."""
    found = _proofs(connection, cables, until, person)
    return {cable: proofs for (cable, _), proofs in found.items()}


def proofs_of_cable(connection: Connection, cable: int, until: int) -> dict[str, tuple[Proof, ...]]:
    """What the register proves of each person who had to do with one cable, by its entry ``until``."""
    return {who: proofs for (_, who), proofs in _proofs(connection, [cable], until, "").items()}


def _proofs(
    connection: Connection, cables: Collection[int], until: int, person: str
) -> dict[tuple[int, str], tuple[Proof, ...]]:
    given = {"cables": list(cables), "until": until, "person": person}
    if not given["cables"]:
        return {}
    acts, moves = _OF_PERSON if person else _OF_ALL
    bounds = outside_from(connection, cables)
    found: dict[tuple[int, str], list[Proof]] = defaultdict(list)
    for row in connection.execute(acts, given):
        outside = row.entry > bounds.get(row.cable, row.entry)
        proof = Proof(how="outside" if outside else "handled", act=row.kind, entry=row.entry)
        found[row.cable, row.who].append(proof)
    for held in stretches(connection.execute(moves, given)):
        if person in ("", held.who):
            proof = held.proof
            if held.cable in bounds and not held.sealed:
                proof = replace(proof, how="outside", act=held.move)
            found[held.cable, held.who].append(proof)
    dated = dated_proofs(connection, [(cable, p) for (cable, _), proofs in found.items() for p in proofs])
    return {key: tuple(sorted((next(dated) for _ in proofs), key=_order)) for key, proofs in found.items()}


def _order(proof: Proof) -> tuple[int, int]:
    return proof.entry, proof.copy


def _acts_of(*where: Any) -> Select[Any]:
    query = select(_a.cable, _a.who, _a.kind, func.min(_a.entry).label("entry"))
    query = query.where(_a.cable.in_(_CABLES), _a.kind.in_(HANDLED), _a.entry <= _UNTIL, *where)
    return query.group_by(_a.cable, _a.who, _a.kind)


def _moves_of(*where: Any) -> Select[Any]:
    query = select(t.copy_moves).where(_m.cable.in_(_CABLES), _m.entry <= _UNTIL, *where)
    return query.order_by(_m.cable, _m.seq, _m.entry)


def _held_by() -> Any:
    mine = t.copy_moves.alias("mine").c
    query = select(mine.cable, mine.seq).where(mine.who == bindparam("person"), mine.cable.in_(_CABLES))
    return tuple_(_m.cable, _m.seq).in_(query.where(mine.entry <= _UNTIL))


_OF_ALL = (_acts_of(_a.who != ""), _moves_of())
_OF_PERSON = (_acts_of(_a.who == bindparam("person")), _moves_of(_held_by()))


def dated_proofs(connection: Connection, proofs: Sequence[tuple[int, Proof]]) -> Iterator[Proof]:
    """Proofs of cables with the registered times of their entries, and with who recorded them for others."""
    numbers = {
        number for _, proof in proofs for number in (proof.entry, proof.opened, proof.end) if number >= 0
    }
    rows = {row.entry: row for row in connection.execute(_AT, {"entries": sorted(numbers)})}
    signed = {proof.entry for _, proof in proofs if proof.how in ("handled", "outside") and proof.copy < 0}
    signed |= {proof.opened for _, proof in proofs if proof.opened >= 0}
    entered = find_entries(connection, sorted(signed))
    recorders = {number: _recorder(entry) for number, entry in entered.items()}
    for cable, proof in proofs:
        own = [number for number in (proof.entry, proof.opened, proof.end) if number >= 0]
        yield replace(
            proof,
            at=proof.at or rows[proof.entry].at,
            opened_at=rows[proof.opened].at if proof.opened >= 0 else "",
            end_at=rows[proof.end].at if proof.end >= 0 else "",
            recorder=recorders.get(proof.opened if proof.opened >= 0 else proof.entry, ""),
            beside=tuple(number for number in own if rows[number].cable != cable),
        )


def _recorder(entry: Entry) -> str:
    """Who recorded an act for somebody without a key; records without that field are not read whole."""
    return str(entry.decoded.act.get("by", "")) if b'"by":' in entry.record else ""


def outside_from(connection: Connection, cables: Collection[int]) -> dict[int, int]:
    """Of the cables whose text is sealed to its readers: the last entry that was made with the draft.

    That is -1 where another post sealed it. A text that is gone and bore the caption counts as sealed:
    nothing here can prove that it was not.
    """
    rows = [row for row in connection.execute(_TEXTS, {"cables": list(cables)}) if _may_be_sealed(row)]
    texts = find_texts(connection, [row.text for row in rows]) if rows else {}
    found = {}
    for row in rows:
        text = texts[row.text]
        if text is None or sealed_part(reread(text.data)) is not None:
            found[row.cable] = row.leaf if row.direction == "out" else -1
    return found


def _may_be_sealed(row: Any) -> bool:
    released = row.direction == "in" or (row.direction == "out" and row.leaf >= 0)
    return released and any(CAPTION in " ".join(part.upper().split()) for part in row.marking.split("\x1f"))
