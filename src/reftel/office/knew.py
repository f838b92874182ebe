"""Who knew what, when: the cables that a person or a post held at a moment, and the entries that prove it.

Nothing here writes, and nothing is guessed: every line names entries of this post's register. Of another
post only two things can be proved: what it released and sent here, by its own clock, and what it gave its
receipt for. A page costs the same however many cables there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, text, union

from reftel.errors import BadValue, NotFound, NotYourRole
from reftel.office.knowledge import HANDLED, Proof, proofs_of_person
from reftel.office.known_posts import own_proofs, receipt_proofs, sent_proofs, their_entry
from reftel.office.moments import When
from reftel.office.sight import OUTSIDE_OF_ALL, Asker, Sight, sights
from reftel.office.trays import Line, lines_for
from reftel.register.entries import clock_text, decode_json
from reftel.store import tables as t

PAGE = 50
COUNTED = 10_000
"""Lines are counted up to this: more than that is many."""
MOST_ITEMS = 10
"""So many docket items of one cable stand in its line; the rest are in the docket."""
_BEYOND = 1 << 62
_a, _c, _m, _r, _d = t.acts.c, t.cables.c, t.copy_moves.c, t.receipts.c, t.docket.c
_CABLES: BindParameter[Any] = bindparam("cables", expanding=True)
_WHO: BindParameter[str] = bindparam("who")
_UNTIL: BindParameter[int] = bindparam("until")
_BELOW: BindParameter[int] = bindparam("below")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Of whom it is asked: a person by name, or a post by its origin and name; ``own`` is this post."""

    kind: str
    name: str
    title: str
    own: bool = False

    @property
    def text(self) -> str:
        """What asks for this very subject again."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """After which line a list goes on: ``part`` of it, and the number below which it goes on there."""

    part: str
    below: int

    def text(self) -> str:
        """As it stands in an address."""
        return f"{self.part}~{self.below}"

    @classmethod
    def read(cls, asked: str) -> Place | None:
        """Inverse of :meth:`text`; ``None`` for nothing. Raises :class:`BadValue`."""
        if not asked:
            return None
        part, _, below = asked.partition("~")
        if part not in ("held", "sent", "receipted") or not (below.isascii() and below.isdigit()):
            raise BadValue("that is no place in a list", mend="Begin the list again.")
        return cls(part=part, below=min(int(below[:18]), _BEYOND))


@dataclass(frozen=True, slots=True, kw_only=True)
class DocketItem:
    """An item of the docket that was known with its cable; its content only for who may read the cable."""

    name: str
    entry: int
    at: str
    who: str
    kind: str = ""
    paragraph: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One cable, and what proves that it was known.

    ``line`` is the cable as the asker may see it, ``None`` where it is not for the asker any more.
    """

    cable: int
    part: str
    line: Line | None
    proofs: tuple[Proof, ...]
    items: tuple[DocketItem, ...] = ()
    more_items: bool = False

    @property
    def has_text(self) -> bool:
        """Whether the text was there to be read, and not the outside alone."""
        return any(proof.has_text for proof in self.proofs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knew:
    """One page of what somebody knew at a moment, newest first; each part is counted up to ``COUNTED``."""

    subject: Subject
    when: When
    lines: tuple[Known, ...]
    counts: dict[str, int]
    more: Place | None


def find_subject(connection: Connection, own: str, asked: str, asker: Asker | None = None) -> Subject:
    """The person or post that a name means; ``own`` is this post's origin.

    People who have left count, and so does whoever was only ever listed as the holder of a copy. Raises
    :class:`NotFound` for nobody, :class:`BadValue` where a person and a post are called so, and
    :class:`NotYourRole` for an ``asker`` who may ask of nobody else, whether there is such a one or not.
    """
    kind, sign, rest = asked.strip().partition(":")
    wanted = rest.strip() if sign and kind in ("person", "post") else asked.strip()
    may_ask(asker, Subject(kind="person", name=wanted, title=wanted))
    found = [] if kind == "person" and sign else _posts(connection, own, wanted)
    if not (kind == "post" and sign):
        found += _people(connection, wanted)
    exact = [one for one in found if wanted in (one.name, one.title)] or found
    if len(exact) == 1:
        return exact[0]
    if not exact:
        raise NotFound(
            f"nobody here is called {wanted[:60]!r}: no person, no post and no holder of a copy",
            mend="`reftel people list` and `reftel posts list` show them.",
        )
    listed = ", ".join(repr(one.text) for one in exact[:10])
    raise BadValue(f"{wanted[:60]!r} means {len(exact)} here", mend=f"Name one of {listed}.")


def _posts(connection: Connection, own: str, wanted: str) -> list[Subject]:
    p = t.posts.c
    same = (func.lower(p.name) == wanted.lower()) | (p.origin == wanted.lower())
    rows = connection.execute(select(p.origin, p.name).where(same).order_by(p.origin))
    return [Subject(kind="post", name=row.origin, title=row.name, own=row.origin == own) for row in rows]


def _people(connection: Connection, wanted: str) -> list[Subject]:
    names = connection.execute(select(t.people.c.name)).scalars()
    found = sorted(name for name in names if name.casefold() == wanted.casefold())
    if wanted not in found and wanted:
        holder = select(_m.who).where(_m.who == wanted, text("copy_moves.who <> ''")).limit(1)
        found += connection.execute(holder).scalars()
    return [Subject(kind="person", name=name, title=name) for name in found]


def may_ask(asker: Asker | None, subject: Subject) -> None:
    """Demand that somebody may ask this: everybody of oneself, of others whoever sees all cables' outside.

    Raises :class:`NotYourRole`.
    """
    if asker is None or (subject.kind == "person" and subject.name == asker.person):
        return
    if OUTSIDE_OF_ALL.isdisjoint(asker.roles):
        raise NotYourRole("what others knew is for the office and its auditors", mend="Ask of yourself.")


def knew(
    connection: Connection, subject: Subject, when: When, asker: Asker | None, after: Place | None = None
) -> Knew:
    """What a person or a post knew at a moment, a page of it.

    ``asker`` is who asks; ``None`` is whoever is at the post's own machine, who sees everything. Raises
    :class:`NotYourRole`.
    """
    may_ask(asker, subject)
    parts = ("sent", "receipted") if subject.kind == "post" and not subject.own else ("held",)
    queries = {part: _query(connection, subject, when, part) for part in parts}
    given = {"who": subject.name, "until": when.entry}
    rows: list[tuple[str, Any]] = []
    for part in parts[parts.index(after.part) if after is not None and after.part in parts else 0 :]:
        below = after.below if after is not None and after.part == part else _BEYOND
        below = min(below, _top(part, when))
        query, more = queries[part]
        page = connection.execute(query.limit(PAGE + 1 - len(rows)), {**given, **more, "below": below})
        rows += [(part, row) for row in page]
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    counts = {
        part: _count(connection, query, {**given, **more, "below": _top(part, when)})
        for part, (query, more) in queries.items()
    }
    return Knew(
        subject=subject,
        when=when,
        lines=_lines(connection, subject, when, asker, rows[:PAGE]),
        counts=counts,
        more=None if last is None else _place(*last),
    )


def _top(part: str, when: When) -> int:
    """What is known at a moment lies below this: a cable's entry comes before any that speaks of it."""
    return _BEYOND if part == "sent" else when.entry + 1


def _place(part: str, row: Any) -> Place:
    return Place(part=part, below=row.leaf if part == "sent" else row.cable)


def _count(connection: Connection, query: Any, given: dict[str, Any]) -> int:
    counted = select(func.count()).select_from(query.limit(COUNTED).subquery())
    return int(connection.execute(counted, given).scalar_one())


def _query(connection: Connection, subject: Subject, when: When, part: str) -> tuple[Any, dict[str, int]]:
    """What lists the cables of a part, newest first."""
    if part == "sent":
        return _SENT, {"leaf": their_entry(connection, subject.name, clock_text(when.instant))}
    if part == "receipted":
        return _RECEIPTED, {}
    return (_HERE if subject.kind == "post" else _OF_PERSON), {}


_BY_ACTS = select(_a.cable).where(
    _a.who == _WHO,
    text("acts.who <> ''"),
    _a.kind.in_(HANDLED),
    _a.entry <= _UNTIL,
    _a.cable < _BELOW,
)
_BY_COPIES = select(_m.cable).where(
    _m.who == _WHO, text("copy_moves.who <> ''"), _m.entry <= _UNTIL, _m.cable < _BELOW
)
# Both sides come in the order of an index, and SQLite merges them: what is not shown is not read.
_OF_PERSON = union(_BY_ACTS.distinct(), _BY_COPIES.distinct()).order_by(text("cable DESC"))
_HERE = select(_c.cable).where(_c.cable <= _UNTIL, _c.cable < _BELOW).order_by(_c.cable.desc())
_SENT = (
    select(_c.cable, _c.leaf)
    .where(_c.origin == _WHO, _c.leaf <= bindparam("leaf"), _c.leaf < _BELOW)
    .order_by(_c.leaf.desc())
)
_RECEIPTED = (
    select(_r.cable)
    .distinct()
    .where(_r.peer == _WHO, _r.entry <= _UNTIL, _r.cable < _BELOW)
    .order_by(_r.cable.desc())
)


def _lines(
    connection: Connection,
    subject: Subject,
    when: When,
    asker: Asker | None,
    rows: Sequence[tuple[str, Any]],
) -> tuple[Known, ...]:
    cables = [row.cable for _, row in rows]
    by_part: dict[str, list[int]] = defaultdict(list)
    for part, row in rows:
        by_part[part].append(row.cable)
    proofs: dict[tuple[str, int], tuple[Proof, ...]] = {}
    for part, some in by_part.items():
        found = _proofs(connection, subject, part, some, when.entry)
        proofs |= {(part, cable): found[cable] for cable in some}
    seen = _seen(connection, asker, cables)
    shown = _shown(connection, asker, seen)
    lines = [
        Known(cable=row.cable, part=part, line=shown.get(row.cable), proofs=proofs[part, row.cable])
        for part, row in rows
    ]
    return _with_items(connection, subject, when.entry, seen, lines)


def _seen(connection: Connection, asker: Asker | None, cables: Collection[int]) -> dict[int, Sight]:
    if asker is None:
        return dict.fromkeys(cables, Sight.TEXT)
    return sights(connection, asker.person, asker.roles, cables)


def _shown(connection: Connection, asker: Asker | None, seen: dict[int, Sight]) -> dict[int, Line]:
    """Each cable as the asker may see it; from outside without its sender and subject."""
    some = [cable for cable, sight in seen.items() if sight > Sight.NOTHING]
    lines = lines_for(connection, None if asker is None else asker.person, some)
    return {
        cable: line if seen[cable] >= Sight.SLIP else replace(line, sender="", subject="")
        for cable, line in lines.items()
    }


def _proofs(
    connection: Connection, subject: Subject, part: str, cables: Sequence[int], until: int
) -> dict[int, tuple[Proof, ...]]:
    if subject.kind == "person":
        return proofs_of_person(connection, subject.name, cables, until)
    if part == "sent":
        return sent_proofs(connection, cables)
    if part == "receipted":
        return receipt_proofs(connection, subject.name, cables, until)
    return own_proofs(connection, cables, until)


def _with_items(
    connection: Connection, subject: Subject, until: int, seen: Mapping[int, Sight], lines: Sequence[Known]
) -> tuple[Known, ...]:
    """Lines with the docket items that were known with their cables.

    Of another post those that travelled in the cable; of a person without the text those of their own.
    """
    bearing = set(connection.execute(_BEARING, {"cables": [known.cable for known in lines]}).scalars())
    found = []
    for known in lines:
        rows: Sequence[Any] = ()
        if known.cable in bearing and seen[known.cable] > Sight.NOTHING:
            query = _CARRIED if known.part != "held" else _ITEMS if known.has_text else _OWN_ITEMS
            given = {"cable": known.cable, "until": until, "who": subject.name}
            rows = connection.execute(query, given).all()
        items = tuple(_item(row, seen[known.cable]) for row in rows[:MOST_ITEMS])
        found.append(replace(known, items=items, more_items=len(rows) > MOST_ITEMS))
    return tuple(found)


_BEARING = select(_c.cable).where(_c.cable.in_(_CABLES), select(_d.n).where(_d.cable == _c.cable).exists())
_OF_CABLE = select(t.docket).where(_d.cable == bindparam("cable"), _d.standing == "")
_OF_CABLE = _OF_CABLE.order_by(_d.entry, _d.n).limit(MOST_ITEMS + 1)
_ITEMS = _OF_CABLE.where(_d.entry <= _UNTIL)
_OWN_ITEMS = _ITEMS.where(_d.who == _WHO)
_CARRIED = _OF_CABLE.where(_d.who == "")


def _item(row: Any, sight: Sight) -> DocketItem:
    item = DocketItem(name=row.item, entry=row.entry, at=row.at, who=row.who)
    if sight < Sight.TEXT:
        return item
    body = decode_json(row.body.encode())
    # words of another cable, which who asks may not read
    elsewhere = any(name == "cites" for name, _ in body.get("fields", ()))
    quote = "" if elsewhere else body.get("quote", "")
    return replace(item, kind=row.kind, paragraph=body.get("paragraph", ""), quote=quote)
