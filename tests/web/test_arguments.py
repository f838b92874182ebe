"""Arguments of acts: forms and scripts are read to the same, and anything else is refused."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.errors import BadValue
from reftel.register.entries import encode_json
from reftel.web import arguments as a
from reftel.web.door import COMMON
from reftel.web.doors import DOORS, door_named

HALF = "\ud800"


@pytest.mark.parametrize(
    ("read", "given_", "found"),
    [
        (a.line(), "  a b ", "a b"),
        (a.line(), "Чжоу 停", "Чжоу 停"),
        (a.text(), "a\r\nb\rc\n", "a\nb\nc\n"),
        (a.sheet, "FROM\r\nTO", "FROM\nTO\n"),
        (a.sheet, "FROM\n", "FROM\n"),
        (a.whole(1, 9), "7", 7),
        (a.whole(1, 9), 7, 7),
        (a.entry, "entry:17", 17),
        (a.entry, "17", 17),
        (a.entry, 0, 0),
        (a.number_or_entry, 17, 17),
        (a.number_or_entry, "entry:17", 17),
        (a.number_or_entry, "2026KAESONG000001", "2026KAESONG000001"),
        (a.number_or_entry, "17", "17"),
        (a.choice("a", "b"), "b", "b"),
        (a.yes, "on", True),
        (a.yes, True, True),
        (a.yes, "no", False),
        (a.yes, False, False),
        (a.many(a.line()), "one", ["one"]),
        (a.many(a.line()), ["one", "", None, "two"], ["one", "two"]),
        (a.many(a.line()), {"1": "b", "0": "a", "10": "c"}, ["a", "b", "c"]),
        (a.many(a.parts(x=a.needed(a.line()))), [{"x": "1"}, {"x": ""}, None], [{"x": "1"}]),
        (a.listed(a.line()), "one, two,", ["one", "two"]),
        (a.listed(a.whole(1, 9)), "1,2", [1, 2]),
        (a.listed(a.line()), ["a, b"], ["a, b"]),
        (a.file(), "_-8", "/+8"),
        (a.file(), "/+8", "/+8"),
        (a.digest, "A" * 43, "A" * 43),
    ],
)
def test_what_is_read(read, given_, found):
    assert read(given_) == found


@pytest.mark.parametrize(
    ("read", "given_"),
    [
        (a.line(), ""),
        (a.line(), "  "),
        (a.line(), "a\nb"),
        (a.line(), "a\x00"),
        (a.line(), "\x9b31m"),
        (a.line(), HALF),
        (a.line(5), "123456"),
        (a.line(), 7),
        (a.line(), ["a"]),
        (a.text(), "a\x07"),
        (a.text(), HALF),
        (a.text(3), "aaaa"),
        (a.sheet, " \n "),
        (a.whole(1, 9), "0"),
        (a.whole(1, 9), 10),
        (a.whole(0, 9), True),
        (a.whole(1, 9), 1.0),
        (a.whole(1, 9), "1.0"),
        (a.whole(1, 9), "+1"),
        (a.whole(1, 9), "٣"),
        (a.whole(1, 9), "1" * 5000),
        (a.entry, "entry:x"),
        (a.entry, "-1"),
        (a.number_or_entry, None),
        (a.choice("a"), "A"),
        (a.choice("a"), ["a"]),
        (a.yes, "maybe"),
        (a.yes, []),
        (a.many(a.line()), {"a": "b"}),
        (a.many(a.line(), 2), ["a", "b", "c"]),
        (a.many(a.line()), [["a"]]),
        (a.parts(x=a.needed(a.line())), {"y": 1}),
        (a.parts(x=a.needed(a.line())), "x"),
        (a.parts(x=a.needed(a.line())), {}),
        (a.file(), "a"),
        (a.file(), "AAA="),
        (a.file(3), "A" * 100),
        (a.file(), HALF),
        (a.file(), 7),
        (a.digest, "A" * 42),
        (a.digest, "_" * 43),
        (a.digest, 7),
    ],
)
def test_what_is_refused(read, given_):
    with pytest.raises(BadValue):
        read(given_)


def test_an_argument_that_is_left_out_or_empty():
    fields = {"x": a.needed(a.line()), "y": a.optional(a.line(), default="none")}
    assert a.read_fields(fields, {"x": "1"}) == {"x": "1", "y": "none"}
    assert a.read_fields(fields, {"x": "1", "y": ""}) == {"x": "1", "y": "none"}
    bad: tuple[object, ...] = (
        {},
        {"x": ""},
        {"x": None},
        {"x": []},
        {"y": "1"},
        {"x": "1", "z": 1},
        [],
        "x",
        None,
    )
    for given_ in bad:
        with pytest.raises(BadValue):
            a.read_fields(fields, given_)


def test_an_error_names_the_argument():
    with pytest.raises(BadValue, match="return by: that is not text"):
        a.read_fields({"return_by": a.needed(a.line())}, {"return_by": 7})


def test_there_is_no_other_door():
    for name in ("", "Release", "release ", None, 7, ["release"], HALF):
        with pytest.raises(BadValue):
            door_named(name)


_TEXT = st.text(max_size=12) | st.sampled_from(
    [HALF, "entry:1", "1", "a=b", "on", "AAAA", "2026-11-22", "17/2"]
)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("name", DOORS)
@settings(max_examples=40)
@given(data=st.data())
def test_only_a_refusal_comes_of_arguments_from_anywhere(name, data):
    fields = {**DOORS[name].fields, **COMMON}
    names = st.sampled_from([*fields, "more", "0"])
    value = data.draw(st.dictionaries(names, _ANY, max_size=len(fields)) | _ANY)
    with suppress(BadValue):
        found = a.read_fields(fields, value)
        assert set(found) == set(fields)
        encode_json({key: one for key, one in found.items() if one != ()})  # it can be kept, and signed


@given(st.binary(min_size=1, max_size=300))
def test_a_file_comes_whole_in_either_alphabet(data):
    plain = base64.b64encode(data).rstrip(b"=").decode()
    url = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert a.file()(plain) == a.file()(url) == plain
