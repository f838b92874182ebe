"""The story that ``reftel demo`` plays: four posts, one negotiation, two planted faults.

It is told through the same acts that every command uses. Names, places and texts are invented.
The posts' clock runs by the story: it begins three days before now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from reftel.bearers.courier import Courier
from reftel.cable.model import Cable, Party
from reftel.cable.sheet import parse
from reftel.cipher.person import PersonKey
from reftel.cli import story_docket
from reftel.errors import ReftelError
from reftel.house import new_post
from reftel.office import arrivals, changes, channels, copies, desk, people, sheets, tasks, view
from reftel.office.arrivals import Arrived
from reftel.office.keys import create_person_key
from reftel.office.office import Hand, Office
from reftel.press.printer import Press

LENGTH = timedelta(days=3)
PLANTED = {
    *("lost bag", "tampered bag", "overdue copy"),
    *("answered question", "forbidden words", "what is held back"),
}
Tell = Callable[[str], None]

# Each post's people: name, roles, clearance. The first two are its administrator and second officer.
PEOPLE: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "MOSCOW": (
        ("Zimina", ("administrator", "registry clerk")),
        ("Galkin", ("releasing officer", "clearing officer", "reader")),
        ("Orlova", ("drafter", "reader")),
        ("Fedin", ("cipher clerk",)),
        ("Kornilova", ("registry clerk",)),
        ("Makarova", ("reader", "registry clerk")),
        ("Minister", ("reader",)),
        ("Deputy Minister", ("reader",)),
    ),
    "BEIJING": (
        ("Shen", ("administrator", "registry clerk")),
        ("Bai", ("releasing officer", "clearing officer", "reader")),
        ("Lu", ("drafter", "reader")),
        ("Wen", ("cipher clerk",)),
        ("Tang", ("registry clerk", "reader")),
        ("Chairman", ("reader",)),
    ),
    "PYONGYANG": (
        ("Han", ("administrator", "registry clerk")),
        ("Kang", ("releasing officer", "cipher clerk", "reader")),
        ("Ryu", ("drafter", "registry clerk", "reader")),
    ),
    "KAESONG": (
        ("Deng", ("administrator", "registry clerk")),
        ("Head of delegation", ("releasing officer", "reader")),
        ("Xu", ("drafter", "cipher clerk", "registry clerk")),
    ),
}


class StoryClock:
    """A clock that the story moves."""

    def __init__(self, begins: datetime) -> None:
        self.at = begins

    def now(self) -> datetime:
        """The time in the story."""
        return self.at

    def pass_by(self, **time: int) -> None:
        """Let time go by, as in ``pass_by(hours=2)``."""
        self.at += timedelta(**time)


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything the story is played on."""

    folder: Path
    clock: StoryClock
    ends: datetime
    tell: Tell
    press: Press
    posts: dict[str, Office] = field(default_factory=dict)
    keys: dict[tuple[str, str], PersonKey] = field(default_factory=dict)
    found: set[str] = field(default_factory=set)
    forwarded: str = ""
    asked: datetime | None = None
    answered: datetime | None = None
    pdfs: list[Path] = field(default_factory=list)

    def hand(self, post: str, who: str) -> Hand:
        """A person's hand, with that person's key."""
        return Hand(who=who, key=self.keys[post, who])

    def stick(self, post: str, to: str) -> Courier:
        """The USB stick that goes from one post to another."""
        folder = self.folder / "sticks" / f"{post.lower()}-to-{to.lower()}"
        folder.mkdir(parents=True, exist_ok=True)
        return Courier(folder)


def play(folder: Path, now: datetime, passphrase: str, tell: Tell) -> Stage:
    """Play the story in ``folder``; what was planted and noticed is in the stage's ``found``.

    ``tell`` gets one line for each thing that happens.
    """
    clock = StoryClock(now - LENGTH)
    stage = Stage(folder=folder, clock=clock, ends=now, tell=tell, press=Press())
    _open_posts(stage, passphrase)
    report = _first_report(stage)
    at_moscow = _forwarded_with_proof(stage, report)
    _read_and_returned(stage, at_moscow)
    _answer(stage, at_moscow)
    _against_the_docket(stage)
    _lost_bag(stage)
    _tampered_bag(stage)
    _settle_receipts(stage)
    return stage


