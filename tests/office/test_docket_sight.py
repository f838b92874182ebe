"""Nobody is shown words, names or numbers out of a cable that he may not read, in any view of the docket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from reftel.cable.model import Cable, DocketLine, Paragraph
from reftel.docket.fold import Docket
from reftel.docket.kinds import KINDS, fields_of
from reftel.errors import NotFound
from reftel.office import desk, docket_views, knew
from reftel.office import docket as reading
from reftel.office.docket import Lens
from reftel.office.docket_checks import warnings
from reftel.office.docket_names import Names
from reftel.office.moments import read_when
from reftel.office.roles import ROLES
from reftel.office.sight import Asker, may_read
from reftel.store import tables as t
from tests.office.scenes import DRAFTER, REGISTRY, STAFF, Post, copy_of, letter

MARKINGS = ("", "CONFIDENTIAL", "SECRET", "TOP SECRET")


@dataclass(frozen=True, slots=True)
class World:
    """A post with cables of all markings; of each, the words that stand in nothing else."""

    post: Post
    words: dict[int, str]
    names: tuple[str, ...]
    keys: tuple[str, ...]


def secret(n: int, what: str) -> str:
    return f"{what}zq{n}x"


def lines(n: int, earlier: list[str]) -> Iterator[DocketLine]:
    """A line of every kind but a strike, each of its texts and names a word of this cable alone."""
    for kind in [kind for kind in KINDS if kind != "strike"]:
        given = {"talks": "Talks", "issue": f"{secret(n, 'Issue')}; The road", "about": secret(n, "about")}
        for name, known in fields_of(kind).items():
            if name in given or name in {"amends", "cites", "date"}:
                continue
            if known.form == "choice":
                given[name] = known.choices[0]
            elif known.form == "yes":
                given[name] = "yes"
            elif known.form == "item":
                fitting = [one for one in earlier if not known.of or one.split()[0] in known.of]
                if fitting:
                    given[name] = fitting[0].split()[1]
            else:
                given[name] = secret(n, name.replace(" ", ""))
        if kind == "merge":
            given["issue"], given["into"] = "The road", secret(n, "Into")
        if kind == "issue" or all(name in given for name, known in fields_of(kind).items() if known.required):
            yield DocketLine(kind=kind, paragraph="1", quote=secret(n, "quote"), fields=tuple(given.items()))


@pytest.fixture(scope="module")
def world(templates: dict[str, Post], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    post = copy_of(templates["MOSCOW"], tmp_path_factory.mktemp("sight") / "MOSCOW")
    words: dict[int, str] = {}
    names: list[str] = []
    of_kind: list[str] = []
    for n, marking in enumerate(MARKINGS, 1):
        given = tuple(lines(n, of_kind))
        cable = letter(
            blocks=(Paragraph(text=f"It is {secret(n, 'quote')}.", number="1"),),
            classification=marking,
            subject=secret(n, "subject"),
            docket=given,
        )
        entry = desk.enter(post.office, post.hand(REGISTRY), cable)
        entered = [f"{post.office.origin}/{entry}.{at}" for at in range(1, len(given) + 1)]
        names += entered
        of_kind += [f"{line.kind} {name}" for line, name in zip(given, entered, strict=True)]
        post.pass_time(minutes=1)
        words[entry] = f"zq{n}x"
    keys = tuple(sorted({row.issue for row in post.rows(t.docket_issues)}))
    yield World(post=post, words=words, names=tuple(names), keys=keys)
    post.office.close()


def flat(value: Any) -> str:
    """Everything that stands in a view, whatever it is built of."""
    if isinstance(value, Docket):
        return flat([value.of_kind(*KINDS, ours=False), value.remarks, value.issues()])
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(flat(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, dict):
        return " ".join(f"{flat(key)} {flat(one)}" for key, one in value.items())
    if isinstance(value, list | tuple | set):
        return " ".join(map(flat, value))
    return json.dumps(value) if isinstance(value, str) else str(value)


def views(world: World, connection: Connection, lens: Lens) -> Iterator[tuple[str, Any]]:
    """Every view, by its name."""
    yield "talks", docket_views.talks(connection, lens)
    after = ""
    while True:
        page = docket_views.board(connection, lens, "talks", after, 3)
        yield "board", page
        after = page.more
        if not after:
            break
    for key in world.keys:
        try:
            yield "issue", docket_views.issue_page(connection, lens, "talks", key)
        except NotFound:
            continue
    for name in world.names:
        try:
            found = reading.find_item(connection, lens, name)
        except NotFound:
            continue
        yield "item", docket_views.plain(found.states[found.here(name)], found)
    yield "questions", docket_views.questions(connection, lens, open_only=False)
    yield "instructions", docket_views.instructions(connection, lens, in_force=False)
    yield "sessions", docket_views.sessions(connection, lens)
    yield "disclosures", docket_views.disclosures(connection, lens)
    yield "withheld", docket_views.withheld(connection, lens)
    yield "people", docket_views.people(connection, lens)
    yield "timeline", docket_views.timeline(connection, lens, "talks")
    yield "export", docket_views.export(connection, lens)
    yield "names", Names(connection, lens).aliases
    for cable in world.words:
        yield "questions of a cable", docket_views.open_questions_of_cable(connection, lens, cable)
        yield "of a cable", reading.of_cable(connection, lens, cable)
    if lens.asker is not None:
        when = read_when(connection, "", world.post.clock.at)
        mine = knew.find_subject(connection, lens.own, lens.asker.person)
        yield "knew", [line.items for line in knew.knew(connection, mine, when, lens.asker).lines]


def against(world: World) -> Cable:
    """A draft that points to every item that it may point to, and is on the issue that all are on."""
    told = [
        DocketLine(kind="disclosure", fields=(("item", name), ("to", "South"), ("medium", "oral")))
        for name in world.names
    ]
    on = DocketLine(
        kind="position", paragraph="1", fields=(("talks", "Talks"), ("issue", "The road"), ("party", "A"))
    )
    return letter("We say nothing.", docket=(on, *told))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_no_view_holds_a_word_of_a_cable_that_is_not_for_who_asks(world: World, data: st.DataObject):
    person = data.draw(st.sampled_from(sorted(STAFF)))
    roles = frozenset(data.draw(st.lists(st.sampled_from(sorted(ROLES)), max_size=3)))
    asker = Asker(person=person, roles=roles)
    with world.post.read() as connection:
        entries = [-1, *sorted(world.words), *(cable + 1 for cable in world.words)]
        lens = Lens(world.post.office.origin, asker, data.draw(st.sampled_from(entries)))
        unread = [
            words for cable, words in world.words.items() if not may_read(connection, person, roles, cable)
        ]
        said = [(name, flat(view)) for name, view in views(world, connection, lens)]
        given = warnings(world.post.office, connection, against(world), asker=asker)
        said += [("warnings", flat(given))]
    for name, view in said:
        assert [word for word in unread if word in view] == [], (name, view)


def test_whoever_reads_every_cable_is_shown_every_word(world: World):
    """The test above looks where there is something to be found."""
    with world.post.read() as connection:
        lens = Lens(world.post.office.origin)
        for name, view in views(world, connection, lens):
            if name == "export":
                assert all(word in flat(view) for word in world.words.values())
        assert len(docket_views.board(connection, lens, "talks").lines) == len(MARKINGS) + 1


def test_what_is_merged_in_a_cable_that_may_not_be_read_is_one_under_a_name_that_may(world: World):
    asker = Asker(person=DRAFTER, roles=frozenset({"drafter", "registry clerk"}))
    with world.post.read() as connection:
        lens = Lens(world.post.office.origin, asker)
        page = docket_views.issue_page(connection, lens, "talks", "The road")
        assert page.line.issue.key == "the road"
        every = Lens(world.post.office.origin)
        assert docket_views.issue_page(connection, every, "talks", "The road").line.issue.key == "intozq4x"
