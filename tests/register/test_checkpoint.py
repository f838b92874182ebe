"""Checkpoints: both signatures, three lines, and nobody else's register."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from reftel.cipher import radix64
from reftel.cipher.note import PostKey
from reftel.errors import NoteError
from reftel.register.checkpoint import (
    Checkpoint,
    Head,
    cosign,
    open_checkpoint,
    read_head,
    sign_checkpoint,
    verify_cosignature,
)
from reftel.register.merkle import EMPTY_ROOT
from tests.register.posts import BEIJING, MOSCOW, TIME

ROOT = bytes(range(32))
NOTE = sign_checkpoint(MOSCOW, 20_852_163, ROOT, TIME)
TEXT, _, LINES = NOTE.partition("\n\n")
ED_LINE, MLDSA_LINE = LINES.splitlines(keepends=True)


def resigned(text: str) -> str:
    """The text with Moscow's own Ed25519 signature over it, and the old ML-DSA-44 one."""
    return text + "\n" + MOSCOW.sign_tree(text.encode(), "moscow.example", 20_852_163, ROOT, TIME).decode()


def test_a_checkpoint_says_what_was_signed() -> None:
    expected = Checkpoint(origin="moscow.example", size=20_852_163, root=ROOT, time=TIME)
    assert open_checkpoint(NOTE, MOSCOW.verifier) == expected
    assert TEXT == "moscow.example\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    assert read_head(NOTE) == Head(origin="moscow.example", size=20_852_163, root=ROOT)


def test_both_signatures_verify_outside_reftel() -> None:
    """What C2SP says is signed, spelled out here by hand and checked with the bare primitives."""
    ed = radix64.decode(ED_LINE.split(" ")[2].strip().encode(), padded=True)
    Ed25519PublicKey.from_public_bytes(MOSCOW.verifier.ed_public).verify(ed[4:], TEXT.encode() + b"\n")
    mldsa = radix64.decode(MLDSA_LINE.split(" ")[2].strip().encode(), padded=True)
    message = (
        b"subtree/v1\n\0"
        b"\x0emoscow.example" + TIME.to_bytes(8, "big") + b"\x0emoscow.example" + bytes(8)
        + (20_852_163).to_bytes(8, "big") + ROOT
    )  # fmt: skip
    assert mldsa[4:12] == TIME.to_bytes(8, "big")
    MLDSA44PublicKey.from_public_bytes(MOSCOW.verifier.mldsa_public).verify(mldsa[12:], message)


def test_one_signature_is_not_enough() -> None:
    for lines in (ED_LINE, MLDSA_LINE):
        with pytest.raises(NoteError):
            open_checkpoint(f"{TEXT}\n\n{lines}", MOSCOW.verifier)


def test_signatures_of_others_are_let_be() -> None:
    other = cosign(NOTE, BEIJING, TIME)
    assert open_checkpoint(f"{TEXT}\n\n{other}{LINES}", MOSCOW.verifier).size == 20_852_163


def test_another_posts_register_is_refused() -> None:
    with pytest.raises(NoteError, match=r"A checkpoint of moscow\.example was given for one of"):
        open_checkpoint(NOTE, BEIJING.verifier)
    theirs = PostKey.from_seeds("moscow.example", bytes(32), bytes(32))
    with pytest.raises(NoteError):
        open_checkpoint(NOTE, theirs.verifier)


def test_a_changed_size_or_root_is_refused() -> None:
    root = radix64.encode(ROOT[::-1], padded=True).decode()
    for text in (TEXT.replace("20852163", "20852164"), TEXT.rpartition("\n")[0] + "\n" + root):
        with pytest.raises(NoteError):
            open_checkpoint(f"{text}\n\n{LINES}", MOSCOW.verifier)
        # Even with a fresh Ed25519 signature the ML-DSA-44 one still refuses it.
        with pytest.raises(NoteError, match="ML-DSA-44"):
            open_checkpoint(resigned(text + "\n"), MOSCOW.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "moscow.example\n20852163\n",
        f"{TEXT}\nan extension line\n",
        f"\n{TEXT}\n",
        f"{TEXT}\n\n",
        TEXT.replace("20852163", "020852163") + "\n",
        TEXT.replace("20852163", "-1") + "\n",
        TEXT.replace("20852163", "٣") + "\n",
        TEXT.replace("20852163", str(1 << 63)) + "\n",
        TEXT.replace("20852163", "9" * 20) + "\n",
        TEXT.replace("20852163", "0") + "\n",
        TEXT.replace("Hh8=", "Hh9=") + "\n",
        TEXT.replace("Hh8=", "Hh8") + "\n",
        TEXT.replace("moscow.example", "m" * 256) + "\n",
        TEXT.replace("moscow", "\ud800") + "\n",
        TEXT.replace("\n", "\r\n") + "\r\n",
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    for note in (f"{text}\n{LINES}", text):
        with pytest.raises(NoteError):
            open_checkpoint(note, MOSCOW.verifier)
        with pytest.raises(NoteError):
            read_head(note)


def test_an_empty_register_has_the_one_empty_root() -> None:
    note = sign_checkpoint(MOSCOW, 0, EMPTY_ROOT, TIME)
    assert open_checkpoint(note, MOSCOW.verifier).root == EMPTY_ROOT


def test_a_cosignature_says_who_saw_the_checkpoint_and_when() -> None:
    line = cosign(NOTE, BEIJING, TIME + 60)
    assert verify_cosignature(NOTE, line, BEIJING.verifier) == TIME + 60


def test_a_cosignature_of_another_checkpoint_or_post_is_refused() -> None:
    line = cosign(NOTE, BEIJING, TIME)
    other = sign_checkpoint(MOSCOW, 20_852_164, ROOT, TIME)
    for note, signature, post in (
        (other, line, BEIJING),
        (NOTE, line, MOSCOW),
        (NOTE, ED_LINE, BEIJING),
        (NOTE, line + line, BEIJING),
        (NOTE, line + MLDSA_LINE, BEIJING),
        (NOTE, "\n" + line, BEIJING),
        (NOTE, line.strip(), BEIJING),
        (NOTE, "", BEIJING),
        (NOTE, f"more\n\n{line}", BEIJING),
        (NOTE, "\udfff", BEIJING),
    ):
        with pytest.raises(NoteError):
            verify_cosignature(note, signature, post.verifier)
