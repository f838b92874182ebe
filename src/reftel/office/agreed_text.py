"""Agreed text: drafting the cable by which this post agrees, and who agreed by which entry of which register.

Nothing is taken on trust: each cable that matters is led again from its bytes to the checkpoint that its
post signed with both keys, and the docket line is read again out of those bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.cable import internet
from reftel.cable.model import Cable, DocketLine, Paragraph, Party
from reftel.cipher.note import PostVerifier
from reftel.docket.agreement import Agreement, Version, Voice, agreement_of, name_of
from reftel.docket.items import Item, lines_of
from reftel.errors import NotAllowed, ReftelError
from reftel.office.cards import open_card
from reftel.office.changes import forwarding_proof
from reftel.office.docket import Lens, find_item
from reftel.office.office import Office, find_cable
from reftel.office.reply import answer_to
from reftel.office.rolls import post_named
from reftel.office.verify_here import Check, verify_entry
from reftel.register.checkpoint import read_head
from reftel.register.entries import Json, b64, decode_record
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t

_NOT_THEIRS = "The other post must hold the text: send it in a cable that bears it as a docket line."
_SEEN_BY = "Seen by "


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """An item, the entry of the register that brought it there, and what was checked of it now.

    ``leaf`` is its entry in the register of ``origin``, ``cable`` the one here. ``text`` and ``proof`` are
    the bytes and the forwarding proof by which another checks it; empty where none can be given.
    """

    item: Item
    origin: str
    leaf: int
    cable: int
    checks: tuple[Check, ...]
    text: bytes = b""
    proof: bytes = b""

    @property
    def holds(self) -> bool:
        """Whether everything could be checked here, and held."""
        return bool(self.checks) and all(check.held is True for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedText:
    """A text, what was agreed of it, and how far each part is proved here.

    ``of_text`` proves the words; ``voices`` who agreed to them. ``unheard`` are agreements that do not
    count. ``missing`` is what is still wanted, a countersignature of the other side included.
    """

    agreement: Agreement
    state: str
    of_text: Proved
    voices: tuple[tuple[Voice, Proved], ...]
    unheard: tuple[Voice, ...]
    missing: tuple[str, ...]


def read_agreed(office: Office, connection: Connection, lens: Lens, name: str) -> AgreedText:
    """What was agreed of a text, named by itself or by an amendment of it; :class:`NotFound`."""
    docket = find_item(connection, lens, name)
    agreement = agreement_of(docket, docket.amended_by(name))
    voices = tuple((voice, _prove(office, connection, voice.item)) for voice in agreement.version.voices)
    return AgreedText(
        agreement=agreement,
        state=agreement.text.state,
        of_text=_prove(office, connection, agreement.version.item),
        voices=voices,
        unheard=agreement.unheard,
        missing=(*agreement.missing, *_unproved(office, voices)),
    )


def _unproved(office: Office, voices: tuple[tuple[Voice, Proved], ...]) -> Iterator[str]:
    for voice, proved in voices:
        if not proved.holds:
            yield f"the proof of {voice.item.name} here"
        elif proved.origin == office.origin and not any(c.what.startswith(_SEEN_BY) for c in proved.checks):
            yield f"another post's countersignature over {voice.item.name}"


def _prove(office: Office, connection: Connection, item: Item) -> Proved:
    """Lead an item from the bytes of its cable to the checkpoint that the cable's post signed."""
    row = find_cable(connection, item.cable)
    found = Proved(item=item, origin=row.origin, leaf=row.leaf, cable=row.cable, checks=())
    if item.who:
        said = f"It was entered by {item.who} while reading: no cable bears it."
        return replace(found, checks=(Check(what="Line", said=said, held=None),))
    try:
        text, proof = forwarding_proof(connection, row.cable)
    except NotAllowed as error:
        return replace(found, checks=(Check(what="Register", said=f"{error.sentence}.", held=None),))
    checks = (
        _check_register(row, text, proof, _verifier_of(office, connection, row.origin)),
        _check_line(item, text),
        *_seen_by(office, connection, row),
    )
    return replace(found, checks=checks, text=text, proof=proof)


def _verifier_of(office: Office, connection: Connection, origin: str) -> PostVerifier | None:
    if origin == office.origin:
        return office.keys.signing.verifier
    card = connection.execute(select(t.posts.c.card).where(t.posts.c.origin == origin)).scalar()
    return None if card is None else open_card(card).verifier


def _check_register(row: Row[Any], text: bytes, data: bytes, verifier: PostVerifier | None) -> Check:
    what = "Register"
    if verifier is None:
        return Check(what=what, said=f"The card of {row.origin} is not known here.", held=None)
    try:
        proof = ForwardingProof.decode(data)
        act = proof.verify(text, verifier).act
    except ReftelError as error:
        return Check(what=what, said=f"The cable is not proved: {error.sentence}.", held=False)
    if (act["kind"], act.get("post"), proof.index) != ("released", row.origin, row.leaf):
        return Check(what=what, said="The entry is not the release of that cable by that post.", held=False)
    said = (
        f"The cable is, byte for byte, what {row.origin} registered under entry {row.leaf}; the entry stands "
        f"in its register of {read_head(proof.checkpoint).size} entries, signed with both of its keys."
    )
    return Check(what=what, said=said, held=True)


