"""Write tests/vectors/register.json: run it again only when the format itself changes.

ML-DSA signatures are randomised, so every run gives other notes; everything else comes out the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reftel.cipher.commitment import record_leaf, text_commitment
from reftel.cipher.note import PostKey
from reftel.cipher.padding import padded_length
from reftel.register.checkpoint import cosign, sign_checkpoint
from reftel.register.entries import b64, encode_json
from reftel.register.envelope import Envelope, frame
from reftel.register.merkle import TileTree, leaf_hash, node_hash
from reftel.register.proof import ForwardingProof, TlogProof
from reftel.register.tiles import encode_bundle, tile_path

TARGET = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "register.json"
SIZES = (*range(10), 255, 256, 257, 65_536, 70_000)
INCLUSION = ((0, 1), (0, 2), (2, 3), (5, 7), (0, 9), (8, 9), (255, 256), (256, 257), (69_999, 70_000))
CONSISTENCY = ((0, 5), (5, 5), (1, 2), (2, 5), (6, 8), (8, 9), (256, 257), (257, 70_000), (65_536, 70_000))
PADDING = (0, 1, 64, 65, 100, 255, 1_000, 1_900, 65_535, 1_000_000)
TIME = 1_795_000_000
INDEX = 70
COUNT = 90
TEXT = b"Subject: Your 23343\r\n\r\nThe list of questions has arrived. Reply follows.\r\n"


def tree_of(leaves: list[bytes]) -> tuple[TileTree, dict[tuple[int, int], bytes]]:
    """A tree held in memory, and its tiles."""
    tree = TileTree(0, lambda _level, _index: b"")
    return tree, tree.append(leaves)


def hexes(hashes: list[bytes]) -> list[str]:
    """Hashes as hexadecimal text."""
    return [step.hex() for step in hashes]


def tree_vectors() -> dict[str, Any]:
    """Hashes, roots and proofs; leaf n is n as four bytes, big-endian."""
    tree, tiles = tree_of([leaf_hash(place.to_bytes(4, "big")) for place in range(max(SIZES))])
    zero, one = leaf_hash(bytes(4)), leaf_hash(b"\0\0\0\1")
    return {
        "leaves": "leaf n is n as a big-endian u32",
        "leaf_hash": [{"data": data.hex(), "hash": leaf_hash(data).hex()} for data in (b"", bytes(4))],
        "node_hash": [{"left": zero.hex(), "right": one.hex(), "hash": node_hash(zero, one).hex()}],
        "root": [{"size": size, "root": tree.root(size).hex()} for size in SIZES],
        "inclusion": [
            {"index": index, "size": size, "path": hexes(tree.inclusion(index, size))}
            for index, size in INCLUSION
        ],
        "consistency": [
            {"old": old, "new": new, "path": hexes(tree.consistency(old, new))} for old, new in CONSISTENCY
        ],
        "tile": [
            {
                "path": tile_path(level, index, len(tiles[level, index]) // 32),
                "content": tiles[level, index].hex(),
            }
            for level, index in ((0, 273), (1, 1), (2, 0))
        ],
        "bundle": {"leaves": ["0a0b", "", "0c"], "content": encode_bundle([b"\x0a\x0b", b"", b"\x0c"]).hex()},
    }


def travel_vectors() -> dict[str, Any]:
    """A record, its leaf under a signed checkpoint, and what carries the two away."""
    key = PostKey.from_seeds("moscow.example", bytes(range(32)), bytes(range(32, 64)))
    witness = PostKey.from_seeds("beijing.example", bytes(range(64, 96)), bytes(range(96, 128)))
    record_salt, text_salt = bytes([7]) * 32, bytes([8]) * 32
    commitment = b64(text_commitment(text_salt, TEXT))
    act = {"kind": "released", "text": commitment, "to": ["beijing.example"]}
    record = encode_json({"v": 1, "at": "2026-11-22T15:30:00.000Z", "act": act})
    leaf = record_leaf(record_salt, record)
    leaves = [leaf_hash(place.to_bytes(4, "big")) for place in range(COUNT)]
    leaves[INDEX] = leaf_hash(leaf)
    tree, _ = tree_of(leaves)
    note = sign_checkpoint(key, COUNT, tree.root(), TIME)
    path = tuple(tree.inclusion(INDEX))
    envelope = Envelope(
        record=record,
        record_salt=record_salt,
        text_salt=text_salt,
        index=INDEX,
        path=path[:3],
        packed=b"packed cable",
    )
    forwarding = ForwardingProof(
        record=record, record_salt=record_salt, text_salt=text_salt, index=INDEX, path=path, checkpoint=note
    )
    return {
        "post": {
            "origin": key.origin,
            "ed25519": key.verifier.ed_public.hex(),
            "mldsa44": key.verifier.mldsa_public.hex(),
        },
        "witness": {
            "origin": witness.origin,
            "ed25519": witness.verifier.ed_public.hex(),
            "mldsa44": witness.verifier.mldsa_public.hex(),
        },
        "record": {
            "text": TEXT.hex(),
            "text_salt": text_salt.hex(),
            "commitment": commitment,
            "record": record.decode(),
            "record_salt": record_salt.hex(),
            "leaf_data": leaf.hex(),
        },
        "checkpoint": {"size": COUNT, "root": tree.root().hex(), "time": TIME, "note": note},
        "cosignature": {"time": TIME + 60, "line": cosign(note, witness, TIME + 60)},
        "tlog_proof": {
            "index": INDEX,
            "path": hexes(list(path)),
            "text": TlogProof(index=INDEX, path=path, checkpoint=note).encode(),
        },
        "forwarding_proof": forwarding.encode().decode(),
        "padded_length": [{"size": size, "padded": padded_length(size)} for size in PADDING],
        "envelope": {
            "index": INDEX,
            "path": hexes(list(path[:3])),
            "packed": envelope.packed.hex(),
            "frame": frame(envelope).hex(),
        },
    }


if __name__ == "__main__":
    vectors = {"tree": tree_vectors(), "travel": travel_vectors()}
    TARGET.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
