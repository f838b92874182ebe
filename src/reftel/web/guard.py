"""The guard: what every request passes before any page sees it, and what every answer bears.

Rules that this file enforces:

1. Host is the office's own: a foreign name that points here gets nothing (DNS rebinding).
2. No other site's page reaches anything here but the front of a page, by a link.
3. What changes something comes from a page of this office: Sec-Fetch-Site or Origin says so, and it
   bears the page's token, which only a page of the same session can show. Both, always.
4. Headers, targets and bodies are bounded, and a body has to come within its time. A body is taken
   whole before a page sees it, and one address has only so much under way.
5. Getting in can be tried only so often from one address.
6. Every answer bears its security headers; a page is kept by no cache.

It is plain ASGI, so that answers which never end (``/live``) pass through as they come.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie

import anyio
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reftel.cipher.tokens import is_token, new_nonce, new_token, page_token, same
from reftel.clock import elapsed
from reftel.errors import NotFromHere, ReftelError, TooLarge, TooOften
from reftel.web.rates import Rates
from reftel.web.settings import Settings

REPORTS = "/csp-report"
GETTING_IN = ("/sign-in/", "/enrol/")
TOKEN_HEADER = "x-reftel-token"  # noqa: S105 - a header's name
_SAFE = frozenset({"GET", "HEAD"})
_METHODS = _SAFE | {"POST", "PUT", "PATCH", "DELETE"}
_FORM_TOKEN = re.compile(rb"(?:\A|&)token=([A-Za-z0-9_-]{43})(?:&|\Z)")
# A browser sends a form's fields in their order, and the token is the first of each form.
_MULTIPART_TOKEN = re.compile(
    rb"\A--[^\r\n]{1,80}\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n([A-Za-z0-9_-]{43})\r\n--"
)
_FORMS = {"application/x-www-form-urlencoded": _FORM_TOKEN, "multipart/form-data": _MULTIPART_TOKEN}
_PAGE = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; "
    f"require-trusted-types-for 'script'; trusted-types htmx; report-uri {REPORTS}"
)
_NO_PAGE = "default-src 'none'; frame-ancestors 'none'; sandbox"
_SHUT_OFF = (
    "accelerometer autoplay camera display-capture geolocation gyroscope hid idle-detection magnetometer"
)
_SHUT_OFF += " microphone midi payment screen-wake-lock serial usb xr-spatial-tracking"
_HEADERS = {
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(
        [
            *(f"{name}=()" for name in _SHUT_OFF.split()),
            "publickey-credentials-create=(self)",
            "publickey-credentials-get=(self)",
        ]
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_STATUS: dict[type[ReftelError], int] = {NotFromHere: 403, TooLarge: 413, TooOften: 429}
_log = logging.getLogger(__name__)


class Guard:
    """The outermost ring of the web office, around ``app``.

    It leaves in ``scope["state"]`` what pages need: ``nonce`` for their scripts, ``token`` (the
    cookie's, or the one that the answer will set), ``page_token`` for their forms, ``body`` as it came.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.reports = 0
        self._settings = settings
        self._by_address = Rates(settings.limits.by_address)
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1003})
            return
        begun = elapsed()
        headers = Headers(scope=scope)
        cookie = _cookie(headers, self._settings.cookie)
        token = cookie or new_token()
        nonce = new_nonce()
        state = scope.setdefault("state", {})
        state |= {"nonce": nonce, "token": token, "page_token": page_token(token), "known": bool(cookie)}

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), nonce, "" if cookie else token, begun)
            await send(message)

        refusal = self._refuse(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, dressed)
        elif scope["method"] in _SAFE:
            await self.app(scope, receive, dressed)
        else:
            with self._room(scope):
                await self._take(scope, headers, receive, dressed)

    def _dress(self, headers: MutableHeaders, nonce: str, fresh: str, begun: float) -> None:
        page = headers.get("content-type", "").startswith("text/html")
        headers["content-security-policy"] = _PAGE.format(nonce=nonce) if page else _NO_PAGE
        for name, value in _HEADERS.items():
            headers[name] = value
        if self._settings.secure:
            headers["strict-transport-security"] = "max-age=31536000"
        headers.setdefault("cache-control", "no-store")
        headers["server-timing"] = f"app;dur={(elapsed() - begun) * 1000:.1f}"
        if page and fresh and "set-cookie" not in headers:
            headers.append("set-cookie", cookie_header(self._settings, fresh))

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that nobody needs to look into; ``None`` for others."""
        limits = self._settings.limits
        if len(scope["path"]) + len(scope.get("query_string", b"")) > limits.target_bytes:
            return _plain(414, "The address is too long.")
        fields = scope["headers"]
        size = sum(len(name) + len(value) for name, value in fields)
        if len(fields) > limits.headers or size > limits.header_bytes:
            return _plain(431, "The request's headers are too large.")
        if headers.getlist("host") != [self._settings.host]:
            return _plain(421, "There is no such office here.")
        if scope["method"] not in _METHODS:
            return _plain(405, "That is not done here.")
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] in _SAFE and site in {"cross-site", "same-site"}:
            by_link = headers.get("sec-fetch-mode") == "navigate"
            if not by_link or headers.get("sec-fetch-dest") != "document":
                return _plain(403, "No other site's page reads this.")
        return None

    async def _take(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Take a body whole, and let it pass if it comes from a page of this office."""
        reporting = scope["path"] == REPORTS
        try:
            if not reporting:
                self._from_here(headers)
            if scope["path"].startswith((*GETTING_IN, REPORTS)):
                self._by_address.take(_address(scope))
            body = await self._body(scope, headers, receive)
            if reporting:
                self._report(body)
                await Response(status_code=204)(scope, receive, send)
                return
            _check_token(headers, body, scope["state"])
            scope["state"]["body"] = body
        except ReftelError as error:
            await _refusal(error, headers)(scope, receive, send)
            return
        await self.app(scope, _again(body, receive), send)

    def _from_here(self, headers: Headers) -> None:
        """Demand that the browser says that the request comes from this origin.

        Under ``no-referrer`` a browser gives the Origin of a form as ``null``, and Sec-Fetch-Site decides.
        """
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        ours = origin == self._settings.origin
        if not (ours if site is None else site == "same-origin" and (ours or origin in {None, "null"})):
            raise NotFromHere("the request does not come from a page of this office")

    @contextmanager
    def _room(self, scope: Scope) -> Iterator[None]:
        """What of this request's body is in memory counts for its address until it is answered."""
        scope["state"]["held"] = 0
        address = _address(scope)
        try:
            yield
        finally:
            self._held[address] -= scope["state"]["held"]
            if self._held[address] <= 0:
                del self._held[address]

    def _hold(self, scope: Scope, size: int) -> None:
        """Count so many bytes more; :class:`TooOften` where one address has too many under way."""
        scope["state"]["held"] += size
        self._held[_address(scope)] += size
        if self._held[_address(scope)] > self._settings.limits.bytes_by_address:
            raise TooOften("too much is being sent from there at once", wait=1)

    async def _body(self, scope: Scope, headers: Headers, receive: Receive) -> bytes:
        limit = self._limit(scope["path"], headers)
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said[:20]) > limit:
            raise TooLarge(f"more than {limit} bytes were sent")
        parts, size = [], 0
        with anyio.move_on_after(self._settings.limits.body_seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                self._hold(scope, len(parts[-1]))
                if size > limit:
                    raise TooLarge(f"more than {limit} bytes were sent")
                if not message.get("more_body", False):
                    return b"".join(parts)
        raise TooLarge("the request did not come whole in its time")

    def _limit(self, path: str, headers: Headers) -> int:
        limits = self._settings.limits
        if path == REPORTS:
            return limits.report_bytes
        if path.startswith(GETTING_IN):
            return limits.getting_in_bytes
        if headers.get("content-type", "").startswith("multipart/form-data"):
            return limits.upload_bytes
        return limits.body_bytes

    def _report(self, body: bytes) -> None:
        """Count what a browser reports; the log gets the directive, never an address."""
        self.reports += 1
        try:
            value = json.loads(body)
            said = value["csp-report"] if isinstance(value, dict) else value[0]["body"]
            directive = said.get("effective-directive") or said.get("effectiveDirective") or ""
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            directive = ""
        known = re.fullmatch(r"[a-z-]{1,40}", str(directive))
        _log.warning("a browser reports a breach of the content policy: %s", known.group() if known else "?")


def _address(scope: Scope) -> str:
    """From where a request comes."""
    return str((scope.get("client") or ("",))[0])


def cookie_header(settings: Settings, token: str, *, ends: bool = False) -> str:
    """The Set-Cookie of a session's token; ``ends`` makes the browser forget it."""
    parts = [f"{settings.cookie}={'' if ends else token}", "Path=/", "HttpOnly", "SameSite=Strict"]
    return "; ".join([*parts, *(["Secure"] if settings.secure else []), *(["Max-Age=0"] if ends else [])])


def _cookie(headers: Headers, name: str) -> str:
    """The session's token in the request, if it has one of the right form."""
    try:
        found = SimpleCookie("; ".join(headers.getlist("cookie"))).get(name)
    except CookieError:
        return ""
    return found.value if found is not None and is_token(found.value) else ""


def _check_token(headers: Headers, body: bytes, state: dict[str, object]) -> None:
    """The page's token, from the header or from the form; that of the cookie's session."""
    given = headers.get(TOKEN_HEADER)
    if given is None:
        kind = headers.get("content-type", "").partition(";")[0]
        form = _FORMS.get(kind)
        found = form.search(body) if form is not None else None
        given = "" if found is None else found.group(1).decode()
    if not state["known"] or not same(given, str(state["page_token"])):
        raise NotFromHere("the page is not of this session any more")


def _again(body: bytes, receive: Receive) -> Receive:
    """The body that was taken, in one piece; afterwards what the server says."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _refusal(error: ReftelError, headers: Headers) -> Response:
    status = _STATUS.get(type(error), 400)
    more = {"retry-after": str(error.wait)} if isinstance(error, TooOften) else {}
    if "json" in headers.get("accept", "") + headers.get("content-type", ""):
        value = {"code": error.code, "sentence": error.sentence, "mend": error.mend}
        return Response(json.dumps(value), status, more, "application/json")
    return _plain(status, f"{error.sentence[:1].upper()}{error.sentence[1:]}. {error.mend}", more)


def _plain(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return Response(sentence + "\n", status, headers, "text/plain; charset=utf-8")
