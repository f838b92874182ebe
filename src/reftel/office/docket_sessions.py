"""Reports of meetings: the next number of a series, the numbers that are missing in it, the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from reftel.cable.model import Cable, Party, Precedence
from reftel.cable.numbering import fold, gap, series_number
from reftel.docket.sessions import SessionForm, write_report
from reftel.errors import BadValue
from reftel.office import desk
from reftel.office.office import Hand, Office
from reftel.store import tables as t

_i, _c = t.identifiers.c, t.cables.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NextNumber:
    """The number that a series of this post's own reports goes on with, and those that it left out."""

    number: int
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands over a report besides the meeting: to whom it goes, how fast, under which marking."""

    to: Sequence[Party]
    info: Sequence[Party] = ()
    precedence: Precedence | None = None
    classification: str = ""


def next_number(connection: Connection, series: str) -> NextNumber:
    """The next number of a series, after the highest that this post gave to a draft or a cable of its own.

    Drafts that were withdrawn leave their number free. Raises :class:`BadValue` where more than ten
    thousand are missing.
    """
    name = fold(series)
    query = (
        select(_i.literal)
        .join(t.cables, _c.cable == _i.cable)
        .where(_i.scheme == "kind", _i.folded >= name, _i.folded < f"{name}\U0010ffff")
        .where(_c.direction == "out", _c.state != "withdrawn")
    )
    read = [series_number(literal) for literal in connection.execute(query).scalars()]
    held = [found[1] for found in read if found is not None and found[0] == name]
    if not held:
        return NextNumber(number=1)
    return NextNumber(number=max(held) + 1, missing=tuple(gap(held, first=1)))


def report(form: SessionForm, number: int, head: Head) -> Cable:
    """The report of a meeting with its addressees, as it would be drafted."""
    if not head.to:
        raise BadValue("the report goes to nobody", mend="Name the post to which it is sent.")
    return replace(
        write_report(form, number),
        to=tuple(head.to),
        info=tuple(head.info),
        precedence=head.precedence,
        classification=head.classification,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDrafted:
    """A report's draft: its entry, its number, and the lower numbers of its series that are missing here."""

    entry: int
    number: int
    missing: tuple[int, ...]


def draft_report(
    office: Office, hand: Hand, form: SessionForm, head: Head, *, number: int = 0
) -> ReportDrafted:
    """Enter the report of a meeting as a draft, under ``number`` or the next of its series."""
    with office.store.read() as connection:
        following = next_number(connection, form.series)
    chosen = number or following.number
    entry = desk.draft(office, hand, report(form, chosen, head))
    skipped = range(following.number, chosen)
    missing = tuple(n for n in (*following.missing, *skipped) if n < chosen)
    return ReportDrafted(entry=entry, number=chosen, missing=missing)
