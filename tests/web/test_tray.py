"""The lists in a browser: what lies in whose tray, how one goes through it, and finding by number."""

import re
from datetime import timedelta

import pytest

from reftel.bearers.courier import Courier
from reftel.cable.model import Ask, Number, Party, Precedence, Reference
from reftel.office import arrivals, channels, copies, desk, papers
from reftel.office.copies import Issue
from reftel.office.trays import PAGE
from tests.office.scenes import (
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    copy_of,
    letter,
)

LISTS = ("/tray", "/out", "/drafts", "/release", "/find", "/rail", "/tray/pane")
BAND = re.compile('<aside class="marking.*?</aside>', re.DOTALL)


def matched(pattern: str | re.Pattern[str], text: str) -> re.Match[str]:
    """What must be found there."""
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found


def issued(post, holder=READER, cable=None, **more):
    entry = post.printed(cable=cable)
    one = Issue(seq=1, holder=holder, paper=True, **more)
    copies.issue(post.office, post.hand(REGISTRY), entry, [one])
    return entry


@pytest.fixture
def moscow(served_templates, tmp_path):
    """The other post."""
    posts, _ = served_templates
    post = copy_of(posts["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


def rows(answer):
    """The addresses of the rows in the list pane, in order."""
    assert answer.status_code == 200, answer.text
    return re.findall(r'<li class="row[^>]*><a href="([^"]+)"', answer.text)


def test_every_list_answers_everybody_even_when_it_is_empty(web):
    for who in (READER, DRAFTER, REGISTRY, RELEASER, CLEARING, AUDITOR):
        for path in (*LISTS, "/find?q=x"):
            answer = web.signed_in(who).get(path)
            assert answer.status_code == 200, (who, path)


def test_the_tray_lists_ones_own_copies_and_opens_them(web):
    issued(web.post, cable=letter(subject="On the neutral zone"))
    browser = web.signed_in(READER)
    tray = browser.get("/tray")
    assert "On the neutral zone" in tray.text
    assert "Copy 1 of 3" in tray.text
    (href,) = rows(tray)
    opened = browser.get(href.replace("&amp;", "&"))
    assert opened.status_code == 200
    assert "1 of 1" in opened.text
    assert 'aria-current="true"' in opened.text


def follow(browser, href):
    return browser.get(href.replace("&amp;", "&"))


def test_one_goes_through_the_tray_by_links_alone(web):
    entries = [issued(web.post) for _ in range(3)]
    browser = web.signed_in(READER)
    first = browser.get("/tray/next")
    assert (first.status_code, first.headers["location"]) == (303, f"/cables/{entries[2]}?copy=1")
    page = follow(browser, first.headers["location"])
    assert "1 of 3" in page.text
    seen = []
    for _ in range(2):
        href = matched(r'<a href="([^"]+)" rel="next"', page.text)[1]
        page = follow(browser, href)
        seen.append(int(matched(r"/cables/(\d+)", href)[1]))
    assert seen == [entries[1], entries[0]]
    assert 'rel="next"' not in page.text
    assert "3 of 3" in page.text
    assert "Next unread" in page.text
    for entry in entries:
        copies.open_copy(web.post.office, web.post.hand(READER), entry, 1)
    assert browser.get("/tray/next").headers["location"] == "/tray"
    assert ">Next unread<" not in browser.get(f"/cables/{entries[1]}").text


def test_a_long_tray_goes_on_by_place_and_stays_beside_what_is_opened(web):
    entry = web.post.printed(PAGE + 3)
    every = [Issue(seq=seq, holder=READER, paper=True) for seq in range(1, PAGE + 4)]
    copies.issue(web.post.office, web.post.hand(REGISTRY), entry, every)
    browser = web.signed_in(READER)
    tray = browser.get("/tray")
    assert len(rows(tray)) == PAGE
    earlier = follow(browser, matched(r'href="(/tray\?after=[^"]+)"', tray.text)[1])
    found = rows(earlier)
    assert len(found) == 3
    opened = follow(browser, found[1])
    assert rows(opened) == found
    assert f"{PAGE + 2} of {PAGE + 3}" in opened.text
    for nonsense in ("x", "-1", "1.2.3", "9" * 30, "%00"):
        assert browser.get(f"/tray?after={nonsense}").status_code == 200


def test_the_filters_show_what_they_say(web):
    action = issued(web.post, purpose="action")
    information = issued(web.post, purpose="information")
    back = issued(web.post, return_by="2026-11-30")
    browser = web.signed_in(READER)

    def shown(show):
        return [int(matched(r"\d+", href)[0]) for href in rows(browser.get(f"/tray?show={show}"))]

    assert shown("action") == [action]
    assert shown("information") == [information]
    assert shown("return") == [back]
    assert len(shown("all")) == len(shown("nonsense")) == 3
    assert "Back by 30 November 2026" in browser.get("/tray").text


def test_flash_stands_on_top_and_the_page_says_so(web):
    issued(web.post, cable=letter(precedence=Precedence.FLASH, subject="At once"))
    issued(web.post)
    tray = web.signed_in(READER).get("/tray").text
    assert "FLASH and above stand on top until you open them." in tray
    assert tray.index("At once") < tray.index("22 November 2026")
    assert "Flash. Unread." in tray


def test_a_row_says_what_is_due_and_what_was_answered(web):
    asks = (Ask(owner="BEIJING", literal="Report."),)
    number = Number(scheme="cable", value="25025")
    entry = issued(web.post, cable=letter(asks=asks, numbers=(number,)))
    tray = web.signed_in(READER).get("/tray").text
    assert "Chased from 22 Nov 1700Z" in tray
    assert "25025" in tray
    desk.acknowledge(web.post.office, web.post.hand(REGISTRY), entry)
    assert "Acknowledged" in web.signed_in(READER).get("/tray").text
    web.post.clock.at += timedelta(minutes=20)
    assert web.post.clock.at.hour == 9


def test_the_marking_of_a_page_is_the_highest_on_it(web):
    issued(web.post, cable=letter(classification="CONFIDENTIAL"))
    browser = web.signed_in(READER)
    band = matched(BAND, browser.get("/tray").text)[0]
    assert "CONFIDENTIAL" in band
    issued(web.post, cable=letter(classification="TOP SECRET", captions=("EYES ONLY",)), holder=READER)
    band = matched(BAND, browser.get("/tray").text)[0]
    assert "TOP SECRET" in band
    assert "EYES ONLY" in band
    empty = matched(BAND, web.signed_in(CLEARING).get("/tray").text)[0]
    assert "SECRET" not in empty


def test_clerks_find_the_offices_work_and_others_do_not(web):
    entry = web.post.printed()
    clerk = web.signed_in(CIPHER)
    assert "To verify (1)" in clerk.get("/tray").text
    assert rows(clerk.get("/tray?show=verify")) == [f"/cables/{entry}?from=verify"]
    opened = clerk.get(f"/cables/{entry}?from=verify")
    assert rows(opened) == [f"/cables/{entry}?from=verify"]
    desk.verify(web.post.office, web.post.hand(READER), entry)
    assert rows(clerk.get("/tray?show=issue")) == [f"/cables/{entry}?from=issue"]
    reader = web.signed_in(READER)
    assert "To verify" not in reader.get("/tray").text
    assert rows(reader.get("/tray?show=issue")) == []


def test_what_came_sealed_is_deciphered_from_the_tray(web, moscow, tmp_path):
    to = (Party(post="beijing.example", place="BEIJING"),)
    moscow.release(letter(to=to, sender=Party(place="MOSCOW"), subject="Hidden"))
    courier = Courier(tmp_path)
    channels.dispatch(moscow.office, courier, "beijing.example")
    for bag in courier.collect():
        arrivals.receive(web.post.office, bag)
    clerk = web.signed_in(CIPHER)
    waiting = clerk.get("/tray?show=decipher")
    assert "MOSCOW" in waiting.text
    assert "Hidden" not in waiting.text
    assert 'data-door="decipher"' in waiting.text
    done = web.act(CIPHER, "decipher", {})
    assert done["next"].startswith("/cables/")
    assert "Hidden" in clerk.get(done["next"]).text
    assert "To decipher" not in clerk.get("/tray").text


def test_the_out_tray_and_the_drafts_are_those_of_the_roles(web):
    draft = web.post.draft(letter(subject="Draft one"), clearing=[CLEARING])
    sent = web.post.release(letter(subject="Sent one"))
    for who, path, text in (
        (DRAFTER, "/drafts", "Draft one"),
        (DRAFTER, "/out", "Sent one"),
        (RELEASER, "/out", "Sent one"),
        (RELEASER, "/drafts", "Draft one"),
        (CLEARING, "/release", "Draft one"),
    ):
        assert text in web.signed_in(who).get(path).text, (who, path)
    for who in (READER, AUDITOR):
        for path in ("/out", "/drafts", "/release"):
            shown = web.signed_in(who).get(path).text
            assert "Draft one" not in shown
            assert "Sent one" not in shown
    assert "Waits for Klimov" in web.signed_in(DRAFTER).get("/drafts").text
    assert "Draft one" not in web.signed_in(RELEASER).get("/release").text
    web.act(CLEARING, "clear", {"cable": draft})
    assert "Draft one" in web.signed_in(RELEASER).get("/release").text
    assert "waits to go" in web.signed_in(RELEASER).get("/out").text
    assert sent


def test_sections_that_hold_nothing_for_a_role_are_left_out(web):
    reader = web.signed_in(READER).get("/tray").text
    assert 'href="/tray"' in reader
    for path in ("/drafts", "/release"):
        assert f'<li><a href="{path}"' not in reader
        assert f'href="{path}"' in web.signed_in(RELEASER).get("/tray").text


def test_the_rail_counts_what_waits(web):
    issued(web.post)
    rail = web.signed_in(READER).get("/rail?section=tray")
    assert rail.text.startswith("<nav")
    assert re.search(r'aria-current="page">.*?In-tray <b class="n">1</b>', rail.text, re.DOTALL)
    assert web.signed_in(READER).get("/rail?section=%22%3E%3Cb%3E").status_code == 200


def test_the_pane_alone_is_what_the_page_holds(web):
    entry = issued(web.post)
    browser = web.signed_in(READER)
    whole = browser.get(f"/cables/{entry}?copy=1").text
    address = matched(r'data-live="(/tray/pane[^"]*)"', whole)[1]
    pane = follow(browser, address)
    assert pane.text.lstrip().startswith('<div class="tray-in"')
    assert rows(pane) == [f"/cables/{entry}?copy=1"]
    assert "row sel" in pane.text


def test_a_page_that_looks_again_by_itself_keeps_no_session_alive(web):
    browser = web.signed_in(READER)
    web.post.clock.at += timedelta(minutes=20)
    for path in ("/rail", "/tray/pane"):
        assert browser.get(path).status_code == 200
    web.post.clock.at += timedelta(minutes=11)
    assert browser.get("/tray").status_code in (303, 401)


def test_finding_tells_of_nothing_that_one_may_not_see(web):
    number = Number(scheme="cable", value="25025")
    reference = Reference(literal="25025", number="25025")
    bears = issued(web.post, cable=letter(numbers=(number,)))
    cites = web.post.printed(cable=letter(references=(reference,)))

    def hits(who, *roles):
        text = web.signed_in(who, *roles).get("/find?q=No.%2025025").text
        return [int(cable) for cable in re.findall(r'<th scope="row"><a href="/cables/(\d+)"', text)]

    assert hits(REGISTRY) == [bears, cites]
    assert hits(READER) == [bears]
    assert hits(DRAFTER) == hits(AUDITOR) == []
    assert hits(AUDITOR, "auditor") == []
    assert "bears 25025" in web.signed_in(READER).get("/find?q=25025").text
    assert "cites 25025" in web.signed_in(REGISTRY).get("/find?q=25025").text
    for nonsense in ("%00", "x" * 3000, "%F0%9F%94%92", "<b>", "'; DROP TABLE cables"):
        assert web.signed_in(REGISTRY).get(f"/find?q={nonsense}").status_code == 200


def test_nobody_sees_a_list_who_is_not_signed_in(web):
    for path in (*LISTS, "/tray/next", "/cables/1", "/copies/1/1"):
        answer = web.browser().get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_unfinished_sheets_lie_among_the_drafts_of_their_writer(web):
    turn = papers.Turn(tab="one", number=1, began="")
    kept = papers.save(
        web.post.office, DRAFTER, turn, "CABLE\n\nSUBJECT: On <b>trade</b>\nCLASSIFICATION: SECRET\n"
    )
    mine = web.signed_in(DRAFTER).get("/drafts").text
    assert f'href="/compose/papers/{kept.id}"' in mine
    assert "On &lt;b&gt;trade" in mine
    assert "SECRET" in matched(BAND, mine)[0]
    assert kept.id not in web.signed_in(RELEASER).get("/drafts").text
