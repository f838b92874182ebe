"""Sealed copies: only the reader's own key opens one, and the office hands it to nobody else."""

from __future__ import annotations

import hashlib
import hmac
from contextlib import suppress

import pytest
from sqlalchemy import select

from reftel.cable import internet, plain
from reftel.cable.model import Ask
from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.commitment import record_leaf, verify_text
from reftel.cipher.identity import HybridIdentity, ScryptIdentity, ScryptRecipient
from reftel.cipher.prf import PrfIdentity
from reftel.errors import AgeNoMatch, BadValue, FormatError, NotAllowed, NotFound, NotYourRole, ReftelError
from reftel.office import copies, desk, occasions, shedding, view
from reftel.office.audit import audit
from reftel.office.copies import Issue
from reftel.office.office import record
from reftel.office.sealing import sealed_copy
from reftel.register.checkpoint import open_checkpoint
from reftel.register.entries import decode_record, unb64
from reftel.register.merkle import leaf_hash, verify_inclusion
from reftel.store import tables as t
from reftel.web.software_key import SoftwareKey
from tests.office.readers import WHERE, enrol, opened
from tests.office.scenes import ADMIN, DRAFTER, KEYLESS, PASSPHRASE, READER, REGISTRY, carry, letter


def issue(post, entry, *issues):
    copies.issue(post.office, post.hand(REGISTRY), entry, issues)


def copy(post, entry, seq):
    with post.read() as connection:
        return copies.find_copy(connection, entry, seq)


def fetch(post, who, entry, seq):
    with post.read() as connection:
        return sealed_copy(connection, who, entry, seq)


def clean(post):
    report = audit(post.office)
    assert report.clean, [f.sentence for f in report.findings if f.level == "failure"]


def test_a_copy_is_sealed_to_its_reader_with_all_that_the_reader_checks(beijing, moscow, stick):
    key = enrol(moscow, READER)
    sent = beijing.release(letter("Strictly for the reader."))
    (entry,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), entry, 3)
    issue(moscow, entry, Issue(seq=2, holder=READER, purpose="action", return_by="2026-11-30"))
    row = copy(moscow, entry, 2)
    fingerprint = key.recipient().fingerprint()
    assert (row.form, row.purpose, row.sealed_to) == ("sealed", "action", fingerprint)
    copies.open_copy(moscow.office, moscow.hand(READER), entry, 2)
    shown = opened(fetch(moscow, READER, entry, 2), key)
    assert shown["copy"] == {
        "cable": entry,
        "seq": 2,
        "of": 3,
        "number": "2",
        "holder": READER,
        "purpose": "action",
        "return_by": "2026-11-30",
        "return_to": "",
        "marking": "SECRET",
    }
    data, check = unb64(shown["text"]), shown["check"]
    assert plain.from_plain(shown["sheet"]) == internet.read(data)
    record = decode_record(unb64(check["record"]))
    assert (record.kind, record.act["on"]) == ("released", sent)
    verify_text(unb64(record.act["text"]), unb64(check["text_salt"]), data)
    leaf = leaf_hash(record_leaf(unb64(check["record_salt"]), unb64(check["record"])))
    verifier = beijing.office.keys.signing.verifier
    head = open_checkpoint(check["checkpoint"], verifier)
    verify_inclusion(leaf, check["index"], head.size, [unb64(s) for s in check["path"]], head.root)
    assert (check["origin"], check["fingerprint"]) == ("beijing.example", verifier.fingerprint())
    assert [line.split("+")[0] for line in check["verifiers"]] == ["beijing.example"] * 2
    assert shown["eyes"] is None
    clean(moscow)


def test_a_cable_of_the_post_itself_is_proved_by_a_checkpoint_that_covers_it(beijing):
    key = enrol(beijing, READER)
    entry = beijing.release()
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    assert beijing.rows(t.checkpoints) == []
    issue(beijing, entry, Issue(seq=1, holder=READER))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    check = opened(fetch(beijing, READER, entry, 1), key)["check"]
    head = open_checkpoint(check["checkpoint"], beijing.office.keys.signing.verifier)
    assert head.size > beijing.cable(entry).leaf == check["index"]


