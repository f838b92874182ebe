"""Arrivals: what is checked of a bag before it is taken in, and of a cable before it is read.

Rules that this file keeps:

* nothing of a bag is applied before its manifest, checkpoint, consistency and digests hold;
* a bag is its sender's only when the sender's register has it: anybody can seal a manifest;
* the sender's register must continue the one that was seen before;
* a cable is decompressed only after its entry was proved to stand in the sender's register;
* the same bag, or the same entry, again changes nothing and is reported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select

from reftel.bearers.base import Bag, Broken
from reftel.cable import internet
from reftel.cable.model import Cable, Carried, Standing
from reftel.cable.numbering import mrn_names
from reftel.cipher.age import decrypt
from reftel.cipher.commitment import record_leaf, verify_text
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.note import PostVerifier
from reftel.cipher.packing import unpack
from reftel.errors import (
    AgeNoMatch,
    BadValue,
    BagError,
    KeyGone,
    NotForUs,
    PeerError,
    ProofError,
    ReftelError,
    Replay,
    RewrittenRegister,
    UnknownPost,
)
from reftel.office.cards import check_successor, open_card
from reftel.office.channels import note_carried
from reftel.office.manifest import Manifest, Receipt, open_manifest
from reftel.office.office import Hand, Office, number_lists, record, records
from reftel.register.checkpoint import Checkpoint, open_checkpoint, read_head, verify_cosignature
from reftel.register.entries import Json, Record, b64, clock_text, decode_json, decode_record, unb64
from reftel.register.envelope import Envelope, unframe
from reftel.register.log import Writing
from reftel.register.merkle import (
    HASH_SIZE,
    leaf_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t
from reftel.store.engine import execute_many

MAX_REFUSALS = 1000
MAX_AHEAD = 1000  # bags that may be missing at a time; more would be a serial that nobody gave
_STATES_IN_A_RECORD = 1000
_LONGEST_NUMBER = 64
_WAITING = select(t.arrivals.c.digest).where(
    t.arrivals.c.peer == bindparam("peer"),
    t.arrivals.c.digest.in_(bindparam("digests", expanding=True)),
    t.arrivals.c.state == "arrived",
)
_ENTERED = select(t.cables.c.leaf, t.cables.c.cable).where(
    t.cables.c.origin == bindparam("peer"),
    t.cables.c.leaf.in_(bindparam("leaves", expanding=True)),
    t.cables.c.direction == "in",
)
_TEXTS_HERE = select(t.texts.c.commitment).where(
    t.texts.c.commitment.in_(bindparam("commitments", expanding=True))
)
_HELD = select(t.arrivals.c.peer, t.arrivals.c.leaf, t.arrivals.c.digest).where(t.arrivals.c.state == "held")
# Walked back from the last cable that came in, so that its cost does not grow with the register.
_LAST_INCOMING = (
    select(t.cables.c.incoming)
    .join(t.acts, t.acts.c.entry == t.cables.c.cable)
    .where(t.acts.c.kind == "deciphered", t.cables.c.incoming.op("GLOB")("[0-9]*"))
    .where(t.cables.c.incoming.op("NOT GLOB")("*[^0-9]*"))
    .order_by(t.acts.c.entry.desc())
    .limit(1)
)
_NAMES = select(t.posts.c.origin, t.posts.c.name).where(
    t.posts.c.origin.in_(bindparam("peers", expanding=True))
)
_KEEP_SEALED = insert(t.sealed)
_KEEP_PROOF = insert(t.proofs)
_OPENED = delete(t.sealed).where(
    t.sealed.c.peer == bindparam("sender"), t.sealed.c.digest == bindparam("gone")
)
BATCH = 100
MAX_HELD = 8 * 1024 * 1024  # bytes of text opened and not entered yet; a peer's bag may unpack to gigabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What came of one bag.

    ``news`` is ``arrived``, ``again`` (it was here before), ``not ours`` or ``refused``; ``count``
    is how many cables came in it. ``error`` says why a bag was refused, or that some of the
    cables in a bag that arrived had come before.
    """

    bag: str
    news: str
    peer: str = ""
    serial: int = -1
    count: int = 0
    error: ReftelError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One sealed cable, opened and proved, before it is entered."""

    envelope: Envelope
    act: Json
    data: bytes
    cable: Cable


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciphered:
    """What came of one sealed cable: its entry here, or why it was held or refused."""

    digest: str
    entry: int = -1
    error: ReftelError | None = None


def receive(office: Office, bag: Bag | Broken, hand: Hand | None = None) -> Arrived:
    """Take one bag in, or refuse it whole; the refusal is listed, and returned rather than raised."""
    if isinstance(bag, Broken):
        return _refuse(office, bag.bag, None, bag.error)
    digest = b64(hashlib.sha256(bag.manifest).digest())
    with office.store.read() as connection:
        known = _known_bag(connection, digest)
    if known is not None:
        return _again(known)
    manifest: Manifest | None = None
    try:
        manifest = _open(office, bag)
        with office.register.writing() as writing:
            return _take_in(office, writing, bag, manifest, digest, hand)
    except AgeNoMatch:
        return Arrived(bag=bag.bag, news="not ours")
    except PeerError as error:
        return _refuse(office, bag.bag, manifest, error)


def _known_bag(connection: Connection, digest: str) -> Row[Any] | None:
    return connection.execute(select(t.bags).where(t.bags.c.way == "in", t.bags.c.digest == digest)).first()


def _again(known: Row[Any]) -> Arrived:
    return Arrived(bag=known.bag, news="again", peer=known.peer, serial=known.serial, count=known.load)


def _refuse(office: Office, bag: str, manifest: Manifest | None, error: PeerError) -> Arrived:
    with office.register.writing() as writing:
        _list_refusal(office, writing, bag, manifest, error)
    return Arrived(bag=bag, news="refused", peer="" if manifest is None else manifest.sender, error=error)


def _open(office: Office, bag: Bag) -> Manifest:
    identities = list(office.keys.epochs().values())
    for identity in identities:
        try:
            manifest = open_manifest(bag.manifest, identity)
        except AgeNoMatch:
            continue
        if manifest.bag != bag.bag:
            raise BagError(f"bag {bag.bag} bears another bag's manifest")
        if manifest.to != office.origin:
            raise NotForUs(f"bag {bag.bag} of {manifest.sender} is for {manifest.to}")
        return manifest
    raise AgeNoMatch(f"no key held here opens bag {bag.bag}")


def _take_in(
    office: Office, writing: Writing, bag: Bag, manifest: Manifest, digest: str, hand: Hand | None
) -> Arrived:
    connection = writing.connection
    known = _known_bag(connection, digest)
    if known is not None:
        return _again(known)
    card = _card_of(connection, manifest.sender)
    verifier = open_card(card).verifier
    checkpoint = _check_registered(manifest, verifier)
    later = _check_view(connection, manifest, checkpoint)
    _check_serial(connection, manifest, digest)
    sealed = _check_cables(bag, manifest)
    records: list[Record] = []
    if manifest.card and manifest.card != card:
        check_successor(card, manifest.card)
        records.append(record(office, connection, "card known", None, card_body(manifest.card)))
    items = [[i.digest, i.channel, i.leaf, i.precedence] for i in manifest.items]
    doubled = _already_here(connection, manifest.sender, list(sealed))
    body: Json = {
        "from": manifest.sender,
        "serial": manifest.serial,
        "bag": manifest.bag,
        "previous": manifest.previous,
        "digest": digest,
        "size": checkpoint.size,
        "checkpoint": manifest.checkpoint,
        "items": [item for item in items if item[0] not in doubled],
    }
    path = b"".join(manifest.shared)
    if later:
        body["later"] = later
    if path:
        body["shared"] = b64(hashlib.sha256(path).digest())
    records.append(record(office, connection, "arrived", hand, body))
    try:
        writing.append(records)
    except BadValue as error:
        raise BagError(f"bag {manifest.serial} of {manifest.sender} is beyond its bounds") from error
    for receipt in manifest.receipts:
        note_carried(office, writing, manifest.sender, receipt.serials)
        writing.append(_receipted(office, connection, verifier, receipt))
    rows = [
        {"peer": manifest.sender, "digest": key, "envelope": blob, "path": path}
        for key, blob in sealed.items()
        if key not in doubled
    ]
    if rows:
        execute_many(connection, _KEEP_SEALED, rows)
    replay = None
    if doubled:
        channels = ", ".join(item.channel for item in manifest.items if item.digest in doubled)
        replay = Replay(
            f"bag {manifest.serial} of {manifest.sender} holds cables that came before: {channels}"
        )
        _list_refusal(office, writing, bag.bag, manifest, replay)
    return Arrived(
        bag=bag.bag,
        news="arrived",
        peer=manifest.sender,
        serial=manifest.serial,
        count=len(rows),
        error=replay,
    )


def card_body(card_text: str) -> Json:
    """What a record says of another post's card."""
    card = open_card(card_text)
    return {
        "origin": card.origin,
        "name": card.name,
        "serial": card.serial,
        "card": card_text,
        "fingerprint": card.fingerprint,
    }


