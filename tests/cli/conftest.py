"""Posts to work at from the command line: made once, copied for each test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reftel.cipher.age import decrypt, encrypt
from reftel.cipher.identity import ScryptIdentity, ScryptRecipient
from reftel.cli import agent
from reftel.cli.index import program
from reftel.office.roles import ROLES

WORDS = "seven lamps over the river"
OWN_WORDS = "the typist counts eight copies"
CHIEF = "Lee San-cho"


@dataclass(frozen=True, slots=True)
class Desk:
    """A post's folder, and the command line used at it by its chief, who has every role."""

    folder: Path
    name: str
    env: dict[str, str | None]

    def run(self, *words: str | Path, code: int = 0, env: dict[str, str | None] | None = None) -> Result:
        """Run one command, which must end with ``code``."""
        result = CliRunner(catch_exceptions=False).invoke(
            program, [str(word) for word in words], env=self.env | (env or {})
        )
        assert result.exit_code == code, result.output
        return result

    def json(self, *words: str | Path) -> Any:
        """Run one command and read its answer."""
        return json.loads(self.run(*words, "--json").stdout)

    def complaint(self, *words: str | Path, code: int, env: dict[str, str | None] | None = None) -> Any:
        """Run a command that is refused and read the complaint."""
        result = self.run(*words, "--json", code=code, env=env)
        assert result.stdout == ""
        return json.loads(result.stderr)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Desk]:
    """KAESONG and BEIJING, as ``reftel init`` makes them."""
    root = tmp_path_factory.mktemp("posts")
    (root / "words").write_text(WORDS + "\n")
    (root / "own words").write_text(OWN_WORDS + "\n")
    desks = {}
    for name in ("KAESONG", "BEIJING"):
        env: dict[str, str | None] = {
            "REFTEL_POST": str(root / name),
            "REFTEL_PERSON": CHIEF,
            "REFTEL_PASSPHRASE_FILE": str(root / "words"),
            "REFTEL_PERSON_PASSPHRASE_FILE": str(root / "own words"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "XDG_RUNTIME_DIR": None,
            "CREDENTIALS_DIRECTORY": None,
        }
        desk = Desk(root / name, name, env)
        roles = [word for role in ROLES for word in ("--role", role)]
        desk.run("init", f"{name.lower()}.example", name, "--administrator", CHIEF, *roles)
        # The same keys under the same words, opened with less work: every command opens them.
        for file, words in (("keys/post.age", WORDS), ("people/lee_20_san-cho.age", OWN_WORDS)):
            path = root / name / file
            secret = decrypt(path.read_bytes(), [ScryptIdentity(words)])
            path.write_bytes(encrypt(secret, [ScryptRecipient(words, log_n=4)]))
        desks[name] = desk
    return desks


def _copied(desk: Desk, folder: Path) -> Desk:
    shutil.copytree(desk.folder, folder / desk.name)
    return Desk(folder / desk.name, desk.name, desk.env | {"REFTEL_POST": str(folder / desk.name)})


@pytest.fixture
def kaesong(made: dict[str, Desk], tmp_path: Path) -> Iterator[Desk]:
    desk = _copied(made["KAESONG"], tmp_path)
    yield desk
    agent.forget(desk.folder)


@pytest.fixture
def beijing(made: dict[str, Desk], tmp_path: Path) -> Desk:
    return _copied(made["BEIJING"], tmp_path)
