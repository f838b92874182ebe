"""The post, its people and its peers: admission, departure, rules, cards and opening keys."""

import pytest
from sqlalchemy import select

from reftel.cipher.person import PersonKey
from reftel.errors import BadSignature, BadValue, CardError, NotAllowed, NotFound, NotYourRole, Separation
from reftel.office import arrivals, channels, copies, desk, people
from reftel.office.cards import MAX_EPOCHS, open_card
from reftel.office.office import Hand
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    DRAFTER,
    KEYLESS,
    NOW,
    READER,
    REGISTRY,
    RELEASER,
    card_of,
    carry,
    decide,
    letter,
)


def admit(post, person="Novikov", key=None, by=ADMIN, **more):
    given = {"roles": ["reader"]} | more
    if key is not None:
        given |= {"public": key.public}
    given["second"] = post.hand(more["second"]) if more.get("second") else None
    people.admit(post.office, post.hand(by), person, **given)


def person(post, name):
    return next(row for row in post.rows(t.people) if row.name == name)


def test_the_founder_is_admitted_alone_and_only_first(beijing):
    with beijing.read() as connection:
        first = connection.execute(
            select(t.acts.c.entry).where(t.acts.c.kind == "person admitted").order_by(t.acts.c.entry)
        ).scalars()
        assert next(first) == person(beijing, ADMIN).entry
    with pytest.raises(NotAllowed):
        people.found(beijing.office, "Usurper", PersonKey.generate())


def test_somebody_without_a_key_is_admitted_by_an_administrator(beijing):
    admit(beijing, roles=["reader", "auditor"], clearance="secret", captions=["NODIS"])
    row = person(beijing, "Novikov")
    assert (row.roles, row.clearance, row.captions) == ("reader,auditor", "SECRET", "NODIS")
    assert (row.person_key, row.standing) == ("", "serving")


@pytest.mark.parametrize(
    "given",
    [
        {"roles": []},
        {"roles": ["reader", "spy"]},
        {"person": " "},
        {"person": "x" * 81},
        {"person": "a\nb"},
        {"clearance": "COSMIC"},
    ],
)
def test_a_person_who_cannot_be_entered_is_refused(beijing, given):
    with pytest.raises(BadValue):
        admit(beijing, **given)


@pytest.mark.parametrize(("second", "names"), [("", ()), (ADMIN, ()), ("Novikov", ())])
def test_a_key_is_admitted_by_two_officers_neither_of_them_its_bearer(beijing, second, names):
    admit(beijing)
    key = PersonKey.generate()
    with pytest.raises(Separation):
        admit(beijing, key=key, second=second)
    decide(beijing, "two-officers", off=True)
    admit(beijing, key=key, second=second)
    assert beijing.last().act["waived"] == ["two-officers"]
    assert "officers" not in beijing.last().act


def test_the_two_officers_stand_in_the_record(beijing):
    key = PersonKey.generate()
    admit(beijing, key=key, second=AUDITOR)
    act = beijing.last().act
    assert act["officers"] == [ADMIN, AUDITOR]
    assert "waived" not in act
    assert "replaces" not in act
    assert person(beijing, "Novikov").key_id == key.key_id
    with pytest.raises(NotFound):
        admit(beijing, key=PersonKey.generate(), second="Nobody")


def test_what_is_no_key_is_refused(beijing):
    with pytest.raises(BadValue):
        people.admit(
            beijing.office,
            beijing.hand(ADMIN),
            "Novikov",
            roles=["reader"],
            public=bytes(31),
            second=beijing.hand(AUDITOR),
        )


def test_the_second_officer_signs_too(beijing):
    key = PersonKey.generate()
    admit(beijing, key=key, second=AUDITOR)
    assert [signed.person for signed in beijing.last().signatures] == [ADMIN, AUDITOR]
    with pytest.raises(BadSignature):
        people.admit(
            beijing.office,
            beijing.hand(ADMIN),
            "Petrov",
            roles=["reader"],
            public=key.public,
            second=Hand(who=AUDITOR),
        )


def test_a_change_of_roles_does_not_take_the_key_away(beijing):
    before = person(beijing, DRAFTER)
    admit(beijing, DRAFTER, roles=["drafter", "reader"])
    after = person(beijing, DRAFTER)
    assert (after.person_key, after.key_id) == (before.person_key, before.key_id)
    assert "replaces" not in beijing.last().act
    beijing.draft()


