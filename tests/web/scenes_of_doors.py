"""For each door of the web office a moment at which somebody goes through it: who, with what, beside whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reftel.bearers.courier import Courier
from reftel.cable import sheet
from reftel.cable.model import Ask, DocketLine, Party
from reftel.cipher.age import encrypt
from reftel.cipher.identity import HybridIdentity, ScryptRecipient
from reftel.cipher.person import PersonKey
from reftel.cipher.tokens import code_digest, new_code
from reftel.office import arrivals, channels, copies, desk, papers, passkeys, people, readers
from reftel.register.entries import b64
from reftel.web.software_key import SoftwareKey
from tests.office import readers as office_readers
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    STAFF,
    Post,
    card_of,
    letter,
)
from tests.web.conftest import ORIGIN, SETTINGS, Web

SHEET = sheet.render(letter())
LINE = {"kind": "observation", "paragraph": "1", "quote": "put off", "fields": {"issue": "The session"}}
TO_BEIJING = (Party(post="beijing.example", place="BEIJING"),)
DECISION: dict[str, Any] = {
    "body": "The Commission",
    "protocol": "84",
    "item": "421",
    "title": "Talks",
    "text": "Approve it.",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Who goes through a door with which arguments, and who signs beside."""

    person: str
    arguments: Mapping[str, Any]
    others: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """BEIJING as it is served, MOSCOW beside it, and a folder for bags."""

    web: Web
    moscow: Post
    stick: Path

    @property
    def post(self) -> Post:
        """BEIJING."""
        return self.web.post

    def sent(self) -> int:
        """A cable of ours that MOSCOW has."""
        entry = self.post.release()
        channels.dispatch(self.post.office, Courier(self.stick), self.moscow.office.origin)
        return entry

    def arrive(self, *texts: str) -> None:
        """Cables of MOSCOW that arrived and wait to be deciphered."""
        for text in texts:
            self.moscow.release(letter(text, sender=Party(place="MOSCOW"), to=TO_BEIJING))
        self.bag()

    def bag(self, *, lost: bool = False) -> None:
        """Carry a bag of MOSCOW here, or lose it."""
        courier = Courier(self.stick)
        channels.dispatch(self.moscow.office, courier, "beijing.example")
        for bag in courier.collect():
            if not lost:
                arrivals.receive(self.post.office, bag)
            for path in (self.stick / f"bag-{bag.bag}").iterdir():
                path.unlink()
            (self.stick / f"bag-{bag.bag}").rmdir()

    def received(self) -> int:
        """A cable of MOSCOW, deciphered here."""
        self.arrive("The session is put off.")
        (done,) = arrivals.decipher(self.post.office, self.post.hand(CIPHER))
        return done.entry

    def issued(self, holder: str = READER, seq: int = 1) -> int:
        """A paper cable of which one copy is in somebody's hands."""
        entry = self.post.printed()
        issue = copies.Issue(seq=seq, holder=holder)
        copies.issue(self.post.office, self.post.hand(REGISTRY), entry, [issue])
        return entry

    def asks(self) -> int:
        """A released cable that asks for something."""
        ask = Ask(literal="Report at once.", kind="report", owner="MOSCOW")
        return self.post.release(letter(asks=(ask,)))

    def warned(self) -> dict[str, Any]:
        """A draft that the docket warns of, and what is to be accepted."""
        rule = DocketLine(
            kind="instruction", paragraph="1", fields=(("mode", "must not"), ("words", "forty minutes"))
        )
        bears = letter("Nobody speaks of forty minutes.", docket=(rule,))
        entry = desk.enter(self.post.office, self.post.hand(REGISTRY), bears)
        key = f"instruction beijing.example/{entry}.1 1"
        return {"cable": self.post.draft(), "accepted": [{"key": key, "reason": "It is known."}]}

    def decision(self) -> tuple[int, int]:
        """A draft that a body adopted, and the decision."""
        entry = self.post.draft()
        made = desk.adopt(self.post.office, self.post.hand(REGISTRY), entry, desk.Decision(**DECISION))
        return entry, made

    def admit_to(self, caption: str, person: str) -> None:
        """Admit somebody who serves here to a caption."""
        roles, clearance, _ = STAFF[person]
        more: dict[str, Any] = {"roles": roles, "clearance": clearance, "captions": (caption,)}
        people.admit(self.post.office, self.post.hand(ADMIN), person, **more)

    def enrolled(self, person: str = DRAFTER) -> str:
        """A passkey that waits to be admitted."""
        office, key, identity = self.post.office, SoftwareKey.new(ORIGIN), HybridIdentity.generate()
        code = new_code()
        passkeys.invite(office, self.post.hand(ADMIN), person, code_digest(office.origin, person, code))
        enrolment = passkeys.Enrolment(
            credential=key.credential,
            public=key.public(),
            rp_id=SETTINGS.rp_id,
            origin=ORIGIN,
            wrapped=key.wrap(identity),
        )
        passkeys.enrol(office, person, code, enrolment, identity.recipient().text())
        self.web.keys[f"{person}, enrolled"] = key
        return b64(key.credential)


