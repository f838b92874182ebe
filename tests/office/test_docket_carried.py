"""A question that travels inside another telegram: one item, whoever holds which of its telegrams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reftel.cable.model import Cable, DocketLine, Paragraph, Party
from reftel.office import changes, desk, docket_views
from reftel.office.docket import Lens, find_item
from reftel.office.docketing import enter_lines
from tests.office.scenes import DRAFTER, REGISTRY, RELEASER, Post, carry, found_post, introduce

ASKED = Cable(
    sender=Party(),
    to=(Party(post="beijing.example"),),
    blocks=(Paragraph(text="May it be closed at night?"),),
    docket=(DocketLine(kind="question", paragraph="u1", fields=(("talks", "The talks"),)),),
)


@pytest.fixture
def kaesong(tmp_path: Path, beijing: Post) -> Iterator[Post]:
    """A third post, which knows BEIJING alone."""
    post = found_post(tmp_path / "KAESONG", "kaesong.example", "KAESONG")
    introduce(post, beijing)
    yield post
    post.office.close()


def sided(post: Post, cable: int) -> None:
    """Everybody is of one side, as a post's own people say."""
    lines = [
        DocketLine(kind="post", fields=(("post", f"{name}.example"), ("party", "ours")))
        for name in ("kaesong", "beijing", "moscow")
    ]
    enter_lines(post.office, post.hand(REGISTRY), cable, lines)


def test_a_question_is_one_whichever_telegram_brought_it(
    kaesong: Post, beijing: Post, moscow: Post, stick: Path
) -> None:
    asked = kaesong.release(ASKED)
    (first,) = carry(kaesong, beijing, stick)
    forward = changes.readdress(
        beijing.office, beijing.hand(DRAFTER), first, to=[Party(post="moscow.example")], covering="See below."
    )
    desk.release(beijing.office, beijing.hand(RELEASER), forward)
    (there,) = carry(beijing, moscow, stick)
    for post, cable in ((kaesong, asked), (beijing, first), (moscow, there)):
        sided(post, cable)
    name = f"kaesong.example/{kaesong.cable(asked).leaf}.1"
    with moscow.read() as connection:
        (held,) = docket_views.questions(connection, Lens("moscow.example"))
    assert (held.first.name, held.first.same) == (f"beijing.example/{beijing.cable(forward).leaf}.c1.1", name)
    for post, cables in ((beijing, (first, forward)), (moscow, (there,))):
        for cable in cables:
            with post.read() as connection:
                found = docket_views.open_questions_of_cable(connection, Lens(post.office.origin), cable)
            assert [{one.first.name, one.first.same} & {name} for one in found] == [{name}]
    answer = DocketLine(
        kind="answer", fields=(("question", name), ("how", "in full"), ("talks", "The talks"))
    )
    enter_lines(moscow.office, moscow.hand(REGISTRY), there, [answer])
    with moscow.read() as connection:
        (held,) = docket_views.questions(connection, Lens("moscow.example"), open_only=False)
    assert held.state == "answered"
    for called in (held.first.name, name):
        with moscow.read() as connection:
            docket = find_item(connection, Lens("moscow.example"), called)
        assert docket.here(called) == held.first.name
        assert docket.states[held.first.name].state == "answered"
