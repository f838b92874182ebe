"""Completion: what somebody who begins to type a name or number may mean, a few at a time.

Nobody is offered a cable that is not for them. Each question reads a bounded number of rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from reftel.cable.numbering import fold
from reftel.office.sight import Sight, sights
from reftel.store import tables as t

MOST = 12
_LOOKED_AT = 80
_LONGEST = 80
_LAST = "\U0010ffff"

Offer = tuple[str, str]
"""What is written when it is chosen, and what it is."""


def addressees(connection: Connection, prefix: str) -> list[Offer]:
    """Posts known here as a sheet names them, and places of the authority list."""
    p, a = t.posts.c, t.authorities.c
    posts = select(p.name, p.origin).where(p.standing != "self", _either(prefix, p.name, p.origin))
    offers = [
        (f"{row.name} <{row.origin}>", row.origin)
        for row in connection.execute(posts.order_by(p.name).limit(MOST))
    ]
    return [*offers, *_authorities(connection, prefix, a.kind == "place")][:MOST]


def offices(connection: Connection, prefix: str) -> list[Offer]:
    """Offices and bodies of the authority list."""
    return _authorities(connection, prefix, t.authorities.c.kind.in_(("office", "body")))


def persons(connection: Connection, prefix: str) -> list[Offer]:
    """Readers whose keys are known, at other posts and here; persons of the authority list."""
    r = t.readers.c
    readers = select(r.person, r.origin, r.standing).where(r.standing != "revoked", _either(prefix, r.person))
    offers = [
        (row.person, f"{row.origin}, key {row.standing}")
        for row in connection.execute(readers.order_by(r.person, r.origin).limit(MOST))
    ]
    return [*offers, *_authorities(connection, prefix, t.authorities.c.kind == "person")][:MOST]


def officers(connection: Connection, prefix: str = "") -> list[Offer]:
    """Clearing officers who serve here."""
    p = t.people.c
    query = select(p.name, p.roles).where(p.standing == "serving", _either(prefix, p.name)).order_by(p.name)
    return [
        (row.name, "clearing officer")
        for row in connection.execute(query)
        if "clearing officer" in row.roles.split(",")
    ][:_LOOKED_AT]


def numbers(connection: Connection, person: str, roles: Collection[str], prefix: str) -> list[Offer]:
    """Numbers of cables that the person may know of, the newest first; with what they are about."""
    i, c = t.identifiers.c, t.cables.c
    key = fold(prefix[:_LONGEST])
    columns = (c.cable, c.mrn, c.sender, c.subject, c.dtg)
    if key:
        bears = (i.scheme.not_like("%reference"), i.scheme.not_like("carried%"), i.scheme != "kind")
        query = select(*columns, i.literal).join(t.cables, c.cable == i.cable)
        query = query.where(i.folded >= key, i.folded < key + _LAST, *bears)
        query = query.order_by(i.folded, c.cable.desc())
    else:
        query = select(*columns, c.mrn.label("literal")).where(c.mrn != "").order_by(c.cable.desc())
    rows = connection.execute(query.limit(_LOOKED_AT)).all()
    seen = sights(connection, person, roles, {row.cable for row in rows})
    offers: dict[str, Offer] = {}
    for row in rows:
        if seen.get(row.cable, Sight.NOTHING) >= Sight.SLIP:
            about = ", ".join(part for part in (row.sender, row.dtg, row.subject) if part)
            offers.setdefault(row.literal, (row.literal, about[:120]))
    return list(offers.values())[:MOST]


def issues(connection: Connection, person: str, roles: Collection[str], prefix: str) -> list[Offer]:
    """Issues of the docket, with their talks, out of cables that the person may read; the newest first."""
    i = t.docket_issues.c
    query = select(i.name, i.talks, i.cable).where(_either(prefix, i.name))
    rows = connection.execute(query.order_by(i.entry.desc()).limit(5 * _LOOKED_AT)).all()
    seen = sights(connection, person, roles, {row.cable for row in rows})
    offers: dict[tuple[str, str], Offer] = {}
    for row in rows:
        if seen.get(row.cable, Sight.NOTHING) is Sight.TEXT:
            offers.setdefault((row.talks, fold(row.name) or row.name), (row.name, row.talks))
    return list(offers.values())[:_LOOKED_AT]


def _authorities(connection: Connection, prefix: str, which: ColumnElement[bool]) -> list[Offer]:
    a = t.authorities.c
    query = select(a.name, a.kind).where(which, _either(prefix, a.name)).order_by(a.name).limit(MOST)
    return [(row.name, row.kind) for row in connection.execute(query)]


def _either(prefix: str, *columns: Any) -> ColumnElement[bool]:
    """One of the columns begins so, in any case of letters that SQLite knows."""
    begins = prefix[:_LONGEST].strip()
    found: ColumnElement[bool] = columns[0].istartswith(begins, autoescape=True)
    for column in columns[1:]:
        found |= column.istartswith(begins, autoescape=True)
    return found
