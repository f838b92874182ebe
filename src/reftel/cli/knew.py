"""The command that answers who knew what, when: from receipts, opened copies and acts, with their entries."""

from __future__ import annotations

from dataclasses import asdict

import click

from reftel.cli.frame import Session, command
from reftel.cli.output import table
from reftel.office import knew as office_knew
from reftel.office.knew import COUNTED, Knew, Known, Place
from reftel.office.knowledge import Proof
from reftel.office.moments import When, read_when
from reftel.register.entries import Json, clock_text

_PARTS = {
    "held": "Held",
    "sent": "Sent here, by that post's own clock",
    "receipted": "Sent there, and its receipt stands",
}


@command(
    example="reftel knew Petrov '221205Z NOV 26'\nreftel knew moscow.example 2026-11-22 --json\n"
    "reftel knew person:Petrov entry:214"
)
@click.argument("who")
@click.argument("when", default="now")
@click.option("--after", "place", default="", metavar="PLACE", help="Go on after this place in the list.")
def knew(session: Session, who: str, when: str, place: str) -> None:
    """Show which cables a post or a person held at a moment, and the register entries that prove it.

    WHO is a person's name, or a post's name or origin; person: or post: before it says which is
    meant. WHEN is a time as cables write it, with its year, or entry:214 for what stood once that
    entry was made. The register's clock decides, which is UTC: a time without a zone is read in UTC,
    and a time stands for the end of what was written, such as the whole of a day.
    """
    office = session.office
    with office.store.read() as connection:
        subject = office_knew.find_subject(connection, office.origin, who)
        moment = read_when(connection, when, office.clock.now())
        found = office_knew.knew(connection, subject, moment, None, Place.read(place))
    session.emit(_plain(found), _as_text(found))


def _plain(found: Knew) -> Json:
    more = "" if found.more is None else found.more.text()
    return {
        "who": asdict(found.subject),
        "when": _plain_when(found.when),
        "counts": found.counts,
        "counted_to": COUNTED,
        "lines": [_plain_line(line) for line in found.lines],
        "after": more,
    }


def _plain_when(when: When) -> Json:
    return {"at": clock_text(when.instant), "read": when.said, "entry": when.entry}


def _plain_line(known: Known) -> Json:
    line = known.line
    return {
        "cable": known.cable,
        "part": known.part,
        "number": "" if line is None else line.number,
        "subject": "" if line is None else line.subject,
        "has_text": known.has_text,
        "proofs": [{**asdict(proof), "says": proof.says} for proof in known.proofs],
        "items": [asdict(item) for item in known.items],
        "more_items": known.more_items,
    }


def _as_text(found: Knew) -> str:
    when = found.when
    entry = f"entry {when.entry}" if when.entry >= 0 else "before the first entry"
    parts = [f"{found.subject.title}, {when.said}: {clock_text(when.instant)}, {entry}."]
    for part, count in found.counts.items():
        lines = [line for line in found.lines if line.part == part]
        many = f"{COUNTED:,} or more" if count >= COUNTED else f"{count:,}"
        parts.append(f"{_PARTS[part]}: {many}.")
        if lines:
            parts.append(_table(lines))
    items = [(known, item) for known in found.lines for item in known.items]
    if items:
        cells = [[item.name, f"entry:{known.cable}", item.kind, item.quote] for known, item in items]
        parts.append("Docket items:\n" + table(("ITEM", "CABLE", "KIND", "QUOTE"), cells, empty=""))
    if any(known.more_items for known in found.lines):
        parts.append("Some cables have more docket items: `reftel docket list --cable CABLE` lists them.")
    if found.more is not None:
        parts.append(f"It goes on: --after {found.more.text()}")
    return "\n".join(parts)


def _table(lines: list[Known]) -> str:
    heads = ("CABLE", "NUMBER", "SUBJECT", "WHAT IS PROVED", "FROM", "UNTIL", "ENTRIES")
    cells = []
    for known in lines:
        shown = known.line
        head = [f"entry:{known.cable}", shown.number if shown else "", shown.subject if shown else ""]
        for n, proof in enumerate(known.proofs):
            cells.append([*(head if n == 0 else ("", "", "")), *_proof(proof)])
    return table(heads, cells, empty="")


def _proof(proof: Proof) -> list[str]:
    says = proof.says + (f" (recorded by {proof.recorder})" if proof.recorder else "")
    at = f"{proof.at} by {proof.clock}'s clock" if proof.clock else proof.at
    until = f"{proof.end_at} ({proof.ended})" if proof.end >= 0 else ""
    numbers = [str(number) for number in (proof.entry, proof.opened, proof.end) if number >= 0]
    return [says, at, until, ", ".join(numbers)]
