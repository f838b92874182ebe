"""Doors to what is written in the office: an unfinished sheet becomes a draft, or takes one's place.

The sheet itself is no argument: it stays in its paper, of which the digest says which text was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reftel.errors import BadValue
from reftel.office import papers
from reftel.office.office import Hand, Office
from reftel.office.sight import Sight, see
from reftel.register.entries import Json, unb64
from reftel.store.engine import View
from reftel.web import arguments as a
from reftel.web.arguments import MAX_FILE, MAX_NAME, needed, optional
from reftel.web.door import Asker, Door, Given

_FIELDS = {
    "paper": needed(a.line(40)),
    "digest": needed(a.line(40)),
    "enclosures": optional(
        a.many(a.parts(name=needed(a.line(255)), data=optional(a.file(MAX_FILE))), 32), default=()
    ),
}


def _files(given: Given) -> dict[str, bytes]:
    files = {one["name"]: unb64(one["data"]) for one in given["enclosures"] if one["data"]}
    if len({one["name"] for one in given["enclosures"]}) != len(given["enclosures"]):
        raise BadValue("two files to enclose have the same name", mend="Rename one of them.")
    return files


def _enter(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    entry = papers.enter(
        office, hand, given["paper"], given["digest"], clearing=given["clear_by"], files=_files(given)
    )
    return {"cable": entry}


def _put_in_place(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    return {"cable": papers.put_in_place(office, hand, given["paper"], given["digest"], files=_files(given))}


def _settle_draft(asker: Asker, connection: View, given: Json) -> None:
    """Who may not read a draft puts nothing in its place; which one a paper rewrites, its writer said."""
    cable = papers.find_paper(connection, given["who"] or asker.person, given["paper"]).cable
    if cable >= 0:
        see(connection, asker.person, asker.roles, cable, Sight.TEXT)


def _to_draft(_given: Given, answer: Any) -> str:
    return f"/drafts/{answer['cable']}"


DOORS = (
    Door(
        name="draft paper",
        kinds=("drafted", "clearance asked"),
        fields={**_FIELDS, "clear_by": optional(a.listed(a.line(MAX_NAME)), default=())},
        go=_enter,
        next=_to_draft,
    ),
    Door(
        name="edit paper",
        kinds=("edited",),
        fields=_FIELDS,
        go=_put_in_place,
        next=_to_draft,
        settle=_settle_draft,
    ),
)
