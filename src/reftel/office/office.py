"""The office: what every act needs at hand, and how a person's act becomes a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, select

from reftel.cable.dtg import Order, compare, format_reading
from reftel.cable.model import Moment, Precision, Reading
from reftel.cipher.passkey import act_challenge, verify_assertion
from reftel.cipher.person import verify_person
from reftel.clock import Clock
from reftel.docket import items, near
from reftel.errors import (
    BadSignature,
    BadValue,
    Locked,
    NotAllowed,
    NotFound,
    NotYourRole,
    Separation,
    StaleAct,
)
from reftel.office.keys import PostKeys
from reftel.office.roles import roles_for
from reftel.register.entries import (
    Json,
    Record,
    Signed,
    Touch,
    act_bytes,
    act_digest,
    b64,
    clock_read,
    clock_text,
    unb64,
)
from reftel.register.log import Register
from reftel.store import tables as t
from reftel.store.engine import Store

RULES = {
    "drafter-releaser": "who drafts does not release",
    "decipherer-verifier": "who deciphers does not verify",
    "printer-verifier": "who prints does not verify",
    "two-witnesses": "a copy is destroyed before two witnesses",
    "two-officers": "a key is admitted by an administrator and another officer",
    "stop-issue": "nobody with more than three overdue copies is issued another",
}
_MENDS = {
    "two-witnesses": "Name two others with --witness, or have the rule switched off by a decision.",
    "two-officers": "Name the other with --second, or have the rule switched off by a decision.",
}
ACT_LIFE = timedelta(minutes=15)
_CABLES = select(t.cables).where(t.cables.c.cable.in_(bindparam("cables", expanding=True)))


class Key(Protocol):
    """What signs for a person: a key that is unlocked here, or a passkey's touch that was given before."""

    @property
    def key_id(self) -> str:
        """The name under which the key was admitted."""

    def sign(self, message: bytes) -> bytes | Touch:
        """Sign the bytes of an act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who does an act, with whose key, and when they say they did it.

    ``who`` is the person who acts. ``key`` is that person's key, or, when ``by`` is named, the key
    of the person who records the act for somebody who has none. ``stated`` is the time that they
    give, beside which the register sets its own. ``roles`` are those that are on, where the person
    has switched some of them off; a role that is off counts as one that is not held.
    """

    who: str
    key: Key | None = None
    by: str = ""
    stated: Moment | None = None
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """On what occasion an act is made, so that it can be made twice and be the same, letter for letter.

    The first time it is shown to those who sign it elsewhere, the second time it is entered with
    their signatures. ``made`` is its time, ``seen`` the last checkpoint then, ``seed`` (32 random
    bytes) what its id and the salts of its texts follow from.
    """

    made: datetime
    seen: tuple[int, str] | None
    seed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One post's office, open for work: its folder, database, register, keys and clock.

    ``occasion`` is set while an act is made that is signed elsewhere (:mod:`reftel.office.occasions`).
    """

    folder: Path
    origin: str
    name: str
    store: Store
    register: Register
    keys: PostKeys
    clock: Clock
    occasion: Occasion | None = None

    def now(self) -> datetime:
        """The time of the act that is being made: the clock's, or that of its occasion."""
        return self.clock.now() if self.occasion is None else self.occasion.made

    def close(self) -> None:
        """Let the database go, and what was remembered of the passages in its docket."""
        self.store.close()
        near.forget()
        items.forget()


def record(
    office: Office,
    connection: Connection,
    kind: str,
    hand: Hand | None,
    body: Json,
    beside: Sequence[Hand] = (),
) -> Record:
    """Make and sign one act, and check it as at commit; the record is not entered yet.

    ``hand`` is ``None`` for what the office does by itself (a bag arrived). The role
    is the one that such an act asks for (``roles``). ``beside`` are the others who take
    part in it and sign it with keys of their own: a second officer, witnesses. Raises :class:`NotYourRole`,
    :class:`Locked`, :class:`StaleAct`, :class:`BadSignature`.
    """
    return records(office, connection, kind, hand, [body], beside)[0]


