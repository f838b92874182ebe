"""Two posts in two processes, each with its own database, and a courier's folder between them.

This is the work that ``reftel bench chain`` measures; ``bench`` says what came of it. Post A
releases drafts, seals and lays bags down; post B takes them in, opens and enters what is in them,
and sends receipts back. A pipe tells B that a bag lies there, in place of a watch on the folder.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from reftel.bearers.base import Broken
from reftel.cable import internet
from reftel.cable.model import Party, Precedence
from reftel.cipher.person import PersonKey
from reftel.cli import bench_texts
from reftel.errors import BagError
from reftel.house import courier, new_post, open_post
from reftel.office import arrivals, channels, desk, people
from reftel.office.audit import audit
from reftel.office.cards import open_card
from reftel.office.office import Hand, Office, find_cables, records
from reftel.office.roles import ROLES

BAG_OF = channels.BAG_OF
RECEIPT_EVERY = 10
"""B sends a receipt back for this many bags at a time."""
_FILLING = 5_000
_DRAFTER, _RELEASER = "Drafter", "Releaser"
_PASSPHRASE = "of no secrecy: a measured post"  # noqa: S105 - it guards nothing
_CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one process spent on a piece of work, and what it had to show for it.

    ``cpu`` in seconds of user and system time, ``peak`` the most memory it ever held, in bytes.
    """

    value: Any
    cpu: float
    ended: float
    peak: int


class Desk:
    """A post at work in a process of its own: ask it by a method of ``_Sender`` or ``_Receiver``."""

    def __init__(self, work: Callable[..., None], *args: object) -> None:
        context = get_context("spawn")
        self._pipe, far = context.Pipe()
        self._process = context.Process(target=work, args=(far, *args), daemon=True)
        self._process.start()
        far.close()

    def ask(self, name: str, *args: object) -> None:
        """Begin a piece of work."""
        self._pipe.send((name, args))

    def answer(self) -> Spent:
        """Wait for its end."""
        answer = self._pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Spent)  # noqa: S101 - the other end is `_serve`
        return answer

    def do(self, name: str, *args: object) -> Spent:
        """Do a piece of work and wait."""
        self.ask(name, *args)
        return self.answer()

    def close(self) -> None:
        """End the process."""
        self._pipe.send((_CLOSE, ()))
        self._process.join()


def _serve(pipe: Connection, post: _Sender | _Receiver) -> None:
    try:
        while True:
            name, args = pipe.recv()
            if name == _CLOSE:
                return
            before = _cpu()
            value = getattr(post, name)(*args)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            pipe.send(Spent(value=value, cpu=_cpu() - before, ended=time.perf_counter(), peak=peak))
    except Exception as error:  # noqa: BLE001 - it is raised again where somebody waits for the answer
        pipe.send(error)
    finally:
        post.office.close()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def two_posts(folder: Path) -> Iterator[tuple[Desk, Desk, Desk]]:
    """Make two posts that know each other; yield A at work, B, and a second process of A.

    The second process is the releasing officer's, who does not wait for the one that seals.
    """
    seeds = [_found(folder / name, f"{name}.example", name.upper()) for name in ("alpha", "bravo")]
    offices = [open_post(folder / name, _PASSPHRASE) for name in ("alpha", "bravo")]
    for office, seed, other in zip(offices, seeds, reversed(offices), strict=True):
        with other.store.read() as connection:
            card = people.own_card(connection, other)
        hand = Hand(who=_DRAFTER, key=PersonKey(seed[0]))
        people.know(office, hand, card, open_card(card).fingerprint)
    for office in offices:
        office.close()
    for name in ("there", "back"):
        (folder / name).mkdir()
    ear, bell = get_context("spawn").Pipe(duplex=False)
    desks = (
        Desk(_send, folder, seeds[0], bell),
        Desk(_receive, folder, seeds[1], ear),
        Desk(_send, folder, seeds[0], bell),
    )
    bell.close()
    ear.close()
    try:
        yield desks
    finally:
        for each in desks:
            each.close()


def _found(folder: Path, origin: str, name: str) -> tuple[bytes, bytes]:
    """A post with a drafter and a releasing officer; returns the seeds of their keys."""
    office = new_post(folder, origin, name, _PASSPHRASE)
    drafter, releaser = PersonKey.generate(), PersonKey.generate()
    people.found(office, _DRAFTER, drafter, roles=ROLES)
    hand = Hand(who=_DRAFTER, key=drafter)
    people.switch_rule(office, hand, "two-officers", off=True, decision="a measured post")
    people.admit(office, hand, _RELEASER, roles=["releasing officer"], public=releaser.public)
    office.close()
    return drafter.seed(), releaser.seed()


def _send(pipe: Connection, folder: Path, seeds: tuple[bytes, bytes], bell: Connection) -> None:
    _serve(pipe, _Sender(folder, seeds, bell))


def _receive(pipe: Connection, folder: Path, seeds: tuple[bytes, bytes], ear: Connection) -> None:
    _serve(pipe, _Receiver(folder, seeds, ear))


