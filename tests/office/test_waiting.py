"""Acts that wait for signatures: signed one by one, entered once, and known by the register alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

from reftel.cipher.identity import HybridIdentity
from reftel.cipher.passkey import act_challenge
from reftel.cipher.tokens import code_digest
from reftel.errors import BadSignature, BadValue, DiskFull, NotAllowed, NotFound, NotYourRole, StaleAct
from reftel.office import copies, desk, passkeys, waiting
from reftel.office.audit import audit
from reftel.office.office import Hand, Office
from reftel.office.waiting import Undertaking, Waiting
from reftel.register.entries import Json, b64
from reftel.store import tables as t
from reftel.web.answers import read_assertion
from reftel.web.software_key import SoftwareKey
from reftel.web.visit import write_bytes
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, DRAFTER, KEYLESS, READER, REGISTRY, RELEASER, Post

ORIGIN = "https://office.beijing.example"
ON = frozenset(["releasing officer", "registry clerk", "cipher clerk", "reader", "auditor"])


class Signed:
    """A post whose releaser, registry clerk, reader and cipher clerk have software keys."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.keys = {name: self._enrolled(name) for name in (RELEASER, REGISTRY, READER, CIPHER)}

    def _enrolled(self, person: str) -> SoftwareKey:
        office, key = self.post.office, SoftwareKey.new(ORIGIN)
        identity = HybridIdentity.generate()
        passkeys.invite(office, self.post.hand(ADMIN), person, code_digest(office.origin, person, "C0DE"))
        enrolment = passkeys.Enrolment(
            credential=key.credential,
            public=key.public(),
            rp_id="office.beijing.example",
            origin=ORIGIN,
            wrapped=key.wrap(identity),
        )
        passkeys.enrol(office, person, "C0DE", enrolment, identity.recipient().text())
        passkeys.admit_passkey(office, self.post.hand(ADMIN), b64(key.credential), self.post.hand(AUDITOR))
        return key

    def undertake(self, person: str, door: str, given: Json) -> Undertaking:
        """Two undertakings: a release, and a destruction before witnesses."""

        def deed(office: Office, hand: Hand, beside: Sequence[Hand]) -> Json:
            if door == "release":
                return {"mrn": desk.release(office, hand, given["cable"])}
            copies.destroy(office, hand, given["cable"], [1], beside)
            return {}

        return Undertaking(hand=Hand(who=person), beside=tuple(given.get("witnesses", ())), deed=deed)

    def ask(self, person: str, door: str, **given: Any) -> Waiting:
        """Ask for one of them."""
        undertaking = self.undertake(person, door, given)
        return waiting.ask(
            self.post.office, person, door, given, undertaking, lambda _c, acts: ["x"] * len(acts)
        )

    def release(self) -> Waiting:
        """The release of a new draft, asked for."""
        return self.ask(RELEASER, "release", cable=self.post.draft())

    def destroy(self) -> Waiting:
        """A destruction before two who sign, asked for."""
        return self.ask(REGISTRY, "destroy", cable=self.post.printed(), witnesses=[READER, CIPHER])

    def touch(self, found: Waiting, person: str) -> Any:
        """One person's touch for it."""
        challenge = write_bytes(act_challenge(found.digests))
        asked = {"challenge": challenge, "rpId": "office.beijing.example"}
        return read_assertion(self.keys[person].get(asked)[0])

    def sign(self, found: Waiting, person: str, **more: Any) -> Waiting:
        """Give it."""
        roles = more.get("roles", ON)
        touch = more.get("touch") or self.touch(found, person)
        return waiting.sign(self.post.office, found.id, person, roles, touch, self.undertake)

    def find(self, found: Waiting, person: str) -> Waiting:
        """How it stands."""
        with self.post.read() as connection:
            return waiting.find(connection, found.id, person, self.post.clock.now())


@pytest.fixture
def here(beijing: Post) -> Signed:
    """BEIJING with software keys."""
    return Signed(beijing)


def released(here: Signed) -> int:
    """How many releases there are."""
    return sum(row.kind == "released" for row in here.post.rows(t.acts))


