"""Quantities and clocks as said, with readings: ten English miles is not ten kilometres.

Rules held here:

- The words stay as written. A reading stands beside them only where number and unit are both known.
- A mile without a word is the English mile of 1,609.344 metres. A *li* was 500 metres in China from 1930,
  about 393 in Korea, and translators write it for a kilometre: it is measured against itself alone.
- Weeks are days, and years are months; how many days a month has is not said.
- Nothing is compared through a unit that is not in the table, and nothing without a unit.
- A clock whose zone nobody said is compared only as far as every zone on earth agrees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from typing import Final

from reftel.cable.dtg import Order, compare, read_moment
from reftel.cable.model import Reading


class Same(Enum):
    """Whether two say the same, as far as that is certain."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Unit:
    """``measures`` is what it is of; two units with one ``scale`` are compared, ``size`` times the amount."""

    measures: str
    scale: str
    size: Fraction = Fraction(1)


_MILE: Final = Fraction("1609.344")


def _units() -> dict[str, _Unit]:
    def of(measures: str, scale: str, size: Fraction | int | str, *names: str) -> dict[str, _Unit]:
        return dict.fromkeys(names, _Unit(measures, scale, Fraction(size)))

    return {
        **of("length", "metre", _MILE, "mile", "miles", "english mile", "english miles"),
        **of("length", "metre", _MILE, "statute mile", "statute miles"),
        **of("length", "metre", 1852, "nautical mile", "nautical miles", "nmi"),
        **of("length", "metre", 1000, "kilometre", "kilometres", "kilometer", "kilometers", "km", "kms"),
        **of("length", "metre", 1, "metre", "metres", "meter", "meters", "m"),
        **of("length", "metre", "0.3048", "foot", "feet", "ft"),
        **of("length", "li", 1, "li"),
        **of("time", "day", 1, "day", "days"),
        **of("time", "day", 7, "week", "weeks"),
        **of("time", "month", 1, "month", "months"),
        **of("time", "month", 12, "year", "years"),
        **of("persons", "person", 1, "person", "persons", "people", "man", "men"),
    }


_UNITS: Final = _units()
_WORDS: Final = {
    word: n
    for n, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty".split(),
        1,
    )
} | {word: 10 * n for n, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), 3)}
_LONGEST: Final = 120
_NUMBER = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,6})?|[0-9]{1,12}(?:\.[0-9]{1,6})?|" + "|".join(_WORDS) + ")"
)
_QUANTITY: Final = re.compile(
    r"(?P<about>(?:about|approximately|some|around|nearly) )?"
    rf"(?P<least>{_NUMBER})(?:(?:-| to | or |-to-|–)(?P<most>{_NUMBER}))?"
    r"(?:[ -]?(?P<unit>[^\W\d_][^\d_]{0,60}))?"
)
# spaces and bounds on every side, so that no text makes this slow
_IN_TEXT: Final = re.compile(
    r"(?<![\w.,])(?:(?:about|approximately|some|around|nearly) )?"
    rf"{_NUMBER}(?:(?:-| to | or |–){_NUMBER})?[ -]"
    rf"(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?!\w)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A quantity as written, and its reading as far as there is one.

    ``least`` and ``most`` are the same number unless a range is written; both are ``None`` where no number
    can be read. ``unit`` is the word after it in small letters, empty where there is none.
    """

    literal: str
    least: Fraction | None = None
    most: Fraction | None = None
    unit: str = ""
    about: bool = False

    @property
    def amount(self) -> Fraction | None:
        """The number, where exactly one is written."""
        return self.least if self.least == self.most and not self.about else None

    @property
    def metres(self) -> Fraction | None:
        """The amount in metres, where it is a length of a unit with one known size."""
        unit = _UNITS.get(self.unit)
        if self.amount is None or unit is None or unit.scale != "metre":
            return None
        return self.amount * unit.size


def read_quantity(literal: str) -> Quantity:
    """Read a quantity as written; what cannot be read keeps its words and has no number. Never raises."""
    text = " ".join(literal.split()).casefold().rstrip(".") if len(literal) <= _LONGEST else ""
    found = _QUANTITY.fullmatch(text)
    if not found:
        return Quantity(literal=literal)
    least = _number(found["least"])
    most = _number(found["most"]) if found["most"] else least
    if most < least:
        return Quantity(literal=literal)
    return Quantity(
        literal=literal,
        least=least,
        most=most,
        unit=(found["unit"] or "").strip(),
        about=found["about"] is not None,
    )


def find_quantities(text: str) -> list[Quantity]:
    """The quantities in a text whose unit is in the table, in order, each in the words that stand there."""
    return [
        quantity
        for found in _IN_TEXT.finditer(text)
        if (quantity := read_quantity(found[0])).least is not None
    ]


def _number(written: str) -> Fraction:
    return Fraction(_WORDS[written]) if written in _WORDS else Fraction(written.replace(",", ""))


def same(a: Quantity, b: Quantity) -> Same:
    """Whether two quantities are the same; ``UNKNOWN`` where their units or numbers cannot be compared."""
    if a.least is None or b.least is None or a.most is None or b.most is None:
        return Same.UNKNOWN
    here, there = _unit_of(a), _unit_of(b)
    if here is None or there is None:
        return Same.UNKNOWN
    if here.scale != there.scale:
        # a month is some number of days and a li some number of metres; a length is no number of persons
        return Same.UNKNOWN if here.measures == there.measures else Same.NO
    if a.about or b.about:
        return Same.UNKNOWN
    first, last = a.least * here.size, a.most * here.size
    if first > b.most * there.size or last < b.least * there.size:
        return Same.NO
    return Same.YES if a.amount is not None and b.amount is not None else Same.UNKNOWN


def _unit_of(quantity: Quantity) -> _Unit | None:
    return _UNITS.get(quantity.unit)


def zone_of(clock: str) -> int | None:
    """Minutes east of UTC of a clock that is named by its letter or offset: ``K``, ``+10:00``.

    ``None`` for one that is not, such as ``Pyongyang time``: what that was, somebody has to say.
    """
    read = (
        read_moment(f"1951-07-10T08:00{clock}") if clock[:1] in "Z+-" else read_moment(f"0800{clock} 10.7.51")
    )
    return read.reading.zone if read.reading and clock else None


def same_moment(a: Reading, a_zone: int | None, b: Reading, b_zone: int | None) -> Same:
    """Whether two readings are one moment; the zones are minutes east of UTC that each one's clock kept.

    A zone that stands in a reading goes before its clock's. ``None`` is a clock whose zone nobody said.
    """
    match compare(_by_clock(a, a_zone), _by_clock(b, b_zone)):
        case Order.SAME:
            return Same.YES
        case Order.UNKNOWN:
            return Same.UNKNOWN
        case _:
            return Same.NO


def _by_clock(reading: Reading, zone: int | None) -> Reading:
    return replace(reading, zone=zone) if reading.zone is None else reading
