"""What are these words? Marking words of a cable on its page, and what its page shows of the docket."""

import re

import pytest

from reftel.cable.model import Carried, DocketLine, Paragraph, Party
from reftel.docket.kinds import KINDS, fields_of
from reftel.store import tables as t
from tests.office.scenes import CIPHER, DRAFTER, READER, REGISTRY, RELEASER, carry, copy_of, letter
from tests.web.pages import main_of, text_of

ASKED = "May the strip be  narrowed further if they press for it?"
TEXT = f"The session lasted forty minutes.\n{ASKED} We think they will."


@pytest.fixture
def moscow(served_templates, tmp_path):
    """The other post."""
    post = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


def received(web, moscow, tmp_path, *docket, **more):
    """A cable that came from the other post, with docket lines of its own."""
    to = (Party(post="beijing.example", place="BEIJING"),)
    moscow.release(letter(TEXT, to=to, sender=Party(place="MOSCOW"), docket=docket, **more))
    (entry,) = carry(moscow, web.post, tmp_path / "stick")
    return entry


@pytest.fixture
def cable(web, moscow, tmp_path):
    return received(web, moscow, tmp_path)


def place(words, text=TEXT):
    return f"paragraph=1&from={text.index(words)}&to={text.index(words) + len(words)}"


def mark(web, cable, kind="question", quote=ASKED, who=REGISTRY, **fields):
    line = {"kind": kind, "paragraph": "1", "quote": quote, "fields": fields}
    return web.act(who, "docket", {"cable": cable, "lines": [line]})


def page(web, who, address):
    return web.signed_in(who).get(address)


def found(pattern, text, flags=0):
    """What a pattern finds in a page, which must be there."""
    match = re.search(pattern, text, flags)
    assert match is not None, pattern
    return match


def hidden(text):
    """The hidden fields of the form that enters a line."""
    form = found(r'<form data-door="docket".*?</form>', text, re.DOTALL)[0]
    return dict(re.findall(r'<input type="hidden" name="(lines[^"]*)" value="([^"]*)">', form))


def test_words_named_by_their_place_are_taken_letter_for_letter(web, cable):
    answer = page(web, REGISTRY, f"/cables/{cable}/docket?kind=question&{place(ASKED)}")
    assert hidden(answer.text) == {
        "lines.0.kind": "question",
        "lines.0.paragraph": "1",
        "lines.0.quote": ASKED,
    }


def test_words_across_a_line_break_are_marked_as_a_whole_paragraph_or_not_at_all(web, cable):
    whole = hidden(page(web, REGISTRY, f"/cables/{cable}/docket?kind=observation&{place(TEXT)}").text)
    assert whole["lines.0.quote"] == ""
    some = page(web, REGISTRY, f"/cables/{cable}/docket?kind=observation&{place(TEXT[3:])}")
    assert "line break" in text_of(some)
    assert "data-door" not in main_of(some)


def test_the_form_has_every_field_of_its_kind_and_marks_those_that_are_required(web, cable):
    for kind in KINDS:
        text = page(web, REGISTRY, f"/cables/{cable}/docket?kind={kind}&{place(ASKED)}").text
        named = set(re.findall(r'name="lines\.0\.fields\.([^"]+)"', text))
        assert named == set(fields_of(kind))
        for name, field in fields_of(kind).items():
            control = found(rf'<(?:input|select)[^>]* name="lines\.0\.fields\.{name}"[^>]*>', text)[0]
            assert (" required" in control) is (field.required or kind == name == "issue"), (kind, name)


def test_pasted_words_are_found_and_others_are_refused(web, cable):
    browser = web.signed_in(REGISTRY)
    found = browser.send(f"/cables/{cable}/docket", {"paragraph": "1", "quote": "forty minutes"})
    assert "<mark><bdi>forty minutes</bdi></mark>" in found.text
    assert f"from={TEXT.index('forty')}&amp;to={TEXT.index('forty') + 13}" in found.text
    wrong = browser.send(f"/cables/{cable}/docket", {"paragraph": "1", "quote": "fifty minutes"})
    assert "do not stand there" in text_of(wrong)
    assert "data-door" not in main_of(wrong)
    none = browser.send(f"/cables/{cable}/docket", {"paragraph": "7", "quote": ""})
    assert "no paragraph 7" in text_of(none)


