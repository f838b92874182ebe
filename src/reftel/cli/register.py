"""The register: shown, signed, proved, served, and checked as others would check it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from reftel.cipher import radix64
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.output import progress_of_parts, show
from reftel.cli.program import FINDINGS
from reftel.errors import BadValue
from reftel.files import write_durably
from reftel.office.audit_tree import check_checkpoints, check_tree
from reftel.office.backup import statement
from reftel.office.cards import Card, open_card
from reftel.office.changes import forwarding_proof
from reftel.office.findings import Findings
from reftel.office.office import Office
from reftel.office.rolls import post_named
from reftel.office.serving import serve
from reftel.register.checkpoint import read_head
from reftel.register.entries import b64, clock_text
from reftel.register.log import find_entry
from reftel.register.proof import MAX_PROOF, ForwardingProof
from reftel.register.tiles import read_tiles
from reftel.store.engine import disk_errors

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_OUT = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_MAX_TEXT = 64 * 1024 * 1024


@command(name="show", example="reftel register show 17")
@click.argument("entry", type=click.IntRange(min=0))
def show_(session: Session, entry: int) -> None:
    """Show one entry as it stands: the act, its signatures, its leaf."""
    with session.office.store.read() as connection:
        found = find_entry(connection, entry)
    record = found.decoded
    value = {
        "entry": entry,
        "at": clock_text(record.at),
        "act": record.act,
        "signatures": [{"person": s.person, "key_id": s.key_id} for s in record.signatures],
        "leaf_hash": found.leaf_hash.hex(),
    }
    lines = [f"  {key}: {_plain(said)}" for key, said in sorted(record.act.items()) if key != "kind"]
    signed = (
        ", ".join(f"{s.person} ({s.key_id[:8]})" for s in record.signatures) or "nobody: the office itself"
    )
    head = f"Entry {entry}, registered {value['at']}: {record.kind}"
    session.emit(value, "\n".join([head, *lines, f"Signed by {signed}", f"Leaf {value['leaf_hash']}"]))


@command(example="reftel register checkpoint --of KAESONG > word-on-kaesong.note")
@click.option("--of", "post", default="", help="Rather the last seen of this post's register, cosigned.")
def checkpoint(session: Session, post: str) -> None:
    """Sign the register as it stands, and show the signed note.

    With --of it is this post's word on another's register: what that post needs after a restore.
    """
    office = session.office
    if post:
        with office.store.read() as connection:
            origin = str(post_named(connection, post).origin)
        note = statement(office, origin)
        session.emit({"origin": origin, "size": read_head(note).size, "note": note}, note.rstrip("\n"))
        return
    size, note = office.register.checkpoint(office.keys.signing, office.clock.now())
    head = read_head(note)
    session.emit(
        {"origin": head.origin, "size": size, "root": b64(head.root), "note": note}, note.rstrip("\n")
    )


@command(example="reftel register proof 2026KAESONG000123 --out kaesong-123.tlog-proof")
@click.argument("cable")
@click.option("--out", type=_OUT, help="Write the proof to this file.")
@click.option("--text", type=_OUT, help="Write the cable's bytes, which the proof speaks of, to this file.")
def proof(session: Session, cable: str, out: Path | None, text: Path | None) -> None:
    """Prove that a cable stands in the register of the post that sent it.

    The proof (C2SP tlog-proof) holds the register's record of that cable and what leads from the
    cable's bytes to it: whoever is given it can check a text, and read the record.
    """
    entry = resolve_cable(session, cable)
    with session.office.store.read() as connection:
        data, encoded = forwarding_proof(connection, entry)
    found = ForwardingProof.decode(encoded)
    written = radix64.decode(encoded.replace(b"\r\n", b""), padded=True)
    for path, content in ((out, written), (text, data)):
        if path is not None:
            with disk_errors(path):
                write_durably(path, content)
    value = {"origin": found.origin, "index": found.index, "proof": written.decode()}
    if session.as_json:
        session.emit(value, "")
    elif out is None:
        show(written.decode().rstrip("\n"))
    else:
        show(f"The proof that the cable is entry {found.index} of {found.origin} is in {out}.")


@command(example="reftel register tiles /srv/www/register")
@click.argument("folder", type=_FOLDER)
def tiles(session: Session, folder: Path) -> None:
    """Write the register as tiles that any static server can serve.

    They show how many acts there were, and nothing of what they say.
    """
    size, _ = serve(session.office, folder)
    session.emit(
        {"folder": str(folder), "size": size}, f"The register's {size} entries are served from {folder}."
    )


@command(example="reftel register verify --tiles /srv/www/register --of KAESONG")
@click.option("--tiles", type=_FOLDER, help="A served register, to be recomputed from its entries up.")
@click.option("--of", "post", default="", help="Whose register is served; else this post's own.")
@click.option("--proof", "proof_file", type=_FILE, help="A proof, with the text that it speaks of.")
@click.option("--text", "text_file", type=_FILE, help="The bytes that the proof is to prove.")
def verify(
    session: Session, tiles: Path | None, post: str, proof_file: Path | None, text_file: Path | None
) -> None:
    """Verify this post's register, a served one, or a proof.

    Without options every entry of this post is hashed again and every checkpoint checked; `reftel
    audit` does that and more. A served register or a proof is checked with the keys of its post,
    which must be known here.
    """
    if proof_file is not None and text_file is not None and tiles is None:
        _verify_proof(session, proof_file, text_file)
    elif proof_file is not None or text_file is not None:
        raise BadValue("a proof is verified against a text", mend="Give --proof and --text together.")
    elif tiles is not None:
        found = read_tiles(tiles, _card_of(session.office, post or session.office.origin).verifier)
        session.emit(
            {"origin": found.origin, "size": found.size, "root": b64(found.root)},
            f"All {found.size} entries lead to the checkpoint that {found.origin} signed with both keys.",
        )
    else:
        _verify_own(session)


def _verify_own(session: Session) -> None:
    office, findings, progress = session.office, Findings(), progress_of_parts()
    with office.store.read() as connection:
        roots = check_tree(connection, findings, partial(progress, "Entries"))
        checkpoints = check_checkpoints(
            connection, office.keys.signing.verifier, roots, findings, partial(progress, "Checkpoints")
        )
    failures = findings.kept["failure"]
    size = max(roots)
    lines = [f.sentence for f in failures]
    lines.append(f"{size} entries and {checkpoints} checkpoints: {len(failures) or 'no'} failures.")
    value = {"entries": size, "checkpoints": checkpoints, "failures": [f.as_json() for f in failures]}
    session.emit(value, "\n".join(lines))
    if failures:
        sys.exit(FINDINGS)


def _verify_proof(session: Session, proof_file: Path, text_file: Path) -> None:
    body = radix64.encode(_read(proof_file, MAX_PROOF), padded=True)
    lines = [body[at : at + 76] for at in range(0, len(body), 76)]
    found = ForwardingProof.decode(b"".join(line + b"\r\n" for line in lines))
    card = _card_of(session.office, found.origin)
    record = found.verify(_read(text_file, _MAX_TEXT), card.verifier)
    registered = clock_text(record.at)
    session.emit(
        {"origin": found.origin, "index": found.index, "kind": record.kind, "registered": registered},
        f"{card.name} registered this very text: entry {found.index} of {found.origin}, "
        f"{record.kind} {registered}.",
    )


def _card_of(office: Office, post: str) -> Card:
    with office.store.read() as connection:
        return open_card(str(post_named(connection, post).card))


def _read(path: Path, limit: int) -> bytes:
    with disk_errors(path), path.open("rb") as file:
        return file.read(limit + 1)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


register = click.Group(
    "register",
    help="Verify the register, sign it, prove and serve it.",
    commands=[show_, checkpoint, proof, tiles, verify],
)