def test_asked_signed_entered(here: Signed) -> None:
    found = here.release()
    assert (found.state, found.signers, found.missing) == ("waiting", (RELEASER,), (RELEASER,))
    done = here.sign(found, RELEASER)
    assert (done.state, done.answer, done.entry) == (
        "entered",
        {"mrn": "2026BEIJING000001"},
        here.post.size() - 1,
    )
    assert here.find(found, RELEASER) == done
    assert audit(here.post.office).clean


def test_whether_it_happened_is_read_from_the_register(here: Signed) -> None:
    """As after a kill between the entry and the note that it was made."""
    found = here.release()
    here.sign(found, RELEASER)
    with here.post.office.store.write() as connection:
        connection.execute(update(t.waiting_acts).values(state="waiting", entry=-1, answer="{}"))
    again = here.find(found, RELEASER)
    assert (again.state, again.entry, again.signed) == ("entered", here.post.size() - 1, (RELEASER,))
    assert here.sign(found, RELEASER).state == "entered"
    assert released(here) == 1
    here.post.pass_time(minutes=20)
    here.release()
    assert {row.state for row in here.post.rows(t.waiting_acts)} == {"entered", "waiting"}


def test_what_the_disk_refuses_waits_for_the_next_touch(here: Signed) -> None:
    found = here.release()
    real = here.undertake

    def full(person: str, door: str, given: Json) -> Undertaking:
        def deed(_office: Office, _hand: Hand, _beside: Sequence[Hand]) -> Json:
            raise DiskFull("no room")

        return Undertaking(hand=real(person, door, given).hand, beside=(), deed=deed)

    with pytest.raises(DiskFull):
        waiting.sign(here.post.office, found.id, RELEASER, ON, here.touch(found, RELEASER), full)
    assert here.find(found, RELEASER).state == "waiting"
    assert here.sign(found, RELEASER).state == "entered"


