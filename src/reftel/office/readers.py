"""Readers' keys: whose key a copy may be sealed to, here and at other posts, and who says so.

A reader's hybrid key is made in the reader's browser and admitted with the passkey that guards it.
Another post learns of it by a *reader card*: one line of deterministic JSON, signed by the reader's
post with both identity keys, as cards are. What such a card proves is that the post vouches for the
key. That the key is the reader's own is known only after somebody here compared its fingerprint
with that very reader, which is an act of its own; another key undoes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.cipher.identity import HybridRecipient
from reftel.cipher.note import PostKey, PostVerifier
from reftel.errors import CardError, NotFound, ReftelError, UnknownPost
from reftel.office.cards import check_origin, open_card
from reftel.office.office import Hand, Office, find_person, record
from reftel.register.entries import Json, b64, clock_read, clock_text, decode_json, encode_json, unb64
from reftel.register.log import find_entry
from reftel.store import tables as t

LABEL = b"reftel/reader/v1\x00"
MAX_READER_CARD = 16 * 1024
LONGEST_NAME = 80
CONFIRMED = ("admitted", "confirmed")
"""The standings of keys that somebody of this post compared with their reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderCard:
    """What a post says of one of its readers: the key, and when it said so."""

    origin: str
    person: str
    recipient: str
    fingerprint: str
    issued: datetime


def reader_card(office: Office, person: str) -> str:
    """The card of one of this post's readers, one line, signed with both identity keys.

    Raises :class:`NotFound` for a person who has no admitted reader's key.
    """
    with office.store.read() as connection:
        find_person(connection, person)
        row = own_reader(connection, office.origin, person)
    if row is None:
        raise NotFound(
            f"{person} has no reader's key that was admitted here",
            mend="A reader's key is made when a passkey is enrolled, and admitted by two officers.",
        )
    card = ReaderCard(
        origin=office.origin,
        person=person,
        recipient=row.recipient,
        fingerprint=row.fingerprint,
        issued=office.now(),
    )
    return sign_reader_card(card, office.keys.signing)


def sign_reader_card(card: ReaderCard, key: PostKey) -> str:
    """The card's one line."""
    body = _body(card)
    ed25519, mldsa44 = key.sign(LABEL, encode_json(body))
    return encode_json({"reader": body, "ed25519": b64(ed25519), "mldsa44": b64(mldsa44)}).decode() + "\n"


def read_reader_card(text: str) -> ReaderCard:
    """Read a reader card strictly; its signature is for :func:`open_reader_card`."""
    return _read(text)[0]


def open_reader_card(text: str, verifier: PostVerifier) -> ReaderCard:
    """Read a reader card strictly and demand both signatures of its reader's post.

    Raises :class:`CardError`.
    """
    card, signatures = _read(text)
    try:
        if verifier.origin != card.origin:
            raise CardError(f"the reader card is one of {card.origin}")
        verifier.verify(LABEL, encode_json(_body(card)), signatures)
    except CardError:
        raise
    except ReftelError as error:
        raise CardError(f"the reader card is not signed by {card.origin}, or it was changed") from error
    return card


