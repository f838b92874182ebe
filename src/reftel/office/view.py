"""What the office knows of a cable, gathered for those who read: screens, scripts and the press.

Nothing here writes. Every statement is taken from the register's projections or from a record,
and says what it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from reftel.cable.dtg import minutes_between, parse_reading, read_moment
from reftel.cable.model import Cable, Carried, Moment, Precedence, Precision, Quotation, Reading
from reftel.cable.numbering import fold, gap, moment_keys, reference_keys, series_number
from reftel.cable.plain import to_plain
from reftel.errors import BadValue, NotFound
from reftel.office import eyes_only
from reftel.office.arrivals import standing
from reftel.office.clearance import split_marking
from reftel.office.copies import copies_of, ledger
from reftel.office.desk import cable_text, handling
from reftel.office.office import find_cable
from reftel.register.entries import Json, Record, clock_text
from reftel.register.log import find_entry
from reftel.store import tables as t

_NUMBER = ("scheme", "value", "literal", "date", "note")
# What an act on a cable is called in its handling chain.
_EVENTS = {
    "arrived": "received",
    "deciphered": "deciphered",
    "printed": "printed",
    "verified": "verified",
    "entered": "entered from paper",
    "drafted": "drafted",
    "cleared": "cleared",
    "adopted": "adopted",
    "released": "released",
    "dispatched": "dispatched",
    "acknowledged": "acknowledged",
    "cancelled": "cancelled",
    "downgraded": "downgraded",
}
# Handling objectives in minutes, by precedence (TO): from receipt to the printed sheet.
OBJECTIVES = {
    Precedence.OVERRIDE: 10,
    Precedence.FLASH: 10,
    Precedence.IMMEDIATE: 30,
    Precedence.PRIORITY: 180,
    Precedence.ROUTINE: 360,
}


def view(connection: Connection, cable: int) -> Json:
    """Everything that is known here of one cable, ready for JSON.

    ``text`` is left out once the text is destroyed. ``eyes`` is, for a cable whose text is sealed to
    its readers, who they are and where the text is; its ``text`` is the header alone. ``shed`` says
    what became of a text that this office let go. Raises :class:`NotFound`.
    """
    row = find_cable(connection, cable)
    found = cable_text(connection, row)
    text = None if found is None else found[0]
    acts = handling(connection, cable)
    chain = list(_chain(connection, row, acts))
    classification, captions = split_marking(row.marking)
    shown: Json = {
        "cable": cable,
        "direction": row.direction,
        "state": row.state,
        "origin": row.origin,
        "mrn": row.mrn,
        "incoming": row.incoming,
        "receiving_office": next(
            (r.act["receiving_office"] for _, r in acts if "receiving_office" in r.act), ""
        ),
        "leaf": row.leaf,
        "marking": {"classification": classification, "captions": captions},
        "numbers": office_numbers(acts),
        "handling": chain,
        "handling_times": handling_times(text, chain),
        "handling_objective": _objective(text),
        "ledger": ledger(connection, cable),
        "copies": [_plain_row(copy) for copy in copies_of(connection, cable)],
        "taskings": _rows(connection, t.taskings, cable),
        "clearances": _rows(connection, t.clearances, cable),
        "deliveries": _rows(connection, t.deliveries, cable),
        "decisions": decisions(connection, cable),
        "links": _links(connection, cable),
        "annotations": [note for _, r in acts for note in r.act.get("annotations", [])],
        "marks": [mark for _, r in acts for mark in r.act.get("marks", [])],
        "checked": checked(connection, row),
        "eyes": None if text is None else eyes_only.shown(connection, row, text),
        "shed": next((_shed(r) for _, r in acts if r.kind == "shed"), ""),
    }
    if text is not None:
        shown["text"] = to_plain(text)
        shown["references"] = references(connection, cable, text)
        shown["cited_not_held"] = cited_not_held(connection, cable)
        shown["carried"] = standings(connection, text)
    return shown


def _shed(entered: Record) -> str:
    if entered.act.get("drafts"):
        return f"This office shed its drafts on {entered.at:%d %b %Y}; what it sent is sealed to its reader."
    return f"This office shed its text on {entered.at:%d %b %Y}; the copies sealed to their readers are left."


def office_numbers(acts: Sequence[tuple[int, Record]]) -> list[Json]:
    """The numbers that this office gave, in the order in which it gave them."""
    numbers: list[Json] = []
    for _, entered in acts:
        act = entered.act
        if act.get("incoming"):
            numbers.append({"scheme": "incoming", "value": act["incoming"]})
        numbers += [dict(zip(_NUMBER, given, strict=False)) for given in act.get("numbers", [])]
        if act.get("print_number"):
            numbers.append({"scheme": "print number", "value": act["print_number"]})
    return numbers


def _chain(connection: Connection, row: Row[Any], acts: Sequence[tuple[int, Record]]) -> Iterator[Json]:
    """The handling chain: each step's who and when, stated and registered, and who signed."""
    steps = list(acts)
    for _, entered in acts:
        if "arrived" in entered.act:
            arrived = entered.act["arrived"]
            steps.insert(0, (arrived, find_entry(connection, arrived).decoded))
    if row.direction == "out" and row.leaf >= 0:
        steps += _dispatches(connection, row)
    for entry, entered in sorted(steps, key=lambda step: step[0]):
        if entered.kind in _EVENTS:
            yield _step(entry, entered)


