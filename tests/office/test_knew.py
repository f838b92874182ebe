"""Who knew what, when: held against a reading of the register, record by record, and said exactly."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reftel.cable.model import Annotation, DocketLine, Party
from reftel.errors import BadValue, NotFound, NotYourRole
from reftel.office import channels, copies, desk, docketing, knew, people
from reftel.office.audit import audit
from reftel.office.copies import Issue
from reftel.office.knew import Place, Subject
from reftel.office.knowledge import Proof
from reftel.office.moments import When, moment_entry, read_when
from reftel.office.sight import Asker
from reftel.office.who_knew import who_knew
from reftel.register.entries import clock_text
from reftel.store import tables as t
from reftel.store.engine import Store
from tests.office.histories import HOLDERS, Play, Reading
from tests.office.readers import enrol
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    DRAFTER,
    KEYLESS,
    NOW,
    READER,
    REGISTRY,
    RELEASER,
    STAFF,
    Post,
    carry,
    copy_of,
    letter,
)
from tests.office.test_eyes_only import eyes_letter, introduce_reader

ASKED = 12
ACTS = 140


@pytest.fixture(scope="module")
def with_readers(templates: dict[str, Post], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Post]:
    """The same two posts, where two of those who hold copies have a reader's key."""
    root = tmp_path_factory.mktemp("readers")
    posts = {name: copy_of(post, root / name) for name, post in templates.items()}
    for post in posts.values():
        for who in (READER, DRAFTER):
            enrol(post, who)
        post.office.close()
    return posts


def whole(post: Post, subject: Subject, when: When, asker: Asker | None = None) -> list[knew.Known]:
    """Every line, page after page."""
    lines: list[knew.Known] = []
    after: Place | None = None
    with post.read() as connection:
        while True:
            page = knew.knew(connection, subject, when, asker, after)
            lines += page.lines
            if page.more is None:
                break
            after = Place.read(page.more.text())
    assert sum(page.counts.values()) == len(lines)
    return lines


def proved(lines: list[knew.Known], part: str = "held") -> dict[int, set[tuple[Any, ...]]]:
    """What the lines of a part prove, as the plain reading says it."""
    found: dict[int, set[tuple[Any, ...]]] = {}
    for line in lines:
        if line.part == part:
            assert line.cable not in found
            found[line.cable] = {said(proof) for proof in line.proofs}
            assert len(found[line.cable]) == len(line.proofs)
    return found


def said(proof: Proof) -> tuple[Any, ...]:
    if proof.copy >= 0:
        return proof.how, proof.copy, proof.entry, proof.opened, proof.end, proof.end_act
    if proof.how == "sent":
        return proof.how, proof.entry, proof.number, proof.at
    return proof.act, proof.entry


def subject_of(post: Post, asked: str) -> Subject:
    with post.read() as connection:
        return knew.find_subject(connection, post.office.origin, asked)


def moment(post: Post, asked: str) -> When:
    with post.read() as connection:
        return read_when(connection, asked, post.clock.now())


@pytest.mark.parametrize("seed", range(4))
def test_it_is_what_the_register_says_record_by_record(with_readers, tmp_path, seed, monkeypatch):
    monkeypatch.setattr(knew, "PAGE", 4)
    chance = random.Random(f"who knew what {seed}")
    one, other = (copy_of(post, tmp_path / name) for name, post in with_readers.items())
    posts = (one, other)
    stick = tmp_path / "stick"
    stick.mkdir()
    here, there = posts
    there.clock.at += timedelta(minutes=7)
    for post in posts:
        people.switch_rule(post.office, post.hand(ADMIN), "stop-issue", off=True, decision="many copies")
    Play(posts, stick, chance).go_on(ACTS)
    readings = {post.office.origin: Reading(post) for post in posts}
    kinds = set()
    for post, other in ((here, there), (there, here)):
        mine, theirs = readings[post.office.origin], readings[other.office.origin]
        span = (post.clock.now() - NOW).total_seconds()
        for _ in range(ASKED):
            instant = NOW + timedelta(seconds=chance.uniform(-5, span + 5))
            when = moment(post, clock_text(instant))
            at = clock_text(instant)
            assert when.entry == mine.last(at)
            for name in (*STAFF, *HOLDERS):
                lines = whole(post, subject_of(post, name), when)
                assert proved(lines) == mine.person(name, when.entry)
                assert [line.cable for line in lines] == sorted(proved(lines), reverse=True)
                for line in lines:
                    kinds |= {proof.how for proof in line.proofs}
                    expected = mine.items_of(line.cable, when.entry) if line.has_text else set()
                    assert {item.name for item in line.items} == expected
            assert proved(whole(post, subject_of(post, post.office.origin), when)) == mine.here(when.entry)
            lines = whole(post, subject_of(post, other.office.origin), when)
            assert proved(lines, "sent") == mine.sent(theirs, at)
            assert proved(lines, "receipted") == mine.receipted(when.entry)
            for line in lines:
                kinds |= {proof.how for proof in line.proofs}
                assert {item.name for item in line.items} == mine.items_of(line.cable, -1, carried=True)
        assert audit(post.office).clean
        post.office.close()
    assert kinds >= {"handled", "opened", "could read", "not opened", "sent", "receipted"}


