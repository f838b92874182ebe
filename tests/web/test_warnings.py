"""A draft that the docket warns of: its door is shut, on pages and in the API, until it is accepted."""

from __future__ import annotations

from typing import Any

from reftel.cable.model import DocketLine
from reftel.office import desk
from reftel.office.audit import audit
from tests.office.scenes import DRAFTER, REGISTRY, RELEASER, letter
from tests.web.conftest import Web


def instruct(web: Web) -> str:
    """An instruction that the letter of every test goes against; the key of its warning."""
    rule = DocketLine(
        kind="instruction", paragraph="1", fields=(("mode", "must not"), ("words", "forty minutes"))
    )
    bears = letter("Nobody speaks of forty minutes.", docket=(rule,))
    entry = desk.enter(web.post.office, web.post.hand(REGISTRY), bears)
    return f"instruction beijing.example/{entry}.1 1"


def accept(web: Web, draft: int, key: str) -> Any:
    return web.act(
        RELEASER, "accept warnings", {"cable": draft, "accepted": [{"key": key, "reason": "It is known."}]}
    )


def test_the_door_is_shut_until_the_warning_is_accepted(web: Web) -> None:
    key, draft = instruct(web), web.post.draft()
    refused = web.ask(RELEASER, "release", {"cables": [draft]})
    assert (refused.status_code, refused.json()["code"]) == (409, "warned")
    assert "forty minutes" not in refused.text
    body = {"door": "release", "arguments": {"cables": [draft]}}
    assert web.signed_in(RELEASER).post("/api/v1/acts", body).json()["code"] == "warned"
    assert accept(web, draft, key)["next"] == f"/drafts/{draft}"
    assert web.act(RELEASER, "release", {"cables": [draft]})["state"] == "entered"
    assert audit(web.post.office).clean


def test_a_warning_that_comes_between_the_question_and_the_touch_holds_the_draft(web: Web) -> None:
    draft = web.post.draft()
    asked = web.ask(RELEASER, "release", {"cables": [draft]}).json()
    instruct(web)
    refused = web.touch(RELEASER, asked)
    assert refused.json()["code"] == "warned"
    assert web.post.cable(draft).state == "drafted"


def test_an_edit_voids_what_was_accepted(web: Web) -> None:
    key, draft = instruct(web), web.post.draft()
    accept(web, draft, key)
    desk.edit(web.post.office, web.post.hand(DRAFTER), draft, letter("Forty minutes, it was."))
    assert web.ask(RELEASER, "release", {"cables": [draft]}).json()["code"] == "warned"


def test_what_no_warning_is_named_after_is_not_accepted(web: Web) -> None:
    instruct(web)
    one = {"key": "question x/1.1", "reason": "So."}
    arguments = {"cable": web.post.draft(), "accepted": [one]}
    assert web.ask(RELEASER, "accept warnings", arguments).json()["code"] == "bad-value"
    twice = {**arguments, "accepted": [one, one]}
    assert web.ask(RELEASER, "accept warnings", twice).json()["code"] == "bad-value"
    unread = {**arguments, "version": "x"}
    assert web.ask(RELEASER, "accept warnings", unread).json()["code"] == "stale-act"