def test_a_key_that_replaces_another_is_marked_so_and_the_old_one_is_void(beijing):
    old, new = beijing.keys[DRAFTER], PersonKey.generate()
    admit(beijing, DRAFTER, new, roles=["drafter"], second=AUDITOR)
    assert beijing.last().act["replaces"] == old.key_id
    with pytest.raises(Exception, match="admitted"):
        beijing.draft()
    beijing.keys[DRAFTER] = new
    beijing.draft()


def test_who_comes_back_is_admitted_with_a_key_anew(beijing):
    people.depart(beijing.office, beijing.hand(ADMIN), DRAFTER)
    with pytest.raises(NotFound):
        people.depart(beijing.office, beijing.hand(ADMIN), DRAFTER)
    with pytest.raises(Separation):
        admit(beijing, DRAFTER, beijing.keys[DRAFTER], roles=["drafter"])
    admit(beijing, DRAFTER, roles=["drafter"])
    assert person(beijing, DRAFTER).person_key == ""


def test_who_leaves_is_asked_for_the_copies_still_held(beijing):
    entry = beijing.printed(2)
    issues = [copies.Issue(seq=n, holder=READER) for n in (1, 2)]
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, issues)
    copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, 1)
    held = people.depart(beijing.office, beijing.hand(ADMIN), READER)
    assert [(copy.cable, copy.seq) for copy in held] == [(entry, 2)]
    with pytest.raises(NotFound):
        copies.issue(beijing.office, beijing.hand(REGISTRY), entry, issues[:1])
    copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, 2)


def test_the_last_administrator_stays(beijing):
    with pytest.raises(NotAllowed, match="last"):
        people.depart(beijing.office, beijing.hand(ADMIN), ADMIN)
    with pytest.raises(NotAllowed, match="last"):
        admit(beijing, ADMIN, roles=["reader"])
    admit(beijing, KEYLESS, roles=["administrator"])
    with pytest.raises(NotAllowed, match="last"):
        people.depart(beijing.office, beijing.hand(ADMIN), ADMIN)
    admit(beijing, AUDITOR, roles=["administrator"])
    people.depart(beijing.office, beijing.hand(ADMIN), ADMIN)
    admit(beijing, by=AUDITOR)


def test_everybody_ever_admitted_is_listed(beijing):
    people.depart(beijing.office, beijing.hand(ADMIN), READER)
    with beijing.read() as connection:
        listed = {row.name: row.standing for row in people.people(connection)}
    assert listed[READER] == "departed"
    assert listed[ADMIN] == "serving"


def test_a_rule_is_switched_by_a_decision_and_shows_where_it_was_waived(beijing):
    with pytest.raises(BadValue, match="no rule"):
        decide(beijing, "breakfast", off=True)
    with pytest.raises(BadValue, match="decision"):
        people.switch_rule(beijing.office, beijing.hand(ADMIN), "stop-issue", off=True, decision=" ")
    admit(beijing, RELEASER, roles=["drafter", "releasing officer"])
    entry = desk.draft(beijing.office, beijing.hand(RELEASER), letter())
    with pytest.raises(Separation, match=RELEASER):
        desk.release(beijing.office, beijing.hand(RELEASER), entry)
    decide(beijing, "drafter-releaser", off=True)
    desk.release(beijing.office, beijing.hand(RELEASER), entry)
    assert beijing.last().act["waived"] == ["drafter-releaser"]
    entry = desk.draft(beijing.office, beijing.hand(RELEASER), letter())
    decide(beijing, "drafter-releaser", off=False)
    with pytest.raises(Separation):
        desk.release(beijing.office, beijing.hand(RELEASER), entry)


def test_a_shift_is_handed_over_with_what_is_open(beijing):
    entry = beijing.release()
    desk.enter(beijing.office, beijing.hand(REGISTRY), letter())
    people.hand_over(beijing.office, beijing.hand(CIPHER), READER, "Quiet night.")
    act = beijing.last().act
    assert (act["to"], act["undispatched"], act["undeciphered"], act["open_tasks"]) == (READER, 1, 0, 0)
    assert beijing.cable(entry).state == "released"
    with pytest.raises(NotFound):
        people.hand_over(beijing.office, beijing.hand(CIPHER), "Nobody", "")


