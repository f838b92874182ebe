"""Two posts after a long day: at least one act of nearly every kind, and something in every table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reftel.bearers.base import Bag
from reftel.bearers.courier import Courier
from reftel.cable.model import Annotation, Ask, DocketLine, Party
from reftel.cipher.age import encrypt
from reftel.cipher.identity import ScryptRecipient
from reftel.cipher.person import PersonKey
from reftel.office import (
    arrivals,
    changes,
    channels,
    copies,
    desk,
    docketing,
    passkeys,
    people,
    readers,
    shedding,
    tasks,
)
from reftel.office.docket_checks import warnings
from tests.office.readers import enrol
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    CLEARING_TOO,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    Post,
    carry,
    decide,
    letter,
)

TO_BEIJING = (Party(post="beijing.example", place="BEIJING"),)
ASKS = (
    Ask(owner="MOSCOW", literal="Telegraph the fulfilment.", kind="report"),
    Ask(owner="MOSCOW", literal="Report the arrival of the courier.", kind="report"),
)


@dataclass(slots=True)
class Day:
    """The two posts and the cables of Moscow's day, by their entries there."""

    beijing: Post
    moscow: Post
    received: int
    paper: int
    answer: int
    gone: int


def busy_day(beijing: Post, moscow: Post, stick: Path) -> Day:
    """Play the day; nothing is left to be wished of either post but a few bags that wait."""
    office, hand = moscow.office, moscow.hand
    staff(moscow)
    sent = beijing.draft(letter(asks=ASKS), clearing=[CLEARING, CLEARING_TOO])
    desk.clear(beijing.office, beijing.hand(CLEARING), sent)
    desk.edit(beijing.office, beijing.hand(DRAFTER), sent, letter("The session lasted an hour.", asks=ASKS))
    for officer in (CLEARING, CLEARING_TOO):
        desk.clear(beijing.office, beijing.hand(officer), sent)
    desk.release(beijing.office, beijing.hand(RELEASER), sent)
    beijing.release(letter("A second telegram."))
    received, second = carry(beijing, moscow, stick / "first")
    handle(moscow, received)
    mark(moscow, received)
    answer = adopt_and_answer(moscow, received)
    carry(moscow, beijing, stick / "answer")
    beijing.release(letter("A third telegram, and the receipt."))
    (third,) = carry(beijing, moscow, stick / "receipt")
    tasks.chase(office, hand(REGISTRY), received, 1)
    tasks.fulfil(office, hand(REGISTRY), received, 1, answer, in_part=True)
    tasks.fulfil(office, hand(REGISTRY), received, 1, answer)
    tasks.cancel_task(office, hand(REGISTRY), received, 2, "the courier is known to have come")
    changes.cancel(office, hand(REGISTRY), second, third)
    paper = enter_paper(moscow)
    asked = DocketLine(kind="question", paragraph="1", quote="forgotten", fields=(("issue", "The strip"),))
    forgotten = letter("To be forgotten.", to=TO_BEIJING, docket=(asked,))
    gone = moscow.draft(forgotten, clearing=[CLEARING])
    desk.clear(office, hand(CLEARING), gone)
    desk.release(office, hand(RELEASER), gone)
    carry(moscow, beijing, stick / "gone")
    docketing.enter_lines(office, hand(REGISTRY), gone, [asked])
    desk.destroy_text(office, hand(ADMIN), gone, "the term is over")
    people.rotate(office, hand(ADMIN))
    read_sealed(beijing, moscow, stick)
    refuse_something(moscow, beijing, stick)
    lose_a_passkey(moscow)
    leave_waiting(beijing, moscow, stick)
    return Day(beijing=beijing, moscow=moscow, received=received, paper=paper, answer=answer, gone=gone)


