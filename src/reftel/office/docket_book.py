"""The docket book: gathering what a person may read of one set of talks, as of a moment, to be printed.

Each item stands in the book once, with its cable and paragraph; where it belongs under several heads, the
others lead to its page. What does not count stands there too, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.fold import State
from reftel.docket.items import Item, issue_key
from reftel.docket.kinds import KINDS
from reftel.errors import BadValue
from reftel.office import docket as reading
from reftel.office import docket_views as views
from reftel.office.clearance import level, split_marking
from reftel.office.desk import cable_text
from reftel.office.docket import Lens
from reftel.office.docket_book_lines import UNDER_THEIR_ISSUE, Shelf, cable_name
from reftel.office.docket_names import Names
from reftel.office.moments import When
from reftel.office.office import Office, find_cables
from reftel.office.sight import Sight, seen_of
from reftel.press.book import Book, Chapter, Entry, Group, Part
from reftel.register.entries import b64, clock_text, encode_json
from reftel.register.log import size_of, tree_of
from reftel.store import tables as t

MOST_ITEMS = 3000
"""So many items stand in one book."""
Progress = Callable[[str, int, int], None]
_ROWS_AT_ONCE = 200
_NOTE = (
    "Each item is named by the register entry that brought it, and is the same at every post. A grey rule at "
    "its side means that it is another side's word. What stands in cables that whoever asked may not read is "
    "not in this book."
)
_WHO = ("party", "post", "person", "alias")
_ABOUT_OTHERS = ("strike", "step", "merge", "unmerge", "confirmation")
_ELSEWHERE: Final = {
    "instruction": "Instructions",
    "session": "Sessions",
    "outcome": "Sessions",
    "move": "Sessions",
    "observation": "Sessions",
    "disclosure": "Disclosures",
    "withheld": "Disclosures",
    "movement": "Movements",
}
_PLURALS: Final = {
    "instruction": "Instructions",
    "session": "Meetings",
    "outcome": "Outcomes",
    "move": "Moves",
    "observation": "What was noticed",
    "disclosure": "What was told",
    "withheld": "What is not to be shown yet",
    "movement": "Movements",
    "party": "Parties",
    "post": "Posts",
    "person": "People",
    "alias": "Other names, as printed",
}


def _silent(_part: str, _done: int, _total: int) -> None:
    pass


def docket_book(
    office: Office,
    connection: Connection,
    lens: Lens,
    talks: str,
    *,
    when: When | None = None,
    most: int = MOST_ITEMS,
    progress: Progress = _silent,
) -> Book:
    """The book of the talks with that key, as this register had them; ready for the press.

    Raises :class:`BadValue` where there are more items than ``most``.
    """
    _demand_bounded(connection, lens, talks, most)
    items = reading.of_kinds(connection, lens, tuple(KINDS), talks)
    if talks:
        items += reading.of_kinds(connection, lens, _WHO, "")
    docket = reading.fold(connection, lens, items)
    own = {item.name for item in items}
    items = [item for item in docket.items if item.name in own and not item.hidden]
    rows = _rows(connection, {item.cable for item in items})
    names = Names(connection, lens)
    shelf = Shelf(docket, names, _paragraphs(connection, items, rows, progress), rows, talks)
    name = next((one.name for one in views.talks(connection, lens) if one.key == talks), "")
    chapters = tuple(_chapters(connection, lens, shelf, items))
    size = size_of(connection) if lens.until < 0 else lens.until + 1
    at = office.now()
    return Book(
        title=f"The docket: {name}" if name else "The docket",
        eyebrow=f"Docket book · {office.name}",
        origin=office.origin,
        marking=_highest(rows.values()),
        foot=f"Docket of {office.name} · entry {size - 1}",
        printed_at=at,
        known=(
            ("As known at", f"{office.name} ({office.origin})"),
            ("Until", f"{clock_text(at if when is None else when.instant)[:16].replace('T', ' ')}Z"),
            ("Register", f"entry {size - 1}, the last of {size}"),
            ("Root", b64(tree_of(connection).root(size))),
            ("Read for", "the post's own keys" if lens.asker is None else lens.asker.person),
            ("It holds", f"{_count(len(shelf.placed), 'item')} out of {_count(len(shelf.quoted), 'cable')}"),
        ),
        notes=(_NOTE,),
        chapters=chapters,
        indexes=_indexes(shelf),
        docket=encode_json(_as_json(lens, shelf, items)),
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _demand_bounded(connection: Connection, lens: Lens, talks: str, most: int) -> None:
    d = t.docket.c
    query = select(d.cable, func.count().label("borne")).group_by(d.cable)
    query = query.where(d.kind.in_(tuple(KINDS)), d.talks == talks)
    query = query if lens.until < 0 else query.where(d.entry <= lens.until)
    rows = iter(connection.execute(query).all())
    found, asker = 0, lens.asker
    while found <= most and (some := {row.cable: row.borne for row in islice(rows, _ROWS_AT_ONCE)}):
        read = list(some)
        if asker is not None:
            read = seen_of(connection, asker.person, asker.roles, read, Sight.TEXT)
        found += sum(some[cable] for cable in read)
    if found > most:
        raise BadValue(
            f"there are more items than the {most} that are printed here at most",
            mend="`reftel docket book` prints more than a page does, `reftel docket export` gives all.",
        )


def _rows(connection: Connection, cables: set[int]) -> dict[int, Row[Any]]:
    every = sorted(cables)
    found: dict[int, Row[Any]] = {}
    for at in range(0, len(every), _ROWS_AT_ONCE):
        found |= {row.cable: row for row in find_cables(connection, every[at : at + _ROWS_AT_ONCE])}
    return found


def _paragraphs(
    connection: Connection, items: Sequence[Item], rows: dict[int, Row[Any]], progress: Progress
) -> dict[tuple[int, str], str]:
    """The words of the paragraphs that items mean whole."""
    wanted = sorted(
        {item.cable for item in items if item.paragraph and not item.quote and item.cable in rows}
    )
    words: dict[tuple[int, str], str] = {}
    for n, cable in enumerate(wanted, 1):
        progress("cables", n, len(wanted))
        found = cable_text(connection, rows[cable])
        if found is not None:
            words |= {(cable, name): paragraph.text for name, paragraph in paragraph_ids(found[0])}
    return words


def _highest(rows: Iterable[Row[Any]]) -> str:
    """The highest classification of these cables, and every caption that one of them bears."""
    markings = [split_marking(row.marking) for row in rows]
    captions = dict.fromkeys(caption for _, captions in markings for caption in captions if caption)
    first = max((one for one, _ in markings), key=level, default="")
    return " · ".join(part for part in (first, *captions) if part)


def _chapters(connection: Connection, lens: Lens, shelf: Shelf, items: Sequence[Item]) -> Iterator[Chapter]:
    """The chapters; who is who and what does not count are set apart before the issues take their items."""
    docket = shelf.docket
    whole = [item for item in items if docket.stands(item.name) and item.name not in docket.remarks]
    who = Part(title="", groups=tuple(_groups(shelf, whole, {kind: _PLURALS[kind] for kind in _WHO})))
    if who.groups:
        yield Chapter(title="Parties and people", parts=(who,))
    board = _board(connection, lens, shelf, whole)
    if board.rows:
        yield board
    parts = tuple(_issues(shelf, whole))
    if parts:
        yield Chapter(title="Issues", parts=parts, fresh=True)
    for title in dict.fromkeys(_ELSEWHERE.values()):
        names = {kind: _PLURALS[kind] for kind, chapter in _ELSEWHERE.items() if chapter == title}
        kinds = {kind: "" if name == title else name for kind, name in names.items()}
        groups = tuple(_groups(shelf, whole, kinds))
        if groups:
            yield Chapter(title=title, parts=(Part(title="", groups=groups),))
    amended = [item for item in items if item.kind in _ABOUT_OTHERS or item.get("amends")]
    lines = shelf.lines(item for item in amended if item.name not in docket.remarks)
    if lines:
        yield Chapter(
            title="Amended, merged, confirmed",
            parts=(Part(title="", groups=(Group(title="", lines=lines),)),),
        )
    left = shelf.lines(items)
    if left:
        yield Chapter(
            title="What does not count", parts=(Part(title="", groups=(Group(title="", lines=left),)),)
        )
    if shelf.quoted:
        yield _cables(shelf)


def _groups(shelf: Shelf, items: Sequence[Item], titles: dict[str, str]) -> Iterator[Group]:
    for kind, title in titles.items():
        lines = shelf.lines(item for item in items if item.kind == kind)
        if lines:
            yield Group(title=title, lines=lines)


def _issues(shelf: Shelf, items: Sequence[Item]) -> Iterator[Part]:
    docket = shelf.docket
    every = sorted(
        (issue for (talks, _), issue in docket.issues().items() if talks == shelf.talks),
        key=lambda issue: issue.name.casefold(),
    )
    by_issue: dict[str, list[Item]] = {}
    for item in items:
        for key in dict.fromkeys(docket.root(item.talks, issue_key(name)) for name in item.issues):
            by_issue.setdefault(key, []).append(item)
    for issue in every:
        of_it = by_issue.get(issue.key, [])
        elsewhere = tuple(
            (f"{item.kind} {item.name}", item.name)
            for item in of_it
            if item.kind in _ELSEWHERE or item.name in shelf.placed
        )
        numbers = "; ".join(f"{number} in {shelf.cable(item.cable)}" for number, item in issue.numbers)
        other = "; ".join(name for name in issue.names if name != issue.name)
        facts = (
            f"Level: {issue.level}." if issue.level else "",
            f"Also called: {other}." if other else "",
            f"Printed numbers, each good in its own cable alone: {numbers}." if numbers else "",
            issue.about,
        )
        yield Part(
            title=issue.name,
            notes=tuple(note for note in facts if note),
            groups=tuple(_groups(shelf, of_it, dict(UNDER_THEIR_ISSUE))),
            see=elsewhere,
        )
    groups = tuple(_groups(shelf, items, dict(UNDER_THEIR_ISSUE)))
    if groups:
        yield Part(title="Without an issue", groups=groups)


def _board(connection: Connection, lens: Lens, shelf: Shelf, items: Sequence[Item]) -> Chapter:
    first_of: dict[str, str] = {}
    for item in items:
        for name in item.issues if item.kind in UNDER_THEIR_ISSUE else ():
            first_of.setdefault(shelf.docket.root(item.talks, issue_key(name)), item.name)
    lines: list[views.BoardLine] = []
    after, first = "", True
    while first or after:
        page = views.board(connection, lens, shelf.talks, after, _ROWS_AT_ONCE)
        lines += page.lines
        after, first = page.more, False
    lines.sort(key=lambda line: line.issue.name.casefold())
    return Chapter(
        title="The board",
        notes=(
            "Issues by name: how each stands, who holds what, what was done last, what is open and in force.",
        ),
        heads=("Issue", "State", "Positions", "Last move", "Open", "In force"),
        widths=(5, 3, 8, 6, 2, 2),
        rows=tuple(_board_row(line, first_of.get(line.issue.key, "")) for line in lines),
    )


def _board_row(line: views.BoardLine, first: str) -> tuple[tuple[str, str], ...]:
    held = "; ".join(f"{party}: {_short(state)}" for party, state in line.positions.items())
    last = line.last_move
    return (
        (line.issue.name, first),
        (line.state, ""),
        (held, next((state.first.name for state in line.positions.values()), "")),
        ("" if last is None else _short(last), "" if last is None else last.first.name),
        (str(len(line.open_questions) or ""), next((q.first.name for q in line.open_questions), "")),
        (str(len(line.instructions) or ""), next((i.first.name for i in line.instructions), "")),
    )


def _short(state: State, most: int = 90) -> str:
    item = state.item
    words = item.quote or item.get("about") or item.get("outcome") or item.get("move") or item.get("stance")
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _cables(shelf: Shelf) -> Chapter:
    rows = []
    for entry in sorted(shelf.quoted):
        row = shelf.cables.get(entry)
        if row is not None:
            under = f"{row.origin}/{row.leaf}" if row.leaf >= 0 else "from paper"
            marking = " ".join(part for part in row.marking.split("\x1f") if part)
            cells = (cable_name(row), row.sender, row.dtg, marking, under, f"entry {entry}")
            rows.append(tuple((str(cell), "") for cell in cells))
    return Chapter(
        title="Cables quoted",
        heads=("Cable", "From", "Dated", "Marking", "Registered under", "Here"),
        widths=(6, 4, 5, 4, 6, 2),
        rows=tuple(rows),
    )


def _indexes(shelf: Shelf) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    docket = shelf.docket
    issues = []
    for (talks, key), issue in docket.issues().items():
        if talks == shelf.talks:
            issues.append(Entry(name=issue.name, items=tuple(shelf.issues.get(key, ()))))
            issues += [Entry(name=name, see=issue.name) for name in issue.names if name != issue.name]
    people = [Entry(name=name, items=tuple(items)) for name, items in shelf.people.items()]
    for state in shelf.names.aliases:
        name, printed = shelf.names.of(state.item.get("name")), state.item.get("printed")
        if name in shelf.people and issue_key(printed) != issue_key(name):
            people.append(Entry(name=printed, see=name))
    cables = [Entry(name=shelf.cable(entry), items=tuple(items)) for entry, items in shelf.quoted.items()]
    return (("Issues", _sorted(issues)), ("Parties and people", _sorted(people)), ("Cables", _sorted(cables)))


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    once = {(entry.name, entry.see): entry for entry in entries}
    return tuple(sorted(once.values(), key=lambda entry: (entry.name.casefold(), entry.see)))


def _as_json(lens: Lens, shelf: Shelf, items: Sequence[Item]) -> dict[str, Any]:
    """What is printed, as JSON: in the form of ``reftel docket export``."""
    docket = shelf.docket
    listed = [views.plain(docket.states[item.name], docket) for item in items if item.name in docket.states]
    unread = [
        {"name": item.name, "kind": item.kind, "standing": item.standing, "evidence": views.evidence(item)}
        for item in items
        if item.name not in docket.states
    ]
    return {"post": lens.own, "items": listed, "not_counted": unread}
