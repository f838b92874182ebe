"""Passkeys of this post's people: invited, enrolled, admitted by two officers, revoked.

Somebody without a key is invited by a one-time code on paper. With it a browser enrols a passkey
and a reader's key, and both wait until an administrator and another officer, who compared one
number with the person, admit them. Further passkeys are signed by one that counts already.

The reader's secret key is made in the browser and comes here wrapped by the passkey: the office
keeps that file, knows its digest from the register, and cannot open it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from reftel.cipher.identity import HybridRecipient
from reftel.cipher.passkey import MAX_CREDENTIAL, check_passkey, passkey_id
from reftel.cipher.prf import check_recovery, check_wrapped
from reftel.cipher.tokens import code_digest, same
from reftel.errors import BadInvitation, BadValue, NotAllowed, NotFound, NotYourRole, PeerError
from reftel.office.office import Hand, Office, find_person, record, waive
from reftel.office.people import ADMINISTRATOR, keep_an_administrator
from reftel.register.entries import Json, b64, clock_text, unb64
from reftel.register.log import find_entry
from reftel.store import tables as t

INVITED_FOR = timedelta(days=7)
MAX_LABEL = 60
MAX_PASSKEYS = 10
_p = t.passkeys.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A passkey as a browser enrolled it.

    ``public`` is DER SubjectPublicKeyInfo; ``rp_id`` and ``origin`` are where it was enrolled, and
    it counts for nothing else; ``wrapped`` is the age file that holds the reader's identity.
    """

    credential: bytes
    public: bytes
    rp_id: str
    origin: str
    wrapped: bytes
    label: str = ""


def invite(office: Office, hand: Hand, person: str, digest: str) -> None:
    """Invite a person to enrol a passkey; ``digest`` is that of a code that is handed over on paper.

    It is good for seven days and for one enrolment, and takes the place of an earlier one.
    """
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise BadValue("that is not the digest of an invitation's code", mend="Load the page again.")
    with office.register.writing() as writing:
        connection = writing.connection
        find_person(connection, person)
        until = clock_text(office.now() + INVITED_FOR)
        body: Json = {"person": person, "digest": digest, "until": until}
        writing.append([record(office, connection, "invited", hand, body)])


def check_invitation(office: Office, connection: Connection, person: str, code: str) -> None:
    """Demand that this code invites this person now.

    Raises :class:`BadInvitation`, the same for every cause.
    """
    row = connection.execute(select(t.invitations).where(t.invitations.c.person == person)).first()
    fits = same(code_digest(office.origin, person, code), "" if row is None else row.digest)
    serving = select(t.people.c.name).where(t.people.c.name == person, t.people.c.standing == "serving")
    known = connection.execute(serving).first() is not None
    if row is None or not fits or not known or row.state != "open":
        raise BadInvitation("this name and this code are no open invitation")
    if row.until <= clock_text(office.clock.now()):
        raise BadInvitation("this name and this code are no open invitation")


def enrol(office: Office, person: str, code: str, enrolment: Enrolment, recipient: str) -> str:
    """Enrol the first passkey by invitation; returns the number that two officers compare.

    ``recipient`` is the reader's public key. Nothing counts before :func:`admit_passkey`. A key that
    the person already has here, brought back by the recovery phrase, stays admitted as it was.
    """
    public_key = HybridRecipient.parse(recipient)
    recipient = public_key.text()
    with office.register.writing() as writing:
        connection = writing.connection
        check_invitation(office, connection, person, code)
        body = _enrolment(connection, person, enrolment)
        known = _reader(office, connection, person)
        if known is None or known.recipient != recipient or known.standing == "revoked":
            body |= {"recipient": recipient, "fingerprint": public_key.fingerprint()}
        _keep(connection, body["credential"], person, enrolment.wrapped)
        writing.append([record(office, connection, "passkey enrolled", None, body)])
    return compared(enrolment.public, recipient)


def add_passkey(office: Office, hand: Hand, enrolment: Enrolment) -> None:
    """Enrol a further passkey of one's own; it counts at once, for the act is signed by one that does."""
    with office.register.writing() as writing:
        connection = writing.connection
        find_person(connection, hand.who)
        body = _enrolment(connection, hand.who, enrolment)
        _keep(connection, body["credential"], hand.who, enrolment.wrapped)
        writing.append([record(office, connection, "passkey enrolled", hand, body)])


def _enrolment(connection: Connection, person: str, enrolment: Enrolment) -> Json:
    check_wrapped(enrolment.wrapped)
    check_passkey(enrolment.public)
    label = enrolment.label.strip() or "passkey"
    if len(label) > MAX_LABEL or not label.isprintable():
        raise BadValue(f"a passkey's label is at most {MAX_LABEL} printable characters")
    if not 16 <= len(enrolment.credential) <= MAX_CREDENTIAL:
        raise BadValue("that passkey's name is too short or too long")
    credential = b64(enrolment.credential)
    if connection.execute(select(_p.person).where(_p.credential == credential)).first() is not None:
        raise NotAllowed("that passkey was enrolled before", mend="Take another passkey.")
    if len(passkeys_of(connection, person, ("enrolled", "admitted"))) >= MAX_PASSKEYS:
        raise NotAllowed(f"{person} has {MAX_PASSKEYS} passkeys", mend="Have one of them revoked first.")
    return {
        "person": person,
        "credential": credential,
        "key_id": passkey_id(enrolment.public),
        "public": b64(enrolment.public),
        "rp_id": enrolment.rp_id,
        "origin": enrolment.origin,
        "label": label,
        "wrapped": _digest(enrolment.wrapped),
    }


