"""Channels: sealing what waits for a post into a bag, and knowing what went.

Rules that this file keeps:

* a bag's serial, channel numbers and leaves are registered before the checkpoint that it carries,
  and its manifest's digest after it is in the bearer's keeping;
* a cable is sealed under a checkpoint of entries that are on the disk;
* a bag that was registered is carried: after a failure, the same bag again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from reftel.bearers.base import Bag, Bearer
from reftel.cipher.age import encrypt
from reftel.cipher.commitment import new_salt
from reftel.cipher.identity import HybridRecipient
from reftel.cipher.packing import pack
from reftel.errors import KeyGone, NotAllowed, NotFound, StoreBusy, UnknownPost
from reftel.office.cards import open_card
from reftel.office.manifest import (
    MAX_ITEMS,
    MAX_RECEIPTS,
    Item,
    Manifest,
    Receipt,
    Registered,
    seal_manifest,
)
from reftel.office.office import Hand, Office, find_cable, record
from reftel.register.checkpoint import cosign
from reftel.register.entries import Json, b64
from reftel.register.envelope import Envelope, frame
from reftel.register.log import Text, Writing, find_entry, find_text, find_texts, tree_of
from reftel.register.merkle import TileTree
from reftel.store import tables as t

BAG_OF = 100
_LETTERS = 26
_NUMBERS = 999
_MAY_HAVE_SEEN = 32


def waiting(connection: Connection) -> list[str]:
    """The posts for which something waits: cables, receipts, or a bag that was not carried."""
    cables = _waiting_cables(t.deliveries.c.peer)
    receipts = select(t.bags.c.peer).where(t.bags.c.way == "in", t.bags.c.state == "arrived")
    stuck = select(t.bags.c.peer).where(t.bags.c.way == "out", t.bags.c.state == "bagged")
    return sorted(connection.execute(cables.union(receipts, stuck)).scalars())


def dispatch(office: Office, bearer: Bearer, peer: str, *, at_most: int = BAG_OF) -> tuple[str, int] | None:
    """Seal what waits for ``peer`` into one bag, highest precedence first, and have it carried.

    Returns the bag's id and how many cables are in it, ``None`` when nothing waits. A bag that an
    earlier attempt left uncarried goes first, as it was.
    """
    kept = _unfinished(office, peer) or _pack(office, peer, min(at_most, MAX_ITEMS))
    if kept is None:
        return None
    bearer.carry(Bag(bag=kept.bag, manifest=kept.manifest, cables=kept.cables))
    with office.register.writing() as writing:
        note_carried(office, writing, peer, [kept.serial])
    return kept.bag, kept.load


def _pack(office: Office, peer: str, at_most: int) -> Row[Any] | None:
    """Register the bag, sign the register, seal, and keep the bag until it is carried."""
    with office.register.writing() as writing:
        connection = writing.connection
        taken = _take(connection, peer, at_most)
        receipts = _receipts_due(connection, peer)
        if not taken and not receipts:
            return None
        recipient_of(office, connection, peer)  # before a serial is spent on a post that none can seal to
        body = _bag_body(office, connection, peer, taken)
        if receipts:
            body["receipts"] = [row.serial for row in receipts]
        (entry,) = writing.append([record(office, connection, "bagged", None, body)])
    return _seal_and_keep(office, entry)


def _waiting_cables(*columns: ColumnElement[Any]) -> Select[Any]:
    d, c = t.deliveries.c, t.cables.c
    query = select(*columns).select_from(t.deliveries.join(t.cables, c.cable == d.cable))
    return query.where(d.state == "waiting", c.state != "cancelled")


def _take(connection: Connection, peer: str, at_most: int) -> list[Any]:
    """What goes into the next bag: all that waits, or where that is too much, whole precedences from the top.

    So a flash that comes behind a thousand others goes alone and at once.
    """
    d = t.deliveries.c
    query = _waiting_cables(d.cable, d.precedence, t.cables.c.leaf).where(d.peer == peer)
    first = query.order_by(d.precedence.desc(), d.cable).limit(at_most + 1)
    rows = list(connection.execute(first))
    if len(rows) <= at_most:
        return rows
    return [row for row in rows if row.precedence > rows[-1].precedence] or rows[:at_most]


def _receipts_due(connection: Connection, peer: str) -> list[Any]:
    query = select(t.bags).where(t.bags.c.way == "in", t.bags.c.peer == peer, t.bags.c.state == "arrived")
    return list(connection.execute(query.order_by(t.bags.c.size, t.bags.c.serial).limit(MAX_RECEIPTS)))


def _bag_body(office: Office, connection: Connection, peer: str, taken: Sequence[Any]) -> Json:
    out = select(t.bags).where(t.bags.c.way == "out", t.bags.c.peer == peer)
    last = connection.execute(out.order_by(t.bags.c.serial.desc()).limit(1)).first()
    if last is not None and last.state == "bagged":
        raise StoreBusy(f"another process of this post is sending a bag to {peer}")
    before = 0 if last is None else last.sent
    initials = office.name[0] + _peer_name(connection, peer)[0]
    numbers = [channel_number(initials, before + i) for i in range(len(taken))]
    return {
        "to": peer,
        "serial": 1 if last is None else last.serial + 1,
        "bag": new_salt()[:16].hex(),
        "previous": "" if last is None else last.digest,
        "items": [[row.cable, number, row.leaf] for row, number in zip(taken, numbers, strict=True)],
        "sent": before + len(taken),
    }


def channel_number(initials: str, count: int) -> str:
    """The channel number of a link's ``count``-th cable (from 0): three letters, three digits.

    Two letters name the link, the third the cycle; a cycle has 999 numbers and the next letter
    begins at 001 again.
    """
    cycle, place = divmod(count, _NUMBERS)
    return f"{initials}{chr(ord('A') + cycle % _LETTERS)}{place + 1:03d}"


def _peer_name(connection: Connection, peer: str) -> str:
    return str(connection.execute(select(t.posts.c.name).where(t.posts.c.origin == peer)).scalar_one())


def _seal_and_keep(office: Office, entry: int) -> Row[Any]:
    """Seal a registered bag under a new checkpoint and keep it until it is carried.

    Another process may have sealed it meanwhile: the bag that was kept first is the bag.
    """
    size, note = office.register.checkpoint(office.keys.signing, office.clock.now())
    with office.store.read() as connection:
        entered = find_entry(connection, entry)
        body = entered.decoded.act
        peer = body["to"]
        tree = tree_of(connection)
        recipient = recipient_of(office, connection, peer)
        leaves = [leaf for _, _, leaf in body["items"]]
        paths = {leaf: tree.inclusion(leaf, size) for leaf in leaves}
        shared = shared_part(list(paths.values()))
        rows = _to_seal(connection, peer, [cable for cable, _, _ in body["items"]])
        texts = find_texts(connection, [row.text for row in rows])
        sealed = [
            _seal(recipient, row, texts[row.text], leaf, paths[leaf][: len(paths[leaf]) - shared])
            for row, leaf in zip(rows, leaves, strict=True)
        ]
        manifest = Manifest(
            bag=body["bag"],
            sender=office.origin,
            to=peer,
            serial=body["serial"],
            previous=body["previous"],
            checkpoint=note,
            registered=Registered(
                record=entered.record,
                salt=entered.salt,
                leaf=entry,
                path=tuple(tree.inclusion(entry, size)),
            ),
            consistency=_consistency_for(connection, tree, peer, size),
            shared=tuple(paths[leaves[0]][len(paths[leaves[0]]) - shared :]) if leaves else (),
            items=tuple(
                Item(
                    digest=b64(hashlib.sha256(blob).digest()),
                    length=len(blob),
                    channel=channel,
                    leaf=leaf,
                    precedence=row.precedence,
                )
                for blob, row, (_, channel, leaf) in zip(sealed, rows, body["items"], strict=True)
            ),
            receipts=_cosigned(office, connection, peer, body.get("receipts", [])),
            card=_card_for(connection, office.origin, peer),
        )
    row = {"peer": peer, "serial": body["serial"], "bag": body["bag"], "size": size}
    row |= {"manifest": seal_manifest(manifest, recipient), "cables": b"".join(sealed)}
    with office.store.write() as connection:
        connection.execute(upsert(t.outbags).on_conflict_do_nothing(), row)
        return connection.execute(_kept_bags(peer, [body["serial"]])).one()


def _kept_bags(peer: str, serials: Sequence[int]) -> Select[Any]:
    """Bags kept until they are receipted, beside what the register says of them."""
    o, b = t.outbags, t.bags
    same = (b.c.way == "out") & (b.c.peer == o.c.peer) & (b.c.serial == o.c.serial)
    query = select(o, b.c.load, b.c.state, b.c.entry).select_from(o.join(b, same))
    return query.where(o.c.peer == peer, o.c.serial.in_(serials)).order_by(o.c.serial)


def recipient_of(office: Office, connection: Connection, peer: str) -> HybridRecipient:
    """The opening key to which cables for ``peer`` are sealed today."""
    row = connection.execute(select(t.posts).where(t.posts.c.origin == peer)).first()
    if row is None:
        raise UnknownPost(f"the post {peer} is not known here")
    return _loaded(open_card(row.card).epoch_for(office.clock.now().date()).recipient)


@lru_cache(maxsize=64)
def _loaded(recipient: str) -> HybridRecipient:
    """A key loaded once: reading its text costs as much as sealing ten cables."""
    return HybridRecipient.parse(recipient)


def _card_for(connection: Connection, origin: str, peer: str) -> str:
    """This post's card, until a bag that was sent after it was issued has been receipted."""
    own = connection.execute(select(t.posts).where(t.posts.c.origin == origin)).one()
    receipted = select(t.bags.c.serial).where(
        t.bags.c.way == "out",
        t.bags.c.peer == peer,
        t.bags.c.state == "receipted",
        t.bags.c.size > own.entry,
    )
    return "" if connection.execute(receipted.limit(1)).first() else str(own.card)


