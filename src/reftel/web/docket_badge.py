"""The number beside the docket in the rail: open questions, counted anew when the register has grown."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias

from reftel.office.docket_views import count_open
from reftel.register.log import size_of
from reftel.store.engine import View
from reftel.web.docket_shown import lens_of
from reftel.web.visit import Visit

MOST_COUNTED: Final = 200
"""Of so many questions, the last ones, the open ones are counted: the page of questions has all."""
_MOST_KEPT: Final = 256
_Key: TypeAlias = tuple[str, frozenset[str]]


@dataclass(slots=True)
class Badge:
    """What was counted for each reader with the roles that are on, and at which size of the register."""

    _counted: dict[_Key, tuple[int, int]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count(self, connection: View, who: Visit) -> int:
        """How many questions are open that this reader may read."""
        key, size = (who.person, who.roles), size_of(connection)
        with self._lock:
            known = self._counted.get(key)
        if known is not None and known[0] == size:
            return known[1]
        found = count_open(connection, lens_of(who), MOST_COUNTED)
        with self._lock:
            if len(self._counted) >= _MOST_KEPT:
                self._counted.clear()
            self._counted[key] = size, found
        return found
