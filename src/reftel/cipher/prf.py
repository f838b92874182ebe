"""A reader's key wrapped by a passkey: the age stanza ``fido2prf`` (C2SP ``age-plugin-fido2prf``).

The passkey's PRF is asked for two values, over inputs made of the stanza's nonce; both together
give the key that wraps the file key. It is symmetric: nobody can seal to a passkey, so what is
wrapped is the reader's hybrid identity, and only where the passkey is.

The office keeps wrapped files and can open none of them. What it can do is to refuse a file that
is not of this form, before it hands it to a browser.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from reftel.cipher import radix64
from reftel.cipher.identity import Stanza
from reftel.errors import AgeHeaderError

MAX_WRAPPED = 1024
NONCE_SIZE = 16
Prf: TypeAlias = Callable[[bytes, bytes], tuple[bytes, bytes]]

_KIND = b"age-encryption.org/fido2prf"
_BODY_SIZE = 32
_ZERO_NONCE = bytes(12)
_HEADER = rb"age-encryption\.org/v1\n-> %b\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n"
_BY_PASSKEY = re.compile(_HEADER % rb"age-encryption\.org/fido2prf ([A-Za-z0-9+/]{22})")
_BY_PASSPHRASE = re.compile(_HEADER % rb"scrypt ([A-Za-z0-9+/]{22}) 1[4-8]")


class PrfRecipient:
    """A passkey to wrap with; ``prf`` asks it for two values of 32 bytes."""

    __slots__ = ("_prf",)

    def __init__(self, prf: Prf) -> None:
        self._prf = prf

    def __repr__(self) -> str:
        return "<PrfRecipient>"

    def wrap(self, file_key: bytes) -> bytes:
        """The stanza that gives ``file_key`` (16 bytes) to the passkey's holder."""
        nonce = os.urandom(NONCE_SIZE)
        body = _cipher(self._prf, nonce).encrypt(_ZERO_NONCE, file_key, None)
        lines = radix64.encode(nonce, padded=False), radix64.encode(body, padded=False)
        return b"-> %b %b\n%b\n" % (_KIND, *lines)


class PrfIdentity:
    """A passkey to unwrap with."""

    __slots__ = ("_prf",)

    def __init__(self, prf: Prf) -> None:
        self._prf = prf

    def __repr__(self) -> str:
        return "<PrfIdentity>"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from the first stanza that the passkey opens, or ``None``.

        Raises :class:`~reftel.errors.AgeHeaderError` for a malformed stanza of this kind.
        """
        for stanza in stanzas:
            if stanza.kind == _KIND:
                try:
                    (argument,) = stanza.arguments
                    nonce = radix64.decode(argument, padded=False)
                except ValueError:
                    raise AgeHeaderError("A passkey stanza of this age file is malformed.") from None
                if len(nonce) != NONCE_SIZE or len(stanza.body) != _BODY_SIZE:
                    raise AgeHeaderError("A passkey stanza of this age file has the wrong size.")
                try:
                    return _cipher(self._prf, nonce).decrypt(_ZERO_NONCE, stanza.body, None)
                except InvalidTag:
                    continue
        return None


def prf_inputs(nonce: bytes) -> tuple[bytes, bytes]:
    """What the passkey's PRF is asked for: two inputs for a stanza's nonce of 16 bytes."""
    return _KIND + b"\x01" + nonce, _KIND + b"\x02" + nonce


def check_wrapped(file: bytes) -> bytes:
    """Demand that ``file`` is a small age file wrapped by one passkey; returns its stanza's nonce.

    Raises :class:`~reftel.errors.AgeHeaderError`.
    """
    return _check(file, _BY_PASSKEY)


def check_recovery(file: bytes) -> None:
    """Demand that ``file`` is a small age file under a passphrase, at a work factor of 14 to 18.

    Raises :class:`~reftel.errors.AgeHeaderError`.
    """
    _check(file, _BY_PASSPHRASE)


def decoy(seed: bytes) -> bytes:
    """A file that looks like a wrapped one and holds nothing; the same for the same ``seed``."""
    noise = hashlib.shake_256(b"reftel/decoy/v1\x00" + seed).digest(NONCE_SIZE + 64 + NONCE_SIZE + _PAYLOAD)
    nonce, body, mac = noise[:16], noise[16:48], noise[48:80]
    lines = [radix64.encode(part, padded=False) for part in (nonce, body, mac)]
    return b"age-encryption.org/v1\n-> %b %b\n%b\n--- %b\n%b" % (_KIND, *lines, noise[80:])


_PAYLOAD = 77 + 16  # an identity's text is 77 characters; the tag stands behind it


def _check(file: bytes, form: re.Pattern[bytes]) -> bytes:
    found = form.match(file) if len(file) <= MAX_WRAPPED else None
    if found is None or len(file) - found.end() < NONCE_SIZE + 16:
        raise AgeHeaderError("This is not a wrapped reader's key, or it is too long.")
    try:
        nonce, *_ = [radix64.decode(part, padded=False) for part in found.groups()]
    except ValueError:
        raise AgeHeaderError("A wrapped reader's key holds base64 that is not canonical.") from None
    return nonce


def _cipher(prf: Prf, nonce: bytes) -> ChaCha20Poly1305:
    key = b"".join(prf(*prf_inputs(nonce)))
    return ChaCha20Poly1305(hmac.digest(_KIND, key, "sha256"))