def test_a_name_stands_in_the_authority_list(beijing):
    people.name_authority(beijing.office, beijing.hand(REGISTRY), "GROMYKO", "person", {"as": ["А. Громыко"]})
    (row,) = beijing.rows(t.authorities)
    assert (row.kind, row.detail) == ("person", '{"as":["А. Громыко"]}')
    with pytest.raises(BadValue):
        people.name_authority(beijing.office, beijing.hand(REGISTRY), "X", "person", {"born": None})


# Posts know each other.


def test_a_card_is_admitted_by_its_fingerprint_only(templates, beijing, tmp_path):
    office = people.open_new_post(
        tmp_path / "new", "kaesong.example", "KAESONG", "six words drawn by dice", beijing.clock
    )
    with office.store.read() as connection:
        text = people.own_card(connection, office)
    office.close()
    fingerprint = open_card(text).fingerprint
    wrong = open_card(card_of(beijing)).fingerprint
    with pytest.raises(CardError, match="another fingerprint"):
        people.know(beijing.office, beijing.hand(ADMIN), text, wrong)
    with pytest.raises(CardError):
        people.know(beijing.office, beijing.hand(ADMIN), text, "")
    spoken = "  ".join(fingerprint)
    assert people.know(beijing.office, beijing.hand(ADMIN), text, spoken).name == "KAESONG"
    assert beijing.last().act["compared"] is True
    with pytest.raises(NotYourRole):
        people.know(beijing.office, beijing.hand(REGISTRY), text, fingerprint)


def test_ones_own_card_is_not_a_peers(beijing):
    text = card_of(beijing)
    with pytest.raises(CardError, match="own card"):
        people.know(beijing.office, beijing.hand(ADMIN), text, open_card(text).fingerprint)


def test_a_later_card_needs_no_fingerprint_and_an_earlier_one_is_refused(beijing, moscow):
    old = card_of(moscow)
    people.rotate(moscow.office, moscow.hand(ADMIN))
    new = card_of(moscow)
    people.know(beijing.office, beijing.hand(ADMIN), new, "")
    assert beijing.last().act["compared"] is False
    people.know(beijing.office, beijing.hand(ADMIN), new, "")
    with pytest.raises(CardError, match="older"):
        people.know(beijing.office, beijing.hand(ADMIN), old, "")


# Opening keys.


def test_the_next_opening_key_follows_the_latest(beijing):
    before = open_card(card_of(beijing))
    epoch = people.rotate(beijing.office, beijing.hand(ADMIN))
    after = open_card(card_of(beijing))
    assert epoch.starts == before.epochs[-1].starts + people.EPOCH_LIFE
    assert after.epochs == (*before.epochs, epoch)
    assert (after.serial, after.fingerprint) == (before.serial + 1, before.fingerprint)
    assert epoch.epoch in beijing.office.keys.epochs()
    assert {row.state for row in beijing.rows(t.epochs)} == {"open"}


def test_a_card_never_names_more_keys_than_it_may(beijing):
    for _ in range(MAX_EPOCHS - 2):
        people.rotate(beijing.office, beijing.hand(ADMIN))
    seeds = set(beijing.office.keys.epochs())
    with pytest.raises(NotAllowed, match="8 opening keys"):
        people.rotate(beijing.office, beijing.hand(ADMIN))
    assert set(beijing.office.keys.epochs()) == seeds
    assert len(open_card(card_of(beijing)).epochs) == MAX_EPOCHS


def test_keys_past_their_time_are_retired_and_then_destroyed(beijing):
    first, second = (epoch.epoch for epoch in open_card(card_of(beijing)).epochs)
    beijing.pass_time(days=61)
    people.rotate(beijing.office, beijing.hand(ADMIN))
    states = {row.epoch: row.state for row in beijing.rows(t.epochs)}
    assert (states[first], states[second]) == ("retired", "open")
    assert first not in {epoch.epoch for epoch in open_card(card_of(beijing)).epochs}
    people.destroy_seed(beijing.office, beijing.hand(ADMIN), first)
    assert next(r.state for r in beijing.rows(t.epochs) if r.epoch == first) == "destroyed"
    assert first not in beijing.office.keys.epochs()
    size = beijing.size()
    people.destroy_seed(beijing.office, beijing.hand(ADMIN), first)
    assert beijing.size() == size, "done again it only makes sure of the file"


def test_a_post_that_slept_for_a_year_takes_a_key_for_today(beijing):
    beijing.pass_time(days=365)
    epoch = people.rotate(beijing.office, beijing.hand(ADMIN))
    assert epoch.starts == beijing.clock.at.date()
    assert open_card(card_of(beijing)).epochs == (epoch,)


