"""Keys that age files are sealed to and opened with (C2SP ``age.md``).

A recipient writes one stanza of an age header around the file key; the identity that belongs to
it finds that stanza and takes the file key out again. Objects hold their keys loaded: keep them,
loading one costs as much as opening a file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from reftel.cipher import bech32, radix64
from reftel.errors import AgeHeaderError, BadValue, KeyTextError

HYBRID = b"mlkem768x25519"
"""The kind of stanza by which a file is sealed to a hybrid key."""
HYBRID_PUBLIC_SIZE = 1216
SEED_SIZE = 32

_MLKEM_PUBLIC_SIZE = 1184
_ENC_SIZE = 1120
_BODY_SIZE = 32
_SALT_SIZE = 16
_HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
_X25519_INFO = b"age-encryption.org/v1/X25519"
_SCRYPT_LABEL = b"age-encryption.org/v1/scrypt"
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_ZERO_NONCE = bytes(12)
_WORK_FACTOR = re.compile(rb"[1-9][0-9]?")
_HIGHEST_LOG_N = 20

_P = 2**255 - 19
_ORDER_8 = (
    0x00B8495F16056286FDB1329CEB8D09DA6AC49FF1FAE35616AEB8413B7C7AEBE0,
    0x57119FD0DD4E22D8868E1C58C45C44045BEF839C55B1D0B1248C50A3BC959C5F,
)
# Every encoding of a point whose shared secret is zero whatever the key: the five low-order
# coordinates, two of them again above the prime, each with the top bit that X25519 ignores.
# Looking a share up here replaces a second Diffie-Hellman, a quarter of the time of opening.
LOW_ORDER = frozenset(
    (u | top).to_bytes(32, "little") for u in (0, 1, _P - 1, _P, _P + 1, *_ORDER_8) for top in (0, 1 << 255)
)


class Stanza(NamedTuple):
    """One stanza of an age header: its kind, its other arguments, its body (decoded)."""

    kind: bytes
    arguments: tuple[bytes, ...]
    body: bytes


def _wrapped(kind: bytes, argument: bytes, body: bytes) -> bytes:
    """A stanza as it stands in the header; ``body`` is 32 bytes, which is one line."""
    return b"-> %b %b\n%b\n" % (kind, argument, radix64.encode(body, padded=False))


def _share(stanza: Stanza, size: int) -> bytes:
    """The one argument of a stanza, decoded, if it and the body have their fixed sizes."""
    try:
        (argument,) = stanza.arguments
        share = radix64.decode(argument, padded=False)
    except ValueError:
        raise AgeHeaderError("A key stanza of this age file is malformed.") from None
    # The body's size is checked before opening it: a longer file key would allow one file to
    # open to two texts under two keys.
    if len(share) != size or len(stanza.body) != _BODY_SIZE:
        raise AgeHeaderError("A key stanza of this age file has the wrong size.")
    if share[-32:] in LOW_ORDER:
        raise AgeHeaderError("A key stanza of this age file holds a share that keeps nothing secret.")
    return share


def _read_key(text: str, hrp: str, what: str) -> bytes:
    """The bytes of a key written in Bech32 under ``hrp``; ``what`` names it in the error."""
    written, raw = bech32.decode(text)
    if written != hrp:
        raise KeyTextError(f"This is not {what}: such a key begins with {hrp}1.")
    return raw


class HybridRecipient:
    """A post-quantum hybrid public key (ML-KEM-768 with X25519, as X-Wing combines them)."""

    __slots__ = ("_key", "raw")

    def __init__(self, raw: bytes) -> None:
        """Load ``raw``, 1,216 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(raw) != HYBRID_PUBLIC_SIZE or raw[_MLKEM_PUBLIC_SIZE:] in LOW_ORDER:
            raise KeyTextError("This is not a hybrid public key.")
        try:
            lattice = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_SIZE])
        except ValueError:
            raise KeyTextError("This is not a hybrid public key.") from None
        curve = X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_SIZE:])
        self.raw = raw
        self._key = hpke.MLKEM768X25519PublicKey(lattice, curve)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Load a public key of 1,216 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(raw)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``age1pq1...``. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(_read_key(text, "age1pq", "a hybrid public key"))

    def text(self) -> str:
        """The key as ``age1pq1...``."""
        return bech32.encode("age1pq", self.raw)

    def fingerprint(self) -> str:
        """64 hexadecimal digits that name this key and no other."""
        return hashlib.sha256(b"reftel/recipient/v1\x00" + self.raw).hexdigest()

    def __repr__(self) -> str:
        return f"<HybridRecipient {self.fingerprint()[:16]}>"

    def wrap(self, file_key: bytes) -> bytes:
        """The stanza that gives ``file_key`` (16 bytes) to this key's holder."""
        sealed = _SUITE.encrypt(file_key, self._key, _HYBRID_INFO)
        enc = radix64.encode(sealed[:_ENC_SIZE], padded=False)
        return _wrapped(HYBRID, enc, sealed[_ENC_SIZE:])


