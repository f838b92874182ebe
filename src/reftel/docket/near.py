"""When a paragraph of a draft comes near a passage: an instruction, or something not to be shown yet.

Three rules, each one that a person can check by eye. They know nothing of a language but the short
lists in :mod:`reftel.docket.stems`. A word is *rarer* when it is in none of those lists.

``phrase``: every rarer word of a phrase that somebody named stands there, in any order, with at most
six words among them. ``quoted``: six words running are the same, but for capitals and punctuation,
and two of them are rarer. ``passage``: within sixty words there stand three pairs of neighbouring
rarer words of the passage, and five of its rarer words in all; or three in five of its rarer words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import merge
from itertools import accumulate
from typing import Final, Literal, TypeVar

from reftel.docket import stems as words_read
from reftel.docket.stems import Word, folded_words, words

_Thing = TypeVar("_Thing", str, int)

Rule = Literal["phrase", "quoted", "passage"]
RULES: Final[tuple[Rule, ...]] = ("phrase", "quoted", "passage")
"""The rules, the plainest first: where several hold, the first is told."""

_MOST_WORDS = 2_000  # of a passage; what follows is not compared
_MOST_PHRASES = 64
_MOST_IN_PHRASE = 16
_STRANGERS = 6  # words that may stand among those of a phrase
_RUN = 6
_RARER_IN_RUN = 2
_PAIRS = 3
_RARER_WITH_PAIRS = 5
_FEWEST = 4
_MOST_COUNTED = 12  # a long passage comes near with three in five of so many
_STRETCH = 60  # words of a draft that are looked at together; the next stretch begins in its middle
_REACH = 3  # rarer words in a draft that count as neighbours
_MOST_PLACES = 64  # stretches of one draft in which a word or pair is looked for
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """What a draft is held against: phrases that somebody named, and a text. ``key`` is the caller's."""

    key: str
    phrases: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Near:
    """A paragraph came near a passage.

    ``words`` are the draft's own, from the first to the last that met; ``score`` is how much of the
    phrase or of the passage's rarer words stands there, in per cent.
    """

    key: str
    paragraph: str
    rule: Rule
    words: str
    score: int


def find_near(passages: Iterable[Passage], paragraphs: Sequence[tuple[str, str]]) -> list[Near]:
    """Every passage that a paragraph comes near, once for each of the two, by passage, then paragraph.

    ``paragraphs`` are the draft's, each with its id. What is found depends on one passage and one
    paragraph alone: no other passage makes a difference.
    """
    draft = _Draft(paragraphs)
    found = []
    for passage in passages:
        best: dict[int, Near] = {}
        for at, near in draft.compare(passage):
            other = best.get(at)
            if other is None or _order(near) < _order(other):
                best[at] = near
        found += [best[at] for at in sorted(best)]
    return found


def split_phrases(value: str) -> tuple[str, ...]:
    """The phrases of a field ``words``: with a semicolon between."""
    return tuple(phrase for phrase in map(str.strip, value.split(";")) if phrase)


