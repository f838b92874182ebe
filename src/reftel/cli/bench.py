"""``reftel bench chain``: how fast, how large, how long, with the machine that it was measured on."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

from reftel import __version__
from reftel.cable.model import Precedence
from reftel.cli.bench_chain import BAG_OF, RECEIPT_EVERY, Desk, two_posts
from reftel.cli.bench_docket import docket
from reftel.cli.bench_texts import BODY
from reftel.cli.bench_web import web
from reftel.cli.frame import Session, command
from reftel.cli.output import progress, table
from reftel.store.engine import disk_errors

_ONE_BY_ONE = 15
_FLASHES = 3
_AUDITED = 200_000
"""Longer registers are not audited here: it takes minutes."""
_RUN = (
    "A releases drafts (each signed by the releasing officer and verified before it is entered), seals "
    "them, lays bags into a folder; B takes them in, opens, proves and enters each cable; either post "
    "is one process with a database of its own, every commit and every bag on the disk before it counts"
)


@click.group()
def bench() -> None:
    """Measure speed and memory on this machine."""


@command(example="reftel bench chain --json\nreftel bench chain --entries 1000 --entries 100000")
@click.option("--cables", default=2_000, show_default=True, help="How many cables go at full speed.")
@click.option("--waiting", default=1_000, show_default=True, help="How many wait when a flash comes.")
@click.option(
    "--entries",
    "sizes",
    type=int,
    multiple=True,
    default=(10_000,),
    show_default=True,
    help="How long both registers are before it begins; again for another run.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="On which disk to measure; else the system's folder for temporary files.",
)
def chain(session: Session, cables: int, waiting: int, sizes: tuple[int, ...], folder: Path | None) -> None:
    """Send cables from one post to another, and say what each cost.

    Both posts are made in a temporary folder that is removed afterwards. Close other programs
    first: the figures are those of a quiet machine or they are none.
    """
    runs = []
    with progress("Measuring", len(sizes)) as step:
        for size in sizes:
            with TemporaryDirectory(prefix="reftel-bench-", dir=folder) as place:
                disk = {"fsync_us": _fsync(Path(place)), "filesystem": _filesystem(Path(place))}
                runs.append(_measure(Path(place), cables, waiting, size) | disk)
            step(1)
    value = {"run": _RUN, "body_bytes": BODY, "bag_of": BAG_OF, "machine": _machine(), "runs": runs}
    session.emit(value, as_text(value))


bench.add_command(chain)
bench.add_command(web)
bench.add_command(docket)


def _measure(place: Path, cables: int, waiting: int, entries: int) -> dict[str, Any]:
    with two_posts(place) as (sender, receiver, officer):
        _both(sender, receiver, "fill", entries)
        warm = min(cables, BAG_OF)
        sender.do("draft", warm + cables + _ONE_BY_ONE)
        _chain(sender, receiver, warm)
        figures = _chain(sender, receiver, cables)
        raw = sum(_both(sender, receiver, "raw", 9)) / 2
        idle = median(_chain(sender, receiver, 1)["seconds"] for _ in range(_ONE_BY_ONE))
        flash = median(_flash(sender, receiver, officer, waiting) for _ in range(_FLASHES))
        audited = sender.do("audit").value if entries <= _AUDITED else {}
        peak = max(desk.do("raw", 1).peak for desk in (sender, receiver))
    cpu = figures["cpu_sender"] + figures["cpu_receiver"]
    return {
        "register_entries": entries,
        "cables": cables,
        "cables_per_second": round(cables / figures["seconds"]),
        "cpu_us_per_cable": {
            "sender": round(figures["cpu_sender"] / cables * 1e6),
            "receiver": round(figures["cpu_receiver"] / cables * 1e6),
        },
        "raw_us": round(raw * 1e6),
        "cpu_times_raw": round(cpu / cables / raw, 2),
        "bytes_per_cable": round(figures["bytes"] / cables),
        "idle_ms": round(idle * 1e3, 1),
        "flash_ms": round(flash * 1e3, 1),
        "flash_times_idle": round(flash / idle, 2),
        "waiting": waiting,
        "peak_mb": round(peak / 1e6),
        "audit": _audit_speeds(audited),
    }


def _both(sender: Desk, receiver: Desk, name: str, *args: object) -> tuple[Any, Any]:
    """Have both do the same at once."""
    sender.ask(name, *args)
    receiver.ask(name, *args)
    return sender.answer().value, receiver.answer().value


def _chain(sender: Desk, receiver: Desk, count: int) -> dict[str, float]:
    """Send so many cables: seconds from the first release until both posts have all on the disk."""
    receiver.ask("take", count)
    sent = sender.do("chain", count)
    taken = receiver.answer()
    began, size = sent.value
    last, _ = taken.value[-1]
    return {
        # One at a time, what the sender notes afterwards keeps nobody waiting.
        "seconds": (last if count == 1 else max(last, sent.ended)) - began,
        "cpu_sender": sent.cpu,
        "cpu_receiver": taken.cpu,
        "bytes": size,
    }


def _flash(sender: Desk, receiver: Desk, officer: Desk, waiting: int) -> float:
    """Release a flash while others wait and are being sent: seconds until it is entered at the other post."""
    sender.do("draft", waiting)
    officer.do("draft", 1, int(Precedence.FLASH))
    sender.do("release", waiting)
    receiver.ask("take", waiting + 1)
    sender.ask("pump")
    time.sleep(0.05)
    began = officer.do("release", 1).value
    sender.answer()
    # So few may have waited that all were gone before the flash came.
    sender.do("pump")
    taken = receiver.answer()
    at: float = next(done for done, precedences in taken.value if Precedence.FLASH in precedences)
    return at - float(began)


def _audit_speeds(figures: dict[str, float]) -> dict[str, float]:
    if not figures:
        return {}
    return {
        "failures": figures["failures"],
        "tree_entries_per_second": round(figures["entries"] / figures["seconds_tree"]),
        "replayed_entries_per_second": round(figures["entries"] / figures["seconds_replay"]),
        "signatures_per_second": round(figures["signatures"] / figures["seconds_signatures"]),
        "entries_per_checkpoint": figures["entries_per_checkpoint"],
        "checkpoint_seconds": figures["seconds_checkpoints"],
    }


def _fsync(place: Path) -> int:
    """Microseconds that writing 4 KB and having it on the disk takes: the median of forty."""
    path = place / "fsync"
    taken = []
    with disk_errors(path), path.open("wb", buffering=0) as file:
        for _ in range(40):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - began)
    return round(median(taken) * 1e6)


def _filesystem(place: Path) -> str:
    """The kind of file system that the folder is on, as Linux has it."""
    device = place.stat().st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    found = [line.partition(" - ")[2].split()[0] for line in lines if line.split()[2] == name]
    return found[0] if found else "unknown"


def _machine() -> dict[str, Any]:
    return {
        "reftel": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
    }


_ROWS = (
    ("cables a second, released at A to entered at B", "cables_per_second"),
    ("CPU a cable, both posts, times bare X-Wing", "cpu_times_raw"),
    ("bare X-Wing seal and open of 2 KB, us", "raw_us"),
    ("bytes a cable on the bearer", "bytes_per_cable"),
    ("one at a time, release to entry, ms", "idle_ms"),
    ("one flash behind those that wait, ms", "flash_ms"),
    ("... times one at a time", "flash_times_idle"),
    ("most memory of a process, MB", "peak_mb"),
    ("fsync of 4 KB, us", "fsync_us"),
)
_AUDIT_ROWS = (
    ("audit: entries a second, tree", "tree_entries_per_second"),
    ("audit: entries a second, replay", "replayed_entries_per_second"),
    ("audit: persons' signatures a second", "signatures_per_second"),
    ("audit: entries under one checkpoint", "entries_per_checkpoint"),
)


def as_text(value: dict[str, Any]) -> str:
    """The same figures as a table, one column for each run."""
    runs: Sequence[dict[str, Any]] = value["runs"]
    machine = value["machine"]
    rows = [[name, *(run[key] for run in runs)] for name, key in _ROWS]
    rows += [
        [f"CPU a cable, {post}, us", *(run["cpu_us_per_cable"][post] for run in runs)]
        for post in ("sender", "receiver")
    ]
    rows += [[name, *(run["audit"].get(key, "-") for run in runs)] for name, key in _AUDIT_ROWS]
    heads = ["entries in the register", *(f"{run['register_entries']:,}" for run in runs)]
    measured = (
        f"Bodies of {BODY} bytes, bags of {BAG_OF}, receipts back for {RECEIPT_EVERY} bags at a time; "
        f"{runs[0]['cables']} cables, {runs[0]['waiting']} waiting when the flash comes."
    )
    on = (
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"{runs[0]['filesystem']}, Python {machine['python']}, Reftel {machine['reftel']}."
    )
    return "\n".join((f"{_RUN}.", measured, on, "", table(heads, rows, empty="")))
