"""`reftel serve`: the web office of one post, from start to end."""

from __future__ import annotations

import gc
import logging
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import socket

import click

from reftel.cipher.certificates import check_host, facts
from reftel.cli import line
from reftel.cli.control import Control
from reftel.cli.frame import Session, command
from reftel.cli.office import LINE, ask
from reftel.cli.unlocking import open_office
from reftel.errors import BadValue, FormatError
from reftel.office import certificates
from reftel.office.office import Office
from reftel.office.rolls import post_named
from reftel.store.engine import disk_errors
from reftel.web import serving
from reftel.web.app import make_app
from reftel.web.gate import IDLE, Gate
from reftel.web.rounds import Rounds, Way
from reftel.web.settings import Settings
from reftel.web.trust import fingerprint_lines

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_LOCAL = "localhost"
_MINUTES = int(IDLE.total_seconds() // 60)
_SOON = timedelta(days=30)
_USUAL = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """Where browsers find the office, and with which certificate it answers there."""

    name: str
    context: ssl.SSLContext | None = None
    fingerprint: str = ""
    note: str = ""

    def origin(self, port: int) -> str:
        """The address as a browser writes it."""
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://{self.name}" + ("" if port == _USUAL[scheme] else f":{port}")


@command(
    example="reftel serve --courier /media/stick\n"
    "reftel serve --host 0.0.0.0 --port 443 --name office.kaesong.example --courier BEIJING=/media/beijing"
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="The address of this machine to serve at."
)
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="And its port.")
@click.option(
    "--name",
    default="",
    help="The DNS name under which browsers find the office; else that of `reftel tls`, else localhost.",
)
@click.option("--certificate", type=_FILE, help="The server's certificate with its chain, as PEM.")
@click.option("--key", type=_FILE, help="Its private key, as PEM.")
@click.option(
    "--courier",
    "couriers",
    multiple=True,
    metavar="[POST=]FOLDER",
    help="Where bags come and go; for one post's bags alone with its name before it. May be repeated.",
)
@click.option(
    "--idle",
    type=click.IntRange(1, 24 * 60),
    default=_MINUTES,
    show_default=True,
    help="Lock after so many minutes in which nobody did anything.",
)
@click.option("--log-requests", is_flag=True, help="Log each request; its address tells who looked at what.")
def serve(
    session: Session,
    *,
    host: str,
    port: int,
    name: str,
    certificate: Path | None,
    key: Path | None,
    couriers: tuple[str, ...],
    idle: int,
    log_requests: bool,
) -> None:
    """Serve the post's web office until it is told to end.

    The post is unlocked at the start, and its keys stay in this process's memory until it is locked:
    by `reftel lock`, by `reftel office lock`, or when nobody did anything for a while. Locked, it
    still takes bags in and opens none; `reftel office unlock` opens it again. Other machines reach it
    only with --host and a certificate.
    """
    if ask(session.folder, {"do": "status"}) is not None:
        raise BadValue("this post is served already", mend="Look at it: `reftel office status`.")
    # What the program is made of is not looked through again at every collection. There are no keys yet:
    # a lock must be able to let those go.
    gc.freeze()
    gate, ways, address = _open(session, idle, couriers, (name, certificate, key))
    try:
        with serving.listen(host, port) as opened, line.door(session.folder, LINE) as door:
            _refuse_in_the_open(opened, address)
            origin = address.origin(opened.getsockname()[1])
            rounds = Rounds(gate, ways)
            control = Control(gate, rounds, origin)
            line.hide_memory()
            logging.basicConfig(format="%(asctime)s %(message)s")

            def ready() -> None:
                control.start(door)
                rounds.start()
                _tell(session, gate, rounds, address, origin)

            app = make_app(gate, Settings(origin=origin))
            try:
                serving.run(app, opened, address.context, ready=ready, log_requests=log_requests)
            finally:
                control.stop()
                rounds.stop()
    finally:
        gate.lock()


