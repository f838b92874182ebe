"""The wiring: a post is opened with its passphrase, its bearer is a folder; files last or leave nothing."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from reftel.clock import SystemClock
from reftel.errors import BadValue, BearerDown, Locked, NotFound, StoreDamaged
from reftel.files import sync_folder, write_durably
from reftel.house import courier, new_post, open_post

WORDS = "six words drawn by dice"


def test_a_post_is_made_once_and_opened_again(tmp_path):
    folder = tmp_path / "KAESONG"
    made = new_post(folder, "kaesong.example", "KAESONG", WORDS)
    made.close()
    opened = open_post(folder, WORDS)
    assert (opened.origin, opened.name) == ("kaesong.example", "KAESONG")
    assert opened.keys.epochs().keys() == made.keys.epochs().keys()
    opened.close()
    with pytest.raises(Locked):
        open_post(folder, "another passphrase")
    with pytest.raises(BadValue):
        new_post(folder, "kaesong.example", "KAESONG", WORDS)
    with pytest.raises(NotFound):
        open_post(tmp_path / "nowhere", WORDS)
    for path in folder.rglob("*.age"):
        assert path.stat().st_mode & 0o077 == 0
    for file in ("reftel.db", "reftel.db-wal", "reftel.db-shm"):
        (folder / file).unlink(missing_ok=True)
    with pytest.raises(StoreDamaged, match="no database"):
        open_post(folder, WORDS)


def test_a_courier_needs_a_folder(tmp_path):
    assert courier(tmp_path).names() == []
    with pytest.raises(BearerDown):
        courier(tmp_path / "not plugged in")


def test_the_clock_is_the_machines_in_utc():
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_file_is_written_whole_over_what_was_there(tmp_path):
    path = tmp_path / "file"
    write_durably(path, b"first")
    write_durably(path, b"second")
    assert path.read_bytes() == b"second"
    assert path.stat().st_mode & 0o777 == 0o600
    sync_folder(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_durably(path, b"first")

    def fail(_descriptor):
        raise OSError(28, "no room")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no room"):
        write_durably(path, b"second")
    assert path.read_bytes() == b"first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_is_not_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (tmp_path / ".file.part").symlink_to(tmp_path / "elsewhere")
    write_durably(tmp_path / "file", b"ours")
    assert (tmp_path / "file").read_bytes() == b"ours"
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs"
