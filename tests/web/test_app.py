"""The web office as a whole: what any address may be asked, and what the API shares with the pages."""

from __future__ import annotations

import re

import pytest

from reftel.cable.model import Reference
from reftel.office import desk
from reftel.web.app import PAGES
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, DRAFTER, REGISTRY, letter
from tests.web.conftest import Web
from tests.web.scenes_of_doors import DECISION

LONG = ("9007199254740993", str(2**63), "9" * 600)
NUMBERED = sorted(
    {route.path for module in PAGES for route in module.routes if ":int}" in route.path}
    | {"/compose?answer={n}"}
)


@pytest.mark.parametrize("person", [DRAFTER, REGISTRY])
def test_a_number_that_no_entry_can_have_is_of_no_page(web: Web, person: str) -> None:
    browser = web.signed_in(person)
    for path in NUMBERED:
        for number in LONG:
            answer = browser.get(re.sub(r"{[^}]+}", number, path))
            refused = 403 if path.startswith("/compose?") and person != DRAFTER else 404
            assert answer.status_code == refused, (path, number)


def test_the_api_tells_nobody_more_of_a_cable_than_its_page_does(web: Web) -> None:
    post = web.post
    older = desk.enter(post.office, post.hand(REGISTRY), letter("The map."))
    cable = letter(
        classification="TOP SECRET", captions=("NODIS",), references=(Reference(literal="OSPREY 77"),)
    )
    entry = desk.enter(post.office, post.hand(REGISTRY), cable)
    for person in (CIPHER, REGISTRY):
        shown = web.signed_in(person).get(f"/api/v1/cables/{entry}").json()
        assert shown["sight"] == "outside"
        assert not {"text", "references", "decisions", "taskings", "annotations"} & set(shown)
        assert web.signed_in(person).get("/api/v1/find?q=OSPREY+77").json() == []
    assert web.signed_in(REGISTRY).get(f"/api/v1/cables/{older}").json()["sight"] == "text"


def test_a_decision_is_told_by_the_api_to_those_who_read_its_cable(web: Web) -> None:
    post = web.post
    entry = post.draft()
    desk.adopt(post.office, post.hand(REGISTRY), entry, desk.Decision(**DECISION))
    auditor = web.signed_in(AUDITOR, "auditor")
    assert "Approve it." not in auditor.get(f"/api/v1/cables/{entry}").text
    assert "Approve it." in web.signed_in(DRAFTER).get(f"/api/v1/cables/{entry}").text


def test_the_api_shows_an_auditor_no_record_of_a_cable_above_the_clearance(web: Web) -> None:
    post = web.post
    above = desk.enter(post.office, post.hand(REGISTRY), letter(classification="TOP SECRET"))
    below = desk.enter(post.office, post.hand(REGISTRY), letter())
    auditor = web.signed_in(AUDITOR, "auditor")
    assert auditor.get(f"/api/v1/register/{above}").status_code == 404
    assert auditor.get(f"/register/{above}/record").status_code == 404
    listed = [one["entry"] for one in auditor.get("/api/v1/register?count=100").json()]
    assert below in listed
    assert above not in listed
    administrator = web.signed_in(ADMIN, "administrator")
    assert administrator.get(f"/api/v1/register/{above}").status_code == 200


def test_the_front_leads_to_the_in_tray(web: Web) -> None:
    answer = web.browser().get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tray")
