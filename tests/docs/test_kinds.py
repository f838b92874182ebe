"""docs/spec/register.md names every kind of record, who enters it, and its fields: played, not believed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

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
from reftel.office.cards import open_card
from reftel.office.office import RULES
from reftel.office.roles import READERS, ROLES
from reftel.register.log import find_entry, size_of
from reftel.register.projections import KINDS
from tests.docs.pages import read, rows, section
from tests.office.readers import enrol
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    KEYLESS,
    READER,
    REGISTRY,
    RELEASER,
    Post,
    card_of,
    decide,
    found_post,
    introduce,
    letter,
)

PAGE = read("spec/register.md")
FIELD = re.compile(r"`([a-z_]+)`")
OF_ANY_ACT = {row[0].strip("`") for row in rows(section(PAGE, "The act"))} | {"direction", "state", "id"}
DOCUMENTED = {
    kind: (by, set(FIELD.findall(f"`{fields}`"))) for kind, by, fields in rows(section(PAGE, "Kinds"))
}
NOT_PLAYED = {"restored"}
EVERY_ROLE = {"any role": set(ROLES), "any role but auditor and administrator": set(READERS)}


def test_every_kind_is_in_the_table_and_no_other():
    assert set(DOCUMENTED) == KINDS


def test_every_rule_is_in_the_table_of_separations():
    assert {row[0] for row in rows(section(PAGE, "Separations"))} == set(RULES)


def bundle(sender: Post, receiver: Post, stick: Path, *, spoiled: bool = False) -> None:
    """One bag carried; first, if so wanted, as it comes out of a puddle."""
    channels.dispatch(sender.office, Courier(stick), receiver.office.origin)
    for bag in Courier(stick).collect():
        if spoiled and isinstance(bag, Bag):
            wet = Bag(bag=bag.bag, manifest=bag.manifest, cables=bag.cables[:-1] + b"?")
            assert arrivals.receive(receiver.office, wet).news == "refused"
        assert arrivals.receive(receiver.office, bag, receiver.hand(CIPHER)).news == "arrived"
        Courier(stick).remove(bag.bag)


def drafts(post: Post, peer: str) -> int:
    """Everything that can happen to a draft; returns the cable that was released."""
    office, to_peer = post.office, (Party(post=peer),)
    ask = Ask(owner="MOSCOW", literal="Telegraph the fulfilment.", kind="report")
    cable = letter(to=to_peer, asks=(ask,))
    desk.withdraw(office, post.hand(DRAFTER), post.draft(cable))
    entry = desk.draft(office, post.hand(DRAFTER), cable, clearing=[CLEARING])
    desk.edit(office, post.hand(DRAFTER), entry, replace(cable, subject="Another"))
    desk.clear(office, post.hand(CLEARING), entry)
    decision = desk.Decision(body="Bureau", protocol="84", item="421", title="On the talks", text="Agree.")
    first = desk.adopt(office, post.hand(REGISTRY), entry, decision)
    second = desk.adopt(office, post.hand(REGISTRY), entry, decision, replaces=first)
    desk.void_decision(office, post.hand(REGISTRY), entry, second, "A new one comes")
    desk.clear(office, post.hand(CLEARING), entry)
    desk.adopt(office, post.hand(REGISTRY), entry, decision)
    desk.release(office, post.hand(RELEASER), entry)
    return entry


def paper(post: Post) -> None:
    """A cable entered from paper, its copies, and all that was asked."""
    office, clerk = post.office, post.hand(REGISTRY)
    cable = letter(classification="SECRET")
    number = ["stamp", "7", "No. 7", "19.10.51"]
    entry = desk.enter(office, clerk, cable, numbers=[number], scan=b"%PDF", marks=[{"event": "received"}])
    desk.number(office, post.hand(KEYLESS, by=REGISTRY), entry, [["print", "757"]])
    desk.annotate(office, clerk, entry, [Annotation(layer="garble", literal="G")])
    docketed(post, entry)
    desk.print_copies(office, clerk, entry, 5, print_number="3007", return_to="Registry")
    desk.verify(office, post.hand(READER), entry, rank="Colonel", signed=True, post_held="Chief")
    one = [copies.Issue(seq=n, holder=READER, return_by="2026-11-23") for n in (1, 2, 3, 4)]
    copies.issue(office, clerk, entry, one)
    copies.open_copy(office, post.hand(READER), entry, 1)
    copies.pass_on(office, post.hand(READER), entry, 2, ADMIN)
    copies.take_back(office, clerk, entry, 1)
    copies.destroy(office, clerk, entry, [1], [post.hand(READER), post.hand(ADMIN)], "by fire")
    copies.report_lost(office, post.hand(READER), entry, 3, "left in a car")
    copies.report_found(office, clerk, entry, 3, "in the car")
    copies.take_inventory(office, clerk, [(entry, 3), (entry, 2)])
    copies.emergency_destroy(office, clerk, post.hand(READER))
    n = tasks.task(office, clerk, entry, "MOSCOW", "Report", due="2026-11-30")
    tasks.chase(office, clerk, entry, n)
    other = desk.enter(office, clerk, cable)
    tasks.fulfil(office, clerk, entry, n, other, in_part=True)
    tasks.fulfil(office, clerk, entry, n, other)
    tasks.cancel_task(office, clerk, entry, tasks.task(office, clerk, entry, "MOSCOW", "Again"), "No more")
    changes.correct(office, clerk, entry, other)
    changes.downgrade(office, clerk, entry, "RESTRICTED", "Order 9")
    desk.destroy_text(office, post.hand(ADMIN), entry, "Ordered")


def docketed(post: Post, entry: int) -> None:
    """A line of the docket entered while reading, and a draft that goes although it is warned of."""
    office = post.office
    fields = (("mode", "must not"), ("words", "forty minutes"))
    rule = DocketLine(kind="instruction", paragraph="1", fields=fields)
    (item,) = docketing.enter_lines(office, post.hand(REGISTRY), entry, [rule])
    draft, reasons = post.draft(), {f"instruction {item} 1": "It is known"}
    docketing.accept_warnings(office, post.hand(RELEASER), draft, reasons)
    desk.withdraw(office, post.hand(DRAFTER), draft)


def waived(post: Post) -> None:
    """One of each act that a separation would forbid, while it is off."""
    office = post.office
    for rule in RULES:
        decide(post, rule, off=True)
    everything = tuple(ROLES)
    people.admit(
        office,
        post.hand(ADMIN),
        CIPHER,
        roles=everything,
        clearance="SECRET",
        captions=("NODIS",),
        public=(key := PersonKey.generate()).public,
    )
    post.keys[CIPHER] = key
    hand = post.hand(CIPHER)
    entry = desk.draft(office, hand, letter())
    desk.release(office, hand, entry)
    paper = desk.enter(office, hand, letter())
    desk.print_copies(office, hand, paper, 5)
    desk.verify(office, hand, paper)
    copies.destroy(office, hand, paper, [1], [])


def settled(post: Post) -> None:
    """The post's own life: shifts, names, people, keys and their end."""
    office, admin = post.office, post.hand(ADMIN)
    people.name_authority(office, admin, "Bureau", "body", {"as printed": ["THE BUREAU"]})
    people.hand_over(office, post.hand(REGISTRY), CIPHER, "One bag is missing")
    key = PersonKey.generate()
    people.admit(office, admin, READER, roles=("reader",), public=key.public, second=post.hand(AUDITOR))
    people.depart(office, admin, AUDITOR)
    epoch = open_card(card_of(post)).epochs[0].epoch
    post.pass_time(days=70)
    people.rotate(office, admin)
    people.destroy_seed(office, admin, epoch)


