"""A docket line in a few words, as a sheet and its print show it: ``Question to Chairman, on The road``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reftel.cable.model import Block, Cable, Carried, DocketLine, Quotation

_SAID_FIRST = ("mode", "how", "stance", "state", "move", "confidence")
_WHOSE = ("party", "post", "person", "name", "session")
_IN_HEAD = frozenset((*_SAID_FIRST, *_WHOSE, "to", "not for", "issue", "number"))


@dataclass(frozen=True, slots=True)
class Said:
    """A docket line for who reads the sheet: what it is in a few words, its paragraph and quote, the rest.

    ``paragraph`` is named as in the whole cable, also that of a carried telegram.
    """

    head: str
    paragraph: str
    quote: str
    rest: tuple[tuple[str, str], ...]


def said_of(line: DocketLine, before: str = "") -> Said:
    """One docket line; ``before`` is what stands before the names of its telegram's paragraphs."""
    return Said(
        head=head_of(line.kind, dict(line.fields)),
        paragraph=f"{before}{line.paragraph}" if line.paragraph else "",
        quote=line.quote,
        rest=tuple((name, value) for name, value in line.fields if name not in _IN_HEAD),
    )


def head_of(kind: str, fields: Mapping[str, str]) -> str:
    """What a line is, of whom or to whom, on which issue, under which printed number."""
    words = [kind[:1].upper() + kind[1:]]
    words += [f"({value})" for name in _SAID_FIRST if (value := fields.get(name))]
    whose = next((value for name in _WHOSE if (value := fields.get(name))), "")
    words += [f"of {whose}"] if whose else []
    words += [
        f"{word} {fields[name]}" for name, word in (("to", "to"), ("not for", "from")) if fields.get(name)
    ]
    head = " ".join(words)
    head += f", on {fields['issue']}" if fields.get("issue") else ""
    return head + (f" ({fields['number']})" if fields.get("number") else "")


def all_said(cable: Cable) -> Iterator[Said]:
    """The docket lines of a cable, then those of the telegrams that it carries."""
    yield from (said_of(line) for line in cable.docket)
    yield from _carried(cable.blocks, "")


def _carried(blocks: tuple[Block, ...], before: str) -> Iterator[Said]:
    quotations = telegrams = 0
    for block in blocks:
        if isinstance(block, Quotation):
            quotations += 1
            yield from _carried(block.blocks, f"{before}q{quotations}.")
        elif isinstance(block, Carried):
            telegrams += 1
            inner = f"{before}c{telegrams}."
            yield from (said_of(line, inner) for line in block.cable.docket)
            yield from _carried(block.cable.blocks, inner)
