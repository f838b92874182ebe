"""The reader by rules: what each rule proposes, that quotes are exact, and that nothing costs much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable.model import Cable, Carried, Onward, Paragraph, Party, Quotation
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.items import MOST_LINES, problem
from reftel.docket.kinds import KINDS, fields_of
from reftel.docket.suggest import LONGEST_SENTENCE, MOST_READ, RULES, Suggestion, sentences, suggest
from tests.cable.founding import FOUNDING
from tests.cable.strategies import cables
from tests.conftest import ROOT, shared


def cable(*texts: str | Paragraph, to: str = "PORT OFFICE", **more: object) -> Cable:
    blocks = tuple(Paragraph(text=one) if isinstance(one, str) else one for one in texts)
    return Cable(sender=Party(place="HARBOUR"), to=(Party(office=to),), blocks=blocks, **more)  # type: ignore[arg-type]


def told(*texts: str | Paragraph) -> set[tuple[str, str]]:
    return {(one.line.kind, one.rule) for one in suggest(cable(*texts))}


def only(text: str, kind: str) -> Suggestion:
    (found,) = [one for one in suggest(cable(text)) if one.line.kind == kind]
    return found


EXAMPLES: dict[str, str | Paragraph] = {
    "a numbered point in quotation marks": Paragraph(
        number="1", text='"The ferry sails at noon from the north quay."'
    ),
    "a numbered point is an issue": Paragraph(
        number="1", text="“The ferry sails at noon from the north quay."
    ),
    "points announced": Paragraph(number="1", text="The ferry sails at noon."),
    "words to be read": "The clause is changed to read “the ferry sails at noon”.",
    "a point by its number": "They left out point 3, which provides for the ferry's fares.",
    "asks for an opinion or an order": "I ask you to communicate your opinion of the ferry.",
    "wants an answer": "The harbour master is requesting an urgent answer.",
    "wants to be told": "Report also how the captains take it.",
    "ends with a question mark": "But is the quay not too short?",
    "begins as a question": "How should we answer the captains.",
    "put off": "Action on your second request will be sent you soonest.",
    "agrees with you": "We completely agree with your plan of the quay.",
    "your proposal is": "Your proposal on the fares is accepted.",
    "replied": "I replied that the quay was full.",
    "as regards": "As regards the fares, we have no wish to raise them, and it seems best to wait.",
    "by the number of the point": "The fourth point should be kept back for now.",
    "you must not": "You will not sign before Friday.",
    "you must": "You must sign before Friday.",
    "you may": "You are authorized to sign on Friday.",
    "inadvisable": "To speak of fares now is extremely inadvisable.",
    "our side must not": "We should not speak of fares at the first meeting.",
    "our side must": "Our side should prepare the ground.",
    "a thing must not be done": "The fares must not be raised.",
    "a thing must be done": "The quay must be cleared by Friday.",
    "a thing may be done": "It is possible to raise the fares.",
    "be guided by": "Please be guided by my letter.",
    "do not": "Do not sign anything.",
    "an order at the start": "Immediately visit the harbour master.",
    "not to be shown to": "You should not show the map to the captains of the ferry.",
    "not to be shown": "It is as yet not to be published, and we do not reveal the map.",
    "cards": "It is early to lay our cards on the table.",
    "for your information only": "This is for your information only.",
    "if it fails, then": "If the captains refuse, then we shall hire others.",
    "will possibly": "The captains will possibly refuse.",
    "will probably": "The captains will probably refuse.",
    "it is apparent": "It is apparent that the captains are tired.",
    "we think": "We believe that the captains are tired.",
    "what they think": "In the opinion of the enemy the quay is too short.",
    "how they stand": "The other side is hardly interested in a quay.",
    "difficulties": "There will be numerous difficulties on the quay.",
    "what they will do": "The other side will close the quay.",
    "a meeting began": "The meeting resumed at 1500.",
    "a meeting ended": "The session was adjourned at 17:40.",
    "the next meeting": "The next meeting is tomorrow at noon.",
    "atmosphere": "In the morning the atmosphere was stiff.",
    "how they left": "The enemy delegation left by boat.",
    "prepared for a meeting": "This evening we discussed the program for tomorrow.",
    "a visit or a call": "Yesterday I called on Harbour Master Brandt.",
    "agreed to": "The captains agreed to discuss the fares.",
    "opposed or declined": "Of the fares they said little, but they firmly opposed the quay.",
    "no agreement": "On the fares no agreement was reached.",
    "a proposal with a number": "Their delegation proposed to increase the number of boats to 12.",
    "a proposal was made": "Our side submitted a draft.",
    "asked questions": "They repeatedly asked questions.",
    "stalled": "Their side spoke of the weather in order to gain time.",
    "criticised": "Our delegation criticized the fares.",
    "took it away": "They took our draft with them.",
    "a recess or a walk-out": "They asked for a recess.",
    "a concession": "The withdrawal of two boats is no concession.",
    "not without": "Without a quay the ferry cannot sail.",
    "we demand": "We must demand a longer quay.",
    "somebody insists": "Captain Holm insists on a longer quay.",
    "must be accepted": "All five points must be accepted.",
    "somebody agrees": "The captains say that they agree with the fares.",
    "it has been decided": "We have decided to build a quay.",
    "we agree or cannot agree": "We cannot accept a shorter quay.",
    "somebody was sent": "Yesterday we sent Captain Holm and his clerk to Norhaven.",
    "somebody goes": "Captain Holm will arrive on Friday, and he will go to Norhaven.",
    "somebody came": "Captain Holm arrived in Norhaven.",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_makes_its_kind_of_its_example(rule):
    example = EXAMPLES[rule.name]
    texts = ("We propose the following:", example) if rule.scope == "announced" else (example,)
    assert (rule.kind, rule.name) in told(*texts)


def test_every_example_has_a_rule_and_every_rule_another_name():
    assert [rule.name for rule in RULES] == list(dict.fromkeys(rule.name for rule in RULES))
    assert set(EXAMPLES) == {rule.name for rule in RULES}


def test_every_rule_gives_only_fields_of_its_kind():
    for rule in RULES:
        groups = {name.rstrip("_").replace("_", " ") for name in rule.pattern.groupindex} - {"quote"}
        assert groups | {name for name, _ in rule.fields} <= set(fields_of(rule.kind)), rule.name
        assert rule.kind in KINDS


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Прошу Вас рассмотреть этот вопрос и сообщить Ваше решение.", "question"),
        ("Насчёт причала у нас нет возражений.", "answer"),
        ("Пароход не следует задерживать.", "instruction"),
        ("Если капитаны откажутся, то это предложение снимается.", "fallback"),
        ("Надеюсь, что погода будет хорошей.", "assessment"),
        ("Два капитана будут посланы в Норхавен.", "movement"),
    ],
)
def test_russian_is_read_too(text, kind):
    assert kind in {one.line.kind for one in suggest(cable(text))}


@pytest.mark.parametrize(
    "text",
    [
        "The boats were painted in May.",
        "Two bags left by courier; confirm nothing.",
        "Copies: Holm, Brandt, one on file.",
        "The lamp on the north quay is green.",
    ],
)
def test_an_ordinary_sentence_gives_nothing(text):
    assert suggest(cable(text)) == []


def test_fields_are_cut_from_the_sentence_and_the_addressee_is_known():
    fallback = only("If the captains refuse, then we shall hire others.", "fallback")
    assert dict(fallback.line.fields) == {"condition": "the captains refuse", "then": "we shall hire others."}
    assert fallback.missing == ()
    assert dict(only("You must sign before Friday.", "instruction").line.fields) == {
        "mode": "must",
        "to": "PORT OFFICE",
    }
    sent = only("Yesterday we sent Captain Holm to Norhaven.", "movement")
    assert dict(sent.line.fields) == {"sent": "Yesterday", "who": "Captain Holm", "to": "Norhaven"}


def test_what_a_rule_cannot_know_is_said_to_be_missing():
    assert only("The meeting resumed at 1500.", "session").missing == ("session",)
    assert only("They left out point 3, which provides for the fares.", "issue").missing == ("issue",)
    assert only("This is for your information only.", "withheld").missing == ("not for",)


def test_only_a_sentence_is_quoted_and_its_paragraph_named():
    text = "The lamp is green. You must sign before Friday, Mr. Holm. The lamp is red."
    (found,) = suggest(cable("The lamp is green.", Paragraph(number="2", series="further", text=text)))
    assert (found.line.paragraph, found.line.quote) == ("further-2", "You must sign before Friday, Mr. Holm.")


def test_who_asks_does_not_instruct():
    instruct = "The fares must be raised."
    assert ("instruction", "a thing must be done") in told(instruct)
    assert ("instruction", "a thing must be done") not in told(
        instruct, "I ask you to communicate your opinion."
    )


def test_what_another_said_is_no_instruction():
    assert ("instruction", "our side must") in told("I think we must wait.")
    assert ("instruction", "our side must") not in told("Captain Holm noted that we must wait.")


def test_a_question_is_nothing_else():
    assert {kind for kind, _ in told("Should we not think that they will possibly refuse?")} == {"question"}


def test_a_proposed_text_is_not_read_for_what_it_says():
    point = Paragraph(number="2", text='"The enemy will leave. You must sign." We think that they refuse.')
    found = suggest(cable(point))
    assert [one.line.kind for one in found] == ["text", "issue", "assessment"]
    assert found[0].line.quote == "The enemy will leave. You must sign."
    assert dict(found[1].line.fields)["number"] == "2"


def test_points_are_announced_until_the_next_paragraph_without_a_number():
    points = [Paragraph(number=str(n), text=f"The ferry sails on day {n}.") for n in (1, 2)]
    found = suggest(
        cable("We intend to propose the following points:", *points, "The lamp is green.", *points)
    )
    assert [one.line.paragraph for one in found if one.line.kind == "text"] == ["1", "2"]


def test_carried_telegrams_and_texts_to_hand_over_are_read_with_their_own_addressee():
    inner = cable("You must sign.", to="CAPTAIN HOLM")
    outer = Cable(
        sender=Party(),
        to=(Party(office="PORT OFFICE"),),
        onward=Onward(to=Party(person="HARBOUR MASTER")),
        blocks=(
            Paragraph(text="You must hand this over."),
            Quotation(blocks=(Paragraph(text="You must wait."),)),
            Carried(cable=inner),
        ),
    )
    found = [(one.line.paragraph, dict(one.line.fields)["to"]) for one in suggest(outer)]
    assert found == [("u1", "PORT OFFICE"), ("q1.u1", "HARBOUR MASTER"), ("c1.u1", "CAPTAIN HOLM")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("See No. 5 of Cde. Holm at 5 p.m. today.", ["See No. 5 of Cde. Holm at 5 p.m. today."]),
        ("He said: “Go.” They went.", ["He said: “Go.”", "They went."]),
        ("On 5.7.1951 he came. 6 left.", ["On 5.7.1951 he came.", "6 left."]),
        ("first line\nsecond line", ["first line", "second line"]),
        ("etc. and so on. \n\n ", ["etc. and so on."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, said):
    assert [text[start:end] for start, end in sentences(text)] == said


_PARTS = st.sampled_from(
    [example if isinstance(example, str) else example.text for example in EXAMPLES.values()]
)
_TEXT = st.lists(st.one_of(_PARTS, st.text(min_size=1, max_size=30)), min_size=1, max_size=8).map(" ".join)


@given(st.lists(st.tuples(_TEXT, st.sampled_from(["", "1", "a"])), max_size=5))
def test_every_quote_stands_letter_for_letter_in_its_paragraph(parts):
    read = cable(*(Paragraph(text=text, number=number) for text, number in parts))
    for one in suggest(read):
        assert one.line.quote in dict(paragraph_ids(read))[one.line.paragraph].text
        assert one.line.quote
        if not one.missing:
            assert problem(read, one.line) == ""


@given(cables())
def test_any_cable_can_be_read(read):
    texts = {name: paragraph.text for name, paragraph in paragraph_ids(read)}
    assert all(one.line.quote in texts[one.line.paragraph] for one in suggest(read))


@pytest.mark.parametrize(
    "word", ["we offered ", "if we, ", "they asked ", "A ", "\n", "x? ", "“", "1. ", "...", "?!"]
)
def test_hostile_texts_are_read_in_bounded_time(word):
    one = (word * MOST_READ)[:MOST_READ]
    many = [
        Paragraph(text=f"{(word * LONGEST_SENTENCE)[: LONGEST_SENTENCE - 1]}.", number="1") for _ in range(90)
    ]
    suggest(cable(one))
    suggest(cable(*many))


def test_many_telegrams_in_one_are_read_in_bounded_time():
    """Each paragraph is told to its own telegram without asking every other."""
    party = Party(place="NOWHERE")
    one = Carried(cable=Cable(sender=party, to=(party,), blocks=(Paragraph(text="Yes."),)))
    suggest(Cable(sender=party, to=(party,), blocks=(one,) * 20_000))


def test_no_more_is_proposed_than_a_cable_may_say():
    assert len(suggest(cable(*["You must sign."] * (MOST_LINES + 9)))) == MOST_LINES


def test_what_follows_too_much_text_is_left_to_people():
    assert suggest(cable("x" * MOST_READ, "You must sign.")) == []
    assert suggest(cable(f"You must sign {'and ' * LONGEST_SENTENCE}seal.")) == []


def test_the_founding_cables_are_read():
    shared("founding")
    found = {name: [one.line for one in suggest(make())] for name, make in FOUNDING.items()}
    assert sum(line.kind == "question" for line in found["F2"]) == 6
    assert sum(line.kind == "text" for line in found["F2"]) == 7
    assert [line.paragraph for line in found["F2"] if line.kind == "fallback"] == ["u16"]
    assert sum(line.kind == "answer" for line in found["F5"]) == 6
    assert {line.paragraph for line in found["F3"]} == {"c1.u1"}
    assert any(line.kind == "withheld" and "cards" in line.quote for line in found["F1"])
    (inadvisable,) = [
        one
        for one in suggest(FOUNDING["F4"]())
        if one.rule == "inadvisable" and "great concession" in one.line.quote
    ]
    assert dict(inadvisable.line.fields)["mode"] == "must not"


def test_nothing_of_the_shared_texts_is_in_the_key_of_the_scores():
    key = (ROOT / "tools" / "suggestions_key.csv").read_text(encoding="utf-8").splitlines()
    assert key[0] == "page,line,start,end,kinds,allowed"
    for row in key[1:]:
        _, line, start, end, kinds, allowed = row.split(",")
        assert all(number.isdecimal() for number in (line, start, end))
        assert set(f"{kinds} {allowed}".split()) <= set(KINDS)