class HybridIdentity:
    """A post-quantum hybrid secret key, made from a seed of 32 bytes."""

    __slots__ = ("_key", "_public", "_seed")

    def __init__(self, seed: bytes) -> None:
        """Load ``seed``, 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(seed) != SEED_SIZE:
            raise KeyTextError("This is not a hybrid secret key.")
        expanded = hashlib.shake_256(seed).digest(96)  # X-Wing, expandDecapsulationKey
        lattice = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        curve = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._seed = seed
        self._key = hpke.MLKEM768X25519PrivateKey(lattice, curve)
        self._public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        return cls(os.urandom(SEED_SIZE))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Load a seed of 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(seed)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``AGE-SECRET-KEY-PQ-1...``. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(_read_key(text, "AGE-SECRET-KEY-PQ-", "a hybrid secret key"))

    def text(self) -> str:
        """The secret key as ``AGE-SECRET-KEY-PQ-1...``."""
        return bech32.encode("AGE-SECRET-KEY-PQ-", self._seed)

    def recipient(self) -> HybridRecipient:
        """The public key."""
        return HybridRecipient(self._public)

    def __repr__(self) -> str:
        return "<HybridIdentity>"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from the first stanza for this key, or ``None``.

        Raises :class:`~reftel.errors.AgeHeaderError` for a malformed stanza of this kind.
        """
        for stanza in stanzas:
            if stanza.kind == HYBRID:
                enc = _share(stanza, _ENC_SIZE)
                try:
                    return _SUITE.decrypt(enc + stanza.body, self._key, _HYBRID_INFO)
                except InvalidTag:
                    continue
        return None


class X25519Recipient:
    """A classical public key, for those who hold no hybrid one."""

    __slots__ = ("_key", "raw")

    def __init__(self, raw: bytes) -> None:
        """Load ``raw``, 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(raw) != SEED_SIZE or raw in LOW_ORDER:
            raise KeyTextError("This is not an X25519 public key.")
        self.raw = raw
        self._key = X25519PublicKey.from_public_bytes(raw)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``age1...``. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(_read_key(text, "age", "an X25519 public key"))

    def text(self) -> str:
        """The key as ``age1...``."""
        return bech32.encode("age", self.raw)

    def __repr__(self) -> str:
        return f"<X25519Recipient {self.text()}>"

    def wrap(self, file_key: bytes) -> bytes:
        """The stanza that gives ``file_key`` (16 bytes) to this key's holder."""
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        cipher = _x25519_cipher(ephemeral.exchange(self._key), share, self.raw)
        body = cipher.encrypt(_ZERO_NONCE, file_key, None)
        return _wrapped(b"X25519", radix64.encode(share, padded=False), body)


