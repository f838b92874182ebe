"""What every bearer carries, and what every bearer must do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from reftel.errors import BagError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """One bag: all that is seen of it outside is its version and a random id.

    ``bag`` is the id, 32 lower-case hexadecimal digits. ``manifest`` is an age file; ``cables``
    are the sealed cables one behind another, whose lengths and digests the manifest holds.
    """

    bag: str
    manifest: bytes
    cables: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A bag that lies there and cannot be handed over whole: its id, and why."""

    bag: str
    error: BagError


class Bearer(Protocol):
    """Carries bags from one post to others; knows nothing of what is in them.

    Both methods raise :class:`reftel.errors.BearerDown` when the bearer cannot be reached.
    """

    def carry(self, bag: Bag) -> None:
        """Take the bag into keeping for good; a bag carried twice is one bag."""
        ...

    def collect(self) -> Iterator[Bag | Broken]:
        """Each bag that lies ready, whole or as broken, in any order; each stays where it is."""
        ...
