"""What a cable asks stays open until a fulfilment cable closes it."""

import pytest

from reftel.cable.model import Ask, Moment, Onward, Paragraph, Party, Precedence, Quotation
from reftel.errors import NotAllowed, NotFound, NotYourRole
from reftel.office import changes, desk, tasks
from reftel.store import tables as t
from tests.office.scenes import AUDITOR, DRAFTER, REGISTRY, RELEASER, carry, letter

TELEGRAPH = Ask(owner="BEIJING", literal="Telegraph the fulfilment.", kind="report")
HAND_OVER = letter(
    onward=Onward(to=Party(person="Zhou Enlai"), how="hand over at once"),
    blocks=(
        Paragraph(text="Hand the following to Zhou Enlai:"),
        Quotation(blocks=(Paragraph(text="We agree."),)),
    ),
    asks=(Ask(owner="BEIJING", literal="Hand over and report.", kind="onward"), TELEGRAPH),
)


@pytest.fixture
def asked(beijing):
    """A cable from paper that asks two things."""
    return desk.enter(beijing.office, beijing.hand(REGISTRY), HAND_OVER)


def states(post):
    return [(row.n, row.state) for row in post.rows(t.taskings)]


def fulfil(post, cable, n, by, **more):
    tasks.fulfil(post.office, post.hand(REGISTRY), cable, n, by, **more)


def test_asks_are_open_from_release_and_from_receipt(beijing, moscow, stick):
    draft = beijing.draft(letter(asks=(TELEGRAPH,)))
    assert states(beijing) == []
    desk.release(beijing.office, beijing.hand(RELEASER), draft)
    carry(beijing, moscow, stick)
    assert states(beijing) == states(moscow) == [(1, "open")]
    assert moscow.rows(t.taskings)[0].literal == "Telegraph the fulfilment."


