"""Agreed text, from the proposal to both posts' registers, carried by a courier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from reftel.bearers.courier import Courier
from reftel.cable.model import Cable, DocketLine, Paragraph, Party
from reftel.docket.agreement import NO_SIDE, OTHER_WORDS
from reftel.errors import NotAllowed, NotFound
from reftel.office import desk, docketing
from reftel.office.agreed_text import AgreedText, draft_agreement, plain_agreed, read_agreed
from reftel.office.audit import audit
from reftel.office.cards import open_card
from reftel.office.docket import Lens
from reftel.office.office import find_cable
from reftel.register.entries import unb64
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t
from reftel.testing import SimulatedPost

WORDS = "Each side keeps four officers at the crossing."
VERSE = "The road is open\nfrom noon to four."
FIELDS = (("talks", "The road"), ("issue", "The crossing"))


@pytest.fixture
def posts(tmp_path: Path) -> Iterator[tuple[SimulatedPost, SimulatedPost, SimulatedPost]]:
    """NORTH and SOUTH, of two sides, and EAST, of which nobody knows the side; all know each other."""
    north, south, east = (
        SimulatedPost(tmp_path / name, f"{name.lower()}.example", name) for name in ("NORTH", "SOUTH", "EAST")
    )
    for one, other in ((north, south), (south, east), (north, east)):
        one.meet(other)
    for post in (north, south):
        hello = post.release(east, text="Good morning.")
        sides = ((north.origin, "North"), (south.origin, "South"))
        lines = [DocketLine(kind="post", fields=(("post", o), ("party", p))) for o, p in sides]
        docketing.enter_lines(post.office, post.hand, hello, lines)
    yield north, south, east
    for post in (north, south, east):
        post.close()


def propose(post: SimulatedPost, *to: SimulatedPost, text: str = WORDS, quote: str = WORDS) -> str:
    """A text proposed in a cable; its name in the docket."""
    cable = Cable(
        sender=Party(place=post.office.name),
        to=tuple(Party(post=other.origin) for other in to),
        blocks=(Paragraph(text="We propose the following.", number="1"), Paragraph(text=text, number="2")),
        docket=(DocketLine(kind="text", paragraph="2", quote=quote, fields=(*FIELDS, ("state", "tabled"))),),
    )
    entry = desk.draft(post.office, post.hand, cable)
    desk.release(post.office, post.hand, entry)
    with post.office.store.read() as connection:
        return f"{post.origin}/{find_cable(connection, entry).leaf}.1"


def agree(post: SimulatedPost, name: str, to: SimulatedPost) -> int:
    return put(post, drafted(post, name, to))


def put(post: SimulatedPost, cable: Cable) -> int:
    """Draft and release a cable as it is."""
    entry = desk.draft(post.office, post.hand, cable)
    desk.release(post.office, post.hand, entry)
    return entry


def drafted(post: SimulatedPost, name: str, to: SimulatedPost) -> Cable:
    with post.office.store.read() as connection:
        return draft_agreement(post.office, connection, Lens(post.origin), name, to.office.name)


def carry(stick: Path, *posts: SimulatedPost) -> None:
    """Everything that waits anywhere, carried and deciphered, receipts too."""
    stick.mkdir(exist_ok=True)
    for _ in range(2):
        for post in posts:
            post.dispatch(Courier(stick))
        for post in posts:
            post.collect(Courier(stick))
            post.decipher()


def agreed(post: SimulatedPost, name: str) -> AgreedText:
    with post.office.store.read() as connection:
        return read_agreed(post.office, connection, Lens(post.origin), name)


Posts = tuple[SimulatedPost, SimulatedPost, SimulatedPost]


@pytest.mark.parametrize(("text", "quote"), [(f"{WORDS} No more.", WORDS), (WORDS, ""), (VERSE, "")])
def test_two_posts_put_one_text_into_both_registers(posts: Posts, tmp_path: Path, text: str, quote: str):
    north, south, _ = posts
    name = propose(north, south, text=text, quote=quote)
    carry(tmp_path / "stick", *posts)
    agree(south, name, north)
    north.pass_time(minutes=5)
    carry(tmp_path / "stick", *posts)
    assert agreed(north, name).missing == ("the agreement of a post of our side",)
    agree(north, name, south)
    carry(tmp_path / "stick", *posts)
    here, there = agreed(north, name), agreed(south, name)
    for found in (here, there):
        assert found.agreement.agreed
        assert found.state == "agreed"
        assert found.missing == ()
        assert found.of_text.holds
        assert [(voice.party, proved.holds) for voice, proved in found.voices] == [
            ("south", True),
            ("north", True),
        ]
    assert here.agreement.version.words == there.agreement.version.words == (quote or text)
    assert here.agreement.version.digest == there.agreement.version.digest
    assert [(p.origin, p.leaf) for _, p in here.voices] == [(p.origin, p.leaf) for _, p in there.voices]
    for post in posts:
        assert audit(post.office).failures == 0


def test_the_cable_that_agrees_shows_the_words_to_people(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    cable = drafted(south, name, north)
    assert cable.blocks[1] == Paragraph(number="2", text=WORDS)
    assert cable.to == (Party(post=north.origin, place="NORTH"),)
    assert [reference.sender for reference in cable.references] == ["NORTH"]


def test_a_changed_word_is_other_words_and_does_not_count(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    agree(north, name, south)
    five = WORDS.replace("four", "five")
    other = drafted(south, name, north)
    line = replace(other.docket[0], quote=five, fields=(*other.docket[0].fields[:3], ("digest", "0" * 64)))
    put(south, replace(other, blocks=(other.blocks[0], Paragraph(number="2", text=five)), docket=(line,)))
    carry(tmp_path / "stick", north, south)
    for post in (north, south):
        found = agreed(post, name)
        assert not found.agreement.agreed
        assert found.state == "tabled"
        assert [(voice.item.quote, voice.remark) for voice in found.unheard] == [(five, OTHER_WORDS)]
        assert plain_agreed(found)["not_counted"][0]["quote"] == five


def test_a_post_of_no_known_side_does_not_agree_for_anybody(posts: Posts, tmp_path: Path):
    north, south, east = posts
    name = propose(north, south, east)
    carry(tmp_path / "stick", *posts)
    agree(north, name, south)
    agree(east, name, north)
    carry(tmp_path / "stick", *posts)
    found = agreed(north, name)
    assert not found.agreement.agreed
    assert [(voice.item.origin, voice.remark) for voice in found.unheard] == [(east.origin, NO_SIDE)]


def test_what_is_not_proved_yet_is_said(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    agree(north, name, south)
    found = agreed(north, name)
    own = found.voices[0][0].item.name
    assert f"the proof of {own} here" in found.missing
    north.dispatch(Courier(tmp_path / "stick"))
    assert f"another post's countersignature over {own}" in agreed(north, name).missing


def test_a_proof_that_was_tampered_with_does_not_hold(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    agree(south, name, north)
    agree(north, name, south)
    carry(tmp_path / "stick", north, south)
    with north.office.store.write() as connection:
        connection.execute(update(t.proofs).values(record_salt=b"\0" * 32))
    found = agreed(north, name)
    assert [proved.holds for voice, proved in found.voices if not voice.ours] == [False]
    assert any(part.startswith("the proof of south.example/") for part in found.missing)


def test_a_tampered_docket_row_does_not_pass_for_the_line(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    with north.office.store.write() as connection:
        row = connection.execute(t.docket.select().where(t.docket.c.item == name)).one()
        connection.execute(
            update(t.docket).where(t.docket.c.item == name).values(body=row.body.replace("four", "nine"))
        )
    found = agreed(north, name)
    assert [check.held for check in found.of_text.checks if check.what == "Line"] == [False]


def test_the_evidence_is_given_out_for_others_to_check(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", *posts)
    agree(south, name, north)
    agree(north, name, south)
    carry(tmp_path / "stick", *posts)
    plain = plain_agreed(agreed(north, name))
    for said in plain["agreements"]:
        card = next(post for post in posts if post.origin == said["register"]).card()
        proof = ForwardingProof.decode(said["proof"].encode())
        text = unb64(said["cable_text"])
        assert proof.verify(text, open_card(card).verifier).kind == "released"
        assert plain["digest"].encode() in text
    assert plain["words"] == WORDS


def test_a_post_agrees_once_and_to_what_the_other_holds(posts: Posts, tmp_path: Path):
    north, south, east = posts
    name = propose(north, south)
    carry(tmp_path / "stick", *posts)
    agree(north, name, south)
    with pytest.raises(NotAllowed, match="agreed to these words already"):
        drafted(north, name, south)
    with pytest.raises(NotAllowed, match="did not go to EAST"):
        drafted(south, name, east)
    with pytest.raises(NotFound):
        drafted(south, "south.example/0.1", north)
    line = DocketLine(kind="text", paragraph="1", fields=FIELDS)
    (private,) = docketing.enter_lines(south.office, south.hand, agreed(south, name).of_text.cable, [line])
    with pytest.raises(NotAllowed, match="did not go to NORTH"):
        drafted(south, private, north)


def test_nobody_agrees_by_what_is_entered_while_reading(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    line = drafted(south, name, north).docket[0]
    cable = agreed(south, name).of_text.cable
    with pytest.raises(NotAllowed, match="a post agrees in a cable"):
        docketing.enter_lines(south.office, south.hand, cable, [line])


def test_a_text_that_was_struck_out_is_not_agreed_to(posts: Posts, tmp_path: Path):
    north, south, _ = posts
    name = propose(north, south)
    carry(tmp_path / "stick", north, south)
    strike = DocketLine(kind="strike", fields=(FIELDS[0], ("of", name)))
    docketing.enter_lines(north.office, north.hand, agreed(north, name).of_text.cable, [strike])
    with pytest.raises(NotAllowed, match="struck out"):
        drafted(north, name, south)
