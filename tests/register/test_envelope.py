"""The frame inside a sealed cable: one encoding, and nothing else is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cipher.padding import padded_length
from reftel.errors import BadValue, FormatError
from reftel.register.envelope import MAX_PATH, Envelope, frame, unframe

ENVELOPE = Envelope(
    record=b'{"v":1}',
    record_salt=bytes([1]) * 32,
    text_salt=bytes([2]) * 32,
    index=0x0102030405,
    path=(bytes([3]) * 32, bytes([4]) * 32),
    packed=b"packed cable",
)
HASH = st.binary(min_size=32, max_size=32)
ENVELOPES = st.builds(
    Envelope,
    record=st.binary(max_size=300),
    record_salt=HASH,
    text_salt=HASH,
    index=st.integers(0, (1 << 63) - 1),
    path=st.lists(HASH, max_size=MAX_PATH).map(tuple),
    packed=st.binary(max_size=3000),
)


def test_the_layout_byte_by_byte() -> None:
    body = (
        b"\x01" + (0x0102030405).to_bytes(8, "big") + b"\0\0\0\x07" + b'{"v":1}' + b"\1" * 32 + b"\2" * 32
        + b"\x02" + b"\3" * 32 + b"\4" * 32 + b"\0\0\0\x0c" + b"packed cable"
    )  # fmt: skip
    data = frame(ENVELOPE)
    assert data == body + bytes(padded_length(len(body)) - len(body))
    assert unframe(data) == ENVELOPE


@settings(max_examples=150, deadline=None)
@given(ENVELOPES)
def test_a_frame_is_read_as_it_was_written(envelope: Envelope) -> None:
    data = frame(envelope)
    assert unframe(data) == envelope
    assert len(data) == padded_length(len(data))


def test_a_record_of_64_kib_fits() -> None:
    largest = replace(ENVELOPE, record=b"r" * 65_536)
    assert unframe(frame(largest)) == largest


def test_a_frame_cut_anywhere_is_refused() -> None:
    data = frame(ENVELOPE)
    for length in range(len(data)):
        with pytest.raises(FormatError):
            unframe(data[:length])


def test_a_lengthened_frame_is_refused() -> None:
    for more in (b"\0", b"x", bytes(64)):
        with pytest.raises(FormatError):
            unframe(frame(ENVELOPE) + more)


def test_padding_that_is_not_zero_is_refused() -> None:
    data = frame(ENVELOPE)
    assert data[-1] == 0
    with pytest.raises(FormatError):
        unframe(data[:-1] + b"\1")


@pytest.mark.parametrize(
    ("at", "value", "match"),
    [
        (0, b"\x02", "version 2"),
        (1, b"\x80", "beyond its bounds"),
        (9, b"\x00\x01\x00\x01", "beyond its bounds"),
        (84, b"\xff", "cut short"),
        (149, b"\xff", "padding"),
    ],
)
def test_values_beyond_their_bounds_are_refused(at: int, value: bytes, match: str) -> None:
    data = frame(ENVELOPE)
    with pytest.raises(FormatError, match=match):
        unframe(data[:at] + value + data[at + len(value) :])


def test_a_path_beyond_its_bounds_is_refused() -> None:
    data = frame(replace(ENVELOPE, packed=bytes(4000)))
    with pytest.raises(FormatError, match="beyond its bounds"):
        unframe(data[:84] + b"\x40" + data[85:])


@pytest.mark.parametrize(
    "wrong",
    [
        {"record": bytes(65_537)},
        {"index": -1},
        {"index": 1 << 63},
        {"path": (bytes(32),) * (MAX_PATH + 1)},
        {"path": (bytes(31),)},
        {"record_salt": bytes(31)},
        {"text_salt": b""},
    ],
)
def test_what_does_not_fit_is_not_framed(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        frame(replace(ENVELOPE, **wrong))
