"""Keeping a post whole: its audit, its backup, and what comes after a loss."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reftel.cli.frame import PASSPHRASE_FILE, Session, command
from reftel.cli.output import progress_of_parts
from reftel.cli.post import in_lines
from reftel.cli.program import FINDINGS
from reftel.cli.unlocking import POST, new_passphrase, passphrase
from reftel.clock import SystemClock
from reftel.errors import BadValue
from reftel.office import audit as office_audit
from reftel.office import backup as office_backup
from reftel.office import people
from reftel.office.roles import ROLES
from reftel.office.rolls import people_list
from reftel.store.engine import disk_errors

_COUNTED = ("entries", "signatures", "checkpoints", "texts", "rows", "views")
_MAX_STATEMENT = 64 * 1024


@command(example="reftel audit --json > audit.json")
def audit(session: Session) -> None:
    """Check everything against the register, and name what does not fit.

    Failures are what no act of the office can have made; notes are what an auditor should know.
    Nothing is written.
    """
    report = office_audit.audit(session.office, progress_of_parts())
    lines = [f"{f.level.upper():<7}  {f.sentence}" for f in report.findings]
    verdict = "clean" if report.clean else f"{report.failures} failures"
    seconds = sum(value for name, value in report.figures.items() if name.startswith("seconds"))
    checked = ", ".join(f"{report.figures[name]:g} {name}" for name in _COUNTED if name in report.figures)
    lines += [
        f"Checked: {checked}, in {seconds:.1f} s.",
        f"{report.origin}: {report.entries} entries, {verdict}, {report.notes} notes.",
    ]
    session.emit(report.as_json(), "\n".join(lines))
    if not report.clean:
        sys.exit(FINDINGS)


@command(example="reftel backup /media/safe/kaesong-2026-11-22")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def backup(session: Session, folder: Path) -> None:
    """Write a backup of the post into a new folder.

    It holds the register and the key files under their passphrases, and no seed of an opening key:
    whoever takes it cannot open what is sealed to this post.
    """
    made = office_backup.backup(session.office, folder)
    session.emit(
        {"folder": str(folder), "origin": made.origin, "at": made.at, "entries": made.entries},
        f"The {made.entries} entries of {made.name} are saved in {folder}, with its key files.",
    )


@command(
    acts=True,
    example="reftel restore --from /media/safe/kaesong-2026-11-22 --post kaesong\n"
    "reftel restore --post kaesong --compare beijing.note --compare moscow.note --as Makarov\n"
    "reftel restore --post kaesong --compare beijing.note --new-origin kaesong-2 --as Makarov",
)
@click.option(
    "--from", "saved", type=click.Path(path_type=Path, exists=True, file_okay=False), help="A backup."
)
@click.option(
    "--compare",
    "statements",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A peer's word on this register (`reftel register checkpoint --of`); may be repeated.",
)
@click.option(
    "--new-origin", type=click.Path(path_type=Path), help="The folder of the post that follows this one."
)
@click.option("--new-passphrase-file", type=PASSPHRASE_FILE, help="Protects the keys of the new origin.")
def restore(
    session: Session,
    *,
    saved: Path | None,
    statements: tuple[Path, ...],
    new_origin: Path | None,
    new_passphrase_file: Path | None,
) -> None:
    """Restore a post from its backup.

    First --from brings it back into the folder given by --post, to be read only. Then --compare
    holds it against what its peers have seen. If nothing was lost it goes on; if entries were lost
    it stays as it is, and --new-origin makes the post that follows it, which meets its peers anew.
    """
    words = [_read(path) for path in statements]
    if saved is not None and not words and new_origin is None:
        _bring_back(session, saved)
    elif words and saved is None and new_origin is None:
        _compare(session, words)
    elif words and saved is None and new_origin is not None:
        _follow(session, words, new_origin, new_passphrase_file)
    else:
        raise BadValue(
            "a restore has steps, one at a time",
            mend="Give --from; then --compare; then --new-origin with it.",
        )


def _bring_back(session: Session, saved: Path) -> None:
    question = f"Passphrase of the post in {saved}"
    words = passphrase(session.folder, POST, session.passphrase_file, question)
    made = office_backup.restore(saved, session.folder, words, SystemClock().now())
    session.emit(
        {"folder": str(session.folder), "origin": made.origin, "at": made.at, "entries": made.entries},
        f"{made.name} stands in {session.folder}, to be read only, with its {made.entries} entries of "
        f"{made.at}.\n"
        f"Ask each peer for its word: `reftel register checkpoint --of {made.name}`, then compare:\n"
        "`reftel restore --compare`.",
    )


def _compare(session: Session, words: list[str]) -> None:
    found = office_backup.compare(session.office, session.hand(), words)
    value = {"entries": found.entries, "seen": found.seen, "lost": found.lost}
    if found.lost:
        seen = ", ".join(f"{peer} {size}" for peer, size in found.seen.items())
        text = (
            f"Entries were lost: here are {found.entries}, and seen were: {seen}.\n"
            "This post stays as it is, to be read. Make the one that follows it: "
            "`reftel restore --new-origin`."
        )
    else:
        text = "Nothing was lost. The post goes on, with new opening keys and a new card: `reftel card`."
    session.emit(value, text)
    if found.lost:
        sys.exit(FINDINGS)


def _follow(session: Session, words: list[str], folder: Path, passphrase_file: Path | None) -> None:
    """Open the post that follows, with the same administrator, key and roles."""
    with session.office.store.read() as connection:
        held = [p for p in people_list(connection) if p["name"] == session.person]
    roles = held[0]["roles"] if held else []
    if people.ADMINISTRATOR not in roles or session.recorder:
        raise BadValue("an administrator with a key founds the new post", mend="Name one with --as.")
    key = session.key_of(session.person)
    new_words = new_passphrase(passphrase_file, f"New passphrase for the post in {folder}")
    office = office_backup.new_origin(session.office, folder, new_words, words)
    try:
        people.found(office, session.person, key, roles=[role for role in ROLES if role in roles])
    finally:
        office.close()
    fingerprint = office.keys.signing.verifier.fingerprint()
    session.emit(
        {"folder": str(folder), "origin": office.origin, "fingerprint": fingerprint},
        f"{office.name} goes on as {office.origin} in {folder}. Its fingerprint, to be compared anew:\n\n"
        f"{in_lines(fingerprint)}",
    )


def _read(path: Path) -> str:
    with disk_errors(path), path.open("rb") as file:
        return file.read(_MAX_STATEMENT).decode(errors="surrogateescape")
