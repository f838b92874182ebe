"""docs/glossary.md has a place for every role, rule, state and kind of record, and what it names exists."""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module

from reftel.cable.lifecycle import TABLES
from reftel.cable.model import Cable
from reftel.docket.lifecycle import TABLES as ITEMS
from reftel.office.office import RULES
from reftel.office.roles import ROLES
from reftel.register.projections import KINDS
from tests.docs.pages import read, rows, section

PAGE = read("glossary.md")
NAME = re.compile(r"`((?:bearers|cable|cipher|docket|office|register)\.[a-z_]+(?:\.\w+)*)`")


def column(heading: str, place: int = 0) -> set[str]:
    return {row[place] for row in rows(section(PAGE, heading))}


def test_every_role_rule_and_kind_has_a_line_and_no_other():
    assert column("Roles") == set(ROLES)
    assert {row[0]: row[1] for row in rows(section(PAGE, "Rules"))} == RULES
    assert column("Kinds of record") == KINDS


def test_every_state_has_a_line():
    assert column("States", 1) == {state for table in TABLES.values() for state, _ in table} | {
        state for table in TABLES.values() for state in table.values()
    }


def test_every_state_of_an_item_has_a_line():
    assert column("States of items", 1) == {state for table in ITEMS.values() for state in table.values()} - {
        "new"
    }


def test_every_place_in_the_code_exists():
    names = NAME.findall(PAGE)
    assert len(names) > 30
    for name in names:
        room, module, *rest = name.split(".")
        reduce(getattr, rest, import_module(f"reftel.{room}.{module}"))
    for field in re.findall(r"`Cable\.(\w+)`", PAGE):
        assert field in Cable.__slots__
