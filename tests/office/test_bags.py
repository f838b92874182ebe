"""Bags as an enemy, a thief or a careless courier would hand them over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import delete, insert, select, update

from reftel.bearers.base import Bag, Broken
from reftel.bearers.courier import Courier
from reftel.cable.model import Carried, Party, Standing
from reftel.cipher.age import decrypt
from reftel.cipher.packing import _DICTIONARY
from reftel.errors import (
    AgeHeaderError,
    AgePayloadError,
    BagError,
    BearerDown,
    CardError,
    CommitmentError,
    FormatError,
    KeyGone,
    NotAllowed,
    NoteError,
    NotForUs,
    PeerError,
    ProofError,
    Replay,
    RewrittenRegister,
    StoreBusy,
    UnknownPost,
)
from reftel.office import arrivals, changes, channels, desk, people
from reftel.office.audit import audit
from reftel.office.cards import open_card, sign_card
from reftel.office.manifest import Manifest, Receipt, open_manifest, seal_manifest
from reftel.register.entries import b64
from reftel.register.envelope import frame, unframe
from reftel.register.log import find_entry, find_text, size_of, tree_of
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t
from reftel.testing import SimulatedPost


@pytest.fixture(scope="module")
def at_rest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SimulatedPost]:
    """Three posts that know each other."""
    root = tmp_path_factory.mktemp("posts")
    posts = {n: SimulatedPost(root / n, f"{n.lower()}.example", n) for n in ("KAESONG", "BEIJING", "MOSCOW")}
    posts["KAESONG"].meet(posts["BEIJING"])
    posts["BEIJING"].meet(posts["MOSCOW"])
    posts["KAESONG"].meet(posts["MOSCOW"])
    return posts


class World:
    """The three posts, and the stick that goes between them."""

    def __init__(self, at_rest: dict[str, SimulatedPost], folder: Path) -> None:
        self.folder = folder
        self.kaesong, self.beijing, self.moscow = (
            at_rest[name].copy(folder / name) for name in ("KAESONG", "BEIJING", "MOSCOW")
        )
        self.sticks = 0
        self.rogues: set[str] = set()

    def posts(self) -> tuple[SimulatedPost, ...]:
        return self.kaesong, self.beijing, self.moscow

    def stick(self) -> Courier:
        self.sticks += 1
        folder = self.folder / f"stick-{self.sticks}"
        folder.mkdir()
        return Courier(folder)

    def bag(self, sender: SimulatedPost, to: SimulatedPost, *texts: str) -> Bag:
        """One bag with a cable for each text, in the courier's hands."""
        for text in texts:
            sender.release(to, text=text)
        courier = self.stick()
        channels.dispatch(sender.office, courier, to.origin)
        (bag,) = courier.collect()
        assert isinstance(bag, Bag)
        return bag


@pytest.fixture
def world(at_rest: dict[str, SimulatedPost], tmp_path: Path) -> Iterator[World]:
    """Posts as they stand before anything was sent; whatever comes, the audit of all but rogues is clean."""
    world = World(at_rest, tmp_path)
    yield world
    for post in world.posts():
        report = audit(post.office)
        assert report.clean != (post.origin in world.rogues), report.findings
        post.close()


def rows(post: SimulatedPost, table: Any) -> list[Any]:
    with post.office.store.read() as connection:
        return list(connection.execute(select(table)).all())


def size(post: SimulatedPost) -> int:
    with post.office.store.read() as connection:
        return size_of(connection)


def kinds(post: SimulatedPost, kind: str) -> list[Any]:
    return [row for row in rows(post, t.acts) if row.kind == kind]


def take(post: SimulatedPost, bag: Bag | Broken) -> arrivals.Arrived:
    return arrivals.receive(post.office, bag)


def refused(post: SimulatedPost, bag: Bag, error: type[PeerError]) -> arrivals.Arrived:
    """The bag is refused whole with that error, and listed; nothing else is written but the day's record."""
    before, bags = size(post), rows(post, t.bags)
    news = take(post, bag)
    assert (news.news, type(news.error)) == ("refused", error)
    assert rows(post, t.bags) == bags
    assert size(post) - before <= 1
    assert rows(post, t.refusals)[-1].code == error.code
    return news


def opened(post: SimulatedPost, bag: Bag) -> Manifest:
    for identity in post.office.keys.epochs().values():
        try:
            return open_manifest(bag.manifest, identity)
        except PeerError:
            continue
    raise AssertionError("the bag is not for that post")


