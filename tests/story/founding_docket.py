"""The founding cables, read by hand into docket lines.

None of their words stands here: quotes are cut from the cables' own paragraphs between short anchors, and
what is said of them is taken from ``founding.json``, when the tests run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reftel.cable.model import Cable, DocketLine
from tests.story.founding_lines import AGENDA, OURS, TALKS, THEIRS, Sheet, line, names
from tests.story.founding_points import points

CONDITIONS = "Conditions for a ceasefire"
_F3 = "c1.u1"
_F4 = "c1.u1"
NEUTRAL_ZONE, RESUMPTION, SECONDARY = "Neutral zone", "Resumption of the conference", "Secondary issues"


def lines(name: str, cable: Cable, said: Mapping[str, Any]) -> tuple[DocketLine, ...]:
    """The docket lines of one document, in the paragraphs of the cable as MOSCOW has it."""
    return tuple(_READERS[name](Sheet(cable, said)))


def _f1(sheet: Sheet) -> Iterator[DocketLine]:
    said = sheet.said
    cards, not_yet = said["guidance"]
    statement, theirs = said["speakable_statement"], said["other_sides_text"]
    yield line("talks", "q1.2", "the Korean question", name=TALKS)
    yield line("alias", "2522", "Zhou Enlai", name="Zhou Enlai", printed="Zhou Enlai", kind="person")
    yield line("issue", "q1.u1", "your conditions", issue=CONDITIONS, level="principal")
    yield line(
        "withheld",
        "q1.u1",
        cards["literal"],
        issue=CONDITIONS,
        # the states are those to whose delegates the statement below is to be made
        not_for=names([*cards["not_for"], *statement["to"]]),
        told_to=names(cards["told_to"]),
        words=names(
            [sheet.cut("q1.u2", "five", "conditions"), sheet.cut("q1.u1", "conditions for", "ceasefire")]
        ),
        inferred="yes",
    )
    yield line(
        "instruction",
        "q1.u2",
        not_yet["literal"],
        issue=CONDITIONS,
        to=names(not_yet["told_to"]),
        mode="must not",
        condition=sheet.cut("q1.u2", "while Seoul", "liberated"),
    )
    yield line("position", "q1.u1", said["position"], issue=CONDITIONS, party=OURS, stance="position")
    yield line("assessment", "q1.u1", said["assessment"]["literal"], of=said["assessment"]["of"])
    yield line(
        "instruction",
        "q1.u3",
        sheet.cut("q1.u3", "it is possible", "following"),
        issue=CONDITIONS,
        to="Zhou Enlai",
        mode="may",
        speakable="yes",
    )
    for paragraph in ("q1.1", "q1.2", "q1.3"):
        yield line(
            "text",
            paragraph,
            sheet.whole(paragraph),
            issue=CONDITIONS,
            party=statement["by"],
            to=names(statement["to"]),
            state="authorised",
        )
    delegates = sheet.cut("q1.1", "delegates of", "India")
    yield line("observation", "q1.2", said["their_mandate"], issue=CONDITIONS, of=delegates)
    yield line(
        "text",
        "q1.2",
        sheet.cut("q1.2", "the delegation from England", "condemning China"),
        issue="Condemnation of China",
        about=theirs["what"],
        party=THEIRS,
        sponsors=names(theirs["sponsors"]),
        forum=theirs["forum"],
        state="tabled",
    )


def _f3(sheet: Sheet) -> Iterator[DocketLine]:
    said = sheet.said["session"]
    # the session stands first, so that what came of it can name it
    yield line(
        "session",
        _F3,
        session="session of the afternoon of 10 July 1951",
        form="plenary",
        opened=said["resumed"],
        closed=said["ended"],
        date=said["date"],
        inferred="yes",
        note="the day is the report's own",
        atmosphere=said["atmosphere"],
        next=said["next_meeting"],
        preparation=said["our_preparation"],
        departure=said["departure"],
    )
    yield line("party", _F3, "Our representatives", party=OURS, side="ours")
    yield line("party", _F3, "the enemy representatives", party=THEIRS, side="theirs")
    yield line("post", _F3, "Our representatives", post="kaesong.example", party=OURS)
    yield line("alias", "u1", "Cde. LI KENONG", name="Li Kenong", printed="LI KENONG", kind="person")
    yield line("alias", _F3, "Cde NAM IL", name="Nam Il", printed="NAM IL", kind="person")
    for number, issue in AGENDA.items():
        quote = (
            sheet.cut(_F3, "point 3", "from Korea")
            if number == "3"
            else sheet.cut(_F3, "points 1", "proposed")
        )
        yield line("issue", _F3, quote, issue=issue, number=number, level="principal")
    for secondary in said["secondary_issues"]:
        printed = sheet.cut(_F3, secondary["issue"])
        yield line("issue", _F3, printed, issue=secondary["issue"], level="secondary")
    yield from _outcomes(sheet, said)
    yield from _moves(sheet, said)
    (note,) = said["person_notes"]
    yield line("observation", _F3, sheet.cut(_F3, note["who"], note["note"]), of=note["who"])


def _outcomes(sheet: Sheet, said: Mapping[str, Any]) -> Iterator[DocketLine]:
    agreed, opposed, silent = said["outcomes"]
    agenda = {number: name for number, name in AGENDA.items() if number != "3"}
    found = (
        (agreed, names(list(agenda.values())), ("The enemy representatives agreed", "we had proposed")),
        (opposed, AGENDA["3"], ("they vigorously opposed", "and the UN")),
        # of the second point nothing is said: the words are those that leave it out
        (silent, "Our agenda, point 2", ("points 1", "we had proposed")),
    )
    for outcome, issue, (start, end) in found:
        yield line(
            "outcome",
            _F3,
            sheet.cut(_F3, start, end),
            session="#1",
            issue=issue,
            about=outcome["item"],
            outcome=outcome["outcome"],
            reason=outcome.get("reason", ""),
            inferred="yes" if outcome is silent else "",
        )
    offered, declined = said["secondary_issues"]
    for secondary, start, end, quantity in (
        (offered, "offered a proposal", "20 correspondents", "120"),
        (declined, "As regards the arrival", "for this", ""),
    ):
        yield line(
            "outcome",
            _F3,
            sheet.cut(_F3, start, end),
            session="#1",
            issue=secondary["issue"],
            outcome=secondary["our_response"],
            reason=secondary.get("reason", ""),
            proposal=secondary.get("their_proposal", ""),
            quantity=quantity,
            response=secondary["our_response"],
        )


def _moves(sheet: Sheet, said: Mapping[str, Any]) -> Iterator[DocketLine]:
    anchors = (
        ("offer", "Our representatives", "enemy representatives"),
        ("query", "They repeatedly", "this point"),
        ("stall", "moved to minor issues", "platform"),
        ("other", "They took", "for discussion"),
    )
    for move, (kind, start, end) in zip(said["moves"], anchors, strict=True):
        yield line(
            "move",
            _F3,
            sheet.cut(_F3, start, end),
            session="#1",
            issue=AGENDA["3"] if kind == "query" else "",
            party={"ours": OURS, "theirs": THEIRS}[move["by"]],
            move=kind,
            about=move["what"],
            reading=move.get("our_reading", ""),
            read_by=OURS if "our_reading" in move else "",
        )
    personnel = said["secondary_issues"][0]["issue"]
    quote = sheet.cut(_F3, "increase the number", "to 120")
    yield line(
        "move",
        _F3,
        quote,
        session="#1",
        issue=personnel,
        party=THEIRS,
        move="offer",
        to="120",
        unit="persons",
    )


def _f4(sheet: Sheet) -> Iterator[DocketLine]:
    said = sheet.said
    for printed, name, misprint in (("[Hamonten]", "Panmunjom", ""), ("Bunsan", "Munsan", "yes")):
        yield line(
            "alias", _F4, printed, name=name, printed=printed, kind="place", misprint=misprint, inferred="yes"
        )
    # printed in the line of the telegram's addressees, and in no paragraph
    yield line("alias", "", name="Li Kenong", printed="Le Kenong", kind="person", misprint="yes")
    yield from _instructions(sheet)
    (fallback,) = said["fallbacks"]
    yield line(
        "fallback",
        _F4,
        sheet.cut(_F4, "In the event that", "still further"),
        issue=NEUTRAL_ZONE,
        about=fallback,
        condition=sheet.cut(_F4, "the enemy does not agree"),
        then=sheet.cut(_F4, "reduce the neutral zone", "further"),
    )
    four = sheet.cut(_F4, "four alternatives")
    proposed = sheet.cut(_F4, "four alternatives", "by the enemy")
    yield line("option", _F4, proposed, issue=RESUMPTION, party=THEIRS, quantity=four)
    yield line("observation", _F4, said["airspace"], issue=NEUTRAL_ZONE, of=THEIRS)
    yield from _concessions(sheet)
    stalling, inclined = said["assessments"]
    quote = sheet.cut(_F4, "he is interested", "intelligence")
    yield line("assessment", _F4, quote, issue=RESUMPTION, of=THEIRS, about=stalling)
    yield line("assessment", _F4, inclined, issue=RESUMPTION, of=THEIRS, about=inclined)


def _instructions(sheet: Sheet) -> Iterator[DocketLine]:
    issues = (RESUMPTION, SECONDARY, SECONDARY, SECONDARY, NEUTRAL_ZONE, RESUMPTION, "")
    modes = ("must", "must", "must not", "must", "must not", "must", "must")
    for said, issue, mode in zip(sheet.said["instructions"], issues, modes, strict=True):
        if "literal" in said:
            yield line("instruction", _F4, said["literal"], issue=issue, to="Li Kenong", mode=mode)
            continue
        yield line(
            "instruction",
            _F4,
            sheet.cut(_F4, "your intention", said["verdict"]),
            issue=issue,
            to="Li Kenong",
            mode=mode,
            words=sheet.cut(_F4, "great concession"),
            about=said["subject"],
            overrides=said["overrides"],
        )


def _concessions(sheet: Sheet) -> Iterator[DocketLine]:
    reduction, moved = sheet.said["concessions"]
    yield line(
        "move",
        _F4,
        sheet.cut(_F4, "the proposal our side", "serious concession"),
        issue=NEUTRAL_ZONE,
        party=OURS,
        move="concession",
        about=reduction["what"],
        reading=reduction["our_reading"],
        read_by=OURS,
    )
    yield line(
        "move",
        _F4,
        sheet.cut(_F4, "in the opinion of", "than at Kaesong"),
        issue=f"{RESUMPTION}; {NEUTRAL_ZONE}",
        party=OURS,
        move="concession",
        about=moved["what"],
        reading=moved["enemy_reading"],
        read_by=THEIRS,
    )
    yield line(
        "position",
        _F4,
        sheet.cut(_F4, "since 7 October", "than at Kaesong"),
        issue=NEUTRAL_ZONE,
        party=THEIRS,
        stance="position",
        estimate="yes",
        date=moved["enemy_since"],
    )


def _f5(sheet: Sheet) -> Iterator[DocketLine]:
    side = sheet.cut("q1.u4", "the Chinese", "side")
    for post in ("beijing", "pyongyang"):
        yield line("post", "q1.u4", side, post=f"{post}.example", party=OURS)
    printed = "Comrade Mao Zedong"
    yield line("alias", "q1.u1", printed, name="Mao Zedong", printed=printed, kind="person")
    anchors = (
        ("q1.u3", "We agree", "condition of the negotiations"),
        ("q1.u4", "We consider it correct", "to the negotiations"),
        ("q1.u5", "your position", "to be correct"),
        ("q1.u5", "We also agree", "functions"),
        ("q1.u6", "Your position", "correct"),
        ("q1.u7", "it seems to us", "South Korea"),
    )
    for said, (paragraph, start, end) in zip(sheet.said["answers"], anchors, strict=True):
        yield line(
            "answer",
            paragraph,
            sheet.cut(paragraph, start, end),
            issue=said["about"],
            about=said["answer"],
            how="in full",
            answers=sheet.said["answers_which_telegram"],
        )
    yield line("assessment", "q1.u3", sheet.said["assessment"], of="the Americans")


_READERS: dict[str, Callable[[Sheet], Iterator[DocketLine]]] = {
    "F1": _f1,
    "F2": points,
    "F3": _f3,
    "F4": _f4,
    "F5": _f5,
}
