"""Readers with keys by command: a card goes from post to post, a cable is sealed, a text is shed."""

from __future__ import annotations

from pathlib import Path

import pytest

from reftel.cipher.identity import HybridIdentity
from reftel.cipher.tokens import code_digest
from reftel.cli.unlocking import open_key, open_office
from reftel.office import passkeys, readers
from reftel.office.office import Hand
from reftel.web.software_key import SoftwareKey
from tests.cli.conftest import CHIEF, Desk
from tests.cli.posts import MUN, OH, SHEET, Link, link, linked

__all__ = ["link", "linked"]

EYES_ONLY = SHEET.replace("FROM:", "CAPTION: EYES ONLY\nFROM:").replace(
    "<beijing.example>\n", f"<beijing.example>\n  person: {MUN}\n"
)


def enrol(desk: Desk, person: str) -> str:
    """What a browser and two officers do; returns the fingerprint of the reader's key."""
    desk.run("people", "rule", "two-officers", "off", "--decision", "one officer")
    office = open_office(desk.folder, Path(str(desk.env["REFTEL_PASSPHRASE_FILE"])))
    own = Path(str(desk.env["REFTEL_PERSON_PASSPHRASE_FILE"]))
    hand = Hand(who=CHIEF, key=open_key(desk.folder, CHIEF, own))
    key, passkey = HybridIdentity.generate(), SoftwareKey.new("http://localhost:8000")
    passkeys.invite(office, hand, person, code_digest(office.origin, person, "CODE"))
    enrolment = passkeys.Enrolment(
        credential=passkey.credential,
        public=passkey.public(),
        rp_id="localhost",
        origin=passkey.origin,
        wrapped=passkey.wrap(key),
    )
    passkeys.enrol(office, person, "CODE", enrolment, key.recipient().text())
    with office.store.read() as connection:
        (row,) = passkeys.passkeys_of(connection, person, ("enrolled",))
    passkeys.admit_passkey(office, hand, row.credential)
    office.close()
    return key.recipient().fingerprint()


@pytest.fixture
def card(link: Link, tmp_path: Path) -> tuple[Path, str]:
    """A reader's card of BEIJING and the fingerprint that the reader reads out."""
    fingerprint = enrol(link.beijing, MUN)
    path = tmp_path / "mun.reader"
    told = link.beijing.run("people", "reader-card", MUN, "--out", path).stdout
    assert readers.in_groups(fingerprint) in told
    return path, fingerprint


def test_a_reader_is_vouched_for_and_then_confirmed(link: Link, card: tuple[Path, str]):
    path, fingerprint = card
    told = link.kaesong.run("posts", "reader", path).stdout
    assert told.startswith(f"The key of {MUN} at beijing.example is known, as vouched for by its post.")
    wrong = link.kaesong.complaint("posts", "reader", path, "--fingerprint", "0" * 64, code=3)
    assert wrong["code"] == "bad-card"
    found = link.kaesong.json("posts", "reader", path, "--fingerprint", fingerprint)
    assert (found["person"], found["standing"]) == (MUN, "confirmed")
    (listed,) = link.kaesong.json("posts", "readers")
    assert listed == found
    assert readers.in_groups(fingerprint) in link.kaesong.run("posts", "readers").stdout


def test_the_card_goes_to_the_standard_output_alone(link: Link, card: tuple[Path, str]):
    shown = link.beijing.run("people", "reader-card", MUN)
    assert shown.stdout.startswith('{"ed25519":')
    assert len(shown.stdout.splitlines()) == 1
    assert link.beijing.json("people", "reader-card", MUN)["fingerprint"] == card[1]
    assert link.beijing.complaint("people", "reader-card", OH, code=2)["code"] == "not-found"


def test_eyes_only_from_draft_to_the_shed_draft(link: Link, card: tuple[Path, str]):
    entry = link.drafted(EYES_ONLY)
    assert link.kaesong.complaint("release", entry, code=2)["code"] == "not-found"
    link.kaesong.run("posts", "reader", card[0])
    mrn = str(link.kaesong.json("release", entry)["released"][0]["mrn"])
    link.carry()
    shown = link.beijing.run("show", mrn).stdout
    assert "this office does not hold the text" in " ".join(shown.split())
    assert "bridge" not in shown
    link.beijing.run("print", mrn, "-n", "2")
    caption = ("people", "admit", MUN, "--role", "reader", "--clearance", "SECRET", "--caption", "EYES ONLY")
    link.beijing.run(*caption)
    assert link.beijing.complaint("issue", mrn, f"1={MUN}", "--paper", code=2)["code"] == (
        "not-allowed-in-this-state"
    )
    told = link.beijing.run("issue", mrn, f"1={MUN}", "--purpose", "action").stdout
    assert told == f"Issued: copy 1 to {MUN}, sealed to the reader's key.\n"
    told = link.kaesong.run("shed", mrn, "--reason", "sent", "--yes").stdout
    assert "has shed its text" in told
    assert "This office shed its drafts" in link.kaesong.run("show", mrn).stdout
    for desk in (link.kaesong, link.beijing):
        assert desk.json("audit")["clean"]


def test_a_shed_text_is_said_to_be_shed(link: Link, card: tuple[Path, str]):
    mrn = link.received(SHEET.replace("FROM:", "CAPTION: NO FILE COPY\nFROM:"))
    link.beijing.run("print", mrn, "-n", "1")
    task = ("drop-task", mrn, "1", "--reason", "answered by voice")
    link.beijing.run(*task)
    link.beijing.run("issue", mrn, f"1={MUN}")
    (cable,) = {row["cable"] for row in link.beijing.json("holdings", MUN)["holdings"]}
    link.beijing.run("shed", mrn, "--reason", "it is with its reader", "--yes")
    shown = link.beijing.run("show", f"entry:{cable}").stdout
    assert "the copies sealed to their readers are left" in shown
