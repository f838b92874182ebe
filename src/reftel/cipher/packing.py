"""Zstandard (RFC 8878) with a dictionary of the trade's turns of phrase, shipped with the package.

Every frame says how long its content is and names its dictionary. The dictionary belongs to the
archive: what it packed cannot be read without it, so its digest goes into the register.
"""

from __future__ import annotations

import hashlib
import threading
from importlib.resources import files

import zstandard

from reftel.errors import FormatError

_LEVEL = 3
_BYTES = files("reftel.cipher").joinpath("cable.dict").read_bytes()
_DICTIONARY = zstandard.ZstdCompressionDict(_BYTES)
_DICTIONARY.precompute_compress(level=_LEVEL)

DICTIONARY_DIGEST = hashlib.sha256(_BYTES).hexdigest()


class _Tools(threading.local):
    """One packer and unpacker a thread: they are dear to make and not to be shared."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(level=_LEVEL, dict_data=_DICTIONARY)
        self.unpacker = zstandard.ZstdDecompressor(dict_data=_DICTIONARY)


_tools = _Tools()


def pack(data: bytes) -> bytes:
    """``data`` compressed, with its length and the dictionary's number."""
    return _tools.packer.compress(data)


def unpack(blob: bytes, limit: int) -> bytes:
    """What :func:`pack` was given, at most ``limit`` bytes of it.

    Raises :class:`~reftel.errors.FormatError`, before any memory is taken, for a frame that does
    not say its length, claims more than ``limit``, or was packed with another dictionary.
    """
    try:
        frame = zstandard.get_frame_parameters(blob)
        if frame.dict_id != _DICTIONARY.dict_id():
            raise FormatError("The text was packed with a dictionary that is not known here.")
        if frame.content_size > limit:  # an undeclared length reads as the highest number there is
            raise FormatError(
                f"The packed text is longer than {limit} bytes, or does not say how long it is."
            )
        data = _tools.unpacker.decompress(blob, allow_extra_data=False)
    except zstandard.ZstdError:
        raise FormatError("The packed text is damaged.") from None
    if not data and blob != pack(b""):  # nothing is checked behind a frame without content
        raise FormatError("The packed text is damaged.")
    return data
