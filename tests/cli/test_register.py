"""The register shown, signed, served and proved; the links to other posts."""

from __future__ import annotations

import json

import pytest

from reftel.house import open_post
from reftel.office.cards import open_card
from reftel.register.checkpoint import open_checkpoint
from tests.cli.conftest import CHIEF, WORDS, Desk
from tests.cli.posts import Link, link, linked

__all__ = ["link", "linked"]


def test_an_entry_shows_the_act_and_who_signed(kaesong: Desk):
    kaesong.run("people", "admit", "Fedyaev", "--role", "reader")
    size = kaesong.json("register", "checkpoint")["size"]
    shown = kaesong.run("register", "show", str(size - 1)).stdout
    assert "person admitted" in shown
    assert f"Signed by {CHIEF}" in shown
    assert "Signed by nobody" in kaesong.run("register", "show", "0").stdout
    assert kaesong.complaint("register", "show", "999", code=2)["code"] == "not-found"


def test_a_checkpoint_verifies_under_the_posts_card(kaesong: Desk):
    signed = kaesong.json("register", "checkpoint")
    verifier = open_card(kaesong.json("card")["card"]).verifier
    assert open_checkpoint(signed["note"], verifier).size == signed["size"]
    assert kaesong.run("register", "checkpoint").stdout == signed["note"]


def test_a_served_register_is_verified_by_another_post(kaesong: Desk, beijing: Desk, tmp_path):
    kaesong.run("card", "--out", tmp_path / "card")
    beijing.run("know", tmp_path / "card", "--fingerprint", kaesong.json("card")["fingerprint"])
    served = tmp_path / "served"
    size = kaesong.json("register", "tiles", served)["size"]
    verify = ("register", "verify", "--tiles", served, "--of", "KAESONG")
    assert beijing.json(*verify) | {"root": ""} == {"origin": "kaesong.example", "size": size, "root": ""}
    kaesong.run("people", "admit", "Fedyaev", "--role", "reader")
    kaesong.run("register", "tiles", served)
    assert beijing.json(*verify)["size"] == size + 1
    tile = served / "tile" / "0" / "000.p" / str(size + 1)
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert beijing.complaint(*verify, code=3)["code"] == "bad-proof"
    assert kaesong.complaint("register", "verify", "--tiles", served, "--of", "OMSK", code=2)


def test_a_proof_is_verified_against_the_text_and_only_that_text(link: Link, tmp_path):
    mrn = link.received()
    # The receiving post proves what the sending post registered; a third would need KAESONG's card.
    proof, text = tmp_path / "proof", tmp_path / "text"
    shown = link.beijing.run("register", "proof", mrn)
    assert shown.stdout.startswith("c2sp.org/tlog-proof@v1\n")
    link.beijing.run("register", "proof", mrn, "--out", proof, "--text", text)
    assert link.beijing.json("register", "proof", mrn)["proof"] == proof.read_text()
    verify = ("register", "verify", "--proof", proof, "--text", text)
    for desk in (link.kaesong, link.beijing):
        assert desk.json(*verify)["origin"] == "kaesong.example"
    text.write_bytes(text.read_bytes().replace(b"forty", b"fifty"))
    assert link.kaesong.complaint(*verify, code=3)["code"] == "bad-commitment"


@pytest.mark.parametrize("option", ["--proof", "--text"])
def test_a_proof_and_its_text_are_named_together(kaesong: Desk, tmp_path, option):
    (tmp_path / "file").touch()
    words = ("register", "verify", option, tmp_path / "file")
    assert kaesong.complaint(*words, code=2)["code"] == "bad-value"


def test_the_register_is_verified_from_its_entries_up(kaesong: Desk):
    kaesong.run("register", "checkpoint")
    found = kaesong.json("register", "verify")
    assert (found["entries"], found["checkpoints"], found["failures"]) == (4, 1, [])
    office = open_post(kaesong.folder, WORDS)
    with office.store.write() as connection:
        connection.exec_driver_sql("update entries set salt = zeroblob(32) where entry = 2")
    office.close()
    result = kaesong.run("register", "verify", "--json", code=1)
    assert json.loads(result.stdout)["failures"][0]["entry"] == 2
    assert "1 failures" in kaesong.run("register", "verify", code=1).stdout


def test_a_post_without_traffic_has_no_gaps_refusals_or_receipts(kaesong: Desk):
    assert kaesong.run("posts", "gaps").stdout == "No bag is missing on any link.\n"
    assert kaesong.json("posts", "gaps") == {"missing": [], "unreceipted": []}
    assert kaesong.run("posts", "refusals").stdout == "Nothing was refused.\n"
    assert kaesong.run("posts", "receipts").stdout == "No bag went out.\n"
    assert "kaesong.example" in kaesong.run("posts", "list").stdout
