"""`reftel tls` makes what browsers trust once told to, tells how, and shows no key."""

from __future__ import annotations

import re
from pathlib import Path

from reftel.cipher.certificates import facts
from tests.cli.conftest import Desk

NAME = "office.kaesong.example"


def test_it_is_made_shown_renewed_and_replaced_only_when_asked(kaesong: Desk):
    made = kaesong.json("tls", NAME)
    assert made["name"] == NAME
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", made["fingerprint"])
    assert kaesong.json("tls") == made
    assert kaesong.complaint("tls", NAME, code=2)["code"] == "bad-value"
    renewed = kaesong.json("tls", "--renew")
    assert renewed["fingerprint"] == made["fingerprint"]
    replaced = kaesong.json("tls", "--new-authority")
    assert replaced["name"] == NAME
    assert replaced["fingerprint"] != made["fingerprint"]
    kaesong.complaint("tls", NAME, "--renew", code=2)


def test_without_a_name_and_for_an_address_it_says_what_to_give(kaesong: Desk):
    assert "reftel tls" in kaesong.complaint("tls", code=2)["mend"]
    assert "DNS name" in kaesong.complaint("tls", "192.0.2.1", code=2)["mend"]


def test_what_a_visitor_needs_is_written_as_files_that_need_no_server(kaesong: Desk, tmp_path: Path):
    out = tmp_path / "for visitors"
    shown = kaesong.run("tls", NAME, "--out", out).stdout
    assert sorted(path.name for path in out.iterdir()) == [
        "reftel-authority.crt",
        "reftel-authority.pem",
        "trust.html",
    ]
    told = facts((out / "reftel-authority.pem").read_bytes())
    assert told.der == (out / "reftel-authority.crt").read_bytes()
    page = (out / "trust.html").read_text()
    for pairs in (told.fingerprint.split(":")[i : i + 8] for i in range(0, 32, 8)):
        assert " ".join(pairs) in page
        assert " ".join(pairs) in shown
    for word in (
        "Windows",
        "macOS",
        "iPhone",
        "Android",
        "Linux",
        "Firefox",
        'href="reftel-authority.crt"',
        NAME,
    ):
        assert word in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert not any(
        b"PRIVATE" in path.read_bytes() for path in (*out.iterdir(), *kaesong.folder.rglob("tls/*"))
    )
