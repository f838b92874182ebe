"""When a draft comes near a passage: what trips, what does not, and that hostile texts cost little."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable.paragraphs import paragraph_ids
from reftel.docket.near import Near, Passage, find_near, split_phrases
from reftel.docket.stems import words
from tests.cable.founding import FOUNDING, reading
from tests.conftest import shared

BARRIER = (
    "The barrier on the mountain road may be lifted for ambulances before the first snow, "
    "but nobody is to hear of it from our drivers or from the newspapers."
)


def near(text: str, *, phrases: str = "", passage: str = "") -> Near | None:
    found = find_near([Passage("item", split_phrases(phrases), passage)], [("2", text)])
    assert len(found) <= 1
    return found[0] if found else None


def stems(text: str) -> list[str]:
    return [word.stem for word in words(text)]


@pytest.mark.parametrize(
    "forms",
    [
        "concession concessions Concession concede",
        "zone zones ZONE",
        "negotiate negotiation negotiations negotiating",
        "уступка уступки УСТУПКУ",
        "войск войска войсками войсках",
        "négociation négociations Negociations NÉGOCIATION",
        "corridor corridors",
    ],
)
def test_inflected_forms_meet(forms):
    assert len(set(stems(forms))) == 1
    assert "" not in stems(forms)


def test_words_that_only_begin_alike_stay_apart():
    assert len(set(stems("concession concern comfort"))) == 3
    assert len(set(stems("перемирие переговоры переход"))) == 3


def test_words_that_say_little_have_no_stem():
    assert set(stems("the of and with our telegram comrade и на наш вопрос dans les")) == {""}


def test_characters_without_blanks_are_taken_two_by_two():
    assert stems("停战谈判") == ["停战", "战谈", "谈判"]
    assert stems("정전 협상") == ["정전", "협상"]
    assert stems("线") == ["线"]


@pytest.mark.parametrize(
    "disguised",
    ["g\u0435nerous", "\u0261enerous", "gener\u03bfus", "generou\u0455", "gen\ufe00erous", "g\u0489enerous"],
)
def test_letters_that_only_look_alike_are_read_as_what_they_show(disguised):
    """Cyrillic and Greek letters among Latin ones, and marks that hardly show."""
    assert stems(disguised) == stems("generous")


def test_a_truce_is_spelled_in_one_word_or_in_two():
    assert stems("ceasefire") == stems("cease-fire") == stems("cease fire")


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("great concession", "We have made a great concession today."),
        ("great concession", "Of all our concessions this is the greatest, a GREAT one."),
        ("first; great concession", "We have made a great concession today."),
        ("large step; conditions for a ceasefire", "The conditions of our side for a cease-fire are two."),
        ("большая уступка", "Это уступка, и очень большая."),
        ("停战条件", "我方的停战条件有五项。"),
        ("정전 조건", "우리의 조건 은 정전 이다."),
        ("not for us", "They say that it is not for us to ask."),
    ],
)
def test_a_named_phrase_is_met_in_any_order_and_form(phrase, text):
    found = near(text, phrases=phrase)
    assert found is not None
    assert (found.rule, found.score, found.paragraph, found.key) == ("phrase", 100, "2", "item")
    assert found.words in text


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("great concession", "This is a matter of great concern."),
        (
            "great concession",
            "The great bridge stands. " + "It was built by the town long ago. " * 2 + "No concession.",
        ),
        ("conditions for a ceasefire", "The conditions on the road are bad."),
        ("not for us", "It is for them."),
        (" ; ;", "Anything."),
        ("...", "Anything..."),
    ],
)
def test_a_phrase_is_not_met_by_half_nor_from_afar(phrase, text):
    assert near(text, phrases=phrase) is None


def test_the_drafts_own_words_are_shown():
    found = near("Yesterday we made a truly GREAT concession, as all know.", phrases="great concession")
    assert found is not None
    assert found.words == "GREAT concession"


def test_six_words_running_are_a_quotation():
    found = near("He said: the Barrier on the mountain road may fall.", passage=BARRIER)
    assert found is not None
    assert (found.rule, found.words) == ("quoted", "the Barrier on the mountain road may")


def test_six_words_that_say_little_are_none():
    assert near("Wait, as it may be for the best.", passage="As it may be for the better, wait.") is None


def test_the_whole_of_a_quotation_is_told_with_its_share():
    found = near(f"So: {BARRIER} Thus he spoke.", passage=BARRIER)
    assert found is not None
    assert (found.rule, found.score) == ("quoted", 100)
    assert found.words == BARRIER.rstrip(".")


def test_a_passage_in_other_words_is_met():
    found = near(
        "Ambulances pass: before snow falls, lift the barrier across the mountain road.", passage=BARRIER
    )
    assert found is not None
    assert found.rule == "passage"
    assert 40 <= found.score <= 100


@pytest.mark.parametrize(
    "text",
    [
        "The courier leaves on Friday with two bags; confirm the numbers of the copies.",
        "The road over the mountain is open, and the newspapers have noticed it.",
        "The first snow fell, and our drivers stayed at home.",
    ],
)
def test_another_text_of_the_same_place_is_not(text):
    assert near(text, passage=BARRIER) is None


def test_five_words_in_pairs_are_enough_and_the_same_words_apart_are_not():
    found = near("A mountain road, its barrier under snow, no drivers.", passage=BARRIER)
    assert found is not None
    assert (found.rule, found.words) == ("passage", "mountain road, its barrier under snow, no drivers")
    apart = "Road tax office, snow plough garage, drivers rest room, barrier reef tour, mountain goat cheese."
    assert near(apart, passage=BARRIER) is None


def test_a_few_words_in_pairs_are_not_enough():
    assert near("A mountain road and its barrier under snow.", passage=BARRIER) is None


def test_of_a_long_passage_twelve_words_count():
    spoken = [f"{one}{two}orum" for one in "bdfglmnprt" for two in "aeiou"]
    some = " ".join(f"{word} x{n}orum y{n}orum z{n}orum" for n, word in enumerate(spoken[::6][:8]))
    found = near(some, passage=" ".join(spoken))
    assert found is not None
    assert (found.rule, found.score) == ("passage", 16)
    assert near(some.replace(spoken[0], "none"), passage=" ".join(spoken)) is None


def test_a_passage_is_met_only_where_its_words_stand_together():
    scattered = (
        "Ambulances wait. {0} Snow lies. {0} The barrier is down. {0} "
        "The mountain is high. {0} The road is long. {0} Newspapers lie."
    )
    filler = "Nothing else was heard that evening at this small post beyond the river bend. " * 5
    assert near(scattered.format(filler), passage=BARRIER) is None
    assert near(scattered.format(""), passage=BARRIER) is not None


def test_a_match_late_in_a_long_paragraph_is_found():
    long = "Nothing else was heard that evening at this small post beyond the river bend. " * 200
    found = near(
        f"{long}Before snow falls, lift the barrier across the mountain road for ambulances.", passage=BARRIER
    )
    assert found is not None
    assert "barrier" in found.words


def test_each_pair_is_told_once_by_the_plainest_rule_in_order():
    passages = [Passage("b", ("mountain road",), BARRIER), Passage("a", (), BARRIER)]
    found = find_near(passages, [("1", BARRIER), ("u1", "Nothing."), ("q1.2", BARRIER)])
    assert [(one.key, one.paragraph, one.rule) for one in found] == [
        ("b", "1", "phrase"),
        ("b", "q1.2", "phrase"),
        ("a", "1", "quoted"),
        ("a", "q1.2", "quoted"),
    ]


_WORDS = st.lists(st.sampled_from(BARRIER.replace(",", "").split()), max_size=90).map(" ".join)


@given(st.lists(_WORDS, max_size=4), st.lists(_WORDS, max_size=3))
def test_no_other_passage_or_paragraph_makes_a_difference(drafts, texts):
    passages = [Passage(str(n), ("mountain road",), text) for n, text in enumerate(texts)]
    paragraphs = [(f"u{n}", text) for n, text in enumerate(drafts)]
    together = find_near(passages, paragraphs)
    alone = [near for one in passages for paragraph in paragraphs for near in find_near([one], [paragraph])]
    assert together == alone


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_may_stand_in_a_draft_and_in_a_passage(text, passage):
    for found in find_near([Passage("k", split_phrases(passage), passage)], [("1", text)]):
        assert found.words.removesuffix("…") in text
        assert 0 < found.score <= 100


@pytest.mark.parametrize(
    "hostile",
    ["e" * (1 << 20), "停" * (1 << 17), "mountain road " * 10_000, BARRIER * 1_000, "a " * (1 << 17)],
    ids=["one word", "no blanks", "one pair", "one quotation", "letters"],
)
def test_hostile_texts_are_read_in_bounded_time(hostile):
    passages = [Passage(str(n), ("mountain road",), f"{BARRIER} {n}") for n in range(200)]
    find_near(passages, [("1", hostile)])
    find_near([Passage("k", (hostile,), hostile)], [("1", BARRIER), ("2", hostile)])


def test_ten_thousand_passages_are_compared_at_once():
    passages = [
        Passage(str(n), (f"phrase {n}",), f"{BARRIER[n % 40 :]} Case {n} of many.") for n in range(11_000)
    ]
    draft = [
        (str(n), f"Point {n}. The bridge is closed, and the ferry waits for the mail of day {n}.")
        for n in range(20)
    ]
    find_near(passages, draft)
    assert find_near(passages, draft) == []


def founding_passages() -> list[Passage]:
    """What F4 says of a great concession, and what F1 says is not to be shown, with a reader's phrases."""
    body = paragraph_ids(FOUNDING["F4"]())[-1][1].text
    start, end = body.index("Therefore your intention"), body.index(" The proposal we have offered is not")
    concession = Passage("F4", split_phrases("great concession; big concession"), body[start:end])
    held_back = split_phrases("conditions for a ceasefire; five conditions")
    return [concession] + [Passage("F1", held_back, one["literal"]) for one in reading("F1")["guidance"]]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("The reduction of the Kaesong-Bunsan neutral zone is a great concession.", "F4"),
        ("Correspondents may report that the concession is great: the neutral zone shrinks.", "F4"),
        ("China names five conditions for a ceasefire in Korea.", "F1"),
        ("The conditions of the Chinese side for a cease-fire are as follows.", "F1"),
    ],
)
def test_the_founding_cautions_trip(text, key):
    shared("founding")
    assert {one.key for one in find_near(founding_passages(), [("1", text)])} == {key}


def test_the_quotation_alone_trips_without_a_readers_phrase():
    shared("founding")
    press = "The reduction of the Kaesong-Bunsan neutral zone is a great concession."
    (found,) = find_near([Passage("F4", (), founding_passages()[0].text)], [("1", press)])
    assert found.rule == "quoted"


def test_other_historical_cables_do_not_trip():
    shared("founding")
    others = {
        f"{document} {name}": paragraph.text
        for document in ("F2", "F3", "F5")
        for name, paragraph in paragraph_ids(FOUNDING[document]())
    }
    for line in shared("corpus", "gold-dev-pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        others |= {f"{page['id']} {n}": text for n, text in enumerate(page["text"].split("\n"))}
    assert len(others) > 200
    assert find_near(founding_passages(), list(others.items())) == []
