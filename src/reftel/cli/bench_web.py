"""``reftel bench web``: how fast the web office answers, and how soon a new cable is in every tray.

The office is served as it is in use, by ``reftel serve`` in a process of its own; ``wrk`` loads it.
While it does, single requests ask the server how long it worked on them (Server-Timing).
"""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import click

from reftel.cable.model import Party, Precedence
from reftel.cli import bench_texts
from reftel.cli.bench_posts import CLERK, COPIES, PASSPHRASE, furnish
from reftel.cli.frame import Session, command
from reftel.cli.output import progress, table
from reftel.errors import BadValue, NotFound
from reftel.office import copies, desk, sessions
from reftel.office.copies import Issue
from reftel.office.office import Hand, Office

_ASKED = 400
_ALONE = 100
_CONNECTIONS = 16
_SERVED = 60.0
_TIMING = re.compile(r"dur=([0-9.]+)")
_WRK = "wrk"
_RUN = (
    "the office is one process over one database; wrk asks with 16 connections, each request with the "
    "session of another reader; single requests read the server's own time, alone and meanwhile"
)


@command(example="reftel bench web --json\nreftel bench web --cables 2000 --readers 30 --seconds 3")
@click.option("--cables", default=100_000, show_default=True, help="How many cables the post has.")
@click.option("--readers", default=300, show_default=True, help="How many people read them.")
@click.option("--seconds", default=20, show_default=True, help="How long each page is asked for.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="On which disk to measure; else the system's folder for temporary files.",
)
def web(session: Session, cables: int, readers: int, seconds: int, folder: Path | None) -> None:
    """Load the web office of a busy post, and say how fast it answers.

    The post is made in a temporary folder that is removed afterwards. It needs `wrk`
    (`apt-get install wrk`).
    """
    if shutil.which(_WRK) is None:
        raise NotFound("wrk is not installed, and the load comes from it", mend="apt-get install wrk")
    with TemporaryDirectory(prefix="reftel-bench-", dir=folder) as place:
        value = _measure(Path(place), cables, readers, seconds)
    session.emit(value, _as_text(value))


def _measure(place: Path, cables: int, readers: int, seconds: int) -> dict[str, Any]:
    with progress("Filling the post", cables) as step:
        office, hand, credentials = furnish(place / "post", cables, readers, step)
    tokens = {name: sessions.begin(office, name, credential) for name, credential in credentials.items()}
    clerk = tokens.pop(CLERK)
    newest = _newest(office)
    with _served(place) as (port, process):
        load = _Load(place, port, list(tokens.values()), seconds)
        figures = {
            "tray": load.figures(["/tray"]),
            "cable": load.figures([f"/cables/{entry}" for entry in newest], clerk),
        }
        told = asyncio.run(_told(office, hand, port, tokens))
        return {
            "run": _RUN,
            "cables": cables,
            "copies": cables * COPIES,
            "readers": readers,
            "pages": figures,
            "new_cable_ms": told,
            "first_load_bytes": load.first_load(),
            "peak_mb": _peak(process.pid),
        }


def _newest(office: Office) -> list[int]:
    """The entries of some cables, those last issued first."""
    with office.store.read() as connection:
        held = copies.holdings(connection, "Reader 001") + copies.holdings(connection, "Reader 002")
    return sorted({row.cable for row in held}, reverse=True)[:50]


