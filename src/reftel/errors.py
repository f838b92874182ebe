"""Every error that leaves Reftel, in one small tree: whose fault, a stable code, and the mend.

An error carries a sentence for a person that names the thing, and the mend: what to do next.
Neither ever holds a secret: no key, no passphrase, no text of a cable.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Fault = Literal["caller", "peer", "world"]


class ReftelError(Exception):
    """The root of the tree; only its leaves are raised.

    Parameters: ``sentence`` says what is wrong, ``mend`` what to do about it (the class's own
    mend when left out).
    """

    code: ClassVar[str] = "reftel"
    fault: ClassVar[Fault] = "caller"
    retryable: ClassVar[bool] = False
    default_mend: ClassVar[str] = ""

    def __init__(self, sentence: str, *, mend: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mend = mend or self.default_mend

    def __str__(self) -> str:
        return f"{self.sentence} [{self.code}]" + (f" {self.mend}" if self.mend else "")


class CallerError(ReftelError):
    """What was asked for is wrong, or not allowed to the one who asks."""

    fault = "caller"


class SheetError(CallerError):
    """A sheet that is not in the canonical form, with the place where it departs from it.

    ``line`` and ``column`` count from 1; column counts characters.
    """

    code = "bad-sheet"
    default_mend = "Mend that line, or let `reftel draft --tidy` propose the canonical sheet."

    def __init__(self, sentence: str, *, line: int, column: int, mend: str = "") -> None:
        super().__init__(f"line {line}, column {column}: {sentence}", mend=mend)
        self.line = line
        self.column = column


class BadValue(CallerError):
    """A value that the office cannot take."""

    code = "bad-value"


class NotFound(CallerError):
    """Nothing here has that number, name or time."""

    code = "not-found"
    default_mend = "Try `reftel find` with any number, date-time group or reference on the sheet."


class NotAllowed(CallerError):
    """The act is not in the lifecycle's table for the state that the thing is in."""

    code = "not-allowed-in-this-state"


class NotYourRole(CallerError):
    """The person does not hold the role that the act asks for."""

    code = "not-your-role"
    default_mend = "Ask an administrator of the post, or somebody who holds the role."


class Separation(CallerError):
    """Two acts that must be done by two people were asked of one."""

    code = "separation"
    default_mend = "Let another person do it, or have the rule switched off by a decision."


class NotCleared(CallerError):
    """The holder's clearance does not reach the marking."""

    code = "not-cleared"


class TextChanged(CallerError):
    """The text is not, byte for byte, the text that was cleared or adopted."""

    code = "text-changed"
    default_mend = "Have the new text cleared and adopted again."


class Warned(CallerError):
    """The docket warns of the draft, and not every warning was accepted for the text as it stands."""

    code = "warned"
    default_mend = "Mend the draft, or accept each warning with a reason."


class StaleAct(CallerError):
    """An act that was used, has expired, or was signed for a state that has passed."""

    code = "stale-act"
    default_mend = "Look at the cable as it now stands and do the act anew."


class BadSignature(CallerError):
    """A person's signature that does not verify under the key admitted for that person."""

    code = "bad-signature"


class Locked(CallerError):
    """A key is needed and its file was not opened."""

    code = "locked"
    default_mend = "Give the passphrase by file, prompt, keyring or systemd credential."


class ReadOnlyPost(CallerError):
    """The post reads only: it was restored and has not been compared with a peer yet."""

    code = "read-only-post"
    default_mend = "Compare the restored head with a peer's receipt: `reftel restore --compare`."


class SignedOut(CallerError):
    """Nobody is signed in on this browser, or the session has ended."""

    code = "signed-out"
    default_mend = "Sign in with your passkey."


class NotSignedIn(CallerError):
    """A passkey did not get its holder in: it is another one, answered another question, or too late."""

    code = "not-signed-in"
    default_mend = "Try again, with a passkey that was enrolled at this post."


class NotAdmitted(CallerError):
    """A passkey that was enrolled and that two officers have not admitted yet."""

    code = "not-admitted"
    default_mend = "Read its fingerprint to an administrator and another officer, who admit it."


class BadInvitation(CallerError):
    """A name and a code that are no open invitation: wrong, used before, or too old."""

    code = "bad-invitation"
    default_mend = "Type it again from the slip, or ask an administrator for another one."


class NotFromHere(CallerError):
    """A request that did not come from a page of this office in this browser."""

    code = "not-from-here"
    default_mend = "Load the page again and repeat what you did."


class TooLarge(CallerError):
    """A request with more in it than its kind may have."""

    code = "too-large"
    default_mend = "Send it in smaller parts."


