"""A draft is held against the docket before it goes: instructions, what is not to be shown yet, questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reftel.cable.model import (
    Annotation,
    Ask,
    Cable,
    Carried,
    DocketLine,
    Enclosure,
    Onward,
    Paragraph,
    Party,
    Quotation,
    Reference,
    Signature,
)
from reftel.docket import items, near, stems
from reftel.errors import BadValue, NotAllowed, Warned
from reftel.office import before_release, desk, docketing
from reftel.office.docket import Lens, of_cable
from reftel.office.docket_checks import warnings
from reftel.office.docket_warnings import Warning  # noqa: A004 - its name
from reftel.office.sight import Asker
from tests.office.scenes import ADMIN, DRAFTER, READER, REGISTRY, RELEASER, Post, carry, found_post, letter

HOLD = "We ask that nobody calls the shorter corridor a generous gift."
FIVE = "Our conditions are the ferry, the orchard and the customs house at the northern bridge."
ENVOYS = Onward(to=Party(person="the envoys"))


def line(kind: str, paragraph: str = "1", quote: str = "", **fields: str) -> DocketLine:
    """A docket line; an underscore in a field's name is a blank."""
    named = tuple((name.replace("_", " "), value) for name, value in fields.items())
    return DocketLine(kind=kind, paragraph=paragraph, quote=quote, fields=named)


def told(post: Post, text: str, *lines: DocketLine, **more: Any) -> str:
    """A cable from paper that bears these lines; the name of the first of its items."""
    entry = desk.enter(post.office, post.hand(REGISTRY), letter(text, docket=lines, **more))
    return f"{post.office.origin}/{entry}.1"


def forbidden(post: Post, **fields: str) -> str:
    given = {"mode": "must not", "words": "generous gift", "to": "Li", **fields}
    return told(post, HOLD, line("instruction", **given))


def kept(post: Post, **fields: str) -> str:
    return told(post, FIVE, line("withheld", quote=FIVE, **{"not_for": "the envoys", **fields}))


def of(post: Post, cable: Cable, asker: Asker | None = None, draft: int = -1) -> list[Warning]:
    with post.read() as connection:
        return warnings(post.office, connection, cable, draft=draft, asker=asker)


def keys(post: Post, cable: Cable) -> list[str]:
    return [warning.key for warning in of(post, cable)]


def sides(post: Post, **parties: str) -> None:
    """Enter of posts to which party they belong."""
    lines = [line("post", "", post=f"{name}.example", party=party) for name, party in parties.items()]
    told(post, "Who is who.", *lines)


def accept(post: Post, draft: int, reason: str = "the press has it already") -> None:
    with post.read() as connection:
        text = desk.cable_text(connection, post.cable(draft))
    assert text is not None
    found = {warning.key: reason for warning in of(post, text[0], draft=draft) if warning.stops}
    docketing.accept_warnings(post.office, post.hand(RELEASER), draft, found)


def release(post: Post, draft: int) -> None:
    desk.release(post.office, post.hand(RELEASER), draft)


PRESS = "We shall call the corridor a very generous gift of ours."


def test_what_must_not_be_said_is_told_with_its_paragraph(beijing: Post):
    name = forbidden(beijing)
    (found,) = of(beijing, letter(PRESS))
    assert found.key == f"instruction {name} 1"
    assert (found.paragraph, found.evidence_paragraph, found.rule) == ("1", "1", "phrase")
    assert found.words == "generous gift"
    assert "to Li" in found.sentence
    assert found.stops
    assert keys(beijing, letter("The corridor is shorter.")) == []


def test_the_subject_is_read_too(beijing: Post):
    name = forbidden(beijing)
    assert keys(beijing, letter("Text follows.", subject="A generous gift")) == [f"instruction {name}"]


def test_a_paragraph_meant_as_a_whole_is_read_where_it_stands(beijing: Post):
    name = told(beijing, HOLD, line("instruction", mode="must not"))
    assert keys(beijing, letter(f"I repeat: {HOLD}")) == [f"instruction {name} 1"]


def test_what_is_not_to_be_shown_is_found_in_what_docket_lines_say(beijing: Post):
    sides(beijing, beijing="North", moscow="North")
    kept(beijing)
    rule = forbidden(beijing)
    said = line("position", party="We", about=FIVE, note="a generous gift")
    (found,) = of(beijing, letter("Nothing.", onward=ENVOYS, docket=(said,)))
    assert (found.about, found.paragraph, found.rule) == ("disclosure", "", "quoted")
    assert rule not in found.key, "what a line says of a paragraph is not said to anybody"
    assert keys(beijing, letter("Nothing.", docket=(said,))) == []


