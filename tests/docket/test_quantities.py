"""Quantities and clocks as said: ten English miles is not ten kilometres, 0800 here is 1000 there."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable.dtg import read_moment
from reftel.cable.model import Reading
from reftel.docket.quantities import (
    Quantity,
    Same,
    find_quantities,
    read_quantity,
    same,
    same_moment,
    zone_of,
)

PYONGYANG, K = 8 * 60, 10 * 60


@pytest.mark.parametrize(
    ("literal", "metres"),
    [
        ("10 English miles", "16093.44"),
        ("ten English miles", "16093.44"),
        ("10 miles", "16093.44"),
        ("10 kilometres", "10000"),
        ("10 km", "10000"),
        ("10-kilometer", "10000"),
        ("2.5 nautical miles", "4630"),
        ("6,076 feet", "1851.9648"),
        ("500 m", "500"),
    ],
)
def test_a_length_is_read_in_metres_exactly(literal, metres):
    read = read_quantity(literal)
    assert read.literal == literal
    assert read.metres == Fraction(metres)


@pytest.mark.parametrize(
    ("literal", "amount", "unit"),
    [
        ("120", 120, ""),
        ("120 persons", 120, "persons"),
        ("20 correspondents", 20, "correspondents"),
        ("four months", 4, "months"),
        ("Four alternatives", 4, "alternatives"),
        ("10 li", 10, "li"),
        ("16,093.44 m", Fraction("16093.44"), "m"),
    ],
)
def test_a_number_and_its_unit_are_kept_as_said(literal, amount, unit):
    read = read_quantity(literal)
    assert (read.amount, read.unit) == (amount, unit)


@pytest.mark.parametrize("literal", ["20 correspondents", "four months", "10 li", "120", "several miles"])
def test_what_has_no_length_that_is_known_has_no_metres(literal):
    assert read_quantity(literal).metres is None


def test_a_range_and_a_rough_number_are_no_exact_amount():
    months = read_quantity("three-four months")
    assert (months.least, months.most, months.amount, months.unit) == (
        Fraction(3),
        Fraction(4),
        None,
        "months",
    )
    rough = read_quantity("about 10 km")
    assert (rough.least, rough.amount, rough.metres) == (Fraction(10), None, None)


@pytest.mark.parametrize(
    "literal",
    ["", "several months", "half a mile", "4-3 months", "1,00 km", "10 km 5", "١٠ km", "1" * 13, "x" * 200],
)
def test_what_cannot_be_read_keeps_its_words_and_no_number(literal):
    assert read_quantity(literal) == Quantity(literal=literal)


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        ("10 English miles", "10 kilometres", Same.NO),
        ("10 English miles", "16,093.44 metres", Same.YES),
        ("10 English miles", "10 miles", Same.YES),
        ("10 nautical miles", "10 miles", Same.NO),
        ("10 li", "5 kilometres", Same.UNKNOWN),
        ("10 li", "10 li", Same.YES),
        ("10 li", "12 li", Same.NO),
        ("two weeks", "14 days", Same.YES),
        ("four months", "120 days", Same.UNKNOWN),
        ("12 months", "1 year", Same.YES),
        ("10 days", "10 persons", Same.NO),
        ("120 men", "120 persons", Same.YES),
        ("20 correspondents", "20 persons", Same.UNKNOWN),
        ("20 correspondents", "30 correspondents", Same.UNKNOWN),
        ("120", "120", Same.UNKNOWN),
        ("three-four months", "4 months", Same.UNKNOWN),
        ("three-four months", "3 to 4 months", Same.UNKNOWN),
        ("three-four months", "5 months", Same.NO),
        ("about 10 km", "10 km", Same.UNKNOWN),
        ("about 10 km", "11 km", Same.UNKNOWN),
        ("several months", "several months", Same.UNKNOWN),
    ],
)
def test_two_quantities_are_the_same_only_where_that_is_certain(a, b, answer):
    assert same(read_quantity(a), read_quantity(b)) is answer
    assert same(read_quantity(b), read_quantity(a)) is answer


def test_quantities_are_found_in_a_text_in_its_own_words():
    text = "Withdraw 10 English miles, in three-four months, about 5 Km on the road; 10.5.51, 3 points."
    assert [found.literal for found in find_quantities(text)] == [
        "10 English miles",
        "three-four months",
        "about 5 Km",
    ]
    assert find_quantities("37.10 km2, 5 mileage, tenmiles, 38th parallel") == []


@pytest.mark.parametrize(
    ("clock", "zone"),
    [
        ("K", 600),
        ("Z", 0),
        ("+09:00", 540),
        ("", None),
        ("Pyongyang time", None),
        ("J", None),
        ("+99:00", None),
    ],
)
def test_a_clock_has_a_zone_only_by_its_letter_or_offset(clock, zone):
    assert zone_of(clock) == zone


@given(st.text(max_size=130))
def test_reading_never_raises_and_never_loses_the_words(literal):
    assert read_quantity(literal).literal == literal


def clock(written: str) -> Reading:
    read = read_moment(f"{written} 11 July 1951").reading
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("a", "a_zone", "b", "b_zone", "answer"),
    [
        ("0800", PYONGYANG, "1000", K, Same.YES),
        ("0800", PYONGYANG, "0800", K, Same.NO),
        ("0800", None, "1000", K, Same.UNKNOWN),
        ("0800", None, "0800", None, Same.UNKNOWN),
        ("1000K", None, "0800", PYONGYANG, Same.YES),
        ("1000K", PYONGYANG, "0800", PYONGYANG, Same.YES),
    ],
)
def test_a_time_is_read_by_the_clock_that_it_was_read_off(a, a_zone, b, b_zone, answer):
    assert same_moment(clock(a), a_zone, clock(b), b_zone) is answer
    assert same_moment(clock(b), b_zone, clock(a), a_zone) is answer


def test_two_times_that_no_zone_brings_together_are_not_the_same():
    later = read_moment("0800 13 July 1951").reading
    assert later is not None
    assert same_moment(clock("0800"), None, later, None) is Same.NO
