"""Notes, tree heads and cards: both keys or nothing, one form or nothing."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from reftel.cipher import note, radix64
from reftel.cipher.note import PostKey, PostVerifier, Signature, key_id, open_note
from reftel.errors import BadValue, KeyTextError, NoteError

KEY = PostKey.from_seeds("kaesong.example", bytes(range(32)), bytes(range(32, 64)))
PEER = PostKey.generate("beijing.example")
ROOT = hashlib.sha256(b"root").digest()
TEXT = b"kaesong.example\n7\n" + radix64.encode(ROOT, padded=True) + b"\n"
HEAD = ("kaesong.example", 7, ROOT)
NOTE = TEXT + b"\n" + KEY.sign_tree(TEXT, *HEAD, 1_790_000_000)
LABEL = b"reftel/card/v1\x00"


def test_a_tree_head_signed_with_both_keys_verifies():
    body, signatures = open_note(NOTE)
    assert body == TEXT
    assert KEY.verifier.verify_tree(body, *HEAD, signatures) == 1_790_000_000


def test_the_signatures_are_those_of_the_specification():
    _, (ed, mldsa) = open_note(NOTE)
    verifier = KEY.verifier
    named = hashlib.sha256(b"kaesong.example\n\x01" + verifier.ed_public).digest()[:4]
    assert (ed.name, ed.key_id) == ("kaesong.example", named)
    Ed25519PublicKey.from_public_bytes(verifier.ed_public).verify(ed.blob, TEXT)
    assert mldsa.key_id == hashlib.sha256(b"kaesong.example\n\x06" + verifier.mldsa_public).digest()[:4]
    time = (1_790_000_000).to_bytes(8, "big")
    assert mldsa.blob[:8] == time
    signed = (
        b"subtree/v1\n\x00\x0fkaesong.example" + time + b"\x0fkaesong.example" + bytes(15) + b"\x07" + ROOT
    )
    MLDSA44PublicKey.from_public_bytes(verifier.mldsa_public).verify(mldsa.blob[8:], signed)


def test_the_keys_stand_in_lines_of_the_note_specification():
    verifier = KEY.verifier
    for line, kind, public in zip(
        verifier.lines(), (1, 6), (verifier.ed_public, verifier.mldsa_public), strict=True
    ):
        name, named, key = line.split("+", 2)
        assert (name, named) == (KEY.origin, key_id(KEY.origin, kind, public).hex())
        assert radix64.decode(key.encode(), padded=True) == bytes([kind]) + public


def test_one_signature_of_the_two_is_not_enough():
    body, signatures = open_note(NOTE)
    for one in signatures:
        with pytest.raises(NoteError, match="both"):
            KEY.verifier.verify_tree(body, *HEAD, [one])


@pytest.mark.parametrize("which", [0, 1])
def test_one_wrong_signature_of_the_two_is_refused(which):
    body, signatures = open_note(NOTE)
    good = signatures[which]
    bad = Signature(good.name, good.key_id, good.blob[:-1] + bytes([good.blob[-1] ^ 1]))
    with pytest.raises(NoteError, match="is wrong"):
        KEY.verifier.verify_tree(body, *HEAD, [bad if s is good else s for s in signatures])


@pytest.mark.parametrize(
    "head",
    [
        ("kaesong.example/2", 7, ROOT),
        ("kaesong.example", 8, ROOT),
        ("kaesong.example", 7, bytes(32)),
        ("kaesong.example", -1, ROOT),
        ("kaesong.example", 1 << 64, ROOT),
        ("kaesong.example", 7, ROOT[:31]),
        ("", 7, ROOT),
        ("a" * 256, 7, ROOT),
    ],
)
def test_another_head_is_refused(head):
    origin, size, root = head
    _, signatures = open_note(NOTE)
    with pytest.raises(NoteError):
        KEY.verifier.verify_tree(TEXT, origin, size, root, signatures)


def test_another_text_or_post_is_refused():
    _, signatures = open_note(NOTE)
    with pytest.raises(NoteError):
        KEY.verifier.verify_tree(TEXT + b"more\n", *HEAD, signatures)
    with pytest.raises(NoteError):
        PEER.verifier.verify_tree(TEXT, *HEAD, signatures)


def test_a_cut_mldsa_signature_is_refused():
    _, (_, mldsa) = open_note(NOTE)
    for blob in (b"", mldsa.blob[:8], mldsa.blob[:-1]):
        with pytest.raises(NoteError):
            KEY.verifier.verify_cosignature(*HEAD, [Signature(mldsa.name, mldsa.key_id, blob)])


def test_a_peer_cosigns_a_head_and_says_when():
    body, signatures = open_note(NOTE + PEER.cosign(*HEAD, 1_790_000_060))
    assert PEER.verifier.verify_cosignature(*HEAD, signatures) == 1_790_000_060
    assert KEY.verifier.verify_tree(body, *HEAD, signatures) == 1_790_000_000
    with pytest.raises(NoteError):
        PEER.verifier.verify_cosignature("kaesong.example", 8, ROOT, signatures)


@pytest.mark.parametrize("time", [-1, 1 << 64])
def test_a_time_that_does_not_fit_is_not_signed(time):
    with pytest.raises(NoteError):
        KEY.cosign(*HEAD, time)


LINES = NOTE[len(TEXT) + 1 :]
ED_LINE = LINES[: LINES.index(b"\n") + 1]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        TEXT,
        TEXT + b"\n",
        NOTE[:-1],
        NOTE + b"\n",
        TEXT + LINES,
        b"tab\there\n\n" + LINES,
        b"carriage return\r\n\n" + LINES,
        b"zero\x00\n\n" + LINES,
        b"\xff\n\n" + LINES,
        TEXT + b"\n" + ED_LINE + ED_LINE,
        TEXT + b"\n" + ED_LINE.replace(b"\xe2\x80\x94", b"-"),
        TEXT + b"\n" + ED_LINE.replace(b" kaesong", b"  kaesong"),
        TEXT + b"\n" + ED_LINE.replace(b"kaesong.example", b"kaesong+example"),
        TEXT + b"\n" + ED_LINE.replace(b"kaesong.example", "kaesong\u00a0example".encode()),
        TEXT + b"\n" + ED_LINE.replace(b"kaesong.example", b"\xff"),
        TEXT + b"\n" + ED_LINE.replace(b"kaesong.example", b"k" * 256),
        TEXT + b"\n" + ED_LINE[:-1] + b" \n",
        TEXT + b"\n" + ED_LINE[:-1] + b"=\n",
        TEXT + b"\n\xe2\x80\x94 kaesong.example AAAAAB==\n",
        TEXT + b"\n\xe2\x80\x94 kaesong.example AAAAAA==\n",
        TEXT + b"\n\xe2\x80\x94 kaesong.example AAAAA\n",
        b"x" * note.MAX_NOTE + b"\n\n" + LINES,
    ],
)
def test_a_note_in_any_other_form_is_refused(damaged):
    with pytest.raises(NoteError):
        open_note(damaged)


def test_a_note_parts_at_its_last_empty_line():
    body, signatures = open_note(b"one\n\ntwo\n\n" + ED_LINE)
    assert body == b"one\n\ntwo\n"
    assert [signature.line() for signature in signatures] == [ED_LINE]


def test_a_card_is_signed_with_both_keys():
    signatures = KEY.sign(LABEL, b"card")
    KEY.verifier.verify(LABEL, b"card", signatures)
    other = PEER.sign(LABEL, b"card")
    for wrong in ((signatures[0], other[1]), (other[0], signatures[1]), (b"", b"")):
        with pytest.raises(NoteError):
            KEY.verifier.verify(LABEL, b"card", wrong)
    with pytest.raises(NoteError):
        KEY.verifier.verify(LABEL, b"cards", signatures)
    with pytest.raises(NoteError):
        KEY.verifier.verify(b"reftel/cards/v1\x00", b"card", signatures)


@pytest.mark.parametrize(
    "label", [b"", b"reftel/card/v1", b"subtree/v1\n\x00", b"reftel/\x00", b"reftel/a\x00b\x00"]
)
def test_a_label_that_could_pass_for_something_else_is_refused(label):
    with pytest.raises(BadValue):
        KEY.sign(label, b"card")


def test_seeds_bring_the_same_post_back():
    again = PostKey.from_seeds(KEY.origin, *KEY.seeds())
    assert again.verifier.fingerprint() == KEY.verifier.fingerprint()
    again.verifier.verify(LABEL, b"card", KEY.sign(LABEL, b"card"))


def test_a_fingerprint_is_twelve_groups_of_five_and_covers_the_identity():
    verifier = KEY.verifier
    groups = verifier.fingerprint().split(" ")
    assert [len(group) for group in groups] == [5] * 12
    assert "".join(groups).isdecimal()
    prints = {
        verifier.fingerprint(),
        PostVerifier("kaesong.example/2", verifier.ed_public, verifier.mldsa_public).fingerprint(),
        PostVerifier("kaesong.example", PEER.verifier.ed_public, verifier.mldsa_public).fingerprint(),
        PostVerifier("kaesong.example", verifier.ed_public, PEER.verifier.mldsa_public).fingerprint(),
    }
    assert len(prints) == 4


def test_a_fingerprint_never_changes():
    # A release that changed it would break every comparison that people have made.
    assert (
        KEY.verifier.fingerprint()
        == "76674 94717 52030 43133 64042 48072 03072 75091 75387 30234 66061 83035"
    )


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "tab\t", "x" * 256, "nul\x00"])
def test_an_origin_that_cannot_name_a_key_is_refused(origin):
    with pytest.raises(KeyTextError):
        PostKey.generate(origin)


def test_keys_of_a_wrong_size_are_refused():
    ed, mldsa = KEY.verifier.ed_public, KEY.verifier.mldsa_public
    for bad in ((ed[:31], mldsa), (ed, mldsa[:-1]), (b"", b"")):
        with pytest.raises(KeyTextError):
            PostVerifier("kaesong.example", *bad)
    for seeds in ((bytes(31), bytes(32)), (bytes(32), bytes(33))):
        with pytest.raises(KeyTextError):
            PostKey.from_seeds("kaesong.example", *seeds)


def test_no_secret_is_shown():
    assert repr(KEY) == "<PostKey kaesong.example>"
    assert repr(KEY.verifier) == f"<PostVerifier kaesong.example {KEY.verifier.fingerprint()[:11]}>"


def test_a_key_id_depends_on_name_kind_and_key():
    assert len({key_id(n, k, p) for n in "ab" for k in (1, 6) for p in (b"x", b"y")}) == 8
