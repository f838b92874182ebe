"""Base64 (RFC 4648, section 4) that admits one text for one value."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64


def encode(data: bytes, *, padded: bool) -> bytes:
    """The base64 text of ``data``, on one line, with or without its ``=`` signs."""
    text = b2a_base64(data, newline=False)
    return text if padded else text.rstrip(b"=")


def decode(text: bytes, *, padded: bool) -> bytes:
    """The bytes that ``text`` stands for.

    Raises ``ValueError`` for every text that :func:`encode` would not have written: foreign
    characters, missing or needless padding, stray bits in the last character.
    """
    data = a2b_base64(text if padded else text + b"=" * (-len(text) % 4))
    # The decoder is lenient; that the text comes out again as it went in is the whole check.
    if encode(data, padded=padded) != text:
        raise ValueError("not canonical base64")
    return data
