"""The bench measures the chain as it is: cables really go, and every figure is there."""

import json
import subprocess
import sys

import pytest

from reftel.cable import internet
from reftel.cable.model import Paragraph, Party, Precedence
from reftel.cli import bench_texts
from reftel.cli.bench import as_text

PROGRAM = "from reftel.cli import main; main()"
TINY = ["--cables", "30", "--waiting", "20", "--entries", "150"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def measured(folder):
    words = ["bench", "chain", *TINY, "--json", "--folder", str(folder)]
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_figure_that_is_promised_is_there(measured):
    (figures,) = measured["runs"]
    assert figures["register_entries"] == 150
    assert figures["cables"] == 30
    assert figures["fsync_us"] > 0
    assert 1 < figures["cables_per_second"] < 100_000
    assert figures["flash_ms"] > 0 < figures["idle_ms"]
    assert 10 < figures["peak_mb"] < 1_000
    assert measured["machine"]["cores"] >= 1
    assert measured["body_bytes"] == 2_000


def test_work_on_a_cable_costs_more_than_its_bare_cryptography(measured):
    (figures,) = measured["runs"]
    assert figures["cpu_times_raw"] > 1
    assert min(figures["cpu_us_per_cable"].values()) > figures["raw_us"] / 2


def test_a_cable_on_the_bearer_is_longer_than_what_age_adds_to_it(measured):
    assert 1_659 < measured["runs"][0]["bytes_per_cable"] < 10_000


def test_the_register_that_was_measured_is_in_order(measured):
    audit = measured["runs"][0]["audit"]
    assert audit["failures"] == 0
    assert audit["tree_entries_per_second"] > 0
    assert audit["entries_per_checkpoint"] > 1


def test_the_table_shows_each_run_in_a_column(measured):
    two = {
        **measured,
        "runs": [*measured["runs"], {**measured["runs"][0], "audit": {}, "bytes_per_cable": 4321}],
    }
    lines = as_text(two).splitlines()
    assert next(line for line in lines if line.startswith("bytes a cable")).endswith("  4321")
    assert next(line for line in lines if line.startswith("audit: entries a second, tree")).endswith("  -")


def test_no_folder_is_left_behind(measured, folder):
    assert list(folder.iterdir()) == []


def test_texts_are_as_long_as_said_each_another_and_the_same_again():
    here, there = Party(post="alpha.example"), Party(post="bravo.example")
    cables = [bench_texts.cable(serial, here, there, Precedence.ROUTINE) for serial in range(50)]
    lengths = [
        len("\n\n".join(block.text for block in cable.blocks if isinstance(block, Paragraph)).encode())
        for cable in cables
    ]
    assert all(bench_texts.BODY - 20 <= length <= bench_texts.BODY + 2 for length in lengths)
    assert len({internet.write(cable) for cable in cables}) == 50
    assert cables[7] == bench_texts.cable(7, here, there, Precedence.ROUTINE)
