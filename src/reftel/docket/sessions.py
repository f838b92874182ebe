"""A meeting as its form has it, and the report that is written of it.

The report is a cable of plain paragraphs. Its docket lines quote them letter for letter, so that whoever
gets it has the meeting, what came of each issue, the moves and the questions in the docket, and can read
each of them where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reftel.cable.characters import find_hostile
from reftel.cable.model import Cable, DocketLine, Paragraph, Party, Signature
from reftel.cable.numbering import fold, series_number
from reftel.docket.items import MAX_VALUE, check_lines
from reftel.errors import BadValue

SERIES = "brief report"
"""What a series of reports is called where its form says nothing else."""
MOST_ROWS = 60
"""The most rows of each list of a form."""
_SESSION = "#1"
_FINAL = (".", "?", "!", "…", '"', "”", "»", ")")
_DID = {
    "offer": "offered",
    "concession": "conceded",
    "query": "asked",
    "demand": "demanded",
    "criticism": "criticised",
    "stall": "played for time",
    "recess": "asked for a recess",
    "walk-away": "left the table",
    "other": "did this",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRow:
    """What a meeting made of one issue; ``number`` is the one printed for it in this report alone."""

    issue: str
    outcome: str
    number: str = ""
    reason: str = ""
    proposal: str = ""
    quantity: str = ""
    response: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """What a party did at the table; ``begins`` and ``ends`` are the quantities between which it moved.

    ``reading`` is how our own people took it.
    """

    party: str
    move: str
    what: str
    issue: str = ""
    begins: str = ""
    ends: str = ""
    unit: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticedRow:
    """Something noticed of somebody."""

    of: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """A question that the report puts to a principal."""

    question: str
    to: str = ""
    issue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForm:
    """One meeting as the delegation writes it down. Times are kept as written."""

    talks: str
    session: str
    series: str = SERIES
    form: str = ""
    date: str = ""
    place: str = ""
    opened: str = ""
    closed: str = ""
    clock: str = ""
    present: tuple[str, ...] = ()
    atmosphere: str = ""
    next: str = ""
    preparation: str = ""
    departure: str = ""
    outcomes: tuple[IssueRow, ...] = ()
    secondary: tuple[IssueRow, ...] = ()
    moves: tuple[MoveRow, ...] = ()
    noticed: tuple[NoticedRow, ...] = ()
    questions: tuple[QuestionRow, ...] = ()
    signed: str = ""


def write_report(form: SessionForm, number: int) -> Cable:
    """The report of a meeting, without addressees; ``number`` is the one of its series.

    Raises :class:`BadValue` for a form of which no report can be made, naming what is wrong in it.
    """
    page = _Page()
    _meeting(page, form)
    for level, rows in (("principal", form.outcomes), ("secondary", form.secondary)):
        for row in rows:
            _issue(page, row, level)
    for move in form.moves:
        _move(page, move)
    for noticed in form.noticed:
        words = _sentence(noticed.what)
        page.write([noticed.of, ": ", words], ("observation", words, {"of": noticed.of}))
    for question in form.questions:
        words = _sentence(question.question)
        page.write([words], ("question", words, {"to": question.to, "issue": question.issue}))
    cable = Cable(
        sender=Party(),
        to=(),
        kind=report_kind(form.series, number),
        subject=f"Report of the session: {form.session}",
        blocks=tuple(page.paragraphs),
        signature=Signature(literal=form.signed) if form.signed else None,
        docket=tuple(page.lines),
    )
    check_lines(cable)
    return cable


def report_kind(series: str, number: int) -> str:
    """What a report of a series is called: ``brief report No 2``; :class:`BadValue` for no such name."""
    name = f"{series} No {number}"
    if series_number(name) != (fold(series), number):
        raise BadValue(
            f"{series[:60]!r} is no name for a numbered series", mend="Write it such as 'brief report'."
        )
    return name


@dataclass(slots=True)
class _Page:
    """The paragraphs and docket lines of a report while it is written."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    lines: list[DocketLine] = field(default_factory=list)

    def write(self, parts: list[str], *lines: tuple[str, str, dict[str, str]]) -> None:
        """Add a paragraph of these parts, and lines that quote words of it: kind, words, fields."""
        number = str(len(self.paragraphs) + 1)
        self.paragraphs.append(Paragraph(number=number, text="".join(parts)))
        for kind, words, fields in lines:
            given = tuple((name, value) for name, value in fields.items() if value)
            self.lines.append(DocketLine(kind=kind, paragraph=number, quote=words, fields=given))


