"""Transcripts of the command line, run and compared: what a document shows is what happens.

A transcript is text. A line that begins with ``$ `` is a command, lines under it that begin with
``> `` continue it (a here-document, say), and what stands below is what it prints, standard
error after standard output; blank lines at the end do not count. ``…`` stands for any text within
a line; a line that is ``…`` alone stands for any number of lines. ``[exit 3]`` as the last line says
that the command ends with that code; without it the command must end with 0. Lines before the first
command are remarks.

``export NAME=value`` holds for the commands below it. A plain ``reftel`` command runs in this
process; everything else is given to ``sh``, where ``reftel`` is a command too.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

import reftel
from reftel.cli.index import program

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\[exit (\d+)\]\Z")
_SHELL = re.compile(r"[|;&<>$`*]")
_REFTEL = f"reftel() {{ {shlex.quote(sys.executable)} -c 'from reftel.cli import main; main()' \"$@\"; }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, the line on which it stands, what it must print, and its exit code."""

    line: int
    command: str
    expected: tuple[str, ...]
    code: int = 0


def read_transcript(text: str) -> list[Step]:
    """The commands of a transcript; raises ``ValueError`` when there is none."""
    steps = list(_steps(text.splitlines()))
    if not steps:
        raise ValueError("the transcript has no command")
    return steps


def console_blocks(markdown: str) -> str:
    """The ``console`` blocks of a Markdown text as one transcript, at the lines where they stand."""
    lines = [""] * (markdown.count("\n") + 1)
    for block in _BLOCK.finditer(markdown):
        first = markdown[: block.start(1)].count("\n")
        found = block.group(1).splitlines()
        lines[first : first + len(found)] = found
    return "\n".join(lines)


def _steps(lines: list[str]) -> Iterator[Step]:
    at = 0
    while at < len(lines):
        if not lines[at].startswith("$ "):
            at += 1
            continue
        first, command = at, [lines[at][2:]]
        at += 1
        while at < len(lines) and f"{lines[at]} ".startswith("> "):
            command.append(lines[at][2:])
            at += 1
        below = []
        while at < len(lines) and not lines[at].startswith("$ "):
            below.append(lines[at].rstrip())
            at += 1
        while below and not below[-1]:
            below.pop()
        ends = _EXIT.match(below[-1]) if below else None
        expected = tuple(below[:-1] if ends else below)
        code = int(ends[1]) if ends else 0
        yield Step(line=first + 1, command="\n".join(command), expected=expected, code=code)


def run_transcript(text: str, folder: Path) -> None:
    """Run every command in ``folder`` and compare; ``AssertionError`` names the line that differs."""
    env: dict[str, str | None] = dict.fromkeys(name for name in os.environ if name.startswith("REFTEL_"))
    for step in read_transcript(text):
        code, printed = _run(step.command, folder, env)
        told = f"line {step.line}: $ {step.command}\n{printed}"
        assert code == step.code, f"exit code {code} instead of {step.code} at {told}"
        assert fits(step.expected, printed), "\n".join(["expected:", *step.expected, f"at {told}"])


def fits(expected: tuple[str, ...], printed: str) -> bool:
    """Whether what was printed is what was expected, ``…`` standing for anything."""
    lines = [line.rstrip() for line in printed.rstrip("\n").split("\n")] if printed.strip() else []
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line == "…" else r"[^\n]*?".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _run(command: str, folder: Path, env: dict[str, str | None]) -> tuple[int, str]:
    if command.startswith("export "):
        for word in shlex.split(command)[1:]:
            name, _, env[name] = word.partition("=")
        return 0, ""
    if command.startswith("reftel ") and not _SHELL.search(command):
        with chdir(folder):
            result = CliRunner(env=env).invoke(program, shlex.split(command)[1:])
        return result.exit_code, result.stdout + result.stderr
    there = {**os.environ, **env, "PYTHONPATH": str(Path(reftel.__file__).parents[1])}
    done = subprocess.run(
        ["sh", "-c", f"{_REFTEL}\n{command}"],
        cwd=folder,
        env={name: value for name, value in there.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