def resealed(post: SimulatedPost, bag: Bag, change: Callable[[Manifest], Manifest]) -> Bag:
    """The bag with another manifest, sealed to the same post, as anybody can."""
    with post.office.store.read() as connection:
        recipient = channels.recipient_of(post.office, connection, post.origin)
    return replace(bag, manifest=seal_manifest(change(opened(post, bag)), recipient))


def _know(post: SimulatedPost, other: SimulatedPost) -> None:
    people.know(post.office, post.hand, other.card(), open_card(other.card()).fingerprint)


# What the courier does to a bag.


def test_a_bag_arrives(world: World) -> None:
    assert take(world.beijing, world.bag(world.kaesong, world.beijing, "One.", "Two.")).count == 2
    assert sorted(world.beijing.decipher()) == ["One.", "Two."]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cables: cables[:-1],
        lambda cables: b"",
        lambda cables: cables + b"\x00",
        lambda cables: cables[len(cables) // 2 :] + cables[: len(cables) // 2],
        lambda cables: cables[:-1] + bytes([cables[-1] ^ 1]),
    ],
    ids=["cut short", "emptied", "lengthened", "reordered", "changed"],
)
def test_a_bag_with_other_cables_than_its_manifest_says(
    world: World, spoil: Callable[[bytes], bytes]
) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.", "Two.")
    refused(world.beijing, replace(bag, cables=spoil(bag.cables)), BagError)
    assert rows(world.beijing, t.arrivals) == []
    assert take(world.beijing, bag).news == "arrived", "the bag itself is still welcome"
    assert sorted(world.beijing.decipher()) == ["One.", "Two."]


def test_cables_swapped_between_two_bags(world: World) -> None:
    one, two = (world.bag(world.kaesong, world.beijing, text) for text in ("One.", "Two."))
    refused(world.beijing, replace(one, cables=two.cables), BagError)
    refused(world.beijing, replace(two, cables=one.cables), BagError)
    assert [take(world.beijing, bag).news for bag in (one, two)] == ["arrived", "arrived"]


def test_a_bag_with_another_bags_manifest(world: World) -> None:
    one, two = (world.bag(world.kaesong, world.beijing, text) for text in ("One.", "Two."))
    refused(world.beijing, replace(two, bag=one.bag), BagError)
    assert kinds(world.beijing, "refused") == [], (
        "the manifest says whose it is, but not that they sent it so"
    )


def test_a_manifest_that_was_changed(world: World) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, replace(bag, manifest=bag.manifest[:-1]), AgePayloadError)
    assert rows(world.beijing, t.refusals)[-1].peer == ""
    assert kinds(world.beijing, "refused") == []


def test_a_bag_sealed_to_another_is_let_be(world: World) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.")
    before = size(world.moscow)
    assert take(world.moscow, bag).news == "not ours"
    assert rows(world.moscow, t.refusals) == []
    assert size(world.moscow) == before


def test_the_same_bag_again_changes_nothing(world: World) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.")
    take(world.beijing, bag)
    before = size(world.beijing)
    again = take(world.beijing, bag)
    assert (again.news, again.serial, again.count) == ("again", 1, 1)
    world.beijing.decipher()
    assert take(world.beijing, bag).news == "again"
    assert size(world.beijing) == before + 1
    assert rows(world.beijing, t.refusals) == []


def test_a_bag_that_the_bearer_could_not_hand_over_is_listed(world: World) -> None:
    news = take(world.beijing, Broken(bag="0" * 32, error=BagError("it fell into the water")))
    assert news.news == "refused"
    assert [row.bag for row in rows(world.beijing, t.refusals)] == ["0" * 32]


# The order in which bags come.


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_bags_overtake_each_other_from_the_first_contact_on(world: World, order: tuple[int, ...]) -> None:
    bags = [world.bag(world.kaesong, world.beijing, str(n)) for n in range(3)]
    news = [take(world.beijing, bags[n]) for n in order]
    assert [n.news for n in news] == ["arrived"] * 3, [n.error for n in news]
    assert sorted(world.beijing.decipher()) == ["0", "1", "2"]


@pytest.mark.parametrize("order", [(4, 3, 2, 1), (3, 1, 4, 2), (2, 4, 1, 3)], ids=str)
def test_bags_overtake_each_other_behind_one_that_came(world: World, order: tuple[int, ...]) -> None:
    bags = [world.bag(world.kaesong, world.beijing, str(n)) for n in range(5)]
    news = [take(world.beijing, bags[n]) for n in (0, *order)]
    assert [n.news for n in news] == ["arrived"] * 5, [n.error for n in news]
    with world.beijing.office.store.read() as connection:
        assert people.missing_bags(connection) == []


