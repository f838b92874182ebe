"""Fields of a sheet, once its lines are sorted out: each label, key and value into the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from reftel.cable import sheet_grammar as grammar
from reftel.cable.dtg import parse_reading, read_moment
from reftel.cable.model import (
    Annotation,
    Ask,
    Block,
    Cable,
    DocketLine,
    Enclosure,
    Mark,
    Moment,
    Number,
    Onward,
    Party,
    Precedence,
    Quotation,
    Reading,
    Reference,
    Signature,
)
from reftel.errors import BadValue, SheetError

_REGISTERED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z", re.ASCII)
_LETTER = re.compile(r"[A-Z]{0,2}")
_EXTRA = re.compile(r"[!-9;-~]{1,76}")
_KINDS = ("action", "onward", "report")
_LONGEST_FILENAME = 255


@dataclass(slots=True)
class Files:
    """Enclosed files by name, and which were asked for; ``None`` when nobody looks at them."""

    given: Mapping[str, bytes] | None
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Entry:
    """One field: its line's number, its label, what stands after the colon, the lines under it."""

    line: int
    label: str
    argument: str
    value: str
    pairs: dict[str, tuple[int, str]]

    def fail(self, sentence: str, *, line: int = 0, mend: str = "") -> NoReturn:
        """Raise ``SheetError`` for this field, or for a line under it."""
        raise SheetError(sentence, line=line or self.line, column=1, mend=mend)

    def text(self, key: str) -> str:
        """Take the value under a key, or the empty string."""
        return self.pairs.pop(key, (0, ""))[1]

    def choice(self, key: str, values: Sequence[str]) -> str:
        """Take the value under a key, which must be one of these when it is there."""
        line, value = self.pairs.pop(key, (0, ""))
        if value and value not in values:
            self.fail(f"{key!r} must be one of these: {', '.join(values)}.", line=line)
        return value

    def yes_or_no(self, key: str) -> bool | None:
        """Take what the value under a key says."""
        value = self.choice(key, ("yes", "no"))
        return value == "yes" if value else None

    def moment(self, key: str) -> Moment | None:
        """Take the time under a key and the reading beside it."""
        if key not in self.pairs and f"{key} reading" not in self.pairs:
            return None
        return self.moment_of(self.text(key), f"{key} reading")

    def moment_of(self, literal: str, key: str) -> Moment:
        """The time of that literal, read as the value under the key says, or as it says itself."""
        if key not in self.pairs:
            return read_moment(literal)
        line, value = self.pairs.pop(key)
        try:
            reading: Reading | None = None if value == "none" else parse_reading(value)
        except BadValue as error:
            self.fail(error.sentence, line=line, mend=error.mend)
        return Moment(literal=literal, reading=reading)


Fields = dict[str, list[Entry]]


def _party(entry: Entry) -> Party:
    found = grammar.PARTY.fullmatch(entry.value)
    place, post = (found["place"] or "", found["post"] or found["bare"]) if found else (entry.value, "")
    if entry.value and ("place" in entry.pairs or "post" in entry.pairs):
        entry.fail("A place or a post stands both beside the label and under it.")
    return Party(
        place=place or entry.text("place"),
        post=post or entry.text("post"),
        office=entry.text("office"),
        person=entry.text("person"),
        place_layer=entry.text("bracket"),
        place_inferred=entry.text("inferred"),
        note=entry.text("note"),
    )


def _precedence(entry: Entry) -> tuple[Precedence | None, str]:
    if entry.value.upper() in Precedence.__members__:
        return Precedence[entry.value.upper()], ""
    word = entry.choice("means", tuple(Precedence.__members__))
    return (Precedence[word] if word else None), entry.value


def _info_precedence(entry: Entry) -> Precedence:
    word = entry.value.upper()
    if word not in Precedence.__members__:
        entry.fail(f"The precedence must be one of {', '.join(Precedence.__members__)}.")
    return Precedence[word]


def _registered(entry: Entry) -> datetime:
    try:
        if not _REGISTERED.fullmatch(entry.value):
            raise ValueError(entry.label)
        return datetime.fromisoformat(entry.value[:-1]).replace(tzinfo=UTC)
    except ValueError:
        entry.fail("That is no registering time.", mend="Leave it out: the office sets it at release.")


def _number(entry: Entry) -> Number:
    return Number(
        scheme=entry.argument,
        value=entry.value,
        literal=entry.text("printed"),
        date=entry.moment("dated"),
        note=entry.text("note"),
    )


def _reference(entry: Entry) -> Reference:
    if not _LETTER.fullmatch(entry.argument):
        entry.fail("A reference has a letter, REF A, or none, REF.")
    return Reference(
        literal=entry.value,
        letter=entry.argument,
        number=entry.text("number"),
        sender=entry.text("from"),
        moment=entry.moment("dated"),
        held=entry.yes_or_no("held"),
        received=entry.yes_or_no("received"),
        note=entry.text("note"),
    )


def _enclosure(entry: Entry, files: Files) -> Enclosure:
    filename = entry.text("file")
    if "/" in filename or "\\" in filename or filename in (".", "..") or len(filename) > _LONGEST_FILENAME:
        entry.fail("A filename is at most 255 characters, with no folder in it.")
    missing = entry.choice("held", ("no",))
    return Enclosure(
        title=entry.value,
        filename=filename,
        media_type=entry.text("type"),
        content=None if missing or not filename else _content(entry, filename, files),
        note=entry.text("note"),
    )