def lines_of(post: Post, asked: str, when: str = "", asker: Asker | None = None) -> list[knew.Known]:
    return whole(post, subject_of(post, asked), moment(post, when), asker)


def the_line(post: Post, asked: str, cable: int, when: str = "", asker: Asker | None = None) -> knew.Known:
    return next(line for line in lines_of(post, asked, when, asker) if line.cable == cable)


def says(line: knew.Known) -> list[str]:
    return [proof.says for proof in line.proofs]


def issue(post: Post, entry: int, *issues: Issue) -> None:
    copies.issue(post.office, post.hand(REGISTRY), entry, issues)


def test_four_things_are_never_confused(beijing):
    enrol(beijing, READER)
    enrol(beijing, DRAFTER)
    entry = beijing.printed(3)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=DRAFTER))
    issue(beijing, entry, Issue(seq=3, holder=AUDITOR))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 1)
    found = {who: the_line(beijing, who, entry) for who in (READER, DRAFTER, AUDITOR, REGISTRY)}
    assert {who: line.has_text for who, line in found.items()} == {
        READER: True,
        DRAFTER: False,
        AUDITOR: True,
        REGISTRY: True,
    }
    assert says(found[READER]) == ["opened copy 1, sealed"]
    assert says(found[DRAFTER]) == ["had copy 2, sealed, and did not open it: not the text"]
    assert says(found[AUDITOR]) == ["had copy 3 on paper, and could read it"]
    assert says(found[REGISTRY]) == ["entered it from paper", "printed it"]


def test_a_copy_was_held_from_the_entry_that_gave_it_to_the_one_that_took_it_back(beijing):
    entry = beijing.printed(1)
    issue(beijing, entry, Issue(seq=1, holder=KEYLESS))
    given = beijing.size() - 1
    beijing.pass_time(minutes=5)
    copies.open_copy(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), entry, 1)
    beijing.pass_time(minutes=5)
    copies.pass_on(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), entry, 1, READER)
    (proof,) = the_line(beijing, KEYLESS, entry).proofs
    assert (proof.entry, proof.opened, proof.end, proof.end_act) == (given, given + 1, given + 2, "pass")
    assert proof.end_at == clock_text(NOW + timedelta(minutes=10))
    assert proof.recorder == REGISTRY
    (before,) = the_line(beijing, KEYLESS, entry, f"entry:{given}").proofs
    assert (before.how, before.opened, before.end, before.recorder) == ("could read", -1, -1, "")
    assert lines_of(beijing, READER, f"entry:{given + 1}") == []


TO_BEIJING = letter(to=(Party(post="beijing.example", place="BEIJING"),))


def test_of_another_post_only_what_it_sent_and_what_it_gave_its_receipt_for(beijing, moscow, stick):
    moscow.clock.at += timedelta(hours=2)
    ours = beijing.release()
    carry(beijing, moscow, stick)
    unsent = beijing.release()
    theirs = moscow.release(TO_BEIJING)
    assert lines_of(beijing, "MOSCOW") == []
    before = beijing.size() - 1
    (came,) = carry(moscow, beijing, stick)
    line = the_line(beijing, "moscow.example", ours)
    (receipt,) = (row.entry for row in beijing.rows(t.receipts))
    assert [(proof.how, proof.entry) for proof in line.proofs] == [("receipted", receipt)]
    assert says(line) == ["its receipt stands: its register has the cable"]
    assert ours not in {one.cable for one in lines_of(beijing, "MOSCOW", f"entry:{receipt - 1}")}
    # By its own clock, which is two hours ahead; proved by an entry that was made here later or sooner.
    assert {one.cable for one in lines_of(beijing, "MOSCOW")} == {ours}
    assert lines_of(beijing, "MOSCOW", f"entry:{before}") == []
    (proof,) = the_line(beijing, "MOSCOW", came, clock_text(moscow.clock.now())).proofs
    assert (proof.how, proof.entry, proof.clock) == ("sent", came, "moscow.example")
    assert (proof.number, proof.at) == (moscow.cable(theirs).leaf, clock_text(moscow.clock.now()))
    assert f"as entry {proof.number} of its own register and by its own clock" in proof.says
    later = {one.cable for one in lines_of(beijing, "MOSCOW", clock_text(moscow.clock.now()))}
    assert later == {ours, came}
    assert unsent in {one.cable for one in lines_of(beijing, "BEIJING")}


