"""The demonstration's own page: the passkeys in software of its people, for the script that plays them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reftel.errors import NotFound
from reftel.web.visit import settings_of


def demo_keys(request: Request) -> Response:
    """Every key with its secrets; in an office that is no demonstration there is no such page."""
    settings = settings_of(request)
    if not settings.demo:
        raise NotFound("there is no such page")
    return JSONResponse({name: dict(key) for name, key in settings.demo_keys.items()})


routes = [Route("/demo/keys", demo_keys, methods=["GET"])]
