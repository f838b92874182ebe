"""One cable's way over the desk: who may do what, in which state, and what the register says of it."""

import pytest

from reftel.cable.model import Annotation, Ask, Moment, Number, Party, Precedence
from reftel.errors import BadValue, NotAllowed, NotFound, NotYourRole, Separation, TextChanged
from reftel.office import arrivals, copies, desk, people, tasks
from reftel.office.desk import Decision, Print
from reftel.register.log import find_text
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    carry,
    decide,
    letter,
)

P84 = Decision(body="Politburo", protocol="84", item="421", title="On the text", text="Adopt the text.")


def edit(post, entry, text="Another text."):
    desk.edit(post.office, post.hand(DRAFTER), entry, letter(text))


def clear(post, entry, *officers):
    for officer in officers:
        desk.clear(post.office, post.hand(officer), entry)


def release(post, entry):
    return desk.release(post.office, post.hand(RELEASER), entry)


def adopt(post, entry, decision=P84, **more):
    return desk.adopt(post.office, post.hand(REGISTRY), entry, decision, **more)


def text_of(post, entry):
    with post.read() as connection:
        return desk.cable_text(connection, post.cable(entry))


# Drafts and clearance.


def test_a_draft_bears_no_number_of_release(beijing):
    number = Number(scheme="MRN", value="2026BEIJING000001")
    with pytest.raises(BadValue):
        beijing.draft(letter(numbers=(number,)))
    entry = beijing.draft()
    with pytest.raises(BadValue):
        desk.edit(beijing.office, beijing.hand(DRAFTER), entry, letter(registered=beijing.clock.at))
    assert beijing.cable(entry).drafter == DRAFTER


def test_every_named_officer_clears_the_draft(beijing):
    entry = beijing.draft(clearing=[CLEARING, CLEARING_TOO])
    assert beijing.cable(entry).state == "drafted"
    with pytest.raises(NotAllowed, match="Karpova, Klimov"):
        release(beijing, entry)
    clear(beijing, entry, CLEARING)
    assert beijing.cable(entry).state == "in clearance"
    with pytest.raises(NotAllowed, match="clearance of Karpova"):
        release(beijing, entry)
    clear(beijing, entry, CLEARING, CLEARING_TOO)
    assert beijing.cable(entry).state == "cleared"
    release(beijing, entry)


def test_an_edit_voids_every_clearance(beijing):
    entry = beijing.draft(clearing=[CLEARING, CLEARING_TOO])
    clear(beijing, entry, CLEARING, CLEARING_TOO)
    edit(beijing, entry)
    assert beijing.cable(entry).state == "drafted"
    with pytest.raises(NotAllowed, match="clearance"):
        release(beijing, entry)
    clear(beijing, entry, CLEARING_TOO)
    assert beijing.cable(entry).state == "in clearance"
    clear(beijing, entry, CLEARING)
    release(beijing, entry)


def test_only_who_was_asked_clears(beijing):
    entry = beijing.draft(clearing=[CLEARING])
    with pytest.raises(NotAllowed, match="not asked"):
        clear(beijing, entry, CLEARING_TOO)
    with pytest.raises(BadValue, match="not a clearing officer"):
        desk.ask_clearance(beijing.office, beijing.hand(DRAFTER), entry, [RELEASER])
    with pytest.raises(NotFound):
        desk.ask_clearance(beijing.office, beijing.hand(DRAFTER), entry, ["Nobody"])
    people.admit(beijing.office, beijing.hand(ADMIN), CLEARING, roles=["reader"])
    with pytest.raises(NotYourRole):
        clear(beijing, entry, CLEARING)


def test_clearance_is_asked_before_it_is_complete(beijing):
    entry = beijing.draft(clearing=[CLEARING])
    clear(beijing, entry, CLEARING)
    with pytest.raises(NotAllowed, match="is cleared"):
        desk.ask_clearance(beijing.office, beijing.hand(DRAFTER), entry, [CLEARING_TOO])
    edit(beijing, entry)
    desk.ask_clearance(beijing.office, beijing.hand(DRAFTER), entry, [CLEARING_TOO])
    clear(beijing, entry, CLEARING, CLEARING_TOO)
    release(beijing, entry)
    with pytest.raises(NotAllowed):
        desk.ask_clearance(beijing.office, beijing.hand(DRAFTER), entry, [CLEARING])


