"""What pages of the docket have in common: as of when, of which talks, and an item as a page shows it.

Every page reads through one lens: who asks, with which roles on, up to which entry of the register. Of
each item its words are shown with their source, a cable and its paragraph; of a cable that is not for
who asks, neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

from reftel.docket.agreement import NOT_COUNTED
from reftel.docket.fold import Move, State
from reftel.docket.items import Item
from reftel.docket.kinds import COMMON, KINDS, fields_of
from reftel.office.docket import Lens
from reftel.office.holdings import cables_named
from reftel.office.moments import When, read_when
from reftel.office.naming import post_called
from reftel.office.sight import Asker, Sight, seen_of
from reftel.office.trays import Line
from reftel.store.engine import View
from reftel.web.asked import highest, text_asked
from reftel.web.visit import Visit, visit

SECTION: Final = "docket"
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}):?([0-9]{2})(?::?[0-9]{2}(?:\.[0-9]+)?)?Z?")
# What an item says of itself besides its own fields stands in places of its own.
_ELSEWHERE: Final = frozenset(COMMON) - {"cites"}
_MARKS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("open", "in force", "standing", "withheld", "ready", "tabled", "bracketed"), "live"),
    **dict.fromkeys(("part-answered", "deferred", "came true in part", "agreed ad referendum"), "part"),
    **dict.fromkeys(("answered", "executed", "came true", "agreed", "signed", "used", "lifted"), "done"),
    **dict.fromkeys(("superseded", "rescinded", "expired", "overtaken", "lapsed", "withdrawn"), "gone"),
    **dict.fromkeys(("deadlocked", "referred to another forum", "did not come true", "dropped"), "gone"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """Through what one request reads the docket: the lens, the moment if one was asked for, which talks.

    ``talks`` is the key of the talks that the address names, ``None`` where it names none.
    """

    who: Visit
    lens: Lens
    path: str
    asked: str = ""
    when: When | None = None
    talks: str | None = None

    def to(self, path: str, **query: object) -> str:
        """An address of the docket, as of the same moment and of the same talks."""
        given: dict[str, object] = {} if self.talks is None else {"talks": self.talks}
        given |= {name.rstrip("_"): value for name, value in query.items() if value is not None}
        if self.asked:
            given["at"] = self.asked
        return f"{path}?{urlencode(given)}" if given else path

    def item(self, name: str) -> str:
        """The address of an item."""
        return f"/docket/items/{quote(name)}{self._then}"

    def session(self, name: str) -> str:
        """The address of a meeting, by its item."""
        return f"/docket/sessions/{quote(name)}{self._then}"

    @property
    def _then(self) -> str:
        return f"?{urlencode({'at': self.asked})}" if self.asked else ""


def lens_of(who: Visit, until: int = -1) -> Lens:
    """Through what a person reads the docket, up to an entry; -1 is now."""
    return Lens(who.office.origin, Asker(person=who.person, roles=who.roles), until)


def glass(request: Request, connection: View) -> Glass:
    """How this request reads the docket: ``at`` is the moment asked for, in UTC; empty is now.

    Raises :class:`~reftel.errors.BadValue` and :class:`~reftel.errors.NotFound` for a moment that is none.
    """
    who = visit(request)
    asked = text_asked(request, "at", 80)
    until, when = until_asked(who, connection, asked)
    talks = text_asked(request, "talks") if "talks" in request.query_params else None
    return Glass(
        who=who, lens=lens_of(who, until), path=request.url.path, asked=asked, when=when, talks=talks
    )


def until_asked(who: Visit, connection: View, asked: str) -> tuple[int, When | None]:
    """The last entry that counts as of a moment, and how that was read; -1 and ``None`` for now."""
    if not asked:
        return -1, None
    when = read_when(connection, _as_written(asked), who.office.now())
    # before the register began nothing was known; its first entry, the post's opening, brings no item
    return max(when.entry, 0), when


def _as_written(asked: str) -> str:
    """A moment as the calendar of a browser writes it, in the words of a cable."""
    found = _ISO.fullmatch(asked)
    return f"{found[2]}{found[3]}Z {found[1]}" if found else asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where words stand and who vouches for them: a cable and its paragraph, or neither if it is not shown.

    ``reads`` is whether the cable is for who asks.
    """

    item: str
    kind: str
    reads: bool
    cable: int = -1
    number: str = ""
    subject: str = ""
    href: str = ""
    paragraph: str = ""
    quote: str = ""
    by: str = ""
    reporter: str = ""
    who: str = ""
    origin: str = ""
    at: str = ""
    entry: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A field of an item: its name, what stands in it, and the item that this names, if it names one."""

    label: str
    text: str
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done with an item, the state that this left, and by which item."""

    act: str
    state: str
    mark: str
    by: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An item as a page shows it: as amended, with its sources, its state and how it came there.

    ``mark`` tells the states apart by shape. ``remark`` is why it has no effect, if it has none.
    """

    name: str
    kind: str
    says: str
    state: str
    mark: str
    source: Source
    talks: str
    issues: tuple[str, ...]
    about: str = ""
    note: str = ""
    date: str = ""
    inferred: bool = False
    facts: tuple[Fact, ...] = ()
    confirmed: tuple[Source, ...] = ()
    amended: tuple[Source, ...] = ()
    struck: Source | None = None
    moves: tuple[Step, ...] = ()
    ours: bool = True
    remark: str = ""
    corrected: int = -1

    def said(self, label: str) -> str:
        """What stands in one of its fields; empty where nothing does."""
        return next((fact.text for fact in self.facts if fact.label == label), "")

    @property
    def key(self) -> str:
        """What names the item in its page's own anchors."""
        return re.sub(r"[^A-Za-z0-9]+", "-", self.name)