def _card_of(connection: Connection, origin: str) -> str:
    row = connection.execute(select(t.posts).where(t.posts.c.origin == origin)).first()
    if row is None or row.standing != "known":
        raise UnknownPost(f"a bag came from {origin}, which nobody here has admitted")
    return str(row.card)


def _check_registered(manifest: Manifest, verifier: PostVerifier) -> Checkpoint:
    """The bag must stand in the sender's own register, under the checkpoint that it carries.

    Returns the checkpoint, verified. Raises :class:`NoteError`, :class:`ProofError`,
    :class:`BagError`.
    """
    checkpoint = open_checkpoint(manifest.checkpoint, verifier)
    entry = manifest.registered
    leaf = leaf_hash(record_leaf(entry.salt, entry.record))
    verify_inclusion(leaf, entry.leaf, checkpoint.size, entry.path, checkpoint.root)
    act = decode_record(entry.record).act
    said: Json = {
        "kind": "bagged",
        "post": manifest.sender,
        "to": manifest.to,
        "serial": manifest.serial,
        "bag": manifest.bag,
        "previous": manifest.previous,
        "receipts": [serial for receipt in manifest.receipts for serial in receipt.serials],
    }
    match act.get("items"):
        case [*items] if all(isinstance(item, list) for item in items):
            places = [item[1:] for item in items]
        case _:
            places = []
    if {"receipts": [], **act} != {**act, **said} or places != [[i.channel, i.leaf] for i in manifest.items]:
        raise BagError(f"bag {manifest.serial} of {manifest.sender} is not the one that it registered")
    return checkpoint


