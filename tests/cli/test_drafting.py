"""Drafts by command: canonical or tidied, cleared, adopted, released; bound to one exact text."""

from __future__ import annotations

from click.testing import CliRunner

from reftel.cli.index import program
from tests.cli.conftest import CHIEF
from tests.cli.posts import KANG, MUN, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

UNTIDY = SHEET.replace("PRECEDENCE: IMMEDIATE\nCLASSIFICATION", "classification").replace("\n\n2.", "\n2.")
ADOPT = ("--body", "The Commission", "--protocol", "84", "--item", "421", "--title", "The bridge")
TEXT = ("--text", "Approve the attached text.")


def typed(link: Link, sheet: str, *words: str, type_in: str | None = None) -> tuple[int, str]:
    path = link.stick / "typed.txt"
    path.write_text(sheet)
    result = CliRunner().invoke(
        program, ["draft", str(path), *by(KANG), *words], env=link.kaesong.env, input=type_in
    )
    return result.exit_code, result.stdout + result.stderr


def drafts(link: Link) -> list[str]:
    return [row["subject"] for row in link.kaesong.json("list", "drafts")["cables"]]


def test_a_sheet_that_is_not_canonical_is_refused_with_line_and_mend(link: Link):
    code, told = typed(link, UNTIDY)
    assert code == 2
    assert "Line 13, column 1" in told
    assert "a blank line stands after it" in told
    assert drafts(link) == []


def test_tidy_shows_the_canonical_sheet_before_it_is_used(link: Link):
    code, told = typed(link, UNTIDY, "--tidy", type_in="n\n")
    assert code == 130
    assert "CLASSIFICATION: SECRET" in told
    assert drafts(link) == []
    code, told = typed(link, UNTIDY, "--tidy", type_in="y\n")
    assert code == 0
    assert "Drafted: entry:" in told
    code, told = typed(link, UNTIDY, "--tidy", "--yes")
    assert code == 0
    assert told.index("CLASSIFICATION: SECRET") < told.index("Drafted")
    assert len(drafts(link)) == 2


def test_a_sheet_from_the_standard_input_is_tidied_and_only_shown_without_yes(link: Link):
    words = ["draft", "--tidy", *by(KANG)]
    shown = CliRunner().invoke(program, words, env=link.kaesong.env, input=UNTIDY)
    assert "Nothing was entered yet: add --yes" in shown.stdout
    assert drafts(link) == []
    done = CliRunner().invoke(program, [*words, "--yes"], env=link.kaesong.env, input=UNTIDY)
    assert done.exit_code == 0
    assert drafts(link) == ["Session on the bridge"]


def test_with_json_a_tidied_sheet_is_an_answer_of_its_own(link: Link):
    path = link.stick / "untidy.txt"
    path.write_text(UNTIDY)
    sheet = link.kaesong.json("draft", "--tidy", path, *by(KANG))["sheet"]
    path.write_text(sheet)
    assert link.kaesong.json("draft", path, *by(KANG))["state"] == "drafted"


def test_what_is_no_text_or_not_there_is_refused(link: Link):
    path = link.stick / "latin.txt"
    path.write_bytes("TO: Café\n".encode("latin-1"))
    assert "UTF-8" in link.kaesong.complaint("draft", path, *by(KANG), code=2)["mend"]
    assert link.kaesong.complaint("draft", link.stick / "none", *by(KANG), code=2)["code"] == "usage"
    path.write_bytes(bytes(70 * 1024 * 1024))
    assert "longer than" in link.kaesong.complaint("draft", path, *by(KANG), code=2)["sentence"]
    path.unlink()


def test_an_enclosure_goes_with_the_draft_and_must_be_given(link: Link):
    sheet = SHEET.replace(
        "ASK:", "ENCLOSURE: Sketch of the bridge\n  file: bridge.txt\n  type: text/plain\nASK:"
    )
    enclosed = link.stick / "bridge.txt"
    enclosed.write_text("A sketch.")
    path = link.stick / "sheet.txt"
    path.write_text(sheet)
    assert "was not given" in link.kaesong.complaint("draft", path, *by(KANG), code=2)["sentence"]
    other = link.stick / "other"
    other.mkdir()
    (other / "bridge.txt").write_text("Another.")
    twice = ("--enclose", enclosed, "--enclose", other / "bridge.txt")
    assert "same name" in link.kaesong.complaint("draft", path, *by(KANG), *twice, code=2)["sentence"]
    entry = link.kaesong.json("draft", path, *by(KANG), "--enclose", enclosed)["cable"]
    (held,) = link.kaesong.json("show", f"entry:{entry}")["text"]["enclosures"]
    assert held["content"] == "QSBza2V0Y2gu"
    assert "Sketch of the bridge\n" in link.kaesong.run("show", f"entry:{entry}").stdout


def test_an_edit_voids_clearance_and_the_draft_waits_again(link: Link):
    entry = link.drafted(SHEET, "--clear-by", MUN)
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "not-allowed-in-this-state"
    link.kaesong.run("clear", entry, "--ask", CHIEF, *by(KANG))
    assert link.kaesong.json("clear", entry, *by(MUN))["state"] == "in clearance"
    assert link.kaesong.json("clear", entry)["state"] == "cleared"
    text = link.kaesong.run("show", entry, "--sheet").stdout
    assert text == SHEET
    path = link.stick / "edited.txt"
    path.write_text(text.replace("forty", "fifty"))
    assert "clear it anew" in link.kaesong.run("edit", entry, path, *by(KANG)).stdout
    waits = link.kaesong.complaint("release", entry, code=2)
    assert MUN in waits["sentence"]


