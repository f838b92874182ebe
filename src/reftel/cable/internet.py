"""The Internet form: one cable as RFC 5322 bytes, one cable having exactly one such form.

These bytes are what a post registers, commits to, seals and forwards. Rules kept here:

1. ``read(data)`` succeeds if and only if ``write(read(data)) == data``. The reader takes the exact
   fields and the text, writes the cable again and compares; so nothing that a mail program shows
   can say other than what Reftel read.
2. Every field of the model stands in a ``Reftel-`` field, an exact ``MMHS-`` field or the text.
   The rest of the header is derived (:mod:`reftel.cable.mailhead`) and never read.
3. A telegram that was carried with proof stands in it byte for byte.
4. A header field that this version does not know is kept, after all those that it knows.

The grammar is in docs/spec/cable-internet.md.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import a2b_base64
from collections.abc import Callable, Iterator
from json import JSONDecoder, JSONEncoder
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from reftel.cable import mailhead, plain
from reftel.cable.characters import find_hostile
from reftel.cable.flowed import flow, unflow
from reftel.cable.model import Block, Cable, Carried, Enclosure, Paragraph, Precedence, Quotation
from reftel.cable.plain import MAX_DEPTH, Codec
from reftel.errors import BadValue, FormatError, NotCanonical

MAX_BYTES = 16 * 1024 * 1024
"""The longest cable, whole, in bytes."""
MAX_PARTS = 2000
"""The most parts, those of carried telegrams counted in."""
MAX_FILENAME = 255
"""The longest filename of an enclosure, in octets of UTF-8."""
_VERSION = "Reftel-Version: 1"
_FLOWED = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes"
_EIGHT_BIT = "Content-Transfer-Encoding: 8bit"
_TEXT_HEAD = f"{_FLOWED}\r\n{_EIGHT_BIT}\r\n\r\n".encode()
_CARRIED_HEAD = f"Content-Type: message/rfc822\r\n{_EIGHT_BIT}\r\n\r\n".encode()
_PROOF_HEAD = b"Content-Type: application/vnd.reftel.proof\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_BOUNDARY = re.compile(rb"=_reftel_([0-9]{6})_=")
_CONTROLS = bytes(set(range(32)) - {10}) + b"\x7f"
_FIELD_NAME = re.compile(r"[!-9;-~]{1,64}").fullmatch
_MEDIA_TYPE = re.compile(
    r"(?!multipart/|message/)[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"
).fullmatch
_FOLDERS = re.compile(r"[/\\]|\A\.{0,2}\Z").search

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


def write(cable: Cable) -> bytes:
    """The canonical bytes of a cable.

    Raises ``BadValue`` for a cable that has no such form: characters that may not stand in a
    cable, a field of more than one line, an empty paragraph, a carried telegram whose original
    bytes are not its own, too many parts, too deep or too long.
    """
    data = _write(cable, 1)
    if len(data) > MAX_BYTES:
        raise BadValue(f"the cable is longer than {MAX_BYTES} bytes")
    if data.count(b"\r\n--=_reftel_") > MAX_PARTS:
        raise BadValue(f"the cable has more than {MAX_PARTS} parts")
    return data


def read(data: bytes) -> Cable:
    """The cable of which these are the canonical bytes.

    Raises ``NotCanonical`` for any other bytes.
    """
    if len(data) > MAX_BYTES:
        raise NotCanonical(f"the message is longer than {MAX_BYTES} bytes")
    if data.count(b"\r\n--=_reftel_") > MAX_PARTS:
        raise NotCanonical(f"the message has more than {MAX_PARTS} parts")
    try:
        cable = _read(data, 1)
        same = write(cable) == data
    except (FormatError, BadValue) as error:
        raise NotCanonical(f"the message is not in the canonical form: {error.sentence}") from error
    except (ValueError, RecursionError) as error:
        raise NotCanonical("the message is not in the canonical form") from error
    if not same:
        raise NotCanonical("the message says the same as its canonical form, in other bytes")
    return cable


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


def _head(cable: Cable, structure: str, content_type: str) -> bytes:
    """The header, its fields in their one order, and the empty line after it."""
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
    lines += ("MIME-Version: 1.0", content_type, _EIGHT_BIT)
    for name, value in cable.extra:
        if not is_field_name(name) or name.lower() in OUR_FIELDS:
            raise BadValue("an extra header field has a name that cannot be written or is one of ours")
        _refuse_hostile(name, value)
        if value != value.strip():
            raise BadValue(f"the extra header field {name} begins or ends in a space")
        add(f"{name}: {mailhead.unknown(value)}")
    lines += ("", "")
    return "\r\n".join(lines).encode("ascii")


class _Body:
    """The text and the carried telegrams of one cable, gathered in order."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.parts: list[bytes] = []
        self.chunks: list[str] = []

    def blocks(self, blocks: tuple[Block, ...], quoted: int) -> str:
        """Gather blocks; return their structure as JSON, the texts left out."""
        structure = []
        for block in blocks:
            if isinstance(block, Paragraph):
                if not block.text:
                    raise BadValue("a paragraph is empty")
                margin = _margin(block.number, block.portion)
                self.chunks.append(flow(margin + block.text, quoted))
                structure.append(plain.MARGIN.text(block) if margin or block.series else "{}")
            elif isinstance(block, Carried):
                self.end_text()
                self.carried(block)
                structure.append('"carried"')
            else:
                structure.append(self.quotation(block, quoted + 1))
        return "[" + ",".join(structure) + "]"

    def quotation(self, block: Quotation, quoted: int) -> str:
        if quoted > MAX_DEPTH:
            raise BadValue(f"quotations are nested more than {MAX_DEPTH} deep")
        structure = '{"blocks":' + self.blocks(block.blocks, quoted)
        if block.dated:
            structure += ',"dated":' + plain.MOMENT.text(block.dated)
        if block.signature:
            structure += ',"signature":' + plain.SIGNATURE.text(block.signature)
        self.close(block, quoted)
        return structure + "}"

    def close(self, signed: Quotation | Cable, quoted: int) -> None:
        if closing := _closing(signed):
            self.chunks.append(flow(closing, quoted))

    def carried(self, block: Carried) -> None:
        data = _write(block.cable, self.depth + 1)
        if (block.original is None) != (block.proof is None):
            raise BadValue("a carried telegram has original bytes and proof, or neither")
        if block.original is not None and block.original != data:
            raise BadValue("the original bytes of a carried telegram are not those of its cable")
        self.parts.append(_CARRIED_HEAD + data)
        if block.proof is not None:
            self.parts.append(_PROOF_HEAD + _base64(block.proof))

    def text(self) -> bytes:
        """The chunks gathered since the last carried telegram, as bytes with CRLF."""
        text = "\n\n".join(self.chunks)
        self.chunks.clear()
        data = text.encode("utf-8", "surrogatepass")
        # For ASCII, a pass over the bytes is several times as fast as a search in the characters.
        if len(data.translate(None, _CONTROLS)) != len(data) or (
            len(data) != len(text) and find_hostile(text) is not None
        ):
            raise BadValue("the text holds a character that may not stand in a cable")
        return data.replace(b"\n", b"\r\n")

    def end_text(self) -> None:
        if self.chunks:
            self.parts.append(_TEXT_HEAD + self.text())


