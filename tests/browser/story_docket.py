"""What of the story is the docket's: words are marked, a question is answered, a warning accepted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from reftel.register.log import size_of
from tests.browser.stage import Person

if TYPE_CHECKING:
    from tests.browser.story import Stage

ISSUE = "Width of the strip"
QUESTION = "May the strip be narrowed further if they press for it?"
REASON = "The Minister named the width by telephone."
ENDS = """([words, within]) => {
  const text = document.querySelector(within).firstChild;
  const range = document.createRange();
  range.setStart(text, text.data.indexOf(words));
  range.setEnd(text, text.data.indexOf(words) + words.length);
  const [first, last] = [range.getClientRects()[0], [...range.getClientRects()].pop()];
  return [first.left, (first.top + first.bottom) / 2, last.right, (last.top + last.bottom) / 2];
}"""
"""Where words begin and end on the page."""


def negotiate(stage: Stage) -> None:
    """What the cable says is entered into the docket; the board has it, and not as of before."""
    registry = stage.people["Zimina"]
    mark(stage, "session", "1", "The delegations sat", session="Of the fourteenth", date="14 July 2026")
    mark(stage, "text", "1", "They accept items one and four", party="They", state="tabled")
    mark(stage, "position", "1", "accept items one and four", party="They")
    select_and_mark(stage)
    mark(stage, "instruction", "2", "if they press for it", to="Minister", mode="may")
    mark(stage, "withheld", "2", "narrowed further", not_for="They")
    told = {"mode": "must not", "words": "one kilometre", "to": "Minister"}
    mark(stage, "instruction", "1", "They accept items one and four for discussion.", **told)
    with stage.moscow.office() as office, office.store.read() as connection:
        stage.marked = size_of(connection) - 1
    registry.go("/docket")
    board = registry.page.locator("main table")
    expect(board).to_contain_text("May the strip be narrowed further")
    expect(board).to_contain_text("may")
    board.get_by_role("link", name=ISSUE, exact=True).click()
    registry.page.wait_for_url("**/docket/issue?*")
    stage.issue = registry.page.url.removeprefix(registry.post.address)
    link = registry.page.locator("main section:has(#questions) .item a.kind").first
    stage.item = link.get_attribute("href") or ""
    registry.go("/docket/sessions")
    stage.session = registry.page.locator("main .meeting h2 a").first.get_attribute("href") or ""
    registry.go("/docket?at=entry:3")
    expect(registry.page.get_by_role("status")).to_contain_text("As known here at")
    assert ISSUE not in registry.page.locator("main").inner_text()


def select_and_mark(stage: Stage) -> None:
    """The question is selected with the mouse while it is read, and said to be one."""
    registry = stage.people["Zimina"]
    page = registry.page
    registry.go(f"/cables/{stage.cable}")
    page.locator("#p-2").scroll_into_view_if_needed()
    left, top, right, bottom = page.evaluate(ENDS, [QUESTION, "#p-2 > bdi"])
    page.mouse.move(left + 1, top)
    page.mouse.down()
    page.mouse.move(right - 1, bottom, steps=8)
    page.mouse.up()
    page.locator(".chosen-words").get_by_role("button", name="question").click()
    page.wait_for_url("**/docket?*kind=question*")
    expect(page.locator(".words-chosen mark")).to_have_text(QUESTION)
    assert "narrowed" not in page.url
    given = {"to": "Minister", "talks": "Strip talks", "issue": ISSUE}
    blanks: dict[str, Any] = {f"lines__0__fields__{name}": said for name, said in given.items()}
    registry.act("docket", **blanks)
    page.wait_for_url(f"**/cables/{stage.cable}#p-2")
    expect(page.locator("#p-2:target")).to_be_visible()
    expect(page.locator("#docket")).to_contain_text(QUESTION)


def mark(stage: Stage, kind: str, paragraph: str, quote: str, /, **fields: str) -> None:
    """Say what words of the cable are."""
    registry = stage.people["Zimina"]
    registry.go(f"/cables/{stage.cable}")
    text = registry.page.locator(f"#p-{paragraph} bdi").last.inner_text()
    start = text.index(quote)
    place = f"paragraph={paragraph}&from={start}&to={start + len(quote)}"
    registry.go(f"/cables/{stage.cable}/docket?kind={kind}&{place}")
    registry.page.locator("details.more-blanks > summary").click()
    given = {"talks": "Strip talks", "issue": ISSUE, **fields}
    blanks: dict[str, Any] = {
        f"lines__0__fields__{name.replace('_', ' ')}": said for name, said in given.items()
    }
    registry.act("docket", **blanks)


def say_what_it_answers(person: Person) -> None:
    """The open question stands below the sheet; its first paragraph answers it in full."""
    page = person.page
    asked = page.locator("#questions")
    expect(asked).to_contain_text("1 of 1 left open")
    expect(asked).to_contain_text(QUESTION)
    asked.get_by_label("It is answered").select_option("in full")
    asked.get_by_label("in paragraph").select_option("1")
    asked.get_by_role("button").click()
    expect(page.locator("#sheet")).to_have_value(re.compile("DOCKET answer:\n  paragraph: 1\n"))
    expect(asked).to_contain_text("0 of 1 left open")
    expect(page.locator("#checks .beside-each").first).to_contain_text("kilometre")


def accept(person: Person, draft: int) -> None:
    """What the docket has against a draft stands beside its own words; it is accepted with a reason."""
    person.go(f"/drafts/{draft}")
    says = person.page.locator("#docket-says")
    expect(says).to_contain_text("The instruction")
    expect(says).to_contain_text("They accept items one and four for discussion.")
    box = says.locator("[name='accepted.0.key']")
    expect(says.locator("[name$='.key']")).to_have_count(1)
    person.act("accept warnings", accepted__0__key=box.get_attribute("value"), accepted__0__reason=REASON)
    expect(person.page.locator("#docket-says")).to_contain_text(f"Accepted: {REASON}")


def recall(stage: Stage) -> None:
    """The question is answered; as of before the answer, the board has it open."""
    registry = stage.people["Zimina"]
    page = registry.page
    registry.go("/docket")
    board = page.locator("main table")
    expect(board).to_contain_text(ISSUE)
    assert QUESTION not in board.inner_text()
    page.get_by_label("As known here at").fill(f"entry:{stage.marked}")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("As known here at")
    expect(page.locator("main table")).to_contain_text(QUESTION)


def refuse(stage: Stage) -> None:
    """What the rules suggest is refused in one browser, which remembers it, and can be asked for again."""
    clerk = stage.people["Shen"]
    address, page = f"/cables/{stage.sent}?suggest=1", clerk.page
    shown = page.locator("[data-suggestion]:visible")
    clerk.go(f"/cables/{stage.sent}")
    expect(page.locator("[data-suggestion]")).to_have_count(0)
    page.get_by_role("link", name="Let the rules suggest").click()
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text(QUESTION)
    page.get_by_role("button", name="Refuse").click()
    expect(shown).to_have_count(0)
    clerk.go(address)
    expect(page.locator("[data-suggestion]")).to_have_count(1)
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Show them again").click()
    expect(shown).to_have_count(1)
    assert "narrowed" not in page.evaluate("JSON.stringify(localStorage)")
