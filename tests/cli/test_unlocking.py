"""Passphrases come from where they are kept, unlocks end, and secrets show nowhere."""

from __future__ import annotations

import os
import socket
import stat
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest

from reftel.cli import agent
from tests.cli.conftest import CHIEF, OWN_WORDS, WORDS, Desk
from tests.cli.terminal import at_terminal

ALONE: dict[str, str | None] = {"REFTEL_PASSPHRASE_FILE": None, "REFTEL_PERSON_PASSPHRASE_FILE": None}
ACT = ("people", "admit", "Fedyaev", "--role", "cipher clerk")


def test_a_systemd_credential_unlocks_the_post_and_the_person(kaesong: Desk, tmp_path):
    (tmp_path / "reftel-post").write_text(WORDS)
    (tmp_path / f"reftel-{CHIEF}").write_text(OWN_WORDS)
    kaesong.run(*ACT, env={**ALONE, "CREDENTIALS_DIRECTORY": str(tmp_path)})


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self, held: dict[tuple[str, str], str]) -> None:
        super().__init__()
        self.held = held

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    found = Ring({})
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


def test_the_keyring_unlocks_the_post_and_the_person(kaesong: Desk, ring: Ring):
    ring.set_password("reftel", str(kaesong.folder), WORDS)
    ring.set_password("reftel", f"{kaesong.folder} {CHIEF}", OWN_WORDS)
    kaesong.run(*ACT, env=ALONE)


def test_without_any_source_the_post_stays_locked(kaesong: Desk):
    complaint = kaesong.complaint("people", "list", code=2, env=ALONE)
    assert complaint["code"] == "locked"


def test_at_a_terminal_both_passphrases_are_asked_for_and_not_shown(kaesong: Desk):
    answers = [("Passphrase of the post", WORDS), (f"Passphrase of {CHIEF}", OWN_WORDS)]
    code, shown = at_terminal(ACT, {**kaesong.env, **ALONE}, answers)
    assert code == 0, shown
    assert "Fedyaev serves here" in shown
    assert WORDS not in shown
    assert OWN_WORDS not in shown


def test_a_wrong_passphrase_opens_nothing_and_is_not_repeated(kaesong: Desk, tmp_path):
    (tmp_path / "wrong").write_text("a passphrase that is wrong")
    result = kaesong.run("people", "list", "--passphrase-file", tmp_path / "wrong", code=2)
    assert "[locked]" in result.stderr
    assert "that is wrong" not in result.stderr


@pytest.mark.parametrize("content", [b"", b"\nsecond line", b"\xff\xfe\x00"])
def test_a_passphrase_file_without_a_first_line_of_text_is_refused(kaesong: Desk, tmp_path, content):
    (tmp_path / "odd").write_bytes(content)
    complaint = kaesong.complaint("people", "list", "--passphrase-file", tmp_path / "odd", code=2)
    assert complaint["code"] == "bad-value"


def test_a_passphrase_is_no_argument_and_no_value_of_a_variable(kaesong: Desk):
    kaesong.run("people", "list", "--passphrase", WORDS, code=2, env=ALONE)
    kaesong.run("people", "list", code=2, env={**ALONE, "REFTEL_PASSPHRASE": WORDS})
    # The variable names a file; a secret put there by mistake is refused.
    kaesong.run("people", "list", code=2, env={**ALONE, "REFTEL_PASSPHRASE_FILE": WORDS})


def peer_of(folder: Path, name: str = "agent.sock") -> int:
    """The process id of whoever listens at a socket."""
    here = Path.cwd()
    os.chdir(folder)  # the whole path would not fit into an address
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(name)
            credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    finally:
        os.chdir(here)
    return int(struct.unpack("3i", credentials)[0])


