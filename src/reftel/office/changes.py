"""Changes to what was sent: forwarded, cancelled, corrected, downgraded. Each an act, none an edit."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from reftel.cable.eyes import sealed_part
from reftel.cable.model import Block, Cable, Carried, Paragraph, Party, Precedence
from reftel.errors import BadValue, NotAllowed
from reftel.office.clearance import check_level, level, split_marking
from reftel.office.desk import cable_text, draft_bytes
from reftel.office.office import Hand, Office, find_cable, on_cable, record
from reftel.register.log import find_entry, find_text, tree_of
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t


def forwarding_proof(connection: Connection, cable: int) -> tuple[bytes, bytes]:
    """A cable's bytes as its own post registered them, and the proof that it did.

    Raises :class:`NotAllowed` for a cable that no post's register vouches for: entered from
    paper, still a draft, or with its text destroyed.
    """
    row = find_cable(connection, cable)
    text = find_text(connection, row.text)
    if text is None:
        raise NotAllowed("the text of that cable was destroyed")
    if row.direction == "out" and row.leaf >= 0:
        entry = find_entry(connection, row.leaf)
        query = select(t.checkpoints).where(t.checkpoints.c.size > row.leaf)
        signed = connection.execute(query.order_by(t.checkpoints.c.size).limit(1)).first()
        if signed is None:
            raise NotAllowed("the register has not been signed since that release", mend="Dispatch it first.")
        path = tree_of(connection).inclusion(row.leaf, signed.size)
        record_bytes, salt, note = entry.record, entry.salt, signed.note
    elif row.direction == "in":
        held = connection.execute(select(t.proofs).where(t.proofs.c.cable == cable)).one()
        path = [held.path[at : at + 32] for at in range(0, len(held.path), 32)]
        view = select(t.views.c.note).where(t.views.c.origin == row.origin, t.views.c.size == held.size)
        record_bytes, salt = held.record, held.record_salt
        note = connection.execute(view).scalar_one()
    else:
        raise NotAllowed("no post's register vouches for that text: it can be carried as told, not proved")
    proof = ForwardingProof(
        record=record_bytes,
        record_salt=salt,
        text_salt=text.salt,
        index=row.leaf,
        path=tuple(path),
        checkpoint=note,
    )
    return text.data, proof.encode()


def readdress(
    office: Office,
    hand: Hand,
    cable: int,
    *,
    to: Sequence[Party],
    info: Sequence[Party] = (),
    covering: str = "",
    precedence: Precedence | None = None,
    subject: str = "",
) -> int:
    """Draft a cable that carries another on, its number and time kept, with proof where there is one.

    Returns the covering draft's entry; it is cleared and released like any other. The draft is
    marked as high as what it carries.
    """
    with office.store.read() as connection:
        row = find_cable(connection, cable)
        found = cable_text(connection, row)
        if found is None:
            raise NotAllowed("the text of that cable was destroyed")
        carried, original = found
        if sealed_part(carried) is not None:
            raise NotAllowed("the text of that cable is sealed to its readers: there is nothing to carry on")
        proof: bytes | None = None
        if row.direction != "paper":
            original, proof = forwarding_proof(connection, cable)
    telegram = Carried(cable=carried, original=original if proof else None, proof=proof)
    blocks: tuple[Block, ...] = (Paragraph(text=covering), telegram) if covering else (telegram,)
    forward = Cable(
        sender=Party(post=office.origin, place=office.name),
        to=tuple(to),
        info=tuple(info),
        blocks=blocks,
        precedence=precedence if precedence is not None else carried.precedence,
        classification=carried.classification,
        captions=carried.captions,
        subject=subject or carried.subject,
    )
    return _draft_linked(office, hand, cable, forward, "readdressed", "carries")


def _draft_linked(office: Office, hand: Hand, cable: int, new: Cable, kind: str, relation: str) -> int:
    """Enter a draft and, in the same transaction, the act on the cable that it is about."""
    data = draft_bytes(new, office.origin)
    with office.register.writing() as writing:
        connection = writing.connection
        (text,) = writing.lay_down([(data, new)])
        (entry,) = writing.append([record(office, connection, "drafted", hand, {"text": text})])
        body = on_cable(find_cable(connection, cable), links=[[relation, entry, ""]])
        writing.append([record(office, connection, kind, hand, body)])
    return entry


def cancel(office: Office, hand: Hand, cable: int, by_cable: int) -> None:
    """Cancel a cable by another cable of its own originator; nobody else can.

    Here, for a cable of ours: ``by_cable`` is our cable that says so, released. At an addressee:
    ``by_cable`` is the one received from the same post.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row, by = find_cable(connection, cable), find_cable(connection, by_cable)
        if by.cable == row.cable or by.origin != row.origin or by.leaf < 0 or by.direction != row.direction:
            raise NotAllowed(
                "only the originator cancels a cable, by a cable of its own",
                mend="Name the released or received cable of the same post that cancels it.",
            )
        body = on_cable(row, links=[["cancelled by", by_cable, ""]])
        writing.append([record(office, connection, "cancelled", hand, body)])


def correct(office: Office, hand: Hand, cable: int, by_cable: int) -> None:
    """Note that a cable is corrected by another of the same originator; both texts stand."""
    with office.register.writing() as writing:
        connection = writing.connection
        row, by = find_cable(connection, cable), find_cable(connection, by_cable)
        unsent = by.direction == "out" and by.leaf < 0
        if by.cable == row.cable or (by.origin, by.direction) != (row.origin, row.direction) or unsent:
            raise NotAllowed("a cable is corrected by another cable of the same originator, released")
        body = on_cable(row, links=[["corrected by", by_cable, ""]])
        writing.append([record(office, connection, "corrected", hand, body)])


def downgrade(office: Office, hand: Hand, cable: int, classification: str, authority: str) -> None:
    """Lower a cable's marking, on whose authority; the text keeps the marking that it was sent with."""
    if not authority.strip():
        raise BadValue("a cable is downgraded on somebody's authority", mend="Say on whose.")
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, cable)
        now, captions = split_marking(row.marking)
        lower = check_level(classification)
        if level(lower) >= level(now):
            raise BadValue(f"{lower or 'no marking'} is not lower than {now or 'no marking'}")
        marking = "\x1f".join((lower, *captions))
        body = on_cable(row, marking=marking, authority=authority)
        writing.append([record(office, connection, "downgraded", hand, body)])
