"""The founding cables as the docket's pages show them: board, issues, questions, instructions, people."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from reftel.docket.items import issue_key
from reftel.office import docket_views as views
from reftel.office.docketing import enter_lines
from tests.story.founding_entered import POST, Entered, enter
from tests.story.founding_lines import ISSUES, OURS, TALKS, THEIRS, line

TALKS_KEY = issue_key(TALKS)


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entered]:
    done = enter(tmp_path_factory.mktemp("founding"))
    yield done
    for station in done.shown.stations.values():
        station.office.close()


def test_the_board_has_each_issue_once_with_its_questions(entered):
    assert entered.read(views.default_talks) == TALKS_KEY
    board = entered.read(views.board, TALKS_KEY, size=100)
    assert board.parties[:2] == (OURS, THEIRS)
    lines = {line.issue.name: line for line in board.lines}
    assert len(lines) == len(board.lines)
    assert set(ISSUES.values()) <= set(lines)
    asked = {number: len(lines[name].open_questions) for number, name in ISSUES.items()}
    # the general question is on every issue
    assert asked == {"1": 1, "2": 1, "3": 2, "4": 3, "5": 1, "further 1": 2, "further 2": 2}


def test_the_page_of_an_issue_tells_its_two_numbers_apart_by_cable(entered):
    troops = entered.read(views.issue_page, TALKS_KEY, ISSUES["further 1"])
    f2, f3 = (entered.shown.entries[POST, name] for name in ("F2", "F3"))
    assert [(number, item.cable) for number, item in troops.line.issue.numbers] == [
        ("further 1", f2),
        ("3", f3),
    ]
    (outcome,) = troops.of("outcome")
    assert outcome.item.get("outcome") == entered.shown.document("F3")["session"]["outcomes"][1]["outcome"]
    reinforcement = entered.read(views.issue_page, TALKS_KEY, ISSUES["3"])
    assert [(number, item.cable) for number, item in reinforcement.line.issue.numbers] == [("3", f2)]
    assert reinforcement.of("outcome") == ()


def test_the_page_of_the_neutral_zone_has_both_concessions_with_how_each_side_reads_them(entered):
    zone = entered.read(views.issue_page, TALKS_KEY, "neutral zone")
    said = entered.shown.document("F4")["concessions"]
    read = [(s.item.get("about"), s.item.get("reading"), s.item.get("read by")) for s in zone.of("move")]
    assert read == [
        (said[0]["what"], said[0]["our_reading"], OURS),
        (said[1]["what"], said[1]["enemy_reading"], THEIRS),
    ]
    (fallback,) = zone.of("fallback")
    assert fallback.state == "ready"


def test_questions_are_found_under_either_name_of_the_principal(entered):
    for name in ("FILIPPOV", "Stalin"):
        assert len(entered.read(views.questions, TALKS_KEY, name)) == 6
    assert entered.read(views.questions, TALKS_KEY, "Krasovsky") == []


def test_instructions_to_a_person_are_found_under_a_misprint(entered):
    said = entered.shown.document("F4")["instructions"]
    for name in ("LI KENONG", "Le Kenong"):
        found = entered.read(views.instructions, TALKS_KEY, name)
        assert len(found) == len(said)
        assert {state.state for state in found} == {"in force"}
    zone = entered.read(views.instructions, TALKS_KEY, "Li Kenong", "Neutral zone")
    # the last instruction names no issue, and is on every one
    assert [state.item.get("mode") for state in zone] == ["must not", "must"]


def test_the_session_has_what_came_of_it(entered):
    (session,) = entered.read(views.sessions, TALKS_KEY)
    said = entered.shown.document("F3")["session"]
    assert len(session.outcomes) == len(said["outcomes"]) + len(said["secondary_issues"])
    assert [state.item.get("about") for state in session.moves][:4] == [
        move["what"] for move in said["moves"]
    ]


def test_what_is_not_to_be_shown_yet_is_withheld_from_whom_the_cable_says(entered):
    (kept,) = entered.read(views.withheld, TALKS_KEY)
    caution = entered.shown.document("F1")["guidance"][0]
    assert kept.item.quote == caution["literal"]
    assert set(caution["not_for"]) <= set(kept.item.names("not for"))


def test_people_are_listed_once_under_all_their_names(entered):
    people = {one.name: one for one in entered.read(views.people)}
    names = {name: {state.item.get("printed") for state in people[name].aliases} for name in people}
    assert names["Stalin"] == {"FILIPPOV"}
    assert names["Li Kenong"] == {"Comrade Li Kenong", "LI KENONG", "Le Kenong"}
    assert names["Panmunjom"] == {"[Hamonten]"}
    assert names["Munsan"] == {"Bunsan"}
    assert not {"FILIPPOV", "Le Kenong", "[Hamonten]", "Bunsan"} & set(people)
    assert people["Li Kenong"].role == entered.shown.document("F2")["movements"][0]["title"]
    assert len(people["Li Kenong"].movements) == 2


def test_the_buffer_zone_is_measured_in_the_miles_in_which_it_was_said(entered):
    zone = entered.read(views.issue_page, TALKS_KEY, ISSUES["2"])
    miles = {one.quantity.literal: one.quantity.metres for one in zone.measures()}
    assert miles == {"10 English miles": Fraction("16093.44")}


def test_a_session_whose_clock_nobody_named_is_not_taken_for_another(entered):
    shown = entered.shown
    moscow, f3 = shown.stations[POST], shown.entries[POST, "F3"]
    (reported,) = entered.read(views.sessions, TALKS_KEY)
    others = [
        line(
            "session", "c1.u1", session=f"as {clock} has it", opened=opened, clock=clock, date="10 July 1951"
        )
        for opened, clock in (("1500", "+09:00"), ("1600", "K"))
    ]
    ours, theirs = enter_lines(moscow.office, moscow.hand(), f3, others)

    def again(name: str) -> list[str]:
        return [state.first.name for state in entered.read(views.find_session, name).again]

    assert again(ours) == [theirs]
    assert again(theirs) == [ours]
    assert again(reported.state.first.name) == []
