"""What every request passes and every answer bears: other sites, other names, sizes, times and rates."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from reftel.cipher.tokens import page_token
from reftel.errors import BadValue, StoreDamaged, TooOften
from reftel.web.guard import Guard
from reftel.web.rates import MAX_KEYS, Rates
from reftel.web.settings import KIB, MIB, Limits, Rate, Settings
from tests.office.scenes import READER
from tests.web.conftest import ORIGIN, SETTINGS, Web, serve

HERE = {"sec-fetch-site": "same-origin", "origin": ORIGIN}


def test_a_page_bears_the_headers_of_a_page(web: Web):
    answer = web.browser().get("/sign-in")
    policy = answer.headers["content-security-policy"]
    (nonce,) = re.findall("script-src 'nonce-([A-Za-z0-9_-]{22})'", policy)
    assert f'nonce="{nonce}"' in answer.text
    assert "unsafe" not in policy
    for part in (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types htmx",
    ):
        assert part in policy.split("; ")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "publickey-credentials-get=(self)" in answer.headers["permissions-policy"]
    assert re.fullmatch(r"app;dur=[0-9]+\.[0-9]", answer.headers["server-timing"])


def test_each_page_has_another_nonce_and_what_is_no_page_runs_nothing(web: Web):
    browser = web.browser()
    policies = {browser.get("/sign-in").headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3
    asked = browser.post("/sign-in/options", {"name": READER})
    assert asked.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert asked.headers["cache-control"] == "no-store"


def test_the_cookie_is_seen_by_no_script_and_sent_by_no_other_site(web: Web):
    cookie = web.browser().get("/sign-in").headers["set-cookie"]
    assert re.fullmatch("__Host-reftel=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure", cookie)


def test_a_request_without_the_pages_token_is_refused(web: Web):
    browser = web.signed_in(READER)
    for token in ("", "A" * 43):
        refused = browser.post("/account/roles/options", {"role": "auditor"}, **{"x-reftel-token": token})
        assert refused.status_code == 403
        assert refused.json()["code"] == "not-from-here"
    assert browser.send("/sign-out", {"token": "A" * 43}).status_code == 403
    assert browser.get("/account").status_code == 200


def test_the_token_of_another_browser_is_refused(web: Web):
    mine, other = web.signed_in(READER), web.browser()
    other.get("/sign-in")
    mine.get("/account")
    assert mine.token != other.token
    assert mine.send("/sign-out", {"token": other.token}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": ORIGIN},
        {"sec-fetch-site": "same-site", "origin": "https://other.beijing.example"},
        {"sec-fetch-site": "none", "origin": ORIGIN},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
        {"sec-fetch-site": "same-origin", "origin": ORIGIN + ":8443"},
        {"sec-fetch-site": "same-origin", "origin": ORIGIN.replace("https", "http")},
    ],
)
def test_what_comes_from_another_site_changes_nothing(web: Web, headers: dict[str, str]):
    browser = web.signed_in(READER)
    browser.get("/account")
    assert browser.send("/sign-out", {}, **headers).status_code == 403
    assert browser.get("/account").status_code == 200


def test_a_browser_that_says_nothing_of_the_site_must_give_the_origin(web: Web):
    browser = web.signed_in(READER)
    browser.get("/account")
    data = {"token": browser.token}
    for origin in ({}, {"origin": "null"}, {"origin": "https://evil.example"}):
        assert browser.client.post("/sign-out", data=data, headers=origin).status_code == 403
    done = browser.client.post("/sign-out", data=data, headers={"origin": ORIGIN}, follow_redirects=False)
    assert done.status_code == 303


def test_another_sites_page_reads_nothing_but_may_link_here(web: Web):
    browser = web.signed_in(READER)
    fetched = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
    assert browser.get("/account", headers=fetched).status_code == 403
    framed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}
    assert browser.get("/account", headers=framed).status_code == 403
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert browser.get("/sign-in", headers=followed).status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "office.beijing.example:8443", "OFFICE.BEIJING.EXAMPLE", "127.0.0.1", ""]
)
def test_another_name_that_points_here_gets_nothing(web: Web, host: str):
    answer = web.browser().get("/sign-in", headers={"host": host})
    assert answer.status_code == 421
    assert "Reftel" not in answer.text


def test_headers_and_addresses_have_their_bounds(web: Web):
    browser = web.browser()
    assert browser.get("/sign-in", headers={f"x-{n}": "1" for n in range(70)}).status_code == 431
    assert browser.get("/sign-in", headers={"x-long": "a" * (17 * KIB)}).status_code == 431
    assert browser.get("/sign-in?" + "a" * (5 * KIB)).status_code == 414


def test_bodies_have_their_bounds(web: Web):
    browser = web.browser()
    long = {"name": "a" * (33 * KIB)}
    assert browser.post("/sign-in/options", long).status_code == 413
    signed = web.signed_in(READER)
    assert signed.post("/account/roles/options", {"role": "a" * (5 * MIB)}).status_code == 413

    def unannounced():
        for _ in range(70):
            yield b"a" * KIB

    browser.get("/sign-in")
    headers = HERE | {"x-reftel-token": browser.token}
    assert browser.client.post("/sign-in/options", content=unannounced(), headers=headers).status_code == 413
    said = headers | {"content-length": "-1"}
    assert browser.client.post("/sign-in/options", content=b"{}", headers=said).status_code == 413


def test_a_method_that_nobody_uses_is_refused(web: Web):
    client = web.browser().client
    assert client.request("TRACE", "/sign-in").status_code == 405
    assert client.request("OPTIONS", "/sign-in").status_code == 405
    assert client.delete("/sign-in", headers=HERE).status_code == 403


def test_a_body_that_does_not_come_is_not_waited_for_for_long():
    settings = Settings(origin=ORIGIN, limits=Limits(body_seconds=0.05))
    guard = Guard(Starlette(), settings)
    sent = []

    async def receive():
        await anyio.sleep(5)

    async def send(message):
        sent.append(message)

    headers = [(b"host", settings.host.encode()), (b"origin", ORIGIN.encode())]
    scope = {"type": "http", "method": "POST", "path": "/x", "query_string": b"", "headers": headers}

    async def ask():
        with anyio.fail_after(2):
            await guard(scope, receive, send)

    anyio.run(ask)
    assert sent[0]["status"] == 413


def test_one_address_has_only_so_much_under_way():
    """Without a session much could be sent at once, and kept in memory until it is whole."""
    limits = Limits(bytes_by_address=64 * KIB, body_seconds=5)
    guard = Guard(Starlette(), Settings(origin=ORIGIN, limits=limits))
    statuses: dict[str, int] = {}

    async def request(address: str, released: anyio.Event) -> None:
        headers = {"host": "office.beijing.example", **HERE}
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/x", "headers": pairs, "client": (address, 1)}
        parts = [{"type": "http.request", "body": b"x" * 40 * KIB, "more_body": True}]

        async def receive() -> dict[str, object]:
            if parts:
                return parts.pop()
            await released.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses[address] = int(str(message["status"]))

        await guard(scope, receive, send)

    async def both() -> None:
        released = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(request, "192.0.2.1", released)
            group.start_soon(request, "192.0.2.2", released)
            await anyio.sleep(0.05)
            assert statuses == {}
            await request("192.0.2.1", released)
            assert statuses == {"192.0.2.1": 429}
            released.set()
        assert statuses == {"192.0.2.1": 413, "192.0.2.2": 413}
        await request("192.0.2.1", released)
        assert statuses["192.0.2.1"] == 413

    anyio.run(both)


def test_a_websocket_is_closed(web: Web):
    with pytest.raises(WebSocketDisconnect) as caught, web.browser().client.websocket_connect("/live"):
        pass
    assert caught.value.code == 1003


def test_a_form_with_a_file_bears_its_token_first():
    def taken(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(request.state.body)))

    app = Guard(Starlette(routes=[Route("/bags", taken, methods=["POST"])]), SETTINGS)
    client = TestClient(app, base_url=ORIGIN)
    client.cookies.set("__Host-reftel", "A" * 43)
    token = page_token("A" * 43)
    file = {"bag": ("bag.age", b"x" * MIB)}
    assert client.post("/bags", data={"token": token}, files=file, headers=HERE).status_code == 200
    assert (
        client.post("/bags", data={"other": "1", "token": token}, files=file, headers=HERE).status_code == 403
    )
    assert client.post("/bags", files=file, headers=HERE).status_code == 403


def test_getting_in_can_be_tried_only_so_often_from_one_address(web: Web):
    settings = Settings(origin=ORIGIN, limits=Limits(by_address=Rate(tries=3, per=timedelta(minutes=1))))
    _, web.app = serve(web.post, settings)
    browser = web.browser()
    answers = [browser.post("/sign-in/options", {"name": f"Nobody {n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 20
    assert browser.get("/sign-in").status_code == 200


def test_rates_fill_again_and_forget_the_oldest(monkeypatch: pytest.MonkeyPatch):
    at = [100.0]
    monkeypatch.setattr("reftel.web.rates.elapsed", lambda: at[0])
    rates = Rates(Rate(tries=2, per=timedelta(seconds=10)))
    rates.take("a")
    rates.take("a")
    with pytest.raises(TooOften) as caught:
        rates.take("a")
    assert caught.value.wait == 5
    rates.take("b")
    at[0] += 5
    rates.take("a")
    with pytest.raises(TooOften):
        rates.take("a")
    for n in range(MAX_KEYS):
        rates.take(str(n))
    rates.take("a")


def test_reports_are_counted_and_no_address_reaches_the_log(web: Web, caplog: pytest.LogCaptureFixture):
    client = web.browser().client
    secret = f"{ORIGIN}/cables/17"
    old = {"csp-report": {"effective-directive": "script-src-elem", "document-uri": secret}}
    new = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "documentURL": secret}}]
    with caplog.at_level(logging.WARNING):
        for report in (old, new, [], {}, "no", {"csp-report": {"effective-directive": "\n" + secret}}):
            assert client.post("/csp-report", json=report).status_code == 204
        assert client.post("/csp-report", content=b"{").status_code == 204
    assert web.app.reports == 7
    assert "script-src-elem" in caplog.text
    assert "img-src" in caplog.text
    assert "cables" not in caplog.text
    assert client.post("/csp-report", content=b"a" * (17 * KIB)).status_code == 413


def test_what_is_not_there_and_what_breaks_tell_nothing(web: Web):
    browser = web.signed_in(READER)
    missing = browser.get("/no/such/page")
    assert missing.status_code == 404
    assert "no such page" in missing.text.lower()
    as_json = browser.get("/no/such/page", headers={"accept": "application/json"})
    assert as_json.json() == {
        "code": "not-found",
        "fault": "caller",
        "sentence": "there is no such page",
        "mend": "",
    }
    assert browser.post("/sign-in", {}).status_code == 405


def test_a_defect_is_told_without_its_cause(web: Web):
    def broken(_request: Request) -> None:
        raise RuntimeError("the secret cause")

    web.app.app.router.routes.insert(0, Route("/broken", broken))  # type: ignore[attr-defined]
    client = TestClient(web.app, base_url=ORIGIN, raise_server_exceptions=False)
    for accept in ("text/html", "application/json"):
        answer = client.get("/broken", headers={"accept": accept})
        assert answer.status_code == 500
        assert "secret cause" not in answer.text
        assert answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://office.beijing.example",
        "https://office.beijing.example/",
        "https://Office.example",
        "office",
        "",
    ],
)
def test_an_office_stands_at_an_address_that_browsers_give(origin: str):
    with pytest.raises(BadValue):
        Settings(origin=origin)


def test_on_this_machine_it_does_without_tls():
    settings = Settings(origin="http://localhost:8411")
    assert (settings.rp_id, settings.host, settings.cookie) == ("localhost", "localhost:8411", "reftel-8411")


def test_a_database_that_cannot_be_read_is_told_without_one(web: Web):
    browser = web.signed_in(READER)

    def damaged(_request: Request) -> None:
        raise StoreDamaged("the database cannot be read")

    web.app.app.router.routes.insert(0, Route("/damaged", damaged))  # type: ignore[attr-defined]
    assert browser.get("/damaged").status_code == 503
    web.post.office.store.path.write_bytes(bytes(4096 * 4))
    web.post.office.close()
    answer = browser.get("/damaged")
    assert answer.status_code == 503
    assert "cannot be read" in answer.text
    assert answer.headers["content-security-policy"]
