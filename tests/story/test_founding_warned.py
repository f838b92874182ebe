"""What goes once the founding cables were read: what was accepted, to whom it may be said, what is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reftel.cable.model import Cable, Onward, Paragraph, Party
from reftel.cable.paragraphs import find_paragraph
from reftel.errors import Warned
from reftel.office import desk
from reftel.office.docket_checks import warnings
from reftel.office.docket_warnings import Warning  # noqa: A004 - its name
from reftel.office.docketing import accept_warnings
from tests.story.founding_answer import answer_to_f2, answers
from tests.story.founding_entered import POST, Entered, enter


@pytest.fixture(scope="module")
def entered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entered]:
    done = enter(tmp_path_factory.mktemp("founding"))
    yield done
    for station in done.shown.stations.values():
        station.office.close()


def draft(text: str, *, onward: str = "") -> Cable:
    return Cable(
        sender=Party(place="MOSCOW"),
        to=(Party(post="beijing.example", place="BEIJING"),),
        onward=Onward(to=Party(place=onward), how="to be read out") if onward else None,
        blocks=(Paragraph(text=text, number="1"),),
    )


def stopping(entered: Entered, cable: Cable) -> list[Warning]:
    office = entered.shown.stations[POST].office
    with office.store.read() as connection:
        return [one for one in warnings(office, connection, cable) if one.stops]


def press_line(entered: Entered) -> str:
    """What KAESONG's correspondents were to be told, in the words in which it was forbidden."""
    text = find_paragraph(entered.cable("F4"), "c1.u1").text
    begin = text.index("the proposal our side")
    return text[begin : text.index("great concession", begin) + len("great concession")]


def test_such_a_line_goes_only_when_its_warning_was_accepted_with_a_reason(entered):
    moscow = entered.shown.stations[POST]
    entry = desk.draft(moscow.office, moscow.hand(), draft(press_line(entered)))
    with pytest.raises(Warned):
        desk.release(moscow.office, moscow.hand("Stalin"), entry)
    (found,) = stopping(entered, draft(press_line(entered)))
    accept_warnings(moscow.office, moscow.hand(), entry, {found.key: "quoted, so that it is known"})
    desk.release(moscow.office, moscow.hand("Stalin"), entry)


def test_what_was_proposed_for_saying_may_be_said_to_the_three_states_and_to_nobody_else(entered):
    said = draft(find_paragraph(entered.cable("F1"), "q1.3").text, onward="England")
    assert [one for one in stopping(entered, said) if one.evidence_paragraph == "q1.3"] == []
    elsewhere = stopping(entered, draft(find_paragraph(entered.cable("F1"), "q1.3").text, onward="Norway"))
    assert [one.about for one in elsewhere if one.evidence_paragraph == "q1.3"] == ["disclosure"]


def test_the_answer_without_its_answers_lists_the_six_questions_that_it_leaves_open(entered):
    bare = answer_to_f2()
    asked = [state.first.name for state in entered.before.of_kind("question")]
    left = [one for one in stopping(entered, bare) if one.about == "question"]
    assert {one.item for one in left} == set(asked)
    answering = replace(bare, docket=answers(bare, asked))
    # to whether theirs would be accepted it has half an answer, and says so itself
    assert [one.item for one in stopping(entered, answering) if one.about == "question"] == []
