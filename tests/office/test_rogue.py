"""A known post that uses its own keys and register against the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reftel.bearers.courier import Courier
from reftel.cable.model import Ask, Cable, Carried, Moment, Number, Party, Precision, Reading, Standing
from reftel.errors import CardError, NotFound, ProofError
from reftel.office import arrivals, channels, desk, people, tasks
from reftel.office.audit import audit
from reftel.office.cards import card_digest, open_card, sign_card
from reftel.office.office import find_cable
from reftel.office.rolls import post_named
from reftel.register.log import find_entry, find_text, tree_of
from reftel.register.proof import ForwardingProof
from reftel.testing import SimulatedPost


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[tuple[SimulatedPost, SimulatedPost, SimulatedPost]]:
    """KAESONG, BEIJING and MOSCOW, who know each other."""
    names = ("KAESONG", "BEIJING", "MOSCOW")
    kaesong, beijing, moscow = (SimulatedPost(tmp_path / n, f"{n.lower()}.example", n) for n in names)
    kaesong.meet(beijing)
    beijing.meet(moscow)
    kaesong.meet(moscow)
    yield kaesong, beijing, moscow
    for post in (kaesong, beijing, moscow):
        post.close()


def release_as(
    monkeypatch: pytest.MonkeyPatch, post: SimulatedPost, to: SimulatedPost, change: Callable[[Cable], Cable]
) -> int:
    """Have a post release and register what it is not to release."""
    honest = desk.stamped
    with monkeypatch.context() as rogue:
        rogue.setattr(desk, "stamped", lambda *given: change(honest(*given)))
        return post.release(to, text="We agree to everything.")


def carried_from(post: SimulatedPost, entry: int) -> Carried:
    """A telegram with the forwarding proof that a post's own register gives."""
    with post.office.store.read() as connection:
        tree = tree_of(connection)
        size, note = post.office.register.checkpoint(post.office.keys.signing, post.clock.now())
        row = find_cable(connection, entry)
        entered, text = find_entry(connection, row.leaf), find_text(connection, row.text)
        path = tuple(tree.inclusion(row.leaf, size))
    assert text is not None
    proof = ForwardingProof(
        record=entered.record,
        record_salt=entered.salt,
        text_salt=text.salt,
        index=row.leaf,
        path=path,
        checkpoint=note,
    )
    return Carried(cable=post.read(entry), original=text.data, proof=proof.encode())


def as_kaesong(cable: Cable) -> Cable:
    """The cable under another post's name."""
    return replace(cable, sender=Party(post="kaesong.example", place="KAESONG"))


def numbered(*values: str) -> Callable[[Cable], Cable]:
    """The cable under other numbers than that of its release."""
    numbers = tuple(Number(scheme="MRN", value=value) for value in values)
    return lambda cable: replace(cable, numbers=numbers)


@pytest.mark.parametrize(
    "change",
    [
        as_kaesong,
        lambda cable: replace(cable, sender=Party(place="KAESONG")),
        numbered("2026KAESONG000001"),
        numbered("2026BEIJING000001", "2026KAESONG000001"),
        numbered(),
    ],
    ids=["another sender", "no sender", "another's number", "a second number", "no number"],
)
def test_a_post_that_speaks_in_anothers_name(
    monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path, change: Callable[[Cable], Cable]
) -> None:
    """Nobody takes the text for a cable of KAESONG's, however well BEIJING registered it."""
    _, beijing, moscow = posts
    entry = release_as(monkeypatch, beijing, moscow, change)
    stick = Courier(tmp_path)
    beijing.dispatch(stick)
    moscow.collect(stick)
    (news,) = arrivals.decipher(moscow.office, moscow.hand)
    assert isinstance(news.error, ProofError)
    assert "names another sender or number" in news.error.sentence
    with moscow.office.store.read() as connection:
        assert arrivals.standing(connection, carried_from(beijing, entry)) is Standing.WRONG
    assert audit(moscow.office).clean


def test_a_number_that_names_another_post(
    monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path
) -> None:
    """The entry and the text agree on it, and still it is not BEIJING's to give."""
    _, beijing, moscow = posts
    with monkeypatch.context() as rogue:
        rogue.setattr(desk, "mrn", lambda year, _name, serial: f"{year}KAESONG{serial:06}")
        entry = beijing.release(moscow, text="We agree to everything.")
    stick = Courier(tmp_path)
    beijing.dispatch(stick)
    moscow.collect(stick)
    (news,) = arrivals.decipher(moscow.office, moscow.hand)
    assert isinstance(news.error, ProofError)
    with moscow.office.store.read() as connection:
        assert arrivals.standing(connection, carried_from(beijing, entry)) is Standing.WRONG


