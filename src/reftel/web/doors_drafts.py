"""Doors to a cable that is written here: drafted, cleared, adopted, released; or entered from paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reftel.cable import sheet
from reftel.cable.dtg import read_moment
from reftel.cable.model import Cable, Mark
from reftel.cable.plain import MARK
from reftel.errors import BadValue, StaleAct
from reftel.office import desk
from reftel.office.office import Hand, Office, find_cable
from reftel.office.sight import Sight
from reftel.register.entries import Json, unb64
from reftel.store.engine import View
from reftel.web import arguments as a
from reftel.web.arguments import MAX_NAME, MAX_SHEET, needed, optional
from reftel.web.door import Asker, Door, Given
from reftel.web.doors_cables import NUMBERS, numbers_of, to_cable, to_new

_PERSON = a.line(MAX_NAME)
_CABLE = needed(a.entry)
_REASON = needed(a.line())
_VERSION = optional(a.line(60))
_SEEN = {"cable": Sight.OUTSIDE}
_READ = {"cable": Sight.TEXT}
_ENCLOSURES = optional(
    a.many(a.parts(name=needed(a.line(200)), data=needed(a.file(MAX_SHEET))), 32), default=()
)


def _parse(given: Given) -> Cable:
    """The cable that a sheet is; the arguments hold it as it was typed."""
    held = {one["name"]: unb64(one["data"]) for one in given["enclosures"]}
    if len(held) != len(given["enclosures"]):
        raise BadValue("two files to enclose have the same name", mend="Rename one of them.")
    return sheet.parse(given["sheet"], enclosures=held)


def _draft(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    return {"cable": desk.draft(office, hand, _parse(given), clearing=given["clear_by"])}


def _edit(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.edit(office, hand, given["cable"], _parse(given))


def _ask_clearance(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.ask_clearance(office, hand, given["cable"], given["officers"])


def _clear(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.clear(office, hand, given["cable"])


_DECISION = {
    "body": needed(a.line()),
    "protocol": needed(a.line(80)),
    "item": needed(a.line(80)),
    "title": needed(a.line()),
    "text": needed(a.text()),
    "reference": optional(a.line(80)),
    "date": optional(a.line(80)),
    "signed": optional(a.line()),
    "signature_block": optional(a.text(2000)),
    "letterhead": optional(a.text(2000)),
    "marking": optional(a.line(200)),
    "excerpts": optional(a.listed(a.line(200)), default=()),
}


def _adopt(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    decision = desk.Decision(
        **{name: given[name] for name in _DECISION if name != "excerpts"}, excerpts=tuple(given["excerpts"])
    )
    return {"decision": desk.adopt(office, hand, given["cable"], decision, replaces=given["replaces"])}


def _void(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.void_decision(office, hand, given["cable"], given["decision"], given["reason"])


def _withdraw(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.withdraw(office, hand, given["cable"])


def _release(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    return {"mrns": desk.release_all(office, hand, given["cables"])}


def _to_released(given: Given, _answer: Any) -> str:
    return f"/cables/{given['cables'][0]}" if len(given["cables"]) == 1 else "/out"


def _settle_release(_asker: Asker, connection: View, given: Json) -> None:
    if len(set(given["cables"])) != len(given["cables"]):
        raise BadValue("a cable is named twice", mend="Name each once.")
    if len(given["cables"]) == 1:
        _as_seen(connection, given["cables"][0], given["version"])


def settle_version(_asker: Asker, connection: View, given: Json) -> None:
    """Demand that the draft still has the text that the page showed."""
    _as_seen(connection, given["cable"], given["version"])


def _as_seen(connection: View, cable: int, version: str) -> None:
    """Where the page said which text it showed, that text still stands: nobody agrees to one unseen."""
    if version and find_cable(connection, cable).version != version:
        raise StaleAct("the draft was rewritten since this page was loaded")


def _enter(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    entry = desk.enter(
        office,
        hand,
        _parse(given),
        numbers=numbers_of(given),
        scan=unb64(given["scan"]) if given["scan"] else None,
        marks=[_mark(mark) for mark in given["marks"]],
    )
    return {"cable": entry}


def _mark(given: Mapping[str, str]) -> Json:
    moment = read_moment(given["time"]) if given["time"] else None
    return MARK.dump(Mark(event=given["event"], by=given["by"], moment=moment))


DOORS = (
    Door(
        name="draft",
        kinds=("drafted", "clearance asked"),
        fields={
            "sheet": needed(a.sheet),
            "clear_by": optional(a.listed(_PERSON), default=()),
            "enclosures": _ENCLOSURES,
        },
        go=_draft,
        next=to_new,
    ),
    Door(
        name="edit",
        kinds=("edited",),
        fields={"cable": _CABLE, "sheet": needed(a.sheet), "enclosures": _ENCLOSURES},
        go=_edit,
        next=to_cable,
        sees=_READ,
    ),
    Door(
        name="ask clearance",
        kinds=("clearance asked",),
        fields={"cable": _CABLE, "officers": needed(a.listed(_PERSON))},
        go=_ask_clearance,
        next=to_cable,
        sees=_READ,
    ),
    Door(
        name="clear",
        kinds=("cleared",),
        fields={"cable": _CABLE, "version": _VERSION},
        go=_clear,
        next=to_cable,
        sees=_READ,
        settle=settle_version,
    ),
    Door(
        name="adopt",
        kinds=("adopted",),
        fields={
            "cable": _CABLE,
            "version": _VERSION,
            **_DECISION,
            "replaces": optional(a.entry, default=-1),
        },
        go=_adopt,
        next=to_cable,
        sees=_READ,
        settle=settle_version,
    ),
    Door(
        name="void decision",
        kinds=("decision voided",),
        fields={"cable": _CABLE, "decision": needed(a.entry), "reason": _REASON},
        go=_void,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="withdraw",
        kinds=("withdrawn",),
        fields={"cable": _CABLE},
        go=_withdraw,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="release",
        kinds=("released",),
        fields={"cables": needed(a.many(a.entry)), "version": _VERSION},
        go=_release,
        next=_to_released,
        sees={"cables": Sight.TEXT},
        settle=_settle_release,
    ),
    Door(
        name="enter",
        kinds=("entered",),
        fields={
            "sheet": needed(a.sheet),
            "numbers": NUMBERS,
            "marks": optional(
                a.many(
                    a.parts(event=needed(a.line(200)), by=optional(a.line(200)), time=optional(a.line(80)))
                ),
                default=(),
            ),
            "scan": optional(a.file()),
            "enclosures": _ENCLOSURES,
        },
        go=_enter,
        next=to_new,
    ),
)
