"""The five founding cables, read by hand into the model.

None of their sentences stands here: what they say is cut from ../shared when the tests run.
"""

from __future__ import annotations

import json
import re
from typing import Any

from reftel.cable.dtg import read_moment
from reftel.cable.model import (
    Annotation,
    Ask,
    Cable,
    Carried,
    Enclosure,
    Mark,
    Moment,
    Number,
    Onward,
    Paragraph,
    Party,
    Precedence,
    Quotation,
    Reference,
    Signature,
)
from tests.conftest import shared

STALIN = Signature(literal="FILIPPOV [Stalin]", pseudonym="FILIPPOV", identity="Stalin")
IDENTIFIED = Annotation(layer="identification", literal="FILIPPOV [Stalin]", about="signature")
EDITORS_PLACE = Annotation(layer="place", literal="[BEIJING]", about="sender")
TO_FILIPPOV = (Party(person="FILIPPOV"),)


def _file(name: str) -> str:
    return shared("founding", name).read_text(encoding="utf-8")


def reading(document: str) -> dict[str, Any]:
    """The hand reading of one of the five, such as ``F1``."""
    documents = json.loads(_file("founding.json"))["documents"]
    found: dict[str, Any] = next(one for one in documents if one["id"] == document)
    return found


def _incoming(document: str) -> str:
    schemes: list[str] = [number["scheme"] for number in reading(document)["numbers"]]
    return next(scheme for scheme in schemes if scheme.startswith("incoming"))


def _cut(text: str, start: str, end: str) -> str:
    begin = text.index(start)
    return text[begin : text.index(end, begin)].strip()


def _paragraphs(text: str, series: str = "") -> tuple[Paragraph, ...]:
    found = []
    for line in filter(None, (line.strip() for line in text.split("\n"))):
        number = re.match(r"([0-9])\. ", line)
        body = line[number.end() :] if number else line
        found.append(
            Paragraph(text=body, number=number[1] if number else "", series=series if number else "")
        )
    return tuple(found)


def _mark(event: str, literal: str = "", year: int | None = None, **more: str) -> Mark:
    moment = read_moment(literal, default_year=year) if literal else None
    return Mark(event=event, moment=moment, signed=event == "verified", **more)


def f1() -> Cable:
    text = _file("1950-12-07-moscow-to-beijing-23343.txt")
    asked = reading("F1")
    order, report = (ask["literal"] for ask in asked["asks"])
    assert order in text
    return Cable(
        kind="CIPHERED TELEGRAM",
        numbers=(
            Number(scheme="outgoing cable (MID USSR No.)", value="23343"),
            Number(scheme="special", value="1691", literal="Special No. 1691,1692"),
            Number(scheme="special", value="1692", literal="Special No. 1691,1692"),
            Number(scheme="opening number of the text", value="2522"),
        ),
        precedence=Precedence.PRIORITY,
        precedence_literal="TOP PRIORITY",
        captions=("SPECIAL FILE",),
        moment=read_moment("7/XII-50"),
        sender=Party(office="MID USSR, Tenth department", place_inferred="MOSCOW"),
        to=(Party(place="BEIJING", office="SOVIET AMBASSADOR"),),
        onward=Onward(to=Party(person="Zhou Enlai"), how=asked["onward"]["how"]),
        references=(Reference(literal=asked["cited_not_held"][0], held=False),),
        asks=(
            Ask(owner="SOVIET AMBASSADOR", literal=order, kind="onward", paragraph="2522"),
            Ask(owner="SOVIET AMBASSADOR", literal=report, kind="report", paragraph="u1"),
        ),
        blocks=(
            Paragraph(number="2522", text=order),
            Quotation(blocks=_paragraphs(_cut(text, "“We completely", "FILIPPOV")), signature=STALIN),
            Paragraph(text=report),
        ),
        signature=Signature(literal="GROMYKO"),
        marks=(
            _mark("received by the Tenth department", "Received 19 hours 10 minutes 7/XII.1950"),
            _mark("dispatched", "Dispatched 20 hours 40 minutes 7/XII.1950"),
        ),
        annotations=(IDENTIFIED, Annotation(layer="supplied words", literal="[making]")),
    )


def f2() -> Cable:
    text = _file("1951-07-03-mao-to-filippov-3305.txt")
    first = _cut(text, "Comrade FILIPPOV!", "In addition there")
    further = _cut(text, "In addition there", "MAO ZEDONG")
    title, note = reading("F2")["enclosures"][0].removesuffix(")").split(" (")
    return Cable(
        numbers=(Number(scheme="own number", value="3305"),),
        moment=read_moment("3.7.51"),
        sender=Party(person="MAO ZEDONG"),
        to=(Party(person="FILIPPOV [Stalin]"),),
        enclosures=(Enclosure(title=title, note=note),),
        blocks=_paragraphs(first) + _paragraphs(further, "further"),
        signature=Signature(literal="MAO ZEDONG"),
        annotations=(
            Annotation(layer="supplied words", literal="[from this proposal]"),
            Annotation(layer="artefact", literal="###"),
            Annotation(layer="garble", reading="a quotation is not closed", about="further-1", inferred=True),
        ),
    )


