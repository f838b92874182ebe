"""Readers with keys, for the tests of this room: what a browser and an authenticator would hold."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.prf import Prf, PrfRecipient
from reftel.cipher.tokens import code_digest
from reftel.office import passkeys
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, Post

CODE = "7F3K-9QXD"


def authenticator() -> Prf:
    """A PRF as an authenticator has it: a secret of its own that never leaves it."""
    secret = os.urandom(32)

    def prf(first: bytes, second: bytes) -> tuple[bytes, bytes]:
        one, two = (hmac.digest(secret, hashlib.sha256(x).digest(), "sha256") for x in (first, second))
        return one, two

    return prf


def enrol(post: Post, person: str, prf: Prf | None = None) -> HybridIdentity:
    """Let a person enrol a passkey and a reader's key, and two officers admit both; returns the key."""
    office, identity = post.office, HybridIdentity.generate()
    public = generate_private_key(SECP256R1()).public_key()
    passkeys.invite(office, post.hand(ADMIN), person, code_digest(office.origin, person, CODE))
    enrolment = passkeys.Enrolment(
        credential=os.urandom(32),
        public=public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        rp_id="localhost",
        origin="http://localhost:8000",
        wrapped=encrypt(identity.text().encode(), [PrfRecipient(prf or authenticator())]),
    )
    passkeys.enrol(office, person, CODE, enrolment, identity.recipient().text())
    with post.read() as connection:
        (row,) = passkeys.passkeys_of(connection, person, ("enrolled",))
    second = AUDITOR if person != AUDITOR else CIPHER
    passkeys.admit_passkey(office, post.hand(ADMIN), row.credential, post.hand(second))
    return identity


def opened(sealed: bytes, key: HybridIdentity) -> dict[str, Any]:
    """What a reader's browser reads in a sealed copy."""
    shown: dict[str, Any] = json.loads(decrypt(sealed, [key]))
    return shown
