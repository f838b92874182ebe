"""Checks before release: what the desk will refuse, and what is allowed and mostly a slip.

They only foretell: the desk's own refusals stay the law. What *must* be mended is refused at
release; what *should* be looked at is the releasing officer's to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from reftel.cable import eyes
from reftel.cable.dtg import Order, compare
from reftel.cable.lifecycle import allowed
from reftel.cable.model import Block, Cable, Paragraph, Party, Precision, Quotation, Reading
from reftel.cable.numbering import gap, reference_keys, series_number
from reftel.cable.paragraphs import paragraph_ids
from reftel.errors import BadValue, NotFound
from reftel.office import docket_checks
from reftel.office.clearance import LEVELS, level
from reftel.office.copies import OVERDUE_LIMIT, overdue
from reftel.office.desk import cable_text
from reftel.office.docket import NOT_HERE, Lens, problem_of_cited
from reftel.office.docket_warnings import Warning  # noqa: A004 - its name
from reftel.office.office import Office, find_cable, outgoing
from reftel.office.readers import CONFIRMED, find_reader
from reftel.office.rolls import post_named
from reftel.office.sight import Asker, Sight, sights
from reftel.office.view import carried_in, decisions
from reftel.store import tables as t

Severity = Literal["must", "should"]
_PORTIONS = {"U": 0, "R": 1, "C": 2, "S": 3, "TS": 4}
_MOST_NAMED = 12
_MOST_LOOKED_UP = 200
_MOST_OF_SERIES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to be mended or looked at: ``must`` is what the desk refuses.

    ``about`` says what it concerns, in one word; ``paragraph`` names one, where it is one. ``warning``
    is the key of a warning of the docket, which may be accepted; ``accepted`` the reason, once it was.
    ``told`` is what a warning or reminder of the docket says, with its evidence.
    """

    severity: Severity
    about: str
    sentence: str
    mend: str = ""
    paragraph: str = ""
    warning: str = ""
    accepted: str = ""
    told: Warning | None = None


def check_draft(office: Office, connection: Connection, entry: int, asker: Asker | None) -> list[Finding]:
    """Everything to be said of a draft before it is released, the gravest first.

    Raises :class:`NotFound` and :class:`NotAllowed` for what is no cable of this post.
    """
    row = outgoing(find_cable(connection, entry))
    if row.leaf >= 0 or row.state == "withdrawn":
        return [_must("state", f"the cable is {row.state}", "Only a draft is released.")]
    found = cable_text(connection, row)
    if found is None:
        return [_must("text", "the text of this draft was destroyed", "Withdraw it.")]
    own = [*_clearances(connection, row), *_adoption(connection, row), *_separation(connection, row, asker)]
    if not own and "release" not in allowed("outgoing", row.state):
        own = [_must("state", f"the draft is {row.state}", "Let it be cleared or adopted first.")]
    return _gravest_first([*own, *check_text(office, connection, found[0], asker, but=entry)])


def check_text(
    office: Office, connection: Connection, cable: Cable, asker: Asker | None, *, but: int = -1
) -> list[Finding]:
    """What is to be said of a text by itself, entered or not; ``but`` is the draft's own entry."""
    return _gravest_first(
        [
            *_addressees(office, connection, cable),
            *_eyes_only(office, connection, cable),
            *_marking(cable),
            *_precedence(cable),
            *_dues(cable, office.now()),
            *_references(connection, cable, asker, but),
            *_series(connection, cable, but),
            *_stop_issue(office, connection, cable),
            *_cited(office, connection, cable, asker),
            *_docket(office, connection, cable, asker, but),
        ]
    )