def test_an_amendment_of_the_item_voids_what_was_accepted(beijing: Post):
    name = forbidden(beijing)
    draft = beijing.draft(letter(PRESS))
    accept(beijing, draft)
    with beijing.read() as connection:
        text = desk.cable_text(connection, beijing.cable(draft))
    assert text is not None
    assert [one.stops for one in of(beijing, text[0], draft=draft)] == [False]
    told(beijing, HOLD, line("instruction", mode="must not", words="a generous gift; a gift", amends=name))
    (found,) = of(beijing, text[0], draft=draft)
    assert found.stops
    assert found.item == name


def test_what_is_carried_is_not_ours_to_word_but_a_text_to_hand_over_is(beijing: Post):
    name = forbidden(beijing)
    inner = letter(PRESS)
    assert keys(beijing, letter(blocks=(Carried(cable=inner),))) == []
    quoted = letter(blocks=(Quotation(blocks=inner.blocks),))
    assert keys(beijing, quoted) == [f"instruction {name} q1.1"]


@pytest.mark.parametrize("step", ["supersede", "rescind", "expire", "execute"])
def test_an_instruction_that_is_not_in_force_does_not_warn(beijing: Post, step: str):
    name = forbidden(beijing)
    told(beijing, "No more of that.", line("step", of=name, step=step))
    assert keys(beijing, letter(PRESS)) == []


def test_a_draft_may_end_or_answer_an_item_by_the_name_of_its_amendment(beijing: Post):
    sides(beijing, beijing="North", moscow="North")
    name = forbidden(beijing)
    amended = told(beijing, HOLD, line("instruction", mode="must not", words="a gift", amends=name))
    ended = line("instruction", mode="may", supersedes=amended)
    assert keys(beijing, letter("We call it a gift.")) == [f"instruction {amended} 1"]
    assert keys(beijing, letter("We call it a gift.", docket=(ended,))) == []


def test_one_that_was_struck_does_not_warn_and_an_amended_one_by_its_new_words(beijing: Post):
    name = forbidden(beijing)
    amended = told(
        beijing,
        "Say nothing of size.",
        line("instruction", amends=name, mode="must not", words="vast favour"),
    )
    assert keys(beijing, letter(PRESS)) == []
    assert keys(beijing, letter("It is a vast favour.")) == [f"instruction {amended} 1"]
    told(beijing, "In error.", line("strike", of=name))
    assert keys(beijing, letter("It is a vast favour.")) == []


def test_the_draft_that_supersedes_an_instruction_is_not_warned_of_it(beijing: Post):
    name = forbidden(beijing)
    sides(beijing, beijing="we", moscow="we")
    new = line("instruction", mode="may", supersedes=name)
    assert keys(beijing, letter(PRESS, docket=(new,))) == []
    says_the_same = line("confirmation", item=name)
    assert keys(beijing, letter(PRESS, docket=(says_the_same,))) == [f"instruction {name} 1"]
    for more in ({"onward": ENVOYS}, {"subject": "Press statement"}, {"to": (Party(post="rome.example"),)}):
        found = keys(beijing, letter(PRESS, docket=(new,), **more))
        assert found == [f"instruction {name} 1"], "what goes outside gives no orders"


@pytest.mark.parametrize(
    "given",
    [
        line("observation"),
        line("instruction", mode="may", talks="Others"),
        line("step", step="nonsense"),
        line("strike", talks="Others"),
    ],
)
def test_a_line_that_ends_no_instruction_silences_none(beijing: Post, given: DocketLine):
    name = forbidden(beijing)
    sides(beijing, beijing="we", moscow="we")
    points = {"observation": "amends", "instruction": "supersedes"}.get(given.kind, "of")
    lines = (replace(given, fields=(*given.fields, (points, name))),)
    assert keys(beijing, letter(PRESS, docket=lines)) == [f"instruction {name} 1"]


