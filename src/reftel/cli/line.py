"""A line between processes of one user: a Unix socket on which each request and each answer is JSON.

Rules that this file keeps:

* the socket has mode 0600, and whoever runs as another user is not answered: the kernel says who is
  at the other end (``SO_PEERCRED``), not the process;
* a request and an answer are one line each, bounded in length and in time.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reftel.register.entries import Json

_PATIENCE = 5.0
_MAX_REQUEST = 256 * 1024
_PR_SET_DUMPABLE = 4


def ask(place: Path, name: str, request: Json, patience: float = _PATIENCE) -> Json | None:
    """The answer to one request; ``None`` where nobody of ours listens."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(patience)
        try:
            with _address(place, name) as path:
                line.connect(path)
            if not _is_ours(line):
                return None
            line.sendall(json.dumps(request).encode() + b"\n")
            answer = json.loads(_receive(line))
        except (OSError, ValueError):
            return None
    return answer if isinstance(answer, dict) else None


@contextmanager
def door(place: Path, name: str) -> Iterator[socket.socket]:
    """A socket that listens in a folder, in place of what lay there; it is gone at the end."""
    with socket.socket(socket.AF_UNIX) as opened, _address(place, name) as path:
        with suppress(FileNotFoundError):
            Path(path).unlink()
        mask = os.umask(0o177)
        try:
            opened.bind(path)
        finally:
            os.umask(mask)
        opened.listen()
        try:
            yield opened
        finally:
            with suppress(FileNotFoundError):
                Path(path).unlink()


def hear(opened: socket.socket, answer: Callable[[Json], Json]) -> None:
    """Answer the next who calls, if one does in time; what is malformed is hung up on."""
    with suppress(OSError, ValueError):
        line, _ = opened.accept()
        with line:
            line.settimeout(_PATIENCE)
            if _is_ours(line):
                line.sendall(json.dumps(answer(json.loads(_receive(line)))).encode() + b"\n")


def hide_memory() -> None:
    """Have this process traced and dumped by nobody else of the same user."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextmanager
def _address(place: Path, name: str) -> Iterator[str]:
    """The socket's path by way of its folder's descriptor: a path of any length would not fit."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


def _is_ours(line: socket.socket) -> bool:
    """Whether the process at the other end runs as this user."""
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
