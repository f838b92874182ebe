"""Where each field of the hand reading is found: its path, and its home in what a post shows.

A path is the place in ``founding.json`` with ``*`` for any place in a list. A home is a path into
the view of the cable (``*`` any item, ``**`` any depth), how the two are compared, and what stands
for it on the printed sheet. A home under ``text`` belongs to the cable itself, and must come back
from the sheet's text too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from reftel.cable.model import Precision, Reading
from reftel.press.times import reading_words

Path: TypeAlias = tuple[str, ...]
Compare: TypeAlias = Callable[[Any, list[Any]], bool]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every string, number, truth value and null, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from leaves(inner, (*path, str(n)))
    else:
        yield path, value


def same(leaf: Any, found: list[Any]) -> bool:
    """Exactly this."""
    return leaf in found


def same_words(leaf: Any, found: list[Any]) -> bool:
    """This in words: a number, or written with another capital."""
    return str(leaf).casefold() in [str(one).casefold() for one in found]


def within(leaf: Any, found: list[Any]) -> bool:
    """Inside what is found."""
    return any(leaf in one for one in found if isinstance(one, str))


def but_its_remark(leaf: Any, found: list[Any]) -> bool:
    """All but the remark in brackets at its end, such as ``(inferred)``, which has a home of its own."""
    return _but_its_remark(leaf) in found


def _but_its_remark(leaf: str) -> str:
    return leaf.rsplit(" (", 1)[0]


def begins(leaf: Any, found: list[Any]) -> bool:
    """The reading of a time, to the precision that is known."""
    return any(one.startswith(leaf) for one in found)


def absent(leaf: Any, found: list[Any]) -> bool:
    """Nothing says this, neither the reading nor we."""
    return leaf is None and found == []


def counted(leaf: Any, found: list[Any]) -> bool:
    """So many."""
    return bool(leaf == len(found))


def _way(leaf: Any, found: list[Any]) -> bool:
    return found == [{"outgoing": "out", "incoming": "in"}[leaf]]


def _numbered(leaf: Any, found: list[Any]) -> bool:
    return bool(leaf == sum("number" in one and "series" not in one for one in found))


def _further(leaf: Any, found: list[Any]) -> bool:
    return bool(leaf == sum(one.get("series") == "further" for one in found))


def _point(leaf: Any, found: list[Any]) -> bool:
    return leaf in [f"{one.get('series', '')} {one.get('number', '')}".strip() for one in found]


def _only_mrn(leaf: Any, found: list[Any]) -> bool:
    return leaf is None and found == ["MRN"]


def _untimed(leaf: Any, found: list[Any]) -> bool:
    return leaf is None and [("literal" in one) for one in found if one["event"] == "verified"] == [False]


def _all_listed(leaf: Any, found: list[Any]) -> bool:
    return leaf is None and len(found) == 7


def _moment_of(leaf: Any, found: list[Any]) -> bool:
    """The event is the cable's own date or signature: its moment."""
    return leaf in {"dated", "signed"} and len(found) == 1


def _layers(leaf: Any, found: list[Any]) -> bool:
    return str(leaf).split(", ", 1)[0] in found and "artefact" in found


def _in_words(leaf: Any) -> str:
    return "" if leaf is None else str(leaf)