def test_a_cable_released_anew_by_its_addressee_does_not_keep_the_genuine_one_out(
    monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path
) -> None:
    """BEIJING hands MOSCOW what KAESONG sent to both, as its own and first, under the same commitment."""
    kaesong, beijing, moscow = posts
    theirs = Courier(tmp_path)
    kaesong.release(beijing, moscow, text="For both of you.")
    kaesong.dispatch(theirs)
    beijing.collect(theirs)
    (got,) = arrivals.decipher(beijing.office, beijing.hand)
    with beijing.office.store.read() as connection:
        text = find_text(connection, find_cable(connection, got.entry).text)
        commitment = find_cable(connection, got.entry).text
    assert text is not None
    genuine = beijing.read(got.entry)
    with monkeypatch.context() as rogue:
        rogue.setattr("reftel.register.log.Writing.lay_down", lambda *_: [commitment])
        rogue.setattr(desk, "draft_bytes", lambda *_: text.data)
        entry = desk.draft(beijing.office, beijing.hand, genuine)
        rogue.setattr(desk, "stamped", lambda *_: genuine)
        desk.release(beijing.office, beijing.hand, entry)
    (tmp_path / "own").mkdir()
    own = Courier(tmp_path / "own")
    beijing.dispatch(own)
    moscow.collect(own)
    (stolen,) = arrivals.decipher(moscow.office, moscow.hand)
    assert isinstance(stolen.error, ProofError)
    moscow.collect(theirs)
    assert moscow.decipher() == ["For both of you."]


@pytest.mark.parametrize(
    "reading",
    [
        Reading(local=datetime(2026, 3, 9, 5, 5, 5), precision=Precision.DAY, zone=0),
        Reading(local=datetime(2026, 3, 9, 5, 5), precision=Precision.MINUTE, zone=1439),
        Reading(local=datetime(9999, 12, 31, 23, 59), precision=Precision.MINUTE, zone=-720),
    ],
    ids=["finer than it says", "no zone on earth", "at the end of time"],
)
def test_a_due_time_that_cannot_be_written_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path, reading: Reading
) -> None:
    """The ask stands under the words of the cable; what waits behind it is deciphered too."""
    _, beijing, moscow = posts
    ask = Ask(owner="MOSCOW", literal="Answer.", kind="action", due=Moment(literal="soon", reading=reading))
    release_as(monkeypatch, beijing, moscow, lambda cable: replace(cable, asks=(ask,)))
    beijing.release(moscow, text="One.")
    stick = Courier(tmp_path)
    beijing.dispatch(stick)
    moscow.collect(stick)
    assert sorted(moscow.decipher()) == ["One.", "We agree to everything."]
    with moscow.office.store.read() as connection:
        (tasking,) = tasks.tasks(connection, "open")
        assert tasking.due == "soon" or reading.local.year == 9999
        assert tasks.overdue_tasks(connection, moscow.clock.now()) == []
    assert audit(moscow.office).clean


def test_what_unpacks_to_very_much_is_not_held_in_memory_at_once(
    monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path
) -> None:
    """A hundred cables of 16 MiB fit into a small bag."""
    _, beijing, moscow = posts
    for number in range(4):
        beijing.release(moscow, text=f"{number}." + "a" * (arrivals.MAX_HELD // 2))
    stick = Courier(tmp_path)
    beijing.dispatch(stick)
    moscow.collect(stick)
    entering, together = arrivals._enter_opened, []

    def watched(office: Any, hand: Any, opened: Any, *given: Any) -> Any:
        together.append(len(opened))
        return entering(office, hand, opened, *given)

    monkeypatch.setattr(arrivals, "_enter_opened", watched)
    assert len(moscow.decipher()) == 4
    assert max(together) == 2


def renamed(post: SimulatedPost, name: str) -> str:
    """A post's next card, under another name."""
    old = post.card()
    card = replace(open_card(old), name=name, serial=2, previous=card_digest(old))
    return sign_card(card, post.office.keys.signing)


def test_a_post_keeps_its_name(monkeypatch: pytest.MonkeyPatch, posts: Any, tmp_path: Path) -> None:
    """What is for MOSCOW must not go to BEIJING because BEIJING's next card says that it is MOSCOW."""
    kaesong, beijing, _ = posts
    card = renamed(beijing, "MOSCOW")
    with pytest.raises(CardError, match="calls the post MOSCOW"):
        people.know(kaesong.office, kaesong.hand, card, "")
    beijing.release(kaesong, text="One.")
    monkeypatch.setattr(channels, "_card_for", lambda *_: card)
    stick = Courier(tmp_path)
    channels.dispatch(beijing.office, stick, kaesong.origin)
    (news,) = kaesong.collect(stick)
    assert isinstance(news.error, CardError)
    with kaesong.office.store.read() as connection:
        assert post_named(connection, "MOSCOW").origin == "moscow.example"


@pytest.mark.parametrize("name", ["MOSCOW", "MOS-COW", "KAESONG"])
def test_no_second_post_is_admitted_under_a_name(posts: Any, tmp_path: Path, name: str) -> None:
    """Also not under one that makes the same message reference numbers, or this post's own."""
    kaesong = posts[0]
    stranger = SimulatedPost(tmp_path / "stranger", "stranger.example", name)
    card = stranger.card()
    stranger.close()
    with pytest.raises(CardError, match="is called"):
        people.know(kaesong.office, kaesong.hand, card, open_card(card).fingerprint)


def test_a_post_and_its_successor_are_told_apart_by_their_origins(posts: Any, tmp_path: Path) -> None:
    kaesong = posts[0]
    successor = SimulatedPost(tmp_path / "successor", "moscow.example/2", "MOSCOW")
    card = successor.card()
    successor.close()
    people.know(kaesong.office, kaesong.hand, card, open_card(card).fingerprint)
    with kaesong.office.store.read() as connection:
        with pytest.raises(NotFound, match="2 posts are called"):
            post_named(connection, "MOSCOW")
        assert post_named(connection, "moscow.example/2").origin == "moscow.example/2"
