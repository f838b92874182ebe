"""What is asked: its text for those who read the cable, its acts by forms; and what is cited and not held."""

import re

import pytest

from reftel.cable.dtg import read_moment
from reftel.cable.model import Ask, Enclosure, Paragraph, Reference
from reftel.office import citations, copies, tasks
from reftel.office.copies import Issue
from reftel.store import tables as t
from tests.office.scenes import (
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    letter,
)
from tests.web.pages import found

SENT = "Report by what train the delegation leaves."


def asking(post, text=SENT, due="1200Z 30 November 2026", **more):
    ask = Ask(kind="action", owner="MOSCOW", literal=text, due=read_moment(due) if due else None)
    return post.release(letter(asks=(ask,), **more))


def doors(page):
    return set(re.findall(r'data-door="([a-z ]+)"', page))


def test_an_open_tasking_is_listed_with_when_it_is_due_and_chased(web):
    entry = asking(web.post)
    page = web.signed_in(REGISTRY).get("/taskings").text
    assert SENT in page
    assert "30 November 2026 12:00, UTC" in page
    assert "to be chased from" in page
    assert "SECRET" in found(r'<aside class="marking.*?</aside>', page).group()
    assert f"/taskings/{entry}/1" not in web.signed_in(REGISTRY).get("/taskings?show=chase").text


def test_what_nobody_answered_in_time_is_to_be_chased(web):
    entry = asking(web.post)
    web.post.pass_time(hours=8)
    assert "To be chased since" in web.signed_in(REGISTRY).get("/taskings?show=chase").text
    assert f"/taskings/{entry}/1" not in web.signed_in(REGISTRY).get("/taskings?show=overdue").text


def test_overdue_and_chased_are_said(web):
    entry = asking(web.post, due="1200Z 22 November 2026")
    web.post.pass_time(hours=4)
    assert "Overdue" in web.signed_in(REGISTRY).get("/taskings?show=overdue").text
    web.act(REGISTRY, "chase", {"cable": str(entry), "n": "1"})
    page = web.signed_in(REGISTRY).get("/taskings").text
    assert "chased 1 time" in page
    assert "to be chased from" in page  # counted anew from the chase


def test_what_is_asked_is_for_who_reads_the_cable(web):
    entry = asking(web.post)
    path = f"/taskings/{entry}/1"
    assert SENT in web.signed_in(DRAFTER).get(path).text
    outside = web.signed_in(AUDITOR, "auditor")
    assert "not for you" in outside.get("/taskings").text
    assert SENT not in outside.get("/taskings").text + outside.get(path).text
    assert SENT not in web.signed_in(READER).get("/taskings").text
    hidden, absent = web.signed_in(READER).get(path), web.signed_in(READER).get("/taskings/999/1")
    assert (hidden.status_code, absent.status_code) == (404, 404)


def test_whoever_holds_a_copy_sees_that_something_is_asked(web):
    post = web.post
    entry = post.printed(1, letter(asks=(Ask(kind="action", owner="BEIJING", literal=SENT),)))
    assert f"/taskings/{entry}/1" not in web.signed_in(READER).get("/taskings").text
    copies.issue(post.office, post.hand(REGISTRY), entry, [Issue(seq=1, holder=READER, paper=True)])
    page = web.signed_in(READER).get("/taskings").text
    assert f"/taskings/{entry}/1" in page
    assert SENT not in page


def test_acts_are_offered_to_those_whose_they_are(web):
    entry = asking(web.post)
    path = f"/taskings/{entry}/1"
    assert doors(web.signed_in(REGISTRY).get(path).text) == {
        "chase",
        "fulfil",
        "part fulfil",
        "cancel tasking",
    }
    assert doors(web.signed_in(CIPHER).get(path).text) == set()
    assert web.signed_in(CIPHER).get(f"/taskings/new?cable=entry:{entry}").status_code == 403
    assert doors(web.signed_in(RELEASER).get(f"/taskings/new?cable=entry:{entry}").text) == {"task"}


def test_a_fulfilment_offers_the_cables_that_refer_to_the_asking_one(web):
    post = web.post
    entry = asking(post)
    unrelated = post.release()
    answer = post.release(
        letter(references=(Reference(literal=post.cable(entry).mrn, number=post.cable(entry).mrn),))
    )
    page = web.signed_in(REGISTRY).get(f"/taskings/{entry}/1").text
    offered = re.findall(r'<option value="([^"]+)"', page)
    assert offered[:2] == [post.cable(answer).mrn, post.cable(unrelated).mrn]
    assert post.cable(entry).mrn not in offered
    web.act(REGISTRY, "fulfil", {"cable": str(entry), "n": "1", "by_cable": offered[0]})
    page = web.signed_in(REGISTRY).get("/taskings?show=fulfilled").text
    assert post.cable(answer).mrn in page
    assert doors(web.signed_in(REGISTRY).get(f"/taskings/{entry}/1").text) == set()


def test_in_part_stays_open_and_dropped_is_closed(web):
    post = web.post
    entry, other = asking(post), post.release()
    web.act(REGISTRY, "part fulfil", {"cable": entry, "n": 1, "by_cable": post.cable(other).mrn})
    assert "Open, in part" in web.signed_in(REGISTRY).get("/taskings").text
    web.act(REGISTRY, "cancel tasking", {"cable": entry, "n": 1, "reason": "Overtaken"})
    assert SENT in web.signed_in(REGISTRY).get("/taskings?show=cancelled").text
    assert SENT not in web.signed_in(REGISTRY).get("/taskings").text


