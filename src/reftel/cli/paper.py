"""Commands for what stands on paper and beside the text: entered, numbered, annotated, destroyed."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cable import sheet
from reftel.cable.dtg import read_moment
from reftel.cable.foreign import read_mail
from reftel.cable.model import Annotation, Cable, Mark
from reftel.cable.plain import MARK
from reftel.cable.sheet_grammar import LAYERS
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import FILE, HELD_FILE, MAX_SCAN, TIDY, pair, read_bytes, read_enclosures, read_sheet
from reftel.cli.output import show
from reftel.errors import BadValue
from reftel.office import desk, shedding
from reftel.register.entries import Json


@command(
    acts=True,
    example="reftel enter f4.txt --scan f4.pdf --number incoming=25025 --as Kornyushina \\\n"
    "    --mark 'received; ; 1135 19 October 1951' --mark 'deciphered; Fedyaev; 1205 19 October 1951'",
)
@click.argument("paper", metavar="[FILE]", type=FILE, default="-")
@click.option("--scan", type=HELD_FILE, help="A picture of the paper, kept beside the text.")
@click.option("--number", "numbers", multiple=True, metavar="SCHEME=VALUE", help="A number of this office.")
@click.option("--mark", "marks", multiple=True, metavar="EVENT;BY;TIME", help="What an office wrote on it.")
@click.option("--enclose", type=HELD_FILE, multiple=True, help="A file that an ENCLOSURE names.")
@TIDY
@click.option("--yes", is_flag=True, help="Enter a tidied sheet, or foreign mail with its doubts, unasked.")
def enter(
    session: Session,
    paper: Path,
    scan: Path | None,
    numbers: tuple[str, ...],
    marks: tuple[str, ...],
    enclose: tuple[Path, ...],
    *,
    tidied: bool,
    yes: bool,
) -> None:
    """Enter a cable from paper, as a sheet; or a mail (.eml) of a foreign system.

    Neither is vouched for by any register, and both are shown so. What is doubtful in a mail is
    listed before it is entered.
    """
    doubts: list[str] = []
    if paper.suffix.lower() == ".eml":
        cable, doubts = _from_mail(session, paper, yes=yes)
    else:
        text = read_sheet(session, paper, tidied=tidied, yes=yes)
        if text is None:
            return
        cable = sheet.parse(text, enclosures=read_enclosures(enclose))
    entry = desk.enter(
        session.office,
        session.hand(),
        cable,
        numbers=[pair(number) for number in numbers],
        scan=None if scan is None else read_bytes(scan, MAX_SCAN),
        marks=[_mark(mark) for mark in marks],
    )
    session.emit({"cable": entry, "state": "deciphered", "doubts": doubts}, f"Entered: entry:{entry}.")


def _from_mail(session: Session, paper: Path, *, yes: bool) -> tuple[Cable, list[str]]:
    mail = read_mail(read_bytes(paper))
    if not session.as_json:
        show("\n".join(mail.doubts))
    if not yes:
        click.confirm("Enter it with these doubts?", abort=True, err=True)
    return mail.cable, list(mail.doubts)


def _mark(text: str) -> Json:
    """``deciphered; Fedyaev; 1205 19 October 1951`` as a mark."""
    event, by, time = ([part.strip() for part in text.split(";")] + ["", ""])[:3]
    if not event or text.count(";") > 2:
        raise BadValue(f"{text!r} is not a mark", mend="Write what, who and when: 'verified; Makarov; 1300'.")
    return MARK.dump(Mark(event=event, by=by, moment=read_moment(time) if time else None))


@command(acts=True, example="reftel number 2026KAESONG000001 'stamp number=5205' --as Kornyushina")
@click.argument("cable")
@click.argument("numbers", metavar="SCHEME=VALUE...", nargs=-1, required=True)
def number(session: Session, cable: str, numbers: tuple[str, ...]) -> None:
    """Give a cable further numbers of this office; each of them finds it from now on."""
    entry = resolve_cable(session, cable)
    given = [pair(text) for text in numbers]
    desk.number(session.office, session.hand(), entry, given)
    said = ", ".join(f"{scheme} {value}" for scheme, value in given)
    session.emit({"cable": entry, "numbers": given}, f"Numbered: {said}.")


@command(
    acts=True,
    example="reftel annotate 25025 garble --literal 'the 2?th' --reading 'the 27th' --as Kornyushina",
)
@click.argument("cable")
@click.argument("layer", type=click.Choice(LAYERS))
@click.option("--literal", default="", help="Letter for letter as it stands there.")
@click.option("--reading", default="", help="What it means.")
@click.option("--about", default="", help="Which thing it concerns.")
@click.option("--inferred", is_flag=True, help="The reading is not in the text.")
def annotate(
    session: Session, cable: str, layer: str, literal: str, reading: str, about: str, *, inferred: bool
) -> None:
    """Write a mark or a reading beside a cable; its text stays as it is."""
    if not (literal or reading):
        raise BadValue("an annotation says something", mend="Give --literal, --reading or both.")
    entry = resolve_cable(session, cable)
    note = Annotation(layer=layer, literal=literal, reading=reading, about=about, inferred=inferred)
    desk.annotate(session.office, session.hand(), entry, [note])
    session.emit({"cable": entry, "layer": layer}, f"Noted beside entry:{entry}.")


@command(
    name="destroy-text",
    acts=True,
    example="reftel destroy-text 25025 --reason 'Schedule of 1996, item 4' --as Zhang --yes",
)
@click.argument("cable")
@click.option("--reason", required=True, help="On what ground, in words.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def destroy_text(session: Session, cable: str, reason: str, *, yes: bool) -> None:
    """Destroy the key of a cable's text for good; the register stays valid and says so.

    Backups made before still hold it until they are destroyed.
    """
    entry = resolve_cable(session, cable)
    if not yes:
        click.confirm(f"Destroy the text of entry:{entry} for good?", abort=True, err=True)
    desk.destroy_text(session.office, session.hand(), entry, reason)
    session.emit({"cable": entry, "text": "destroyed"}, f"The text of entry:{entry} is destroyed.")


@command(acts=True, example="reftel shed 25025 --reason 'All copies are with their readers' --as Zhang --yes")
@click.argument("cable")
@click.option("--reason", required=True, help="On what ground, in words.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def shed(session: Session, cable: str, reason: str, *, yes: bool) -> None:
    """Let the office's own text of a cable go, where the handling says so; readers keep theirs.

    The cable must be captioned EYES ONLY, NODIS or NO FILE COPY, and every copy of it sealed to its
    reader, returned or destroyed. Backups made before, printed PDFs and cables that carry this one
    still hold the text. Of a cable that was sent EYES ONLY, the drafts go.
    """
    entry = resolve_cable(session, cable)
    if not yes:
        click.confirm(f"Destroy this office's own text of entry:{entry} for good?", abort=True, err=True)
    shedding.shed(session.office, session.hand(), entry, reason)
    session.emit(
        {"cable": entry, "text": "shed"},
        f"This office has shed its text of entry:{entry}. Backups made before still hold it.",
    )
