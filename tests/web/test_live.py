"""Live pages: told of what concerns them, soon, once, and no longer than their session lasts."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from reftel.office import copies, desk, sessions
from reftel.office.copies import Issue
from reftel.office.news import News, news
from reftel.web import live
from tests.office.scenes import (
    AUDITOR,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
)
from tests.web.conftest import ORIGIN

WAIT = 20.0


class Page:
    """One open page: what the stream told it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.over = False
        self.news = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.gone = asyncio.Event()

    async def send(self, message):
        await self.reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.text += message.get("body", b"").decode()
            self.over = not message.get("more_body", False)
        self.news.set()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def until(self, pattern, seconds=WAIT):
        """Wait until the stream holds this."""
        async with asyncio.timeout(seconds):
            while not re.search(pattern, self.text):
                self.news.clear()
                await self.news.wait()
        return re.search(pattern, self.text)


def scope(browser, query="", last=None):
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar)
    headers = [(b"host", ORIGIN.removeprefix("https://").encode()), (b"cookie", cookies.encode())]
    headers.append((b"sec-fetch-site", b"same-origin"))
    if last is not None:
        headers.append((b"last-event-id", str(last).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": "/live",
        "raw_path": b"/live",
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 443),
    }


@asynccontextmanager
async def listening(web, who, **more):
    """A page of ``who`` that listens; it goes away at the end."""
    page = Page()
    asked = scope(web.signed_in(who), **more)
    task = asyncio.create_task(web.app(asked, page.receive, page.send))
    try:
        async with asyncio.timeout(WAIT):
            while not page.text and not task.done():
                page.news.clear()
                waits = asyncio.create_task(page.news.wait())
                await asyncio.wait({waits, task}, return_when=asyncio.FIRST_COMPLETED)
                waits.cancel()
        yield page
    finally:
        page.gone.set()
        async with asyncio.timeout(WAIT):
            await task


def issue(web, holder=READER):
    entry = web.post.printed()
    one = Issue(seq=1, holder=holder, paper=True)
    copies.issue(web.post.office, web.post.hand(REGISTRY), entry, [one])
    return entry


def last(web):
    return web.post.size() - 1


def test_a_page_is_told_of_a_copy_that_is_issued_to_its_reader_and_of_no_other(web):
    async def story():
        async with listening(web, READER) as reader, listening(web, AUDITOR) as other:
            assert reader.status == 200
            assert reader.headers["content-type"].startswith("text/event-stream")
            await asyncio.to_thread(issue, web)
            found = await reader.until(r"event: tray\nid: (\d+)\ndata: (.*)\n\n")
            assert int(found[1]) == last(web)
            assert json.loads(found[2]) == {"entry": last(web)}
            await asyncio.sleep(3 * live.EVERY)
            assert "event" not in other.text

    asyncio.run(story())


def test_what_a_page_missed_is_told_once_when_it_comes_back(web):
    before = last(web)
    issue(web)

    async def story():
        async with listening(web, READER, last=before) as page:
            found = await page.until(r"event: tray\nid: (\d+)")
            assert int(found[1]) == last(web)
            await asyncio.sleep(3 * live.EVERY)
            assert page.text.count("event: tray") == 1
        async with listening(web, READER, last=last(web)) as page:
            await asyncio.sleep(2 * live.EVERY)
            assert "event" not in page.text
        async with listening(web, READER, query=f"after={before}") as page:
            await page.until("event: tray")
        async with listening(web, AUDITOR, last=before) as page:
            await asyncio.sleep(2 * live.EVERY)
            assert "event" not in page.text

    asyncio.run(story())


@pytest.mark.parametrize("known", ["nothing", "-1", "99999999", "1" * 40])
def test_a_page_that_knows_what_cannot_be_is_told_to_load_anew(web, known):
    async def story():
        async with listening(web, READER, last=known) as page:
            await page.until("event: reload")

    asyncio.run(story())


def test_a_page_that_was_away_for_too_long_is_told_to_load_anew(web, monkeypatch):
    monkeypatch.setattr(live, "MOST_ENTRIES", 3)
    before = last(web)
    for _ in range(3):
        issue(web)

    async def story():
        async with listening(web, READER, last=before) as page:
            await page.until(f"event: reload\nid: {last(web)}")

    asyncio.run(story())


