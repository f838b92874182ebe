"""Slow clients are hung up on, TLS is the kind asked for, and a server that is told to end finishes first."""

from __future__ import annotations

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from reftel.errors import BadValue, CannotListen
from reftel.web import serving

SERVED = Path(__file__).with_name("served.py")
QUICK = ("HEAD_SECONDS=0.4", "BODY_SECONDS=0.4", "ANSWER_SECONDS=0.4", "HANDSHAKE_SECONDS=0.4", "_LINGER=0.4")
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
Start = Callable[..., tuple[subprocess.Popen[str], int]]

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def start() -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, str(SERVED), *QUICK, *words], stdout=subprocess.PIPE, text=True
        )
        running.append(process)
        assert process.stdout is not None
        return process, int(process.stdout.readline())

    yield begin
    for process in running:
        process.terminate()
        process.communicate(timeout=20)


def call(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def answer(line: socket.socket) -> bytes:
    """One whole answer."""
    data = b""
    while not data.endswith(b"0\r\n\r\n"):
        part = line.recv(1000)
        assert part, data
        data += part
    return data


def hung_up_after(line: socket.socket) -> float:
    """How long until the other end hangs up, in seconds; whatever it says before is read."""
    began = time.monotonic()
    with suppress(ConnectionResetError):
        while line.recv(65536):
            pass
    return time.monotonic() - began


def trickle(line: socket.socket, data: bytes, every: float) -> float:
    """Send byte by byte; how long until the other end hung up."""
    began = time.monotonic()
    with suppress(ConnectionResetError, BrokenPipeError):
        for byte in data:
            line.sendall(bytes([byte]))
            time.sleep(every)
        pytest.fail("it listened to the end")
    return time.monotonic() - began


def test_a_request_is_answered_and_the_line_kept_for_the_next(start: Start):
    _, port = start()
    with call(port) as line:
        for _ in range(2):
            line.sendall(HEAD)
            assert answer(line).startswith(b"HTTP/1.1 200")
        time.sleep(0.6)  # idle between two requests is not slow
        line.sendall(HEAD)
        said = answer(line)
        assert said.startswith(b"HTTP/1.1 200")
        assert b"server:" not in said.lower()


def test_small_answers_are_sent_at_once(start: Start):
    _, port = start()
    with call(port) as line:
        began = time.monotonic()
        for _ in range(50):  # 40 milliseconds each where the system waits for more to send
            line.sendall(HEAD)
            answer(line)
        assert time.monotonic() - began < 1.5


def test_who_says_nothing_or_is_slow_with_a_head_is_hung_up_on(start: Start):
    _, port = start()
    with call(port) as line:
        assert 0.2 < hung_up_after(line) < 5
    with call(port) as line:
        assert trickle(line, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100, 0.05) < 5
    with call(port) as line:  # also with the second request on a line
        line.sendall(HEAD)
        assert answer(line)
        assert trickle(line, HEAD * 10, 0.05) < 5


def test_who_is_slow_with_a_body_is_hung_up_on_and_who_is_only_long_is_not(start: Start):
    _, port = start("BODY_BYTES=1000")
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"
    with call(port) as line:
        line.sendall(head)
        assert trickle(line, b"x" * 1000, 0.05) < 5
    with call(port) as line:
        line.sendall(head)
        for _ in range(10):
            line.sendall(b"x" * 2000)
            time.sleep(0.15)
        assert answer(line).endswith(b"20000\r\n0\r\n\r\n")


def test_a_body_that_nobody_reads_is_not_waited_for(start: Start):
    _, port = start()
    with call(port) as line:
        line.sendall(b"POST /unread HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        began = time.monotonic()
        with suppress(ConnectionResetError, BrokenPipeError):
            while time.monotonic() - began < 9:
                line.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                time.sleep(0.02)
        assert time.monotonic() - began < 6


def test_who_does_not_take_in_an_answer_is_hung_up_on(start: Start):
    _, port = start()
    with call(port) as line:
        line.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(1.5)
        came = 0
        with suppress(ConnectionResetError):
            while part := line.recv(65536):
                came += len(part)
        assert came < 100_000_000


def test_a_head_has_a_bound(start: Start):
    _, port = start("MAX_HEAD=1000")
    with call(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 2000)
        assert line.recv(1000).startswith(b"HTTP/1.1 400")


def test_connections_have_a_bound(start: Start):
    _, port = start("MAX_CONNECTIONS=3", "HEAD_SECONDS=5")
    others = [call(port) for _ in range(3)]
    with call(port) as line:
        line.sendall(HEAD)
        assert line.recv(1000).startswith(b"HTTP/1.1 503")
    for other in others:
        other.close()


def test_a_request_in_hand_is_done_and_a_stream_is_ended_when_the_server_is_told_to_end(start: Start):
    process, port = start()
    with call(port) as waiting, call(port) as stream, call(port) as idle:
        idle.sendall(HEAD)
        assert answer(idle)
        stream.sendall(
            b"GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/html, text/event-stream\r\n\r\n"
        )
        assert stream.recv(1000)
        waiting.sendall(HEAD.replace(b"/ ", b"/wait "))
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert answer(waiting).startswith(b"HTTP/1.1 200")
        hung_up_after(stream)
    began = time.monotonic()
    said, _ = process.communicate(timeout=10)
    assert time.monotonic() - began < 8
    assert said == "ended\n"
    assert process.returncode == 0


def test_an_address_that_cannot_be_had_is_an_error_that_names_it():
    with serving.listen("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(CannotListen, match=str(port)):
            serving.listen("127.0.0.1", port)
    with pytest.raises(CannotListen):
        serving.listen("203.0.113.7", 0)


def test_files_that_are_no_certificate_with_its_key_are_refused(tmp_path: Path):
    for name in ("certificate", "key"):
        (tmp_path / name).write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(BadValue, match="no certificate with its private key"):
        serving.tls(tmp_path / "certificate", tmp_path / "key")


def test_who_does_not_shake_hands_is_hung_up_on(start: Start, tmp_path: Path):
    pair = tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=localhost", "-keyout", tmp_path / "key", "-out", pair],
        check=True, capture_output=True,
    )  # fmt: skip
    _, port = start(f"certificate={pair}", f"key={tmp_path / 'key'}")
    with call(port) as line:
        assert 0.2 < hung_up_after(line) < 5
    context = ssl.create_default_context(cafile=str(pair))
    with context.wrap_socket(call(port), server_hostname="localhost") as line:
        line.sendall(HEAD)
        assert answer(line).startswith(b"HTTP/1.1 200")
        assert line.version() == "TLSv1.3"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        context.wrap_socket(call(port), server_hostname="localhost")
