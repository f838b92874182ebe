"""Two served posts and people at their browsers, each with an authenticator that Chromium plays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError, expect  # noqa: A004 - Playwright's own

from reftel.bearers.courier import Courier
from reftel.cipher.person import PersonKey
from reftel.cipher.tokens import code_digest, new_code
from reftel.clock import SystemClock
from reftel.house import new_post, open_post
from reftel.office import passkeys, people
from reftel.office.office import Hand, Office
from reftel.office.passkeys import all_passkeys

PASSPHRASE = "stone otter ladder plum seven quay"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "hasPrf": True,
}


@dataclass(slots=True)
class Post:
    """One served post: its folder, the key of its founding administrator, where it is served."""

    name: str
    folder: Path
    first: str
    key: PersonKey
    address: str = ""
    process: subprocess.Popen[str] | None = None
    brought: set[str] = field(default_factory=set)

    @contextmanager
    def office(self) -> Iterator[Office]:
        """The post's office beside the server, as on the command line."""
        office = open_post(self.folder, PASSPHRASE)
        try:
            yield office
        finally:
            office.close()

    def hand(self) -> Hand:
        """The founding administrator's hand."""
        return Hand(who=self.first, key=self.key)

    @property
    def bags(self) -> Courier:
        """The folder in which it lays and finds bags."""
        return Courier(self.folder.with_suffix(".bags"))

    @property
    def _said(self) -> Path:
        return self.folder.with_suffix(".errors")

    def errors(self) -> str:
        """What the server wrote of errors, and of what browsers reported of the content policy."""
        return self._said.read_text()

    def serve(self) -> None:
        """Serve it by its command until :meth:`end`."""
        self.bags.folder.mkdir()
        secret = self.folder.with_suffix(".passphrase")
        secret.write_text(PASSPHRASE)
        words = ["serve", "--post", str(self.folder), "--passphrase-file", str(secret), "--port", "0"]
        code = "from reftel.cli import main; main()"
        command = [sys.executable, "-c", code, *words, "--courier", str(self.bags.folder), "--json"]
        with self._said.open("w") as said_wrong:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said_wrong, text=True)
        assert self.process.stdout is not None
        said = ""
        while not said.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, "the server ended"
            said += line
        self.address = json.loads(said)["address"]

    def tell_to_end(self) -> None:
        """Tell the server to end, and go on."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self) -> None:
        """Wait for the server's end; another signal would cut it short."""
        if self.process is not None:
            self.process.wait(20)
            if self.process.stdout is not None:
                self.process.stdout.close()

    def invite(self, person: str) -> str:
        """A slip for a person: the one-time code."""
        code = new_code()
        with self.office() as office:
            passkeys.invite(office, self.hand(), person, code_digest(office.origin, person, code))
        return code

    def admit_at_the_machine(self) -> None:
        """Admit who has enrolled, by the administrator alone: nobody else can stand for them yet."""
        with self.office() as office:
            people.switch_rule(office, self.hand(), "two-officers", off=True, decision="founding")
            with office.store.read() as connection:
                waiting = [row.credential for row in all_passkeys(connection) if row.state == "enrolled"]
            for credential in waiting:
                passkeys.admit_passkey(office, self.hand(), credential)
            people.switch_rule(office, self.hand(), "two-officers", off=False, decision="founded")


def found(folder: Path, name: str, staff: dict[str, tuple[str, ...]]) -> Post:
    """A post with these people, the first its administrator; nobody has a passkey yet."""
    office = new_post(folder, f"{name.lower()}.example", name, PASSPHRASE, SystemClock())
    first, *others = staff
    key = PersonKey.generate()
    people.found(office, first, key, roles=staff[first])
    hand = Hand(who=first, key=key)
    for person in others:
        people.admit(office, hand, person, roles=staff[person], clearance="TOP SECRET")
    people.admit(office, hand, first, roles=staff[first], clearance="TOP SECRET")
    office.close()
    return Post(name=name, folder=folder, first=first, key=key)


def introduce(one: Post, other: Post) -> None:
    """Each admits the other's card."""
    for here, there in ((one, other), (other, one)):
        with here.office() as office, there.office() as peer:
            with peer.store.read() as connection:
                card = people.own_card(connection, peer)
            people.know(office, here.hand(), card, peer.keys.signing.verifier.fingerprint())


