"""Making a post, and the cards by which posts know each other."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from reftel.cli.post import in_lines
from reftel.office.cards import open_card
from tests.cli.conftest import CHIEF, OWN_WORDS, WORDS, Desk
from tests.cli.terminal import at_terminal


def test_a_new_post_stands_with_its_administrator_and_tells_its_fingerprint(kaesong: Desk):
    (chief,) = kaesong.json("people", "list")
    assert (chief["name"], chief["standing"]) == (CHIEF, "serving")
    assert "administrator" in chief["roles"]
    (post,) = kaesong.json("posts", "list")
    assert (post["name"], post["origin"], post["standing"]) == ("KAESONG", "kaesong.example", "self")
    assert len(post["fingerprint"].split()) == 12
    assert stat.S_IMODE(kaesong.folder.stat().st_mode) == 0o700


def test_init_asks_for_both_passphrases_twice_at_a_terminal(kaesong: Desk, tmp_path):
    env = {**kaesong.env, "REFTEL_PASSPHRASE_FILE": None, "REFTEL_PERSON_PASSPHRASE_FILE": None}
    folder = tmp_path / "moscow"
    answers = [
        ("New passphrase for MOSCOW", WORDS),
        ("Repeat", WORDS),
        ("New passphrase for Makarov", OWN_WORDS),
        ("Repeat", OWN_WORDS),
    ]
    words = ["init", "--post", folder, "moscow.example", "MOSCOW", "--administrator", "Makarov"]
    code, shown = at_terminal(words, env, answers)
    assert code == 0, shown
    assert "MOSCOW (moscow.example) stands in" in shown
    assert WORDS not in shown
    kaesong.run("card", "--post", folder)


@pytest.mark.parametrize(
    ("origin", "name", "more"),
    [
        ("Moscow", "MOSCOW", ()),
        ("moscow.example", "moscow", ()),
        ("moscow.example", "MOSCOW", ("--role", "emperor")),
    ],
)
def test_init_that_is_refused_leaves_nothing_behind(kaesong: Desk, tmp_path, origin, name, more):
    before = sorted(tmp_path.iterdir())
    words = ("init", "--post", tmp_path / "new", origin, name, "--administrator", CHIEF)
    kaesong.run(*words, *more, code=3 if not more and (origin, name) != ("", "") else 2)
    assert sorted(tmp_path.iterdir()) == before


def test_init_takes_a_new_folder_and_passphrases_that_are_long_enough(kaesong: Desk, tmp_path):
    words = ("init", "moscow.example", "MOSCOW", "--administrator", CHIEF)
    assert "is there already" in kaesong.complaint(*words, code=2)["sentence"]
    (tmp_path / "short").write_text("seven")
    short = ("--post", tmp_path / "new", "--passphrase-file", tmp_path / "short")
    assert "at least 8" in kaesong.complaint(*words, *short, code=2)["sentence"]
    assert not (tmp_path / "new").exists()


def test_the_card_alone_goes_to_the_output_and_the_fingerprint_beside_it(kaesong: Desk, tmp_path):
    shown = kaesong.run("card")
    card = open_card(shown.stdout)
    assert in_lines(card.fingerprint) in shown.stderr
    told = kaesong.run("card", "--out", tmp_path / "kaesong.card")
    assert in_lines(card.fingerprint) in told.stdout
    assert open_card((tmp_path / "kaesong.card").read_text()) == card
    assert kaesong.json("card")["fingerprint"] == card.fingerprint


@pytest.fixture
def card(beijing: Desk, tmp_path: Path) -> Path:
    beijing.run("card", "--out", tmp_path / "beijing.card")
    return tmp_path / "beijing.card"


def test_a_card_is_admitted_with_the_fingerprint_that_was_read_out(kaesong: Desk, beijing: Desk, card):
    read_out = beijing.json("card")["fingerprint"]
    assert kaesong.complaint("know", card, code=3)["code"] == "bad-card"
    wrong = read_out[:-1] + ("0" if read_out[-1] != "0" else "1")
    assert kaesong.complaint("know", card, "--fingerprint", wrong, code=3)["code"] == "bad-card"
    assert len(kaesong.json("posts", "list")) == 1
    kaesong.run("know", card, "--fingerprint", read_out)
    assert {p["name"]: p["standing"] for p in kaesong.json("posts", "list")} == {
        "KAESONG": "self",
        "BEIJING": "known",
    }
    # The next card of the same identity needs no comparing.
    beijing.run("keys", "rotate")
    beijing.run("card", "--out", card)
    assert kaesong.json("know", card)["serial"] == 2


def test_two_people_compare_the_last_group_by_ear(kaesong: Desk, beijing: Desk, card):
    read_out = beijing.json("card")["fingerprint"].split()
    for heard, code in (("00000" if read_out[-1] != "00000" else "11111", 3), (read_out[-1], 0)):
        answers = [("The last group, as it was read out", heard)]
        ended, shown = at_terminal(["know", card], kaesong.env, answers)
        assert ended == code, shown
        assert " ".join(read_out[:4]) in shown
        assert " ".join(read_out[8:]) not in shown.split("The last group")[0]


def test_what_is_no_card_is_the_peers_fault(kaesong: Desk, tmp_path):
    (tmp_path / "junk").write_bytes(b"\xff\x00 no card")
    assert kaesong.complaint("know", tmp_path / "junk", code=3)["code"] == "bad-card"
    kaesong.run("card", "--out", tmp_path / "own")
    own = kaesong.json("card")["fingerprint"]
    assert kaesong.complaint("know", tmp_path / "own", "--fingerprint", own, code=3)["code"] == "bad-card"


def test_a_fingerprint_may_be_noted_down_with_hyphens_and_must_be_whole(
    kaesong: Desk, beijing: Desk, card: Path
):
    groups = beijing.json("card")["fingerprint"].split()
    short = kaesong.complaint("know", card, "--fingerprint", " ".join(groups[:11]), code=2)
    assert "55 digits" in short["sentence"]
    kaesong.run("know", card, "--fingerprint", "-".join(groups))


def test_at_a_terminal_the_fingerprint_is_shown_without_the_card(kaesong: Desk):
    fingerprint = kaesong.json("card")["fingerprint"]
    ended, shown = at_terminal(["card"], kaesong.env, [])
    assert ended == 0
    assert fingerprint.split()[11] in shown
    assert "reftel card --out" in shown
    assert "mldsa44" not in shown
