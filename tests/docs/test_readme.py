"""What the README shows is what happens, and its two commands come first."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ROOT
from tests.transcripts import console_blocks, run_transcript

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_come_first():
    first = [line.split()[0] for line in TEXT.splitlines() if line.startswith("    ")][:2]
    assert first == ["./demo", "./check"]
    assert TEXT.index("    ./demo") < 20


def test_the_transcript_of_two_posts(tmp_path: Path):
    run_transcript(console_blocks(TEXT), tmp_path)
