"""Shedding: the office lets its own plaintext of a cable go, where the cable's handling says so.

What is left are the copies that are sealed to their readers: only a reader's own key opens one. What
this does not reach: backups made before, sheets that were set as PDFs, cables that carry this one on,
and whatever a reader has kept. Where the numbers and subject of the text stood in lists and search,
nothing stands any more.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.cable.eyes import CAPTION, sealed_part
from reftel.errors import NotAllowed
from reftel.office.clearance import NO_FILE_COPY, split_marking
from reftel.office.copies import copies_of
from reftel.office.desk import cable_text, end_texts
from reftel.office.office import Hand, Office, find_cable
from reftel.store import tables as t

CAPTIONS = (CAPTION, "NODIS", NO_FILE_COPY)
"""The captions that say so."""


def shed(office: Office, hand: Hand, cable: int, reason: str) -> None:
    """Destroy this office's own text of a cable whose copies are all with their readers.

    Of a cable that this post sent EYES ONLY, the drafts go: what was sent is sealed as it is.
    Raises :class:`NotAllowed` unless a caption says so and every copy is sealed to its reader,
    returned or destroyed; and for what :func:`desk.destroy_text` refuses.
    """
    with office.register.writing() as writing:
        connection = writing.connection
        row = find_cable(connection, cable)
        _see_captioned(row)
        drafts = _see_held(connection, row)
        if not drafts:
            _see_with_readers(connection, cable)
        end_texts(office, writing, hand, row, "shed", reason, drafts=drafts)


def sheds(row: Row[Any]) -> bool:
    """Whether a cable's handling says that the office sheds its text."""
    captions = split_marking(row.marking)[1]
    return any(word in " ".join(caption.upper().split()) for caption in captions for word in CAPTIONS)


def _see_captioned(row: Row[Any]) -> None:
    if not sheds(row):
        raise NotAllowed(
            "nothing in the cable's handling says that the office sheds its text",
            mend=f"That takes one of the captions {', '.join(CAPTIONS)}; or `reftel destroy-text`.",
        )


def _see_held(connection: Connection, row: Row[Any]) -> bool:
    """Whether only the drafts of a sealed text are here; refused where there is nothing to shed."""
    found = cable_text(connection, row)
    if found is None:
        raise NotAllowed("this office does not hold the text of that cable any more")
    if sealed_part(found[0]) is None:
        return False
    if row.direction != "out":
        raise NotAllowed("this office never held the text of that cable: it is sealed to its reader")
    key = select(t.texts.c.text_key).where(t.texts.c.commitment == row.version)
    if not connection.execute(key).scalar():
        raise NotAllowed("this office does not hold the draft of that cable any more")
    return True


def _see_with_readers(connection: Connection, cable: int) -> None:
    copies = copies_of(connection, cable)
    sealed = [copy for copy in copies if copy.state == "issued" and copy.sealed_to]
    gone = [copy for copy in copies if copy.state in {"returned", "destroyed"}]
    left = [str(copy.seq) for copy in copies if copy not in sealed and copy not in gone]
    if left or not sealed:
        raise NotAllowed(
            f"copies {', '.join(left)} are neither sealed to their reader, returned nor destroyed"
            if left
            else "no copy of that cable is sealed to a reader: nobody could read it any more",
            mend="`reftel copies CABLE` shows where they are.",
        )