def _reading_in_words(leaf: Any) -> str:
    local = datetime.fromisoformat(leaf)
    precision = Precision.MINUTE if "T" in leaf else Precision.DAY
    # what follows the clock says that the zone is not stated, and whether the year is inferred
    return reading_words(Reading(local=local, precision=precision)).split(", zone")[0]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a field is found, and what stands for it on the sheet (``None``: it is not printed).

    ``at`` is the post that holds it where that is not the receiving one, and ``authorities`` or
    ``brackets`` for what belongs to no one cable.
    """

    view: str
    compare: Compare = same
    printed: Callable[[Any], str] | None = _in_words
    at: str = ""


READERS_NOTE = Home("annotations.*.reading", same_words)

# What the reading says of a cable's matter and no field of a cable holds: a reader's note beside it.
NOTES_OF: dict[str, tuple[Path, ...]] = {
    "F1": (
        ("copies", "note"),
        ("speakable_statement",),
        ("position",),
        ("assessment",),
        ("their_mandate",),
        ("other_sides_text",),
    ),
    "F2": (("must_have",),),
    "F4": (("their_alternatives",), ("airspace",)),
    "F5": (("kind",), ("classification", "of"), ("answers_which_telegram",), ("assessment",)),
}

# What no cable's field holds and the docket does (``founding_items``), from this path down.
DOCKET = frozenset(
    {
        "F1.guidance",
        "F2.points.*.subject",
        "F2.points.*.forecast",
        "F2.points.*.tactic",
        "F2.points.*.option",
        "F2.points.*.risk",
        "F2.points.*.red_line",
        "F2.points.*.demand",
        "F2.points.*.proponent",
        "F2.points.*.fallback",
        "F2.questions_to_principal",
        "F2.movements",
        "F3.session",
        "F4.instructions",
        "F4.fallbacks",
        "F4.concessions",
        "F4.assessments",
        "F5.answers",
    }
)

_NUMBERS = "text.numbers.*"
_GIVEN = "numbers.*"
_STEP = "handling.*"

HOMES: dict[str, Home] = {
    "F1.id": Home(f"{_GIVEN}.value"),
    "F1.file": Home(f"{_GIVEN}.literal"),
    "F1.kind": Home("text.kind"),
    "F1.direction": Home("direction", _way, at="MOSCOW"),
    "F1.originating_office": Home("text.sender.office"),
    "F1.numbers.*.scheme": Home(f"{_NUMBERS}.scheme"),
    "F1.numbers.*.value": Home(f"{_NUMBERS}.value"),
    "F1.numbers.*.literal": Home(f"{_NUMBERS}.literal"),
    "F1.numbers.*.values.*": Home(f"{_NUMBERS}.value"),
    "F1.precedence": Home("text.precedence_literal"),
    "F1.handling.*": Home("text.captions.*"),
    "F1.from.place": Home("text.sender.place", absent),
    "F1.from.place_inferred": Home("text.sender.place_inferred"),
    "F1.from.signed": Home("text.signature.literal"),
    "F1.to.*.place": Home("text.to.*.place"),
    "F1.to.*.office": Home("text.to.*.office"),
    "F1.onward.to": Home("text.onward.to.person"),
    "F1.onward.how": Home("text.onward.how"),
    "F1.onward.quoted_text_signed": Home("text.blocks.*.signature.literal"),
    "F1.times.0.event": Home("text.marks.*.event"),
    "F1.times.1.event": Home("text.marks.*.event"),
    "F1.times.2.event": Home("text.moment.literal", _moment_of, lambda _: "date-time group"),
    "F1.times.0.literal": Home("text.marks.*.moment.literal"),
    "F1.times.1.literal": Home("text.marks.*.moment.literal"),
    "F1.times.2.literal": Home("text.moment.literal"),
    # the sender's marks are printed as written: an office of one cable's own time reads them so
    "F1.times.0.means": Home("text.marks.*.moment.reading.local", begins, None),
    "F1.times.1.means": Home("text.marks.*.moment.reading.local", begins, None),
    "F1.times.2.means": Home("text.moment.reading.local", begins, _reading_in_words),
    "F1.numbered_points": Home("text.blocks.*.blocks.*.number", counted),
    "F1.asks.*.of": Home("text.asks.*.owner"),
    "F1.asks.*.literal": Home("text.asks.*.literal"),
    "F1.asks.*.due": Home("text.asks.*.due", absent),
    "F1.copies.printed": Home("copies.*", _all_listed, at="MOSCOW"),
    "F1.copies.holders.*": Home("copies.*.holder", at="MOSCOW"),
    "F1.copies.note": READERS_NOTE,
    "F1.speakable_statement.by": READERS_NOTE,
    "F1.speakable_statement.to.*": READERS_NOTE,
    "F1.speakable_statement.points": READERS_NOTE,
    "F1.position": READERS_NOTE,
    "F1.assessment.of": READERS_NOTE,
    "F1.assessment.literal": READERS_NOTE,
    "F1.their_mandate": READERS_NOTE,
    "F1.other_sides_text.what": READERS_NOTE,
    "F1.other_sides_text.forum": READERS_NOTE,
    "F1.other_sides_text.sponsors.*": READERS_NOTE,
    "F1.other_sides_text.status": READERS_NOTE,
    "F1.cited_not_held.*": Home("cited_not_held.*.cited"),
    "F2.id": Home(f"{_GIVEN}.value"),
    "F2.file": Home(f"{_GIVEN}.literal"),
    "F2.kind": Home("text.kind"),
    "F2.direction": Home("direction", _way),
    "F2.numbers.*.scheme": Home(f"{_NUMBERS}.scheme"),
    "F2.numbers.*.value": Home(f"{_NUMBERS}.value"),
    "F2.from.place": Home("text.sender.place", absent),
    "F2.from.signed": Home("text.signature.literal"),
    "F2.to.*.person": Home("text.to.*.person"),
    "F2.times.*.event": Home("text.moment.literal", _moment_of, lambda _: "date-time group"),
    "F2.times.*.literal": Home("text.moment.literal"),
    "F2.times.*.means": Home("text.moment.reading.local", begins, _reading_in_words),
    "F2.numbered_points": Home("text.blocks.*", _numbered),
    "F2.further_points": Home("text.blocks.*", _further),
    "F2.points.*.n": Home("text.blocks.*", _point, lambda leaf: leaf.removeprefix("further ") + "."),
    "F2.enclosures.*": Home("cited_not_held.*.cited", but_its_remark, _but_its_remark),
    "F2.must_have": READERS_NOTE,
    "F3.id": Home(f"{_GIVEN}.value"),
    "F3.file": Home(f"{_GIVEN}.literal"),
    "F3.kind": Home("text.kind"),
    "F3.direction": Home("direction", _way),
    "F3.receiving_office": Home("receiving_office"),
    "F3.numbers.0.scheme": Home(f"{_GIVEN}.scheme"),
    "F3.numbers.0.value": Home(f"{_GIVEN}.value"),
    "F3.numbers.1.scheme": Home(f"{_GIVEN}.scheme"),
    "F3.numbers.1.value": Home(f"{_GIVEN}.value"),
    "F3.numbers.2.scheme": Home(f"{_GIVEN}.scheme"),
    "F3.numbers.2.value": Home(f"{_GIVEN}.value"),
    "F3.numbers.2.date": Home(f"{_GIVEN}.date"),
    "F3.numbers.3.scheme": Home(f"{_NUMBERS}.scheme"),
    "F3.numbers.3.value": Home(f"{_NUMBERS}.value"),
    "F3.numbers.4.scheme": Home(f"{_GIVEN}.scheme"),
    "F3.numbers.4.value": Home(f"{_GIVEN}.value"),
    "F3.stamps.*": Home("annotations.*.literal", within),
    "F3.from.place": Home("text.sender.place"),
    "F3.from.place_bracket": Home("text.sender.place_layer"),
    "F3.from.signed": Home("text.signature.literal"),
    "F3.to.*.person": Home("text.to.*.person"),
    "F3.carries.kind": Home("text.blocks.*.cable.kind"),
    "F3.carries.from": Home("text.blocks.*.cable.sender.person"),
    "F3.carries.dated_literal": Home("text.blocks.*.cable.moment.literal"),
    "F3.carries.to.*": Home("text.blocks.*.cable.to.*.person"),
    "F3.carries.copies_to.*": Home("text.blocks.*.cable.info.*.person"),
    "F3.times.0.event": Home(f"{_STEP}.event"),
    "F3.times.1.event": Home(f"{_STEP}.event"),
    "F3.times.2.event": Home(f"{_STEP}.event"),
    "F3.times.3.event": Home(f"{_STEP}.event"),
    "F3.times.4.event": Home("text.moment.literal", _moment_of, lambda _: "date-time group"),
    "F3.times.0.literal": Home(f"{_STEP}.literal"),
    "F3.times.1.literal": Home(f"{_STEP}.literal"),
    "F3.times.2.literal": Home(f"{_STEP}.literal"),
    "F3.times.3.literal": Home(_STEP, _untimed, lambda _: "time not written"),
    "F3.times.4.literal": Home("text.moment.literal"),
    "F3.times.0.means": Home(f"{_STEP}.reading", begins, None),
    "F3.times.1.means": Home(f"{_STEP}.reading", begins, None),
    "F3.times.2.means": Home(f"{_STEP}.reading", begins, None),
    "F3.times.4.means": Home("text.moment.reading.local", begins, _reading_in_words),
    "F3.times.*.by": Home(f"{_STEP}.who"),
    "F3.times.*.rank": Home(f"{_STEP}.rank"),
    "F3.times.*.signature": Home(f"{_STEP}.signed", same, lambda _: "signed"),
    "F3.copies.printed": Home(f"{_STEP}.copies", same, lambda leaf: f"{leaf} copies"),
    "F3.copies.distribution.*.no": Home("copies.*.number"),
    "F3.copies.distribution.*.holder": Home("copies.*.holder"),
    "F3.cited_not_held.0": Home("cited_not_held.*.cited"),
    "F3.cited_not_held.1": Home("cited_not_held.*.cited", but_its_remark, _but_its_remark),
    "F4.id": Home(f"{_GIVEN}.value"),
    "F4.file": Home(f"{_GIVEN}.literal"),
    "F4.kind": Home("text.kind"),
    "F4.direction": Home("direction", _way),
    "F4.receiving_office": Home("receiving_office"),
    "F4.numbers.0.scheme": Home(f"{_GIVEN}.scheme"),
    "F4.numbers.0.value": Home(f"{_GIVEN}.value"),
    "F4.numbers.1.scheme": Home(f"{_NUMBERS}.scheme"),
    "F4.numbers.1.value": Home(f"{_NUMBERS}.value"),
    "F4.numbers.1.note": Home(f"{_NUMBERS}.note"),
    "F4.numbers.2.scheme": Home(f"{_GIVEN}.scheme"),
    "F4.numbers.2.value": Home(f"{_GIVEN}.value"),
    "F4.numbers.3.scheme": Home(f"{_GIVEN}.scheme"),
    "F4.numbers.3.value": Home(f"{_GIVEN}.value"),
    "F4.numbers.3.date": Home(f"{_GIVEN}.date"),
    "F4.numbers.4.scheme": Home(f"{_GIVEN}.scheme"),
    "F4.numbers.4.value": Home(f"{_GIVEN}.value"),
    "F4.numbers.4.note": Home(f"{_GIVEN}.note"),
    "F4.numbers.5.scheme": Home(f"{_GIVEN}.scheme"),
    "F4.numbers.5.value": Home(f"{_GIVEN}.value"),
    "F4.stamps.*": Home("annotations.*.literal", within),
    "F4.from.place": Home("text.sender.place"),
    "F4.from.place_bracket": Home("text.sender.place_layer"),
    "F4.from.signed": Home("text.signature.literal"),
    "F4.to.*.person": Home("text.to.*.person"),
    "F4.this_copy": Home("annotations.*.reading"),
    "F4.copy_list.*": Home("copies.*.holder"),
    "F4.carries.kind": Home("text.blocks.*.cable.kind"),
    "F4.carries.from": Home("text.blocks.*.cable.sender.person"),
    "F4.carries.dated_literal": Home("text.blocks.*.cable.moment.literal"),
    "F4.carries.to.*": Home("text.blocks.*.cable.annotations.*.reading", same_words),
    "F4.carries.copies_to.*": Home("text.blocks.*.cable.info.*.person", same_words),
    "F4.carries.references.*.literal": Home("text.blocks.*.cable.references.*.literal"),
    "F4.carries.references.*.received": Home(
        "text.blocks.*.cable.references.*.received", same, lambda _: "said to be received"
    ),
    "F4.carries.references.*.held": Home("references.*.held", same, lambda _: "not held"),
    "F4.carries.signature_displaced": Home("text.annotations.*.literal"),
    "F4.carries.note": Home("text.annotations.*.reading", but_its_remark, _but_its_remark),
    "F4.times.0.event": Home(f"{_STEP}.event"),
    "F4.times.1.event": Home(f"{_STEP}.event"),
    "F4.times.2.event": Home(f"{_STEP}.event"),
    "F4.times.3.event": Home(f"{_STEP}.event"),
    "F4.times.0.literal": Home(f"{_STEP}.literal"),
    "F4.times.1.literal": Home(f"{_STEP}.literal"),
    "F4.times.2.literal": Home(f"{_STEP}.literal"),
    "F4.times.3.literal": Home(_STEP, _untimed, lambda _: "time not written"),
    "F4.times.*.means": Home(f"{_STEP}.reading", begins, None),
    "F4.times.*.by": Home(f"{_STEP}.who"),
    "F4.times.*.rank": Home(f"{_STEP}.rank"),
    "F4.times.*.post": Home(f"{_STEP}.post_held"),
    "F4.times.*.signature": Home(f"{_STEP}.signed", same, lambda _: "signed"),
    "F4.copies.printed": Home(f"{_STEP}.copies", same, lambda leaf: f"{leaf} copies"),
    "F4.copies.distribution": Home("copies.*.reason"),
    "F4.their_alternatives": READERS_NOTE,
    "F4.airspace": READERS_NOTE,
    "F5.id": Home(f"{_GIVEN}.value"),
    "F5.file": Home(f"{_GIVEN}.literal"),
    "F5.kind": READERS_NOTE,
    "F5.direction": Home("direction", _way, at="MOSCOW"),
    "F5.decision.body": Home("decisions.*.body", at="MOSCOW"),
    "F5.decision.protocol": Home("decisions.*.protocol", at="MOSCOW"),
    "F5.decision.item": Home("decisions.*.item", at="MOSCOW"),
    "F5.decision.reference": Home("decisions.*.reference", at="MOSCOW"),
    "F5.decision.date": Home("decisions.*.date", at="MOSCOW"),
    "F5.decision.title": Home("decisions.*.title", at="MOSCOW"),
    "F5.decision.text": Home("decisions.*.text", within, at="MOSCOW"),
    "F5.decision.signed": Home("decisions.*.signed", absent, at="MOSCOW"),
    "F5.decision.marking_of_attachment.literal": Home("decisions.*.marking", at="MOSCOW"),
    "F5.decision.marking_of_attachment.reading": Home(
        "text.annotations.*.reading", but_its_remark, _but_its_remark
    ),
    "F5.decision.excerpt_copies.*": Home("decisions.*.excerpts.*", at="MOSCOW"),
    "F5.decision.signature_block": Home("decisions.*.signature_block", at="MOSCOW"),
    "F5.classification.literal": Home("text.classification"),
    "F5.classification.of": READERS_NOTE,
    "F5.from.place": Home("text.sender.place", absent),
    "F5.from.place_inferred": Home("text.sender.place_inferred"),
    "F5.from.signed": Home("text.blocks.*.signature.literal"),
    "F5.to.*.place": Home("text.to.*.place"),
    "F5.to.*.person": Home("text.to.*.person"),
    "F5.onward.to": Home("text.onward.to.person", within),
    "F5.onward.how": Home("text.onward.how", same_words),
    "F5.times.*.event": Home("text.moment.literal", _moment_of, lambda _: "date-time group"),
    "F5.times.*.literal": Home("text.moment.literal"),
    "F5.times.*.means": Home("text.moment.reading.local", begins, _reading_in_words),
    "F5.answers_which_telegram": READERS_NOTE,
    "F5.archive_references.*.reading": Home("text.annotations.*.reading"),
    "F5.archive_references.*.of": Home("text.annotations.*.about"),
    "F5.archive_references.*.layer": Home(
        "text.annotations.*.layer", _layers, lambda leaf: leaf.split(", ")[0]
    ),
    "F5.letterhead": Home("decisions.*.letterhead", at="MOSCOW"),
    "F5.telegram_number": Home(f"{_NUMBERS}.scheme", _only_mrn),
    "F5.assessment": READERS_NOTE,
    "authorities.*.name": Home("name", at="authorities"),
    "authorities.*.kind": Home("kind", at="authorities"),
    "authorities.*.as_printed.*": Home("as_printed.*", at="authorities"),
    "authorities.*.note": Home("note", at="authorities"),
    "authorities.*.title": Home("title", at="authorities"),
    "authorities.*.misprints.*": Home("misprints.*", at="authorities"),
    "authorities.*.role": Home("role", at="authorities"),
    "authorities.*.rank": Home("rank", at="authorities"),
    "authorities.*.post": Home("post", at="authorities"),
    "authorities.*.inferred": Home("inferred", at="authorities"),
    "bracket_layers.supplied words.*": Home("supplied words.*", at="brackets"),
    "bracket_layers.identification.*": Home("identification.*", at="brackets"),
    "bracket_layers.place.*": Home("place.*", at="brackets"),
    "bracket_layers.physical.*": Home("physical.*", at="brackets"),
    "bracket_layers.expansion.*": Home("expansion.*", at="brackets"),
    "bracket_layers.archive note.*": Home("archive note.*", at="brackets"),
}
