"""The docket's pages: what stands where, as of when, for whom, and each line with its source."""

from __future__ import annotations

import re

import pytest

from reftel.cable.model import Paragraph, Party
from tests.office.scenes import AUDITOR, DRAFTER, READER, REGISTRY, RELEASER, carry, copy_of, letter
from tests.web.docket_scene import ASKED, BERTHS, FARES, ORDER, SECOND, TALKS, WITHHELD, enter_ferry, line
from tests.web.pages import found, main_of, text_of

ISSUE = "/docket/issue?talks=ferry%20talks&issue="
BEFORE = "221030Z NOV 26"
"""After BEIJING's first report, before its second and MOSCOW's answer."""


@pytest.fixture
def moscow(served_templates, tmp_path):
    post = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


@pytest.fixture
def ferry(web, moscow, tmp_path):
    """BEIJING with the ferry talks in its docket."""
    return enter_ferry(web.post, moscow, tmp_path)


def page(web, path, person=REGISTRY):
    answer = web.signed_in(person).get(path)
    assert answer.status_code == 200, answer.text
    return main_of(answer)


def said(web, path, person=REGISTRY):
    return text_of(web.signed_in(person).get(path))


def enter(web, cable, *lines, person=REGISTRY):
    """Say more of a cable by the door of the pages' own forms."""
    given = [
        {"kind": kind, "fields": {"talks": TALKS, **fields}, "paragraph": "", "quote": ""}
        for kind, fields in lines
    ]
    return web.act(person, "docket", {"cable": cable, "lines": given})


def row_of(html, name):
    return found(rf"<tr><th scope=\"row\">(?:(?!</tr>).)*?{name}.*?</tr>", html)[0]


def test_the_board_has_each_issue_with_its_parties_question_and_instruction_and_leads_to_the_words(
    web, ferry
):
    html = page(web, "/docket")
    fares, berths = row_of(html, FARES), row_of(html, BERTHS)
    assert ">Tabled<" in fares
    assert ASKED in fares
    assert f'href="/cables/{ferry.report}#p-2"' in fares
    assert ORDER in fares
    assert f'href="/cables/{ferry.answer}#p-2"' in fares
    assert "nothing above five crowns" in fares
    assert SECOND in fares  # our side holds no position: its last text stands there
    assert "two berths to three" in berths
    assert ASKED not in berths
    assert (
        "SECRET" in found(r'<aside class="marking.*?</aside>', web.signed_in(REGISTRY).get("/docket").text)[0]
    )


def test_the_rail_counts_open_questions_and_counts_anew_when_one_is_closed(web, ferry):
    browser = web.signed_in(REGISTRY)
    badge = r'href="/docket".*?</a>'
    assert '<b class="n quiet">1</b>' in found(badge, browser.get("/docket").text)[0]
    enter(web, ferry.report, ("step", {"of": ferry.names["question"], "step": "overtake"}))
    assert "<b " not in found(badge, browser.get("/docket").text)[0]


def test_an_issue_shows_its_texts_word_by_word_and_brackets_by_their_owner(web, ferry):
    html = page(web, ISSUE + "fares")
    assert "six crowns." in found("<del>.*?</del>", html)[0]
    assert "five crowns and a half." in found("<ins>.*?</ins>", html)[0]
    bracket = found('<span class="bracket">.*?</sup>', html)[0]
    assert "and a half" in bracket
    assert "Ferry company" in bracket
    assert "flat" in bracket


def test_an_answer_stands_under_its_question_with_its_own_paragraph(web, ferry):
    section = found(r'<section aria-labelledby="questions">.*?</section>', page(web, ISSUE + "fares"))[0]
    assert "Part-answered" in section
    moves = found('<ol class="moves">.*?</ol>', section)[0]
    assert "You may go to five" in moves
    assert f'href="/cables/{ferry.answer}#p-1"' in moves


def test_concessions_stand_with_what_they_were_from_and_to(web, ferry):
    section = found(r'<section aria-labelledby="concessions">.*?</section>', page(web, ISSUE + "berths"))[0]
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", found("<tbody>.*</tbody>", section)[0], re.DOTALL)
    words = [" ".join(re.sub("<[^>]+>", "", cell).split()) for cell in cells]
    assert words[:4] == ["Ferry company", "Concession", "two berths", "three berths"]


