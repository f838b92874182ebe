"""The first office: all tables of the register, the cables and the copies."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_DDL = """
CREATE TABLE act_ids (
    act TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (act)) STRICT, WITHOUT ROWID;

CREATE TABLE acts (
    entry INTEGER NOT NULL,
    cable INTEGER NOT NULL,
    kind TEXT NOT NULL,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (entry)) STRICT;

CREATE INDEX acts_cable ON acts (cable, kind);

CREATE INDEX acts_kind ON acts (kind);

CREATE TABLE arrivals (
    peer TEXT NOT NULL,
    digest TEXT NOT NULL,
    serial INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    cable INTEGER NOT NULL,
    leaf INTEGER NOT NULL,
    precedence INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (peer, digest)) STRICT, WITHOUT ROWID;

CREATE INDEX arrivals_state ON arrivals (state, precedence DESC, entry, channel);

CREATE TABLE authorities (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (name)) STRICT;

CREATE TABLE bags (
    way TEXT NOT NULL,
    peer TEXT NOT NULL,
    serial INTEGER NOT NULL,
    bag TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    load INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    size INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (way, peer, serial)) STRICT;

CREATE INDEX bags_digest ON bags (digest);

CREATE INDEX bags_state ON bags (way, peer, state, size);

CREATE TABLE cables (
    cable INTEGER NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    mrn TEXT NOT NULL,
    origin TEXT NOT NULL,
    leaf INTEGER NOT NULL,
    incoming TEXT NOT NULL,
    marking TEXT NOT NULL,
    precedence INTEGER NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    dtg TEXT NOT NULL,
    drafter TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (cable)) STRICT;

CREATE INDEX cables_leaf ON cables (origin, leaf);

CREATE INDEX cables_state ON cables (direction, state);

CREATE TABLE checkpoints (
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size)) STRICT;

CREATE TABLE clearances (
    cable INTEGER NOT NULL,
    officer TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, officer)) STRICT;

CREATE TABLE copies (
    cable INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    run INTEGER NOT NULL,
    number TEXT NOT NULL,
    form TEXT NOT NULL,
    state TEXT NOT NULL,
    holder TEXT NOT NULL,
    return_by TEXT NOT NULL,
    return_to TEXT NOT NULL,
    opened TEXT NOT NULL,
    reason TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, seq)) STRICT;

CREATE INDEX copies_holder ON copies (holder, state);

CREATE TABLE cosignatures (
    peer TEXT NOT NULL,
    size INTEGER NOT NULL,
    line TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (peer, size)) STRICT;

CREATE TABLE decisions (
    decision INTEGER NOT NULL,
    cable INTEGER NOT NULL,
    version TEXT NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    replaced_by INTEGER NOT NULL,
    PRIMARY KEY (decision)) STRICT;

CREATE INDEX decisions_cable ON decisions (cable);

CREATE TABLE deliveries (
    cable INTEGER NOT NULL,
    peer TEXT NOT NULL,
    state TEXT NOT NULL,
    precedence INTEGER NOT NULL,
    serial INTEGER NOT NULL,
    channel TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, peer)) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_state ON deliveries (state, peer, precedence DESC, cable);

CREATE TABLE entries (
    entry INTEGER NOT NULL,
    record BLOB NOT NULL,
    salt BLOB NOT NULL,
    leaf BLOB NOT NULL,
    PRIMARY KEY (entry)) STRICT;

CREATE TABLE epochs (
    epoch TEXT NOT NULL,
    recipient TEXT NOT NULL,
    starts TEXT NOT NULL,
    ends TEXT NOT NULL,
    state TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (epoch)) STRICT;

CREATE TABLE identifiers (
    cable INTEGER NOT NULL,
    layer TEXT NOT NULL,
    n INTEGER NOT NULL,
    scheme TEXT NOT NULL,
    literal TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (cable, layer, n)) STRICT, WITHOUT ROWID;

CREATE INDEX identifiers_folded ON identifiers (folded);

CREATE TABLE links (
    cable INTEGER NOT NULL,
    relation TEXT NOT NULL,
    other INTEGER NOT NULL,
    detail TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, relation, other)) STRICT;

CREATE INDEX links_other ON links (other);

CREATE TABLE outbags (
    peer TEXT NOT NULL,
    serial INTEGER NOT NULL,
    bag TEXT NOT NULL,
    size INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    cables BLOB NOT NULL,
    PRIMARY KEY (peer, serial)) STRICT;

CREATE TABLE people (
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    clearance TEXT NOT NULL,
    captions TEXT NOT NULL,
    person_key TEXT NOT NULL,
    key_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (name)) STRICT;

CREATE TABLE posts (
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    serial INTEGER NOT NULL,
    card TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    standing TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (origin)) STRICT;

CREATE TABLE proofs (
    cable INTEGER NOT NULL,
    record BLOB NOT NULL,
    record_salt BLOB NOT NULL,
    path BLOB NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (cable)) STRICT;

CREATE TABLE refusals (
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    peer TEXT NOT NULL,
    bag TEXT NOT NULL,
    code TEXT NOT NULL,
    sentence TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (number)) STRICT;

CREATE TABLE rules (
    rule TEXT NOT NULL,
    off INTEGER NOT NULL,
    decision TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (rule)) STRICT;

CREATE TABLE sealed (
    peer TEXT NOT NULL,
    digest TEXT NOT NULL,
    envelope BLOB NOT NULL,
    path BLOB NOT NULL,
    PRIMARY KEY (peer, digest)) STRICT;

CREATE TABLE taskings (
    cable INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    literal TEXT NOT NULL,
    due TEXT NOT NULL,
    state TEXT NOT NULL,
    chased INTEGER NOT NULL,
    closed_by INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (cable, n)) STRICT;

CREATE INDEX taskings_state ON taskings (state);

CREATE TABLE texts (
    commitment TEXT NOT NULL,
    salt BLOB NOT NULL,
    text_key BLOB NOT NULL,
    sealed BLOB NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (commitment)) STRICT;

CREATE TABLE tiles (
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (tile)) STRICT;

CREATE TABLE views (
    origin TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    later TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (origin, size)) STRICT
"""


def upgrade() -> None:
    """Make the tables."""
    for statement in _DDL.split(";"):
        op.execute(statement)
