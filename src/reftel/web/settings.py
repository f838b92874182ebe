"""What the web office is told when it is made: where it stands, and how much it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from reftel.errors import BadValue

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many tries, and as many again after each such time."""

    tries: int
    per: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one request may hold, and how often somebody may try to get in.

    Sizes are in bytes. ``getting_in`` bounds what is sent before anybody is signed in.
    """

    headers: int = 64
    header_bytes: int = 16 * KIB
    target_bytes: int = 4 * KIB
    body_seconds: float = 30.0
    getting_in_bytes: int = 32 * KIB
    report_bytes: int = 16 * KIB
    body_bytes: int = 4 * MIB
    upload_bytes: int = 17 * MIB
    bytes_by_address: int = 40 * MIB
    by_address: Rate = field(default_factory=lambda: Rate(tries=120, per=timedelta(minutes=1)))
    by_name: Rate = field(default_factory=lambda: Rate(tries=12, per=timedelta(minutes=1)))
    codes: Rate = field(default_factory=lambda: Rate(tries=8, per=timedelta(minutes=10)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The address under which people reach the office; of a demonstration, its people's keys too.

    ``demo_keys`` are the passkeys in software of a demonstration's people, by name, secrets and all:
    they are handed to whoever asks. ``origin`` is such as ``https://office.beijing.example:8443``;
    passkeys are bound to its name. Raises :class:`~reftel.errors.BadValue` for an origin that no
    browser would give.
    """

    origin: str
    demo_keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        parts = urlsplit(self.origin)
        written = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in {"https", "http"} or not parts.hostname or written.lower() != self.origin:
            raise BadValue(
                f"{self.origin!r} is not the address of a web office",
                mend="Give it such as https://office.beijing.example or http://localhost:8411.",
            )
        if parts.scheme == "http" and not self._on_loopback:
            raise BadValue("without TLS the web office is served on this machine only", mend="Use https.")

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration, whose passkeys prove nothing."""
        return bool(self.demo_keys)

    @property
    def rp_id(self) -> str:
        """The name to which passkeys are bound: the host without its port."""
        return urlsplit(self.origin).hostname or ""

    @property
    def host(self) -> str:
        """What a browser sends as Host."""
        return urlsplit(self.origin).netloc

    @property
    def secure(self) -> bool:
        """Whether people reach the office by TLS."""
        return self.origin.startswith("https:")

    @property
    def cookie(self) -> str:
        """The name of the session's cookie; without TLS with its port, which browsers do not tell apart."""
        port = urlsplit(self.origin).port
        return "__Host-reftel" if self.secure else f"reftel-{port}" if port else "reftel"

    @property
    def _on_loopback(self) -> bool:
        return self.rp_id == "localhost" or self.rp_id.endswith(".localhost")
