"""Drafts against the docket of the founding cables: what F1 and F4 caution against is warned of, no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from reftel.cable.model import Cable, Onward, Paragraph, Party, Quotation
from reftel.cable.paragraphs import find_paragraph
from reftel.office.docket_checks import warnings
from reftel.office.docket_warnings import Warning  # noqa: A004 - its name
from reftel.office.docketing import enter_lines
from tests.conftest import shared
from tests.story.founding_docket import lines
from tests.story.founding_play import RECEIVER, Play, play

POST, CLERK = "MOSCOW", "Rudakov"
OWN = Party(post="beijing.example", place="BEIJING")
DELEGATES = Onward(to=Party(person="the delegates of England, Sweden and India"))


@dataclass(slots=True)
class Checked:
    """The play, with the five cables read into the docket of MOSCOW."""

    shown: Play
    names: dict[str, list[str]]

    def of(self, cable: Cable) -> list[Warning]:
        office = self.shown.stations[POST].office
        with office.store.read() as connection:
            return [one for one in warnings(office, connection, cable) if one.stops]

    def cut(self, name: str, paragraph: str, start: str, end: str) -> str:
        text = find_paragraph(self.shown.cable(name, POST), paragraph).text
        begin = text.index(start)
        return text[begin : text.index(end, begin) + len(end)]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checked]:
    shared("founding")
    shown = play(tmp_path_factory.mktemp("founding"))
    moscow = shown.stations[POST]
    names = {
        name: enter_lines(
            moscow.office,
            moscow.hand(CLERK),
            shown.entries[POST, name],
            lines(name, shown.cable(name, POST), shown.document(name)),
        )
        for name in RECEIVER
    }
    yield Checked(shown, names)
    for station in shown.stations.values():
        station.office.close()


def draft(text: str, **more: object) -> Cable:
    given = {"sender": Party(), "to": (OWN,), "blocks": (Paragraph(text=text, number="1"),), **more}
    return Cable(**given)  # type: ignore[arg-type] # fields of a cable


def bearer(checked: Checked, warning: Warning) -> str:
    """Which of the five bears what is warned of."""
    return next(name for name in RECEIVER if checked.shown.entries[POST, name] == warning.cable)


def test_the_press_line_trips_the_instruction_that_forbids_it(checked: Checked):
    line = checked.cut("F4", "c1.u1", "the proposal our side", "great concession")
    found = checked.of(draft(f"Tell the correspondents to print that {line}."))
    assert [(bearer(checked, one), one.about, one.paragraph) for one in found] == [("F4", "instruction", "1")]
    assert found[0].rule == "phrase"
    assert "great concession" in found[0].words
    assert "great concession" in found[0].quote


def test_a_statement_that_recites_the_conditions_trips_the_caution_and_a_note_to_ours_does_not(
    checked: Checked,
):
    conditions = " ".join(
        find_paragraph(checked.shown.cable("F2", POST), paragraph).text for paragraph in ("1", "2", "3")
    )
    recites = f"These are the five conditions of China for a ceasefire in Korea. {conditions}"
    statement = draft(recites, onward=DELEGATES, subject="Draft statement")
    found = [one for one in checked.of(statement) if one.about == "disclosure"]
    assert "F1" in {bearer(checked, one) for one in found}
    assert not [one for one in checked.of(draft(recites)) if one.about == "disclosure"]


def test_the_founding_cables_themselves_go_to_our_own_side_without_a_warning(checked: Checked):
    false_alarms = []
    for name in RECEIVER:
        cable = checked.shown.cable(name, POST)
        again = replace(cable, to=(OWN,), info=(), onward=None, asks=(), references=(), docket=())
        false_alarms += [(name, one.key) for one in checked.of(again) if bearer(checked, one) != name]
    assert false_alarms == []


def test_what_our_side_may_say_aloud_is_warned_of_while_it_is_only_drafted(checked: Checked):
    blocks = tuple(
        Paragraph(text=find_paragraph(checked.shown.cable("F1", POST), f"q1.{n}").text, number=str(n))
        for n in (1, 2, 3)
    )
    statement = draft("", blocks=(Quotation(blocks=blocks),), onward=DELEGATES)
    found = checked.of(statement)
    assert {one.paragraph for one in found if one.about == "disclosure"} == {"q1.1", "q1.2", "q1.3"}