def _dispatches(connection: Connection, row: Row[Any]) -> Iterator[tuple[int, Record]]:
    """The bags in which a cable went: between its release and the last that is known of its deliveries."""
    a, d = t.acts.c, t.deliveries.c
    last = select(func.max(d.entry)).where(d.cable == row.cable).scalar_subquery()
    sent = select(a.entry).where(a.kind == "dispatched", a.entry > row.leaf, a.entry <= last)
    for entry in connection.execute(sent).scalars():
        entered = find_entry(connection, entry).decoded
        if any(cable == row.cable for cable, _ in entered.act["items"]):
            yield entry, entered


def _step(entry: int, entered: Record) -> Json:
    act = entered.act
    step: Json = {
        "event": _EVENTS[entered.kind],
        "entry": entry,
        "who": act.get("who", ""),
        "role": act.get("role", ""),
        "registered": clock_text(entered.at),
        "signed_by": [signature.person for signature in entered.signatures],
    }
    if "by" in act:
        step["said"] = f"said to have acted, recorded and signed by {act['by']}"
    if "stated" in act:
        step["literal"], step["reading"] = act["stated"]
    if entered.kind == "printed":
        step["copies"] = len(act["copies"])
        if "print_number" in act:
            step["print_number"] = act["print_number"]
    for name in ("rank", "post_held", "signed", "waived", "to", "serial", "authority"):
        if name in act:
            step[name] = act[name]
    return step


def handling_times(text: Cable | None, chain: Sequence[Json]) -> list[Json]:
    """Minutes from each step to the next, by the stated times where both give them.

    Between steps without stated times the register's clock is used, and each line says which.
    The sending office's own marks on the cable come first.
    """
    marks = [(m.event, _stated_reading(m.moment)) for m in text.marks] if text is not None else []
    times = _minutes([mark for mark in marks if mark[1] is not None], "stated")
    stated = [(s["event"], parse_reading(s["reading"])) for s in chain if "reading" in s]
    times += _minutes(stated, "stated")
    if not stated:
        registered = [(s["event"], _registered_reading(s["registered"])) for s in chain]
        times += _minutes(registered, "registered")
    return times


def _objective(text: Cable | None) -> int:
    """Within how many minutes a cable of its precedence should be on paper; 0 where none is set."""
    return 0 if text is None or text.precedence is None else OBJECTIVES.get(text.precedence, 0)


def _minutes(steps: Sequence[tuple[str, Reading | None]], clock: str) -> list[Json]:
    times: list[Json] = []
    for (before, earlier), (after, later) in pairwise(steps):
        if earlier is None or later is None:
            continue
        minutes = minutes_between(earlier, later)
        if minutes is not None:
            times.append({"from": before, "to": after, "minutes": minutes, "clock": clock})
    return times


def _stated_reading(moment: Moment | None) -> Reading | None:
    if moment is None or moment.reading is None or moment.reading.precision is not Precision.MINUTE:
        return None
    return moment.reading


def _registered_reading(text: str) -> Reading:
    reading = read_moment(text[:16] + "Z").reading
    if reading is None:
        raise NotFound(f"{text} is not a registered time")
    return reading


def decisions(connection: Connection, cable: int) -> list[Json]:
    """The decisions that adopted a cable's text, with their standing and the version bound."""
    query = select(t.decisions).where(t.decisions.c.cable == cable).order_by(t.decisions.c.decision)
    return [
        {**_plain_row(row), **find_entry(connection, row.decision).decoded.act["decision"]}
        for row in connection.execute(query)
    ]


