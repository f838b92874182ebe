"""Acts by passkey: what is refused, what is told, and that an act happens once or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import update

from reftel.cable import sheet
from reftel.cipher.identity import HybridIdentity
from reftel.cipher.passkey import act_challenge
from reftel.office import copies, desk, passkeys, sessions
from reftel.office.audit import audit
from reftel.register.entries import act_digest, b64, decode_json
from reftel.register.log import find_entry, size_of
from reftel.store import tables as t
from reftel.web.doors import DOORS
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import read_bytes, write_bytes
from reftel.web.words import fingerprint
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    decide,
    letter,
)
from tests.web.conftest import ORIGIN, Web

SHEET = sheet.render(letter())


def sign_with(web: Web, key: SoftwareKey, person: str, asked: Mapping[str, Any]) -> Any:
    """Sign what was asked for with some key, from the browser of ``person``."""
    assertion, _ = key.get(asked["publicKey"])
    return web.signed_in(person).post(f"/acts/{asked['id']}/signature", {"assertion": assertion})


def asked_for(web: Web, person: str, door: str, **arguments: Any) -> Any:
    """The question for an act."""
    answer = web.ask(person, door, arguments)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_draft_to_release(web: Web) -> None:
    draft = web.act(DRAFTER, "draft", {"sheet": SHEET, "clear_by": [CLEARING]})
    assert draft["state"] == "entered"
    entry = draft["answer"]["cable"]
    web.act(CLEARING, "clear", {"cable": entry})
    asked = asked_for(web, RELEASER, "release", cables=[entry])
    said = asked["words"][0]
    assert "cable 2026BEIJING000001 to MOSCOW (moscow.example), PRIORITY" in said
    assert "you adopt the text with the fingerprint" in said
    assert "(SECRET)" in said
    done = web.touch(RELEASER, asked).json()
    assert done["answer"]["mrns"] == ["2026BEIJING000001"]
    assert done["next"] == f"/cables/{entry}"
    assert audit(web.post.office).clean


def test_what_is_signed_is_what_is_shown(web: Web) -> None:
    """A page recomputes the challenge from the exact texts of the acts, and so can anybody."""
    asked = asked_for(web, DRAFTER, "draft", sheet=SHEET, clear_by=[CLEARING])
    digests = [act_digest(decode_json(act.encode())) for act in asked["acts"]]
    assert asked["publicKey"]["challenge"] == write_bytes(act_challenge(digests))
    assert asked["publicKey"]["userVerification"] == "required"
    assert asked["publicKey"]["rpId"] == "office.beijing.example"
    web.touch(DRAFTER, asked)
    with web.post.read() as connection:
        last = size_of(connection)
        entered = [find_entry(connection, n).decoded.act for n in range(last - 2, last)]
    assert entered == [decode_json(act.encode()) for act in asked["acts"]]


def test_the_fingerprint_in_the_words_is_the_one_on_the_draft_s_page(web: Web) -> None:
    entry = web.post.draft(clearing=[CLEARING])
    asked = asked_for(web, CLEARING, "clear", cable=entry)
    shown = fingerprint(web.post.cable(entry).version)
    assert shown in asked["words"][0]
    assert shown in web.signed_in(CLEARING).get(f"/drafts/{entry}").text


def test_a_waived_rule_is_said_out_loud(web: Web) -> None:
    decide(web.post, "two-witnesses", off=True)
    entry = web.post.printed()
    asked = asked_for(web, REGISTRY, "destroy", cable=entry, copies=[1], witnesses=READER)
    assert any("WAIVED" in one and "two witnesses" in one for one in asked["words"])


def test_a_wrapped_key_comes_with_the_opening_of_a_copy_only(web: Web) -> None:
    entry = web.post.printed()
    issue = copies.Issue(seq=1, holder=READER)
    copies.issue(web.post.office, web.post.hand(REGISTRY), entry, [issue])
    asked = asked_for(web, READER, "open", cable=entry, seq=1)
    assert list(asked["wrapped"]) == [write_bytes(web.keys[READER].credential)]
    assert (
        asked_for(web, REGISTRY, "number", cable=entry, numbers=[{"scheme": "a", "value": "1"}])["wrapped"]
        == {}
    )


@pytest.mark.parametrize(
    ("door", "arguments", "code"),
    [
        ("no such door", {}, "bad-value"),
        ("release", {"cables": [1], "more": 1}, "bad-value"),
        ("release", {}, "bad-value"),
        ("release", {"cables": ["x"]}, "bad-value"),
        ("release", {"cables": [-1]}, "bad-value"),
        ("release", {"cables": [True]}, "bad-value"),
        ("release", {"cables": [1.0]}, "bad-value"),
        ("release", {"cables": list(range(65))}, "bad-value"),
        ("release", {"cables": [10**30]}, "bad-value"),
        ("release", {"cables": {"a": 1}}, "bad-value"),
        ("release", {"cables": [999]}, "not-found"),
        ("release", {"cables": [[1]]}, "bad-value"),
        ("release", {"cables": [1], "who": "x" * 81}, "bad-value"),
        ("release", {"cables": [1], "who": "a\u0000b"}, "bad-value"),
    ],
)
def test_arguments_are_read_strictly(web: Web, door: str, arguments: dict[str, Any], code: str) -> None:
    before = web.post.size()
    answer = web.ask(RELEASER, door, arguments)
    assert (answer.status_code, answer.json()["code"]) == (404 if code == "not-found" else 422, code)
    assert answer.json()["sentence"]
    assert web.post.size() == before
    assert web.post.rows(t.waiting_acts) == []


@pytest.mark.parametrize("body", [[], {}, {"door": 1, "arguments": {}}, {"door": "release"}, "release", 7])
def test_the_question_itself_is_read_strictly(web: Web, body: object) -> None:
    assert web.signed_in(RELEASER).post("/acts", body).status_code == 422


def test_half_a_character_is_refused(web: Web) -> None:
    """What JSON can hold and UTF-8 cannot, as a value and as a name."""
    browser = web.signed_in(DRAFTER)
    browser.get("/account")
    for arguments in ({"sheet": "\ud800"}, {"\ud800": 1}, {"cables": "\ud800"}):
        content = json.dumps({"door": "draft", "arguments": arguments}).encode()
        sent = {"x-reftel-token": browser.token, "origin": ORIGIN, "content-type": "application/json"}
        answer = browser.client.post("/acts", content=content, headers=sent | {"accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad-value")


def test_a_form_without_a_script_is_told_so(web: Web) -> None:
    answer = web.signed_in(RELEASER).send("/acts", {"door": "release", "cables": "1"})
    assert answer.status_code == 409
    assert "Signing needs JavaScript" in answer.text


def test_somebody_else_s_door_is_shut(web: Web) -> None:
    """Each door against each person: without a role for it that is on, nothing is even looked at."""
    for person in (DRAFTER, CLEARING, READER, AUDITOR, ADMIN):
        roles = web.signed_in(person)
        with web.post.read() as connection:
            on = sessions.sessions_of(connection, person, web.post.clock.now())[0].roles
        for name, door in DOORS.items():
            answer = roles.post("/acts", {"door": name, "arguments": {}})
            if door.may(on):
                assert answer.status_code in {409, 422}, (person, name, answer.text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "not-your-role"), (person, name)


def test_an_administrator_switches_the_role_on_first(web: Web) -> None:
    given = {"rule": "stop-issue", "off": True, "decision": "Order 4"}
    assert web.ask(ADMIN, "rule switch", given).status_code == 403
    web.signed_in(ADMIN, "administrator")
    asked = asked_for(web, ADMIN, "rule switch", **given)
    web.post.pass_time(minutes=14, seconds=59)
    assert web.touch(ADMIN, asked).status_code == 200


def test_a_role_that_went_off_meanwhile(web: Web) -> None:
    browser = web.signed_in(ADMIN, "administrator")
    asked = asked_for(web, ADMIN, "rule switch", rule="stop-issue", off=True, decision="Order 4")
    assert browser.send("/account/roles/off").status_code == 303
    answer = web.touch(ADMIN, asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-role")
    assert web.post.rows(t.rules)[-1].rule == "two-officers"
    web.signed_in(ADMIN, "administrator")
    assert web.touch(ADMIN, asked).status_code == 200


def test_what_somebody_may_not_see_is_as_what_is_not_here(web: Web) -> None:
    """A draft of somebody else's, and a copy in other hands, answer as what does not exist."""
    entry = web.post.printed(cable=letter(classification="TOP SECRET"))
    copies.issue(web.post.office, web.post.hand(REGISTRY), entry, [copies.Issue(seq=1, holder=READER)])
    there = [
        web.ask(DRAFTER, "task", {"cable": entry, "owner": "A", "text": "B"}),
        web.ask(CIPHER, "open", {"cable": entry, "seq": 1}),
        web.ask(CIPHER, "pass", {"cable": entry, "seq": 1, "holder": CIPHER}),
        web.ask(DRAFTER, "lost", {"cable": entry, "seq": 1, "reason": "x"}),
    ]
    not_there = [
        web.ask(DRAFTER, "task", {"cable": 9999, "owner": "A", "text": "B"}),
        web.ask(CIPHER, "open", {"cable": 9999, "seq": 1}),
        web.ask(CIPHER, "pass", {"cable": entry, "seq": 99, "holder": CIPHER}),
        web.ask(DRAFTER, "lost", {"cable": 9999, "seq": 1, "reason": "x"}),
    ]
    for one, other in zip(there, not_there, strict=True):
        assert one.status_code == other.status_code == 404
        assert one.json() == other.json()


