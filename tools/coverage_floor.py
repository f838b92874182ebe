"""Hold every room of the house to its floor of line and branch coverage.

Reads the report of ``coverage json`` (its path is the one argument), prints a line for each room,
names the lines that are missing in those below their floor, and exits 1 if there is one.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

FLOORS = {"cable": 100.0, "cipher": 100.0, "register": 100.0, "docket": 95.0}
FLOOR = 90.0


def room_of(path: str) -> str:
    """Return the room a module stands in: its folder in ``src/reftel``, or ``reftel`` itself."""
    inside = Path(path).parts[Path(path).parts.index("reftel") + 1 :]
    return inside[0] if len(inside) > 1 else "reftel"


def percent(files: dict[str, Any]) -> float:
    """Return how much of the lines and branches of these files was reached, 0 to 100."""
    sums = [file["summary"] for file in files.values()]
    whole = sum(s["num_statements"] + s["num_branches"] for s in sums)
    reached = sum(s["covered_lines"] + s["covered_branches"] for s in sums)
    return 100 * reached / whole if whole else 100.0


def ranges(lines: list[int]) -> str:
    """Return line numbers as a person writes them: ``3, 7-9``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def gaps(files: dict[str, Any]) -> list[str]:
    """Return a line for each file with the lines and the branches (from->to) that were not reached."""
    found = []
    for path, file in sorted(files.items()):
        jumps = [
            f"{start}->{end}" for start, end in file["missing_branches"] if start not in file["missing_lines"]
        ]
        if missing := ", ".join(filter(None, [ranges(file["missing_lines"]), *jumps])):
            found.append(f"    {path}: {missing}")
    return found


def main(report: Path) -> int:
    """Print the rooms; return the exit code."""
    rooms: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for path, file in json.loads(report.read_text())["files"].items():
        rooms[room_of(path)][path] = file
    if unmeasured := FLOORS.keys() - rooms.keys():
        print(f"not measured at all: {', '.join(sorted(unmeasured))}")
        return 1
    below = False
    for room, files in sorted(rooms.items()):
        floor = FLOORS.get(room, FLOOR)
        reached = percent(files)
        print(f"{room:10} {reached:6.2f}%  floor {floor:.0f}%{'' if reached >= floor else '  BELOW'}")
        if reached < floor:
            below = True
            print("\n".join(gaps(files)))
    return int(below)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
