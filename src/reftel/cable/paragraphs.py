"""Names for paragraphs that stay the same as long as the text does.

``1`` is the paragraph numbered 1; ``further-1`` the one so numbered in the series ``further``;
``u3`` the third unnumbered one. ``q1.`` before it is the first quotation, ``c1.`` the first
carried telegram, to any depth: ``c1.q2.a``. A name that would stand twice gets ``~2`` after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from reftel.cable.model import Block, Cable, Paragraph, Quotation
from reftel.errors import NotFound


def paragraph_ids(cable: Cable) -> list[tuple[str, Paragraph]]:
    """Every paragraph in reading order with its name; no name stands twice."""
    used: set[str] = set()
    again: dict[str, int] = {}
    named: list[tuple[str, Paragraph]] = []
    for name, paragraph in _walk(cable.blocks, ""):
        unique = name
        while unique in used:
            # Counted on from the last, or a thousand paragraphs of one number would cost a million looks.
            again[name] = again.get(name, 1) + 1
            unique = f"{name}~{again[name]}"
        used.add(unique)
        named.append((unique, paragraph))
    return named


def _walk(blocks: tuple[Block, ...], before: str) -> Iterator[tuple[str, Paragraph]]:
    unnumbered, quotations, carried = count(1), count(1), count(1)
    for block in blocks:
        match block:
            case Paragraph(number=""):
                yield f"{before}u{next(unnumbered)}", block
            case Paragraph():
                series = f"{block.series}-" if block.series else ""
                yield f"{before}{series}{block.number}", block
            case Quotation():
                yield from _walk(block.blocks, f"{before}q{next(quotations)}.")
            case _:
                yield from _walk(block.cable.blocks, f"{before}c{next(carried)}.")


def find_paragraph(cable: Cable, name: str) -> Paragraph:
    """The paragraph of that name; raises ``NotFound``."""
    for other, paragraph in paragraph_ids(cable):
        if other == name:
            return paragraph
    raise NotFound("The cable has no such paragraph.", mend="Name one such as 2, further-1, u3 or c1.2.")