def references(connection: Connection, cable: int, text: Cable) -> list[Json]:
    """Each reference of a cable and of the telegrams in it, with the cables that it finds here.

    ``in`` is the kind of the carried telegram that refers. Outer telegrams come before inner ones.
    """
    parts = [("", text), *((c.cable.kind or "carried telegram", c.cable) for c in carried_in(text))]
    return [
        {
            "literal": reference.literal,
            "letter": reference.letter,
            "in": kind,
            "cables": (found := _bearers(connection, reference_keys(reference), cable)),
            "held": bool(found),
        }
        for kind, part in parts
        for reference in part.references
    ]


def _bearers(connection: Connection, keys: Sequence[str], but: int) -> list[int]:
    """The cables that bear one of the keys, as their own or in a telegram that they carry."""
    i = t.identifiers.c
    query = select(i.cable).where(i.folded.in_(keys), i.cable != but, i.scheme.not_like("%reference"))
    return sorted(set(connection.execute(query).scalars()))


def standings(connection: Connection, text: Cable) -> list[Json]:
    """How far each carried telegram is proved, outer before inner."""
    return [
        {"kind": carried.cable.kind, "standing": standing(connection, carried).value}
        for carried in carried_in(text)
    ]


def carried_in(text: Cable) -> Iterator[Carried]:
    """Every carried telegram, in the order in which they begin on the sheet."""

    def walk(blocks: Sequence[Any]) -> Iterator[Carried]:
        for block in blocks:
            if isinstance(block, Carried):
                yield block
                yield from walk(block.cable.blocks)
            elif isinstance(block, Quotation):
                yield from walk(block.blocks)

    return walk(text.blocks)


def checked(connection: Connection, row: Row[Any]) -> Json:
    """Exactly what this post has checked of a cable, and what it has not."""
    if row.direction == "paper":
        return {"statement": "Entered from paper: no register vouches for this text."}
    if row.direction == "out":
        if row.leaf < 0:
            return {"statement": "A draft: not released, not sealed, not sent."}
        return {"statement": f"Released under entry {row.leaf} of this post's register.", "entry": row.leaf}
    proof = connection.execute(select(t.proofs.c.size).where(t.proofs.c.cable == row.cable)).scalar()
    if proof is None:
        return {"statement": "The proof that came with this text is no longer here: run `reftel audit`."}
    return {
        "statement": (
            f"The text is, byte for byte, what {row.origin} registered under entry {row.leaf}; the entry "
            f"stands in its register of {proof} entries, signed with both keys of its card."
        ),
        "entry": row.leaf,
        "size": proof,
    }


def find(connection: Connection, text: str) -> list[Json]:
    """Cables that bear a number, date-time group, name of a series or print number, or cite it.

    Those that bear it come first. Nothing found is an empty list.
    """
    keys = list(dict.fromkeys(k for k in (fold(text), *moment_keys(read_moment(text))) if k))
    i, c = t.identifiers.c, t.cables.c
    shown = c.mrn, c.direction, c.state, c.sender, c.origin, c.subject, c.dtg
    query = select(i.cable, i.scheme, i.literal, *shown).join(t.cables, c.cable == i.cable)
    found: dict[tuple[int, str, str], Json] = {}
    for row in connection.execute(query.where(i.folded.in_(keys)).order_by(i.cable, i.layer, i.n)):
        found[row.cable, row.scheme, row.literal] = {
            "cable": row.cable,
            "by": row.scheme,
            "literal": row.literal,
            "bears": not row.scheme.endswith("reference"),
            **{column.name: getattr(row, column.name) for column in shown},
        }
    return sorted(found.values(), key=lambda f: (not f["bears"], f["by"].startswith("carried"), f["cable"]))


def resolve(connection: Connection, text: str) -> int:
    """The one cable that a number means; ``entry:17`` names it by its entry.

    Raises :class:`NotFound` when there is none, or when several bear it (and lists them).
    """
    if re.fullmatch("entry:[0-9]{1,15}", text):
        return int(find_cable(connection, int(text[6:])).cable)
    found = [f for f in find(connection, text) if f["bears"]]
    own = [f for f in found if not f["by"].startswith("carried")] or found
    cables = sorted({f["cable"] for f in own})
    if len(cables) == 1:
        return int(cables[0])
    if not cables:
        raise NotFound(f"no cable here bears {text!r}")
    listed = ", ".join(f"entry:{cable}" for cable in cables)
    raise NotFound(f"{len(cables)} cables bear {text!r}", mend=f"Name one of {listed}.")


