"""A cable as a text sheet for the terminal: what it says, and all that the office knows of it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reftel.cable.dtg import parse_reading
from reftel.cable.model import Block, Cable, Carried, Moment, Paragraph, Party, Quotation, Signature
from reftel.cable.plain import from_plain
from reftel.cli.output import fields, table
from reftel.errors import BadValue
from reftel.register.entries import Json

WIDTH = 80


def lay_out(shown: Json) -> str:
    """The sheet of one cable, from what :func:`reftel.office.view.view` gathered."""
    text = from_plain(shown["text"]) if "text" in shown else None
    sections = [_banner(shown, text)]
    if text is None:
        gone = shown["shed"] or "The text was destroyed; the register still shows that the cable was here."
        sections.append(gone)
    else:
        found = _Found(standings=iter(shown["carried"]), references=iter(shown["references"]))
        sections += [
            _head(text, found),
            _sealed(shown),
            "\n".join(_body(text.blocks, found, "")),
            _tail(text),
            _missing(shown),
        ]
    sections += [section(shown) for section in (_annotations, _decisions, _handling, _copies, _taskings)]
    sections += [_links(shown), _deliveries(shown), _badge(shown)]
    return "\n\n".join(part for part in sections if part)


def _sealed(shown: Json) -> str:
    """Where the text of a cable is that is sealed to its readers."""
    eyes = shown["eyes"]
    return (
        "" if eyes is None else "\n".join([*textwrap.wrap(eyes["statement"], WIDTH), shown["shed"]]).rstrip()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the office found of carried telegrams and references, in the order of the sheet."""

    standings: Iterator[Json]
    references: Iterator[Json]


def when(moment: Moment | None) -> str:
    """A time as it was written."""
    return "" if moment is None else moment.literal


def party(one: Party) -> str:
    """A sender or addressee on one line: place, office, person, and the post it is reached by."""
    place = one.place or (f"[{one.place_inferred}]" if one.place_inferred else "")
    said = ", ".join(part for part in (place, one.office, one.person) if part)
    post = f"<{one.post}>" if one.post else ""
    return " ".join(part for part in (said, post, f"({one.note})" if one.note else "") if part)


def plain_row(row: Any) -> Json:
    """A row of the office's tables, ready for JSON."""
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def _banner(shown: Json, text: Cable | None) -> str:
    marking = "  ".join((shown["marking"]["classification"], *shown["marking"]["captions"]))
    known = {"MRN"} if text is None else {number.scheme for number in text.numbers}
    numbers = [f"{number['scheme']} {number['value']}" for number in shown["numbers"]]
    if shown["mrn"] and "MRN" not in known:
        numbers.insert(0, shown["mrn"])
    first = f"{_DIRECTIONS[shown['direction']]}, {shown['state']}  (entry:{shown['cable']})"
    lines = [marking.strip(), first, shown["receiving_office"], "; ".join(numbers)]
    return "\n".join(line for line in lines if line)


_DIRECTIONS = {"in": "INCOMING", "out": "OUTGOING", "paper": "FROM PAPER"}


def _head(text: Cable, found: _Found) -> str:
    pairs = list(_cable_fields(text))
    for reference, here in zip(text.references, found.references, strict=False):
        cables = ", ".join(f"entry:{cable}" for cable in here["cables"])
        held = f"held: {cables}" if cables else "not held"
        pairs.append((f"REF {reference.letter}".strip(), f"{reference.literal}  ({held})"))
    for enclosure in text.enclosures:
        held = "" if enclosure.content is not None else "  (not held)"
        pairs.append(("ENCLOSURE", f"{enclosure.title}{held}"))
    for ask in text.asks:
        said = ", due ".join(part for part in (ask.owner, when(ask.due)) if part)
        pairs.append(("ASK", f"{ask.literal}  ({said})" if said else ask.literal))
    return fields(pairs)


def _cable_fields(cable: Cable) -> Iterator[tuple[str, str]]:
    precedence = cable.precedence_literal or (cable.precedence.name if cable.precedence is not None else "")
    if cable.info_precedence is not None:
        precedence += f" (INFO {cable.info_precedence.name})"
    yield "KIND", cable.kind
    yield "NUMBER", "; ".join(number.literal or f"{number.scheme} {number.value}" for number in cable.numbers)
    yield "PRECEDENCE", precedence
    yield "DATED", when(cable.moment)
    yield "FROM", party(cable.sender)
    yield from (("TO", party(one)) for one in cable.to)
    yield from (("INFO", party(one)) for one in cable.info)
    if cable.onward is not None:
        how = f": {cable.onward.how}" if cable.onward.how else ""
        yield "FOR TRANSMISSION TO", party(cable.onward.to) + how
    yield "SUBJECT", cable.subject


def _body(blocks: Sequence[Block], found: _Found, margin: str) -> Iterator[str]:
    for number, block in enumerate(blocks):
        if number:
            yield margin.rstrip()
        match block:
            case Paragraph():
                yield from _paragraph(block, margin)
            case Quotation():
                yield f"{margin}QUOTE"
                yield from _body(block.blocks, found, f"{margin}| ")
                yield f"{margin}UNQUOTE{_signed(block.signature, when(block.dated))}"
            case Carried():
                yield f"{margin}TELEGRAM BEGINS  [{next(found.standings)['standing']}]"
                yield from _carried(block.cable, found, f"{margin}| ")
                yield f"{margin}TELEGRAM ENDS{_signed(block.cable.signature, '')}"


def _carried(cable: Cable, found: _Found, margin: str) -> Iterator[str]:
    marking = "  ".join(part for part in (cable.classification, *cable.captions) if part)
    yield from (f"{margin}{line}" for line in (marking, *_head(cable, found).splitlines()) if line)
    yield margin.rstrip()
    yield from _body(cable.blocks, found, margin)


