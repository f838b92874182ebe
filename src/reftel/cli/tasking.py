"""Commands for what was asked: open until a fulfilment cable closes it."""

from __future__ import annotations

import click

from reftel.cable.dtg import format_reading, read_moment
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.layout import plain_row, time_limit
from reftel.cli.output import table
from reftel.office import tasks as office_tasks


@command(example="reftel tasks\nreftel tasks --overdue\nreftel tasks --to-chase --json")
@click.option("--state", type=click.Choice(("open", "fulfilled", "cancelled", "all")), default="open")
@click.option("--overdue", is_flag=True, help="Only those whose time is over.")
@click.option(
    "--to-chase", is_flag=True, help="Only those that nobody answered within the hours of their precedence."
)
def tasks(session: Session, state: str, *, overdue: bool, to_chase: bool) -> None:
    """List what was asked: open taskings, those overdue, those to be chased."""
    now = session.office.clock.now()
    with session.office.store.read() as connection:
        late = {(row.cable, row.n) for row in office_tasks.overdue_tasks(connection, now)}
        if to_chase:
            found = office_tasks.to_chase(connection, now)
        else:
            found = office_tasks.tasks(connection, "" if state == "all" else state)
    rows = [{**plain_row(row), "overdue": (row.cable, row.n) in late} for row in found]
    rows = [row for row in rows if row["overdue"] or not overdue]
    heads = ("CABLE", "N", "NUMBER", "OWNER", "WHAT", "DUE", "STATE", "CHASED")
    cells = [
        [
            f"entry:{row['cable']}",
            row["n"],
            row["mrn"],
            row["owner"],
            row["literal"],
            time_limit(row["due"]) + (" OVERDUE" if row["overdue"] else ""),
            row["state"],
            row["chased"],
        ]
        for row in rows
    ]
    session.emit({"tasks": rows}, table(heads, cells, empty="Nothing is open."))


@command(
    acts=True,
    example="reftel task 2026KAESONG000001 --owner BEIJING --text 'Send the map' --as Li",
)
@click.argument("cable")
@click.option("--owner", required=True, help="Who is to do it.")
@click.option("--text", required=True, help="What is asked.")
@click.option("--due", default="", help="By when, as a time with its year.")
def task(session: Session, cable: str, owner: str, text: str, due: str) -> None:
    """Add a tasking that a cable implies and does not spell out."""
    entry = resolve_cable(session, cable)
    reading = read_moment(due).reading if due else None
    limit = due if reading is None else format_reading(reading)
    n = office_tasks.task(session.office, session.hand(), entry, owner, text, due=limit)
    session.emit({"cable": entry, "n": n, "state": "open"}, f"Tasked: {n} of entry:{entry}.")


@command(acts=True, example="reftel chase 2026KAESONG000001 1 --as Li")
@click.argument("cable")
@click.argument("n", type=click.IntRange(1, 9999))
def chase(session: Session, cable: str, n: int) -> None:
    """Chase an open tasking; the register counts how often."""
    entry = resolve_cable(session, cable)
    times = office_tasks.chase(session.office, session.hand(), entry, n)
    session.emit(
        {"cable": entry, "n": n, "chased": times}, f"Chased: {n} of entry:{entry}, {times} times so far."
    )


@command(acts=True, example="reftel fulfil 2026MOSCOW000007 1 --by 2026BEIJING000004 --as Li")
@click.argument("cable")
@click.argument("n", type=click.IntRange(1, 9999))
@click.option("--by", "by_cable", required=True, help="The cable that reports the fulfilment.")
@click.option("--in-part", is_flag=True, help="Only part of it is done; it stays open.")
def fulfil(session: Session, cable: str, n: int, by_cable: str, *, in_part: bool) -> None:
    """Close a tasking by the cable that reports its fulfilment."""
    entry, by = resolve_cable(session, cable), resolve_cable(session, by_cable)
    office_tasks.fulfil(session.office, session.hand(), entry, n, by, in_part=in_part)
    state = "open" if in_part else "fulfilled"
    said = "Fulfilled in part" if in_part else "Fulfilled"
    session.emit(
        {"cable": entry, "n": n, "by": by, "state": state}, f"{said}: {n} of entry:{entry}, by entry:{by}."
    )


@command(
    acts=True, name="drop-task", example="reftel drop-task 2026MOSCOW000007 1 --reason 'Overtaken' --as Li"
)
@click.argument("cable")
@click.argument("n", type=click.IntRange(1, 9999))
@click.option("--reason", required=True, help="Why it is no longer wanted.")
def drop_task(session: Session, cable: str, n: int, reason: str) -> None:
    """Close a tasking that is no longer wanted; the reason stands in the register."""
    entry = resolve_cable(session, cable)
    office_tasks.cancel_task(session.office, session.hand(), entry, n, reason)
    session.emit({"cable": entry, "n": n, "state": "cancelled"}, f"Dropped: {n} of entry:{entry}.")