def test_an_item_that_does_not_count_stops_nothing(beijing: Post, moscow: Post, stick: Path):
    """It quotes a cable that nobody has; no draft of anybody waits for it."""
    bad = line("instruction", "", mode="must not", words="generous gift", cites="x.example/5")
    told(beijing, "Hello.", bad)
    assert keys(beijing, letter(PRESS)) == []
    beijing.release(letter("Hello.", docket=(bad,)))
    carry(beijing, moscow, stick)
    assert keys(moscow, letter(PRESS)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"asks": (Ask(owner="Zhou", literal=FIVE),)},
        {"onward": Onward(to=ENVOYS.to, how=FIVE)},
        {"enclosures": (Enclosure(title=FIVE),)},
        {"signature": Signature(literal=FIVE)},
        {"references": (Reference(literal=FIVE, letter="A"),)},
        {"annotations": (Annotation(layer="physical", literal=FIVE),)},
        {"blocks": (Carried(cable=letter("Good day.", subject=FIVE)),)},
    ],
)
def test_what_stands_beside_the_paragraphs_is_shown_too(beijing: Post, more: dict[str, Any]):
    name = kept(beijing)
    assert keys(beijing, letter("Good day.", **{"onward": ENVOYS, **more})) == [f"disclosure {name}"]


@pytest.mark.parametrize(
    "to",
    [
        Party(person="somebody", office="we"),
        Party(person="Kim", place="we", office="we"),
        Party(person="somebody", post="moscow.example"),
    ],
)
def test_who_is_handed_a_text_is_of_his_own_side_not_of_whoever_hands_it_over(beijing: Post, to: Party):
    name = kept(beijing, not_for="the hosts")
    sides(beijing, beijing="we", moscow="we")
    told(
        beijing,
        "They are.",
        line("party", party="the hosts"),
        line("person", person="Kim", party="the hosts"),
    )
    told(beijing, "She is.", line("person", person="Wu", party="we"))
    assert keys(beijing, letter(SHOWN, onward=Onward(to=to))) == [f"disclosure {name} 1"]
    assert keys(beijing, letter(SHOWN, onward=Onward(to=Party(person="Wu")))) == []


def test_on_the_same_issue_every_instruction_is_told_and_what_binds_is_accepted(beijing: Post):
    names = [
        forbidden(beijing, issue="The corridor", words="something else"),
        told(beijing, "Be brief.", line("instruction", mode="must", issue="THE CORRIDOR")),
        told(beijing, "Agree.", line("instruction", mode="may", issue="The corridor", condition="they ask")),
        told(beijing, "Insist.", line("instruction", mode="must", issue="The orchard")),
    ]
    draft = letter("On we go.", docket=(line("position", party="we", issue="The corridor"),))
    found = of(beijing, draft)
    assert [(one.item, one.stops, one.paragraph) for one in found] == [
        (names[0], True, "1"),
        (names[2], True, "1"),
        (names[1], False, "1"),
    ]
    assert "they ask" in found[1].sentence
    with beijing.read() as connection:
        findings = before_release.check_text(beijing.office, connection, draft, None)
    assert [(f.severity, bool(f.warning)) for f in findings] == [("must", True)] * 2 + [("should", False)]


def test_an_issue_under_two_names_is_one(beijing: Post):
    name = forbidden(beijing, issue="The corridor", words="something else")
    draft = letter("On we go.", docket=(line("position", party="we", issue="The road"),))
    assert keys(beijing, draft) == []
    told(beijing, "It is one matter.", line("merge", "", issue="The road", into="The corridor"))
    assert keys(beijing, draft) == [f"instruction {name} 1"]


def test_an_answer_is_on_the_issue_of_its_question(beijing: Post):
    asked = told(beijing, "Shall we wait?", line("question", issue="The corridor"))
    name = forbidden(beijing, issue="The corridor", words="something else")
    draft = letter("Wait.", docket=(line("answer", question=asked, how="in full"),))
    assert keys(beijing, draft) == [f"instruction {name} 1"]


def test_what_another_side_or_a_post_of_no_known_side_enters_never_warns(
    beijing: Post, moscow: Post, tmp_path: Path
):
    bears = letter(
        HOLD,
        to=(Party(post="beijing.example"),),
        docket=(
            line("instruction", mode="must not", words="generous gift"),
            line("withheld", not_for="the envoys", words="generous gift"),
        ),
    )
    moscow.release(bears)
    assert carry(moscow, beijing, tmp_path / "stick")
    draft = letter(PRESS, onward=ENVOYS)
    assert keys(beijing, draft) == []
    sides(beijing, moscow="theirs", beijing="ours")
    assert keys(beijing, draft) == []
    sides(beijing, moscow="ours")
    assert [one.about for one in of(beijing, draft)] == ["instruction", "disclosure"]