def _order(near: Near) -> tuple[int, int]:
    return RULES.index(near.rule), -near.score


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage as it is compared: its words, their stems, the rarer of them once, and whether one recurs."""

    folded: tuple[str, ...]
    stems: tuple[str, ...]
    rarer: tuple[str, ...]
    recurs: bool
    needed: int


def forget() -> None:
    """Let go of the passages that were read: an office that is shut keeps none in memory."""
    for kept in (_read, _read_pairs, _read_runs, _read_phrase):
        kept.cache_clear()
    words_read.forget()


@lru_cache(maxsize=32_768)
def _read(text: str) -> _Read:
    folded, stems = folded_words(text, _MOST_WORDS)
    rarer = tuple(dict.fromkeys(filter(None, stems)))
    return _Read(
        folded=tuple(folded),
        stems=tuple(stems),
        rarer=rarer,
        recurs=sum(map(bool, stems)) > len(rarer),
        needed=max(_FEWEST, -(-3 * min(len(rarer), _MOST_COUNTED) // 5)),
    )


# Runs and pairs are made where words are shared, and kept as hashes: what they hit is looked at again.
@lru_cache(maxsize=32_768)
def _read_pairs(text: str) -> tuple[int, ...]:
    stems = [stem for stem in _read(text).stems if stem]
    nearby = ((stem, other) for n, stem in enumerate(stems) for other in stems[n + 1 : n + 3])
    return tuple({_pair(stem, other) for stem, other in nearby if other != stem})


@lru_cache(maxsize=32_768)
def _read_runs(text: str) -> tuple[int, ...]:
    read = _read(text)
    return tuple({hash(run) for _, run in _runs(read.folded, read.stems)})


@lru_cache(maxsize=32_768)
def _read_phrase(phrase: str) -> tuple[frozenset[str], bool]:
    """The words of a phrase that must stand together; whether they are stems or words as they are."""
    folded, all_stems = folded_words(phrase, _MOST_IN_PHRASE)
    stems = frozenset(filter(None, all_stems))
    return (stems, True) if stems else (frozenset(folded), False)


def _pair(one: str, other: str) -> int:
    return hash((one, other) if one < other else (other, one))


def _runs(folded: Sequence[str], stems: Sequence[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Runs of six words in which two are rarer, each with the place of its first word."""
    rarer = [0, *accumulate(map(bool, stems))]
    for start in range(len(folded) - _RUN + 1):
        if rarer[start + _RUN] - rarer[start] >= _RARER_IN_RUN:
            yield start, tuple(folded[start : start + _RUN])


@dataclass(slots=True)
class _Stretch:
    """Some words of one paragraph, looked at together: numbers of the paragraph and its words."""

    at: int
    start: int
    end: int
    stems: set[str] = field(default_factory=set)
    pairs: set[int] = field(default_factory=set)


