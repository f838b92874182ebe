"""PADME padding (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files", 2019).

A padded length keeps only the few highest bits of the true one: at most 12 per cent is added.
"""

from __future__ import annotations

from reftel.errors import FormatError

SHORTEST = 64


def padded_length(size: int) -> int:
    """The length in bytes that ``size`` bytes (not negative) are padded to."""
    if size <= SHORTEST:
        return SHORTEST
    exponent = size.bit_length() - 1
    hidden = (1 << exponent - exponent.bit_length()) - 1
    return (size + hidden) & ~hidden


def pad(data: bytes) -> bytes:
    """``data`` followed by zeros. Its own length must stand inside it."""
    return data.ljust(padded_length(len(data)), b"\x00")


def unpad(padded: bytes, size: int) -> bytes:
    """The first ``size`` bytes of ``padded``.

    Raises :class:`~reftel.errors.FormatError` unless the rest are zeros, and as many as
    :func:`pad` would have put there.
    """
    if size < 0 or len(padded) != padded_length(size) or padded.count(0, size) != len(padded) - size:
        raise FormatError("The padding is not what it must be for that length.")
    return padded[:size]
