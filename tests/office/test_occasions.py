"""Acts that are made twice: shown first, with nothing kept, and entered when they are the same again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reftel.cipher.passkey import Assertion
from reftel.errors import BadSignature, NotAllowed, NotYourRole, StaleAct
from reftel.office import copies, desk, people
from reftel.office.occasions import Signing, new_occasion, perform, rehearse
from reftel.office.office import Hand, Office
from reftel.register.entries import Touch, act_bytes, decode_json
from reftel.store import tables as t
from tests.office.scenes import ADMIN, DRAFTER, KEYLESS, READER, REGISTRY, RELEASER, Post, letter

NOBODY: Sequence[str] = ()


def releasing(entry: int) -> Any:
    """The release of a draft, as a deed."""
    return lambda office, hand, _beside: desk.release(office, hand, entry)


def test_nothing_of_a_rehearsal_is_kept(beijing: Post) -> None:
    entry = beijing.draft()
    before = {table.name: beijing.rows(table) for table in t.metadata.sorted_tables}
    (act,) = rehearse(
        beijing.office, new_occasion(beijing.office), Hand(who=RELEASER), NOBODY, releasing(entry)
    )
    assert decode_json(act.encode())["mrn"] == "2026BEIJING000001"
    assert {table.name: beijing.rows(table) for table in t.metadata.sorted_tables} == before


def test_on_one_occasion_an_act_is_the_same_letter_for_letter(beijing: Post) -> None:
    entry, occasion = beijing.draft(), new_occasion(beijing.office)

    def once() -> tuple[str, ...]:
        return rehearse(beijing.office, occasion, Hand(who=RELEASER), NOBODY, releasing(entry))

    first = once()
    beijing.pass_time(minutes=5)
    assert once() == first
    other = rehearse(
        beijing.office, new_occasion(beijing.office), Hand(who=RELEASER), NOBODY, releasing(entry)
    )
    assert other != first


def test_an_occasion_is_to_the_millisecond_as_an_act_has_it(beijing: Post) -> None:
    beijing.clock.at = beijing.clock.at.replace(microsecond=123_999)
    assert new_occasion(beijing.office).made.microsecond == 123_000


def test_a_front_door_that_refuses_refuses_in_rehearsal_too(beijing: Post) -> None:
    entry = beijing.release()
    with pytest.raises(NotAllowed):
        rehearse(beijing.office, new_occasion(beijing.office), Hand(who=RELEASER), NOBODY, releasing(entry))
    with pytest.raises(NotYourRole):
        rehearse(
            beijing.office, new_occasion(beijing.office), Hand(who=READER), NOBODY, releasing(beijing.draft())
        )


def test_what_is_to_be_signed_is_what_the_occasion_had(beijing: Post) -> None:
    """A touch for other acts does not serve, and nothing is entered."""
    entry, occasion = beijing.draft(), new_occasion(beijing.office)
    acts = rehearse(beijing.office, occasion, Hand(who=RELEASER), NOBODY, releasing(entry))
    digests = tuple(hashlib.sha256(act_bytes(decode_json(act.encode()))).digest() for act in acts)
    touch = Touch(
        assertion=Assertion(credential=b"c" * 16, authenticator=bytes(37), client=b"{}", signature=b"s"),
        digests=digests,
    )
    signings = {RELEASER: Signing(key_id="ab" * 16, touch=touch)}
    size = beijing.size()
    with pytest.raises(BadSignature, match="no such key"):
        perform(beijing.office, occasion, Hand(who=RELEASER), NOBODY, releasing(entry), signings)
    other = replace(occasion, seed=bytes(32))
    with pytest.raises(StaleAct, match="something has changed"):
        perform(beijing.office, other, Hand(who=RELEASER), NOBODY, releasing(entry), signings)
    assert beijing.size() == size


def test_witnesses_stand_in_the_order_in_which_they_were_named(beijing: Post) -> None:
    entry = beijing.printed()

    def deed(office: Office, hand: Hand, beside: Sequence[Hand]) -> None:
        copies.destroy(office, hand, entry, [1], beside)

    named = (KEYLESS, READER, DRAFTER)
    (act,) = rehearse(beijing.office, new_occasion(beijing.office), Hand(who=REGISTRY), named, deed)
    assert decode_json(act.encode())["witnesses"] == list(named)


def test_a_role_that_is_off_is_as_one_that_is_not_held(beijing: Post) -> None:
    roles = ("registry clerk", "releasing officer")
    people.admit(beijing.office, beijing.hand(ADMIN), RELEASER, roles=roles, clearance="SECRET")
    entry = beijing.draft()
    decision = desk.Decision(
        body="The Commission", protocol="84", item="421", title="Talks", text="Approve it."
    )

    def deed(office: Office, hand: Hand, _beside: Sequence[Hand]) -> None:
        desk.adopt(office, hand, entry, decision)

    for on, recorded in ((roles, roles[0]), (roles[1:], roles[1])):
        hand = Hand(who=RELEASER, roles=frozenset(on))
        (act,) = rehearse(beijing.office, new_occasion(beijing.office), hand, NOBODY, deed)
        assert decode_json(act.encode())["role"] == recorded
    with pytest.raises(NotYourRole, match="has not switched on"):
        rehearse(
            beijing.office,
            new_occasion(beijing.office),
            Hand(who=RELEASER, roles=frozenset(["drafter"])),
            NOBODY,
            deed,
        )


def test_what_needs_no_signature_shows_no_act(beijing: Post) -> None:
    assert (
        rehearse(beijing.office, new_occasion(beijing.office), Hand(who=READER), NOBODY, lambda *_: None)
        == ()
    )


def test_texts_that_are_laid_down_have_the_same_commitment_both_times(beijing: Post) -> None:
    occasion = new_occasion(beijing.office)

    def deed(office: Office, hand: Hand, _beside: Sequence[Hand]) -> int:
        return desk.draft(office, hand, letter())

    acts = {rehearse(beijing.office, occasion, Hand(who=DRAFTER), NOBODY, deed) for _ in range(3)}
    assert len(acts) == 1
    assert beijing.rows(t.texts) == []
