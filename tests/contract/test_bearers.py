"""Every bearer does what the office relies on, and the check that says so can tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reftel.bearers.base import Bag, Broken
from reftel.bearers.courier import MAX_MANIFEST, Courier
from reftel.errors import BagError, BearerDown
from reftel.testing import check_bearer


def test_the_courier_does_what_every_bearer_must(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()

    @contextmanager
    def pulled_out() -> Iterator[None]:
        stick.rename(tmp_path / "pocket")
        yield
        (tmp_path / "pocket").rename(stick)

    check_bearer(lambda: Courier(stick), pulled_out)


class Forgetful(Courier):
    """Drops what it is given a second time, and what it was given first with it."""

    def carry(self, bag: Bag) -> None:
        if bag.bag in self.names():
            self.remove(bag.bag)
        else:
            super().carry(bag)


class Doubling(Courier):
    """Hands every bag over twice."""

    def collect(self) -> Iterator[Bag | Broken]:
        for bag in super().collect():
            yield from (bag, bag)


class Trimming(Courier):
    """Takes a bag for text."""

    def carry(self, bag: Bag) -> None:
        super().carry(Bag(bag=bag.bag, manifest=bag.manifest, cables=bag.cables.replace(b"\r\n", b"\n")))


class Emptying(Courier):
    """Forgets what was collected."""

    def collect(self) -> Iterator[Bag | Broken]:
        found = list(super().collect())
        for name in self.names():
            self.remove(name)
        yield from found


class Mixing(Courier):
    """Writes over a bag that lies there."""

    def carry(self, bag: Bag) -> None:
        super().carry(bag)
        (self.folder / f"bag-{bag.bag}" / "manifest.age").write_bytes(bag.manifest)


class Marring(Courier):
    """Hands bags over as broken."""

    def collect(self) -> Iterator[Bag | Broken]:
        for bag in super().collect():
            yield Broken(bag=bag.bag, error=BagError("a bag that fell into the water"))


@pytest.mark.parametrize("bearer", [Forgetful, Doubling, Trimming, Emptying, Mixing, Marring])
def test_the_check_finds_a_bearer_that_does_not(bearer: type[Courier], tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        check_bearer(lambda: bearer(tmp_path))


def test_the_check_finds_a_bearer_that_hides_its_failure(tmp_path: Path) -> None:
    class Silent(Courier):
        def carry(self, bag: Bag) -> None:
            if self.folder.exists():
                super().carry(bag)

        def names(self) -> list[str]:
            return super().names() if self.folder.exists() else []

    stick = tmp_path / "stick"
    stick.mkdir()

    @contextmanager
    def pulled_out() -> Iterator[None]:
        stick.rename(tmp_path / "pocket")
        yield
        (tmp_path / "pocket").rename(stick)

    with pytest.raises(AssertionError, match="says so"):
        check_bearer(lambda: Silent(stick), pulled_out)


def _bag(number: int) -> Bag:
    return Bag(bag=f"{number:032x}", manifest=b"manifest", cables=b"cables")


def test_a_bag_is_named_only_once_it_is_whole(tmp_path: Path) -> None:
    """What an attempt that was killed left behind is not a bag, and does not stand in the way."""
    part = tmp_path / f".part-{1:032x}"
    part.mkdir()
    (part / "BAG").write_bytes(b"half")
    courier = Courier(tmp_path)
    assert list(courier.collect()) == []
    courier.carry(_bag(1))
    assert list(courier.collect()) == [_bag(1)]
    assert [entry.name for entry in tmp_path.iterdir()] == [f"bag-{1:032x}"]


def test_a_broken_bag_does_not_hide_the_others(tmp_path: Path) -> None:
    courier = Courier(tmp_path)
    for number in (1, 2, 3):
        courier.carry(_bag(number))
    (tmp_path / f"bag-{2:032x}" / "cables").unlink()
    first, second, third = courier.collect()
    assert (first, third) == (_bag(1), _bag(3))
    assert isinstance(second, Broken)
    assert second.bag == f"{2:032x}"


def test_a_bag_beyond_its_bounds_is_not_read(tmp_path: Path) -> None:
    courier = Courier(tmp_path)
    courier.carry(_bag(1))
    with (tmp_path / f"bag-{1:032x}" / "manifest.age").open("wb") as file:
        file.truncate(MAX_MANIFEST + 1)
    with pytest.raises(BagError):
        courier.fetch(f"{1:032x}")


def test_a_folder_that_cannot_take_the_bag_is_a_bearer_that_is_down(tmp_path: Path) -> None:
    (tmp_path / f".part-{1:032x}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BearerDown, match="could not be laid"):
        Courier(tmp_path).carry(_bag(1))
    assert not (tmp_path / "elsewhere").exists()
