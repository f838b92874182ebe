"""Warnings of the docket in words: all of them for the post, and only what he may read for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from reftel.docket.fold import State
from reftel.office import docket as reading
from reftel.office.docket import Lens
from reftel.office.sight import Sight, sights

_MOST_QUOTED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:  # noqa: A001 - what it is called wherever it is shown
    """One thing in the docket that a draft goes against, or leaves open.

    ``about`` is ``instruction``, ``disclosure`` or ``question``. ``item`` names the item, ``reads`` the
    amendment as which it reads, or the item again; ``cable`` is
    the entry of the cable that bears it, ``evidence_paragraph`` and ``quote`` where in it. ``paragraph``
    is the draft's, empty for the draft as a whole; ``words`` are the draft's own that came near, by
    ``rule``. ``quote`` and ``words`` are empty where who asks may not read that cable. ``reminder`` is
    set for what needs no acceptance; ``accepted`` is the reason, if it was accepted for this very text.
    ``brief`` is the sentence without the item's words and name, for where these stand beside it.
    """

    about: str
    item: str
    reads: str
    cable: int
    paragraph: str = ""
    evidence_paragraph: str = ""
    quote: str = ""
    rule: str = ""
    words: str = ""
    sentence: str = ""
    brief: str = ""
    mend: str = ""
    accepted: str = ""
    reminder: bool = False

    @property
    def key(self) -> str:
        """By what it is accepted; of one draft no two are the same. An amendment of the item is another."""
        return f"{self.about} {self.reads} {self.paragraph}".strip()

    @property
    def stops(self) -> bool:
        """Whether the draft is not released while it stands so."""
        return not (self.reminder or self.accepted)


@dataclass(frozen=True, slots=True)
class Hit:
    """Why an item concerns a paragraph of the draft."""

    paragraph: str
    rule: str
    words: str = ""


def warning_of(about: str, state: State, hit: Hit, *, reader: str = "", reminder: bool = False) -> Warning:
    """The warning that an item gives of a draft; ``reader`` is to whom the draft goes."""
    item = state.item
    where = f"paragraph {hit.paragraph}" if hit.paragraph else "the draft"
    how = _HOW[hit.rule]
    match about:
        case "instruction":
            to = f" to {item.get('to')}" if item.get("to") else ""
            condition = f" if or while: {item.get('condition')}" if item.get("condition") else ""
            what = f"an instruction in force{to}, what {item.get('mode')} be done{condition}"
            sentence = f"{where} {how} {what}"
        case "disclosure":
            what = "a text that is not tabled" if item.kind == "text" else "what is not to be shown yet"
            sentence = f"{where} {how} {what}, and goes to {reader}"
        case _:
            sentence = "a question in the cable that it refers to is left open"
    return Warning(
        about=about,
        item=state.first.name,
        reads=state.reads,
        cable=item.cable,
        paragraph=hit.paragraph,
        evidence_paragraph=item.paragraph,
        quote=item.quote or item.get("about"),
        rule=hit.rule,
        words=hit.words,
        sentence=sentence,
        reminder=reminder,
    )


_HOW: Final = {
    "phrase": "holds words of",
    "quoted": "quotes",
    "passage": "comes near",
    "issue": "is on the same issue as",
    "linked": "points to",
    "reference": "refers to",
}
_NAMELESS: Final = {
    "instruction": "touches an instruction in force that is not for you",
    "disclosure": "shows something that is not to be shown yet, and that is not for you",
    "question": "leaves a question open that is not for you",
}
_MENDS: Final = {
    "instruction": "Mend the draft, or accept this with a reason.",
    "disclosure": "Take it out, enter that it was told, or accept this with a reason.",
    "question": "Say in an `answer` line which paragraph answers it, or leave it open with a reason.",
}


class Told:
    """What one person is told of warnings: the words of an item only for who may read them."""

    def __init__(self, connection: Connection, lens: Lens, found: Sequence[Warning]) -> None:
        self._everything = lens.asker is None
        names = {one.item for one in found}
        self._readable = {} if self._everything else {i.name for i in reading.named(connection, lens, names)}
        self._seen: dict[int, Sight] = {}
        if lens.asker is not None:
            cables = {one.cable for one in found if one.about == "question"}
            self._seen = sights(connection, lens.asker.person, lens.asker.roles, cables)

    def hears_of(self, warning: Warning) -> bool:
        """Whether a person is told that there is one: not of a cable that is not there for that person."""
        if self._everything or warning.about != "question":
            return True
        return self._seen.get(warning.cable, Sight.NOTHING) > Sight.NOTHING

    def of(self, warning: Warning) -> Warning:
        """The warning in words for this person."""
        mend = "" if warning.reminder else _MENDS[warning.about]
        if not self._everything and warning.item not in self._readable:
            where = f"paragraph {warning.paragraph}" if warning.paragraph else "the draft"
            sentence = f"{where} {_NAMELESS[warning.about]} ({warning.item})"
            return replace(
                warning,
                sentence=sentence,
                brief=sentence,
                mend=f"{mend}.",
                quote="",
                words="",
                rule="",
                evidence_paragraph="",
            )
        quote = warning.quote[:_MOST_QUOTED]
        said = f": \N{LEFT DOUBLE QUOTATION MARK}{quote}\N{RIGHT DOUBLE QUOTATION MARK}" if quote else ""
        sentence = f"{warning.sentence}{said} ({warning.item})"
        return replace(warning, sentence=sentence, brief=warning.sentence, mend=mend)


def unquoted(warning: Warning) -> str:
    """A warning for an error's sentence, which holds no words of a cable."""
    where = f"paragraph {warning.paragraph}" if warning.paragraph else "it"
    match warning.about:
        case "instruction":
            return f"{where} touches the instruction {warning.item}"
        case "disclosure":
            return f"{where} shows {warning.item}, which is not to be shown yet"
    return f"the question {warning.item} is left open"
