"""Commands before a cable goes: drafted, cleared, adopted, released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from reftel.cable import sheet
from reftel.cable.model import Cable, Paragraph, Party
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import FILE, HELD_FILE, TIDY, read_enclosures, read_sheet
from reftel.cli.program import FINDINGS
from reftel.errors import NotFound
from reftel.office import desk, view
from reftel.office.before_release import check_draft
from reftel.office.clearance import level
from reftel.office.office import Office, find_cable, find_person
from reftel.office.rolls import post_named
from reftel.office.sight import Asker

ENCLOSE = click.option("--enclose", type=HELD_FILE, multiple=True, help="A file that an ENCLOSURE names.")
YES = click.option("--yes", is_flag=True, help="Use the tidied sheet without asking.")


@command(acts=True, example="reftel draft session.txt --as Li --clear-by Zhang")
@click.argument("sheet_file", metavar="[FILE]", type=FILE, default="-")
@click.option("--clear-by", "officers", multiple=True, help="An officer who must clear it before release.")
@ENCLOSE
@TIDY
@YES
def draft(
    session: Session,
    sheet_file: Path,
    officers: tuple[str, ...],
    enclose: tuple[Path, ...],
    *,
    tidied: bool,
    yes: bool,
) -> None:
    """Enter a draft from its sheet: a file, or the standard input.

    What would go otherwise than its drafter may think is said, and may still be edited.
    """
    text = read_sheet(session, sheet_file, tidied=tidied, yes=yes)
    if text is None:
        return
    cable = sheet.parse(text, enclosures=read_enclosures(enclose))
    entry = desk.draft(session.office, session.hand(), cable, clearing=officers)
    doubts = _doubts(session.office, cable)
    value = {"cable": entry, "state": "drafted", "doubts": doubts}
    session.emit(value, "\n".join([f"Drafted: entry:{entry}.", *doubts]))


@command(
    acts=True, example="reftel show entry:12 --sheet > session.txt\nreftel edit entry:12 session.txt --as Li"
)
@click.argument("cable")
@click.argument("sheet_file", metavar="[FILE]", type=FILE, default="-")
@ENCLOSE
@TIDY
@YES
def edit(
    session: Session, *, cable: str, sheet_file: Path, enclose: tuple[Path, ...], tidied: bool, yes: bool
) -> None:
    """Put another text in place of a draft's; clearances and adoption of the old one are void.

    The files that it encloses are given again.
    """
    entry = resolve_cable(session, cable)
    text = read_sheet(session, sheet_file, tidied=tidied, yes=yes)
    if text is None:
        return
    new = sheet.parse(text, enclosures=read_enclosures(enclose))
    desk.edit(session.office, session.hand(), entry, new)
    doubts = _doubts(session.office, new)
    session.emit(
        {"cable": entry, "state": "drafted", "doubts": doubts},
        "\n".join([f"Edited: entry:{entry}. What was agreed to is void: clear it anew.", *doubts]),
    )


@command(acts=True, example="reftel clear entry:12 --as Zhang\nreftel clear entry:12 --ask Zhang --as Li")
@click.argument("cable")
@click.option("--ask", "officers", multiple=True, help="Do not clear it: name an officer who must.")
def clear(session: Session, cable: str, officers: tuple[str, ...]) -> None:
    """Give your clearance to a draft exactly as it now stands."""
    entry = resolve_cable(session, cable)
    if officers:
        desk.ask_clearance(session.office, session.hand(), entry, officers)
        session.emit({"cable": entry, "asked": list(officers)}, f"Asked to clear it: {', '.join(officers)}.")
        return
    desk.clear(session.office, session.hand(), entry)
    session.emit({"cable": entry, "state": _state(session, entry)}, f"Cleared by {session.person}.")


@command(
    acts=True,
    example="reftel adopt entry:12 --as Zhang --body 'The Commission' --protocol 84 --item 421 \\\n"
    "    --title 'Answer to KAESONG' --text 'Approve the attached text.' --excerpt Petrov",
)
@click.argument("cable")
@click.option("--body", required=True, help="Who decided.")
@click.option("--protocol", required=True, help="The number of its protocol.")
@click.option("--item", required=True, help="The item of the protocol.")
@click.option("--title", required=True, help="What the item is called.")
@click.option("--text", required=True, help="The resolution, word for word.")
@click.option("--reference", default="", help="How it is cited; else P and the numbers: P84/421.")
@click.option("--date", default="", help="The date of the decision, as written.")
@click.option("--signed", default="", help="Who signed it.")
@click.option("--signature-block", default="", help="The signature as it stands there.")
@click.option("--letterhead", default="", help="The letterhead of the excerpt.")
@click.option("--marking", default="", help="The marking of the excerpt.")
@click.option("--excerpt", "excerpts", multiple=True, help="Who gets a copy of the excerpt.")
@click.option("--replaces", default="", help="The decision on the same draft that this one replaces.")
def adopt(session: Session, /, cable: str, replaces: str, **fields: str | tuple[str, ...]) -> None:
    """Record that a body adopted a draft: this text, and no other by a single byte."""
    entry = resolve_cable(session, cable)
    old = _decision(session, entry, replaces) if replaces else -1
    decision = desk.Decision(**fields)  # type: ignore[arg-type] # the options are its fields
    made = desk.adopt(session.office, session.hand(), entry, decision, replaces=old)
    session.emit(
        {"cable": entry, "decision": made, "state": "adopted"}, f"Adopted: decision under entry {made}."
    )


@command(acts=True, example="reftel void entry:12 P84/421 --reason 'Taken back on 14 July' --as Zhang")
@click.argument("cable")
@click.argument("decision")
@click.option("--reason", required=True, help="Why, in words.")
def void(session: Session, cable: str, decision: str, reason: str) -> None:
    """Record that a body voided its decision on a draft: by its reference or entry."""
    entry = resolve_cable(session, cable)
    voided = _decision(session, entry, decision)
    desk.void_decision(session.office, session.hand(), entry, voided, reason)
    session.emit({"cable": entry, "decision": voided, "state": "voided"}, f"Voided: {decision}.")


@command(acts=True, example="reftel release entry:12 --check\nreftel release entry:12 --as Zhang")
@click.argument("cables", metavar="CABLE...", nargs=-1, required=True)
@click.option("--check", "only_check", is_flag=True, help="Only say what must and should be mended before.")
def release(session: Session, cables: tuple[str, ...], *, only_check: bool) -> None:
    """Let drafts go: each gets its number and date-time group; all together, or none.

    With --check nothing is released; the exit code is 1 where something would be refused.
    """
    entries = [resolve_cable(session, cable) for cable in cables]
    if only_check:
        _check(session, entries)
        return
    numbers = desk.release_all(session.office, session.hand(), entries)
    released, lines = [], []
    for entry, number in zip(entries, numbers, strict=True):
        with session.office.store.read() as connection:
            found = desk.cable_text(connection, find_cable(connection, entry))
        doubts = _doubts(session.office, found[0]) if found else []
        released.append({"cable": entry, "mrn": number, "state": "released", "doubts": doubts})
        lines += [f"Released: {number}.", *doubts]
    session.emit({"released": released}, "\n".join(lines))


def _check(session: Session, entries: Sequence[int]) -> None:
    with session.office.store.read() as connection:
        asker = None
        if session.person:
            roles = find_person(connection, session.person).roles.split(",")
            asker = Asker(person=session.person, roles=frozenset(roles))
        found = {entry: check_draft(session.office, connection, entry, asker) for entry in entries}
    lines = []
    for entry, findings in found.items():
        lines.append(
            f"entry:{entry}: " + ("nothing to mend." if not findings else f"{len(findings)} to mend.")
        )
        for f in findings:
            lines.append(f"  {f.severity}: {f.sentence}. {f.mend}".rstrip())
            if f.accepted:
                lines.append(f"    accepted: {f.accepted}")
            elif f.warning:
                lines.append(f"    reftel docket accept entry:{entry} '{f.warning}' REASON")
    value = {"drafts": [{"cable": e, "findings": [asdict(f) for f in fs]} for e, fs in found.items()]}
    session.emit(value, "\n".join(lines))
    if any(finding.severity == "must" for findings in found.values() for finding in findings):
        click.get_current_context().exit(FINDINGS)


@command(acts=True, example="reftel withdraw entry:12 --as Li")
@click.argument("cable")
def withdraw(session: Session, cable: str) -> None:
    """Withdraw a draft that will not be released."""
    entry = resolve_cable(session, cable)
    desk.withdraw(session.office, session.hand(), entry)
    session.emit({"cable": entry, "state": "withdrawn"}, f"Withdrawn: entry:{entry}.")


_PORTIONS = {"U": 0, "R": 1, "C": 2, "S": 3, "TS": 4}


def _doubts(office: Office, cable: Cable) -> list[str]:
    """What goes otherwise than a drafter may think; each is allowed, and mostly a slip."""
    doubts = [_unreached(office, party) for party in (*cable.to, *cable.info) if not party.post]
    if cable.precedence is None and cable.precedence_literal:
        doubts.append(
            f"Note: {cable.precedence_literal} is none of the six precedences, and goes after them all. "
            "Its meaning stands under it: `  means: IMMEDIATE`."
        )
    doubts += [
        f"Note: {ask.due.literal!r} is not a time with its year: that ASK will never be called overdue."
        for ask in cable.asks
        if ask.due is not None and ask.due.reading is None
    ]
    doubts += [
        f"Note: a paragraph is marked ({block.portion}), above the cable itself."
        for block in cable.blocks
        if isinstance(block, Paragraph) and _PORTIONS.get(block.portion, 0) > level(cable.classification)
    ]
    return doubts


def _unreached(office: Office, party: Party) -> str:
    name = party.place or party.office or party.person or "an addressee"
    try:
        with office.store.read() as connection:
            mend = f" Write {name} <{post_named(connection, name).origin}>."
    except NotFound:
        mend = ""
    return f"Note: nothing is sent to {name}: no post is named there.{mend}"


def _state(session: Session, entry: int) -> str:
    with session.office.store.read() as connection:
        return str(find_cable(connection, entry).state)


def _decision(session: Session, entry: int, named: str) -> int:
    """The entry of a cable's decision in force, by its reference (P84/421) or its entry."""
    with session.office.store.read() as connection:
        found = view.decisions(connection, entry)
    for decision in found:
        if decision["state"] == "in force" and named in (decision["reference"], str(decision["decision"])):
            return int(decision["decision"])
    raise NotFound(
        f"no decision {named} is in force on that cable", mend="`reftel show` lists its decisions."
    )
