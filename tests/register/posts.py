"""Two posts and a register between them, the same in every test of this room."""

from __future__ import annotations

from datetime import UTC, datetime

from reftel.cipher.commitment import record_leaf, text_commitment
from reftel.cipher.note import PostKey
from reftel.register.checkpoint import sign_checkpoint
from reftel.register.entries import Record, b64, encode_record
from reftel.register.merkle import TileTree, leaf_hash
from reftel.register.proof import ForwardingProof

MOSCOW = PostKey.from_seeds("moscow.example", bytes(range(32)), bytes(range(32, 64)))
BEIJING = PostKey.from_seeds("beijing.example", bytes(range(64, 96)), bytes(range(96, 128)))
TIME = 1_795_000_000
RECORD_SALT = bytes([7]) * 32
TEXT_SALT = bytes([8]) * 32
TEXT = "No. 23343. Deliver at once to Comrade ЧЖОУ.\r\n".encode()


def record_of(act: dict[str, object]) -> bytes:
    """A record's bytes with the act given."""
    return encode_record(Record(at=datetime(2026, 11, 22, 15, 30, tzinfo=UTC), act=act))


def released(text: bytes = TEXT) -> bytes:
    """The record of a released cable."""
    commitment = b64(text_commitment(TEXT_SALT, text))
    return record_of({"kind": "released", "text": commitment, "to": ["beijing.example"]})


def forwarding_proof(record: bytes, index: int = 70, size: int = 90) -> ForwardingProof:
    """A proof of ``record`` at ``index`` among other leaves of Moscow's register."""
    leaves = [leaf_hash(place.to_bytes(2, "big")) for place in range(size)]
    leaves[index] = leaf_hash(record_leaf(RECORD_SALT, record))
    tree = TileTree(0, lambda level, index: b"")
    tree.append(leaves)
    return ForwardingProof(
        record=record,
        record_salt=RECORD_SALT,
        text_salt=TEXT_SALT,
        index=index,
        path=tuple(tree.inclusion(index)),
        checkpoint=sign_checkpoint(MOSCOW, size, tree.root(), TIME),
    )
