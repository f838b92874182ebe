"""Two posts of one side share the docket of the founding question and its answer by the cables alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reftel.cable.model import Cable, DocketLine, Party
from reftel.docket.fold import Docket
from reftel.docket.items import Item
from reftel.office import desk
from reftel.office.docket import Lens, whole
from reftel.office.docketing import enter_lines
from tests.cable import founding
from tests.story.founding_answer import STATES, answer_to_f2, answers
from tests.story.founding_docket import lines
from tests.story.founding_lines import OURS, line
from tests.story.stations import Station, found_station, introduce_all, read, send

OPEN = {number: ["open"] * len(states) for number, states in STATES.items()}


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[tuple[Station, Station]]:
    beijing = found_station(tmp_path / "BEIJING", "BEIJING", {"Mao Zedong": ("releasing officer",)})
    moscow = found_station(tmp_path / "MOSCOW", "MOSCOW", {"Stalin": ("releasing officer",)})
    introduce_all([beijing, moscow])
    yield beijing, moscow
    for station in (beijing, moscow):
        station.office.close()


def docket_of(station: Station) -> Docket:
    with station.office.store.read() as connection:
        return whole(connection, Lens(own=station.office.origin))


def release(station: Station, cable: Cable, who: str) -> int:
    entry = desk.draft(station.office, station.hand(), cable)
    desk.release(station.office, station.hand(who, "3.7.51"), entry)
    return entry


def questions(docket: Docket) -> list[Item]:
    return [state.first for state in docket.of_kind("question", ours=False)]


def states(docket: Docket) -> dict[str, list[str]]:
    """How the questions stand, by the point of F2 that each is about."""
    found: dict[str, list[str]] = {}
    for item, said in zip(questions(docket), founding.reading("F2")["questions_to_principal"], strict=True):
        found.setdefault(said["about"], []).append(docket.states[item.name].state)
    return found


def sides(station: Station, entry: int) -> None:
    """Let a post's own clerk enter that both posts are of one side, on the strength of a cable."""
    both = [line("post", "", post=f"{post}.example", party=OURS) for post in ("beijing", "moscow")]
    enter_lines(station.office, station.hand(), entry, both)


def in_cable(given: tuple[DocketLine, ...]) -> tuple[DocketLine, ...]:
    """The lines that a drafter writes: which post is of which side is each reader's own to say."""
    return tuple(one for one in given if one.kind != "post")


def test_a_question_asked_in_a_cable_is_answered_in_a_cable_at_both_posts(posts, tmp_path):
    beijing, moscow = posts
    stick = tmp_path / "stick"
    stick.mkdir()
    asking = replace(founding.f2(), to=(Party(post="moscow.example", person="FILIPPOV"),))
    asking = replace(asking, docket=in_cable(lines("F2", asking, founding.reading("F2"))))
    asked = release(beijing, asking, "Mao Zedong")
    send(beijing, moscow, stick)
    arrived = read(moscow)
    here, there = docket_of(beijing), docket_of(moscow)
    assert [(i.name, i.quote, i.fields) for i in there.items] == [
        (i.name, i.quote, i.fields) for i in here.items
    ]
    assert states(here) == OPEN
    assert there.of_kind("question") == []  # nobody at MOSCOW has said yet that BEIJING is of its side
    sides(moscow, arrived)
    assert [state.first for state in docket_of(moscow).of_kind("question")] == questions(docket_of(moscow))

    answering = answer_to_f2()
    names = [item.name for item in questions(there)]
    release(moscow, replace(answering, docket=answers(answering, names)), "Stalin")
    assert states(docket_of(moscow)) == STATES
    send(moscow, beijing, stick)
    read(beijing)
    held = docket_of(beijing)
    assert states(held) == OPEN
    assert len(held.remarks) == len(answers(answering, names))
    sides(beijing, asked)
    held = docket_of(beijing)
    assert states(held) == STATES
    assert held.remarks == {}
    moves = {state.first.name: state.moves for state in held.of_kind("question")}
    assert {move.by.origin for each in moves.values() for move in each} == {"moscow.example"}
    assert {move.by.by for each in moves.values() for move in each} == {"ФИЛИППОВ"}
