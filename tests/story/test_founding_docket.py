"""The founding cables in the docket: all of the hand reading that is negotiation, with its evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from reftel.cable import internet
from reftel.cable.dtg import format_reading, read_moment
from reftel.cable.paragraphs import find_paragraph
from reftel.cable.sheet import parse, render
from reftel.docket.fold import Docket
from reftel.docket.items import Item
from reftel.docket.quantities import Same, read_quantity, same, same_moment
from reftel.errors import BadValue
from reftel.office import desk
from reftel.office.audit import audit
from reftel.office.docket_views import export
from reftel.office.docketing import enter_lines
from tests.story.founding_answer import STATES, answer_to_f2, answers
from tests.story.founding_docket import lines
from tests.story.founding_entered import CLERK, POST, Entered, docket_of, enter
from tests.story.founding_items import FOUND, NEGOTIATED, TOGETHER
from tests.story.founding_lines import AGENDA, ISSUES
from tests.story.founding_play import RECEIVER
from tests.story.founding_table import DOCKET, NOTES_OF
from tests.story.stations import read, send
from tests.story.test_founding import fields, pattern_of, without_proofs


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entered]:
    done = enter(tmp_path_factory.mktemp("founding"))
    yield done
    for station in done.shown.stations.values():
        station.office.close()


def matter(reading: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of the reading that is negotiation matter."""
    for path, leaf in fields(reading):
        if any(pattern_of(path[:n], DOCKET | NEGOTIATED) for n in range(2, len(path) + 1)):
            yield path, leaf


def test_no_field_is_without_a_kind_of_item_and_no_line_of_the_table_idle(entered):
    used = set()
    for path, _ in matter(entered.shown.reading):
        home = pattern_of(path, FOUND)
        assert home, f"{'.'.join(path)} has no home in the docket"
        used.add(home)
    assert set(FOUND) == used
    noted = {".".join((name, *path)) for name, paths in NOTES_OF.items() for path in paths}
    # what is noted and not here is of the paper, not of the talks
    assert noted - NEGOTIATED == {"F1.copies.note", "F5.kind", "F5.classification.of"}
    assert noted >= NEGOTIATED


def test_every_field_is_found_in_the_docket(entered):
    missing = [
        ".".join(path)
        for path, leaf in matter(entered.shown.reading)
        if not any(FOUND[pattern_of(path, FOUND)].fits(leaf, item) for item in entered.items(path[0]))
    ]
    assert missing == []


def test_every_field_is_found_in_the_export_with_its_cable_its_paragraph_and_its_words(entered):
    exported = json.loads(json.dumps(entered.read(export)))
    assert exported["not_counted"] == []
    items = {
        one["name"]: Item(
            name=one["name"],
            kind=one["kind"],
            origin=one["evidence"]["post"],
            at=one["evidence"]["registered"],
            cable=one["evidence"]["cable"],
            paragraph=one["evidence"].get("paragraph", ""),
            quote=one["evidence"].get("quote", ""),
            fields={**one["fields"], "issue": "; ".join(one.get("issues", []))},
        )
        for one in exported["items"]
    }
    for path, leaf in matter(entered.shown.reading):
        home, name = FOUND[pattern_of(path, FOUND)], path[0]
        found = [items[one] for one in entered.names[name] if home.fits(leaf, items[one])]
        assert found, ".".join(path)
        for item in found:
            assert item.cable == entered.shown.entries[POST, name]
            assert item.quote in find_paragraph(entered.cable(name), item.paragraph).text


def test_what_is_said_of_one_thing_is_said_by_one_item(entered):
    groups: dict[tuple[str, ...], dict[str, list[tuple[str, Any]]]] = {}
    for path, leaf in matter(entered.shown.reading):
        thing = next((path[:n] for n in range(2, len(path) + 1) if pattern_of(path[:n], TOGETHER)), None)
        if thing:
            home = pattern_of(path, FOUND)
            groups.setdefault(thing, {}).setdefault(FOUND[home].kind, []).append((home, leaf))
    assert {pattern_of(thing, TOGETHER) for thing in groups} == set(TOGETHER)
    for thing, by_kind in groups.items():
        for kind, said in by_kind.items():
            whole_of = [
                item
                for item in entered.items(thing[0])
                if all(FOUND[home].fits(leaf, item) for home, leaf in said)
            ]
            assert whole_of, f"{'.'.join(thing)} is not whole in one {kind}"


def test_what_is_said_of_a_point_stands_under_its_own_issue(entered):
    for point in entered.shown.document("F2")["points"]:
        issue = entered.issue_numbered("F2", point["n"])
        for key, leaf in point.items():
            if key != "n":
                home = FOUND[f"F2.points.*.{key}"]
                (found,) = [item for item in entered.items("F2") if home.fits(leaf, item)]
                assert found.issues == (issue,), f"{key} of {point['n']}"


