"""A register's history, made by hand: every kind of record at least once, in an order that can happen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from reftel.cable.internet import write
from reftel.cable.model import (
    Ask,
    Cable,
    DocketLine,
    Enclosure,
    Moment,
    Number,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Reading,
    Signature,
)
from reftel.register.entries import Record
from reftel.register.log import Register

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HERE, THERE = "beijing.example", "moscow.example"
OUTGOING = Cable(
    sender=Party(place="BEIJING", office="SOVIET AMBASSADOR"),
    to=(Party(post=THERE),),
    blocks=(Paragraph(text="Zhou Enlai was handed the text."),),
    classification="SECRET",
    captions=("EYES ONLY",),
    precedence=Precedence.FLASH,
    subject="The text",
    moment=Moment(literal="0115 18 October"),
    numbers=(Number(scheme="special", value="25025"),),
    asks=(
        Ask(owner="MOSCOW", literal="Telegraph the fulfilment.", kind="report", due=Moment(literal="soon")),
        Ask(
            owner="MOSCOW",
            literal="Answer.",
            due=Moment(
                literal="1 November 2026",
                reading=Reading(local=datetime(2026, 11, 1), precision=Precision.DAY),
            ),
        ),
        Ask(owner="MOSCOW", literal="Say when."),
    ),
    enclosures=(Enclosure(title="Map of the line"), Enclosure(title="Note", filename="n", content=b"x")),
    signature=Signature(literal="ROSHCHIN"),
)
PASSKEY = {
    "person": "Petrov",
    "credential": "c1",
    "key_id": "i",
    "public": "k",
    "rp_id": "localhost",
    "origin": "http://localhost",
    "label": "desk",
    "wrapped": "w",
}
READER = {"person": "Molotov", "recipient": "age1pq", "fingerprint": "67890"}
EDITED = Cable(sender=Party(), to=(Party(post=THERE),), blocks=(Paragraph(text="Shorter."),))
INCOMING = Cable(
    sender=Party(place="MOSCOW"),
    to=(Party(post=HERE),),
    blocks=(Paragraph(text="Answer."),),
    docket=(
        DocketLine(kind="question", paragraph="u1", quote="Answer", fields=(("issue", "A Line; A LINE"),)),
        DocketLine(kind="question", paragraph="u1", quote="Never said"),
    ),
)
SLIP = Cable(
    sender=Party(),
    to=(),
    blocks=(),
    docket=(
        DocketLine(kind="answer", paragraph="u1", fields=(("question", f"{THERE}/9.1"), ("how", "in part"))),
        DocketLine(kind="answer", paragraph="u1", fields=(("question", "#1"), ("how", "deferred"))),
    ),
)
MADE = "2026-11-22T10:00:00.000Z"
TEXTS = {
    "draft": OUTGOING,
    "edit": EDITED,
    "sent": OUTGOING,
    "in": INCOMING,
    "paper": INCOMING,
    "slip": SLIP,
}


def history(texts: dict[str, str]) -> list[dict[str, Any]]:
    """The acts in their order; ``texts`` has the commitment of each of ``TEXTS``. Entry 8 is the draft."""
    on = {"on": 8, "direction": "out"}
    took = {"on": 28, "direction": "in"}
    card = {"name": "BEIJING", "serial": 1, "card": "first", "fingerprint": "f"}
    bag = {"bag": "ab", "previous": "", "serial": 1}

    def copy(*moves: Any, on_cable: int = 28) -> dict[str, Any]:
        return {"copies": [[on_cable, *move] for move in moves]}

    return [
        {"kind": "post opened", **card},
        {"kind": "epoch opened", "epoch": "e1", "recipient": "r", "starts": "s", "ends": "e"},
        {
            "kind": "person admitted",
            "person": "Petrov",
            "roles": ["drafter", "reader"],
            "clearance": "SECRET",
            "captions": ["NODIS", "EYES ONLY"],
            "key": "k",
            "key_id": "i",
        },
        {"kind": "person admitted", "person": "Lisin", "roles": ["reader"]},
        {"kind": "rule switched", "rule": "stop-issue", "off": True, "decision": "Order 4"},
        {"kind": "rule switched", "rule": "stop-issue", "off": False, "decision": "Order 5"},
        {"kind": "card known", **card, "name": "MOSCOW", "origin": THERE},
        {"kind": "named", "name": "ЦК ВКП(б)", "as": "body", "detail": {"names": ["CC"]}},
        {"kind": "drafted", "who": "Petrov", "text": texts["draft"], "id": "act 8"},
        {"kind": "edited", **on, "state": "drafted", "text": texts["edit"]},
        {"kind": "edited", **on, "state": "drafted", "text": texts["draft"]},
        {"kind": "clearance asked", **on, "state": "drafted", "officer": "Orlov"},
        {"kind": "clearance asked", **on, "state": "drafted", "officer": "Zotov"},
        {"kind": "cleared", **on, "who": "Orlov", "state": "drafted", "version": "v", "move": "clear"},
        {
            "kind": "cleared",
            **on,
            "who": "Zotov",
            "state": "in clearance",
            "version": "v",
            "move": "complete clearance",
        },
        {
            "kind": "adopted",
            **on,
            "state": "cleared",
            "version": "v",
            "decision": {"reference": "P84/420", "text": "Adopt."},
        },
        {
            "kind": "adopted",
            **on,
            "state": "adopted",
            "version": "v",
            "decision": {"reference": "P84/421"},
            "replaces": 15,
        },
        {"kind": "adopted", **on, "state": "adopted", "version": "v", "decision": {}},
        {"kind": "decision voided", **on, "state": "adopted", "decision": 17},
        {
            "kind": "released",
            **on,
            "state": "drafted",
            "text": texts["sent"],
            "mrn": "2026BEIJING000001",
            "to": [THERE, "pyongyang.example"],
            "precedence": 4,
            "asks": 3,
        },
        {"kind": "bagged", **bag, "to": THERE, "items": [[8, "BMA001", 19]]},
        {
            "kind": "dispatched",
            "to": THERE,
            "serial": 1,
            "digest": "d",
            "size": 21,
            "items": [[8, "released"]],
        },
        {"kind": "rerun asked", "on": 8, "to": "pyongyang.example", "after": ""},
        {
            "kind": "receipted",
            "from": THERE,
            "serials": [1],
            "size": 21,
            "cosignature": "line",
            "items": [[8, "dispatched"]],
        },
        {
            "kind": "arrived",
            **bag,
            "from": THERE,
            "digest": "x",
            "size": 7,
            "checkpoint": "note",
            "items": [["one", "MBA001", 3, 2], ["two", "MBA002", 4, 1], ["three", "MBA003", 3, 2]],
            "later": [[5, "path"]],
        },
        {
            "kind": "arrived",
            "bag": "cd",
            "previous": "x",
            "serial": 2,
            "from": THERE,
            "digest": "y",
            "size": 9,
            "checkpoint": "note 2",
            "items": [],
        },
        {
            "kind": "dispatched",
            "to": THERE,
            "serial": 1,
            "digest": "d",
            "size": 21,
            "items": [],
            "receipts": [1],
        },
        {"kind": "held", "from": THERE, "arrival": "two", "state": "arrived", "move": "hold"},
        {
            "kind": "deciphered",
            "who": "Fedyaev",
            "from": THERE,
            "arrival": "one",
            "state": "arrived",
            "leaf": 3,
            "text": texts["in"],
            "incoming": "3007",
            "mrn": "2026MOSCOW000004",
            "numbers": [["opening number", "17", "op. 17"]],
            "asks": 0,
        },
        {"kind": "joined", "on": 28, "from": THERE, "arrival": "three"},
        {"kind": "entered", "text": texts["paper"], "numbers": [["stamp", "757"]], "asks": 0},
        {"kind": "entered", "text": texts["paper"]},
        {"kind": "refused", "who": THERE, "code": "bad-bag", "sentence": "cut short"},
        {"kind": "numbered", "on": 28, "numbers": [["file", "12/6"]]},
        {"kind": "annotated", "on": 28, "annotations": []},
        {
            "kind": "printed",
            **took,
            "state": "deciphered",
            "run": 1,
            "form": "paper",
            "return_to": "Registry",
            "print_number": "3008",
            "copies": [[n, str(n), "print", "", ""] for n in range(1, 5)]
            + [[5, "", "miss", "", "never seen"]],
        },
        {"kind": "printed", **on, "state": "receipted", "run": 1, "form": "paper", "copies": []},
        {"kind": "verified", **took, "state": "printed"},
        {
            "kind": "issued",
            "on": 28,
            **copy(
                (1, "in file", "issue", {"holder": "Lisin"}), (2, "in file", "issue", {"holder": "Petrov"})
            ),
        },
        {"kind": "opened", "on": 28, **copy((1, "issued", "open", {"opened": "2026-11-22"}))},
        {"kind": "passed", "on": 28, **copy((1, "issued", "pass", {"holder": "Petrov", "opened": ""}))},
        {"kind": "returned", "on": 28, **copy((1, "issued", "return", {}))},
        {"kind": "destroyed", "on": 28, **copy((1, "returned", "destroy", {}))},
        {"kind": "lost", "on": 28, **copy((2, "issued", "lose", {"reason": "taxi"}))},
        {"kind": "found", "on": 28, **copy((5, "unaccounted", "find", {"holder": "", "reason": ""}))},
        {"kind": "inventoried", **copy((3, "in file", "miss", {"reason": "not found"}))},
        {"kind": "acknowledged", **took, "state": "verified"},
        {"kind": "readdressed", **took, "state": "verified", "links": [["carries", 8, ""]]},
        {"kind": "corrected", **took, "state": "verified", "links": [["corrected by", 30, ""]]},
        {"kind": "downgraded", **took, "state": "verified", "marking": "RESTRICTED"},
        {"kind": "cancelled", **took, "state": "verified", "links": [["cancelled by", 30, ""]]},
        {
            "kind": "tasked",
            "on": 8,
            "n": 4,
            "owner": "MOSCOW",
            "literal": "More.",
            "due": "",
            "ask": "action",
        },
        {"kind": "chased", "on": 8, "n": 1, "state": "open", "chased": 1},
        {"kind": "part fulfilled", "on": 8, "n": 1, "state": "open", "closed_by": 28},
        {"kind": "fulfilled", "on": 8, "n": 1, "state": "open", "closed_by": 28},
        {"kind": "tasking cancelled", "on": 8, "n": 2, "state": "open"},
        {"kind": "drafted", "who": "Petrov", "text": texts["edit"]},
        {"kind": "withdrawn", "on": 56, "direction": "out", "state": "drafted"},
        {"kind": "epoch retired", "epoch": "e1"},
        {"kind": "seed destroyed", "epoch": "e1"},
        {"kind": "card issued", "serial": 2, "card": "second"},
        {"kind": "person departed", "person": "Lisin"},
        {"kind": "shift handed over", "to": "Petrov"},
        {"kind": "gap closed", "from": "beijing.example", "serial": 2},
        {"kind": "restored"},
        {"kind": "invited", "person": "Petrov", "digest": "d", "until": "2026-11-29"},
        {"kind": "passkey enrolled", **PASSKEY, "recipient": "age1pq", "fingerprint": "12345"},
        {"kind": "passkey enrolled", **PASSKEY, "who": "Petrov", "credential": "c2"},
        {"kind": "passkey admitted", "person": "Petrov", "credential": "c1", "fingerprint": "12345"},
        {"kind": "passkey admitted", "person": "Petrov", "credential": "c2"},
        {"kind": "passkey revoked", "person": "Petrov", "credential": "c2"},
        {"kind": "recovery kept", "person": "Petrov", "wrapped": "w"},
        {"kind": "reader known", "origin": THERE, **READER},
        {"kind": "reader confirmed", "origin": THERE, **READER},
        {"kind": "docketed", "on": 28, "who": "Petrov", "made": MADE, "slip": texts["slip"], "count": 2},
        {"kind": "warnings accepted", "on": 56, "state": "withdrawn", "version": "v", "accepted": []},
        {"kind": "shed", "on": 56, "texts": [], "asks": 0, "marking": "RESTRICTED", "drafts": True},
        {"kind": "text destroyed", "on": 31, "texts": [], "asks": 0, "marking": ""},
        {"kind": "shed", "on": 31, "texts": [], "asks": 0, "marking": ""},
    ]


def records(acts: list[dict[str, Any]]) -> list[Record]:
    """Each act as a record of this post, a minute after the other."""
    return [Record(at=START + timedelta(minutes=n), act={"post": HERE, **act}) for n, act in enumerate(acts)]


def enter(register: Register, *, batch: int = 1) -> list[Record]:
    """Lay the texts down and enter the whole history, so many records to a transaction."""
    with register.writing() as writing:
        commitments = writing.lay_down([(write(cable), None) for cable in TEXTS.values()])
    entered = records(history(dict(zip(TEXTS, commitments, strict=True))))
    for at in range(0, len(entered), batch):
        with register.writing() as writing:
            writing.append(entered[at : at + batch])
    return entered
