"""A draft as its printed sheet would look, as pictures of pages: set in a process of its own.

What is typed may be anything, and typst cannot be told to stop: so whoever asks for a preview talks
to this process by its standard input and output, and ends it when it takes too long. Nothing of the
draft is written to disk.

A request is its length in four bytes (big-endian) and so many bytes of JSON: ``cable`` in the plain
form, ``office``, ``origin``, ``at`` (ISO 8601). The answer is a number of pages in four bytes, and
each page as a length and a PNG; or zero pages where the sheet could not be set.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from reftel.cable.model import Block, Cable, Carried, Quotation, Standing
from reftel.cable.plain import from_plain
from reftel.errors import ReftelError
from reftel.press.printer import Press
from reftel.press.sheet import SheetData

MOST_PAGES = 40
MOST_MEMORY = 2 << 30
PIXELS_PER_INCH = 110


def draw(press: Press, cable: Cable, *, office: str, origin: str, at: datetime) -> list[bytes]:
    """The pages of a draft's printed sheet as PNG; :class:`PressError` where it cannot be set."""
    data = SheetData(
        cable=cable,
        number="Draft",
        entry="not in the register",
        origin=origin,
        leaf_index=0,
        leaf_hash="",
        internet_form=b"",
        printed_at=at,
        office=office,
        direction="outgoing",
        standings=tuple(Standing.AS_TOLD for _ in _carried(cable.blocks)),
    )
    return press.draw(data, PIXELS_PER_INCH)[:MOST_PAGES]


def _carried(blocks: Sequence[Block]) -> Iterator[Carried]:
    for block in blocks:
        if isinstance(block, Carried):
            yield block
            yield from _carried(block.cable.blocks)
        elif isinstance(block, Quotation):
            yield from _carried(block.blocks)


def serve(given: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    press = Press()
    while head := given.read(4):
        asked = json.loads(given.read(int.from_bytes(head, "big")))
        try:
            cable = from_plain(asked["cable"])
            at = datetime.fromisoformat(asked["at"])
            pages = draw(press, cable, office=asked["office"], origin=asked["origin"], at=at)
        except ReftelError:
            pages = []
        answers.write(len(pages).to_bytes(4, "big"))
        answers.writelines(len(page).to_bytes(4, "big") + page for page in pages)
        answers.flush()


def main() -> None:
    """Serve whoever started this process, with so much memory and without ever leaving a core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