def test_the_remarks_on_a_point_are_told_apart(entered):
    f2 = entered.items("F2")
    points = {point["n"]: point for point in entered.shown.document("F2")["points"]}

    def stances(number: str) -> dict[str, str]:
        return {
            i.get("about"): i.get("stance")
            for i in f2
            if i.kind == "position" and i.issues == (ISSUES[number],)
        }

    assert stances("3")[points["3"]["tactic"]] == "tactic"
    assert stances("4")[points["4"]["red_line"]] == "red line"
    assert stances("5")[points["5"]["demand"]] == "demand"
    risks = {item.get("about") for item in f2 if item.get("risk") == "yes"}
    assert risks == {points["4"]["risk"], points["5"]["risk"]}


def test_every_item_has_its_cable_its_paragraph_and_its_words(entered):
    for name in RECEIVER:
        cable = entered.cable(name)
        found = entered.items(name)
        assert [item.name for item in found] == entered.names[name]
        for item in found:
            assert item.standing == ""
            assert item.who == CLERK
            if item.paragraph:
                assert item.quote in find_paragraph(cable, item.paragraph).text
                # of a session the whole report is the evidence
                assert item.quote or item.kind == "session"
            else:
                # printed among the addressees, in no paragraph
                assert (item.kind, item.get("printed")) == ("alias", "Le Kenong")
    assert entered.before.remarks == {}


def test_words_of_one_cable_are_not_found_in_another_and_nothing_of_them_is_entered(entered):
    moscow, f2 = entered.shown.stations[POST], entered.shown.entries[POST, "F2"]
    right, *_ = lines("F2", entered.cable("F2"), entered.shown.document("F2"))
    before = len(docket_of(entered.shown, POST).items)
    for wrong in (
        replace(right, quote=right.quote.upper()),
        replace(right, paragraph="u16"),
        replace(right, paragraph="c1.u1"),
    ):
        with pytest.raises(BadValue):
            enter_lines(moscow.office, moscow.hand(CLERK), f2, [right, wrong])
    assert len(docket_of(entered.shown, POST).items) == before


def test_who_says_it_and_who_passed_it_on(entered):
    by = {name: {(item.by, item.get("reported")) for item in entered.items(name)} for name in RECEIVER}
    assert by["F1"] == {("FILIPPOV [Stalin]", "GROMYKO"), ("GROMYKO", "")}
    assert by["F2"] == {("MAO ZEDONG", "")}
    assert by["F3"] == {("LI KENONG", "MAO ZEDONG"), ("MAO ZEDONG", "")}
    # what is said of the address line, which is no paragraph, is the word of the clerk who read it
    assert {speaker for speaker, _ in by["F4"]} == {"MAO ZEDONG", "Rudakov"}
    assert {speaker for speaker, _ in by["F5"]} == {"FILIPPOV [Stalin]"}


def test_the_statement_that_may_be_made_has_its_three_points(entered):
    statement = entered.shown.document("F1")["speakable_statement"]
    texts = [item for item in entered.items("F1") if item.kind == "text" and item.get("to")]
    assert [item.paragraph for item in texts] == ["q1.1", "q1.2", "q1.3"]
    assert len(texts) == statement["points"]
    assert {item.names("to") for item in texts} == {tuple(statement["to"])}
    (leave,) = [item for item in entered.items("F1") if item.get("speakable") == "yes"]
    assert leave.get("mode") == "may"


def test_one_printed_number_is_two_issues_in_two_cables(entered):
    troops, reinforcement = ISSUES["further 1"], ISSUES["3"]
    assert entered.issue_numbered("F2", "3") == reinforcement
    assert entered.issue_numbered("F3", "3") == troops == AGENDA["3"]
    found = {issue.name: issue for issue in entered.before.issues().values()}
    f2, f3 = (entered.shown.entries[POST, name] for name in ("F2", "F3"))
    assert [(number, item.cable) for number, item in found[troops].numbers] == [("further 1", f2), ("3", f3)]
    assert [(number, item.cable) for number, item in found[reinforcement].numbers] == [("3", f2)]
    for number in ("1", "4", "5"):
        assert entered.issue_numbered("F3", number) != entered.issue_numbered("F2", number)


def test_aliases_say_in_which_cable_they_are_printed(entered):
    found = {
        item.get("printed"): (item.get("name"), item.get("misprint"), item.cable)
        for item in entered.before.items
        if item.kind == "alias"
    }
    f2, f4 = (entered.shown.entries[POST, name] for name in ("F2", "F4"))
    assert found["FILIPPOV"] == ("Stalin", "", f2)
    assert found["[Hamonten]"] == ("Panmunjom", "", f4)
    assert found["Bunsan"] == ("Munsan", "yes", f4)
    assert found["Le Kenong"] == ("Li Kenong", "yes", f4)
    inferred = {item.get("printed") for item in entered.items("F4") if item.get("inferred")}
    outside = [one for one in entered.shown.reading["authorities"] if one.get("inferred")]
    assert inferred == {printed for one in outside for printed in one["as_printed"]}
    known = {authority["name"] for authority in entered.shown.reading["authorities"]}
    assert {name for name, _, _ in found.values()} <= known


def test_the_posts_are_of_one_side(entered):
    for post in ("beijing", "kaesong", "pyongyang"):
        assert entered.before.ours(f"{post}.example")
    assert not entered.before.ours("elsewhere.example")


