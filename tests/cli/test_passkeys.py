"""Invitations on paper, and passkeys admitted and revoked by command."""

from __future__ import annotations

import re

from reftel.cipher.identity import HybridIdentity
from reftel.house import open_post
from reftel.office import passkeys
from reftel.register.entries import b64
from reftel.web.software_key import SoftwareKey
from tests.cli.conftest import CHIEF, WORDS, Desk

ORIGIN = "https://office.kaesong.example"


def enrol(desk: Desk, person: str, code: str) -> tuple[SoftwareKey, str]:
    """What a browser does with a code."""
    key, identity = SoftwareKey.new(ORIGIN), HybridIdentity.generate()
    office = open_post(desk.folder, WORDS)
    enrolment = passkeys.Enrolment(
        credential=key.credential,
        public=key.public(),
        rp_id="office.kaesong.example",
        origin=ORIGIN,
        wrapped=key.wrap(identity),
        label="on my ring",
    )
    number = passkeys.enrol(office, person, code, enrolment, identity.recipient().text())
    office.close()
    return key, number


def test_from_the_slip_to_the_passkey_that_counts(kaesong: Desk):
    slip = kaesong.run("people", "invite", CHIEF).stdout
    (code,) = re.findall("(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", slip)
    assert code not in kaesong.run("register", "show", "last", code=2).output
    key, number = enrol(kaesong, CHIEF, code)
    listed = kaesong.run("people", "passkeys", "list").stdout
    assert number in listed
    (found,) = kaesong.json("people", "passkeys", "list")
    assert (found["person"], found["state"], found["credential"]) == (CHIEF, "enrolled", b64(key.credential))
    named = found["key_id"][:8]
    assert kaesong.complaint("people", "passkeys", "admit", named, code=2)["code"] == "separation"
    kaesong.run("people", "rule", "two-officers", "off", "--decision", "one clerk serves alone")
    kaesong.run("people", "passkeys", "admit", named)
    (found,) = kaesong.json("people", "passkeys", "list")
    assert (found["state"], found["compare"]) == ("admitted", "")
    kaesong.run("people", "passkeys", "revoke", named, "--reason", "lost on the train")
    assert kaesong.json("people", "passkeys", "list")[0]["state"] == "revoked"
    assert kaesong.json("audit")["failures"] == 0


def test_a_passkey_is_named_so_that_there_is_one(kaesong: Desk):
    assert "No passkey" in kaesong.run("people", "passkeys", "list").stdout
    for _ in range(2):
        enrol(kaesong, CHIEF, kaesong.json("people", "invite", CHIEF)["code"])
    for name in ("zz", ""):
        refused = kaesong.complaint("people", "passkeys", "revoke", name, "--reason", "lost", code=2)
        assert refused["code"] == "not-found"