def _check_line(item: Item, text: bytes) -> Check:
    """The docket line read again out of the bytes that were proved."""
    what = "Line"
    place = item.name.rpartition("/")[2].partition(".")[2]
    again = next((found for found in lines_of(internet.reread(text)) if found.place == place), None)
    fields = {} if again is None else dict(again.line.fields)
    same = again is not None and (again.line.kind, again.line.quote) == (item.kind, item.quote)
    if not same or any(
        fields.get(name) != item.get(name) for name in ("digest", "talks", "issue") if item.get(name)
    ):
        return Check(
            what=what, said="The line does not stand in those bytes as the docket has it.", held=False
        )
    return Check(what=what, said=f"Line {place} of those bytes was read again, and says the same.", held=True)


def _seen_by(office: Office, connection: Connection, row: Row[Any]) -> Iterator[Check]:
    """Who countersigned this post's own register with that entry in it."""
    if row.origin == office.origin and row.leaf >= 0:
        for check in verify_entry(office, connection, row.leaf):
            if check.what.startswith(_SEEN_BY):
                yield check


def draft_agreement(office: Office, connection: Connection, lens: Lens, name: str, peer: str) -> Cable:
    """The cable by which this post agrees to a text, as a draft to the post called ``peer``.

    ``name`` is the text's, for the words that stand, or that of an amendment of it. The cable shows the
    words, for people, and bears the line with their digest. Raises :class:`NotFound` for no such text or
    post, :class:`NotAllowed` where the other post cannot hold the text or this one agreed already.
    """
    docket = find_item(connection, lens, name)
    agreement = agreement_of(docket, docket.amended_by(name))
    version = next((each for each in agreement.versions if each.item.name == name), agreement.version)
    if name == agreement.text.first.name:
        version = agreement.version
    post = post_named(connection, peer)
    if agreement.text.struck is not None:
        raise NotAllowed("that text was struck out", mend="Propose another, in a cable of its own.")
    _demand_agreeable(office, connection, version, post)
    row = find_cable(connection, version.item.cable)
    cable = answer_to(connection, row.cable, with_text=True)
    item, known_as = version.item, name_of(agreement.text.first)
    place = f"paragraph {item.paragraph}" if item.paragraph else "the docket"
    about = "; ".join(item.issues) or "the talks"
    means = Paragraph(
        number="1",
        text=f"We agree to the following text on {about}, item {known_as} of the docket, as it stands in "
        f"{place} of entry {row.leaf} of {row.origin}.",
    )
    end = Paragraph(number="3", text=f"Its digest is {version.digest}.")
    return replace(
        cable,
        to=(Party(post=post.origin, place=post.name),),
        info=(),
        subject=f"Agreed text: {'; '.join(item.issues) or item.get('talks')}"[:120].strip(),
        blocks=(means, Paragraph(number="2", text=version.words), end),
        docket=(_line(version, known_as),),
    )


def _line(version: Version, name: str) -> DocketLine:
    """The docket line that agrees; words of several lines are meant as a whole paragraph."""
    item = version.item
    given = {
        "talks": item.get("talks"),
        "issue": "; ".join(item.issues),
        "text": name,
        "digest": version.digest,
    }
    return DocketLine(
        kind="agreement",
        paragraph="2",
        quote="" if "\n" in version.words else version.words,
        fields=tuple((key, value) for key, value in given.items() if value),
    )


def _demand_agreeable(office: Office, connection: Connection, version: Version, post: Row[Any]) -> None:
    item = version.item
    if not version.words:
        raise NotAllowed("the words of that text are not here: there is nothing to agree to")
    own = next((voice for voice in version.voices if voice.item.origin == office.origin), None)
    if own is not None:
        raise NotAllowed(f"this post agreed to these words already, by {own.item.name}")
    if item.who or not _went_to(connection, item, post.origin):
        raise NotAllowed(f"the text did not go to {post.name} in a cable", mend=_NOT_THEIRS)


def _went_to(connection: Connection, item: Item, peer: str) -> bool:
    """Whether the cable of an item came from that post, or was released to it, as far as is known here."""
    row = find_cable(connection, item.cable)
    if row.direction == "in":
        held = select(t.proofs.c.record).where(t.proofs.c.cable == row.cable)
        return row.origin == peer or peer in decode_record(connection.execute(held).scalar_one()).act["to"]
    d = t.deliveries.c
    sent = select(d.peer).where(d.cable == row.cable, d.peer == peer)
    return connection.execute(sent).first() is not None


def plain_agreed(found: AgreedText) -> Json:
    """The same as JSON, with the bytes and proofs by which anybody can check it."""
    version = found.agreement.version
    item = version.item
    return {
        "text": name_of(found.agreement.text.first),
        "talks": item.get("talks"),
        "issue": list(item.issues),
        "words": version.words,
        "digest": version.digest,
        "state": found.state,
        "agreed": found.agreement.agreed,
        "of_text": _plain_proved(found.of_text),
        "agreements": [
            {"item": voice.item.name, "party": voice.party, "ours": voice.ours, **_plain_proved(proved)}
            for voice, proved in found.voices
        ],
        "not_counted": [
            {"item": voice.item.name, "party": voice.party, "why": voice.remark, "quote": voice.item.quote}
            for voice in found.unheard
        ],
        "missing": list(found.missing),
    }


def _plain_proved(proved: Proved) -> Json:
    return {
        "register": proved.origin,
        "entry": proved.leaf,
        "cable": proved.cable,
        "proved": proved.holds,
        "checks": [{"what": c.what, "said": c.said, "held": c.held} for c in proved.checks],
        "cable_text": b64(proved.text),
        "proof": proved.proof.decode("ascii"),
    }
