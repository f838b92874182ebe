"""The server: HTTP for the office's application, on one socket, in one process.

Rules that this file keeps:

* whoever is slow is hung up on: to shake hands, to send a request's head, its body, or to take in
  what is answered;
* heads and the number of connections are bounded, and a name that a proxy claims is not believed;
* it ends when it is told to, and what is in hand is done first.

No request is written to a log unless that is asked for: an address holds numbers of cables, and
such a log would lie in plain text beside an encrypted database and tell who read what when.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
import socket
import ssl
from asyncio import sslproto
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h11
import uvicorn
from anyio import to_thread
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from reftel.errors import BadValue, CannotListen
from reftel.store.engine import disk_errors

HANDSHAKE_SECONDS = 10.0
HEAD_SECONDS = 10.0
BODY_SECONDS = 5.0
BODY_BYTES = 4096  # that must come in each such time
ANSWER_SECONDS = 30.0  # in which nothing of an answer is taken in
MAX_HEAD = 16 * 1024
MAX_CONNECTIONS = 2000
MAX_AT_WORK = 3  # pages made at a time: more threads hinder each other, and each holds a connection's cache
KEEP_ALIVE = 15
FINISH_SECONDS = 10
_LINGER = 2.0
_TLS_BUFFER = 32 * 1024
_EVENTS = b"text/event-stream"


class _Connection(H11Protocol):
    """One connection, which is ended when its other end is slow."""

    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _phase = ""
    _came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._begin("head", HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._begin("", 0)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def shutdown(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        events = any(name == b"accept" and _EVENTS in value for name, value in self.headers or ())
        if cycle is not None and not cycle.response_complete and events:
            self.transport.close()  # a stream of events has no end of its own
        else:
            super().shutdown()

    def _watch(self) -> None:
        """Set the time for what is under way: a head, a body, or nothing."""
        state = self.conn.their_state
        if state is h11.IDLE and self.conn.trailing_data[0]:
            self._begin("head", HEAD_SECONDS)
        elif state is h11.SEND_BODY and self.conn.our_state is h11.DONE:
            self._begin("rest", _LINGER)  # what nobody waits for any more is not read to its end
        elif state is h11.SEND_BODY:
            self._begin("body", BODY_SECONDS)
        else:
            self._begin("", 0)

    def _begin(self, phase: str, seconds: float) -> None:
        if phase == self._phase:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._phase, self._came = phase, 0
        self._timer = self.loop.call_later(seconds, self._too_slow) if phase else None

    def _too_slow(self) -> None:
        if self._phase == "body" and (self.flow.read_paused or self._came >= BODY_BYTES):
            self._phase = ""
            self._begin("body", BODY_SECONDS)
        else:
            self.transport.abort()


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose servers do not wait a minute for a handshake."""

    async def create_server(self, *args: Any, **settings: Any) -> Any:
        if settings.get("ssl") is not None:
            settings["ssl_handshake_timeout"] = HANDSHAKE_SECONDS
        return await super().create_server(*args, **settings)


class _Server(uvicorn.Server):
    """A server that says when it listens, and ends by returning."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = MAX_AT_WORK
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again at the end, and nothing after it would be done.
        yield


def listen(host: str, port: int) -> socket.socket:
    """A socket that will listen at ``host`` and ``port``; 0 for any port that is free.

    Raises :class:`CannotListen`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio sends small answers at once only on a socket that says that it is TCP.
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise CannotListen(f"cannot listen at {host}, port {port}: {error.strerror or error}") from error
    return opened


def tls(certificate: Path, key: Path | bytes) -> ssl.SSLContext:
    """TLS with a certificate and its key: a file's path, or the key itself, which no disk gets to see.

    Raises :class:`BadValue` for files that are not a certificate and its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["http/1.1"])
    with disk_errors(certificate):
        try:
            if isinstance(key, Path):
                context.load_cert_chain(certificate, key, password=_no_password)
            else:
                with open(os.memfd_create("key"), "w+b") as memory:  # noqa: PTH123 - no path: it is memory
                    memory.write(key)
                    memory.flush()
                    context.load_cert_chain(certificate, f"/proc/self/fd/{memory.fileno()}")
        except ssl.SSLError as error:
            raise BadValue(
                f"{certificate} and its key are no certificate with its private key",
                mend="Give both as PEM, the key without a passphrase, or make them: `reftel tls`.",
            ) from error
    return context


def _no_password() -> str:
    """Answer for a key under a passphrase, so that OpenSSL does not ask at the terminal."""
    return ""


def run(
    app: Any,
    opened: socket.socket,
    context: ssl.SSLContext | None,
    *,
    ready: Callable[[], None],
    log_requests: bool = False,
) -> None:
    """Serve an ASGI application until the process is told to end; ``ready`` is called when it listens."""
    config = uvicorn.Config(
        app,
        http=_Connection,
        ws="none",
        loop="none",
        log_config=None,
        log_level=logging.INFO if log_requests else logging.WARNING,
        access_log=log_requests,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=FINISH_SECONDS,
        h11_max_incomplete_event_size=MAX_HEAD,
    )
    if log_requests:
        logging.basicConfig(format="%(asctime)s %(message)s")
    config.load()
    config.ssl = context
    # As much is set aside, and filled with zeros, for each connection that is open.
    sslproto.SSLProtocol.max_size = _TLS_BUFFER
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * MAX_CONNECTIONS)), hard))
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(_Server(config, ready).serve([opened]))
