"""From what the office knows to a page: the templates, what each page is told, and pages for errors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from reftel.cable.dtg import dtg as write_dtg
from reftel.errors import (
    BadInvitation,
    BadSignature,
    BadValue,
    Locked,
    NotAdmitted,
    NotFound,
    NotFromHere,
    NotSignedIn,
    NotYourRole,
    ReftelError,
    SheetError,
    SignedOut,
    TooLarge,
    TooOften,
)
from reftel.office import passkeys, waiting
from reftel.office.outgoing import rail_counts
from reftel.register.entries import clock_read
from reftel.web import look
from reftel.web.visit import Visit, gate_of, visitor

THEMES = ("light", "dark")
_STATUS: tuple[tuple[type[ReftelError], int], ...] = (
    (NotFound, 404),
    (NotYourRole, 403),
    (NotFromHere, 403),
    (SignedOut, 401),
    (NotSignedIn, 401),
    (NotAdmitted, 401),
    (BadInvitation, 401),
    (TooLarge, 413),
    (TooOften, 429),
    (BadValue, 422),
    (SheetError, 422),
    (BadSignature, 422),
)
SECTIONS = frozenset(
    "tray out drafts release acts docket taskings copies register posts people performance account".split()
)
_FOR_ROLES = {
    "out": ("drafter", "registry clerk", "cipher clerk", "releasing officer"),
    "drafts": ("drafter", "registry clerk", "releasing officer"),
    "release": ("clearing officer", "releasing officer"),
}
_OF_FAULT = {"caller": 409, "peer": 422, "world": 503}


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Answer with a page: the context that every page has, and ``context`` over it."""
    page = _environment().get_template(template).render(page_context(request) | context)
    return HTMLResponse(page, status, headers)


def page_context(request: Request) -> dict[str, Any]:
    """What every page is told: the post, who is reading with which roles on, and the page's own token."""
    gate = gate_of(request)
    who = visitor(request)
    theme = request.cookies.get("reftel-theme", "")
    return {
        "post": gate.name,
        "origin": gate.origin,
        "demo": request.app.state.settings.demo,
        "person": "" if who is None else who.person,
        "roles": [] if who is None else who.listed_roles,
        "can": frozenset() if who is None else who.can,
        "press": partial(_presses, who),
        "counts": {} if who is None else _counts(request, who),
        "sections": frozenset() if who is None else _sections(who),
        "csrf": request.state.page_token,
        "nonce": request.state.nonce,
        "lock": {"open": gate.is_open, "text": "Unlocked" if gate.is_open else "Locked"},
        "theme": theme if theme in THEMES else "",
        "now": gate.clock.now(),
        "section": "",
        "line": None,
        "live": None,
    }


def _presses(who: Visit | None) -> bool:
    """Whether the reader has only one way to the key that copies are sealed to."""
    if who is None:
        return False
    with who.office.store.read() as connection:
        return not passkeys.is_safe(who.office, connection, who.person)


def _sections(who: Visit) -> frozenset[str]:
    """The sections that hold anything for somebody with these roles."""
    return SECTIONS - {name for name, roles in _FOR_ROLES.items() if who.roles.isdisjoint(roles)}


def _counts(request: Request, who: Visit) -> dict[str, int]:
    """What waits, for the badges in the rail."""
    with who.office.store.read() as connection:
        counts = rail_counts(connection, who.person, who.roles)
        asked = waiting.waiting_for(connection, who.person, who.office.clock.now())
        questions = request.app.state.badge.count(connection, who)
        return counts | {"acts": len(asked), "docket": questions}


def error_body(error: ReftelError) -> dict[str, str]:
    """An error as JSON has it everywhere."""
    return {"code": error.code, "fault": error.fault, "sentence": error.sentence, "mend": error.mend}


def status_of(request: Request, error: ReftelError) -> int:
    """The HTTP status of an error: whose fault it was, and which."""
    if isinstance(error, Locked) and not gate_of(request).is_open:
        return 503
    return next((status for kind, status in _STATUS if isinstance(error, kind)), _OF_FAULT[error.fault])


def on_error(request: Request, error: Exception) -> Response:
    """The answer to any of Reftel's errors: JSON for those who ask for it, else a page."""
    if not isinstance(error, ReftelError):  # pragma: no cover - starlette hands over no others
        raise error
    headers = {"retry-after": str(error.wait)} if isinstance(error, TooOften) else {}
    status = status_of(request, error)
    if wants_json(request):
        return JSONResponse(error_body(error), status, headers)
    if isinstance(error, SignedOut):
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"hx-redirect": "/sign-in"})
        return RedirectResponse("/sign-in", 303)
    return _error_page(request, status, error_body(error), headers)


def on_http(request: Request, error: Exception) -> Response:
    """The answer where there is no such page, or not by this method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {"code": "not-found", "fault": "caller", "sentence": "there is no such page", "mend": ""}
    if status != 404:
        said |= {"code": "bad-value", "sentence": "that cannot be asked here"}
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return (
        JSONResponse(said, status, headers)
        if wants_json(request)
        else _error_page(request, status, said, headers)
    )


def on_defect(request: Request, _error: Exception) -> Response:
    """The answer to a defect of Reftel itself; what it was stands in the server's log only."""
    said = {
        "code": "defect",
        "fault": "world",
        "sentence": "something in Reftel is broken, and nothing was half done",
        "mend": "Load the page again to see how things stand, and tell whoever looks after the server.",
    }
    return JSONResponse(said, 500) if wants_json(request) else _error_page(request, 500, said, {})


def wants_json(request: Request) -> bool:
    """Whether a request is one of a script, not of a person who follows links."""
    said = request.headers.get("accept", "") + request.headers.get("content-type", "")
    return request.url.path.startswith("/api/") or "application/json" in said


def _error_page(request: Request, status: int, said: dict[str, str], headers: Mapping[str, str]) -> Response:
    if not gate_of(request).is_open:
        return render(request, "locked.html", status=503, headers=headers)
    shown = {"sentence": sentence(said["sentence"]), "mend": said["mend"], "code": said["code"]}
    try:
        return render(request, "error.html", status=status, headers=headers, **shown)
    except ReftelError:  # what is wrong with the database is wrong for this page too
        return PlainTextResponse(f"{shown['sentence']}\n{shown['mend']}\n", status, headers)


class _Missing(StrictUndefined):
    """A name that a page was not told: it can be asked for, and not shown."""

    def __bool__(self) -> bool:  # type: ignore[override] # jinja2 says that it never returns
        return False


@cache
def _environment() -> Environment:
    environment = look.environment()
    environment.undefined = _Missing
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {
        "dtg": dtg,
        "time": time,
        "bdi": look.shown,
        "number": number,
        "sentence": sentence,
    }
    return environment


def dtg(at: datetime | str) -> str:
    """A time as a date-time group in UTC: ``221135Z NOV 26``."""
    return write_dtg(_moment(at))


def time(at: datetime | str) -> Markup:
    """A time's date-time group, in an element from which a page's script shows local time."""
    when = _moment(at)
    return Markup('<time datetime="{}">{}</time>').format(f"{when:%Y-%m-%dT%H:%M:%SZ}", write_dtg(when))


def number(value: int) -> str:
    """A number with its thousands parted."""
    return f"{value:,}".replace(",", "\u202f")


def sentence(text: str) -> str:
    """An error's sentence as a page shows it: a capital first, a full stop last."""
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    return ended[:1].upper() + ended[1:]


def _moment(at: datetime | str) -> datetime:
    return (clock_read(at) if isinstance(at, str) else at).astimezone(UTC)
