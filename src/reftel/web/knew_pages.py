"""Who knew what, when: asked of a person or a post, or of one cable; each line leads to what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.errors import BadValue, NotFound, ReftelError
from reftel.office import holdings
from reftel.office.knew import COUNTED, Knew, Known, Place, find_subject, knew
from reftel.office.moments import When, read_when
from reftel.office.rolls import posts_list
from reftel.office.sight import Asker, see
from reftel.office.trays import serving
from reftel.office.who_knew import who_knew
from reftel.store.engine import View
from reftel.web.asked import highest, text_asked
from reftel.web.rendering import render, status_of
from reftel.web.visit import Visit, visit

_SECTION = "copies"
_PARTS = {
    "held": "",
    "sent": "Sent here, by that post’s own clock",
    "receipted": "Sent there, and its receipt stands",
}


def knew_page(request: Request) -> Response:
    """Which cables a person or a post held at a moment, and the entries that prove it."""
    who = visit(request)
    given = {"who": text_asked(request, "who") or who.person, "when": text_asked(request, "when")}
    after = Place.read(text_asked(request, "after"))
    everybody = holdings.sees_all(who.roles)
    found: Knew | None = None
    wrong: ReftelError | None = None
    with who.office.store.read() as connection:
        names = _names(connection) if everybody else []
        try:
            subject = find_subject(connection, who.office.origin, given["who"], _asker(who))
            when = read_when(connection, given["when"], who.office.now())
            found = knew(connection, subject, when, _asker(who), after)
        except (BadValue, NotFound) as error:
            wrong = error
    return render(
        request,
        "knew/list.html",
        status=200 if wrong is None else status_of(request, wrong),
        section=_SECTION,
        given=given,
        found=found,
        wrong=wrong,
        names=names,
        everybody=everybody,
        parts=() if found is None else _parts(found),
        **_pages(found, after),
    )


def _parts(found: Knew) -> list[tuple[str, int, bool, list[Known]]]:
    """Each part of the list: its head, how many lines it has, whether that is all, and those on this page."""
    return [
        (_PARTS[part], count, count < COUNTED, [line for line in found.lines if line.part == part])
        for part, count in found.counts.items()
    ]


def _pages(found: Knew | None, after: Place | None) -> dict[str, Any]:
    """The band of the page, and the addresses of its first and next."""
    if found is None:
        return {"marking": "", "more": "", "start": ""}
    kept = {"who": found.subject.text, "when": found.when.text}
    more = "" if found.more is None else f"/knew?{urlencode({**kept, 'after': found.more.text()})}"
    return {
        "marking": highest(_markings(found.lines)),
        "more": more,
        "start": "" if after is None else f"/knew?{urlencode(kept)}",
    }


def _markings(lines: Sequence[Known]) -> list[str]:
    """The markings of the cables of which something is shown that stands on their sheets."""
    told = [known for known in lines if any(item.quote for item in known.items)]
    told += [known for known in lines if known.line is not None and known.line.subject]
    return [known.line.marking for known in told if known.line is not None]


def cable_knew_page(request: Request) -> Response:
    """Everybody who knew one cable by a moment, from when, and the entries that prove it."""
    who, cable = visit(request), int(request.path_params["cable"])
    given = text_asked(request, "when")
    wrong: ReftelError | None = None
    when: When | None = None
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, cable)
        try:
            when = read_when(connection, given, who.office.now())
        except (BadValue, NotFound) as error:
            wrong = error
        people = () if when is None else who_knew(connection, who.office.origin, cable, when, _asker(who))
        named = holdings.cables_named(connection, who.person, [cable])[cable]
    return render(
        request,
        "knew/cable.html",
        status=200 if wrong is None else status_of(request, wrong),
        section=_SECTION,
        cable=cable,
        named=named,
        given=given,
        when=when,
        wrong=wrong,
        people=people,
        everybody=holdings.sees_all(who.roles),
    )


def _asker(who: Visit) -> Asker:
    return Asker(person=who.person, roles=who.roles)


def _names(connection: View) -> list[str]:
    """Of whom it is mostly asked, as choices: who serves here, and the posts that are known."""
    return [*serving(connection), *(str(post["name"]) for post in posts_list(connection))]


routes = [
    Route("/knew", knew_page),
    Route("/cables/{cable:int}/knew", cable_knew_page),
]