def _open_posts(stage: Stage, passphrase: str) -> None:
    many = sum(map(len, PEOPLE.values()))
    stage.tell(f"Four posts are opened for {many} people; each gets a key under a passphrase.")
    for name, staff in PEOPLE.items():
        folder = stage.folder / name
        office = new_post(folder, f"{name.lower()}.example", name, passphrase, stage.clock)
        stage.posts[name] = office
        for person, _ in staff:
            stage.keys[name, person] = create_person_key(folder, person, passphrase)
        (first, roles), (second, second_roles), *others = staff
        people.found(office, first, stage.keys[name, first], roles=roles)
        hand = stage.hand(name, first)
        # There is nobody yet who could be the second officer for the second officer.
        people.switch_rule(office, hand, "two-officers", off=True, decision="founding of the post")
        _admit(stage, name, second, second_roles, "")
        people.switch_rule(office, hand, "two-officers", off=False, decision="founding done")
        for person, their_roles in others:
            _admit(stage, name, person, their_roles, second)
        if len(staff) < 4:
            for rule in ("drafter-releaser", "decipherer-verifier", "printer-verifier"):
                people.switch_rule(office, hand, rule, off=True, decision=f"{name} has a staff of three")
    for office in stage.posts.values():
        for peer in stage.posts.values():
            if peer is not office:
                with peer.store.read() as connection:
                    card = people.own_card(connection, peer)
                first = PEOPLE[office.name][0][0]
                fingerprint = peer.keys.signing.verifier.fingerprint()
                people.know(office, stage.hand(office.name, first), card, fingerprint)
    stage.tell("Each post admits the others' cards after comparing fingerprints.")


def _admit(stage: Stage, post: str, person: str, roles: Sequence[str], second: str) -> None:
    key = stage.keys[post, person]
    people.admit(
        stage.posts[post],
        stage.hand(post, PEOPLE[post][0][0]),
        person,
        roles=roles,
        clearance="TOP SECRET",
        captions=("SPECIAL FILE",),
        public=key.public,
        second=stage.hand(post, second) if second else None,
    )


def _send(stage: Stage, post: str, drafter: str, releaser: str, cable: Cable | int) -> tuple[int, str]:
    """Draft (unless it is one already) and release; returns the entry and the number."""
    office = stage.posts[post]
    entry = cable if isinstance(cable, int) else desk.draft(office, stage.hand(post, drafter), cable)
    stage.clock.pass_by(minutes=5)
    return entry, desk.release(office, stage.hand(post, releaser), entry)


def _carry(stage: Stage, post: str, to: str) -> list[Arrived]:
    """One trip of a stick: everything that waits goes into bags, and the other post takes them in."""
    office, peer = stage.posts[post], stage.posts[to]
    stick = stage.stick(post, to)
    while channels.dispatch(office, stick, peer.origin) is not None:
        stage.clock.pass_by(minutes=1)
    stage.clock.pass_by(minutes=40)
    news = []
    for name in stick.names():
        try:
            news.append(arrivals.receive(peer, stick.fetch(name)))
        except ReftelError as error:
            stage.tell(f"  {to} could not read bag {name[:8]}: {error.sentence}")
    return [arrived for arrived in news if arrived.news != "again"]


def _decipher(stage: Stage, post: str, clerk: str) -> list[int]:
    stage.clock.pass_by(minutes=20)
    done = arrivals.decipher(stage.posts[post], stage.hand(post, clerk))
    return [one.entry for one in done if one.error is None]


def _first_report(stage: Stage) -> int:
    kaesong = stage.posts["KAESONG"]
    report = story_docket.draft_first_report(kaesong, stage.hand("KAESONG", "Xu"))
    _, number = _send(stage, "KAESONG", "Xu", "Head of delegation", report)
    stage.tell(f"KAESONG reports the session to BEIJING, for information PYONGYANG: {number}.")
    story_docket.enter_sides(kaesong, stage.hand("KAESONG", "Xu"), report)
    _carry(stage, "KAESONG", "BEIJING")
    _carry(stage, "KAESONG", "PYONGYANG")
    (told,) = _decipher(stage, "PYONGYANG", "Kang")
    story_docket.enter_sides(stage.posts["PYONGYANG"], stage.hand("PYONGYANG", "Ryu"), told)
    (received,) = _decipher(stage, "BEIJING", "Wen")
    story_docket.enter_sides(stage.posts["BEIJING"], stage.hand("BEIJING", "Tang"), received)
    stage.tell(f"BEIJING has it, proved against KAESONG's register: entry {received}.")
    return received