def records(
    office: Office,
    connection: Connection,
    kind: str,
    hand: Hand | None,
    bodies: Sequence[Json],
    beside: Sequence[Hand] = (),
) -> list[Record]:
    """Make acts of one kind by one hand, each signed on its own: :func:`record`, for several."""
    if not bodies:
        return []
    now = office.now()
    said: Json = {"kind": kind, "post": office.origin}
    if hand is None:
        at = office.clock.now()
        return [Record(at=at, act={**body, **said, "id": _new_act_id(office, now)}) for body in bodies]
    if hand.key is None:
        raise Locked(
            f"{hand.by or hand.who} must sign this act and the key is not unlocked",
            mend="Unlock the key, or name who records the act with --recorded-by.",
        )
    said |= {
        "made": clock_text(now),
        "who": hand.who,
        "role": _role_held(connection, hand, roles_for(kind, {**bodies[0], "who": hand.who})),
    }
    seen = last_checkpoint(connection) if office.occasion is None else office.occasion.seen
    if seen is not None:
        said["seen"] = list(seen)
    if hand.by:
        said["by"] = hand.by
    if hand.stated is not None:
        said["stated"] = stated(office, hand.stated)
    signers = [(hand.by or hand.who, hand.key), *((other.who, other.key) for other in beside)]
    signed = []
    for body in bodies:
        act = {**body, **said, "id": _new_act_id(office, now)}
        message = act_bytes(act)
        signatures = tuple(
            Signed(person=signer, key_id=key.key_id, signature=key.sign(message))
            for signer, key in signers
            if key is not None
        )
        signed.append((act, signatures))
    return accept(office, connection, signed)


def _new_act_id(office: Office, now: datetime) -> str:
    """An id that no other act has: the time, so that ids lie in order in their table, and 80 random bits."""
    return b64(int(now.timestamp() * 1000).to_bytes(6, "big") + office.register.draw()[:10])


def accept(
    office: Office, connection: Connection, signed: Sequence[tuple[Json, tuple[Signed, ...]]]
) -> list[Record]:
    """Check acts as they are about to be entered: fresh, unused, rightly signed, of this state.

    The check is made again here, inside the transaction that enters them, wherever they were signed.
    """
    now = office.clock.now()
    names = {s.person for _, by in signed for s in by}
    names |= {name for act, _ in signed for name in (act["who"], *took_part(act))}
    people = {name: find_person(connection, name) for name in names}
    keys = _signing_keys(connection, people.values())
    ids = {act["id"] for act, _ in signed}
    used = select(t.act_ids.c.entry).where(t.act_ids.c.act.in_(ids))
    if len(ids) != len(signed) or connection.execute(used).first() is not None:
        raise StaleAct("the act was entered before")
    _as_expected(connection, [act for act, _ in signed])
    for act, signatures in signed:
        if act["post"] != office.origin:
            raise StaleAct("the act was signed for another post")
        if not -ACT_LIFE < now - clock_read(act["made"]) < ACT_LIFE:
            raise StaleAct("the act was signed more than fifteen minutes ago")
        if act["role"] not in people[act["who"]].roles.split(","):
            raise NotYourRole(f"{act['who']} is not {_an(act['role'])} of this post")
        if act["role"] not in roles_for(act["kind"], act):
            raise NotYourRole(f"{_an(act['role'])} does not do this")
        by = {s.person for s in signatures}
        for name in (signer_of(act), *took_part(act)):
            if name not in by and (keys[name] or name not in act.get("witnesses", [])):
                raise BadSignature(f"the act is not signed by {name}", mend=f"{name} must sign in person.")
        if not office.store.rehearsal:
            for signature in signatures:
                _verify(keys[signature.person], act, signature)
        if act.get("by") and keys[act["who"]]:
            raise BadSignature(f"{act['who']} has a key and must sign in person")
        if act.get("by") and not may_be_recorded(act):
            raise NotAllowed(f"nobody does that for {act['who']}: it is done in person")
    return [Record(at=now, act=act, signatures=signatures) for act, signatures in signed]


