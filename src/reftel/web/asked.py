"""What an address asks of a page, read strictly; and what several pages say of cables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.requests import Request

from reftel.errors import BadValue, NotFound
from reftel.office import view
from reftel.office.clearance import level, split_marking
from reftel.office.sight import Sight, see, seen_of
from reftel.store.engine import View
from reftel.web.visit import Visit

MAX_ASKED = 200


def text_asked(request: Request, name: str, longest: int = MAX_ASKED) -> str:
    """A field of the address, without blanks around it; empty where it is not there."""
    found = request.query_params.get(name, "").strip()
    if len(found) > longest or not all(c.isprintable() for c in found):
        raise BadValue(f"{name} is too long, or holds what cannot be typed")
    return found


def whole_asked(request: Request, name: str, low: int, high: int, default: int) -> int:
    """A whole number of the address, within bounds."""
    found = request.query_params.get(name, "")
    if not found:
        return default
    if not (found.isascii() and found.isdigit()) or len(found) > 15 or not low <= int(found) <= high:
        raise BadValue(f"{name} is a whole number from {low} to {high}")
    return int(found)


def choice_asked(request: Request, name: str, choices: Sequence[str]) -> str:
    """One of several words of the address, the first where it is not there."""
    found = request.query_params.get(name, "") or choices[0]
    if found not in choices:
        raise BadValue(f"{name} is none of {', '.join(choices)}")
    return found


def cable_asked(connection: View, who: Visit, text: str, least: Sight = Sight.OUTSIDE) -> int:
    """The one cable that a number means to who asks; -1 for no number.

    What the person may not see is not found. Raises :class:`~reftel.errors.NotFound`.
    """
    if not text:
        return -1
    entry = text.removeprefix("entry:")
    if entry != text and entry.isascii() and entry.isdigit() and len(entry) < 16:
        see(connection, who.person, who.roles, int(entry), least)
        return int(entry)
    found = {one["cable"] for one in view.find(connection, text) if one["bears"]}
    cables = seen_of(connection, who.person, who.roles, sorted(found), least)
    if len(cables) != 1:
        several = f"{len(cables)} cables bear that number" if cables else "no cable here bears that number"
        mend = f"Name one of {', '.join(f'entry:{cable}' for cable in cables[:20])}." if cables else ""
        raise NotFound(several, mend=mend or "Any number on its sheet finds a cable.")
    return cables[0]


def highest(markings: Iterable[str]) -> str:
    """The band of a page that shows something of several cables: the highest marking, and every caption."""
    classification, captions = "", dict[str, None]()
    for marking in markings:
        word, found = split_marking(marking)
        classification = max(classification, word, key=level)
        captions |= dict.fromkeys(found)
    return " · ".join([part for part in (classification, *captions) if part][:8])
