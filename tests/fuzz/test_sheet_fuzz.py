"""Whatever comes in as a sheet, only a Reftel error leaves; what is accepted is exact."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable.sheet import parse, render
from reftel.cable.tidy import tidy
from reftel.errors import ReftelError
from tests.cable import strategies

PIECES = (
    *strategies.NASTY,
    "\n",
    "\n\n",
    "\n    ",
    "\n  ",
    "  person: x\n",
    "  reading: 1951 year zone unknown\n",
    "  at: soon\n",
    "FROM: a.example\n",
    "NUMBER x: 1\n",
    "REF A: x\n",
    "ENCLOSURE: x\n  file: y\n",
    "PRECEDENCE: TOP\n",
    "REGISTERED: 2026-01-01T00:00:00Z\n",
    "UNQUOTE\n",
    "QUOTE\n",
    "TELEGRAM ENDS\n",
    "TELEGRAM BEGINS\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u202e",
    ":",
    " ",
    "\ud800",
)
soup = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join)


def accepted(text: str) -> bool:
    try:
        cable = parse(text)
    except ReftelError:
        return False
    assert render(cable) == text
    assert parse(render(cable)) == cable
    return True


@given(soup)
@settings(deadline=None, max_examples=300)
def test_soup_is_read_exactly_or_refused(text):
    accepted(text)
    accepted("TO: A\n" + text)


@given(soup)
@settings(deadline=None, max_examples=300)
def test_soup_is_tidied_into_a_sheet_or_refused(text):
    try:
        tidied = tidy("TO: A\n" + text)
    except ReftelError:
        return
    assert tidy(tidied) == tidied


@given(strategies.cables(), st.integers(min_value=0), st.sampled_from(PIECES))
@settings(deadline=None, max_examples=200)
def test_a_sheet_with_one_thing_put_in_is_read_exactly_or_refused(cable, where, piece):
    text = render(cable)
    at = where % (len(text) + 1)
    accepted(text[:at] + piece + text[at:])


@given(strategies.cables(), st.integers(min_value=0))
@settings(deadline=None, max_examples=100)
def test_a_sheet_with_one_character_gone_is_read_exactly_or_refused(cable, where):
    text = render(cable)
    at = where % len(text)
    accepted(text[:at] + text[at + 1 :])


def test_the_seeds_are_not_all_refused():
    assert accepted("TO: A\n\n1. (S) x\n\nQUOTE\ny\nUNQUOTE\n\nSIGNED: z\n")
