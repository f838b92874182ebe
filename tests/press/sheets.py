"""Cables to print: one with everything on it, one with a single paragraph."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

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
    Standing,
)
from reftel.press.printer import Decision, SheetCopy, SheetData


def moment(literal: str, at: str, *, zone: int | None = 0, inferred: bool = False) -> Moment:
    precision = Precision.MINUTE if len(at) > len("2027-03-10") else Precision.DAY
    reading = Reading(local=datetime.fromisoformat(at), precision=precision, zone=zone, inferred=inferred)
    return Moment(literal=literal, reading=reading)


INNER = Cable(
    kind="note",
    sender=Party(person="WARDEN OF THE NORTH BANK"),
    to=(Party(office="PILOTS"),),
    moment=Moment(literal="2400 9 March"),
    blocks=(Paragraph(text="The buoys are to be lit from dusk. No boat answers a hail in the narrows."),),
    signature=Signature(literal="WARDEN"),
)
CARRIED = Cable(
    kind="brief report No 4",
    sender=Party(person="O. HALVORSEN", office="Ferry Commission", post="commission.example"),
    to=(Party(office="DELEGATION"),),
    info=(Party(office="HARBOUR MASTER"), Party(office="LEGAL ADVISER")),
    numbers=(Number(scheme="own number", value="FC 0061"),),
    classification="CONFIDENTIAL",
    precedence=Precedence.ROUTINE,
    moment=moment("092130Z MAR 27", "2027-03-09 21:30"),
    subject="The second evening at the landing",
    references=(Reference(literal="your telegram of the 7th", held=False, received=True),),
    docket=(DocketLine(kind="position", paragraph="a", fields=(("party", "Pilots"), ("stance", "demand"))),),
    blocks=(
        Paragraph(
            number="a",
            text="Both pilots signed the tide table at 1900. The hour of the first crossing stays open: "
            "they want daylight on the south bank, and we can give it only from the twentieth on.",
        ),
        Paragraph(
            number="b",
            text="Their secretary read us the three names again. In all texts the channel is "
            "Северный рукав / 북쪽 수로 / 北汊, and no other. I let it stand without comment, and "
            "ask that nobody calls it anything else in the press before the seals are on.",
        ),
        Paragraph(number="c", text="I repeat the warden's note, which was pinned to our door:"),
        Carried(cable=INNER),
    ),
    signature=Signature(literal="HALVORSEN", rank="Commissioner"),
)
RICH = Cable(
    kind="CABLE",
    sender=Party(place="DELEGATION, FERRY TALKS", person="LINDGREN", post="ferry.example"),
    to=(
        Party(place="MINISTRY", office="Minister"),
        Party(office="Director of Waterways", post="ministry.example"),
    ),
    info=(
        Party(place="EMBASSY SOUTH"),
        Party(office="HYDROGRAPHER", note="by bag"),
        Party(place_inferred="PORT TOWN"),
    ),
    numbers=(
        Number(scheme="MRN", value="2027FERRY000318"),
        Number(scheme="series", value="G"),
        Number(
            scheme="special", value="1702", literal="Special No. 1702,1703", note="one literal, two numbers"
        ),
        Number(scheme="print number", value="4410", date=moment("10 March", "2027-03-10", inferred=True)),
    ),
    precedence=Precedence.IMMEDIATE,
    info_precedence=Precedence.ROUTINE,
    classification="SECRET",
    captions=("SPECIAL FILE",),
    moment=moment("100535Z MAR 27", "2027-03-10 05:35"),
    registered=datetime(2027, 3, 10, 5, 36, 12, tzinfo=UTC),
    onward=Onward(
        to=Party(person="Mr. Pak Jung-hun", place="SOUTH BANK"), how="read it to him, leave no paper"
    ),
    subject="Ferry talks: the first crossing; who lights the buoys; what we say and when",
    references=(
        Reference(
            letter="A",
            literal="MIN 2204",
            number="2204",
            sender="MINISTRY",
            held=True,
            moment=moment("081400Z MAR 27", "2027-03-08 14:00"),
        ),
        Reference(letter="B", literal="brief report No 3", held=False, note="implied by No 4"),
    ),
    blocks=(
        Paragraph(
            number="1",
            portion="C",
            text="The two pilots met this morning on the south landing for an hour and a half. The river "
            "was high, the mood easy. They measured the narrows with our chart and theirs, found the two "
            "a boat's length apart, and agreed to write both lengths down rather than to choose.",
        ),
        Paragraph(
            number="2",
            portion="S",
            text="We held to Ref A and named no date. Their engineer (박정훈, for the south bank) asked once "
            "who would pay for the lamps; the hydrographer of the Commission (Е. Вершинина) wished the "
            "question recorded, and it was. The words for the [upper] landing, 上游码头, "
            "were accepted as they stand.",
        ),
        Paragraph(
            number="3",
            portion="S//NF",
            text="We think that the hour matters more to them than the lamps. Whoever crosses first will be "
            "in every photograph. We would offer the lamps early, ask for nothing, and let the hour be found "
            "on the day by the pilots, who alone know the tide.",
        ),
        Paragraph(
            number="4", portion="C", text="Commissioner Halvorsen's report of last night follows in full:"
        ),
        Carried(cable=CARRIED),
        Paragraph(number="5", portion="S", text="Please have the following read on the south bank tonight:"),
        Quotation(
            blocks=(
                Paragraph(text="We have seen your tide table and we hold it to be honest."),
                Paragraph(text="The lamps will be lit on the day you choose."),
            ),
            signature=Signature(literal="ORLOV [Lindgren]", pseudonym="ORLOV", identity="Lindgren"),
            dated=moment("10 March 2027", "2027-03-10"),
        ),
        Paragraph(number="1", series="further", portion="U", text="The band plays at eight.\nIt will rain."),
    ),
    asks=(
        Ask(
            owner="MINISTRY",
            literal="Please confirm the tide table by 111200Z",
            kind="action",
            due=moment("111200Z MAR 27", "2027-03-11 12:00"),
            paragraph="2",
        ),
        Ask(owner="EMBASSY SOUTH", literal="Telegraph the fulfilment", kind="report"),
    ),
    docket=(
        DocketLine(
            kind="question",
            paragraph="2",
            quote="The hour of the first crossing",
            fields=(("talks", "Ferry talks"), ("to", "Minister"), ("issue", "First crossing")),
        ),
    ),
    enclosures=(
        Enclosure(title="Tide table", filename="tides.csv", media_type="text/csv", content=b"h,m\n"),
        Enclosure(title="The warden's map", note="promised for Friday"),
    ),
    signature=Signature(literal="LINDGREN", rank="Head of Delegation"),
    marks=(
        Mark(event="drafted", by="Quist", moment=moment("0410", "2027-03-10 04:10")),
        Mark(event="dispatched", by="Station 3", moment=moment("0541Z", "2027-03-10 05:41")),
    ),
    annotations=(
        Annotation(layer="supplied words", literal="[upper]", about="paragraph 2"),
        Annotation(layer="garble", literal="telegramsent", reading="telegram sent", inferred=True),
        Annotation(layer="archive note", reading="A second print lies in box 14."),
    ),
    extra=(("Reftel-Weather", "fog until ten"),),
)
DATA = SheetData(
    cable=RICH,
    number="25118",
    entry="2027/25118",
    origin="ministry.example",
    leaf_index=4711,
    leaf_hash="7f3a91c40be255d8" * 4,
    internet_form=b"From: ferry@ferry.example\r\nSubject: Ferry talks\r\n\r\n1. (C) The two pilots met.\r\n",
    cable_json=b'{"subject":"Ferry talks"}',
    printed_at=datetime(2027, 3, 10, 6, 50, tzinfo=UTC),
    office="Cable Office",
    direction="incoming",
    return_to="Cable Office",
    stamp=("Room 14",),
    incoming=("254/3702",),
    handling=(
        Mark(event="received", by="Station 3", moment=moment("0535Z 10 Mar", "2027-03-10 05:35")),
        Mark(event="deciphered", by="Fedorova", moment=moment("0605Z 10 Mar", "2027-03-10 06:05")),
        Mark(
            event="printed", by="Kornberg", moment=moment("0650Z 10 Mar", "2027-03-10 06:50"), note="job 3007"
        ),
        Mark(event="verified", by="Makari", rank="Section Chief", signed=True),
    ),
    distribution=(
        ("1", "Minister"),
        ("2", "Director of Waterways"),
        ("3", "Hydrographer"),
        ("4", "Legal Adviser"),
        ("5", "Embassy South (by bag)"),
        ("", "Duty Officer"),
        ("8", "Cable Office, file"),
    ),
    unaccounted="copy 7, holder not entered on the list",
    ledger="8 printed = 1 in file + 6 issued + 1 unaccounted",
    standings=(Standing.PROVED, Standing.AS_TOLD),
    decision=Decision(
        reference="C12/88",
        body="Waterways Council",
        date="9 March 2027",
        title="On the hour of the first crossing",
        text="The draft answer is adopted as attached.",
        bound="text 9b1e 77a0 41c2",
    ),
    notes=("Page two was typed from a wet carbon.",),
)
COPY = SheetCopy(number=2, of=8, holder="Director of Waterways", return_by="26 MAR 2027")
SHORT = replace(
    DATA,
    cable=Cable(
        sender=Party(place="PORT TOWN"),
        to=(Party(place="MINISTRY"),),
        blocks=(Paragraph(text="The ferry crossed at 0612. Nobody was photographed."),),
        moment=Moment(literal="0630 21 March"),
        signature=Signature(literal="WARDEN"),
    ),
    number="25140",
    entry="2027/25140",
    cable_json=b"",
    standings=(),
    decision=None,
    notes=(),
    return_to="",
    unaccounted="",
    stamp=(),
    incoming=(),
    ledger="1 printed = 1 issued",
    handling=DATA.handling[:1],
    distribution=(("1", "Minister"),),
)
