"""What are these words? A reader says of words of a cable what they are, by a form out of the table of kinds.

A script may name the words by their place in a paragraph, and a form by quoting them; either way the
page takes them letter for letter out of the cable, and an address never holds any of its text. What a
rule suggests is shown with the rule, and nothing enters before somebody signs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.model import Cable, DocketLine
from reftel.cable.paragraphs import paragraph_ids
from reftel.docket import kinds
from reftel.docket.fold import State
from reftel.docket.items import Item, problem_of_quote
from reftel.docket.kinds import COMMON, KINDS
from reftel.docket.suggest import Suggestion, suggest
from reftel.errors import NotAllowed, NotFound
from reftel.office import completion, docket, docket_views
from reftel.office.desk import cable_text
from reftel.office.holdings import cables_named
from reftel.office.office import find_cable
from reftel.office.roles import roles_for
from reftel.office.sight import Sight, see
from reftel.store.engine import View
from reftel.web.docket_shown import Glass, Sheaf, Shown, called, lens_of
from reftel.web.look import Open
from reftel.web.rendering import render
from reftel.web.sheet_html import marking_words, row_text
from reftel.web.visit import Visit, form_of, visit

FIRST: Final = (
    *("question", "answer", "instruction", "text", "position", "assessment", "withheld", "disclosure"),
    *("fallback", "movement", "session", "outcome", "move", "observation", "issue", "alias"),
)
"""The kinds that a page offers first; the others stand behind them."""
MOST_SUGGESTED: Final = 60
MOST_OFFERED: Final = 100
_LOOKED_AT: Final = 1_000
"""Among so many of the last items those are sought that may be offered."""
_MOST_OF_PARAGRAPH: Final = 20_000
_FOLDED: Final = ("by", "reported", "date", "inferred", "note", "amends", "cites")
_HINTS: Final[Mapping[str, str]] = {
    "names": "Several with a semicolon between.",
    "moment": "As it is written.",
    "quantity": "A number and its unit, as it is written.",
    "item": "The name of an item, such as beijing.example/212.3.",
    "by": "Who asserts it. Left empty: who signed the telegram.",
    "reported": "Who reported it. Left empty: who passed the telegram on.",
    "about": "In your own words.",
    "cites": "Another cable in which the words stand, such as beijing.example/212.",
}
_FIRST_COMMON: Final = ("issue", "talks", "about")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The words that somebody asks about: of which paragraph, from where to where, what a form begins with.

    ``start`` and ``end`` are their place in the paragraph, in characters; ``before`` and ``after`` what
    stands around them there. ``wrong`` says why they cannot be marked.
    """

    kind: str = ""
    paragraph: str = ""
    quote: str = ""
    start: int = 0
    end: int = 0
    fields: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    after: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One field of a form: what it is called, how it is filled in, and what stands in it."""

    name: str
    form: str
    required: bool
    value: str
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A suggestion as a page shows it; ``key`` names it in this page and in a browser that refused it."""

    key: str
    line: DocketLine
    rule: str
    why: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pane:
    """What the page of a cable shows under its sheet: the items that it bears, and what rules suggest."""

    glass: Glass
    items: tuple[Shown, ...]
    suggested: Sequence[Proposed]
    more: int
    paragraphs: Sequence[tuple[str, str]]
    marks: bool
    suggests: bool


def pane_of(connection: View, who: Visit, entry: int, *, suggests: bool = False) -> Pane | None:
    """The docket of one cable, for somebody who may read its text; ``None`` where it has no text.

    With ``suggests`` the rules read it, which takes a moment with a long text.
    """
    row = find_cable(connection, entry)
    found = cable_text(connection, row)
    if found is None:
        return None
    glass = Glass(who=who, lens=lens_of(who), path=f"/cables/{entry}")
    items = docket.of_cable(connection, glass.lens, entry)
    marks = "docketed" in who.can and not (row.direction == "out" and row.leaf < 0)
    proposed = list(_new(suggest(found[0]), items, entry)) if marks and suggests else []
    return Pane(
        glass=glass,
        items=_shown(connection, glass, items),
        suggested=proposed[:MOST_SUGGESTED],
        more=max(len(proposed) - MOST_SUGGESTED, 0),
        paragraphs=paragraphs_of(found[0]) if marks else (),
        marks=marks,
        suggests=suggests,
    )