def _check_serial(connection: Connection, manifest: Manifest, digest: str) -> None:
    """A bag's serial is new; it and its neighbours, where they are here, name each other's digests."""
    query = select(t.bags).where(t.bags.c.way == "in", t.bags.c.peer == manifest.sender)
    near = query.where(t.bags.c.serial.between(manifest.serial - 1, manifest.serial + 1))
    beside = {row.serial: row for row in connection.execute(near)}
    if manifest.serial in beside:
        raise BagError(f"{manifest.sender} has sent two different bags with the serial {manifest.serial}")
    last = connection.execute(query.order_by(t.bags.c.serial.desc()).limit(1)).first()
    if manifest.serial > MAX_AHEAD + (0 if last is None else last.serial):
        raise BagError(
            f"bag {manifest.serial} of {manifest.sender} is more than {MAX_AHEAD} ahead of the last"
        )
    before, after = beside.get(manifest.serial - 1), beside.get(manifest.serial + 1)
    if (
        (before is not None and before.digest != manifest.previous)
        or (after is not None and after.previous != digest)
        or (manifest.serial == 1) != (manifest.previous == "")
    ):
        raise BagError(f"bag {manifest.serial} of {manifest.sender} does not follow the bag before it")


def _check_view(connection: Connection, manifest: Manifest, checkpoint: Checkpoint) -> list[list[Any]]:
    """The sender's register must continue what was seen of it.

    Returns the paths from the newest size that was seen, by which an audit proves it again, and
    from those that were not, by which a bag that was overtaken on its way is proved when it comes.
    """
    sender, size, root = manifest.sender, checkpoint.size, checkpoint.root
    views = select(t.views).where(t.views.c.origin == sender)
    newest = connection.execute(views.order_by(t.views.c.size.desc()).limit(1)).first()
    if newest is not None and size < newest.size:
        _was_overtaken(sender, size, root, connection.execute(views.where(t.views.c.size >= size)).all())
        return []
    if newest is not None and size == newest.size:
        _same_root(sender, read_head(newest.note).root, root)
        return []
    offered = {old: b"".join(path) for old, path in manifest.consistency}
    if newest is not None:
        _continues(sender, newest.size, read_head(newest.note).root, size, root, offered)
    seen = -1 if newest is None else newest.size
    return [[old, b64(path)] for old, path in sorted(offered.items()) if seen <= old < size]


