"""A post's card: read strictly, signed by both keys, never going back."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from reftel.cipher.identity import HybridIdentity
from reftel.cipher.note import PostKey
from reftel.errors import CardError
from reftel.office.cards import (
    Card,
    Epoch,
    card_digest,
    check_name,
    check_origin,
    check_successor,
    open_card,
    sign_card,
)
from reftel.register.entries import encode_json

DAY = date(2026, 11, 22)
KEY = PostKey.from_seeds("kaesong.example", bytes(32), bytes(range(32)))
OPENING = HybridIdentity.from_seed(bytes(32)).recipient().text()
EPOCHS = tuple(
    Epoch(epoch=starts.isoformat(), recipient=OPENING, starts=starts, ends=starts + timedelta(days=60))
    for starts in (DAY, DAY + timedelta(days=30))
)


def card(**changed):
    verifier = KEY.verifier
    made = Card(
        origin="kaesong.example",
        name="KAESONG",
        serial=1,
        previous="",
        issued=DAY,
        expires=DAY + timedelta(days=400),
        ed25519=verifier.ed_public,
        mldsa44=verifier.mldsa_public,
        epochs=EPOCHS,
    )
    return replace(made, **changed)


def signed(**changed):
    return sign_card(card(**changed), KEY)


def with_body(**changed):
    """A card whose body was changed and signed again as it then stands, however odd."""
    body = json.loads(signed())["card"]
    body = {name: value for name, value in (body | changed).items() if value is not ...}
    data = encode_json(body)
    ed25519, mldsa44 = KEY.sign(b"reftel/card/v1\x00", data)
    from reftel.register.entries import b64  # noqa: PLC0415 - only here

    return encode_json({"card": body, "ed25519": b64(ed25519), "mldsa44": b64(mldsa44)}).decode()


def epoch(**changed):
    first = json.loads(signed())["card"]["epochs"][0]
    return [{name: value for name, value in (first | changed).items() if value is not ...}]


def test_a_card_comes_back_as_it_was_signed():
    assert open_card(signed()) == card()
    assert open_card(with_body()) == card()
    assert card().fingerprint == KEY.verifier.fingerprint()


NO_CARDS = [
    "",
    "{}",
    "[]",
    "not a card",
    signed() + "\n",
    " " + signed(),
    signed()[:-10],
    signed().replace("KAESONG", "BEIJING"),
    "x" * (64 * 1024 + 1),
    with_body(v=2),
    with_body(more="x"),
    with_body(name=...),
    with_body(name="Kaesong"),
    with_body(name="KAESONG2"),
    with_body(origin="KAESONG"),
    with_body(serial="1"),
    with_body(serial=True),
    with_body(previous=[]),
    with_body(issued="2026-1-5"),
    with_body(issued=7),
    with_body(ed25519="AAAA"),
    with_body(epochs="none"),
    with_body(epochs=7),
    with_body(epochs=epoch() * 9),
    with_body(epochs=epoch(key="age1pq1nothing")),
    with_body(epochs=epoch(epoch=3)),
    with_body(epochs=epoch(to=...)),
    with_body(epochs=epoch(more="x")),
]


# Signatures differ from run to run: a test is named by its place, not by the text.
@pytest.mark.parametrize("text", NO_CARDS, ids=range(len(NO_CARDS)))
def test_anything_but_a_card_is_refused(text):
    with pytest.raises(CardError):
        open_card(text)


@pytest.mark.parametrize("part", ["ed25519", "mldsa44"])
def test_both_signatures_must_hold(part):
    other = PostKey.from_seeds("kaesong.example", bytes([1]) * 32, bytes([2]) * 32)
    forged = json.loads(sign_card(card(), other))
    value = json.loads(signed()) | {part: forged[part]}
    with pytest.raises(CardError):
        open_card(encode_json(value).decode())


def test_cables_are_sealed_to_the_latest_key_that_has_begun():
    assert card().epoch_for(DAY) == EPOCHS[0]
    assert card().epoch_for(DAY + timedelta(days=29)) == EPOCHS[0]
    assert card().epoch_for(DAY + timedelta(days=30)) == EPOCHS[1]
    assert card().epoch_for(DAY + timedelta(days=90)) == EPOCHS[1]
    for days in (-1, 91):
        with pytest.raises(CardError, match="no opening key"):
            card().epoch_for(DAY + timedelta(days=days))
    with pytest.raises(CardError, match="expired"):
        card().epoch_for(DAY + timedelta(days=401))


def test_a_card_follows_the_one_before_it():
    first = signed()
    second = signed(serial=2, previous=card_digest(first))
    check_successor(first, first)
    check_successor(first, second)
    check_successor(first, signed(serial=3, previous="one that was missed here"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (signed(serial=2), signed(), "older"),
        (signed(), signed(issued=DAY - timedelta(days=1)), "two different"),
        (signed(), signed(serial=2, previous="another card"), "does not follow"),
    ],
    ids=["older", "fork", "another's child"],
)
def test_a_card_that_goes_back_or_forks_is_refused(old, new, why):
    with pytest.raises(CardError, match=why):
        check_successor(old, new)


def test_a_card_of_another_identity_is_refused():
    other = PostKey.from_seeds("kaesong.example", bytes([1]) * 32, bytes([2]) * 32)
    keys = {"ed25519": other.verifier.ed_public, "mldsa44": other.verifier.mldsa_public}
    with pytest.raises(CardError, match="another identity"):
        check_successor(signed(), sign_card(card(serial=2, **keys), other))


@pytest.mark.parametrize("origin", ["beijing.example", "a.b", "x-1.example/2", "1.example"])
def test_an_origin(origin):
    assert check_origin(origin) == origin


@pytest.mark.parametrize(
    "origin",
    ["", "beijing", "Beijing.example", "-a.example", "a-.example", "a..b", "a.b/", "a.b\n", "a" * 199 + ".b"],
)
def test_no_origin(origin):
    with pytest.raises(CardError):
        check_origin(origin)


@pytest.mark.parametrize("name", ["KAESONG", "UN", "NEW-YORK", "A2B"])
def test_a_name(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["", "K", "Kaesong", "KAESONG2", "KAESONG-", "2A", "A" * 33, "A B", "AB\n"])
def test_no_name(name):
    with pytest.raises(CardError):
        check_name(name)
