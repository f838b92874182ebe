"""A whole post to talk to: real keys, register and rules, with one clerk who does everything."""

from __future__ import annotations

import shutil
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reftel.bearers.base import Bearer
from reftel.cable.model import Cable, Paragraph, Party, Precedence
from reftel.cipher.person import PersonKey
from reftel.clock import SetClock
from reftel.office import arrivals, channels, desk, people
from reftel.office.cards import open_card
from reftel.office.office import RULES, Hand, Office, find_cable
from reftel.office.roles import ROLES
from reftel.register.log import Register
from reftel.store.engine import Store

PASSPHRASE = "of no secrecy: a simulated post"  # noqa: S105 - it guards nothing
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class SimulatedPost:
    """A post in a folder of its own, its clock set by hand, its separations switched off.

    ``office`` is a real office: whatever this class does not offer is done with it and ``hand``.
    """

    def __init__(self, folder: Path, origin: str, name: str, *, clerk: str = "Clerk") -> None:
        self.clock = SetClock(BEGIN)
        self.office: Office = people.open_new_post(folder, origin, name, PASSPHRASE, self.clock)
        key = PersonKey.generate()
        self.hand = Hand(who=clerk, key=key)
        self.peers: list[str] = []
        people.found(self.office, clerk, key, roles=ROLES)
        for rule in RULES:
            people.switch_rule(self.office, self.hand, rule, off=True, decision="one clerk does everything")

    def copy(self, folder: Path) -> SimulatedPost:
        """The same post as it stands, in another folder: from here on its register is forked."""
        self.office.close()
        shutil.copytree(self.office.folder, folder)
        twin = copy(self)
        twin.clock = SetClock(self.clock.at)
        store = Store(folder / "reftel.db", self.office.keys.database)
        keys = self.office.keys.at(folder)
        twin.office = replace(
            self.office, folder=folder, store=store, register=Register(store), keys=keys, clock=twin.clock
        )
        twin.peers = list(self.peers)
        return twin

    @property
    def origin(self) -> str:
        """The post's origin, by which others address it."""
        return self.office.origin

    def card(self) -> str:
        """The post's public card."""
        with self.office.store.read() as connection:
            return people.own_card(connection, self.office)

    def meet(self, other: SimulatedPost) -> None:
        """Each post admits the other's card."""
        for one, card in ((self, other.card()), (other, self.card())):
            people.know(one.office, one.hand, card, open_card(card).fingerprint)
            one.peers.append(open_card(card).origin)

    def pass_time(self, **span: float) -> None:
        """Set the clock on, by what ``timedelta`` takes."""
        self.clock.at += timedelta(**span)

    def release(self, *to: SimulatedPost, text: str, precedence: Precedence = Precedence.ROUTINE) -> int:
        """Draft and release a cable of one paragraph; returns its entry."""
        cable = Cable(
            sender=Party(place=self.office.name),
            to=tuple(Party(post=other.origin) for other in to),
            blocks=(Paragraph(text=text, number="1"),),
            precedence=precedence,
        )
        entry = desk.draft(self.office, self.hand, cable)
        desk.release(self.office, self.hand, entry)
        return entry

    def send(self, bearer: Bearer, to: SimulatedPost, text: str) -> int:
        """Release a cable and have it carried; returns its entry."""
        entry = self.release(to, text=text)
        self.dispatch(bearer)
        return entry

    def dispatch(self, bearer: Bearer) -> int:
        """Have everything carried that waits for anybody; returns how many bags that took."""
        bags = 0
        for peer in self.peers:
            while channels.dispatch(self.office, bearer, peer) is not None:
                bags += 1
        return bags

    def collect(self, bearer: Bearer) -> list[arrivals.Arrived]:
        """Take in what the bearer holds, and say what came of each bag."""
        return [arrivals.receive(self.office, bag) for bag in bearer.collect()]

    def decipher(self) -> list[str]:
        """Decipher what waits; the text of each cable's first paragraph."""
        texts = []
        for news in arrivals.decipher(self.office, self.hand):
            if news.error is None:
                found = self.read(news.entry)
                texts += [block.text for block in found.blocks[:1] if isinstance(block, Paragraph)]
        return texts

    def read(self, entry: int) -> Cable:
        """A cable of this post."""
        with self.office.store.read() as connection:
            found = desk.cable_text(connection, find_cable(connection, entry))
        if found is None:
            raise LookupError(f"the text of cable {entry} was destroyed")
        return found[0]

    def state(self, entry: int) -> str:
        """The state of a cable."""
        with self.office.store.read() as connection:
            return str(find_cable(connection, entry).state)

    def close(self) -> None:
        """Let the database go."""
        self.office.close()