# Adoption.


@pytest.mark.parametrize("at", [0, -1])
def test_one_changed_letter_blocks_the_release_of_an_adopted_text(beijing, at):
    text = "We agree with the conditions for a ceasefire."
    entry = beijing.draft(letter(text))
    adopt(beijing, entry)
    letters = list(text)
    letters[at] = "·"
    edit(beijing, entry, "".join(letters))
    with pytest.raises(TextChanged, match="P84/421"):
        release(beijing, entry)
    edit(beijing, entry, text)
    with pytest.raises(TextChanged):
        release(beijing, entry)  # the same words again are another version: it is adopted anew
    again = adopt(beijing, entry)
    release(beijing, entry)
    assert [d.state for d in beijing.rows(t.decisions)] == ["in force", "in force"]
    assert beijing.rows(t.decisions)[-1].decision == again


def test_an_adopted_text_is_released_as_it_is(beijing):
    entry = beijing.draft()
    adopt(beijing, entry)
    draft = text_of(beijing, entry)[0]
    release(beijing, entry)
    sent = text_of(beijing, entry)[0]
    assert sent.blocks == draft.blocks
    assert sent.subject == draft.subject


def test_a_decision_is_replaced_by_another(beijing):
    entry = beijing.draft()
    first = adopt(beijing, entry)
    second = adopt(
        beijing, entry, Decision(body="Politburo", protocol="85", item="1", title="", text=""), replaces=first
    )
    states = {d.decision: (d.state, d.replaced_by) for d in beijing.rows(t.decisions)}
    assert states == {first: ("replaced", second), second: ("in force", -1)}
    with pytest.raises(NotFound):
        adopt(beijing, entry, replaces=first)
    other = beijing.draft()
    with pytest.raises(NotFound):
        adopt(beijing, other, replaces=second)
    release(beijing, entry)


def test_a_voided_decision_must_be_taken_again(beijing):
    entry = beijing.draft()
    first = adopt(beijing, entry)
    desk.void_decision(beijing.office, beijing.hand(RELEASER), entry, first, "Protocol corrected.")
    assert beijing.cable(entry).state == "drafted"
    with pytest.raises(NotAllowed, match="P84/421 was voided"):
        release(beijing, entry)
    with pytest.raises(NotFound):
        desk.void_decision(beijing.office, beijing.hand(RELEASER), entry, first, "again")
    adopt(beijing, entry)
    release(beijing, entry)


def test_adoption_names_what_was_decided(beijing):
    entry = beijing.draft()
    adopt(
        beijing, entry, Decision(body="B", protocol="3", item="7", title="T", text="X", excerpts=("Molotov",))
    )
    decision = beijing.last().act["decision"]
    assert decision == {
        "body": "B",
        "protocol": "3",
        "item": "7",
        "title": "T",
        "text": "X",
        "reference": "P3/7",
        "excerpts": ["Molotov"],
    }


# Release.


@pytest.mark.parametrize("editor", [False, True])
def test_neither_who_drafted_nor_who_edited_releases(beijing, editor):
    people.admit(beijing.office, beijing.hand(ADMIN), RELEASER, roles=["drafter", "releasing officer"])
    if editor:
        entry = beijing.draft()
        desk.edit(beijing.office, beijing.hand(RELEASER), entry, letter("My own text."))
        edit(beijing, entry, "And ours again.")
    else:
        entry = desk.draft(beijing.office, beijing.hand(RELEASER), letter())
    with pytest.raises(Separation, match="Rybakov did both"):
        release(beijing, entry)
    decide(beijing, "drafter-releaser", off=True)
    release(beijing, entry)
    assert beijing.last().act["waived"] == ["drafter-releaser"]