class X25519Identity:
    """A classical secret key of 32 bytes."""

    __slots__ = ("_key", "_public", "_seed")

    def __init__(self, seed: bytes) -> None:
        """Load ``seed``, 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(seed) != SEED_SIZE:
            raise KeyTextError("This is not an X25519 secret key.")
        self._seed = seed
        self._key = X25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Self:
        """A new key."""
        return cls(os.urandom(SEED_SIZE))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``AGE-SECRET-KEY-1...``. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(_read_key(text, "AGE-SECRET-KEY-", "an X25519 secret key"))

    def text(self) -> str:
        """The secret key as ``AGE-SECRET-KEY-1...``."""
        return bech32.encode("AGE-SECRET-KEY-", self._seed)

    def recipient(self) -> X25519Recipient:
        """The public key."""
        return X25519Recipient(self._public)

    def __repr__(self) -> str:
        return "<X25519Identity>"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from the first stanza for this key, or ``None``.

        Raises :class:`~reftel.errors.AgeHeaderError` for a malformed stanza of this kind.
        """
        for stanza in stanzas:
            if stanza.kind == b"X25519":
                share = _share(stanza, SEED_SIZE)
                secret = self._key.exchange(X25519PublicKey.from_public_bytes(share))
                try:
                    return _x25519_cipher(secret, share, self._public).decrypt(_ZERO_NONCE, stanza.body, None)
                except InvalidTag:
                    continue
        return None


def _x25519_cipher(secret: bytes, share: bytes, public: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(SHA256(), 32, share + public, _X25519_INFO).derive(secret))


class ScryptRecipient:
    """A passphrase. Take a generated one: the work factor is low, to spare small machines."""

    __slots__ = ("_log_n", "_passphrase")

    def __init__(self, passphrase: str, log_n: int = 16) -> None:
        """Seal with ``passphrase`` at work factor 2**``log_n`` (1 to 20; 16 takes 64 MiB).

        Raises :class:`~reftel.errors.BadValue`.
        """
        if not passphrase:
            raise BadValue("The passphrase is empty.", mend="Give a passphrase.")
        if not 1 <= log_n <= _HIGHEST_LOG_N:
            raise BadValue(f"A scrypt work factor is 1 to {_HIGHEST_LOG_N}, not {log_n}.")
        self._passphrase = passphrase.encode()
        self._log_n = log_n

    def __repr__(self) -> str:
        return "<ScryptRecipient>"

    def wrap(self, file_key: bytes) -> bytes:
        """The stanza that gives ``file_key`` (16 bytes) to whoever knows the passphrase."""
        salt = os.urandom(_SALT_SIZE)
        body = _scrypt_cipher(self._passphrase, salt, self._log_n).encrypt(_ZERO_NONCE, file_key, None)
        return _wrapped(b"scrypt", b"%b %d" % (radix64.encode(salt, padded=False), self._log_n), body)


class ScryptIdentity:
    """A passphrase to open with."""

    __slots__ = ("_max_log_n", "_passphrase")

    def __init__(self, passphrase: str, max_log_n: int = _HIGHEST_LOG_N) -> None:
        """Open with ``passphrase``; files that ask for more work than 2**``max_log_n`` are refused."""
        self._passphrase = passphrase.encode()
        self._max_log_n = max_log_n

    def __repr__(self) -> str:
        return "<ScryptIdentity>"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from a scrypt stanza, or ``None`` if the passphrase does not open it.

        Raises :class:`~reftel.errors.AgeHeaderError` for a malformed one.
        """
        kind, arguments, body = stanzas[0]  # a passphrase stands alone, which age.decrypt has checked
        if kind != b"scrypt":
            return None
        try:
            encoded, factor = arguments
            salt = radix64.decode(encoded, padded=False)
        except ValueError:
            raise AgeHeaderError("The passphrase stanza of this age file is malformed.") from None
        if len(salt) != _SALT_SIZE or len(body) != _BODY_SIZE or not _WORK_FACTOR.fullmatch(factor):
            raise AgeHeaderError("The passphrase stanza of this age file has the wrong size.")
        if int(factor) > self._max_log_n:
            raise AgeHeaderError("This age file asks for more work than a passphrase is worth.")
        try:
            return _scrypt_cipher(self._passphrase, salt, int(factor)).decrypt(_ZERO_NONCE, body, None)
        except InvalidTag:
            return None


def _scrypt_cipher(passphrase: bytes, salt: bytes, log_n: int) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(Scrypt(_SCRYPT_LABEL + salt, 32, 1 << log_n, 8, 1).derive(passphrase))


class Recipient(Protocol):
    """What a file is sealed to."""

    def wrap(self, file_key: bytes) -> bytes:
        """One stanza of the header, which gives the file key to whoever it is for."""
        ...


class Identity(Protocol):
    """What opens a file."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, from the stanza that is for this identity; ``None`` where none is."""
        ...