def test_a_number_that_only_an_unseen_cable_bears(web: Web) -> None:
    entry = web.post.release()
    desk.number(web.post.office, web.post.hand(REGISTRY), entry, [["incoming", "25025"]])
    given = {"cable": 9998, "n": 1, "by_cable": "25025"}
    seen = web.ask(DRAFTER, "fulfil", {**given, "cable": entry})
    assert "no cable here bears" not in seen.text
    other = web.post.printed(cable=letter(classification="TOP SECRET"))
    desk.number(web.post.office, web.post.hand(REGISTRY), other, [["incoming", "30030"]])
    hidden = web.ask(DRAFTER, "fulfil", {**given, "cable": entry, "by_cable": "30030"})
    absent = web.ask(DRAFTER, "fulfil", {**given, "cable": entry, "by_cable": "40040"})
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("30030", "40040") == absent.text


def test_a_touch_signs_its_own_act_only(web: Web) -> None:
    entry, other = web.post.draft(), web.post.draft()
    one = asked_for(web, RELEASER, "release", cables=[entry])
    two = asked_for(web, RELEASER, "release", cables=[other])
    assertion, _ = web.keys[RELEASER].get(one["publicKey"])
    answer = web.signed_in(RELEASER).post(f"/acts/{two['id']}/signature", {"assertion": assertion})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")
    assert web.post.cable(other).state == "drafted"


