"""Doors to one cable that is here: deciphered, verified, numbered, annotated; changed, asked for, ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reftel.cable.dtg import format_reading, read_moment
from reftel.cable.model import Annotation, Party, Precedence
from reftel.cable.sheet_grammar import LAYERS
from reftel.errors import BadValue
from reftel.office import arrivals, changes, channels, desk, shedding, tasks
from reftel.office.clearance import LEVELS
from reftel.office.office import Hand, Office
from reftel.office.rolls import post_named
from reftel.office.sight import Sight
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web import arguments as a
from reftel.web.arguments import MAX_NAME, needed, optional
from reftel.web.door import Asker, Door, Given

AT_ONCE = 50
_PERSON = a.line(MAX_NAME)
_CABLE = needed(a.entry)
_NUMBER = a.parts(scheme=needed(a.line(80)), value=needed(a.line(200)))
NUMBERS = optional(a.many(_NUMBER, 16), default=())
_SEEN = {"cable": Sight.OUTSIDE}
_READ = {"cable": Sight.TEXT}
_BY = {"cable": Sight.OUTSIDE, "by_cable": Sight.OUTSIDE}
_PRECEDENCES = [precedence.name for precedence in Precedence]


def to_cable(given: Given, _answer: Any) -> str:
    """The cable's page."""
    return f"/cables/{given['cable']}"


def to_new(_given: Given, answer: Any) -> str:
    """The page of the cable that was made."""
    return f"/cables/{answer['cable']}"


def _choose(_asker: Asker, connection: View, given: Json) -> None:
    """Fix which of what waits is opened: what comes meanwhile waits for the next time."""
    if not given["arrivals"]:
        at_most = 1 if given["incoming"] or given["numbers"] else given["at_most"]
        given["arrivals"] = [row.digest for row in arrivals.in_tray(connection, at_most)]
    if not given["arrivals"]:
        raise BadValue("nothing waits to be deciphered")


