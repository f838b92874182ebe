"""From a cable and the office's facts to the values that the template sets.

The template holds no text of a cable and the values hold no markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain
from typing import Any

from reftel.cable.model import Block, Cable, Carried, Mark, Moment, Paragraph, Quotation, Signature, Standing
from reftel.errors import PressError
from reftel.press.glyphs import printable
from reftel.press.sheet import Decision, SheetCopy, SheetData
from reftel.press.spans import (
    Spans,
    annotation_spans,
    ask_spans,
    docket_spans,
    enclosure_spans,
    in_a_row,
    mark_spans,
    moment_spans,
    number_spans,
    onward_spans,
    party_spans,
    precedence_word,
    reference_spans,
    signature_words,
    span,
    words,
)
from reftel.press.times import minutes_between

Values = dict[str, Any]

DEEPEST_INDENT = 5
"""Telegrams carried deeper than this are set without further indent, their depth in words."""
BANNER_ROOM = 84
"""Characters of marking that fit into the banner; more is printed in full in the head."""
STRIP_ROOM = 40
"""Characters of a precedence or a date-time group that fit under the number; more goes to a field."""
STAMP_ROOM = 200
"""Characters that fit on the stamp; more is printed in full in the head."""
BOX_ROOM = 1500
"""Characters up to which the decision and the office's record are kept on one page."""

_STANDINGS = {
    Standing.PROVED: ("proved", "good"),
    Standing.KEY_UNKNOWN: ("proof held, key unknown here", "open"),
    Standing.WRONG: ("proof wrong", "bad"),
    Standing.AS_TOLD: ("as told by the forwarder", "open"),
}
_HEAD_LABELS = ("From", "To", "Info", "Onward", "Ref", "Subject", "Numbers", "Registered", "Enclosures")


def sheet_values(data: SheetData) -> Values:
    """All that is the same on every copy of ``data``.

    Raises :class:`PressError` unless there is one standing for each carried telegram.
    """
    cable = data.cable
    text = _Text(data.standings)
    blocks = text.blocks(cable.blocks, 0)
    text.used()
    at = data.printed_at.astimezone(UTC)
    return {
        **_head_values(data),
        **_record_values(data),
        "foot": printable(_short(f"Cable № {data.number} · {data.entry}")),
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "printed": f"Printed {at:%Y-%m-%d %H:%M} UTC",
        "origin": printable(data.origin),
        "text": blocks,
        "signature": _signature(cable.signature) if cable.signature else None,
        "remarks": [
            *([_capital(title), spans] for title, spans in _remarks(cable)),
            *(["Office's note", words(("", note))] for note in data.notes),
        ],
        "decision": _decision(data.decision) if data.decision else None,
        "attach_json": bool(data.cable_json),
    }


def _head_values(data: SheetData) -> Values:
    cable = data.cable
    banner, fields = _banner(cable)
    known = dict(_telegram_fields(cable))
    incoming = [words(("s", "incoming"), ("m", number)) for number in data.incoming]
    known["Numbers"] = [in_a_row([*map(number_spans, (*cable.numbers, *data.numbers)), *incoming])]
    fields += [(label, known[label]) for label in _HEAD_LABELS]
    chips = _chips(cable)
    if any(len(word) > STRIP_ROOM for _, word in chips):
        chips, fields = [], [*fields, ("Precedence", known["Precedence"])]
    dtg = [spans for spans in known["DTG"] if spans]
    if dtg and len(dtg[0][0][1]) > STRIP_ROOM:
        dtg, fields = [], [*fields, ("DTG", dtg)]
    stamp = _stamp(data)
    if sum(map(len, stamp)) > STAMP_ROOM:
        fields.append(("Stamp", [words(("", line)) for line in stamp]))
        stamp = (_short(stamp[0]),)
    series = [number.value for number in (*cable.numbers, *data.numbers) if number.scheme == "series"]
    return {
        "title": printable(data.number),
        "eyebrow": printable(" · ".join(part for part in (data.office, data.direction, cable.kind) if part)),
        "banner": printable(banner),
        "marked": bool(cable.classification or cable.captions),
        "chips": chips,
        "series": [printable(value) for value in series if len(value) <= STRIP_ROOM],
        "dtg": dtg[0] if dtg else [],
        "fields": [[label, lines] for label, lines in _filled(fields)],
        "stamp": [printable(line) for line in stamp],
    }