SHOWN = "The northern bridge comes first: ferry, orchard and the customs house."


@pytest.mark.parametrize(
    "more",
    [
        {"onward": ENVOYS},
        {"onward": Onward(to=Party(person="somebody new"))},
        {"asks": (Ask(owner="Zhou", literal="Hand it over", kind="onward"),)},
        {"subject": "Draft statement"},
        {"kind": "PRESS RELEASE"},
        {"to": (Party(post="moscow.example"), Party(place="THE ENVOYS"))},
        {"to": (Party(post="rome.example"),)},
    ],
)
def test_what_is_not_to_be_shown_is_told_where_it_would_be_shown(beijing: Post, more: dict[str, Any]):
    name = kept(beijing)
    sides(beijing, beijing="we", moscow="we")
    assert keys(beijing, letter(SHOWN)) == []
    (found,) = of(beijing, letter(SHOWN, **more))
    assert found.key == f"disclosure {name} 1"
    assert found.quote == FIVE
    assert keys(beijing, letter("Good day.", **more)) == []


def test_a_post_of_no_known_side_may_be_anybodys_and_one_of_a_party_not_named_is_not(beijing: Post):
    name = kept(beijing)
    assert keys(beijing, letter(SHOWN)) == [f"disclosure {name} 1"]
    sides(beijing, beijing="we", moscow="the hosts")
    assert keys(beijing, letter(SHOWN)) == [f"disclosure {name} 1"], "who the envoys are, nobody entered"
    told(beijing, "They are.", line("party", "", party="the envoys", side="theirs"))
    assert keys(beijing, letter(SHOWN)) == []
    told(beijing, "So.", line("alias", "", name="the envoys", printed="the hosts"))
    assert keys(beijing, letter(SHOWN)) == [f"disclosure {name} 1"]


def test_who_was_told_already_is_shown_it_again(beijing: Post):
    name = kept(beijing, not_for="the envoys; the hosts", told_to="the guests")
    sides(beijing, beijing="we", moscow="we")
    assert keys(beijing, letter(SHOWN, onward=Onward(to=Party(person="the guests")))) == []
    told(beijing, "They know.", line("disclosure", item=name, to="THE ENVOYS", medium="oral"))
    assert keys(beijing, letter(SHOWN, onward=ENVOYS)) == []
    hosts = Onward(to=Party(person="the hosts"))
    assert keys(beijing, letter(SHOWN, onward=hosts)) == [f"disclosure {name} 1"]
    told(beijing, "They too.", line("disclosure", item=name, to="the hosts", medium="cable"))
    assert keys(beijing, letter(SHOWN, onward=hosts, subject="Statement")) == []


def test_what_was_lifted_is_shown(beijing: Post):
    name = kept(beijing)
    told(beijing, "Show it.", line("step", of=name, step="lift"))
    assert keys(beijing, letter(SHOWN, onward=ENVOYS)) == []


def test_an_item_that_a_line_points_to_and_one_in_a_carried_telegram_are_shown_too(beijing: Post):
    name = kept(beijing)
    points = line("disclosure", item=name, to="somebody", medium="oral")
    assert keys(beijing, letter("So be it.", onward=ENVOYS, docket=(points,))) == [f"disclosure {name} 1"]
    carried = letter(blocks=(Carried(cable=letter(FIVE)),), onward=ENVOYS)
    assert keys(beijing, carried) == [f"disclosure {name} c1.1"]


def test_a_text_that_is_not_tabled_is_kept_from_all_but_those_to_whom_it_is_to_be_said(beijing: Post):
    text = line("text", quote=FIVE, party="we", to="the envoys", state="drafted")
    name = told(beijing, FIVE, text)
    sides(beijing, beijing="we", moscow="we")
    draft = letter(FIVE, onward=ENVOYS)
    assert keys(beijing, letter(FIVE)) == []
    assert keys(beijing, draft) == [f"disclosure {name} 1"]
    told(beijing, "Say it.", line("step", of=name, step="authorise"))
    assert keys(beijing, draft) == []
    assert keys(beijing, letter(FIVE, subject="Statement")) == [f"disclosure {name} 1"]
    told(beijing, "It was said.", line("step", of=name, step="table"))
    assert keys(beijing, letter(FIVE, subject="Statement")) == []