def test_nobody_vouches_for_a_text_from_paper(beijing):
    key = enrol(beijing, READER)
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    assert opened(fetch(beijing, READER, entry, 1), key)["check"] is None


def test_the_file_is_handed_to_its_holder_alone_and_after_the_opening(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=READER, paper=True))
    for who, seq in ((READER, 1), (REGISTRY, 1), (READER, 2), (READER, 3)):
        with pytest.raises(NotFound, match="in your hands"):
            fetch(beijing, who, entry, seq)
    for seq in (1, 2):
        copies.open_copy(beijing.office, beijing.hand(READER), entry, seq)
    assert fetch(beijing, READER, entry, 1).startswith(b"age-encryption.org/v1\n-> mlkem768x25519 ")
    with pytest.raises(NotFound):
        fetch(beijing, REGISTRY, entry, 1)
    with pytest.raises(NotFound):
        fetch(beijing, READER, entry, 2)


def test_a_copy_on_paper_is_no_file(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=DRAFTER), Issue(seq=2, holder=READER, paper=True))
    assert [(r.form, r.sealed_to) for r in beijing.rows(t.copies)] == [("paper", ""), ("paper", "")]
    assert beijing.rows(t.sealed_copies) == []


def test_passed_on_it_is_sealed_anew_to_the_new_holder(beijing):
    first, second = enrol(beijing, READER), enrol(beijing, DRAFTER)
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER, purpose="information"))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, DRAFTER)
    with pytest.raises(NotFound):
        fetch(beijing, READER, entry, 1)
    copies.open_copy(beijing.office, beijing.hand(DRAFTER), entry, 1)
    sealed = fetch(beijing, DRAFTER, entry, 1)
    assert opened(sealed, second)["copy"]["holder"] == DRAFTER
    assert opened(sealed, second)["copy"]["purpose"] == "information"
    with pytest.raises(AgeNoMatch):
        opened(sealed, first)
    clean(beijing)


def test_it_is_not_passed_to_somebody_without_a_key_nor_once_the_text_is_gone(beijing):
    enrol(beijing, READER)
    enrol(beijing, DRAFTER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    with pytest.raises(NotAllowed, match="no reader's key"):
        copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, KEYLESS)
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "ordered")
    with pytest.raises(NotAllowed, match="no longer here"):
        copies.pass_on(beijing.office, beijing.hand(READER), entry, 1, DRAFTER)
    with pytest.raises(NotAllowed, match="no longer here"):
        issue(beijing, entry, Issue(seq=2, holder=DRAFTER))
    issue(beijing, entry, Issue(seq=2, holder=DRAFTER, paper=True))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    assert fetch(beijing, READER, entry, 1)
    clean(beijing)


@pytest.mark.parametrize("end", ["returned", "lost"])
def test_the_office_lets_the_file_of_a_copy_go_that_came_back_or_was_lost(beijing, end):
    enrol(beijing, READER)
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    if end == "returned":
        copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, 1)
    else:
        copies.report_lost(beijing.office, beijing.hand(READER), entry, 1, "the telephone was stolen")
    assert beijing.rows(t.sealed_copies) == []
    with pytest.raises(NotFound):
        fetch(beijing, READER, entry, 1)
    clean(beijing)


def test_a_copy_keeps_its_form(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=DRAFTER))
    for seq in (1, 2):
        copies.take_back(beijing.office, beijing.hand(REGISTRY), entry, seq)
    with pytest.raises(NotAllowed, match="was sealed"):
        issue(beijing, entry, Issue(seq=1, holder=DRAFTER))
    with pytest.raises(NotAllowed, match="was on paper"):
        issue(beijing, entry, Issue(seq=2, holder=READER))
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=READER, paper=True))
    assert copy(beijing, entry, 1).opened == ""


def test_a_copy_is_issued_for_action_or_for_information(beijing):
    entry = beijing.printed(1)
    with pytest.raises(BadValue, match="issued for"):
        issue(beijing, entry, Issue(seq=1, holder=READER, purpose="fun"))


def test_a_sealed_copy_is_nothing_that_an_inventory_can_miss(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=READER, paper=True))
    done = copies.take_inventory(beijing.office, beijing.hand(REGISTRY), [(entry, 2)], holder=READER)
    assert (done.missing, done.unexpected) == ((), ())


