"""Which acts a page offers on a cable: those that this person may do, on this cable, in this state.

What is offered is a form for a door. Whether the act can be done is decided at the door, every time;
a control that would always fail is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reftel.cable.lifecycle import allowed
from reftel.office.sight import Sight
from reftel.register.entries import Json

_TASKERS = "tasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One act that is offered.

    ``door`` is empty for a link to ``href``. ``form`` names the fields that a person fills in, as
    the template knows them; without it the button stands alone. ``first`` are those that a page
    puts in its bar; ``key`` is the key that presses it.
    """

    name: str
    door: str = ""
    href: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    form: str = ""
    kind: str = ""
    key: str = ""
    first: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """What names its form on the page."""
        return "-".join(part for part in re.split("[^a-z0-9]+", self.name.lower()) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What decides which acts are offered: the cable as it stands, the person, the person's own copy."""

    cable: int
    direction: str
    leaf: int
    state: str
    sight: Sight
    can: frozenset[str]
    person: str
    copy: Any
    copies: Sequence[Any]
    taskings: Sequence[Json]
    waits: Collection[str]
    decisions: Sequence[Json]
    deliveries: Sequence[Json]
    acknowledged: bool
    text_here: bool
    sheds: bool


def offers(case: Case) -> list[Offer]:
    """The acts to offer, in the order in which they stand on the page."""
    return [
        *_reading(case),
        *_drafting(case),
        *_ending(case),
        *_clerks(case),
        *_ledger(case),
        *_officers(case),
        *_tasks(case),
    ]


def _moves(case: Case) -> tuple[str, ...]:
    return allowed("outgoing" if case.direction == "out" else "incoming", case.state)


def _reading(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    copy = case.copy
    if copy is not None:
        its = on | {"seq": copy.seq}
        if not copy.opened and "opened" in case.can:
            name = f"Open copy {copy.number or copy.seq}" if copy.sealed_to else "I have read it"
            yield Offer(name=name, door="open", values=its, kind="primary", key="o", first=True)
    received = case.direction != "out" and "acknowledge" in _moves(case)
    if received and "acknowledged" in case.can and not case.acknowledged and case.sight >= Sight.SLIP:
        opened = copy is not None and bool(copy.opened)
        kind = "primary" if opened else ""
        yield Offer(name="Acknowledge", door="acknowledge", values=on, kind=kind, key="a", first=opened)
    if case.direction != "out" and "drafted" in case.can and case.sight >= Sight.SLIP:
        href = f"/compose?answer={case.cable}"
        yield Offer(name="Draft answer", href=href, key="r", first=copy is not None)
    if copy is not None:
        its = on | {"seq": copy.seq}
        if "passed" in case.can:
            yield Offer(name="Pass on", door="pass", values=its, form="holder")
        if "lost" in case.can:
            yield Offer(name="Report lost", door="lost", values=its, form="reason", kind="grave")


def _drafting(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    moves = _moves(case)
    if case.direction != "out" or case.leaf >= 0:
        if case.text_here and case.sight is Sight.TEXT and "readdressed" in case.can and "readdress" in moves:
            yield Offer(name="Send on", door="readdress", values=on, form="readdress")
        return
    if case.sight is Sight.TEXT:
        if "released" in case.can and "release" in moves and not case.waits:
            values = {"cables": case.cable}
            yield Offer(
                name="Release", door="release", values=values, form="list", kind="primary", first=True
            )
        if "cleared" in case.can and case.person in case.waits and "clear" in moves:
            yield Offer(name="Clear", door="clear", values=on, kind="primary", first=True)
        if "edited" in case.can and "edit" in moves:
            yield Offer(name="Edit", href=f"/compose/{case.cable}", key="e", first=True)
        if not case.can.isdisjoint(("released", "cleared", "edited")):
            yield Offer(name="Look before release", href=f"/drafts/{case.cable}")
        if "clearance asked" in case.can and "clear" in moves:
            yield Offer(name="Ask clearance", door="ask clearance", values=on, form="officers")
        if "adopted" in case.can and "adopt" in moves:
            yield Offer(name="Record its adoption", door="adopt", values=on, form="decision")


def _ending(case: Case) -> Iterator[Offer]:
    if case.direction != "out" or case.leaf >= 0:
        return
    on = {"cable": case.cable}
    if "decision voided" in case.can:
        for decision in case.decisions:
            if decision["state"] == "in force":
                values = on | {"decision": decision["decision"]}
                name = f"Void {decision['reference']}"
                yield Offer(name=name, door="void decision", values=values, form="reason", kind="grave")
    if "withdrawn" in case.can and "withdraw" in _moves(case):
        yield Offer(name="Withdraw", door="withdraw", values=on, kind="grave")


def _clerks(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    moves = _moves(case)
    if "printed" in case.can and "print" in moves and case.text_here:
        first = case.state == "deciphered"
        kind = "primary" if first else ""
        yield Offer(name="Print", door="print", values=on, form="print", kind=kind, first=first)
    if "verified" in case.can and case.state == "printed" and case.sight is Sight.TEXT:
        yield Offer(name="Verify", door="verify", values=on, form="verify", kind="primary", first=True)
    if "numbered" in case.can:
        yield Offer(name="Give a number", door="number", values=on, form="number")
    if "annotated" in case.can and case.sight is Sight.TEXT:
        yield Offer(name="Annotate", door="annotate", values=on, form="annotate")
    if "rerun asked" in case.can and case.text_here and case.state != "cancelled":
        for delivery in case.deliveries:
            if delivery["state"] in ("dispatched", "receipted"):
                values = on | {"to": delivery["peer"]}
                yield Offer(name=f"Send again to {delivery['peer']}", door="rerun", values=values)


def _ledger(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    free = [copy for copy in case.copies if copy.state in ("in file", "returned")]
    if "issued" in case.can and free and case.state != "cancelled":
        first = case.state == "verified" and not any(copy.state == "issued" for copy in case.copies)
        kind = "primary" if first else ""
        about = {"free": free[:40]}
        yield Offer(name="Issue", door="issue", values=on, form="issue", kind=kind, first=first, about=about)
    if case.copies and not case.can.isdisjoint(("returned", "destroyed", "found")):
        yield Offer(name="Return, destroy, find", href=f"/copies/{case.cable}")


def _officers(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    moves = _moves(case)
    if "acknowledged" in case.can and case.direction == "out" and "acknowledge" in moves:
        yield Offer(name="Note its acknowledgement", door="acknowledge", values=on, form="by_cable")
    if "downgraded" in case.can and "downgrade" in moves:
        yield Offer(name="Downgrade", door="downgrade", values=on, form="downgrade")
    if "corrected" in case.can and "correct" in moves:
        yield Offer(name="Note its correction", door="correct", values=on, form="by_cable")
    if "cancelled" in case.can and "cancel" in moves:
        yield Offer(name="Cancel", door="cancel", values=on, form="by_cable", kind="grave")
    if "shed" in case.can and case.text_here and case.sheds:
        yield Offer(name="Shed the office's text", door="shed", values=on, form="reason", kind="grave")
    if "text destroyed" in case.can and case.text_here:
        yield Offer(name="Destroy the text", door="destroy text", values=on, form="reason", kind="grave")


def _tasks(case: Case) -> Iterator[Offer]:
    on = {"cable": case.cable}
    stands = case.state != "cancelled" and (case.direction != "out" or case.leaf >= 0)
    if _TASKERS not in case.can:
        return
    if stands and case.sight >= Sight.SLIP:
        yield Offer(name="Add a tasking", door="task", values=on, form="task")
    for tasking in case.taskings:
        if tasking["state"] == "open":
            its, n = on | {"n": tasking["n"]}, tasking["n"]
            yield Offer(name=f"Chase tasking {n}", door="chase", values=its)
            yield Offer(name=f"Tasking {n} is fulfilled", door="fulfil", values=its, form="by_cable")
            yield Offer(
                name=f"Tasking {n} is fulfilled in part", door="part fulfil", values=its, form="by_cable"
            )
            yield Offer(
                name=f"Cancel tasking {n}", door="cancel tasking", values=its, form="reason", kind="grave"
            )
