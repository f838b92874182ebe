"""The desk: one cable from draft to dispatch, and from arrival to a verified sheet.

Read this file first. Each act reads from top to bottom: what is asked of whom, in which state,
what the record says, and the one write to the register. Acts on copies stand in ``copies``,
taskings in ``tasks``, sealing and opening of bags in ``channels``.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select

from reftel.cable import internet
from reftel.cable.dtg import dtg, read_moment
from reftel.cable.lifecycle import allowed
from reftel.cable.model import Annotation, Cable, Moment, Number
from reftel.cable.numbering import mrn
from reftel.docket.items import check_lines
from reftel.errors import BadValue, NotAllowed, NotFound, TextChanged
from reftel.office.docket_checks import demand_accepted, forget
from reftel.office.eyes_only import seal_text
from reftel.office.office import (
    Hand,
    Office,
    find_cable,
    find_cables,
    find_person,
    incoming,
    number_lists,
    on_cable,
    outgoing,
    record,
    records,
    separate,
)
from reftel.register.entries import Json, Record
from reftel.register.log import Writing, find_entries, find_text, find_texts
from reftel.store import tables as t

_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)
_CLEARANCES = select(t.clearances).where(t.clearances.c.cable.in_(_CABLES))
_DECISIONS = select(t.decisions).where(t.decisions.c.cable.in_(_CABLES), t.decisions.c.state != "replaced")
_DRAFTERS = select(t.acts.c.cable, t.acts.c.who).where(
    t.acts.c.cable.in_(_CABLES), t.acts.c.kind.in_(("drafted", "edited"))
)
_KNOWN_POSTS = select(t.posts.c.origin)
# Walked back from the last release, so that its cost does not grow with the register.
_LAST_RELEASED = (
    select(t.cables.c.mrn)
    .join(t.acts, t.acts.c.cable == t.cables.c.cable)
    .where(t.acts.c.kind == "released", t.cables.c.mrn.between(bindparam("first"), bindparam("beyond")))
    .order_by(t.acts.c.entry.desc())
    .limit(1)
)


def draft(office: Office, hand: Hand, cable: Cable, *, clearing: Sequence[str] = (), paper: str = "") -> int:
    """Enter a draft; ``clearing`` names the officers who must clear it. Returns the cable's entry.

    ``paper`` is the hand's own unfinished sheet that is entered by this, and kept no longer.
    """
    data = draft_bytes(cable, office.origin)
    with office.register.writing() as writing:
        (text,) = writing.lay_down([(data, cable)])
        (entry,) = writing.append([record(office, writing.connection, "drafted", hand, {"text": text})])
        _ask_clearance(office, writing, hand, entry, clearing)
        _let_paper_go(writing.connection, hand, paper)
    return entry


def _let_paper_go(connection: Connection, hand: Hand, paper: str) -> None:
    p = t.papers.c
    if paper:
        connection.execute(t.papers.delete().where(p.id == paper, p.person == hand.who))


def edit(office: Office, hand: Hand, entry: int, cable: Cable, *, paper: str = "") -> None:
    """Put another text in place of a draft's; clearances and adoption of the old one are void.

    ``paper`` is the hand's own unfinished sheet that is entered by this, and kept no longer.
    """
    data = draft_bytes(cable, office.origin)
    with office.register.writing() as writing:
        row = outgoing(find_cable(writing.connection, entry))
        (text,) = writing.lay_down([(data, cable)])
        body = on_cable(row, text=text)
        writing.append([record(office, writing.connection, "edited", hand, body)])
        _let_paper_go(writing.connection, hand, paper)


def ask_clearance(office: Office, hand: Hand, entry: int, officers: Sequence[str]) -> None:
    """Name officers who must clear the draft before it is released."""
    with office.register.writing() as writing:
        _ask_clearance(office, writing, hand, entry, officers)


def _ask_clearance(office: Office, writing: Writing, hand: Hand, entry: int, officers: Sequence[str]) -> None:
    row = outgoing(find_cable(writing.connection, entry))
    if "clear" not in allowed("outgoing", row.state):
        raise NotAllowed(f"the draft is {row.state}: clearance is asked before", mend="Edit the draft first.")
    records = []
    for officer in officers:
        if "clearing officer" not in find_person(writing.connection, officer).roles.split(","):
            raise BadValue(f"{officer} is not a clearing officer", mend="Name one who is: `reftel people`.")
        body = on_cable(row, officer=officer)
        records.append(record(office, writing.connection, "clearance asked", hand, body))
    writing.append(records)


def clear(office: Office, hand: Hand, entry: int) -> None:
    """Give one officer's clearance to the draft exactly as it now stands."""
    with office.register.writing() as writing:
        row = outgoing(find_cable(writing.connection, entry))
        asked = _clearances(writing.connection, row)
        if hand.who not in asked:
            raise NotAllowed(f"{hand.who} was not asked to clear this draft")
        waiting = [officer for officer, given in asked.items() if not given and officer != hand.who]
        move = "clear" if waiting else "complete clearance"
        body = on_cable(row, version=row.version, move=move)
        writing.append([record(office, writing.connection, "cleared", hand, body)])


