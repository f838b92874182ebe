"""Reader cards and sealed parts of any kind: read exactly or refused, and nothing else leaves the reader."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable import eyes, internet
from reftel.cipher.age import stanza_kinds
from reftel.errors import AgeHeaderError, CardError, NotCanonical
from reftel.office.eyes_only import is_sealed_to
from reftel.office.readers import read_reader_card
from reftel.register.entries import decode_json, encode_json
from tests.conftest import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "sealed-copy.json").read_text("utf-8"))
CARD = VECTORS["reader_card"]
OUTER = internet.read(base64.b64decode(VECTORS["eyes_only"]["text"]))
SEALED = base64.b64decode(VECTORS["copy"]["sealed"])
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40) | st.just("A" * 43),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdefgh", max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)


def test_the_seeds_are_good():
    assert read_reader_card(CARD).person == "Makarov"
    assert eyes.sealed_part(OUTER) is not None
    assert is_sealed_to(SEALED, 1)


@given(st.data())
def test_a_reader_card_with_any_value_in_any_place(data):
    value = decode_json(CARD.removesuffix("\n").encode())
    place = data.draw(st.sampled_from([value, value["reader"]]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(JSON)
    text = encode_json(value).decode() + "\n"
    with suppress(CardError):
        read_reader_card(text)


@given(st.integers(0, len(CARD) - 1), st.text(max_size=3))
def test_a_reader_card_with_something_put_in(at, piece):
    with suppress(CardError):
        read_reader_card(CARD[:at] + piece + CARD[at + 1 :])


@given(JSON | st.lists(st.dictionaries(st.sampled_from(["post", "person", "fingerprint", "standing"]), JSON)))
def test_a_field_that_names_readers_in_any_way(value):
    changed = replace(OUTER, extra=((eyes.FIELD, json.dumps(value, separators=(",", ":"), sort_keys=True)),))
    assert eyes.sealed_part(changed) in (None, eyes.sealed_part(OUTER))
    data = internet.write(changed)
    assert internet.read(data) == changed


@given(st.integers(0, len(base64.b64decode(VECTORS["eyes_only"]["text"])) - 1), st.binary(max_size=2))
@settings(max_examples=60)
def test_an_outer_cable_with_something_put_in_is_read_exactly_or_refused(at, piece):
    data = base64.b64decode(VECTORS["eyes_only"]["text"])
    changed = data[:at] + piece + data[at + 1 :]
    with suppress(NotCanonical):
        cable = internet.read(changed)
        assert internet.write(cable) == changed
        eyes.sealed_part(cable)


@given(st.integers(0, 2000), st.binary(max_size=3))
def test_the_head_of_a_sealed_file_with_something_put_in(at, piece):
    with suppress(AgeHeaderError):
        stanza_kinds(SEALED[:at] + piece + SEALED[at + 1 :])
