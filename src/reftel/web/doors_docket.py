"""Doors to the docket: what paragraphs of a cable are, said while reading; warnings that are accepted."""

from __future__ import annotations

from collections.abc import Sequence

from reftel.cable.model import DocketLine
from reftel.docket.items import MAX_VALUE, issue_key
from reftel.docket.kinds import KINDS, fields_of
from reftel.errors import BadValue
from reftel.office import docket_views, docketing, sight
from reftel.office.docket import Lens
from reftel.office.office import Hand, Office
from reftel.office.sight import Sight
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web import arguments as a
from reftel.web.arguments import needed, optional, read_fields
from reftel.web.door import Asker, Door, Given
from reftel.web.doors_drafts import settle_version

_HEAD = {
    "kind": needed(a.choice(*KINDS)),
    "paragraph": optional(a.line(80)),
    "quote": optional(a.line(a.MAX_TEXT)),
}


def read_line(value: object) -> Json:
    """One docket line out of a form: its kind, paragraph and quote, and the fields that its kind has."""
    given = dict(value) if isinstance(value, dict) else {}
    fields = given.pop("fields", None) or {}
    read = read_fields(_HEAD, given)
    known = {name: optional(a.line(MAX_VALUE)) for name in fields_of(read["kind"])}
    filled = read_fields(known, fields)
    return read | {"fields": {name: filled[name] for name in known if filled[name]}}


def lines_of(given: Given) -> list[DocketLine]:
    """The docket lines that an act brings."""
    return [
        DocketLine(
            kind=one["kind"],
            paragraph=one["paragraph"],
            quote=one["quote"],
            fields=tuple(one["fields"].items()),
        )
        for one in given["lines"]
    ]


def _settle_lines(asker: Asker, connection: View, given: Json) -> None:
    """Demand that who marks may see every item and cable that the lines name, and the issue merged into."""
    lens = Lens(asker.office.origin, sight.Asker(person=asker.person, roles=asker.roles))
    lines = lines_of(given)
    docketing.demand_seen(connection, lens, lines)
    for line in lines:
        fields = dict(line.fields)
        if line.kind == "merge" and fields.get("into"):
            docket_views.issue_page(connection, lens, issue_key(fields.get("talks", "")), fields["into"])


def _docket(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    lines = lines_of(given)
    if not lines:
        raise BadValue("nothing was said of any paragraph", mend="Tick one at least.")
    return {"items": docketing.enter_lines(office, hand, given["cable"], lines)}


def _to_marked(given: Given, _answer: object) -> str:
    """The cable's page, at the paragraph that was marked; after several, at what is still suggested."""
    if len(given["lines"]) > 1:
        return f"/cables/{given['cable']}?suggest=1#suggested"
    paragraph = given["lines"][0]["paragraph"]
    return f"/cables/{given['cable']}" + (f"#p-{paragraph}" if paragraph else "#docket")


def _accept(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    reasons = {one["key"]: one["reason"] for one in given["accepted"]}
    if len(reasons) != len(given["accepted"]):
        raise BadValue("a warning is named twice", mend="Accept each once.")
    docketing.accept_warnings(office, hand, given["cable"], reasons)


def _to_draft(given: Given, _answer: object) -> str:
    return f"/drafts/{given['cable']}"


DOORS = (
    Door(
        name="accept warnings",
        kinds=("warnings accepted",),
        fields={
            "cable": needed(a.entry),
            "version": optional(a.line(60)),
            "accepted": needed(
                a.many(a.parts(key=needed(a.line(500)), reason=needed(a.line())), docketing.MOST_AT_ONCE)
            ),
        },
        go=_accept,
        next=_to_draft,
        sees={"cable": Sight.TEXT},
        settle=settle_version,
    ),
    Door(
        name="docket",
        kinds=("docketed",),
        fields={
            "cable": needed(a.entry),
            "lines": needed(a.many(read_line, docketing.MOST_AT_ONCE)),
        },
        go=_docket,
        next=_to_marked,
        sees={"cable": Sight.TEXT},
        settle=_settle_lines,
    ),
)