def _record_values(data: SheetData) -> Values:
    register = (
        ("Entry", data.entry),
        ("Register", f"{data.origin}, leaf {data.leaf_index}" if data.leaf_hash else "not entered"),
        ("Leaf hash", _grouped(data.leaf_hash)),
    )
    chain = [[_capital(mark.event), mark_spans(mark, gap)] for mark, gap in _chain(data.handling)]
    held = f"{data.ledger}{data.unaccounted}{data.entry}{data.distribution}{chain}"
    return {
        "chain": chain,
        "register": [[label, printable(value)] for label, value in register],
        "ledger": printable(data.ledger),
        "unaccounted": printable(data.unaccounted),
        "distribution": [[printable(number), printable(holder)] for number, holder in data.distribution],
        "record_runs": len(held) > BOX_ROOM,
    }


def copy_values(copy: SheetCopy) -> Values:
    """What is this copy's own."""
    return {
        "number": str(copy.number),
        "of": str(copy.of),
        "holder": printable(copy.holder),
        "form": printable(copy.form),
        "return_by": printable(copy.return_by),
    }


def code_text(data: SheetData, number: int) -> str:
    """What the square code says: a name, origin, leaf index, leaf hash and copy ``number``, by spaces.

    Capitals and digits only, where the origin allows it, make the code smaller and its dots larger.
    """
    parts = ("REFTEL-COPY/V1", data.origin, str(data.leaf_index), data.leaf_hash, str(number))
    return " ".join(parts).upper()


def _banner(cable: Cable) -> tuple[str, list[tuple[str, list[Spans]]]]:
    """The banner's words, and the field that holds the marking when it is too long for a banner."""
    marking = " · ".join(part for part in (cable.classification, *cable.captions) if part)
    if not marking:
        return "No marking on the cable", []
    if len(marking) <= BANNER_ROOM:
        return marking, []
    return f"{_short(cable.classification)} · all markings in the head", [("Marked", [words(("b", marking))])]


def _short(text: str) -> str:
    return text if len(text) <= 44 else text[:43] + "…"


def _capital(text: str) -> str:
    return printable(text[:1].upper() + text[1:])


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def _chips(cable: Cable) -> list[list[str]]:
    first = precedence_word(cable.precedence, cable.precedence_literal)
    second = precedence_word(cable.info_precedence) if cable.info_precedence != cable.precedence else ""
    chips = (("Precedence", first), ("For information", second))
    return [[label, printable(word)] for label, word in chips if word]


def _stamp(data: SheetData) -> tuple[str, ...]:
    if not data.return_to:
        return ()
    return (data.return_to, *data.stamp, *(f"Incoming № {number}" for number in data.incoming))


def _decision(decision: Decision) -> Values:
    lines = (
        [("s", decision.letterhead)],
        [("b", decision.body), ("s", decision.date), *_labelled("protocol", decision.protocol)],
        [*_labelled("item", decision.item), ("", decision.title)],
        [("", decision.text)],
        [("b", decision.signed), *_labelled("attached text marked", decision.marking)],
        _labelled("excerpts to", ", ".join(decision.excerpts)),
        [("m", decision.bound)],
    )
    return {
        "reference": printable(decision.reference),
        "runs": sum(len(text) for _, text in chain.from_iterable(lines)) > BOX_ROOM,
        "lines": [words(*line) for line in lines],
    }


def _labelled(label: str, text: str) -> list[tuple[str, str]]:
    return [("s", label), ("", text)] if text else []


def _filled(fields: Iterable[tuple[str, list[Spans]]]) -> Iterator[tuple[str, list[Spans]]]:
    for label, lines in fields:
        held = [line for line in lines if line]
        if held:
            yield label, held


def _signature(signature: Signature) -> Values:
    return {"literal": printable(signature.literal), "who": signature_words(signature)}


