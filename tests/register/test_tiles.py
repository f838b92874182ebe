"""A served register: where its files stand, in which order they come, and what is wrong with it."""

from __future__ import annotations

import errno
import os
import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.errors import BadValue, DiskFull, DiskReadOnly, FormatError, NoteError, ProofError
from reftel.register.checkpoint import sign_checkpoint
from reftel.register.merkle import EMPTY_ROOT, TileTree, leaf_hash
from reftel.register.tiles import decode_bundle, encode_bundle, read_tiles, tile_path, tiles_of, write_tiles
from tests.register.posts import BEIJING, MOSCOW, TIME

LEAVES = [b"\x01" + index.to_bytes(32, "big") for index in range(66_000)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def tile_in(tiles: dict[tuple[int, int], bytes], level: int, index: int) -> bytes:
    return tiles[level, index]


def checkpoint(size: int) -> str:
    tree = TileTree(0, lambda level, index: b"")
    tree.append(HASHES[:size])
    return sign_checkpoint(MOSCOW, size, tree.root(), TIME)


def serve(folder: Path, size: int) -> None:
    tiles = TileTree(0, lambda level, index: b"").append(HASHES[:size])
    write_tiles(folder, checkpoint(size), partial(tile_in, tiles), lambda start, end: LEAVES[start:end])


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 273, 112, "tile/0/273.p/112"),
        (1, 1_234_067, 256, "tile/1/x001/x234/067"),
        (63, 1_000, 1, "tile/63/x001/000.p/1"),
        (None, 999, 256, "tile/entries/999"),
        (None, 1_234_067, 8, "tile/entries/x001/x234/067.p/8"),
    ],
)
def test_paths_are_those_of_c2sp(level: int | None, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path


def test_the_tiles_of_the_c2sp_example() -> None:
    found = list(tiles_of(70_000))
    assert len(found) == 277
    assert [tile for tile in found if tile[2] < 256] == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(tiles_of(256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_a_bundle_is_read_as_it_was_written(leaves: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(leaves)) == leaves


def test_a_bundle_is_length_prefixed_and_whole() -> None:
    assert encode_bundle([b"abc", b""]) == b"\x00\x03abc\x00\x00"
    for cut in (b"\x00", b"\x00\x03ab", b"\x00\x00\x01"):
        with pytest.raises(FormatError):
            decode_bundle(cut)
    assert decode_bundle(encode_bundle([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(BadValue):
        encode_bundle([bytes(65_536)])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700, 66_000])
def test_a_served_register_is_recomputed_from_its_entries(tmp_path: Path, size: int) -> None:
    serve(tmp_path, size)
    assert read_tiles(tmp_path, MOSCOW.verifier).size == size
    assert len(files(tmp_path)) == 1 + len(list(tiles_of(size))) + -(-size // 256)


def test_an_empty_register_is_served_as_its_checkpoint(tmp_path: Path) -> None:
    serve(tmp_path, 0)
    assert files(tmp_path) == {"checkpoint"}
    assert read_tiles(tmp_path, MOSCOW.verifier).root == EMPTY_ROOT


def test_a_growing_register_keeps_its_full_tiles_and_drops_partial_ones(tmp_path: Path) -> None:
    serve(tmp_path, 300)
    assert "tile/0/001.p/44" in files(tmp_path)
    before = {name: (tmp_path / name).stat().st_ino for name in ("tile/0/000", "tile/entries/000")}
    serve(tmp_path, 300)
    serve(tmp_path, 400)
    assert {"tile/0/001.p/44", "tile/0/001.p/144", "tile/1/000.p/1"} <= files(tmp_path)
    serve(tmp_path, 600)
    assert {name: (tmp_path / name).stat().st_ino for name in before} == before
    assert files(tmp_path) == {
        "checkpoint",
        *("tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/1", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"),
    }
    assert read_tiles(tmp_path, MOSCOW.verifier).size == 600


def test_a_full_tile_stands_in_for_a_partial_one_that_is_gone(tmp_path: Path) -> None:
    serve(tmp_path, 300)
    serve(tmp_path, 600)
    (tmp_path / "checkpoint").write_text(checkpoint(300))
    assert read_tiles(tmp_path, MOSCOW.verifier).size == 300


def test_a_served_register_never_goes_back_or_becomes_another(tmp_path: Path) -> None:
    serve(tmp_path, 300)
    with pytest.raises(BadValue, match=r"serves 300 entries of moscow\.example"):
        serve(tmp_path, 299)
    other = sign_checkpoint(BEIJING, 400, bytes(32), TIME)
    with pytest.raises(BadValue, match=r"cannot turn to 400 of beijing\.example"):
        write_tiles(tmp_path, other, lambda level, index: b"", lambda start, end: [])
    (tmp_path / "checkpoint").write_bytes(b"\xff\xfe")
    with pytest.raises(NoteError):
        serve(tmp_path, 300)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_what_was_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    serve(tmp_path, 300)
    sync, calls = os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(error, os.strerror(error))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull):
        serve(tmp_path, 700)
    monkeypatch.undo()
    assert read_tiles(tmp_path, MOSCOW.verifier).size == 300
    serve(tmp_path, 700)
    assert read_tiles(tmp_path, MOSCOW.verifier).size == 700


def test_a_folder_that_cannot_be_written_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DiskReadOnly):
        serve(tmp_path / "file", 3)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "log"
    serve(folder, 700)
    return folder


@pytest.fixture
def log(served: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(served, tmp_path / "log"))


@pytest.mark.parametrize(
    "name",
    [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/001",
        "tile/entries/002.p/188",
    ],
)
def test_the_wrong_tile_is_named(log: Path, name: str) -> None:
    path = log / name
    content = path.read_bytes()
    blamed = name.replace("entries", "0")
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ProofError, match=f"^{blamed} of the served register is not what"):
        read_tiles(log, MOSCOW.verifier)
    for wrong in (content[:-1], content + b"\0", content + b"\0\0", b"", content[:-35]):
        path.write_bytes(wrong)
        with pytest.raises(ProofError, match=f"^{name} of the served register"):
            read_tiles(log, MOSCOW.verifier)
    path.unlink()
    with pytest.raises(ProofError, match=f"^{name} of the served register is missing"):
        read_tiles(log, MOSCOW.verifier)
    path.mkdir()
    with pytest.raises(ProofError, match="missing"):
        read_tiles(log, MOSCOW.verifier)


def test_a_rewritten_register_does_not_lead_to_its_checkpoint(log: Path, tmp_path: Path) -> None:
    """All of it made anew and in agreement with itself, but not what was signed."""
    leaves = [b"another", *LEAVES[1:700]]
    tiles = TileTree(0, lambda level, index: b"").append([leaf_hash(leaf) for leaf in leaves])
    folder = tmp_path / "rewritten"
    write_tiles(folder, checkpoint(700), partial(tile_in, tiles), lambda start, end: leaves[start:end])
    with pytest.raises(ProofError, match="do not lead to the served checkpoint"):
        read_tiles(folder, MOSCOW.verifier)


def test_a_checkpoint_missing_or_of_another_is_refused(log: Path) -> None:
    with pytest.raises(NoteError):
        read_tiles(log, BEIJING.verifier)
    (log / "checkpoint").write_bytes(b"\xff")
    with pytest.raises(NoteError):
        read_tiles(log, MOSCOW.verifier)
    (log / "checkpoint").unlink()
    with pytest.raises(ProofError, match="has no checkpoint"):
        read_tiles(log, MOSCOW.verifier)
