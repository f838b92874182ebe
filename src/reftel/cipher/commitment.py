"""What the register holds of a record or a text: a commitment under a random salt.

The salt keeps anybody who sees the commitment from trying out likely texts; the label keeps one
kind of commitment from being passed off as another.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from itertools import count

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from reftel.errors import CommitmentError

SALT_SIZE = 32
RECORD_LABEL = b"reftel/record/v1\x00"
TEXT_LABEL = b"reftel/cable/v1\x00"

_LEAF_VERSION = b"\x01"


def new_salt() -> bytes:
    """32 random bytes."""
    return os.urandom(SALT_SIZE)


def salts_from(seed: bytes) -> Callable[[], bytes]:
    """Salts that follow from ``seed`` (32 random bytes), in order: HKDF-Expand (RFC 5869) of a count.

    An act that is made twice, once to be shown and once to be entered, has the same salts both times.
    """
    numbers = count()

    def draw() -> bytes:
        info = b"reftel/occasion/v1\x00" + next(numbers).to_bytes(8, "big")
        return HKDFExpand(SHA256(), SALT_SIZE, info).derive(seed)

    return draw


def commit(salt: bytes, label: bytes, data: bytes) -> bytes:
    """HMAC-SHA256 under ``salt`` (32 bytes) of ``label`` and ``data``: 32 bytes.

    Raises :class:`~reftel.errors.CommitmentError` for a salt of another length: HMAC fills short
    keys up with zeros, so that two salts could open one commitment.
    """
    if len(salt) != SALT_SIZE:
        raise CommitmentError(f"A salt has {SALT_SIZE} bytes, not {len(salt)}.")
    return hmac.digest(salt, label + data, "sha256")


def record_leaf(salt: bytes, record: bytes) -> bytes:
    """The data of the register's leaf for ``record``: a version byte and the commitment."""
    return _LEAF_VERSION + commit(salt, RECORD_LABEL, record)


def text_commitment(salt: bytes, text: bytes) -> bytes:
    """The commitment, inside a record, to a text that lies beside it."""
    return commit(salt, TEXT_LABEL, text)


def verify_text(commitment: bytes, salt: bytes, text: bytes) -> None:
    """Raise :class:`~reftel.errors.CommitmentError` unless ``commitment`` is to this very ``text``."""
    if not hmac.compare_digest(commitment, text_commitment(salt, text)):
        raise CommitmentError("The text is not the one that the register entry committed to.")
