"""The audit's look at wrapped keys: each is there, as it was when its passkey was enrolled, and no other is.

The office can open none of them. What it can say is that nobody exchanged one for another, by
which a reader would be made to unwrap somebody else's key.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from sqlalchemy import Connection, select

from reftel.errors import ReftelError
from reftel.office.findings import Findings
from reftel.office.passkeys import recovery_name
from reftel.register.entries import b64, decode_record
from reftel.store import tables as t


def check_wrapped_keys(connection: Connection, findings: Findings) -> None:
    """Hold every wrapped key and recovery file against the digest that the register has of it."""
    wanted = _recoveries(connection)
    p = t.passkeys.c
    for row in connection.execute(
        select(p.credential, p.person, p.wrapped, p.entry).where(p.state != "revoked")
    ):
        wanted[row.credential] = (row.person, row.wrapped, row.entry)
    kept = {row.credential: row.file for row in connection.execute(select(t.wrapped))}
    for name, (person, digest, entry) in wanted.items():
        file = kept.get(name)
        if file is None or b64(hashlib.sha256(file).digest()) != digest:
            sentence = f"a wrapped key of {person} is missing, or not the one that was handed in"
            findings.failure("wrapped key", sentence, entry=entry, table="wrapped", key=name)
    for name in kept.keys() - wanted.keys():
        sentence = "a wrapped key is kept that belongs to no passkey"
        findings.failure("row added", sentence, table="wrapped", key=name)


def _recoveries(connection: Connection) -> dict[str, tuple[str, str, int]]:
    """The last recovery file of each person: whose, its digest, and the entry that speaks of it."""
    found = {}
    query = select(t.entries).join(t.acts, t.acts.c.entry == t.entries.c.entry)
    kept = query.where(t.acts.c.kind == "recovery kept").order_by(t.entries.c.entry)
    for row in connection.execute(kept):
        # A record that cannot be read is named where the register is replayed.
        with suppress(ReftelError, KeyError):
            act = decode_record(row.record).act
            found[recovery_name(act["person"])] = (act["person"], act["wrapped"], row.entry)
    return found
