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
from collections.abc import Iterator
from json import JSONDecoder, JSONEncoder
from typing import Any
from urllib.parse import quote

from reftel.cable import mailhead, plain
from reftel.cable.characters import find_hostile
from reftel.cable.flowed import flow, unflow
from reftel.cable.model import Block, Cable, Carried, Enclosure, Paragraph, Precedence, Quotation
from reftel.cable.plain import MAX_DEPTH, Shape
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

_json = JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_ascii_json = JSONEncoder(separators=(",", ":")).encode
_parse_json = JSONDecoder().decode

_OURS = """
    reftel-version date from to cc message-id subject mmhs-primary-precedence mmhs-copy-precedence
    mmhs-extended-authorisation-info mmhs-handling-instructions mmhs-originator-reference
    reftel-registered reftel-kind reftel-numbers reftel-precedence reftel-classification
    reftel-captions reftel-dtg reftel-from reftel-to reftel-info reftel-onward
    reftel-references reftel-asks reftel-signature reftel-marks reftel-annotations
    reftel-enclosures reftel-text mime-version content-type content-transfer-encoding
"""
OUR_FIELDS = frozenset(_OURS.split())
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


def _field(name: str, value: Any) -> str:
    """A ``Reftel-`` field: JSON in ASCII, a long one cut every 900 characters."""
    text = _json(value)
    if "\\" in text and "\\" in text.replace("\\\\", "").replace('\\"', ""):
        raise BadValue(f"{name} holds a line break or a control character")
    if not text.isascii() or "\x7f" in text:
        if find_hostile(text) is not None:
            raise BadValue(f"{name} holds a character that may not stand in a cable")
        text = _ascii_json(value)
    return f"{name}: {mailhead.fold(text)}"


def _refuse_hostile(name: str, text: str) -> None:
    if not (text.isascii() and text.isprintable()) and ("\n" in text or find_hostile(text) is not None):
        raise BadValue(f"{name} holds a character that may not stand in a cable")


def _shaped(name: str, shape: Shape[Any], thing: Any) -> str:
    return _field(name, shape.dump(thing))


def _listed(name: str, shape: Shape[Any], things: tuple[Any, ...]) -> str:
    return _field(name, [shape.dump(thing) for thing in things])


def _head(cable: Cable, text: list[Any], content_type: str, encoding: str) -> bytes:
    """The header, its fields in their one order, and the empty line after it."""
    lines = [_VERSION]
    add = lines.append
    if cable.registered:
        registered = plain.dump_registered(cable.registered)
        add("Date: " + mailhead.date_time(cable.registered))
    add("From: " + mailhead.mailbox(cable.sender))
    if cable.to:
        add("To: " + mailhead.mailboxes(cable.to))
    if cable.info:
        add("Cc: " + mailhead.mailboxes(cable.info))
    if identifier := mailhead.message_id(cable):
        add("Message-ID: " + identifier)
    if cable.subject:
        _refuse_hostile("Subject", cable.subject)
        add("Subject: " + mailhead.subject(cable.subject))
    if cable.precedence is not None:
        add(f"MMHS-Primary-Precedence: {cable.precedence:d}")
    if cable.info_precedence is not None:
        add(f"MMHS-Copy-Precedence: {cable.info_precedence:d}")
    if authorisation := mailhead.authorisation(cable.moment):
        add("MMHS-Extended-Authorisation-Info: " + authorisation)
    if instructions := mailhead.handling_instructions(cable.captions):
        add("MMHS-Handling-Instructions: " + instructions)
    if reference := mailhead.originator_reference(cable):
        add("MMHS-Originator-Reference: " + reference)
    if cable.registered:
        add("Reftel-Registered: " + registered)
    if cable.kind:
        add(_field("Reftel-Kind", cable.kind))
    if cable.numbers:
        add(_listed("Reftel-Numbers", plain.NUMBER, cable.numbers))
    if cable.precedence_literal:
        add(_field("Reftel-Precedence", cable.precedence_literal))
    if cable.classification:
        add(_field("Reftel-Classification", cable.classification))
    if cable.captions:
        add(_field("Reftel-Captions", cable.captions))
    if cable.moment:
        add(_shaped("Reftel-DTG", plain.MOMENT, cable.moment))
    add(_shaped("Reftel-From", plain.PARTY, cable.sender))
    if cable.to:
        add(_listed("Reftel-To", plain.PARTY, cable.to))
    if cable.info:
        add(_listed("Reftel-Info", plain.PARTY, cable.info))
    if cable.onward:
        add(_shaped("Reftel-Onward", plain.ONWARD, cable.onward))
    if cable.references:
        add(_listed("Reftel-References", plain.REFERENCE, cable.references))
    if cable.asks:
        add(_listed("Reftel-Asks", plain.ASK, cable.asks))
    if cable.signature:
        add(_shaped("Reftel-Signature", plain.SIGNATURE, cable.signature))
    if cable.marks:
        add(_listed("Reftel-Marks", plain.MARK, cable.marks))
    if cable.annotations:
        add(_listed("Reftel-Annotations", plain.ANNOTATION, cable.annotations))
    if cable.enclosures:
        add(_field("Reftel-Enclosures", [_dump_enclosure(enclosure) for enclosure in cable.enclosures]))
    if text:
        add(_field("Reftel-Text", text))
    lines += ("MIME-Version: 1.0", content_type, encoding)
    for name, value in cable.extra:
        if not _FIELD_NAME(name) or name.lower() in OUR_FIELDS:
            raise BadValue("an extra header field has a name that cannot be written or is one of ours")
        _refuse_hostile(name, value)
        if value != value.strip():
            raise BadValue(f"the extra header field {name} begins or ends in a space")
        add(f"{name}: {mailhead.extra(value)}")
    lines += ("", "")
    return "\r\n".join(lines).encode("ascii")


