"""Numbered copies by command: every one is somewhere, and the ledger says where."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from reftel.cli.index import program
from tests.cli.conftest import CHIEF
from tests.cli.posts import KANG, MUN, OH, PAK, Link, by, link, linked

__all__ = ["link", "linked"]


@pytest.fixture
def cable(link: Link) -> str:
    """A cable at BEIJING in three copies."""
    mrn = link.received()
    link.beijing.run("print", mrn, "-n", "3", "--print-number", "3007", "--return-to", "Registry")
    return mrn


def ledger(link: Link, cable: str) -> dict[str, int]:
    counts = link.beijing.json("copies", cable)["ledger"]
    return {state: count for state, count in counts.items() if count}


def test_printing_sets_a_private_pdf_for_each_copy(link: Link):
    mrn = link.received()
    folder = link.stick.parent / "sheets"
    done = link.beijing.json("print", mrn, "-n", "2", "--pdf", folder)
    assert done["copies"] == [1, 2]
    for path in folder.iterdir():
        assert path.read_bytes().startswith(b"%PDF-")
        assert path.stat().st_mode & 0o777 == 0o600
    assert sorted(str(path) for path in folder.iterdir()) == done["pdfs"]
    assert link.beijing.run("print", mrn).stdout == "Printed: copy 3.\n"


def test_the_print_number_finds_the_cable(link: Link, cable: str):
    assert link.beijing.json("find", "3007")["found"][0]["mrn"] == cable


def test_another_person_verifies(link: Link, cable: str):
    assert link.beijing.complaint("verify", cable, code=2)["code"] == "separation"
    link.beijing.run("verify", cable, *by(MUN), "--rank", "Colonel", "--post-held", "Section Chief")
    assert "Colonel Mun Section Chief" in link.beijing.run("show", cable).stdout


def test_a_copy_is_issued_read_passed_on_and_returned(link: Link, cable: str):
    told = link.beijing.run("issue", cable, f"1={MUN}", f"2={OH}", "--return-by", "2031-12-01").stdout
    assert told == "Issued: copy 1 to Mun.\nIssued: copy 2 to Oh.\n"
    assert link.beijing.complaint("open", cable, "1", *by(OH), code=2)["code"] == "not-allowed-in-this-state"
    link.beijing.run("open", cable, "1", *by(MUN))
    link.beijing.run("pass", cable, "1", CHIEF, *by(MUN))
    held = link.beijing.json("holdings", CHIEF)["holdings"]
    assert [(row["seq"], row["return_by"], row["overdue"]) for row in held] == [(1, "2031-12-01", False)]
    link.beijing.run("return", cable, "1")
    assert ledger(link, cable) == {"in file": 1, "issued": 1, "returned": 1}
    assert "3 printed = 1 in file, 1 issued, 1 returned" in link.beijing.run("copies", cable).stdout


def test_a_reader_who_is_not_cleared_gets_no_copy_and_nobody_else_does_either(link: Link, cable: str):
    refused = link.beijing.complaint("issue", cable, f"1={MUN}", f"2={PAK}", code=2)
    assert refused["code"] == "not-cleared"
    assert ledger(link, cable) == {"in file": 3}


@pytest.mark.parametrize("words", ["1", "1=", "one=Mun"])
def test_an_issue_that_is_no_pair_is_refused(link: Link, cable: str, words: str):
    assert link.beijing.complaint("issue", cable, words, code=2)["code"] == "bad-value"


def test_overdue_copies_are_marked(link: Link, cable: str):
    link.beijing.run("issue", cable, f"1={MUN}", "--return-by", "2020-01-01")
    assert "2020-01-01 OVERDUE" in link.beijing.run("holdings").stdout
    assert link.beijing.json("holdings")["holdings"][0]["overdue"] is True
    assert link.beijing.run("holdings", OH).stdout == "Nobody holds a copy.\n"


def test_copies_are_destroyed_before_two_witnesses(link: Link, cable: str):
    one = ("destroy", cable, "1", "2", "--witness", MUN)
    refused = link.beijing.complaint(*one, code=2)
    assert refused["code"] == "separation"
    assert "--witness" in refused["mend"]
    told = link.beijing.run(*one, "--witness", KANG, "--how", "burned").stdout
    assert told == "Destroyed: copies 1, 2, before Mun and Kang.\n"
    assert ledger(link, cable) == {"in file": 1, "destroyed": 2}


def test_emergency_destruction_takes_one_witness_and_every_copy_in_the_office(link: Link, cable: str):
    link.beijing.run("issue", cable, f"1={MUN}")
    words = ["destroy", "--emergency", "--witness", MUN]
    for wrong in ([*words[:2], cable, *words[2:]], [*words, "--witness", KANG], words[:1] + words[2:]):
        assert link.beijing.complaint(*wrong, code=2)["code"] == "usage"
    asked = CliRunner().invoke(program, words, env=link.beijing.env, input="n\n")
    assert asked.exit_code == 130
    assert ledger(link, cable) == {"in file": 2, "issued": 1}
    assert link.beijing.json(*words, "--yes") == {"destroyed": 2, "emergency": True, "still_out": 1}
    assert ledger(link, cable) == {"destroyed": 2, "issued": 1}


def test_a_lost_copy_is_a_finding_until_it_is_found(link: Link, cable: str):
    assert link.beijing.run("copies").stdout == "No copy is lost or unaccounted for.\n"
    link.beijing.run("issue", cable, f"2={MUN}")
    link.beijing.run("lost", cable, "2", "--reason", "Left on the night train", *by(MUN))
    (found,) = link.beijing.json("copies")["findings"]
    assert (found["seq"], found["state"], found["reason"]) == (2, "lost", "Left on the night train")
    assert "Left on the night train" in link.beijing.run("copies").stdout
    link.beijing.run("found", cable, "2", "--where", "In the guard's van")
    assert link.beijing.json("copies")["findings"] == []


def test_an_inventory_names_what_is_missing_and_what_should_not_be_there(link: Link, cable: str):
    link.beijing.run("issue", cable, f"3={MUN}")
    told = link.beijing.run("inventory", f"{cable}/1", f"{cable}/3").stdout
    assert "2 copies found." in told
    assert "Missing, now unaccounted: copy 2" in told
    assert "Not expected here: copy 3" in told
    done = link.beijing.json("inventory", "--holder", MUN, f"{cable}/3")
    assert done["missing"] == done["unexpected"] == []
    assert link.beijing.complaint("inventory", "three", code=2)["code"] == "bad-value"


def test_a_cable_that_was_never_printed_has_no_copies(link: Link):
    mrn = link.received()
    assert "No copy was printed." in link.beijing.run("copies", mrn).stdout


PAPER = "DATED: 0530 18 October 1951\nTO: BEIJING\n\nThe session lasted forty minutes.\n"


def entered(link: Link) -> str:
    """A cable from paper that was printed in eight copies when it came, six of them for named people."""
    paper = link.stick.parent / "paper.txt"
    paper.write_text(PAPER)
    return f"entry:{link.beijing.json('enter', paper, *by(OH))['cable']}"


def test_the_list_of_a_paper_cable_is_entered_with_the_copies_that_nobody_accounts_for(link: Link):
    cable = entered(link)
    names = [f"Reader {n}" for n in range(1, 6)]
    listed = [word for name in (*names, "8=Reader 6") for word in ("--listed", name)]
    link.beijing.run("print", cable, "-n", "8", *listed, "--unaccounted", "The list has six names")
    assert ledger(link, cable) == {"issued": 6, "unaccounted": 2}
    copies = link.beijing.json("copies", cable)["copies"]
    assert [(c["number"], c["holder"]) for c in copies[:6]] == [("", name) for name in names] + [
        ("8", "Reader 6")
    ]
    assert {c["reason"] for c in copies[6:]} == {"The list has six names"}
    assert link.beijing.run("copies").stdout.count("The list has six names") == 2


@pytest.mark.parametrize(
    "words",
    [
        ("-n", "1", "--listed", "Mun", "--listed", "Oh"),
        ("-n", "3", "--listed", "Mun", "--listed", "Oh"),
        ("-n", "1", "--listed", "Mun", "--unaccounted", "lost"),
        ("-n", "1", "--listed", "1="),
    ],
)
def test_a_list_that_does_not_come_to_the_copies_printed_is_refused(link: Link, words: tuple[str, ...]):
    cable = entered(link)
    assert link.beijing.complaint("print", cable, *words, code=2)["code"] == "bad-value"
    assert ledger(link, cable) == {}