def lose_a_passkey(post: Post) -> None:
    """A passkey that is lost and revoked, and a recovery file that is kept."""
    enrol(post, AUDITOR)
    with post.read() as connection:
        (lost,) = passkeys.passkeys_of(connection, AUDITOR)
    passkeys.revoke_passkey(post.office, post.hand(ADMIN), lost.credential, "left in the train")
    file = encrypt(bytes(77), [ScryptRecipient("a generated phrase", 14)])
    passkeys.keep_recovery(post.office, post.hand(READER), file)


def staff(post: Post) -> None:
    """Admit, replace a key, let go, switch, name, hand over."""
    for key in (PersonKey.generate(), PersonKey.generate()):
        people.admit(
            post.office,
            post.hand(ADMIN),
            "Orlov",
            roles=("reader",),
            clearance="SECRET",
            public=key.public,
            second=post.hand(AUDITOR),
        )
    people.depart(post.office, post.hand(ADMIN), "Orlov")
    people.name_authority(post.office, post.hand(ADMIN), "Filippov", "person", {"as": ["FILIPPOV"]})
    people.hand_over(post.office, post.hand(CIPHER), REGISTRY, "all quiet")


def handle(post: Post, cable: int) -> None:
    """Everything that an office does with a cable that came in, and with its copies."""
    office, hand = post.office, post.hand
    desk.number(office, hand(REGISTRY), cable, [["stamp", "25025"]])
    desk.annotate(
        office, hand(REGISTRY), cable, [Annotation(layer="garble", literal="sesion", reading="session")]
    )
    desk.print_copies(office, hand(REGISTRY), cable, 6, print_number="3007")
    desk.verify(office, hand(READER), cable)
    copies.issue(
        office,
        hand(REGISTRY),
        cable,
        [copies.Issue(seq=n, holder=READER, return_by="2026-11-30") for n in (1, 2, 3)],
    )
    copies.open_copy(office, hand(READER), cable, 1)
    copies.pass_on(office, hand(READER), cable, 2, KEYLESS)
    copies.take_back(office, hand(REGISTRY), cable, 1)
    copies.destroy(office, hand(REGISTRY), cable, [1], [hand(CIPHER), hand(READER)])
    copies.report_lost(office, hand(READER), cable, 3, "left in a car")
    copies.report_found(office, hand(REGISTRY), cable, 3, "in the car")
    copies.take_inventory(office, hand(AUDITOR), [(cable, 3), (cable, 4), (cable, 5)])
    tasks.task(office, hand(REGISTRY), cable, "Makarov", "Find the enclosure.")
    desk.acknowledge(office, hand(READER), cable)


def mark(post: Post, cable: int) -> None:
    """What is entered of a cable while reading; a draft against it, with the warning accepted."""
    lines = [
        DocketLine(kind="post", fields=(("post", post.office.origin), ("party", "North"))),
        DocketLine(
            kind="instruction",
            paragraph="1",
            quote="The session",
            fields=(("issue", "The road"), ("mode", "must not"), ("words", "an open road")),
        ),
        DocketLine(kind="confirmation", paragraph="1", fields=(("item", "#2"),)),
    ]
    docketing.enter_lines(post.office, post.hand(REGISTRY), cable, lines)
    against = letter("We ask for an open road.", to=TO_BEIJING)
    draft = post.draft(against)
    with post.read() as connection:
        given = warnings(post.office, connection, against, draft=draft)
    reasons = {one.key: "they have read it already" for one in given}
    docketing.accept_warnings(post.office, post.hand(RELEASER), draft, reasons)
    desk.withdraw(post.office, post.hand(DRAFTER), draft)


def adopt_and_answer(post: Post, received: int) -> int:
    """A readdressed answer that a body adopts twice, the first decision being voided."""
    office, hand = post.office, post.hand
    answer = changes.readdress(office, hand(DRAFTER), received, to=TO_BEIJING, covering="We have read this.")
    decision = desk.Decision(body="Politburo", protocol="84", item="421", title="On the talks", text="Adopt.")
    first = desk.adopt(office, hand(REGISTRY), answer, decision)
    desk.void_decision(office, hand(REGISTRY), answer, first, "the wrong item")
    desk.adopt(office, hand(REGISTRY), answer, decision)
    desk.release(office, hand(RELEASER), answer)
    desk.withdraw(office, hand(DRAFTER), post.draft(letter("A draft to be withdrawn.")))
    return answer


