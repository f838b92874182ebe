"""EYES ONLY at the sending office: at release the text is sealed to the readers whom the draft names.

To whose key, and whether it was compared with that very reader, is looked up when the cable is
released, and goes out with it. The record ``released`` commits to the draft as its ``version``; the
salt of that commitment is sealed in with the draft, so that the reader's browser can check it.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row

from reftel.cable import eyes, internet
from reftel.cable.model import Cable
from reftel.cable.plain import to_plain
from reftel.cipher.age import encrypt, stanza_kinds
from reftel.cipher.identity import HYBRID, HybridRecipient
from reftel.cipher.padding import padded_length
from reftel.errors import AgeHeaderError, NotAllowed, NotFound
from reftel.office.office import Office
from reftel.office.readers import CONFIRMED, find_reader
from reftel.register.entries import Json, b64, encode_json
from reftel.register.log import find_text

_REMEMBERED = 64
_sealed: OrderedDict[bytes, bytes] = OrderedDict()
_lock = Lock()


def seal_text(office: Office, connection: Connection, version: str, cable: Cable) -> Cable:
    """What goes out of a cable that is about to be released: itself, or, EYES ONLY, its outer form.

    ``version`` is the commitment to the draft. Raises :class:`BadValue` where an addressee names
    no reader, :class:`NotFound` where a reader's key is not known.
    """
    named = eyes.named_readers(cable) if eyes.is_eyes_only(cable) else ()
    if not named:
        return cable
    rows = [_key_of(office, connection, post, person) for post, person in named]
    text = find_text(connection, version)
    if text is None:
        raise NotAllowed("the text of this draft was destroyed")
    draft = to_plain(internet.reread(text.data))
    plain = encode_json({"v": 1, "text": b64(text.data), "salt": b64(text.salt), "sheet": draft})
    # The receiving office sees how long the file is: spaces hide how long the text is.
    padded = plain.ljust(padded_length(len(plain)))
    sealed = _seal(office, padded, [str(row.recipient) for row in rows])
    return eyes.outer(cable, eyes.EyesOnly(readers=tuple(map(_reader, rows)), sealed=sealed))


def _key_of(office: Office, connection: Connection, post: str, person: str) -> Row[Any]:
    row = find_reader(connection, post, person)
    if row is None or row.standing in {"enrolled", "revoked"}:
        own = post == office.origin
        raise NotFound(
            f"the cable is for the eyes of {person} at {post}, whose reader's key is not known here",
            mend="Two officers admit it when its passkey is enrolled."
            if own
            else f"Ask {post} for that reader's card and enter it: `reftel posts reader FILE`.",
        )
    return row


def _reader(row: Row[Any]) -> eyes.Reader:
    standing = eyes.CONFIRMED if row.standing in CONFIRMED else eyes.VOUCHED
    return eyes.Reader(post=row.origin, person=row.person, fingerprint=row.fingerprint, standing=standing)


def _seal(office: Office, plain: bytes, recipients: Sequence[str]) -> bytes:
    """Seal; on one occasion once, since the act that is made anew must be the one that was signed.

    What is remembered is the sealed file alone. Should it be forgotten meanwhile, the act is
    another, and is signed again.
    """
    keys = [HybridRecipient.parse(recipient) for recipient in recipients]
    if office.occasion is None:
        return encrypt(plain, keys)
    name = hashlib.sha256(office.occasion.seed + hashlib.sha256(plain).digest())
    for recipient in recipients:
        name.update(recipient.encode())
    with _lock:
        if name.digest() not in _sealed:
            _sealed[name.digest()] = encrypt(plain, keys)
            while len(_sealed) > _REMEMBERED:
                _sealed.popitem(last=False)
        return _sealed[name.digest()]


def is_sealed_to(sealed: bytes, readers: int) -> bool:
    """Whether an age file is sealed to so many hybrid keys and to nothing else."""
    try:
        return stanza_kinds(sealed) == (HYBRID,) * readers
    except AgeHeaderError:
        return False


def shown(connection: Connection, row: Row[Any], cable: Cable) -> Json | None:
    """Who may read a cable whose text is sealed, and where the text is; ``None`` for any other."""
    part = eyes.sealed_part(cable)
    if part is None:
        return None
    readers = [{name: getattr(reader, name) for name in reader.__slots__} for reader in part.readers]
    to = ", ".join(f"{one.person} at {one.post} ({_SAID[one.standing]})" for one in part.readers)
    if row.direction != "out":
        where = f"Sealed by {row.origin} to its reader; this office does not hold the text."
    elif find_text(connection, row.version) is not None:
        where = "Sent sealed to its reader; this office holds the draft."
    else:
        where = "Sent sealed to its reader; this office no longer holds the draft."
    return {"readers": readers, "statement": f"{where} To {to}."}


_SAID = {
    eyes.CONFIRMED: "key confirmed by the sender with the reader",
    eyes.VOUCHED: "key as vouched for by the receiving office",
}