def _meeting(page: _Page, form: SessionForm) -> None:
    met = f"{form.session}"
    met += f", {form.form}" if form.form else ""
    met += f", at {form.place}" if form.place else ""
    met += f", on {form.date}" if form.date else ""
    times = ", ".join(
        f"{word} {time}" for word, time in (("opened", form.opened), ("closed", form.closed)) if time
    )
    times += f", by the clock {form.clock}" if times and form.clock else ""
    said = [_sentence(met), _sentence(f"It {times}") if times else ""]
    for label, value in (
        ("Present", ", ".join(form.present)),
        ("Atmosphere", form.atmosphere),
        ("Departure", form.departure),
        ("Next session", form.next),
        ("Preparation", form.preparation),
    ):
        said.append(_sentence(f"{label}: {value}") if value else "")
    words = " ".join(part for part in said if part)
    fields = {
        "talks": form.talks,
        "session": form.session,
        "form": form.form,
        "date": form.date,
        "opened": form.opened,
        "closed": form.closed,
        "clock": form.clock,
        "place": form.place,
        "present": "; ".join(form.present),
        "atmosphere": form.atmosphere,
        "next": form.next,
        "preparation": form.preparation,
        "departure": form.departure,
    }
    page.write([words], ("session", words, fields))


def _issue(page: _Page, row: IssueRow, level: str) -> None:
    head = f"Point {row.number}, {row.issue}" if row.number else row.issue
    proposal = row.proposal + (f" ({row.quantity})" if row.quantity and row.proposal else "")
    said = [_sentence(row.outcome)]
    for label, value in (
        ("Reason", row.reason),
        ("Proposed", proposal or row.quantity),
        ("Answer", row.response),
    ):
        said.append(_sentence(f"{label}: {value}") if value else "")
    words = " ".join(part for part in said if part)
    came_of_it = {
        "session": _SESSION,
        "issue": row.issue,
        "outcome": row.outcome,
        "reason": row.reason,
        "proposal": row.proposal,
        "quantity": row.quantity,
        "response": row.response,
    }
    page.write(
        [head, ": ", words],
        ("issue", head, {"issue": row.issue, "level": level, "number": row.number}),
        ("outcome", words, came_of_it),
    )


def _move(page: _Page, row: MoveRow) -> None:
    did = _DID.get(row.move, row.move)
    of = f", on {row.issue}" if row.issue else ""
    bounds = " ".join(f"{word} {end}" for word, end in (("from", row.begins), ("to", row.ends)) if end)
    distance = f" That is {bounds} {row.unit}".rstrip() if bounds else ""
    words = _sentence(f"{row.party} {did}{of}: {row.what}") + (_sentence(distance) if distance else "")
    fields = {
        "session": _SESSION,
        "party": row.party,
        "move": row.move,
        "issue": row.issue,
        "about": row.what,
        "from": row.begins,
        "to": row.ends,
        "unit": row.unit,
        "reading": row.reading,
    }
    reading = [" ", _sentence(f"Our reading: {row.reading}")] if row.reading else []
    page.write([words, *reading], ("move", words, fields))


def _sentence(text: str) -> str:
    """A text with a full stop behind it, unless it ends with some such."""
    return text if text.endswith(_FINAL) else f"{text}."


def one_line(text: str, name: str) -> str:
    """A value of a form on one line; :class:`BadValue` for one that is too long or not to be seen."""
    line = " ".join(text.split())
    if len(line) > MAX_VALUE:
        raise BadValue(f"{name!r} is longer than {MAX_VALUE} characters")
    if find_hostile(line) is not None:
        raise BadValue(f"{name!r} has a character in it that is not seen", mend="Type it again.")
    return line
