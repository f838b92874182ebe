"""A passkey in software, for the demonstration and for tests.

**This is no authenticator.** Its secrets lie in memory in plain sight, nobody is asked to touch
anything, and it says that it verified its user without having done so. It answers as a browser
with an authenticator would (W3C Web Authentication Level 3): ES256, ``none`` attestation, a counter,
and the PRF extension over HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from webauthn.helpers import encode_cbor

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.commitment import new_salt
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.prf import PrfIdentity, PrfRecipient
from reftel.web.visit import read_bytes, write_bytes

Json = dict[str, Any]
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_NOBODYS = bytes(16)  # the AAGUID of an authenticator that does not say what it is
_LONGEST = 1024


class SoftwareKey:
    """One passkey: a P-256 key, the secret behind its PRF, its credential id and a counter.

    ``origin`` is where the imagined browser is; ``flags`` is what the authenticator claims, by
    default that its user was there and was verified.
    """

    def __init__(
        self,
        origin: str,
        *,
        private: EllipticCurvePrivateKey,
        secret: bytes,
        credential: bytes,
        counter: int = 0,
    ) -> None:
        self.origin = origin
        self.credential = credential
        self.counter = counter
        self.flags = _PRESENT | _VERIFIED
        self._private = private
        self._secret = secret

    def __repr__(self) -> str:
        return f"<SoftwareKey {write_bytes(self.credential)[:8]}>"

    @classmethod
    def new(cls, origin: str) -> Self:
        """Another passkey."""
        return cls(
            origin, private=generate_private_key(SECP256R1()), secret=new_salt(), credential=new_salt()
        )

    def public(self) -> bytes:
        """The public key as DER SubjectPublicKeyInfo."""
        return self._private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def create(self, options: Mapping[str, Any]) -> Json:
        """Answer ``navigator.credentials.create``: the registration in JSON, as a page posts it."""
        numbers = self._private.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = _NOBODYS + len(self.credential).to_bytes(2, "big") + self.credential + public
        data = self._data(options["rp"]["id"], self.flags | _ATTESTED) + attested
        client = self._client("webauthn.create", options["challenge"])
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {"attestationObject": attestation, "clientDataJSON": client}, {"transports": ["internal"]}
        )

    def get(self, options: Mapping[str, Any], inputs: Sequence[bytes] = ()) -> tuple[Json, tuple[bytes, ...]]:
        """Answer ``navigator.credentials.get``: the assertion, and the PRF's values for ``inputs``."""
        self.counter += 1
        client = self._client("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], self.flags)
        signature = self._private.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer(parts, {}), tuple(self.prf(given) for given in inputs)

    def prf(self, given: bytes) -> bytes:
        """The PRF's value for one input: 32 bytes."""
        salt = hashlib.sha256(b"WebAuthn PRF\x00" + given).digest()
        return hmac.digest(self._secret, salt, "sha256")

    def wrap(self, identity: HybridIdentity) -> bytes:
        """A reader's identity wrapped by this passkey: an age file."""
        return encrypt(identity.text().encode(), [PrfRecipient(self._both)])

    def unwrap(self, wrapped: bytes) -> HybridIdentity:
        """The identity out of what :meth:`wrap` gave."""
        return HybridIdentity.parse(decrypt(wrapped, [PrfIdentity(self._both)]).decode())

    def export(self) -> Json:
        """Everything, secrets included, for a demonstration's browser; :meth:`load` reads it."""
        private = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return {
            "origin": self.origin,
            "credential": write_bytes(self.credential),
            "private": write_bytes(private),
            "secret": write_bytes(self._secret),
            "counter": self.counter,
        }

    @classmethod
    def load(cls, value: Mapping[str, Any]) -> Self:
        """The passkey that was exported."""
        private = load_der_private_key(read_bytes(value["private"], _LONGEST), None)
        if not isinstance(private, EllipticCurvePrivateKey):
            raise TypeError("a software key is a P-256 key")
        return cls(
            value["origin"],
            private=private,
            secret=read_bytes(value["secret"], 32),
            credential=read_bytes(value["credential"], _LONGEST),
            counter=value["counter"],
        )

    def _both(self, first: bytes, second: bytes) -> tuple[bytes, bytes]:
        return self.prf(first), self.prf(second)

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said, separators=(",", ":")).encode()

    def _answer(self, parts: Mapping[str, bytes], more: Json) -> Json:
        name = write_bytes(self.credential)
        response = {key: write_bytes(value) for key, value in parts.items()} | more
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
