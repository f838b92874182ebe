"""Every address of the web office, asked in each role alone and by nobody: who gets what, and what is told.

``TABLE`` has a rule for each page and each part of the API; an address without one fails. What
somebody may not see is answered as what does not exist is, byte for byte, and no answer holds more
of a cable than its reader may see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from starlette.datastructures import State
from starlette.routing import Route

from reftel.cable.model import Ask, DocketLine, Party
from reftel.office import copies, desk, jobs, papers, passkeys, people
from reftel.office.sight import Sight
from reftel.web.api import make_api
from reftel.web.app import PAGES
from reftel.web.doors import DOORS
from reftel.web.settings import Limits, Rate, Settings
from reftel.web.software_key import SoftwareKey
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    STAFF,
    Post,
    carry,
    copy_of,
    letter,
)
from tests.web.conftest import ORIGIN, Browser, Web, serve
from tests.web.scenes_of_doors import SHEET, TO_BEIJING, Scene

ANOTHER_DRAFTER, ANOTHER_READER = "Pavlov", "Sorokina"
WHO: Mapping[str, str] = {
    "no role": ADMIN,
    "administrator": ADMIN,
    "auditor": AUDITOR,
    "drafter": DRAFTER,
    "clearing officer": CLEARING,
    "releasing officer": RELEASER,
    "cipher clerk": CIPHER,
    "registry clerk": REGISTRY,
    "reader": READER,
    "another drafter": ANOTHER_DRAFTER,
    "another reader": ANOTHER_READER,
}
"""Who asks in each role, which is the only one that is on."""
ROLES = tuple(WHO)
_NOTHING, _OUTSIDE, _SLIP, _TEXT = Sight
# In the order of WHO: nothing, the outside, the slip, the text.
SEEN = {
    "draft": dict(zip(ROLES, ". o o t t t o t . . .".split(), strict=True)),
    "sent": dict(zip(ROLES, ". o o t . t t t . . .".split(), strict=True)),
    "received": dict(zip(ROLES, ". o o . . o t t s . .".split(), strict=True)),
    "for nobody": dict(zip(ROLES, ". o o . . o o o . . .".split(), strict=True)),
}
_LETTERS = dict(zip(".ost", Sight, strict=True))
WORDS = {
    "draft": ("HERON", "KINGFISHER"),
    "sent": ("PLOVER", "CURLEW"),
    "received": ("AVOCET", "DUNLIN"),
    "for nobody": ("BITTERN", "GARGANEY"),
}
"""A word of each cable's subject, and one of its text, that stand nowhere else."""
ABSENT = 424242
_OFTEN = Rate(tries=10_000, per=timedelta(minutes=1))
SETTINGS = Settings(origin=ORIGIN, limits=Limits(by_address=_OFTEN, by_name=_OFTEN, codes=_OFTEN))
CLERKS = {"cipher clerk", "registry clerk"}
OVERSEERS = {"auditor", "administrator"}
DRAFTERS = {"drafter", "another drafter"}
OFFICE = CLERKS | OVERSEERS | {"releasing officer"}
WORKING = OFFICE | DRAFTERS | {"clearing officer"}
NO_PROOF = {"draft": 409, "for nobody": 409}
EVERYBODY = frozenset(ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who gets what from an address.

    ``roles`` may ask at all, others get 403; ``least`` is what of the cable in the address one must
    see; ``of`` are the cables that have what is asked for, and ``more`` says it by role too: ``ok`` is
    the answer then, and otherwise that of ``other``, else ``lacking``. ``owner`` is the one role whose
    thing it is. ``public`` is what is the same for who is not signed in.
    """

    roles: frozenset[str] | set[str] = EVERYBODY
    least: Sight = _NOTHING
    of: frozenset[str] | set[str] = frozenset(SEEN)
    more: frozenset[tuple[str, str]] | None = None
    other: Mapping[str, int] = field(default_factory=dict)
    owner: str = ""
    ok: int = 200
    lacking: int = 404
    refused: int = 403
    public: bool = False
    query: str = ""
    json: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None


MARKING = {"registry clerk", "releasing officer", "clearing officer"} | DRAFTERS
_MARKED = frozenset(SEEN) - {"draft"}
FOR_ANYBODY = Rule(public=True)
_BORNE = {"sent", "received"}
_BAD: Mapping[str, Any] = {"assertion": {}}
_RECORDS = frozenset(
    (role, name)
    for name, seen in SEEN.items()
    for role, letter_ in seen.items()
    if letter_ == "t" or (role in OVERSEERS and name != "for nobody")
)
TABLE: Mapping[str, Rule] = {
    # Getting in.
    "GET /sign-in": Rule(public=True, ok=303),
    "POST /sign-in/options": Rule(public=True, json={"name": "Nobody"}),
    "POST /sign-in/verify": Rule(public=True, json=_BAD, ok=422),
    "GET /enrol": FOR_ANYBODY,
    "POST /enrol/options": Rule(public=True, json={"name": "Nobody", "code": "NO"}, ok=401),
    "POST /enrol/recovery": Rule(public=True, json={"name": "Nobody", "code": "NO"}, ok=401),
    "POST /enrol/verify": Rule(public=True, json=_BAD, ok=422),
    "GET /keys/wrapped": Rule(),
    # What is one's own.
    "GET /account": Rule(),
    "POST /account/roles/options": Rule(roles={"no role", "administrator"}, json={"role": "administrator"}),
    "POST /account/roles/verify": Rule(json=_BAD, ok=422),
    "POST /account/passkeys/options": Rule(json={}),
    "POST /account/passkeys/verify": Rule(json=_BAD, ok=422),
    "POST /account/sessions/end": Rule(form={"session": "none"}, ok=404),
    "GET /acts": Rule(),
    "POST /acts": Rule(roles=CLERKS, json={"door": "hand over", "arguments": {"to": CIPHER, "note": "-"}}),
    "GET /acts/{id}": Rule(owner="drafter"),
    "GET /acts/{id}/options": Rule(owner="drafter"),
    "POST /acts/{id}/signature": Rule(owner="drafter", json=_BAD, ok=422),
    "GET /jobs": Rule(),
    "POST /jobs/audit": Rule(roles=OVERSEERS, form={}, ok=303),
    "GET /jobs/{job}": Rule(owner="auditor"),
    # People, posts, trust.
    "GET /people": Rule(),
    "GET /people/admit": Rule(roles={"administrator"}),
    "GET /people/person": Rule(query=f"name={READER}"),
    "GET /people/invite": Rule(roles={"administrator"}, query=f"name={READER}"),
    "POST /people/sessions/end": Rule(
        roles={"administrator"}, form={"name": CLEARING, "session": "none"}, ok=404
    ),
    "GET /trust": FOR_ANYBODY,
    "GET /trust/reftel-authority.crt": Rule(public=True, ok=404),
    "GET /trust/reftel-authority.pem": Rule(public=True, ok=404),
    "GET /demo/keys": Rule(public=True, ok=404),
    "GET /posts": Rule(),
    "GET /posts/own": Rule(),
    "GET /posts/own/card": Rule(),
    "GET /posts/fingerprint.svg": Rule(query="of=moscow.example"),
    "GET /posts/readers": Rule(),
    "GET /posts/readers/card": Rule(query=f"person={READER}"),
    "GET /posts/refusals": Rule(),
    "GET /posts/admit": Rule(roles={"administrator"}),
    "POST /posts/admit": Rule(roles={"administrator"}, form={"card": "no card"}, ok=422),
    "GET /posts/of/{origin:path}": Rule(),
    # Lists.
    "GET /tray": Rule(),
    "GET /tray/pane": Rule(),
    "GET /tray/next": Rule(ok=303),
    "GET /rail": Rule(),
    "GET /out": Rule(),
    "GET /drafts": Rule(),
    "GET /release": Rule(),
    "GET /find": Rule(query="q=2026"),
    "GET /live": Rule(),
    "GET /performance": Rule(),
    "GET /cited": Rule(),
    "GET /taskings": Rule(),
    "GET /taskings/new": Rule(
        roles={"registry clerk", "releasing officer"} | DRAFTERS, least=_OUTSIDE, query="cable=entry:{cable}"
    ),
    "GET /taskings/{cable:int}/{n:int}": Rule(least=_OUTSIDE, of={"sent"}),
    # One cable.
    "GET /cables/{cable:int}": Rule(least=_OUTSIDE),
    "GET /cables/{cable:int}/docket": Rule(roles=MARKING, least=_TEXT, other={"draft": 409}, of=_MARKED),
    "POST /cables/{cable:int}/docket": Rule(
        roles=MARKING, least=_TEXT, other={"draft": 409}, of=_MARKED, form={"paragraph": "1"}
    ),
    "GET /cables/{cable:int}/text": Rule(least=_TEXT),
    "GET /cables/{cable:int}/proof": Rule(least=_TEXT, of={"sent", "received"}, other=NO_PROOF),
    "GET /cables/{cable:int}/tlog-proof": Rule(least=_OUTSIDE, of={"sent", "received"}, other=NO_PROOF),
    "GET /cables/{cable:int}/enclosures/{n:int}": Rule(least=_TEXT, of=set()),
    "GET /cables/{cable:int}/copies/{seq:int}/pdf": Rule(least=_TEXT, of={"received"}),
    "GET /copies/{cable:int}/{seq:int}": Rule(least=_SLIP, owner="reader", of={"received"}),
    "GET /copies/{cable:int}/{seq:int}/sealed": Rule(least=_SLIP, owner="reader", of={"received"}),
    "GET /drafts/{cable:int}": Rule(least=_TEXT, of={"draft"}, other={"sent": 303, "received": 409}),
    # Copies.
    "GET /copies": Rule(),
    "GET /copies/holders": Rule(roles=OFFICE),
    "GET /copies/astray": Rule(roles=OFFICE),
    "GET /copies/safe": Rule(roles=OFFICE),
    "GET /copies/inventory": Rule(roles={"registry clerk", "auditor"}),
    "GET /copies/emergency": Rule(roles=CLERKS | {"administrator"}),
    "GET /copies/{cable:int}": Rule(least=_OUTSIDE),
    # The docket: what bears an item is read, or there is no such item.
    "GET /docket": Rule(),
    "GET /docket/issue": Rule(least=_TEXT, of=_BORNE, query="issue={issue}"),
    "GET /docket/items/{name:path}": Rule(least=_TEXT, of=_BORNE),
    "GET /docket/questions": Rule(query="show=all"),
    "GET /docket/instructions": Rule(query="show=all"),
    "GET /docket/disclosures": Rule(),
    "GET /docket/sessions": Rule(),
    "GET /docket/sessions/new": Rule(roles=DRAFTERS),
    "POST /docket/sessions/new": Rule(roles=DRAFTERS, form={"series": "brief report"}, ok=422),
    "GET /docket/sessions/{item:path}": Rule(least=_TEXT, of={"sent"}),
    "GET /docket/people": Rule(),
    "GET /docket/timeline": Rule(),
    "GET /docket/book": Rule(),
    "GET /knew": Rule(),
    "GET /cables/{cable:int}/knew": Rule(least=_OUTSIDE),
    # The register.
    "GET /register": Rule(),
    "GET /register/checkpoints": Rule(),
    "POST /register/checkpoints/sign": Rule(roles=CLERKS | OVERSEERS, form={}, ok=303),
    "GET /register/checkpoints/{size:int}": Rule(),
    "GET /register/peers": Rule(),
    "GET /register/peers/{origin:path}": Rule(),
    "GET /register/{entry:int}": Rule(least=_OUTSIDE),
    "GET /register/{entry:int}/proof": Rule(least=_OUTSIDE),
    "GET /register/{entry:int}/record": Rule(least=_OUTSIDE, more=_RECORDS),
    # Compose.
    "GET /compose": Rule(roles=DRAFTERS),
    "POST /compose": Rule(roles=DRAFTERS, form={"sheet": ""}),
    "POST /compose/live": Rule(roles=DRAFTERS, form={"sheet": ""}),
    "GET /compose/known": Rule(roles=DRAFTERS, query="field=numbers"),
    "GET /compose/preview": Rule(roles=DRAFTERS, owner="drafter", query="paper={paper}"),
    "GET /compose/preview/{digest}/{number:int}.png": Rule(ok=404),
    "GET /compose/papers/{paper}": Rule(roles=DRAFTERS, owner="drafter"),
    "GET /compose/{cable:int}": Rule(roles=DRAFTERS, least=_TEXT, of={"draft"}, other={"sent": 409}, ok=303),
    # The API.
    "GET /api/v1/openapi.json": FOR_ANYBODY,
    "GET /api/v1/session": Rule(),
    "GET /api/v1/tray": Rule(),
    "GET /api/v1/sent": Rule(roles=WORKING),
    "GET /api/v1/cables/{entry}": Rule(least=_OUTSIDE),
    "GET /api/v1/cables/{entry}/text": Rule(least=_TEXT, of={"sent", "received"}, other=NO_PROOF),
    "GET /api/v1/cables/{entry}/proof": Rule(least=_TEXT, of={"sent", "received"}, other=NO_PROOF),
    "GET /api/v1/find": Rule(query="q=2026"),
    "GET /api/v1/cited": Rule(roles=WORKING),
    "GET /api/v1/copies": Rule(),
    "GET /api/v1/docket": Rule(),
    "GET /api/v1/docket/talks": Rule(),
    "GET /api/v1/docket/issue": Rule(least=_TEXT, of=_BORNE, query="issue={issue}"),
    "GET /api/v1/docket/questions": Rule(query="show=all"),
    "GET /api/v1/docket/instructions": Rule(query="show=all"),
    "GET /api/v1/docket/item": Rule(least=_TEXT, of=_BORNE, query="name={name}"),
    "GET /api/v1/taskings": Rule(),
    "GET /api/v1/register": Rule(roles=OVERSEERS),
    "GET /api/v1/register/{entry}": Rule(roles=OVERSEERS, least=_OUTSIDE, more=_RECORDS),
    "GET /api/v1/posts": Rule(),
    "GET /api/v1/people": Rule(),
    "GET /api/v1/performance": Rule(roles=WORKING),
    "GET /api/v1/jobs": Rule(),
    "GET /api/v1/jobs/{identity}": Rule(owner="auditor"),
    "POST /api/v1/acts": Rule(
        roles=CLERKS, json={"door": "hand over", "arguments": {"to": CIPHER, "note": "-"}}
    ),
    "POST /api/v1/acts/{id}/signature": Rule(owner="drafter", json=_BAD, ok=422),
    # These end what the others need.
    "POST /compose/papers/{paper}/away": Rule(owner="drafter", form={}, ok=303),
    "POST /account/roles/off": Rule(form={}, ok=303),
    "POST /sign-out": Rule(public=True, form={}, ok=303),
}
STREAMS = {"GET /live"}
"""What never ends is not read here; its own tests do."""


def addresses() -> Iterator[str]:
    """Every address that is served, but the front and the assets."""
    for module in PAGES:
        for route in module.routes:
            yield from (f"{method} {route.path}" for method in sorted((route.methods or {"GET"}) - {"HEAD"}))
    for route in make_api(State()).routes:
        assert isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield f"{method} /api/v1{route.path}"


def test_every_address_has_its_rule() -> None:
    assert sorted(TABLE) == sorted(set(addresses()))


@dataclass(slots=True)
class World:
    """The web office of BEIJING with cables of every kind, and what belongs to single people."""

    web: Web
    cables: dict[str, int]
    numbers: dict[str, str]
    things: dict[str, str]
    size: int
    items: Mapping[str, str] = field(default_factory=dict)

    def browser(self, role: str) -> Browser:
        """Somebody in a role, which is on."""
        browser = self.web.browser(self.web.keys[WHO[role]])
        assert browser.sign_in(WHO[role]).status_code == 200
        if role in OVERSEERS:
            assert browser.switch_on(role).status_code == 200
        return browser

    def sight(self, role: str, cable: str) -> Sight:
        """What a role sees of a cable."""
        return _NOTHING if cable == "absent" else _LETTERS[SEEN[cable][role]]


@pytest.fixture(scope="module")
def world(
    served_templates: tuple[dict[str, Post], dict[str, SoftwareKey]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    posts, keys = served_templates
    folder = tmp_path_factory.mktemp("matrix")
    post, moscow = (copy_of(posts[name], folder / name) for name in ("BEIJING", "MOSCOW"))
    gate, app = serve(post, SETTINGS)
    web = Web(post=post, gate=gate, app=app, keys=dict(keys))
    scene = Scene(web, moscow, folder / "stick")
    for person, role in ((ANOTHER_DRAFTER, "drafter"), (ANOTHER_READER, "reader")):
        _admit(scene, person, role)
    cables = _cables(scene, folder)
    numbers = {name: post.cable(entry).mrn for name, entry in cables.items()}
    things = _things(web, cables)
    size = post.size()
    post.office.register.checkpoint(post.office.keys.signing, post.office.now())
    rows = {name: post.cable(entry) for name, entry in cables.items()}
    items = {name: f"{row.origin}/{row.leaf if row.leaf >= 0 else row.cable}.1" for name, row in rows.items()}
    yield World(web, cables, numbers, things, size, items)
    for one in (post, moscow):
        one.office.close()


def _admit(scene: Scene, person: str, role: str) -> None:
    post = scene.post
    given: dict[str, Any] = {"roles": (role,), "clearance": "TOP SECRET", "second": post.hand(CIPHER)}
    people.admit(post.office, post.hand(ADMIN), person, **given)
    credential = scene.enrolled(person)
    passkeys.admit_passkey(post.office, post.hand(ADMIN), credential, post.hand(CIPHER))
    scene.web.keys[person] = scene.web.keys[f"{person}, enrolled"]


def _cables(scene: Scene, folder: Any) -> dict[str, int]:
    post = scene.post
    draft = post.draft(_cable("draft"), clearing=[CLEARING])
    sent = post.release(_cable("sent", asks=(Ask(literal="Report.", kind="report", owner="MOSCOW"),)))
    scene.moscow.release(_cable("received", sender=Party(place="MOSCOW"), to=TO_BEIJING))
    (received,) = carry(scene.moscow, post, folder / "stick")
    desk.print_copies(post.office, post.hand(REGISTRY), received, 2)
    copies.issue(post.office, post.hand(REGISTRY), received, [copies.Issue(seq=1, holder=READER)])
    shut = desk.enter(
        post.office,
        post.hand(REGISTRY),
        _cable("for nobody", classification="TOP SECRET", captions=("NODIS",)),
    )
    return {"draft": draft, "sent": sent, "received": received, "for nobody": shut}


def _cable(name: str, **more: Any) -> Any:
    subject, word = WORDS[name]
    words, about = f"The {word} waits.", ("issue", f"{name} issue")
    lines = (
        DocketLine(
            kind="session", paragraph="1", quote=words, fields=(("session", f"Of a {subject}"), about)
        ),
        DocketLine(kind="question", paragraph="1", quote=words, fields=(about,)),
        DocketLine(kind="instruction", paragraph="1", quote=words, fields=(("mode", "may"), about)),
    )
    return letter(words, subject=f"Of a {subject}", docket=lines, **more)


def _things(web: Web, cables: Mapping[str, int]) -> dict[str, str]:
    """An act, a job and a paper, each somebody's own; the copy is opened, so that it can be fetched."""
    post = web.post
    web.act(READER, "open", {"cable": cables["received"], "seq": 1})
    asked = web.ask(DRAFTER, "withdraw", {"cable": cables["draft"]})
    assert asked.status_code == 200, asked.text
    turn = papers.Turn(tab="0" * 32, number=1, began="")
    paper = papers.save(post.office, DRAFTER, turn, "Subject: of a Phalarope\n")
    spare = papers.save(
        post.office, DRAFTER, papers.Turn(tab="1" * 32, number=1, began=""), "Subject: none\n"
    )
    job = jobs.begin(post.office, AUDITOR, "audit")
    jobs.end(post.office, job, jobs.FAILED, {"sentence": "it was stopped", "mend": ""})
    return {"id": asked.json()["id"], "paper": paper.id, "spare": spare.id, "job": job, "identity": job}


_ABSENT_THING = "A" * 43


def _path(world: World, address: str, rule: Rule, cable: str, *, absent: bool) -> str:
    """The address with its blanks filled in: with this cable, and with what is somebody's own or nobody's."""
    entry = str(world.cables.get(cable, ABSENT))
    values = {"cable": entry, "entry": entry, "n": "1", "seq": "2" if "pdf" in address else "1"}
    values |= {"origin": "moscow.example", "size": str(world.size), "digest": _ABSENT_THING, "number": "1"}
    item = world.items.get(cable, f"beijing.example/{ABSENT}.1")
    values |= {"name": item, "item": item, "issue": f"{cable}%20issue"}
    for name, value in world.things.items():
        values[name] = "A" * len(value) if absent else value
    if address.endswith("/away"):
        values["paper"] = values.get("spare", "")
    path = address.partition(" ")[2] + (f"?{rule.query}" if rule.query else "")
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: values[found[1]], path)


