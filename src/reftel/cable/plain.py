"""The plain form: a cable as nested dicts, lists, strings, integers and booleans, ready for JSON.

Every ``--json`` prints it, and the ``Reftel-`` fields of the Internet form hold pieces of it. A
thing that stands at its default is left out; keys stand in alphabetical order. Bytes are base64
with padding, times ISO 8601, precedences the lower-case words of RFC 6477.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from json import JSONEncoder
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from typing import Any, Generic, TypeVar

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
from reftel.errors import BadValue, FormatError

Thing = TypeVar("Thing")
Codec = tuple[Callable[[Any], Any] | None, Callable[[Any], Any], Callable[[Any], str]]
"""How one field is dumped (``None``: as it is), loaded, and written as JSON at once."""

_compact = JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

MAX_DEPTH = 16
"""How deep telegrams are carried one in another, and quotations in one telegram."""


class Shape(Generic[Thing]):
    """How the instances of one dataclass stand in the plain form.

    ``codecs`` has an entry for each field that goes in; fields not named are not written.
    """

    def __init__(self, kind: type[Thing], codecs: dict[str, Codec]) -> None:
        names = sorted(codecs)
        defaults = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
        self.kind = kind
        self._values = attrgetter(*names)
        self._dumps = tuple((name, defaults[name], codecs[name][0]) for name in names)
        self._texts = tuple((f'"{name}":', defaults[name], codecs[name][2]) for name in names)
        self._loads = {name: codecs[name][1] for name in names}
        self._only_texts = all(load is load_text for load in self._loads.values())
        self._required = frozenset(name for name in names if defaults[name] is MISSING)

    def dump(self, thing: Thing) -> dict[str, Any]:
        """The plain form of ``thing``."""
        plain = {}
        for (name, default, dump), value in zip(self._dumps, self._values(thing), strict=True):
            if value != default:
                plain[name] = value if dump is None else dump(value)
        return plain

    def text(self, thing: Thing) -> str:
        """The plain form of ``thing`` as JSON without spaces, other characters than ASCII as they are."""
        pairs = [
            name + text(value)
            for (name, default, text), value in zip(self._texts, self._values(thing), strict=True)
            if value != default
        ]
        return "{" + ",".join(pairs) + "}"

    def arguments(self, plain: object) -> dict[str, Any]:
        """The constructor's arguments from a plain form; ``FormatError`` when it is not one."""
        if type(plain) is not dict:
            raise FormatError(f"a {self.kind.__name__.lower()} in the plain form is an object")
        loads = self._loads
        if not (plain.keys() <= loads.keys() and plain.keys() >= self._required):
            raise FormatError(f"a {self.kind.__name__.lower()} has other fields than these")
        if self._only_texts:
            for value in plain.values():
                load_text(value)
            return plain
        return {name: loads[name](value) for name, value in plain.items()}

    def load(self, plain: object) -> Thing:
        """The thing whose plain form this is; ``FormatError`` when it is none."""
        return self.kind(**self.arguments(plain))


def load_text(value: object) -> str:
    """``value`` if it is a string; ``FormatError`` if not."""
    if type(value) is not str:
        raise FormatError("a string is expected in the plain form")
    return value


def _load_flag(value: object) -> bool:
    if type(value) is not bool:
        raise FormatError("true or false is expected in the plain form")
    return value


def _load_zone(value: object) -> int:
    if type(value) is not int or abs(value) >= 24 * 60:
        raise FormatError("a zone is less than a day, in minutes")
    return value


def _load_local(value: object) -> datetime:
    try:
        local = datetime.fromisoformat(load_text(value))
    except ValueError as error:
        raise FormatError("a local time is in ISO 8601") from error
    if local.tzinfo is not None:
        raise FormatError("a local time has no zone of its own")
    return local


def dump_registered(at: datetime) -> str:
    """An aware time in UTC as ``2026-10-18T05:30:00.123456Z``; ``BadValue`` in another zone."""
    if at.tzinfo is not UTC and at.utcoffset() != UTC.utcoffset(None):
        raise BadValue("the registering clock is in UTC")
    return at.replace(tzinfo=None).isoformat() + "Z"