def shared_part(paths: Sequence[Sequence[bytes]]) -> int:
    """How many hashes at the top all paths have in common: these go into the manifest, once."""
    if not paths:
        return 0
    shortest = min(len(path) for path in paths)
    first = paths[0]
    for n in range(shortest):
        if any(path[-1 - n] != first[-1 - n] for path in paths):
            return n
    return shortest


def _to_seal(connection: Connection, peer: str, cables: Sequence[int]) -> list[Any]:
    """Of each cable, in this order: its entry's record and salt, its text, its precedence to ``peer``."""
    c, d, e = t.cables.c, t.deliveries.c, t.entries.c
    joined = t.cables.join(t.entries, e.entry == c.leaf).join(t.deliveries, d.cable == c.cable)
    query = select(c.cable, c.text, e.record, e.salt, d.precedence).select_from(joined)
    found = connection.execute(query.where(c.cable.in_(cables), d.peer == peer))
    rows: dict[int, Any] = {row.cable: row for row in found}
    return [rows[cable] for cable in cables]


def _seal(
    recipient: HybridRecipient, row: Row[Any], text: Text | None, leaf: int, path: Sequence[bytes]
) -> bytes:
    """One cable: salts, record and proof uncompressed, then the cable; all inside the seal."""
    if text is None:
        raise KeyGone("the text of a cable that waits for dispatch was destroyed")
    envelope = Envelope(
        record=row.record,
        record_salt=row.salt,
        text_salt=text.salt,
        index=leaf,
        path=tuple(path),
        packed=pack(text.data),
    )
    return encrypt(frame(envelope), [recipient])