class _Body:
    """The text and the carried telegrams of one cable, gathered in order."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.parts: list[bytes] = []
        self.chunks: list[str] = []

    def blocks(self, blocks: tuple[Block, ...], quoted: int) -> list[Any]:
        """Gather blocks; return their structure, the texts left out."""
        structure: list[Any] = []
        for block in blocks:
            if isinstance(block, Paragraph):
                if not block.text:
                    raise BadValue("a paragraph is empty")
                self.chunks.append(flow(_margin(block) + block.text, quoted))
                structure.append(plain.MARGIN.dump(block))
            elif isinstance(block, Carried):
                self.end_text()
                self.carried(block)
                structure.append("carried")
            else:
                structure.append(self.quotation(block, quoted + 1))
        return structure

    def quotation(self, block: Quotation, quoted: int) -> dict[str, Any]:
        if quoted > MAX_DEPTH:
            raise BadValue(f"quotations are nested more than {MAX_DEPTH} deep")
        structure: dict[str, Any] = {"blocks": self.blocks(block.blocks, quoted)}
        if block.dated:
            structure["dated"] = plain.MOMENT.dump(block.dated)
        if block.signature:
            structure["signature"] = plain.SIGNATURE.dump(block.signature)
        self.close(block, quoted)
        return structure

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


def _margin(paragraph: Paragraph) -> str:
    """What stands before the text of a paragraph: its number and portion mark."""
    margin = f"{paragraph.number}. " if paragraph.number else ""
    return f"{margin}({paragraph.portion}) " if paragraph.portion else margin


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
        return _head(cable, structure, _FLOWED, _EIGHT_BIT) + (text + b"\r\n" if text else b"")
    body.end_text()
    content = body.parts + held
    boundary = _free_boundary(content)
    head = _head(cable, structure, f'Content-Type: multipart/mixed; boundary="{boundary}"', _EIGHT_BIT)
    delimiter = f"\r\n--{boundary}".encode()
    return head + delimiter[2:] + b"\r\n" + (delimiter + b"\r\n").join(content) + delimiter + b"--\r\n"


def _free_boundary(content: list[bytes]) -> str:
    """The first boundary of the series that occurs in no part."""
    used = {int(number) for part in content for number in _BOUNDARY.findall(part)}
    free = next(number for number in range(len(used) + 1) if number not in used)
    return f"=_reftel_{free:06}_="


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


def _dump_enclosure(enclosure: Enclosure) -> dict[str, Any]:
    """An enclosure without its content: ``held`` says whether a part has that."""
    dumped = plain.ENCLOSURE_NAMED.dump(enclosure)
    if enclosure.content is not None:
        dumped["held"] = True
    return dumped


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
    head, _, content = next(held, b"").partition(b"\r\n\r\n")
    return Enclosure(**arguments, content=a2b_base64(content))


def _split_head(data: bytes) -> tuple[dict[str, str], list[tuple[str, str]], bytes]:
    """Our fields by name, the others in order, and the body."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise FormatError("the header does not end")
    ours: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    for line in head.decode("ascii").replace("\r\n ", "").split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() in OUR_FIELDS:
            ours[name] = value
        else:
            extra.append((name, mailhead.read_extra(value)))
    return ours, extra, body


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
        if entry == "carried":
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
                _next_text(items, 0)
            blocks.append(quotation)
        elif entry == {}:
            blocks.append(Paragraph(text=_next_text(items, quoted)))
        else:
            margin = Paragraph(text="", **plain.MARGIN.arguments(entry))
            text = _next_text(items, quoted)[len(_margin(margin)) :]
            blocks.append(
                Paragraph(text=text, number=margin.number, series=margin.series, portion=margin.portion)
            )
    return tuple(blocks)


