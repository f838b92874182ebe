"""Questions that were put to passkeys and wait for their answer: in memory, bounded, each answered once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from reftel.cipher.commitment import new_salt
from reftel.cipher.passkey import sign_in_challenge
from reftel.clock import elapsed
from reftel.errors import NotSignedIn

LIFE = 120.0
TO_ENROL = 600.0
MAX_WAITING = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked: for which purpose, of whom, from which browser's page.

    ``challenge`` is the hash of ``nonce`` and the origin under the label for getting in, so that
    no answer to it can ever be the signature of an act. ``detail`` is what the purpose needs again.
    """

    purpose: str
    person: str
    token: str
    nonce: bytes
    challenge: bytes
    detail: str
    ends: float


class Challenges:
    """The questions that wait for an answer. The oldest is forgotten first."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[bytes, Asked] = OrderedDict()
        self._lock = Lock()

    def ask(
        self, purpose: str, person: str, *, token: str, origin: str, detail: str = "", life: float = LIFE
    ) -> Asked:
        """Put a new question, to be answered from the same browser within ``life`` seconds."""
        nonce = new_salt()
        asked = Asked(
            purpose=purpose,
            person=person,
            token=token,
            nonce=nonce,
            challenge=sign_in_challenge(nonce, origin),
            detail=detail,
            ends=elapsed() + life,
        )
        with self._lock:
            self._waiting[asked.challenge] = asked
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)
        return asked

    def answer(self, purpose: str, challenge: bytes, *, token: str) -> Asked:
        """The question that is answered now, which cannot be answered again.

        Raises :class:`~reftel.errors.NotSignedIn` for one that was never put, was answered, came too
        late, was put for another purpose, or to another browser.
        """
        with self._lock:
            asked = self._waiting.pop(challenge, None)
        if asked is None or asked.ends < elapsed() or (asked.purpose, asked.token) != (purpose, token):
            raise NotSignedIn("that was not asked of this browser, or too long ago", mend="Begin again.")
        return asked
