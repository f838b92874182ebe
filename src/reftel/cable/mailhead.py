"""The header fields that any mail program shows, derived from a cable: RFC 5322, 2047 and 6477.

But for the subject and the precedences nothing is read back from these: they may say less than the
cable does, the ``Reftel-`` fields say all of it. All is ASCII, in lines of at most 998 octets.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from datetime import datetime

from reftel.cable.model import Cable, Moment, Party, Precision

_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*").fullmatch
_DOMAIN = re.compile(r"[a-z0-9]+(?:(?:-+|\.)[a-z0-9]+)*").fullmatch
_MAX_DOMAIN = 253
_DOT_ATOM = re.compile(r"[A-Za-z0-9_+/-]{1,64}(?:\.[A-Za-z0-9_+/-]{1,64}){0,3}").fullmatch
_MILITARY_STRING = re.compile(
    r"[A-Za-z0-9'()+,\-./:=?](?:[A-Za-z0-9'()+,\-./:=? ]{0,67}[A-Za-z0-9'()+,\-./:=?])?"
).fullmatch
"""What RFC 6477 lets stand in its strings: 1 to 69 characters of X.400's PrintableString."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MAX_PHRASE = 100
_MAX_SUBJECT = 900
_FOLD = 900
_WORD = re.compile(r"=\?utf-8\?B\?([A-Za-z0-9+/]+={0,2})\?=")
_WORDS = re.compile(rf"(?:{_WORD.pattern})+").fullmatch
_WORD_OCTETS = 45


def date_time(at: datetime, zone: int = 0) -> str:
    """``at``, the clock on the wall ``zone`` minutes east of UTC, as an RFC 5322 date-time."""
    hours, minutes = divmod(abs(zone), 60)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month]} {at.year:04}"
        f" {at.hour:02}:{at.minute:02}:{at.second:02} {'-' if zone < 0 else '+'}{hours:02}{minutes:02}"
    )


def encoded_words(text: str) -> str:
    """``text`` as RFC 2047 words in UTF-8, one to a line."""
    words = [b""]
    for character in text:
        octets = character.encode("utf-8", "surrogatepass")
        if len(words[-1]) + len(octets) > _WORD_OCTETS:
            words.append(b"")
        words[-1] += octets
    return "\r\n ".join([f"=?utf-8?B?{b2a_base64(word, newline=False).decode()}?=" for word in words])


def decoded_words(value: str) -> str:
    """The text of encoded words, folds taken out; ``ValueError`` for what is no such thing."""
    return "".join([a2b_base64(word).decode() for word in _WORD.findall(value)])


def fold(text: str) -> str:
    """A long value, cut every 900 characters; the reader joins it without the space."""
    if len(text) <= _FOLD:
        return text
    return "\r\n ".join([text[start : start + _FOLD] for start in range(0, len(text), _FOLD)])


def _phrase(party: Party) -> str:
    name = party.place
    if party.office or party.person:
        name = ", ".join(filter(None, (name, party.office, party.person)))
    name = name[:_MAX_PHRASE]
    if _PLAIN_PHRASE(name):
        return name
    if not name.isascii():
        return encoded_words(name)
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def domain(origin: str) -> str:
    """The mail domain of a post's origin (``beijing.example/2`` is at beijing.example), or empty."""
    name = origin.partition("/")[0]
    return name if len(name) <= _MAX_DOMAIN and _DOMAIN(name) else ""


def mailbox(party: Party) -> str:
    """``BEIJING <cables@beijing.example>``, or for one that Reftel cannot carry to, ``BEIJING:;``.

    The latter is a group without members (RFC 5322, section 3.4), which From may hold too (RFC 6854).
    """
    at = domain(party.post)
    phrase = _phrase(party)
    return f"{phrase} <cables@{at}>" if at else f"{phrase}:;"


def mailboxes(parties: tuple[Party, ...]) -> str:
    """A list of them, one to a line."""
    return ",\r\n ".join(map(mailbox, parties))


def subject(text: str) -> str:
    """The subject as it is, or as encoded words where a mail program would show it otherwise."""
    if text.isascii() and len(text) <= _MAX_SUBJECT and "=?" not in text and text == text.strip():
        return text
    return encoded_words(text)


def read_subject(value: str) -> str:
    """The inverse of :func:`subject`, folds taken out; anything for what that never makes."""
    return decoded_words(value) if "=?" in value else value


def unknown(text: str) -> str:
    """The value of a field that Reftel does not know, folded; encoded words where it is not ASCII.

    ASCII stands as it is, even where it has encoded words from elsewhere, unless those would be
    taken for ours.
    """
    if text.isascii() and _text_behind(text) is None:
        return fold(text)
    return encoded_words(text)


def read_unknown(value: str) -> str:
    """The inverse of :func:`unknown`, folds taken out."""
    text = _text_behind(value)
    return value if text is None else text


def _text_behind(value: str) -> str | None:
    """The text that :func:`unknown` would write as these encoded words, if there is one."""
    if not _WORDS(value):
        return None
    try:
        text = decoded_words(value)
    except ValueError:
        return None
    if encoded_words(text).replace("\r\n ", "") != value:
        return None
    return None if text.isascii() and _text_behind(text) is None else text


def _message_id(cable: Cable, mrn: str) -> str:
    at = domain(cable.sender.post)
    return f"<{mrn}@{at}>" if at and _DOT_ATOM(mrn) else ""


def _originator_reference(cable: Cable) -> str:
    """The MRN, where there is one that RFC 6477 can hold."""
    for number in cable.numbers:
        if number.scheme == "MRN":
            return number.value if _MILITARY_STRING(number.value) else ""
    return ""


def _authorisation(moment: Moment | None) -> str:
    """The date-time group as an RFC 5322 date-time, only where zone and minute are known."""
    reading = moment.reading if moment else None
    if reading is None or reading.zone is None or reading.precision is not Precision.MINUTE:
        return ""
    return date_time(reading.local, reading.zone)


def derived_fields(cable: Cable) -> list[str]:
    """The lines of all fields that any mail program shows, in their order.

    ``Message-ID`` stands only in a cable with an MRN from a post with a domain, ``Date`` in one
    that is registered, ``MMHS-Extended-Authorisation-Info`` where zone and minute are known;
    ``MMHS-Handling-Instructions`` has the captions that RFC 6477 can hold.
    """
    lines: list[str] = []
    add = lines.append
    if cable.registered:
        add("Date: " + date_time(cable.registered))
    add("From: " + mailbox(cable.sender))
    if cable.to:
        add("To: " + mailboxes(cable.to))
    if cable.info:
        add("Cc: " + mailboxes(cable.info))
    mrn = _originator_reference(cable)
    if identifier := _message_id(cable, mrn):
        add("Message-ID: " + identifier)
    if cable.subject:
        add("Subject: " + subject(cable.subject))
    if cable.precedence is not None:
        add(f"MMHS-Primary-Precedence: {cable.precedence.value}")
    if cable.info_precedence is not None:
        add(f"MMHS-Copy-Precedence: {cable.info_precedence.value}")
    if authorisation := _authorisation(cable.moment):
        add("MMHS-Extended-Authorisation-Info: " + authorisation)
    if instructions := ";\r\n ".join(filter(_MILITARY_STRING, cable.captions)):
        add("MMHS-Handling-Instructions: " + instructions)
    if mrn:
        add("MMHS-Originator-Reference: " + mrn)
    return lines