def test_nothing_is_sealed_in_rehearsal_and_the_act_is_the_same(beijing):
    enrol(beijing, READER)
    entry = beijing.release()
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    occasion = occasions.new_occasion(beijing.office)

    def deed(office, hand, _beside):
        copies.issue(office, hand, entry, [Issue(seq=1, holder=READER)])

    (act,) = occasions.rehearse(beijing.office, occasion, beijing.hand(REGISTRY), [], deed)
    assert '"kind":"issued"' in act
    assert enrolled_fingerprint(beijing) in act
    assert beijing.rows(t.sealed_copies) == beijing.rows(t.checkpoints) == []
    deed(beijing.office, beijing.hand(REGISTRY), [])
    assert len(beijing.rows(t.sealed_copies)) == 1


def enrolled_fingerprint(post):
    with post.read() as connection:
        return connection.execute(select(t.readers.c.fingerprint)).scalar_one()


def every_secret(post):
    """Every 32 bytes that the server holds: its keys, and whatever of that length lies in its database."""
    keys = post.office.keys
    found = {*keys.signing.seeds(), keys.database}
    for table in t.metadata.sorted_tables:
        for row in post.rows(table):
            for cell in row:
                found.add(cell if isinstance(cell, bytes) else str(cell).encode())
                if isinstance(cell, str) and len(cell) == 43:
                    with suppress(FormatError):
                        found.add(unb64(cell))
    return [secret for secret in found if len(secret) == 32]


def guessed(secret):
    """What the server could take a passkey's PRF to be, with one of its secrets behind it."""

    def prf(*inputs):
        salts = [hashlib.sha256(b"WebAuthn PRF\x00" + one).digest() for one in inputs]
        return tuple(hmac.digest(secret, salt, "sha256") for salt in salts)

    return PrfIdentity(prf)


def test_with_all_that_the_server_holds_no_copy_opens_and_with_the_readers_passkey_it_does(beijing):
    passkey = SoftwareKey.new(WHERE)
    enrol(beijing, READER, passkey)
    entry = beijing.printed(1, letter("For one reader."))
    issue(beijing, entry, Issue(seq=1, holder=READER))
    (row,) = beijing.rows(t.sealed_copies)
    (wrapped,) = beijing.rows(t.wrapped)
    secrets = every_secret(beijing)
    assert len(secrets) > 50
    keys = beijing.office.keys
    held = [keys.storage, *keys.epochs().values(), *map(HybridIdentity.from_seed, secrets)]
    for file in (row.sealed, wrapped.file):
        with pytest.raises(AgeNoMatch):
            decrypt(file, held)
        for folder in ("keys", "people"):
            for path in (beijing.office.folder / folder).glob("*"):
                with pytest.raises(ReftelError):
                    decrypt(file, [HybridIdentity.parse(path.read_text(errors="replace").strip())])
        with pytest.raises(AgeNoMatch):
            decrypt(file, [ScryptIdentity(PASSPHRASE)])
        with pytest.raises(AgeNoMatch):
            decrypt(file, [guessed(secret) for secret in secrets])
    assert unb64(opened(row.sealed, passkey.unwrap(wrapped.file))["text"]) == internet.write(
        letter("For one reader.")
    )


