"""Audit, backup and restore as somebody does them who has to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reftel.house import open_post
from tests.cli.conftest import CHIEF, WORDS, Desk
from tests.cli.posts import OH, Link, by, link, linked

__all__ = ["link", "linked"]


def test_an_audit_is_clean_until_a_row_is_edited_and_then_names_it(kaesong: Desk):
    assert kaesong.json("audit")["clean"]
    assert "clean" in kaesong.run("audit").stdout
    office = open_post(kaesong.folder, WORDS)
    with office.store.write() as connection:
        connection.exec_driver_sql("update people set clearance = 'SECRET'")
    office.close()
    report = json.loads(kaesong.run("audit", "--json", code=1).stdout)
    (finding,) = [f for f in report["findings"] if f["level"] == "failure"]
    assert (finding["table"], finding["column"]) == ("people", "clearance")
    assert CHIEF in finding["key"]
    assert "FAILURE" in kaesong.run("audit", code=1).stdout


@pytest.fixture
def words(link: Link, tmp_path: Path) -> Path:
    return tmp_path / "beijing.note"


def asked(link: Link, words: Path) -> Path:
    """BEIJING's word on KAESONG's register."""
    words.write_text(link.beijing.run("register", "checkpoint", "--of", "KAESONG").stdout)
    return words


def restored(link: Link, saved: Path, folder: Path) -> Desk:
    """KAESONG, brought back into another folder."""
    desk = Desk(folder, "KAESONG", link.kaesong.env | {"REFTEL_POST": str(folder)})
    assert desk.json("restore", "--from", saved)["origin"] == "kaesong.example"
    assert desk.complaint("people", "depart", OH, code=2)["code"] == "read-only-post"
    return desk


def test_a_post_that_lost_nothing_goes_on_after_its_restore(link: Link, words, tmp_path):
    link.received()
    link.kaesong.run("backup", tmp_path / "saved")
    desk = restored(link, tmp_path / "saved", tmp_path / "again")
    assert desk.json("restore", "--compare", asked(link, words))["lost"] is False
    desk.run("people", "depart", OH)
    assert desk.json("audit")["clean"]


def test_a_post_that_lost_entries_is_followed_by_another(link: Link, words, tmp_path):
    link.kaesong.run("backup", tmp_path / "saved")
    link.received()
    desk = restored(link, tmp_path / "saved", tmp_path / "again")
    result = desk.run("restore", "--compare", asked(link, words), code=1)
    assert "Entries were lost" in result.stdout
    assert desk.complaint("people", "depart", OH, code=2)["code"] == "read-only-post"
    follow = ("restore", "--compare", words, "--new-origin", tmp_path / "next")
    new = ("--new-passphrase-file", str(desk.env["REFTEL_PASSPHRASE_FILE"]))
    assert desk.complaint(*follow, *new, *by(OH), code=2)["code"] == "bad-value"
    assert desk.json(*follow, *new)["origin"] == "kaesong.example/2"
    next_desk = Desk(tmp_path / "next", "KAESONG", desk.env | {"REFTEL_POST": str(tmp_path / "next")})
    next_desk.run("people", "admit", OH, "--role", "cipher clerk")
    assert next_desk.json("audit")["clean"]


def test_the_steps_of_a_restore_are_done_one_at_a_time(kaesong: Desk, tmp_path):
    (tmp_path / "saved").mkdir()
    for words in ((), ("--from", tmp_path / "saved", "--new-origin", tmp_path / "next")):
        assert kaesong.complaint("restore", *words, code=2)["code"] == "bad-value"
    assert kaesong.complaint("restore", "--from", tmp_path / "saved", code=2)["code"] == "not-found"


def test_a_word_on_a_stranger_is_not_given(kaesong: Desk):
    assert kaesong.complaint("register", "checkpoint", "--of", "OMSK", code=2)["code"] == "not-found"
