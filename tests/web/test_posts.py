"""Posts and keys in pages: cards, fingerprints, channels, readers; and how a stranger's card is admitted."""

import re
from xml.etree import ElementTree as ET

import pytest

from reftel.bearers.courier import Courier
from reftel.cable.model import Party
from reftel.cipher.identity import HybridIdentity
from reftel.office import arrivals, channels, people, readers
from reftel.office.cards import open_card
from reftel.office.readers import ReaderCard, read_reader_card, sign_reader_card
from reftel.store import tables as t
from tests.office.scenes import ADMIN, CIPHER, DRAFTER, READER, REGISTRY, card_of, copy_of, found_post, letter
from tests.web.conftest import ORIGIN
from tests.web.pages import text_of


@pytest.fixture
def moscow(served_templates, tmp_path):
    post = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


@pytest.fixture(scope="session")
def stranger(tmp_path_factory):
    """The card of a post that nobody here knows."""
    post = found_post(tmp_path_factory.mktemp("stranger") / "HANOI", "hanoi.example", "HANOI")
    card = card_of(post)
    post.office.close()
    return card


def bag(sender, receiver, stick, *, lose=False):
    stick.mkdir(exist_ok=True)
    to = (Party(post=receiver.office.origin, place=receiver.office.name),)
    sender.release(letter(to=to))
    courier = Courier(stick)
    channels.dispatch(sender.office, courier, receiver.office.origin)
    for one in courier.collect():
        if not lose:
            arrivals.receive(receiver.office, one)


def upload(browser, values, file=None):
    """A form with a file, as a browser sends it: the token first."""
    browser.get("/posts/admit")
    parts = [("token", (None, browser.token))] + [(name, (None, value)) for name, value in values.items()]
    if file is not None:
        parts.append(("file", ("hanoi.card", file, "text/plain")))
    headers = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
    return browser.client.post("/posts/admit", files=parts, headers=headers, follow_redirects=False)


def test_the_own_card_is_shown_and_given_out(web):
    page = web.signed_in(READER).get("/posts/own")
    card = web.signed_in(READER).get("/posts/own/card")
    assert card.text == card_of(web.post)
    assert re.findall(r"<li>(\d{5})</li>", page.text) == open_card(card.text).fingerprint.split()
    assert 'filename="beijing.card"' in card.headers["content-disposition"]


def test_opening_keys_say_what_they_do_today(web):
    said = text_of(web.signed_in(READER).get("/posts/own"))
    assert "2026-11-22 2026-11-22 2027-01-21 open opens cables here" in said
    assert "2026-12-22 2026-12-22 2027-02-20 open begins later here" in said
    assert "reftel keys rotate" in said


def test_a_destroyed_opening_key_says_what_that_means(web):
    web.post.pass_time(days=70)
    people.destroy_seed(web.post.office, web.post.hand(ADMIN), "2026-11-22")
    assert "cannot be opened again not here" in text_of(web.signed_in(READER).get("/posts/own"))


def test_the_picture_of_a_fingerprint_is_harmless_svg(web):
    answer = web.signed_in(READER).get("/posts/fingerprint.svg?of=moscow.example")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    drawn = ET.fromstring(answer.text)
    assert {element.tag.rpartition("}")[2] for element in drawn.iter()} <= {"svg", "title", "path", "g"}
    assert web.signed_in(READER).get("/posts/fingerprint.svg?of=nowhere.example").status_code == 404
    assert web.browser().get("/posts/fingerprint.svg").status_code == 303


def test_a_channel_shows_its_last_bags_and_what_is_missing(web, moscow, tmp_path):
    bag(moscow, web.post, tmp_path / "1")
    bag(moscow, web.post, tmp_path / "2", lose=True)
    bag(moscow, web.post, tmp_path / "3")
    bag(web.post, moscow, tmp_path / "4")
    web.post.release()
    said = text_of(web.signed_in(CIPHER).get("/posts"))
    assert re.search(r"MOSCOW moscow.example 1, to \S+ 3 \S+ \S+ \S+ 1 \S+ \S+ \S+ none 1 2\b", said)
    page = web.signed_in(CIPHER).get("/posts/of/moscow.example")
    assert "bag 2" in text_of(page)
    assert 'data-door="close gap"' in page.text
    assert 'data-door="close gap"' not in web.signed_in(READER).get("/posts/of/moscow.example").text
    web.act(CIPHER, "close gap", {"post": "moscow.example", "serial": 2, "reason": "It burned"})
    assert "Missing no bag" in text_of(web.signed_in(CIPHER).get("/posts/of/moscow.example"))


@pytest.mark.parametrize(("days", "said"), [(360, ""), (380, "Expires soon"), (401, "Expired")])
def test_a_card_that_expires_is_pointed_out(web, days, said):
    web.post.pass_time(days=days)
    page = text_of(web.signed_in(READER).get("/posts"))
    assert re.findall("Expire[a-z]*(?: soon)?", page) == ([said] * 2 if said else [])


