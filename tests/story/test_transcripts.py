"""The stories of ``tests/story``, told by commands alone, and what the runner itself must catch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transcripts import console_blocks, fits, read_transcript, run_transcript

STORIES = sorted(Path(__file__).parent.glob("*.txt"))


def test_there_are_stories():
    assert STORIES


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_story(story: Path, tmp_path: Path):
    run_transcript(story.read_text(), tmp_path)


def test_a_transcript_without_a_command_is_refused():
    with pytest.raises(ValueError, match="no command"):
        read_transcript("Nothing is done here.\n")


def test_a_command_may_go_on_and_say_how_it_ends():
    text = "A remark.\n$ cat <<END\n> one\n> END\none\n\n$ false\n[exit 1]\n"
    here, fails = read_transcript(text)
    assert (here.line, here.command, here.expected, here.code) == (2, "cat <<END\none\nEND", ("one",), 0)
    assert (fails.expected, fails.code) == ((), 1)


def test_console_blocks_keep_their_lines():
    markdown = "# Title\n\n```console\n$ true\n```\n\n```sh\n$ false\n```\n"
    (step,) = read_transcript(console_blocks(markdown))
    assert (step.line, step.command) == (4, "true")


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ((), ""),
        (("a",), "a\n"),
        (("a … c",), "a b c"),
        (("…",), ""),
        (("a", "…", "d"), "a\nb\nc\nd\n"),
        (("[x] (y)",), "[x] (y)"),
    ],
)
def test_what_fits(expected: tuple[str, ...], printed: str):
    assert fits(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [((), "a"), (("a",), ""), (("a",), "a\nb"), (("a … c",), "a b\nc"), (("a", "…", "d"), "a\nb")],
)
def test_what_does_not_fit(expected: tuple[str, ...], printed: str):
    assert not fits(expected, printed)


def test_a_difference_and_a_wrong_exit_code_name_the_line(tmp_path: Path):
    with pytest.raises(AssertionError, match=r"line 1: \$ echo two"):
        run_transcript("$ echo two\none\n", tmp_path)
    with pytest.raises(AssertionError, match=r"exit code 1 instead of 0 at line 2"):
        run_transcript("\n$ false\n", tmp_path)
