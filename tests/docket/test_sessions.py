"""The form of a meeting, and the report that is written of it: every docket line stands in its paragraph."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable import internet, sheet
from reftel.cable.model import Party
from reftel.cable.paragraphs import find_paragraph
from reftel.docket.items import problem
from reftel.docket.session_form import EMPTY, MAX_FORM, parse_form, read_form
from reftel.docket.sessions import (
    MOST_ROWS,
    IssueRow,
    MoveRow,
    NoticedRow,
    QuestionRow,
    SessionForm,
    report_kind,
    write_report,
)
from reftel.errors import BadValue
from tests.cable.strategies import lines

FORM = SessionForm(
    talks="River talks",
    session="Session of the fourteenth",
    form="plenary",
    date="14 March 1952",
    place="the ferry house",
    opened="1000",
    closed="1150",
    clock="K",
    present=("Nam", "Joy"),
    atmosphere="cool",
    next="tomorrow at 0900",
    outcomes=(
        IssueRow(issue="Width of the strip", number="2", outcome="put off", reason="no map was there"),
    ),
    secondary=(
        IssueRow(issue="Drivers", outcome="open", proposal="they want more", quantity="120", response="no"),
    ),
    moves=(
        MoveRow(
            party="The other side",
            move="offer",
            what="more drivers on each side",
            issue="Drivers",
            begins="20",
            ends="120",
            unit="persons",
            reading="they play for time",
        ),
        MoveRow(party="Our side", move="recess", what="for an hour"),
    ),
    noticed=(NoticedRow(of="Joy", what="took notes for the first time"),),
    questions=(
        QuestionRow(question="May the strip be narrowed?", to="Chairman", issue="Width of the strip"),
    ),
    signed="HEAD OF DELEGATION",
)
TOML = """
talks = "River talks"
session = "Session of the fourteenth"
present = ["Nam", "Joy"]

[[outcomes]]
issue = "Width of the strip"
outcome = "put off"

