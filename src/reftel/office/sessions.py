"""Sessions of people who signed in by passkey: begun, found again, listed and ended.

Rules that this file keeps:

* the office keeps the digest of a session's token, never the token;
* a session counts only while its person serves here and its passkey is admitted: it is looked up
  together with both each time, so a departure or a revocation ends it at once;
* it ends by itself, when nothing was done in it for a while and at the latest after half a day;
* a token is never used for more than it was given for: who signs in, or switches a role on, gets
  another one.

Sessions are no acts, and the register does not speak of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from reftel.cipher.tokens import is_token, new_token, token_digest
from reftel.errors import NotFound, NotYourRole, SignedOut
from reftel.office.office import Office
from reftel.office.roles import ROLES
from reftel.register.entries import clock_read, clock_text
from reftel.store import tables as t

IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=12)
SWITCHED_ON = timedelta(minutes=15)
ON_REQUEST = ("administrator", "auditor")
MAX_OF_PERSON = 20
_NOTED = timedelta(minutes=1)
_ID = 16
_LONGEST_AGENT = 160
_s = t.sessions.c
_FOUND = (
    select(t.sessions, t.people.c.roles.label("held"))
    .join(t.people, t.people.c.name == _s.person)
    .join(t.passkeys, t.passkeys.c.credential == _s.credential)
    .where(
        t.people.c.standing == "serving",
        t.passkeys.c.state == "admitted",
        t.passkeys.c.person == _s.person,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session: whose, by which passkey, since when, and which of the person's roles are on.

    ``id`` names it in lists and opens nothing. ``off`` are the roles that the person holds and has
    not asked for; ``until`` is when those that were asked for go off again.
    """

    id: str
    person: str
    credential: str
    made: datetime
    seen: datetime
    ends: datetime
    roles: frozenset[str]
    off: tuple[str, ...]
    until: datetime | None
    agent: str


def begin(office: Office, person: str, credential: str, agent: str = "") -> str:
    """Begin a session; returns its token. The oldest beyond twenty of one person's end."""
    now = office.clock.now()
    token = new_token()
    row = {
        "token": token_digest(token),
        "person": person,
        "credential": credential,
        "made": clock_text(now),
        "seen": clock_text(now),
        "ends": clock_text(now + LIFE),
        "roles": "",
        "roles_end": "",
        "agent": "".join(c for c in agent if c.isprintable())[:_LONGEST_AGENT],
    }
    with office.store.write(restored=True) as connection:
        connection.execute(delete(t.sessions).where(_s.ends < row["made"]))
        mine = select(_s.token).where(_s.person == person).order_by(_s.made.desc())
        surplus = list(connection.execute(mine.offset(MAX_OF_PERSON - 1)).scalars())
        connection.execute(delete(t.sessions).where(_s.token.in_(surplus)))
        connection.execute(insert(t.sessions), row)
    return token


def find(office: Office, token: str, *, alive: bool = True) -> Session:
    """The session of a token; :class:`SignedOut` where it has ended or there never was one.

    ``alive`` is false for what a page does by itself, which does not keep a session from ending.
    """
    if not is_token(token):
        raise SignedOut("nobody is signed in here")
    now = office.clock.now()
    digest = token_digest(token)
    with office.store.read() as connection:
        row = connection.execute(_FOUND.where(_s.token == digest)).first()
    if row is None:
        raise SignedOut("nobody is signed in here, or the session was ended")
    session = _read(row, now)
    if now >= session.ends or now - session.seen >= IDLE:
        raise SignedOut("the session has ended")
    if alive and now - session.seen >= _NOTED:
        _note(office, _s.token == digest, {"seen": clock_text(now)})
    return session


def switch_on(office: Office, token: str, role: str) -> str:
    """Switch a role on that is off until asked for; returns the session's new token.

    The caller has just had the person touch the passkey. It goes off by itself after a quarter of
    an hour. Raises :class:`NotYourRole`.
    """
    session = find(office, token)
    if role not in session.off and role not in session.roles:
        raise NotYourRole(f"{session.person} has no role {role}")
    now = office.clock.now()
    on = [name for name in ON_REQUEST if name == role or name in session.roles]
    until = clock_text(min(now + SWITCHED_ON, session.ends))
    fresh = new_token()
    values = {
        "token": token_digest(fresh),
        "roles": ",".join(on),
        "roles_end": until,
        "seen": clock_text(now),
    }
    _note(office, _s.token == token_digest(token), values)
    return fresh


