from __future__ import annotations

import io
import stat
import sys
import tempfile
import time
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pypdf
import pytest

from reftel.cable.model import Cable, Carried, Mark, Moment, Number, Paragraph, Party, Signature, Standing
from reftel.errors import PressError
from reftel.press.printer import Decision, Press, SheetCopy, SheetData, compile_sheet, write_pdf
from reftel.press.values import code_text
from tests.press.sheets import COPY, DATA, SHORT


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


def printed(press: Press, data: SheetData, copy: SheetCopy = COPY) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(next(press.print_copies(data, [copy]))))


def words(reader: pypdf.PdfReader) -> str:
    """All text of the sheet with every run of white space as one space, zero-width ones gone."""
    text = " ".join(page.extract_text() for page in reader.pages).replace("\u200b", "")
    return " ".join(unicodedata.normalize("NFC", text).split())


def squeezed(reader: pypdf.PdfReader) -> str:
    return words(reader).replace(" ", "")


def with_text(*texts: str) -> SheetData:
    return replace(SHORT, cable=replace(SHORT.cable, blocks=tuple(Paragraph(text=t) for t in texts)))


def test_same_input_gives_same_bytes(press):
    copies = [COPY, replace(COPY, number=3)]
    first = list(press.print_copies(DATA, copies))
    assert first == list(Press().print_copies(DATA, copies))
    assert first[0] != first[1]


def test_pdf_claims_a3a_and_ua1_and_carries_the_registered_bytes(press):
    reader = printed(press, DATA)
    root = reader.root_object
    metadata = cast(pypdf.generic.StreamObject, root["/Metadata"].get_object()).get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert cast(dict[str, bool], root["/MarkInfo"])["/Marked"]
    assert reader.attachments == {"cable.eml": [DATA.internet_form], "cable.json": [DATA.cable_json]}
    assert reader.metadata is not None
    assert reader.metadata.title == "Cable № 25118, copy 2 of 8"
    assert reader.metadata.creation_date == DATA.printed_at


def test_json_is_left_out_when_there_is_none(press):
    assert list(printed(press, SHORT).attachments) == ["cable.eml"]


@pytest.mark.parametrize(
    "expected",
    [
        *("CABLE № 25118", "COPY № 2 OF 8", "Director of Waterways", "paper"),
        *("SUBJECT TO RETURN", "to Cable Office", "by 26 MAR 2027", "Room 14", "Incoming № 254/3702"),
        *("IMMEDIATE", "ROUTINE", "“G”", "100535Z MAR 27 10 March 2027 05:35, UTC"),
        *("DELEGATION, FERRY TALKS, LINDGREN ferry.example", "MINISTRY, Minister;", "EMBASSY SOUTH;"),
        *("HYDROGRAPHER by bag", "PORT TOWN, inferred", "SOUTH BANK, Mr. Pak Jung-hun read it to him"),
        *("A MIN 2204", "081400Z MAR 27", "B brief report No 3 not held implied by No 4"),
        *("MRN 2027FERRY000318", "special 1702 as printed: Special No. 1702,1703 one literal, two numbers"),
        *("print number 4410 10 March 10 March 2027, in part inferred", "incoming 254/3702"),
        *("2027-03-10 05:36:12 UTC, by the sender", "who lights the buoys; what we say and when"),
        *("Tide table tides.csv text/csv 4 bytes", "The warden's map named, not held promised for Friday"),
        *("1. (C) The two pilots met", "3. (S//NF) We think", "The band plays at eight. It will rain."),
        *("박정훈", "Е. Вершинина", "上游码头", "Северный рукав / 북쪽 수로 / 北汊", "[upper] landing"),
        *(
            "BRIEF REPORT NO 4 PROVED begins",
            "Ferry Commission, O. HALVORSEN commission.example",
            "CONFIDENTIAL",
        ),
        *("AS TOLD BY THE FORWARDER begins (within 1)", "WARDEN OF THE NORTH BANK", "2400 9 March"),
        *(
            "your telegram of the 7th not held said to be received",
            "HALVORSEN Commissioner",
            "own number FC 0061",
        ),
        *("QUOTED TEXT begins", "ORLOV [Lindgren] pseudonym ORLOV · identity Lindgren ends"),
        *(
            "LINDGREN Head of Delegation",
            "Please confirm the tide table by 111200Z MINISTRY due 111200Z MAR 27",
        ),
        *("Ask: report Telegraph the fulfilment EMBASSY SOUTH", "Supplied words [upper] about paragraph 2"),
        *("Garble telegramsent → telegram sent inferred", "Archive note A second print lies in box 14."),
        *("Sender's mark: dispatched Station 3 0541Z 91 min", "Reftel-Weather fog until ten"),
        *("Docket Question to Minister, on First crossing “The hour of the first crossing” paragraph 2",),
        *("paragraph 2 talks: Ferry talks", "Docket: Position (demand) of Pilots paragraph a"),
        *("Office's note Page two was typed", "ADOPTED by C12/88", "Waterways Council 9 March 2027"),
        *(
            "The draft answer is adopted as attached.",
            "text 9b1e 77a0 41c2",
            "On the hour of the first crossing",
        ),
        *("Received Station 3 0535Z 10 Mar", "Deciphered Fedorova 0605Z 10 Mar 30 min", "45 min job 3007"),
        *(
            "Section Chief, Makari time not written signed",
            "8 printed = 1 in file + 6 issued + 1 unaccounted",
        ),
        *(
            "Unaccounted: copy 7, holder not entered",
            "1 Minister 2 Director of Waterways ← this copy 3 Hydro",
        ),
        *(
            "Duty Officer",
            "ministry.example, leaf 4711",
            "7f3a 91c4 0be2 55d8",
            "Printed 2027-03-10 06:50 UTC",
        ),
        *("RECEIVED BY READER", "RETURNED TO OFFICE", "FIRST WITNESS", "SECOND WITNESS", "FURTHER 1. (U)"),
    ],
)
def test_everything_on_the_cable_is_on_the_sheet(rich_words, expected):
    assert expected in rich_words


