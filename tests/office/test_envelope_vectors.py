"""The published bags open as docs/spec/envelope.md says, step by step, and the office takes them in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import pytest
import zstandard

from reftel.bearers.courier import Courier
from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.packing import DICTIONARY_DIGEST
from reftel.cipher.person import PersonKey
from reftel.clock import SetClock
from reftel.house import new_post
from reftel.office import arrivals, people
from reftel.office.cards import check_successor, open_card
from reftel.office.desk import cable_text
from reftel.office.office import Hand, Office, find_cable
from reftel.register.checkpoint import open_checkpoint, verify_cosignature
from reftel.register.merkle import leaf_hash, verify_consistency, verify_inclusion
from tests.conftest import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "envelope.json").read_text("utf-8"))
POSTS: dict[str, Any] = VECTORS["posts"]
BAGS: list[dict[str, Any]] = VECTORS["bags"]
DICTIONARY = (ROOT / "src" / "reftel" / "cipher" / "cable.dict").read_bytes()
NUMBERED = list(enumerate(BAGS))


def unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def hashes(data: bytes) -> list[bytes]:
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def name_of(origin: str) -> str:
    return origin.partition(".")[0]


def opening_key(bag: dict[str, Any]) -> HybridIdentity:
    return HybridIdentity.parse(POSTS[name_of(bag["manifest"]["to"])]["opening_key"])


def sealed_manifest(bag: dict[str, Any]) -> dict[str, Any]:
    framed = decrypt(unb64(bag["manifest.age"]), [opening_key(bag)])
    length = int.from_bytes(framed[:4], "big")
    unpacked = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(DICTIONARY)).decompress(
        framed[4 : 4 + length]
    )
    manifest: dict[str, Any] = json.loads(unpacked)
    assert (
        json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == unpacked
    )
    return manifest


def commitment(salt: bytes, label: bytes, data: bytes) -> bytes:
    return hmac.digest(salt, label + b"\0" + data, "sha256")


def test_the_dictionary_is_the_one_that_the_specification_names():
    digest = hashlib.sha256(DICTIONARY).hexdigest()
    assert digest == DICTIONARY_DIGEST
    assert digest in (ROOT / "docs" / "spec" / "envelope.md").read_text("utf-8")


@pytest.mark.parametrize("post", POSTS.values(), ids=POSTS)
def test_a_card_bears_its_fingerprint_and_its_opening_key(post: dict[str, Any]):
    card = open_card(post["card"])
    assert card.fingerprint == post["fingerprint"]
    value = json.loads(post["card"])["card"]
    identity = bytes([len(card.origin)]) + card.origin.encode()
    identity += unb64(value["ed25519"]) + unb64(value["mldsa44"])
    digest = hashlib.sha512(b"reftel/post/v1\0" + identity).digest()
    assert f"{int.from_bytes(digest, 'big') % 10**60:060d}" == card.fingerprint.replace(" ", "")
    seed = HybridIdentity.parse(post["opening_key"])
    assert value["epochs"][0]["key"] == seed.recipient().text()
    check_successor(post["card"], post["card"])


@pytest.mark.parametrize(("place", "bag"), NUMBERED)
def test_a_manifest_opens_and_says_what_the_vector_says(place: int, bag: dict[str, Any]):
    manifest, told = sealed_manifest(bag), bag["manifest"]
    assert manifest["v"] == 1
    assert bag["BAG"] == f"reftel bag v1\n{manifest['bag']}\n"
    for name in ("bag", "from", "to", "serial", "previous", "checkpoint", "consistency", "receipts", "card"):
        assert manifest[name] == told[name], name
    assert [step.hex() for step in hashes(unb64(manifest["shared"]))] == told["shared"]
    assert [item[0] for item in manifest["items"]] == [cable["digest"] for cable in bag["opened"]]


@pytest.mark.parametrize(("place", "bag"), NUMBERED)
def test_a_bag_stands_in_its_senders_register(place: int, bag: dict[str, Any]):
    manifest = sealed_manifest(bag)
    sender = open_card(POSTS[name_of(manifest["from"])]["card"]).verifier
    checkpoint = open_checkpoint(manifest["checkpoint"], sender)
    record, salt, leaf, path = manifest["registered"]
    data = b"\1" + commitment(unb64(salt), b"reftel/record/v1", record.encode())
    verify_inclusion(leaf_hash(data), leaf, checkpoint.size, hashes(unb64(path)), checkpoint.root)
    act = json.loads(record)["act"]
    assert act["kind"] == "bagged"
    assert (act["post"], act["to"]) == (manifest["from"], manifest["to"])
    assert (act["serial"], act["bag"], act["previous"]) == (
        manifest["serial"],
        manifest["bag"],
        manifest["previous"],
    )
    assert [item[1:] for item in act["items"]] == [item[2:4] for item in manifest["items"]]


def test_the_second_bag_of_a_link_follows_the_first():
    first, _, second = BAGS
    digest = hashlib.sha256(unb64(first["manifest.age"])).digest()
    assert unb64(second["manifest"]["previous"]) == digest
    sender = open_card(POSTS["moscow"]["card"]).verifier
    old, new = (open_checkpoint(bag["manifest"]["checkpoint"], sender) for bag in (first, second))
    paths = {size: hashes(unb64(path)) for size, path in second["manifest"]["consistency"]}
    verify_consistency(old.size, new.size, old.root, new.root, paths[old.size])


def test_a_receipt_is_a_cosignature_of_the_checkpoint_that_the_bag_carried():
    first, back, _ = BAGS
    ((serials, size, line),) = back["manifest"]["receipts"]
    note = first["manifest"]["checkpoint"]
    assert serials == [first["manifest"]["serial"]]
    assert size == int(note.split("\n")[1])
    verify_cosignature(note, line, open_card(POSTS["beijing"]["card"]).verifier)


@pytest.mark.parametrize(("place", "bag"), NUMBERED)
def test_a_cable_is_proved_before_it_is_unpacked(place: int, bag: dict[str, Any]):
    manifest, sealed = sealed_manifest(bag), unb64(bag["cables"])
    sender = open_card(POSTS[name_of(manifest["from"])]["card"]).verifier
    checkpoint = open_checkpoint(manifest["checkpoint"], sender)
    for (digest, length, channel, leaf, precedence), told in zip(
        manifest["items"], bag["opened"], strict=True
    ):
        blob, sealed = sealed[:length], sealed[length:]
        assert hashlib.sha256(blob).digest() == unb64(digest)
        assert (channel, leaf, precedence) == (told["channel"], told["leaf"], told["precedence"])
        framed = decrypt(blob, [opening_key(bag)])
        assert framed == unb64(told["frame"])
        at = 13 + int.from_bytes(framed[9:13], "big")
        assert (framed[0], int.from_bytes(framed[1:9], "big")) == (1, leaf)
        record, record_salt, text_salt = framed[13:at], framed[at : at + 32], framed[at + 32 : at + 64]
        assert [record.decode(), record_salt.hex(), text_salt.hex()] == [
            told["record"],
            told["record_salt"],
            told["text_salt"],
        ]
        count, at = framed[at + 64], at + 65
        path = hashes(framed[at : at + 32 * count])
        assert [step.hex() for step in path] == told["path"]
        data = b"\1" + commitment(record_salt, b"reftel/record/v1", record)
        whole = path + hashes(unb64(manifest["shared"]))
        verify_inclusion(leaf_hash(data), leaf, checkpoint.size, whole, checkpoint.root)
        act = json.loads(record)["act"]
        assert (act["kind"], act["post"]) == ("released", manifest["from"])
        assert manifest["to"] in act["to"]
        at += 32 * count
        end = at + 4 + int.from_bytes(framed[at : at + 4], "big")
        packed, padding = framed[at + 4 : end], framed[end:]
        assert not padding.strip(b"\0")
        dictionary = zstandard.ZstdCompressionDict(DICTIONARY)
        text = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(packed)
        assert text == told["text"].encode()
        assert unb64(act["text"]) == commitment(text_salt, b"reftel/cable/v1", text)
    assert sealed == b""


@pytest.fixture
def beijing(tmp_path) -> tuple[Office, Hand]:
    """A post with the published opening key, to which MOSCOW's card was admitted."""
    clock = SetClock(datetime.fromisoformat(VECTORS["at"]))
    office = new_post(tmp_path / "post", "beijing.example", "BEIJING", "six words of it", clock)
    told = POSTS["beijing"]
    sealed = encrypt(told["opening_key"].encode(), [office.keys.storage.recipient()])
    (tmp_path / "post" / "keys" / "epoch-published.age").write_bytes(sealed)
    key = PersonKey.generate()
    people.found(office, "Volkov", key, roles=("administrator", "cipher clerk"))
    hand = Hand(who="Volkov", key=key)
    people.know(office, hand, POSTS["moscow"]["card"], POSTS["moscow"]["fingerprint"])
    return office, hand


def test_the_office_takes_the_bags_in_and_reads_the_cables(beijing, tmp_path):
    office, hand = beijing
    for bag in BAGS:
        if bag["manifest"]["to"] != office.origin:
            continue
        folder = tmp_path / f"bag-{bag['manifest']['bag']}"
        folder.mkdir()
        (folder / "BAG").write_text(bag["BAG"])
        for name in ("manifest.age", "cables"):
            (folder / name).write_bytes(unb64(bag[name]))
        arrived = arrivals.receive(office, Courier(tmp_path).fetch(bag["manifest"]["bag"]))
        assert (arrived.news, arrived.count) == ("arrived", len(bag["opened"]))
        entries = [news.entry for news in arrivals.decipher(office, hand)]
        with office.store.read() as connection:
            texts = [cable_text(connection, find_cable(connection, entry)) for entry in entries]
        assert [text and text[1] for text in texts] == [cable["text"].encode() for cable in bag["opened"]]
    office.close()
