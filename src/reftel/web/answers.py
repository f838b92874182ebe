"""What browsers are asked with a passkey, and what they answer, in the JSON of Web Authentication Level 3."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from reftel.cipher.passkey import (
    MAX_AUTHENTICATOR_DATA,
    MAX_CLIENT_DATA,
    MAX_CREDENTIAL,
    MAX_SIGNATURE,
    Assertion,
)
from reftel.errors import BadSignature, BadValue, ReftelError
from reftel.web.visit import read_bytes

Json = dict[str, Any]
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
MAX_ATTESTATION = 8 * 1024
_TIMEOUT = 120_000


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its credential id and its public key as DER SubjectPublicKeyInfo."""

    credential: bytes
    public: bytes


def creation_options(
    *, rp_id: str, post: str, person: str, user: bytes, challenge: bytes, known: Sequence[bytes]
) -> Json:
    """What ``navigator.credentials.create`` is asked; a page adds the PRF extension.

    ``user`` is the handle by which passkeys know the person, ``known`` the passkeys that exist already.
    """
    options = generate_registration_options(
        rp_id=rp_id,
        rp_name=f"Reftel, {post}",
        user_name=person,
        user_id=user,
        user_display_name=person,
        challenge=challenge,
        timeout=_TIMEOUT,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    return dict(options_to_json_dict(options))


def request_options(*, rp_id: str, challenge: bytes, credentials: Sequence[bytes]) -> Json:
    """What ``navigator.credentials.get`` is asked; a page adds the PRF extension."""
    options = generate_authentication_options(
        rp_id=rp_id,
        challenge=challenge,
        timeout=_TIMEOUT,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in credentials],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options_to_json_dict(options))


def challenge_in(client: bytes) -> bytes:
    """The challenge that a browser says it had; what it is worth, the signature says later."""
    try:
        said = json.loads(client)
        return read_bytes(said["challenge"], 64)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadValue("the browser's statement cannot be read") from error


def read_assertion(value: Any) -> Assertion:
    """The assertion in a browser's JSON, each part within its bounds; :class:`BadValue` otherwise."""
    response = _response(value)
    return Assertion(
        credential=read_bytes(value.get("rawId"), MAX_CREDENTIAL),
        authenticator=read_bytes(response.get("authenticatorData"), MAX_AUTHENTICATOR_DATA),
        client=read_bytes(response.get("clientDataJSON"), MAX_CLIENT_DATA),
        signature=read_bytes(response.get("signature"), MAX_SIGNATURE),
    )


def registered_client(value: Any) -> bytes:
    """The browser's statement in a registration."""
    return read_bytes(_response(value).get("clientDataJSON"), MAX_CLIENT_DATA)


def read_registration(value: Any, *, rp_id: str, origin: str, challenge: bytes) -> Registered:
    """Check a registration: this place, this question, its user verified, a kind of key that is taken.

    Attestation says nothing here: none is asked for, and one that comes is not believed. Raises
    :class:`BadValue`, :class:`BadSignature`.
    """
    response = _response(value)
    client = registered_client(value)
    attested = read_bytes(response.get("attestationObject"), MAX_ATTESTATION)
    try:
        said = json.loads(client)
        if said.get("crossOrigin", False) is not False or "topOrigin" in said:
            raise BadSignature("the passkey was made inside another site's page")
        if parse_attestation_object(attested).fmt != AttestationFormat.NONE:
            raise BadSignature("the passkey says more of itself than it was asked")
        parts = {name: response[name] for name in ("clientDataJSON", "attestationObject")}
        verified = verify_registration_response(
            credential={"id": value["id"], "rawId": value["rawId"], "type": "public-key", "response": parts},
            expected_challenge=challenge,
            expected_rp_id=rp_id,
            expected_origin=origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        key = decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except ReftelError:
        raise
    except Exception as error:  # whatever a foreign library makes of hostile bytes, the answer is one
        raise BadSignature("the passkey's registration does not hold", mend="Begin again.") from error
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Registered(verified.credential_id, public)


def _response(value: Any) -> Json:
    if not isinstance(value, dict) or not isinstance(value.get("response"), dict):
        raise BadValue("that is not what a browser says of a passkey")
    if value.get("type") != "public-key" or value.get("id") != value.get("rawId"):
        raise BadValue("that is not what a browser says of a passkey")
    response: Json = value["response"]
    return response
