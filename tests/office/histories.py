"""Random histories of two posts, and what each record of them says, read one by one in plain Python.

The reading here knows no projection and no query: it is what ``reftel knew`` is held against.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reftel.bearers.courier import Courier
from reftel.cable.internet import reread
from reftel.cable.model import Annotation, Cable, DocketLine, Paragraph, Party
from reftel.errors import NotFound, ReftelError
from reftel.office import arrivals, channels, copies, desk, docketing
from reftel.office.copies import Issue
from reftel.register.entries import Record, clock_text
from reftel.register.log import find_entry, find_text, size_of
from reftel.store import tables as t
from tests.office.scenes import (
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    Post,
    letter,
)

HOLDERS = (READER, DRAFTER, AUDITOR, KEYLESS, CLEARING)
HANDLING = "drafted edited cleared released deciphered entered printed verified annotated docketed".split()


@dataclass(slots=True)
class Play:
    """Two posts at work, act after act, as chance has it; what cannot be done is left undone."""

    posts: tuple[Post, Post]
    stick: Path
    chance: random.Random

    def go_on(self, acts: int) -> None:
        """So many acts, and a while between them, once there is something to act on."""
        for here, there in (self.posts, self.posts[::-1]):
            self.enter(here, there)
            self.release(here, there)
            self.carry(here, there)
            for row in here.rows(t.cables):
                desk.print_copies(here.office, here.hand(REGISTRY), row.cable, 3)
        deeds: list[Callable[[Post, Post], None]] = [
            self.draft,
            self.clear,
            self.release,
            self.release,
            self.carry,
            self.carry,
            self.enter,
            self.print,
            self.print,
            self.handle,
            self.handle,
            *[self.issue] * 6,
            *[self.open] * 4,
            *[self.pass_on] * 3,
            self.give_back,
            self.give_back,
            self.lose,
            self.find,
            self.burn,
            self.count,
            self.rerun,
            self.acknowledge,
        ]
        for _ in range(acts):
            here, there = self.chance.sample(self.posts, 2)
            for post in self.posts:
                post.pass_time(seconds=self.chance.choice((0, 0.001, 1, 61, 4000)))
            try:
                self.chance.choice(deeds)(here, there)
            except ReftelError:
                continue

    def text(self, to: Post) -> Cable:
        """A cable with docket lines of its own, or without."""
        many = self.chance.choice((0, 0, 1, 2))
        lines = tuple(
            DocketLine(kind="observation", paragraph="1", quote=word) for word in ("session", "forty")[:many]
        )
        word = self.chance.choice(("AGREED", "OPEN", "POSTPONED"))
        text = f"The session lasted forty minutes. {word}."
        return letter(
            blocks=(Paragraph(text=text, number="1", portion="S"),),
            to=(Party(post=to.office.origin, place="THERE"),),
            docket=lines,
        )

    def cable(self, post: Post) -> int:
        """Any cable."""
        rows = post.rows(t.cables)
        if not rows:
            raise NotFound("there is no cable")
        return int(self.chance.choice(rows).cable)

    def copy(self, post: Post, *states: str) -> Any:
        """Any copy in one of these states."""
        rows = [row for row in post.rows(t.copies) if not states or row.state in states]
        if not rows:
            raise NotFound("there is no such copy")
        return self.chance.choice(rows)

    def hand(self, post: Post, who: str) -> Any:
        """Somebody's hand, or that of who records it for somebody without a key."""
        return post.hand(who, by=REGISTRY) if who == KEYLESS else post.hand(who)

    def draft(self, here: Post, there: Post) -> None:
        clearing = [CLEARING] if self.chance.random() < 0.3 else []
        here.draft(self.text(there), clearing=clearing)

    def clear(self, here: Post, _there: Post) -> None:
        desk.clear(here.office, here.hand(CLEARING), self.cable(here))

    def release(self, here: Post, there: Post) -> None:
        entry = here.draft(self.text(there))
        if self.chance.random() < 0.3:
            desk.edit(here.office, here.hand(DRAFTER), entry, self.text(there))
        desk.release(here.office, here.hand(RELEASER), entry)

    def carry(self, here: Post, there: Post) -> None:
        courier = Courier(self.stick)
        channels.dispatch(here.office, courier, there.office.origin)
        for bag in courier.collect():
            arrivals.receive(there.office, bag)
        who = self.chance.choice((there.hand(CIPHER), self.hand(there, KEYLESS)))
        arrivals.decipher(there.office, who)

    def enter(self, here: Post, there: Post) -> None:
        desk.enter(here.office, here.hand(REGISTRY), self.text(there))

    def print(self, here: Post, _there: Post) -> None:
        listed = []
        if self.chance.random() < 0.3:
            number = f"list {len(here.rows(t.copies))}"
            listed = [desk.Print(holder=READER, number=number), desk.Print(unaccounted="not on it")]
        entry = self.cable(here)
        desk.print_copies(here.office, here.hand(REGISTRY), entry, 2, listed=listed)

    def handle(self, here: Post, _there: Post) -> None:
        entry = self.cable(here)
        match self.chance.randrange(3):
            case 0:
                desk.verify(here.office, here.hand(READER), entry)
            case 1:
                note = Annotation(layer="office", literal="Seen.", reading="")
                desk.annotate(here.office, here.hand(AUDITOR), entry, [note])
            case _:
                line = DocketLine(kind="observation", paragraph="1", quote="forty minutes")
                who = self.chance.choice((DRAFTER, REGISTRY))
                docketing.enter_lines(here.office, here.hand(who), entry, [line, line])

    def issue(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "in file", "returned")
        to = Issue(seq=row.seq, holder=self.chance.choice(HOLDERS), paper=self.chance.random() < 0.4)
        copies.issue(here.office, here.hand(REGISTRY), row.cable, [to])

    def open(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "issued")
        copies.open_copy(here.office, self.hand(here, row.holder), row.cable, row.seq)

    def pass_on(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "issued")
        to = self.chance.choice(HOLDERS)
        copies.pass_on(here.office, self.hand(here, row.holder), row.cable, row.seq, to)

    def give_back(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "issued")
        copies.take_back(here.office, here.hand(REGISTRY), row.cable, row.seq)

    def lose(self, here: Post, _there: Post) -> None:
        row = self.copy(here)
        copies.report_lost(here.office, here.hand(REGISTRY), row.cable, row.seq, "left in a taxi")

    def find(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "lost", "unaccounted")
        copies.report_found(here.office, here.hand(REGISTRY), row.cable, row.seq, "behind the safe")

    def burn(self, here: Post, _there: Post) -> None:
        row = self.copy(here, "in file", "returned")
        there = [here.hand(READER), here.hand(AUDITOR)]
        copies.destroy(here.office, here.hand(REGISTRY), row.cable, [row.seq], there)

    def count(self, here: Post, _there: Post) -> None:
        holder = self.chance.choice((READER, DRAFTER))
        copies.take_inventory(here.office, here.hand(AUDITOR), [], holder=holder)

    def rerun(self, here: Post, there: Post) -> None:
        channels.rerun(here.office, here.hand(CIPHER), self.cable(here), there.office.origin)

    def acknowledge(self, here: Post, _there: Post) -> None:
        hand = here.hand(REGISTRY)
        desk.acknowledge(here.office, hand, self.cable(here), by_cable=self.cable(here))