def _read(text: str) -> tuple[ReaderCard, tuple[bytes, bytes]]:
    if len(text) > MAX_READER_CARD:
        raise CardError("a reader card longer than 16 KiB")
    try:
        value = decode_json(text.removesuffix("\n").encode())
        body = value["reader"]
        key = HybridRecipient.parse(body["recipient"])
        card = ReaderCard(
            origin=check_origin(body["origin"]),
            person=_name(body["person"]),
            recipient=key.text(),
            fingerprint=key.fingerprint(),
            issued=clock_read(body["issued"]),
        )
        if _body(card) != body or set(value) != {"reader", "ed25519", "mldsa44"}:
            raise CardError("a reader card with fields that this version does not have")
        return card, (unb64(value["ed25519"], 64), unb64(value["mldsa44"], 2420))
    except CardError:
        raise
    except (ReftelError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CardError("this is not a reader card, or it was changed") from error


def _name(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise CardError("a reader's name is 1 to 80 printable characters")
    return name


def _body(card: ReaderCard) -> Json:
    return {
        "v": 1,
        "origin": card.origin,
        "person": card.person,
        "recipient": card.recipient,
        "fingerprint": card.fingerprint,
        "issued": clock_text(card.issued),
    }


def know_reader(office: Office, hand: Hand, text: str) -> ReaderCard:
    """Enter another post's reader card: the key is vouched for by that post, and compared by nobody yet.

    The same key again changes nothing. Another key takes the place of the one known, and whatever
    was confirmed of that no longer counts. A card older than the one known is refused.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        card = open_reader_card(text, _verifier_of(connection, read_reader_card(text).origin))
        known = find_reader(connection, card.origin, card.person)
        if known is not None and known.recipient == card.recipient:
            return card
        if known is not None and card.issued <= _last_issued(connection, card):
            raise CardError(
                f"the card of the reader {card.person} is older than the one known here",
                mend=f"Ask {card.origin} for a new one.",
            )
        body = {**_fields(card.origin, card.person, card.recipient, card.fingerprint), "card": text}
        writing.append([record(office, connection, "reader known", hand, body)])
    return card


def _fields(origin: str, person: str, recipient: str, fingerprint: str) -> Json:
    return {"origin": origin, "person": person, "recipient": recipient, "fingerprint": fingerprint}


def _verifier_of(connection: Connection, origin: str) -> PostVerifier:
    row = connection.execute(select(t.posts).where(t.posts.c.origin == origin)).first()
    if row is None or row.standing != "known":
        raise UnknownPost(
            f"the reader card is of {origin}, which nobody here has admitted",
            mend="Admit that post's own card first: `reftel know`.",
        )
    return open_card(row.card).verifier


def _last_issued(connection: Connection, card: ReaderCard) -> datetime:
    """When the last card that was entered of a reader was issued."""
    a = t.acts.c
    for entry in connection.execute(
        select(a.entry).where(a.kind == "reader known").order_by(a.entry.desc())
    ).scalars():
        act = find_entry(connection, entry).decoded.act
        if (act["origin"], act["person"]) == (card.origin, card.person):
            return read_reader_card(act["card"]).issued
    raise NotFound(f"no card of the reader {card.person} was entered")


def confirm_reader(office: Office, hand: Hand, origin: str, person: str, fingerprint: str) -> Row[Any]:
    """An officer compared the key's fingerprint with that very reader, by voice or in person.

    ``fingerprint`` is what the reader read out. Raises :class:`CardError` where it is another.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_reader(connection, origin, person)
        if row is None or origin == office.origin:
            raise NotFound(
                f"no key of the reader {person} of {origin} is known here",
                mend="Enter the reader's card first: `reftel posts reader FILE`.",
            )
        if "".join(fingerprint.split()).lower() != row.fingerprint:
            raise CardError(
                f"the key of {person} has another fingerprint than the one compared",
                mend="Do not confirm it. Ask the reader to read it out again, and ask the reader's post.",
            )
        if row.standing != "confirmed":
            body = _fields(origin, person, row.recipient, row.fingerprint)
            writing.append([record(office, connection, "reader confirmed", hand, body)])
        return row


def find_reader(connection: Connection, origin: str, person: str) -> Row[Any] | None:
    """What is known of a reader's key."""
    r = t.readers.c
    return connection.execute(select(t.readers).where(r.origin == origin, r.person == person)).first()


def own_reader(connection: Connection, origin: str, person: str) -> Row[Any] | None:
    """The admitted key of one of this post's readers; ``None`` for somebody who reads on paper."""
    row = find_reader(connection, origin, person)
    return row if row is not None and row.standing == "admitted" else None


def readers_list(connection: Connection, origin: str = "") -> list[Json]:
    """Every reader's key that is known here, or those of one post; and who compared it."""
    r = t.readers.c
    query = select(t.readers).order_by(r.origin, r.person)
    rows = connection.execute(query.where(r.origin == origin) if origin else query)
    names = ("origin", "person", "fingerprint", "standing", "entry")
    return [{name: getattr(row, name) for name in names} for row in rows]


def in_groups(fingerprint: str) -> str:
    """A reader's fingerprint as two people read it to each other: sixteen groups of four."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))
