"""Getting in: by invitation, by passkey, and by nothing else."""

from __future__ import annotations

from tests.office.scenes import READER
from tests.web.conftest import Web


def test_one_touch_signs_in_and_unlocks_the_readers_key(web: Web):
    browser = web.browser(web.keys[READER])
    answered = browser.sign_in(READER)
    assert (answered.status_code, answered.json()) == (200, {"next": "/tray"})
    page = browser.get("/account")
    assert page.status_code == 200
    assert READER in page.text
    assert browser.identity is not None
