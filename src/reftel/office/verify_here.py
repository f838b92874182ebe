"""Verifying an entry and the checkpoints here and now: what exactly was checked, and what came of it.

A server that checks itself proves little to whom it serves: so each check says what it rests on, and
the proof is given out, for another tool to check.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from reftel.cipher.commitment import record_leaf
from reftel.cipher.person import verify_person
from reftel.errors import NotAllowed, NotFound, ReftelError
from reftel.office.cards import open_card
from reftel.office.office import Office, verify_touch
from reftel.register.checkpoint import open_checkpoint, read_head, verify_cosignature
from reftel.register.entries import (
    Json,
    Record,
    Signed,
    Touch,
    act_bytes,
    b64,
    clock_text,
    decode_record,
    unb64,
)
from reftel.register.log import Entry, find_entry, tree_of
from reftel.register.merkle import leaf_hash, verify_consistency, verify_inclusion
from reftel.register.proof import TlogProof
from reftel.store import tables as t

PAGE = 20
_FLAGS = ((1, "user present"), (4, "user verified"), (8, "may be backed up"), (16, "is backed up"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was checked; ``held`` is ``None`` where it could not be checked here."""

    what: str
    said: str
    held: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature of an entry: whose, by what, what a passkey said of itself, and whether it verifies."""

    person: str
    key_id: str
    by: str
    details: tuple[tuple[str, str], ...]
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A checkpoint of a register: its size, root (base64), its time, and who signed it, as verified now."""

    size: int
    root: str
    at: str
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """What a peer and this post have seen of each other's registers; sizes are -1 where nothing was seen."""

    origin: str
    name: str
    theirs: int
    theirs_check: Check | None
    ours: int
    ours_check: Check | None


def entry_proof(connection: Connection, number: int) -> str:
    """The proof (C2SP tlog-proof) that an entry's leaf stands under the first checkpoint that covers it.

    Raises :class:`NotAllowed` while none does.
    """
    note = _covering(connection, number)
    if note is None:
        raise NotAllowed(
            "the register has not been signed since that entry", mend="Sign it, or wait for the next round."
        )
    path = tree_of(connection).inclusion(number, read_head(note).size)
    return TlogProof(index=number, path=tuple(path), checkpoint=note).encode()


def verify_entry(office: Office, connection: Connection, number: int) -> list[Check]:
    """Check one entry from its bytes to the newest checkpoint and the peers' countersignatures."""
    entry = find_entry(connection, number)
    checks = [_check_record(entry), _check_leaf(connection, entry)]
    note = _covering(connection, number)
    if note is None:
        said = "No checkpoint covers the entry yet: nobody has signed that it stands in the register."
        return [*checks, Check(what="Checkpoint", said=said, held=None)]
    checks += [_check_note(office, note), _check_path(connection, entry, note)]
    newest = connection.execute(_points().limit(1)).one()
    if read_head(newest.note).size > read_head(note).size:
        checks.append(_check_growth(connection, note, newest.note))
    return [*checks, *_check_peers(connection, number)]


def signatures(connection: Connection, record: Record) -> tuple[Signature, ...]:
    """Each signature of a record, verified now under the key or passkey of that name known here."""
    return tuple(_signature(connection, record, signed) for signed in record.signatures)


def checkpoints(office: Office, connection: Connection, below: int = -1) -> tuple[tuple[Point, ...], int]:
    """The checkpoints, newest first, each verified; and below which size the list goes on (-1: its end)."""
    query = _points() if below < 0 else _points().where(t.checkpoints.c.size < below)
    rows = connection.execute(query.limit(PAGE + 1)).all()
    points = tuple(_point(office, row.note) for row in rows[:PAGE])
    return points, rows[PAGE - 1].size if len(rows) > PAGE else -1


def checkpoint_note(connection: Connection, size: int) -> str:
    """The signed note of one checkpoint; :class:`NotFound` where none was signed at that size."""
    note = connection.execute(select(t.checkpoints.c.note).where(t.checkpoints.c.size == size)).scalar()
    if note is None:
        raise NotFound(f"no checkpoint was signed at {size} entries")
    return str(note)


def peers(connection: Connection) -> tuple[Peer, ...]:
    """Every known post: the last of its register that was seen here, and the last of ours that it signed."""
    known = select(t.posts).where(t.posts.c.standing == "known").order_by(t.posts.c.name)
    return tuple(_peer(connection, row.origin, row.name, row.card) for row in connection.execute(known).all())


