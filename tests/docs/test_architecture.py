"""docs/architecture.md lists the rooms and modules that there are, and the layers that are enforced."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT
from tests.docs.pages import read, rows, section

SOURCE = ROOT / "src" / "reftel"
PAGE = read("architecture.md")


def named(text: str) -> list[str]:
    return [row[0] for row in rows(text)]


def test_every_room_is_listed_with_every_module_in_it():
    rooms = section(PAGE, "Rooms")
    listed = set(re.findall(r"^### (\w+)$", rooms, re.MULTILINE))
    assert listed == {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    for room in listed:
        modules = {path.stem for path in (SOURCE / room).glob("*.py")} - {"__init__"}
        assert set(named(section(PAGE, room))) == modules, room


def test_modules_that_stand_alone_are_listed():
    alone = section(PAGE, "Rooms").partition("###")[0]
    assert set(named(alone)) == {path.stem for path in SOURCE.glob("*.py")} - {"__init__"}


def test_the_layers_are_those_of_the_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [re.findall(r"\w+", layer) for contract in contracts for layer in contract.get("layers", [])]
    assert [re.findall(r"\w+", name) for name in named(section(PAGE, "Layers"))] == layers


def test_what_the_page_says_of_a_module_and_its_functions_is_there():
    for room, module, name in re.findall(r"`(\w+)\.(\w+)\.(\w+(?:\.\w+)?)`", PAGE):
        text = (SOURCE / room / f"{module}.py").read_text()
        assert re.search(rf"\b(?:def |class )?{name.rpartition('.')[2]}\b", text), (room, module, name)
