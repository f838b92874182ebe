"""Text made fit to print: nothing lost, nothing hidden, nothing that runs off the paper.

The fonts hold Latin, Cyrillic, Korean and Chinese. Whatever they cannot show, and whatever would
steer the line instead of standing in it (direction overrides, zero-width characters), is printed
as its code point, ``‹U+202E›``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from bisect import bisect_right
from functools import cache
from importlib.resources import files

LONGEST_RUN = 28
"""Characters without a space that may stand on one line; longer runs may break anywhere."""

# runs that offer no place to break; Han, kana and Hangul do
_BREAKING = r"\s\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef"
_RUN = re.compile(f"[^{_BREAKING}]{{{LONGEST_RUN + 1},}}")
_CLUSTER = re.compile(r".[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]*", re.DOTALL)
_PLAIN = re.compile(r"[\n\x20-\x7e]*")
_ZERO_WIDTH_SPACE = "\u200b"


class Coverage:
    """Which characters the fonts hold."""

    def __init__(self) -> None:
        held = json.loads((files("reftel.press") / "fonts" / "coverage.json").read_bytes())
        self._any = ([a for a, _ in held["any"]], [b for _, b in held["any"]])
        self._every = ([a for a, _ in held["every"]], [b for _, b in held["every"]])

    @staticmethod
    def _in(ranges: tuple[list[int], list[int]], char: str) -> bool:
        at = bisect_right(ranges[0], ord(char)) - 1
        return at >= 0 and ord(char) <= ranges[1][at]

    def shows(self, char: str, before: str) -> bool:
        """Whether ``char`` can be set after ``before``.

        A combining mark must be in the same font as its letter, so every Latin font must hold
        both of them.
        """
        category = unicodedata.category(char)
        if category[0] == "M":
            return bool(before) and self._in(self._every, char) and self._in(self._every, before)
        if category[0] == "C" or category in ("Zl", "Zp"):
            return False
        return self._in(self._any, char)


@cache
def _coverage() -> Coverage:
    return Coverage()


def _shown(text: str) -> str:
    coverage = _coverage()
    out: list[str] = []
    before = ""
    for char in unicodedata.normalize("NFC", text):
        if char == "\t":
            out.append("    ")
        elif char == "\n" or coverage.shows(char, before):
            out.append(char)
        else:
            out.append(f"‹U+{ord(char):04X}›")
        # a second mark on the same letter stands or falls with the letter
        if unicodedata.category(char)[0] != "M":
            before = char
    return "".join(out)


def printable(text: str) -> str:
    r"""Give ``text`` with what cannot be printed shown as code points, and places to break long runs.

    Line breaks (``\n``) stay.
    """
    shown = text if _PLAIN.fullmatch(text) else _shown(text)
    return _RUN.sub(lambda run: _ZERO_WIDTH_SPACE.join(_CLUSTER.findall(run.group())), shown)