def test_a_receipt_is_not_forgotten_when_the_cable_is_run_again(beijing, moscow, stick):
    ours = beijing.release()
    for times in (1, 2):
        carry(beijing, moscow, stick)
        moscow.release(TO_BEIJING)
        carry(moscow, beijing, stick)
        first, *others = (row.entry for row in beijing.rows(t.receipts))
        assert len(others) == times - 1
        assert [proof.entry for proof in the_line(beijing, "MOSCOW", ours).proofs] == [first]
        channels.rerun(beijing.office, beijing.hand(CIPHER), ours, "moscow.example")
        assert [proof.entry for proof in the_line(beijing, "MOSCOW", ours).proofs] == [first]


def test_what_its_addressee_acknowledged_stands_beside_its_receipt(beijing, moscow, stick):
    ours = beijing.release()
    carry(beijing, moscow, stick)
    moscow.release(TO_BEIJING)
    (answer,) = carry(moscow, beijing, stick)
    desk.acknowledge(beijing.office, beijing.hand(REGISTRY), ours, by_cable=answer)
    line = the_line(beijing, "MOSCOW", ours)
    assert [proof.how for proof in line.proofs] == ["receipted", "acknowledged"]
    assert says(line)[1] == f"acknowledged it, by entry:{answer}"
    assert line.proofs[1].entry == beijing.size() - 1


def test_whoever_handles_a_text_that_is_sealed_to_its_readers_has_its_outside(beijing, moscow, stick):
    introduce_reader(beijing, moscow)
    sent = beijing.release(eyes_letter())
    desk.annotate(
        beijing.office, beijing.hand(REGISTRY), sent, [Annotation(layer="office", literal="Went by night.")]
    )
    (came,) = carry(beijing, moscow, stick)
    desk.print_copies(moscow.office, moscow.hand(REGISTRY), came, 1)
    issue(moscow, came, Issue(seq=1, holder=READER))
    assert {who: the_line(beijing, who, sent).has_text for who in (DRAFTER, RELEASER, REGISTRY)} == {
        DRAFTER: True,
        RELEASER: True,
        REGISTRY: False,
    }
    for who in (CIPHER, REGISTRY, "MOSCOW", READER):
        assert not the_line(moscow, who, came).has_text, who
    copies.open_copy(moscow.office, moscow.hand(READER), came, 1)
    assert the_line(moscow, READER, came).has_text
    (proof,) = the_line(moscow, CIPHER, came).proofs
    assert proof.says == "deciphered it: its outside alone, for the text is sealed to its readers"
    assert the_line(beijing, "BEIJING", sent).has_text
    moscow.release(TO_BEIJING)
    carry(moscow, beijing, stick)
    (proof,) = the_line(beijing, "MOSCOW", sent).proofs
    assert (proof.how, proof.act) == ("outside", "receipted")
    assert "gave its receipt for it: its outside alone" in proof.says


def test_a_text_that_was_destroyed_is_here_no_more(beijing):
    entry = beijing.printed(1)
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), entry, "by Order 9")
    gone = beijing.size() - 1
    (now,) = the_line(beijing, "BEIJING", entry).proofs
    (before,) = the_line(beijing, "BEIJING", entry, f"entry:{gone - 1}").proofs
    assert ((now.end, now.end_act), before.end) == ((gone, "text destroyed"), -1)


