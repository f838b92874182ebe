"""MAO's telegram of July 1951 (F2), read by hand into docket lines: points, expectations, questions, ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reftel.cable.model import DocketLine
from tests.story.founding_lines import ISSUES, OURS, TALKS, THEIRS, Sheet, line, names

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


def points(sheet: Sheet) -> Iterator[DocketLine]:
    """The docket lines of F2."""
    yield line("talks", "u17", "the peace negotiations", name=TALKS)
    yield line("post", "u1", "FILIPPOV", post="moscow.example", party=OURS)
    yield line("alias", "u1", "FILIPPOV", name="Stalin", printed="FILIPPOV", kind="person")
    yield line("alias", "u14", "KIM IL SUNG", name="Kim Il Sung", printed="KIM IL SUNG", kind="person")
    for point in sheet.said["points"]:
        yield from _point(sheet, point)
    yield from _remarks(sheet)
    every = names(list(ISSUES.values()))
    for question, paragraph in zip(
        sheet.said["questions_to_principal"], ("u5", "u7", "u8", "u13", "u15", "u17"), strict=True
    ):
        issue = every if question["about"] == "all" else ISSUES[question["about"]]
        yield line("question", paragraph, question["literal"], issue=issue, to="FILIPPOV")
    five = names([name for number, name in ISSUES.items() if number.isdecimal()])
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
    who = names(way["who"].split(" and "))
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
        meets=names(way["meets"].split(" and ")),
    )
    yield line(
        "movement", "u18", sheet.cut("u18", "he will go", "the negotiations"), who=who, then=way["then"]
    )
