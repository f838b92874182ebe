"""``reftel bench docket``: small, so that it is known to run; no figure is asserted but what it counts."""

from __future__ import annotations

import json
import subprocess
import sys


def test_it_measures_a_small_docket(tmp_path):
    words = ["bench", "docket", "--issues", "3", "--items", "200", "--folder", str(tmp_path), "--json"]
    code = "from reftel.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert (said["issues"], said["items"], said["instructions"], said["withheld"]) == (3, 200, 2, 20)
    assert len(said["ms"]) == 6
    for figures in said["ms"].values():
        assert 0 < figures["p50"] <= figures["p95"]
    assert said["replayed_per_second"] > 0
    assert list(tmp_path.iterdir()) == []
