"""The wiring: from a folder and a passphrase to an office at work, with a clock and a bearer."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from reftel.bearers.courier import Courier
from reftel.clock import Clock, SystemClock
from reftel.errors import BearerDown, StoreDamaged
from reftel.office.keys import PostKeys, open_post_keys
from reftel.office.office import Office
from reftel.office.people import finish_destruction, open_new_post
from reftel.register.log import Register
from reftel.store import tables as t
from reftel.store.engine import Store

_SYSTEM = SystemClock()


def new_post(folder: Path, origin: str, name: str, passphrase: str, clock: Clock = _SYSTEM) -> Office:
    """Make a post in an empty folder."""
    return open_new_post(folder, origin, name, passphrase, clock)


def open_post(folder: Path, passphrase: str, clock: Clock = _SYSTEM) -> Office:
    """Unlock a post and open its office.

    Raises :class:`reftel.errors.Locked` for a wrong passphrase, :class:`reftel.errors.NotFound`
    where there is no post.
    """
    return open_unlocked(open_post_keys(folder, passphrase), clock)


def open_unlocked(keys: PostKeys, clock: Clock = _SYSTEM) -> Office:
    """Open the office of a post whose keys are unlocked."""
    folder = keys.folder
    if not (folder / "reftel.db").is_file():
        raise StoreDamaged(f"{folder} holds keys but no database", mend="Restore it from a backup.")
    store = Store(folder / "reftel.db", keys.database)
    with store.read() as connection:
        name = connection.execute(select(t.posts.c.name).where(t.posts.c.standing == "self")).scalar()
    if name is None:
        raise StoreDamaged(f"{folder} holds keys but no register", mend="Restore it from a backup.")
    office = Office(
        folder=folder,
        origin=keys.signing.origin,
        name=name,
        store=store,
        register=Register(store),
        keys=keys,
        clock=clock,
    )
    finish_destruction(office)
    return office


def courier(folder: Path) -> Courier:
    """The courier whose bags lie in ``folder``."""
    if not folder.is_dir():
        raise BearerDown(f"there is no folder {folder}", mend="Plug the stick in, or give its folder.")
    return Courier(folder)
