"""docs/commands.md is what the commands say of themselves; other pages name only commands that exist."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import click
import pytest

from reftel.cli.index import program
from tests.conftest import ROOT
from tests.docs.pages import pages, read

IN_CODE = re.compile(r"`reftel ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)((?: [^`\n]*)?)`")
IN_BLOCK = re.compile(r"^(?:\$ | {4})?reftel ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(.*)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*)")
TOP = click.Context(program, info_name="reftel")


def test_the_page_of_commands_is_current():
    page = runpy.run_path(str(ROOT / "tools" / "write_commands.py"))["page"]
    assert read("commands.md") == page(), "run: python tools/write_commands.py"


def find(words: str) -> click.Command | None:
    first, _, second = words.partition(" ")
    command = program.get_command(TOP, first)
    if isinstance(command, click.Group) and second:
        return command.get_command(click.Context(command, info_name=first, parent=TOP), second)
    return command


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_every_command_and_option_that_a_page_names_exists(path: Path):
    text = path.read_text(encoding="utf-8")
    for words, rest in [*IN_CODE.findall(text), *IN_BLOCK.findall(text)]:
        if words == "bag":  # the first line of a bag, not a command
            continue
        command = find(words)
        assert command is not None, f"reftel {words}"
        if not isinstance(command, click.Group):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            own = re.sub(r"\$\([^)]*\)", "", rest)  # without the commands inside it
            assert set(OPTION.findall(own)) <= known, f"reftel {words}{rest}"
