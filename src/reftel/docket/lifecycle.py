"""What may become of a text, a question, an instruction, an assessment, a fallback, what is withheld.

One table for each, as :mod:`reftel.cable.lifecycle` has them for cables. An item begins as ``new`` and
its own entry is the first act. What an arriving item would do and the table does not allow changes
nothing, and is shown as out of turn.
"""

from __future__ import annotations

from typing import Final

from reftel.cable import lifecycle
from reftel.cable.lifecycle import NEW, Row, Tables, read_rows

_QUESTION: tuple[Row, ...] = (
    # in these states (* stays as it is)              this act             leaves
    ("new", "ask", "open"),
    ("open, part-answered, deferred", "answer in part", "part-answered"),
    ("open, part-answered, deferred", "answer in full", "answered"),
    ("open, part-answered, deferred", "defer", "deferred"),
    ("open, part-answered, deferred", "overtake", "overtaken"),
    ("open, part-answered, deferred", "lapse", "lapsed"),
    # a second answer stands beside the first
    ("answered", "answer in full", "*"),
    ("answered", "answer in part", "*"),
    ("answered, overtaken, lapsed", "reopen", "open"),
)

_INSTRUCTION: tuple[Row, ...] = (
    ("new", "instruct", "in force"),
    ("in force", "execute", "executed"),
    ("in force", "supersede", "superseded"),
    ("in force", "rescind", "rescinded"),
    ("in force", "expire", "expired"),
)

_TEXT: tuple[Row, ...] = (
    ("new", "draft", "drafted"),
    ("new, drafted", "authorise", "authorised"),
    ("new, drafted, authorised", "table", "tabled"),
    ("new, tabled", "bracket", "bracketed"),
    ("new, tabled, bracketed", "agree ad referendum", "agreed ad referendum"),
    # posts of both sides agree to the same words, whatever was said of them before
    ("new, drafted, authorised, tabled, bracketed, agreed ad referendum", "agree", "agreed"),
    ("withdrawn, deadlocked, referred to another forum", "agree", "agreed"),
    ("new, agreed", "sign", "signed"),
    ("drafted, authorised, tabled, bracketed, agreed ad referendum", "withdraw", "withdrawn"),
    ("tabled, bracketed, agreed ad referendum", "deadlock", "deadlocked"),
    ("tabled, bracketed, agreed ad referendum, deadlocked", "refer", "referred to another forum"),
    ("deadlocked, referred to another forum", "table", "tabled"),
)

_ASSESSMENT: tuple[Row, ...] = (
    ("new", "assess", "standing"),
    ("standing", "came true", "came true"),
    ("standing", "came true in part", "came true in part"),
    ("standing", "did not come true", "did not come true"),
    ("standing", "overtake", "overtaken"),
)

_FALLBACK: tuple[Row, ...] = (
    ("new", "prepare", "ready"),
    ("ready", "use", "used"),
    ("ready", "drop", "dropped"),
)

_WITHHELD: tuple[Row, ...] = (
    ("new", "withhold", "withheld"),
    ("withheld", "lift", "lifted"),
)

TABLES: Final[Tables] = {
    "question": read_rows(_QUESTION),
    "instruction": read_rows(_INSTRUCTION),
    "text": read_rows(_TEXT),
    "assessment": read_rows(_ASSESSMENT),
    "fallback": read_rows(_FALLBACK),
    "withheld": read_rows(_WITHHELD),
}

_FIRST = {
    "question": "ask",
    "instruction": "instruct",
    "assessment": "assess",
    "fallback": "prepare",
    "withheld": "withhold",
}
_TEXT_ACTS = {
    "": "draft",
    "drafted": "draft",
    "authorised": "authorise",
    "tabled": "table",
    "bracketed": "bracket",
    "agreed ad referendum": "agree ad referendum",
    "agreed": "agree",
    "signed": "sign",
}
OPEN: Final = ("open", "part-answered", "deferred")
"""The states of a question that is not answered in full."""
ANSWERS: Final = {"in full": "answer in full", "in part": "answer in part", "deferred": "defer"}
"""From what an answer says of itself to the act that it is on its question."""


def first_state(kind: str, said: str = "") -> str:
    """The state in which an item of that kind begins; a text begins in the one that it says."""
    return advance(kind, NEW, _TEXT_ACTS.get(said, "draft") if kind == "text" else _FIRST[kind])


def advance(kind: str, state: str, act: str) -> str:
    """The state that an act leaves; :class:`NotAllowed` where the state does not allow it."""
    return lifecycle.advance(kind, state, act, TABLES)


def allowed(kind: str, state: str) -> tuple[str, ...]:
    """The acts that a state allows."""
    return lifecycle.allowed(kind, state, TABLES)


def page() -> str:
    """The whole of ``docs/lifecycle.md``: cables, copies and taskings, then the docket."""
    head = "# Lifecycle\n\nMade from the tables in `reftel.cable.lifecycle` and `reftel.docket.lifecycle`;"
    return f"{head} do not edit.\n{lifecycle.chapter()}\n# The docket\n{lifecycle.chapter(TABLES)}"
