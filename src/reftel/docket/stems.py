"""Words of a text and their stems, alike enough that inflected forms meet, in any language.

A stem is made by two plain steps that anybody can repeat by hand: soft endings are taken off while
three letters remain, then six letters are kept. Chinese and Japanese characters and Korean
syllables, which no blanks divide, are taken two by two. Nothing is looked up but in three short
lists: words that say little, words that stand in every cable, and words written as one or as two.
Marks over and under letters are left out. In a word with Latin letters, letters of other scripts that
look like Latin ones are read as these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_UNDIVIDED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
    "\U000e0100-\U000e01ef"
)
_RUN = re.compile(f"[{_UNDIVIDED}]+|(?:(?![{_UNDIVIDED}])[^\\W_]|[{_MARKS}])+")
_IS_UNDIVIDED = re.compile(f"[{_UNDIVIDED}]").match
_ACCENTS = re.compile(f"[{_MARKS}]+")
_HAS_LATIN = re.compile("[a-z]").search
# Cyrillic, then Greek and others, in small letters
_LIKE_LATIN = str.maketrans(
    "\u0430\u0432\u0441\u0501\u0435\u04bb\u0456\u0458\u043a\u04cf\u043c"
    "\u043d\u043e\u051b\u0440\u0455\u0442\u0443\u0475\u051d\u0445\u044c"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03f2\u03f3\u0261\u0131",
    "abcdehijklmhoqpstyvwxbabeikvoptuxcjgi",
)
_SOFT_ENDING = re.compile(
    "(.{3,}?)"
    "(?:ments?|[st]ions?|als?|ing|ed|[eisy]|ого|его|ому|ему|ами|ями|[аяоеыи]м|[аяыи]х|ов|ев|[аеиоуыэюяь])"
)
_STEM, _LONGEST_WORD = 6, 48

# One word or two, as the writer likes; a hyphen already makes two of it.
_TWO_IN_ONE: Final = {"ceasefire": ("cease", "fire"), "ceasefires": ("cease", "fires")}

_SAY_NOTHING = """
a about above after again all also although am an and any are as at be because been before being below
between both but by can cannot could did do does doing done down during each either even ever every few for
from further had has have having he her here hers him his how however i if in into is it its itself just
least less let like made make makes making many may me might more moreover most much must my neither no nor
not now of off on once one only or other others our ours out over own per please rather said same say says
shall she should since so some such than that the their them then there therefore these they this those
though through thus to too toward towards under until up upon us very was we well were what when where
whether which while who whom whose why will with within without would yet you your
а без бы был была были было быть в вам вас ваш ваша ваше ваши весь во вот все всё всех вы где да для до его
ее её если есть еще ещё же за и из или им их к как ко когда кто ли либо лишь между мне мной мы на над нам
нас наш наша наше наши не нее нет ни них но о об обо однако он она они оно от перед по под после потому при
про с сам свой со так также такой там то того тоже той только том тот ту ты у уже хотя чем что чтобы эта эти
это этого этой этом этот я
ai au aucun aussi autre aux avec avoir ce cela ces cet cette comme contre d dans de des dont du elle elles
en encore est et etait ete etre eu eux fait faire il ils j je l la le les leur leurs lui mais me meme mes
moi mon n ne ni nos notre nous on ont ou par pas peut plus pour qu que quel quelle qui sa sans se sera ses
si soit son sont sous sur ta te tes ton tous tout toute toutes tres tu un une vos votre vous y
"""
_STAND_EVERYWHERE = """
agree answer ask cable case comrade consider course date day department embassy fact first following general
give government inform information letter matter meeting message minister month necessary office opinion
part party place point position possible present question receive reference regard reply report
representative request respect send sent secretary side situation state statement take telegram text time
today tomorrow view way week work year yesterday
вопрос время день ответ письмо получил пункт сообщение сообщить сторона телеграмма товарищ
"""


class Word(NamedTuple):
    """A word of a text: as it is compared letter for letter, its stem (empty if it is common), its place."""

    folded: str
    stem: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """Every word of a text in order; a run of characters without blanks gives overlapping pairs."""
    for run in _RUN.finditer(text):
        start, end = run.span()
        if _IS_UNDIVIDED(text, start):
            for place in range(start, max(end - 1, start + 1)):
                pair = text[place : min(place + 2, end)]
                yield Word(pair, pair, place, min(place + 2, end))
        else:
            for folded, stem in _read(text[start : min(end, start + _LONGEST_WORD)]):
                yield Word(folded, stem, start, end)


def folded_words(text: str, most: int) -> tuple[list[str], list[str]]:
    """The first words of a text as they are compared, and their stems, without their places."""
    read: list[tuple[str, str]] = []
    for run in _RUN.finditer(text):
        if len(read) >= most:
            break
        if _IS_UNDIVIDED(run[0]):
            read += [(word.folded, word.stem) for word in words(run[0][: most + 1])]
        else:
            read += _read(run[0][:_LONGEST_WORD])
    return [folded for folded, _ in read[:most]], [stem for _, stem in read[:most]]


def forget() -> None:
    """Let go of the words that were read: an office that is shut keeps none in memory."""
    _read.cache_clear()


@lru_cache(maxsize=65_536)
def _read(word: str) -> tuple[tuple[str, str], ...]:
    folded = _fold(word)
    return tuple((part, _stem(part)) for part in _TWO_IN_ONE.get(folded, (folded,)))


def _fold(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).casefold()
    if folded.isascii():
        return folded
    # accents are often left out on capitals; a Korean syllable comes back whole
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))
    return folded.translate(_LIKE_LATIN) if _HAS_LATIN(folded) else folded


def _stem(folded: str) -> str:
    cut = _cut(folded)
    return "" if len(folded) == 1 or folded in _SILENT or cut in _COMMON else cut


def _cut(word: str) -> str:
    while soft := _SOFT_ENDING.fullmatch(word):
        word = soft[1]
    return word[:_STEM]


_SILENT: Final = frozenset(map(_fold, _SAY_NOTHING.split()))
_COMMON: Final = frozenset(_cut(_fold(word)) for word in _STAND_EVERYWHERE.split())
