"""The audit: the whole register made again from its records, and everything that hangs on it compared.

Four parts, each in a module of its own: the tree and its checkpoints (``audit_tree``), every row of
every projected table (``audit_rows``), whether each act was rightly done (``audit_acts``), and what
lies beside the register (``audit_kept``, ``audit_passkeys``). All see one unchanging view of the
database. Entries are read in chunks and rows are let go once they are known to be right, so that
memory does not grow with the register.

A *failure* is something that cannot have come about by Reftel's own acts: somebody changed the
database, or used the post's keys past the rules. A *note* is something that the register itself
says and an auditor should know: a waived separation, an unaccounted copy, acts recorded for others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, TypeAlias

from sqlalchemy import Connection

from reftel.errors import ReftelError
from reftel.office import audit_kept as kept
from reftel.office.audit_acts import Conduct
from reftel.office.audit_passkeys import check_wrapped_keys
from reftel.office.audit_rows import Replay
from reftel.office.audit_tree import check_checkpoints, check_tree, chunks
from reftel.office.findings import Finding, Findings
from reftel.office.office import Office
from reftel.register.entries import Record, decode_record
from reftel.register.projections import project

Progress: TypeAlias = Callable[[str, int, int], None]
_CLOCK_SLACK = timedelta(minutes=1)  # what a clock that is kept right may be put back at a time
# What a record in a shape that its kind never had makes a projection or a check do.
_MISSHAPEN = (ReftelError, KeyError, TypeError, ValueError, IndexError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an audit found in the register of ``origin``.

    ``findings`` are failures, then notes, at most a thousand of each; ``failures`` and ``notes``
    count all. ``figures`` hold counts (entries, checkpoints, signatures, rows, texts, views), the
    group size (entries per checkpoint) and the seconds that each part took.
    """

    origin: str
    entries: int
    findings: tuple[Finding, ...]
    failures: int
    notes: int
    figures: dict[str, float]

    @property
    def clean(self) -> bool:
        """Whether nothing failed; notes do not count."""
        return self.failures == 0

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "origin": self.origin,
            "clean": self.clean,
            "entries": self.entries,
            "failures": self.failures,
            "notes": self.notes,
            "findings": [finding.as_json() for finding in self.findings],
            "figures": self.figures,
        }


def _silent(_part: str, _done: int, _total: int) -> None:
    """Show no progress."""


def audit(office: Office, progress: Progress = _silent) -> AuditReport:
    """Check the register of a post and everything that follows from it; nothing is written.

    ``progress`` is told the part, how much of it is done, and of how much. Damage is reported and
    does not raise; :class:`StoreDamaged` is raised only where the database cannot be read at all.
    """
    findings = Findings()
    figures: dict[str, float] = {}
    verifier = office.keys.signing.verifier
    with office.store.read() as connection:
        started = perf_counter()
        roots = check_tree(connection, findings, lambda done, total: progress("tree", done, total))
        figures["seconds_tree"] = perf_counter() - started
        started = perf_counter()
        checkpoints = check_checkpoints(
            connection, verifier, roots, findings, lambda done, total: progress("checkpoints", done, total)
        )
        figures["seconds_checkpoints"] = perf_counter() - started
        size = max(roots)
        records = _Records(office.origin, connection, roots, findings)
        records.replay(size, progress)
        figures |= records.figures()
        started = perf_counter()
        figures["views"] = kept.check_peers(connection, records.conduct.verifiers, findings)
        kept.check_proofs(connection, office.origin, findings)
        kept.check_sealed(connection, records.shared, findings)
        kept.check_outbags(connection, findings)
        kept.check_refusals(connection, records.conduct.verifiers, findings)
        kept.check_ledger(connection, findings)
        kept.check_sealed_copies(connection, findings)
        check_wrapped_keys(connection, findings)
        figures["seconds_kept"] = perf_counter() - started
    figures |= {"entries": size, "checkpoints": checkpoints}
    figures["entries_per_checkpoint"] = round(size / checkpoints, 1) if checkpoints else 0
    return AuditReport(
        origin=office.origin,
        entries=size,
        findings=(*findings.kept["failure"], *findings.kept["note"]),
        failures=findings.came["failure"],
        notes=findings.came["note"],
        figures={name: round(value, 3) for name, value in figures.items()},
    )


