"""Times as cables write them: literal beside reading, order that never claims too much.

Rules held here:

- An unreadable literal has no reading. No part is ever made up: a missing year is read only when
  the caller names one, and is then marked as inferred; a missing month is never read.
- A zone that nobody said is unknown, never UTC. Zone letters are those of ACP 121 (Z is UTC,
  J is the writer's local time, which is unknown).
- Two-digit years are 1950 to 2049. ``3.7.51`` is the third of July: day before month, always.
- Hour 24 is legal, and is hour 0 of the next day; the literal keeps the 24.
- A is before B only when that holds for every time zone and every finer time that they may mean.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import UTC, datetime, timedelta
from enum import Enum

from reftel.cable.model import Moment, Precision, Reading
from reftel.errors import BadValue

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_EAST, _WEST = "ABCDEFGHIKLM", "NOPQRSTUVWXY"
_FURTHEST_WEST, _FURTHEST_EAST = -12 * 60, 14 * 60
_PIVOT = 50
_LONGEST = 120

_LEAD = (
    r"(?:(?:received|dispatched|deciphered|printed|verified|signed|sent|dated|released|registered"
    r"|decision)\b[ ,:]*)?(?:(?:at|on|of)\b *)?"
)
_MONTH = "(?P<month>" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + r"|sept)\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_DATES = (
    rf"(?P<day>\d{{1,2}}) *{_MONTH}(?:,? *(?P<year>\d{{4}}))?",
    rf"(?P<day>\d{{1,2}})/(?P<roman>{'|'.join(_ROMAN)})[.\-/ ]{_YEAR}",
    rf"(?P<day>\d{{1,2}})\.(?P<number>\d{{1,2}})\.{_YEAR}",
    r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)",
)
_OFFSET = r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
_CLOCKS = (
    r"(?P<hour>\d\d)(?P<minute>\d\d) ?(?P<zone>[A-Z]|UTC|GMT)?(?: *(?:hours|hrs))?,?",
    r"(?P<hour>\d{1,2}) hours?(?: (?P<minute>\d{1,2}) minutes?)?,?",
)
_FORMS = tuple(
    re.compile(_LEAD + form, re.IGNORECASE | re.ASCII)
    for form in (
        *(f"{clock} +{date}" for clock in _CLOCKS for date in _DATES),
        *_DATES,
        rf"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d) ?(?P<zone>[A-Z])? ?{_MONTH},? ?{_YEAR}",
        rf"(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d) ?(?P<zone>[A-Z])? ?{_MONTH}",
        rf"{_DATES[-1]}[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::\d\d(?:\.\d{{1,9}})?)?{_OFFSET}",
        rf"{_MONTH},? +(?P<year>\d{{4}})",
        r"(?P<year>\d{4})-(?P<number>\d\d)",
    )
)


def read_moment(literal: str, *, default_year: int | None = None) -> Moment:
    """Read a time as written; what cannot be read keeps its literal and has no reading.

    ``default_year`` is used for a literal without a year, and marks the reading as inferred.
    Never raises.
    """
    text = " ".join(literal.split()).rstrip(".,;'’\"”") if len(literal) <= _LONGEST else ""
    for form in _FORMS:
        found = form.fullmatch(text)
        if found:
            return Moment(literal=literal, reading=_read(found.groupdict(), default_year))
    return Moment(literal=literal)


def _read(parts: dict[str, str | None], default_year: int | None) -> Reading | None:
    said = parts.get("year")
    year = _year(said) if said else default_year
    month = _month(parts)
    try:
        zone = _zone(parts.get("zone") or "J")
        if year is None:
            return None
        if not parts.get("day"):
            local, precision = _naive(year, month, 1), Precision.MONTH
        else:
            local, precision = _day_and_clock(year, month, parts)
    except (ValueError, OverflowError):
        return None
    return Reading(local=local, precision=precision, zone=zone, inferred=not said)


def _day_and_clock(year: int, month: int, parts: dict[str, str | None]) -> tuple[datetime, Precision]:
    day = _naive(year, month, int(parts["day"] or ""))
    if not parts.get("hour"):
        return day, Precision.DAY
    hour, minute = int(parts["hour"] or ""), int(parts.get("minute") or "0")
    precision = Precision.MINUTE if parts.get("minute") else Precision.HOUR
    if (hour, minute) == (24, 0):
        return day + timedelta(days=1), precision
    return day.replace(hour=hour, minute=minute), precision


def _naive(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day)


def _year(said: str) -> int:
    year = int(said)
    if len(said) == 4:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def _month(parts: dict[str, str | None]) -> int:
    if parts.get("number"):
        return int(parts["number"] or "")
    if parts.get("roman"):
        return _ROMAN.index((parts["roman"] or "").lower()) + 1
    word = (parts["month"] or "").lower()
    return [name[:3] for name in MONTHS].index(word[:3]) + 1


def _zone(said: str) -> int | None:
    """Minutes east of UTC for a zone letter, UTC, GMT or an offset; raises ValueError."""
    letter = said.upper()
    if letter == "J":
        return None
    if letter in ("Z", "UTC", "GMT"):
        return 0
    if letter in _EAST:
        return 60 * (_EAST.index(letter) + 1)
    if letter in _WEST:
        return -60 * (_WEST.index(letter) + 1)
    digits = said[1:].replace(":", "")
    zone = (60 * int(digits[:2]) + int(digits[2:])) * (-1 if said[0] == "-" else 1)
    if int(digits[2:]) > 59 or not _FURTHEST_WEST <= zone <= _FURTHEST_EAST:
        raise ValueError(said)
    return zone


_SHAPES = {
    Precision.MINUTE: "0000-00-00T00:00",
    Precision.HOUR: "0000-00-00T00",
    Precision.DAY: "0000-00-00",
    Precision.MONTH: "0000-00",
    Precision.YEAR: "0000",
}
_READING = re.compile(
    r"(?P<local>\d{4}(?:-\d\d(?:-\d\d(?:T(?:[01]\d|2[0-3])(?::\d\d)?)?)?)?)(?P<zone>Z|[+-]\d\d:\d\d)?"
    r" (?P<precision>minute|hour|day|month|year)(?P<unknown> zone unknown)?(?P<inferred> inferred)?",
    re.ASCII,
)


def format_reading(reading: Reading) -> str:
    """Write a reading in its one text form, such as ``1951-07-10T17:00 minute zone unknown``.

    Raises ``BadValue`` for one that no text form has: finer than its precision, or with a zone
    that is no zone on earth.
    """
    if reading.zone is None:
        zone, unknown = "", " zone unknown"
    else:
        east, unknown = abs(reading.zone), ""
        sign = "-" if reading.zone < 0 else "+"
        zone = f"{sign}{east // 60:02}:{east % 60:02}" if east else "Z"
    local = reading.local.isoformat()[: len(_SHAPES[reading.precision])]
    inferred = " inferred" if reading.inferred else ""
    text = f"{local}{zone} {reading.precision.value}{unknown}{inferred}"
    if parse_reading(text) != reading:
        raise BadValue("A time is finer than its precision says.", mend="Round it to its precision.")
    return text


def parse_reading(text: str) -> Reading:
    """Read what ``format_reading`` wrote, and only that; raises ``BadValue``."""
    found = _READING.fullmatch(text)
    mend = "Write it as 1951-07-10T17:00 minute zone unknown, or 2026-11-05T14:30Z minute."
    if not found or bool(found["zone"]) == bool(found["unknown"]) or found["zone"] in ("+00:00", "-00:00"):
        raise BadValue("That is not a reading of a time.", mend=mend)
    precision, local = Precision(found["precision"]), found["local"]
    if len(local) != len(_SHAPES[precision]):
        raise BadValue("The time and the precision after it do not agree.", mend=mend)
    try:
        clock = datetime.fromisoformat(local + "0001-01-01T00:00"[len(local) :])
        zone = _zone(found["zone"]) if found["zone"] else None
    except ValueError:
        raise BadValue("There is no such time or zone.", mend=mend) from None
    return Reading(local=clock, precision=precision, zone=zone, inferred=bool(found["inferred"]))


class Order(Enum):
    """How two readings stand to each other, as far as what is known goes."""

    BEFORE = "before"
    AFTER = "after"
    SAME = "same"
    UNKNOWN = "unknown"


def interval(reading: Reading) -> tuple[datetime, datetime]:
    """The earliest and the latest instant (aware, UTC, both included) that a reading may mean.

    An unknown zone may be any from UTC-12:00 to UTC+14:00.
    """
    first = reading.local
    match reading.precision:
        case Precision.MINUTE:
            beyond = _shift(first, timedelta(minutes=1))
        case Precision.HOUR:
            beyond = _shift(first, timedelta(hours=1))
        case Precision.DAY:
            beyond = _shift(first, timedelta(days=1))
        case Precision.MONTH:
            beyond = _shift(first, timedelta(days=monthrange(first.year, first.month)[1]))
        case _:
            beyond = _shift(first, timedelta(days=365 + isleap(first.year)))
    east = _FURTHEST_EAST if reading.zone is None else reading.zone
    west = _FURTHEST_WEST if reading.zone is None else reading.zone
    last = beyond - timedelta.resolution
    return (
        _shift(first, timedelta(minutes=-east)).replace(tzinfo=UTC),
        _shift(last, timedelta(minutes=-west)).replace(tzinfo=UTC),
    )


def _shift(at: datetime, by: timedelta) -> datetime:
    """Add, and stop at the first or the last time that a datetime can hold."""
    try:
        return at + by
    except OverflowError:
        return datetime.min if by < timedelta(0) else datetime.max


def compare(a: Reading, b: Reading, *, same_clock: bool = False) -> Order:
    """Say whether ``a`` is before ``b``, as far as that is certain.

    ``same_clock`` says that both were read off one clock, such as an office's own, so that a
    zone that is unknown is at least the same one. ``SAME`` is the same minute, both known to the
    minute; two things of the same day are ``UNKNOWN``.
    """
    if same_clock:
        zone = a.zone if a.zone is not None else b.zone or 0
        a, b = _in_zone(a, zone), _in_zone(b, b.zone if b.zone is not None else zone)
    (a_first, a_last), (b_first, b_last) = interval(a), interval(b)
    if a_last < b_first:
        return Order.BEFORE
    if b_last < a_first:
        return Order.AFTER
    known = a.zone is not None and b.zone is not None
    if known and a_first == b_first and a.precision == b.precision == Precision.MINUTE:
        return Order.SAME
    return Order.UNKNOWN


def _in_zone(reading: Reading, zone: int) -> Reading:
    return Reading(local=reading.local, precision=reading.precision, zone=zone, inferred=reading.inferred)


def minutes_between(a: Reading, b: Reading) -> int | None:
    """Minutes from ``a`` to ``b``, both read off one clock; a handling time.

    ``None`` unless both are known to the minute, and their zones are both said or both unknown.
    """
    if not a.precision == b.precision == Precision.MINUTE:
        return None
    if a.zone is None and b.zone is None:
        return (b.local - a.local) // timedelta(minutes=1)
    if a.zone is None or b.zone is None:
        return None
    return (b.local - a.local) // timedelta(minutes=1) - (b.zone - a.zone)


def dtg(at: datetime) -> str:
    """Write an aware time as a date-time group in UTC: ``221530Z NOV 26``; raises ``BadValue``."""
    if at.tzinfo is None:
        raise BadValue("A date-time group needs a time whose zone is known.")
    utc = at.astimezone(UTC)
    return f"{utc:%d%H%M}Z {MONTHS[utc.month - 1][:3].upper()} {utc.year % 100:02}"
