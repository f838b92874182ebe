"""Write tests/vectors/docket.json: run it again only when the docket's own rules change.

Nothing in it is random: the same rules give the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from reftel.cable.model import Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.cable.plain import to_plain
from reftel.docket.agreement import digest_of
from reftel.docket.fold import Docket
from reftel.docket.items import Item, issue_key, lines_of, problem

TARGET = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "docket.json"
US, ALLY, THEM = "kaesong.example", "beijing.example", "harbour.example"
WORDS = "Each side keeps four officers at the crossing."
OTHER = "Each side keeps five officers at the crossing."
TALKS = ("talks", "The road")


def line(kind: str, paragraph: str = "", quote: str = "", **fields: str) -> DocketLine:
    """A docket line; an underscore in the name of a field stands for a blank."""
    given = tuple((name.replace("_", " "), value) for name, value in fields.items())
    return DocketLine(kind=kind, paragraph=paragraph, quote=quote, fields=given)


INNER = Cable(
    sender=Party(place="CROSSING"),
    to=(),
    blocks=(Paragraph(text="They asked for a date.", number="1"),),
    docket=(line("move", "1", "asked for a date", party="They", move="query"),),
)
OUTER = Cable(
    sender=Party(place="KAESONG"),
    to=(),
    blocks=(
        Paragraph(text=f"We propose: {WORDS}", number="1"),
        Quotation(blocks=(Paragraph(text="Not by night."), Carried(cable=INNER))),
        Carried(cable=replace(INNER, docket=(*INNER.docket, line("later kind", "1")))),
    ),
    docket=(
        line("text", "1", WORDS, talks="The road", issue="Crossing", state="tabled"),
        line("instruction", "q1.u1", mode="must not", speakable="yes"),
        line("question", "1", "Who watches?"),
        line("question", "9"),
        line("answer", "1", how="by and by"),
        line("bracket", "1", "four", text="#1", party="They"),
    ),
)


def item(name: str, kind: str, minute: int, quote: str = "", **fields: str) -> dict[str, Any]:
    """An item of these talks, registered so many minutes past nine."""
    given = {"talks": "The road", **{key.replace("_", " "): value for key, value in fields.items()}}
    if given["talks"] == "none":
        del given["talks"]
    at = f"2026-11-22T09:{minute:02}:00.000Z"
    return {"name": name, "kind": kind, "at": at, "quote": quote, "fields": given}


def read(given: dict[str, Any]) -> Item:
    """The item that a vector describes."""
    fields = given["fields"]
    issue = fields.get("issue", "")
    return Item(
        name=given["name"],
        kind=given["kind"],
        origin=given["name"].rpartition("/")[0],
        at=given["at"],
        talks=issue_key(fields.get("talks", "")),
        issues=tuple(part.strip() for part in issue.split(";") if part.strip()),
        quote=given["quote"],
        fields=fields,
        who=given.get("entered by", ""),
    )


SIDES = [
    item(f"{US}/1.{n}", "post", n, talks="none", post=origin, party=party)
    for n, (origin, party) in enumerate(((US, "South"), (ALLY, "South"), (THEM, "North")), 1)
]
TEXT = item(f"{US}/5.1", "text", 5, WORDS, issue="Crossing", state="tabled")
DIGEST = digest_of("The road", ("Crossing",), TEXT["name"], WORDS)
AGREED = {"text": TEXT["name"], "digest": DIGEST}
OURS = item(f"{US}/9.1", "agreement", 9, WORDS, **AGREED)
THEIRS = item(f"{THEM}/4.1", "agreement", 12, WORDS, **AGREED)
QUESTION = item(f"{US}/6.1", "question", 6, "Who watches?", to="Chairman")
FIRST = item(f"{US}/7.1", "instruction", 7, mode="must")
SECOND = item(f"{ALLY}/3.1", "instruction", 8, mode="must", supersedes=FIRST["name"])

STORIES: dict[str, list[dict[str, Any]]] = {
    "a question answered in part, then in full": [
        *SIDES,
        QUESTION,
        item(f"{ALLY}/3.1", "answer", 8, question=QUESTION["name"], how="in part"),
        item(f"{ALLY}/4.1", "answer", 9, question=QUESTION["name"], how="in full"),
    ],
    "an answer by the other side's post does not close ours": [
        *SIDES,
        QUESTION,
        item(f"{THEM}/3.1", "answer", 8, question=QUESTION["name"], how="in full"),
    ],
    "an answer to a question of other talks": [
        *SIDES,
        QUESTION,
        item(f"{ALLY}/3.1", "answer", 8, talks="The river", question=QUESTION["name"], how="in full"),
    ],
    "an answer to a question that is not held": [
        *SIDES,
        item(f"{ALLY}/3.1", "answer", 8, question=f"{US}/99.1", how="in full"),
    ],
    "an instruction superseded": [*SIDES, FIRST, SECOND],
    "an instruction that would supersede the one that superseded it": [
        *SIDES,
        {**FIRST, "fields": {**FIRST["fields"], "supersedes": SECOND["name"]}},
        SECOND,
    ],
    "an item amended and one struck out": [
        *SIDES,
        QUESTION,
        FIRST,
        item(f"{US}/8.1", "question", 10, "Who watches by night?", to="Minister", amends=QUESTION["name"]),
        item(f"{ALLY}/8.1", "strike", 11, of=FIRST["name"]),
    ],
    "two names of one issue": [
        *SIDES,
        TEXT,
        item(f"{ALLY}/2.1", "issue", 6, issue="The gate", level="principal"),
        item(f"{US}/8.1", "merge", 10, issue="The gate", into="Crossing"),
    ],
    "a merge undone": [
        *SIDES,
        TEXT,
        item(f"{ALLY}/2.1", "issue", 6, issue="The gate", level="principal"),
        item(f"{US}/8.1", "merge", 10, issue="The gate", into="Crossing"),
        item(f"{US}/9.1", "unmerge", 11, of=f"{US}/8.1"),
    ],
    "a text agreed by both sides": [*SIDES, TEXT, OURS, THEIRS],
    "a text agreed by one side twice": [*SIDES, TEXT, OURS, {**THEIRS, "name": f"{ALLY}/4.1"}],
    "a text agreed by a post of no known side": [*SIDES, TEXT, OURS, {**THEIRS, "name": "far.example/4.1"}],
    "an agreement to other words": [
        *SIDES,
        TEXT,
        OURS,
        item(
            f"{THEM}/4.1",
            "agreement",
            12,
            OTHER,
            text=TEXT["name"],
            digest=digest_of("The road", ("Crossing",), TEXT["name"], OTHER),
        ),
    ],
    "an agreement entered while reading": [*SIDES, TEXT, OURS, {**THEIRS, "entered by": "Somebody"}],
    "an agreed text amended and struck out by one side": [
        *SIDES,
        TEXT,
        OURS,
        THEIRS,
        item(f"{US}/20.1", "text", 20, OTHER, issue="Crossing", amends=TEXT["name"]),
        item(f"{US}/21.1", "strike", 21, of=TEXT["name"]),
        item(f"{THEM}/22.1", "strike", 22, of=THEIRS["name"]),
    ],
}


def outcome(items: list[dict[str, Any]]) -> dict[str, Any]:
    """What these items come to at KAESONG."""
    docket = Docket(map(read, items), US)
    states = {name: state.state for name, state in docket.states.items() if state.state}
    issues = sorted({(docket.root("road", key), key) for _, key in docket.issues()} | _keys(docket))
    return {
        "states": states,
        "words": {name: state.item.quote for name, state in docket.states.items() if state.item.quote},
        "struck": sorted(name for name, state in docket.states.items() if state.struck is not None),
        "without_effect": dict(sorted(docket.remarks.items())),
        "issues": [list(pair) for pair in issues],
    }


def _keys(docket: Docket) -> set[tuple[str, str]]:
    named = {issue_key(name) for state in docket.states.values() for name in state.item.issues}
    talks = issue_key(TALKS[1])
    return {(docket.root(talks, key), key) for key in named}


def names() -> Iterator[dict[str, Any]]:
    """The items of a cable that a post registered under entry 12."""
    for found in lines_of(OUTER):
        yield {
            "item": f"{US}/12.{found.place}",
            "kind": found.line.kind,
            "paragraph": found.line.paragraph,
            "speaker": found.speaker,
            "reporter": found.reporter,
            "does_not_count": problem(OUTER, found.line),
        }


def orders() -> list[dict[str, str]]:
    """Items in their order: by registered time, then by origin, entry and place."""
    listed = [
        (f"{THEM}/9.1", 1),
        (f"{ALLY}/2.10", 2),
        (f"{US}/2.2", 2),
        (f"{US}/2.10", 2),
        (f"{US}/10.1", 2),
        (f"{US}/10.c1.1", 2),
        (f"{ALLY}/1.1", 3),
    ]
    items = sorted((read(item(name, "question", minute)) for name, minute in listed), key=lambda i: i.order)
    return [{"item": one.name, "at": one.at} for one in items]


def main() -> None:
    """Write what the rules give."""
    given: tuple[tuple[str, list[str], str, str], ...] = (
        ("The road", ["Crossing"], TEXT["name"], WORDS),
        ("", [], f"{US}/5.c1.2", "До ответа не показывать."),
        ("Talks", ["One", "Two"], f"{THEM}/1.1", 'A "quoted" word\nand a second line \\ here'),
    )
    value = {
        "names": {"cable": to_plain(OUTER), "registered_under": f"{US}/12", "items": list(names())},
        "order": orders(),
        "digests": [
            {
                "talks": talks,
                "issue": issues,
                "text": name,
                "words": words,
                "digest": digest_of(talks, tuple(issues), name, words),
            }
            for talks, issues, name, words in given
        ],
        "stories": [
            {"name": name, "read_at": US, "items": items, "outcome": outcome(items)}
            for name, items in STORIES.items()
        ],
    }
    TARGET.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
