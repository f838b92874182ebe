"""Where each field of the hand reading that is negotiation matter is found in the docket.

A path is one of ``founding_table``: the place in ``founding.json`` with ``*`` for any place in a list. Its
home is a kind of item, a field of it (``quote`` and ``issue`` too), and how the two are compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from reftel.docket.items import Item, split_names
from reftel.docket.quantities import read_quantity
from tests.story.founding_lines import ISSUES, OURS, THEIRS

NEGOTIATED: frozenset[str] = frozenset(
    {
        "F1.speakable_statement",
        "F1.position",
        "F1.assessment",
        "F1.their_mandate",
        "F1.other_sides_text",
        "F2.must_have",
        "F4.their_alternatives",
        "F4.airspace",
        "F5.answers_which_telegram",
        "F5.assessment",
    }
)
"""What a reader notes beside the cable, and is negotiation matter too: found in the docket as well."""

Leaf: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Found:
    """An item's kind, a field of it, and how what stands there is compared with what the reading says."""

    kind: str
    field: str
    compare: str = "same"

    def fits(self, leaf: Leaf, item: Item) -> bool:
        """Whether this item says so."""
        return item.kind == self.kind and _COMPARES[self.compare](leaf, _value(item, self.field))


def _value(item: Item, field: str) -> str:
    if field == "quote":
        return item.quote
    return item.get(field)


def _number_of_issue(leaf: Leaf, value: str) -> bool:
    """The reading names the point by its number, the docket by the issue's name, or by all seven."""
    names = split_names(value)
    return set(names) == set(ISSUES.values()) if leaf == "all" else names == (ISSUES[leaf],)


_COMPARES = {
    "same": lambda leaf, value: bool(value) and value == leaf,
    "within": lambda leaf, value: str(leaf) in value,
    "name": lambda leaf, value: leaf in split_names(value),
    "names": lambda leaf, value: " and ".join(split_names(value)) == leaf,
    "begins": lambda leaf, value: bool(value) and str(leaf).startswith(value),
    "yes": lambda leaf, value: leaf is True and value == "yes",
    "party": lambda leaf, value: value == {"ours": OURS, "theirs": THEIRS}[leaf],
    "number": lambda leaf, value: read_quantity(value).amount == leaf,
    "number of an issue": _number_of_issue,
    # found by counting: three texts of one statement
    "counted": lambda leaf, value: bool(value),
}

