"""The tree: the definitions of RFC 6962, known answers from elsewhere, and every way to lie."""

from __future__ import annotations

from functools import cache, partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.errors import BadValue, ProofError, StoreDamaged
from reftel.register import merkle
from reftel.register.merkle import Accumulator, TileTree, leaf_hash, verify_consistency, verify_inclusion
from tests.register import rfc6962

# The leaves that the implementations of Certificate Transparency test themselves with, and the
# roots and proofs that their authors published.
CT_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CT_CONSISTENCY = {
    (1, 8): CT_INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SIZE = 130
LARGE = 70_000  # the size that tlog-tiles itself uses as its example: three levels of tiles


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(index.to_bytes(4, "big")) for index in range(count)]


def tree_of(hashes: list[bytes]) -> TileTree:
    tree = TileTree(0, no_tile)
    tree.append(hashes)
    return tree


def no_tile(level: int, index: int) -> bytes:
    raise AssertionError(f"tile {level}/{index} was read for nothing")


def tile_in(tiles: dict[tuple[int, int], bytes], level: int, index: int) -> bytes:
    return tiles[level, index]


@cache
def large() -> tuple[list[bytes], dict[tuple[int, int], bytes], list[bytes]]:
    """Leaves, tiles and the root at every size of a large tree."""
    hashes, accumulator = leaves(LARGE), Accumulator()
    roots = [accumulator.root()]
    for leaf in hashes:
        accumulator.append(leaf)
        roots.append(accumulator.root())
    return hashes, TileTree(0, no_tile).append(hashes), roots


def test_known_roots() -> None:
    hashes = [leaf_hash(leaf) for leaf in CT_LEAVES]
    tree, accumulator = tree_of(hashes), Accumulator()
    for size, root in enumerate(CT_ROOTS):
        assert tree.root(size).hex() == root
        assert accumulator.root().hex() == root
        assert accumulator.size == size
        if size < len(hashes):
            accumulator.append(hashes[size])
    assert CT_ROOTS[0] == merkle.EMPTY_ROOT.hex()


def test_known_proofs() -> None:
    tree = tree_of([leaf_hash(leaf) for leaf in CT_LEAVES])
    for (index, size), path in CT_INCLUSION.items():
        assert [step.hex() for step in tree.inclusion(index, size)] == path
    for (old, new), path in CT_CONSISTENCY.items():
        assert [step.hex() for step in tree.consistency(old, new)] == path


def test_every_proof_of_every_tree_to_130_leaves_is_the_rfcs_and_verifies() -> None:
    hashes = leaves(SIZE)
    tree = tree_of(hashes)
    roots = [rfc6962.mth(hashes[:size]) for size in range(SIZE + 1)]
    for size in range(1, SIZE + 1):
        assert tree.root(size) == roots[size]
        for index in range(size):
            path = tree.inclusion(index, size)
            verify_inclusion(hashes[index], index, size, path, roots[size])
            if size in (1, 2, 3, 7, 8, 9, 64, 100, 129, 130):
                assert path == rfc6962.path(index, hashes[:size])
        for old in range(size + 1):
            path = tree.consistency(old, size)
            verify_consistency(old, size, roots[old], roots[size], path)
            if old and size in (1, 2, 3, 7, 8, 9, 64, 100, 129, 130):
                assert path == rfc6962.proof(old, hashes[:size])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_proofs_of_large_trees_from_stored_tiles(data: st.DataObject) -> None:
    hashes, tiles, roots = large()
    size = data.draw(st.integers(1, LARGE))
    tree = TileTree(LARGE, lambda level, index: tiles[level, index])
    assert tree.root(size) == roots[size]
    index = data.draw(st.integers(0, size - 1))
    verify_inclusion(hashes[index], index, size, tree.inclusion(index, size), roots[size])
    old = data.draw(st.integers(0, size))
    verify_consistency(old, size, roots[old], roots[size], tree.consistency(old, size))


def test_neighbours_share_what_was_read() -> None:
    _, tiles, roots = large()
    read: list[tuple[int, int]] = []

    def read_tile(level: int, index: int) -> bytes:
        read.append((level, index))
        return tiles[level, index]

    tree = TileTree(LARGE, read_tile)
    for index in range(300, 500):
        tree.inclusion(index)
    assert tree.root() == roots[LARGE]
    assert len(read) == len(set(read))
    assert len(read) <= 6


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 1200), st.lists(st.integers(0, 700), max_size=5))
def test_appending_in_batches_needs_the_last_tiles_only(start: int, batches: list[int]) -> None:
    hashes, _, roots = large()
    stored = TileTree(0, no_tile).append(hashes[:start])
    size = start
    for batch in batches:
        edge = {key: stored[key] for key in ((0, size >> 8), (1, size >> 16)) if key in stored}
        tree = TileTree(size, partial(tile_in, edge))
        stored |= tree.append(hashes[size : size + batch])
        size += batch
        assert tree.size == size
    assert stored == TileTree(0, no_tile).append(hashes[:size])
    assert TileTree(size, lambda level, index: stored[level, index]).root() == roots[size]