class _Post:
    """What both do: fill the register, audit it, and measure the bare cryptography beside them."""

    office: Office
    drafter: Hand

    def fill(self, entries: int) -> int:
        """Lengthen the register to so many entries; returns its length.

        A tenth are drafts of a line each, the others notes of a bag that was refused: short, and
        entered as any entry is.
        """
        party = Party(post=self.office.origin)
        error = BagError("a bag to fill the register with")
        bag = "0" * 32
        arrivals.receive(self.office, Broken(bag=bag, error=error))
        refused = {"who": "", "bag": bag, "code": error.code, "sentence": error.sentence, "number": 0}
        while True:
            with self.office.register.writing() as writing:
                connection, size = writing.connection, writing.tree.size
                more = min(_FILLING, entries - size)
                if more <= 0:
                    return size
                cables = [bench_texts.note(size + i, party) for i in range(more // 10)]
                texts = writing.lay_down([(internet.write(cable), cable) for cable in cables])
                drafts = [{"text": text} for text in texts]
                others = [refused] * (more - len(drafts))
                writing.append(records(self.office, connection, "drafted", self.drafter, drafts))
                writing.append(records(self.office, connection, "refused", None, others))

    def audit(self) -> dict[str, float]:
        """Audit the register; returns the audit's own figures, and how many failures there were."""
        report = audit(self.office)
        return {**report.figures, "failures": report.failures}

    def raw(self, rounds: int) -> float:
        """Seconds of CPU that one bare X-Wing seal and open of 2 KB takes: the median of the rounds."""
        suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
        key = hpke.MLKEM768X25519PrivateKey(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())
        public, body = key.public_key(), bytes(2_048)
        taken = []
        for _ in range(rounds):
            before = time.process_time()
            for _ in range(100):
                suite.decrypt(suite.encrypt(body, public, b""), key, b"")
            taken.append((time.process_time() - before) / 100)
        return median(taken)


class _Sender(_Post):
    """Post A."""

    def __init__(self, folder: Path, seeds: tuple[bytes, bytes], bell: Connection) -> None:
        self.office = open_post(folder / "alpha", _PASSPHRASE)
        self.drafter = Hand(who=_DRAFTER, key=PersonKey(seeds[0]))
        self._releaser = Hand(who=_RELEASER, key=PersonKey(seeds[1]))
        self._there, self._back = courier(folder / "there"), courier(folder / "back")
        self._bell = bell
        self._drafts: list[int] = []
        self._serial = 0

    def draft(self, count: int, precedence: int = Precedence.ROUTINE) -> None:
        """Enter drafts, to be released later."""
        here = Party(post=self.office.origin, place=self.office.name)
        there = Party(post="bravo.example", place="BRAVO")
        for _ in range(count):
            self._serial += 1
            cable = bench_texts.cable(self._serial, here, there, Precedence(precedence))
            self._drafts.append(desk.draft(self.office, self.drafter, cable))

    def release(self, count: int) -> float:
        """Release so many of the drafts, the first first; returns when it began."""
        began = time.perf_counter()
        while count:
            some = self._drafts[: min(BAG_OF, count)]
            desk.release_all(self.office, self._releaser, some)
            del self._drafts[: len(some)]
            count -= len(some)
        return began

    def chain(self, count: int) -> tuple[float, int]:
        """Release and dispatch, bag by bag; returns when it began, and the bytes of all bags."""
        began, size = time.perf_counter(), 0
        for at in range(0, count, BAG_OF):
            self.release(min(BAG_OF, count - at))
            size += self.dispatch()
        return began, size

    def pump(self) -> int:
        """Send bags until nothing waits; returns how many."""
        bags = 0
        while self.dispatch():
            bags += 1
        return bags

    def dispatch(self) -> int:
        """Take receipts in and send one bag; returns its bytes on the bearer, 0 when nothing waits."""
        for name in self._back.names():
            arrivals.receive(self.office, self._back.fetch(name))
            self._back.remove(name)
        sent = channels.dispatch(self.office, self._there, "bravo.example", at_most=BAG_OF)
        if sent is None:
            return 0
        size = sum(path.stat().st_size for path in (self._there.folder / f"bag-{sent[0]}").iterdir())
        self._bell.send(sent[0])
        return size


class _Receiver(_Post):
    """Post B."""

    def __init__(self, folder: Path, seeds: tuple[bytes, bytes], ear: Connection) -> None:
        self.office = open_post(folder / "bravo", _PASSPHRASE)
        self.drafter = Hand(who=_DRAFTER, key=PersonKey(seeds[0]))
        self._there, self._back = courier(folder / "there"), courier(folder / "back")
        self._ear = ear
        self._bags = 0

    def take(self, count: int) -> list[tuple[float, list[int]]]:
        """Receive and decipher until so many cables are entered.

        Returns the groups in which they were: when each was on the disk, and the precedences in it.
        """
        groups: list[tuple[float, list[int]]] = []
        entered = 0
        while entered < count:
            while self._ear.poll():
                self._receive(self._ear.recv())
            # A bag that comes meanwhile is looked into between two cables, not after a hundred.
            news = arrivals.decipher(self.office, stop=self._ear.poll)
            if not news:
                self._receive(self._ear.recv())
                continue
            done = time.perf_counter()
            with self.office.store.read() as connection:
                rows = find_cables(connection, [one.entry for one in news])
            groups.append((done, [row.precedence for row in rows]))
            entered += len(news)
        return groups

    def _receive(self, name: str) -> None:
        arrivals.receive(self.office, self._there.fetch(name))
        self._there.remove(name)
        self._bags += 1
        if self._bags % RECEIPT_EVERY == 1:
            channels.dispatch(self.office, self._back, "alpha.example")
