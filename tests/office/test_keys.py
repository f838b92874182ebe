"""A post's key files: who can open which, and what happens to one that is damaged."""

import pytest

from reftel.cipher.age import encrypt
from reftel.cipher.identity import ScryptRecipient
from reftel.errors import BadValue, Locked, NotFound, StoreDamaged
from reftel.office.keys import (
    create_person_key,
    create_post_keys,
    open_person_key,
    open_post_keys,
    person_file,
)

WORDS = "six words drawn by dice"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return create_post_keys(folder, "beijing.example", WORDS)


def test_a_post_is_opened_with_its_passphrase_only(made):
    again = open_post_keys(made.folder, WORDS)
    assert again.database == made.database
    assert again.signing.seeds() == made.signing.seeds()
    assert again.storage.text() == made.storage.text()
    with pytest.raises(Locked):
        open_post_keys(made.folder, "another passphrase")
    with pytest.raises(BadValue, match="already"):
        create_post_keys(made.folder, "beijing.example", WORDS)
    assert (made.folder / "keys" / "post.age").stat().st_mode & 0o777 == 0o600


def test_nothing_of_the_keys_is_shown(made):
    shown = repr(made) + repr(made.signing) + repr(made.storage)
    assert made.database.hex() not in shown
    assert made.storage.text() not in shown


def test_there_is_no_post(tmp_path):
    with pytest.raises(NotFound):
        open_post_keys(tmp_path, WORDS)


@pytest.mark.parametrize("passphrase", ["", "short"])
def test_a_short_passphrase_is_refused(tmp_path, passphrase):
    with pytest.raises(BadValue):
        create_post_keys(tmp_path, "beijing.example", passphrase)
    with pytest.raises(BadValue):
        create_person_key(tmp_path, "Ivanov", passphrase)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"age-encryption.org/v1\n", b"\x00" * 300])
def test_a_damaged_key_file_is_said_to_be_damaged(tmp_path, content):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "post.age").write_bytes(content)
    with pytest.raises(StoreDamaged):
        open_post_keys(tmp_path, WORDS)


@pytest.mark.parametrize("secret", [b"{}", b"no json", b'{"origin":7}'])
def test_a_key_file_that_holds_something_else_is_damaged(tmp_path, secret):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "post.age").write_bytes(encrypt(secret, [ScryptRecipient(WORDS, 10)]))
    with pytest.raises(StoreDamaged):
        open_post_keys(tmp_path, WORDS)


def test_seeds_of_opening_keys_come_and_go(tmp_path, made):
    keys = made.at(tmp_path)
    (tmp_path / "keys").mkdir()
    first, second = keys.new_epoch("2026-11-22"), keys.new_epoch("2026-12-22")
    assert list(keys.epochs()) == ["2026-12-22", "2026-11-22"]
    fresh = made.at(tmp_path)
    assert {n: i.text() for n, i in fresh.epochs().items()} == {
        "2026-11-22": first.text(),
        "2026-12-22": second.text(),
    }
    keys.destroy_epoch("2026-11-22")
    keys.destroy_epoch("2026-11-22")
    assert list(fresh.epochs()) == list(keys.epochs()) == ["2026-12-22"]
    assert {entry.name for entry in (tmp_path / "keys").iterdir()} == {"epoch-2026-12-22.age"}
    (tmp_path / "keys" / "epoch-2027-01-21.age").write_bytes(b"\x00" * 100)
    with pytest.raises(StoreDamaged):
        keys.epochs()


def test_a_persons_key_is_under_the_persons_own_passphrase(tmp_path):
    key = create_person_key(tmp_path, "Makarov", WORDS)
    assert open_person_key(tmp_path, "Makarov", WORDS).public == key.public
    with pytest.raises(Locked):
        open_person_key(tmp_path, "Makarov", "another passphrase")
    with pytest.raises(BadValue, match="already"):
        create_person_key(tmp_path, "Makarov", WORDS)
    with pytest.raises(NotFound):
        open_person_key(tmp_path, "Zotov", WORDS)
    assert person_file(tmp_path, "Makarov").stat().st_mode & 0o777 == 0o600
    person_file(tmp_path, "Makarov").write_bytes(encrypt(b"7 bytes", [ScryptRecipient(WORDS, 10)]))
    with pytest.raises(StoreDamaged):
        open_person_key(tmp_path, "Makarov", WORDS)


@pytest.mark.parametrize(
    "person", ["Ким Ир Сен", "毛泽东", "../../etc/passwd", "a/b", "O'Neill", "..a", "a\x00b"]
)
def test_a_name_is_safe_as_a_files_name(tmp_path, person):
    path = person_file(tmp_path, person)
    assert path.parent == tmp_path / "people"
    assert path.resolve().parent == (tmp_path / "people").resolve()
    with pytest.raises(NotFound):
        open_person_key(tmp_path, person, WORDS)


@pytest.mark.parametrize("person", ["", ".", "..", "x" * 300, " " * 80])
def test_what_is_no_name_has_no_file(tmp_path, person):
    with pytest.raises(BadValue):
        person_file(tmp_path, person)
