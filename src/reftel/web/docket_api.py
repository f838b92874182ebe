"""The docket in the JSON API: board, issue, questions, instructions and single items, as of any moment.

What is told and to whom is as on the pages; every item comes with its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request

from reftel.docket.fold import Docket, State
from reftel.errors import NotFound
from reftel.office import docket, docket_views
from reftel.office.docket import Lens
from reftel.office.docket_views import BoardLine
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web.docket_shown import lens_of, until_asked
from reftel.web.visit import Visit, visit


def asking(request: Request) -> Visit:
    """Who asks."""
    return visit(request)


Asking = Annotated[Visit, Depends(asking)]
At = Annotated[
    str,
    Query(max_length=80, description="A moment in UTC, such as 221005Z NOV 26, or entry:214; empty is now."),
]
Key = Annotated[str, Query(max_length=200)]


def _lens(who: Visit, connection: View, at: str) -> Lens:
    until, _ = until_asked(who, connection, at)
    return lens_of(who, until)


def _plain(connection: View, lens: Lens, states: list[State]) -> list[Json]:
    """Items with everything that bears on them."""
    found = docket.fold(connection, lens, [state.first for state in states])
    return [docket_views.plain(state, found) for state in states]


def talks(who: Asking, at: At = "") -> list[Json]:
    """The talks of which whoever asks may read anything."""
    with who.office.store.read() as connection:
        found = docket_views.talks(connection, _lens(who, connection, at))
    return [{"key": one.key, "name": one.name} for one in found]


def board(who: Asking, talks: Key = "", after: Key = "", at: At = "") -> Json:
    """A page of issues by parties; ``after`` is ``more`` of the page before."""
    with who.office.store.read() as connection:
        lens = _lens(who, connection, at)
        chosen = talks or docket_views.default_talks(connection, lens)
        found = docket_views.board(connection, lens, chosen, after)
    return {
        "talks": found.talks,
        "parties": list(found.parties),
        "issues": [_line(line) for line in found.lines],
        "more": found.more,
    }


def _line(line: BoardLine) -> Json:
    """An issue in one line; items by their names."""
    return {
        "key": line.issue.key,
        "name": line.issue.name,
        "names": list(line.issue.names),
        "numbers": [{"number": number, "item": item.name} for number, item in line.issue.numbers],
        "state": line.state,
        "positions": {party: state.first.name for party, state in line.positions.items()},
        "last_move": line.last_move.first.name if line.last_move else "",
        "open_questions": [state.first.name for state in line.open_questions],
        "instructions": [state.first.name for state in line.instructions],
        "texts": [state.first.name for state in line.texts],
        "last": line.last,
    }


def issue(who: Asking, issue: Key, talks: Key = "", at: At = "") -> Json:
    """One issue under any of its names, with every item that names it."""
    with who.office.store.read() as connection:
        lens = _lens(who, connection, at)
        chosen = talks or docket_views.default_talks(connection, lens)
        found = docket_views.issue_page(connection, lens, chosen, issue)
        return {
            **_line(found.line),
            "parties": list(found.parties),
            "items": _with(found.docket, found.history),
            "theirs": _with(found.docket, found.theirs),
        }


def _with(found: Docket, states: tuple[State, ...]) -> list[Json]:
    return [docket_views.plain(state, found) for state in states]


def questions(
    who: Asking,
    talks: Annotated[str | None, Query(max_length=200)] = None,
    to: Key = "",
    show: Literal["open", "all"] = "open",
    at: At = "",
) -> list[Json]:
    """Questions to principals, the oldest first."""
    with who.office.store.read() as connection:
        lens = _lens(who, connection, at)
        found = docket_views.questions(connection, lens, talks, to, open_only=show == "open")
        return _plain(connection, lens, found)


def instructions(
    who: Asking,
    talks: Annotated[str | None, Query(max_length=200)] = None,
    person: Key = "",
    issue: Key = "",
    show: Literal["force", "all"] = "force",
    at: At = "",
) -> list[Json]:
    """Instructions: in force, for a person, on an issue."""
    with who.office.store.read() as connection:
        lens = _lens(who, connection, at)
        found = docket_views.instructions(connection, lens, talks, person, issue, in_force=show == "force")
        return _plain(connection, lens, found)


def item(who: Asking, name: Key, at: At = "") -> Json:
    """One item with its evidence and its state, by its name such as beijing.example/212.3."""
    with who.office.store.read() as connection:
        found = docket.find_item(connection, _lens(who, connection, at), name)
    state = found.states.get(found.here(name))
    if state is None:
        raise NotFound("that item does not count; its page says why")
    return docket_views.plain(state, found)


READ: Mapping[str, Callable[..., Any]] = {
    "/docket": board,
    "/docket/talks": talks,
    "/docket/issue": issue,
    "/docket/questions": questions,
    "/docket/instructions": instructions,
    "/docket/item": item,
}
"""The addresses under ``/api/v1`` and what answers there."""
