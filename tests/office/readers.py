"""Readers with keys, for the tests of this room: what a browser and an authenticator would hold."""

from __future__ import annotations

import json
from typing import Any

from reftel.cipher.age import decrypt
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.tokens import code_digest
from reftel.office import passkeys
from reftel.web.software_key import SoftwareKey
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, Post

CODE = "7F3K-9QXD"
WHERE = "http://localhost:8000"


def enrol(post: Post, person: str, key: SoftwareKey | None = None) -> HybridIdentity:
    """Let a person enrol a passkey and a reader's key, and two officers admit both; returns the latter."""
    office, identity = post.office, HybridIdentity.generate()
    key = key or SoftwareKey.new(WHERE)
    passkeys.invite(office, post.hand(ADMIN), person, code_digest(office.origin, person, CODE))
    enrolment = passkeys.Enrolment(
        credential=key.credential,
        public=key.public(),
        rp_id="localhost",
        origin=WHERE,
        wrapped=key.wrap(identity),
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
