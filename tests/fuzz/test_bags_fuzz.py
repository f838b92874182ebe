"""Whatever lies in a bag, only Reftel's errors leave it, and nothing of it is taken in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.bearers.base import Bag, Broken
from reftel.bearers.courier import MAX_CABLES, Courier
from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.packing import pack, unpack
from reftel.cipher.padding import pad
from reftel.errors import BagError, BearerDown, CardError, PeerError
from reftel.office import arrivals, channels
from reftel.office.cards import open_card
from reftel.office.manifest import Manifest, open_manifest, seal_manifest
from reftel.register.entries import decode_json, encode_json
from reftel.testing import SimulatedPost

SEALED_BAGS = 60
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=40) | st.just("A" * 43),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdefgh", max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)


class World:
    """A bag on its way between two posts, and the receiver, who takes none of the others in."""

    def __init__(self, folder: Path) -> None:
        self.here = SimulatedPost(folder / "here", "here.example", "HERE")
        self.there = SimulatedPost(folder / "there", "there.example", "THERE")
        self.here.meet(self.there)
        (folder / "stick").mkdir()
        self.stick = Courier(folder / "stick")
        self.here.send(self.stick, self.there, "One.")
        (bag,) = self.stick.collect()
        assert isinstance(bag, Bag)
        self.bag = bag
        self.card = self.here.card()
        with self.here.office.store.read() as connection:
            self.recipient = channels.recipient_of(self.here.office, connection, self.there.origin)
        self.identity: HybridIdentity = next(
            key
            for key in self.there.office.keys.epochs().values()
            if key.recipient().text() == self.recipient.text()
        )
        self.manifest: Manifest = open_manifest(bag.manifest, self.identity)
        framed = decrypt(bag.manifest, [self.identity])
        length = int.from_bytes(framed[:4], "big")
        self.value = decode_json(unpack(framed[4 : 4 + length], 1 << 22))

    def seal(self, data: bytes) -> bytes:
        return encrypt(pad(len(data).to_bytes(4, "big") + data), [self.recipient])

    def refuse(self, bag: Bag) -> None:
        news = arrivals.receive(self.there.office, bag)
        assert news.news in {"refused", "not ours"}
        assert news.error is None or isinstance(news.error, PeerError)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("posts"))
    yield world
    # What was refused a hundred times over has not spoilt the post for the bag itself.
    assert arrivals.receive(world.there.office, world.bag).news == "arrived"
    assert world.there.decipher() == ["One."]
    world.here.close()
    world.there.close()


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with a piece cut out, put in, or changed."""
    place = st.integers(0, len(data))
    cut = st.builds(lambda a, b: data[: min(a, b)] + data[max(a, b) :], place, place)
    put = st.builds(lambda a, piece: data[:a] + piece + data[a:], place, st.binary(min_size=1, max_size=40))
    over = st.builds(
        lambda a, piece: (data[:a] + piece + data[a + len(piece) :])[: len(data)],
        place,
        st.binary(min_size=1, max_size=40),
    )
    return (cut | put | over).filter(lambda changed: changed != data)


@settings(max_examples=SEALED_BAGS)
@given(data=st.data())
def test_a_manifest_changed_outside_its_seal(world: World, data: Any) -> None:
    world.refuse(replace(world.bag, manifest=data.draw(mutated(world.bag.manifest))))


@settings(max_examples=SEALED_BAGS)
@given(data=st.data())
def test_bytes_sealed_as_a_manifest_by_anybody(world: World, data: Any) -> None:
    inside = pack(encode_json(world.value))
    raw = data.draw(
        st.binary(max_size=200) | mutated(inside) | st.binary(max_size=200).map(pack) | JSON.map(_packed)
    )
    world.refuse(replace(world.bag, manifest=world.seal(raw)))


def _packed(value: Any) -> bytes:
    return pack(encode_json(value if isinstance(value, dict) else {"v": value}))


