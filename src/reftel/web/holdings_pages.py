"""Holdings and inventory: who holds which copy, what lies in the safe, what is astray; and destruction."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.lifecycle import allowed
from reftel.errors import BadValue
from reftel.office import holdings
from reftel.office.copies import OVERDUE_LIMIT, ledger
from reftel.office.holdings import After, Copies, Copy
from reftel.office.rolls import people_list
from reftel.office.sight import Sight, see
from reftel.store.engine import View
from reftel.web.asked import cable_asked, text_asked
from reftel.web.rendering import render
from reftel.web.visit import Visit, visit

_SECTION = "copies"
# By the words of the ledger: the mark that stands before them.
MARKS = {
    "in file": "held",
    "issued": "sent",
    "returned": "ret",
    "destroyed": "gone",
    "lost": "lost",
    "unaccounted": "lost",
}


def copies_page(request: Request) -> Response:
    """Who holds which copy: overdue first; a reader sees the own ones."""
    who, today = visit(request), _today(request)
    all_of_them = holdings.sees_all(who.roles)
    asked = {"holder": text_asked(request, "holder", 80), "cable": text_asked(request, "cable")}
    late = text_asked(request, "late") == "yes"
    after = After.read(text_asked(request, "after"))
    with who.office.store.read() as connection:
        cable = cable_asked(connection, who, asked["cable"])
        holder = asked["holder"] if all_of_them else who.person
        found = holdings.out(
            connection, who.person, today, holder=holder, cable=cable, late=late, after=after
        )
        late_ones = holdings.late_count(connection, today, "" if all_of_them else who.person)
        one = holdings.holders(connection, today, one=holder)[0] if holder else ()
    query = {**asked, "late": "yes" if late else ""}
    return render(
        request,
        "holdings/copies.html",
        section=_SECTION,
        asked=asked,
        late=late,
        late_ones=late_ones,
        of=one[0] if one else None,
        mine=not all_of_them,
        limit=OVERDUE_LIMIT,
        **_listed(found, "/copies", query, first=after is None),
    )


def holders_page(request: Request) -> Response:
    """Who holds how many copies, and to whom nothing more is issued."""
    who, today = _all_seeing(request), _today(request)
    after = text_asked(request, "after", 80)
    with who.office.store.read() as connection:
        found, more = holdings.holders(connection, today, after=after)
    later = f"/copies/holders?{urlencode({'after': more})}" if more else ""
    return render(
        request,
        "holdings/holders.html",
        section=_SECTION,
        holders=found,
        limit=OVERDUE_LIMIT,
        more=later,
        first=not after,
    )


def astray_page(request: Request) -> Response:
    """The ledger of all copies, and those that are lost or unaccounted for."""
    who = _all_seeing(request)
    after = After.read(text_asked(request, "after"))
    with who.office.store.read() as connection:
        found = holdings.astray(connection, who.person, _today(request), after=after)
        totals = holdings.totals(connection)
    return render(
        request,
        "holdings/astray.html",
        section=_SECTION,
        totals=totals,
        marks=MARKS,
        **_listed(found, "/copies/astray", {}, first=after is None),
    )


def safe_page(request: Request) -> Response:
    """What should lie in the safe: a list to be printed and ticked by hand."""
    who = _all_seeing(request)
    after = After.read(text_asked(request, "after"))
    with who.office.store.read() as connection:
        found = holdings.in_safe(connection, who.person, _today(request), after=after)
    shown = _listed(found, "/copies/safe", {}, first=after is None)
    return render(request, "holdings/safe.html", section=_SECTION, **shown)


def inventory_page(request: Request) -> Response:
    """The tick list of an inventory: of the safe, or of what one holder has."""
    who = visit(request)
    who.need("registry clerk", "auditor")
    holder = text_asked(request, "holder", 80)
    too_many = ""
    with who.office.store.read() as connection:
        names = [name for name, _ in _serving(connection)]
        try:
            expected = holdings.tick_list(connection, who.person, _today(request), holder)
        except BadValue as error:
            expected, too_many = (), f"{error.sentence}. {error.mend}"
    return render(
        request,
        "holdings/inventory.html",
        section=_SECTION,
        holder=holder,
        names=names,
        runs=holdings.runs(expected),
        expected=expected,
        too_many=too_many,
    )


def emergency_page(request: Request) -> Response:
    """Emergency destruction: what it does, what it does not, and the form that does it."""
    who = visit(request)
    who.need("registry clerk", "cipher clerk", "administrator")
    with who.office.store.read() as connection:
        totals = holdings.totals(connection)
        witnesses = [pair for pair in _serving(connection) if pair[0] != who.person]
    lie = sum(totals[state] for state in holdings.IN_SAFE)
    return render(
        request,
        "holdings/emergency.html",
        section=_SECTION,
        lie=lie,
        out=totals["issued"],
        witnesses=witnesses,
    )


def ledger_page(request: Request) -> Response:
    """The ledger of one cable: where each copy is, and what can be done with it."""
    who, cable = visit(request), int(request.path_params["cable"])
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, cable, Sight.OUTSIDE)
        copies = holdings.copies_shown(connection, who.person, _today(request), cable)
        if not holdings.sees_all(who.roles):
            copies = tuple(copy for copy in copies if copy.holder == who.person)
        sums = ledger(connection, cable)
        named = holdings.cables_named(connection, who.person, [cable])[cable]
        people = [pair for pair in _serving(connection) if pair[0] != who.person]
    return render(
        request,
        "holdings/ledger.html",
        section=_SECTION,
        cable=cable,
        named=named,
        copies=copies,
        sums=sums,
        marks=MARKS,
        people=people,
        returnable=_that_can(copies, "return"),
        destroyable=_that_can(copies, "destroy"),
        losable=_that_can(copies, "lose"),
        findable=_that_can(copies, "find"),
    )


def _that_can(copies: tuple[Copy, ...], move: str) -> list[Copy]:
    return [copy for copy in copies if move in allowed("copy", copy.state)]


def _all_seeing(request: Request) -> Visit:
    """Who asks, if everybody's holdings are that person's business."""
    who = visit(request)
    if not holdings.sees_all(who.roles):
        who.need("registry clerk", "cipher clerk", "releasing officer", "auditor", "administrator")
    return who


def _today(request: Request) -> date:
    return visit(request).office.now().date()


def _serving(connection: View) -> list[tuple[str, str]]:
    """Who serves here, as a choice: the name, and the name with its roles."""
    return [
        (one["name"], f"{one['name']} ({', '.join(one['roles'])})")
        for one in people_list(connection)
        if one["standing"] == "serving"
    ]


def _listed(found: Copies, path: str, query: dict[str, str], *, first: bool) -> dict[str, Any]:
    """One page of copies, and the addresses of the first and the next."""
    kept = {name: value for name, value in query.items() if value}
    start = f"{path}?{urlencode(kept)}" if kept else path
    more = "" if found.more is None else f"{path}?{urlencode({**kept, 'after': found.more.text()})}"
    return {"copies": found.copies, "more": more, "start": "" if first else start}


routes = [
    Route("/copies", copies_page),
    Route("/copies/holders", holders_page),
    Route("/copies/astray", astray_page),
    Route("/copies/safe", safe_page),
    Route("/copies/inventory", inventory_page),
    Route("/copies/emergency", emergency_page),
    Route("/copies/{cable:int}", ledger_page),
]
