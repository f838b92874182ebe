"""From a cable to what its page shows: the sheet within bounds, and its marking in a few words.

A cable may be megabytes long in one paragraph, and a page that holds all of it stops a browser. So a
page shows so much and says how much it left out; the whole is one download away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from reftel.cable.plain import from_plain
from reftel.docket.words import all_said
from reftel.office.clearance import level
from reftel.register.entries import Json
from reftel.web.look import Open, sheet_blocks, whole

MOST_OF_PARAGRAPH = 20_000
MOST_OF_SHEET = 150_000
MOST_ITEMS = 2_000
MOST_OF_LINE = 2_000
MOST_OF_LIST = 200
MOST_OF_ROW = 240
_MORE = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(slots=True)
class Bounds:
    """What a page may still show of a sheet, in characters and items; ``cut`` is what it left out."""

    characters: int = MOST_OF_SHEET
    items: int = MOST_ITEMS
    cut: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A sheet for a page: its head in the plain form, its blocks, how many characters were left out."""

    head: Any
    items: Sequence[Json]
    cut: int


def shown_sheet(plain: Json, *, with_text: bool) -> Shown:
    """A cable in the plain form, as a page shows it; without ``with_text`` its slip alone."""
    head = {name: _short(value) for name, value in plain.items() if name not in ("blocks", "docket")}
    for enclosure in head.get("enclosures", ()):
        enclosure.pop("content", None)
    if not with_text:
        for name in ("annotations", "asks", "extra", "marks", "signature"):
            head.pop(name, None)
        return Shown(head=whole(head), items=(), cut=0)
    bounds = Bounds()
    blocks = {"blocks": _light(plain.get("blocks", ())), "sender": {}, "to": []}
    items = _bounded(sheet_blocks(blocks), bounds)
    if _bears_docket(plain):
        said = all_said(from_plain(blocks | {"docket": plain.get("docket", [])}))
        head["docket"] = [_short(asdict(one)) for one in islice(said, MOST_OF_LIST)]
    return Shown(head=whole(head), items=items, cut=bounds.cut)


def _bears_docket(plain: Json) -> bool:
    """Whether a cable, or a telegram that it carries, says what its paragraphs are."""
    if plain.get("docket"):
        return True
    inner = (block.get("cable", block) for block in plain.get("blocks", ()))
    return any(_bears_docket(one) for one in inner if "blocks" in one)


def _light(blocks: Iterable[Json]) -> list[Json]:
    """Blocks without the bytes that ride along: originals, proofs, enclosures."""
    light = []
    for block in blocks:
        if "cable" in block:
            inner = dict(block["cable"])
            inner["blocks"] = _light(inner.get("blocks", ()))
            inner.pop("enclosures", None)
            light.append({"cable": inner})
        elif "blocks" in block:
            light.append(block | {"blocks": _light(block["blocks"])})
        else:
            light.append(block)
    return light


def _bounded(items: Iterable[Json], bounds: Bounds) -> list[Json]:
    kept: list[Json] = []
    for item in items:
        bounds.items -= 1
        if item["k"] == "p":
            text = item["text"]
            room = min(MOST_OF_PARAGRAPH, bounds.characters) if bounds.items >= 0 else 0
            left = max(len(text) - room, 0)
            bounds.characters -= min(len(text), room)
            bounds.cut += left
            if room:
                kept.append(Open(item | {"text": text[:room], "cut": left}))
        elif bounds.items >= 0:
            held = Open(item)
            if "blocks" in item:
                held["blocks"] = _bounded(item["blocks"], bounds)
            if "cable" in item:
                head = {name: _short(value) for name, value in item["cable"].items() if name != "blocks"}
                held["cable"] = whole(head)
            kept.append(held)
        elif "blocks" in item:
            _bounded(item["blocks"], bounds)
    return kept


def _short(value: Any) -> Any:
    """A field of the head with long texts and long lists cut."""
    if isinstance(value, str):
        return value if len(value) <= MOST_OF_LINE else value[:MOST_OF_LINE] + _MORE
    if isinstance(value, dict):
        return {name: inner if name == "content" else _short(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_short(inner) for inner in value[:MOST_OF_LIST]]
    return value


def row_text(text: str) -> str:
    """Text of a sender for one line of a list."""
    return text if len(text) <= MOST_OF_ROW else text[:MOST_OF_ROW] + _MORE


def marking_words(markings: Iterable[str]) -> str:
    """The highest classification of several markings, and the captions of those that bear it."""
    parts = [marking.split("\x1f") for marking in markings]
    if not parts:
        return ""
    top = max(level(part[0]) for part in parts)
    highest = [part for part in parts if level(part[0]) == top]
    words = [part[0] for part in highest if part[0]][:1]
    words += [caption for part in parts for caption in part[1:] if caption]
    return " \N{MIDDLE DOT} ".join(dict.fromkeys(word[:60] for word in words[:8]))
