"""EYES ONLY: a cable whose text its sender sealed to named readers, so that no office holds it.

A drafter marks a cable EYES ONLY and names, under each addressee that has a post, the person whose
eyes it is for. What goes out at release is the *outer* cable: the header of the draft, with
precedence, marking, addressees and numbers, and nothing of its subject and text. Its one enclosure
is an age file sealed to the readers' keys, and the field ``Reftel-Eyes-Only`` says to whose. The
outer cable is a cable like any other: it has its one Internet form, its sheet and its printed page.
"""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder, JSONEncoder

from reftel.cable.model import Cable, Enclosure
from reftel.errors import BadValue

CAPTION = "EYES ONLY"
FIELD = "Reftel-Eyes-Only"
TITLE = "The text, sealed to its readers"
FILENAME = "text.age"
MEDIA_TYPE = "application/age"
MAX_READERS = 30
"""The most readers: each takes 1.6 KB of the age file's header, which holds 64 KiB."""
CONFIRMED = "confirmed"
VOUCHED = "vouched"

_write = JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_read = JSONDecoder().decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One reader to whose key the text is sealed.

    ``fingerprint`` names the key. ``standing`` is ``confirmed`` where the sender compared the key
    with that very reader, ``vouched`` where only the receiving office vouches for it.
    """

    post: str
    person: str
    fingerprint: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EyesOnly:
    """The sealed part of an outer cable: an age file, and those to whom it is sealed."""

    readers: tuple[Reader, ...]
    sealed: bytes


def is_eyes_only(cable: Cable) -> bool:
    """Whether a caption says so, such as ``EYES ONLY`` or ``EYES ONLY AMBASSADOR``."""
    return any(CAPTION in " ".join(caption.upper().split()) for caption in cable.captions)


def named_readers(cable: Cable) -> tuple[tuple[str, str], ...]:
    """The readers whom a draft names, each once: post and person; empty where it goes to no post.

    Raises ``BadValue`` where an addressee that has a post names no person, or there are too many.
    """
    addressed = [party for party in (*cable.to, *cable.info) if party.post]
    for party in addressed:
        if not party.person:
            raise BadValue(
                f"the cable is {CAPTION}, and no reader is named at {party.place or party.post}",
                mend="Write `person:` under each TO and INFO, or leave the caption out.",
            )
    readers = tuple(dict.fromkeys((party.post, party.person) for party in addressed))
    if len(readers) > MAX_READERS:
        raise BadValue(f"the cable is for the eyes of {len(readers)} readers; {MAX_READERS} are the most")
    return readers


def outer(cable: Cable, eyes: EyesOnly) -> Cable:
    """What goes out of a released cable whose text is sealed: its header and the sealed part."""
    sealed = Enclosure(title=TITLE, filename=FILENAME, media_type=MEDIA_TYPE, content=eyes.sealed)
    return Cable(
        sender=cable.sender,
        to=cable.to,
        info=cable.info,
        blocks=(),
        kind=cable.kind,
        numbers=cable.numbers,
        precedence=cable.precedence,
        precedence_literal=cable.precedence_literal,
        info_precedence=cable.info_precedence,
        classification=cable.classification,
        captions=cable.captions,
        moment=cable.moment,
        registered=cable.registered,
        enclosures=(sealed,),
        extra=((FIELD, _write([_plain(reader) for reader in eyes.readers])),),
    )


def sealed_part(cable: Cable) -> EyesOnly | None:
    """The sealed part of an outer cable; ``None`` for any other, and for what only looks like one."""
    fields = [value for name, value in cable.extra if name == FIELD]
    readers = _readers(fields[0]) if len(fields) == 1 else ()
    content = cable.enclosures[0].content if len(cable.enclosures) == 1 else None
    if not readers or content is None:
        return None
    eyes = EyesOnly(readers=readers, sealed=content)
    return eyes if is_eyes_only(cable) and outer(cable, eyes) == cable else None


def _plain(reader: Reader) -> dict[str, str]:
    return {name: getattr(reader, name) for name in reader.__slots__}


def _readers(text: str) -> tuple[Reader, ...]:
    """The readers that a field names, each once, in the one form that :func:`outer` writes."""
    try:
        readers = tuple(Reader(**each) for each in _read(text))
    except (JSONDecodeError, RecursionError, TypeError):
        return ()
    each_text = all(isinstance(value, str) for reader in readers for value in _plain(reader).values())
    named = {(reader.post, reader.person) for reader in readers} if each_text else set()
    whole = 0 < len(named) == len(readers) <= MAX_READERS
    known = {reader.standing for reader in readers} <= {CONFIRMED, VOUCHED} if whole else False
    return readers if known and _write([_plain(reader) for reader in readers]) == text else ()
