"""A scripted story of two posts, resumed after any fault from what their registers say.

Each step says whether it is done, by the register and the disk alone, and does its act. A clerk
who comes back after a crash does the same: look, and do what is not done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from reftel.bearers.courier import Courier
from reftel.cable.model import Annotation, Ask, Cable, DocketLine, Paragraph, Party, Precedence
from reftel.clock import SetClock
from reftel.house import open_unlocked
from reftel.office import arrivals, changes, channels, copies, desk, docketing, people, tasks
from reftel.office.audit import audit
from reftel.office.docket_checks import warnings
from reftel.office.keys import PostKeys
from reftel.office.office import Hand, Office, find_cable
from reftel.store import tables as t
from reftel.testing import SimulatedPost
from reftel.testing.post import BEGIN

# Late enough that in each round an opening key has had its time and its seed is destroyed.
FIRST, ROUND = timedelta(days=75), timedelta(days=30)
READER = "Makarov"
ON = ("issue", "The answer")
QUESTION = DocketLine(kind="question", paragraph="1", quote="this answer", fields=(ON,))
INSTRUCTION = DocketLine(
    kind="instruction", paragraph="1", fields=(ON, ("mode", "must not"), ("words", "The answer, in full"))
)
Step = tuple[str, Callable[[], bool], Callable[[], object]]


@dataclass(frozen=True)
class Cast:
    """What outlives every crash: the folders, and the keys in their owners' heads."""

    folder: Path
    keys: tuple[PostKeys, PostKeys]
    hands: tuple[Hand, Hand]


def found(folder: Path) -> Cast:
    """Two posts that know each other, at rest."""
    here = SimulatedPost(folder / "here", "here.example", "HERE")
    there = SimulatedPost(folder / "there", "there.example", "THERE")
    for post in (here, there):  # each is a key ahead of what its peer may know
        for _ in range(2):
            post.pass_time(days=30)
            people.rotate(post.office, post.hand)
    here.meet(there)
    people.admit(there.office, there.hand, READER, roles=("reader",), clearance="SECRET")
    for post in (here, there):
        post.close()
    (folder / "stick").mkdir()
    return Cast(folder, (here.office.keys, there.office.keys), (here.hand, there.hand))