def test_two_touches_at_once_enter_it_once(here: Signed) -> None:
    found = here.release()
    touches = [here.touch(found, RELEASER) for _ in range(6)]
    told: list[str] = []

    def give(touch: Any) -> None:
        told.append(here.sign(found, RELEASER, touch=touch).state)

    threads = [threading.Thread(target=give, args=(touch,)) for touch in touches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["entered"] * 6
    assert released(here) == 1
    assert audit(here.post.office).clean


def test_two_witnesses_at_once(here: Signed) -> None:
    found = here.destroy()
    here.sign(found, REGISTRY)
    touches = {name: here.touch(found, name) for name in (READER, CIPHER)}
    told: list[str] = []

    def give(name: str) -> None:
        told.append(here.sign(found, name, touch=touches[name]).state)

    threads = [threading.Thread(target=give, args=(name,)) for name in touches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "entered" in told
    assert here.find(found, READER).state == "entered"
    assert {one.person for one in here.post.last().signatures} == {REGISTRY, READER, CIPHER}


def test_witnesses_are_asked_after_who_acts(here: Signed) -> None:
    found = here.destroy()
    assert found.signers == (REGISTRY, READER, CIPHER)
    now = here.post.clock.now()
    for name in (READER, CIPHER, DRAFTER):
        with pytest.raises(NotFound):
            here.find(found, name)
    with pytest.raises(NotFound):
        here.sign(found, READER)
    signed = here.sign(found, REGISTRY)
    assert (signed.state, signed.signed) == ("waiting", (REGISTRY,))
    with here.post.read() as connection:
        assert [one.id for one in waiting.waiting_for(connection, READER, now)] == [found.id]
        assert waiting.waiting_for(connection, REGISTRY, now) == []
        assert waiting.waiting_for(connection, DRAFTER, now) == []
    here.sign(found, READER)
    with here.post.read() as connection:
        assert waiting.waiting_for(connection, READER, now) == []
    assert here.sign(found, CIPHER).state == "entered"
    with here.post.read() as connection:
        assert waiting.waiting_for(connection, CIPHER, now) == []


def test_a_signature_given_again_changes_nothing(here: Signed) -> None:
    found = here.destroy()
    first = here.sign(found, REGISTRY)
    row = here.post.rows(t.waiting_acts)
    assert here.sign(found, REGISTRY) == first
    assert here.post.rows(t.waiting_acts) == row


def test_an_act_is_signed_within_fifteen_minutes(here: Signed) -> None:
    found = here.destroy()
    here.sign(found, REGISTRY)
    here.post.pass_time(minutes=15)
    assert here.find(found, READER).state == "expired"
    with pytest.raises(StaleAct, match="fifteen minutes"):
        here.sign(found, READER)
    with here.post.read() as connection:
        assert waiting.waiting_for(connection, READER, here.post.clock.now()) == []
        (own,) = waiting.asked_by(connection, REGISTRY, here.post.clock.now())
    assert (own.state, own.missing) == ("expired", (READER, CIPHER))


def test_what_was_refused_stays_refused_and_says_why(here: Signed) -> None:
    entry = here.post.draft()
    found = here.ask(RELEASER, "release", cable=entry)
    desk.withdraw(here.post.office, here.post.hand(DRAFTER), entry)
    with pytest.raises(StaleAct, match="something has changed"):
        here.sign(found, RELEASER)
    after = here.find(found, RELEASER)
    assert (after.state, after.answer["code"]) == ("failed", "stale-act")
    with pytest.raises(StaleAct, match="refused"):
        here.sign(found, RELEASER)


def test_the_roles_of_the_act_must_be_on_when_it_is_signed(here: Signed) -> None:
    found = here.release()
    with pytest.raises(NotYourRole):
        here.sign(found, RELEASER, roles=frozenset(["reader"]))
    assert here.sign(found, RELEASER).state == "entered"


def test_only_an_admitted_passkey_of_that_person_signs(here: Signed) -> None:
    found = here.release()
    with pytest.raises(BadSignature):
        here.sign(found, RELEASER, touch=here.touch(found, REGISTRY))
    with here.post.office.store.write() as connection:
        connection.execute(update(t.passkeys).where(t.passkeys.c.person == RELEASER).values(state="revoked"))
    with pytest.raises(BadSignature):
        here.sign(found, RELEASER)
    with pytest.raises(NotAllowed, match="has no passkey"):
        here.release()
    assert released(here) == 0


def test_a_witness_whose_key_is_in_a_file_does_not_sign_here(here: Signed) -> None:
    entry = here.post.printed()
    with pytest.raises(NotAllowed, match="signs at the command line"):
        here.ask(REGISTRY, "destroy", cable=entry, witnesses=[READER, AUDITOR])
    found = here.ask(REGISTRY, "destroy", cable=entry, witnesses=[KEYLESS, READER])
    assert found.signers == (REGISTRY, READER)


def test_so_much_waits_for_others_and_no_more(here: Signed) -> None:
    entry = here.post.printed(30)
    for _ in range(waiting.MAX_WAITING):
        here.sign(here.ask(REGISTRY, "destroy", cable=entry, witnesses=[READER, CIPHER]), REGISTRY)
    with pytest.raises(NotAllowed, match="wait for others"):
        here.ask(REGISTRY, "destroy", cable=entry, witnesses=[READER, CIPHER])
    here.post.pass_time(minutes=16)
    here.ask(REGISTRY, "destroy", cable=entry, witnesses=[READER, CIPHER])


def test_what_no_person_signs_is_done_at_once(here: Signed) -> None:
    done = []

    def deed(office: Office, _hand: Hand, _beside: Sequence[Hand]) -> Json:
        done.append(office.store.rehearsal)
        return {}

    undertaking = Undertaking(hand=Hand(who=READER), beside=(), deed=deed)
    with pytest.raises(BadValue, match="nothing for you to sign"):
        waiting.ask(here.post.office, READER, "x", {}, undertaking, lambda _c, _acts: [])
    assert done == [True, False]
    assert here.post.rows(t.waiting_acts) == []


def test_what_is_over_is_forgotten_though_nobody_asks_for_more(here: Signed) -> None:
    found = here.destroy()
    here.sign(found, REGISTRY)
    waiting.tidy(here.post.office)
    assert [row.state for row in here.post.rows(t.waiting_acts)] == ["waiting"]
    here.post.pass_time(minutes=15)
    waiting.tidy(here.post.office)
    (row,) = here.post.rows(t.waiting_acts)
    assert (row.state, row.arguments, row.signatures) == ("expired", "", f'{{"{REGISTRY}": {{}}}}')
    here.post.pass_time(days=1)
    waiting.tidy(here.post.office)
    assert here.post.rows(t.waiting_acts) == []
