"""Long work that somebody asked for in the web office: how far it is, and what came of it.

It is kept in the database, so that it can be looked at from any page and after a closed tab. A job is
no act, and the register does not speak of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from reftel.cipher.commitment import new_salt
from reftel.errors import NotAllowed, NotFound
from reftel.office.office import Office
from reftel.register.entries import Json, clock_read, clock_text
from reftel.store import tables as t

WAITING, UNDER_WAY, DONE, FAILED, INTERRUPTED = "waiting", "under way", "done", "failed", "interrupted"
MAX_UNFINISHED = 3
MAX_KEPT = 50
_UNFINISHED = (WAITING, UNDER_WAY)
_j = t.jobs.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job: whose, of what kind, how far it is, and what came of it.

    ``total`` is 0 while nobody knows it. ``answer`` is what the work found, or, of a job that failed,
    the error as plain values.
    """

    id: str
    person: str
    kind: str
    state: str
    done: int
    total: int
    answer: Json
    made: datetime
    changed: datetime

    @property
    def finished(self) -> bool:
        """Whether nothing more comes of it."""
        return self.state not in _UNFINISHED

    def as_json(self) -> Json:
        """The job as plain values."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "done": self.done,
            "total": self.total,
            "answer": self.answer,
            "made": clock_text(self.made),
            "changed": clock_text(self.changed),
        }


def begin(office: Office, person: str, kind: str) -> str:
    """Enter a job that waits to be done; returns its id.

    A person's oldest finished ones beyond fifty are forgotten. Raises :class:`NotAllowed` while three
    of the person's jobs are not done yet.
    """
    now = clock_text(office.clock.now())
    row: Json = {"id": new_salt()[:16].hex(), "person": person, "kind": kind, "state": WAITING}
    row |= {"done": 0, "total": 0, "answer": "", "made": now, "changed": now}
    with office.store.write() as connection:
        mine = select(_j.id).where(_j.person == person)
        unfinished = mine.where(_j.state.in_(_UNFINISHED))
        if len(connection.execute(unfinished).all()) >= MAX_UNFINISHED:
            raise NotAllowed(
                f"{MAX_UNFINISHED} things that {person} asked for are not done yet",
                mend="Wait until one of them is.",
            )
        newest = mine.order_by(_j.made.desc(), _j.id).limit(MAX_KEPT - 1)
        old = _j.id.not_in(newest.scalar_subquery()) & _j.state.not_in(_UNFINISHED)
        connection.execute(delete(t.jobs).where(_j.person == person, old))
        connection.execute(insert(t.jobs), row)
    return str(row["id"])


def note(office: Office, job: str, done: int, total: int) -> None:
    """Note how far a job is."""
    _change(office, job, state=UNDER_WAY, done=done, total=total)


def end(office: Office, job: str, state: str, answer: Json) -> None:
    """Note how a job ended, and what came of it."""
    _change(office, job, state=state, answer=json.dumps(answer, ensure_ascii=False))


def _change(office: Office, job: str, **values: Any) -> None:
    # What was interrupted stays so: the office was shut meanwhile.
    which = update(t.jobs).where(_j.id == job, _j.state.in_(_UNFINISHED))
    with office.store.write() as connection:
        connection.execute(which.values(**values, changed=clock_text(office.clock.now())))


def interrupt(office: Office) -> int:
    """Note of every job that is not done that it was interrupted; returns how many there were."""
    unfinished = _j.state.in_(_UNFINISHED)
    with office.store.read() as connection:
        count = connection.execute(select(func.count()).select_from(t.jobs).where(unfinished)).scalar_one()
    if count:
        with office.store.write() as connection:
            connection.execute(update(t.jobs).where(unfinished).values(state=INTERRUPTED))
    return int(count)


def find(connection: Connection, person: str, job: str) -> Job:
    """One job of a person; :class:`NotFound` for another's, as for none."""
    row = connection.execute(select(t.jobs).where(_j.id == job, _j.person == person)).first()
    if row is None:
        raise NotFound("there is no such job", mend="Look at the list of your jobs.")
    return _job(row)


def jobs_of(connection: Connection, person: str) -> list[Job]:
    """A person's jobs, the newest first."""
    rows = connection.execute(select(t.jobs).where(_j.person == person).order_by(_j.made.desc(), _j.id))
    return [_job(row) for row in rows]


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        person=row.person,
        kind=row.kind,
        state=row.state,
        done=row.done,
        total=row.total,
        answer=json.loads(row.answer) if row.answer else {},
        made=clock_read(row.made),
        changed=clock_read(row.changed),
    )
