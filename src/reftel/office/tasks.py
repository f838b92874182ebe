"""Taskings: what a cable asks stays open until a fulfilment cable closes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from reftel.cable.dtg import interval, parse_reading
from reftel.cable.model import Precedence
from reftel.errors import BadValue, NotAllowed, NotFound
from reftel.office.office import Hand, Office, find_cable, on_cable, record
from reftel.register.entries import Json, clock_read
from reftel.store import tables as t

# When an unanswered request is chased (ACP 121 practice): hours by precedence.
CHASE_AFTER = {
    Precedence.IMMEDIATE: timedelta(hours=2),
    Precedence.PRIORITY: timedelta(hours=8),
    Precedence.ROUTINE: timedelta(hours=16),
}


def tasks(connection: Connection, state: str = "") -> list[Row[Any]]:
    """Taskings with the cable that asks, oldest first; of one state if given."""
    query = _tasks()
    if state:
        query = query.where(t.taskings.c.state == state)
    return list(connection.execute(query))


def _tasks(*more: ColumnElement[Any]) -> Select[Any]:
    c = t.cables.c
    query = select(t.taskings, c.direction, c.mrn, c.sender, c.precedence, *more)
    return query.join(t.cables, c.cable == t.taskings.c.cable).order_by(t.taskings.c.cable, t.taskings.c.n)


def task(office: Office, hand: Hand, cable: int, owner: str, literal: str, *, due: str = "") -> int:
    """Add a tasking that the cable implies and does not spell out; returns its number on the cable."""
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, cable)
        if row.state == "cancelled" or (row.direction == "out" and row.leaf < 0):
            raise NotAllowed("only a cable that was released or received, and stands, asks for anything")
        known = connection.execute(select(t.taskings.c.n).where(t.taskings.c.cable == cable)).scalars()
        n = max(known, default=0) + 1
        body = on_cable(row, n=n, owner=owner, literal=literal, due=due, ask="action")
        writing.append([record(office, connection, "tasked", hand, body)])
    return n


def chase(office: Office, hand: Hand, cable: int, n: int) -> int:
    """Chase an open tasking; returns how often it has been chased."""
    with office.register.writing() as writing:
        row = find_task(writing.connection, cable, n)
        body = _on(row) | {"chased": row.chased + 1}
        writing.append([record(office, writing.connection, "chased", hand, body)])
    return int(row.chased) + 1


def to_chase(connection: Connection, now: datetime) -> list[Row[Any]]:
    """Open taskings whose time to be chased has come, by the precedence of the cable that asks."""
    since = select(t.acts.c.at).where(t.acts.c.entry == t.taskings.c.entry).scalar_subquery()
    rows = connection.execute(_tasks(since.label("since")).where(t.taskings.c.state == "open"))
    return [row for row in rows if chase_at(row.precedence, clock_read(row.since)) <= now]


def chase_at(precedence: int, since: datetime) -> datetime:
    """When a tasking is to be chased: by its cable's precedence (-1 for none), from what was last done."""
    if precedence > Precedence.IMMEDIATE:
        return since + CHASE_AFTER[Precedence.IMMEDIATE]
    return since + CHASE_AFTER.get(Precedence(max(precedence, 0)), CHASE_AFTER[Precedence.ROUTINE])


def overdue_tasks(connection: Connection, now: datetime) -> list[Row[Any]]:
    """Open taskings whose due time has certainly passed; a time that cannot be read never has."""
    return [row for row in tasks(connection, "open") if is_overdue(row.due, now)]


def is_overdue(due: str, now: datetime) -> bool:
    """Whether a due time, in the register's text form, has certainly passed."""
    try:
        return due != "" and interval(parse_reading(due))[1] < now
    except BadValue:
        return False


def fulfil(office: Office, hand: Hand, cable: int, n: int, by_cable: int, *, in_part: bool = False) -> None:
    """Close a tasking by the cable that reports its fulfilment, or note that it did so in part.

    The fulfilment cable must be one that was released here or received here.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_task(connection, cable, n)
        report = find_cable(connection, by_cable)
        if report.cable == cable:
            raise NotAllowed("a cable does not report its own fulfilment")
        if report.direction == "out" and report.leaf < 0:
            raise NotAllowed("the fulfilment cable is not released yet", mend="Release it first.")
        body = _on(row) | {"closed_by": by_cable}
        kind = "part fulfilled" if in_part else "fulfilled"
        writing.append([record(office, connection, kind, hand, body)])


def cancel_task(office: Office, hand: Hand, cable: int, n: int, reason: str) -> None:
    """Close a tasking that is no longer wanted; the reason stands in the register."""
    with office.register.writing() as writing:
        body = _on(find_task(writing.connection, cable, n)) | {"reason": reason}
        writing.append([record(office, writing.connection, "tasking cancelled", hand, body)])


def find_task(connection: Connection, cable: int, n: int) -> Row[Any]:
    """One tasking; :class:`NotFound` when the cable has no such."""
    query = select(t.taskings).where(t.taskings.c.cable == cable, t.taskings.c.n == n)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"that cable has no tasking {n}", mend="`reftel tasks` lists them.")
    return row


def _on(row: Row[Any]) -> Json:
    return {"on": row.cable, "n": row.n, "state": row.state}
