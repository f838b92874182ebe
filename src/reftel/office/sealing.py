"""Sealed copies: a numbered copy as an age file that only its reader's own key opens.

What the reader's browser needs stands in the file: the text as its post registered it, and the proof
of that, so that the browser checks it by itself. The office keeps the file until the copy comes back
or is lost, and hands it to nobody but the copy's holder, after the holder has registered that it is
opened. That the file is not handed out earlier is the office's word; that only the reader's key opens
it is not.

The plaintext is described in docs/spec/sealed-copy.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

from reftel.cable.eyes import EyesOnly, sealed_part
from reftel.cable.plain import to_plain
from reftel.cipher.age import encrypt
from reftel.cipher.identity import HybridRecipient
from reftel.errors import NotAllowed, NotFound
from reftel.office.cards import open_card
from reftel.office.changes import forwarding_proof
from reftel.office.desk import cable_text
from reftel.office.office import Office, find_cable
from reftel.register.entries import Json, b64, encode_json
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t

SEALED = "sealed"
"""The form of a copy that is an age file; the other is ``paper``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What one copy says of itself: its place and number of ``of``, its holder, what for, until when."""

    cable: int
    seq: int
    of: int
    number: str
    holder: str
    purpose: str
    return_by: str
    return_to: str

    def plain(self, row: Row[Any]) -> Json:
        """As it stands in the sealed copy, with the cable's marking as this office has it."""
        marking = " / ".join(filter(None, row.marking.split("\x1f")))
        return {name: getattr(self, name) for name in self.__slots__} | {"marking": marking}


def cover(office: Office, cable: int) -> None:
    """See to it that a checkpoint of this post covers the release of a cable of its own.

    Done before the copies are sealed, since only what is on the disk is signed.
    """
    with office.store.read() as connection:
        row = find_cable(connection, cable)
        later = select(t.checkpoints.c.size).where(t.checkpoints.c.size > row.leaf).limit(1)
        signed = row.direction != "out" or row.leaf < 0 or connection.execute(later).first() is not None
    if not signed and not office.store.rehearsal:
        office.register.checkpoint(office.keys.signing, office.clock.now())


def seal_copies(
    office: Office, connection: Connection, row: Row[Any], copies: Sequence[tuple[Slip, Row[Any] | None]]
) -> None:
    """Seal copies of a cable, each to the key of its reader, in place of what was kept of them.

    A copy on paper has no key. In rehearsal it is only seen whether it can be done. Raises
    :class:`NotAllowed` once the text is no longer here, and for an EYES ONLY cable on paper or for
    somebody whom its sender did not seal it to.
    """
    found = cable_text(connection, row)
    eyes = None if found is None else sealed_part(found[0])
    if eyes is not None:
        for slip, key in copies:
            _see_named(office, eyes, slip, key)
    keyed = [(slip, str(key.recipient)) for slip, key in copies if key is not None]
    if not keyed:
        return
    if found is None:
        raise NotAllowed(
            "the text of that cable is no longer here: there is nothing to seal to a reader",
            mend="A holder whose copy is still sealed can read it; nobody else can be given one.",
        )
    if office.store.rehearsal:
        return
    cable, data = found
    common: Json = {
        "v": 1,
        "sheet": to_plain(cable),
        "text": b64(data),
        "check": _check(office, connection, row),
        "eyes": None if eyes is None else _eyes(eyes),
    }
    rows = []
    for slip, recipient in keyed:
        plain = encode_json({**common, "copy": slip.plain(row)})
        sealed = encrypt(plain, [HybridRecipient.parse(recipient)])
        rows.append({"cable": slip.cable, "seq": slip.seq, "sealed": sealed})
    keep = upsert(t.sealed_copies)
    keep = keep.on_conflict_do_update(index_elements=["cable", "seq"], set_={"sealed": keep.excluded.sealed})
    connection.execute(keep, rows)


def _see_named(office: Office, eyes: EyesOnly, slip: Slip, key: Row[Any] | None) -> None:
    """A copy of an EYES ONLY cable goes to a reader of this post to whose key its text was sealed."""
    mine = {reader.person: reader for reader in eyes.readers if reader.post == office.origin}
    if slip.holder not in mine:
        raise NotAllowed(
            f"the cable is EYES ONLY, and not for {slip.holder}",
            mend=f"It is for {', '.join(mine) or 'nobody of this post'}.",
        )
    if key is None:
        raise NotAllowed(
            "the text is sealed to its reader and this office does not hold it: there is nothing for paper",
            mend="Issue it sealed; the reader opens it in a browser.",
        )
    if mine[slip.holder].fingerprint != key.fingerprint:
        raise NotAllowed(
            f"the text is sealed to another key than {slip.holder} has here now",
            mend="Send the sender the reader's card of today, and ask for the cable again.",
        )


def _eyes(eyes: EyesOnly) -> Json:
    readers = [{name: getattr(reader, name) for name in reader.__slots__} for reader in eyes.readers]
    return {"readers": readers, "sealed": b64(eyes.sealed)}


def _check(office: Office, connection: Connection, row: Row[Any]) -> Json | None:
    """What leads from the text to a checkpoint of the post that registered it; ``None`` from paper."""
    if row.direction == "paper":
        return None
    _, encoded = forwarding_proof(connection, row.cable)
    proof = ForwardingProof.decode(encoded)
    verifier = office.keys.signing.verifier
    if row.direction == "in":
        card = select(t.posts.c.card).where(t.posts.c.origin == row.origin)
        verifier = open_card(connection.execute(card).scalar_one()).verifier
    return {
        "origin": row.origin,
        "text_salt": b64(proof.text_salt),
        "record": b64(proof.record),
        "record_salt": b64(proof.record_salt),
        "index": proof.index,
        "path": [b64(step) for step in proof.path],
        "checkpoint": proof.checkpoint,
        "verifiers": list(verifier.lines()),
        "fingerprint": verifier.fingerprint(),
    }


def withdraw(connection: Connection, copies: Iterable[tuple[int, int]]) -> None:
    """Let the office's sealed files of copies go; what a reader has kept of them is not reached."""
    s = t.sealed_copies.c
    for cable, seq in copies:
        connection.execute(delete(t.sealed_copies).where(s.cable == cable, s.seq == seq))


def sealed_copy(connection: Connection, person: str, cable: int, seq: int) -> bytes:
    """The sealed file of a copy, for its holder alone, once the opening is registered.

    Raises :class:`NotFound` for everybody and everything else, and says no more.
    """
    c, s = t.copies.c, t.sealed_copies.c
    query = select(s.sealed).join_from(t.sealed_copies, t.copies, (c.cable == s.cable) & (c.seq == s.seq))
    mine = (c.holder == person) & (c.state == "issued") & (c.opened != "") & (c.sealed_to != "")
    found = connection.execute(query.where(c.cable == cable, c.seq == seq, mine)).scalar()
    if found is None:
        raise NotFound("there is no opened copy of that number in your hands")
    return bytes(found)