def _was_overtaken(sender: str, size: int, root: bytes, views: Sequence[Row[Any]]) -> None:
    """An older checkpoint than the newest seen: one that was seen must continue it."""
    for view in views:
        head = read_head(view.note)
        if head.size == size:
            _same_root(sender, head.root, root)
            return
        later = {old: unb64(path) for old, path in decode_json(view.later.encode())["paths"]}
        if size in later:
            _continues(sender, size, root, head.size, head.root, later)
            return
    raise ProofError(f"{sender} gave no proof that its register of {size} entries was continued since")


def _same_root(sender: str, seen: bytes, root: bytes) -> None:
    if seen != root:
        raise RewrittenRegister(f"{sender} has signed two different registers of the same size")


def _continues(
    sender: str, old: int, old_root: bytes, new: int, new_root: bytes, paths: Mapping[int, bytes]
) -> None:
    path = paths.get(old)
    if path is None:
        raise ProofError(
            f"{sender} gave no proof that its register continues the {old} entries seen here",
            mend=f"Send a receipt to {sender} and have the bag sent again.",
        )
    hashes = [path[at : at + HASH_SIZE] for at in range(0, len(path), HASH_SIZE)]
    try:
        verify_consistency(old, new, old_root, new_root, hashes)
    except ProofError as error:
        raise RewrittenRegister(
            f"the register of {sender} no longer contains what it had signed at {old} entries"
        ) from error


def _check_cables(bag: Bag, manifest: Manifest) -> dict[str, bytes]:
    """Part the cables and compare each with its digest in the manifest."""
    if sum(item.length for item in manifest.items) != len(bag.cables):
        raise BagError(f"bag {manifest.serial} of {manifest.sender} is cut short or too long")
    sealed, at = {}, 0
    for item in manifest.items:
        blob = bag.cables[at : at + item.length]
        at += item.length
        if b64(hashlib.sha256(blob).digest()) != item.digest:
            raise BagError(
                f"cable {item.channel} in bag {manifest.serial} of {manifest.sender} is not what was sent"
            )
        if item.digest in sealed:
            raise BagError(f"bag {manifest.serial} of {manifest.sender} holds one cable twice")
        sealed[item.digest] = blob
    return sealed


def _already_here(connection: Connection, peer: str, digests: Sequence[str]) -> set[str]:
    a = t.arrivals.c
    query = select(a.digest).where(a.peer == peer, a.digest.in_(digests))
    return set(connection.execute(query).scalars())