def _points() -> Select[Any]:
    return select(t.checkpoints).order_by(t.checkpoints.c.size.desc())


def _covering(connection: Connection, number: int) -> str | None:
    c = t.checkpoints.c
    query = select(c.note).where(c.size > number).order_by(c.size).limit(1)
    return connection.execute(query).scalar()


def _held(what: str, said: str) -> Check:
    return Check(what=what, said=said, held=True)


def _broken(what: str, said: str) -> Check:
    return Check(what=what, said=said, held=False)


def _check_record(entry: Entry) -> Check:
    what = "Record"
    try:
        decode_record(entry.record)
    except ReftelError as error:
        return _broken(what, f"The record's bytes are not those of a record: {error.sentence}.")
    said = f"Its {len(entry.record)} bytes are one record in its one canonical form."
    return _held(what, said)


def _check_leaf(connection: Connection, entry: Entry) -> Check:
    stored = connection.execute(
        select(t.entries.c.leaf).where(t.entries.c.entry == entry.number)
    ).scalar_one()
    made = leaf_hash(record_leaf(entry.salt, entry.record))
    if made != bytes(stored):
        return _broken("Leaf", "The leaf that is stored is not the one that the record and its salt give.")
    return _held("Leaf", f"The leaf {made.hex()[:16]}… was made again from the record and its salt.")


def _check_note(office: Office, note: str) -> Check:
    what = "Checkpoint"
    try:
        head = open_checkpoint(note, office.keys.signing.verifier)
    except ReftelError as error:
        return _broken(what, f"The checkpoint that covers it does not verify: {error.sentence}")
    at = datetime.fromtimestamp(head.time, UTC)
    said = (
        f"The checkpoint of {head.size} entries, signed {at:%Y-%m-%d %H:%M} UTC, verifies with both keys of "
        f"{head.origin}: Ed25519 and ML-DSA-44."
    )
    return _held(what, said)


def _check_path(connection: Connection, entry: Entry, note: str) -> Check:
    head = read_head(note)
    try:
        path = tree_of(connection).inclusion(entry.number, head.size)
        verify_inclusion(entry.leaf_hash, entry.number, head.size, path, head.root)
    except ReftelError as error:
        return _broken("Inclusion", f"The entry does not stand under that checkpoint: {error.sentence}.")
    said = f"From the leaf, {len(path)} hashes lead to the root {b64(head.root)[:16]}… of that checkpoint."
    return _held("Inclusion", said)


def _check_growth(connection: Connection, old: str, new: str) -> Check:
    was, now = read_head(old), read_head(new)
    try:
        path = tree_of(connection).consistency(was.size, now.size)
        verify_consistency(was.size, now.size, was.root, now.root, path)
    except ReftelError as error:
        return _broken("Growth", f"The newest checkpoint does not continue that one: {error.sentence}.")
    said = f"The newest checkpoint, of {now.size} entries, continues it: nothing below was changed since."
    return _held("Growth", said)


def _check_peers(connection: Connection, number: int) -> Iterator[Check]:
    """The last countersignature of each peer over a checkpoint that covers the entry."""
    c, p = t.cosignatures.c, t.posts.c
    for post in connection.execute(select(t.posts).where(p.standing == "known").order_by(p.name)).all():
        query = select(t.cosignatures).where(c.peer == post.origin, c.size > number)
        row = connection.execute(query.order_by(c.size.desc()).limit(1)).first()
        if row is not None:
            yield _cosignature(connection, post.name, post.card, row.size, row.line)


def _cosignature(connection: Connection, name: str, card: str, size: int, line: str) -> Check:
    try:
        at = verify_cosignature(checkpoint_note(connection, size), line, open_card(card).verifier)
    except ReftelError as error:
        said = f"What {name} countersigned at {size} entries does not verify: {error.sentence}"
        return _broken(f"Seen by {name}", said)
    when = datetime.fromtimestamp(at, UTC)
    said = f"{name} saw and countersigned the register at {size} entries, on {when:%Y-%m-%d %H:%M} UTC."
    return _held(f"Seen by {name}", said)


