"""What every bearer carries, and what every bearer must do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """One bag: all that is seen of it outside is its version and a random id.

    ``bag`` is the id, 32 lower-case hexadecimal digits. ``manifest`` is an age file; ``cables``
    are the sealed cables one behind another, whose lengths and digests the manifest holds.
    """

    bag: str
    manifest: bytes
    cables: bytes


class Bearer(Protocol):
    """Carries bags from one post to others; knows nothing of what is in them.

    ``carry`` returns only when the bag is in the bearer's own keeping for good: a bag carried
    twice is one bag. ``collect`` yields each bag that lies ready, whole, in any order, and leaves
    it where it is; a bag that cannot be read is yielded as the error. Both raise
    :class:`reftel.errors.BearerDown` when the bearer cannot be reached.
    """

    def carry(self, bag: Bag) -> None:
        """Take the bag into keeping for good."""
        ...

    def collect(self) -> Iterator[Bag]:
        """Every bag that lies ready."""
        ...