@settings(max_examples=200)
@given(data=st.data())
def test_a_manifest_with_any_value_in_any_place(world: World, data: Any) -> None:
    """Each value of a true manifest replaced by another: by its kind refused, or as not registered."""
    value = decode_json(encode_json(world.value))
    where: Any = value
    while True:
        keys = sorted(where) if isinstance(where, dict) else list(range(len(where)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(where[key], dict | list) and data.draw(st.booleans()):
            where = where[key]
            continue
        before, where[key] = where[key], data.draw(JSON)
        break
    # These prove themselves when they are used, or only hasten: they are not bound to the sender's entry.
    free = ("consistency", "shared", "card")
    unbound = any(value.get(name) != world.value[name] for name in free)
    unbound = unbound or [i[4:] for i in _lists(value["items"])] != [i[4:] for i in world.value["items"]]
    if before == where[key] or unbound:
        with suppress(BagError):
            open_manifest(world.seal(pack(encode_json(value))), world.identity)
        return
    world.refuse(replace(world.bag, manifest=world.seal(pack(encode_json(value)))))


def _lists(value: Any) -> list[list[Any]]:
    return [item for item in value if isinstance(item, list)] if isinstance(value, list) else []


@settings(max_examples=SEALED_BAGS)
@given(data=st.data())
def test_cables_of_any_bytes(world: World, data: Any) -> None:
    world.refuse(replace(world.bag, cables=data.draw(st.binary(max_size=100) | mutated(world.bag.cables))))


@settings(max_examples=200)
@given(data=st.data())
def test_a_card_of_any_bytes(world: World, data: Any) -> None:
    text = data.draw(st.text() | mutated(world.card.encode()).map(lambda b: b.decode(errors="replace")))
    with pytest.raises(CardError):
        open_card(text)


@settings(max_examples=200)
@given(data=st.data())
def test_a_card_with_any_value_in_any_place(world: World, data: Any) -> None:
    """Signed or not: a card is read strictly before its signatures are looked at."""
    value = decode_json(world.card.strip().encode())
    where: Any = value
    while True:
        keys = sorted(where) if isinstance(where, dict) else list(range(len(where)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(where[key], dict | list) and data.draw(st.booleans()):
            where = where[key]
            continue
        before, where[key] = where[key], data.draw(JSON)
        break
    if before == where[key]:
        return
    with pytest.raises(CardError):
        open_card(encode_json(value).decode() + "\n")


@settings(max_examples=30)
@given(data=st.data())
def test_an_envelope_of_any_bytes_inside_its_seal(world: World, data: Any) -> None:
    """From a known post that seals what it likes: refused when it is deciphered, and the tray goes on."""
    inside = decrypt(world.bag.cables, [world.identity])
    raw = data.draw(st.binary(max_size=300) | mutated(inside))
    with pytest.MonkeyPatch.context() as rogue:
        rogue.setattr(channels, "_seal", lambda *_args: encrypt(raw, [world.recipient]))
        entry = world.here.release(world.there, text="Two.")
        stick = Courier(world.stick.folder.parent / f"stick-{entry}")
        stick.folder.mkdir()
        channels.dispatch(world.here.office, stick, world.there.origin)
    (news,) = world.there.collect(stick)
    assert news.news == "arrived"
    (opened,) = arrivals.decipher(world.there.office, world.there.hand)
    assert isinstance(opened.error, PeerError)


# The folder that a courier hands over.

NAMES = ("BAG", "manifest.age", "cables")


def _link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_CABLES + 1)


def _nothing(_path: Path) -> None:
    pass


@pytest.mark.parametrize("plant", [_link, _loop, _pipe, _zeros, _folder, _huge, _nothing])
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_with_something_else_in_a_files_place(
    world: World, tmp_path: Path, name: str, plant: Callable[[Path], None]
) -> None:
    courier = Courier(tmp_path)
    courier.carry(world.bag)
    path = tmp_path / f"bag-{world.bag.bag}" / name
    path.unlink()
    plant(path)
    (found,) = courier.collect()
    assert isinstance(found, Broken)
    assert arrivals.receive(world.there.office, found).news == "refused"


def test_odd_folders_do_not_use_up_what_the_system_lends(world: World, tmp_path: Path) -> None:
    courier = Courier(tmp_path)
    for number in range(50):
        for name in NAMES:
            (tmp_path / f"bag-{number:032x}" / name).mkdir(parents=True)
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert all(isinstance(bag, Broken) for bag in courier.collect())
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_bag_that_is_a_link_to_another_folder(world: World, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    Courier(elsewhere).carry(world.bag)
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / f"bag-{world.bag.bag}").symlink_to(elsewhere / f"bag-{world.bag.bag}")
    (found,) = Courier(stick).collect()
    assert isinstance(found, Broken)


def test_names_that_are_no_bags_are_let_be(tmp_path: Path) -> None:
    for name in ("bag-", f"bag-{'A' * 32}", f"bag-{'0' * 33}", f".part-{'0' * 32}", f"bag-{'0' * 32}\n"):
        (tmp_path / name).mkdir()
    assert list(Courier(tmp_path).collect()) == []


def test_a_stick_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BearerDown):
        list(Courier(tmp_path / "nowhere").collect())


@settings(max_examples=50)
@given(said=st.binary(max_size=80))
def test_the_first_file_of_a_bag_says_exactly_what_it_is(world: World, said: bytes) -> None:
    folder = world.stick.folder.parent / "said"
    courier = Courier(folder)
    if not folder.exists():
        folder.mkdir()
        courier.carry(world.bag)
    (folder / f"bag-{world.bag.bag}" / "BAG").write_bytes(said)
    with pytest.raises(BagError):
        courier.fetch(world.bag.bag)


def test_the_seal_of_a_manifest_is_exact(world: World) -> None:
    """What the fuzzers begin with is the real thing."""
    assert open_manifest(seal_manifest(world.manifest, world.recipient), world.identity) == world.manifest
    assert open_manifest(world.seal(pack(encode_json(world.value))), world.identity) == world.manifest
