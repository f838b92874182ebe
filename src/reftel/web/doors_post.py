"""Doors to the post itself: its people and their passkeys, its rules, its peers and their readers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from reftel.errors import BadValue
from reftel.office import passkeys, people, readers
from reftel.office.clearance import LEVELS
from reftel.office.office import RULES, Hand, Office
from reftel.office.passkeys import Enrolment
from reftel.office.roles import ROLES
from reftel.register.entries import Json, unb64
from reftel.store.engine import View
from reftel.web import arguments as a
from reftel.web.arguments import MAX_LINE, MAX_NAME, needed, optional
from reftel.web.door import Asker, Door, Given

MAX_CARD = 64 * 1024
MAX_KEY = 1024
MAX_WRAPPED = 2048
_PERSON = needed(a.line(MAX_NAME))
_SECOND = optional(a.line(MAX_NAME))
_REASON = needed(a.line())


def _credential(value: object) -> str:
    """The register's name of a passkey."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z0-9+/]{22,1400}", value):
        raise BadValue("that names no passkey")
    return value


def _code_digest(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise BadValue("that is not an invitation's digest")
    return value


def _to_person(given: Given, _answer: Any) -> str:
    return f"/people/person?{urlencode({'name': given['person']})}"


def _to(path: str) -> Any:
    return lambda _given, _answer: path


def _admit(office: Office, hand: Hand, beside: Sequence[Hand], given: Given) -> None:
    people.admit(
        office,
        hand,
        given["person"],
        roles=given["roles"],
        clearance=given["clearance"],
        captions=given["captions"],
        public=unb64(given["key"], 32) if given["key"] else b"",
        second=beside[0] if beside else None,
    )


def _depart(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    held = people.depart(office, hand, given["person"])
    return {"held": [[row.cable, row.seq] for row in held]}


def _switch(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    people.switch_rule(office, hand, given["rule"], off=given["off"], decision=given["decision"])


def _invite(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    passkeys.invite(office, hand, given["person"], given["digest"])


def _admit_passkey(office: Office, hand: Hand, beside: Sequence[Hand], given: Given) -> None:
    passkeys.admit_passkey(office, hand, given["credential"], beside[0] if beside else None)


def _place(asker: Asker, _connection: View, given: Json) -> None:
    """A passkey is enrolled where the page stands, and not where somebody says."""
    given |= {"rp_id": asker.rp_id, "origin": asker.origin}


def _add_passkey(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    enrolment = Enrolment(
        credential=unb64(given["credential"]),
        public=unb64(given["public"]),
        rp_id=given["rp_id"],
        origin=given["origin"],
        wrapped=unb64(given["wrapped"]),
        label=given["label"],
    )
    passkeys.add_passkey(office, hand, enrolment)


def _revoke_passkey(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    passkeys.revoke_passkey(office, hand, given["credential"], given["reason"])


def _keep_recovery(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    passkeys.keep_recovery(office, hand, unb64(given["wrapped"]))


def _name(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    detail: Json = {"printed": list(given["printed"])}
    if given["note"]:
        detail["note"] = given["note"]
    people.name_authority(office, hand, given["name"], given["kind"], detail)


def _hand_over(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    people.hand_over(office, hand, given["to"], given["note"])


def _close_gap(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    people.close_gap(office, hand, given["post"], given["serial"], given["reason"])


def _know(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    return {"origin": people.know(office, hand, given["card"], given["fingerprint"]).origin}


def _know_reader(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    card = readers.know_reader(office, hand, given["card"])
    return {"origin": card.origin, "person": card.person}


def _confirm_reader(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    readers.confirm_reader(office, hand, given["post"], given["person"], given["fingerprint"])


def _beside_second(given: Given) -> Sequence[str]:
    return (given["second"],) if given["second"] else ()


DOORS = (
    Door(
        name="admit person",
        kinds=("person admitted",),
        fields={
            "person": _PERSON,
            "roles": needed(a.many(a.choice(*ROLES))),
            "clearance": optional(a.choice(*LEVELS)),
            "captions": optional(a.listed(a.line(200)), default=()),
            "key": optional(a.digest),
            "second": _SECOND,
        },
        go=_admit,
        next=_to_person,
        beside=_beside_second,
    ),
    Door(
        name="depart",
        kinds=("person departed", "passkey revoked"),
        fields={"person": _PERSON},
        go=_depart,
        next=_to_person,
    ),
    Door(
        name="rule switch",
        kinds=("rule switched",),
        fields={
            "rule": needed(a.choice(*RULES)),
            "off": needed(a.yes),
            "decision": needed(a.line()),
        },
        go=_switch,
        next=_to("/people"),
    ),
    Door(
        name="invite",
        kinds=("invited",),
        fields={"person": _PERSON, "digest": needed(_code_digest)},
        go=_invite,
        next=_to_person,
    ),
    Door(
        name="admit passkey",
        kinds=("passkey admitted",),
        fields={"credential": needed(_credential), "second": _SECOND},
        go=_admit_passkey,
        next=_to("/people"),
        beside=_beside_second,
    ),
    Door(
        name="add passkey",
        kinds=("passkey enrolled",),
        fields={
            "credential": needed(_credential),
            "public": needed(a.file(MAX_KEY)),
            "wrapped": needed(a.file(MAX_WRAPPED)),
            "label": optional(a.line(passkeys.MAX_LABEL)),
        },
        go=_add_passkey,
        next=_to("/account"),
        settle=_place,
    ),
    Door(
        name="revoke passkey",
        kinds=("passkey revoked",),
        fields={"credential": needed(_credential), "reason": _REASON},
        go=_revoke_passkey,
        next=_to("/account"),
    ),
    Door(
        name="keep recovery",
        kinds=("recovery kept",),
        fields={"wrapped": needed(a.file(MAX_WRAPPED))},
        go=_keep_recovery,
        next=_to("/account"),
    ),
    Door(
        name="name",
        kinds=("named",),
        fields={
            "name": needed(a.line(200)),
            "kind": needed(a.choice("person", "body", "office", "place")),
            "printed": optional(a.listed(a.line(200)), default=()),
            "note": optional(a.text(MAX_LINE)),
        },
        go=_name,
        next=_to("/people"),
    ),
    Door(
        name="hand over",
        kinds=("shift handed over",),
        fields={"to": needed(a.line(MAX_NAME)), "note": optional(a.text())},
        go=_hand_over,
        next=_to("/tray"),
    ),
    Door(
        name="close gap",
        kinds=("gap closed",),
        fields={
            "post": needed(a.line(200)),
            "serial": needed(a.whole(1, 10**9)),
            "reason": _REASON,
        },
        go=_close_gap,
        next=_to("/posts"),
    ),
    Door(
        name="know",
        kinds=("card known",),
        fields={"card": needed(a.text(MAX_CARD)), "fingerprint": optional(a.line(200))},
        go=_know,
        next=_to("/posts"),
    ),
    Door(
        name="know reader",
        kinds=("reader known",),
        fields={"card": needed(a.text(MAX_CARD))},
        go=_know_reader,
        next=_to("/posts"),
    ),
    Door(
        name="confirm reader",
        kinds=("reader confirmed",),
        fields={
            "post": needed(a.line(200)),
            "person": _PERSON,
            "fingerprint": needed(a.line(200)),
        },
        go=_confirm_reader,
        next=_to("/posts"),
    ),
)
