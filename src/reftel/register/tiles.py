"""A register as files: C2SP tlog-tiles, for whoever serves it and whoever checks what is served.

Rules that this file keeps:

* the checkpoint is written last, so that what it promises is always there;
* every file is complete on the disk before it has its name; a full tile is never written again;
* partial tiles go once the full tile stands;
* a served register is believed only as far as it is recomputed from its entries.
"""

from __future__ import annotations

import errno
import os
import shutil
import struct
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from reftel.cipher.note import MAX_NOTE
from reftel.errors import BadValue, DiskFull, DiskReadOnly, FormatError, ProofError
from reftel.register.checkpoint import open_checkpoint, read_head
from reftel.register.merkle import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, Accumulator, TileTree, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from reftel.cipher.note import PostVerifier
    from reftel.register.checkpoint import Checkpoint

MAX_LEAF: Final = 0xFFFF
_LENGTH = struct.Struct(">H")
_MAX_BUNDLE = TILE_WIDTH * (_LENGTH.size + MAX_LEAF)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def tile_path(level: int | None, index: int, width: int = TILE_WIDTH) -> str:
    """Return a tile's path below the log's folder; ``level`` None is the bundle of entries.

    ``width`` is the number of hashes or entries, 1 to 256; below 256 the path is a partial one.
    """
    thousands = f"{index % 1000:03d}"
    while index := index // 1000:
        thousands = f"x{index % 1000:03d}/{thousands}"
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{'entries' if level is None else level}/{thousands}{partial}"


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Return the bundle of up to 256 leaves' data, each of at most 65,535 bytes."""
    if any(len(leaf) > MAX_LEAF for leaf in leaves):
        raise BadValue(f"a leaf of a served register holds at most {MAX_LEAF} bytes")
    return b"".join(_LENGTH.pack(len(leaf)) + leaf for leaf in leaves)


def decode_bundle(data: bytes) -> list[bytes]:
    """Read a bundle of leaves' data; raises :class:`FormatError` when it is cut short."""
    leaves, at = [], 0
    while at < len(data):
        start = at + _LENGTH.size
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise FormatError("a bundle of register entries is cut short")
        leaves.append(data[start:at])
    return leaves


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """List the tiles of a tree of ``size`` leaves as (level, index, width), lowest level first."""
    level = 0
    while size:
        for index, start in enumerate(range(0, size, TILE_WIDTH)):
            yield level, index, min(TILE_WIDTH, size - start)
        size >>= TILE_HEIGHT
        level += 1


def write_tiles(
    folder: Path,
    checkpoint: str,
    read_tile: Callable[[int, int], bytes],
    read_leaves: Callable[[int, int], Sequence[bytes]],
) -> None:
    """Bring a served register up to ``checkpoint`` (a signed note of this post).

    ``read_tile(level, index)`` returns a tile's content, ``read_leaves(start, end)`` the data of
    these leaves. Raises :class:`BadValue` when the folder serves another register or a longer
    one, :class:`NoteError` when its checkpoint is malformed, :class:`DiskFull` or
    :class:`DiskReadOnly` when a file cannot be written; it then still serves what it served.
    """
    size, served = read_head(checkpoint).size, 0
    try:
        if (folder / "checkpoint").exists():
            served = _served(folder, checkpoint)
        for level, index, width in tiles_of(size):
            if (index + 1) << TILE_HEIGHT * (level + 1) <= served:
                continue
            if level == 0:
                start = index * TILE_WIDTH
                bundle = encode_bundle(read_leaves(start, start + width))
                _write_tile(folder, tile_path(None, index, width), bundle)
            _write_tile(folder, tile_path(level, index, width), read_tile(level, index)[: HASH_SIZE * width])
        _write(folder / "checkpoint", checkpoint.encode())
    except OSError as error:
        kind = DiskFull if error.errno in _NO_ROOM else DiskReadOnly
        raise kind(f"the served register cannot be written: {error.strerror}") from error