def _open(
    session: Session, idle: int, couriers: Sequence[str], named: tuple[str, Path | None, Path | None]
) -> tuple[Gate, list[Way], _Address]:
    """Unlock the post. Only the gate holds the office when this returns, so that a lock lets it go."""
    office = open_office(session.folder, session.passphrase_file)
    try:
        address = _address(office, *named)
        ways = [_way(office, word) for word in couriers]
        return Gate(office, idle=timedelta(minutes=idle)), ways, address
    except BaseException:
        office.close()
        raise


def _address(office: Office, name: str, certificate: Path | None, key: Path | None) -> _Address:
    """The name that is asked for, or that of the certificate, with the certificate for it."""
    if (certificate is None) != (key is None):
        raise BadValue("a certificate and its key go together", mend="Give both --certificate and --key.")
    if certificate is not None and key is not None:
        context = serving.tls(certificate, key)
        return _Address(name=check_host(name or _name_in(certificate)), context=context)
    own = certificates.find(office.folder)
    host = check_host(name or (own.server.name if own else _LOCAL))
    if own is not None and host == own.server.name:
        left = own.server.ends - office.clock.now()
        if left <= timedelta(0):
            raise BadValue("the office's certificate has ended", mend="Renew it: `reftel tls --renew`.")
        secret = certificates.open_key(office.folder, office.keys)
        return _Address(
            name=host,
            context=serving.tls(certificates.server_file(office.folder), secret),
            fingerprint=own.authority.fingerprint,
            note=f"The certificate ends in {left.days} days: `reftel tls --renew`." if left < _SOON else "",
        )
    if host == _LOCAL or host.endswith(f".{_LOCAL}"):
        return _Address(name=host)
    raise BadValue(
        f"there is no certificate for {host}",
        mend=f"Make one with `reftel tls {host}`, or give --certificate and --key.",
    )


def _name_in(certificate: Path) -> str:
    with disk_errors(certificate):
        data = certificate.read_bytes()
    try:
        return facts(data).name
    except FormatError as error:
        raise BadValue(f"{certificate} names no host", mend="Say the name with --name.") from error


def _way(office: Office, word: str) -> Way:
    peer, equals, folder = word.partition("=")
    if not equals or Path(word).is_dir():
        return Way(folder=Path(word))
    with office.store.read() as connection:
        return Way(folder=Path(folder), peer=str(post_named(connection, peer).origin))


def _refuse_in_the_open(opened: socket, address: _Address) -> None:
    """Without TLS nothing leaves this machine."""
    if address.context is None and not ip_address(opened.getsockname()[0]).is_loopback:
        raise BadValue(
            "without a certificate the office is served on this machine only",
            mend="Make one with `reftel tls NAME`, give --certificate and --key, or leave --host out.",
        )


def _tell(session: Session, gate: Gate, rounds: Rounds, address: _Address, origin: str) -> None:
    """Say that it is served, and what a person does next."""
    value = {
        "post": gate.name,
        "address": origin,
        "fingerprint": address.fingerprint,
        "couriers": [str(way.folder) for way in rounds.ways],
        "locks_after_minutes": int(gate.idle.total_seconds() // 60),
    }
    lines = [f"{gate.name} is served at {origin}/"]
    if address.fingerprint:
        lines += [
            "",
            f"A machine that comes for the first time has to trust its authority: {origin}/trust",
            "The fingerprint, to be read to its person by another way:",
            *(f"  {told}" for told in fingerprint_lines(address.fingerprint)),
        ]
    lines += [
        "",
        "Invite somebody with `reftel people invite`; whoever has the slip with the code comes to",
        f"  {origin}/enrol",
        f"It locks after {value['locks_after_minutes']} minutes in which nobody did anything.",
        "`reftel lock` locks it at once; `reftel office status` tells how it is.",
        "Ctrl-C ends it.",
    ]
    if not rounds.ways:
        lines.append("No courier's folder was given: bags neither come nor go. See --courier.")
    if address.note:
        lines.append(address.note)
    with suppress(BrokenPipeError):
        session.emit(value, "\n".join(lines))