def test_a_lost_bag_is_a_gap_on_both_lists(world: World) -> None:
    lost = world.bag(world.kaesong, world.beijing, "One.")
    take(world.beijing, world.bag(world.kaesong, world.beijing, "Two."))
    take(world.kaesong, world.bag(world.beijing, world.kaesong))
    with world.beijing.office.store.read() as connection:
        assert people.missing_bags(connection) == [("kaesong.example", 1)]
    with world.kaesong.office.store.read() as connection:
        assert people.unreceipted_bags(connection) == [("beijing.example", 1)]
    stick = world.stick()
    assert channels.carry_again(world.kaesong.office, stick, "beijing.example", 1) == lost
    take(world.beijing, lost)
    take(world.kaesong, world.bag(world.beijing, world.kaesong))
    with world.beijing.office.store.read() as connection:
        assert people.missing_bags(connection) == []
    with world.kaesong.office.store.read() as connection:
        assert people.unreceipted_bags(connection) == []


def test_a_cable_of_a_lost_bag_is_sealed_again(world: World) -> None:
    world.bag(world.kaesong, world.beijing, "One.")
    (delivery,) = rows(world.kaesong, t.deliveries)
    channels.rerun(world.kaesong.office, world.kaesong.hand, delivery.cable, "beijing.example")
    bag = world.bag(world.kaesong, world.beijing)
    take(world.beijing, bag)
    assert world.beijing.decipher() == ["One."]
    (arrival,) = rows(world.beijing, t.arrivals)
    assert delivery.channel != arrival.channel


# What a stranger does, who knows public keys and public checkpoints.


def test_a_post_that_nobody_admitted(world: World, tmp_path: Path) -> None:
    stranger = SimulatedPost(tmp_path / "stranger", "stranger.example", "STRANGER")
    people.know(
        stranger.office, stranger.hand, world.beijing.card(), open_card(world.beijing.card()).fingerprint
    )
    bag = world.bag(stranger, world.beijing, "Trust me.")
    before = size(world.beijing)
    refused(world.beijing, bag, UnknownPost)
    assert size(world.beijing) == before, "strangers leave nothing in the register"
    stranger.close()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda m: replace(m, serial=2, previous=b64(bytes(32))), BagError),
        (lambda m: replace(m, items=()), BagError),
        (lambda m: replace(m, items=m.items[::-1]), BagError),
        (lambda m: replace(m, items=(replace(m.items[0], channel="ABC001"), m.items[1])), BagError),
        (lambda m: replace(m, receipts=(Receipt(serials=(1,), size=1, line="x"),)), BagError),
        (lambda m: replace(m, registered=replace(m.registered, salt=bytes(32))), ProofError),
        (lambda m: replace(m, registered=replace(m.registered, leaf=0)), ProofError),
        (lambda m: replace(m, checkpoint=m.checkpoint.replace("kaesong", "beijing", 1)), NoteError),
        (lambda m: replace(m, to="moscow.example"), NotForUs),
    ],
    ids=["serial", "items", "order", "channel", "receipts", "salt", "leaf", "checkpoint", "to"],
)
def test_a_manifest_that_its_sender_did_not_register(
    world: World, change: Callable[[Manifest], Manifest], error: type[PeerError]
) -> None:
    """Anybody can seal to BEIJING and may know KAESONG's checkpoint: only KAESONG can register a bag."""
    bag = world.bag(world.kaesong, world.beijing, "One.", "Two.")
    before = size(world.beijing)
    refused(world.beijing, resealed(world.beijing, bag, change), error)
    assert size(world.beijing) == before, "an impostor makes no record in another's name"
    assert take(world.beijing, bag).news == "arrived", "and takes no serial from it"


def test_one_posts_sealed_bytes_sent_by_another_do_not_stand_in_their_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOSCOW sees KAESONG's bag lie on the shared stick and gets its bytes to BEIJING first."""
    bag = world.bag(world.kaesong, world.beijing, "The ammunition is at the bridge.")
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_seal", lambda *_args: bag.cables)
        copied = world.bag(world.moscow, world.beijing, "Nothing.")
    assert take(world.beijing, copied).news == "arrived"
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert isinstance(news.error, ProofError)
    assert take(world.beijing, bag).count == 1
    assert world.beijing.decipher() == ["The ammunition is at the bridge."]


def test_strangers_do_not_crowd_out_evidence_and_one_bag_is_listed_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "MAX_REFUSALS", 3)
    bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, replace(bag, cables=b""), BagError)
    for number in range(8):
        refused(world.beijing, Bag(bag=f"{number:032x}", manifest=b"junk", cables=b""), AgeHeaderError)
        refused(world.beijing, Bag(bag=f"{number:032x}", manifest=b"junk", cables=b""), AgeHeaderError)
    listed = rows(world.beijing, t.refusals)
    assert [row.bag for row in listed] == [bag.bag, *(f"{n:032x}" for n in (5, 6, 7))]
    assert [bool(row.evidence) for row in listed] == [True, False, False, False]


