"""The docket book from the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import pypdf

from tests.cli.posts import SHEET, Link, link, linked

__all__ = ["link", "linked"]

MARKED = f"""{SHEET}DOCKET question: They asked who repairs the bridge, and when.
  paragraph: 2
  talks: River talks
  issue: Bridge
"""


def test_the_book_is_written_for_its_owner_alone(link: Link, tmp_path: Path):
    link.received(MARKED)
    path = tmp_path / "docket.pdf"
    said = link.beijing.run("docket", "book", "--out", path).stdout
    assert said == f"{path}: 1 item out of 1 cable. Marked SECRET.\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    words = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    assert "They asked who repairs the bridge, and when." in words
    assert "River talks" in words


def test_as_of_an_entry_before_the_cable_it_is_empty(link: Link, tmp_path: Path):
    link.received(MARKED)
    told = link.beijing.json("docket", "book", "--at", "entry:1", "--out", tmp_path / "docket.pdf")
    assert told["register"] == "entry 1, the last of 2"
    assert told["marking"] == ""


def test_a_folder_that_is_not_there_is_said(link: Link, tmp_path: Path):
    link.received(MARKED)
    told = link.beijing.complaint("docket", "book", "--out", tmp_path / "no" / "docket.pdf", code=4)
    assert told["code"] == "press"
