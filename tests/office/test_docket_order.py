"""Posts of one side share a docket by cables alone: in any order of arrival, it is the same."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.bearers.base import Bag
from reftel.bearers.courier import Courier
from reftel.cable.model import DocketLine, Paragraph, Party
from reftel.office import arrivals, channels, desk, docketing
from reftel.office.audit import audit
from reftel.office.docket import Lens
from reftel.office.docket_views import export
from reftel.store import tables as t
from tests.office.scenes import (
    CIPHER,
    REGISTRY,
    Post,
    copy_of,
    found_post,
    introduce,
    letter,
)

NAMES = ("KAESONG", "MOSCOW", "BEIJING")
TALKS = ("talks", "The armistice")


def line(kind: str, quote: str = "", **fields: str) -> DocketLine:
    named = tuple((name.replace("_", " "), value) for name, value in fields.items())
    return DocketLine(kind=kind, paragraph="1", quote=quote, fields=(TALKS, *named))


@dataclass(slots=True)
class World:
    """Three posts of one side that have written all they will, and the bags that each has for the others."""

    posts: dict[str, Post]
    bags: dict[str, list[Bag]]


def origin(name: str) -> str:
    return f"{name.lower()}.example"


def send(world: World, stick: Path, name: str, *lines: DocketLine) -> str:
    """Release a cable to both other posts, each in a bag of its own; the name of its first item."""
    sender = world.posts[name]
    to = tuple(Party(post=origin(other)) for other in NAMES if other != name)
    words = " ".join(line.quote for line in lines) or f"Paper {sender.size()}."
    entry = sender.release(letter(to=to, blocks=(Paragraph(text=words, number="1"),), docket=lines))
    sender.pass_time(minutes=1)
    collect(world, stick, name)
    return f"{origin(name)}/{sender.cable(entry).leaf}.1"


def collect(world: World, stick: Path, name: str) -> None:
    for other in NAMES:
        if other == name:
            continue
        courier = Courier(stick)
        channels.dispatch(world.posts[name].office, courier, origin(other))
        for bag in courier.collect():
            assert isinstance(bag, Bag)
            world.bags[other].append(bag)
            courier.remove(bag.bag)


def write(world: World, stick: Path) -> None:
    """A negotiation in which nearly every item speaks of one that another post sent."""

    def kaesong(*lines: DocketLine) -> str:
        return send(world, stick, "KAESONG", *lines)

    def moscow(*lines: DocketLine) -> str:
        return send(world, stick, "MOSCOW", *lines)

    def beijing(*lines: DocketLine) -> str:
        return send(world, stick, "BEIJING", *lines)

    question = kaesong(line("question", "May the road be left out?", to="Head", issue="The road"))
    held = kaesong(line("withheld", "the reserve line", not_for="The south"))
    first = moscow(line("instruction", mode="must", to="Delegation", issue="The road"))
    second = beijing(line("instruction", mode="may", supersedes=first, issue="The strip"))
    moscow(
        line("instruction", mode="must", supersedes=second), line("answer", question=question, how="deferred")
    )
    moscow(line("answer", question=question, how="in part"))
    answer = beijing(line("answer", question=question, how="in full"))
    kaesong(line("strike", of=answer))
    forecast = kaesong(line("assessment", "They will refuse the second point.", of="South"))
    moscow(line("step", of=forecast, step="came true"))
    beijing(line("step", of=forecast, step="did not come true"))
    beijing(line("withheld", not_for="The press", amends=held), line("step", of=held, step="lift"))
    merge = moscow(line("merge", issue="The strip", into="The road"))
    beijing(line("merge", issue="The road", into="The strip"))
    kaesong(line("unmerge", of=merge))
    cited = question.removesuffix(".1")
    moscow(
        line("confirmation", item=forecast),
        DocketLine(kind="observation", paragraph="1", quote="left out", fields=(TALKS, ("cites", cited))),
    )


def entitle(post: Post) -> None:
    """Say at a post which posts are of its side."""
    entry = desk.enter(post.office, post.hand(REGISTRY), letter())
    lines = [line("post", post=origin(name), party="North") for name in NAMES]
    docketing.enter_lines(post.office, post.hand(REGISTRY), entry, lines)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("order")
    stick = root / "stick"
    stick.mkdir()
    posts = {name: found_post(root / name, origin(name), name) for name in NAMES}
    for one, other in (("KAESONG", "MOSCOW"), ("KAESONG", "BEIJING"), ("MOSCOW", "BEIJING")):
        introduce(posts[one], posts[other])
    made = World(posts=posts, bags={name: [] for name in NAMES})
    for post in posts.values():
        entitle(post)
    write(made, stick)
    for name in NAMES:
        rerun(made, stick, name)
    for post in posts.values():
        post.office.close()
    return made


def rerun(world: World, stick: Path, name: str) -> None:
    """Each post seals its first cable once more: it comes to the others a second time, in another bag."""
    post = world.posts[name]
    entry = next(row.cable for row in post.rows(t.cables) if row.direction == "out")
    for other in NAMES:
        if other != name:
            channels.rerun(post.office, post.hand(CIPHER), entry, origin(other))
    collect(world, stick, name)


def receive(
    world: World, name: str, order: Sequence[int], pauses: Sequence[bool], folder: Path
) -> dict[str, Any]:
    """A post takes its bags in this order, deciphers now and then, and says what its docket is."""
    post = copy_of(world.posts[name], folder)
    for at, pause in zip(order, [*pauses, *[False] * len(order)], strict=False):
        arrivals.receive(post.office, world.bags[name][at])
        if pause:
            arrivals.decipher(post.office, post.hand(CIPHER))
    arrivals.decipher(post.office, post.hand(CIPHER))
    with post.read() as connection:
        said = export(connection, Lens(post.office.origin))
    assert audit(post.office).failures == 0
    post.office.close()
    return said


def shared_part(said: Any) -> Any:
    """A docket without what is of this post alone: where items stand here, and what it says of sides."""
    kept = [one for one in said["items"] if one["kind"] != "post"]
    for one in [*kept, *said["not_counted"]]:
        for evidence in (one["evidence"], *one.get("confirmed", []), *one.get("carried_again", [])):
            for name in ("cable", "entry"):
                evidence.pop(name, None)
    return kept, said["not_counted"]


@settings(max_examples=8)
@given(st.data())
def test_any_order_and_repetition_of_arrivals_ends_in_equal_dockets(world: World, data: st.DataObject):
    folder = Path(mkdtemp(prefix="order-"))
    try:
        dockets = []
        for name in ("MOSCOW", "BEIJING"):
            count = len(world.bags[name])
            order = data.draw(st.permutations(range(count)))
            order += data.draw(st.lists(st.integers(0, count - 1), max_size=3))
            pauses = data.draw(st.lists(st.booleans(), max_size=count))
            dockets.append(shared_part(receive(world, name, order, pauses, folder / name)))
        assert dockets[0] == dockets[1]
        assert len(dockets[0][0]) == 19
    finally:
        shutil.rmtree(folder)
