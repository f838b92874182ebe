"""Whenever a post is killed or its disk fails, nothing is lost, doubled or half-done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reftel.errors import BadValue
from reftel.house import new_post

KILLER = Path(__file__).with_name("killer.py")
PASSPHRASE = "six words drawn by dice"


def _struck(mode: str, count: int, folder: Path) -> dict[str, int]:
    command = [sys.executable, str(KILLER), str(folder), mode, str(count), "1951"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("mode", "count"), [("boundaries", 220), ("moments", 100), ("lost", 80), ("saved", 80)]
)
def test_two_posts_that_are_struck_again_and_again(mode: str, count: int, tmp_path: Path) -> None:
    """The end is what it is without a fault: the same acts, once each, and clean audits all along."""
    struck = _struck(mode, count, tmp_path)
    assert struck.get("killed", 0) + struck.get("failed", 0) == count


def test_a_post_that_is_killed_while_it_is_made_is_not_there(tmp_path: Path) -> None:
    """And is made by doing it again."""
    assert _struck("made", 20, tmp_path)["killed"] >= 20


def test_a_post_is_not_made_over_another(tmp_path: Path) -> None:
    new_post(tmp_path / "post", "here.example", "HERE", PASSPHRASE).close()
    with pytest.raises(BadValue, match="holds something already"):
        new_post(tmp_path / "post", "here.example", "HERE", PASSPHRASE)
