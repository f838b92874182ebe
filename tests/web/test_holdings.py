"""Holdings, the safe and what is astray: shown to whom it concerns, and to nobody else."""

import re

import pytest

from reftel.office import copies, holdings
from reftel.office.copies import Issue
from reftel.store import tables as t
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
from tests.web.pages import main_of


def issue(post, entry, *issues):
    copies.issue(post.office, post.hand(REGISTRY), entry, [Issue(paper=True, **one) for one in issues])


def row_of(page, text):
    """The table's row that holds a text."""
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    return next(row for row in rows if text in row)


def test_overdue_copies_come_first_and_are_said_to_be(web):
    post = web.post
    later, sooner, never = post.printed(1), post.printed(1), post.printed(1)
    issue(post, later, {"seq": 1, "holder": READER, "return_by": "2026-12-24"})
    issue(post, sooner, {"seq": 1, "holder": DRAFTER, "return_by": "2026-11-01"})
    issue(post, never, {"seq": 1, "holder": READER})
    page = web.signed_in(REGISTRY).get("/copies").text
    places = [page.index(f'href="/copies/{entry}"') for entry in (sooner, later, never)]
    assert places == sorted(places)
    assert "Overdue" in row_of(page, f"/copies/{sooner}")
    assert "Overdue" not in row_of(page, f"/copies/{later}")
    assert "1 overdue." in page
    late = web.signed_in(REGISTRY).get("/copies?late=yes").text
    assert f"/copies/{sooner}" in late
    assert f"/copies/{later}" not in late


def test_a_reader_sees_the_own_copies_and_no_others(web):
    post = web.post
    mine, others = post.printed(1), post.printed(1)
    issue(post, mine, {"seq": 1, "holder": READER})
    issue(post, others, {"seq": 1, "holder": DRAFTER})
    for asked in ("/copies", f"/copies?holder={DRAFTER}"):
        page = web.signed_in(READER).get(asked).text
        assert f"/copies/{mine}" in page
        assert f"/copies/{others}" not in page
        assert DRAFTER not in page
    assert web.signed_in(READER).get(f"/copies/{mine}").status_code == 200
    hidden, absent = (web.signed_in(READER).get(f"/copies/{entry}") for entry in (others, 999))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert main_of(hidden) == main_of(absent)


def test_of_a_cable_that_a_reader_holds_only_the_own_copy_is_listed(web):
    post = web.post
    entry = post.printed(2)
    issue(post, entry, {"seq": 1, "holder": READER}, {"seq": 2, "holder": DRAFTER})
    page = web.signed_in(READER).get(f"/copies/{entry}").text
    assert DRAFTER not in page
    assert "Printed" not in page
    page = web.signed_in(RELEASER).get(f"/copies/{entry}").text
    assert DRAFTER in page


@pytest.mark.parametrize("path", ["holders", "astray", "safe", "inventory", "emergency"])
def test_the_offices_own_lists_are_for_the_office(web, path):
    assert web.signed_in(CLEARING).get(f"/copies/{path}").status_code == 403
    assert web.signed_in(REGISTRY).get(f"/copies/{path}").status_code == 200
    assert web.browser().get(f"/copies/{path}").headers["location"] == "/sign-in"


def test_a_holder_with_four_overdue_copies_is_shown_as_stopped(web):
    post = web.post
    for _ in range(4):
        issue(post, post.printed(1), {"seq": 1, "holder": READER, "return_by": "2026-11-01"})
    issue(post, post.printed(1), {"seq": 1, "holder": DRAFTER, "return_by": "2026-11-01"})
    page = web.signed_in(REGISTRY).get("/copies/holders").text
    assert "Stopped" in row_of(page, READER)
    assert "Stopped" not in row_of(page, DRAFTER)
    assert "Issue is stopped" in web.signed_in(REGISTRY).get(f"/copies?holder={READER}").text
    assert "Nothing more is issued to you" in web.signed_in(READER).get("/copies").text


def test_the_ledger_sums_to_what_was_printed(web):
    post = web.post
    entry = post.printed(3)
    issue(post, entry, {"seq": 1, "holder": READER})
    copies.report_lost(post.office, post.hand(READER), entry, 1, "Left on the <i>night train</i>")
    page = web.signed_in(AUDITOR, "auditor").get("/copies/astray").text
    sums = dict(re.findall(r"</span>([A-Z][a-z ]+)</dt><dd class=\"tn\">(\d+)</dd>", page))
    assert sums == {
        "In file": "2",
        "Issued": "0",
        "Returned": "0",
        "Destroyed": "0",
        "Lost": "1",
        "Unaccounted": "0",
    }
    assert "Left on the &lt;i&gt;night train&lt;/i&gt;" in row_of(page, "Lost")


def test_the_tick_list_holds_what_the_ledger_expects(web):
    post = web.post
    entry = post.printed(3)
    issue(post, entry, {"seq": 2, "holder": READER})
    ticked = re.compile(r'name="present" value="([0-9/]+)"')
    assert ticked.findall(web.signed_in(REGISTRY).get("/copies/inventory").text) == [
        f"{entry}/1",
        f"{entry}/3",
    ]
    of_reader = web.signed_in(REGISTRY).get(f"/copies/inventory?holder={READER}").text
    assert ticked.findall(of_reader) == [f"{entry}/2"]
    assert f'name="holder" value="{READER}"' in of_reader


