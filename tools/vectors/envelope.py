"""Write tests/vectors/envelope.json: run it again only when the format itself changes.

Two posts are made, and MOSCOW sends BEIJING two bags, with a receipt between them. Keys, salts and
bag ids are drawn anew, so every run gives other bytes.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from reftel.bearers.base import Bag
from reftel.cable import internet, sheet
from reftel.cipher.age import decrypt
from reftel.cipher.packing import unpack
from reftel.cipher.person import PersonKey
from reftel.clock import SetClock
from reftel.house import courier, new_post
from reftel.office import arrivals, channels, desk, people
from reftel.office.cards import open_card
from reftel.office.office import Hand, Office
from reftel.register.entries import b64, encode_json
from reftel.register.envelope import unframe

TARGET = Path(__file__).resolve().parents[2] / "tests" / "vectors" / "envelope.json"
START = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
CLERK = "Volkov"
SHEETS = (
    """\
PRECEDENCE: ROUTINE
TO: BEIJING <beijing.example>
SUBJECT: Your 23343

1. The list of questions has arrived. A reply follows.
""",
    """\
PRECEDENCE: FLASH
CLASSIFICATION: SECRET
TO: BEIJING <beijing.example>
SUBJECT: Liaison officers
ASK: Telegraph the fulfilment.
  of: BEIJING
  kind: report

1. (S) The road may be used from noon tomorrow. Telegraph the fulfilment.
""",
    """\
PRECEDENCE: PRIORITY
TO: BEIJING <beijing.example>
SUBJECT: The reply to 23343

1. Four of the five questions can be answered as drafted.
""",
)


class Post:
    """One office with one clerk who may do everything, and a clock that goes on by minutes."""

    def __init__(self, folder: Path, name: str) -> None:
        self.clock = SetClock(START)
        origin = f"{name.lower()}.example"
        self.office: Office = new_post(folder / name, origin, name, "six words", self.clock)
        key = PersonKey.generate()
        self.hand = Hand(who=CLERK, key=key)
        roles = ("administrator", "drafter", "releasing officer", "cipher clerk", "registry clerk")
        people.found(self.office, CLERK, key, roles=roles)
        people.switch_rule(self.office, self.hand, "drafter-releaser", off=True, decision="one clerk")

    def card(self) -> str:
        """The post's card."""
        with self.office.store.read() as connection:
            return people.own_card(connection, self.office)

    def send(self, sheets: tuple[str, ...], peer: str, folder: Path) -> Bag:
        """Release sheets and pack one bag."""
        self.clock.at += timedelta(minutes=7)
        drafts = [desk.draft(self.office, self.hand, sheet.parse(text)) for text in sheets]
        if drafts:
            desk.release_all(self.office, self.hand, drafts)
        sent = channels.dispatch(self.office, courier(folder), peer)
        if sent is None:
            raise SystemExit("nothing waited for dispatch")
        return courier(folder).fetch(sent[0])


def bag_vector(receiver: Office, bag: Bag) -> dict[str, Any]:
    """A bag's three files, and everything that is found in it."""
    manifest = arrivals._open(receiver, bag)  # noqa: SLF001 - the reader of our own room
    identities = list(receiver.keys.epochs().values())
    cables, at = [], 0
    for item in manifest.items:
        blob = bag.cables[at : at + item.length]
        at += item.length
        framed = decrypt(blob, identities)
        envelope = unframe(framed)
        cables.append(
            {
                "digest": item.digest,
                "channel": item.channel,
                "leaf": item.leaf,
                "precedence": item.precedence,
                "frame": base64.b64encode(framed).decode(),
                "record": envelope.record.decode(),
                "record_salt": envelope.record_salt.hex(),
                "text_salt": envelope.text_salt.hex(),
                "path": [step.hex() for step in envelope.path],
                "text": unpack(envelope.packed, internet.MAX_BYTES).decode(),
            }
        )
    return {
        "BAG": f"reftel bag v1\n{bag.bag}\n",
        "manifest.age": base64.b64encode(bag.manifest).decode(),
        "cables": base64.b64encode(bag.cables).decode(),
        "manifest": {
            "bag": manifest.bag,
            "from": manifest.sender,
            "to": manifest.to,
            "serial": manifest.serial,
            "previous": manifest.previous,
            "checkpoint": manifest.checkpoint,
            "consistency": [[size, b64(b"".join(path))] for size, path in manifest.consistency],
            "shared": [step.hex() for step in manifest.shared],
            "receipts": [[list(r.serials), r.size, r.line] for r in manifest.receipts],
            "card": manifest.card,
        },
        "opened": cables,
    }


def post_vector(post: Post) -> dict[str, Any]:
    """A post's card and fingerprint, and the seed of its first opening key."""
    card = post.card()
    epoch = open_card(card).epochs[0].epoch
    return {
        "card": card,
        "fingerprint": open_card(card).fingerprint,
        "epoch": epoch,
        "opening_key": post.office.keys.epochs()[epoch].text(),
    }


def main() -> None:
    """Make the posts, let them exchange bags, and write what was exchanged."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        moscow, beijing = Post(folder, "MOSCOW"), Post(folder, "BEIJING")
        for here, there in ((moscow, beijing), (beijing, moscow)):
            card = there.card()
            people.know(here.office, here.hand, card, open_card(card).fingerprint)
        bags = []
        for sender, receiver, sheets in (
            (moscow, beijing, SHEETS[:2]),
            (beijing, moscow, ()),
            (moscow, beijing, SHEETS[2:]),
        ):
            bag = sender.send(sheets, receiver.office.origin, folder)
            bags.append(bag_vector(receiver.office, bag))
            receiver.clock.at = sender.clock.at + timedelta(minutes=3)
            arrived = arrivals.receive(receiver.office, bag)
            if arrived.news != "arrived":
                raise SystemExit(str(arrived))
        posts = {"moscow": post_vector(moscow), "beijing": post_vector(beijing)}
    encode_json(posts)  # nothing in it that a record could not hold
    vectors = {"at": START.isoformat(), "posts": posts, "bags": bags}
    TARGET.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
