"""Agreed text on the page of a text: who agreed, how far it is proved, what does not count and is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reftel.cable.model import DocketLine
from reftel.office import docketing
from reftel.office.agreed_text import draft_agreement
from reftel.office.docket import Lens
from tests.office.scenes import CIPHER, REGISTRY, carry, copy_of, letter
from tests.web.pages import text_of

WORDS = "The session lasted forty minutes."
LINE = DocketLine(kind="text", paragraph="1", quote=WORDS, fields=(("issue", "Length"), ("state", "tabled")))


@pytest.fixture
def moscow(served_templates, tmp_path):
    """MOSCOW, of another side than BEIJING."""
    post = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


@pytest.fixture
def proposed(web, moscow, tmp_path):
    """A text that BEIJING put to MOSCOW, and that is in both dockets; its name."""
    entry = web.post.release(letter(docket=(LINE,)))
    (there,) = carry(web.post, moscow, tmp_path / "stick")
    for post, cable in ((web.post, entry), (moscow, there)):
        sides = (("beijing.example", "North"), ("moscow.example", "South"))
        lines = [
            DocketLine(kind="post", fields=(("post", origin), ("party", party))) for origin, party in sides
        ]
        docketing.enter_lines(post.office, post.hand(REGISTRY), cable, lines)
    return f"beijing.example/{web.post.cable(entry).leaf}.1"


def agree(post, name, peer, **more):
    with post.read() as connection:
        cable = draft_agreement(post.office, connection, Lens(post.office.origin), name, peer)
    return post.release(cable)


def said(web, name):
    return text_of(web.signed_in(REGISTRY).get(f"/docket/items/{name}"))


def test_a_text_of_which_nobody_agreed_says_nothing_of_it(web, proposed):
    assert "greed by both sides" not in said(web, proposed)
    assert "Not agreed yet" not in said(web, proposed)


def test_the_page_tells_what_is_wanted_and_then_who_agreed_and_that_it_holds(web, moscow, proposed, tmp_path):
    agree(web.post, proposed, "MOSCOW")
    told = said(web, proposed)
    assert "Not agreed yet" in told
    assert "the agreement of a post of another side" in told
    moscow.pass_time(minutes=5)
    agree(moscow, proposed, "BEIJING")
    carry(web.post, moscow, tmp_path / "stick")
    carry(moscow, web.post, tmp_path / "back")
    told = said(web, proposed)
    assert "Agreed by both sides" in told
    assert "Still wanted" not in told
    assert "MOSCOW saw and countersigned the register" in told
    assert told.count("The cable is, byte for byte, what") == 3
    assert "Does not hold" not in told


def test_who_may_not_read_the_cables_is_told_nothing(web, moscow, proposed):
    agree(web.post, proposed, "MOSCOW")
    assert web.signed_in("Makarov").get(f"/docket/items/{proposed}").status_code == 404
    assert web.signed_in(CIPHER).get(f"/docket/items/{proposed}").status_code == 200


def test_an_agreement_to_other_words_is_not_told_as_one(web, moscow, proposed, tmp_path):
    with moscow.read() as connection:
        cable = draft_agreement(moscow.office, connection, Lens("moscow.example"), proposed, "BEIJING")
    fields = tuple((name, "0" * 64 if name == "digest" else value) for name, value in cable.docket[0].fields)
    moscow.release(replace(cable, docket=(replace(cable.docket[0], fields=fields),)))
    carry(moscow, web.post, tmp_path / "back")
    told = said(web, proposed)
    assert "Not counted" in told
    assert "agrees to other words than these" in told
    issue = text_of(web.signed_in(REGISTRY).get("/docket/issue?talks=&issue=length"))
    assert "agreed to by" not in issue
    assert "Agreement, not counted" in issue
    agree(web.post, proposed, "MOSCOW")
    assert "agreed to by BEIJING" in text_of(web.signed_in(REGISTRY).get("/docket/issue?talks=&issue=length"))
