"""The audit's fourth part: what lies beside the register and follows from no record alone.

Texts under their commitments, peers' checkpoints and cosignatures, the proofs of received cables,
sealed cables and bags that wait, the ledger of copies. Rows of projected tables are read here as
they stand: where they were tampered with, the replay says so.

The list of refusals is bounded and mostly about strangers, and the register speaks only of one a
day for each known post (WIRE): that one is compared, and every checkpoint kept as evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select

from reftel.cable.internet import reread
from reftel.cable.model import Cable
from reftel.cipher.commitment import record_leaf, verify_text
from reftel.cipher.note import PostVerifier
from reftel.cipher.vault import open_text
from reftel.errors import ReftelError
from reftel.office.arrivals import MAX_REFUSALS
from reftel.office.eyes_only import is_sealed_to
from reftel.office.findings import Findings
from reftel.register.checkpoint import open_checkpoint, read_head, verify_cosignature
from reftel.register.entries import Json, b64, decode_json, decode_record, unb64
from reftel.register.merkle import HASH_SIZE, leaf_hash, verify_consistency, verify_inclusion
from reftel.store import tables as t

_COMMITTED = {"text": "cable", "scan": "scan", "slip": "docket"}
_SEALED = ("arrived", "held", "refused", "joined")


class Texts:
    """The texts behind the records' commitments, opened and checked a chunk of records at a time."""

    def __init__(self, connection: Connection, findings: Findings) -> None:
        self.opened = 0
        self._connection = connection
        self._findings = findings
        self._cables: dict[str, Cable | None] = {}
        self._seen: set[bytes] = set()
        self._blank: dict[str, int] = {}
        self._destroyed: dict[str, int] = {}

    def open(self, acts: Mapping[int, Json]) -> set[int]:
        """Open what these acts commit to; returns the entries whose text cannot be read and should be."""
        entries: dict[str, int] = {}
        labels: dict[str, str] = {}
        wanted: set[str] = set()
        for entry, act in acts.items():
            for name, label in _COMMITTED.items():
                if name in act:
                    entries.setdefault(act[name], entry)
                    labels[act[name]] = label
            if act["kind"] == "released":
                wanted.add(act["version"])
            if act["kind"] in {"text destroyed", "shed"}:
                self._destroyed.update(dict.fromkeys(act["texts"], entry))
        query = select(t.texts).where(t.texts.c.commitment.in_([*entries, *(wanted - entries.keys())]))
        rows = {row.commitment: row for row in self._connection.execute(query)}
        self._cables = {}
        bad = set()
        for commitment, entry in entries.items():
            row = rows.get(commitment)
            if row is None:
                sentence = f"the text that entry {entry} committed to is missing"
                self._findings.failure("text missing", sentence, entry=entry, table="texts", key=commitment)
                bad.add(entry)
            elif not self._take(row, entry, labels[commitment]):
                bad.add(entry)
            self._seen.add(unb64(commitment, HASH_SIZE))
        for commitment in wanted - entries.keys():
            if commitment in rows and rows[commitment].text_key:
                self._cables[commitment] = _draft(rows[commitment])
        return bad

    def cable(self, commitment: str) -> Cable | None:
        """The cable behind a commitment of the chunk; ``None`` when it is gone or cannot be read."""
        return self._cables.get(commitment)

    def _take(self, row: Row[Any], entry: int, label: str) -> bool:
        where = {"table": "texts", "key": row.commitment}
        if row.label != label:
            sentence = f"the text of entry {entry} is labelled as something else"
            self._findings.failure("row edited", sentence, entry=entry, column="label", **where)
        if not row.text_key:
            self._blank[row.commitment] = entry
            return True
        try:
            data = open_text(row.text_key, row.sealed)
            verify_text(unb64(row.commitment, HASH_SIZE), row.salt, data)
            self.opened += 1
            self._cables[row.commitment] = None if label == "scan" else reread(data)
        except ReftelError:
            sentence = f"the text of entry {entry} is not the one that the entry committed to"
            self._findings.failure("text changed", sentence, entry=entry, **where)
            return False
        return True

    def finish(self) -> None:
        """Compare what is gone with what the register says was destroyed; name texts of no record."""
        columns = t.texts.c.commitment, func.length(t.texts.c.sealed), func.length(t.texts.c.salt)
        for commitment, entry in self._blank.items():
            if commitment not in self._destroyed:
                sentence = f"the text of entry {entry} is gone, and no entry says that it was destroyed"
                self._findings.failure(
                    "text missing", sentence, entry=entry, table="texts", key=commitment, column="text_key"
                )
        for commitment, sealed, salt in self._connection.execute(
            select(*columns).where(t.texts.c.text_key == b"")
        ):
            if sealed or salt:
                sentence = "a destroyed text has left something behind"
                self._findings.failure("row edited", sentence, table="texts", key=commitment)
        for commitment, entry in self._destroyed.items():
            if commitment not in self._blank:
                sentence = f"entry {entry} destroyed a text that is still there"
                self._findings.failure(
                    "text not destroyed", sentence, entry=entry, table="texts", key=commitment
                )
        count = self._connection.execute(select(func.count()).select_from(t.texts)).scalar_one()
        if count > len(self._seen):
            for commitment in self._connection.execute(select(t.texts.c.commitment)).scalars():
                if not _known(commitment, self._seen):
                    sentence = "no entry commits to a text that lies in the database"
                    self._findings.failure("row added", sentence, table="texts", key=commitment)