def test_numbers_run_through_the_year_and_are_never_used_again(beijing):
    first = release(beijing, beijing.draft())
    gone = beijing.draft()
    desk.withdraw(beijing.office, beijing.hand(DRAFTER), gone)
    many = [beijing.draft() for _ in range(3)]
    numbers = desk.release_all(beijing.office, beijing.hand(RELEASER), many)
    assert [first, *numbers] == [f"2026BEIJING{n:06}" for n in (1, 2, 3, 4)]
    beijing.pass_time(days=40)
    assert release(beijing, beijing.draft()) == "2027BEIJING000001"
    assert release(beijing, beijing.draft()) == "2027BEIJING000002"


def test_a_draft_named_twice_is_released_once(beijing):
    entry = beijing.draft()
    assert desk.release_all(beijing.office, beijing.hand(RELEASER), [entry, entry]) == ["2026BEIJING000001"]


def test_of_many_all_are_released_or_none(beijing):
    good, bad = beijing.draft(), beijing.draft(clearing=[CLEARING])
    size = beijing.size()
    with pytest.raises(NotAllowed):
        desk.release_all(beijing.office, beijing.hand(RELEASER), [good, bad])
    assert beijing.size() == size
    assert beijing.cable(good).state == "drafted"


@pytest.mark.parametrize(
    ("addressees", "error"),
    [
        ({"to": ()}, BadValue),
        ({"to": (Party(post="pyongyang.example"),)}, NotFound),
        ({"info": (Party(post="pyongyang.example"),)}, NotFound),
    ],
)
def test_a_cable_for_nobody_or_for_an_unknown_post_is_not_released(beijing, addressees, error):
    entry = beijing.draft(letter(**addressees))
    with pytest.raises(error):
        release(beijing, entry)
    assert beijing.cable(entry).state == "drafted"


def test_a_cable_goes_to_each_post_once_and_not_to_this_one(beijing):
    moscow, here = Party(post="moscow.example"), Party(post="beijing.example", person="ROSHCHIN")
    entry = beijing.release(letter(to=(moscow, here), info=(moscow, Party(place="PARIS"))))
    assert [(d.peer, d.state) for d in beijing.rows(t.deliveries)] == [("moscow.example", "waiting")]
    assert beijing.cable(entry).state == "released"


def test_release_gives_number_sender_clock_and_date_time_group(beijing):
    entry = beijing.release(letter(sender=Party(), numbers=(Number(scheme="special", value="25025"),)))
    cable, _ = text_of(beijing, entry)
    assert [n.value for n in cable.numbers] == ["2026BEIJING000001", "25025"]
    assert cable.sender.post == "beijing.example"
    assert cable.registered == beijing.clock.at
    assert cable.moment is not None
    assert cable.moment.literal == "220900Z NOV 26"


def test_a_time_and_a_sender_on_the_draft_stay(beijing):
    sender = Party(post="beijing.example", place="PYONGYANG")
    entry = beijing.release(letter(sender=sender, moment=Moment(literal="2400 10 July")))
    cable, _ = text_of(beijing, entry)
    assert (cable.sender, cable.moment.literal) == (sender, "2400 10 July")


def test_nobody_drafts_in_another_posts_name(beijing):
    other = letter(sender=Party(post="pyongyang.example", place="PYONGYANG"))
    with pytest.raises(BadValue, match=r"pyongyang\.example"):
        desk.draft(beijing.office, beijing.hand(DRAFTER), other)


def test_what_was_released_is_not_edited_released_or_withdrawn_again(beijing):
    entry = beijing.release()
    for act in (
        lambda: edit(beijing, entry),
        lambda: release(beijing, entry),
        lambda: desk.withdraw(beijing.office, beijing.hand(DRAFTER), entry),
        lambda: adopt(beijing, entry),
        lambda: desk.verify(beijing.office, beijing.hand(READER), entry),
    ):
        with pytest.raises(NotAllowed):
            act()
    paper = desk.enter(beijing.office, beijing.hand(REGISTRY), letter())
    with pytest.raises(NotAllowed, match="another post"):
        edit(beijing, paper)


def test_without_precedence_a_cable_goes_last(beijing):
    beijing.release(letter(precedence=None))
    beijing.release(letter(precedence=Precedence.FLASH))
    assert [d.precedence for d in beijing.rows(t.deliveries)] == [-1, 4]


# Paper, numbers, marks.


