"""Commands that only read: one cable whole, the trays, and whatever a number finds."""

from __future__ import annotations

import click

from reftel.cable import sheet
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.layout import lay_out
from reftel.cli.output import table
from reftel.errors import NotAllowed, NotFound
from reftel.office import arrivals, desk, view
from reftel.office.office import find_cable
from reftel.register.entries import Json

_TRAYS = ("in", "out", "drafts", "all", "not-held")


@command(example="reftel show 2026KAESONG000001\nreftel show entry:12 --sheet > session.txt")
@click.argument("cable")
@click.option("--sheet", "as_sheet", is_flag=True, help="Only its canonical sheet, as a drafter types it.")
def show(session: Session, cable: str, *, as_sheet: bool) -> None:
    """Show a cable: its text, what is proved of it, its handling, copies, taskings and links."""
    entry = resolve_cable(session, cable)
    with session.office.store.read() as connection:
        shown = view.view(connection, entry)
        found = desk.cable_text(connection, find_cable(connection, entry))
    if not as_sheet:
        session.emit(shown, lay_out(shown))
        return
    if found is None:
        raise NotAllowed("the text of that cable was destroyed")
    text = sheet.render(found[0])
    session.emit({"cable": entry, "sheet": text}, text.removesuffix("\n"))


@command(name="list", example="reftel list\nreftel list out\nreftel list not-held --json")
@click.argument("tray", type=click.Choice(_TRAYS), default="in")
def list_command(session: Session, tray: str) -> None:
    """List a tray: in, out with its four receipts, drafts, all; what is cited and not held."""
    with session.office.store.read() as connection:
        if tray == "not-held":
            cited = view.cited_not_held(connection)
            cells = [[f"entry:{row['cable']}", row["cited"], row["why"]] for row in cited]
            text = table(("CITED BY", "WHAT", "WHY"), cells, empty="All that is cited is held here.")
            session.emit({"not_held": cited}, text)
            return
        rows = view.traffic(connection, tray)
        if tray == "out":
            rows = [{**row, "receipts": view.receipts(connection, row["cable"])} for row in rows]
        waiting = len(arrivals.in_tray(connection)) if tray == "in" else 0
    value: Json = {"cables": rows}
    text = _out_tray(rows) if tray == "out" else _tray(rows)
    if tray == "in":
        value["undeciphered"] = waiting
        text += f"\n{waiting} sealed cables wait: `reftel decipher`." if waiting else ""
    session.emit(value, text)


def _tray(rows: list[Json]) -> str:
    heads = ("CABLE", "NUMBER", "IN", "DATED", "FROM", "SUBJECT", "MARKING", "STATE")
    columns = ("mrn", "incoming", "dtg", "sender", "subject", "marking", "state")
    cells = [[f"entry:{row['cable']}", *(_cell(row, name) for name in columns)] for row in rows]
    return table(heads, cells, empty="The tray is empty.")


def _cell(row: Json, name: str) -> object:
    """What stands under a head; a sender that the sheet does not name is shown by its post."""
    return row[name] or row["origin"] if name == "sender" else row[name]


def _out_tray(rows: list[Json]) -> str:
    """Four receipts, never confused: carried, in the post's register, read, fulfilled."""
    heads = (
        "CABLE",
        "NUMBER",
        "SUBJECT",
        "STATE",
        "BEARER HAS IT",
        "POST HAS IT",
        "OPENED HERE",
        "FULFILLED",
    )
    cells = [
        [
            f"entry:{row['cable']}",
            row["mrn"],
            row["subject"],
            row["state"],
            *("; ".join(found) or "-" for found in row["receipts"].values()),
        ]
        for row in rows
    ]
    return table(heads, cells, empty="The tray is empty.")


@command(example="reftel find 5205\nreftel find '0530 18 October'\nreftel find 'P84/421' --json")
@click.argument("anything")
def find(session: Session, anything: str) -> None:
    """Find cables by any number, date-time group, reference or print number on any sheet."""
    with session.office.store.read() as connection:
        found = view.find(connection, anything)
    if not found:
        raise NotFound(
            f"nothing here bears or cites {anything!r}", mend="`reftel list all` lists every cable."
        )
    heads = ("CABLE", "BY", "AS WRITTEN", "NUMBER", "DATED", "FROM", "SUBJECT", "STATE")
    columns = ("by", "literal", "mrn", "dtg", "sender", "subject", "state")
    cells = [[f"entry:{row['cable']}", *(_cell(row, name) for name in columns)] for row in found]
    session.emit({"found": found}, table(heads, cells, empty=""))
