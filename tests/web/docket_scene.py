"""Talks about a ferry, as BEIJING has them in its docket: cables sent, received and read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reftel.cable.model import DocketLine, Paragraph, Party
from reftel.office import desk, docketing
from tests.office.scenes import REGISTRY, Post, carry, letter

TALKS, FARES, BERTHS = "Ferry talks", "Fares", "Berths"
OURS, THEIRS = "Harbour board", "Ferry company"
ASKED = "May we go as low as four crowns?"
WITHHELD = "We would settle at four crowns."
ORDER = "Offer nothing below six crowns before the ministry has answered."
FIRST, SECOND = "The fare shall be six crowns.", "The fare shall be five crowns and a half."
BRACKETED = "and a half"


def line(kind: str, paragraph: str, quote: str = "", /, **fields: str) -> DocketLine:
    """A docket line of these talks; an underscore in the name of a field stands for a blank."""
    given = {"talks": TALKS, **fields}
    return DocketLine(
        kind=kind,
        paragraph=paragraph,
        quote=quote,
        fields=tuple((name.strip("_").replace("_", " "), value) for name, value in given.items()),
    )


@dataclass(frozen=True, slots=True)
class Ferry:
    """The entries of the cables, and the names of items that tests ask for."""

    report: int
    answer: int
    second: int
    theirs: int
    names: dict[str, str]


def _paragraphs(*texts: str) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text=text, number=str(n)) for n, text in enumerate(texts, 1))


REPORT = letter(
    subject="Second session on the ferry",
    blocks=_paragraphs(
        "At the second session on the ferry they would hear of nothing above five crowns. "
        f"{FIRST} stands in our paper.",
        f"{ASKED} {WITHHELD}",
        "They will probably come back with five crowns and free berths for the summer boats.",
        "On berths they moved from two berths to three. CAPT. BRANDT goes to the north quay on Monday.",
    ),
    docket=(
        line("talks", "1", "the ferry", name=TALKS),
        line("party", "1", "our paper", party=OURS, side="ours"),
        line("party", "1", "they", party=THEIRS, side="theirs"),
        line("post", "", post="moscow.example", party=OURS),
        line("post", "", post="beijing.example", party=OURS),
        line("issue", "1", FIRST, issue=FARES, level="principal", number="1"),
        line("text", "1", FIRST, issue=FARES, party=OURS, state="tabled"),
        line("position", "1", "nothing above five crowns", issue=FARES, party=THEIRS, stance="position"),
        line("question", "2", ASKED, issue=FARES, to="The Minister"),
        line("withheld", "2", WITHHELD, issue=FARES, not_for=THEIRS),
        line(
            "assessment",
            "3",
            "They will probably come back with five crowns",
            issue=FARES,
            of=THEIRS,
            confidence="probable",
        ),
        line("issue", "4", "berths", issue=BERTHS, level="secondary", number="2"),
        line("session", "1", "the second session", session="Second session", date="20 November 2026"),
        line(
            "move",
            "4",
            "they moved from two berths to three",
            issue=BERTHS,
            party=THEIRS,
            move="concession",
            from_="two berths",
            to="three berths",
            session="#13",
        ),
        line("alias", "4", "CAPT. BRANDT", name="Ada Brandt", printed="CAPT. BRANDT", kind="person"),
        line("movement", "4", "CAPT. BRANDT goes to the north quay", who="CAPT. BRANDT", to="North quay"),
        line("outcome", "4", "two berths to three", issue=BERTHS, session="#13", outcome="partly agreed"),
    ),
)


def enter_ferry(post: Post, moscow: Post, folder: Path) -> Ferry:
    """Release BEIJING's two reports, carry MOSCOW's answer to the first here, and read a paper of theirs."""
    report = post.release(REPORT)
    carry(post, moscow, folder / "there")
    question = _name(post, report, 9)
    post.pass_time(hours=2)
    second = post.release(
        letter(
            subject="Third session on the ferry",
            blocks=_paragraphs(f"We tabled a new text: {SECOND} They would strike the words {BRACKETED}."),
            docket=(
                line(
                    "text",
                    "1",
                    SECOND,
                    issue=FARES,
                    party=OURS,
                    state="tabled",
                    parent=_name(post, report, 7),
                ),
                line("bracket", "1", BRACKETED, issue=FARES, text="#1", party=THEIRS, alternative="flat"),
                line("disclosure", "1", SECOND, issue=FARES, item="#1", to=THEIRS, medium="tabled"),
            ),
        )
    )
    post.pass_time(hours=2)
    moscow.clock.at = post.clock.at
    (answer,) = _answer(post, moscow, folder, question)
    theirs = _enter(post)
    names = {
        "question": question,
        "first text": _name(post, report, 7),
        "withheld": _name(post, report, 10),
        "forecast": _name(post, report, 11),
        "session": _name(post, report, 13),
        "move": _name(post, report, 14),
        "instruction": _name(post, answer, 2),
        "second text": _name(post, second, 1),
    }
    return Ferry(report=report, answer=answer, second=second, theirs=theirs, names=names)


def _name(post: Post, cable: int, n: int) -> str:
    row = post.cable(cable)
    return f"{row.origin}/{row.leaf}.{n}"


def _answer(post: Post, moscow: Post, folder: Path, question: str) -> list[int]:
    moscow.release(
        letter(
            subject="Answer on the ferry",
            sender=Party(place="MOSCOW"),
            to=(Party(post="beijing.example", place="BEIJING"),),
            blocks=_paragraphs("You may go to five, no lower for now.", ORDER),
            docket=(
                line("answer", "1", "You may go to five", issue=FARES, question=question, how="in part"),
                line("instruction", "2", ORDER, issue=FARES, to="Ada Brandt", mode="must not"),
            ),
        )
    )
    return carry(moscow, post, folder / "back")


def _enter(post: Post) -> int:
    """A cable entered from paper, of which the registry says what its second paragraph is."""
    words = "The company wants berths in winter too."
    entry = desk.enter(post.office, post.hand(REGISTRY), letter(blocks=_paragraphs("A note.", words)))
    marked = line("position", "2", words, issue=BERTHS, party=THEIRS, stance="demand")
    docketing.enter_lines(post.office, post.hand(REGISTRY), entry, [marked])
    return entry
