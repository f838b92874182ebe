"""Papers: sheets that somebody is still writing, kept so that a closed window loses nothing.

Nobody has signed them and the register does not speak of them. Only who writes a paper sees it. It
goes when its sheet is entered as a draft or put in place of one, by the same transaction; when the
text of the cable that it rewrites is destroyed; when its writer throws it away or leaves the post.

One paper may be open in two windows (*tabs*). What a tab sends is numbered in *turns*, so that what
comes late never takes the place of what came after it; and what another tab wrote meanwhile is never
written over: both are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import BLOB, Connection, Row, cast, delete, func, insert, select, update

from reftel.cable import sheet
from reftel.cable.model import Cable
from reftel.cable.sheet_grammar import MOST_OCTETS
from reftel.cable.tidy import read_typed
from reftel.cipher.tokens import new_nonce
from reftel.errors import BadValue, NotAllowed, NotFound, StaleAct, TooLarge
from reftel.office import desk
from reftel.office.office import Hand, Office, find_cable
from reftel.register.entries import clock_text
from reftel.store import tables as t

MOST_PAPERS = 50
MOST_IN_ALL = 8 * MOST_OCTETS
_HEAD = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One sheet at work: ``cable`` is the draft that it rewrites, or -1 for a new one.

    ``digest`` names the sheet's text; ``saved`` is when it was last written.
    """

    id: str
    cable: int
    sheet: str
    saved: str

    @property
    def digest(self) -> str:
        """What names this text among others."""
        return text_digest(self.sheet)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one tab sends: which tab, its how manyeth time, and the digest of the text that it began from."""

    tab: str
    number: int
    began: str


def text_digest(text: str) -> str:
    """The first 128 bits of SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def save(office: Office, person: str, turn: Turn, text: str, *, paper: str = "", cable: int = -1) -> Paper:
    """Keep a sheet as it now stands, whether it can be read or not; returns the paper that holds it.

    That is another than ``paper`` when a second tab has written in that one since this tab began: then
    both are kept. Raises :class:`TooLarge` for a text of more than 1 MiB, :class:`NotAllowed` when
    the person keeps too many, :class:`NotFound` for a paper that is gone or somebody else's.
    """
    _check_size(text)
    now = clock_text(office.now())
    values = {"sheet": text, "saved": now, "tab": turn.tab, "turn": turn.number}
    with office.store.write() as connection:
        known = _row(connection, person, paper) if paper else _of_tab(connection, person, turn.tab)
        if known is not None:
            if known.tab == turn.tab and known.turn >= turn.number:
                return _paper(known)
            if known.tab == turn.tab or known.sheet == text or text_digest(known.sheet) == turn.began:
                _check_room(connection, person, text, known.id)
                connection.execute(update(t.papers).where(t.papers.c.id == known.id).values(values))
                return Paper(id=known.id, cable=known.cable, sheet=text, saved=now)
            cable = known.cable
        _check_room(connection, person, text)
        name = new_nonce()
        row = {"id": name, "person": person, "cable": cable, **values}
        connection.execute(insert(t.papers).values(row))
    return Paper(id=name, cable=cable, sheet=text, saved=now)


def _of_tab(connection: Connection, person: str, tab: str) -> Row[Any] | None:
    """The paper that a tab began, when its answer never reached that tab."""
    p = t.papers.c
    return connection.execute(select(t.papers).where(p.person == person, p.tab == tab).limit(1)).first()


