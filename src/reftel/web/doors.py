"""Every door of the web office by its name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reftel.errors import BadValue
from reftel.office.waiting import Undertaking
from reftel.register.entries import Json
from reftel.web import doors_cables, doors_copies, doors_docket, doors_drafts, doors_papers, doors_post
from reftel.web.door import Door, undertaking

_TABLES = (
    doors_drafts.DOORS,
    doors_papers.DOORS,
    doors_cables.DOORS,
    doors_copies.DOORS,
    doors_docket.DOORS,
    doors_post.DOORS,
)
DOORS: Final[Mapping[str, Door]] = MappingProxyType({door.name: door for table in _TABLES for door in table})


def door_named(name: object) -> Door:
    """A door by its name; :class:`BadValue` for one that there is not."""
    door = DOORS.get(name) if isinstance(name, str) else None
    if door is None:
        raise BadValue("there is no such act here", mend="Load the page again.")
    return door


def can(roles: frozenset[str]) -> frozenset[str]:
    """The doors through which somebody with these roles on may go."""
    return frozenset(name for name, door in DOORS.items() if door.may(roles))


def undertake(person: str, name: str, arguments: Json) -> Undertaking:
    """The undertaking of a person again, from the name of its door and the arguments that were kept."""
    return undertaking(door_named(name), person, None, arguments)
