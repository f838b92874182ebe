"""The post's lists, ready to be shown: its people and rules, its opening keys, its peers and links."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.errors import NotFound
from reftel.office.cards import open_card
from reftel.office.office import RULES, Office
from reftel.office.people import missing_bags, people, unreceipted_bags
from reftel.register.entries import Json
from reftel.store import tables as t


def people_list(connection: Connection) -> list[Json]:
    """Everybody who was ever admitted, with roles, clearance, captions and key id."""
    return [
        {
            "name": row.name,
            "standing": row.standing,
            "roles": row.roles.split(","),
            "clearance": row.clearance,
            "captions": row.captions.split("\x1f") if row.captions else [],
            "key_id": row.key_id,
            "entry": row.entry,
        }
        for row in people(connection)
    ]


def rules_list(connection: Connection) -> list[Json]:
    """Every separation, whether it is in force, and the decision that last switched it."""
    rows = {row.rule: row for row in connection.execute(select(t.rules))}
    return [
        {
            "rule": rule,
            "says": says,
            "in_force": rule not in rows or not rows[rule].off,
            "decision": rows[rule].decision if rule in rows else "",
        }
        for rule, says in RULES.items()
    ]


def names_list(connection: Connection) -> list[Json]:
    """The authority list: each name, what it names, and its names as printed."""
    rows = connection.execute(select(t.authorities).order_by(t.authorities.c.name))
    return [{"name": row.name, "kind": row.kind, "detail": json.loads(row.detail)} for row in rows]


def keys_list(office: Office, connection: Connection) -> list[Json]:
    """The dated opening keys, oldest first, and whether each one's seed is still here."""
    here = set(office.keys.epochs())
    rows = connection.execute(select(t.epochs).order_by(t.epochs.c.starts))
    return [
        {
            "epoch": row.epoch,
            "starts": row.starts,
            "ends": row.ends,
            "state": row.state,
            "seed_here": row.epoch in here,
        }
        for row in rows
    ]


def posts_list(connection: Connection) -> list[Json]:
    """This post and those known here, with fingerprint and the validity of the card."""
    rows = connection.execute(select(t.posts).order_by(t.posts.c.standing.desc(), t.posts.c.name))
    return [
        {
            "origin": row.origin,
            "name": row.name,
            "standing": row.standing,
            "serial": row.serial,
            "expires": open_card(row.card).expires.isoformat(),
            "fingerprint": row.fingerprint,
        }
        for row in rows
    ]


def post_named(connection: Connection, name: str) -> Row[Any]:
    """The row of a post by its origin or name; :class:`NotFound` for a stranger, and for two of a name."""
    query = select(t.posts).where((t.posts.c.origin == name.lower()) | (t.posts.c.name == name.upper()))
    found = connection.execute(query).all()
    if len(found) > 1:
        origins = ", ".join(sorted(row.origin for row in found))
        raise NotFound(f"{len(found)} posts are called {name}", mend=f"Name one of {origins}.")
    if not found:
        raise NotFound(f"no post {name!r} is known here", mend="`reftel posts list` lists those that are.")
    return found[0]


def gaps(connection: Connection) -> Json:
    """Bags that are missing inward, and bags of ours that nobody receipted though later ones were."""
    return {
        "missing": [{"from": peer, "serial": serial} for peer, serial in missing_bags(connection)],
        "unreceipted": [{"to": peer, "serial": serial} for peer, serial in unreceipted_bags(connection)],
    }


def refusals(connection: Connection) -> list[Json]:
    """What was refused, newest first."""
    columns = [column for column in t.refusals.c if column.name != "evidence"]
    rows = connection.execute(select(*columns).order_by(t.refusals.c.number.desc()))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name for it


def bags_out(connection: Connection) -> list[Json]:
    """Every bag that this post made up, and whether its receipt is here."""
    out = select(t.bags).where(t.bags.c.way == "out").order_by(t.bags.c.peer, t.bags.c.serial)
    return [
        {"to": row.peer, "serial": row.serial, "bag": row.bag, "cables": row.load, "state": row.state}
        for row in connection.execute(out)
    ]
