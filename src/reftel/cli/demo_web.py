"""``reftel demo --serve``: the demonstration's posts as web offices, its people with passkeys in software."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from reftel.cable.sheet import parse
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.tokens import code_digest, new_code
from reftel.cli.story import PEOPLE, Stage
from reftel.clock import SystemClock
from reftel.errors import CannotListen
from reftel.house import open_post
from reftel.office import copies, desk, passkeys, people, view
from reftel.office.copies import Issue
from reftel.office.office import Hand, Office
from reftel.register.entries import b64
from reftel.web import serving
from reftel.web.app import make_app
from reftel.web.gate import Gate
from reftel.web.rounds import Rounds, Way
from reftel.web.settings import Settings
from reftel.web.software_key import SoftwareKey

FIRST_PORT = 8411
_HOST = "127.0.0.1"
_UP = 60.0


def enrol_people(stage: Stage, first_port: int) -> dict[str, dict[str, Any]]:
    """Give everybody at every post a passkey in software; returns the keys by post and name."""
    keys: dict[str, dict[str, Any]] = {}
    for number, (post, staff) in enumerate(PEOPLE.items()):
        office = replace(stage.posts[post], clock=SystemClock())
        origin = f"http://localhost:{first_port + number}"
        names = [name for name, _ in staff]
        keys[post] = {}
        for name in names:
            other = next(one for one in names[1:] if one != name)
            hands = stage.hand(post, names[0]), stage.hand(post, other)
            keys[post][name] = _enrol(office, *hands, name, origin).export()
    return keys


def _enrol(office: Office, hand: Hand, second: Hand, name: str, origin: str) -> SoftwareKey:
    key = SoftwareKey.new(origin)
    identity = HybridIdentity.generate()
    code = new_code()
    passkeys.invite(office, hand, name, code_digest(office.origin, name, code))
    enrolment = passkeys.Enrolment(
        credential=key.credential,
        public=key.public(),
        rp_id="localhost",
        origin=origin,
        wrapped=key.wrap(identity),
        label="demonstration",
    )
    passkeys.enrol(office, name, code, enrolment, identity.recipient().text())
    if name == hand.who:
        # Nobody but the one administrator could admit the administrator's own.
        people.switch_rule(office, hand, "two-officers", off=True, decision="the only administrator")
        passkeys.admit_passkey(office, hand, b64(key.credential))
        people.switch_rule(
            office, hand, "two-officers", off=False, decision="the administrator has a passkey"
        )
    else:
        passkeys.admit_passkey(office, hand, b64(key.credential), second)
    return key


def lay_out(stage: Stage) -> None:
    """Put something on everybody's desk: copies sealed to their readers, a draft, a text to clear."""
    moscow = replace(stage.posts["MOSCOW"], clock=SystemClock())
    clerk = stage.hand("MOSCOW", "Kornilova")
    with moscow.store.read() as connection:
        entry = view.resolve(connection, stage.forwarded)
    _issue(moscow, clerk, entry, ("Minister", "Deputy Minister", "Makarova"))
    beijing = replace(stage.posts["BEIJING"], clock=SystemClock())
    with beijing.store.read() as connection:
        latest = max(row.cable for row in copies.holdings(connection)) if copies.holdings(connection) else -1
    if latest >= 0:
        _issue(beijing, stage.hand("BEIJING", "Tang"), latest, ("Chairman", "Bai"))
    drafter = stage.hand("MOSCOW", "Orlova")
    draft = desk.draft(moscow, drafter, parse(_DRAFT))
    desk.ask_clearance(moscow, drafter, draft, ("Galkin",))


def _issue(office: Office, clerk: Hand, entry: int, readers: Sequence[str]) -> None:
    seqs = desk.print_copies(office, clerk, entry, len(readers))
    issues = [
        Issue(seq=seq, holder=reader, purpose="information" if n else "action")
        for n, (seq, reader) in enumerate(zip(seqs, readers, strict=True))
    ]
    copies.issue(office, clerk, entry, issues)


_DRAFT = """\
PRECEDENCE: PRIORITY
CLASSIFICATION: SECRET
TO: KAESONG <kaesong.example>
SUBJECT: Place of the next session

1. You may agree to the schoolhouse if the road to it is marked by both sides.

2. Report by telegraph when the marking is finished.
"""


@contextmanager
def served(
    folder: Path, passphrase: str, keys: Mapping[str, Mapping[str, Any]], first_port: int
) -> Iterator[dict[str, str]]:
    """Serve each post by a process of its own until the block ends; yields their addresses by name.

    The posts' bags go by one folder between them, so that what is released at one arrives at the other.
    """
    bags = folder / "bags"
    bags.mkdir(exist_ok=True)
    context = get_context("spawn")
    processes = []
    addresses = {}
    for number, post in enumerate(keys):
        addresses[post] = f"http://localhost:{first_port + number}"
        ready = context.Event()
        given = folder / post, passphrase, bags, addresses[post], first_port + number, keys[post], ready
        process = context.Process(target=_serve, args=given, daemon=True)
        process.start()
        processes.append((process, ready))
    try:
        for process, ready in processes:
            if not ready.wait(_UP) or not process.is_alive():
                raise CannotListen(
                    f"an office of the demonstration does not answer at {first_port} and above"
                )
        yield addresses
    finally:
        for process, _ in processes:
            process.terminate()
            process.join()


def _serve(
    folder: Path,
    passphrase: str,
    bags: Path,
    origin: str,
    port: int,
    keys: Mapping[str, Any],
    ready: Event,
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process ends the others
    gate = Gate(open_post(folder, passphrase))
    rounds = Rounds(gate, [Way(folder=bags)])

    def begin() -> None:
        rounds.start()
        ready.set()

    try:
        with suppress(KeyboardInterrupt), serving.listen(_HOST, port) as opened:
            serving.run(make_app(gate, Settings(origin=origin, demo_keys=keys)), opened, None, ready=begin)
    except CannotListen as error:
        sys.exit(str(error))
    finally:
        rounds.stop()
        gate.lock()
