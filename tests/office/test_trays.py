"""What lies in whose tray, in which order; what is to be done; and what went out, with its receipts."""

import pytest
from sqlalchemy import select

from reftel.bearers.courier import Courier
from reftel.cable.dtg import read_moment
from reftel.cable.model import Ask, Number, Party, Precedence, Reference
from reftel.errors import BadValue
from reftel.office import arrivals, channels, copies, desk, outgoing, people, tasks, trays
from reftel.office.copies import Issue
from reftel.office.trays import PAGE, Place
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    carry,
    letter,
)


def issued(post, holder=READER, cable=None, **more):
    """A cable entered from paper, one of its three copies issued; its entry."""
    entry = post.printed(cable=cable)
    copies.issue(post.office, post.hand(REGISTRY), entry, [Issue(seq=1, holder=holder, **more)])
    return entry


def tray(post, person=READER, **more):
    with post.read() as connection:
        return trays.in_tray(post.office, connection, person, **more)


def cables(lines):
    return [line.cable for line in lines]


def test_a_reader_finds_the_copies_that_were_issued_to_him_newest_first(beijing):
    first = issued(beijing, return_by="2026-11-30")
    second = issued(beijing, cable=letter(subject="Second"), purpose="action")
    issued(beijing, CLEARING)
    found = tray(beijing)
    assert cables(found.lines) == [second, first]
    line = found.lines[0]
    assert (line.seq, line.of, line.unread, line.subject, line.purpose) == (1, 3, True, "Second", "action")
    assert (line.precedence, line.marking, line.direction) == (Precedence.PRIORITY, "SECRET", "paper")
    assert found.lines[1].return_by == "2026-11-30"
    assert found.more is None
    with beijing.read() as connection:
        assert trays.tray_counts(connection, READER) == {
            "all": 2,
            "unread": 2,
            "action": 1,
            "information": 0,
            "return": 1,
        }
        assert trays.tray_counts(connection, "Nobody")["all"] == 0
    assert cables(tray(beijing, show="return").lines) == [first]
    assert cables(tray(beijing, show="action").lines) == [second]
    assert cables(tray(beijing, show="information").lines) == []
    with pytest.raises(BadValue):
        tray(beijing, show="everything")


def test_opening_a_copy_marks_it_read_and_leaves_it_in_its_place(beijing):
    first, second = issued(beijing), issued(beijing)
    copies.open_copy(beijing.office, beijing.hand(READER), first, 1)
    found = tray(beijing)
    assert [(line.cable, line.unread) for line in found.lines] == [(second, True), (first, False)]
    copies.take_back(beijing.office, beijing.hand(REGISTRY), second, 1)
    assert cables(tray(beijing).lines) == [first]


def test_flash_stands_on_top_until_it_is_opened(beijing):
    flash = issued(beijing, cable=letter(precedence=Precedence.FLASH))
    later = issued(beijing)
    found = tray(beijing)
    assert (cables(found.urgent), cables(found.lines)) == ([flash], [later])
    assert tray(beijing, after=Place(later, 1)).lines == ()
    copies.open_copy(beijing.office, beijing.hand(READER), flash, 1)
    found = tray(beijing)
    assert (cables(found.urgent), cables(found.lines)) == ([], [later, flash])


def test_a_long_tray_is_paged_and_nothing_is_lost_or_doubled(beijing):
    entry = beijing.printed(PAGE * 2 + 5)
    every = [Issue(seq=seq, holder=READER) for seq in range(1, PAGE * 2 + 6)]
    beijing.pass_time(minutes=1)
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, every)
    seen, after = [], None
    for _ in range(4):
        page = tray(beijing, after=after)
        seen += [line.place for line in page.lines]
        if page.more is None:
            break
        after = page.more
    assert seen == [Place(entry, seq) for seq in range(PAGE * 2 + 5, 0, -1)]


def test_where_a_copy_stands_in_its_tray_and_which_unread_comes_next(beijing):
    one, two, three = issued(beijing), issued(beijing), issued(beijing)
    with beijing.read() as connection:
        at = trays.standing_of(connection, READER, Place(two, 1))
        assert at is not None
        assert (at.n, at.of) == (2, 3)
        assert (at.before, at.after, at.unread) == (Place(three, 1), Place(one, 1), Place(one, 1))
        last = trays.standing_of(connection, READER, Place(one, 1))
        assert last is not None
        assert (last.n, last.after, last.unread) == (3, None, Place(three, 1))
        assert trays.standing_of(connection, CLEARING, Place(two, 1)) is None
        assert trays.standing_of(connection, READER, Place(two, 1), "action") is None
    for entry in (one, three):
        copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    with beijing.read() as connection:
        now = trays.standing_of(connection, READER, Place(two, 1))
        assert now is not None
        assert now.unread is None


