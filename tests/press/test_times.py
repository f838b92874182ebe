from __future__ import annotations

from datetime import datetime

import pytest

from reftel.cable.model import Moment, Precision, Reading
from reftel.press.times import minutes_between, reading_words


@pytest.mark.parametrize(
    ("precision", "zone", "inferred", "said"),
    [
        (Precision.MINUTE, None, False, "9 July 1951 17:05, zone not stated"),
        (Precision.MINUTE, 0, False, "9 July 1951 17:05, UTC"),
        (Precision.MINUTE, 540, True, "9 July 1951 17:05, UTC+09:00, in part inferred"),
        (Precision.MINUTE, -210, False, "9 July 1951 17:05, UTC−03:30"),
        (Precision.HOUR, None, False, "9 July 1951, hour 17, zone not stated"),
        (Precision.DAY, None, False, "9 July 1951"),
        (Precision.MONTH, None, True, "July 1951, in part inferred"),
        (Precision.YEAR, None, False, "1951"),
    ],
)
def test_reading_says_no_more_than_is_known(precision, zone, inferred, said):
    at = datetime(1951, 7, 9, 17, 5)
    assert reading_words(Reading(local=at, precision=precision, zone=zone, inferred=inferred)) == said


def at(clock: str, zone: int | None = None, precision: Precision = Precision.MINUTE) -> Moment:
    local = datetime.fromisoformat(f"1951-10-19 {clock}")
    return Moment(literal=clock, reading=Reading(local=local, precision=precision, zone=zone))


@pytest.mark.parametrize(
    ("earlier", "later", "minutes"),
    [
        (at("11:35"), at("12:05"), 30),
        (at("12:50"), at("12:05"), -45),
        (at("11:35", 540), at("02:50", 0), 15),
        (at("11:35", 0), at("12:05"), None),
        (at("11:35"), at("12:00", precision=Precision.HOUR), None),
        (at("11:35"), Moment(literal="noon"), None),
        (None, at("12:05"), None),
    ],
)
def test_minutes_are_counted_only_between_times_that_compare(earlier, later, minutes):
    assert minutes_between(earlier, later) == minutes
