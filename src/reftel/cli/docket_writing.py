"""Commands that write into the docket: what a paragraph is, what became of an item, whose a post is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from reftel.cable.model import Cable, DocketLine
from reftel.cable.paragraphs import paragraph_ids
from reftel.cable.sheet import parse_docket
from reftel.cli import docket_layout as layout
from reftel.cli.docket_asked import Look, look
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import FILE, pair, read_text
from reftel.docket.items import issue_key
from reftel.docket.kinds import KINDS
from reftel.docket.suggest import Suggestion
from reftel.docket.suggest import suggest as suggestions_of
from reftel.errors import BadValue, NotAllowed, NotFound
from reftel.office import docket as reading
from reftel.office import docket_views
from reftel.office.desk import cable_text
from reftel.office.docketing import enter_lines
from reftel.office.office import find_cable
from reftel.office.rolls import post_named
from reftel.register.entries import Json

_FIELD = click.option(
    "--field",
    "given",
    multiple=True,
    help="A field, 'to=Chairman': see `reftel docket kinds`. Repeat.",
)
_TALKS = click.option("--talks", "of_talks", default="", help="Of which talks; else the only ones here.")
_WHERE = (
    click.option("--cable", default="", help="The cable that says so; else the one that bears the item."),
    click.option("--paragraph", default="", help="Its paragraph, such as 2, u3 or c1.2."),
    click.option("--quote", default="", help="Its words, letter for letter."),
)


def _where(function: click.decorators.FC) -> click.decorators.FC:
    for option in reversed(_WHERE):
        function = option(function)
    return function


@command(
    acts=True,
    example="reftel docket mark 25025 question --quote 'May the strip be narrowed?' --field to=Chairman \\\n"
    "    --issue 'Width of the strip' --as Tang\n"
    "reftel docket mark 25025 --lines read.txt --as Tang",
)
@click.argument("cable")
@click.argument("kind", required=False, type=click.Choice(tuple(KINDS)), metavar="[KIND]")
@click.option("--paragraph", default="", help="Such as 2, u3 or c1.2; else where the quote stands.")
@click.option("--quote", default="", help="The words, letter for letter; else the whole paragraph.")
@click.option("--issue", "issues", multiple=True, help="The issue that it is about; may be repeated.")
@_FIELD
@click.option("--lines", "file", type=FILE, help="A file with DOCKET lines, as a sheet has them, instead.")
@_TALKS
def mark(
    session: Session,
    *,
    cable: str,
    kind: str | None,
    paragraph: str,
    quote: str,
    issues: tuple[str, ...],
    given: tuple[str, ...],
    file: Path | None,
    of_talks: str,
) -> None:
    """Say what a paragraph of a cable is: a question, an instruction, a proposal.

    The words must stand in the paragraph letter for letter. What a draft says is marked in the draft.
    """
    entry = resolve_cable(session, cable)
    fields = _fields(given, issues)
    if file is not None and (kind or paragraph or quote or fields):
        raise BadValue("the lines stand in the file", mend="Leave out the kind and its options.")
    if file is None and kind is None:
        raise BadValue("nothing says what it is", mend="Name a kind; `reftel docket kinds` lists them.")
    with look(session) as seen:
        text = _text(seen, entry)
        talks = _talks_name(seen, of_talks)
    if file is not None:
        lines = [_of_talks(line, talks) for line in parse_docket(read_text(file))]
    else:
        found = paragraph or _paragraph_of(text, quote)
        line = DocketLine(kind=str(kind), paragraph=found, quote=quote, fields=fields)
        lines = [_of_talks(line, talks)]
    _enter(session, entry, lines)


def _fields(given: Iterable[str], issues: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    fields = [pair(one) for one in given]
    named = "; ".join(issues)
    return (*([("issue", named)] if named else []), *fields)


def _text(seen: Look, entry: int) -> Cable:
    found = cable_text(seen.connection, find_cable(seen.connection, entry))
    if found is None:
        raise NotAllowed("the text of that cable was destroyed, and nothing can be quoted from it")
    return found[0]


def _paragraph_of(cable: Cable, quote: str) -> str:
    """The one paragraph in which the words stand; empty where nothing is quoted."""
    found = [name for name, paragraph in paragraph_ids(cable) if quote and quote in paragraph.text]
    if len(found) > 1:
        listed = ", ".join(found)
        raise BadValue(
            f"the words stand in {len(found)} paragraphs",
            mend=f"Name one with --paragraph: {listed}.",
        )
    if quote and not found:
        raise BadValue("the quoted words stand in no paragraph", mend="Quote them letter for letter.")
    return "".join(found)


def _talks_name(seen: Look, asked: str) -> str:
    """The name of the talks asked for, as they are entered; of the only ones, where none were."""
    listed = docket_views.talks(seen.connection, seen.lens)
    if not asked:
        return listed[0].name if len(listed) == 1 and listed[0].key else ""
    return next((one.name for one in listed if one.key == issue_key(asked)), asked)


def _of_talks(line: DocketLine, talks: str) -> DocketLine:
    """A line with the talks that it belongs to, where it does not say itself."""
    fields = dict(line.fields)
    if line.kind == "talks":
        talks = fields.get("name", talks)
    if not talks or "talks" in fields:
        return line
    return replace(line, fields=(("talks", talks), *line.fields))


def _enter(session: Session, entry: int, lines: Sequence[DocketLine]) -> None:
    names = enter_lines(session.office, session.hand(), entry, lines)
    rows = [
        f"Entered: {name}, {line.kind}" + (f", paragraph {line.paragraph}." if line.paragraph else ".")
        for name, line in zip(names, lines, strict=True)
    ]
    session.emit({"cable": entry, "items": names}, "\n".join(rows))


@command(
    acts=True,
    example="reftel docket suggest 25025\n"
    "reftel docket suggest 25025 --accept 2 --field to=Chairman --issue Drivers --as Tang",
)
@click.argument("cable")
@click.option(
    "--accept", "accepted", type=click.IntRange(1, 500), multiple=True, help="Enter this one; repeat."
)
@click.option("--issue", "issues", multiple=True, help="With --accept: the issue; may be repeated.")
@_FIELD
@_TALKS
def suggest(
    session: Session,
    *,
    cable: str,
    accepted: tuple[int, ...],
    issues: tuple[str, ...],
    given: tuple[str, ...],
    of_talks: str,
) -> None:
    """Show what rules propose to enter of a cable, each with its rule; nothing enters by itself.

    With --accept, those that you choose are entered, completed or changed by --field.
    """
    entry = resolve_cable(session, cable)
    with look(session) as seen:
        found = suggestions_of(_text(seen, entry))
        talks = _talks_name(seen, of_talks)
        held = {
            (item.kind, item.paragraph, item.quote): item.name
            for item in reading.of_cable(seen.connection, seen.lens, entry)
        }
    if not accepted:
        entered = [held.get((one.line.kind, one.line.paragraph, one.line.quote), "") for one in found]
        value = [
            {"n": n, **_plain(one), "entered": name}
            for n, (one, name) in enumerate(zip(found, entered, strict=True), 1)
        ]
        session.emit({"cable": entry, "suggestions": value}, layout.suggestions_text(found, entered))
        return
    beyond = [n for n in accepted if n > len(found)]
    if beyond:
        raise NotFound(
            f"there is no suggestion {beyond[0]}", mend="`reftel docket suggest CABLE` numbers them."
        )
    changed = dict(_fields(given, issues))
    lines = [_of_talks(_changed(found[n - 1].line, changed), talks) for n in dict.fromkeys(accepted)]
    _enter(session, entry, lines)


def _plain(one: Suggestion) -> Json:
    return {
        "kind": one.line.kind,
        "paragraph": one.line.paragraph,
        "quote": one.line.quote,
        "fields": dict(one.line.fields),
        "missing": list(one.missing),
        "rule": one.rule,
        "why": one.why,
    }


def _changed(line: DocketLine, fields: dict[str, str]) -> DocketLine:
    """A line with these fields in place of its own of the same name."""
    return replace(line, fields=tuple({**dict(line.fields), **fields}.items()))


@command(
    acts=True,
    example="reftel docket merge 'The strip' 'Width of the strip' --cable 25025 --paragraph 2 --as Tang",
)
@click.argument("issue_name", metavar="ISSUE")
@click.argument("into")
@click.option("--cable", required=True, help="The cable that shows that they are one.")
@click.option("--paragraph", default="", help="Its paragraph, such as 2, u3 or c1.2.")
@click.option("--quote", default="", help="Its words, letter for letter.")
@_TALKS
def merge(
    session: Session, *, issue_name: str, into: str, cable: str, paragraph: str, quote: str, of_talks: str
) -> None:
    """Say that two issues are one under two names; `reftel docket unmerge` takes it back."""
    entry = resolve_cable(session, cable)
    with look(session) as seen:
        talks = _talks_name(seen, of_talks)
        known = {issue_key(name) for name in (issue_name, into)}
        for name in (issue_name, into):
            docket_views.issue_page(seen.connection, seen.lens, issue_key(talks), name)
        if len(known) == 1:
            raise BadValue("an issue is not merged into itself", mend="Name two.")
    line = DocketLine(
        kind="merge", paragraph=paragraph, quote=quote, fields=(("issue", issue_name), ("into", into))
    )
    _enter(session, entry, [_of_talks(line, talks)])


@command(acts=True, example="reftel docket unmerge beijing.example/212.1 --as Tang")
@click.argument("item")
@_where
def unmerge(session: Session, *, item: str, cable: str, paragraph: str, quote: str) -> None:
    """Say that two issues are two after all; ITEM is the merge."""
    _speak_of(session, "unmerge", item, (), cable=cable, paragraph=paragraph, quote=quote)


@command(
    acts=True,
    example="reftel docket step beijing.example/212.3 overtake --cable 25030 --paragraph 2 --as Tang",
)
@click.argument("item")
@click.argument("step_name", metavar="STEP")
@_where
def step(session: Session, *, item: str, step_name: str, cable: str, paragraph: str, quote: str) -> None:
    """Say what became of an item: executed, rescinded, lifted, overtaken, came true.

    The steps that its state allows stand in docs/lifecycle.md; a wrong one is refused with them.
    """
    fields = (("step", step_name),)
    _speak_of(session, "step", item, fields, cable=cable, paragraph=paragraph, quote=quote)


@command(acts=True, example="reftel docket strike beijing.example/212.3 --note 'entered twice' --as Tang")
@click.argument("item")
@click.option("--note", default="", help="Why.")
@_where
def strike(session: Session, *, item: str, note: str, cable: str, paragraph: str, quote: str) -> None:
    """Strike out an item that was entered in error; the register keeps both."""
    fields = (("note", note),) if note else ()
    _speak_of(session, "strike", item, fields, cable=cable, paragraph=paragraph, quote=quote)


def _speak_of(
    session: Session,
    kind: str,
    item: str,
    fields: tuple[tuple[str, str], ...],
    *,
    cable: str,
    paragraph: str,
    quote: str,
) -> None:
    """Enter a line that speaks of another item, of the same talks, on the cable that says so."""
    with look(session) as seen:
        docket = reading.find_item(seen.connection, seen.lens, item)
    of = next(one for one in docket.items if one.name == docket.here(item))
    entry = resolve_cable(session, cable) if cable else of.cable
    line = DocketLine(kind=kind, paragraph=paragraph, quote=quote, fields=(("of", item), *fields))
    _enter(session, entry, [_of_talks(line, of.get("talks"))])


@command(acts=True, example="reftel docket side kaesong.example 'Our side' --cable 25025 --as Tang")
@click.argument("post")
@click.argument("party")
@click.option("--cable", required=True, help="The cable that shows it.")
@click.option("--paragraph", default="", help="Its paragraph, such as 2, u3 or c1.2.")
@click.option("--quote", default="", help="Its words, letter for letter.")
@_TALKS
def side(
    session: Session, *, post: str, party: str, cable: str, paragraph: str, quote: str, of_talks: str
) -> None:
    """Enter to which party a post belongs; only posts of our own party speak for our side."""
    entry = resolve_cable(session, cable)
    with look(session) as seen:
        talks = _talks_name(seen, of_talks)
        own = post.lower() == session.office.origin or post.upper() == session.office.name
        origin = session.office.origin if own else str(post_named(seen.connection, post).origin)
    line = DocketLine(
        kind="post", paragraph=paragraph, quote=quote, fields=(("post", origin), ("party", party))
    )
    _enter(session, entry, [_of_talks(line, talks)])
