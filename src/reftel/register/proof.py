"""Proofs that travel: C2SP ``tlog-proof@v1``, and the proof that goes with a carried telegram.

A forwarding proof is a tlog-proof whose ``extra`` holds what leads from the cable's bytes to the
leaf: u8 version 1, 32 bytes record salt, 32 bytes text salt, the record. A signature line is
longer than mail allows and not ASCII, so the whole goes into a mail part as base64, in lines of
76 characters that end in CRLF.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reftel.cipher import radix64
from reftel.cipher.commitment import SALT_SIZE, record_leaf, verify_text
from reftel.errors import BadValue, CommitmentError, FormatError
from reftel.register.checkpoint import open_checkpoint, read_head
from reftel.register.entries import MAX_RECORD, Record, decode_record, unb64
from reftel.register.envelope import MAX_PATH
from reftel.register.merkle import HASH_SIZE, leaf_hash, verify_inclusion

if TYPE_CHECKING:
    from reftel.cipher.note import PostVerifier
    from reftel.register.checkpoint import Checkpoint

MAX_PROOF: Final = 256 * 1024
_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_VERSION = b"\x01"
_SALTS = len(_VERSION) + 2 * SALT_SIZE
_LINE = 76
_MAX_DIGITS = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """The proof that a leaf stands at ``index`` under a checkpoint.

    ``path`` runs from the leaf's sibling upwards; ``checkpoint`` is the signed note, verbatim;
    ``extra`` is not covered by any signature.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    def encode(self) -> str:
        """Return the proof as text."""
        lines = [_FIRST_LINE]
        if self.extra:
            lines.append(f"extra {_b64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(_b64, self.path)
        return "\n".join([*lines, "", self.checkpoint])

    @classmethod
    def decode(cls, text: str) -> TlogProof:
        """Read a proof strictly; raises :class:`FormatError` on any other form.

        The checkpoint's signatures and the path are not looked at yet: see :meth:`verify`.
        """
        if len(text) > MAX_PROOF:
            raise FormatError(f"a proof longer than {MAX_PROOF} characters")
        head, _, checkpoint = text.partition("\n\n")
        _, *lines = head.split("\n")
        extra = _unb64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
        index = lines.pop(0)[6:] if lines else ""
        if not (index.isascii() and index.isdigit()) or len(index) > _MAX_DIGITS or len(lines) > MAX_PATH:
            raise FormatError("a proof lacks its index, or has a path beyond its bounds")
        path = tuple(map(_unb64, lines))
        proof = cls(index=int(index), path=path, checkpoint=checkpoint, extra=extra)
        if proof.encode() != text or any(len(step) != HASH_SIZE for step in path):
            raise FormatError("a proof that is not in the form c2sp.org/tlog-proof@v1")
        return proof

    def verify(self, leaf: bytes, verifier: PostVerifier) -> Checkpoint:
        """Demand that the leaf hash stands under the checkpoint and both signatures hold.

        Raises :class:`NoteError` or :class:`ProofError`.
        """
        checkpoint = open_checkpoint(self.checkpoint, verifier)
        verify_inclusion(leaf, self.index, checkpoint.size, self.path, checkpoint.root)
        return checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardingProof:
    """What proves a carried telegram to a post that has never seen it.

    ``record`` is the origin's record bytes, ``record_salt`` and ``text_salt`` the 32-byte keys of
    its commitments, ``index`` and ``path`` its place in the origin's register, ``checkpoint`` the
    origin's signed note.
    """

    record: bytes
    record_salt: bytes
    text_salt: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    @property
    def origin(self) -> str:
        """The origin that the checkpoint claims: whose key to look for. Raises NoteError."""
        return read_head(self.checkpoint).origin

    def encode(self) -> bytes:
        """Return the proof as ASCII lines for a mail part."""
        if {len(self.record_salt), len(self.text_salt)} != {SALT_SIZE} or len(self.record) > MAX_RECORD:
            raise BadValue("a record or salt of this proof has the wrong length")
        extra = b"".join((_VERSION, self.record_salt, self.text_salt, self.record))
        proof = TlogProof(index=self.index, path=self.path, checkpoint=self.checkpoint, extra=extra)
        body = radix64.encode(proof.encode().encode(), padded=True)
        return b"".join(body[at : at + _LINE] + b"\r\n" for at in range(0, len(body), _LINE))

    @classmethod
    def decode(cls, data: bytes) -> ForwardingProof:
        """Read a proof strictly: one proof has one encoding. Raises :class:`FormatError`."""
        if len(data) > 2 * MAX_PROOF:
            raise FormatError(f"a proof longer than {2 * MAX_PROOF} bytes")
        try:
            text = radix64.decode(data.replace(b"\r\n", b""), padded=True).decode()
        except ValueError as error:
            raise FormatError("a forwarding proof is not base64 text") from error
        proof = TlogProof.decode(text)
        extra = proof.extra
        if extra[:1] != _VERSION or not _SALTS <= len(extra) <= _SALTS + MAX_RECORD:
            raise FormatError("a forwarding proof of a version or length not known here")
        found = cls(
            record=extra[_SALTS:],
            record_salt=extra[1 : 1 + SALT_SIZE],
            text_salt=extra[1 + SALT_SIZE : _SALTS],
            index=proof.index,
            path=proof.path,
            checkpoint=proof.checkpoint,
        )
        if found.encode() != data:
            raise FormatError("a forwarding proof that is not in its one form")
        return found

    def verify(self, original: bytes, verifier: PostVerifier) -> Record:
        """Demand that the origin registered these very bytes; returns its record.

        Raises :class:`NoteError` when the checkpoint is not signed with both keys,
        :class:`ProofError` when the record is not under it, :class:`FormatError` when it is no
        record, :class:`CommitmentError` when it speaks of another text.
        """
        proof = TlogProof(index=self.index, path=self.path, checkpoint=self.checkpoint)
        proof.verify(leaf_hash(record_leaf(self.record_salt, self.record)), verifier)
        record = decode_record(self.record)
        stated = record.act.get("text")
        if not isinstance(stated, str):
            raise CommitmentError("the register entry commits to no text")
        verify_text(unb64(stated, HASH_SIZE), self.text_salt, original)
        return record


def _b64(data: bytes) -> str:
    return radix64.encode(data, padded=True).decode()


def _unb64(text: str) -> bytes:
    try:
        return radix64.decode(text.encode(), padded=True)
    except ValueError as error:
        raise FormatError("a proof holds a line that is not base64") from error
