"""The web office put together: every module of pages, behind one guard."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Route

from reftel.errors import ReftelError
from reftel.web import (
    account,
    act_pages,
    cable_page,
    compose,
    demo_pages,
    docket_book,
    docket_item_pages,
    docket_list_pages,
    docket_marking,
    docket_pages,
    docket_session_pages,
    docket_timeline,
    getting_in,
    holdings_pages,
    jobs,
    knew_pages,
    live,
    people_pages,
    performance,
    post_pages,
    register_pages,
    release_pages,
    statics,
    tasking_pages,
    tray_pages,
    trust,
)
from reftel.web.api import make_api
from reftel.web.challenges import Challenges
from reftel.web.closed import WhileShut
from reftel.web.docket_badge import Badge
from reftel.web.gate import Gate
from reftel.web.guard import Guard
from reftel.web.live import Live
from reftel.web.rates import Rates
from reftel.web.rendering import on_defect, on_error, on_http
from reftel.web.settings import Settings

PAGES: Sequence[ModuleType] = (
    getting_in,
    account,
    people_pages,
    act_pages,
    trust,
    holdings_pages,
    knew_pages,
    jobs,
    tray_pages,
    cable_page,
    docket_marking,
    docket_pages,
    docket_book,
    docket_item_pages,
    docket_session_pages,
    docket_list_pages,
    docket_timeline,
    live,
    tasking_pages,
    demo_pages,
    register_pages,
    post_pages,
    performance,
    compose,
    release_pages,
)
"""Every module that has pages: each has a list ``routes``."""


def make_app(gate: Gate, settings: Settings) -> Guard:
    """The web office of one post, as an ASGI application.

    ``gate`` is its office, open or shut; ``settings`` say under which address people reach it.
    """
    routes: list[BaseRoute] = [Route("/", _front), statics.route]
    for module in PAGES:
        routes += module.routes
    app = Starlette(
        routes=routes,
        middleware=[Middleware(WhileShut, gate=gate)],
        exception_handlers={ReftelError: on_error, HTTPException: on_http, Exception: on_defect},
    )
    app.mount("/api/v1", make_api(app.state))
    app.state.gate = gate
    app.state.settings = settings
    app.state.live = Live(gate)
    app.state.badge = Badge()
    app.state.challenges = Challenges()
    app.state.by_name = Rates(settings.limits.by_name)
    app.state.codes = Rates(settings.limits.codes)
    return Guard(app, settings)


def _front(_request: Request) -> RedirectResponse:
    return RedirectResponse("/tray", 303)
