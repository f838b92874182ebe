"""Read the lines of a sheet.

The reader is forgiving about order, blanks and capital letters and about nothing else. That a
sheet is canonical is seen afterwards, by writing what was read: see ``reftel.cable.sheet``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn

from reftel.cable import sheet_grammar as grammar
from reftel.cable.model import Block, Cable, Carried, Quotation
from reftel.cable.sheet_fields import Entry, Fields, Files, build_cable, build_quotation
from reftel.errors import SheetError


class SheetReader:
    """Reads one sheet from its lines.

    ``files`` are the enclosed files by name, or ``None`` when nobody looks at them (they then
    read as empty). ``origin`` gives for each line its number in the text as it was typed.
    """

    def __init__(
        self,
        lines: Sequence[str],
        *,
        files: Mapping[str, bytes] | None = None,
        origin: Sequence[int] | None = None,
    ) -> None:
        self._lines = lines
        self._files = Files(given=files)
        self._origin = origin or range(1, len(lines) + 1)
        self._at = 0
        self._depth = 0

    def read(self) -> Cable:
        """The cable on the sheet; raises ``SheetError``."""
        cable = self._cable()
        if self._at < len(self._lines):
            self._fail(
                self._at, "The sheet goes on after its end.", mend="Put text before SIGNED and its marks."
            )
        for name in self._files.given or ():
            if name not in self._files.used:
                self._fail(
                    0,
                    "A file was given that no ENCLOSURE names.",
                    mend="Name it: ENCLOSURE, and file under it.",
                )
        return cable

    def _number(self, line: int) -> int:
        return self._origin[min(line, len(self._origin) - 1)] if self._origin else 1

    def _fail(self, line: int, sentence: str, *, mend: str = "") -> NoReturn:
        raise SheetError(sentence, line=self._number(line), column=1, mend=mend)

    def _line(self) -> str | None:
        return self._lines[self._at] if self._at < len(self._lines) else None

    def _cable(self) -> Cable:
        head = self._fields(grammar.HEAD)
        if not head:
            self._fail(
                self._at, "A sheet begins with its head.", mend="Write at least TO: and the addressee."
            )
        blocks = self._blocks(grammar.TAIL)
        tail = self._fields(grammar.TAIL)
        self._skip_blank()
        return build_cable(head | tail, blocks, self._files)

    def _fields(self, labels: Sequence[str]) -> Fields:
        """Fields up to a blank line, a fence or the end."""
        found: Fields = {}
        while (line := self._line()) and not grammar.fence(line):
            entry = self._entry(line, labels)
            if entry.label in found and entry.label not in grammar.REPEATED:
                entry.fail(f"{entry.label} stands twice.")
            found.setdefault(entry.label, []).append(entry)
        return found

    def _entry(self, line: str, labels: Sequence[str]) -> Entry:
        at, found = self._at, grammar.read_label(line)
        if found and found[0] == grammar.PROOF:
            self._fail(
                at,
                "A telegram whose proof is attached cannot be typed.",
                mend="Forward it with `reftel readdress`, which keeps its proof.",
            )
        if not found or found[0] not in labels:
            mend = f"Here may stand {', '.join(labels)}; a blank line stands before the text. Or try --tidy."
            self._fail(at, "This line is none of the fields that may stand here.", mend=mend)
        label, argument, value = found
        entry = Entry(line=self._number(at), label=label, argument=argument, value=value, pairs={})
        self._at += 1
        while (line := self._line() or "").startswith(" "):
            pair = grammar.read_subline(line, label)
            if not pair or not pair[1] or pair[0] in entry.pairs:
                self._fail(self._at, f"This is not a line that can stand once under {label}.")
            entry.pairs[pair[0]] = (self._number(self._at), pair[1])
            self._at += 1
        if not value and not entry.pairs:
            entry.fail(f"Nothing stands after {label}.", mend="Say it, or leave the line out.")
        return entry

    def _skip_blank(self) -> None:
        while self._line() == "":
            self._at += 1

    def _blocks(self, tail: Sequence[str]) -> tuple[Block, ...]:
        blocks: list[Block] = []
        self._skip_blank()
        while (line := self._line()) is not None:
            word, label = grammar.fence(line), grammar.label_in_text(line)
            if word in (grammar.UNQUOTE, grammar.TELEGRAM_ENDS) or label in tail:
                break
            if label:
                self._fail(
                    self._at,
                    f"{label} stands among the paragraphs.",
                    mend=f"Put it in the head. {grammar.ESCAPE_MEND}",
                )
            if word == grammar.QUOTE:
                blocks.append(self._quotation())
            elif word == grammar.TELEGRAM:
                blocks.append(self._carried())
            else:
                blocks.append(self._paragraph(line))
            self._skip_blank()
        return tuple(blocks)

    def _paragraph(self, line: str) -> Block:
        start, lines = self._at, [line]
        self._at += 1
        while (line := self._line() or "").startswith(grammar.INDENT):
            lines.append(line.removeprefix(grammar.INDENT))
            self._at += 1
        if line and not grammar.fence(line):
            self._fail(
                self._at,
                "A paragraph is one line, however long; a blank line stands after it.",
                mend="Put the blank line there, join the lines, or begin a further line with four blanks.",
            )
        paragraph = grammar.read_paragraph("\n".join(lines))
        if paragraph is None:
            self._fail(
                start, "A paragraph has a number or a portion mark and no text.", mend=grammar.ESCAPE_MEND
            )
        texts = paragraph.text.split("\n")
        if texts[0] != texts[0].lstrip() or not all(text and text == text.rstrip() for text in texts):
            self._fail(start, "A paragraph begins with blanks, or a line of it is empty or ends with one.")
        return paragraph

    def _enter(self) -> int:
        at = self._at
        self._depth += 1
        if self._depth > grammar.MOST_DEPTH:
            self._fail(
                at, f"Telegrams and quotations stand inside each other more than {grammar.MOST_DEPTH} deep."
            )
        self._at += 1
        return at

    def _leave(self, start: int, end: str) -> None:
        if grammar.fence(self._line() or "") != end:
            self._fail(start, f"What begins here has no {end}.", mend=f"Write {end} on a line of its own.")
        self._at += 1
        self._depth -= 1

    def _carried(self) -> Carried:
        start = self._enter()
        cable = self._cable()
        self._leave(start, grammar.TELEGRAM_ENDS)
        return Carried(cable=cable)

    def _quotation(self) -> Quotation:
        start = self._enter()
        blocks = self._blocks(grammar.QUOTATION_TAIL)
        if not blocks:
            self._fail(start, "Nothing is quoted here.")
        tail = self._fields(grammar.QUOTATION_TAIL)
        self._skip_blank()
        self._leave(start, grammar.UNQUOTE)
        return build_quotation(tail, blocks)
