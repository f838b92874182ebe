"""Commitments, the vault, padding, packing and persons' keys."""

import hashlib
import hmac
import threading

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from reftel.cipher import commitment, packing, padding, radix64, vault
from reftel.cipher.person import PersonKey, person_key_id, verify_person
from reftel.errors import BadSignature, CommitmentError, FormatError, KeyTextError, StoreDamaged
from tests.conftest import ROOT

SALT = bytes(range(32))


def test_a_leaf_is_a_version_and_a_keyed_hash():
    expected = hmac.new(SALT, b"reftel/record/v1\x00{}", hashlib.sha256).digest()
    assert commitment.record_leaf(SALT, b"{}") == b"\x01" + expected


def test_a_text_commitment_opens_to_that_text_under_that_salt_only():
    made = commitment.text_commitment(SALT, b"text")
    assert made == hmac.new(SALT, b"reftel/cable/v1\x00text", hashlib.sha256).digest()
    commitment.verify_text(made, SALT, b"text")
    for salt, text in ((SALT, b"Text"), (bytes(32), b"text")):
        with pytest.raises(CommitmentError):
            commitment.verify_text(made, salt, text)


def test_a_salt_of_another_length_cannot_open_a_commitment():
    made = commitment.text_commitment(SALT[:31] + b"\x00", b"text")
    for salt in (SALT[:31], SALT[:31] + b"\x00\x00", b""):
        with pytest.raises(CommitmentError):
            commitment.verify_text(made, salt, b"text")


def test_salts_and_keys_are_new_each_time():
    assert len({commitment.new_salt(), commitment.new_salt(), vault.new_key(), vault.new_key()}) == 4
    assert len(commitment.new_salt()) == len(vault.new_key()) == 32


@given(st.binary(max_size=200))
def test_a_text_in_the_vault_opens_with_its_key(text):
    key = vault.new_key()
    blob = vault.seal_text(key, text)
    assert vault.open_text(key, blob) == text
    assert vault.seal_text(key, text) != blob


def test_a_text_in_the_vault_opens_with_no_other_key_and_not_when_touched():
    key = vault.new_key()
    blob = vault.seal_text(key, b"text")
    wrong = [(vault.new_key(), blob), (key[:31], blob), (key, blob[:-1]), (key, b""), (key, blob[:11])]
    wrong += [(key, blob[:i] + bytes([blob[i] ^ 128]) + blob[i + 1 :]) for i in range(len(blob))]
    for with_key, damaged in wrong:
        with pytest.raises(StoreDamaged):
            vault.open_text(with_key, damaged)


@given(st.integers(0, 1 << 40))
def test_padding_costs_little_and_hides_the_length(size):
    padded = padding.padded_length(size)
    assert padded >= size
    assert padded == 64 or padded - size <= size * 0.12
    assert padding.padded_length(padded) == padded
    exponent = padded.bit_length() - 1
    assert padded % (1 << exponent - exponent.bit_length()) == 0


def test_padded_lengths_are_those_of_the_paper():
    assert [padding.padded_length(n) for n in (0, 64, 65, 100, 1000, 1025, 9999, 1_000_000)] == [
        64, 64, 72, 104, 1024, 1088, 10240, 1_015_808,
    ]  # fmt: skip


@given(st.binary(max_size=3000))
def test_padding_comes_off_again(data):
    padded = padding.pad(data)
    assert len(padded) == padding.padded_length(len(data))
    assert padding.unpad(padded, len(data)) == data


@pytest.mark.parametrize(
    ("padded", "size"),
    [
        (bytes(63) + b"\x01", 10),
        (b"text" + bytes(61), 4),
        (b"text" + bytes(59), 4),
        (bytes(64), 65),
        (bytes(64), -1),
        (b"", 0),
    ],
)
def test_padding_that_could_carry_something_is_refused(padded, size):
    with pytest.raises(FormatError):
        padding.unpad(padded, size)


