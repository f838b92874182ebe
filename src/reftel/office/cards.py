"""A post's public card: its identity, its opening keys by date, and the proof that it is its own.

The card is one line of deterministic JSON ``{"card": {...}, "ed25519": ..., "mldsa44": ...}``,
signed with both identity keys. It has a serial and the digest of the card before it, and never
goes back. The fingerprint that two people read to each other covers the identity alone, so it
outlives every opening key.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from reftel.cipher.identity import HybridRecipient
from reftel.cipher.note import PostKey, PostVerifier
from reftel.errors import CardError, ReftelError
from reftel.register.entries import Json, b64, decode_json, encode_json, unb64

LABEL = b"reftel/card/v1\x00"
MAX_CARD = 32 * 1024  # the receiver's one record of it has room for that
MAX_EPOCHS = 8
_ORIGIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(/[0-9]{1,4})?\Z")
# It ends in a letter, so that a message reference number can be taken apart again.
_NAME = re.compile(r"[A-Z][A-Z0-9-]{0,30}[A-Z]\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One dated opening key: cables are sealed to ``recipient`` from ``starts`` to ``ends``."""

    epoch: str
    recipient: str
    starts: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a post says of itself, signed."""

    origin: str
    name: str
    serial: int
    previous: str
    issued: date
    expires: date
    ed25519: bytes
    mldsa44: bytes
    epochs: tuple[Epoch, ...]

    @property
    def verifier(self) -> PostVerifier:
        """The post's identity keys, ready to verify."""
        return PostVerifier(self.origin, self.ed25519, self.mldsa44)

    @property
    def fingerprint(self) -> str:
        """What two people read to each other."""
        return self.verifier.fingerprint()

    def epoch_for(self, day: date) -> Epoch:
        """The opening key to seal to on ``day``; :class:`CardError` when the card has none."""
        if day > self.expires:
            raise CardError(
                f"the card of {self.name} expired on {self.expires}",
                mend=f"Ask {self.name} for its current card and admit it: `reftel know`.",
            )
        current = [e for e in self.epochs if e.starts <= day <= e.ends]
        if not current:
            raise CardError(
                f"the card of {self.name} has no opening key for {day}",
                mend=f"Ask {self.name} for its current card and admit it: `reftel know`.",
            )
        return max(current, key=lambda e: e.starts)


def check_origin(origin: str) -> str:
    """An origin is a DNS name in lower case, with ``/2`` and so on after a restore."""
    if len(origin) > 200 or not _ORIGIN.match(origin):
        raise CardError(f"{origin!r} is not an origin", mend="Give a name such as beijing.example.")
    return origin


def check_name(name: str) -> str:
    """A post's name as it stands in message numbers: capital letters, digits, hyphens; a letter ends it."""
    if not _NAME.match(name):
        raise CardError(f"{name!r} is not a post's name", mend="Give 2 to 32 capitals, such as KAESONG.")
    return name


def sign_card(card: Card, key: PostKey) -> str:
    """The card's one line, signed with both identity keys."""
    body = _body(card)
    ed25519, mldsa44 = key.sign(LABEL, encode_json(body))
    return encode_json({"card": body, "ed25519": b64(ed25519), "mldsa44": b64(mldsa44)}).decode() + "\n"


def card_digest(text: str) -> str:
    """The digest by which the next card names this one."""
    return b64(hashlib.sha256(text.encode()).digest())


@lru_cache(maxsize=256)
def open_card(text: str) -> Card:
    """Read a card strictly and verify both signatures under the keys that it names.

    That the keys are that post's own is for people to check, by the fingerprint. The last cards
    opened are remembered: the same text is the same card.
    """
    if len(text) > MAX_CARD:
        raise CardError("a card longer than 32 KiB")
    try:
        value = decode_json(text.removesuffix("\n").encode())
        body = value["card"]
        card = _card(body)
        if _body(card) != body or set(value) != {"card", "ed25519", "mldsa44"}:
            raise CardError("a card with fields that this version does not have")
        signatures = (unb64(value["ed25519"], 64), unb64(value["mldsa44"], 2420))
        card.verifier.verify(LABEL, encode_json(body), signatures)
    except CardError:
        raise
    except (ReftelError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CardError("this is not a card, or it was changed") from error
    return card


def check_successor(old_text: str, new_text: str) -> None:
    """A newer card of the same identity; :class:`CardError` for one that goes back or forks."""
    old, new = open_card(old_text), open_card(new_text)
    if (old.origin, old.ed25519, old.mldsa44) != (new.origin, new.ed25519, new.mldsa44):
        raise CardError(
            f"this card gives {new.origin} another identity",
            mend="A post that lost its keys takes a new origin, and you meet again to compare fingerprints.",
        )
    if new.name != old.name:
        raise CardError(
            f"card {new.serial} of {old.name} calls the post {new.name}",
            mend="A post keeps its name: cables are addressed and numbered by it.",
        )
    if new.serial < old.serial:
        raise CardError(f"card {new.serial} of {new.name} is older than card {old.serial}, which is known")
    if new.serial == old.serial and new_text != old_text:
        raise CardError(f"{new.name} has issued two different cards with the serial {new.serial}")
    if new.serial == old.serial + 1 and new.previous != card_digest(old_text):
        raise CardError(f"card {new.serial} of {new.name} does not follow the card that is known")


def _body(card: Card) -> Json:
    return {
        "v": 1,
        "origin": card.origin,
        "name": card.name,
        "serial": card.serial,
        "previous": card.previous,
        "issued": card.issued.isoformat(),
        "expires": card.expires.isoformat(),
        "ed25519": b64(card.ed25519),
        "mldsa44": b64(card.mldsa44),
        "epochs": [
            {"epoch": e.epoch, "key": e.recipient, "from": e.starts.isoformat(), "to": e.ends.isoformat()}
            for e in card.epochs
        ],
    }


def _card(body: Json) -> Card:
    if body["v"] != 1 or type(body["serial"]) is not int or len(body["epochs"]) > MAX_EPOCHS:
        raise CardError("a card of another version, or with too many opening keys")
    if not all(isinstance(text, str) for text in (body["previous"], *(e["epoch"] for e in body["epochs"]))):
        raise CardError("a card whose parts are not text")
    if body["serial"] < 1 or not isinstance(body["previous"], str):
        raise CardError("a card has a serial from 1 and names the card before it")
    epochs = tuple(
        Epoch(
            epoch=e["epoch"],
            recipient=HybridRecipient.parse(e["key"]).text(),
            starts=_day(e["from"]),
            ends=_day(e["to"]),
        )
        for e in body["epochs"]
    )
    return Card(
        origin=check_origin(body["origin"]),
        name=check_name(body["name"]),
        serial=body["serial"],
        previous=body["previous"],
        issued=_day(body["issued"]),
        expires=_day(body["expires"]),
        ed25519=unb64(body["ed25519"], 32),
        mldsa44=unb64(body["mldsa44"], 1312),
        epochs=epochs,
    )


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