def reading(sender: Post, receiver: Post, stick: Path) -> None:
    """Readers with keys of their own, and what is sealed to them."""
    office, clerk = receiver.office, receiver.hand(REGISTRY)
    key = enrol(receiver, READER)
    readers.know_reader(sender.office, sender.hand(REGISTRY), readers.reader_card(office, READER))
    fingerprint = key.recipient().fingerprint()
    readers.confirm_reader(sender.office, sender.hand(RELEASER), office.origin, READER, fingerprint)
    to = (Party(post=office.origin, person=READER),)
    sent = sender.release(letter(to=to, captions=("EYES ONLY",)))
    shedding.shed(sender.office, sender.hand(REGISTRY), sent, "It has gone")
    bundle(sender, receiver, stick)
    (news,) = arrivals.decipher(office, receiver.hand(CIPHER))
    desk.print_copies(office, clerk, news.entry, 1)
    copies.issue(office, clerk, news.entry, [copies.Issue(seq=1, holder=READER)])
    passkeys.keep_recovery(office, receiver.hand(READER), encrypt(b"key", [ScryptRecipient("phrase", 14)]))
    with receiver.read() as connection:
        (row,) = passkeys.passkeys_of(connection, READER)
    passkeys.revoke_passkey(office, receiver.hand(ADMIN), row.credential, "Lost")