def _consistency_for(
    connection: Connection, tree: TileTree, peer: str, size: int
) -> tuple[tuple[int, tuple[bytes, ...]], ...]:
    """Paths from every size that the peer may have seen last: the one it cosigned, and all sent since."""
    cosigned = select(func.max(t.cosignatures.c.size)).where(t.cosignatures.c.peer == peer)
    seen = int(connection.execute(cosigned).scalar() or 0)
    sent = select(t.bags.c.size).where(t.bags.c.way == "out", t.bags.c.peer == peer, t.bags.c.size >= seen)
    latest = connection.execute(sent.order_by(t.bags.c.serial.desc()).limit(_MAY_HAVE_SEEN)).scalars()
    sizes = sorted({seen, *latest} - {0, -1})
    return tuple((old, tuple(tree.consistency(old, size))) for old in sizes)


def _cosigned(
    office: Office, connection: Connection, peer: str, serials: Sequence[int]
) -> tuple[Receipt, ...]:
    """Our cosignature of the peer's register, for the bags of theirs that came since the last one."""
    if not serials:
        return ()
    query = select(func.max(t.bags.c.size)).where(
        t.bags.c.way == "in", t.bags.c.peer == peer, t.bags.c.serial.in_(serials)
    )
    size = connection.execute(query).scalar_one()
    view = select(t.views.c.note).where(t.views.c.origin == peer, t.views.c.size == size)
    note = connection.execute(view).scalar_one()
    line = cosign(note, office.keys.signing, int(office.clock.now().timestamp()))
    return (Receipt(serials=tuple(serials), size=size, line=line),)


