"""docs/suggestions.md lists every rule as it is, and the figures are those that the tool prints."""

from __future__ import annotations

import subprocess
import sys

from reftel.docket.suggest import LONGEST_SENTENCE, MOST_READ, RULES
from tests.conftest import ROOT, shared
from tests.docs.pages import read, rows, section

PAGE = read("suggestions.md")


def test_every_rule_is_listed_as_it_is_in_its_order():
    listed = list(rows(section(PAGE, "The rules")))
    assert listed == [[rule.name, rule.kind, rule.why] for rule in RULES]


def test_the_bounds_are_those_of_the_reader():
    reads = section(PAGE, "How it reads")
    assert f"{LONGEST_SENTENCE:,} characters" in reads
    assert f"{MOST_READ:,} characters" in reads


def test_the_sample_adds_up():
    *kinds, (_, total) = rows(section(PAGE, "Telegrams that were not seen"))
    counts = [[int(number) for number in cell.split(" of ")] for _, cell in kinds]
    right, made = map(sum, zip(*counts, strict=True))
    assert total == f"{right} of {made} ({100 * right // made}%)"


def test_the_figures_are_those_that_the_tool_prints():
    shared("corpus")
    tool = ROOT / "tools" / "score_suggestions.py"
    printed = subprocess.run(
        [sys.executable, tool], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    for figures in printed.strip().split("\n\n### "):
        assert figures.removeprefix("### ") in PAGE
