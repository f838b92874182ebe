"""Quantities on the page of an issue, and one session by two clocks."""

from __future__ import annotations

import pytest

from reftel.cable.model import DocketLine
from tests.office.scenes import RELEASER, letter
from tests.web.pages import found, text_of

STRIP = "The strip is 10 English miles deep, for 3 months."
PRESS = "The press says that it is 10 kilometres deep."


def line(kind, quote="", **fields):
    return DocketLine(kind=kind, paragraph="1", quote=quote, fields=tuple(fields.items()))


@pytest.fixture
def released(web):
    """A cable of this post's own, with two measures of one strip and three times of one day."""
    lines = (
        line("text", STRIP, issue="The strip"),
        line("text", PRESS, issue="The strip"),
        line("session", session="by ours", opened="0800", clock="+08:00", date="11 July 1951"),
        line("session", session="by theirs", opened="1000", clock="K", date="11 July 1951"),
        line("session", session="by nobody", opened="1000", date="11 July 1951"),
    )
    entry = web.post.release(letter(f"{STRIP}\n{PRESS}", docket=lines))
    return f"{web.post.office.origin}/{web.post.cable(entry).leaf}"


def read(web, address):
    return text_of(web.signed_in(RELEASER).get(address))


def test_a_length_stands_as_said_with_its_metres_and_what_it_is_not(web, released):
    said = found("As said.*?Quantities stand", read(web, "/docket/issue?issue=The%20strip"))[0]
    assert "10 English miles 16 093.44 m 10 kilometres" in said
    assert "10 kilometres 10 000 m 10 English miles" in said
    assert "3 months" not in said  # of a time nothing more can be told


def test_a_session_leads_to_the_other_report_of_it_by_another_clock(web, released):
    page = read(web, f"/docket/sessions/{released}.3")
    assert "The same session by another clock" in page
    assert "by theirs" in page
    assert "by nobody" not in page
    assert "by another clock" not in read(web, f"/docket/sessions/{released}.5")
