"""``reftel bench docket``: how fast a large docket is read: the board, an issue, who knew what, a check."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import click

from reftel.cable import internet
from reftel.cable.model import Cable, DocketLine, Onward, Paragraph, Party, Precedence
from reftel.cipher.person import PersonKey
from reftel.cli import bench_texts
from reftel.cli.bench_posts import CLERK, PASSPHRASE
from reftel.cli.frame import Session, command
from reftel.cli.output import progress, table
from reftel.house import new_post
from reftel.office import docket_checks, docket_views, knew, people
from reftel.office.docket import Lens
from reftel.office.moments import read_when
from reftel.office.office import Hand, Office, records
from reftel.office.roles import ROLES
from reftel.office.sight import Asker
from reftel.register.entries import Json
from reftel.register.log import cable_finder, find_entries, size_of
from reftel.register.projections import project
from reftel.store.engine import View

_RUN = (
    "cables entered from paper through the register like any others, one docket line in each; read by a "
    "registry clerk who is cleared for them, each time another page, issue or moment"
)
_TALKS = "The talks at the crossing"
_AT_ONCE = 500
_TIMES = 60
_DRAFTS = 60
_REPLAYED = 20_000
_SAID = (
    "The delegations met at ten and sat until one, with a recess for each side to consult.",
    "Our proposal on the crossing was read out again and the interpreter was asked to read it twice.",
    "They would not say whether their principals had answered, and asked for another day.",
    "We told them that a line once agreed must be drawn by surveyors of both sides together.",
    "The liaison officers will exchange lists of those who are to pass, and of their vehicles.",
    "Nothing was said of the hostages, though the question was put in three different forms.",
    "The south repeated that observers must come from states which took no part in the fighting.",
    "It was left open who pays for the huts, the wire and the field telephones.",
    "A great concession was made of the hour of meeting, and the press was told so.",
    "We are content with the wording of the second sentence and have reserved on the third.",
    "The chairman of their delegation left by air the same evening and is expected on Friday.",
    "If the date cannot be held, both sides will say so by noon through the open line.",
)
_PARTIES = ("The north", "The south")


@command(example="reftel bench docket --json\nreftel bench docket --issues 50 --items 5000")
@click.option(
    "--issues", type=click.IntRange(1), default=1_000, show_default=True, help="How many issues there are."
)
@click.option(
    "--items", default=100_000, show_default=True, help="How many items, each in a cable of its own."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="On which disk to measure; else the system's folder for temporary files.",
)
def docket(session: Session, issues: int, items: int, folder: Path | None) -> None:
    """Fill a docket, and say how fast it is read.

    The post is made in a temporary folder that is removed afterwards.
    """
    gc.freeze()  # as `reftel serve` does before it opens a post
    with TemporaryDirectory(prefix="reftel-bench-", dir=folder) as place:
        value = _measure(Path(place), issues, items)
    session.emit(value, _as_text(value))


def _measure(place: Path, issues: int, items: int) -> dict[str, Any]:
    office = new_post(place / "post", "bench.example", "BENCH", PASSPHRASE)
    key = PersonKey.generate()
    people.found(office, CLERK, key, roles=ROLES)
    hand = Hand(who=CLERK, key=key)
    first = _entries(office)
    with progress("Filling the docket", items) as step:
        for serials in _chunks(range(items), _AT_ONCE):
            _enter(office, hand, serials, issues, first)
            step(len(serials))
    with office.store.read() as connection:
        asker = Asker(person=CLERK, roles=frozenset(ROLES))
        timed = _views(office, connection, Lens(office.origin, asker), issues, first + items)
        timed |= {"a draft's check": _timed(_drafts(office, connection, asker))}
        figures = {name: _figures(taken) for name, taken in timed.items()}
        replay = _replay(connection, first, items)
    office.close()
    counts = {"issues": issues, "items": items, "instructions": items // 100, "withheld": items // 10}
    return {"run": _RUN, **counts, "ms": figures, "replayed_per_second": replay}


def _entries(office: Office) -> int:
    with office.store.read() as connection:
        return size_of(connection)


def _chunks(serials: range, size: int) -> Iterator[range]:
    return (serials[at : at + size] for at in range(0, len(serials), size))


def _enter(office: Office, hand: Hand, serials: range, issues: int, first: int) -> None:
    """Enter so many cables in one transaction, each with one item."""
    cables = [_cable(n, issues, f"{office.origin}/{first + n - n % 100 + 1}.1") for n in serials]
    with office.register.writing() as writing:
        texts = writing.lay_down([(internet.write(cable), cable) for cable in cables])
        bodies: list[Json] = [{"text": text, "asks": 0, "paper": True} for text in texts]
        writing.append(records(office, writing.connection, "entered", hand, bodies))


def _cable(n: int, issues: int, question: str) -> Cable:
    """The ``n``-th cable: of every hundred on an issue, what a negotiation has of each kind.

    The second of each hundred is a question, under the name ``question``.
    """
    cable = bench_texts.cable(n, Party(place="FIELD"), Party(post="bench.example"), Precedence.ROUTINE)
    words = next(block.text for block in cable.blocks if isinstance(block, Paragraph))
    kind, fields = _item(n, question)
    issue = f"Issue {n // 100 % issues:04}"
    line = DocketLine(
        kind=kind,
        paragraph=_first_name(cable),
        quote=words[:200],
        fields=(*fields, ("issue", issue), ("talks", _TALKS)),
    )
    return replace(cable, docket=(line,))


def _first_name(cable: Cable) -> str:
    block = next(block for block in cable.blocks if isinstance(block, Paragraph))
    return f"{block.series}-{block.number}" if block.series else block.number or "u1"


def _item(n: int, question: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    place, party = n % 100, _PARTIES[n % 2]
    # One instruction in a hundred, and one withheld item, is what a draft comes near.
    forbidden = "great concession" if n // 100 % 100 == 0 else f"marker {n} on the ridge"
    hidden = "who pays for the huts" if n % 100_000 == 5 else f"battery {n} behind the reserve"
    match place:
        case 0:
            return "issue", (("level", "principal"),)
        case 1:
            return "question", (("to", "The minister"),)
        case 2:
            return "answer", (("question", question), ("how", "in part"))
        case 3:
            return "instruction", (
                ("to", "The delegation"),
                ("mode", "must not"),
                ("words", forbidden),
            )
        case _ if place < 14:
            return "withheld", (("not for", "The south"), ("words", hidden))
        case _ if place < 34:
            return "question", (("to", "The minister"),)
        case _ if place < 54:
            return "position", (("party", party), ("stance", "position"))
        case _ if place < 74:
            return "move", (("party", party), ("move", "offer"))
        case _ if place < 94:
            return "assessment", (("of", party), ("confidence", "possible"))
        case _:
            return "text", (("party", party), ("state", "tabled"))


def _views(office: Office, connection: View, lens: Lens, issues: int, last: int) -> dict[str, list[float]]:
    talks = docket_views.default_talks(connection, lens)
    filled = min(issues, (last - 1) // 100)
    keys = [f"issue {n * 17 % filled:04}" for n in range(_TIMES)]
    moments = [last * (n + 1) // (_TIMES + 1) for n in range(_TIMES)]
    now = office.clock.now()
    whens = [read_when(connection, f"entry:{moment}", now) for moment in moments]
    post, person = (knew.find_subject(connection, office.origin, who) for who in (office.origin, CLERK))

    def board(key: str, until: int = -1) -> object:
        return docket_views.board(connection, replace(lens, until=until), talks, key)

    def issue(key: str) -> object:
        return docket_views.issue_page(connection, lens, talks, key)

    return {
        "board": _timed(partial(board, key) for key in keys),
        "board as of a moment": _timed(map(partial, repeat(board), keys, moments)),
        "issue": _timed(partial(issue, key) for key in keys),
        "knew, of the post": _timed(partial(knew.knew, connection, post, when, lens.asker) for when in whens),
        "knew, of a person": _timed(
            partial(knew.knew, connection, person, when, lens.asker) for when in whens
        ),
    }


def _drafts(office: Office, connection: View, asker: Asker) -> Iterator[Callable[[], object]]:
    """Drafts to hand on, of twenty paragraphs each, checked against all that is in force and withheld."""
    to, onward = (Party(post=office.origin),), Onward(to=Party(person="The south"))
    for n in range(_DRAFTS):
        said = [_SAID[(n + k) % len(_SAID)] for k in range(60)]
        blocks = tuple(Paragraph(text=" ".join(said[at : at + 3])) for at in range(0, 60, 3))
        draft = Cable(sender=Party(), to=to, onward=onward, blocks=blocks)
        yield partial(docket_checks.warnings, office, connection, draft, asker=asker)


def _timed(calls: Iterable[Callable[[], object]]) -> list[float]:
    """How many milliseconds each call takes."""
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1e3)
    return taken


def _figures(taken: list[float]) -> dict[str, float]:
    return {
        "first": round(taken[0], 1),
        "p50": round(median(taken), 1),
        "p95": round(quantiles(taken, n=20)[-1], 1),
    }


def _replay(connection: View, first: int, items: int) -> int:
    """How many records a second are read and made into rows again."""
    texts = cable_finder(connection)
    numbers = range(first, first + min(items, _REPLAYED))
    found = find_entries(connection, list(numbers))
    cables = {n: texts(found[n].decoded.act["text"]) for n in numbers}
    began = time.perf_counter()
    for n in numbers:
        project(n, found[n].decoded, lambda _, n=n: cables[n])  # type: ignore[misc]
    return round(len(numbers) / (time.perf_counter() - began))


def _as_text(value: dict[str, Any]) -> str:
    rows = [[name, *figures.values()] for name, figures in value["ms"].items()]
    said = (
        f"{value['items']:,} items on {value['issues']:,} issues, of which {value['instructions']:,} "
        f"instructions and {value['withheld']:,} withheld; {_RUN}."
    )
    return "\n".join(
        (
            said,
            "",
            table(["milliseconds", "first", "p50", "p95"], rows, empty=""),
            "",
            f"{value['replayed_per_second']:,} records a second are made into rows again.",
        )
    )