def _receipted(
    office: Office, connection: Connection, verifier: PostVerifier, receipt: Receipt
) -> list[Record]:
    """Check a peer's cosignature of our register and note which bags it receipts.

    An entry holds 64 KiB: for many cables at once there are as many records as it takes.
    """
    query = select(t.checkpoints.c.note).where(t.checkpoints.c.size == receipt.size)
    note = connection.execute(query).scalar()
    if note is None:
        raise RewrittenRegister(
            f"{verifier.origin} receipts a register of {receipt.size} entries that this post never signed",
            mend="If this post was restored from a backup, compare: `reftel restore --compare`.",
        )
    verify_cosignature(note, receipt.line, verifier)
    b, d = t.bags.c, t.deliveries.c
    known = select(b.serial).where(
        b.way == "out",
        b.peer == verifier.origin,
        b.serial.in_(receipt.serials),
        b.state.in_(("dispatched", "receipted")),
        b.size <= receipt.size,
    )
    serials = sorted(connection.execute(known).scalars())
    pending = select(d.cable, t.cables.c.state).join(t.cables, t.cables.c.cable == d.cable)
    pending = pending.where(d.peer == verifier.origin, d.serial.in_(serials), d.state == "dispatched")
    items = [[row.cable, row.state] for row in connection.execute(pending.order_by(d.cable))]
    connection.execute(
        delete(t.outbags).where(t.outbags.c.peer == verifier.origin, t.outbags.c.serial.in_(serials))
    )
    said: Json = {"from": verifier.origin, "size": receipt.size, "cosignature": receipt.line}
    bodies = [
        {**said, "serials": [] if at else serials, "items": items[at : at + _STATES_IN_A_RECORD]}
        for at in range(0, max(1, len(items)), _STATES_IN_A_RECORD)
    ]
    return records(office, connection, "receipted", None, bodies)


def _list_refusal(
    office: Office, writing: Writing, bag: str, manifest: Manifest | None, error: PeerError
) -> None:
    """Keep a bounded list; the register takes one record for a known post and day, none for strangers.

    A refusal is a known post's when its register has the bag; its checkpoint is then kept as
    evidence, and strangers' bags do not crowd it out. The same bag again is listed once.
    """
    connection = writing.connection
    r = t.refusals.c
    peer = "" if manifest is None else manifest.sender
    evidence = "" if manifest is None else _evidence(connection, manifest)
    connection.execute(delete(t.refusals).where(r.bag == bag, r.code == error.code, r.peer == peer))
    last = connection.execute(select(func.max(r.number))).scalar() or 0
    now = clock_text(office.clock.now())
    row = {"number": last + 1, "at": now, "peer": peer, "bag": bag, "code": error.code}
    row |= {"sentence": error.sentence, "evidence": evidence}
    connection.execute(insert(t.refusals), row)
    alike = r.evidence != "" if evidence else r.evidence == ""
    kept = select(r.number).where(alike).order_by(r.number.desc()).limit(MAX_REFUSALS)
    connection.execute(delete(t.refusals).where(alike, r.number.not_in(kept)))
    if not evidence:
        return
    today = select(t.acts.c.entry).where(
        t.acts.c.kind == "refused", t.acts.c.who == peer, t.acts.c.at >= now[:10]
    )
    if connection.execute(today).first() is None:
        body = {"who": peer, "code": error.code, "sentence": error.sentence, "bag": bag, "number": last + 1}
        writing.append([record(office, connection, "refused", None, body)])


def _evidence(connection: Connection, manifest: Manifest) -> str:
    """The checkpoint of a bag that a known post did register, though the bag is refused."""
    try:
        _check_registered(manifest, open_card(_card_of(connection, manifest.sender)).verifier)
    except PeerError:
        return ""
    return manifest.checkpoint


def in_tray(connection: Connection, at_most: int = BATCH, only: Collection[str] = ()) -> list[Row[Any]]:
    """Sealed cables that wait to be deciphered, highest precedence first, then as they came.

    ``only`` names some of them by their digests.
    """
    a = t.arrivals.c
    columns = a.digest, a.peer, a.leaf, a.precedence, a.state, a.entry
    query = (
        select(*columns, t.sealed.c.envelope, t.sealed.c.path, t.bags.c.size)
        .join(t.sealed, (t.sealed.c.peer == a.peer) & (t.sealed.c.digest == a.digest))
        .join(t.bags, (t.bags.c.way == "in") & (t.bags.c.peer == a.peer) & (t.bags.c.serial == a.serial))
        .where(a.state == "arrived")
        .order_by(a.precedence.desc(), a.entry, a.channel)
    )
    if only:
        query = query.where(a.digest.in_(only))
    return list(connection.execute(query.limit(at_most)))


