"""Keys: their texts, what they refuse, and what they never show."""

import copy

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from reftel.cipher import bech32
from reftel.cipher.identity import (
    LOW_ORDER,
    HybridIdentity,
    HybridRecipient,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
    X25519Recipient,
)
from reftel.errors import BadValue, KeyTextError

SEED = bytes(range(32))


def test_a_hybrid_key_survives_its_text():
    identity = HybridIdentity.from_seed(SEED)
    assert identity.text().startswith("AGE-SECRET-KEY-PQ-1")
    assert HybridIdentity.parse(identity.text()).recipient().raw == identity.recipient().raw
    recipient = identity.recipient()
    assert recipient.text().startswith("age1pq1")
    assert HybridRecipient.parse(recipient.text()).raw == recipient.raw
    assert HybridRecipient.from_bytes(recipient.raw).fingerprint() == recipient.fingerprint()


def test_an_x25519_key_survives_its_text():
    identity = X25519Identity(SEED)
    assert identity.text().startswith("AGE-SECRET-KEY-1")
    assert X25519Identity.parse(identity.text()).recipient().raw == identity.recipient().raw
    assert X25519Recipient.parse(identity.recipient().text()).raw == identity.recipient().raw


def test_new_keys_differ():
    assert HybridIdentity.generate().text() != HybridIdentity.generate().text()
    assert X25519Identity.generate().text() != X25519Identity.generate().text()


def test_fingerprints_tell_keys_apart():
    ours, theirs = HybridIdentity.generate().recipient(), HybridIdentity.generate().recipient()
    assert ours.fingerprint() != theirs.fingerprint()
    assert len(ours.fingerprint()) == 64


@pytest.mark.parametrize(
    "secret",
    [
        HybridIdentity.from_seed(SEED),
        X25519Identity(SEED),
        ScryptIdentity("a long passphrase"),
        ScryptRecipient("a long passphrase"),
    ],
)
def test_no_secret_is_shown(secret):
    for shown in (repr(secret), str(secret), f"{secret}"):
        assert shown == f"<{type(secret).__name__}>"


def test_public_keys_are_shown_short():
    recipient = HybridIdentity.from_seed(SEED).recipient()
    assert repr(recipient) == f"<HybridRecipient {recipient.fingerprint()[:16]}>"
    classical = X25519Identity(SEED).recipient()
    assert repr(classical) == f"<X25519Recipient {classical.text()}>"


def test_a_key_of_one_kind_is_not_taken_for_another():
    hybrid, classical = HybridIdentity.from_seed(SEED), X25519Identity(SEED)
    for parse, text in (
        (HybridIdentity.parse, classical.text()),
        (X25519Identity.parse, hybrid.text()),
        (HybridRecipient.parse, classical.recipient().text()),
        (X25519Recipient.parse, hybrid.recipient().text()),
        (HybridIdentity.parse, hybrid.text().lower()),
        (HybridRecipient.parse, hybrid.recipient().text().upper()),
    ):
        with pytest.raises(KeyTextError):
            parse(text)


@pytest.mark.parametrize("size", [0, 31, 33, 1215, 1217])
def test_keys_of_a_wrong_size_are_refused(size):
    raw = b"\x02" * size
    for load in (HybridIdentity.from_seed, X25519Identity, HybridRecipient.from_bytes, X25519Recipient):
        with pytest.raises(KeyTextError):
            load(raw)
    with pytest.raises(KeyTextError):
        HybridIdentity.parse(bech32.encode("AGE-SECRET-KEY-PQ-", raw))


def test_a_lattice_key_out_of_range_is_refused():
    raw = HybridIdentity.from_seed(SEED).recipient().raw
    with pytest.raises(KeyTextError):
        HybridRecipient(b"\xff" * 1152 + raw[1152:])


def test_every_listed_share_keeps_nothing_secret_and_is_refused_as_a_key():
    assert len(LOW_ORDER) == 14
    hybrid = HybridIdentity.from_seed(SEED).recipient().raw
    for share in LOW_ORDER:
        with pytest.raises(ValueError, match="shared key"):
            X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(share))
        with pytest.raises(KeyTextError):
            X25519Recipient(share)
        with pytest.raises(KeyTextError):
            HybridRecipient(hybrid[:1184] + share)


def test_no_other_non_canonical_share_keeps_nothing_secret():
    ours = X25519PrivateKey.generate()
    for u in [*range(2, 40), *range(2**255 - 19, 2**255), *range(2**255 - 40, 2**255 - 19)]:
        for top in (0, 1 << 255):
            share = (u | top).to_bytes(32, "little")
            if share not in LOW_ORDER:
                assert any(ours.exchange(X25519PublicKey.from_public_bytes(share)))


@pytest.mark.parametrize(("passphrase", "log_n"), [("", 16), ("words", 0), ("words", 21)])
def test_unusable_passphrases_are_refused(passphrase, log_n):
    with pytest.raises(BadValue) as refused:
        ScryptRecipient(passphrase, log_n)
    assert "words" not in str(refused.value)


def test_keys_hold_no_dictionary_that_a_dump_would_show():
    with pytest.raises(TypeError):
        vars(HybridIdentity.from_seed(SEED))
    assert copy.copy(X25519Recipient(X25519Identity(SEED).recipient().raw)).raw
