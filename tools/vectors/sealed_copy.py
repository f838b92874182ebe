"""Write tests/vectors/sealed-copy.json: run it again only when the format itself changes.

MOSCOW sends BEIJING two cables, the second for the eyes of a reader there; both are issued to that
reader sealed. Keys and salts are drawn anew, so every run gives other bytes.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from reftel.cable import internet, sheet
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.person import PersonKey
from reftel.cipher.tokens import code_digest
from reftel.clock import SetClock
from reftel.house import courier, new_post
from reftel.office import arrivals, changes, channels, copies, desk, passkeys, people, readers
from reftel.office.cards import open_card
from reftel.office.office import Hand
from reftel.register.entries import encode_json
from reftel.store import tables as t
from reftel.web.software_key import SoftwareKey

TARGET = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "sealed-copy.json"
START = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CLERK, READER, CODE = "Volkov", "Makarov", "7F3K-9QXD"
EVERYTHING = ("administrator", "drafter", "releasing officer", "cipher clerk", "registry clerk")
OPEN = """\
PRECEDENCE: ROUTINE
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
SUBJECT: Связь: your 23343

1. (S) The list of questions has arrived. A reply follows.
"""
EYES_ONLY = """\
PRECEDENCE: IMMEDIATE
CLASSIFICATION: SECRET
CAPTION: EYES ONLY
TO: BEIJING <beijing.example>
  person: Makarov
SUBJECT: Liaison officers

1. (S) The road may be used from noon tomorrow.
"""


class Post:
    """One office with one clerk who may do everything, and a clock that goes on by minutes."""

    def __init__(self, folder: Path, name: str) -> None:
        self.clock = SetClock(START)
        self.office = new_post(folder / name, f"{name.lower()}.example", name, "six words", self.clock)
        self.hand = Hand(who=CLERK, key=PersonKey.generate())
        people.found(self.office, CLERK, self.hand.key, roles=EVERYTHING)  # type: ignore[arg-type]
        for rule in ("drafter-releaser", "two-officers"):
            people.switch_rule(self.office, self.hand, rule, off=True, decision="one clerk")

    def card(self) -> str:
        """The post's card."""
        with self.office.store.read() as connection:
            return people.own_card(connection, self.office)

    def enrol(self) -> HybridIdentity:
        """The reader, with a passkey and a key."""
        identity, passkey = HybridIdentity.generate(), SoftwareKey.new("http://localhost:8000")
        people.admit(
            self.office, self.hand, READER, roles=["reader"], clearance="SECRET", captions=["EYES ONLY"]
        )
        digest = code_digest(self.office.origin, READER, CODE)
        passkeys.invite(self.office, self.hand, READER, digest)
        enrolment = passkeys.Enrolment(
            credential=passkey.credential,
            public=passkey.public(),
            rp_id="localhost",
            origin=passkey.origin,
            wrapped=passkey.wrap(identity),
        )
        passkeys.enrol(self.office, READER, CODE, enrolment, identity.recipient().text())
        with self.office.store.read() as connection:
            (row,) = passkeys.passkeys_of(connection, READER, ("enrolled",))
        passkeys.admit_passkey(self.office, self.hand, row.credential)
        return identity

    def release(self, text: str) -> bytes:
        """Release a sheet; returns the draft's bytes."""
        self.clock.at += timedelta(minutes=1)
        cable = sheet.parse(text)
        desk.release(self.office, self.hand, desk.draft(self.office, self.hand, cable))
        return internet.write(cable)

    def issue_all(self) -> list[dict[str, Any]]:
        """Print and issue every cable that came in; returns each sealed copy and its text."""
        found = []
        with self.office.store.read() as connection:
            rows = connection.execute(select(t.cables).where(t.cables.c.direction == "in")).all()
        for row in rows:
            desk.print_copies(self.office, self.hand, row.cable, 3)
            one = copies.Issue(seq=2, holder=READER, purpose="action", return_by="2026-12-01")
            copies.issue(self.office, self.hand, row.cable, [one])
            with self.office.store.read() as connection:
                where = t.sealed_copies.c.cable == row.cable
                sealed = connection.execute(select(t.sealed_copies.c.sealed).where(where)).scalar_one()
                text, _ = changes.forwarding_proof(connection, row.cable)
            found.append({"sealed": _base64(sealed), "text": _base64(text)})
        return found


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def refused(text: str) -> list[dict[str, str]]:
    """Reader cards that must be refused."""
    value = json.loads(text)
    other = HybridIdentity.generate().recipient()
    key = {"recipient": other.text(), "fingerprint": other.fingerprint()}
    changed = {
        "another key": {"reader": value["reader"] | key},
        "another person": {"reader": value["reader"] | {"person": "Petrov"}},
        "another key's fingerprint": {"reader": value["reader"] | {"fingerprint": "0" * 64}},
        "a field too many": {"more": 1},
        "another version": {"reader": value["reader"] | {"v": 2}},
    }
    cards = [
        {"why": why, "card": encode_json(value | parts).decode() + "\n"} for why, parts in changed.items()
    ]
    return [*cards, {"why": "spaces in the JSON", "card": text.replace(":", ": ", 1)}]


def main() -> None:
    """Play the story and write what it gave."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stick").mkdir()
        moscow, beijing = Post(folder, "MOSCOW"), Post(folder, "BEIJING")
        for here, there in ((moscow, beijing), (beijing, moscow)):
            people.know(here.office, here.hand, there.card(), open_card(there.card()).fingerprint)
        identity = beijing.enrol()
        card = readers.reader_card(beijing.office, READER)
        readers.know_reader(moscow.office, moscow.hand, card)
        moscow.release(OPEN)
        draft = moscow.release(EYES_ONLY)
        channels.dispatch(moscow.office, courier(folder / "stick"), beijing.office.origin)
        for bag in courier(folder / "stick").collect():
            arrivals.receive(beijing.office, bag)
        arrivals.decipher(beijing.office, beijing.hand)
        plain, eyes = beijing.issue_all()
        if "EYES" in base64.b64decode(plain["text"]).decode():
            plain, eyes = eyes, plain
        signing = beijing.office.keys.signing.verifier
        value = {
            "identity": identity.text(),
            "recipient": identity.recipient().text(),
            "fingerprint": identity.recipient().fingerprint(),
            "post": {
                "origin": signing.origin,
                "ed25519": _base64(signing.ed_public),
                "mldsa44": _base64(signing.mldsa_public),
            },
            "reader_card": card,
            "refused": refused(card),
            "sender": moscow.office.keys.signing.verifier.fingerprint(),
            "copy": plain,
            "eyes_only": {**eyes, "draft": _base64(draft)},
        }
    TARGET.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
