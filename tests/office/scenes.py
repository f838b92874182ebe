"""Posts at work, for the tests of this room: who serves there, and a cable carried from one to the other."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from reftel.bearers.courier import Courier
from reftel.cable.model import Cable, Paragraph, Party, Precedence
from reftel.cipher.person import PersonKey
from reftel.clock import SetClock
from reftel.office import arrivals, channels, desk, people
from reftel.office.cards import open_card
from reftel.office.keys import PostKeys
from reftel.office.office import Hand, Office
from reftel.register.entries import Record
from reftel.register.log import Register, find_entry, size_of
from reftel.store import tables as t
from reftel.store.engine import Store

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSPHRASE = "six words drawn by dice"
ADMIN, DRAFTER, RELEASER, CIPHER, REGISTRY = "Ivanov", "Drozdov", "Rybakov", "Fedyaev", "Kornyushina"
CLEARING, CLEARING_TOO, READER, AUDITOR, KEYLESS = "Klimov", "Karpova", "Makarov", "Auerbach", "Lisin"
STAFF: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    ADMIN: (("administrator",), "TOP SECRET", ()),
    DRAFTER: (("drafter",), "SECRET", ()),
    RELEASER: (("releasing officer",), "SECRET", ()),
    CIPHER: (("cipher clerk",), "TOP SECRET", ()),
    REGISTRY: (("registry clerk",), "TOP SECRET", ()),
    CLEARING: (("clearing officer",), "SECRET", ()),
    CLEARING_TOO: (("clearing officer",), "SECRET", ()),
    READER: (("reader",), "TOP SECRET", ("EYES ONLY",)),
    AUDITOR: (("auditor",), "SECRET", ()),
    KEYLESS: (("reader", "registry clerk", "cipher clerk", "drafter"), "SECRET", ()),
}
"""Who serves at a post: roles, clearance, captions. All but ``KEYLESS`` have a key of their own."""


@dataclass(slots=True)
class Post:
    """One post open for work, with the keys of all who serve there and a clock that is set by hand."""

    office: Office
    clock: SetClock
    keys: dict[str, PersonKey] = field(default_factory=dict)

    def hand(self, who: str, **more: Any) -> Hand:
        """Somebody acting, with the own key, or recorded by the person named as ``by``."""
        return Hand(who=who, key=self.keys.get(more.get("by", who)), **more)

    def rows(self, table: Table) -> list[Row[Any]]:
        """A table as it stands."""
        with self.office.store.read() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))

    def cable(self, entry: int) -> Row[Any]:
        """A cable's row."""
        return next(row for row in self.rows(t.cables) if row.cable == entry)

    def last(self) -> Record:
        """The register's last record."""
        with self.office.store.read() as connection:
            return find_entry(connection, size_of(connection) - 1).decoded

    def size(self) -> int:
        """How long the register is."""
        with self.office.store.read() as connection:
            return size_of(connection)

    def read(self) -> Any:
        """One consistent view of the database."""
        return self.office.store.read()

    def pass_time(self, **span: float) -> None:
        """Set the clock on."""
        self.clock.at += timedelta(**span)

    def draft(self, cable: Cable | None = None, **more: Any) -> int:
        """A draft by the drafter."""
        return desk.draft(self.office, self.hand(DRAFTER), cable or letter(), **more)

    def release(self, cable: Cable | None = None) -> int:
        """A cable drafted and released by those whose office it is."""
        entry = self.draft(cable)
        desk.release(self.office, self.hand(RELEASER), entry)
        return entry

    def printed(self, count: int = 3, cable: Cable | None = None) -> int:
        """A cable entered from paper and printed in ``count`` copies."""
        entry = desk.enter(self.office, self.hand(REGISTRY), cable or letter())
        desk.print_copies(self.office, self.hand(REGISTRY), entry, count)
        return entry


def letter(text: str = "The session lasted forty minutes.", **more: Any) -> Cable:
    """A small secret cable to Moscow; ``more`` are attributes of the cable."""
    given: dict[str, Any] = {
        "sender": Party(place="BEIJING"),
        "to": (Party(post="moscow.example", place="MOSCOW"),),
        "blocks": (Paragraph(text=text, number="1", portion="S"),),
        "classification": "SECRET",
        "precedence": Precedence.PRIORITY,
        "subject": "Talks",
    }
    return Cable(**(given | more))


def found_post(folder: Path, origin: str, name: str) -> Post:
    """A new post with all its staff."""
    clock = SetClock(NOW)
    post = Post(office=people.open_new_post(folder, origin, name, PASSPHRASE, clock), clock=clock)
    post.keys = {who: PersonKey.generate() for who in STAFF if who != KEYLESS}
    people.found(post.office, ADMIN, post.keys[ADMIN])
    decide(post, "two-officers", off=True)
    for who, (roles, clearance, captions) in STAFF.items():
        key = post.keys.get(who)
        if who != ADMIN:
            people.admit(
                post.office,
                post.hand(ADMIN),
                who,
                roles=roles,
                clearance=clearance,
                captions=captions,
                public=key.public if key else b"",
            )
    decide(post, "two-officers", off=False)
    return post


def copy_of(post: Post, folder: Path) -> Post:
    """The same post in a folder of its own, as it stands; the template must be at rest."""
    shutil.copytree(post.office.folder, folder)
    was = post.office
    keys = PostKeys(folder, was.keys.signing, was.keys.database, was.keys.storage)
    store = Store(folder / "reftel.db", keys.database)
    clock = SetClock(post.clock.at)
    office = Office(
        folder=folder,
        origin=was.origin,
        name=was.name,
        store=store,
        register=Register(store),
        keys=keys,
        clock=clock,
    )
    return Post(office=office, clock=clock, keys=dict(post.keys))


def introduce(one: Post, other: Post) -> None:
    """Let each post admit the other's card."""
    for here, there in ((one, other), (other, one)):
        card = card_of(there)
        people.know(here.office, here.hand(ADMIN), card, open_card(card).fingerprint)


def card_of(post: Post) -> str:
    """A post's own card."""
    with post.read() as connection:
        return people.own_card(connection, post.office)


def decide(post: Post, rule: str, *, off: bool) -> None:
    """Switch a separation off or on."""
    people.switch_rule(post.office, post.hand(ADMIN), rule, off=off, decision="Order 4, small post")


def carry(sender: Post, receiver: Post, stick: Path) -> list[int]:
    """Bag what waits at one post, carry it to the other, decipher it there; the new entries."""
    stick.mkdir(exist_ok=True)
    courier = Courier(stick)
    channels.dispatch(sender.office, courier, receiver.office.origin)
    for bag in courier.collect():
        arrivals.receive(receiver.office, bag)
    return [d.entry for d in arrivals.decipher(receiver.office, receiver.hand(CIPHER)) if d.error is None]


def act_kinds(connection: Connection) -> Sequence[str]:
    """The kinds of all acts, in the register's order."""
    return list(connection.execute(select(t.acts.c.kind).order_by(t.acts.c.entry)).scalars())
