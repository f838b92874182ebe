"""The post's dated opening keys."""

from __future__ import annotations

import click

from reftel.cli.frame import Session, command
from reftel.cli.output import table
from reftel.office import people
from reftel.office.rolls import keys_list


@command(name="list", example="reftel keys list")
def list_(session: Session) -> None:
    """List the opening keys, from when to when, and whether their seeds are here."""
    with session.office.store.read() as connection:
        found = keys_list(session.office, connection)
    rows = [
        (k["epoch"], k["starts"], k["ends"], k["state"], "yes" if k["seed_here"] else "no") for k in found
    ]
    heads = ("KEY", "FROM", "TO", "STATE", "SEED HERE")
    session.emit(found, table(heads, rows, empty="There is no opening key."))


@command(acts=True, example="reftel keys rotate --as Makarov")
def rotate(session: Session) -> None:
    """Make the next opening key, and a card that names it; retire those past their time."""
    epoch = people.rotate(session.office, session.hand())
    session.emit(
        {"epoch": epoch.epoch, "starts": epoch.starts.isoformat(), "ends": epoch.ends.isoformat()},
        f"The opening key {epoch.epoch} serves from {epoch.starts} to {epoch.ends}. The new card goes out\n"
        "with the next bags; posts without a link get it by hand: `reftel card`.",
    )


@command(acts=True, example="reftel keys destroy 2026-09-01 --as Makarov")
@click.argument("epoch")
def destroy(session: Session, epoch: str) -> None:
    """Destroy an opening key's seed, so that nothing sealed to it can be opened again.

    It must be past its time, with nothing left to decipher and no bag missing.
    """
    people.destroy_seed(session.office, session.hand(), epoch)
    session.emit({"epoch": epoch, "state": "destroyed"}, f"The seed of the opening key {epoch} is destroyed.")


keys = click.Group(
    "keys",
    help="List, rotate and destroy the post's dated opening keys.",
    commands=[list_, rotate, destroy],
)