def _draft(row: Row[Any]) -> Cable | None:
    """A draft that an earlier chunk has checked; one that was changed was named there."""
    try:
        return reread(open_text(row.text_key, row.sealed))
    except ReftelError:
        return None


def _known(commitment: str, seen: set[bytes]) -> bool:
    try:
        return unb64(commitment, HASH_SIZE) in seen
    except ReftelError:
        return False


def check_peers(connection: Connection, verifiers: Mapping[str, PostVerifier], findings: Findings) -> int:
    """Check what is kept of peers: their checkpoints, that each continues another, their cosignatures.

    Returns how many checkpoints of peers there are.
    """
    roots: dict[tuple[str, int], bytes] = {}
    views = select(t.views).order_by(t.views.c.origin, t.views.c.size)
    for row in connection.execute(views):
        where = {"table": "views", "key": f"{row.origin}, {row.size}"}
        try:
            checkpoint = open_checkpoint(row.note, verifiers[row.origin])
        except (ReftelError, KeyError):
            sentence = f"the checkpoint of {row.origin} over {row.size} entries is not signed by that post"
            findings.failure("view changed", sentence, entry=row.entry, **where)
            continue
        roots[row.origin, row.size] = checkpoint.root
        if checkpoint.size != row.size:
            sentence = f"the checkpoint of {row.origin} over {row.size} entries is of another size"
            findings.failure("view changed", sentence, entry=row.entry, **where)
        for old in _not_continued(row, roots, checkpoint.root):
            sentence = f"{row.origin} signed {row.size} entries that do not continue the {old} seen before"
            findings.failure("views conflict", sentence, entry=row.entry, **where)
    for row in connection.execute(select(t.cosignatures)):
        note = connection.execute(
            select(t.checkpoints.c.note).where(t.checkpoints.c.size == row.size)
        ).scalar()
        try:
            verify_cosignature(note or "", row.line, verifiers[row.peer])
        except (ReftelError, KeyError):
            sentence = f"{row.peer} cosigned another register of {row.size} entries than this one"
            key = f"{row.peer}, {row.size}"
            findings.failure("cosignature", sentence, entry=row.entry, table="cosignatures", key=key)
    return len(roots)


def _not_continued(row: Row[Any], roots: Mapping[tuple[str, int], bytes], root: bytes) -> list[int]:
    """The sizes, among those that were seen and proved, that this checkpoint does not continue."""
    wrong = []
    try:
        paths = {old: unb64(path) for old, path in decode_json(row.later.encode())["paths"]}
    except (ReftelError, KeyError, TypeError, ValueError):
        return [0]
    for old, path in paths.items():
        before = roots.get((row.origin, old))
        if before is None:
            continue
        try:
            verify_consistency(old, row.size, before, root, _hashes(path))
        except ReftelError:
            wrong.append(old)
    return wrong