def test_onward_delivery_and_report_close_each_by_a_cable(beijing, asked):
    report = beijing.draft()
    with pytest.raises(NotAllowed, match="not released"):
        fulfil(beijing, asked, 1, report)
    desk.release(beijing.office, beijing.hand(RELEASER), report)
    fulfil(beijing, asked, 1, report, in_part=True)
    assert states(beijing) == [(1, "open"), (2, "open")]
    fulfil(beijing, asked, 1, report)
    assert states(beijing) == [(1, "fulfilled"), (2, "open")]
    assert beijing.rows(t.taskings)[0].closed_by == report
    for act in (
        lambda: fulfil(beijing, asked, 1, report),
        lambda: tasks.chase(beijing.office, beijing.hand(REGISTRY), asked, 1),
        lambda: tasks.cancel_task(beijing.office, beijing.hand(REGISTRY), asked, 1, "late"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_no_cable_reports_its_own_fulfilment(beijing, asked):
    with pytest.raises(NotAllowed, match="own"):
        fulfil(beijing, asked, 1, asked)
    with pytest.raises(NotFound):
        fulfil(beijing, asked, 1, 9999)
    with pytest.raises(NotFound, match="no tasking 3"):
        fulfil(beijing, asked, 3, beijing.release())
    with pytest.raises(NotYourRole):
        tasks.fulfil(beijing.office, beijing.hand(AUDITOR), asked, 1, beijing.release())


def test_a_received_report_fulfils(beijing, moscow, stick):
    asks = beijing.release(letter(asks=(TELEGRAPH,)))
    carry(beijing, moscow, stick)
    moscow.release(letter("Handed over.", to=(Party(post="beijing.example"),)))
    (report,) = carry(moscow, beijing, stick)
    fulfil(beijing, asks, 1, report)
    assert states(beijing) == [(1, "fulfilled")]


def test_a_tasking_that_is_only_implied_is_added(beijing, asked):
    n = tasks.task(beijing.office, beijing.hand(DRAFTER), asked, "BEIJING", "Find the map.", due="2026-11-30")
    assert n == 3
    row = beijing.rows(t.taskings)[2]
    assert (row.owner, row.literal, row.due, row.kind) == ("BEIJING", "Find the map.", "2026-11-30", "action")


def test_a_draft_asks_nothing_yet_and_a_cancelled_cable_nothing_more(beijing):
    draft = beijing.draft(letter(asks=(TELEGRAPH,)))
    with pytest.raises(NotAllowed):
        tasks.task(beijing.office, beijing.hand(DRAFTER), draft, "MOSCOW", "x")
    desk.release(beijing.office, beijing.hand(RELEASER), draft)
    tasks.task(beijing.office, beijing.hand(DRAFTER), draft, "MOSCOW", "x")
    changes.cancel(beijing.office, beijing.hand(REGISTRY), draft, beijing.release())
    with pytest.raises(NotAllowed):
        tasks.task(beijing.office, beijing.hand(DRAFTER), draft, "MOSCOW", "y")
    tasks.cancel_task(beijing.office, beijing.hand(REGISTRY), draft, 1, "cable cancelled")
    assert states(beijing) == [(1, "cancelled"), (2, "open")]


def test_taskings_are_listed_oldest_first_and_by_state(beijing, asked):
    other = beijing.release(letter(asks=(TELEGRAPH,)))
    fulfil(beijing, asked, 2, other)
    with beijing.read() as connection:
        assert [(r.cable, r.n) for r in tasks.tasks(connection)] == [(asked, 1), (asked, 2), (other, 1)]
        assert [(r.cable, r.n) for r in tasks.tasks(connection, "open")] == [(asked, 1), (other, 1)]


@pytest.mark.parametrize(
    ("precedence", "hours"),
    [
        (Precedence.OVERRIDE, 2),
        (Precedence.FLASH, 2),
        (Precedence.IMMEDIATE, 2),
        (Precedence.PRIORITY, 8),
        (Precedence.ROUTINE, 16),
        (Precedence.DEFERRED, 16),
        (None, 16),
    ],
)
def test_an_unanswered_request_is_chased_by_its_precedence(beijing, precedence, hours):
    entry = beijing.release(letter(precedence=precedence, asks=(TELEGRAPH,)))

    def due():
        with beijing.read() as connection:
            return [(r.cable, r.n) for r in tasks.to_chase(connection, beijing.clock.at)]

    beijing.pass_time(hours=hours, minutes=-1)
    assert due() == []
    beijing.pass_time(minutes=1)
    assert due() == [(entry, 1)]
    assert tasks.chase(beijing.office, beijing.hand(REGISTRY), entry, 1) == 1
    assert due() == []
    beijing.pass_time(hours=hours)
    assert tasks.chase(beijing.office, beijing.hand(REGISTRY), entry, 1) == 2
    assert beijing.rows(t.taskings)[0].chased == 2


def test_a_due_time_stands_in_its_reading_or_as_written(beijing):
    asks = (
        Ask(owner="A", literal="x", due=Moment(literal="before the session")),
        Ask(owner="B", literal="y"),
    )
    desk.enter(beijing.office, beijing.hand(REGISTRY), letter(asks=asks))
    assert [row.due for row in beijing.rows(t.taskings)] == ["before the session", ""]


def test_a_tasking_is_overdue_once_its_due_time_has_certainly_passed(beijing, asked):
    for due in (
        "2026-11-21T23:00Z minute",
        "2026-11-22 day zone unknown",
        "before dinner",
    ):
        tasks.task(beijing.office, beijing.hand(DRAFTER), asked, "BEIJING", due, due=due)

    def overdue():
        with beijing.read() as connection:
            return [row.due for row in tasks.overdue_tasks(connection, beijing.clock.at)]

    assert overdue() == ["2026-11-21T23:00Z minute"]
    beijing.pass_time(hours=16)
    assert "2026-11-22 day zone unknown" not in overdue(), "it may still be that day somewhere"
    beijing.pass_time(hours=12)
    assert "2026-11-22 day zone unknown" in overdue()
    assert "before dinner" not in overdue()
