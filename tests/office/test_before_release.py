"""Checks before release foretell what the desk refuses, and point at slips that it allows."""

from __future__ import annotations

import pytest

from reftel.cable.dtg import read_moment
from reftel.cable.model import (
    Ask,
    Cable,
    Carried,
    DocketLine,
    Number,
    Paragraph,
    Party,
    Precedence,
    Quotation,
    Reference,
)
from reftel.cipher.identity import HybridIdentity
from reftel.errors import NotAllowed
from reftel.office import before_release, copies, desk, readers
from reftel.office.before_release import Finding
from reftel.office.copies import Issue
from reftel.office.readers import ReaderCard, sign_reader_card
from reftel.office.sight import Asker
from tests.office.scenes import (
    ADMIN,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    Post,
    decide,
    letter,
)

OFFICER = Asker(person=RELEASER, roles=frozenset({"releasing officer"}))
MOSCOW = Party(post="moscow.example", place="MOSCOW")


def of_draft(post: Post, entry: int, asker: Asker = OFFICER) -> list[Finding]:
    with post.read() as connection:
        return before_release.check_draft(post.office, connection, entry, asker)


def of_text(post: Post, cable: Cable, asker: Asker = OFFICER) -> list[Finding]:
    with post.read() as connection:
        return before_release.check_text(post.office, connection, cable, asker)


def about(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.severity, finding.about) for finding in found]


def decided(post: Post, entry: int, **more: int) -> int:
    decision = desk.Decision(
        body="The Commission", protocol="84", item="421", title="Answer", text="Approve."
    )
    return desk.adopt(post.office, post.hand(RELEASER), entry, decision, **more)


def test_a_plain_letter_is_ready(beijing: Post):
    entry = beijing.draft()
    assert of_draft(beijing, entry) == []
    desk.release(beijing.office, beijing.hand(RELEASER), entry)
    assert about(of_draft(beijing, entry)) == [("must", "state")]


def test_every_clearance_is_foretold_until_all_agree_to_this_text(beijing: Post):
    entry = beijing.draft(clearing=[CLEARING, CLEARING_TOO])
    assert [f.sentence.split()[0] for f in of_draft(beijing, entry)] == [CLEARING_TOO, CLEARING]
    desk.clear(beijing.office, beijing.hand(CLEARING), entry)
    desk.clear(beijing.office, beijing.hand(CLEARING_TOO), entry)
    assert of_draft(beijing, entry) == []
    desk.edit(beijing.office, beijing.hand(DRAFTER), entry, letter("Another text."))
    found = of_draft(beijing, entry)
    assert about(found) == [("must", "clearance")] * 2
    with pytest.raises(NotAllowed):
        desk.release(beijing.office, beijing.hand(RELEASER), entry)


def test_a_decision_is_of_this_very_text_and_in_force(beijing: Post):
    entry = beijing.draft()
    decided(beijing, entry)
    assert of_draft(beijing, entry) == []
    desk.edit(beijing.office, beijing.hand(DRAFTER), entry, letter("Another text."))
    assert [f.sentence for f in of_draft(beijing, entry)] == ["P84/421 adopted another text"]
    second = decided(beijing, entry)
    assert of_draft(beijing, entry) == []
    desk.void_decision(beijing.office, beijing.hand(RELEASER), entry, second, "taken back")
    assert "P84/421 was voided" in [f.sentence for f in of_draft(beijing, entry)]


def test_who_drafted_it_does_not_release_it_unless_that_rule_is_off(beijing: Post):
    entry = beijing.draft()
    asker = Asker(person=DRAFTER, roles=frozenset({"drafter", "releasing officer"}))
    assert about(of_draft(beijing, entry, asker)) == [("must", "separation")]
    with beijing.read() as connection:
        assert before_release.check_draft(beijing.office, connection, entry, None) == []
    decide(beijing, "drafter-releaser", off=True)
    assert of_draft(beijing, entry, asker) == []


def test_a_draft_whose_text_is_gone_can_only_be_withdrawn(beijing: Post):
    entry = beijing.draft()
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "taken back")
    assert about(of_draft(beijing, entry)) == [("must", "text")]


def test_addressees(beijing: Post):
    nobody = letter(to=())
    assert about(of_text(beijing, nobody)) == [("must", "addressee")]
    stranger = letter(to=(Party(post="rome.example"), Party(place="MOSCOW"), Party(person="Zhou")))
    found = of_text(beijing, stranger)
    assert about(found) == [("must", "addressee"), ("should", "addressee"), ("should", "addressee")]
    assert found[1].mend == "Write MOSCOW <moscow.example>."
    assert about(of_text(beijing, letter(to=(Party(place="ROME"),)))) == [("should", "addressee")] * 2


def test_markings_below_what_they_cover(beijing: Post):
    blocks = (
        Paragraph(text="One.", number="1", portion="TS//NF"),
        Quotation(blocks=(Paragraph(text="Two.", portion="C"),)),
        Carried(
            cable=Cable(
                sender=Party(),
                to=(),
                kind="REPORT",
                classification="TOP SECRET",
                captions=("NODIS",),
                blocks=(Paragraph(text="Three.", portion="TS"),),
            )
        ),
    )
    found = of_text(beijing, letter(classification="SECRET", blocks=blocks))
    assert [f.sentence for f in found] == [
        "paragraph 1 is marked (TS//NF), above the cable itself",
        "REPORT is TOP SECRET, above the cable that carries it",
        "REPORT bears NODIS, and the cable does not",
    ]
    assert found[0].paragraph == "1"
    assert about(of_text(beijing, letter(classification="", blocks=()))) == [("should", "marking")]


