"""A busy post to measure the web office with: many cables, each issued to readers who have passkeys.

It is filled through the same records as any other post, only many in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from reftel.cable import internet
from reftel.cable.model import Party, Precedence
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.person import PersonKey
from reftel.cipher.tokens import code_digest, new_code
from reftel.cli import bench_texts
from reftel.house import new_post
from reftel.office import copies, passkeys, people
from reftel.office.copies import Issue
from reftel.office.office import RULES, Hand, Office, records
from reftel.office.roles import ROLES
from reftel.register.entries import Json, b64
from reftel.web.software_key import SoftwareKey

PASSPHRASE = "of no secrecy: a measured post"  # noqa: S105 - it guards nothing
CLERK = "Clerk"
COPIES = 4
"""So many copies of each cable are printed and issued."""
_BLOCK = 500
_SEALED = 50
_PRECEDENCES = (Precedence.ROUTINE, Precedence.ROUTINE, Precedence.PRIORITY, Precedence.IMMEDIATE)
_ADDRESS = "https://bench.example"


def furnish(
    folder: Path, cables: int, readers: int, step: Callable[[int], None]
) -> tuple[Office, Hand, dict[str, str]]:
    """Make a post with ``readers`` people and ``cables`` cables, each issued to four of them.

    The newest are sealed to their readers. ``step`` is told how many cables were entered. Returns
    the office, the clerk's hand, and each person's credential (base64).
    """
    office = new_post(folder, "bench.example", "BENCH", PASSPHRASE)
    key = PersonKey.generate()
    people.found(office, CLERK, key, roles=ROLES)
    hand = Hand(who=CLERK, key=key)
    for rule in RULES:
        people.switch_rule(office, hand, rule, off=True, decision="one clerk fills the post")
    names = [f"Reader {n:03}" for n in range(1, readers + 1)]
    for name in names:
        people.admit(office, hand, name, roles=("reader",), clearance="TOP SECRET")
    credentials = {name: _enrol(office, hand, name) for name in (CLERK, *names)}
    sealed = min(_SEALED, cables)
    for at in range(0, cables - sealed, _BLOCK):
        many = min(_BLOCK, cables - sealed - at)
        _block(office, hand, range(at, at + many), names, paper=True)
        step(many)
    for entry in _block(office, hand, range(cables - sealed, cables), names, paper=False):
        copies.issue(office, hand, entry, [Issue(seq=n + 1, holder=who) for n, who in _holders(entry, names)])
    step(sealed)
    return office, hand, credentials


def _holders(serial: int, names: Sequence[str]) -> list[tuple[int, str]]:
    return [(n, names[(serial * COPIES + n) % len(names)]) for n in range(COPIES)]


def _enrol(office: Office, hand: Hand, name: str) -> str:
    code = new_code()
    passkeys.invite(office, hand, name, code_digest(office.origin, name, code))
    key = SoftwareKey.new(_ADDRESS)
    identity = HybridIdentity.generate()
    enrolment = passkeys.Enrolment(
        credential=key.credential,
        public=key.public(),
        rp_id="localhost",
        origin=_ADDRESS,
        wrapped=key.wrap(identity),
    )
    passkeys.enrol(office, name, code, enrolment, identity.recipient().text())
    passkeys.admit_passkey(office, hand, b64(key.credential))
    return b64(key.credential)


def _block(office: Office, hand: Hand, serials: range, names: Sequence[str], *, paper: bool) -> list[int]:
    """Enter, print and (on paper) issue so many cables in one transaction; returns their entries."""
    sender, to = Party(place="FIELD"), Party(post=office.origin)
    texts = [bench_texts.cable(n, sender, to, _PRECEDENCES[n % len(_PRECEDENCES)]) for n in serials]
    with office.register.writing() as writing:
        laid = writing.lay_down([(internet.write(cable), cable) for cable in texts])
        bodies: list[Json] = [{"text": text, "asks": 0, "paper": True} for text in laid]
        entries = writing.append(records(office, writing.connection, "entered", hand, bodies))
        run = [[n + 1, str(n + 1), "print", "", ""] for n in range(COPIES)]
        bodies = [
            {"on": e, "state": "deciphered", "direction": "paper", "run": 1, "form": "paper", "copies": run}
            for e in entries
        ]
        writing.append(records(office, writing.connection, "printed", hand, bodies))
        if paper:
            bodies = [{"on": entry, "copies": _moves(entry, names)} for entry in entries]
            writing.append(records(office, writing.connection, "issued", hand, bodies))
    return entries


def _moves(entry: int, names: Sequence[str]) -> list[list[object]]:
    return [
        [entry, n + 1, "in file", "issue", {"holder": who, "purpose": "information" if n else "action"}]
        for n, who in _holders(entry, names)
    ]