@pytest.fixture(scope="module")
def acts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    root = tmp_path_factory.mktemp("kinds")
    stick = root / "stick"
    stick.mkdir()
    moscow, beijing = (found_post(root / n, f"{n.lower()}.example", n) for n in ("MOSCOW", "BEIJING"))
    introduce(moscow, beijing)
    sent = drafts(moscow, "beijing.example")
    bundle(moscow, beijing, stick)
    (news,) = arrivals.decipher(
        beijing.office, beijing.hand(CIPHER), numbers=[["series", "G"]], receiving_office="8th Dept"
    )
    desk.acknowledge(beijing.office, beijing.hand(READER), news.entry)
    forward = changes.readdress(
        beijing.office, beijing.hand(DRAFTER), news.entry, to=[Party(post="moscow.example")]
    )
    desk.release(beijing.office, beijing.hand(RELEASER), forward)
    bundle(beijing, moscow, stick)
    (answer,) = arrivals.decipher(moscow.office, moscow.hand(CIPHER))
    desk.acknowledge(moscow.office, moscow.hand(RELEASER), sent, by_cable=answer.entry)
    channels.rerun(moscow.office, moscow.hand(CIPHER), sent, "beijing.example")
    bundle(moscow, beijing, stick, spoiled=True)
    arrivals.decipher(beijing.office, beijing.hand(CIPHER))
    moscow.release(letter(to=(Party(post="beijing.example"),)))
    bag, _ = channels.dispatch(moscow.office, Courier(stick), "beijing.example") or ("", 0)
    Courier(stick).remove(bag)
    held = moscow.release(letter(to=(Party(post="beijing.example"),)))
    bundle(moscow, beijing, stick)
    with beijing.read() as connection:
        ((peer, serial),) = people.missing_bags(connection)
    people.close_gap(beijing.office, beijing.hand(CIPHER), peer, serial, "The car burned")
    for seed in list(beijing.office.keys.epochs()):
        beijing.office.keys.destroy_epoch(seed)
    arrivals.decipher(beijing.office, beijing.hand(CIPHER))
    changes.cancel(moscow.office, moscow.hand(RELEASER), sent, held)
    paper(beijing)
    reading(beijing, moscow, stick)
    waived(beijing)
    settled(moscow)
    found = []
    for post in (moscow, beijing):
        with post.read() as connection:
            found += [find_entry(connection, n).decoded.act for n in range(size_of(connection))]
        post.office.close()
    return found


def test_every_field_of_every_act_is_documented_and_every_documented_field_is_used(
    acts: list[dict[str, Any]],
):
    used: dict[str, set[str]] = {}
    for act in acts:
        used.setdefault(act["kind"], set()).update(act)
    assert set(used) == KINDS - NOT_PLAYED
    undocumented = {kind: fields - DOCUMENTED[kind][1] - OF_ANY_ACT for kind, fields in used.items()}
    unused = {kind: DOCUMENTED[kind][1] - fields for kind, fields in used.items()}
    assert {kind: left for kind, left in undocumented.items() if left} == {}
    assert {kind: left for kind, left in unused.items() if left} == {}


def test_each_kind_is_entered_by_those_whom_the_table_names(acts: list[dict[str, Any]]):
    for act in acts:
        by = DOCUMENTED[act["kind"]][0]
        role = act.get("role", "office")
        assert role in by or role in EVERY_ROLE.get(by, ()), (act["kind"], role)
