"""What a set of items comes to, whatever order they came in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.docket.fold import (
    CIRCULAR,
    NOT_HELD,
    OTHER_KIND,
    OTHER_SIDE,
    OTHER_TALKS,
    STRUCK,
    Docket,
)
from reftel.docket.items import Item
from reftel.docket.kinds import KINDS

OURS, TOO, THEIRS = "kaesong.example", "beijing.example", "munsan.example"


def item(n: int, kind: str, origin: str = OURS, **fields: Any) -> Item:
    named = {name.replace("_", " "): value for name, value in fields.items()}
    issues = tuple(named.get("issue", "").split("; ")) if named.get("issue") else ()
    name = f"{origin}/{n}.1"
    talks = named.get("talks", "t")
    return Item(
        name=name, kind=kind, origin=origin, at=f"2026-11-22T{n:02}", talks=talks, issues=issues, fields=named
    )


SIDES = [
    item(0, "post", post=OURS, party="North"),
    item(1, "post", post=TOO, party="north"),
    item(2, "post", post=THEIRS, party="South"),
]


def read(*items: Item) -> Docket:
    return Docket([*SIDES, *items], OURS)


def name(n: int, origin: str = OURS) -> str:
    return f"{origin}/{n}.1"


def test_a_question_is_answered_in_part_and_then_in_full_by_another_post_of_the_side():
    docket = read(
        item(4, "question"),
        item(6, "answer", TOO, question=name(4), how="in full"),
        item(5, "answer", question=name(4), how="in part"),
    )
    question = docket.states[name(4)]
    assert question.state == "answered"
    assert [(move.act, move.by.name) for move in question.moves] == [
        ("answer in part", name(5)),
        ("answer in full", name(6, TOO)),
    ]


def test_an_answer_before_its_question_says_so_and_counts_once_the_question_is_there():
    answer = item(6, "answer", question=name(4, TOO), how="deferred")
    assert read(answer).remarks == {name(6): NOT_HELD}
    docket = read(answer, item(4, "question", TOO))
    assert docket.states[name(4, TOO)].state == "deferred"
    assert docket.remarks == {}


@pytest.mark.parametrize(
    ("other", "remark"),
    [
        (item(4, "question", talks="other"), OTHER_TALKS),
        (item(4, "observation"), OTHER_KIND),
    ],
)
def test_an_answer_to_what_is_no_question_of_these_talks_does_nothing(other: Item, remark: str):
    docket = read(other, item(5, "answer", question=name(4), how="in full"))
    assert docket.remarks == {name(5): remark}


def test_a_chain_of_instructions_leaves_the_last_in_force():
    docket = read(
        item(4, "instruction", mode="must"),
        item(5, "instruction", mode="must", supersedes=name(4)),
        item(6, "instruction", mode="must", supersedes=name(5)),
    )
    assert [state.state for state in docket.of_kind("instruction")] == [
        "superseded",
        "superseded",
        "in force",
    ]


def test_the_supersession_that_closes_a_circle_does_nothing():
    docket = read(
        item(4, "instruction", mode="must", supersedes=name(6)),
        item(5, "instruction", mode="must", supersedes=name(4)),
        item(6, "instruction", mode="must", supersedes=name(5)),
    )
    assert docket.remarks == {name(6): CIRCULAR}
    assert [state.state for state in docket.of_kind("instruction")] == [
        "superseded",
        "in force",
        "superseded",
    ]


def test_what_another_side_sends_moves_nothing_of_ours():
    mine = item(4, "instruction", mode="must")
    for hostile in (
        item(5, "strike", THEIRS, of=name(4)),
        item(5, "step", THEIRS, of=name(4), step="rescind"),
        item(5, "instruction", THEIRS, mode="may", supersedes=name(4)),
        item(5, "instruction", THEIRS, mode="may", amends=name(4)),
        item(5, "confirmation", THEIRS, item=name(4)),
        item(5, "post", THEIRS, post=THEIRS, party="North"),
    ):
        docket = read(mine, hostile)
        (only,) = docket.of_kind("instruction")
        assert only.first == only.item == mine
        assert only.state == "in force"
        assert (only.moves, only.confirmed) == ([], [])
        assert not docket.ours(THEIRS)
        if hostile.kind != "post":
            assert docket.remarks == {name(5, THEIRS): OTHER_SIDE}


def test_a_post_whose_side_nobody_entered_does_not_speak_for_ours():
    docket = Docket([item(4, "question", TOO)], OURS)
    assert docket.of_kind("question") == []
    assert len(docket.of_kind("question", ours=False)) == 1


def test_an_amended_item_keeps_its_name_and_says_what_was_entered_last():
    docket = read(
        item(4, "position", party="North", about="first"),
        item(6, "position", TOO, party="North", about="third", amends=name(4)),
        item(5, "position", party="North", about="second", amends=name(4)),
    )
    (only,) = docket.of_kind("position")
    assert (only.item.name, only.item.get("about"), only.first.get("about")) == (name(4), "third", "first")


def test_an_item_does_not_amend_one_that_came_after_it_or_of_another_kind():
    late = read(item(4, "position", party="N", amends=name(5)), item(5, "position", party="N"))
    assert late.remarks == {name(4): CIRCULAR}
    other = read(item(4, "position", party="N"), item(5, "observation", amends=name(4)))
    assert other.remarks == {name(5): OTHER_KIND}


def test_what_was_struck_out_does_nothing_more():
    docket = read(
        item(4, "question"), item(5, "answer", question=name(4), how="in full"), item(6, "strike", of=name(5))
    )
    assert docket.states[name(4)].state == "open"
    assert docket.of_kind("answer") == []


def test_two_names_of_an_issue_are_merged_and_parted_again():
    one, two = item(4, "issue", issue="The road"), item(5, "issue", issue="The strip")
    merge = item(6, "merge", issue="The strip", into="the road")
    merged = read(one, two, merge)
    assert {issue.key: issue.names for issue in merged.issues().values()}["the road"] == [
        "The road",
        "The strip",
    ]
    assert merged.root("t", "the strip") == "the road"
    assert merged.merged_with("t", "the road") >= {"the road", "the strip"}
    parted = read(one, two, merge, item(7, "unmerge", TOO, of=name(6)))
    assert parted.root("t", "the strip") == "the strip"
    assert parted.root("t", "the road") == "the road"


def test_a_merge_that_closes_a_circle_does_nothing():
    docket = read(
        item(4, "merge", issue="a", into="b"),
        item(5, "merge", issue="b", into="c"),
        item(6, "merge", issue="c", into="a"),
    )
    assert docket.remarks == {name(6): CIRCULAR}
    assert {docket.root("t", issue) for issue in "abc"} == {"c"}


def test_a_line_that_a_carried_telegram_brings_again_counts_once():
    first = item(4, "question", THEIRS)
    again = Item(
        **{f: getattr(first, f) for f in first.__slots__}
        | {"name": "munsan.example/9.c1.1", "same": first.name}
    )
    docket = read(first, again)
    assert len(docket.of_kind("question", ours=False)) == 1
    assert docket.copies == {first.name: [again]}


def test_one_that_only_claims_to_be_another_stands_by_itself():
    first = item(4, "question", about="what was asked")
    forged = Item(
        name="munsan.example/9.c1.1",
        same=first.name,
        kind="question",
        origin=THEIRS,
        at="",
        talks="t",
        fields={"about": "what was never asked"},
    )
    docket = read(first, forged)
    assert docket.copies == {}
    assert docket.states[first.name].item.get("about") == "what was asked"


_origins = st.sampled_from([OURS, TOO, THEIRS])
_names = st.builds(name, st.integers(3, 14), _origins)
_kinds = st.sampled_from(
    ["question", "answer", "instruction", "text", "step", "strike", "merge", "unmerge", "position"]
)


@st.composite
def _items(draw: st.DrawFn) -> list[Item]:
    found = []
    for n in range(3, 3 + draw(st.integers(1, 10))):
        kind = draw(_kinds)
        fields: dict[str, str] = {"talks": draw(st.sampled_from(["t", "t", "u"]))}
        for field, known in KINDS[kind].fields.items():
            if known.form == "item":
                fields[field] = draw(_names)
            elif known.form == "choice":
                fields[field] = draw(st.sampled_from(known.choices))
        if kind == "step":
            fields["step"] = draw(st.sampled_from(["rescind", "lapse", "table", "agree", "reopen"]))
        if kind == "merge":
            fields["into"] = draw(st.sampled_from("abc"))
        if draw(st.booleans()):
            fields["amends"] = draw(_names)
        fields["issue"] = draw(st.sampled_from(["a", "b", "c", "a; b"]))
        found.append(item(n, kind, draw(_origins), **fields))
    return found


def _outcome(docket: Docket) -> Any:
    states = {
        key: (s.item, s.state, [(m.act, m.by.name, m.state) for m in s.moves], s.struck and s.struck.name)
        for key, s in docket.states.items()
    }
    return states, docket.remarks, docket.issues(), [state.first.name for state in docket.of_kind(*KINDS)]


@given(st.data())
def test_any_order_and_repetition_comes_to_the_same(data: st.DataObject):
    items = [*SIDES, *data.draw(_items())]
    again = data.draw(st.permutations(items)) + data.draw(st.lists(st.sampled_from(items), max_size=5))
    assert _outcome(Docket(again, OURS)) == _outcome(Docket(items, OURS))


def carried(original: Item, by: str = TOO, n: int = 9, **changed: str) -> Item:
    """An item as a carried telegram brings it."""
    brought = {field: getattr(original, field) for field in original.__slots__}
    brought |= {"name": f"{by}/{n}.c1.1", "same": original.name, "origin": by, "at": f"2026-11-22T{n:02}"}
    return Item(**brought | {"fields": {**original.fields, **changed}})


def test_an_answer_finds_its_question_under_any_name_that_it_has():
    asked = item(4, "question")
    again, once_more = carried(asked), carried(asked, n=10)
    for here in ([asked, again], [again], [again, once_more]):
        for called in (asked.name, again.name if again in here else asked.name):
            docket = read(*here, item(12, "answer", question=called, how="in full"))
            assert [state.state for state in docket.of_kind("question")] == ["answered"], (here, called)
            assert docket.here(called) == docket.of_kind("question")[0].first.name


def test_what_names_another_line_of_its_own_telegram_is_carried_as_the_same():
    session = item(4, "session", session="first")
    outcome = Item(
        name=f"{OURS}/4.2",
        kind="outcome",
        origin=OURS,
        at="2026-11-22T04",
        talks="t",
        fields={"session": session.name, "outcome": "put off"},
    )
    carried_outcome = Item(
        name=f"{TOO}/9.c1.2",
        same=outcome.name,
        kind="outcome",
        origin=TOO,
        at="2026-11-22T09",
        talks="t",
        fields={"session": f"{TOO}/9.c1.1", "outcome": "put off"},
    )
    docket = read(session, outcome, carried(session), carried_outcome)
    assert [state.first.name for state in docket.of_kind("session", "outcome")] == [
        session.name,
        outcome.name,
    ]
    alone = read(carried(session), carried_outcome, item(11, "move", session=session.name))
    assert alone.states[name(11)].item.get("session") == f"{TOO}/9.c1.1"


def position(n: int, **fields: Any) -> Item:
    return item(n, "position", party="North", about=str(n), **fields)


def test_an_amendment_that_was_struck_out_does_not_count():
    docket = read(position(4), position(5, amends=name(4)), item(6, "strike", of=name(5)))
    (only,) = docket.of_kind("position")
    assert (only.item.get("about"), only.reads) == ("4", name(4))
    assert [one.name for one in only.former] == [name(5)]


def test_an_amendment_of_an_amendment_amends_the_first():
    docket = read(position(4), position(5, amends=name(4)), position(6, amends=name(5)))
    (only,) = docket.of_kind("position")
    assert (only.item.get("about"), only.item.name) == ("6", name(4))
    assert [one.get("about") for one in only.former] == ["4", "5"]
    assert {docket.amended_by(name(n)) for n in (4, 5, 6)} == {name(4)}


def test_who_names_an_amendment_speaks_of_what_it_amends():
    docket = read(
        item(4, "instruction", mode="must"),
        item(5, "instruction", mode="must not", amends=name(4)),
        item(6, "instruction", mode="may", supersedes=name(5)),
        item(7, "instruction", mode="must", amends=name(4), supersedes=name(6)),
    )
    assert [state.state for state in docket.of_kind("instruction")] == ["in force", "superseded"]
    assert docket.remarks == {name(6): CIRCULAR}


def test_a_strike_is_not_taken_back_and_says_so():
    docket = read(position(4), item(5, "strike", of=name(4)), item(6, "strike", of=name(5)))
    assert docket.of_kind("position") == []
    assert docket.remarks == {name(6): STRUCK}


def test_a_confirmation_or_bracket_that_was_struck_out_says_nothing():
    docket = read(
        item(4, "text"),
        item(5, "confirmation", item=name(4)),
        item(6, "bracket", text=name(4), party="South"),
        item(7, "strike", of=name(5)),
        item(8, "strike", of=name(6)),
    )
    (text,) = docket.of_kind("text")
    assert (text.confirmed, text.moves) == ([], [])


def test_a_side_entered_first_counts_again_when_its_amendment_is_struck_out():
    wrong = item(4, "post", post=TOO, party="South", amends=name(1))
    assert not read(wrong).ours(TOO)
    assert read(wrong, item(5, "strike", of=name(4))).ours(TOO)


def hide(one: Item) -> Item:
    return replace(one, hidden=True)


def test_a_merge_that_was_struck_out_or_said_anew_does_what_it_says_now():
    merge, anew = item(4, "merge", issue="a", into="b"), item(5, "merge", issue="a", into="c", amends=name(4))
    said_anew = read(merge, anew)
    assert (said_anew.root("t", "a"), said_anew.root("t", "b")) == ("c", "b")
    assert read(merge, item(5, "strike", of=name(4))).root("t", "a") == "a"


def test_an_unmerge_of_what_is_no_merge_of_ours_does_nothing():
    merge = item(4, "merge", issue="a", into="b")
    struck = [item(5, "unmerge", of=name(4)), item(6, "strike", of=name(5))]
    assert read(merge, *struck).root("t", "a") == "b"
    assert read(merge, item(5, "unmerge", THEIRS, of=name(4))).root("t", "a") == "b"
    assert read(item(4, "question"), item(5, "unmerge", of=name(4))).remarks == {name(5): OTHER_KIND}
    assert read(item(5, "unmerge", of=name(4))).remarks == {name(5): NOT_HELD}


def test_an_issue_goes_under_the_name_that_our_own_side_gave_it():
    docket = read(item(4, "question", THEIRS, issue="THE ROAD"), item(5, "question", issue="The road"))
    (issue,) = docket.issues().values()
    assert (issue.name, issue.names) == ("The road", ["THE ROAD", "The road"])


def test_hidden_items_do_what_they_do_and_are_not_shown():
    seen = item(4, "question", issue="The strip")
    docket = read(
        seen,
        hide(item(5, "merge", issue="The strip", into="The plan")),
        item(6, "merge", issue="The road", into="the plan"),
    )
    assert docket.root("t", "the strip") == docket.root("t", "the road") == docket.root("t", "the plan")
    (issue,) = docket.issues().values()
    assert issue.names == ["The strip", "The road"]
    hidden = read(seen, hide(item(5, "merge", issue="The strip", into="The plan")))
    assert hidden.root("t", "the plan") == "the strip"
    assert hidden.merged_with("t", "the strip") == {"the strip", "the plan"}
    assert [issue.key for issue in hidden.issues().values()] == ["the strip"]
    assert hidden.of_kind("merge") == []


def test_which_side_a_post_is_of_is_as_entered_last_and_not_taken_back():
    theirs = item(4, "question", THEIRS)
    ours = item(5, "post", post=THEIRS, party="North")
    assert read(theirs, ours).our_posts() == {OURS, TOO, THEIRS}
    for taken_back in (
        item(6, "strike", of=name(5)),
        item(6, "post", post="x.example", party="North", amends=name(5)),
    ):
        docket = read(theirs, ours, taken_back)
        assert not docket.ours(THEIRS)
        assert docket.side(THEIRS) == "south"
    others = [item(6, "strike", TOO, of=name(5)), item(6, "strike", of=name(5), talks="u")]
    assert all(read(theirs, ours, other).ours(THEIRS) for other in others)


@pytest.mark.parametrize("backwards", [False, True])
def test_long_chains_are_read_at_once(backwards: bool):
    """Ten thousand instructions in each other's place, three thousand merges one into the next."""
    count, step = 10_000, 1 if backwards else -1
    chain = [item(n + 10, "instruction", mode="must", supersedes=name(n + 10 + step)) for n in range(count)]
    merges = [item(n + 10, "merge", TOO, issue=f"i{n}", into=f"i{n + step}") for n in range(1, 3000)]
    docket = read(*chain, *merges)
    assert len({docket.root("t", f"i{n}") for n in range(3001)}) <= 2
    assert len(docket.merged_with("t", "i7")) == 3000
