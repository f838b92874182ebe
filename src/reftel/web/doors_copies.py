"""Doors to numbered copies: printed, issued, read, passed on, returned, lost, destroyed, counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reftel.errors import BadValue
from reftel.office import copies, desk
from reftel.office.copies import Issue
from reftel.office.office import Hand, Office
from reftel.office.sight import Sight
from reftel.register.entries import Json
from reftel.web import arguments as a
from reftel.web.arguments import MAX_NAME, needed, optional
from reftel.web.door import Door, Given, his_own
from reftel.web.doors_cables import to_cable

MOST_COPIES = 999
MOST_COUNTED = 5000
_PERSON = a.line(MAX_NAME)
_CABLE = needed(a.entry)
_SEQ = needed(a.whole(1, 999_999))
_REASON = needed(a.line())
_SEEN = {"cable": Sight.OUTSIDE}


def _named(value: object) -> list[int]:
    """``17/2`` is copy 2 of the cable under entry 17."""
    found = re.fullmatch("(?:entry:)?([0-9]{1,12})/([0-9]{1,6})", value) if isinstance(value, str) else None
    if found is None:
        raise BadValue("that names no copy", mend="Write the cable's entry, a slash, the copy: 17/2.")
    return [int(found[1]), int(found[2])]


def _print(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    listed = [desk.Print(**one) for one in given["listed"]]
    seqs = desk.print_copies(
        office,
        hand,
        given["cable"],
        given["count"],
        print_number=given["print_number"],
        listed=listed,
        return_to=given["return_to"],
    )
    return {"copies": seqs}


def _issue(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    common = {name: given[name] for name in ("return_by", "return_to", "purpose")}
    issues = [
        Issue(**{**one, **{name: one[name] or value for name, value in common.items()}})
        for one in given["copies"]
    ]
    copies.issue(office, hand, given["cable"], issues)


def _open(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    copies.open_copy(office, hand, given["cable"], given["seq"])


def _to_copy(given: Given, _answer: Any) -> str:
    return f"/copies/{given['cable']}/{given['seq']}"


def _pass(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    copies.pass_on(office, hand, given["cable"], given["seq"], given["holder"])


def _return(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    copies.take_back(office, hand, given["cable"], given["seq"])


def _lost(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    copies.report_lost(office, hand, given["cable"], given["seq"], given["reason"])


def _found(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    copies.report_found(office, hand, given["cable"], given["seq"], given["where"])


def _destroy(office: Office, hand: Hand, beside: Sequence[Hand], given: Given) -> None:
    copies.destroy(office, hand, given["cable"], given["copies"], beside, given["how"])


def _emergency(office: Office, hand: Hand, beside: Sequence[Hand], _given: Given) -> Json:
    return {"destroyed": copies.emergency_destroy(office, hand, beside[0])}


def _inventory(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    present = [(cable, seq) for cable, seq in given["present"]]
    done = copies.take_inventory(office, hand, present, holder=given["holder"])
    return {"found": len(done.present), "missing": done.missing, "unexpected": done.unexpected}


_COMMON = {
    "return_by": optional(a.line(10)),
    "return_to": optional(a.line(200)),
    "purpose": optional(a.choice("action", "information")),
}

DOORS = (
    Door(
        name="print",
        kinds=("printed",),
        fields={
            "cable": _CABLE,
            "count": optional(a.whole(1, MOST_COPIES), default=1),
            "print_number": optional(a.line(80)),
            "return_to": optional(a.line(200)),
            "listed": optional(
                a.many(
                    a.parts(
                        holder=optional(_PERSON), number=optional(a.line(80)), unaccounted=optional(a.line())
                    ),
                    MOST_COPIES,
                ),
                default=(),
            ),
        },
        go=_print,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="issue",
        kinds=("issued",),
        fields={
            "cable": _CABLE,
            "copies": needed(
                a.many(
                    a.parts(
                        seq=_SEQ, holder=needed(_PERSON), paper=optional(a.yes, default=False), **_COMMON
                    ),
                    MOST_COPIES,
                )
            ),
            **_COMMON,
        },
        go=_issue,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="open",
        kinds=("opened",),
        fields={"cable": _CABLE, "seq": _SEQ},
        go=_open,
        next=_to_copy,
        settle=his_own,
        unlocks=True,
    ),
    Door(
        name="pass",
        kinds=("passed",),
        fields={"cable": _CABLE, "seq": _SEQ, "holder": needed(_PERSON)},
        go=_pass,
        next=lambda _given, _answer: "/tray",
        settle=his_own,
    ),
    Door(
        name="return",
        kinds=("returned",),
        fields={"cable": _CABLE, "seq": _SEQ},
        go=_return,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="lost",
        kinds=("lost",),
        fields={"cable": _CABLE, "seq": _SEQ, "reason": _REASON},
        go=_lost,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="found",
        kinds=("found",),
        fields={"cable": _CABLE, "seq": _SEQ, "where": needed(a.line())},
        go=_found,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="destroy",
        kinds=("destroyed",),
        fields={
            "cable": _CABLE,
            "copies": needed(a.listed(a.whole(1, 999_999), MOST_COPIES)),
            "witnesses": optional(a.listed(_PERSON, 4), default=()),
            "how": optional(a.line()),
        },
        go=_destroy,
        next=to_cable,
        beside=lambda given: given["witnesses"],
        sees=_SEEN,
    ),
    Door(
        name="emergency destroy",
        kinds=("destroyed",),
        fields={"witness": needed(_PERSON)},
        go=_emergency,
        next=lambda _given, _answer: "/copies",
        beside=lambda given: (given["witness"],),
        act={"emergency": True},
    ),
    Door(
        name="inventory",
        kinds=("inventoried",),
        fields={
            "present": optional(a.many(_named, MOST_COUNTED), default=()),
            "holder": optional(_PERSON),
        },
        go=_inventory,
        next=lambda _given, _answer: "/copies",
    ),
)