class _Text:
    """Sets the blocks of a cable, taking the standing of each carried telegram in turn."""

    def __init__(self, standings: Iterable[Standing]) -> None:
        self._standings = iter(standings)

    def blocks(self, blocks: Sequence[Block], depth: int) -> Values:
        """A run of blocks with the widths of its number and portion columns in millimetres."""
        numbered = [block for block in blocks if isinstance(block, Paragraph)]
        longest = max((len(block.number) for block in numbered), default=0)
        mark = max((len(block.portion) for block in numbered), default=0)
        return {
            "num": min(max(8.0, 3.5 + 2.2 * longest), 24.0) if longest else 0,
            "mark": min(max(8.0, 5.0 + 1.7 * mark), 26.0) if mark else 0,
            "body": list(self._items(blocks, depth)),
        }

    def _items(self, blocks: Sequence[Block], depth: int) -> Iterator[Values]:
        series = ""
        for block in blocks:
            if isinstance(block, Paragraph):
                if block.series != series:
                    series = block.series
                    yield {"k": "series", "t": printable(series or "first series")}
                yield self._paragraph(block)
            elif isinstance(block, Quotation):
                yield from self._quotation(block, depth + 1)
            else:
                yield from self._carried(block, depth + 1)

    @staticmethod
    def _paragraph(paragraph: Paragraph) -> Values:
        return {
            "k": "p",
            "n": printable(f"{paragraph.number}." if paragraph.number else ""),
            "pm": printable(f"({paragraph.portion})" if paragraph.portion else ""),
            "t": printable(paragraph.text).split("\n"),
        }

    def _quotation(self, quotation: Quotation, depth: int) -> Iterator[Values]:
        dated = [_aside(moment_spans(quotation.dated))] if quotation.dated else []
        foot = [*dated, _end(quotation.signature, depth)]
        yield from self._set_off(_head("Quoted text", depth), quotation.blocks, foot, depth)

    def _carried(self, carried: Carried, depth: int) -> Iterator[Values]:
        standing = next(self._standings, None)
        if standing is None:
            raise PressError("a carried telegram has no standing", mend="Give one standing for each.")
        cable = carried.cable
        head = _head(" · ".join(part for part in ("Carried telegram", cable.kind) if part), depth)
        head["state"] = list(_STANDINGS[standing])
        head["rows"] = [[label, lines] for label, lines in _filled(_telegram_fields(cable))]
        remarks = [_aside([span("s", f"{title}:"), *spans]) for title, spans in _remarks(cable)]
        foot = [_end(cable.signature, depth), *remarks]
        yield from self._set_off(head, cable.blocks, foot, depth)

    def _set_off(
        self, head: Values, blocks: Sequence[Block], foot: list[Values], depth: int
    ) -> Iterator[Values]:
        inner = self.blocks(blocks, depth)
        body = [head, *inner["body"], *foot]
        if depth <= DEEPEST_INDENT:
            yield inner | {"k": "nest", "telegram": bool(head["state"]), "body": body}
        else:
            yield from body

    def used(self) -> None:
        """Raise unless each standing has met its telegram."""
        if next(self._standings, None) is not None:
            raise PressError("more standings than carried telegrams", mend="Give one standing for each.")


def _depth_words(depth: int) -> str:
    return "" if depth == 1 else f" (within {depth - 1})"


def _head(title: str, depth: int) -> Values:
    begins = "begins" + _depth_words(depth)
    return {"k": "head", "title": printable(title), "begins": begins, "state": [], "rows": []}


def _aside(spans: Spans) -> Values:
    return {"k": "spans", "t": spans}


def _end(signature: Signature | None, depth: int) -> Values:
    return {
        "k": "end",
        "sig": _signature(signature) if signature else None,
        "t": "ends" + _depth_words(depth),
    }


def _telegram_fields(cable: Cable) -> Iterator[tuple[str, list[Spans]]]:
    """The head of a telegram, field by field: a label and its lines."""
    marking = " · ".join(part for part in (cable.classification, *cable.captions) if part)
    precedence = precedence_word(cable.precedence, cable.precedence_literal)
    info = precedence_word(cable.info_precedence)
    yield "From", [party_spans(cable.sender)]
    yield "To", [in_a_row(map(party_spans, cable.to))]
    yield "Info", [in_a_row(map(party_spans, cable.info))]
    yield "Onward", [onward_spans(cable.onward)] if cable.onward else []
    yield "Marked", [words(("b", marking))]
    yield "Precedence", [words(("b", precedence), ("s", f"info {info}" if info else ""))]
    yield "DTG", [moment_spans(cable.moment)] if cable.moment else []
    yield "Numbers", [in_a_row(map(number_spans, cable.numbers))]
    yield "Ref", [reference_spans(reference) for reference in cable.references]
    yield "Subject", [words(("b", cable.subject))]
    yield "Registered", [words(("m", _utc(cable)))]
    yield "Enclosures", [enclosure_spans(enclosure) for enclosure in cable.enclosures]


def _utc(cable: Cable) -> str:
    return f"{cable.registered:%Y-%m-%d %H:%M:%S} UTC, by the sender" if cable.registered else ""


def _remarks(cable: Cable) -> Iterator[tuple[str, Spans]]:
    """What stands beside a telegram: asks, the sender's marks, annotations, unknown fields."""
    for ask in cable.asks:
        yield f"Ask: {ask.kind}", ask_spans(ask)
    for line in cable.docket:
        yield "Docket", docket_spans(line)
    for mark, gap in _chain(cable.marks):
        yield f"Sender's mark: {mark.event}", mark_spans(mark, gap)
    for annotation in sorted(cable.annotations, key=lambda annotation: annotation.layer):
        yield annotation.layer, annotation_spans(annotation)
    for name, value in cable.extra:
        yield "Other field", words(("m", name), ("", value))


def _chain(marks: Sequence[Mark]) -> Iterator[tuple[Mark, int | None]]:
    """Each mark with the minutes since the last one whose time was written down."""
    last: Moment | None = None
    for mark in marks:
        yield mark, minutes_between(last, mark.moment)
        last = mark.moment or last
