"""Whatever another post puts into docket lines: nothing else of its cable is lost, nothing of ours moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reftel.cable import internet
from reftel.cable.model import Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.docket.fold import NOT_HELD, OTHER_SIDE, OTHER_TALKS, Docket
from reftel.docket.items import MAX_VALUE, MOST_LINES, MOST_NAMES, NO_PARAGRAPH, NO_QUOTE, Item
from reftel.errors import BadValue, NotAllowed, NotFound, Warned
from reftel.office import changes, desk, docket_views, docketing
from reftel.office import docket as reading
from reftel.office.audit import audit
from reftel.office.docket import Lens
from reftel.office.docket_views import board, export, issue_page, questions
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t
from tests.office.scenes import DRAFTER, REGISTRY, RELEASER, Post, carry, letter

ROAD = ("issue", "The road")


def line(kind: str, quote: str = "", paragraph: str = "1", **fields: str) -> DocketLine:
    named = tuple((name.replace("_", " "), value) for name, value in fields.items())
    return DocketLine(kind=kind, paragraph=paragraph, quote=quote, fields=named)


@pytest.fixture
def rogue(monkeypatch: pytest.MonkeyPatch, beijing: Post, moscow: Post, stick: Path) -> Callable[..., int]:
    """Has BEIJING send docket lines that its office would refuse; returns the cable's entry at MOSCOW."""

    def send(*lines: DocketLine, **more: Any) -> int:
        with monkeypatch.context() as unchecked:
            unchecked.setattr(desk, "check_lines", lambda _: None)
            beijing.release(letter(docket=lines, **more))
        beijing.pass_time(minutes=1)
        (entry,) = carry(beijing, moscow, stick / str(moscow.size()))
        return entry

    return send


def enter(post: Post, *lines: DocketLine) -> list[str]:
    """A cable from paper of which these lines are entered; the names of the items."""
    entry = desk.enter(post.office, post.hand(REGISTRY), letter(f"Paper {post.size()}."))
    post.pass_time(minutes=1)
    return docketing.enter_lines(post.office, post.hand(REGISTRY), entry, lines)


def sides(post: Post, **parties: str) -> None:
    enter(post, *(line("post", paragraph="", post=f"{n}.example", party=p) for n, p in parties.items()))


def whole(post: Post) -> Docket:
    with post.read() as connection:
        return reading.whole(connection, Lens(post.office.origin))


def standing(post: Post, cable: int) -> list[str]:
    return [row.standing for row in post.rows(t.docket) if row.cable == cable]


class TestDrafts:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (line("question", "forty hours"), NO_QUOTE),
            (line("question", paragraph="7"), NO_PARAGRAPH),
            (line("question", "session", paragraph=""), NO_PARAGRAPH),
            (line("guess"), "is not a kind"),
            (line("question", colour="red"), "is not a field"),
            (line("answer", how="somehow"), "is one of in full"),
            (line("answer", question="the first", how="in full"), "names an item"),
            (line("position", party="A", estimate="no"), "is `yes` or left out"),
            (line("position"), "'party' is missing"),
            (line("issue"), "'issue' is missing"),
            (line("movement", who="; ".join(map(str, range(MOST_NAMES + 1)))), "more than 50 names"),
            (line("question", about="x" * (MAX_VALUE + 1)), "longer than 2000"),
            (DocketLine(kind="question", paragraph="1", fields=(ROAD, ROAD)), "stands twice"),
        ],
    )
    def test_a_line_that_does_not_stand_is_refused_with_its_reason(self, beijing, wrong, said):
        with pytest.raises(BadValue, match=said):
            beijing.draft(letter(docket=(wrong,)))
        entry = desk.enter(beijing.office, beijing.hand(REGISTRY), letter())
        with pytest.raises(BadValue, match=said):
            docketing.enter_lines(beijing.office, beijing.hand(REGISTRY), entry, [wrong])
        assert beijing.rows(t.docket) == []

    def test_words_that_do_not_stand_in_the_cable_that_is_cited(self, beijing):
        first = beijing.release(letter("Ten English miles."))
        cites = f"beijing.example/{beijing.cable(first).leaf}"
        enter(beijing, line("observation", "English miles", cites=cites))
        with pytest.raises(BadValue, match=NO_QUOTE):
            enter(beijing, line("observation", "kilometres", cites=cites))

    def test_an_item_that_is_not_here_is_spoken_of_by_no_line(self, beijing):
        with pytest.raises(NotFound, match="there is no item"):
            enter(beijing, line("outcome", session="beijing.example/900.1", outcome="put off"))

    def test_a_paragraph_amended_so_that_the_quote_is_gone(self, beijing):
        asked = line("question", "forty minutes")
        draft = beijing.draft(letter(docket=(asked,)))
        amended = letter("The session lasted an hour.", docket=(asked,))
        with pytest.raises(BadValue, match=NO_QUOTE) as refused:
            desk.edit(beijing.office, beijing.hand(DRAFTER), draft, amended)
        assert "docket line 1, 'question' of paragraph 1" in refused.value.sentence
        assert "forty minutes" not in str(refused.value)
        desk.edit(
            beijing.office, beijing.hand(DRAFTER), draft, letter("It lasted forty minutes.", docket=(asked,))
        )

    def test_more_lines_than_a_cable_may_have(self, beijing):
        with pytest.raises(BadValue, match="at most 500"):
            beijing.draft(letter(docket=(line("question"),) * (MOST_LINES + 1)))

    def test_an_answer_to_a_question_of_other_talks(self, beijing):
        (asked,) = enter(beijing, line("question", talks="The armistice"))
        with pytest.raises(NotAllowed, match=OTHER_TALKS):
            enter(beijing, line("answer", talks="The treaty", question=asked, how="in full"))


