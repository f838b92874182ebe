"""`reftel serve` from start to end: where it may be served, TLS as a browser sees it, locked and unlocked."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest

from reftel.cipher.certificates import new_authority, new_server
from reftel.cli import line
from reftel.clock import SystemClock
from tests.cli.conftest import Desk
from tests.cli.posts import OH, Link, by, link, linked
from tests.cli.test_tls import NAME

__all__ = ["link", "linked"]

ALONE: dict[str, str | None] = {"REFTEL_PASSPHRASE_FILE": None, "REFTEL_PERSON_PASSPHRASE_FILE": None}
Serve = Callable[..., "Served"]


@dataclass(slots=True)
class Served:
    """A served office in a process of its own, and what it said when it listened."""

    process: subprocess.Popen[str]
    said: dict[str, Any]

    @property
    def address(self) -> str:
        """Where it is served."""
        return str(self.said["address"])

    @property
    def port(self) -> int:
        """At which port."""
        return int(self.address.rpartition(":")[2])

    def end(self) -> int:
        """Tell it to end, and wait until it has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def page(self, path: str) -> tuple[int, str]:
        """A page over plain http, as a browser asks for it."""
        # The name leads here without anybody's resolver.
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Host": self.address.partition("//")[2]}
        )
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Served] = []

    def begin(desk: Desk, *words: str | Path) -> Served:
        env = {**os.environ, **{k: v for k, v in desk.env.items() if v is not None}}
        env.pop("XDG_RUNTIME_DIR", None)
        call = [sys.executable, "-c", "from reftel.cli import main; main()", "serve", "--json", "--port", "0"]
        process = subprocess.Popen(
            [*call, *map(str, words)], stdout=subprocess.PIPE, stderr=None, text=True, env=env
        )
        assert process.stdout is not None
        text = ""
        while text.strip()[-1:] != "}":
            read = process.stdout.readline()
            assert read, f"it ended with {process.wait()}"
            text += read
        running.append(Served(process, json.loads(text)))
        return running[-1]

    yield begin
    for served in running:
        if served.process.poll() is None:
            served.end()


def status(desk: Desk) -> dict[str, Any]:
    return dict(desk.json("office", "status"))


