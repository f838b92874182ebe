"""The served office's own line: how a command at its machine locks it, unlocks it, and asks how it is."""

from __future__ import annotations

import base64
import socket
from datetime import datetime
from threading import Event, Thread

from reftel.cli import line
from reftel.errors import BadValue, ReftelError
from reftel.office.keys import load_post_keys
from reftel.register.entries import Json, clock_text
from reftel.web.gate import Gate
from reftel.web.rounds import Rounds

_LOOK_EVERY = 1.0


class Control:
    """Answers at the line of one served office, in a thread of its own."""

    def __init__(self, gate: Gate, rounds: Rounds, address: str) -> None:
        self._gate = gate
        self._rounds = rounds
        self._address = address
        self._ended = Event()

    def start(self, door: socket.socket) -> None:
        """Answer whoever calls at ``door``, until :meth:`stop`."""
        door.settimeout(_LOOK_EVERY)
        Thread(target=self._go, args=(door,), name="control", daemon=True).start()

    def stop(self) -> None:
        """Answer nobody more."""
        self._ended.set()

    def _go(self, door: socket.socket) -> None:
        while not self._ended.is_set():
            line.hear(door, self.answer)

    def answer(self, request: Json) -> Json:
        """Do what is asked; what is wrong with it is the answer."""
        try:
            return self._do(request)
        except ReftelError as error:
            return {"error": {"code": error.code, "sentence": error.sentence, "mend": error.mend}}

    def _do(self, request: Json) -> Json:
        match request:
            case {"do": "lock"}:
                return {"changed": self._gate.lock()}
            case {"do": "unlock", "secret": str(secret)}:
                keys = load_post_keys(self._gate.folder, base64.b64decode(secret))
                return {"changed": self._gate.unlock(keys)}
            case {"do": "status"}:
                return self._status()
            case _:
                raise BadValue("that is not a thing that a served office does")

    def _status(self) -> Json:
        gate, waiting = self._gate, self._gate.spool.waiting()
        return {
            "post": gate.name,
            "address": self._address,
            "state": "open" if gate.is_open else "locked",
            "locked_since": _at(gate.shut_since),
            "idle_minutes": int(gate.idle_for.total_seconds() // 60),
            "locks_after_minutes": int(gate.idle.total_seconds() // 60),
            "bags_kept": waiting.bags,
            "bags_kept_since": _at(waiting.since),
            "couriers": [str(way.folder) for way in self._rounds.ways],
            "looked": _at(self._rounds.looked),
            "troubles": [
                {
                    "code": trouble.code,
                    "sentence": trouble.sentence,
                    "mend": trouble.mend,
                    "since": clock_text(trouble.since),
                    "last": clock_text(trouble.last),
                    "persists": trouble.persists,
                }
                for trouble in self._rounds.troubles
            ],
        }


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else clock_text(moment)
