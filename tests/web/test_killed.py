"""A server killed while an act is entered leaves it entered, or not at all; and it says which."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

KILLED = Path(__file__).with_name("killed.py")


def test_a_server_killed_during_an_act(tmp_path: Path) -> None:
    command = [sys.executable, str(KILLED), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["waiting"] >= 2
    assert told["entered"] >= 2
