"""The words of the sheet: its labels, the keys under them, and what a line of text looks like.

The grammar as a whole, with reasons, is in ``docs/spec/cable.md``.
"""

from __future__ import annotations

import re

from reftel.cable.model import Paragraph

MOST_OCTETS = 1 << 20
MOST_DEPTH = 16

HEAD = (
    "KIND",
    "NUMBER",
    "PRECEDENCE",
    "INFO PRECEDENCE",
    "CLASSIFICATION",
    "CAPTION",
    "DATED",
    "REGISTERED",
    "FROM",
    "TO",
    "INFO",
    "ONWARD",
    "SUBJECT",
    "REF",
    "ENCLOSURE",
    "ASK",
)
TAIL = ("SIGNED", "DOCKET", "MARK", "NOTE", "EXTRA")
QUOTATION_TAIL = ("SIGNED", "DATED")
PROOF = "PROOF"
REPEATED = ("NUMBER", "CAPTION", "TO", "INFO", "REF", "ENCLOSURE", "ASK", "DOCKET", "MARK", "NOTE", "EXTRA")
WITH_ARGUMENT = ("NUMBER", "REF", "DOCKET", "NOTE", "EXTRA")
_LABELS = frozenset((*HEAD, *TAIL, PROOF))

KEYS = re.compile(
    r"(?:(?:at|dated|due) )?reading|about|at|bracket|by|dated|due|file|from|held|how|identity|inferred|kind"
    r"|means|note|number|of|office|paragraph|person|place|post|printed|pseudonym|rank|received|signed|type"
)
DOCKET_KEY = re.compile(r"[a-z](?:[a-z -]{0,30}[a-z])?")
"""Docket lines have fields of their own (:mod:`reftel.docket.kinds`); one not known there is kept."""
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

QUOTE, UNQUOTE = "QUOTE", "UNQUOTE"
TELEGRAM, TELEGRAM_ENDS = "TELEGRAM BEGINS", "TELEGRAM ENDS"
FENCES = (QUOTE, UNQUOTE, TELEGRAM, TELEGRAM_ENDS)
ESCAPE_MEND = "Begin the line with a backslash if it is a paragraph."
INDENT = "    "
"""What stands before the second and every further line of a paragraph."""

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,4}){0,3}[a-z]?|[a-zA-Z]|[ivxl]{2,6}|[IVXL]{2,6}"
_NUMBERED = rf"(?:\[(?P<series>[a-z]{{1,20}})\] )?(?P<number>{_NUMBER})\."
_PORTION = r"\((?P<portion>[A-Z]{1,4}(?:-[A-Z]{1,4})?(?://[A-Z0-9][A-Z0-9 ,/-]{0,40})?)\)"
_PARAGRAPH = re.compile(rf"(?:{_NUMBERED} )?(?:{_PORTION} )?(?P<plain>\\)?(?P<text>.*)", re.DOTALL)
_EMPTY = re.compile(rf"{_NUMBERED}|{_PORTION}")

ORIGIN = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+"
PARTY = re.compile(rf"(?:(?P<place>.*?) ?)(?:<(?P<post>{ORIGIN})>)|(?P<bare>{ORIGIN})")


def read_label(line: str) -> tuple[str, str, str] | None:
    """Take ``NUMBER cable: 25025`` apart into label, argument, value; in any case of letters."""
    name, colon, value = (part.strip() for part in line.partition(":"))
    if not colon:
        return None
    if name.upper() in _LABELS:
        return name.upper(), "", value
    word, _, argument = name.partition(" ")
    if word.upper() in WITH_ARGUMENT:
        return word.upper(), argument.strip(), value
    return None


def read_subline(line: str, label: str) -> tuple[str, str] | None:
    """Take ``  person: Zhou Enlai`` apart into key and value, or ``None`` if ``label`` has no such line."""
    key, colon, value = (part.strip() for part in line.partition(":"))
    keys = DOCKET_KEY if label == "DOCKET" else KEYS
    if not (line.startswith(" ") and colon and keys.fullmatch(key.lower())):
        return None
    return key.lower(), value


def label_in_text(line: str) -> str:
    """The label, if a line among the paragraphs is a field and no paragraph; or the empty string.

    Labels in small letters are words like any others, but for a signature and a date.
    """
    found = read_label(line)
    if found and (line.lstrip().startswith(found[0]) or found[0] in QUOTATION_TAIL):
        return found[0]
    return ""


def fence(line: str) -> str:
    """The fence that a line is, or the empty string."""
    return line.upper() if line.upper() in FENCES else ""


def read_paragraph(text: str) -> Paragraph | None:
    """Read the lines of a paragraph; ``None`` for one that has a number and no text."""
    found = _PARAGRAPH.fullmatch(text)
    if found is None or not found["text"] or (not found["plain"] and _EMPTY.fullmatch(_first(found["text"]))):
        return None
    return Paragraph(
        text=found["text"],
        number=found["number"] or "",
        series=found["series"] or "",
        portion=found["portion"] or "",
    )


def write_paragraph(paragraph: Paragraph) -> str:
    r"""Write a paragraph; ``\`` before text that would be read as something else."""
    text = paragraph.text
    start = f"[{paragraph.series}] " if paragraph.series else ""
    start += f"{paragraph.number}. " if paragraph.number else ""
    start += f"({paragraph.portion}) " if paragraph.portion else ""
    first = _first(text)
    plain = read_paragraph(start + text)
    misread = plain is None or plain.text != text
    if misread or (not start and (fence(first) or label_in_text(first))):
        start += "\\"
    return start + text


def _first(text: str) -> str:
    return text.partition("\n")[0]
