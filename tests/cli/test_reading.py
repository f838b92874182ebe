"""What only reads: a cable whole, the trays, and whatever a number finds."""

from __future__ import annotations

from tests.cli.posts import MUN, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

RICH = """\
KIND: brief report No 2
NUMBER special: 1691
  printed: Special No. 1691,1692
PRECEDENCE: PRIORITY
INFO PRECEDENCE: ROUTINE
CLASSIFICATION: SECRET
CAPTION: EYES ONLY
DATED: 0530 18 October
FROM: KAESONG
TO: BEIJING <beijing.example>
INFO:
  office: Liaison
  person: Han
  note: by hand
INFO:
  inferred: PYONGYANG
ONWARD:
  person: Zhou Enlai
  how: visit at once
SUBJECT: The text to hand over
ENCLOSURE: Map of the bridge
  held: no

1. Hand over the following:

QUOTE
a. The bridge is common property.

    A line of its own.

SIGNED: FILIPPOV
DATED: 3.7.51
UNQUOTE

[further] 1. I repeat a telegram that came by hand:

TELEGRAM BEGINS
CLASSIFICATION: SECRET
FROM: WARDEN
REF: lamps No 3

The lamps are lit.

SIGNED: WARDEN
TELEGRAM ENDS

SIGNED: LEE
MARK: dispatched
  by: Kang
  at: 0600 18 October
NOTE misprint: brigde
  reading: bridge
"""


def test_a_rich_sheet_is_laid_out_with_everything_that_is_known(link: Link):
    path = link.stick / "rich.txt"
    path.write_text(RICH)
    entry = link.kaesong.json("draft", "--tidy", "--yes", path)["cable"]
    told = link.kaesong.run("show", f"entry:{entry}").stdout
    assert told.startswith(f"SECRET  EYES ONLY\nOUTGOING, drafted  (entry:{entry})\n")
    for line in (
        "KIND                 brief report No 2",
        "NUMBER               Special No. 1691,1692",
        "PRECEDENCE           PRIORITY (INFO ROUTINE)",
        "TO                   BEIJING <beijing.example>",
        "INFO                 Liaison, Han (by hand)",
        "INFO                 [PYONGYANG]",
        "FOR TRANSMISSION TO  Zhou Enlai: visit at once",
        "ENCLOSURE            Map of the bridge  (not held)",
        "| a. The bridge is common property.",
        "UNQUOTE  (FILIPPOV, 3.7.51)",
        "[further] 1. I repeat a telegram that came by hand:",
        "TELEGRAM BEGINS  [as told by the forwarder]",
        "| SECRET",
        "| REF   lamps No 3  (not held)",
        "| The lamps are lit.",
        "TELEGRAM ENDS  (WARDEN)",
        "MARK    dispatched: 0600 18 October, Kang",
        "  misprint: brigde = bridge",
        "  A draft: not released, not sealed, not sent.",
    ):
        assert f"\n{line}\n" in told, line
    missing = told[told.index("CITED AND NOT HELD") :]
    assert "brief report No 1  (implied by brief report No 2)" in missing
    assert "Map of the bridge" in missing


def test_a_reference_says_whether_the_cable_is_held(link: Link):
    first = link.released()
    second = link.released(SHEET.replace("your telegram of 0115 18 October\n  dated: 0115 18 October", first))
    shown = link.kaesong.run("show", second).stdout
    held = link.kaesong.json("show", first)["cable"]
    assert f"REF A       {first}  (held: entry:{held})" in shown
    assert "(not held)" in link.kaesong.run("show", first).stdout


def test_what_is_cited_and_not_held_is_listed(link: Link):
    entry = link.drafted()
    (cited,) = link.kaesong.json("list", "not-held")["not_held"]
    assert (f"entry:{cited['cable']}", cited["cited"]) == (entry, "your telegram of 0115 18 October")
    assert "referred to" in link.kaesong.run("list", "not-held").stdout


def test_the_trays_are_told_apart(link: Link):
    entry, mrn = link.drafted(), link.received()
    assert [f"entry:{row['cable']}" for row in link.kaesong.json("list", "drafts")["cables"]] == [entry]
    assert [row["mrn"] for row in link.kaesong.json("list", "out")["cables"]] == [mrn]
    assert len(link.kaesong.json("list", "all")["cables"]) == 2
    assert link.kaesong.run("list").stdout == "The tray is empty.\n"
    assert mrn in link.beijing.run("list", "in").stdout
    assert link.beijing.json("list", "in")["undeciphered"] == 0


def test_reading_receipts_of_copies_stand_in_the_out_tray(link: Link):
    mrn = link.released()
    link.kaesong.run("print", mrn)
    link.kaesong.run("issue", mrn, f"1={MUN}")
    link.kaesong.run("open", mrn, "1", *by(MUN))
    assert "copy 1: Mun" in link.kaesong.run("list", "out").stdout


def test_anything_on_a_sheet_finds_it(link: Link):
    mrn = link.released()
    assert mrn in link.kaesong.run("find", mrn.lower()).stdout
    assert "reference" in link.kaesong.run("find", "0115 18 October").stdout
    nothing = link.kaesong.complaint("find", "4711", code=2)
    assert nothing["mend"] == "`reftel list all` lists every cable."


def test_a_cleared_and_adopted_draft_shows_who_agreed(link: Link):
    entry = link.drafted(SHEET, "--clear-by", MUN)
    assert "clearance of Mun: asked" in link.kaesong.run("show", entry).stdout


def test_a_sender_that_the_sheet_leaves_out_is_shown_by_its_post(link: Link):
    mrn = link.received(SHEET.replace("FROM: KAESONG\n", "").replace("\nSIGNED: LEE\n", ""))
    for words in (("list",), ("find", mrn)):
        assert " kaesong.example " in link.beijing.run(*words).stdout
