"""Getting in: by invitation, by passkey, and by nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import HybridIdentity, ScryptIdentity, ScryptRecipient
from reftel.cipher.prf import check_wrapped
from reftel.clock import elapsed
from reftel.office import passkeys, people
from reftel.register.entries import b64
from reftel.store import tables as t
from reftel.web.settings import Limits, Rate, Settings
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import read_bytes, write_bytes
from tests.office.scenes import ADMIN, CIPHER, KEYLESS, READER, REGISTRY
from tests.web.conftest import ORIGIN, Browser, Web, serve

NOT_IN = "not-signed-in"


def asked_for(browser: Browser, name: str) -> dict[str, Any]:
    answer = browser.post("/sign-in/options", {"name": name})
    assert answer.status_code == 200
    value: dict[str, Any] = answer.json()
    return value


def test_one_touch_signs_in_and_unlocks_the_readers_key(web: Web):
    browser = web.browser(web.keys[READER])
    answered = browser.sign_in(READER)
    assert (answered.status_code, answered.json()) == (200, {"next": "/tray"})
    page = browser.get("/account")
    assert page.status_code == 200
    assert READER in page.text
    assert browser.identity is not None
    with web.post.read() as connection:
        row = next(row for row in web.post.rows(t.readers) if row.person == READER)
        assert passkeys.passkeys_of(connection, READER)[0].state == "admitted"
    assert row.recipient == browser.identity.recipient().text()


def test_the_question_is_the_hash_of_the_nonce_under_the_label_for_getting_in(web: Web):
    asked = asked_for(web.browser(), READER)
    text = b"reftel/sign-in/v1\x00" + read_bytes(asked["nonce"], 32) + ORIGIN.encode()
    assert asked["publicKey"]["challenge"] == write_bytes(hashlib.sha256(text).digest())
    assert asked["publicKey"]["userVerification"] == "required"
    assert asked["publicKey"]["rpId"] == "office.beijing.example"


def test_a_name_that_nobody_bears_is_answered_like_one_that_somebody_does(web: Web):
    real = asked_for(web.browser(), READER)
    for name in ("Nobody", KEYLESS, "", "a" * 500, "\x00", "Makarov "[:3]):
        made_up = [asked_for(web.browser(), name) for _ in range(2)]
        assert made_up[0].keys() == real.keys()
        assert made_up[0]["publicKey"].keys() == real["publicKey"].keys()
        allowed = [one["publicKey"]["allowCredentials"] for one in made_up]
        assert allowed[0] == allowed[1]
        assert made_up[0]["wrapped"] == made_up[1]["wrapped"]
        assert {one["id"] for one in allowed[0]} == set(made_up[0]["wrapped"])
        for one in allowed[0]:
            file = read_bytes(made_up[0]["wrapped"][one["id"]], 1024)
            assert check_wrapped(file)
            (mine,) = real["wrapped"].values()
            assert len(file) == len(read_bytes(mine, 1024))
            assert one.keys() == real["publicKey"]["allowCredentials"][0].keys()


def test_no_touch_gets_a_stranger_in(web: Web):
    browser = web.browser(SoftwareKey.new(ORIGIN))
    assert browser.key is not None
    for name in ("Nobody", READER):
        asked = asked_for(browser, name)
        browser.key.credential = read_bytes(asked["publicKey"]["allowCredentials"][0]["id"], 64)
        assertion, _ = browser.key.get(asked["publicKey"])
        refused = browser.post("/sign-in/verify", {"assertion": assertion})
        assert (refused.status_code, refused.json()["code"]) == (401, NOT_IN)


def test_an_answer_is_taken_once(web: Web):
    browser = web.browser(web.keys[READER])
    asked = asked_for(browser, READER)
    assertion, _ = web.keys[READER].get(asked["publicKey"])
    assert browser.post("/sign-in/verify", {"assertion": assertion}).status_code == 200
    browser.person = READER
    again = browser.post("/sign-in/verify", {"assertion": assertion})
    assert (again.status_code, again.json()["code"]) == (401, NOT_IN)
    replayed = web.browser().post("/sign-in/verify", {"assertion": assertion})
    assert (replayed.status_code, replayed.json()["code"]) == (401, NOT_IN)


def test_an_answer_from_another_browser_is_refused(web: Web):
    asked = asked_for(web.browser(), READER)
    assertion, _ = web.keys[READER].get(asked["publicKey"])
    assert web.browser().post("/sign-in/verify", {"assertion": assertion}).status_code == 401


def test_an_answer_two_minutes_late_is_refused(web: Web, monkeypatch: pytest.MonkeyPatch):
    browser = web.browser(web.keys[READER])
    asked = asked_for(browser, READER)
    monkeypatch.setattr("reftel.web.challenges.elapsed", lambda: elapsed() + 121)
    assert browser.answer("/sign-in/verify", asked).status_code == 401


def test_one_persons_passkey_does_not_get_in_as_another(web: Web):
    browser = web.browser(web.keys[CIPHER])
    assert browser.answer("/sign-in/verify", asked_for(browser, READER)).json()["code"] == NOT_IN


def moved(key: SoftwareKey) -> None:
    key.origin = "https://evil.example"


def unverified(key: SoftwareKey) -> None:
    key.flags = 0x01


def absent(key: SoftwareKey) -> None:
    key.flags = 0x04


@pytest.mark.parametrize("change", [moved, unverified, absent])
def test_what_was_signed_elsewhere_or_by_nobody_is_refused(web: Web, change: Callable[[SoftwareKey], None]):
    change(web.keys[READER])
    assert web.browser(web.keys[READER]).sign_in(READER).json()["code"] == NOT_IN


def test_a_touch_for_another_place_is_refused(web: Web):
    browser = web.browser(web.keys[READER])
    asked = asked_for(browser, READER)
    asked["publicKey"]["rpId"] = "evil.example"
    assert browser.answer("/sign-in/verify", asked).json()["code"] == NOT_IN


def test_a_question_that_the_office_did_not_put_is_not_answered(web: Web):
    browser = web.browser(web.keys[READER])
    asked = asked_for(browser, READER)
    asked["publicKey"]["challenge"] = write_bytes(bytes(32))
    assert browser.answer("/sign-in/verify", asked).json()["code"] == NOT_IN


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"name": 1},
        {"name": "Makarov", "more": 1},
        {"assertion": {}},
        {"assertion": {"id": "AA", "rawId": "AB", "type": "public-key", "response": {}}},
        {"assertion": {"id": "AA", "rawId": "AA", "type": "other", "response": {}}},
        {"assertion": {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "%"}}},
    ],
)
def test_what_no_browser_sends_is_refused(web: Web, value: object):
    for path in ("/sign-in/verify", "/enrol/options", "/enrol/verify"):
        assert web.browser().post(path, value).status_code == 422


def test_json_that_is_none_is_refused(web: Web):
    browser = web.browser()
    browser.get("/sign-in")
    headers = {"x-reftel-token": browser.token, "origin": ORIGIN, "accept": "application/json"}
    for body in (b"", b"{", b"[" * 20_000, b"\xff"):
        assert browser.client.post("/sign-in/options", content=body, headers=headers).status_code == 422


def test_a_statement_of_another_kind_is_refused(web: Web):
    for said in (b"[]", b"{}", b'{"challenge":1}', b"[" * 2000):
        parts = {"clientDataJSON": said, "authenticatorData": b"a" * 37, "signature": b"s"}
        response = {name: write_bytes(part) for name, part in parts.items()}
        value = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": response}
        assert web.browser().post("/sign-in/verify", {"assertion": value}).status_code == 422


def test_an_altered_wrapped_key_is_not_handed_out(web: Web):
    credential = b64(web.keys[READER].credential)
    another = web.keys[READER].wrap(HybridIdentity.generate())
    for file in (another, b"no age file"):
        with web.post.office.store.write() as connection:
            where = t.wrapped.c.credential == credential
            connection.execute(update(t.wrapped).where(where).values(file=file))
        browser = web.browser(web.keys[READER])
        assert asked_for(browser, READER)["wrapped"] == {}
        assert browser.sign_in(READER).status_code == 200
        assert browser.identity is None
        assert browser.get("/keys/wrapped").json() == {}
        assert "was altered" in browser.get("/account").text


def test_the_wrapped_keys_are_for_whoever_is_signed_in(web: Web):
    assert web.browser().get("/keys/wrapped", headers={"accept": "application/json"}).status_code == 401
    wrapped = web.signed_in(READER).get("/keys/wrapped").json()
    assert list(wrapped) == [write_bytes(web.keys[READER].credential)]


def test_a_counter_that_goes_back_is_shown_and_stops_nobody(web: Web):
    key = web.keys[READER]
    key.counter = 40
    assert web.browser(key).sign_in(READER).status_code == 200
    assert "counter went back" not in web.signed_in(READER).get("/account").text
    key.counter = 3
    browser = web.browser(key)
    assert browser.sign_in(READER).status_code == 200
    assert "counter went back" in browser.get("/account").text


def test_a_name_is_tried_only_so_often(web: Web):
    settings = Settings(origin=ORIGIN, limits=Limits(by_name=Rate(tries=2, per=timedelta(minutes=1))))
    _, web.app = serve(web.post, settings)
    codes = [web.browser().post("/sign-in/options", {"name": READER}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = web.browser().post("/sign-in/options", {"name": READER.upper()})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert web.browser().post("/sign-in/options", {"name": CIPHER}).status_code == 200


def test_the_office_lets_nobody_in_while_it_is_locked(web: Web):
    browser = web.signed_in(READER)
    browser.get("/account")
    web.gate.lock()
    assert "office is locked" in browser.get("/account").text
    assert web.browser().get("/sign-in").status_code == 503


def enrolled(web: Web, person: str = KEYLESS) -> tuple[Browser, str]:
    """A browser that has enrolled by invitation, and the number to compare."""
    browser = web.browser(SoftwareKey.new(ORIGIN))
    answer = browser.enrol(person, web.invite(person))
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] == "/sign-in"
    return browser, answer.json()["fingerprint"]


def test_an_invitation_enrols_a_passkey_that_waits_for_two_officers(web: Web):
    browser, number = enrolled(web)
    refused = browser.sign_in(KEYLESS)
    assert (refused.status_code, refused.json()["code"]) == (401, "not-admitted")
    assert number in refused.json()["mend"]
    assert browser.key is not None
    credential = b64(browser.key.credential)
    with web.post.read() as connection:
        row = passkeys.find_passkey(connection, credential)
        assert passkeys.to_compare(web.post.office, connection, row) == number
    passkeys.admit_passkey(web.post.office, web.post.hand(ADMIN), credential, web.post.hand(REGISTRY))
    assert browser.sign_in(KEYLESS).status_code == 200
    assert browser.identity is not None
    reader = next(row for row in web.post.rows(t.readers) if row.person == KEYLESS)
    assert (reader.standing, reader.recipient) == ("admitted", browser.identity.recipient().text())


def test_an_invitation_is_good_for_one_enrolment(web: Web):
    code = web.invite(KEYLESS)
    assert web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code).status_code == 200
    again = web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code)
    assert (again.status_code, again.json()["code"]) == (401, "bad-invitation")


def test_an_invitation_used_twice_at_once_enrols_one(web: Web):
    code = web.invite(KEYLESS)
    browsers = [web.browser(SoftwareKey.new(ORIGIN)) for _ in range(4)]
    ready = []
    for browser in browsers:
        assert browser.key is not None
        asked = browser.post("/enrol/options", {"name": KEYLESS, "code": code}).json()
        identity = HybridIdentity.generate()
        ready.append(
            {
                "registration": browser.key.create(asked["publicKey"]),
                "recipient": identity.recipient().text(),
                "wrapped": write_bytes(browser.key.wrap(identity)),
                "label": "mine",
            }
        )
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda one: one[0].post("/enrol/verify", one[1]), zip(browsers, ready, strict=True))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    with web.post.read() as connection:
        assert len(passkeys.passkeys_of(connection, KEYLESS, ("enrolled",))) == 1


def test_an_invitation_expires(web: Web):
    code = web.invite(KEYLESS)
    web.post.pass_time(days=7, seconds=1)
    refused = web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code)
    assert (refused.status_code, refused.json()["code"]) == (401, "bad-invitation")


def test_a_wrong_code_an_unknown_name_and_a_departed_person_are_told_the_same(web: Web):
    code = web.invite(KEYLESS)
    people.depart(web.post.office, web.post.hand(ADMIN), READER)
    answers = [
        web.browser().post("/enrol/options", {"name": name, "code": given}).text
        for name, given in (
            (KEYLESS, "0000-0000-0000-0000-0000"),
            ("Nobody", code),
            (READER, code),
            (CIPHER, code),
        )
    ]
    answers.append(web.browser().post("/enrol/options", {"name": KEYLESS, "code": "1" * 41}).text)
    assert len(set(answers)) == 1
    assert json.loads(answers[0])["code"] == "bad-invitation"


def test_codes_are_tried_only_so_often(web: Web):
    code = web.invite(KEYLESS)
    browser = web.browser(SoftwareKey.new(ORIGIN))
    tries = [browser.post("/enrol/options", {"name": KEYLESS, "code": str(n)}) for n in range(9)]
    assert [answer.status_code for answer in tries] == [401] * 8 + [429]
    assert browser.post("/enrol/options", {"name": KEYLESS, "code": code}).status_code == 429


def test_an_enrolment_has_to_be_whole_and_within_bounds(web: Web):
    code = web.invite(KEYLESS)
    too_long = write_bytes(b"a" * 2000)
    under_a_phrase = write_bytes(encrypt(b"x", [ScryptRecipient("a phrase", 14)]))
    wrong: list[dict[str, Any]] = [
        {"wrapped": too_long},
        {"wrapped": under_a_phrase},
        {"wrapped": ""},
        {"recipient": "age1pq1"},
        {"recipient": "a" * 5000},
        {"label": "a" * 61},
        {"registration": {}},
        {"more": 1},
    ]
    for more in wrong:
        # Each try puts another question, and codes are tried only so often.
        web.app.app.state.codes.__init__(Rate(tries=5, per=timedelta(minutes=1)))  # type: ignore[attr-defined]
        refused = web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code, **more)
        assert 400 <= refused.status_code < 500, more
    with web.post.read() as connection:
        assert passkeys.passkeys_of(connection, KEYLESS, ("enrolled", "admitted")) == []
    assert web.browser(SoftwareKey.new(ORIGIN)).enrol(KEYLESS, code).status_code == 200


@pytest.mark.parametrize("change", [moved, unverified, absent])
def test_a_passkey_made_elsewhere_or_by_nobody_is_not_enrolled(
    web: Web, change: Callable[[SoftwareKey], None]
):
    key = SoftwareKey.new(ORIGIN)
    change(key)
    refused = web.browser(key).enrol(KEYLESS, web.invite(KEYLESS))
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-signature")


def test_a_registration_is_read_as_strictly_as_an_assertion(web: Web):
    browser = web.browser(SoftwareKey.new(ORIGIN))
    code = web.invite(KEYLESS)
    assert browser.key is not None
    framed = {"crossOrigin": True}
    for said, attested in (
        (framed, None),
        ({}, b"\xa0"),
        ({}, b"\xff" * 90),
        ({"type": "webauthn.get"}, None),
    ):
        asked = browser.post("/enrol/options", {"name": KEYLESS, "code": code}).json()
        made = browser.key.create(asked["publicKey"])
        response = dict(made["response"])
        client = json.loads(base64.urlsafe_b64decode(response["clientDataJSON"] + "=="))
        response["clientDataJSON"] = write_bytes(json.dumps(client | said).encode())
        if attested is not None:
            response["attestationObject"] = write_bytes(attested)
        sent = {
            "registration": made | {"response": response},
            "recipient": HybridIdentity.generate().recipient().text(),
            "wrapped": write_bytes(browser.key.wrap(HybridIdentity.generate())),
            "label": "",
        }
        assert browser.post("/enrol/verify", sent).status_code == 422


def test_what_is_asked_of_a_new_passkey(web: Web):
    asked = web.browser().post("/enrol/options", {"name": KEYLESS, "code": web.invite(KEYLESS)}).json()
    options = asked["publicKey"]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert KEYLESS not in base64.urlsafe_b64decode(options["user"]["id"] + "==").decode("latin1")


def test_with_the_recovery_phrase_the_readers_key_comes_back(web: Web):
    browser = web.signed_in(READER)
    assert browser.identity is not None
    phrase = "twenty base32 characters"
    file = encrypt(browser.identity.text().encode(), [ScryptRecipient(phrase, 14)])
    passkeys.keep_recovery(web.post.office, web.post.hand(READER), file)
    code = web.invite(READER)
    fresh = web.browser(SoftwareKey.new(ORIGIN))
    given = fresh.post("/enrol/recovery", {"name": READER, "code": code}).json()["file"]
    identity = HybridIdentity.parse(decrypt(read_bytes(given, 1024), [ScryptIdentity(phrase)]).decode())
    assert identity.text() == browser.identity.text()
    assert fresh.key is not None
    sent = {"recipient": identity.recipient().text(), "wrapped": write_bytes(fresh.key.wrap(identity))}
    assert fresh.enrol(READER, code, **sent).status_code == 200
    # The key was admitted before and is the same: copies can be sealed to it meanwhile.
    assert next(row.standing for row in web.post.rows(t.readers) if row.person == READER) == "admitted"
    wrong = web.browser().post("/enrol/recovery", {"name": READER, "code": "0"})
    assert wrong.json()["code"] == "bad-invitation"


def test_without_a_recovery_file_there_is_none_to_give(web: Web):
    code = web.invite(KEYLESS)
    answer = web.browser().post("/enrol/recovery", {"name": KEYLESS, "code": code})
    assert (answer.status_code, answer.json()) == (200, {"file": ""})
    file = encrypt(b"x" * 77, [ScryptRecipient("a phrase", 14)])
    passkeys.keep_recovery(web.post.office, web.post.hand(READER), file)
    with web.post.office.store.write() as connection:
        where = t.wrapped.c.credential == passkeys.recovery_name(READER)
        connection.execute(update(t.wrapped).where(where).values(file=file[:-1] + b"?"))
    code = web.invite(READER)
    assert web.browser().post("/enrol/recovery", {"name": READER, "code": code}).json() == {"file": ""}


def test_pages_on_which_people_get_in_say_that_they_need_a_script(web: Web):
    for path in ("/sign-in", "/enrol"):
        page = web.browser().get(path)
        assert page.status_code == 200
        assert "<noscript>" in page.text
        assert "needs JavaScript" in page.text


def test_who_is_in_already_goes_on(web: Web):
    answer = web.signed_in(READER).get("/sign-in")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tray")
