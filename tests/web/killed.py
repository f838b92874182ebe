"""Kills the server at each lasting write of the last signature of an act: ``python killed.py FOLDER``.

Each time a browser that loads the act's page again is told the truth: entered, and it stands in the
register once, or waiting, and nothing of it does; and the same touch, given again, enters it once.
The last line is how often which of the two was found, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from reftel.house import open_unlocked  # noqa: E402
from reftel.office.audit import audit  # noqa: E402
from reftel.store import tables as t  # noqa: E402
from tests.faults.killer import die, hook  # noqa: E402
from tests.office.scenes import CIPHER, READER, REGISTRY, RELEASER, Post, found_post, introduce  # noqa: E402
from tests.web.conftest import Web, enrol_everybody, serve  # noqa: E402

Question = tuple[str, Mapping[str, Any], str]
"""Who signs last, what that person is asked, and the kind of the act."""


def release(web: Web) -> Question:
    """A release, which one person signs."""
    asked = web.ask(RELEASER, "release", {"cables": [web.post.draft()]})
    return RELEASER, asked.json(), "released"


def destroy(web: Web) -> Question:
    """A destruction, of which the second witness signs last."""
    given = {"cable": web.post.printed(), "copies": [1], "witnesses": [READER, CIPHER]}
    asked = web.ask(REGISTRY, "destroy", given).json()
    web.touch(REGISTRY, asked)
    web.touch(READER, web.signed_in(READER).get(f"/acts/{asked['id']}/options").json())
    return CIPHER, web.signed_in(CIPHER).get(f"/acts/{asked['id']}/options").json(), "destroyed"


def found(folder: Path) -> Web:
    """A served post."""
    posts = {n: found_post(folder / n, f"{n.lower()}.example", n) for n in ("BEIJING", "MOSCOW")}
    introduce(posts["BEIJING"], posts["MOSCOW"])
    posts["MOSCOW"].office.close()
    keys = enrol_everybody(posts["BEIJING"])
    gate, app = serve(posts["BEIJING"])
    return Web(post=posts["BEIJING"], gate=gate, app=app, keys=keys)


def strike(web: Web, at: int, person: str, path: str, assertion: object) -> bool:
    """Give the touch to a server of its own that dies at its write number ``at``; whether it died."""
    browser = web.signed_in(person)
    browser.get("/account")
    web.post.office.close()
    child = os.fork()
    if child == 0:
        passed = 0

        def fault(name: str, after: bool) -> None:
            nonlocal passed
            if name != "statement" and (after or name != "fsync"):
                passed += 1
                if passed == at:
                    die(name)

        hook(fault)
        office = open_unlocked(web.post.office.keys, web.post.clock)
        _, app = serve(Post(office=office, clock=web.post.clock))
        browser.client.app = app
        browser.client._transport.app = app  # type: ignore[attr-defined]
        answer = browser.post(path, {"assertion": assertion})
        os._exit(0 if answer.status_code == 200 else 1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the server answered with an error"
    assert not os.WIFSIGNALED(status) or os.WTERMSIG(status) == signal.SIGKILL
    return os.WIFSIGNALED(status)


def entered(web: Web, kind: str) -> int:
    """How many acts of a kind stand in the register."""
    return sum(row.kind == kind for row in web.post.rows(t.acts))


def play(web: Web, begin: Callable[[Web], Question], told: Counter[str]) -> None:
    """Strike at each write in turn, until the server gets past the last."""
    at, died = 0, True
    while died:
        at += 1
        person, asked, kind = begin(web)
        before = entered(web, kind)
        path = f"/acts/{asked['id']}"
        assertion, _ = web.keys[person].get(asked["publicKey"])
        died = strike(web, at, person, f"{path}/signature", assertion)
        made = entered(web, kind) - before
        page = web.signed_in(person).get(path).text
        assert (made, "It happened" in page, "It has not happened yet" in page) in {
            (1, True, False),
            (0, False, True),
        }, (at, made)
        state = "entered" if made else "waiting"
        told[state] += died
        assert died or made
        again = web.signed_in(person).post(f"{path}/signature", {"assertion": assertion})
        assert (again.status_code, again.json()["state"]) == (200, "entered"), again.text
        assert entered(web, kind) == before + 1
    assert audit(web.post.office).clean


if __name__ == "__main__":
    here = found(Path(sys.argv[1]))
    counted: Counter[str] = Counter()
    for begin in (release, destroy):
        play(here, begin, counted)
    print(json.dumps(counted))
