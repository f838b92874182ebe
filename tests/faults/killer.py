"""Plays the story while its worker is killed, or its disk fails, again and again.

``python killer.py FOLDER MODE COUNT SEED`` prints what was done as JSON and exits with 0, or
with a traceback that says which fault the posts did not survive. Modes:

* ``boundaries``: SIGKILL before and after each lasting write of the worker, one after the other;
* ``moments``: SIGKILL at random moments, also within a write;
* ``lost``: each write fails and nothing of it is on the disk;
* ``saved``: each write is on the disk and is reported as failed;
* ``made``: SIGKILL before and after each write while a post is made (COUNT is the least number).

The hooks are put into the worker alone: the process is forked for each attempt, so that what is
killed holds nothing that the next one uses.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from reftel.errors import ReftelError  # noqa: E402
from reftel.house import new_post, open_post  # noqa: E402
from reftel.office.audit import audit  # noqa: E402
from reftel.store.engine import Store  # noqa: E402
from tests.faults.story import Round, check, found, kinds, outcome  # noqa: E402

PASSPHRASE = "six words drawn by dice"
WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "COMMIT", "BEGIN IMMEDIATE")
Fault = Callable[[str, bool], None]


def hook(fault: Fault) -> None:
    """Have ``fault`` called around each write: its name, and whether it is done.

    Writes are statements, commits, and what is done to files and their names.
    """

    def around(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            fault(name, False)
            found = real(*args, **more)
            fault(name, True)
            return found

        return call

    for name in ("fsync", "rename", "replace", "unlink", "mkdir"):
        setattr(os, name, around(name, getattr(os, name)))
    connect = Store._connect
    writing: set[int] = set()

    def traced(store: Store) -> Any:
        connection = connect(store)

        def said(statement: str) -> None:
            if statement.startswith("BEGIN IMMEDIATE"):
                writing.add(id(connection))
            if statement.startswith(WRITES):
                fault("statement", False)

        connection.set_trace_callback(said)
        return connection

    setattr(Store, "_connect", traced)  # noqa: B010
    opened = Store.__init__

    def with_commit(store: Store, *args: Any) -> None:
        opened(store, *args)
        dialect: Any = store.engine.dialect
        read, write = dialect.do_commit, around("commit", dialect.do_commit)

        def commit(connection: Any) -> None:
            number = id(connection.dbapi_connection)
            (write if number in writing else read)(connection)
            writing.discard(number)

        dialect.do_commit = commit

    setattr(Store, "__init__", with_commit)  # noqa: B010


class Playing:
    """The story under faults: what was done so far, and where it stands."""

    def __init__(self, folder: Path, seed: int) -> None:
        folder.mkdir()
        self.cast = found(folder)
        self.random = random.Random(seed)
        self.faults: Counter[str] = Counter()
        self.round = 0

    def play(self, acknowledge: Callable[[str], None] = lambda _name: None, at_most: int = 1000) -> None:
        """Do what is not done of the round, and acknowledge each act."""
        story = Round(self.cast, self.round)
        for name, done, act in story.steps():
            if at_most and not done():
                act()
                acknowledge(name)
                at_most -= 1
        story.close()

    def attempt(self, fault: Fault, kill_after: float | None = None) -> tuple[str, list[str]]:
        """Play under a fault in a process of its own: how it ended, and the acts acknowledged."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            self._end(self._work(fault, writing))
        os.close(writing)
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        with os.fdopen(reading) as pipe:
            acknowledged = pipe.read().splitlines()
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return "killed", acknowledged
        assert os.WEXITSTATUS(status) in {0, 2}, f"the worker failed in round {self.round}"
        return ("failed" if os.WEXITSTATUS(status) else "done"), acknowledged

    def _work(self, fault: Fault, pipe: int) -> int:
        def acknowledge(name: str) -> None:
            os.write(pipe, f"{name}\n".encode())

        hook(fault)
        try:
            self.play(acknowledge)
        except ReftelError:
            if self.random.random() < 0.5:  # come back after a restart, or go on here and now
                return 2
            try:
                self.play(acknowledge, at_most=1)
            except ReftelError:
                traceback.print_exc()
                return 1
            return 2
        except BaseException:  # noqa: BLE001 - only Reftel's errors may leave an act
            traceback.print_exc()
            return 1
        return 0

    @staticmethod
    def _end(status: int) -> None:
        sys.stderr.flush()
        os._exit(status)

    def struck(self) -> int:
        """How many faults there were."""
        return self.faults["killed"] + self.faults["failed"]

    def settle(self, acknowledged: list[str]) -> None:
        """What must hold after a fault; begins the next round when this one is done.

        What is wrong stays wrong: every third audit finds it as well, and leaves time for more faults.
        """
        audited = sum(self.faults.values()) % 3 == 0
        if check(self.cast, self.round, acknowledged, audited=audited):
            self.round += 1

    def sweep(self, count: int, matters: Callable[[str, bool], bool], strike: Callable[[str], None]) -> None:
        """Strike at the first write that matters, then at the second, until the acts get past it."""
        at = 1
        while self.struck() < count:
            passed = 0

            def fault(name: str, after: bool) -> None:
                nonlocal passed
                if matters(name, after):
                    passed += 1
                    if passed == at:  # noqa: B023 - it is called within this turn only
                        strike(name)

            self.random.random()  # the child inherits where the dice lie
            end, acknowledged = self.attempt(fault)
            self.faults[end] += 1
            self.settle(acknowledged)
            # What was acknowledged is behind us: its writes do not come again.
            at = 1 if acknowledged or end == "done" else at + 1

    def moments(self, count: int) -> None:
        """Kill at random moments."""
        while self.struck() < count:
            end, acknowledged = self.attempt(lambda _name, _after: None, self.random.uniform(0.0, 0.12))
            self.faults[end] += 1
            self.settle(acknowledged)


