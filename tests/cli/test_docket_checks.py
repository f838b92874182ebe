"""A draft that the docket warns of is not released from the command line until the warnings are accepted."""

from __future__ import annotations

import json

from tests.cli.posts import KANG, Link, by, link, linked

__all__ = ["link", "linked"]

ORDER = """\
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
SUBJECT: The bridge

1. Nobody says who repairs the bridge.

SIGNED: LEE
DOCKET instruction: Nobody says who repairs the bridge.
  paragraph: 1
  mode: must not
  words: repairs the bridge
"""


def test_a_warning_is_shown_refused_accepted_and_void_once_the_draft_is_edited(link: Link):
    link.released(ORDER)
    draft = link.drafted()
    refused = link.kaesong.complaint("release", draft, code=2)
    assert refused["code"] == "warned"
    assert "repairs" not in refused["sentence"] + refused["mend"]
    shown = json.loads(link.kaesong.run("release", draft, "--check", "--json", code=1).stdout)
    shown = shown["drafts"][0]["findings"]
    (warning,) = [finding for finding in shown if finding["warning"]]
    assert (warning["severity"], warning["about"], warning["paragraph"]) == ("must", "instruction", "2")
    assert "Nobody says who repairs the bridge." in warning["sentence"]
    words = ("docket", "accept", draft, warning["warning"])
    told = link.kaesong.run("release", draft, "--check", code=1).stdout
    assert f"reftel docket accept {draft} '{warning['warning']}' REASON" in told
    other = link.kaesong.complaint("docket", "accept", draft, "question x/1.1", "It is known", code=2)
    assert other["code"] == "bad-value"
    link.kaesong.run(*words, "They know it", *by(KANG))
    assert "accepted: They know it" in link.kaesong.run("release", draft, "--check").stdout
    sheet = link.stick.parent / "again.txt"
    sheet.write_text(link.kaesong.run("show", draft, "--sheet").stdout.replace("forty", "fifty"))
    link.kaesong.run("edit", draft, sheet, *by(KANG))
    assert link.kaesong.complaint("release", draft, code=2)["code"] == "warned"
    link.kaesong.run(*words, "They still know it", *by(KANG))
    assert link.kaesong.json("release", draft)["released"][0]["state"] == "released"
