"""Who knew what, by command: the four things kept apart, each with the entries that prove it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CHIEF
from tests.cli.posts import KANG, MUN, OH, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

MARKED = SHEET.replace(
    "SIGNED: LEE", "SIGNED: LEE\nDOCKET question: who repairs the bridge\n  paragraph: 2\n  to: Chairman"
)


@pytest.fixture
def cable(link: Link) -> str:
    """A cable at BEIJING in three copies, two of them out, one of these passed on."""
    mrn = link.received(MARKED)
    link.beijing.run("print", mrn, "-n", "3")
    link.beijing.run("issue", mrn, f"1={MUN}", f"2={OH}")
    link.beijing.run("open", mrn, "1", *by(MUN))
    link.beijing.run("pass", mrn, "1", CHIEF, *by(MUN))
    return mrn


def test_each_thing_is_said_as_it_is_with_its_entries(link: Link, cable: str):
    found = link.beijing.json("knew", MUN, "now")
    (line,) = found["lines"]
    (proof,) = line["proofs"]
    assert found["counts"] == {"held": 1}
    assert (line["number"], line["has_text"]) == ("1", True)
    assert (proof["how"], proof["end_act"], proof["recorder"]) == ("opened", "pass", CHIEF)
    assert [item["quote"] for item in line["items"]] == ["who repairs the bridge"]
    told = link.beijing.run("knew", MUN).stdout
    entries = f"{proof['entry']}, {proof['opened']}, {proof['end']}"
    assert f"opened copy 1, on paper (recorded by {CHIEF})" in told
    assert entries in told
    assert "who repairs the bridge" in told
    assert "had copy 2 on paper, and could read it" in link.beijing.run("knew", OH).stdout
    before = link.beijing.run("knew", MUN, f"entry:{proof['entry'] - 1}").stdout
    assert "Held: 0." in before
    assert "bridge" not in before


def test_of_another_post_by_whose_clock_it_is(link: Link, cable: str):
    (line,) = link.beijing.json("knew", "KAESONG")["lines"]
    (proof,) = line["proofs"]
    assert (line["part"], proof["how"], proof["clock"]) == ("sent", "sent", "kaesong.example")
    told = link.beijing.run("knew", "kaesong.example").stdout
    assert "Sent here, by that post's own clock: 1." in told
    assert f"{proof['at']} by kaesong.example's clock" in told
    assert "its receipt stands: 0." in told
    own = link.beijing.json("knew", "BEIJING")["lines"]
    assert [proof["act"] for line in own for proof in line["proofs"]] == ["deciphered"]


def test_how_a_time_was_read_is_said(link: Link, cable: str):
    told = link.beijing.run("knew", MUN, "1200 22 November 2031").stdout
    assert "to the end of that minute, read in UTC as the register's clock is: no zone was given" in told
    assert "2031-11-22T12:00:59.999Z" in told
    assert "before the first entry" in link.beijing.run("knew", MUN, "1 January 2020").stdout


def test_a_list_goes_on_where_it_is_told_to(link: Link, cable: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("reftel.office.knew.PAGE", 1)
    link.received()
    first = link.beijing.json("knew", "BEIJING")
    assert f"It goes on: --after {first['after']}" in link.beijing.run("knew", "BEIJING").stdout
    second = link.beijing.json("knew", "BEIJING", "now", "--after", first["after"])
    assert [line["cable"] for line in first["lines"]] > [line["cable"] for line in second["lines"]]
    assert (len(second["lines"]), second["after"], second["counts"]) == (1, "", {"held": 2})


def test_who_or_when_that_means_nothing_or_too_much(link: Link, cable: str):
    link.beijing.run("people", "admit", "Kaesong", "--role", "reader")
    several = link.beijing.complaint("knew", "KaeSong", code=2)
    assert several["code"] == "bad-value"
    assert "'post:kaesong.example'" in several["mend"]
    assert link.beijing.json("knew", "post:KaeSong")["who"]["name"] == "kaesong.example"
    assert link.beijing.complaint("knew", "Nobody", code=2)["code"] == "not-found"
    assert link.beijing.complaint("knew", KANG, "yesterday", code=2)["code"] == "bad-value"
    assert link.beijing.complaint("knew", KANG, "now", "--after", "x", code=2)["code"] == "bad-value"
