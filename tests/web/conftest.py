"""A served post for the tests of this room: its people have software keys, and a browser is a client.

The post is founded and everybody enrolled once; each test gets a copy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from reftel.cipher.identity import HybridIdentity
from reftel.cipher.prf import check_wrapped, prf_inputs
from reftel.cipher.tokens import code_digest, new_code
from reftel.office import passkeys
from reftel.register.entries import b64
from reftel.web.app import make_app
from reftel.web.gate import Gate
from reftel.web.guard import Guard
from reftel.web.settings import Settings
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import read_bytes, write_bytes
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    KEYLESS,
    REGISTRY,
    STAFF,
    Post,
    copy_of,
    decide,
    found_post,
    introduce,
)

ORIGIN = "https://office.beijing.example"
SETTINGS = Settings(origin=ORIGIN)


@dataclass(slots=True)
class Browser:
    """One person's browser: cookies, the page's token, and a software key that answers it."""

    client: TestClient
    key: SoftwareKey | None = None
    identity: HybridIdentity | None = None
    person: str = ""
    _token: str = ""

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Load a page, as by a link; a redirection is not followed."""
        answer = self.client.get(path, follow_redirects=False, **more)
        return self._noted(answer)

    def post(self, path: str, value: object, **headers: str) -> httpx.Response:
        """Send JSON, as a page's script does."""
        if not self._token:
            self.get("/sign-in" if not self.person else "/account")
        sent = {"x-reftel-token": self._token, "sec-fetch-site": "same-origin", "origin": ORIGIN}
        sent |= {"content-type": "application/json"} | headers
        body = json.dumps(value).encode()
        return self._noted(self.client.post(path, content=body, headers=sent, follow_redirects=False))

    def send(self, path: str, values: Mapping[str, object] | None = None, **headers: str) -> httpx.Response:
        """Send a plain form, the token first."""
        if not self._token:
            self.get("/sign-in" if not self.person else "/account")
        sent = {"sec-fetch-site": "same-origin", "origin": "null"} | headers
        data = {"token": self._token, **(values or {})}
        return self._noted(self.client.post(path, data=data, headers=sent, follow_redirects=False))

    def _noted(self, answer: httpx.Response) -> httpx.Response:
        """The token of the last page; another cookie asks for another page."""
        if "set-cookie" in answer.headers:
            self._token = ""
        found = answer.text.partition(' data-token="')[2].partition('"')[0] if _is_page(answer) else ""
        self._token = found or self._token
        return answer

    @property
    def token(self) -> str:
        """The token of the last page."""
        return self._token

    def sign_in(self, person: str) -> httpx.Response:
        """Go through the sign-in of ``person`` with this browser's key; what the last step answered."""
        assert self.key is not None
        asked = self.post("/sign-in/options", {"name": person})
        if asked.status_code != 200:
            return asked
        return self.answer("/sign-in/verify", asked.json(), person)

    def answer(self, path: str, asked: Mapping[str, Any], person: str = "") -> httpx.Response:
        """Answer a question with one touch, which unlocks the reader's identity too."""
        assert self.key is not None
        wrapped = asked.get("wrapped", {}).get(write_bytes(self.key.credential))
        file = read_bytes(wrapped, 1024) if wrapped else b""
        inputs = prf_inputs(check_wrapped(file)) if file else ()
        assertion, _ = self.key.get(asked["publicKey"], inputs)
        answered = self.post(path, {"assertion": assertion})
        if answered.status_code == 200:
            self.person = person or self.person
            self.identity = self.key.unwrap(file) if file else None
        return answered

    def switch_on(self, role: str) -> httpx.Response:
        """Switch a role on by a touch."""
        asked = self.post("/account/roles/options", {"role": role})
        return asked if asked.status_code != 200 else self.answer("/account/roles/verify", asked.json())

    def enrol(self, person: str, code: str, **more: Any) -> httpx.Response:
        """Enrol this browser's key by an invitation; ``more`` replaces parts of what is sent."""
        assert self.key is not None
        asked = self.post("/enrol/options", {"name": person, "code": code})
        if asked.status_code != 200:
            return asked
        self.identity = HybridIdentity.generate()
        sent = {
            "registration": self.key.create(asked.json()["publicKey"]),
            "recipient": self.identity.recipient().text(),
            "wrapped": write_bytes(self.key.wrap(self.identity)),
            "label": "software key",
        }
        return self.post("/enrol/verify", sent | more)


