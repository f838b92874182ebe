"""The tree under a post's register: RFC 6962 hashing and proofs, over C2SP tlog-tiles tiles.

Leaves are hashed with a zero byte before them and nodes with a one byte, so that no node can pass
for a leaf. A node is named by its height (0 for leaves) and its place counted from the left at
that height; it is *complete* when every leaf below it exists. A tile holds up to 256 neighbours
of one height (0, 8, 16 ...); the nodes between two tile heights are hashed when they are needed.

Sources: RFC 6962 section 2.1, RFC 9162 section 2.1, C2SP tlog-tiles.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from reftel.errors import BadValue, ProofError, StoreDamaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HASH_SIZE: Final = 32
TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of a leaf's data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of a node from the hashes of its two children."""
    return sha256(b"\x01" + left + right).digest()


def _check_path(path: Sequence[bytes]) -> None:
    if any(len(step) != HASH_SIZE for step in path):
        raise ProofError("a proof holds a hash that is not 32 bytes long")


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that ``path`` leads to from a leaf hash.

    ``index`` counts from 0 in a tree of ``size`` leaves; ``path`` runs from the leaf's sibling up
    to a child of the root. Raises :class:`ProofError` when the path cannot belong to that place.
    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise ProofError(f"a proof places leaf {index} in a tree of {size}")
    # Up to the node where the ways to this leaf and to the last leaf part, every height has a
    # sibling; above it only siblings on the left remain.
    inner = (index ^ (size - 1)).bit_length()
    if len(path) != inner + (index >> inner).bit_count():
        raise ProofError(f"a proof for leaf {index} in a tree of {size} cannot have {len(path)} hashes")
    _check_path(path)
    node = leaf
    for height, sibling in enumerate(path):
        if height < inner and not index >> height & 1:
            node = sha256(b"\x01" + node + sibling).digest()
        else:
            node = sha256(b"\x01" + sibling + node).digest()
    return node


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Demand that the leaf hash stands at ``index`` in the tree of ``size`` leaves under ``root``.

    Raises :class:`ProofError` when it does not.
    """
    if root_from_inclusion(leaf, index, size, path) != root:
        raise ProofError(f"the proof for leaf {index} does not lead to the root of the tree of {size}")


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Demand that the tree of ``new_size`` leaves begins with the tree of ``old_size`` leaves.

    Raises :class:`ProofError` when the path does not prove it. Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {new_size} leaves cannot continue one of {old_size}")
    _check_path(path)
    if old_size in (0, new_size):
        known = EMPTY_ROOT if old_size == 0 else new_root
        if path or old_root != known:
            raise ProofError(f"the tree of {new_size} leaves does not continue the one of {old_size}")
        return
    # The walk starts at the highest complete node that ends where the old tree ends.
    start = (old_size & -old_size).bit_length() - 1
    place, last = (old_size - 1) >> start, (new_size - 1) >> start
    steps = list(path)
    if place == 0:
        steps.insert(0, old_root)
    inner = (place ^ last).bit_length()
    if len(steps) != 1 + inner + (place >> inner).bit_count():
        raise ProofError(f"a proof from {old_size} to {new_size} leaves cannot have {len(path)} hashes")
    old = new = steps[0]
    for height, sibling in enumerate(steps[1:]):
        if height < inner and not place >> height & 1:
            new = node_hash(new, sibling)
        else:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
    if old != old_root or new != new_root:
        raise ProofError(f"the tree of {new_size} leaves does not continue the one of {old_size}")


class Accumulator:
    """A tree that keeps only its complete peaks: for reading a register from end to end."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        peaks, size = self._peaks, self.size
        while size & 1:
            leaf = sha256(b"\x01" + peaks.pop() + leaf).digest()
            size >>= 1
        peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the leaves added so far."""
        if not self._peaks:
            return EMPTY_ROOT
        *left, root = self._peaks
        for peak in reversed(left):
            root = node_hash(peak, root)
        return root


class TileTree:
    """A tree whose nodes lie in tiles somewhere else; it lives for one transaction.

    ``size`` is the number of leaves. ``read_tile(level, index)`` returns a tile's content: the
    32-byte hashes at height ``8 * level`` from place ``256 * index`` on, as many as that tree has
    (more do no harm). What was read or appended is remembered, together with the nodes hashed from
    it, until the object goes. A tile with too few hashes raises :class:`StoreDamaged`.
    """

    def __init__(self, size: int, read_tile: Callable[[int, int], bytes]) -> None:
        self.size = size
        self._read_tile = read_tile
        # Per tile nine rows of concatenated hashes: its own, then the nodes above, to its root.
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self._edge_of: tuple[int, list[bytes]] = (0, [])
        self._upper_of: tuple[int, int, list[bytes]] = (-1, -1, [])

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first ``size`` leaves (of all when left out)."""
        size = self._known(size)
        return self._edge(size)[-1] if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the path that proves leaf ``index`` in the tree of the first ``size`` leaves.

        Raises :class:`BadValue` when there is no such leaf.
        """
        size = self._known(size)
        if not 0 <= index < size:
            raise BadValue(f"the register has no leaf {index} among its first {size}")
        tile = index >> TILE_HEIGHT
        if self._upper_of[:2] != (tile, size):
            self._upper_of = (tile, size, self._path(index, size, TILE_HEIGHT, size.bit_length()))
        return self._path(index, size, 0, TILE_HEIGHT) + self._upper_of[2]

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the path that proves the first ``new`` leaves to begin with the first ``old``.

        Raises :class:`BadValue` when the tree has never had these sizes in this order.
        """
        new = self._known(new)
        if not 0 <= old <= new:
            raise BadValue(f"a register of {new} leaves cannot continue one of {old}")
        if old in (0, new):
            return []
        start = (old & -old).bit_length() - 1
        place = (old - 1) >> start
        seed = [self._node(start, place)] if place else []
        return seed + self._path(old - 1, new, start, new.bit_length())

    def append(self, leaf_hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
        """Add leaf hashes; return the tiles that changed, whole, by (level, index)."""
        changed: dict[tuple[int, int], bytes] = {}
        if any(len(leaf) != HASH_SIZE for leaf in leaf_hashes):
            raise BadValue("a leaf hash is 32 bytes long")
        first, new, level = self.size, leaf_hashes, 0
        while new:
            above = []
            at = -(first % TILE_WIDTH)
            for index in range(first >> TILE_HEIGHT, ((first + len(new) - 1) >> TILE_HEIGHT) + 1):
                rows = self._load(level, index, max(0, -at))
                rows[0] += b"".join(new[max(0, at) : at + TILE_WIDTH])
                _hash_rows(rows)
                changed[level, index] = rows[0]
                if rows[TILE_HEIGHT]:
                    above.append(rows[TILE_HEIGHT])
                at += TILE_WIDTH
            first, new, level = first >> TILE_HEIGHT, above, level + 1
        self.size += len(leaf_hashes)
        return changed

    def _known(self, size: int | None) -> int:
        if size is None:
            return self.size
        if not 0 <= size <= self.size:
            raise BadValue(f"the register has {self.size} leaves, not {size}")
        return size

    def _load(self, level: int, index: int, width: int) -> list[bytes]:
        rows = self._tiles.get((level, index))
        if rows is None:
            content = self._read_tile(level, index)[: HASH_SIZE * width] if width else b""
            if len(content) != HASH_SIZE * width:
                held = len(content) // HASH_SIZE
                raise StoreDamaged(f"tile {level}/{index} of the register holds {held} hashes, not {width}")
            rows = self._tiles[level, index] = [content] + [b""] * TILE_HEIGHT
            _hash_rows(rows)
        return rows

    def _node(self, height: int, place: int) -> bytes:
        """Return the hash of a complete node."""
        level, row = height // TILE_HEIGHT, height % TILE_HEIGHT
        index = place >> (TILE_HEIGHT - row)
        rows = self._tiles.get((level, index))
        if rows is None:
            width = min(TILE_WIDTH, (self.size >> level * TILE_HEIGHT) - index * TILE_WIDTH)
            rows = self._load(level, index, width)
        at = HASH_SIZE * (place & ((TILE_WIDTH >> row) - 1))
        return rows[row][at : at + HASH_SIZE]

    def _edge(self, size: int) -> list[bytes]:
        """Return, by height, the hashes of the nodes above the last leaf, up to the root."""
        if self._edge_of[0] != size:
            last = size - 1
            edge = [self._node(0, last)]
            for height in range(last.bit_length()):
                left = last >> height
                edge.append(node_hash(self._node(height, left - 1), edge[-1]) if left & 1 else edge[-1])
            self._edge_of = (size, edge)
        return self._edge_of[1]

    def _path(self, index: int, size: int, low: int, high: int) -> list[bytes]:
        """Return the siblings on the way up from leaf ``index``, at heights from low to below high."""
        path, last, edge = [], size - 1, self._edge(size)
        for height in range(low, min(high, last.bit_length())):
            sibling, end = (index >> height) ^ 1, last >> height
            if sibling < end:
                path.append(self._node(height, sibling))
            elif sibling == end:
                path.append(edge[height])
        return path


def _hash_rows(rows: list[bytes]) -> None:
    """Hash the nodes above a tile's own row that are complete and not there yet."""
    for height in range(1, TILE_HEIGHT + 1):
        below, above = rows[height - 1], rows[height]
        new = [
            sha256(b"\x01" + below[at : at + 2 * HASH_SIZE]).digest()
            for at in range(2 * len(above), len(below) - HASH_SIZE, 2 * HASH_SIZE)
        ]
        if not new:
            return
        rows[height] = above + b"".join(new)
