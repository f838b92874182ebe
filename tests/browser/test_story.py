"""The whole of the web office in a real browser: the story, and what every page must keep to."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select, update

from reftel.office.audit import audit
from reftel.register.entries import Touch, b64, decode_record
from reftel.store import tables as t
from tests.browser import story
from tests.browser.looks import findings_of, take_pictures
from tests.browser.pages import NO_PAGES, pages, routes
from tests.browser.story import STAFF


@pytest.fixture(scope="module")
def told(browser, tmp_path_factory):
    stage = story.open_posts(browser, tmp_path_factory.mktemp("story"))
    try:
        for chapter in story.CHAPTERS:
            chapter(stage)
        yield stage
    finally:
        story.close(stage)


def test_the_one_tampered_bag_was_refused_and_the_lost_one_is_missing(told):
    clerk = told.people["Zimina"]
    clerk.go("/posts/refusals")
    assert clerk.page.locator("main tbody tr").count() == 1
    assert "beijing.example" in clerk.page.locator("main tbody").inner_text()
    clerk.go("/posts/of/beijing.example")
    assert "bag" in clerk.page.locator("dd .due").inner_text()
    registry = told.people["Shen"]
    registry.go("/posts/refusals")
    assert registry.page.locator("main tbody tr").count() == 0


def test_every_address_is_a_page_that_is_looked_at_or_none(told):
    looked_at = {route for route, *_ in pages(told)}
    assert routes() == looked_at | NO_PAGES.keys()


def test_axe_finds_nothing_on_any_page_in_light_dark_and_on_a_phone(told, axe):
    found: dict[str, list[str]] = {}
    for _, person, path, _ in pages(told):
        found |= findings_of(person, path, axe)
    assert found == {}


def test_pictures_of_the_main_pages_are_written(told, pictures):
    made = [
        name for _, person, path, name in pages(told) for name in take_pictures(person, path, name, pictures)
    ]
    assert len(made) == 4 * len({name for *_, name in pages(told) if name})


def test_no_request_left_the_origin_and_no_page_complained(told):
    for person in told.people.values():
        assert (person.name, person.strayed, person.complaints) == (person.name, [], [])


def touched(connection):
    """The entries that passkeys signed, with their records."""
    rows = connection.execute(select(t.entries.c.entry, t.entries.c.record).order_by(t.entries.c.entry))
    for entry, data in rows:
        record = decode_record(data)
        if any(isinstance(one.signature, Touch) for one in record.signatures):
            yield entry, data, record


def test_the_audits_are_clean_and_everybodys_touches_stand_in_the_registers(told):
    for post in (told.beijing, told.moscow):
        with post.office() as office:
            report = audit(office)
            assert (report.failures, report.findings[: report.failures]) == (0, ())
            with office.store.read() as connection:
                signers = Counter(
                    one.person
                    for _, _, record in touched(connection)
                    for one in record.signatures
                    if isinstance(one.signature, Touch)
                )
        assert signers.keys() == set(STAFF[post.name])
        assert report.figures["signatures"] >= signers.total() > 10


def test_a_flipped_bit_in_a_stored_assertion_is_found_and_its_entry_named(told):
    with told.moscow.office() as office:
        with office.store.read() as connection:
            entry, data, record = list(touched(connection))[-1]
        touch = record.signatures[0].signature
        for part in (touch.assertion.signature, touch.assertion.authenticator, touch.assertion.client):
            flipped = bytes([*part[:-1], part[-1] ^ 1])
            spoilt = data.replace(b64(part).encode(), b64(flipped).encode())
            assert spoilt != data
            put(office, entry, spoilt)
            report = audit(office)
            assert (entry, "signature") in {(one.entry, one.kind) for one in report.findings}
        put(office, entry, data)
        assert audit(office).clean


def put(office, entry, data):
    """Put another record in an entry's place, with the database's key and without Reftel."""
    with office.store.engine.begin() as connection:
        connection.execute(update(t.entries).where(t.entries.c.entry == entry).values(record=data))


def test_the_servers_end_and_said_nothing(told):
    story.close(told)
    for post in (told.beijing, told.moscow):
        assert post.process.returncode == 0
        assert post.errors() == ""
