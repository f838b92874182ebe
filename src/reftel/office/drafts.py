"""One draft as those look at it who clear, adopt and release it: its texts, who agreed to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.cable import internet, sheet
from reftel.cable.lifecycle import allowed
from reftel.cable.model import Cable
from reftel.errors import BadValue
from reftel.office.clearance import split_marking
from reftel.office.desk import cable_text, handling
from reftel.office.differences import Change, word_changes
from reftel.office.office import find_cable, outgoing
from reftel.office.view import decisions
from reftel.register.entries import Json, Record, clock_text
from reftel.register.log import find_text
from reftel.store import tables as t

_AGREED = ("cleared", "adopted")
_WROTE = ("drafted", "edited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one officer who was asked has answered: ``waits``, ``given``, or ``earlier`` to an earlier text.

    ``at`` is the register's time of asking or answering, ``by`` who asked.
    """

    officer: str
    state: str
    at: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of a draft: its fingerprint, who wrote it, and who agreed to it."""

    version: str
    by: str
    at: str
    entry: int
    agreed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A draft as it stands.

    ``changes`` is what became of the text ``since`` which somebody agreed to; ``None`` where nobody
    did, where nothing changed, or where too much did (``too_many``). ``moves`` are the acts that its
    state allows.
    """

    cable: int
    state: str
    version: str
    classification: str
    captions: list[str]
    text: Cable | None
    answers: tuple[Answer, ...]
    decisions: tuple[Json, ...]
    versions: tuple[Version, ...]
    since: Version | None
    changes: list[Change] | None
    too_many: bool
    moves: tuple[str, ...]
    released: bool


def draft_view(connection: Connection, entry: int, reader: str) -> DraftView:
    """A draft for ``reader``: changes are since the reader's own agreement, else since anybody's."""
    row = outgoing(find_cable(connection, entry))
    acts = handling(connection, entry)
    found = cable_text(connection, row)
    classification, captions = split_marking(row.marking)
    versions = tuple(_versions(acts))
    since = _since(versions, row.version, reader)
    changes, too_many = _changes(connection, since, found)
    return DraftView(
        cable=entry,
        state=row.state,
        version=row.version,
        classification=classification,
        captions=captions,
        text=None if found is None else found[0],
        answers=tuple(_answers(connection, row, acts)),
        decisions=tuple(decisions(connection, entry)),
        versions=versions,
        since=since,
        changes=changes,
        too_many=too_many,
        moves=allowed("outgoing", row.state),
        released=row.leaf >= 0,
    )


def _answers(connection: Connection, row: Row[Any], acts: Sequence[tuple[int, Record]]) -> Iterator[Answer]:
    c = t.clearances.c
    rows = connection.execute(select(t.clearances).where(c.cable == row.cable).order_by(c.officer))
    for asked in rows:
        given = asked.state == "given"
        state = "waits" if not given else "given" if asked.version == row.version else "earlier"
        asking = [r for _, r in acts if r.kind == "clearance asked" and r.act["officer"] == asked.officer]
        answering = [r for _, r in acts if r.kind == "cleared" and r.act["who"] == asked.officer]
        last = answering[-1] if given and answering else asking[-1]
        yield Answer(
            officer=asked.officer, state=state, at=clock_text(last.at), by=str(asking[-1].act["who"])
        )


def _versions(acts: Sequence[tuple[int, Record]]) -> Iterator[Version]:
    """Every text that the draft had, the first first."""
    agreed: dict[str, list[str]] = {}
    for _, entered in acts:
        if entered.kind in _AGREED:
            agreed.setdefault(entered.act["version"], []).append(entered.act["who"])
    for entry, entered in acts:
        if entered.kind in _WROTE:
            version = entered.act["text"]
            yield Version(
                version=version,
                by=str(entered.act["who"]),
                at=clock_text(entered.at),
                entry=entry,
                agreed=tuple(dict.fromkeys(agreed.get(version, ()))),
            )


def _since(versions: Sequence[Version], current: str, reader: str) -> Version | None:
    """The last earlier text to which the reader agreed, else anybody, else none."""
    earlier = [v for v in versions if v.version != current and v.agreed]
    own = [v for v in earlier if reader in v.agreed] or earlier
    return own[-1] if own else None


def _changes(
    connection: Connection, since: Version | None, found: tuple[Cable, bytes] | None
) -> tuple[list[Change] | None, bool]:
    old = None if since is None or found is None else find_text(connection, since.version)
    if old is None or found is None:
        return None, False
    try:
        before, after = sheet.render(internet.reread(old.data)), sheet.render(found[0])
    except BadValue:  # what came by mail may be more than a sheet can say
        return None, True
    changes = word_changes(before, after)
    return changes, changes is None