def test_what_is_marked_stands_under_the_sheet_with_its_state_and_leads_to_its_paragraph(web, cable):
    done = mark(web, cable, to="Chairman", issue="The strip")
    assert done["next"] == f"/cables/{cable}#p-1"
    shown = main_of(page(web, REGISTRY, f"/cables/{cable}"))
    assert 'id="p-1"' in shown
    pane = shown.partition('id="docket"')[2]
    assert "1 item of this cable" in pane
    assert "Question" in pane
    assert "Open" in pane
    assert "Chairman" in pane
    assert f'href="/cables/{cable}#p-1"' in pane
    assert ASKED in pane


def test_a_line_with_a_wrong_quote_field_or_kind_is_refused_at_the_door(web, cable):
    line = {"kind": "question", "paragraph": "1", "quote": ASKED, "fields": {}}
    for wrong in (
        {"quote": "Other words."},
        {"kind": "guess"},
        {"fields": {"mode": "must"}},
        {"kind": "instruction"},
        {"paragraph": "2"},
    ):
        asked = web.ask(REGISTRY, "docket", {"cable": cable, "lines": [line | wrong]})
        assert asked.status_code == 422, wrong
    assert web.ask(REGISTRY, "docket", {"cable": cable, "lines": []}).status_code == 422


def test_who_does_not_read_the_text_sees_nothing_of_its_docket_and_marks_nothing(web, cable):
    mark(web, cable, about="The WAGTAIL matter")
    assert page(web, RELEASER, f"/cables/{cable}/docket").status_code == 404
    assert page(web, DRAFTER, f"/cables/{cable}/docket").status_code == 404
    assert page(web, READER, f"/cables/{cable}/docket").status_code == 403
    outside = page(web, RELEASER, f"/cables/{cable}").text
    assert "WAGTAIL" not in outside
    assert ASKED not in outside
    clerk = page(web, CIPHER, f"/cables/{cable}").text
    assert "WAGTAIL" in clerk
    assert "data-docket" not in clerk, "a cipher clerk reads it and marks nothing"


def test_nobody_speaks_of_an_item_or_quotes_a_cable_that_he_may_not_read(web, cable):
    mark(web, cable, kind="instruction", mode="must not")
    name = web.post.rows(t.docket)[-1].item
    own = web.post.release(letter("Our own."))
    for of in (name, "beijing.example/99999.1"):
        line = {"kind": "strike", "paragraph": "", "quote": "", "fields": {"of": of}}
        asked = web.ask(RELEASER, "docket", {"cable": own, "lines": [line]})
        assert asked.status_code == 404
        assert f"there is no item {of} in the docket, or it is not for you" in asked.text
    here = web.post.cable(cable)
    for cites in (f"{here.origin}/{here.leaf}", "moscow.example/99999"):
        line = {"kind": "observation", "paragraph": "1", "quote": "forty minutes", "fields": {"cites": cites}}
        asked = web.ask(RELEASER, "docket", {"cable": own, "lines": [line]})
        assert asked.status_code == 422
        assert "cites a cable that is not held here" in asked.text


def test_a_form_offers_the_items_that_its_field_may_name_the_newest_first(web, cable):
    for quote in (ASKED, "forty minutes"):
        mark(web, cable, quote=quote)
        web.post.pass_time(minutes=1)
    mark(web, cable, kind="observation")
    names = [row.item for row in web.post.rows(t.docket) if row.kind == "question"]
    text = page(web, REGISTRY, f"/cables/{cable}/docket?kind=answer&{place(ASKED)}").text
    offered = found(r'name="lines\.0\.fields\.question".*?</select>', text, re.DOTALL)[0]
    assert [name for name in re.findall(r'value="([^"]+)"', offered) if name] == names[::-1]
    own = web.post.release(letter("Our own."))
    assert names[0] not in page(web, RELEASER, f"/cables/{own}/docket?kind=answer&paragraph=1").text


