"""Foreign mail: as much as can be understood, and every guess said."""

from dataclasses import replace
from datetime import datetime

import pytest

from reftel.cable.foreign import read_mail
from reftel.cable.internet import MAX_BYTES, MAX_PARTS, read, write
from reftel.cable.model import (
    Carried,
    Enclosure,
    Mark,
    Moment,
    Number,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Reading,
)
from reftel.errors import FormatError
from tests.cable.samples import FORWARDED, HISTORIC, SESSION


def _mail(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


MILITARY = _mail(
    "Received: from relay.example by mx.example; Sun, 18 Oct 2026 05:40:00 +0000",
    "From: =?iso-8859-1?Q?Ambassade_=E0_S=E9oul?= <cables@seoul.example>",
    "To: BEIJING <cables@beijing.example>, moscow@moscow.example",
    "CC: (copy) cables@pyongyang.example",
    "Date: Sun, 18 Oct 2026 14:35:10 +0900",
    "Subject: =?UTF-8?B?7Zy07KCE?=",
    " =?UTF-8?B?IO2ajOuLtA==?=",
    "Message-ID: <abc.1@seoul.example>",
    "MMHS-Primary-Precedence: Flash",
    "MMHS-Copy-Precedence: 1",
    "MMHS-Handling-Instructions: EYES ONLY ;NODIS;",
    "MMHS-Extended-Authorisation-Info: Sun, 18 Oct 2026 05:30:00 -0000",
    "MMHS-Originator-Reference: 2026SEOUL000009",
    "MMHS-Subject-Indicator-Codes: ABC; DEF",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=euc-kr",
    "Content-Transfer-Encoding: 8bit",
    "",
    "First line \t",
    "  second line.",
    "  ",
    "",
    "Next paragraph.",
)


def test_the_fields_of_rfc_6477_are_understood():
    cable = read_mail(MILITARY).cable
    assert cable.sender == Party(person="Ambassade à Séoul", note="cables@seoul.example")
    assert cable.to == (
        Party(person="BEIJING", note="cables@beijing.example"),
        Party(person="moscow@moscow.example"),
    )
    assert cable.info == (Party(person="copy", note="cables@pyongyang.example"),)
    assert cable.subject == "휴전 회담"
    assert (cable.precedence, cable.info_precedence) == (Precedence.FLASH, Precedence.ROUTINE)
    assert cable.captions == ("EYES ONLY", "NODIS")
    assert cable.numbers == (
        Number(scheme="MRN", value="2026SEOUL000009"),
        Number(scheme="Message-ID", value="abc.1@seoul.example"),
    )
    assert cable.blocks == (Paragraph(text="First line\n  second line."), Paragraph(text="Next paragraph."))


def test_a_zone_that_is_not_said_is_not_known():
    cable = read_mail(MILITARY).cable
    local = datetime(2026, 10, 18, 5, 30)
    assert cable.moment == Moment(
        literal="Sun, 18 Oct 2026 05:30:00 -0000",
        reading=Reading(local=local, precision=Precision.MINUTE, zone=None),
    )
    dated = Moment(
        literal="Sun, 18 Oct 2026 14:35:10 +0900",
        reading=Reading(local=local.replace(hour=14, minute=35), precision=Precision.MINUTE, zone=540),
    )
    assert cable.marks == (Mark(event="mail dated", moment=dated),)
    assert cable.registered is None


def test_fields_that_are_not_understood_are_kept():
    assert read_mail(MILITARY).cable.extra == (
        ("Received", "from relay.example by mx.example; Sun, 18 Oct 2026 05:40:00 +0000"),
        ("MMHS-Subject-Indicator-Codes", "ABC; DEF"),
    )


def test_it_never_pretends_to_be_canonical():
    mail = read_mail(write(SESSION))
    assert "nothing in it is proved" in mail.doubts[0]
    assert mail.cable.registered is None
    assert mail.cable.blocks != SESSION.blocks


def test_a_cable_that_was_changed_on_its_way_keeps_its_fields():
    changed = write(SESSION).replace(b"\r\n\r\nLI\r\n", b"\r\n\r\nLI\r\n--\r\nScanned for viruses\r\n")
    cable = read_mail(b"Received: x\r\n" + changed).cable
    for name in (
        "sender",
        "to",
        "info",
        "numbers",
        "classification",
        "captions",
        "references",
        "asks",
        "moment",
    ):
        assert getattr(cable, name) == getattr(SESSION, name)
    assert cable.blocks[-1] == Paragraph(text="LI\n--\nScanned for viruses")
    for old, new in ((b'To: [{"', b'To: [{"x'), (b'To: [{"place":"BEIJING"', b'To: [{"place":"\\u0000"')):
        broken = read_mail(changed.replace(old, new))
        assert "Reftel-To could not be read, or holds what may not stand in a cable." in broken.doubts
        assert broken.cable.to == (Party(person="BEIJING", note="cables@beijing.example"),)


def test_carried_mail_and_enclosures_are_found():
    mail = read_mail(write(FORWARDED))
    kinds = [type(block).__name__ for block in mail.cable.blocks]
    assert kinds == ["Paragraph", "Carried", "Paragraph", "Carried", "Carried", "Paragraph"]
    carried = mail.cable.blocks[1]
    assert isinstance(carried, Carried)
    assert (carried.original, carried.proof) == (None, None)
    assert carried.cable.subject == SESSION.subject
    assert [enclosure.filename for enclosure in mail.cable.enclosures] == [
        "part-5.bin",
        "линия 38.pdf",
        "letter.eml",
        "part-14.bin",
    ]
    assert mail.cable.enclosures[1].content == FORWARDED.enclosures[0].content
    assert read(write(mail.cable)) == mail.cable


def test_lines_of_a_historic_cable_pass():
    assert read_mail(write(HISTORIC)).cable.subject == HISTORIC.subject


def _parts(kind: str, *parts: str) -> bytes:
    inner = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f'From: a@b.example\r\nContent-Type: {kind}; boundary="b"\r\n\r\n{inner}--b--\r\n'.encode()


def test_html_beside_text_is_left_out_and_said():
    html = "Content-Type: text/html\r\n\r\n<p>no"
    mail = read_mail(_parts("multipart/alternative", "Content-Type: text/plain\r\n\r\nyes", html))
    assert mail.cable.blocks == (Paragraph(text="yes"),)
    assert mail.cable.enclosures == ()
    assert any("HTML" in doubt for doubt in mail.doubts)
    alone = read_mail(_parts("multipart/alternative", html))
    assert alone.cable.enclosures == (
        Enclosure(title="part-2.bin", filename="part-2.bin", media_type="text/html", content=b"<p>no"),
    )


def test_filenames_have_no_folder_and_are_told_apart():
    part = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''{}\r\n\r\nx"
    mail = read_mail(
        _parts("multipart/mixed", *map(part.format, ("../a/b", "c.txt", "c.txt", "...", "%D1%84" * 200)))
    )
    names = [enclosure.filename for enclosure in mail.cable.enclosures]
    assert names == ["_a_b", "c.txt", "4-c.txt", "part-5.bin", "ф" * 122]
    assert "An enclosure was given another filename." in mail.doubts
    assert read(write(mail.cable)) == mail.cable


def test_hostile_characters_are_replaced_and_said():
    mail = read_mail(_mail("From: a@b.example", "Subject: a\u202eb\u00a0c\x01", "", "x\x00y"))
    assert mail.cable.subject == "a\ufffdb c\ufffd"
    assert mail.cable.blocks == (Paragraph(text="x\ufffdy"),)
    assert any("U+FFFD" in doubt for doubt in mail.doubts)


@pytest.mark.parametrize(
    ("subject", "read_as"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"caf\xe9", "café"),
        (b"=?x-unknown?Q?caf=C3=A9?=", "café"),
        (b"=?utf-8?B?a?=", "=?utf-8?B?a?="),
        (b"=?utf-8*fr?q?a_b?= c", "a b c"),
    ],
)
def test_subjects_in_any_encoding_are_read(subject, read_as):
    assert read_mail(b"Subject: " + subject + b"\r\n\r\n").cable.subject == read_as


