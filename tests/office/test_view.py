"""What the office shows of a cable, and by what it finds one."""

import pytest
from sqlalchemy import delete

from reftel.cable.dtg import read_moment
from reftel.cable.model import (
    Ask,
    Carried,
    Enclosure,
    Mark,
    Moment,
    Number,
    Paragraph,
    Party,
    Quotation,
    Reference,
)
from reftel.errors import NotFound
from reftel.office import arrivals, changes, channels, copies, desk, naming, people, tasks, view
from reftel.office.copies import Issue
from reftel.register.entries import encode_json
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    CLEARING,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    carry,
    decide,
    letter,
)


def shown(post, entry):
    with post.read() as connection:
        return view.view(connection, entry)


def found(post, text):
    with post.read() as connection:
        return [(f["cable"], f["by"]) for f in view.find(connection, text)]


def stated(post, who, literal, **more):
    return post.hand(who, stated=read_moment(literal), **more)


def test_a_cable_of_ours_is_shown_with_all_that_was_done(beijing, moscow, stick):
    ask = Ask(owner="MOSCOW", literal="Telegraph the fulfilment.", kind="report")
    entry = beijing.draft(letter(asks=(ask,), captions=("EXDIS",)), clearing=[CLEARING])
    desk.clear(beijing.office, beijing.hand(CLEARING), entry)
    decision = desk.Decision(body="Politburo", protocol="84", item="421", title="On the text", text="Adopt.")
    desk.adopt(beijing.office, beijing.hand(REGISTRY), entry, decision)
    assert shown(beijing, entry)["checked"]["statement"].startswith("A draft")
    desk.release(beijing.office, beijing.hand(RELEASER), entry)
    beijing.pass_time(minutes=7)
    carry(beijing, moscow, stick)
    seen = shown(beijing, entry)
    assert (seen["direction"], seen["state"], seen["mrn"]) == ("out", "dispatched", "2026BEIJING000001")
    assert seen["marking"] == {"classification": "SECRET", "captions": ["EXDIS"]}
    assert [(s["event"], s["who"]) for s in seen["handling"]] == [
        ("drafted", DRAFTER),
        ("cleared", CLEARING),
        ("adopted", REGISTRY),
        ("released", RELEASER),
        ("dispatched", ""),
    ]
    assert seen["handling"][3]["signed_by"] == [RELEASER]
    assert {"from": "released", "to": "dispatched", "minutes": 7, "clock": "registered"} in seen[
        "handling_times"
    ]
    assert seen["decisions"][0]["title"] == "On the text"
    assert seen["decisions"][0]["state"] == "in force"
    assert [d["state"] for d in seen["deliveries"]] == ["dispatched"]
    assert [a["literal"] for a in seen["taskings"]] == ["Telegraph the fulfilment."]
    assert [c["state"] for c in seen["clearances"]] == ["given"]
    assert "Released under entry" in seen["checked"]["statement"]
    assert seen["text"]["subject"] == "Talks"
    encode_json({"shown": seen})  # it is ready for JSON as it is


def test_a_cable_that_came_shows_what_was_checked_and_who_handled_it(beijing, moscow, stick):
    beijing.release()
    people_off(moscow)
    (entry,) = carry(beijing, moscow, stick)
    office = moscow.office
    hand = stated(moscow, KEYLESS, "0830Z 22 November 2026", by=REGISTRY)
    desk.print_copies(office, hand, entry, 2, print_number="3007")
    desk.verify(office, stated(moscow, READER, "0845Z 22 November 2026"), entry, rank="Colonel")
    seen = shown(moscow, entry)
    steps = {s["event"]: s for s in seen["handling"]}
    assert list(steps) == ["received", "deciphered", "printed", "verified"]
    assert steps["printed"]["said"] == f"said to have acted, recorded and signed by {REGISTRY}"
    assert (steps["printed"]["copies"], steps["printed"]["print_number"]) == (2, "3007")
    assert steps["printed"]["literal"] == "0830Z 22 November 2026"
    assert steps["verified"]["rank"] == "Colonel"
    assert "said" not in steps["verified"]
    assert seen["handling_times"] == [{"from": "printed", "to": "verified", "minutes": 15, "clock": "stated"}]
    assert seen["numbers"] == [
        {"scheme": "incoming", "value": "1"},
        {"scheme": "print number", "value": "3007"},
    ]
    assert "byte for byte, what beijing.example registered" in seen["checked"]["statement"]
    assert seen["ledger"]["in file"] == 2


def people_off(post):
    for rule in ("decipherer-verifier", "printer-verifier"):
        decide(post, rule, off=True)


def test_the_senders_own_marks_give_times(beijing):
    marks = (
        Mark(event="received", moment=read_moment("1135 18 October 1951")),
        Mark(event="deciphered", moment=read_moment("1205 18 October 1951")),
        Mark(event="printed", moment=Moment(literal="later")),
        Mark(event="verified"),
    )
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), letter(marks=marks))
    times = shown(beijing, entry)["handling_times"]
    assert times[0] == {"from": "received", "to": "deciphered", "minutes": 30, "clock": "stated"}