def check_proofs(connection: Connection, origin: str, findings: Findings) -> None:
    """Lead every received cable from the sender's record to the checkpoint that the sender signed."""
    c, p = t.cables.c, t.proofs.c
    query = (
        select(c.cable, c.origin, c.leaf, c.version, p.record, p.record_salt, p.path, p.size)
        .join_from(t.cables, t.proofs, p.cable == c.cable, isouter=True)
        .where(c.direction == "in")
        .execution_options(yield_per=500)
    )
    roots: dict[tuple[str, int], bytes] = {}
    for row in connection.execute(query):
        try:
            _check_proof(connection, row, origin, roots)
        except (ReftelError, KeyError, TypeError):
            sentence = f"cable {row.cable} is not proved to stand in the register of {row.origin}"
            findings.failure("proof", sentence, entry=row.cable, table="proofs", key=str(row.cable))
    received = select(c.cable).where(c.cable == p.cable, c.direction == "in").exists()
    for cable in connection.execute(select(p.cable).where(~received)).scalars():
        sentence = f"there is a proof for {cable}, which is no received cable"
        findings.failure("row added", sentence, table="proofs", key=str(cable))


def _check_proof(connection: Connection, row: Any, origin: str, roots: dict[tuple[str, int], bytes]) -> None:
    if (row.origin, row.size) not in roots:
        query = select(t.views.c.note).where(t.views.c.origin == row.origin, t.views.c.size == row.size)
        roots[row.origin, row.size] = read_head(connection.execute(query).scalar() or "").root
    leaf = leaf_hash(record_leaf(row.record_salt, row.record))
    verify_inclusion(leaf, row.leaf, row.size, _hashes(row.path), roots[row.origin, row.size])
    act = decode_record(row.record).act
    said = act["kind"], act["post"], act["text"], origin in act["to"]
    if said != ("released", row.origin, row.version, True):
        raise KeyError


def check_sealed(connection: Connection, shared: Mapping[tuple[str, int], str], findings: Findings) -> None:
    """Check the sealed cables that came and are not deciphered.

    ``shared`` is, by peer and serial of the bag, the digest of the part of the proofs that the bag
    brought once for all its cables.
    """
    a, s = t.arrivals.c, t.sealed.c
    query = (
        select(a.peer, a.digest, a.serial, a.channel, a.entry, s.envelope, s.path)
        .join_from(t.arrivals, t.sealed, (s.peer == a.peer) & (s.digest == a.digest), isouter=True)
        .where(a.state.in_(_SEALED))
        .execution_options(yield_per=100)
    )
    for row in connection.execute(query):
        if row.envelope is not None and _digest(row.envelope) == row.digest:
            path = _digest(row.path) if row.path else ""
            if path == shared.get((row.peer, row.serial), ""):
                continue
        sentence = f"the sealed cable {row.channel} of {row.peer} is missing, or not as it arrived"
        key = f"{row.peer}, {row.digest}"
        findings.failure("sealed cable", sentence, entry=row.entry, table="sealed", key=key)
    waits = select(a.digest).where(a.peer == s.peer, a.digest == s.digest, a.state.in_(_SEALED)).exists()
    for peer, digest in connection.execute(select(s.peer, s.digest).where(~waits)):
        sentence = f"a sealed cable of {peer} is kept that waits for nothing"
        findings.failure("row added", sentence, table="sealed", key=f"{peer}, {digest}")


def check_outbags(connection: Connection, findings: Findings) -> None:
    """Check the bags that went and are not receipted: they are kept to be carried once more."""
    b, o = t.bags.c, t.outbags.c
    joined = select(b.peer, b.serial, b.bag, b.digest, b.size, b.state, b.entry, o.bag.label("kept"))
    query = joined.add_columns(o.manifest, o.cables, o.size.label("kept_size"), t.entries.c.record)
    query = query.join_from(
        t.bags, t.outbags, (o.peer == b.peer) & (o.serial == b.serial), isouter=True
    ).join(t.entries, t.entries.c.entry == b.entry)
    unreceipted = (b.way == "out") & b.state.in_(("bagged", "dispatched"))
    for row in connection.execute(query.where(unreceipted).execution_options(yield_per=10)):
        if row.state == "bagged" and row.kept is None:
            continue
        right = row.kept == row.bag
        if right and row.state == "dispatched":
            act = decode_record(row.record).act
            kept = _digest(row.manifest), _digest(row.cables), row.kept_size
            right = kept == (row.digest, act["cables"], row.size)
        if not right:
            sentence = f"bag {row.serial} for {row.peer}, not receipted yet, is not kept as it went"
            key = f"{row.peer}, {row.serial}"
            findings.failure("kept bag", sentence, entry=row.entry, table="outbags", key=key)
    waits = select(b.serial).where(unreceipted, b.peer == o.peer, b.serial == o.serial).exists()
    for peer, serial in connection.execute(select(o.peer, o.serial).where(~waits)):
        sentence = f"a bag {serial} for {peer} is kept that waits for no receipt"
        findings.failure("row added", sentence, table="outbags", key=f"{peer}, {serial}")


