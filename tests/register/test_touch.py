"""A passkey's touch in a record: one encoding, within its bounds, over the very act that it stands beside."""

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cipher.passkey import MAX_ACTS, Assertion
from reftel.errors import FormatError, PeerError
from reftel.register.entries import (
    Record,
    Signed,
    Touch,
    act_bytes,
    act_digest,
    b64,
    decode_record,
    encode_json,
    encode_record,
)

AT = datetime(2026, 11, 22, 9, 5, 7, 123_000, tzinfo=UTC)
ACT = {"kind": "released", "post": "beijing.example", "to": ["moscow.example"]}
OTHER = hashlib.sha256(b"another act").digest()
ASSERTION = Assertion(
    credential=b"0123456789abcdef",
    authenticator=bytes(37),
    client=b'{"type":"webauthn.get"}',
    signature=b"\x30" * 70,
)


def record(digests=None, **parts) -> Record:
    given = {name: getattr(ASSERTION, name) for name in ASSERTION.__slots__} | parts
    touch = Touch(assertion=Assertion(**given), digests=digests or (act_digest(ACT),))
    return Record(at=AT, act=ACT, signatures=(Signed(person="Li", key_id="ab" * 16, signature=touch),))


def changed(change) -> bytes:
    """A record's bytes with something changed in its touch."""
    value = json.loads(encode_record(record((OTHER, act_digest(ACT)))))
    change(value["sigs"][0][2])
    return encode_json(value)


def test_a_touch_over_one_act_names_no_other():
    value = json.loads(encode_record(record()))
    assert value["sigs"] == [
        [
            "Li",
            "ab" * 16,
            {
                "auth": b64(bytes(37)),
                "client": b64(ASSERTION.client),
                "cred": b64(ASSERTION.credential),
                "sig": b64(ASSERTION.signature),
            },
        ]
    ]
    assert decode_record(encode_record(record())) == record()


def test_an_act_s_digest_is_that_of_the_bytes_that_a_person_signs():
    assert act_digest(ACT) == hashlib.sha256(act_bytes(ACT)).digest()


@pytest.mark.parametrize("count", [2, 3, MAX_ACTS])
def test_a_touch_over_several_acts_names_each(count):
    several = record((*[OTHER] * (count - 1), act_digest(ACT)))
    assert len(json.loads(encode_record(several))["sigs"][0][2]["acts"]) == count
    assert decode_record(encode_record(several)) == several


def test_beside_a_signature_of_another_kind():
    mixed = Record(
        at=AT,
        act=ACT,
        signatures=(*record().signatures, Signed(person="Zhang", key_id="cd" * 16, signature=bytes(64))),
    )
    assert decode_record(encode_record(mixed)) == mixed


@pytest.mark.parametrize(
    "change",
    [
        lambda touch: touch.pop("cred"),
        lambda touch: touch.pop("sig"),
        lambda touch: touch.update(sig=""),
        lambda touch: touch.update(sig=7),
        lambda touch: touch.update(sig="A"),
        lambda touch: touch.update(sig="AA=="),
        lambda touch: touch.update(sig="_-8"),
        lambda touch: touch.update(more=1),
        lambda touch: touch.update(cred=b64(bytes(1024))),
        lambda touch: touch.update(auth=b64(bytes(4097))),
        lambda touch: touch.update(client=b64(bytes(4097))),
        lambda touch: touch.update(sig=b64(bytes(1025))),
        lambda touch: touch.update(acts=[]),
        lambda touch: touch.update(acts=[b64(act_digest(ACT))]),
        lambda touch: touch.update(acts=[b64(act_digest(ACT))] * 65),
        lambda touch: touch.update(acts=[b64(OTHER), b64(OTHER)]),
        lambda touch: touch.update(acts=[b64(act_digest(ACT)), b64(OTHER[:31])]),
        lambda touch: touch.update(acts=[b64(act_digest(ACT)), 7]),
        lambda touch: touch.update(acts={"a": b64(act_digest(ACT))}),
        lambda touch: touch.update(acts=b64(act_digest(ACT))),
    ],
)
def test_a_touch_that_departs_from_its_form_is_refused(change):
    with pytest.raises(FormatError):
        decode_record(changed(change))


def test_a_touch_over_several_acts_of_which_this_is_none_is_refused():
    value = json.loads(encode_record(record()))
    value["act"]["to"] = ["elsewhere.example"]
    assert decode_record(encode_json(value)).act["to"] == ["elsewhere.example"]  # its own digest is implied
    several = json.loads(encode_record(record((OTHER, act_digest(ACT)))))
    several["act"]["to"] = ["elsewhere.example"]
    with pytest.raises(FormatError):
        decode_record(encode_json(several))


PARTS = st.fixed_dictionaries(
    {
        "credential": st.binary(min_size=1, max_size=64),
        "authenticator": st.binary(min_size=1, max_size=64),
        "client": st.binary(min_size=1, max_size=64),
        "signature": st.binary(min_size=1, max_size=80),
    }
)


@given(PARTS, st.lists(st.binary(min_size=32, max_size=32), max_size=5), st.integers(0, 5))
def test_what_is_written_is_read_again_the_same(parts, others, place):
    digests = [*others[:place], act_digest(ACT), *others[place:]]
    given_ = record(tuple(digests), **parts)
    data = encode_record(given_)
    assert decode_record(data) == given_
    assert encode_record(decode_record(data)) == data


@settings(max_examples=300)
@given(st.data())
def test_only_a_peer_s_fault_leaves_the_reader_and_what_it_takes_has_one_form(data):
    seed = encode_record(record((OTHER, act_digest(ACT))))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(seed)), st.integers(0, len(seed)))))
    altered = seed[:start] + data.draw(st.binary(max_size=30)) + seed[end:]
    with suppress(PeerError):
        assert encode_record(decode_record(altered)) == altered


TOUCHES = st.dictionaries(
    st.sampled_from(["cred", "auth", "client", "sig", "acts", "more"]),
    st.text("AQgw_=", max_size=8) | st.lists(st.text("AQgw", max_size=4), max_size=3) | st.integers(0, 9),
    max_size=6,
)


@given(TOUCHES)
def test_touches_from_anywhere(touch):
    value = {"v": 1, "at": "2026-11-22T09:05:07.123Z", "act": ACT, "sigs": [["Li", "ab", touch]]}
    with suppress(PeerError):
        decode_record(encode_json(value))
