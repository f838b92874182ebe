"""Write a cable as a sheet. Total but for depth; ``sheet.render`` sees that it reads back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC

from reftel.cable.dtg import format_reading, read_moment
from reftel.cable.model import (
    Annotation,
    Ask,
    Block,
    Cable,
    Carried,
    DocketLine,
    Enclosure,
    Mark,
    Moment,
    Number,
    Paragraph,
    Party,
    Quotation,
    Reference,
    Signature,
)
from reftel.cable.sheet_grammar import (
    INDENT,
    MOST_DEPTH,
    PARTY,
    QUOTE,
    TELEGRAM,
    TELEGRAM_ENDS,
    UNQUOTE,
    write_paragraph,
)
from reftel.errors import BadValue

Pair = tuple[str, str]


def write_cable(cable: Cable, depth: int = 0) -> list[str]:
    """The lines of a sheet; raises ``BadValue`` when telegrams nest too deep."""
    lines = list(_head(cable))
    lines += _blocks(cable.blocks, depth)
    tail = list(_tail(cable))
    return [*lines, "", *tail] if tail else lines


def _entry(label: str, value: str, *pairs: Pair) -> list[str]:
    return [f"{label}: {value}".rstrip(" "), *(f"  {key}: {text}" for key, text in pairs if text)]


def _head(cable: Cable) -> Iterator[str]:
    yield from _each("KIND", cable.kind)
    for number in cable.numbers:
        yield from _number(number)
    yield from _precedence(cable)
    yield from _each("CLASSIFICATION", cable.classification)
    yield from _each("CAPTION", *cable.captions)
    if cable.moment is not None:
        yield from _dated(cable.moment)
    if cable.registered is not None:
        yield f"REGISTERED: {cable.registered.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"
    yield from _addresses(cable)
    yield from _each("SUBJECT", cable.subject)
    for reference in cable.references:
        yield from _reference(reference)
    for enclosure in cable.enclosures:
        yield from _enclosure(enclosure)
    for ask in cable.asks:
        yield from _ask(ask)


def _each(label: str, *values: str) -> Iterator[str]:
    return (f"{label}: {value}" for value in values if value)


def _addresses(cable: Cable) -> Iterator[str]:
    if cable.sender != Party():
        yield from _party("FROM", cable.sender)
    for party in cable.to:
        yield from _party("TO", party)
    for party in cable.info:
        yield from _party("INFO", party)
    if cable.onward is not None:
        yield from _party("ONWARD", cable.onward.to, ("how", cable.onward.how))


def _tail(cable: Cable) -> Iterator[str]:
    if cable.signature is not None:
        yield from _signature(cable.signature)
    for line in cable.docket:
        yield from _docket_line(line)
    for mark in cable.marks:
        yield from _mark(mark)
    for annotation in cable.annotations:
        yield from _annotation(annotation)
    for name, value in cable.extra:
        yield from _entry(f"EXTRA {name}", value)


def _precedence(cable: Cable) -> Iterator[str]:
    word = cable.precedence.name if cable.precedence is not None else ""
    if cable.precedence_literal:
        yield from _entry("PRECEDENCE", cable.precedence_literal, ("means", word))
    elif word:
        yield from _entry("PRECEDENCE", word)
    if cable.info_precedence is not None:
        yield from _entry("INFO PRECEDENCE", cable.info_precedence.name)


def _meaning(moment: Moment) -> str:
    """What a sheet must say of a time's reading: nothing, where the literal says it."""
    if moment.reading == read_moment(moment.literal).reading:
        return ""
    return format_reading(moment.reading) if moment.reading else "none"


def _when(key: str, moment: Moment | None) -> tuple[Pair, ...]:
    if moment is None:
        return ()
    return (key, moment.literal), (f"{key} reading", _meaning(moment))


def _dated(moment: Moment) -> list[str]:
    return _entry("DATED", moment.literal, ("reading", _meaning(moment)))