def die(_name: str) -> None:
    """The power goes."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(name: str) -> None:
    """The disk fails."""
    if name == "commit":
        raise sqlcipher.OperationalError("disk I/O error")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def made(folder: Path, least: int) -> int:
    """Kill a post's making at each of its writes until it is through; returns how often it was killed.

    Until the post is named there is none, and it is made by doing it again.
    """
    killed = 0
    while True:
        passed = 0

        def fault(name: str, _after: bool) -> None:
            nonlocal passed
            passed += name != "statement"
            if passed == killed + 1:  # noqa: B023 - it is called within this turn only
                die(name)

        child = os.fork()
        if child == 0:
            hook(fault)
            new_post(folder, "here.example", "HERE", PASSPHRASE)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0 or folder.exists():
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        killed += 1
    assert killed >= least
    office = open_post(folder, PASSPHRASE)
    assert audit(office).clean
    office.close()
    assert list(folder.parent.iterdir()) == [folder]
    return killed


def main(folder: Path, mode: str, count: int, seed: int) -> None:
    """Play, compare with an undisturbed play, and print what was done."""
    if mode == "made":
        print(json.dumps({"killed": made(folder / "post", count)}))
        return
    playing = Playing(folder / "played", seed)
    if mode == "boundaries":
        # Within a transaction all moments before its commit are alike, as are those around an fsync.
        playing.sweep(count, lambda name, after: name != "statement" and (after or name != "fsync"), die)
    elif mode == "moments":
        playing.moments(count)
    elif mode == "lost":
        playing.sweep(count, lambda name, after: name != "statement" and not after, fail)
    elif mode == "saved":
        playing.sweep(count, lambda name, after: name != "statement" and after, fail)
    playing.play()
    check(playing.cast, playing.round, [])
    undisturbed = Playing(folder / "undisturbed", seed)
    for undisturbed.round in range(playing.round + 1):
        undisturbed.play()
    assert kinds(playing.cast) == kinds(undisturbed.cast), "an act was lost or doubled"
    assert outcome(playing.cast) == outcome(undisturbed.cast)
    print(json.dumps({"rounds": playing.round + 1, **playing.faults}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