def _read(data: bytes, depth: int) -> Cable:
    """The cable in ``data``, if that is canonical; whether it is, shows when it is written again."""
    if depth > MAX_DEPTH:
        raise FormatError(f"telegrams are carried more than {MAX_DEPTH} deep")
    ours, extra, body = _split_head(data)
    get = ours.get

    def value(name: str, absent: object = "") -> Any:
        text = get(name)
        return absent if text is None else _parse_json(text)

    def one(name: str, shape: Shape[Any]) -> Any:
        text = get(name)
        return None if text is None else shape.load(_parse_json(text))

    def many(name: str, shape: Shape[Any]) -> tuple[Any, ...]:
        text = get(name)
        return (
            () if text is None else tuple([shape.load(item) for item in plain.load_list(_parse_json(text))])
        )

    classification = plain.load_text(value("Reftel-Classification"))
    captions = plain.load_texts(value("Reftel-Captions", []))
    items, parts = _split_body(get("Content-Type", ""), body, depth)
    held = iter(parts)
    texts = iter(items)
    if classification or any(captions):
        next(texts, None)
    registered = get("Reftel-Registered")
    return Cable(
        sender=plain.PARTY.load(value("Reftel-From")),
        to=many("Reftel-To", plain.PARTY),
        blocks=_read_blocks(value("Reftel-Text", []), texts, 0),
        kind=plain.load_text(value("Reftel-Kind")),
        numbers=many("Reftel-Numbers", plain.NUMBER),
        precedence=_read_precedence(get("MMHS-Primary-Precedence")),
        precedence_literal=plain.load_text(value("Reftel-Precedence")),
        info_precedence=_read_precedence(get("MMHS-Copy-Precedence")),
        classification=classification,
        captions=captions,
        moment=one("Reftel-DTG", plain.MOMENT),
        registered=None if registered is None else plain.load_registered(registered),
        info=many("Reftel-Info", plain.PARTY),
        onward=one("Reftel-Onward", plain.ONWARD),
        subject=mailhead.read_subject(get("Subject", "")),
        references=many("Reftel-References", plain.REFERENCE),
        asks=many("Reftel-Asks", plain.ASK),
        enclosures=tuple(
            [_load_enclosure(entry, held) for entry in plain.load_list(value("Reftel-Enclosures", []))]
        ),
        signature=one("Reftel-Signature", plain.SIGNATURE),
        marks=many("Reftel-Marks", plain.MARK),
        annotations=many("Reftel-Annotations", plain.ANNOTATION),
        extra=tuple(extra),
    )


def _read_precedence(text: str | None) -> Precedence | None:
    return None if text is None else Precedence(int(text))
