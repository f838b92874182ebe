"""The form of a meeting as a file: TOML or JSON, read strictly.

Every key is one of the form's; a value is text, or a list of texts or of rows. What is not is refused
whole, and the refusal names the key.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from reftel.docket.sessions import (
    MOST_ROWS,
    IssueRow,
    MoveRow,
    NoticedRow,
    QuestionRow,
    SessionForm,
    one_line,
)
from reftel.errors import BadValue

MAX_FORM = 256 * 1024
"""The longest form, in characters."""
_ROWS = {
    "outcomes": IssueRow,
    "secondary": IssueRow,
    "moves": MoveRow,
    "noticed": NoticedRow,
    "questions": QuestionRow,
}
_WRITTEN = {"from": "begins", "to": "ends"}
"""Keys of a move that are words of the language in which the form is read."""
EMPTY = """\
# One meeting. Whatever is left out is not said. Times are kept as you write them.
talks = "The name of the talks"
session = "The name of this session"
series = "brief report"
form = "plenary"            # plenary, sub-delegation or liaison
date = ""
place = ""
opened = ""
closed = ""
clock = ""                  # by which the times are: a zone's letter, or +09:00
present = []                # names, each between quotation marks
atmosphere = ""
departure = ""
next = ""
preparation = ""
signed = ""

# What came of each issue; [[secondary]] takes the same for lesser matters.
[[outcomes]]
issue = "The name of the issue"
number = ""                 # the number printed for it in this report
outcome = "What came of it"
reason = ""
proposal = ""
quantity = ""
response = ""

# offer, concession, query, demand, criticism, stall, recess, walk-away or other
[[moves]]
party = "Who did it"
move = "offer"
what = "What it was"
issue = ""
from = ""
to = ""
unit = ""
reading = ""                # how we take it

[[noticed]]
of = "Whom"
what = "What was noticed"

[[questions]]
question = "What you ask, as a whole sentence?"
to = ""
issue = ""
"""
"""A form to be filled in, in TOML."""
_TO_FILL = frozenset(
    {
        "The name of the talks",
        "The name of this session",
        "The name of the issue",
        "What came of it",
        "Who did it",
        "What it was",
        "Whom",
        "What was noticed",
        "What you ask, as a whole sentence?",
    }
)
"""What stands in :data:`EMPTY` where somebody is to write; none of it goes into a report."""


def parse_form(text: str, *, as_json: bool = False) -> SessionForm:
    """Read a form from a file's text; raises :class:`BadValue`."""
    if len(text) > MAX_FORM:
        raise BadValue(f"the form is longer than {MAX_FORM} characters")
    try:
        data = json.loads(text, object_pairs_hook=_once) if as_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        what = "JSON" if as_json else "TOML"
        raise BadValue(
            f"the form cannot be read as {what}: {str(error)[:200]}",
            mend="`reftel docket session --form` prints one to fill in.",
        ) from error
    return read_form(data)


def read_form(data: Any) -> SessionForm:
    """A form out of plain values, whole or not at all; raises :class:`BadValue` naming the key."""
    if not isinstance(data, Mapping):
        raise BadValue("the form is not a table of keys")
    _known(data, SessionForm, "")
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key in _ROWS:
            values[key] = _rows(_ROWS[key], key, value)
        elif key == "present":
            values[key] = _present(value)
        else:
            values[key] = _text(value, key)
    _complete(values, SessionForm, "")
    if not values.get("series", "x"):
        del values["series"]
    return SessionForm(**values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _rows(of: type, key: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise BadValue(f"{key!r} is a list of at most {MOST_ROWS} rows")
    return tuple(_row(of, f"{key} {n}", row) for n, row in enumerate(value, 1))


def _row(of: type, name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise BadValue(f"{name!r} is not a row of keys")
    written: Mapping[str, str] = _WRITTEN if of is MoveRow else {}
    _known(value, of, name)
    values = {written.get(key, key): _text(one, f"{name} {key}") for key, one in value.items()}
    _complete(values, of, name)
    return of(**values)


def _present(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_ROWS:
        raise BadValue(f"'present' is a list of at most {MOST_ROWS} names")
    names = [_text(name, "present") for name in value]
    if any(";" in name for name in names):
        raise BadValue("a name of those present has a semicolon in it", mend="Write each name by itself.")
    return tuple(name for name in names if name)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise BadValue(f"{name!r} is not text", mend="Put it between quotation marks.")
    if value in _TO_FILL:
        raise BadValue(
            f"{name!r} was not filled in: {value!r}",
            mend="Fill it in, or take its line or its whole row out.",
        )
    return one_line(value, name)


def _known(data: Mapping[str, Any], of: type, name: str) -> None:
    as_written = {begins: word for word, begins in _WRITTEN.items()} if of is MoveRow else {}
    known = {as_written.get(each.name, each.name) for each in fields(of)}
    strange = [key for key in data if key not in known]
    if strange:
        where = f" of {name!r}" if name else ""
        raise BadValue(
            f"{str(strange[0])[:60]!r} is not a key{where}", mend=f"It has {', '.join(sorted(known))}."
        )


def _complete(values: Mapping[str, Any], of: type, name: str) -> None:
    for each in fields(of):
        if each.default is MISSING and not values.get(each.name):
            where = f" of {name!r}" if name else ""
            raise BadValue(f"{each.name!r}{where} is missing", mend="Fill it in.")
