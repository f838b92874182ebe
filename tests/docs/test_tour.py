"""docs/tour.md is what happens: every function it names exists and is called, in that order."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import reduce
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from reftel.bearers.courier import Courier
from reftel.cable import sheet
from reftel.cable.model import DocketLine
from reftel.office import arrivals, channels, copies, desk, docket_views, docketing, knew, sheets
from reftel.office.audit import audit
from reftel.office.docket import Lens
from reftel.office.moments import read_when
from reftel.press.printer import Press
from tests.docs.pages import read
from tests.office.scenes import (
    ADMIN,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    found_post,
    introduce,
)

NAME = re.compile(r"`((?:[a-z_]+\.)+[A-Za-z_]+(?:\.[a-z_]+)?)`")
HOP = re.compile(r"^## \d+\. (.*)$", re.MULTILINE)
SHEET = """\
PRECEDENCE: IMMEDIATE
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
SUBJECT: The session

1. (S) The session lasted forty minutes. May we sit longer?

DOCKET question: May we sit longer?
  paragraph: 1
  talks: The talks
"""


def hops() -> dict[str, list[str]]:
    parts = HOP.split(read("tour.md"))
    return {title: NAME.findall(text) for title, text in zip(parts[1::2], parts[2::2], strict=True)}


HOPS = hops()


@contextmanager
def called() -> Iterator[list[str]]:
    """The names of Reftel's functions as they are called, such as ``office.desk.draft``."""
    names: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith("reftel."):
            names.append(f"{module.removeprefix('reftel.')}.{frame.f_code.co_qualname}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(before)


def play(root: Path) -> Iterator[tuple[str, list[str]]]:
    """The cable's way, hop by hop, with what was called in each."""
    here, there = (found_post(root / n, f"{n.lower()}.example", n) for n in ("KAESONG", "BEIJING"))
    introduce(here, there)
    courier, press = Courier(root), Press()
    held: dict[str, Any] = {}

    def drafted() -> None:
        cable = sheet.parse(SHEET)
        held["out"] = desk.draft(here.office, here.hand(DRAFTER), cable, clearing=[CLEARING])

    def received(receiver: Any) -> None:
        for bag in courier.collect():
            arrivals.receive(receiver.office, bag)

    def deciphered() -> None:
        (news,) = arrivals.decipher(there.office, there.hand(CIPHER))
        held["in"] = news.entry

    def printed() -> None:
        desk.print_copies(there.office, there.hand(REGISTRY), held["in"], 2)
        desk.verify(there.office, there.hand(READER), held["in"])
        list(sheets.print_pdfs(there.office, press, held["in"], [1], root / "pdf"))

    def copied() -> None:
        clerk, one = there.hand(REGISTRY), copies.Issue(seq=1, holder=READER)
        copies.issue(there.office, clerk, held["in"], [one])
        copies.open_copy(there.office, there.hand(READER), held["in"], 1)
        copies.take_back(there.office, clerk, held["in"], 1)
        copies.destroy(there.office, clerk, held["in"], [1], [there.hand(READER), there.hand(ADMIN)])

    def receipted() -> None:
        channels.dispatch(there.office, courier, "kaesong.example")
        received(here)

    def looked_up() -> None:
        talks = (("talks", "The talks"), ("party", "ours"))
        sides = [
            DocketLine(kind="post", fields=(("post", f"{name}.example"), *talks))
            for name in ("beijing", "kaesong")
        ]
        docketing.enter_lines(there.office, there.hand(REGISTRY), held["in"], sides)
        with there.office.store.read() as connection:
            (question,) = docket_views.questions(connection, Lens(there.office.origin))
            assert question.state == "open"
            when = read_when(connection, "now", there.office.now())
            assert knew.knew(connection, knew.find_subject(connection, "", READER), when, None).lines

    steps: tuple[Callable[[], object], ...] = (
        drafted,
        lambda: desk.clear(here.office, here.hand(CLEARING), held["out"]),
        lambda: desk.release(here.office, here.hand(RELEASER), held["out"]),
        lambda: channels.dispatch(here.office, courier, "beijing.example"),
        lambda: received(there),
        deciphered,
        printed,
        copied,
        receipted,
        looked_up,
        lambda: audit(there.office),
    )
    for title, step in zip(HOPS, steps, strict=True):
        with called() as names:
            step()
        yield title, names
    for post in (here, there):
        post.office.close()


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return dict(play(tmp_path_factory.mktemp("tour")))


def test_every_name_in_the_tour_is_a_function():
    text = read("tour.md")
    names = {name for name in NAME.findall(text) if not name.endswith(".py")}
    assert len(names) > 40
    for name in names:
        parts = name.split(".")
        module = import_module(f"reftel.{'.'.join(parts[:2])}")
        assert callable(reduce(getattr, parts[2:], module)), name


@pytest.mark.parametrize("title", HOPS)
def test_a_hop_calls_what_the_tour_says_in_that_order(trace: dict[str, list[str]], title: str):
    at = 0
    for name in HOPS[title]:
        assert name in trace[title][at:], f"{name} is not called there, or not after what stands before it"
        at = trace[title].index(name, at) + 1
