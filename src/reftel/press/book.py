"""The docket book: what is known of a negotiation, printed with an index, as PDF/A-3a and PDF/UA-1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from reftel.press.glyphs import printable
from reftel.press.printer import Press
from reftel.press.values import BANNER_ROOM, Values

KEPT_TOGETHER = 1200
"""Characters up to which an item is kept on one page."""
_NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item of the docket as it is printed; ``name`` is the item's.

    ``head`` is what it is and its state; ``words`` are quoted, or are those of the whole paragraph; ``facts``
    are its fields; ``moves`` what was done with it, each with the item that did it; ``source`` is the cable,
    the paragraph and who vouches for it. ``stopped`` marks what does not count.
    """

    name: str
    head: str
    words: str
    source: str
    facts: tuple[tuple[str, str], ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
    theirs: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of one kind."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a chapter; ``see`` are items printed elsewhere, each with a few words."""

    title: str
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()
    see: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: a table, or parts. A cell is its words and the item on whose page there is more, or nothing.

    ``widths`` are the widths of the columns, each in so many shares; ``fresh`` begins it on a new page.
    """

    title: str
    fresh: bool = False
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name in an index: the items where it stands, or another name to look under."""

    name: str
    items: tuple[str, ...] = ()
    see: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The whole book. ``marking`` is the highest of the cables quoted, and stands on each page.

    ``known`` says as known where, when and up to which entry of which register; ``docket`` is the same
    as JSON, and rides in the PDF. ``printed_at`` is aware and is the only clock time in the file.
    """

    title: str
    eyebrow: str
    origin: str
    marking: str
    foot: str
    printed_at: datetime
    known: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    indexes: tuple[tuple[str, tuple[Entry, ...]], ...]
    docket: bytes
    notes: tuple[str, ...] = ()


def print_book(press: Press, book: Book) -> bytes:
    """The book as the bytes of a PDF; the same book gives the same bytes.

    Raises :class:`~reftel.errors.PressError` when it cannot be set without any warning.
    """
    template = (files("reftel.press") / "book.typ").read_bytes()
    values = json.dumps(book_values(book), ensure_ascii=False).encode()
    sources = {"sheet.typ": template, "book.json": values, "docket.json": book.docket}
    return press.compile(sources, book.printed_at)


def book_values(book: Book) -> Values:
    """What the template sets: text that can be printed, and a number for each item."""
    keys = {line.name: n for n, line in enumerate(_lines(book))}
    at = book.printed_at.astimezone(UTC)
    marking = book.marking if len(book.marking) <= BANNER_ROOM else f"{book.marking[:BANNER_ROOM]}…"
    return {
        "title": printable(book.title),
        "eyebrow": printable(book.eyebrow),
        "origin": printable(book.origin),
        "marking": printable(marking or "No marking on the cables"),
        "marked": bool(book.marking),
        "foot": printable(book.foot),
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "known": [[label, printable(value)] for label, value in book.known],
        "notes": [printable(note) for note in book.notes],
        "chapters": [_chapter(chapter, keys) for chapter in book.chapters],
        "indexes": [
            {"title": title, "entries": [_entry(entry, keys) for entry in entries]}
            for title, entries in book.indexes
            if entries
        ],
    }


def _lines(book: Book) -> Iterator[Line]:
    for chapter in book.chapters:
        for part in chapter.parts:
            for group in part.groups:
                yield from group.lines


def _chapter(chapter: Chapter, keys: dict[str, int]) -> Values:
    return {
        "title": printable(chapter.title),
        "fresh": chapter.fresh,
        "notes": [printable(note) for note in chapter.notes],
        "heads": list(chapter.heads) if chapter.rows else [],
        "widths": list(chapter.widths),
        "rows": [
            [{"text": printable(text), "key": keys.get(name, _NOWHERE)} for text, name in row]
            for row in chapter.rows
        ],
        "parts": [_part(part, keys) for part in chapter.parts],
    }


def _part(part: Part, keys: dict[str, int]) -> Values:
    return {
        "title": printable(part.title),
        "notes": [printable(note) for note in part.notes],
        "see": [[printable(said), keys[name]] for said, name in part.see if name in keys],
        "groups": [
            {"title": printable(group.title), "lines": [_line(line, keys) for line in group.lines]}
            for group in part.groups
        ],
    }


def _line(line: Line, keys: dict[str, int]) -> Values:
    return {
        "key": keys[line.name],
        "name": printable(line.name),
        "head": printable(line.head),
        "words": [printable(words) for words in line.words.split("\n")] if line.words else [],
        "facts": [[printable(label), printable(value)] for label, value in line.facts],
        "moves": [[printable(said), keys.get(name, _NOWHERE)] for said, name in line.moves],
        "source": printable(line.source),
        "theirs": line.theirs,
        "long": len(line.words) + sum(len(value) for _, value in line.facts) + 80 * len(line.moves)
        > KEPT_TOGETHER,
        "stopped": line.stopped,
    }


def _entry(entry: Entry, keys: dict[str, int]) -> Values:
    numbers = [keys[name] for name in entry.items if name in keys]
    return {"name": printable(entry.name), "see": printable(entry.see), "keys": numbers}
