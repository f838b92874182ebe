"""What an audit found: failures, which must not be, and notes, which an auditor should know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

Level = Literal["failure", "note"]
_KEPT = 1000


class RowPlace(TypedDict, total=False):
    """Which row a finding is about, if it is about one."""

    table: str
    key: str


class Place(RowPlace, total=False):
    """What a finding is about, as far as it is about one place."""

    entry: int
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One discrepancy or remark, with the place that it is about.

    ``entry`` is the register's entry (-1 for none), ``table``, ``key`` and ``column`` the row's
    place (empty for none). No finding quotes what a cable says.
    """

    level: Level
    kind: str
    sentence: str
    entry: int = -1
    table: str = ""
    key: str = ""
    column: str = ""

    def as_json(self) -> dict[str, Any]:
        """The finding as plain values; what it is not about is left out."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in values.items() if value not in {"", -1}}


class Findings:
    """The list while an audit is under way: the first thousand of each level, and how many came."""

    def __init__(self) -> None:
        self.kept: dict[Level, list[Finding]] = {"failure": [], "note": []}
        self.came: Counter[Level] = Counter()

    def failure(self, kind: str, sentence: str, **place: Unpack[Place]) -> None:
        """Something is not as the register and its signatures make it."""
        self._add(Finding(level="failure", kind=kind, sentence=sentence, **place))

    def note(self, kind: str, sentence: str, **place: Unpack[Place]) -> None:
        """Something is as the register has it, and an auditor should look at it."""
        self._add(Finding(level="note", kind=kind, sentence=sentence, **place))

    def _add(self, finding: Finding) -> None:
        self.came[finding.level] += 1
        if len(self.kept[finding.level]) < _KEPT:
            self.kept[finding.level].append(finding)
