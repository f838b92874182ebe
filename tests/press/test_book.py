"""The docket book as a PDF: what stands on its pages, where its index leads, and what rides in it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pypdf
import pytest

from reftel.errors import PressError
from reftel.press.book import Book, Chapter, Entry, Group, Line, Part, print_book
from reftel.press.printer import Press

WORDS = "“Who guards the ferry at night?”"


def line(n: int, **more: object) -> Line:
    given = {
        "name": f"ferry.example/{n}.1",
        "head": "question, open",
        "words": f"{WORDS} {n}",
        "source": "2026FERRY12",
    }
    return Line(**(given | more))  # type: ignore[arg-type] # its fields


LINES = tuple(line(n) for n in range(60))
BOOK = Book(
    title="The docket: Ferry talks",
    eyebrow="Docket book · FERRY",
    origin="ferry.example",
    marking="SECRET · NODIS",
    foot="Docket of FERRY · entry 41",
    printed_at=datetime(2026, 11, 22, 10, 0, tzinfo=UTC),
    known=(("As known at", "FERRY (ferry.example)"), ("Root", "qUjW+VwtIhoutLzZFrRvtxlXGx10GP5rdp7LXkO0PhM")),
    chapters=(
        Chapter(
            title="The board",
            heads=("Issue", "State"),
            widths=(2, 1),
            rows=((("Night guard", ""), ("open", LINES[50].name)),),
        ),
        Chapter(
            title="Issues",
            fresh=True,
            parts=(Part(title="Night guard", groups=(Group(title="Questions", lines=LINES),)),),
        ),
    ),
    indexes=(
        ("Issues", (Entry(name="Night guard", items=(LINES[0].name, LINES[59].name, LINES[59].name)),)),
        (
            "Parties and people",
            (Entry(name="MIN. LEE", see="Lee"), Entry(name="Lee", items=(LINES[30].name,))),
        ),
    ),
    docket=b'{"items":[]}',
)


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


def printed(press: Press, book: Book) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(print_book(press, book)))


def texts(reader: pypdf.PdfReader) -> list[str]:
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def page_with(pages: list[str], words: str) -> int:
    """The number of the last page on which these words stand, from 1."""
    return max(n for n, page in enumerate(pages, 1) if words in page)


def test_same_book_gives_same_bytes(press):
    assert print_book(press, BOOK) == print_book(Press(), BOOK)


def test_it_is_an_archive_file_and_carries_the_docket(press):
    reader = printed(press, BOOK)
    metadata = (
        cast(pypdf.generic.StreamObject, reader.root_object["/Metadata"].get_object()).get_data().decode()
    )
    assert "<pdfaid:part>3</pdfaid:part>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert reader.attachments == {"docket.json": [BOOK.docket]}
    assert reader.metadata is not None
    assert reader.metadata.title == BOOK.title


def test_the_marking_and_the_page_stand_on_each_page(press):
    pages = texts(printed(press, BOOK))
    assert len(pages) > 4
    for n, page in enumerate(pages, 1):
        assert page.replace(" ", "").count("SECRET·NODIS") == 2
        assert f"PAGE {n} OF {len(pages)}" in page


def test_the_index_leads_to_the_pages_where_the_items_stand(press):
    pages = texts(printed(press, BOOK))
    index = pages[-1]
    first, last = page_with(pages, f"{WORDS} 0"), page_with(pages, f"{WORDS} 59")
    assert first < last
    assert re.search(rf"Night guard {first}, {last}(?!,)", index)
    assert f"Lee {page_with(pages, f'{WORDS} 30')}" in index
    assert "MIN. LEE see Lee" in index


def test_a_cell_of_the_board_leads_to_its_item(press):
    pages = texts(printed(press, BOOK))
    assert f"open p. {page_with(pages, f'{WORDS} 50')}" in pages[page_with(pages, "The board") - 1]


def test_every_line_has_its_name_words_fields_moves_and_source(press):
    one = line(
        0,
        facts=(("to", "Chairman"),),
        moves=(("answered in part by ferry.example/7.1", ""), ("confirmed by x", LINES[1].name)),
    )
    chapter = Chapter(
        title="Issues", parts=(Part(title="", groups=(Group(title="Q", lines=(one, LINES[1])),)),)
    )
    found = " ".join(texts(printed(press, replace(BOOK, chapters=(chapter,), indexes=()))))
    for words in (
        one.name,
        WORDS,
        "to Chairman",
        "answered in part by ferry.example/7.1",
        "confirmed by x, p.",
        "2026FERRY12",
    ):
        assert words in found


def test_words_of_a_cable_are_never_markup(press):
    hostile = '#import "x"; $a^b$ *bold* #panic() </script> \u202e'
    one = line(0, words=hostile, facts=(("to", "#sys.version"),))
    chapter = Chapter(
        title="#lorem(9)", parts=(Part(title="= x", groups=(Group(title="<a>", lines=(one,)),)),)
    )
    pages = texts(
        printed(press, replace(BOOK, chapters=(chapter,), indexes=(("Issues", (Entry(name="#a"),)),)))
    )
    found = " ".join(pages)
    assert '#import "x"; $a^b$ *bold* #panic() </script> ‹U+202E›' in found
    assert "#sys.version" in found
    assert "#lorem(9)" in found


def test_an_empty_book_can_be_printed(press):
    pages = texts(printed(press, replace(BOOK, chapters=(), indexes=(), marking="")))
    assert len(pages) == 1
    assert "NOMARKINGONTHECABLES" in pages[0].replace(" ", "")


def test_what_cannot_be_set_is_refused_without_its_words(press):
    with pytest.raises(PressError) as caught:
        press.compile({"sheet.typ": b'#panic("secret words")'}, BOOK.printed_at)
    assert "secret" not in str(caught.value)