def ask(browser: Browser, address: str, rule: Rule, path: str) -> httpx.Response:
    """Ask once."""
    if address.startswith("GET"):
        return browser.get(path)
    if rule.json is not None:
        return browser.post(path, rule.json)
    return browser.send(path, rule.form)


def bare(answer: httpx.Response, path: str) -> tuple[int, Any, str]:
    """An answer without what differs between any two: the nonce, the page's token, what was asked for."""
    text = re.sub(r'(nonce="|"nonce":"|data-token="|name="token" value=")[\w-]+', r"\1", answer.text)
    text = text.replace(path, "")
    kept = {name: value for name, value in answer.headers.items() if name not in _EACH_ITS_OWN}
    return answer.status_code, kept, text


_EACH_ITS_OWN = {"server-timing", "content-security-policy", "set-cookie", "content-length"}


def expected(rule: Rule, role: str, cable: str, seen: Sight) -> int:
    """What an address answers to a role for a cable."""
    if role not in rule.roles:
        return rule.refused
    if rule.owner and role != rule.owner:
        return 404
    if "{cable" in rule.query or rule.least > _NOTHING:
        allowed = cable in rule.of and (rule.more is None or (role, cable) in rule.more)
        if seen < rule.least:
            return 404
        return rule.ok if allowed else rule.other.get(cable, rule.lacking)
    return rule.ok


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_is_its_own_and_learns_nothing_else(world: World, role: str) -> None:
    browser = world.browser(role)
    wrong: list[str] = []
    for address, rule in TABLE.items():
        if address in STREAMS:
            continue
        nothing = _path(world, address, rule, "absent", absent=True)
        about_cables = rule.least > _NOTHING
        missing = ask(browser, address, rule, nothing) if about_cables or rule.owner else None
        if missing is not None and missing.status_code != (404 if role in rule.roles else rule.refused):
            wrong.append(f"{address}, absent: {missing.status_code}")
        for cable in SEEN if about_cables else [""]:
            path = _path(world, address, rule, cable, absent=False)
            seen = world.sight(role, cable) if cable else _NOTHING
            answer = ask(browser, address, rule, path)
            status = expected(rule, role, cable, seen)
            if answer.status_code != status:
                wrong.append(f"{address}, {cable}: {answer.status_code}, not {status}")
            hidden = role not in rule.roles or seen < rule.least or bool(rule.owner and role != rule.owner)
            if missing is not None and hidden and bare(answer, path) != bare(missing, nothing):
                wrong.append(f"{address}, {cable}: not as if it did not exist")
            wrong += [f"{address}, {cable}: tells {told}" for told in tells(world, role, answer)]
    assert not wrong, "\n".join(wrong)


