"""What was asked stays open until a fulfilment cable closes it."""

from __future__ import annotations

from tests.cli.posts import KANG, OH, SHEET, Link, by, link, linked

__all__ = ["link", "linked"]


def test_an_ask_is_open_at_the_addressee_and_marked_when_overdue(link: Link):
    mrn = link.received()
    (task,) = link.beijing.json("tasks")["tasks"]
    assert (task["mrn"], task["owner"], task["overdue"]) == (mrn, "BEIJING", True)
    told = link.beijing.run("tasks", "--overdue").stdout
    assert "Telegraph the answer before the next session." in told
    assert "OVERDUE" in told
    assert link.beijing.run("tasks", "--to-chase").stdout == "Nothing is open.\n"


def test_a_fulfilment_cable_closes_it_and_nothing_else_does(link: Link):
    mrn = link.received()
    answer = link.stick / "answer.txt"
    answer.write_text(SHEET.replace("FROM: KAESONG", "FROM: BEIJING"))
    own = f"entry:{link.beijing.json('draft', answer, *by(KANG))['cable']}"
    unsent = link.beijing.complaint("fulfil", mrn, "1", "--by", own, code=2)
    assert unsent["code"] == "not-allowed-in-this-state"
    link.beijing.run("release", own)
    assert "Fulfilled in part" in link.beijing.run("fulfil", mrn, "1", "--by", own, "--in-part").stdout
    assert len(link.beijing.json("tasks")["tasks"]) >= 1
    assert link.beijing.json("fulfil", mrn, "1", "--by", own)["state"] == "fulfilled"
    (done,) = link.beijing.json("tasks", "--state", "fulfilled")["tasks"]
    assert (done["mrn"], f"entry:{done['closed_by']}") == (mrn, own)
    assert f"fulfilled, by {own}" in link.beijing.run("show", mrn).stdout


def test_a_tasking_is_added_chased_and_dropped(link: Link):
    mrn = link.received()
    words = ("task", mrn, "--owner", "BEIJING", "--text", "Send the map", *by(OH))
    assert link.beijing.json(*words, "--due", "1200Z 1 July 2031")["n"] == 2
    assert link.beijing.json(*words, "--due", "soon")["n"] == 3
    told = link.beijing.run("tasks").stdout
    assert "2031-07-01 12:00Z " in told
    assert "soon" in told
    assert link.beijing.json("chase", mrn, "2")["chased"] == 1
    assert "2 times so far" in link.beijing.run("chase", mrn, "2").stdout
    link.beijing.run("drop-task", mrn, "3", "--reason", "Overtaken")
    every = {row["n"]: row for row in link.beijing.json("tasks", "--state", "all")["tasks"]}
    assert (every[2]["state"], every[2]["chased"], every[2]["overdue"]) == ("open", 2, False)
    assert (every[3]["state"], every[3]["due"]) == ("cancelled", "soon")
    assert link.beijing.complaint("chase", mrn, "9", code=2)["code"] == "not-found"
