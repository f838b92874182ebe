"""Cables in the situations of the founding ones, each with what another lacks."""

from datetime import UTC, datetime

from reftel.cable.internet import write
from reftel.cable.model import (
    Annotation,
    Ask,
    Cable,
    Carried,
    DocketLine,
    Enclosure,
    Mark,
    Moment,
    Number,
    Onward,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Quotation,
    Reading,
    Reference,
    Signature,
)

KAESONG = Party(post="kaesong.example", place="KAESONG")
BEIJING = Party(post="beijing.example", place="BEIJING")
MOSCOW = Party(post="moscow.example", place="MOSCOW")

SESSION = Cable(
    sender=KAESONG,
    to=(BEIJING,),
    info=(Party(post="pyongyang.example", place="PYONGYANG", office="Liaison, group 2"),),
    numbers=(Number(scheme="MRN", value="2026KAESONG000123"),),
    precedence=Precedence.IMMEDIATE,
    info_precedence=Precedence.DEFERRED,
    classification="SECRET",
    captions=("EYES ONLY", "NODIS"),
    moment=Moment(
        literal="181430I OCT 2026",
        reading=Reading(local=datetime(2026, 10, 18, 14, 30), precision=Precision.MINUTE, zone=540),
    ),
    registered=datetime(2026, 10, 18, 5, 31, 2, 123456, tzinfo=UTC),
    subject="Session of 18 October: the line of contact",
    references=(
        Reference(literal="BEIJING 2026BEIJING000044", letter="A", number="2026BEIJING000044", held=True),
    ),
    blocks=(
        Paragraph(text="The session was resumed at 1000 and lasted forty minutes.", number="1", portion="C"),
        Paragraph(text="They asked again for the line as it stands on the day of signing.", number="2"),
        Paragraph(
            text="We answered with the text of 10 October.\nThey took it away.", number="1", series="further"
        ),
    ),
    asks=(Ask(owner="BEIJING", literal="Telegraph the answer before the next session.", kind="report"),),
    signature=Signature(literal="LI"),
)
"""A released cable with everything that mail of RFC 6477 can show."""

DRAFT = Cable(sender=Party(), to=(), blocks=())
"""The least that a cable can be."""

HISTORIC = Cable(
    sender=Party(place_inferred="MOSCOW"),
    to=(Party(place="BEIJING", office="SOVIET AMBASSADOR"),),
    kind="CIPHERED TELEGRAM",
    numbers=(
        Number(scheme="special", value="1691", literal="Special No. 1691,1692"),
        Number(scheme="special", value="1692", literal="Special No. 1691,1692"),
        Number(scheme="series", value="G. Т"),
    ),
    precedence_literal="TOP PRIORITY",
    captions=("ОСОБАЯ ПАПКА", "SPECIAL FILE"),
    moment=Moment(
        literal="7/XII-50",
        reading=Reading(local=datetime(1950, 12, 7), precision=Precision.DAY, inferred=True),
    ),
    subject="О переговорах: 停战谈判, 휴전",
    onward=Onward(to=Party(person="Zhou Enlai"), how="visit at once and hand over the quoted text"),
    blocks=(
        Paragraph(text="Visit Zhou Enlai and hand him the following:", number="2522"),
        Quotation(
            blocks=(
                Paragraph(text="We agree with the conditions for a ceasefire.  "),
                Paragraph(text="> This line begins with a mark.\n\nFrom here it goes on.", number="1"),
                Quotation(blocks=(Paragraph(text="条件 " * 130 + "결론"),)),
            ),
            signature=Signature(literal="FILIPPOV [Stalin]", pseudonym="FILIPPOV", identity="Stalin"),
            dated=Moment(literal="7 December 1950"),
        ),
        Paragraph(text="Telegraph the fulfilment. " + "It is awaited without delay. " * 40),
    ),
    signature=Signature(literal="GROMYKO"),
    marks=(Mark(event="dispatched", moment=Moment(literal="20 hours 40 minutes 7/XII.1950"), signed=True),),
    annotations=(Annotation(layer="supplied words", literal="[making]", about="paragraph q1.2"),),
    enclosures=(Enclosure(title="The map spoken of", note="named, not held"),),
    extra=(("X-Hop", "pouch 7"), ("Reftel-Later", '{"of":"a later version"}'), ("X-Hop", "мешок 8")),
)
"""A cable of an office without a post: zone unknown, three scripts, quotations in quotations."""

FORWARDED = Cable(
    sender=BEIJING,
    to=(MOSCOW,),
    numbers=(Number(scheme="MRN", value="2026BEIJING000051"),),
    precedence=Precedence.FLASH,
    registered=datetime(2026, 10, 18, 7, 0, 0, tzinfo=UTC),
    subject='He said "no"',
    blocks=(
        Paragraph(text="KAESONG reports:"),
        Carried(cable=SESSION, original=write(SESSION), proof=b"proof of entry 123\x00\xff" * 8),
        Paragraph(text="What was typed here from paper follows."),
        Carried(cable=HISTORIC),
        Quotation(blocks=(Carried(cable=DRAFT), Paragraph(text="As told."))),
    ),
    enclosures=(
        Enclosure(
            title="Sketch of the line",
            filename="линия 38.pdf",
            media_type="application/pdf",
            content=b"%PDF-1.7\n" * 20,
        ),
        Enclosure(title="A letter", filename="letter.eml", media_type="message/rfc822", content=b""),
        Enclosure(title="List of prisoners", filename="", content=b"\r\n--=_reftel_000009_=\r\n"),
    ),
)
"""A cable that carries others, one with proof, and encloses files."""

DOCKETED = Cable(
    sender=KAESONG,
    to=(BEIJING,),
    subject="The road, and who watches it",
    blocks=(
        Paragraph(text="They will accept the first point. May we leave off the second?", number="1"),
        Paragraph(text="До ответа не показывать.", number="2"),
    ),
    signature=Signature(literal="LI"),
    docket=(
        DocketLine(
            kind="question",
            paragraph="1",
            quote="May we leave off the second?",
            fields=(("to", "Chairman"), ("issue", "The road")),
        ),
        DocketLine(kind="withheld", paragraph="2", fields=(("not for", "the other side"),)),
        DocketLine(kind="later kind", fields=(("its own field", "kept: as it is"),)),
    ),
)
"""A cable that says which of its words are a question, and which are not to be shown."""

SAMPLES = {
    "session": SESSION,
    "draft": DRAFT,
    "historic": HISTORIC,
    "forwarded": FORWARDED,
    "docketed": DOCKETED,
}
