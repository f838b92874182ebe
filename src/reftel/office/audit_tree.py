"""The audit's first part: the tree from its records up, and the checkpoints signed over it.

Every entry's leaf is made again from record and salt, every tile from the leaves, and every
checkpoint's root from the tree. Where two disagree the walk goes on with what is stored, so that
one change is named where it is and does not drown the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from reftel.cipher.commitment import record_leaf
from reftel.cipher.note import PostVerifier
from reftel.errors import CommitmentError, NoteError
from reftel.office.findings import Findings, RowPlace
from reftel.register.checkpoint import open_checkpoint
from reftel.register.log import size_of, tile_id
from reftel.register.merkle import HASH_SIZE, TILE_WIDTH, Accumulator, leaf_hash
from reftel.register.tiles import tiles_of
from reftel.store import tables as t

CHUNK = 1024


class EntryRow(NamedTuple):
    """One row of ``entries``."""

    entry: int
    record: bytes
    salt: bytes
    leaf: bytes


def chunks(connection: Connection, size: int) -> Iterator[tuple[int, list[EntryRow]]]:
    """The entries in order, ``CHUNK`` at a time: where each chunk ends, and its rows."""
    for start in range(0, size, CHUNK):
        end = min(start + CHUNK, size)
        span = (t.entries.c.entry >= start) & (t.entries.c.entry < end)
        # As the driver gives them: SQLAlchemy's own rows would cost a third of the walk.
        cursor: Any = connection.execute(select(t.entries).where(span).order_by(t.entries.c.entry)).cursor
        yield end, [EntryRow._make(row) for row in cursor.fetchall()]


def check_tree(
    connection: Connection, findings: Findings, progress: Callable[[int, int], None]
) -> dict[int, bytes]:
    """Make the tree again; returns the root at each size that a checkpoint was signed for, and at the end."""
    size = _size(connection)
    signed = set(connection.execute(select(t.checkpoints.c.size)).scalars())
    roots: dict[int, bytes] = {}
    whole, tiles = Accumulator(), _Tiles(connection, findings)
    for end, rows in chunks(connection, size):
        held = {row.entry: row for row in rows}
        for entry in range(whole.size, end):
            leaf = _leaf(entry, held.get(entry), tiles, findings)
            whole.append(leaf)
            tiles.append(leaf)
            if entry + 1 in signed:
                roots[entry + 1] = whole.root()
        progress(end, size)
    tiles.finish(size)
    outside = (t.entries.c.entry < 0) | (t.entries.c.entry >= size)
    for entry in connection.execute(select(t.entries.c.entry).where(outside)).scalars():
        sentence = f"entry {entry} stands outside the register, which has {size} entries from 0 on"
        findings.failure("entry added", sentence, entry=entry, table="entries", key=str(entry))
    roots[size] = whole.root()
    return roots


def _size(connection: Connection) -> int:
    """How long the register is: to its last entry, unless that is far beyond both tiles and entries."""
    lowest = t.tiles.c.tile < tile_id(1, 0)
    query = select(t.tiles.c.tile, func.length(t.tiles.c.hashes)).where(lowest)
    held = connection.execute(query.order_by(t.tiles.c.tile)).all()
    tile, width = held[-1] if held else (0, 0)
    tiled = min(tile, len(held)) * TILE_WIDTH + width // HASH_SIZE
    count = connection.execute(select(func.count()).select_from(t.entries)).scalar_one()
    return min(size_of(connection), max(tiled, count))


def _leaf(entry: int, row: EntryRow | None, tiles: _Tiles, findings: Findings) -> bytes:
    if row is None:
        sentence = f"entry {entry} of the register is missing"
        findings.failure("entry missing", sentence, entry=entry, table="entries", key=str(entry))
        return tiles.stored(entry)
    try:
        leaf = leaf_hash(record_leaf(row.salt, row.record))
    except CommitmentError:
        leaf = b""
    if leaf == row.leaf:
        return leaf
    sentence = f"the record of entry {entry} is not the one that its leaf commits to"
    findings.failure("record changed", sentence, entry=entry, table="entries", key=str(entry))
    return row.leaf if len(row.leaf) == HASH_SIZE else tiles.stored(entry)


class _Tiles:
    """Tiles made again from below, each compared with the stored one when it is full."""

    def __init__(self, connection: Connection, findings: Findings) -> None:
        self._connection = connection
        self._findings = findings
        self._levels: list[tuple[list[bytes], int]] = []
        self._last: tuple[int, bytes] = (-1, b"")

    def stored(self, entry: int) -> bytes:
        """The leaf of an entry as its tile has it."""
        at = HASH_SIZE * (entry % TILE_WIDTH)
        return self._read(0, entry // TILE_WIDTH)[at : at + HASH_SIZE].ljust(HASH_SIZE, b"\0")

    def append(self, leaf: bytes, level: int = 0) -> None:
        """Add a leaf, or the root of a full tile one level below."""
        if level == len(self._levels):
            self._levels.append(([], 0))
        hashes, index = self._levels[level]
        hashes.append(leaf)
        if len(hashes) == TILE_WIDTH:
            self._compare(level, index, hashes)
            tile = Accumulator()
            for one in hashes:
                tile.append(one)
            self._levels[level] = ([], index + 1)
            self.append(tile.root(), level + 1)

    def finish(self, size: int) -> None:
        """Compare the tiles at the edge, and name those that no tree of this size has."""
        for level, (hashes, index) in enumerate(self._levels):
            if hashes:
                self._compare(level, index, hashes)
        count = self._connection.execute(select(func.count()).select_from(t.tiles)).scalar_one()
        expected = {tile_id(level, index) for level, index, _ in tiles_of(size)}
        if count != len(expected):
            for tile in self._connection.execute(select(t.tiles.c.tile)).scalars():
                if tile not in expected:
                    sentence = f"the tile row {tile} belongs to no register of {size} entries"
                    self._findings.failure("row added", sentence, table="tiles", key=str(tile))

    def _compare(self, level: int, index: int, hashes: list[bytes]) -> None:
        stored = self._read(level, index)
        if stored == b"".join(hashes):
            return
        where: RowPlace = {"table": "tiles", "key": str(tile_id(level, index))}
        wrong = [n for n, one in enumerate(hashes) if stored[HASH_SIZE * n : HASH_SIZE * (n + 1)] != one]
        name = f"tile {level}/{index}"
        if not stored:
            self._findings.failure("tile changed", f"{name} of the register is missing", **where)
        elif not wrong:
            extra = len(stored) // HASH_SIZE - len(hashes)
            sentence = f"{name} goes on for {extra} hashes where the register ends: entries were removed"
            self._findings.failure("entry missing", sentence, **where)
        elif level == 0:
            entry = index * TILE_WIDTH + wrong[0]
            sentence = f"{name} does not hold the leaf of entry {entry}: one of them was changed"
            self._findings.failure("tile changed", sentence, entry=entry, **where)
        else:
            sentence = f"{name} is not what the tiles below it make, from place {wrong[0]} on"
            self._findings.failure("tile changed", sentence, **where)

    def _read(self, level: int, index: int) -> bytes:
        tile = tile_id(level, index)
        if self._last[0] != tile:
            query = select(t.tiles.c.hashes).where(t.tiles.c.tile == tile)
            self._last = (tile, self._connection.execute(query).scalar() or b"")
        return self._last[1]


def check_checkpoints(
    connection: Connection,
    verifier: PostVerifier,
    roots: dict[int, bytes],
    findings: Findings,
    progress: Callable[[int, int], None],
) -> int:
    """Demand both signatures on every checkpoint, and that it is of this very tree; returns how many."""
    rows = connection.execute(select(t.checkpoints).order_by(t.checkpoints.c.size)).all()
    size, good = max(roots), 0
    for n, row in enumerate(rows, 1):
        where: RowPlace = {"table": "checkpoints", "key": str(row.size)}
        try:
            checkpoint = open_checkpoint(row.note, verifier)
        except NoteError as error:
            sentence = f"the checkpoint over {row.size} entries is not signed by this post: {error.sentence}"
            findings.failure("checkpoint changed", sentence, **where)
            continue
        if checkpoint.size != row.size:
            sentence = f"the checkpoint kept for {row.size} entries is one of {checkpoint.size}"
            findings.failure("checkpoint changed", sentence, **where)
        elif row.size > size:
            missing = f"entries {size} to {row.size - 1} are missing"
            sentence = f"this post signed {row.size} entries and holds {size}: {missing}"
            findings.failure("entry missing", sentence, entry=size, **where)
        elif checkpoint.root != roots[row.size]:
            sentence = (
                f"the first {row.size} entries are not those that this post signed: "
                f"something from entry {good} to {row.size - 1} was changed, or the checkpoint was replaced"
            )
            findings.failure("checkpoint changed", sentence, entry=good, **where)
        else:
            good = row.size
        progress(n, len(rows))
    if good < size:
        sentence = f"entries {good} to {size - 1} are under no checkpoint of this post yet"
        findings.note("not signed yet", sentence, entry=good)
    return len(rows)