def _clearances(connection: Connection, row: Row[Any]) -> dict[str, bool]:
    """Each officer asked, and whether that officer cleared this very version."""
    found = connection.execute(select(t.clearances).where(t.clearances.c.cable == row.cable))
    return {c.officer: c.state == "given" and c.version == row.version for c in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A body's decision to adopt a text, as its protocol has it.

    ``protocol``, ``item`` and ``title`` name it; ``reference`` is how it is cited (``P84/421``);
    ``text`` is the resolution; ``excerpts`` are the holders of the excerpt's own copies.
    """

    body: str
    protocol: str
    item: str
    title: str
    text: str
    reference: str = ""
    date: str = ""
    signed: str = ""
    signature_block: str = ""
    letterhead: str = ""
    marking: str = ""
    excerpts: tuple[str, ...] = ()


def adopt(office: Office, hand: Hand, entry: int, decision: Decision, *, replaces: int = -1) -> int:
    """Record that a body adopted this draft; bound to the text byte for byte. Returns its entry.

    ``replaces`` is the entry of an earlier decision on the same cable that this one replaces.
    """
    with office.register.writing() as writing:
        row = outgoing(find_cable(writing.connection, entry))
        fields = {name: getattr(decision, name) for name in decision.__slots__}
        fields["excerpts"] = list(decision.excerpts)
        if not decision.reference:
            fields["reference"] = f"P{decision.protocol}/{decision.item}"
        body = on_cable(row, version=row.version, decision={k: v for k, v in fields.items() if v})
        if replaces >= 0:
            _decision_in_force(writing.connection, row, replaces)
            body["replaces"] = replaces
        return writing.append([record(office, writing.connection, "adopted", hand, body)])[0]


def void_decision(office: Office, hand: Hand, entry: int, decision: int, reason: str) -> None:
    """Record that a body voided its decision; the draft needs a new one."""
    with office.register.writing() as writing:
        row = outgoing(find_cable(writing.connection, entry))
        _decision_in_force(writing.connection, row, decision)
        body = on_cable(row, decision=decision, reason=reason)
        writing.append([record(office, writing.connection, "decision voided", hand, body)])


def _decision_in_force(connection: Connection, row: Row[Any], decision: int) -> None:
    found = connection.execute(select(t.decisions).where(t.decisions.c.decision == decision)).first()
    if found is None or found.cable != row.cable or found.state != "in force":
        raise NotFound(f"entry {decision} is not a decision in force on this cable")


def withdraw(office: Office, hand: Hand, entry: int) -> None:
    """Withdraw a draft that will not be released."""
    with office.register.writing() as writing:
        body = on_cable(outgoing(find_cable(writing.connection, entry)))
        writing.append([record(office, writing.connection, "withdrawn", hand, body)])


def release(office: Office, hand: Hand, entry: int) -> str:
    """Let a draft go: number, date-time group, register. Returns its message reference number.

    The text of one that is EYES ONLY goes out sealed to the readers whom it names.
    """
    return release_all(office, hand, [entry])[0]


def release_all(office: Office, hand: Hand, entries: Sequence[int]) -> list[str]:
    """Release several drafts in one transaction, each with an act and a signature of its own."""
    with office.register.writing() as writing:
        connection = writing.connection
        now = office.now()
        rows = [outgoing(row) for row in find_cables(connection, list(dict.fromkeys(entries)))]
        _check_release(connection, rows)
        drafters = _drafters(connection, rows)
        drafts = _drafts_of(connection, rows)
        demand_accepted(office, connection, [(row.cable, one) for row, one in zip(rows, drafts, strict=True)])
        posts = set(connection.execute(_KNOWN_POSTS).scalars())
        serial = _released_this_year(connection, office, now.year)
        cables, bodies = [], []
        for offset, (row, draft_cable) in enumerate(zip(rows, drafts, strict=True), 1):
            body = on_cable(row, version=row.version)
            if hand.who in drafters[row.cable]:
                separate(connection, "drafter-releaser", hand.who, hand.who, body)
            number = mrn(now.year, office.name, serial + offset)
            cable = stamped(draft_cable, number, office.origin, now)
            cable = seal_text(office, connection, row.version, cable)
            body |= {"to": _peers(office, posts, cable), "mrn": number, "precedence": _speed(cable)}
            body["asks"] = len(cable.asks)
            cables.append(cable)
            bodies.append(body)
        texts = writing.lay_down([(internet.write(cable), cable) for cable in cables])
        for body, text in zip(bodies, texts, strict=True):
            body["text"] = text
        writing.append(records(office, connection, "released", hand, bodies))
    return [body["mrn"] for body in bodies]


def _check_release(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Every clearance asked must stand, and a decision must be of this very text."""
    cables = {"cables": [row.cable for row in rows]}
    version = {row.cable: row.version for row in rows}
    asked = connection.execute(_CLEARANCES, cables).all()
    missing = [c.officer for c in asked if c.state != "given" or c.version != version[c.cable]]
    if missing:
        raise NotAllowed(
            f"the draft waits for the clearance of {', '.join(missing)}",
            mend="Each clears the text as it now stands: `reftel clear`.",
        )
    decisions = connection.execute(_DECISIONS, cables).all()
    adopted = {d.cable for d in decisions if d.state == "in force" and d.version == version[d.cable]}
    for decision in decisions:
        if decision.cable not in adopted:
            if decision.state == "voided":
                raise NotAllowed(
                    f"{decision.reference} was voided", mend="The draft needs a new decision: `reftel adopt`."
                )
            raise TextChanged(f"the draft is no longer the text that {decision.reference} adopted")


def _drafters(connection: Connection, rows: Sequence[Row[Any]]) -> dict[int, set[str]]:
    """Everybody who drafted or edited each of these cables."""
    drafters: dict[int, set[str]] = {row.cable: set() for row in rows}
    for row in connection.execute(_DRAFTERS, {"cables": list(drafters)}):
        drafters[row.cable].add(row.who)
    return drafters


def _released_this_year(connection: Connection, office: Office, year: int) -> int:
    """The serial of the last message reference number: that of the last release of the year."""
    prefix = mrn(year, office.name, 1)[:-6]
    last = connection.execute(_LAST_RELEASED, {"first": prefix, "beyond": prefix + ":"}).scalar()
    return int(last[-6:]) if last else 0


def stamped(cable: Cable, number: str, origin: str, now: datetime) -> Cable:
    """The draft as ``origin`` releases it at ``now``: numbered, with sender, clock and date-time group."""
    now = now.replace(microsecond=0)
    sender = cable.sender if cable.sender.post else replace(cable.sender, post=origin)
    moment = cable.moment or _moment_of(now.replace(second=0))
    numbers = (Number(scheme="MRN", value=number), *cable.numbers)
    return replace(cable, numbers=numbers, sender=sender, moment=moment, registered=now)


@lru_cache(maxsize=16)
def _moment_of(minute: datetime) -> Moment:
    """A minute as a date-time group; what is released together bears the same."""
    return read_moment(dtg(minute))


def _speed(cable: Cable) -> int:
    return -1 if cable.precedence is None else int(cable.precedence)


def _peers(office: Office, known: Container[str], cable: Cable) -> list[str]:
    """The posts to which the cable goes; each must be known here."""
    if not cable.to and not cable.info:
        raise BadValue("the cable has no addressee", mend="Edit the draft: name at least one.")
    peers = sorted({party.post for party in (*cable.to, *cable.info) if party.post} - {office.origin})
    for peer in peers:
        if peer not in known:
            raise NotFound(f"the post {peer} is not known here", mend="Admit its card: `reftel know`.")
    return peers


def draft_bytes(cable: Cable, origin: str) -> bytes:
    """A draft's bytes, to which clearance and adoption are bound; it bears no number of release yet.

    Its sender is the post itself (``origin``): nobody releases in another post's name.
    """
    if cable.sender.post not in ("", origin):
        raise BadValue(
            f"the draft names {cable.sender.post} as its sender, and this is {origin}",
            mend="Leave the sender's post out; quote or readdress what another post sent.",
        )
    check_lines(cable)
    if cable.registered is not None or any(n.scheme == "MRN" for n in cable.numbers):
        raise BadValue("a draft bears no message reference number and no registered time")
    return internet.write(cable)


def _drafts_of(connection: Connection, rows: Sequence[Row[Any]]) -> list[Cable]:
    texts = find_texts(connection, [row.version for row in rows])
    drafts = [texts[row.version] for row in rows]
    if None in drafts:
        raise NotAllowed("the text of this draft was destroyed")
    return [internet.reread(text.data) for text in drafts if text is not None]


def cable_text(connection: Connection, row: Row[Any]) -> tuple[Cable, bytes] | None:
    """The cable and its bytes as they were committed to; ``None`` once the text is destroyed."""
    text = find_text(connection, row.text)
    return None if text is None else (internet.reread(text.data), text.data)


def enter(
    office: Office,
    hand: Hand,
    cable: Cable,
    *,
    numbers: Sequence[Sequence[str]] = (),
    scan: bytes | None = None,
    marks: Sequence[Json] = (),
) -> int:
    """Enter a cable from paper, with its scan and the marks that offices wrote on it.

    Its times are marked as entered from paper. Returns the cable's entry.
    """
    data = internet.write(cable)
    with office.register.writing() as writing:
        (text,) = writing.lay_down([(data, cable)])
        body: Json = {"text": text, "asks": len(cable.asks), "paper": True}
        if scan is not None:
            (body["scan"],) = writing.lay_down([(scan, None)], label="scan")
        if numbers:
            body["numbers"] = number_lists(numbers)
        if marks:
            body["marks"] = list(marks)
        entered = record(office, writing.connection, "entered", hand, body)
        return writing.append([entered])[0]


def number(office: Office, hand: Hand, entry: int, numbers: Sequence[Sequence[str]]) -> None:
    """Give a cable further numbers of this office: ``[scheme, value]``, then literal, date, note."""
    with office.register.writing() as writing:
        row = find_cable(writing.connection, entry)
        body = on_cable(row, numbers=number_lists(numbers))
        writing.append([record(office, writing.connection, "numbered", hand, body)])


def annotate(office: Office, hand: Hand, entry: int, annotations: Sequence[Annotation]) -> None:
    """Write an office's, editor's or archivist's marks beside a cable; the text stays as it is."""
    with office.register.writing() as writing:
        row = find_cable(writing.connection, entry)
        notes = [
            {name: getattr(note, name) for name in note.__slots__ if getattr(note, name)}
            for note in annotations
        ]
        body = on_cable(row, annotations=notes)
        writing.append([record(office, writing.connection, "annotated", hand, body)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One copy to print: its holder if that is known, and why it is unaccounted for if it is."""

    holder: str = ""
    number: str = ""
    unaccounted: str = ""


def print_copies(
    office: Office,
    hand: Hand,
    entry: int,
    count: int,
    *,
    print_number: str = "",
    listed: Sequence[Print] = (),
    form: str = "paper",
    return_to: str = "",
) -> list[int]:
    """Enter a print run of ``count`` numbered copies; returns their places in the ledger.

    Printing again gives new numbers, never the same ones. ``listed`` is for a run that was
    printed on paper elsewhere: whom the sheet lists as holders, which numbers (if they are
    known), and which copies nobody can account for. It must come to ``count``.
    """
    if not 1 <= count <= 999:
        raise BadValue(f"{count} copies cannot be printed at once", mend="Print 1 to 999.")
    if listed and len(listed) != count:
        raise BadValue(f"{len(listed)} copies are listed of {count} printed")
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, entry)
        query = select(func.max(t.copies.c.seq), func.max(t.copies.c.run)).where(t.copies.c.cable == entry)
        last, run = connection.execute(query).one()
        first = (last or 0) + 1
        copies: list[list[Any]] = [
            [first + i, str(first + i), "print", "", ""]
            if not listed
            else [first + i, p.number, _where_listed(p), p.holder, p.unaccounted]
            for i, p in enumerate(listed or [Print()] * count)
        ]
        body = on_cable(row, run=(run or 0) + 1, form=form, copies=copies)
        if print_number:
            body["print_number"] = print_number
        if return_to:
            body["return_to"] = return_to
        writing.append([record(office, connection, "printed", hand, body)])
    return [int(copy[0]) for copy in copies]


def _where_listed(listed: Print) -> str:
    if listed.unaccounted:
        return "miss"
    return "list" if listed.holder else "print"


def verify(
    office: Office, hand: Hand, entry: int, *, rank: str = "", post_held: str = "", signed: bool = True
) -> None:
    """Record that another person compared the sheet with the deciphered text.

    ``rank`` and ``post_held`` (``Section Chief``) are as the sheet has them beside the name;
    ``signed`` is whether the sheet bears that person's signature.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = incoming(find_cable(connection, entry))
        body = on_cable(row, version=row.version, signed=signed)
        if rank:
            body["rank"] = rank
        if post_held:
            body["post_held"] = post_held
        separate(connection, "decipherer-verifier", _who_did(connection, entry, "deciphered"), hand.who, body)
        separate(connection, "printer-verifier", _who_did(connection, entry, "printed"), hand.who, body)
        writing.append([record(office, connection, "verified", hand, body)])


def _who_did(connection: Connection, entry: int, kind: str) -> str:
    query = select(t.acts.c.who).where(t.acts.c.cable == entry, t.acts.c.kind == kind)
    return connection.execute(query.order_by(t.acts.c.entry.desc()).limit(1)).scalar() or ""


def acknowledge(office: Office, hand: Hand, entry: int, *, by_cable: int = -1) -> None:
    """Acknowledge a received cable, or note the cable by which a peer acknowledged ours."""
    with office.register.writing() as writing:
        row = find_cable(writing.connection, entry)
        body = on_cable(row)
        if by_cable >= 0:
            by = find_cable(writing.connection, by_cable)
            if by.direction == row.direction != "paper":
                raise NotAllowed("a cable is acknowledged by one that goes the other way")
            body["links"] = [["acknowledged by", by.cable, ""]]
        elif row.direction == "out":
            raise NotAllowed("its addressee acknowledges our cable", mend="Name the cable that says so.")
        writing.append([record(office, writing.connection, "acknowledged", hand, body)])


def destroy_text(office: Office, hand: Hand, entry: int, reason: str) -> None:
    """Destroy the key of a cable's text: the register stays valid, the text is gone for good.

    Unfinished sheets that would have rewritten it go too. Backups made before still hold it until
    they are destroyed.
    """
    with office.register.writing() as writing:
        row = find_cable(writing.connection, entry)
        end_texts(office, writing, hand, row, "text destroyed", reason)


def end_texts(
    office: Office,
    writing: Writing,
    hand: Hand,
    row: Row[Any],
    kind: str,
    reason: str,
    *,
    drafts: bool = False,
) -> None:
    """Destroy the keys of a cable's texts by an act of this kind; of its ``drafts`` alone, where asked."""
    connection, entry = writing.connection, row.cable
    open_tasks = select(func.count()).where(t.taskings.c.cable == entry, t.taskings.c.state == "open")
    if connection.execute(open_tasks).scalar():
        raise NotAllowed("the cable has open taskings", mend="Close or cancel them first.")
    d = t.deliveries.c
    states = ["bagged"] if row.state == "cancelled" else ["bagged", "waiting"]
    unsent = select(d.peer).where(d.cable == entry, d.state.in_(states))
    if not drafts and connection.execute(unsent).first() is not None:
        raise NotAllowed("the cable has not gone to all its addressees", mend="Dispatch or cancel it.")
    asks = select(func.count()).where(t.taskings.c.cable == entry)
    acts = [entered.act for _, entered in handling(connection, entry)]
    texts = {act[name] for act in acts for name in ("text", "scan", "slip") if name in act}
    if drafts:
        texts -= {row.text, *(act["slip"] for act in acts if "slip" in act)}
    body = on_cable(row, texts=sorted(texts), reason=reason, asks=connection.execute(asks).scalar())
    # Copies on paper outlive the text: whoever is issued one is still held against its marking.
    body["marking"] = row.marking
    if drafts:
        body["drafts"] = True
    writing.append([record(office, connection, kind, hand, body)])
    forget(connection)
    gone = {"text_key": b"", "sealed": b"", "salt": b""}
    connection.execute(t.texts.update().where(t.texts.c.commitment.in_(texts)).values(gone))
    connection.execute(t.papers.delete().where(t.papers.c.cable == entry))


def handling(connection: Connection, entry: int) -> list[tuple[int, Record]]:
    """Every act on a cable, in the register's order: entry number and record."""
    query = select(t.acts.c.entry).where(t.acts.c.cable == entry).order_by(t.acts.c.entry)
    entries = list(connection.execute(query).scalars())
    found = find_entries(connection, entries)
    return [(e, found[e].decoded) for e in entries]