def _withdrawn(scene: Scene) -> Moment:
    return Moment(DRAFTER, {"cable": scene.post.draft()})


def _edit(scene: Scene) -> Moment:
    return Moment(DRAFTER, {"cable": scene.post.draft(), "sheet": sheet.render(letter("It lasted an hour."))})


def _paper(scene: Scene, cable: int = -1) -> dict[str, str]:
    """A sheet that the drafter is still writing."""
    turn = papers.Turn(tab="0" * 32, number=1, began="")
    paper = papers.save(scene.post.office, DRAFTER, turn, SHEET, cable=cable)
    return {"paper": paper.id, "digest": paper.digest}


def _clear(scene: Scene) -> Moment:
    return Moment(CLEARING, {"cable": scene.post.draft(clearing=[CLEARING])})


def _void(scene: Scene) -> Moment:
    entry, decision = scene.decision()
    return Moment(REGISTRY, {"cable": entry, "decision": decision, "reason": "Taken back"})


def _release(scene: Scene) -> Moment:
    return Moment(RELEASER, {"cables": [scene.post.draft(), str(scene.post.draft())]})


def _decipher(scene: Scene) -> Moment:
    scene.arrive("One.", "Two.")
    return Moment(CIPHER, {})


def _acknowledge(scene: Scene) -> Moment:
    return Moment(REGISTRY, {"cable": scene.received()})


def _verify(scene: Scene) -> Moment:
    return Moment(REGISTRY, {"cable": scene.received(), "rank": "Colonel"})


def _fulfil(scene: Scene) -> Moment:
    return Moment(REGISTRY, {"cable": scene.asks(), "n": 1, "by_cable": f"entry:{scene.received()}"})


def _tasking(person: str, **more: Any) -> Callable[[Scene], Moment]:
    return lambda scene: Moment(person, {"cable": scene.asks(), "n": 1, **more})


def _by_another(scene: Scene) -> Moment:
    scene.post.release()
    return Moment(RELEASER, {"cable": scene.post.release(), "by_cable": "2026BEIJING000001"})


def _copy(person: str, **more: Any) -> Callable[[Scene], Moment]:
    return lambda scene: Moment(person, {"cable": scene.issued(), "seq": 1, **more})


def _found(scene: Scene) -> Moment:
    entry = scene.issued()
    copies.report_lost(scene.post.office, scene.post.hand(READER), entry, 1, "Left on the train")
    return Moment(REGISTRY, {"cable": entry, "seq": 1, "where": "Behind the safe"})


def _destroy(scene: Scene) -> Moment:
    entry = scene.post.printed()
    return Moment(
        REGISTRY,
        {"cable": entry, "copies": [1, 2], "witnesses": [READER, CIPHER], "how": "burned"},
        (CIPHER, READER),
    )


