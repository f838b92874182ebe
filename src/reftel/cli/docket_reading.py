"""Commands that read the docket: the board, an issue, what is open, what is in force, who was told what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from reftel.cli import docket_layout as layout
from reftel.cli.docket_asked import AT, TALKS, Look, look
from reftel.cli.frame import Session, command, resolve_cable
from reftel.docket.fold import State
from reftel.docket.kinds import COMMON, KINDS, Field
from reftel.office import docket as reading
from reftel.office import docket_views as views
from reftel.register.entries import Json

_KIND = click.Choice(tuple(KINDS))
_OTHERS = (
    "Posts that nobody entered as of our side sent some: `reftel docket list --kind {kind}`.\n"
    "Whose a post is, `reftel docket side` enters."
)


def _plain_line(line: views.BoardLine) -> Json:
    """A line of the board as JSON: the items in it by their names, their words and their evidence."""

    def short(states: Sequence[State]) -> list[Json]:
        return [_brief(state) for state in states]

    return {
        "issue": line.issue.name,
        "names": line.issue.names,
        "level": line.issue.level,
        "numbers": [{"number": number, "cable": item.cable} for number, item in line.issue.numbers],
        "state": line.state,
        "positions": {party: _brief(state) for party, state in line.positions.items()},
        "last_move": None if line.last_move is None else _brief(line.last_move),
        "open_questions": short(line.open_questions),
        "instructions": short(line.instructions),
        "texts": short(line.texts),
        "last": line.last,
    }


def _brief(state: State) -> Json:
    return {
        "name": state.first.name,
        "kind": state.item.kind,
        "state": state.state,
        "evidence": views.evidence(state.item),
    }


@command(example="reftel docket board\nreftel docket board --at '22 November 2026' --json")
@click.option("--after", default="", help="Go on after this issue, as the page before says.")
@TALKS
@AT
def board(session: Session, *, after: str, of_talks: str, when: str) -> None:
    """Show the issues by parties: state, positions, last move, open questions, instructions."""
    with look(session, when) as seen:
        talks = seen.one_talks(of_talks)
        found = views.board(seen.connection, seen.lens, talks, after)
        lines = [_plain_line(line) for line in found.lines]
    value = {"talks": talks, "parties": list(found.parties), "issues": lines, "more": found.more}
    session.emit(value, layout.board_text(found))


@command(example="reftel docket issue 'Width of the strip'")
@click.argument("issue_name", metavar="ISSUE")
@TALKS
@AT
def issue(session: Session, issue_name: str, *, of_talks: str, when: str) -> None:
    """Show one issue under any of its names: everything said of it, with cable and paragraph."""
    with look(session, when) as seen:
        page = views.issue_page(seen.connection, seen.lens, seen.one_talks(of_talks), issue_name)
        value = {
            **_plain_line(page.line),
            "history": [views.plain(state, page.docket) for state in page.history],
            "theirs": [views.plain(state, page.docket) for state in page.theirs],
        }
    session.emit(value, layout.issue_text(page))


@command(example="reftel docket questions\nreftel docket questions --to Chairman --json")
@click.option("--to", default="", help="Only those put to this principal.")
@click.option("--all", "every", is_flag=True, help="Those answered in full too.")
@TALKS
@AT
def questions(session: Session, *, to: str, every: bool, of_talks: str, when: str) -> None:
    """List questions put to principals that nobody answered in full, the oldest first."""
    with look(session, when) as seen:
        talks = seen.talks(of_talks)
        found = views.questions(seen.connection, seen.lens, talks, to, open_only=not every)
        value = {"questions": seen.plain(found)}
        empty = "No question of our side is in the docket." if every else "No question is open."
        if not found and not to and _others_sent(seen, talks, "question"):
            empty += "\n" + _OTHERS.format(kind="question")
    session.emit(value, layout.list_text(found, empty=empty))


def _others_sent(seen: Look, talks: str | None, kind: str) -> bool:
    """Whether an item came from a post of another side, or of one that nobody entered."""
    items = reading.of_kinds(seen.connection, seen.lens, [kind], talks)
    docket = reading.fold(seen.connection, seen.lens, items)
    return any(not docket.ours(item.origin) for item in items)


@command(example="reftel docket instructions --for Xu\nreftel docket instructions --issue 'Drivers'")
@click.option("--for", "person", default="", help="Only those that bind this person, under any name.")
@click.option("--issue", "of_issue", default="", help="Only those on this issue, or on every one.")
@click.option("--all", "every", is_flag=True, help="Those no longer in force too.")
@TALKS
@AT
def instructions(
    session: Session, *, person: str, of_issue: str, every: bool, of_talks: str, when: str
) -> None:
    """List the instructions in force; one that names nobody is for everybody."""
    with look(session, when) as seen:
        talks = seen.talks(of_talks)
        found = views.instructions(seen.connection, seen.lens, talks, person, of_issue, in_force=not every)
        value = {"instructions": seen.plain(found)}
        empty = "No instruction of our side is in the docket." if every else "No instruction is in force."
        if not found and not (person or of_issue) and _others_sent(seen, talks, "instruction"):
            empty += "\n" + _OTHERS.format(kind="instruction")
    session.emit(value, layout.list_text(found, empty=empty))


@command(example="reftel docket sessions")
@TALKS
@AT
def sessions(session: Session, *, of_talks: str, when: str) -> None:
    """List the meetings, each with what came of every issue and what was done at the table."""
    with look(session, when) as seen:
        found = views.sessions(seen.connection, seen.lens, seen.talks(of_talks))
        value = [
            {
                **seen.plain([one.state])[0],
                "outcomes": seen.plain(one.outcomes),
                "moves": seen.plain(one.moves),
                "observations": seen.plain(one.others),
            }
            for one in found
        ]
    session.emit({"sessions": value}, layout.sessions_text(found))


@command(example="reftel docket disclosures")
@TALKS
@AT
def disclosures(session: Session, *, of_talks: str, when: str) -> None:
    """List what each party was told, how and by whose authority; and what is withheld."""
    with look(session, when) as seen:
        talks = seen.talks(of_talks)
        told = views.disclosures(seen.connection, seen.lens, talks)
        held = views.withheld(seen.connection, seen.lens, talks)
        said = [
            {
                "party": one.party,
                "item": one.item.first.name if one.item is not None else "",
                "disclosure": seen.plain([one.disclosure])[0],
            }
            for one in told
        ]
        value = {"told": said, "withheld": seen.plain(held)}
    session.emit(value, layout.told_text(told, held))


@command(example="reftel docket people")
@TALKS
@AT
def people(session: Session, *, of_talks: str, when: str) -> None:
    """List everybody in the talks under every printed name, with party, role and movements."""
    with look(session, when) as seen:
        found = views.people(seen.connection, seen.lens, seen.talks(of_talks))
        value = [
            {
                "name": one.name,
                "kind": one.kind,
                "party": one.party,
                "role": one.role,
                "printed": seen.plain(one.aliases),
                "movements": seen.plain(one.movements),
                "notes": seen.plain(one.notes),
            }
            for one in found
        ]
    session.emit({"people": value}, layout.people_text(found))


@command(example="reftel docket timeline --last 50")
@click.option(
    "--last", type=click.IntRange(1, 5000), default=100, show_default=True, help="How many, the last ones."
)
@TALKS
@AT
def timeline(session: Session, *, last: int, of_talks: str, when: str) -> None:
    """List what was entered in the order in which posts registered it, with the times said."""
    with look(session, when) as seen:
        found = views.timeline(seen.connection, seen.lens, seen.one_talks(of_talks), last)
        value = {"timeline": seen.plain(found)}
    session.emit(value, layout.timeline_text(found))


@command(example="reftel docket show beijing.example/212.3\nreftel docket show beijing.example/212.3 --json")
@click.argument("item")
@AT
def show(session: Session, item: str, *, when: str) -> None:
    """Show one item with its whole evidence: cable, paragraph, words, who said, who confirmed."""
    with look(session, when) as seen:
        docket = reading.find_item(seen.connection, seen.lens, item)
        name = docket.here(item)
        state = docket.states.get(name)
        if state is not None:
            value = views.plain(state, docket)
        else:
            (found,) = reading.named(seen.connection, seen.lens, [name])
            value = {
                "name": name,
                "kind": found.kind,
                "standing": docket.remarks.get(name, ""),
                "evidence": views.evidence(found),
            }
    session.emit(value, layout.item_text(name, docket))


@command(name="list", example="reftel docket list --kind question\nreftel docket list --cable 25025")
@click.option("--kind", "kinds_", type=_KIND, multiple=True, help="Only items of this kind; may be repeated.")
@click.option("--cable", default="", help="Only those that this cable bears.")
@TALKS
@AT
def list_(session: Session, *, kinds_: tuple[str, ...], cable: str, of_talks: str, when: str) -> None:
    """List items by name; those that do not count say why."""
    wanted = kinds_ or tuple(KINDS)
    bearer = resolve_cable(session, cable) if cable else -1
    with look(session, when) as seen:
        talks = seen.talks(of_talks)
        if bearer >= 0:
            items = reading.of_cable(seen.connection, seen.lens, bearer)
            items = [one for one in items if not kinds_ or one.kind in kinds_]
        else:
            items = reading.of_kinds(seen.connection, seen.lens, wanted, talks)
        items = [one for one in items if talks is None or one.talks == talks]
        docket = reading.fold(seen.connection, seen.lens, items)
    items.sort(key=lambda one: one.order)
    value = [
        views.plain(docket.states[one.name], docket)
        if one.name in docket.states
        else {"name": one.name, "kind": one.kind, "standing": docket.remarks.get(one.name, "")}
        for one in items
    ]
    session.emit({"items": value}, layout.items_text(items, docket))


@command(example="reftel docket export > talks.json\nreftel docket export --at entry:214 > talks.json")
@AT
def export(session: Session, *, when: str) -> None:
    """Write the whole docket as JSON, every item with its evidence, those without effect too."""
    with look(session, when) as seen:
        value = views.export(seen.connection, seen.lens)
    session.emit(value, json.dumps(value, ensure_ascii=False, indent=2))


@command(example="reftel docket kinds\nreftel docket kinds question")
@click.argument("kind", required=False, type=_KIND, metavar="[KIND]")
def kinds(session: Session, kind: str | None) -> None:
    """Show the kinds of items and their fields, as `reftel docket mark` and a sheet take them."""
    names = [kind] if kind else list(KINDS)
    value = {
        "kinds": {name: {"says": KINDS[name].says, "fields": _fields(KINDS[name].fields)} for name in names},
        "common": _fields(COMMON),
    }
    text = layout.kinds_text(names)
    session.emit(value, text if kind else f"{text}\n\n{layout.common_text()}")


def _fields(fields: Mapping[str, Field]) -> Json:
    return {name: _field(field) for name, field in fields.items()}


def _field(field: Field) -> Json:
    return {
        "form": field.form,
        "choices": list(field.choices),
        "of": list(field.of),
        "required": field.required,
    }
