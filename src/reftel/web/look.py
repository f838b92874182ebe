"""What every template may use: assets, text of others shown harmlessly, pieces of a sheet.

Text that a sender wrote is set apart by ``<bdi>``; a character that is not seen, or that would
make the rest stand in another order, is shown as its code point.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup, escape

from reftel.cable.characters import find_hostile
from reftel.cable.paragraphs import paragraph_ids
from reftel.cable.plain import from_plain
from reftel.web.statics import asset, integrity

Plain = dict[str, Any]


class Open(dict[str, Any]):
    """A thing whose absent fields read as the empty string, as the plain form leaves defaults out."""

    def __missing__(self, key: str) -> str:
        return ""


def whole(value: Any) -> Any:
    """``value`` with every dict in it open, so that a template may ask for any field."""
    if isinstance(value, dict):
        return Open({key: whole(inner) for key, inner in value.items()})
    if isinstance(value, list | tuple):
        return [whole(inner) for inner in value]
    return value


_LETTERS = {"override": "y", "flash": "z", "immediate": "o", "priority": "p", "routine": "r", "deferred": "d"}
_SHOWN = frozenset({"\n", "\t"})
_KEPT = dict.fromkeys(map(ord, _SHOWN))


def environment() -> Environment:
    """The template environment; page modules add nothing to it."""
    made = Environment(
        loader=PackageLoader("reftel.web", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
    made.globals |= {"asset": asset, "integrity": integrity, "sheet_blocks": sheet_blocks}
    made.filters |= {
        "shown": shown,
        "whole": whole,
        "letter": precedence_letter,
        "party": party_name,
        "instant": instant,
        "mend": mend,
    }
    return made


def shown(text: object) -> Markup:
    """``text`` of others, isolated, with nothing in it that is not seen."""
    return Markup("<bdi>%s</bdi>") % visible(text)


def visible(text: object) -> Markup:
    """``text`` with each hidden or steering character as its code point."""
    given = str(text)
    seen = given.translate(_KEPT)
    if seen.isprintable() and find_hostile(seen) is None:
        return escape(given)
    return Markup("").join(map(_visible_character, given))


@lru_cache(maxsize=8192)
def _visible_character(character: str) -> Markup:
    hidden = unicodedata.category(character)[0] == "C" or find_hostile(character) is not None
    if hidden and character not in _SHOWN:
        return Markup('<span class="odd">U+%s</span>') % f"{ord(character):04X}"
    return escape(character)


def mend(text: str) -> Markup:
    """What to do about an error; what is to be typed stands between backquotes."""
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    parts = [
        Markup('<code class="ref">%s</code>') % visible(part) if at % 2 else visible(part)
        for at, part in enumerate(ended.split("`"))
    ]
    return Markup("").join(parts)


def precedence_letter(word: object) -> str:
    """The letter of a precedence as on a circuit: ``o`` for ``immediate``; empty for none."""
    return _LETTERS.get(str(word).lower(), "")


def party_name(party: Plain) -> str:
    """A party of the plain form in a few words: place, office, person, or else its post."""
    named = [party[part] for part in ("place", "office", "person") if party.get(part)]
    return ", ".join(named) or party.get("post", "") or party.get("place_inferred", "")


def instant(moment: Plain | None) -> str:
    """The instant of a time of the plain form, for ``datetime``; empty where zone or minute are not said."""
    reading = moment.get("reading") if moment else None
    if not reading or reading.get("precision") != "minute" or not isinstance(reading.get("zone"), int):
        return ""
    try:
        at = datetime.fromisoformat(reading["local"]) - timedelta(minutes=reading["zone"])
    except (OverflowError, ValueError):
        return ""
    return f"{at:%Y-%m-%dT%H:%M}Z"


def sheet_blocks(text: Plain) -> list[Plain]:
    """The blocks of a cable in the plain form, each paragraph with its name.

    An item's ``k`` is ``p``, ``series``, ``quote`` or ``carried``; ``blocks`` holds what is inside.
    """
    names = (name for name, _ in paragraph_ids(from_plain(text)))
    return list(_items(text.get("blocks", ()), names))


def _items(blocks: Iterable[Plain], names: Iterator[str]) -> Iterator[Plain]:
    series = ""
    for block in blocks:
        if "cable" in block:
            inner = list(_items(block["cable"].get("blocks", ()), names))
            yield Open(k="carried", cable=whole(block["cable"]), blocks=inner, proof="proof" in block)
        elif "blocks" in block:
            inner = list(_items(block["blocks"], names))
            yield Open(whole(block) | {"k": "quote", "blocks": inner})
        else:
            if block.get("series", "") != series:
                series = block.get("series", "")
                yield Open(k="series", text=series or "first series")
            yield Open(block, k="p", name=next(names))
