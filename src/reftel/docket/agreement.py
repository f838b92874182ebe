"""Agreed text: one set of words that posts of two sides agreed to, each in a cable of its own.

Rules that this file keeps:

* an agreement is to exact words: its digest is over the talks, the issues, the name of the text and every
  letter of it, and its own quote is those words again, so that who reads the cable reads what is agreed;
* a post agrees for its own party only, and only in a cable that it released itself: what a reader enters,
  and what a carried telegram holds, agrees to nothing;
* once posts of both sides have agreed, the words stand: no amendment, strike or step of one side alone
  changes them. Other words need the agreement of both again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reftel.docket.items import Item, issue_key
from reftel.errors import NotFound

if TYPE_CHECKING:
    from reftel.docket.fold import Docket, State

LABEL: Final = b"reftel/agreed-text/v1\x00"
NOT_COUNTED: Final = "agreement, not counted"
"""As what the agreement stands in a text's history that does not count; else it is `agreement`."""
AGREED: Final = "would change words that both sides agreed to"
OTHER_WORDS: Final = "agrees to other words than these"
OTHER_QUOTE: Final = "quotes other words than it agrees to"
NO_WORDS: Final = "agrees to words that are not here"
ENTERED: Final = "was entered while reading: a post agrees in a cable that it releases"
CARRIED: Final = "came in a carried telegram: who carries an agreement does not agree"
NO_SIDE: Final = "is of a post whose party nobody here has entered"
NOT_CONCERNED: Final = "is of a party to which the text was not put"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One agreement: the item, the key of its post's party, and why it does not count, or nothing."""

    item: Item
    party: str
    ours: bool
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The words of a text as first entered, or as one amendment has them.

    ``voices`` are the agreements to exactly these words that count; ``sealed`` is the one with which both
    sides had agreed, ``None`` before.
    """

    item: Item
    words: str
    digest: str
    voices: tuple[Voice, ...]
    sealed: Item | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What was agreed of one text.

    ``version`` are the words that stand: the last that both sides agreed to, else the newest. ``unheard``
    are agreements that do not count, each with its reason; ``missing`` says what is still wanted.
    """

    text: State
    versions: tuple[Version, ...]
    version: Version
    unheard: tuple[Voice, ...]
    missing: tuple[str, ...]

    @property
    def agreed(self) -> bool:
        """Whether posts of both sides agreed to these very words."""
        return self.version.sealed is not None


def words_of(item: Item) -> str:
    """The exact words of an item: its quote, or the whole of its paragraph; empty where they are not here."""
    return item.quote or item.words


def name_of(item: Item) -> str:
    """The name under which an item is agreed to at every post: where it was first registered."""
    return item.same or item.name


def digest_of(talks: str, issues: tuple[str, ...], name: str, words: str) -> str:
    """The digest of an agreed text, as 64 hexadecimal digits.

    ``talks`` and ``issues`` as the docket line has them, ``name`` is that of :func:`name_of`.
    """
    said = {"issue": list(issues), "talks": talks, "text": name, "v": 1, "words": words}
    data = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(LABEL + data.encode()).hexdigest()


def digest_of_text(item: Item) -> str:
    """The digest of a text item as it stands; raises :class:`NotFound` where its words are not here."""
    words = words_of(item)
    if not words:
        raise NotFound(
            "the words of that text are not here", mend="Quote them in a docket line of their own."
        )
    return digest_of(item.get("talks"), item.issues, name_of(item), words)


def agreements(state: State) -> list[Item]:
    """Every agreement that was given to a text, those that do not count too."""
    return [move.by for move in state.moves if move.act in {"agreement", NOT_COUNTED}]


def agreement_of(docket: Docket, name: str) -> Agreement:
    """What was agreed of the text of that name, in what this docket holds.

    Raises :class:`NotFound` where no such text is there.
    """
    state = docket.states.get(name)
    if state is None or state.first.kind != "text":
        raise NotFound("there is no text of that name in the docket", mend="Name an item of kind `text`.")
    voices = [_voice(docket, state, item) for item in agreements(state)]
    versions = tuple(_versions(docket, state, voices))
    heard = {voice.item.name for version in versions for voice in version.voices}
    digests = {version.digest for version in versions}
    sealed = [version for version in versions if version.sealed is not None]
    newest = next(one for one in versions if one.item.name == state.reads)
    version = max(sealed, key=_sealed_at) if sealed else newest
    return Agreement(
        text=state,
        versions=versions,
        version=version,
        unheard=tuple(_told(voice, digests) for voice in voices if voice.item.name not in heard),
        missing=() if sealed else tuple(_missing(docket, state, version)),
    )


def _sealed_at(version: Version) -> tuple[str, str, int, str]:
    assert version.sealed is not None  # noqa: S101 - only such are asked
    return version.sealed.order


def _voice(docket: Docket, state: State, item: Item) -> Voice:
    party, ours = docket.side(item.origin), docket.ours(item.origin)
    return Voice(item=item, party=party, ours=ours, remark=_remark(docket, state, item, party, ours=ours))


def _remark(docket: Docket, state: State, item: Item, party: str, *, ours: bool) -> str:
    """Why an agreement does not count whatever its words, or nothing."""
    if item.who:
        return ENTERED
    if item.carried:
        return CARRIED
    if not party:
        return NO_SIDE
    if ours:
        return ""
    wanted = _wanted(docket, state)
    return NOT_CONCERNED if wanted and party not in wanted else ""


def _wanted(docket: Docket, state: State) -> set[str]:
    """The other parties that a text names, of those that have a post."""
    first = state.first
    named = {issue_key(name) for name in (first.get("party"), *first.names("to")) if name}
    return (named & docket.parties()) - {docket.side(docket.own)}


def _versions(docket: Docket, state: State, voices: list[Voice]) -> Iterator[Version]:
    for item in (state.first, *state.amended):
        words = words_of(item)
        named = digest_of(item.get("talks"), item.issues, name_of(state.first), words) if words else ""
        to_these = [
            voice
            for voice in voices
            if named
            and not voice.remark
            and voice.item.get("digest") == named
            and words_of(voice.item) == words
        ]
        yield Version(
            item=item,
            words=words,
            digest=named,
            voices=tuple(to_these),
            sealed=_sealed(to_these, _wanted(docket, state)),
        )


def _sealed(voices: list[Voice], wanted: set[str]) -> Item | None:
    """The agreement with which our side and every other that is wanted had agreed."""
    ours, theirs = False, set[str]()
    for voice in sorted(voices, key=lambda voice: voice.item.order):
        if voice.ours:
            ours = True
        else:
            theirs.add(voice.party)
        if ours and theirs and wanted <= theirs:
            return voice.item
    return None


def _told(voice: Voice, digests: set[str]) -> Voice:
    """An agreement that does not count, with the reason."""
    if voice.remark:
        return voice
    remark = OTHER_WORDS
    if voice.item.get("digest") in digests:
        remark = OTHER_QUOTE if words_of(voice.item) else NO_WORDS
    return Voice(item=voice.item, party=voice.party, ours=voice.ours, remark=remark)


def _missing(docket: Docket, state: State, version: Version) -> Iterator[str]:
    if not version.words:
        yield "the words of the text, which are not here"
    if not docket.side(docket.own):
        yield "the party to which this post belongs"
    if not any(voice.ours for voice in version.voices):
        yield "the agreement of a post of our side"
    given = {voice.party for voice in version.voices if not voice.ours}
    wanted = _wanted(docket, state)
    for party in sorted(wanted - given):
        yield f"the agreement of a post of {party}"
    if not wanted and not given:
        yield "the agreement of a post of another side"
