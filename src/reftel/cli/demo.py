"""``reftel demo``: four posts in one folder, a story played through the real office, and its audit."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import click

from reftel.cipher.commitment import new_salt
from reftel.cli.frame import Session, command
from reftel.cli.output import show
from reftel.cli.program import FINDINGS
from reftel.cli.story import PLANTED, Stage, Tell, play
from reftel.cli.story_docket import STRIP, told_at_the_end
from reftel.clock import SystemClock
from reftel.errors import BadValue
from reftel.files import write_durably
from reftel.office.audit import AuditReport, audit
from reftel.store.engine import disk_errors

MARK = "REFTEL-DEMO"
_WARNING = (
    "This folder holds the four posts of a demonstration. All of their passphrases are the one in\n"
    "the file `passphrase`. Nothing in it is secret; the next demonstration replaces it.\n"
)


@command(example="reftel demo --folder reftel-demo")
@click.option(
    "--folder",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reftel-demo"),
    show_default=True,
    help="Where the four posts are made; an earlier demonstration there is replaced.",
)
@click.option("--serve", is_flag=True, help="Open the four posts' web offices afterwards, until Ctrl-C.")
@click.option(
    "--port",
    type=click.IntRange(1024, 65000),
    default=8411,
    show_default=True,
    help="With --serve: the port of the first post; the others follow.",
)
def demo(session: Session, target: Path, *, serve: bool, port: int) -> None:
    """Play a story of four posts, then audit them all.

    KAESONG reports a session to BEIJING, BEIJING sends it on to MOSCOW with proof, the answer is
    cleared, adopted and carried back, copies are counted, a bag is lost and another tampered with.
    The docket has its questions answered, and stops a draft that says what was forbidden.
    Fails unless every audit is clean and every planted fault was noticed. The posts' clocks run by
    the story, which begins three days ago.

    With --serve everybody in it gets a passkey in software, which proves nothing, and the four
    offices are opened to a browser on this machine.
    """
    began = time.perf_counter()
    folder = target.resolve()
    passphrase = _clear_folder(folder)
    tell: Tell = (lambda _: None) if session.as_json else show
    stage = play(folder, SystemClock().now(), passphrase, tell)
    keys = _prepare(stage, port, tell) if serve else {}
    board = ""
    if stage.asked is not None and stage.answered is not None:
        board = told_at_the_end(stage.posts["MOSCOW"], stage.asked, stage.answered, "Galkin")
    reports = {name: audit(office) for name, office in stage.posts.items()}
    for office in stage.posts.values():
        office.close()
    clean = all(report.clean for report in reports.values()) and stage.found == PLANTED
    value = {
        "folder": str(folder),
        "noticed": sorted(stage.found),
        "not_noticed": sorted(PLANTED - stage.found),
        "audits": {name: report.as_json() for name, report in reports.items()},
        "sheets": [str(path) for path in stage.pdfs],
        "seconds": round(time.perf_counter() - began, 1),
        "clean": clean,
    }
    session.emit(value, _ending(folder, stage, reports, board, clean=clean))
    if not clean:
        sys.exit(FINDINGS)
    if serve:
        _serve(folder, passphrase, keys, port, tell)


def _prepare(stage: Stage, port: int, tell: Tell) -> dict[str, dict[str, Any]]:
    from reftel.cli.demo_web import enrol_people, lay_out  # noqa: PLC0415 - a web server loads slowly

    tell("Everybody gets a passkey in software, and something is laid on every desk.")
    keys = enrol_people(stage, port)
    lay_out(stage)
    return keys


def _serve(folder: Path, passphrase: str, keys: dict[str, dict[str, Any]], port: int, tell: Tell) -> None:
    from reftel.cli.demo_web import served  # noqa: PLC0415 - the same

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # however it is ended, the offices end with it
    with served(folder, passphrase, keys, port) as addresses, suppress(KeyboardInterrupt):
        tell("\nThe offices are open. Sign in as anybody: the page lists their names.")
        for post, address in addresses.items():
            tell(f"  {post:<10} {address}/sign-in   {', '.join(keys[post])}")
        tell("Ctrl-C ends it.")
        Event().wait()


def _clear_folder(folder: Path) -> str:
    """Make the folder anew; only an earlier demonstration is ever removed. Returns its passphrase."""
    if folder.exists() and not (folder / MARK).is_file():
        raise BadValue(f"{folder} is there and is not a demonstration", mend="Name another with --folder.")
    passphrase = new_salt()[:12].hex()
    with disk_errors(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        write_durably(folder / MARK, _WARNING.encode())
        write_durably(folder / "passphrase", f"{passphrase}\n".encode())
    return passphrase


def _ending(folder: Path, stage: Stage, reports: dict[str, AuditReport], board: str, *, clean: bool) -> str:
    lines = [board, ""]
    for name, report in reports.items():
        verdict = "clean" if report.clean else f"{report.failures} FAILURES"
        lines.append(f"{name:<10} audit of {report.entries} entries: {verdict}")
        lines += [f"  {f.sentence}" for f in report.findings if f.level == "failure"]
    missed = PLANTED - stage.found
    if missed:
        lines.append(f"NOT NOTICED: {', '.join(sorted(missed))}")
    lines += ["", "Sheets:", *(f"  {path}" for path in stage.pdfs)]
    if clean:
        lines += [
            "",
            "All is in order. To look around:",
            *([] if shutil.which("reftel") else [f"  alias reftel='{Path(sys.argv[0]).absolute()}'"]),
            f"  export REFTEL_POST='{folder / 'MOSCOW'}' REFTEL_PASSPHRASE_FILE='{folder / 'passphrase'}'",
            "  reftel list",
            f"  reftel show {stage.forwarded}",
            "  reftel copies 3114",
            f"  reftel docket issue '{STRIP}'",
            "  reftel knew Galkin",
            "  reftel audit",
        ]
    return "\n".join(lines)
