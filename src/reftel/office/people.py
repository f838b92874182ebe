"""The post itself, its people and its peers: opening, admission, rules, cards and opening keys."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from reftel.cable.characters import find_hostile
from reftel.cable.numbering import mrn_name
from reftel.cipher.packing import DICTIONARY_DIGEST
from reftel.cipher.person import PersonKey, person_key_id
from reftel.clock import Clock
from reftel.errors import BadValue, CardError, NotAllowed, NotFound
from reftel.files import sync_folder
from reftel.office.arrivals import card_body
from reftel.office.cards import (
    MAX_EPOCHS,
    Card,
    Epoch,
    card_digest,
    check_name,
    check_origin,
    check_successor,
    open_card,
    sign_card,
)
from reftel.office.clearance import check_level
from reftel.office.keys import PostKeys, check_passphrase, create_post_keys
from reftel.office.office import RULES, Hand, Office, find_person, has_key, record, records, waive
from reftel.office.roles import ROLES
from reftel.register.entries import Json, Record, b64, unb64
from reftel.register.log import Register, find_entry
from reftel.store import tables as t
from reftel.store.engine import Store, disk_errors

EPOCH_LIFE = timedelta(days=30)
EPOCH_GRACE = timedelta(days=30)
CARD_LIFE = timedelta(days=400)
CARDS_SKIPPED = 100
ADMINISTRATOR = "administrator"
# Beside what may not stand in a cable: a joiner, variation selectors and an empty braille cell.
_UNSEEN = frozenset("\u034f\u17b4\u17b5\u2800") | {chr(0xFE00 + n) for n in range(16)}


def open_new_post(
    folder: Path, origin: str, name: str, passphrase: str, clock: Clock, *, continues: str = ""
) -> Office:
    """Make a post: keys, database, register, first opening keys and first card.

    ``continues`` is the last known checkpoint of the register that this one follows, if it does.
    It is made beside ``folder`` and then named: it is there whole or not at all.
    """
    check_origin(origin)
    check_name(name)
    check_passphrase(passphrase)
    part = folder.absolute().with_name(f".{folder.absolute().name}.part")
    with disk_errors(folder):
        if folder.exists() and any(folder.iterdir()):
            raise BadValue(
                f"the folder {folder} holds something already", mend="Choose an empty or a new folder."
            )
        if part.exists():
            shutil.rmtree(part)
        part.mkdir(mode=0o700, parents=True)
    keys = create_post_keys(part, origin, passphrase)
    _first_records(_office(part, keys, name, clock), continues).close()
    with disk_errors(folder):
        sync_folder(part)
        part.rename(folder)
        sync_folder(folder.absolute().parent)
    return _office(folder, keys.at(folder), name, clock)


def _office(folder: Path, keys: PostKeys, name: str, clock: Clock) -> Office:
    store = Store(folder / "reftel.db", keys.database)
    return Office(
        folder=folder,
        origin=keys.signing.origin,
        name=name,
        store=store,
        register=Register(store),
        keys=keys,
        clock=clock,
    )


def _first_records(office: Office, continues: str) -> Office:
    today = office.clock.now().date()
    epochs = (new_epoch(office.keys, today), new_epoch(office.keys, today + EPOCH_LIFE))
    card = _card(office, 1, "", epochs, today)
    body: Json = {**card_body(card), "dictionary": DICTIONARY_DIGEST}
    if continues:
        body["continues"] = continues
    with office.register.writing() as writing:
        opened = record(office, writing.connection, "post opened", None, body)
        writing.append([opened, *_epoch_records(office, writing.connection, None, epochs)])
    return office


def found(office: Office, person: str, key: PersonKey, *, roles: Sequence[str] = (ADMINISTRATOR,)) -> None:
    """Admit the founding administrator, for whom nobody else can stand yet; the record says so."""
    with office.register.writing() as writing:
        connection = writing.connection
        if connection.execute(select(t.people.c.name).limit(1)).first() is not None:
            raise NotAllowed("the post has people; they admit others")
        body = _person(person, roles, "TOP SECRET", (), key.public)
        body["founding"] = True
        writing.append([record(office, connection, "person admitted", None, body)])


def admit(
    office: Office,
    hand: Hand,
    person: str,
    *,
    roles: Sequence[str],
    clearance: str = "",
    captions: Sequence[str] = (),
    public: bytes = b"",
    second: Hand | None = None,
) -> None:
    """Admit a person, or change roles, clearance or key; a new key needs a second officer.

    Both officers compared the key's fingerprint with the person, and both sign. A key that replaces
    another is marked so; one that is left out stays, for a person who serves, as it was admitted.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        known = connection.execute(select(t.people).where(t.people.c.name == person)).first()
        admitted = "" if known is None else known.person_key
        if known is not None and admitted and not public and known.standing == "serving":
            public = unb64(admitted, 32)
        body = _person(person, roles, clearance, captions, public)
        beside: list[Hand] = []
        keeps = known is not None and known.standing == "serving" and b64(public) == admitted
        if public and not keeps:
            if second is not None and find_person(connection, second.who).name not in (hand.who, person):
                body["officers"] = [hand.who, second.who]
                beside.append(second)
            else:
                waive(connection, "two-officers", body, "a key is admitted by two officers")
        if known is not None and admitted and known.key_id != body.get("key_id"):
            body["replaces"] = known.key_id
        if ADMINISTRATOR not in roles:
            keep_an_administrator(connection, person)
        admission = record(office, connection, "person admitted", hand, body, beside)
        writing.append([admission])


