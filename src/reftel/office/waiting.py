"""Acts that wait for a touch: shown to their person, signed one by one, entered with the last signature.

Rules that this file keeps:

* what is shown is what is signed: the acts of the rehearsal, kept here letter for letter;
* an act is entered by the front door itself, in the front door's own transaction, when the last of
  those who are asked has signed; the last signature is kept nowhere before;
* whether an act happened is read from the register, by its id, and not from what is noted here: a
  kill at any moment leaves it waiting or entered;
* a signature that is given again changes nothing;
* the person who acts signs first; nobody else is asked before;
* what an act was made of (a draft's text) is forgotten as soon as the act is over.

These rows are no part of the register. They are swept a day after they were made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from reftel.cipher.commitment import new_salt
from reftel.cipher.passkey import MAX_ACTS, Assertion
from reftel.errors import BadSignature, BadValue, NotAllowed, NotFound, NotYourRole, ReftelError, StaleAct
from reftel.office.occasions import Deed, Signing, new_occasion, perform, rehearse
from reftel.office.office import ACT_LIFE, Hand, Occasion, Office, has_key, verify_touch
from reftel.office.passkeys import passkeys_of
from reftel.register.entries import Json, Touch, act_digest, b64, clock_read, clock_text, decode_json, unb64
from reftel.store import tables as t

KEPT = timedelta(days=1)
MAX_WAITING = 20
_ID_SIZE = 16
_w = t.waiting_acts.c
_OVER = {"arguments": "", "seed": b""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Undertaking:
    """What is to be done through one front door: by whose hand, beside whom.

    ``hand`` has no key. ``deed`` answers with what a page is told when it is done.
    """

    hand: Hand
    beside: tuple[str, ...]
    deed: Deed[Json]


Undertake: TypeAlias = Callable[[str, str, Json], Undertaking]
"""Makes a person's undertaking again from the name of its door and its arguments."""
Words: TypeAlias = Callable[[Connection, Sequence[Json]], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One asking for signatures.

    ``acts`` are the exact JSON texts that are signed; ``signers`` those who are asked, the person
    who acts first; ``signed`` those of them who did. ``state`` is waiting, entered, failed or
    expired; ``entry`` is the first entry that was made, or -1; ``answer`` what the front door
    answered, or the error.
    """

    id: str
    door: str
    person: str
    made: datetime
    ends: datetime
    acts: tuple[str, ...]
    words: tuple[str, ...]
    signers: tuple[str, ...]
    signed: tuple[str, ...]
    state: str
    entry: int
    answer: Json

    @property
    def missing(self) -> tuple[str, ...]:
        """Who has not signed yet."""
        return tuple(name for name in self.signers if name not in self.signed)

    @property
    def digests(self) -> tuple[bytes, ...]:
        """The hash of each act, in order: what one touch signs."""
        return tuple(act_digest(act) for act in self.read_acts)

    @property
    def read_acts(self) -> tuple[Json, ...]:
        """The acts, read."""
        return tuple(decode_json(act.encode()) for act in self.acts)

    def asks(self, person: str) -> bool:
        """Whether this person is the one, or one of those, who are to sign next."""
        first = self.person not in self.signed
        return self.state == "waiting" and person in self.missing and (person == self.person or not first)


def ask(
    office: Office, person: str, door: str, arguments: Json, undertaking: Undertaking, words: Words
) -> Waiting:
    """Rehearse an undertaking and keep it until everybody has signed: the acts and what they say.

    ``person`` signs first, then those beside who have a key. Raises whatever the front door refuses,
    :class:`BadValue` for more than one touch signs, :class:`NotAllowed` where somebody cannot sign
    here, or where too much waits already.
    """
    occasion = new_occasion(office)
    acts = rehearse(office, occasion, undertaking.hand, undertaking.beside, undertaking.deed)
    if not acts:
        # What no person signs (a cable that cannot be opened is set aside) is done by the office at once.
        undertaking.deed(office, undertaking.hand, ())
        raise BadValue("there was nothing for you to sign", mend="Load the page again.")
    if len(acts) > MAX_ACTS:
        raise BadValue(
            f"these are {len(acts)} acts, and one touch signs at most {MAX_ACTS}",
            mend="Do it in smaller parts.",
        )
    with office.store.read() as connection:
        signers = _signers(connection, person, undertaking.beside)
        said = words(connection, [decode_json(act.encode()) for act in acts])
    row = {
        "id": new_salt()[:_ID_SIZE].hex(),
        "door": door,
        "arguments": json.dumps(arguments),
        "person": person,
        "made": clock_text(occasion.made),
        "seen": json.dumps(occasion.seen),
        "seed": occasion.seed,
        "acts": json.dumps(acts),
        "words": json.dumps(list(said)),
        "signers": json.dumps(signers),
        "signatures": "{}",
        "state": "waiting",
        "answer": "{}",
        "entry": -1,
        "ends": clock_text(occasion.made + ACT_LIFE),
    }
    with office.store.write() as connection:
        sweep(connection, office.clock.now())
        _make_room(connection, person)
        connection.execute(insert(t.waiting_acts), row)
        return _read(connection.execute(select(t.waiting_acts).where(_w.id == row["id"])).one())


def _signers(connection: Connection, person: str, beside: Sequence[str]) -> list[str]:
    """Who is asked: the one who acts, and those beside who have a key. Each must have a passkey."""
    signers = [person, *(name for name in dict.fromkeys(beside) if name != person)]
    signers = [name for name in signers if name == person or has_key(connection, name)]
    for name in signers:
        if not passkeys_of(connection, name):
            raise NotAllowed(
                f"{name} has no passkey here, and signs at the command line",
                mend="Do this act there, or with somebody who has a passkey.",
            )
    return signers


def _make_room(connection: Connection, person: str) -> None:
    """Forget the oldest that this person was shown and did not sign, where too many wait."""
    mine = select(t.waiting_acts).where(_w.person == person, _w.state == "waiting").order_by(_w.made)
    rows = connection.execute(mine).all()
    surplus = len(rows) - MAX_WAITING + 1
    unsigned = [row.id for row in rows if row.signatures == "{}"]
    if surplus > len(unsigned):
        raise NotAllowed(
            f"{len(rows)} acts of {person} wait for others to sign",
            mend="Have some of them signed, or wait until they expire.",
        )
    if surplus > 0:
        connection.execute(delete(t.waiting_acts).where(_w.id.in_(unsigned[:surplus])))


def sweep(connection: Connection, now: datetime) -> None:
    """Note what expired, and forget what was made more than a day ago."""
    connection.execute(delete(t.waiting_acts).where(_w.made < clock_text(now - KEPT)))
    late = select(t.waiting_acts).where(_w.state == "waiting", _w.ends <= clock_text(now))
    for row in connection.execute(late).all():
        entry = _entered_as(connection, json.loads(row.acts))
        names = json.dumps({name: {} for name in json.loads(row.signatures)})
        values = {"state": "expired" if entry < 0 else "entered", "entry": entry, "signatures": names}
        connection.execute(update(t.waiting_acts).where(_w.id == row.id).values(_OVER | values))


def tidy(office: Office) -> None:
    """:func:`sweep`, where there is anything to sweep: it is asked now and then, and mostly there is not."""
    now = office.clock.now()
    late = (_w.state == "waiting") & (_w.ends <= clock_text(now))
    query = select(_w.id).where(late | (_w.made < clock_text(now - KEPT))).limit(1)
    with office.store.read() as connection:
        found = connection.execute(query).first() is not None
    if found:
        with office.store.write() as connection:
            sweep(connection, now)


def _entered_as(connection: Connection, acts: Sequence[str]) -> int:
    """The entry of the first of these acts, by its id; -1 where it is in no entry."""
    first = decode_json(acts[0].encode())["id"]
    found = connection.execute(select(t.act_ids.c.entry).where(t.act_ids.c.act == first)).scalar()
    return -1 if found is None else int(found)


def find(connection: Connection, identity: str, person: str, now: datetime) -> Waiting:
    """One asking, for somebody who is asked; :class:`NotFound` for everybody else.

    Its state is what the register says: entered where its acts are entries, whatever was noted.
    """
    row = connection.execute(select(t.waiting_acts).where(_w.id == identity)).first()
    found = None if row is None else _settled(connection, row, now)
    first = found is not None and found.person not in found.signed and found.state == "waiting"
    if found is None or person not in found.signers or (first and person != found.person):
        raise NotFound(
            "there is no such act here that waits for you", mend="Load the page that it came from."
        )
    return found


def arguments_of(connection: Connection, identity: str) -> Json:
    """What an asking that is not over was made of; empty once it is over."""
    text = connection.execute(select(_w.arguments).where(_w.id == identity)).scalar()
    return dict(json.loads(text)) if text else {}


def _settled(connection: Connection, row: Row[Any], now: datetime) -> Waiting:
    found = _read(row)
    if found.state != "waiting":
        return found
    entry = _entered_as(connection, found.acts)
    if entry >= 0:
        return replace(found, state="entered", entry=entry, signed=found.signers)
    return replace(found, state="expired") if found.ends <= now else found


def waiting_for(connection: Connection, person: str, now: datetime) -> list[Waiting]:
    """What others have signed and this person is asked to sign too, the oldest first."""
    asked = func.json_each(_w.signers).table_valued("value")
    query = select(t.waiting_acts).where(
        _w.state == "waiting",
        _w.person != person,
        _w.ends > clock_text(now),
        select(asked.c.value).where(asked.c.value == person).exists(),
    )
    rows = connection.execute(query.order_by(_w.made)).all()
    return [found for row in rows if (found := _settled(connection, row, now)).asks(person)]


def asked_by(connection: Connection, person: str, now: datetime) -> list[Waiting]:
    """What this person asked for in the last day, the latest first."""
    query = select(t.waiting_acts).where(_w.person == person).order_by(_w.made.desc())
    return [_settled(connection, row, now) for row in connection.execute(query)]


def sign(
    office: Office,
    identity: str,
    person: str,
    roles: frozenset[str],
    assertion: Assertion,
    undertake: Undertake,
) -> Waiting:
    """Take one person's touch; with the last one the acts are entered.

    ``roles`` are those that the person has on. Raises :class:`BadSignature`, :class:`StaleAct` where
    the acts would not be the same any more, have expired or failed, and what the front door refuses.
    """
    with office.store.read() as connection:
        found = find(connection, identity, person, office.clock.now())
        if found.state != "waiting":
            return _over(found)
        _check_roles(found, person, roles)
        signing = _check(connection, found, person, assertion)
    with office.store.write() as connection:
        row = connection.execute(select(t.waiting_acts).where(_w.id == identity)).first()
        if row is None:
            raise StaleAct("the act was left")
        found = _settled(connection, row, office.clock.now())
        if found.state != "waiting":
            return _over(found)
        signatures = json.loads(row.signatures)
        signatures.setdefault(person, _write(signing))
        if set(signatures) != set(found.signers):
            text = json.dumps(signatures)
            connection.execute(update(t.waiting_acts).where(_w.id == identity).values(signatures=text))
            return replace(found, signed=tuple(signatures))
    return _enter(office, row, {name: _signing(found, one) for name, one in signatures.items()}, undertake)


def _over(found: Waiting) -> Waiting:
    """What is entered stays so; what expired or failed cannot be signed any more."""
    if found.state == "entered":
        return found
    if found.state == "expired":
        raise StaleAct("the act was to be signed within fifteen minutes", mend="Ask for it anew.")
    raise StaleAct("the act was refused when it was to be entered", mend="Ask for it anew.")


def _check_roles(found: Waiting, person: str, roles: frozenset[str]) -> None:
    asked = {act["role"] for act in found.read_acts if act["who"] == person}
    if off := sorted(asked - roles):
        raise NotYourRole(
            f"{person} has not the role {off[0]} on any more", mend="Switch the role on: Account, Roles."
        )


def _check(connection: Connection, found: Waiting, person: str, assertion: Assertion) -> Signing:
    """Demand that the touch is that of an admitted passkey of this person, over these acts."""
    credential = b64(assertion.credential)
    rows = [row for row in passkeys_of(connection, person) if row.credential == credential]
    if not rows:
        raise BadSignature(f"that is no admitted passkey of {person}", mend="Take your own passkey.")
    key, touch = rows[0], Touch(assertion=assertion, digests=found.digests)
    act = found.read_acts[0]
    verify_touch(act, touch, key.credential, unb64(key.public), key.rp_id, key.origin)
    return Signing(key_id=key.key_id, touch=touch)


def _enter(office: Office, row: Row[Any], signings: Mapping[str, Signing], undertake: Undertake) -> Waiting:
    """Enter the acts through their front door, and note that, or why it was refused.

    What the disk refuses is tried again with the next touch. Where two touches came at once, the
    one that was late finds the acts entered.
    """
    found = _read(row)
    undertaking = undertake(row.person, row.door, json.loads(row.arguments))
    hand = _in_those_roles(undertaking.hand, found)
    seen = json.loads(row.seen)
    occasion = Occasion(made=found.made, seen=None if seen is None else (seen[0], seen[1]), seed=row.seed)
    try:
        answer = perform(office, occasion, hand, undertaking.beside, undertaking.deed, signings)
        error = None
    except ReftelError as refused:
        answer, error = {"code": refused.code, "sentence": refused.sentence, "mend": refused.mend}, refused
        if refused.fault == "world":
            raise
    with office.store.write() as connection:
        entry = _entered_as(connection, found.acts)
        state = "failed" if entry < 0 else "entered"
        if error is not None and entry >= 0:
            answer = {}
        values = _OVER | {"state": state, "entry": entry, "answer": json.dumps(answer)}
        values["signatures"] = json.dumps({name: {} for name in signings})
        connection.execute(update(t.waiting_acts).where(_w.id == row.id).values(values))
    if error is not None and entry < 0:
        raise error
    return replace(found, state=state, entry=entry, answer=answer, signed=tuple(signings))


def _in_those_roles(hand: Hand, found: Waiting) -> Hand:
    """The hand with just the roles in which the acts were shown, so that they are the same again."""
    roles = frozenset(act["role"] for act in found.read_acts)
    return replace(hand, roles=roles)


def _write(signing: Signing) -> Json:
    given = signing.touch.assertion
    return {
        "key_id": signing.key_id,
        "cred": b64(given.credential),
        "auth": b64(given.authenticator),
        "client": b64(given.client),
        "sig": b64(given.signature),
    }


def _signing(found: Waiting, written: Json) -> Signing:
    assertion = Assertion(
        credential=unb64(written["cred"]),
        authenticator=unb64(written["auth"]),
        client=unb64(written["client"]),
        signature=unb64(written["sig"]),
    )
    return Signing(key_id=written["key_id"], touch=Touch(assertion=assertion, digests=found.digests))


def _read(row: Row[Any]) -> Waiting:
    return Waiting(
        id=row.id,
        door=row.door,
        person=row.person,
        made=clock_read(row.made),
        ends=clock_read(row.ends),
        acts=tuple(json.loads(row.acts)),
        words=tuple(json.loads(row.words)),
        signers=tuple(json.loads(row.signers)),
        signed=tuple(json.loads(row.signatures)),
        state=row.state,
        entry=row.entry,
        answer=json.loads(row.answer),
    )
