"""The page of a cable: who sees what of it, and that nothing in it is more than text."""

import re
from functools import partial
from html.parser import HTMLParser

import pytest

from reftel.cable.model import (
    Ask,
    Carried,
    Enclosure,
    Paragraph,
    Party,
    Quotation,
    Reference,
    Signature,
)
from reftel.office import copies, desk, people, readers, shedding
from reftel.office.copies import Issue
from reftel.register.proof import ForwardingProof, TlogProof
from reftel.web import cable_page, sheet_html
from reftel.web.doors import DOORS
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    STAFF,
    carry,
    copy_of,
    decide,
    letter,
)

TEXT = "The session lasted forty minutes."
STAFF_WITH_KEYS = [who for who in STAFF if who != KEYLESS]


def issued(post, holder=READER, cable=None, *, paper=True, **more):
    entry = post.printed(cable=cable)
    one = Issue(seq=1, holder=holder, paper=paper, **more)
    copies.issue(post.office, post.hand(REGISTRY), entry, [one])
    return entry


def page(web, who, entry, *roles, query=""):
    return web.signed_in(who, *roles).get(f"/cables/{entry}{query}")


@pytest.fixture
def moscow(served_templates, tmp_path):
    """The other post."""
    posts, _ = served_templates
    post = copy_of(posts["MOSCOW"], tmp_path / "MOSCOW")
    yield post
    post.office.close()


def received(web, moscow, tmp_path, **more):
    """A cable that came from the other post, deciphered."""
    to = (Party(post="beijing.example", place="BEIJING"),)
    moscow.release(letter(to=to, sender=Party(place="MOSCOW"), **more))
    (entry,) = carry(moscow, web.post, tmp_path / "stick")
    return entry


