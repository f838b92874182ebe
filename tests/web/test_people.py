"""The people pages: who sees what, and the slip by which somebody is invited."""

from __future__ import annotations

import re

import pytest

from reftel.cipher.identity import HybridIdentity
from reftel.cipher.tokens import code_digest
from reftel.office import passkeys, people
from reftel.office.office import RULES
from reftel.register.entries import b64
from reftel.store import tables as t
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import write_bytes
from tests.office.scenes import ADMIN, CIPHER, KEYLESS, READER, REGISTRY
from tests.web.conftest import ORIGIN, Browser, Web


def person_page(browser: Browser, name: str) -> str:
    answer = browser.get("/people/person", params={"name": name})
    assert answer.status_code == 200
    return answer.text


def test_everybody_sees_who_serves_and_with_which_keys(web: Web):
    page = web.signed_in(READER).get("/people").text
    for name in (ADMIN, CIPHER, KEYLESS):
        assert name in page
    assert "1 passkey" in page
    assert 'href="/people/admit"' not in page
    shown = person_page(web.signed_in(READER), CIPHER)
    assert "cipher clerk" in shown
    for door in ("admit passkey", "revoke passkey", "depart", "admit person"):
        assert f'data-door="{door}"' not in shown
    assert "Signed in" not in shown


def test_one_may_revoke_ones_own_passkey_and_an_administrator_anybodys(web: Web):
    assert 'data-door="revoke passkey"' in person_page(web.signed_in(READER), READER)
    administrator = web.signed_in(ADMIN, "administrator")
    assert 'data-door="revoke passkey"' in person_page(administrator, READER)
    assert 'data-door="depart"' in person_page(administrator, READER)


def test_a_name_that_was_never_admitted_is_not_found(web: Web):
    browser = web.signed_in(READER)
    assert browser.get("/people/person", params={"name": "Nobody"}).status_code == 404
    assert browser.get("/people/person").status_code == 404


@pytest.mark.parametrize("path", ["/people/admit", f"/people/invite?name={KEYLESS}"])
def test_what_is_for_administrators_is_refused_to_others(web: Web, path: str):
    assert web.signed_in(READER).get(path).status_code == 403
    assert web.signed_in(ADMIN).get(path).status_code == 403
    assert web.browser().get(path).status_code == 303


def test_the_slip_holds_the_code_and_the_office_only_its_digest(web: Web):
    browser = web.signed_in(ADMIN, "administrator")
    page = browser.get("/people/invite", params={"name": KEYLESS}).text
    (code,) = re.findall(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", page)
    digest = code_digest(web.post.office.origin, KEYLESS, code)
    assert f'value="{digest}"' in page
    assert f"{ORIGIN}/enrol" in page
    assert code not in browser.get("/people/invite", params={"name": KEYLESS}).text
    web.act(ADMIN, "invite", {"person": KEYLESS, "digest": digest})
    assert code not in str(web.post.rows(t.invitations))
    assert web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code).status_code == 200


def test_nobody_who_left_is_invited(web: Web):
    people.depart(web.post.office, web.post.hand(ADMIN), KEYLESS)
    browser = web.signed_in(ADMIN, "administrator")
    assert browser.get("/people/invite", params={"name": KEYLESS}).status_code == 404


def test_a_passkey_is_admitted_in_the_browser_by_two_officers(web: Web):
    fresh = web.browser(SoftwareKey.new(ORIGIN))
    number = fresh.enrol(KEYLESS, web.invite(KEYLESS)).json()["fingerprint"]
    assert number in person_page(web.signed_in(REGISTRY), KEYLESS)
    assert fresh.key is not None
    credential = b64(fresh.key.credential)
    administrator = web.signed_in(ADMIN, "administrator")
    assert 'data-door="admit passkey"' in person_page(administrator, KEYLESS)
    web.act(ADMIN, "admit passkey", {"credential": credential, "second": REGISTRY}, others=[REGISTRY])
    record = web.post.last()
    assert record.kind == "passkey admitted"
    assert {signed.person for signed in record.signatures} == {ADMIN, REGISTRY}
    assert fresh.sign_in(KEYLESS).status_code == 200


def test_a_second_passkey_is_added_by_the_first(web: Web):
    browser = web.signed_in(READER)
    assert "One lost passkey" in browser.get("/account").text
    second = SoftwareKey.new(ORIGIN)
    asked = browser.post("/account/passkeys/options", {}).json()
    known = [one["id"] for one in asked["publicKey"]["excludeCredentials"]]
    assert known == [write_bytes(web.keys[READER].credential)]
    assert browser.identity is not None
    made = {
        "registration": second.create(asked["publicKey"]),
        "wrapped": write_bytes(second.wrap(browser.identity)),
        "label": "on my ring",
    }
    checked = browser.post("/account/passkeys/verify", made)
    assert checked.status_code == 200, checked.text
    web.act(READER, checked.json()["door"], checked.json()["arguments"])
    page = browser.get("/account").text
    assert "on my ring" in page
    assert "One lost passkey" not in page
    elsewhere = web.browser(second)
    assert elsewhere.sign_in(READER).status_code == 200
    assert elsewhere.identity is not None
    assert elsewhere.identity.text() == browser.identity.text()
    assert browser.post("/account/passkeys/verify", made).status_code == 401


def test_a_question_for_a_new_passkey_is_answered_for_the_same_person(web: Web):
    browser = web.browser(SoftwareKey.new(ORIGIN))
    asked = browser.post("/enrol/options", {"name": KEYLESS, "code": web.invite(KEYLESS)}).json()
    assert browser.key is not None
    made = {
        "registration": browser.key.create(asked["publicKey"]),
        "wrapped": write_bytes(browser.key.wrap(HybridIdentity.generate())),
        "label": "",
    }
    assert web.signed_in(READER).post("/account/passkeys/verify", made).status_code == 401


def test_a_name_that_is_hostile_is_shown_harmlessly(web: Web):
    name = "<b>Ivan</b> \u2714&/?"
    people.admit(web.post.office, web.post.hand(ADMIN), name, roles=["reader"])
    browser = web.signed_in(READER)
    page = browser.get("/people").text
    assert "<b>Ivan" not in page
    assert "&lt;b&gt;Ivan" in page
    assert "&lt;b&gt;Ivan" in person_page(browser, name)


def test_the_account_page_names_what_is_missing(web: Web):
    page = web.signed_in(READER).get("/account").text
    assert "No recovery file is kept" in page
    assert passkeys.MAX_LABEL == 60


def test_separations_are_shown_to_all_and_switched_by_administrators(web: Web):
    page = web.signed_in(READER).get("/people").text
    assert "who drafts does not release" in page
    assert 'data-door="rule switch"' not in page
    page = web.signed_in(ADMIN, "administrator").get("/people").text
    assert page.count('data-door="rule switch"') == len(RULES)
    web.act(ADMIN, "rule switch", {"rule": "stop-issue", "off": "true", "decision": "Order 5"})
    page = web.signed_in(READER).get("/people").text
    assert "switched off" in page
    assert "Order 5" in page
