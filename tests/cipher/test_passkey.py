"""Passkeys: what real authenticators and the standard signed, what is refused, and what py_webauthn says.

The recorded assertions are those with which py_webauthn tests itself (Touch ID, Windows Hello); the
others are the test vectors of W3C Web Authentication Level 3, sections 16.2 and 16.11.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from webauthn import verify_authentication_response
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    encode_cbor,
)
from webauthn.helpers.exceptions import InvalidAuthenticationResponse

from reftel.cipher import passkey
from reftel.cipher.passkey import (
    MAX_ACTS,
    Assertion,
    act_challenge,
    check_passkey,
    passkey_id,
    sign_in_challenge,
    verify_assertion,
)
from reftel.errors import BadSignature, KeyTextError

HOST, ORIGIN = "office.beijing.example", "https://office.beijing.example"
CHALLENGE = hashlib.sha256(b"an act").digest()


def b64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(key: Any) -> bytes:
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def from_cose(cose: bytes) -> bytes:
    """A public key as a registration has it, as the office keeps it."""
    return bytes(der(decoded_public_key_to_cryptography(decode_credential_public_key(cose))))


RECORDED = {
    "Touch ID, ES256": (
        (
            "AXmOjWWZH67pgl5_gAbKVBqoL2dyHHGEWZLspIsCwULG0hZ3HyuGgvkaRcSOLq9W72XtegcvFYXIdlafrilbtVnx2Q14gNbfSQQP2sgN"
            "EAif4MjHtGpeVB0BfFawCs85Y3XY_j4sxthVnyTY_Q"
        ),
        "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFYN-Mog",
        (
            "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiNnpyU1JYOEN4d1BTWEVBclh5WEwydHBiNnJCN1N0YXIwckxWSWo1cnZm"
            "NzRtWktGNWlyNzE1WG1nejV0QV9HeUhleE40b1hmclE4ODlBclZDTGFSZEEiLCJvcmlnaW4iOiJodHRwOi8vbG9jYWxob3N0OjUwMDAi"
            "LCJjcm9zc09yaWdpbiI6ZmFsc2V9"
        ),
        "MEUCIQDBqeI274exaKWGQz37g7yo1--TVcZSCcYVftZ1AnEJkQIgNw-nlx-_U9rVfFfER8oX6BlYZTuPFyGaL_wCDY23s0E",
        "pQECAyYgASFYIFm1Py-FzzFOuwXbRbTr95SiDxuB1BkZsEEJxFhquzqkIlggL1U1T713Jo_2muzhXvpbwRNdoAs8CYK6PflvY1MBdCI",
        1625263266,
    ),
    "Windows Hello, RS256": (
        "ZoIKP1JQvKdrYj1bTUPJ2eTUsbLeFkv-X5xJQNr4k6s",
        "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
        (
            "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiaVBtQWkxUHAxWEw2b0FncTNQV1p0WlBuWmExekZVRG9HYmFRMF9LdlZH"
            "MWxGMnMzUnRfM280dVN6Y2N5MHRtY1RJcFRUVDRCVTFULUk0bWFhdm5kalEiLCJvcmlnaW4iOiJodHRwOi8vbG9jYWxob3N0OjUwMDAi"
            "LCJjcm9zc09yaWdpbiI6ZmFsc2V9"
        ),
        (
            "iOHKX3erU5_OYP_r_9HLZ-CexCE4bQRrxM8WmuoKTDdhAnZSeTP0sjECjvjfeS8MJzN1ArmvV0H0C3yy_FdRFfcpUPZzdZ7bBcmPh1XP"
            "dxRwY747OrIzcTLTFQUPdn1U-izCZtP_78VGw9pCpdMsv4CUzZdJbEcRtQuRS03qUjqDaovoJhOqEBmxJn9Wu8tBi_Qx7A33RbYjlfyL"
            "m_EDqimzDZhyietyop6XUcpKarKqVH0M6mMrM5zTjp8xf3W7odFCadXEJg-ERZqFM0-9Uup6kJNLbr6C5J4NDYmSm3HCSA6lp2iEiMPK"
            "U8Ii7QZ61kybXLxsX4w4Dm3fOLjmDw"
        ),
        (
            "pAEDAzkBACBZAQDfV20epzvQP-HtcdDpX-cGzdOxy73WQEvsU7Dnr9UWJophEfpngouvgnRLXaEUn_d8HGkp_HIx8rrpkx4BVs6X_B6Z"
            "jhLlezjIdJbLbVeb92BaEsmNn1HW2N9Xj2QM8cH-yx28_vCjf82ahQ9gyAr552Bn96G22n8jqFRQKdVpO-f-bvpvaP3IQ9F5LCX7CUax"
            "ptgbog1SFO6FI6ob5SlVVB00lVXsaYg8cIDZxCkkENkGiFPgwEaZ7995SCbiyCpUJbMqToLMgojPkAhWeyktu7TlK6UBWdJMHc3FPAIs"
            "0lH_2_2hKS-mGI1uZAFVAfW1X-mzKL0czUm2P1UlUox7IUMBAAE"
        ),
        1,
    ),
}
"""Credential, authenticatorData, clientDataJSON, signature, public key in COSE, counter."""
RP_AUTH = "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
STANDARD = {
    "16.2, ES256": (
        RP_AUTH + "1900000000",
        "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
        (
            "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf"
            "11a1dd5d78c6e486013f937295ea13653e331e87"
        ),
        (
            "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca"
            "66334b03458abf879717c12cc68ed73290af2e2664796b9220"
        ),
    ),
    "16.11, Ed25519": (
        RP_AUTH + "0100000000",
        "895957e01c633a698348a2d8a31a54b7db27e8c1c43b2080d79ae2190267bfd2",
        (
            "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cfdfc48f85393bc0d40b011f0d6fecb097d6607525"
            "713223a0dc0d453993dae00b"
        ),
        "a401010327200621582044e06ddd331c36a8dc667bab52bcae63486c916aa5e339e6acebaa84934bf832",
    ),
}
"""authenticatorData, challenge, signature, public key in COSE; no user was verified for these."""


def recorded(name: str) -> tuple[Assertion, dict[str, Any], int]:
    *parts, cose, counter = RECORDED[name]
    assertion = Assertion(
        **dict(zip(("credential", "authenticator", "client", "signature"), map(b64url, parts), strict=True))
    )
    challenge = b64url(json.loads(assertion.client)["challenge"])
    place = {"rp_id": "localhost", "origin": "http://localhost:5000", "challenge": challenge}
    return assertion, {"public": from_cose(b64url(cose)), **place}, counter


@pytest.mark.parametrize("name", RECORDED)
def test_what_a_real_authenticator_signed(name):
    assertion, place, counter = recorded(name)
    assert verify_assertion(assertion, **place) == counter


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("part", ["authenticator", "client", "signature"])
def test_every_bit_of_a_recorded_assertion_counts(name, part):
    assertion, place, _ = recorded(name)
    data = getattr(assertion, part)
    for at in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        other = Assertion(**{f: getattr(assertion, f) for f in assertion.__slots__} | {part: bytes(flipped)})
        with pytest.raises(BadSignature):
            verify_assertion(other, **place)


@pytest.mark.parametrize("name", STANDARD)
def test_the_vectors_of_the_standard(name):
    """Their signatures hold; no user was verified, and for that they are refused."""
    data, challenge, signature, cose = map(bytes.fromhex, STANDARD[name])
    said = {"type": "webauthn.get", "challenge": _text(challenge), "origin": "https://example.org"}
    client = json.dumps(said | {"crossOrigin": False}, separators=(",", ":")).encode()
    public = from_cose(cose)
    message = data + hashlib.sha256(client).digest()
    passkey._verify(passkey._load(public), signature, message)
    assertion = Assertion(credential=b"c", authenticator=data, client=client, signature=signature)
    with pytest.raises(BadSignature, match="without verifying"):
        verify_assertion(
            assertion, public=public, rp_id="example.org", origin="https://example.org", challenge=challenge
        )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """An authenticator of one algorithm, with what the browser adds; apart from the demonstration's own."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        if algorithm == "ES256":
            self.key: Any = ec.generate_private_key(ec.SECP256R1())
            numbers = self.key.public_key().public_numbers()
            x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
            self.cose = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        elif algorithm == "EdDSA":
            self.key = ed25519.Ed25519PrivateKey.generate()
            self.cose = encode_cbor({1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()})
        else:
            self.key = rsa.generate_private_key(65537, 2048)
            numbers = self.key.public_key().public_numbers()
            n, e = numbers.n.to_bytes(256, "big"), numbers.e.to_bytes(3, "big")
            self.cose = encode_cbor({1: 3, 3: -257, -1: n, -2: e})
        self.public = der(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        if self.algorithm == "ES256":
            return bytes(self.key.sign(message, ec.ECDSA(SHA256())))
        if self.algorithm == "EdDSA":
            return bytes(self.key.sign(message))
        return bytes(self.key.sign(message, padding.PKCS1v15(), SHA256()))

    def get(self, *, rp_id: str = HOST, flags: int = 0x05, counter: int = 7, **said: Any) -> Assertion:
        client = {
            "type": "webauthn.get",
            "challenge": _text(CHALLENGE),
            "origin": ORIGIN,
            "crossOrigin": False,
        } | said
        text = json.dumps({name: value for name, value in client.items() if value is not None}).encode()
        data = hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
        signature = self.sign(data + hashlib.sha256(text).digest())
        return Assertion(credential=b"0123456789abcdef", authenticator=data, client=text, signature=signature)


SIGNERS = {name: Signer(name) for name in ("ES256", "EdDSA", "RS256")}


def ours(signer: Signer, assertion: Assertion) -> bool:
    """Whether it holds here."""
    try:
        verify_assertion(assertion, public=signer.public, rp_id=HOST, origin=ORIGIN, challenge=CHALLENGE)
    except BadSignature:
        return False
    return True


def theirs(signer: Signer, assertion: Assertion) -> bool:
    """Whether it holds for py_webauthn, which was not told of any counter."""
    name = _text(assertion.credential)
    response = {
        "clientDataJSON": _text(assertion.client),
        "authenticatorData": _text(assertion.authenticator),
        "signature": _text(assertion.signature),
    }
    try:
        verify_authentication_response(
            credential={"id": name, "rawId": name, "type": "public-key", "response": response},
            expected_challenge=CHALLENGE,
            expected_rp_id=HOST,
            expected_origin=ORIGIN,
            credential_public_key=signer.cose,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except InvalidAuthenticationResponse:
        return False
    return True


@pytest.mark.parametrize("algorithm", SIGNERS)
@pytest.mark.parametrize(
    ("given_", "holds"),
    [
        ({}, True),
        ({"flags": 0x1D}, True),
        ({"counter": 0xFFFFFFFF}, True),
        ({"unknown": {"a": [1]}}, True),
        ({"flags": 0x01}, False),
        ({"flags": 0x04}, False),
        ({"rp_id": "elsewhere.example"}, False),
        ({"type": "webauthn.create"}, False),
        ({"type": None}, False),
        ({"challenge": _text(bytes(32))}, False),
        ({"origin": "https://office.beijing.example:8443"}, False),
        ({"origin": "http://office.beijing.example"}, False),
        ({"origin": ["https://office.beijing.example"]}, False),
        ({"origin": None}, False),
    ],
)
def test_py_webauthn_and_this_office_say_the_same(algorithm, given_, holds):
    assertion = SIGNERS[algorithm].get(**given_)
    assert ours(SIGNERS[algorithm], assertion) is holds
    if not isinstance(given_.get("origin"), list) and given_.get("type", "") is not None:
        assert theirs(SIGNERS[algorithm], assertion) is holds


@pytest.mark.parametrize("said", [{"crossOrigin": True}, {"topOrigin": ORIGIN}, {"crossOrigin": "false"}])
def test_what_is_signed_in_a_frame_is_refused_here_whoever_takes_it(said):
    assert not ours(SIGNERS["ES256"], SIGNERS["ES256"].get(**said))


def test_a_browser_that_leaves_crossorigin_out_says_false():
    assert ours(SIGNERS["ES256"], SIGNERS["ES256"].get(crossOrigin=None))


def test_another_kind_of_signature_over_the_same():
    """A key verifies its own algorithm, and no key another's signature."""
    for name, signer in SIGNERS.items():
        for other, assertion in ((n, s.get()) for n, s in SIGNERS.items()):
            assert ours(signer, assertion) is (name == other)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("client", b""),
        ("client", b"null"),
        ("client", b"[" * 3000),
        ("client", b" " * 5000),
        ("client", b"\xff"),
        ("authenticator", b""),
        ("authenticator", bytes(36)),
        ("authenticator", bytes(5000)),
        ("signature", b""),
        ("signature", bytes(2000)),
    ],
)
def test_parts_out_of_their_bounds(part, value):
    good = SIGNERS["ES256"].get()
    other = Assertion(**{f: getattr(good, f) for f in good.__slots__} | {part: value})
    assert not ours(SIGNERS["ES256"], other)