def test_who_is_not_cleared_any_more_sees_no_subject(beijing):
    entry = issued(beijing)
    people.switch_rule(beijing.office, beijing.hand(ADMIN), "two-officers", off=True, decision="Order 4")
    public = beijing.keys[READER].public
    admitted = {"roles": ("reader",), "clearance": "RESTRICTED", "public": public}
    people.admit(beijing.office, beijing.hand(ADMIN), READER, **admitted)
    (line,) = tray(beijing).lines
    assert (line.cable, line.subject, line.sender) == (entry, "", "")


def test_a_line_says_what_is_due_by_when(beijing):
    asks = (
        Ask(owner="BEIJING", literal="Report.", due=read_moment("1200Z 21 November 2026")),
        Ask(owner="BEIJING", literal="Hand it over."),
        Ask(owner="BEIJING", literal="Answer.", due=read_moment("soon")),
    )
    entry = issued(beijing, cable=letter(asks=asks))
    dues = tray(beijing).lines[0].dues
    assert [(due.n, due.late, due.due) for due in dues] == [
        (1, True, "2026-11-21T12:00Z minute"),
        (2, False, ""),
        (3, False, "soon"),
    ]
    assert dues[1].chase == beijing.clock.at + tasks.CHASE_AFTER[Precedence.PRIORITY]
    tasks.cancel_task(beijing.office, beijing.hand(REGISTRY), entry, 1, "overtaken")
    beijing.pass_time(hours=9)
    assert [(due.n, due.late) for due in tray(beijing).lines[0].dues] == [(2, True), (3, False)]


