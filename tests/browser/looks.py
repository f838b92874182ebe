"""How pages look and read: what axe-core finds, and pictures, in light, dark and on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.stage import Person

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TALLEST = 6000
LOOKS = {
    "1440 light": (DESK, "light"),
    "1440 dark": (DESK, "dark"),
    "390 light": (PHONE, "light"),
    "390 dark": (PHONE, "dark"),
}
_RUN = """async (only) => {
  const options = only ? { runOnly: { type: "rule", values: only } } : {};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) =>
    `${node.target} (${(node.any[0] ?? node.all[0] ?? node.none[0])?.message})`).join("; ")}`);
}"""
_COLOURS = ["color-contrast", "link-in-text-block"]
_WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(person: Person, size: dict[str, int], colours: Any) -> None:
    """Look at the page in a size and in colours."""
    person.page.set_viewport_size(size)  # type: ignore[arg-type] # a plain dict will do
    person.page.emulate_media(color_scheme=colours)


def findings_of(person: Person, path: str, axe: str) -> dict[str, list[str]]:
    """What axe finds on a page in each look, and where a phone would have to scroll sideways."""
    found = {}
    look(person, DESK, "light")
    person.go(path)
    person.page.evaluate(axe)
    for name, (size, colours) in LOOKS.items():
        look(person, size, colours)
        said = person.page.evaluate(_RUN, _COLOURS if colours == "dark" else None)
        if size is PHONE and person.page.evaluate(_WIDER) > 0:
            said.append("wider than the phone")
        if said:
            found[f"{path}, {name}"] = said
    look(person, DESK, "light")
    return found


def take_pictures(person: Person, path: str, name: str, folder: Path) -> list[str]:
    """Take a picture of a whole page in each look; none where it has no name."""
    if not name:
        return []
    person.go(path)
    made = []
    for words, (size, colours) in LOOKS.items():
        look(person, size, colours)
        whole = person.page.evaluate("document.documentElement.scrollHeight")
        look(person, {**size, "height": min(max(size["height"], whole), TALLEST)}, colours)
        file = folder / f"{name}, {words}.png"
        person.page.screenshot(path=file, full_page=True)
        made.append(file.name)
    look(person, DESK, "light")
    return made