def test_a_stream_ends_when_its_session_does(web, monkeypatch):
    monkeypatch.setattr(live, "CHECKED", 0.0)

    async def story():
        async with listening(web, READER) as page, listening(web, DRAFTER) as other:
            await asyncio.to_thread(sessions.end_all, web.post.office, READER)
            await page.until("event: ended")
            assert page.over
            assert not other.over

    asyncio.run(story())


def test_a_stream_does_not_keep_a_session_alive(web, monkeypatch):
    monkeypatch.setattr(live, "CHECKED", 0.0)

    async def story():
        async with listening(web, READER) as page:
            web.post.clock.at += sessions.IDLE + timedelta(seconds=1)
            await page.until("event: ended")

    asyncio.run(story())


def test_every_stream_ends_when_the_office_is_locked_and_none_begins(web):
    async def story():
        async with listening(web, READER) as page:
            web.gate.lock()
            await page.until("event: ended")
        async with listening(web, READER) as page:
            assert page.status == 503

    asyncio.run(story())


def test_nobody_listens_who_is_not_signed_in(web):
    async def story():
        page = Page()
        await web.app(scope(web.browser()), page.receive, page.send)
        assert page.status in (303, 401)

    asyncio.run(story())


def test_a_page_that_does_not_read_is_dropped(web, monkeypatch):
    monkeypatch.setattr(live, "SLOW", 0.1)

    async def story():
        page = Page()
        task = asyncio.create_task(web.app(scope(web.signed_in(READER)), page.receive, page.send))
        async with asyncio.timeout(WAIT):
            await page.until(": listening")
            page.reading.clear()
            await asyncio.to_thread(issue, web)
            await task

    asyncio.run(story())


def test_a_page_that_went_is_not_told_any_more(web):
    hub = web.app.app.state.live

    async def story():
        async with listening(web, READER):
            assert hub.count == 1
        assert hub.count == 0

    asyncio.run(story())


def test_a_person_may_have_only_so_many_pages_listen(web, monkeypatch):
    monkeypatch.setattr(live, "MOST_OF_PERSON", 1)

    async def story():
        async with listening(web, READER), listening(web, READER) as second:
            assert second.status == 429

    asyncio.run(story())


def test_a_sign_of_life_is_sent_where_nothing_happens(web, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.05)

    async def story():
        async with listening(web, READER) as page:
            await page.until(": still here")

    asyncio.run(story())


def test_three_hundred_pages_are_told_at_once(web, monkeypatch):
    # How soon on a machine at rest is measured by `reftel bench web`; here others may be at work.
    monkeypatch.setattr(live, "MOST_OF_PERSON", 400)

    async def story():
        pages = [Page() for _ in range(300)]
        asked = scope(web.signed_in(READER))
        tasks = [asyncio.create_task(web.app(dict(asked), page.receive, page.send)) for page in pages]
        async with asyncio.timeout(60):
            await asyncio.gather(*(page.until(": listening", 60) for page in pages))
        entry = await asyncio.to_thread(web.post.printed)
        begun = asyncio.get_running_loop().time()
        one = Issue(seq=1, holder=READER, paper=True)
        await asyncio.to_thread(copies.issue, web.post.office, web.post.hand(REGISTRY), entry, [one])
        async with asyncio.timeout(WAIT):
            await asyncio.gather(*(page.until("event: tray") for page in pages))
        assert asyncio.get_running_loop().time() - begun < 5
        for page in pages:
            page.gone.set()
        await asyncio.gather(*tasks)

    asyncio.run(story())


def test_whom_an_act_concerns(web):
    post = web.post
    entry = post.draft(clearing=[CLEARING])
    with post.read() as connection:
        drafted = news(connection, entry, post.size() - 1)
        assert drafted.people == {DRAFTER, CLEARING}
        assert drafted.concerns(RELEASER, {"releasing officer"})
        assert not drafted.concerns(READER, {"reader"})
        assert news(connection, 0, 5000).everybody
    printed = issue(web)
    desk.acknowledge(post.office, post.hand(REGISTRY), printed)
    with post.read() as connection:
        assert READER in news(connection, post.size() - 1, post.size() - 1).people
    assert News(everybody=True).concerns("anybody", ())
