"""The demonstration's story, done by clicks and keys: two posts, six people, six passkeys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from reftel.bearers.base import Bag
from tests.browser.stage import Person, Post, found, introduce
from tests.browser.story_docket import accept, mark, negotiate, recall, refuse, say_what_it_answers

STAFF = {
    "BEIJING": {
        "Shen": ("administrator", "registry clerk", "cipher clerk", "auditor"),
        "Lu": ("drafter", "reader"),
        "Bai": ("releasing officer", "clearing officer", "reader", "registry clerk"),
    },
    "MOSCOW": {
        "Zimina": ("administrator", "registry clerk", "auditor", "drafter"),
        "Fedin": ("cipher clerk", "reader", "registry clerk"),
        "Minister": ("reader", "releasing officer"),
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
REF: {number}
SUBJECT: Width of the strip

1. It may, by one kilometre and no more.
"""
NOTICE = """\
PRECEDENCE: ROUTINE
CLASSIFICATION: CONFIDENTIAL
TO: MOSCOW <moscow.example>
SUBJECT: Drivers and interpreters

1. We named no number.
"""


@dataclass(slots=True)
class Stage:
    """The two posts, their people, and what the story came by."""

    beijing: Post
    moscow: Post
    people: dict[str, Person] = field(default_factory=dict)
    cable: int = -1
    number: str = ""
    unopened: int = -1
    draft: int = -1
    paper: str = ""
    act: str = ""
    job: str = ""
    issue: str = ""
    item: str = ""
    session: str = ""
    sent: int = -1
    marked: int = -1
    warned: int = -1
    answering: str = ""

    @property
    def stranger(self) -> Person:
        """Somebody who is not signed in."""
        return self.people["a stranger"]


def open_posts(browser: Browser, folder: Path) -> Stage:
    """Found and serve both posts; seat everybody at a browser of their own."""
    beijing, moscow = (found(folder / name, name, staff) for name, staff in STAFF.items())
    stage = Stage(beijing, moscow)
    introduce(stage.beijing, stage.moscow)
    for post in (stage.beijing, stage.moscow):
        post.serve()
        for name in STAFF[post.name]:
            context = new_context(browser)
            stage.people[name] = Person.sit_down(name, post, context)
    stage.people["a stranger"] = Person.sit_down("a stranger", stage.moscow, new_context(browser))
    return stage


def new_context(browser: Browser) -> BrowserContext:
    """A browser's window, with nothing in it that moves."""
    return browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")


def close(stage: Stage) -> None:
    """End the servers, both at once, while pages still listen."""
    for post in (stage.beijing, stage.moscow):
        post.tell_to_end()
    for post in (stage.beijing, stage.moscow):
        post.end()


def get_in(stage: Stage) -> None:
    """Everybody enrols; the first two are admitted at the machine, the third by two officers."""
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
    expect(officer.page.locator("body")).to_contain_text(number.split(maxsplit=1)[0])
    officer.act("admit passkey", second=second.name)
    second_touch(second)


def send(stage: Stage) -> None:
    """A cable is written, cleared, adopted and released; the courier takes it; Moscow deciphers it."""
    drafter, officer = stage.people["Lu"], stage.people["Bai"]
    drafter.go("/compose")
    draft = write(drafter, SHEET)
    drafter.act("ask clearance", officers="Bai")
    officer.go(f"/drafts/{draft}")
    officer.act("clear", keys=True)
    officer.go(f"/drafts/{draft}")
    resolution = "Adopt the draft, and send it this evening."
    officer.act("adopt", body="Council", protocol="84", item="421", title="The strip", text=resolution)
    officer.go(f"/drafts/{draft}")
    officer.act("release", keys=True)
    stage.sent = draft
    officer.go(f"/cables/{draft}")
    stage.number = officer.page.locator(".where .ref").inner_text()
    drafter.go("/out")
    assert stage.number in drafter.text()


def write(person: Person, sheet: str) -> int:
    """Write a sheet and enter the draft; its entry."""
    put_down(person, sheet)
    return enter(person)


def put_down(person: Person, sheet: str) -> None:
    """Write a sheet, and see the form follow it and it follow the form."""
    page = person.page
    page.fill("#sheet", sheet)
    subject = page.locator("#compose-form [name=subject]")
    was = sheet.partition("SUBJECT: ")[2].partition("\n")[0]
    expect(subject).to_have_value(was)
    subject.fill(f"{was}; the strip")
    expect(page.locator("#sheet")).to_have_value(re.compile(f"SUBJECT: {was}; the strip\n"))


def enter(person: Person) -> int:
    """Enter the draft that stands in the sheet; its entry."""
    page = person.page
    expect(page.locator('form[data-door="draft paper"]')).to_have_count(1)
    person.act("draft paper")
    page.wait_for_url("**/drafts/*")
    return int(page.url.rpartition("/")[2])


