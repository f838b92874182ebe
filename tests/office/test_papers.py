"""Unfinished sheets: nothing typed is lost, nobody else sees them, and they go when they are done with."""

from __future__ import annotations

import pytest

from reftel.cable import sheet
from reftel.cable.model import Enclosure
from reftel.errors import BadValue, NotAllowed, NotFound, SheetError, StaleAct, TooLarge
from reftel.office import desk, papers, people
from reftel.office.occasions import new_occasion, rehearse
from reftel.office.office import Hand
from reftel.office.papers import Turn
from reftel.store import tables as t
from tests.office.scenes import ADMIN, CLEARING, CLEARING_TOO, DRAFTER, KEYLESS, RELEASER, Post, letter

SHEET = "TO: MOSCOW <moscow.example>\nSUBJECT: The road\n\n1. It is open.\n"
MORE = SHEET + "\n2. And watched.\n"


def turn(number: int = 1, tab: str = "first", began: str = "") -> Turn:
    return Turn(tab=tab, number=number, began=began)


def kept(post: Post, person: str = DRAFTER) -> list[str]:
    with post.read() as connection:
        return [
            papers.find_paper(connection, person, p.id).sheet for p in papers.papers_of(connection, person)
        ]


def test_a_sheet_is_kept_as_it_was_typed_whether_it_can_be_read_or_not(beijing: Post):
    broken = "TO BEIJING\x00 \u202e and more\r\n\ud7ff"
    first = papers.save(beijing.office, DRAFTER, turn(), broken)
    assert kept(beijing) == [broken]
    again = papers.save(beijing.office, DRAFTER, turn(2), SHEET, paper=first.id)
    assert (again.id, again.cable) == (first.id, -1)
    assert kept(beijing) == [SHEET]


def test_what_comes_late_does_not_take_the_place_of_what_came_after_it(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(3), MORE)
    late = papers.save(beijing.office, DRAFTER, turn(2), SHEET, paper=paper.id)
    assert late.sheet == MORE
    assert kept(beijing) == [MORE]


def test_a_tab_that_never_heard_of_its_paper_makes_no_second_one(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(1), SHEET)
    assert papers.save(beijing.office, DRAFTER, turn(2), MORE).id == paper.id
    assert kept(beijing) == [MORE]


def test_two_tabs_that_write_in_one_paper_are_both_kept(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(), SHEET)
    here = papers.save(beijing.office, DRAFTER, turn(2), MORE, paper=paper.id)
    there = papers.save(
        beijing.office, DRAFTER, turn(1, "second", paper.digest), SHEET + "\n2. Elsewhere.\n", paper=paper.id
    )
    assert here.id == paper.id != there.id
    assert sorted(kept(beijing)) == sorted([MORE, SHEET + "\n2. Elsewhere.\n"])


def test_a_tab_that_saw_the_last_text_takes_the_paper_over(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(7), SHEET)
    other = papers.save(beijing.office, DRAFTER, turn(1, "second", paper.digest), MORE, paper=paper.id)
    assert other.id == paper.id
    assert kept(beijing) == [MORE]


def test_nobody_else_sees_writes_or_throws_away_a_paper(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(), SHEET)
    with beijing.read() as connection:
        assert papers.papers_of(connection, KEYLESS) == []
        assert papers.count_papers(connection, DRAFTER) == 1
        with pytest.raises(NotFound):
            papers.find_paper(connection, KEYLESS, paper.id)
    with pytest.raises(NotFound):
        papers.save(beijing.office, KEYLESS, turn(2), MORE, paper=paper.id)
    with pytest.raises(NotFound):
        papers.throw_away(beijing.office, KEYLESS, paper.id)
    with pytest.raises(NotFound):
        papers.enter(beijing.office, beijing.hand(KEYLESS, by=DRAFTER), paper.id, paper.digest)
    papers.throw_away(beijing.office, DRAFTER, paper.id)
    assert kept(beijing) == []


