"""What quantities and times of the docket come to beside the words."""

from __future__ import annotations

import pytest

from reftel.docket.items import Item
from reftel.docket.quantities import Same
from reftel.docket.readings import measures, same_meeting


def item(kind: str, n: int = 1, quote: str = "", **fields: str) -> Item:
    return Item(
        name=f"beijing.example/7.{n}",
        kind=kind,
        origin="beijing.example",
        at="2026-11-22T10:00:00.000Z",
        quote=quote,
        fields={name.rstrip("_"): value for name, value in fields.items()},
    )


def test_every_quantity_of_words_and_fields_is_measured_with_its_item():
    text = item("text", 1, "Leave a strip of 3 nautical miles, and 3 feet for the fence.")
    move = item("move", 2, "from ten miles to 5 miles", from_="10", to="5", unit="miles")
    assert [
        (one.item.name, one.quantity.literal, str(one.quantity.metres)) for one in measures([text, move])
    ] == [
        (text.name, "3 nautical miles", "5556"),
        (text.name, "3 feet", "1143/1250"),
        (move.name, "10 miles", "402336/25"),
        (move.name, "5 miles", "201168/25"),
    ]


def test_one_number_of_two_units_is_set_against_the_other():
    miles, kilometres, again, li = measures(
        [
            item("text", 1, "10 English miles"),
            item("text", 2, "10 km"),
            item("text", 3, "10 miles"),
            item("text", 4, "10 li"),
        ]
    )
    assert [one.literal for one in miles.unlike] == ["10 km"]
    assert [one.literal for one in kilometres.unlike] == ["10 English miles", "10 miles"]
    assert [one.literal for one in again.unlike] == ["10 km"]
    assert li.unlike == ()


def session(opened: str, clock: str, date: str = "11 July 1951") -> Item:
    return item("session", session="the second day", opened=opened, clock=clock, date=date)


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (session("0800", "+08:00"), session("1000", "K"), Same.YES),
        (session("0800", "K"), session("1000", "K"), Same.NO),
        (session("0800", ""), session("1000", "K"), Same.UNKNOWN),
        (session("0800", "Pyongyang time"), session("0800", "Pyongyang time"), Same.UNKNOWN),
        (session("0800Z 11 July 1951", "", ""), session("1800", "K"), Same.YES),
        (session("0800", "K", "the next day"), session("0800", "K"), Same.UNKNOWN),
        (session("", "K"), session("0800", "K"), Same.UNKNOWN),
    ],
)
def test_two_reports_are_of_one_meeting_where_their_clocks_say_so(one, other, answer):
    assert same_meeting(one, other) is answer
    assert same_meeting(other, one) is answer