@dataclass(slots=True)
class Sheaf:
    """The items of one page: which of their cables the reader may read, what those are called here."""

    connection: View
    glass: Glass
    lines: dict[int, Line] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)
    _posts: dict[str, str] = field(default_factory=dict)

    def expect(self, states: Iterable[State]) -> None:
        """Look up the cables of many items at once, that are shown one by one."""
        self._look_up(item.cable for state in states for item in _items_of(state))

    def show(self, states: Iterable[State], *, ours: bool = True) -> tuple[Shown, ...]:
        """Items as the page shows them."""
        states = list(states)
        self.expect(states)
        return tuple(self._shown(state, ours=ours) for state in states)

    def one(self, state: State, *, ours: bool = True, remark: str = "") -> Shown:
        """One item as the page shows it."""
        self.expect([state])
        return self._shown(state, ours=ours, remark=remark)

    def sources(self, items: Iterable[Item]) -> tuple[Source, ...]:
        """Where items stand, without more."""
        items = list(items)
        self._look_up(item.cable for item in items)
        return tuple(self._source(item) for item in items)

    @property
    def marking(self) -> str:
        """The highest marking of the cables that the page quotes."""
        return highest(line.marking for line in self.lines.values())

    def _look_up(self, cables: Iterable[int]) -> None:
        new = sorted({cable for cable in cables if cable >= 0} - self._asked)
        if not new:
            return
        self._asked.update(new)
        who = self.glass.who
        seen = seen_of(self.connection, who.person, who.roles, new, Sight.TEXT)
        self.lines |= cables_named(self.connection, who.person, seen, seen)

    def _source(self, item: Item) -> Source:
        line = self.lines.get(item.cable)
        if line is None:
            return Source(item=item.name, kind=item.kind, reads=False, at=item.at, origin=item.origin)
        anchor = f"#p-{quote(item.paragraph)}" if item.paragraph else ""
        return Source(
            item=item.name,
            kind=item.kind,
            reads=True,
            cable=line.cable,
            number=called(line),
            subject=" ".join(f"{line.sender}: {line.subject}".split())[:120].strip(": "),
            href=f"/cables/{line.cable}{anchor}",
            paragraph=item.paragraph,
            quote=item.quote,
            by=item.by,
            reporter=item.get("reported") or item.reporter,
            who=item.who,
            origin=self._post(item.origin),
            at=item.at,
            entry=item.entry,
        )

    def _post(self, origin: str) -> str:
        if origin not in self._posts:
            self._posts[origin] = post_called(self.connection, origin)
        return self._posts[origin]

    def _shown(self, state: State, *, ours: bool, remark: str = "") -> Shown:
        item = state.item
        source = self._source(item)
        return Shown(
            name=item.name,
            kind=item.kind,
            says=KINDS[item.kind].says if item.kind in KINDS else "",
            state=state.state,
            mark=mark_of(state.state),
            source=source,
            talks=item.talks,
            issues=item.issues,
            about=item.get("about"),
            note=item.get("note"),
            date=item.get("date"),
            inferred=bool(item.get("inferred")),
            facts=facts_of(item) if source.reads or item.kind in {"post", "merge", "unmerge"} else (),
            confirmed=tuple(map(self._source, state.confirmed)),
            amended=tuple(map(self._source, state.former)),
            struck=None if state.struck is None else self._source(state.struck),
            moves=tuple(map(self._step, state.moves)),
            ours=ours,
            remark=remark,
            corrected=item.corrected,
        )

    def _step(self, move: Move) -> Step:
        mark = mark_of(move.state if move.act not in {"bracket", "agreement", NOT_COUNTED} else "")
        return Step(act=move.act, state=move.state, mark=mark, by=self._source(move.by))


def _items_of(state: State) -> Sequence[Item]:
    struck = [] if state.struck is None else [state.struck]
    return [state.item, state.first, *state.confirmed, *state.amended, *struck, *(m.by for m in state.moves)]


def called(line: Line) -> str:
    """A cable by its number here: said in words where it is no more than a count of what came."""
    if not line.number:
        return f"entry {line.cable}"
    return f"incoming {line.number}" if line.number.isdecimal() and line.direction == "in" else line.number


def mark_of(state: str) -> str:
    """The mark that stands before a state: what is open, half done, done, begun, or ended otherwise."""
    return _MARKS.get(state, "begun")


def facts_of(item: Item) -> tuple[Fact, ...]:
    """The fields of an item in the order of the table of kinds, those left out that stand elsewhere."""
    if item.kind not in KINDS:
        return tuple(Fact(label=name, text=value) for name, value in item.fields.items())
    return tuple(
        Fact(label=name, text=value, item=value if form.form == "item" else "")
        for name, form in fields_of(item.kind).items()
        if name not in _ELSEWHERE and (value := item.get(name))
    )
