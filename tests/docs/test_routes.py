"""docs/routes.md names every address of the web office, each with what it is for."""

from __future__ import annotations

import re
import runpy
from importlib import import_module

from reftel.web.app import PAGES
from tests.conftest import ROOT
from tests.docs.pages import read, rows, section


def test_the_page_is_what_the_routes_say():
    page = runpy.run_path(str(ROOT / "tools" / "write_routes.py"))["page"]
    assert read("routes.md") == page(), "run: python tools/write_routes.py"


def test_every_address_is_there_and_says_what_it_is_for():
    told = {
        path.strip("`"): what for path, _, what in rows(section(read("routes.md"), "Pages and their parts"))
    }
    for module in PAGES:
        for route in module.routes:
            assert len(told[route.path]) > 10, f"{route.path} has no docstring"


def test_every_function_that_the_web_office_page_names_is_there():
    names = re.findall(r"`((?:web|office|cipher)\.[a-z_]+\.[a-z_]+)`", read("web-office.md"))
    assert len(names) >= 8
    for name in names:
        module, _, function = f"reftel.{name}".rpartition(".")
        assert callable(getattr(import_module(module), function)), name
