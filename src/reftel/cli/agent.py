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
import ctypes
import hashlib
import json
import os
import resource
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from reftel.clock import elapsed
from reftel.errors import AgentDown

_PATIENCE = 5.0
_LOOK_EVERY = 15.0
_FIRST_SECRET_WITHIN = 10.0
_MAX_REQUEST = 256 * 1024
_PR_SET_DUMPABLE = 4


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


@contextmanager
def _socket_path(folder: Path) -> Iterator[str]:
    """The socket's path by way of its folder's descriptor: a path of any length would not fit."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()
        name, place = f"reftel-{digest[:32]}.sock", Path(runtime)
    else:
        name, place = "agent.sock", folder
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def _ask(folder: Path, request: dict[str, Any]) -> dict[str, Any] | None:
    """The agent's answer to one request; ``None`` where no agent of ours listens."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PATIENCE)
        try:
            with _socket_path(folder) as path:
                line.connect(path)
            if not _is_ours(line):
                return None
            line.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_receive(line))
        except (OSError, ValueError):
            return None
    return answer if isinstance(answer, dict) else None


def _is_ours(line: socket.socket) -> bool:
    """Whether the process at the other end runs as this user; the kernel says so, not the process."""
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", credentials)[1] == os.getuid())


def _receive(line: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\n") and len(data) <= _MAX_REQUEST:
        part = line.recv(65536)
        if not part:
            break
        data += part
    return data


class _Keeper:
    """What the agent keeps: secrets by name, each with the time at which it is forgotten."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytearray, float]] = {}
        self.ends = elapsed() + _FIRST_SECRET_WITHIN

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.chdir("/")  # it holds no disk that somebody wants to take out
    keeper = _Keeper()
    with socket.socket(socket.AF_UNIX) as door, _socket_path(folder) as path:
        with suppress(FileNotFoundError):
            Path(path).unlink()
        os.umask(0o177)
        door.bind(path)
        door.listen()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)  # whoever reads the errors of the command that started it is not kept waiting
        os.dup2(nowhere, 1)  # tells that command that it listens
        try:
            while not keeper.done:
                door.settimeout(_LOOK_EVERY if keeper.kept else 1.0)
                with suppress(OSError, ValueError):
                    line, _ = door.accept()
                    with line:
                        _hear(line, keeper)
        finally:
            with suppress(FileNotFoundError):
                Path(path).unlink()


def _hear(line: socket.socket, keeper: _Keeper) -> None:
    line.settimeout(_PATIENCE)
    if _is_ours(line):
        line.sendall(json.dumps(keeper.answer(json.loads(_receive(line)))).encode() + b"\n")


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