def read_tiles(folder: Path, verifier: PostVerifier) -> Checkpoint:
    """Check a served register from its entries up; returns its checkpoint.

    Raises :class:`NoteError` when the checkpoint is not signed with both keys, :class:`ProofError`
    naming the first tile that is missing or is not what the entries make it.
    """
    try:
        note = _read_note(folder)
    except OSError as error:
        raise ProofError("the served register has no checkpoint") from error
    checkpoint = open_checkpoint(note, verifier)
    last: dict[tuple[int, int], bytes] = {}
    size, level = checkpoint.size, 0
    bundles = map(partial(_leaf_hashes, folder, size), range(0, size, TILE_WIDTH))
    hashes: Iterator[bytes] = chain.from_iterable(bundles)
    while size:
        hashes = iter(_check_level(folder, level, size, hashes, last))
        size, level = size >> TILE_HEIGHT, level + 1
    if TileTree(checkpoint.size, lambda level, index: last[level, index]).root() != checkpoint.root:
        raise ProofError("the served entries and tiles do not lead to the served checkpoint")
    return checkpoint


def _leaf_hashes(folder: Path, size: int, start: int) -> list[bytes]:
    """Read the bundle that begins at leaf ``start`` and hash its leaves in a tree of ``size``."""
    index, width = start // TILE_WIDTH, min(TILE_WIDTH, size - start)
    path = tile_path(None, index, width)
    bundle, held = _read_tile(folder, None, index, width)
    try:
        leaves = decode_bundle(bundle)
    except FormatError as error:
        raise ProofError(f"{path} of the served register is cut short") from error
    if len(leaves) != held:
        raise ProofError(f"{path} of the served register holds {len(leaves)} entries, not {held}")
    return [leaf_hash(leaf) for leaf in leaves[:width]]


def _check_level(
    folder: Path, level: int, size: int, hashes: Iterator[bytes], last: dict[tuple[int, int], bytes]
) -> list[bytes]:
    """Compare one level's tiles with the hashes they must hold; return the roots of the full ones."""
    roots = []
    for index, start in enumerate(range(0, size, TILE_WIDTH)):
        width = min(TILE_WIDTH, size - start)
        tile = Accumulator()
        content = b""
        for leaf in islice(hashes, width):
            tile.append(leaf)
            content += leaf
        served, held = _read_tile(folder, level, index, width)
        if len(served) != HASH_SIZE * held or served[: len(content)] != content:
            path = tile_path(level, index, width)
            raise ProofError(f"{path} of the served register is not what the entries below it make")
        if width == TILE_WIDTH:
            roots.append(tile.root())
    last[level, index] = content
    return roots


def _read_tile(folder: Path, level: int | None, index: int, width: int) -> tuple[bytes, int]:
    """Return a tile or bundle and its width: the full one in place of a partial one that is gone."""
    limit = _MAX_BUNDLE if level is None else HASH_SIZE * TILE_WIDTH
    for held in (width, TILE_WIDTH):
        with suppress(OSError):
            return _read(folder / tile_path(level, index, held), limit), held
    raise ProofError(f"{tile_path(level, index, width)} of the served register is missing")


def _served(folder: Path, checkpoint: str) -> int:
    """Return how many entries the folder serves; refuse a checkpoint that would not continue them."""
    old, new = read_head(_read_note(folder)), read_head(checkpoint)
    if old.origin != new.origin or old.size > new.size:
        wanted = f"{new.size} of {new.origin}"
        raise BadValue(f"the folder serves {old.size} entries of {old.origin}; it cannot turn to {wanted}")
    return old.size


def _read_note(folder: Path) -> str:
    # What is not UTF-8 is kept as it is, for the note's own reader to refuse.
    return _read(folder / "checkpoint", MAX_NOTE).decode(errors="surrogateescape")


def _read(path: Path, limit: int) -> bytes:
    """Read a file that must not be longer than ``limit``: one byte more than that is enough to know."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _write_tile(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    if path.exists():
        return
    _write(path, content)
    if path.parent.suffix != ".p":
        shutil.rmtree(path.with_name(path.name + ".p"), ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that its name never stands over half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
