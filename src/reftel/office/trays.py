"""Trays: the lists in which people find their cables; what lies there for whom, and what is to be done.

Nothing here writes. Every list is asked by the place after which it goes on, never by how many to leave
out, and reads what one page shows: it costs the same with a hundred cables and with a hundred thousand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Select, bindparam, func, literal, select, tuple_

from reftel.cable.dtg import interval, parse_reading
from reftel.cable.model import Precedence
from reftel.errors import BadValue
from reftel.office.office import Office, find_person
from reftel.office.sight import is_cleared
from reftel.office.tasks import CHASE_AFTER
from reftel.register.entries import clock_read
from reftel.store import tables as t

PAGE = 40
MOST_URGENT = 20
COUNTED = 999
"""Work is counted up to this: more than that is many."""
SHOWS = ("all", "action", "information", "return")
WORK: Mapping[str, tuple[str, ...]] = {
    "decipher": ("cipher clerk",),
    "print": ("registry clerk", "cipher clerk"),
    "verify": ("registry clerk", "cipher clerk"),
    "issue": ("registry clerk", "cipher clerk"),
}
"""The office's own work, in the order in which a cable goes through it, and whose it is."""
_WALKED = 500
_URGENT_FROM = int(Precedence.FLASH)
BEYOND = 1 << 62

