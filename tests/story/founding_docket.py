"""The founding cables, read by hand into docket lines, and the answer that came to the second of them.

None of their words stands here: quotes are cut from the cables' own paragraphs between short anchors, and
what is said of them is taken from ``founding.json``, when the tests run. The names of issues are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reftel.cable.model import Cable, DocketLine, Paragraph, Party, Reference, Signature
from reftel.cable.paragraphs import find_paragraph
from tests.conftest import shared

TALKS = "Korean armistice"
OURS, THEIRS = "our side", "the enemy"
CONDITIONS = "Conditions for a ceasefire"
ISSUES = {
    "1": "Ceasefire",
    "2": "Buffer zone",
    "3": "Reinforcement",
    "4": "Control committee",
    "5": "Prisoners of war",
    "further 1": "Withdrawal of foreign troops",
    "further 2": "Refugees",
}
"""The issues of F2, by the number printed there."""
AGENDA = {
    "1": "Our agenda, point 1",
    "3": "Withdrawal of foreign troops",
    "4": "Our agenda, point 4",
    "5": "Our agenda, point 5",
}
"""The issues of F3, by the number printed there: only its third is one of F2's, and not F2's third."""
POINTS = {
    "1": ("1", "u3"),
    "2": ("2", "u4"),
    "3": ("3", "u5"),
    "4": ("4", "u6"),
    "5": ("5", "u9"),
    "further 1": ("further-1", "u12"),
    "further 2": ("further-2", "u14"),
}
"""Of each point of F2 the paragraph with its words, and the one with what MAO expects of it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A cable and the hand reading of it, while its docket lines are written."""

    cable: Cable
    said: Mapping[str, Any]

    def cut(self, paragraph: str, start: str, end: str = "") -> str:
        """The words of a paragraph from one anchor to another, both with them; or the one anchor alone."""
        text = find_paragraph(self.cable, paragraph).text
        begin = text.index(start)
        return text[begin : text.index(end, begin + len(start)) + len(end)]

    def whole(self, paragraph: str) -> str:
        """The words of a paragraph, without the quotation marks round them."""
        return find_paragraph(self.cable, paragraph).text.strip('"“”')


def line(kind: str, paragraph: str, quote: str = "", /, **fields: str) -> DocketLine:
    """A docket line; an underscore in the name of a field stands for a blank."""
    given = {"talks": TALKS, **fields}
    return DocketLine(
        kind=kind,
        paragraph=paragraph,
        quote=quote,
        fields=tuple((name.strip("_").replace("_", " "), value) for name, value in given.items() if value),
    )


def lines(name: str, cable: Cable, said: Mapping[str, Any]) -> tuple[DocketLine, ...]:
    """The docket lines of one document, in the paragraphs of the cable as MOSCOW has it."""
    return tuple(_READERS[name](Sheet(cable, said)))


def _names(several: list[str]) -> str:
    return "; ".join(several)


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
        not_for=_names([*cards["not_for"], *statement["to"]]),
        told_to=_names(cards["told_to"]),
        words=_names(
            [sheet.cut("q1.u2", "five", "conditions"), sheet.cut("q1.u1", "conditions for", "ceasefire")]
        ),
        inferred="yes",
    )
    yield line(
        "instruction",
        "q1.u2",
        not_yet["literal"],
        issue=CONDITIONS,
        to=_names(not_yet["told_to"]),
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
            to=_names(statement["to"]),
            state="drafted",
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
        sponsors=_names(theirs["sponsors"]),
        forum=theirs["forum"],
        state="tabled",
    )


def _f2(sheet: Sheet) -> Iterator[DocketLine]:
    yield line("talks", "u17", "the peace negotiations", name=TALKS)
    yield line("post", "u1", "FILIPPOV", post="moscow.example", party=OURS)
    yield line("alias", "u1", "FILIPPOV", name="Stalin", printed="FILIPPOV", kind="person")
    yield line("alias", "u14", "KIM IL SUNG", name="Kim Il Sung", printed="KIM IL SUNG", kind="person")
    for point in sheet.said["points"]:
        yield from _point(sheet, point)
    yield from _remarks(sheet)
    every = _names(list(ISSUES.values()))
    for question, paragraph in zip(
        sheet.said["questions_to_principal"], ("u5", "u7", "u8", "u13", "u15", "u17"), strict=True
    ):
        issue = every if question["about"] == "all" else ISSUES[question["about"]]
        yield line("question", paragraph, question["literal"], issue=issue, to="FILIPPOV")
    five = _names([name for number, name in ISSUES.items() if number.isdecimal()])
    yield line("position", "u10", sheet.said["must_have"], issue=five, party=OURS, stance="demand")
    yield from _way(sheet)


def _point(sheet: Sheet, point: Mapping[str, str]) -> Iterator[DocketLine]:
    number = point["n"]
    (words, remarks), issue = POINTS[number], ISSUES[number]
    insists = sheet.cut("u14", "KIM IL SUNG") if "proponent" in point else ""
    yield line(
        "issue",
        words,
        sheet.whole(words),
        issue=issue,
        number=number,
        level="principal",
        about=point["subject"],
        proponent=insists,
    )
    yield line("text", words, sheet.whole(words), issue=issue, party=OURS, state="drafted")
    start, end, of, confidence = {
        "1": ("will possibly", "qualifications", THEIRS, "possible"),
        "2": ("It is possible", "refute it", THEIRS, "possible"),
        "3": ("the enemy for his part", "on this question", THEIRS, "probable"),
        "4": ("the enemy also", "analogous proposal", THEIRS, "probable"),
        "5": ("The enemy will possibly", "exchange", THEIRS, "possible"),
        "further 1": ("the representatives of the enemy", "this meeting", THEIRS, "possible"),
        "further 2": (
            "many differences",
            "South Korea",
            "the representatives of North and South Korea",
            "certain",
        ),
    }[number]
    yield line(
        "assessment",
        remarks,
        sheet.cut(remarks, start, end),
        issue=issue,
        of=of,
        forecast=point["forecast"],
        confidence=confidence,
    )


def _remarks(sheet: Sheet) -> Iterator[DocketLine]:
    """What MAO says of a point besides what he expects: how, what else, what at worst, what not."""
    said = {point["n"]: point for point in sheet.said["points"]}

    def held(number: str, stance: str, key: str, paragraph: str, start: str, end: str) -> DocketLine:
        quote = sheet.cut(paragraph, start, end)
        about = said[number][key]
        return line(
            "position", paragraph, quote, issue=ISSUES[number], party=OURS, stance=stance, about=about
        )

    yield held("3", "tactic", "tactic", "u5", "we therefore", "in this")
    yield held("4", "red line", "red_line", "u8", "To completely refuse", "inadvisable")
    yield held("5", "demand", "demand", "u9", "We must demand", "prisoners of war")
    for number, paragraph, start, end in (
        ("3", "u5", "perhaps it is better", "our proposal"),
        ("4", "u7", "wait for the enemy", "accept it"),
    ):
        quote, about = sheet.cut(paragraph, start, end), said[number]["option"]
        yield line("option", paragraph, quote, issue=ISSUES[number], party=OURS, about=about)
    for number, paragraph, start, end in (
        ("4", "u7", '"Members" of', "points in Korea"),
        ("5", "u9", "the enemy has taken", "an argument"),
    ):
        quote, about = sheet.cut(paragraph, start, end), said[number]["risk"]
        yield line("assessment", paragraph, quote, issue=ISSUES[number], of=THEIRS, risk="yes", about=about)
    insisting = sheet.cut("u14", "KIM IL SUNG", "this point")
    yield line("position", "u14", insisting, issue=ISSUES["further 2"], party="KIM IL SUNG", stance="demand")
    yield line(
        "fallback",
        "u16",
        sheet.whole("u16"),
        issue=ISSUES["further 2"],
        about=said["further 2"]["fallback"],
        condition=sheet.cut("u16", "it leads", "not resolved"),
        then=sheet.cut("u16", "transfer it", "character"),
    )


def _way(sheet: Sheet) -> Iterator[DocketLine]:
    """Where somebody goes: said in two paragraphs, and so in two lines."""
    (way,) = sheet.said["movements"]
    yield line(
        "alias", "u17", "Comrade Li Kenong", name="Li Kenong", printed="Comrade Li Kenong", kind="person"
    )
    yield line(
        "person", "u17", sheet.cut("u17", way["title"], "Kenong"), person="Li Kenong", role=way["title"]
    )
    who = _names(way["who"].split(" and "))
    yield line(
        "movement",
        "u17",
        sheet.cut("u17", way["sent_literal"], "peace negotiations"),
        who=who,
        role=way["title"],
        sent=way["sent_literal"],
        date=way["sent_means"],
        expected=way["expected_literal"],
        to=way["to"],
        meets=_names(way["meets"].split(" and ")),
    )
    yield line(
        "movement", "u18", sheet.cut("u18", "he will go", "the negotiations"), who=who, then=way["then"]
    )


_F3 = "c1.u1"


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
        (agreed, _names(list(agenda.values())), ("The enemy representatives agreed", "we had proposed")),
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


_F4 = "c1.u1"
NEUTRAL_ZONE, RESUMPTION, SECONDARY = "Neutral zone", "Resumption of the conference", "Secondary issues"


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
    "F2": _f2,
    "F3": _f3,
    "F4": _f4,
    "F5": _f5,
}


def answer_to_f2() -> Cable:
    """FILIPPOV's answer of July 1951 (3950), as it stands in Russian: its translation breaks off."""
    text = shared("corpus", "wilson", "w-3950-1951-07-03.txt").read_text(encoding="utf-8")
    begin = text.index("Тов.")
    address, *paragraphs = text[begin : text.index("ФИЛИППОВ", begin)].strip().split("\n")
    cited = paragraphs[0].split(". ", 1)[0]
    return Cable(
        kind="CIPHERED TELEGRAM",
        sender=Party(person="FILIPPOV"),
        to=(Party(post="beijing.example", person="Mao Zedong"),),
        references=(Reference(literal=cited, number="3305"),),
        blocks=tuple(Paragraph(text=one.strip()) for one in (address, *paragraphs)),
        signature=Signature(literal="ФИЛИППОВ", pseudonym="ФИЛИППОВ", identity="Stalin"),
    )


