"""Mail from systems that are not Reftel, read as well as it can be, and never as canonical.

The fields of RFC 6477 are understood, and ``Reftel-`` fields that passed through somebody else's
hands; what is not understood is kept in ``extra``. Whatever had to be guessed or changed is said in
``doubts``: such a cable can be entered, by a person who reads them; it can never be verified.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, TypeAlias

from reftel.cable.characters import BLANKS, find_hostile
from reftel.cable.header import OUR_FIELDS, READERS, is_field_name
from reftel.cable.internet import MAX_BYTES, MAX_FILENAME, MAX_PARTS, write
from reftel.cable.model import (
    Block,
    Cable,
    Carried,
    Enclosure,
    Mark,
    Moment,
    Number,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Reading,
)
from reftel.cable.plain import MAX_DEPTH
from reftel.errors import BadValue, FormatError

_Mail: TypeAlias = "Message[str, str]"
_MAX_VALUE = 16_384
_MAX_WORK = 20_000_000
_MULTIPART = re.compile(rb"(?i)multipart/").findall
_LONG_MIME_FIELD = re.compile(rb"(?im)^content-[a-z-]+:(?:[^\r\n]|\r?\n[ \t]){2048}").search
_WORD = re.compile(
    r"=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z0-9-]{1,40})?\?([qQbB])\?([!->@-~]{0,1000})\?=(?:\s+(?==\?))?"
)
_BLANK = re.compile(f"[\t{BLANKS}]")
_EMPTY_LINES = re.compile(r"\n[ \n]*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignMail:
    """A foreign mail as a cable, and in sentences what of it is guessed, changed or left out."""

    cable: Cable
    doubts: tuple[str, ...]


def read_mail(data: bytes) -> ForeignMail:
    """Read any RFC 5322 message, with or without MIME.

    Raises ``FormatError`` for one that is too long or too intricate, or has no header.
    """
    if len(data) > MAX_BYTES:
        raise FormatError(f"the mail is longer than {MAX_BYTES} bytes")
    if data.count(b"\n") * (1 + len(_MULTIPART(data))) > _MAX_WORK or _LONG_MIME_FIELD(data):
        raise FormatError("the mail is too intricate to be read")
    reader = _Reader()
    try:
        cable = reader.cable(message_from_bytes(data), 1)
    except RecursionError as error:
        raise FormatError("the mail is nested too deep") from error
    return ForeignMail(cable=cable, doubts=tuple(dict.fromkeys(reader.doubts)))


class _Reader:
    """Reads one mail and all that it carries, and gathers the doubts."""

    def __init__(self) -> None:
        self.doubts = ["This mail is not in Reftel's canonical form: nothing in it is proved."]
        self.filenames: set[str] = set()
        self.parts = 0

    def doubt(self, sentence: str) -> None:
        self.doubts.append(sentence)

    def text(self, text: str) -> str:
        """``text`` with line feeds only, and without characters that may not stand in a cable."""
        text = _BLANK.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
        if find_hostile(text) is not None:
            self.doubt("Characters that may not stand in a cable were replaced by U+FFFD.")
            text = text.translate({ord(c): "\ufffd" for c in set(text) if find_hostile(c) is not None})
        return text

    def line(self, text: str) -> str:
        """``text`` on one line, encoded words decoded."""
        if len(text) > _MAX_VALUE:
            self.doubt(f"A header field was cut at {_MAX_VALUE} characters.")
            text = text[:_MAX_VALUE]
        raw = text.encode("utf-8", "surrogateescape")
        return " ".join(self.text(_WORD.sub(_decoded_word, _decode(raw, "utf-8"))).split())

    def fields(self, mail: _Mail) -> dict[str, list[str]]:
        """The header's values on one line each, by their names in lower case."""
        values: dict[str, list[str]] = {}
        for name, value in mail.raw_items():
            values.setdefault(name.lower(), []).append(self.line(str(value)))
        return values

    def cable(self, mail: _Mail, depth: int) -> Cable:
        """The mail as a cable; ``FormatError`` when there is no header."""
        fields = self.fields(mail)
        if not fields:
            raise FormatError("the mail has no header")

        def get(name: str) -> str:
            return next(iter(fields.get(name, ())), "")

        blocks: list[Block] = []
        enclosures: list[Enclosure] = []
        self.body(mail, depth, blocks, enclosures)
        precedence, literal = self.precedence(get("mmhs-primary-precedence"))
        info_precedence, _ = self.precedence(get("mmhs-copy-precedence"))
        authorised = get("mmhs-extended-authorisation-info")
        sent = self.moment(get("date"))
        attributes: dict[str, Any] = {
            "sender": next(iter(self.parties(get("from"))), Party()),
            "to": self.parties(", ".join(fields.get("to", ()))),
            "info": self.parties(", ".join(fields.get("cc", ()))),
            "subject": get("subject"),
            "precedence": precedence,
            "precedence_literal": literal,
            "info_precedence": info_precedence,
            "captions": _list(get("mmhs-handling-instructions")),
            "numbers": _numbers(get("mmhs-originator-reference"), get("message-id")),
            "moment": self.moment(authorised) if authorised else sent,
            "marks": (Mark(event="mail dated", moment=sent),) if authorised and sent else (),
        }
        attributes |= self.reftel_fields(mail)
        return Cable(
            **attributes,
            blocks=tuple(blocks),
            enclosures=tuple(enclosures),
            extra=tuple(self.unknown(mail)),
        )

    def reftel_fields(self, mail: _Mail) -> dict[str, Any]:
        """What ``Reftel-`` fields say that are whole; the text is taken from the text."""
        attributes: dict[str, Any] = {}
        for name, value in mail.raw_items():
            if not name.startswith("Reftel-") or name not in READERS:
                continue
            attribute, read = READERS[name]
            if attribute in {"blocks", "enclosures", "registered"}:
                continue
            try:
                piece = {attribute: read(re.sub(r"\r?\n ", "", str(value)))}
                write(Cable(**{"sender": Party(), "to": (), "blocks": (), **piece}))
            except (ValueError, FormatError, BadValue, RecursionError):
                self.doubt(f"{name} could not be read, or holds what may not stand in a cable.")
                continue
            attributes |= piece
        return attributes

    def unknown(self, mail: _Mail) -> Iterator[tuple[str, str]]:
        for name, value in mail.raw_items():
            if name.lower() in OUR_FIELDS or name.lower().startswith("content-"):
                continue
            if is_field_name(name):
                yield name, self.line(str(value))
            else:
                self.doubt("A header field whose name cannot be written was left out.")

    def precedence(self, text: str) -> tuple[Precedence | None, str]:
        """The precedence that an RFC 6477 field names, by integer or word, or its literal."""
        if not text:
            return None, ""
        for precedence in Precedence:
            if text.lower() in {precedence.name.lower(), str(precedence.value)}:
                return precedence, ""
        self.doubt("A precedence is none of the six of RFC 6477.")
        return None, text

    def moment(self, text: str) -> Moment | None:
        """A date-time of RFC 5322 as written, with its reading; ``-0000`` says no zone."""
        if not text:
            return None
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            self.doubt("A date could not be read.")
            return Moment(literal=text)
        offset = at.utcoffset()
        zone = None if offset is None else round(offset.total_seconds() / 60)
        local = datetime(at.year, at.month, at.day, at.hour, at.minute)
        return Moment(literal=text, reading=Reading(local=local, precision=Precision.MINUTE, zone=zone))

    def parties(self, text: str) -> tuple[Party, ...]:
        """The mailboxes of an address list; their addresses stand in ``note``."""
        found = getaddresses([text]) if text else []
        parties = tuple(
            Party(person=name or address, note=address if name else "")
            for name, address in found
            if name or address
        )
        if text and not parties:
            self.doubt("An address could not be read.")
            return (Party(person=text),)
        return parties

    def body(self, mail: _Mail, depth: int, blocks: list[Block], enclosures: list[Enclosure]) -> None:
        """Gather text, carried telegrams and enclosures, in order."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise FormatError(f"the mail has more than {MAX_PARTS} parts")
        kind = mail.get_content_type()
        parts: Any = mail.get_payload()
        if isinstance(parts, list) and kind == "message/rfc822" and depth < MAX_DEPTH:
            blocks.append(Carried(cable=self.cable(parts[0], depth + 1)))
        elif isinstance(parts, list):
            self.multipart(kind, parts, depth, blocks, enclosures)
        elif kind == "text/plain" and mail.get_content_disposition() != "attachment":
            text = self.text(_decode(_content(mail), str(mail.get_content_charset("utf-8"))))
            blocks += [Paragraph(text=paragraph) for paragraph in _paragraphs(text)]
        else:
            enclosures.append(self.enclosure(mail, kind))

    def multipart(
        self, kind: str, parts: list[_Mail], depth: int, blocks: list[Block], enclosures: list[Enclosure]
    ) -> None:
        if depth >= MAX_DEPTH:
            raise FormatError("the mail is nested too deep")
        has_text = any(part.get_content_type() == "text/plain" for part in parts)
        for part in parts:
            if kind == "multipart/alternative" and has_text and part.get_content_type() == "text/html":
                self.doubt("The same text in HTML was left out; it may say something else.")
            else:
                self.body(part, depth + 1, blocks, enclosures)

    def enclosure(self, mail: _Mail, kind: str) -> Enclosure:
        named = self.line(mail.get_filename("") or "")
        name = re.sub(r"[/\\]", "_", named).strip(". ") or f"part-{self.parts}.bin"
        name = name.encode()[: MAX_FILENAME - 10].decode(errors="ignore").strip()
        if name in self.filenames:
            name = f"{self.parts}-{name}"
        self.filenames.add(name)
        if name != named:
            self.doubt("An enclosure was given another filename.")
        return Enclosure(
            title=named or name, filename=name, media_type=self.line(kind), content=_content(mail)
        )


def _decoded_word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    try:
        octets = a2b_base64(text) if encoding in "bB" else a2b_qp(text, header=True)
    except ValueError:
        return match.group()
    return _decode(octets, charset)


def _decode(octets: bytes, charset: str) -> str:
    """The octets as text: in the charset named, else in UTF-8, else octet by octet."""
    for encoding in (charset, "utf-8"):
        try:
            return octets.decode(encoding)
        except (ValueError, LookupError):
            continue
    return octets.decode("latin-1")


def _content(mail: _Mail) -> bytes:
    content: Any = mail.get_payload(decode=True)
    return bytes(content)


def _paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, between its empty lines, without blanks at the ends of lines."""
    lines = "\n".join([line.rstrip() for line in text.split("\n")])
    return [paragraph.strip() for paragraph in _EMPTY_LINES.split(lines) if paragraph.strip()]


def _list(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (item.strip() for item in text.split(";"))))


def _numbers(reference: str, identifier: str) -> tuple[Number, ...]:
    schemes = (("MRN", reference), ("Message-ID", identifier.strip("<>")))
    return tuple(Number(scheme=scheme, value=value) for scheme, value in schemes if value)
