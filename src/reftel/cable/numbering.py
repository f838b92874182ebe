"""Numbers of cables: the key under which each is found, numbers of our own, and holes.

A reftel is written six ways. Whatever is asked for and whatever stands on a sheet go through
:func:`fold`; what folds to the same key is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from reftel.cable.dtg import MONTHS, read_moment
from reftel.cable.model import Block, Cable, Carried, Moment, Precision, Quotation, Reading, Reference
from reftel.errors import BadValue

_LOOKALIKES = str.maketrans("авекмнорстухіјѕ", "abekmhopctyxijs")
_SIGN = re.compile(r"№|[Nn][º°]")
_BETWEEN_WORDS = re.compile(r"[\W_]+").split
_NUMBERED = re.compile(r"(?:№|\bN[º°]|\bNo\b\.?)\s*(?P<number>[^\s;]+)", re.IGNORECASE)
_SERIES = re.compile(
    r"\s*(?P<name>\S.*?)\s*(?:№|\bN[º°]|\bNo\b\.?)\s*(?P<number>[0-9]{1,9})\.?\s*", re.IGNORECASE
)
_MONTH_KEYS = {name: name[:3] for name in MONTHS} | {"sept": "sep"}
_MRN = re.compile(r"(?P<year>[0-9]{4})(?P<post>[A-Z](?:[A-Z0-9]{0,30}[A-Z])?)(?P<serial>[0-9]{6})")
_WIDEST_GAP = 10_000
_LONGEST_SERIES = 200

Identifier = tuple[str, str, str]
"""A scheme, what is written, and the key under which it is found."""


def fold(text: str) -> str:
    """The key under which a number, reference, date-time group or name is found.

    Folds together: the ways to write No; upper and lower case; blanks and punctuation of every
    kind; Cyrillic letters that look like Latin ones; long and short names of months.
    """
    if text.isascii():
        spelled = text.lower()  # the rest changes nothing in ASCII
    else:
        spelled = unicodedata.normalize("NFKC", _SIGN.sub(" no ", text)).casefold()
        spelled = unicodedata.normalize("NFKC", spelled).translate(_LOOKALIKES)
    return " ".join([word for word in map(_word, _BETWEEN_WORDS(spelled)) if word])


def _word(word: str) -> str:
    if word == "no":
        return ""
    if word.startswith("no") and word[2].isdecimal() and word[2].isascii():
        return word[2:]
    return _MONTH_KEYS.get(word, word)


def identifiers(cable: Cable) -> list[Identifier]:
    """Everything on a sheet under which the cable is found, each with its key.

    The scheme is the number's own, or ``moment``, ``kind``, ``print number``; ``reference`` for
    what the cable only cites; with ``carried`` before it for a telegram carried inside.
    """
    found = dict.fromkeys(entry for entry in _identifiers(cable) if entry[2])
    return list(found)


def _identifiers(cable: Cable) -> Iterator[Identifier]:
    for number in cable.numbers:
        for written in (
            number.value,
            f"{number.scheme} {number.value}",
            f"cable {number.value}",
            number.literal,
        ):
            yield number.scheme, number.literal or number.value, fold(written)
    yield "kind", cable.kind, fold(cable.kind)
    for key in moment_keys(cable.moment):
        yield "moment", cable.moment.literal if cable.moment else "", key
    for mark in cable.marks:
        for printed in _NUMBERED.finditer(mark.note):
            yield "print number", printed["number"], fold(printed["number"])
    for reference in cable.references:
        for key in reference_keys(reference):
            yield "reference", reference.literal, key
    for inner in _carried(cable.blocks):
        for scheme, literal, key in _identifiers(inner):
            yield f"carried {scheme}", literal, key


def _carried(blocks: tuple[Block, ...]) -> Iterator[Cable]:
    for block in blocks:
        if isinstance(block, Carried):
            yield block.cable
        elif isinstance(block, Quotation):
            yield from _carried(block.blocks)


def moment_keys(moment: Moment | None) -> list[str]:
    """The keys of a time: as written, by its reading, with and without the year."""
    if moment is None:
        return []
    reading = moment.reading or read_moment(moment.literal).reading
    keys = [fold(moment.literal)]
    if reading is not None:
        keys += [keys[0].removesuffix(str(reading.local.year)), *_reading_keys(reading)]
    return list(dict.fromkeys(key.strip() for key in keys if key.strip()))


def _reading_keys(reading: Reading) -> list[str]:
    local = reading.local
    if reading.precision not in (Precision.MINUTE, Precision.DAY):
        return []
    date = f"{local.day} {MONTHS[local.month - 1][:3]}"
    if reading.precision == Precision.DAY:
        return [date, f"{date} {local.year}"]
    keys = [f"{local:%H%M} {date}", f"{local:%H%M} {date} {local.year}"]
    if reading.zone == 0:
        group = fold(f"{local:%d%H%M}Z {MONTHS[local.month - 1]} {local.year % 100:02}")
        keys += [group, group.rsplit(maxsplit=1)[0], group.split(maxsplit=1)[0]]
    return keys


def reference_keys(reference: Reference) -> list[str]:
    """The keys of a reftel: as written, its number, its time."""
    keys = [fold(reference.literal), fold(reference.number), *moment_keys(reference.moment)]
    return list(dict.fromkeys(key for key in keys if key))


def series_number(text: str) -> tuple[str, int] | None:
    """What a series is called and which number this is: ``brief report No 2`` is (brief report, 2).

    Such a number implies that the lower ones exist.
    """
    found = _SERIES.fullmatch(text) if len(text) <= _LONGEST_SERIES else None
    return (fold(found["name"]), int(found["number"])) if found else None


def mrn(year: int, post_name: str, serial: int) -> str:
    """The message reference number, ``2026KAESONG000123``; raises ``BadValue``.

    Blanks and hyphens of the post's name are left out; it is of Latin letters and digits and
    ends in a letter, so that the number can be taken apart again.
    """
    text = f"{year:04}{mrn_name(post_name)}{serial:06}"
    if not _MRN.fullmatch(text) or parse_mrn(text)[2] != serial:
        raise BadValue(
            "No message reference number can be made of that year, post and serial.",
            mend="The post's name is of letters A to Z, the serial below 1000000.",
        )
    return text


def mrn_name(post_name: str) -> str:
    """A post's name as it stands in its message reference numbers: without blanks and hyphens."""
    return re.sub("[ -]", "", post_name.upper())


def mrn_names(text: str, post_name: str) -> bool:
    """Whether ``text`` is a message reference number of the post with that name."""
    found = _MRN.fullmatch(text)
    return found is not None and found["post"] == mrn_name(post_name)


def parse_mrn(text: str) -> tuple[int, str, int]:
    """Take a message reference number apart: year, post, serial; raises ``BadValue``."""
    found = _MRN.fullmatch(text)
    if not found:
        raise BadValue("That is not a message reference number.", mend="One looks like 2026KAESONG000123.")
    return int(found["year"]), found["post"], int(found["serial"])


def gap(seen: Iterable[int], *, first: int | None = None) -> list[int]:
    """The numbers missing from ``first`` (or the lowest seen) to the highest seen, ascending.

    Raises ``BadValue`` when more than ten thousand are missing: then the number is wrong.
    """
    held = set(seen)
    if not held:
        return []
    low, high = min(held) if first is None else first, max(held)
    if high - low - len(held) >= _WIDEST_GAP:
        raise BadValue(
            "More than ten thousand numbers are missing.", mend="Look at the highest number again."
        )
    return [number for number in range(low, high) if number not in held]