def until(true: Callable[[], object]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about")


@pytest.mark.enable_socket
def test_it_is_served_on_this_machine_and_ends_when_told_to(kaesong: Desk, serve: Serve):
    served = serve(kaesong)
    assert served.address == f"http://localhost:{served.port}"
    code, page = served.page("/sign-in")
    assert code == 200
    assert "KAESONG" in page
    assert status(kaesong)["state"] == "open"
    assert kaesong.complaint("serve", code=2)["sentence"] == "this post is served already"
    assert stat.S_IMODE((kaesong.folder / "office.sock").stat().st_mode) == 0o600
    assert served.end() == 0
    assert not (kaesong.folder / "office.sock").exists()
    assert kaesong.complaint("office", "status", code=2)["code"] == "not-found"


@pytest.mark.enable_socket
def test_locked_its_pages_say_so_and_bags_wait_unopened(link: Link, serve: Serve):
    served = serve(link.beijing, "--courier", link.stick)
    assert link.beijing.json("office", "lock") == {"was_open": True}
    assert link.beijing.run("office", "lock").stdout == "It was locked already.\n"
    for path in ("/", "/sign-in", "/tray", "/nowhere"):
        code, page = served.page(path)
        assert (code, "The office is locked" in page) == (503, True), path
    code, page = served.page("/api/v1/tray")
    assert (code, json.loads(page)["code"]) == (503, "locked")
    code, page = served.page("/trust")
    assert code == 200
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    until(lambda: status(link.beijing)["bags_kept"] == 1)
    assert "1 bag waits unopened" in served.page("/")[1]
    (bag,) = link.stick.glob("bag-*")
    for file in bag.iterdir():
        file.unlink()
    bag.rmdir()
    # Not with another post's passphrase, and not with junk.
    junk = line.ask(link.beijing.folder, "office.sock", {"do": "unlock", "secret": "AAAA"})
    assert junk is not None
    assert junk["error"]["code"] == "store-damaged"
    assert link.beijing.complaint("office", "unlock", code=2, env=ALONE)["code"] == "locked"
    assert status(link.beijing)["state"] == "locked"
    assert link.beijing.json("office", "unlock") == {"was_locked": True}
    until(lambda: status(link.beijing)["bags_kept"] == 0)
    assert len(link.beijing.json("decipher", *by(OH))["cables"]) == 1
    assert served.page("/sign-in")[0] == 200
    assert status(link.beijing)["troubles"] == []


@pytest.mark.enable_socket
def test_lock_shuts_the_served_office_and_the_agent_opens_it(kaesong: Desk, serve: Serve):
    serve(kaesong)
    kaesong.run("unlock", env={"REFTEL_PERSON": None})
    assert kaesong.run("lock").stdout == "Locked.\n"
    assert status(kaesong)["state"] == "locked"
    kaesong.run("unlock", env={"REFTEL_PERSON": None})
    assert kaesong.json("office", "unlock", "--post", kaesong.folder) == {"was_locked": True}
    assert kaesong.run("lock").stdout == "Locked.\n"


@pytest.mark.enable_socket
def test_killed_between_spool_and_register_nothing_is_lost_or_doubled(link: Link, serve: Serve):
    served = serve(link.beijing, "--courier", link.stick)
    link.beijing.run("office", "lock")
    link.released()
    link.kaesong.run("dispatch", "--by", link.stick)
    until(lambda: status(link.beijing)["bags_kept"] == 1)
    served.process.kill()
    served.process.communicate()
    assert len(list((link.beijing.folder / "spool").iterdir())) == 1
    # The socket of the killed one lies there still, and the bag lies with the courier too.
    again = serve(link.beijing, "--courier", link.stick)
    until(lambda: status(link.beijing)["bags_kept"] == 0)
    until(lambda: len(link.beijing.json("decipher", *by(OH))["cables"]) == 1)
    time.sleep(4)
    assert link.beijing.json("decipher", *by(OH))["cables"] == []
    assert again.end() == 0
    assert link.beijing.json("audit")["clean"]


@pytest.mark.enable_socket
def test_what_is_released_goes_by_itself_to_the_folder_of_its_post(link: Link, serve: Serve, tmp_path: Path):
    other = tmp_path / "other"
    other.mkdir()
    served = serve(link.kaesong, "--courier", other, "--courier", f"BEIJING={link.stick}")
    link.released()
    until(lambda: list(link.stick.glob("bag-*")))
    assert list(other.iterdir()) == []
    link.stick.rename(tmp_path / "taken away")
    until(lambda: [one["code"] for one in status(link.kaesong)["troubles"]] == ["bearer-down"])
    assert "bearer-down" in link.kaesong.run("office", "status").stdout
    assert served.process.poll() is None


@pytest.mark.enable_socket
def test_a_browser_that_trusts_the_authority_is_served_over_tls(kaesong: Desk, serve: Serve, tmp_path: Path):
    made = kaesong.json("tls", NAME, "--out", tmp_path)
    served = serve(kaesong)
    assert served.address.startswith(f"https://{NAME}:")
    assert served.said["fingerprint"] == made["fingerprint"]
    context = ssl.create_default_context(cafile=str(tmp_path / "reftel-authority.pem"))
    host = {"Host": served.address.partition("//")[2]}

    def ask(path: str, trusting: ssl.SSLContext = context) -> tuple[int, bytes, Any]:
        browser = HTTPSConnection(NAME, served.port, context=trusting, timeout=10)
        browser._create_connection = lambda *_: socket.create_connection(("127.0.0.1", served.port))  # type: ignore[attr-defined]
        browser.request("GET", path, headers=host)
        answer = browser.getresponse()
        try:
            return answer.status, answer.read(), answer.headers
        finally:
            browser.close()

    code, page, headers = ask("/trust")
    assert code == 200
    assert made["fingerprint"].split(":")[0].encode() in page
    assert "max-age" in headers["strict-transport-security"]
    pem = ask("/trust/reftel-authority.pem")
    assert pem[1] == (tmp_path / "reftel-authority.pem").read_bytes()
    assert ask("/trust/reftel-authority.crt")[1] == (tmp_path / "reftel-authority.crt").read_bytes()
    with pytest.raises(ssl.SSLCertVerificationError):
        ask("/", ssl.create_default_context())


@pytest.mark.enable_socket
def test_a_certificate_that_is_given_is_served_under_the_name_in_it(
    kaesong: Desk, serve: Serve, tmp_path: Path
):
    at = SystemClock().now()
    given = new_server(new_authority("another", "office.example", at), "office.example", at)
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    certificate.write_bytes(given.certificate)
    key.write_bytes(given.key)
    served = serve(kaesong, "--certificate", certificate, "--key", key)
    assert served.address.startswith("https://office.example:")
    served.end()
    assert "both" in kaesong.complaint("serve", "--certificate", certificate, code=2)["mend"]
    certificate.write_bytes(b"junk")
    assert (
        kaesong.complaint("serve", "--certificate", certificate, "--key", key, code=2)["code"] == "bad-value"
    )


@pytest.mark.enable_socket
def test_a_certificate_that_ends_soon_is_said_and_one_that_has_ended_is_not_served(
    kaesong: Desk, serve: Serve, monkeypatch: pytest.MonkeyPatch
):
    kaesong.json("tls", NAME)
    at = SystemClock().now()
    for days, code in ((380, "cannot-listen"), (400, "bad-value")):
        monkeypatch.setattr(SystemClock, "now", lambda _self, days=days: at + timedelta(days=days))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            complaint = kaesong.complaint("serve", "--port", port, code=4 if days < 397 else 2)
        assert complaint["code"] == code
    assert "--renew" in complaint["mend"]


@pytest.mark.parametrize(
    ("words", "mend"),
    [
        (("--host", "0.0.0.0"), "reftel tls NAME"),
        (("--name", "office.kaesong.example"), "reftel tls office.kaesong.example"),
        (("--name", "192.0.2.7"), "DNS name"),
        (("--name", "127.0.0.1"), "DNS name"),
        (("--courier", "NOWHERE=/tmp"), ""),
    ],
)
@pytest.mark.enable_socket
def test_it_is_not_served_where_it_would_lie_open_or_a_passkey_not_work(kaesong: Desk, words, mend):
    complaint = kaesong.complaint("serve", "--port", "0", *words, code=2)
    assert mend in complaint["mend"]
    assert not (kaesong.folder / "office.sock").exists()


@pytest.mark.enable_socket
def test_a_port_that_is_taken_is_said(kaesong: Desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert kaesong.complaint("serve", "--port", port, code=4)["code"] == "cannot-listen"


def test_the_other_commands_load_nothing_of_the_web():
    heavy = "uvicorn starlette fastapi jinja2 webauthn"
    code = (
        "import sys; import reftel.cli.index, reftel.cli.locks, reftel.cli.traffic\n"
        f"assert not set(sys.modules) & set({heavy.split()!r})"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