@dataclass(slots=True)
class Person:
    """Somebody at a browser: one page, and what its console complained of."""

    name: str
    post: Post
    page: Page
    complaints: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)

    @classmethod
    def sit_down(cls, name: str, post: Post, context: BrowserContext) -> Person:
        """Open a page with an authenticator of its own."""
        page = context.new_page()
        page.set_default_timeout(15_000)
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        person = cls(name=name, post=post, page=page)
        page.on("console", lambda said: person._note(said.type, f"{said.text} {said.location['url']}"))
        page.on("pageerror", lambda error: person._note("error", str(error)))
        page.on("request", lambda asked: person._went(asked.url))
        return person

    def _note(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _went(self, url: str) -> None:
        if not url.startswith((self.post.address, "data:", "blob:")):
            self.strayed.append(url)

    def go(self, path: str) -> None:
        """Load a page of the office."""
        answer = self.page.goto(self.post.address + path)
        assert answer is not None
        assert answer.ok, f"{path} is answered {answer.status}"

    def enrol(self) -> str:
        """Enrol by the slip; returns the number that officers compare."""
        code = self.post.invite(self.name)
        self.go("/enrol")
        self.page.fill("[name=name]", self.name)
        self.page.fill("[name=code]", code)
        self.page.fill("[name=label]", "Chromium's own")
        self.page.click("button[type=submit]")
        number = self.page.locator("dialog[open] .phrase")
        expect(number).to_be_visible()
        text = number.inner_text()
        self.page.locator("dialog[open] button").last.click()
        return text

    def sign_in(self) -> None:
        """Sign in by one touch."""
        self.go("/sign-in")
        self.page.fill("[name=name]", self.name)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/tray*")

    def switch_on(self, role: str) -> None:
        """Ask for a role that is off."""
        self.go("/account")
        self.page.locator(f"form[data-passkey=role]:has([value='{role}']) button").click()
        expect(self.page.locator("#roles + p")).to_contain_text(role)

    def form(self, door: str) -> Locator:
        """The form of a door on the page, unfolded."""
        form = self.page.locator(f'form[data-door="{door}"]').last
        fold = self.page.locator(f'details:has(form[data-door="{door}"]):not([open]) > summary')
        for at in range(fold.count()):
            fold.nth(at).click()
        return form

    def act(self, door: str, *, keys: bool = False, **given: Any) -> None:
        """Fill a door's form, read the words, sign with one touch."""
        form = self.form(door)
        for name, value in given.items():
            field = form.locator(f'[name="{name.replace("__", ".")}"]').first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            elif field.get_attribute("type") in {"checkbox", "radio"}:
                form.locator(f'[name="{name.replace("__", ".")}"][value="{value}"]').check()
            else:
                field.fill(str(value))
        form.locator("button[type=submit], button:not([type])").first.click()
        self.sign(keys=keys)

    def sign(self, *, keys: bool = False) -> None:
        """Sign what the dialog says."""
        dialog = self.page.locator("dialog[open]")
        expect(dialog).to_contain_text("Sign th")
        button = dialog.get_by_role("button", name="Sign with the passkey")
        with self.page.expect_response(lambda got: got.url.endswith("/signature")) as signed:
            if keys:
                while not button.evaluate("one => one === document.activeElement"):
                    self.page.keyboard.press("Tab")
                self.page.keyboard.press("Enter")
            else:
                button.click()
        said = signed.value.json()
        assert signed.value.ok, said
        expect(button).to_have_count(0, timeout=20_000)
        if (
            said["state"] == "waiting" or "show" in said
        ):  # others are asked to sign too, or it tells something
            dialog.get_by_role("button").last.click()
        expect(dialog).to_have_count(0)
        with suppress(
            TimeoutError
        ):  # the notice goes by itself, and on a busy machine before it is looked for
            self.page.locator(".toast", has_text="Entered").first.wait_for(timeout=3_000)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, anywhere on the page."""
        for key in keys:
            self.page.keyboard.press(key)

    def wait_for(self, path: str, selector: str, meanwhile: Callable[[], None]) -> None:
        """Load a page again and again until it has something."""
        for _ in range(60):
            meanwhile()
            self.go(path)
            if self.page.locator(selector).count():
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{self.name} waits in vain for {selector} at {path}")

    def text(self) -> str:
        """What the page says."""
        return self.page.locator("body").inner_text()