def _shown(connection: View, glass: Glass, items: Sequence[Item]) -> tuple[Shown, ...]:
    """Each item that a cable bears, those too that do not count; amendments stand in what they amend."""
    folded = docket.fold(connection, glass.lens, items)
    sheaf = Sheaf(connection, glass)
    shown = []
    for item in sorted(items, key=lambda one: one.order):
        state = folded.states.get(item.name) or State(item=item, first=item)
        if state.struck is not None or item.name not in folded.states or folded.stands(item.name):
            remark = folded.remarks.get(item.name, "")
            shown.append(sheaf.one(state, ours=folded.ours(item.origin), remark=remark))
    return tuple(shown)


def _new(found: Sequence[Suggestion], items: Sequence[Item], entry: int) -> Iterator[Proposed]:
    """The suggestions that no item of the cable says already."""
    for one in found:
        if not any(_says(item, one.line) for item in items):
            yield Proposed(
                key=_key(entry, one.line), line=one.line, rule=one.rule, why=one.why, missing=one.missing
            )


def _says(item: Item, line: DocketLine) -> bool:
    same = (item.kind, item.paragraph) == (line.kind, line.paragraph)
    return same and (item.quote in line.quote or line.quote in item.quote)


def _key(entry: int, line: DocketLine) -> str:
    said = "\x1f".join((str(entry), line.kind, line.paragraph, line.quote))
    return sha256(said.encode()).hexdigest()[:16]


def marking_page(request: Request) -> Response:
    """Say what words of a cable are: which kind, then the fields that it has.

    The address names them by a paragraph and places in it, or as the rules suggest them.
    """
    query = request.query_params
    return _page(request, query, "")


def marking_form(request: Request) -> Response:
    """The same for words that were pasted; they must stand in their paragraph letter for letter."""
    given = form_of(request)
    return _page(request, given, given.get("quote", ""))


def _page(request: Request, given: Mapping[str, str], quote: str) -> Response:
    who = visit(request)
    entry = int(request.path_params["cable"])
    who.need(*roles_for("docketed", {}))
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, entry, Sight.TEXT)
        row = find_cable(connection, entry)
        if row.direction == "out" and row.leaf < 0:
            raise NotAllowed(
                "a draft's paragraphs are marked in the draft itself", mend="Rewrite it, and mark them there."
            )
        found = cable_text(connection, row)
        if found is None:
            raise NotFound("the text of that cable is not here any more")
        chosen = _chosen(found[0], entry, given, quote)
        form = _Form(connection, who, entry)
        blanks = list(form.blanks(chosen)) if chosen.kind else []
        context: dict[str, Any] = {
            "number": called(cables_named(connection, who.person, [entry])[entry]),
            "issues": completion.issues(connection, who.person, who.roles, ""),
            "persons": completion.persons(connection, ""),
        }
    return render(
        request,
        "cable/mark.html",
        section="tray",
        cable=entry,
        marking=marking_words([row.marking]),
        chosen=chosen,
        blanks=blanks,
        says=KINDS[chosen.kind].says if chosen.kind else "",
        kinds=[(name, KINDS[name].says) for name in FIRST],
        other_kinds=[(name, kind.says) for name, kind in KINDS.items() if name not in FIRST],
        paragraphs=paragraphs_of(found[0]),
        folded=_FOLDED,
        hints=Open(_HINTS),
        **context,
    )


def paragraphs_of(cable: Cable) -> list[tuple[str, str]]:
    """The paragraphs of a cable by name, each with how it begins."""
    return [(name, f"{name}: {paragraph.text[:60]}") for name, paragraph in paragraph_ids(cable)[:500]]


