"""Times in words for the sheet, and the minutes between two of them."""

from __future__ import annotations

from datetime import timedelta

from reftel.cable.model import Moment, Precision, Reading

_MONTHS = "January February March April May June July August September October November December".split()


def zone_words(zone: int | None) -> str:
    """``UTC``, ``UTC+09:00`` for minutes east of it, or ``zone not stated``."""
    if zone is None:
        return "zone not stated"
    if zone == 0:
        return "UTC"
    hours, minutes = divmod(abs(zone), 60)
    return f"UTC{'+' if zone > 0 else '−'}{hours:02}:{minutes:02}"


def reading_words(reading: Reading) -> str:
    """The reading as far as it is known: ``19 October 1951 11:35, zone not stated``."""
    at = reading.local
    words = str(at.year)
    if reading.precision is not Precision.YEAR:
        words = f"{_MONTHS[at.month - 1]} {words}"
    if reading.precision not in (Precision.YEAR, Precision.MONTH):
        words = f"{at.day} {words}"
    if reading.precision is Precision.HOUR:
        words += f", hour {at.hour}, {zone_words(reading.zone)}"
    elif reading.precision is Precision.MINUTE:
        words += f" {at:%H:%M}, {zone_words(reading.zone)}"
    return words + (", in part inferred" if reading.inferred else "")


def minutes_between(earlier: Moment | None, later: Moment | None) -> int | None:
    """Minutes from one to the other, or ``None`` when the two cannot be compared.

    Both must be known to the minute, and both with a zone or both without one.
    """
    a, b = (moment.reading if moment else None for moment in (earlier, later))
    if a is None or b is None or {a.precision, b.precision} != {Precision.MINUTE}:
        return None
    if (a.zone is None) != (b.zone is None):
        return None
    gap = (b.local - timedelta(minutes=b.zone or 0)) - (a.local - timedelta(minutes=a.zone or 0))
    return int(gap.total_seconds() // 60)
