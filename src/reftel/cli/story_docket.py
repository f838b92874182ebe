"""The negotiation in the demonstration's cables: what is asked, answered, ordered and held back.

The report of the first session is written from its form, so that its question is open wherever it is
carried. The answer says in which paragraph it answers, orders, and holds something back. Two drafts go
against that, and the office notices before they go.
"""

from __future__ import annotations

from datetime import datetime

from reftel.cable.model import DocketLine, Party, Precedence
from reftel.cable.sheet import parse
from reftel.cli.docket_layout import board_text
from reftel.docket.items import issue_key
from reftel.docket.sessions import IssueRow, MoveRow, QuestionRow, SessionForm
from reftel.errors import Warned
from reftel.office import desk, docket_views
from reftel.office.docket import Lens
from reftel.office.docket_checks import warnings
from reftel.office.docket_sessions import Head, draft_report
from reftel.office.docketing import accept_warnings, enter_lines
from reftel.office.knew import find_subject, knew
from reftel.office.moments import read_when
from reftel.office.office import Hand, Office
from reftel.register.entries import clock_text

TALKS, OURS, THEIRS = "The strip talks", "Our side", "The other side"
STRIP, DRIVERS, INSPECTORS = "Width of the strip", "Drivers and interpreters", "Neutral inspectors"
_SIDE = ("MOSCOW", "BEIJING", "PYONGYANG", "KAESONG")
FORM = SessionForm(
    talks=TALKS,
    session="Session of the fourteenth",
    form="plenary",
    opened="1000",
    closed="1640",
    place="the school house",
    present=("Head of delegation", "their colonel"),
    atmosphere="polite and slow",
    next="tomorrow at 0900",
    outcomes=(
        IssueRow(
            issue=STRIP,
            number="3",
            outcome="not taken up",
            reason="they will not hear of it before a line is drawn on a map that both sides initial",
        ),
    ),
    secondary=(
        IssueRow(
            issue=DRIVERS,
            outcome="put off",
            proposal="their liaison officer asked how many we mean to bring",
            response="we named no number and promised one for tomorrow",
        ),
    ),
    moves=(MoveRow(party=THEIRS, move="recess", what="before anything was said of item two"),),
    questions=(
        QuestionRow(
            question="May the strip be narrowed further if they press for it?", to="Minister", issue=STRIP
        ),
    ),
    signed="HEAD OF DELEGATION",
)
COVERING_QUESTION = (
    "should we name the neutral inspectors ourselves, or wait until the other side names them and then agree?"
)
ANSWERED = """\
DOCKET answer: Name the inspectors only after the other side has named its own
  paragraph: q1.1
  talks: {talks}
  issue: {inspectors}
  question: {covering}
  how: in full
DOCKET answer: The strip may be narrowed once more and not twice.
  paragraph: q1.2
  talks: {talks}
  issue: {strip}
  question: {report}
  how: in full
DOCKET position: The strip may be narrowed once more and not twice.
  paragraph: q1.2
  talks: {talks}
  issue: {strip}
  party: {ours}
  stance: red line
DOCKET instruction: do not let the press call the first narrowing a great step
  paragraph: q1.2
  talks: {talks}
  issue: {strip}
  mode: must not
  words: great step
DOCKET withheld: The strip may be narrowed once more and not twice.
  paragraph: q1.2
  talks: {talks}
  issue: {strip}
  not for: {theirs}
  words: narrowed once more
"""
PRESS_LINE = """\
PRECEDENCE: PRIORITY
CLASSIFICATION: CONFIDENTIAL
TO: PYONGYANG <pyongyang.example>
SUBJECT: Line for the press on the fifteenth

{text}

SIGNED: BAI
"""
PRAISE = "The narrowing of the strip is a great step towards quiet on the border."
PLAIN = "The width of the strip was among the matters on the table. The talks go on."
PAPER = """\
PRECEDENCE: PRIORITY
CLASSIFICATION: SECRET
TO: PYONGYANG <pyongyang.example>
ONWARD:
  office: The other side
  how: read out at the table
SUBJECT: What may be said of the strip

Our side says that the strip can be narrowed once more, if both sides initial the map.

SIGNED: BAI
"""
REASON = "The Minister allowed it by telephone once the map is initialled."