def f3() -> Cable:
    text = _file("1951-07-11-beijing-cable-21677.txt")
    agenda, first = reading("F3")["cited_not_held"]
    before, why = first.removesuffix(")").split(" (")
    (stamp,) = reading("F3")["stamps"]
    report = Cable(
        kind="brief report No 2",
        sender=Party(person="LI KENONG"),
        to=(Party(person="MAO ZEDONG"),),
        info=(Party(person="KIM IL SUNG"), Party(person="PENG DEHUAI")),
        moment=read_moment("2400 10 July 1951"),
        references=(
            Reference(literal=agenda, held=False),
            Reference(literal=before, held=False, note=why),
        ),
        blocks=(Paragraph(text=_cut(text, "Brief report No 2", " LI KENONG. 2400")),),
        signature=Signature(literal="LI KENONG"),
    )
    return Cable(
        kind="CABLE",
        numbers=(
            Number(scheme="cable", value="21677"),
            Number(scheme=_incoming("F3"), value="533/2344/shs", date=read_moment("11 July 1951")),
            Number(scheme="series", value="G", literal='SERIES "G" T.'),
            Number(scheme="own number", value="3457"),
            Number(scheme="unlabelled", value="839", note="probably the print number (inferred)"),
        ),
        moment=read_moment("11 July 1951"),
        sender=Party(place="[BEIJING]", place_layer="editor's", person="MAO ZEDONG"),
        to=TO_FILIPPOV,
        blocks=(Paragraph(text=_cut(text, "I am sending you", '"To Cde.')), Carried(cable=report)),
        signature=Signature(literal="MAO ZEDONG"),
        marks=(
            _mark("received", "1700 11 July 1951"),
            _mark("deciphered", "1920 11 July", 1951, by="Vaganov"),
            _mark("printed", "1940 11 July", 1951, by="Stepanova"),
            _mark("verified", by="Rudakov", rank="Major"),
        ),
        annotations=(EDITORS_PLACE, Annotation(layer="physical", literal=f"[Stamp: {stamp}]")),
    )


def f4() -> Cable:
    text = _file("1951-10-19-beijing-cable-25025.txt")
    cited = reading("F4")["carries"]["references"][0]["literal"]
    assert cited in text
    telegram = Cable(
        kind="telegram",
        sender=Party(person="MAO ZEDONG"),
        to=(Party(person="Le Kenong"),),
        info=(Party(person="Kim Il Sung"), Party(person="Peng Dehuai")),
        moment=read_moment("0530 18 October 1951"),
        references=(
            Reference(literal=cited, moment=Moment(literal="0115 18 October"), held=False, received=True),
        ),
        blocks=(Paragraph(text=_cut(text, "I have received your", "\n\nDeciphered")),),
        annotations=(
            Annotation(layer="misprint", literal="Le Kenong", reading="Li Kenong"),
            Annotation(layer="garble", reading="the quotation is not closed", inferred=True),
        ),
    )
    return Cable(
        kind="CABLE",
        numbers=(
            Number(scheme="cable", value="25025"),
            Number(scheme="own number", value="5205", note="stands between two signatures"),
            Number(scheme="series", value="G", literal="Series G. Т"),
            Number(scheme=_incoming("F4"), value="254/3612/shs", date=read_moment("19 October 1951")),
            Number(scheme="stamp number", value="757", note="stamp's or office's, unclear"),
            Number(scheme="print number", value="3007"),
        ),
        sender=Party(place="[BEIJING]", place_layer="editor's", person="MAO ZEDONG"),
        to=TO_FILIPPOV,
        blocks=(Paragraph(text=_cut(text, "I am sending you", '"Cde. Le')), Carried(cable=telegram)),
        signature=Signature(literal="MAO ZEDONG"),
        marks=(
            _mark("received", "received at 1135 19 October 1951"),
            _mark("deciphered", "1205 19 October", 1951, by="Fedyaev"),
            _mark("printed", "1250 19 October", 1951, by="Kornyushina", note="Nº 3007"),
            _mark("verified", by="Makarov", rank="Colonel", post="Section Chief"),
        ),
        annotations=(
            EDITORS_PLACE,
            Annotation(layer="supplied words", literal="[your]"),
            Annotation(layer="physical", literal="[signature]"),
            Annotation(
                layer="garble",
                literal=reading("F4")["carries"]["signature_displaced"],
                reading="the end of the carried telegram, printed at the head",
                inferred=True,
            ),
        ),
    )


def f5() -> Cable:
    text = _file("1951-11-19-politburo-p84-421.txt")
    decided = reading("F5")["decision"]["marking_of_attachment"]
    answer = _cut(text, '"Comrade Mao Zedong!', "FILIPPOV [Stalin]")
    archive = text[text.index("$[A\\ copy") :].strip()
    return Cable(
        classification="Top Secret",
        numbers=(Number(scheme="decision", value="P84/421", date=read_moment("19 November 1951")),),
        sender=Party(place_inferred="MOSCOW"),
        to=(Party(place="BEIJING", person="KRASOVSKY"),),
        onward=Onward(to=Party(person="Comrade MAO ZEDONG"), how="For transmission"),
        moment=read_moment("19 November 1951"),
        references=(Reference(literal=_cut(text, "your telegram", " about"), received=True, held=False),),
        blocks=(
            Quotation(blocks=_paragraphs(answer), signature=STALIN, dated=read_moment("19 November 1951")),
        ),
        annotations=(
            IDENTIFIED,
            Annotation(layer="letterhead", literal=text.split("\n", 1)[0].strip()),
            Annotation(
                layer="marking",
                literal=decided["literal"],
                reading=decided["reading"].removesuffix(" (inferred)"),
                inferred=True,
            ),
            Annotation(
                layer="archive note",
                literal=archive,
                reading=reading("F5")["archive_references"][0]["reading"],
            ),
        ),
    )


FOUNDING = {"F1": f1, "F2": f2, "F3": f3, "F4": f4, "F5": f5}