def test_the_register_takes_one_record_for_a_known_post_and_day(world: World) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, replace(bag, cables=b""), BagError)
    refused(world.beijing, replace(bag, cables=b"x"), BagError)
    assert len(kinds(world.beijing, "refused")) == 1
    world.beijing.pass_time(days=1)
    refused(world.beijing, replace(bag, cables=b""), BagError)
    refused(world.beijing, replace(bag, cables=b"x"), BagError)
    assert [row.who for row in kinds(world.beijing, "refused")] == ["kaesong.example"] * 2


# What a peer does that does not keep to the rules, or whose register was rewritten.


def _act_on(post: SimulatedPost, times: int = 1) -> None:
    for _ in range(times):
        people.name_authority(post.office, post.hand, "Kim", "person", {})


def test_a_register_that_was_rewritten_behind_a_bag(world: World, tmp_path: Path) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    fork = world.kaesong.copy(tmp_path / "fork")
    take(world.beijing, world.bag(world.kaesong, world.beijing, "Two."))
    world.bag(fork, world.beijing, "Not two.")
    news = refused(world.beijing, world.bag(fork, world.beijing, "Three."), RewrittenRegister)
    (listed,) = rows(world.beijing, t.refusals)
    assert news.peer == "kaesong.example"
    assert listed.evidence.startswith("kaesong.example\n"), "its signed checkpoint is kept"
    assert len(kinds(world.beijing, "refused")) == 1
    fork.close()


def test_two_registers_of_the_same_size(world: World, tmp_path: Path) -> None:
    fork = world.kaesong.copy(tmp_path / "fork")
    world.bag(fork, world.beijing, "Not one.")
    other = world.bag(fork, world.beijing, "Not two.")
    target = opened(world.beijing, other)
    wanted = int(target.checkpoint.split("\n")[1])
    entry = world.kaesong.release(world.beijing, text="One.")
    assert entry >= 0
    _act_on(world.kaesong, wanted - size(world.kaesong) - 1)
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    news = refused(world.beijing, other, RewrittenRegister)
    assert news.error is not None
    assert "same size" in news.error.sentence
    fork.close()


def test_a_rewritten_bag_that_claims_to_have_been_overtaken(world: World, tmp_path: Path) -> None:
    fork = world.kaesong.copy(tmp_path / "fork")
    world.bag(world.kaesong, world.beijing, "One.")
    forged = world.bag(fork, world.beijing, "Not one.")
    take(world.beijing, world.bag(world.kaesong, world.beijing, "Two."))
    refused(world.beijing, forged, RewrittenRegister)
    fork.close()


def test_a_bag_that_offers_no_proof_of_continuation(world: World) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    bag = world.bag(world.kaesong, world.beijing, "Two.")
    refused(world.beijing, resealed(world.beijing, bag, lambda m: replace(m, consistency=())), ProofError)
    assert take(world.beijing, bag).news == "arrived"


def test_two_bags_of_one_serial(world: World) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    with world.kaesong.office.store.write() as connection:
        connection.execute(update(t.bags).where(t.bags.c.way == "out").values(serial=0))
        connection.execute(delete(t.outbags))
    other = world.bag(world.kaesong, world.beijing, "One again.")
    refused(world.beijing, other, BagError)
    world.rogues = {"kaesong.example"}