def _margin(number: str = "", portion: str = "", **_series: str) -> str:
    """What stands before the text of a paragraph: its number and portion mark."""
    margin = f"{number}. " if number else ""
    return f"{margin}({portion}) " if portion else margin


def _closing(signed: Quotation | Cable) -> str:
    """What stands below the text: who signed, and the date that a quotation gives."""
    lines = [signed.signature.literal] if signed.signature else []
    if isinstance(signed, Quotation) and signed.dated:
        lines.append(signed.dated.literal)
    return "\n".join(lines)


def _marking(cable: Cable) -> str:
    """What stands above the text: a reader of mail must not miss the marking."""
    return " / ".join(filter(None, (cable.classification, *cable.captions)))


def _write(cable: Cable, depth: int) -> bytes:
    if depth > MAX_DEPTH:
        raise BadValue(f"telegrams are carried more than {MAX_DEPTH} deep")
    body = _Body(depth)
    if marking := _marking(cable):
        body.chunks.append(flow(marking))
    structure = body.blocks(cable.blocks, 0)
    body.close(cable, 0)
    held = [_write_enclosure(enclosure) for enclosure in cable.enclosures if enclosure.content is not None]
    if not body.parts and not held:
        text = body.text()
        return _head(cable, structure, _FLOWED) + (text + b"\r\n" if text else b"")
    body.end_text()
    content = body.parts + held
    boundary = _free_boundary(content)
    head = _head(cable, structure, f'Content-Type: multipart/mixed; boundary="{boundary}"')
    delimiter = f"\r\n--{boundary}".encode()
    return head + delimiter[2:] + b"\r\n" + (delimiter + b"\r\n").join(content) + delimiter + b"--\r\n"


def _free_boundary(content: list[bytes]) -> str:
    """The first boundary of the series that occurs in no part."""
    used = {int(number) for part in content for number in _BOUNDARY.findall(part)}
    free = next(number for number in range(len(used) + 1) if number not in used)
    return f"=_reftel_{free:06}_="


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


def _enclosure_text(enclosure: Enclosure) -> str:
    """An enclosure without its content; ``held`` says that a part has that."""
    named = plain.ENCLOSURE_NAMED.text(enclosure)
    return named if enclosure.content is None else named[:-1] + ',"held":true}'


