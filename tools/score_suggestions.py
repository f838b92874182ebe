"""Score what the rules propose against what people read: ``python tools/score_suggestions.py``.

Precision and recall of each kind, on the five founding cables (read by hand into docket lines in
``tests/story/founding_docket.py``) and on the pages of ``../shared/corpus`` that were read by hand
(``gold-dev-pages.jsonl``; for the kinds that it does not tell, ``suggestions_key.csv`` beside this
file, which has the places of the words and none of them). ``--failures`` prints every proposal that
nobody made, and every reading that no rule found. Both were seen while the rules were written.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reftel.cable.model import Cable, Paragraph, Party  # noqa: E402
from reftel.cable.paragraphs import paragraph_ids  # noqa: E402
from reftel.docket.suggest import suggest  # noqa: E402
from tests.cable.founding import FOUNDING, reading  # noqa: E402
from tests.story.founding_docket import lines  # noqa: E402

SHARED = ROOT.parent / "shared"
KEY = Path(__file__).with_name("suggestions_key.csv")
KINDS = (
    "question",
    "answer",
    "instruction",
    "withheld",
    "assessment",
    "fallback",
    "text",
    "issue",
    "position",
    "session",
    "outcome",
    "move",
    "movement",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a document, by their place in a paragraph, and what kind of item they are."""

    document: str
    paragraph: str
    start: int
    end: int
    kind: str

    def meets(self, other: Place) -> bool:
        """Whether the two share words and kind."""
        same = (self.document, self.paragraph, self.kind) == (other.document, other.paragraph, other.kind)
        return same and self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Gold:
    """Documents, what somebody read in them, and what might be read in them too."""

    documents: dict[str, Cable]
    wanted: tuple[Place, ...]
    allowed: tuple[Place, ...]


def founding() -> Gold:
    """The founding five: what a cable asks for at once is an instruction; guidance may be withheld too."""
    documents = {name: make() for name, make in FOUNDING.items()}
    wanted: list[Place] = []
    allowed: list[Place] = []
    for name, cable in documents.items():
        said = reading(name)
        wanted += [
            _place(name, cable, line.paragraph, line.quote, line.kind)
            for line in lines(name, cable, said)
            if line.kind in KINDS
        ]
        for guidance in said.get("guidance", ()):
            at = _standing(cable, guidance["literal"])
            allowed += [
                _place(name, cable, at, guidance["literal"], kind) for kind in ("instruction", "withheld")
            ]
        for ask in said.get("asks", ()):
            at = _standing(cable, ask["literal"])
            wanted.append(_place(name, cable, at, ask["literal"], "instruction"))
    return Gold(documents, tuple(dict.fromkeys(wanted)), tuple(allowed))