def load_registered(value: object) -> datetime:
    """The inverse of :func:`dump_registered`; ``FormatError`` for anything else."""
    text = load_text(value)
    if not text.endswith("Z"):
        raise FormatError("the registering clock is in UTC, marked Z")
    return _load_local(text[:-1]).replace(tzinfo=UTC)


def _dump_bytes(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _load_bytes(value: object) -> bytes:
    try:
        return base64.b64decode(load_text(value), validate=True)
    except ValueError as error:
        raise FormatError("bytes are in base64 with padding") from error


def _dump_precedence(precedence: Precedence) -> str:
    return precedence.name.lower()


_PRECEDENCES = {precedence.name.lower(): precedence for precedence in Precedence}
_PRECISIONS = {precision.value: precision for precision in Precision}


def _load_precedence(value: object) -> Precedence:
    precedence = _PRECEDENCES.get(load_text(value))
    if precedence is None:
        raise FormatError("a precedence is one of the six words")
    return precedence


def _load_precision(value: object) -> Precision:
    precision = _PRECISIONS.get(load_text(value))
    if precision is None:
        raise FormatError("a precision is minute, hour, day, month or year")
    return precision


def many(shape: Shape[Any]) -> Codec:
    """The codec of a tuple of things of one shape."""

    def load(value: object) -> tuple[Any, ...]:
        return tuple(map(shape.load, load_list(value)))

    def text(things: tuple[Any, ...]) -> str:
        return "[" + ",".join(map(shape.text, things)) + "]"

    return (lambda things: list(map(shape.dump, things))), load, text


def load_list(value: object) -> list[Any]:
    """``value`` if it is a list; ``FormatError`` if not."""
    if type(value) is not list:
        raise FormatError("a list is expected in the plain form")
    return value


def load_texts(value: object) -> tuple[str, ...]:
    """A tuple of strings; ``FormatError`` for anything but a list of them."""
    return tuple(map(load_text, load_list(value)))


def _dump_pairs(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [list(pair) for pair in pairs]


def _load_pairs(value: object) -> tuple[tuple[str, str], ...]:
    pairs = tuple(map(load_texts, load_list(value)))
    if any(len(pair) != 2 for pair in pairs):
        raise FormatError("a field in a list of fields is a name and a value")
    return tuple((name, text) for name, text in pairs)


def one(shape: Shape[Any]) -> Codec:
    """The codec of one thing of that shape."""
    return shape.dump, shape.load, shape.text


def _text_of_texts(texts: tuple[str, ...]) -> str:
    return "[" + ",".join(map(quoted, texts)) + "]"


def _codec(dump: Callable[[Any], Any], load: Callable[[Any], Any]) -> Codec:
    def text(value: Any) -> str:
        return _compact(dump(value))

    return dump, load, text


TEXT: Codec = (None, load_text, quoted)
TEXTS: Codec = (list, load_texts, _text_of_texts)
_PRECEDENCE = _codec(_dump_precedence, _load_precedence)
_BYTES = _codec(_dump_bytes, _load_bytes)
_PAIRS = _codec(_dump_pairs, _load_pairs)
_FLAG: Codec = (None, _load_flag, {False: "false", True: "true"}.__getitem__)


def _texts(*names: str) -> dict[str, Codec]:
    return dict.fromkeys(names, TEXT)


def _local_text(local: datetime) -> str:
    return f'"{local.isoformat()}"'


READING = Shape(
    Reading,
    {
        "local": (datetime.isoformat, _load_local, _local_text),
        "precision": (attrgetter("value"), _load_precision, quoted),
        "zone": (None, _load_zone, str),
        "inferred": _FLAG,
    },
)
MOMENT = Shape(Moment, {**_texts("literal"), "reading": one(READING)})
NUMBER = Shape(Number, {**_texts("scheme", "value", "literal", "note"), "date": one(MOMENT)})
PARTY = Shape(Party, _texts("post", "place", "place_layer", "place_inferred", "office", "person", "note"))
SIGNATURE = Shape(Signature, _texts("literal", "pseudonym", "identity", "rank"))
ONWARD = Shape(Onward, {**_texts("how"), "to": one(PARTY)})
REFERENCE = Shape(
    Reference,
    {
        **_texts("literal", "letter", "number", "sender", "note"),
        "moment": one(MOMENT),
        "held": _FLAG,
        "received": _FLAG,
    },
)
ASK = Shape(Ask, {**_texts("owner", "literal", "kind", "paragraph"), "due": one(MOMENT)})
_ENCLOSURE_TEXTS = _texts("title", "filename", "media_type", "note")
ENCLOSURE = Shape(Enclosure, {**_ENCLOSURE_TEXTS, "content": _BYTES})
ENCLOSURE_NAMED = Shape(Enclosure, _ENCLOSURE_TEXTS)
"""An enclosure without its content."""
ANNOTATION = Shape(Annotation, {**_texts("layer", "literal", "reading", "about"), "inferred": _FLAG})
MARK = Shape(Mark, {**_texts("event", "by", "rank", "post", "note"), "moment": one(MOMENT), "signed": _FLAG})
DOCKET_LINE = Shape(DocketLine, {**_texts("kind", "paragraph", "quote"), "fields": _PAIRS})
PARAGRAPH = Shape(Paragraph, _texts("text", "number", "series", "portion"))
MARGIN = Shape(Paragraph, _texts("number", "series", "portion"))
"""A paragraph without its text."""


def _dump_block(block: Block) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return PARAGRAPH.dump(block)
    if isinstance(block, Quotation):
        return _QUOTATION.dump(block)
    return _CARRIED.dump(block)


def _dump_blocks(blocks: tuple[Block, ...]) -> list[dict[str, Any]]:
    return list(map(_dump_block, blocks))


def _load_block(plain: object) -> Block:
    if type(plain) is dict and "blocks" in plain:
        return _QUOTATION.load(plain)
    if type(plain) is dict and "cable" in plain:
        return _CARRIED.load(plain)
    return PARAGRAPH.load(plain)


def _load_blocks(value: object) -> tuple[Block, ...]:
    return tuple(map(_load_block, load_list(value)))


def to_plain(cable: Cable) -> dict[str, Any]:
    """The whole cable in the plain form: exactly what :func:`from_plain` takes back."""
    return _CABLE.dump(cable)


def _load_cable(plain: object) -> Cable:
    return _CABLE.load(plain)


def from_plain(plain: object) -> Cable:
    """The cable whose plain form this is.

    Raises ``FormatError`` for anything else: an unknown or missing field, a wrong type, a nesting
    that is too deep to follow.
    """
    try:
        return _load_cable(plain)
    except RecursionError as error:
        raise FormatError("the plain form is nested too deep") from error


_QUOTATION = Shape(
    Quotation,
    {"blocks": _codec(_dump_blocks, _load_blocks), "signature": one(SIGNATURE), "dated": one(MOMENT)},
)
_CARRIED = Shape(Carried, {"cable": _codec(to_plain, _load_cable), "original": _BYTES, "proof": _BYTES})
_CABLE: Shape[Cable] = Shape(
    Cable,
    {
        **_texts("kind", "precedence_literal", "classification", "subject"),
        "sender": one(PARTY),
        "to": many(PARTY),
        "info": many(PARTY),
        "blocks": _codec(_dump_blocks, _load_blocks),
        "numbers": many(NUMBER),
        "precedence": _PRECEDENCE,
        "info_precedence": _PRECEDENCE,
        "captions": TEXTS,
        "moment": one(MOMENT),
        "registered": _codec(dump_registered, load_registered),
        "onward": one(ONWARD),
        "references": many(REFERENCE),
        "asks": many(ASK),
        "enclosures": many(ENCLOSURE),
        "signature": one(SIGNATURE),
        "marks": many(MARK),
        "docket": many(DOCKET_LINE),
        "annotations": many(ANNOTATION),
        "extra": _PAIRS,
    },
)