def _decipher(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    done = arrivals.decipher(
        office,
        hand,
        at_most=AT_ONCE,
        incoming=given["incoming"],
        numbers=numbers_of(given),
        receiving_office=given["receiving_office"],
        only=given["arrivals"],
    )
    return {
        "cables": [one.entry for one in done if one.error is None],
        "set_aside": [one.error.sentence for one in done if one.error is not None],
    }


def _to_deciphered(_given: Given, answer: Any) -> str:
    cables = answer["cables"]
    return f"/cables/{cables[0]}" if len(cables) == 1 and not answer["set_aside"] else "/tray"


def numbers_of(given: Given) -> list[list[str]]:
    """Numbers of this office, as the front doors take them."""
    return [[one["scheme"], one["value"]] for one in given["numbers"]]


def _verify(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.verify(office, hand, given["cable"], rank=given["rank"], post_held=given["post_held"])


def _acknowledge(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.acknowledge(office, hand, given["cable"], by_cable=given["by_cable"])


def _number(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.number(office, hand, given["cable"], numbers_of(given))


def _annotate(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    if not (given["literal"] or given["reading"]):
        raise BadValue("an annotation says something", mend="Give what stands there, its reading or both.")
    names = ("layer", "literal", "reading", "about", "inferred")
    desk.annotate(office, hand, given["cable"], [Annotation(**{name: given[name] for name in names})])


def _task(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    reading = read_moment(given["due"]).reading if given["due"] else None
    due = given["due"] if reading is None else format_reading(reading)
    return {"n": tasks.task(office, hand, given["cable"], given["owner"], given["text"], due=due)}


def _chase(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    tasks.chase(office, hand, given["cable"], given["n"])


def _fulfil(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    tasks.fulfil(office, hand, given["cable"], given["n"], given["by_cable"])


def _part_fulfil(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    tasks.fulfil(office, hand, given["cable"], given["n"], given["by_cable"], in_part=True)


def _cancel_task(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    tasks.cancel_task(office, hand, given["cable"], given["n"], given["reason"])


def _cancel(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    changes.cancel(office, hand, given["cable"], given["by_cable"])


def _correct(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    changes.correct(office, hand, given["cable"], given["by_cable"])


def _downgrade(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    changes.downgrade(office, hand, given["cable"], given["classification"], given["authority"])


def _readdress(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> Json:
    with office.store.read() as connection:
        to = [_party(connection, name) for name in given["to"]]
        info = [_party(connection, name) for name in given["info"]]
    draft = changes.readdress(
        office,
        hand,
        given["cable"],
        to=to,
        info=info,
        covering=given["covering"],
        precedence=Precedence[given["precedence"]] if given["precedence"] else None,
        subject=given["subject"],
    )
    return {"cable": draft}


def _party(connection: View, name: str) -> Party:
    row = post_named(connection, name)
    return Party(post=row.origin, place=row.name)


def _rerun(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    with office.store.read() as connection:
        peer = post_named(connection, given["to"]).origin
    channels.rerun(office, hand, given["cable"], peer)


def _destroy_text(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    desk.destroy_text(office, hand, given["cable"], given["reason"])


def _shed(office: Office, hand: Hand, _beside: Sequence[Hand], given: Given) -> None:
    shedding.shed(office, hand, given["cable"], given["reason"])


_N = needed(a.whole(1, 9999))
_REASON = needed(a.line())
_BY_CABLE = needed(a.number_or_entry)

DOORS = (
    Door(
        name="decipher",
        kinds=("deciphered",),
        fields={
            "at_most": optional(a.whole(1, AT_ONCE), default=AT_ONCE),
            "incoming": optional(a.line(80)),
            "numbers": NUMBERS,
            "receiving_office": optional(a.line(200)),
            "arrivals": optional(a.many(a.digest, AT_ONCE), default=()),
        },
        go=_decipher,
        next=_to_deciphered,
        settle=_choose,
    ),
    Door(
        name="verify",
        kinds=("verified",),
        fields={"cable": _CABLE, "rank": optional(a.line(80)), "post_held": optional(a.line(200))},
        go=_verify,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="acknowledge",
        kinds=("acknowledged",),
        fields={"cable": _CABLE, "by_cable": optional(a.number_or_entry)},
        go=_acknowledge,
        next=to_cable,
        sees=_BY,
    ),
    Door(
        name="number",
        kinds=("numbered",),
        fields={"cable": _CABLE, "numbers": needed(a.many(_NUMBER, 16))},
        go=_number,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="annotate",
        kinds=("annotated",),
        fields={
            "cable": _CABLE,
            "layer": needed(a.choice(*LAYERS)),
            "literal": optional(a.text()),
            "reading": optional(a.text()),
            "about": optional(a.line()),
            "inferred": optional(a.yes, default=False),
        },
        go=_annotate,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="task",
        kinds=("tasked",),
        fields={
            "cable": _CABLE,
            "owner": needed(a.line(200)),
            "text": needed(a.text()),
            "due": optional(a.line(80)),
        },
        go=_task,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="chase",
        kinds=("chased",),
        fields={"cable": _CABLE, "n": _N},
        go=_chase,
        next=lambda _given, _answer: "/taskings",
        sees=_SEEN,
    ),
    Door(
        name="fulfil",
        kinds=("fulfilled",),
        fields={"cable": _CABLE, "n": _N, "by_cable": _BY_CABLE},
        go=_fulfil,
        next=lambda _given, _answer: "/taskings",
        sees=_BY,
    ),
    Door(
        name="part fulfil",
        kinds=("part fulfilled",),
        fields={"cable": _CABLE, "n": _N, "by_cable": _BY_CABLE},
        go=_part_fulfil,
        next=lambda _given, _answer: "/taskings",
        sees=_BY,
    ),
    Door(
        name="cancel tasking",
        kinds=("tasking cancelled",),
        fields={"cable": _CABLE, "n": _N, "reason": _REASON},
        go=_cancel_task,
        next=lambda _given, _answer: "/taskings",
        sees=_SEEN,
    ),
    Door(
        name="cancel",
        kinds=("cancelled",),
        fields={"cable": _CABLE, "by_cable": _BY_CABLE},
        go=_cancel,
        next=to_cable,
        sees=_BY,
    ),
    Door(
        name="correct",
        kinds=("corrected",),
        fields={"cable": _CABLE, "by_cable": _BY_CABLE},
        go=_correct,
        next=to_cable,
        sees=_BY,
    ),
    Door(
        name="downgrade",
        kinds=("downgraded",),
        fields={
            "cable": _CABLE,
            "classification": needed(a.choice(*LEVELS)),
            "authority": needed(a.line()),
        },
        go=_downgrade,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="readdress",
        kinds=("readdressed", "drafted"),
        fields={
            "cable": _CABLE,
            "to": needed(a.listed(a.line(200), 100)),
            "info": optional(a.listed(a.line(200), 100), default=()),
            "covering": optional(a.text()),
            "precedence": optional(a.choice(*_PRECEDENCES)),
            "subject": optional(a.line()),
        },
        go=_readdress,
        next=to_new,
        sees=_READ,
    ),
    Door(
        name="rerun",
        kinds=("rerun asked",),
        fields={"cable": _CABLE, "to": needed(a.line(200))},
        go=_rerun,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="shed",
        kinds=("shed",),
        fields={"cable": _CABLE, "reason": _REASON},
        go=_shed,
        next=to_cable,
        sees=_SEEN,
    ),
    Door(
        name="destroy text",
        kinds=("text destroyed",),
        fields={"cable": _CABLE, "reason": _REASON},
        go=_destroy_text,
        next=to_cable,
        sees=_SEEN,
    ),
)
