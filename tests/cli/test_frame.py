"""What holds for every command: help, examples, errors shown once, and whose fault it was."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reftel import errors
from reftel.cli import frame
from reftel.cli.index import INDEX, program
from reftel.cli.program import Commands, exit_code
from tests.cli.conftest import Desk


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Every command below the program, with its full name."""
    context = click.Context(program)

    def below(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            if isinstance(found, click.Group):
                yield from below(found, f"{path}{name} ")
            else:
                yield path + name, found

    yield from below(program, "")


COMMANDS = dict(every_command())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_sentence_an_example_and_an_answer_in_json(name):
    found = COMMANDS[name]
    assert isinstance(found, frame.Command)
    sentence, _, more = (found.help or "").partition("\n")
    assert sentence.endswith(".")
    assert not more.strip() or more.startswith("\n")
    assert "--json" in [option for param in found.params for option in param.opts]
    shown = CliRunner().invoke(program, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert "Example:" in shown.output
    assert found.example.splitlines()[0] in shown.output


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_taken_as_it_stands(name, monkeypatch):
    # The files that an example names are not there; all else about it is checked.
    monkeypatch.setattr(click.Path, "convert", lambda self, value, param, ctx: Path(value))
    found = COMMANDS[name]
    assert isinstance(found, frame.Command)
    shown = set()
    for line in found.example.replace("\\\n", " ").splitlines():
        program_name, *words = shlex.split(re.split(r" [|<>] ", line)[0])
        assert program_name == "reftel"
        path = next(path for path in (" ".join(words[:3]), " ".join(words[:2]), words[0]) if path in COMMANDS)
        COMMANDS[path].make_context(path, words[len(path.split()) :])
        shown.add(path)
    assert name in shown


def test_every_command_that_is_listed_is_there_under_a_sentence():
    said = {name: sentence for part in INDEX.values() for name, (_, sentence) in part.items()}
    assert {path.split()[0] for path in COMMANDS} == set(program.list_commands(click.Context(program)))
    assert all(sentence.endswith(".") for sentence in said.values())


def test_listing_the_commands_loads_no_office():
    probe = (
        "import sys; from reftel.cli.index import program\n"
        "try: program.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not any(m.startswith(('sqlalchemy', 'cryptography', 'reftel.office')) for m in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Make a post" in done.stdout


def test_a_command_that_is_not_there_is_the_callers_fault(kaesong: Desk):
    assert "No such command" in kaesong.run("telegraph", code=2).stderr
    assert kaesong.complaint("telegraph", code=2)["code"] == "usage"


def test_a_module_that_is_not_installed_is_not_listed():
    group = Commands("reftel", index={"Here": {"gone": ("no_such_module:gone", "Nothing.")}})
    shown = CliRunner().invoke(group, ["--help"])
    assert shown.exit_code == 0
    assert "gone" not in shown.output
    assert "Here" not in shown.output


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BadValue("no"), 2),
        (errors.ProofError("no"), 3),
        (errors.StoreDamaged("no"), 4),
        (errors.DiskFull("no"), 75),
    ],
)
def test_the_exit_code_says_whose_fault_it_was(error, code):
    assert exit_code(error) == code


def test_an_error_is_shown_once_with_the_mend(kaesong: Desk):
    result = kaesong.run("people", "depart", "Nobody", code=2)
    assert result.stdout == ""
    assert result.stderr == (
        "Nobody does not serve at this post.\nAdmit the person: `reftel people admit`.\n[not-found]\n"
    )
    assert kaesong.complaint("people", "depart", "Nobody", code=2) == {
        "code": "not-found",
        "fault": "caller",
        "sentence": "Nobody does not serve at this post",
        "mend": "Admit the person: `reftel people admit`.",
    }


def test_a_name_from_outside_cannot_steer_the_terminal(kaesong: Desk):
    result = kaesong.run("people", "depart", "\x1b[2J\u202enobody", code=2)
    assert "\x1b" not in result.stderr
    assert "\\u001b[2J\\u202enobody" in result.stderr


def test_somebody_must_be_named_who_acts(kaesong: Desk):
    complaint = kaesong.complaint("keys", "rotate", code=2, env={"REFTEL_PERSON": None})
    assert complaint["mend"] == "Name the person with --as."


def test_a_stated_time_stands_beside_the_registered_one(kaesong: Desk):
    kaesong.run("people", "admit", "Kornyushina", "--role", "reader", "--at", "1205 19 October 1951")
    entry = max(p["entry"] for p in kaesong.json("people", "list"))
    shown = kaesong.json("register", "show", str(entry))
    assert shown["act"]["stated"] == ["1205 19 October 1951", "1951-10-19T12:05 minute zone unknown"]
    assert not shown["at"].startswith("1951")


@pytest.mark.parametrize("at", ["next Tuesday", "0530 18 October", "1205 19 October 2951"])
def test_a_time_that_cannot_be_read_or_has_not_come_is_refused(kaesong: Desk, at):
    before = kaesong.json("register", "checkpoint")["size"]
    kaesong.complaint("people", "admit", "Kornyushina", "--role", "reader", "--at", at, code=2)
    assert kaesong.json("register", "checkpoint")["size"] == before


def test_an_act_of_somebody_without_a_key_says_who_recorded_it(kaesong: Desk):
    kaesong.run("people", "admit", "Fedyaev", "--role", "cipher clerk")
    words = ("shift", CHIEF_NAME, "--as", "Fedyaev")
    assert "--recorded-by" in kaesong.complaint(*words, code=2)["mend"]
    size = kaesong.json("register", "checkpoint")["size"]
    kaesong.run(*words, "--recorded-by", CHIEF_NAME)
    shown = kaesong.json("register", "show", str(size))
    assert (shown["act"]["who"], shown["act"]["by"]) == ("Fedyaev", CHIEF_NAME)
    assert [s["person"] for s in shown["signatures"]] == [CHIEF_NAME]


def test_where_there_is_no_post_the_mend_says_how_to_make_one(kaesong: Desk, tmp_path):
    complaint = kaesong.complaint("people", "list", "--post", tmp_path / "nowhere", code=2)
    assert "reftel init" in complaint["mend"]


def run_program(*words: str, **settings) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, "-c", "from reftel.cli import main; main()", *words)
    return subprocess.run(words, capture_output=True, text=True, check=False, **settings)


def test_a_defect_of_reftel_itself_does_not_look_like_a_finding():
    probe = (
        "import reftel.cli as c\n"
        "class Broken:\n"
        "    def main(self, **_): raise ZeroDivisionError('planted')\n"
        "c.program = Broken()\nc.main()"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "planted" in done.stderr


def test_a_reader_that_has_enough_ends_the_command_quietly(kaesong: Desk):
    env = {**os.environ, **{name: value for name, value in kaesong.env.items() if value is not None}}
    words = [sys.executable, "-c", "from reftel.cli import main; main()", "register", "checkpoint"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_the_version_is_shown():
    done = run_program("--version")
    assert done.stdout.startswith("reftel ")
    assert json.loads(run_program("telegraph", "--json").stderr)["code"] == "usage"


CHIEF_NAME = "Lee San-cho"
