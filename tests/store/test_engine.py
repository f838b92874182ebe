"""The encrypted database: its key, its transactions, and what the disk's errors become."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from reftel.errors import DiskFailed, DiskFull, DiskReadOnly, NotFound, StoreBusy, StoreDamaged
from reftel.store import tables as t
from reftel.store.engine import Store, disk_errors, execute_many, os_error

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "reftel.db", KEY)
    yield made
    made.close()


def put(store, *entries):
    with store.write() as connection:
        rows = [{"size": size, "note": "a note that must not be seen"} for size in entries]
        execute_many(connection, insert(t.checkpoints), rows)


def sizes(store):
    with store.read() as connection:
        return list(connection.execute(select(t.checkpoints.c.size).order_by("size")).scalars())


def test_the_file_shows_nothing_and_opens_with_its_key_only(store, tmp_path):
    put(store, 1)
    store.close()
    for file in tmp_path.iterdir():
        assert b"SQLite format" not in file.read_bytes()
        assert b"a note" not in file.read_bytes()
    with pytest.raises(StoreDamaged):
        Store(tmp_path / "reftel.db", bytes(32))
    again = Store(tmp_path / "reftel.db", KEY)
    assert sizes(again) == [1]
    again.close()


def test_every_table_is_strict_and_takes_no_null(store):
    with store.read() as connection:
        made = {
            name: (strict, kind)
            for _, name, kind, _, _, strict in connection.execute(text("PRAGMA table_list"))
            if not name.startswith(("sqlite_", "alembic"))
        }
        assert set(made) == set(t.metadata.tables)
        assert {strict for strict, _ in made.values()} == {1}
        for name in made:
            columns = connection.execute(text(f"PRAGMA table_info({name})")).all()
            assert [c[1] for c in columns] == [c.name for c in t.metadata.tables[name].columns], name
            assert all(c[3] == 1 for c in columns), name


def test_what_is_committed_is_on_the_disk_and_the_rest_is_not(store):
    with store.read() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA secure_delete")).scalar() == 1
    put(store, 1)

    def fail(connection):
        connection.execute(insert(t.checkpoints), {"size": 2, "note": ""})
        raise NotFound("something else went wrong")

    with pytest.raises(NotFound), store.write() as connection:
        fail(connection)
    assert sizes(store) == [1]


def test_a_reader_sees_one_moment_while_another_writes(store):
    put(store, 1)
    with store.read() as connection:
        query = select(t.checkpoints.c.size)
        assert connection.execute(query).scalars().all() == [1]
        put(store, 2)
        assert connection.execute(query).scalars().all() == [1]
    assert sizes(store) == [1, 2]


def test_of_two_writers_one_waits_and_says_so(store, tmp_path):
    impatient = Store(tmp_path / "reftel.db", KEY)
    with impatient.read() as connection:
        connection.execute(text("PRAGMA busy_timeout=10"))
    with store.write() as connection:
        connection.execute(insert(t.checkpoints), {"size": 1, "note": ""})
        with pytest.raises(StoreBusy) as refused:
            put(impatient, 2)
        assert refused.value.retryable
    put(impatient, 2)
    assert sizes(store) == [1, 2]
    impatient.close()


def test_many_rows_are_one_statement_that_counts_them(store):
    put(store, 1, 2, 3)
    with store.write() as connection:
        changed = execute_many(
            connection,
            t.checkpoints.update().where(t.checkpoints.c.size == text(":key")).values(note="x"),
            [{"key": 1, "note": "x"}, {"key": 9, "note": "x"}],
        )
    assert changed == 1


def test_a_disk_without_room_is_said_to_be_full_and_loses_nothing(store):
    put(store, 1)
    with store.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    with store.engine.connect() as connection:
        connection.execute(text(f"PRAGMA max_page_count={pages + 1}"))
    with pytest.raises(DiskFull), store.write() as connection:
        execute_many(connection, insert(t.checkpoints), [{"size": 2, "note": "x" * 200_000}])
    assert sizes(store) == [1]


def test_a_file_that_cannot_be_opened_is_said_to_be_so(tmp_path):
    with pytest.raises(DiskReadOnly):
        Store(tmp_path / "nowhere" / "reftel.db", KEY)


def test_a_copy_is_whole_private_and_never_over_another(store, tmp_path):
    put(store, 1, 2)
    copy = tmp_path / "copy.db"
    store.copy_to(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    opened = Store(copy, KEY)
    assert sizes(opened) == [1, 2]
    opened.close()
    with pytest.raises(DiskFailed):
        store.copy_to(copy)


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EROFS, DiskReadOnly),
        (errno.EACCES, DiskReadOnly),
        (errno.EIO, DiskFailed),
    ],
)
def test_what_the_system_says_of_the_disk(number, error):
    told = os_error(OSError(number, "as the system says"), Path("post"))
    assert type(told) is error
    assert "post" in str(told)
    with pytest.raises(error), disk_errors(Path("post")):
        raise OSError(number, "as the system says")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("database or disk is full", DiskFull),
        ("attempt to write a readonly database", DiskReadOnly),
        ("database is locked", StoreBusy),
        ("disk I/O error", DiskFailed),
        ("unable to open database file", DiskReadOnly),
        ("file is not a database", StoreDamaged),
        ("UNIQUE constraint failed: cables.cable", StoreDamaged),
    ],
)
def test_what_the_database_says(said, error):
    with pytest.raises(error) as refused, disk_errors(Path("post/reftel.db")):
        raise DBAPIError("statement", {}, sqlite3.OperationalError(said))
    assert type(refused.value) is error


def test_no_error_quotes_what_was_to_be_written(store):
    """Programs that fail print their errors; keys and texts go to the database as parameters."""
    with pytest.raises(StatementError) as raised, store.write() as connection:
        connection.execute(insert(t.checkpoints), [{"size": 1, "note": "kept secret"}, {"size": 2}])
    assert "kept secret" not in str(raised.value)
