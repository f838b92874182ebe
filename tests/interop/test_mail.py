"""Python's own mail library, which knows nothing of Reftel, reads our bytes as a reader should."""

from email import message_from_bytes, policy
from typing import Any

import pytest

from reftel.cable.internet import write
from tests.cable.samples import FORWARDED, HISTORIC, SAMPLES, SESSION

POLICY = policy.default.clone(linesep="\r\n", max_line_length=None, cte_type="8bit")


@pytest.mark.parametrize("name", SAMPLES)
def test_no_defect_is_found(name):
    mail = message_from_bytes(write(SAMPLES[name]), policy=policy.default)
    for part in mail.walk():
        assert part.defects == []
        for header in ("From", "To", "Cc", "Subject", "Date", "Content-Type", "Content-Disposition"):
            assert getattr(part[header], "defects", ()) == ()


def test_the_header_says_who_what_and_when():
    mail = message_from_bytes(write(SESSION), policy=policy.default)
    assert mail["Subject"] == "Session of 18 October: the line of contact"
    assert str(mail["From"]) == "KAESONG <cables@kaesong.example>"
    assert mail["To"].addresses[0].addr_spec == "cables@beijing.example"
    assert mail["Cc"].addresses[0].display_name == "PYONGYANG, Liaison, group 2"
    assert mail["Message-ID"] == "<2026KAESONG000123@kaesong.example>"
    assert mail["Date"].datetime.isoformat() == "2026-10-18T05:31:02+00:00"
    assert mail.get_content().startswith("SECRET / EYES ONLY / NODIS\r\n\r\n1. (C) The session was resumed")


def test_the_fields_of_rfc_6477_are_there():
    mail = message_from_bytes(write(SESSION))
    assert mail["MMHS-Primary-Precedence"] == "3"
    assert mail["MMHS-Copy-Precedence"] == "0"
    assert mail["MMHS-Extended-Authorisation-Info"] == "Sun, 18 Oct 2026 14:30:00 +0900"
    assert "".join(mail["MMHS-Handling-Instructions"].split("\r\n")) == "EYES ONLY; NODIS"
    assert mail["MMHS-Originator-Reference"] == "2026KAESONG000123"


def test_subjects_and_names_in_any_script_are_shown():
    mail = message_from_bytes(write(HISTORIC), policy=policy.default)
    assert mail["Subject"] == HISTORIC.subject
    assert mail["To"].groups[0].display_name == "BEIJING, SOVIET AMBASSADOR"
    assert mail["To"].addresses == ()
    assert mail["X-Hop"] == "pouch 7"
    assert mail.get_all("X-Hop", [])[1] == "мешок 8"


def test_the_parts_stand_in_the_order_of_the_text():
    mail = message_from_bytes(write(FORWARDED), policy=policy.default)
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == [
        "text/plain",
        "message/rfc822",
        "application/vnd.reftel.proof",
        "text/plain",
        "message/rfc822",
        "message/rfc822",
        "text/plain",
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert parts[2].get_content() == b"proof of entry 123\x00\xff" * 8
    assert parts[3].get_content() == "What was typed here from paper follows."
    assert parts[6].get_content() == "> As told."
    assert parts[7].get_filename() == "линия 38.pdf"
    assert parts[7].get_content() == FORWARDED.enclosures[0].content
    assert [part.is_attachment() for part in parts[7:]] == [True, True, True]
    assert parts[1].get_content()["Subject"] == SESSION.subject


def test_a_carried_original_comes_out_byte_for_byte():
    mail = message_from_bytes(write(FORWARDED), policy=POLICY)
    carried: list[Any] = [
        part.get_payload(0) for part in mail.walk() if part.get_content_type() == "message/rfc822"
    ]
    assert carried[0].as_bytes(policy=POLICY) == write(SESSION)
    assert carried[1].as_bytes(policy=POLICY) == write(HISTORIC)
