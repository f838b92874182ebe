"""The docket book to be downloaded: what who asks may read of one set of talks, as of a moment."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.office import docket_views
from reftel.office.docket_book import docket_book
from reftel.press.book import print_book
from reftel.web.cable_page import file_answer, pressed
from reftel.web.docket_pages import chosen_talks
from reftel.web.docket_shown import glass
from reftel.web.visit import visit

MOST_ITEMS = 600
"""So many items are set while a page waits; more are printed at the office's machine."""


def book(request: Request) -> Response:
    """The book as a PDF; an empty one where nothing is entered that is for who asks."""
    office = visit(request).office
    with office.store.read() as connection:
        seen = glass(request, connection)
        talks = chosen_talks(seen, docket_views.talks(connection, seen.lens)) or ""
        made = docket_book(office, connection, seen.lens, talks, when=seen.when, most=MOST_ITEMS)
    entry = dict(made.known)["Register"].split(",")[0].replace(" ", "-")
    data = pressed(lambda press: print_book(press, made))
    return file_answer(data, f"docket-{office.name.lower()}-{entry}.pdf", "application/pdf")


routes = [Route("/docket/book", book)]
