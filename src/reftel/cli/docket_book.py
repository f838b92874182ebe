"""The command that prints the docket as a book."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cli.docket_asked import AT, TALKS, look
from reftel.cli.frame import Session, command
from reftel.cli.output import progress_of_parts
from reftel.office import docket_book
from reftel.office.moments import read_when
from reftel.press.book import print_book
from reftel.press.printer import Press, write_pdf
from reftel.store.engine import disk_errors


@command(
    example="reftel docket book --out docket.pdf\nreftel docket book --at '22 November 2026' --out docket.pdf"
)
@click.option(
    "--out",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The PDF to write; one that is there is replaced.",
)
@TALKS
@AT
def book(session: Session, *, path: Path, of_talks: str, when: str) -> None:
    """Print the docket of one set of talks: a PDF with every line's cable and paragraph, and an index.

    The highest marking of the cables quoted stands on each page. The PDF is not sealed: keep it as those
    cables are kept. The same docket rides in it as JSON.
    """
    progress = progress_of_parts()
    with look(session, when) as seen:
        moment = read_when(seen.connection, when, session.office.now()) if when else None
        talks = seen.one_talks(of_talks)
        made = docket_book.docket_book(
            session.office, seen.connection, seen.lens, talks, when=moment, progress=progress
        )
    progress("setting the pages", 0, 1)
    pdf = print_book(Press(), made)
    progress("setting the pages", 1, 1)
    with disk_errors(path):
        write_pdf(path, pdf)
    known = dict(made.known)
    session.emit(
        {"pdf": str(path), "talks": talks, "marking": made.marking, "register": known["Register"]},
        f"{path}: {known['It holds']}. Marked {made.marking or 'with nothing'}.",
    )
