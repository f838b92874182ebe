"""The docket from the command line: marked in sheets and while reading, read as of any moment."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.posts import MUN, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]

ISSUE = "Bridge"
TALKS = "River talks"
MARKED = SHEET.replace(
    "\nSIGNED: LEE\n",
    """
3. May the bridge be closed at night? Answer before the next session.

SIGNED: LEE
DOCKET question: May the bridge be closed at night?
  paragraph: 3
  talks: River talks
  issue: Bridge
  to: Chairman
DOCKET session: The session lasted forty minutes.
  paragraph: 1
  session: Session of the fourteenth
  place: the ferry house
DOCKET outcome: Nothing was signed.
  paragraph: 1
  session: #2
  issue: Bridge
  outcome: put off
""",
)
ORDER = """\
CLASSIFICATION: SECRET
TO: KAESONG <kaesong.example>
SUBJECT: The bridge

1. Close it. Tell nobody why.

SIGNED: LEE
"""


def received(link: Link) -> str:
    """A cable with a question in it, at BEIJING, which holds KAESONG to be of its own side."""
    mrn = link.received(MARKED)
    for post in ("beijing", "KAESONG"):
        link.beijing.run("docket", "side", post, "our side", "--cable", mrn)
    return mrn


def ordered(link: Link) -> str:
    """A cable that BEIJING released: its name, for what is marked in it."""
    path = link.stick / "order.txt"
    path.write_text(ORDER)
    entry = f"entry:{link.beijing.json('draft', path, *by('Kang'))['cable']}"
    link.beijing.run("release", entry)
    return entry


def test_a_question_in_a_sheet_is_open_at_who_received_it(link: Link):
    mrn = received(link)
    (question,) = link.beijing.json("docket", "questions")["questions"]
    assert question["state"] == "open"
    evidence = question["evidence"]
    assert evidence["quote"] == "May the bridge be closed at night?"
    assert (evidence["paragraph"], evidence["post"]) == ("3", "kaesong.example")
    assert evidence["asserted_by"] == "LEE"
    told = link.beijing.run("docket", "questions", "--to", "chairman").stdout
    assert "May the bridge be closed at night?" in told
    assert "paragraph 3" in told
    assert link.beijing.run("docket", "questions", "--to", "Nobody").stdout == "No question is open.\n"
    assert mrn


def test_an_answer_that_was_marked_closes_it_and_as_of_before_it_is_open(link: Link):
    received(link)
    (question,) = link.beijing.json("docket", "questions")["questions"]
    order = ordered(link)
    before = link.beijing.json("docket", "list")["items"]
    entry = max(int(one["evidence"]["entry"]) for one in before)
    words = ("docket", "mark", order, "answer", "--quote", "Close it.", "--issue", ISSUE)
    (name,) = link.beijing.json(*words, "--field", f"question={question['name']}", "--field", "how=in full")[
        "items"
    ]
    assert link.beijing.json("docket", "questions")["questions"] == []
    (answered,) = link.beijing.json("docket", "questions", "--all")["questions"]
    assert answered["state"] == "answered"
    assert [move["by"] for move in answered["moves"]] == [name]
    (then,) = link.beijing.json("docket", "questions", "--at", f"entry:{entry}")["questions"]
    assert then["state"] == "open"
    assert link.beijing.json("docket", "questions", "--all", "--at", "1 January 2001") == {"questions": []}


def test_the_board_and_the_issue_show_what_was_said_of_it(link: Link):
    received(link)
    order = ordered(link)
    link.beijing.run(
        *("docket", "mark", order, "instruction", "--quote", "Tell nobody why.", "--issue", ISSUE),
        *("--field", "mode=must not", "--field", "to=Lee"),
    )
    board = link.beijing.json("docket", "board")
    (line,) = board["issues"]
    assert (line["issue"], line["state"]) == (ISSUE, "put off")
    assert [len(line[key]) for key in ("open_questions", "instructions")] == [1, 1]
    told = link.beijing.run("docket", "board").stdout.splitlines()
    assert told[0].split()[:2] == ["ISSUE", "STATE"]
    assert told[1].startswith("Bridge  put off")
    page = link.beijing.run("docket", "issue", "bridge").stdout
    for words in ("May the bridge be closed at night?", "Nothing was signed.", "Tell nobody why."):
        assert words in page
    assert link.beijing.complaint("docket", "issue", "Ferry", code=2)["code"] == "not-found"
    (held,) = link.beijing.json("docket", "instructions", "--for", "Lee")["instructions"]
    assert held["fields"]["mode"] == "must not"
    assert link.beijing.json("docket", "instructions", "--for", "Xu") == {"instructions": []}
    assert link.beijing.json("docket", "instructions", "--issue", "Ferry") == {"instructions": []}


def test_sessions_timeline_and_people_are_listed(link: Link):
    mrn = received(link)
    (session,) = link.beijing.json("docket", "sessions")["sessions"]
    assert [one["fields"]["outcome"] for one in session["outcomes"]] == ["put off"]
    told = link.beijing.run("docket", "sessions").stdout
    assert told.startswith("Session of the fourteenth  (kaesong.example/")
    assert "  Bridge: put off" in told
    kinds = [one["kind"] for one in link.beijing.json("docket", "timeline")["timeline"]]
    assert set(kinds) == {"question", "session", "outcome", "post"}
    assert "May the bridge be closed at night?" in link.beijing.run("docket", "timeline").stdout
    link.beijing.run(
        "docket", "mark", mrn, "alias", "--quote", "They", "--field", "name=Joy", "--field", "printed=They"
    )
    (person,) = link.beijing.json("docket", "people")["people"]
    assert person["name"] == "Joy"
    assert "They (entry:" in link.beijing.run("docket", "people").stdout


def test_what_is_withheld_and_told_is_listed(link: Link):
    mrn = received(link)
    words = ("docket", "mark", mrn, "withheld", "--quote", "Nothing was signed.")
    (name,) = link.beijing.json(*words, "--field", "not for=The other side")["items"]
    assert "The other side" in link.beijing.run("docket", "disclosures").stdout
    link.beijing.run(
        *("docket", "mark", mrn, "disclosure", "--paragraph", "2", "--field", f"item={name}"),
        *("--field", "to=The press", "--field", "medium=press"),
    )
    found = link.beijing.json("docket", "disclosures")
    assert [(one["party"], one["item"]) for one in found["told"]] == [("The press", name)]
    assert [one["name"] for one in found["withheld"]] == [name]
    link.beijing.run("docket", "step", name, "lift")
    assert link.beijing.json("docket", "disclosures")["withheld"] == []
    wrong = link.beijing.complaint("docket", "step", name, "lift", code=2)
    assert wrong["code"] == "not-allowed-in-this-state"


def test_an_item_is_shown_with_all_its_evidence(link: Link):
    received(link)
    (question,) = link.beijing.json("docket", "questions")["questions"]
    shown = link.beijing.run("docket", "show", question["name"]).stdout
    for line in (
        "KIND         question: a question put to a principal",
        "  | May the bridge be closed at night?",
    ):
        assert f"\n{line}\n" in shown
    assert link.beijing.json("docket", "show", question["name"]) == question
    assert link.beijing.complaint("docket", "show", "kaesong.example/99.1", code=2)["code"] == "not-found"


def test_words_that_do_not_stand_there_are_refused_and_nothing_enters(link: Link):
    mrn = received(link)
    before = link.beijing.json("docket", "list")
    for words in (
        ("question", "--quote", "May the bridge be open?"),
        ("question", "--quote", "bridge be open", "--paragraph", "3"),
        ("question", "--paragraph", "9"),
        ("question", "--paragraph", "3", "--field", "colour=red"),
        ("instruction", "--paragraph", "3"),
        ("answer", "--paragraph", "3", "--field", "question=kaesong.example/99.1", "--field", "how=in full"),
        (),
    ):
        link.beijing.complaint("docket", "mark", mrn, *words, code=2)
    twice = link.beijing.complaint("docket", "mark", mrn, "question", "--quote", "the", code=2)
    assert twice["mend"] == "Name one with --paragraph: 2, 3."
    assert link.beijing.json("docket", "list") == before


def test_lines_of_a_file_are_entered_together(link: Link):
    mrn = received(link)
    path = link.stick / "read.txt"
    path.write_text(
        "DOCKET observation: They asked\n  paragraph: 2\n  of: Joy\n\n"
        "DOCKET issue:\n  paragraph: 2\n  issue: Repairs\n"
    )
    made = link.beijing.json("docket", "mark", mrn, "--lines", path)["items"]
    assert [name.rpartition(".")[2] for name in made] == ["1", "2"]
    listed = link.beijing.json("docket", "list", "--cable", mrn, "--kind", "observation")["items"]
    assert [(one["name"], one["talks"]) for one in listed] == [(made[0], TALKS)]
    path.write_text("Hello.\n")
    assert link.beijing.complaint("docket", "mark", mrn, "--lines", path, code=2)["code"] == "bad-sheet"


def test_two_names_of_one_issue_are_merged_and_parted_again(link: Link):
    mrn = received(link)
    link.beijing.run("docket", "mark", mrn, "issue", "--paragraph", "2", "--issue", "The crossing")
    assert len(link.beijing.json("docket", "board")["issues"]) == 2
    (name,) = link.beijing.json("docket", "merge", "The crossing", ISSUE, "--cable", mrn)["items"]
    (line,) = link.beijing.json("docket", "board")["issues"]
    assert set(line["names"]) == {ISSUE, "The crossing"}
    assert "ALSO" in link.beijing.run("docket", "issue", "The crossing").stdout
    link.beijing.run("docket", "unmerge", name)
    assert len(link.beijing.json("docket", "board")["issues"]) == 2
    for words in (("Ferry", ISSUE), (ISSUE, "bridge")):
        link.beijing.complaint("docket", "merge", *words, "--cable", mrn, code=2)


def test_an_item_entered_in_error_is_struck_out_and_kept(link: Link):
    mrn = received(link)
    (name,) = link.beijing.json("docket", "mark", mrn, "question", "--paragraph", "2")["items"]
    link.beijing.run("docket", "strike", name, "--note", "no question")
    assert name not in {one["name"] for one in link.beijing.json("docket", "questions")["questions"]}
    assert "STRUCK OUT" in link.beijing.run("docket", "show", name).stdout


def test_rules_propose_and_only_what_is_accepted_enters(link: Link):
    mrn = link.received(MARKED.partition("DOCKET")[0])
    proposed = link.beijing.json("docket", "suggest", mrn)["suggestions"]
    asked = next(one for one in proposed if one["kind"] == "question")
    assert asked["quote"] == "May the bridge be closed at night?"
    assert asked["rule"]
    assert asked["entered"] == ""
    assert link.beijing.json("docket", "list")["items"] == []
    words = ("docket", "suggest", mrn, "--accept", asked["n"], "--field", "to=Chairman", "--talks", TALKS)
    (name,) = link.beijing.json(*map(str, words))["items"]
    item = link.beijing.json("docket", "show", name)
    assert (item["fields"]["to"], item["talks"]) == ("Chairman", TALKS)
    assert f"(entered: {name})" in link.beijing.run("docket", "suggest", mrn).stdout
    assert link.beijing.complaint("docket", "suggest", mrn, "--accept", "499", code=2)["code"] == "not-found"


def filled_in(form: str) -> str:
    """The empty form with a dot behind whatever stands there to be written over."""
    return re.sub(r'= "([A-Z].*)"', r'= "\1."', form)


def test_the_form_of_a_session_becomes_a_numbered_report(link: Link):
    form = link.stick / "form.toml"
    empty = link.kaesong.run("docket", "session", "--form").stdout
    form.write_text(empty)
    words = ("docket", "session", str(form), "--to", "BEIJING", "--classification", "SECRET", *by("Kang"))
    assert "'talks' was not filled in" in link.kaesong.complaint(*words, code=2)["sentence"]
    form.write_text(filled_in(empty))
    assert link.kaesong.json(*words)["number"] == 1
    skipped = link.kaesong.json(*words, "--number", "4")
    assert (skipped["number"], skipped["missing"]) == (4, [2, 3])
    told = link.kaesong.run(*words).stdout
    assert "brief report No 5." in told
    assert "Missing before it: No 2, 3." in told
    sheet = link.kaesong.run(*words, "--sheet").stdout
    assert sheet.startswith("KIND: brief report No 6\n")
    link.kaesong.run("release", f"entry:{skipped['cable']}")
    link.carry()
    link.beijing.run("docket", "side", "KAESONG", "ours", "--cable", "brief report No 4")
    link.beijing.run("docket", "side", "BEIJING", "ours", "--cable", "brief report No 4")
    (session,) = link.beijing.json("docket", "sessions")["sessions"]
    assert [len(session[key]) for key in ("outcomes", "moves")] == [1, 1]
    form.write_text("colour = 'red'\n")
    assert link.kaesong.complaint(*words, code=2)["code"] == "bad-value"
    assert link.kaesong.complaint("docket", "session", code=2)["code"] == "bad-value"


def test_talks_are_chosen_where_there_are_several(link: Link):
    mrn = received(link)
    link.beijing.run(
        "docket", "mark", mrn, "issue", "--paragraph", "2", "--issue", "Ferry", "--talks", "Other talks"
    )
    several = link.beijing.complaint("docket", "board", code=2)
    assert several["mend"] == "Choose with --talks: 'Other talks', 'River talks'."
    board = link.beijing.json("docket", "board", "--talks", "other TALKS")
    assert [line["issue"] for line in board["issues"]] == ["Ferry"]
    assert len(link.beijing.json("docket", "questions")["questions"]) == 1
    assert link.beijing.json("docket", "questions", "--talks", "Other talks")["questions"] == []
    link.beijing.complaint("docket", "questions", "--talks", "No talks", code=2)


def test_the_export_has_every_item_with_its_evidence(link: Link):
    received(link)
    exported = json.loads(link.beijing.run("docket", "export").stdout)
    assert exported == link.beijing.json("docket", "export")
    assert exported["post"] == "beijing.example"
    assert all(one["evidence"]["entry"] for one in exported["items"])
    assert {one["kind"] for one in exported["items"]} == {"question", "session", "outcome", "post"}


def test_what_another_side_sent_is_shown_as_theirs_and_opens_no_question(link: Link):
    mrn = link.received(MARKED)
    link.beijing.run("docket", "side", "BEIJING", "our side", "--cable", mrn)
    link.beijing.run("docket", "side", "KAESONG", "their side", "--cable", mrn)
    assert link.beijing.json("docket", "questions")["questions"] == []
    page = link.beijing.json("docket", "issue", ISSUE)
    assert {one["kind"] for one in page["theirs"]} == {"question", "outcome"}
    assert "WHAT OTHER SIDES SENT" in link.beijing.run("docket", "issue", ISSUE).stdout


@pytest.mark.parametrize(
    "command", ["board", "questions", "instructions", "sessions", "people", "timeline", "list"]
)
def test_an_empty_docket_says_so(link: Link, command: str):
    told = link.beijing.run("docket", command).stdout
    assert told.count("\n") == 1
    assert told.startswith(("No", "Nothing"))


def test_the_kinds_and_their_fields_are_shown(link: Link):
    told = link.beijing.run("docket", "kinds", "answer").stdout
    assert "  how: in full | in part | deferred; required\n" in told
    every = link.beijing.json("docket", "kinds")
    assert every["kinds"]["answer"]["fields"]["how"]["required"]
    assert "talks" in every["common"]
    assert MUN


def test_a_question_that_was_carried_on_is_one_under_both_its_names(link: Link):
    mrn = received(link)
    (question,) = link.beijing.json("docket", "questions")["questions"]
    (entry,) = [
        link.beijing.json("readdress", mrn, "--to", "KAESONG", "--covering", "See.", *by("Kang"))["cable"]
    ]
    link.beijing.run("release", f"entry:{entry}")
    (again,) = [
        one["name"]
        for one in link.beijing.json("docket", "list", "--cable", f"entry:{entry}")["items"]
        if one["kind"] == "question"
    ]
    assert again != question["name"]
    shown = link.beijing.json("docket", "show", again)
    assert shown["name"] == question["name"]
    assert [one["cable"] for one in shown["carried_again"]] == [entry]
    assert len(link.beijing.json("docket", "questions")["questions"]) == 1
    order = ordered(link)
    fields = ("--field", f"question={again}", "--field", "how=in full")
    link.beijing.run("docket", "mark", order, "answer", "--quote", "Close it.", *fields)
    assert link.beijing.json("docket", "questions")["questions"] == []
    link.beijing.run("docket", "strike", again)
    assert link.beijing.json("docket", "questions", "--all")["questions"] == []
