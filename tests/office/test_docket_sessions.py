"""Reports of meetings are numbered in their series, and numbers that are missing are noticed."""

from __future__ import annotations

from reftel.cable.model import Party
from reftel.docket.sessions import SessionForm
from reftel.office import desk, docket_sessions
from reftel.office.docket_sessions import Head, draft_report, next_number
from reftel.office.office import find_cable
from reftel.office.view import view
from tests.office.scenes import DRAFTER

FORM = SessionForm(talks="River talks", session="Session of the fourteenth")
HEAD = Head(to=(Party(post="beijing.example"),), classification="SECRET")


def drafted(post, form=FORM, **more):
    return draft_report(post.office, post.hand(DRAFTER), form, HEAD, **more)


def test_reports_are_numbered_one_after_another_in_each_series(moscow):
    assert [drafted(moscow).number for _ in range(2)] == [1, 2]
    other = SessionForm(talks="River talks", session="A talk of two officers", series="liaison report")
    assert drafted(moscow, other).number == 1
    assert drafted(moscow).number == 3


def test_the_draft_is_the_report_with_its_addressees_and_its_docket(moscow):
    entry = drafted(moscow).entry
    with moscow.read() as connection:
        found = desk.cable_text(connection, find_cable(connection, entry))
        assert found is not None
        assert view(connection, entry)["state"] == "drafted"
    cable = found[0]
    assert (cable.kind, cable.to, cable.classification) == ("brief report No 1", HEAD.to, "SECRET")
    assert [line.kind for line in cable.docket] == ["session"]


def test_a_number_that_is_left_out_is_noticed(moscow):
    first = drafted(moscow, number=3)
    assert (first.number, first.missing) == (3, (1, 2))
    after = drafted(moscow)
    assert (after.number, after.missing) == (4, (1, 2))


def test_a_withdrawn_draft_leaves_its_number_free(moscow):
    entry = drafted(moscow).entry
    desk.withdraw(moscow.office, moscow.hand(DRAFTER), entry)
    assert drafted(moscow).number == 1


def test_nothing_is_missing_before_the_first(moscow):
    with moscow.read() as connection:
        assert next_number(connection, "brief report") == docket_sessions.NextNumber(number=1)
