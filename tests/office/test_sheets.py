"""What the press is given of a cable, and the PDFs in a folder."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from reftel.cable.dtg import read_moment
from reftel.cable.model import Annotation, Carried, Number, Paragraph, Quotation, Reference, Standing
from reftel.errors import DiskReadOnly, NotAllowed, NotFound, WorldError
from reftel.office import copies, desk
from reftel.office.copies import Issue
from reftel.office.sheets import print_pdfs, sheet_data
from reftel.press.printer import Press
from tests.office.scenes import ADMIN, AUDITOR, CIPHER, KEYLESS, READER, REGISTRY, carry, letter


def data_of(post, entry):
    with post.read() as connection:
        return sheet_data(post.office, connection, entry)


def test_nothing_is_set_before_a_print_run_or_after_the_text_is_gone(beijing):
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), letter())
    with pytest.raises(NotFound, match="no copies"):
        data_of(beijing, entry)
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    assert data_of(beijing, entry).ledger.startswith("1 printed = 1 in file")
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "order")
    with pytest.raises(NotAllowed, match="destroyed"):
        data_of(beijing, entry)


def test_the_sheet_of_a_received_cable(beijing, moscow, stick):
    sent = beijing.release()
    (entry,) = carry(beijing, moscow, stick)
    desk.number(
        moscow.office,
        moscow.hand(REGISTRY),
        entry,
        [["stamp", "757", "757", "3.7.51", "on the back"], ["file", "12", "No 12"]],
    )
    said = moscow.hand(KEYLESS, by=REGISTRY)
    desk.print_copies(moscow.office, said, entry, 3, print_number="3007", return_to="Registry")
    stated = moscow.hand(READER, stated=read_moment("0845Z 22 November 2026"))
    desk.verify(moscow.office, stated, entry, rank="Colonel", post_held="Section Chief")
    copies.issue(moscow.office, moscow.hand(REGISTRY), entry, [Issue(seq=2, holder=READER)])
    desk.annotate(
        moscow.office, moscow.hand(AUDITOR), entry, [Annotation(layer="archive note", literal="f. 1")]
    )
    data = data_of(moscow, entry)
    assert data.number == "2026BEIJING000001"
    assert (data.origin, data.leaf_index, data.office, data.direction) == (
        "moscow.example",
        entry,
        "MOSCOW",
        "incoming",
    )
    assert data.incoming == ("1",)
    stamp, file, printed = data.numbers
    assert (stamp.literal, stamp.note, stamp.date.literal) == ("", "on the back", "3.7.51")
    assert (file.literal, file.date, printed.value) == ("No 12", None, "3007")
    assert data.distribution == (("2", READER),)
    assert data.return_to == "Registry"
    assert data.unaccounted == ""
    assert data.cable.annotations[-1].literal == "f. 1"
    marks = {mark.event: mark for mark in data.handling}
    assert marks["printed"].moment is None, "nobody said when: the register's time is only the record's"
    assert marks["printed"].note == (
        "recorded 0900Z 22 Nov 2026; No. 3007; 3 copies; "
        f"said to have acted, recorded and signed by {REGISTRY}"
    )
    assert (marks["verified"].rank, marks["verified"].post, marks["verified"].signed) == (
        "Colonel",
        "Section Chief",
        True,
    )
    assert marks["verified"].moment.literal == "0845Z 22 November 2026"
    assert marks["deciphered"].moment.literal == "0900Z 22 Nov 2026"
    with beijing.read() as connection:
        original = desk.cable_text(connection, beijing.cable(sent))
    assert original is not None
    assert data.internet_form == original[1]
    assert any("byte for byte" in note for note in data.notes)


def test_an_outgoing_sheet_bears_its_decision(beijing):
    entry = beijing.draft()
    decision = desk.Decision(
        body="Politburo",
        protocol="84",
        item="421",
        title="On",
        text="Adopt.",
        signed="SECRETARY",
        excerpts=("Molotov",),
    )
    desk.adopt(beijing.office, beijing.hand(REGISTRY), entry, decision)
    desk.release(beijing.office, beijing.hand("Rybakov"), entry)
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 1)
    data = data_of(beijing, entry)
    assert data.direction == "outgoing"
    assert data.decision is not None
    assert (data.decision.reference, data.decision.signed, data.decision.excerpts) == (
        "P84/421",
        "SECRETARY",
        ("Molotov",),
    )
    assert beijing.cable(entry).version[:16] in data.decision.bound


def test_unaccounted_copies_and_what_is_cited_and_not_here_stand_on_the_sheet(beijing):
    inner = letter(
        references=(Reference(literal="No. 5205", number="5205"), Reference(literal="No. 77", held=True))
    )
    cable = letter(
        references=(Reference(literal="No. 25025", number="25025"),),
        blocks=(
            Paragraph(text="As follows:"),
            Quotation(blocks=(Carried(cable=inner),)),
            Carried(cable=inner),
        ),
    )
    desk.enter(
        beijing.office, beijing.hand(REGISTRY), letter(numbers=(Number(scheme="cable", value="5205"),))
    )
    entry = desk.enter(beijing.office, beijing.hand(REGISTRY), cable, numbers=[["cable", "3612"]])
    listed = [desk.Print(holder="Stalin"), *[desk.Print(unaccounted="not on the list")] * 2]
    desk.print_copies(beijing.office, beijing.hand(CIPHER), entry, 3, listed=listed)
    data = data_of(beijing, entry)
    assert data.number == "3612"
    assert data.unaccounted == "2 unaccounted for: not on the list"
    assert data.standings == (Standing.AS_TOLD, Standing.AS_TOLD)
    assert data.cable.references[0].held is False
    for block in (data.cable.blocks[1].blocks[0], data.cable.blocks[2]):
        assert [reference.held for reference in block.cable.references] == [True, True]
    assert "Cited and not held: No. 25025 (referred to)" in data.notes


def test_a_sheet_without_any_number_shows_its_entry(beijing):
    entry = beijing.printed(1)
    assert data_of(beijing, entry).number == str(entry)


def test_each_copy_is_a_pdf_of_its_own_that_only_its_owner_reads(beijing, tmp_path):
    entry = beijing.printed(3)
    copies.issue(beijing.office, beijing.hand(REGISTRY), entry, [Issue(seq=2, holder=READER)])
    press = Press()
    folder = tmp_path / "out"
    first, second = print_pdfs(beijing.office, press, entry, [1, 2], folder)
    assert [p.name for p in (first, second)] == [f"beijing-{entry}-copy-{n}.pdf" for n in (1, 2)]
    assert sorted(folder.iterdir()) == [first, second]
    assert second.stat().st_mode & 0o777 == 0o600
    text = PdfReader(BytesIO(second.read_bytes())).pages[0].extract_text()
    assert READER in text
    before = first.read_bytes()
    assert next(iter(print_pdfs(beijing.office, press, entry, [1], folder))).read_bytes() == before
    with pytest.raises(NotFound, match="copy 4"):
        list(print_pdfs(beijing.office, press, entry, [1, 4], folder))
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises((DiskReadOnly, WorldError)):
        list(print_pdfs(beijing.office, press, entry, [1], blocked))
