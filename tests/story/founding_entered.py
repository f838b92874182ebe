"""The founding play with its five cables entered in the docket of MOSCOW by a registry clerk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reftel.cable.model import Cable
from reftel.docket.fold import Docket
from reftel.docket.items import Item
from reftel.office.docket import Lens, whole
from reftel.office.docketing import enter_lines
from tests.story.founding_docket import lines
from tests.story.founding_play import RECEIVER, Play, play

CLERK = "Rudakov"
POST = "MOSCOW"


@dataclass(slots=True)
class Entered:
    """How it came out: the play, the names of each document's items, and the docket."""

    shown: Play
    names: dict[str, list[str]]
    before: Docket
    """As it stood with the five, before anything else came."""

    def read(self, question: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """A question put to MOSCOW's docket, as whoever holds the post's keys."""
        office = self.shown.stations[POST].office
        with office.store.read() as connection:
            return question(connection, Lens(own=office.origin), *arguments, **named)

    def cable(self, name: str) -> Cable:
        """One of the five as MOSCOW holds it."""
        return self.shown.cable(name, POST)

    def items(self, name: str) -> list[Item]:
        """The items that one document bears."""
        entry = self.shown.entries[POST, name]
        return [item for item in self.before.items if item.cable == entry]

    def issue_numbered(self, name: str, number: str) -> str:
        """The issue that has this number in this one document."""
        (found,) = {
            issue.name
            for issue in self.before.issues().values()
            for printed, item in issue.numbers
            if printed == number and item.cable == self.shown.entries[POST, name]
        }
        return found


def docket_of(shown: Play, post: str) -> Docket:
    """All that a post's docket holds."""
    station = shown.stations[post]
    with station.office.store.read() as connection:
        return whole(connection, Lens(own=station.office.origin))


def enter(folder: Path) -> Entered:
    """Play it in a folder, and read all five at MOSCOW."""
    shown = play(folder)
    moscow = shown.stations[POST]
    names = {
        name: enter_lines(
            moscow.office,
            moscow.hand(CLERK),
            shown.entries[POST, name],
            lines(name, shown.cable(name, POST), shown.document(name)),
        )
        for name in RECEIVER
    }
    return Entered(shown, names, docket_of(shown, POST))
