"""What changed between two texts, word by word (Myers, *An O(ND) Difference Algorithm*, 1986)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST_CHANGES = 400
_PIECES = re.compile(r"\n *|[^\s]+ *| +|\s")

Change = tuple[str, str]
"""``same``, ``gone`` or ``come``, and the words."""


def word_changes(old: str, new: str) -> list[Change] | None:
    """The words that stayed, went and came, in reading order; ``None`` for more than 400 changed words."""
    a, b = _PIECES.findall(old), _PIECES.findall(new)
    trace = _trace(a, b)
    return None if trace is None else _joined(reversed(_walk_back(a, b, trace)))


def _trace(a: Sequence[str], b: Sequence[str]) -> list[dict[int, int]] | None:
    """For each number of changes, how far every diagonal reaches; ``None`` when it takes too many."""
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for changes in range(MOST_CHANGES + 1):
        trace.append(dict(reach))
        for k in range(-changes, changes + 1, 2):
            x = reach[k + 1] if _comes(reach, k, changes) else reach[k - 1] + 1
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            reach[k] = x
            if x >= len(a) and x - k >= len(b):
                return trace
    return None


def _comes(reach: dict[int, int], k: int, changes: int) -> bool:
    """Whether the best way to a diagonal is by a word that came."""
    return k == -changes or (k != changes and reach[k - 1] < reach[k + 1])


def _walk_back(a: Sequence[str], b: Sequence[str], trace: list[dict[int, int]]) -> list[Change]:
    x, y = len(a), len(b)
    steps: list[Change] = []
    for changes in range(len(trace) - 1, -1, -1):
        reach, k = trace[changes], x - y
        came = _comes(reach, k, changes)
        before = reach[k + 1] if came else reach[k - 1] if changes else 0
        from_y = before - (k + 1 if came else k - 1)
        while x > before and y > from_y and x > 0 and y > 0 and a[x - 1] == b[y - 1]:
            x, y = x - 1, y - 1
            steps.append(("same", a[x]))
        if changes:
            steps.append(("come", b[y - 1]) if came else ("gone", a[x - 1]))
            x, y = before, from_y
    return steps


def _joined(steps: Iterable[Change]) -> list[Change]:
    """Runs of one kind as one."""
    runs: list[Change] = []
    for kind, words in steps:
        if runs and runs[-1][0] == kind:
            runs[-1] = kind, runs[-1][1] + words
        else:
            runs.append((kind, words))
    return runs
