"""The gate: the served office, open with its keys in memory, or shut with none.

While it is shut nothing can be deciphered by this process: the database is closed and every
reference to a key is dropped. Bags are still received, into the spool. It shuts when somebody says
so, and by itself when nobody did anything for a while; time runs on while the machine sleeps.
"""

from __future__ import annotations

import gc
from datetime import datetime, timedelta
from threading import Lock

from reftel.clock import elapsed
from reftel.errors import Locked
from reftel.house import open_unlocked
from reftel.office import jobs
from reftel.office.keys import PostKeys
from reftel.office.office import Office
from reftel.web.spool import Spool

IDLE = timedelta(minutes=30)


class Gate:
    """One post's office as it is served.

    Whoever serves a page asks for :attr:`office` anew for each request and keeps it no longer:
    what is still held would outlive a lock. ``folder``, ``origin``, ``name`` and ``clock`` are
    known while the office is shut.
    """

    def __init__(self, office: Office, *, idle: timedelta = IDLE) -> None:
        self.folder = office.folder
        self.origin = office.origin
        self.name = office.name
        self.clock = office.clock
        self.idle = idle
        self.spool = Spool(office.folder / "spool")
        self.shut_since: datetime | None = None
        self._office: Office | None = office
        self._moving = Lock()
        self._last = elapsed()
        jobs.interrupt(office)

    @property
    def is_open(self) -> bool:
        """Whether the post's keys are in memory."""
        return self._office is not None

    @property
    def office(self) -> Office:
        """The office; raises :class:`Locked` while it is shut."""
        office = self._office
        if office is None:
            raise Locked(
                f"the office of {self.name} is locked",
                mend="At its machine, somebody who has the passphrase types `reftel office unlock`.",
            )
        return office

    def touch(self) -> None:
        """Note that a person did something; what a page does by itself is no act of a person."""
        self._last = elapsed()

    def lock(self) -> bool:
        """Shut the office: close the database and forget the keys; whether it was open.

        A request in hand ends its work with the office that it holds, and then that is gone too.
        """
        with self._moving:
            office, self._office = self._office, None
            if office is None:
                return False
            self.shut_since = self.clock.now()
        office.close()
        del office
        gc.collect()  # what refers to itself would keep keys until some later collection
        return True

    def unlock(self, keys: PostKeys) -> bool:
        """Open the office with its post's keys; whether it was shut."""
        with self._moving:
            if self._office is not None:
                return False
            office = open_unlocked(keys, self.clock)
            jobs.interrupt(office)
            self._office = office
            self.shut_since = None
            self._last = elapsed()
        return True

    @property
    def idle_for(self) -> timedelta:
        """How long nobody has done anything."""
        return timedelta(seconds=elapsed() - self._last)

    def lock_if_idle(self) -> bool:
        """Shut the office when nobody has done anything for long enough; whether that was so."""
        return self.idle_for >= self.idle and self.lock()
