"""The preview of a printed sheet: bounded, for its person alone, and never what was typed before."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import replace

import pytest

from reftel.cable.model import Cable, Carried, Paragraph, Party
from reftel.errors import PressError, StaleAct
from reftel.web.previews import Previews, previews_of
from tests.office.conftest import beijing, templates
from tests.office.scenes import Post, letter

__all__ = ["beijing", "templates"]

PNG = b"\x89PNG\r\n"
LONG = letter(blocks=tuple(Paragraph(text=f"word{n} " * 400) for n in range(900)))


def test_a_draft_is_drawn_as_pages_for_its_person_alone(beijing: Post):
    previews = Previews()
    inner = Cable(sender=Party(), to=(), blocks=(Paragraph(text="Told."),))
    cable = letter("#set page(width: 1pt) \\ $x$ <script>", blocks=(Carried(cable=inner),))
    assert previews.draw(beijing.office, "Li", "one", cable) == 1
    page = previews.page("Li", "one", 1)
    assert page is not None
    assert page.startswith(PNG)
    assert [previews.page(*asked) for asked in (("Li", "one", 2), ("Li", "two", 1), ("Wu", "one", 1))] == [
        None
    ] * 3
    assert previews.draw(beijing.office, "Li", "one", cable) == 1
    previews.close()
    assert previews.page("Li", "one", 1) is None


def test_what_takes_too_long_is_ended_and_the_next_is_drawn(beijing: Post):
    previews = Previews(seconds=0.4)
    with pytest.raises(PressError, match="within"):
        previews.draw(beijing.office, "Li", "long", LONG)
    previews.seconds = 20.0
    assert previews.draw(beijing.office, "Li", "short", letter()) == 1
    previews.close()


def test_newer_typing_ends_what_is_being_set(beijing: Post):
    previews = Previews(seconds=30.0)
    raised: list[BaseException] = []

    def older() -> None:
        try:
            previews.draw(beijing.office, "Li", "long", LONG)
        except StaleAct as error:
            raised.append(error)

    thread = threading.Thread(target=older)
    thread.start()
    time.sleep(0.3)
    begun = time.monotonic()
    assert previews.draw(beijing.office, "Li", "short", letter()) == 1
    thread.join()
    assert raised
    assert time.monotonic() - begun < 10
    previews.close()


def test_a_press_that_breaks_off_is_said_and_started_again(beijing: Post, monkeypatch: pytest.MonkeyPatch):
    previews = Previews()
    monkeypatch.setattr("sys.executable", "/bin/true")
    with pytest.raises(PressError, match="broke off"):
        previews.draw(beijing.office, "Li", "one", letter())
    monkeypatch.undo()
    assert previews.draw(beijing.office, "Li", "one", letter()) == 1
    previews.close()


def test_with_the_office_the_previews_and_their_process_go(beijing: Post):
    office = replace(beijing.office, store=beijing.office.store.for_rehearsal())
    previews = previews_of(office)
    assert previews_of(office) is previews
    previews.draw(office, "Li", "one", letter())
    process = previews._process
    assert process is not None
    del office
    gc.collect()
    assert process.poll() is not None
    assert previews.page("Li", "one", 1) is None