def _is_page(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html")


@dataclass(slots=True)
class Web:
    """A served post, the software keys of its people, and their browsers."""

    post: Post
    gate: Gate
    app: Guard
    keys: dict[str, SoftwareKey]
    _browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, key: SoftwareKey | None = None) -> Browser:
        """Another browser, in which nobody is signed in."""
        client = TestClient(self.app, base_url=ORIGIN, raise_server_exceptions=True)
        return Browser(client=client, key=key)

    def signed_in(self, person: str, *roles: str) -> Browser:
        """The browser of ``person``, signed in, with these roles switched on beside the ordinary ones."""
        browser = self._browsers.get(person)
        if browser is None:
            browser = self._browsers[person] = self.browser(self.keys[person])
            assert browser.sign_in(person).status_code == 200
        for role in roles:
            assert browser.switch_on(role).status_code == 200
        return browser

    def ask(self, person: str, door: str, arguments: Mapping[str, object]) -> httpx.Response:
        """Ask for an act; what ``POST /acts`` answers."""
        return self.signed_in(person).post("/acts", {"door": door, "arguments": arguments})

    def touch(self, person: str, asked: Mapping[str, Any]) -> httpx.Response:
        """Sign what was asked for with the passkey of ``person``."""
        browser = self.signed_in(person)
        assertion, _ = self.keys[person].get(asked["publicKey"])
        return browser.post(f"/acts/{asked['id']}/signature", {"assertion": assertion})

    def act(self, person: str, door: str, arguments: Mapping[str, object], others: Sequence[str] = ()) -> Any:
        """Do an act by its door, signed by ``person`` and then by ``others``; the last answer's JSON."""
        asked = self.ask(person, door, arguments)
        assert asked.status_code == 200, asked.text
        done = self.touch(person, asked.json())
        assert done.status_code == 200, done.text
        for other in others:
            again = self.signed_in(other).get(
                f"/acts/{asked.json()['id']}", headers={"accept": "application/json"}
            )
            assert again.status_code == 200, again.text
            done = self.touch(other, again.json())
            assert done.status_code == 200, done.text
        return done.json()

    def invite(self, person: str) -> str:
        """An open invitation for ``person``; returns the code."""
        code = new_code()
        digest = code_digest(self.post.office.origin, person, code)
        passkeys.invite(self.post.office, self.post.hand(ADMIN), person, digest)
        return code


def serve(post: Post, settings: Settings = SETTINGS) -> tuple[Gate, Guard]:
    """A post's web office."""
    gate = Gate(post.office)
    return gate, make_app(gate, settings)


def enrol_everybody(post: Post) -> dict[str, SoftwareKey]:
    """Invite, enrol and admit all who serve at ``post`` but ``KEYLESS``, each with a software key."""
    keys = {}
    for person in (person for person in STAFF if person != KEYLESS):
        key = keys[person] = SoftwareKey.new(ORIGIN)
        identity = HybridIdentity.generate()
        code = new_code()
        digest = code_digest(post.office.origin, person, code)
        passkeys.invite(post.office, post.hand(ADMIN), person, digest)
        enrolment = passkeys.Enrolment(
            credential=key.credential,
            public=key.public(),
            rp_id=SETTINGS.rp_id,
            origin=ORIGIN,
            wrapped=key.wrap(identity),
            label="software key",
        )
        passkeys.enrol(post.office, person, code, enrolment, identity.recipient().text())
        # An administrator's own passkey is admitted by another one; here there is only one.
        alone = person == ADMIN
        second = None if alone else post.hand(CIPHER if person != CIPHER else REGISTRY)
        if alone:
            decide(post, "two-officers", off=True)
        passkeys.admit_passkey(post.office, post.hand(ADMIN), b64(key.credential), second)
        if alone:
            decide(post, "two-officers", off=False)
    return keys


@pytest.fixture(scope="session")
def served_templates(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[dict[str, Post], dict[str, SoftwareKey]]:
    """Two posts that know each other, at rest; at BEIJING everybody has a passkey."""
    root = tmp_path_factory.mktemp("served")
    posts = {n: found_post(root / n, f"{n.lower()}.example", n) for n in ("BEIJING", "MOSCOW")}
    introduce(posts["BEIJING"], posts["MOSCOW"])
    keys = enrol_everybody(posts["BEIJING"])
    for post in posts.values():
        post.office.close()
    return posts, keys


@pytest.fixture
def web(served_templates: tuple[dict[str, Post], dict[str, SoftwareKey]], tmp_path: Path) -> Iterator[Web]:
    """The web office of BEIJING."""
    posts, keys = served_templates
    post = copy_of(posts["BEIJING"], tmp_path / "BEIJING")
    mine = {person: SoftwareKey.load(json.loads(json.dumps(key.export()))) for person, key in keys.items()}
    gate, app = serve(post)
    yield Web(post=post, gate=gate, app=app, keys=mine)
    post.office.close()