class Round:
    """One round of the story: a cable there and its answer back, with all that is done to them."""

    def __init__(self, cast: Cast, number: int) -> None:
        clock = SetClock(BEGIN + FIRST + ROUND * number)
        self.number = number
        self.here, self.there = (
            open_unlocked(replace(keys, _epochs={}), clock)  # as read from the disk
            for keys in cast.keys
        )
        self.a, self.b = cast.hands
        self.stick = Courier(cast.folder / "stick")

    def close(self) -> None:
        self.here.close()
        self.there.close()

    def steps(self) -> Iterator[Step]:
        yield from self._outward()
        yield from self._received()
        yield from self._answered()
        yield from self._papers()
        yield from self._keys()

    # What the registers say.

    def rows(self, office: Office, table: Any, **where: Any) -> list[Any]:
        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        with office.store.read() as connection:
            return list(connection.execute(query.order_by(*table.primary_key)).all())

    def cable(self, office: Office, subject: str, direction: str) -> int:
        if subject == "paper":  # it loses its subject with its text
            entered = self.rows(office, t.acts, kind="entered")
            return int(entered[self.number].cable) if len(entered) > self.number else -1
        found = self.rows(office, t.cables, subject=f"{subject} {self.number}", direction=direction)
        return int(found[-1].cable) if found else -1

    def acts(self, office: Office, cable: int, kind: str) -> bool:
        return bool(self.rows(office, t.acts, cable=cable, kind=kind)) if cable >= 0 else False

    def _sent(self, office: Office, subject: str) -> bool:
        states = {row.state for row in self.rows(office, t.bags, way="out")}
        deliveries = self.rows(office, t.deliveries, cable=self.cable(office, subject, "out"))
        gone = [row.state for row in deliveries if row.state in {"dispatched", "receipted"}]
        return "bagged" not in states and bool(gone)

    def _all_received(self, office: Office) -> bool:
        here = {row.bag for row in self.rows(office, t.bags, way="in")}
        sent = {row.bag for row in self.rows(office, t.bags, way="out")}
        return set(self.stick.names()) <= here | sent

    def _dispatch(self, office: Office) -> None:
        with office.store.read() as connection:
            peers = channels.waiting(connection)
        for peer in peers:
            while channels.dispatch(office, self.stick, peer, at_most=1) is not None:
                pass

    def _receive(self, office: Office) -> None:
        for bag in self.stick.collect():
            news = arrivals.receive(office, bag)
            assert news.news in {"arrived", "again", "not ours"}, news

    def _decipher(self, office: Office, hand: Hand) -> None:
        for news in arrivals.decipher(office, hand):
            assert news.error is None, news

    # The steps.

    def _act(
        self, office: Office, subject: str, direction: str, kind: str, act: Callable[[int], object]
    ) -> Step:
        def done() -> bool:
            return self.acts(office, self.cable(office, subject, direction), kind)

        return f"{kind} {subject}", done, lambda: act(self.cable(office, subject, direction))

    def _draft(self, office: Office, hand: Hand, subject: str, to: str, **more: Any) -> Step:
        cable = Cable(
            sender=Party(place=office.name),
            to=(Party(post=to),),
            blocks=(Paragraph(text=f"The {subject}, in full. " * 12, number="1"),),
            classification="SECRET",
            precedence=Precedence.PRIORITY,
            subject=f"{subject} {self.number}",
        )
        return self._draft_of(office, hand, cable, subject, **more)

    def _draft_of(self, office: Office, hand: Hand, cable: Cable, subject: str, **more: Any) -> Step:
        def done() -> bool:
            return self.cable(office, subject, "out") >= 0

        return f"drafted {subject}", done, lambda: desk.draft(office, hand, cable, **more)

    def _exchange(self, sender: Office, receiver: Office, last: str) -> Iterator[Step]:
        yield f"dispatch {last}", lambda: self._sent(sender, last), lambda: self._dispatch(sender)
        yield "receive", lambda: self._all_received(receiver), lambda: self._receive(receiver)

    def _tray(self, office: Office, hand: Hand) -> Step:
        def done() -> bool:
            return not self.rows(office, t.arrivals, state="arrived")

        return "decipher", done, lambda: self._decipher(office, hand)

    def _outward(self) -> Iterator[Step]:
        here, a = self.here, self.a
        asked = Cable(
            sender=Party(place="HERE"),
            to=(Party(post="there.example"),),
            blocks=(Paragraph(text="Give both of them this answer. " * 20, number="1", portion="S"),),
            classification="SECRET",
            precedence=Precedence.IMMEDIATE,
            asks=(Ask(owner="THERE", literal="Telegraph the fulfilment.", kind="report"),),
            subject=f"report {self.number}",
            docket=(QUESTION,),
        )
        yield self._draft_of(here, a, asked, "report", clearing=[a.who])
        yield self._act(here, "report", "out", "edited", lambda c: desk.edit(here, a, c, asked))
        yield self._act(here, "report", "out", "cleared", lambda c: desk.clear(here, a, c))
        decision = desk.Decision(
            body="Bureau", protocol="84", item="421", title="On the talks", text="Adopted.", date=""
        )
        yield self._act(here, "report", "out", "adopted", lambda c: desk.adopt(here, a, c, decision))
        yield self._act(here, "report", "out", "released", lambda c: desk.release(here, a, c))
        yield self._draft(here, a, "second", "there.example")
        yield self._act(here, "second", "out", "released", lambda c: desk.release(here, a, c))
        yield from self._exchange(here, self.there, "second")

    def _received(self) -> Iterator[Step]:
        there, b = self.there, self.b

        def on(kind: str, act: Callable[[int], object]) -> Step:
            return self._act(there, "report", "in", kind, act)

        reader = Hand(who=READER, key=b.key, by=b.who)
        issue = copies.Issue(seq=1, holder=b.who)
        yield self._tray(there, b)
        yield on("printed", lambda c: desk.print_copies(there, b, c, 4))
        yield on("verified", lambda c: desk.verify(there, b, c))
        yield on("issued", lambda c: copies.issue(there, b, c, [issue]))
        yield on("opened", lambda c: copies.open_copy(there, b, c, 1))
        yield on("passed", lambda c: copies.pass_on(there, b, c, 1, READER))
        yield on("returned", lambda c: copies.take_back(there, b, c, 1))
        yield on("destroyed", lambda c: copies.destroy(there, b, c, [1, 2], []))
        yield on("lost", lambda c: copies.report_lost(there, reader, c, 3, "left on a train"))
        yield on("docketed", lambda c: docketing.enter_lines(there, b, c, [INSTRUCTION, QUESTION]))
        yield on("acknowledged", lambda c: desk.acknowledge(there, b, c))

    def _answered(self) -> Iterator[Step]:
        here, there, a, b = self.here, self.there, self.a, self.b
        yield self._draft(there, b, "answer", "here.example")
        yield self._act(there, "answer", "out", "warnings accepted", lambda c: self._accept(there, b, c))
        yield self._act(there, "answer", "out", "released", lambda c: desk.release(there, b, c))
        yield self._act(
            there,
            "report",
            "in",
            "fulfilled",
            lambda c: tasks.fulfil(there, b, c, 1, self.cable(there, "answer", "out")),
        )
        yield from self._exchange(there, here, "answer")
        yield self._tray(here, a)

        def forward(cable: int) -> None:
            to = [Party(post="there.example")]
            changes.readdress(here, a, cable, to=to, covering="See below.", subject=f"forward {self.number}")

        yield self._act(here, "answer", "in", "readdressed", forward)
        yield self._act(here, "forward", "out", "released", lambda c: desk.release(here, a, c))
        yield from self._exchange(here, there, "forward")
        yield self._tray(there, b)

    def _accept(self, office: Office, hand: Hand, draft: int) -> None:
        with office.store.read() as connection:
            text = desk.cable_text(connection, find_cable(connection, draft))
            assert text is not None
            found = warnings(office, connection, text[0], draft=draft)
        docketing.accept_warnings(office, hand, draft, {one.key: "it is the answer" for one in found})

    def _papers(self) -> Iterator[Step]:
        here, a = self.here, self.a
        paper = Cable(
            sender=Party(place="PYONGYANG"),
            to=(Party(place="HERE"),),
            blocks=(Paragraph(text="Received on paper."),),
            classification="TOP SECRET",
            subject=f"paper {self.number}",
        )

        def held() -> bool:
            return self.cable(here, "paper", "paper") >= 0

        note = Annotation(layer="office", literal="Seen.")
        yield "entered paper", held, lambda: desk.enter(here, a, paper, scan=b"scan" * 4000)

        def on(kind: str, act: Callable[[int], object]) -> Step:
            return self._act(here, "paper", "paper", kind, act)

        stamp = [["stamp number", f"{8000 + self.number}"]]
        yield on("numbered", lambda c: desk.number(here, a, c, stamp))
        yield on("annotated", lambda c: desk.annotate(here, a, c, [note]))
        asked = DocketLine(kind="question", paragraph="u1", quote="on paper")
        yield on("docketed", lambda c: docketing.enter_lines(here, a, c, [asked]))
        yield on("downgraded", lambda c: changes.downgrade(here, a, c, "SECRET", "the originator"))

        yield on("text destroyed", lambda c: desk.destroy_text(here, a, c, "the retention time has passed"))

    def _keys(self) -> Iterator[Step]:
        for office, hand in ((self.here, self.a), (self.there, self.b)):
            yield self._rotated(office, hand)
            yield self._expired(office, hand)

    def _rotated(self, office: Office, hand: Hand) -> Step:
        def rotated() -> bool:
            return len(self.rows(office, t.epochs)) > self.number + 4

        return f"rotated {office.name}", rotated, lambda: people.rotate(office, hand)

    def _expired(self, office: Office, hand: Hand) -> Step:
        today = office.clock.now().date().isoformat()

        def expired() -> list[str]:
            return [row.epoch for row in self.rows(office, t.epochs) if row.ends < today]

        def destroyed() -> bool:
            states = {row.epoch: row.state for row in self.rows(office, t.epochs)}
            files = set(office.keys.epochs())
            return all(states[epoch] == "destroyed" and epoch not in files for epoch in expired())

        def destroy() -> None:
            for epoch in expired():
                people.destroy_seed(office, hand, epoch)

        return f"seeds destroyed {office.name}", destroyed, destroy


