"""One's own account: passkeys, recovery, roles that are off until asked for, and sessions."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from reftel.errors import NotAllowed, NotYourRole
from reftel.office import passkeys, sessions
from reftel.register.entries import b64, unb64
from reftel.web.getting_in import (
    ENROLMENT_LIFE,
    ask_registration,
    ask_touch,
    challenges_of,
    check_registration,
    check_touch,
    with_cookie,
)
from reftel.web.rendering import render
from reftel.web.visit import Visit, fields, form_of, json_of, settings_of, token_of, visit


def account_page(request: Request) -> Response:
    """What is known of the person who reads it, and where they are signed in."""
    who = visit(request)
    with who.office.store.read() as connection:
        mine = passkeys.passkeys_of(connection, who.person, ("enrolled", "admitted", "revoked"))
        files = passkeys.wrapped_files(connection, mine)
        shown = [
            {
                "credential": row.credential,
                "label": row.label,
                "key_id": row.key_id,
                "state": row.state,
                "here": row.credential == who.session.credential,
                "whole": row.state == "revoked" or row.credential in files,
                "back": sessions.went_back(connection, row.credential),
            }
            for row in mine
        ]
        context: dict[str, Any] = {
            "passkeys": shown,
            "recovery": passkeys.has_recovery(who.office, connection, who.person),
            "sessions": sessions.sessions_of(connection, who.person, who.office.clock.now()),
        }
    return render(request, "account/account.html", section="account", here=who.session, **context)


def role_options(request: Request) -> Response:
    """Ask for the touch that switches a role on."""
    who = visit(request)
    role = fields(json_of(request), role=str)["role"]
    if role not in sessions.ON_REQUEST or role not in {*who.session.off, *who.roles}:
        raise NotYourRole("that role is not yours to switch on")
    with who.office.store.read() as connection:
        rows = passkeys.passkeys_of(connection, who.person)
        rows = [row for row in rows if row.rp_id == settings_of(request).rp_id]
        files = passkeys.wrapped_files(connection, rows)
    known = {unb64(row.credential): files.get(row.credential) for row in rows}
    return ask_touch(request, "role", who.person, known, detail=role)


def role_verify(request: Request) -> Response:
    """Switch the role on that the touch was asked for; the session gets another token."""
    who = visit(request)
    assertion = fields(json_of(request), assertion=dict)["assertion"]
    asked, _ = check_touch(request, who.office, "role", assertion)
    if asked.person != who.person:
        raise NotAllowed("that touch was asked of somebody else")
    token = sessions.switch_on(who.office, token_of(request), asked.detail)
    return with_cookie(request, JSONResponse({"next": "/account"}), token)


def roles_off(request: Request) -> Response:
    """Switch off what was switched on."""
    who = visit(request)
    token = sessions.switch_off(who.office, token_of(request))
    return with_cookie(request, RedirectResponse("/account", 303), token)


def passkey_options(request: Request) -> Response:
    """What a further passkey is asked."""
    who = visit(request)
    asked = challenges_of(request).ask(
        "passkey",
        who.person,
        token=token_of(request),
        origin=settings_of(request).origin,
        life=ENROLMENT_LIFE,
    )
    return ask_registration(request, who.office, asked)


def passkey_verify(request: Request) -> Response:
    """Check a further passkey; what comes back is the act by which its holder adds it."""
    who = visit(request)
    given = fields(json_of(request), registration=dict, wrapped=str, label=str)
    asked, made = check_registration(request, "passkey", given)
    if asked.person != who.person:
        raise NotAllowed("that passkey was asked of somebody else")
    arguments = {
        "credential": b64(made.credential),
        "public": b64(made.public),
        "wrapped": b64(made.wrapped),
        "label": made.label,
    }
    return JSONResponse({"door": "add passkey", "arguments": arguments})


def end_session(request: Request) -> Response:
    """End one of one's own sessions, or all of them."""
    who = visit(request)
    session = form_of(request).get("session", "")
    if session == "all":
        sessions.end_all(who.office, who.person)
    else:
        sessions.end_one(who.office, who.person, session)
    return _back(request, who, session)


def _back(request: Request, who: Visit, ended: str) -> Response:
    if ended in {"all", who.session.id}:
        return with_cookie(request, RedirectResponse("/sign-in", 303), "")
    return RedirectResponse("/account", 303)


routes = [
    Route("/account", account_page, methods=["GET"]),
    Route("/account/roles/options", role_options, methods=["POST"]),
    Route("/account/roles/verify", role_verify, methods=["POST"]),
    Route("/account/roles/off", roles_off, methods=["POST"]),
    Route("/account/passkeys/options", passkey_options, methods=["POST"]),
    Route("/account/passkeys/verify", passkey_verify, methods=["POST"]),
    Route("/account/sessions/end", end_session, methods=["POST"]),
]