HOSTILE = {
    "an unknown kind": line("guess"),
    "a kind of a hundred thousand letters": line("g" * 100_000),
    "a field twice": DocketLine(kind="question", paragraph="1", fields=(ROAD, ROAD)),
    "an unknown field": line("question", **{"f" * 100_000: "x"}),
    "no such line": line("answer", question="#9999", how="in full"),
    "a huge number": line("answer", question=f"a.example/{'9' * 400}.1", how="in full"),
    "a huge place": line("answer", question=f"a.example/1.{'c1.' * 500}1", how="in full"),
    "thousands of names": line("position", party="A", issue=";" * 1900),
    "a thousand names": line("position", party="A", issue=";".join(map(chr, range(0x4E00, 0x51E0)))),
    "names of nothing": line("issue", issue=" ; ; "),
    "a name that folds to nothing": line("issue", issue="..."),
    "talks that fold to nothing": line("issue", issue="-", talks="--"),
    "long talks": line("question", talks="t" * 200_000),
    "itself": line("instruction", mode="may", supersedes="#1", amends="#1"),
    "a cable that nobody has": line("question", cites="x.example/5"),
    "no name of a cable": line("question", cites="../../etc"),
    "a huge cable": line("question", cites=f"x.example/{'9' * 300}"),
    "a paragraph of nowhere": line("question", paragraph="q1." * 10_000 + "1"),
    "a state of nothing": line("text", state="burnt"),
}