def _unfinished(office: Office, peer: str) -> Row[Any] | None:
    """A bag that was registered and never noted as dispatched: the same bag, or sealed now.

    It is the last of its link, for none is registered behind it.
    """
    with office.store.read() as connection:
        query = select(t.bags).where(t.bags.c.way == "out", t.bags.c.peer == peer)
        row = connection.execute(query.order_by(t.bags.c.serial.desc()).limit(1)).first()
        if row is None or row.state != "bagged":
            return None
        kept = connection.execute(_kept_bags(peer, [row.serial])).first()
    return kept or _seal_and_keep(office, row.entry)


def note_carried(office: Office, writing: Writing, peer: str, serials: Sequence[int]) -> None:
    """Register that bags are in a bearer's keeping: each manifest's digest, and the cables in it.

    Those noted before are left alone.
    """
    connection = writing.connection
    for kept in connection.execute(_kept_bags(peer, serials)).all():
        if kept.state != "bagged":
            continue
        bagged = find_entry(connection, kept.entry).decoded.act
        body: Json = {
            "to": peer,
            "serial": kept.serial,
            "digest": b64(hashlib.sha256(kept.manifest).digest()),
            "cables": b64(hashlib.sha256(kept.cables).digest()),
            "size": kept.size,
            "items": _states(connection, [cable for cable, _, _ in bagged["items"]]),
        }
        if "receipts" in bagged:
            body["receipts"] = bagged["receipts"]
        writing.append([record(office, connection, "dispatched", None, body)])


def _states(connection: Connection, cables: Sequence[int]) -> list[list[Any]]:
    query = select(t.cables.c.cable, t.cables.c.state).where(t.cables.c.cable.in_(cables))
    return [[row.cable, row.state] for row in connection.execute(query.order_by(t.cables.c.cable))]


def rerun(office: Office, hand: Hand, entry: int, peer: str) -> None:
    """Have a cable sealed again for ``peer``, under a new channel number, from the same entry."""
    with office.register.writing() as writing:
        query = select(t.deliveries).where(t.deliveries.c.cable == entry, t.deliveries.c.peer == peer)
        row = writing.connection.execute(query).first()
        if row is None or row.state in {"waiting", "bagged"}:
            raise NotAllowed("nothing of that cable has gone to that post yet")
        cable = find_cable(writing.connection, entry)
        if cable.state == "cancelled" or find_text(writing.connection, cable.text) is None:
            raise NotAllowed("a cable that was cancelled, or whose text was destroyed, is not sent again")
        body = {"on": entry, "to": peer, "after": row.channel}
        writing.append([record(office, writing.connection, "rerun asked", hand, body)])


def carry_again(office: Office, bearer: Bearer, peer: str, serial: int) -> Bag:
    """Have the very same bag carried once more: a courier lost it, and it is not receipted yet.

    The receiver knows it by its digest, so that it does no harm if the first one turns up after
    all. Raises :class:`NotFound` once it was receipted, or where there never was such a bag.
    """
    with office.store.read() as connection:
        query = select(t.outbags).where(t.outbags.c.peer == peer, t.outbags.c.serial == serial)
        kept = connection.execute(query).first()
    if kept is None:
        raise NotFound(
            f"no bag {serial} for {peer} waits for its receipt", mend="`reftel posts receipts` lists them."
        )
    bag = Bag(bag=kept.bag, manifest=kept.manifest, cables=kept.cables)
    bearer.carry(bag)
    return bag
