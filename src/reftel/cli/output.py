"""What a command shows: JSON for programs, plain aligned text for people, progress beside both."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

_HARMFUL = {"Cc", "Cf", "Zl", "Zp"}


def safe(text: str) -> str:
    """``text`` with what could steer a terminal made visible; line ends stay.

    Names, subjects and refusals may come from outside, and a control character in them must not
    move the cursor, hide a line or turn the writing round.
    """
    if text.isprintable():
        return text
    return "".join(
        f"\\u{ord(c):04x}" if c != "\n" and unicodedata.category(c) in _HARMFUL else c for c in text
    )


def show(text: str) -> None:
    """Write text for people to the standard output."""
    click.echo(safe(text))


def show_json(value: object) -> None:
    """Write a JSON value to the standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Aligned columns under their heads; ``empty`` is the sentence for no rows at all."""
    cells = [[safe(str(cell)).replace("\n", " ") for cell in row] for row in rows]
    if not cells:
        return empty
    columns = list(zip(heads, *cells, strict=True))
    widths = [max(map(_width, column)) for column in columns]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True))
        for line in [list(heads), *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)


def _width(text: str) -> int:
    """How many cells of a terminal a text takes: wide characters take two, marks above others none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def fields(pairs: Iterable[tuple[str, object]]) -> str:
    """One field a line, its name before it; empty ones are left out."""
    held = [(name, str(value)) for name, value in pairs if value not in ("", None, [], ())]
    width = max((len(name) for name, _ in held), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in held)


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """A bar on the error output while something long goes on; nothing where that is no terminal.

    Yields what is called with the number of steps done since the last call.
    """
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as bar:
        yield bar.update


def progress_of_parts() -> Callable[[str, int, int], None]:
    """What is told of each part how much is done, and shows it where the error output is a terminal."""
    if not sys.stderr.isatty():
        return lambda _part, _done, _total: None

    def show_line(part: str, done: int, total: int) -> None:
        click.echo(f"\r{part}: {done} of {total}\x1b[K" + "\n" * (done == total), nl=False, err=True)

    return show_line
