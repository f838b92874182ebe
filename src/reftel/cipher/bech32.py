"""Bech32 (BIP 173), without its limit of 90 characters: hybrid keys have 1,216 bytes."""

from __future__ import annotations

import re
from base64 import b32encode

from reftel.errors import KeyTextError

MAX_LENGTH = 4096

_BITS = 5
_ALPHABET = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_FROM_RFC4648 = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)
_TO_INT_DIGITS = bytes.maketrans(_ALPHABET, b"0123456789abcdefghijklmnopqrstuv")
_TO_VALUES = bytes.maketrans(_ALPHABET, bytes(range(32)))
_FORM = re.compile(rb"([!-~]+)1([qpzry9x8gf2tvdw0s3jn54khce6mua7l]*)([qpzry9x8gf2tvdw0s3jn54khce6mua7l]{6})")


def _one_step(top: int) -> int:
    """What five bits shifted out of the checksum add to the 30 bits that stay (BIP 173)."""
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    added = 0
    for bit, coefficients in enumerate(generator):
        if top >> bit & 1:
            added ^= coefficients
    return added


_ONE = [_one_step(top) for top in range(32)]
# Two characters at a time halve the one loop in Python that a long key goes through.
_TWO = [
    (_ONE[first] & 0x1FFFFFF) << 5 ^ _ONE[_ONE[first] >> 25 ^ second]
    for first in range(32)
    for second in range(32)
]


def _polymod(hrp: bytes, values: bytes) -> int:
    """The checksum's remainder over ``hrp`` (lower case) and five-bit ``values``."""
    stream = b"\x01" + bytes(c >> 5 for c in hrp) + b"\x00" + bytes(c & 31 for c in hrp) + values
    stream = bytes(len(stream) % 2) + stream  # leading zeros change nothing
    remainder = 0
    for high, low in zip(stream[::2], stream[1::2], strict=True):
        remainder = (remainder & 0xFFFFF) << 10 ^ high << 5 ^ low ^ _TWO[remainder >> 20]
    return remainder


def encode(hrp: str, data: bytes) -> str:
    """Write ``data`` under the human-readable part ``hrp``, in upper case if ``hrp`` is."""
    part = hrp.lower().encode("ascii")
    symbols = b32encode(data).rstrip(b"=").translate(_FROM_RFC4648)
    checksum = _polymod(part, symbols.translate(_TO_VALUES) + bytes(6)) ^ 1
    tail = bytes(_ALPHABET[checksum >> shift & 31] for shift in range(25, -1, -5))
    text = (part + b"1" + symbols + tail).decode("ascii")
    return text.upper() if hrp.isupper() else text


def decode(text: str) -> tuple[str, bytes]:
    """Read Bech32 text: the human-readable part, in the case it was written in, and the data.

    Raises :class:`~reftel.errors.KeyTextError` for text in mixed case, over 4,096 characters,
    with a wrong checksum, or whose last character carries bits that are not data.
    """
    if len(text) > MAX_LENGTH or not text.isascii() or text not in (text.lower(), text.upper()):
        raise KeyTextError("This is not a key: it is too long, or mixes letters of two cases.")
    form = _FORM.fullmatch(text.lower().encode("ascii"))
    if form is None:
        raise KeyTextError("This is not a key: it holds characters that no key has.")
    hrp, symbols, tail = form.groups()
    if _polymod(hrp, (symbols + tail).translate(_TO_VALUES)) != 1:
        raise KeyTextError("This key was mistyped or cut short: its checksum is wrong.")
    spare = len(symbols) * _BITS % 8  # a whole character of spare bits is one too many
    number = int(symbols.translate(_TO_INT_DIGITS) or b"0", 32)
    if spare >= _BITS or number & (1 << spare) - 1:
        raise KeyTextError("This is not a key: it ends in bits that belong to no byte.")
    return text[: len(hrp)], (number >> spare).to_bytes(len(symbols) * _BITS // 8, "big")
