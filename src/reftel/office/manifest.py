"""The manifest of a bag: what the receiver learns, once, for all cables in it.

It is deterministic JSON, packed, padded and sealed to the receiver's opening key.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity, HybridRecipient
from reftel.cipher.packing import pack, unpack
from reftel.cipher.padding import pad, unpad
from reftel.errors import BagError, CardError, FormatError
from reftel.office.cards import MAX_CARD, check_origin
from reftel.register.entries import MAX_RECORD, Json, b64, decode_json, encode_json, unb64
from reftel.register.envelope import MAX_PATH
from reftel.register.merkle import HASH_SIZE

VERSION = 1
MAX_MANIFEST = 4 * 1024 * 1024
MAX_ITEMS = 256  # what the receiver's one record of a bag has room for
MAX_CONSISTENCY = 64
MAX_RECEIPTS = 1000
_MAX_NAME = 255
_MAX_CHECKPOINT = 8 * 1024
_LENGTH = struct.Struct(">I")
_CHANNEL = re.compile(r"[A-Z]{3}[0-9]{3}\Z")
_BAG = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One sealed cable in the bag.

    SHA-256 (base64) and length of its bytes, its channel number, its leaf in the sender's
    register, and its precedence (-1 when it bears none).
    """

    digest: str
    length: int
    channel: str
    leaf: int
    precedence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """That bags of the receiver's came here.

    Their serials, and our cosignature of the register of ``size`` entries under which the last
    of them was sealed.
    """

    serials: tuple[int, ...]
    size: int
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The sender's entry of the bag, with the proof that it stands under the bag's checkpoint.

    ``record`` is its bytes, ``salt`` the 32-byte key of its commitment, ``leaf`` and ``path`` its
    place. Anybody can seal to a public key and knows a checkpoint: only the sender can register.
    """

    record: bytes
    salt: bytes
    leaf: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that is said once for a whole bag.

    ``consistency`` leads from each size that the receiver may have seen last to the checkpoint's
    size: ``(old size, hashes)``. ``shared`` are the topmost hashes of every cable's inclusion
    proof. ``card`` is the sender's card when the receiver may not have it yet, else empty.
    """

    bag: str
    sender: str
    to: str
    serial: int
    previous: str
    checkpoint: str
    registered: Registered
    consistency: tuple[tuple[int, tuple[bytes, ...]], ...]
    shared: tuple[bytes, ...]
    items: tuple[Item, ...]
    receipts: tuple[Receipt, ...] = ()
    card: str = ""


def seal_manifest(manifest: Manifest, recipient: HybridRecipient) -> bytes:
    """The manifest as an age file to ``recipient``."""
    value: Json = {
        "v": VERSION,
        "bag": manifest.bag,
        "from": manifest.sender,
        "to": manifest.to,
        "serial": manifest.serial,
        "previous": manifest.previous,
        "checkpoint": manifest.checkpoint,
        "registered": _registered_value(manifest.registered),
        "consistency": [[size, _join(path)] for size, path in manifest.consistency],
        "shared": _join(manifest.shared),
        "items": [[i.digest, i.length, i.channel, i.leaf, i.precedence] for i in manifest.items],
        "receipts": [[list(r.serials), r.size, r.line] for r in manifest.receipts],
        "card": manifest.card,
    }
    packed = pack(encode_json(value))
    return encrypt(pad(_LENGTH.pack(len(packed)) + packed), [recipient])


def open_manifest(sealed: bytes, identity: HybridIdentity) -> Manifest:
    """Open and read a manifest strictly.

    Raises the age errors where it is not for ``identity``, :class:`BagError` where it is malformed.
    """
    framed = decrypt(sealed, [identity])
    try:
        (length,) = _LENGTH.unpack_from(framed)
        packed = unpad(framed, _LENGTH.size + length)[_LENGTH.size :]
        value = decode_json(unpack(packed, MAX_MANIFEST))
        return _read(value)
    except (FormatError, CardError, struct.error, KeyError, TypeError, ValueError) as error:
        raise BagError("the manifest of the bag is malformed") from error


def _read(value: dict[str, Any]) -> Manifest:
    _count(value["v"], VERSION, VERSION)
    if len(value) != 13:
        raise BagError("a manifest with fields that this version does not have")
    return Manifest(
        bag=_text(value["bag"], _BAG),
        sender=check_origin(_text(value["from"], most=_MAX_NAME)),
        to=check_origin(_text(value["to"], most=_MAX_NAME)),
        serial=_count(value["serial"], 1),
        previous=_text(value["previous"], most=_MAX_NAME),
        checkpoint=_text(value["checkpoint"], most=_MAX_CHECKPOINT),
        registered=_registered(value["registered"]),
        consistency=tuple(
            (_count(size), _split(path)) for size, path in _list(value["consistency"], MAX_CONSISTENCY)
        ),
        shared=_split(value["shared"]),
        items=tuple(_item(item) for item in _list(value["items"], MAX_ITEMS)),
        receipts=tuple(_receipt(receipt) for receipt in _list(value["receipts"], 1)),
        card=_text(value["card"], most=MAX_CARD),
    )


def _registered_value(entry: Registered) -> list[Any]:
    return [entry.record.decode(), b64(entry.salt), entry.leaf, _join(entry.path)]


def _registered(value: Sequence[Any]) -> Registered:
    record, salt, leaf, path = value
    return Registered(
        record=_text(record).encode(), salt=unb64(salt, 32), leaf=_count(leaf), path=_split(path)
    )


def _item(value: Sequence[Any]) -> Item:
    digest, length, channel, leaf, precedence = value
    unb64(digest, 32)
    return Item(
        digest=digest,
        length=_count(length, 1),
        channel=_text(channel, _CHANNEL),
        leaf=_count(leaf),
        precedence=_count(precedence, -1, 5),
    )


def _receipt(value: Sequence[Any]) -> Receipt:
    serials, size, line = value
    if len(serials) > MAX_RECEIPTS:
        raise BagError("a receipt beyond its bounds")
    return Receipt(
        serials=tuple(_count(s, 1) for s in serials),
        size=_count(size),
        line=_text(line, most=_MAX_CHECKPOINT),
    )


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise BagError("a list in the manifest is not one, or beyond its bounds")
    return value


def _count(value: object, least: int = 0, most: int = 2**53) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BagError("a number in the manifest is not of its kind")
    return value


def _text(value: object, form: re.Pattern[str] | None = None, most: int = MAX_RECORD) -> str:
    if not isinstance(value, str) or len(value) > most or (form is not None and not form.match(value)):
        raise BagError("a text in the manifest is not of its kind")
    return value


def _join(path: Sequence[bytes]) -> str:
    return b64(b"".join(path))


def _split(text: object) -> tuple[bytes, ...]:
    data = unb64(_text(text))
    if len(data) % HASH_SIZE or len(data) > 2 * MAX_PATH * HASH_SIZE:
        raise BagError("a proof in the manifest is not made of hashes")
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))
