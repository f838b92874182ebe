"""Who will read a draft that is not of our side, as far as its address and the docket tell.

A post is of our side if this post's own people entered it so; of one whose side nobody entered it is
not known who reads there, and it may be anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from reftel.cable.model import Cable, Party
from reftel.docket.fold import Docket, State
from reftel.docket.items import issue_key
from reftel.office import docket as reading
from reftel.office.docket import Lens
from reftel.office.docket_names import Names

_IN_PUBLIC = re.compile(
    r"\b(?:press|statement|communiqu[eé]|broadcast|interview|announcement|"
    r"пресс\w*|печат\w*|заявлени\w*|коммюнике|интервью)\b|声明|聲明|公报|公報|新闻|新聞",
    re.IGNORECASE,
).search
_HANDED_OVER = "whoever it is handed over to"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who will read a draft.

    ``called`` is how a sentence names the reader, ``names`` what the draft calls him, ``party`` the
    party if it is known. ``ours`` is set for a reader of our own side: only what is to be kept from
    that very name is kept from him.
    """

    called: str
    names: tuple[str, ...] = ()
    party: str = ""
    ours: bool = False


class Audience:
    """Everybody who will read one draft, and from whom of them an item is to be kept."""

    def __init__(self, connection: Connection, lens: Lens, cable: Cable, docket: Docket) -> None:
        self._docket = docket
        self._names = Names(connection, lens)
        known = reading.fold(connection, lens, reading.of_kinds(connection, lens, ("party", "person")))
        self._persons = {
            self._key(state.item.get("person")): state.item.get("party") for state in known.of_kind("person")
        }
        entered = known.of_kind("party")
        self._theirs = {self._key(s.item.get("party")) for s in entered if s.item.get("side") == "theirs"}
        self._ours = {self._key(s.item.get("party")) for s in entered if s.item.get("side") == "ours"}
        if own := docket.side(docket.own):
            self._ours.add(self._key(own))
        self._parties = self._ours | {self._key(state.item.get("party")) for state in entered}
        self.readers = tuple(self._readers(cable))

    def _key(self, name: str) -> str:
        return issue_key(self._names.of(name))

    def _readers(self, cable: Cable) -> Iterator[Reader]:
        for party in (*cable.to, *cable.info):
            yield self._addressee(party)
        if cable.onward is not None:
            yield self._handed(cable.onward.to)
        elif any(ask.kind == "onward" for ask in cable.asks):
            yield Reader(called=_HANDED_OVER)
        for words in (cable.subject, cable.kind):
            if _IN_PUBLIC(words):
                yield Reader(called="the public, for whom it is meant")
                break

    def _addressee(self, party: Party) -> Reader:
        names = _printed(party)
        if party.post and not self._docket.ours(party.post):
            side = self._docket.side(party.post)
            whose = "of another side" if side else "whose side nobody entered"
            return Reader(called=f"the post {party.post}, {whose}", names=names, party=side)
        theirs = next((name for name in names if self._party(name) in self._theirs), "")
        if theirs and not party.post:
            return Reader(called=theirs, names=names, party=self._party(theirs))
        return Reader(called=names[0] if names else party.post, names=names, ours=True)

    def _handed(self, party: Party) -> Reader:
        """Whoever is to be handed the text: one of ours where the docket, or the post named, says so."""
        names = _printed(party)
        # a person is of the side that he was entered for, whatever office or post passes it on
        deciding = (party.person,) if party.person else names
        sides = {side for name in deciding if (side := self._party(name))}
        ours = bool(sides) and sides <= self._ours
        ours = ours or (not names and bool(party.post) and self._docket.ours(party.post))
        called = f"{names[0]}, to whom it is handed over" if names else _HANDED_OVER
        return Reader(
            called=called,
            names=names,
            party=next(iter(sorted(sides)), ""),
            ours=ours,
        )

    def _party(self, name: str) -> str:
        """The key of the party that somebody is, or belongs to; empty where nobody entered it."""
        key = self._key(name)
        return key if key in self._parties else self._key(self._persons.get(key, "") or "")

    def outside(self) -> bool:
        """Whether anybody reads it who is not of our side."""
        return any(not reader.ours for reader in self.readers)

    def kept_from(self, state: State, told: Sequence[str]) -> str:
        """From whom of the readers an item is to be kept, as a sentence names him; empty for none.

        ``told`` are those who were told it already. A text that is not tabled is to be kept from
        everybody outside; once it is authorised, not from those to whom it is to be said.
        """
        item = state.item
        if item.kind == "text":
            if self._key(item.get("party")) in self._theirs:
                return ""
            spoken = item.names("to") if state.state == "authorised" else ()
            return self._first((), [*told, *spoken], everybody=True)
        told = [*told, *item.names("told to")]
        left = [name for name in item.names("not for") if not self._among([name], told)]
        return self._first(left, told, everybody=False) if left else ""

    def _first(self, kept: Sequence[str], told: Sequence[str], *, everybody: bool) -> str:
        for reader in self.readers:
            if self._among([*reader.names, reader.party], told):
                continue
            if self._among([*reader.names, reader.party], kept):
                return reader.called
            if not reader.ours and (everybody or self._may_be(reader, kept)):
                return reader.called
        return ""

    def _may_be(self, reader: Reader, kept: Sequence[str]) -> bool:
        """Whether somebody may be one of these: not where the parties of both are known, and differ."""
        return not reader.party or any(not self._party(name) for name in kept)

    def _among(self, names: Sequence[str], others: Sequence[str]) -> bool:
        keys = {self._key(name) for name in names if name}
        return not keys.isdisjoint(self._key(other) for other in others)


def _printed(party: Party) -> tuple[str, ...]:
    """What an addressee is called: person, office and place, the first the nearest."""
    named = (party.person, party.office, party.place, party.place_inferred)
    return tuple(dict.fromkeys(name for name in named if name))
