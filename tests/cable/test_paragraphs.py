"""Names of paragraphs: stable, and never twice the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from reftel.cable.model import Cable, Carried, Paragraph, Party, Quotation
from reftel.cable.paragraphs import find_paragraph, paragraph_ids
from reftel.errors import NotFound
from tests.cable import strategies
from tests.cable.founding import FOUNDING


def names(*blocks: object) -> list[str]:
    return [name for name, _ in paragraph_ids(_cable(*blocks))]


def _cable(*blocks: object) -> Cable:
    return Cable(sender=Party(), to=(), blocks=blocks)  # type: ignore[arg-type]


PLAIN = Paragraph(text="x")


def test_numbered_further_unnumbered_quoted_carried():
    quoted = Quotation(blocks=(PLAIN, Paragraph(number="1", text="y")))
    carried = Carried(cable=_cable(Paragraph(number="a", text="z"), quoted))
    further = Paragraph(number="1", series="further", text="x")
    found = names(PLAIN, Paragraph(number="1", text="x"), PLAIN, further, quoted, carried, quoted, PLAIN)
    assert found[:6] == ["u1", "1", "u2", "further-1", "q1.u1", "q1.1"]
    assert found[6:] == ["c1.a", "c1.q1.u1", "c1.q1.1", "q2.u1", "q2.1", "u3"]


def test_two_of_one_number_are_told_apart():
    one, tilde = Paragraph(number="1", text="x"), Paragraph(number="1~2", text="x")
    assert names(one, one, one) == ["1", "1~2", "1~3"]
    assert names(tilde, one, one) == ["1~2", "1", "1~3"]


@given(strategies.cables())
@settings(deadline=None, max_examples=50)
def test_no_name_stands_twice_and_each_is_found(cable):
    named = paragraph_ids(cable)
    assert len({name for name, _ in named}) == len(named)
    for name, paragraph in named:
        assert find_paragraph(cable, name) is paragraph


def test_a_name_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        find_paragraph(_cable(PLAIN), "u2")


def test_the_points_of_july_have_names():
    named = dict(paragraph_ids(FOUNDING["F2"]()))
    assert {"1", "2", "3", "4", "5", "further-1", "further-2"} <= set(named)
    assert named["3"].text.startswith('"Both sides must cease')
    assert named["further-1"].text.startswith('"All foreign troops')


def test_an_ask_names_a_paragraph_that_is_there():
    cable = FOUNDING["F1"]()
    for ask in cable.asks:
        assert find_paragraph(cable, ask.paragraph).text == ask.literal
