"""How a person's act becomes a record: whose key, which role, what time, and only once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from reftel.cable.dtg import read_moment
from reftel.cipher.person import PersonKey
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
from reftel.office import copies, desk, people
from reftel.office.office import Hand, accept, find_cable, find_cables, incoming, outgoing, records
from reftel.register.entries import Signed, act_bytes
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    letter,
)


def signed(here, /, who=REGISTRY, key=None, **changed):
    """An act of annotating, made and signed outside the office, ready to be entered."""
    act = {
        "kind": "named",
        "post": here.office.origin,
        "id": "an id",
        "made": "2026-11-22T09:00:00.000Z",
        "who": who,
        "role": "registry clerk",
        "name": "TASS",
        "as": "office",
        "detail": {},
    }
    act |= changed
    key = key or here.keys[act.get("by", who)]
    return act, (Signed(person=act.get("by", who), key_id=key.key_id, signature=key.sign(act_bytes(act))),)


def enter(post, *acts):
    with post.office.register.writing() as writing:
        return writing.append(accept(post.office, writing.connection, acts))


def test_an_act_signed_elsewhere_is_entered_with_its_signature(beijing):
    act, signatures = signed(beijing)
    enter(beijing, (act, signatures))
    assert beijing.last().act == act
    assert beijing.last().signatures == signatures
    assert beijing.last().at == beijing.clock.at


def test_an_act_is_entered_once(beijing):
    enter(beijing, signed(beijing))
    with pytest.raises(StaleAct, match="before"):
        enter(beijing, signed(beijing))
    twice = signed(beijing, id="another")
    with pytest.raises(StaleAct, match="before"):
        enter(beijing, twice, twice)


def test_an_act_for_another_post_is_refused(beijing):
    with pytest.raises(StaleAct, match="another post"):
        enter(beijing, signed(beijing, post="moscow.example"))


@pytest.mark.parametrize(
    ("minutes", "good"), [(-15, False), (-14, True), (14, True), (15, False), (60, False)]
)
def test_an_act_expires_after_a_quarter_of_an_hour(beijing, minutes, good):
    act = signed(beijing)
    beijing.clock.at += timedelta(minutes=minutes)
    if good:
        assert enter(beijing, act)
    else:
        with pytest.raises(StaleAct, match="fifteen"):
            enter(beijing, act)


def test_an_act_signed_for_a_state_that_has_passed_is_refused(beijing):
    entry = beijing.draft()
    act = signed(beijing, kind="withdrawn", on=entry, state="drafted", direction="out")
    desk.release(beijing.office, beijing.hand(RELEASER), entry)
    with pytest.raises(StaleAct, match="was drafted; it is released"):
        enter(beijing, act)


def test_a_signature_with_a_key_that_is_not_admitted_is_refused(beijing):
    with pytest.raises(BadSignature, match="admitted"):
        enter(beijing, signed(beijing, key=PersonKey.generate()))


def test_a_signature_over_another_act_is_refused(beijing):
    act, signatures = signed(beijing)
    with pytest.raises(BadSignature):
        enter(beijing, ({**act, "name": "REUTER"}, signatures))


def test_an_act_signed_by_somebody_else_is_refused(beijing):
    act, _ = signed(beijing)
    key = beijing.keys[READER]
    other = Signed(person=READER, key_id=key.key_id, signature=key.sign(act_bytes(act)))
    with pytest.raises(BadSignature, match=f"not signed by {REGISTRY}"):
        enter(beijing, (act, (other,)))


def test_a_role_that_is_only_claimed_is_refused(beijing):
    with pytest.raises(NotYourRole):
        enter(beijing, signed(beijing, role="administrator"))


def test_a_role_that_is_held_and_does_not_do_such_acts_is_refused(beijing):
    with pytest.raises(NotYourRole, match="a drafter does not"):
        enter(beijing, signed(beijing, who=DRAFTER, role="drafter"))


def test_who_has_left_acts_no_more_and_is_recorded_for_no_more(beijing):
    act = signed(beijing, who=DRAFTER, role="drafter")
    people.depart(beijing.office, beijing.hand(ADMIN), DRAFTER)
    with pytest.raises(NotFound, match="does not serve"):
        enter(beijing, act)
    with pytest.raises(NotFound):
        beijing.draft()
    people.depart(beijing.office, beijing.hand(ADMIN), KEYLESS)
    with pytest.raises(NotFound):
        desk.draft(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), letter())


def test_an_act_without_a_key_is_not_done(beijing):
    with pytest.raises(Locked, match=KEYLESS):
        desk.draft(beijing.office, Hand(who=KEYLESS), letter())
    with pytest.raises(Locked, match=REGISTRY):
        desk.draft(beijing.office, Hand(who=KEYLESS, by=REGISTRY), letter())


def test_who_has_no_key_is_said_to_have_acted(beijing):
    desk.draft(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), letter())
    last = beijing.last()
    assert (last.act["who"], last.act["by"], last.act["role"]) == (KEYLESS, REGISTRY, "drafter")
    assert [s.person for s in last.signatures] == [REGISTRY]


@pytest.mark.parametrize("by", [REGISTRY, DRAFTER])
def test_who_has_a_key_signs_in_person(beijing, by):
    with pytest.raises(BadSignature, match="in person"):
        desk.draft(beijing.office, beijing.hand(DRAFTER, by=by), letter())


def test_who_has_no_key_records_for_nobody(beijing):
    hand = Hand(who=KEYLESS, by=KEYLESS, key=PersonKey.generate())
    with pytest.raises(BadSignature):
        desk.draft(beijing.office, hand, letter())


def test_the_key_must_be_the_signers_own(beijing):
    with pytest.raises(BadSignature):
        desk.draft(beijing.office, Hand(who=DRAFTER, key=beijing.keys[READER]), letter())


def test_the_stated_time_stands_beside_the_registered_one(beijing):
    said = read_moment("0830Z 22 November 2026")
    desk.draft(beijing.office, beijing.hand(DRAFTER, stated=said), letter())
    assert beijing.last().act["stated"] == ["0830Z 22 November 2026", "2026-11-22T08:30Z minute"]
    assert beijing.last().at == beijing.clock.at


@pytest.mark.parametrize(
    "literal", ["0901Z 22 November 2026", "23 November 2026Z 23:00", "1200 24 November 2026"]
)
def test_a_stated_time_that_has_not_come_or_cannot_be_read_is_refused(beijing, literal):
    size = beijing.size()
    with pytest.raises(BadValue):
        desk.draft(beijing.office, beijing.hand(DRAFTER, stated=read_moment(literal)), letter())
    assert beijing.size() == size


def test_a_time_of_today_or_of_an_unknown_zone_may_have_come(beijing):
    for literal in ("22 November 2026", "1500 22 November 2026", "1950"):
        if read_moment(literal).reading is not None:
            desk.draft(beijing.office, beijing.hand(DRAFTER, stated=read_moment(literal)), letter())


def test_an_act_names_the_last_checkpoint_seen(beijing):
    beijing.draft()
    assert "seen" not in beijing.last().act
    size, note = beijing.office.register.checkpoint(beijing.office.keys.signing, datetime.now().astimezone())
    beijing.draft()
    seen, root = beijing.last().act["seen"]
    assert seen == size
    assert note.split("\n")[2].startswith(root)


def test_each_of_many_acts_has_an_id_and_a_signature_of_its_own(beijing):
    with beijing.read() as connection:
        done = records(beijing.office, connection, "named", beijing.hand(REGISTRY), [{"n": 1}, {"n": 2}])
    assert len({r.act["id"] for r in done}) == len({r.signatures for r in done}) == 2


def test_cables_are_found_in_the_order_asked_for(beijing):
    entries = [beijing.draft() for _ in range(3)]
    with beijing.read() as connection:
        rows = find_cables(connection, [entries[2], entries[0]])
        assert [row.cable for row in rows] == [entries[2], entries[0]]
        with pytest.raises(NotFound, match="entry 999"):
            find_cables(connection, [entries[0], 999])
        row = find_cable(connection, entries[0])
    assert outgoing(row) is row
    with pytest.raises(NotAllowed):
        incoming(row)


# Every act, and one who may not do it: (name, act on post and cable, role that it asks for).
ACTS = {
    "draft": lambda o, h, p: desk.draft(o, h, letter()),
    "edit": lambda o, h, p: desk.edit(o, h, p["draft"], letter("Other.")),
    "ask clearance": lambda o, h, p: desk.ask_clearance(o, h, p["draft"], ["Klimov"]),
    "release": lambda o, h, p: desk.release(o, h, p["draft"]),
    "withdraw": lambda o, h, p: desk.withdraw(o, h, p["draft"]),
    "adopt": lambda o, h, p: desk.adopt(
        o, h, p["draft"], desk.Decision(body="Politburo", protocol="84", item="421", title="t", text="x")
    ),
    "enter": lambda o, h, p: desk.enter(o, h, letter()),
    "number": lambda o, h, p: desk.number(o, h, p["paper"], [["file", "1"]]),
    "annotate": lambda o, h, p: desk.annotate(o, h, p["paper"], []),
    "print": lambda o, h, p: desk.print_copies(o, h, p["paper"], 1),
    "verify": lambda o, h, p: desk.verify(o, h, p["paper"]),
    "acknowledge": lambda o, h, p: desk.acknowledge(o, h, p["paper"]),
    "destroy text": lambda o, h, p: desk.destroy_text(o, h, p["draft"], "order"),
    "issue": lambda o, h, p: copies.issue(o, h, p["paper"], [copies.Issue(seq=1, holder=READER)]),
    "take back": lambda o, h, p: copies.take_back(o, h, p["issued"], 1),
    "destroy": lambda o, h, p: copies.destroy(o, h, p["paper"], [1], p["witnesses"]),
    "emergency": lambda o, h, p: copies.emergency_destroy(o, h, Hand(who=KEYLESS)),
    "found": lambda o, h, p: copies.report_found(o, h, p["lost"], 1, "safe"),
    "inventory": lambda o, h, p: copies.take_inventory(o, h, []),
    "admit": lambda o, h, p: people.admit(o, h, "Novikov", roles=["reader"]),
    "depart": lambda o, h, p: people.depart(o, h, READER),
    "rule": lambda o, h, p: people.switch_rule(o, h, "stop-issue", off=True, decision="x"),
    "hand over": lambda o, h, p: people.hand_over(o, h, READER, "quiet"),
    "name": lambda o, h, p: people.name_authority(o, h, "TASS", "office", {}),
    "rotate": lambda o, h, p: people.rotate(o, h),
}
_OF = {
    "drafter": "draft,edit,ask clearance,withdraw,acknowledge",
    "releasing officer": "release,adopt,acknowledge",
    "registry clerk": (
        "adopt,enter,number,annotate,print,verify,acknowledge,issue,destroy,emergency,inventory,"
        "take back,found,hand over,name"
    ),
    "cipher clerk": "number,print,verify,acknowledge,issue,destroy,emergency,found,take back,hand over",
    "clearing officer": "acknowledge",
    "reader": "verify,acknowledge",
    "auditor": "annotate,inventory",
    "administrator": "destroy text,emergency,admit,depart,rule,name,rotate",
}
_WHO = {
    "drafter": DRAFTER,
    "releasing officer": RELEASER,
    "registry clerk": REGISTRY,
    "cipher clerk": "Fedyaev",
    "clearing officer": "Karpova",
    "reader": READER,
    "auditor": AUDITOR,
    "administrator": ADMIN,
}


@pytest.fixture
def at_work(beijing):
    """A post with a draft, a printed sheet, and copies issued and lost."""
    found = {"draft": beijing.draft(), "paper": beijing.printed(1)}
    found["issued"], found["lost"] = beijing.printed(1), beijing.printed(1)
    issues = [copies.Issue(seq=1, holder=READER)]
    copies.issue(beijing.office, beijing.hand(REGISTRY), found["issued"], issues)
    copies.report_lost(beijing.office, beijing.hand(REGISTRY), found["lost"], 1, "fire")
    found["witnesses"] = [beijing.hand(KEYLESS), beijing.hand("Klimov")]
    people.switch_rule(beijing.office, beijing.hand(ADMIN), "printer-verifier", off=True, decision="Order 4")
    return beijing, found


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_done_by_those_whose_role_it_is_and_by_nobody_else(at_work, name):
    post, found = at_work
    able = [role for role, acts in _OF.items() if name in acts.split(",")]
    assert able
    size = post.size()
    for role, who in _WHO.items():
        if role not in able:
            # Who drafted is refused as such before anybody asks for the role.
            with pytest.raises((NotYourRole, Separation) if name == "release" else NotYourRole):
                ACTS[name](post.office, post.hand(who), found)
    assert post.size() == size
    ACTS[name](post.office, post.hand(_WHO[able[0]]), found)
    assert post.size() > size
    with post.read() as connection:
        kind = connection.execute(select(t.acts.c.who).order_by(t.acts.c.entry.desc()).limit(1)).scalar()
    assert kind == _WHO[able[0]]
