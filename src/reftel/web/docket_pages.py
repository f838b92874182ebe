"""The docket: the board of issues by parties, the history of one issue, and one item with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.docket.fold import Docket, State
from reftel.docket.items import issue_key
from reftel.office import completion, docket_views
from reftel.office.docket_views import BoardLine, IssuePage, Talks
from reftel.store.engine import View
from reftel.web.asked import text_asked
from reftel.web.docket_shown import SECTION, Glass, Sheaf, Shown, called, glass, mark_of
from reftel.web.docket_texts import texts_of
from reftel.web.rendering import number, render
from reftel.web.visit import visit


def show(
    request: Request, template: str, seen: Glass, sheaf: Sheaf | None, choices: Sequence[Any], **context: Any
) -> Response:
    """Answer with a page of the docket: what all of them are told, and ``context``."""
    kept = {name: value for name, value in request.query_params.items() if name not in {"at", "talks"}}
    now = Glass(who=seen.who, lens=seen.lens, path=seen.path, talks=seen.talks)
    return render(
        request,
        template,
        section=SECTION,
        glass=seen,
        key_of=issue_key,
        kept=kept,
        here=seen.to(seen.path, **kept),
        now_href=now.to(seen.path, **kept),
        choices=choices,
        marking="" if sheaf is None else sheaf.marking,
        **context,
    )


def choices_of(seen: Glass, found: Sequence[Talks], *, every: bool = False) -> list[tuple[str, str, bool]]:
    """The talks as a choice of links; ``every`` adds one for all of them."""
    chosen = seen.talks if every else chosen_talks(seen, found)
    plain = Glass(who=seen.who, lens=seen.lens, path=seen.path, asked=seen.asked)
    all_of_them = [("All talks", plain.to(seen.path), chosen is None)] if every else []
    return all_of_them + [
        (one.name or "Talks not named", plain.to(seen.path, talks=one.key), one.key == chosen)
        for one in found
    ]


def chosen_talks(seen: Glass, found: Sequence[Talks]) -> str | None:
    """The talks that the address names; else the first of those found; ``None`` for none."""
    if seen.talks is not None:
        return seen.talks
    return found[0].key if found else None


def _or_none(found: Sequence[Any]) -> Any:
    return found[0] if found else None


def board_page(request: Request) -> Response:
    """Issues by parties: what each holds, the last move, open questions, the instruction in force."""
    after = text_asked(request, "after")
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        talks = docket_views.talks(connection, seen.lens)
        chosen, choices = chosen_talks(seen, talks), choices_of(seen, talks)
        sheaf = Sheaf(connection, seen)
        found = None if chosen is None else docket_views.board(connection, seen.lens, chosen, after)
        sheaf.expect(state for line in (found.lines if found else ()) for state in _states_of(line))
        rows = [_row(sheaf, line) for line in found.lines] if found else []
        more = found.more if found else ""
    return show(
        request,
        "docket/board.html",
        seen,
        sheaf,
        choices,
        named=next((text for text, _, current in choices if current), ""),
        rows=rows,
        parties=[(party, issue_key(party)) for party in found.parties] if found else [],
        more=seen.to("/docket", talks=chosen, after=more) if more else "",
        start=seen.to("/docket", talks=chosen) if after else "",
        may_enter="drafted" in seen.who.can,
    )


def _states_of(line: BoardLine) -> list[State]:
    last = [] if line.last_move is None else [line.last_move]
    return [*line.positions.values(), *last, *line.open_questions, *line.instructions, *line.texts]


def _row(sheaf: Sheaf, line: BoardLine) -> dict[str, Any]:
    """An issue as the board shows it."""
    numbers = sheaf.sources(item for _, item in line.issue.numbers)
    # who holds no position by name holds the last text that he proposed
    proposed = {issue_key(state.item.get("party")): state for state in line.texts}
    held = proposed | {issue_key(party): state for party, state in line.positions.items()}
    return {
        "issue": line.issue,
        "state": line.state,
        "mark": mark_of(line.state),
        "numbers": [
            (number, source) for (number, _), source in zip(line.issue.numbers, numbers, strict=True)
        ],
        "positions": {party: sheaf.one(state) for party, state in held.items()},
        "last_move": _or_none(sheaf.show([line.last_move] if line.last_move else ())),
        "questions": sheaf.show(line.open_questions),
        "instructions": sheaf.show(line.instructions),
        "texts": len(line.texts),
        "last": line.last,
        "href": sheaf.glass.to("/docket/issue", talks=line.issue.talks, issue=line.issue.key),
    }


_REST = (
    ("disclosures", "Told to others", ("disclosure",)),
    ("withheld", "Not to be shown", ("withheld",)),
    ("fallbacks", "If something fails", ("fallback",)),
    ("options", "Other ways open", ("option",)),
    ("observations", "Noticed", ("observation",)),
)
_PARTS = {"merge", "unmerge", "strike", "confirmation", "bracket", "agreement", "step"}


def issue_page(request: Request) -> Response:
    """Everything that was said of one issue: texts with differences, moves, forecasts, questions, orders."""
    key = text_asked(request, "issue")
    with visit(request).office.store.read() as connection:
        seen = glass(request, connection)
        talks = seen.talks
        if talks is None:
            talks = chosen_talks(seen, docket_views.talks(connection, seen.lens)) or ""
        found = docket_views.issue_page(connection, seen.lens, talks, key)
        sheaf = Sheaf(connection, seen)
        context = _issue(sheaf, found)
        may_enter = "docketed" in seen.who.can and not seen.asked
        others = _other_issues(connection, seen, found) if may_enter else []
    return show(
        request,
        "docket/issue.html",
        seen,
        sheaf,
        (),
        others=others,
        may_enter=may_enter,
        cites=[(line.cable, called(line)) for line in sheaf.lines.values()],
        **context,
    )


def _issue(sheaf: Sheaf, found: IssuePage) -> dict[str, Any]:
    issue, line = found.line.issue, found.line
    sheaf.expect((*found.history, *found.theirs, *line.texts))
    texts = texts_of(sheaf, line.texts, found.docket)
    positions: dict[str, list[Shown]] = {}
    for one in sheaf.show(found.of("position")):
        positions.setdefault(one.said("party"), []).append(one)
    forecasts = sheaf.show(found.of("assessment"))
    numbers = sheaf.sources(item for _, item in issue.numbers)
    rest = [(name, title, sheaf.show(found.of(*kinds))) for name, title, kinds in _REST]
    rest.append(("outcomes", "What meetings made of it", sheaf.show(found.of("outcome"))))
    rest.append(("theirs", "What the other side sent", sheaf.show(found.theirs, ours=False)))
    parts: dict[str, Any] = {
        "positions": list(positions.items()),
        "texts": texts,
        "concessions": sheaf.show(found.of("move")),
        "forecasts": forecasts,
        "questions": sheaf.show(found.of("question")),
        "instructions": sheaf.show(found.of("instruction")),
    }
    every = [state for state in (*found.history, *found.theirs) if state.item.kind not in _PARTS]
    ours = found.docket.ours
    history = [sheaf.one(state, ours=ours(state.first.origin)) for state in _in_order(every)]
    contents = [(key, _TITLES[key], len(parts[key])) for key in parts]
    contents += [(key, title, len(shown)) for key, title, shown in rest]
    return parts | {
        "issue": issue,
        "stands": {"state": line.state, "mark": mark_of(line.state), "last": line.last},
        "numbers": [(number, source) for (number, _), source in zip(issue.numbers, numbers, strict=True)],
        "score": score(forecasts),
        "measures": _measures(sheaf, found),
        "rest": rest,
        "history": history,
        "contents": [*contents, ("history", "History", len(history))],
        "merges": _merges(sheaf, found.docket, issue.talks),
        "talks_said": found.history[0].item.get("talks") if found.history else "",
    }


_TITLES = {
    "positions": "Positions",
    "texts": "Texts",
    "concessions": "Moves",
    "forecasts": "Forecasts",
    "questions": "Questions",
    "instructions": "Instructions",
}


def _measures(sheaf: Sheaf, found: IssuePage) -> list[dict[str, Any]]:
    """Quantities as said, each with its metres if it is a length, and what has its number and is not it."""
    spoken = list(
        {(one.quantity.literal, one.item.paragraph, one.item.cable): one for one in found.measures()}.values()
    )
    return [
        {
            "said": one.quantity.literal,
            "metres": "" if one.quantity.metres is None else _metres(one.quantity.metres),
            "told": bool(one.unlike) or one.quantity.metres is not None,
            "unlike": [other.literal for other in one.unlike],
            "source": source,
        }
        for one, source in zip(spoken, sheaf.sources(one.item for one in spoken), strict=True)
    ]


def _metres(length: Fraction) -> str:
    whole_metres, hundredths = divmod(round(length * 100), 100)
    return f"{number(whole_metres)}{f'.{hundredths:02}' if hundredths else ''} m"


def _in_order(states: Sequence[State]) -> list[State]:
    return sorted(states, key=lambda state: state.first.order)


def _merges(sheaf: Sheaf, found: Docket, talks: str) -> list[dict[str, Any]]:
    """The mergings that hold for this issue, each with the names that it made one."""
    undone = {state.item.get("of") for state in found.of_kind("unmerge")}
    return [
        {"item": sheaf.one(state), "issues": state.item.issues, "into": state.item.get("into")}
        for state in found.of_kind("merge")
        if state.item.talks == talks and state.first.name not in undone | set(found.remarks)
    ]


def _other_issues(connection: View, seen: Glass, found: IssuePage) -> list[str]:
    """The names of other issues of the same talks, for the form that merges; the newest first."""
    own = {issue_key(name) for name in found.line.issue.names}
    offers = completion.issues(connection, seen.who.person, seen.who.roles, "")
    talks = found.line.issue.talks
    return [name for name, of in offers if of == talks and issue_key(name) not in own]


def score(forecasts: Sequence[Shown]) -> str:
    """How many forecasts came true, in words; those that still stand are not counted."""
    states = [one.state for one in forecasts]
    told = [state for state in states if state in {"came true", "came true in part", "did not come true"}]
    if not told:
        return "None was held against what came of it yet."
    right, partly = told.count("came true"), told.count("came true in part")
    return (
        f"Of {len(told)} held against what came of it, {right} came true and {partly} in part; "
        f"{len(states) - len(told)} still stand or were overtaken."
    )


routes = [
    Route("/docket", board_page),
    Route("/docket/issue", issue_page),
]
