"""What a test looks for in a page."""

from __future__ import annotations

import re

import httpx2 as httpx


def found(pattern: str, text: str) -> re.Match[str]:
    """The first place of a pattern in a page, which must be there."""
    match = re.search(pattern, text, re.DOTALL)
    assert match is not None, pattern
    return match


def main_of(answer: httpx.Response) -> str:
    """What a page says, without its frame."""
    return found("<main.*</main>", answer.text).group()


def text_of(answer: httpx.Response) -> str:
    """The same without its markup, in single blanks."""
    return " ".join(re.sub("<[^>]+>", " ", main_of(answer)).split())
