"""The web office: passkeys, readers' keys and sealed copies; sessions, waiting acts, papers and jobs."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

_DDL = """
CREATE TABLE counters (
    credential TEXT NOT NULL,
    counter INTEGER NOT NULL,
    back TEXT NOT NULL,
    PRIMARY KEY (credential)) STRICT;

CREATE TABLE invitations (
    person TEXT NOT NULL,
    digest TEXT NOT NULL,
    until TEXT NOT NULL,
    state TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (person)) STRICT;

CREATE TABLE jobs (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    answer TEXT NOT NULL,
    made TEXT NOT NULL,
    changed TEXT NOT NULL,
    PRIMARY KEY (id)) STRICT;

CREATE INDEX jobs_person ON jobs (person);

CREATE TABLE papers (
    id TEXT NOT NULL,
    person TEXT NOT NULL,
    cable INTEGER NOT NULL,
    sheet TEXT NOT NULL,
    saved TEXT NOT NULL,
    tab TEXT NOT NULL,
    turn INTEGER NOT NULL,
    PRIMARY KEY (id)) STRICT;

CREATE INDEX papers_person ON papers (person);

CREATE TABLE passkeys (
    credential TEXT NOT NULL,
    person TEXT NOT NULL,
    key_id TEXT NOT NULL,
    public TEXT NOT NULL,
    rp_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    label TEXT NOT NULL,
    wrapped TEXT NOT NULL,
    state TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (credential)) STRICT;

CREATE INDEX passkeys_person ON passkeys (person);

CREATE TABLE readers (
    origin TEXT NOT NULL,
    person TEXT NOT NULL,
    recipient TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    standing TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (origin, person)) STRICT;

CREATE TABLE sealed_copies (
    cable INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (cable, seq)) STRICT;

CREATE TABLE sessions (
    token TEXT NOT NULL,
    person TEXT NOT NULL,
    credential TEXT NOT NULL,
    made TEXT NOT NULL,
    seen TEXT NOT NULL,
    ends TEXT NOT NULL,
    roles TEXT NOT NULL,
    roles_end TEXT NOT NULL,
    agent TEXT NOT NULL,
    PRIMARY KEY (token)) STRICT;

CREATE INDEX sessions_person ON sessions (person);

CREATE TABLE waiting_acts (
    id TEXT NOT NULL,
    door TEXT NOT NULL,
    arguments TEXT NOT NULL,
    person TEXT NOT NULL,
    made TEXT NOT NULL,
    seen TEXT NOT NULL,
    seed BLOB NOT NULL,
    acts TEXT NOT NULL,
    words TEXT NOT NULL,
    signers TEXT NOT NULL,
    signatures TEXT NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    entry INTEGER NOT NULL,
    ends TEXT NOT NULL,
    PRIMARY KEY (id)) STRICT;

CREATE INDEX waiting_acts_state ON waiting_acts (state);

CREATE TABLE wrapped (
    credential TEXT NOT NULL,
    person TEXT NOT NULL,
    file BLOB NOT NULL,
    PRIMARY KEY (credential)) STRICT;

ALTER TABLE copies ADD COLUMN purpose TEXT NOT NULL DEFAULT '';

ALTER TABLE copies ADD COLUMN sealed_to TEXT NOT NULL DEFAULT '';

DROP INDEX copies_holder;

CREATE INDEX copies_holder ON copies (holder, state, cable, seq, opened, purpose, return_by);

CREATE INDEX copies_due ON copies (state, return_by, cable, seq);

DROP INDEX identifiers_folded;

CREATE INDEX identifiers_folded ON identifiers (folded, scheme);

DROP INDEX cables_state;

CREATE INDEX cables_state ON cables (direction, state, precedence DESC, cable);

CREATE INDEX cables_drafter ON cables (drafter, leaf);

CREATE INDEX clearances_officer ON clearances (officer, state);

DROP INDEX arrivals_state;

CREATE INDEX arrivals_state ON arrivals (state, precedence DESC, entry, channel, serial);

DROP INDEX taskings_state;

CREATE INDEX taskings_state ON taskings (state, cable, n)
"""


def upgrade() -> None:
    """Make the tables, and the columns that say to whom a copy is sealed."""
    for statement in _DDL.split(";"):
        op.execute(statement)