def _person(
    person: str,
    roles: Sequence[str],
    clearance: str,
    captions: Sequence[str],
    public: bytes,
) -> Json:
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise BadValue(f"{', '.join(unknown) or 'nothing'} is not a role", mend=f"Roles: {', '.join(ROLES)}.")
    if not person.strip() or len(person) > 80 or not person.isprintable():
        raise BadValue("a person's name is 1 to 80 printable characters")
    if find_hostile(person) is not None or not _UNSEEN.isdisjoint(person):
        raise BadValue("a person's name holds characters that are not seen")
    body: Json = {"person": person, "roles": list(roles), "clearance": check_level(clearance)}
    if captions:
        body["captions"] = list(captions)
    if public:
        if len(public) != 32:
            raise BadValue(f"that is not a person's key: it has {len(public)} bytes, not 32")
        body |= {"key": b64(public), "key_id": person_key_id(public)}
    return body


def depart(office: Office, hand: Hand, person: str) -> list[Row[Any]]:
    """A person leaves; returns the copies that the person still holds, to be called in.

    The person's passkeys are revoked in the same breath: whoever comes back enrols anew.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        find_person(connection, person)
        keep_an_administrator(connection, person)
        p = t.passkeys.c
        standing = select(p.credential).where(p.person == person, p.state != "revoked").order_by(p.credential)
        keys = list(connection.execute(standing).scalars())
        lost: list[Json] = [{"person": person, "credential": key, "reason": "departed"} for key in keys]
        revocations = records(office, connection, "passkey revoked", hand, lost)
        connection.execute(delete(t.wrapped).where(t.wrapped.c.credential.in_(keys)))
        connection.execute(delete(t.sessions).where(t.sessions.c.person == person))
        connection.execute(delete(t.papers).where(t.papers.c.person == person))
        body = {"person": person}
        writing.append([*revocations, record(office, connection, "person departed", hand, body)])
        held = select(t.copies).where(t.copies.c.holder == person, t.copies.c.state == "issued")
        return list(connection.execute(held))


def keep_an_administrator(connection: Connection, but: str) -> None:
    """Without an administrator who has a key nobody could ever admit another."""
    others = select(t.people).where(t.people.c.standing == "serving", t.people.c.name != but)
    administrators = [row.name for row in connection.execute(others) if ADMINISTRATOR in row.roles.split(",")]
    if not any(has_key(connection, name) for name in administrators):
        raise NotAllowed(f"{but} is the last administrator", mend="Admit another administrator first.")


def people(connection: Connection) -> list[Row[Any]]:
    """Everybody who was ever admitted."""
    return list(connection.execute(select(t.people).order_by(t.people.c.name)))


def switch_rule(office: Office, hand: Hand, rule: str, *, off: bool, decision: str) -> None:
    """Switch a separation off or on again by a decision; every use of it shows in the register."""
    if rule not in RULES:
        raise BadValue(f"there is no rule {rule!r}", mend=f"Rules: {', '.join(RULES)}.")
    if not decision.strip():
        raise BadValue("a rule is switched by a decision", mend="Say which, and whose.")
    with office.register.writing() as writing:
        body = {"rule": rule, "off": off, "decision": decision}
        writing.append([record(office, writing.connection, "rule switched", hand, body)])


def hand_over(office: Office, hand: Hand, to: str, note: str) -> None:
    """Hand a shift over: what is open is counted, and the next on duty takes it."""
    with office.register.writing() as writing:
        connection = writing.connection
        find_person(connection, to)
        arrived = select(func.count()).select_from(t.arrivals).where(t.arrivals.c.state == "arrived")
        waiting = select(func.count()).select_from(t.deliveries).where(t.deliveries.c.state == "waiting")
        tasks = select(func.count()).select_from(t.taskings).where(t.taskings.c.state == "open")
        body: Json = {
            "to": to,
            "note": note,
            "undeciphered": connection.execute(arrived).scalar_one(),
            "undispatched": connection.execute(waiting).scalar_one(),
            "open_tasks": connection.execute(tasks).scalar_one(),
        }
        writing.append([record(office, connection, "shift handed over", hand, body)])


def know(office: Office, hand: Hand, card_text: str, fingerprint: str) -> Card:
    """Admit another post's card, whose fingerprint was compared with that post by voice or in person.

    ``fingerprint`` is what that post read out; a later card of the same identity needs none.
    """
    card = open_card(card_text)
    with office.register.writing() as writing:
        connection = writing.connection
        known = connection.execute(select(t.posts).where(t.posts.c.origin == card.origin)).first()
        if card.origin == office.origin:
            raise CardError("that is this post's own card", mend="Give the card of the other post.")
        if known is not None:
            check_successor(known.card, card_text)
        elif "".join(fingerprint.split()) != "".join(card.fingerprint.split()):
            raise CardError(
                f"the card of {card.name} has another fingerprint than the one compared",
                mend="Do not admit it. Read the twelve groups to each other again.",
            )
        else:
            _check_name_is_free(connection, card)
        body = card_body(card_text) | {"compared": known is None}
        writing.append([record(office, connection, "card known", hand, body)])
    return card


def _check_name_is_free(connection: Connection, card: Card) -> None:
    """Two posts of one name could not be told apart by their numbers, nor when cables are addressed.

    A post that lost its keys and its successor (``name/2``) may share theirs.
    """
    for row in connection.execute(select(t.posts.c.origin, t.posts.c.name)):
        same = row.origin.partition("/")[0] == card.origin.partition("/")[0]
        if mrn_name(row.name) == mrn_name(card.name) and not same:
            raise CardError(
                f"{row.origin} is called {row.name} here already, and this card of {card.origin} is too",
                mend="Do not admit it; ask that post for a card under another name.",
            )


def own_card(connection: Connection, office: Office) -> str:
    """This post's current card."""
    query = select(t.posts.c.card).where(t.posts.c.origin == office.origin)
    return str(connection.execute(query).scalar_one())


