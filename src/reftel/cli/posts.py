"""The other posts, and what passed on the links to them."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cli.frame import Session, command
from reftel.cli.output import table
from reftel.office import people, readers, rolls


@command(name="list", example="reftel posts list")
def list_(session: Session) -> None:
    """List this post and those known here, with their fingerprints."""
    with session.office.store.read() as connection:
        found = rolls.posts_list(connection)
    rows = [
        (p["name"], p["origin"], p["standing"], p["serial"], p["expires"], p["fingerprint"]) for p in found
    ]
    heads = ("NAME", "ORIGIN", "STANDING", "CARD", "VALID TO", "FINGERPRINT")
    session.emit(found, table(heads, rows, empty=""))


@command(example="reftel posts gaps")
def gaps(session: Session) -> None:
    """List the bags that are missing, and those of ours that nobody receipted."""
    with session.office.store.read() as connection:
        found = rolls.gaps(connection)
    rows = [("missing", f"from {g['from']}", g["serial"]) for g in found["missing"]]
    rows += [("not receipted", f"to {g['to']}", g["serial"]) for g in found["unreceipted"]]
    session.emit(found, table(("GAP", "LINK", "BAG"), rows, empty="No bag is missing on any link."))


@command(
    name="close-gap",
    acts=True,
    example="reftel posts close-gap kaesong.example 2 --reason 'its two cables came again' --as Fedyaev",
)
@click.argument("origin")
@click.argument("serial", type=int)
@click.option("--reason", required=True, help="What became of the bag's cables.")
def close_gap(session: Session, origin: str, serial: int, reason: str) -> None:
    """Close a gap whose bag will not come any more."""
    people.close_gap(session.office, session.hand(), origin, serial, reason)
    session.emit({"from": origin, "serial": serial}, f"Bag {serial} of {origin} is no longer looked for.")


@command(example="reftel posts refusals --json")
def refusals(session: Session) -> None:
    """List what was refused, newest first."""
    with session.office.store.read() as connection:
        found = rolls.refusals(connection)
    rows = [(r["at"][:16], r["peer"] or "unknown", r["bag"][:8], r["code"], r["sentence"]) for r in found]
    session.emit(found, table(("AT", "FROM", "BAG", "CODE", "WHY"), rows, empty="Nothing was refused."))


@command(example="reftel posts receipts")
def receipts(session: Session) -> None:
    """List the bags that went out, and whether the other post's signed receipt is here."""
    with session.office.store.read() as connection:
        found = rolls.bags_out(connection)
    rows = [(b["to"], b["serial"], b["bag"][:8], b["cables"], b["state"]) for b in found]
    session.emit(found, table(("TO", "SERIAL", "BAG", "CABLES", "STATE"), rows, empty="No bag went out."))


@command(
    acts=True,
    example="reftel posts reader makarov.reader --as Kornyushina\n"
    "reftel posts reader makarov.reader --fingerprint '0a1b 2c3d ...' --as Rybakov",
)
@click.argument("cardfile", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--fingerprint", default="", help="The sixteen groups that the reader himself read out.")
def reader(session: Session, cardfile: Path, fingerprint: str) -> None:
    """Enter the card of another post's reader, and confirm the key once it was compared with the reader.

    The card proves that the reader's post vouches for the key. With --fingerprint, an officer says
    that the reader read it out, by voice or in person; without, cables for the reader's eyes say
    that the key is as vouched for. Another key drops the confirmation.
    """
    with cardfile.open("rb") as file:
        text = file.read(readers.MAX_READER_CARD + 1).decode(errors="replace")
    card = readers.know_reader(session.office, session.hand(), text)
    if fingerprint:
        readers.confirm_reader(session.office, session.hand(), card.origin, card.person, fingerprint)
    with session.office.store.read() as connection:
        (found,) = [r for r in readers.readers_list(connection, card.origin) if r["person"] == card.person]
    said = "confirmed with the reader" if found["standing"] == "confirmed" else "as vouched for by its post"
    session.emit(
        found,
        f"The key of {card.person} at {card.origin} is known, {said}. Its fingerprint:\n"
        f"  {readers.in_groups(card.fingerprint)}",
    )


@command(name="readers", example="reftel posts readers")
def readers_(session: Session) -> None:
    """List the readers whose keys are known, here and at other posts, and who compared them."""
    with session.office.store.read() as connection:
        found = readers.readers_list(connection)
    rows = [(r["person"], r["origin"], r["standing"], readers.in_groups(r["fingerprint"])) for r in found]
    heads = ("READER", "POST", "STANDING", "FINGERPRINT")
    session.emit(found, table(heads, rows, empty="No reader's key is known."))


posts = click.Group(
    "posts",
    help="List the posts known here, and what passed on each link.",
    commands=[list_, gaps, close_gap, refusals, receipts, reader, readers_],
)
