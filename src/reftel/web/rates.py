"""How often somebody may try: a bounded table of buckets that fill again by themselves."""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock

from reftel.clock import elapsed
from reftel.errors import TooOften
from reftel.web.settings import Rate

MAX_KEYS = 20_000


class Rates:
    """One rate, kept for each key apart. The key that tried longest ago is forgotten first."""

    def __init__(self, rate: Rate) -> None:
        self._tries = rate.tries
        self._second = rate.tries / rate.per.total_seconds()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> None:
        """Count one try; :class:`~reftel.errors.TooOften` where there were too many."""
        now = elapsed()
        with self._lock:
            left, at = self._left.pop(key, (float(self._tries), now))
            left = min(float(self._tries), left + (now - at) * self._second)
            self._left[key] = (max(left - 1, 0) if left >= 1 else left, now)
            if len(self._left) > MAX_KEYS:
                self._left.popitem(last=False)
        if left < 1:
            raise TooOften("that was tried too often", wait=math.ceil((1 - left) / self._second))
