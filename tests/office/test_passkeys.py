"""Passkeys in the register: invited, enrolled, admitted, revoked; and the rules on the way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, update

from reftel.cipher.age import encrypt
from reftel.cipher.identity import HybridIdentity, ScryptRecipient
from reftel.cipher.tokens import code_digest, new_code
from reftel.errors import (
    AgeHeaderError,
    BadInvitation,
    BadValue,
    KeyTextError,
    NotAllowed,
    NotFound,
    NotYourRole,
    Separation,
    SignedOut,
)
from reftel.office import office, passkeys, people, sessions
from reftel.office.audit import audit
from reftel.office.office import Hand
from reftel.office.passkeys import Enrolment
from reftel.register.entries import b64
from reftel.store import tables as t
from reftel.web.software_key import SoftwareKey
from tests.office.scenes import ADMIN, CIPHER, KEYLESS, READER, REGISTRY, Post, decide

ORIGIN = "https://office.beijing.example"
IDENTITY = HybridIdentity.from_seed(bytes(32))
RECIPIENT = IDENTITY.recipient().text()


def enrolment(key: SoftwareKey, **more: Any) -> Enrolment:
    given: dict[str, Any] = {
        "credential": key.credential,
        "public": key.public(),
        "rp_id": "office.beijing.example",
        "origin": ORIGIN,
        "wrapped": key.wrap(IDENTITY),
        "label": "mine",
    }
    return Enrolment(**(given | more))


def invited(post: Post, person: str) -> str:
    code = new_code()
    passkeys.invite(post.office, post.hand(ADMIN), person, code_digest(post.office.origin, person, code))
    return code


def enrolled(post: Post, person: str) -> str:
    key = SoftwareKey.new(ORIGIN)
    passkeys.enrol(post.office, person, invited(post, person), enrolment(key), RECIPIENT)
    return b64(key.credential)


def admitted(post: Post, person: str) -> str:
    credential = enrolled(post, person)
    passkeys.admit_passkey(post.office, post.hand(ADMIN), credential, post.hand(REGISTRY))
    return credential


def state(post: Post, credential: str) -> str:
    with post.read() as connection:
        return str(passkeys.find_passkey(connection, credential).state)


def failures(post: Post) -> list[str]:
    return [finding.sentence for finding in audit(post.office).findings if finding.level == "failure"]


def test_from_the_slip_to_the_revocation_everything_stands_in_the_register(beijing: Post):
    credential = enrolled(beijing, KEYLESS)
    assert state(beijing, credential) == "enrolled"
    passkeys.admit_passkey(beijing.office, beijing.hand(ADMIN), credential, beijing.hand(REGISTRY))
    assert state(beijing, credential) == "admitted"
    (reader,) = beijing.rows(t.readers)
    assert (reader.person, reader.standing, reader.recipient) == (KEYLESS, "admitted", RECIPIENT)
    passkeys.revoke_passkey(beijing.office, beijing.hand(ADMIN), credential, "lost on the train")
    assert state(beijing, credential) == "revoked"
    assert failures(beijing) == []


def test_a_passkey_is_admitted_by_two_who_do_not_bear_it(beijing: Post):
    credential = enrolled(beijing, REGISTRY)
    administrator = beijing.hand(ADMIN)
    for second in (None, administrator, beijing.hand(REGISTRY)):
        with pytest.raises(Separation):
            passkeys.admit_passkey(beijing.office, administrator, credential, second)
    with pytest.raises(NotYourRole):
        passkeys.admit_passkey(beijing.office, beijing.hand(CIPHER), credential, administrator)
    decide(beijing, "two-officers", off=True)
    passkeys.admit_passkey(beijing.office, administrator, credential)
    assert beijing.last().act["waived"] == ["two-officers"]
    with pytest.raises(NotAllowed):
        passkeys.admit_passkey(beijing.office, administrator, credential)
    assert failures(beijing) == []


def test_nobody_is_given_a_key_by_another(beijing: Post):
    """Recorded for somebody without a key, a passkey would sign as theirs, and no officer compared it."""
    others = beijing.hand(KEYLESS, by=READER)
    with pytest.raises(NotAllowed):
        passkeys.add_passkey(beijing.office, others, enrolment(SoftwareKey.new(ORIGIN)))
    file = encrypt(b"x" * 77, [ScryptRecipient("a phrase", 14)])
    with pytest.raises(NotAllowed):
        passkeys.keep_recovery(beijing.office, others, file)
    assert beijing.rows(t.passkeys) == beijing.rows(t.wrapped) == []


def test_nobody_revokes_for_an_administrator_without_a_key(beijing: Post):
    credential = admitted(beijing, CIPHER)
    people.admit(beijing.office, beijing.hand(ADMIN), "Zimin", roles=["administrator"])
    with pytest.raises(NotYourRole):
        passkeys.revoke_passkey(beijing.office, beijing.hand("Zimin", by=READER), credential, "lost")


def test_another_s_passkey_is_revoked_as_administrator(beijing: Post):
    credential = admitted(beijing, CIPHER)
    roles = ["reader", "administrator"]
    decide(beijing, "two-officers", off=True)
    people.admit(beijing.office, beijing.hand(ADMIN), READER, roles=roles, public=beijing.keys[READER].public)
    passkeys.revoke_passkey(beijing.office, beijing.hand(READER), credential, "lost")
    assert beijing.last().act["role"] == "administrator"


def test_a_passkey_does_not_admit_the_reader_s_key_of_another(beijing: Post):
    """The officers compared the first; whoever enrolled after it under the same name gets nothing by that."""
    credential = enrolled(beijing, READER)
    other, key = HybridIdentity.generate(), SoftwareKey.new(ORIGIN)
    new = enrolment(key, wrapped=key.wrap(other))
    passkeys.enrol(beijing.office, READER, invited(beijing, READER), new, other.recipient().text())
    with pytest.raises(NotAllowed):
        passkeys.admit_passkey(beijing.office, beijing.hand(ADMIN), credential, beijing.hand(REGISTRY))
    (reader,) = beijing.rows(t.readers)
    assert reader.standing == "enrolled"


def test_the_audit_finds_what_those_rules_refuse(beijing: Post, monkeypatch: pytest.MonkeyPatch):
    """Somebody with the post's keys could enter it past the rules."""
    monkeypatch.setattr(office, "may_be_recorded", lambda _act: True)
    passkeys.add_passkey(beijing.office, beijing.hand(KEYLESS, by=READER), enrolment(SoftwareKey.new(ORIGIN)))
    (said,) = failures(beijing)
    assert "done in person" in said
    first, key = enrolled(beijing, CIPHER), SoftwareKey.new(ORIGIN)
    other = HybridIdentity.generate()
    new = enrolment(key, wrapped=key.wrap(other))
    passkeys.enrol(beijing.office, CIPHER, invited(beijing, CIPHER), new, other.recipient().text())
    known = SimpleNamespace(fingerprint=IDENTITY.recipient().fingerprint())
    monkeypatch.setattr(passkeys, "_reader", lambda *_: known)
    passkeys.admit_passkey(beijing.office, beijing.hand(ADMIN), first, beijing.hand(REGISTRY))
    assert any("in place of another" in said for said in failures(beijing))


