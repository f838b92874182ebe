"""A reader that proposes docket lines by rules, for a person to accept, change or refuse.

Nothing enters the docket by itself. Every proposal names the rule that made it and quotes words that
stand letter for letter in a paragraph, those of carried telegrams too. Where a rule cannot know a
field that its kind must have, the proposal says that it is missing.

Words inside a proposed text are not read: what a text says is not what its sender thinks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reftel.cable.model import Block, Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.items import MAX_VALUE, MOST_LINES
from reftel.docket.kinds import fields_of
from reftel.docket.rule import ANNOUNCES, ASKS, TELLS, Rule
from reftel.docket.rules_asked import ASKED
from reftel.docket.rules_told import TOLD

MOST_READ: Final = 100_000
"""How many characters of a cable are read; the rest is left to people."""
LONGEST_SENTENCE: Final = 1_200
"""A sentence that is longer is not read."""

RULES: Final[tuple[Rule, ...]] = (*ASKED, *TOLD)
"""Every rule. Of each kind, the first that holds of a sentence is told."""

# a run of full stops is read once, from its first
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"”»’)\]]*+(?=\s)|\n")
_NO_END = re.compile(
    r"(?:\b(?:Nos?|Cdes?|Comrs?|Mrs?|Dr|Gen|Col|Maj|Lt|Amb|St|vs|approx|paras?|pp?|тов|гг?|им|стр)|\b[A-ZА-Я]|\b[ap])\.$"
)
_CLAUSE_END = re.compile(r"; |, (?=however\b|but\b|but$)")
_OPENING = "\"“«„'(["
_TO_ADDRESSEE: Final = frozenset({"question", "instruction"})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A docket line that a rule proposes; ``why`` is one sentence for a person.

    ``missing`` are the fields that the kind must have and that the rule could not know.
    """

    line: DocketLine
    rule: str
    why: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One paragraph, its sentences as spans of its text, and what its telegram is."""

    name: str
    paragraph: Paragraph
    sentences: tuple[tuple[int, int], ...]
    addressee: str
    telegram: str


def suggest(cable: Cable) -> list[Suggestion]:
    """What the rules propose of a cable, in reading order; at most as many as a cable has docket lines."""
    found: list[Suggestion] = []
    read = list(_paragraphs(cable))
    asking = {one.telegram for one in read if _asks(one)}
    announced = ""
    for one in read:
        announced = _announced(one, announced)
        found += _of_paragraph(one, asking=one.telegram in asking, announced=bool(announced))
    return found[:MOST_LINES]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """The spans of a text's sentences, without the blanks around them."""
    start = 0
    for end in [*(found.end() for found in _END.finditer(text)), len(text)]:
        last = end == len(text) or text[end - 1] == "\n"
        if not last and _goes_on(text, start, end):
            continue
        said = text[start:end]
        if said.strip():
            yield start + len(said) - len(said.lstrip()), start + len(said.rstrip())
        start = end


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the full stop at the end is one of an abbreviation, or stands before a small letter."""
    near = text[max(start, end - 12) : end]
    after = text[end : end + 8].lstrip()[:1]
    return bool(_NO_END.search(near)) or (near.endswith(".") and after.islower())


def _paragraphs(cable: Cable) -> Iterator[_Read]:
    left = MOST_READ
    addressees = dict(_addressees(cable, "", ""))
    for name, paragraph in paragraph_ids(cable):
        left -= len(paragraph.text)
        if left < 0:
            return
        telegram = name[: name.rfind(".") + 1]
        while telegram not in addressees:
            telegram = telegram[: telegram.rfind(".", 0, -1) + 1]
        spans = tuple(
            (start, end) for start, end in sentences(paragraph.text) if end - start <= LONGEST_SENTENCE
        )
        yield _Read(name, paragraph, spans, addressees[telegram], telegram)


def _addressees(cable: Cable, before: str, onward: str) -> Iterator[tuple[str, str]]:
    """To whom each telegram and quotation speaks, by what the ids of its paragraphs begin with."""
    to = onward or "; ".join(filter(None, map(_called, cable.to)))
    yield before, to
    handed_to = _called(cable.onward.to) if cable.onward else to
    yield from _inner_addressees(cable.blocks, before, handed_to)


def _inner_addressees(blocks: tuple[Block, ...], before: str, to: str) -> Iterator[tuple[str, str]]:
    quotations = telegrams = 0
    for block in blocks:
        if isinstance(block, Quotation):
            quotations += 1
            yield f"{before}q{quotations}.", to
            yield from _inner_addressees(block.blocks, f"{before}q{quotations}.", to)
        elif isinstance(block, Carried):
            telegrams += 1
            yield from _addressees(block.cable, f"{before}c{telegrams}.", "")


def _called(party: Party) -> str:
    return party.person or party.office or party.place or party.place_inferred or party.post


def _asks(read: _Read) -> bool:
    return any(ASKS.search(read.paragraph.text, start, end) for start, end in read.sentences)


def _announced(read: _Read, before: str) -> str:
    """The telegram whose numbered points are announced, after this paragraph; empty if none are."""
    if not read.paragraph.number:
        last = read.paragraph.text[-LONGEST_SENTENCE:]
        return f"{read.telegram}:" if ANNOUNCES.search(last) else ""
    return before if before == f"{read.telegram}:" else ""


def _of_paragraph(read: _Read, *, asking: bool, announced: bool) -> Iterator[Suggestion]:
    points = list(_points(read, announced=announced))
    for rule, found in points:
        yield _suggestion(read, rule, found.span("quote"), found)
    told = max((found.end() for rule, found in points if rule.kind == "text"), default=0)
    for start, end in read.sentences:
        if start >= told:
            yield from _of_sentence(read, start, end, asking=asking)


def _points(read: _Read, *, announced: bool) -> Iterator[tuple[Rule, re.Match[str]]]:
    text = read.paragraph.text
    if not read.paragraph.number or len(text) > LONGEST_SENTENCE:
        return
    kinds: set[str] = set()
    for rule in RULES:
        held = rule.scope == "point" or (rule.scope == "announced" and announced)
        if held and rule.kind not in kinds and (found := rule.pattern.match(text)):
            kinds.add(rule.kind)
            yield rule, found


def _of_sentence(read: _Read, start: int, end: int, *, asking: bool) -> Iterator[Suggestion]:
    text = read.paragraph.text
    question = text[start:end].rstrip('"”»’)]').endswith("?")
    commanding = not asking and not TELLS.search(text[start:end])
    found: set[tuple[str, int]] = set()
    for rule in RULES:
        if (question and rule.kind != "question") or (rule.commanding and not commanding):
            continue
        for begin, stop in _seen(rule, text, start, end):
            met = rule.pattern.search(text[begin:stop].lstrip(_OPENING))
            if met and (rule.kind, begin) not in found:
                found.add((rule.kind, begin))
                shift = stop - len(text[begin:stop].lstrip(_OPENING))
                quote = (
                    met.span("quote") if "quote" in rule.pattern.groupindex else (begin - shift, stop - shift)
                )
                yield _suggestion(read, rule, (quote[0] + shift, quote[1] + shift), met)


def _seen(rule: Rule, text: str, start: int, end: int) -> list[tuple[int, int]]:
    if rule.scope == "sentence":
        return [(start, end)]
    if rule.scope != "clause":
        return []
    cuts = [found.end() for found in _CLAUSE_END.finditer(text, start, end)]
    spans = zip([start, *cuts], [*cuts, end], strict=True)
    return [(begin, begin + len(text[begin:stop].rstrip(" ;,"))) for begin, stop in spans]


def _suggestion(read: _Read, rule: Rule, span: tuple[int, int], found: re.Match[str]) -> Suggestion:
    fields = dict(rule.fields)
    for group, value in found.groupdict().items():
        if group != "quote" and value and (said := " ".join(value.split())[:MAX_VALUE]):
            fields[group.rstrip("_").replace("_", " ")] = said
    if rule.kind in _TO_ADDRESSEE and read.addressee:
        fields["to"] = read.addressee[:MAX_VALUE]
    if rule.kind == "issue" and "number" not in fields:
        fields["number"] = read.paragraph.number
    quote = read.paragraph.text[span[0] : span[1]]
    must = [name for name, field in fields_of(rule.kind).items() if field.required]
    must += ["issue"] if rule.kind == "issue" else []
    line = DocketLine(kind=rule.kind, paragraph=read.name, quote=quote, fields=tuple(fields.items()))
    return Suggestion(line, rule.name, rule.why, tuple(name for name in must if name not in fields))
