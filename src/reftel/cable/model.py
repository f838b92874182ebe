"""The cable: what one formal message holds, apart from what any office writes upon it.

Three layers are kept apart. The telegram itself is a :class:`Cable`. What an editor, translator
or transcriber added stands in its ``annotations``. What a receiving office adds (its numbers,
stamps, handling times, copies) is not here: it is in that office's register.

Text that is not there is the empty string, never ``None``; a thing that is not there is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, StrEnum


class Precedence(IntEnum):
    """How fast a cable must be handled; the integers are those of RFC 6477, section 3."""

    DEFERRED = 0
    ROUTINE = 1
    PRIORITY = 2
    IMMEDIATE = 3
    FLASH = 4
    OVERRIDE = 5


class Precision(StrEnum):
    """How much of a time is said; what is finer is unknown."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a written time means.

    ``local`` is a naive datetime, the clock on the wall of whoever wrote it (hour 24 of a day
    reads as hour 0 of the next). ``zone`` is minutes east of UTC, or ``None`` when nobody said:
    unknown is never UTC. ``inferred`` marks a part that the text does not say, such as the year.
    """

    local: datetime
    precision: Precision
    zone: int | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A time as it was written, letter for letter, beside what it means (if that is known)."""

    literal: str
    reading: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of a cable under its own scheme.

    ``literal`` is the number as printed when it differs from ``value`` (``Special No. 1691,1692``
    is two numbers with one literal); ``date`` the date that belongs to the number itself.
    """

    scheme: str
    value: str
    literal: str = ""
    date: Moment | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A sender or an addressee: a post, a place, an office, a person, or several of these.

    ``post`` is the origin of a post's register (``beijing.example``) when Reftel can carry to it.
    ``place`` is as printed, brackets and all; ``place_layer`` says whose bracket it is;
    ``place_inferred`` is a place that the text does not name. ``note`` keeps a remark.
    """

    post: str = ""
    place: str = ""
    place_layer: str = ""
    place_inferred: str = ""
    office: str = ""
    person: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed: as printed, and, behind a pseudonym, who that was.

    ``FILIPPOV [Stalin]`` is literal; FILIPPOV the pseudonym; Stalin the identity, by an editor.
    """

    literal: str
    pseudonym: str = ""
    identity: str = ""
    rank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """For transmission to somebody else: whom, and how, as the cable says it."""

    to: Party
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A cable or document referred to.

    ``letter`` is A, B, ... in a reference line, or empty for one in the running text. ``literal``
    is as written; ``number``, ``sender`` and ``moment`` are what it says of the cable meant.
    ``held`` is whether this post holds it (``None`` until somebody looked); ``received`` whether
    the text says that it was received; ``note`` why it is taken to be cited.
    """

    literal: str
    letter: str = ""
    number: str = ""
    sender: str = ""
    moment: Moment | None = None
    held: bool | None = None
    received: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something that the cable asks of somebody, until a fulfilment cable closes it.

    ``kind`` is ``action``, ``onward`` (hand the quoted text over and report) or ``report``
    (``Telegraph the fulfilment``). ``paragraph`` is the id of the paragraph that asks.
    """

    owner: str
    literal: str
    kind: str = "action"
    due: Moment | None = None
    paragraph: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A document that goes with the cable.

    ``content`` is ``None`` for one that is named and not held. ``filename`` has no folder in it.
    """

    title: str
    filename: str = ""
    media_type: str = ""
    content: bytes | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What an editor, translator or transcriber added, or what is garbled, beside its reading.

    ``layer`` is one of: ``supplied words``, ``identification``, ``place``, ``physical``,
    ``expansion``, ``archive note``, ``garble``, ``misprint``, ``artefact``, ``letterhead``,
    ``marking``, ``reading``. ``literal`` is letter for letter as printed; ``about`` says which
    thing it concerns; ``inferred`` marks a reading that the text does not say.
    """

    layer: str
    literal: str = ""
    reading: str = ""
    about: str = ""
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DocketLine:
    """What some words of a paragraph are in a negotiation: a question, an instruction, a proposal.

    ``kind`` and the names in ``fields`` are those of :mod:`reftel.docket.kinds`; others are kept.
    ``quote`` stands letter for letter in the paragraph with the id ``paragraph``, and is empty for
    the paragraph as a whole. Where ``paragraph`` is empty too, the cable as a whole is meant.
    """

    kind: str
    paragraph: str = ""
    quote: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One paragraph of text.

    ``number`` as printed without its full stop (``2``, ``a``), empty when unnumbered. ``series``
    names a second run of numbers (``further``). ``portion`` is the portion mark without brackets
    (``C``, ``S//NF``). ``text`` may hold line feeds, and is never empty.
    """

    text: str
    number: str = ""
    series: str = ""
    portion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Quoted text inside a cable that is not a telegram of its own, such as a text to hand over."""

    blocks: tuple[Block, ...]
    signature: Signature | None = None
    dated: Moment | None = None


class Standing(Enum):
    """How far a carried telegram is proved, as the post that reads it can tell."""

    PROVED = "proved"
    KEY_UNKNOWN = "proof held, but that post's key is unknown here"
    WRONG = "proof wrong"
    AS_TOLD = "as told by the forwarder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A telegram carried inside another: a cable of its own.

    ``original`` are the bytes in which its own post registered it, kept identical, when it was
    forwarded with proof; ``proof`` is that proof. Both are ``None`` for one that was typed.
    """

    cable: Cable
    original: bytes | None = None
    proof: bytes | None = None


Block = Paragraph | Quotation | Carried


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """One cable, whole.

    ``kind`` as printed (``CIPHERED TELEGRAM``, ``brief report No 2``). ``numbers`` in printed
    order; the MRN is the one whose scheme is ``MRN``. ``precedence`` is for TO, and for INFO too
    unless ``info_precedence`` differs; the literals are kept when they are none of the six words.
    ``captions`` most restrictive first. ``moment`` is the date-time group or date on the cable;
    ``registered`` the registering clock of the post that released it (aware, UTC), set at release.
    ``marks`` are times and hands that the *sending* office wrote on the cable.
    ``docket`` says which paragraphs are a question, an instruction, a proposal.
    ``extra`` are header fields of the Internet form that this version does not know.
    """

    sender: Party
    to: tuple[Party, ...]
    blocks: tuple[Block, ...]
    kind: str = ""
    numbers: tuple[Number, ...] = ()
    precedence: Precedence | None = None
    precedence_literal: str = ""
    info_precedence: Precedence | None = None
    classification: str = ""
    captions: tuple[str, ...] = ()
    moment: Moment | None = None
    registered: datetime | None = None
    info: tuple[Party, ...] = ()
    onward: Onward | None = None
    subject: str = ""
    references: tuple[Reference, ...] = ()
    asks: tuple[Ask, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    signature: Signature | None = None
    marks: tuple[Mark, ...] = ()
    docket: tuple[DocketLine, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One step in a cable's handling, as an office wrote it down: what, who, when.

    ``event`` such as ``received``, ``deciphered``, ``printed``, ``verified``, ``dispatched``.
    ``signed`` is whether the sheet bears the person's signature.
    """

    event: str
    by: str = ""
    rank: str = ""
    post: str = ""
    moment: Moment | None = None
    signed: bool = False
    note: str = ""
