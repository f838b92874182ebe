"""The lists in a browser: what lies in whose tray, how one goes through it, and finding by number."""

import re

import pytest

from reftel.cable.model import Ask, Number, Party, Precedence, Reference
from reftel.office import copies, desk
from reftel.office.copies import Issue
from reftel.office.trays import PAGE
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    letter,
)


def issued(post, holder=READER, cable=None, **more):
    entry = post.printed(cable=cable)
    one = Issue(seq=1, holder=holder, paper=True, **more)
    copies.issue(post.office, post.hand(REGISTRY), entry, [one])
    return entry


def rows(answer):
    """The addresses of the rows in the list pane, in order."""
    assert answer.status_code == 200, answer.text
    return re.findall(r'<li class="row[^>]*><a href="([^"]+)"', answer.text)


@pytest.mark.parametrize("path", ["/tray", "/out", "/drafts", "/release", "/find", "/find?q=x", "/rail", "/tray/pane"])
@pytest.mark.parametrize("who", [READER, DRAFTER, REGISTRY, RELEASER, CLEARING, AUDITOR])
def test_every_list_answers_everybody_even_when_it_is_empty(web, who, path):
    answer = web.signed_in(who).get(path)
    assert answer.status_code == 200, answer.text


def test_the_tray_lists_ones_own_copies_and_opens_them(web):
    entry = issued(web.post, cable=letter(subject="On the neutral zone"))
    browser = web.signed_in(READER)
    tray = browser.get("/tray")
    assert "On the neutral zone" in tray.text
    assert "Copy 1 of 3" in tray.text
    (href,) = rows(tray)
    opened = browser.get(href.replace("&amp;", "&"))
    assert opened.status_code == 200
    assert "1 of 1" in opened.text
    assert 'aria-current="true"' in opened.text
