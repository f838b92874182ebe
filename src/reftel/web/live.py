"""Live pages: each page that is open is told when something was entered that changes its lists.

One thread watches the register for the whole process, so that what another process enters is noticed
too. What is told is only that there is something; the page then asks for its lists as any page does.

* an event bears the number of the last entry that it tells of, and a page that was away says with it
  where it stood: what it missed is told once;
* who asks from too far back is told to load the page anew;
* the stream ends when the session ends or the office is locked, and holds no key and no office;
* whoever does not read what is sent is dropped.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Thread

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reftel.clock import elapsed
from reftel.errors import Locked, ReftelError, TooOften
from reftel.office import sessions
from reftel.office.news import MOST_ENTRIES, News, news, touches
from reftel.register.log import size_of
from reftel.web.gate import Gate
from reftel.web.visit import visit

EVERY = 0.2
CHECKED = 5.0
HEARTBEAT = 15.0
SLOW = 10.0
MOST = 1000
MOST_OF_PERSON = 20
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Listener:
    """One page that listens: whose, in which session, and what it is to be told next."""

    person: str
    roles: frozenset[str]
    session: str
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    entry: int = -1
    event: str = ""

    def tell(self, event: str, entry: int) -> None:
        """Have it told; what was not told yet is told by the same event. From any thread."""
        self.entry = max(self.entry, entry)
        if self.event not in ("ended", "reload") or event == "ended":
            self.event = event
        self.loop.call_soon_threadsafe(self.woken.set)


class Live:
    """Everybody who listens to one served office, and the thread that watches it for them."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._listeners: set[Listener] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._seen = -1
        self._touches: dict[str, tuple[str, ...]] | None = None
        self._checked = 0.0

    @property
    def count(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    def join(self, listener: Listener, last: int) -> None:
        """Begin to tell a page what is entered after ``last``, which is the last entry or was just now.

        Raises :class:`~reftel.errors.TooOften` where too many listen already.
        """
        with self._changed:
            of = Counter(one.person for one in self._listeners)
            if len(self._listeners) >= MOST or of[listener.person] >= MOST_OF_PERSON:
                raise TooOften("too many pages listen already", mend="Close some of them.")
            self._listeners.add(listener)
            if self._thread is None:
                self._seen = last
                self._thread = Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()

    def leave(self, listener: Listener) -> None:
        """Tell a page no more."""
        with self._changed:
            self._listeners.discard(listener)
            self._changed.notify_all()

    def _watch(self) -> None:
        """Look again and again while anybody listens."""
        while True:
            try:
                self.look()
            except ReftelError as error:
                _log.warning("the register could not be watched: %s", error.code)
            except Exception:  # noqa: BLE001 - a defect must not end it, nor go unseen
                _log.exception("watching the register failed")
            with self._changed:
                if not self._listeners:
                    self._thread, self._touches = None, None
                    return
                self._changed.wait(EVERY)

    def look(self) -> None:
        """Look once, and tell everybody whom what is new concerns."""
        if not self._gate.is_open:
            self._tell(News(everybody=True), "ended", -1)
            return
        try:
            found = self._find()
        except Locked:
            return
        for one, event in found:
            self._tell(one, event, self._seen)

    def _find(self) -> list[tuple[News, str]]:
        office = self._gate.office
        found: list[tuple[News, str]] = []
        with office.store.read() as connection:
            last = size_of(connection) - 1
            if self._seen < last:
                found.append((news(connection, self._seen + 1, last), "tray"))
            waiting = touches(connection)
            changed = waiting.items() ^ (waiting if self._touches is None else self._touches).items()
            if changed:
                people = frozenset(name for _, signers in changed for name in signers)
                found.append((News(people=people), "tray"))
            self._seen, self._touches = last, waiting
            if elapsed() - self._checked >= CHECKED:
                self._checked = elapsed()
                self._end(sessions.alive(connection, office.clock.now()))
        return found

    def _end(self, alive: frozenset[str]) -> None:
        with self._changed:
            ended = [one for one in self._listeners if one.session not in alive]
        for one in ended:
            one.tell("ended", -1)

    def _tell(self, what: News, event: str, entry: int) -> None:
        with self._changed:
            concerned = [one for one in self._listeners if what.concerns(one.person, one.roles)]
        for one in concerned:
            one.tell(event, entry)


class Stream:
    """The address at which a page listens: server-sent events, as plain ASGI."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell one page until it goes, its session ends, or the office is locked."""
        request = Request(scope, receive)
        live: Live = request.app.state.live
        listener = await to_thread.run_sync(partial(_admit, request, live, asyncio.get_running_loop()))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                await _talk(listener, send)
                group.cancel_scope.cancel()
        finally:
            live.leave(listener)


def _admit(request: Request, live: Live, loop: asyncio.AbstractEventLoop) -> Listener:
    """Begin to listen, and see what was missed since the entry that the page knows."""
    who = visit(request, by_itself=True)
    listener = Listener(person=who.person, roles=who.roles, session=who.session.id, loop=loop)
    with who.office.store.read() as connection:
        live.join(listener, size_of(connection) - 1)
    try:
        with who.office.store.read() as connection:
            last = size_of(connection) - 1
            known = _known(request, last)
            if known is None or last - known > MOST_ENTRIES:
                listener.tell("reload", last)
            elif known < last and news(connection, known + 1, last).concerns(who.person, who.roles):
                listener.tell("tray", last)
    except BaseException:
        live.leave(listener)
        raise
    # A stream lasts for hours: what it holds would outlive a lock.
    request.state.visit = None
    return listener


def _known(request: Request, last: int) -> int | None:
    """The last entry that the page knows; ``None`` for what no page of this office can know."""
    text = request.headers.get("last-event-id") or request.query_params.get("after") or str(last)
    known = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else last + 1
    return known if known <= last else None


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _talk(listener: Listener, send: Send) -> None:
    """Send each event as it comes, and a sign of life where none does."""
    text = ": listening\n\n"
    while True:
        try:
            with anyio.fail_after(SLOW):
                await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        except TimeoutError:
            return
        if text.startswith("event: ended"):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        with anyio.move_on_after(HEARTBEAT):
            await listener.woken.wait()
        text = _next(listener)


def _next(listener: Listener) -> str:
    listener.woken.clear()
    event, entry, listener.event = listener.event, listener.entry, ""
    if not event:
        return ": still here\n\n"
    number = f"id: {entry}\n" if entry >= 0 and event != "ended" else ""
    return f"event: {event}\n{number}data: {json.dumps({'entry': entry})}\n\n"


routes = [Route("/live", Stream(), methods=["GET"])]
