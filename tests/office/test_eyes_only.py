"""EYES ONLY: sealed by the sending post to its readers, so that the receiving office never holds the text."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import select

from reftel.cable import eyes, internet, plain, sheet
from reftel.cable.model import Ask, Cable, DocketLine, Number, Party, Reference
from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.commitment import verify_text
from reftel.cipher.identity import HybridIdentity, ScryptRecipient
from reftel.cipher.vault import open_text
from reftel.errors import AgeNoMatch, BadValue, NotAllowed, NotFound
from reftel.office import changes, copies, desk, occasions, people, readers, shedding, sheets, view
from reftel.office.audit import audit
from reftel.office.copies import Issue
from reftel.office.office import record
from reftel.office.sealing import sealed_copy
from reftel.press.printer import Press
from reftel.register.entries import decode_record, unb64
from reftel.store import tables as t
from tests.office.readers import enrol, opened
from tests.office.scenes import ADMIN, DRAFTER, NOW, READER, REGISTRY, RELEASER, Post, carry, copy_of, letter

SECRET_WORD = "armistice"
TO = (Party(post="moscow.example", place="MOSCOW", person=READER),)


def eyes_letter(**more):
    given = {
        "to": TO,
        "captions": ("EYES ONLY",),
        "subject": f"On the {SECRET_WORD}",
        "numbers": (Number(scheme="cable", value="77"),),
        "references": (Reference(literal=f"Your {SECRET_WORD} of yesterday", letter="A", number="12"),),
        "asks": (Ask(owner="MOSCOW", literal=f"Report on the {SECRET_WORD}.", kind="report"),),
        "docket": (DocketLine(kind="observation", fields=(("issue", f"The {SECRET_WORD}"),)),),
    }
    return letter(f"The {SECRET_WORD} is near.", **(given | more))


def introduce_reader(sender, receiver, *, confirmed=False, who=READER):
    """The receiving post's reader enrols, and the sending post enters that reader's card."""
    key = enrol(receiver, who)
    receiver.pass_time(minutes=1)
    card = readers.reader_card(receiver.office, who)
    readers.know_reader(sender.office, sender.hand(REGISTRY), card)
    if confirmed:
        origin, fingerprint = receiver.office.origin, key.recipient().fingerprint()
        readers.confirm_reader(sender.office, sender.hand(RELEASER), origin, who, fingerprint)
    return key


def eyes_of(post, entry):
    return eyes.sealed_part(text_of(post, entry)[0])


def text_of(post: Post, entry: int) -> tuple[Cable, bytes]:
    with post.read() as connection:
        found = desk.cable_text(connection, post.cable(entry))
    assert found is not None
    assert internet.read(found[1]) == found[0]
    return found


def findings(post):
    return [f.sentence for f in audit(post.office).findings if f.level == "failure"]


def texts_held(post):
    """Every text that the office can still open, one behind another."""
    with post.read() as connection:
        held = connection.execute(select(t.texts).where(t.texts.c.text_key != b"")).all()
    return b"".join(open_text(row.text_key, row.sealed) for row in held)


def everything_on_disk(post):
    """Every byte of the database as it lies there, read with its key, and every other file."""
    with post.office.store.engine.connect() as connection:
        names = [
            r[0] for r in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        cells = [
            c for name in names for row in connection.exec_driver_sql(f"SELECT * FROM {name}") for c in row
        ]
    held = [c if isinstance(c, bytes) else str(c).encode() for c in cells]
    files = [p.read_bytes() for p in post.office.folder.rglob("*") if p.is_file()]
    return held + files


@pytest.mark.parametrize(("confirmed", "standing"), [(False, "vouched"), (True, "confirmed")])
def test_the_reader_alone_opens_it_and_knows_how_the_key_was_known(
    beijing, moscow, stick, confirmed, standing
):
    key = introduce_reader(beijing, moscow, confirmed=confirmed)
    sent = beijing.release(eyes_letter())
    (entry,) = carry(beijing, moscow, stick)
    (reader,) = eyes_of(moscow, entry).readers
    assert reader == eyes.Reader(
        post="moscow.example",
        person=READER,
        fingerprint=key.recipient().fingerprint(),
        standing=standing,
    )
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    copies.open_copy(moscow.office, moscow.hand(READER), entry, 1)
    with moscow.read() as connection:
        shown = opened(sealed_copy(connection, READER, entry, 1), key)
    (told,) = shown["eyes"]["readers"]
    assert told == {
        "post": "moscow.example",
        "person": READER,
        "fingerprint": reader.fingerprint,
        "standing": standing,
    }
    inner = json.loads(decrypt(unb64(shown["eyes"]["sealed"]), [key]))
    record = decode_record(unb64(shown["check"]["record"]))
    verify_text(unb64(record.act["version"]), unb64(inner["salt"]), unb64(inner["text"]))
    draft = internet.read(unb64(inner["text"]))
    assert draft == plain.from_plain(inner["sheet"])
    assert draft.subject == f"On the {SECRET_WORD}"
    assert internet.read(unb64(shown["text"])).numbers[0].value == beijing.cable(sent).mrn
    assert findings(beijing) == findings(moscow) == []


def test_the_receiving_office_never_holds_the_text_and_says_so(beijing, moscow, stick, tmp_path):
    introduce_reader(beijing, moscow)
    sent = beijing.release(eyes_letter())
    (entry,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 1)
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=1, holder=READER)])
    assert [c for c in everything_on_disk(moscow) if SECRET_WORD.encode() in c] == []
    assert SECRET_WORD.encode() not in texts_held(moscow)
    number = beijing.cable(sent).mrn
    with moscow.read() as connection:
        shown = view.view(connection, entry)
        assert [f["cable"] for f in view.find(connection, number)] == [entry]
        assert [f["cable"] for f in view.find(connection, "77")] == [entry]
        assert view.find(connection, "12") == view.cited_not_held(connection, entry) == []
    assert SECRET_WORD not in json.dumps(shown)
    assert SECRET_WORD.encode() not in text_of(moscow, entry)[1]
    assert shown["eyes"]["statement"] == (
        "Sealed by beijing.example to its reader; this office does not hold the text. "
        f"To {READER} at moscow.example (key as vouched for by the receiving office)."
    )
    assert shown["taskings"] == []
    assert shown["marking"] == {"classification": "SECRET", "captions": ["EYES ONLY"]}
    assert moscow.cable(entry).subject == ""
    with moscow.read() as connection:
        data = sheets.sheet_data(moscow.office, connection, entry)
    assert shown["eyes"]["statement"] in data.notes
    (pdf,) = sheets.print_pdfs(moscow.office, Press(), entry, [1], tmp_path / "pdf")
    assert pdf.read_bytes().startswith(b"%PDF")


def test_the_sending_office_shows_what_went_out_and_that_it_holds_the_draft(beijing, moscow):
    introduce_reader(beijing, moscow)
    entry = beijing.release(eyes_letter())
    with beijing.read() as connection:
        shown = view.view(connection, entry)
    assert shown["eyes"]["statement"].startswith("Sent sealed to its reader; this office holds the draft.")
    assert SECRET_WORD not in json.dumps(shown)
    assert beijing.rows(t.taskings) == []


def test_the_sending_office_sheds_its_draft_and_what_it_sent_still_goes(beijing, moscow, stick):
    key = introduce_reader(beijing, moscow)
    entry = beijing.draft(letter("Another text.", to=TO, captions=("EYES ONLY",)))
    desk.edit(beijing.office, beijing.hand(DRAFTER), entry, eyes_letter())
    desk.release(beijing.office, beijing.hand(RELEASER), entry)
    shedding.shed(beijing.office, beijing.hand(REGISTRY), entry, "sent")
    assert SECRET_WORD.encode() not in texts_held(beijing)
    assert beijing.cable(entry).mrn
    with beijing.read() as connection:
        shown = view.view(connection, entry)
    assert shown["eyes"]["statement"].startswith("Sent sealed to its reader; this office no longer holds")
    (received,) = carry(beijing, moscow, stick)
    assert SECRET_WORD in json.dumps(opened(eyes_of(moscow, received).sealed, key))
    with pytest.raises(NotAllowed, match="any more"):
        shedding.shed(beijing.office, beijing.hand(REGISTRY), entry, "again")
    with pytest.raises(NotAllowed, match="never held"):
        shedding.shed(moscow.office, moscow.hand(REGISTRY), received, "sent")
    assert findings(beijing) == findings(moscow) == []


def test_what_goes_out_is_a_cable_like_any_other(beijing, moscow):
    introduce_reader(beijing, moscow)
    entry = beijing.release(eyes_letter())
    cable, data = text_of(beijing, entry)
    assert internet.write(internet.read(data)) == data
    assert plain.from_plain(plain.to_plain(cable)) == cable
    files = sheet.held_files(cable)
    assert sheet.parse(sheet.render(cable), enclosures=files) == cable
    assert (cable.subject, cable.blocks, cable.references, cable.asks) == ("", (), (), ())


def test_several_readers_and_nobody_else(beijing, moscow, stick):
    first, second = introduce_reader(beijing, moscow), introduce_reader(beijing, moscow, who=DRAFTER)
    third = enrol(moscow, REGISTRY)
    at_home = enrol(beijing, READER)
    home = Party(post="beijing.example", person=READER)
    to = (*TO, Party(post="moscow.example", person=DRAFTER), *TO)
    beijing.release(eyes_letter(to=to, info=(home,)))
    (entry,) = carry(beijing, moscow, stick)
    part = eyes_of(moscow, entry)
    assert [(r.post, r.person, r.standing) for r in part.readers] == [
        ("moscow.example", READER, "vouched"),
        ("moscow.example", DRAFTER, "vouched"),
        ("beijing.example", READER, "confirmed"),
    ]
    for key in (first, second, at_home):
        assert SECRET_WORD in json.dumps(opened(part.sealed, key))
    for key in (third, *moscow.office.keys.epochs().values(), *beijing.office.keys.epochs().values()):
        with pytest.raises(AgeNoMatch):
            decrypt(part.sealed, [key])


def test_a_copy_goes_to_its_named_reader_alone_and_never_on_paper(beijing, moscow, stick):
    introduce_reader(beijing, moscow)
    enrol(moscow, REGISTRY)
    beijing.release(eyes_letter())
    (entry,) = carry(beijing, moscow, stick)
    office, clerk = moscow.office, moscow.hand(REGISTRY)
    desk.print_copies(office, clerk, entry, 2)
    people.admit(
        office,
        moscow.hand(ADMIN),
        REGISTRY,
        roles=["registry clerk"],
        clearance="SECRET",
        captions=["EYES ONLY"],
    )
    with pytest.raises(NotAllowed, match="nothing for paper"):
        copies.issue(office, clerk, entry, [Issue(seq=1, holder=READER, paper=True)])
    for paper in (True, False):
        with pytest.raises(NotAllowed, match=f"not for {REGISTRY}"):
            copies.issue(office, clerk, entry, [Issue(seq=1, holder=REGISTRY, paper=paper)])
    copies.issue(office, clerk, entry, [Issue(seq=1, holder=READER)])
    with pytest.raises(NotAllowed, match=f"not for {REGISTRY}"):
        copies.pass_on(office, moscow.hand(READER), entry, 1, REGISTRY)
    enrol(moscow, READER)
    with pytest.raises(NotAllowed, match="sealed to another key"):
        copies.issue(office, clerk, entry, [Issue(seq=2, holder=READER)])


def test_it_is_not_released_without_a_reader_with_a_key(beijing, moscow):
    plainly = beijing.draft(eyes_letter(to=(Party(post="moscow.example", place="MOSCOW"),)))
    with pytest.raises(BadValue, match="no reader is named at MOSCOW"):
        desk.release(beijing.office, beijing.hand(RELEASER), plainly)
    keyless = beijing.draft(eyes_letter())
    with pytest.raises(NotFound, match="reader's key is not known") as raised:
        desk.release(beijing.office, beijing.hand(RELEASER), keyless)
    assert "reftel posts reader" in raised.value.mend
    at_home = beijing.draft(eyes_letter(to=(Party(post="beijing.example", person=READER),)))
    with pytest.raises(NotFound, match="reader's key is not known"):
        desk.release(beijing.office, beijing.hand(RELEASER), at_home)
    many = tuple(Party(post="moscow.example", person=f"Reader {n}") for n in range(31))
    crowd = beijing.draft(eyes_letter(to=many))
    with pytest.raises(BadValue, match="31 readers"):
        desk.release(beijing.office, beijing.hand(RELEASER), crowd)
    assert {beijing.cable(n).state for n in (plainly, keyless, at_home, crowd)} == {"drafted"}


def test_where_no_post_is_addressed_there_is_nobody_to_seal_it_to(beijing):
    entry = beijing.release(eyes_letter(to=(Party(place="PEKING"),)))
    assert eyes_of(beijing, entry) is None


def test_a_release_that_is_signed_elsewhere_is_the_one_that_was_shown(beijing, moscow):
    introduce_reader(beijing, moscow)
    entry = beijing.draft(eyes_letter())
    occasion = occasions.new_occasion(beijing.office)

    def deed(office, hand, _beside):
        return desk.release(office, hand, entry)

    hand = beijing.hand(RELEASER)
    (first,) = occasions.rehearse(beijing.office, occasion, hand, [], deed)
    (again,) = occasions.rehearse(beijing.office, occasion, hand, [], deed)
    assert first == again
    (other,) = occasions.rehearse(beijing.office, occasions.new_occasion(beijing.office), hand, [], deed)
    texts = [json.loads(act)["text"] for act in (first, other)]
    assert texts[0] != texts[1]


def test_it_is_carried_on_by_nobody(beijing, moscow, stick):
    introduce_reader(beijing, moscow)
    sent = beijing.release(eyes_letter())
    (entry,) = carry(beijing, moscow, stick)
    for post, cable in ((beijing, sent), (moscow, entry)):
        with pytest.raises(NotAllowed, match="nothing to carry on"):
            changes.readdress(post.office, post.hand(DRAFTER), cable, to=TO)


def released_by_hand(post, made, draft):
    """A release that the desk did not make: the text ``made`` of a draft; returns what an audit finds."""
    entry = post.draft(draft)
    row = post.cable(entry)
    body = {"on": entry, "state": row.state, "direction": "out", "version": row.version}
    body |= {"to": ["moscow.example"], "mrn": "2026BEIJING000001", "precedence": 2, "asks": 0}
    with post.office.register.writing() as writing:
        (body["text"],) = writing.lay_down([(internet.write(made), made)])
        hand = post.hand(RELEASER)
        writing.append([record(post.office, writing.connection, "released", hand, body)])
    return [(f.kind, f.sentence.partition(" ")[2].partition(" ")[2]) for f in audit(post.office).findings]


def outer_of(post, draft, key, *, person=READER, standing="vouched", recipients=None, **header):
    made = desk.stamped(replace(draft, **header), "2026BEIJING000001", post.office.origin, NOW)
    fingerprint = key.fingerprint()
    reader = eyes.Reader(post="moscow.example", person=person, fingerprint=fingerprint, standing=standing)
    return eyes.outer(made, eyes.EyesOnly(readers=(reader,), sealed=encrypt(b"{}", recipients or [key])))


def test_the_audit_holds_what_went_out_against_the_draft_and_the_keys_known_then(beijing, moscow):
    key = introduce_reader(beijing, moscow).recipient()
    other = HybridIdentity.generate().recipient()
    draft = eyes_letter()
    not_the_draft = ("released text", "released a text that is not its draft with what release assigns")
    unknown = ("reader", f"sealed its text to a key of {READER} that was not known so then")
    elsewhere = ("reader", "sealed its text to others than it names")
    for wrong, said in (
        ({"classification": "CONFIDENTIAL"}, [not_the_draft]),
        ({"standing": "confirmed"}, [unknown]),
        ({"recipients": [key, other]}, [elsewhere]),
        ({"recipients": [ScryptRecipient("x", 1)]}, [elsewhere]),
        ({"person": DRAFTER}, [(unknown[0], unknown[1].replace(READER, DRAFTER)), not_the_draft]),
    ):
        assert played(beijing, outer_of(beijing, draft, key, **wrong), draft) == said
    assert played(beijing, outer_of(beijing, draft, other), draft) == [unknown]
    assert played(beijing, outer_of(beijing, draft, key), draft) == []
    plainly = desk.stamped(draft, "2026BEIJING000001", "beijing.example", NOW)
    (note,) = played(beijing, plainly, draft)
    assert note == ("not sealed", "released a cable that is EYES ONLY and whose text is not sealed")


def played(post, made, draft):
    """The findings of a release by hand, in a copy of the post."""
    with TemporaryDirectory() as folder:
        post.office.store.engine.dispose()
        twin = copy_of(post, Path(folder) / "twin")
        found = released_by_hand(twin, made, draft)
        twin.office.close()
    return [one for one in found if one[0] in {"released text", "reader", "not sealed"}]
