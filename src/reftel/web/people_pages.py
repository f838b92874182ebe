"""The people of the post: who serves, with which roles and keys; invited, admitted, gone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.cipher.tokens import code_digest, new_code
from reftel.errors import NotFound
from reftel.office import passkeys, sessions
from reftel.office.clearance import LEVELS
from reftel.office.people import ADMINISTRATOR
from reftel.office.roles import ROLES
from reftel.office.rolls import people_list, rules_list
from reftel.web.rendering import render
from reftel.web.visit import Visit, form_of, settings_of, visit


def people_page(request: Request) -> Response:
    """Everybody who was ever admitted."""
    who = visit(request)
    with who.office.store.read() as connection:
        people = people_list(connection)
        counted: dict[str, dict[str, int]] = {}
        for row in passkeys.all_passkeys(connection):
            states = counted.setdefault(row.person, {})
            states[row.state] = states.get(row.state, 0) + 1
        context: dict[str, Any] = {"people": people, "passkeys": counted, "rules": rules_list(connection)}
    return render(request, "people/people.html", section="people", **context)


def person_page(request: Request) -> Response:
    """One person: roles, clearance, keys; for an administrator the sessions, and what can be done."""
    who = visit(request)
    name = request.query_params.get("name", "")
    with who.office.store.read() as connection:
        found = _find(people_list(connection), name)
        keys = [
            {
                "credential": row.credential,
                "label": row.label,
                "key_id": row.key_id,
                "state": row.state,
                "origin": row.origin,
                "compare": passkeys.to_compare(who.office, connection, row)
                if row.state == "enrolled"
                else "",
            }
            for row in passkeys.all_passkeys(connection)
            if row.person == name
        ]
        officers = [
            one["name"]
            for one in people_list(connection)
            if one["standing"] == "serving" and one["name"] not in {name, who.person}
        ]
        administers = ADMINISTRATOR in who.roles
        signed_in = sessions.sessions_of(connection, name, who.office.clock.now()) if administers else []
        context: dict[str, Any] = {
            "passkeys": keys,
            "officers": officers,
            "sessions": signed_in,
            "safe": passkeys.is_safe(who.office, connection, name),
            "roles_known": ROLES,
            "levels": LEVELS,
        }
    return render(request, "people/person.html", section="people", found=found, **context)


def admit_page(request: Request) -> Response:
    """The form by which an administrator admits somebody new."""
    who = visit(request)
    who.need(ADMINISTRATOR)
    return render(request, "people/admit.html", section="people", roles_known=ROLES, levels=LEVELS)


def invite_page(request: Request) -> Response:
    """A slip with a one-time code, to be printed, and the act that makes the code good.

    The office does not keep the code: whoever loads the page again gets another.
    """
    who = visit(request)
    who.need(ADMINISTRATOR)
    found = _serving(who, request.query_params.get("name", ""))
    code = new_code()
    context: dict[str, Any] = {
        "code": code,
        "digest": code_digest(who.office.origin, found["name"], code),
        "address": f"{settings_of(request).origin}/enrol",
        "days": passkeys.INVITED_FOR.days,
    }
    return render(request, "people/invite.html", section="people", found=found, **context)


def end_sessions(request: Request) -> Response:
    """End one session of a person, or all: an administrator's doing."""
    who = visit(request)
    who.need(ADMINISTRATOR)
    form = form_of(request)
    found, session = _serving(who, form.get("name", "")), form.get("session", "")
    if session == "all":
        sessions.end_all(who.office, found["name"])
    else:
        sessions.end_one(who.office, found["name"], session)
    return RedirectResponse(f"/people/person?{urlencode({'name': found['name']})}", 303)


def _serving(who: Visit, name: str) -> dict[str, Any]:
    with who.office.store.read() as connection:
        found = _find(people_list(connection), name)
    if found["standing"] != "serving":
        raise NotFound(f"{name} does not serve at this post")
    return found


def _find(people: list[dict[str, Any]], name: str) -> dict[str, Any]:
    found = next((person for person in people if person["name"] == name), None)
    if found is None:
        raise NotFound("nobody of that name was ever admitted here", mend="The list of people has everybody.")
    return found


routes = [
    Route("/people", people_page, methods=["GET"]),
    Route("/people/admit", admit_page, methods=["GET"]),
    Route("/people/person", person_page, methods=["GET"]),
    Route("/people/invite", invite_page, methods=["GET"]),
    Route("/people/sessions/end", end_sessions, methods=["POST"]),
]