def test_open_questions_of_a_cable_referred_to_are_answered_or_left_open_knowingly(beijing: Post):
    text = "Shall we wait? And for how long?"
    lines = (line("question", quote="Shall we wait?"), line("question", quote="And for how long?"))
    first = told(beijing, text, *lines, kind="brief report No 7")
    second = first[:-1] + "2"
    refers = (Reference(literal="brief report No 7", letter="A", number="brief report No 7"),)
    assert keys(beijing, letter("Wait.", references=refers)) == [f"question {first}", f"question {second}"]
    answer = line("answer", question=first, how="in part")
    assert keys(beijing, letter("Wait.", references=refers, docket=(answer,))) == [f"question {second}"]
    told(beijing, "A week.", line("answer", question=second, how="in full"))
    assert keys(beijing, letter("Wait.", references=refers, docket=(answer,))) == []
    assert keys(beijing, letter("Wait.")) == []


def test_our_own_questions_to_others_are_not_ours_to_answer(beijing: Post):
    entry = beijing.release(letter("May we?", kind="memorandum No 9", docket=(line("question"),)))
    assert entry
    refers = (Reference(literal="memorandum No 9", letter="A"),)
    assert keys(beijing, letter("We ask again.", references=refers)) == []


def test_the_desk_refuses_until_every_warning_is_accepted_for_this_very_text(beijing: Post):
    name = forbidden(beijing)
    draft = beijing.draft(letter(PRESS))
    with pytest.raises(Warned) as refused:
        release(beijing, draft)
    assert name in refused.value.sentence
    assert "gift" not in refused.value.sentence + refused.value.mend
    accept(beijing, draft)
    desk.edit(beijing.office, beijing.hand(DRAFTER), draft, letter(f"{PRESS} And again."))
    with pytest.raises(Warned):
        release(beijing, draft)
    accept(beijing, draft)
    with beijing.read() as connection:
        (finding,) = before_release.check_draft(beijing.office, connection, draft, None)
    assert (finding.severity, finding.accepted) == ("should", "the press has it already")
    assert of(beijing, letter("A generous gift, anew."), draft=draft)[0].stops, (
        "that is not the text accepted"
    )
    release(beijing, draft)
    assert beijing.cable(draft).state == "released"


def test_what_comes_after_the_acceptance_is_a_new_warning(beijing: Post):
    forbidden(beijing)
    draft = beijing.draft(letter(PRESS))
    accept(beijing, draft)
    later = forbidden(beijing)
    with pytest.raises(Warned, match=later):
        release(beijing, draft)


def test_only_a_warning_that_there_is_is_accepted(beijing: Post):
    forbidden(beijing)
    draft = beijing.draft(letter(PRESS))
    size = beijing.size()
    with pytest.raises(BadValue, match="no such warning"):
        docketing.accept_warnings(
            beijing.office, beijing.hand(RELEASER), draft, {"question x/1.1": "why not"}
        )
    assert beijing.size() == size


def test_several_drafts_go_together_or_none(beijing: Post):
    forbidden(beijing)
    drafts = [beijing.draft(), beijing.draft(letter(PRESS))]
    with pytest.raises(Warned, match=f"entry {drafts[1]}"):
        desk.release_all(beijing.office, beijing.hand(RELEASER), drafts)
    assert [beijing.cable(draft).state for draft in drafts] == ["drafted", "drafted"]


def test_words_are_for_those_who_may_read_the_cable_that_bears_them(beijing: Post):
    name = told(
        beijing,
        HOLD,
        line("instruction", mode="must not", words="generous gift"),
        classification="TOP SECRET",
    )
    reads = Asker(person=REGISTRY, roles=frozenset({"registry clerk"}))
    assert of(beijing, letter(PRESS), reads)[0].quote == ""
    assert "to be" not in of(beijing, letter(PRESS), reads)[0].quote
    assert of(beijing, letter(PRESS), reads)[0].words == "generous gift"
    drafter = Asker(person=DRAFTER, roles=frozenset({"drafter"}))
    (hidden,) = of(beijing, letter(PRESS), drafter)
    assert (hidden.quote, hidden.words, hidden.rule, hidden.evidence_paragraph) == ("", "", "", "")
    assert hidden.sentence.endswith(f"not for you ({name})")
    assert "gift" not in hidden.sentence + hidden.mend
    assert hidden.stops


def test_of_questions_in_a_cable_that_is_not_there_for_somebody_he_hears_nothing(beijing: Post):
    told(beijing, "Shall we?", line("question"), kind="brief report No 7")
    draft = letter("Yes.", references=(Reference(literal="brief report No 7"),))
    assert of(beijing, draft, Asker(person=READER, roles=frozenset({"reader"}))) == []
    assert of(beijing, draft, Asker(person=ADMIN, roles=frozenset({"administrator"}))) != []


