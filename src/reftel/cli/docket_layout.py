"""The docket as text for the terminal: every line with its cable, its paragraph and its words."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reftel.cli.output import fields, table
from reftel.docket.fold import Docket, State
from reftel.docket.items import Item
from reftel.docket.kinds import COMMON, KINDS, Field
from reftel.docket.suggest import Suggestion
from reftel.office.docket_views import Board, IssuePage, Session, Somebody, Told

WIDTH = 80
CELL = 44
_REPEATED = 12
_NOT_SHOWN = {"talks", "issue", "by", "reported", "cites", "amends"}
_PLURALS = {
    "text": "TEXTS",
    "bracket": "BRACKETS",
    "position": "POSITIONS",
    "assessment": "FORECASTS AND JUDGEMENTS",
    "question": "QUESTIONS",
    "answer": "ANSWERS",
    "instruction": "INSTRUCTIONS",
    "withheld": "WITHHELD",
    "disclosure": "DISCLOSURES",
    "fallback": "FALLBACKS",
    "option": "OPTIONS",
    "outcome": "OUTCOMES",
    "move": "MOVES",
}


def short(text: str, most: int = CELL) -> str:
    """The first words of a text, on one line."""
    return textwrap.shorten(text, most, placeholder=" …")


def clock(at: str) -> str:
    """A registered time to the minute, in UTC."""
    return f"{at[:10]} {at[11:16]}Z" if at else ""


def place(item: Item) -> str:
    """The cable and paragraph in which an item stands."""
    cable = item.get("cites") or (f"entry:{item.cable}" if item.cable >= 0 else "")
    return f"{cable} paragraph {item.paragraph}" if item.paragraph else cable


def words(item: Item) -> str:
    """What an item says: its words, or what a reader made of them where it quotes none."""
    return item.quote or item.get("about") or "; ".join(item.issues) or said(item)


def said(item: Item) -> str:
    """The fields of an item on one line, but for those whose words stand in its own."""
    return ", ".join(
        f"{name}: {value}"
        for name, value in item.fields.items()
        if value and name not in _NOT_SHOWN and not (len(value) > _REPEATED and value in item.quote)
    )


def list_text(states: Sequence[State], *, empty: str) -> str:
    """Items one under another, each with its evidence."""
    return "\n".join(block(state) for state in states) or empty


def items_text(items: Sequence[Item], docket: Docket) -> str:
    """Items in a table: name, kind, state or why they do not count, place, words."""
    rows = []
    for item in items:
        state = docket.states.get(item.name)
        stands = state.state if state is not None else ""
        rows.append(
            (item.name, item.kind, docket.remarks.get(item.name, stands), place(item), short(words(item)))
        )
    return table(("ITEM", "KIND", "STATE", "WHERE", "WORDS"), rows, empty="Nothing is entered yet.")


def block(state: State) -> str:
    """One item with its evidence, on several lines."""
    item = state.item
    head = f"{state.first.name}  {state.state}".rstrip()
    lines = [head, *_wrapped(item.quote or "(the whole paragraph)" if item.paragraph else "", "  ")]
    about = f"issue: {'; '.join(item.issues)}" if item.issues else ""
    lines += _wrapped(", ".join(part for part in (about, said(item)) if part), "  ")
    lines.append(f"  {_evidence(item)}")
    lines += [f"  {move.act}: {move.by.name}, {place(move.by)}" for move in state.moves]
    return "\n".join(lines)


def _evidence(item: Item) -> str:
    reported = item.get("reported") or item.reporter
    parts = [place(item), item.by, f"reported by {reported}" if reported else "", clock(item.at)]
    return ", ".join(part for part in parts if part)


def _wrapped(text: str, margin: str) -> list[str]:
    return [
        line
        for one in text.splitlines()
        for line in textwrap.wrap(one, WIDTH, initial_indent=margin, subsequent_indent=margin)
    ]


def board_text(board: Board) -> str:
    """The issues by parties, one line each."""
    heads = ("ISSUE", "STATE", *map(str.upper, board.parties), "LAST MOVE", "OPEN", "IN FORCE", "LAST")
    rows = []
    for line in board.lines:
        held = [line.positions.get(party) for party in board.parties]
        rows.append(
            (
                short(line.issue.name, 32),
                short(line.state, 20),
                *(short(words(one.item), 26) if one is not None else "" for one in held),
                short(words(line.last_move.item), 26) if line.last_move is not None else "",
                len(line.open_questions) or "",
                len(line.instructions) or "",
                clock(line.last),
            )
        )
    text = table(heads, rows, empty="No issue is entered in the docket.")
    more = f"\nMore: --after {board.more!r}" if board.more else ""
    notes = "\nOPEN: questions not answered in full. IN FORCE: instructions." if rows else ""
    return f"{text}{notes}{more}"


def issue_text(page: IssuePage) -> str:
    """One issue: its names and numbers, then everything said of it by kind."""
    issue = page.line.issue
    numbers = [f"{number} in entry:{item.cable}" for number, item in issue.numbers]
    head = fields(
        [
            ("ISSUE", issue.name),
            ("ALSO", "; ".join(name for name in issue.names if name != issue.name)),
            ("NUMBER", "; ".join(numbers)),
            ("LEVEL", issue.level),
            ("ABOUT", issue.about),
            ("STATE", page.line.state),
        ]
    )
    parts = [head]
    parts += [section(title, page.of(kind)) for kind, title in _PLURALS.items() if page.of(kind)]
    if page.theirs:
        parts.append(section("WHAT OTHER SIDES SENT", page.theirs))
    return "\n\n".join(parts)


def section(title: str, states: Sequence[State]) -> str:
    """A headed list of items with their evidence."""
    return "\n".join([title, *(block(state) for state in states)])


def sessions_text(sessions: Sequence[Session]) -> str:
    """The meetings, each with what came of it."""
    return "\n\n".join(_session(one) for one in sessions) or "No session is entered in the docket."


def _session(one: Session) -> str:
    item = one.state.item
    met = [item.get("form"), item.get("place"), item.get("date")]
    times = [f"{word} {item.get(word)}" for word in ("opened", "closed") if item.get(word)]
    lines = [
        f"{item.get('session')}  ({one.state.first.name})",
        "  " + ", ".join(part for part in (*met, *times, place(item)) if part),
    ]
    for outcome in one.outcomes:
        lines += _wrapped(f"{'; '.join(outcome.item.issues)}: {outcome.item.get('outcome')}", "  ")
    for move in one.moves:
        lines += _wrapped(f"{move.item.get('party')}, {move.item.get('move')}: {_moved(move.item)}", "  ")
    for noticed in one.others:
        lines += _wrapped(f"{noticed.item.get('of')}: {noticed.item.quote}", "  ")
    return "\n".join(lines)


def _moved(item: Item) -> str:
    bounds = " ".join(f"{word} {item.get(word)}" for word in ("from", "to") if item.get(word))
    unit = f" {item.get('unit')}" if item.get("unit") else ""
    return f"{words(item)} ({bounds}{unit})" if bounds else words(item)


def told_text(told: Sequence[Told], held: Sequence[State]) -> str:
    """What each party was told, and what is withheld."""
    rows = [
        (
            one.party,
            short(words(one.item.item if one.item is not None else one.disclosure.item)),
            one.disclosure.item.get("medium"),
            one.disclosure.item.get("authority"),
            one.disclosure.first.name,
        )
        for one in told
    ]
    text = table(
        ("PARTY", "WAS TOLD", "HOW", "BY AUTHORITY OF", "ITEM"),
        rows,
        empty="Nobody is entered as having been told anything.",
    )
    kept = [(one.item.get("not for"), short(words(one.item)), one.state, one.first.name) for one in held]
    below = table(("NOT FOR", "WITHHELD", "STATE", "ITEM"), kept, empty="Nothing is withheld.")
    return f"{text}\n\n{below}"


def people_text(people: Sequence[Somebody]) -> str:
    """Everybody in the talks, under every printed name."""
    rows = [
        (
            one.name,
            one.party,
            short(one.role),
            "; ".join(f"{alias.item.get('printed')} (entry:{alias.item.cable})" for alias in one.aliases),
            "; ".join(short(words(way.item), 30) for way in one.movements),
        )
        for one in people
    ]
    return table(("NAME", "PARTY", "ROLE", "PRINTED AS", "ON THE WAY"), rows, empty="Nobody is entered yet.")


def timeline_text(states: Iterable[State]) -> str:
    """Items in the order in which posts registered them; SAID is when it was, by their own words."""
    rows = [
        (
            clock(one.first.at),
            one.item.get("date") or one.item.get("opened") or one.item.get("sent"),
            one.item.kind,
            short(words(one.item)),
            one.first.name,
        )
        for one in states
    ]
    return table(("REGISTERED", "SAID", "KIND", "WORDS", "ITEM"), rows, empty="Nothing is entered yet.")


def item_text(name: str, docket: Docket) -> str:
    """One item whole: what it says, its evidence, what was done with it and by what."""
    state = docket.states.get(name)
    given = [one for one in docket.items if one.name == name]
    item = state.item if state is not None else given[0]
    struck = state.struck if state is not None else None
    head = [
        ("ITEM", name),
        ("ALSO", item.same),
        ("KIND", f"{item.kind}: {KINDS[item.kind].says}" if item.kind in KINDS else item.kind),
        ("STATE", state.state if state is not None else ""),
        ("SIDE", "ours" if docket.ours(item.origin) else "theirs"),
        ("TALKS", item.get("talks")),
        ("ISSUE", "; ".join(item.issues)),
        *((field.upper(), value) for field, value in item.fields.items() if field not in _NOT_SHOWN),
        ("WHERE", place(item)),
        ("ASSERTED BY", item.by),
        ("REPORTED BY", item.get("reported") or item.reporter),
        ("POST", item.origin),
        ("REGISTERED", clock(item.at)),
        ("ENTRY HERE", item.entry),
        ("ENTERED BY", item.who),
        ("NO EFFECT", docket.remarks.get(name, "")),
        ("CORRECTED", f"by the cable under entry {item.corrected}" if item.corrected >= 0 else ""),
        ("STRUCK OUT", struck.name if struck is not None else ""),
    ]
    lines = [fields(head), *_wrapped(item.quote, "  | ")]
    if state is not None:
        lines += [f"CONFIRMED  {one.name}, {_evidence(one)}" for one in state.confirmed]
        lines += [f"AMENDED    {one.name}, {_evidence(one)}" for one in state.amended]
        lines += [f"{move.act.upper()}  {move.by.name}, {_evidence(move.by)}" for move in state.moves]
    lines += [f"CARRIED    {one.name}, {_evidence(one)}" for one in docket.copies.get(name, [])]
    return "\n".join(lines)


def suggestions_text(found: Sequence[Suggestion], entered: Sequence[str]) -> str:
    """What rules propose, numbered: kind, paragraph, words, rule and why."""
    parts = []
    for n, (one, name) in enumerate(zip(found, entered, strict=True), 1):
        line = one.line
        lines = [f"{n}  {line.kind}, paragraph {line.paragraph}" + (f"  (entered: {name})" if name else "")]
        lines += _wrapped(line.quote, "   | ")
        lines += _wrapped(", ".join(f"{field}: {value}" for field, value in line.fields), "   ")
        lines += _wrapped(f"rule {one.rule}: {one.why}", "   ")
        if one.missing:
            lines.append(f"   to be said: {', '.join(one.missing)}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) or "No rule proposes anything."


def kinds_text(names: Sequence[str]) -> str:
    """The kinds of items, each with its fields."""
    return "\n\n".join("\n".join(_kind(name)) for name in names)


def common_text() -> str:
    """The fields that any item may have."""
    return "\n".join(["any kind:", *_fields(COMMON)])


def _kind(name: str) -> Iterator[str]:
    yield f"{name}: {KINDS[name].says}"
    yield from _fields(KINDS[name].fields)


def _fields(given: Mapping[str, Field]) -> Iterator[str]:
    for name, one in given.items():
        yield f"  {name}: {field_form(one)}{'; required' if one.required else ''}"


def field_form(field: Field) -> str:
    """What a field holds, in words."""
    match field.form:
        case "choice":
            return " | ".join(field.choices)
        case "item":
            return f"an item ({', '.join(field.of)})" if field.of else "an item"
        case "names":
            return "names, with a semicolon between"
        case form:
            return {"yes": "yes, or left out", "moment": "a time as written", "text": "text"}.get(
                form, f"a {form}"
            )