def test_as_of_a_moment_only_what_was_known_then_is_shown_and_links_keep_the_moment(web, ferry):
    html = page(web, f"/docket?at={BEFORE}")
    assert "As known here at" in html
    assert ASKED in html
    assert ORDER not in html
    assert SECOND not in html
    links = [link for link in re.findall(r'href="(/docket[^"]*)"', html) if "NOV" in link]
    assert len(links) > 8
    question = said(web, f"/docket/items/{ferry.names['question']}?at={BEFORE}")
    assert "Open" in question
    assert "You may go to five" not in question
    assert (
        web.signed_in(REGISTRY).get(f"/docket/items/{ferry.names['instruction']}?at={BEFORE}").status_code
        == 404
    )
    assert "No instruction is in force as of then" in said(web, f"/docket/instructions?at={BEFORE}")


def test_before_the_register_began_nothing_was_known_and_no_moment_is_no_page(web, ferry):
    assert "No issue is in the docket as of then" in said(web, "/docket?at=1 January 2001")
    assert web.signed_in(REGISTRY).get("/docket?at=some+day").status_code == 422
    assert web.signed_in(REGISTRY).get("/docket?at=entry:99999").status_code == 404


def test_the_calendar_of_a_browser_asks_for_the_same_moment(web, ferry):
    by_calendar = page(web, "/docket?at=2026-11-22T10:30Z")
    assert SECOND not in by_calendar
    assert SECOND in page(web, "/docket?at=2026-11-22T11:30")


@pytest.mark.parametrize("person", [READER, AUDITOR])
def test_who_does_not_read_the_cables_is_told_of_none_of_their_words(web, ferry, person):
    browser = web.signed_in(person)
    lists = "questions?show=all", "instructions?show=all", "disclosures", "sessions", "people", "timeline"
    for path in ("/docket", *(f"/docket/{name}" for name in lists)):
        text = browser.get(path).text
        assert not [words for words in (ASKED, ORDER, WITHHELD, SECOND, FARES, "BRANDT") if words in text], (
            path
        )
    hidden = browser.get(f"/docket/items/{ferry.names['question']}")
    absent = browser.get("/docket/items/beijing.example/999.9")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert browser.get(ISSUE + "fares").status_code == 404


def test_a_releasing_officer_reads_what_went_out_and_not_what_came(web, ferry):
    html = page(web, ISSUE + "fares", RELEASER)
    assert ASKED in html
    assert ORDER not in html
    assert "You may go to five" not in html


def test_questions_stand_by_principal_with_their_age(web, ferry):
    text = said(web, "/docket/questions")
    assert "To The Minister" in text
    assert "Part-answered for 4 hours" in text
    assert "No question is open" in said(web, "/docket/questions?to=Somebody+else")
    web.post.pass_time(days=3)
    later = web.browser(web.keys[REGISTRY])
    assert later.sign_in(REGISTRY).status_code == 200
    assert "Part-answered for 3 days" in text_of(later.get("/docket/questions"))


def test_an_instruction_is_found_by_any_name_of_whom_it_binds_and_leaves_when_it_is_executed(web, ferry):
    assert ORDER in page(web, "/docket/instructions?person=CAPT.+BRANDT")
    assert ORDER not in page(web, "/docket/instructions?person=Somebody+else")
    enter(web, ferry.answer, ("step", {"of": ferry.names["instruction"], "step": "execute", "note": "Done."}))
    assert ORDER not in page(web, "/docket/instructions")
    chain = found('<ol class="moves">.*?</ol>', page(web, "/docket/instructions?show=all"))[0]
    assert "Execute" in chain


def test_disclosures_say_who_was_told_how_and_what_is_withheld(web, ferry):
    html = page(web, "/docket/disclosures")
    assert WITHHELD in found("Not to be shown yet.*?<section", html)[0]
    told = found(r'<section aria-labelledby="told-1">.*?</section>', html)[0]
    assert "Ferry company" in told
    assert SECOND in told
    assert "tabled" in told


def test_a_session_has_what_came_of_it_and_what_was_done_at_the_table(web, ferry):
    listed = page(web, "/docket/sessions")
    assert f"/docket/sessions/{ferry.names['session']}" in listed
    one = said(web, f"/docket/sessions/{ferry.names['session']}")
    assert "Partly agreed" in one
    assert "they moved from two berths to three" in one
    assert web.signed_in(REGISTRY).get(f"/docket/sessions/{ferry.names['move']}").status_code == 404