def test_an_unlock_serves_later_commands_until_it_is_locked(kaesong: Desk, tmp_path):
    short: dict[str, str | None] = {"XDG_RUNTIME_DIR": str(tmp_path)}
    shown = kaesong.run("unlock", env=short).output
    assert "post" in shown
    assert CHIEF in shown
    kaesong.run(*ACT, env={**ALONE, **short})
    (path,) = tmp_path.glob("reftel-*.sock")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    process = Path("/proc", str(peer_of(tmp_path, path.name)))
    for place in ("cmdline", "environ"):
        told = (process / place).read_bytes()
        assert WORDS.encode() not in told
        assert OWN_WORDS.encode() not in told
    # Whoever reads what `unlock` says to its end is not kept waiting for the agent's.
    assert {str((process / "fd" / name).readlink()) for name in "012"} == {os.devnull}
    assert kaesong.run("lock", env=short).stdout == "Locked.\n"
    assert not path.exists()
    kaesong.complaint("people", "list", code=2, env={**ALONE, **short})
    assert kaesong.run("lock", env=short).stdout == "Nothing was unlocked.\n"


def test_an_unlock_ends_by_itself(kaesong: Desk):
    kaesong.run("unlock", "--for", "1s", env={"REFTEL_PERSON": None})
    assert set(agent.kept(kaesong.folder)) == {"post"}
    kaesong.run("people", "list", env=ALONE)
    time.sleep(1.1)
    kaesong.complaint("people", "list", code=2, env=ALONE)


def test_a_second_unlock_adds_to_the_first(kaesong: Desk):
    kaesong.run("unlock", env={"REFTEL_PERSON": None})
    first = peer_of(kaesong.folder)
    kaesong.run("unlock", "--for", "1h")
    assert peer_of(kaesong.folder) == first
    kept = agent.kept(kaesong.folder)
    assert set(kept) == {"post", f"person {CHIEF}"}
    assert kept["post"] > 3500


def test_what_is_malformed_does_not_end_the_agent(kaesong: Desk, monkeypatch):
    kaesong.run("unlock")
    monkeypatch.chdir(kaesong.folder)
    for junk in (b"", b"\n", b"[]\n", b"{}\n", b'{"do":"fetch","name":7}\n', b"\xff" * 70_000 + b"\n"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("agent.sock")
            line.sendall(junk)
            line.shutdown(socket.SHUT_WR)
            line.recv(100)
    assert agent.fetch(kaesong.folder, "nobody") is None
    kaesong.run("people", "list", env=ALONE)


def test_a_socket_that_nobody_listens_at_is_taken_over(kaesong: Desk, monkeypatch):
    monkeypatch.chdir(kaesong.folder)
    with socket.socket(socket.AF_UNIX) as line:
        line.bind("agent.sock")
    assert agent.kept(kaesong.folder) == {}
    kaesong.run("unlock")
    assert "post" in agent.kept(kaesong.folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")
def test_another_user_gets_nothing_from_the_agent(kaesong: Desk):
    kaesong.run("unlock")
    kaesong.folder.chmod(0o711)
    (kaesong.folder / "agent.sock").chmod(0o666)
    ours, theirs = os.pipe()
    folder = os.open(kaesong.folder, os.O_RDONLY)
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            os.fchdir(folder)
            with socket.socket(socket.AF_UNIX) as line:
                line.connect("agent.sock")
                line.sendall(b'{"do":"fetch","name":"post"}\n')
                os.write(theirs, b"answer: " + line.recv(1000))
        except OSError as error:
            os.write(theirs, repr(error).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    os.close(folder)
    os.waitpid(child, 0)
    with os.fdopen(ours, "rb") as told:
        # It is hung up on, at once or after what it asked for.
        assert b"secret" not in told.read()


@pytest.mark.parametrize("how_long", ["0m", "13h", "15", "forever", "1d"])
def test_an_unlock_has_a_time_of_at_most_twelve_hours(kaesong: Desk, how_long):
    assert kaesong.complaint("unlock", "--for", how_long, code=2)["code"] == "bad-value"
    assert agent.kept(kaesong.folder) == {}