def test_an_asker_is_told_no_more_of_a_cable_than_they_may_see(beijing):
    line = DocketLine(kind="observation", paragraph="1", quote="forty minutes")
    secret = beijing.printed(2, letter(docket=(line,), subject="Heron"))
    top = beijing.printed(1, letter(classification="TOP SECRET", docket=(line,)))
    issue(beijing, secret, Issue(seq=1, holder=DRAFTER), Issue(seq=2, holder=READER))
    issue(beijing, top, Issue(seq=1, holder=READER))
    clerk = Asker(person=REGISTRY, roles=frozenset({"registry clerk"}))
    auditor = Asker(person=AUDITOR, roles=frozenset({"auditor"}))
    reader = Asker(person=READER, roles=frozenset({"reader"}))
    drafter = Asker(person=DRAFTER, roles=frozenset({"drafter"}))

    def shown(asker, cable):
        found = the_line(beijing, READER, cable, asker=asker)
        return (found.line and found.line.subject, [(one.kind, one.quote) for one in found.items])

    whole_item = [("observation", "forty minutes")]
    assert shown(None, top) == ("Talks", whole_item)
    assert shown(clerk, secret) == ("Heron", whole_item)
    assert shown(auditor, secret) == ("", [("", "")])
    assert shown(reader, secret) == ("Heron", [("", "")])
    copies.take_back(beijing.office, beijing.hand(REGISTRY), secret, 2)
    assert shown(reader, secret) == (None, [])
    with pytest.raises(NotYourRole, match="the office and its auditors"):
        lines_of(beijing, READER, asker=drafter)
    with pytest.raises(NotYourRole):
        lines_of(beijing, "BEIJING", asker=drafter)
    for name in (READER, "BEIJING", "Nobody"):
        with beijing.read() as connection, pytest.raises(NotYourRole):
            knew.find_subject(connection, beijing.office.origin, name, drafter)
    assert [one.cable for one in lines_of(beijing, DRAFTER, asker=drafter)] == [secret]


def test_words_of_another_cable_are_not_shown_with_the_one_that_bears_the_item(beijing):
    """A clerk quotes a cable that is not for the drafter, of a cable that is."""
    hidden = desk.draft(beijing.office, beijing.hand(KEYLESS, by=REGISTRY), letter("The heron has landed."))
    desk.release(beijing.office, beijing.hand(RELEASER), hidden)
    own, cites = beijing.release(), (("cites", f"beijing.example/{beijing.cable(hidden).leaf}"),)
    line = DocketLine(kind="observation", paragraph="1", quote="heron", fields=cites)
    docketing.enter_lines(beijing.office, beijing.hand(REGISTRY), own, [line])
    drafter = Asker(person=DRAFTER, roles=frozenset(("drafter",)))
    (item,) = the_line(beijing, DRAFTER, own, asker=drafter).items
    assert (item.kind, item.quote) == ("observation", "")


def test_whom_a_name_means(beijing):
    people.admit(beijing.office, beijing.hand(ADMIN), "Moscow", roles=["reader"])
    entry = beijing.printed(1)
    desk.print_copies(
        beijing.office, beijing.hand(REGISTRY), entry, 1, listed=[desk.Print(holder="STALIN", number="9")]
    )
    assert subject_of(beijing, "beijing").own
    assert subject_of(beijing, "moscow.example").kind == "post"
    assert subject_of(beijing, READER.upper()) == Subject(kind="person", name=READER, title=READER)
    assert subject_of(beijing, "STALIN").kind == "person"
    assert the_line(beijing, "STALIN", entry).proofs[0].says == "had copy 2 on paper, and could read it"
    # One is called so letter for letter; in other letters it may be either.
    assert subject_of(beijing, "Moscow").kind == "person"
    with pytest.raises(BadValue, match="means 2 here") as raised:
        subject_of(beijing, "mosCOW")
    assert raised.value.mend == "Name one of 'post:moscow.example', 'person:Moscow'."
    for one in ("post:moscow.example", "person:Moscow"):
        assert subject_of(beijing, one).text == one
    for nobody in ("Nobody", "post:Moscow Centre", "person:beijing.example", "", "stalin"):
        with pytest.raises(NotFound):
            subject_of(beijing, nobody)
    people.depart(beijing.office, beijing.hand(ADMIN), READER)
    assert subject_of(beijing, READER).kind == "person"


