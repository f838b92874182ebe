"""Backup and restore: what is in a backup, and what a restored post may do before and after comparing."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from reftel.bearers.base import Bag
from reftel.bearers.courier import Courier
from reftel.cipher.note import PostKey
from reftel.errors import (
    BadValue,
    FormatError,
    Locked,
    NotAllowed,
    NoteError,
    NotFound,
    NotYourRole,
    ReadOnlyPost,
    ReftelError,
    StoreDamaged,
)
from reftel.house import open_post
from reftel.office import arrivals, backup, channels, desk, people, sessions
from reftel.office.audit import audit
from reftel.office.cards import open_card
from reftel.office.office import Office
from reftel.register.log import find_entry, size_of
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    DRAFTER,
    NOW,
    PASSPHRASE,
    RELEASER,
    Post,
    card_of,
    carry,
    introduce,
    letter,
)


def again(post: Post, office: Office) -> Post:
    """The same people at another office."""
    return Post(office=office, clock=post.clock, keys=post.keys)


def bring_back(post: Post, saved: Path, folder: Path) -> Post:
    backup.restore(saved, folder, PASSPHRASE, post.clock.at)
    return again(post, open_post(folder, PASSPHRASE, post.clock))


class TestBackup:
    def test_what_it_holds(self, beijing, tmp_path):
        beijing.release()
        key = beijing.office.folder / "people" / "fedyaev.age"
        key.parent.mkdir(exist_ok=True)
        key.write_bytes(b"a person's key file")
        made = backup.backup(beijing.office, tmp_path / "saved")
        files = {
            p.relative_to(tmp_path / "saved").as_posix()
            for p in (tmp_path / "saved").rglob("*")
            if p.is_file()
        }
        assert files == {"backup.json", "reftel.db", "keys/post.age", "people/fedyaev.age"}
        assert made.entries == beijing.size()
        assert made.origin == "beijing.example"
        assert json.loads((tmp_path / "saved" / "backup.json").read_text())["files"] == made.files

    def test_it_is_encrypted_and_for_its_owner_only(self, beijing, tmp_path):
        beijing.release(letter("Words that must not be seen."))
        backup.backup(beijing.office, tmp_path / "saved")
        database = tmp_path / "saved" / "reftel.db"
        data = database.read_bytes()
        assert b"SQLite format" not in data
        assert b"must not be seen" not in data
        for path in (tmp_path / "saved").rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path

    def test_a_destroyed_text_is_not_in_it(self, beijing, tmp_path):
        entry = beijing.draft()
        desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "not wanted")
        backup.backup(beijing.office, tmp_path / "saved")
        back = bring_back(beijing, tmp_path / "saved", tmp_path / "new")
        (row,) = back.rows(t.texts)
        assert (row.text_key, row.salt, row.sealed) == (b"", b"", b"")
        back.office.close()

    def test_a_folder_that_holds_something(self, beijing, tmp_path):
        (tmp_path / "saved").mkdir()
        (tmp_path / "saved" / "letter").write_text("mine")
        with pytest.raises(BadValue):
            backup.backup(beijing.office, tmp_path / "saved")
        assert (tmp_path / "saved" / "letter").read_text() == "mine"

    def test_what_an_attempt_left_is_cleared(self, beijing, tmp_path):
        (tmp_path / ".saved.part" / "keys").mkdir(parents=True)
        backup.backup(beijing.office, tmp_path / "saved")
        assert not (tmp_path / ".saved.part").exists()

    def test_there_is_nothing_when_it_fails(self, beijing, tmp_path, monkeypatch):
        shutil.rmtree(beijing.office.folder / "keys")
        with pytest.raises(Exception, match=r"post\.age"):
            backup.backup(beijing.office, tmp_path / "saved")
        assert not (tmp_path / "saved").exists()


class TestRestore:
    @pytest.fixture
    def saved(self, beijing, tmp_path):
        beijing.release()
        backup.backup(beijing.office, tmp_path / "saved")
        return tmp_path / "saved"

    def test_it_is_the_post_as_it_was(self, beijing, saved, tmp_path):
        back = bring_back(beijing, saved, tmp_path / "new")
        assert back.size() == beijing.size()
        assert back.office.origin == "beijing.example"
        assert audit(back.office).clean
        assert back.office.keys.epochs() == {}
        back.office.close()

    def test_it_reads_only(self, beijing, saved, tmp_path):
        back = bring_back(beijing, saved, tmp_path / "new")
        size = back.size()
        with pytest.raises(ReadOnlyPost):
            back.draft()
        with pytest.raises(ReadOnlyPost):
            people.rotate(back.office, back.hand(ADMIN))
        with pytest.raises(ReadOnlyPost), back.office.store.write() as connection:
            connection.execute(insert(t.rules))
        back.office.close()
        reopened = again(back, open_post(tmp_path / "new", PASSPHRASE, back.clock))
        with pytest.raises(ReadOnlyPost):
            reopened.draft()
        assert reopened.size() == size
        reopened.office.close()

    def test_no_backup_there(self, tmp_path):
        with pytest.raises(NotFound):
            backup.restore(tmp_path, tmp_path / "new", PASSPHRASE, NOW)

    def test_another_passphrase(self, beijing, saved, tmp_path):
        with pytest.raises(Locked):
            backup.restore(saved, tmp_path / "new", "another passphrase", beijing.clock.at)
        assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize("name", ["reftel.db", "keys/post.age"])
    def test_a_file_that_was_changed(self, beijing, saved, tmp_path, name):
        data = bytearray((saved / name).read_bytes())
        data[100] ^= 1
        (saved / name).write_bytes(data)
        with pytest.raises(StoreDamaged):
            backup.restore(saved, tmp_path / "new", PASSPHRASE, beijing.clock.at)
        assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize("lay", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
    def test_something_else_in_a_files_place(self, beijing, saved, tmp_path, lay):
        """Neither waited for nor read without end."""
        (saved / "reftel.db").unlink()
        lay(saved / "reftel.db")
        with pytest.raises(ReftelError, match=r"reftel\.db"):
            backup.restore(saved, tmp_path / "new", PASSPHRASE, beijing.clock.at)
        assert not (tmp_path / "new").exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"v": 2},
            {"files": {}},
            {"files": {"reftel.db": "x", "keys/post.age": "x", "../outside": "x"}},
            {"files": {"reftel.db": "x", "keys/post.age": "x", "people/../../outside.age": "x"}},
            {"files": {"reftel.db": "x", "keys/post.age": "x", "people/a.age": 7}},
            {"origin": 7},
        ],
    )
    def test_a_list_that_is_not_one(self, beijing, saved, tmp_path, change):
        path = saved / "backup.json"
        value = json.loads(path.read_text()) | change
        path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        with pytest.raises(FormatError):
            backup.restore(saved, tmp_path / "new", PASSPHRASE, beijing.clock.at)

    def test_a_checkpoint_of_another_register(self, beijing, moscow, saved, tmp_path):
        path = saved / "backup.json"
        _, note = moscow.office.register.checkpoint(moscow.office.keys.signing, moscow.clock.at)
        value = json.loads(path.read_text()) | {"checkpoint": note}
        path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        with pytest.raises(NoteError):
            backup.restore(saved, tmp_path / "new", PASSPHRASE, beijing.clock.at)

    def test_a_register_that_is_not_what_was_signed(self, beijing, saved, tmp_path):
        with beijing.office.store.engine.begin() as connection:
            connection.execute(text("UPDATE tiles SET hashes = zeroblob(length(hashes))"))
        beijing.draft()
        beijing.office.store.copy_to(tmp_path / "other.db")
        shutil.copy(tmp_path / "other.db", saved / "reftel.db")
        path = saved / "backup.json"
        value = json.loads(path.read_text())
        value["files"]["reftel.db"] = backup._digest(saved / "reftel.db")
        path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        with pytest.raises(StoreDamaged):
            backup.restore(saved, tmp_path / "new", PASSPHRASE, beijing.clock.at)


class TestNothingLost:
    """Moscow has seen no more of Beijing than the backup holds."""

    @pytest.fixture
    def back(self, beijing, moscow, stick, tmp_path):
        beijing.release()
        carry(beijing, moscow, stick)
        backup.backup(beijing.office, tmp_path / "saved")
        for post in (beijing, moscow):
            post.pass_time(hours=2)
        back = bring_back(beijing, tmp_path / "saved", tmp_path / "new")
        yield back
        back.office.close()

    def test_it_writes_again_with_new_keys(self, back, moscow, tmp_path):
        with back.read() as connection:
            old = open_card(people.own_card(connection, back.office))
        said = backup.statement(moscow.office, "beijing.example")
        compared = backup.compare(back.office, back.hand(ADMIN), [said])
        assert not compared.lost
        assert set(compared.seen) == {"moscow.example"}
        new = open_card(card_of(back))
        assert new.fingerprint == old.fingerprint
        assert new.serial == old.serial + 100
        assert {e.epoch for e in new.epochs} == set(back.office.keys.epochs())
        assert not {e.recipient for e in new.epochs} & {e.recipient for e in old.epochs}
        assert {row.state for row in back.rows(t.epochs) if row.epoch not in back.office.keys.epochs()} == {
            "destroyed"
        }
        assert audit(back.office).clean

    def test_the_peers_go_on_with_it(self, back, moscow, tmp_path):
        backup.compare(back.office, back.hand(ADMIN), [backup.statement(moscow.office, "beijing.example")])
        back.release(letter("We are back."))
        (here,) = carry(back, moscow, tmp_path / "out")
        assert moscow.cable(here).state == "deciphered"
        to = letter().to[0].__class__(post="beijing.example")
        moscow.release(letter("We have your new card.", to=(to,)))
        (there,) = carry(moscow, back, tmp_path / "in")
        assert back.cable(there).origin == "moscow.example"
        people.rotate(back.office, back.hand(ADMIN))
        assert audit(back.office).clean
        assert audit(moscow.office).clean

    def test_an_administrator_compares(self, back, moscow):
        said = backup.statement(moscow.office, "beijing.example")
        with pytest.raises(NotYourRole):
            backup.compare(back.office, back.hand(DRAFTER), [said])
        with pytest.raises(ReadOnlyPost):
            back.draft()

    def test_a_peer_that_was_not_heard(self, back):
        with pytest.raises(NotAllowed, match=r"moscow\.example"):
            backup.compare(back.office, back.hand(ADMIN), [])

    def test_a_statement_older_than_the_restore(self, back, moscow):
        moscow.pass_time(hours=-1)
        with pytest.raises(NoteError, match="older"):
            backup.compare(
                back.office, back.hand(ADMIN), [backup.statement(moscow.office, "beijing.example")]
            )

    def test_a_statement_on_another_post(self, back, moscow, beijing):
        carry_card = backup.statement(beijing.office, "moscow.example")
        with pytest.raises((NoteError, NotFound)):
            backup.compare(back.office, back.hand(ADMIN), [carry_card])

    def test_a_statement_that_was_changed(self, back, moscow):
        said = backup.statement(moscow.office, "beijing.example")
        size = said.split("\n")[1]
        with pytest.raises(NoteError):
            backup.compare(back.office, back.hand(ADMIN), [said.replace(f"\n{size}\n", "\n5\n", 1)])

    def test_a_stranger_s_statement(self, back, moscow):
        said = backup.statement(moscow.office, "beijing.example")
        head, _, _ = said.rpartition("\n\n")
        key = PostKey.generate("kaesong.example")
        line = key.cosign("beijing.example", 1, bytes(32), 1).decode()
        with pytest.raises(NotFound):
            backup.compare(back.office, back.hand(ADMIN), [f"{head}\n\n{line}"])

    def test_a_peer_that_saw_nothing_yet(self, back, beijing, templates, moscow, tmp_path):
        with pytest.raises(NotFound):
            backup.statement(moscow.office, "kaesong.example")

    def test_a_post_that_was_not_restored(self, beijing, moscow):
        with pytest.raises(NotAllowed):
            backup.compare(beijing.office, beijing.hand(ADMIN), [])


def test_a_bag_that_never_arrived(beijing, moscow, stick, tmp_path):
    """A peer that has seen nothing says so, and is heard."""
    beijing.release()
    channels.dispatch(beijing.office, Courier(stick), "moscow.example")
    backup.backup(beijing.office, tmp_path / "saved")
    back = bring_back(beijing, tmp_path / "saved", tmp_path / "new")
    said = backup.statement(moscow.office, "beijing.example")
    assert backup.compare(back.office, back.hand(ADMIN), [said]).seen == {"moscow.example": 0}
    back.draft()
    back.office.close()


class TestWentBack:
    """Moscow has seen more of Beijing than the backup holds."""

    @pytest.fixture
    def back(self, beijing, moscow, stick, tmp_path):
        backup.backup(beijing.office, tmp_path / "saved")
        beijing.release()
        carry(beijing, moscow, stick)
        back = bring_back(beijing, tmp_path / "saved", tmp_path / "new")
        yield back
        back.office.close()

    def test_it_stays_as_it_is(self, back, beijing, moscow):
        said = backup.statement(moscow.office, "beijing.example")
        compared = backup.compare(back.office, back.hand(ADMIN), [said])
        assert compared.lost
        assert compared.seen["moscow.example"] > compared.entries
        with pytest.raises(ReadOnlyPost):
            back.draft()

    def test_a_new_origin_follows_it(self, back, moscow, tmp_path):
        said = backup.statement(moscow.office, "beijing.example")
        key = back.office.folder / "people" / "ivanov.age"
        key.parent.mkdir(exist_ok=True)
        key.write_bytes(b"a person's key file")
        office = backup.new_origin(back.office, tmp_path / "second", PASSPHRASE, [said])
        new = again(back, office)
        assert office.origin == "beijing.example/2"
        assert (tmp_path / "second" / "people" / "ivanov.age").read_bytes() == b"a person's key file"
        with new.read() as connection:
            assert find_entry(connection, 0).decoded.act["continues"] == said
        people.found(office, ADMIN, new.keys[ADMIN])
        for who, roles in (
            (DRAFTER, ("drafter",)),
            (RELEASER, ("releasing officer",)),
            (CIPHER, ("cipher clerk",)),
        ):
            if who == DRAFTER:
                people.switch_rule(
                    office, new.hand(ADMIN), "two-officers", off=True, decision="after the loss"
                )
            person = new.keys[who]
            people.admit(
                office,
                new.hand(ADMIN),
                who,
                roles=roles,
                clearance="SECRET",
                public=person.public,
            )
        introduce(new, moscow)
        assert {row.origin for row in moscow.rows(t.posts)} >= {"beijing.example", "beijing.example/2"}
        new.release(letter("We begin again."))
        (here,) = carry(new, moscow, tmp_path / "out")
        assert moscow.cable(here).origin == "beijing.example/2"
        assert audit(office).clean
        assert audit(moscow.office).clean
        office.close()

    def test_no_peer_was_heard(self, back, tmp_path):
        with pytest.raises(NotAllowed):
            backup.new_origin(back.office, tmp_path / "second", PASSPHRASE, [])

    def test_the_third_origin(self, back, moscow, tmp_path, monkeypatch):
        said = backup.statement(moscow.office, "beijing.example")
        second = backup.new_origin(back.office, tmp_path / "second", PASSPHRASE, [said])
        post = again(back, second)
        people.found(second, ADMIN, post.keys[ADMIN])
        introduce(post, moscow)
        backup.backup(second, tmp_path / "saved-2")
        second.close()
        lost = bring_back(post, tmp_path / "saved-2", tmp_path / "new-2")
        said = backup.statement(moscow.office, "beijing.example/2")
        third = backup.new_origin(lost.office, tmp_path / "third", PASSPHRASE, [said])
        assert third.origin == "beijing.example/3"
        third.close()
        lost.office.close()


def test_a_restored_post_that_wrote_is_caught_by_its_peer(beijing, moscow, stick, tmp_path):
    """What the reading-only rule is for: the peer refuses the second history."""
    backup.backup(beijing.office, tmp_path / "saved")
    beijing.release()
    carry(beijing, moscow, stick)
    back = bring_back(beijing, tmp_path / "saved", tmp_path / "new")
    with back.office.store.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 0")
    back.release(letter("A second history."))
    (tmp_path / "out").mkdir()
    channels.dispatch(back.office, Courier(tmp_path / "out"), "moscow.example")
    (bag,) = Courier(tmp_path / "out").collect()
    assert isinstance(bag, Bag)
    assert arrivals.receive(moscow.office, bag).news == "refused"
    with back.read() as connection:
        assert size_of(connection) > 0
    back.office.close()


def test_nobody_is_signed_in_at_a_restored_post(beijing: Post, tmp_path: Path):
    sessions.begin(beijing.office, ADMIN, "credential")
    backup.backup(beijing.office, tmp_path / "saved")
    backup.restore(tmp_path / "saved", tmp_path / "back", PASSPHRASE, NOW)
    office = open_post(tmp_path / "back", PASSPHRASE)
    with office.store.read() as connection:
        assert connection.execute(select(t.sessions)).all() == []
    office.close()
