"""Which characters may stand in a cable at all.

A sheet is read by people and cleared by signature, so nothing may stand in it that is not seen,
or that makes what is seen stand in another order (Unicode Technical Report 36, Trojan Source).
The list is written out, not taken from the Unicode tables, so that it never changes with them.
"""

from __future__ import annotations

import re

BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f"
"""Blanks that look like a space and are none; ``tidy`` makes spaces of them."""

_HOSTILE = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls, all but the line feed
    "\u00ad\u115f\u1160\u180b-\u180f\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"  # not seen
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction
    "\u2028\u2029\ufff9-\ufffb"  # line and paragraph separators, interlinear marks
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # surrogates, noncharacters
    "\U000e0000-\U000e0fff" + BLANKS + "]"  # tags
)


def find_hostile(text: str) -> int | None:
    """The index of the first character that may not stand in a cable, or ``None``."""
    found = _HOSTILE.search(text)
    return found.start() if found else None