def test_a_moment_is_the_end_of_what_was_written_in_utc(beijing):
    def read(text):
        return moment(beijing, text)

    beijing.pass_time(seconds=30)
    last = beijing.printed(1)
    assert read("22 November 2026").instant == datetime(2026, 11, 22, 23, 59, 59, 999000, UTC)
    minute = read("0900Z 22 November 2026")
    assert (minute.entry, minute.instant.second) == (last + 1, 59)
    assert minute.said == "to the end of that minute"
    assert "no zone was given" in read("0900 22 November 2026").said
    assert read("0900 22 November 2026").instant == minute.instant
    assert read("221200C NOV 26").instant == minute.instant
    assert read("2026-11-22T09:00:29.999Z").entry == last - 1
    assert read("2026-11-22T09:00:30.000Z").entry == last + 1
    assert read("21 November 2026").entry == -1
    assert lines_of(beijing, REGISTRY, "21 November 2026") == []
    assert read("").entry == read("now").entry == last + 1
    for text in ("0900Z 22 November 2026", f"entry:{last}"):
        again = read(read(text).text)
        assert (again.entry, again.instant) == (read(text).entry, read(text).instant)
    with pytest.raises(NotFound, match="no entry"):
        read(f"entry:{last + 2}")
    for text in ("yesterday", "22 November", "0900Z"):
        with pytest.raises(BadValue, match="cannot be read as a time with its year"):
            read(text)


def test_the_entry_of_a_moment_is_found_by_halving(beijing):
    with beijing.read() as connection:
        times = [row.at for row in connection.execute(t.acts.select().order_by(t.acts.c.entry))]
        for n, at in enumerate(times):
            found = moment_entry(connection, datetime.fromisoformat(at))
            assert times[found] == at
            assert found == len(times) - 1 or times[found + 1] > at, n
        assert moment_entry(connection, NOW - timedelta(days=1)) == -1


def test_a_place_in_a_list_is_read_strictly(beijing):
    assert Place.read("") is None
    assert Place.read("sent~12") == Place(part="sent", below=12)
    for text in ("sent", "sent~", "sent~-1", "all~3", "held~x", "held~\u0663"):
        with pytest.raises(BadValue, match="no place in a list"):
            Place.read(text)


def test_who_knew_one_cable_and_from_when(beijing, moscow, stick):
    entry = beijing.release()
    desk.print_copies(beijing.office, beijing.hand(REGISTRY), entry, 2)
    issue(beijing, entry, Issue(seq=1, holder=READER), Issue(seq=2, holder=AUDITOR))
    carry(beijing, moscow, stick)
    moscow.release(TO_BEIJING)
    (came,) = carry(moscow, beijing, stick)

    def knowers(cable, asked="", asker=None):
        with beijing.read() as connection:
            when = read_when(connection, asked, beijing.clock.now())
            return who_knew(connection, "beijing.example", cable, when, asker)

    found = knowers(entry)
    names = [one.subject.title for one in found]
    assert names == [DRAFTER, "BEIJING", RELEASER, REGISTRY, AUDITOR, READER, "MOSCOW"]
    assert all(one.has_text for one in found)
    for one in found:
        assert one.proofs == the_line(beijing, one.subject.text, entry).proofs
    assert [one.subject.name for one in knowers(entry, f"entry:{entry}")] == [DRAFTER, "beijing.example"]
    assert {one.subject.title for one in knowers(came)} == {"BEIJING", "MOSCOW", CIPHER}
    assert [one.subject.title for one in knowers(came, f"entry:{entry}")] == ["MOSCOW"]
    assert knowers(came, clock_text(moscow.clock.now() - timedelta(seconds=1))) == ()
    reader = Asker(person=READER, roles=frozenset({"reader"}))
    assert [one.subject.name for one in knowers(entry, asker=reader)] == [READER]
    with pytest.raises(NotFound):
        knowers(0)


def test_an_older_database_is_read_for_who_held_what_and_for_its_receipts(beijing, moscow, stick):
    entry = beijing.release()
    carry(beijing, moscow, stick)
    moscow.release(TO_BEIJING)
    carry(moscow, beijing, stick)
    desk.print_copies(
        beijing.office, beijing.hand(REGISTRY), entry, 2, listed=[desk.Print(holder="STALIN"), desk.Print()]
    )
    issue(beijing, entry, Issue(seq=2, holder=READER))
    copies.open_copy(beijing.office, beijing.hand(READER), entry, 2)
    copies.pass_on(beijing.office, beijing.hand(READER), entry, 2, DRAFTER)
    copies.report_lost(beijing.office, beijing.hand(DRAFTER), entry, 2, "left in a taxi")
    held = [beijing.rows(table) for table in (t.copy_moves, t.receipts)]
    assert all(held)
    with beijing.office.store.write() as connection:
        for table in (t.copy_moves, t.receipts, t.docket, t.docket_issues, t.docket_refs):
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        connection.exec_driver_sql("DROP INDEX acts_who")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    beijing.office.close()
    Store(beijing.office.folder / "reftel.db", beijing.office.keys.database).close()
    assert [beijing.rows(table) for table in (t.copy_moves, t.receipts)] == held
    assert audit(beijing.office).clean
