"""The published vectors hold, and their tree is the tree of the RFC's own definitions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reftel.cipher.commitment import record_leaf, text_commitment
from reftel.cipher.note import PostVerifier
from reftel.cipher.padding import padded_length
from reftel.register.checkpoint import open_checkpoint, verify_cosignature
from reftel.register.entries import b64, decode_record
from reftel.register.envelope import Envelope, frame, unframe
from reftel.register.merkle import Accumulator, TileTree, leaf_hash, node_hash, verify_inclusion
from reftel.register.proof import ForwardingProof, TlogProof
from reftel.register.tiles import decode_bundle, encode_bundle, tile_path
from tests.conftest import ROOT
from tests.register import rfc6962

VECTORS = json.loads((ROOT / "tests" / "vectors" / "register.json").read_text(encoding="utf-8"))
TREE: dict[str, Any] = VECTORS["tree"]
TRAVEL: dict[str, Any] = VECTORS["travel"]
HASHES = [leaf_hash(place.to_bytes(4, "big")) for place in range(70_000)]


def raw(hashes: list[str]) -> list[bytes]:
    return [bytes.fromhex(step) for step in hashes]


def post(name: str) -> PostVerifier:
    keys = TRAVEL[name]
    return PostVerifier(keys["origin"], bytes.fromhex(keys["ed25519"]), bytes.fromhex(keys["mldsa44"]))


@pytest.fixture(scope="module")
def tree() -> tuple[TileTree, dict[tuple[int, int], bytes]]:
    tree = TileTree(0, lambda level, index: b"")
    return tree, tree.append(HASHES)


def test_hashes() -> None:
    for case in TREE["leaf_hash"]:
        assert leaf_hash(bytes.fromhex(case["data"])).hex() == case["hash"]
    for case in TREE["node_hash"]:
        assert node_hash(*raw([case["left"], case["right"]])).hex() == case["hash"]


@pytest.mark.parametrize("case", TREE["root"], ids=lambda case: str(case["size"]))
def test_roots(tree: tuple[TileTree, Any], case: dict[str, Any]) -> None:
    accumulator = Accumulator()
    for leaf in HASHES[: case["size"]]:
        accumulator.append(leaf)
    roots = {tree[0].root(case["size"]), accumulator.root(), rfc6962.mth(HASHES[: case["size"]])}
    assert roots == {bytes.fromhex(case["root"])}


@pytest.mark.parametrize("case", TREE["inclusion"], ids=lambda case: f"{case['index']}-of-{case['size']}")
def test_inclusion(tree: tuple[TileTree, Any], case: dict[str, Any]) -> None:
    path = raw(case["path"])
    assert tree[0].inclusion(case["index"], case["size"]) == path
    assert rfc6962.path(case["index"], HASHES[: case["size"]]) == path


@pytest.mark.parametrize("case", TREE["consistency"], ids=lambda case: f"{case['old']}-to-{case['new']}")
def test_consistency(tree: tuple[TileTree, Any], case: dict[str, Any]) -> None:
    path = raw(case["path"])
    assert tree[0].consistency(case["old"], case["new"]) == path
    if case["old"]:
        assert rfc6962.proof(case["old"], HASHES[: case["new"]]) == path


def test_tiles_and_bundles(tree: tuple[TileTree, dict[tuple[int, int], bytes]]) -> None:
    served = {
        tile_path(level, index, len(content) // 32): content.hex()
        for (level, index), content in tree[1].items()
    }
    assert all(served[case["path"]] == case["content"] for case in TREE["tile"])
    bundle = TREE["bundle"]
    assert encode_bundle(raw(bundle["leaves"])).hex() == bundle["content"]
    assert decode_bundle(bytes.fromhex(bundle["content"])) == raw(bundle["leaves"])


def test_record_leaf() -> None:
    case = TRAVEL["record"]
    text, text_salt, record_salt = raw([case["text"], case["text_salt"], case["record_salt"]])
    assert b64(text_commitment(text_salt, text)) == case["commitment"]
    assert record_leaf(record_salt, case["record"].encode()).hex() == case["leaf_data"]
    assert decode_record(case["record"].encode()).act["text"] == case["commitment"]


def test_checkpoint_and_cosignature() -> None:
    case = TRAVEL["checkpoint"]
    checkpoint = open_checkpoint(case["note"], post("post"))
    found = checkpoint.size, checkpoint.root.hex(), checkpoint.time
    assert found == (case["size"], case["root"], case["time"])
    cosignature = TRAVEL["cosignature"]
    assert verify_cosignature(case["note"], cosignature["line"], post("witness")) == cosignature["time"]


def test_proofs() -> None:
    case, record = TRAVEL["tlog_proof"], TRAVEL["record"]
    proof = TlogProof.decode(case["text"])
    assert (proof.index, list(proof.path)) == (case["index"], raw(case["path"]))
    leaf = leaf_hash(bytes.fromhex(record["leaf_data"]))
    checkpoint = proof.verify(leaf, post("post"))
    verify_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    carried = ForwardingProof.decode(TRAVEL["forwarding_proof"].encode())
    assert carried.record == record["record"].encode()
    assert carried.verify(bytes.fromhex(record["text"]), post("post")).kind == "released"


def test_padding_and_envelope() -> None:
    for case in TRAVEL["padded_length"]:
        assert padded_length(case["size"]) == case["padded"]
    case, record = TRAVEL["envelope"], TRAVEL["record"]
    envelope = Envelope(
        record=record["record"].encode(),
        record_salt=bytes.fromhex(record["record_salt"]),
        text_salt=bytes.fromhex(record["text_salt"]),
        index=case["index"],
        path=tuple(raw(case["path"])),
        packed=bytes.fromhex(case["packed"]),
    )
    assert frame(envelope).hex() == case["frame"]
    assert unframe(bytes.fromhex(case["frame"])) == envelope
