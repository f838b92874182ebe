"""What a docket item can be: each kind, its fields, what they hold and what they point to.

One table. Sheets, commands, pages, the book and ``docs/spec/docket.md`` all follow from it. A kind or
a field is added here, never altered: cables that were sent years ago are read by this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind.

    ``form`` is ``text`` (one line), ``name`` (of a person, party, body or place), ``names`` (several,
    with a semicolon between), ``item`` (another item: its name, or ``#2`` for the second of the same
    cable), ``moment`` (a time as written), ``quantity`` (a number and its unit, as written), ``yes``
    (``yes`` or left out) or ``choice`` (one of ``choices``). ``of`` are the kinds that an item named
    here may be.
    """

    form: str
    choices: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of item: what it is in a few words, and its fields."""

    says: str
    fields: Mapping[str, Field]


def _text(*, required: bool = False) -> Field:
    return Field(form="text", required=required)


def _name(*, required: bool = False) -> Field:
    return Field(form="name", required=required)


def _item(*of: str, required: bool = False) -> Field:
    return Field(form="item", of=of, required=required)


def _choice(*choices: str, required: bool = False) -> Field:
    return Field(form="choice", choices=choices, required=required)


_NAMES = Field(form="names")
_SOME_NAMES = Field(form="names", required=True)
_MOMENT = Field(form="moment")
_QUANTITY = Field(form="quantity")
_YES = Field(form="yes")

COMMON: Final[Mapping[str, Field]] = MappingProxyType(
    {
        "talks": _text(),
        "issue": _NAMES,
        "about": _text(),
        "by": _name(),
        "reported": _name(),
        "date": _MOMENT,
        "inferred": _YES,
        "note": _text(),
        "amends": _item(),
        "cites": _text(),
    }
)
"""The fields that any item may have.