def test_a_strangers_card_is_admitted_after_its_last_group_was_heard(web, stranger):
    card = stranger
    groups = open_card(card).fingerprint.split()
    admin = web.signed_in(ADMIN, "administrator")
    shown = upload(admin, {"card": ""}, card.encode())
    assert shown.status_code == 200
    assert groups[0] in shown.text
    assert groups[-1] not in shown.text.replace(card.strip(), "")
    assert 'data-door="know"' not in shown.text
    wrong = upload(admin, {"card": card, "last": "00000" if groups[-1] != "00000" else "11111"})
    assert wrong.status_code == 422
    assert 'data-door="know"' not in wrong.text
    heard = upload(admin, {"card": card, "last": groups[-1]})
    assert 'data-door="know"' in heard.text
    web.act(ADMIN, "know", {"card": card, "fingerprint": " ".join(groups)})
    assert "HANOI" in text_of(web.signed_in(READER).get("/posts"))


def test_a_newer_card_of_a_known_post_needs_no_comparing(web, moscow):
    people.rotate(moscow.office, moscow.hand(ADMIN))
    page = upload(web.signed_in(ADMIN, "administrator"), {"card": card_of(moscow)})
    assert "needs no comparing" in page.text
    assert 'data-door="know"' in page.text


def test_what_is_no_card_or_an_older_one_is_refused(web, moscow):
    admin = web.signed_in(ADMIN, "administrator")
    for given in ("", "{}", "x" * 200, card_of(web.post)):
        assert upload(admin, {"card": given}).status_code == 422
    assert upload(admin, {"card": "x" * 70_000}).status_code in {400, 413, 422}
    old = card_of(moscow)
    people.rotate(moscow.office, moscow.hand(ADMIN))
    people.know(web.post.office, web.post.hand(ADMIN), card_of(moscow), "")
    assert upload(admin, {"card": old}).status_code == 422


def test_only_administrators_admit_cards(web):
    assert web.signed_in(REGISTRY).get("/posts/admit").status_code == 403
    assert "/posts/admit" not in web.signed_in(REGISTRY).get("/posts").text
    assert web.signed_in(ADMIN).get("/posts/admit").status_code == 403  # the role is not on
    assert upload(web.signed_in(REGISTRY), {"card": "x"}).status_code == 403


def test_what_is_vouched_for_and_what_was_compared_are_told_apart(web, moscow):
    key = HybridIdentity.generate().recipient()
    given = ReaderCard(
        origin="moscow.example",
        person="Molotov",
        recipient=key.text(),
        fingerprint=key.fingerprint(),
        issued=moscow.clock.at,
    )
    text = sign_reader_card(given, moscow.office.keys.signing)
    web.act(REGISTRY, "know reader", {"card": text})
    page = web.signed_in(REGISTRY).get("/posts/of/moscow.example")
    assert "nobody here compared it" in page.text
    assert readers.in_groups(key.fingerprint()) in page.text
    assert 'data-door="confirm reader"' not in web.signed_in(DRAFTER).get("/posts/readers").text
    web.act(
        REGISTRY,
        "confirm reader",
        {"post": "moscow.example", "person": "Molotov", "fingerprint": readers.in_groups(key.fingerprint())},
    )
    page = web.signed_in(REGISTRY).get("/posts/of/moscow.example").text
    assert "an officer here compared it" in page
    assert 'data-door="confirm reader"' not in page


def test_a_reader_of_this_post_has_a_card_for_others(web):
    page = web.signed_in(REGISTRY).get("/posts/readers").text
    assert f"/posts/readers/card?person={READER}" in page
    card = web.signed_in(REGISTRY).get(f"/posts/readers/card?person={READER}").text
    assert read_reader_card(card).person == READER
    assert web.signed_in(REGISTRY).get("/posts/readers/card?person=Nobody").status_code == 404


def test_a_post_that_is_not_known_is_not_there(web):
    for origin in ("nowhere.example", "beijing.example", "MOSCOW"):
        assert web.signed_in(READER).get(f"/posts/of/{origin}").status_code == 404


def test_what_was_refused_is_listed(web, moscow):
    with web.post.office.store.write() as connection:
        row = {"number": 1, "at": "2026-11-22T09:00:00.000Z", "peer": "moscow.example", "bag": "ab" * 16}
        row |= {"code": "replay", "sentence": "the bag <b>came</b> before", "evidence": ""}
        connection.execute(t.refusals.insert(), row)
    for path in ("/posts/refusals", "/posts/of/moscow.example"):
        page = web.signed_in(CIPHER).get(path).text
        assert "the bag &lt;b&gt;came&lt;/b&gt; before" in page
    assert "Nothing was refused" not in web.signed_in(CIPHER).get("/posts/refusals").text
