"""Cables from post to post by commands alone: dispatched, received, deciphered, faults found."""

from __future__ import annotations

import shutil

from tests.cli.posts import KANG, OH, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]


def test_a_cable_goes_from_draft_to_deciphered_text(link: Link):
    mrn = link.released()
    assert "for beijing.example: 1 cable." in link.kaesong.run("dispatch", "--by", link.stick).stdout
    news = link.beijing.json("receive", link.stick)
    assert [(bag["news"], bag["peer"], bag["cables"]) for bag in news["bags"]] == [
        ("arrived", "kaesong.example", 1)
    ]
    assert "1 sealed cables wait" in link.beijing.run("list").stdout
    done = link.beijing.run("decipher", *by(OH)).stdout
    assert done.startswith(f"Deciphered {mrn} of kaesong.example, incoming 1")
    shown = link.beijing.run("show", mrn).stdout
    assert "1. (S) The session lasted forty minutes. Nothing was signed." in shown
    assert "byte for byte, what kaesong.example registered" in shown
    assert "deciphered  " in shown
    assert f"{OH}, said to have acted, recorded and signed by" in shown


def test_dispatch_goes_on_until_nothing_waits_and_then_says_so(link: Link):
    link.released()
    link.released()
    bags = link.kaesong.json("dispatch", "--by", link.stick, "--to", "BEIJING")["bags"]
    assert sum(bag["cables"] for bag in bags) == 2
    assert link.kaesong.run("dispatch", "--by", link.stick).stdout == "Nothing waits.\n"
    assert link.beijing.run("decipher", *by(OH)).stdout == "Nothing waits.\n"


def test_receipts_go_back_and_are_told_apart_in_the_out_tray(link: Link):
    mrn = link.received()
    assert "-" in link.kaesong.run("list", "out").stdout
    before = link.kaesong.json("list", "out")["cables"][0]["receipts"]
    assert before["bearer took it"] == ["beijing.example"]
    assert before["the post's register has it"] == []
    assert "receipts only" in link.beijing.run("dispatch", "--by", link.stick).stdout
    link.kaesong.run("receive", link.stick)
    (row,) = link.kaesong.json("list", "out")["cables"]
    assert row["mrn"] == mrn
    assert row["state"] == "receipted"
    assert row["receipts"]["the post's register has it"] == ["beijing.example"]
    assert row["receipts"]["opened here"] == row["receipts"]["fulfilled"] == []


def test_the_same_bag_again_and_a_strange_one_are_reported_and_change_nothing(link: Link):
    link.received()
    news = link.beijing.json("receive", link.stick)["bags"]
    assert [bag["news"] for bag in news] == ["again"]
    assert [bag["news"] for bag in link.kaesong.json("receive", link.stick)["bags"]] == ["not ours"]
    shutil.rmtree(next(link.stick.iterdir()))
    assert link.beijing.run("receive", link.stick).stdout == "No bag lies there.\n"


def test_a_broken_bag_is_refused_with_its_code_and_does_not_stop_the_others(link: Link):
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    (first,) = link.stick.iterdir()
    (first / "cables").write_bytes(b"")
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    told = link.beijing.run("receive", link.stick, code=3).stdout
    assert "refused [bad-bag]: " in told
    assert "arrived, No. 2 of kaesong.example, 1 cable." in told
    assert "Missing: bag 1 of kaesong.example. Ask for it again." in told
    again = link.beijing.run("receive", link.stick, "--json", code=3).stdout
    assert '"code": "bad-bag"' in again
    assert '"serial": 1' in again


def test_a_lost_bag_is_carried_again_as_it_was_until_it_is_receipted(link: Link):
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    (lost,) = link.stick.iterdir()
    shutil.rmtree(lost)
    told = link.kaesong.run("dispatch", "--by", link.stick, "--to", "BEIJING", "--again", "1").stdout
    assert told.endswith("for beijing.example: carried again.\n")
    assert [path.name for path in link.stick.iterdir()] == [lost.name]
    assert "arrived, No. 1" in link.beijing.run("receive", link.stick).stdout
    link.beijing.run("dispatch", "--by", link.stick)
    link.kaesong.run("receive", link.stick)
    again = ("dispatch", "--by", link.stick, "--again", "1")
    assert link.kaesong.complaint(*again, "--to", "BEIJING", code=2)["code"] == "not-found"
    assert link.kaesong.complaint(*again, code=2)["code"] == "usage"


