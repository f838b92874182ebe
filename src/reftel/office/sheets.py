"""Sheets: what the press needs to set a cable's numbered copies, and the PDFs in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from reftel.cable.dtg import parse_reading, read_moment
from reftel.cable.model import (
    Annotation,
    Block,
    Cable,
    Carried,
    Mark,
    Moment,
    Number,
    Precision,
    Quotation,
    Reading,
)
from reftel.errors import NotAllowed, NotFound
from reftel.office.arrivals import standing
from reftel.office.copies import LEDGER, copies_of, ledger
from reftel.office.desk import cable_text, handling
from reftel.office.office import Office, find_cable
from reftel.office.view import carried_in, decisions, references, view
from reftel.press.printer import Press, write_pdf
from reftel.press.sheet import Decision, SheetCopy, SheetData
from reftel.register.entries import Json, clock_read, encode_json
from reftel.register.log import find_entry
from reftel.store.engine import disk_errors

_PRINTED_NUMBERS = ("cable", "outgoing cable", "MRN", "own number", "incoming")


def sheet_data(office: Office, connection: Connection, cable: int) -> SheetData:
    """One cable as this office prints it, from its last print run; the same for all copies.

    Raises :class:`NotFound` before anything was printed, :class:`NotAllowed` once the text is destroyed.
    """
    row = find_cable(connection, cable)
    found = cable_text(connection, row)
    if found is None:
        raise NotAllowed("the text of that cable was destroyed; there is nothing to print")
    text, data = found
    shown = view(connection, cable)
    runs = [(entry, r) for entry, r in handling(connection, cable) if r.kind == "printed"]
    if not runs:
        raise NotFound("no copies of that cable were printed", mend="Print them first: `reftel print`.")
    entry, run = runs[-1]
    unknown = [copy for copy in shown["copies"] if copy["state"] == "unaccounted"]
    return SheetData(
        cable=_with_office_layers(text, shown, references(connection, cable, text)),
        number=_large_number(row, text, shown),
        entry=f"{office.name} entry {cable}",
        origin=office.origin,
        leaf_index=cable,
        leaf_hash=find_entry(connection, cable).leaf_hash.hex(),
        internet_form=data,
        cable_json=encode_json({"cable": shown["text"]}),
        printed_at=run.at,
        office=" · ".join(filter(None, (office.name, shown["receiving_office"]))),
        direction="outgoing" if row.direction == "out" else "incoming",
        return_to=run.act.get("return_to", ""),
        incoming=tuple(n["value"] for n in shown["numbers"] if n["scheme"] == "incoming"),
        numbers=tuple(_number(n) for n in shown["numbers"] if n["scheme"] != "incoming"),
        handling=tuple(_mark(step) for step in shown["handling"]),
        distribution=tuple((copy["number"], copy["holder"]) for copy in shown["copies"] if copy["holder"]),
        unaccounted=_unaccounted(unknown),
        ledger=_ledger_line(connection, cable),
        standings=tuple(standing(connection, carried) for carried in carried_in(text)),
        decision=_decision(connection, cable),
        notes=(*_notes(shown), f"Print run {run.act['run']}, entry {entry}."),
    )


def print_pdfs(office: Office, press: Press, cable: int, seqs: Sequence[int], folder: Path) -> Iterator[Path]:
    """Set the named copies of a cable and write each as a PDF, 0600; yields each path as it is done."""
    with office.store.read() as connection:
        data = sheet_data(office, connection, cable)
        copies = _sheet_copies(connection, cable, seqs)
    with disk_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for seq, pdf in zip(seqs, press.print_copies(data, copies), strict=True):
        path = folder / pdf_name(office, cable, seq)
        with disk_errors(path):
            write_pdf(path, pdf)
        yield path


def copy_pdf(office: Office, press: Press, cable: int, seq: int) -> bytes:
    """One numbered copy of a cable, set as a PDF; nothing is written to disk."""
    with office.store.read() as connection:
        data = sheet_data(office, connection, cable)
        copies = _sheet_copies(connection, cable, [seq])
    return next(press.print_copies(data, copies))


def pdf_name(office: Office, cable: int, seq: int) -> str:
    """What the file of a copy is called."""
    return f"{office.name.lower()}-{cable}-copy-{seq}.pdf"


def _sheet_copies(connection: Connection, cable: int, seqs: Sequence[int]) -> list[SheetCopy]:
    rows = {copy.seq: copy for copy in copies_of(connection, cable)}
    missing = [seq for seq in seqs if seq not in rows]
    if missing:
        raise NotFound(f"no copy {missing[0]} of that cable was printed")
    return [
        SheetCopy(
            number=seq,
            of=len(rows),
            holder=rows[seq].holder,
            form=rows[seq].form,
            return_by=rows[seq].return_by,
        )
        for seq in seqs
    ]


def _with_office_layers(text: Cable, shown: Json, found: Sequence[Json]) -> Cable:
    """The cable with what this office knows of its references, and the annotations it made."""
    known = _with_held(text, iter(found))
    notes = tuple(Annotation(**note) for note in shown["annotations"])
    return replace(known, annotations=(*text.annotations, *notes))


def _with_held(text: Cable, found: Iterator[Json]) -> Cable:
    """A telegram and those in it with what was found of their references, outer before inner."""
    references = []
    for reference in text.references:
        held = next(found)["held"]
        references.append(replace(reference, held=held if reference.held is None else reference.held))
    return replace(text, references=tuple(references), blocks=_blocks_with_held(text.blocks, found))


def _blocks_with_held(blocks: tuple[Block, ...], found: Iterator[Json]) -> tuple[Block, ...]:
    known: list[Block] = []
    for block in blocks:
        if isinstance(block, Carried):
            known.append(replace(block, cable=_with_held(block.cable, found)))
        elif isinstance(block, Quotation):
            known.append(replace(block, blocks=_blocks_with_held(block.blocks, found)))
        else:
            known.append(block)
    return tuple(known)


def _large_number(row: Row[Any], text: Cable, shown: Json) -> str:
    """The number printed large: the office's own cable number, else the sender's, else the entry."""
    numbers = {n["scheme"]: n["value"] for n in reversed(shown["numbers"])}
    numbers |= {n.scheme: n.value for n in reversed(text.numbers) if n.scheme not in numbers}
    for scheme in _PRINTED_NUMBERS:
        if scheme in numbers:
            return str(numbers[scheme])
    return str(row.mrn or row.cable)


def _number(given: Json) -> Number:
    """A number that this office gave, as the sheet shows it."""
    literal = given.get("literal", "")
    return Number(
        scheme=given["scheme"],
        value=given["value"],
        literal="" if literal == given["value"] else literal,
        date=read_moment(given["date"]) if given.get("date") else None,
        note=given.get("note", ""),
    )


def _mark(step: Json) -> Mark:
    """A step of the handling chain as the sheet shows it: stated time first, else the register's.

    When somebody is said to have acted and nobody states when, the register's time is only that
    of the record, and the sheet says so.
    """
    at = clock_read(step["registered"])
    registered = f"{at:%H%MZ %d %b %Y}"
    notes = []
    local = at.replace(tzinfo=None, second=0, microsecond=0)
    reading = Reading(local=local, precision=Precision.MINUTE, zone=0)
    moment: Moment | None = Moment(literal=registered, reading=reading)
    if "literal" in step:
        moment = Moment(literal=step["literal"], reading=parse_reading(step["reading"]))
    elif "said" in step:
        moment = None
        notes.append(f"recorded {registered}")
    if "print_number" in step:
        notes.append(f"No. {step['print_number']}")
    if "copies" in step:
        notes.append(f"{step['copies']} copies")
    if "said" in step:
        notes.append(step["said"])
    return Mark(
        event=step["event"],
        by=step["who"],
        rank=step.get("rank", ""),
        post=step.get("post_held", ""),
        moment=moment,
        signed=step.get("signed", bool(step["signed_by"]) and "said" not in step),
        note="; ".join(notes),
    )


def _unaccounted(copies: Sequence[Json]) -> str:
    if not copies:
        return ""
    reasons = sorted({copy["reason"] for copy in copies})
    return f"{len(copies)} unaccounted for: {'; '.join(reasons)}"


def _ledger_line(connection: Connection, cable: int) -> str:
    counts = ledger(connection, cable)
    return f"{sum(counts.values())} printed = " + " + ".join(f"{counts[state]} {state}" for state in LEDGER)


def _decision(connection: Connection, cable: int) -> Decision | None:
    found = [d for d in decisions(connection, cable) if d["state"] == "in force"]
    if not found:
        return None
    last = found[-1]
    return Decision(
        reference=last["reference"],
        body=last["body"],
        date=last.get("date", ""),
        title=last.get("title", ""),
        text=last.get("text", ""),
        protocol=last["protocol"],
        item=last["item"],
        letterhead=last.get("letterhead", ""),
        signed=", ".join(last[name] for name in ("signed", "signature_block") if name in last),
        marking=last.get("marking", ""),
        excerpts=tuple(last.get("excerpts", ())),
        bound=f"bound to version {last['version'][:16]} of the text",
    )


def _notes(shown: Json) -> Iterator[str]:
    yield shown["checked"]["statement"]
    if shown["eyes"] is not None:
        yield shown["eyes"]["statement"]
    for cited in shown["cited_not_held"]:
        yield f"Cited and not held: {cited['cited']} ({cited['why']})"
