"""A served office that is shut holds no key and deciphers nothing, and loses no bag that comes meanwhile."""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from reftel.bearers.base import Bag, Broken
from reftel.bearers.courier import Courier
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.note import PostKey
from reftel.errors import DiskFull, Locked
from reftel.office import arrivals, channels
from reftel.office.keys import PostKeys
from reftel.office.office import Office
from reftel.store import tables as t
from reftel.store.engine import Store
from reftel.web import gate as gate_module
from reftel.web import spool as spool_module
from reftel.web.gate import Gate
from reftel.web.rounds import Rounds, Way
from reftel.web.software_key import SoftwareKey
from reftel.web.spool import Spool
from tests.office.conftest import beijing, moscow, stick, templates
from tests.office.scenes import REGISTRY, Post, copy_of, letter
from tests.web.conftest import Web, serve

__all__ = ["beijing", "moscow", "stick", "templates"]

MOSCOW = "moscow.example"


def keys_of(post: Post) -> PostKeys:
    """Keys as they would be read anew, sharing nothing with the office's own."""
    was = post.office.keys
    return PostKeys(was.folder, was.signing, was.database, was.storage)


def bags_of(sender: Post, stick: Path, count: int) -> None:
    """So many bags, each of one cable."""
    for number in range(count):
        sender.release(letter(f"Letter {number}."))
        assert channels.dispatch(sender.office, Courier(stick), MOSCOW) is not None


def rounds_of(gate: Gate, *folders: Path) -> Rounds:
    return Rounds(gate, [Way(folder=folder) for folder in folders])


def twice(rounds: Rounds) -> None:
    """A bag is taken when it did not change between two looks."""
    rounds.once()
    rounds.once()


def serials(post: Post) -> list[int]:
    """The bags that came, in the order in which they were entered."""
    return [row.serial for row in sorted(post.rows(t.bags), key=lambda row: row.entry) if row.way == "in"]


@pytest.fixture
def gate(moscow: Post) -> Gate:
    return Gate(moscow.office)


def test_while_it_is_shut_there_is_no_office_and_the_sentence_says_what_to_do(gate: Gate):
    assert gate.office.name == gate.name == "MOSCOW"
    assert [gate.is_open, gate.lock(), gate.is_open, gate.lock()] == [True, True, False, False]
    with pytest.raises(Locked) as caught:
        _ = gate.office
    assert "reftel office unlock" in caught.value.mend
    assert gate.shut_since == gate.clock.now()


def test_no_key_and_no_database_outlives_the_lock(templates: dict[str, Post], tmp_path: Path):
    def secrets() -> int:
        gc.collect()
        kinds = (PostKeys, PostKey, HybridIdentity, Store)
        return sum(isinstance(thing, kinds) for thing in gc.get_objects())

    before = secrets()
    post = copy_of(templates["MOSCOW"], tmp_path / "MOSCOW")
    post.office.keys.epochs()
    gate = Gate(post.office)
    rounds = rounds_of(gate, tmp_path)
    del post
    twice(rounds)
    assert secrets() > before
    gate.lock()
    # The signing and storage keys are the template's: copies of them are not made.
    assert secrets() == before


def test_the_database_is_closed_though_somebody_still_holds_the_office(gate: Gate, moscow: Post):
    def opened() -> list[str]:
        found = []
        for path in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):
                found.append(str(path.readlink()))
        return [link for link in found if link.startswith(str(moscow.office.folder))]

    held = gate.office
    with held.store.read():
        pass
    assert opened()
    gate.lock()
    assert opened() == []


def test_it_opens_again_with_the_keys_and_not_twice(gate: Gate, moscow: Post):
    keys = keys_of(moscow)
    gate.lock()
    assert gate.unlock(keys)
    assert not gate.unlock(keys)
    assert gate.shut_since is None
    with gate.office.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM entries").scalar()
    gate.lock()