def check_refusals(connection: Connection, verifiers: Mapping[str, PostVerifier], findings: Findings) -> None:
    """Check the list of refusals as far as anything vouches for it: the register, and peers' signatures."""
    rows = {row.number: row for row in connection.execute(select(t.refusals))}
    for row in rows.values():
        try:
            if row.evidence:
                open_checkpoint(row.evidence, verifiers[row.peer])
        except (ReftelError, KeyError):
            sentence = f"the evidence kept with refusal {row.number} is not signed by the post it names"
            findings.failure("row edited", sentence, table="refusals", key=str(row.number), column="evidence")
    bounded = sum(1 for row in rows.values() if row.evidence) >= MAX_REFUSALS
    again = {(row.peer, row.bag, row.code) for row in rows.values()}
    refused = (
        select(t.entries).join(t.acts, t.acts.c.entry == t.entries.c.entry).where(t.acts.c.kind == "refused")
    )
    for entered in connection.execute(refused):
        act = decode_record(entered.record).act
        listed = rows.get(act["number"])
        if listed is None and ((act["who"], act["bag"], act["code"]) in again or bounded):
            continue
        said = (act["who"], act["bag"], act["code"], act["sentence"])
        if listed is None or said != (listed.peer, listed.bag, listed.code, listed.sentence):
            sentence = (
                f"the refusal that entry {entered.entry} speaks of is missing from the list, or was changed"
            )
            findings.failure(
                "row edited", sentence, entry=entered.entry, table="refusals", key=str(act["number"])
            )


def check_ledger(connection: Connection, findings: Findings) -> None:
    """Balance the copies of every cable, and note those that nobody can account for."""
    c = t.copies.c
    sums = select(c.cable, func.count().label("held"), func.max(c.seq).label("printed")).group_by(c.cable)
    for row in connection.execute(sums.having(func.count() != func.max(c.seq))):
        sentence = f"of cable {row.cable}, {row.printed} copies were printed and {row.held} are accounted for"
        findings.failure("ledger", sentence, table="copies", key=str(row.cable))
    twice = select(c.cable, c.number).where(c.number != "").group_by(c.cable, c.number)
    for row in connection.execute(twice.having(func.count() > 1)):
        sentence = f"two copies of cable {row.cable} bear the number {row.number}"
        findings.failure("ledger", sentence, table="copies", key=str(row.cable))
    for row in connection.execute(select(t.copies).where(c.state == "unaccounted")):
        which = f"copy {row.number or row.seq} of cable {row.cable}"
        sentence = f"{which} is unaccounted for: {row.reason}"
        findings.note("unaccounted", sentence, entry=row.entry, table="copies", key=f"{row.cable}, {row.seq}")


def check_sealed_copies(connection: Connection, findings: Findings) -> None:
    """Hold the sealed files of copies against the ledger: one for each that is out, to one reader's key."""
    c, s = t.copies.c, t.sealed_copies.c
    out = (c.state == "issued") & (c.sealed_to != "")
    same = (c.cable == s.cable) & (c.seq == s.seq)
    query = select(c.cable, c.seq, c.entry, s.sealed).join_from(t.copies, t.sealed_copies, same, isouter=True)
    for row in connection.execute(query.where(out).execution_options(yield_per=100)):
        if row.sealed is None or not is_sealed_to(row.sealed, 1):
            sentence = (
                f"copy {row.seq} of cable {row.cable} is out sealed, and its file is missing or another"
            )
            key = f"{row.cable}, {row.seq}"
            findings.failure("sealed copy", sentence, entry=row.entry, table="sealed_copies", key=key)
    for cable, seq in connection.execute(
        select(s.cable, s.seq).where(~select(c.cable).where(same, out).exists())
    ):
        sentence = f"a sealed file is kept for copy {seq} of cable {cable}, which is not out sealed"
        findings.failure("row added", sentence, table="sealed_copies", key=f"{cable}, {seq}")


def _digest(blob: bytes) -> str:
    return b64(hashlib.sha256(blob).digest())


def _hashes(path: bytes) -> list[bytes]:
    return [path[at : at + HASH_SIZE] for at in range(0, len(path), HASH_SIZE)]
