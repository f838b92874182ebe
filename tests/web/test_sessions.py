"""Sessions: another token with each sign-in and each role, ended by time, by hand, by departure."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from reftel.cipher.tokens import new_token, token_digest
from reftel.errors import NotFound, NotYourRole, SignedOut
from reftel.office import passkeys, people, sessions
from reftel.register.entries import b64
from reftel.store import tables as t
from reftel.web.visit import BY_ITSELF
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, DRAFTER, READER
from tests.web.conftest import Browser, Web

COOKIE = "__Host-reftel"


def cookie(browser: Browser) -> str:
    return str(browser.client.cookies[COOKIE])


def signed_out(browser: Browser) -> bool:
    answer = browser.get("/account")
    return answer.status_code == 303 and answer.headers["location"] == "/sign-in"


def test_signing_in_gives_another_token_than_the_browser_had(web: Web):
    browser = web.browser(web.keys[READER])
    browser.get("/sign-in")
    before = cookie(browser)
    assert browser.sign_in(READER).status_code == 200
    assert cookie(browser) != before
    planted = web.browser()
    planted.client.cookies.set(COOKIE, before)
    assert signed_out(planted)


def test_a_token_that_somebody_planted_becomes_nobodys_session(web: Web):
    planted = new_token()
    browser = web.browser(web.keys[READER])
    browser.client.cookies.set(COOKIE, planted, domain="office.beijing.example", path="/")
    assert browser.sign_in(READER).status_code == 200
    attacker = web.browser()
    attacker.client.cookies.set(COOKIE, planted)
    assert signed_out(attacker)


def test_signing_in_again_ends_the_session_before(web: Web):
    browser = web.browser(web.keys[READER])
    browser.sign_in(READER)
    before = cookie(browser)
    asked = browser.post("/sign-in/options", {"name": READER})
    assert browser.answer("/sign-in/verify", asked.json()).status_code == 200
    old = web.browser()
    old.client.cookies.set(COOKIE, before)
    assert signed_out(old)


def test_the_office_keeps_no_token(web: Web):
    browser = web.signed_in(READER)
    rows = [row for row in web.post.rows(t.sessions) if row.person == READER]
    assert [row.token for row in rows] == [token_digest(cookie(browser))]
    assert cookie(browser) not in str(rows)


def test_a_session_ends_when_nothing_was_done_for_a_while(web: Web):
    browser = web.signed_in(READER)
    for _ in range(3):
        web.post.pass_time(minutes=29)
        assert not signed_out(browser)
    web.post.pass_time(minutes=30)
    assert signed_out(browser)


def test_what_a_page_does_by_itself_keeps_no_session(web: Web):
    browser = web.signed_in(READER)
    for _ in range(2):
        web.post.pass_time(minutes=14)
        assert browser.get("/account", headers={BY_ITSELF: "1"}).status_code == 200
    web.post.pass_time(minutes=3)
    assert signed_out(browser)


def test_a_session_ends_after_half_a_day_whatever_is_done(web: Web):
    browser = web.signed_in(READER)
    for _ in range(24):
        web.post.pass_time(minutes=29)
        assert not signed_out(browser)
    web.post.pass_time(minutes=24)
    assert signed_out(browser)


def test_privileges_are_off_until_asked_for_and_go_off_again(web: Web):
    browser = web.signed_in(ADMIN)
    assert browser.get("/people/admit").status_code == 403
    before = cookie(browser)
    assert browser.switch_on("administrator").status_code == 200
    assert cookie(browser) != before
    assert browser.get("/people/admit").status_code == 200
    assert "goes off by itself" in browser.get("/account").text
    web.post.pass_time(minutes=15)
    assert browser.get("/people/admit").status_code == 403


def test_privileges_can_be_switched_off_at_once(web: Web):
    browser = web.signed_in(ADMIN, "administrator")
    before = cookie(browser)
    assert browser.send("/account/roles/off").status_code == 303
    assert cookie(browser) != before
    assert browser.get("/people/admit").status_code == 403


def test_the_token_before_a_privilege_is_worth_nothing_afterwards(web: Web):
    browser = web.signed_in(ADMIN)
    before = cookie(browser)
    browser.switch_on("administrator")
    old = web.browser()
    old.client.cookies.set(COOKIE, before)
    assert signed_out(old)


@pytest.mark.parametrize("role", ["administrator", "reader", "no role", "auditor"])
def test_nobody_switches_on_what_they_do_not_hold(web: Web, role: str):
    assert web.signed_in(READER).switch_on(role).status_code == 403


def test_a_touch_to_sign_in_switches_no_role_on(web: Web):
    browser = web.signed_in(ADMIN)
    asked = browser.post("/sign-in/options", {"name": ADMIN}).json()
    assert browser.answer("/account/roles/verify", asked).status_code == 401
    asked = browser.post("/account/roles/options", {"role": "administrator"}).json()
    assert browser.answer("/sign-in/verify", asked).status_code == 401


def test_a_role_that_is_taken_away_is_off(web: Web):
    browser = web.signed_in(AUDITOR, "auditor")
    people.admit(web.post.office, web.post.hand(ADMIN), AUDITOR, roles=["reader"], clearance="SECRET")
    with web.post.read() as connection:
        (session,) = sessions.sessions_of(connection, AUDITOR, web.post.clock.now())
    assert session.roles == frozenset({"reader"})
    assert not signed_out(browser)


def test_a_departure_ends_sessions_at_once(web: Web):
    browser = web.signed_in(READER)
    people.depart(web.post.office, web.post.hand(ADMIN), READER)
    assert signed_out(browser)


def test_a_revoked_passkey_ends_its_sessions_at_once(web: Web):
    browser = web.signed_in(READER)
    credential = b64(web.keys[READER].credential)
    passkeys.revoke_passkey(web.post.office, web.post.hand(ADMIN), credential, "lost")
    assert signed_out(browser)
    assert web.browser(web.keys[READER]).sign_in(READER).status_code == 401


def test_signing_out_ends_the_session_and_the_browser_forgets_it(web: Web):
    browser = web.signed_in(READER)
    token = cookie(browser)
    answer = browser.send("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    browser.client.cookies.set(COOKIE, token)
    assert signed_out(browser)


def test_a_person_sees_and_ends_sessions_elsewhere(web: Web):
    here, there = web.signed_in(READER), web.browser(web.keys[READER])
    there.client.headers["user-agent"] = "Another browser\x07<b>"
    there.sign_in(READER)
    page = here.get("/account").text
    assert "Another browser&lt;b&gt;" in page
    other = next(
        one for one in re.findall('name="session" value="([0-9a-f]{16})"', page) if not is_of(here, one)
    )
    assert here.send("/account/sessions/end", {"session": other}).headers["location"] == "/account"
    assert signed_out(there)
    assert not signed_out(here)
    assert here.send("/account/sessions/end", {"session": other}).status_code == 404
    assert here.send("/account/sessions/end", {"session": "all"}).headers["location"] == "/sign-in"
    assert signed_out(here)


def is_of(browser: Browser, session: str) -> bool:
    return token_digest(cookie(browser)).startswith(session)


def test_nobody_ends_another_persons_session_but_an_administrator(web: Web):
    drafter, reader, administrator = (web.signed_in(who) for who in (DRAFTER, READER, ADMIN))
    session = token_digest(cookie(reader))[:16]
    assert drafter.send("/account/sessions/end", {"session": session}).status_code == 404
    for browser in (drafter, administrator):
        refused = browser.send("/people/sessions/end", {"name": READER, "session": session})
        assert refused.status_code == 403
    assert not signed_out(reader)
    administrator.switch_on("administrator")
    assert session in administrator.get("/people/person", params={"name": READER}).text
    ended = administrator.send("/people/sessions/end", {"name": READER, "session": session})
    assert ended.headers["location"] == f"/people/person?name={READER}"
    assert signed_out(reader)
    assert administrator.send("/people/sessions/end", {"name": READER, "session": "all"}).status_code == 303


def test_a_person_has_at_most_twenty_sessions(web: Web):
    office = web.post.office
    credential = b64(web.keys[READER].credential)
    tokens = []
    for _ in range(sessions.MAX_OF_PERSON + 3):
        tokens.append(sessions.begin(office, READER, credential))
        web.post.pass_time(seconds=1)
    with pytest.raises(SignedOut):
        sessions.find(office, tokens[2])
    assert sessions.find(office, tokens[3]).person == READER


def test_sessions_that_have_ended_are_removed(web: Web):
    office = web.post.office
    sessions.begin(office, READER, b64(web.keys[READER].credential))
    web.post.pass_time(hours=13)
    sessions.begin(office, CIPHER, b64(web.keys[CIPHER].credential))
    assert [row.person for row in web.post.rows(t.sessions)] == [CIPHER]


def test_what_is_no_token_finds_no_session(web: Web):
    for token in ("", "A" * 43, "../../etc/passwd"):
        with pytest.raises(SignedOut):
            sessions.find(web.post.office, token)
    with pytest.raises(NotFound):
        sessions.end_one(web.post.office, READER, "0" * 16)
    token = sessions.begin(web.post.office, READER, b64(web.keys[READER].credential))
    with pytest.raises(NotYourRole):
        sessions.switch_on(web.post.office, token, "administrator")


def test_scripts_and_fragments_are_told_that_the_session_has_ended(web: Web):
    browser = web.browser()
    as_json = browser.get("/account", headers={"accept": "application/json"})
    assert (as_json.status_code, as_json.json()["code"]) == (401, "signed-out")
    fragment = browser.get("/account", headers={"hx-request": "true"})
    assert (fragment.status_code, fragment.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_copied_database_holds_nothing_that_signs_in(web: Web):
    """The digest of a session's token is not its token."""
    web.signed_in(READER)
    with web.post.read() as connection:
        (digest,) = connection.execute(select(t.sessions.c.token)).scalars()
    for value in (digest, digest[:43]):
        thief = web.browser()
        thief.client.cookies.set(COOKIE, value)
        assert signed_out(thief)