def test_a_cable_is_entered_from_paper_with_its_scan(beijing):
    entry = desk.enter(
        beijing.office,
        beijing.hand(REGISTRY),
        letter(asks=(Ask(owner="BEIJING", literal="Report."),)),
        numbers=[["incoming", "25025"], ["stamp", "757", "No 757", "3.7.51"]],
        scan=b"%PDF",
        marks=[{"event": "received", "by": "Fedyaev"}],
    )
    act = beijing.last().act
    assert act["paper"] is True
    assert act["marks"] == [{"event": "received", "by": "Fedyaev"}]
    with beijing.read() as connection:
        scan = find_text(connection, act["scan"])
    assert scan is not None
    assert scan.data == b"%PDF"
    assert beijing.cable(entry).direction == "paper"
    assert [row.owner for row in beijing.rows(t.taskings)] == ["BEIJING"]
    folded = {row.folded for row in beijing.rows(t.identifiers)}
    assert {"25025", "incoming 25025", "757"} <= folded


@pytest.mark.parametrize("numbers", [[["file"]], [["", "7"]], [["file", " "]], [["a"] * 6]])
def test_half_a_number_is_refused(beijing, numbers):
    entry = beijing.printed()
    for act in (
        lambda: desk.number(beijing.office, beijing.hand(REGISTRY), entry, numbers),
        lambda: desk.enter(beijing.office, beijing.hand(REGISTRY), letter(), numbers=numbers),
        lambda: arrivals.decipher(beijing.office, beijing.hand(CIPHER), numbers=numbers),
    ):
        with pytest.raises(BadValue):
            act()


def test_marks_stand_beside_the_text(beijing):
    entry = beijing.printed()
    before = text_of(beijing, entry)
    note = Annotation(layer="archive note", literal="AVPRF", inferred=True)
    desk.annotate(beijing.office, beijing.hand(AUDITOR), entry, [note])
    assert beijing.last().act["annotations"] == [
        {"layer": "archive note", "literal": "AVPRF", "inferred": True}
    ]
    assert text_of(beijing, entry) == before
    desk.number(beijing.office, beijing.hand(CIPHER), entry, [["file", "12/6"]])
    assert ("file", "12/6") in {(i.scheme, i.literal) for i in beijing.rows(t.identifiers)}


# Printing and verifying.


def test_printing_again_gives_new_numbers(beijing):
    entry = beijing.printed(3)
    office, hand = beijing.office, beijing.hand(CIPHER)
    assert desk.print_copies(office, hand, entry, 2, print_number="3008", return_to="Registry") == [4, 5]
    with beijing.read() as connection:
        rows = copies.copies_of(connection, entry)
    assert [(c.seq, c.number, c.run, c.state) for c in rows] == [
        (n, str(n), 1 if n < 4 else 2, "in file") for n in range(1, 6)
    ]
    assert rows[-1].return_to == "Registry"


@pytest.mark.parametrize("count", [0, -1, 1000])
def test_no_copies_and_too_many_are_refused(beijing, count):
    entry = beijing.printed()
    with pytest.raises(BadValue):
        desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, count)


def test_a_run_printed_elsewhere_lists_its_holders_and_what_is_unknown(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), letter())
    listed = [
        Print(holder="Stalin"),
        Print(holder="Molotov", number="2"),
        Print(unaccounted="not listed"),
        Print(),
    ]
    with pytest.raises(BadValue):
        desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 3, listed=listed)
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 4, listed=listed)
    with beijing.read() as connection:
        rows = copies.copies_of(connection, entry)
    assert [(c.number, c.state, c.holder, c.reason) for c in rows] == [
        ("", "issued", "Stalin", ""),
        ("2", "issued", "Molotov", ""),
        ("", "unaccounted", "", "not listed"),
        ("", "in file", "", ""),
    ]


def test_a_draft_is_not_printed_in_numbered_copies(beijing):
    entry = beijing.draft()
    with pytest.raises(NotAllowed):
        desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)


