"""What may be done with a thing in which state, and what state that leaves it in.

One table for each kind of thing: a cable going out, a cable coming in, one numbered copy, one
tasking. Everything begins as ``new``. An act that is not in the table for a state is refused. The
tables say nothing about who may act; the office does. ``docs/lifecycle.md`` is made from them.
"""

from __future__ import annotations

from reftel.errors import BadValue, NotAllowed

NEW = "new"

Row = tuple[str, str, str]
Table = dict[tuple[str, str], str]
Tables = dict[str, Table]

_OUTGOING: tuple[Row, ...] = (
    # in these states (* stays as it is)                  this act                leaves
    ("new", "draft", "drafted"),
    ("drafted, in clearance, cleared, adopted", "edit", "drafted"),
    ("drafted, in clearance", "clear", "in clearance"),
    ("drafted, in clearance", "complete clearance", "cleared"),
    ("drafted, cleared, adopted", "adopt", "adopted"),
    ("adopted", "void decision", "drafted"),
    ("drafted, cleared, adopted", "release", "released"),
    ("drafted, in clearance, cleared, adopted", "withdraw", "withdrawn"),
    ("released, dispatched", "dispatch", "dispatched"),
    ("dispatched", "receipt", "receipted"),
    ("dispatched, receipted", "acknowledge", "acknowledged"),
    # one addressee is ahead of another
    ("receipted, acknowledged", "dispatch", "*"),
    ("receipted, acknowledged", "receipt", "*"),
    ("acknowledged", "acknowledge", "*"),
    ("released, dispatched, receipted, acknowledged", "print", "*"),
    ("released, dispatched, receipted, acknowledged", "readdress", "*"),
    ("released, dispatched, receipted, acknowledged", "correct", "*"),
    ("released, dispatched, receipted, acknowledged", "downgrade", "*"),
    ("released, dispatched, receipted, acknowledged", "cancel", "cancelled"),
    # what was under way when it was cancelled still comes in
    ("cancelled", "dispatch", "*"),
    ("cancelled", "receipt", "*"),
    ("cancelled", "acknowledge", "*"),
)

_INCOMING: tuple[Row, ...] = (
    ("new", "receive", "arrived"),
    ("new", "enter", "deciphered"),
    ("arrived", "decipher", "deciphered"),
    ("arrived", "refuse", "refused"),
    ("arrived", "hold", "held"),
    ("held", "receive", "arrived"),
    ("held", "decipher", "deciphered"),
    ("deciphered, printed", "print", "printed"),
    ("deciphered, printed, verified", "verify", "verified"),
    ("verified", "print", "*"),
    ("deciphered, printed, verified", "acknowledge", "*"),
    ("deciphered, printed, verified", "readdress", "*"),
    ("deciphered, printed, verified", "correct", "*"),
    ("deciphered, printed, verified", "downgrade", "*"),
    ("deciphered, printed, verified", "task", "*"),
    ("arrived, held, deciphered, printed, verified", "cancel", "cancelled"),
)

_COPY: tuple[Row, ...] = (
    ("new", "print", "in file"),
    ("new", "list", "issued"),
    ("in file, returned", "issue", "issued"),
    ("issued", "open", "*"),
    ("issued", "pass", "*"),
    ("issued", "return", "returned"),
    ("in file, returned", "destroy", "destroyed"),
    ("in file, returned", "emergency destroy", "destroyed"),
    ("in file, issued, returned", "lose", "lost"),
    ("new, in file, issued, returned", "miss", "unaccounted"),
    ("lost, unaccounted", "find", "in file"),
)

_TASKING: tuple[Row, ...] = (
    ("new", "task", "open"),
    ("open", "chase", "*"),
    ("open", "part fulfil", "*"),
    ("open", "fulfil", "fulfilled"),
    ("open", "cancel", "cancelled"),
)


def read_rows(rows: tuple[Row, ...]) -> Table:
    """The table that these rows make: from state and act to the state that the act leaves."""
    return {
        (state, act): state if after == "*" else after
        for states, act, after in rows
        for state in states.split(", ")
    }


TABLES: Tables = {
    "outgoing": read_rows(_OUTGOING),
    "incoming": read_rows(_INCOMING),
    "copy": read_rows(_COPY),
    "tasking": read_rows(_TASKING),
}


def allowed(table: str, state: str, tables: Tables = TABLES) -> tuple[str, ...]:
    """The acts that a state allows, in the order of the table; raises ``BadValue``."""
    return tuple(act for before, act in _find(table, tables) if before == state)


def advance(table: str, state: str, act: str, tables: Tables = TABLES) -> str:
    """The state that an act leaves.

    Raises ``NotAllowed``, whose mend names the acts that the state allows, and ``BadValue`` when
    there is no such table.
    """
    after = _find(table, tables).get((state, act))
    if after is None:
        acts = ", ".join(allowed(table, state, tables))
        raise NotAllowed(
            f"The act {act!r} is not allowed on this {table}, which is {state!r}.",
            mend=f"Allowed now: {acts}." if acts else "Nothing more can be done with it.",
        )
    return after


def diagram(table: str, tables: Tables = TABLES) -> str:
    """The table as a Mermaid state diagram; raises ``BadValue``."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for (before, act), after in _find(table, tables).items():
        arrows.setdefault((before, after), []).append(act)
    lines = ["stateDiagram-v2"]
    for (before, after), acts in arrows.items():
        start = "[*]" if before == NEW else _name(before)
        lines.append(f"    {start} --> {_name(after)}: {', '.join(acts)}")
    ends = dict.fromkeys(after for _, after in arrows if not allowed(table, after, tables))
    lines.extend(f"    {_name(end)} --> [*]" for end in ends)
    return "\n".join(lines) + "\n"


def chapter(tables: Tables = TABLES) -> str:
    """A part of ``docs/lifecycle.md``: each table under its name, drawn."""
    parts: list[str] = []
    for name in tables:
        parts += ["", f"## {name.capitalize()}", "", "```mermaid", diagram(name, tables) + "```"]
    return "\n".join(parts) + "\n"


def _find(table: str, tables: Tables) -> Table:
    if table not in tables:
        raise BadValue(f"There is no table {table!r}.", mend=f"The tables are {', '.join(tables)}.")
    return tables[table]


def _name(state: str) -> str:
    return state.replace(" ", "_")