COVERING = (
    "The delegation's first report is attached. Its question needs your answer before the next session, "
    f"and so does ours: {story_docket.COVERING_QUESTION}"
)


def _forwarded_with_proof(stage: Stage, received: int) -> int:
    beijing, moscow = stage.posts["BEIJING"], stage.posts["MOSCOW"]
    to = Party(post=moscow.origin, place="MOSCOW", person="Minister")
    forward = changes.readdress(beijing, stage.hand("BEIJING", "Lu"), received, to=[to], covering=COVERING)
    _, number = _send(stage, "BEIJING", "Lu", "Bai", forward)
    _carry(stage, "BEIJING", "MOSCOW")
    (entry,) = _decipher(stage, "MOSCOW", "Fedin")
    with moscow.store.read() as connection:
        shown = view.view(connection, entry)
    standing = shown["carried"][0]["standing"]
    stage.forwarded = number
    stage.tell(f"BEIJING sends it on to MOSCOW as {number}; the report inside is {standing}, byte for byte.")
    return entry


def _read_and_returned(stage: Stage, entry: int) -> None:
    """Eight numbered copies: issued, read, passed on, returned, destroyed; one stays out too long."""
    moscow = stage.posts["MOSCOW"]
    clerk = stage.hand("MOSCOW", "Kornilova")
    stage.clock.pass_by(minutes=45)
    seqs = desk.print_copies(moscow, clerk, entry, 8, print_number="3114", return_to="the Cable Office")
    stage.clock.pass_by(minutes=10)
    desk.verify(moscow, stage.hand("MOSCOW", "Makarova"), entry, rank="Head of section")
    soon = (stage.clock.now() + timedelta(days=1)).date().isoformat()
    readers = ("Minister", "Deputy Minister", "Galkin")
    issues = [
        copies.Issue(seq=seq, holder=reader, return_by=soon, return_to="the Cable Office")
        for seq, reader in zip(seqs, readers, strict=False)
    ]
    copies.issue(moscow, clerk, entry, issues)
    stage.pdfs += sheets.print_pdfs(moscow, stage.press, entry, seqs[:3], stage.folder / "sheets")
    stage.clock.pass_by(hours=2)
    for seq, reader in enumerate(readers[:2], 1):
        copies.open_copy(moscow, stage.hand("MOSCOW", reader), entry, seq)
    copies.pass_on(moscow, stage.hand("MOSCOW", "Deputy Minister"), entry, 2, "Orlova")
    copies.take_back(moscow, clerk, entry, 1)
    copies.take_back(moscow, clerk, entry, 2)
    witnesses = [stage.hand("MOSCOW", "Makarova"), stage.hand("MOSCOW", "Zimina")]
    copies.destroy(moscow, clerk, entry, [2, 7, 8], witnesses, how="shredded and burnt")
    stage.tell("MOSCOW prints eight copies, issues three, two come back, three are destroyed, one is out.")


ANSWER = """\
PRECEDENCE: IMMEDIATE
CLASSIFICATION: TOP SECRET
CAPTION: SPECIAL FILE
TO: BEIJING <beijing.example>
  office: AMBASSADOR
ONWARD:
  person: Chairman
  how: for transmission
SUBJECT: Answer on the inspectors and the strip
ASK: Hand the following to the Chairman
  of: AMBASSADOR
  kind: onward
ASK: Telegraph the fulfilment.
  of: AMBASSADOR
  kind: report

Hand the following to the Chairman:

QUOTE
1. Name the inspectors only after the other side has named its own; then agree without delay, so \
that nobody can say the delay was ours.

2. The strip may be narrowed once more and not twice. Do not say so at the table, and do not let the \
press call the first narrowing a great step.

SIGNED: MINISTER
UNQUOTE

Telegraph the fulfilment.

SIGNED: GALKIN
"""
FULFILMENT = """\
PRECEDENCE: PRIORITY
CLASSIFICATION: SECRET
TO: MOSCOW <moscow.example>
SUBJECT: Your text was handed over
REF A: {number}

The Chairman received the text this afternoon, read it twice in our presence and kept no copy.

SIGNED: AMBASSADOR
"""


