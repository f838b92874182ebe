"""A reader's key wrapped by a passkey's PRF, and what is refused in its place."""

import hmac

import pytest

from reftel.cipher import radix64
from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity, ScryptRecipient
from reftel.cipher.prf import (
    MAX_WRAPPED,
    PrfIdentity,
    PrfRecipient,
    check_recovery,
    check_wrapped,
    decoy,
    prf_inputs,
)
from reftel.errors import AgeHeaderError, AgeNoMatch

TEXT = HybridIdentity.from_seed(bytes(32)).text().encode()
STANZA = b"-> age-encryption.org/fido2prf "


def passkey(secret: bytes):
    def prf(first: bytes, second: bytes) -> tuple[bytes, bytes]:
        return hmac.digest(secret, first, "sha256"), hmac.digest(secret, second, "sha256")

    return prf


WRAPPED = encrypt(TEXT, [PrfRecipient(passkey(b"mine"))])


def test_only_the_same_passkey_unwraps():
    assert decrypt(WRAPPED, [PrfIdentity(passkey(b"mine"))]) == TEXT
    with pytest.raises(AgeNoMatch):
        decrypt(WRAPPED, [PrfIdentity(passkey(b"another"))])
    with pytest.raises(AgeNoMatch):
        decrypt(encrypt(TEXT, [ScryptRecipient("a phrase", 1)]), [PrfIdentity(passkey(b"mine"))])


def test_the_prf_is_asked_two_different_things_that_hold_the_nonce():
    nonce = check_wrapped(WRAPPED)
    assert radix64.encode(nonce, padded=False) in WRAPPED
    assert prf_inputs(nonce) == (
        b"age-encryption.org/fido2prf\x01" + nonce,
        b"age-encryption.org/fido2prf\x02" + nonce,
    )


@pytest.mark.parametrize(
    "stanza",
    [
        pytest.param(STANZA.strip() + b"\n" + bytes(43).replace(b"\0", b"A"), id="no nonce"),
        pytest.param(STANZA + b"AAAA\n" + bytes(43).replace(b"\0", b"A"), id="a short nonce"),
        pytest.param(STANZA + b"A" * 21 + b"g\nAAAA", id="a short body"),
        pytest.param(STANZA + b"A" * 22 + b" more\n" + bytes(43).replace(b"\0", b"A"), id="one more word"),
    ],
)
def test_a_malformed_stanza_is_refused(stanza: bytes):
    with pytest.raises(AgeHeaderError):
        decrypt(
            b"age-encryption.org/v1\n" + stanza + b"\n--- " + b"A" * 43 + b"\n" + bytes(64),
            [PrfIdentity(passkey(b"mine"))],
        )


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(WRAPPED[:190], id="cut short"),
        pytest.param(WRAPPED + bytes(MAX_WRAPPED), id="too long"),
        pytest.param(encrypt(TEXT, [ScryptRecipient("a phrase", 14)]), id="under a passphrase"),
        pytest.param(encrypt(TEXT, [HybridIdentity.generate().recipient()]), id="to a key"),
        pytest.param(encrypt(TEXT, [PrfRecipient(passkey(b"a")), PrfRecipient(passkey(b"b"))]), id="to two"),
        pytest.param(WRAPPED.replace(STANZA, STANZA.replace(b"fido2prf", b"fido2prg")), id="another kind"),
        pytest.param(decoy(b"x")[:53] + b"A" * 21 + b"B" + decoy(b"x")[75:], id="base64 with stray bits"),
    ],
)
def test_another_file_is_no_wrapped_key(file: bytes):
    with pytest.raises(AgeHeaderError):
        check_wrapped(file)


def test_a_recovery_file_is_under_one_passphrase_at_a_bounded_cost():
    check_recovery(encrypt(TEXT, [ScryptRecipient("a phrase", 16)]))
    for file in (WRAPPED, encrypt(TEXT, [ScryptRecipient("a phrase", 10)]), b""):
        with pytest.raises(AgeHeaderError):
            check_recovery(file)


def test_a_decoy_cannot_be_told_from_a_wrapped_key():
    assert check_wrapped(decoy(b"x"))
    assert len(decoy(b"x")) == len(WRAPPED)
    assert decoy(b"x") == decoy(b"x") != decoy(b"y")


def test_a_passkey_does_not_show_its_secret():
    assert repr(PrfRecipient(passkey(b"mine"))) == "<PrfRecipient>"
    assert repr(PrfIdentity(passkey(b"mine"))) == "<PrfIdentity>"