def admit_passkey(office: Office, hand: Hand, credential: str, second: Hand | None = None) -> None:
    """Admit an enrolled passkey and the reader's key that came with it.

    Both officers compared the number of :func:`compared` with the person, and both sign.
    ``credential`` is as :class:`Enrolment` has it, in base64.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_passkey(connection, credential)
        find_person(connection, row.person)
        if row.state != "enrolled":
            raise NotAllowed(f"that passkey of {row.person} is {row.state}")
        body: Json = {"person": row.person, "credential": credential, "key_id": row.key_id}
        enrolled = find_entry(connection, row.entry).decoded.act
        if "fingerprint" in enrolled:
            known = _reader(office, connection, row.person)
            if known is None or known.fingerprint != enrolled["fingerprint"]:
                raise NotAllowed(
                    f"another reader's key of {row.person} was enrolled since",
                    mend="Revoke this passkey, and compare the number of the one enrolled last.",
                )
            body["fingerprint"] = enrolled["fingerprint"]
        beside: list[Hand] = []
        officers = {hand.who, second.who if second else hand.who}
        if second is not None and len(officers) == 2 and row.person not in officers:
            find_person(connection, second.who)
            body["officers"] = [hand.who, second.who]
            beside.append(second)
        else:
            waive(connection, "two-officers", body, "a passkey is admitted by two other officers")
        writing.append([record(office, connection, "passkey admitted", hand, body, beside)])


def revoke_passkey(office: Office, hand: Hand, credential: str, reason: str) -> None:
    """Revoke a passkey: one's own, or anybody's by an administrator.

    Its sessions end at once, and what it wrapped is removed: whoever found it finds nothing here.
    """
    if not reason.strip():
        raise BadValue("a passkey is revoked for a reason", mend="Say which: lost, replaced, left.")
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_passkey(connection, credential)
        on = (hand.roles is None or ADMINISTRATOR in hand.roles) and not hand.by
        if hand.who != row.person and not (on and _is_administrator(connection, hand.who)):
            raise NotYourRole(f"only {row.person} or an administrator revokes that passkey")
        if row.state == "revoked":
            raise NotAllowed(f"that passkey of {row.person} is revoked already")
        if row.state == "admitted" and _is_administrator(connection, row.person):
            left = [one for one in passkeys_of(connection, row.person) if one.credential != credential]
            if not left and not find_person(connection, row.person).person_key:
                keep_an_administrator(connection, row.person)
        body: Json = {"person": row.person, "credential": credential, "reason": reason}
        connection.execute(delete(t.wrapped).where(t.wrapped.c.credential == credential))
        writing.append([record(office, connection, "passkey revoked", hand, body)])


def keep_recovery(office: Office, hand: Hand, wrapped: bytes) -> None:
    """Keep one's identity wrapped under a generated recovery phrase, in place of an earlier file."""
    check_recovery(wrapped)
    with office.register.writing() as writing:
        connection = writing.connection
        body: Json = {"person": hand.who, "wrapped": _digest(wrapped)}
        kept = record(office, connection, "recovery kept", hand, body)
        _keep(connection, recovery_name(hand.who), hand.who, wrapped)
        writing.append([kept])


def recovery_file(office: Office, connection: Connection, person: str, code: str) -> bytes:
    """The recovery file of somebody who is invited anew, by the same code.

    Raises :class:`BadInvitation`, and :class:`NotFound` where none was kept or it was altered.
    """
    check_invitation(office, connection, person, code)
    file = _kept(connection, recovery_name(person))
    if file is None or _digest(file) != _last_recovery(connection, person)[0]:
        raise NotFound("no recovery file is kept for this name", mend="Go on without: a new key is made.")
    return file


def has_recovery(office: Office, connection: Connection, person: str) -> bool:
    """Whether the key that copies are sealed to now can be brought back by a recovery phrase."""
    file = _kept(connection, recovery_name(person))
    digest, entry = _last_recovery(connection, person)
    return file is not None and _digest(file) == digest and entry >= _sealed_since(office, connection, person)


def is_safe(office: Office, connection: Connection, person: str) -> bool:
    """Whether the loss of one passkey would not lose a person's copies: there is another way to the key.

    What was enrolled or kept before the reader's key was replaced leads to the old one.
    """
    since = _sealed_since(office, connection, person)
    ways = [row for row in passkeys_of(connection, person) if row.entry >= since]
    return len(ways) > 1 or has_recovery(office, connection, person)