def _answer(stage: Stage, question: int) -> None:
    moscow, beijing = stage.posts["MOSCOW"], stage.posts["BEIJING"]
    drafter, registry = stage.hand("MOSCOW", "Orlova"), stage.hand("MOSCOW", "Kornilova")
    asked = tasks.task(moscow, registry, question, "Minister", "Two questions need your answer")
    story_docket.enter_sides(moscow, registry, question)
    covering = story_docket.ask_of_covering(moscow, registry, question)
    stage.tell(f"MOSCOW has {story_docket.open_questions(moscow)} open questions in its docket.")
    stage.asked = stage.clock.now()
    stage.clock.pass_by(hours=5)
    text = ANSWER + story_docket.answer_lines(moscow, covering)
    entry = desk.draft(moscow, drafter, parse(text), clearing=["Galkin"])
    desk.clear(moscow, stage.hand("MOSCOW", "Galkin"), entry)
    decision = desk.Decision(
        body="Council of the Ministry",
        protocol="84",
        item="421",
        title="On the questions put by BEIJING",
        text="The draft answer is adopted as attached.",
        reference="P84/421",
        date=stage.clock.now().date().isoformat(),
        excerpts=("Minister", "Deputy Minister", "file"),
    )
    desk.adopt(moscow, stage.hand("MOSCOW", "Kornilova"), entry, decision)
    _, number = _send(stage, "MOSCOW", "Orlova", "Galkin", entry)
    tasks.fulfil(moscow, registry, question, asked, entry)
    stage.tell(f"MOSCOW drafts an answer, clears it, adopts it by P84/421 and releases it: {number}.")
    _carry(stage, "MOSCOW", "BEIJING")
    (received,) = _decipher(stage, "BEIJING", "Wen")
    clerk = stage.hand("BEIJING", "Tang")
    stage.clock.pass_by(hours=4)
    report, fulfilled = _send(stage, "BEIJING", "Lu", "Bai", parse(FULFILMENT.format(number=number)))
    for n in (1, 2):
        tasks.fulfil(beijing, clerk, received, n, report)
    _carry(stage, "BEIJING", "MOSCOW")
    (told,) = _decipher(stage, "MOSCOW", "Fedin")
    for n in (1, 2):
        tasks.fulfil(moscow, registry, entry, n, told)
    changes_made = stage.hand("MOSCOW", "Kornilova")
    desk.acknowledge(moscow, changes_made, question)
    stage.tell(
        f"BEIJING hands the text over and telegraphs the fulfilment: {fulfilled}. Both taskings close."
    )
    _passed_on(stage, received)


def _passed_on(stage: Stage, answer: int) -> None:
    """The answer goes on to the delegation, whose own question it closes."""
    beijing, kaesong = stage.posts["BEIJING"], stage.posts["KAESONG"]
    to = Party(post=kaesong.origin, place="KAESONG")
    drafter = stage.hand("BEIJING", "Lu")
    forward = changes.readdress(beijing, drafter, answer, to=[to], covering="For your guidance at the table.")
    _, number = _send(stage, "BEIJING", "Lu", "Bai", forward)
    before = story_docket.open_questions(kaesong)
    _carry(stage, "BEIJING", "KAESONG")
    _decipher(stage, "KAESONG", "Xu")
    if before == 1 and story_docket.open_questions(kaesong) == 0:
        stage.found.add("answered question")
        stage.tell(f"BEIJING sends it on to KAESONG: {number}. The question of its report is answered there.")
    stage.answered = stage.clock.now()


def _against_the_docket(stage: Stage) -> None:
    """Two drafts of BEIJING go against what MOSCOW wrote, and are stopped before they go."""
    beijing = stage.posts["BEIJING"]
    drafter, releaser = stage.hand("BEIJING", "Lu"), stage.hand("BEIJING", "Bai")
    stage.clock.pass_by(hours=2)
    if number := story_docket.press_line(beijing, drafter, releaser):
        stage.found.add("forbidden words")
        stage.tell(f"A press line said what MOSCOW forbade: it was stopped, written anew and sent: {number}.")
    if number := story_docket.onward_paper(beijing, drafter, releaser):
        stage.found.add("what is held back")
        stage.tell(f"A paper for the other side showed what is held back: accepted, with a reason: {number}.")