def test_a_decision_is_bound_to_the_exact_text_and_can_be_voided_or_replaced(link: Link):
    entry = link.drafted()
    made = link.kaesong.json("adopt", entry, *ADOPT, *TEXT, "--excerpt", "Mun", "--excerpt", "Pak")
    found = link.kaesong.json("find", "P84/421")["found"]
    assert [f"entry:{row['cable']}" for row in found] == [entry]
    (decision,) = link.kaesong.json("show", entry)["decisions"]
    assert decision["excerpts"] == ["Mun", "Pak"]
    again = link.kaesong.json("adopt", entry, *ADOPT, *TEXT, "--reference", "P85/1", "--replaces", "P84/421")
    assert again["decision"] > made["decision"]
    gone = link.kaesong.complaint("void", entry, "P84/421", "--reason", "Taken back", code=2)
    assert gone["code"] == "not-found"
    assert "P85/1 of The Commission, in force" in link.kaesong.run("show", entry).stdout
    link.kaesong.run("void", entry, str(again["decision"]), "--reason", "Taken back")
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "not-allowed-in-this-state"


def test_one_changed_byte_after_adoption_blocks_release(link: Link):
    entry = link.drafted()
    link.kaesong.run("adopt", entry, *ADOPT, *TEXT)
    path = link.stick / "changed.txt"
    path.write_text(SHEET.replace("forty minutes.", "forty minutes!"))
    link.kaesong.run("edit", entry, path, *by(KANG))
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "text-changed"


def test_who_drafts_does_not_release(link: Link):
    path = link.stick / "own.txt"
    path.write_text(SHEET)
    entry = f"entry:{link.kaesong.json('draft', path)['cable']}"
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "separation"
    assert drafts(link) == ["Session on the bridge"]


def test_several_drafts_are_released_together_or_none(link: Link):
    first, second = link.drafted(), link.drafted()
    assert link.kaesong.complaint("release", first, "entry:999", code=2)["code"] == "not-found"
    told = link.kaesong.run("release", first, second).stdout.splitlines()
    assert [line.startswith("Released: 20") for line in told] == [True, True]
    assert told[0][-7:] == "000001."
    assert told[1][-7:] == "000002."


def test_what_must_be_mended_is_said_before_anything_is_released(link: Link):
    entry = link.drafted(SHEET, "--clear-by", MUN)
    told = link.kaesong.run("release", entry, "--check", code=1).stdout
    assert "must: Mun was asked to clear the draft and has not" in told
    assert "should: REF A, your telegram of 0115 18 October, is not held here" in told
    link.kaesong.run("clear", entry, *by(MUN))
    (draft,) = link.kaesong.json("release", entry, "--check")["drafts"]
    assert {finding["severity"] for finding in draft["findings"]} == {"should"}
    assert drafts(link) == ["Session on the bridge"]


def test_a_withdrawn_draft_is_not_released(link: Link):
    entry = link.drafted()
    link.kaesong.run("withdraw", entry, *by(KANG))
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "not-allowed-in-this-state"


def test_what_would_not_go_as_its_drafter_thinks_is_said_at_draft_edit_and_release(link: Link):
    sheet = (
        SHEET.replace("TO: BEIJING <beijing.example>", "TO: Beijing\nINFO: The Commission")
        .replace("IMMEDIATE", "URGENT")
        .replace("1200Z 1 March 2026", "before noon")
        .replace("1. (S)", "1. (TS)")
    )
    path = link.stick / "slips.txt"
    path.write_text(sheet)
    drafted = link.kaesong.json("draft", path, *by(KANG))
    doubts = drafted["doubts"]
    assert len(doubts) == 5
    assert doubts[0].endswith(
        "nothing is sent to Beijing: no post is named there. Write Beijing <beijing.example>."
    )
    assert doubts[1].endswith("nothing is sent to The Commission: no post is named there.")
    assert "URGENT is none of the six precedences" in doubts[2]
    assert "'before noon' is not a time" in doubts[3]
    assert "marked (TS), above the cable" in doubts[4]
    entry = f"entry:{drafted['cable']}"
    assert doubts[0] in link.kaesong.run("edit", entry, path, *by(KANG)).stdout
    (released,) = link.kaesong.json("release", entry)["released"]
    assert released["doubts"] == doubts
    path.write_text(SHEET)
    assert link.kaesong.json("draft", path, *by(KANG))["doubts"] == []


def test_an_edited_sheet_is_tidied_too(link: Link):
    entry = link.drafted()
    path = link.stick / "typed.txt"
    path.write_text(UNTIDY)
    assert link.kaesong.complaint("edit", entry, path, *by(KANG), code=2)["code"] == "bad-sheet"
    assert "sheet" in link.kaesong.json("edit", entry, path, "--tidy", *by(KANG))
    assert link.kaesong.run("show", entry, "--sheet").stdout == SHEET
    link.kaesong.run("edit", entry, path, "--tidy", "--yes", *by(KANG))
    assert "PRECEDENCE" not in link.kaesong.run("show", entry, "--sheet").stdout