def _write_enclosure(enclosure: Enclosure) -> bytes:
    media_type = enclosure.media_type if _MEDIA_TYPE(enclosure.media_type) else "application/octet-stream"
    name = enclosure.filename
    disposition = "attachment"
    if name:
        octets = name.encode("utf-8", "replace")
        if len(octets) > MAX_FILENAME or _FOLDERS(name):
            raise BadValue("the filename of an enclosure is too long or names a folder")
        disposition += f"; filename*=utf-8''{quote(octets, safe='')}"
    return (
        f"Content-Type: {media_type}\r\nContent-Disposition: {disposition}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + _base64(enclosure.content or b"")


def _load_enclosure(structure: Any, held: Iterator[bytes]) -> Enclosure:
    if type(structure) is not dict or structure.get("held") is not True:
        return plain.ENCLOSURE_NAMED.load(structure)
    arguments = plain.ENCLOSURE_NAMED.arguments({k: v for k, v in structure.items() if k != "held"})
    return Enclosure(**arguments, content=a2b_base64(next(held, b"").partition(b"\r\n\r\n")[2]))


def _split_head(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The cable's attributes by name as the header has them, and the body.

    The ``Content-Type`` stands under the empty name.
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


def _split_body(content_type: str, body: bytes, depth: int) -> tuple[list[str | Carried], list[bytes]]:
    """The chunks of text and the carried telegrams in order, and the parts that follow them."""
    prefix = 'multipart/mixed; boundary="'
    if not content_type.startswith(prefix):
        text = body.decode().replace("\r\n", "\n")
        return list(text[:-1].split("\n\n")) if text else [], []
    delimiter = b"\r\n--" + content_type[len(prefix) : -1].encode("ascii")
    parts = body[len(delimiter) : -len(delimiter) - 4].split(delimiter + b"\r\n")
    items: list[str | Carried] = []
    for index, part in enumerate(parts):
        if part.startswith(_TEXT_HEAD):
            items += part[len(_TEXT_HEAD) :].decode().replace("\r\n", "\n").split("\n\n")
        elif part.startswith(_CARRIED_HEAD):
            data = part[len(_CARRIED_HEAD) :]
            original = proof = None
            if index + 1 < len(parts) and parts[index + 1].startswith(_PROOF_HEAD):
                original, proof = data, a2b_base64(parts[index + 1][len(_PROOF_HEAD) :])
            items.append(Carried(cable=_read(data, depth + 1), original=original, proof=proof))
        elif not part.startswith(_PROOF_HEAD):
            return items, parts[index:]
    return items, []


def _next_text(items: Iterator[str | Carried], quoted: int) -> str:
    chunk = next(items, None)
    if type(chunk) is not str:
        raise FormatError("a paragraph of text is missing")
    return unflow(chunk, quoted)


def _read_blocks(structure: object, items: Iterator[str | Carried], quoted: int) -> tuple[Block, ...]:
    if quoted > MAX_DEPTH:
        raise FormatError(f"quotations are nested more than {MAX_DEPTH} deep")
    blocks: list[Block] = []
    for entry in plain.load_list(structure):
        if entry == {}:
            blocks.append(Paragraph(text=_next_text(items, quoted)))
        elif entry == "carried":
            carried = next(items, None)
            if not isinstance(carried, Carried):
                raise FormatError("a carried telegram is missing")
            blocks.append(carried)
        elif type(entry) is dict and "blocks" in entry:
            inner = _read_blocks(entry["blocks"], items, quoted + 1)
            quotation = Quotation(
                blocks=inner,
                signature=plain.SIGNATURE.load(entry["signature"]) if "signature" in entry else None,
                dated=plain.MOMENT.load(entry["dated"]) if "dated" in entry else None,
            )
            if _closing(quotation):
                next(items, None)
            blocks.append(quotation)
        else:
            margin = plain.MARGIN.arguments(entry)
            text = _next_text(items, quoted)[len(_margin(**margin)) :]
            blocks.append(Paragraph(text=text, **margin))
    return tuple(blocks)


def _read(data: bytes, depth: int) -> Cable:
    """The cable in ``data``, if that is canonical; whether it is, shows when it is written again."""
    if depth > MAX_DEPTH:
        raise FormatError(f"telegrams are carried more than {MAX_DEPTH} deep")
    attributes, body = _split_head(data)
    items, parts = _split_body(attributes.pop("", ""), body, depth)
    texts, held = iter(items), iter(parts)
    if attributes.get("classification") or any(attributes.get("captions", ())):
        next(texts, None)
    attributes["blocks"] = _read_blocks(attributes.get("blocks", []), texts, 0)
    attributes["enclosures"] = tuple(
        [_load_enclosure(entry, held) for entry in attributes.get("enclosures", ())]
    )
    attributes.setdefault("to", ())
    if "sender" not in attributes:
        raise FormatError("the sender is missing")
    return Cable(**attributes)