def cited_not_held(connection: Connection, cable: int = -1) -> list[Json]:
    """What is cited and not here: references, enclosures, and numbers missing from a series.

    ``cable`` asks for what that one cable cites.
    """
    i = t.identifiers.c
    these = i.cable == cable if cable >= 0 else i.cable >= 0
    other = t.identifiers.alias().c
    bears = other.scheme.not_like("%reference")
    held = select(other.cable).where(other.folded == i.folded, other.cable != i.cable, bears).exists()
    cited = select(i.cable, i.literal, held).where(i.scheme.like("%reference"), these)
    found: dict[tuple[int, str], bool] = {}
    for citing, literal, here in connection.execute(cited.order_by(i.cable, i.layer, i.n)):
        found[citing, literal] = bool(here) or found.get((citing, literal), False)
    missing = [
        {"cable": citing, "cited": literal, "why": "referred to"}
        for (citing, literal), here in found.items()
        if not here
    ]
    enclosures = select(i.cable, i.literal).where(i.scheme == "enclosure not held", these).order_by(i.cable)
    missing += [
        {"cable": row.cable, "cited": row.literal, "why": "enclosure named and not here"}
        for row in connection.execute(enclosures)
    ]
    return [*missing, *_series_gaps(connection, cable)]


def _series_gaps(connection: Connection, cable: int) -> list[Json]:
    """Lower numbers than the highest held of each series, or of those in which one cable stands."""
    i = t.identifiers.c
    kinds = select(i.cable, i.literal).where(i.scheme.in_(("kind", "carried kind"))).order_by(i.cable)
    if cable >= 0:
        own = connection.execute(kinds.where(i.cable == cable)).all()
        named = {found[0] for row in own if (found := series_number(row.literal)) is not None}
        if not named:
            return []
        # As a range of the index: LIKE would read the numbers of every cable.
        kinds = kinds.where(
            or_(*(i.folded.between(name, f"{name}{chr(0x10FFFF)}") for name in sorted(named)))
        )
    series: dict[str, dict[int, int]] = {}
    names: dict[str, str] = {}
    for row in connection.execute(kinds):
        numbered = series_number(row.literal)
        if numbered is not None:
            name, n = numbered
            series.setdefault(name, {})[n] = row.cable
            names[name] = row.literal
    missing: list[Json] = []
    for name, held in sorted(series.items()):
        if cable not in {-1, *held.values()}:
            continue
        implied = {"cable": min(held.values()), "why": f"implied by {names[name]}"}
        try:
            missing += [{**implied, "cited": f"{name} No {n}"} for n in gap(held, first=1)]
        except BadValue:  # no post counts so far: one wrong number must not hide all other findings
            missing.append({**implied, "cited": f"{name}, of numbers too far apart to be listed"})
    return missing


def traffic(connection: Connection, tray: str) -> list[Json]:
    """The cables of one tray: ``in``, ``out``, ``drafts`` or ``all``; newest last."""
    c = t.cables.c
    query = select(t.cables).order_by(c.cable)
    if tray == "in":
        query = query.where(c.direction != "out")
    elif tray == "out":
        query = query.where(c.direction == "out", c.leaf >= 0)
    elif tray == "drafts":
        query = query.where(c.direction == "out", c.leaf < 0)
    return [
        _plain_row(row) | {"marking": row.marking.replace("\x1f", " ")} for row in connection.execute(query)
    ]


def receipts(connection: Connection, cable: int) -> Json:
    """The four receipts of a cable, told apart: the bearer, the post, a reader, the fulfilment."""
    deliveries = _rows(connection, t.deliveries, cable)
    opened = [copy for copy in copies_of(connection, cable) if copy.opened]
    asks = _rows(connection, t.taskings, cable)
    return {
        "bearer took it": [d["peer"] for d in deliveries if d["state"] in {"dispatched", "receipted"}],
        "the post's register has it": [d["peer"] for d in deliveries if d["state"] == "receipted"],
        "opened here": [f"copy {copy.seq}: {copy.holder} ({copy.opened})" for copy in opened],
        "fulfilled": [f"{a['n']}: {a['literal']}" for a in asks if a["state"] == "fulfilled"],
    }


def _links(connection: Connection, cable: int) -> list[Json]:
    here = [_plain_row(r) for r in connection.execute(select(t.links).where(t.links.c.cable == cable))]
    there = connection.execute(select(t.links).where(t.links.c.other == cable))
    return here + [{**_plain_row(r), "relation": f"{r.relation} (of)"} for r in there]


def _rows(connection: Connection, table: Any, cable: int) -> list[Json]:
    return [_plain_row(row) for row in connection.execute(select(table).where(table.c.cable == cable))]


def _plain_row(row: Row[Any]) -> Json:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