def test_paper_says_that_no_register_vouches_for_it_and_a_destroyed_text_is_left_out(beijing):
    entry = desk.enter(
        beijing.office,
        beijing.hand(REGISTRY),
        letter(),
        numbers=[["stamp", "757", "No 757", "3.7.51"]],
        marks=[{"event": "received"}],
    )
    seen = shown(beijing, entry)
    assert "no register vouches" in seen["checked"]["statement"]
    assert seen["numbers"] == [{"scheme": "stamp", "value": "757", "literal": "No 757", "date": "3.7.51"}]
    assert seen["marks"] == [{"event": "received"}]
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "order")
    gone = shown(beijing, entry)
    assert not {"text", "references", "carried", "cited_not_held"} & set(gone)
    assert gone["handling_times"] == []
    with pytest.raises(NotFound):
        shown(beijing, 9999)


def test_links_are_shown_from_both_sides(beijing):
    first, second = beijing.printed(), beijing.printed()
    changes.correct(beijing.office, beijing.hand(REGISTRY), first, second)
    assert [k["relation"] for k in shown(beijing, first)["links"]] == ["corrected by"]
    assert [k["relation"] for k in shown(beijing, second)["links"]] == ["corrected by (of)"]


CITING = letter(
    kind="brief report No 3",
    numbers=(Number(scheme="special", value="25025"),),
    moment=read_moment("0530 18 October"),
    references=(
        Reference(literal="your No. 5205", letter="A", number="5205"),
        Reference(literal="your telegram of 0115 18 October", moment=read_moment("0115 18 October")),
    ),
    enclosures=(Enclosure(title="Map of the line"),),
    blocks=(
        Paragraph(text="We received:"),
        Quotation(
            blocks=(
                Carried(
                    cable=letter(
                        numbers=(Number(scheme="cable", value="1691"),),
                        blocks=(Carried(cable=letter(numbers=(Number(scheme="cable", value="77"),))),),
                    )
                ),
            )
        ),
    ),
)


def test_every_number_and_time_on_a_sheet_finds_the_cable(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), CITING, numbers=[["stamp", "757"]])
    for asked in ("25025", "№ 25025", "special 25025", "757", "0530 18 October", "brief report No. 3"):
        assert (entry, True) in {(f[0], not f[1].endswith("reference")) for f in found(beijing, asked)}, asked
    assert found(beijing, "1691") == [(entry, "carried cable")]
    assert found(beijing, "5205") == [(entry, "reference")]
    assert found(beijing, "nothing of the kind") == found(beijing, "") == []
    bearer = desk.enter(
        beijing.office, beijing.hand(REGISTRY), letter(numbers=(Number(scheme="cable", value="5205"),))
    )
    assert [f[0] for f in found(beijing, "5205")] == [bearer, entry], "who bears it comes first"


def test_one_number_means_one_cable_or_says_which_bear_it(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), CITING)
    with beijing.read() as connection:
        assert view.resolve(connection, "25025") == view.resolve(connection, f"entry:{entry}") == entry
        assert view.resolve(connection, "1691") == entry
        for nothing in ("5205", "entry:", "entry:x", "entry:9999", "entry:" + "9" * 40, "entry:１"):
            with pytest.raises(NotFound):
                view.resolve(connection, nothing)
    again = desk.enter(beijing.office, beijing.hand(REGISTRY), CITING)
    own = desk.enter(
        beijing.office, beijing.hand(REGISTRY), letter(numbers=(Number(scheme="cable", value="1691"),))
    )
    with beijing.read() as connection:
        with pytest.raises(NotFound, match="2 cables") as several:
            view.resolve(connection, "25025")
        assert f"entry:{entry}, entry:{again}" in several.value.mend
        assert view.resolve(connection, "1691") == own, "its own number before one that is carried"


def test_what_is_cited_and_not_here_is_listed(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), CITING)
    other = desk.enter(beijing.office, beijing.hand(REGISTRY), letter(kind="Note No 1"))
    with beijing.read() as connection:
        missing = view.cited_not_held(connection)
        own = view.cited_not_held(connection, entry)
        assert view.cited_not_held(connection, other) == []
    assert missing == own
    assert [(m["cited"], m["why"]) for m in missing] == [
        ("your No. 5205", "referred to"),
        ("your telegram of 0115 18 October", "referred to"),
        ("Map of the line", "enclosure named and not here"),
        ("brief report No 1", "implied by brief report No 3"),
        ("brief report No 2", "implied by brief report No 3"),
    ]
    desk.enter(
        beijing.office,
        beijing.hand(REGISTRY),
        letter(kind="Brief report No. 2", numbers=(Number(scheme="cable", value="5205"),)),
    )
    with beijing.read() as connection:
        assert [m["cited"] for m in view.cited_not_held(connection)] == [
            "your telegram of 0115 18 October",
            "Map of the line",
            "brief report No 1",
        ]
    held = {r["literal"]: r["held"] for r in shown(beijing, entry)["references"]}
    assert held["your No. 5205"] is True
    assert held["your telegram of 0115 18 October"] is False