def test_the_audit_holds_an_admission_against_the_enrolment(beijing: Post, monkeypatch: pytest.MonkeyPatch):
    """Nobody signs an enrolment by invitation: one put in its place would bear the officers' signatures."""
    credential = enrolled(beijing, READER)
    with beijing.read() as connection:
        row = passkeys.find_passkey(connection, credential)
    other = SimpleNamespace(**{**row._mapping, "key_id": "0" * 32})
    monkeypatch.setattr(passkeys, "find_passkey", lambda *_: other)
    passkeys.admit_passkey(beijing.office, beijing.hand(ADMIN), credential, beijing.hand(REGISTRY))
    (said,) = failures(beijing)
    assert "was not enrolled so" in said


def test_a_new_invitation_takes_the_place_of_the_one_before(beijing: Post):
    old = invited(beijing, KEYLESS)
    new = invited(beijing, KEYLESS)
    with pytest.raises(BadInvitation):
        passkeys.enrol(beijing.office, KEYLESS, old, enrolment(SoftwareKey.new(ORIGIN)), RECIPIENT)
    passkeys.enrol(beijing.office, KEYLESS, new, enrolment(SoftwareKey.new(ORIGIN)), RECIPIENT)


def test_only_an_administrator_invites_and_only_who_serves(beijing: Post):
    digest = code_digest(beijing.office.origin, KEYLESS, new_code())
    with pytest.raises(NotYourRole):
        passkeys.invite(beijing.office, beijing.hand(CIPHER), KEYLESS, digest)
    with pytest.raises(NotFound):
        passkeys.invite(beijing.office, beijing.hand(ADMIN), "Nobody", digest)
    with pytest.raises(BadValue):
        passkeys.invite(beijing.office, beijing.hand(ADMIN), KEYLESS, digest.upper())