def test_somebody_stands_under_one_name_with_every_printed_one_and_where_it_is_printed(web, ferry):
    section = found(
        r'<section class="somebody"[^>]*>(?:(?!</section>).)*Ada Brandt.*?</section>',
        page(web, "/docket/people"),
    )
    assert "CAPT. BRANDT" in section[0]
    assert f'href="/cables/{ferry.report}#p-4"' in section[0]
    assert "North quay" in section[0]


def test_the_timeline_draws_each_item_as_a_link_and_has_a_table_of_the_same(web, ferry):
    html = page(web, "/docket/timeline")
    plot = found("<svg.*?</svg>", found('<div class="scroll plot-broad".*', html)[0])[0]
    drawn = re.findall(r'<a href="(/docket/items/[^"]+)" aria-label="[^"]+"', plot)
    listed = re.findall(r'<th scope="row"><a class="link" href="(/docket/items/[^"]+)"', html)
    assert set(drawn) <= set(listed)
    assert len(drawn) == len(set(drawn)) > 15
    assert plot.count('class="join"') == 1  # one item says when it was
    assert "20 November 2026" in html


def test_an_item_has_its_whole_evidence_and_what_became_of_it(web, ferry):
    html = page(web, f"/docket/items/{ferry.names['question']}")
    assert ASKED in found('<blockquote class="asked">.*?</blockquote>', html)[0]
    facts = found('<dl class="facts evidence">.*?</dl>', html)[0]
    assert f'href="/cables/{ferry.report}#p-2"' in facts
    assert f'href="/register/{ferry.report + 1}"' in facts
    assert "BEIJING (beijing.example)" in facts
    assert "Answer in part" in html
    answer = page(web, f"/docket/items/{ferry.names['instruction'].replace('.2', '.1')}")
    assert f"/docket/items/{ferry.names['question']}" in found("What it moved.*?</ol>", answer)[0]


def test_what_has_no_effect_says_why(web, ferry):
    lost = letter(
        "They ask again.",
        docket=(line("answer", "1", "They ask again", question="moscow.example/999.1", how="in full"),),
    )
    entry = web.post.release(lost)
    text = said(web, f"/docket/items/beijing.example/{web.post.cable(entry).leaf}.1")
    assert "It has no effect" in text
    assert "not held here" in text


def test_what_another_side_sent_is_marked_as_theirs_and_moves_nothing(web, moscow, tmp_path):
    cable = letter(
        sender=Party(place="MOSCOW"),
        to=(Party(post="beijing.example", place="BEIJING"),),
        blocks=(Paragraph(text="We demand a bridge.", number="1"),),
        docket=(line("position", "1", "We demand a bridge", issue="Bridge", party="They", stance="demand"),),
    )
    moscow.release(cable)
    carry(moscow, web.post, tmp_path / "stick")
    html = page(web, ISSUE + "bridge")
    assert "We demand a bridge" in found(r'<section aria-labelledby="theirs">.*?</section>', html)[0]
    assert "We demand a bridge" not in page(web, "/docket")


def test_what_was_entered_in_error_is_struck_out_and_stays_to_be_seen(web, ferry):
    name = ferry.names["forecast"]
    form = found(
        '<form data-door="docket"[^>]*>(?:(?!</form>).)*value="strike".*?</form>',
        page(web, f"/docket/items/{name}"),
    )
    assert f'name="lines.0.fields.of" value="{name}"' in form[0]
    enter(web, ferry.report, ("strike", {"of": name}))
    assert "Struck out" in said(web, f"/docket/items/{name}")
    assert 'id="forecasts"' not in page(web, ISSUE + "fares")


def test_a_forecast_is_held_against_what_came_of_it(web, ferry):
    assert "None was held against" in said(web, ISSUE + "fares")
    enter(web, ferry.report, ("step", {"of": ferry.names["forecast"], "step": "came true in part"}))
    text = said(web, ISSUE + "fares")
    assert "Of 1 held against what came of it, 0 came true and 1 in part" in text


def test_two_names_of_one_issue_are_merged_and_parted_again(web, ferry):
    enter(web, ferry.report, ("merge", {"issue": BERTHS, "into": FARES}))
    html = page(web, ISSUE + "berths")
    assert "Berths" in found("Also named.*?</dd>", html)[0]
    assert ASKED in html
    merge = found(r'value="unmerge".*?name="lines.0.fields.of" value="([^"]+)"', html)[1]
    enter(web, ferry.report, ("unmerge", {"of": merge}))
    assert ASKED not in page(web, ISSUE + "berths")