def _check_size(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise BadValue("half a character stands in the sheet", mend="Type that place again.") from None
    if size > MOST_OCTETS:
        raise TooLarge("the sheet is longer than 1 MiB", mend="Enclose a part of it as a file.")


def _check_room(connection: Connection, person: str, text: str, but: str = "") -> None:
    p = t.papers.c
    octets = func.coalesce(func.sum(func.length(cast(p.sheet, BLOB))), 0)
    others = select(func.count(), octets).where(p.person == person, p.id != but)
    count, size = connection.execute(others).one()
    if (not but and count >= MOST_PAPERS) or size + len(text.encode()) > MOST_IN_ALL:
        raise NotAllowed(
            f"{person} keeps {count} unfinished sheets, and no more can be kept",
            mend="Enter some of them as drafts, or throw them away.",
        )


def find_paper(connection: Connection, person: str, paper: str) -> Paper:
    """One's own paper; :class:`NotFound` for somebody else's as for one that is gone."""
    return _paper(_row(connection, person, paper))


def papers_of(connection: Connection, person: str) -> list[Paper]:
    """A person's papers, the last written first; of each sheet only the beginning."""
    p = t.papers.c
    columns = (p.id, p.cable, func.substr(p.sheet, 1, _HEAD).label("sheet"), p.saved)
    rows = connection.execute(select(*columns).where(p.person == person).order_by(p.saved.desc(), p.id))
    return [_paper(row) for row in rows]


def count_papers(connection: Connection, person: str) -> int:
    """How many papers a person keeps."""
    query = select(func.count()).where(t.papers.c.person == person)
    return int(connection.execute(query).scalar_one())


def throw_away(office: Office, person: str, paper: str) -> None:
    """Throw one's own paper away."""
    with office.store.write() as connection:
        connection.execute(delete(t.papers).where(t.papers.c.id == _row(connection, person, paper).id))


def begin_edit(office: Office, person: str, turn: Turn, cable: int) -> Paper:
    """A paper that holds a draft's sheet as it stands, to be rewritten.

    The person's paper for that draft, when there is one already. Raises :class:`NotAllowed` for what
    is no draft any more.
    """
    with office.store.read() as connection:
        p = t.papers.c
        query = select(t.papers).where(p.person == person, p.cable == cable).order_by(p.saved.desc()).limit(1)
        known = connection.execute(query).first()
        if known is not None:
            return _paper(known)
        text = sheet.render(draft_cable(connection, cable))
    return save(office, person, turn, text, cable=cable)


def draft_cable(connection: Connection, cable: int) -> Cable:
    """The cable of a draft as it stands; :class:`NotAllowed` once it was released or its text destroyed."""
    row = find_cable(connection, cable)
    if row.direction != "out" or row.leaf >= 0 or row.state == "withdrawn":
        raise NotAllowed(f"that cable is {row.state}: only a draft is rewritten")
    found = desk.cable_text(connection, row)
    if found is None:
        raise NotAllowed("the text of this draft was destroyed")
    return found[0]


def enter(
    office: Office,
    hand: Hand,
    paper: str,
    digest: str,
    *,
    clearing: Sequence[str] = (),
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> int:
    """Enter a paper's sheet as a draft, and let the paper go: :func:`reftel.office.desk.draft`.

    ``digest`` is that of the text which the person saw; :class:`StaleAct` when the paper holds
    another one by now. ``files`` are those that the sheet encloses.
    """
    with office.store.read() as connection:
        known = _as_seen(connection, hand.who, paper, digest)
    cable = sheet.parse(known.sheet, enclosures=files)
    return desk.draft(office, hand, cable, clearing=clearing, paper=known.id)


def put_in_place(
    office: Office, hand: Hand, paper: str, digest: str, *, files: Mapping[str, bytes] = MappingProxyType({})
) -> int:
    """Put a paper's sheet in place of the draft that it rewrites, and let the paper go; returns the draft.

    The files that it encloses are ``files``, and else those of the draft: :func:`reftel.office.desk.edit`.
    """
    with office.store.read() as connection:
        known = _as_seen(connection, hand.who, paper, digest)
        if known.cable < 0:
            raise NotAllowed("this sheet is in place of no draft", mend="Enter it as a new one.")
        held = {**sheet.held_files(draft_cable(connection, known.cable)), **files}
    named = sheet.held_files(read_typed(known.sheet))
    enclosed = {name: held[name] for name in named if name in held}
    desk.edit(office, hand, known.cable, sheet.parse(known.sheet, enclosures=enclosed), paper=known.id)
    return known.cable


def _as_seen(connection: Connection, person: str, paper: str, digest: str) -> Paper:
    known = find_paper(connection, person, paper)
    if known.digest != digest:
        raise StaleAct(
            "the sheet was written on since it was last shown", mend="Look at it again, then enter it."
        )
    return known


def _row(connection: Connection, person: str, paper: str) -> Row[Any]:
    query = select(t.papers).where(t.papers.c.id == paper, t.papers.c.person == person)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("there is no such unfinished sheet", mend="It may have been entered as a draft since.")
    return row


def _paper(row: Any) -> Paper:
    return Paper(id=row.id, cable=row.cable, sheet=row.sheet, saved=row.saved)
