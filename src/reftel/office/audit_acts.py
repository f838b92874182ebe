"""The audit's third part: whether each act was rightly done, by what stood in the register before it.

Rules that this file keeps:

* a person's key, roles and service count from the record that admitted them to the one that ended
  them: an act is judged by its place in the register, not by today's lists;
* what the office does by itself is of few kinds; every other act bears the signature of the person
  who acted, or of the one who recorded it for somebody without a key;
* a separation is waived only while its rule is off, and is not passed over in silence;
* a released text is the cleared and adopted draft, but for what release assigns; one that is EYES
  ONLY has the draft's header, and its text is sealed to readers' keys that were known then.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from reftel.cable import eyes
from reftel.cable.model import Cable
from reftel.cipher.note import PostVerifier
from reftel.cipher.passkey import passkey_id
from reftel.cipher.person import person_key_id, verify_person
from reftel.errors import BadSignature, ReftelError
from reftel.office.audit_rows import Replay
from reftel.office.cards import check_successor, open_card
from reftel.office.desk import stamped
from reftel.office.eyes_only import is_sealed_to
from reftel.office.findings import Findings
from reftel.office.office import ACT_LIFE, may_be_recorded, signer_of, took_part, verify_touch
from reftel.office.readers import open_reader_card
from reftel.office.roles import roles_for
from reftel.register.entries import Json, Record, Signed, act_bytes, clock_read, unb64
from reftel.register.projections import Texts
from reftel.store import tables as t

# What the office does by itself, when a bag comes or goes.
_BY_ITSELF = frozenset(
    (
        "bagged",
        "dispatched",
        "receipted",
        "arrived",
        "deciphered",
        "held",
        "joined",
        "refused",
    )
)
# How a reader's key that stands so here is said to stand in a cable whose text is sealed to it.
_STANDING = {"admitted": eyes.CONFIRMED, "confirmed": eyes.CONFIRMED, "vouched": eyes.VOUCHED}
_ON_TASKINGS = frozenset(("chased", "part fulfilled", "fulfilled", "tasking cancelled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    roles: tuple[str, ...]
    key: bytes
    key_id: str
    serving: bool


@dataclass(slots=True, kw_only=True)
class _Passkey:
    """A passkey as it was enrolled, whether it counts, and the counter of its last touch."""

    person: str
    key_id: str
    public: bytes
    rp_id: str
    origin: str
    fingerprint: str
    admitted: bool
    revoked: bool = False
    counter: int = 0


class Conduct:
    """What the records so far make of people, rules and cards, and the next record judged by it."""

    def __init__(
        self, origin: str, connection: Connection, replay: Replay, roots: dict[int, bytes], findings: Findings
    ) -> None:
        self.signatures = 0
        self.verifiers: dict[str, PostVerifier] = {}
        self._origin = origin
        self._connection = connection
        self._replay = replay
        self._roots = roots
        self._findings = findings
        self._people: dict[str, _Person] = {}
        self._passkeys: dict[str, _Passkey] = {}
        self._invited: set[str] = set()
        self._off: set[str] = set()
        self._cards: dict[str, str] = {}
        self._decisions: dict[int, list[int]] = {}
        self._editors: dict[int, set[str]] = {}
        self._said: Counter[tuple[str, str]] = Counter()

    def judge(self, entry: int, record: Record, texts: Texts) -> None:
        """Hold one act against what stood before it; its rows are not replayed yet."""
        act = record.act
        if act.get("post") != self._origin:
            self._fail("act", entry, "is an act of another post")
        if "made" in act:
            self._by_person(entry, record)
        elif record.signatures or not self._by_itself(entry, act):
            self._fail("signature", entry, "is an act of a person and bears no signature")
        self._expected(entry, act)
        self._separation(entry, act)
        if record.kind == "released":
            self._released(entry, act, texts)
        self._readers(entry, act)
        self._learn(entry, act)

    def _fail(self, kind: str, entry: int, what: str) -> None:
        act = "entry" if entry < 0 else f"entry {entry}"
        self._findings.failure(kind, f"{act} {what}", entry=entry)

    def _by_itself(self, entry: int, act: Json) -> bool:
        """Whether the office does it by itself: founding the post, bags, newer cards of known posts."""
        match act["kind"]:
            case "post opened":
                return entry == 0
            case "epoch opened" | "person admitted":
                return not self._people
            case "card known":
                return act["origin"] in self._cards
            case "passkey enrolled":
                return act["person"] in self._invited
            case kind:
                return kind in _BY_ITSELF

    def _founding(self, act: Json) -> bool:
        return act["kind"] == "person admitted" and not self._people

    def _keeps(self, act: Json) -> bool:
        """Whether somebody who serves keeps the key that was admitted before."""
        person = self._people.get(act["person"])
        return person is not None and person.serving and person.key == unb64(act["key"], 32)

    def _by_person(self, entry: int, record: Record) -> None:
        act = record.act
        who = self._people.get(act["who"])
        if who is None or not who.serving:
            self._fail("person", entry, f"is an act of {act['who']}, who did not serve at this post then")
        elif act["role"] not in who.roles:
            self._fail("role", entry, f"is an act of {act['who']}, who was not a {act['role']} then")
        elif act["role"] not in roles_for(act["kind"], act):
            self._fail("role", entry, f"is an act of a {act['role']}, who does not do such acts")
        elif act.get("by") and self._has_key(act["who"]):
            self._fail("signature", entry, f"was recorded by {act['by']} for {act['who']}, who had a key")
        elif act.get("by") and not may_be_recorded(act):
            self._fail(
                "signature", entry, f"was recorded by {act['by']} for {act['who']}: it is done in person"
            )
        if abs(record.at - clock_read(act["made"])) > ACT_LIFE:
            self._fail("act", entry, "was entered more than fifteen minutes after it was signed")
        if act.get("by"):
            self._said[act["who"], act["by"]] += 1
        if "seen" in act:
            self._seen(entry, *act["seen"])

    def _seen(self, entry: int, size: int, root: str) -> None:
        known = self._roots.get(size)
        if known is None or size > entry:
            what = f"saw a checkpoint over {size} entries that is not among the checkpoints"
            self._fail("checkpoint missing", entry, what)
        elif unb64(root, 32) != known:
            self._fail(
                "checkpoint changed", entry, f"saw another root over {size} entries than they have now"
            )

    def verify(self, entry: int, record: Record) -> None:
        """Demand the signature of whoever must have signed, under the key admitted then."""
        act = record.act
        if "made" not in act:
            return
        by = {signed.person for signed in record.signatures}
        for name in (signer_of(act), *took_part(act)):
            only_there = name in act.get("witnesses", []) and not self._has_key(name)
            if name not in by and not only_there:
                self._fail("signature", entry, f"is not signed by {name}")
        for signed in record.signatures:
            self.signatures += 1
            try:
                known = self._verify(entry, act, signed)
            except BadSignature as error:
                why = f"bears a signature of {signed.person} that does not verify: {error.sentence}"
                self._fail("signature", entry, why)
                continue
            if not known:
                self._fail(
                    "signature", entry, f"is signed with a key of {signed.person} that was not admitted then"
                )

    def _has_key(self, name: str) -> bool:
        person = self._people.get(name)
        counts = any(key.person == name and key.admitted for key in self._passkeys.values())
        return counts or (person is not None and bool(person.key))

    def _verify(self, entry: int, act: Json, signed: Signed) -> bool:
        """Whether the key was admitted then; :class:`BadSignature` where it did not sign."""
        person = self._people.get(signed.person)
        if person is None or not person.serving:
            return False
        if isinstance(signed.signature, bytes):
            if not person.key or person.key_id != signed.key_id:
                return False
            verify_person(person.key, act_bytes(act), signed.signature)
            return True
        for name, key in self._passkeys.items():
            if key.admitted and (key.person, key.key_id) == (signed.person, signed.key_id):
                counter = verify_touch(act, signed.signature, name, key.public, key.rp_id, key.origin)
                self._count(entry, key, counter)
                return True
        return False

    def _count(self, entry: int, key: _Passkey, counter: int) -> None:
        """A counter that goes back may mean that the passkey was copied; many never count at all."""
        if counter < key.counter:
            sentence = f"entry {entry}: the counter of a passkey of {key.person} went back"
            self._findings.note("passkey counter", sentence, entry=entry)
        key.counter = counter

    def _expected(self, entry: int, act: Json) -> None:
        """The states that the act was done on must be those that the register had come to."""
        for what, row, state in self._states(act):
            if row is None or row["state"] != state:
                found = "is not there" if row is None else f"was {row['state']!r}"
                self._fail("state", entry, f"was done on {what} as {state!r}, which {found}")
        if "version" in act and "on" in act:
            row = self._replay.find(t.cables, act["on"])
            if row is not None and row["version"] != act["version"]:
                self._fail("version", entry, f"is of another version than the text of cable {act['on']} then")

    def _states(self, act: Json) -> list[tuple[str, Any, str]]:
        kind, find = act["kind"], self._replay.find
        if kind in _ON_TASKINGS:
            task = f"tasking {act['n']} of cable {act['on']}"
            return [(task, find(t.taskings, act["on"], act["n"]), act["state"])]
        if kind in {"dispatched", "receipted"}:
            return [(f"cable {cable}", find(t.cables, cable), state) for cable, state in act["items"]]
        if "arrival" in act and "state" in act:
            return [("an arrival", find(t.arrivals, act["from"], act["arrival"]), act["state"])]
        if "copies" in act and kind != "printed":
            return [
                (f"copy {seq} of cable {cable}", find(t.copies, cable, seq), state)
                for cable, seq, state, *_ in act["copies"]
            ]
        if "on" in act and "state" in act:
            return [(f"cable {act['on']}", find(t.cables, act["on"]), act["state"])]
        return []

    def _separation(self, entry: int, act: Json) -> None:
        waived = act.get("waived", [])
        for rule in waived:
            if rule not in self._off:
                self._fail("separation", entry, f"waives the rule {rule}, which was not switched off then")
            sentence = f"entry {entry} waived the rule {rule}: {act.get('who', '')}, {act['kind']}"
            self._findings.note("separation waived", sentence, entry=entry)
        for rule in self._broken(entry, act):
            if rule not in waived:
                self._fail("separation", entry, f"breaks the rule {rule} and does not say so")

    def _broken(self, entry: int, act: Json) -> list[str]:
        """The separations that this act needs waived."""
        kind, who = act["kind"], act.get("who", "")
        if kind == "released":
            row = self._replay.find(t.cables, act["on"])
            wrote = {"" if row is None else row["drafter"], *self._editors.get(act["on"], ())}
            return ["drafter-releaser"] if who in wrote else []
        if kind == "verified":
            did = {"decipherer-verifier": "deciphered", "printer-verifier": "printed"}
            return [rule for rule, what in did.items() if self._who_did(act["on"], what, entry) == who]
        if kind == "destroyed":
            needed = 1 if act.get("emergency") else 2
            return ["two-witnesses"] if len(set(act["witnesses"]) - {who}) < needed else []
        if kind == "person admitted" and act.get("key") and not (self._founding(act) or self._keeps(act)):
            officers = set(act.get("officers", []))
            return [] if len(officers) == 2 and who in officers else ["two-officers"]
        if kind == "passkey admitted":
            officers = set(act.get("officers", []))
            apart = len(officers) == 2 and who in officers and act["person"] not in officers
            return [] if apart else ["two-officers"]
        return []

    def _who_did(self, cable: int, kind: str, before: int) -> str:
        a = t.acts.c
        query = select(a.who).where(a.cable == cable, a.kind == kind, a.entry < before)
        return self._connection.execute(query.order_by(a.entry.desc()).limit(1)).scalar() or ""

    def _released(self, entry: int, act: Json, texts: Texts) -> None:
        for row in self._replay.of_cable(t.clearances, act["on"]):
            if row["state"] != "given" or row["version"] != act["version"]:
                self._fail("clearance", entry, f"released a text that {row['officer']} had not cleared")
        found = [self._replay.find(t.decisions, one) for one in self._decisions.get(act["on"], [])]
        versions = [row["version"] for row in found if row is not None and row["state"] == "in force"]
        if versions and act["version"] not in versions:
            self._fail("adoption", entry, "released another text than the one that was adopted")
        draft, sent = texts(act["version"]), texts(act["text"])
        if sent is not None:
            self._sealed_text(entry, act, sent)
        if draft is not None and sent is not None and not self._same(draft, sent, act):
            self._fail(
                "released text", entry, "released a text that is not its draft with what release assigns"
            )

    def _same(self, draft: Cable, sent: Cable, act: Json) -> bool:
        if sent.registered is None:
            return False
        made = stamped(draft, act["mrn"], self._origin, sent.registered)
        part = eyes.sealed_part(sent)
        if part is None:
            return made == sent
        to = tuple((reader.post, reader.person) for reader in part.readers)
        return to == eyes.named_readers(draft) and eyes.outer(made, part) == sent

    def _sealed_text(self, entry: int, act: Json, sent: Cable) -> None:
        """A text that went out sealed must be sealed to the readers' keys as they were known then."""
        part = eyes.sealed_part(sent)
        if part is None and eyes.is_eyes_only(sent) and act["to"]:
            sentence = f"entry {entry} released a cable that is EYES ONLY and whose text is not sealed"
            self._findings.note("not sealed", sentence, entry=entry)
        for reader in () if part is None else part.readers:
            row = self._replay.find(t.readers, reader.post, reader.person)
            standing = "" if row is None else _STANDING.get(row["standing"], "")
            if row is None or (row["fingerprint"], standing) != (reader.fingerprint, reader.standing):
                what = f"sealed its text to a key of {reader.person} that was not known so then"
                self._fail("reader", entry, what)
        if part is not None and not is_sealed_to(part.sealed, len(part.readers)):
            self._fail("reader", entry, "sealed its text to others than it names")

    def _readers(self, entry: int, act: Json) -> None:
        """Readers' keys: as their posts signed them, and copies sealed to none but admitted ones."""
        match act["kind"]:
            case "reader known":
                try:
                    card = open_reader_card(act["card"], self.verifiers[act["origin"]])
                except (ReftelError, KeyError):
                    self._fail("reader", entry, f"holds a reader card that {act['origin']} did not sign")
                    return
                said = {name: act[name] for name in ("origin", "person", "recipient", "fingerprint")}
                if any(getattr(card, name) != value for name, value in said.items()):
                    self._fail("reader", entry, f"knows {act['person']} by another key than the card has")
            case "reader confirmed":
                row = self._replay.find(t.readers, act["origin"], act["person"])
                if row is None or row["standing"] != "vouched" or row["recipient"] != act["recipient"]:
                    self._fail("reader", entry, f"confirms a key of {act['person']} that was not known then")
            case "passkey admitted" if "fingerprint" in act:
                row = self._replay.find(t.readers, self._origin, act["person"])
                if row is None or row["fingerprint"] != act["fingerprint"]:
                    self._fail("reader", entry, f"admits a key of {act['person']} in place of another")
            case "issued" | "passed":
                for cable, seq, _, _, values in act["copies"]:
                    if values.get("sealed_to"):
                        self._sealed_to(entry, f"copy {seq} of cable {cable}", values)

    def _sealed_to(self, entry: int, copy: str, values: Json) -> None:
        row = self._replay.find(t.readers, self._origin, values["holder"])
        admitted = row is not None and row["standing"] == "admitted"
        if row is None or not admitted or row["fingerprint"] != values["sealed_to"]:
            self._fail("reader", entry, f"sealed {copy} to a key of its holder that was not admitted then")

    def _learn(self, entry: int, act: Json) -> None:
        """What this act changes for those after it."""
        match act["kind"]:
            case "person admitted":
                self._admitted(entry, act)
            case "person departed" if act["person"] in self._people:
                left = self._people[act["person"]]
                self._people[act["person"]] = _Person(
                    roles=left.roles, key=left.key, key_id=left.key_id, serving=False
                )
            case "invited":
                self._invited.add(act["person"])
            case "passkey enrolled":
                self._enrolled(entry, act)
            case "passkey admitted":
                self._passkey_admitted(entry, act)
            case "passkey revoked" if act["credential"] in self._passkeys:
                key = self._passkeys[act["credential"]]
                key.admitted, key.revoked = False, True
            case "rule switched":
                (self._off.add if act["off"] else self._off.discard)(act["rule"])
            case "edited":
                self._editors.setdefault(act["on"], set()).add(act["who"])
            case "adopted":
                self._decisions.setdefault(act["on"], []).append(entry)
            case "post opened" | "card issued":
                self._card(entry, self._origin, act["card"])
            case "card known":
                self._card(entry, act["origin"], act["card"])

    def _admitted(self, entry: int, act: Json) -> None:
        key = unb64(act["key"], 32) if "key" in act else b""
        if key and person_key_id(key) != act["key_id"]:
            self._fail("person", entry, f"admits a key of {act['person']} under another key's name")
        old = self._people.get(act["person"])
        if old is not None and old.key and old.key != key and act.get("replaces") != old.key_id:
            self._fail("person", entry, f"replaces the key of {act['person']} and does not say so")
        if "replaces" in act:
            sentence = f"entry {entry} replaced the key of {act['person']}; the old key did not sign for it"
            self._findings.note("key replaced", sentence, entry=entry)
        roles = tuple(act["roles"])
        self._people[act["person"]] = _Person(
            roles=roles, key=key, key_id=act.get("key_id", ""), serving=True
        )

    def _enrolled(self, entry: int, act: Json) -> None:
        """Enrolled by invitation it waits for two officers; signed with a passkey that counts, it counts."""
        public = unb64(act["public"])
        if passkey_id(public) != act["key_id"]:
            self._fail("person", entry, f"enrols a passkey of {act['person']} under another key's name")
        if act.get("who", act["person"]) != act["person"]:
            self._fail("person", entry, f"enrols a passkey of {act['person']} for another person")
        self._invited.discard(act["person"])
        self._passkeys[act["credential"]] = _Passkey(
            person=act["person"],
            key_id=act["key_id"],
            public=public,
            rp_id=act["rp_id"],
            origin=act["origin"],
            fingerprint=act.get("fingerprint", ""),
            admitted="who" in act,
        )

    def _passkey_admitted(self, entry: int, act: Json) -> None:
        """What the officers signed must be what was enrolled: nobody signed the enrolment itself."""
        key = self._passkeys.get(act["credential"])
        said = act["person"], act["key_id"], act.get("fingerprint", "")
        if key is None or key.revoked or said != (key.person, key.key_id, key.fingerprint):
            self._fail("person", entry, f"admits a passkey of {act['person']} that was not enrolled so")
            return
        key.admitted = True

    def _card(self, entry: int, origin: str, text: str) -> None:
        known = self._cards.get(origin)
        try:
            card = open_card(text)
            if known is not None:
                check_successor(known, text)
        except ReftelError as error:
            self._fail("card", entry, f"holds a card of {origin} that is not right: {error.sentence}")
            return
        if card.origin != origin:
            self._fail("card", entry, f"holds a card of {card.origin} as one of {origin}")
            return
        self._cards[origin] = text
        self.verifiers[origin] = card.verifier

    def finish(self) -> None:
        """Say how often one person acted and another recorded and signed it."""
        for (who, by), times in sorted(self._said.items()):
            acts = "one act" if times == 1 else f"{times} acts"
            sentence = f"{who} is said to have done {acts}, recorded and signed by {by}"
            self._findings.note("said to have acted", sentence)
