"""The form of a meeting: filled in here, it becomes the sheet of a numbered report, open in compose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.cable import sheet
from reftel.cable.model import Party, Precedence
from reftel.cipher.tokens import new_nonce
from reftel.docket.kinds import KINDS
from reftel.docket.session_form import read_form
from reftel.docket.sessions import MOST_ROWS, SERIES
from reftel.errors import BadValue
from reftel.office import docket_views, papers
from reftel.office.clearance import LEVELS
from reftel.office.docket_sessions import Head, NextNumber, next_number, report
from reftel.office.papers import Turn
from reftel.office.rolls import posts_list
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web.docket_pages import chosen_talks, show
from reftel.web.docket_shown import Glass, glass
from reftel.web.look import whole
from reftel.web.rendering import status_of
from reftel.web.visit import Visit, form_of, visit

_PLAIN: Final = (
    *("talks", "session", "series", "form", "date", "place", "opened", "closed", "atmosphere"),
    *("clock", "departure", "next", "preparation", "signed"),
)
_HEAD: Final = ("to", "person", "precedence", "classification", "number")
ROWS: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "outcomes": (3, ("number", "issue", "outcome", "reason", "proposal", "quantity", "response")),
    "secondary": (1, ("number", "issue", "outcome", "reason", "proposal", "quantity", "response")),
    "moves": (2, ("party", "move", "what", "issue", "from", "to", "unit", "reading")),
    "noticed": (1, ("of", "what")),
    "questions": (1, ("question", "to", "issue")),
}
"""The lists of the form: how many empty rows each begins with, and the fields of a row."""
_FORMS: Final = KINDS["session"].fields["form"].choices
_MOVES: Final = KINDS["move"].fields["move"].choices


def new_page(request: Request) -> Response:
    """The empty form, with the next number of its series."""
    visit(request).need("drafter")
    return _page(request, {"series": SERIES}, {name: [] for name in ROWS})


def write(request: Request) -> Response:
    """Write the report out of the form and open it in compose; or show the form with more rows."""
    who = visit(request)
    who.need("drafter")
    given, rows = _typed(form_of(request))
    if given.get("more") in ROWS:
        return _page(request, given, rows, more=given["more"])
    try:
        text = _sheet(who, given, rows)
    except BadValue as error:
        return _page(request, given, rows, error=error)
    paper = papers.save(who.office, who.person, Turn(tab=new_nonce(), number=0, began=""), text)
    return RedirectResponse(f"/compose/papers/{paper.id}", 303)


def _typed(form: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[dict[str, str]]]]:
    """The fields of the form, and the rows of its lists in which anything stands."""
    given = {name: value.strip() for name, value in form.items() if "." not in name}
    rows: dict[str, list[dict[str, str]]] = {}
    for name, (_, fields) in ROWS.items():
        numbered = [
            {field: form.get(f"{name}.{n}.{field}", "").strip() for field in fields} for n in range(MOST_ROWS)
        ]
        # what a row's select holds by itself says nothing
        rows[name] = [row for row in numbered if any(value for key, value in row.items() if key != "move")]
    return given, rows


def _sheet(who: Visit, given: Mapping[str, str], rows: Mapping[str, list[dict[str, str]]]) -> str:
    plain: Json = {name: given[name] for name in _PLAIN if given.get(name)}
    names = given.get("present", "").replace("\r", "").replace("\n", ";").split(";")
    plain["present"] = [name.strip() for name in names if name.strip()]
    for name, listed in rows.items():
        plain[name] = [{key: value for key, value in row.items() if value} for row in listed]
    form = read_form(plain)
    with who.office.store.read() as connection:
        number = _number(given.get("number", "")) or next_number(connection, form.series).number
        head = Head(
            to=_to(connection, given),
            precedence=_precedence(given.get("precedence", "")),
            classification=given.get("classification", ""),
        )
    return sheet.render(report(form, number, head))


def _to(connection: View, given: Mapping[str, str]) -> list[Party]:
    """The post to which the report goes, if one was chosen."""
    for post in _posts(connection):
        if post["origin"] == given.get("to"):
            return [Party(post=post["origin"], place=post["name"], person=given.get("person", ""))]
    return []


def _number(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and int(text[:6]) > 0 and len(text) < 6):
        raise BadValue("the number of a report is a whole number from 1 to 99999")
    return int(text or 0)


def _precedence(text: str) -> Precedence | None:
    found = next((one for one in Precedence if one.name.lower() == text), None)
    if text and found is None:
        raise BadValue("that is no precedence")
    return found


def _posts(connection: View) -> list[Json]:
    return [post for post in posts_list(connection) if post["standing"] != "self"]


def _page(
    request: Request,
    given: Mapping[str, str],
    rows: Mapping[str, list[dict[str, str]]],
    *,
    more: str = "",
    error: BadValue | None = None,
) -> Response:
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        context = _known(connection, seen, given)
    listed = {
        name: [*rows[name], *({} for _ in range(max(count - len(rows[name]), 0) + 2 * (name == more)))]
        for name, (count, _) in ROWS.items()
    }
    answer = show(
        request,
        "docket/new_session.html",
        seen,
        None,
        (),
        given=whole(dict(given)),
        rows={name: some[:MOST_ROWS] for name, some in listed.items()},
        error=error,
        forms=_FORMS,
        moves=_MOVES,
        levels=LEVELS,
        precedences=[one.name.lower() for one in reversed(Precedence)],
        **context,
    )
    answer.status_code = 200 if error is None else status_of(request, error)
    return answer


def _known(connection: View, seen: Glass, given: Mapping[str, str]) -> dict[str, Any]:
    """What the form offers: talks, issues and parties of the docket, posts, the number that comes next."""
    found = docket_views.talks(connection, seen.lens)
    chosen = chosen_talks(seen, found)
    board = None if chosen is None else docket_views.board(connection, seen.lens, chosen)
    try:
        after = next_number(connection, given.get("series") or SERIES)
    except BadValue:  # said when it is written
        after = NextNumber(number=1)
    return {
        "all_talks": [one.name for one in found],
        "issues": [line.issue.name for line in board.lines] if board else [],
        "parties": board.parties if board else (),
        "posts": [(post["origin"], post["name"]) for post in _posts(connection)],
        "following": after.number,
        "missing": after.missing[:20],
    }


routes = [
    Route("/docket/sessions/new", new_page, methods=["GET"]),
    Route("/docket/sessions/new", write, methods=["POST"]),
]