def test_a_touch_given_again_changes_nothing(web: Web) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    assertion, _ = web.keys[RELEASER].get(asked["publicKey"])
    browser = web.signed_in(RELEASER)
    first = browser.post(f"/acts/{asked['id']}/signature", {"assertion": assertion})
    size = web.post.size()
    again = browser.post(f"/acts/{asked['id']}/signature", {"assertion": assertion})
    assert first.json() == again.json()
    assert web.post.size() == size
    with web.post.read() as connection:
        credential = b64(web.keys[RELEASER].credential)
        assert sessions.went_back(connection, credential) == "", "a repetition is no copy of the passkey"


def test_another_person_s_passkey(web: Web) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    answer = sign_with(web, web.keys[DRAFTER], RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")
    stranger = sign_with(web, web.keys[DRAFTER], DRAFTER, asked)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not-found")


def test_a_sign_in_is_no_act_and_an_act_is_no_sign_in(web: Web) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    browser = web.browser(web.keys[RELEASER])
    question = browser.post("/sign-in/options", {"name": RELEASER}).json()
    assertion, _ = web.keys[RELEASER].get(question["publicKey"])
    answer = web.signed_in(RELEASER).post(f"/acts/{asked['id']}/signature", {"assertion": assertion})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")
    of_act, _ = web.keys[RELEASER].get(asked["publicKey"])
    refused = browser.post("/sign-in/verify", {"assertion": of_act})
    assert (refused.status_code, refused.json()["code"]) == (401, "not-signed-in")


def test_a_passkey_that_is_not_admitted_yet_or_any_more(web: Web) -> None:
    office = web.post.office
    spare = SoftwareKey.new(ORIGIN)
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    assert sign_with(web, spare, RELEASER, asked).json()["code"] == "bad-signature"
    with office.store.write() as connection:
        connection.execute(update(t.passkeys).where(t.passkeys.c.person == RELEASER).values(state="enrolled"))
    with office.store.read() as connection:
        assert passkeys.passkeys_of(connection, RELEASER) == []
    # Nobody is signed in by a passkey that does not count, so nothing can be signed with it either.
    assert web.touch(RELEASER, asked).status_code == 401


def test_a_passkey_that_waits_to_be_admitted_signs_nothing(web: Web) -> None:
    """Its holder is signed in by another one."""
    office, key, identity = web.post.office, SoftwareKey.new(ORIGIN), HybridIdentity.generate()
    code = web.invite(RELEASER)
    enrolment = passkeys.Enrolment(
        credential=key.credential,
        public=key.public(),
        rp_id="office.beijing.example",
        origin=ORIGIN,
        wrapped=key.wrap(identity),
    )
    passkeys.enrol(office, RELEASER, code, enrolment, identity.recipient().text())
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    assert write_bytes(key.credential) not in json.dumps(asked["publicKey"])
    answer = sign_with(web, key, RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")
    assert web.touch(RELEASER, asked).status_code == 200


def test_a_passkey_revoked_between_words_and_touch(web: Web) -> None:
    """Signed in by another passkey, the revoked one signs nothing."""
    spare = SoftwareKey.new(ORIGIN)
    wrapped = b64(spare.wrap(web.signed_in(RELEASER).identity))  # type: ignore[arg-type]
    given = {"credential": b64(spare.credential), "public": b64(spare.public()), "wrapped": wrapped}
    web.act(RELEASER, "add passkey", given)
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    assert len(asked["publicKey"]["allowCredentials"]) == 2
    web.act(RELEASER, "revoke passkey", {"credential": b64(spare.credential), "reason": "Lost"})
    answer = sign_with(web, spare, RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")
    assert web.touch(RELEASER, asked).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda given: given.pop("rawId"),
        lambda given: given.update(id="other"),
        lambda given: given.update(type="password"),
        lambda given: given.update(response=[]),
        lambda given: given["response"].pop("signature"),
        lambda given: given["response"].update(signature=""),
        lambda given: given["response"].update(signature="a" * 5000),
        lambda given: given["response"].update(clientDataJSON="e30="),
        lambda given: given["response"].update(clientDataJSON=write_bytes(b"[" * 4000)),
        lambda given: given["response"].update(authenticatorData=write_bytes(b"\0" * 36)),
        lambda given: given["response"].update(authenticatorData=7),
    ],
)
def test_an_assertion_is_read_strictly(web: Web, spoil: Any) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    assertion, _ = web.keys[RELEASER].get(asked["publicKey"])
    spoil(assertion)
    answer = web.signed_in(RELEASER).post(f"/acts/{asked['id']}/signature", {"assertion": assertion})
    assert answer.status_code == 422, answer.text
    assert web.touch(RELEASER, asked).status_code == 200


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("type", "webauthn.create"),
        ("origin", "https://elsewhere.example"),
        ("crossOrigin", True),
        ("topOrigin", ORIGIN),
        ("challenge", "AAAA"),
    ],
)
def test_a_browser_s_statement_that_says_something_else(web: Web, part: str, value: object) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    key = web.keys[RELEASER]
    real = key._client
    key._client = lambda kind, challenge: _said(real(kind, challenge), part, value)  # type: ignore[method-assign]
    answer = web.touch(RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-signature")


def _said(client: bytes, part: str, value: object) -> bytes:
    return json.dumps(json.loads(client) | {part: value}).encode()


def test_a_user_who_was_not_verified(web: Web) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    web.keys[RELEASER].flags = 0x01
    assert web.touch(RELEASER, asked).json()["code"] == "bad-signature"


def test_something_changed_between_words_and_touch(web: Web) -> None:
    """Another cable took the number: the fresh words come back, and can be signed at once."""
    entry = web.post.draft()
    asked = asked_for(web, RELEASER, "release", cables=[entry])
    assert "2026BEIJING000001" in asked["words"][0]
    web.post.release()
    answer = web.touch(RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-act")
    assert "look again" in answer.json()["sentence"]
    fresh = answer.json()["again"]
    assert "2026BEIJING000002" in fresh["words"][0]
    assert web.touch(RELEASER, asked).status_code == 409, "the old words cannot be signed any more"
    assert web.touch(RELEASER, fresh).json()["answer"]["mrns"] == ["2026BEIJING000002"]
    page = web.signed_in(RELEASER).get(f"/acts/{asked['id']}")
    assert "It did not happen" in page.text
    assert audit(web.post.office).clean


def test_what_can_no_longer_be_done(web: Web) -> None:
    entry = web.post.draft()
    asked = asked_for(web, RELEASER, "release", cables=[entry])
    desk.withdraw(web.post.office, web.post.hand(DRAFTER), entry)
    answer = web.touch(RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-allowed-in-this-state")
    assert "It did not happen" in web.signed_in(RELEASER).get(f"/acts/{asked['id']}").text


def test_an_act_expires(web: Web) -> None:
    asked = asked_for(web, RELEASER, "release", cables=[web.post.draft()])
    web.post.pass_time(minutes=15)
    answer = web.touch(RELEASER, asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale-act")
    page = web.signed_in(RELEASER).get(f"/acts/{asked['id']}")
    assert "It did not happen" in page.text
    assert "Expired" in page.text


def test_a_counter_that_went_back_is_noted_and_nothing_is_refused(web: Web) -> None:
    key = web.keys[RELEASER]
    key.counter = 100
    web.act(RELEASER, "release", {"cables": [web.post.draft()]})
    key.counter = 50
    assert web.act(RELEASER, "release", {"cables": [web.post.draft()]})["state"] == "entered"
    with web.post.read() as connection:
        assert sessions.went_back(connection, b64(key.credential))
    report = audit(web.post.office)
    assert report.clean
    assert "passkey counter" in {one.kind for one in report.findings}


def test_two_tabs_at_once(web: Web) -> None:
    """The same cable is released from two tabs: one release, and the other tab is told."""
    entry = web.post.draft()
    one, two = (asked_for(web, RELEASER, "release", cables=[entry]) for _ in range(2))
    assert web.touch(RELEASER, one).status_code == 200
    answer = web.touch(RELEASER, two)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-allowed-in-this-state")
    kinds = [row.kind for row in web.post.rows(t.acts)]
    assert kinds.count("released") == 1


def test_witnesses_sign_from_their_own_sessions(web: Web) -> None:
    entry = web.post.printed()
    asked = asked_for(web, REGISTRY, "destroy", cable=entry, copies=[1], witnesses=[READER, CIPHER])
    url = f"/acts/{asked['id']}"
    assert web.signed_in(READER).get(url).status_code == 404, "nobody is asked before who acts has signed"
    assert sign_with(web, web.keys[READER], READER, asked).status_code == 404
    done = web.touch(REGISTRY, asked).json()
    assert (done["state"], done["waiting_for"], done["next"]) == ("waiting", [READER, CIPHER], url)
    assert "It has not happened yet" in web.signed_in(REGISTRY).get(url).text
    page = web.signed_in(REGISTRY).get(url).text
    assert f"It is entered when <bdi>{READER} and {CIPHER}</bdi> have signed" in page
    assert "<span><bdi>SECRET</bdi></span>" in page.partition('id="marking"')[2].partition("</aside>")[0]
    listed = web.signed_in(READER).get("/acts")
    assert asked["id"] in listed.text
    assert 'To sign <b class="n">1</b>' in listed.text
    assert web.signed_in(DRAFTER).get(url).status_code == 404
    assert asked["id"] not in web.signed_in(DRAFTER).get("/acts").text
    question = web.signed_in(READER).get(f"{url}/options").json()
    assert question["words"] == asked["words"]
    twice = [web.touch(READER, question).json() for _ in range(2)]
    assert [one["waiting_for"] for one in twice] == [[CIPHER], [CIPHER]]
    assert asked["id"] not in web.signed_in(READER).get("/acts").text.partition("What you did")[0]
    last = web.signed_in(CIPHER).get(f"{url}/options").json()
    assert web.touch(CIPHER, last).json()["state"] == "entered"
    signatures = {one.person for one in web.post.last().signatures}
    assert signatures == {REGISTRY, READER, CIPHER}
    assert audit(web.post.office).clean


def test_a_witness_is_somebody_else(web: Web) -> None:
    entry = web.post.printed()
    given = {"cable": entry, "copies": [1], "witnesses": [REGISTRY, READER]}
    answer = web.ask(REGISTRY, "destroy", given)
    assert (answer.status_code, answer.json()["code"]) == (409, "separation")
    alone = web.ask(CIPHER, "emergency destroy", {"witness": CIPHER})
    assert alone.json()["code"] == "separation"


def test_a_witness_without_a_key_is_only_said_to_be_there(web: Web) -> None:
    entry = web.post.printed()
    given = {"cable": entry, "copies": [1], "witnesses": [KEYLESS, READER]}
    done = web.act(REGISTRY, "destroy", given, [READER])
    assert done["state"] == "entered"
    assert {one.person for one in web.post.last().signatures} == {REGISTRY, READER}
    assert web.post.last().act["witnesses"] == [KEYLESS, READER]


def test_an_act_recorded_for_somebody_without_a_key(web: Web) -> None:
    entry = web.post.printed()
    given = {"cable": entry, "seq": 1, "reason": "Torn", "who": KEYLESS, "stated": "0800Z 22 November 2026"}
    asked = asked_for(web, REGISTRY, "lost", **given)
    assert any(f"{REGISTRY} records and signs it" in one for one in asked["words"])
    assert web.touch(REGISTRY, asked).status_code == 200
    act = web.post.last().act
    assert (act["who"], act["by"], act["stated"][0]) == (KEYLESS, REGISTRY, "0800Z 22 November 2026")
    signs_himself = web.ask(REGISTRY, "lost", {"cable": entry, "seq": 2, "reason": "x", "who": READER})
    assert signs_himself.json()["code"] == "bad-signature"


def test_more_acts_than_one_touch_signs(web: Web) -> None:
    answer = web.ask(DRAFTER, "draft", {"sheet": SHEET, "clear_by": [CLEARING] * 64})
    assert answer.json()["code"] == "bad-value"
    assert "smaller parts" in answer.json()["mend"]


def test_only_so_much_waits_for_one_person(web: Web) -> None:
    entry = web.post.draft()
    first = asked_for(web, RELEASER, "release", cables=[entry])
    for _ in range(20):
        asked_for(web, RELEASER, "release", cables=[entry])
    assert len(web.post.rows(t.waiting_acts)) == 20
    assert web.touch(RELEASER, first).status_code == 404


def test_what_an_act_was_made_of_is_forgotten_when_it_is_over(web: Web) -> None:
    web.act(DRAFTER, "draft", {"sheet": SHEET})
    (row,) = web.post.rows(t.waiting_acts)
    assert (row.state, row.arguments, row.seed, row.signatures) == (
        "entered",
        "",
        b"",
        f'{{"{DRAFTER}": {{}}}}',
    )
    asked_for(web, DRAFTER, "draft", sheet=SHEET)
    web.post.pass_time(minutes=16)
    asked_for(web, DRAFTER, "draft", sheet=SHEET)
    states = {row.state: row.arguments for row in web.post.rows(t.waiting_acts)}
    assert states["expired"] == ""
    web.post.pass_time(hours=25)
    web._browsers.clear()
    asked_for(web, DRAFTER, "draft", sheet=SHEET)
    assert len(web.post.rows(t.waiting_acts)) == 1


def test_a_flipped_bit_in_any_part_of_a_stored_assertion_is_found(web: Web) -> None:
    web.act(RELEASER, "release", {"cables": [web.post.draft(), web.post.draft()]})
    office = web.post.office
    entry = web.post.size() - 1
    with web.post.read() as connection:
        stored = find_entry(connection, entry)
    record = json.loads(stored.record)
    touch = record["sigs"][0][2]
    assert set(touch) == {"cred", "auth", "client", "sig", "acts"}
    for part in ("cred", "auth", "client", "sig", "acts"):
        text = touch[part] if part != "acts" else touch["acts"][0]
        data = read_bytes(text.replace("+", "-").replace("/", "_"), 5000)
        for at in {0, len(data) // 2, len(data) - 1}:
            flipped = b64(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            other = json.loads(stored.record)
            if part == "acts":
                other["sigs"][0][2]["acts"][0] = flipped
            else:
                other["sigs"][0][2][part] = flipped
            changed = json.dumps(other, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
            with office.store.write() as connection:
                connection.execute(update(t.entries).where(t.entries.c.entry == entry).values(record=changed))
            found = audit(office)
            # Whoever rebuilt the whole register around it would still be betrayed by the signature.
            assert {"record changed", "signature"} <= {one.kind for one in found.findings}, (part, at)
    with office.store.write() as connection:
        connection.execute(update(t.entries).where(t.entries.c.entry == entry).values(record=stored.record))
    assert audit(office).clean
