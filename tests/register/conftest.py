"""Registers in a database of their own, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reftel.register.log import Register
from reftel.store.engine import Store

KEY = bytes(range(32))


@pytest.fixture
def new_register(tmp_path: Path) -> Iterator[Callable[[str], Register]]:
    """Makes an empty register under a name; the same name again is the same database."""
    stores: list[Store] = []

    def make(name: str = "reftel") -> Register:
        stores.append(Store(tmp_path / f"{name}.db", KEY))
        return Register(stores[-1])

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def register(new_register: Callable[[str], Register]) -> Register:
    """An empty register."""
    return new_register("reftel")
