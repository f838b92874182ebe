"""The page of a cable: who sees what of it, and that nothing in it is more than text."""

import re

import pytest

from reftel.cable.model import Carried, Enclosure, Paragraph, Party, Quotation, Reference, Signature
from reftel.office import copies, desk
from reftel.office.copies import Issue
from reftel.register.proof import ForwardingProof, TlogProof
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

TEXT = "The session lasted forty minutes."


def issued(post, holder=READER, cable=None, *, paper=True, **more):
    entry = post.printed(cable=cable)
    one = Issue(seq=1, holder=holder, paper=paper, **more)
    copies.issue(post.office, post.hand(REGISTRY), entry, [one])
    return entry


def page(web, who, entry, *roles):
    return web.signed_in(who, *roles).get(f"/cables/{entry}")


def test_a_clerk_reads_the_sheet_with_paragraphs_that_have_addresses(web):
    entry = web.post.printed()
    shown = page(web, REGISTRY, entry)
    assert shown.status_code == 200, shown.text
    assert TEXT in shown.text
    assert 'id="p-1"' in shown.text
    assert 'href="#p-1"' in shown.text
    assert "SECRET" in shown.text
    assert "no register vouches" in shown.text
