"""Age files: what is sealed opens, and nothing that was touched does."""

import pyrage  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cipher import age
from reftel.cipher.identity import (
    HYBRID,
    HybridIdentity,
    Recipient,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
)
from reftel.errors import (
    AgeArmorError,
    AgeHeaderError,
    AgeMacError,
    AgeNoMatch,
    AgePayloadError,
    BadValue,
    PeerError,
)

OURS = HybridIdentity.from_seed(bytes(range(32)))
THEIRS = HybridIdentity.from_seed(bytes(32))
CLASSICAL = X25519Identity(bytes(range(32)))
TEXT = b"Telegraph the fulfilment."
CHUNK = 1 << 16


@given(st.binary(max_size=300))
@settings(max_examples=60)
def test_each_of_several_posts_opens_the_file(text):
    sealed = age.encrypt(text, [OURS.recipient(), THEIRS.recipient()])
    assert age.decrypt(sealed, [OURS]) == text
    assert age.decrypt(sealed, [THEIRS]) == text
    assert age.decrypt(sealed, [CLASSICAL, THEIRS]) == text


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])
def test_texts_about_the_chunk_size_open(size):
    text = bytes(i % 251 for i in range(size))
    sealed = age.encrypt(text, [OURS.recipient()])
    assert age.decrypt(sealed, [OURS]) == text
    assert len(sealed) == 1659 + size + 16 * max(0, (size - 1) // CHUNK)


def test_the_same_text_never_seals_alike():
    assert age.encrypt(TEXT, [OURS.recipient()]) != age.encrypt(TEXT, [OURS.recipient()])


def test_a_stranger_opens_nothing():
    sealed = age.encrypt(TEXT, [OURS.recipient()])
    for identity in (THEIRS, CLASSICAL, ScryptIdentity("a passphrase")):
        with pytest.raises(AgeNoMatch):
            age.decrypt(sealed, [identity])
    with pytest.raises(AgeNoMatch):
        age.decrypt(sealed, [])


def test_any_changed_byte_is_noticed():
    sealed = age.encrypt(TEXT, [OURS.recipient()])
    for at in range(0, len(sealed), 7):
        with pytest.raises(PeerError):
            age.decrypt(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], [OURS])


def test_any_cut_is_noticed():
    sealed = age.encrypt(TEXT, [OURS.recipient()])
    for end in range(0, len(sealed), 5):
        with pytest.raises((AgeHeaderError, AgePayloadError)):
            age.decrypt(sealed[:end], [OURS])


def test_a_stanza_added_for_a_stranger_is_noticed():
    sealed = age.encrypt(TEXT, [OURS.recipient()])
    added = sealed.replace(b"\n--- ", b"\n-> X25519 abc\n\n--- ", 1)
    with pytest.raises(AgeMacError):
        age.decrypt(added, [OURS])


def test_a_late_damage_releases_no_early_chunk():
    sealed = age.encrypt(bytes(3 * CHUNK), [OURS.recipient()])
    with pytest.raises(AgePayloadError) as refused:
        age.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]), [OURS])
    assert refused.value.__cause__ is None


def test_kinds_of_recipients_are_not_mixed():
    mixtures: list[list[Recipient]] = [
        [],
        [OURS.recipient(), CLASSICAL.recipient()],
        [ScryptRecipient("one", 2), CLASSICAL.recipient()],
        [ScryptRecipient("one", 2), ScryptRecipient("two", 2)],
    ]
    for recipients in mixtures:
        with pytest.raises(BadValue):
            age.encrypt(TEXT, recipients)


def test_a_header_stays_within_its_bound_both_ways():
    recipient = OURS.recipient()
    with pytest.raises(BadValue, match="43 recipients"):
        age.encrypt(TEXT, [recipient] * 43)
    assert age.decrypt(age.encrypt(TEXT, [recipient] * 42), [OURS]) == TEXT
    with pytest.raises(AgeHeaderError):
        age.decrypt(
            b"age-encryption.org/v1\n" + b"-> grease\n\n" * 7000 + b"--- " + b"A" * 43 + b"\n", [OURS]
        )


def test_a_header_says_to_what_kinds_of_key_a_file_is_sealed():
    assert age.stanza_kinds(age.encrypt(TEXT, [OURS.recipient(), THEIRS.recipient()])) == (HYBRID, HYBRID)
    assert age.stanza_kinds(age.encrypt(TEXT, [ScryptRecipient("six words", 1)])) == (b"scrypt",)
    for wrong in (b"", b"age-encryption.org/v1\n-> x", b"age\n--- x", b"age-encryption.org/v1\n---"):
        with pytest.raises(AgeHeaderError):
            age.stanza_kinds(wrong)


def test_an_unfinished_stanza_is_refused():
    line = b"A" * 64 + b"\n"
    with pytest.raises(AgeHeaderError, match="does not end"):
        age.decrypt(b"age-encryption.org/v1\n-> x\n" + line + b"--- " + b"A" * 43 + b"\n" + bytes(40), [OURS])


def test_a_file_sealed_to_nobody_is_refused():
    with pytest.raises(AgeHeaderError, match="nobody"):
        age.decrypt(b"age-encryption.org/v1\n--- " + b"A" * 43 + b"\n" + bytes(40), [OURS])


def test_a_passphrase_opens_and_a_wrong_one_does_not():
    sealed = age.encrypt(TEXT, [ScryptRecipient("correct horse", 4)])
    assert age.decrypt(sealed, [ScryptIdentity("correct horse")]) == TEXT
    with pytest.raises(AgeNoMatch):
        age.decrypt(sealed, [ScryptIdentity("battery staple")])


def test_more_scrypt_work_than_allowed_is_refused():
    sealed = age.encrypt(TEXT, [ScryptRecipient("correct horse", 6)])
    with pytest.raises(AgeHeaderError, match="more work"):
        age.decrypt(sealed, [ScryptIdentity("correct horse", max_log_n=5)])


@given(st.binary(max_size=400))
def test_armor_comes_off_again(data):
    assert age.dearmor(age.armor(data)) == data


@pytest.mark.parametrize("text", [b"", b"=", b"A", b"hello", b"-----BEGIN AGE ENCRYPTED FILE-----\n"])
def test_what_is_no_armor_is_refused(text):
    with pytest.raises(AgeArmorError):
        age.dearmor(text)


def test_pyrage_opens_what_is_sealed_here():
    theirs = pyrage.x25519.Identity.from_str(CLASSICAL.text())
    assert pyrage.decrypt(age.encrypt(TEXT, [CLASSICAL.recipient()]), [theirs]) == TEXT
    sealed = age.encrypt(TEXT, [ScryptRecipient("correct horse", 8)])
    assert pyrage.passphrase.decrypt(sealed, "correct horse") == TEXT


def test_what_pyrage_seals_opens_here():
    theirs = pyrage.x25519.Identity.generate()
    assert str(theirs.to_public()) == X25519Identity.parse(str(theirs)).recipient().text()
    text = bytes(200_000)
    recipients = [theirs.to_public(), pyrage.x25519.Recipient.from_str(CLASSICAL.recipient().text())]
    sealed = pyrage.encrypt(text, recipients)
    assert age.decrypt(sealed, [CLASSICAL]) == text
    assert age.decrypt(sealed, [X25519Identity.parse(str(theirs))]) == text
    assert age.decrypt(age.dearmor(pyrage.encrypt(text, recipients, armored=True)), [CLASSICAL]) == text
