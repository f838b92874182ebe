"""Keeping keys unlocked for a while, and forgetting them."""

from __future__ import annotations

import re

import click

from reftel.cli import agent
from reftel.cli.frame import PERSON, PERSON_PASSPHRASE, Session, command
from reftel.cli.office import ask
from reftel.cli.output import table
from reftel.cli.unlocking import POST, open_key, person_name, post_secret
from reftel.errors import BadValue

_UNITS = {"s": 1, "m": 60, "h": 3600}
_LONGEST = 12 * 3600


@command(example="reftel unlock --for 4h --as Fedyaev")
@click.option("--for", "how_long", default="15m", show_default=True, help="How long, such as 90s, 15m or 4h.")
@PERSON
@PERSON_PASSPHRASE
def unlock(session: Session, how_long: str) -> None:
    """Keep keys unlocked for a while.

    A small process keeps the post's keys, and the person's with --as, in its memory and gives them
    to commands of the same user. It ends by itself.
    """
    seconds = _seconds(how_long)
    secrets = {POST: post_secret(session.folder, session.passphrase_file)}
    if session.person:
        held = open_key(session.folder, session.person, session.person_passphrase_file)
        secrets[person_name(session.person)] = held.seed()
    agent.keep(session.folder, secrets, seconds)
    kept = agent.kept(session.folder)
    rows = [(name, f"{left // 60} min {left % 60} s") for name, left in sorted(kept.items())]
    session.emit({"unlocked": kept}, table(("UNLOCKED", "FOR"), rows, empty=""))


@command(example="reftel lock")
def lock(session: Session) -> None:
    """Forget every unlocked key at once, and shut the office where it is served."""
    served = ask(session.folder, {"do": "lock"}) or {}
    was = agent.forget(session.folder) or bool(served.get("changed"))
    session.emit({"was_unlocked": was}, "Locked." if was else "Nothing was unlocked.")


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,5})([smh])", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        raise BadValue(f"{text!r} is not a time to unlock for", mend="Give 90s, 15m or 4h; 12h at most.")
    return seconds
