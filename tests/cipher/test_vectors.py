"""The CCTV test vectors of the age format (C2SP), one test for each."""

import hashlib
import zlib

import pytest

from reftel.cipher import age
from reftel.cipher.identity import HybridIdentity, Identity, ScryptIdentity, X25519Identity
from reftel.errors import (
    AgeArmorError,
    AgeHeaderError,
    AgeMacError,
    AgeNoMatch,
    AgePayloadError,
    ReftelError,
)
from tests.conftest import ROOT, shared

FOLDER = ROOT.parent / "shared" / "vectors" / "age"
NAMES = sorted(path.name for path in FOLDER.glob("*"))
REFUSALS: dict[str, type[ReftelError]] = {
    "armor failure": AgeArmorError,
    "header failure": AgeHeaderError,
    "HMAC failure": AgeMacError,
    "no match": AgeNoMatch,
    "payload failure": AgePayloadError,
}


def open_vector(fields: list[tuple[str, str]], file: bytes) -> bytes:
    identities: list[Identity] = []
    for name, value in fields:
        if name == "passphrase":
            identities.append(ScryptIdentity(value))
        elif name == "identity" and value.startswith("AGE-SECRET-KEY-PQ-"):
            identities.append(HybridIdentity.parse(value))
        elif name == "identity":
            identities.append(X25519Identity.parse(value))
    if ("armored", "yes") in fields:
        file = age.dearmor(file)
    return age.decrypt(file, identities)


def test_the_corpus_is_whole():
    shared("vectors", "age")
    assert len(NAMES) == 143


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_has_its_stated_outcome(name):
    head, _, file = (FOLDER / name).read_bytes().partition(b"\n\n")
    fields = [(key, value) for key, _, value in (line.partition(": ") for line in head.decode().split("\n"))]
    said = dict(fields)
    if "compressed" in said:
        assert said["compressed"] == "zlib"
        file = zlib.decompress(file)
    if said["expect"] == "success":
        assert hashlib.sha256(open_vector(fields, file)).hexdigest() == said["payload"]
    else:
        with pytest.raises(ReftelError) as refused:
            open_vector(fields, file)
        assert type(refused.value) is REFUSALS[said["expect"]]
