"""The served office, from a terminal at its machine: how it is, and shutting and opening it."""

from __future__ import annotations

import base64
from pathlib import Path

import click

from reftel.cli import agent, line
from reftel.cli.frame import Session, command
from reftel.cli.output import fields, table
from reftel.cli.unlocking import POST, post_secret
from reftel.errors import Locked, NotFound
from reftel.register.entries import Json

LINE = "office.sock"
_PATIENCE = 60.0


def ask(folder: Path, request: Json) -> Json | None:
    """The answer of the office that is served from ``folder``; ``None`` where none is."""
    return line.ask(folder, LINE, request, _PATIENCE)


def _asked(session: Session, request: Json) -> Json:
    answer = ask(session.folder, request)
    if answer is None:
        raise NotFound("this post is not served here", mend="Serve it: `reftel serve`.")
    if "error" in answer:
        raise Locked(answer["error"]["sentence"], mend=answer["error"]["mend"])
    return answer


@click.group()
def office() -> None:
    """Lock, unlock or look at the office that `reftel serve` serves."""


@command(example="reftel office status")
def status(session: Session) -> None:
    """Say whether the served office is open, what waits, and what goes wrong."""
    found = _asked(session, {"do": "status"})
    told = [
        ("Post", found["post"]),
        ("Address", found["address"]),
        (
            "State",
            found["state"] + (f" since {_moment(found['locked_since'])}" if found["locked_since"] else ""),
        ),
        (
            "Nobody did anything",
            f"for {found['idle_minutes']} min; it locks after {found['locks_after_minutes']}",
        ),
        ("Bags kept unopened", found["bags_kept"] or ""),
        ("Couriers", ", ".join(found["couriers"])),
        ("Looked for bags", _moment(found["looked"])),
    ]
    rows = [
        (
            "now" if one["persists"] else "was",
            _moment(one["last"]),
            one["code"],
            f"{one['sentence']}. {one['mend']}",
        )
        for one in found["troubles"]
    ]
    troubles = table(("", "LAST", "CODE", "WHAT WENT WRONG"), rows, empty="Nothing goes wrong.")
    session.emit(found, f"{fields(told)}\n\n{troubles}")


@command(example="reftel office lock")
def lock(session: Session) -> None:
    """Shut the served office: its keys leave memory, and bags are kept unopened."""
    answer = _asked(session, {"do": "lock"})
    said = "The served office is locked." if answer["changed"] else "It was locked already."
    session.emit({"was_open": answer["changed"]}, said)


@command(example="reftel office unlock --passphrase-file /run/kaesong.words")
def unlock(session: Session) -> None:
    """Open the served office again, with the post's passphrase or the agent's keys."""
    _asked(session, {"do": "status"})  # nobody types a passphrase for nothing
    kept = None if session.passphrase_file else agent.fetch(session.folder, POST)
    secret = kept or post_secret(session.folder, session.passphrase_file)
    answer = _asked(session, {"do": "unlock", "secret": base64.b64encode(secret).decode()})
    said = "The served office is open." if answer["changed"] else "It was open already."
    session.emit({"was_locked": answer["changed"]}, said)


def _moment(time: str | None) -> str:
    return f"{time[:16].replace('T', ' ')} UTC" if time else ""


for one in (status, lock, unlock):
    office.add_command(one)