def test_a_serial_that_nobody_can_have_come_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it taken in, the list of missing bags would have no end."""
    honest = channels._bag_body
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_bag_body", lambda *a: {**honest(*a), "serial": 2**50, "previous": "AAAA"})
        bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, bag, BagError)


def test_the_same_sealed_bytes_in_a_second_bag(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.bag(world.kaesong, world.beijing, "One.")
    take(world.beijing, first)
    entry = rows(world.kaesong, t.deliveries)[0].cable
    channels.rerun(world.kaesong.office, world.kaesong.hand, entry, "beijing.example")
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_seal", lambda *_args: first.cables)
        second = world.bag(world.kaesong, world.beijing)
    news = take(world.beijing, second)
    assert (news.news, news.count) == ("arrived", 0)
    assert isinstance(news.error, Replay)
    assert [row.code for row in rows(world.beijing, t.refusals)] == ["replay"]
    assert world.beijing.decipher() == ["One."]


def test_the_same_entry_sealed_again(world: World) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    assert world.beijing.decipher() == ["One."]
    entry = rows(world.kaesong, t.deliveries)[0].cable
    channels.rerun(world.kaesong.office, world.kaesong.hand, entry, "beijing.example")
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert isinstance(news.error, Replay)
    assert len(rows(world.beijing, t.cables)) == 1
    assert {row.state for row in rows(world.beijing, t.arrivals)} == {"deciphered", "joined"}


def test_one_cable_twice_in_one_bag(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = channels._seal
    made: list[bytes] = []

    def twice(*args: Any) -> bytes:
        made.append(made[0] if made else honest(*args))
        return made[-1]

    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_seal", twice)
        bag = world.bag(world.kaesong, world.beijing, "One.", "Two.")
    refused(world.beijing, bag, BagError)


def _with_envelope(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any]) -> None:
    honest = frame
    monkeypatch.setattr(channels, "frame", lambda envelope: honest(change(envelope)))


def _bomb(length: int) -> bytes:
    return zstandard.ZstdCompressor(dict_data=_DICTIONARY).compress(bytes(length))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda e: replace(e, packed=_bomb(512 * 1024 * 1024)), FormatError),
        (lambda e: replace(e, packed=_bomb(1024)), CommitmentError),
        (lambda e: replace(e, packed=e.packed[:-1]), FormatError),
        (lambda e: replace(e, text_salt=bytes(32)), CommitmentError),
        (lambda e: replace(e, record_salt=bytes(32)), ProofError),
        (lambda e: replace(e, record=e.record.replace(b"released", b"Released")), ProofError),
        (lambda e: replace(e, index=0), ProofError),
        (lambda e: replace(e, path=(*e.path, bytes(32))), ProofError),
    ],
    ids=["bomb", "other text", "cut short", "text salt", "record salt", "record", "index", "path"],
)
def test_a_sealed_cable_that_does_not_hold_what_was_registered(
    world: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any], error: type[PeerError]
) -> None:
    """Such a cable is refused alone: the rest of the bag is read."""
    honest = world.bag(world.kaesong, world.beijing, "One.")
    with monkeypatch.context() as rogue:
        _with_envelope(rogue, change)
        bad = world.bag(world.kaesong, world.beijing, "Two.")
    take(world.beijing, bad)
    take(world.beijing, honest)
    news = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert sorted(type(n.error).__name__ for n in news) == sorted([error.__name__, "NoneType"])
    assert {row.state for row in rows(world.beijing, t.arrivals)} == {"deciphered", "refused"}
    assert arrivals.decipher(world.beijing.office, world.beijing.hand) == []


def test_a_cable_for_another_post_sealed_to_this_one(world: World) -> None:
    """KAESONG registered it for MOSCOW alone: BEIJING must not take it for its own."""
    world.kaesong.release(world.moscow, text="For MOSCOW alone.")
    (row,) = rows(world.kaesong, t.deliveries)
    with world.kaesong.office.store.write() as connection:
        connection.execute(insert(t.deliveries), {**row._mapping, "peer": "beijing.example"})
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert isinstance(news.error, NotForUs)
    world.rogues = {"kaesong.example"}


def test_a_cable_passed_on_under_seal_is_not_taken_for_the_forwarders(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MOSCOW seals the envelope that BEIJING sent it to KAESONG, as if it were KAESONG's all along."""
    take(world.moscow, world.bag(world.beijing, world.moscow, "For MOSCOW alone."))
    with world.moscow.office.store.read() as connection:
        row = arrivals.in_tray(connection)[0]
        envelope = unframe(decrypt(row.envelope, list(world.moscow.office.keys.epochs().values())))
    with monkeypatch.context() as rogue:
        _with_envelope(rogue, lambda _: envelope)
        bag = world.bag(world.moscow, world.kaesong, "Cover.")
    take(world.kaesong, bag)
    (news,) = arrivals.decipher(world.kaesong.office, world.kaesong.hand)
    assert isinstance(news.error, ProofError)


def test_a_draft_passed_off_as_a_release(world: World) -> None:
    entry = world.kaesong.release(world.beijing, text="One.")
    with world.kaesong.office.store.write() as connection:
        connection.execute(update(t.cables).where(t.cables.c.cable == entry).values(leaf=entry))
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert isinstance(news.error, ProofError)
    assert "not the release" in news.error.sentence
    world.rogues = {"kaesong.example"}


