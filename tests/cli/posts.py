"""KAESONG and BEIJING at work: they know each other, and people without keys serve at both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import CHIEF, Desk, _copied

__all__ = ["link", "linked"]

KANG, OH, MUN, PAK = "Kang", "Oh", "Mun", "Pak"
PEOPLE = {
    KANG: ("drafter", "clearing officer"),
    OH: ("cipher clerk", "registry clerk"),
    MUN: ("reader", "clearing officer"),
    PAK: ("reader",),
}
SHEET = """\
PRECEDENCE: IMMEDIATE
CLASSIFICATION: SECRET
FROM: KAESONG
TO: BEIJING <beijing.example>
SUBJECT: Session on the bridge
REF A: your telegram of 0115 18 October
  dated: 0115 18 October
ASK: Telegraph the answer before the next session.
  of: BEIJING
  kind: report
  due: 1200Z 1 March 2026

1. (S) The session lasted forty minutes. Nothing was signed.

2. They asked who repairs the bridge, and when.

SIGNED: LEE
"""


@dataclass(frozen=True, slots=True)
class Link:
    """Two posts and the courier's folder between them."""

    kaesong: Desk
    beijing: Desk
    stick: Path

    def released(self, sheet: str = SHEET) -> str:
        """A cable that KAESONG released: its number."""
        entry = self.drafted(sheet)
        found = self.kaesong.json("release", entry)
        return str(found["released"][0]["mrn"])

    def drafted(self, sheet: str = SHEET, *more: str | Path) -> str:
        """A draft of KAESONG, recorded for Kang: its name."""
        path = self.stick.parent / "draft.txt"
        path.write_text(sheet)
        return f"entry:{self.kaesong.json('draft', path, *by(KANG), *more)['cable']}"

    def carry(self, number_of_cables: int = 1) -> None:
        """What waits at KAESONG goes to BEIJING, where Oh deciphers it."""
        self.kaesong.run("dispatch", "--by", self.stick)
        self.beijing.run("receive", self.stick)
        assert len(self.beijing.json("decipher", *by(OH))["cables"]) == number_of_cables

    def received(self, sheet: str = SHEET) -> str:
        """A cable of KAESONG that BEIJING deciphered: its number."""
        mrn = self.released(sheet)
        self.carry()
        return mrn


def by(person: str) -> tuple[str, ...]:
    """The options for somebody without a key, for whom the chief signs."""
    return "--as", person, "--recorded-by", CHIEF


@pytest.fixture(scope="session")
def linked(made: dict[str, Desk], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Desk]:
    root = tmp_path_factory.mktemp("linked")
    desks = {name: _copied(desk, root) for name, desk in made.items()}
    for here, there in (("KAESONG", "BEIJING"), ("BEIJING", "KAESONG")):
        desks[there].run("card", "--out", root / "card")
        fingerprint = desks[there].json("card")["fingerprint"]
        desks[here].run("know", root / "card", "--fingerprint", fingerprint)
        for person, roles in PEOPLE.items():
            words = [word for role in roles for word in ("--role", role)]
            desks[here].run(
                "people", "admit", person, *words, "--clearance", "" if person == PAK else "SECRET"
            )
    return desks


@pytest.fixture
def link(linked: dict[str, Desk], tmp_path: Path) -> Link:
    stick = tmp_path / "stick"
    stick.mkdir()
    return Link(_copied(linked["KAESONG"], tmp_path), _copied(linked["BEIJING"], tmp_path), stick)