def test_the_same_passkey_is_enrolled_once(beijing: Post):
    key = SoftwareKey.new(ORIGIN)
    passkeys.enrol(beijing.office, KEYLESS, invited(beijing, KEYLESS), enrolment(key), RECIPIENT)
    code = invited(beijing, READER)
    with pytest.raises(NotAllowed):
        passkeys.enrol(beijing.office, READER, code, enrolment(key), RECIPIENT)
    # What was refused has not spent the invitation.
    passkeys.enrol(beijing.office, READER, code, enrolment(SoftwareKey.new(ORIGIN)), RECIPIENT)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"label": "a\nb"}, BadValue),
        ({"label": "a" * 61}, BadValue),
        ({"credential": b"short"}, BadValue),
        ({"credential": b"a" * 1024}, BadValue),
        ({"public": b"no key"}, KeyTextError),
        ({"wrapped": b"no file"}, AgeHeaderError),
    ],
)
def test_an_enrolment_out_of_bounds_leaves_nothing(
    beijing: Post, more: dict[str, Any], error: type[Exception]
):
    code = invited(beijing, KEYLESS)
    size = beijing.size()
    with pytest.raises(error):
        passkeys.enrol(beijing.office, KEYLESS, code, enrolment(SoftwareKey.new(ORIGIN), **more), RECIPIENT)
    assert beijing.size() == size
    assert beijing.rows(t.wrapped) == []


def test_the_number_to_compare_covers_both_keys():
    key = SoftwareKey.new(ORIGIN).public()
    number = passkeys.compared(key, RECIPIENT)
    assert len(number.split()) == 12
    other = HybridIdentity.generate().recipient().text()
    assert len({number, passkeys.compared(key, other), passkeys.compared(key[:-1], RECIPIENT)}) == 3


def test_a_person_has_at_most_ten_passkeys(beijing: Post):
    for _ in range(passkeys.MAX_PASSKEYS):
        passkeys.add_passkey(beijing.office, beijing.hand(READER), enrolment(SoftwareKey.new(ORIGIN)))
    with pytest.raises(NotAllowed):
        passkeys.add_passkey(beijing.office, beijing.hand(READER), enrolment(SoftwareKey.new(ORIGIN)))


def test_one_revokes_ones_own_and_an_administrator_anybodys(beijing: Post):
    mine, other = admitted(beijing, READER), admitted(beijing, CIPHER)
    with pytest.raises(NotYourRole):
        passkeys.revoke_passkey(beijing.office, beijing.hand(READER), other, "lost")
    off = Hand(who=ADMIN, key=beijing.keys[ADMIN], roles=frozenset({"reader"}))
    with pytest.raises(NotYourRole):
        passkeys.revoke_passkey(beijing.office, off, other, "lost")
    with pytest.raises(BadValue):
        passkeys.revoke_passkey(beijing.office, beijing.hand(READER), mine, " ")
    passkeys.revoke_passkey(beijing.office, beijing.hand(READER), mine, "lost")
    with pytest.raises(NotAllowed):
        passkeys.revoke_passkey(beijing.office, beijing.hand(READER), mine, "lost")
    with pytest.raises(NotFound):
        passkeys.revoke_passkey(beijing.office, beijing.hand(READER), "AAAA", "lost")


