"""What a rule of the reader is: one pattern with a name, and what is made of what it finds.

A rule sees one sentence (or one numbered point) and nothing else but whether its telegram asks its
addressee for anything. What a pattern names is a field: ``not_for`` is the field ``not for``, and
``quote`` the words to be quoted, where these are not the whole sentence. The gaps in the patterns are
bounded, so that no text makes the reading slow. English and Russian are read; no other language is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["sentence", "clause", "point", "announced"]
"""What a rule sees: a sentence, its clauses one by one, the text of a numbered paragraph, or that of one
that follows a sentence which announces points."""

GAP: Final = r"[^;]{0,120}?"
US: Final = r"we|our (?:side|delegation|delegates|representatives|government)"
OURS: Final = rf"(?:{US})"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and what is made of it.

    ``why`` is what a person is told. ``fields`` are given with every line that the rule makes.
    ``commanding`` is whether it holds only of the writer's own word, in a telegram that asks its addressee
    for nothing: who asks seldom instructs, and who tells what another said does not.
    """

    name: str
    kind: str
    pattern: re.Pattern[str]
    why: str
    fields: tuple[tuple[str, str], ...] = ()
    scope: Scope = "sentence"
    commanding: bool = False


def rule(
    name: str,
    kind: str,
    pattern: str,
    why: str,
    *,
    scope: Scope = "sentence",
    commanding: bool = False,
    **fields: str,
) -> Rule:
    """A rule of this pattern, in small letters or capitals; ``fields`` are given with every line of it."""
    given = tuple((key.replace("_", " "), value) for key, value in fields.items())
    return Rule(name, kind, re.compile(pattern, re.IGNORECASE), why, given, scope, commanding)


ASKS: Final = re.compile(
    r"\b(?:I|we) (?:urgently |respectfully )?(?:ask|request|beg)\b(?! questions)|\bplease (?:advise"
    r"|communicate|let (?:me|us) know)"
    r"|\bпро(?:шу|сим)\b",
    re.IGNORECASE,
)
"""A telegram with such a sentence asks its addressee."""
TELLS: Final = re.compile(
    r"^.{0,80}?\b(?!(?:I|we)\b)\w+ (?:said|noted|stated|thought|felt|replied|added|remarked|observed"
    r"|hoped|argued|believed)\b"
    r"|\b(?:he|she|they) (?:said|noted|stated|thought|felt|replied|added|remarked|observed|hoped|believed)\b",
    re.IGNORECASE,
)
"""A sentence that tells what somebody else said."""
ANNOUNCES: Final = re.compile(
    r"\b(?:advance|propose|limit|state|declare|statement|proposal)\b[^;]{0,60}\bfollowing\b[^;:]{0,40}:\s*$",
    re.IGNORECASE,
)
"""After such a paragraph, numbered points are words that somebody proposes."""
