"""Checkpoints: what a post signs of its register, and what another post countersigns.

Rules that this file keeps:

* the text is exactly three lines (origin, size, root): ML-DSA would not cover a fourth;
* the post's own signatures are two, Ed25519 and ML-DSA-44, and both must verify;
* a cosignature is ML-DSA-44 by another post over the same origin, size and root, with its time.

Sources: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reftel.cipher import radix64
from reftel.cipher.note import open_note
from reftel.errors import NoteError
from reftel.register.merkle import EMPTY_ROOT

if TYPE_CHECKING:
    from reftel.cipher.note import PostKey, PostVerifier

MAX_SIZE: Final = (1 << 63) - 1
_MAX_ORIGIN = 255
_TEXT = re.compile(rb"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a checkpoint's three lines say, whoever signed them.

    The first ``size`` entries of the register ``origin`` have this 32-byte ``root``.
    """

    origin: str
    size: int
    root: bytes

    def encode(self) -> bytes:
        """The three lines as they are signed."""
        root = radix64.encode(self.root, padded=True).decode()
        return f"{self.origin}\n{self.size}\n{root}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint(Head):
    """A head that its post has signed with both keys.

    ``time`` is when, in seconds since 1970, as that post's clock had it.
    """

    time: int


def sign_checkpoint(key: PostKey, size: int, root: bytes, time: int) -> str:
    """Sign the head of the post's own register: ``size`` entries, 32-byte ``root``.

    Returns the signed note; ``time`` is in seconds since 1970. Sign only what is on the disk.
    """
    text = Head(origin=key.origin, size=size, root=root).encode()
    return (text + b"\n" + key.sign_tree(text, key.origin, size, root, time)).decode()


def open_checkpoint(note: str, verifier: PostVerifier) -> Checkpoint:
    """Read a checkpoint of the verifier's own register, signed with both of its keys.

    Signatures of others are let be. Raises :class:`NoteError`.
    """
    text, signatures = open_note(_encoded(note))
    head = _read_text(text)
    if head.origin != verifier.origin:
        raise NoteError(f"A checkpoint of {head.origin} was given for one of {verifier.origin}.")
    time = verifier.verify_tree(text, head.origin, head.size, head.root, signatures)
    return Checkpoint(origin=head.origin, size=head.size, root=head.root, time=time)


def read_head(note: str) -> Head:
    """Read what a checkpoint claims, its signatures unverified: to learn whose key to look for.

    Raises :class:`NoteError` when it is malformed.
    """
    return _read_text(open_note(_encoded(note))[0])


def cosign(note: str, key: PostKey, time: int) -> str:
    """Return the line that says: this post saw the checkpoint ``note`` at ``time``.

    ``time`` is in seconds since 1970. Cosign only what was verified and continues what was seen
    before. Raises :class:`NoteError` when the note is malformed.
    """
    head = read_head(note)
    return key.cosign(head.origin, head.size, head.root, time).decode()


def verify_cosignature(note: str, line: str, verifier: PostVerifier) -> int:
    """Demand that ``line`` is the verifier's cosignature of the checkpoint ``note``.

    Returns when that post gave it, in seconds since 1970. Raises :class:`NoteError`.
    """
    head = read_head(note)
    text, signatures = open_note(head.encode() + b"\n" + _encoded(line))
    if text != head.encode() or len(signatures) != 1:
        raise NoteError("A cosignature is one line.")
    return verifier.verify_cosignature(head.origin, head.size, head.root, signatures)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NoteError("A checkpoint or cosignature holds half a character.") from None


def _read_text(text: bytes) -> Head:
    parts = _TEXT.fullmatch(text)
    if parts is None or len(parts[1]) > _MAX_ORIGIN:
        raise NoteError("A checkpoint has exactly three lines: origin, size and root.")
    try:
        root = radix64.decode(parts[3], padded=True)
    except ValueError:
        raise NoteError("A checkpoint's root is not in canonical base64.") from None
    head = Head(origin=parts[1].decode(), size=int(parts[2]), root=root)
    if head.size > MAX_SIZE or (head.size == 0 and root != EMPTY_ROOT):
        raise NoteError("A checkpoint's size is beyond its bounds, or its root is not an empty register's.")
    return head
