"""The whole of the web office in a real browser: the story, and what every page must keep to."""

from __future__ import annotations

import pytest

from tests.browser import story


@pytest.fixture(scope="module")
def told(browser, tmp_path_factory):
    stage = story.open_posts(browser, tmp_path_factory.mktemp("story"))
    try:
        story.get_in(stage)
        story.send(stage)
        story.arrive(stage)
        yield stage
    finally:
        story.close(stage)


def test_everybody_is_in(told):
    for person in told.people.values():
        person.go("/account")
        assert person.name in person.text()
