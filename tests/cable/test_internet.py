"""The Internet form: one cable, one sequence of bytes, and nothing else is taken."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings

from reftel.cable.internet import MAX_BYTES, MAX_HEADERS, MAX_PARTS, read, write
from reftel.cable.model import (
    Cable,
    Carried,
    Enclosure,
    Moment,
    Number,
    Paragraph,
    Party,
    Precision,
    Quotation,
    Signature,
)
from reftel.errors import BadValue, NotCanonical
from tests.cable.samples import DRAFT, FORWARDED, HISTORIC, KAESONG, SAMPLES, SESSION
from tests.cable.strategies import cables


def _edited(old: bytes, new: bytes, cable: Cable = SESSION) -> bytes:
    data = write(cable)
    assert old in data
    return data.replace(old, new, 1)


@settings(max_examples=150)
@given(cables())
def test_what_is_written_is_read_back_whole_in_lines_that_mail_can_carry(cable):
    data = write(cable)
    assert read(data) == cable
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_come_back_whole(name):
    assert read(write(SAMPLES[name])) == SAMPLES[name]


def test_the_header_is_ascii_whatever_the_script():
    write(HISTORIC).partition(b"\r\n\r\n")[0].decode("ascii")


def test_a_reader_of_mail_sees_marking_numbers_quotation_and_signature():
    body = write(HISTORIC).partition(b"\r\n\r\n")[2].decode()
    assert body.startswith("ОСОБАЯ ПАПКА / SPECIAL FILE\r\n\r\n2522. Visit Zhou Enlai")
    assert "\r\n\r\n> FILIPPOV [Stalin]\r\n> 7 December 1950\r\n\r\n" in body
    assert "\r\n>> 条件" in body
    assert body.endswith("\r\n\r\nGROMYKO\r\n")
    assert "\r\n\r\n1. (C) The session" in write(SESSION).decode()


def test_a_draft_has_no_date_and_an_unnumbered_one_no_message_id():
    head = write(DRAFT)
    assert b"\r\nDate:" not in head
    assert b"Message-ID" not in head


def test_the_registering_clock_keeps_its_microseconds():
    assert b"\r\nDate: Sun, 18 Oct 2026 05:31:02 +0000\r\n" in write(SESSION)
    assert b"\r\nReftel-Registered: 2026-10-18T05:31:02.123456Z\r\n" in write(SESSION)


def test_a_registering_clock_out_of_utc_is_refused():
    with pytest.raises(BadValue):
        write(replace(SESSION, registered=datetime(2026, 10, 18, tzinfo=timezone(timedelta(hours=9)))))
    same = datetime(2026, 10, 18, tzinfo=timezone(timedelta(0)))
    assert read(write(replace(SESSION, registered=same))).registered == same.astimezone(UTC)


def test_the_time_of_authorisation_is_not_invented():
    assert b"MMHS-Extended-Authorisation-Info: Sun, 18 Oct 2026 14:30:00 +0900\r\n" in write(SESSION)
    assert SESSION.moment is not None
    assert SESSION.moment.reading is not None
    zoneless = Moment(literal="1430 18 October", reading=replace(SESSION.moment.reading, zone=None))
    by_day = Moment(literal="18 OCT", reading=replace(SESSION.moment.reading, precision=Precision.DAY))
    for moment in (None, Moment(literal="soon"), zoneless, by_day):
        assert b"Authorisation" not in write(replace(SESSION, moment=moment))
    west = Moment(literal="x", reading=replace(SESSION.moment.reading, zone=-210))
    assert b"14:30:00 -0330\r\n" in write(replace(SESSION, moment=west))


def test_a_carried_original_stands_in_it_byte_for_byte():
    assert b"\r\n\r\n" + write(SESSION) + b"\r\n--" in write(FORWARDED)


def test_the_boundary_occurs_nowhere_inside():
    blocks = (Paragraph(text="--=_reftel_000002_= is a boundary"), Carried(cable=FORWARDED))
    cable = replace(DRAFT, blocks=blocks, extra=(("X", "=_reftel_000001_="),))
    head, _, body = write(cable).partition(b"\r\n\r\n")
    assert b'boundary="=_reftel_000001_="' in head
    assert b"--=_reftel_000000_=--" in body  # that of the cable inside
    delimiter = b"--=_reftel_000001_="
    assert (
        body.count(b"=_reftel_000001_=") == body.count(b"\r\n" + delimiter) + body.startswith(delimiter) == 3
    )


def test_an_original_that_is_not_the_cables_own_is_refused():
    carried = Carried(cable=SESSION, original=write(SESSION)[:-2], proof=b"p")
    with pytest.raises(BadValue, match="not those of its cable"):
        write(Cable(sender=KAESONG, to=(), blocks=(carried,)))


@pytest.mark.parametrize(("original", "proof"), [(write(SESSION), None), (None, b"p")])
def test_an_original_goes_with_its_proof(original, proof):
    carried = Carried(cable=SESSION, original=original, proof=proof)
    with pytest.raises(BadValue, match="or neither"):
        write(Cable(sender=KAESONG, to=(), blocks=(carried,)))


def test_an_empty_proof_is_still_one():
    cable = Cable(sender=KAESONG, to=(), blocks=(Carried(cable=DRAFT, original=write(DRAFT), proof=b""),))
    assert read(write(cable)) == cable


@pytest.mark.parametrize(
    "cable",
    [
        replace(DRAFT, blocks=(Paragraph(text=""),)),
        replace(DRAFT, blocks=(Paragraph(text="a\x00"),)),
        replace(DRAFT, blocks=(Paragraph(text="a\rb"),)),
        replace(DRAFT, blocks=(Paragraph(text="тайна\u202e"),)),
        replace(DRAFT, blocks=(Paragraph(text="\ud800"),)),
        replace(DRAFT, subject="two\nlines"),
        replace(DRAFT, subject="\ud800"),
        replace(DRAFT, kind="two\nlines"),
        replace(DRAFT, kind="a\x7f"),
        replace(DRAFT, kind="a\x00"),
        replace(DRAFT, sender=Party(place="\udfff")),
        replace(DRAFT, classification="\u200b"),
        replace(DRAFT, extra=(("To", "x"),)),
        replace(DRAFT, extra=(("reftel-dtg", "x"),)),
        replace(DRAFT, extra=(("X Y", "x"),)),
        replace(DRAFT, extra=(("", "x"),)),
        replace(DRAFT, extra=(("X", "a\r\nTo: b"),)),
        replace(DRAFT, extra=(("X", " x"),)),
        replace(DRAFT, enclosures=(Enclosure(title="t", filename="../x", content=b""),)),
        replace(DRAFT, enclosures=(Enclosure(title="t", filename="..", content=b""),)),
        replace(DRAFT, enclosures=(Enclosure(title="t", filename="a\\b", content=b""),)),
        replace(DRAFT, enclosures=(Enclosure(title="t", filename="ф" * 128, content=b""),)),
    ],
)
def test_what_has_no_canonical_form_is_refused(cable):
    with pytest.raises(BadValue):
        write(cable)


@pytest.mark.parametrize(
    "text", ['quotes " and \\ and \\n', "\\\\u0000", "=?utf-8?B?eA==?=", "é", "a" * 2000, "ü" * 2000]
)
def test_fields_of_one_line_hold_any_character_that_is_seen(text):
    cable = replace(DRAFT, sender=Party(place=text, note=text), subject=text, kind=text, extra=(("X", text),))
    assert read(write(cable)) == cable


@pytest.mark.parametrize(
    "value",
    [
        "=?utf-8?B?eA==?=",
        "=?utf-8?B?w6k=?=",
        "=?utf-8?B?PT91dGYtOD9CP3c2az0/PQ==?=",
        "=?utf-8?B?/w==?=",
        "=?utf-8?B?w6=?=",
        "=?utf-8?B?w6k=?==?utf-8?B?w6k=?=",
    ],
)
def test_encoded_words_in_a_field_that_is_not_ours_stay_what_they_are(value):
    cable = replace(DRAFT, extra=(("X", value),))
    assert read(write(cable)) == cable


def test_a_foreign_field_is_kept_as_it_stands():
    data = _edited(b"\r\n\r\n", b"\r\nX-Later: =?utf-8?B?eA==?= (as it is)\r\nX-Later: again\r\n\r\n")
    cable = read(data)
    assert cable.extra == (("X-Later", "=?utf-8?B?eA==?= (as it is)"), ("X-Later", "again"))
    assert write(cable) == data


def test_names_are_shown_to_mail_programs_and_harm_none():
    parties = (
        Party(post="beijing.example/2", place="BEIJING"),
        Party(post="not a domain", person='Said "no" \\ twice'),
        Party(post=("a" * 60 + ".") * 5),
        Party(place="한국"),
    )
    head = write(replace(DRAFT, to=parties)).decode()
    assert (
        'To: BEIJING <cables@beijing.example>,\r\n "Said \\"no\\" \\\\ twice":;,\r\n "":;,\r\n'
        " =?utf-8?B?7ZWc6rWt?=:;\r\n" in head
    )


def test_a_number_that_mail_cannot_hold_is_not_shown():
    for value in ("№ 5", "x" * 70):
        data = write(replace(SESSION, numbers=(Number(scheme="MRN", value=value),)))
        assert b"MMHS-Originator-Reference" not in data
        assert b"Message-ID" not in data
    data = write(
        replace(SESSION, numbers=(Number(scheme="cable", value="1"), Number(scheme="MRN", value="a (b)")))
    )
    assert b"MMHS-Originator-Reference: a (b)\r\n" in data
    assert b"Message-ID" not in data


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Reftel-Version: 1", b"Reftel-Version: 2"),
        (b"Reftel-Version: 1\r\n", b""),
        (b"From: KAESONG", b"From: BEIJING"),
        (b"From:", b"from:"),
        (b"Reftel-From:", b"X-From:"),
        (b'Reftel-Captions: ["EYES ONLY","NODIS"]', b'Reftel-Captions: ["EYES ONLY", "NODIS"]'),
        (b'"SECRET"', b'"SECRET" '),
        (b'"SECRET"', b'"SECRE\\u0054"'),
        (b'"SECRET"', b"5"),
        (b'"SECRET"', b"{"),
        (b'["EYES ONLY","NODIS"]', b"[" * 100_000),
        (b'"place":"KAESONG",', b'"place":"KAESONG","place":"KAESONG",'),
        (b'"place":"KAESONG",', b'"place":"KAESONG","town":"KAESONG",'),
        (b"MMHS-Primary-Precedence: 3", b"MMHS-Primary-Precedence: 9"),
        (b"MMHS-Primary-Precedence: 3", b"MMHS-Primary-Precedence: 03"),
        (b"05:31:02.123456Z", b"05:31:02.123456"),
        (b"2026-10-18T05:31:02.123456Z", b"18 October"),
        (b'"zone":540', b'"zone":1440'),
        (b'"zone":540', b'"zone":true'),
        (b'"precision":"minute"', b'"precision":"moment"'),
        (b'"2026-10-18T14:30:00"', b'"2026-10-18T14:30:00Z"'),
        (b'"held":true', b'"held":1'),
        (b"charset=utf-8", b"charset=UTF-8"),
        (b"EYES ONLY / NODIS", b"NODIS"),
        (b"1. (C) The", b"1. (U) The"),
        (b"\r\n\r\nLI\r\n", b"\r\n"),
        (b"\r\n\r\nLI\r\n", b"\r\n\r\nLI\n"),
        (b"\r\n\r\nLI\r\n", b"\r\n\r\nLI\r\n\r\n"),
        (b"The session", b"\xffThe session"),
        (b"Subject: ", b"Subject: \xc3\xa9"),
        (b"\r\n\r\n", b"\r\n"),
        (b'"series":"further"', b'"blocks":[]'),
        (b'{"number":"2"}', b'"carried"'),
        (b'{"number":"2"}', b'{"number":"2"},{},{},{},{}'),
        (b'{"number":"2"}', b"2"),
    ],
)
def test_any_other_bytes_are_refused(old, new):
    with pytest.raises(NotCanonical):
        read(_edited(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"=_reftel_000000_=", b"=_reftel_000002_="),
        (b"application/vnd.reftel.proof", b"application/vnd.reftel.claim"),
        (b"Type: message/rfc822", b"Type: message/global"),
        (b'"held":true', b'"held":false'),
        (b'"held":true', b'"title":"x"'),
        (b"filename*=utf-8''letter.eml", b"filename=letter.eml"),
        (b"Disposition: attachment\r\n", b"Disposition: inline\r\n"),
        (b'"carried"', b"{}"),
    ],
)
def test_parts_other_than_the_canonical_ones_are_refused(old, new):
    with pytest.raises(NotCanonical):
        read(_edited(old, new, FORWARDED))


def test_nothing_at_all_is_refused():
    for data in (b"", b"\r\n\r\n", b"Reftel-Version: 1\r\n\r\n", b"\x00" * 100):
        with pytest.raises(NotCanonical):
            read(data)


def _carried(depth: int) -> Cable:
    cable = DRAFT
    for _ in range(depth - 1):
        cable = replace(DRAFT, blocks=(Carried(cable=cable),))
    return cable


def test_telegrams_are_carried_sixteen_deep():
    deep = _carried(16)
    assert read(write(deep)) == deep
    with pytest.raises(BadValue, match="16 deep"):
        write(_carried(17))
    inner = write(deep)
    outer = write(replace(DRAFT, blocks=(Carried(cable=DRAFT),))).replace(write(DRAFT), inner, 2)
    with pytest.raises(NotCanonical, match="16 deep"):
        read(outer.replace(b"=_reftel_000000_=", b"=_reftel_000099_=", 2))


def test_quotations_nest_sixteen_deep():
    block = Paragraph(text="a")
    deep = Quotation(blocks=(block,))
    for _ in range(15):
        deep = Quotation(blocks=(deep,))
    cable = replace(DRAFT, blocks=(deep,))
    data = write(cable)
    assert read(data) == cable
    with pytest.raises(BadValue, match="nested"):
        write(replace(DRAFT, blocks=(Quotation(blocks=(deep,)),)))
    with pytest.raises(NotCanonical, match="nested"):
        read(data.replace(b"[{}]", b'[{"blocks":[{}]}]'))


def test_a_quotation_may_be_signed_by_nobody():
    cable = replace(
        DRAFT, blocks=(Quotation(blocks=(), signature=Signature(literal="")), Paragraph(text="a"))
    )
    assert read(write(cable)) == cable


def test_headers_are_bounded_those_of_carried_telegrams_counted_in():
    """A header of JSON unpacks in memory to twenty times its length."""
    half = replace(DRAFT, extra=(("X-Long", "a" * (MAX_HEADERS // 2)),))
    assert read(write(half)) == half
    both = replace(half, blocks=(Carried(cable=half),))
    for cable in (both, replace(DRAFT, blocks=(Carried(cable=both),))):
        with pytest.raises(BadValue, match="headers"):
            write(cable)
    with pytest.raises(NotCanonical, match="headers"):
        read(b"Subject: " + b"a" * MAX_HEADERS + b"\r\n\r\n")
    with pytest.raises(NotCanonical, match="headers"):
        read(b"Subject: " + b"a" * MAX_HEADERS)


def test_length_and_parts_are_bounded():
    enclosure = Enclosure(title="t", content=b"")
    fits = replace(DRAFT, enclosures=(enclosure,) * (MAX_PARTS - 1))
    data = write(fits)
    assert read(data) == fits
    with pytest.raises(BadValue, match="parts"):
        write(replace(DRAFT, enclosures=(enclosure,) * MAX_PARTS))
    with pytest.raises(NotCanonical, match="parts"):
        read(data + data)
    with pytest.raises(BadValue, match="longer"):
        write(replace(DRAFT, enclosures=(Enclosure(title="t", content=bytes(MAX_BYTES)),)))
    with pytest.raises(NotCanonical, match="longer"):
        read(bytes(MAX_BYTES + 1))
