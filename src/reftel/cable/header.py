"""The header of the Internet form: the exact fields, their order, and what is read of them.

One table says which piece of the cable stands in which field. What any mail program shows is
derived in :mod:`reftel.cable.mailhead`; between them they are all the fields that Reftel knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecoder, JSONEncoder
from operator import attrgetter
from typing import Any

from reftel.cable import mailhead, plain
from reftel.cable.characters import find_hostile
from reftel.cable.model import Cable, Enclosure, Precedence
from reftel.cable.plain import Codec
from reftel.errors import BadValue, FormatError

_VERSION = "Reftel-Version: 1"
EIGHT_BIT = "Content-Transfer-Encoding: 8bit"
_FIELD_NAME = re.compile(r"[!-9;-~]{1,64}").fullmatch

_ascii_json = JSONEncoder(separators=(",", ":")).encode
_parse_json = JSONDecoder().raw_decode
_PRECEDENCES = {str(precedence.value): precedence for precedence in Precedence}


def _loads(load: Callable[[Any], Any]) -> Callable[[str], Any]:
    """A reader of one field's JSON. What may stand after it, the comparison with ours refuses."""

    def read_value(value: str) -> Any:
        return load(_parse_json(value)[0])

    return read_value


def _load_precedence(value: str) -> Precedence:
    precedence = _PRECEDENCES.get(value)
    if precedence is None:
        raise FormatError("a precedence is one of the numbers 0 to 5")
    return precedence


_EXACT: tuple[tuple[str, str, Codec], ...] = (
    ("Reftel-Kind", "kind", plain.TEXT),
    ("Reftel-Numbers", "numbers", plain.many(plain.NUMBER)),
    ("Reftel-Precedence", "precedence_literal", plain.TEXT),
    ("Reftel-Classification", "classification", plain.TEXT),
    ("Reftel-Captions", "captions", plain.TEXTS),
    ("Reftel-DTG", "moment", plain.one(plain.MOMENT)),
    ("Reftel-From", "sender", plain.one(plain.PARTY)),
    ("Reftel-To", "to", plain.many(plain.PARTY)),
    ("Reftel-Info", "info", plain.many(plain.PARTY)),
    ("Reftel-Onward", "onward", plain.one(plain.ONWARD)),
    ("Reftel-References", "references", plain.many(plain.REFERENCE)),
    ("Reftel-Asks", "asks", plain.many(plain.ASK)),
    ("Reftel-Signature", "signature", plain.one(plain.SIGNATURE)),
    ("Reftel-Marks", "marks", plain.many(plain.MARK)),
    ("Reftel-Docket", "docket", plain.many(plain.DOCKET_LINE)),
    ("Reftel-Annotations", "annotations", plain.many(plain.ANNOTATION)),
)
"""The fields that hold a piece of the cable as JSON: name, attribute, codec; in their order."""
_exact_values = attrgetter(*(attribute for _, attribute, _ in _EXACT))

READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    **{name: (attribute, _loads(load)) for name, attribute, (_, load, _) in _EXACT},
    "Subject": ("subject", mailhead.read_subject),
    "MMHS-Primary-Precedence": ("precedence", _load_precedence),
    "MMHS-Copy-Precedence": ("info_precedence", _load_precedence),
    "Reftel-Registered": ("registered", plain.load_registered),
    "Reftel-Enclosures": ("enclosures", _loads(plain.load_list)),
    "Reftel-Text": ("blocks", _loads(plain.load_list)),
    "Content-Type": ("", str),
}
"""What is read: from each field name its attribute and reader."""
_DERIVED = frozenset(
    {
        "Reftel-Version",
        "Date",
        "From",
        "To",
        "Cc",
        "Message-ID",
        "MMHS-Extended-Authorisation-Info",
        "MMHS-Handling-Instructions",
        "MMHS-Originator-Reference",
        "MIME-Version",
        "Content-Transfer-Encoding",
    }
)
OUR_FIELDS = frozenset(name.lower() for name in (*READERS, *_DERIVED))
"""The names, in lower case, of the header fields that this version knows."""


def _field(name: str, text: str) -> str:
    """A field of JSON, in ASCII and folded; ``BadValue`` for what may not stand in a cable."""
    if "\\" in text and "\\" in text.replace("\\\\", "").replace('\\"', ""):
        raise BadValue(f"{name} holds a line break or a control character")
    if not text.isascii() or "\x7f" in text:
        if find_hostile(text) is not None:
            raise BadValue(f"{name} holds a character that may not stand in a cable")
        text = _ascii_json(_parse_json(text)[0])
    return f"{name}: {mailhead.fold(text)}"


def is_field_name(name: str) -> bool:
    """Whether a header field may have this name (RFC 5322, section 3.6.8, at most 64 characters)."""
    return _FIELD_NAME(name) is not None


def _refuse_hostile(name: str, text: str) -> None:
    if not (text.isascii() and text.isprintable()) and ("\n" in text or find_hostile(text) is not None):
        raise BadValue(f"{name} holds a character that may not stand in a cable")


def write_header(cable: Cable, structure: str, content_type: str) -> bytes:
    """The header, its fields in their one order, and the empty line after it.

    ``structure`` is the JSON of the blocks without their texts, ``content_type`` the whole field.
    Raises ``BadValue`` for what may not stand in a cable.
    """
    _refuse_hostile("Subject", cable.subject)
    lines = [_VERSION, *mailhead.derived_fields(cable)]
    add = lines.append
    if cable.registered:
        add("Reftel-Registered: " + plain.dump_registered(cable.registered))
    for (name, _, (_, _, text)), value in zip(_EXACT, _exact_values(cable), strict=True):
        if value:
            add(_field(name, text(value)))
    if cable.enclosures:
        add(_field("Reftel-Enclosures", "[" + ",".join(map(_enclosure_text, cable.enclosures)) + "]"))
    if cable.blocks:
        add(_field("Reftel-Text", structure))
    lines += ("MIME-Version: 1.0", content_type, EIGHT_BIT)
    for name, value in cable.extra:
        if not is_field_name(name) or name.lower() in OUR_FIELDS:
            raise BadValue("an extra header field has a name that cannot be written or is one of ours")
        _refuse_hostile(name, value)
        if value != value.strip():
            raise BadValue(f"the extra header field {name} begins or ends in a space")
        add(f"{name}: {mailhead.unknown(value)}")
    lines += ("", "")
    return "\r\n".join(lines).encode("ascii")


def _enclosure_text(enclosure: Enclosure) -> str:
    """An enclosure without its content; ``held`` says that a part has that."""
    named = plain.ENCLOSURE_NAMED.text(enclosure)
    return named if enclosure.content is None else named[:-1] + ',"held":true}'


def split_header(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The cable's attributes by name as the header has them, and the body.

    The ``Content-Type`` stands under the empty name; ``blocks`` and ``enclosures`` are still JSON.
    Raises ``FormatError``, or ``ValueError`` where the bytes are not ASCII or not JSON.
    """
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise FormatError("the header does not end")
    attributes: dict[str, Any] = {}
    extra: list[tuple[str, str]] = []
    for line in head.decode("ascii").replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(": ")
        reader = READERS.get(name)
        if reader is not None:
            attributes[reader[0]] = reader[1](value)
        elif name not in _DERIVED:
            extra.append((name, mailhead.read_unknown(value)))
    attributes["extra"] = tuple(extra)
    return attributes, body