def test_the_times_of_a_session_keep_their_words_and_get_no_zone(entered):
    (session,) = [item for item in entered.items("F3") if item.kind == "session"]
    said = entered.shown.document("F3")["session"]
    assert (session.get("opened"), session.get("closed")) == (said["resumed"], said["ended"])
    for clock in (session.get("opened"), session.get("closed")):
        read = read_moment(f"{clock} 10 July 1951").reading
        assert read is not None
        assert read.zone is None
        assert "zone unknown" in format_reading(read)


def test_eight_by_one_sides_clock_is_ten_by_the_others(entered):
    (session,) = [item for item in entered.items("F3") if item.kind == "session"]
    hour = session.get("next").removeprefix("tomorrow at ")
    ours, theirs = (read_moment(f"{clock} 11 July 1951").reading for clock in (hour, "1000"))
    assert ours is not None
    assert theirs is not None
    assert same_moment(ours, 8 * 60, theirs, 10 * 60) is Same.YES
    # no cable of the five says by whose clock
    assert same_moment(ours, None, theirs, 10 * 60) is Same.UNKNOWN


def test_ten_english_miles_are_not_ten_kilometres(entered):
    (zone,) = [i for i in entered.items("F2") if i.kind == "text" and i.issues == (ISSUES["2"],)]
    printed = zone.quote[zone.quote.index("10") :].split(" and ")[0]
    assert printed.split()[0] == "10"
    miles = read_quantity(printed)
    assert miles.metres == Fraction("16093.44")
    assert same(miles, read_quantity("10 kilometres")) is Same.NO


def test_a_number_of_people_is_kept_with_its_unit(entered):
    (asked,) = [item for item in entered.items("F3") if item.kind == "move" and item.get("unit")]
    assert (asked.get("to"), asked.get("unit"), asked.get("from")) == ("120", "persons", "")
    assert asked.get("to") in asked.quote


def questions(docket: Docket) -> list[tuple[str, str]]:
    """Each question and its state, in order."""
    return [(state.first.name, state.state) for state in docket.of_kind("question")]


def test_all_six_questions_stand_open_after_the_five(entered):
    assert len(questions(entered.before)) == 6
    assert {state for _, state in questions(entered.before)} == {"open"}
    said = entered.shown.document("F2")["questions_to_principal"]
    asked = [state.first for state in entered.before.of_kind("question")]
    assert [item.quote for item in asked] == [question["literal"] for question in said]
    assert {item.get("to") for item in asked} == {"FILIPPOV"}
    # the telegram that the fifth answers is not held
    answered = [item for item in entered.items("F5") if item.kind == "answer"]
    assert len(answered) == 6
    assert {item.get("question") for item in answered} == {""}
    assert all("not held" in item.get("answers") for item in answered)


def test_the_answer_of_july_closes_them_each_with_its_paragraph(entered):
    shown, moscow, beijing = entered.shown, entered.shown.stations[POST], entered.shown.stations["BEIJING"]
    asked = [name for name, _ in questions(entered.before)]
    bare = answer_to_f2()
    cable = replace(bare, docket=answers(bare, asked))
    entry = desk.draft(moscow.office, moscow.hand(), cable)
    desk.release(moscow.office, moscow.hand("Stalin", "3.7.51"), entry)
    docket = docket_of(shown, POST)
    stood = {state.first.name: state for state in docket.of_kind("question")}
    by_point: dict[str, list[str]] = {}
    paragraphs: dict[str, set[str]] = {}
    for name, question in zip(asked, shown.document("F2")["questions_to_principal"], strict=True):
        by_point.setdefault(question["about"], []).append(stood[name].state)
        paragraphs.setdefault(question["about"], set()).update(
            move.by.paragraph for move in stood[name].moves
        )
        assert {move.by.cable for move in stood[name].moves} == {entry}
    assert by_point == STATES
    assert paragraphs == {
        "3": {"u2"},
        "4": {"u2"},
        "further 1": {"u3"},
        "further 2": {"u3"},
        "all": {"u2", "u3"},
    }
    assert docket.remarks == {}
    # who asked holds the answers too, and says that the items they answer are not held there
    send(moscow, beijing, shown.folder / "stick")
    arrived = read(beijing)
    there = [item for item in docket_of(shown, "BEIJING").items if item.cable == arrived]
    assert [(item.kind, item.quote) for item in there] == [(one.kind, one.quote) for one in cable.docket]


@pytest.mark.parametrize("name", list(RECEIVER))
def test_the_lines_come_back_from_the_sheet_and_the_internet_form(entered, name):
    cable = without_proofs(entered.cable(name))
    cable = replace(cable, docket=lines(name, cable, entered.shown.document(name)))
    assert parse(render(cable)).docket == cable.docket
    assert internet.reread(internet.write(cable)).docket == cable.docket


def test_the_audit_is_clean_with_the_docket_in_it(entered):
    for station in entered.shown.stations.values():
        report = audit(station.office)
        assert report.clean, report.failures
