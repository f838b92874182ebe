"""The courier: bags as folders on a USB stick, a shared drive, or a set of attachments.

A bag is a folder ``bag-<id>`` of three files: ``BAG`` (version and id), ``manifest.age`` and
``cables``. It is written under another name, fsynced, and then named: it is there whole or not
at all.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from reftel.bearers.base import Bag, Broken
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
            if not target.exists():
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
            # Also for a bag that lies there: an earlier attempt may have ended before this.
            sync_folder(self.folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise BearerDown(
                f"the bag could not be laid in {self.folder}: {error.strerror or error}"
            ) from error

    def collect(self) -> Iterator[Bag | Broken]:
        """Every bag that lies there, in the order of their names."""
        for name in self.names():
            try:
                yield self.fetch(name)
            except BagError as error:
                yield Broken(bag=name, error=error)

    def names(self) -> list[str]:
        """The ids of the bags that lie there."""
        try:
            found = [_NAME.match(entry.name) for entry in self.folder.iterdir()]
        except OSError as error:
            raise BearerDown(f"{self.folder} cannot be read: {error.strerror or error}") from error
        return sorted(match.group(1) for match in found if match)

    def fetch(self, name: str) -> Bag:
        """One bag by its id; :class:`BagError` when it is not whole or not bounded."""
        try:
            folder = os.open(self.folder / f"bag-{name}", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError as error:
            raise BagError(f"bag {name} is not a folder that can be read") from error
        try:
            if _read(folder, name, "BAG", 256) != f"{VERSION_LINE}\n{name}\n".encode():
                raise BagError(f"bag {name} does not say what it is")
            manifest = _read(folder, name, "manifest.age", MAX_MANIFEST)
            return Bag(bag=name, manifest=manifest, cables=_read(folder, name, "cables", MAX_CABLES))
        finally:
            os.close(folder)

    def remove(self, name: str) -> None:
        """Take a bag out of the folder, once it stands in a register."""
        shutil.rmtree(self.folder / f"bag-{name}", ignore_errors=True)


def _read(folder: int, bag: str, name: str, limit: int) -> bytes:
    """A plain file in the bag's folder: no link out of it, no pipe or device that never ends."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
                raise BagError(f"{name} of bag {bag} is no file of at most {limit} bytes")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(limit + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise BagError(f"{name} of bag {bag} cannot be read") from error
    if len(data) > limit:
        raise BagError(f"{name} of bag {bag} is no file of at most {limit} bytes")
    return data
