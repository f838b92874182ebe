"""Whatever bytes come in, only errors of Reftel come out of the register's readers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.errors import PeerError, ReftelError
from reftel.register.checkpoint import cosign, open_checkpoint, read_head, sign_checkpoint, verify_cosignature
from reftel.register.envelope import Envelope, frame, unframe
from reftel.register.merkle import TileTree, leaf_hash, verify_consistency, verify_inclusion
from reftel.register.proof import ForwardingProof, TlogProof
from reftel.register.tiles import decode_bundle, encode_bundle, read_tiles, write_tiles
from tests.register.posts import BEIJING, MOSCOW, TEXT, TIME, forwarding_proof, released

PROOF = forwarding_proof(released())
TLOG = TlogProof(index=70, path=PROOF.path, checkpoint=PROOF.checkpoint, extra=b"extra")
COSIGNATURE = cosign(PROOF.checkpoint, BEIJING, TIME)
ENVELOPE = Envelope(
    record=PROOF.record,
    record_salt=PROOF.record_salt,
    text_salt=PROOF.text_salt,
    index=PROOF.index,
    path=PROOF.path,
    packed=b"packed",
)


def altered(seed: bytes) -> st.SearchStrategy[bytes]:
    """Bytes from nowhere, and the seed with one span of it replaced."""
    assert seed
    place = st.integers(0, len(seed))
    spliced = st.builds(
        lambda start, end, middle: seed[:start] + middle + seed[end:], place, place, st.binary(max_size=40)
    )
    return st.one_of(st.binary(max_size=400), spliced)


def as_text(data: bytes) -> str:
    """Bytes as text in which what is not UTF-8 has become half characters."""
    return data.decode(errors="surrogateescape")


def check_forwarding(data: bytes) -> None:
    proof = ForwardingProof.decode(data)
    assert proof.encode() == data
    proof.verify(TEXT, MOSCOW.verifier)


def check_tlog(data: bytes) -> None:
    proof = TlogProof.decode(as_text(data))
    assert as_text(data) == proof.encode()
    proof.verify(bytes(32), MOSCOW.verifier)


def check_bundle(data: bytes) -> None:
    assert encode_bundle(decode_bundle(data)) == data


def check_frame(data: bytes) -> None:
    assert frame(unframe(data)) == data


READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "head": (PROOF.checkpoint.encode(), lambda data: read_head(as_text(data))),
    "checkpoint": (PROOF.checkpoint.encode(), lambda data: open_checkpoint(as_text(data), MOSCOW.verifier)),
    "cosignature": (
        COSIGNATURE.encode(),
        lambda data: verify_cosignature(PROOF.checkpoint, as_text(data), BEIJING.verifier),
    ),
    "cosigned": (
        PROOF.checkpoint.encode(),
        lambda data: verify_cosignature(as_text(data), COSIGNATURE, BEIJING.verifier),
    ),
    "tlog-proof": (TLOG.encode().encode(), check_tlog),
    "forwarding proof": (PROOF.encode(), check_forwarding),
    "envelope": (frame(ENVELOPE), check_frame),
    "bundle": (encode_bundle([b"leaf", b"", b"another"]), check_bundle),
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_only_a_peers_faults_leave_a_reader(name: str, data: st.DataObject) -> None:
    seed, read = READERS[name]
    with suppress(PeerError):
        read(data.draw(altered(seed)))


@settings(max_examples=150, deadline=None)
@given(
    st.integers(-2, 70) | st.integers(),
    st.integers(-2, 70) | st.integers(),
    st.lists(st.binary(min_size=31, max_size=32), max_size=8),
)
def test_only_a_peers_faults_leave_the_tree(first: int, second: int, path: list[bytes]) -> None:
    with suppress(PeerError):
        verify_inclusion(bytes(32), first, second, path, bytes(32))
    with suppress(PeerError):
        verify_consistency(first, second, bytes(32), bytes(32), path)


TREE = TileTree(0, lambda level, index: b"")
TILES = TREE.append([leaf_hash(b"leaf")] * 90)
SERVED = sign_checkpoint(MOSCOW, 90, TREE.root(), TIME)
FILES = ("checkpoint", "tile/0/000.p/90", "tile/entries/000.p/90")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_only_reftels_errors_leave_a_served_register(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    folder: Path = tmp_path_factory.mktemp("log")
    write_tiles(
        folder,
        SERVED,
        lambda level, index: TILES[level, index],
        lambda start, end: [b"leaf"] * (end - start),
    )
    path = folder / name
    path.write_bytes(data.draw(altered(path.read_bytes())))
    with suppress(ReftelError):
        read_tiles(folder, MOSCOW.verifier)