def test_a_lost_cable_is_sent_again_under_a_new_number(link: Link):
    mrn = link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    shutil.rmtree(next(link.stick.iterdir()))
    usage = link.kaesong.complaint("dispatch", "--by", link.stick, "--rerun", mrn, code=2)
    assert "--to" in usage["sentence"]
    link.kaesong.run("dispatch", "--by", link.stick, "--to", "beijing.example", "--rerun", mrn)
    told = link.beijing.run("receive", link.stick, *by(OH)).stdout
    assert "Missing: bag 1 of kaesong.example" in told
    assert mrn in link.beijing.run("decipher", *by(OH)).stdout
    link.beijing.run("dispatch", "--by", link.stick)
    assert "Not receipted: our bag 1 to beijing.example." in link.kaesong.run("receive", link.stick).stdout


def test_what_was_sent_twice_is_set_aside_as_a_replay(link: Link):
    mrn = link.received()
    link.kaesong.run("dispatch", "--by", link.stick, "--to", "BEIJING", "--rerun", mrn)
    link.beijing.run("receive", link.stick)
    told = link.beijing.run("decipher", *by(OH), code=3).stdout
    assert told.startswith("Set aside [replay]")


def test_a_cable_gets_the_registry_number_and_others_that_were_given_by_hand(link: Link):
    link.released()
    link.released(SHEET.replace("Session on the bridge", "The second cable"))
    link.kaesong.run("dispatch", "--by", link.stick)
    link.beijing.run("receive", link.stick)
    words = ("--incoming", "25025", "--number", "stamp number=5205", "--at", "1205 19 October 2026")
    (one,) = link.beijing.json("decipher", *by(OH), *words)["cables"]
    assert one["incoming"] == "25025"
    for number in ("25025", "5205"):
        assert link.beijing.json("find", number)["found"][0]["cable"] == one["cable"]
    step = next(s for s in link.beijing.json("show", "25025")["handling"] if s["event"] == "deciphered")
    assert (step["who"], step["literal"]) == (OH, "1205 19 October 2026")
    (other,) = link.beijing.json("decipher", *by(OH))["cables"]
    assert other["subject"] == "The second cable"


def test_nothing_is_deciphered_by_nobody_or_by_somebody_else(link: Link):
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    link.beijing.run("receive", link.stick)
    assert link.beijing.complaint("decipher", *by(KANG), code=2)["code"] == "not-your-role"
    nobody = link.beijing.complaint("decipher", code=2, env={"REFTEL_PERSON": ""})
    assert nobody["mend"] == "Name the person with --as."


def test_a_folder_that_is_not_there_is_the_machines_fault(link: Link):
    assert link.beijing.complaint("receive", link.stick / "no", code=75)["code"] == "bearer-down"
    assert (
        link.beijing.complaint("dispatch", "--by", link.stick, "--to", "PARIS", code=2)["code"] == "not-found"
    )


def test_a_received_cable_is_acknowledged_and_ours_by_the_cable_that_says_so(link: Link):
    mrn = link.received()
    assert "Acknowledged" in link.beijing.run("acknowledge", mrn).stdout
    assert link.kaesong.complaint("acknowledge", mrn, code=2)["code"] == "not-allowed-in-this-state"
    answer = SHEET.replace("TO: BEIJING <beijing.example>", "TO: KAESONG <kaesong.example>")
    answer = answer.replace("FROM: KAESONG", "FROM: BEIJING")
    path = link.stick / "answer.txt"
    path.write_text(answer)
    entry = link.beijing.json("draft", path, *by(KANG))["cable"]
    number = link.beijing.json("release", f"entry:{entry}")["released"][0]["mrn"]
    link.beijing.run("dispatch", "--by", link.stick)
    link.kaesong.run("receive", link.stick)
    link.kaesong.run("decipher", *by(OH))
    assert link.kaesong.json("acknowledge", mrn, "--by", number)["acknowledged"]
    assert "acknowledged by" in link.kaesong.run("show", mrn).stdout
