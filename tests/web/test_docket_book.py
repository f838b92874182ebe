"""The docket book as it is downloaded: for whom, as of when, and no more than a page may wait for."""

from __future__ import annotations

import io

import pypdf
import pytest

from reftel.web import docket_book
from tests.office.scenes import AUDITOR, REGISTRY, copy_of
from tests.web.docket_scene import ASKED, ORDER, TALKS, enter_ferry


@pytest.fixture
def ferry(web, served_templates, tmp_path):
    """BEIJING with the ferry talks in its docket."""
    moscow = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    yield enter_ferry(web.post, moscow, tmp_path)
    moscow.office.close()


def words(answer) -> str:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_a_clerk_is_given_the_whole_and_an_auditor_none_of_its_words(web, ferry):
    answer = web.signed_in(REGISTRY).get("/docket/book")
    assert answer.headers["content-disposition"].startswith(
        "attachment; filename*=UTF-8''docket-beijing-entry-"
    )
    told = words(answer)
    assert ASKED in told
    assert ORDER in told
    assert TALKS in told
    told = words(web.signed_in(AUDITOR).get("/docket/book"))
    assert ASKED not in told
    assert "0 items out of 0 cables" in told


def test_as_of_a_moment_it_has_what_was_known_then(web, ferry):
    told = words(web.signed_in(REGISTRY).get(f"/docket/book?at=entry:{ferry.report + 2}"))
    assert ASKED in told
    assert ORDER not in told


def test_what_a_page_cannot_wait_for_is_refused_with_the_command(web, ferry, monkeypatch):
    monkeypatch.setattr(docket_book, "MOST_ITEMS", 3)
    answer = web.signed_in(REGISTRY).get("/docket/book")
    assert answer.status_code == 422
    assert "reftel docket book" in answer.text


def test_the_board_leads_to_it(web, ferry):
    assert 'href="/docket/book' in web.signed_in(REGISTRY).get("/docket").text
