"""The program: its commands by what they are for, and how an error is shown, once.

Exit codes say whose fault it was: 0 none; 1 findings (audit, verify); 2 the caller's; 3 the
peer's; 4 the world's; 75 the world's for the moment, so that the same command may do later.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from reftel.cli.output import safe
from reftel.errors import ReftelError

FINDINGS = 1
EXIT_CODES = {"caller": 2, "peer": 3, "world": 4}
TRY_LATER = 75
INTERRUPTED = 130
EPILOG = (
    "Exit codes say whose fault it was: 0 none, 1 findings, 2 yours, 3 the other post's, 4 the "
    "machine's, 75 the machine's for the moment: try the same again."
)


class Commands(click.Group):
    """The whole program: commands listed by what they are for, each loaded when it is called.

    ``index`` gives each section's commands by name: ``module:attribute`` below ``reftel.cli``, and
    the sentence shown in the list.
    """

    def __init__(self, *args: Any, index: dict[str, dict[str, tuple[str, str]]], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.index = index
        self.places = {name: place for part in index.values() for name, (place, _) in part.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands' names, in the order of the index."""
        del ctx
        return [name for name, place in self.places.items() if find_spec(_module(place))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command, or nothing where there is no such."""
        if cmd_name not in self.list_commands(ctx):
            return None
        place = self.places[cmd_name]
        found: click.Command = getattr(import_module(_module(place)), place.partition(":")[2])
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section's list without loading a command."""
        there = set(self.list_commands(ctx))
        for section, commands in self.index.items():
            rows = [(name, sentence) for name, (_, sentence) in commands.items() if name in there]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; that whoever reads its answer had enough of it is no error."""
        try:
            found = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python would complain again when it closes the output at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return found

    def main(self, args: Any = None, **settings: Any) -> Any:  # type: ignore[override] # no overloads here
        """Run, and show an error once: in words, or with ``--json`` as JSON."""
        words = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(words, **{**settings, "standalone_mode": False})
        except ReftelError as error:
            code = _complain(error, as_json="--json" in words)
        except click.ClickException as error:
            code = _complain_of_usage(error, as_json="--json" in words)
        except (click.Abort, KeyboardInterrupt):
            click.echo("Broken off.", err=True)
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)


def exit_code(error: ReftelError) -> int:
    """The exit code for an error: whose fault it was, and whether to try again."""
    return TRY_LATER if error.retryable else EXIT_CODES[error.fault]


def _complain(error: ReftelError, *, as_json: bool) -> int:
    if as_json:
        value = {"code": error.code, "fault": error.fault, "sentence": error.sentence, "mend": error.mend}
        click.echo(json.dumps(value, ensure_ascii=False), err=True)
    else:
        sentence = error.sentence if error.sentence.endswith((".", "?", "!")) else f"{error.sentence}."
        text = sentence[:1].upper() + sentence[1:] + (f"\n{error.mend}" if error.mend else "")
        click.echo(safe(f"{text}\n[{error.code}]"), err=True)
    return exit_code(error)


def _complain_of_usage(error: click.ClickException, *, as_json: bool) -> int:
    if as_json:
        value = {"code": "usage", "fault": "caller", "sentence": error.format_message(), "mend": ""}
        click.echo(json.dumps(value, ensure_ascii=False), err=True)
    else:
        error.show()
    return EXIT_CODES["caller"]


def _module(place: str) -> str:
    return f"reftel.cli.{place.partition(':')[0]}"
