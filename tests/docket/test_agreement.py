"""Agreed text: which agreements count, and that nobody alone changes what both sides agreed to."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.docket.agreement import (
    AGREED,
    CARRIED,
    ENTERED,
    NO_SIDE,
    NO_WORDS,
    NOT_CONCERNED,
    OTHER_QUOTE,
    OTHER_WORDS,
    agreement_of,
    digest_of,
    digest_of_text,
)
from reftel.docket.fold import GIVEN, OTHER_KIND, OTHER_SIDE, Docket
from reftel.docket.items import Item
from reftel.errors import NotFound

US, ALLY, THEM, THIRD = "us.example", "ally.example", "them.example", "third.example"
WORDS = "Each side keeps four officers at the crossing."
TEXT = f"{US}/5.1"


def item(name: str, kind: str, at: int, **more: Any) -> Item:
    """An item of the talks on the road, at a minute past nine."""
    fields = {
        "talks": "Road",
        **{key.replace("_", " "): value for key, value in more.pop("fields", {}).items()},
    }
    origin = name.partition("/")[0]
    given = {"issues": ("The crossing",), "talks": "road", "fields": fields}
    return Item(name=name, kind=kind, origin=origin, at=f"2026-11-22T09:{at:02}:00Z", **(given | more))


def post(n: int, origin: str, party: str) -> Item:
    return item(f"{US}/{n}.1", "post", n, fields={"post": origin, "party": party}, issues=(), talks="")


SIDES = (post(1, US, "South"), post(2, ALLY, "South"), post(3, THEM, "North"))
PROPOSED = item(TEXT, "text", 5, quote=WORDS)
DIGEST = digest_of("Road", ("The crossing",), TEXT, WORDS)


def agree(name: str, at: int, digest: str = DIGEST, quote: str = WORDS, **more: Any) -> Item:
    return item(name, "agreement", at, quote=quote, fields={"text": TEXT, "digest": digest}, **more)


OURS, THEIRS = agree(f"{US}/7.1", 7), agree(f"{THEM}/9.1", 9)


def docket(*items: Item, own: str = US) -> Docket:
    return Docket([*SIDES, PROPOSED, *items], own)


def test_the_digest_is_over_a_label_and_deterministic_json():
    said = {"issue": ["The crossing"], "talks": "Road", "text": TEXT, "v": 1, "words": "Ж"}
    data = b"reftel/agreed-text/v1\0" + json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    assert digest_of("Road", ("The crossing",), TEXT, "Ж") == sha256(data).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        digest_of("Roads", ("The crossing",), TEXT, WORDS),
        digest_of("Road", ("The crossing", "Guards"), TEXT, WORDS),
        digest_of("Road", ("The crossing",), f"{US}/5.2", WORDS),
        digest_of("Road", ("The crossing",), TEXT, WORDS[:-1]),
    ],
)
def test_the_digest_changes_with_all_that_is_agreed(other: str):
    assert other != DIGEST


def test_a_text_is_agreed_when_posts_of_both_sides_agreed_to_its_words():
    found = docket(OURS, THEIRS)
    agreement = agreement_of(found, TEXT)
    assert agreement.agreed
    assert [voice.item.name for voice in agreement.version.voices] == [OURS.name, THEIRS.name]
    assert agreement.version.sealed == THEIRS
    assert agreement.version.words == WORDS
    assert agreement.missing == ()
    state = found.states[TEXT]
    assert (state.state, state.moves[-1].act, state.moves[-1].by) == ("agreed", "agree", THEIRS)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ((), ("the agreement of a post of our side", "the agreement of a post of another side")),
        ((OURS,), ("the agreement of a post of another side",)),
        ((THEIRS,), ("the agreement of a post of our side",)),
        ((OURS, agree(f"{ALLY}/9.1", 9)), ("the agreement of a post of another side",)),
    ],
)
def test_one_side_alone_does_not_agree(given: tuple[Item, ...], missing: tuple[str, ...]):
    found = docket(*given)
    agreement = agreement_of(found, TEXT)
    assert not agreement.agreed
    assert agreement.missing == missing
    assert found.states[TEXT].state == "drafted"


def test_an_ally_agrees_for_its_party():
    assert agreement_of(docket(agree(f"{ALLY}/9.1", 9), THEIRS), TEXT).agreed


@pytest.mark.parametrize(
    ("voice", "remark"),
    [
        (replace(THEIRS, fields={**THEIRS.fields, "digest": "0" * 64}), OTHER_WORDS),
        (replace(THEIRS, quote="Each side keeps five officers."), OTHER_QUOTE),
        (replace(THEIRS, quote=""), NO_WORDS),
        (replace(THEIRS, who="Somebody"), ENTERED),
        (replace(THEIRS, name=f"{THEM}/9.c1.1"), CARRIED),
        (agree(f"{THIRD}/9.1", 9), NO_SIDE),
    ],
)
def test_what_does_not_count_is_shown_with_the_reason(voice: Item, remark: str):
    found = docket(OURS, voice)
    agreement = agreement_of(found, TEXT)
    assert not agreement.agreed
    assert [(told.item.name, told.remark) for told in agreement.unheard] == [(voice.name, remark)]
    assert found.remarks[voice.name] == remark
    assert [move.act for move in found.states[TEXT].moves] == ["agreement", "agreement, not counted"]
    assert found.states[TEXT].state == "drafted"


def test_nobody_agrees_where_the_own_party_is_not_entered():
    found = Docket([SIDES[2], PROPOSED, OURS, THEIRS], US)
    agreement = agreement_of(found, TEXT)
    assert not agreement.agreed
    assert "the party to which this post belongs" in agreement.missing


def test_a_text_put_to_one_party_is_not_agreed_by_another():
    to_north = replace(PROPOSED, fields={**PROPOSED.fields, "to": "NORTH; the press"})
    sides = [*SIDES, post(4, THIRD, "East")]
    east = agree(f"{THIRD}/9.1", 9)
    found = agreement_of(Docket([*sides, to_north, OURS, east], US), TEXT)
    assert not found.agreed
    assert found.missing == ("the agreement of a post of north",)
    assert [voice.remark for voice in found.unheard] == [NOT_CONCERNED]
    assert agreement_of(Docket([*sides, to_north, OURS, THEIRS], US), TEXT).agreed


def test_every_party_that_a_text_names_must_agree():
    to_both = replace(PROPOSED, fields={**PROPOSED.fields, "to": "North; East"})
    sides = [*SIDES, post(4, THIRD, "East")]
    east = agree(f"{THIRD}/10.1", 10)
    assert agreement_of(Docket([*sides, to_both, OURS, THEIRS], US), TEXT).missing == (
        "the agreement of a post of east",
    )
    found = agreement_of(Docket([*sides, to_both, OURS, THEIRS, east], US), TEXT)
    assert found.version.sealed == east


AMENDED = "Each side keeps five officers at the crossing."
AMENDMENT = item(f"{US}/6.1", "text", 6, quote=AMENDED, fields={"amends": TEXT})
NEW = digest_of("Road", ("The crossing",), TEXT, AMENDED)


def test_an_amended_text_needs_the_agreement_of_both_to_its_new_words():
    found = docket(AMENDMENT, OURS, agree(f"{THEM}/9.1", 9, NEW, AMENDED))
    agreement = agreement_of(found, TEXT)
    assert not agreement.agreed
    assert agreement.version.words == AMENDED
    assert [version.digest for version in agreement.versions] == [DIGEST, NEW]
    both = docket(AMENDMENT, agree(f"{US}/8.1", 8, NEW, AMENDED), agree(f"{THEM}/9.1", 9, NEW, AMENDED))
    assert agreement_of(both, TEXT).agreed
    assert both.states[TEXT].item.quote == AMENDED


@pytest.mark.parametrize("at", [6, 20])
def test_an_amendment_of_one_side_does_not_change_agreed_words(at: int):
    late = replace(AMENDMENT, name=f"{US}/30.1", at=f"2026-11-22T09:{at:02}:00Z")
    found = docket(OURS, THEIRS, late)
    assert found.states[TEXT].item.quote == WORDS
    assert found.states[TEXT].state == "agreed"
    assert found.remarks[late.name] == AGREED


def test_new_words_stand_once_both_sides_agreed_to_them():
    items = [OURS, THEIRS, replace(AMENDMENT, at="2026-11-22T09:20:00Z")]
    items += [agree(f"{US}/31.1", 31, NEW, AMENDED), agree(f"{THEM}/32.1", 32, NEW, AMENDED)]
    assert docket(*items[:-1]).states[TEXT].item.quote == WORDS
    assert docket(*items).states[TEXT].item.quote == AMENDED


@pytest.mark.parametrize("origin", [US, THEM])
def test_a_strike_of_one_side_takes_nothing_back(origin: str):
    given = OURS if origin == US else THEIRS
    strikes = [
        item(f"{origin}/40.1", "strike", 40, fields={"of": given.name}),
        item(f"{origin}/40.2", "strike", 40, fields={"of": TEXT}),
    ]
    found = docket(OURS, THEIRS, *strikes)
    assert agreement_of(found, TEXT).agreed
    assert found.stands(TEXT)
    assert found.stands(given.name)
    assert found.remarks[strikes[0].name] == GIVEN
    assert found.remarks[strikes[1].name] == (AGREED if origin == US else OTHER_SIDE)


def test_a_strike_of_an_amendment_that_both_agreed_to_takes_nothing_back():
    agreed = [agree(f"{US}/8.1", 8, NEW, AMENDED), agree(f"{THEM}/9.1", 9, NEW, AMENDED)]
    strike = item(f"{US}/40.1", "strike", 40, fields={"of": AMENDMENT.name})
    assert docket(AMENDMENT, strike).states[TEXT].item.quote == WORDS
    found = docket(AMENDMENT, *agreed, strike)
    assert found.states[TEXT].item.quote == AMENDED
    assert found.remarks == {strike.name: AGREED}


def test_a_text_that_nobody_agreed_to_can_be_struck_out():
    assert not docket(item(f"{US}/40.1", "strike", 40, fields={"of": TEXT})).stands(TEXT)


def test_another_side_does_not_amend_a_text():
    theirs = item(f"{THEM}/6.1", "text", 6, quote=AMENDED, fields={"amends": TEXT})
    found = docket(theirs)
    assert found.states[TEXT].item.quote == WORDS
    assert found.remarks[theirs.name] == OTHER_SIDE


def test_both_sides_agree_to_a_text_that_was_withdrawn():
    withdrawn = item(f"{US}/8.1", "step", 8, fields={"of": TEXT, "step": "withdraw"})
    late = item(f"{US}/41.1", "step", 41, fields={"of": TEXT, "step": "withdraw"})
    found = docket(OURS, withdrawn, THEIRS, late)
    assert found.states[TEXT].state == "agreed"
    assert found.remarks[late.name] == "comes out of turn: agreed"


def test_an_agreement_to_what_is_no_text_does_nothing():
    question = item(f"{US}/6.1", "question", 6)
    wrong = replace(OURS, fields={**OURS.fields, "text": question.name})
    found = docket(question, wrong)
    assert found.remarks[wrong.name] == OTHER_KIND
    with pytest.raises(NotFound):
        agreement_of(found, question.name)


def test_both_sides_read_the_same():
    mirrored = [replace(SIDES[n], name=f"{THEM}/{n + 1}.1", origin=THEM) for n in (0, 2)]
    there = agreement_of(Docket([*mirrored, PROPOSED, OURS, THEIRS], THEM), TEXT)
    here = agreement_of(docket(OURS, THEIRS), TEXT)
    assert there.version == replace(
        here.version, voices=tuple(replace(voice, ours=not voice.ours) for voice in here.version.voices)
    )


def test_the_order_and_number_of_arrivals_changes_nothing():
    items = [*SIDES, PROPOSED, OURS, THEIRS, AMENDMENT, agree(f"{THEM}/12.1", 12, NEW, AMENDED)]
    first = agreement_of(Docket(items, US), TEXT)
    draw = Random(7)
    for _ in range(20):
        again = [*items, *draw.choices(items, k=3)]
        draw.shuffle(again)
        assert agreement_of(Docket(again, US), TEXT) == first


def test_whole_paragraphs_are_agreed_to_by_their_words():
    whole = replace(PROPOSED, quote="", words=WORDS)
    assert digest_of_text(whole) == DIGEST
    given = [replace(voice, quote="", words=WORDS) for voice in (OURS, THEIRS)]
    assert agreement_of(Docket([*SIDES, whole, *given], US), TEXT).agreed
    gone = agreement_of(Docket([*SIDES, replace(whole, words=""), *given], US), TEXT)
    assert not gone.agreed
    assert gone.missing[0] == "the words of the text, which are not here"
    with pytest.raises(NotFound):
        digest_of_text(replace(whole, words=""))


def test_a_text_that_a_telegram_carried_is_agreed_to_under_its_first_name():
    copy = replace(PROPOSED, name=f"{ALLY}/6.c1.1", origin=ALLY, same=TEXT)
    agreement = agreement_of(Docket([*SIDES, copy, OURS, THEIRS], US), copy.name)
    assert agreement.agreed
    assert agreement.version.digest == DIGEST
    assert digest_of_text(copy) == DIGEST


ORIGINS = (US, ALLY, THEM, THIRD)
POOL = tuple(
    item(f"{origin}/{50 + n}.1", kind, 4 + n, quote=quote, fields={**fields, field: target})
    for origin in ORIGINS
    for n, (kind, quote, field, fields) in enumerate(
        [
            ("text", AMENDED, "amends", {"state": "tabled"}),
            ("strike", "", "of", {}),
            ("step", "", "of", {"step": "withdraw"}),
            ("step", "", "of", {"step": "agree"}),
            ("bracket", "four", "text", {"party": "North"}),
            ("agreement", AMENDED, "text", {"digest": NEW}),
            ("agreement", WORDS, "amends", {"text": TEXT, "digest": DIGEST}),
        ]
    )
    for target in (TEXT, OURS.name, f"{origin}/50.1")[n % 3 :][:1]
) + tuple(
    item(f"{origin}/{70 + n}.1", kind, 30 + n, quote=quote, fields={**fields, field: TEXT})
    for origin in ORIGINS
    for n, (kind, quote, field, fields) in enumerate(
        [("text", AMENDED, "amends", {}), ("strike", "", "of", {}), ("step", "", "of", {"step": "withdraw"})]
    )
)


@given(st.lists(st.sampled_from(POOL), max_size=14), st.randoms(use_true_random=False))
def test_no_set_of_items_breaks_it_and_no_order_matters(drawn: list[Item], random: Random):
    items = [*SIDES, PROPOSED, OURS, THEIRS, *drawn]
    first = docket(OURS, THEIRS, *drawn)
    random.shuffle(items)
    again = Docket([*items, *drawn], US)
    assert again.remarks == first.remarks
    assert again.states == first.states


@given(st.lists(st.sampled_from([one for one in POOL if one.kind != "agreement"]), max_size=14))
def test_whatever_is_entered_beside_it_an_agreed_text_keeps_its_words(drawn: list[Item]):
    found = docket(OURS, THEIRS, *drawn)
    assert agreement_of(found, TEXT).version.words == WORDS
    assert found.states[TEXT].item.quote == WORDS
    assert found.states[TEXT].state == "agreed"
    assert found.stands(TEXT)


@given(st.lists(st.sampled_from([one for one in POOL if one.origin == THIRD]), max_size=14))
def test_a_post_of_no_known_side_changes_nothing_of_a_text(drawn: list[Item]):
    before, found = docket(OURS), docket(OURS, *drawn)
    assert found.states[TEXT].item == before.states[TEXT].item
    assert found.states[TEXT].state == "drafted"
    assert not agreement_of(found, TEXT).agreed
