"""Proofs that travel: tlog-proof as C2SP has it, and the proof of a carried telegram."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cipher import radix64
from reftel.cipher.commitment import record_leaf
from reftel.errors import BadValue, CommitmentError, FormatError, NoteError, ProofError, ReftelError
from reftel.register.merkle import leaf_hash
from reftel.register.proof import MAX_PROOF, ForwardingProof, TlogProof
from tests.register.posts import (
    BEIJING,
    MOSCOW,
    RECORD_SALT,
    TEXT,
    TIME,
    forwarding_proof,
    record_of,
    released,
)

PROOF = forwarding_proof(released())
TLOG = TlogProof(index=70, path=PROOF.path, checkpoint=PROOF.checkpoint)
LEAF = leaf_hash(record_leaf(RECORD_SALT, PROOF.record))
HASH = st.binary(min_size=32, max_size=32)


def test_a_tlog_proof_has_the_lines_of_c2sp() -> None:
    lines = replace(TLOG, extra=b"extra").encode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZXh0cmE=", "index 70"]
    assert lines[3:9] == [radix64.encode(step, padded=True).decode() for step in PROOF.path[:6]]
    assert lines[3 + len(PROOF.path) :][:3] == ["", "moscow.example", "90"]
    assert "extra" not in TLOG.encode()


def test_a_tlog_proof_verifies() -> None:
    checkpoint = TlogProof.decode(TLOG.encode()).verify(LEAF, MOSCOW.verifier)
    assert (checkpoint.origin, checkpoint.size, checkpoint.time) == ("moscow.example", 90, TIME)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, (1 << 63) - 1), st.lists(HASH, max_size=63), st.binary(max_size=200))
def test_a_tlog_proof_is_read_as_it_was_written(index: int, path: list[bytes], extra: bytes) -> None:
    proof = TlogProof(index=index, path=tuple(path), checkpoint=PROOF.checkpoint, extra=extra)
    assert TlogProof.decode(proof.encode()) == proof


TLOG_TEXT = TLOG.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "c2sp.org/tlog-proof@v1",
        "c2sp.org/tlog-proof@v1\nextra ZXh0cmE=",
        TLOG_TEXT.replace("@v1", "@v2"),
        TLOG_TEXT.replace("index 70", "index 070"),
        TLOG_TEXT.replace("index 70", "index -7"),
        TLOG_TEXT.replace("index 70", "index ٧"),
        TLOG_TEXT.replace("index 70", "Index 70"),
        TLOG_TEXT.replace("index 70", "index " + "9" * 20),
        TLOG_TEXT.replace("index 70\n", ""),
        TLOG_TEXT.replace("index 70", "extra \nindex 70"),
        TLOG_TEXT.replace("index 70", "extra !\nindex 70"),
        TLOG_TEXT.replace("index 70", "extra \ud800\nindex 70"),
        TLOG_TEXT.replace("index 70", "index 70\nAAAA"),
        TLOG_TEXT.replace("index 70", "index 70" + "\n" + "A" * 43 + "="),
        TLOG_TEXT.replace("index 70", "index 70" + ("\n" + "A" * 43 + "=") * 60),
        TLOG_TEXT.replace("\n", "\r\n"),
        TLOG_TEXT.replace("\n\nmoscow", "\nmoscow"),
        TLOG_TEXT[:60],
        TLOG_TEXT + " " * MAX_PROOF,
        "\n" + TLOG_TEXT,
    ],
)
def test_any_other_tlog_proof_is_refused(text: str) -> None:
    with pytest.raises((FormatError, NoteError, ProofError)):
        TlogProof.decode(text).verify(LEAF, MOSCOW.verifier)


def test_a_tlog_proof_of_another_leaf_is_refused() -> None:
    with pytest.raises(ProofError):
        TLOG.verify(leaf_hash(b"another"), MOSCOW.verifier)
    with pytest.raises(NoteError):
        TLOG.verify(LEAF, BEIJING.verifier)


def test_a_carried_telegram_is_proved_to_a_stranger() -> None:
    carried = ForwardingProof.decode(PROOF.encode())
    assert carried == PROOF
    assert carried.origin == "moscow.example"
    record = carried.verify(TEXT, MOSCOW.verifier)
    assert record.act["to"] == ["beijing.example"]
    assert record.kind == "released"


def test_a_forwarding_proof_can_stand_in_mail() -> None:
    data = PROOF.encode()
    assert data.isascii()
    assert data.endswith(b"\r\n")
    assert all(len(line) <= 76 for line in data[:-2].split(b"\r\n"))
    # It is a plain tlog-proof inside, for any tool that reads those.
    text = radix64.decode(data.replace(b"\r\n", b""), padded=True).decode()
    assert TlogProof.decode(text).verify(LEAF, MOSCOW.verifier).size == 90


def test_another_text_is_not_proved() -> None:
    for text in (TEXT + b" ", TEXT.replace(b"\r\n", b"\n"), b""):
        with pytest.raises(CommitmentError):
            PROOF.verify(text, MOSCOW.verifier)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"record": released(b"another text")}, ProofError),
        ({"record_salt": bytes(32)}, ProofError),
        ({"record_salt": b""}, CommitmentError),
        ({"text_salt": bytes(32)}, CommitmentError),
        ({"index": 71}, ProofError),
        ({"index": 90}, ProofError),
        ({"path": PROOF.path[:-1]}, ProofError),
        ({"path": ()}, ProofError),
        ({"checkpoint": PROOF.checkpoint.replace("\n90\n", "\n91\n")}, NoteError),
        ({"checkpoint": ""}, NoteError),
    ],
)
def test_no_part_can_be_exchanged(change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        replace(PROOF, **change).verify(TEXT, MOSCOW.verifier)


def test_another_posts_key_proves_nothing() -> None:
    with pytest.raises(NoteError):
        PROOF.verify(TEXT, BEIJING.verifier)


@pytest.mark.parametrize(
    ("record", "error"),
    [
        (b"not a record", FormatError),
        (record_of({"kind": "arrived"}), CommitmentError),
        (record_of({"kind": "released", "text": 7}), CommitmentError),
        (record_of({"kind": "released", "text": "AAAA"}), FormatError),
    ],
)
def test_a_record_without_a_commitment_proves_no_text(record: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        forwarding_proof(record).verify(TEXT, MOSCOW.verifier)


def test_what_is_in_no_tree_of_one_or_two_leaves_is_refused() -> None:
    alone = forwarding_proof(released(), index=0, size=1)
    assert alone.path == ()
    assert ForwardingProof.decode(alone.encode()) == alone
    assert alone.verify(TEXT, MOSCOW.verifier).kind == "released"


DATA = PROOF.encode()


def wrapped(proof: TlogProof) -> bytes:
    """A tlog-proof as a mail part carries it."""
    body = radix64.encode(proof.encode().encode(), padded=True)
    return b"".join(body[at : at + 76] + b"\r\n" for at in range(0, len(body), 76))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        DATA[:-2],
        DATA + b"\r\n",
        DATA.replace(b"\r\n", b"\n"),
        DATA.replace(b"\r\n", b""),
        DATA[:76] + DATA[78:],
        DATA[:-80],
        b"\xff" + DATA,
        b"A" * (2 * MAX_PROOF + 1),
        b"/////w==\r\n",
        wrapped(TLOG),
        wrapped(replace(TLOG, extra=b"\x02" + bytes(64) + PROOF.record)),
        wrapped(replace(TLOG, extra=b"\x01" + bytes(63))),
        wrapped(replace(TLOG, extra=b"\x01" + bytes(64 + 65_537))),
    ],
)
def test_any_other_forwarding_proof_is_refused(data: bytes) -> None:
    with pytest.raises(ReftelError) as caught:
        ForwardingProof.decode(data)
    assert caught.type is FormatError


def test_a_proof_with_parts_of_the_wrong_length_is_not_written() -> None:
    for wrong in (
        replace(PROOF, record_salt=b""),
        replace(PROOF, text_salt=bytes(31)),
        replace(PROOF, record=bytes(65_537)),
    ):
        with pytest.raises(BadValue):
            wrong.encode()
