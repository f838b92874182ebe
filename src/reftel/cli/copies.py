"""Commands for numbered copies: printed, issued, read, passed on, returned, destroyed, counted."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import FOLDER, copy_number, pair
from reftel.cli.layout import copies_table, plain_row
from reftel.cli.output import progress, table
from reftel.errors import BadValue
from reftel.office import copies as office_copies
from reftel.office import desk, sheets, view
from reftel.office.sealing import SEALED
from reftel.press.printer import Press
from reftel.register.entries import Json


@command(
    acts=True,
    name="print",
    example="reftel print 25025 -n 8 --print-number 3007 --pdf sheets --as Kornyushina\n"
    "reftel print 25025 -n 3 --listed Petrov --listed 2=Drozdov --unaccounted 'The list names two' \\\n"
    "    --as Kornyushina",
)
@click.argument("cable")
@click.option("-n", "--copies", "count", type=click.IntRange(1, 999), default=1, help="How many; else one.")
@click.option("--print-number", default="", help="The number of this print run.")
@click.option("--return-to", default="", help="The office to which the copies are to come back.")
@click.option(
    "--listed",
    "holders",
    metavar="[NUMBER=]HOLDER",
    multiple=True,
    help="A holder on the list of a run printed elsewhere, with the copy's number if it is known; repeat.",
)
@click.option(
    "--unaccounted", default="", metavar="REASON", help="Why nobody is listed for the other copies."
)
@click.option("--pdf", "folder", type=FOLDER, help="Set each copy as a PDF in this folder.")
def print_command(
    session: Session,
    *,
    cable: str,
    count: int,
    print_number: str,
    return_to: str,
    holders: tuple[str, ...],
    unaccounted: str,
    folder: Path | None,
) -> None:
    """Print numbered copies; printing again gives new numbers, never the same ones.

    A run that was printed elsewhere, such as that of a paper cable, is entered with --listed for
    each holder on its list, in order, and --unaccounted for the copies beyond the list.
    """
    entry, office = resolve_cable(session, cable), session.office
    seqs = desk.print_copies(
        office,
        session.hand(),
        entry,
        count,
        print_number=print_number,
        listed=_listed(count, holders, unaccounted),
        return_to=return_to,
    )
    paths: list[str] = []
    if folder is not None:
        with progress("Printing", count) as step:
            for path in sheets.print_pdfs(office, Press(), entry, seqs, folder):
                paths.append(str(path))
                step(1)
    lines = [
        f"Printed: copies {seqs[0]} to {seqs[-1]}." if count > 1 else f"Printed: copy {seqs[0]}.",
        *paths,
    ]
    session.emit({"cable": entry, "copies": seqs, "pdfs": paths}, "\n".join(lines))


def _listed(count: int, holders: tuple[str, ...], unaccounted: str) -> list[desk.Print]:
    """The copies of a run printed elsewhere: those on its list, then those nobody can account for."""
    if not (holders or unaccounted):
        return []
    beyond = count - len(holders)
    if beyond < 0 or (beyond > 0) != bool(unaccounted):
        raise BadValue(
            f"the list accounts for {len(holders)} of {count} copies",
            mend="Give with -n how many were printed, and with --unaccounted why the list has fewer.",
        )
    named = [pair(holder) if "=" in holder else ("", holder) for holder in holders]
    listed = [desk.Print(number=number, holder=holder) for number, holder in named]
    return listed + [desk.Print(unaccounted=unaccounted)] * beyond


@command(acts=True, example="reftel verify 25025 --rank Colonel --as Makarov --recorded-by Kornyushina")
@click.argument("cable")
@click.option("--rank", default="", help="The rank of who compared it.")
@click.option("--post-held", default="", help="What that person is, such as 'Section Chief'.")
def verify(session: Session, cable: str, rank: str, post_held: str) -> None:
    """Record that another person compared the sheet with the deciphered text."""
    entry = resolve_cable(session, cable)
    desk.verify(session.office, session.hand(), entry, rank=rank, post_held=post_held)
    session.emit({"cable": entry, "state": "verified"}, f"Verified by {session.person}.")


@command(acts=True, example="reftel issue 25025 1=Drozdov 2=Petrov --return-by 2026-12-01 --as Kornyushina")
@click.argument("cable")
@click.argument("issues", metavar="COPY=HOLDER...", nargs=-1, required=True)
@click.option("--return-by", default="", metavar="DATE", help="When they are to be back, such as 2026-12-01.")
@click.option("--return-to", default="", help="The office to which they are to come back.")
@click.option("--purpose", type=click.Choice(["action", "information"]), help="What for, if that is said.")
@click.option("--paper", is_flag=True, help="On paper, though the holder has a reader's key.")
def issue(
    session: Session,
    *,
    cable: str,
    issues: tuple[str, ...],
    return_by: str,
    return_to: str,
    purpose: str | None,
    paper: bool,
) -> None:
    """Issue copies to named holders, each cleared for the marking; all of them, or none.

    Whoever has a reader's key gets the copy sealed to it: it is opened in the reader's browser, by
    that key alone. Others get paper.
    """
    entry = resolve_cable(session, cable)
    given = [(copy_number(copy), holder) for copy, holder in map(pair, issues)]
    office_copies.issue(
        session.office,
        session.hand(),
        entry,
        [
            office_copies.Issue(
                seq=seq,
                holder=holder,
                return_by=return_by,
                return_to=return_to,
                purpose=purpose or "",
                paper=paper,
            )
            for seq, holder in given
        ],
    )
    with session.office.store.read() as connection:
        rows = {row.seq: row for row in office_copies.copies_of(connection, entry)}
    issued = [{"copy": seq, "holder": holder, "form": rows[seq].form} for seq, holder in given]
    text = "\n".join(f"Issued: copy {i['copy']} to {i['holder']}{_sealed(i['form'])}." for i in issued)
    session.emit({"cable": entry, "issued": issued, "return_by": return_by}, text)


def _sealed(form: str) -> str:
    return ", sealed to the reader's key" if form == SEALED else ""


@command(acts=True, name="open", example="reftel open 25025 2 --as Petrov")
@click.argument("cable")
@click.argument("copy")
def open_command(session: Session, cable: str, copy: str) -> None:
    """Read the copy that you hold: the read receipt."""
    entry, seq = resolve_cable(session, cable), copy_number(copy)
    office_copies.open_copy(session.office, session.hand(), entry, seq)
    session.emit({"cable": entry, "copy": seq, "opened": True}, f"Opened: copy {seq}, by {session.person}.")


@command(acts=True, name="pass", example="reftel pass 25025 2 Drozdov --as Petrov")
@click.argument("cable")
@click.argument("copy")
@click.argument("holder")
def pass_command(session: Session, cable: str, copy: str, holder: str) -> None:
    """Pass the copy that you hold to another holder, who must be cleared for it."""
    entry, seq = resolve_cable(session, cable), copy_number(copy)
    office_copies.pass_on(session.office, session.hand(), entry, seq, holder)
    session.emit({"cable": entry, "copy": seq, "holder": holder}, f"Passed: copy {seq} to {holder}.")


@command(acts=True, name="return", example="reftel return 25025 2 --as Kornyushina")
@click.argument("cable")
@click.argument("copy")
def return_command(session: Session, cable: str, copy: str) -> None:
    """Take a copy back into the office; done by the clerk who receives it."""
    entry, seq = resolve_cable(session, cable), copy_number(copy)
    office_copies.take_back(session.office, session.hand(), entry, seq)
    session.emit({"cable": entry, "copy": seq, "state": "returned"}, f"Returned: copy {seq}.")


@command(
    acts=True,
    example="reftel destroy 25025 1 2 --witness Makarov --witness Fedyaev --as Kornyushina\n"
    "reftel destroy --emergency --witness Makarov --as Kornyushina --yes",
)
@click.argument("cable", required=False)
@click.argument("numbers", metavar="[COPY]...", nargs=-1)
@click.option(
    "--witness", "witnesses", multiple=True, required=True, help="Who saw it; two, beside who does it."
)
@click.option("--how", default="", help="How, such as 'burned'.")
@click.option("--emergency", is_flag=True, help="Every copy that lies in the office, with one witness.")
@click.option("--yes", is_flag=True, help="Do not ask before an emergency destruction.")
def destroy(
    session: Session,
    cable: str | None,
    numbers: tuple[str, ...],
    witnesses: tuple[str, ...],
    how: str,
    *,
    emergency: bool,
    yes: bool,
) -> None:
    """Destroy copies before two witnesses; in an emergency, all that lie in the office before one.

    A witness who has a key signs too: unlock it before, or give its passphrase when asked.
    """
    if emergency:
        if cable is not None:
            raise click.UsageError("--emergency destroys every copy; name no cable.")
        if len(witnesses) != 1:
            raise click.UsageError("--emergency takes one --witness.")
        if not yes:
            click.confirm("Destroy every copy in the office?", abort=True, err=True)
        count = office_copies.emergency_destroy(session.office, session.hand(), session.beside(witnesses[0]))
        with session.office.store.read() as connection:
            out = len(office_copies.holdings(connection))
        still = f" Still out with their holders: {out}; `reftel holdings` lists them." if out else ""
        text = f"Destroyed: {count} copies, in an emergency.{still}"
        session.emit({"destroyed": count, "emergency": True, "still_out": out}, text)
        return
    if cable is None or not numbers:
        raise click.UsageError("Name the cable and the copies to destroy.")
    entry, seqs = resolve_cable(session, cable), [copy_number(number) for number in numbers]
    there = [session.beside(witness) for witness in witnesses]
    office_copies.destroy(session.office, session.hand(), entry, seqs, there, how)
    named = ("copy " if len(seqs) == 1 else "copies ") + ", ".join(map(str, seqs))
    text = f"Destroyed: {named}, before {' and '.join(witnesses)}."
    session.emit({"cable": entry, "destroyed": seqs, "witnesses": list(witnesses)}, text)


@command(acts=True, example="reftel lost 25025 2 --reason 'Left on the night train' --as Petrov")
@click.argument("cable")
@click.argument("copy")
@click.option("--reason", required=True, help="What is known of it, in words.")
def lost(session: Session, cable: str, copy: str, reason: str) -> None:
    """Report a copy lost."""
    entry, seq = resolve_cable(session, cable), copy_number(copy)
    office_copies.report_lost(session.office, session.hand(), entry, seq, reason)
    session.emit({"cable": entry, "copy": seq, "state": "lost"}, f"Reported lost: copy {seq}.")


@command(acts=True, example="reftel found 25025 2 --where 'Behind the safe' --as Kornyushina")
@click.argument("cable")
@click.argument("copy")
@click.option("--where", required=True, help="Where it was.")
def found(session: Session, cable: str, copy: str, where: str) -> None:
    """Put a copy back into the file that was lost or unaccounted for."""
    entry, seq = resolve_cable(session, cable), copy_number(copy)
    office_copies.report_found(session.office, session.hand(), entry, seq, where)
    session.emit({"cable": entry, "copy": seq, "state": "in file"}, f"Found: copy {seq}, back in the file.")


@command(
    acts=True,
    example="reftel inventory 25025/1 25025/3 --as Kornyushina\n"
    "reftel inventory --holder Petrov 25025/2 --as Kornyushina",
)
@click.argument("present", metavar="[CABLE/COPY]...", nargs=-1)
@click.option("--holder", default="", help="What this holder shows; else what lies in the safe.")
def inventory(session: Session, present: tuple[str, ...], holder: str) -> None:
    """Compare the ledger with every copy that lies there; what is missing becomes unaccounted."""
    seen = [_named_copy(session, text) for text in present]
    done = office_copies.take_inventory(session.office, session.hand(), seen, holder=holder)
    value = {
        name: [{"cable": cable, "copy": seq} for cable, seq in getattr(done, name)]
        for name in ("present", "missing", "unexpected")
    }
    lines = ["1 copy found." if len(done.present) == 1 else f"{len(done.present)} copies found."]
    lines += [f"Missing, now unaccounted: copy {seq} of entry:{cable}." for cable, seq in done.missing]
    lines += [f"Not expected here: copy {seq} of entry:{cable}." for cable, seq in done.unexpected]
    session.emit(value, "\n".join(lines))


def _named_copy(session: Session, text: str) -> tuple[int, int]:
    """``25025/2`` is copy 2 of the cable that 25025 finds; the number itself may hold slashes."""
    cable, sign, copy = text.rpartition("/")
    if not sign:
        raise BadValue(f"{text!r} names no copy", mend="Write the cable, a slash, the copy: 25025/2.")
    return resolve_cable(session, cable), copy_number(copy)


@command(example="reftel copies 25025\nreftel copies")
@click.argument("cable", required=False)
def copies(session: Session, cable: str | None) -> None:
    """Show the ledger of a cable's copies; without a cable, every copy that is lost or unaccounted for."""
    with session.office.store.read() as connection:
        if cable is None:
            rows = [plain_row(row) for row in office_copies.findings(connection)]
            text = _with_cable(rows, "No copy is lost or unaccounted for.")
            session.emit({"findings": rows}, text)
            return
    entry = resolve_cable(session, cable)
    with session.office.store.read() as connection:
        shown = view.view(connection, entry)
    counts = ", ".join(f"{count} {state}" for state, count in shown["ledger"].items())
    text = f"{copies_table(shown['copies'])}\n{len(shown['copies'])} printed = {counts}"
    session.emit({"cable": entry, "ledger": shown["ledger"], "copies": shown["copies"]}, text)


@command(example="reftel holdings\nreftel holdings Petrov --json")
@click.argument("person", default="")
def holdings(session: Session, person: str) -> None:
    """Show who holds which copy, soonest due first; what is overdue is marked."""
    today = session.office.clock.now().date()
    with session.office.store.read() as connection:
        late = {(row.cable, row.seq) for row in office_copies.overdue(connection, today, person)}
        rows = [
            {**plain_row(row), "overdue": (row.cable, row.seq) in late}
            for row in office_copies.holdings(connection, person)
        ]
    session.emit({"holdings": rows}, _with_cable(rows, "Nobody holds a copy."))


def _with_cable(rows: list[Json], empty: str) -> str:
    heads = ("CABLE", "COPY", "STATE", "HOLDER", "RETURN BY", "OPENED", "REASON")
    cells = [
        [
            f"entry:{row['cable']}",
            row["seq"],
            row["state"],
            row["holder"],
            row["return_by"] + (" OVERDUE" if row.get("overdue") else ""),
            row["opened"],
            row["reason"],
        ]
        for row in rows
    ]
    return table(heads, cells, empty=empty)