def _point(office: Office, note: str) -> Point:
    head = read_head(note)
    try:
        at = clock_text(datetime.fromtimestamp(open_checkpoint(note, office.keys.signing.verifier).time, UTC))
        check = _held("Signed", "Both signatures verify.")
    except ReftelError as error:
        at, check = "", _broken("Signed", f"It does not verify: {error.sentence}")
    return Point(size=head.size, root=b64(head.root), at=at, check=check)


def _peer(connection: Connection, origin: str, name: str, card: str) -> Peer:
    v, c = t.views.c, t.cosignatures.c
    view = connection.execute(
        select(t.views).where(v.origin == origin).order_by(v.size.desc()).limit(1)
    ).first()
    ours = connection.execute(
        select(t.cosignatures).where(c.peer == origin).order_by(c.size.desc()).limit(1)
    ).first()
    theirs_check = None
    if view is not None:
        try:
            at = datetime.fromtimestamp(open_checkpoint(view.note, open_card(card).verifier).time, UTC)
            said = f"{name} signed it on {at:%Y-%m-%d %H:%M} UTC; both of its signatures verify."
            theirs_check = _held("Signed", said)
        except ReftelError as error:
            theirs_check = _broken("Signed", f"It does not verify: {error.sentence}")
    ours_check = None if ours is None else _cosignature(connection, name, card, ours.size, ours.line)
    return Peer(
        origin=origin,
        name=name,
        theirs=-1 if view is None else view.size,
        theirs_check=theirs_check,
        ours=-1 if ours is None else ours.size,
        ours_check=ours_check,
    )


def _signature(connection: Connection, record: Record, signed: Signed) -> Signature:
    touch = signed.signature
    if isinstance(touch, bytes):
        return Signature(
            person=signed.person,
            key_id=signed.key_id,
            by="Ed25519, by a key in a file",
            details=(),
            check=_check_key(connection, record.act, signed, touch),
        )
    return Signature(
        person=signed.person,
        key_id=signed.key_id,
        by="a passkey",
        details=tuple(_details(touch)),
        check=_check_touch(connection, record.act, signed, touch),
    )


def _check_key(connection: Connection, act: Json, signed: Signed, signature: bytes) -> Check:
    what = f"Signature of {signed.person}"
    row = connection.execute(select(t.people).where(t.people.c.name == signed.person)).first()
    if row is None or row.key_id != signed.key_id:
        said = (
            "The key is not the one that is admitted now. The audit judges it by its place in the register."
        )
        return Check(what=what, said=said, held=None)
    try:
        verify_person(unb64(row.person_key, 32), act_bytes(act), signature)
    except ReftelError as error:
        return _broken(what, f"It does not verify under the key admitted: {error.sentence}.")
    return _held(what, "It verifies over exactly this act, under the key admitted for that person.")


def _check_touch(connection: Connection, act: Json, signed: Signed, touch: Touch) -> Check:
    what = f"Signature of {signed.person}"
    p = t.passkeys.c
    row = connection.execute(
        select(t.passkeys).where(p.credential == b64(touch.assertion.credential), p.person == signed.person)
    ).first()
    if row is None or row.key_id != signed.key_id:
        return _broken(what, "No such passkey was ever enrolled for that person here.")
    try:
        verify_touch(act, touch, row.credential, unb64(row.public), row.rp_id, row.origin)
    except ReftelError as error:
        return _broken(what, f"It does not verify: {error.sentence}.")
    since = "; the passkey was revoked later" if row.state == "revoked" else ""
    said = (
        "It verifies: type webauthn.get, made by that passkey for this act, at the origin of its enrolment, "
        f"not across origins, with the user verified{since}."
    )
    return _held(what, said)


def _details(touch: Touch) -> Iterator[tuple[str, str]]:
    """What a passkey said when it signed: where, for whom, how, and how often it had."""
    given = touch.assertion
    try:
        client = json.loads(given.client)
        yield "Origin", str(client.get("origin", ""))[:200]
        yield "Across origins", "yes" if client.get("crossOrigin") else "no"
    except (ValueError, AttributeError):
        yield "Client data", "not to be read"
    data = given.authenticator
    if len(data) >= 37:
        flags = [name for bit, name in _FLAGS if data[32] & bit]
        yield "Relying party", f"SHA-256 {data[:32].hex()}"
        yield "Flags", ", ".join(flags) or "none"
        yield "Counter", str(int.from_bytes(data[33:37], "big"))
    yield "Credential", b64(given.credential)
    if len(touch.digests) > 1:
        yield "Signed together", f"{len(touch.digests)} acts by one touch"
