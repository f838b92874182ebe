"""The embedded database: SQLite encrypted at rest, every commit on the disk before it is answered."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias, cast

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import ClauseElement, Connection, Engine, Executable, QueuePool, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from reftel.errors import (
    DiskFailed,
    DiskFull,
    DiskReadOnly,
    ReadOnlyPost,
    ReftelError,
    StoreBusy,
    StoreDamaged,
)

KEY_SIZE = 32
View: TypeAlias = Connection
"""What :meth:`Store.read` gives: one consistent view of the database, to be handed on."""
HEAD = "0003"  # the last of ``migrations``
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA busy_timeout=20000",
    "PRAGMA cache_size=-16384",
    "PRAGMA wal_autocheckpoint=4000",
)


class Store:
    """One post's database file, opened with its raw 32-byte key.

    Raises :class:`StoreDamaged` when the file cannot be read with that key.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self.rehearsal = False
        self._key = key
        # ``module`` makes SQLAlchemy translate sqlcipher's errors; the creator keeps the key out of URLs.
        # An error that quoted its parameters would show keys and texts to whoever reads a traceback.
        self.engine: Engine = create_engine(
            "sqlite://",
            creator=self._connect,
            module=sqlcipher,
            poolclass=QueuePool,
            pool_size=4,
            hide_parameters=True,
        )
        event.listen(self.engine, "begin", _begin)
        with disk_errors(path):
            # SQLite would make it, and what lies beside it, readable by others.
            if path.parent.exists() and not path.exists():
                path.touch(mode=0o600)
            self._migrate()

    def _connect(self) -> Any:
        connection = sqlcipher.connect(str(self.path), isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f"PRAGMA key=\"x'{self._key.hex()}'\"")
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            if _revision(connection) == HEAD:
                return
        from reftel.store.schema import upgrade  # noqa: PLC0415 - Alembic loads slowly and is needed once

        with self.write(restored=True) as connection:
            upgrade(connection)

    @contextmanager
    def write(self, *, restored: bool = False) -> Iterator[Connection]:
        """One transaction that holds the write lock from its start and is on the disk at its end.

        Raises :class:`ReadOnlyPost` while the database bears the mark of a restore, unless
        ``restored`` says that this is known.
        """
        with disk_errors(self.path):
            connection = self.engine.connect().execution_options(reftel_write=True)
            try:
                with connection.begin():
                    if not restored and restored_at(connection):
                        raise ReadOnlyPost("this post was restored from a backup and reads only")
                    yield connection
                    if self.rehearsal:
                        connection.rollback()
            finally:
                connection.close()

    def for_rehearsal(self) -> Store:
        """The same database, in which nothing that is written stays: every transaction is rolled back."""
        other = copy(self)
        other.rehearsal = True
        return other

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing is written."""
        with disk_errors(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    def copy_to(self, path: Path) -> None:
        """Write one consistent copy, under the same key, while others go on; it is on the disk at the end."""
        with disk_errors(path):
            path.touch(mode=0o600, exist_ok=False)
            connection = self._connect()
            try:
                connection.execute("VACUUM INTO ?", (str(path),))
            finally:
                connection.close()
            with path.open("rb") as file:
                os.fsync(file.fileno())

    def close(self) -> None:
        """Let the file go."""
        self.engine.dispose()


def restored_at(connection: Connection) -> int:
    """When this database was restored from a backup, in minutes since 1970; 0 when it may be written."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def mark_restored(connection: Connection, minute: int) -> None:
    """Set or, with 0, lift the mark of a restore: a number in the file's own header, which no copy loses."""
    connection.exec_driver_sql(f"PRAGMA user_version = {minute:d}")


def execute_many(connection: Connection, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> int:
    """Execute one statement for every row of parameters; returns how many rows it changed in all.

    It is compiled once for as long as the program runs, and the parameters, which are text, whole
    numbers and bytes, go to the database as they are: SQLAlchemy's own way costs several times as
    much as the database's work.
    """
    sql, pick = _compiled(statement)
    return connection.exec_driver_sql(sql, [pick(row) for row in rows]).rowcount


@cache
def _compiled(statement: Executable) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    compiled = cast(ClauseElement, statement).compile(dialect=sqlite.dialect())
    names = cast(SQLCompiler, compiled).positiontup or []
    return str(compiled), (itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],))


def _revision(connection: Connection) -> str:
    """The migration that the database stands at; empty for a new one."""
    made = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    if made is None:
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("reftel_write") else "BEGIN")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the disk and the database say into Reftel's errors, naming the folder."""
    try:
        yield
    except DBAPIError as error:
        raise _translate(str(error.orig), path) from error
    except sqlcipher.Error as error:
        raise _translate(str(error), path) from error
    except OSError as error:
        raise os_error(error, path) from error


def os_error(error: OSError, path: Path) -> ReftelError:
    """The Reftel error for an operating system's error at ``path``."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskFull(f"no room left on the disk of {path}")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return DiskReadOnly(f"{path} cannot be written")
    return DiskFailed(f"{path}: {error.strerror or error}")


def _translate(said: str, path: Path) -> ReftelError:
    if "is full" in said:
        return DiskFull(f"no room left on the disk of {path.parent}")
    if "readonly" in said or "read-only" in said:
        return DiskReadOnly(f"{path.parent} cannot be written")
    if "locked" in said or "busy" in said:
        return StoreBusy(f"another process of this post is writing in {path.parent}")
    if "I/O error" in said:
        return DiskFailed(
            f"the disk of {path.parent} failed", mend="Check the disk and do the act again; nothing was lost."
        )
    if "unable to open" in said:
        return DiskReadOnly(f"{path} cannot be opened")
    return StoreDamaged(f"{path} cannot be read: {said}")
