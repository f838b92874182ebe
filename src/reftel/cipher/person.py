"""A person's signing key (Ed25519, RFC 8032). What is signed begins with its own label."""

from __future__ import annotations

import hashlib
import os
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reftel.errors import BadSignature, KeyTextError

SEED_SIZE = 32


def person_key_id(public: bytes) -> str:
    """32 hexadecimal digits that name a person's public key in acts and lists.

    Half a SHA-256: short enough to print, too long for anybody to make a second key that bears it.
    """
    return hashlib.sha256(b"reftel/person/v1\x00" + public).hexdigest()[:32]


class PersonKey:
    """A person's secret key, made from a seed of 32 bytes."""

    __slots__ = ("_key", "_seed", "public")

    def __init__(self, seed: bytes) -> None:
        """Load ``seed``, 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(seed) != SEED_SIZE:
            raise KeyTextError("This is not a person's key.")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        return cls(os.urandom(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Load a seed of 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(seed)

    @property
    def key_id(self) -> str:
        """The name of the public key: see :func:`person_key_id`."""
        return person_key_id(self.public)

    def seed(self) -> bytes:
        """The secret itself, to be kept in a file sealed under the person's passphrase."""
        return self._seed

    def sign(self, message: bytes) -> bytes:
        """64 bytes of signature over ``message``."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<PersonKey {self.key_id}>"


def verify_person(public: bytes, message: bytes, signature: bytes) -> None:
    """Raise :class:`~reftel.errors.BadSignature` unless ``public`` signed ``message``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise BadSignature("The signature is not that person's over this act.") from None