def couriers(stage: Stage) -> None:
    """Both couriers take what lies ready to the other post."""
    carry(stage.beijing, stage.moscow)
    carry(stage.moscow, stage.beijing)


def carry(source: Post, target: Post) -> None:
    """Take every bag that lies at one post to the other; what was brought there stays there."""
    for name in source.bags.names():
        if name not in source.brought:
            target.brought.add(name)
            target.bags.carry(source.bags.fetch(name))
            source.bags.remove(name)


def arrive(stage: Stage) -> None:
    """The courier brings it; it is deciphered, printed, verified by another and issued sealed."""
    cipher, registry, minister = (stage.people[name] for name in ("Fedin", "Zimina", "Minister"))
    waiting = 'form[data-door="decipher"]'
    cipher.wait_for("/tray?show=decipher", waiting, lambda: couriers(stage))
    cipher.act("decipher")
    cipher.page.wait_for_url("**/cables/*")
    stage.cable = int(cipher.page.url.rpartition("/")[2])
    cipher.act("print", count="4", print_number="3007", return_to="the Cable Office")
    registry.go(f"/cables/{stage.cable}")
    registry.act("verify", rank="Head of section")
    minister.go("/tray")  # and looks at it: what is issued comes by itself
    soon = cipher.page.evaluate("new Date(Date.now() + 172800000).toISOString().slice(0, 10)")
    registry.go(f"/cables/{stage.cable}")
    form = registry.form("issue")
    form.locator("[name='copies.1.seq']").check()
    for n, (holder, purpose) in enumerate((("Minister", "action"), ("Zimina", "information"))):
        form.locator(f"[name='copies.{n}.holder']").fill(holder)
        form.locator(f"[name='copies.{n}.purpose']").select_option(purpose)
        form.locator(f"[name='copies.{n}.return_by']").fill(soon)
    registry.act("issue", return_to="the Cable Office")
    expect(minister.page.locator(".row.unread")).to_have_count(1)


def read(stage: Stage) -> None:
    """Its reader opens it by keys, in a browser that checks it; acknowledges it and passes it on."""
    minister = stage.people["Minister"]
    page = minister.page
    minister.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("By keyboard")
    minister.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    minister.press("j", "k", "Enter")
    page.wait_for_url("**/cables/*")
    expect(page.locator("main")).to_contain_text("sealed to you and not opened")
    assert "narrowed further" not in minister.text()
    minister.press("o")
    minister.sign(keys=True)
    expect(page.locator("[data-shown]")).to_be_visible(timeout=20_000)
    expect(page.locator("main")).to_contain_text("May the strip be narrowed further if they press for it?")
    expect(page.locator("[data-seal]")).to_contain_text("this browser")
    minister.press("a")
    minister.sign(keys=True)
    minister.go(f"/cables/{stage.cable}")
    page.locator("[data-unlock]").click()  # the key went with the page
    expect(page.locator("[data-shown]")).to_be_visible(timeout=20_000)
    minister.act("pass", holder="Fedin")


def count(stage: Stage) -> None:
    """The copy is returned, and destroyed before two witnesses who each sign; nothing is entered before."""
    registry, cipher, minister = (stage.people[name] for name in ("Zimina", "Fedin", "Minister"))
    ledger = f"/copies/{stage.cable}"
    registry.go(ledger)
    registry.act("return", seq="1")
    registry.go(ledger)
    form = registry.form("destroy")
    for seq in ("1", "4"):
        form.locator(f'[name=copies][value="{seq}"]').check()
    for n, name in enumerate(("Fedin", "Minister")):
        form.locator("[name=witnesses]").nth(n).select_option(name)
    registry.act("destroy", how="Burned")
    for witness in (cipher, minister):
        registry.go(ledger)
        assert "Destroyed" not in registry.page.locator("table.list").inner_text()
        second_touch(witness)
    registry.go(ledger)
    expect(registry.page.locator("table.list td", has_text="Destroyed")).to_have_count(2)


def second_touch(person: Person) -> None:
    """Sign what another has asked one to sign."""
    person.go("/acts")
    person.page.locator("main section a[href^='/acts/']").first.click()
    person.page.locator("form[data-sign] button").click()
    person.sign(keys=True)


def answer(stage: Stage) -> None:
    """It is tasked and chased; the answer is written, warned of, released and fulfils it; BEIJING has it."""
    registry, minister = stage.people["Zimina"], stage.people["Minister"]
    registry.go(f"/cables/{stage.cable}")
    registry.act("task", owner="Minister", text="Answer whether the strip may be narrowed")
    registry.go("/taskings")
    registry.act("chase")
    registry.go(f"/cables/{stage.cable}?copy=2")
    registry.press("r")
    registry.page.wait_for_url("**/compose?answer=*")
    expect(registry.page.locator("#sheet")).to_have_value(re.compile(stage.number))
    put_down(registry, ANSWER.format(number=stage.number))
    say_what_it_answers(registry)
    draft = enter(registry)
    minister.go(f"/drafts/{draft}")
    expect(minister.page.locator('form[data-door="release"]')).to_have_count(0)
    accept(registry, draft)
    minister.go(f"/drafts/{draft}")
    minister.act("release")
    minister.go(f"/cables/{draft}")
    number = minister.page.locator(".where .ref").inner_text()
    registry.go(f"/taskings/{stage.cable}/1")
    registry.act("fulfil", by_cable=number)
    registry.go("/taskings?show=fulfilled")
    assert number in registry.text()
    clerk = stage.people["Shen"]
    clerk.wait_for("/tray?show=decipher", 'form[data-door="decipher"]', lambda: couriers(stage))
    clerk.act("decipher")
    clerk.page.wait_for_url("**/cables/*")
    expect(clerk.page.locator("main")).to_contain_text("by one kilometre and no more")


