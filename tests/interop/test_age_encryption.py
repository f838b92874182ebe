"""Hybrid age files to and from npm `age-encryption`, which readers' browsers open copies with."""

import base64
import hashlib
import hmac
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from reftel.cipher import age
from reftel.cipher.identity import HybridIdentity, HybridRecipient, ScryptRecipient, X25519Identity
from reftel.cipher.prf import PrfIdentity, PrfRecipient, check_wrapped
from tests.conftest import ROOT
from tests.npm import installed, node_and_npm

HERE = ROOT / "tests" / "interop"
OURS = HybridIdentity.from_seed(bytes(range(32)))
THEIRS = HybridIdentity.from_seed(bytes(32))
CLASSICAL = X25519Identity(bytes(range(32)))
TEXTS = [b"", b"Telegraph the fulfilment.", bytes(65_536), bytes(range(256)) * 600]

Exchange = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    """Installs what the lock file names, and talks to it."""
    node, _ = node_and_npm()
    cache = installed(HERE, ["exchange.mjs"])

    def talk(**asked: object) -> dict[str, Any]:
        question = json.dumps({"seal": [], "open": []} | asked)
        ended = subprocess.run(
            [node, "exchange.mjs"], cwd=cache, input=question, capture_output=True, text=True, check=True
        )
        return dict(json.loads(ended.stdout))

    return talk


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_it_opens_what_is_sealed_here(exchange):
    both = [OURS.recipient(), THEIRS.recipient()]
    asked = [
        {"identity": identity.text(), "file": b64(age.encrypt(text, both))}
        for text in TEXTS
        for identity in (OURS, THEIRS)
    ]
    assert exchange(open=asked)["opened"] == [b64(text) for text in TEXTS for _ in both]


def test_what_it_seals_opens_here(exchange):
    to = [THEIRS.recipient().text(), OURS.recipient().text()]
    sealed = exchange(seal=[{"to": to, "text": b64(text)} for text in TEXTS])["sealed"]
    for text, file in zip(TEXTS, sealed, strict=True):
        assert age.decrypt(base64.b64decode(file), [OURS]) == text
        assert age.decrypt(base64.b64decode(file), [THEIRS]) == text


def test_its_key_is_read_here_and_means_the_same(exchange):
    made = exchange()
    identity = HybridIdentity.parse(made["identity"])
    assert identity.recipient().text() == made["recipient"]
    sealed = age.encrypt(b"text", [HybridRecipient.parse(made["recipient"])])
    asked = [
        {"identity": made["identity"], "file": b64(sealed)},
        {"identity": OURS.text(), "file": b64(sealed)},
    ]
    assert exchange(open=asked)["opened"] == [b64(b"text"), None]


def test_it_refuses_what_was_touched(exchange):
    sealed = age.encrypt(b"text", [OURS.recipient()])
    touched = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in (30, 1590, 1640, -1)]
    assert (
        exchange(open=[{"identity": OURS.text(), "file": b64(file)} for file in touched])["opened"]
        == [None] * 4
    )


def test_classical_keys_and_passphrases_too(exchange):
    files = [
        {"identity": CLASSICAL.text(), "file": b64(age.encrypt(b"text", [CLASSICAL.recipient()]))},
        {
            "passphrase": "correct horse",
            "file": b64(age.encrypt(b"text", [ScryptRecipient("correct horse", 6)])),
        },
    ]
    assert exchange(open=files)["opened"] == [b64(b"text")] * 2
    (sealed,) = exchange(seal=[{"to": [CLASSICAL.recipient().text()], "text": b64(b"text")}])["sealed"]
    assert age.decrypt(base64.b64decode(sealed), [CLASSICAL]) == b"text"


def test_what_a_passkey_wraps_in_a_browser_is_what_one_wraps_here(exchange):
    secret = bytes(range(32))

    def value(given: bytes) -> bytes:
        salt = hashlib.sha256(b"WebAuthn PRF\x00" + given).digest()
        return hmac.digest(secret, salt, "sha256")

    def prf(first: bytes, second: bytes) -> tuple[bytes, bytes]:
        return value(first), value(second)

    text = OURS.text().encode()
    ours = age.encrypt(text, [PrfRecipient(prf)])
    made = exchange(passkey={"secret": b64(secret), "text": b64(text), "file": b64(ours)})
    assert made["unwrapped"] == b64(text)
    theirs = base64.b64decode(made["wrapped"])
    assert check_wrapped(theirs)
    assert age.decrypt(theirs, [PrfIdentity(prf)]) == text
