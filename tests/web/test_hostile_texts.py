"""What others wrote, shown: markup, letters that turn a line round, forged marks of the register, size."""

from __future__ import annotations

import re

import pytest

from reftel.cable.model import Cable, Paragraph, Party
from reftel.cable.sheet import render
from reftel.office import copies, desk, people
from reftel.office.papers import Turn, save
from reftel.web.look import shown
from tests.office.scenes import ADMIN, CIPHER, DRAFTER, READER, REGISTRY, letter
from tests.web.conftest import Browser, Web
from tests.web.pages import main_of

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"
STEERED = "Ivanov\u202egnitseuqer\u200b \u2713 VERIFIED"
LISTS = (
    "/tray",
    "/out",
    "/drafts",
    "/release",
    "/copies",
    "/register",
    "/taskings",
    "/cited",
    "/people",
    "/posts",
)


def harmless(browser: Browser, path: str, *, of_page: bool = True) -> str:
    """A page in which nothing of what was sent is markup, and no hidden letter is left."""
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    if of_page:
        scripts = re.findall(r"<script\b[^>]*>", answer.text)
        assert all('nonce="' in script for script in scripts), path
        assert "alert(1)</script>" not in answer.text, path
        assert not re.search(r"<img[^>]*onerror", answer.text), path
        assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", answer.text), path
    else:
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
    return answer.text


def marked_up(**more: object) -> Cable:
    """A cable full of markup wherever people may write what they like."""
    given: dict[str, object] = {
        "subject": f"Of {SCRIPT}",
        "sender": Party(place="BEIJING", office=f"Office {IMAGE}", person=f"A {SCRIPT}"),
        "to": (Party(post="moscow.example", place="MOSCOW", person=f"B {SCRIPT}"),),
    }
    return letter(f"First {SCRIPT} then {IMAGE}", **(given | more))


def test_markup_in_a_cable_stays_text_on_every_page(web: Web) -> None:
    post = web.post
    draft = post.draft(marked_up())
    sent = post.release(marked_up())
    desk.print_copies(post.office, post.hand(REGISTRY), sent, 2)
    copies.issue(post.office, post.hand(REGISTRY), sent, [copies.Issue(seq=1, holder=READER)])
    drafter, registry, reader = (web.signed_in(one) for one in (DRAFTER, REGISTRY, READER))
    for path in LISTS:
        harmless(registry, path)
        harmless(drafter, path)
    number = post.cable(sent).mrn
    assert f"Of {ESCAPED}" in harmless(reader, "/tray")
    assert f"First {ESCAPED} then &#34;&gt;&lt;img src=x onerror=alert(1)&gt;" in harmless(
        registry, f"/cables/{sent}"
    )
    assert ESCAPED in harmless(reader, f"/copies/{sent}/1")
    assert ESCAPED in harmless(registry, f"/find?q={number}")
    assert ESCAPED in harmless(drafter, f"/drafts/{draft}")
    harmless(registry, f"/copies/{sent}")
    harmless(registry, f"/register/{sent}")
    assert SCRIPT in harmless(registry, f"/api/v1/cables/{sent}", of_page=False)
    bare = registry.get(f"/cables/{sent}/text")
    assert bare.headers["content-disposition"].startswith("attachment")
    assert bare.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


def test_markup_in_a_sheet_stays_text_while_it_is_written(web: Web) -> None:
    drafter = web.signed_in(DRAFTER)
    text = render(marked_up())
    paper = save(web.post.office, DRAFTER, Turn(tab="0" * 32, number=1, began=""), text)
    page = harmless(drafter, f"/compose/papers/{paper.id}")
    assert f"SUBJECT: Of {ESCAPED}" in page
    live = drafter.send("/compose/live", {"sheet": f"</textarea>{SCRIPT}", "do": "sheet"})
    assert live.status_code == 200
    assert SCRIPT not in live.text
    assert ESCAPED in live.text


def test_markup_asked_for_is_not_given_back(web: Web) -> None:
    registry = web.signed_in(REGISTRY)
    for path in ("/find?q={}", "/register?person={}", "/taskings?owner={}", "/copies?holder={}"):
        text = harmless(registry, path.format("%3Cscript%3Ealert(1)%3C/script%3E"))
        assert ESCAPED in text, path
    for path in ("/people/person?name={}", "/register?kind={}", "/copies?cable={}", "/posts/of/{}"):
        answer = registry.get(path.format("%3Cscript%3Ealert(1)%3C/script%3E"))
        assert answer.status_code in {404, 422}, path
        assert SCRIPT not in answer.text, path


