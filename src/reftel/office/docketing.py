"""What people write into the docket: items while they read, and warnings that they accept.

Items that travel in a cable are written by its drafter and enter with its release or its arrival. What
stands here is the other way: a reader says of a paragraph what it is. Each is an act, signed by whoever
did it; its quotes are committed to in the record and lie beside it, under a key of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from reftel.cable import internet
from reftel.cable.model import Cable, DocketLine, Party
from reftel.docket.fold import Docket
from reftel.docket.items import Item, Line, check_lines, is_item_name, refs_of, speakers
from reftel.docket.lifecycle import allowed
from reftel.errors import BadValue, NotAllowed, NotFound
from reftel.office.desk import cable_text
from reftel.office.docket import (
    NOT_HERE,
    Lens,
    closure,
    held_of,
    item_of,
    problem_of_cited,
)
from reftel.office.docket_checks import warnings
from reftel.office.office import Hand, Office, find_cable, on_cable, outgoing, record
from reftel.register.entries import clock_text
from reftel.register.log import size_of

MOST_AT_ONCE = 100


def enter_lines(office: Office, hand: Hand, entry: int, lines: Sequence[DocketLine]) -> list[str]:
    """Enter what paragraphs of a cable are; returns the names of the items.

    Every quote must stand in its paragraph letter for letter, every item that is spoken of must be here,
    and what a line does to another must be possible: the same talks, a state that allows it. Raises
    :class:`BadValue`, :class:`NotFound`, :class:`NotAllowed`.
    """
    if not 1 <= len(lines) <= MOST_AT_ONCE:
        raise BadValue(f"1 to {MOST_AT_ONCE} items are entered at once")
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, entry)
        cable = _readable(connection, row)
        said = [_with_speakers(cable, line) for line in lines]
        check_lines(cable, said)
        demand_seen(connection, Lens(office.origin), said)
        _demand_effect(office, hand, row, said, connection)
        slip = Cable(sender=Party(), to=(), blocks=(), docket=tuple(said))
        (text,) = writing.lay_down([(internet.write(slip), slip)], label="docket")
        body = on_cable(row, slip=text, count=len(said))
        (number,) = writing.append([record(office, connection, "docketed", hand, body)])
    return [f"{office.origin}/{number}.{n}" for n in range(1, len(said) + 1)]


def _readable(connection: Connection, row: Row[Any]) -> Cable:
    if row.direction == "out" and row.leaf < 0:
        raise NotAllowed(
            "a draft's paragraphs are marked in the draft itself", mend="Write DOCKET lines in its sheet."
        )
    found = cable_text(connection, row)
    if found is None:
        raise NotAllowed("the text of this cable was destroyed, and nothing can be quoted from it")
    return found[0]


def demand_seen(connection: Connection, lens: Lens, lines: Sequence[DocketLine]) -> None:
    """Demand that the items which lines name, and the cables which they quote, are there for who asks.

    The post itself may cite a cable that has not come yet; a person must be able to read it. Raises
    :class:`NotFound` or :class:`BadValue`, in the same words whether something may not be seen or is not
    here, and :class:`BadValue` for words that do not stand in the cable that is cited.
    """
    names = {name for line in lines for _, name in refs_of(line, "") if is_item_name(name)}
    missing = names - held_of(connection, lens, names)
    if missing:
        raise NotFound(
            f"there is no item {min(missing)} in the docket, or it is not for you",
            mend="`reftel docket list` shows the names of items.",
        )
    for line in lines:
        said = problem_of_cited(connection, lens, line)
        if said and (said != NOT_HERE or lens.asker is not None):
            raise BadValue(f"the docket line {line.kind!r} does not stand: {said}")


def _with_speakers(cable: Cable, line: DocketLine) -> DocketLine:
    """A line that says whose words its paragraph holds, and who passed them on, where it did not itself.

    What is said of the cable as a whole is the word of who enters it.
    """
    if not line.paragraph:
        return line
    speaker, reporter = speakers(cable, line.paragraph)
    given = dict(line.fields)
    added = [("by", speaker), ("reported", reporter)]
    fields = (*line.fields, *((name, value) for name, value in added if value and name not in given))
    return replace(line, fields=fields)


def _demand_effect(
    office: Office, hand: Hand, row: Row[Any], lines: Sequence[DocketLine], connection: Connection
) -> None:
    """Demand that what the new items say of others can be: those are here, and their state allows it."""
    base, now = f"{office.origin}/{size_of(connection)}", clock_text(office.now())
    new = [
        item_of(
            Line(line=line, place=str(n)),
            base=base,
            cable=row.cable,
            at=now,
            origin=office.origin,
            who=hand.who,
        )
        for n, line in enumerate(lines, 1)
    ]
    docket = Docket([*closure(connection, Lens(office.origin), new), *new], office.origin)
    for item in new:
        remark = docket.remarks.get(item.name)
        if remark:
            raise NotAllowed(f"the {item.kind} has no effect: it {remark}", mend=_mend(docket, item))


def _mend(docket: Docket, item: Item) -> str:
    """What else could be done with the item that a step speaks of."""
    of = docket.states.get(item.get("of"))
    steps = allowed(of.first.kind, of.state) if item.kind == "step" and of is not None else ()
    return f"Its steps now: {', '.join(steps)}." if steps else "Look at the item it names."


def accept_warnings(office: Office, hand: Hand, entry: int, reasons: Mapping[str, str]) -> None:
    """Accept warnings against a draft exactly as it now stands, each with a reason.

    ``reasons`` maps the key of each warning (:mod:`reftel.office.docket_checks`) to why it is accepted.
    An edit of the draft voids them. Raises :class:`BadValue` for an empty reason, and where there is no
    such warning.
    """
    if not 1 <= len(reasons) <= MOST_AT_ONCE:
        raise BadValue(f"1 to {MOST_AT_ONCE} warnings are accepted at once")
    for key, reason in reasons.items():
        if not key.strip() or not reason.strip():
            raise BadValue("a warning is accepted with a reason", mend="Say why it may be passed over.")
    with office.register.writing() as writing:
        row = outgoing(find_cable(writing.connection, entry))
        if row.leaf >= 0 or row.state == "withdrawn":
            raise NotAllowed(f"the cable is {row.state}; warnings are accepted before release")
        _demand_warnings(office, writing.connection, row, reasons)
        accepted = [[key, reason] for key, reason in sorted(reasons.items())]
        body = on_cable(row, version=row.version, accepted=accepted)
        writing.append([record(office, writing.connection, "warnings accepted", hand, body)])


def _demand_warnings(
    office: Office, connection: Connection, row: Row[Any], reasons: Mapping[str, str]
) -> None:
    """Demand that the docket gives each of these warnings of the draft."""
    found = cable_text(connection, row)
    given = [] if found is None else warnings(office, connection, found[0], draft=row.cable)
    known = {warning.key for warning in given if not warning.reminder}
    for key in reasons:
        if key not in known:
            raise BadValue(
                f"there is no such warning of that draft: {key!r}",
                mend=f"`reftel release entry:{row.cable} --check` shows what there is.",
            )
