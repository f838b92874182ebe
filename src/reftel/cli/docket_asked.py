"""What commands that read the docket are asked: as of when, of which talks, of which issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from reftel.cli.frame import Session
from reftel.docket.fold import Docket, State
from reftel.docket.items import issue_key
from reftel.errors import BadValue, NotFound
from reftel.office import docket as reading
from reftel.office import docket_views as views
from reftel.office.docket import Lens
from reftel.office.moments import read_when
from reftel.register.entries import Json

AT = click.option(
    "--at",
    "when",
    default="",
    help="As this register had it then: '221205Z NOV 26', '22 November 2026', entry:214; else now.",
)
TALKS = click.option("--talks", "of_talks", default="", help="Which talks, by name; else the only ones here.")


@dataclass(frozen=True, slots=True)
class Look:
    """One consistent view of the docket, by whoever is at the post's own machine."""

    connection: Any
    lens: Lens

    def talks(self, asked: str) -> str | None:
        """The key of the talks that were asked for; ``None`` where none were, which means all."""
        if not asked:
            return None
        listed = views.talks(self.connection, self.lens)
        if issue_key(asked) not in {one.key for one in listed}:
            raise NotFound(f"there are no talks {asked[:60]!r} in the docket", mend=_listed(listed))
        return issue_key(asked)

    def one_talks(self, asked: str) -> str:
        """The key of the talks asked for, or of the only ones there are."""
        chosen = self.talks(asked)
        if chosen is not None:
            return chosen
        listed = views.talks(self.connection, self.lens)
        if len(listed) > 1:
            raise BadValue(f"there are {len(listed)} talks in the docket", mend=_listed(listed))
        return listed[0].key if listed else ""

    def fold(self, states: Sequence[State]) -> Docket:
        """The docket of these items, with everything that bears on them."""
        return reading.fold(self.connection, self.lens, [state.first for state in states])

    def plain(self, states: Sequence[State]) -> list[Json]:
        """Items as JSON, each with its evidence."""
        docket = self.fold(states)
        return [views.plain(state, docket) for state in states]


@contextmanager
def look(session: Session, when: str = "") -> Iterator[Look]:
    """The docket as it stood at a moment, or as it stands."""
    office = session.office
    with office.store.read() as connection:
        # Before the register began nothing was known; its first entry brings no item either.
        until = max(read_when(connection, when, office.now()).entry, 0) if when else -1
        yield Look(connection, Lens(office.origin, None, until))


def _listed(listed: Sequence[views.Talks]) -> str:
    names = ", ".join(repr(one.name) for one in listed[:10])
    return f"Choose with --talks: {names}." if names else "Nothing is entered yet: `reftel docket mark`."
