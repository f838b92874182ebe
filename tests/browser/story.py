"""The demonstration's story, done by clicks and keys: two posts, six people, six passkeys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.stage import Person, Post, found, introduce

STAFF = {
    "BEIJING": {
        "Shen": ("administrator", "registry clerk", "cipher clerk", "auditor"),
        "Lu": ("drafter", "reader"),
        "Bai": ("releasing officer", "clearing officer", "reader", "registry clerk"),
    },
    "MOSCOW": {
        "Zimina": ("administrator", "registry clerk", "auditor"),
        "Fedin": ("cipher clerk", "reader", "registry clerk"),
        "Minister": ("reader", "drafter", "releasing officer"),
    },
}
SHEET = """\
PRECEDENCE: IMMEDIATE
CLASSIFICATION: SECRET
TO: MOSCOW <moscow.example>
  person: Minister
SUBJECT: Session of the fourteenth

1. The delegations sat from 1000 to 1150. They accept items one and four for discussion.

2. May the strip be narrowed further if they press for it?
"""
ANSWER = """\
PRECEDENCE: PRIORITY
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
REF: 2026BEIJING000001
SUBJECT: Width of the strip

1. It may, by one kilometre and no more.
"""


@dataclass(slots=True)
class Stage:
    """The two posts, their people, and what the story came by."""

    beijing: Post
    moscow: Post
    people: dict[str, Person] = field(default_factory=dict)
    cable: str = ""
    draft: str = ""


def open_posts(browser: Browser, folder: Path) -> Stage:
    """Found and serve both posts; seat everybody at a browser of their own."""
    bags = folder / "bags"
    bags.mkdir()
    stage = Stage(*(found(folder / name, name, staff) for name, staff in STAFF.items()))
    introduce(stage.beijing, stage.moscow)
    for post in (stage.beijing, stage.moscow):
        post.serve(bags)
        for name in STAFF[post.name]:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            stage.people[name] = Person.sit_down(name, post, context)
    return stage


def close(stage: Stage) -> None:
    """End the servers."""
    for post in (stage.beijing, stage.moscow):
        post.end()


def get_in(stage: Stage) -> None:
    """Everybody enrols; the administrators are admitted at the machine, the others by two officers' touches."""
    for post in (stage.beijing, stage.moscow):
        first, second, third = (stage.people[name] for name in STAFF[post.name])
        first.enrol()
        second.enrol()
        post.admit_at_the_machine()
        first.sign_in()
        second.sign_in()
        number = third.enrol()
        first.switch_on("administrator")
        admit(first, second, third.name, number)
        third.sign_in()


def admit(officer: Person, second: Person, name: str, number: str) -> None:
    """An administrator and another officer compare the number with the person, and both sign."""
    officer.go(f"/people/person?name={name}")
    expect(officer.page.locator("body")).to_contain_text(number.split()[0])
    officer.act("admit passkey", second=second.name)
    second.go("/acts")
    second.page.locator("main a[href^='/acts/']").first.click()
    second.page.locator("form[data-sign] button").click()
    second.sign(keys=True)


def send(stage: Stage) -> None:
    """A cable is written, cleared, adopted and released; the courier takes it; Moscow deciphers it."""
    drafter, officer = stage.people["Lu"], stage.people["Bai"]
    drafter.go("/compose")
    drafter.page.fill("#sheet", SHEET)
    expect(drafter.page.locator("#compose-form [name=subject]")).to_have_value("Session of the fourteenth")
    drafter.page.locator("#compose-form [name=subject]").fill("Session of the fourteenth: the strip")
    expect(drafter.page.locator("#sheet")).to_have_value(
        re.compile("SUBJECT: Session of the fourteenth: the strip")
    )
    drafter.act("draft paper")
    drafter.page.wait_for_url("**/drafts/*")
    stage.draft = drafter.page.url.rpartition("/")[2]
    drafter.act("ask clearance", officers="Bai")
    officer.go(f"/drafts/{stage.draft}")
    officer.act("clear", keys=True)
    officer.go(f"/drafts/{stage.draft}")
    officer.act(
        "adopt", body="Council", protocol="84", item="421", title="The strip", text="Adopt the draft."
    )
    officer.go(f"/drafts/{stage.draft}")
    officer.act("release")


def arrive(stage: Stage) -> None:
    """The courier brings it; it is deciphered, printed, verified and issued sealed."""
    cipher, registry = stage.people["Fedin"], stage.people["Zimina"]
    for _ in range(30):
        cipher.go("/tray?show=undeciphered")
        if cipher.page.locator('form[data-door="decipher"]').count():
            break
        cipher.page.wait_for_timeout(500)
    cipher.act("decipher")
    cipher.page.wait_for_url("**/cables/*")
    stage.cable = cipher.page.url.rpartition("/")[2]
    registry.go(f"/cables/{stage.cable}")
    registry.act("print", count="4", print_number="3007", return_to="the Cable Office")
