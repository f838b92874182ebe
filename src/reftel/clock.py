"""The one place that reads the wall clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the office asks for the time: an aware datetime in UTC, to the microsecond."""

    def now(self) -> datetime:
        """The time: aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time by the machine's clock."""
        return datetime.now(UTC)


class SetClock:
    """A clock that stands where it was set, for replays and tests."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The time that was set."""
        return self.at


def elapsed() -> float:
    """Seconds since the machine was started, asleep or awake: for how long something is, never for when."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