def test_who_may_enter_nothing_has_no_forms_and_nobody_has_them_for_the_past(web, ferry):
    path = f"/docket/items/{ferry.names['question']}"
    assert 'data-door="docket"' in page(web, path)
    assert 'data-door="docket"' not in page(web, f"{path}?at={BEFORE}")
    assert 'data-door="docket"' not in page(web, f"{ISSUE}fares&at={BEFORE}")


SESSION = {
    "series": "brief report",
    "to": "moscow.example",
    "talks": TALKS,
    "session": "Fourth session",
    "present": "Ada Brandt; A clerk",
    "outcomes.0.issue": FARES,
    "outcomes.0.outcome": "Nothing was agreed",
    "moves.0.party": "Ferry company",
    "moves.0.move": "demand",
    "moves.0.what": "six crowns in winter",
    "moves.1.move": "offer",
    "go": "write",
}


def test_the_form_of_a_session_becomes_a_numbered_report_open_in_compose(web, ferry):
    browser = web.signed_in(DRAFTER)
    assert "The next is No 1" in text_of(browser.get("/docket/sessions/new"))
    answer = browser.send("/docket/sessions/new", SESSION)
    assert answer.status_code == 303, answer.text
    sheet = browser.get(answer.headers["location"]).text
    assert "brief report No 1" in sheet
    assert "DOCKET session: Fourth session. Present: Ada Brandt, A clerk." in sheet
    assert "six crowns in winter" in sheet
    assert sheet.count("DOCKET move") == 1


def test_the_number_of_a_report_follows_its_series_and_gaps_are_told(web, ferry):
    web.post.release(letter(kind="brief report No 3"))
    text = text_of(web.signed_in(DRAFTER).get("/docket/sessions/new"))
    assert "The next is No 4. Missing here: 1, 2" in text


def test_a_form_that_lacks_something_says_what_and_keeps_the_rest(web, ferry):
    browser = web.signed_in(DRAFTER)
    lacking = SESSION | {"session": ""}
    answer = browser.send("/docket/sessions/new", lacking)
    assert answer.status_code == 422
    assert "missing" in text_of(answer)
    assert 'value="Nothing was agreed"' in answer.text
    more = browser.send("/docket/sessions/new", SESSION | {"more": "outcomes"})
    assert more.status_code == 200
    assert 'name="outcomes.4.issue"' in more.text
    assert 'value="Nothing was agreed"' in more.text


def test_the_api_has_the_board_an_issue_and_items_with_their_evidence(web, ferry):
    browser = web.signed_in(REGISTRY)

    def get(path):
        answer = browser.get(f"/api/v1/docket{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert get("/talks") == [{"key": "ferry talks", "name": TALKS}]
    lines = {line["name"]: line for line in get("")["issues"]}
    assert lines[FARES]["open_questions"] == [ferry.names["question"]]
    assert lines[FARES]["instructions"] == [ferry.names["instruction"]]
    kinds = [one["kind"] for one in get("/issue?issue=fares")["items"]]
    assert kinds.count("text") == 2
    (question,) = get("/questions")
    assert question["state"] == "part-answered"
    assert question["evidence"]["cable"] == ferry.report
    assert question["evidence"]["paragraph"] == "2"
    assert question["evidence"]["quote"] == ASKED
    assert get(f"/item?name={ferry.names['question']}&at={BEFORE}")["state"] == "open"
    assert get(f"/instructions?at={BEFORE}") == []
    other = web.signed_in(READER)
    assert other.get("/api/v1/docket").json()["issues"] == []
    assert other.get(f"/api/v1/docket/item?name={ferry.names['question']}").status_code == 404


def test_what_looks_like_a_page_is_shown_as_the_words_that_it_is(web, ferry):
    name = "Fees <b>now"
    given = {"issue": name, "outcome": name, "session": ferry.names["session"]}
    enter(web, ferry.report, ("outcome", given), ("question", {"issue": name, "to": name}))
    for path in ("", "/issue?issue=fees+%3Cb%3Enow", "/questions", "/sessions", "/timeline"):
        text = page(web, f"/docket{path}")
        assert "Fees &lt;b&gt;now" in text, path
        assert "<b>now" not in text, path
