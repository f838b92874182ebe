"""The courier: bags as folders on a USB stick, a shared drive, or a set of attachments.

A bag is a folder ``bag-<id>`` of three files: ``BAG`` (version and id), ``manifest.age`` and
``cables``. It is written under another name, fsynced, and then named: it is there whole or not
at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from reftel.bearers.base import Bag
from reftel.errors import BagError, BearerDown
from reftel.files import sync_folder

VERSION_LINE = "reftel bag v1"
MAX_MANIFEST = 4 * 1024 * 1024
MAX_CABLES = 256 * 1024 * 1024
_NAME = re.compile(r"bag-([0-9a-f]{32})\Z")


class Courier:
    """A folder in which bags are laid and found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def carry(self, bag: Bag) -> None:
        """Lay the bag down; a bag that lies there already is left as it is."""
        target = self.folder / f"bag-{bag.bag}"
        part = self.folder / f".part-{bag.bag}"
        try:
            if target.exists():
                return
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(mode=0o700)
            for name, data in (
                ("BAG", f"{VERSION_LINE}\n{bag.bag}\n".encode()),
                ("manifest.age", bag.manifest),
                ("cables", bag.cables),
            ):
                with (part / name).open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            sync_folder(part)
            part.rename(target)
            sync_folder(self.folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise BearerDown(
                f"the bag could not be laid in {self.folder}: {error.strerror or error}"
            ) from error

    def collect(self) -> Iterator[Bag]:
        """Every bag that lies there whole, in the order of their names.

        A folder that is not a whole bag raises :class:`BagError` when its turn comes; call
        :meth:`names` and :meth:`fetch` to go on behind it.
        """
        for name in self.names():
            yield self.fetch(name)

    def names(self) -> list[str]:
        """The ids of the bags that lie there."""
        try:
            found = [_NAME.match(entry.name) for entry in self.folder.iterdir()]
        except OSError as error:
            raise BearerDown(f"{self.folder} cannot be read: {error.strerror or error}") from error
        return sorted(match.group(1) for match in found if match)

    def fetch(self, name: str) -> Bag:
        """One bag by its id; :class:`BagError` when it is not whole or not bounded."""
        folder = self.folder / f"bag-{name}"
        if _read(folder / "BAG", 256) != f"{VERSION_LINE}\n{name}\n".encode():
            raise BagError(f"bag {name} does not say what it is")
        manifest = _read(folder / "manifest.age", MAX_MANIFEST)
        return Bag(bag=name, manifest=manifest, cables=_read(folder / "cables", MAX_CABLES))

    def remove(self, name: str) -> None:
        """Take a bag out of the folder, once it stands in a register."""
        shutil.rmtree(self.folder / f"bag-{name}", ignore_errors=True)


def _read(path: Path, limit: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise BagError(f"{path.name} of {path.parent.name} cannot be read") from error
    if len(data) > limit:
        raise BagError(f"{path.name} of {path.parent.name} is larger than {limit} bytes")
    return data