def _chosen(cable: Cable, entry: int, given: Mapping[str, str], quote: str) -> Chosen:
    kind = given.get("kind", "")
    kind = kind if kind in KINDS else ""
    suggested = given.get("suggested", "")
    for one in suggest(cable) if suggested else ():
        if _key(entry, one.line) == suggested:
            line = one.line
            return _placed(cable, kind or line.kind, line.paragraph, line.quote, dict(line.fields))
    paragraph = given.get("paragraph", "")
    text = dict(paragraph_ids(cable)).get(paragraph)
    if text is None:
        wrong = f"the cable has no paragraph {paragraph[:40]}" if paragraph else ""
        return Chosen(kind=kind, quote=quote, wrong=wrong)
    if not quote:
        start, end = _place(given.get("from", ""), 0), _place(given.get("to", ""), 0)
        quote = text.text[start:end]
    return _placed(cable, kind, paragraph, quote.replace("\r\n", "\n"), {})


def _place(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else default


def _placed(cable: Cable, kind: str, paragraph: str, quote: str, fields: Mapping[str, str]) -> Chosen:
    """The words with what stands around them; or why they cannot be quoted."""
    held = next((one.text for name, one in paragraph_ids(cable) if name == paragraph), "")
    quote = "" if quote.strip() == held.strip() and "\n" in quote else quote
    wrong = problem_of_quote(cable, DocketLine(kind=kind, paragraph=paragraph, quote=quote))
    if "\n" in quote and not wrong:
        wrong = "a line break stands among them, and only words of one line are quoted"
    text = "" if wrong else held
    start = max(text.find(quote), 0)
    end = start + len(quote)
    return Chosen(
        kind=kind,
        paragraph=paragraph,
        quote=quote,
        start=start,
        end=end,
        fields=fields,
        before=text[max(start - _MOST_OF_PARAGRAPH, 0) : start],
        after=text[end : end + _MOST_OF_PARAGRAPH],
        wrong=wrong,
    )


class _Form:
    """The fields of a kind, and what each may be filled in with."""

    def __init__(self, connection: View, who: Visit, entry: int) -> None:
        self._connection, self._lens = connection, lens_of(who)
        borne = docket.of_cable(connection, self._lens, entry)
        self._all = {talks.key: talks.name for talks in docket_views.talks(connection, self._lens)}
        own = next((item.get("talks") for item in borne if item.talks), "")
        self._talks = own or self._all.get(docket_views.default_talks(connection, self._lens), "")

    def blanks(self, chosen: Chosen) -> Iterator[Blank]:
        """The fields of the kind before those of any; what is asked first stands first."""
        own = KINDS[chosen.kind].fields
        rest = [name for name in COMMON if name not in _FIRST_COMMON and name not in own]
        known = kinds.fields_of(chosen.kind)
        for name in (*own, *(name for name in _FIRST_COMMON if name not in own), *rest):
            held = known[name]
            needed = held.required or (chosen.kind == name == "issue")
            value = chosen.fields.get(name, self._talks if name == "talks" else "")
            choices = tuple((one, one) for one in held.choices)
            form = held.form
            if form == "yes":
                form, choices = "choice", (("yes", "yes"),)
            elif form == "item":
                of = (chosen.kind,) if name == "amends" else held.of
                choices = tuple(self._items(of))
            elif name == "talks":
                choices = tuple((one, one) for one in self._all.values())
            yield Blank(name=name, form=form, required=needed, value=value, choices=choices)

    def _items(self, of: Sequence[str]) -> list[tuple[str, str]]:
        """The newest items of these kinds, each by its name and its words."""
        found = docket.newest(self._connection, self._lens, of, _LOOKED_AT) if of else []
        counted = [one for one in found if not one.standing]
        return [(one.name, f"{one.kind}: {in_a_line(one)}") for one in counted[:MOST_OFFERED]]


def in_a_line(item: Item) -> str:
    """An item in one line: its words, what it is about, or its name."""
    return row_text(item.quote or item.get("about") or "; ".join(item.issues) or item.name)[:90]


routes = [
    Route("/cables/{cable:int}/docket", marking_page, methods=["GET"]),
    Route("/cables/{cable:int}/docket", marking_form, methods=["POST"]),
]