def enter_paper(post: Post) -> int:
    """A cable on paper with its scan, corrected by another, recorded in part for somebody without a key."""
    office, hand = post.office, post.hand
    numbers = [["incoming", "757", "No. 757", "19.10.51"]]
    paper = desk.enter(office, hand(REGISTRY), letter("On paper."), scan=b"%PDF scan", numbers=numbers)
    correction = desk.enter(office, hand(KEYLESS, by=REGISTRY), letter("On paper, corrected."))
    changes.correct(office, hand(REGISTRY), paper, correction)
    changes.downgrade(office, hand(REGISTRY), paper, "CONFIDENTIAL", "the archive commission")
    desk.print_copies(
        office,
        hand(REGISTRY),
        paper,
        2,
        listed=[desk.Print(holder="Stalin"), desk.Print(unaccounted="not on the list")],
    )
    decide(post, "printer-verifier", off=True)
    desk.verify(office, hand(REGISTRY), paper)
    decide(post, "printer-verifier", off=False)
    return paper


def read_sealed(beijing: Post, moscow: Post, stick: Path) -> None:
    """Readers with keys: a cable for the eyes of one in Moscow, a sealed copy passed on, a text shed."""
    office, hand = moscow.office, moscow.hand
    key = enrol(moscow, READER)
    enrol(moscow, CIPHER)
    readers.know_reader(beijing.office, beijing.hand(REGISTRY), readers.reader_card(office, READER))
    fingerprint = key.recipient().fingerprint()
    readers.confirm_reader(beijing.office, beijing.hand(RELEASER), office.origin, READER, fingerprint)
    to = (Party(post=office.origin, person=READER),)
    beijing.release(letter("For one reader.", to=to, captions=("EYES ONLY",)))
    (secret,) = carry(beijing, moscow, stick / "eyes")
    shed = moscow.printed(2, letter("To be kept by its readers.", captions=("NO FILE COPY",)))
    for cable, holder in ((secret, READER), (shed, READER)):
        desk.print_copies(office, hand(REGISTRY), cable, 1)
        copies.issue(office, hand(REGISTRY), cable, [copies.Issue(seq=1, holder=holder, purpose="action")])
        copies.open_copy(office, hand(READER), cable, 1)
    copies.pass_on(office, hand(READER), shed, 1, CIPHER)
    copies.destroy(office, hand(REGISTRY), shed, [2, 3], [hand(CIPHER), hand(READER)])
    shedding.shed(office, hand(REGISTRY), shed, "all copies are with their readers")


def refuse_something(post: Post, peer: Post, stick: Path) -> None:
    """A bag of a known post whose cables were cut short on the way."""
    folder = stick / "cut"
    folder.mkdir(parents=True)
    peer.release(letter("To be cut short."))
    channels.dispatch(peer.office, Courier(folder), post.office.origin)
    for bag in Courier(folder).collect():
        assert isinstance(bag, Bag)
        cut = Bag(bag=bag.bag, manifest=bag.manifest, cables=bag.cables[:-1])
        assert arrivals.receive(post.office, cut).news == "refused"
        assert arrivals.receive(post.office, bag).news == "arrived"


def leave_waiting(beijing: Post, moscow: Post, stick: Path) -> None:
    """Leave sealed cables at Moscow undeciphered, and a bag on its way that nobody has receipted."""
    for sender, receiver, name in ((beijing, moscow, "in"), (moscow, beijing, "out")):
        folder = stick / name
        folder.mkdir(parents=True)
        for text in ("One that waits.", "Another that waits."):
            to = (Party(post=receiver.office.origin),)
            sender.release(letter(text, to=to))
        channels.dispatch(sender.office, Courier(folder), receiver.office.origin)
    for bag in Courier(stick / "in").collect():
        assert arrivals.receive(moscow.office, bag).news == "arrived"
