"""The frame inside a sealed cable: proof first and uncompressed, then the packed cable, then padding.

The proof stands before the compressed part so that it is verified first: anybody can seal to a
public key, and what is not proved is not decompressed. ``path`` is the lower part of the
inclusion proof; the upper part, which a bag's cables share, is in the bag's manifest.

Layout, integers big-endian: u8 version 1, u64 leaf index, u32 length and record, 32 bytes record
salt, 32 bytes text salt, u8 count and 32-byte hashes, u32 length and packed cable, zeros to the
padded length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from reftel.cipher.commitment import SALT_SIZE
from reftel.cipher.padding import pad, unpad
from reftel.errors import BadValue, FormatError
from reftel.register.entries import MAX_RECORD
from reftel.register.merkle import HASH_SIZE

MAX_PATH = 63
_VERSION = 1
_HEAD = struct.Struct(">BQI")
_COUNT = struct.Struct(">B")
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One cable as its receiver finds it.

    ``record`` is the origin's record bytes, ``record_salt`` and ``text_salt`` the 32-byte keys of
    its commitments, ``index`` the leaf's place in the origin's register, ``path`` the hashes of
    the lower part of the inclusion proof, ``packed`` the cable compressed.
    """

    record: bytes
    record_salt: bytes
    text_salt: bytes
    index: int
    path: tuple[bytes, ...]
    packed: bytes


def frame(envelope: Envelope) -> bytes:
    """Return the padded frame; raises :class:`BadValue` when a part does not fit its place."""
    if (
        len(envelope.record) > MAX_RECORD
        or not 0 <= envelope.index < 1 << 63
        or len(envelope.path) > MAX_PATH
        or len(envelope.packed) >= 1 << 32
        or {len(envelope.record_salt), len(envelope.text_salt)} != {SALT_SIZE}
        or any(len(step) != HASH_SIZE for step in envelope.path)
    ):
        raise BadValue("a part of this envelope does not fit the frame")
    return pad(
        b"".join(
            (
                _HEAD.pack(_VERSION, envelope.index, len(envelope.record)),
                envelope.record,
                envelope.record_salt,
                envelope.text_salt,
                _COUNT.pack(len(envelope.path)),
                *envelope.path,
                _LENGTH.pack(len(envelope.packed)),
                envelope.packed,
            )
        )
    )


def unframe(data: bytes) -> Envelope:
    """Read a frame strictly: one frame has one encoding, padding included.

    Raises :class:`FormatError` on anything else.
    """
    try:
        return _unframe(data)
    except struct.error as error:
        raise FormatError("a sealed cable's frame is cut short") from error


def _unframe(data: bytes) -> Envelope:
    version, index, record_length = _HEAD.unpack_from(data)
    if version != _VERSION:
        raise FormatError(f"a sealed cable's frame of version {version} is not known here")
    if index >= 1 << 63 or record_length > MAX_RECORD:
        raise FormatError("a sealed cable's frame has a place or a record beyond its bounds")
    salts = _HEAD.size + record_length
    count_at = salts + 2 * SALT_SIZE
    (count,) = _COUNT.unpack_from(data, count_at)
    path_at = count_at + _COUNT.size
    length_at = path_at + count * HASH_SIZE
    (length,) = _LENGTH.unpack_from(data, length_at)
    packed_at = length_at + _LENGTH.size
    if count > MAX_PATH:
        raise FormatError("a sealed cable's frame has a proof beyond its bounds")
    body = unpad(data, packed_at + length)
    return Envelope(
        record=data[_HEAD.size : salts],
        record_salt=data[salts : salts + SALT_SIZE],
        text_salt=data[salts + SALT_SIZE : count_at],
        index=index,
        path=tuple(data[at : at + HASH_SIZE] for at in range(path_at, length_at, HASH_SIZE)),
        packed=body[packed_at:],
    )
