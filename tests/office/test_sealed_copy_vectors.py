"""The published vectors of docs/spec/sealed-copy.md, read by the page alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from reftel.cable import eyes, internet, plain
from reftel.cipher.age import decrypt, stanza_kinds
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.note import PostVerifier
from reftel.errors import CardError
from reftel.office.readers import open_reader_card
from reftel.register.checkpoint import open_checkpoint
from reftel.register.merkle import leaf_hash, verify_inclusion
from tests.conftest import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "sealed-copy.json").read_text("utf-8"))
KEY = HybridIdentity.parse(VECTORS["identity"])


def unpadded(text: str) -> bytes:
    assert "=" not in text
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def commitment(salt: str, label: bytes, data: bytes) -> bytes:
    return hmac.digest(unpadded(salt), label + b"\x00" + data, "sha256")


def post() -> PostVerifier:
    found = VECTORS["post"]
    return PostVerifier(
        found["origin"], base64.b64decode(found["ed25519"]), base64.b64decode(found["mldsa44"])
    )


def opened(vector: dict[str, Any]) -> dict[str, Any]:
    sealed = base64.b64decode(vector["sealed"])
    assert stanza_kinds(sealed) == (b"mlkem768x25519",)
    value: dict[str, Any] = json.loads(decrypt(sealed, [KEY]))
    assert base64.b64decode(vector["text"]) == unpadded(value["text"])
    return value


def check(value: dict[str, Any]) -> dict[str, Any]:
    """What a browser checks, in the order of the page; returns the record's act."""
    proof, text = value["check"], unpadded(value["text"])
    cable = internet.read(text)
    record = unpadded(proof["record"])
    act: dict[str, Any] = json.loads(record)["act"]
    assert unpadded(act["text"]) == commitment(proof["text_salt"], b"reftel/cable/v1", text)
    leaf = leaf_hash(b"\x01" + commitment(proof["record_salt"], b"reftel/record/v1", record))
    keys = {}
    for line in proof["verifiers"]:
        name, key_id, key = line.split("+", 2)
        raw = base64.b64decode(key)
        assert name == proof["origin"]
        assert hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == key_id
        keys[raw[0]] = raw[1:]
    verifier = PostVerifier(proof["origin"], keys[1], keys[6])
    assert verifier.fingerprint() == proof["fingerprint"] == VECTORS["sender"]
    head = open_checkpoint(proof["checkpoint"], verifier)
    verify_inclusion(leaf, proof["index"], head.size, [unpadded(h) for h in proof["path"]], head.root)
    assert plain.from_plain(value["sheet"]) == cable
    return act


def test_a_sealed_copy_opens_and_holds():
    value = opened(VECTORS["copy"])
    assert value["copy"] | {"cable": 0} == {
        "cable": 0,
        "seq": 2,
        "of": 3,
        "number": "2",
        "holder": "Makarov",
        "purpose": "action",
        "return_by": "2026-12-01",
        "return_to": "",
        "marking": "SECRET",
    }
    assert (value["v"], value["eyes"], check(value)["kind"]) == (1, None, "released")


def test_a_copy_for_the_readers_eyes_only_holds_within_and_without():
    value = opened(VECTORS["eyes_only"])
    act = check(value)
    (reader,) = value["eyes"]["readers"]
    assert reader == {
        "post": VECTORS["post"]["origin"],
        "person": "Makarov",
        "fingerprint": VECTORS["fingerprint"],
        "standing": "vouched",
    }
    sealed = unpadded(value["eyes"]["sealed"])
    outer = internet.read(unpadded(value["text"]))
    part = eyes.sealed_part(outer)
    assert part is not None
    assert part.sealed == sealed
    inner = json.loads(decrypt(sealed, [KEY]))
    text = unpadded(inner["text"])
    assert text == base64.b64decode(VECTORS["eyes_only"]["draft"])
    assert unpadded(act["version"]) == commitment(inner["salt"], b"reftel/cable/v1", text)
    draft = internet.read(text)
    assert draft == plain.from_plain(inner["sheet"])
    for name in ("to", "info", "precedence", "info_precedence", "classification", "captions"):
        assert getattr(draft, name) == getattr(outer, name)
    assert (outer.subject, outer.blocks) == ("", ())


def test_a_reader_card_is_signed_by_its_post():
    card = open_reader_card(VECTORS["reader_card"], post())
    assert (card.person, card.recipient, card.fingerprint) == (
        "Makarov",
        VECTORS["recipient"],
        VECTORS["fingerprint"],
    )
    assert KEY.recipient().text() == card.recipient


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_other_reader_cards_are_refused(vector):
    with pytest.raises(CardError):
        open_reader_card(vector["card"], post())
