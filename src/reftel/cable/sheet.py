"""The sheet: the plain text in which a drafter types a cable and everybody reads it.

Rules held here:

- For every text that ``parse`` accepts, ``render(parse(text)) == text``, byte for byte: a text is
  read and written again, and refused where the two differ. There are no two sheets of one cable.
- ``render`` writes nothing that does not read back as the same cable; it refuses instead.
- No character that is not seen, or that changes the order of others, passes either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from reftel.cable.characters import find_hostile
from reftel.cable.model import Block, Cable, Carried, DocketLine, Quotation
from reftel.cable.sheet_grammar import MOST_OCTETS, read_label
from reftel.cable.sheet_read import SheetReader
from reftel.cable.sheet_write import write_cable
from reftel.errors import BadValue, SheetError


def parse(text: str, *, enclosures: Mapping[str, bytes] | None = None) -> Cable:
    """Read a canonical sheet.

    ``enclosures`` are the files that its ENCLOSURE fields name, no more and no fewer. Raises
    ``SheetError`` with line and column for anything else than a canonical sheet.
    """
    check_characters(text)
    cable = SheetReader(text.removesuffix("\n").split("\n"), files=enclosures or {}).read()
    canonical = _write(cable)
    if canonical != text:
        line, column = _place(text, _first_difference(text, canonical))
        said = _in_other_order(text, canonical, line) or "Here the sheet departs from the canonical form."
        raise SheetError(said, line=line, column=column)
    return cable


def parse_docket(text: str) -> tuple[DocketLine, ...]:
    """Read DOCKET lines alone, as they stand at the end of a sheet; blank lines between them do not count.

    Raises ``SheetError`` with the line for anything else.
    """
    check_characters(text)
    before = ("TO: nobody", "", "-", "")
    typed = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    reader = SheetReader(
        [*before, *(line for _, line in typed)], origin=[1] * len(before) + [n for n, _ in typed]
    )
    cable = reader.read()
    if not cable.docket or replace(cable, docket=()) != SheetReader(before).read():
        raise SheetError("Only DOCKET lines may stand here.", line=1, column=1, mend="Leave the rest out.")
    return cable.docket


def render(cable: Cable) -> str:
    """Write a cable as a sheet.

    Raises ``BadValue`` for a cable that no sheet can say, such as one with a line break in its
    subject or two different files of one name.
    """
    text = _write(cable)
    typed = _without_proofs(cable)
    plain = text if typed == cable else _write(typed)
    try:
        check_characters(plain)
        read = SheetReader(plain.removesuffix("\n").split("\n"), files=held_files(cable)).read()
    except SheetError as error:
        raise BadValue(f"No sheet can say this cable: {error.sentence}") from None
    if read != typed:
        raise BadValue("No sheet can say this cable: it would read as another.")
    return text


def held_files(cable: Cable) -> dict[str, bytes]:
    """Every file that a cable, or a telegram inside it, encloses; by filename.

    Raises ``BadValue`` when two differ that have one name.
    """
    found: dict[str, bytes] = {}
    for inner in (cable, *_inner(cable.blocks)):
        for enclosure in inner.enclosures:
            content = enclosure.content
            if content is not None and found.setdefault(enclosure.filename, content) != content:
                raise BadValue("Two enclosed files have the same name.", mend="Rename one of them.")
    return found


def check_characters(text: str) -> None:
    """Raise ``SheetError`` for a text that is too long or has a character that may not stand in it."""
    if len(text) > MOST_OCTETS:
        raise SheetError("The sheet is longer than 1 MiB.", line=1, column=1, mend="Enclose it as a file.")
    hostile = find_hostile(text)
    if hostile is not None:
        line, column = _place(text, hostile)
        raise SheetError(
            f"The character U+{ord(text[hostile]):04X} may not stand in a cable.",
            line=line,
            column=column,
            mend="This file ends its lines as Windows does: let --tidy propose the canonical sheet."
            if text[hostile] == "\r"
            else "Delete it: it is not seen, or changes how the rest is seen.",
        )
    if len(text.encode()) > MOST_OCTETS:
        raise SheetError("The sheet is longer than 1 MiB.", line=1, column=1, mend="Enclose it as a file.")


def _write(cable: Cable) -> str:
    return "\n".join(write_cable(cable)) + "\n"


def _place(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - before.rfind("\n")


def _in_other_order(text: str, canonical: str, line: int) -> str:
    """Which field comes before the one on this line, if that is what differs."""
    typed, due = (read_label(form.split("\n")[line - 1]) for form in (text, canonical))
    return f"{due[0]} stands before {typed[0]}." if typed and due and typed[0] != due[0] else ""


def _first_difference(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _inner(blocks: tuple[Block, ...]) -> Iterator[Cable]:
    for block in blocks:
        if isinstance(block, Carried):
            yield block.cable
            yield from _inner(block.cable.blocks)
        elif isinstance(block, Quotation):
            yield from _inner(block.blocks)


def _without_proofs(cable: Cable) -> Cable:
    return replace(cable, blocks=tuple(_typed(block) for block in cable.blocks))


def _typed(block: Block) -> Block:
    if isinstance(block, Carried):
        return Carried(cable=_without_proofs(block.cable))
    if isinstance(block, Quotation):
        return replace(block, blocks=tuple(_typed(inner) for inner in block.blocks))
    return block
