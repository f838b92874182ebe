"""One text under one key: without the key, what was sealed is no text any more."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from reftel.errors import StoreDamaged

_NONCE_SIZE = 12


def new_key() -> bytes:
    """32 random bytes."""
    return ChaCha20Poly1305.generate_key()


def seal_text(key: bytes, text: bytes) -> bytes:
    """``text`` under ``key`` (32 bytes): a random nonce, then ChaCha20-Poly1305 (RFC 8439)."""
    nonce = os.urandom(_NONCE_SIZE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, text, None)


def open_text(key: bytes, blob: bytes) -> bytes:
    """The text in ``blob``. Raises :class:`~reftel.errors.StoreDamaged` if it is not whole."""
    try:
        return ChaCha20Poly1305(key).decrypt(blob[:_NONCE_SIZE], blob[_NONCE_SIZE:], None)
    except (InvalidTag, ValueError):
        raise StoreDamaged("A text in the database does not open with its key.") from None
