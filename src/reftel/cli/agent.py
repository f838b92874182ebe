"""The agent: a small process that keeps unlocked keys in memory for a while, then forgets and ends.

Rules that this file keeps:

* it answers only processes of the user who started it, asked of the kernel (``SO_PEERCRED``), on
  a socket with mode 0600 in ``$XDG_RUNTIME_DIR``, else in the post's folder;
* secrets reach it over that socket alone, never by arguments, environment or files;
* it cannot be traced or dumped by others of the same user, and overwrites what it forgets;
* time runs on while the machine sleeps, so a laptop that wakes late finds nothing unlocked.

Whoever can run programs as that user can ask it for keys: an unlocked post trusts its user.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from reftel.cli import line
from reftel.clock import elapsed
from reftel.errors import AgentDown
from reftel.register.entries import Json

_LOOK_EVERY = 15.0
_FIRST_SECRET_WITHIN = 10.0


def keep(folder: Path, secrets: dict[str, bytes], seconds: int) -> None:
    """Have secrets kept by name for so many seconds; starts the post's agent where none runs."""
    request = {
        "do": "keep",
        "for": seconds,
        "secrets": {name: base64.b64encode(secret).decode() for name, secret in secrets.items()},
    }
    if _ask(folder, request) is None:
        _start(folder)
        if _ask(folder, request) is None:
            raise AgentDown("the agent that keeps keys unlocked did not start")


def fetch(folder: Path, name: str) -> bytes | None:
    """A secret that the post's agent keeps, or ``None``."""
    answer = _ask(folder, {"do": "fetch", "name": name})
    secret = answer.get("secret") if answer else None
    return base64.b64decode(secret) if isinstance(secret, str) else None


def kept(folder: Path) -> dict[str, int]:
    """The names that the post's agent keeps, and for how many seconds yet."""
    answer = _ask(folder, {"do": "list"})
    return dict(answer["kept"]) if answer else {}


def forget(folder: Path) -> bool:
    """Have the post's agent forget everything and end; whether one was there."""
    return _ask(folder, {"do": "forget"}) is not None


def _start(folder: Path) -> None:
    # -P: nothing in the folder where the user happens to be is taken for a module.
    words = [sys.executable, "-P", "-m", "reftel.cli.agent", str(folder.resolve())]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None  # noqa: S101 - asked for above
        process.stdout.read()  # ends when the agent listens, or has ended
        process.returncode = 0  # it lives on; nobody waits for it


def _place(folder: Path) -> tuple[Path, str]:
    """In which folder the post's agent has its socket, and under which name."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()
        return Path(runtime), f"reftel-{digest[:32]}.sock"
    return folder, "agent.sock"


def _ask(folder: Path, request: Json) -> Json | None:
    """The agent's answer to one request; ``None`` where no agent of ours listens."""
    return line.ask(*_place(folder), request)


class _Keeper:
    """What the agent keeps: secrets by name, each with the time at which it is forgotten."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytearray, float]] = {}
        self.ends = elapsed() + _FIRST_SECRET_WITHIN

    def answer(self, request: Json) -> Json:
        """Do one request; raises for one that is malformed."""
        self.forget_old()
        match request:
            case {"do": "keep", "for": int(seconds), "secrets": dict(secrets)}:
                for name, secret in secrets.items():
                    self.kept[name] = bytearray(base64.b64decode(secret)), elapsed() + seconds
                return {}
            case {"do": "fetch", "name": str(name)} if name in self.kept:
                return {"secret": base64.b64encode(self.kept[name][0]).decode()}
            case {"do": "list"}:
                return {"kept": {name: int(ends - elapsed()) for name, (_, ends) in self.kept.items()}}
            case {"do": "forget"}:
                self.forget_old(everything=True)
                self.ends = 0
        return {}

    def forget_old(self, *, everything: bool = False) -> None:
        """Overwrite and drop what has had its time."""
        for name, (secret, ends) in list(self.kept.items()):
            if everything or ends <= elapsed():
                secret[:] = bytes(len(secret))
                del self.kept[name]

    @property
    def done(self) -> bool:
        """Whether there is nothing left to keep."""
        self.forget_old()
        return not self.kept and self.ends <= elapsed()


def serve(folder: Path) -> None:
    """Keep secrets for the post in ``folder`` until the last has had its time."""
    line.hide_memory()
    place, name = _place(folder.resolve())
    keeper = _Keeper()
    with line.door(place, name) as door:
        os.chdir("/")  # it holds no disk that somebody wants to take out
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)  # whoever reads the errors of the command that started it is not kept waiting
        os.dup2(nowhere, 1)  # tells that command that it listens
        while not keeper.done:
            door.settimeout(_LOOK_EVERY if keeper.kept else 1.0)
            line.hear(door, keeper.answer)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
