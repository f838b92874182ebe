"""Clearance: whether a holder may see what a cable's marking says."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from reftel.errors import BadValue, NotCleared

NO_FILE_COPY = "NO FILE COPY"
"""A handling instruction: the office keeps no text of its own once every copy is with its reader."""
LEVELS = ("UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP SECRET")


def level(marking: str) -> int:
    """The height of a classification; one that is not of the five counts as the highest."""
    word = marking.strip().upper()
    if not word:
        return 0
    return LEVELS.index(word) if word in LEVELS else len(LEVELS) - 1


def check_level(clearance: str) -> str:
    """A person's clearance must be one of the five levels, or none."""
    word = clearance.strip().upper()
    if word and word not in LEVELS:
        raise BadValue(f"{clearance!r} is not a clearance", mend=f"One of {', '.join(LEVELS)}.")
    return word


def check_clearance(person: Row[Any], cable: Row[Any]) -> None:
    """Hold a person's clearance and captions against a cable's marking.

    The marking is the classification followed by the captions, as in the ``cables`` table. That the
    office keeps no file copy is an instruction to the office, and nobody is admitted to it.
    Raises :class:`NotCleared`, which names what is lacking.
    """
    classification, captions = split_marking(cable.marking)
    if level(classification) > level(person.clearance):
        raise NotCleared(
            f"{person.name} is cleared for {person.clearance or 'nothing'}; the cable is {classification}"
        )
    held = set(person.captions.split("\x1f"))
    missing = [caption for caption in captions if caption not in {*held, NO_FILE_COPY}]
    if missing:
        raise NotCleared(f"{person.name} is not admitted to {', '.join(missing)}")


def split_marking(marking: str) -> tuple[str, list[str]]:
    """Part the marking column into classification and captions."""
    classification, *captions = marking.split("\x1f")
    return classification, captions
