"""The post's people: admission, departure, keys, rules, the authority list, the shift."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cipher.person import PersonKey
from reftel.cli.frame import PASSPHRASE_FILE, Session, command
from reftel.cli.output import table
from reftel.cli.passkeys import invite, passkeys
from reftel.cli.unlocking import new_passphrase
from reftel.errors import BadValue, FormatError, ReftelError
from reftel.files import write_durably
from reftel.office import people as office_people
from reftel.office import readers
from reftel.office.keys import create_person_key, person_file
from reftel.office.office import RULES
from reftel.office.roles import ROLES
from reftel.office.rolls import names_list, people_list, rules_list
from reftel.register.entries import b64, unb64
from reftel.store.engine import disk_errors

_NEW_PASSPHRASE = click.option(
    "--new-passphrase-file", type=PASSPHRASE_FILE, help="The file whose first line protects the new key."
)


@command(name="list", example="reftel people list")
def list_(session: Session) -> None:
    """List everybody who was ever admitted."""
    with session.office.store.read() as connection:
        found = people_list(connection)
    rows = [
        (p["name"], p["standing"], p["clearance"], p["key_id"][:8] or "no key", ", ".join(p["roles"]))
        for p in found
    ]
    heads = ("NAME", "STANDING", "CLEARANCE", "KEY", "ROLES")
    session.emit(found, table(heads, rows, empty="Nobody has been admitted."))


@command(
    acts=True,
    example="reftel people admit Kornyushina --role 'cipher clerk' --clearance SECRET --new-key \\\n"
    "    --second Fedyaev --as Makarov",
)
@click.argument("person")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated."
)
@click.option("--clearance", default="", help="Up to which marking the person may hold copies.")
@click.option(
    "--caption", "captions", multiple=True, help="A caption that the person is cleared for; repeat."
)
@click.option("--new-key", is_flag=True, help="Make the person a signing key here, under a passphrase.")
@click.option("--key", "public", default="", help="The person's public key, made elsewhere.")
@click.option("--second", default="", help="The other officer who compared the key with the person.")
@_NEW_PASSPHRASE
def admit(
    session: Session,
    *,
    person: str,
    roles: tuple[str, ...],
    clearance: str,
    captions: tuple[str, ...],
    new_key: bool,
    public: str,
    second: str,
    new_passphrase_file: Path | None,
) -> None:
    """Admit a person, or change roles, clearance or key.

    What is given replaces what stood before; a key that is not given stays. A new key is admitted
    by two officers who compared it with the person. A person without a key can act too: somebody
    else then records and signs it (--recorded-by).
    """
    if new_key and public:
        raise BadValue("a key is either made here or brought", mend="Leave out --new-key or --key.")
    hand = session.hand()
    before = _clearance(session, person)
    made = _make_key(session, person, new_passphrase_file) if new_key else None
    key = made.public if made else _public_key(public)
    try:
        office_people.admit(
            session.office,
            hand,
            person,
            roles=roles,
            clearance=clearance,
            captions=captions,
            public=key,
            second=session.beside(second) if second else None,
        )
    except ReftelError:
        if made:  # a key that was not admitted is nobody's
            person_file(session.folder, person).unlink()
        raise
    with session.office.store.read() as connection:
        (admitted,) = [p for p in people_list(connection) if p["name"] == person]
    signs = f"with the key {admitted['key_id']}" if admitted["key_id"] else "without a key"
    cleared = f"cleared for {admitted['clearance']}, " if admitted["clearance"] else ""
    lost = f"\nThe clearance for {before} is taken away." if before and not admitted["clearance"] else ""
    session.emit(admitted, f"{person} serves here as {', '.join(roles)}, {cleared}{signs}.{lost}")


def _clearance(session: Session, person: str) -> str:
    with session.office.store.read() as connection:
        return "".join(p["clearance"] for p in people_list(connection) if p["name"] == person)


@command(acts=True, example="reftel people depart Kornyushina --as Makarov")
@click.argument("person")
def depart(session: Session, person: str) -> None:
    """Note that a person has left, and list the copies to be called in."""
    held = office_people.depart(session.office, session.hand(), person)
    copies = [{"cable": row.cable, "seq": row.seq, "number": row.number} for row in held]
    rows = [(f"entry:{c['cable']}", c["number"]) for c in copies]
    left = table(("CABLE", "COPY"), rows, empty="No copies are out in that name.")
    session.emit({"person": person, "held": copies}, f"{person} has left. {left}" if not rows else left)


@command(example="reftel people key Kornyushina")
@click.argument("person")
@_NEW_PASSPHRASE
def key(session: Session, person: str, new_passphrase_file: Path | None) -> None:
    """Make a signing key for a person, to be admitted by two officers.

    The key file lies in this post's folder under the person's own passphrase. An old key file has
    to be moved away first; that the key is a replacement is noted when it is admitted.
    """
    made = _make_key(session, person, new_passphrase_file)
    public = b64(made.public)
    session.emit(
        {"person": person, "key": public, "key_id": made.key_id},
        f"{person} has the key {made.key_id}. Two officers compare it with the person, then:\n"
        f"  reftel people admit {person!r} --key {public} --role ROLE --second OFFICER",
    )


@command(acts=True, example="reftel people rule printer-verifier off --decision 'P84/430' --as Makarov")
@click.argument("rule", type=click.Choice(list(RULES)))
@click.argument("switch", type=click.Choice(["on", "off"]))
@click.option("--decision", required=True, help="Whose decision it is, and its number.")
def rule(session: Session, rule: str, switch: str, decision: str) -> None:
    """Switch a separation off or on by a decision.

    The register shows every use that is made of it.
    """
    office_people.switch_rule(session.office, session.hand(), rule, off=switch == "off", decision=decision)
    said = "in force" if switch == "on" else "switched off; every act that makes use of it says so"
    session.emit({"rule": rule, "in_force": switch == "on"}, f"The rule {rule} is {said}.")


@command(example="reftel people rules")
def rules(session: Session) -> None:
    """List the separations, and which are switched off."""
    with session.office.store.read() as connection:
        found = rules_list(connection)
    rows = [(r["rule"], "in force" if r["in_force"] else "off", r["says"], r["decision"]) for r in found]
    session.emit(found, table(("RULE", "STANDING", "SAYS", "DECISION"), rows, empty=""))


@command(
    acts=True,
    example="reftel people name FILIPPOV --kind person --printed FILIPPOV --printed 'Stalin' --as Makarov",
)
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(["person", "body", "office", "place"]))
@click.option("--printed", multiple=True, help="The name as it is printed on sheets; may be repeated.")
@click.option("--note", default="", help="What is known of the name.")
def name(session: Session, name: str, kind: str, printed: tuple[str, ...], note: str) -> None:
    """Enter a person, body, office or place into the authority list."""
    detail: dict[str, object] = {"printed": list(printed)}
    if note:
        detail["note"] = note
    office_people.name_authority(session.office, session.hand(), name, kind, detail)
    session.emit({"name": name, "kind": kind, "detail": detail}, f"{name} stands in the authority list.")


@command(example="reftel people names")
def names(session: Session) -> None:
    """List the authority list, with the names as printed."""
    with session.office.store.read() as connection:
        found = names_list(connection)
    rows = [
        (n["name"], n["kind"], "; ".join(n["detail"].get("printed", [])), n["detail"].get("note", ""))
        for n in found
    ]
    session.emit(found, table(("NAME", "KIND", "AS PRINTED", "NOTE"), rows, empty="The list is empty."))


@command(
    name="reader-card",
    example="reftel people reader-card Makarov --out makarov.reader",
)
@click.argument("person")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the card to this file.")
def reader_card(session: Session, person: str, out: Path | None) -> None:
    """Show the card of one of this post's readers, signed by the post, and its fingerprint.

    Another post enters it (`reftel posts reader`) and can then send cables for this reader's eyes
    only. The reader reads the fingerprint to an officer there, who confirms it.
    """
    text = readers.reader_card(session.office, person)
    card = readers.read_reader_card(text)
    if out is not None:
        with disk_errors(out):
            write_durably(out, text.encode(), mode=0o644)
    groups = readers.in_groups(card.fingerprint)
    said = f"The reader's key of {person}; its fingerprint:\n  {groups}"
    value = {"origin": card.origin, "person": person, "fingerprint": card.fingerprint, "card": text}
    session.emit(value, said if out is not None else text.rstrip("\n"))
    if out is None and not session.as_json:
        # Beside the card itself, so that the standard output is the card alone.
        click.echo(said, err=True)


people = click.Group(
    "people",
    help="List, admit, invite and dismiss people; passkeys; rules; names.",
    commands=[list_, admit, depart, key, invite, passkeys, rule, rules, name, names, reader_card],
)


@command(acts=True, example="reftel shift Kornyushina --note 'Two bags await BEIJING.' --as Fedyaev")
@click.argument("to")
@click.option("--note", default="", help="What the next on duty should know.")
def shift(session: Session, to: str, note: str) -> None:
    """Hand the shift over to the next on duty."""
    office_people.hand_over(session.office, session.hand(), to, note)
    session.emit({"from": session.person, "to": to, "note": note}, f"{to} has the shift.")


def _make_key(session: Session, person: str, file: Path | None) -> PersonKey:
    # The post is opened first: a key file is not laid into any folder.
    folder = session.office.folder
    return create_person_key(folder, person, new_passphrase(file, f"New passphrase for {person}"))


def _public_key(text: str) -> bytes:
    try:
        return unb64(text, 32) if text else b""
    except FormatError as error:
        raise BadValue(
            "that is not a person's public key", mend="Copy it again from what `reftel people key` showed."
        ) from error
