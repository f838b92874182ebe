"""FILIPPOV's answer to F2, which the five do not have: read by hand, with the questions that it closes."""

from __future__ import annotations

from reftel.cable.model import Cable, DocketLine, Paragraph, Party, Reference, Signature
from tests.conftest import shared
from tests.story.founding_lines import ISSUES, Sheet, line, names


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

    every = names(list(ISSUES.values()))
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