def test_an_inventory_by_its_form_finds_what_is_missing(web):
    entry = web.post.printed(2)
    web.act(REGISTRY, "inventory", {"present": [f"{entry}/1"], "holder": ""})
    page = web.signed_in(REGISTRY).get("/copies/astray").text
    assert "not found at the inventory of 2026-11-22" in row_of(page, "Unaccounted")


def test_acts_are_offered_to_whom_they_are_allowed(web):
    post = web.post
    entry = post.printed(2)
    issue(post, entry, {"seq": 1, "holder": READER})
    page = web.signed_in(REGISTRY).get(f"/copies/{entry}").text
    assert set(re.findall(r'data-door="([a-z ]+)"', page)) == {"return", "destroy", "lost"}
    assert f'<option value="{REGISTRY}">' not in page  # nobody witnesses the own act
    assert set(re.findall(r'data-door="([a-z ]+)"', web.signed_in(READER).get(f"/copies/{entry}").text)) == {
        "lost"
    }
    assert 'data-door="return"' not in web.signed_in(RELEASER).get("/copies").text


def test_copies_are_destroyed_by_the_form_before_two_who_sign(web):
    entry = web.post.printed(2)
    done = web.act(
        REGISTRY,
        "destroy",
        {"cable": str(entry), "copies": ["1", "2"], "witnesses": [CIPHER, RELEASER], "how": "Burned"},
        others=(CIPHER, RELEASER),
    )
    assert done["state"] == "entered"
    assert web.signed_in(REGISTRY).get(f"/copies/{entry}").text.count("</span>Destroyed</td>") == 2


def test_emergency_destruction_says_what_it_leaves(web):
    post = web.post
    entry = post.printed(3)
    issue(post, entry, {"seq": 1, "holder": READER})
    page = web.signed_in(CIPHER).get("/copies/emergency").text
    assert "Enter that all 2 are destroyed" in page
    assert "out with their readers: 1 now" in page
    assert web.signed_in(ADMIN).get("/copies/emergency").status_code == 403  # the role is not on
    assert web.signed_in(ADMIN, "administrator").get("/copies/emergency").status_code == 200


def test_names_that_turn_the_line_or_look_like_markup_do_neither(web):
    post = web.post
    name = "Петров <b>✓ verified</b>"
    entry = post.printed(1, letter(subject="<script>x</script>"))
    with post.office.store.write() as connection:
        connection.execute(t.copies.update().values(state="issued", holder="Lee \u202eold\u202c " + name))
    page = web.signed_in(REGISTRY).get("/copies").text
    row = row_of(page, f"/copies/{entry}")
    assert "<b>" not in row
    assert "\u202e" not in page
    assert "U+202E" in row
    assert "<script>x" not in page


@pytest.mark.parametrize(
    "query", ["after=x", "after=2026-13-01~1~1", "after=~1~" + "9" * 40, "cable=" + "1" * 300]
)
def test_an_address_that_makes_no_sense_is_refused(web, query):
    assert web.signed_in(REGISTRY).get(f"/copies?{query}").status_code == 422


def test_a_long_list_goes_on_where_it_stopped(web, monkeypatch):
    monkeypatch.setattr(holdings, "SAFE_PAGE", 50)
    post = web.post
    entries = [post.printed(30) for _ in range(2)]
    seen = []
    path = "/copies/safe"
    while path:
        page = web.signed_in(REGISTRY).get(path).text
        seen += re.findall(r'/copies/(\d+)">.*?</th><td class="tn"><bdi>(\d+)', page)
        following = re.search(r'href="(/copies/safe\?[^"]+)" rel="next"', page)
        path = following.group(1) if following else ""
    assert seen == [(str(entry), str(seq)) for entry in entries for seq in range(1, 31)]


def test_what_is_out_goes_on_from_the_dated_to_what_is_never_due(web, monkeypatch):
    monkeypatch.setattr(holdings, "PAGE", 2)
    post = web.post
    days = ["2026-12-01", "", "2026-11-01", "", "2026-12-24"]
    entries = {day or n: post.printed(1) for n, day in enumerate(days)}
    for key, entry in entries.items():
        issue(post, entry, {"seq": 1, "holder": READER, "return_by": key if isinstance(key, str) else ""})
    seen, path = [], "/copies"
    while path:
        page = web.signed_in(REGISTRY).get(path).text
        seen += [
            int(n) for n in re.findall(r'<th scope="row"><a class="ref link" href="/copies/(\d+)"', page)
        ]
        following = re.search(r'href="(/copies\?[^"]+)" rel="next"', page)
        path = following.group(1) if following else ""
    assert seen == [entries[key] for key in ("2026-11-01", "2026-12-01", "2026-12-24", 1, 3)]


def test_an_inventory_of_too_many_copies_says_where_it_is_taken(web, monkeypatch):
    monkeypatch.setattr(holdings, "MOST_TICKED", 2)
    web.post.printed(3)
    page = web.signed_in(REGISTRY).get("/copies/inventory")
    assert page.status_code == 200
    assert "reftel inventory" in page.text
    assert 'data-door="inventory"' not in page.text


def test_copies_of_one_cable_are_found_by_its_number(web):
    post = web.post
    first, second = post.printed(1), post.printed(1)
    for entry in (first, second):
        issue(post, entry, {"seq": 1, "holder": READER})
    page = web.signed_in(REGISTRY).get(f"/copies?cable=entry:{first}").text
    assert f"/copies/{first}" in page
    assert f"/copies/{second}" not in page
