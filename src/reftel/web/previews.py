"""Previews of drafts: each person's last one, set by a process of its own that can be ended at any time.

One preview is set at a time. What a person typed since makes an older request of the same person
useless: it is dropped, or ended if it is being set already. Pictures stay in memory, for their
person alone, until the next or until the office is shut.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from select import select
from threading import Lock
from typing import IO, cast
from weakref import WeakKeyDictionary, finalize

from reftel.cable.model import Cable
from reftel.cable.plain import to_plain
from reftel.clock import elapsed
from reftel.errors import PressError, StaleAct
from reftel.office.office import Office
from reftel.store.engine import Store

SECONDS = 8.0
MOST_OF_PAGES = 24 << 20
MOST_PEOPLE = 60
MOST_IN_ALL = 64 << 20
_LOOK = 0.05
_CHUNK = 1 << 16


@dataclass(slots=True)
class Previews:
    """The previews of one office while it is open."""

    seconds: float = SECONDS
    _one: Lock = field(default_factory=Lock)
    _process: subprocess.Popen[bytes] | None = None
    _wanted: dict[str, str] = field(default_factory=dict)
    _drawn: OrderedDict[str, tuple[str, list[bytes]]] = field(default_factory=OrderedDict)

    def draw(self, office: Office, person: str, digest: str, cable: Cable) -> int:
        """Set the sheet of ``cable``, whose text ``digest`` names; returns how many pages it has.

        Raises :class:`PressError` where it cannot be set, or not in time, and :class:`StaleAct` where
        the person wanted another one meanwhile.
        """
        known = self._drawn.get(person)
        if known is not None and known[0] == digest:
            return len(known[1])
        self._wanted[person] = digest
        ends = elapsed() + self.seconds
        if not self._one.acquire(timeout=self.seconds):
            raise PressError("the press is busy", mend="Wait a moment, then look again.")
        try:
            self._still_wanted(person, digest)
            known = self._drawn.get(person)
            if known is not None and known[0] == digest:
                return len(known[1])
            pages = self._ask(_request(office, cable, office.now()), person, digest, ends)
        finally:
            self._one.release()
        if not pages:
            raise PressError("the sheet cannot be set as it stands")
        self._keep(person, digest, pages)
        return len(pages)

    def page(self, person: str, digest: str, number: int) -> bytes | None:
        """One page of a person's own last preview, from 1; ``None`` when it is not kept any more."""
        known = self._drawn.get(person)
        if known is None or known[0] != digest or not 1 <= number <= len(known[1]):
            return None
        return known[1][number - 1]

    def close(self) -> None:
        """End the process and forget all pictures."""
        self._end()
        self._drawn.clear()
        self._wanted.clear()

    def _still_wanted(self, person: str, digest: str) -> None:
        if self._wanted.get(person) != digest:
            raise StaleAct("the sheet was written on since")

    def _ask(self, request: bytes, person: str, digest: str, ends: float) -> list[bytes]:
        process = self._running()
        room = MOST_OF_PAGES

        def exactly(size: int) -> bytes:
            nonlocal room
            room -= size
            if room < 0:
                raise PressError("the sheet has too many pages to be shown here")
            parts = bytearray()
            while len(parts) < size:
                self._still_wanted(person, digest)
                if elapsed() > ends:
                    raise PressError(f"the sheet could not be set within {self.seconds:g} seconds")
                out = cast(IO[bytes], process.stdout).fileno()
                if select([out], [], [], _LOOK)[0]:
                    part = os.read(out, min(_CHUNK, size - len(parts)))
                    if not part:
                        raise PressError("the press broke off over this sheet")
                    parts += part
            return bytes(parts)

        try:
            cast(IO[bytes], process.stdin).write(len(request).to_bytes(4, "big") + request)
            count = int.from_bytes(exactly(4), "big")
            return [exactly(int.from_bytes(exactly(4), "big")) for _ in range(count)]
        except (PressError, StaleAct):
            self._end()
            raise
        except OSError:
            self._end()
            raise PressError("the press broke off over this sheet") from None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", "reftel.press.preview"]
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()

    def _keep(self, person: str, digest: str, pages: list[bytes]) -> None:
        self._drawn.pop(person, None)
        self._drawn[person] = digest, pages
        while len(self._drawn) > MOST_PEOPLE or self._size() > MOST_IN_ALL:
            gone, _ = self._drawn.popitem(last=False)
            self._wanted.pop(gone, None)

    def _size(self) -> int:
        return sum(len(page) for _, pages in self._drawn.values() for page in pages)


def _request(office: Office, cable: Cable, at: datetime) -> bytes:
    said = {"cable": to_plain(cable), "office": office.name, "origin": office.origin, "at": at.isoformat()}
    return json.dumps(said).encode()


_OF: WeakKeyDictionary[Store, Previews] = WeakKeyDictionary()
_MAKING = Lock()


def previews_of(office: Office) -> Previews:
    """The previews of an open office; they go, with their process, when it is shut."""
    with _MAKING:
        known = _OF.get(office.store)
        if known is None:
            known = _OF[office.store] = Previews()
            finalize(office.store, known.close)
    return known