def test_who_deciphered_or_printed_does_not_verify(beijing, moscow, stick):
    beijing.release()
    (entry,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    for who in (CIPHER, REGISTRY):
        with pytest.raises(Separation, match=who):
            desk.verify(moscow.office, moscow.hand(who), entry)
    desk.verify(moscow.office, moscow.hand(READER), entry, rank="Colonel", post_held="Section Chief")
    act = moscow.last().act
    assert (act["rank"], act["post_held"], act["version"]) == (
        "Colonel",
        "Section Chief",
        moscow.cable(entry).version,
    )
    assert moscow.cable(entry).state == "verified"
    decide(moscow, "decipherer-verifier", off=True)
    desk.verify(moscow.office, moscow.hand(CIPHER), entry)
    assert moscow.last().act["waived"] == ["decipherer-verifier"]


# Acknowledgement and the end of a text.


def test_a_received_cable_is_acknowledged_by_a_reader_or_by_a_reply(beijing):
    entry, reply = beijing.printed(), beijing.release()
    desk.acknowledge(beijing.office, beijing.hand(READER), entry)
    desk.acknowledge(beijing.office, beijing.hand(READER), entry, by_cable=reply)
    (link,) = beijing.rows(t.links)
    assert (link.relation, link.other) == ("acknowledged by", reply)


def test_our_cable_is_acknowledged_only_by_one_that_came(beijing, moscow, stick):
    entry = beijing.release()
    carry(beijing, moscow, stick)
    paper = beijing.printed()
    other = beijing.release()
    for by in (-1, other):
        with pytest.raises(NotAllowed):
            desk.acknowledge(beijing.office, beijing.hand(READER), entry, by_cable=by)
    with pytest.raises(NotFound):
        desk.acknowledge(beijing.office, beijing.hand(READER), entry, by_cable=9999)
    desk.acknowledge(beijing.office, beijing.hand(READER), entry, by_cable=paper)
    assert beijing.cable(entry).state == "acknowledged"


def test_a_destroyed_text_is_gone_and_its_copies_are_still_held_against_its_marking(beijing):
    entry = beijing.printed(2, letter(captions=("EYES ONLY",)))
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "Order 12")
    assert text_of(beijing, entry) is None
    row = beijing.cable(entry)
    assert (row.subject, row.marking) == ("", "SECRET\x1fEYES ONLY")
    issue = [copies.Issue(seq=1, holder=AUDITOR)]
    with pytest.raises(Exception, match="EYES ONLY"):
        copies.issue(beijing.office, beijing.hand(REGISTRY), entry, issue)
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [copies.Issue(seq=1, holder=READER)])
    assert all(
        not row.text_key for row in beijing.rows(t.texts) if row.commitment == beijing.cable(entry).text
    )


def test_every_version_of_a_draft_goes_with_its_text(beijing):
    entry = beijing.draft()
    edit(beijing, entry)
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "Order 12")
    assert not any(row.text_key for row in beijing.rows(t.texts))
    with pytest.raises(NotAllowed, match="destroyed"):
        release(beijing, entry)


def test_a_text_with_open_taskings_stays(beijing):
    entry = beijing.printed()
    tasks.task(beijing.office, beijing.hand(REGISTRY), entry, "BEIJING", "Report.")
    with pytest.raises(NotAllowed, match="open taskings"):
        desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "x")
    tasks.cancel_task(beijing.office, beijing.hand(REGISTRY), entry, 1, "done by telephone")
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "x")
    assert [row.literal for row in beijing.rows(t.taskings)] == [""]


def test_one_number_given_by_hand_is_one_cables(beijing, moscow, stick):
    beijing.release()
    beijing.release()
    (first,) = carry_one(beijing, moscow, stick, incoming="25025", numbers=[["stamp", "757"]])
    assert moscow.cable(first).incoming == "25025"
    rest = arrivals.decipher(moscow.office, moscow.hand(CIPHER))
    assert [moscow.cable(d.entry).incoming for d in rest] == ["25026"]


def carry_one(sender, receiver, stick, **given):
    from reftel.house import courier  # noqa: PLC0415 - the house alone picks a bearer
    from reftel.office import channels  # noqa: PLC0415

    channels.dispatch(sender.office, courier(stick), receiver.office.origin)
    for bag in courier(stick).collect():
        arrivals.receive(receiver.office, bag)
    return [d.entry for d in arrivals.decipher(receiver.office, receiver.hand(CIPHER), **given)]