def tells(world: World, role: str, answer: httpx.Response) -> list[str]:
    """What an answer says of cables that is not for this role; a refusal tells of no cable and nobody."""
    text, told = answer.text, []
    refused = answer.status_code in {401, 403, 404}
    for cable, (subject, word) in WORDS.items():
        seen = _NOTHING if refused else world.sight(role, cable)
        told += [subject] if subject in text and seen < _SLIP else []
        told += [word] if word in text and seen < _TEXT else []
        number = world.numbers[cable]
        told += [number] if number and number in text and seen < _OUTSIDE else []
    if refused:
        told += [name for name in (*STAFF, ANOTHER_DRAFTER) if name in text and name != WHO[role]]
    return told


def test_who_is_not_signed_in_gets_no_further_than_the_sign_in(world: World) -> None:
    wrong: list[str] = []
    browser = world.web.browser()
    for address, rule in TABLE.items():
        if rule.public:
            continue
        paths = [_path(world, address, rule, name, absent=False) for name in (*SEEN, "absent")]
        answers = [ask(browser, address, rule, path) for path in dict.fromkeys(paths)]
        by_script = "/api/" in address or rule.json is not None
        for answer in answers:
            if by_script and answer.status_code != 401:
                wrong.append(f"{address}: {answer.status_code}")
            if not by_script and (answer.status_code, answer.headers.get("location")) != (303, "/sign-in"):
                wrong.append(f"{address}: {answer.status_code} {answer.headers.get('location')}")
            if [bare(answer, "")] != [bare(answers[0], "")]:
                wrong.append(f"{address}: tells one thing from another")
    assert not wrong, "\n".join(wrong)


