"""Write docs/routes.md from the web office's own routes: ``python tools/write_routes.py``."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from starlette.datastructures import State
from starlette.routing import Route

from reftel.web import statics
from reftel.web.api import make_api
from reftel.web.app import PAGES
from reftel.web.guard import REPORTS

HEAD = """\
# Addresses of the web office

Made from the routes by `tools/write_routes.py`; do not edit. What each person may see there is in the
[threat model](threat-model.md#who-is-shown-what-in-the-web-office); how acts are signed, in
[the web office](web-office.md). Whoever is not signed in is sent to `/sign-in`, or answered 401.

"""


def page() -> str:
    """The whole page."""
    pages = sorted({*_own(), *_lines(route for module in PAGES for route in module.routes)})
    api = make_api(State())
    answers = sorted(_lines((route for route in api.routes if hasattr(route, "endpoint")), "/api/v1"))
    return "\n".join(
        (
            HEAD.rstrip(),
            "",
            "## Pages and their parts",
            "",
            *_table(pages),
            "",
            "## JSON",
            "",
            "Described in full by `/api/v1/openapi.json`.",
            "",
            *_table(answers),
            "",
        )
    )


def _own() -> Iterator[tuple[str, str, str]]:
    yield "/", "GET", "The in-tray"
    yield statics.route.path, "GET", "Scripts, styles and fonts, each under the hash of its content"
    yield REPORTS, "POST", "What a browser refused to load, counted; shown to nobody"


def _lines(routes: Iterable[Any], before: str = "") -> Iterator[tuple[str, str, str]]:
    for route in routes:
        if isinstance(route, Route) or hasattr(route, "methods"):
            methods = ", ".join(sorted(set(route.methods or {"GET"}) - {"HEAD"}))
            yield before + route.path, methods, _sentence(route.endpoint)


def _sentence(endpoint: Any) -> str:
    text = inspect.getdoc(endpoint) or "The description of them all, as OpenAPI"
    return text.partition("\n")[0].rstrip(".").replace("``", "`").replace("|", "\\|")


def _table(lines: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield "| address | by | what |"
    yield "|---|---|---|"
    for path, methods, sentence in lines:
        yield f"| `{path}` | {methods} | {sentence} |"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "routes.md").write_text(page(), encoding="utf-8")
