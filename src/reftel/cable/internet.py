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
from typing import Any
from urllib.parse import quote

from reftel.cable import plain
from reftel.cable.characters import find_hostile
from reftel.cable.flowed import flow, unflow
from reftel.cable.header import EIGHT_BIT, split_header, write_header
from reftel.cable.model import Block, Cable, Carried, Enclosure, Paragraph, Quotation
from reftel.cable.plain import MAX_DEPTH
from reftel.errors import BadValue, FormatError, NotCanonical

MAX_BYTES = 16 * 1024 * 1024
"""The longest cable, whole, in bytes."""
MAX_PARTS = 2000
"""The most parts, those of carried telegrams counted in."""
MAX_HEADERS = 1024 * 1024
"""The most bytes of headers, those of carried telegrams counted in: a few bytes of JSON cost a hundred."""
MAX_FILENAME = 255
"""The longest filename of an enclosure, in octets of UTF-8."""
_FLOWED = "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes"
_TEXT_HEAD = f"{_FLOWED}\r\n{EIGHT_BIT}\r\n\r\n".encode()
_CARRIED_HEAD = f"Content-Type: message/rfc822\r\n{EIGHT_BIT}\r\n\r\n".encode()
_PROOF_HEAD = b"Content-Type: application/vnd.reftel.proof\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_BOUNDARY = re.compile(rb"=_reftel_([0-9]{6})_=")
_CONTROLS = bytes(set(range(32)) - {10}) + b"\x7f"
_MEDIA_TYPE = re.compile(
    r"(?!multipart/|message/)[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"
).fullmatch
_FOLDERS = re.compile(r"[/\\]|\A\.{0,2}\Z").search


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
    if _header_bytes(data) > MAX_HEADERS:
        raise BadValue(f"the cable has more than {MAX_HEADERS} bytes of headers")
    return data


def read(data: bytes) -> Cable:
    """The cable of which these are the canonical bytes.

    Raises ``NotCanonical`` for any other bytes.
    """
    if len(data) > MAX_BYTES:
        raise NotCanonical(f"the message is longer than {MAX_BYTES} bytes")
    if data.count(b"\r\n--=_reftel_") > MAX_PARTS:
        raise NotCanonical(f"the message has more than {MAX_PARTS} parts")
    if _header_bytes(data) > MAX_HEADERS:
        raise NotCanonical(f"the message has more than {MAX_HEADERS} bytes of headers")
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


def reread(data: bytes) -> Cable:
    """The cable in bytes that :func:`read` took or :func:`write` made before, and nobody could change.

    It is half of ``read``'s work, for texts that come out of the register under their commitment;
    never for bytes from outside.
    """
    return _read(data, 1)


def _header_bytes(data: bytes) -> int:
    """The length of the header and of those of all telegrams carried in it, at any depth."""
    length, at = 0, 0
    while at >= 0:
        end = data.find(b"\r\n\r\n", at)
        length += (end if end >= 0 else len(data)) - at
        carried = data.find(_CARRIED_HEAD, at)
        at = carried + len(_CARRIED_HEAD) if carried >= 0 else -1
    return length


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
        return write_header(cable, structure, _FLOWED) + (text + b"\r\n" if text else b"")
    body.end_text()
    content = body.parts + held
    boundary = _free_boundary(content)
    head = write_header(cable, structure, f'Content-Type: multipart/mixed; boundary="{boundary}"')
    delimiter = f"\r\n--{boundary}".encode()
    return head + delimiter[2:] + b"\r\n" + (delimiter + b"\r\n").join(content) + delimiter + b"--\r\n"


def _free_boundary(content: list[bytes]) -> str:
    """The first boundary of the series that occurs in no part."""
    used = {int(number) for part in content for number in _BOUNDARY.findall(part)}
    free = next(number for number in range(len(used) + 1) if number not in used)
    return f"=_reftel_{free:06}_="


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


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
    attributes, body = split_header(data)
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
