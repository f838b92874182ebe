"""People's passkeys: invited by a slip of paper, listed, admitted by two officers, revoked."""

from __future__ import annotations

import click

from reftel.cipher.tokens import code_digest, new_code
from reftel.cli.frame import Session, command
from reftel.cli.output import table
from reftel.office import passkeys as office_passkeys
from reftel.office.passkeys import INVITED_FOR
from reftel.register.entries import Json


@command(acts=True, example="reftel people invite Kornyushina --as Makarov")
@click.argument("person")
def invite(session: Session, person: str) -> None:
    """Invite a person to enrol a passkey, by a one-time code on paper.

    The slip is shown once; the office keeps only the code's digest. The code is good for one
    enrolment within seven days, and takes the place of an earlier one.
    """
    office, code = session.office, new_code()
    office_passkeys.invite(office, session.hand(), person, code_digest(office.origin, person, code))
    slip = (
        f"Post      {office.name}\nName      {person}\nCode      {code}\n"
        f"Good for  one enrolment, within {INVITED_FOR.days} days\n\n"
        "Hand it over in person, on paper. At the web office it is typed under `Enrol your passkey`."
    )
    session.emit({"person": person, "code": code, "days": INVITED_FOR.days}, slip)


@command(name="list", example="reftel people passkeys list")
def list_(session: Session) -> None:
    """List every passkey that was ever enrolled, with the number that two officers compare."""
    office = session.office
    found: list[Json] = []
    with office.store.read() as connection:
        for row in office_passkeys.all_passkeys(connection):
            waits = row.state == "enrolled"
            found.append(
                {
                    "person": row.person,
                    "state": row.state,
                    "label": row.label,
                    "key_id": row.key_id,
                    "credential": row.credential,
                    "origin": row.origin,
                    "compare": office_passkeys.to_compare(office, connection, row) if waits else "",
                }
            )
    rows = [(p["person"], p["state"], p["key_id"][:8], p["label"], p["origin"]) for p in found]
    text = table(("PERSON", "STANDING", "KEY", "NAME", "ENROLLED AT"), rows, empty="No passkey was enrolled.")
    waiting = [
        f"{p['person']}, {p['key_id'][:8]}, to be compared:\n  {p['compare']}" for p in found if p["compare"]
    ]
    session.emit(found, "\n\n".join([text, *waiting]))


@command(acts=True, example="reftel people passkeys admit 3f9a01c2 --second Fedyaev --as Makarov")
@click.argument("key")
@click.option("--second", default="", help="The other officer who compared the number with the person.")
def admit(session: Session, key: str, second: str) -> None:
    """Admit an enrolled passkey, named by the beginning of its key id.

    Both officers compare the number of `reftel people passkeys list` with the person, by voice or
    in person, and both sign. The reader's key that came with the passkey is admitted too.
    """
    credential, person = _find(session, key)
    beside = session.beside(second) if second else None
    office_passkeys.admit_passkey(session.office, session.hand(), credential, beside)
    session.emit({"person": person, "admitted": credential}, f"{person} can sign in with that passkey.")


@command(
    acts=True, example="reftel people passkeys revoke 3f9a01c2 --reason 'lost on the train' --as Makarov"
)
@click.argument("key")
@click.option("--reason", required=True, help="Why: lost, replaced, left.")
def revoke(session: Session, key: str, reason: str) -> None:
    """Revoke a passkey, named by the beginning of its key id; its sessions end at once."""
    credential, person = _find(session, key)
    office_passkeys.revoke_passkey(session.office, session.hand(), credential, reason)
    session.emit(
        {"person": person, "revoked": credential}, f"That passkey of {person} opens nothing any more."
    )


passkeys = click.Group(
    "passkeys",
    help="List, admit and revoke people's passkeys.",
    commands=[list_, admit, revoke],
)


def _find(session: Session, key: str) -> tuple[str, str]:
    with session.office.store.read() as connection:
        row = office_passkeys.passkey_named(connection, key)
        return str(row.credential), str(row.person)
