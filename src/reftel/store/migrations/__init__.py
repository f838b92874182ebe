"""Alembic migrations of the embedded database; :class:`reftel.store.engine.Store` runs them on opening."""