def test_a_tree_goes_on_from_what_it_appended() -> None:
    hashes, tiles, roots = large()
    tree = TileTree(0, no_tile)
    stored: dict[tuple[int, int], bytes] = {}
    for start in range(0, 1000, 100):
        stored |= tree.append(hashes[start : start + 100])
        assert tree.root() == roots[start + 100]
        path = tree.inclusion(start + 7)
        verify_inclusion(hashes[start + 7], start + 7, start + 100, path, tree.root())
    assert stored == TileTree(0, no_tile).append(hashes[:1000])
    assert tree.root(0) == merkle.EMPTY_ROOT
    assert tree.append([]) == {}
    assert stored[0, 0] == tiles[0, 0]


def test_tile_widths_are_those_of_the_tlog_tiles_example() -> None:
    tiles = large()[1]
    widths = {key: len(content) // 32 for key, content in tiles.items()}
    assert len([width for (level, _), width in widths.items() if (level, width) == (0, 256)]) == 273
    assert [widths[key] for key in ((0, 273), (1, 0), (1, 1), (2, 0))] == [112, 256, 17, 1]
    assert len(tiles) == 277


def test_a_tile_that_lacks_hashes_is_damage() -> None:
    _, tiles, _ = large()
    tree = TileTree(300, lambda level, index: tiles[level, index][:96])
    with pytest.raises(StoreDamaged, match="tile 0/1 of the register holds 3 hashes, not 44"):
        tree.root()


def test_what_a_tree_has_never_had_is_refused() -> None:
    tree = tree_of(leaves(5))
    for size in (-1, 6):
        with pytest.raises(BadValue):
            tree.root(size)
    for index, size in ((-1, 5), (5, 5), (0, 0), (3, 3)):
        with pytest.raises(BadValue):
            tree.inclusion(index, size)
    for old, new in ((-1, 5), (4, 3), (6, None)):
        with pytest.raises(BadValue):
            tree.consistency(old, new)
    with pytest.raises(BadValue):
        tree.append([b"short"])
    assert tree.size == 5


def flipped(hashes: list[bytes], at: int) -> list[bytes]:
    return [*hashes[:at], bytes([hashes[at][0] ^ 1]) + hashes[at][1:], *hashes[at + 1 :]]


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 33])
def test_no_altered_inclusion_proof_verifies(size: int) -> None:
    hashes = leaves(size)
    tree = tree_of(hashes)
    root = tree.root()
    for index in range(size):
        path, leaf = tree.inclusion(index), hashes[index]
        wrong = [
            *((leaf, index, size, flipped(path, at), root) for at in range(len(path))),
            *((leaf, index, size, path[:at] + path[at + 1 :], root) for at in range(len(path))),
            *((leaf, other, size, path, root) for other in range(-1, size + 2) if other != index),
            (leaf, index, size, [*path, root], root),
            (leaf, index, size, [root, *path], root),
            (leaf, index, size, [*path[:-1], b"short"] if path else [b""], root),
            (leaf, index, size, path, flipped([root], 0)[0]),
            (flipped([leaf], 0)[0], index, size, path, root),
        ]
        for case in wrong:
            with pytest.raises(ProofError):
                verify_inclusion(*case)


def test_a_node_never_passes_for_a_leaf() -> None:
    hashes = leaves(4)
    tree = tree_of(hashes)
    with pytest.raises(ProofError):
        verify_inclusion(leaf_hash(hashes[0] + hashes[1]), 0, 2, tree.inclusion(0)[1:], tree.root())


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 33])
def test_no_altered_consistency_proof_verifies(size: int) -> None:
    tree = tree_of(leaves(size))
    new_root = tree.root()
    for old in range(size + 1):
        path, old_root = tree.consistency(old), tree.root(old)
        wrong = [
            *((old, size, old_root, new_root, flipped(path, at)) for at in range(len(path))),
            *((old, size, old_root, new_root, path[:at] + path[at + 1 :]) for at in range(len(path))),
            (old, size, old_root, new_root, [*path, new_root]),
            (old, size, old_root, new_root, [new_root, *path]),
            (old, size, old_root, new_root, [*path[:-1], b"short"]),
            (old, size, flipped([old_root], 0)[0], new_root, path),
            (size + 1, size, old_root, new_root, path),
            (-1, size, old_root, new_root, path),
        ]
        if old:
            wrong.append((old, size, old_root, flipped([new_root], 0)[0], path))
        for case in wrong:
            with pytest.raises(ProofError):
                verify_consistency(*case)


def test_a_rewritten_tree_is_not_consistent() -> None:
    hashes = leaves(20)
    ours, theirs = tree_of(hashes), tree_of(flipped(hashes, 3))
    for old in range(4, 20):
        with pytest.raises(ProofError):
            verify_consistency(old, 20, ours.root(old), theirs.root(), theirs.consistency(old))