@contextmanager
def _served(place: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Serve the post by its own command, at any free port, until the block ends."""
    secret = place / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    words = ["serve", "--post", str(place / "post"), "--passphrase-file", str(secret), "--json"]
    code = "from reftel.cli import main; main()"
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", code, *words, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            if not line:
                raise BadValue("the office could not be served")
            said += line
        yield int(json.loads(said)["address"].rpartition(":")[2]), process
    finally:
        process.terminate()
        process.wait(_SERVED)


class _Load:
    """Requests at the served office, in the name of many readers."""

    def __init__(self, place: Path, port: int, tokens: Sequence[str], seconds: int) -> None:
        self._place = place
        self._port = port
        self._tokens = tokens
        self._seconds = seconds
        self._cookie = f"reftel-{port}"

    def figures(self, paths: Sequence[str], token: str = "") -> dict[str, float]:
        """What asking for these pages gave, in turn, while ``wrk`` asks for them too."""
        alone = [self._server_ms(*self._nth(paths, token, n)) for n in range(_ALONE)]
        script = self._place / "load.lua"
        script.write_text(_script(self._cookie, paths, [token] if token else self._tokens))
        wrk = subprocess.Popen(  # noqa: S603 - a program that was looked for
            [_WRK, "-t1", f"-c{_CONNECTIONS}", f"-d{self._seconds}s", "-s", str(script), self._address()],
            stdout=subprocess.PIPE,
            text=True,
        )
        taken: list[float] = []
        ends = time.perf_counter() + self._seconds - 1
        while len(taken) < 2 or (time.perf_counter() < ends and len(taken) < _ASKED):
            taken.append(self._server_ms(*self._nth(paths, token, len(taken))))
        said = json.loads(wrk.communicate()[0].splitlines()[-1])
        return {
            "requests_per_second": round(said["requests"] / said["seconds"], 1),
            "errors": said["errors"],
            "alone_p50_ms": round(median(alone), 1),
            "alone_p95_ms": round(quantiles(alone, n=20)[-1], 1),
            "server_p50_ms": round(median(taken), 1),
            "server_p95_ms": round(quantiles(taken, n=20)[-1], 1),
            "answer_p95_ms": round(said["p95"] / 1000, 1),
        }

    def _nth(self, paths: Sequence[str], token: str, n: int) -> tuple[str, str]:
        return paths[n % len(paths)], token or self._tokens[n % len(self._tokens)]

    def first_load(self) -> int:
        """How many bytes a first visit brings, compressed: the page, what it names, and its fonts."""
        page, size = self._get("/tray", self._tokens[0])
        named = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode()))
        return size + sum(self._get(path, self._tokens[0])[1] for path in sorted(named))

    def _get(self, path: str, token: str) -> tuple[bytes, int]:
        answer = self._ask(path, token)
        size = int(answer.headers["content-length"] or 0)
        data = answer.read()
        return (gzip.decompress(data) if answer.headers["content-encoding"] == "gzip" else data), size

    def _server_ms(self, path: str, token: str) -> float:
        answer = self._ask(path, token)
        answer.read()
        found = _TIMING.search(answer.headers["server-timing"] or "")
        if answer.status != 200 or found is None:
            raise BadValue(f"{path} answered {answer.status} while it was measured")
        return float(found[1])

    def _ask(self, path: str, token: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("localhost", self._port, timeout=30)
        connection.request(
            "GET", path, headers={"Cookie": f"{self._cookie}={token}", "Accept-Encoding": "gzip"}
        )
        return connection.getresponse()

    def _address(self) -> str:
        return f"http://localhost:{self._port}"


def _script(cookie: str, paths: Sequence[str], tokens: Sequence[str]) -> str:
    """What wrk asks for: each request another page, by another reader; at its end it says so in JSON."""
    pages = ",".join(f'"{path}"' for path in paths)
    cookies = ",".join(f'"{cookie}={token}"' for token in tokens)
    return f"""
local pages, cookies, n = {{{pages}}}, {{{cookies}}}, 0
request = function()
  n = n + 1
  return wrk.format("GET", pages[n % #pages + 1], {{["Cookie"] = cookies[n % #cookies + 1]}})
end
done = function(summary, latency)
  local e = summary.errors
  print(string.format('{{"requests": %d, "seconds": %f, "errors": %d, "p95": %f}}', summary.requests,
    summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(95)))
end
"""


async def _told(office: Office, hand: Hand, port: int, people: dict[str, str]) -> dict[str, float]:
    """Issue one cable to everybody while all have their trays open: ms until half know, and all."""
    streams = [await _listen(port, token) for token in people.values()]
    entry = desk.enter(office, hand, bench_texts.cable(0, Party(place="FIELD"), Party(), Precedence.FLASH))
    seqs = desk.print_copies(office, hand, entry, len(people))
    issues = [Issue(seq=seq, holder=name) for seq, name in zip(seqs, people, strict=True)]
    told = [asyncio.ensure_future(_news(stream, entry)) for stream, _ in streams]
    began = time.perf_counter()
    await asyncio.to_thread(copies.issue, office, hand, entry, issues)
    issued = time.perf_counter()
    at = await asyncio.wait_for(asyncio.gather(*told), 30)
    for _, writer in streams:
        writer.close()
    return {
        "issued_ms": round((issued - began) * 1e3),
        "half_told_ms": round((median(at) - issued) * 1e3),
        "all_told_ms": round((max(at) - issued) * 1e3),
    }


async def _listen(port: int, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("localhost", port)
    head = f"GET /live HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: reftel-{port}={token}\r\n"
    writer.write(f"{head}Accept: text/event-stream\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def _news(stream: asyncio.StreamReader, entry: int) -> float:
    """When a stream first told of an entry that came after this one."""
    while True:
        line = await stream.readline()
        if not line:
            raise BadValue("a stream of events ended while it was measured")
        if line.startswith(b"id:") and int(line[3:]) > entry:
            return time.perf_counter()


def _peak(pid: int) -> int:
    """The most memory that a process ever held, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return 0 if found is None else round(int(found[1]) / 1000)


def _as_text(value: dict[str, Any]) -> str:
    rows = [[name, *figures.values()] for name, figures in value["pages"].items()]
    heads = ["page", *next(iter(value["pages"].values()))]
    told = value["new_cable_ms"]
    return "\n".join(
        (
            f"{value['cables']:,} cables, {value['copies']:,} copies, {value['readers']} readers; {_RUN}.",
            "",
            table(heads, rows, empty=""),
            "",
            f"Issued to all; ms until half know: {told['half_told_ms']}, all: {told['all_told_ms']}.",
            f"First load {value['first_load_bytes']:,} bytes; most memory {value['peak_mb']} MB.",
        )
    )