_c, _k, _a, _r = t.cables.c, t.copies.c, t.acts.c, t.arrivals.c
_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)
_PERSON: BindParameter[str] = bindparam("person")
_CABLE: BindParameter[int] = bindparam("cable")
_SEQ: BindParameter[int] = bindparam("seq")
OF_CABLE = (
    _c.cable,
    _c.direction,
    _c.state,
    _c.mrn,
    _c.origin,
    _c.incoming,
    _c.leaf,
    _c.marking,
    _c.precedence,
    _c.sender,
    _c.subject,
    _c.dtg,
    _c.drafter,
    _c.version,
    _a.at,
)
_OF_COPY = (_k.seq, _k.opened, _k.purpose, _k.sealed_to, _k.form, _k.return_by, _k.return_to)
FROM_CABLES = t.cables.join(t.acts, _a.entry == _c.cable)
_FROM_COPIES = t.copies.join(t.cables, _c.cable == _k.cable).join(t.acts, _a.entry == _k.cable)
_MINE = (_k.holder == _PERSON, _k.state == "issued")
_SHOWN = {
    "all": (),
    "action": (_k.purpose == "action",),
    "information": (_k.purpose == "information",),
    "return": (_k.return_by != "",),
}
_URGENT = (_k.opened == "", _c.precedence >= _URGENT_FROM)
_BY_ENTRY = select(*OF_CABLE).select_from(FROM_CABLES).where(_c.cable.in_(_CABLES))
_PRINTED = select(_k.cable, func.count()).where(_k.cable.in_(_CABLES)).group_by(_k.cable)
_ACKNOWLEDGED = select(_a.cable).where(_a.cable.in_(_CABLES), _a.kind == "acknowledged")
_HERE, _MARK = tuple_(_k.cable, _k.seq), tuple_(_CABLE, _SEQ)
UNREAD = select(func.count()).where(*_MINE, _k.opened == "")
"""How many copies a person holds and has not opened."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a line stands in a list: its cable, and of a copy its number in the ledger."""

    cable: int
    seq: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An open tasking on a cable, and by when it is due.

    ``due`` is the time that was set, as read or as written; where none was set, ``chase`` is when it
    will be chased by the cable's precedence. ``late`` is whether either has certainly passed.
    """

    n: int
    owner: str
    literal: str
    due: str
    chase: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a tray: a cable, or somebody's copy of one (``seq`` is -1 where it is no copy).

    ``number`` is the cable's number for people of this office, ``at`` the register's time. The
    ``subject`` is empty for whoever is not cleared for it. ``answers`` are our cables that refer to
    this one: entry and number.
    """

    place: Place
    direction: str
    state: str
    number: str
    origin: str
    sender: str
    subject: str
    marking: str
    precedence: int
    dtg: str
    at: str
    drafter: str = ""
    purpose: str = ""
    unread: bool = False
    sealed: bool = False
    return_by: str = ""
    return_to: str = ""
    of: int = 0
    dues: tuple[Due, ...] = ()
    acknowledged: bool = False
    answers: tuple[tuple[int, str], ...] = ()

    @property
    def cable(self) -> int:
        """The cable's entry."""
        return self.place.cable

    @property
    def seq(self) -> int:
        """The copy's number in the ledger, or -1."""
        return self.place.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """One page of a list: ``urgent`` stand on top of the first page, ``more`` is where it goes on."""

    lines: tuple[Line, ...]
    urgent: tuple[Line, ...] = ()
    more: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a copy stands in its holder's tray: ``n`` of ``of``, its neighbours, the next unread."""

    n: int
    of: int
    before: Place | None
    after: Place | None
    unread: Place | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A sealed cable that came and has not been deciphered."""

    peer: str
    name: str
    digest: str
    channel: str
    precedence: int
    state: str
    at: str
    entry: int


def in_tray(
    office: Office, connection: Connection, person: str, *, show: str = "all", after: Place | None = None
) -> Tray:
    """The copies issued to a person, newest cable first.

    FLASH and above that the person has not opened stand on top of the first page, until opened.
    """
    newest, page = _tray_queries(_known(show, SHOWS))
    urgent = list(connection.execute(newest, {"person": person}))
    beyond = after or Place(BEYOND)
    given = {"person": person, "cable": beyond.cable, "seq": beyond.seq}
    rows = list(connection.execute(page, given))
    more = Place(rows[PAGE - 1].cable, rows[PAGE - 1].seq) if len(rows) > PAGE else None
    top = {(row.cable, row.seq) for row in urgent}
    rows = [row for row in rows[:PAGE] if (row.cable, row.seq) not in top]
    urgent = [] if after is not None else urgent
    lines = _copy_lines(office, connection, person, [*urgent, *rows])
    return Tray(urgent=lines[: len(urgent)], lines=lines[len(urgent) :], more=more)


# Built once: what SQLAlchemy does to build a query costs more than SQLite does to answer it.
@cache
def _tray_queries(show: str) -> tuple[Select[Any], Select[Any]]:
    """What stands on top of a tray, and a page of it."""
    mine: Select[Any] = select(*OF_CABLE, *_OF_COPY).select_from(_FROM_COPIES)
    mine = mine.where(*_MINE, *_SHOWN[show]).order_by(_k.cable.desc(), _k.seq.desc())
    return mine.where(*_URGENT).limit(MOST_URGENT), mine.where(_HERE < _MARK).limit(PAGE + 1)


@cache
def _count_query() -> Select[Any]:
    is_so = {"unread": _k.opened == "", **{show: _SHOWN[show][0] for show in SHOWS[1:]}}
    counted: list[Any] = [
        func.coalesce(func.sum(what, type_=Integer), 0).label(name) for name, what in is_so.items()
    ]
    query: Select[Any] = select(func.count().label("all"), *counted)
    return query.where(*_MINE)


def tray_counts(connection: Connection, person: str) -> dict[str, int]:
    """How many copies a person holds, by what the tray shows; ``unread`` are those not opened."""
    row = connection.execute(_count_query(), {"person": person}).one()
    return {name: int(value) for name, value in row._mapping.items()}  # noqa: SLF001 - its public name


def standing_of(connection: Connection, person: str, place: Place, show: str = "all") -> Standing | None:
    """Where one copy stands in its holder's tray; ``None`` when it does not lie there.

    The next unread one is that below it, or, when there is none, the topmost.
    """
    queries = _standing_queries(_known(show, SHOWS))
    given = {"person": person, "cable": place.cable, "seq": place.seq}
    of, n, own = connection.execute(queries["count"], given).one()
    if not own:
        return None

    def first(name: str) -> Place | None:
        row = connection.execute(queries[name], given).first()
        return None if row is None else Place(row.cable, row.seq)

    return Standing(
        n=int(n),
        of=int(of),
        before=first("before"),
        after=first("after"),
        unread=first("unread below") or first("unread"),
    )


@cache
def _standing_queries(show: str) -> dict[str, Select[Any]]:
    where = (*_MINE, *_SHOWN[show])
    rest = [func.coalesce(func.sum(what, type_=Integer), 0) for what in (_HERE >= _MARK, _HERE == _MARK)]
    places = select(_k.cable, _k.seq).where(*where).limit(1)
    down = places.order_by(_k.cable.desc(), _k.seq.desc())
    return {
        "count": select(func.count(), *rest).where(*where),
        "before": places.where(_HERE > _MARK).order_by(_k.cable, _k.seq),
        "after": down.where(_HERE < _MARK),
        "unread below": down.where(_HERE < _MARK, _k.opened == ""),
        "unread": down.where(_HERE != _MARK, _k.opened == ""),
    }


def work(connection: Connection, person: str, what: str) -> tuple[Line, ...]:
    """The office's own work of one kind: what to ``print``, ``verify`` or ``issue``.

    What is most urgent comes first, then what came first; one page of it. Of what was verified, the
    last five hundred are looked at for copies of which none was ever issued.
    """
    if _known(what, ("print", "verify", "issue")) == "issue":
        return lines_of(connection, person, _to_issue(connection))
    rows: list[Any] = []
    for query in _work_queries(what):
        columns = query.with_only_columns(*OF_CABLE).join(t.acts, _a.entry == _c.cable)
        rows += connection.execute(columns.order_by(_c.precedence.desc(), _c.cable).limit(PAGE))
    rows.sort(key=lambda row: (-row.precedence, row.cable))
    return lines_of(connection, person, rows[:PAGE])


def _to_issue(connection: Connection) -> list[Any]:
    return list(connection.execute(_issue_query()))


@cache
def _issue_query() -> Select[Any]:
    verified = select(_a.entry, _a.cable).where(_a.kind == "verified")
    walked = verified.order_by(_a.entry.desc()).limit(_WALKED).subquery()
    other = t.copies.alias().c
    moved = select(other.seq).where(other.cable == walked.c.cable, other.state != "in file").exists()
    here = select(other.seq).where(other.cable == walked.c.cable).exists()
    query: Select[Any] = select(*OF_CABLE).select_from(FROM_CABLES)
    query = query.where(_c.cable.in_(select(walked.c.cable).where(here, ~moved)), _c.state == "verified")
    return query.order_by(_c.precedence.desc(), _c.cable).limit(PAGE)


def undeciphered(connection: Connection) -> tuple[Waiting, ...]:
    """Sealed cables that came and wait, or are held; the most urgent first, then as they came; one page."""
    query = select(t.arrivals, _a.at, t.posts.c.name).join(t.acts, _a.entry == _r.entry)
    query = query.join(t.posts, t.posts.c.origin == _r.peer)
    rows: list[Any] = []
    for state in ("arrived", "held"):
        ordered = query.where(_r.state == state).order_by(_r.precedence.desc(), _r.entry, _r.channel)
        rows += connection.execute(ordered.limit(PAGE))
    return tuple(
        Waiting(
            peer=row.peer,
            name=row.name,
            digest=row.digest,
            channel=row.channel,
            precedence=row.precedence,
            state=row.state,
            at=row.at,
            entry=row.entry,
        )
        for row in rows[:PAGE]
    )


def work_counts(connection: Connection, roles: Collection[str]) -> dict[str, int]:
    """How much of the office's own work waits, of each kind that one of the roles does; up to ``COUNTED``."""
    kinds = tuple(what for what, asked in WORK.items() if any(role in roles for role in asked))
    if not kinds:
        return {}
    row = connection.execute(_work_count_query(kinds)).one()
    return {what: sum(row[2 * n : 2 * n + 2]) for n, what in enumerate(kinds)}


