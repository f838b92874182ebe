"""The tables that a new database gets are those that the code names, once and whole."""

from __future__ import annotations

from sqlalchemy import inspect

from reftel.store import tables as t
from reftel.store.engine import HEAD, Store
from reftel.store.schema import migrations


def test_the_revision_that_the_engine_waits_for_is_the_last_one():
    assert migrations().get_current_head() == HEAD


def test_a_database_made_by_the_migrations_has_every_table_and_column(tmp_path):
    store = Store(tmp_path / "reftel.db", bytes(32))
    found = inspect(store.engine)
    made = {
        name: [column["name"] for column in found.get_columns(name)]
        for name in found.get_table_names()
        if name != "alembic_version"
    }
    assert made == {name: [c.name for c in table.columns] for name, table in t.metadata.tables.items()}
    store.close()


def test_a_database_that_is_up_to_date_is_opened_without_alembic(tmp_path, monkeypatch):
    Store(tmp_path / "reftel.db", bytes(32)).close()
    monkeypatch.setattr("reftel.store.schema.upgrade", lambda _: 1 / 0)
    store = Store(tmp_path / "reftel.db", bytes(32))
    with store.read() as connection:
        assert connection.exec_driver_sql("select version_num from alembic_version").scalar() == HEAD
    store.close()
