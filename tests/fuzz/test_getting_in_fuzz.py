"""Whatever is sent to get in is answered: refused as the sender's fault, and never as a defect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.web.settings import Limits, Rate, Settings
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import write_bytes
from tests.office.scenes import KEYLESS, READER, found_post
from tests.web.conftest import ORIGIN, Browser, Web, serve

OFTEN = Rate(tries=10**6, per=timedelta(seconds=1))
SETTINGS = Settings(origin=ORIGIN, limits=Limits(by_address=OFTEN, by_name=OFTEN, codes=OFTEN))
TEXT = st.text(max_size=50) | st.binary(max_size=50).map(write_bytes) | st.just("\ud800")
NAMES = st.sampled_from(
    "name code assertion registration recipient wrapped label role id rawId type response challenge "
    "clientDataJSON authenticatorData signature attestationObject".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | TEXT | st.just("public-key")
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
CLIENT = (VALUES.map(str) | TEXT).map(lambda text: write_bytes(text.encode("utf-8", "replace") or b"x"))
RESPONSE = st.fixed_dictionaries(
    {"clientDataJSON": CLIENT | VALUES},
    optional=dict.fromkeys(("authenticatorData", "signature", "attestationObject"), VALUES | TEXT),
)
ANSWER = st.builds(
    lambda name, response: {"id": name, "rawId": name, "type": "public-key", "response": response},
    TEXT,
    RESPONSE,
)
PATHS = ("/sign-in/options", "/sign-in/verify", "/enrol/options", "/enrol/verify", "/enrol/recovery")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser at a post, in which nobody is signed in."""
    folder: Path = tmp_path_factory.mktemp("fuzz") / "BEIJING"
    post = found_post(folder, "beijing.example", "BEIJING")
    gate, app = serve(post, SETTINGS)
    yield Web(post=post, gate=gate, app=app, keys={}).browser(SoftwareKey.new(ORIGIN))
    post.office.close()


@settings(max_examples=150)
@given(path=st.sampled_from(PATHS), value=VALUES)
def test_any_json_is_answered(browser: Browser, path: str, value: Any):
    assert 200 <= browser.post(path, value).status_code < 500


@settings(max_examples=150)
@given(
    name=TEXT | st.just(READER),
    code=TEXT,
    answer=ANSWER | VALUES,
    recipient=TEXT,
    wrapped=TEXT,
    label=TEXT,
)
def test_anything_in_the_right_places_is_answered(
    browser: Browser, name: str, code: str, answer: Any, recipient: str, wrapped: str, label: str
):
    sent = {
        "/sign-in/options": {"name": name},
        "/sign-in/verify": {"assertion": answer},
        "/enrol/options": {"name": KEYLESS, "code": code},
        "/enrol/recovery": {"name": name, "code": code},
        "/enrol/verify": {
            "registration": answer,
            "recipient": recipient,
            "wrapped": wrapped,
            "label": label,
        },
    }
    for path, value in sent.items():
        assert 200 <= browser.post(path, value).status_code < 500
