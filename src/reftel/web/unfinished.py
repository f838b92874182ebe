"""Unfinished sheets in lists and on their page: what they are about, and how they are marked.

A sheet that is half written often cannot be read. So both are taken from its lines as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator

from reftel.cable.sheet_grammar import read_label
from reftel.office.clearance import level
from reftel.office.papers import Paper

_MOST_LINES = 2000
_MOST_WORDS = 80


def marking_of(text: str) -> str:
    """The marking that the lines of a sheet name: the highest classification, then captions.

    Parted by U+001F, as the office keeps markings.
    """
    labels = list(_labels(text))
    classified = [value for name, value in labels if name == "CLASSIFICATION" and value]
    captions = [value for name, value in labels if name == "CAPTION" and value]
    return "\x1f".join((max(classified, key=level, default=""), *captions))


def about(paper: Paper) -> str:
    """A sheet in a few words: its subject, or how it begins."""
    subject = next((value for name, value in _labels(paper.sheet) if name == "SUBJECT"), "")
    begins = next((line.strip() for line in paper.sheet.split("\n") if line.strip()), "")
    return (subject or begins)[:_MOST_WORDS]


def _labels(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        found = read_label(line)
        if found is not None:
            yield found[0], found[2]