def _party(label: str, party: Party, *more: Pair) -> list[str]:
    place, post = party.place, f"<{party.post}>" if party.post else ""
    value = f"{place} {post}".strip(" ") if place else party.post
    read = PARTY.fullmatch(value)
    read_place, read_post = (read["place"] or "", read["post"] or read["bare"]) if read else (value, "")
    pairs = (
        ("office", party.office),
        ("person", party.person),
        ("bracket", party.place_layer),
        ("inferred", party.place_inferred),
        ("note", party.note),
        *more,
    )
    if (read_place, read_post) == (place, party.post):
        return _entry(label, value, *pairs)
    return _entry(label, "", ("place", place), ("post", party.post), *pairs)


def _number(number: Number) -> list[str]:
    return _entry(
        f"NUMBER {number.scheme}".rstrip(" "),
        number.value,
        ("printed", number.literal),
        *_when("dated", number.date),
        ("note", number.note),
    )


def _reference(reference: Reference) -> list[str]:
    return _entry(
        f"REF {reference.letter}".rstrip(" "),
        reference.literal,
        ("number", reference.number),
        ("from", reference.sender),
        *_when("dated", reference.moment),
        ("held", _yes_or_no(reference.held)),
        ("received", _yes_or_no(reference.received)),
        ("note", reference.note),
    )


def _yes_or_no(value: bool | None) -> str:  # noqa: FBT001 - the value itself
    return "" if value is None else "yes" if value else "no"


def _enclosure(enclosure: Enclosure) -> list[str]:
    missing = enclosure.content is None and enclosure.filename
    return _entry(
        "ENCLOSURE",
        enclosure.title,
        ("file", enclosure.filename),
        ("type", enclosure.media_type),
        ("held", "no" if missing else ""),
        ("note", enclosure.note),
    )


def _ask(ask: Ask) -> list[str]:
    return _entry(
        "ASK",
        ask.literal,
        ("of", ask.owner),
        ("kind", "" if ask.kind == "action" else ask.kind),
        *_when("due", ask.due),
        ("paragraph", ask.paragraph),
    )


def _signature(signature: Signature) -> list[str]:
    return _entry(
        "SIGNED",
        signature.literal,
        ("pseudonym", signature.pseudonym),
        ("identity", signature.identity),
        ("rank", signature.rank),
    )


def _docket_line(line: DocketLine) -> list[str]:
    return _entry(f"DOCKET {line.kind}", line.quote, ("paragraph", line.paragraph), *line.fields)


def _mark(mark: Mark) -> list[str]:
    return _entry(
        "MARK",
        mark.event,
        ("by", mark.by),
        ("rank", mark.rank),
        ("post", mark.post),
        *_when("at", mark.moment),
        ("signed", "yes" if mark.signed else ""),
        ("note", mark.note),
    )


def _annotation(annotation: Annotation) -> list[str]:
    return _entry(
        f"NOTE {annotation.layer}",
        annotation.literal,
        ("reading", annotation.reading),
        ("about", annotation.about),
        ("inferred", "yes" if annotation.inferred else ""),
    )


def _blocks(blocks: tuple[Block, ...], depth: int) -> Iterator[str]:
    for block in blocks:
        yield ""
        match block:
            case Paragraph():
                first, *rest = write_paragraph(block).split("\n")
                yield first
                yield from (INDENT + line for line in rest)
            case Quotation():
                yield from _quotation(block, _deeper(depth))
            case _:
                yield from _carried(block, _deeper(depth))


def _deeper(depth: int) -> int:
    if depth == MOST_DEPTH:
        raise BadValue(f"Telegrams are carried inside each other more than {MOST_DEPTH} deep.")
    return depth + 1


def _quotation(quotation: Quotation, depth: int) -> Iterator[str]:
    yield QUOTE
    yield from list(_blocks(quotation.blocks, depth))[1:]
    tail = _signature(quotation.signature) if quotation.signature else []
    tail += _dated(quotation.dated) if quotation.dated else []
    yield from ["", *tail] if tail else []
    yield UNQUOTE


def _carried(carried: Carried, depth: int) -> Iterator[str]:
    yield TELEGRAM
    if carried.original is not None:
        yield f"PROOF: attached (sha256 {hashlib.sha256(carried.original).hexdigest()})"
    yield from write_cable(carried.cable, depth)
    yield TELEGRAM_ENDS
