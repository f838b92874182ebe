"""Posts of 1951 with one clerk of today: who acted then has no key, and today's clerk signs what they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from reftel.bearers.courier import Courier
from reftel.cable.dtg import read_moment
from reftel.cipher.person import PersonKey
from reftel.clock import SetClock
from reftel.house import new_post
from reftel.office import arrivals, channels, people
from reftel.office.cards import open_card
from reftel.office.office import Hand, Office
from reftel.office.view import view

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PASSPHRASE = "six words drawn by dice"
CLERK = "Orlova"
CLERKS_ROLES = ("administrator", "drafter", "cipher clerk", "registry clerk")
MARKINGS = ("SPECIAL FILE",)


@dataclass(frozen=True, slots=True)
class Station:
    """One post, and the clerk of today who records what those of 1951 did."""

    office: Office
    clock: SetClock
    key: PersonKey

    def hand(self, who: str = CLERK, at: str = "", *, year: int | None = None) -> Hand:
        """The clerk, or somebody said to have acted; ``at`` as the sheet has it."""
        stated = read_moment(at, default_year=year) if at else None
        return Hand(who=who, key=self.key, by="" if who == CLERK else CLERK, stated=stated)

    def view(self, cable: int) -> Any:
        """What the post shows of a cable."""
        with self.office.store.read() as connection:
            return view(connection, cable)

    def ask(self, question: Any, *arguments: Any) -> Any:
        """A question put to the post's database."""
        with self.office.store.read() as connection:
            return question(connection, *arguments)


def found_station(folder: Path, name: str, staff: dict[str, Sequence[str]]) -> Station:
    """A new post; ``staff`` are those without a key, with their roles."""
    clock = SetClock(NOW)
    office = new_post(folder, f"{name.lower()}.example", name, PASSPHRASE, clock)
    station = Station(office, clock, PersonKey.generate())
    people.found(office, CLERK, station.key, roles=CLERKS_ROLES)
    for person, roles in staff.items():
        people.admit(office, station.hand(), person, roles=roles, clearance="TOP SECRET", captions=MARKINGS)
    return station


def introduce_all(stations: Sequence[Station]) -> None:
    """Let each post admit the card of each other."""
    for here in stations:
        for there in stations:
            if here is not there:
                card = there.ask(people.own_card, there.office)
                people.know(here.office, here.hand(), card, open_card(card).fingerprint)


def send(sender: Station, receiver: Station, stick: Path, hand: Hand | None = None) -> None:
    """Bag what waits for a post and carry it there; ``hand`` takes the bag in."""
    for station in (sender, receiver):
        station.clock.at += timedelta(minutes=10)
    courier = Courier(stick)
    channels.dispatch(sender.office, courier, receiver.office.origin)
    came = [arrivals.receive(receiver.office, bag, hand) for bag in courier.collect()]
    assert "arrived" in {one.news for one in came}
    assert not [one for one in came if one.news == "refused" or one.error]


def read(station: Station, hand: Hand | None = None, **given: Any) -> int:
    """Decipher the one cable that waits."""
    (done,) = arrivals.decipher(station.office, hand or station.hand(), **given)
    assert done.error is None
    return done.entry


def settle(stations: Sequence[Station], stick: Path) -> None:
    """Carry receipts to and fro until nothing waits anywhere."""
    for sender, receiver in _waiting(stations):
        send(sender, receiver, stick)


def _waiting(stations: Sequence[Station]) -> Iterator[tuple[Station, Station]]:
    by_origin = {station.office.origin: station for station in stations}
    for _ in range(3):
        for station in stations:
            for peer in station.ask(_peers_waited_for):
                yield station, by_origin[peer]


def _peers_waited_for(connection: Connection) -> list[str]:
    return channels.waiting(connection)
