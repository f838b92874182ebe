"""The sheet: what is accepted is exact, what is not is refused with its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from reftel.cable.model import (
    Block,
    Cable,
    Carried,
    Enclosure,
    Moment,
    Number,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Quotation,
    Reading,
    Signature,
)
from reftel.cable.sheet import held_files, parse, parse_docket, render
from reftel.errors import BadValue, SheetError
from tests.cable import strategies
from tests.cable.founding import FOUNDING, reading

SHORT = """\
PRECEDENCE: IMMEDIATE
TO: BEIJING <beijing.example>
SUBJECT: Meeting of liaison officers

1. (C) The meeting lasted two hours. The atmosphere was good.

2. (S) Please confirm by tomorrow noon.

SIGNED: LINDQVIST
"""


def cable(*blocks: Block, **fields: object) -> Cable:
    return Cable(sender=Party(), to=(Party(place="BEIJING"),), blocks=blocks, **fields)  # type: ignore[arg-type]


def paragraph(line: str) -> Paragraph:
    block = parse(f"TO: BEIJING\n\n{line}\n").blocks[0]
    assert isinstance(block, Paragraph)
    return block


def refused(text: str, **files: bytes) -> SheetError:
    with pytest.raises(SheetError) as error:
        parse(text, enclosures=files)
    return error.value


def test_a_short_cable_needs_few_lines():
    assert parse(SHORT) == Cable(
        sender=Party(),
        precedence=Precedence.IMMEDIATE,
        to=(Party(place="BEIJING", post="beijing.example"),),
        subject="Meeting of liaison officers",
        blocks=(
            Paragraph(number="1", portion="C", text="The meeting lasted two hours. The atmosphere was good."),
            Paragraph(number="2", portion="S", text="Please confirm by tomorrow noon."),
        ),
        signature=Signature(literal="LINDQVIST"),
    )


@given(strategies.cables())
@settings(deadline=None)
def test_every_cable_is_written_and_read_back(cable):
    sheet = render(cable)
    assert parse(sheet, enclosures=strategies.held_files(cable)) == cable
    assert held_files(cable) == strategies.held_files(cable)


@pytest.mark.parametrize("name", FOUNDING)
def test_a_founding_cable_has_a_sheet(name):
    cable = FOUNDING[name]()
    sheet = render(cable)
    assert parse(sheet) == cable
    assert render(parse(sheet)) == sheet


def test_a_founding_sheet_keeps_what_is_printed_beside_what_it_means():
    sheet = render(FOUNDING["F4"]())
    displaced = reading("F4")["carries"]["signature_displaced"]
    for line in (
        "NUMBER series: G\n  printed: Series G. Т\n",
        "FROM: [BEIJING]\n  person: MAO ZEDONG\n  bracket: editor's\n",
        "  at: 1205 19 October\n  at reading: 1951-10-19T12:05 minute zone unknown inferred\n",
        "TELEGRAM BEGINS\nKIND: telegram\nDATED: 0530 18 October 1951\n",
        f"NOTE garble: {displaced}\n  reading: the end of the carried telegram",
    ):
        assert line in sheet


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("Telegraph the fulfilment.", Paragraph(text="Telegraph the fulfilment.")),
        ("2522. Immediately visit", Paragraph(number="2522", text="Immediately visit")),
        ("a. x", Paragraph(number="a", text="x")),
        ("iv. x", Paragraph(number="iv", text="x")),
        ("2.1. x", Paragraph(number="2.1", text="x")),
        ("[further] 1. x", Paragraph(series="further", number="1", text="x")),
        ("2. (S//NF) x", Paragraph(number="2", portion="S//NF", text="x")),
        ("(R-UE) x", Paragraph(portion="R-UE", text="x")),
        ("To be. x", Paragraph(text="To be. x")),
        ("No. 5 is lost", Paragraph(text="No. 5 is lost")),
        ("Note: he left", Paragraph(text="Note: he left")),
        ("(for example) x", Paragraph(text="(for example) x")),
        ("\\2. x", Paragraph(text="2. x")),
        ("\\(S) x", Paragraph(text="(S) x")),
        ("1. \\(S) x", Paragraph(number="1", text="(S) x")),
        ("1. 2. x", Paragraph(number="1", text="2. x")),
        ("\\QUOTE", Paragraph(text="QUOTE")),
        ("\\Telegram ends", Paragraph(text="Telegram ends")),
        ("\\SUBJECT: x", Paragraph(text="SUBJECT: x")),
        ("\\signed: x", Paragraph(text="signed: x")),
        ("\\1.", Paragraph(text="1.")),
        ("\\\\x", Paragraph(text="\\x")),
        ("The line:\n    one\n      two", Paragraph(text="The line:\none\n  two")),
        ("x\n    QUOTE\n    1. y", Paragraph(text="x\nQUOTE\n1. y")),
    ],
)
def test_a_paragraph_reads_as_it_looks(line, read):
    assert paragraph(line) == read


@pytest.mark.parametrize(
    ("line", "party"),
    [
        ("BEIJING", Party(place="BEIJING")),
        ("beijing.example", Party(post="beijing.example")),
        ("BEIJING <beijing.example>", Party(place="BEIJING", post="beijing.example")),
        ("<BEIJING>", Party(place="<BEIJING>")),
        ("\n  place: beijing.example", Party(place="beijing.example")),
        ("\n  place: A <b.example>", Party(place="A <b.example>")),
        ("\n  place: A\n  post: POST", Party(place="A", post="POST")),
        ("\n  person: Zhou Enlai", Party(person="Zhou Enlai")),
    ],
)
def test_an_addressee_is_a_place_a_post_or_both(line, party):
    text = f"TO: {line}\n".replace("TO: \n", "TO:\n")
    assert parse(text).to == (party,)
    assert render(Cable(sender=Party(), to=(party,), blocks=())) == text


@pytest.mark.parametrize(
    ("lines", "moment"),
    [
        ("DATED: soon", Moment(literal="soon")),
        ("DATED: 2400 10 July\n  reading: 1951-07-11T00:00 minute zone unknown inferred",
         Moment(literal="2400 10 July", reading=Reading(
             local=datetime(1951, 7, 11), precision=Precision.MINUTE, inferred=True))),
        ("DATED: 3.7.51\n  reading: none", Moment(literal="3.7.51")),
        ("DATED:\n  reading: 1951 year zone unknown",
         Moment(literal="", reading=Reading(local=datetime(1951, 1, 1), precision=Precision.YEAR))),
    ],
)  # fmt: skip
def test_a_time_says_its_reading_only_where_the_literal_does_not(lines, moment):
    assert parse(f"{lines}\nTO: A\n").moment == moment


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "head"),
        ("\n", 1, "head"),
        ("Dear colleague\n", 1, "none of the fields"),
        ("TO: A", 1, "canonical"),
        ("TO: A\r\n", 1, "U\\+000D"),
        ("TO: A\n\nx\u202ey\n", 3, "U\\+202E"),
        ("TO: A\n\nx\u2028y\n", 3, "U\\+2028"),
        ("TO: A\u00a0B\n", 1, "U\\+00A0"),
        ("TO: A\n\nx\ty\n", 3, "U\\+0009"),
        ("TO: A\n\n" + "x" * (1 << 20) + "\n", 1, "1 MiB"),
        ("TO: A\n\n" + "д" * (1 << 19) + "\n", 1, "1 MiB"),
        ("to: A\n", 1, "canonical"),
        ("TO:A\n", 1, "canonical"),
        ("TO: A \n", 1, "canonical"),
        ("TO: A\nFROM: B\n", 1, "FROM stands before TO"),
        ("TO: A\n\n\nx\n", 3, "canonical"),
        ("TO: A\n\nx\n\n", 4, "canonical"),
        ("TO:\n", 1, "Nothing stands after TO"),
        ("TO: A\nWHERE: B\n", 2, "none of the fields"),
        ("TO: A\nSIGNED: B\n", 2, "none of the fields"),
        ("TO: A\n  colour: red\n", 2, "can stand once under TO"),
        ("TO: A\n  person:\n", 2, "can stand once under TO"),
        ("TO: A\n  person: B\n  person: C\n", 3, "can stand once under TO"),
        ("TO: A\n  rank: B\n", 2, "'rank' does not stand under TO"),
        ("TO: A\n  place: B\n", 1, "both beside"),
        ("SUBJECT: A\nSUBJECT: B\n", 2, "SUBJECT stands twice"),
        ("INFO PRECEDENCE: SOON\n", 1, "must be one of DEFERRED"),
        ("PRECEDENCE: SOON\n  means: NOW\n", 2, "'means' must be one of"),
        ("PRECEDENCE: FLASH\n  means: FLASH\n", 2, "'means' does not stand"),
        ("REGISTERED: yesterday\n", 1, "registering time"),
        ("REGISTERED: 2026-13-01T00:00:00Z\n", 1, "registering time"),
        ("DATED: x\n  reading: soon\n", 2, "not a reading"),
        ("REF AAA: x\n", 1, "letter"),
        ("REF A: x\n  held: perhaps\n", 2, "yes, no"),
        ("ASK: x\n  kind: favour\n", 2, "action, onward, report"),
        ("ENCLOSURE: x\n  file: a/b\n", 1, "no folder"),
        ("ENCLOSURE: x\n  file: ..\n", 1, "no folder"),
        ("ENCLOSURE: x\n  file: a.pdf\n", 1, "not given"),
        ("TO: A\n\none line\nand another\n", 4, "A paragraph is one line"),
        ("TO: A\n\none line\n  and another\n", 4, "A paragraph is one line"),
        ("TO: A\n\n1.\n", 3, "no text"),
        ("TO: A\n\n1. (S)\n", 3, "no text"),
        ("TO: A\n\n\\\n", 3, "no text"),
        ("TO: A\n\nx\n    \n    y\n", 3, "is empty"),
        ("TO: A\n\n1.  x\n", 3, "begins with blanks"),
        ("TO: A\n\nx \n", 3, "ends with one"),
        ("TO: A\n\nx\n    y \n", 3, "ends with one"),
        ("TO: A\n\nSUBJECT: x\n", 3, "SUBJECT stands among the paragraphs"),
        ("TO: A\n\nPROOF: x\n", 3, "PROOF stands among the paragraphs"),
        ("TO: A\n\n\\x\n", 3, "canonical"),
        ("TO: A\n\nquote\nx\nunquote\n", 3, "canonical"),
        ("TO: A\n\nSIGNED: B\n\nx\n", 5, "goes on after its end"),
        ("TO: A\n\nSIGNED: B\nx\n", 4, "none of the fields"),
        ("TO: A\n\nNOTE rumour: x\n", 3, "The layer must be"),
        ("TO: A\n\nDOCKET: x\n", 3, "takes the kind of an item"),
        ("TO: A\n\nDOCKET 4: x\n", 3, "takes the kind of an item"),
        ("TO: A\n\nEXTRA: x\n", 3, "name of a header field"),
        ("TO: A\n\nMARK: received\n  signed: no\n", 4, "'signed' must be one of these: yes"),
        ("TO: A\n\nQUOTE\nx\n", 3, "no UNQUOTE"),
        ("TO: A\n\nQUOTE\nUNQUOTE\n", 3, "Nothing is quoted"),
        ("TO: A\n\nQUOTE\nx\nTELEGRAM ENDS\n", 3, "no UNQUOTE"),
        ("TO: A\n\nQUOTE\nx\n\nMARK: y\nUNQUOTE\n", 6, "MARK stands among the paragraphs"),
        ("TO: A\n\nx\n\nUNQUOTE\n", 5, "goes on after its end"),
        ("TO: A\n\nTELEGRAM BEGINS\nTELEGRAM ENDS\n", 4, "begins with its head"),
        ("TO: A\n\nTELEGRAM BEGINS\nTO: B\n", 3, "no TELEGRAM ENDS"),
        ("TO: A\n\n" + "QUOTE\n" * 17 + "x\n" + "UNQUOTE\n" * 17, 19, "more than 16 deep"),
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_its_line(text, line, says):
    with pytest.raises(SheetError, match=says) as error:
        parse(text)
    assert error.value.line == line
    assert error.value.mend


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("TO: A\n\nab\u202ecd\n", 3),
        ("TO: A\n\nabc\n\n  \n", 1),
        ("TO: A\n\nINFO\n\n\\x\n", 1),
        ("TO:  A\n", 5),
    ],
)
def test_the_column_is_where_it_departs(text, column):
    assert refused(text).column == column


def test_an_error_does_not_say_what_the_sheet_says():
    error = refused("TO: A\nSECRETPLAN: withdraw\n")
    assert "SECRETPLAN" not in str(error)
    assert "withdraw" not in str(error)


def test_sixteen_deep_is_not_too_deep():
    text = "TO: A\n\n" + "QUOTE\n" * 16 + "x\n" + "UNQUOTE\n" * 16
    assert render(parse(text)) == text


def test_enclosed_files_are_exactly_those_named():
    text = "TO: A\nENCLOSURE: Map\n  file: map.pdf\n  type: application/pdf\n"
    read = parse(text, enclosures={"map.pdf": b"%PDF"})
    assert read.enclosures == (
        Enclosure(title="Map", filename="map.pdf", media_type="application/pdf", content=b"%PDF"),
    )
    assert render(read) == text
    with pytest.raises(SheetError, match="no ENCLOSURE names"):
        parse(text, enclosures={"map.pdf": b"", "other.pdf": b""})
    unheld = parse("TO: A\nENCLOSURE: Map\n  file: map.pdf\n  held: no\n")
    assert unheld.enclosures[0].content is None


def test_a_readdressed_telegram_is_shown_and_cannot_be_typed():
    inner = cable(Paragraph(text="x"), Carried(cable=cable(), original=b"inner", proof=b"p"))
    sheet = render(cable(Quotation(blocks=(Carried(cable=inner, original=b"bytes", proof=b"proof"),))))
    digest = "277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9"
    assert f"TELEGRAM BEGINS\nPROOF: attached (sha256 {digest})\nTO: BEIJING\n" in sheet
    assert sheet.count("PROOF: attached") == 2
    assert "reftel readdress" in refused(sheet).mend


def deep(times: int) -> Cable:
    inner = cable()
    for _ in range(times):
        inner = cable(Carried(cable=inner))
    return inner


@pytest.mark.parametrize(
    "unsayable",
    [
        cable(subject="one\nTO: two"),
        cable(subject=" x"),
        cable(subject="x\u202e"),
        cable(Paragraph(text="")),
        cable(Paragraph(text="x\n\ny")),
        cable(Paragraph(text="x", number="first")),
        cable(Paragraph(text="x", portion="secret")),
        cable(Paragraph(text="x", series="further")),
        cable(Quotation(blocks=())),
        cable(moment=Moment(literal="")),
        cable(numbers=(Number(scheme="a:b", value="1"),)),
        cable(precedence_literal="Immediate"),
        cable(signature=Signature(literal="")),
        cable(registered=datetime(2026, 1, 1)),
        cable(registered=datetime(2026, 1, 1), subject="x"),
        cable(enclosures=(Enclosure(title="x", content=b"x"),)),
        cable(enclosures=(Enclosure(title="x", filename="a/b", content=b"x"),)),
        cable(enclosures=tuple(Enclosure(title="x", filename="a", content=c) for c in (b"x", b"y"))),
        cable(extra=(("A b", "c"),)),
        cable(Paragraph(text="x" * (1 << 20))),
        Cable(sender=Party(), to=(), blocks=()),
        deep(17),
        deep(5000),
    ],
)
def test_what_no_sheet_can_say_is_not_written(unsayable):
    with pytest.raises(BadValue):
        render(unsayable)


def test_the_registering_time_is_in_utc_to_the_microsecond():
    at = datetime(2026, 11, 5, 14, 30, 0, 7, tzinfo=UTC)
    assert render(cable(registered=at)) == "REGISTERED: 2026-11-05T14:30:00.000007Z\nTO: BEIJING\n"
    assert parse(render(cable(registered=at.replace(microsecond=0)))).registered == at.replace(microsecond=0)


def test_the_samples_in_the_specification_are_sheets():
    page = (Path(__file__).parents[2] / "docs" / "spec" / "cable.md").read_text(encoding="utf-8")
    samples = page.split("```sheet\n")[1:]
    assert len(samples) >= 3
    for sample in samples:
        text = sample.partition("```")[0]
        assert render(parse(text)) == text


def test_a_changed_field_changes_the_sheet():
    one = parse(SHORT)
    assert render(replace(one, classification="SECRET")) != SHORT


def test_docket_lines_can_be_read_alone():
    text = "DOCKET question: But should we not wait?\n  paragraph: u5\n\nDOCKET instruction:\n  mode: must\n"
    question, instruction = parse_docket(text)
    assert (question.paragraph, question.quote) == ("u5", "But should we not wait?")
    assert (instruction.kind, instruction.fields) == ("instruction", (("mode", "must"),))


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("SIGNED: LEE\n", 1), ("-\n\nDOCKET question: a\n", 3), ("\nDOCKET question: a\n  foo\n", 3)],
)
def test_nothing_but_docket_lines_may_stand_among_them(text, line):
    with pytest.raises(SheetError) as refused:
        parse_docket(text)
    assert refused.value.line == line
