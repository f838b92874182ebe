"""The pages of lists: in-tray and the office's work, out-tray, drafts, what waits to go out; find."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.office import outgoing, papers, trays, view
from reftel.office.outgoing import Sent
from reftel.office.sight import Sight, sights
from reftel.office.trays import BEYOND
from reftel.register.entries import Json
from reftel.register.log import size_of
from reftel.web.panes import TITLES, Asked, lists, pane, read_place
from reftel.web.rendering import render
from reftel.web.sheet_html import marking_words, row_text
from reftel.web.unfinished import about, marking_of
from reftel.web.visit import visit

MOST_FOUND = 200
LONGEST_QUERY = 200
OUTSIDE = frozenset(("MRN", "incoming", "decision", "print number", "moment"))
"""By what a cable is found of which only the outside may be seen: never by what stands in its text."""


def tray_page(request: Request) -> Response:
    """The in-tray, or the office's work of one kind."""
    show = request.query_params.get("show", "all")
    return _list(request, show if show in TITLES else "all")


def out_page(request: Request) -> Response:
    """What was sent."""
    return _list(request, "out")


def drafts_page(request: Request) -> Response:
    """Drafts at work."""
    return _list(request, "drafts")


def release_page(request: Request) -> Response:
    """What waits for release, or for one's clearance."""
    who = visit(request)
    mine = lists(who)
    clearance = request.query_params.get("show") == "clearance" or "release" not in mine
    return _list(request, "clearance" if clearance and "clearance" in mine else "release")


def _list(request: Request, name: str) -> Response:
    who = visit(request)
    with who.office.store.read() as connection:
        listed = pane(request, connection, who, name=name)
        arrived = trays.undeciphered(connection) if listed.name == "decipher" else ()
        sent: Sequence[Sent] = ()
        if listed.name == "out":
            after = read_place(request.query_params.get("after", ""))
            at = BEYOND if after is None else after.cable
            sent, _ = outgoing.sent(who.office, connection, who.person, who.roles, after=at)
        unfinished = papers.papers_of(connection, who.person) if listed.name == "drafts" else []
        live = size_of(connection) - 1
    return render(
        request,
        "tray/list.html",
        section=listed.section,
        pane=listed,
        marking=marking_words([*listed.markings, *(marking_of(one.sheet) for one in unfinished)]),
        arrived=arrived,
        sent=sent,
        unfinished=[(one, about(one)) for one in unfinished],
        live=live,
    )


def pane_fragment(request: Request) -> Response:
    """The list pane alone, for a page that looks again by itself."""
    who = visit(request, by_itself=True)
    with who.office.store.read() as connection:
        listed = pane(request, connection, who, selected=read_place(request.query_params.get("open", "")))
    return render(request, "tray/fragment.html", section=listed.section, pane=listed)


def rail_fragment(request: Request) -> Response:
    """The sections with their counts alone."""
    visit(request, by_itself=True)
    section = request.query_params.get("section", "")
    return render(request, "tray/rail.html", section=section if section.isalpha() else "")


def next_unread(request: Request) -> Response:
    """Go to the next copy that was not opened, from the top."""
    who = visit(request)
    with who.office.store.read() as connection:
        tray = trays.in_tray(who.office, connection, who.person)
    found = next((line for line in (*tray.urgent, *tray.lines) if line.unread), None)
    asked = Asked(name="all", after=None, selected=None)
    return RedirectResponse("/tray" if found is None else asked.to(found.place), 303)


def find_page(request: Request) -> Response:
    """What bears a number, date-time group or reference, and what cites it; of what one may see."""
    who = visit(request)
    query = request.query_params.get("q", "").strip()[:LONGEST_QUERY]
    with who.office.store.read() as connection:
        found = view.find(connection, query) if query else []
        seen = sights(connection, who.person, who.roles, {one["cable"] for one in found})
        hits = _hits(found, seen)
        lines = trays.lines_for(connection, who.person, list(hits))
    shown = [{"line": lines[cable], "why": why, "sight": seen[cable]} for cable, why in hits.items()]
    return render(
        request,
        "tray/find.html",
        section="tray",
        query=query,
        hits=shown,
        marking=marking_words(lines[cable].marking for cable in hits),
    )


def _hits(found: Sequence[Json], seen: dict[int, Sight]) -> dict[int, list[str]]:
    """For each cable that may be seen, why it was found: what it bears first, then what it cites.

    A cable of which only the outside may be seen is not found by what stands in its text.
    """
    hits: dict[int, list[str]] = {}
    for one in found:
        sight = seen.get(one["cable"], Sight.NOTHING)
        outside = one["by"] in OUTSIDE
        if sight is Sight.NOTHING or (sight < Sight.SLIP and not outside) or len(hits) >= MOST_FOUND:
            continue
        verb = "bears" if one["bears"] else "cites"
        why = f"{verb} {row_text(one['literal'])} ({one['by']})"
        said = hits.setdefault(one["cable"], [])
        if why not in said:
            said.append(why)
    return hits


routes = [
    Route("/tray", tray_page),
    Route("/tray/pane", pane_fragment),
    Route("/tray/next", next_unread),
    Route("/rail", rail_fragment),
    Route("/out", out_page),
    Route("/drafts", drafts_page),
    Route("/release", release_page),
    Route("/find", find_page),
]