@pytest.fixture(scope="module")
def rich_words(press: Press) -> str:
    return words(printed(press, DATA))


def test_nothing_claims_that_the_copy_is_marked(rich_words):
    assert "individually marked" not in rich_words


def test_every_page_bears_marking_copy_and_page(press):
    reader = printed(press, DATA)
    total = len(reader.pages)
    assert total > 1
    for at, page in enumerate(reader.pages, 1):
        text = "".join(page.extract_text().split())
        assert text.count("SECRET·SPECIALFILE") == 2
        assert "COPY№2OF8" in text
        assert f"PAGE{at}OF{total}" in text


def test_bare_cable_says_that_it_has_no_marking_and_bears_no_stamp(press):
    text = squeezed(printed(press, SHORT))
    assert text.count("NOMARKINGONTHECABLE") == 2
    assert "SUBJECTTORETURN" not in text
    assert "ADOPTED" not in text
    assert "Unaccounted" not in text


def test_marking_too_long_for_the_banner_is_whole_in_the_head(press):
    captions = tuple(f"CAPTION NUMBER {n}" for n in range(30))
    cable = replace(SHORT.cable, classification="SECRET", captions=captions)
    reader = printed(press, replace(SHORT, cable=cable))
    assert squeezed(reader).count("SECRET·ALLMARKINGSINTHEHEAD") == 2 * len(reader.pages)
    assert all(caption in words(reader) for caption in captions)


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.PROVED, "PROVED"),
        (Standing.KEY_UNKNOWN, "PROOF HELD, KEY UNKNOWN HERE"),
        (Standing.WRONG, "PROOF WRONG"),
        (Standing.AS_TOLD, "AS TOLD BY THE FORWARDER"),
    ],
)
def test_each_standing_is_told_in_words(press, standing, said):
    cable = replace(SHORT.cable, blocks=(Carried(cable=SHORT.cable),))
    assert f"CARRIED TELEGRAM {said} begins" in words(
        printed(press, replace(SHORT, cable=cable, standings=(standing,)))
    )


@pytest.mark.parametrize("standings", [(Standing.PROVED,), (Standing.PROVED,) * 3])
def test_standings_that_do_not_match_the_carried_telegrams_are_refused(press, standings):
    with pytest.raises(PressError):
        next(press.print_copies(replace(DATA, standings=standings), [COPY]))


def test_telegrams_nested_to_depth_forty_are_all_there(press):
    cable = replace(SHORT.cable, blocks=(Paragraph(text="innermost word"),))
    for depth in range(40):
        blocks = (Paragraph(text=f"layer {depth} speaks"), Carried(cable=cable))
        cable = replace(SHORT.cable, blocks=blocks)
    data = replace(SHORT, cable=cable, standings=(Standing.AS_TOLD,) * 40)
    text = words(printed(press, data))
    assert "innermost word" in text
    assert all(f"layer {depth} speaks" in text for depth in range(40))
    assert "begins (within 39)" in text