def _content(entry: Entry, name: str, files: Files) -> bytes:
    if files.given is None:
        return b""
    if name not in files.given:
        entry.fail("The file of an ENCLOSURE was not given.", mend="Give it, or write `held: no` under it.")
    files.used.add(name)
    return files.given[name]


def _ask(entry: Entry) -> Ask:
    return Ask(
        literal=entry.value,
        owner=entry.text("of"),
        kind=entry.choice("kind", _KINDS) or "action",
        due=entry.moment("due"),
        paragraph=entry.text("paragraph"),
    )


def _signature(entry: Entry) -> Signature:
    return Signature(
        literal=entry.value,
        pseudonym=entry.text("pseudonym"),
        identity=entry.text("identity"),
        rank=entry.text("rank"),
    )


def _docket_line(entry: Entry) -> DocketLine:
    kind = entry.argument.lower()
    if not grammar.DOCKET_KEY.fullmatch(kind):
        entry.fail("DOCKET takes the kind of an item, such as DOCKET question.", mend=grammar.ESCAPE_MEND)
    paragraph = entry.text("paragraph")
    fields = tuple((name, value) for name, (_, value) in entry.pairs.items())
    entry.pairs.clear()
    return DocketLine(kind=kind, paragraph=paragraph, quote=entry.value, fields=fields)


def _mark(entry: Entry) -> Mark:
    return Mark(
        event=entry.value,
        by=entry.text("by"),
        rank=entry.text("rank"),
        post=entry.text("post"),
        moment=entry.moment("at"),
        signed=bool(entry.choice("signed", ("yes",))),
        note=entry.text("note"),
    )


def _annotation(entry: Entry) -> Annotation:
    if entry.argument not in grammar.LAYERS:
        entry.fail(f"The layer must be one of these: {', '.join(grammar.LAYERS)}.", mend=grammar.ESCAPE_MEND)
    return Annotation(
        layer=entry.argument,
        literal=entry.value,
        reading=entry.text("reading"),
        about=entry.text("about"),
        inferred=bool(entry.choice("inferred", ("yes",))),
    )


def _extra(entry: Entry) -> tuple[str, str]:
    if not _EXTRA.fullmatch(entry.argument):
        entry.fail("EXTRA takes the name of a header field.", mend=grammar.ESCAPE_MEND)
    return entry.argument, entry.value


def build_cable(fields: Fields, blocks: tuple[Block, ...], files: Files) -> Cable:
    """The cable of these fields and blocks; raises ``SheetError`` for a line that says nothing of it."""

    def each(label: str) -> list[Entry]:
        return fields.get(label, [])

    def value(label: str) -> str:
        return fields[label][0].value if label in fields else ""

    precedence, literal = _precedence(each("PRECEDENCE")[0]) if each("PRECEDENCE") else (None, "")
    onward = [Onward(how=entry.text("how"), to=_party(entry)) for entry in each("ONWARD")]
    cable = Cable(
        kind=value("KIND"),
        numbers=tuple(_number(entry) for entry in each("NUMBER")),
        precedence=precedence,
        precedence_literal=literal,
        info_precedence=next((_info_precedence(entry) for entry in each("INFO PRECEDENCE")), None),
        classification=value("CLASSIFICATION"),
        captions=tuple(entry.value for entry in each("CAPTION")),
        moment=next((entry.moment_of(entry.value, "reading") for entry in each("DATED")), None),
        registered=next((_registered(entry) for entry in each("REGISTERED")), None),
        sender=next((_party(entry) for entry in each("FROM")), Party()),
        to=tuple(_party(entry) for entry in each("TO")),
        info=tuple(_party(entry) for entry in each("INFO")),
        onward=next(iter(onward), None),
        subject=value("SUBJECT"),
        references=tuple(_reference(entry) for entry in each("REF")),
        enclosures=tuple(_enclosure(entry, files) for entry in each("ENCLOSURE")),
        asks=tuple(_ask(entry) for entry in each("ASK")),
        blocks=blocks,
        signature=next((_signature(entry) for entry in each("SIGNED")), None),
        docket=tuple(_docket_line(entry) for entry in each("DOCKET")),
        marks=tuple(_mark(entry) for entry in each("MARK")),
        annotations=tuple(_annotation(entry) for entry in each("NOTE")),
        extra=tuple(_extra(entry) for entry in each("EXTRA")),
    )
    _see_all_used(fields)
    return cable


def _see_all_used(fields: Fields) -> None:
    for entry in (entry for entries in fields.values() for entry in entries):
        for key, (line, _) in entry.pairs.items():
            entry.fail(f"{key!r} does not stand under {entry.label}.", line=line)


def build_quotation(fields: Fields, blocks: tuple[Block, ...]) -> Quotation:
    """The quotation of these blocks with the signature and date under it."""
    signed = [_signature(entry) for entry in fields.get("SIGNED", [])]
    dated = [entry.moment_of(entry.value, "reading") for entry in fields.get("DATED", [])]
    _see_all_used(fields)
    return Quotation(blocks=blocks, signature=next(iter(signed), None), dated=next(iter(dated), None))
