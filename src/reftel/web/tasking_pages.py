"""Taskings: what is asked of whom and by when; chased, fulfilled, dropped. And what is cited and not held."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.dtg import parse_reading
from reftel.errors import BadValue, NotFound
from reftel.office import askings
from reftel.office.askings import SHOWS, Ask, Asked
from reftel.office.citations import CITED, citations, series_gaps
from reftel.office.holdings import cables_named
from reftel.press.times import reading_words
from reftel.web.asked import cable_asked, choice_asked, highest, text_asked, whole_asked
from reftel.web.rendering import render
from reftel.web.visit import visit

_SECTION = "taskings"
_ANSWERING = 40


def taskings_page(request: Request) -> Response:
    """What is asked: open, overdue, to be chased, or closed; of one owner or cable if asked."""
    who = visit(request)
    show = choice_asked(request, "show", SHOWS)
    given = {"owner": text_asked(request, "owner"), "cable": text_asked(request, "cable")}
    after = Ask.read(text_asked(request, "after"))
    with who.office.store.read() as connection:
        found = askings.askings(
            connection,
            who.person,
            who.roles,
            who.office.now(),
            show=show,
            owner=given["owner"],
            cable=cable_asked(connection, who, given["cable"]),
            after=after,
        )
    kept = {name: value for name, value in {"show": show, **given}.items() if value}
    more = "" if found.more is None else f"/taskings?{urlencode({**kept, 'after': found.more.text()})}"
    return render(
        request,
        "taskings/list.html",
        section=_SECTION,
        asked=found.asked,
        due=due_words,
        show=show,
        given=given,
        marking=highest(one.line.marking for one in found.asked if one.readable),
        more=more,
        start="" if after is None else f"/taskings?{urlencode(kept)}",
    )


def tasking_page(request: Request) -> Response:
    """One tasking, and what can be done with it."""
    who = visit(request)
    ask = Ask(int(request.path_params["cable"]), int(request.path_params["n"]))
    with who.office.store.read() as connection:
        one = askings.asking(connection, who.person, who.roles, who.office.now(), ask)
        answering = askings.answering(connection, who.person, who.roles, one.ask.cable, _ANSWERING)
    return render(
        request,
        "taskings/one.html",
        section=_SECTION,
        one=one,
        due=due_words,
        answering=answering,
        marking=highest([one.line.marking]) if one.readable else "",
    )


def new_page(request: Request) -> Response:
    """The form by which a tasking is added that a cable implies."""
    who = visit(request)
    if "tasked" not in who.can:
        who.need("registry clerk", "releasing officer", "drafter")
    given = text_asked(request, "cable")
    with who.office.store.read() as connection:
        cable = cable_asked(connection, who, given)
        if cable < 0:
            raise NotFound("a tasking stands on a cable", mend="Begin from the cable's page.")
        named = cables_named(connection, who.person, [cable])[cable]
    return render(request, "taskings/new.html", section=_SECTION, cable=cable, named=named)


def cited_page(request: Request) -> Response:
    """What is cited and not held, and the numbers that are missing from a series."""
    who = visit(request)
    after = whole_asked(request, "after", 0, 10**12, -1)
    why = choice_asked(request, "why", CITED)
    with who.office.store.read() as connection:
        found = citations(connection, who.person, who.roles, why, after=after)
        gaps = series_gaps(connection, who.person, who.roles) if after < 0 else ()
    more = f"/cited?{urlencode({'why': why, 'after': found.more})}" if found.more >= 0 else ""
    return render(
        request,
        "taskings/cited.html",
        section=_SECTION,
        found=found.missing,
        gaps=gaps,
        why=why,
        more=more,
        start="" if after < 0 else f"/cited?{urlencode({'why': why})}",
        marking=highest([*(one.line.marking for one in found.missing), *(gap.line.marking for gap in gaps)]),
    )


def due_words(one: Asked) -> str:
    """When a tasking is due, in words; as it was written where nobody could read it."""
    try:
        return reading_words(parse_reading(one.due)) if one.due else ""
    except BadValue:
        return one.due


routes = [
    Route("/taskings", taskings_page),
    Route("/taskings/new", new_page),
    Route("/taskings/{cable:int}/{n:int}", tasking_page),
    Route("/cited", cited_page),
]
