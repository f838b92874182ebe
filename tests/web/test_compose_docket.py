"""The docket in compose: lines in the form and in the sheet, open questions and their answers."""

from __future__ import annotations

import re

import pytest

from reftel.cable.model import DocketLine, Party
from reftel.cable.tidy import read_typed
from reftel.office import desk, docketing, people
from reftel.web.compose_form import MOST_ROWS
from tests.office.scenes import ADMIN, DRAFTER, REGISTRY, RELEASER, STAFF, Post, carry, copy_of, letter
from tests.web.conftest import Web
from tests.web.pages import text_of
from tests.web.test_compose import SHEET, Page, compose

QUESTION = "May it be closed?"
LINE = "DOCKET question: It is open.\n  paragraph: 1\n  to: Chairman\n  issue: The road\n"


@pytest.fixture
def asked(web: Web, served_templates, tmp_path) -> tuple[int, str, str]:
    """A cable that came and asks: its entry, its number, the name of its question; the clerk drafts too."""
    moscow: Post = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    to = (Party(post="beijing.example", place="BEIJING"),)
    line = DocketLine(
        kind="question",
        paragraph="1",
        quote=QUESTION,
        fields=(("to", "Chairman"), ("talks", "Road talks"), ("issue", "The road")),
    )
    sent = letter(f"The road is open. {QUESTION}", to=to, sender=Party(place="MOSCOW"), docket=(line,))
    number = moscow.cable(moscow.release(sent)).mrn
    (entry,) = carry(moscow, web.post, tmp_path / "stick")
    moscow.office.close()
    roles, clearance, _ = STAFF[REGISTRY]
    people.admit(
        web.post.office, web.post.hand(ADMIN), REGISTRY, roles=(*roles, "drafter"), clearance=clearance
    )
    sides = [
        DocketLine(kind="post", paragraph="", quote="", fields=(("post", post), ("party", "North")))
        for post in ("beijing.example", "moscow.example")
    ]
    docketing.enter_lines(web.post.office, web.post.hand(REGISTRY), entry, sides)
    return entry, number, f"moscow.example/{web.post.cable(entry).leaf}.1"


def answering(number: str) -> str:
    return SHEET.replace("SUBJECT", f"REF: {number}\nSUBJECT")


def page(web: Web, text: str, who: str = REGISTRY) -> Page:
    """A sheet by somebody who reads what came."""
    browser = web.signed_in(who)
    return compose(browser).press("sheet", sheet=text)


def drafter(web: Web) -> Page:
    return compose(web.signed_in(DRAFTER))


def test_a_line_of_the_sheet_stands_in_the_form(web: Web):
    said = drafter(web).press("sheet", sheet=SHEET + "\n" + LINE).fields
    row = {name: said[f"docket.0.{name}"] for name in ("kind", "paragraph", "quote", "issue", "fields")}
    assert row == {
        "kind": "question",
        "paragraph": "1",
        "quote": "It is open.",
        "issue": "The road",
        "fields": "to: Chairman",
    }


def test_a_line_of_the_form_stands_in_the_sheet_with_what_the_others_said(web: Web):
    before = drafter(web).press("sheet", sheet=SHEET + "\n" + LINE)
    after = before.press(
        "form",
        docket__1__kind="instruction",
        docket__1__paragraph="1",
        docket__1__fields="Mode: must not\nto: Delegation",
        docket__0__issue="The road north",
    )
    assert read_typed(after.sheet).docket == (
        DocketLine(
            kind="question",
            paragraph="1",
            quote="It is open.",
            fields=(("to", "Chairman"), ("issue", "The road north")),
        ),
        DocketLine(
            kind="instruction", paragraph="1", quote="", fields=(("mode", "must not"), ("to", "Delegation"))
        ),
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"docket__0__kind": "question", "docket__0__fields": "to Chairman"}, "is no field"),
        ({"docket__0__kind": "question", "docket__0__fields": "paragraph: 2"}, "is no field"),
        ({"docket__0__paragraph": "1"}, "Choose its kind"),
    ],
)
def test_a_row_that_is_no_line_is_named_and_both_stay(web: Web, given: dict[str, str], said: str):
    before = drafter(web).press("sheet", sheet=SHEET)
    after = before.press("form", **given)
    assert said in after.text
    assert after.sheet == SHEET


def test_too_many_lines_stay_in_the_sheet(web: Web):
    text = SHEET + "\n" + LINE * (MOST_ROWS + 1)
    after = drafter(web).press("sheet", sheet=text)
    assert "docket.0.kind" not in after.fields
    again = after.press("form", subject="Another")
    assert len(read_typed(again.sheet).docket) == MOST_ROWS + 1


def test_a_line_that_does_not_stand_is_told_before_it_is_entered(web: Web):
    wrong = drafter(web).press("sheet", sheet=SHEET + "\n" + LINE.replace("It is open.", "It is shut."))
    assert "Docket line 1, question, does not stand" in wrong.text
    assert "does not stand" not in drafter(web).press("sheet", sheet=SHEET + "\n" + LINE).text


