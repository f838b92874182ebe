"""The texts of an issue as a page shows them: what changed from the one before, and whose brackets stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.agreement import agreement_of
from reftel.docket.fold import Docket, State
from reftel.docket.items import Item
from reftel.office.desk import cable_text
from reftel.office.differences import Change, word_changes
from reftel.office.office import find_cable
from reftel.store.engine import View
from reftel.web.docket_shown import Sheaf, Shown, Source

MOST_SHOWN = 20_000
"""Longer words are cut on a page, in characters; the cable has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words of a text: bare, or those that ``owner`` does not accept, with what that party would have."""

    words: str
    owner: str = ""
    alternative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A version of a text: its words with their brackets, and what changed from its parent.

    ``changes`` is empty where there is no parent, and ``None`` where too much changed to be told.
    ``astray`` are brackets whose words do not stand in it.
    """

    item: Shown
    pieces: tuple[Piece, ...]
    cut: int = 0
    parent: Source | None = None
    changes: Sequence[Change] | None = ()
    astray: tuple[Source, ...] = ()
    cosigned: tuple[Source, ...] = ()


def words_of(connection: View, item: Item) -> str:
    """The exact words of an item: those quoted, or else the whole of its paragraph as it stands here."""
    if item.quote or not item.paragraph or item.get("cites"):
        return item.quote
    found = cable_text(connection, find_cable(connection, item.cable))
    if found is None:
        return ""
    return next((text.text for name, text in paragraph_ids(found[0]) if name == item.paragraph), "")


def texts_of(sheaf: Sheaf, states: Iterable[State], docket: Docket) -> tuple[Text, ...]:
    """Versions of texts in their order; ``docket`` holds their parents and who agreed to them."""
    return tuple(_text(sheaf, state, docket) for state in states)


def _text(sheaf: Sheaf, state: State, docket: Docket) -> Text:
    item = sheaf.one(state, ours=docket.ours(state.first.origin))
    words = words_of(sheaf.connection, state.item) if item.source.reads else ""
    brackets = [move.by for move in state.moves if move.act == "bracket"]
    pieces, astray = _pieces(words[:MOST_SHOWN], brackets)
    older = docket.states.get(state.item.get("parent"))
    parent: Source | None = None
    changes: Sequence[Change] | None = ()
    if older is not None:
        (parent,) = sheaf.sources([older.item])
        if parent.reads and words:
            changes = word_changes(words_of(sheaf.connection, older.item)[:MOST_SHOWN], words[:MOST_SHOWN])
    return Text(
        item=item,
        pieces=pieces,
        cut=max(len(words) - MOST_SHOWN, 0),
        parent=parent,
        changes=changes,
        astray=sheaf.sources(astray),
        cosigned=sheaf.sources(voice.item for voice in agreement_of(docket, state.first.name).version.voices),
    )


def _pieces(words: str, brackets: Sequence[Item]) -> tuple[tuple[Piece, ...], list[Item]]:
    """The words cut where brackets stand, each bracket once; and the brackets that found no place."""
    places: list[tuple[int, int, Item]] = []
    astray = []
    for bracket in brackets:
        at = words.find(bracket.quote) if bracket.quote else -1
        end = at + len(bracket.quote)
        if at < 0 or any(start < end and at < stop for start, stop, _ in places):
            astray.append(bracket)
        else:
            places.append((at, end, bracket))
    pieces, done = [], 0
    for start, stop, bracket in sorted(places, key=lambda place: place[0]):
        pieces += [Piece(words=words[done:start])] if start > done else []
        owner, alternative = bracket.get("party"), bracket.get("alternative")
        pieces.append(Piece(words=words[start:stop], owner=owner, alternative=alternative))
        done = stop
    pieces += [Piece(words=words[done:])] if done < len(words) else []
    return tuple(pieces), astray
