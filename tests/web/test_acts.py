"""Acts by passkey, end to end: asked for, shown in words, signed, entered, and found again by the audit."""

from __future__ import annotations

from reftel.cable import sheet
from reftel.office.audit import audit
from tests.office.scenes import CLEARING, DRAFTER, REGISTRY, RELEASER, letter
from tests.web.conftest import Web

SHEET = sheet.render(letter())


def test_draft_to_release(web: Web) -> None:
    draft = web.act(DRAFTER, "draft", {"sheet": SHEET, "clear_by": [CLEARING]})
    assert draft["state"] == "entered"
    entry = draft["answer"]["cable"]
    web.act(CLEARING, "clear", {"cable": entry})
    done = web.act(RELEASER, "release", {"cables": [str(entry)]})
    assert done["answer"]["mrns"] == ["2026BEIJING000001"]
    assert audit(web.post.office).clean