@pytest.mark.parametrize(
    ("field", "doubt"),
    [
        ("Date: whenever", "A date could not be read."),
        ("Date: Sun, 18 Oct 2026 05:30:00 +9999", "A date could not be read."),
        ("MMHS-Primary-Precedence: 7", "A precedence is none of the six of RFC 6477."),
        ("To: undisclosed:;", "An address could not be read."),
        (f"Subject: {'a' * 20000}", "A header field was cut at 16384 characters."),
        (f"{'X' * 65}: a", "A header field whose name cannot be written was left out."),
    ],
)
def test_what_cannot_be_read_is_said(field, doubt):
    mail = read_mail(_mail(field, "", "text"))
    assert doubt in mail.doubts
    assert read(write(mail.cable)) == mail.cable


def test_what_cannot_be_read_is_kept_as_it_stands():
    mail = read_mail(_mail("Date: whenever", "To: undisclosed:;", "MMHS-Primary-Precedence: TOP", "", ""))
    assert mail.cable.moment == Moment(literal="whenever")
    assert mail.cable.to == (Party(person="undisclosed:;"),)
    assert mail.cable.precedence_literal == "TOP"


def test_a_multipart_without_parts_is_an_enclosure():
    mail = read_mail(_mail("Content-Type: multipart/mixed", "", "text"))
    assert mail.cable.enclosures[0].content == b"text"


def _nested(depth: int, kind: str) -> bytes:
    data = b"Subject: innermost\r\n\r\ntext\r\n"
    for level in range(depth):
        head = f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'
        part = "Content-Type: message/rfc822\r\n\r\n" if kind == "message" else ""
        data = (head + part).encode() + data + f"\r\n--b{level}--\r\n".encode()
    return data


def test_nesting_is_bounded():
    deep = read_mail(_nested(7, "message"))
    assert read(write(deep.cable)) == deep.cable
    for data in (_nested(17, "parts"), _nested(17, "message"), _nested(400, "parts"), _nested(1500, "parts")):
        with pytest.raises(FormatError, match="nested too deep"):
            read_mail(data)
    message = b"Content-Type: message/rfc822\r\n\r\n"
    fits = read_mail(message * 15 + b"Subject: x\r\n\r\ntext")
    assert read(write(fits.cable)) == fits.cable
    with pytest.raises(FormatError, match="nested too deep"):
        read_mail(message * 16 + b"Subject: x\r\n\r\ntext")


def test_sizes_are_bounded():
    part = "\r\n"
    for data in (
        bytes(MAX_BYTES + 1),
        _parts("multipart/mixed", *[part] * (MAX_PARTS + 1)),
        b"Content-Type: text/plain; " + b"a" * 3000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed\r\n" * 10 + b"\r\n\r\n" + b"\n" * 2_000_000,
        b"",
        b"no header at all",
    ):
        with pytest.raises(FormatError):
            read_mail(data)


def test_a_carried_mail_without_a_header_ends_nothing():
    data = _parts("multipart/mixed", "Content-Type: message/rfc822\r\n\r\n", "\r\ntext")
    with pytest.raises(FormatError, match="no header"):
        read_mail(data)


def test_a_foreign_cable_can_be_entered_and_carried():
    cable = read_mail(MILITARY).cable
    outer = replace(SESSION, blocks=(Carried(cable=cable),))
    assert read(write(outer)) == outer