def _gravest_first(found: Sequence[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: finding.severity)


def _must(about: str, sentence: str, mend: str) -> Finding:
    return Finding(severity="must", about=about, sentence=sentence, mend=mend)


def _should(about: str, sentence: str, mend: str = "", paragraph: str = "") -> Finding:
    return Finding(severity="should", about=about, sentence=sentence, mend=mend, paragraph=paragraph)


def _clearances(connection: Connection, row: Row[Any]) -> Iterator[Finding]:
    asked = connection.execute(select(t.clearances).where(t.clearances.c.cable == row.cable)).all()
    for clearance in sorted(asked, key=lambda c: str(c.officer)):
        if clearance.state != "given":
            yield _must(
                "clearance",
                f"{clearance.officer} was asked to clear the draft and has not",
                "Remind the officer.",
            )
        elif clearance.version != row.version:
            yield _must(
                "clearance",
                f"{clearance.officer} cleared an earlier text",
                "The text as it now stands must be cleared again.",
            )


def _adoption(connection: Connection, row: Row[Any]) -> Iterator[Finding]:
    known = [d for d in decisions(connection, row.cable) if d["state"] != "replaced"]
    standing = [d for d in known if d["state"] == "in force" and d["version"] == row.version]
    for decision in known if not standing else ():
        voided = decision["state"] == "voided"
        yield _must(
            "adoption",
            f"{decision['reference']} {'was voided' if voided else 'adopted another text'}",
            "The draft needs a decision on the text as it now stands.",
        )


def _separation(connection: Connection, row: Row[Any], asker: Asker | None) -> Iterator[Finding]:
    if asker is None or "releasing officer" not in asker.roles:
        return
    a = t.acts.c
    wrote = a.kind.in_(("drafted", "edited"))
    drafted = select(a.who).where(a.cable == row.cable, wrote, a.who == asker.person)
    off = select(t.rules.c.off).where(t.rules.c.rule == "drafter-releaser")
    if connection.execute(drafted).first() is not None and not connection.execute(off).scalar():
        sentence = f"{asker.person} drafted it, and who drafts does not release"
        yield _must("separation", sentence, "Let another officer release it.")


def _addressees(office: Office, connection: Connection, cable: Cable) -> Iterator[Finding]:
    parties = (*cable.to, *cable.info)[:_MOST_LOOKED_UP]
    if not parties:
        yield _must("addressee", "the cable has no addressee", "Name at least one.")
    posts = sorted({party.post for party in parties if party.post} - {office.origin})
    known = set(connection.execute(select(t.posts.c.origin).where(t.posts.c.origin.in_(posts))).scalars())
    for post in posts:
        if post not in known:
            yield _must("addressee", f"the post {post} is not known here", "Admit its card first.")
    for party in parties:
        if not party.post:
            yield _should(
                "addressee",
                f"nothing is sent to {_name(party)}: no post is named",
                _post_of(connection, party),
            )
    if parties and not any(party.post for party in parties):
        yield _should("addressee", "the cable goes to no post at all", "Name a post for whom it is to reach.")


def _name(party: Party) -> str:
    return party.place or party.office or party.person or party.place_inferred or "an addressee"


def _post_of(connection: Connection, party: Party) -> str:
    try:
        return f"Write {_name(party)} <{post_named(connection, _name(party)).origin}>."
    except NotFound:
        return "Write its post in angle brackets after the name."


def _eyes_only(office: Office, connection: Connection, cable: Cable) -> Iterator[Finding]:
    if not eyes.is_eyes_only(cable):
        return
    try:
        readers = eyes.named_readers(cable)
    except BadValue as error:
        yield _must("reader", error.sentence, error.mend)
        return
    if not readers:
        yield _should("reader", "the cable is EYES ONLY and goes to no post: its text is not sealed")
    for post, person in readers:
        row = find_reader(connection, post, person)
        if row is None or row.standing in {"enrolled", "revoked"}:
            where = "Two officers admit it." if post == office.origin else "Enter the reader's card first."
            yield _must("reader", f"no key of {person} at {post} is known here", where)
        elif row.standing not in CONFIRMED:
            yield _should(
                "reader",
                f"the key of {person} at {post} is only as vouched by the receiving office",
                "Compare its fingerprint with that reader, by voice or in person.",
            )


def _marking(cable: Cable) -> Iterator[Finding]:
    height = level(cable.classification)
    for name, paragraph in _paragraphs(cable):
        if _PORTIONS.get(paragraph.portion.partition("//")[0], 0) > height:
            yield _should(
                "marking",
                f"paragraph {name} is marked ({paragraph.portion}), above the cable itself",
                "Raise the classification, or mend the portion mark.",
                name,
            )
    if not cable.classification:
        yield _should("marking", "the cable bears no classification", f"One of {', '.join(LEVELS)}.")
    for carried in carried_in(cable):
        inner = carried.cable
        what = inner.kind or inner.subject or "a carried telegram"
        if level(inner.classification) > height:
            yield _should("marking", f"{what} is {inner.classification}, above the cable that carries it")
        lost = [caption for caption in inner.captions if caption not in cable.captions]
        if lost:
            yield _should("marking", f"{what} bears {', '.join(lost)}, and the cable does not")


def _paragraphs(cable: Cable) -> Iterator[tuple[str, Paragraph]]:
    """The cable's own paragraphs, in quotations too; what it carries has a marking of its own."""
    own = {id(paragraph) for paragraph in _own(cable.blocks)}
    return ((name, paragraph) for name, paragraph in paragraph_ids(cable) if id(paragraph) in own)


def _own(blocks: Sequence[Block]) -> Iterator[Paragraph]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block
        elif isinstance(block, Quotation):
            yield from _own(block.blocks)


def _precedence(cable: Cable) -> Iterator[Finding]:
    first, second = cable.precedence, cable.info_precedence
    if first is None:
        said = cable.precedence_literal
        sentence = f"{said} is none of the six precedences" if said else "the cable bears no precedence"
        yield _should("precedence", f"{sentence}, and goes after them all", "Say which of the six it means.")
    elif not cable.to and cable.info and second is not None and second < first:
        yield _should(
            "precedence",
            f"it goes as {first.name}, higher than any addressee's: all are for information, {second.name}",
            "Lower it, or name who is to act.",
        )
    if first is not None and second is not None and second > first:
        yield _should(
            "precedence", "those who are only told have a higher precedence than those who are to act"
        )


def _dues(cable: Cable, now: datetime) -> Iterator[Finding]:
    here = Reading(local=now.replace(tzinfo=None), precision=Precision.MINUTE, zone=0)
    for ask in cable.asks:
        if ask.due is None:
            continue
        if ask.due.reading is None:
            yield _should(
                "due",
                f"{ask.due.literal!r} is not a time with its year: that ask is never called overdue",
                "Write it such as 201200Z NOV 26.",
            )
        elif compare(ask.due.reading, here) is Order.BEFORE:
            yield _should(
                "due", f"the ask is due at {ask.due.literal}, which has passed", "Set another time."
            )


def _references(connection: Connection, cable: Cable, asker: Asker | None, but: int) -> Iterator[Finding]:
    every_one = (reference for part in _parts(cable) for reference in part.references)
    cited = [(reference, reference_keys(reference)) for reference in islice(every_one, _MOST_LOOKED_UP)]
    keys = sorted({key for _, found in cited for key in found})
    i = t.identifiers.c
    query = select(i.folded, i.cable).where(
        i.folded.in_(keys), i.scheme.not_like("%reference"), i.cable != but
    )
    bearers: dict[str, set[int]] = {}
    for folded, bearer in connection.execute(query):
        bearers.setdefault(folded, set()).add(bearer)
    every = {bearer for found in bearers.values() for bearer in found}
    seen = (
        dict.fromkeys(every, Sight.TEXT)
        if asker is None
        else sights(connection, asker.person, asker.roles, every)
    )
    for reference, found in cited:
        held = {bearer for key in found for bearer in bearers.get(key, ())}
        if not any(seen.get(bearer, Sight.NOTHING) for bearer in held):
            name = f"REF {reference.letter}".strip()
            yield _should("reference", f"{name}, {reference.literal}, is not held here, or is not for you")


def _parts(cable: Cable) -> Iterator[Cable]:
    yield cable
    yield from (carried.cable for carried in carried_in(cable))


def _series(connection: Connection, cable: Cable, but: int) -> Iterator[Finding]:
    for kind in list(dict.fromkeys(part.kind for part in _parts(cable)))[:_MOST_NAMED]:
        numbered = series_number(kind)
        if numbered is None:
            continue
        name, number = numbered
        i = t.identifiers.c
        query = select(i.literal, i.cable).where(
            i.scheme.in_(("kind", "carried kind")), i.folded >= name, i.folded < name + "\U0010ffff"
        )
        query = query.order_by(i.cable.desc()).limit(_MOST_OF_SERIES)
        held = {number}
        for literal, bearer in connection.execute(query):
            other = series_number(literal)
            if other is None or other[0] != name or bearer == but:
                continue
            if other[1] == number and kind == cable.kind:
                yield _should("number", f"another cable here is {literal} already")
            held.add(other[1])
        yield from _missing(name, number, held)


def _missing(name: str, number: int, held: Collection[int]) -> Iterator[Finding]:
    try:
        missing = gap([n for n in held if n <= number], first=1)
    except BadValue:
        yield _should(
            "number", f"{name} No {number} is far beyond the numbers held here", "Look at it again."
        )
        return
    if missing:
        listed = ", ".join(str(n) for n in missing[:_MOST_NAMED])
        more = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        yield _should("number", f"{name} No {listed}{more} is missing here, before No {number}")


def _stop_issue(office: Office, connection: Connection, cable: Cable) -> Iterator[Finding]:
    """Whoever is named here and is issued nothing: the copy would lie in the file."""
    parties = (*cable.to, *cable.info)[:_MOST_LOOKED_UP]
    named = {party.person for party in parties if party.person and party.post in ("", office.origin)}
    off = select(t.rules.c.off).where(t.rules.c.rule == "stop-issue")
    if not named or connection.execute(off).scalar():
        return
    p = t.people.c
    serving = select(p.name).where(p.name.in_(named), p.standing == "serving").order_by(p.name)
    for person in connection.execute(serving).scalars():
        late = len(overdue(connection, office.now().date(), person))
        if late > OVERDUE_LIMIT:
            yield _should(
                "stop-issue",
                f"{person} has {late} overdue copies and is issued no other",
                "Chase the overdue ones.",
            )


def _cited(office: Office, connection: Connection, cable: Cable, asker: Asker | None) -> Iterator[Finding]:
    """Docket lines that quote another cable, which is here and does not hold those words."""
    for n, line in enumerate(cable.docket, 1):
        said = problem_of_cited(connection, Lens(office.origin, asker), line)
        if said and said != NOT_HERE:
            yield Finding(
                severity="should",
                about="docket",
                sentence=f"docket line {n}, {line.kind}, will not count: of the cable that it cites, {said}",
                mend="Quote that cable letter for letter, and name its paragraph.",
            )


def _docket(
    office: Office, connection: Connection, cable: Cable, asker: Asker | None, but: int
) -> Iterator[Finding]:
    """What the docket warns of; the desk refuses while one that counts is not accepted."""
    for warning in docket_checks.warnings(office, connection, cable, draft=but, asker=asker):
        yield Finding(
            severity="must" if warning.stops else "should",
            about=warning.about,
            sentence=warning.sentence,
            mend="" if warning.accepted else warning.mend,
            paragraph=warning.paragraph,
            warning="" if warning.reminder else warning.key,
            accepted=warning.accepted,
            told=warning,
        )
    for post in docket_checks.posts_of_no_side(office, connection):
        yield _should(
            "docket",
            f"what {post} says must not be done or shown is not held against this: its side is not known",
            "Enter in the docket to which party that post belongs.",
        )


def count_findings(found: Sequence[Finding]) -> tuple[int, int]:
    """How many must be mended, and how many should be looked at."""
    must = sum(finding.severity == "must" for finding in found)
    return must, len(found) - must