def test_a_seed_stays_through_its_grace_period(beijing):
    first = open_card(card_of(beijing)).epochs[0]
    assert first.ends == NOW.date() + people.EPOCH_LIFE + people.EPOCH_GRACE
    beijing.pass_time(days=60)
    with pytest.raises(NotAllowed, match="may still come"):
        people.destroy_seed(beijing.office, beijing.hand(ADMIN), first.epoch)
    with pytest.raises(NotFound):
        people.destroy_seed(beijing.office, beijing.hand(ADMIN), "1951-07-10")
    beijing.pass_time(days=1)
    people.destroy_seed(beijing.office, beijing.hand(ADMIN), first.epoch)


def test_a_seed_stays_while_something_waits_or_a_bag_is_missing(beijing, moscow, stick):
    courier = channels_courier(stick)
    beijing.release()
    channels.dispatch(beijing.office, courier, "moscow.example")
    (lost,) = courier.collect()
    courier.remove(lost.bag)
    beijing.release()
    channels.dispatch(beijing.office, courier, "moscow.example")
    (came,) = courier.collect()
    assert arrivals.receive(moscow.office, came).news == "arrived"
    first = open_card(card_of(moscow)).epochs[0].epoch
    moscow.pass_time(days=61)
    with pytest.raises(NotAllowed, match="wait to be deciphered"):
        people.destroy_seed(moscow.office, moscow.hand(ADMIN), first)
    arrivals.decipher(moscow.office, moscow.hand(CIPHER))
    with pytest.raises(NotAllowed, match=r"missing.*beijing.example 1"):
        people.destroy_seed(moscow.office, moscow.hand(ADMIN), first)
    with moscow.read() as connection:
        assert people.missing_bags(connection) == [("beijing.example", 1)]
    arrivals.receive(moscow.office, lost)
    arrivals.decipher(moscow.office, moscow.hand(CIPHER))
    people.destroy_seed(moscow.office, moscow.hand(ADMIN), first)


def test_a_gap_is_closed_by_a_reason_and_the_bag_is_still_welcome(beijing, moscow, stick):
    courier = channels_courier(stick)
    for _ in range(2):
        beijing.release()
        channels.dispatch(beijing.office, courier, "moscow.example")
    bags = {bag.bag: bag for bag in courier.collect()}
    serials = {row.serial: row.bag for row in beijing.rows(t.bags)}
    lost, came = bags[serials[1]], bags[serials[2]]
    assert arrivals.receive(moscow.office, came).news == "arrived"
    clerk = moscow.hand(CIPHER)
    with pytest.raises(NotFound):
        people.close_gap(moscow.office, clerk, "beijing.example", 2, "It came")
    with pytest.raises(BadValue):
        people.close_gap(moscow.office, clerk, "beijing.example", 1, " ")
    people.close_gap(moscow.office, clerk, "beijing.example", 1, "Its cable came again")
    with moscow.read() as connection:
        assert people.missing_bags(connection) == []
    assert arrivals.receive(moscow.office, lost).news == "arrived"


def channels_courier(stick):
    from reftel.house import courier  # noqa: PLC0415 - the house alone picks a bearer

    return courier(stick)


def test_a_bag_that_was_passed_over_is_on_the_senders_list(beijing, moscow, stick):
    courier = channels_courier(stick)
    beijing.release()
    channels.dispatch(beijing.office, courier, "moscow.example")
    (lost,) = courier.collect()
    courier.remove(lost.bag)
    beijing.release()
    carry(beijing, moscow, stick)
    with beijing.read() as connection:
        assert people.unreceipted_bags(connection) == []
    channels.dispatch(moscow.office, courier, "beijing.example")
    for bag in courier.collect():
        arrivals.receive(beijing.office, bag)
    with beijing.read() as connection:
        assert people.unreceipted_bags(connection) == [("moscow.example", 1)]


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("KAESONG", "KAESONG"),
        ("kaesong.example", "Kaesong"),
        ("kaesong.example", "KAESONG2"),
        ("kaesong.example", "K-"),
        ("kaesong..example", "KAESONG"),
    ],
)
def test_a_post_has_an_origin_and_a_name_that_can_number_cables(tmp_path, beijing, origin, name):
    with pytest.raises(CardError):
        people.open_new_post(tmp_path / "new", origin, name, "six words drawn by dice", beijing.clock)
    assert not (tmp_path / "new").exists()