def test_the_audit_finds_a_sealed_file_that_is_missing_changed_or_too_many(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(2)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    clean(beijing)
    missing = f"copy 1 of cable {entry} is out sealed, and its file is missing or another"
    (row,) = beijing.rows(t.sealed_copies)
    two = [HybridIdentity.generate().recipient() for _ in range(2)]
    for wrong in (b"", b"rubbish", encrypt(b"for two", two), encrypt(b"x", [ScryptRecipient("x", 1)])):
        with beijing.office.store.write() as connection:
            connection.execute(t.sealed_copies.update().values(sealed=wrong))
        assert found(beijing) == [
            f"copy 1 of cable {entry} is out sealed, and its file is missing or another"
        ]
    with beijing.office.store.write() as connection:
        connection.execute(t.sealed_copies.update().values(sealed=row.sealed, seq=2))
    assert found(beijing) == [
        missing,
        f"a sealed file is kept for copy 2 of cable {entry}, which is not out sealed",
    ]


def test_the_audit_finds_a_copy_that_was_sealed_to_another_than_its_holder(beijing):
    enrol(beijing, READER)
    entry = beijing.printed(1)
    other = HybridIdentity.generate().recipient()
    values = {"holder": READER, "return_by": "", "return_to": "", "purpose": "", "form": "sealed"}
    body = {
        "on": entry,
        "copies": [[entry, 1, "in file", "issue", values | {"sealed_to": other.fingerprint()}]],
    }
    with beijing.office.register.writing() as writing:
        acted = record(beijing.office, writing.connection, "issued", beijing.hand(REGISTRY), body)
        writing.append([acted])
        writing.connection.execute(
            t.sealed_copies.insert(), {"cable": entry, "seq": 1, "sealed": encrypt(b"", [other])}
        )
    assert [s.partition(" ")[2].partition(" ")[2] for s in found(beijing)] == [
        f"sealed copy 1 of cable {entry} to a key of its holder that was not admitted then"
    ]


def found(post):
    return [f.sentence for f in audit(post.office).findings if f.level == "failure"]


def marked(**more):
    return letter("Shed me.", captions=("NO FILE COPY",), **more)


def test_shed_it_leaves_the_reader_alone_with_the_text(beijing):
    key = enrol(beijing, READER)
    entry = beijing.printed(3, marked())
    office, clerk = beijing.office, beijing.hand(REGISTRY)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=DRAFTER))
    with pytest.raises(NotAllowed, match="copies 2, 3 are neither"):
        shedding.shed(office, clerk, entry, "all are served")
    copies.take_back(office, clerk, entry, 2)
    issue(beijing, entry, Issue(seq=3, holder=READER))
    shedding.shed(office, clerk, entry, "all are served")
    with beijing.read() as connection:
        assert desk.cable_text(connection, beijing.cable(entry)) is None
        shown = view.view(connection, entry)
    assert "text" not in shown
    assert shown["shed"].startswith("This office shed its text on 22 Nov 2026;")
    assert (beijing.cable(entry).subject, beijing.cable(entry).marking) == ("", "SECRET\x1fNO FILE COPY")
    copies.open_copy(office, beijing.hand(READER), entry, 1)
    assert plain.from_plain(opened(fetch(beijing, READER, entry, 1), key)["sheet"]) == marked()
    with pytest.raises(NotAllowed, match="any more"):
        shedding.shed(office, clerk, entry, "again")
    clean(beijing)


def test_it_is_shed_only_where_the_handling_says_so_and_somebody_can_read_it(beijing):
    office, clerk = beijing.office, beijing.hand(REGISTRY)
    with pytest.raises(NotAllowed, match="nothing in the cable's handling"):
        shedding.shed(office, clerk, beijing.printed(1), "why not")
    entry = beijing.printed(1, marked())
    issue(beijing, entry, Issue(seq=1, holder=READER))
    copies.take_back(office, clerk, entry, 1)
    with pytest.raises(NotAllowed, match="nobody could read it"):
        shedding.shed(office, clerk, entry, "why not")
    enrol(beijing, READER)
    desk.print_copies(office, clerk, entry, 1)
    issue(beijing, entry, Issue(seq=2, holder=READER))
    with pytest.raises(NotYourRole):
        shedding.shed(office, beijing.hand(DRAFTER), entry, "why not")


def test_nothing_is_shed_that_has_not_gone_or_still_asks(beijing):
    enrol(beijing, READER)
    entry = beijing.release(marked())
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    issue(beijing, entry, Issue(seq=1, holder=READER))
    with pytest.raises(NotAllowed, match="not gone to all"):
        shedding.shed(beijing.office, beijing.hand(REGISTRY), entry, "too early")
    ask = Ask(owner="BEIJING", literal="Report.")
    paper = beijing.printed(1, marked(asks=(ask,)))
    issue(beijing, paper, Issue(seq=1, holder=READER))
    with pytest.raises(NotAllowed, match="open taskings"):
        shedding.shed(beijing.office, beijing.hand(REGISTRY), paper, "too early")
