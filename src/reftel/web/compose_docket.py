"""What compose has of the docket: the questions that a sheet may answer, and the line that says it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from reftel.cable.model import Cable, DocketLine
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.fold import State
from reftel.docket.items import is_item_name, problem
from reftel.docket.kinds import KINDS, fields_of
from reftel.docket.lifecycle import ANSWERS
from reftel.errors import BadValue
from reftel.office import docket, docket_views
from reftel.office.before_release import Finding
from reftel.office.docket_checks import referred_to
from reftel.office.holdings import cables_named
from reftel.office.sight import Sight, seen_of
from reftel.store.engine import View
from reftel.web.docket_shown import called, lens_of
from reftel.web.sheet_html import row_text
from reftel.web.visit import Visit

MOST_ASKED: Final = 60
_AROUND: Final = 120
_FORMS: Final[Mapping[str, str]] = {
    "names": "several, with ; between",
    "item": "an item: beijing.example/212.3, or #2 of this sheet",
    "moment": "a time as written",
    "quantity": "a number and its unit",
    "yes": "yes, or left out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An open question of a cable that a sheet refers to; ``said`` and ``at`` are how it is answered."""

    name: str
    quote: str
    by: str
    to: str
    issues: str
    state: str
    number: str
    href: str
    paragraph: str
    said: str = ""
    at: str = ""


def open_questions(connection: View, who: Visit, cable: Cable) -> list[Asked]:
    """The open questions of the cables from others that a sheet refers to, as far as they may be read."""
    lens = lens_of(who)
    cables = referred_to(connection, cable)
    states = [
        state for one in cables for state in docket_views.open_questions_of_cable(connection, lens, one)
    ]
    named = cables_named(connection, who.person, sorted({state.item.cable for state in states}))
    said = {
        fields["question"]: (fields.get("how", ""), line.paragraph)
        for line in cable.docket
        if line.kind == "answer" and (fields := dict(line.fields)).get("question")
    }
    asked = (_asked(state, called(named[state.item.cable]), said) for state in states)
    return list(asked)[:MOST_ASKED]


def _asked(state: State, number: str, said: Mapping[str, tuple[str, str]]) -> Asked:
    item = state.item
    how, at = said.get(item.name) or said.get(item.same) or ("", "")
    return Asked(
        name=item.name,
        quote=row_text(item.quote or item.get("about") or f"paragraph {item.paragraph}"),
        by=item.by,
        to=item.get("to"),
        issues="; ".join(item.issues),
        state=state.state,
        number=number,
        href=f"/cables/{item.cable}" + (f"#p-{item.paragraph}" if item.paragraph else ""),
        paragraph=item.paragraph,
        said=how,
        at=at,
    )


def answered(connection: View, who: Visit, cable: Cable, given: Mapping[str, str], name: str) -> Cable:
    """The cable with a line that answers a question, in place of one that answered it before.

    Raises :class:`BadValue` for a question that is not here, and for an answer that is none.
    """
    how, paragraph = given.get(f"how.{name}", ""), given.get(f"at.{name}", "")[:80]
    found = docket.named(connection, lens_of(who), [name]) if is_item_name(name) else []
    if how not in ANSWERS or not found or found[0].kind != "question":
        raise BadValue("there is no such question to be answered", mend="Load the page again.")
    about = (("talks", found[0].get("talks")), ("issue", found[0].get("issue")))
    # whoever gets the answer may hold the question itself, and not the telegram that carried it here
    own = found[0].same or name
    fields = (("question", own), ("how", how), *(pair for pair in about if pair[1]))
    line = DocketLine(kind="answer", paragraph=paragraph, quote="", fields=fields)
    before = [("answer", name), ("answer", own)]
    others = [one for one in cable.docket if (one.kind, dict(one.fields).get("question")) not in before]
    return replace(cable, docket=(*others, line))


def numbers_of(connection: View, who: Visit, findings: Sequence[Finding]) -> dict[int, str]:
    """What the cables are called that bear what the docket warns of, as far as they may be read."""
    cables = sorted({one.told.cable for one in findings if one.told is not None})
    seen = seen_of(connection, who.person, who.roles, cables, Sight.TEXT)
    named = cables_named(connection, who.person, seen)
    return {cable: called(line) for cable, line in named.items()}


def passages_of(cable: Cable | None, findings: Sequence[Finding]) -> dict[str, tuple[str, str, str]]:
    """By the key of each warning, the text's own words that came near, with what stands before and after.

    Left out where whoever asks may not know in which words it was.
    """
    texts = {} if cable is None else {name: paragraph.text for name, paragraph in paragraph_ids(cable)}
    found = {}
    for one in (finding.told for finding in findings):
        text = texts.get(one.paragraph, "") if one is not None and one.rule else ""
        if one is not None and text:
            at = max(text.find(one.words), 0)
            end = at + (len(one.words) if text.startswith(one.words, at) else 0)
            before = ("…" if at > _AROUND else "") + text[max(at - _AROUND, 0) : at]
            found[one.key] = (before, text[at:end], _shortened(text[end:]))
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= _AROUND else f"{text[:_AROUND]}…"


def lines_amiss(cable: Cable) -> list[Finding]:
    """The docket lines of a sheet with which it is not entered: each by its place and what is wrong."""
    return [
        Finding(
            severity="must",
            about="docket",
            sentence=f"docket line {n}, {line.kind}, does not stand: {said}",
            mend="Quote the words letter for letter, and name their paragraph.",
            paragraph=line.paragraph,
        )
        for n, line in enumerate(cable.docket, 1)
        if (said := problem(cable, line))
    ]


@cache
def docket_help() -> list[tuple[str, str, list[tuple[str, bool, str]]]]:
    """What each kind is, and its fields: name, whether it must be there, how it is filled in."""
    return [
        (
            name,
            kind.says,
            [
                (field, held.required, ", ".join(held.choices) or _FORMS.get(held.form, ""))
                for field, held in fields_of(name).items()
                if field in kind.fields or field in ("issue", "date")
            ],
        )
        for name, kind in KINDS.items()
    ]
