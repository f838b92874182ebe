"""How long cables wait, by the register's clock, held against the objectives of their precedence."""

from datetime import date

import pytest

from reftel.bearers.courier import Courier
from reftel.cable.model import Precedence
from reftel.errors import BadValue
from reftel.office import arrivals, channels, copies, desk
from reftel.office import performance as measured
from reftel.office.copies import Issue
from reftel.office.performance import performance
from tests.office.scenes import READER, REGISTRY, carry, letter


def figures(post, weeks=1):
    with post.read() as connection:
        return performance(connection, post.clock.now(), weeks)


def send(beijing, moscow, stick, *precedences):
    """Cables of one post, deciphered at the other at the minute in which they came."""
    for precedence in precedences:
        beijing.release(letter(precedence=precedence))
    entries = carry(beijing, moscow, stick)
    assert len(entries) == len(precedences)
    return entries


def print_one(post, entry):
    desk.print_copies(post.office, post.hand(REGISTRY), entry, 1)


def test_each_step_is_timed_from_receipt(beijing, moscow, stick):
    (entry,) = send(beijing, moscow, stick, Precedence.PRIORITY)
    moscow.pass_time(minutes=30)
    print_one(moscow, entry)
    moscow.pass_time(minutes=15)
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    moscow.pass_time(minutes=75)
    copies.open_copy(moscow.office, moscow.hand(READER), entry, 1)
    (line,) = figures(moscow).lines
    assert (line.precedence, line.cables, line.objective) == (Precedence.PRIORITY, 1, 180)
    assert [(t.step, t.median, t.ninth) for t in line.times] == [
        ("deciphered", 0, 0),
        ("printed", 30, 30),
        ("issued", 45, 45),
        ("opened", 120, 120),
    ]
    assert line.to("opened").cables == 1


def test_what_is_printed_again_counts_from_its_first_sheet(beijing, moscow, stick):
    (entry,) = send(beijing, moscow, stick, Precedence.ROUTINE)
    moscow.pass_time(minutes=5)
    print_one(moscow, entry)
    moscow.pass_time(hours=3)
    print_one(moscow, entry)
    assert figures(moscow).whole.to("printed").ninth == 5


def test_a_sheet_is_in_time_or_late_and_one_that_may_still_be_in_time_is_not_judged(beijing, moscow, stick):
    _, late, early, _ = send(
        beijing,
        moscow,
        stick,
        Precedence.FLASH,
        Precedence.IMMEDIATE,
        Precedence.IMMEDIATE,
        Precedence.ROUTINE,
    )
    moscow.pass_time(minutes=30)
    print_one(moscow, early)
    moscow.pass_time(minutes=1)
    print_one(moscow, late)
    found = {line.precedence: line for line in figures(moscow).lines}
    assert (found[Precedence.IMMEDIATE].within, found[Precedence.IMMEDIATE].judged) == (1, 2)
    # Not printed at all, though ten minutes have long gone: that is late, and not nothing.
    assert (found[Precedence.FLASH].within, found[Precedence.FLASH].judged) == (0, 1)
    assert (found[Precedence.ROUTINE].judged, found[Precedence.ROUTINE].share) == (0, None)
    assert figures(moscow).whole.share == pytest.approx(1 / 3)


def test_nine_in_ten_took_no_longer(beijing, moscow, stick):
    entries = send(beijing, moscow, stick, *([Precedence.ROUTINE] * 10))
    for entry in entries:
        moscow.pass_time(minutes=10)
        print_one(moscow, entry)
    printed = figures(moscow).whole.to("printed")
    assert (printed.median, printed.ninth) == (55, 90)


def test_weeks_begin_on_monday_and_older_ones_are_left_out(beijing, moscow, stick):
    send(beijing, moscow, stick, Precedence.ROUTINE)
    for post in (beijing, moscow):
        post.pass_time(days=8)
    send(beijing, moscow, stick, Precedence.FLASH, Precedence.FLASH)
    found = figures(moscow, 2)
    assert (found.since, found.received) == (date(2026, 11, 23), 2)
    found = figures(moscow, 3)
    assert [(week.starts, week.whole.cables) for week in found.weeks] == [
        (date(2026, 11, 16), 1),
        (date(2026, 11, 23), 0),
        (date(2026, 11, 30), 2),
    ]
    assert [line.precedence for line in found.lines] == [Precedence.FLASH, Precedence.ROUTINE]


def test_a_post_that_received_nothing_has_no_figures(beijing):
    found = figures(beijing, 4)
    assert (found.received, found.lines, found.whole.times, found.whole.share) == (0, (), (), None)


def test_paper_is_not_received_and_what_waits_is_counted(beijing, moscow, stick):
    moscow.printed(1)
    beijing.release()
    courier = Courier(stick)
    channels.dispatch(beijing.office, courier, moscow.office.origin)
    for bag in courier.collect():
        arrivals.receive(moscow.office, bag)
    found = figures(moscow)
    assert (found.received, found.waiting) == (0, 1)


def test_a_long_period_is_looked_at_by_an_even_sample_and_says_so(beijing, moscow, stick, monkeypatch):
    monkeypatch.setattr(measured, "SAMPLE", 4)
    monkeypatch.setattr(measured, "_RUN", 1)
    send(beijing, moscow, stick, *([Precedence.ROUTINE] * 12))
    found = figures(moscow)
    assert found.received == 12
    assert 1 <= found.seen == found.whole.cables < 12


@pytest.mark.parametrize("weeks", [0, -1, 53])
def test_a_period_is_bounded(beijing, weeks):
    with pytest.raises(BadValue, match="1 to 52 weeks"):
        figures(beijing, weeks)