@given(st.binary(max_size=200), st.binary(max_size=80), st.binary(max_size=80))
def test_bytes_from_anywhere_are_refused_and_nothing_else_happens(client, data, signature):
    assertion = Assertion(credential=b"c", authenticator=data, client=client, signature=signature)
    assert not ours(SIGNERS["ES256"], assertion)


@given(st.binary(max_size=200))
def test_keys_from_anywhere(data):
    with pytest.raises(KeyTextError):
        check_passkey(data)


def test_which_keys_are_taken():
    for signer in SIGNERS.values():
        check_passkey(signer.public)
    refused = [
        ec.generate_private_key(ec.SECP384R1()).public_key(),
        ec.generate_private_key(ec.SECP256K1()).public_key(),
        rsa.generate_private_key(65537, 1024).public_key(),
    ]
    for key in refused:
        with pytest.raises(KeyTextError):
            check_passkey(der(key))
    assert not ours(SIGNERS["ES256"], SIGNERS["ES256"].get(counter=0, rp_id="x"))


def test_a_public_key_has_one_name():
    assert passkey_id(b"key") == hashlib.sha256(b"reftel/passkey/v1\x00key").hexdigest()[:32]


def test_one_act_s_challenge_is_its_hash_and_several_have_their_own():
    one, two = (hashlib.sha256(text).digest() for text in (b"one", b"two"))
    assert act_challenge([one]) == one
    assert act_challenge([one, two]) == hashlib.sha256(b"reftel/touch/v1\x00" + one + two).digest()
    assert act_challenge([one, two]) != act_challenge([two, one])
    act_challenge([one] * MAX_ACTS)
    for bad in ([], [one] * (MAX_ACTS + 1), [one[:31]], [one, b""]):
        with pytest.raises(BadSignature):
            act_challenge(bad)


def test_getting_in_signs_something_that_no_act_is():
    nonce = bytes(32)
    expected = hashlib.sha256(b"reftel/sign-in/v1\x00" + nonce + ORIGIN.encode()).digest()
    assert sign_in_challenge(nonce, ORIGIN) == expected
    assert sign_in_challenge(nonce, ORIGIN) != act_challenge(
        [hashlib.sha256(nonce + ORIGIN.encode()).digest()]
    )