def test_steering_and_unseen_letters_and_controls_are_shown_by_their_numbers() -> None:
    assert shown(STEERED) == (
        '<bdi>Ivanov<span class="odd">U+202E</span>gnitseuqer<span class="odd">U+200B</span>'
        " \u2713 VERIFIED</bdi>"
    )
    assert (
        shown("a\x00b\x1b") == '<bdi>a<span class="odd">U+0000</span>b<span class="odd">U+001B</span></bdi>'
    )
    assert shown(SCRIPT) == f"<bdi>{ESCAPED}</bdi>"


@pytest.mark.parametrize("bad", ["\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\ud800"])
def test_a_sheet_with_letters_that_are_not_seen_is_refused_and_shown_harmlessly(web: Web, bad: str) -> None:
    drafter, before = web.signed_in(DRAFTER), web.post.size()
    text = render(letter()).replace("Talks", f"Ta{bad}lks")
    asked = drafter.post("/acts", {"door": "draft", "arguments": {"sheet": text}})
    assert asked.status_code == 422
    if bad != "\ud800":
        live = drafter.send("/compose", {"sheet": text, "do": "sheet"})
        assert live.status_code in {200, 422}
        assert f"U+{ord(bad):04X}" in live.text
    assert web.post.size() == before


@pytest.mark.parametrize(
    "name",
    [STEERED, "Ivanov\u200b", "Iva\x00nov", "Ivanov\u115f", "Ivanov\u034f", "\u2800Ivanov", "Ivanov\ufe0f"],
)
def test_nobody_bears_the_name_of_another_and_a_letter_that_is_not_seen(web: Web, name: str) -> None:
    web.signed_in(ADMIN, "administrator")
    before = web.post.size()
    given = {"person": name, "roles": ["reader"], "clearance": "SECRET", "second": CIPHER}
    assert web.ask(ADMIN, "admit person", given).status_code == 422
    assert web.post.size() == before


def test_a_name_of_markup_and_of_a_checkmark_is_text_in_the_lists_of_people(web: Web) -> None:
    post, name = web.post, f"\u2713 Verified {SCRIPT}"
    given = {"roles": ("reader",), "clearance": "SECRET"}
    people.admit(post.office, post.hand(ADMIN), name, second=post.hand(CIPHER), **given)  # type: ignore[arg-type]
    registry = web.signed_in(REGISTRY)
    for path in ("/people", "/register", "/copies/inventory"):
        text = harmless(registry, path)
        assert SCRIPT not in text
    assert f"<bdi>\u2713 Verified {ESCAPED}</bdi>" in harmless(registry, "/people")
    assert name in [one["name"] for one in registry.get("/api/v1/people").json()]


def test_ten_megabytes_are_refused_where_they_come_in(web: Web) -> None:
    drafter, before = web.signed_in(DRAFTER), web.post.size()
    huge = render(letter()).replace("The session", "A" * 10_000_000)
    assert drafter.post("/acts", {"door": "draft", "arguments": {"sheet": huge}}).status_code == 413
    assert drafter.send("/compose", {"sheet": huge}).status_code == 413
    large = huge[:2_000_000]
    answer = drafter.post("/acts", {"door": "draft", "arguments": {"sheet": large}})
    assert answer.status_code in {413, 422}
    assert drafter.send("/compose/live", {"sheet": large, "do": "sheet"}).status_code in {200, 413, 422}
    assert web.post.size() == before


@pytest.mark.parametrize("shape", ["one paragraph", "thousands"])
def test_as_much_as_a_cable_can_hold_is_shown(web: Web, shape: str) -> None:
    one = shape == "one paragraph"
    blocks = (
        (Paragraph(text="word " * 100_000),) if one else tuple(Paragraph(text=f"P{n}.") for n in range(5000))
    )
    entry = web.post.release(letter(blocks=blocks))
    registry = web.signed_in(REGISTRY)
    text = harmless(registry, f"/cables/{entry}")
    assert ("word word" if one else "P1999.") in text
    assert "of this cable are not shown here: it is too long for a page." in text
    assert len(text) < 500_000
    assert web.signed_in(REGISTRY).get(f"/cables/{entry}/text").text.count("word" if one else "P") >= 5000
    assert len(main_of(registry.get("/out"))) < 100_000
    assert registry.get(f"/api/v1/cables/{entry}").status_code == 200