def new_epoch(keys: PostKeys, starts: date, times: int = 0) -> Epoch:
    """Make an opening key that begins on a day; it overlaps the next by the grace period.

    ``times`` is how many there were for that day before.
    """
    name = f"{starts}-{times + 1}" if times else starts.isoformat()
    identity = keys.new_epoch(name)
    ends = starts + EPOCH_LIFE + EPOCH_GRACE
    return Epoch(epoch=name, recipient=identity.recipient().text(), starts=starts, ends=ends)


def rotate(office: Office, hand: Hand) -> Epoch:
    """Make the next opening key and a card that names it; older ones past their time are retired."""
    with office.register.writing() as writing:
        connection = writing.connection
        find_person(connection, hand.who)
        old_text = own_card(connection, office)
        old = open_card(old_text)
        today = office.clock.now().date()
        current = tuple(e for e in old.epochs if e.ends >= today)
        if len(current) == MAX_EPOCHS:
            raise NotAllowed(f"the card names {MAX_EPOCHS} opening keys already", mend="Wait until one ends.")
        latest = max(epoch.starts for epoch in old.epochs)
        # The seed is on the disk before a card names its key, and under this transaction's lock:
        # two rotations at once must not put one seed in another's place.
        starts = max(today, latest + EPOCH_LIFE)
        epoch = new_epoch(office.keys, starts, _epochs_of(connection, starts))
        retired = [e for e in old.epochs if e.ends < today]
        card = _card(office, old.serial + 1, card_digest(old_text), (*current, epoch), today)
        body = {"serial": old.serial + 1, "card": card}
        records = _epoch_records(office, connection, hand, (epoch,))
        for gone in retired:
            state = {"epoch": gone.epoch}
            records.append(record(office, connection, "epoch retired", hand, state))
        records.append(record(office, connection, "card issued", hand, body))
        writing.append(records)
    return epoch