def test_it_shuts_when_nobody_did_anything_for_a_while(moscow: Post, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(gate_module, "elapsed", lambda: now)
    gate = Gate(moscow.office, idle=timedelta(minutes=10))
    rounds = rounds_of(gate)
    now += 599
    rounds.once()
    assert gate.is_open
    gate.touch()
    now += 599
    rounds.once()
    assert gate.is_open
    now += 2
    rounds.once()
    assert not gate.is_open


def test_bags_that_come_while_it_is_shut_are_kept_and_taken_in_afterwards(
    gate: Gate, beijing: Post, moscow: Post, stick: Path, tmp_path: Path, monkeypatch
):
    keys = keys_of(moscow)
    rounds = rounds_of(gate, stick)
    gate.lock()
    before = moscow.size()
    bags_of(beijing, stick, 3)
    with monkeypatch.context() as patch:  # nothing may be opened
        for name in ("receive", "decrypt", "open_manifest"):
            patch.setattr(arrivals, name, None)
        twice(rounds)
        twice(rounds)
    assert gate.spool.waiting().bags == 3
    assert gate.spool.waiting().since is not None
    assert moscow.size() == before
    assert rounds.troubles == []
    shutil.rmtree(stick)  # the stick is taken away
    stick.mkdir()
    gate.unlock(keys)
    rounds.once()
    assert sorted(serials(moscow)) == [1, 2, 3]
    assert gate.spool.waiting().bags == 0
    assert list((moscow.office.folder / "spool").iterdir()) == []
    gate.lock()


def test_an_open_office_receives_and_sends_what_waits(gate: Gate, beijing: Post, moscow: Post, stick: Path):
    bags_of(beijing, stick, 1)
    rounds = rounds_of(gate, stick)
    rounds.once()
    assert serials(moscow) == []
    rounds.once()
    assert serials(moscow) == [1]
    # The receipt goes back in the same round, and a receipt is not receipted in turn.
    theirs = rounds_of(Gate(beijing.office), stick)
    twice(theirs)
    assert serials(beijing) == [1]
    for _ in range(3):
        theirs.once()
        rounds.once()
    assert len(Courier(stick).names()) == 2
    assert rounds.troubles == theirs.troubles == []


def test_a_bag_that_is_still_being_copied_is_left_until_it_is_whole(
    gate: Gate, beijing: Post, moscow: Post, stick: Path, tmp_path: Path
):
    bags_of(beijing, tmp_path, 1)
    (whole,) = tmp_path.glob("bag-*")
    copy = stick / whole.name
    copy.mkdir()
    rounds = rounds_of(gate, stick)
    for name in ("manifest.age", "BAG", "cables"):
        shutil.copy(whole / name, copy / name)
        rounds.once()
    rounds.once()
    assert serials(moscow) == [1]
    assert moscow.rows(t.refusals) == []


def test_each_post_with_a_folder_of_its_own_gets_its_bags_there(
    gate: Gate, beijing: Post, moscow: Post, stick: Path, tmp_path: Path
):
    beijing.release()
    own, shared = tmp_path / "own", tmp_path / "shared"
    own.mkdir()
    shared.mkdir()
    here = Gate(beijing.office)
    Rounds(here, [Way(folder=shared), Way(folder=own, peer=MOSCOW)]).once()
    assert (len(Courier(own).names()), len(Courier(shared).names())) == (1, 0)
    beijing.release()
    Rounds(here, [Way(folder=own, peer="kaesong.example")]).once()
    assert len(Courier(own).names()) == 1  # no way leads to Moscow: it waits


def test_what_goes_wrong_is_listed_and_ends_nothing(
    gate: Gate, beijing: Post, moscow: Post, stick: Path, tmp_path: Path, monkeypatch
):
    bags_of(beijing, stick, 1)
    rounds = rounds_of(gate, tmp_path / "not plugged in", stick)
    monkeypatch.setattr(channels, "waiting", lambda _connection: 1 / 0)
    twice(rounds)
    assert serials(moscow) == [1]
    assert {trouble.code for trouble in rounds.troubles} == {"bearer-down", "defect"}
    assert all(trouble.persists for trouble in rounds.troubles)
    monkeypatch.undo()
    (tmp_path / "not plugged in").mkdir()
    rounds.once()
    assert len(rounds.troubles) == 2
    assert not any(trouble.persists for trouble in rounds.troubles)


def test_a_refused_bag_is_looked_at_once(
    gate: Gate, moscow: Post, stick: Path, beijing: Post, monkeypatch: pytest.MonkeyPatch
):
    fetched: list[str] = []
    fetch = Courier.fetch

    def counted(courier: Courier, name: str) -> Bag:
        fetched.append(name)
        return fetch(courier, name)

    monkeypatch.setattr(Courier, "fetch", counted)
    bags_of(beijing, stick, 1)
    (bag,) = stick.glob("bag-*")
    (bag / "cables").write_bytes(b"other bytes")
    rounds = rounds_of(gate, stick)
    for _ in range(4):
        rounds.once()
    assert len(moscow.rows(t.refusals)) == len(fetched) == 1
    assert [trouble.code for trouble in rounds.troubles] == ["bad-bag"]


def test_the_spool_holds_a_bag_once_in_order_and_within_its_bound(tmp_path: Path, monkeypatch):
    spool = Spool(tmp_path / "spool")
    bags = [Bag(bag=f"{n:032x}", manifest=b"m%d" % n, cables=b"c" * 100) for n in (9, 3, 5)]
    assert [spool.keep(bag) for bag in (*bags, bags[0])] == [True, True, True, False]
    # The same id with other bytes is another bag: whoever guesses an id must not stand in its way.
    other = Bag(bag=bags[0].bag, manifest=b"other", cables=b"")
    assert spool.keep(other)
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
    monkeypatch.setattr(spool_module, "MAX_BYTES", 400)
    with pytest.raises(DiskFull):
        spool.keep(Bag(bag="a" * 32, manifest=b"m", cables=b"c" * 100))
    monkeypatch.setattr(spool_module, "MAX_BAGS", 4)
    with pytest.raises(DiskFull):
        spool.keep(Bag(bag="b" * 32, manifest=b"m", cables=b""))
    taken: list[Bag | Broken] = []

    def receive(bag: Bag | Broken) -> arrivals.Arrived:
        if len(taken) == 2:
            raise DiskFull("no room")
        taken.append(bag)
        return arrivals.Arrived(bag=bag.bag, news="arrived")

    with pytest.raises(DiskFull):
        spool.take_in(receive)
    assert taken == bags[:2]
    assert spool.waiting().bags == 2
    taken.clear()
    spool.take_in(receive)
    assert taken == [bags[2], other]
    assert spool.waiting().bags == 0


def killed_at(number: int, act: Callable[[], object]) -> bool:
    """Do ``act`` in a process that is killed at its ``number``-th write; whether it came so far."""
    child = os.fork()
    if child == 0:
        left = number

        def hook(real: Callable[..., object]) -> Callable[..., object]:
            def call(*args: object, **more: object) -> object:
                nonlocal left
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **more)

            return call

        for name in ("fsync", "rename", "unlink", "rmdir", "mkdir"):
            setattr(os, name, hook(getattr(os, name)))
        arrivals.receive = hook(arrivals.receive)  # type: ignore[assignment]
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.fixture
def two_bags(beijing: Post, stick: Path) -> Path:
    bags_of(beijing, stick, 2)
    return stick


