"""Posts for the tests of this room: founded once, copied for each test, so that none waits for a key file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office.scenes import Post, copy_of, found_post, introduce


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Post]:
    """Two posts that know each other, at rest."""
    root = tmp_path_factory.mktemp("posts")
    posts = {n: found_post(root / n, f"{n.lower()}.example", n) for n in ("BEIJING", "MOSCOW")}
    introduce(posts["BEIJING"], posts["MOSCOW"])
    for post in posts.values():
        post.office.close()
    return posts


@pytest.fixture
def beijing(templates: dict[str, Post], tmp_path: Path) -> Iterator[Post]:
    """The post BEIJING, which knows MOSCOW."""
    post = copy_of(templates["BEIJING"], tmp_path / "BEIJING")
    yield post
    post.office.close()


@pytest.fixture
def moscow(templates: dict[str, Post], tmp_path: Path) -> Iterator[Post]:
    """The post MOSCOW, which knows BEIJING."""
    post = copy_of(templates["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """An empty folder for bags."""
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder
