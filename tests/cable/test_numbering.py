"""Numbers: one key for the many ways of writing one, our own numbers, holes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable.dtg import read_moment
from reftel.cable.model import (
    Cable,
    Carried,
    Mark,
    Moment,
    Number,
    Paragraph,
    Party,
    Quotation,
    Reference,
)
from reftel.cable.numbering import (
    fold,
    gap,
    identifiers,
    mrn,
    parse_mrn,
    reference_keys,
    series_number,
)
from reftel.errors import BadValue
from tests.cable.founding import FOUNDING
from tests.cable.strategies import cables


@pytest.mark.parametrize(
    "ways",
    [
        ("25025", "№25025", "Nº 25025", "N° 25025", "No. 25025", "no25025", "NO.25025"),
        ("Cable № 25025", "CABLE Nº 25025", "cable no.25025"),
        ("254/3612/shs", "254 / 3612 / SHS", "No 254-3612-shs", "254/3612/ѕhѕ"),
        ("G. Т", "G. T", "G.T.", "g t"),
        ("P84/421", "Р84/421", "No. P84/421"),
        ("0530 18 October", "0530 18 Oct.", "0530, 18 october'"),
        ("190535Z NOV 26", "190535z  november 26"),
        ("7/XII-50", "7/xii.50"),
    ],
)
def test_the_many_ways_of_writing_one_number_fold_together(ways):
    assert len({fold(way) for way in ways}) == 1


@pytest.mark.parametrize(
    ("a", "b"), [("25025", "25026"), ("north", "5"), ("Nam Il", "Kim Il Sung"), ("中", "中立")]
)
def test_what_differs_stays_apart(a, b):
    assert fold(a) != fold(b)


def test_nothing_to_find_by_has_no_key():
    assert fold(" № — ") == ""


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


INNER = Cable(
    sender=Party(person="MAO ZEDONG"),
    to=(Party(person="LI KENONG"),),
    blocks=(Paragraph(text="Your answer arrived here today."),),
    kind="brief report No 2",
    numbers=(Number(scheme="own number", value="5205"),),
    moment=read_moment("0530 18 October 1951"),
    references=(
        Reference(literal="your telegram of 0115 18 October", moment=Moment(literal="0115 18 October")),
    ),
)
OUTER = Cable(
    sender=Party(place="[BEIJING]"),
    to=(Party(person="FILIPPOV"),),
    blocks=(Quotation(blocks=(Paragraph(text="x"), Carried(cable=INNER))),),
    kind="CABLE",
    numbers=(
        Number(scheme="cable", value="25025"),
        Number(scheme="incoming number", value="254/3612/shs"),
        Number(scheme="stamp number", value="757"),
        Number(scheme="special", value="1691", literal="Special No. 1691,1692"),
    ),
    moment=read_moment("190535Z NOV 26"),
    references=(Reference(literal="P84/421", letter="A", number="421"),),
    marks=(Mark(event="printed", note="Nº 3007"), Mark(event="verified", note="eight copies")),
)


def schemes(asked: str) -> set[str]:
    return {scheme for scheme, _, key in identifiers(OUTER) if key == fold(asked)}


@pytest.mark.parametrize(
    ("asked", "scheme"),
    [
        ("25025", "cable"),
        ("Cable № 25025", "cable"),
        ("254/3612/shs", "incoming number"),
        ("757", "stamp number"),
        ("No. 1691", "special"),
        ("Special No. 1691,1692", "special"),
        ("3007", "print number"),
        ("190535Z NOV 26", "moment"),
        ("190535Z NOV", "moment"),
        ("190535Z", "moment"),
        ("0535 19 November 2026", "moment"),
        ("0530 18 October", "carried moment"),
        ("0530 18 October 1951", "carried moment"),
        ("5205", "carried own number"),
        ("brief report № 2", "carried kind"),
        ("P84/421", "reference"),
        ("421", "reference"),
        ("0115 18 October", "carried reference"),
    ],
)
def test_everything_on_the_sheet_finds_the_cable(asked, scheme):
    assert schemes(asked) == {scheme}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("F1", "No. 23343"),
        ("F1", "1692"),
        ("F1", "2522"),
        ("F1", "7/XII-50"),
        ("F2", "3305"),
        ("F2", "3.7.51"),
        ("F3", "CABLE Nº 21677"),
        ("F3", "533/2344/shs"),
        ("F3", "brief report N° 2"),
        ("F3", "2400 10 July"),
        ("F3", "839"),
        ("F4", "25025"),
        ("F4", "Cable № 25025"),
        ("F4", "254/3612/shs"),
        ("F4", "757"),
        ("F4", "3007"),
        ("F4", "0530 18 October"),
        ("F4", "0115 18 October"),
        ("F5", "P84/421"),
        ("F5", "19 November 1951"),
    ],
)
def test_every_number_of_a_founding_cable_finds_it(name, asked):
    assert founding_found(asked) == [name]


def test_a_series_mark_finds_every_cable_of_the_series():
    assert founding_found("Series G. T") == ["F3", "F4"]


def founding_found(asked: str) -> list[str]:
    key = fold(asked)
    return [name for name, cable in FOUNDING.items() if key in {found for *_, found in identifiers(cable())}]


def test_what_is_not_on_the_sheet_finds_nothing():
    assert schemes("25026") == set()
    assert schemes("eight copies") == set()


@given(cables())
@settings(max_examples=50, deadline=None)
def test_no_identifier_is_without_a_key_or_twice(cable):
    found = identifiers(cable)
    assert len(found) == len(set(found))
    assert all(key and key == fold(key) for _, _, key in found)


@pytest.mark.parametrize(
    ("literal", "keys"),
    [
        ("19 November 1951", ["19 nov 1951", "19 nov"]),
        ("7/XII-50", ["7 xii 50", "7 dec", "7 dec 1950"]),
        ("July 1951", ["jul 1951", "jul"]),
        ("2400 10 July 1951", ["2400 10 jul 1951", "2400 10 jul", "0000 11 jul", "0000 11 jul 1951"]),
        ("soon", ["soon"]),
    ],
)
def test_a_time_is_found_as_written_and_as_read(literal, keys):
    reference = Reference(literal="", moment=Moment(literal=literal))
    assert reference_keys(reference) == keys


def test_a_numbered_report_implies_those_before_it():
    assert series_number("brief report No 2") == ("brief report", 2)
    assert series_number("Brief report N° 2.") == ("brief report", 2)
    assert series_number("CIPHERED TELEGRAM") is None
    assert series_number("No 2") is None
    assert gap([2], first=1) == [1]


def test_an_mrn_is_year_post_serial():
    assert mrn(2026, "Kaesong", 123) == "2026KAESONG000123"
    assert mrn(2026, "LAKE TALKS", 7) == "2026LAKETALKS000007"
    assert parse_mrn("2026KAESONG000123") == (2026, "KAESONG", 123)


@pytest.mark.parametrize(
    ("year", "post", "serial"),
    [
        (2026, "", 1),
        (2026, "POST7", 1),
        (2026, "ПОСТ", 1),
        (2026, "A", 1_000_000),
        (2026, "A", -1),
        (12026, "A", 1),
    ],
)
def test_what_could_not_be_taken_apart_again_is_no_mrn(year, post, serial):
    with pytest.raises(BadValue):
        mrn(year, post, serial)


@pytest.mark.parametrize("text", ["", "2026KAESONG123", "2026kaesong000123", "2026KAESONG000123 "])
def test_other_texts_are_no_mrn(text):
    with pytest.raises(BadValue):
        parse_mrn(text)


def test_a_hole_in_a_series_is_named():
    assert gap([1, 2, 5, 4]) == [3]
    assert gap([7, 9], first=6) == [6, 8]
    assert gap([]) == []
    assert gap([3]) == []


def test_an_absurd_number_does_not_name_a_thousand_million():
    with pytest.raises(BadValue):
        gap([1, 10**12])
