"""Posts on disks that cannot be written: ``python disk.py limited|mounted FOLDER``.

``mounted`` mounts small disks of its own and runs inside a mount namespace. What the office relies
on is asserted; the last line is ``held``.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from reftel.bearers.courier import Courier  # noqa: E402
from reftel.cable.model import Cable, Paragraph, Party  # noqa: E402
from reftel.errors import BearerDown, DiskFull, DiskReadOnly, ReftelError, WorldError  # noqa: E402
from reftel.house import open_unlocked  # noqa: E402
from reftel.office import arrivals, channels, desk, people  # noqa: E402
from reftel.office.audit import audit  # noqa: E402
from reftel.office.office import find_cable  # noqa: E402
from reftel.testing import SimulatedPost  # noqa: E402


def sh(*command: str) -> None:
    subprocess.run(command, check=True)


def raises(kind: type[ReftelError], act: Callable[[], object]) -> ReftelError:
    try:
        act()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def run_full(here: SimulatedPost, there: SimulatedPost, disk: Path, stick: Courier) -> None:
    office = here.office
    cable = Cable(
        sender=Party(place="HERE"),
        to=(Party(post="there.example"),),
        blocks=(Paragraph(text="Ammunition for two days. " * 2000),),
    )
    drafted = [desk.draft(office, here.hand, cable)]
    filler = fill(disk)
    for _ in range(200):  # what the database has in reserve goes first
        try:
            drafted.append(desk.draft(office, here.hand, cable))
        except DiskFull as error:
            full = error
            break
    else:
        raise AssertionError("the disk never ran full")
    assert str(disk) in full.sentence
    assert full.retryable
    raises(DiskFull, lambda: desk.release(office, here.hand, drafted[0]))
    raises(DiskFull, lambda: people.rotate(office, here.hand))
    with office.store.read() as connection:
        assert {find_cable(connection, entry).state for entry in drafted} == {"drafted"}
    filler.unlink()
    desk.release(office, here.hand, drafted[0])
    sent = channels.dispatch(office, stick, there.origin)
    assert sent is not None
    there.collect(stick)
    there.dispatch(stick)
    bags = [bag for bag in stick.collect() if bag.bag != sent[0]]
    filler = fill(disk)
    while True:
        try:
            desk.draft(office, here.hand, cable)
        except DiskFull:
            break
    for bag in bags:
        raises(DiskFull, lambda bag=bag: arrivals.receive(office, bag))  # type: ignore[misc]
    filler.unlink()
    assert [arrivals.receive(office, bag).news for bag in bags] == ["arrived"]
    assert here.state(drafted[0]) == "receipted"
    assert audit(office).clean


def stick_full(here: SimulatedPost, there: SimulatedPost, disk: Path) -> None:
    """The stick is full: the bag is kept and carried when there is room."""
    stick = Courier(disk)
    entry = here.release(there, text="Carried later. " * 500)
    filler = fill(disk)
    down = raises(BearerDown, lambda: channels.dispatch(here.office, stick, there.origin))
    assert "space" in down.sentence
    assert stick.names() == []
    filler.unlink()
    assert channels.dispatch(here.office, stick, there.origin) is not None
    assert here.state(entry) == "dispatched"


def read_only(here: SimulatedPost, disk: Path) -> None:
    office = here.office
    cable = Cable(sender=Party(place="HERE"), to=(Party(place="THERE"),), blocks=(Paragraph(text="No."),))
    office.close()  # a file that is open to be written keeps the disk from being remounted
    sh("mount", "-o", "remount,ro", str(disk))
    error = raises(DiskReadOnly, lambda: desk.draft(office, here.hand, cable))
    assert str(disk) in error.sentence
    raises(DiskReadOnly, lambda: people.rotate(office, here.hand))
    raises(DiskReadOnly, lambda: open_unlocked(office.keys, here.clock))
    office.close()
    sh("mount", "-o", "remount,rw", str(disk))
    again = open_unlocked(office.keys, here.clock)
    desk.draft(again, here.hand, cable)
    assert audit(again).clean
    again.close()


def limited(folder: Path) -> None:
    """The system lets no file grow: no less an error of the world, and no less harmless."""
    here = SimulatedPost(folder / "limited", "here.example", "HERE")
    cable = Cable(sender=Party(place="HERE"), to=(Party(place="THERE"),), blocks=(Paragraph(text="No."),))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    raises(WorldError, lambda: desk.draft(here.office, here.hand, cable))
    raises(WorldError, lambda: people.rotate(here.office, here.hand))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    desk.draft(here.office, here.hand, cable)
    people.rotate(here.office, here.hand)
    assert audit(here.office).clean
    here.close()


def mounted(folder: Path) -> None:
    disk, usb = folder / "disk", folder / "usb"
    for place, size in ((disk, "6m"), (usb, "256k")):
        place.mkdir()
        sh("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    (folder / "stick").mkdir()
    here = SimulatedPost(disk / "post", "here.example", "HERE")
    there = SimulatedPost(folder / "there", "there.example", "THERE")
    here.meet(there)
    run_full(here, there, disk, Courier(folder / "stick"))
    stick_full(here, there, usb)
    read_only(here, disk)
    there.close()


if __name__ == "__main__":
    {"limited": limited, "mounted": mounted}[sys.argv[1]](Path(sys.argv[2]))
    print("held")