def test_an_answer_lists_the_open_questions_of_what_it_refers_to(web: Web, asked: tuple[int, str, str]):
    entry, number, _name = asked
    said = text_of(web.signed_in(REGISTRY).get(f"/compose?answer={entry}"))
    assert "1 of 1 left open" in said
    assert QUESTION in said
    assert QUESTION not in text_of(web.signed_in(REGISTRY).get("/compose"))
    assert QUESTION not in page(web, answering(number), DRAFTER).text, "the cable is not for the drafter"


def test_an_answer_in_a_paragraph_becomes_a_line_of_the_sheet(web: Web, asked: tuple[int, str, str]):
    _, number, name = asked
    before = page(web, answering(number))
    part = before.press(f"answer:{name}", **{f"how.{name}": "in part", f"at.{name}": "1"})
    line = DocketLine(
        kind="answer",
        paragraph="1",
        quote="",
        fields=(("question", name), ("how", "in part"), ("talks", "Road talks"), ("issue", "The road")),
    )
    assert read_typed(part.sheet).docket == (line,)
    assert part.fields["docket.0.kind"] == "answer"
    assert "0 of 1 left open" in part.text
    assert "in part in paragraph" in part.text
    full = part.press(f"answer:{name}", **{f"how.{name}": "in full", f"at.{name}": "1"})
    assert [dict(one.fields)["how"] for one in read_typed(full.sheet).docket] == ["in full"]


def test_an_answer_to_no_question_changes_nothing(web: Web, asked: tuple[int, str, str]):
    _, number, name = asked
    before = page(web, answering(number))
    for wrong, how in ((f"{name}9", "in full"), (name, "at once"), ("nonsense", "in full")):
        after = before.press(f"answer:{wrong}", **{f"how.{wrong}": how, f"at.{wrong}": "1"})
        assert after.sheet == before.sheet
        assert "no such question" in after.text


def test_issues_are_completed_for_those_who_may_read_of_them(web: Web, asked: tuple[int, str, str]):
    entry, *_ = asked
    line = DocketLine(kind="issue", paragraph="1", quote="The road", fields=(("issue", "Rain on the road"),))
    docketing.enter_lines(web.post.office, web.post.hand(REGISTRY), entry, [line])
    address = "/compose/known?field=issues&docket.0.issue=ra"
    assert 'value="Rain on the road"' in web.signed_in(REGISTRY).get(address).text
    assert "Rain" not in web.signed_in(DRAFTER).get(address).text


@pytest.fixture
def warned(web: Web, asked: tuple[int, str, str]) -> tuple[int, int]:
    """A cable with an instruction, and a draft that says what it forbids: their entries."""
    entry, *_ = asked
    line = DocketLine(
        kind="instruction",
        paragraph="1",
        quote="The road is open.",
        fields=(("mode", "must not"), ("words", "road is open")),
    )
    docketing.enter_lines(web.post.office, web.post.hand(REGISTRY), entry, [line])
    return entry, desk.draft(
        web.post.office, web.post.hand(REGISTRY), letter("Say at once: The road is open. Nothing else.")
    )


def test_a_warning_stands_beside_the_words_that_came_near(web: Web, warned: tuple[int, int]):
    entry, _ = warned
    text = SHEET.replace("It is open.", "Tell them that the road is open.")
    shown = page(web, text)
    item = shown.text.partition('id="checks"')[2].partition("</section>")[0]
    assert "The instruction" in item
    assert f'href="/cables/{entry}#p-1"' in item
    assert "The road is open." in item
    own = item.partition("This draft")[2].partition("</q>")[0]
    assert " ".join(re.sub("<[^>]+>", " ", own).split()).endswith("Tell them that the road is open .")
    assert "when the draft is entered" in item
    hidden = page(web, text, DRAFTER).text.partition('id="checks"')[2].partition("</section>")[0]
    assert "not for you" in hidden
    assert "The road is open." not in hidden


def test_a_draft_is_released_when_its_warning_was_accepted_with_a_reason(web: Web, warned: tuple[int, int]):
    _, draft = warned
    officer = web.signed_in(RELEASER)
    before = officer.get(f"/drafts/{draft}").text
    assert 'data-door="release"' not in before
    (key,) = re.findall(r'name="accepted\.0\.key" value="([^"]+)"', before)
    version = web.post.cable(draft).version
    without = web.ask(RELEASER, "accept warnings", {"cable": draft, "accepted": [{"key": key, "reason": ""}]})
    assert without.status_code == 422
    refused = web.ask(RELEASER, "release", {"cables": [draft]})
    assert refused.json()["code"] == "warned"
    accepted = [{"key": key, "reason": "The Minister lifted it by telephone"}]
    web.act(RELEASER, "accept warnings", {"cable": draft, "version": version, "accepted": accepted})
    after = officer.get(f"/drafts/{draft}").text
    assert "Accepted: <bdi>The Minister lifted it by telephone</bdi>" in after
    assert 'name="accepted.0.key"' not in after
    assert 'data-door="release"' in after
    web.act(RELEASER, "release", {"cables": [draft]})
    assert web.post.cable(draft).leaf >= 0