def _epochs_of(connection: Connection, starts: date) -> int:
    query = select(func.count()).select_from(t.epochs).where(t.epochs.c.starts == starts.isoformat())
    return int(connection.execute(query).scalar_one())


def replace_keys(office: Office, connection: Connection, hand: Hand) -> list[Record]:
    """New opening keys and a new card for a post whose seeds are all gone: the records, not entered yet.

    The card's serial skips a hundred, so that no card that was issued and lost can bear the same.
    """
    old_text = own_card(connection, office)
    today = office.clock.now().date()
    days = (today, today + EPOCH_LIFE)
    epochs = tuple(new_epoch(office.keys, day, _epochs_of(connection, day)) for day in days)
    serial = open_card(old_text).serial + CARDS_SKIPPED
    card = _card(office, serial, card_digest(old_text), epochs, today)
    gone = select(t.epochs.c.epoch).where(t.epochs.c.state != "destroyed").order_by(t.epochs.c.epoch)
    lost: list[Json] = [{"epoch": epoch} for epoch in connection.execute(gone).scalars()]
    return [
        *[record(office, connection, "seed destroyed", hand, body) for body in lost],
        *_epoch_records(office, connection, hand, epochs),
        record(office, connection, "card issued", hand, {"serial": serial, "card": card}),
    ]


