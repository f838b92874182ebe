"""A docket line in a few words."""

import pytest

from reftel.cable.model import Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.docket.words import all_said, said_of


def line(kind, paragraph="1", quote="", **fields):
    return DocketLine(
        kind=kind,
        paragraph=paragraph,
        quote=quote,
        fields=tuple((name.replace("_", " "), value) for name, value in fields.items()),
    )


@pytest.mark.parametrize(
    ("given", "head"),
    [
        (
            line("question", to="Chairman", issue="The road", number="2"),
            "Question to Chairman, on The road (2)",
        ),
        (line("instruction", mode="must not", to="Delegation"), "Instruction (must not) to Delegation"),
        (line("answer", how="in part", question="a.example/4.1"), "Answer (in part)"),
        (line("withheld", not_for="The press; Others"), "Withheld from The press; Others"),
        (line("position", party="Pilots", stance="demand"), "Position (demand) of Pilots"),
        (line("observation"), "Observation"),
    ],
)
def test_what_a_line_is(given, head):
    assert said_of(given).head == head


def test_what_is_not_in_the_head_stands_beside_it():
    said = said_of(line("answer", how="in full", question="a.example/4.1", note="See 3", quote="Yes."))
    assert (said.quote, said.rest) == ("Yes.", (("question", "a.example/4.1"), ("note", "See 3")))


def test_the_lines_of_carried_telegrams_name_paragraphs_as_the_whole_cable_does():
    inner = Cable(
        sender=Party(),
        to=(),
        blocks=(Paragraph(text="Wait."),),
        docket=(line("question", "u1"), line("session", "")),
    )
    outer = Cable(
        sender=Party(),
        to=(),
        blocks=(Quotation(blocks=(Carried(cable=inner),)), Carried(cable=inner)),
        docket=(line("observation", "u9"),),
    )
    assert [said.paragraph for said in all_said(outer)] == ["u9", "q1.c1.u1", "", "c1.u1", ""]