_TASKING = frozenset({"registry clerk", "releasing officer"} | DRAFTERS)
_READERS = frozenset({"reader", "another reader"})
_SIGNING = frozenset({"registry clerk", "releasing officer"})
_ALL_ROLES = EVERYBODY - {"no role"}
DOORS_FOR: Mapping[frozenset[str], tuple[str, ...]] = {
    frozenset(DRAFTERS): (
        *("draft", "edit", "ask clearance", "withdraw", "draft paper", "edit paper", "readdress"),
    ),
    frozenset({"clearing officer"}): ("clear",),
    frozenset({"releasing officer"}): ("release",),
    frozenset({"registry clerk"}): ("enter",),
    frozenset({"cipher clerk"}): ("decipher",),
    frozenset({"administrator"}): (
        *("destroy text", "admit person", "depart", "rule switch", "invite", "admit passkey", "know"),
    ),
    frozenset(CLERKS): (
        *("number", "print", "issue", "return", "found", "destroy", "rerun", "hand over", "close gap"),
    ),
    _SIGNING: ("adopt", "void decision", "cancel", "correct", "downgrade"),
    _SIGNING | {"administrator"}: ("know reader", "confirm reader"),
    _TASKING: ("task", "chase", "fulfil", "part fulfil", "cancel tasking"),
    frozenset({"clearing officer", "releasing officer"} | DRAFTERS): ("accept warnings",),
    frozenset(MARKING): ("docket",),
    frozenset({"registry clerk", "auditor"}): ("annotate", "inventory"),
    frozenset({"registry clerk", "administrator"}): ("shed", "name"),
    frozenset(CLERKS | {"administrator"}): ("emergency destroy",),
    frozenset(CLERKS) | _READERS: ("verify",),
    _ALL_ROLES - OVERSEERS: ("acknowledge",),
    _ALL_ROLES: ("open", "pass", "lost", "add passkey", "revoke passkey", "keep recovery"),
}
"""The doors, by the roles that go through them."""
OF_ONE_CABLE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "edit": ("another drafter", {"sheet": SHEET}),
    "ask clearance": ("another drafter", {"officers": [CLEARING]}),
    "withdraw": ("another drafter", {}),
    "readdress": ("another drafter", {"to": ["MOSCOW"], "covering": "See this."}),
    "task": ("another drafter", {"owner": "MOSCOW", "text": "Report."}),
    "chase": ("another drafter", {"n": 1}),
    "fulfil": ("another drafter", {"n": 1, "by_cable": "entry:0"}),
    "cancel tasking": ("another drafter", {"n": 1, "reason": "None"}),
    "accept warnings": ("another drafter", {"accepted": [{"key": "x", "reason": "None"}]}),
    "docket": ("another drafter", {"lines": [{"kind": "question", "paragraph": "1"}]}),
    "verify": ("another reader", {"rank": "Colonel"}),
    "acknowledge": ("another reader", {}),
    "open": ("another reader", {"seq": 1}),
    "pass": ("another reader", {"seq": 1, "holder": CIPHER}),
    "lost": ("another reader", {"seq": 1, "reason": "None"}),
}
"""Doors to one cable: a role that goes through but sees none of the cables here, and the other arguments."""