def destroy_seed(office: Office, hand: Hand, epoch: str) -> None:
    """Destroy an opening key's seed, after its grace period and with nothing left to open or missing.

    The record comes first: a seed that outlives it is destroyed by doing the act again.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = connection.execute(select(t.epochs).where(t.epochs.c.epoch == epoch)).first()
        if row is None:
            raise NotFound(f"there is no opening key {epoch}", mend="`reftel keys list` lists them.")
        if date.fromisoformat(row.ends) >= office.clock.now().date():
            raise NotAllowed(f"cables may still come for the opening key {epoch}, until {row.ends}")
        waiting = (
            select(func.count()).select_from(t.arrivals).where(t.arrivals.c.state.in_(("arrived", "held")))
        )
        if connection.execute(waiting).scalar_one():
            raise NotAllowed("cables wait to be deciphered", mend="Decipher them first.")
        gaps = missing_bags(connection)
        if gaps:
            names = ", ".join(f"{peer} {serial}" for peer, serial in gaps)
            raise NotAllowed(
                f"bags are missing that may need this key: {names}", mend="Ask for reruns first."
            )
        if row.state != "destroyed":
            body = {"epoch": epoch}
            writing.append([record(office, connection, "seed destroyed", hand, body)])
    office.keys.destroy_epoch(epoch)


def finish_destruction(office: Office) -> None:
    """Destroy the seeds that the register calls destroyed and that outlived a crash."""
    with office.store.read() as connection:
        query = select(t.epochs.c.epoch).where(t.epochs.c.state == "destroyed")
        gone = list(connection.execute(query).scalars())
    for epoch in gone:
        office.keys.destroy_epoch(epoch)


def missing_bags(connection: Connection) -> list[tuple[str, int]]:
    """Serials that were skipped on any link inward and not closed: the receiver's list of gaps."""
    rows = connection.execute(select(t.bags.c.peer, t.bags.c.serial).where(t.bags.c.way == "in")).all()
    seen: dict[str, set[int]] = {}
    for peer, serial in rows:
        seen.setdefault(peer, set()).add(serial)
    closed = connection.execute(select(t.acts.c.entry).where(t.acts.c.kind == "gap closed")).scalars()
    for entry in closed:
        act = find_entry(connection, entry).decoded.act
        seen[act["from"]].add(act["serial"])
    return [
        (peer, serial)
        for peer, serials in sorted(seen.items())
        for serial in range(1, max(serials))
        if serial not in serials
    ]


def close_gap(office: Office, hand: Hand, peer: str, serial: int, reason: str) -> None:
    """Close a gap whose bag will not come: its cables were sent again, or the sender answered for it.

    Should the bag turn up after all, it is taken in as any other. Raises :class:`NotFound` when no
    such bag is missing.
    """
    if not reason.strip():
        raise BadValue("a gap is closed with a reason", mend="Say what became of the bag's cables.")
    with office.register.writing() as writing:
        connection = writing.connection
        if (peer, serial) not in missing_bags(connection):
            raise NotFound(f"no bag {serial} of {peer} is missing", mend="`reftel posts gaps` lists them.")
        body: Json = {"from": peer, "serial": serial, "reason": reason}
        writing.append([record(office, connection, "gap closed", hand, body)])


def unreceipted_bags(connection: Connection) -> list[tuple[str, int]]:
    """Bags that went out before one that was receipted, and were not: the sender's list of gaps."""
    rows = connection.execute(select(t.bags).where(t.bags.c.way == "out").order_by(t.bags.c.serial)).all()
    last: dict[str, int] = {}
    for row in rows:
        if row.state == "receipted":
            last[row.peer] = max(last.get(row.peer, 0), row.serial)
    return [
        (row.peer, row.serial)
        for row in rows
        if row.state == "dispatched" and row.load and row.serial < last.get(row.peer, 0)
    ]


def name_authority(office: Office, hand: Hand, name: str, kind: str, detail: Json) -> None:
    """Enter a person, body, office or place into the authority list, with its names as printed."""
    with office.register.writing() as writing:
        body = {"name": name, "as": kind, "detail": detail}
        writing.append([record(office, writing.connection, "named", hand, body)])


def _card(office: Office, serial: int, previous: str, epochs: tuple[Epoch, ...], today: date) -> str:
    verifier = office.keys.signing.verifier
    card = Card(
        origin=office.origin,
        name=office.name,
        serial=serial,
        previous=previous,
        issued=today,
        expires=today + CARD_LIFE,
        ed25519=verifier.ed_public,
        mldsa44=verifier.mldsa_public,
        epochs=epochs,
    )
    return sign_card(card, office.keys.signing)


def _epoch_records(
    office: Office, connection: Connection, hand: Hand | None, epochs: Sequence[Epoch]
) -> list[Any]:
    return [
        record(
            office,
            connection,
            "epoch opened",
            hand,
            {
                "epoch": e.epoch,
                "recipient": e.recipient,
                "starts": e.starts.isoformat(),
                "ends": e.ends.isoformat(),
            },
        )
        for e in epochs
    ]
