"""The spool: bags that came while the office was locked, copied whole and taken in later.

Rules that this file keeps:

* nothing here is deciphered: a bag is bytes, named by the digest of what it holds;
* a bag is in the spool whole and on the disk, or not at all, and the same bag is there once;
* bags are taken in in the order in which they came, and removed only when the office has answered;
* there is a bound, and what is beyond it stays with the courier.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reftel.bearers.base import Bag, Broken
from reftel.bearers.courier import Courier
from reftel.errors import DiskFull
from reftel.files import sync_folder
from reftel.office.arrivals import Arrived
from reftel.store.engine import disk_errors

MAX_BAGS = 1000
MAX_BYTES = 1024 * 1024 * 1024
_NAME = re.compile(r"([0-9]{8})-([0-9a-f]{64})\Z")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many bags lie in the spool, and since when the first of them does."""

    bags: int
    since: datetime | None


class Spool:
    """A folder of a post in which bags wait; one thread of one process uses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, bag: Bag) -> bool:
        """Copy a bag into the spool; whether it was not there yet. It is on the disk when this returns.

        Raises :class:`DiskFull` beyond the bound, and as the disk does.
        """
        digest = hashlib.sha256(b"%d\n%b%b" % (len(bag.manifest), bag.manifest, bag.cables)).hexdigest()
        with disk_errors(self.folder):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            held = self._held()
            if any(path.name.endswith(digest) for path in held):
                return False
            size = sum(file.stat().st_size for path in held for file in path.rglob("*") if file.is_file())
            if len(held) >= MAX_BAGS or size + len(bag.manifest) + len(bag.cables) > MAX_BYTES:
                raise DiskFull(
                    f"{len(held)} bags wait already, and no more are kept while the office is locked",
                    mend="Unlock the office; what it did not take stays with the courier.",
                )
            number = 1 + (int(held[-1].name[:8]) if held else 0)
            part = self.folder / f".{digest}"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(mode=0o700)
            Courier(part).carry(bag)
            part.rename(self.folder / f"{number:08d}-{digest}")
            sync_folder(self.folder)
        return True

    def take_in(self, receive: Callable[[Bag | Broken], Arrived]) -> list[Arrived]:
        """Hand each bag to ``receive``, the first first, and remove it when that has answered.

        What ``receive`` raises leaves that bag and those behind it where they are.
        """
        with disk_errors(self.folder):
            if not self.folder.is_dir():
                return []
            for cut_short in self.folder.glob(".*"):
                shutil.rmtree(cut_short)
            held = self._held()
        answers = []
        for path in held:
            answers += [receive(bag) for bag in Courier(path).collect()]
            with disk_errors(path):
                # Under another name first: what is half removed must not be taken for a bag.
                going = path.rename(self.folder / f".{path.name}")
                sync_folder(self.folder)
                shutil.rmtree(going)
        return answers

    def waiting(self) -> Waiting:
        """What lies in the spool."""
        with disk_errors(self.folder):
            held = self._held() if self.folder.is_dir() else []
            since = None
            with suppress(FileNotFoundError):  # it may be taken in meanwhile
                since = datetime.fromtimestamp(held[0].stat().st_ctime, UTC) if held else None
        return Waiting(len(held), since)

    def _held(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if _NAME.match(path.name))
