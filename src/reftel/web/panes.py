"""The list pane: every list in words, beside whatever is open.

Every list stands in the pane beside the cable that is open. A list is named in the address (``from``),
and so is the place after which it goes on, so that each page is a link and needs no script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from reftel.cable.dtg import parse_reading
from reftel.cable.model import Precedence, Precision
from reftel.errors import BadValue
from reftel.office import outgoing, papers, trays, waiting
from reftel.office.outgoing import Draft, Sent
from reftel.office.papers import Paper
from reftel.office.trays import BEYOND, COUNTED, SHOWS, WORK, Due, Line, Place
from reftel.web.sheet_html import row_text
from reftel.web.unfinished import about, marking_of
from reftel.web.visit import Visit

_MONTHS = "January February March April May June July August September October November December".split()
TITLES = {
    "all": "All",
    "action": "For action",
    "information": "For information",
    "return": "To be returned",
    "decipher": "To decipher",
    "print": "To print",
    "verify": "To verify",
    "issue": "To issue",
    "touch": "Waiting for your touch",
}
_PURPOSES = {"action": "For action", "information": "For information"}
_WHOLE_OFFICE = {"registry clerk", "cipher clerk", "releasing officer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a list pane, in words."""

    href: str
    precedence: str
    sender: str
    time: str
    subject: str
    number: str
    meta: tuple[str, ...] = ()
    due: str = ""
    done: str = ""
    unread: bool = False
    selected: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """A list pane: its heading and filters, its rows in groups, and where it goes on."""

    name: str
    section: str
    title: str
    sum: str
    filters: Sequence[tuple[str, str, bool]]
    groups: Sequence[tuple[str, Sequence[Row]]]
    markings: Sequence[str]
    empty: tuple[str, str]
    more: str = ""
    newer: str = ""
    live: str = ""
    query: str = ""
    position: str = ""
    before: str = ""
    after: str = ""
    unread: str = ""
    explained: str = ""

    @property
    def back(self) -> str:
        """The list as a page of its own: where a phone goes back to."""
        return list_address(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which list is asked for, from where on, and what is open beside it."""

    name: str
    after: Place | None
    selected: Place | None

    @property
    def query(self) -> str:
        """What each link of the list carries, so that the list stays beside what is opened."""
        given = {} if self.name == "all" else {"from": self.name}
        if self.after is not None:
            given["after"] = _written(self.after)
        return urlencode(given)

    def to(self, place: Place) -> str:
        """The address of a line of this list."""
        copy = {"copy": str(place.seq)} if place.seq >= 0 else {}
        query = "&".join(part for part in (urlencode(copy), self.query) if part)
        return f"/cables/{place.cable}" + (f"?{query}" if query else "")

    def holds(self, place: Place) -> bool:
        """Whether this line is the one that is open."""
        return self.selected is not None and place == self.selected


def pane(
    request: Request, connection: Any, who: Visit, *, name: str = "", selected: Place | None = None
) -> Pane:
    """The list pane that an address asks for; the in-tray where it asks for none that this person has."""
    named = name or request.query_params.get("from", "all")
    if named not in lists(who):
        named = "all"
    asked = Asked(name=named, after=read_place(request.query_params.get("after", "")), selected=selected)
    if named in SHOWS:
        return _in_tray(connection, who, asked)
    if named in WORK or named == "touch":
        return _work(connection, who, asked)
    return _outgoing(connection, who, asked)


def lists(who: Visit) -> list[str]:
    """The lists that somebody with these roles has."""
    names = [*SHOWS, *(what for what, roles in WORK.items() if not who.roles.isdisjoint(roles)), "touch"]
    if who.roles & {*_WHOLE_OFFICE, "drafter"}:
        names += ["out", "drafts"]
    if "clearing officer" in who.roles:
        names.append("clearance")
    if "releasing officer" in who.roles:
        names.append("release")
    return names


def _in_tray(connection: Any, who: Visit, asked: Asked) -> Pane:
    tray = trays.in_tray(who.office, connection, who.person, show=asked.name, after=asked.after)
    counts = trays.tray_counts(connection, who.person)
    groups: list[tuple[str, Sequence[Row]]] = []
    if tray.urgent:
        groups.append(("Flash, not opened yet", [_copy_row(line, asked) for line in tray.urgent]))
    groups += _by_day(tray.lines, lambda line: _copy_row(line, asked))
    standing = None
    if asked.selected is not None:
        standing = trays.standing_of(connection, who.person, asked.selected, asked.name)
    where = {} if standing is None else {"position": f"{standing.n} of {standing.of}"}
    if standing is not None:
        for step in ("before", "after", "unread"):
            place = getattr(standing, step)
            where[step] = "" if place is None else asked.to(place)
    nothing = "Nothing lies in your tray" if asked.name == "all" else "Nothing of this kind lies in your tray"
    return Pane(
        name=asked.name,
        section="tray",
        title="In-tray",
        sum=f"{counts['unread']} unread of {counts[asked.name]}" if counts["all"] else "",
        filters=_tray_filters(connection, who, asked.name),
        groups=groups,
        markings=[line.marking for line in (*tray.urgent, *tray.lines)],
        empty=(nothing, "Copies issued to you appear here as they are issued."),
        more=_more(asked, tray.more),
        newer=list_address(asked.name) if asked.after else "",
        live=_live(asked),
        query=asked.query,
        explained="FLASH and above stand on top until you open them." if tray.urgent else "",
        **where,
    )


def _tray_filters(connection: Any, who: Visit, name: str) -> list[tuple[str, str, bool]]:
    """The filters of one's own copies, then the office's work with how much of it waits."""
    shown = [(TITLES[show], list_address(show), show == name) for show in SHOWS]
    for what, count in trays.work_counts(connection, who.roles).items():
        many = f"{COUNTED} or more" if count >= COUNTED else str(count)
        if count or what == name:
            shown.append((f"{TITLES[what]} ({many})", list_address(what), what == name))
    if name == "touch":
        shown.append((TITLES["touch"], list_address("touch"), True))
    return shown


def _work(connection: Any, who: Visit, asked: Asked) -> Pane:
    lines: Sequence[Line] = ()
    if asked.name == "decipher":
        rows = [_sealed_row(one) for one in trays.undeciphered(connection)]
    elif asked.name == "touch":
        rows = [
            _touch_row(one) for one in waiting.waiting_for(connection, who.person, who.office.clock.now())
        ]
    else:
        lines = trays.work(connection, who.person, asked.name)
        rows = [_cable_row(line, asked, _state_words(line)) for line in lines]
    return Pane(
        name=asked.name,
        section="tray",
        title="In-tray",
        sum=TITLES[asked.name],
        filters=_tray_filters(connection, who, asked.name),
        groups=[("Most urgent first", rows)] if rows else [],
        markings=[line.marking for line in lines],
        empty=("Nothing waits", "What there is to do here appears as it comes."),
        live=_live(asked),
        query=asked.query,
    )


def _outgoing(connection: Any, who: Visit, asked: Asked) -> Pane:
    after = BEYOND if asked.after is None else asked.after.cable
    sent: Sequence[Sent] = ()
    drafts: Sequence[Draft] = ()
    if asked.name == "out":
        sent, more = outgoing.sent(who.office, connection, who.person, who.roles, after=after)
    elif asked.name == "drafts":
        drafts, more = outgoing.drafts(connection, who.person, who.roles, after=after)
    elif asked.name == "clearance":
        drafts, more = outgoing.for_clearance(connection, who.person, after=after)
    else:
        drafts, more = outgoing.for_release(connection, who.person, after=after)
    rows = {one.line.cable: _sent_row(one, asked) for one in sent}
    rows |= {one.line.cable: _draft_row(one, asked) for one in drafts}
    lines = [one.line for one in sent] + [one.line for one in drafts]
    own = papers.papers_of(connection, who.person) if asked.name == "drafts" and not asked.after else []
    unfinished = [("Unfinished, seen by you alone", [_paper_row(one) for one in own])] if own else []
    title, nothing = _OUTGOING[asked.name]
    return Pane(
        name=asked.name,
        section="release" if asked.name == "clearance" else asked.name,
        title=title,
        sum="",
        filters=_release_filters(who, asked.name),
        groups=[*unfinished, *_by_day(lines, lambda line: rows[line.cable])],
        markings=[*(line.marking for line in lines), *(marking_of(one.sheet) for one in own)],
        empty=(nothing, ""),
        more=_more(asked, None if more is None else Place(more)),
        newer=list_address(asked.name) if asked.after else "",
        live=_live(asked),
        query=asked.query,
    )


_OUTGOING = {
    "out": ("Out-tray", "Nothing was sent yet"),
    "drafts": ("Drafts", "There are no drafts"),
    "clearance": ("For clearance", "No draft waits for your clearance"),
    "release": ("For release", "No draft waits to be released"),
}


def _release_filters(who: Visit, name: str) -> list[tuple[str, str, bool]]:
    shown = [one for one in ("clearance", "release") if one in lists(who)]
    if name not in shown or len(shown) < 2:
        return []
    return [(_OUTGOING[one][0], list_address(one), one == name) for one in shown]


def _copy_row(line: Line, asked: Asked) -> Row:
    meta = [f"Copy {line.seq} of {line.of}", _PURPOSES.get(line.purpose, "")]
    if line.return_by:
        meta.append(f"Back by {_date(line.return_by)}")
    done = "Acknowledged" if line.acknowledged else ""
    if line.answers:
        done = f"Answered by {line.answers[-1][1]}"
    late = [due for due in line.dues if due.late]
    due = due_words((late or line.dues)[0]) if line.dues else ""
    return _cable_row(line, asked, tuple(meta), due=due, done=done)


def _cable_row(line: Line, asked: Asked, meta: Sequence[str], *, due: str = "", done: str = "") -> Row:
    return Row(
        href=asked.to(line.place),
        precedence=_word(line.precedence),
        sender=row_text(line.sender or line.origin),
        time=f"{line.at[11:13]}{line.at[14:16]}",
        subject=row_text(line.subject),
        number=row_text(line.number or f"entry {line.cable}"),
        meta=tuple(part for part in meta if part),
        due=due,
        done=done,
        unread=line.unread,
        selected=asked.holds(line.place) or asked.holds(Place(line.cable)),
        key=f"{line.cable}-{line.seq}",
    )


def _sent_row(one: Sent, asked: Asked) -> Row:
    told = [_receipt_words(addressee) for addressee in one.addressees]
    fulfilled = any(addressee.fulfilled for addressee in one.addressees)
    return _cable_row(one.line, asked, told[:4], done="Fulfilled" if fulfilled else "")


def _receipt_words(one: outgoing.Addressee) -> str:
    """How far a cable got with one post, in the words of the four receipts."""
    if one.acknowledged:
        return f"{one.name}: acknowledged"
    if one.has:
        return f"{one.name}: in its register"
    if one.took:
        return f"{one.name}: taken by the bearer"
    return f"{one.name}: waits to go"


def _draft_row(one: Draft, asked: Asked) -> Row:
    waits = f"Waits for {', '.join(one.waits)}" if one.waits else ""
    return _cable_row(one.line, asked, (one.line.state.capitalize(), one.line.drafter), due=waits)


def _paper_row(one: Paper) -> Row:
    """A sheet that its reader is still writing."""
    return Row(
        href=f"/compose/papers/{one.id}",
        precedence="",
        sender="",
        time=f"{one.saved[11:13]}{one.saved[14:16]}",
        subject=row_text(about(one)),
        number="" if one.cable < 0 else f"entry:{one.cable}",
        meta=("To be rewritten" if one.cable >= 0 else "Not entered",),
        key=one.id,
    )


def _sealed_row(one: trays.Waiting) -> Row:
    """A sealed cable: nothing is known of it but how fast it is, and from where."""
    return Row(
        href=list_address("decipher"),
        precedence=_word(one.precedence),
        sender=one.name,
        time=f"{one.at[11:13]}{one.at[14:16]}",
        subject="Sealed",
        number=one.channel,
        meta=(one.peer,),
        due="Held: its key is gone" if one.state == "held" else "",
        unread=True,
        key=one.digest,
    )


def _touch_row(one: waiting.Waiting) -> Row:
    return Row(
        href=f"/acts/{one.id}",
        precedence="",
        sender=one.person,
        time=f"{one.made:%H%M}",
        subject=row_text(" ".join(one.words)),
        number="",
        meta=("Asks for your touch",),
        due=f"until {one.ends:%H%M}Z",
        unread=True,
        key=one.id,
    )


def _state_words(line: Line) -> tuple[str, ...]:
    return ("From paper" if line.direction == "paper" else "", line.dtg)


def _word(precedence: int) -> str:
    return Precedence(precedence).name.lower() if precedence >= 0 else ""


def _by_day(lines: Iterable[Line], row: Callable[[Line], Row]) -> list[tuple[str, Sequence[Row]]]:
    return [
        (_date(day), [row(line) for line in group]) for day, group in groupby(lines, lambda one: one.at[:10])
    ]


def _date(day: str) -> str:
    """``2026-11-22`` as people write it."""
    year, month, date = day[:4], day[5:7], day[8:10]
    return f"{int(date)} {_MONTHS[int(month) - 1]} {year}"


def due_words(due: Due) -> str:
    """When a tasking is due, in a few words; said to be overdue only when that is certain."""
    if due.due:
        try:
            reading = parse_reading(due.due)
        except BadValue:
            return f"Due {row_text(due.due)}"
        when = f"{reading.local.day} {_MONTHS[reading.local.month - 1][:3]}"
        if reading.precision is Precision.MINUTE:
            when += f" {reading.local:%H%M}{'Z' if reading.zone == 0 else ''}"
        return f"Overdue since {when}" if due.late else f"Due {when}"
    if due.chase is None:
        return "An ask is open"
    when = f"{due.chase.day} {_MONTHS[due.chase.month - 1][:3]} {due.chase:%H%M}Z"
    return f"To be chased since {when}" if due.late else f"Chased from {when}"


def list_address(name: str) -> str:
    """Where a list stands as a page of its own."""
    addresses = {"all": "/tray", "out": "/out", "drafts": "/drafts", "release": "/release"}
    if name in addresses:
        return addresses[name]
    return "/release?show=clearance" if name == "clearance" else f"/tray?show={name}"


def _more(asked: Asked, place: Place | None) -> str:
    if place is None:
        return ""
    address = list_address(asked.name)
    return f"{address}{'&' if '?' in address else '?'}after={_written(place)}"


def _live(asked: Asked) -> str:
    given = {"from": asked.name}
    if asked.after is not None:
        given["after"] = _written(asked.after)
    if asked.selected is not None:
        given["open"] = _written(asked.selected)
    return f"/tray/pane?{urlencode(given)}"


def _written(place: Place) -> str:
    return f"{place.cable}.{place.seq}" if place.seq >= 0 else str(place.cable)


def read_place(text: str) -> Place | None:
    """A place as an address has it; anything else is none."""
    parts = text.split(".")
    if len(parts) > 2 or not all(part.isdecimal() and part.isascii() and len(part) < 14 for part in parts):
        return None
    return Place(*map(int, parts))
