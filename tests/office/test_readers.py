"""Readers of other posts: vouched for by a card that their post signs, confirmed by whoever compared."""

from __future__ import annotations

import json

import pytest

from reftel.cipher.identity import HybridIdentity
from reftel.errors import CardError, NotFound, NotYourRole, UnknownPost
from reftel.office import readers
from reftel.office.audit import audit
from reftel.office.office import record
from reftel.store import tables as t
from tests.office.readers import enrol
from tests.office.scenes import DRAFTER, KEYLESS, READER, REGISTRY, RELEASER


def known(post):
    return [(r.origin, r.person, r.fingerprint, r.standing) for r in post.rows(t.readers)]


def confirm(post, fingerprint, who=RELEASER):
    return readers.confirm_reader(post.office, post.hand(who), "moscow.example", READER, fingerprint)


def test_a_peer_vouches_for_its_reader_and_an_officer_confirms_the_key(beijing, moscow):
    fingerprint = enrol(moscow, READER).recipient().fingerprint()
    text = readers.reader_card(moscow.office, READER)
    card = readers.know_reader(beijing.office, beijing.hand(REGISTRY), text)
    assert (card.origin, card.person, card.fingerprint) == ("moscow.example", READER, fingerprint)
    assert known(beijing) == [("moscow.example", READER, fingerprint, "vouched")]
    assert beijing.last().act["card"] == text
    with pytest.raises(CardError, match="another fingerprint"):
        confirm(beijing, "0" * 64)
    confirm(beijing, readers.in_groups(fingerprint).upper())
    assert known(beijing) == [("moscow.example", READER, fingerprint, "confirmed")]
    assert audit(beijing.office).clean
    assert audit(moscow.office).clean


def test_the_same_key_again_changes_nothing_and_another_drops_the_confirmation(beijing, moscow):
    first = enrol(moscow, READER).recipient().fingerprint()
    old = readers.reader_card(moscow.office, READER)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), old)
    confirm(beijing, first)
    size = beijing.size()
    moscow.pass_time(hours=1)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), readers.reader_card(moscow.office, READER))
    confirm(beijing, first)
    assert (beijing.size(), known(beijing)[0][3]) == (size, "confirmed")
    second = enrol(moscow, READER).recipient().fingerprint()
    moscow.pass_time(hours=1)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), readers.reader_card(moscow.office, READER))
    assert known(beijing) == [("moscow.example", READER, second, "vouched")]
    with pytest.raises(CardError, match="older than the one known"):
        readers.know_reader(beijing.office, beijing.hand(REGISTRY), old)
    with pytest.raises(CardError, match="another fingerprint"):
        confirm(beijing, first)


def test_a_card_is_taken_only_as_its_known_post_signed_it(beijing, moscow):
    enrol(moscow, READER)
    text = readers.reader_card(moscow.office, READER)
    value = json.loads(text)
    other = HybridIdentity.generate().recipient()
    forged = value["reader"] | {"recipient": other.text(), "fingerprint": other.fingerprint()}

    def written(**parts):
        return json.dumps(value | parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"

    for wrong in (
        written(reader=forged),
        written(reader=value["reader"] | {"person": "Another"}),
        written(reader=value["reader"] | {"fingerprint": "0" * 64}),
        written(reader=value["reader"] | {"v": 2}),
        written(reader=value["reader"] | {"issued": "yesterday"}),
        written(reader=value["reader"] | {"person": "x" * 81}),
        written(reader=value["reader"] | {"person": 7}),
        written(reader=[]),
        written(more=1),
        text.replace('"', "'"),
        "x" * 20_000,
        "",
    ):
        with pytest.raises(CardError):
            readers.know_reader(beijing.office, beijing.hand(REGISTRY), wrong)
    stranger = value["reader"] | {"origin": "elsewhere.example"}
    with pytest.raises(UnknownPost):
        readers.know_reader(beijing.office, beijing.hand(REGISTRY), written(reader=stranger))
    with pytest.raises(UnknownPost):
        readers.know_reader(moscow.office, moscow.hand(REGISTRY), text)
    assert known(beijing) == []


def test_no_card_of_somebody_without_a_key(moscow):
    for who in (KEYLESS, READER, "Nobody"):
        with pytest.raises(NotFound):
            readers.reader_card(moscow.office, who)


def test_nothing_is_confirmed_that_is_not_known_nor_by_whose_office_it_is_not(beijing, moscow):
    with pytest.raises(NotFound, match="no key of the reader"):
        confirm(beijing, "0" * 64)
    enrol(moscow, READER)
    text = readers.reader_card(moscow.office, READER)
    with pytest.raises(NotYourRole):
        readers.know_reader(beijing.office, beijing.hand(DRAFTER), text)
    own = known(moscow)[0]
    with pytest.raises(NotFound):
        readers.confirm_reader(moscow.office, moscow.hand(RELEASER), "moscow.example", READER, own[2])


def test_the_list_of_readers(beijing, moscow):
    enrol(moscow, READER)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), readers.reader_card(moscow.office, READER))
    enrol(beijing, DRAFTER)
    with beijing.read() as connection:
        everybody = readers.readers_list(connection)
        theirs = readers.readers_list(connection, "moscow.example")
    assert [(r["person"], r["standing"]) for r in everybody] == [(DRAFTER, "admitted"), (READER, "vouched")]
    assert theirs == everybody[1:]


def test_the_audit_finds_a_reader_who_was_known_by_no_signed_card_or_another(beijing, moscow):
    enrol(moscow, READER)
    text = readers.reader_card(moscow.office, READER)
    card = readers.read_reader_card(text)
    value = json.loads(text)
    key = HybridIdentity.generate().recipient()
    forged = value["reader"] | {"recipient": key.text(), "fingerprint": key.fingerprint()}
    unsigned = json.dumps(value | {"reader": forged}, sort_keys=True, separators=(",", ":")) + "\n"
    fields = {name: getattr(card, name) for name in ("origin", "person", "recipient", "fingerprint")}
    enter(beijing, "reader known", {**fields, "card": unsigned})
    enter(beijing, "reader known", {**fields, "fingerprint": key.fingerprint(), "card": text})
    enter(beijing, "reader confirmed", {**fields, "recipient": key.text()})
    found = [f.sentence for f in audit(beijing.office).findings if f.level == "failure"]
    assert [sentence.partition(" ")[2].partition(" ")[2] for sentence in found] == [
        "holds a reader card that moscow.example did not sign",
        f"knows {READER} by another key than the card has",
        f"confirms a key of {READER} that was not known then",
    ]


def enter(post, kind, body):
    with post.office.register.writing() as writing:
        writing.append([record(post.office, writing.connection, kind, post.hand(RELEASER), body)])
