"""Lists out of the docket: questions, instructions, what was told and is not to be, meetings, people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.docket.items import issue_key
from reftel.office import docket_views
from reftel.office.docket_views import Session as Meeting
from reftel.office.docket_views import Somebody
from reftel.register.entries import clock_read
from reftel.web.asked import choice_asked, text_asked
from reftel.web.docket_pages import choices_of, show
from reftel.web.docket_shown import Sheaf, Shown, glass
from reftel.web.visit import visit

MOST_LISTED = 200
"""So many items stand on one page of a list: those of one person or of one set of talks are fewer."""
MOST_OF_ONE = 20
"""So much of what is said of one person stands on the page of all, the last of it."""
_OPEN = ("open", "all")
_FORCE = ("force", "all")


def questions_page(request: Request) -> Response:
    """Questions to principals, the oldest first: by principal, with their age; open ones, or all."""
    shown, to = choice_asked(request, "show", _OPEN), text_asked(request, "to")
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        found = docket_views.questions(connection, seen.lens, seen.talks, to, open_only=shown == "open")
        questions = sheaf.show(found[:MOST_LISTED])
        choices = choices_of(seen, docket_views.talks(connection, seen.lens), every=True)
    now = seen.when.instant if seen.when else seen.who.office.now()
    return show(
        request,
        "docket/questions.html",
        seen,
        sheaf,
        choices,
        shown=shown,
        to=to,
        groups=_by(questions, "to"),
        age=lambda one: age_of(one, now),
        count=len(found),
        most=MOST_LISTED,
    )


def _by(found: Sequence[Shown], label: str) -> list[tuple[str, list[Shown]]]:
    """Items by what stands in one of their fields, written in any capitals, in the order of the first."""
    groups: dict[str, tuple[str, list[Shown]]] = {}
    for one in found:
        named = one.said(label)
        groups.setdefault(issue_key(named), (named, []))[1].append(one)
    return list(groups.values())


def age_of(one: Shown, now: datetime) -> str:
    """For how long an item stands, by the register of the post that made it, in whole days or hours."""
    if not one.source.at:
        return ""
    hours = int((now - clock_read(one.source.at)).total_seconds() // 3600)
    if hours < 1:
        return "under an hour"
    count, word = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{count} {word}{'' if count == 1 else 's'}"


def instructions_page(request: Request) -> Response:
    """Instructions in force, or all with their chains; those for one person if asked."""
    shown, person = choice_asked(request, "show", _FORCE), text_asked(request, "person")
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        found = docket_views.instructions(
            connection, seen.lens, seen.talks, person, in_force=shown == "force"
        )
        instructions = sheaf.show(found[:MOST_LISTED])
        choices = choices_of(seen, docket_views.talks(connection, seen.lens), every=True)
    return show(
        request,
        "docket/instructions.html",
        seen,
        sheaf,
        choices,
        shown=shown,
        of=person,
        groups=_by(instructions, "to"),
        count=len(found),
        most=MOST_LISTED,
    )


def disclosures_page(request: Request) -> Response:
    """What each party was told, how and by whose authority; and what is withheld."""
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        told: dict[str, tuple[str, list[tuple[Shown, Shown | None]]]] = {}
        disclosed = docket_views.disclosures(connection, seen.lens, seen.talks)
        sheaf.expect(one.disclosure for one in disclosed[:MOST_LISTED])
        for one in disclosed[:MOST_LISTED]:
            item = None if one.item is None else sheaf.one(one.item)
            row = (sheaf.one(one.disclosure), item)
            told.setdefault(issue_key(one.party), (one.party, []))[1].append(row)
        kept = docket_views.withheld(connection, seen.lens, seen.talks)
        withheld = sheaf.show(kept[:MOST_LISTED])
        choices = choices_of(seen, docket_views.talks(connection, seen.lens), every=True)
    return show(
        request,
        "docket/disclosures.html",
        seen,
        sheaf,
        choices,
        told=list(told.values()),
        withheld=withheld,
        all_told=len(disclosed),
        all_withheld=len(kept),
        most=MOST_LISTED,
    )


def _meeting(sheaf: Sheaf, found: Meeting) -> dict[str, Any]:
    one = sheaf.one(found.state)
    return {
        "one": one,
        "outcomes": sheaf.show(found.outcomes),
        "moves": sheaf.show(found.moves),
        "others": sheaf.show(found.others),
        "again": sheaf.show(found.again),
    }


def sessions_page(request: Request) -> Response:
    """The meetings in their order, each with what it made of the issues."""
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        found = docket_views.sessions(connection, seen.lens, seen.talks)
        sheaf.expect(one.state for one in found[:MOST_LISTED])
        meetings = [_meeting(sheaf, one) for one in found[:MOST_LISTED]]
        choices = choices_of(seen, docket_views.talks(connection, seen.lens), every=True)
    may = "drafted" in seen.who.can and not seen.asked
    return show(
        request,
        "docket/sessions.html",
        seen,
        sheaf,
        choices,
        meetings=meetings,
        all=len(found),
        may_enter=may,
    )


def session_page(request: Request) -> Response:
    """One meeting: who, when by whose clock, what came of each issue, what was done and noticed."""
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        found = docket_views.find_session(connection, seen.lens, str(request.path_params["item"]))
        meeting = _meeting(sheaf, found)
    return show(request, "docket/session.html", seen, sheaf, (), meeting=meeting)


def people_page(request: Request) -> Response:
    """Who is who: one name for each under all that are printed, with the evidence; and people's ways."""
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        sheaf = Sheaf(connection, seen)
        found = docket_views.people(connection, seen.lens, seen.talks)
        # of whom nothing but the name is known is named at the end
        known = [one for one in found if one.aliases or one.movements or one.notes]
        others = [one.name for one in found if one not in known]
        shown = known[:MOST_LISTED]
        sheaf.expect(state for one in shown for state in (*one.aliases, *one.movements, *one.notes))
        people = [_somebody(sheaf, one) for one in shown]
        choices = choices_of(seen, docket_views.talks(connection, seen.lens), every=True)
    return show(
        request, "docket/people.html", seen, sheaf, choices, people=people, others=others, all=len(known)
    )


def _somebody(sheaf: Sheaf, one: Somebody) -> dict[str, Any]:
    listed = dict(one.listed)
    return {
        "name": one.name,
        "kind": one.kind,
        "party": one.party,
        "role": one.role,
        "as_printed": listed.get("as_printed", []),
        "misprints": listed.get("misprints", []),
        "entry": listed.get("entry", -1),
        "aliases": sheaf.show(one.aliases),
        "movements": sheaf.show(one.movements[-MOST_OF_ONE:]),
        "notes": sheaf.show(one.notes[-MOST_OF_ONE:]),
        "said": len(one.notes),
    }


routes = [
    Route("/docket/questions", questions_page),
    Route("/docket/instructions", instructions_page),
    Route("/docket/disclosures", disclosures_page),
    Route("/docket/sessions", sessions_page),
    Route("/docket/sessions/{item:path}", session_page),
    Route("/docket/people", people_page),
]