def _signing_keys(connection: Connection, people: Iterable[Row[Any]]) -> dict[str, dict[str, Any]]:
    """The keys that count for each person, by key id: 32 bytes of Ed25519, or the row of a passkey."""
    keys: dict[str, dict[str, Any]] = {}
    for person in people:
        keys[person.name] = {person.key_id: unb64(person.person_key, 32)} if person.person_key else {}
    p = t.passkeys.c
    admitted = select(t.passkeys).where(p.person.in_(list(keys)), p.state == "admitted")
    for row in connection.execute(admitted):
        keys[row.person][row.key_id] = row
    return keys


def may_be_recorded(act: Json) -> bool:
    """Whether one may record an act for somebody who has no key: never what would give that person a key.

    A passkey that one enrols for another would sign as the other from then on.
    """
    return act["kind"] not in {"passkey enrolled", "recovery kept"}


def has_key(connection: Connection, name: str) -> bool:
    """Whether a person who serves here has a key, and so must sign in person."""
    return bool(_signing_keys(connection, [find_person(connection, name)])[name])


def _verify(keys: dict[str, Any], act: Json, signed: Signed) -> None:
    key = keys.get(signed.key_id)
    if key is None or isinstance(key, bytes) != isinstance(signed.signature, bytes):
        raise BadSignature(f"no such key of {signed.person} is admitted here")
    if isinstance(signed.signature, bytes):
        verify_person(key, act_bytes(act), signed.signature)
    else:
        verify_touch(act, signed.signature, key.credential, unb64(key.public), key.rp_id, key.origin)


def verify_touch(act: Json, touch: Touch, credential: str, public: bytes, rp_id: str, origin: str) -> int:
    """Demand that a touch of this very passkey signed this act, where the passkey was enrolled.

    ``credential`` is the passkey's in base64. Returns the passkey's counter. Raises :class:`BadSignature`.
    """
    if b64(touch.assertion.credential) != credential:
        raise BadSignature("the touch names another passkey than the one that signed")
    if act_digest(act) not in touch.digests:
        raise BadSignature("the touch was over other acts")
    challenge = act_challenge(touch.digests)
    return verify_assertion(touch.assertion, public=public, rp_id=rp_id, origin=origin, challenge=challenge)


def signer_of(act: Json) -> str:
    """Who signs for an act: the person who did it, or the one who recorded it for somebody without a key."""
    return str(act.get("by", act["who"]))


def took_part(act: Json) -> list[str]:
    """Who takes part in an act beside the one who does it, and signs it: officers and witnesses.

    A witness who has no key is only said to have been there.
    """
    return [*act.get("witnesses", []), *act.get("officers", [])]


def _as_expected(connection: Connection, acts: Sequence[Json]) -> None:
    """An act on a cable was signed for the state that the cable is in."""
    on = [act for act in acts if "direction" in act]
    for act, row in zip(on, find_cables(connection, [act["on"] for act in on]), strict=True):
        if act["state"] != row.state:
            raise StaleAct(f"the act was signed for a cable that was {act['state']}; it is {row.state}")


def last_checkpoint(connection: Connection) -> tuple[int, str] | None:
    """Size and root (base64) of the last checkpoint that this post signed."""
    row = connection.execute(select(t.checkpoints).order_by(t.checkpoints.c.size.desc()).limit(1)).first()
    return None if row is None else (row.size, row.note.split("\n")[2].rstrip("="))