def test_every_door_has_its_roles() -> None:
    assert sorted(name for names in DOORS_FOR.values() for name in names) == sorted(DOORS)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_go_through_a_door_is_refused_and_nothing_is_entered(world: World, role: str) -> None:
    browser, before = world.browser(role), world.web.post.size()
    allowed = {name for roles, names in DOORS_FOR.items() if role in roles for name in names}
    refused = {name for name in DOORS if _asked(browser, name, {}).status_code == 403}
    assert refused == set(DOORS) - allowed
    for name in refused:
        for cable in world.cables.values():
            answer = _asked(browser, name, {"cable": cable})
            assert answer.status_code == 403
            assert tells(world, role, answer) == []
    assert world.web.post.size() == before


@pytest.mark.parametrize("name", OF_ONE_CABLE)
def test_a_door_to_a_cable_that_is_not_seen_is_one_to_none(world: World, name: str) -> None:
    role, more = OF_ONE_CABLE[name]
    browser, before = world.browser(role), world.web.post.size()
    absent = _asked(browser, name, {**more, "cable": ABSENT})
    assert absent.status_code == 404, absent.text
    for cable in world.cables.values():
        answer = _asked(browser, name, {**more, "cable": cable})
        assert bare(answer, "") == bare(absent, "")
    for number in filter(None, world.numbers.values()):
        none = _asked(browser, name, {**more, "cable": "2026MOSCOW999999"})
        answer = _asked(browser, name, {**more, "cable": number})
        assert bare(answer, "")[2].replace(number, "") == bare(none, "")[2].replace("2026MOSCOW999999", "")
    assert world.web.post.size() == before


def _asked(browser: Browser, door: str, arguments: Mapping[str, Any]) -> httpx.Response:
    return browser.post("/acts", {"door": door, "arguments": arguments})


def test_while_the_office_is_locked_every_address_says_so_and_no_more(web: Web) -> None:
    browser = web.signed_in(AUDITOR, "auditor")
    browser.get("/account")
    web.gate.lock()
    world = World(web, {}, {}, {"id": "A" * 22, "paper": "A" * 22, "job": "a", "identity": "a"}, 1)
    for address, rule in TABLE.items():
        if "/trust" in address:
            continue
        answer = ask(browser, address, rule, _path(world, address, rule, "absent", absent=True))
        assert answer.status_code == 503, address
        if "/api/" in address or rule.json is not None:
            said = answer.json()
            assert (said["code"], said["bags"]) == ("locked", 0), address
        else:
            assert "The office is locked" in answer.text, address
        assert not [name for name in STAFF if name in answer.text], address