@given(st.binary(max_size=5000))
def test_what_is_packed_comes_out(data):
    assert packing.unpack(packing.pack(data), len(data)) == data


def test_a_packed_cable_is_smaller_for_the_dictionary():
    cable = (
        b"MMHS-Primary-Precedence: 3\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"The line of demarcation follows the river. The liaison officers meet again on Monday morning.\r\n"
    )
    assert len(packing.pack(cable)) < 0.6 * len(zstandard.compress(cable, 3))


def test_a_bomb_is_refused_by_what_it_declares():
    bomb = packing.pack(bytes(50_000_000))
    assert len(bomb) < 10_000
    with pytest.raises(FormatError, match="longer than"):
        packing.unpack(bomb, 1_000_000)


def test_one_byte_over_the_limit_is_refused():
    blob = packing.pack(b"x" * 100)
    assert packing.unpack(blob, 100) == b"x" * 100
    with pytest.raises(FormatError):
        packing.unpack(blob, 99)


def test_frames_that_hide_their_length_or_dictionary_are_refused():
    shipped = zstandard.ZstdCompressionDict((ROOT / "src/reftel/cipher/cable.dict").read_bytes())
    undeclared = zstandard.ZstdCompressor(dict_data=shipped, write_content_size=False).compress(b"text" * 99)
    nameless = zstandard.ZstdCompressor(dict_data=shipped, write_dict_id=False).compress(b"text" * 99)
    for blob in (undeclared, nameless, zstandard.compress(b"text")):
        with pytest.raises(FormatError):
            packing.unpack(blob, 1 << 20)


def test_damaged_frames_are_refused():
    blob = packing.pack(b"the text of a cable, the text of a cable")
    empty = packing.pack(b"")
    for damaged in (
        b"",
        b"(",
        blob[:-1],
        blob + b"\x00",
        blob + blob,
        empty + b"\x00",
        empty[:-1],
        bytes(40),
    ):
        with pytest.raises(FormatError):
            packing.unpack(damaged, 1 << 20)


def test_the_dictionary_is_the_one_that_its_digest_names():
    content = (ROOT / "src/reftel/cipher/cable.dict").read_bytes()
    assert hashlib.sha256(content).hexdigest() == packing.DICTIONARY_DIGEST
    assert len(content) <= 1 << 16


def test_threads_pack_side_by_side():
    wrong: list[int] = []

    def work(seed: int) -> None:
        for i in range(200):
            text = f"cable {seed} {i} ".encode() * 50
            if packing.unpack(packing.pack(text), len(text)) != text:
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_persons_signature_is_that_persons_over_that_act():
    # RFC 8032, section 7.1, test 2.
    key = PersonKey.from_seed(
        bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    )
    assert key.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = key.sign(b"\x72")
    assert signature.hex().startswith("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")
    verify_person(key.public, b"\x72", signature)
    for public, message, given_signature in (
        (key.public, b"\x73", signature),
        (PersonKey.generate().public, b"\x72", signature),
        (key.public, b"\x72", signature[:-1]),
        (key.public, b"\x72", b""),
        (key.public[:-1], b"\x72", signature),
    ):
        with pytest.raises(BadSignature):
            verify_person(public, message, given_signature)


def test_a_person_is_known_by_the_public_key_only():
    key = PersonKey.generate()
    assert PersonKey.from_seed(key.seed()).key_id == key.key_id == person_key_id(key.public)
    assert repr(key) == f"<PersonKey {key.key_id}>"
    assert key.seed().hex() not in repr(key)
    assert len(key.key_id) == 32
    with pytest.raises(KeyTextError):
        PersonKey.from_seed(bytes(31))


@given(st.binary(max_size=50), st.booleans())
def test_base64_has_one_text_for_one_value(data, padded):
    text = radix64.encode(data, padded=padded)
    assert radix64.decode(text, padded=padded) == data
    if text:
        with pytest.raises(ValueError):
            radix64.decode(text + b"\n", padded=padded)