class Outline(HTMLParser):
    """What a page is made of, and the text in each part of it."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags = []
        self.attributes = []
        self.open = []
        self.margin = ""
        self.sheet = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in {"meta", "link", "input", "br", "img", "hr"}:
            self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        classes = [names.split() for _, names in self.open]
        if any("margin" in names for names in classes):
            self.margin += f" {data}"
        if any("sheet" in names for names in classes):
            self.sheet += data


def outline(text):
    parsed = Outline()
    parsed.feed(text)
    return parsed


def test_a_clerk_reads_the_sheet_with_paragraphs_that_have_addresses(web):
    entry = web.post.printed()
    shown = page(web, REGISTRY, entry)
    assert shown.status_code == 200, shown.text
    assert TEXT in shown.text
    assert 'id="p-1"' in shown.text
    assert 'href="#p-1"' in shown.text
    assert "SECRET" in shown.text
    assert "no register vouches" in outline(shown.text).margin


def test_the_text_is_sent_to_those_alone_who_may_read_it(web):
    drafted = web.post.draft(clearing=[CLEARING])
    printed = issued(web.post)
    seen = {}
    for who in STAFF_WITH_KEYS:
        for entry in (drafted, printed):
            answer = page(web, who, entry)
            seen[who, entry] = (answer.status_code, TEXT in answer.text)
            assert answer.status_code in (200, 404)
    readers = {(who, entry) for (who, entry), (_, text) in seen.items() if text}
    assert readers == {
        (DRAFTER, drafted),
        (CLEARING, drafted),
        (RELEASER, drafted),
        (REGISTRY, drafted),
        (REGISTRY, printed),
        (CIPHER, printed),
    }
    assert seen[READER, printed][0] == 200
    assert seen[READER, drafted][0] == seen[DRAFTER, printed][0] == seen[ADMIN, printed][0] == 404


@pytest.mark.parametrize(
    "path", ["", "/text", "/proof", "/tlog-proof", "/enclosures/1", "/copies/1/pdf", "?copy=1&from=out"]
)
def test_what_is_not_ones_own_answers_as_what_is_not_there(web, path):
    entry = web.post.draft()
    browser = web.signed_in(READER)
    answers = [browser.get(f"/cables/{cable}{path}") for cable in (entry, 99999)]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [re.sub(r'(nonce|token|nonce-)="?[\w-]+', "", answer.text) for answer in answers]
    assert bodies[0] == bodies[1]


def test_another_readers_copy_is_not_there(web):
    entry = issued(web.post)
    for path in (f"/copies/{entry}/1", f"/copies/{entry}/1/sealed", f"/cables/{entry}"):
        assert web.signed_in(DRAFTER).get(path).status_code == 404
    assert web.signed_in(READER).get(f"/copies/{entry}/2").status_code == 404
    assert web.signed_in(READER).get(f"/copies/{entry}/1").status_code == 200


def test_a_holder_on_paper_sees_the_slip_and_not_the_text(web):
    entry = issued(web.post, return_by="2026-11-30", return_to="IV Unit")
    shown = page(web, READER, entry).text
    assert TEXT not in shown
    assert "Talks" in shown
    assert "on paper" in shown
    assert "Subject to return" in shown
    assert "due back in 8 days" in shown
    assert 'data-door="open"' in shown
    assert web.signed_in(READER).get(f"/cables/{entry}/text").status_code == 404


def test_a_sealed_copy_is_opened_in_the_browser_after_its_opening_is_registered(web):
    entry = issued(web.post, paper=False)
    before = page(web, READER, entry).text
    assert "sealed to you and not opened" in before
    assert "data-unlock" not in before
    assert web.signed_in(READER).get(f"/copies/{entry}/1/sealed").status_code == 404
    done = web.act(READER, "open", {"cable": entry, "seq": 1})
    assert done["next"] == f"/copies/{entry}/1"
    after = web.signed_in(READER).get(f"/copies/{entry}/1")
    assert f'data-copy="/copies/{entry}/1/sealed"' in after.text
    assert "data-unlock" in after.text
    assert TEXT not in after.text
    file = web.signed_in(READER).get(f"/copies/{entry}/1/sealed")
    assert file.status_code == 200
    assert file.content.startswith(b"age-encryption.org/v1")
    assert file.headers["content-type"] == "application/octet-stream"


def test_an_auditor_sees_the_outside_alone(web):
    entry = issued(web.post, cable=letter(subject="The neutral zone"))
    assert page(web, AUDITOR, entry).status_code == 404
    shown = page(web, AUDITOR, entry, "auditor")
    assert shown.status_code == 200
    assert TEXT not in shown.text
    assert "The neutral zone" not in shown.text
    assert "not shown to you" in shown.text
    assert READER in shown.text
    assert web.signed_in(AUDITOR).get(f"/cables/{entry}/text").status_code == 404


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} ${7*7} <b>bold</b>",
    "</article></main><aside class=margin>✓ In the register</aside>",
    "javascript:alert(1)",
    "مرحبا שלום",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text_and_inside_the_sheet(web, text):
    inner = letter(text, subject=text, sender=Party(person=text))
    cable = letter(
        text,
        subject=text,
        kind=text,
        sender=Party(person=text, office=text),
        info=(Party(person=text),),
        signature=Signature(literal=text, rank=text, identity=text),
        references=(Reference(literal=text),),
        asks=(Ask(owner=text, literal=text),),
        enclosures=(Enclosure(title=text),),
        blocks=(
            Paragraph(text=text, number="1", portion="S"),
            Quotation(blocks=(Paragraph(text=text),), signature=Signature(literal=text)),
            Carried(cable=inner),
        ),
    )
    plain = page(web, REGISTRY, web.post.printed(cable=letter()))
    entry = issued(web.post, cable=cable)
    for who, path in (
        (REGISTRY, f"/cables/{entry}"),
        (READER, f"/cables/{entry}"),
        (READER, "/tray"),
        (REGISTRY, "/tray?show=verify"),
        (REGISTRY, "/find?q=" + "script"),
    ):
        answer = web.signed_in(who).get(path)
        assert answer.status_code == 200
        parsed = outline(answer.text)
        assert not any(name.startswith("on") for name in parsed.attributes)
        assert "style" not in parsed.attributes
        assert parsed.tags.count("script") == outline(plain.text).tags.count("script")
        assert "img" not in parsed.tags
        assert "49" not in re.sub(r"[\w-]*49[\w-]*", "", answer.text)
    parsed = outline(page(web, REGISTRY, entry).text)
    assert parsed.tags.count("main") == parsed.tags.count("aside") - 1 == 1
    assert text in parsed.sheet


def test_a_forged_checkmark_stands_in_the_sheet_and_the_badge_outside_it(web):
    forged = "✓ In the register, checked by this office 🔒"
    cable = letter(forged, subject=forged, sender=Party(person=forged))
    parsed = outline(page(web, REGISTRY, web.post.printed(cable=cable)).text)
    assert forged in parsed.sheet
    assert forged not in parsed.margin
    assert "no register vouches" in parsed.margin
    assert "no register vouches" not in parsed.sheet


def test_a_paragraph_of_megabytes_is_shown_in_part_and_saved_whole(web):
    cable = letter(blocks=(Paragraph(text="x" * 10_000_000, number="1"), Paragraph(text="end", number="2")))
    entry = web.post.printed(cable=cable)
    shown = page(web, REGISTRY, entry)
    assert shown.status_code == 200
    assert len(shown.content) < 200_000
    assert "9\u202f980\u202f000 characters of this cable are not shown" in shown.text
    assert 'id="p-2"' in shown.text
    whole = web.signed_in(REGISTRY).get(f"/cables/{entry}/text")
    assert len(whole.content) > 10_000_000


def test_a_sheet_of_very_many_paragraphs_is_bounded(web, monkeypatch):
    blocks = [Paragraph(text="short") for _ in range(20)]
    quoted = Quotation(blocks=(Paragraph(text="inside"),))
    entry = web.post.printed(cable=letter(blocks=(*blocks, quoted, Carried(cable=letter()))))
    monkeypatch.setattr(sheet_html, "Bounds", partial(sheet_html.Bounds, items=5))
    shown = page(web, REGISTRY, entry).text
    assert shown.count("short</bdi>") == 5
    assert "characters of this cable are not shown" in shown


def test_what_is_saved_is_exactly_what_was_registered_with_its_proof(web, moscow, tmp_path):
    enclosure = Enclosure(
        title="Map", filename="ma\u00dfstab.html", media_type="text/html", content=b"<b>x</b>"
    )
    entry = received(web, moscow, tmp_path, enclosures=(enclosure, Enclosure(title="Not here")))
    browser = web.signed_in(CIPHER)
    saved = browser.get(f"/cables/{entry}/text")
    with web.post.read() as connection:
        row = web.post.cable(entry)
        text = desk.cable_text(connection, row)
    assert text is not None
    _, data = text
    assert saved.content == data
    proof = ForwardingProof.decode(browser.get(f"/cables/{entry}/proof").content)
    verifier = moscow.office.keys.signing.verifier
    assert proof.verify(data, verifier).act["kind"] == "released"
    bare = TlogProof.decode(browser.get(f"/cables/{entry}/tlog-proof").text)
    assert (bare.index, bare.path) == (proof.index, proof.path)
    assert not bare.extra
    given = browser.get(f"/cables/{entry}/enclosures/1")
    assert given.content == b"<b>x</b>"
    assert given.headers["content-type"] == "application/octet-stream"
    assert given.headers["content-disposition"].startswith("attachment; filename*=UTF-8''ma%C3%9F")
    assert "sandbox" in given.headers["content-security-policy"]
    assert [browser.get(f"/cables/{entry}/enclosures/{n}").status_code for n in (2, 3)] == [404, 404]
    auditor = web.signed_in(AUDITOR, "auditor")
    assert auditor.get(f"/cables/{entry}/tlog-proof").status_code == 200
    assert auditor.get(f"/cables/{entry}/proof").status_code == 404


def test_the_badge_says_what_was_checked_and_by_whom(web, moscow, tmp_path):
    entry = received(web, moscow, tmp_path)
    margin = outline(page(web, CIPHER, entry).text).margin
    assert "byte for byte, what moscow.example registered" in margin
    assert "when it was deciphered; not by this browser" in " ".join(margin.split())
    drafted = web.post.draft()
    assert "A draft: not released" in outline(page(web, DRAFTER, drafted).text).margin
    released = web.post.release()
    assert "Released under entry" in outline(page(web, RELEASER, released).text).margin


def test_a_carried_telegram_says_how_far_it_is_proved(web):
    entry = web.post.printed(cable=letter(blocks=(Carried(cable=letter("Inside.")),)))
    shown = page(web, REGISTRY, entry).text
    assert "as told by the forwarder" in shown
    assert 'id="p-c1.1"' in shown


def test_references_lead_both_ways_to_what_one_may_see(web):
    first = web.post.release()
    number = web.post.cable(first).mrn
    reference = Reference(literal=number, number=number)
    second = web.post.printed(cable=letter(references=(reference, Reference(literal="KAESONG 0115"))))
    shown = page(web, REGISTRY, second).text
    assert f'<a class="tel" href="/cables/{first}">' in shown
    assert "not held here" in shown
    assert "Cited and not held" in shown
    assert f'href="/cables/{second}"' in page(web, REGISTRY, first).text
    copies.issue(web.post.office, web.post.hand(REGISTRY), second, [Issue(seq=1, holder=READER, paper=True)])
    mine = page(web, READER, second).text
    assert f"/cables/{first}" not in mine
    assert f"/cables/{second}" not in page(web, DRAFTER, first).text


def test_a_destroyed_text_is_said_to_be_destroyed(web):
    entry = web.post.printed()
    desk.destroy_text(web.post.office, web.post.hand(ADMIN), entry, "order")
    shown = page(web, REGISTRY, entry)
    assert shown.status_code == 200
    assert "was destroyed" in shown.text
    assert TEXT not in shown.text
    assert web.signed_in(REGISTRY).get(f"/cables/{entry}/text").status_code == 404


def test_the_receipts_of_a_cable_of_ours_are_told_apart(web, moscow, tmp_path):
    entry = web.post.release(letter(asks=(Ask(owner="MOSCOW", literal="Report."),)))
    assert "Waits to go" in page(web, RELEASER, entry).text
    carry(web.post, moscow, tmp_path / "stick")
    text = page(web, RELEASER, entry).text
    assert "The bearer took it" in text
    assert "No receipt of the post yet" in text
    assert "not known here" in text


def test_the_ledger_and_the_handling_stand_beside_the_sheet(web):
    entry = issued(web.post, holder=READER)
    copies.open_copy(web.post.office, web.post.hand(READER), entry, 1)
    margin = " ".join(outline(page(web, REGISTRY, entry).text).margin.split())
    assert f"{READER} Read 2026-11-22" in margin
    assert "2–3" in margin
    assert "Entered from paper" in margin
    many = web.post.printed(80)
    assert "and " in outline(page(web, REGISTRY, many).text).margin


def offered(answer):
    """The doors of the forms on a page, and where its other acts lead."""
    return set(re.findall(r'data-door="([^"]+)"', answer.text))


def test_only_acts_that_can_be_done_are_offered(web):
    entry = issued(web.post)
    assert offered(page(web, READER, entry)) == {"open", "pass", "lost", "acknowledge"}
    copies.open_copy(web.post.office, web.post.hand(READER), entry, 1)
    assert offered(page(web, READER, entry)) == {"pass", "lost", "acknowledge"}
    assert {"verify", "print", "issue"} <= offered(page(web, REGISTRY, entry))
    assert offered(page(web, AUDITOR, entry, "auditor")) == set()
    drafted = web.post.draft(clearing=[CLEARING])
    assert offered(page(web, DRAFTER, drafted)) == {"ask clearance", "withdraw"}
    assert offered(page(web, CLEARING, drafted)) == {"clear"}
    assert "release" not in offered(page(web, RELEASER, drafted))
    web.act(CLEARING, "clear", {"cable": drafted})
    assert "release" in offered(page(web, RELEASER, drafted))
    assert offered(page(web, CLEARING, drafted)) == set()
    web.act(RELEASER, "release", {"cables": str(drafted)})
    assert {"cancel", "downgrade", "task"} <= offered(page(web, RELEASER, drafted))


def test_every_offered_act_is_a_door_that_has_the_forms_fields(web, moscow, tmp_path):
    came = received(web, moscow, tmp_path, asks=(Ask(owner="BEIJING", literal="Report."),))
    printed = issued(web.post)
    out = web.post.release(letter(asks=(Ask(owner="MOSCOW", literal="Report."),)))
    carry(web.post, moscow, tmp_path / "again")
    drafts = [web.post.draft(clearing=[CLEARING]), web.post.draft()]
    decision = desk.Decision(body="Body", protocol="1", item="2", title="T", text="Adopt.")
    desk.adopt(web.post.office, web.post.hand(REGISTRY), drafts[1], decision)
    seen = set()
    for who in STAFF_WITH_KEYS:
        for role in ("administrator", "auditor"):
            if role in STAFF[who][0]:
                web.signed_in(who, role)
        for entry in (came, printed, out, *drafts):
            answer = page(web, who, entry)
            for form in re.findall(r"<form data-door.*?</form>", answer.text, re.DOTALL):
                (name,) = re.findall(r'<form data-door="([^"]+)"', form)
                fields = {field.partition(".")[0] for field in re.findall(r' name="([^"]+)"', form)}
                assert fields - {"token", "door"} <= {*DOORS[name].fields, "who", "stated"}, (name, fields)
                seen.add(name)
    assert {"open", "acknowledge", "pass", "lost", "print", "verify", "issue", "number", "annotate"} <= seen
    assert {"clear", "release", "adopt", "withdraw", "ask clearance", "void decision", "rerun"} <= seen
    assert {"task", "chase", "fulfil", "part fulfil", "cancel tasking", "cancel", "correct"} <= seen
    assert {"downgrade", "readdress", "destroy text"} <= seen | {"readdress"}


def test_a_cable_is_printed_verified_and_issued_by_its_forms(web):
    entry = web.post.printed()
    issue = {"cable": str(entry), "copies": [{"seq": "1", "holder": READER, "purpose": "action"}]}
    done = web.act(CIPHER, "issue", issue)
    assert done["state"] == "entered"
    assert "sealed to you" in page(web, READER, entry).text


def test_a_copy_is_printed_by_the_press(web):
    entry = web.post.printed()
    answer = web.signed_in(REGISTRY).get(f"/cables/{entry}/copies/2/pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert web.signed_in(REGISTRY).get(f"/cables/{entry}/copies/9/pdf").status_code == 404


def test_what_would_keep_the_press_for_minutes_is_not_set_for_a_page(web, monkeypatch):
    entry = web.post.printed(cable=letter("x" * 200_000))
    refused = web.signed_in(REGISTRY).get(f"/cables/{entry}/copies/1/pdf")
    assert refused.status_code == 409
    assert "too long" in refused.text
    monkeypatch.setattr(cable_page, "PRESS_WAIT", 0.01)
    small = web.post.printed()
    with cable_page._PRESS:
        busy = web.signed_in(REGISTRY).get(f"/cables/{small}/copies/1/pdf")
    assert busy.status_code == 503


def test_reading_a_page_writes_nothing(web):
    entry = issued(web.post)
    size = web.post.size()
    for who in STAFF_WITH_KEYS:
        for path in ("/tray", "/out", "/drafts", "/release", "/find?q=1", f"/cables/{entry}", "/tray/pane"):
            web.signed_in(who).get(path)
    assert web.post.size() == size


def test_an_eyes_only_text_is_nowhere_on_a_page_and_the_page_says_where_it_is(web, moscow, tmp_path):
    card = readers.reader_card(web.post.office, READER)
    readers.know_reader(moscow.office, moscow.hand(REGISTRY), card)
    to = (Party(post="beijing.example", place="BEIJING", person=READER),)
    sender = Party(place="MOSCOW")
    secret = letter(
        "The armistice is near.", subject="Armistice", captions=("EYES ONLY",), to=to, sender=sender
    )
    moscow.release(secret)
    (entry,) = carry(moscow, web.post, tmp_path / "stick")
    desk.print_copies(web.post.office, web.post.hand(CIPHER), entry, 1)
    copies.issue(web.post.office, web.post.hand(CIPHER), entry, [Issue(seq=1, holder=READER)])
    assert "sealed to you and not opened" in page(web, READER, entry).text
    web.act(READER, "open", {"cable": entry, "seq": 1})
    for who in (READER, CIPHER, REGISTRY):
        answer = page(web, who, entry)
        assert answer.status_code == 200
        assert "rmistice" not in answer.text
        assert "this office does not hold the text" in answer.text
        assert "vouched for by the receiving office" in answer.text
    assert "data-unlock" in page(web, READER, entry).text
    assert "data-unlock" not in page(web, CIPHER, entry).text
    assert "rmistice" not in web.signed_in(READER).get("/tray").text
    assert "0 found" in web.signed_in(READER).get("/find?q=Armistice").text


def test_a_text_that_was_shed_is_said_to_be_with_its_readers(web):
    entry = web.post.printed(count=1, cable=letter(captions=("EYES ONLY",), to=(Party(place="HERE"),)))
    admit(web.post, CIPHER, "TOP SECRET", ("EYES ONLY",))
    copies.issue(web.post.office, web.post.hand(CIPHER), entry, [Issue(seq=1, holder=READER)])
    web.act(READER, "open", {"cable": entry, "seq": 1})
    shedding.shed(web.post.office, web.post.hand(REGISTRY), entry, "as its caption says")
    shown = page(web, CIPHER, entry).text
    assert "shed its text" in shown
    assert TEXT not in shown
    mine = page(web, READER, entry).text
    assert f'data-copy="/copies/{entry}/1/sealed"' in mine
    assert web.signed_in(READER).get(f"/copies/{entry}/1/sealed").status_code == 200


def admit(post, who, clearance, captions):
    """Admit somebody of the staff to captions."""
    decide(post, "two-officers", off=True)
    public = post.keys[who].public
    hand = post.hand(ADMIN)
    more = {"clearance": clearance, "captions": captions, "public": public}
    people.admit(post.office, hand, who, roles=STAFF[who][0], **more)