def test_a_line_says_what_was_acknowledged_and_answered(beijing, moscow, stick):
    beijing.release()
    (entry,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    (line,) = tray(moscow).lines
    assert (line.number, line.acknowledged, line.answers) == ("1", False, ())
    desk.acknowledge(moscow.office, moscow.hand(REGISTRY), entry)
    reference = Reference(literal="your telegram", number="2026BEIJING000001")
    to = (Party(post="beijing.example", place="BEIJING"),)
    answer = letter(to=to, sender=Party(place="MOSCOW"), references=(reference,))
    drafted = moscow.draft(answer)
    assert tray(moscow).lines[0].answers == ()
    number = desk.release(moscow.office, moscow.hand(RELEASER), drafted)
    (line,) = tray(moscow).lines
    assert (line.acknowledged, line.answers) == (True, ((drafted, number),))


def test_the_offices_work_is_listed_as_it_goes_on(beijing, moscow, stick):
    clerks = {"registry clerk", "cipher clerk"}

    def waits():
        with moscow.read() as connection:
            return trays.work_counts(connection, clerks)

    beijing.release(letter(precedence=Precedence.ROUTINE))
    beijing.release(letter(precedence=Precedence.FLASH))
    courier = Courier(stick)
    channels.dispatch(beijing.office, courier, "moscow.example")
    for bag in courier.collect():
        arrivals.receive(moscow.office, bag)
    with moscow.read() as connection:
        came = trays.undeciphered(connection)
    assert [(one.precedence, one.name, one.state) for one in came] == [
        (4, "BEIJING", "arrived"),
        (1, "BEIJING", "arrived"),
    ]
    assert waits() == {"decipher": 2, "print": 0, "verify": 0, "issue": 0}
    entries = [d.entry for d in arrivals.decipher(moscow.office, moscow.hand(CIPHER))]
    assert waits() == {"decipher": 0, "print": 2, "verify": 0, "issue": 0}
    with moscow.read() as connection:
        assert [line.precedence for line in trays.work(connection, CIPHER, "print")] == [4, 1]
    for entry in entries:
        desk.print_copies(moscow.office, moscow.hand(CIPHER), entry, 2)
    assert waits() == {"decipher": 0, "print": 0, "verify": 2, "issue": 0}
    for entry in entries:
        desk.verify(moscow.office, moscow.hand(REGISTRY), entry)
    assert waits() == {"decipher": 0, "print": 0, "verify": 0, "issue": 2}
    copies.issue(moscow.office, moscow.hand(REGISTRY), entries[0], [Issue(seq=1, holder=READER)])
    assert waits() == {"decipher": 0, "print": 0, "verify": 0, "issue": 1}
    with moscow.read() as connection:
        assert cables(trays.work(connection, CIPHER, "issue")) == [entries[1]]
        assert trays.work_counts(connection, {"reader"}) == {}
        assert trays.work_counts(connection, {"cipher clerk"}).keys() == {
            "decipher",
            "print",
            "verify",
            "issue",
        }
        with pytest.raises(BadValue):
            trays.work(connection, CIPHER, "decipher")


def test_a_paper_is_named_by_the_number_on_it(beijing):
    issued(beijing, cable=letter(numbers=(Number(scheme="cable", value="25025"),)))
    assert tray(beijing).lines[0].number == "25025"
    issued(beijing)
    assert tray(beijing).lines[0].number == ""


def test_drafts_are_their_drafters_and_wait_for_those_who_were_asked(beijing):
    entry = beijing.draft(clearing=[CLEARING, CLEARING_TOO])
    free = beijing.draft()
    with beijing.read() as connection:
        own, _ = outgoing.drafts(connection, DRAFTER, {"drafter"})
        assert [(d.line.cable, set(d.waits)) for d in own] == [
            (free, set()),
            (entry, {CLEARING, CLEARING_TOO}),
        ]
        assert outgoing.drafts(connection, READER, {"reader"}) == ((), None)
        assert [d.line.cable for d in outgoing.drafts(connection, RELEASER, {"releasing officer"})[0]] == [
            free,
            entry,
        ]
        assert [d.line.cable for d in outgoing.for_clearance(connection, CLEARING)[0]] == [entry]
        assert outgoing.for_clearance(connection, DRAFTER)[0] == ()
        assert [d.line.cable for d in outgoing.for_release(connection, RELEASER)[0]] == [free]
        counts = outgoing.rail_counts(connection, DRAFTER, {"drafter"})
        assert counts == {"tray": 0, "drafts": 2, "release": 0}
        both = {"clearing officer", "releasing officer"}
        assert outgoing.rail_counts(connection, CLEARING, both)["release"] == 2
    desk.clear(beijing.office, beijing.hand(CLEARING), entry)
    desk.edit(beijing.office, beijing.hand(DRAFTER), entry, letter("Another text."))
    with beijing.read() as connection:
        assert [d.line.cable for d in outgoing.for_clearance(connection, CLEARING)[0]] == [entry]
        assert [d.line.cable for d in outgoing.for_release(connection, RELEASER)[0]] == [free]


def test_what_was_sent_tells_the_receipts_apart(beijing, moscow, stick):
    ask = Ask(owner="MOSCOW", literal="Report.", kind="report")
    entry = beijing.release(letter(asks=(ask,)))

    def receipts(who=RELEASER, roles=("releasing officer",)):
        with beijing.read() as connection:
            (one,), _ = outgoing.sent(beijing.office, connection, who, roles)
            (to,) = one.addressees
            assert outgoing.addressees_of(connection, entry) == (to,)
        return to

    assert (receipts().state, receipts().took, receipts().has) == ("waiting", False, False)
    carry(beijing, moscow, stick)
    assert (receipts().took, receipts().has, receipts().name) == (True, False, "MOSCOW")
    to = (Party(post="beijing.example", place="BEIJING"),)
    moscow.release(letter("Done.", to=to, sender=Party(place="MOSCOW")))
    (report,) = carry(moscow, beijing, stick)
    assert receipts().has
    desk.acknowledge(beijing.office, beijing.hand(REGISTRY), entry, by_cable=report)
    tasks.fulfil(beijing.office, beijing.hand(REGISTRY), entry, 1, report)
    assert receipts().acknowledged == receipts().fulfilled == ((report, "2026MOSCOW000001"),)
    assert receipts(DRAFTER, ("drafter",)).has
    with beijing.read() as connection:
        assert outgoing.sent(beijing.office, connection, READER, {"reader"}) == ((), None)
        assert outgoing.sent(beijing.office, connection, CLEARING, {"drafter"}) == ((), None)


def test_what_was_sent_is_paged(beijing):
    entries = [beijing.draft() for _ in range(PAGE + 2)]
    desk.release_all(beijing.office, beijing.hand(RELEASER), entries)
    with beijing.read() as connection:
        first, more = outgoing.sent(beijing.office, connection, RELEASER, {"releasing officer"})
        assert more is not None
        rest, end = outgoing.sent(beijing.office, connection, RELEASER, {"releasing officer"}, after=more)
    assert [one.line.cable for one in (*first, *rest)] == sorted(entries, reverse=True)
    assert end is None


def plan(connection, query):
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
    return " ".join(row[-1] for row in rows)


def test_counting_a_tray_reads_its_index_and_nothing_else(beijing):
    issued(beijing)
    k = t.copies.c
    with beijing.read() as connection:
        query = select(k.opened, k.purpose, k.return_by).where(k.holder == READER, k.state == "issued")
        assert "COVERING INDEX copies_holder" in plan(connection, query)
        held = select(k.reason).where(k.holder == READER, k.state == "issued")
        assert "TEMP B-TREE" not in plan(connection, held.order_by(k.cable.desc(), k.seq.desc()))
        c = t.cables.c
        work = select(c.subject).where(c.direction == "in", c.state == "printed")
        assert "TEMP B-TREE" not in plan(connection, work.order_by(c.precedence.desc(), c.cable))


def test_work_is_counted_no_further_than_anybody_needs(beijing):
    beijing.printed(3)
    with beijing.read() as connection:
        copies_ = select(t.copies.c.seq)
        counts = [connection.execute(trays.counting(copies_, most)).scalar() for most in (2, 3, 4)]
    assert counts == [2, 3, 3]
