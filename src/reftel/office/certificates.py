"""The post's own authority for its web office, and the server's certificate: which file holds what.

| file | holds |
|---|---|
| ``tls/authority.pem`` | the authority's certificate, which every machine that visits has to trust |
| ``tls/authority.key.age`` | its key, sealed to the post's own key |
| ``tls/server.pem`` | the server's certificate |
| ``tls/server.key.age`` | its key, sealed in the same way |

So neither key can be used while the post is locked and not served, and a stolen disk holds no name's
key in the open.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.certificates import Facts, Issued, check_host, facts, new_authority, new_server
from reftel.errors import BadValue, FormatError, NotFound, PeerError, StoreDamaged
from reftel.files import write_durably
from reftel.office.keys import PostKeys
from reftel.office.office import Office
from reftel.store.engine import disk_errors

_MAX_FILE = 64 * 1024
AUTHORITY, SERVER = "authority", "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The two certificates as PEM, and what they say."""

    authority_pem: bytes
    authority: Facts
    server: Facts


def find(folder: Path) -> Certificates | None:
    """The certificates of the post in ``folder``, or nothing where none were made; needs no key."""
    if not _path(folder, SERVER).exists():
        return None
    pem = _read(_path(folder, AUTHORITY))
    try:
        return Certificates(
            authority_pem=pem, authority=facts(pem), server=facts(_read(_path(folder, SERVER)))
        )
    except FormatError as error:
        raise _damaged(folder) from error


def make(office: Office, name: str, *, anew: bool = False) -> Certificates:
    """Make the authority and the server's certificate for ``name``; ``anew`` replaces what is there.

    Raises :class:`BadValue` where there are some already, or for what is no DNS name.
    """
    host = check_host(name)
    if _path(office.folder, AUTHORITY).exists() and not anew:
        raise BadValue(
            "this post has an authority already",
            mend="Renew the certificate with --renew, or replace both with --new-authority.",
        )
    now = office.clock.now()
    authority = new_authority(office.name, host, now)
    server = new_server(authority, host, now)
    _keep(office, AUTHORITY, authority)
    _keep(office, SERVER, server)
    return _kept(office.folder)


def renew(office: Office) -> Certificates:
    """Make a new certificate of the server, by the same authority and for the same name."""
    held = _kept(office.folder)
    authority = Issued(held.authority_pem, open_key(office.folder, office.keys, AUTHORITY))
    try:
        server = new_server(authority, held.server.name, office.clock.now())
    except FormatError as error:
        raise _damaged(office.folder) from error
    _keep(office, SERVER, server)
    return _kept(office.folder)


def open_key(folder: Path, keys: PostKeys, whose: str = SERVER) -> bytes:
    """The private key of the server or of the authority, as PEM, to be kept in memory only."""
    path = _path(folder, whose).with_suffix(".key.age")
    try:
        return decrypt(_read(path), [keys.storage])
    except PeerError as error:
        raise _damaged(folder) from error


def server_file(folder: Path) -> Path:
    """Where the server's certificate lies."""
    return _path(folder, SERVER)


def _damaged(folder: Path) -> StoreDamaged:
    return StoreDamaged(
        f"{folder / 'tls'} does not hold the certificates that were made, with their keys",
        mend="Make both anew: `reftel tls NAME --new-authority`.",
    )


def _kept(folder: Path) -> Certificates:
    found = find(folder)
    if found is None:
        raise NotFound("no certificate was made here", mend="Make one: `reftel tls NAME`.")
    return found


def _keep(office: Office, whose: str, issued: Issued) -> None:
    path = _path(office.folder, whose)
    with disk_errors(path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # The key first: a certificate without its key would be found and could not be served.
        write_durably(path.with_suffix(".key.age"), encrypt(issued.key, [office.keys.storage.recipient()]))
        write_durably(path, issued.certificate)


def _path(folder: Path, whose: str) -> Path:
    return folder / "tls" / f"{whose}.pem"


def _read(path: Path) -> bytes:
    with disk_errors(path), path.open("rb") as file:
        return file.read(_MAX_FILE)