def test_a_suggestion_names_its_rule_and_goes_when_it_was_accepted(web, cable):
    assert "By the rule" not in page(web, REGISTRY, f"/cables/{cable}").text
    before = main_of(page(web, REGISTRY, f"/cables/{cable}?suggest=1"))
    assert "By the rule" in before
    key = found(r'data-suggestion="([0-9a-f]{16})"', before)[1]
    changed = page(web, REGISTRY, f"/cables/{cable}/docket?suggested={key}")
    said = hidden(changed.text)
    assert said["lines.0.kind"] == "question"
    assert said["lines.0.quote"] == ASKED
    mark(web, cable, quote=said["lines.0.quote"])
    assert key not in main_of(page(web, REGISTRY, f"/cables/{cable}?suggest=1"))


def test_a_cable_shows_the_docket_lines_it_came_with_in_its_tail(web, moscow, tmp_path):
    line = DocketLine(
        kind="question", paragraph="1", quote=ASKED, fields=(("to", "Chairman"), ("issue", "The strip"))
    )
    entry = received(web, moscow, tmp_path, line)
    sheet = main_of(page(web, REGISTRY, f"/cables/{entry}"))
    tail = found(r'<section class="docket-of".*?</section>', sheet, re.DOTALL)[0]
    words = " ".join(re.sub("<[^>]+>", " ", tail).split())
    assert "Question to Chairman, on The strip" in words
    assert 'href="#p-1"' in tail
    assert "1 item of this cable" in sheet.partition('id="docket"')[2]


def test_a_carried_telegram_shows_its_own_lines_under_its_own_paragraphs(web):
    inner = letter("We ask for orders.", docket=(DocketLine(kind="question", paragraph="1", quote="orders"),))
    outer = letter(blocks=(Paragraph(text="I pass this on.", number="1"), Carried(cable=inner)))
    entry = web.post.release(outer)
    sheet = main_of(page(web, REGISTRY, f"/cables/{entry}"))
    assert 'id="p-c1.1"' in sheet
    tail = found(r'<section class="docket-of".*?</section>', sheet, re.DOTALL)[0]
    assert 'href="#p-c1.1"' in tail


def test_many_items_are_folded_after_the_first_and_none_is_left_out(web, cable):
    lines = [
        {"kind": "observation", "paragraph": "1", "quote": ASKED, "fields": {"about": f"Remark {n}."}}
        for n in range(20)
    ]
    done = web.act(REGISTRY, "docket", {"cable": cable, "lines": lines})
    assert done["next"] == f"/cables/{cable}?suggest=1#suggested"
    pane = page(web, REGISTRY, f"/cables/{cable}").text.partition('id="docket"')[2]
    assert all(f"Remark {n}." in pane for n in range(20))
    assert "<summary>8 more</summary>" in pane


def test_what_a_sender_writes_in_a_line_is_text_everywhere(web, moscow, tmp_path):
    bad = "<img src=x>"
    line = DocketLine(
        kind="question", paragraph="1", quote=ASKED, fields=(("to", bad), ("issue", bad), ("note", bad))
    )
    entry = received(web, moscow, tmp_path, line)
    for address in (f"/cables/{entry}?suggest=1", f"/cables/{entry}/docket?kind=answer&paragraph=1"):
        text = page(web, REGISTRY, address).text
        assert bad not in text
        assert "&lt;img src=x&gt;" in text


def test_what_is_entered_is_told_in_words_before_it_is_signed(web, cable):
    line = {"kind": "question", "paragraph": "1", "quote": ASKED, "fields": {"to": "Head", "note": "urgent"}}
    asked = web.ask(REGISTRY, "docket", {"cable": cable, "lines": [line]}).json()
    said = asked["words"][-1]
    assert "Question to Head" in said
    assert "paragraph 1" in said
    assert f"\u201c{ASKED}\u201d" in said
    assert "note: urgent" in said


def test_an_issue_is_not_merged_into_one_that_is_not_there(web, cable):
    mark(web, cable, issue="The road")
    line = {
        "kind": "merge",
        "paragraph": "",
        "quote": "",
        "fields": {"issue": "The road", "into": "The raod"},
    }
    refused = web.ask(REGISTRY, "docket", {"cable": cable, "lines": [line]})
    assert refused.json()["code"] == "not-found"