def test_carried_telegrams_are_listed_outer_before_inner(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), CITING)
    assert [c["standing"] for c in shown(beijing, entry)["carried"]] == ["as told by the forwarder"] * 2


def test_names_are_found_as_printed_and_misprinted(beijing):
    detail = {"as_printed": ["Gromyko A.A."], "misprints": ["Gromiko"]}
    people.name_authority(beijing.office, beijing.hand(REGISTRY), "GROMYKO", "person", detail)
    people.name_authority(beijing.office, beijing.hand(REGISTRY), "TASS", "office", {})
    with beijing.read() as connection:
        assert [a["name"] for a in naming.authorities(connection)] == ["GROMYKO", "TASS"]
        for text in ("gromyko", "Gromyko, A. A.", "Gromiko"):
            assert [a["name"] for a in naming.authorities(connection, text)] == ["GROMYKO"]
        assert naming.authorities(connection, "Vyshinsky") == []


def test_the_authority_list_is_read_as_of_an_earlier_entry(beijing):
    hand = beijing.hand(REGISTRY)
    people.name_authority(beijing.office, hand, "FILIPPOV", "person", {"as_printed": ["Filipov"]})
    then = beijing.size() - 1
    people.name_authority(beijing.office, hand, "FILIPPOV", "person", {"as_printed": ["Stalin"]})
    people.name_authority(beijing.office, hand, "TASS", "office", {})
    with beijing.read() as connection:
        first = {"name": "FILIPPOV", "kind": "person", "as_printed": ["Filipov"]}
        assert naming.authorities(connection, until=then) == [first]
        assert naming.authorities(connection, until=then - 1) == []
        assert naming.authorities(connection, "stalin", until=then) == []
        assert len(naming.authorities(connection, until=beijing.size())) == 2


def test_the_trays_part_the_traffic(beijing):
    draft, sent, paper = beijing.draft(), beijing.release(letter(captions=("EXDIS",))), beijing.printed()
    with beijing.read() as connection:
        trays = {
            tray: [c["cable"] for c in view.traffic(connection, tray)]
            for tray in ("in", "out", "drafts", "all")
        }
        assert view.traffic(connection, "out")[0]["marking"] == "SECRET EXDIS"
    assert trays == {"in": [paper], "out": [sent], "drafts": [draft], "all": sorted([draft, sent, paper])}


def test_the_four_receipts_are_never_confused(beijing, moscow, stick):
    ask = Ask(owner="MOSCOW", literal="Report.")
    entry = beijing.release(letter(asks=(ask,)))

    def receipts():
        with beijing.read() as connection:
            return view.receipts(connection, entry)

    assert not any(receipts().values())
    carry(beijing, moscow, stick)
    assert receipts()["bearer took it"] == ["moscow.example"]
    assert receipts()["the post's register has it"] == []
    from reftel.house import courier  # noqa: PLC0415 - the house alone picks a bearer

    channels.dispatch(moscow.office, courier(stick), "beijing.example")
    for bag in courier(stick).collect():
        arrivals.receive(beijing.office, bag)
    assert receipts()["the post's register has it"] == ["moscow.example"]
    desk.print_copies(beijing.office, beijing.hand(CIPHER), entry, 1)
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    assert receipts()["opened here"] == []
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    assert receipts()["opened here"] == [f"copy 1: {READER} (2026-11-22)"]
    assert receipts()["fulfilled"] == []
    tasks.fulfil(beijing.office, beijing.hand(REGISTRY), entry, 1, beijing.printed())
    assert receipts()["fulfilled"] == ["1: Report."]


def test_an_addressee_without_a_place_is_shown_all_the_same(beijing):
    entry = beijing.draft(letter(sender=Party(), subject=""))
    assert shown(beijing, entry)["text"]["to"]


def test_numbers_of_a_series_too_far_apart_do_not_hide_what_else_is_missing(beijing, moscow, stick):
    """A known post may send any number: one such must not take the whole list away."""
    beijing.release(letter(kind="brief report No 999999999"))
    beijing.release(letter(references=(Reference(literal="No. 4711"),)))
    carry(beijing, moscow, stick)
    with moscow.read() as connection:
        cited = [found["cited"] for found in view.cited_not_held(connection)]
    assert cited == ["No. 4711", "brief report, of numbers too far apart to be listed"]


def test_a_text_whose_proof_was_taken_away_is_not_called_proved(beijing, moscow, stick):
    beijing.release(letter())
    (entry,) = carry(beijing, moscow, stick)
    with moscow.office.store.write() as connection:
        connection.execute(delete(t.proofs))
    assert "no longer here" in shown(moscow, entry)["checked"]["statement"]