def switch_off(office: Office, token: str) -> str:
    """Switch off what was switched on; returns the session's new token."""
    find(office, token)
    fresh = new_token()
    values = {"token": token_digest(fresh), "roles": "", "roles_end": ""}
    _note(office, _s.token == token_digest(token), values)
    return fresh


def end(office: Office, token: str) -> None:
    """End the session of a token; that there is none is no error."""
    with office.store.write(restored=True) as connection:
        connection.execute(delete(t.sessions).where(_s.token == token_digest(token)))


def end_one(office: Office, person: str, session: str) -> None:
    """End one session of a person by its id. Raises :class:`NotFound`."""
    with office.store.write(restored=True) as connection:
        tokens = connection.execute(select(_s.token).where(_s.person == person)).scalars()
        found = [token for token in tokens if token[:_ID] == session]
        if not found:
            raise NotFound("there is no such session any more", mend="Load the list again.")
        connection.execute(delete(t.sessions).where(_s.token.in_(found)))


def end_all(office: Office, person: str) -> None:
    """End every session of a person."""
    with office.store.write(restored=True) as connection:
        connection.execute(delete(t.sessions).where(_s.person == person))


def forget_all(connection: Connection) -> None:
    """End every session of everybody: a restored post begins without any."""
    connection.execute(delete(t.sessions))


def sessions_of(connection: Connection, person: str, now: datetime) -> list[Session]:
    """A person's sessions that have not ended, the latest first."""
    rows = connection.execute(_FOUND.where(_s.person == person).order_by(_s.seen.desc()))
    found = [_read(row, now) for row in rows]
    return [session for session in found if now < session.ends and now - session.seen < IDLE]


def alive(connection: Connection, now: datetime) -> frozenset[str]:
    """The ids of all sessions that have not ended."""
    rows = connection.execute(_FOUND)
    found = (_read(row, now) for row in rows)
    return frozenset(one.id for one in found if now < one.ends and now - one.seen < IDLE)


def note_counter(office: Office, credential: str, counter: int) -> bool:
    """Note what a passkey's counter stands at; whether it went back, as that of a copy would.

    Many passkeys always give 0, and that says nothing.
    """
    now = clock_text(office.clock.now())
    with office.store.write(restored=True) as connection:
        query = select(t.counters).where(t.counters.c.credential == credential)
        known = connection.execute(query).first()
        back = known is not None and known.counter > 0 and counter <= known.counter
        noted = now if back else "" if known is None else known.back
        row = {"credential": credential, "counter": counter, "back": noted}
        statement = insert(t.counters).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=["credential"], set_=row))
    return back


def went_back(connection: Connection, credential: str) -> str:
    """When the counter of a passkey last went back; empty if it never did."""
    query = select(t.counters.c.back).where(t.counters.c.credential == credential)
    return connection.execute(query).scalar() or ""


def _note(office: Office, where: Any, values: dict[str, str]) -> None:
    with office.store.write(restored=True) as connection:
        connection.execute(update(t.sessions).where(where).values(values))


def _read(row: Row[Any], now: datetime) -> Session:
    held = row.held.split(",")
    until = clock_read(row.roles_end) if row.roles_end and clock_read(row.roles_end) > now else None
    asked = row.roles.split(",") if until is not None else []
    on = [role for role in held if role not in ON_REQUEST or role in asked]
    return Session(
        id=row.token[:_ID],
        person=row.person,
        credential=row.credential,
        made=clock_read(row.made),
        seen=clock_read(row.seen),
        ends=clock_read(row.ends),
        roles=frozenset(on),
        off=tuple(role for role in ROLES if role in held and role not in on),
        until=until,
        agent=row.agent,
    )
