"""The rounds: what a served office does by itself every few seconds.

It looks whether it has been idle for long enough to shut, takes in what came while it was shut,
receives what lies with the couriers, gives them what waits for other posts, and signs the register
when it has grown. While it is shut, what lies with the couriers is copied into the spool.

Nothing that goes wrong ends the rounds: it is listed, and tried again in the next one.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread

from reftel.bearers.base import Bag, Broken
from reftel.clock import elapsed
from reftel.errors import BagError, Locked, ReftelError
from reftel.house import courier
from reftel.office import arrivals, channels, waiting
from reftel.office.arrivals import Arrived
from reftel.web.gate import Gate

EVERY = timedelta(seconds=3)
SIGN_EVERY = 60.0
MAX_TROUBLES = 50
_log = logging.getLogger(__name__)
_Seen = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A courier's folder, and the post whose bags go there: ``""`` for every post without one of its own."""

    folder: Path
    peer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What went wrong in the rounds: since when, when last, and whether it did in the last round."""

    code: str
    sentence: str
    mend: str
    since: datetime
    last: datetime
    persists: bool = True


class Rounds:
    """The rounds of one served office, made by one thread."""

    def __init__(self, gate: Gate, ways: Sequence[Way], *, every: timedelta = EVERY) -> None:
        self.gate = gate
        self.ways = tuple(ways)
        self.looked: datetime | None = None
        self._every = every.total_seconds()
        self._troubles: dict[tuple[str, str], Trouble] = {}
        self._seen: dict[tuple[Path, str], _Seen] = {}
        self._done: dict[tuple[Path, str], _Seen] = {}
        self._sign_at = elapsed()
        self._ended = Event()
        self._thread = Thread(target=self._go, name="rounds", daemon=True)

    @property
    def troubles(self) -> list[Trouble]:
        """What went wrong, the latest first."""
        return sorted(self._troubles.values(), key=lambda trouble: trouble.last, reverse=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, when what is in hand is done."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _go(self) -> None:
        while not self._ended.is_set():
            self.once()
            self._ended.wait(self._every)

    def once(self) -> None:
        """Make one round."""
        self._troubles = {key: replace(one, persists=False) for key, one in self._troubles.items()}
        self._try(self.gate.lock_if_idle)
        self._try(partial(self.gate.spool.take_in, self._receive))
        for folder in dict.fromkeys(way.folder for way in self.ways):
            self._try(partial(self._fetch, folder))
        self._try(self._dispatch)
        self._try(self._sign)
        self.looked = self.gate.clock.now()

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Locked:
            pass  # it can wait until the office is open
        except ReftelError as error:
            self._list(error.code, error.sentence, error.mend)
        except Exception as error:  # noqa: BLE001 - a defect must not end the rounds, nor go unseen
            _log.exception("a round of the office failed")
            self._list("defect", f"a round failed: {type(error).__name__}", "Look into the server's log.")

    def _list(self, code: str, sentence: str, mend: str) -> None:
        now = self.gate.clock.now()
        known = self._troubles.pop((code, sentence), None)
        since = now if known is None else known.since
        trouble = Trouble(code=code, sentence=sentence, mend=mend, since=since, last=now)
        self._troubles[code, sentence] = trouble
        while len(self._troubles) > MAX_TROUBLES:
            del self._troubles[next(iter(self._troubles))]

    def _receive(self, bag: Bag | Broken) -> Arrived:
        arrived = arrivals.receive(self.gate.office, bag)
        if arrived.error is not None:
            self._list(arrived.error.code, arrived.error.sentence, arrived.error.mend)
        return arrived

    def _fetch(self, folder: Path) -> None:
        """Receive, or while shut copy, each bag that has not changed since the last look: it is there whole.

        What was dealt with is not looked into again unless it changes.
        """
        bearer = courier(folder)
        there = {name: _look(bearer.folder / f"bag-{name}") for name in bearer.names()}
        for name, seen in there.items():
            key = (bearer.folder, name)
            if self._done.get(key) == seen or self._seen.get(key) != seen:
                self._seen[key] = seen
                continue
            try:
                bag: Bag | Broken = bearer.fetch(name)
            except BagError as error:
                bag = Broken(bag=name, error=error)
            if self.gate.is_open:
                self._receive(bag)
            elif isinstance(bag, Bag):
                self.gate.spool.keep(bag)
            else:
                continue
            self._done[key] = seen
        for kept in (self._seen, self._done):
            for key in [key for key in kept if key[0] == bearer.folder and key[1] not in there]:
                del kept[key]

    def _dispatch(self) -> None:
        office = self.gate.office
        ways: Mapping[str, Path] = {way.peer: way.folder for way in reversed(self.ways)}
        with office.store.read() as connection:
            peers = channels.waiting(connection)
        for peer in peers:
            folder = ways.get(peer, ways.get(""))
            if folder is not None:
                self._try(partial(self._dispatch_to, peer, folder))

    def _dispatch_to(self, peer: str, folder: Path) -> None:
        bearer = courier(folder)
        while channels.dispatch(self.gate.office, bearer, peer) is not None:
            pass

    def _sign(self) -> None:
        office = self.gate.office
        if elapsed() >= self._sign_at:
            self._sign_at = elapsed() + SIGN_EVERY
            waiting.tidy(office)
            office.register.checkpoint(office.keys.signing, office.clock.now())


def _look(folder: Path) -> _Seen:
    """What tells whether a bag changed: of its folder and each file, which it is, its size and its time."""
    seen = []
    for path in (folder, folder / "BAG", folder / "manifest.age", folder / "cables"):
        with suppress(OSError):
            status = os.lstat(path)
            seen.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(seen)
