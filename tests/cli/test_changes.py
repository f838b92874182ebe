"""Forwarded with proof, cancelled and corrected by the originator, downgraded: no text is edited."""

from __future__ import annotations

from tests.cli.posts import SHEET, Link, link, linked

__all__ = ["link", "linked"]

LOCAL = SHEET.replace("TO: BEIJING <beijing.example>", "TO: KAESONG <kaesong.example>")


def test_a_readdressed_cable_comes_with_its_posts_proof(link: Link):
    mrn = link.received()
    words = ("--to", "KAESONG", "--covering", "I am sending you what you sent.", "--precedence", "flash")
    draft = link.beijing.json("readdress", mrn, *words, "--subject", "Back to you", "--as", "Lee San-cho")
    name = f"entry:{draft['cable']}"
    refused = link.beijing.complaint("readdress", mrn, "--to", "PARIS", code=2)
    assert refused["code"] == "not-found"
    assert "carries" in link.beijing.run("show", mrn).stdout
    told = link.beijing.run("show", name).stdout
    assert "I am sending you what you sent." in told
    assert "TELEGRAM BEGINS  [proved]" in told
    assert f"| NUMBER      MRN {mrn}" in told
    assert "| 1. (S) The session lasted forty minutes." in told
    assert "TELEGRAM ENDS  (LEE)" in told
    assert link.beijing.json("show", name)["text"]["precedence"] == "flash"


def test_a_cable_is_cancelled_and_corrected_only_by_its_own_post(link: Link):
    mrn = link.received()
    other = link.released()
    assert link.beijing.complaint("cancel", mrn, "--by", mrn, code=2)["code"] == "not-allowed-in-this-state"
    link.kaesong.run("correct", mrn, "--by", other)
    told = link.kaesong.run("cancel", mrn, "--by", other).stdout
    assert told.startswith("Cancelled: entry:")
    shown = link.kaesong.run("show", mrn).stdout
    assert "corrected by: entry:" in shown
    assert "cancelled by: entry:" in shown
    assert "OUTGOING, cancelled" in shown
    assert "cancelled by (of): entry:" in link.kaesong.run("show", other).stdout


def test_a_downgraded_cable_shows_the_lower_marking_and_keeps_its_text(link: Link):
    mrn = link.received()
    higher = link.beijing.complaint("downgrade", mrn, "top secret", "--authority", "Us", code=2)
    assert higher["code"] == "bad-value"
    link.beijing.run("downgrade", mrn, "restricted", "--authority", "Commission of 3 May, item 2")
    shown = link.beijing.json("show", mrn)
    assert shown["marking"]["classification"] == "RESTRICTED"
    assert shown["text"]["classification"] == "SECRET"
