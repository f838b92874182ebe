"""The command that accepts a warning of the docket, so that the draft may go as it stands."""

from __future__ import annotations

import click

from reftel.cli.frame import Session, command, resolve_cable
from reftel.office.docketing import accept_warnings


@command(
    acts=True,
    example="reftel release entry:12 --check\n"
    "reftel docket accept entry:12 'instruction beijing.example/212.3 2' 'The press has it' --as Zhang",
)
@click.argument("draft")
@click.argument("key")
@click.argument("reason")
def accept(session: Session, draft: str, key: str, reason: str) -> None:
    """Accept a warning against a draft exactly as it now stands, with a reason.

    KEY is how `reftel release DRAFT --check` names the warning. An edit of the draft voids this.
    """
    entry = resolve_cable(session, draft)
    accept_warnings(session.office, session.hand(), entry, {key: reason})
    session.emit({"cable": entry, "accepted": {key: reason}}, f"Accepted: {key}.")