def decipher(
    office: Office,
    hand: Hand | None = None,
    *,
    at_most: int = BATCH,
    incoming: str = "",
    numbers: Sequence[Sequence[str]] = (),
    receiving_office: str = "",
    only: Collection[str] = (),
    stop: Callable[[], bool] = lambda: False,
) -> list[Deciphered]:
    """Open, authenticate and enter what waits, highest precedence first.

    ``incoming`` (for one cable) is the registry's own number when it is not to be the next one;
    ``numbers`` are further numbers of this office, ``[scheme, value]``, then literal, date and note
    if any; ``receiving_office`` is the part of the house that took the cable in, where it has
    several. What cannot be opened is held or refused, and the rest goes on. ``only`` are the digests
    of those to open, all in one transaction, because one touch signs them. ``stop`` is asked after
    each cable: when it says yes (a bag came), what was opened so far is entered and the rest waits.
    """
    with office.store.read() as connection:
        # A number given by hand is one cable's, not that of all that wait.
        rows = in_tray(connection, 1 if incoming or numbers else at_most, only)
        heads = {key: _head(connection, *key) for key in {(row.peer, row.size) for row in rows}}
        names = dict(connection.execute(_NAMES, {"peers": list({row.peer for row in rows})}).all())
    given: Json = {"numbers": number_lists(numbers), "receiving_office": receiving_office}
    given = {name: value for name, value in given.items() if value}
    identities = list(office.keys.epochs().values())
    news: list[Deciphered] = []
    stopped = False
    # Each precedence in a transaction of its own: what is urgent does not wait for the rest to be opened.
    for _, group in groupby(rows, key=lambda row: -1 if only else row.precedence):
        opened: list[tuple[Row[Any], Opened | PeerError]] = []
        held = 0
        for row in group:
            try:
                found = _open_cable(office, row, heads[row.peer, row.size], names[row.peer], identities)
                opened.append((row, found))
                held += len(found.data)
            except PeerError as error:
                opened.append((row, error))
            if stopped := stop() or (bool(only) and held > MAX_HELD):
                break
            if held > MAX_HELD:
                news += _enter_opened(office, hand, opened, incoming, given)
                opened, held = [], 0
        news += _enter_opened(office, hand, opened, incoming, given)
        if stopped:
            break
    return news


def _head(connection: Connection, peer: str, size: int) -> bytes:
    query = select(t.views.c.note).where(t.views.c.origin == peer, t.views.c.size == size)
    return read_head(connection.execute(query).scalar_one()).root


def _open_cable(
    office: Office, row: Row[Any], root: bytes, name: str, identities: list[HybridIdentity]
) -> Opened:
    """Decrypt, prove, and only then decompress and read one cable of the post called ``name``."""
    envelope = unframe(_unseal(row.envelope, identities))
    leaf = leaf_hash(record_leaf(envelope.record_salt, envelope.record))
    shared = [row.path[at : at + HASH_SIZE] for at in range(0, len(row.path), HASH_SIZE)]
    path = [*envelope.path, *shared]
    if envelope.index != row.leaf or root_from_inclusion(leaf, envelope.index, row.size, path) != root:
        raise ProofError(f"a cable's entry {envelope.index} does not stand in the register of {row.peer}")
    act = _release_in(office, row, decode_record(envelope.record))
    data = unpack(envelope.packed, internet.MAX_BYTES)
    verify_text(unb64(act["text"], 32), envelope.text_salt, data)
    cable = internet.read(data)
    if not _is_of(cable, act, row.peer, name):
        raise ProofError(f"the text of entry {row.leaf} of {row.peer} names another sender or number")
    return Opened(envelope=envelope, act=act, data=data, cable=cable)