def _emergency(scene: Scene) -> Moment:
    scene.post.printed()
    return Moment(CIPHER, {"witness": READER}, (READER,))


def _inventory(scene: Scene) -> Moment:
    entry = scene.post.printed()
    return Moment(REGISTRY, {"present": [f"{entry}/1", f"entry:{entry}/3"]})


def _shed(scene: Scene) -> Moment:
    """Every copy is sealed to its reader, and the handling says that the office keeps none."""
    office = scene.post.office
    entry = desk.enter(office, scene.post.hand(REGISTRY), letter(captions=("NODIS",)))
    scene.admit_to("NODIS", READER)
    scene.admit_to("NODIS", REGISTRY)
    desk.print_copies(office, scene.post.hand(REGISTRY), entry, 1)
    copies.issue(office, scene.post.hand(REGISTRY), entry, [copies.Issue(seq=1, holder=READER)])
    return Moment(REGISTRY, {"cable": entry, "reason": "No file copy"})


def _admit(_scene: Scene) -> Moment:
    key = b64(PersonKey.generate().public)
    given = {"person": "Petrov", "roles": ["reader"], "clearance": "SECRET", "key": key, "second": CIPHER}
    return Moment(ADMIN, given, (CIPHER,))


def _invite(scene: Scene) -> Moment:
    digest = code_digest(scene.post.office.origin, READER, new_code())
    return Moment(ADMIN, {"person": READER, "digest": digest})


def _admit_passkey(scene: Scene) -> Moment:
    return Moment(ADMIN, {"credential": scene.enrolled(), "second": REGISTRY}, (REGISTRY,))


def _add_passkey(scene: Scene) -> Moment:
    key = SoftwareKey.new(ORIGIN)
    wrapped = b64(key.wrap(HybridIdentity.generate()))
    given = {
        "credential": b64(key.credential),
        "public": b64(key.public()),
        "wrapped": wrapped,
        "label": "spare",
    }
    return Moment(READER, given)


def _revoke(scene: Scene) -> Moment:
    return Moment(ADMIN, {"credential": b64(scene.web.keys[READER].credential), "reason": "Lost"})


def _recovery(_scene: Scene) -> Moment:
    file = encrypt(HybridIdentity.generate().text().encode(), [ScryptRecipient("ten words", 16)])
    return Moment(READER, {"wrapped": b64(file)})


def _rerun(scene: Scene) -> Moment:
    return Moment(CIPHER, {"cable": scene.sent(), "to": "MOSCOW"})


def _gap(scene: Scene) -> Moment:
    for lost in (True, False):
        scene.moscow.release(letter(sender=Party(place="MOSCOW"), to=TO_BEIJING))
        scene.bag(lost=lost)
    return Moment(CIPHER, {"post": "moscow.example", "serial": 1, "reason": "It came again"})


def _know(scene: Scene) -> Moment:
    people.rotate(scene.moscow.office, scene.moscow.hand(ADMIN))
    return Moment(ADMIN, {"card": card_of(scene.moscow)})


def _know_reader(scene: Scene) -> Moment:
    office_readers.enrol(scene.moscow, READER)
    return Moment(REGISTRY, {"card": readers.reader_card(scene.moscow.office, READER)})


def _confirm(scene: Scene) -> Moment:
    office_readers.enrol(scene.moscow, READER)
    text = readers.reader_card(scene.moscow.office, READER)
    card = readers.know_reader(scene.post.office, scene.post.hand(REGISTRY), text)
    given = {"post": card.origin, "person": card.person, "fingerprint": card.fingerprint}
    return Moment(REGISTRY, given)