def stated(office: Office, moment: Moment) -> list[str]:
    """A stated time as it stands in an act; refused when it lies in the future."""
    if moment.reading is None:
        raise BadValue(
            f"{moment.literal!r} cannot be read as a time", mend="Write it such as `1205 19 October 1951`."
        )
    now = office.clock.now()
    here = Reading(local=now.replace(tzinfo=None), precision=Precision.MINUTE, zone=0)
    if compare(moment.reading, here) is Order.AFTER:
        raise BadValue(f"{moment.literal} has not come yet", mend="An act is stated when it is done.")
    return [moment.literal, format_reading(moment.reading)]


def find_person(connection: Connection, name: str) -> Row[Any]:
    """A person who serves here; :class:`NotFound` for a stranger or somebody who has left."""
    row = connection.execute(select(t.people).where(t.people.c.name == name)).first()
    if row is None or row.standing != "serving":
        raise NotFound(f"{name} does not serve at this post", mend="Admit the person: `reftel people admit`.")
    return row


def _role_held(connection: Connection, hand: Hand, roles: Sequence[str]) -> str:
    held = [role for role in roles if role in find_person(connection, hand.who).roles.split(",")]
    for role in held:
        if hand.roles is None or role in hand.roles:
            return role
    if held:
        raise NotYourRole(
            f"{hand.who} has not switched on the role {held[0]}",
            mend="Switch it on under Account; it goes off again by itself.",
        )
    raise NotYourRole(f"{hand.who} is not {_an(' or '.join(roles))} of this post")


def _an(role: str) -> str:
    """A role with its article."""
    return f"{'an' if role[:1] in 'aeio' else 'a'} {role}"


def separate(connection: Connection, rule: str, one: str, other: str, body: Json) -> None:
    """Hold two persons apart by a rule; where it is switched off, the act says so each time."""
    if one and one == other:
        waive(connection, rule, body, f"{RULES[rule]}: {one} did both")


def waive(connection: Connection, rule: str, body: Json, sentence: str) -> None:
    """Raise :class:`Separation`, or, where the rule is off, write into the act that it was waived."""
    row = connection.execute(select(t.rules).where(t.rules.c.rule == rule)).first()
    if row is None or not row.off:
        raise Separation(sentence, mend=_MENDS.get(rule, ""))
    body.setdefault("waived", []).append(rule)


def number_lists(numbers: Sequence[Sequence[str]]) -> list[list[str]]:
    """Numbers of this office as a record holds them: scheme, value, then literal, date and note if any."""
    for number in numbers:
        if not 2 <= len(number) <= 5 or not (number[0].strip() and number[1].strip()):
            raise BadValue("a number has a scheme and a value, then its literal, date and note if any")
    return [list(number) for number in numbers]


def find_cable(connection: Connection, cable: int) -> Row[Any]:
    """A cable's row by its entry number."""
    return find_cables(connection, [cable])[0]


def find_cables(connection: Connection, cables: Sequence[int]) -> list[Row[Any]]:
    """The rows of several cables, in the order asked for."""
    found = {row.cable: row for row in connection.execute(_CABLES, {"cables": cables})}
    missing = [cable for cable in cables if cable not in found]
    if missing:
        raise NotFound(f"there is no cable under entry {missing[0]}")
    return [found[cable] for cable in cables]


def on_cable(row: Row[Any], **body: object) -> Json:
    """The part of an act that says on which cable, in which state, it is done."""
    return {"on": row.cable, "state": row.state, "direction": row.direction, **body}


def outgoing(row: Row[Any]) -> Row[Any]:
    """``row`` if it is a cable of this post; :class:`NotAllowed` otherwise."""
    if row.direction != "out":
        raise NotAllowed("that cable came from another post; only its originator can do this")
    return row


def incoming(row: Row[Any]) -> Row[Any]:
    """``row`` if it is a cable received or entered here; :class:`NotAllowed` otherwise."""
    if row.direction == "out":
        raise NotAllowed("that cable was drafted here; this is done by those who receive it")
    return row
