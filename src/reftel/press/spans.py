"""One thing of a cable as a line of spans for the sheet.

A span is ``[style, text]``; style is one of ``""`` plain, ``b`` strong, ``m`` monospaced, ``s``
soft, ``r`` alarming. Text is already printable.
"""

from __future__ import annotations

from collections.abc import Iterable

from reftel.cable.model import (
    Annotation,
    Ask,
    DocketLine,
    Enclosure,
    Mark,
    Moment,
    Number,
    Onward,
    Party,
    Precedence,
    Reference,
    Signature,
)
from reftel.docket.words import said_of
from reftel.press.glyphs import printable
from reftel.press.times import reading_words

Spans = list[list[str]]


def span(style: str, text: str) -> list[str]:
    """One span, printable."""
    return [style, printable(text)]


def words(*spans: tuple[str, str]) -> Spans:
    """Spans for those of the (style, text) that are not empty."""
    return [span(style, text) for style, text in spans if text]


def moment_spans(moment: Moment) -> Spans:
    """The time as written, and beside it the reading where that says more."""
    reading = reading_words(moment.reading) if moment.reading else ""
    return words(("m", moment.literal), ("s", reading if reading != moment.literal else ""))


def party_spans(party: Party) -> Spans:
    """A party on one line: place, office and person, then what is known beside them."""
    name = ", ".join(part for part in (party.place, party.office, party.person) if part)
    return words(
        ("b", name),
        ("m", party.post),
        ("s", f"bracket: {party.place_layer}" if party.place_layer else ""),
        ("s", f"{party.place_inferred}, inferred" if party.place_inferred else ""),
        ("s", party.note),
    )


def docket_spans(line: DocketLine) -> Spans:
    """What a paragraph is, as the sender says: kind, whose and on which issue; its words; the rest."""
    said = said_of(line)
    return words(
        ("b", said.head),
        ("", f"“{said.quote}”" if said.quote else ""),
        ("s", f"paragraph {said.paragraph}" if said.paragraph else ""),
        *(("s", f"{name}: {value}") for name, value in said.rest),
    )


def in_a_row(things: Iterable[Spans]) -> Spans:
    """Several things on one line, a semicolon after each but the last."""
    each = [spans for spans in things if spans]
    for spans in each[:-1]:
        spans[-1][1] += ";"
    return [span for spans in each for span in spans]


def number_spans(number: Number) -> Spans:
    """A number under its scheme."""
    literal = f"as printed: {number.literal}" if number.literal else ""
    return (
        words(("s", number.scheme), ("m", number.value), ("s", literal))
        + (moment_spans(number.date) if number.date else [])
        + words(("s", number.note))
    )


def reference_spans(reference: Reference) -> Spans:
    """A reference: its letter, what it cites, and whether it is held."""
    held = {True: "held", False: "not held", None: ""}[reference.held]
    received = {True: "said to be received", False: "said not to be received", None: ""}[reference.received]
    return (
        words(
            ("b", reference.letter),
            ("", reference.literal),
            ("m", reference.number if reference.number != reference.literal else ""),
            ("s", reference.sender),
        )
        + (moment_spans(reference.moment) if reference.moment else [])
        + words(("r" if reference.held is False else "b", held), ("s", received), ("s", reference.note))
    )


def enclosure_spans(enclosure: Enclosure) -> Spans:
    """An enclosure: title, file, kind and size, or that it is not held."""
    held = "named, not held" if enclosure.content is None else f"{len(enclosure.content)} bytes"
    return words(
        ("b", enclosure.title),
        ("m", enclosure.filename),
        ("s", enclosure.media_type),
        ("r" if enclosure.content is None else "s", held),
        ("s", enclosure.note),
    )


def ask_spans(ask: Ask) -> Spans:
    """An ask: what, of whom, until when."""
    due = [span("s", "due"), *moment_spans(ask.due)] if ask.due else []
    paragraph = f"paragraph {ask.paragraph}" if ask.paragraph else ""
    return words(("", ask.literal), ("b", ask.owner)) + due + words(("s", paragraph))


def annotation_spans(annotation: Annotation) -> Spans:
    """An annotation: as printed, how it is read, what it is about."""
    arrow = "→" if annotation.literal and annotation.reading else ""
    return words(
        ("m", annotation.literal),
        ("s", arrow),
        ("", annotation.reading),
        ("s", "inferred" if annotation.inferred else ""),
        ("s", f"about {annotation.about}" if annotation.about else ""),
    )


def signature_words(signature: Signature) -> str:
    """Who stands behind a signature: rank, pseudonym, identity."""
    who = (
        signature.rank,
        f"pseudonym {signature.pseudonym}" if signature.pseudonym else "",
        f"identity {signature.identity}" if signature.identity else "",
    )
    return printable(" · ".join(part for part in who if part))


def onward_spans(onward: Onward) -> Spans:
    """For transmission to whom, and how."""
    return party_spans(onward.to) + words(("s", onward.how))


def precedence_word(precedence: Precedence | None, literal: str = "") -> str:
    """The word for a precedence; as written, when it is none of the six."""
    return literal or (precedence.name if precedence is not None else "")


def mark_spans(mark: Mark, minutes: int | None) -> Spans:
    """One step of a handling chain: who, when as written, and ``minutes`` since the step before."""
    who = ", ".join(part for part in (mark.rank, mark.by, mark.post) if part)
    return words(
        ("", who),
        ("m", mark.moment.literal if mark.moment else ""),
        ("s", "" if mark.moment else "time not written"),
        ("b", f"{minutes}\u00a0min" if minutes is not None else ""),
        ("s", "signed" if mark.signed else ""),
        ("s", mark.note),
    )
