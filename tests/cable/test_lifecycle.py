"""The lifecycle: what is allowed, what is not, and what the refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from reftel.cable.lifecycle import NEW, TABLES, advance, allowed, diagram
from reftel.docket.lifecycle import page
from reftel.errors import BadValue, NotAllowed

SENT = "draft:drafted release:released dispatch:dispatched receipt:receipted"


@pytest.mark.parametrize(
    ("table", "way"),
    [
        ("outgoing", "draft:drafted clear:in_clearance clear:in_clearance complete_clearance:cleared"),
        ("outgoing", "draft:drafted complete_clearance:cleared adopt:adopted release:released"),
        (
            "outgoing",
            "draft:drafted release:released dispatch:dispatched dispatch:dispatched receipt:receipted",
        ),
        ("outgoing", f"{SENT} dispatch:receipted acknowledge:acknowledged receipt:acknowledged"),
        ("outgoing", f"{SENT} acknowledge:acknowledged cancel:cancelled receipt:cancelled"),
        ("outgoing", "draft:drafted adopt:adopted void_decision:drafted withdraw:withdrawn"),
        ("outgoing", "draft:drafted release:released print:released downgrade:released cancel:cancelled"),
        ("incoming", "receive:arrived hold:held receive:arrived decipher:deciphered print:printed"),
        ("incoming", "enter:deciphered print:printed print:printed verify:verified verify:verified"),
        ("incoming", "receive:arrived hold:held decipher:deciphered readdress:deciphered cancel:cancelled"),
        ("incoming", "enter:deciphered verify:verified print:verified task:verified"),
        ("incoming", "receive:arrived refuse:refused"),
        ("copy", "print:in_file issue:issued open:issued pass:issued return:returned destroy:destroyed"),
        ("copy", "list:issued miss:unaccounted find:in_file lose:lost find:in_file"),
        ("copy", "print:in_file emergency_destroy:destroyed"),
        ("tasking", "task:open chase:open part_fulfil:open fulfil:fulfilled"),
        ("tasking", "task:open cancel:cancelled"),
    ],
)
def test_a_way_through(table, way):
    state = NEW
    for step in way.split():
        act, after = (word.replace("_", " ") for word in step.split(":"))
        state = advance(table, state, act)
        assert state == after


@pytest.mark.parametrize("edited", ["drafted", "in clearance", "cleared", "adopted"])
def test_an_edit_voids_clearance_and_adoption(edited):
    assert advance("outgoing", edited, "edit") == "drafted"


@pytest.mark.parametrize(
    ("table", "state", "act"),
    [
        ("outgoing", "new", "release"),
        ("outgoing", "in clearance", "release"),
        ("outgoing", "released", "edit"),
        ("outgoing", "released", "withdraw"),
        ("outgoing", "drafted", "dispatch"),
        ("incoming", "arrived", "print"),
        ("incoming", "held", "acknowledge"),
        ("incoming", "cancelled", "print"),
        ("copy", "issued", "destroy"),
        ("copy", "issued", "issue"),
        ("copy", "destroyed", "find"),
        ("copy", "unaccounted", "issue"),
        ("tasking", "fulfilled", "chase"),
        ("tasking", "new", "fulfil"),
    ],
)
def test_an_illegal_move_names_what_is_allowed(table, state, act):
    with pytest.raises(NotAllowed) as refused:
        advance(table, state, act)
    for other in allowed(table, state):
        assert other in refused.value.mend


def test_an_end_says_that_it_is_one():
    with pytest.raises(NotAllowed, match="Nothing more"):
        advance("copy", "destroyed", "issue")


def test_there_are_only_the_tables_named():
    for ask in (lambda: advance("docket", "new", "draft"), lambda: diagram("docket")):
        with pytest.raises(BadValue, match="outgoing, incoming, copy, tasking"):
            ask()


@pytest.mark.parametrize("table", TABLES)
def test_every_state_can_be_reached(table):
    reached: set[str] = {NEW}
    before: set[str] = set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in TABLES[table].items() if state in reached}
    assert reached == {state for state, _ in TABLES[table]} | set(TABLES[table].values())
    assert NEW not in TABLES[table].values()


@pytest.mark.parametrize("table", TABLES)
def test_every_move_is_on_the_diagram(table):
    drawn = diagram(table)
    for (state, act), after in TABLES[table].items():
        start = "[*]" if state == NEW else state.replace(" ", "_")
        line = next(
            x for x in drawn.split("\n") if x.startswith(f"    {start} --> {after.replace(' ', '_')}:")
        )
        assert act in line.partition(": ")[2].split(", ")


def test_the_page_in_the_docs_is_current():
    path = Path(__file__).parents[2] / "docs" / "lifecycle.md"
    assert path.read_text(encoding="utf-8") == page(), "run: python tools/write_lifecycle.py"