class TooOften(CallerError):
    """The same was tried too often in a short time; ``wait`` is how many seconds to leave."""

    code = "too-often"
    retryable = True
    default_mend = "Wait, then try again."

    def __init__(self, sentence: str, *, wait: int = 60, mend: str = "") -> None:
        super().__init__(sentence, mend=mend)
        self.wait = wait


class PeerError(ReftelError):
    """What came from outside is not what it must be. Nothing of it was applied."""

    fault = "peer"
    default_mend = "Ask the post it came from to send it again."


class AgeHeaderError(PeerError):
    """An age file whose header breaks the format, or a stanza that does."""

    code = "age-header"


class AgeNoMatch(PeerError):
    """None of the keys held opens this age file."""

    code = "age-no-match"
    default_mend = "It is for somebody else, or for an opening key that was destroyed."


class AgeMacError(PeerError):
    """An age header that was changed after it was made."""

    code = "age-mac"


class AgePayloadError(PeerError):
    """An age payload that is cut short, lengthened or changed."""

    code = "age-payload"


class AgeArmorError(PeerError):
    """Text that claims to be an armored age file and is not."""

    code = "age-armor"


class KeyTextError(PeerError):
    """Text that is not a key in the form it claims."""

    code = "bad-key-text"
    default_mend = "Copy the key again, whole, from where it was made."


class FormatError(PeerError):
    """Bytes from outside that break the format they claim to be in."""

    code = "bad-format"


class NotCanonical(FormatError):
    """A message that is not in Reftel's own canonical Internet form."""

    code = "not-canonical"
    default_mend = "Read it as foreign mail; it can be entered but not verified."


class NoteError(PeerError):
    """A signed note or checkpoint that is malformed or not signed with both keys."""

    code = "bad-note"


class ProofError(PeerError):
    """A proof that does not lead to the checkpoint."""

    code = "bad-proof"


class RewrittenRegister(PeerError):
    """A peer's register no longer contains what the peer had signed before."""

    code = "rewritten-register"
    default_mend = "Keep the evidence, speak to that post by another way, accept nothing from it."


class CardError(PeerError):
    """A post's card that is malformed, not signed, out of date, or goes back."""

    code = "bad-card"


class UnknownPost(PeerError):
    """A bag or card from a post that nobody here has admitted."""

    code = "unknown-post"
    default_mend = "Compare fingerprints with that post and admit its card: `reftel know`."


class NotForUs(PeerError):
    """Sealed to this post by mistake, or passed on: the register entry names other addressees."""

    code = "not-for-us"


class Replay(PeerError):
    """A cable that was received before, under the same entry of the sender's register."""

    code = "replay"
    default_mend = "Nothing to do: the first one stands."


class BagError(PeerError):
    """A bag that is cut short, reordered, or does not hold what its manifest says."""

    code = "bad-bag"


class KeyGone(PeerError):
    """Sealed to an opening key whose seed was destroyed."""

    code = "key-gone"
    default_mend = "Ask the sender to seal the same register entry again: `reftel dispatch --rerun`."


class CommitmentError(PeerError):
    """A text that is not the one the register entry committed to."""

    code = "bad-commitment"


class WorldError(ReftelError):
    """The machine, its disk or a bearer failed. What was acknowledged before still stands."""

    fault = "world"


class DiskFull(WorldError):
    """No room left to write; nothing was half-written."""

    code = "disk-full"
    retryable = True
    default_mend = "Make room on the disk and do the act again; nothing was lost."


class DiskReadOnly(WorldError):
    """The disk cannot be written."""

    code = "disk-read-only"
    default_mend = "Make the folder writable and do the act again; nothing was lost."


class DiskFailed(WorldError):
    """The operating system refused what was asked of the disk, in its own words."""

    code = "disk-failed"
    default_mend = "Look after the disk before going on; what was acknowledged before still stands."


class StoreBusy(WorldError):
    """Another process of this post holds the database."""

    code = "store-busy"
    retryable = True
    default_mend = "Try again in a moment."


class AgentDown(WorldError):
    """The process that keeps keys unlocked did not start."""

    code = "agent-down"
    retryable = True
    default_mend = "Try again, or give the passphrase to each command."


class CannotListen(WorldError):
    """The address and port at which an office is to be served cannot be had."""

    code = "cannot-listen"
    default_mend = "Choose another port with --port, or end what listens there."


class StoreDamaged(WorldError):
    """The database cannot be read, or not with this key."""

    code = "store-damaged"
    default_mend = "Do not write to it. Copy the folder, then restore the last backup."


class BearerDown(WorldError):
    """The bearer did not take the bag, or cannot be reached."""

    code = "bearer-down"
    retryable = True
    default_mend = "Check the folder or the link and dispatch again; the bag is kept."


class PressError(WorldError):
    """The sheet could not be set as it must be."""

    code = "press"
