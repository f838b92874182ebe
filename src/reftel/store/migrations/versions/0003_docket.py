"""The docket; every move of a copy and every receipt, for which the records of an older post are read."""

from __future__ import annotations

import json
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

revision = "0003"
down_revision = "0002"

_DDL = """
CREATE TABLE copy_moves (
    cable INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    move TEXT NOT NULL,
    who TEXT NOT NULL,
    sealed_to TEXT NOT NULL,
    PRIMARY KEY (cable, entry, seq)) WITHOUT ROWID, STRICT;

CREATE INDEX copy_moves_who ON copy_moves (who, cable) WHERE who <> '';

CREATE TABLE receipts (
    cable INTEGER NOT NULL,
    peer TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, peer, entry)) WITHOUT ROWID, STRICT;

CREATE INDEX receipts_peer ON receipts (peer, cable);

CREATE TABLE docket (
    cable INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    n INTEGER NOT NULL,
    item TEXT NOT NULL,
    same TEXT NOT NULL,
    origin TEXT NOT NULL,
    kind TEXT NOT NULL,
    talks TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    standing TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (cable, entry, n)) WITHOUT ROWID, STRICT;

CREATE INDEX docket_entry ON docket (entry);

CREATE INDEX docket_item ON docket (item);

CREATE INDEX docket_kind ON docket (kind, talks, entry);

CREATE INDEX docket_same ON docket (same) WHERE same <> '';

CREATE TABLE docket_issues (
    cable INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    n INTEGER NOT NULL,
    issue TEXT NOT NULL,
    talks TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (cable, entry, n, issue)) WITHOUT ROWID, STRICT;

CREATE INDEX docket_issues_issue ON docket_issues (talks, issue, kind, entry);

CREATE TABLE docket_refs (
    cable INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    n INTEGER NOT NULL,
    relation TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (cable, entry, n, relation)) WITHOUT ROWID, STRICT;

CREATE INDEX docket_refs_target ON docket_refs (target);

CREATE INDEX acts_who ON acts (who, cable, kind) WHERE who <> ''
"""
_MOVING = ("issued", "opened", "passed", "returned", "destroyed", "lost", "found", "inventoried")
_RECORDS = text(
    "SELECT a.entry, e.record FROM acts a JOIN entries e ON e.entry = a.entry"
    " WHERE a.kind = :kind ORDER BY a.entry"
)
_MOVE = text(
    "INSERT INTO copy_moves (cable, entry, seq, move, who, sealed_to)"
    " VALUES (:cable, :entry, :seq, :move, :who, :sealed_to)"
)
_RECEIPT = text("INSERT INTO receipts (peer, cable, entry) VALUES (:peer, :cable, :entry)")


def upgrade() -> None:
    """Make the tables, and write into them what the register says already."""
    for statement in _DDL.split(";"):
        op.execute(statement)
    connection = op.get_bind()
    for kind in ("printed", *_MOVING):
        for entry, record in connection.execute(_RECORDS, {"kind": kind}).all():
            _moves(connection, entry, json.loads(record)["act"])
    for entry, record in connection.execute(_RECORDS, {"kind": "receipted"}).all():
        act = json.loads(record)["act"]
        for cable, _ in act["items"]:
            connection.execute(_RECEIPT, {"peer": act["from"], "cable": cable, "entry": entry})


def _moves(connection: Connection, entry: int, act: dict[str, Any]) -> None:
    if act["kind"] == "printed":
        listed = [copy for copy in act["copies"] if copy[2] == "list"]
        moves = [(act["on"], seq, "list", {"holder": holder}) for seq, _, _, holder, _ in listed]
    else:
        moves = [(cable, seq, move, values) for cable, seq, _, move, values in act["copies"]]
    for cable, seq, move, values in moves:
        who = act.get("who", "") if move == "open" else values.get("holder", "")
        row = {"cable": cable, "entry": entry, "seq": seq, "move": move, "who": who}
        connection.execute(_MOVE, {**row, "sealed_to": values.get("sealed_to", "")})
