"""Records: what may stand in one, and that one record has one encoding."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.errors import BadValue, FormatError
from reftel.register.entries import (
    MAX_RECORD,
    Record,
    Signed,
    act_bytes,
    b64,
    clock_read,
    clock_text,
    decode_json,
    decode_record,
    encode_json,
    encode_record,
    unb64,
)

AT = datetime(2026, 11, 22, 9, 5, 7, 123_000, tzinfo=UTC)
ACT = {"kind": "released", "post": "beijing.example", "to": ["moscow.example"], "n": 3, "paper": True}

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_scalar = _text | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1)
_json = st.recursive(
    _scalar,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127), max_size=5), _json, max_size=4))
def test_what_is_written_is_read_again_the_same(value):
    data = encode_json(value)
    assert decode_json(data) == value
    # RFC 8785 of this subset is what Python's own sorted, unspaced JSON is.
    assert json.loads(data) == value


def test_one_act_has_these_bytes_and_no_others():
    assert act_bytes(ACT) == (
        b'reftel/act/v1\x00{"kind":"released","n":3,"paper":true,'
        b'"post":"beijing.example","to":["moscow.example"]}'
    )


def test_letters_beyond_ascii_stand_as_themselves_and_controls_escaped():
    assert encode_json({"a": 'Чжоу 停\n\x1f"\\'}) == '{"a":"Чжоу 停\\n\\u001f\\"\\\\"}'.encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a":null}', "null"),
        (b'{"a":1.0}', "a fraction"),
        (b'{"a":1e3}', "an exponent"),
        (b'{"a":NaN}', "no number"),
        (b'{"a":Infinity}', "no number"),
        (b'{"a":9007199254740992}', "2**53"),
        (b'{"a":-9007199254740992}', "-2**53"),
        (b'{"a":-0}', "minus nought"),
        (b'{"b":1,"a":2}', "out of order"),
        (b'{"a":1,"a":1}', "a key twice"),
        (b'{"a": 1}', "a blank"),
        (b'{"a":1}\n', "a line break behind"),
        (b'{"a":"\\u0041"}', "a needless escape"),
        (b'{"a":"\\ud800"}', "a lone surrogate"),
        ('{"ключ":1}'.encode(), "a key beyond ASCII"),
        (b"[1]", "no object"),
        (b'"a"', "no object"),
        (b"{", "cut short"),
        (b"", "nothing"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "a byte order mark"),
        ('{"a":1}'.encode("utf-16"), "UTF-16"),
        (b'{"a":' + b"[" * 30 + b"]" * 30 + b"}", "nested too deep"),
        (b'{"a":' + b"[" * 100_000, "nested to the ruin of a reader"),
        (b'{"a":' + b"1" * 5000 + b"}", "a number of five thousand digits"),
    ],
)
def test_json_in_any_other_form_is_refused(data, why):
    with pytest.raises(FormatError):
        decode_json(data)


def test_nesting_is_bounded():
    value = {"a": json.loads("[" * 23 + "1" + "]" * 23)}
    assert decode_json(encode_json(value)) == value
    with pytest.raises(FormatError):
        decode_json(encode_json({"a": value}))


@pytest.mark.parametrize(
    "value",
    [None, 1.5, float("nan"), 2**53, b"bytes", {1: "a"}, {"ключ": 1}, "\ud800", object()],
    ids=lambda value: type(value).__name__,
)
def test_a_record_that_could_not_be_read_again_is_not_written(value):
    with pytest.raises(BadValue):
        encode_record(Record(at=AT, act={**ACT, "detail": value}))


def test_json_of_another_type_is_not_written():
    with pytest.raises(BadValue):
        encode_json({"a": b"bytes"})
    with pytest.raises(BadValue):
        encode_json({"a": "\ud800"})


def test_a_record_comes_back_with_its_signatures():
    record = Record(
        at=AT, act=ACT, signatures=(Signed(person="Rybakov", key_id="ab" * 16, signature=bytes(64)),)
    )
    assert decode_record(encode_record(record)) == record
    assert record.kind == "released"
    assert b'"sigs"' not in encode_record(Record(at=AT, act=ACT))


def test_a_record_holds_64_kib_and_not_a_byte_more():
    frame = len(encode_record(Record(at=AT, act={"kind": "annotated", "x": ""})))
    full = Record(at=AT, act={"kind": "annotated", "x": "a" * (MAX_RECORD - frame)})
    assert decode_record(encode_record(full)) == full
    with pytest.raises(BadValue, match="65537"):
        encode_record(Record(at=AT, act={"kind": "annotated", "x": "a" * (MAX_RECORD - frame + 1)}))
    with pytest.raises(FormatError):
        decode_record(b" " * (MAX_RECORD + 1))


def _value(**changed):
    value = {"v": 1, "at": clock_text(AT), "act": ACT, "sigs": [["Rybakov", "ab", b64(bytes(64))]]}
    return {k: v for k, v in (value | changed).items() if v is not ...}


@pytest.mark.parametrize(
    "value",
    [
        _value(v=2),
        _value(v=...),
        _value(v="1"),
        _value(at=...),
        _value(at=7),
        _value(at="2026-11-22T09:05:07Z"),
        _value(act=...),
        _value(act=[]),
        _value(act={}),
        _value(act={"kind": 3}),
        _value(sigs="Rybakov"),
        _value(sigs=[["Rybakov", "ab"]]),
        _value(sigs=["Rybakov"]),
        _value(sigs=[["Rybakov", "ab", b64(bytes(63))]]),
        _value(sigs=[["Rybakov", "ab", 7]]),
        _value(more=1),
    ],
    ids=str,
)
def test_a_record_that_departs_from_its_version_is_refused(value):
    with pytest.raises(FormatError):
        decode_record(encode_json(value))


def test_the_well_formed_one_is_read():
    assert decode_record(encode_json(_value())).kind == "released"


@given(st.binary(max_size=40))
def test_base64_comes_back(data):
    assert unb64(b64(data)) == data
    assert unb64(b64(data), len(data)) == data


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "YQ\n", " YQ", "Y-", "YQé", "Y=Q", "====", "YWJj=="])
def test_base64_in_any_other_form_is_refused(text):
    with pytest.raises(FormatError):
        unb64(text)


def test_base64_of_another_length_is_refused():
    with pytest.raises(FormatError):
        unb64(b64(b"abc"), 4)


def test_registered_time_is_utc_to_the_millisecond():
    here = AT.astimezone(timezone(timedelta(hours=9))) + timedelta(microseconds=999)
    assert clock_text(here) == "2026-11-22T09:05:07.123Z"
    assert clock_read("2026-11-22T09:05:07.123Z") == AT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-22",
        "2026-11-22T09:05:07.12Z",
        "2026-11-22T09:05:07.123456Z",
        "2026-11-22T09:05:07.123",
        "2026-11-22T09:05:07.123+00:00",
        "2026-11-31T09:05:07.123Z",
        "2026-1-22T09:05:07.123Z",
        "２026-11-22T09:05:07.123Z",
    ],
)
def test_registered_time_in_any_other_form_is_refused(text):
    with pytest.raises(FormatError):
        clock_read(text)