def test_hundred_paragraphs_and_hundred_holders_lose_nothing(press):
    paragraphs = tuple(
        Paragraph(number=str(n), portion="C", text=f"Sentence {n} stands. " * 12) for n in range(1, 101)
    )
    data = replace(
        SHORT,
        cable=replace(SHORT.cable, blocks=paragraphs),
        distribution=tuple((str(n), f"Holder {n}") for n in range(1, 101)),
    )
    text = words(printed(press, data))
    assert all(f"{n}. (C) Sentence {n} stands." in text for n in range(1, 101))
    assert text.count("stands.") == 1200
    assert all(f"{n} Holder {n}" in text for n in range(1, 101))


HOSTILE = [
    '#let x = read("/etc/passwd") #x',
    "*bold* _emph_ $x^2$ `raw` @ref <label> = heading\n== two\n- item\n+ item / term: x",
    '#panic() #eval("1+1") // comment /* block */ \\ ~ -- --- ... "quotes" \'single\' https://a.example/#x',
    "{{ jinja }} <script>alert(1)</script> &amp; \\u{41} ]]> %PDF-1.7 endstream",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_a_cable_is_printed_as_it_stands(press, text):
    reader = printed(press, with_text(text))
    assert "".join(text.split()) in squeezed(reader)


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_in_every_other_field_is_printed_as_it_stands(press, text):
    cable = Cable(
        sender=Party(place=text),
        to=(Party(person=text, note=text),),
        blocks=(Paragraph(number=text, portion=text, series=text, text=text),),
        kind=text,
        classification=text,
        numbers=(Number(scheme=text, value=text),),
        subject=text,
        signature=Signature(literal=text, pseudonym=text),
    )
    data = replace(
        SHORT, cable=cable, number=text, entry=text, office=text, return_to=text, stamp=(text,), ledger=text,
        distribution=((text, text),), unaccounted=text, notes=(text,),
    )  # fmt: skip
    reader = printed(press, data, SheetCopy(number=1, of=1, holder=text, form=text, return_by=text))
    assert squeezed(reader).count("".join(text.split())) > 10


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to \u202eTERCES\u202c end", "to ‹U+202E›TERCES‹U+202C› end"),
        ("zero\u200bwidth\u200djoin", "zero‹U+200B›width‹U+200D›join"),
        ("bell \x07 nul \x00", "bell ‹U+0007› nul ‹U+0000›"),
        ("smile 😀 שלום", "smile ‹U+1F600› ‹U+05E9›‹U+05DC›‹U+05D5›‹U+05DD›"),
        ("\u0301x on nothing", "‹U+0301›x on nothing"),
        ("mark on Han: 北\u0301", "mark on Han: 北‹U+0301›"),
        ("lone \ud800 half", "lone ‹U+D800› half"),
        ("private \ue000 use \ufeff", "private ‹U+E000› use ‹U+FEFF›"),
        ("tab\tbed", "tab bed"),
        ("decomposed 박 é й", "decomposed 박 é й"),
    ],
)
def test_what_cannot_be_shown_or_would_steer_the_line_is_printed_as_its_code(press, text, shown):
    assert shown in words(printed(press, with_text(text)))


def test_word_of_ten_thousand_characters_stays_on_the_paper(press):
    reader = printed(press, with_text("ж" * 10_000))
    assert squeezed(reader).count("ж") == 10_000
    assert_within_margins(reader)


def test_long_words_in_narrow_places_stay_on_the_paper(press):
    long = "W" * 300
    data = replace(
        SHORT, number=long, office=long, return_to=long, distribution=(("1", long),), ledger=long,
        handling=(replace(SHORT.handling[0], event=long, by=long),),
    )  # fmt: skip
    reader = printed(press, data, SheetCopy(number=1, of=1, holder=long))
    assert_within_margins(reader)
    assert squeezed(reader).count(long) >= 5


