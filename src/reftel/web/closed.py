"""While the office is shut every page says so, and says how many bags wait."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reftel.errors import Locked
from reftel.web.gate import Gate
from reftel.web.rendering import error_body, render, wants_json

ALWAYS = ("/assets/", "/trust")


class WhileShut:
    """Between the guard and the pages; what needs no office (``ALWAYS``) goes through."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or self._gate.is_open or scope["path"].startswith(ALWAYS):
            await self.app(scope, receive, send)
            return
        response = await run_in_threadpool(self._answer, Request(scope))
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        waiting = self._gate.spool.waiting()
        if wants_json(request):
            try:
                _ = self._gate.office
            except Locked as error:
                return JSONResponse(error_body(error) | {"bags": waiting.bags}, 503)
        return render(
            request,
            "locked.html",
            status=503,
            bags=waiting.bags,
            bags_since=waiting.since,
            shut_since=self._gate.shut_since,
        )