[[moves]]
party = "The other side"
move = "offer"
what = "more drivers"
from = "20"
to = "120"
"""


def kinds(cable):
    return [line.kind for line in cable.docket]


def fields(cable, kind, n=0):
    return dict([line for line in cable.docket if line.kind == kind][n].fields)


def test_a_report_is_numbered_in_its_series_and_says_what_the_form_says():
    cable = write_report(FORM, 2)
    assert cable.kind == "brief report No 2"
    assert kinds(cable) == [
        *("session", "issue", "outcome", "issue", "outcome", "move", "move", "observation", "question"),
    ]
    session = fields(cable, "session")
    assert (session["opened"], session["closed"], session["present"]) == ("1000", "1150", "Nam; Joy")
    assert session["clock"] == "K"
    assert "opened 1000, closed 1150, by the clock K." in cable.docket[0].quote
    assert fields(cable, "issue") == {"issue": "Width of the strip", "level": "principal", "number": "2"}
    assert fields(cable, "issue", 1)["level"] == "secondary"
    assert fields(cable, "outcome", 1)["quantity"] == "120"
    move = fields(cable, "move")
    assert (move["from"], move["to"], move["unit"]) == ("20", "120", "persons")
    assert fields(cable, "question")["to"] == "Chairman"


def test_what_came_of_a_session_names_it():
    cable = write_report(FORM, 1)
    assert cable.docket[0].kind == "session"
    of_it = [line for line in cable.docket if line.kind in {"outcome", "move"}]
    assert {dict(line.fields)["session"] for line in of_it} == {"#1"}


def test_the_text_says_in_words_whatever_a_field_says():
    cable = write_report(FORM, 1)
    for line in cable.docket:
        text = find_paragraph(cable, line.paragraph).text
        assert line.quote
        assert line.quote in text
        for name, value in line.fields:
            if name not in {"talks", "session", "level", "move", "form", "to", "issue"}:
                assert all(part in text for part in value.split("; ")), (line.kind, name)


def test_a_report_can_be_sent_and_typed():
    cable = replace(write_report(FORM, 1), to=(Party(post="beijing.example"),))
    assert internet.read(internet.write(cable)) == cable
    assert sheet.parse(sheet.render(cable)) == cable


def test_a_form_in_toml_and_in_json_is_the_same():
    read = parse_form(TOML)
    assert read.moves[0].begins == "20"
    assert parse_form(json.dumps(tomllib.loads(TOML)), as_json=True) == read


def test_the_empty_form_can_be_read_and_written_once_it_is_filled_in():
    to_fill = re.findall(r'= "([A-Z].*)"', EMPTY)
    assert len(to_fill) == 9
    for words in to_fill:
        with pytest.raises(BadValue, match="was not filled in"):
            read_form({"talks": "T", "session": "S", "atmosphere": words})
    read = parse_form(re.sub(r'= "([A-Z].*)"', r'= "\1."', EMPTY))
    assert write_report(read, 1).kind == "brief report No 1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "'colour' is not a key"),
        ({"talks": 3}, "'talks' is not text"),
        ({"talks": ""}, "'talks' is missing"),
        ({"session": "a" * 2001}, "'session' is longer"),
        ({"session": "a\u202eb"}, "'session' has a character"),
        ({"present": ["Nam; Joy"]}, "semicolon"),
        ({"present": "Nam"}, "'present' is a list"),
        ({"outcomes": {}}, "'outcomes' is a list"),
        ({"outcomes": ["x"]}, "'outcomes 1' is not a row"),
        ({"outcomes": [{"issue": "Width"}]}, "'outcome' of 'outcomes 1' is missing"),
        ({"outcomes": [{"issue": "Width", "outcome": "x"}] * (MOST_ROWS + 1)}, "'outcomes' is a list"),
        ({"moves": [{"party": "P", "move": "offer", "what": "x", "begins": "3"}]}, "'begins' is not a key"),
    ],
)
def test_a_form_that_is_wrong_is_refused_whole_and_the_key_is_named(change, says):
    with pytest.raises(BadValue) as refused:
        read_form({"talks": "River talks", "session": "The first", **change})
    assert says in refused.value.sentence


@pytest.mark.parametrize(
    ("text", "as_json"),
    [
        ("talks = ", False),
        ("{", True),
        ("[]", True),
        ('{"talks": "a", "talks": "b", "session": "c"}', True),
        ("[" * 100_000, True),
        ("a = " + "[" * 20_000, False),
        ("#" * (MAX_FORM + 1), False),
    ],
)
def test_a_file_that_is_no_form_is_refused(text, as_json):
    with pytest.raises(BadValue):
        parse_form(text, as_json=as_json)


@pytest.mark.parametrize("series", ["", "a" * 300])
def test_a_series_has_a_name_under_which_its_numbers_are_found(series):
    with pytest.raises(BadValue):
        report_kind(series, 2)


def test_a_move_that_is_none_of_those_known_is_refused():
    with pytest.raises(BadValue):
        write_report(replace(FORM, moves=(MoveRow(party="P", move="bluff", what="x"),)), 1)


texts = lines.map(lambda text: " ".join(text.split())).filter(bool)
issue_rows = st.builds(IssueRow, issue=texts, outcome=texts, reason=texts)


@given(
    st.builds(
        SessionForm,
        talks=texts,
        session=texts,
        atmosphere=texts,
        outcomes=st.lists(st.builds(IssueRow, issue=texts, outcome=texts, reason=texts), max_size=3).map(
            tuple
        ),
        noticed=st.lists(st.builds(NoticedRow, of=texts, what=texts), max_size=2).map(tuple),
        questions=st.lists(st.builds(QuestionRow, question=texts), max_size=2).map(tuple),
    )
)
def test_whatever_is_filled_in_every_quote_stands_in_its_paragraph(form):
    try:
        cable = write_report(form, 1)
    except BadValue:
        return  # an issue that is nothing but semicolons
    assert [problem(cable, line) for line in cable.docket] == [""] * len(cable.docket)
    sent = replace(cable, to=(Party(post="beijing.example"),))
    assert internet.read(internet.write(sent)) == sent
