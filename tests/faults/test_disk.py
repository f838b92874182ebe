"""A disk that is full, or cannot be written, gives a clear error and loses nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DISK = Path(__file__).with_name("disk.py")


def _namespace() -> list[str]:
    """How to mount disks that nobody else sees; the test is skipped where the machine forbids it."""
    if shutil.which("unshare") and shutil.which("mount"):
        for command in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
            probe = [*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return command
    pytest.skip("skipped: this machine lets no test mount a small disk of its own")


def _holds(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1:] == ["held"], done.stderr


def test_a_full_disk_a_full_stick_and_a_read_only_disk(tmp_path: Path) -> None:
    _holds(*_namespace(), sys.executable, str(DISK), "mounted", str(tmp_path))


def test_files_that_may_not_grow(tmp_path: Path) -> None:
    _holds(sys.executable, str(DISK), "limited", str(tmp_path))
