"""EYES ONLY through the web office: what was shown and signed is what goes out, sealed."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import pytest

from reftel.cable import eyes, internet
from reftel.cable.model import Party
from reftel.cipher.identity import HybridIdentity
from reftel.office import desk, eyes_only, people, readers
from reftel.office.audit import audit
from reftel.register.entries import unb64
from reftel.web.software_key import SoftwareKey
from tests.office.readers import enrol, opened
from tests.office.scenes import ADMIN, READER, REGISTRY, RELEASER, STAFF, Post, copy_of, letter
from tests.web.conftest import Web

EYES = letter("For one reader.", to=(Party(post="moscow.example", person=READER),), captions=("EYES ONLY",))


@pytest.fixture
def moscow(served_templates: tuple[dict[str, Post], dict[str, SoftwareKey]], tmp_path: Path) -> Post:
    """The post of the reader."""
    return copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")


@pytest.fixture
def drafted(web: Web, moscow: Post) -> tuple[int, HybridIdentity]:
    """A draft for the eyes of Moscow's reader, whose key is known; and that key."""
    post = web.post
    key = enrol(moscow, READER)
    readers.know_reader(post.office, post.hand(REGISTRY), readers.reader_card(moscow.office, READER))
    roles, clearance, _ = STAFF[RELEASER]
    captions = ("EYES ONLY",)
    people.admit(post.office, post.hand(ADMIN), RELEASER, roles=roles, clearance=clearance, captions=captions)
    return post.draft(EYES), key


def test_the_release_that_was_signed_is_the_sealed_one_that_was_shown(
    web: Web, drafted: tuple[int, HybridIdentity]
) -> None:
    entry, key = drafted
    assert web.act(RELEASER, "release", {"cables": [entry]})["state"] == "entered"
    with web.post.read() as connection:
        found = desk.cable_text(connection, web.post.cable(entry))
    part = None if found is None else eyes.sealed_part(found[0])
    assert part is not None
    assert internet.read(unb64(opened(part.sealed, key)["text"])) == EYES
    assert audit(web.post.office).clean


def test_a_server_that_was_started_anew_meanwhile_asks_for_another_signature(
    web: Web, drafted: tuple[int, HybridIdentity], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, _ = drafted
    asked = web.ask(RELEASER, "release", {"cables": [entry]})
    monkeypatch.setattr(eyes_only, "_sealed", OrderedDict())
    assert web.touch(RELEASER, asked.json()).json().get("state") != "entered"
    assert web.post.cable(entry).leaf < 0
    assert web.act(RELEASER, "release", {"cables": [entry]})["state"] == "entered"
