"""The commands of the docket: what the cables say of a negotiation."""

from __future__ import annotations

import click

from reftel.cli import docket_agreed as agreed
from reftel.cli import docket_book as printing
from reftel.cli import docket_checks as checks
from reftel.cli import docket_reading as reading
from reftel.cli import docket_session as session
from reftel.cli import docket_writing as writing


@click.group()
def docket() -> None:
    """The negotiation as the cables have it: every line with its cable, paragraph and words.

    An ITEM is named by the register entry that brought it, `beijing.example/212.3`, the same at every
    post. --at shows everything as this register had it at that moment.
    """


for _command in (
    reading.board,
    reading.issue,
    reading.questions,
    reading.instructions,
    reading.sessions,
    reading.disclosures,
    reading.people,
    reading.timeline,
    reading.list_,
    reading.show,
    reading.export,
    reading.kinds,
    writing.mark,
    writing.suggest,
    writing.merge,
    writing.unmerge,
    writing.step,
    writing.strike,
    writing.side,
    checks.accept,
    agreed.agree,
    agreed.agreed,
    printing.book,
    session.session_command,
):
    docket.add_command(_command)
