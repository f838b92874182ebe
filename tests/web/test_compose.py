"""Compose and release: sheet and form change each other, nothing typed is lost, and nobody else sees it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reftel.cable import sheet
from reftel.cable.dtg import read_moment
from reftel.cable.model import Ask, Cable, DocketLine, Enclosure, Number, Party
from reftel.cable.tidy import read_typed
from reftel.office import copies, desk, papers, people
from reftel.store import tables as t
from reftel.web import compose_form, previews
from reftel.web.compose_form import MOST_ROWS
from tests.cable.samples import SESSION
from tests.office.scenes import ADMIN, CLEARING, DRAFTER, READER, REGISTRY, RELEASER, decide, letter
from tests.web.conftest import Browser, Web

SHEET = (
    "PRECEDENCE: PRIORITY\nCLASSIFICATION: SECRET\nTO: MOSCOW <moscow.example>\nSUBJECT: The road\n"
    "\n1. (S) It is open.\n"
)
ASKED = DocketLine(
    kind="question",
    paragraph="1",
    quote="forty minutes",
    fields=(("to", "Chairman"), ("issue", "The road"), ("talks", "Talks")),
)
KEPT_AS_IT_IS = DocketLine(
    kind="forecast of old", paragraph="9", quote="", fields=(("odd field", "its value"),)
)
_FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>(?:([^<]*)</textarea>)?")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


class Page:
    """What a browser without JavaScript would send from the page of compose."""

    def __init__(self, browser: Browser, text: str) -> None:
        self.browser = browser
        self.text = text
        inside = text.partition('<form id="compose"')[2].partition("</form>")[0]
        self.fields: dict[str, str] = {}
        for kind, attributes, content in _FIELD.findall(inside):
            given = dict(_ATTRIBUTE.findall(attributes))
            name = html.unescape(given.get("name", ""))
            if kind == "textarea":
                self.fields[name] = html.unescape(content).removeprefix("\n")
            elif kind == "input" and given.get("type") not in {"radio", "checkbox"}:
                self.fields[name] = html.unescape(given.get("value", ""))
            elif kind == "select":
                chosen = re.search(
                    rf'<select[^>]*name="{re.escape(name)}"[^>]*>.*?</select>', inside, re.DOTALL
                )
                found = re.search(
                    r'<option(?: value="([^"]*)")? selected>([^<]*)', chosen[0] if chosen else ""
                )
                self.fields[name] = (found[1] or found[2]) if found else ""

    def send(self, do: str, path: str = "/compose", **changes: str) -> Any:
        values = {**self.fields, "do": do, **{k.replace("__", "."): v for k, v in changes.items()}}
        values.pop("token", None)
        return self.browser.send(path, values)

    def press(self, do: str, **changes: str) -> Page:
        answer = self.send(do, **changes)
        assert answer.status_code == 200, answer.text
        return Page(self.browser, answer.text)

    @property
    def sheet(self) -> str:
        return self.fields["sheet"]


@pytest.fixture
def drafter(web: Web) -> Browser:
    return web.signed_in(DRAFTER)


def compose(browser: Browser, path: str = "/compose") -> Page:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return Page(browser, answer.text)


def kept(web: Web) -> list[str]:
    return [row.sheet for row in web.post.rows(t.papers)]


@pytest.mark.parametrize(
    "cable",
    [
        SESSION,
        letter(to=(Party(place="a.b", post="moscow.example"), Party(place="[ROME]", place_layer="editor's"))),
        letter(asks=(Ask(owner="MOSCOW", literal="Confirm.", due=read_moment("201200Z NOV 26")),)),
        letter(docket=(ASKED, KEPT_AS_IT_IS)),
    ],
)
def test_a_form_that_nobody_changed_makes_the_same_sheet(cable: Cable):
    text = sheet.render(replace(cable, registered=None))
    base = read_typed(text)
    assert sheet.render(compose_form.write(compose_form.draw(base), base)) == text


def test_a_sheet_that_was_typed_is_read_into_the_form(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET.replace("\n", "\r\n"))
    said = page.fields
    assert (said["classification"], said["precedence"], said["subject"]) == ("SECRET", "PRIORITY", "The road")
    assert (said["to.0.name"], said["body"]) == ("MOSCOW <moscow.example>", "1. (S) It is open.")
    assert page.sheet == SHEET
    assert kept(web) == [SHEET]


def test_the_form_is_written_into_the_sheet_and_what_it_does_not_show_stays(web: Web, drafter: Browser):
    text = SHEET.replace(
        "SUBJECT: The road\n",
        "  note: by hand\nSUBJECT: The road\nENCLOSURE: Map\n  held: no\n  file: map.pdf\n".replace(
            "  held: no\n  file: map.pdf\n", "  file: map.pdf\n  held: no\n"
        ),
    )
    page = compose(drafter).press("sheet", sheet=text)
    page = page.press(
        "form",
        subject="The road, again",
        info__0__name="PYONGYANG",
        info__0__person="the Chairman",
        refs__0__letter="a",
        refs__0__literal="BEIJING 44 of 172140Z NOV 26",
        refs__0__dated="172140Z NOV 26",
        asks__0__literal="Confirm.",
        asks__0__due="201200Z NOV 26",
        asks__0__kind="report",
        numbers__0__scheme="special",
        numbers__0__value="1701",
        captions="EYES ONLY\r\nSPECIAL FILE\r\n",
        signed="LI",
        body="1. (S) It is open.\r\n\r\n2. And watched.",
    )
    cable = read_typed(page.sheet)
    assert cable.subject == "The road, again"
    assert cable.info == (Party(place="PYONGYANG", person="the Chairman"),)
    assert (cable.references[0].letter, cable.asks[0].kind) == ("A", "report")
    assert cable.captions == ("EYES ONLY", "SPECIAL FILE")
    assert cable.to[0].note == "by hand"
    assert cable.enclosures[0].filename == "map.pdf"
    assert cable.numbers == (Number(scheme="special", value="1701"),)
    assert page.sheet.endswith("2. And watched.\n\nSIGNED: LI\n")
    assert kept(web) == [page.sheet]


def test_a_form_alone_makes_a_sheet(drafter: Browser):
    page = compose(drafter).press("save", to__0__name="MOSCOW <moscow.example>", body="It is open.")
    assert page.sheet == "TO: MOSCOW <moscow.example>\n\nIt is open.\n"


def test_where_a_sheet_departs_is_said_with_its_line_and_nothing_is_lost(web: Web, drafter: Browser):
    twice = "SUBJECT: The road\nSUBJECT: The <b>road</b>"
    broken = SHEET.replace("SUBJECT: The road", f"{twice} \u202e")
    page = compose(drafter).press("sheet", sheet=broken)
    assert "Line 5, column 26" in page.text
    assert "U+202E" in page.text
    assert "<bdi>SECRET</bdi>" in page.text.partition('id="marking"')[2].partition("</aside>")[0]
    assert page.sheet == broken
    assert kept(web) == [broken]
    page = page.press("sheet", sheet=broken.replace(" \u202e", ""))
    assert "SUBJECT stands twice" in page.text
    assert "<mark><bdi>S</bdi></mark><bdi>UBJECT: The &lt;b&gt;road&lt;/b&gt;</bdi>" in page.text
    assert "<b>road" not in page.text


def test_what_the_form_cannot_say_is_named_and_both_stay(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    said = page.press("form", subject="bad \u200b one")
    assert "Subject: the character U+200B" in said.text
    assert (said.sheet, said.fields["subject"]) == (SHEET, "bad \u200b one")
    said = page.press("form", body="TO: somebody")
    assert "in the text" in said.text
    assert said.sheet == SHEET
    said = page.press("form", body="Text.\n\nSIGNED: LI")
    assert "have fields of their own" in said.text


def test_when_both_were_changed_one_is_taken_and_the_other_kept_beside(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    both = {"sheet": SHEET.replace("open", "shut"), "subject": "The bridge"}
    taken = page.press("sheet", **both)
    assert taken.fields["subject"] == "The road"
    by_form = SHEET.replace("The road", "The bridge")
    assert sorted(kept(web)) == sorted([both["sheet"], by_form])
    taken = Page(drafter, page.text).press("form", **both)
    assert taken.sheet == by_form
    assert "kept beside" in taken.text


def test_an_untidy_sheet_is_tidied_when_asked(drafter: Browser):
    page = compose(drafter).press("save", sheet="to: MOSCOW\nsubject: X\nText that\nis wrapped.")
    assert "not tidy yet" in page.text
    assert 'data-door="draft paper"' not in page.text
    page = page.press("tidy")
    assert page.sheet == "TO: MOSCOW\nSUBJECT: X\n\nText that is wrapped.\n"
    assert 'data-door="draft paper"' in page.text


def test_rows_are_added_and_too_many_stay_in_the_sheet(drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET).press("more:to")
    assert "to.2.name" in page.fields
    many = SHEET.replace("SUBJECT", "".join(f"TO: Place {n}\n" for n in range(MOST_ROWS)) + "SUBJECT")
    page = page.press("sheet", sheet=many)
    assert "to.0.name" not in page.fields
    page = page.press("form", subject="Another")
    assert page.sheet == many.replace("The road", "Another")


def test_a_closed_window_is_opened_again_where_it_was(web: Web, drafter: Browser):
    answer = compose(drafter).send("sheet", path="/compose/live", sheet=SHEET, live="1")
    assert answer.status_code == 200
    path = answer.headers["hx-replace-url"]
    again = compose(drafter, path)
    assert again.sheet == SHEET
    assert again.fields["subject"] == "The road"
    assert path in compose(drafter).text
    listed = drafter.get("/drafts").text
    assert path in listed
    assert "<bdi>SECRET</bdi>" in listed.partition('id="marking"')[2].partition("</aside>")[0]


def test_parts_that_are_swapped_hold_the_form_or_the_sheet(drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    by_sheet = page.send("sheet", path="/compose/live", live="1", sheet=SHEET.replace("road", "bridge"))
    assert 'hx-target="#compose-form"' in by_sheet.text
    assert 'value="The bridge"' in by_sheet.text
    by_form = page.send("form", path="/compose/live", live="1", subject="The river")
    assert 'hx-target="#compose-form"' not in by_form.text
    assert "SUBJECT: The river" in by_form.text
    assert "Secret" in by_form.text or "SECRET" in by_form.text


def test_two_windows_on_one_paper_keep_both(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    path = f"/compose/papers/{page.fields['paper']}"
    one, other = compose(drafter, path), compose(drafter, path)
    one.press("sheet", sheet=SHEET.replace("road", "bridge"))
    told = other.press("sheet", sheet=SHEET.replace("road", "river"))
    assert "changed in another window too" in told.text
    assert told.fields["paper"] != page.fields["paper"]
    assert len(kept(web)) == 2
    gone = drafter.send(f"{path}/away")
    assert gone.status_code == 303
    assert len(kept(web)) == 1


def test_what_was_thrown_away_elsewhere_is_kept_anew(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    papers.throw_away(web.post.office, DRAFTER, page.fields["paper"])
    told = page.press("sheet", sheet=SHEET.replace("road", "river"))
    assert "kept anew" in told.text
    assert kept(web) == [SHEET.replace("road", "river")]


def test_nobody_else_reaches_a_paper_or_writes_at_all(web: Web, drafter: Browser):
    paper = compose(drafter).press("sheet", sheet=SHEET).fields["paper"]
    other = web.signed_in(READER)
    for path in (
        "/compose",
        f"/compose/papers/{paper}",
        f"/compose/preview?paper={paper}",
        "/compose/known?field=persons",
    ):
        assert other.get(path).status_code == 403
    assert other.send(f"/compose/papers/{paper}/away").status_code == 404
    assert web.browser().get(f"/compose/papers/{paper}").status_code == 303
    assert drafter.get("/compose/papers/none").status_code == 404


def test_sheets_beyond_bounds_are_refused_and_not_kept(web: Web, drafter: Browser):
    page = compose(drafter)
    assert page.send("save", sheet="x" * 10_000_000).status_code == 413
    long = page.send("save", sheet="TO: MOSCOW\n\n" + "x" * 1_100_000 + "\n")
    assert long.status_code == 413
    assert "Not kept" in long.text
    assert kept(web) == []


def test_a_paper_becomes_a_draft_by_one_touch_and_is_kept_no_longer(web: Web, drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET)
    given = {"paper": page.fields["paper"], "digest": papers.text_digest(SHEET), "clear_by": [CLEARING]}
    assert f'value="{given["digest"]}"' in page.text
    done = web.act(DRAFTER, "draft paper", given)
    assert kept(web) == []
    entry = web.post.rows(t.cables)[-1].cable
    assert done["next"] == f"/drafts/{entry}"
    stale = web.ask(DRAFTER, "draft paper", given)
    assert stale.status_code == 404


def test_a_draft_is_rewritten_with_the_files_it_had(web: Web, drafter: Browser):
    office, hand = web.post.office, web.post.hand(DRAFTER)
    enclosed = Enclosure(title="Map", filename="map.pdf", content=b"%PDF")
    entry = desk.draft(office, hand, letter(enclosures=(enclosed,)))
    started = drafter.get(f"/compose/{entry}")
    page = compose(drafter, started.headers["location"])
    page = page.press("sheet", sheet=page.sheet.replace("forty", "fifty"))
    given = {"paper": page.fields["paper"], "digest": papers.text_digest(page.sheet)}
    web.act(DRAFTER, "edit paper", given)
    with web.post.read() as connection:
        cable = papers.draft_cable(connection, entry)
    assert cable.enclosures == (enclosed,)
    assert "fifty" in cable.blocks[0].text  # type: ignore[union-attr]


def test_a_new_draft_encloses_the_files_that_are_given(web: Web, drafter: Browser):
    text = SHEET.replace("\n\n1.", "\nENCLOSURE: Map\n  file: map.pdf\n\n1.")
    page = compose(drafter).press("sheet", sheet=text)
    assert 'type="file"' in page.text
    given: dict[str, Any] = {"paper": page.fields["paper"], "digest": papers.text_digest(text)}
    assert web.ask(DRAFTER, "draft paper", given).status_code == 422
    given["enclosures"] = [{"name": "map.pdf", "data": "JVBERg"}]
    web.act(DRAFTER, "draft paper", given)
    with web.post.read() as connection:
        cable = papers.draft_cable(connection, web.post.rows(t.cables)[-1].cable)
    assert cable.enclosures[0].content == b"%PDF"


def test_an_answer_begins_with_its_reference_and_addressee(web: Web, drafter: Browser):
    entry = desk.draft(web.post.office, web.post.hand(DRAFTER), letter())
    desk.release(web.post.office, web.post.hand(RELEASER), entry)
    page = compose(drafter, f"/compose?answer={entry}")
    cable = read_typed(page.sheet)
    mrn = web.post.cable(entry).mrn
    assert cable.to == (Party(place="MOSCOW", post="moscow.example"),)
    assert (cable.references[0].letter, cable.references[0].number) == ("A", mrn)
    assert (cable.classification, cable.subject) == ("SECRET", "Talks")
    paper = desk.enter(web.post.office, web.post.hand(REGISTRY), letter(sender=Party(place="ROME")))
    assert drafter.get(f"/compose?answer={paper}").status_code == 404
    assert drafter.get("/compose?answer=nonsense").status_code == 404


def test_an_answer_to_what_came_names_its_sender_by_the_slip_alone(web: Web, drafter: Browser):
    office, clerk = web.post.office, web.post.hand(REGISTRY)
    sent = letter(sender=Party(place="ROME", person="Conti"), numbers=(Number(scheme="cable", value="77"),))
    entry = desk.enter(office, clerk, sent)
    desk.print_copies(office, clerk, entry, 1)
    copies.issue(office, clerk, entry, [copies.Issue(seq=1, holder=DRAFTER)])
    cable = read_typed(compose(drafter, f"/compose?answer={entry}").sheet)
    assert cable.to == (Party(place="ROME, Conti"),)
    assert cable.references[0].literal == "ROME, Conti"
    assert cable.subject == "Talks"


def test_names_and_numbers_are_completed_for_those_who_may_know(web: Web, drafter: Browser):
    entry = desk.draft(web.post.office, web.post.hand(DRAFTER), letter())
    desk.release(web.post.office, web.post.hand(RELEASER), entry)
    mrn = web.post.cable(entry).mrn
    desk.enter(
        web.post.office, web.post.hand(REGISTRY), letter(numbers=(Number(scheme="cable", value="25025"),))
    )

    def offered(field: str, begun: str) -> str:
        return drafter.get(f"/compose/known?field={field}&x={begun}").text

    assert 'value="MOSCOW &lt;moscow.example&gt;"' in offered("addressees", "mos")
    assert offered("addressees", "%").strip() == ""
    assert mrn in offered("numbers", mrn[:8].lower())
    assert mrn in offered("numbers", "")
    assert "25025" not in offered("numbers", "250")
    assert CLEARING in offered("officers", "Kl")
    assert drafter.get("/compose/known?field=secrets&x=").status_code == 404


def test_the_printed_sheet_is_shown_to_its_writer_or_why_it_is_not(
    web: Web, drafter: Browser, monkeypatch: pytest.MonkeyPatch
):
    page = compose(drafter).press("sheet", sheet=SHEET)
    shown = page.press("preview")
    (picture,) = re.findall(r'src="(/compose/preview/[0-9a-f]+/1\.png)"', shown.text)
    answer = drafter.get(picture)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "no-store" in answer.headers["cache-control"]
    assert web.signed_in(READER).get(picture).status_code == 404
    part = drafter.get(f"/compose/preview?paper={page.fields['paper']}")
    assert picture in part.text
    assert "cannot be read yet" in page.press("preview", sheet="nonsense").text
    monkeypatch.setattr(previews, "SECONDS", 0.0)
    previews.previews_of(web.post.office).seconds = 0.0
    late = page.press("preview", sheet=SHEET.replace("road", "river"))
    assert "No printed sheet" in late.text
    previews.previews_of(web.post.office).close()


def test_checks_stand_beside_what_is_written(drafter: Browser):
    page = compose(drafter).press("sheet", sheet=SHEET.replace("(S)", "(TS)").replace("moscow.ex", "rome.ex"))
    assert "The post rome.example is not known here" in page.text
    assert "above the cable itself" in page.text


# The page of one draft.


def drafted(web: Web, **more: Any) -> int:
    return desk.draft(web.post.office, web.post.hand(DRAFTER), letter(), **more)


def doors(text: str) -> set[str]:
    return set(re.findall(r'data-door="([^"]*)"', text))


def test_each_sees_what_may_be_done_with_a_draft(web: Web, drafter: Browser):
    entry = drafted(web, clearing=[CLEARING])
    pages = {who: web.signed_in(who).get(f"/drafts/{entry}") for who in (DRAFTER, CLEARING, RELEASER, READER)}
    assert {who: page.status_code for who, page in pages.items()} == {
        DRAFTER: 200,
        CLEARING: 200,
        RELEASER: 200,
        READER: 404,
    }
    assert doors(pages[DRAFTER].text) == {"ask clearance", "withdraw"}
    assert doors(pages[CLEARING].text) == {"clear"}
    assert "has not answered" in pages[RELEASER].text
    assert "release" not in doors(pages[RELEASER].text)
    web.act(CLEARING, "clear", {"cable": entry, "version": web.post.cable(entry).version})
    assert {"release", "adopt"} <= doors(web.signed_in(RELEASER).get(f"/drafts/{entry}").text)
    web.act(RELEASER, "release", {"cables": entry})
    assert web.signed_in(RELEASER).get(f"/drafts/{entry}").status_code == 303


def test_the_words_that_changed_since_somebody_agreed_are_shown(web: Web, drafter: Browser):
    entry = drafted(web, clearing=[CLEARING])
    seen = web.post.cable(entry).version
    web.act(CLEARING, "clear", {"cable": entry, "version": seen})
    desk.edit(
        web.post.office, web.post.hand(DRAFTER), entry, letter("The session lasted <i>fifty</i> minutes.")
    )
    text = web.signed_in(CLEARING).get(f"/drafts/{entry}").text
    assert re.search(r"<del>.*forty.*</del>", text)
    assert re.search(r"<ins>.*&lt;i&gt;fifty.*</ins>", text)
    assert "cleared an earlier text" in text
    stale = web.ask(CLEARING, "clear", {"cable": entry, "version": seen})
    assert stale.json()["code"] == "stale-act"


def test_what_stayed_is_shortened_around_what_changed(web: Web):
    office, hand = web.post.office, web.post.hand(DRAFTER)
    long = " ".join(f"word{n}" for n in range(300))
    entry = desk.draft(office, hand, letter(f"{long} first {long}"), clearing=[CLEARING])
    web.act(CLEARING, "clear", {"cable": entry})
    desk.edit(office, hand, entry, letter(f"{long} second {long}"))
    text = web.signed_in(CLEARING).get(f"/drafts/{entry}").text
    shown = text.partition('class="words-changed"')[2].partition("</p>")[0]
    assert "second" in shown
    assert shown.count("skipped") == 2
    assert len(shown) < 1200


def test_too_many_changes_are_said_and_not_shown(web: Web):
    entry = drafted(web, clearing=[CLEARING])
    web.act(CLEARING, "clear", {"cable": entry})
    words = " ".join(f"word{n}" for n in range(900))
    desk.edit(web.post.office, web.post.hand(DRAFTER), entry, letter(words))
    assert "More than four hundred words" in web.signed_in(CLEARING).get(f"/drafts/{entry}").text


def test_a_decision_is_recorded_voided_and_shown(web: Web):
    entry = drafted(web)
    given: Mapping[str, object] = {
        "cable": entry,
        "body": "The <Commission>",
        "protocol": "84",
        "item": "421",
        "title": "Answer",
        "text": "Approve.",
    }
    web.act(RELEASER, "adopt", given)
    text = web.signed_in(RELEASER).get(f"/drafts/{entry}").text
    assert "P84/421" in text
    assert "The &lt;Commission&gt;" in text
    assert {"void decision", "adopt", "release"} <= doors(text)


def test_a_draft_whose_text_was_destroyed_is_said(web: Web):
    entry = drafted(web)
    desk.destroy_text(web.post.office, web.post.hand(ADMIN), entry, "taken back")
    assert "was destroyed" in web.signed_in(DRAFTER).get(f"/drafts/{entry}").text


def test_a_paper_does_not_reach_a_draft_that_its_writer_may_not_read(web: Web) -> None:
    entry = desk.draft(web.post.office, web.post.hand(DRAFTER), letter())
    decide(web.post, "two-officers", off=True)
    roles = ("reader", "drafter")
    people.admit(
        web.post.office,
        web.post.hand(ADMIN),
        READER,
        roles=roles,
        clearance="SECRET",
        public=web.post.keys[READER].public,
    )
    browser = web.signed_in(READER)
    assert browser.get(f"/compose/{entry}").status_code == 404
    assert browser.send("/compose", {"sheet": SHEET, "do": "sheet", "cable": str(entry)}).status_code == 200
    (paper,) = web.post.rows(t.papers)
    given = {"paper": paper.id, "digest": papers.text_digest(paper.sheet)}
    assert web.ask(READER, "edit paper", given).status_code == 404