def test_a_release_that_bears_no_number_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a peer's record says goes into ours: a number without bounds would fail there, each time anew."""
    with monkeypatch.context() as rogue:
        rogue.setattr(desk, "mrn", lambda *_args: "N" * 5000)
        world.kaesong.release(world.beijing, text="One.")
    take(world.beijing, world.bag(world.kaesong, world.beijing, "Two."))
    news = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert sorted(type(n.error).__name__ for n in news) == ["NoneType", "ProofError"]


# Cards.


def _rogue_card(post: SimulatedPost, **changed: Any) -> str:
    return sign_card(replace(open_card(post.card()), **changed), post.office.keys.signing)


@pytest.mark.parametrize(
    "forge",
    [
        lambda post: post.card().replace("KAESONG", "KAESONH"),
        lambda post: _rogue_card(post, name="KAESONH"),
        lambda post: "{}\n",
    ],
    ids=["changed", "forked", "no card"],
)
def test_a_card_in_a_bag_that_is_not_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch, forge: Callable[[SimulatedPost], str]
) -> None:
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_card_for", lambda *_args: forge(world.kaesong))
        bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, bag, CardError)


def test_a_card_that_goes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    old = world.kaesong.card()
    people.rotate(world.kaesong.office, world.kaesong.hand)
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    assert next(r.serial for r in rows(world.beijing, t.posts) if r.origin == "kaesong.example") == 2
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_card_for", lambda *_args: old)
        bag = world.bag(world.kaesong, world.beijing, "Two.")
    refused(world.beijing, bag, CardError)


def test_a_card_of_another_identity(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_card_for", lambda *_args: world.moscow.card())
        bag = world.bag(world.kaesong, world.beijing, "One.")
    refused(world.beijing, bag, CardError)


# Keys by date.


def test_a_cable_sealed_to_the_older_opening_key_still_opens(world: World) -> None:
    bag = world.bag(world.kaesong, world.beijing, "One.")
    people.rotate(world.beijing.office, world.beijing.hand)
    world.beijing.pass_time(days=45)
    assert take(world.beijing, bag).news == "arrived"
    assert world.beijing.decipher() == ["One."]


def test_a_cable_whose_key_is_gone_is_held_until_it_is_sealed_again(world: World) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    (held,) = rows(world.beijing, t.arrivals)
    first = min(world.beijing.office.keys.epochs())
    world.beijing.office.keys.destroy_epoch(first)
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    assert isinstance(news.error, KeyGone)
    for post in world.posts():
        post.pass_time(days=70)
    people.rotate(world.beijing.office, world.beijing.hand)
    _know(world.kaesong, world.beijing)
    with pytest.raises(NotAllowed, match="wait to be deciphered"):
        people.destroy_seed(world.beijing.office, world.beijing.hand, first)
    entry = rows(world.kaesong, t.deliveries)[0].cable
    channels.rerun(world.kaesong.office, world.kaesong.hand, entry, "beijing.example")
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    assert world.beijing.decipher() == ["One."]
    states = {row.channel: row.state for row in rows(world.beijing, t.arrivals)}
    assert states.pop(held.channel) == "joined"
    assert list(states.values()) == ["deciphered"]
    people.destroy_seed(world.beijing.office, world.beijing.hand, first)


def test_a_seed_destroyed_by_halves_is_destroyed(world: World) -> None:
    for post in world.posts():
        post.pass_time(days=70)
    first = min(world.beijing.office.keys.epochs())
    file = world.beijing.office.folder / "keys" / f"epoch-{first}.age"
    file.rename(file.with_suffix(".going"))
    assert first not in world.beijing.office.keys.epochs()
    people.destroy_seed(world.beijing.office, world.beijing.hand, first)
    people.finish_destruction(world.beijing.office)
    assert not [f for f in file.parent.iterdir() if first in f.name]


# Receipts.


def test_receipts_travel_back_and_end(world: World) -> None:
    stick = world.stick()
    entry = world.kaesong.send(stick, world.beijing, "One.")
    carried = []
    for _ in range(6):
        for post in world.posts():
            post.collect(stick)
            carried.append(post.dispatch(stick))
    assert world.kaesong.state(entry) == "receipted"
    assert sum(carried) == 1, "a receipt is not receipted"
    for post in world.posts():
        with post.office.store.read() as connection:
            assert channels.waiting(connection) == []


def test_one_receipt_for_more_cables_than_one_record_has_room_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "_STATES_IN_A_RECORD", 2)
    sent = [world.kaesong.release(world.beijing, text=text) for text in ("One.", "Two.", "Three.")]
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    sent.append(world.kaesong.release(world.beijing, text="Four."))
    sent.append(world.kaesong.release(world.beijing, text="Five."))
    take(world.beijing, world.bag(world.kaesong, world.beijing))
    assert take(world.kaesong, world.bag(world.beijing, world.kaesong)).news == "arrived"
    assert [world.kaesong.state(entry) for entry in sent] == ["receipted"] * 5
    assert len(kinds(world.kaesong, "receipted")) == 3
    assert rows(world.kaesong, t.outbags) == []