@dataclass(slots=True)
class Reading:
    """One post's register, record after record, up to an entry."""

    post: Post
    records: list[Record] = field(default_factory=list)
    items: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.post.read() as connection:
            for number in range(size_of(connection)):
                record = find_entry(connection, number).decoded
                self.records.append(record)
                act = record.act
                if record.kind in ("released", "deciphered", "entered"):
                    text = find_text(connection, act["text"])
                    self.items[number] = 0 if text is None else len(reread(text.data).docket)

    def last(self, at: str) -> int:
        """The last entry that was made by a time."""
        return max((n for n, record in enumerate(self.records) if clock_text(record.at) <= at), default=-1)

    def cable_of(self, number: int) -> int:
        """The cable of an act."""
        founding = self.records[number].kind in ("drafted", "deciphered", "entered")
        return number if founding else int(self.records[number].act["on"])

    def person(self, who: str, until: int) -> dict[int, set[tuple[Any, ...]]]:
        """What is proved of a person: acts as (kind, entry), copies as (how, place, from, opened, to, by)."""
        found: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
        for number, record in enumerate(self.records[: until + 1]):
            if record.kind in HANDLING and record.act.get("who") == who:
                cable = self.cable_of(number)
                if all(kind != record.kind for kind, *_ in found[cable]):
                    found[cable].add((record.kind, number))
        for (cable, seq), held in self._held(until).items():
            for holder, sealed, start, opened, end, by in held:
                if holder == who:
                    how = "opened" if opened >= 0 else "not opened" if sealed else "could read"
                    found[cable].add((how, seq, start, opened, end, by))
        return dict(found)

    def _held(self, until: int) -> dict[tuple[int, int], list[list[Any]]]:
        """Of each copy: who held it, sealed or not, from which entry, opened and taken away by which."""
        held: dict[tuple[int, int], list[list[Any]]] = defaultdict(list)
        for number, record in enumerate(self.records[: until + 1]):
            act = record.act
            if record.kind == "printed":
                for seq, _, move, holder, _ in act["copies"]:
                    if move == "list":
                        held[act["on"], seq].append([holder, False, number, -1, -1, ""])
            elif record.kind == "opened":
                ((cable, seq, *_),) = act["copies"]
                stretch = held[cable, seq][-1]
                assert stretch[0] == act["who"]
                stretch[3] = number if stretch[3] < 0 else stretch[3]
            elif "copies" in act and record.kind in (
                "issued passed returned destroyed lost found inventoried".split()
            ):
                for cable, seq, _, move, values in act["copies"]:
                    if held[cable, seq] and held[cable, seq][-1][4] < 0:
                        held[cable, seq][-1][4:] = [number, move]
                    if record.kind in ("issued", "passed"):
                        sealed = bool(values.get("sealed_to"))
                        held[cable, seq].append([values["holder"], sealed, number, -1, -1, ""])
        return held

    def here(self, until: int) -> dict[int, set[tuple[Any, ...]]]:
        """What this post has: each cable, with the entries that brought and released it."""
        found: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
        for number, record in enumerate(self.records[: until + 1]):
            if record.kind in ("drafted", "deciphered", "entered", "released"):
                found[self.cable_of(number)].add((record.kind, number))
        return dict(found)

    def receipted(self, until: int) -> dict[int, set[tuple[Any, ...]]]:
        """Our cables for which the other post's receipt stands: its first entry, and acknowledgements."""
        found: dict[int, set[tuple[Any, ...]]] = {}
        for number, record in enumerate(self.records[: until + 1]):
            if record.kind == "receipted":
                for cable, _ in record.act["items"]:
                    found.setdefault(cable, {("receipted", number)})
        for number, record in enumerate(self.records[: until + 1]):
            if record.kind == "acknowledged" and record.act["on"] in found:
                for _, other, _ in record.act.get("links", []):
                    if self.records[other].kind == "deciphered":
                        found[record.act["on"]].add(("acknowledged", number))
        return found

    def sent(self, other: Reading, at: str) -> dict[int, set[tuple[Any, ...]]]:
        """What the other post released by a time of its own clock, and we deciphered at any time."""
        found = {}
        for number, record in enumerate(self.records):
            if record.kind == "deciphered":
                theirs = other.records[record.act["leaf"]]
                assert theirs.kind == "released"
                if clock_text(theirs.at) <= at:
                    found[number] = {("sent", number, record.act["leaf"], clock_text(theirs.at))}
        return found

    def items_of(self, cable: int, until: int, *, carried: bool = False) -> set[str]:
        """The names of a cable's docket items that stood by an entry; those alone that travelled in it."""
        names: set[str] = set()
        for number, record in enumerate(self.records):
            if number > until and not carried:
                break
            act, base = record.act, f"{self.post.office.origin}/{number}"
            if record.kind in ("released", "deciphered", "entered") and self.cable_of(number) == cable:
                if record.kind == "deciphered":
                    base = f"{act['from']}/{act['leaf']}"
                names |= {f"{base}.{n + 1}" for n in range(self.items[number])}
            elif record.kind == "docketed" and act["on"] == cable and not carried:
                names |= {f"{base}.{n + 1}" for n in range(act["count"])}
        return names
