"""Whenever a post is killed or its disk fails, nothing is lost, doubled or half-done."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from reftel.errors import BadValue, NotFound
from reftel.house import new_post, open_post
from reftel.office.audit import audit
from reftel.store import tables as t

KILLER = Path(__file__).with_name("killer.py")
PASSPHRASE = "six words drawn by dice"


@pytest.mark.parametrize(
    ("mode", "count"), [("boundaries", 240), ("moments", 110), ("lost", 120), ("saved", 120)]
)
def test_two_posts_that_are_struck_again_and_again(mode: str, count: int, tmp_path: Path) -> None:
    """The end is what it is without a fault: the same acts, once each, and clean audits all along."""
    command = [sys.executable, str(KILLER), str(tmp_path), mode, str(count), "1951"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    struck = json.loads(done.stdout)
    assert struck.get("killed", 0) + struck.get("failed", 0) == count
    assert struck["rounds"] >= 1


MAKE = """
import os, signal, sys
sys.path[:0] = [{src!r}]
from pathlib import Path
import reftel.files, reftel.office.keys
from reftel.house import new_post
left = int(sys.argv[2])
def around(real):
    def call(*args, **more):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **more)
    return call
for name in ("fsync", "rename", "replace", "mkdir"):
    setattr(os, name, around(getattr(os, name)))
new_post(Path(sys.argv[1]), "here.example", "HERE", {passphrase!r})
"""


def test_a_post_that_is_killed_while_it_is_made_is_not_there(tmp_path: Path) -> None:
    """And is made by doing it again, with any passphrase."""
    folder = tmp_path / "post"
    src = str(Path(__file__).parents[2] / "src")
    for at in range(1, 60):
        command = [sys.executable, "-c", MAKE.format(src=src, passphrase=PASSPHRASE), str(folder), str(at)]
        status = subprocess.run(command, check=False).returncode
        if status == 0:
            break
        assert status == -signal.SIGKILL
        if (folder / "keys").exists():  # it was named already: it is whole
            break
        with pytest.raises(NotFound):
            open_post(folder, PASSPHRASE)
    assert at > 8, "there are this many moments at which to die"
    office = open_post(folder, PASSPHRASE)
    assert audit(office).clean
    with office.store.read() as connection:
        kinds = list(connection.execute(select(t.acts.c.kind).order_by(t.acts.c.entry)).scalars())
    assert kinds == ["post opened", "epoch opened", "epoch opened"]
    office.close()
    with pytest.raises(BadValue, match="holds something already"):
        new_post(folder, "here.example", "HERE", PASSPHRASE)
    assert [entry.name for entry in tmp_path.iterdir()] == ["post"]
