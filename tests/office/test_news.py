"""Whose lists an entry changes, and which cables refer to which."""

from reftel.cable.model import Carried, Party, Reference
from reftel.office import copies, desk, referring
from reftel.office.copies import Issue
from reftel.office.news import MOST_ENTRIES, news, touches
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    carry,
    decide,
    letter,
)


def last(post):
    """Whom the last entry concerns."""
    with post.read() as connection:
        return news(connection, post.size() - 1, post.size() - 1)


def test_a_copy_concerns_its_holders_and_the_clerks(beijing):
    entry = beijing.printed()
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    told = last(beijing)
    assert told.concerns(READER, {"reader"})
    assert told.concerns("somebody", {"cipher clerk"})
    assert not told.concerns(CLEARING, {"clearing officer"})
    copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, CLEARING)
    told = last(beijing)
    assert told.concerns(READER, ())
    assert told.concerns(CLEARING, ())


def test_a_draft_concerns_its_drafter_and_those_who_are_to_clear_it(beijing):
    entry = beijing.draft(clearing=[CLEARING])
    desk.clear(beijing.office, beijing.hand(CLEARING), entry)
    told = last(beijing)
    assert told.people == {DRAFTER, CLEARING}
    assert told.concerns(RELEASER, {"releasing officer"})


def test_what_comes_and_goes_concerns_the_clerks_and_drafters(beijing, moscow, stick):
    beijing.release()
    carry(beijing, moscow, stick)
    assert last(beijing).roles >= {"cipher clerk", "drafter"}
    with moscow.read() as connection:
        arrived = news(connection, moscow.size() - 2, moscow.size() - 2)
    assert arrived.concerns(CIPHER, {"cipher clerk"})
    assert not arrived.concerns(READER, {"reader"})


def test_an_answer_concerns_the_holders_of_what_it_answers(beijing, moscow, stick):
    beijing.release()
    (entry,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    to = (Party(post="beijing.example", place="BEIJING"),)
    cited = (Reference(literal="yours", number="2026BEIJING000001"),)
    moscow.release(letter("Yes.", to=to, sender=Party(place="MOSCOW"), references=cited))
    assert last(moscow).concerns(READER, ())


def test_what_concerns_nobodys_list_wakes_nobody_else(beijing):
    decide(beijing, "stop-issue", off=True)
    told = last(beijing)
    assert told.people == {ADMIN}
    assert not told.roles


def test_of_very_much_everybody_is_told(beijing):
    with beijing.read() as connection:
        assert news(connection, 0, MOST_ENTRIES).everybody
        assert not news(connection, 0, MOST_ENTRIES - 1).everybody
        assert touches(connection) == {}


def test_a_cable_is_referred_to_however_it_is_written_and_from_inside(beijing):
    first = beijing.release()
    number = beijing.cable(first).mrn
    outer = letter(references=(Reference(literal=f"your No. {number}", number=number.lower()),))
    inside = letter(blocks=(Carried(cable=outer),))
    second, third = beijing.printed(cable=outer), beijing.printed(cable=inside)
    beijing.printed()
    with beijing.read() as connection:
        found = referring.referring(connection, first)
        assert [one["cable"] for one in found] == [third, second]
        assert found[1]["literal"] == f"your No. {number}"
        assert referring.referring(connection, second) == []
