"""Who sees how much of a cable: by role, by copy, by clearance; and nothing beyond."""

import pytest

from reftel.errors import NotFound
from reftel.office import copies, desk, people
from reftel.office.copies import Issue
from reftel.office.roles import ROLES
from reftel.office.sight import Sight, may_read, see, seen_of, sight
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    STAFF,
    carry,
    letter,
)

NOTHING, OUTSIDE, SLIP, TEXT = Sight.NOTHING, Sight.OUTSIDE, Sight.SLIP, Sight.TEXT


def looks(post, entry, roles=None):
    """What each of the staff sees, with all their roles on."""
    with post.read() as connection:
        return {who: sight(connection, who, roles or set(held), entry) for who, (held, _, _) in STAFF.items()}


def admit(post, who, *roles, clearance="SECRET", captions=()):
    people.switch_rule(post.office, post.hand(ADMIN), "two-officers", off=True, decision="Order 4")
    people.admit(post.office, post.hand(ADMIN), who, roles=roles, clearance=clearance, captions=captions)


def test_a_draft_is_read_by_its_drafter_those_who_clear_and_release_it_and_the_registry(beijing):
    entry = beijing.draft(clearing=[CLEARING])
    assert looks(beijing, entry) == {
        ADMIN: OUTSIDE,
        DRAFTER: TEXT,
        RELEASER: TEXT,
        CIPHER: OUTSIDE,
        REGISTRY: TEXT,
        CLEARING: TEXT,
        CLEARING_TOO: NOTHING,
        READER: NOTHING,
        AUDITOR: OUTSIDE,
        KEYLESS: TEXT,  # a registry clerk too
    }


def test_another_drafter_sees_nothing_of_a_draft_until_he_edits_it(beijing):
    admit(beijing, "Second", "drafter")
    entry = beijing.draft()
    with beijing.read() as connection:
        assert sight(connection, "Second", {"drafter"}, entry) is NOTHING
    beijing.keys["Second"] = beijing.keys[DRAFTER]
    desk.edit(beijing.office, beijing.hand("Second", by=DRAFTER), entry, letter("Other."))
    with beijing.read() as connection:
        assert sight(connection, "Second", {"drafter"}, entry) is TEXT
        assert sight(connection, "Second", set(), entry) is NOTHING


def test_what_came_is_read_by_clerks_and_by_readers_through_their_copy_alone(beijing, moscow, stick):
    beijing.release()
    (entry,) = carry(beijing, moscow, stick)
    seen = looks(moscow, entry)
    assert (seen[CIPHER], seen[REGISTRY]) == (TEXT, TEXT)
    assert {seen[who] for who in (READER, DRAFTER, CLEARING)} == {NOTHING}
    assert {seen[who] for who in (ADMIN, AUDITOR, RELEASER)} == {OUTSIDE}
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    issued = [Issue(seq=1, holder=READER)]
    copies.issue(moscow.office, moscow.hand(CIPHER), entry, issued)
    assert looks(moscow, entry)[READER] is SLIP
    with moscow.read() as connection:
        assert not may_read(connection, READER, {"reader"}, entry)
        assert may_read(connection, CIPHER, {"cipher clerk"}, entry)
    copies.take_back(moscow.office, moscow.hand(CIPHER), entry, 1)
    assert looks(moscow, entry)[READER] is NOTHING


def test_a_role_that_is_off_shows_nothing(beijing):
    entry = beijing.release()
    with beijing.read() as connection:
        for who in STAFF:
            assert sight(connection, who, set(), entry) is NOTHING


@pytest.mark.parametrize("marking", [{"classification": "TOP SECRET"}, {"captions": ("NODIS",)}])
def test_who_is_not_cleared_sees_no_text_by_any_role(beijing, marking):
    admit(beijing, "Low", *ROLES, clearance="SECRET")
    entry = beijing.printed(cable=letter(**marking))
    drafted = beijing.draft(letter(**marking), clearing=[CLEARING])
    with beijing.read() as connection:
        assert sight(connection, "Low", set(ROLES), entry) is OUTSIDE
        assert sight(connection, "Low", {"reader"}, entry) is NOTHING
        assert sight(connection, CLEARING, {"clearing officer"}, drafted) is OUTSIDE
        assert sight(connection, DRAFTER, {"drafter"}, drafted) is OUTSIDE


def test_a_holder_whose_clearance_was_lowered_sees_the_outside_of_what_he_holds(beijing):
    entry = beijing.printed()
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    assert looks(beijing, entry)[READER] is SLIP
    key = beijing.keys[READER]
    people.switch_rule(beijing.office, beijing.hand(ADMIN), "two-officers", off=True, decision="Order 4")
    people.admit(
        beijing.office,
        beijing.hand(ADMIN),
        READER,
        roles=("reader",),
        clearance="RESTRICTED",
        captions=(),
        public=key.public,
    )
    assert looks(beijing, entry)[READER] is OUTSIDE


def test_a_copy_that_was_passed_on_is_seen_by_its_new_holder_alone(beijing):
    entry = beijing.printed()
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, CLEARING)
    seen = looks(beijing, entry)
    assert (seen[READER], seen[CLEARING]) == (NOTHING, SLIP)


def test_strangers_and_those_who_left_see_nothing(beijing):
    entry = beijing.printed()
    admit(beijing, "Gone", *ROLES)
    people.depart(beijing.office, beijing.hand(ADMIN), "Gone")
    with beijing.read() as connection:
        assert sight(connection, "Gone", set(ROLES), entry) is NOTHING
        assert sight(connection, "Nobody", set(ROLES), entry) is NOTHING


def test_what_is_not_ones_own_answers_as_what_is_not_there(beijing):
    entry = beijing.draft()
    with beijing.read() as connection:
        said = []
        for cable in (entry, 9999, 0, -1):
            with pytest.raises(NotFound) as refused:
                see(connection, READER, {"reader"}, cable)
            said.append(str(refused.value))
        assert len(set(said)) == 1
        with pytest.raises(NotFound):
            see(connection, ADMIN, {"administrator"}, entry, Sight.SLIP)
        assert see(connection, ADMIN, {"administrator"}, entry) is OUTSIDE
        assert seen_of(connection, READER, {"reader"}, [entry, 9999]) == []
        assert seen_of(connection, DRAFTER, {"drafter"}, [9999, entry, entry]) == [entry, entry]
        assert seen_of(connection, DRAFTER, {"drafter"}, []) == []