def pages() -> Gold:
    """The pages, each line a paragraph. Their gold tells instructions; the key tells the rest."""
    documents: dict[str, Cable] = {}
    wanted: list[Place] = []
    allowed: list[Place] = []
    lines_of: dict[tuple[str, str], str] = {}
    for line in (SHARED / "corpus" / "gold-dev-pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        documents[page["id"]], named = _page(page["text"])
        lines_of |= {(page["id"], str(number)): name for number, name in named.items()}
        wanted += list(_instructions(page, documents[page["id"]]))
    with KEY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name, shift = lines_of[row["page"], row["line"]].split("+")
            start, end = max(int(row["start"]) - int(shift), 0), int(row["end"]) - int(shift)
            for kinds, places in ((row["kinds"], wanted), (row["allowed"], allowed)):
                places += [Place(row["page"], name, start, end, kind) for kind in kinds.split()]
    return Gold(documents, tuple(dict.fromkeys(wanted)), tuple(allowed))


def _page(text: str) -> tuple[Cable, dict[int, str]]:
    """A page as a cable, and of each line its paragraph and how many characters its number took."""
    blocks, numbers, shifts = [], [], []
    for number, line in enumerate(text.split("\n")):
        body = line.strip()
        if body:
            printed = re.match(r"([0-9]{1,2})\. +", body)
            blocks.append(
                Paragraph(
                    text=body[printed.end() :] if printed else body, number=printed[1] if printed else ""
                )
            )
            numbers.append(number)
            shifts.append(line.index(blocks[-1].text[:20]))
    cable = Cable(sender=Party(), to=(), blocks=tuple(blocks))
    names = [name for name, _ in paragraph_ids(cable)]
    return cable, {n: f"{name}+{shift}" for n, name, shift in zip(numbers, names, shifts, strict=True)}


def _instructions(page: dict[str, Any], cable: Cable) -> Iterator[Place]:
    for literal in page["gold"].get("instructions", ()):
        yield _place(page["id"], cable, _standing(cable, literal), literal, "instruction")


def _standing(cable: Cable, words: str) -> str:
    return next(name for name, paragraph in paragraph_ids(cable) if words in paragraph.text)


def _place(document: str, cable: Cable, paragraph: str, quote: str, kind: str) -> Place:
    text = dict(paragraph_ids(cable))[paragraph].text
    start = text.index(quote)
    return Place(document, paragraph, start, start + len(quote or text), kind)


def proposed(gold: Gold) -> list[Place]:
    """What the rules propose of every document."""
    return [
        _place(name, cable, one.line.paragraph, one.line.quote, one.line.kind)
        for name, cable in gold.documents.items()
        for one in suggest(cable)
    ]


def score(gold: Gold) -> dict[str, tuple[int, ...]]:
    """Of each kind: proposals that somebody read too, proposals, readings found, readings."""
    made = proposed(gold)
    right = [one for one in made if _met(one, (*gold.wanted, *gold.allowed))]
    found = [one for one in gold.wanted if _met(one, made)]
    counts = [Counter(one.kind for one in places) for places in (right, made, found, gold.wanted)]
    return {kind: (counts[0][kind], counts[1][kind], counts[2][kind], counts[3][kind]) for kind in KINDS}


def _met(one: Place, others: Iterable[Place]) -> bool:
    return any(one.meets(other) for other in others)


def table(title: str, scores: dict[str, tuple[int, ...]]) -> str:
    """The scores as a table, as it stands in docs/suggestions.md."""
    rows = {kind: counts for kind, counts in scores.items() if counts[1] or counts[3]}
    rows["all"] = tuple(map(sum, zip(*rows.values(), strict=True)))
    shown = [f"### {title}", "", "| kind | precision | recall |", "|---|---|---|"]
    for name, (right, made, found, wanted) in rows.items():
        shown.append(f"| {name} | {_share(right, made)} | {_share(found, wanted)} |")
    return "\n".join(shown)


def _share(part: int, whole: int) -> str:
    return f"{100 * part // whole}% ({part} of {whole})" if whole else "–"


def failures(gold: Gold) -> Iterator[str]:
    """Every proposal that nobody made, and every reading that no rule found."""
    made = proposed(gold)
    both = (*gold.wanted, *gold.allowed)
    for sign, places, others in (("nobody made", made, both), ("not found", gold.wanted, made)):
        for one in places:
            if not _met(one, others):
                text = dict(paragraph_ids(gold.documents[one.document]))[one.paragraph].text[
                    one.start : one.end
                ]
                yield f"{sign}: {one.kind} in {one.document} {one.paragraph}: {text[:150]}"


def main() -> None:
    """Print the scores of both sets, and with ``--failures`` what went wrong."""
    if not SHARED.is_dir():
        print("skipped: no ../shared")
        return
    for title, gold in (("The founding five", founding()), ("The pages", pages())):
        print(table(title, score(gold)), end="\n\n")
        if "--failures" in sys.argv[1:]:
            print("\n".join(failures(gold)), end="\n\n")


if __name__ == "__main__":
    main()