FOUND: dict[str, Found] = {
    "F1.guidance.0.literal": Found("withheld", "quote"),
    "F1.guidance.0.told_to.0": Found("withheld", "told to", "name"),
    "F1.guidance.*.not_for.*": Found("withheld", "not for", "name"),
    "F1.guidance.*.not_for_inferred": Found("withheld", "inferred", "yes"),
    "F1.guidance.1.literal": Found("instruction", "quote"),
    "F1.guidance.1.told_to.0": Found("instruction", "to", "name"),
    "F1.speakable_statement.by": Found("text", "party"),
    "F1.speakable_statement.to.*": Found("text", "to", "name"),
    "F1.speakable_statement.points": Found("text", "to", "counted"),
    "F1.position": Found("position", "quote"),
    "F1.assessment.of": Found("assessment", "of"),
    "F1.assessment.literal": Found("assessment", "quote"),
    "F1.their_mandate": Found("observation", "quote"),
    "F1.other_sides_text.what": Found("text", "about"),
    "F1.other_sides_text.forum": Found("text", "forum"),
    "F1.other_sides_text.sponsors.*": Found("text", "sponsors", "name"),
    "F1.other_sides_text.status": Found("text", "quote", "within"),
    "F2.points.*.subject": Found("issue", "about"),
    "F2.points.*.forecast": Found("assessment", "forecast"),
    "F2.points.*.tactic": Found("position", "about"),
    "F2.points.*.option": Found("option", "about"),
    "F2.points.*.risk": Found("assessment", "about"),
    "F2.points.*.red_line": Found("position", "about"),
    "F2.points.*.demand": Found("position", "about"),
    "F2.points.*.proponent": Found("issue", "proponent", "begins"),
    "F2.points.*.fallback": Found("fallback", "about"),
    "F2.questions_to_principal.*.about": Found("question", "issue", "number of an issue"),
    "F2.questions_to_principal.*.literal": Found("question", "quote"),
    "F2.movements.*.who": Found("movement", "who", "names"),
    "F2.movements.*.title": Found("movement", "role"),
    "F2.movements.*.to": Found("movement", "to"),
    "F2.movements.*.sent_literal": Found("movement", "sent"),
    "F2.movements.*.sent_means": Found("movement", "date"),
    "F2.movements.*.expected_literal": Found("movement", "expected"),
    "F2.movements.*.meets": Found("movement", "meets", "names"),
    "F2.movements.*.then": Found("movement", "then"),
    "F2.must_have": Found("position", "quote"),
    "F3.session.resumed": Found("session", "opened"),
    "F3.session.ended": Found("session", "closed"),
    "F3.session.date": Found("session", "date"),
    "F3.session.date_inferred": Found("session", "inferred", "yes"),
    "F3.session.atmosphere": Found("session", "atmosphere"),
    "F3.session.next_meeting": Found("session", "next"),
    "F3.session.departure": Found("session", "departure"),
    "F3.session.our_preparation": Found("session", "preparation"),
    "F3.session.outcomes.*.item": Found("outcome", "about"),
    "F3.session.outcomes.*.outcome": Found("outcome", "outcome"),
    "F3.session.outcomes.*.reason": Found("outcome", "reason"),
    "F3.session.secondary_issues.*.issue": Found("outcome", "issue"),
    "F3.session.secondary_issues.*.their_proposal": Found("outcome", "proposal"),
    "F3.session.secondary_issues.*.our_response": Found("outcome", "response"),
    "F3.session.secondary_issues.*.reason": Found("outcome", "reason"),
    "F3.session.moves.*.by": Found("move", "party", "party"),
    "F3.session.moves.*.what": Found("move", "about"),
    "F3.session.moves.*.our_reading": Found("move", "reading"),
    "F3.session.person_notes.*.who": Found("observation", "of"),
    "F3.session.person_notes.*.note": Found("observation", "quote", "within"),
    "F4.instructions.*.literal": Found("instruction", "quote"),
    "F4.instructions.*.overrides": Found("instruction", "overrides"),
    "F4.instructions.*.subject": Found("instruction", "about"),
    "F4.instructions.*.verdict": Found("instruction", "quote", "within"),
    "F4.fallbacks.*": Found("fallback", "about"),
    "F4.concessions.*.what": Found("move", "about"),
    "F4.concessions.*.our_reading": Found("move", "reading"),
    "F4.concessions.*.enemy_reading": Found("move", "reading"),
    "F4.concessions.*.enemy_since": Found("position", "date"),
    "F4.assessments.*": Found("assessment", "about"),
    "F4.their_alternatives": Found("option", "quantity", "number"),
    "F4.airspace": Found("observation", "quote"),
    "F5.answers.*.about": Found("answer", "issue"),
    "F5.answers.*.answer": Found("answer", "about"),
    "F5.answers_which_telegram": Found("answer", "answers"),
    "F5.assessment": Found("assessment", "quote"),
}

TOGETHER = (
    "F1.guidance.*",
    "F1.assessment",
    "F1.other_sides_text",
    "F2.questions_to_principal.*",
    "F3.session.outcomes.*",
    "F3.session.secondary_issues.*",
    "F3.session.moves.*",
    "F3.session.person_notes.*",
    "F4.instructions.*",
    "F4.concessions.*",
    "F5.answers.*",
)
"""What the reading says of one thing and one item says whole, as far as it has the same kind."""