def kinds(cast: Cast) -> tuple[Counter[str], Counter[str]]:
    """How many acts of each kind stand in the two registers."""
    story = Round(cast, 0)
    try:
        counted = [Counter(row.kind for row in story.rows(o, t.acts)) for o in (story.here, story.there)]
    finally:
        story.close()
    return counted[0], counted[1]


def check(cast: Cast, number: int, acknowledged: list[str], *, audited: bool = True) -> bool:
    """After a fault: the audits are clean and what was acknowledged stands. Whether the round is done."""
    story = Round(cast, number)
    try:
        for office in (story.here, story.there) if audited else ():
            report = audit(office)
            assert report.clean, report.findings
        done = {name: test() for name, test, _ in story.steps() if name not in {"receive", "decipher"}}
        lost = [name for name in acknowledged if not done.get(name, True)]
        assert not lost, f"acknowledged, and gone: {lost}"
        return all(test() for _, test, _ in story.steps())
    finally:
        story.close()


def outcome(cast: Cast) -> list[Any]:
    """What both posts hold, without what differs from run to run (ids, salts, entry numbers)."""
    story = Round(cast, 0)
    try:
        seen: list[Any] = []
        columns = (
            (t.cables, "subject direction state mrn incoming"),
            (t.copies, "seq state holder"),
            (t.bags, "way serial state load"),
            (t.deliveries, "peer serial state channel"),
            (t.arrivals, "peer serial state channel"),
            (t.epochs, "epoch state"),
            (t.taskings, "state"),
            (t.docket, "n origin kind who standing"),
            (t.docket_issues, "n issue kind"),
            (t.refusals, "code"),
        )
        for office in (story.here, story.there):
            for table, names in columns:
                found = story.rows(office, table)
                seen.append(sorted(tuple(getattr(row, name) for name in names.split()) for row in found))
        return seen
    finally:
        story.close()