def draft_first_report(office: Office, hand: Hand) -> int:
    """KAESONG's report of the session, drafted from its form."""
    head = Head(
        to=[Party(post="beijing.example", place="BEIJING")],
        info=[Party(post="pyongyang.example", place="PYONGYANG")],
        precedence=Precedence.IMMEDIATE,
        classification="SECRET",
    )
    return draft_report(office, hand, FORM, head).entry


def enter_sides(office: Office, hand: Hand, cable: int) -> None:
    """A post's own people say which posts are of its side, and who sits at the table."""
    lines = [_line("post", post=f"{post.lower()}.example", party=OURS) for post in _SIDE]
    lines += [_line("party", party=OURS, side="ours"), _line("party", party=THEIRS, side="theirs")]
    enter_lines(office, hand, cable, lines)


def ask_of_covering(office: Office, hand: Hand, cable: int) -> str:
    """MOSCOW's clerk marks the question that stands in the covering text; returns the item's name."""
    line = _line("question", "u1", COVERING_QUESTION, issue=INSPECTORS, to="Minister")
    return enter_lines(office, hand, cable, [line])[0]


def _line(kind: str, paragraph: str = "", quote: str = "", /, **fields: str) -> DocketLine:
    return DocketLine(kind=kind, paragraph=paragraph, quote=quote, fields=(("talks", TALKS), *fields.items()))


def answer_lines(office: Office, covering: str) -> str:
    """The docket lines of the answer, for its sheet: to the question of the report, and to the covering's."""
    with office.store.read() as connection:
        asked = docket_views.questions(connection, Lens(office.origin), issue_key(TALKS))
    (report,) = (one.first.same for one in asked if one.first.name != covering)
    return ANSWERED.format(
        talks=TALKS,
        inspectors=INSPECTORS,
        strip=STRIP,
        ours=OURS,
        theirs=THEIRS,
        covering=covering,
        report=report,
    )


def open_questions(office: Office) -> int:
    """How many questions of these talks are open at a post."""
    with office.store.read() as connection:
        return len(docket_views.questions(connection, Lens(office.origin), issue_key(TALKS)))


def press_line(office: Office, drafter: Hand, releaser: Hand) -> str:
    """A press line that does what was forbidden, is stopped, and is written anew.

    Returns its number; empty where it was not stopped.
    """
    entry = desk.draft(office, drafter, parse(PRESS_LINE.format(text=PRAISE)))
    if not _stopped(office, releaser, entry):
        return ""
    desk.edit(office, drafter, entry, parse(PRESS_LINE.format(text=PLAIN)))
    return desk.release(office, releaser, entry)


def onward_paper(office: Office, drafter: Hand, releaser: Hand) -> str:
    """A paper for the other side that shows what is held back: stopped, then accepted with a reason.

    Returns its number; empty where it was not stopped.
    """
    cable = parse(PAPER)
    entry = desk.draft(office, drafter, cable)
    if not _stopped(office, releaser, entry):
        return ""
    with office.store.read() as connection:
        found = warnings(office, connection, cable, draft=entry)
    accept_warnings(office, releaser, entry, {one.key: REASON for one in found if one.stops})
    return desk.release(office, releaser, entry)


def _stopped(office: Office, releaser: Hand, entry: int) -> bool:
    try:
        desk.release(office, releaser, entry)
    except Warned:
        return True
    return False


def told_at_the_end(office: Office, asked: datetime, answered: datetime, reader: str) -> str:
    """The board as of two moments, and what a reader knew at each, by the register's own entries."""
    moments = (("When the questions were open", asked), ("When they were answered", answered))
    parts = []
    with office.store.read() as connection:
        for called, moment in moments:
            when = read_when(connection, clock_text(moment), office.now())
            lens = Lens(office.origin, None, when.entry)
            board = docket_views.board(connection, lens, issue_key(TALKS))
            subject = find_subject(connection, office.origin, reader)
            known = knew(connection, subject, when, None).lines
            held = [f"entry:{one.cable} ({one.proofs[0].says}: entry {one.proofs[0].entry})" for one in known]
            parts += ["", f"{called}, {moment:%d %B %H%M}Z:", board_text(board)]
            parts.append(f"{reader} knew {'; '.join(held) or 'nothing'}.")
    return "\n".join(parts)
