"""The command that drafts the report of a session from its form."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cable.model import Precedence
from reftel.cable.sheet import render
from reftel.cli.docket_asked import look
from reftel.cli.frame import Session, command
from reftel.cli.given import FILE, addressee, read_text
from reftel.docket.session_form import EMPTY, parse_form
from reftel.errors import BadValue
from reftel.office import docket_sessions
from reftel.office.clearance import LEVELS


@command(
    name="session",
    acts=True,
    example="reftel docket session --form > session.toml\n"
    "reftel docket session session.toml --to BEIJING --classification SECRET --as Xu",
)
@click.argument("form_file", metavar="[FILE]", type=FILE, required=False)
@click.option("--form", "as_form", is_flag=True, help="Only print a form to fill in.")
@click.option("--to", "to", multiple=True, help="A post that must act, by name or origin.")
@click.option("--info", multiple=True, help="A post that is told.")
@click.option(
    "--precedence",
    type=click.Choice([precedence.name for precedence in Precedence], case_sensitive=False),
    help="How fast.",
)
@click.option("--classification", default="", type=click.Choice(("", *LEVELS), case_sensitive=False))
@click.option("--number", type=click.IntRange(1, 999_999), help="Its number; else the next of its series.")
@click.option("--sheet", "as_sheet", is_flag=True, help="Only print the report's sheet; nothing is drafted.")
def session_command(
    session: Session,
    *,
    form_file: Path | None,
    as_form: bool,
    to: tuple[str, ...],
    info: tuple[str, ...],
    precedence: str | None,
    classification: str,
    number: int | None,
    as_sheet: bool,
) -> None:
    """Draft the report of a session from its form, numbered in its series; FILE is TOML or JSON.

    Whoever gets the report has the session, its outcomes, moves and questions in the docket.
    """
    if as_form:
        session.emit({"form": EMPTY}, EMPTY.removesuffix("\n"))
        return
    if form_file is None:
        raise BadValue("no form is named", mend="`reftel docket session --form` prints one to fill in.")
    form = parse_form(read_text(form_file), as_json=form_file.suffix == ".json")
    head = docket_sessions.Head(
        to=[addressee(session, post) for post in to],
        info=[addressee(session, post) for post in info],
        precedence=None if precedence is None else Precedence[precedence],
        classification=classification,
    )
    if as_sheet:
        with look(session) as seen:
            following = docket_sessions.next_number(seen.connection, form.series).number
        text = render(docket_sessions.report(form, number or following, head))
        session.emit({"sheet": text}, text.removesuffix("\n"))
        return
    drafted = docket_sessions.draft_report(session.office, session.hand(), form, head, number=number or 0)
    gone = ", ".join(map(str, drafted.missing))
    session.emit(
        {"cable": drafted.entry, "number": drafted.number, "missing": list(drafted.missing)},
        f"Drafted: entry:{drafted.entry}, {form.series} No {drafted.number}."
        + (f"\nMissing before it: No {gone}." if gone else ""),
    )