def test_a_forged_cosignature_refuses_the_whole_bag(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    honest = channels._cosigned

    def forged(*args: Any) -> tuple[Receipt, ...]:
        (receipt,) = honest(*args)
        name, line = receipt.line.rsplit(" ", 1)
        return (replace(receipt, line=f"{name} {line[:40]}{'B' if line[40] == 'A' else 'A'}{line[41:]}"),)

    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_cosigned", forged)
        bag = world.bag(world.beijing, world.kaesong, "Answer.")
    refused(world.kaesong, bag, NoteError)
    assert rows(world.kaesong, t.cosignatures) == []
    assert rows(world.kaesong, t.arrivals) == []


def test_a_receipt_of_a_register_that_was_never_signed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    take(world.beijing, world.bag(world.kaesong, world.beijing, "One."))
    honest = channels._cosigned
    with monkeypatch.context() as rogue:
        rogue.setattr(channels, "_cosigned", lambda *args: (replace(honest(*args)[0], size=4),))
        bag = world.bag(world.beijing, world.kaesong, "Answer.")
    refused(world.kaesong, bag, RewrittenRegister)


class Loses(Courier):
    """Takes the bag and reports that it did not."""

    def carry(self, bag: Bag) -> None:
        super().carry(bag)
        raise BearerDown("the line went dead")


def test_a_receipt_for_a_bag_that_was_reported_lost(world: World) -> None:
    """It was carried after all: the receipt comes before the dispatch was noted, and notes it."""
    entry = world.kaesong.release(world.beijing, text="One.")
    stick = world.stick()
    with pytest.raises(BearerDown):
        channels.dispatch(world.kaesong.office, Loses(stick.folder), "beijing.example")
    assert world.kaesong.state(entry) == "released"
    (news,) = world.beijing.collect(stick)
    assert news.news == "arrived"
    take(world.kaesong, world.bag(world.beijing, world.kaesong))
    assert world.kaesong.state(entry) == "receipted"
    assert channels.dispatch(world.kaesong.office, stick, "beijing.example") is None
    assert take(world.beijing, world.bag(world.kaesong, world.beijing, "Two.")).news == "arrived"


def test_a_bag_that_was_not_carried_is_carried_as_it_was(world: World) -> None:
    world.kaesong.release(world.beijing, text="One.")
    stick = world.stick()
    with pytest.raises(BearerDown):
        channels.dispatch(world.kaesong.office, Courier(stick.folder / "nowhere"), "beijing.example")
    world.kaesong.release(world.moscow, text="Elsewhere.")
    assert channels.dispatch(world.kaesong.office, stick, "moscow.example") is not None
    world.kaesong.release(world.beijing, text="Two.")
    channels.dispatch(world.kaesong.office, stick, "beijing.example")
    channels.dispatch(world.kaesong.office, stick, "beijing.example")
    assert sorted(news.news for news in world.beijing.collect(stick)) == ["arrived", "arrived", "not ours"]
    assert sorted(world.beijing.decipher()) == ["One.", "Two."]


def test_two_processes_that_seal_one_bag_carry_one_bag(world: World) -> None:
    world.kaesong.release(world.beijing, text="One.")
    with pytest.raises(BearerDown):
        channels.dispatch(world.kaesong.office, Courier(world.folder / "nowhere"), "beijing.example")
    (kept,) = rows(world.kaesong, t.outbags)
    (bag,) = [row for row in rows(world.kaesong, t.bags) if row.way == "out"]
    assert channels._seal_and_keep(world.kaesong.office, bag.entry).manifest == kept.manifest
    world.kaesong.release(world.beijing, text="Two.")
    with pytest.raises(StoreBusy):
        channels._pack(world.kaesong.office, "beijing.example", 100)


def test_a_cable_cancelled_under_way_does_not_stop_the_link(world: World) -> None:
    entry = world.kaesong.release(world.beijing, text="One.")
    stick = world.stick()
    with pytest.raises(BearerDown):
        channels.dispatch(world.kaesong.office, Courier(stick.folder / "nowhere"), "beijing.example")
    by = world.kaesong.release(world.beijing, text="Cancel my cable.")
    changes.cancel(world.kaesong.office, world.kaesong.hand, entry, by)
    world.kaesong.dispatch(stick)
    world.beijing.collect(stick)
    assert sorted(world.beijing.decipher()) == ["Cancel my cable.", "One."]
    assert world.kaesong.state(entry) == "cancelled"


def test_a_text_that_is_still_to_be_sent_is_not_destroyed(world: World) -> None:
    entry = world.kaesong.release(world.beijing, text="One.")
    with pytest.raises(NotAllowed, match="has not gone"):
        desk.destroy_text(world.kaesong.office, world.kaesong.hand, entry, "no longer needed")
    world.bag(world.kaesong, world.beijing)
    desk.destroy_text(world.kaesong.office, world.kaesong.hand, entry, "no longer needed")
    with pytest.raises(NotAllowed, match="destroyed"):
        channels.rerun(world.kaesong.office, world.kaesong.hand, entry, "beijing.example")


# Telegrams carried inside others.


def _forwarded(world: World) -> tuple[Carried, ForwardingProof]:
    """KAESONG's telegram as BEIJING carries it on to MOSCOW."""
    take(world.beijing, world.bag(world.kaesong, world.beijing, "The session lasted an hour."))
    (news,) = arrivals.decipher(world.beijing.office, world.beijing.hand)
    draft = changes.readdress(
        world.beijing.office,
        world.beijing.hand,
        news.entry,
        to=[Party(post="moscow.example")],
        covering="See below.",
    )
    desk.release(world.beijing.office, world.beijing.hand, draft)
    take(world.moscow, world.bag(world.beijing, world.moscow))
    (got,) = arrivals.decipher(world.moscow.office, world.moscow.hand)
    carried = next(block for block in world.moscow.read(got.entry).blocks if isinstance(block, Carried))
    assert carried.proof is not None
    return carried, ForwardingProof.decode(carried.proof)


def _standing(post: SimulatedPost, carried: Carried) -> Standing:
    with post.office.store.read() as connection:
        return arrivals.standing(connection, carried)


def test_the_four_standings_of_a_carried_telegram(world: World, tmp_path: Path) -> None:
    carried, proof = _forwarded(world)
    assert _standing(world.moscow, carried) is Standing.PROVED
    assert _standing(world.moscow, replace(carried, proof=None, original=None)) is Standing.AS_TOLD
    stranger = SimulatedPost(tmp_path / "tokyo", "tokyo.example", "TOKYO")
    assert _standing(stranger, carried) is Standing.KEY_UNKNOWN
    stranger.close()
    assert carried.original is not None
    changed = carried.original.replace(b"an hour", b"a week.")
    assert _standing(world.moscow, replace(carried, original=changed)) is Standing.WRONG
    for wrong in (
        replace(proof, index=proof.index + 1),
        replace(proof, record_salt=bytes(32)),
        replace(proof, text_salt=bytes(32)),
        replace(proof, path=proof.path[:-1]),
        replace(proof, record=proof.record.replace(b"beijing", b"beijinh")),
        replace(proof, checkpoint=proof.checkpoint.replace("\n", "\n1", 1)),
        replace(proof, checkpoint=proof.checkpoint.replace("kaesong.example\n", "beijing.example\n", 1)),
    ):
        assert _standing(world.moscow, replace(carried, proof=wrong.encode())) is Standing.WRONG
    assert _standing(world.moscow, replace(carried, proof=b"no proof\r\n")) is Standing.WRONG


@pytest.mark.parametrize("kind", ["drafted", "deciphered"])
def test_an_entry_of_another_kind_proves_no_release(world: World, kind: str) -> None:
    """A draft that was never let go, or a text that the post only received, is not its telegram."""
    carried, _ = _forwarded(world)
    entry = next(row.entry for row in kinds(world.beijing, kind))
    note = rows(world.moscow, t.views)[-1].note
    size_then = int(note.split("\n")[1])
    with world.beijing.office.store.read() as connection:
        found = find_entry(connection, entry)
        text = find_text(connection, found.decoded.act["text"])
        path = tuple(tree_of(connection).inclusion(entry, size_then))
    assert text is not None
    proof = ForwardingProof(
        record=found.record,
        record_salt=found.salt,
        text_salt=text.salt,
        index=entry,
        path=path,
        checkpoint=note,
    )
    proof.verify(text.data, open_card(world.beijing.card()).verifier)
    assert (
        _standing(world.moscow, replace(carried, original=text.data, proof=proof.encode())) is Standing.WRONG
    )


def test_channel_numbers_run_to_999_and_go_on_with_the_next_letter() -> None:
    numbers = [channels.channel_number("KB", count) for count in (0, 998, 999, 26 * 999)]
    assert numbers == ["KBA001", "KBA999", "KBB001", "KBA001"]