def test_taskings_of_one_owner_and_of_one_cable(web):
    post = web.post
    first, second = asking(post, "Send the map."), asking(post, "Send the list.")
    tasks.task(post.office, post.hand(REGISTRY), second, "HANOI", "Confirm the date.")
    page = web.signed_in(REGISTRY).get("/taskings?owner=hanoi").text
    assert ("Confirm the date." in page, "Send the" in page) == (True, False)
    page = web.signed_in(REGISTRY).get(f"/taskings?cable={post.cable(first).mrn}").text
    assert ("Send the map." in page, "Send the list." in page) == (True, False)
    assert web.signed_in(REGISTRY).get("/taskings?cable=99999").status_code == 404


def test_a_long_list_goes_on_where_it_stopped(web):
    post = web.post
    entry = post.release()
    for n in range(45):
        tasks.task(post.office, post.hand(REGISTRY), entry, "MOSCOW", f"Do the thing {n:02}.")
    page = web.signed_in(REGISTRY).get("/taskings").text
    following = found(r'href="([^"]+)" rel="next"', page).group(1).replace("&amp;", "&")
    both = re.findall(r"Do the thing (\d\d)", page + web.signed_in(REGISTRY).get(following).text)
    assert both == [f"{n:02}" for n in range(45)]


@pytest.mark.parametrize("query", ["show=x", "after=1~x", "after=" + "9" * 40, "cable=%00"])
def test_an_address_that_makes_no_sense_is_refused(web, query):
    assert web.signed_in(REGISTRY).get(f"/taskings?{query}").status_code == 422


def test_text_of_others_is_shown_harmlessly(web):
    asking(web.post)
    with web.post.office.store.write() as connection:
        connection.execute(
            t.taskings.update().values(literal="<img src=x onerror=x> \u202egnihton", owner="<b>")
        )
    page = web.signed_in(REGISTRY).get("/taskings").text
    assert "<img" not in page
    assert "<b></bdi>" not in page
    assert "\u202e" not in page
    assert "U+202E" in page


def test_what_is_cited_and_not_held_is_found_until_it_comes(web):
    post = web.post
    citing = post.release(
        letter(
            references=(Reference(literal="2026PYONGYANG000009", number="2026PYONGYANG000009"),),
            enclosures=(Enclosure(title="Map of the zone"),),
        )
    )
    held = post.cable(post.release()).mrn
    post.release(letter(references=(Reference(literal=held, number=held),)))
    page = web.signed_in(REGISTRY).get("/cited").text
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page, re.DOTALL)
    assert len(rows) == 2
    assert "2026PYONGYANG000009" in rows[0] + rows[1]
    assert "an enclosure, named and not here" in rows[0] + rows[1]
    assert all(f"/cables/{citing}" in row for row in rows)
    assert "Map of the zone" not in web.signed_in(REGISTRY).get("/cited?why=references").text


def test_a_citation_is_for_who_reads_the_cable(web):
    web.post.release(letter(references=(Reference(literal="2026PYONGYANG000009"),)))
    assert "2026PYONGYANG000009" in web.signed_in(DRAFTER).get("/cited").text
    for person, *roles in ((READER,), (CLEARING,), (AUDITOR, "auditor")):
        assert "2026PYONGYANG000009" not in web.signed_in(person, *roles).get("/cited").text


def test_numbers_missing_from_a_series_are_listed(web):
    post = web.post
    for n in (2, 5):
        post.printed(1, letter(kind=f"Brief report No {n}", blocks=(Paragraph(text="Quiet."),)))
    page = web.signed_in(REGISTRY).get("/cited").text
    assert "No 5" in page
    assert "1, 3, 4" in page


def test_a_tasking_stands_on_a_cable(web):
    assert web.signed_in(REGISTRY).get("/taskings/new").status_code == 404
    assert web.signed_in(REGISTRY).get("/taskings/new?cable=entry:9999").status_code == 404


def test_a_due_time_that_nobody_can_read_is_shown_as_written(web):
    asking(web.post, due="when the ice goes")
    page = web.signed_in(REGISTRY).get("/taskings").text
    assert "when the ice goes" in page
    assert "Overdue</strong>" not in page


def test_citations_go_on_below_with_whole_cables(web, monkeypatch):
    monkeypatch.setattr(citations, "PAGE", 3)
    post = web.post
    cited: list[str] = []
    for n in range(3):
        pair = [f"2026PYONGYANG{n}0000{m}" for m in (1, 2)]
        post.release(letter(references=tuple(Reference(literal=one, number=one) for one in pair)))
        cited = [*pair, *cited]
    first = web.signed_in(REGISTRY).get("/cited").text
    second = (
        web.signed_in(REGISTRY)
        .get(found('href="([^"]+)" rel="next"', first).group(1).replace("&amp;", "&"))
        .text
    )
    listed = re.findall(r"2026PYONGYANG\d+", first + second)
    assert sorted(listed) == sorted(cited)
    assert len(re.findall(r"2026PYONGYANG\d+", first)) == 4


def test_a_series_with_a_number_that_cannot_be_true_has_no_gaps(web):
    web.post.printed(1, letter(kind="Brief report No 99999", blocks=(Paragraph(text="Quiet."),)))
    assert "Numbers missing" not in web.signed_in(REGISTRY).get("/cited").text
