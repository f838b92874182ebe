"""Only Reftel's own errors leave the parsers of the cipher room."""

import contextlib
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cipher import age, bech32, packing, padding
from reftel.cipher.identity import (
    HybridIdentity,
    HybridRecipient,
    Identity,
    ScryptIdentity,
    ScryptRecipient,
    X25519Identity,
    X25519Recipient,
)
from reftel.cipher.note import PostKey, PostVerifier, Signature, open_note
from reftel.errors import ReftelError

HYBRID = HybridIdentity.from_seed(bytes(32))
CLASSICAL = X25519Identity(bytes(range(32)))
POST = PostKey.from_seeds("kaesong.example", bytes(32), bytes(32))
TEXT = b"kaesong.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
SEEDS = [
    age.encrypt(b"text", [HYBRID.recipient()]),
    age.encrypt(b"text", [CLASSICAL.recipient()]),
    age.encrypt(b"text", [ScryptRecipient("words", 1)]),
    age.armor(age.encrypt(b"text", [CLASSICAL.recipient()])),
    TEXT + b"\n" + POST.sign_tree(TEXT, "kaesong.example", 0, bytes(32), 1),
    packing.pack(b"The liaison officers met for forty minutes and parted without a word."),
    HYBRID.text().encode(),
    HYBRID.recipient().text().encode(),
    CLASSICAL.text().encode(),
    CLASSICAL.recipient().text().encode(),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Good material with a few bytes changed, cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 40)))
        data[at:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(data[at:end]) * 2), st.just(b"")))
    return bytes(data)


def only_reftel_errors(call: Callable[[], object]) -> None:
    with contextlib.suppress(ReftelError):
        call()


def feed(data: bytes) -> None:
    text = data.decode("latin-1")
    identities: list[Identity] = [HYBRID, CLASSICAL, ScryptIdentity("words", max_log_n=4)]
    for call in (
        lambda: age.decrypt(data, identities),
        lambda: age.decrypt(age.dearmor(data), identities),
        lambda: packing.unpack(data, 1 << 16),
        lambda: padding.unpad(data, len(text) // 2),
        lambda: bech32.decode(text),
        lambda: HybridIdentity.parse(text),
        lambda: HybridRecipient.parse(text),
        lambda: X25519Identity.parse(text),
        lambda: X25519Recipient.parse(text),
        lambda: HybridRecipient.from_bytes(data),
        lambda: PostVerifier(text, data[:32], data[32:]),
        lambda: POST.verifier.verify_tree(TEXT, "kaesong.example", 0, bytes(32), open_note(data)[1]),
    ):
        only_reftel_errors(call)


def test_the_seeds_are_good():
    assert len(SEEDS) == 10
    assert age.decrypt(SEEDS[0], [HYBRID]) == age.decrypt(age.dearmor(SEEDS[3]), [CLASSICAL]) == b"text"
    assert POST.verifier.verify_tree(TEXT, "kaesong.example", 0, bytes(32), open_note(SEEDS[4])[1]) == 1


@given(damaged())
@settings(max_examples=300, deadline=None)
def test_damaged_material_is_refused_or_read(data):
    feed(data)


@given(st.binary(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_noise_is_refused(data):
    feed(data)


@given(st.text(max_size=60))
def test_any_text_in_place_of_a_key(text):
    only_reftel_errors(lambda: HybridRecipient.parse(text))
    only_reftel_errors(lambda: PostVerifier(text, POST.verifier.ed_public, POST.verifier.mldsa_public))


@given(st.text(max_size=8), st.integers(), st.binary(max_size=40), st.binary(max_size=2500))
def test_any_head_in_place_of_a_register(origin, size, root, blob):
    ids = [signature.key_id for signature in open_note(SEEDS[4])[1]]
    signatures = [Signature("kaesong.example", key_id, blob) for key_id in ids]
    only_reftel_errors(lambda: POST.verifier.verify_cosignature(origin, size, root, signatures))
    only_reftel_errors(lambda: POST.verifier.verify_tree(blob, origin, size, root, signatures))
    only_reftel_errors(lambda: POST.verifier.verify(b"reftel/card/v1\x00", blob, (blob, root)))