def test_somebody_who_left_and_a_revoked_passkey_answer_for_nobody(beijing: Post):
    admitted(beijing, READER)
    with beijing.read() as connection:
        assert len(passkeys.known_at(connection, READER, "office.beijing.example")) == 1
        assert passkeys.known_at(connection, READER, "other.example") == []
    people.depart(beijing.office, beijing.hand(ADMIN), READER)
    with beijing.read() as connection:
        assert passkeys.known_at(connection, READER, "office.beijing.example") == []


def test_who_comes_back_brings_no_old_passkey_and_no_old_session(beijing: Post):
    credential = admitted(beijing, READER)
    waiting = enrolled(beijing, READER)
    token = sessions.begin(beijing.office, READER, credential)
    people.depart(beijing.office, beijing.hand(ADMIN), READER)
    people.admit(beijing.office, beijing.hand(ADMIN), READER, roles=["reader"], clearance="SECRET")
    assert {state(beijing, credential), state(beijing, waiting)} == {"revoked"}
    with pytest.raises(SignedOut):
        sessions.find(beijing.office, token)
    assert beijing.rows(t.wrapped) == beijing.rows(t.sessions) == []
    assert failures(beijing) == []


def test_there_is_another_way_to_the_key_or_there_is_none(beijing: Post):
    admitted(beijing, READER)
    with beijing.read() as connection:
        assert not passkeys.is_safe(beijing.office, connection, READER)
    file = encrypt(b"x" * 77, [ScryptRecipient("a phrase", 14)])
    passkeys.keep_recovery(beijing.office, beijing.hand(READER), file)
    with beijing.read() as connection:
        assert passkeys.is_safe(beijing.office, connection, READER)
    with pytest.raises(AgeHeaderError):
        passkeys.keep_recovery(beijing.office, beijing.hand(READER), b"a chosen password")


def test_what_leads_to_an_old_key_is_no_way_to_the_new_one(beijing: Post):
    admitted(beijing, READER)
    file = encrypt(b"x" * 77, [ScryptRecipient("a phrase", 14)])
    passkeys.keep_recovery(beijing.office, beijing.hand(READER), file)
    another = HybridIdentity.generate()
    key = SoftwareKey.new(ORIGIN)
    new = enrolment(key, wrapped=key.wrap(another))
    passkeys.enrol(beijing.office, READER, invited(beijing, READER), new, another.recipient().text())
    passkeys.admit_passkey(beijing.office, beijing.hand(ADMIN), b64(key.credential), beijing.hand(REGISTRY))
    with beijing.read() as connection:
        assert len(passkeys.passkeys_of(connection, READER)) == 2
        assert not passkeys.is_safe(beijing.office, connection, READER)
        assert not passkeys.has_recovery(beijing.office, connection, READER)
    passkeys.keep_recovery(beijing.office, beijing.hand(READER), file)
    with beijing.read() as connection:
        assert passkeys.is_safe(beijing.office, connection, READER)


def test_the_audit_finds_a_wrapped_key_that_was_altered_or_taken(beijing: Post):
    credential = admitted(beijing, READER)
    file = encrypt(b"x" * 77, [ScryptRecipient("a phrase", 14)])
    passkeys.keep_recovery(beijing.office, beijing.hand(READER), file)
    assert failures(beijing) == []
    with beijing.office.store.write() as connection:
        where = t.wrapped.c.credential == credential
        another = SoftwareKey.new(ORIGIN).wrap(IDENTITY)
        connection.execute(update(t.wrapped).where(where).values(file=another))
    assert [sentence for sentence in failures(beijing) if READER in sentence]
    with beijing.office.store.write() as connection:
        connection.execute(delete(t.wrapped))
    assert len(failures(beijing)) == 2


def test_the_audit_names_a_wrapped_key_of_nobody(beijing: Post):
    with beijing.office.store.write() as connection:
        row = {"credential": "AAAA", "person": "Nobody", "file": SoftwareKey.new(ORIGIN).wrap(IDENTITY)}
        connection.execute(t.wrapped.insert(), row)
    assert len(failures(beijing)) == 1
