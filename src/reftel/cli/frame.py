"""The frame that every command stands in: who acts, at which post, and how an error is shown.

A command is a function made by :func:`command`. It gets a :class:`Session` first: the post that it
works at (opened when first asked for, closed at the end) and the person whose hand it is. Each has
``--post`` and ``--json``, and an example in its help; those that do an act have ``--as``,
``--recorded-by`` and ``--at`` too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from reftel.cable.dtg import read_moment
from reftel.cable.model import Moment
from reftel.cipher.person import PersonKey
from reftel.cli.output import show, show_json
from reftel.cli.unlocking import open_key, open_office
from reftel.errors import BadValue
from reftel.office.office import Hand, Office, find_person
from reftel.office.view import resolve

P = ParamSpec("P")


class Command(click.Command):
    """A command with an example of its use."""

    def __init__(self, *args: Any, example: str, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example below the options."""
        del ctx
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"  {line}\n")


@dataclass(slots=True, kw_only=True)
class Session:
    """One command's work: the post, the person, the time stated, the form of the answer."""

    folder: Path
    as_json: bool
    passphrase_file: Path | None = None
    person_passphrase_file: Path | None = None
    person: str = ""
    recorder: str = ""
    at: str = ""
    _office: Office | None = None
    _keys: dict[str, PersonKey] = field(default_factory=dict)

    @property
    def office(self) -> Office:
        """The post's office, unlocked and open."""
        if self._office is None:
            self._office = open_office(self.folder, self.passphrase_file)
        return self._office

    def hand(self) -> Hand:
        """The hand that does the act: the person named by ``--as``, or the one who records it."""
        if not self.person:
            raise BadValue("nobody is named who does this", mend="Name the person with --as.")
        signer = self.recorder or self.person
        return Hand(who=self.person, key=self.key_of(signer), by=self.recorder, stated=self.stated())

    def key_of(self, person: str) -> PersonKey:
        """A person's signing key, unlocked once; the passphrase file is that of the one who signs."""
        if person not in self._keys:
            file = self.person_passphrase_file if person == (self.recorder or self.person) else None
            # By way of the office: the post's passphrase is asked for first.
            self._keys[person] = open_key(self.office.folder, person, file)
        return self._keys[person]

    def beside(self, person: str) -> Hand:
        """The hand of another who takes part and signs: a witness, a second officer."""
        with self.office.store.read() as connection:
            signs_here = bool(find_person(connection, person).person_key)
        return Hand(who=person, key=self.key_of(person) if signs_here else None)

    def stated(self) -> Moment | None:
        """The time given by ``--at``; the act itself refuses one that has not come."""
        if not self.at:
            return None
        moment = read_moment(self.at)
        if moment.reading is None:
            raise BadValue(
                f"{self.at!r} cannot be read as a time with its year",
                mend="Write it such as --at '1205 19 October 1951'.",
            )
        return moment

    def emit(self, value: object, text: str) -> None:
        """Answer: the JSON value with ``--json``, the text without."""
        if self.as_json:
            show_json(value)
        else:
            show(text)

    def close(self) -> None:
        """Let the post go."""
        if self._office is not None:
            self._office.close()


def command(
    *, example: str, acts: bool = False, name: str | None = None
) -> Callable[[Callable[Concatenate[Session, P], None]], Command]:
    """Make a command of a function; its docstring is the help, its first line one sentence.

    Parameters: ``example`` is one or more lines that can be typed as they are; ``acts`` adds who
    acts and when; ``name`` where it is not the function's own. Arguments and options stand below
    as Click's decorators and reach the function by name, after the session.
    """

    def build(function: Callable[Concatenate[Session, P], None]) -> Command:
        @functools.wraps(function)
        def run(*args: P.args, **values: P.kwargs) -> None:
            settings: dict[str, Any] = {
                key.removeprefix(_OURS): values.pop(key) for key in list(values) if key.startswith(_OURS)
            }
            session = Session(**settings)
            try:
                function(session, *args, **values)
            finally:
                session.close()

        for option in (*_COMMON, *(_ACTING if acts else ())):
            option(run)
        made = click.command(name, cls=Command, example=example)(run)
        made.params.sort(key=lambda param: str(param.name).startswith(_OURS))  # what is its own comes first
        return made

    return build


_OURS = "session_"
PASSPHRASE_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
PERSON = click.option(
    "--as", f"{_OURS}person", envvar="REFTEL_PERSON", default="", help="Who does it; else REFTEL_PERSON."
)
PERSON_PASSPHRASE = click.option(
    "--person-passphrase-file",
    f"{_OURS}person_passphrase_file",
    envvar="REFTEL_PERSON_PASSPHRASE_FILE",
    type=PASSPHRASE_FILE,
    help="The file whose first line is that person's passphrase.",
)
_COMMON = (
    click.option("--json", f"{_OURS}as_json", is_flag=True, help="Answer, and complain, in JSON."),
    click.option(
        "--passphrase-file",
        f"{_OURS}passphrase_file",
        envvar="REFTEL_PASSPHRASE_FILE",
        type=PASSPHRASE_FILE,
        help="The file whose first line is the post's passphrase.",
    ),
    click.option(
        "--post",
        f"{_OURS}folder",
        envvar="REFTEL_POST",
        type=click.Path(path_type=Path),
        default=Path(),
        help="The post's folder; else REFTEL_POST, else where you are.",
    ),
)
_ACTING = (
    PERSON_PASSPHRASE,
    click.option(
        "--at", f"{_OURS}at", default="", help="When it was done: '1205 19 October 1951'; else now."
    ),
    click.option(
        "--recorded-by",
        f"{_OURS}recorder",
        default="",
        help="Who records it for a person without a key.",
    ),
    PERSON,
)


def resolve_cable(session: Session, text: str) -> int:
    """The entry of the cable that ``text`` names: any number on it, a time, or ``entry:17``.

    Raises :class:`reftel.errors.NotFound` for none, and for several, listing them.
    """
    with session.office.store.read() as connection:
        return resolve(connection, text)