STATES = {
    "3": ["answered"],
    "4": ["part-answered", "answered"],
    "further 1": ["answered"],
    "further 2": ["answered"],
    "all": ["answered"],
}
"""How the questions about each point of F2 stand once it was answered."""


def answers(cable: Cable, questions: list[str]) -> tuple[DocketLine, ...]:
    """What it answers; ``questions`` are the names of F2's six, in the order of the reading."""
    last_part, wait, proceed, troops, refugees, general = questions
    sheet = Sheet(cable, {})
    fourth = sheet.cut("u2", "Четвёртый", "сторон.")

    def answer(question: str, paragraph: str, how: str, issue: str, quote: str) -> DocketLine:
        return line("answer", paragraph, quote, question=question, how=how, issue=issue)

    every = _names(list(ISSUES.values()))
    return (
        # leave off the last part? it can go, and is accepted if the others bring it: nothing is left open
        answer(last_part, "u2", "in full", ISSUES["3"], sheet.cut("u2", "Вторую часть", "принять.")),
        # wait, and accept what they propose? Wait, yes; of theirs only a commission of the UN is spoken of,
        # which is to be declined: whether one of neutral states would be accepted from them is not said
        answer(wait, "u2", "in part", ISSUES["4"], fourth),
        # how to proceed? do not bring it; decline a commission of the UN; then bring ours
        answer(proceed, "u2", "in full", ISSUES["4"], fourth),
        # whether to advance them? both, and insist
        answer(troops, "u3", "in full", ISSUES["further 1"], sheet.whole("u3")),
        answer(refugees, "u3", "in full", ISSUES["further 2"], sheet.whole("u3")),
        # the opinion on all the points: the five in one paragraph, the other two in the next, and with
        # them none is left out
        answer(general, "u2", "in part", every, sheet.whole("u2")),
        answer(general, "u3", "in full", every, sheet.whole("u3")),
    )