class _Draft:
    """A draft's words, and in which stretches of it each rarer word, pair and run stands."""

    def __init__(self, paragraphs: Sequence[tuple[str, str]]) -> None:
        self._paragraphs = paragraphs
        self._words = [list(words(text)) for _, text in paragraphs]
        self._stretches: list[_Stretch] = []
        self._with_stem: dict[str, list[int]] = defaultdict(list)
        self._with_pair: dict[int, list[int]] = defaultdict(list)
        self._with_run: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._places: list[dict[str, list[int]]] = []
        for at, read in enumerate(self._words):
            self._enter(at, read)
        self._stems = set(self._with_stem)
        self._pairs = set(self._with_pair)
        self._runs = set(self._with_run)

    def _enter(self, at: int, read: list[Word]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(read):
            places[word.folded].append(place)
            if word.stem:
                places[_as_stem(word.stem)].append(place)
        self._places.append(places)
        for start, run in _runs([word.folded for word in read], [word.stem for word in read]):
            self._with_run[hash(run)].append((at, start))
        for start in range(0, max(len(read) - _STRETCH // 2, 1), _STRETCH // 2):
            self._enter_stretch(_Stretch(at, start, min(start + _STRETCH, len(read))))

    def _enter_stretch(self, stretch: _Stretch) -> None:
        number = len(self._stretches)
        self._stretches.append(stretch)
        stems = [word.stem for word in self._words[stretch.at][stretch.start : stretch.end] if word.stem]
        stretch.stems.update(stems)
        for n, stem in enumerate(stems):
            stretch.pairs.update(
                _pair(stem, other) for other in stems[n + 1 : n + 1 + _REACH] if other != stem
            )
        for one in stretch.stems:
            self._with_stem[one].append(number)
        for two in stretch.pairs:
            self._with_pair[two].append(number)

    def compare(self, passage: Passage) -> Iterator[tuple[int, Near]]:
        """Everything that comes near, with the number of its paragraph."""
        for phrase in passage.phrases[:_MOST_PHRASES]:
            yield from self._phrase(passage, phrase)
        if passage.text:
            read = _read(passage.text)
            shared = self._stems.intersection(read.rarer)
            # two rarer words stand in a run, though they may be the same one
            if len(shared) >= _RARER_IN_RUN or (shared and read.recurs):
                yield from self._quoted(passage, read)
            if len(shared) >= _FEWEST:
                yield from self._passage(passage, read, shared)

    def _phrase(self, passage: Passage, phrase: str) -> Iterator[tuple[int, Near]]:
        wanted, stems = _read_phrase(phrase)
        if not wanted or (stems and not wanted <= self._stems):
            return
        for at, places in enumerate(self._places):
            lists = [places.get(_as_stem(word) if stems else word, ()) for word in wanted]
            if all(lists) and (span := _together(lists, len(wanted) + _STRANGERS)):
                yield at, self._near(passage, "phrase", at, span, 100)

    def _quoted(self, passage: Passage, read: _Read) -> Iterator[tuple[int, Near]]:
        runs = _read_runs(passage.text)
        if self._runs.isdisjoint(runs):
            return
        known = {read.folded[n : n + _RUN] for n in range(len(read.folded) - _RUN + 1)}
        begun = sorted({place for run in runs for place in self._with_run.get(run, ())[:_MOST_PLACES]})
        last = (-1, 0)  # of the run before: its paragraph and its end
        for at, start in begun:
            if (at, start + _RUN) <= last:
                continue
            end = start + _RUN
            while self._folded(at, end - _RUN, end) in known:
                end += 1
            last = (at, end - 1)
            if last[1] - start >= _RUN:
                score = min(100, 100 * (last[1] - start) // len(read.folded))
                yield at, self._near(passage, "quoted", at, (start, last[1] - 1), score)

    def _folded(self, at: int, start: int, end: int) -> tuple[str, ...]:
        return tuple(word.folded for word in self._words[at][start:end])

    def _passage(self, passage: Passage, read: _Read, shared: set[str]) -> Iterator[tuple[int, Near]]:
        pairs = self._pairs.intersection(_read_pairs(passage.text))
        numbers: set[int] = set()
        if len(pairs) >= _PAIRS:
            numbers |= _standing_in(self._with_pair, pairs, _PAIRS)
        if len(shared) >= read.needed:
            numbers |= _standing_in(self._with_stem, shared, read.needed)
        for number in sorted(numbers):
            stretch = self._stretches[number]
            here = stretch.stems & shared
            paired = len(here) >= _RARER_WITH_PAIRS and len(stretch.pairs & pairs) >= _PAIRS
            if paired or len(here) >= read.needed:
                score = 100 * len(here) // len(read.rarer)
                yield stretch.at, self._near(passage, "passage", stretch.at, self._span(stretch, here), score)

    def _span(self, stretch: _Stretch, stems: set[str]) -> tuple[int, int]:
        read = self._words[stretch.at]
        met = [n for n in range(stretch.start, stretch.end) if read[n].stem in stems]
        return met[0], met[-1]

    def _near(self, passage: Passage, rule: Rule, at: int, span: tuple[int, int], score: int) -> Near:
        name, text = self._paragraphs[at]
        read = self._words[at]
        shown = text[read[span[0]].start : read[span[1]].end]
        if len(shown) > _SHOWN:
            shown = shown[: _SHOWN - 1] + "…"
        return Near(passage.key, name, rule, shown, score)


def _as_stem(stem: str) -> str:
    return f"{stem} "  # a blank tells it from the word that is spelled the same


def _standing_in(places: Mapping[_Thing, list[int]], things: set[_Thing], least: int) -> set[int]:
    """The stretches in which at least so many of the things stand."""
    counts = Counter(number for thing in things for number in places[thing][:_MOST_PLACES])
    return {number for number, count in counts.items() if count >= least}


def _together(lists: Sequence[Sequence[int]], width: int) -> tuple[int, int] | None:
    """The first span of so many places that holds one of each list."""
    last: dict[int, int] = {}
    for place, n in merge(*([(place, n) for place in places] for n, places in enumerate(lists))):
        last[n] = place
        if len(last) == len(lists) and place - (first := min(last.values())) < width:
            return first, place
    return None