SECOND_REPORT = """\
KIND: brief report No {n}
PRECEDENCE: PRIORITY
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
SUBJECT: Session of the {day}

1. (S) {text}

SIGNED: HEAD OF DELEGATION
"""


def _lost_bag(stage: Stage) -> None:
    """A stick is lost on the road; the next bag shows that one is missing, and it is sent again."""
    kaesong, beijing = stage.posts["KAESONG"], stage.posts["BEIJING"]
    stage.clock.pass_by(hours=6)
    text = SECOND_REPORT.format(n=2, day="fifteenth", text="They brought a map and initialled nothing.")
    _send(stage, "KAESONG", "Xu", "Head of delegation", parse(text))
    lost = stage.stick("KAESONG", "BEIJING")
    sent = channels.dispatch(kaesong, lost, beijing.origin)
    if sent is not None:
        lost.remove(sent[0])
    text = SECOND_REPORT.format(n=3, day="sixteenth", text="The map is initialled; the strip is one mile.")
    _send(stage, "KAESONG", "Xu", "Head of delegation", parse(text))
    _carry(stage, "KAESONG", "BEIJING")
    _decipher(stage, "BEIJING", "Wen")
    with beijing.store.read() as connection:
        gaps = people.missing_bags(connection)
        cited = [line["cited"] for line in view.cited_not_held(connection)]
    if gaps == [(kaesong.origin, 2)] and any("No 2" in line for line in cited):
        stage.found.add("lost bag")
        stage.tell("A stick was lost: BEIJING lists bag 2 of KAESONG and brief report No 2 as missing.")
    channels.carry_again(kaesong, lost, beijing.origin, 2)
    _carry(stage, "KAESONG", "BEIJING")
    _decipher(stage, "BEIJING", "Wen")
    with beijing.store.read() as connection:
        if not people.missing_bags(connection):
            stage.tell("KAESONG has the same bag carried again; the gap is closed.")


NOTE = """\
PRECEDENCE: ROUTINE
CLASSIFICATION: CONFIDENTIAL
TO: BEIJING <beijing.example>
SUBJECT: Lorries for the delegation

Twelve lorries with white cloths cross on the seventeenth by the southern road.

SIGNED: RYU
"""


def _tampered_bag(stage: Stage) -> None:
    """Somebody changes one byte of a bag on its way; it is refused whole, listed, and sent again."""
    pyongyang, beijing = stage.posts["PYONGYANG"], stage.posts["BEIJING"]
    stage.clock.pass_by(hours=2)
    _send(stage, "PYONGYANG", "Ryu", "Kang", parse(NOTE))
    stick = stage.stick("PYONGYANG", "BEIJING")
    sent = channels.dispatch(pyongyang, stick, beijing.origin)
    if sent is not None:
        path = stick.folder / f"bag-{sent[0]}" / "cables"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    (news,) = _carry(stage, "PYONGYANG", "BEIJING")
    if news.error is not None and news.error.code == "bad-bag":
        stage.found.add("tampered bag")
        stage.tell(f"A bag was tampered with: BEIJING refuses it whole: {news.error.sentence}.")
    if sent is not None:
        stick.remove(sent[0])
    channels.carry_again(pyongyang, stick, beijing.origin, 1)
    _carry(stage, "PYONGYANG", "BEIJING")
    _decipher(stage, "BEIJING", "Wen")


def _settle_receipts(stage: Stage) -> None:
    """Receipts travel back, and the overdue copy is noticed."""
    for post in stage.posts:
        for to in stage.posts:
            if post != to:
                _carry(stage, post, to)
    stage.clock.at = stage.ends
    moscow = stage.posts["MOSCOW"]
    with moscow.store.read() as connection:
        late = copies.overdue(connection, stage.clock.now().date())
    if late:
        stage.found.add("overdue copy")
        stage.tell(f"Copy {late[0].seq}, held by {late[0].holder}, was due on {late[0].return_by}: chase it.")
