"""Write docs/commands.md from the commands' own help: ``python tools/write_commands.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from reftel.cli.frame import Command
from reftel.cli.index import INDEX, program

TARGET = Path(__file__).parents[1] / "docs" / "commands.md"
HEAD = """\
# Commands

Made from the commands' own help by `tools/write_commands.py`; do not edit. `reftel COMMAND --help`
says the same on the terminal. What an exit code means stands in [errors](errors.md).

A CABLE is named by any number, date-time group or reference on its sheet, or by `entry:17`, its
entry in this post's register. Options that many commands share are explained once, here:

{shared}
"""
SHARED = (
    "--post",
    "--passphrase-file",
    "--json",
    "--as",
    "--person-passphrase-file",
    "--recorded-by",
    "--at",
    "--help",
)


def page() -> str:
    """The whole of docs/commands.md."""
    top = click.Context(program, info_name="reftel")
    there = program.list_commands(top)
    parts = []
    shared: dict[str, str] = {}
    for heading, commands in INDEX.items():
        shown = [name for name in commands if name in there]
        if shown:
            parts.append(f"## {heading}\n")
        for name in shown:
            command = program.get_command(top, name)
            if command is not None:
                parts += _sections(command, click.Context(command, info_name=name, parent=top), shared)
    rows = [f"| `{option}` | {shared[option]} |" for option in SHARED if option in shared]
    table = "\n".join(["| option | meaning |", "|---|---|", *rows])
    return HEAD.format(shared=table) + "\n" + "\n".join(parts).rstrip() + "\n"


def _sections(command: click.Command, context: click.Context, shared: dict[str, str]) -> Iterator[str]:
    if isinstance(command, click.Group):
        yield f"### {context.command_path}\n\n{_said(command)}\n"
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _sections(found, click.Context(found, info_name=name, parent=context), shared)
        return
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"### {context.command_path}\n\n`{context.command_path} {usage}`\n\n{_said(command)}\n"
    rows = []
    for parameter in command.get_params(context):
        line = parameter.get_help_record(context)
        if line is None or not line[1]:
            continue
        option, meaning = (text.replace("|", "\\|") for text in line)
        long = parameter.opts[-1]
        if long not in SHARED or shared.setdefault(long, meaning) != meaning:
            rows.append(f"| `{option}` | {meaning} |")
    if rows:
        yield "\n".join(["| option | meaning |", "|---|---|", *rows]) + "\n"
    if isinstance(command, Command):
        yield f"```sh\n{command.example}\n```\n"


def _said(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").replace("\b\n", "")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
