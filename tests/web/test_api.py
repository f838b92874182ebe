"""The JSON API: described, bound by roles, and never broken by what is asked of it."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from reftel.cable.sheet import render
from tests.office.scenes import ADMIN, AUDITOR, DRAFTER, READER, REGISTRY, letter

OWN = "/api/v1"
HOST = "office.beijing.example"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def get(web, person, path):
    answer = web.signed_in(person).get(OWN + path)
    return answer.status_code, answer.json()


def test_nobody_who_is_not_signed_in_learns_anything(web):
    browser = web.browser()
    for path in ("/session", "/tray", "/cables/0", "/register", "/people", "/posts", "/find?q=1"):
        answer = browser.get(OWN + path)
        assert answer.status_code == 401
        assert answer.json()["code"] == "signed-out"


def test_the_session_says_which_roles_are_on(web):
    status, said = get(web, ADMIN, "/session")
    assert status == 200
    assert (said["person"], said["post"]) == (ADMIN, "BEIJING")
    assert "administrator" not in said["roles"]
    assert "administrator" in said["off"]


def test_the_register_is_for_auditors_who_asked_to_be(web):
    assert get(web, READER, "/register")[0] == 403
    assert get(web, AUDITOR, "/register")[0] == 403
    web.signed_in(AUDITOR, "auditor")
    status, entries = get(web, AUDITOR, "/register?count=3")
    assert status == 200
    assert [e["entry"] for e in entries] == sorted((e["entry"] for e in entries), reverse=True)
    assert get(web, AUDITOR, "/register/0")[1]["act"]["kind"] == "post opened"
    assert get(web, AUDITOR, "/register/99999")[0] == 404


def test_a_draft_is_there_for_its_drafter_and_for_nobody_without_a_part_in_it(web):
    draft = letter("Nothing was agreed.")
    done = web.act(DRAFTER, "draft", {"sheet": render(draft)})
    entry = done["entry"]
    status, shown = get(web, DRAFTER, f"/cables/{entry}")
    assert (status, shown["sight"]) == (200, "text")
    assert "Nothing was agreed." in str(shown["text"])
    absent = get(web, READER, f"/cables/{entry}")
    assert absent[0] == 404
    assert absent == get(web, READER, "/cables/424242")
    status, outside = get(web, REGISTRY, f"/cables/{entry}")
    assert status == 200
    assert outside["sight"] == "text"
    web.signed_in(AUDITOR, "auditor")
    status, outside = get(web, AUDITOR, f"/cables/{entry}")
    assert (status, outside["sight"]) == (200, "outside")
    assert "Nothing was agreed." not in str(outside)


@pytest.mark.parametrize("person", [ADMIN, READER])
def test_no_request_breaks_it_and_every_answer_is_described(web, person):
    """Schemathesis makes requests from the description, good and bad, and holds the answers against it."""
    browser = web.signed_in(person, *(["administrator"] if person == ADMIN else []))
    browser.get("/account")
    schema = schemathesis.openapi.from_asgi(f"{OWN}/openapi.json", web.app, headers={"host": HOST})
    headers = {
        "host": HOST,
        "cookie": "; ".join(f"{c.name}={c.value}" for c in browser.client.cookies.jar),
        "x-reftel-token": browser.token,
        "origin": f"https://{HOST}",
        "sec-fetch-site": "same-origin",
    }
    answers: set[tuple[str, int]] = set()
    for operation in schema.get_all_operations():
        assert isinstance(operation, Ok)
        found = operation.ok()

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=found.as_strategy() | found.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def play(case):
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=CHECKS)
            answers.add((case.operation.path, answer.status_code))

        play()
    assert {path for path, status in answers if status == 200} >= {"/tray", "/people", "/posts", "/session"}
