"""Each door of the web office once, end to end: asked for, shown, signed, entered, and audited."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import reftel.web
from reftel.office.audit import audit
from reftel.register.entries import Touch
from reftel.register.log import find_entry, size_of
from reftel.web.door import COMMON
from reftel.web.doors import DOORS
from reftel.web.software_key import SoftwareKey
from tests.office.scenes import ADMIN, Post, copy_of
from tests.web.conftest import Web
from tests.web.scenes_of_doors import MOMENTS, Scene

TEMPLATES = Path(reftel.web.__file__).parent / "templates"


@pytest.fixture
def scene(
    web: Web, served_templates: tuple[dict[str, Post], dict[str, SoftwareKey]], tmp_path: Path
) -> Scene:
    """BEIJING served, and MOSCOW beside it."""
    (tmp_path / "stick").mkdir()
    return Scene(web, copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW"), tmp_path / "stick")


def test_every_door_has_its_moment() -> None:
    assert set(MOMENTS) == set(DOORS)


@pytest.mark.parametrize("name", MOMENTS)
def test_a_door_from_end_to_end(scene: Scene, name: str) -> None:
    moment = MOMENTS[name](scene)
    web, before = scene.web, scene.post.size()
    if moment.person == ADMIN:
        web.signed_in(ADMIN, "administrator")
    asked = web.ask(moment.person, name, moment.arguments)
    assert asked.status_code == 200, asked.text
    assert scene.post.size() == before, "nothing is entered before it is signed"
    assert asked.json()["signers"][0] == moment.person
    assert set(asked.json()["signers"]) == {moment.person, *moment.others}
    done = web.touch(moment.person, asked.json())
    assert done.status_code == 200, done.text
    for other in moment.others:
        assert (done.json()["state"], scene.post.size()) == ("waiting", before)
        assert other in done.json()["waiting_for"]
        again = web.signed_in(other).get(
            f"/acts/{asked.json()['id']}", headers={"accept": "application/json"}
        )
        assert again.json()["words"] == asked.json()["words"]
        done = web.touch(other, again.json())
        assert done.status_code == 200, done.text
    assert done.json()["state"] == "entered"
    assert done.json()["next"].startswith("/")
    with scene.post.read() as connection:
        made = [find_entry(connection, n).decoded for n in range(before, size_of(connection))]
    signed = [record for record in made if record.signatures]
    assert {record.kind for record in signed} <= set(DOORS[name].kinds)
    assert len(signed) == len(asked.json()["acts"])
    assert done.json()["entry"] == before
    for record in signed:
        assert {signature.person for signature in record.signatures} == {moment.person, *moment.others}
        assert all(isinstance(signature.signature, Touch) for signature in record.signatures)
    said = " ".join(asked.json()["words"])
    assert moment.person in said
    assert "Sign the act" not in said
    page = web.signed_in(moment.person).get(f"/acts/{asked.json()['id']}")
    assert "It happened" in page.text or name in {"revoke passkey", "depart"}
    report = audit(scene.post.office)
    assert report.clean, report


def test_every_form_in_the_templates_has_a_door_that_takes_its_fields() -> None:
    """Those that name their door and fields in the template itself."""
    forms = 0
    for path in sorted(TEMPLATES.rglob("*.html")):
        for name, form in _forms(path.read_text()):
            forms += 1
            assert name in DOORS, f"{path.name}: there is no door {name!r}"
            fields = {*DOORS[name].fields, *COMMON, "token", "door"}
            named = {field.partition(".")[0] for field in _fields(form)}
            assert named <= fields, f"{path.name}: the door {name!r} takes no {named - fields}"
    assert forms > 20


def _forms(text: str) -> list[tuple[str, str]]:
    patterns = (
        r'data-door="([^"{]+)".*?</form>',
        r'{% call act\("([^"]+)".*?{% endcall %}',
        r'{{ act\("([^"]+)".*?}}',
    )
    return [(found[1], found[0]) for one in patterns for found in re.finditer(one, text, re.DOTALL)]


def _fields(form: str) -> set[str]:
    names = set(re.findall(r'\bname="([^"{]+)', form))
    names |= set(re.findall(r'\b(?:input|textarea|select)\("([^"]+)"', form))
    values = re.search(r'act\("[^"]+",[^{]*{([^}]*)}', form)
    return names | set(re.findall(r'"([a-z_]+)":', values[1] if values else ""))
