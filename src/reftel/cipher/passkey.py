"""A person's passkey: checking what an authenticator signed (W3C Web Authentication Level 3, 7.2).

Checked here and not by the library that answers a browser, because an act is checked again for as
long as the register is read: a signature counter that went back is noted then and is not an error.

Three kinds of challenge are told apart by the label that is hashed first, so that what a person
signs to get in can never be an act.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from reftel.errors import BadSignature, KeyTextError

MAX_CREDENTIAL: Final = 1023  # Web Authentication, 4: "credential ID"
MAX_CLIENT_DATA: Final = 4096
MAX_AUTHENTICATOR_DATA: Final = 4096
MAX_SIGNATURE: Final = 1024
MAX_ACTS: Final = 64
DIGEST_SIZE: Final = 32
_SIGN_IN_LABEL = b"reftel/sign-in/v1\x00"
_TOUCH_LABEL = b"reftel/touch/v1\x00"
_PRESENT, _VERIFIED = 0x01, 0x04
_HEAD = 37  # SHA-256 of the rpId, flags, counter
_SMALLEST_RSA = 2048

PublicKey: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What one touch gave: credential id, authenticatorData, clientDataJSON and signature, as they came."""

    credential: bytes
    authenticator: bytes
    client: bytes
    signature: bytes


def passkey_id(public: bytes) -> str:
    """32 hexadecimal digits that name a passkey's public key (DER SubjectPublicKeyInfo)."""
    return hashlib.sha256(b"reftel/passkey/v1\x00" + public).hexdigest()[:32]


def sign_in_challenge(nonce: bytes, origin: str) -> bytes:
    """The challenge by which a person gets in at ``origin``: never the hash of an act."""
    return hashlib.sha256(_SIGN_IN_LABEL + nonce + origin.encode()).digest()


def act_challenge(digests: Sequence[bytes]) -> bytes:
    """The challenge of a touch over acts, given the SHA-256 of each act's bytes.

    One act's challenge is its hash itself. Raises :class:`~reftel.errors.BadSignature` for none,
    for more than 64, and for a digest of another length.
    """
    if not 1 <= len(digests) <= MAX_ACTS or any(len(digest) != DIGEST_SIZE for digest in digests):
        raise BadSignature(f"One touch signs 1 to {MAX_ACTS} acts.")
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256(_TOUCH_LABEL + b"".join(digests)).digest()


def check_passkey(public: bytes) -> None:
    """Demand a public key of a kind that is verified here: P-256, Ed25519, or RSA of 2,048 bits or more.

    ``public`` is DER SubjectPublicKeyInfo. Raises :class:`~reftel.errors.KeyTextError`.
    """
    _load(public)


def _load(public: bytes) -> PublicKey:
    try:
        key = load_der_public_key(public)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyTextError("This is not a passkey's public key.") from None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if isinstance(key, Ed25519PublicKey) or (isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_RSA):
        return key
    raise KeyTextError(
        "A passkey of this kind is not accepted: it is not P-256, Ed25519 or RSA of 2,048 bits."
    )


def verify_assertion(
    assertion: Assertion, *, public: bytes, rp_id: str, origin: str, challenge: bytes
) -> int:
    """Demand that the passkey signed ``challenge`` at ``origin``, its user verified; returns its counter.

    ``public`` is DER SubjectPublicKeyInfo, as registered. Raises :class:`~reftel.errors.BadSignature`.
    """
    _check_client(assertion.client, origin, challenge)
    data = assertion.authenticator
    if not _HEAD <= len(data) <= MAX_AUTHENTICATOR_DATA or len(assertion.signature) > MAX_SIGNATURE:
        raise BadSignature("The passkey's answer is not of its length.")
    if not hmac.compare_digest(data[:32], hashlib.sha256(rp_id.encode()).digest()):
        raise BadSignature("The passkey signed for another place than the one where it was enrolled.")
    if not data[32] & _PRESENT or not data[32] & _VERIFIED:
        raise BadSignature("The passkey signed without verifying who touched it.")
    message = data + hashlib.sha256(assertion.client).digest()
    try:
        _verify(_load(public), assertion.signature, message)
    except (InvalidSignature, ValueError, KeyTextError):
        raise BadSignature("The signature is not that passkey's over this act.") from None
    return int.from_bytes(data[33:_HEAD], "big")


def _check_client(client: bytes, origin: str, challenge: bytes) -> None:
    """The browser's statement: what was done, over which challenge, where, and in nobody else's frame."""
    if len(client) > MAX_CLIENT_DATA:
        raise BadSignature("The browser's statement is too long.")
    try:
        said = json.loads(client)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise BadSignature("The browser's statement cannot be read.")
    if said.get("type") != "webauthn.get":
        raise BadSignature("The passkey was not asked to sign.")
    wanted = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    if said.get("challenge") != wanted:
        raise BadSignature("The passkey signed something else than this.")
    if said.get("origin") != origin:
        raise BadSignature("The passkey signed on another page than this office's.")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise BadSignature("The passkey signed inside another site's page.")


def _verify(
    key: EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey, signature: bytes, message: bytes
) -> None:
    match key:
        case EllipticCurvePublicKey():
            key.verify(signature, message, ECDSA(SHA256()))
        case Ed25519PublicKey():
            key.verify(signature, message)
        case _:
            key.verify(signature, message, PKCS1v15(), SHA256())
