"""Moments: up to which entry the register speaks of, when somebody asks how things stood at a time.

The register's own clock decides, which is UTC: when an act was entered, not when somebody says that it
was done. A moment is the end of what was written: ``1205Z 22 November 2026`` is the whole of that
minute, ``22 November 2026`` the whole day, ``entry:214`` what stood once that entry was made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from reftel.cable.dtg import interval, read_moment
from reftel.cable.model import Precision, Reading
from reftel.errors import BadValue, FormatError, NotFound
from reftel.register.entries import clock_read, clock_text
from reftel.register.log import size_of
from reftel.store import tables as t

_AT = select(t.acts.c.at).where(t.acts.c.entry == bindparam("entry"))


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment as it was asked for: the instant (aware, UTC) and the last entry registered by then.

    ``text`` asks for the very same moment again; ``said`` is, in words, how it was read. ``entry`` is
    -1 before the register begins.
    """

    text: str
    said: str
    instant: datetime
    entry: int


def moment_entry(connection: Connection, instant: datetime) -> int:
    """The last entry that was registered at or before an instant; -1 when there is none.

    Found by halving, in the order of the entries. Should the office's clock have been set back at
    some time, an instant lies between entries more than once, and this is one of those places.
    """
    at = clock_text(instant)
    low, high = -1, size_of(connection) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if connection.execute(_AT, {"entry": middle}).scalar_one() <= at:
            low = middle
        else:
            high = middle - 1
    return low


def read_when(connection: Connection, text: str, now: datetime) -> When:
    """The moment that a person means; nothing, or ``now``, is the present.

    Raises :class:`BadValue` for what cannot be read, :class:`NotFound` for an entry that is not there.
    """
    asked = " ".join(text.split())
    if asked.casefold() in ("", "now"):
        return _at(connection, now, "now, by the register's clock")
    if re.fullmatch("entry:[0-9]{1,15}", asked):
        return _after_entry(connection, int(asked[6:]))
    try:
        return _at(connection, clock_read(asked), "at that very millisecond of the register's clock")
    except FormatError:
        pass
    reading = read_moment(asked).reading
    if reading is None:
        raise BadValue(
            f"{asked[:60]!r} cannot be read as a time with its year",
            mend="Write it such as '221205Z NOV 26', '1205Z 22 November 2026' or '2026-11-22', or entry:214.",
        )
    return _read(connection, reading)


def _read(connection: Connection, reading: Reading) -> When:
    unsaid = reading.zone is None
    last = interval(replace(reading, zone=0) if unsaid else reading)[1]
    said = f"to the end of that {reading.precision.value}"
    if unsaid and reading.precision is Precision.MINUTE:
        said += ", read in UTC as the register's clock is: no zone was given"
    elif unsaid:
        said += " in UTC"
    return _at(connection, last, said)


def _at(connection: Connection, instant: datetime, said: str) -> When:
    entry = moment_entry(connection, instant)
    return When(text=clock_text(instant), said=said, instant=clock_read(clock_text(instant)), entry=entry)


def _after_entry(connection: Connection, entry: int) -> When:
    at = connection.execute(_AT, {"entry": entry}).scalar()
    if at is None:
        raise NotFound(f"the register has no entry {entry}", mend="`reftel audit` says how many it has.")
    return When(text=f"entry:{entry}", said="once that entry was made", instant=clock_read(at), entry=entry)
