"""Bringing a database up to the newest tables, by Alembic."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Run the migrations that the database has not seen, inside the transaction of ``connection``."""
    script = migrations()
    with EnvironmentContext(
        Config(),
        script,
        fn=lambda revision, _: script._upgrade_revs("head", revision),  # noqa: SLF001 - as Alembic's own command
    ) as environment:
        environment.configure(connection=connection, transaction_per_migration=False)
        environment.run_migrations()


def migrations() -> ScriptDirectory:
    """The migrations, as Alembic finds them in the package."""
    config = Config()
    config.set_main_option("script_location", "reftel.store:migrations")
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)
