"""Whole cables for property tests: every one can be written on a sheet and read back.

The rules they keep: strings are one line without hostile characters or outer blanks (only a
paragraph's text has line breaks, between lines that are not empty and have no blanks at their
end); an enclosure that is held has a filename, and one filename means one content throughout.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from reftel.cable.characters import find_hostile
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
    Onward,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Quotation,
    Reading,
    Reference,
    Signature,
)

T = TypeVar("T")
LAYERS = (
    "supplied words",
    "identification",
    "place",
    "physical",
    "expansion",
    "archive note",
    "garble",
    "misprint",
    "artefact",
    "letterhead",
    "marking",
    "reading",
)
LETTERS = "abcXYZ 0123:;,.-–—'\"“”«»\\|/[](){}<>=#*_&%$№Nº°ТсвязьÅéßğ中文한국어اب👍\u0301\u200d\u3000"
NASTY = (
    "TO: BEIJING",
    "To : x",
    "SIGNED: x",
    "signed: x",
    "NOTE physical: x",
    "MARK: received",
    "EXTRA Reftel-X: 1",
    "QUOTE",
    "unquote",
    "TELEGRAM BEGINS",
    "TELEGRAM ENDS",
    "PROOF: attached",
    "1. A",
    "1.",
    "a. b",
    "2522. Immediately",
    "[further] 1. x",
    "(S) x",
    "(S//NF) x",
    "\\",
    "\\QUOTE",
    "none",
    "yes",
    "reading: none",
    "IMMEDIATE",
    "beijing.example",
    "X <beijing.example>",
    "<beijing.example>",
    "2400 10 July 1951",
    "7/XII-50",
    "G. Т",
    "No 254/3612/shs",
    "From nobody",
    ".",
    "=20",
    "--",
)


def _trim(text: str) -> str:
    return text.strip()


lines = st.one_of(
    st.sampled_from(NASTY),
    st.text(alphabet=LETTERS, min_size=1, max_size=16).map(_trim).filter(bool),
)
"""One line of text, never empty."""
maybe = st.one_of(st.just(""), lines)
"""One line of text, or the empty string."""
characters = st.characters(exclude_categories=["Cs"]).filter(lambda c: find_hostile(c) is None and c != "\n")
names = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
origins = st.builds("{}.example".format, names)
more_lines = st.builds(lambda blanks, text: " " * blanks + text, st.integers(0, 3), lines)
texts = st.builds(
    lambda first, rest: "\n".join([first, *rest]),
    st.one_of(lines, st.text(alphabet=characters, min_size=1, max_size=8).map(_trim).filter(bool)),
    st.lists(more_lines, max_size=2),
)
"""The text of a paragraph."""


def _reading(local: datetime, precision: Precision, zone: int | None, inferred: bool) -> Reading:
    local = local.replace(second=0, microsecond=0)
    if precision != Precision.MINUTE:
        local = local.replace(minute=0)
    if precision in (Precision.DAY, Precision.MONTH, Precision.YEAR):
        local = local.replace(hour=0)
    if precision in (Precision.MONTH, Precision.YEAR):
        local = local.replace(day=1)
    if precision == Precision.YEAR:
        local = local.replace(month=1)
    return Reading(local=local, precision=precision, zone=zone, inferred=inferred)


readings = st.builds(
    _reading,
    st.datetimes(min_value=datetime.min.replace(year=1900), max_value=datetime.max.replace(year=2100)),
    st.sampled_from(Precision),
    st.one_of(st.none(), st.just(0), st.integers(-720, 840)),
    st.booleans(),
)
moments = st.one_of(
    st.builds(Moment, literal=lines, reading=st.one_of(st.none(), readings)),
    st.builds(Moment, literal=st.just(""), reading=readings),
)
maybe_moment = st.one_of(st.none(), moments)
parties = st.builds(
    Party,
    post=st.one_of(st.just(""), origins),
    place=maybe,
    place_layer=maybe,
    place_inferred=maybe,
    office=maybe,
    person=maybe,
    note=maybe,
).filter(lambda party: party != Party())
numbers = st.builds(
    Number,
    scheme=st.one_of(st.sampled_from(["MRN", "cable", "series", "incoming number at the IV Unit"]), names),
    value=lines,
    literal=maybe,
    date=maybe_moment,
    note=maybe,
)
signatures = st.builds(Signature, literal=lines, pseudonym=maybe, identity=maybe, rank=maybe)
references = st.builds(
    Reference,
    literal=lines,
    letter=st.one_of(st.just(""), st.sampled_from("ABZ")),
    number=maybe,
    sender=maybe,
    moment=maybe_moment,
    held=st.sampled_from([None, True, False]),
    received=st.sampled_from([None, True, False]),
    note=maybe,
)
asks = st.builds(
    Ask,
    owner=lines,
    literal=lines,
    kind=st.sampled_from(["action", "onward", "report"]),
    due=maybe_moment,
    paragraph=st.sampled_from(["", "1", "further-1", "u3", "q1.2"]),
)
marks = st.builds(
    Mark,
    event=lines,
    by=maybe,
    rank=maybe,
    post=maybe,
    moment=maybe_moment,
    signed=st.booleans(),
    note=maybe,
)
notes = st.builds(
    Annotation,
    layer=st.sampled_from(LAYERS),
    literal=maybe,
    reading=maybe,
    about=maybe,
    inferred=st.booleans(),
).filter(lambda note: note != Annotation(layer=note.layer))


_DOCKET_NAMES = st.sampled_from(["to", "issue", "not for", "how", "about", "a new field"])
docket_lines = st.builds(
    DocketLine,
    kind=st.sampled_from(["question", "answer", "instruction", "later kind"]),
    paragraph=st.sampled_from(["", "1", "further-1", "u3", "q1.2"]),
    quote=maybe,
    fields=st.dictionaries(_DOCKET_NAMES, lines, max_size=3).map(lambda fields: tuple(fields.items())),
).filter(lambda line: bool(line.quote or line.paragraph or line.fields))


def _enclosure(title: str, name: str, media_type: str, held: bool, note: str) -> Enclosure:
    content = b"\x00content of " + name.encode() if held and name else None
    return Enclosure(title=title, filename=name, media_type=media_type, content=content, note=note)


enclosures = st.builds(
    _enclosure,
    lines,
    st.one_of(st.just(""), st.builds("{}.bin".format, names)),
    st.sampled_from(["", "application/pdf", "text/plain"]),
    st.booleans(),
    maybe,
)
extras = st.tuples(st.builds("Reftel-X-{}".format, names), lines)
paragraphs = st.one_of(
    st.builds(Paragraph, text=texts),
    st.builds(
        Paragraph,
        text=texts,
        number=st.one_of(st.integers(1, 9999).map(str), st.sampled_from(["a", "B", "iv", "II", "2.1", "3a"])),
        series=st.sampled_from(["", "", "further"]),
        portion=st.sampled_from(["", "U", "C", "S//NF"]),
    ),
    st.builds(Paragraph, text=texts, portion=st.sampled_from(["TS", "R-UE"])),
)


def _tuples(items: st.SearchStrategy[T], most: int = 2) -> st.SearchStrategy[tuple[T, ...]]:
    return st.one_of(st.just(()), st.lists(items, max_size=most).map(tuple))


def blocks(depth: int) -> st.SearchStrategy[tuple[Block, ...]]:
    """Blocks of text; quotations and carried telegrams nest at most ``depth`` deep."""
    kinds: list[st.SearchStrategy[Block]] = [paragraphs, paragraphs]
    if depth:
        kinds.append(st.builds(Carried, cable=cables(depth - 1)))
        kinds.append(
            st.builds(
                Quotation,
                blocks=blocks(depth - 1).filter(bool),
                signature=st.one_of(st.none(), signatures),
                dated=maybe_moment,
            )
        )
    return st.lists(st.one_of(*kinds), max_size=3).map(tuple)


def _cable(urgency: tuple[Precedence | None, str], **fields: object) -> Cable:
    return Cable(precedence=urgency[0], precedence_literal=urgency[1], **fields)  # type: ignore[arg-type]


def cables(depth: int = 2) -> st.SearchStrategy[Cable]:
    """Whole cables, every field of the model in use."""
    words = tuple(word.name for word in Precedence)
    return st.builds(
        _cable,
        st.one_of(
            st.tuples(st.sampled_from([None, *Precedence]), st.just("")),
            st.tuples(
                st.sampled_from([None, *Precedence]), lines.filter(lambda text: text.upper() not in words)
            ),
        ),
        sender=st.one_of(st.just(Party()), parties),
        to=st.lists(parties, min_size=1, max_size=2).map(tuple),
        blocks=blocks(depth),
        kind=maybe,
        numbers=_tuples(numbers),
        info_precedence=st.sampled_from([None, *Precedence]),
        classification=maybe,
        captions=_tuples(lines),
        moment=maybe_moment,
        registered=st.one_of(
            st.none(),
            st.datetimes(min_value=datetime.min.replace(year=1970), timezones=st.just(UTC)),
        ),
        info=_tuples(parties),
        onward=st.one_of(st.none(), st.builds(Onward, to=parties, how=maybe)),
        subject=maybe,
        references=_tuples(references),
        asks=_tuples(asks),
        enclosures=_tuples(enclosures),
        signature=st.one_of(st.none(), signatures),
        marks=_tuples(marks),
        docket=_tuples(docket_lines),
        annotations=_tuples(notes),
        extra=_tuples(extras),
    )


def held_files(cable: Cable) -> dict[str, bytes]:
    """Every file that a cable or a telegram inside it encloses, by filename."""
    found = {e.filename: e.content for e in cable.enclosures if e.content is not None}

    def walk(inner: tuple[Block, ...]) -> None:
        for block in inner:
            if isinstance(block, Carried):
                found.update(held_files(block.cable))
            elif isinstance(block, Quotation):
                walk(block.blocks)

    walk(cable.blocks)
    return found