def test_killed_at_any_moment_between_spool_and_register_nothing_is_lost_or_doubled(
    templates: dict[str, Post], two_bags: Path, tmp_path: Path
):
    """Killed at each write while bags are kept, then at each while they are taken in."""
    number, struck = 0, 0
    while True:
        number += 1
        folder = tmp_path / f"MOSCOW {number}"
        post = copy_of(templates["MOSCOW"], folder)
        post.office.close()
        keys = keys_of(post)

        def keep(post: Post = post) -> None:
            gate = Gate(post.office)
            gate.lock()
            twice(rounds_of(gate, two_bags))

        def take_in(post: Post = post, keys: PostKeys = keys) -> None:
            gate = Gate(post.office)
            gate.lock()
            gate.unlock(keys)
            rounds_of(gate).once()

        first = killed_at(number, keep)
        keep()
        second = killed_at(number, take_in)
        take_in()
        struck += first + second
        assert sorted(serials(post)) == [1, 2], number
        assert len(post.rows(t.arrivals)) == 2
        assert post.rows(t.refusals) == []
        assert list((folder / "spool").iterdir()) == []
        post.office.close()
        shutil.rmtree(folder)
        if not (first or second):
            break
    assert struck > 20


def test_no_key_outlives_the_lock_whatever_pages_were_looked_at(
    served_templates: tuple[dict[str, Post], dict[str, SoftwareKey]], tmp_path: Path
):
    def secrets() -> list[object]:
        gc.collect()
        return [thing for thing in gc.get_objects() if isinstance(thing, (PostKeys, Store, Office))]

    posts, keys = served_templates
    before = len(secrets())
    post = copy_of(posts["BEIJING"], tmp_path / "BEIJING")
    entry = post.release()
    gate, app = serve(post)
    web = Web(post=post, gate=gate, app=app, keys=dict(keys))
    browser = web.signed_in(REGISTRY)
    pages = ("/tray", "/out", f"/cables/{entry}", "/copies", "/taskings", "/register", "/posts", "/people")
    for path in (*pages, "/performance", "/account", "/compose", "/find?q=Talks", "/api/v1/tray"):
        browser.get(path)
    browser.post("/acts", {"door": "print", "arguments": {"cable": entry, "count": 3}})
    assert len(secrets()) > before
    del post, web.post
    gate.lock()
    left = secrets()
    assert len(left) == before, [type(holder) for thing in left for holder in gc.get_referrers(thing)]