class _Records:
    """One walk over all records in order: each judged, and its rows made again."""

    def __init__(
        self, origin: str, connection: Connection, roots: dict[int, bytes], findings: Findings
    ) -> None:
        self.shared: dict[tuple[str, int], str] = {}
        self._connection = connection
        self._findings = findings
        self._texts = kept.Texts(connection, findings)
        self._replay = Replay(connection, findings)
        self.conduct = Conduct(origin, connection, self._replay, roots, findings)
        self._last: datetime | None = None
        self._seconds = {"seconds_replay": 0.0, "seconds_texts": 0.0, "seconds_signatures": 0.0}

    def figures(self) -> dict[str, float]:
        """What was counted and how long it took, texts and signatures apart."""
        counts = {
            "signatures": self.conduct.signatures,
            "texts": self._texts.opened,
            "rows": self._replay.rows,
        }
        return {**counts, **self._seconds}

    def replay(self, size: int, progress: Progress) -> None:
        """Go through the register's ``size`` entries."""
        for end, rows in chunks(self._connection, size):
            started = perf_counter()
            records = {row.entry: self._decoded(row.entry, row.record) for row in rows}
            readable = {entry: record for entry, record in records.items() if record is not None}
            decoded = perf_counter()
            unread = self._texts.open({entry: record.act for entry, record in readable.items()})
            opened, spent = perf_counter(), 0.0
            for entry, record in readable.items():
                spent += self._take(entry, record, unread=entry in unread)
            self._replay.settle()
            self._seconds["seconds_texts"] += opened - decoded
            self._seconds["seconds_signatures"] += spent
            self._seconds["seconds_replay"] += perf_counter() - opened + decoded - started - spent
            progress("replay", end, size)
        started = perf_counter()
        self._replay.finish()
        self._texts.finish()
        self.conduct.finish()
        self._seconds["seconds_replay"] += perf_counter() - started

    def _decoded(self, entry: int, data: bytes) -> Record | None:
        try:
            return decode_record(data)
        except ReftelError as error:
            self._findings.failure("record unreadable", f"entry {entry}: {error.sentence}", entry=entry)
            return None

    def _look_at_clock(self, entry: int, at: datetime) -> None:
        """Note where the machine's clock was set back: what follows may be dated before it was done."""
        if self._last is not None and at < self._last - _CLOCK_SLACK:
            minutes = (self._last - at) // timedelta(minutes=1)
            sentence = f"the clock of entry {entry} is {minutes} minutes before that of the entry before it"
            self._findings.note("clock set back", sentence, entry=entry)
        self._last = at

    def _take(self, entry: int, record: Record, *, unread: bool) -> float:
        """Judge one record and make its rows; returns the seconds that signatures took."""
        act, spent = record.act, 0.0
        self._look_at_clock(entry, record.at)
        try:
            started = perf_counter()
            self.conduct.verify(entry, record)
            spent = perf_counter() - started
            self.conduct.judge(entry, record, self._texts.cable)
            if act["kind"] == "arrived" and "shared" in act:
                self.shared[act["from"], act["serial"]] = act["shared"]
            self._replay.take(entry, project(entry, record, self._texts.cable))
        except _MISSHAPEN as error:
            said = (
                error.sentence if isinstance(error, ReftelError) else f"it lacks what a {record.kind!r} has"
            )
            self._findings.failure(
                "record unreadable", f"entry {entry} cannot be replayed: {said}", entry=entry
            )
        if unread:
            self._replay.excuse(act.get("on", entry))
        return spent
