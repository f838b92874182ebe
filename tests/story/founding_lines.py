"""How the docket lines of the founding cables are written: anchors into a cable, and the names of issues.

None of the cables' words stands here. The names of issues are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reftel.cable.model import Cable, DocketLine
from reftel.cable.paragraphs import find_paragraph

TALKS = "Korean armistice"
OURS, THEIRS = "our side", "the enemy"
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


def names(several: list[str]) -> str:
    """Several names as one field has them."""
    return "; ".join(several)
