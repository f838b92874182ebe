"""The docket as people look at it: the board, one issue, questions, instructions, sessions, people.

Each view is read out of the items that stand, through a :class:`~reftel.office.docket.Lens`: what a
person may not read is not counted either. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from reftel.docket.fold import Docket, Issue, State
from reftel.docket.items import Item, issue_key
from reftel.docket.kinds import KINDS
from reftel.docket.lifecycle import OPEN
from reftel.docket.quantities import Same
from reftel.docket.readings import Measure, measures, same_meeting
from reftel.errors import NotFound
from reftel.office import docket as reading
from reftel.office.docket import Lens
from reftel.office.docket_names import Names
from reftel.store import tables as t

PAGE = 10
"""So many issues stand on one page of the board."""
_PEOPLE = ("person", "alias", "movement", "assessment", "observation", "party")
_ON_BOARD = (
    "issue",
    "question",
    "instruction",
    "position",
    "move",
    "outcome",
    "text",
    "merge",
    "answer",
    "step",
)
_MOST_KEYS = 500
_i = t.docket_issues.c
_d = t.docket.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Talks:
    """One negotiation: its key and the name under which it goes."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLine:
    """An issue in one line; what stands in it is what the items come to."""

    issue: Issue
    state: str
    positions: Mapping[str, State]
    last_move: State | None
    open_questions: tuple[State, ...]
    instructions: tuple[State, ...]
    texts: tuple[State, ...]
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A page of issues; ``more`` is the key after which the next goes on, empty at the end."""

    talks: str
    parties: tuple[str, ...]
    lines: tuple[BoardLine, ...]
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    """One issue with all that was said of it, by kind and in order; ``theirs`` is what other sides sent."""

    line: BoardLine
    parties: tuple[str, ...]
    history: tuple[State, ...]
    theirs: tuple[State, ...]
    docket: Docket

    def of(self, *kinds: str) -> tuple[State, ...]:
        """What our side has of these kinds, in order."""
        return tuple(state for state in self.history if state.item.kind in kinds)

    def measures(self) -> list[Measure]:
        """The quantities that were spoken of, whoever spoke, as said and with what they come to."""
        return measures(state.item for state in (*self.history, *self.theirs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A meeting, with what came of it issue by issue and what was done at the table.

    ``again`` are other reports of a session that opened at the same moment, by the clocks that both name;
    a list of meetings leaves them out.
    """

    state: State
    outcomes: tuple[State, ...]
    moves: tuple[State, ...]
    others: tuple[State, ...]
    again: tuple[State, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a party was told: by which disclosure, of which item if it names one."""

    party: str
    disclosure: State
    item: State | None


@dataclass(slots=True, kw_only=True)
class Somebody:
    """A person, party or place under all printed names, with what is said of them."""

    name: str
    kind: str = ""
    party: str = ""
    role: str = ""
    listed: Mapping[str, object] = field(default_factory=dict)
    aliases: list[State] = field(default_factory=list)
    movements: list[State] = field(default_factory=list)
    notes: list[State] = field(default_factory=list)


def talks(connection: Connection, lens: Lens) -> list[Talks]:
    """The negotiations of which who asks may read anything; only our own side names ours."""
    found = []
    ours = reading.fold(connection, lens, []).our_posts()
    for key in _talks_keys(connection):
        items = reading.of_kinds(connection, lens, ("talks",), key) or _some_of(connection, lens, key)
        named = [item for item in items if not item.standing]
        if named:
            own = (item for item in named if ours.issuperset((item.origin, *item.through)))
            declared = [item.get("name") for item in own if item.kind == "talks"]
            said = named[0].get("talks") or named[0].get("name") or "the talks"
            found.append(Talks(key=key, name=(declared or [said])[0]))
    return found


def default_talks(connection: Connection, lens: Lens) -> str:
    """The key of the only talks there are; empty where there are none or several."""
    found = talks(connection, lens)
    return found[0].key if len(found) == 1 else ""


def _talks_keys(connection: Connection) -> list[str]:
    """Every key of talks, each found from the one before, so that their items are not walked."""
    keys: list[str] = []
    for kind in KINDS:
        query = select(_d.talks).where(_d.kind == kind).order_by(_d.talks).limit(1)
        last = connection.execute(query).scalar()
        while last is not None:
            keys.append(last)
            last = connection.execute(query.where(_d.talks > last)).scalar()
    return sorted(set(keys))


def _some_of(connection: Connection, lens: Lens, key: str) -> list[Item]:
    query = select(_i.issue).where(_i.talks == key).order_by(_i.issue).distinct().limit(PAGE)
    for issue in list(connection.execute(query).scalars()):
        items = reading.of_issues(connection, lens, key, [issue])
        if any(not item.standing for item in items):
            return items
    return reading.of_kinds(connection, lens, list(KINDS), key)


def board(connection: Connection, lens: Lens, talks: str, after: str = "", size: int = PAGE) -> Board:
    """A page of the issues of these talks, by name."""
    base = reading.fold(connection, lens, [])
    keys = _issue_keys(connection, lens, base, talks, after, size + 1)
    docket = _of_issues(connection, lens, base, talks, keys[:size], _ON_BOARD)
    lines = [
        _line(docket, issue, states)
        for issue, states in _by_issue(docket, talks)
        if not docket.merged_with(talks, issue.key).isdisjoint(keys[:size])
    ]
    parties = _parties(connection, lens, docket, talks, lines)
    more = keys[size - 1] if len(keys) > size else ""
    return Board(
        talks=talks, parties=parties, lines=tuple(sorted(lines, key=lambda line: line.issue.key)), more=more
    )


def _issue_keys(
    connection: Connection, lens: Lens, base: Docket, talks: str, after: str, most: int
) -> list[str]:
    """The next issues' keys, of each issue the first by which who asks may know it."""
    keys: list[str] = []
    last, some = after, most
    while len(keys) < most:
        query = select(_i.issue).distinct().where(_i.talks == talks, _i.issue > last).order_by(_i.issue)
        found = list(connection.execute(query.limit(some)).scalars())
        if not found:
            break
        last, some = found[-1], min(2 * some, _MOST_KEYS)
        together = {key: base.merged_with(talks, key) for key in found}
        known = reading.known_issues(
            connection, lens, talks, {k for every in together.values() for k in every}
        )
        keys += [key for key in found if key == min(together[key] & known, default="")]
    return keys[:most]


def _of_issues(
    connection: Connection,
    lens: Lens,
    base: Docket,
    talks: str,
    keys: Collection[str],
    kinds: Sequence[str] = (),
) -> Docket:
    """The docket of these issues, whatever else they are called; ``base`` says which are one."""
    names = {name for key in keys for name in base.merged_with(talks, key)}
    return reading.fold(connection, lens, reading.of_issues(connection, lens, talks, names, kinds))


def _by_issue(docket: Docket, talks: str) -> Iterator[tuple[Issue, list[State]]]:
    """Each issue of these talks with everything that names it, in order."""
    states: dict[str, list[State]] = {}
    for state in docket.of_kind(*KINDS, ours=False):
        if state.item.talks == talks:
            for root in dict.fromkeys(docket.root(talks, issue_key(name)) for name in state.item.issues):
                states.setdefault(root, []).append(state)
    for (of, key), issue in docket.issues().items():
        if of == talks:
            yield issue, states.get(key, [])


def _line(docket: Docket, issue: Issue, states: Sequence[State]) -> BoardLine:
    ours = [state for state in states if docket.ours(state.first.origin)]
    positions = {
        state.item.get("party"): state
        for state in ours
        if state.item.kind == "position" and state.item.get("party")
    }
    moves = [state for state in ours if state.item.kind in {"move", "outcome"}]
    texts = [state for state in states if state.item.kind == "text"]
    return BoardLine(
        issue=issue,
        state=_state(texts, moves),
        positions=positions,
        last_move=moves[-1] if moves else None,
        open_questions=tuple(s for s in ours if s.item.kind == "question" and s.state in OPEN),
        instructions=tuple(s for s in ours if s.item.kind == "instruction" and s.state == "in force"),
        texts=tuple(texts),
        last=max((state.item.at for state in states), default=""),
    )


def _state(texts: Sequence[State], moves: Sequence[State]) -> str:
    """How an issue stands: by its last text, else by what the last meeting made of it, else raised."""
    if texts:
        return texts[-1].state
    outcomes = [state for state in moves if state.item.kind == "outcome"]
    return outcomes[-1].item.get("outcome") if outcomes else "raised"


def _parties(
    connection: Connection, lens: Lens, docket: Docket, talks: str, lines: Iterable[BoardLine]
) -> tuple[str, ...]:
    """The parties: those entered as such, ours first, then those who hold a position on this page."""
    entered = [item for item in reading.of_kinds(connection, lens, ("party",), talks) if not item.standing]
    entered = [item for item in entered if all(map(docket.ours, (item.origin, *item.through)))]
    entered.sort(key=lambda item: (item.get("side") != "ours", item.order))
    names = [item.get("party") for item in entered]
    names += [party for line in lines for party in line.positions]
    return tuple(
        {issue_key(name): name for name in reversed(names)}[key]
        for key in dict.fromkeys(map(issue_key, names))
    )


def issue_page(connection: Connection, lens: Lens, talks: str, key: str) -> IssuePage:
    """One issue, under any of its names; :class:`NotFound` where nothing of it may be seen."""
    key = issue_key(key)
    docket = _of_issues(connection, lens, reading.fold(connection, lens, []), talks, [key])
    root = docket.root(talks, key)
    for issue, states in _by_issue(docket, talks):
        if issue.key == root:
            line = _line(docket, issue, states)
            return IssuePage(
                line=line,
                parties=_parties(connection, lens, docket, talks, [line]),
                history=tuple(s for s in states if docket.ours(s.first.origin)),
                theirs=tuple(s for s in states if not docket.ours(s.first.origin)),
                docket=docket,
            )
    raise NotFound(
        "there is no such issue in the docket, or it is not for you",
        mend="Name one as `reftel docket board` lists it.",
    )


def _standing(
    connection: Connection, lens: Lens, kinds: Sequence[str], talks: str | None, *, ours: bool = True
) -> tuple[Docket, list[State]]:
    items = reading.of_kinds(connection, lens, kinds, talks)
    docket = reading.fold(connection, lens, items)
    states = docket.of_kind(*kinds, ours=ours)
    return docket, [state for state in states if talks is None or state.item.talks == talks]


def questions(
    connection: Connection, lens: Lens, talks: str | None = None, to: str = "", *, open_only: bool = True
) -> list[State]:
    """Questions of our side, the oldest first; of one principal, and those not answered in full, if asked."""
    _, found = _standing(connection, lens, ("question",), talks)
    known = Names(connection, lens)
    return [
        state
        for state in found
        if (not open_only or state.state in OPEN) and (not to or known.same(to, state.item.get("to")))
    ]


def count_open(connection: Connection, lens: Lens, most: int) -> int:
    """How many of the last ``most`` questions nobody answered in full."""
    query = select(_d.item).where(_d.kind == "question").order_by(_d.entry.desc()).limit(most)
    names = list(connection.execute(query).scalars())
    if not names:
        return 0
    docket = reading.fold(connection, lens, reading.named(connection, lens, names))
    found = docket.of_kind("question")
    return sum(state.state in OPEN and state.first.name in set(names) for state in found)


def open_questions_of_cable(connection: Connection, lens: Lens, cable: int) -> list[State]:
    """The questions that one cable bears and that nobody answered in full."""
    items = [item for item in reading.of_cable(connection, lens, cable) if item.kind == "question"]
    docket = reading.fold(connection, lens, items) if items else Docket([], lens.own)
    borne = {docket.here(item.name) for item in items}
    return [s for s in docket.of_kind("question") if s.first.name in borne and s.state in OPEN]


def instructions(
    connection: Connection,
    lens: Lens,
    talks: str | None = None,
    person: str = "",
    issue: str = "",
    *,
    in_force: bool = True,
) -> list[State]:
    """Instructions of our side: in force, for a person, on an issue, if asked; in order.

    One that names nobody is for everybody, one that names no issue is on every issue.
    """
    docket, found = _standing(connection, lens, ("instruction",), talks)
    known = Names(connection, lens)
    listed = []
    for state in found:
        item = state.item
        roots = {docket.root(item.talks, issue_key(name)) for name in item.issues}
        if in_force and state.state != "in force":
            continue
        if person and item.get("to") and not known.same(person, item.get("to")):
            continue
        if issue and roots and docket.root(item.talks, issue_key(issue)) not in roots:
            continue
        listed.append(state)
    return listed


def sessions(connection: Connection, lens: Lens, talks: str | None = None) -> list[Session]:
    """The meetings, in order, with what came of each."""
    _, found = _standing(connection, lens, ("session",), talks)
    kinds = ("outcome", "move", "observation")
    docket = reading.fold(connection, lens, [state.first for state in found])
    said = docket.of_kind(*kinds)
    return [_session(state, said) for state in found]


def _session(state: State, said: Sequence[State], every: Sequence[State] = ()) -> Session:
    of_it = [one for one in said if one.item.get("session") == state.first.name]
    return Session(
        state=state,
        outcomes=tuple(one for one in of_it if one.item.kind == "outcome"),
        moves=tuple(one for one in of_it if one.item.kind == "move"),
        others=tuple(one for one in of_it if one.item.kind == "observation"),
        again=tuple(
            other
            for other in every
            if other.item.name != state.item.name and same_meeting(other.item, state.item) is Same.YES
        ),
    )


def find_session(connection: Connection, lens: Lens, name: str) -> Session:
    """One meeting by its item's name; :class:`NotFound`."""
    docket = reading.find_item(connection, lens, name)
    for state in docket.of_kind("session"):
        if state.first.name == docket.here(name):
            _, every = _standing(connection, lens, ("session",), state.item.talks)
            return _session(state, docket.of_kind("outcome", "move", "observation"), every)
    raise NotFound("there is no such session in the docket, or it is not for you")


def disclosures(connection: Connection, lens: Lens, talks: str | None = None) -> list[Told]:
    """What each party was told, by party and in order."""
    docket, found = _standing(connection, lens, ("disclosure",), talks)
    told = [
        Told(party=party, disclosure=state, item=docket.states.get(state.item.get("item")))
        for state in found
        for party in state.item.names("to")
    ]
    return sorted(told, key=lambda one: issue_key(one.party))


def withheld(connection: Connection, lens: Lens, talks: str | None = None) -> list[State]:
    """What is not to be shown yet, in order."""
    _, found = _standing(connection, lens, ("withheld",), talks)
    return [state for state in found if state.state == "withheld"]


def people(connection: Connection, lens: Lens, talks: str | None = None) -> list[Somebody]:
    """Everybody of whom the docket or the authority list speaks, by name."""
    names = Names(connection, lens)
    found = {
        issue_key(one["name"]): Somebody(name=one["name"], kind=one["kind"], listed=one)
        for one in names.listed
    }

    def somebody(printed: str) -> Somebody:
        name = names.of(printed)
        return found.setdefault(issue_key(name), Somebody(name=name))

    _, states = _standing(connection, lens, _PEOPLE, talks)
    for state in states:
        item = state.item
        match item.kind:
            case "person":
                one = somebody(item.get("person"))
                one.party, one.role = item.get("party") or one.party, item.get("role") or one.role
                one.kind = one.kind or "person"
                one.notes.append(state)
            case "party":
                one = somebody(item.get("party"))
                one.kind = one.kind or "party"
                one.notes.append(state)
            case "alias":
                one = somebody(item.get("name"))
                one.kind = one.kind or item.get("kind")
                one.aliases.append(state)
            case "movement":
                for who in item.names("who"):
                    somebody(who).movements.append(state)
            case _ if item.get("of"):
                somebody(item.get("of")).notes.append(state)
    return sorted(found.values(), key=lambda one: issue_key(one.name))


def timeline(connection: Connection, lens: Lens, talks: str, most: int = 500) -> list[State]:
    """The last items of these talks in the order in which posts registered them."""
    query = select(_d.item).where(_d.talks == talks)
    if lens.until >= 0:
        query = query.where(_d.entry <= lens.until)
    query = query.order_by(_d.at.desc(), _d.item.desc()).limit(most)
    items = reading.named(connection, lens, connection.execute(query).scalars())
    wanted = {item.name for item in items}
    docket = reading.fold(connection, lens, items)
    return [state for state in docket.of_kind(*KINDS, ours=False) if state.first.name in wanted]


def plain(state: State, docket: Docket) -> dict[str, object]:
    """An item as plain values: what it says, its state, its evidence, and what was done with it."""
    item, first = state.item, state.first
    return _without_nothing(
        {
            "name": first.name,
            "also": first.same,
            "kind": item.kind,
            "state": state.state,
            "talks": item.get("talks"),
            "issues": list(item.issues),
            "fields": {name: value for name, value in item.fields.items() if name not in {"talks", "issue"}},
            "evidence": evidence(item),
            "confirmed": [evidence(one) for one in state.confirmed],
            "carried_again": [evidence(one) for one in docket.copies.get(first.name, [])],
            "amended": [one.name for one in state.amended],
            "struck_by": state.struck.name if state.struck else "",
            "moves": [{"act": move.act, "by": move.by.name, "state": move.state} for move in state.moves],
            "without_effect": docket.remarks.get(first.name, ""),
            "side": "ours" if docket.ours(first.origin) else "theirs",
        }
    )


def evidence(item: Item) -> dict[str, object]:
    """Where an item stands: the words, their paragraph and cable, who said and who passed them on."""
    return _without_nothing(
        {
            "cable": item.cable,
            "cites": item.get("cites"),
            "paragraph": item.paragraph,
            "quote": item.quote,
            "asserted_by": item.by,
            "reported_by": item.get("reported") or item.reporter,
            "post": item.origin,
            "registered": item.at,
            "entry": item.entry,
            "entered_by": item.who,
            "corrected_by": item.corrected if item.corrected >= 0 else "",
        }
    )


def _without_nothing(values: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in ("", [], {})}


def export(connection: Connection, lens: Lens) -> dict[str, object]:
    """The whole docket, every item with its evidence, those without effect too."""
    docket = reading.whole(connection, lens)
    items = [item for item in docket.items if not item.hidden]
    listed = [plain(docket.states[item.name], docket) for item in items if item.name in docket.states]
    unread = [
        {"name": item.name, "kind": item.kind, "standing": item.standing, "evidence": evidence(item)}
        for item in items
        if item.name not in docket.states
    ]
    return {"post": lens.own, "items": listed, "not_counted": unread}