def _is_of(cable: Cable, act: Json, origin: str, name: str) -> bool:
    """Whether a text names the post that released it as its sender, and bears the number of that release.

    Any post can register any text: without this it could speak in another's name, or be first to
    release as its own what it got from another, so that the genuine cable were taken for a replay.
    """
    numbers = [number.value for number in cable.numbers if number.scheme == "MRN"]
    return cable.sender.post == origin and numbers == [act.get("mrn")] and mrn_names(numbers[0], name)


def _unseal(sealed: bytes, identities: list[HybridIdentity]) -> bytes:
    """Open with the key that fits, and put it in front: what comes together was sealed to the same."""
    for place, identity in enumerate(identities):
        try:
            plain = decrypt(sealed, [identity])
        except AgeNoMatch:
            continue
        identities.insert(0, identities.pop(place))
        return plain
    raise KeyGone("the opening key of a cable that arrived here is gone")


def _release_in(office: Office, row: Row[Any], entered: Record) -> Json:
    """The act of an entry, which must be the release of a cable by that post, to this one."""
    match entered.act:
        case {"kind": "released", "post": str(post), "to": [*to], "text": str(), "mrn": str(number)} if (
            post == row.peer and len(number) <= _LONGEST_NUMBER
        ):
            if office.origin not in to:
                raise NotForUs(f"entry {row.leaf} of {row.peer} names other addressees")
            return entered.act
        case _:
            raise ProofError(f"entry {row.leaf} of {row.peer} is not the release of a cable")


def _enter_opened(
    office: Office,
    hand: Hand | None,
    opened: Sequence[tuple[Row[Any], Opened | PeerError]],
    incoming: str,
    given: Json,
) -> list[Deciphered]:
    """Enter what was opened, in one transaction; what another process entered meanwhile is left out."""
    with office.register.writing() as writing:
        connection = writing.connection
        here = _look(connection, opened)
        last = _last_incoming(connection)
        bodies: list[Json] = []
        others: list[Record] = []
        news: list[Deciphered] = []
        entering: list[tuple[Row[Any], Opened]] = []
        for row, found in opened:
            place = row.peer, row.leaf
            if (row.peer, row.digest) not in here.waiting:
                continue
            if (
                isinstance(found, Opened)
                and place not in here.entries
                and found.act["text"] not in here.texts
            ):
                entry = here.entries[place] = writing.tree.size + len(bodies)
                here.texts.add(found.act["text"])
                number = incoming or str(last + 1 + len(bodies))
                bodies.append(_deciphered_body(row, found, number) | given)
                entering.append((row, found))
                news.append(Deciphered(digest=row.digest, entry=entry))
                held = here.held.pop(place, [])
                others += [_joined(office, connection, row.peer, digest, entry) for digest in held]
                continue
            if isinstance(found, PeerError):
                error = found
                others.append(_set_aside(office, connection, row, error))
            elif place in here.entries:
                twin = here.entries[place]
                error = Replay(f"entry {row.leaf} of {row.peer} was received before, as entry {twin} here")
                others.append(_joined(office, connection, row.peer, row.digest, twin))
            else:
                error = Replay(f"entry {row.leaf} of {row.peer} releases the text of another entry anew")
                others.append(_set_aside(office, connection, row, error))
            news.append(Deciphered(digest=row.digest, error=error))
        deciphered = records(office, connection, "deciphered", hand, bodies)
        _keep(writing, [*deciphered, *others], entering)
    return news


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """What stands here already of the cables that are about to be entered.

    ``waiting`` are the arrivals (post, digest) that nobody entered meanwhile; ``entries`` the entry
    here of a post's entry (post, leaf); ``texts`` commitments: each is salted, so no honest post
    makes one twice; ``held`` the arrivals of an entry that came sealed to a key that was gone.
    """

    waiting: set[tuple[str, str]]
    entries: dict[tuple[str, int], int]
    texts: set[str]
    held: dict[tuple[str, int], list[str]]