def mishaps(stage: Stage) -> None:
    """One bag is lost on the way, and one tampered with, which is refused until the true one comes."""
    drafter, officer, clerk = (stage.people[name] for name in ("Lu", "Bai", "Fedin"))
    for mishap in (lose, tamper):
        drafter.go("/compose")
        draft = write(drafter, NOTICE)
        officer.go(f"/drafts/{draft}")
        couriers(stage)
        officer.act("release")
        bag = next_bag(stage, officer)
        mishap(stage, bag)
    clerk.go("/posts/of/beijing.example")
    expect(clerk.page.locator("main")).to_contain_text("Missing")
    expect(clerk.page.locator("dd .due")).to_contain_text("bag")


def next_bag(stage: Stage, person: Person) -> Bag:
    """The next bag that BEIJING lays down, taken out of its folder."""
    for _ in range(60):
        for name in stage.beijing.bags.names():
            if name not in stage.beijing.brought:
                bag = stage.beijing.bags.fetch(name)
                stage.beijing.bags.remove(name)
                return bag
        person.page.wait_for_timeout(200)
    raise AssertionError("no bag was laid down")


def lose(_stage: Stage, _bag: Bag) -> None:
    """It never comes."""


def tamper(stage: Stage, bag: Bag) -> None:
    """One bit is another when it comes; it is refused, and the true one, brought later, is taken in."""
    clerk = stage.people["Fedin"]
    spoilt = bytearray(bag.cables)
    spoilt[len(spoilt) // 2] ^= 1
    stage.moscow.brought.add(bag.bag)
    stage.moscow.bags.carry(replace(bag, cables=bytes(spoilt)))
    clerk.wait_for("/posts/refusals", "main td.code", lambda: None)
    stage.moscow.bags.remove(bag.bag)
    stage.moscow.bags.carry(bag)
    clerk.wait_for("/tray?show=decipher", 'form[data-door="decipher"]', lambda: None)
    clerk.act("decipher")
    clerk.page.wait_for_url("**/cables/*")
    stage.unopened = int(clerk.page.url.rpartition("/")[2])
    clerk.act("print", count="2")


def leave(stage: Stage) -> None:
    """Work is left lying: an unfinished sheet, a draft that waits, a copy that nobody opened, an audit."""
    drafter, officer, registry = (stage.people[name] for name in ("Lu", "Bai", "Zimina"))
    drafter.go("/compose")
    drafter.page.fill("#sheet", SHEET.replace("SECRET", "CONFIDENTIAL"))
    expect(drafter.page.locator("#says")).to_contain_text("Kept at")
    drafter.go("/compose")
    stage.draft = write(drafter, SHEET)
    drafter.act("ask clearance", officers="Bai")
    officer.go(f"/drafts/{stage.draft}")
    officer.act("clear")
    drafter.go("/compose")
    stage.paper = drafter.page.locator(".papers a").first.get_attribute("href") or ""
    mark(stage, "question", "2", "if they press for it", to="Minister")
    registry.go("/compose")
    stage.warned = write(registry, ANSWER.format(number=stage.number))
    registry.go("/compose")
    registry.page.fill("#sheet", ANSWER.format(number=stage.number))
    registry.page.wait_for_url("**/compose/papers/*")
    expect(registry.page.locator("#questions")).to_contain_text("1 of 1 left open")
    stage.answering = registry.page.url.removeprefix(registry.post.address)
    registry.go(f"/cables/{stage.unopened}")
    registry.act("verify")
    registry.go(f"/cables/{stage.unopened}")
    registry.form("issue").locator("[name='copies.0.holder']").fill("Minister")
    registry.act("issue")
    registry.go("/acts")
    stage.act = registry.page.locator("main li a[href^='/acts/']").first.get_attribute("href") or ""
    registry.switch_on("auditor")
    registry.go("/jobs")
    registry.page.get_by_role("button", name="Audit the register").click()
    registry.page.wait_for_url("**/jobs/*")
    stage.job = registry.page.url.removeprefix(registry.post.address)


CHAPTERS = (get_in, send, arrive, read, count, negotiate, answer, recall, refuse, mishaps, leave)
"""The story, in its order."""