``about`` is the reader's summary, ``by`` who asserts it, ``reported`` who reported it, ``date`` when it
is said to have been; ``inferred`` marks what the text does not say. ``amends`` is an item of the same
kind, in whose place this one stands. ``cites`` is another cable in which the quoted words stand
(``beijing.example/212``), where it is not the one that bears the item.
"""


def _kind(says: str, /, **fields: Field) -> Kind:
    return Kind(says=says, fields={name.replace("_", " "): field for name, field in fields.items()})


_ALL: dict[str, Kind] = {
    "talks": _kind("a negotiation, by its name", name=_text(required=True), forum=_text(), parties=_NAMES),
    "party": _kind(
        "a party to the talks", party=_name(required=True), side=_choice("ours", "theirs", "neutral")
    ),
    "post": _kind("the party to which a post belongs", post=_text(required=True), party=_name(required=True)),
    "person": _kind("somebody in the talks", person=_name(required=True), party=_name(), role=_text()),
    "alias": _kind(
        "another name under which somebody or some place is printed",
        name=_name(required=True),
        printed=_text(required=True),
        kind=_choice("person", "place", "body", "office"),
        misprint=_YES,
    ),
    "issue": _kind(
        "a matter in dispute; its number is the one printed in this cable alone",
        level=_choice("principal", "secondary", "procedural"),
        number=_text(),
        proponent=_name(),
    ),
    "text": _kind(
        "exact words proposed for an issue",
        party=_name(),
        to=_NAMES,
        sponsors=_NAMES,
        forum=_text(),
        parent=_item("text"),
        state=_choice(
            "drafted", "authorised", "tabled", "bracketed", "agreed ad referendum", "agreed", "signed"
        ),
    ),
    "bracket": _kind(
        "words of a text that one party does not accept",
        text=_item("text", required=True),
        party=_name(required=True),
        alternative=_text(),
    ),
    "agreement": _kind(
        "a post's word that this is the text agreed; both sides give it",
        text=_item("text", required=True),
        digest=_text(required=True),
    ),
    "position": _kind(
        "what a party holds",
        party=_name(required=True),
        stance=_choice("position", "demand", "interest", "reservation", "red line", "walk-away", "tactic"),
        estimate=_YES,
    ),
    "assessment": _kind(
        "what is expected, or how something is judged",
        of=_name(),
        forecast=_text(),
        confidence=_choice("certain", "probable", "possible", "doubtful"),
        risk=_YES,
    ),
    "question": _kind("a question put to a principal", to=_name()),
    "answer": _kind(
        "an answer to a question",
        question=_item("question"),
        how=_choice("in full", "in part", "deferred", required=True),
        answers=_text(),
    ),
    "instruction": _kind(
        "what somebody must, may or must not do",
        to=_name(),
        mode=_choice("must", "may", "must not", required=True),
        words=_NAMES,
        condition=_text(),
        speakable=_YES,
        overrides=_text(),
        supersedes=_item("instruction"),
    ),
    "withheld": _kind(
        "what is not to be shown yet to somebody",
        not_for=_SOME_NAMES,
        told_to=_NAMES,
        words=_NAMES,
        condition=_text(),
    ),
    "disclosure": _kind(
        "what a party was told, how, and by whose authority",
        item=_item("withheld", "text", "position", "instruction", "fallback"),
        to=_SOME_NAMES,
        medium=_choice("oral", "non-paper", "tabled", "press", "cable", required=True),
        authority=_text(),
    ),
    "fallback": _kind(
        "what is done if something else fails",
        condition=_text(required=True),
        then=_text(required=True),
    ),
    "option": _kind("another way that is open", party=_name(), quantity=_QUANTITY),
    "session": _kind(
        "a meeting",
        session=_text(required=True),
        form=_choice("plenary", "sub-delegation", "liaison"),
        opened=_MOMENT,
        closed=_MOMENT,
        clock=_text(),
        place=_name(),
        present=_NAMES,
        atmosphere=_text(),
        next=_MOMENT,
        preparation=_text(),
        departure=_text(),
    ),
    "outcome": _kind(
        "what a meeting made of an issue",
        session=_item("session"),
        outcome=_text(required=True),
        reason=_text(),
        proposal=_text(),
        quantity=_QUANTITY,
        response=_text(),
    ),
    "move": _kind(
        "what a party did at the table",
        party=_name(required=True),
        move=_choice(
            "offer",
            "concession",
            "query",
            "demand",
            "criticism",
            "stall",
            "recess",
            "walk-away",
            "other",
            required=True,
        ),
        session=_item("session"),
        **{"from": _QUANTITY},
        to=_QUANTITY,
        unit=_text(),
        reading=_text(),
        read_by=_name(),
    ),
    "movement": _kind(
        "a person's way",
        who=_SOME_NAMES,
        role=_text(),
        sent=_MOMENT,
        expected=_MOMENT,
        to=_name(),
        meets=_NAMES,
        then=_text(),
    ),
    "observation": _kind("something noticed", of=_name()),
    "confirmation": _kind("another who says the same", item=_item(required=True)),
    "step": _kind(
        "what became of a text, question, instruction, assessment, fallback or withheld item",
        of=_item("text", "question", "instruction", "assessment", "fallback", "withheld", required=True),
        step=_text(required=True),
    ),
    "merge": _kind("one issue under two names", into=_text(required=True)),
    "unmerge": _kind("two issues after all", of=_item("merge", required=True)),
    "strike": _kind("an item that was entered in error", of=_item(required=True)),
}

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(_ALL)


@cache
def fields_of(kind: str) -> Mapping[str, Field]:
    """Every field that an item of this kind may have, its own before those of any."""
    return MappingProxyType({**KINDS[kind].fields, **COMMON})


REFERENCES: Final = frozenset(
    name for kind in KINDS for name, field in fields_of(kind).items() if field.form == "item"
)
"""The names of fields that may point to another item, in any kind."""
