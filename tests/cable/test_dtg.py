"""Times as cables write them. The literals of 1950 and 1951 are those of the founding cables."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable.dtg import (
    Order,
    compare,
    dtg,
    format_reading,
    interval,
    minutes_between,
    parse_reading,
    read_moment,
)
from reftel.cable.model import Precision, Reading
from reftel.errors import BadValue
from tests.cable.strategies import readings
from tests.conftest import shared


def text_of(literal: str, year: int | None = None) -> str | None:
    moment = read_moment(literal, default_year=year)
    assert moment.literal == literal
    return format_reading(moment.reading) if moment.reading else None


def reading(literal: str) -> Reading:
    found = read_moment(literal).reading
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        ("2400 10 July 1951", "1951-07-11T00:00 minute zone unknown"),
        ("19 hours 10 minutes 7/XII.1950", "1950-12-07T19:10 minute zone unknown"),
        ("Received 19 hours 10 minutes  \n7/XII.1950", "1950-12-07T19:10 minute zone unknown"),
        ("Dispatched 20 hours 40 minutes 7/XII.1950", "1950-12-07T20:40 minute zone unknown"),
        ("19 hours 7/XII.1950", "1950-12-07T19 hour zone unknown"),
        ("7/XII-50", "1950-12-07 day zone unknown"),
        ("3.7.51", "1951-07-03 day zone unknown"),
        ("25.6.1950", "1950-06-25 day zone unknown"),
        ("1135 19 October 1951", "1951-10-19T11:35 minute zone unknown"),
        ("received at 1135 19 October 1951", "1951-10-19T11:35 minute zone unknown"),
        ("0530 18 Oct. 1951'", "1951-10-18T05:30 minute zone unknown"),
        ("19 November 1951", "1951-11-19 day zone unknown"),
        ("Decision of 19 November 1951", "1951-11-19 day zone unknown"),
        ("1 Sept 1951", "1951-09-01 day zone unknown"),
        ("July 1951", "1951-07 month zone unknown"),
        ("1951-07", "1951-07 month zone unknown"),
        ("1951-11-19", "1951-11-19 day zone unknown"),
        ("051430Z NOV 26", "2026-11-05T14:30Z minute"),
        ("190535z nov 2026", "2026-11-19T05:35Z minute"),
        ("051430NOV26", "2026-11-05T14:30 minute zone unknown"),
        ("051430K NOV 26", "2026-11-05T14:30+10:00 minute"),
        ("051430R NOV 26", "2026-11-05T14:30-05:00 minute"),
        ("051430J NOV 26", "2026-11-05T14:30 minute zone unknown"),
        ("051430 MAR 49", "2049-03-05T14:30 minute zone unknown"),
        ("311200Z MAY 50", "1950-05-31T12:00Z minute"),
        ("0535 GMT 19 Nov 2026", "2026-11-19T05:35Z minute"),
        ("2026-11-05T14:30:59+09:30", "2026-11-05T14:30+09:30 minute"),
        ("2026-11-05 14:30", "2026-11-05T14:30 minute zone unknown"),
        ("2026-11-05T24:00Z", "2026-11-06T00:00Z minute"),
    ],
)
def test_a_time_is_read_and_its_literal_kept(literal, meant):
    assert text_of(literal) == meant


@pytest.mark.parametrize(
    "literal",
    [
        "",
        "051430",
        "051430Z",
        "1951",
        "yesterday",
        "approximately on 5.7.1951",
        "the previous telegram",
        "2401 10 July 1951",
        "2460 10 July 1951",
        "31.2.51",
        "31.13.51",
        "7/XIII.1950",
        "7/7/1950",
        "10 Brumaire 1951",
        "9999-12-31T24:00",
        "2026-11-05T14:30+14:30",
        "2026-11-05T14:30+09:75",
        "١٩ October 1951",
        "1 July 1951" + " " * 200,
    ],
)
def test_what_cannot_be_read_has_no_reading_even_with_a_year_to_hand(literal):
    assert text_of(literal, 1951) is None


@pytest.mark.parametrize("literal", ["2400 10 July", "0530 18 October", "051430Z NOV", "1920 11 July"])
def test_a_missing_year_is_not_made_up(literal):
    assert text_of(literal) is None


def test_a_missing_year_that_the_caller_names_is_marked():
    assert text_of("2400 10 July", 1951) == "1951-07-11T00:00 minute zone unknown inferred"
    assert text_of("051430Z NOV", 2026) == "2026-11-05T14:30Z minute inferred"
    assert text_of("1920 11 July 1951", 1900) == "1951-07-11T19:20 minute zone unknown"


@given(st.text(max_size=40), st.one_of(st.none(), st.integers(-5, 12000)))
def test_reading_never_fails_and_keeps_the_literal(text, year):
    assert read_moment(text, default_year=year).literal == text


def test_every_time_of_the_founding_cables_is_read_as_by_hand():
    founding: dict[str, Any] = json.loads(shared("founding", "founding.json").read_text(encoding="utf-8"))
    seen = 0
    for document in founding["documents"]:
        year = 1950 if document["id"] == "F1" else 1951
        for time in document.get("times", []):
            if time["literal"] is not None:
                means = text_of(time["literal"], year)
                assert means is not None
                assert means.startswith(time["means"])
                assert "zone unknown" in means
                seen += 1
    assert seen >= 12


@given(readings)
def test_a_reading_has_one_text_form(reading):
    assert parse_reading(format_reading(reading)) == reading


@given(st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9])?(Z|[+-][01][0-9]:[0-5][0-9])?"
                     r" (day|hour)( zone unknown)?( inferred)?", fullmatch=True))  # fmt: skip
def test_a_text_form_that_is_read_is_written_the_same(text):
    try:
        found = parse_reading(text)
    except BadValue:
        return
    assert format_reading(found) == text


@pytest.mark.parametrize(
    "text",
    [
        "1951-07-10T17:00 minute",
        "1951-07-10T17:00Z minute zone unknown",
        "1951-07-10T17:00+00:00 minute",
        "1951-07-10T17:00-00:00 minute",
        "1951-07-10T24:00Z minute",
        "1951-07-10T17:00Z day",
        "1951-02-30 day zone unknown",
        "1951-07-10T17:00+15:00 minute",
        "0000 year zone unknown",
        "soon",
    ],
)
def test_other_texts_are_no_reading(text):
    with pytest.raises(BadValue):
        parse_reading(text)


@pytest.mark.parametrize(
    ("local", "precision", "zone"),
    [
        (datetime(1951, 7, 10, 17, 0), Precision.DAY, None),
        (datetime(1951, 7, 10, 17, 0, 5), Precision.MINUTE, 0),
        (datetime(1951, 7, 10, 17, 0), Precision.MINUTE, 900),
        (datetime(1951, 7, 10, 17, 0), Precision.MINUTE, 60000),
    ],
)
def test_a_reading_that_claims_too_much_is_not_written(local, precision, zone):
    with pytest.raises(BadValue):
        format_reading(Reading(local=local, precision=precision, zone=zone))


@pytest.mark.parametrize(
    ("literal", "first", "last"),
    [
        ("051430Z NOV 26", "2026-11-05T14:30:00", "2026-11-05T14:30:59.999999"),
        ("051430I NOV 26", "2026-11-05T05:30:00", "2026-11-05T05:30:59.999999"),
        ("1951-11-19", "1951-11-18T10:00:00", "1951-11-20T11:59:59.999999"),
        ("19 hours 7/XII.1950", "1950-12-07T05:00:00", "1950-12-08T07:59:59.999999"),
        ("1952-02", "1952-01-31T10:00:00", "1952-03-01T11:59:59.999999"),
    ],
)
def test_the_instants_that_a_reading_may_mean(literal, first, last):
    assert interval(reading(literal)) == (
        datetime.fromisoformat(first).replace(tzinfo=UTC),
        datetime.fromisoformat(last).replace(tzinfo=UTC),
    )


def test_the_ends_of_time_are_not_passed():
    for text in ("0001 year zone unknown", "9999 year zone unknown", "9999-12 month zone unknown"):
        first, last = interval(parse_reading(text))
        assert first < last
    year = interval(parse_reading("1952Z year"))
    assert year[1] - year[0] == timedelta(days=366) - timedelta.resolution


def test_before_is_said_only_when_no_zone_could_make_it_otherwise():
    received, deciphered = reading("1135 19 October 1951"), reading("1205 19 October 1951")
    assert compare(received, deciphered) is Order.UNKNOWN
    assert compare(received, deciphered, same_clock=True) is Order.BEFORE
    assert compare(deciphered, received, same_clock=True) is Order.AFTER
    assert compare(received, received, same_clock=True) is Order.SAME
    assert compare(received, received) is Order.UNKNOWN
    assert compare(reading("0530 18 October 1951"), reading("1135 19 October 1951")) is Order.BEFORE
    assert compare(reading("19 November 1951"), reading("19 November 1951"), same_clock=True) is Order.UNKNOWN
    assert compare(reading("051430Z NOV 26"), reading("052330I NOV 26")) is Order.SAME
    assert compare(reading("051430Z NOV 26"), reading("052329I NOV 26")) is Order.AFTER


def test_a_clock_whose_zone_is_said_once_is_that_clock_throughout():
    said, unsaid = reading("051430I NOV 26"), reading("051431 NOV 26")
    assert compare(said, unsaid, same_clock=True) is Order.BEFORE
    assert compare(unsaid, said, same_clock=True) is Order.AFTER
    assert compare(said, unsaid) is Order.UNKNOWN


@given(readings, readings)
def test_order_is_the_same_seen_from_both_ends(a, b):
    other = {Order.BEFORE: Order.AFTER, Order.AFTER: Order.BEFORE}
    for same in (False, True):
        order = compare(a, b, same_clock=same)
        assert compare(b, a, same_clock=same) is other.get(order, order)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("1700 11 July 1951", "1920 11 July 1951", 140),
        ("1920 11 July 1951", "1940 11 July 1951", 20),
        ("1135 19 October 1951", "1205 19 October 1951", 30),
        ("1205 19 October 1951", "1250 19 October 1951", 45),
        ("19 hours 10 minutes 7/XII.1950", "20 hours 40 minutes 7/XII.1950", 90),
        ("2400 10 July 1951", "0001 11 July 1951", 1),
        ("051430Z NOV 26", "052345I NOV 26", 15),
        ("051430Z NOV 26", "051445 NOV 26", None),
        ("051430 NOV 26", "051445Z NOV 26", None),
        ("19 November 1951", "0530 20 November 1951", None),
    ],
)
def test_handling_times(start, end, minutes):
    assert minutes_between(reading(start), reading(end)) == minutes


def test_a_date_time_group_is_written_in_utc():
    assert dtg(datetime(2026, 11, 22, 15, 30, 59, tzinfo=UTC)) == "221530Z NOV 26"
    east = timezone(timedelta(hours=9))
    assert dtg(datetime(2027, 1, 1, 0, 30, tzinfo=east)) == "311530Z DEC 26"
    with pytest.raises(BadValue):
        dtg(datetime(2026, 11, 22, 15, 30))


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31), timezones=st.just(UTC)))
def test_our_own_groups_are_read_back(at):
    found = reading(dtg(at))
    assert interval(found)[0] == at.replace(second=0, microsecond=0)
