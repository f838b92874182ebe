"""Who knew what, when, on its pages: with the entries that prove it, and no more than who asks may see."""

from __future__ import annotations

from urllib.parse import quote

from reftel.cable.model import DocketLine
from reftel.office import copies, desk
from reftel.office.copies import Issue
from tests.office.scenes import CLEARING, DRAFTER, READER, REGISTRY, RELEASER, letter
from tests.web.pages import main_of, text_of

LINE = DocketLine(kind="observation", paragraph="1", quote="forty minutes")


def issue(post, entry, *issues):
    copies.issue(post.office, post.hand(REGISTRY), entry, [Issue(paper=True, **one) for one in issues])


def handed_on(post):
    """A cable whose copy the reader opened and passed to the drafter."""
    entry = post.printed(2, letter(subject="Heron", docket=(LINE,)))
    issue(post, entry, {"seq": 1, "holder": READER})
    copies.open_copy(post.office, post.hand(READER), entry, 1)
    copies.pass_on(post.office, post.hand(READER), entry, 1, DRAFTER)
    return entry


def test_a_clerk_is_shown_who_knew_what_with_the_entries(web):
    entry = handed_on(web.post)
    last = web.post.size() - 1
    page = web.signed_in(REGISTRY).get(f"/knew?who={READER}")
    told = text_of(page)
    assert f"What {READER} knew" in told
    assert "Opened copy 1, on paper" in told
    assert "passed on" in told
    assert "Heron" in told
    assert "forty minutes" in told
    for number in (last - 2, last - 1, last):
        assert f'href="/register/{number}"' in page.text
    assert f'href="/cables/{entry}"' in page.text
    assert f'href="/cables/{entry}/knew"' in page.text
    browser = web.signed_in(REGISTRY)
    for number in (last - 2, last - 1, last):
        assert browser.get(f"/register/{number}").status_code == 200
    before = text_of(browser.get(f"/knew?who={DRAFTER}&when=entry:{last - 1}"))
    assert "0 cables" in before
    assert "and could read it" in text_of(browser.get(f"/knew?who={DRAFTER}&when=entry:{last}"))


def test_everybody_may_ask_of_oneself_and_readers_of_nobody_else(web):
    entry = handed_on(web.post)
    reader = web.signed_in(READER)
    told = text_of(reader.get("/knew"))
    assert "What you knew" in told
    assert "Opened copy 1" in told
    # The copy went on: what was on its slip is not for the reader any more.
    assert "not for you any more" in told
    assert "Heron" not in told
    assert f'href="/cables/{entry}"' not in reader.get("/knew").text
    assert "f-who" not in reader.get("/knew").text
    for who in (DRAFTER, "BEIJING", "MOSCOW"):
        assert reader.get(f"/knew?who={who}").status_code == 403
    for number in (entry + 2, entry + 3):
        assert f'href="/register/{number}"' not in reader.get("/knew").text


def test_of_a_cable_that_is_seen_from_outside_no_subject_and_no_words_are_shown(web):
    entry = handed_on(web.post)
    browser = web.signed_in(RELEASER)
    page = browser.get(f"/knew?who={READER}")
    assert "Opened copy 1" in text_of(page)
    assert f'href="/cables/{entry}"' in page.text
    for word in ("Heron", "forty minutes", "observation", "Observation"):
        assert word not in page.text


def test_another_post_is_spoken_of_by_its_own_clock_and_this_one_by_its_entries(web):
    entry = handed_on(web.post)
    browser = web.signed_in(REGISTRY)
    told = text_of(browser.get("/knew?who=MOSCOW"))
    assert "Sent here, by that post’s own clock 0 cables." in told
    assert "its receipt stands 0 cables." in told
    told = text_of(browser.get("/knew?who=BEIJING"))
    assert "Entered here" in told
    assert f"entry {entry}" in told


def test_a_wrong_name_or_time_is_said_beside_the_form(web):
    browser = web.signed_in(REGISTRY)
    for asked, status, said in (
        ("who=Nobody", 404, "nobody here is called"),
        (f"who={READER}&when=yesterday", 422, "cannot be read as a time"),
        (f"who={READER}&when=entry:999999", 404, "no entry 999999"),
        (f"who={READER}&after=x", 422, "no place in a list"),
    ):
        answer = browser.get(f"/knew?{asked}")
        assert answer.status_code == status, asked
        assert said in text_of(answer).replace("Nobody here", "nobody here"), asked
    assert 'value="yesterday"' in browser.get(f"/knew?who={READER}&when=yesterday").text


def test_a_list_goes_on_at_the_same_moment(web, monkeypatch):
    monkeypatch.setattr("reftel.office.knew.PAGE", 1)
    first, second = handed_on(web.post), handed_on(web.post)
    browser = web.signed_in(REGISTRY)
    page = browser.get(f"/knew?who={READER}").text
    assert f'href="/cables/{second}"' in page
    assert f'href="/cables/{first}"' not in page
    more = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    web.post.pass_time(minutes=1)
    handed_on(web.post)
    later = browser.get(more).text
    assert f'href="/cables/{first}"' in later
    assert "2 cables." in later
    assert 'rel="next"' not in later


def test_who_knew_one_cable(web):
    entry = handed_on(web.post)
    last = web.post.size() - 1
    page = web.signed_in(REGISTRY).get(f"/cables/{entry}/knew")
    told = text_of(page)
    for who in ("BEIJING", REGISTRY, READER, DRAFTER):
        assert who in told
    assert page.text.index(f"person%3A{READER}") < page.text.index(f"person%3A{DRAFTER}")
    then = web.signed_in(REGISTRY).get(f"/cables/{entry}/knew?when=entry:{last - 1}").text
    assert f"person%3A{DRAFTER}" not in then
    drafter = web.signed_in(DRAFTER).get(f"/cables/{entry}/knew")
    assert "From when you knew" in text_of(drafter)
    assert READER not in main_of(drafter)
    wrong = web.signed_in(REGISTRY).get(f"/cables/{entry}/knew?when=never")
    assert wrong.status_code == 422
    hidden, absent = (web.signed_in(CLEARING).get(f"/cables/{number}/knew") for number in (entry, 999))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert main_of(hidden) == main_of(absent)


def test_the_pages_of_a_cable_and_of_its_copies_lead_there(web):
    entry = handed_on(web.post)
    browser = web.signed_in(REGISTRY)
    assert f'href="/cables/{entry}/knew"' in browser.get(f"/cables/{entry}").text
    assert f'href="/cables/{entry}/knew"' in browser.get(f"/copies/{entry}").text
    assert 'href="/knew"' in browser.get("/copies").text
    assert 'href="/knew"' in web.signed_in(READER).get("/copies").text


def test_a_hostile_name_is_shown_and_nothing_else(web):
    asked = quote("<script>alert(1)</script>")
    page = web.signed_in(REGISTRY).get(f"/knew?who={asked}")
    assert page.status_code == 404
    assert "<script>alert" not in page.text
    entry = web.post.printed(1)
    desk.print_copies(
        web.post.office,
        web.post.hand(REGISTRY),
        entry,
        1,
        listed=[desk.Print(holder="<b>Stalin</b>\u202e", number="1A")],
    )
    told = web.signed_in(REGISTRY).get(f"/cables/{entry}/knew").text
    assert "<b>Stalin" not in told
    assert "\u202e" not in told
