"""The certificates of the web office, where no public authority gives any."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cli.frame import Session, command
from reftel.cli.output import fields
from reftel.errors import BadValue
from reftel.files import sync_folder, write_durably
from reftel.office import certificates
from reftel.office.certificates import Certificates
from reftel.store.engine import disk_errors
from reftel.web.trust import CRT, PEM, alone, fingerprint_lines

_PAGE = "trust.html"


@command(example="reftel tls office.kaesong.example --out /media/stick/trust\nreftel tls --renew\nreftel tls")
@click.argument("name", default="")
@click.option("--renew", is_flag=True, help="A new certificate by the same authority: no machine notices.")
@click.option(
    "--new-authority", "anew", is_flag=True, help="Replace both; every machine must be told to trust it."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the authority's certificate, and the page that explains it, into this folder too.",
)
def tls(session: Session, *, name: str, renew: bool, anew: bool, out: Path | None) -> None:
    """Make an authority of the post's own, and the certificate of its web office.

    NAME is the DNS name under which browsers find the office. The authority can vouch for that name
    only, and its key is sealed to the post's. Without NAME, say what there is. Each machine must be
    told once to trust the authority: give its people the folder written with --out, or the address
    /trust of the office, and read them the fingerprint by another way.
    """
    found = _done(session, name, renew=renew, anew=anew)
    folder = session.folder / "tls"
    for place in (folder, *([out] if out else [])):
        _write(place, session.office.name, found)
    facts = {
        "name": found.server.name,
        "fingerprint": found.authority.fingerprint,
        "authority_ends": f"{found.authority.ends:%Y-%m-%d}",
        "certificate_ends": f"{found.server.ends:%Y-%m-%d}",
        "page": str((out or folder) / _PAGE),
    }
    lines = fields(
        [
            ("Name", facts["name"]),
            ("Certificate until", f"{found.server.ends:%-d %B %Y}; renew it before: `reftel tls --renew`"),
            ("Authority until", f"{found.authority.ends:%-d %B %Y}"),
            ("For its visitors", facts["page"]),
        ]
    )
    told = "\n".join(f"  {line}" for line in fingerprint_lines(found.authority.fingerprint))
    session.emit(
        facts, f"{lines}\n\nSHA-256 fingerprint of the authority, to be read to its visitors:\n{told}"
    )


def _done(session: Session, name: str, *, renew: bool, anew: bool) -> Certificates:
    held = certificates.find(session.folder)
    if renew and (name or anew):
        raise BadValue("a renewal keeps authority and name", mend="Give --renew alone, or --new-authority.")
    if renew:
        return certificates.renew(session.office)
    if name or anew:
        if not name and held is not None:
            name = held.server.name
        return certificates.make(session.office, name, anew=anew)
    if held is None:
        raise BadValue("no certificate was made here", mend="Give the name: `reftel tls office.example`.")
    return held


def _write(folder: Path, post: str, found: Certificates) -> None:
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_durably(folder / CRT, found.authority.der, mode=0o644)
        write_durably(folder / PEM, found.authority_pem, mode=0o644)
        write_durably(folder / _PAGE, alone(post, found).encode(), mode=0o644)
        sync_folder(folder)
