"""Making a post, its card, and the cards of others."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import click

from reftel.cli.frame import PERSON_PASSPHRASE, Session, command
from reftel.cli.output import fields, show
from reftel.cli.unlocking import new_passphrase
from reftel.errors import BadValue, CardError
from reftel.files import sync_folder, write_durably
from reftel.house import new_post
from reftel.office import people
from reftel.office.cards import MAX_CARD, Card, check_name, check_origin, open_card
from reftel.office.keys import create_person_key
from reftel.office.office import Office
from reftel.office.rolls import posts_list
from reftel.store.engine import disk_errors

_DIGITS = 60


@command(
    example="reftel init --post kaesong kaesong.example KAESONG --administrator 'Lee San-cho' "
    "--role 'cipher clerk'"
)
@click.argument("origin")
@click.argument("name")
@click.option("--administrator", required=True, help="The first administrator, who admits everybody else.")
@click.option("--role", "roles", multiple=True, help="A further role of the administrator; may be repeated.")
@PERSON_PASSPHRASE
def init(session: Session, origin: str, name: str, administrator: str, roles: tuple[str, ...]) -> None:
    """Make a post, with its first administrator.

    ORIGIN is the name that the post signs with, like a host's name; NAME is the post's name as it
    stands in message numbers. The folder given by --post must not be there yet. Two passphrases are
    asked for: the post's, and the administrator's own.
    """
    folder = session.folder.resolve()
    check_origin(origin)
    check_name(name)
    if folder.exists():
        raise BadValue(f"{folder} is there already", mend="Name a new folder with --post.")
    post_words = new_passphrase(session.passphrase_file, f"New passphrase for {name}")
    own_words = new_passphrase(session.person_passphrase_file, f"New passphrase for {administrator}")
    # Made beside its place and moved there whole: a post that was cut short must not look like one.
    part = folder.with_name(f".{folder.name}.part")
    with disk_errors(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        try:
            office = new_post(part, origin, name, post_words)
            try:
                key = create_person_key(part, administrator, own_words)
                wanted = dict.fromkeys((people.ADMINISTRATOR, *roles))
                people.found(office, administrator, key, roles=tuple(wanted))
            finally:
                office.close()
            part.rename(folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        sync_folder(folder.parent)
    fingerprint = office.keys.signing.verifier.fingerprint()
    session.emit(
        {
            "folder": str(folder),
            "origin": origin,
            "name": name,
            "fingerprint": fingerprint,
            "administrator": administrator,
            "key_id": key.key_id,
        },
        f"{name} ({origin}) stands in {folder}. Its fingerprint, to be read to the other posts:\n\n"
        f"{in_lines(fingerprint)}\n\n"
        f"{administrator} is its administrator, with the key {key.key_id}.\n"
        "Next: admit people (`reftel people admit`), give the card to the other posts (`reftel card`)\n"
        "and admit theirs (`reftel know`). Keep both passphrases: nobody can replace them.",
    )


@command(example="reftel card --out kaesong.card")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the card to this file.")
def card(session: Session, out: Path | None) -> None:
    """Show this post's public card and its fingerprint.

    The card goes to a file, or to the standard output where that is no terminal; the fingerprint
    is for reading aloud to the other post, so that it can be sure that the card is this post's.
    """
    with session.office.store.read() as connection:
        text = people.own_card(connection, session.office)
    own = open_card(text)
    if out is not None:
        with disk_errors(out):
            write_durably(out, text.encode(), mode=0o644)
    if session.as_json:
        session.emit({**_shown(own), "card": text}, "")
        return
    if out is None and not sys.stdout.isatty():
        show(text.rstrip("\n"))
    # Beside the card itself, so that `reftel card > kaesong.card` writes the card alone.
    click.echo(
        f"Card {own.serial} of {own.name} ({own.origin}), valid to {own.expires}. Its fingerprint:\n\n"
        f"{in_lines(own.fingerprint)}",
        err=out is None,
    )
    if out is None and sys.stdout.isatty():
        click.echo("\nThe card itself goes to a file: `reftel card --out FILE`.", err=True)


@command(acts=True, example="reftel know beijing.card --as 'Lee San-cho'")
@click.argument("cardfile", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--fingerprint", default="", help="The twelve groups that the other post read out.")
def know(session: Session, cardfile: Path, fingerprint: str) -> None:
    """Admit another post's card after its fingerprint was compared.

    Somebody at the other post reads the fingerprint to you, over a line on which you know the voice.
    A newer card of a post that is known needs no comparing.
    """
    with cardfile.open("rb") as file:
        text = file.read(MAX_CARD + 1).decode(errors="replace")
    their = open_card(text)
    if not fingerprint and not _is_known(session.office, their.origin):
        fingerprint = _compare(their)
    if fingerprint:
        fingerprint = _twelve_groups(fingerprint)
    known = people.know(session.office, session.hand(), text, fingerprint)
    session.emit(
        _shown(known),
        f"{known.name} ({known.origin}) is known here, with its card {known.serial}, to {known.expires}.",
    )


def in_lines(fingerprint: str) -> str:
    """A fingerprint's twelve groups as three lines of four."""
    groups = fingerprint.split()
    return "\n".join("  " + " ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))


def _shown(card: Card) -> dict[str, object]:
    return {
        "origin": card.origin,
        "name": card.name,
        "serial": card.serial,
        "expires": card.expires.isoformat(),
        "fingerprint": card.fingerprint,
        "opening_keys": [
            {"epoch": e.epoch, "starts": e.starts.isoformat(), "ends": e.ends.isoformat()}
            for e in card.epochs
        ],
    }


def _twelve_groups(text: str) -> str:
    """A fingerprint as it was noted down, with blanks, hyphens, commas or stops between the groups."""
    digits = re.sub(r"[\s.,-]", "", text)
    if len(digits) != _DIGITS:
        raise BadValue(
            f"a fingerprint has twelve groups of five, and here are {len(digits)} digits",
            mend="Have it read out again, whole.",
        )
    return digits


def _is_known(office: Office, origin: str) -> bool:
    with office.store.read() as connection:
        return any(post["origin"] == origin for post in posts_list(connection))


def _compare(card: Card) -> str:
    """Have two people compare a fingerprint: the last group is not shown, but heard and typed."""
    groups = card.fingerprint.split()
    if not sys.stdin.isatty():
        raise CardError(
            f"the fingerprint of {card.name} was not compared",
            mend="Compare it at a terminal, or give the groups that were read out with --fingerprint.",
        )
    shown = in_lines(" ".join([*groups[:-1], "....."]))
    click.echo(
        f"{fields([('Post', card.name), ('Origin', card.origin)])}\n\nHave {card.name} read out its "
        f"fingerprint. Every group must be the same as here:\n\n{shown}\n",
        err=True,
    )
    heard = click.prompt("The last group, as it was read out", err=True)
    return " ".join([*groups[:-1], str(heard).strip()])