def _look(connection: Connection, opened: Sequence[tuple[Row[Any], Opened | PeerError]]) -> _Here:
    rows = [row for row, _ in opened]
    waiting: set[tuple[str, str]] = set()
    entries: dict[tuple[str, int], int] = {}
    for peer in {row.peer for row in rows}:
        digests = [row.digest for row in rows if row.peer == peer]
        waiting |= {
            (peer, d) for d in connection.execute(_WAITING, {"peer": peer, "digests": digests}).scalars()
        }
        leaves = [row.leaf for row in rows if row.peer == peer]
        entries |= {
            (peer, leaf): cable
            for leaf, cable in connection.execute(_ENTERED, {"peer": peer, "leaves": leaves})
        }
    commitments = [found.act["text"] for _, found in opened if isinstance(found, Opened)]
    texts = set(connection.execute(_TEXTS_HERE, {"commitments": commitments}).scalars())
    held: dict[tuple[str, int], list[str]] = {}
    for peer, leaf, digest in connection.execute(_HELD):
        held.setdefault((peer, leaf), []).append(digest)
    return _Here(waiting=waiting, entries=entries, texts=texts, held=held)


def _joined(office: Office, connection: Connection, peer: str, digest: str, entry: int) -> Record:
    """An arrival is another of a cable that stands here as ``entry``."""
    body = {"on": entry, "from": peer, "arrival": digest}
    return record(office, connection, "joined", None, body)


def _deciphered_body(row: Row[Any], found: Opened, incoming: str) -> Json:
    return {
        "arrival": row.digest,
        "from": row.peer,
        "leaf": row.leaf,
        "state": row.state,
        "text": found.act["text"],
        "mrn": found.act["mrn"],
        "incoming": incoming,
        "asks": len(found.cable.asks),
        "arrived": row.entry,
    }


def _keep(writing: Writing, records: Sequence[Record], entering: Sequence[tuple[Row[Any], Opened]]) -> None:
    """Enter the records, and with each cable its text, its proof, and the end of its sealed form.

    The records begin with those of the cables, in the same order.
    """
    writing.lay_down_received([(o.act["text"], o.envelope.text_salt, o.data, o.cable) for _, o in entering])
    entries = writing.append(records)
    proofs = [
        {
            "cable": entry,
            "record": o.envelope.record,
            "record_salt": o.envelope.record_salt,
            "path": b"".join(o.envelope.path) + row.path,
            "size": row.size,
        }
        for entry, (row, o) in zip(entries, entering, strict=False)
    ]
    if proofs:
        execute_many(writing.connection, _KEEP_PROOF, proofs)
        opened = [{"sender": row.peer, "gone": row.digest} for row, _ in entering]
        execute_many(writing.connection, _OPENED, opened)


def _last_incoming(connection: Connection) -> int:
    """The last number that the registry gave to a cable that came in, of those that can be counted on."""
    return int(connection.execute(_LAST_INCOMING).scalar() or 0)


def _set_aside(office: Office, connection: Connection, row: Row[Any], error: ReftelError) -> Record:
    """Hold what a rerun can mend, refuse the rest; either stands in the register."""
    move = "hold" if isinstance(error, KeyGone) else "refuse"
    body = {"from": row.peer, "arrival": row.digest, "state": row.state, "move": move}
    body |= {"code": error.code, "sentence": error.sentence}
    return record(office, connection, "held", None, body)


def standing(connection: Connection, carried: Carried) -> Standing:
    """How far a carried telegram is proved, as this post can tell."""
    if carried.original is None or carried.proof is None:
        return Standing.AS_TOLD
    try:
        proof = ForwardingProof.decode(carried.proof)
        origin = proof.origin
        row = connection.execute(select(t.posts.c.card).where(t.posts.c.origin == origin)).first()
        if row is None:
            return Standing.KEY_UNKNOWN
        card = open_card(row.card)
        act = proof.verify(carried.original, card.verifier).act
    except PeerError:
        return Standing.WRONG
    released = act["kind"] == "released" and act.get("post") == origin
    return Standing.PROVED if released and _is_of(carried.cable, act, origin, card.name) else Standing.WRONG
