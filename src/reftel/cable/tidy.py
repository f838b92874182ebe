"""Make the canonical sheet of an untidy one, as people type and paste them.

What is mended: line ends, blanks, tabs, capital letters of labels, the order of fields, missing
blank lines, and paragraphs and fields that were wrapped. What is said is never changed; where two
meanings are possible the sheet is refused. A canonical sheet stays as it is.

How wrapped lines are told apart: a line directly under a paragraph belongs to it, joined by a
blank, unless it begins the next number (or the first). A line that is set in by four blanks or more is a
line of its own within the paragraph. A line set in under a field belongs to the field.
"""

from __future__ import annotations

import re

from reftel.cable import sheet_grammar as grammar
from reftel.cable.characters import BLANKS
from reftel.cable.model import Cable
from reftel.cable.sheet import check_characters, render
from reftel.cable.sheet_read import SheetReader

_BLANKS = re.compile(f"[{BLANKS}]")
_LINE_END = re.compile(r"\r\n?|\n")
_STEP = re.compile(r"(?P<number>[0-9]{1,6})\. ")


def tidy(text: str) -> str:
    """The canonical sheet of this text; enclosed files are only named.

    Raises ``SheetError``, with the line as it was typed.
    """
    return render(read_typed(text))


def read_typed(text: str) -> Cable:
    """The cable of this text, tidy or not; enclosed files are only named, and read as empty.

    Raises ``SheetError``, with the line as it was typed.
    """
    typed = _LINE_END.sub("\n", text.removeprefix("\ufeff"))
    typed = _BLANKS.sub(" ", typed).replace("\t", grammar.INDENT)
    check_characters(typed)
    tidier = _Tidier()
    for number, line in enumerate(typed.split("\n"), start=1):
        tidier.take(number, line.rstrip())
    return SheetReader(tidier.lines(), origin=tidier.origin).read()


class _Tidier:
    """Takes typed lines one by one; ``lines`` are the tidied ones, ``origin`` where they were."""

    def __init__(self) -> None:
        self.origin: list[int] = []
        self._parts: list[list[str]] = []  # of each tidied line, to be joined by blanks
        self._label = ""  # of the field before
        self._number = 0  # of the paragraph before
        self._fields = True  # among fields, in the head or after the text
        self._fresh = True  # nothing stands yet in this head
        self._open = False  # the line before is a paragraph's

    def take(self, number: int, line: str) -> None:
        bare = line.strip()
        fence = grammar.fence(bare)
        if not bare:
            self._fields = self._fields and self._fresh
            self._open = False
        elif self._open and line.startswith(grammar.INDENT):
            self._add(number, line)
        elif fence:
            self._fence(number, fence)
        elif not (self._fields and self._field(number, line)):
            self._text(number, bare)

    def lines(self) -> list[str]:
        return [" ".join(parts) for parts in self._parts]

    def _add(self, number: int, line: str) -> None:
        self._parts.append([line])
        self.origin.append(number)

    def _gap(self, number: int) -> None:
        """A blank line, where a block begins and none stands yet."""
        if self._parts and self._parts[-1] not in ([""], [grammar.QUOTE], [grammar.TELEGRAM]):
            self._add(number, "")

    def _fence(self, number: int, fence: str) -> None:
        if fence in (grammar.QUOTE, grammar.TELEGRAM):
            self._gap(number)
        self._add(number, fence)
        self._fields = self._fresh = fence == grammar.TELEGRAM
        self._open = False

    def _field(self, number: int, line: str) -> bool:
        """Take a line of the head or of what stands after the text; say whether it was one."""
        pair, label = grammar.read_subline(line, self._label), grammar.read_label(line)
        if pair and not self._fresh:
            self._add(number, f"  {pair[0]}: {pair[1]}")
        elif label:
            name, argument, value = label
            self._label = name
            self._add(number, f"{name} {argument}".rstrip() + f": {value}")
            self._fresh = False
        elif line.startswith(" ") and not self._fresh:
            self._parts[-1].append(line.strip())
        else:
            self._fields = self._fresh = False
            return False
        return True

    def _text(self, number: int, bare: str) -> None:
        if grammar.label_in_text(bare) in (*grammar.TAIL, *grammar.QUOTATION_TAIL):
            self._gap(number)
            self._fields, self._open = True, False
            self._field(number, bare)
        elif self._open and not self._steps(bare):
            self._parts[-1].append(bare)
        else:
            self._gap(number)
            self._add(number, bare)
            self._open = True
            step = _STEP.match(bare)
            self._number = int(step["number"]) if step else 0

    def _steps(self, bare: str) -> bool:
        """Whether a line begins the next numbered paragraph, or the first."""
        found = _STEP.match(bare)
        return found is not None and int(found["number"]) == self._number + 1
