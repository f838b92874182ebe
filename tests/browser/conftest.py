"""A real browser, where there is one; npm's axe-core, where it can be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="skipped: no playwright")

from playwright.sync_api import Browser, sync_playwright

from tests.browser.stage import CHROMIUM, FLAGS
from tests.conftest import ROOT
from tests.npm import installed

HERE = ROOT / "tests" / "browser"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, for one module: Playwright holds the thread's event loop until it ends."""
    if not CHROMIUM.exists():
        pytest.skip("skipped: no chromium (tools/browser installs it)")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    return (installed(HERE) / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where pictures of the pages go: REFTEL_PICTURES, else .cache/pictures."""
    folder = Path(os.environ.get("REFTEL_PICTURES", ROOT / ".cache" / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