@cache
def _work_queries(what: str) -> tuple[Select[Any], ...]:
    if what == "decipher":
        return tuple(select(_r.digest).where(_r.state == state) for state in ("arrived", "held"))
    state = "deciphered" if what == "print" else "printed"
    return tuple(
        select(_c.cable).where(_c.direction == direction, _c.state == state) for direction in ("in", "paper")
    )


@cache
def _work_count_query(kinds: tuple[str, ...]) -> Select[Any]:
    """Two counts of each kind of work, in one row."""
    counts: list[Any] = []
    for what in kinds:
        if what == "issue":
            counts += [counting(_issue_query(), PAGE).scalar_subquery(), literal(0)]
        else:
            counts += [counting(query, COUNTED).scalar_subquery() for query in _work_queries(what)]
    return select(*counts)


def counting(query: Select[Any], most: int) -> Select[Any]:
    """The query that counts the rows of another, up to ``most``."""
    few = query.with_only_columns(literal(1), maintain_column_froms=True).limit(most).subquery()
    return select(func.count()).select_from(few)


def dues_of(office: Office, connection: Connection, cables: Sequence[int]) -> dict[int, tuple[Due, ...]]:
    """The open taskings of each cable, and when they are due."""
    now = office.now()
    found: dict[int, list[Due]] = {}
    for row in connection.execute(_dues_query(), {"cables": list(cables)}):
        found.setdefault(row.cable, []).append(_due(row, now))
    return {cable: tuple(dues) for cable, dues in found.items()}


@cache
def _dues_query() -> Select[Any]:
    k = t.taskings.c
    query = select(t.taskings, _c.precedence, _a.at).join(t.cables, _c.cable == k.cable)
    query = query.join(t.acts, _a.entry == k.entry).where(k.cable.in_(_CABLES), k.state == "open")
    return query.order_by(k.cable, k.n)


def _due(row: Any, now: datetime) -> Due:
    chase: datetime | None = None
    last: datetime | None = None
    if row.due:
        try:
            last = interval(parse_reading(row.due))[1]
        except BadValue:
            last = None
    else:
        precedence = Precedence(min(max(row.precedence, 0), int(Precedence.IMMEDIATE)))
        chase = clock_read(row.at) + CHASE_AFTER.get(precedence, CHASE_AFTER[Precedence.ROUTINE])
        last = chase
    late = last is not None and last < now
    return Due(n=row.n, owner=row.owner, literal=row.literal, due=row.due, chase=chase, late=late)


@cache
def _answers_query() -> Select[Any]:
    own, citing = t.identifiers.alias("own").c, t.identifiers.alias("citing").c
    return (
        select(own.cable, _c.cable.label("answer"), _c.mrn)
        .where(own.cable.in_(_CABLES), own.layer == "text", own.scheme == "MRN")
        .where(citing.folded == own.folded, citing.scheme == "reference", citing.cable != own.cable)
        .where(_c.cable == citing.cable, _c.direction == "out", _c.leaf >= 0)
        .distinct()
        .order_by(own.cable, _c.cable)
    )


def answers_of(connection: Connection, cables: Sequence[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    """Our released cables that refer to each of these by its message reference number."""
    found: dict[int, list[tuple[int, str]]] = {}
    for row in connection.execute(_answers_query(), {"cables": list(cables)}):
        found.setdefault(row.cable, []).append((row.answer, row.mrn))
    return {cable: tuple(answers) for cable, answers in found.items()}


def _copy_lines(office: Office, connection: Connection, person: str, rows: Sequence[Any]) -> tuple[Line, ...]:
    cables = list({row.cable for row in rows})
    given = {"cables": cables}
    of = {row.cable: row[1] for row in connection.execute(_PRINTED, given)}
    acknowledged = set(connection.execute(_ACKNOWLEDGED, given).scalars())
    dues = dues_of(office, connection, cables)
    answers = answers_of(connection, cables)
    return tuple(
        replace(
            line,
            place=Place(row.cable, row.seq),
            purpose=row.purpose,
            unread=row.opened == "",
            sealed=row.sealed_to != "",
            return_by=row.return_by,
            return_to=row.return_to,
            of=of[row.cable],
            dues=dues.get(row.cable, ()),
            acknowledged=row.cable in acknowledged,
            answers=answers.get(row.cable, ()),
        )
        for line, row in zip(lines_of(connection, person, rows), rows, strict=True)
    )


def lines_of(connection: Connection, person: str | None, rows: Sequence[Any]) -> tuple[Line, ...]:
    """Cables as lines; of those for which the person is not cleared, without their subject and sender.

    ``None`` is whoever holds the post's own keys.
    """
    if not rows:
        return ()
    reader = None if person is None else find_person(connection, person)
    named = _first_numbers(connection, [row.cable for row in rows if row.direction == "paper"])
    lines = []
    for row in rows:
        cleared = reader is None or is_cleared(reader, row)
        lines.append(
            Line(
                place=Place(row.cable),
                direction=row.direction,
                state=row.state,
                number=_number(row, named if cleared else {}),
                origin=row.origin,
                sender=row.sender if cleared else "",
                subject=row.subject if cleared else "",
                marking=row.marking,
                precedence=row.precedence,
                dtg=row.dtg,
                at=row.at,
                drafter=row.drafter,
            )
        )
    return tuple(lines)


def lines_for(connection: Connection, person: str | None, cables: Sequence[int]) -> dict[int, Line]:
    """Cables as lines, as far as this person is cleared for them; as :func:`lines_of` has it."""
    rows = connection.execute(_BY_ENTRY, {"cables": list(cables)}).all()
    return {line.cable: line for line in lines_of(connection, person, rows)}


def serving(connection: Connection) -> list[str]:
    """The names of those who serve at this post."""
    p = t.people.c
    return list(connection.execute(select(p.name).where(p.standing == "serving").order_by(p.name)).scalars())


def _number(row: Any, named: Mapping[int, str]) -> str:
    """The number by which this office speaks of a cable."""
    if row.direction == "in":
        return str(row.incoming or row.mrn)
    return str(row.mrn or named.get(row.cable, ""))


def _first_numbers(connection: Connection, cables: Sequence[int]) -> dict[int, str]:
    """The number that stands first on each of these sheets."""
    i = t.identifiers.c
    query = select(i.cable, i.scheme, i.literal).where(i.cable.in_(_CABLES), i.layer == "text", i.n == 0)
    rows = list(connection.execute(query, {"cables": list(cables)})) if cables else []
    return {row.cable: row.literal for row in rows if row.scheme not in ("kind", "moment", "reference")}


def _known(show: str, among: Sequence[str]) -> str:
    if show not in among:
        raise BadValue("there is no such list", mend=f"One of {', '.join(among)}.")
    return show
