"""What stands on paper and beside the text: entered, numbered, annotated, destroyed."""

from __future__ import annotations

from click.testing import CliRunner

from reftel.cli.index import program
from tests.cli.posts import KANG, OH, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

MAIL = b"""\
From: Warden of the bridge <warden@bridge.example>
To: duty@kaesong.example
Subject: Lamps
Date: Sun, 18 Oct 2026 05:30:00 +0900
MMHS-Primary-Precedence: 3

The lamps are lit.
"""


def test_a_paper_is_entered_with_scan_numbers_and_marks_and_says_what_it_is(link: Link):
    scan, sheet = link.stick / "scan.png", link.stick / "paper.txt"
    scan.write_bytes(b"a picture")
    sheet.write_text(SHEET)
    entry = link.kaesong.json(
        *("enter", sheet, "--scan", scan, "--number", "incoming=25025", "--number", "stamp number=5205"),
        *("--mark", "received; ; 1135 19 October 1951", "--mark", "verified; Makarov", "--mark", "filed"),
        *by(OH),
    )["cable"]
    for number in ("25025", "5205"):
        assert link.kaesong.json("find", number)["found"][0]["cable"] == entry
    marks = link.kaesong.json("show", "25025")["marks"]
    assert marks[0]["moment"]["literal"] == "1135 19 October 1951"
    assert "zone" not in marks[0]["moment"]["reading"]
    assert marks[1:] == [{"event": "verified", "by": "Makarov"}, {"event": "filed"}]
    told = link.kaesong.run("show", "25025").stdout
    assert "FROM PAPER" in told
    assert "Entered from paper: no register vouches for this text." in told
    assert "written on the paper: received, 1135 19 October 1951" in told
    assert "verified, Makarov" in told


def test_a_mark_or_number_that_cannot_be_one_is_refused(link: Link):
    sheet = link.stick / "paper.txt"
    sheet.write_text(SHEET)
    for words in (("--mark", "; Makarov"), ("--mark", "a; b; c; d"), ("--number", "25025")):
        assert link.kaesong.complaint("enter", sheet, *words, code=2)["code"] == "bad-value"


def test_foreign_mail_is_entered_only_by_somebody_who_has_read_its_doubts(link: Link):
    mail = link.stick / "lamps.eml"
    mail.write_bytes(MAIL)
    asked = CliRunner().invoke(program, ["enter", str(mail)], env=link.kaesong.env, input="n\n")
    assert asked.exit_code == 130
    assert "nothing in it is proved" in asked.stdout
    assert link.kaesong.json("list")["cables"] == []
    done = link.kaesong.json("enter", mail, "--yes")
    assert "nothing in it is proved" in done["doubts"][0]
    shown = link.kaesong.json("show", f"entry:{done['cable']}")
    assert shown["text"]["blocks"] == [{"text": "The lamps are lit."}]
    assert "no register vouches" in shown["checked"]["statement"]


def test_a_number_given_later_finds_the_cable(link: Link):
    mrn = link.received()
    assert link.beijing.run("number", mrn, "special = 1691", *by(OH)).stdout == "Numbered: special 1691.\n"
    assert link.beijing.json("find", "1691")["found"][0]["mrn"] == mrn


def test_a_reading_is_noted_beside_the_text_which_stays_as_it_is(link: Link):
    mrn = link.received()
    before = link.beijing.run("show", mrn, "--sheet").stdout
    assert link.beijing.complaint("annotate", mrn, "garble", code=2)["code"] == "bad-value"
    words = ("--literal", "br?dge", "--reading", "bridge", "--about", "paragraph 2", "--inferred")
    link.beijing.run("annotate", mrn, "garble", *words)
    assert "garble: br?dge = bridge  (paragraph 2)" in link.beijing.run("show", mrn).stdout
    assert link.beijing.run("show", mrn, "--sheet").stdout == before


def test_a_destroyed_text_is_gone_and_the_register_says_so(link: Link):
    mrn = link.received()
    entry = f"entry:{link.beijing.json('show', mrn)['cable']}"
    words = ["destroy-text", entry, "--reason", "Schedule, item 4"]
    assert link.beijing.complaint(*words, "--yes", code=2)["mend"] == "Close or cancel them first."
    link.beijing.run("drop-task", entry, "1", "--reason", "Overtaken")
    asked = CliRunner().invoke(program, words, env=link.beijing.env, input="n\n")
    assert asked.exit_code == 130
    assert "Nothing was signed." in link.beijing.run("show", entry).stdout
    link.beijing.run(*words, "--yes")
    told = link.beijing.run("show", entry).stdout
    assert "The text was destroyed" in told
    assert "Nothing was signed." not in told
    assert link.beijing.complaint("show", entry, "--sheet", code=2)["code"] == "not-allowed-in-this-state"


def test_a_sheet_comes_from_the_standard_input(link: Link):
    done = CliRunner().invoke(program, ["enter", "--json", *by(OH)], env=link.kaesong.env, input=SHEET)
    assert done.exit_code == 0
    refused = link.kaesong.complaint("enter", link.stick / "draft.txt", *by(KANG), code=2)
    assert refused["code"] == "usage"


def test_a_paper_typed_untidily_is_tidied_and_shown_before_it_is_entered(link: Link):
    path = link.stick / "paper.txt"
    path.write_text("To: BEIJING\nDated: 0530 18 October 1951\nThe lamps are lit.\n")
    assert link.kaesong.complaint("enter", path, *by(OH), code=2)["code"] == "bad-sheet"
    assert link.kaesong.json("enter", path, "--tidy", *by(OH))["sheet"].startswith("DATED: 0530")
    assert link.kaesong.json("list")["cables"] == []
    link.kaesong.run("enter", path, "--tidy", "--yes", *by(OH))
    assert link.kaesong.json("find", "0530 18 October")["found"][0]["by"] == "moment"
