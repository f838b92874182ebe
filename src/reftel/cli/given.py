"""What people give to commands: files, pairs such as ``print number=3007``, posts by name."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cable import internet
from reftel.cable.model import Party
from reftel.cable.tidy import tidy
from reftel.cli.frame import Session
from reftel.cli.output import show
from reftel.errors import BadValue
from reftel.office.rolls import post_named

MAX_SCAN = 16 * 1024 * 1024
FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
HELD_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
TIDY = click.option("--tidy", "tidied", is_flag=True, help="Make an untidy sheet canonical; shows it first.")


def read_bytes(path: Path, limit: int = internet.MAX_BYTES) -> bytes:
    """A file's bytes, or the standard input's for ``-``; :class:`BadValue` beyond ``limit`` bytes."""
    try:
        with click.open_file(str(path), "rb") as file:
            data: bytes = file.read(limit + 1)
    except OSError as error:
        raise BadValue(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise BadValue(f"{path} is longer than {limit} bytes")
    return data


def read_text(path: Path) -> str:
    """A sheet as it stands in a file, or on the standard input for ``-``."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise BadValue(f"{path} is not text in UTF-8", mend="Save it as UTF-8.") from error


def read_sheet(session: Session, path: Path, *, tidied: bool, yes: bool) -> str | None:
    """A sheet; with ``tidied`` its canonical form, shown first. ``None`` where it was only shown."""
    text = read_text(path)
    if not tidied:
        return text
    text = tidy(text)
    if not session.as_json:
        show(text)
    if not yes and (session.as_json or str(path) == "-"):
        session.emit({"sheet": text}, "Nothing was entered yet: add --yes to use this sheet.")
        return None
    if not yes:
        click.confirm("Use this sheet?", abort=True, err=True)
    return text


def read_enclosures(paths: tuple[Path, ...]) -> dict[str, bytes]:
    """Files to enclose, by their names without folders."""
    found = {path.name: read_bytes(path) for path in paths}
    if len(found) != len(paths):
        raise BadValue("two files to enclose have the same name", mend="Rename one of them.")
    return found


def pair(text: str) -> tuple[str, str]:
    """What stands before and after the first equals sign; :class:`BadValue` where either lacks."""
    before, sign, after = (part.strip() for part in text.partition("="))
    if not (before and sign and after):
        raise BadValue(f"{text!r} is not a pair", mend="Write it with an equals sign: 'print number=3007'.")
    return before, after


def copy_number(text: str) -> int:
    """A copy's place in the ledger."""
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise BadValue(f"{text!r} is not a copy's number", mend="`reftel copies CABLE` lists them.")
    return int(text)


def addressee(session: Session, text: str) -> Party:
    """A post that is known here, by its name or origin, as an addressee."""
    with session.office.store.read() as connection:
        row = post_named(connection, text)
    return Party(post=row.origin, place=row.name)
