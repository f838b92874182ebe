"""The plain form: the whole model as JSON, and back."""

import json

import pytest
from hypothesis import given, settings

from reftel.cable import plain
from reftel.cable.plain import from_plain, to_plain
from reftel.errors import FormatError
from tests.cable.samples import DRAFT, FORWARDED, HISTORIC, SAMPLES, SESSION
from tests.cable.strategies import cables


@settings(max_examples=150)
@given(cables())
def test_a_cable_comes_back_whole_through_json(cable):
    assert from_plain(json.loads(json.dumps(to_plain(cable)))) == cable


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_come_back_whole(name):
    assert from_plain(json.loads(json.dumps(to_plain(SAMPLES[name])))) == SAMPLES[name]


def test_what_is_absent_is_left_out():
    assert to_plain(DRAFT) == {"sender": {}, "to": [], "blocks": []}


def test_it_reads_as_people_would_write_it():
    form = to_plain(SESSION)
    assert form["precedence"] == "immediate"
    assert form["registered"] == "2026-10-18T05:31:02.123456Z"
    assert form["moment"]["reading"] == {"local": "2026-10-18T14:30:00", "precision": "minute", "zone": 540}
    assert list(form) == sorted(form)


@pytest.mark.parametrize(
    ("shape", "thing"),
    [
        (plain.REFERENCE, SESSION.references[0]),
        (plain.MOMENT, SESSION.moment),
        (plain.NUMBER, SESSION.numbers[0]),
        (plain.MARK, HISTORIC.marks[0]),
        (plain.ONWARD, HISTORIC.onward),
        (plain.ENCLOSURE, FORWARDED.enclosures[0]),
    ],
)
def test_json_written_at_once_is_the_json_of_the_plain_form(shape, thing):
    assert shape.text(thing) == json.dumps(shape.dump(thing), separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(
    "broken",
    [
        {"colour": "red"},
        {"sender": []},
        {"to": {}},
        {"to": [{"post": 1}]},
        {"to": [{"town": "x"}]},
        {"kind": None},
        {"kind": ["x"]},
        {"captions": "NODIS"},
        {"precedence": "HIGH"},
        {"precedence": 3},
        {"registered": "2026-10-18T05:31:02"},
        {"registered": "2026-10-18T05:31:02+02:00Z"},
        {"registered": "soonZ"},
        {"moment": {"literal": "x", "reading": {"local": "2026", "precision": "age"}}},
        {"moment": {"literal": "x", "reading": {"local": "2026-10-18", "precision": "day", "zone": 1.5}}},
        {"moment": {"literal": "x", "reading": {"local": "2026-10-18", "precision": "day", "inferred": 1}}},
        {"moment": {"reading": {"local": "2026-10-18", "precision": "day"}}},
        {"enclosures": [{"title": "x", "content": "é"}]},
        {"enclosures": [{"title": "x", "content": "a"}]},
        {"extra": [["name"]]},
        {"extra": [["name", 1]]},
        {"blocks": ["text"]},
        {"blocks": [{}]},
        {"blocks": [{"cable": {}}]},
        {"blocks": [{"blocks": 1}]},
    ],
)
def test_anything_else_is_refused(broken):
    with pytest.raises(FormatError):
        from_plain({"sender": {}, "to": [], "blocks": []} | broken)


@pytest.mark.parametrize("broken", [None, [], "{}", {}, {"to": [], "blocks": []}])
def test_what_is_no_cable_at_all_is_refused(broken):
    with pytest.raises(FormatError):
        from_plain(broken)


def test_nesting_without_end_is_refused():
    deep: dict[str, object] = {"text": "x"}
    for _ in range(5000):
        deep = {"blocks": [deep]}
    with pytest.raises(FormatError, match="too deep"):
        from_plain({"sender": {}, "to": [], "blocks": [deep]})