def test_papers_are_bounded_in_size_and_number(beijing: Post, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(TooLarge):
        papers.save(beijing.office, DRAFTER, turn(), "я" * (512 * 1024 + 1))
    with pytest.raises(BadValue):
        papers.save(beijing.office, DRAFTER, turn(), "\ud800")
    monkeypatch.setattr(papers, "MOST_PAPERS", 2)
    monkeypatch.setattr(papers, "MOST_IN_ALL", 100)
    first = papers.save(beijing.office, DRAFTER, turn(), "я" * 20)
    papers.save(beijing.office, DRAFTER, turn(1, "second"), "b" * 40)
    with pytest.raises(NotAllowed, match="2 unfinished"):
        papers.save(beijing.office, DRAFTER, turn(1, "third"), "c")
    with pytest.raises(NotAllowed):
        papers.save(beijing.office, DRAFTER, turn(2), "я" * 31, paper=first.id)
    papers.save(beijing.office, DRAFTER, turn(3), "я" * 30, paper=first.id)
    assert len(kept(beijing)) == 2


def test_a_paper_goes_when_its_sheet_is_entered_and_not_when_that_is_only_rehearsed(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(), SHEET)
    rehearse(
        beijing.office,
        new_occasion(beijing.office),
        Hand(who=DRAFTER),
        [],
        lambda office, hand, _: papers.enter(office, hand, paper.id, paper.digest),
    )
    assert kept(beijing) == [SHEET]
    entry = papers.enter(beijing.office, beijing.hand(DRAFTER), paper.id, paper.digest, clearing=[CLEARING])
    assert kept(beijing) == []
    assert beijing.cable(entry).subject == "The road"
    assert [row.officer for row in beijing.rows(t.clearances)] == [CLEARING]


def test_only_the_text_that_was_seen_is_entered_and_a_refused_one_stays(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(), SHEET)
    papers.save(beijing.office, DRAFTER, turn(2), MORE, paper=paper.id)
    with pytest.raises(StaleAct):
        papers.enter(beijing.office, beijing.hand(DRAFTER), paper.id, paper.digest)
    untidy = papers.save(beijing.office, DRAFTER, turn(3), "to: MOSCOW\n\nText.", paper=paper.id)
    with pytest.raises(SheetError):
        papers.enter(beijing.office, beijing.hand(DRAFTER), untidy.id, untidy.digest)
    assert kept(beijing) == ["to: MOSCOW\n\nText."]


def test_a_draft_is_rewritten_with_its_files_and_the_paper_goes(beijing: Post):
    map_of = Enclosure(title="Map", filename="map.pdf", media_type="application/pdf", content=b"%PDF-1.7")
    entry = beijing.draft(letter(enclosures=(map_of,)))
    paper = papers.begin_edit(beijing.office, DRAFTER, turn(), entry)
    assert papers.begin_edit(beijing.office, DRAFTER, turn(1, "second"), entry).id == paper.id
    new = paper.sheet.replace("forty minutes", "an hour")
    paper = papers.save(beijing.office, DRAFTER, turn(2), new, paper=paper.id)
    assert papers.put_in_place(beijing.office, beijing.hand(DRAFTER), paper.id, paper.digest) == entry
    with beijing.read() as connection:
        cable = papers.draft_cable(connection, entry)
    assert (sheet.render(cable), cable.enclosures) == (new, (map_of,))
    assert kept(beijing) == []


def test_a_sheet_that_rewrites_nothing_is_put_in_place_of_nothing(beijing: Post):
    paper = papers.save(beijing.office, DRAFTER, turn(), SHEET)
    with pytest.raises(NotAllowed):
        papers.put_in_place(beijing.office, beijing.hand(DRAFTER), paper.id, paper.digest)


def test_only_a_draft_is_rewritten(beijing: Post):
    entry = beijing.release()
    with pytest.raises(NotAllowed, match="released"):
        papers.begin_edit(beijing.office, DRAFTER, turn(), entry)
    gone = beijing.draft()
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), gone, "taken back")
    with pytest.raises(NotAllowed, match="destroyed"):
        papers.begin_edit(beijing.office, DRAFTER, turn(), gone)


def test_with_a_draft_s_text_the_papers_go_that_would_have_rewritten_it(beijing: Post):
    entry, other = beijing.draft(), beijing.draft()
    papers.begin_edit(beijing.office, DRAFTER, turn(), entry)
    papers.begin_edit(beijing.office, KEYLESS, turn(), entry)
    papers.begin_edit(beijing.office, DRAFTER, turn(1, "second"), other)
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "taken back")
    assert [row.cable for row in beijing.rows(t.papers)] == [other]


def test_who_leaves_the_post_leaves_no_papers(beijing: Post):
    papers.save(beijing.office, CLEARING_TOO, turn(), SHEET)
    papers.save(beijing.office, RELEASER, turn(), SHEET)
    people.depart(beijing.office, beijing.hand(ADMIN), CLEARING_TOO)
    assert [row.person for row in beijing.rows(t.papers)] == [RELEASER]