@pytest.mark.parametrize("wrong", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_costs_nothing_else_of_its_cable(rogue, moscow, wrong):
    entry = rogue(wrong, line("question", "forty minutes", issue="The road"))
    row = moscow.cable(entry)
    assert (row.state, row.subject) == ("deciphered", "Talks")
    assert len(standing(moscow, entry)) == 2
    assert standing(moscow, entry)[1] == ""
    assert max(len(said) for said in standing(moscow, entry)) < 200
    assert audit(moscow.office).clean
    with moscow.read() as connection:
        lens = Lens(moscow.office.origin)
        said: dict[str, Any] = export(connection, lens)
        assert len(said["items"]) + len(said["not_counted"]) == 2
        for talks in docket_views.talks(connection, lens):
            board(connection, lens, talks.key)
            docket_views.timeline(connection, lens, talks.key)
        talks = moscow.rows(t.docket)[-1].talks
        assert issue_page(connection, lens, talks, "The road").theirs[0].item.quote == "forty minutes"


def many(count: int) -> Iterator[DocketLine]:
    """A mebibyte of lines, each of which points to the next, names many issues and quotes."""
    names = "; ".join(f"n{n}" for n in range(40))
    for n in range(1, count + 1):
        more = {"issue": f"{names}; i{n}", "talks": f"talks {n}", "about": "x" * 1600}
        yield line("instruction", "forty", mode="must", supersedes=f"#{n % count + 1}", **more)


def test_a_mebibyte_of_lines_is_read_in_at_once(rogue, moscow, beijing):
    lines = tuple(many(490))
    assert 900_000 < len(internet.write(letter(docket=lines))) < 1_048_576
    rogue(*lines)
    with moscow.read() as connection:
        lens = Lens(moscow.office.origin)
        assert len(docket_views.talks(connection, lens)) == 490
        board(connection, lens, "talks 7")


def test_many_lines_in_a_cable_of_many_paragraphs(rogue, moscow):
    """Reading grows with the lines and the paragraphs, not with their product."""
    blocks = (Paragraph(text="One.", number="1"),) * 60_000
    lines = tuple(line("question", "One", paragraph=f"1~{n}") for n in range(59_000, 59_400))
    entry = rogue(*lines, blocks=blocks)
    assert standing(moscow, entry) == [""] * 400


def test_lines_beyond_five_hundred_are_left_and_the_cable_is_kept_whole(rogue, moscow):
    entry = rogue(*[line("question")] * (MOST_LINES + 20))
    assert len(standing(moscow, entry)) == MOST_LINES
    with moscow.read() as connection:
        text = desk.cable_text(connection, moscow.cable(entry))
    assert text is not None
    assert len(text[0].docket) == MOST_LINES + 20


def nested(depth: int) -> Cable:
    asked = line("question", "Deep", issue=f"Issue {depth}")
    inner = Cable(
        sender=Party(place="KAESONG"), to=(), blocks=(Paragraph(text="Deep.", number="1"),), docket=(asked,)
    )
    if depth == 1:
        return inner
    return replace(inner, blocks=(*inner.blocks, Quotation(blocks=(Carried(cable=nested(depth - 1)),))))


def test_telegrams_carried_as_deep_as_they_may_be(rogue, moscow):
    deep = Quotation(blocks=(Carried(cable=nested(15)),))
    entry = rogue(blocks=(Paragraph(text="See below.", number="1"), deep))
    assert standing(moscow, entry) == [""] * 15
    names = [row.item for row in moscow.rows(t.docket)]
    assert max(name.count(".c1") for name in names) == 15 or len(names) == 15
    assert audit(moscow.office).clean


class TestOtherSide:
    @pytest.fixture
    def ours(self, moscow: Post) -> list[str]:
        """What MOSCOW holds, of one kind each; BEIJING is of the other side."""
        sides(moscow, moscow="North", beijing="South")
        return enter(
            moscow,
            line("instruction", mode="must", issue="The road"),
            line("withheld", not_for="South", issue="The road"),
            line("question", to="Head", issue="The road"),
            line("merge", issue="The strip", into="The road"),
        )

    def test_it_moves_nothing_of_ours(self, rogue, moscow, ours):
        before = {name: whole(moscow).states[name] for name in ours}
        lines = [
            *(line("strike", of=name) for name in ours),
            line("instruction", mode="may", supersedes=ours[0], amends=ours[0]),
            line("step", of=ours[0], step="rescind"),
            line("step", of=ours[1], step="lift"),
            line("disclosure", item=ours[1], to="South", medium="oral"),
            line("answer", question=ours[2], how="in full"),
            line("confirmation", item=ours[2]),
            line("unmerge", of=ours[3]),
            line("merge", issue="The road", into="Their word for it"),
            line("post", post="beijing.example", party="North"),
            line("post", post="moscow.example", party="South"),
            line("party", party="South", side="ours"),
        ]
        entry = rogue(*lines)
        assert standing(moscow, entry) == [""] * len(lines)
        found = whole(moscow)
        assert {name: found.states[name] for name in ours} == before
        assert found.root("", "the strip") == "the road"
        assert not found.ours("beijing.example")
        refused = [remark for name, remark in found.remarks.items() if name.startswith("beijing.example/")]
        assert refused == [OTHER_SIDE] * 10
        with moscow.read() as connection:
            lens = Lens(moscow.office.origin)
            (kept,) = docket_views.withheld(connection, lens)
            assert kept.first.name == ours[1]
            assert docket_views.disclosures(connection, lens) == []
            page = board(connection, lens, "")
            assert [one.issue.name for one in page.lines] == ["The road"]
            assert len(page.lines[0].open_questions) == 1

    def test_a_forged_proof_does_not_speak_for_another_post(self, rogue, moscow, ours):
        """A carried telegram that claims to be MOSCOW's own question, and asks another thing."""
        entry, place = ours[2].rpartition("/")[2].split(".")
        claim = ForwardingProof(
            record=b"{}",
            record_salt=bytes(32),
            text_salt=bytes(32),
            index=int(entry),
            path=(),
            checkpoint="moscow.example\n90\nxxx\n\n",
        )
        asked = DocketLine(kind="question", fields=(("to", "Nobody"), ("issue", "The road")))
        inner = Cable(sender=Party(post="moscow.example"), to=(), blocks=(), docket=(asked,) * int(place))
        telegram = Carried(cable=inner, original=internet.write(inner), proof=claim.encode())
        arrived = rogue(blocks=(Paragraph(text="See below.", number="1"), telegram))
        assert ours[2] in {row.same for row in moscow.rows(t.docket) if row.cable == arrived}
        found = whole(moscow)
        assert found.states[ours[2]].item.get("to") == "Head"
        assert found.copies.get(ours[2], []) == []

    def test_what_one_of_ours_carries_on_stays_the_word_of_its_own_post(self, rogue, moscow, ours):
        """A telegram that BEIJING made up, inside a cable of its own that MOSCOW sends on with its proof."""
        lines = (
            DocketLine(kind="post", fields=(("post", "beijing.example"), ("party", "North"))),
            DocketLine(kind="step", fields=(("of", ours[0]), ("step", "rescind"))),
            DocketLine(kind="answer", fields=(("question", ours[2]), ("how", "in full"))),
        )
        made_up = Cable(sender=Party(place="NOWHERE"), to=(), blocks=(Paragraph(text="Yes."),), docket=lines)
        for more in ({"blocks": (Carried(cable=made_up),)}, {"docket": lines}):
            before = {name: whole(moscow).states[name] for name in ours}
            arrived = rogue(*more.pop("docket", ()), **more)
            to = [Party(post="beijing.example")]
            moscow.pass_time(minutes=1)
            draft = changes.readdress(moscow.office, moscow.hand(DRAFTER), arrived, to=to)
            desk.release(moscow.office, moscow.hand(RELEASER), draft)
            found = whole(moscow)
            assert {name: found.states[name] for name in ours} == before
            assert not found.ours("beijing.example")
            assert {item.origin for item in found.items if item.carried} <= {"beijing.example"}
        assert audit(moscow.office).clean

    def test_it_gives_our_talks_no_name_and_our_board_no_party(self, rogue, moscow, ours):
        """Its own words for the talks, and its own parties, not even where one of ours sends them on."""
        arrived = rogue(
            line("talks", name="The surrender", talks="Road"), line("party", party="Victors", talks="Road")
        )
        to = [Party(post="beijing.example")]
        moscow.pass_time(minutes=1)
        draft = changes.readdress(moscow.office, moscow.hand(DRAFTER), arrived, to=to)
        desk.release(moscow.office, moscow.hand(RELEASER), draft)
        enter(moscow, line("question", talks="Road", issue="The road"))
        with moscow.read() as connection:
            lens = Lens(moscow.office.origin)
            assert "Road" in [one.name for one in docket_views.talks(connection, lens)]
            assert board(connection, lens, "road").parties == ()

    def test_a_made_up_telegram_does_not_take_the_name_of_one_of_ours(self, beijing, moscow):
        """An item of a post of ours that is not here is spoken of under its name, whatever others bring."""
        sides(moscow, moscow="North", beijing="South", kaesong="North")
        own = "moscow.example"
        told = item("kaesong.example/5.1", origin=own, name=f"{own}/90.c1.1", through=("kaesong.example",))
        forged = replace(
            told,
            name="beijing.example/7.c1.1",
            origin="beijing.example",
            at="2000",
            fields={"mode": "may"},
        )
        with moscow.read() as connection:
            known = reading.of_kinds(connection, Lens(own), ("post",))
        found = Docket([*known, told, forged], own)
        assert found.here("kaesong.example/5.1") == told.name
        assert found.ours(found.states[told.name].first.origin)


def item(same: str, **more: Any) -> Item:
    given: dict[str, Any] = {"kind": "instruction", "at": "2026", "fields": {"mode": "must"}, "same": same}
    return Item(**(given | more))


class TestOneSide:
    def test_a_record_that_comes_before_the_cable_that_it_cites(self, beijing, moscow, stick):
        """It says so, and counts once the cable is here."""
        sides(moscow, moscow="North", beijing="North")
        first = beijing.release(
            letter("Ten English miles.", blocks=(Paragraph(text="Ten English miles.", number="1"),))
        )
        cited = line("observation", "English miles", cites=f"beijing.example/{beijing.cable(first).leaf}")
        name, other = enter(moscow, cited, replace(cited, quote="French miles"))
        assert whole(moscow).remarks == {name: reading.NOT_HERE, other: reading.NOT_HERE}
        carry(beijing, moscow, stick / "late")
        assert whole(moscow).remarks == {other: NO_QUOTE}

    def test_an_answer_that_comes_before_its_question(self, rogue, beijing, moscow):
        sides(moscow, moscow="North", beijing="North")
        leaf = beijing.size() + 3
        rogue(line("answer", question=f"beijing.example/{leaf}.1", how="in full"))
        assert list(whole(moscow).remarks.values()) == [NOT_HELD]

    def test_two_posts_that_name_one_issue_differently(self, rogue, moscow):
        """Merged and parted again, each by an act that stands in the register."""
        sides(moscow, moscow="North", beijing="North")
        rogue(line("question", issue="The strip"))
        enter(moscow, line("question", issue="The road"))

        def issues() -> list[str]:
            with moscow.read() as connection:
                lens = Lens(moscow.office.origin)
                assert len(questions(connection, lens, "")) == 2
                found = board(connection, lens, "").lines
                one = issue_page(connection, lens, "", "the strip")
                assert len(one.of("question")) == sum(
                    len(s.open_questions) for s in found if s.issue == one.line.issue
                )
                return [each.issue.name for each in found]

        assert issues() == ["The road", "The strip"]
        (merge,) = enter(moscow, line("merge", issue="The strip", into="The road"))
        assert issues() == ["The road"]
        enter(moscow, line("unmerge", of=merge))
        assert issues() == ["The road", "The strip"]
        kinds = [row.kind for row in moscow.rows(t.docket) if row.who]
        assert kinds[-2:] == ["merge", "unmerge"]

    def test_the_side_of_a_post_that_was_entered_in_error_is_taken_back(self, rogue, moscow):
        rogue(line("question", issue="The road"))
        sides(moscow, moscow="North")
        (wrong,) = enter(moscow, line("post", paragraph="", post="beijing.example", party="North"))
        with moscow.read() as connection:
            assert len(questions(connection, Lens(moscow.office.origin))) == 1
        enter(moscow, line("strike", of=wrong))
        with moscow.read() as connection:
            assert questions(connection, Lens(moscow.office.origin)) == []


def test_a_chain_of_a_thousand_instructions_is_soon_shown(moscow):
    entry = desk.enter(moscow.office, moscow.hand(REGISTRY), letter())
    last = ""
    for _ in range(10):
        before = [last, *(f"#{n}" for n in range(1, 100))]
        given: list[dict[str, str]] = [{"supersedes": name} if name else {} for name in before]
        lines = [line("instruction", mode="must", issue="The road", **one) for one in given]
        last = docketing.enter_lines(moscow.office, moscow.hand(REGISTRY), entry, lines)[-1]
    with moscow.read() as connection:
        lens = Lens(moscow.office.origin)
        (only,) = docket_views.instructions(connection, lens)
        assert only.first.name == last
        issue_page(connection, lens, "", "The road")
        reading.find_item(connection, lens, only.first.name)


class TestChanged:
    def test_items_of_a_cable_that_was_corrected_say_by_which(
        self, rogue: Callable[..., int], moscow: Post
    ) -> None:
        sides(moscow, moscow="North", beijing="North")
        first, second = rogue(line("instruction", mode="must not")), rogue(text="Read lines for session.")
        changes.correct(moscow.office, moscow.hand(REGISTRY), first, second)
        (state,) = whole(moscow).of_kind("instruction")
        assert (state.state, state.item.corrected) == ("in force", second)

    def test_an_instruction_of_a_cancelled_cable_is_in_force_no_more_from_then_on(
        self, rogue: Callable[..., int], moscow: Post
    ) -> None:
        sides(moscow, moscow="North", beijing="North")
        first = rogue(line("instruction", mode="must not", words="forty minutes"))
        second = rogue(text="Cancel the first.")
        entry = moscow.draft(letter("It lasted forty minutes.", to=(Party(post="beijing.example"),)))
        with pytest.raises(Warned):
            desk.release(moscow.office, moscow.hand(RELEASER), entry)
        before = moscow.size() - 1
        changes.cancel(moscow.office, moscow.hand(REGISTRY), first, second)
        (name,) = (row.item for row in moscow.rows(t.docket) if row.kind == "instruction")
        assert whole(moscow).remarks == {name: reading.CANCELLED}
        with moscow.read() as connection:
            then = reading.whole(connection, Lens(moscow.office.origin, until=before))
        assert [state.state for state in then.of_kind("instruction")] == ["in force"]
        desk.release(moscow.office, moscow.hand(RELEASER), entry)