def _paragraph(block: Paragraph, margin: str) -> Iterator[str]:
    start = f"[{block.series}] " if block.series else ""
    start += f"{block.number}. " if block.number else ""
    start += f"({block.portion}) " if block.portion else ""
    for line in (start + block.text).splitlines():
        yield from textwrap.wrap(line, WIDTH, initial_indent=margin, subsequent_indent=margin) or [margin]


def _signed(signature: Signature | None, dated: str) -> str:
    parts = [signature.literal if signature is not None else "", dated]
    said = ", ".join(part for part in parts if part)
    return f"  ({said})" if said else ""


def _tail(text: Cable) -> str:
    pairs = [("SIGNED", text.signature.literal)] if text.signature is not None else []
    for mark in text.marks:
        said = ", ".join(part for part in (when(mark.moment), mark.rank, mark.by, mark.note) if part)
        pairs.append(("MARK", f"{mark.event}: {said}" if said else mark.event))
    return fields(pairs)


def _missing(shown: Json) -> str:
    lines = [f"  {cited['cited']}  ({cited['why']})" for cited in shown["cited_not_held"]]
    return "\n".join(["CITED AND NOT HELD", *lines]) if lines else ""


def _annotations(shown: Json) -> str:
    noted = list(shown["annotations"])
    if "text" in shown:
        noted = [*shown["text"].get("annotations", []), *noted]
    lines = []
    for note in noted:
        reading = f" = {note['reading']}" if note.get("reading") else ""
        about = f"  ({note['about']})" if note.get("about") else ""
        lines.append(f"  {note['layer']}: {note.get('literal', '')}{reading}{about}")
    lines += [f"  written on the paper: {_mark(mark)}" for mark in shown["marks"]]
    return "\n".join(["BESIDE THE TEXT", *lines]) if lines else ""


def _mark(mark: Json) -> str:
    time = mark.get("moment", {}).get("literal", "")
    parts = (mark["event"], time, mark.get("rank"), mark.get("by"), mark.get("note"))
    return ", ".join(part for part in parts if part)


def _decisions(shown: Json) -> str:
    lines = [
        f"  {d['reference']} of {d['body']}, {d['state']}: {d['title']}  (entry {d['decision']})"
        for d in shown["decisions"]
    ]
    lines += [f"  clearance of {c['officer']}: {c['state']}" for c in shown["clearances"]]
    return "\n".join(["AGREED TO BY", *lines]) if lines else ""


def _handling(shown: Json) -> str:
    lines = []
    for step in shown["handling"]:
        registered = step["registered"][:16].replace("T", " ") + "Z"
        time = f"{step['literal']} (stated)" if "literal" in step else f"{registered} (registered)"
        who = " ".join(filter(None, (step.get("rank"), step["who"], step.get("post_held"))))
        said = f", {step['said']}" if "said" in step else ""
        signed = ", signed" if step["signed_by"] and not said else ""
        waived = f"; rule off: {', '.join(step['waived'])}" if "waived" in step else ""
        lines.append(f"  {step['event']}  {time}  {who}{said}{signed}{waived}".rstrip())
    lines += [
        f"  {spell['from']} to {spell['to']}: {spell['minutes']} minutes, by {spell['clock']} time"
        for spell in shown["handling_times"]
    ]
    if lines and shown["handling_objective"]:
        lines.append(f"  objective: {shown['handling_objective']} minutes from receipt to the printed sheet")
    return "\n".join(["HANDLING", *lines]) if lines else ""


def _copies(shown: Json) -> str:
    if not shown["copies"]:
        return ""
    standing = ", ".join(f"{count} {state}" for state, count in shown["ledger"].items() if count)
    return f"COPIES: {len(shown['copies'])} = {standing}\n" + copies_table(shown["copies"])


def copies_table(copies: Sequence[Json]) -> str:
    """The ledger's rows."""
    heads = ("COPY", "NUMBER", "FORM", "STATE", "HOLDER", "RETURN BY", "OPENED", "REASON")
    columns = ("seq", "number", "form", "state", "holder", "return_by", "opened", "reason")
    return table(heads, [[copy[name] for name in columns] for copy in copies], empty="No copy was printed.")


def _taskings(shown: Json) -> str:
    lines = []
    for task in shown["taskings"]:
        due = f", due {time_limit(task['due'])}" if task["due"] else ""
        closed = f", by entry:{task['closed_by']}" if task["closed_by"] >= 0 else ""
        lines.append(f"  {task['n']}. {task['literal']}  ({task['owner']}{due}; {task['state']}{closed})")
    return "\n".join(["ASKED", *lines]) if lines else ""


def time_limit(due: str) -> str:
    """A tasking's time for people: ``2026-11-25T12:00Z minute`` without its precision."""
    try:
        parse_reading(due)
    except BadValue:
        return due
    return due.split(maxsplit=1)[0].replace("T", " ")


def _links(shown: Json) -> str:
    lines = [
        f"  {link['relation']}: entry:{link['cable' if link['relation'].endswith('(of)') else 'other']}"
        for link in shown["links"]
    ]
    return "\n".join(["BOUND UP WITH", *lines]) if lines else ""


def _deliveries(shown: Json) -> str:
    lines = [
        f"  {d['peer']}: {d['state']}" + (f", bag {d['serial']}, {d['channel']}" if d["channel"] else "")
        for d in shown["deliveries"]
    ]
    return "\n".join(["SENT TO", *lines]) if lines else ""


def _badge(shown: Json) -> str:
    said = textwrap.wrap(shown["checked"]["statement"], WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(["CHECKED AGAINST THE REGISTER", *said])