def _sealed_since(office: Office, connection: Connection, person: str) -> int:
    """The entry since which copies are sealed to the reader's key that stands now."""
    known = _reader(office, connection, person)
    return -1 if known is None else int(known.entry)


def _last_recovery(connection: Connection, person: str) -> tuple[str, int]:
    """The digest of a person's last recovery file, by the register, and its entry; empty for none."""
    a = t.acts.c
    last = select(a.entry).where(a.kind == "recovery kept", a.who == person).order_by(a.entry.desc()).limit(1)
    entry = connection.execute(last).scalar()
    return ("", -1) if entry is None else (str(find_entry(connection, entry).decoded.act["wrapped"]), entry)


def compared(public: bytes, recipient: str) -> str:
    """Twelve groups of five digits for three people to read to each other.

    They cover the passkey's public key and the reader's.
    """
    parts = hashlib.sha256(public).digest() + hashlib.sha256(recipient.encode()).digest()
    digest = hashlib.sha512(b"reftel/enrolment/v1\x00" + parts).digest()
    digits = f"{int.from_bytes(digest, 'big') % 10**60:060d}"
    return " ".join(digits[at : at + 5] for at in range(0, 60, 5))


def to_compare(office: Office, connection: Connection, row: Row[Any]) -> str:
    """The number of :func:`compared` for a passkey that waits to be admitted."""
    act = find_entry(connection, row.entry).decoded.act
    known = _reader(office, connection, row.person)
    recipient = act.get("recipient", "" if known is None else known.recipient)
    return compared(unb64(row.public), recipient)


def find_passkey(connection: Connection, credential: str) -> Row[Any]:
    """A passkey's row by its credential in base64; :class:`NotFound`."""
    row = connection.execute(select(t.passkeys).where(_p.credential == credential)).first()
    if row is None:
        raise NotFound("there is no such passkey here", mend="`reftel people passkeys list` lists them.")
    return row


def passkey_named(connection: Connection, beginning: str) -> Row[Any]:
    """The one passkey whose key id begins so; :class:`NotFound` for none, and for several."""
    found = [
        row for row in all_passkeys(connection) if beginning and row.key_id.startswith(beginning.lower())
    ]
    if len(found) != 1:
        several = f"{len(found)} passkeys have a key id" if found else "no passkey has a key id"
        mend = "`reftel people passkeys list` lists them; give more of the key id."
        raise NotFound(f"{several} that begins with {beginning!r}", mend=mend)
    return found[0]


def passkeys_of(connection: Connection, person: str, states: Sequence[str] = ("admitted",)) -> list[Row[Any]]:
    """A person's passkeys in these states, in the order of their credentials."""
    query = select(t.passkeys).where(_p.person == person, _p.state.in_(states))
    return list(connection.execute(query.order_by(_p.credential)))


def all_passkeys(connection: Connection) -> list[Row[Any]]:
    """Every passkey that was ever enrolled, by person."""
    return list(connection.execute(select(t.passkeys).order_by(_p.person, _p.entry)))


def known_at(connection: Connection, person: str, rp_id: str) -> list[Row[Any]]:
    """The passkeys with which somebody who serves here may answer at this name, admitted or not yet."""
    serving = select(t.people.c.name).where(t.people.c.name == person, t.people.c.standing == "serving")
    if connection.execute(serving).first() is None:
        return []
    return [row for row in passkeys_of(connection, person, ("enrolled", "admitted")) if row.rp_id == rp_id]


def wrapped_files(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, bytes]:
    """The wrapped identities of these passkeys; one that was altered since it came is left out."""
    kept = {row.credential: _kept(connection, row.credential) for row in rows}
    digests = {row.credential: row.wrapped for row in rows}
    return {name: file for name, file in kept.items() if file and _digest(file) == digests[name]}


def recovery_name(person: str) -> str:
    """Under which name a recovery file lies among the wrapped ones."""
    return f"recovery {person}"


def _is_administrator(connection: Connection, name: str) -> bool:
    row = connection.execute(select(t.people).where(t.people.c.name == name)).first()
    return row is not None and row.standing == "serving" and ADMINISTRATOR in row.roles.split(",")


def _reader(office: Office, connection: Connection, person: str) -> Row[Any] | None:
    r = t.readers.c
    query = select(t.readers).where(r.origin == office.origin, r.person == person)
    return connection.execute(query).first()


def _digest(file: bytes) -> str:
    return b64(hashlib.sha256(file).digest())


def _keep(connection: Connection, name: str, person: str, file: bytes) -> None:
    row = {"credential": name, "person": person, "file": file}
    statement = insert(t.wrapped).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["credential"], set_=row))


def _kept(connection: Connection, name: str) -> bytes | None:
    file = connection.execute(select(t.wrapped.c.file).where(t.wrapped.c.credential == name)).scalar()
    try:
        if file is not None:
            (check_recovery if name.startswith("recovery ") else check_wrapped)(file)
    except PeerError:
        return None
    return file