def test_the_text_that_will_be_sealed_is_read_while_the_office_holds_it(beijing: Post):
    name = forbidden(beijing)
    sealed = letter(PRESS, captions=("EYES ONLY",), to=(Party(post="moscow.example", person="Zhou"),))
    assert keys(beijing, sealed) == [f"instruction {name} 1"]


def test_a_destroyed_text_takes_its_items_with_it(beijing: Post):
    name = forbidden(beijing)
    entry = int(name.rpartition("/")[2].partition(".")[0])
    assert keys(beijing, letter(PRESS)) == [f"instruction {name} 1"]
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "Ordered")
    assert keys(beijing, letter(PRESS)) == []


def test_long_paragraphs_are_found_by_what_they_say(beijing: Post):
    name = kept(beijing)
    sides(beijing, beijing="we", moscow="we")
    blocks = (Paragraph(text="Good day.", number="1"), Paragraph(text=SHOWN, number="2"))
    assert keys(beijing, letter(blocks=blocks, onward=ENVOYS)) == [f"disclosure {name} 2"]


def test_an_office_that_is_shut_remembers_no_words_of_its_docket(tmp_path):
    post = found_post(tmp_path / "moscow", "moscow.example", "MOSCOW")
    items.issue_key("The reserve line")
    near.find_near(
        [near.Passage("k", ("the reserve line",), "They hold the reserve line.")], [("1", "the reserve line")]
    )
    post.office.close()
    kept = (items._key, near._read, near._read_pairs, near._read_runs, near._read_phrase, stems._read)
    assert [cache.cache_info().currsize for cache in kept] == [0] * 6


def test_the_words_of_a_text_that_is_destroyed_are_not_kept_for_the_next_draft(moscow: Post):
    entry = desk.enter(moscow.office, moscow.hand(REGISTRY), letter("They hold the reserve line."))
    withheld = DocketLine(kind="withheld", paragraph="1", fields=(("not for", "The press"),))
    docketing.enter_lines(moscow.office, moscow.hand(REGISTRY), entry, [withheld])
    with moscow.read() as connection:
        warnings(moscow.office, connection, letter("Nothing of it."))
    assert near._read.cache_info().currsize > 0
    desk.destroy_text(moscow.office, moscow.hand(ADMIN), entry, "ordered")
    assert near._read.cache_info().currsize == 0


def test_instructions_of_a_post_whose_side_nobody_entered_are_named_as_not_looked_at(
    beijing: Post, moscow: Post, stick: Path
):
    line = DocketLine(kind="instruction", paragraph="1", fields=(("mode", "must not"),))
    beijing.release(letter("Name no date.", docket=(line,)))
    carry(beijing, moscow, stick / "one")
    draft = moscow.draft(letter("We name no date.", to=(Party(post="beijing.example"),)))
    with moscow.read() as connection:
        said = [one.sentence for one in before_release.check_draft(moscow.office, connection, draft, None)]
    assert any("beijing.example" in one and "its side is not known" in one for one in said)


def test_what_a_clerk_says_of_the_cable_as_a_whole_is_the_clerks_word(moscow: Post):
    entry = desk.enter(moscow.office, moscow.hand(REGISTRY), letter())
    side = DocketLine(kind="post", fields=(("post", "moscow.example"), ("party", "North")))
    docketing.enter_lines(moscow.office, moscow.hand(REGISTRY), entry, [side])
    with moscow.read() as connection:
        (item,) = of_cable(connection, Lens("moscow.example"), entry)
    assert item.by == REGISTRY


def test_a_step_that_cannot_be_names_those_that_can(moscow: Post):
    entry = desk.enter(moscow.office, moscow.hand(REGISTRY), letter())
    order = DocketLine(kind="instruction", paragraph="1", fields=(("mode", "must"),))
    (name,) = docketing.enter_lines(moscow.office, moscow.hand(REGISTRY), entry, [order])
    step = DocketLine(kind="step", fields=(("of", name), ("step", "lift")))
    with pytest.raises(NotAllowed) as refused:
        docketing.enter_lines(moscow.office, moscow.hand(REGISTRY), entry, [step])
    assert refused.value.mend == "Its steps now: execute, supersede, rescind, expire."
