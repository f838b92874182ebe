"""What a post signs: notes (C2SP ``signed-note``) and tree heads (C2SP ``tlog-cosignature``).

A post has two signing keys, Ed25519 and ML-DSA-44, and whoever checks one of its signatures checks
both: a note's own rule, that any one signature will do, would leave the older key to decide alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from reftel.cipher import radix64
from reftel.errors import BadValue, KeyTextError, NoteError

MAX_NOTE = 1 << 16
ED25519 = 0x01
MLDSA44 = 0x06
HASH_SIZE = 32

_SEED_SIZE = 32
_TIME_SIZE = 8
_KEY_ID_SIZE = 4
_MAX_NAME = 255
_U64 = 1 << 64
_CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+\x00-\x20]+")
_SIGNATURE_LINE = re.compile(rb"\xe2\x80\x94 ([^ \n]+) ([A-Za-z0-9+/]+={0,2})")
_LABEL = re.compile(rb"reftel/[a-z0-9/-]+\x00")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: whose, under which key (4 bytes), and the signature."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> bytes:
        """The line as it stands under a note, with its line feed."""
        text = radix64.encode(self.key_id + self.blob, padded=True)
        return "\N{EM DASH} ".encode() + self.name.encode() + b" " + text + b"\n"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key (C2SP ``signed-note``)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:_KEY_ID_SIZE]


def open_note(note: bytes) -> tuple[bytes, tuple[Signature, ...]]:
    """Part a signed note into its body, with its last line feed, and its signatures, unverified.

    Raises :class:`~reftel.errors.NoteError` for a note over 64 KiB, with control characters, with
    a malformed signature line, or with two signatures under one key.
    """
    if len(note) > MAX_NOTE or _CONTROL.search(note):
        raise NoteError("The signed note is too long or holds control characters.")
    body, separator, block = note.rpartition(b"\n\n")
    if not separator or not block.endswith(b"\n"):
        raise NoteError("The signed note has no signatures, or is cut short.")
    signatures = tuple(_read_signature(line) for line in block[:-1].split(b"\n"))
    if len({(signature.name, signature.key_id) for signature in signatures}) != len(signatures):
        raise NoteError("The signed note bears two signatures under one key.")
    try:
        body.decode()
    except UnicodeDecodeError:
        raise NoteError("The signed note is not UTF-8.") from None
    return body + b"\n", signatures


def _read_signature(line: bytes) -> Signature:
    parts = _SIGNATURE_LINE.fullmatch(line)
    if parts is None:
        raise NoteError("A signature line of the note is malformed.")
    try:
        name = parts[1].decode()
        blob = radix64.decode(parts[2], padded=True)
    except ValueError:
        raise NoteError("A signature line of the note is not in canonical form.") from None
    if not _is_name(name) or len(blob) <= _KEY_ID_SIZE:
        raise NoteError("A signature line of the note names no key or holds no signature.")
    return Signature(name, blob[:_KEY_ID_SIZE], blob[_KEY_ID_SIZE:])


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and len(name.encode()) <= _MAX_NAME


def _tree_message(cosigner: str, origin: str, size: int, root: bytes, time: int) -> bytes:
    """What ML-DSA-44 signs: the whole tree of ``size`` leaves, as a subtree that begins at 0."""
    if not _is_name(origin) or not 0 <= size < _U64 or not 0 <= time < _U64 or len(root) != HASH_SIZE:
        raise NoteError("That is not the head of a register.")
    who, log = cosigner.encode(), origin.encode()
    head = struct.pack(">QQ", 0, size) + root
    return b"subtree/v1\n\x00%c%b%b%c%b%b" % (len(who), who, struct.pack(">Q", time), len(log), log, head)


def _labelled(label: bytes, data: bytes) -> bytes:
    # No note holds a zero byte and no tree message begins so: neither can pass for the other.
    if not _LABEL.fullmatch(label):
        raise BadValue("A label begins with reftel/ and ends in its only zero byte.")
    return label + data


class PostVerifier:
    """A post's identity: its origin and its two public signing keys."""

    __slots__ = ("_ed", "_ed_id", "_mldsa", "_mldsa_id", "ed_public", "mldsa_public", "origin")

    def __init__(self, origin: str, ed_public: bytes, mldsa_public: bytes) -> None:
        """Load the public keys, 32 and 1,312 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if not _is_name(origin):
            raise KeyTextError("That origin cannot name a key: it is empty, too long or has spaces.")
        try:
            self._ed = Ed25519PublicKey.from_public_bytes(ed_public)
            self._mldsa = MLDSA44PublicKey.from_public_bytes(mldsa_public)
        except ValueError:
            raise KeyTextError("These are not a post's signing keys.") from None
        self.origin = origin
        self.ed_public = ed_public
        self.mldsa_public = mldsa_public
        self._ed_id = key_id(origin, ED25519, ed_public)
        self._mldsa_id = key_id(origin, MLDSA44, mldsa_public)

    def fingerprint(self) -> str:
        """Twelve groups of five digits for two people to read to each other.

        They cover the identity only, so they outlive every card and opening key.
        """
        name = self.origin.encode()
        identity = bytes([len(name)]) + name + self.ed_public + self.mldsa_public
        digest = hashlib.sha512(b"reftel/post/v1\x00" + identity).digest()
        digits = f"{int.from_bytes(digest, 'big') % 10**60:060d}"
        return " ".join(digits[i : i + 5] for i in range(0, 60, 5))

    def lines(self) -> tuple[str, str]:
        """Both keys as verifier keys of C2SP ``signed-note``: Ed25519, ML-DSA-44."""
        keys = (self._ed_id, ED25519, self.ed_public), (self._mldsa_id, MLDSA44, self.mldsa_public)
        ed25519, mldsa44 = [
            f"{self.origin}+{name.hex()}+{radix64.encode(bytes([kind]) + public, padded=True).decode()}"
            for name, kind, public in keys
        ]
        return ed25519, mldsa44

    def verify_tree(
        self, text: bytes, origin: str, size: int, root: bytes, signatures: Sequence[Signature]
    ) -> int:
        """Check both of this post's signatures on a checkpoint ``text`` of its register.

        Returns the time that the post gave, in seconds since 1970. Other signatures are ignored.
        Raises :class:`~reftel.errors.NoteError`.
        """
        try:
            self._ed.verify(self._pick(signatures, self._ed_id), text)
        except InvalidSignature:
            raise NoteError(f"The Ed25519 signature of {self.origin} is wrong.") from None
        return self.verify_cosignature(origin, size, root, signatures)

    def verify_cosignature(self, origin: str, size: int, root: bytes, signatures: Sequence[Signature]) -> int:
        """Check this post's ML-DSA-44 signature on the head of the register ``origin``.

        Returns the time that the post gave, in seconds since 1970.
        Raises :class:`~reftel.errors.NoteError`.
        """
        blob = self._pick(signatures, self._mldsa_id)
        time = int.from_bytes(blob[:_TIME_SIZE], "big")
        try:
            self._mldsa.verify(blob[_TIME_SIZE:], _tree_message(self.origin, origin, size, root, time))
        except InvalidSignature:
            raise NoteError(f"The ML-DSA-44 signature of {self.origin} is wrong.") from None
        return time

    def verify(self, label: bytes, data: bytes, signatures: tuple[bytes, bytes]) -> None:
        """Check both signatures (Ed25519, ML-DSA-44) of :meth:`PostKey.sign`.

        Raises :class:`~reftel.errors.NoteError`.
        """
        message = _labelled(label, data)
        try:
            self._ed.verify(signatures[0], message)
            self._mldsa.verify(signatures[1], message)
        except InvalidSignature:
            raise NoteError(f"This is not signed with both keys of {self.origin}.") from None

    def _pick(self, signatures: Sequence[Signature], wanted: bytes) -> bytes:
        for signature in signatures:
            if signature.name == self.origin and signature.key_id == wanted:
                return signature.blob
        raise NoteError(f"The note lacks a signature of {self.origin}: both of its keys must sign.")

    def __repr__(self) -> str:
        return f"<PostVerifier {self.origin} {self.fingerprint()[:11]}>"


class PostKey:
    """A post's two secret signing keys: the keys of its register."""

    __slots__ = ("_ed", "_ed_seed", "_mldsa", "_mldsa_seed", "verifier")

    def __init__(self, origin: str, ed_seed: bytes, mldsa_seed: bytes) -> None:
        """Load two seeds of 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        if len(ed_seed) != _SEED_SIZE or len(mldsa_seed) != _SEED_SIZE:
            raise KeyTextError("These are not a post's signing seeds.")
        self._ed_seed = ed_seed
        self._mldsa_seed = mldsa_seed
        self._ed = Ed25519PrivateKey.from_private_bytes(ed_seed)
        self._mldsa = MLDSA44PrivateKey.from_seed_bytes(mldsa_seed)
        self.verifier = PostVerifier(
            origin, self._ed.public_key().public_bytes_raw(), self._mldsa.public_key().public_bytes_raw()
        )

    @classmethod
    def generate(cls, origin: str) -> Self:
        """New keys for the post ``origin``. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(origin, os.urandom(_SEED_SIZE), os.urandom(_SEED_SIZE))

    @classmethod
    def from_seeds(cls, origin: str, ed_seed: bytes, mldsa_seed: bytes) -> Self:
        """Load two seeds of 32 bytes. Raises :class:`~reftel.errors.KeyTextError`."""
        return cls(origin, ed_seed, mldsa_seed)

    @property
    def origin(self) -> str:
        """The name of the post's register, which is the name of its keys."""
        return self.verifier.origin

    def seeds(self) -> tuple[bytes, bytes]:
        """The secrets themselves (Ed25519, ML-DSA-44), to be kept in a sealed file."""
        return self._ed_seed, self._mldsa_seed

    def sign_tree(self, text: bytes, origin: str, size: int, root: bytes, time: int) -> bytes:
        """The two signature lines under a checkpoint ``text`` of the register ``origin``.

        ``size`` leaves, ``root`` 32 bytes, ``time`` in seconds since 1970: what ML-DSA-44 signs.
        Raises :class:`~reftel.errors.NoteError` for a head that no register has.
        """
        ed_id = key_id(self.origin, ED25519, self.verifier.ed_public)
        line = Signature(self.origin, ed_id, self._ed.sign(text)).line()
        return line + self.cosign(origin, size, root, time)

    def cosign(self, origin: str, size: int, root: bytes, time: int) -> bytes:
        """The signature line that says: this post saw the register ``origin`` with this head.

        Parameters and error as for :meth:`sign_tree`.
        """
        message = _tree_message(self.origin, origin, size, root, time)
        blob = time.to_bytes(_TIME_SIZE, "big") + self._mldsa.sign(message)
        return Signature(self.origin, key_id(self.origin, MLDSA44, self.verifier.mldsa_public), blob).line()

    def sign(self, label: bytes, data: bytes) -> tuple[bytes, bytes]:
        r"""Sign ``label`` and ``data`` with both keys (Ed25519, ML-DSA-44), for cards.

        ``label`` is such as ``b"reftel/card/v1\x00"``. Raises :class:`~reftel.errors.BadValue`.
        """
        message = _labelled(label, data)
        return self._ed.sign(message), self._mldsa.sign(message)

    def __repr__(self) -> str:
        return f"<PostKey {self.origin}>"
