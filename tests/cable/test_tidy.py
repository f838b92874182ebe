"""Tidying: what people type becomes canonical, and nothing that is said changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from reftel.cable.sheet import parse, render
from reftel.cable.tidy import tidy
from reftel.errors import SheetError
from tests.cable import strategies

TYPED = """\
\ufeffsubject : Meeting of liaison officers,
   second day\r
To:beijing.example  \r
\tPerson: Minister
Precedence: immediate
from:\u00a0KAESONG
1. (C) The meeting lasted
two hours.
The atmosphere\u00a0was good.
2. Points:
\tone
    two
and they
5. were two.

  Unquoted text follows.
quote
Dear colleague,
we agree.
Signed: CHAIR
unquote
telegram begins
to: A

x


telegram ends
Signed: LINDQVIST
  Rank: counsellor


"""
TIDY = """\
PRECEDENCE: IMMEDIATE
FROM: KAESONG
TO: beijing.example
  person: Minister
SUBJECT: Meeting of liaison officers, second day

1. (C) The meeting lasted two hours. The atmosphere was good.

2. Points:
    one
    two and they 5. were two.

Unquoted text follows.

QUOTE
Dear colleague, we agree.

SIGNED: CHAIR
UNQUOTE

TELEGRAM BEGINS
TO: A

x
TELEGRAM ENDS

SIGNED: LINDQVIST
  rank: counsellor
"""


def test_an_untidy_sheet_becomes_canonical():
    assert tidy(TYPED) == TIDY
    assert render(parse(TIDY)) == TIDY


@given(strategies.cables())
@settings(deadline=None)
def test_a_canonical_sheet_stays_as_it_is(cable):
    sheet = render(cable)
    assert tidy(sheet) == sheet
    assert tidy(sheet.replace("\n", "\r\n")) == sheet


def test_a_list_after_an_unnumbered_line_begins_with_one():
    assert tidy("to: A\n\nWe ask:\n1. x\n2. y\n4. z\n") == "TO: A\n\nWe ask:\n\n1. x\n\n2. y 4. z\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("\n\nDear colleague,\n", 3),
        ("To: A\r\n\r\n\r\nx\u202ey", 4),
        ("To: A\n\n\n\nSubject: x\nSUBJECT: y\n\nz\n\nTO: B\n", 10),
        ("To: A\nDated: x\n\n\nReading: y\n\nDated: z\n", 7),
        ("To: A\n\nx\n\n\nSigned: B\nplus text\n", 7),
        ("To: A\n\n\ntelegram begins\nproof: attached\nto: B\ntelegram ends\n", 5),
    ],
)
def test_what_has_no_single_meaning_is_refused_with_the_line_as_typed(text, line):
    with pytest.raises(SheetError) as error:
        tidy(text)
    assert error.value.line == line


def test_enclosed_files_need_not_be_at_hand():
    text = "TO: A\nENCLOSURE: Map\n  file: map.pdf\n"
    assert tidy(text) == text
