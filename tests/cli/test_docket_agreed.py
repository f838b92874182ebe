"""Agreed text from the command line: two posts of two sides, and what each shows of it."""

from __future__ import annotations

import pytest

from tests.cli.posts import KANG, OH, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

WORDS = "The bridge is repaired by both sides."
PROPOSAL = SHEET.replace(
    "\nSIGNED: LEE\n",
    f"""
3. We propose: {WORDS} More later.

SIGNED: LEE
DOCKET text: {WORDS}
  paragraph: 3
  talks: River talks
  issue: Bridge
  state: tabled
""",
)


@pytest.fixture
def proposed(link: Link) -> str:
    """A text that KAESONG proposed to BEIJING, which is of another side; its name."""
    mrn = link.received(PROPOSAL)
    for desk in (link.kaesong, link.beijing):
        for post, party in (("kaesong.example", "South"), ("beijing.example", "North")):
            desk.run("docket", "side", post, party, "--cable", mrn)
    items = link.beijing.json("docket", "list")["items"]
    return str(next(item["name"] for item in items if item["kind"] == "text"))


def test_a_text_is_agreed_by_a_cable_of_each_side(link: Link, proposed: str):
    missing = link.beijing.json("docket", "agreed", proposed)["missing"]
    assert missing == ["the agreement of a post of our side", "the agreement of a post of another side"]
    drafted = link.kaesong.json("docket", "agree", proposed, "--to", "BEIJING", *by(KANG))
    assert drafted["words"] == WORDS
    link.kaesong.run("release", f"entry:{drafted['cable']}")
    link.carry()
    answer = link.beijing.json("docket", "agree", proposed, "--to", "KAESONG", *by(KANG))
    assert answer["digest"] == drafted["digest"]
    assert link.beijing.json("docket", "agreed", proposed)["agreed"] is False
    link.beijing.run("release", f"entry:{answer['cable']}")
    link.beijing.run("dispatch", "--by", link.stick)
    link.kaesong.run("receive", link.stick)
    link.kaesong.run("decipher", *by(OH))
    found = link.kaesong.json("docket", "agreed", proposed)
    assert (found["agreed"], found["state"], found["words"]) == (True, "agreed", WORDS)
    assert found["digest"] == drafted["digest"]
    assert [(one["party"], one["ours"], one["proved"]) for one in found["agreements"]] == [
        ("south", True, True),
        ("north", False, True),
    ]
    shown = link.kaesong.run("docket", "agreed", proposed).stdout
    assert WORDS in shown
    assert "by both sides" in shown
    assert "AGREED BY NORTH" in shown
    assert drafted["digest"] in shown


def test_the_command_that_agrees_shows_the_words_and_refuses_a_second_time(link: Link, proposed: str):
    shown = link.kaesong.run("docket", "agree", proposed, "--to", "beijing.example", *by(KANG)).stdout
    assert WORDS in shown
    entry = shown.partition("entry:")[2].partition(".")[0]
    link.kaesong.run("release", f"entry:{entry}")
    said = link.kaesong.complaint("docket", "agree", proposed, "--to", "BEIJING", code=2)
    assert "agreed to these words already" in said["sentence"]
    later = link.kaesong.run("docket", "agreed", proposed).stdout
    assert "STILL WANTED\n  the agreement of a post of another side" in later


def test_what_is_no_text_is_not_agreed_to(link: Link, proposed: str):
    other = next(
        item["name"] for item in link.kaesong.json("docket", "list")["items"] if item["kind"] == "post"
    )
    assert link.kaesong.complaint("docket", "agreed", other, code=2)["code"] == "not-found"
