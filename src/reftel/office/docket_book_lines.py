"""The lines of the docket book: each item as it is printed, and where issues, people and cables are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row

from reftel.docket.agreement import agreement_of, agreements, words_of
from reftel.docket.fold import Docket, State
from reftel.docket.items import Item, issue_key
from reftel.docket.kinds import KINDS, fields_of
from reftel.office.docket_names import Names
from reftel.press.book import Line

LONGEST_WORDS = 2000
"""Of a paragraph that is meant whole, so many characters are printed."""
UNDER_THEIR_ISSUE: Final = {
    "issue": "As it is named and numbered",
    "text": "Texts",
    "bracket": "Brackets",
    "agreement": "Agreements",
    "position": "Positions",
    "option": "Options",
    "question": "Questions",
    "answer": "Answers",
    "assessment": "Forecasts and judgements",
    "fallback": "Fallbacks",
    "talks": "The talks",
}
"""The kinds that are printed under their issue, in this order, and what they are called there."""
_NOT_A_FACT = ("talks", "issue", "by", "reported", "cites", "digest", "amends")


@dataclass(slots=True)
class Shelf:
    """What the chapters are made of: the items that stand in the book, and where each is named."""

    docket: Docket
    names: Names
    words: dict[tuple[int, str], str]
    cables: dict[int, Row[Any]]
    talks: str
    people: dict[str, list[str]] = field(default_factory=dict)
    issues: dict[str, list[str]] = field(default_factory=dict)
    quoted: dict[int, list[str]] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)

    def lines(self, items: Iterable[Item]) -> tuple[Line, ...]:
        """The lines of those items that do not stand in the book yet."""
        return tuple(self._line(item) for item in items if self._take(item))

    def _take(self, item: Item) -> bool:
        if item.name in self.placed:
            return False
        self.placed.add(item.name)
        self.quoted.setdefault(item.cable, []).append(item.name)
        for issue in item.issues:
            self.issues.setdefault(self.docket.root(item.talks, issue_key(issue)), []).append(item.name)
        for name in _named(item):
            self.people.setdefault(self.names.of(name), []).append(item.name)
        return True

    def _line(self, item: Item) -> Line:
        state = self.docket.states.get(item.name)
        shown = item if state is None else state.item
        remark = self.docket.remarks.get(item.name, "")
        struck = state is not None and state.struck is not None
        told = (
            f"does not count: it {remark}"
            if remark
            else "struck out"
            if struck
            else state.state
            if state
            else ""
        )
        theirs = not self.docket.ours(item.origin)
        heads = [item.kind, "" if told == item.kind else told, "of another side" if theirs else ""]
        return Line(
            name=item.name,
            head=", ".join(part for part in heads if part),
            words=self._words(shown),
            facts=tuple(self._facts(shown, state)),
            moves=tuple(self._moves(state)),
            source=self._source(shown),
            theirs=theirs,
            stopped=bool(remark) or struck,
        )

    def _words(self, item: Item) -> str:
        words = words_of(item)
        if words or not item.paragraph:
            return f"“{words}”" if words else ""
        whole = self.words.get((item.cable, item.paragraph), "")
        return f"{whole[:LONGEST_WORDS]} …" if len(whole) > LONGEST_WORDS else whole

    def _facts(self, item: Item, state: State | None) -> Iterator[tuple[str, str]]:
        if len(item.issues) > 1 or (item.issues and item.kind not in UNDER_THEIR_ISSUE):
            yield "issue", "; ".join(item.issues)
        for name in fields_of(item.kind) if item.kind in KINDS else item.fields:
            value = item.get(name)
            if value and name not in _NOT_A_FACT:
                yield name, value
        if item.kind == "text" and state is not None and agreements(state):
            found = agreement_of(self.docket, state.first.name)
            yield "agreed", "by both sides" if found.agreed else f"not yet: {'; '.join(found.missing)}"
            yield "digest", found.version.digest

    def _moves(self, state: State | None) -> Iterator[tuple[str, str]]:
        if state is None:
            return
        for item in state.amended:
            yield f"amended by {item.name}", item.name
        for item in state.confirmed:
            yield f"confirmed by {item.by or item.origin}, {item.name}", item.name
        for move in state.moves:
            where = (
                f"paragraph {move.by.paragraph} of {self.cable(move.by.cable)}" if move.by.paragraph else ""
            )
            words = ", ".join(part for part in (f"{move.act} by {move.by.name}", where) if part)
            yield words, move.by.name
        if state.struck is not None:
            yield f"struck out by {state.struck.name}", state.struck.name

    def _source(self, item: Item) -> str:
        place = f", paragraph {item.paragraph}" if item.paragraph else ""
        reporter = item.get("reported") or item.reporter
        parts = [
            f"{self.cable(item.cable)}{place}",
            f"quoting {item.get('cites')}" if item.get("cites") else "",
            f"said by {item.by}" if item.by else "",
            f"reported by {reporter}" if reporter else "",
            f"entered by {item.who}" if item.who else "",
            f"registered {item.at[:10]} {item.at[11:16]}Z",
            f"entry {item.entry} here",
            self._marking(item.cable),
        ]
        return " · ".join(part for part in parts if part)

    def cable(self, entry: int) -> str:
        """What a cable is called in the book."""
        row = self.cables.get(entry)
        return cable_name(row) if row is not None else f"entry:{entry}"

    def _marking(self, entry: int) -> str:
        row = self.cables.get(entry)
        return "" if row is None else " ".join(part for part in row.marking.split("\x1f") if part)


def cable_name(row: Row[Any]) -> str:
    """What a cable is called: its number, or who sent it and its number here."""
    if row.mrn:
        return str(row.mrn)
    number = f"incoming {row.incoming}" if row.incoming else ""
    return " ".join(part for part in (row.sender, number, f"(entry:{row.cable})") if part)


def _named(item: Item) -> Iterator[str]:
    """Whom an item names, in the fields that hold names."""
    if item.kind not in KINDS:
        return
    for name, form in fields_of(item.kind).items():
        if form.form in {"name", "names"} and name not in {"issue", "words"}:
            yield from item.names(name)
