"""Numbered copies: each is somewhere, each move is an act, and the ledger always balances."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from reftel.cable.dtg import read_moment
from reftel.cable.lifecycle import allowed
from reftel.errors import BadSignature, BadValue, NotAllowed, NotCleared, NotFound, Separation
from reftel.office import changes, copies, desk, people
from reftel.office.copies import Issue
from reftel.office.office import Hand
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    Post,
    copy_of,
    decide,
    letter,
)


def issue(post, entry, *issues):
    copies.issue(post.office, post.hand(REGISTRY), entry, issues)


def one(post, entry, seq):
    with post.read() as connection:
        return copies.find_copy(connection, entry, seq)


def ledger(post, entry):
    with post.read() as connection:
        return copies.ledger(connection, entry)


def destroy(post, entry, seqs, witnesses, who=REGISTRY, **more):
    there = [post.hand(witness) for witness in witnesses]
    copies.destroy(post.office, post.hand(who), entry, seqs, there, **more)


def test_a_copy_goes_out_is_read_passed_on_and_comes_back(beijing):
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER, return_by="2026-11-30", return_to="Registry"))
    assert one(beijing, entry, 1).return_to == "Registry"
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    assert one(beijing, entry, 1).opened == "2026-11-22"
    copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, DRAFTER)
    assert (one(beijing, entry, 1).holder, one(beijing, entry, 1).opened) == (DRAFTER, "")
    assert (beijing.last().act["from"], beijing.last().act["to"]) == (READER, DRAFTER)
    copies.take_back(beijing.office, beijing.hand(CIPHER), entry, 1)
    assert beijing.last().act["from"] == DRAFTER
    assert ledger(beijing, entry) == dict.fromkeys(copies.LEDGER, 0) | {"in file": 1, "returned": 1}
    issue(beijing, entry, Issue(seq=1, holder=DRAFTER))


def test_a_reader_says_when_the_copy_was_read(beijing):
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    hand = beijing.hand(READER, stated=read_moment("0800Z 22 November 2026"))
    copies.open_copy(beijing.office, hand, entry, 1)
    assert one(beijing, entry, 1).opened == "0800Z 22 November 2026"


def test_only_the_holder_opens_and_passes_on(beijing):
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    with pytest.raises(NotAllowed, match="not held by"):
        copies.open_copy(beijing.office, beijing.hand(DRAFTER), entry, 1)
    with pytest.raises(NotAllowed, match="not held by"):
        copies.pass_on(beijing.office, beijing.hand(DRAFTER), entry, 1, AUDITOR)
    copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, 1)
    for act in (
        lambda: copies.open_copy(beijing.office, beijing.hand(READER), entry, 1),
        lambda: copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, AUDITOR),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    ("marking", "captions", "holder", "lacking"),
    [
        ("SECRET", (), DRAFTER, None),
        ("TOP SECRET", (), DRAFTER, "cleared for SECRET"),
        ("COSMIC", (), DRAFTER, "COSMIC"),
        ("COSMIC", (), READER, None),
        ("", (), "Novikov", None),
        ("RESTRICTED", (), "Novikov", "cleared for nothing"),
        ("SECRET", ("EYES ONLY",), DRAFTER, "EYES ONLY"),
        ("SECRET", ("EYES ONLY",), READER, None),
        ("SECRET", ("EYES ONLY", "NODIS"), READER, "not admitted to NODIS"),
    ],
)
def test_marking_and_captions_are_held_against_the_holder(beijing, marking, captions, holder, lacking):
    people.admit(beijing.office, beijing.hand(ADMIN), "Novikov", roles=["reader"])
    entry = beijing.printed(2, letter(classification=marking, captions=captions))
    if lacking is None:
        issue(beijing, entry, Issue(seq=1, holder=holder))
        return
    with pytest.raises(NotCleared, match=lacking):
        issue(beijing, entry, Issue(seq=1, holder=holder))
    people.admit(
        beijing.office,
        beijing.hand(ADMIN),
        KEYLESS,
        roles=["reader"],
        clearance="TOP SECRET",
        captions=["EYES ONLY", "NODIS"],
    )
    issue(beijing, entry, Issue(seq=1, holder=KEYLESS))
    with pytest.raises(NotCleared, match=lacking):
        copies.pass_on(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), entry, 1, holder)
    assert one(beijing, entry, 1).holder == KEYLESS


def test_a_lower_marking_lets_a_lower_clearance_in(beijing):
    entry = beijing.printed(1, letter(classification="TOP SECRET", captions=("EYES ONLY",)))
    with pytest.raises(NotCleared):
        issue(beijing, entry, Issue(seq=1, holder=DRAFTER))
    changes.downgrade(beijing.office, beijing.hand(REGISTRY), entry, "secret", "Order 7")
    with pytest.raises(NotCleared, match="EYES ONLY"):
        issue(beijing, entry, Issue(seq=1, holder=DRAFTER))
    issue(beijing, entry, Issue(seq=1, holder=READER))


def test_no_copy_goes_to_a_stranger_or_out_of_a_cancelled_cable(beijing):
    entry = beijing.release()
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    with pytest.raises(NotFound):
        issue(beijing, entry, Issue(seq=1, holder="Nobody"))
    with pytest.raises(NotFound, match="copy 2"):
        issue(beijing, entry, Issue(seq=2, holder=READER))
    changes.cancel(beijing.office, beijing.hand(REGISTRY), entry, beijing.release())
    with pytest.raises(NotAllowed, match="cancelled"):
        issue(beijing, entry, Issue(seq=1, holder=READER))


def test_an_act_names_each_copy_once(beijing):
    entry = beijing.printed(2)
    for seqs in ([], [1, 1]):
        with pytest.raises(BadValue):
            issue(beijing, entry, *(Issue(seq=n, holder=READER) for n in seqs))
        with pytest.raises(BadValue):
            destroy(beijing, entry, seqs, [READER, AUDITOR])


@pytest.mark.parametrize("day", ["2026-1-5", "20260105", "2026-W01-1", "30.11.2026", "2026-02-30", "soon"])
def test_a_day_of_return_is_a_date_in_one_form(beijing, day):
    entry = beijing.printed(1)
    with pytest.raises(BadValue, match="not a date"):
        issue(beijing, entry, Issue(seq=1, holder=READER, return_by=day))


def test_above_three_overdue_copies_issue_stops(beijing):
    entry = beijing.printed(7)
    issue(beijing, entry, *(Issue(seq=n, holder=READER, return_by="2026-11-25") for n in (1, 2, 3)))
    beijing.pass_time(days=3)
    with beijing.read() as connection:
        assert copies.overdue(connection, date(2026, 11, 25)) == []
    beijing.pass_time(days=1)
    issue(beijing, entry, Issue(seq=4, holder=READER, return_by="2026-11-25"))
    with beijing.read() as connection:
        assert [c.seq for c in copies.overdue(connection, date(2026, 11, 26), READER)] == [1, 2, 3, 4]
    with pytest.raises(Separation, match="4 overdue"):
        issue(beijing, entry, Issue(seq=5, holder=READER))
    issue(beijing, entry, Issue(seq=5, holder=AUDITOR))
    decide(beijing, "stop-issue", off=True)
    issue(beijing, entry, Issue(seq=6, holder=READER))
    assert beijing.last().act["waived"] == ["stop-issue"]
    decide(beijing, "stop-issue", off=False)
    copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, 1)
    issue(beijing, entry, Issue(seq=7, holder=READER))


def test_holdings_are_listed_soonest_due_first(beijing):
    entry = beijing.printed(4)
    days = {1: "", 2: "2026-12-09", 3: "2026-11-30"}
    issue(beijing, entry, *(Issue(seq=n, holder=READER, return_by=day) for n, day in days.items()))
    issue(beijing, entry, Issue(seq=4, holder=AUDITOR))
    with beijing.read() as connection:
        assert [c.seq for c in copies.holdings(connection, READER)] == [3, 2, 1]
        assert len(copies.holdings(connection)) == 4


@pytest.mark.parametrize(
    "witnesses", [[], [READER], [READER, READER], [READER, REGISTRY], [REGISTRY, CIPHER]]
)
def test_destruction_takes_two_witnesses_beside_who_destroys(beijing, witnesses):
    entry = beijing.printed(2)
    with pytest.raises(Separation):
        destroy(beijing, entry, [1], witnesses)
    assert one(beijing, entry, 1).state == "in file"
    decide(beijing, "two-witnesses", off=True)
    destroy(beijing, entry, [1], witnesses)
    assert beijing.last().act["waived"] == ["two-witnesses"]


def test_a_witness_signs_too_and_one_without_a_key_is_said_to_have_been_there(beijing):
    entry = beijing.printed(2)
    destroy(beijing, entry, [1], [READER, KEYLESS])
    assert [signed.person for signed in beijing.last().signatures] == [REGISTRY, READER]
    there = [Hand(who=READER), beijing.hand(KEYLESS)]
    with pytest.raises(BadSignature):
        copies.destroy(beijing.office, beijing.hand(REGISTRY), entry, [2], there)


def test_destroyed_before_two_witnesses(beijing):
    entry = beijing.printed(3)
    with pytest.raises(NotFound):
        destroy(beijing, entry, [1], [READER, "Nobody"])
    destroy(beijing, entry, [1, 3], [READER, AUDITOR], how="burnt")
    act = beijing.last().act
    assert (act["witnesses"], act["how"]) == ([READER, AUDITOR], "burnt")
    assert "waived" not in act
    assert ledger(beijing, entry)["destroyed"] == 2
    issue(beijing, entry, Issue(seq=2, holder=READER))
    for seq in (1, 2):
        with pytest.raises(NotAllowed):
            destroy(beijing, entry, [seq], [READER, AUDITOR])


def test_in_an_emergency_every_copy_in_the_office_goes_before_one_witness(beijing):
    entries = [beijing.printed(3), beijing.printed(600, letter("Long."))]
    issue(beijing, entries[0], Issue(seq=1, holder=READER))
    copies.report_lost(beijing.office, beijing.hand(REGISTRY), entries[0], 2, "fire")
    with pytest.raises(Separation):
        copies.emergency_destroy(beijing.office, beijing.hand(ADMIN), beijing.hand(ADMIN))
    assert copies.emergency_destroy(beijing.office, beijing.hand(ADMIN), beijing.hand(READER)) == 601
    assert ledger(beijing, entries[0]) == dict.fromkeys(copies.LEDGER, 0) | {
        "destroyed": 1,
        "lost": 1,
        "issued": 1,
    }
    assert ledger(beijing, entries[1])["destroyed"] == 600
    assert beijing.last().act["emergency"] is True
    assert beijing.last().act["witnesses"] == [READER]
    assert copies.emergency_destroy(beijing.office, beijing.hand(ADMIN), beijing.hand(READER)) == 0


def test_lost_and_found(beijing):
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    copies.report_lost(beijing.office, beijing.hand(READER), entry, 1, "left in a taxi")
    assert (one(beijing, entry, 1).state, one(beijing, entry, 1).reason) == ("lost", "left in a taxi")
    with pytest.raises(NotAllowed):
        issue(beijing, entry, Issue(seq=1, holder=AUDITOR))
    copies.report_found(beijing.office, beijing.hand(REGISTRY), entry, 1, "lost property office")
    row = one(beijing, entry, 1)
    assert (row.state, row.holder, row.reason) == ("in file", "", "")
    with pytest.raises(NotAllowed):
        copies.report_found(beijing.office, beijing.hand(REGISTRY), entry, 1, "again")


def test_an_inventory_makes_what_nobody_finds_unaccounted(beijing):
    entry, other = beijing.printed(3), beijing.printed(1)
    issue(beijing, entry, Issue(seq=3, holder=READER))
    found = copies.take_inventory(beijing.office, beijing.hand(AUDITOR), [(entry, 1), (entry, 3), (entry, 1)])
    assert found.present == ((entry, 1), (entry, 3))
    assert found.missing == ((entry, 2), (other, 1))
    assert found.unexpected == ((entry, 3),)
    assert one(beijing, entry, 2).state == "unaccounted"
    assert one(beijing, entry, 2).reason == "not found at the inventory of 2026-11-22"
    assert one(beijing, entry, 3).state == "issued"
    assert ledger(beijing, other)["unaccounted"] == 1
    with pytest.raises(NotFound):
        copies.take_inventory(beijing.office, beijing.hand(AUDITOR), [(entry, 9)])


def test_an_inventory_of_one_holder_looks_at_that_holders_copies_only(beijing):
    entry = beijing.printed(3)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=READER))
    found = copies.take_inventory(beijing.office, beijing.hand(AUDITOR), [(entry, 1)], holder=READER)
    assert found.missing == ((entry, 2),)
    assert "unexpected" not in beijing.last().act
    assert ledger(beijing, entry) == dict.fromkeys(copies.LEDGER, 0) | {
        "in file": 1,
        "issued": 1,
        "unaccounted": 1,
    }


PRINTED = 4


class Ledger(RuleBasedStateMachine):
    """Random acts on one cable's copies, beside a model that only knows where each copy is."""

    template: Post
    root: Path
    runs = 0

    @initialize()
    def print_them(self):
        Ledger.runs += 1
        self.post = copy_of(self.template, self.root / str(Ledger.runs))
        self.entry = self.post.printed(PRINTED)
        self.where = dict.fromkeys(range(1, PRINTED + 1), "in file")
        self.holder = dict.fromkeys(self.where, "")

    def teardown(self):
        if hasattr(self, "post"):
            self.post.office.close()

    def act(self, seq, move, after, do):
        """Do it; it is refused exactly when the lifecycle does not allow the move."""
        if move in allowed("copy", self.where[seq]):
            do()
            self.where[seq] = after
            return True
        with pytest.raises(NotAllowed):
            do()
        return False

    seqs = st.integers(1, PRINTED)
    holders = st.sampled_from([READER, DRAFTER, AUDITOR])

    @rule(seq=seqs, holder=holders)
    def issue(self, seq, holder):
        if self.act(
            seq, "issue", "issued", lambda: issue(self.post, self.entry, Issue(seq=seq, holder=holder))
        ):
            self.holder[seq] = holder

    @rule(seq=seqs, to=holders)
    def pass_on(self, seq, to):
        who = self.holder[seq] or RELEASER

        def do():
            copies.pass_on(self.post.office, self.post.hand(who), self.entry, seq, to)

        if self.act(seq, "pass", "issued", do):
            self.holder[seq] = to

    @rule(seq=seqs)
    def give_back(self, seq):
        clerk = self.post.hand(REGISTRY)
        self.act(
            seq, "return", "returned", lambda: copies.take_back(self.post.office, clerk, self.entry, seq)
        )

    @rule(seq=seqs)
    def burn(self, seq):
        self.act(
            seq, "destroy", "destroyed", lambda: destroy(self.post, self.entry, [seq], [READER, AUDITOR])
        )

    @rule(seq=seqs)
    def lose(self, seq):
        clerk = self.post.hand(REGISTRY)
        self.act(
            seq, "lose", "lost", lambda: copies.report_lost(self.post.office, clerk, self.entry, seq, "?")
        )

    @rule(seq=seqs)
    def find(self, seq):
        clerk = self.post.hand(REGISTRY)

        def do():
            copies.report_found(self.post.office, clerk, self.entry, seq, "safe")

        if self.act(seq, "find", "in file", do):
            self.holder[seq] = ""

    @rule(present=st.sets(seqs))
    def count_the_safe(self, present):
        here = [(self.entry, seq) for seq in sorted(present)]
        copies.take_inventory(self.post.office, self.post.hand(AUDITOR), here)
        for seq, state in self.where.items():
            if state in ("in file", "returned") and seq not in present:
                self.where[seq] = "unaccounted"

    @rule()
    def print_again(self):
        if len(self.where) < PRINTED + 2:
            (seq,) = desk.print_copies(self.post.office, self.post.hand(REGISTRY), self.entry, 1)
            assert seq == len(self.where) + 1
            self.where[seq], self.holder[seq] = "in file", ""

    @invariant()
    def the_ledger_balances(self):
        if not hasattr(self, "post"):
            return
        with self.post.read() as connection:
            counts = copies.ledger(connection, self.entry)
            rows = copies.copies_of(connection, self.entry)
        assert sum(counts.values()) == len(self.where)
        assert {row.seq: row.state for row in rows} == self.where
        assert {r.seq: r.holder for r in rows if r.state == "issued"} == {
            seq: self.holder[seq] for seq, state in self.where.items() if state == "issued"
        }


def test_the_ledger_balances_whatever_is_done(templates, tmp_path):
    Ledger.template, Ledger.root = templates["BEIJING"], tmp_path
    run_state_machine_as_test(Ledger, settings=settings(max_examples=15, stateful_step_count=25))