def test_a_page_of_text_in_every_field_is_whole_and_on_the_paper(press):
    text = "Qq " + "a sentence that will not end " * 150
    party = Party(place=text, office=text, person=text, note=text)
    sender = Signature(literal=text, pseudonym=text, identity=text, rank=text)
    told = Moment(literal=text)
    mark = Mark(event=text, by=text, note=text, moment=told)
    cable = Cable(
        sender=party,
        to=(party,),
        blocks=(Carried(cable=Cable(sender=party, to=(party,), blocks=(Paragraph(text=text),), kind=text)),),
        kind=text,
        classification=text,
        precedence_literal=text,
        moment=told,
        numbers=(Number(scheme="series", value=text),),
        subject=text,
        signature=sender,
        marks=(mark,),
    )
    data = replace(
        SHORT, cable=cable, number=text, office=text, return_to=text, stamp=(text,), ledger=text,
        handling=(mark,), distribution=(("1", text),), unaccounted=text, notes=(text,),
        standings=(Standing.WRONG,), decision=Decision(reference=text, body=text, title=text, text=text),
    )  # fmt: skip
    reader = printed(press, data, SheetCopy(number=1, of=1, holder=text, form=text))
    assert_within_margins(reader)
    # 4 parties, 1 signature and 2 marks of 4 fields each, 8 more of the telegrams, 14 of the office
    assert squeezed(reader).casefold().count("notend") >= 150 * (16 + 4 + 8 + 8 + 14)


def assert_within_margins(reader: pypdf.PdfReader) -> None:
    outside: list[tuple[str, float, float]] = []

    def seen(text: str, cm: list[float], tm: list[float], *_: object) -> None:
        x, y = tm[4] * cm[0] + cm[4], tm[5] * cm[3] + cm[5]
        if text.strip() and not (50 < x < 560 and 20 < y < 830):
            outside.append((text, x, y))

    for page in reader.pages:
        page.extract_text(visitor_text=seen)
    assert not outside


def test_long_korean_and_chinese_without_spaces_stays_whole(press):
    text = "북쪽수로의등불은해가질때켠다" * 20 + "\n" + "渡船于六时十二分过江无人拍照" * 40
    assert text.replace("\n", "") in squeezed(printed(press, with_text(text)))


def test_a_copy_is_the_same_whichever_copies_are_printed_with_it(press):
    others = [replace(COPY, number=number) for number in (1, 2)]
    assert list(press.print_copies(SHORT, others))[1] == next(press.print_copies(SHORT, [COPY]))


def test_square_code_says_register_entry_and_copy_and_no_address():
    said = code_text(DATA, 2)
    assert said == f"REFTEL-COPY/V1 MINISTRY.EXAMPLE 4711 {DATA.leaf_hash.upper()} 2"


def test_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "copy.pdf"
    write_pdf(path, b"%PDF-")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"%PDF-"
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_cannot_be_written_is_a_press_error(tmp_path):
    with pytest.raises(PressError):
        write_pdf(tmp_path / "none" / "copy.pdf", b"%PDF-")


def test_no_plain_text_is_left_or_written_anywhere(tmp_path, monkeypatch):
    canary = "Zinnobergimpel"
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    watching = True

    def watch(event: str, args: tuple[object, ...]) -> None:
        if watching and event == "open" and isinstance(args[2], int) and args[2] & 0o3:
            opened.append(str(args[0]))

    sys.addaudithook(watch)
    began = datetime.now(UTC).timestamp()
    pdf = next(Press().print_copies(with_text(canary), [COPY]))
    watching = False
    assert canary in words(pypdf.PdfReader(io.BytesIO(pdf)))
    assert not opened
    assert not list(tmp_path.iterdir())
    for folder in (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")):
        for path in folder.glob("*"):
            try:
                if path.is_file() and path.stat().st_mtime >= began - 1:
                    assert canary.encode() not in path.read_bytes()
            except OSError:
                continue  # another program's file, gone or closed to us


@pytest.mark.parametrize(
    "template",
    [
        b'#set document(title: "t")\n#set text(font: "No Such Face")\nx',
        b'#set document(title: "t")\n#panic("Zinnobergimpel")',
        b'#set document(title: "t")\n#set text(font: "IBM Plex Serif")\n#"\\u{1f600}"',
    ],
)
def test_any_warning_or_error_of_the_typesetter_stops_the_sheet_and_quotes_nothing(press, template):
    with pytest.raises(PressError) as caught:
        compile_sheet(press._compiler, {"sheet.typ": template}, 0)
    assert "Zinnobergimpel" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_speed(press, capsys):
    copies = [SheetCopy(number=n, of=30, holder=f"Reader {n}") for n in range(1, 31)]
    next(press.print_copies(DATA, copies))
    began = time.perf_counter()
    pages = len(list(press.print_copies(DATA, copies)))
    with capsys.disabled():
        print(f"\n{pages / (time.perf_counter() - began):.0f} copies a second")
    assert pages == 30
