"""Acts that are signed elsewhere: made once to be shown, and once more, with the signatures, to be entered.

A passkey signs in a browser, a moment after the office has said what there is to sign. So the same
front door is gone through twice on one occasion: first in rehearsal, where every check is made and
nothing is kept, then for real. What was signed is the first; if the second is not the same, letter
for letter, because something has changed in between, the signatures do not fit and nothing is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

from reftel.cipher.commitment import new_salt, salts_from
from reftel.errors import StaleAct
from reftel.office.office import Hand, Occasion, Office, last_checkpoint
from reftel.register.entries import ACT_LABEL, Touch, clock_read, clock_text, decode_json
from reftel.register.log import Register

T = TypeVar("T")
Deed: TypeAlias = Callable[[Office, Hand, Sequence[Hand]], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """One person's touch for an occasion: with which key."""

    key_id: str
    touch: Touch


def new_occasion(office: Office) -> Occasion:
    """An occasion that begins at this moment, to the millisecond, as an act has it."""
    with office.store.read() as connection:
        seen = last_checkpoint(connection)
    return Occasion(made=clock_read(clock_text(office.clock.now())), seen=seen, seed=new_salt())


def rehearse(
    office: Office, occasion: Occasion, hand: Hand, beside: Sequence[str], deed: Deed[object]
) -> tuple[str, ...]:
    """Go through a front door without keeping anything; returns the acts that are to be signed, as JSON text.

    ``hand`` acts, without a key; ``beside`` take part and sign the same acts. Raises whatever the
    front door refuses.
    """
    seen = _Seen()
    hands = [Hand(who=name, key=seen) for name in beside]
    deed(_on(office, occasion, rehearsal=True), replace(hand, key=seen), hands)
    return tuple(dict.fromkeys(seen.acts))


def perform(
    office: Office,
    occasion: Occasion,
    hand: Hand,
    beside: Sequence[str],
    deed: Deed[T],
    signings: Mapping[str, Signing],
) -> T:
    """Go through the same front door for real, with everybody's touch; returns what it returns.

    Who of ``beside`` did not sign has no key. Raises :class:`StaleAct` where the act would not be
    the one that was signed any more.
    """
    keys = {name: _Given(signing) for name, signing in signings.items()}
    hands = [Hand(who=name, key=keys.get(name)) for name in beside]
    key = keys[hand.by or hand.who]
    return deed(_on(office, occasion, rehearsal=False), replace(hand, key=key), hands)


def act_text(message: bytes) -> str:
    """The JSON text of an act, from the bytes that are signed."""
    text = message.removeprefix(ACT_LABEL).decode()
    decode_json(text.encode())
    return text


def _on(office: Office, occasion: Occasion, *, rehearsal: bool) -> Office:
    store = office.store.for_rehearsal() if rehearsal else office.store
    register = Register(store, salts_from(occasion.seed))
    return replace(office, store=store, register=register, occasion=occasion)


@dataclass(slots=True)
class _Seen:
    """Signs nothing, and notes what it was asked to sign."""

    acts: list[str] = field(default_factory=list)
    key_id: str = ""

    def sign(self, message: bytes) -> bytes:
        self.acts.append(act_text(message))
        return b""


@dataclass(frozen=True, slots=True)
class _Given:
    """A touch that was given before, for the acts that it was given for."""

    signing: Signing

    @property
    def key_id(self) -> str:
        return self.signing.key_id

    def sign(self, message: bytes) -> Touch:
        if hashlib.sha256(message).digest() not in self.signing.touch.digests:
            raise StaleAct("what was signed is not what would be entered: something has changed since")
        return self.signing.touch