def test_precedences(beijing: Post):
    assert about(of_text(beijing, letter(precedence=None))) == [("should", "precedence")]
    assert about(of_text(beijing, letter(precedence=None, precedence_literal="TOP"))) == [
        ("should", "precedence")
    ]
    told = letter(to=(), info=(MOSCOW,), precedence=Precedence.FLASH, info_precedence=Precedence.ROUTINE)
    assert "higher than any addressee" in of_text(beijing, told)[0].sentence
    upside_down = letter(info=(MOSCOW,), info_precedence=Precedence.FLASH)
    assert about(of_text(beijing, upside_down)) == [("should", "precedence")]


@pytest.mark.parametrize(
    ("due", "said"),
    [("201200Z NOV 26", "passed"), ("201200Z NOV", "never called overdue"), ("231200Z NOV 26", "")],
)
def test_due_times(beijing: Post, due: str, said: str):
    found = of_text(beijing, letter(asks=(Ask(owner="MOSCOW", literal="Confirm.", due=read_moment(due)),)))
    assert [said in f.sentence for f in found] == ([True] if said else [])


def test_references_are_held_only_by_those_who_may_know_of_the_cable(beijing: Post):
    desk.enter(
        beijing.office, beijing.hand(REGISTRY), letter(numbers=(Number(scheme="cable", value="25025"),))
    )
    cable = letter(
        references=(Reference(literal="Cable No 25025", letter="A"), Reference(literal="999", letter="B"))
    )
    assert [f.sentence.split(",")[0] for f in of_text(beijing, cable)] == ["REF B"]
    reader = Asker(person=READER, roles=frozenset({"reader"}))
    assert [f.sentence.split(",")[0] for f in of_text(beijing, cable, reader)] == ["REF A", "REF B"]


def test_a_docket_line_that_cites_a_cable_quotes_it_where_it_may_be_read(beijing: Post):
    held = beijing.cable(beijing.release(letter("The list is agreed.")))

    def cited(origin: str, leaf: int, quote: str) -> Cable:
        fields = (("cites", f"{origin}/{leaf}"),)
        return letter(docket=(DocketLine(kind="observation", paragraph="1", quote=quote, fields=fields),))

    assert of_text(beijing, cited(held.origin, held.leaf, "The list")) == []
    assert about(of_text(beijing, cited(held.origin, held.leaf, "The map"))) == [("should", "docket")]
    assert of_text(beijing, cited(held.origin, 9999, "The map")) == []
    outsider = Asker(person=READER, roles=frozenset({"reader"}))
    assert of_text(beijing, cited(held.origin, held.leaf, "The map"), outsider) == []


def test_numbers_missing_or_given_twice_in_a_series(beijing: Post):
    first = beijing.draft(letter(kind="brief report No 1"))
    assert of_draft(beijing, first) == []
    found = of_text(beijing, letter(kind="brief report No 4"))
    assert [f.sentence for f in found] == ["brief report No 2, 3 is missing here, before No 4"]
    assert "already" in of_text(beijing, letter(kind="brief report No 1"))[0].sentence
    assert "far beyond" in of_text(beijing, letter(kind="brief report No 90000000"))[0].sentence


def test_eyes_only_needs_a_reader_whose_key_was_compared(beijing: Post, moscow: Post):
    def to(person: str) -> Cable:
        return letter(captions=("EYES ONLY",), to=(Party(post="moscow.example", person=person),))

    assert about(of_text(beijing, letter(captions=("EYES ONLY",)))) == [("must", "reader")]
    nowhere = letter(captions=("EYES ONLY",), to=(Party(place="ROME"),))
    assert ("should", "reader") in about(of_text(beijing, nowhere))
    assert about(of_text(beijing, to("Petrov"))) == [("must", "reader")]
    key = HybridIdentity.generate().recipient()
    card = ReaderCard(
        origin="moscow.example",
        person="Petrov",
        recipient=key.text(),
        fingerprint=key.fingerprint(),
        issued=moscow.office.now(),
    )
    line = sign_reader_card(card, moscow.office.keys.signing)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), line)
    found = of_text(beijing, to("Petrov"))
    assert about(found) == [("should", "reader")]
    assert "as vouched by the receiving office" in found[0].sentence
    office, hand = beijing.office, beijing.hand(REGISTRY)
    readers.confirm_reader(office, hand, "moscow.example", "Petrov", key.fingerprint())
    assert of_text(beijing, to("Petrov")) == []


def test_who_is_issued_nothing_is_named(beijing: Post):
    entry = beijing.printed(4)
    issues = [Issue(seq=seq, holder=KEYLESS, return_by="2026-11-23") for seq in (1, 2, 3, 4)]
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, issues)
    cable = letter(info=(Party(person=KEYLESS, post="beijing.example"),))
    assert of_text(beijing, cable) == []
    beijing.pass_time(days=3)
    assert about(of_text(beijing, cable)) == [("should", "stop-issue")]
    decide(beijing, "stop-issue", off=True)
    assert of_text(beijing, cable) == []
