"""docs/errors.md lists every error code, with the fault, the exit code and the mend of the code."""

from __future__ import annotations

from collections.abc import Iterator

from reftel.cli import DEFECT
from reftel.cli.program import FINDINGS, INTERRUPTED, TRY_LATER, exit_code
from reftel.errors import ReftelError, SheetError
from tests.docs.pages import read, rows, section

FOUND = {row[0]: row[1:] for row in rows(read("errors.md")) if len(row) == 5}


def leaves(root: type[ReftelError]) -> Iterator[type[ReftelError]]:
    for kind in root.__subclasses__():
        if "code" in vars(kind):
            yield kind
        yield from leaves(kind)


def made(kind: type[ReftelError]) -> ReftelError:
    return SheetError("said", line=1, column=1) if kind is SheetError else kind("said")


def test_every_code_is_listed_and_nothing_else():
    # `usage` is the command line's own.
    assert set(FOUND) == {kind.code for kind in leaves(ReftelError)} | {"usage"}


def test_each_row_says_what_the_code_does():
    kinds: list[type[ReftelError]] = list(leaves(ReftelError))
    for kind in kinds:
        fault, code, meaning, mend = FOUND[kind.code]
        error = made(kind)
        assert (fault, int(code)) == (error.fault, exit_code(error)), kind
        assert meaning
        assert mend == error.mend or not error.mend, kind


def test_the_exit_codes_are_those_of_the_program():
    listed = {int(code) for code, _ in rows(section(read("errors.md"), "Exit codes"))}
    assert {FINDINGS, TRY_LATER, INTERRUPTED, DEFECT} <= listed
    assert {int(row[1]) for row in FOUND.values()} <= listed
