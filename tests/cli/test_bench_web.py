"""``reftel bench web``: small, so that it is known to run; no figure is asserted but what it counts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest


def test_it_measures_a_small_office(tmp_path):
    if shutil.which("wrk") is None:
        pytest.skip("skipped: no wrk (apt-get install wrk), with which the load is made")
    words = [
        "bench",
        "web",
        "--cables",
        "60",
        "--readers",
        "5",
        "--seconds",
        "2",
        "--folder",
        str(tmp_path),
        "--json",
    ]
    code = "from reftel.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert (said["cables"], said["copies"], said["readers"]) == (60, 240, 5)
    for page in said["pages"].values():
        assert page["errors"] == 0
        assert page["requests_per_second"] > 0
        assert 0 < page["server_p50_ms"] <= page["server_p95_ms"]
    assert 0 < said["first_load_bytes"] < 250 * 1024
    assert 0 < said["peak_mb"] < 400
    assert 0 <= said["new_cable_ms"]["half_told_ms"] <= said["new_cable_ms"]["all_told_ms"]
