"""Where passphrases come from, and how long an unlock lasts.

A passphrase is never an argument and never the value of a variable. It is looked for, in this
order, until one source has it: the file named by an option or by its variable; a systemd
credential (``reftel-post``, ``reftel-PERSON``); the keyring (service ``reftel``); the terminal. Before
all of them stands the agent (``reftel unlock``), which keeps the unlocked keys themselves.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

from reftel.cipher.person import PersonKey
from reftel.cli import agent
from reftel.errors import BadValue, Locked, NotFound
from reftel.house import open_unlocked
from reftel.office.keys import (
    check_passphrase,
    load_post_keys,
    open_person_key,
    person_file,
    unlock_post,
)
from reftel.office.office import Office
from reftel.store.engine import disk_errors

_LONGEST = 4096
POST = "post"


def open_office(folder: Path, passphrase_file: Path | None) -> Office:
    """Open a post: with the agent's keys where it keeps them, else with the post's passphrase."""
    secret = None if passphrase_file else agent.fetch(folder, POST)
    return open_unlocked(load_post_keys(folder, secret or post_secret(folder, passphrase_file)))


def post_secret(folder: Path, passphrase_file: Path | None) -> bytes:
    """The content of a post's key file, opened with its passphrase."""
    if not (folder / "keys" / "post.age").exists():
        raise NotFound(f"there is no post in {folder}", mend="Make one with `reftel init`, or give --post.")
    words = passphrase(folder, POST, passphrase_file, f"Passphrase of the post in {folder.resolve()}")
    return unlock_post(folder, words)


def open_key(folder: Path, person: str, passphrase_file: Path | None) -> PersonKey:
    """A person's signing key: the agent's, else opened with the person's own passphrase."""
    kept = None if passphrase_file else agent.fetch(folder, person_name(person))
    if kept is not None:
        return PersonKey.from_seed(kept)
    if not person_file(folder, person).exists():
        raise Locked(
            f"{person} has no key file here",
            mend="Name who records the act with --recorded-by, or make a key: `reftel people key`.",
        )
    words = passphrase(folder, person, passphrase_file, f"Passphrase of {person}")
    return open_person_key(folder, person, words)


def person_name(person: str) -> str:
    """The name under which the agent keeps a person's key."""
    return f"person {person}"


def passphrase(folder: Path, who: str, file: Path | None, question: str) -> str:
    """A passphrase from the first source that has it; :class:`Locked` where none has."""
    if file is not None:
        return from_file(file)
    found = _credential(who) or _keyring(folder, who)
    if found:
        return found
    if not sys.stdin.isatty():
        before = "reftel unlock" if who == POST else f"reftel unlock --as {who!r}"
        raise Locked(
            f"no passphrase was given for {'the post' if who == POST else who}",
            mend=f"Give it in a file or at a terminal, or before: `{before}`.",
        )
    return str(click.prompt(question, hide_input=True, err=True))


def new_passphrase(file: Path | None, question: str) -> str:
    """A passphrase for a new key: from its file, or typed twice; long enough."""
    if file is not None:
        words = from_file(file)
    elif sys.stdin.isatty():
        words = str(click.prompt(question, hide_input=True, confirmation_prompt=True, err=True))
    else:
        raise Locked("a new key needs a passphrase", mend="Give it in a file, or at a terminal.")
    check_passphrase(words)
    return words


def from_file(path: Path) -> str:
    """A file's first line, without its end."""
    try:
        with disk_errors(path), path.open("rb") as file:
            line = file.readline(_LONGEST).decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadValue(f"{path} is not text") from error
    if not line:
        raise BadValue(f"the first line of {path} is empty", mend="Write the passphrase there.")
    return line


def _credential(who: str) -> str:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    path = Path(folder or "/", f"reftel-{who}".replace("/", "_"))
    return from_file(path) if folder and path.is_file() else ""


def _keyring(folder: Path, who: str) -> str:
    """The passphrase that the keyring keeps under the folder's path, and a person's name after it."""
    keyring = import_module("keyring")  # slow to load, and mostly not asked
    name = str(folder.resolve()) + ("" if who == POST else f" {who}")
    try:
        return keyring.get_password("reftel", name) or ""
    except keyring.errors.KeyringError:
        return ""