MOMENTS: Mapping[str, Callable[[Scene], Moment]] = {
    "draft": lambda _scene: Moment(DRAFTER, {"sheet": SHEET, "clear_by": [CLEARING, CLEARING_TOO]}),
    "edit": _edit,
    "draft paper": lambda scene: Moment(DRAFTER, {**_paper(scene), "clear_by": [CLEARING]}),
    "edit paper": lambda scene: Moment(DRAFTER, _paper(scene, scene.post.draft(letter("Another.")))),
    "ask clearance": lambda scene: Moment(DRAFTER, {"cable": scene.post.draft(), "officers": CLEARING}),
    "clear": _clear,
    "adopt": lambda scene: Moment(REGISTRY, {"cable": scene.post.draft(), **DECISION}),
    "void decision": _void,
    "withdraw": _withdrawn,
    "release": _release,
    "decipher": _decipher,
    "enter": lambda _scene: Moment(
        REGISTRY,
        {
            "sheet": SHEET,
            "numbers": [{"scheme": "incoming", "value": "25025"}],
            "marks": [{"event": "deciphered", "by": "Fedyaev", "time": "1205 19 October 1951"}],
            "scan": "c2Nhbg",
        },
    ),
    "verify": _verify,
    "acknowledge": _acknowledge,
    "number": lambda scene: Moment(
        REGISTRY, {"cable": scene.received(), "numbers": [{"scheme": "stamp number", "value": "5205"}]}
    ),
    "accept warnings": lambda scene: Moment(RELEASER, scene.warned()),
    "docket": lambda scene: Moment(REGISTRY, {"cable": scene.received(), "lines": [LINE]}),
    "annotate": lambda scene: Moment(
        REGISTRY, {"cable": scene.received(), "layer": "garble", "literal": "2?th", "reading": "27th"}
    ),
    "task": lambda scene: Moment(
        REGISTRY,
        {"cable": scene.received(), "owner": "BEIJING", "text": "Send the map.", "due": "1 May 2027"},
    ),
    "chase": _tasking(REGISTRY),
    "fulfil": _fulfil,
    "part fulfil": _fulfil,
    "cancel tasking": _tasking(REGISTRY, reason="Overtaken"),
    "cancel": _by_another,
    "correct": _by_another,
    "downgrade": lambda scene: Moment(
        REGISTRY, {"cable": scene.received(), "classification": "RESTRICTED", "authority": "Order 4"}
    ),
    "readdress": lambda scene: Moment(
        DRAFTER, {"cable": scene.sent(), "to": ["MOSCOW"], "covering": "See this."}
    ),
    "rerun": _rerun,
    "destroy text": lambda scene: Moment(ADMIN, {"cable": scene.received(), "reason": "Schedule, item 4"}),
    "shed": _shed,
    "print": lambda scene: Moment(
        REGISTRY, {"cable": scene.received(), "count": "3", "print_number": "3007"}
    ),
    "issue": lambda scene: Moment(
        REGISTRY,
        {
            "cable": scene.post.printed(),
            "copies": [{"seq": 1, "holder": READER, "purpose": "action"}, {"seq": "2", "holder": DRAFTER}],
            "return_by": "2026-12-01",
        },
    ),
    "open": _copy(READER),
    "pass": _copy(READER, holder=CIPHER),
    "return": _copy(REGISTRY),
    "lost": _copy(REGISTRY, reason="Left on the train"),
    "found": _found,
    "destroy": _destroy,
    "emergency destroy": _emergency,
    "inventory": _inventory,
    "admit person": _admit,
    "depart": lambda _scene: Moment(ADMIN, {"person": READER}),
    "rule switch": lambda _scene: Moment(ADMIN, {"rule": "stop-issue", "off": "yes", "decision": "Order 4"}),
    "invite": _invite,
    "admit passkey": _admit_passkey,
    "add passkey": _add_passkey,
    "revoke passkey": _revoke,
    "keep recovery": _recovery,
    "name": lambda _scene: Moment(
        REGISTRY, {"name": "FILIPPOV", "kind": "person", "printed": "FILIPPOV, Stalin"}
    ),
    "hand over": lambda _scene: Moment(CIPHER, {"to": REGISTRY, "note": "Two bags await."}),
    "close gap": _gap,
    "know": _know,
    "know reader": _know_reader,
    "confirm reader": _confirm,
}
