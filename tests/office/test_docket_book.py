"""What stands in the docket book: everything that may be read, once, with its evidence, as of a moment."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reftel.cable.model import DocketLine
from reftel.errors import BadValue
from reftel.office import desk, docketing
from reftel.office import docket_views as views
from reftel.office.docket import Lens
from reftel.office.docket_book import docket_book
from reftel.office.moments import read_when
from reftel.office.sight import Asker
from reftel.press.book import Book, Line
from reftel.register.entries import b64
from reftel.register.log import tree_of
from reftel.store import tables as t
from tests.office.scenes import READER, REGISTRY, Post, letter

TALKS = ("talks", "Ferry")
QUOTE = "The session lasted forty minutes."


def line(kind: str, quote: str = QUOTE, /, **fields: str) -> DocketLine:
    given = {name.replace("_", " "): value for name, value in fields.items()}
    return DocketLine(kind=kind, paragraph="1", quote=quote, fields=(TALKS, *given.items()))


MARKED = letter(
    docket=(
        line("party", party="North", side="theirs"),
        line("person", person="Ada Brandt", party="North"),
        line("alias", name="Ada Brandt", printed="CAPT. BRANDT", kind="person"),
        line("issue", issue="Fares", number="3"),
        line("question", "", issue="Fares; Berths", to="CAPT. BRANDT"),
        line("instruction", issue="Fares", mode="must", to="Drozdov"),
        line("session", session="First session"),
        line("outcome", session="#7", issue="Fares", outcome="put off"),
        line("withheld", not_for="North"),
        line("movement", who="Ada Brandt"),
    )
)


@pytest.fixture
def entered(beijing: Post) -> Post:
    """BEIJING, with a cable whose ten docket lines are of every chapter."""
    beijing.release(MARKED)
    return beijing


def book(post: Post, lens: Lens | None = None, talks: str = "ferry", when: str = "", **more: int) -> Book:
    with post.read() as connection:
        moment = read_when(connection, when, post.office.now()) if when else None
        seen = lens or Lens(post.office.origin, None, -1 if moment is None else moment.entry)
        return docket_book(post.office, connection, seen, talks, when=moment, **more)  # type: ignore[arg-type]


def lines(made: Book) -> list[Line]:
    return [
        one
        for chapter in made.chapters
        for part in chapter.parts
        for group in part.groups
        for one in group.lines
    ]


def cable_of(post: Post) -> int:
    return max(int(row.cable) for row in post.rows(t.cables))


def test_every_item_stands_once_with_its_evidence_as_the_export_has_it(entered: Post):
    made = book(entered)
    with entered.read() as connection:
        export = views.export(connection, Lens(entered.office.origin))
    items = {item["name"]: item for item in export["items"]}  # type: ignore[attr-defined]
    found = lines(made)
    assert sorted(one.name for one in found) == sorted(items)
    for one in found:
        evidence = items[one.name]["evidence"]
        assert evidence["quote"] in one.words if "quote" in evidence else one.words == QUOTE
        assert f"paragraph {evidence['paragraph']}" in one.source
        assert f"entry {evidence['entry']} here" in one.source
        assert evidence["asserted_by"] in one.source
    assert json.loads(made.docket)["items"] == export["items"]


def test_each_chapter_has_what_belongs_there(entered: Post):
    chapters = {chapter.title: chapter for chapter in book(entered).chapters}
    heads = {
        title: [
            one.head.partition(",")[0]
            for part in chapter.parts
            for group in part.groups
            for one in group.lines
        ]
        for title, chapter in chapters.items()
    }
    assert heads == {
        "Parties and people": ["party", "person", "alias"],
        "The board": [],
        "Issues": ["question", "issue"],
        "Instructions": ["instruction"],
        "Sessions": ["session", "outcome"],
        "Disclosures": ["withheld"],
        "Movements": ["movement"],
        "Cables quoted": [],
    }
    told = {one.head.partition(",")[0]: dict(one.facts).get("issue") for one in lines(book(entered))}
    assert (told["outcome"], told["question"], told["issue"]) == ("Fares", "Fares; Berths", None)
    fares = next(part for part in chapters["Issues"].parts if part.title == "Fares")
    assert [said.partition(" ")[0] for said, _ in fares.see] == ["question", "instruction", "outcome"]
    assert any("3 in 2026BEIJING" in note for note in fares.notes)
    issues = [row[0] for row in chapters["The board"].rows]
    assert [name for name, _ in issues] == ["Berths", "Fares"]
    assert all(item in {one.name for one in lines(book(entered))} for _, item in issues)


def test_the_index_finds_issues_people_under_all_names_and_cables(entered: Post):
    indexes = dict(book(entered).indexes)
    fares = next(entry for entry in indexes["Issues"] if entry.name == "Fares")
    assert len(fares.items) == 4
    people = {entry.name: entry for entry in indexes["Parties and people"]}
    assert people["CAPT. BRANDT"].see == "Ada Brandt"
    assert len(people["Ada Brandt"].items) == 4
    assert len(indexes["Cables"]) == 1


def test_it_says_as_known_where_when_and_under_which_root(entered: Post):
    known = dict(book(entered).known)
    with entered.read() as connection:
        root = b64(tree_of(connection).root())
    assert known["As known at"] == "BEIJING (beijing.example)"
    assert known["Register"] == f"entry {entered.size() - 1}, the last of {entered.size()}"
    assert known["Root"] == root
    assert known["It holds"] == "10 items out of 1 cable"


def test_the_highest_marking_of_the_cables_quoted_stands_in_it(entered: Post):
    assert book(entered).marking == "SECRET"
    higher = replace(MARKED, classification="TOP SECRET", captions=("NODIS",), docket=MARKED.docket[:1])
    desk.enter(entered.office, entered.hand(REGISTRY), higher)
    assert book(entered).marking == "TOP SECRET · NODIS"


def test_as_of_a_moment_nothing_that_came_later_is_in_it(entered: Post):
    before = entered.size() - 1
    docketing.enter_lines(
        entered.office, entered.hand(REGISTRY), cable_of(entered), [line("question", to="X")]
    )
    assert len(lines(book(entered))) == 11
    assert len(lines(book(entered, when=f"entry:{before}"))) == 10
    known = dict(book(entered, when=f"entry:{before}").known)
    assert known["Register"] == f"entry {before}, the last of {before + 1}"


def test_who_may_not_read_the_cable_finds_nothing_of_it(entered: Post):
    lens = Lens(entered.office.origin, Asker(person=READER, roles=frozenset(("reader",))))
    made = book(entered, lens)
    assert lines(made) == []
    assert made.marking == ""
    assert QUOTE not in made.docket.decode()
    assert "Brandt" not in str(made)


def test_what_does_not_count_stands_at_the_end_with_the_reason(entered: Post):
    name = lines(book(entered))[0].name
    strike = DocketLine(kind="strike", fields=(TALKS, ("of", name)))
    docketing.enter_lines(entered.office, entered.hand(REGISTRY), cable_of(entered), [strike])
    made = book(entered)
    chapters = {chapter.title: chapter for chapter in made.chapters}
    (left,) = chapters["What does not count"].parts[0].groups[0].lines
    assert (left.name, left.stopped) == (name, True)
    assert "struck out" in left.head
    (struck,) = chapters["Amended, merged, confirmed"].parts[0].groups[0].lines
    assert struck.head == "strike"


def test_more_than_one_book_holds_is_refused(entered: Post):
    assert len(lines(book(entered, most=10))) == 10
    with pytest.raises(BadValue, match="more items than the 9"):
        book(entered, most=9)


def test_how_many_items_there_are_is_not_told_to_who_may_not_read_them(entered: Post):
    lens = Lens(entered.office.origin, Asker(person=READER, roles=frozenset(("reader",))))
    assert lines(book(entered, lens, most=9)) == []
