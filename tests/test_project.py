"""What the repository promises to whoever clones, installs or packages it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import reftel
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked() -> list[str]:
    if not (ROOT / ".git").exists():
        pytest.skip("skipped: not a git checkout")
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def pins(lock: str) -> dict[str, str]:
    """Return name -> version of a lock file, each of which must carry at least one hash."""
    found: dict[str, str] = {}
    for entry in (ROOT / "requirements" / lock).read_text().replace("\\\n", "").splitlines():
        name, _, version = entry.split()[0].partition("==")
        assert "--hash=sha256:" in entry, f"{name} has no hash in {lock}"
        found[canonicalize_name(name)] = version
    return found


def test_the_changelog_has_a_section_for_this_version():
    assert f"\n## {reftel.__version__}\n" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("lock", ["run.lock", "dev.lock"])
def test_a_lock_holds_all_that_the_project_asks_for_and_names_no_host(lock):
    groups = PROJECT["dependency-groups"]
    asked = PROJECT["project"]["dependencies"] + groups["build"] + (groups["dev"] if "dev" in lock else [])
    held = pins(lock)
    for requirement in map(Requirement, asked):
        assert requirement.specifier.contains(held[canonicalize_name(requirement.name)]), requirement
    assert "://" not in (ROOT / "requirements" / lock).read_text()


def test_what_is_tested_is_what_is_run():
    run, dev = pins("run.lock"), pins("dev.lock")
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("script", ["demo", "check", ".ci/run", "tools/venv", "tools/lock"])
def test_a_script_can_be_run_by_any_posix_shell(script):
    path = ROOT / script
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", path], check=True)


def test_nothing_names_a_path_of_the_machine_it_was_written_on():
    machine = re.compile(rb"(?<![\w.~-])/(?:work|root|Users)/\w")
    named = [name for name in tracked() if machine.search((ROOT / name).read_bytes())]
    assert named == []


def test_a_wheel_holds_every_file_of_the_package(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("skipped: not a git checkout")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.startswith(f"reftel-{reftel.__version__}-")
    ours = {name.removeprefix("src/") for name in tracked() if name.startswith("src/")}
    assert ours - set(zipfile.ZipFile(wheel).namelist()) == set()


@pytest.fixture
def bare_machine(tmp_path):
    """A machine with a shell and its small tools but no Python, and the repository in a path with a space."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "cut", "dirname", "flock", "sha256sum"):
        (tools / name).symlink_to(shutil.which(name))
    clone = tmp_path / "a clone"
    shutil.copytree(ROOT / "requirements", clone / "requirements")
    (clone / "tools").mkdir()
    for name in ("demo", "pyproject.toml", "tools/venv"):
        shutil.copy(ROOT / name, clone / name)
    return clone


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def demo(clone: Path) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": str(clone.parent / "bin"), "HOME": "/nonexistent"}
    return subprocess.run(
        [clone / "demo"], cwd="/", env=surroundings, capture_output=True, text=True, check=False
    )


def test_without_python_the_demo_says_in_one_line_how_to_get_it(bare_machine):
    ended = demo(bare_machine)
    assert ended.returncode != 0
    assert ended.stderr == (
        "reftel: Python 3.11 or newer is missing; get it with: sudo apt-get install python3 python3-venv\n"
    )


def test_an_ordinary_user_without_pythons_venv_module_is_told_the_package_in_one_line(bare_machine):
    tools = bare_machine.parent / "bin"
    executable(tools / "id", "#!/bin/sh\necho 1000\n")
    # A Python as Debian ships it: ensurepip is a package of its own.
    executable(
        tools / "python3",
        f'#!/bin/sh\ncase $2 in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"\n',
    )
    ended = demo(bare_machine)
    assert ended.returncode != 0
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert ended.stderr == (
        f"reftel: Python's venv module is missing; get it with: sudo apt-get install {package}\n"
    )


def floors(tmp_path: Path, missing: dict[str, int]) -> subprocess.CompletedProcess[str]:
    """Run the floors over a report of 100 lines for each room, of which ``missing`` were not reached."""
    files = {
        f"src/reftel/{room}/module.py": {
            "summary": {
                "num_statements": 80,
                "num_branches": 20,
                "covered_lines": 80 - missing.get(room, 0),
                "covered_branches": 20,
            },
            "missing_lines": [7, 11, 12] if room in missing else [],
            "missing_branches": [[11, 12], [20, -1]] if room in missing else [],
        }
        for room in ("cable", "cipher", "register", "docket", "office")
    }
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"files": files}))
    floor = [sys.executable, str(ROOT / "tools" / "coverage_floor.py"), str(report)]
    return subprocess.run(floor, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("missing", "below"),
    [
        ({}, []),
        ({"office": 10}, []),
        ({"office": 11, "docket": 5}, ["office"]),
        ({"docket": 6}, ["docket"]),
        ({"cable": 1, "register": 1}, ["cable", "register"]),
    ],
)
def test_a_room_below_its_floor_is_named_with_its_lines(tmp_path, missing, below):
    ended = floors(tmp_path, missing)
    assert ended.returncode == bool(below)
    assert [line.split()[0] for line in ended.stdout.splitlines() if line.endswith("BELOW")] == below
    assert all(f"src/reftel/{room}/module.py: 7, 11-12, 20->-1\n" in ended.stdout for room in below)
