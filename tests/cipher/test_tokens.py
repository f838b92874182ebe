"""Tokens and one-time codes: random, of one form, and kept as digests only."""

import re

import pytest

from reftel.cipher.tokens import (
    code_digest,
    is_token,
    new_code,
    new_nonce,
    new_token,
    page_token,
    same,
    stand_in,
    token_digest,
    user_handle,
)


def test_tokens_are_of_one_form_and_never_the_same():
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(is_token(token) for token in tokens)
    assert not is_token("A" * 42)
    assert not is_token("A" * 42 + "=")
    assert len({new_nonce() for _ in range(50)}) == 50


def test_what_is_kept_and_shown_of_a_token_does_not_give_it_away():
    token = new_token()
    assert re.fullmatch("[0-9a-f]{64}", token_digest(token))
    assert is_token(page_token(token))
    assert page_token(token) != token
    assert same(page_token(token), page_token(token))
    assert not same(page_token(token), page_token(new_token()))


def test_a_code_has_a_hundred_bits_and_is_read_as_people_type_it():
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    code = codes.pop()
    assert re.fullmatch("([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}", code)
    digest = code_digest("beijing.example", "Makarov", code)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert code_digest("beijing.example", "Makarov", typed) == digest


@pytest.mark.parametrize(("origin", "person"), [("moscow.example", "Makarov"), ("beijing.example", "Lisin")])
def test_a_code_is_for_one_person_of_one_post(origin: str, person: str):
    code = new_code()
    assert code_digest(origin, person, code) != code_digest("beijing.example", "Makarov", code)


def test_a_name_that_nobody_bears_gets_the_same_stand_in_again():
    assert stand_in(b"k" * 32, "Nobody") == stand_in(b"k" * 32, "Nobody")
    assert len({stand_in(b"k" * 32, "a"), stand_in(b"k" * 32, "b"), stand_in(b"l" * 32, "a")}) == 3
    assert user_handle(b"k" * 32, "a") != stand_in(b"k" * 32, "a")
