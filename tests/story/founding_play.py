"""The founding cables, entered as their posts would have, and carried by courier from one to the other.

MOSCOW asks BEIJING to see Zhou Enlai (F1); BEIJING puts points to MOSCOW (F2), sends on KAESONG's report with
its proof (F3) and, as told, a telegram of its own to KAESONG (F4); MOSCOW answers by a decision (F5).
What they say is cut from ../shared when the tests run; none of it stands here.
"""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pypdf

from reftel.cable.model import Annotation, Ask, Cable, Carried, Number, Paragraph, Party, Reference
from reftel.office import changes, desk, people, tasks
from reftel.office.desk import Decision, Print
from reftel.office.office import find_cable
from reftel.office.sheets import print_pdfs
from reftel.press.printer import Press
from tests.cable import founding
from tests.conftest import shared
from tests.story.founding_table import NOTES_OF, leaves
from tests.story.stations import Station, found_station, introduce_all, read, send, settle

STAFF: dict[str, dict[str, Sequence[str]]] = {
    "MOSCOW": {
        "Gromyko": ("releasing officer",),
        "Stalin": ("releasing officer", "reader"),
        **dict.fromkeys(("Vaganov", "Stepanova", "Fedyaev", "Kornyushina"), ("cipher clerk",)),
        **dict.fromkeys(("Rudakov", "Makarov"), ("registry clerk",)),
    },
    "BEIJING": {"Mao Zedong": ("releasing officer",), "Krasovsky": ("releasing officer", "reader")},
    "KAESONG": {"Li Kenong": ("releasing officer",)},
    "PYONGYANG": {"Kim Il Sung": ("reader",)},
}
RECEIVER = {"F1": "BEIJING", "F2": "MOSCOW", "F3": "MOSCOW", "F4": "MOSCOW", "F5": "BEIJING"}
RETURN_TO = "IV Unit OS VKP(b) CC"
TO_MOSCOW = (Party(post="moscow.example", person="FILIPPOV"),)


@dataclass(slots=True)
class Play:
    """How it came out: the posts, each document's entry at each post, and the printed sheets."""

    reading: dict[str, Any]
    stations: dict[str, Station]
    folder: Path
    entries: dict[tuple[str, str], int] = field(default_factory=dict)
    sheets: dict[tuple[str, str], str] = field(default_factory=dict)
    open_asks: list[str] = field(default_factory=list)

    def document(self, name: str) -> Any:
        """The hand reading of one document."""
        return next(one for one in self.reading["documents"] if one["id"] == name)

    def view(self, name: str, post: str = "") -> Any:
        """What a post, or the receiving one, shows of a document."""
        post = post or RECEIVER[name]
        return self.stations[post].view(self.entries[post, name])

    def cable(self, name: str, post: str = "") -> Cable:
        """The cable itself as a post holds it."""
        post = post or RECEIVER[name]
        station = self.stations[post]
        with station.office.store.read() as connection:
            found = desk.cable_text(connection, find_cable(connection, self.entries[post, name]))
        assert found is not None
        return found[0]


def play(folder: Path) -> Play:
    """Everything, in the order in which it happened."""
    stick = folder / "stick"
    stick.mkdir()
    shown = Play(
        reading=json.loads(shared("founding", "founding.json").read_text(encoding="utf-8")),
        stations={name: found_station(folder / name, name, staff) for name, staff in STAFF.items()},
        folder=folder,
    )
    introduce_all(list(shown.stations.values()))
    _name_authorities(shown)
    for act in (_f1, _fulfilment, _f2, _f3, _f4, _f5):
        act(shown, stick)
    settle(list(shown.stations.values()), stick)
    _annotate(shown)
    _print_all(shown)
    return shown


def _name_authorities(shown: Play) -> None:
    moscow = shown.stations["MOSCOW"]
    for authority in shown.reading["authorities"]:
        detail = {key: value for key, value in authority.items() if key not in {"name", "kind"}}
        people.name_authority(moscow.office, moscow.hand(), authority["name"], authority["kind"], detail)


def _release(station: Station, cable: Cable, who: str, at: str = "") -> int:
    entry = desk.draft(station.office, station.hand(), cable)
    desk.release(station.office, station.hand(who, at), entry)
    return entry


def _f1(shown: Play, stick: Path) -> None:
    moscow, beijing = shown.stations["MOSCOW"], shown.stations["BEIJING"]
    said = shown.document("F1")
    cable = founding.f1()
    cable = replace(
        cable,
        to=(replace(cable.to[0], post="beijing.example"),),
        references=tuple(replace(reference, held=None) for reference in cable.references),
    )
    entry = _release(moscow, cable, "Gromyko", said["times"][2]["literal"])
    holders = [Print(holder=holder) for holder in said["copies"]["holders"]]
    desk.print_copies(moscow.office, moscow.hand(), entry, len(holders), listed=holders)
    send(moscow, beijing, stick)
    shown.entries["MOSCOW", "F1"] = entry
    shown.entries["BEIJING", "F1"] = read(beijing)
    shown.open_asks = [task.literal for task in beijing.ask(tasks.tasks, "open")]


def _fulfilment(shown: Play, stick: Path) -> None:
    moscow, beijing = shown.stations["MOSCOW"], shown.stations["BEIJING"]
    report = Cable(
        sender=Party(place="BEIJING", office="SOVIET AMBASSADOR"),
        to=(Party(post="moscow.example", place="MOSCOW"),),
        references=(Reference(literal="your cable No. 23343", number="23343"),),
        blocks=(Paragraph(text="The text was handed over in the evening."),),
    )
    entry = _release(beijing, report, "Krasovsky")
    send(beijing, moscow, stick)
    arrived = read(moscow)
    shown.entries["BEIJING", "fulfilment"], shown.entries["MOSCOW", "fulfilment"] = entry, arrived
    for n in (1, 2):
        tasks.fulfil(beijing.office, beijing.hand(), shown.entries["BEIJING", "F1"], n, entry)
        tasks.fulfil(moscow.office, moscow.hand(), shown.entries["MOSCOW", "F1"], n, arrived)


def _f2(shown: Play, stick: Path) -> None:
    moscow, beijing = shown.stations["MOSCOW"], shown.stations["BEIJING"]
    said = shown.document("F2")
    cable = replace(
        founding.f2(), kind=said["kind"], to=(Party(post="moscow.example", person=said["to"][0]["person"]),)
    )
    shown.entries["BEIJING", "F2"] = _release(beijing, cable, "Mao Zedong", said["times"][0]["literal"])
    send(beijing, moscow, stick)
    shown.entries["MOSCOW", "F2"] = read(moscow)


def _f3(shown: Play, stick: Path) -> None:
    beijing, kaesong, pyongyang = (shown.stations[name] for name in ("BEIJING", "KAESONG", "PYONGYANG"))
    said = shown.document("F3")
    whole = founding.f3()
    cover, carried = whole.blocks
    assert isinstance(cover, Paragraph)
    assert isinstance(carried, Carried)
    report = replace(
        carried.cable,
        to=(Party(post="beijing.example", person="MAO ZEDONG"),),
        info=(
            Party(post="pyongyang.example", person="KIM IL SUNG"),
            Party(post="pyongyang.example", person="PENG DEHUAI"),
        ),
        # No 1 follows from No 2 without being cited
        references=(replace(carried.cable.references[0], held=None),),
    )
    dated = said["carries"]["dated_literal"]
    shown.entries["KAESONG", "report"] = _release(kaesong, report, "Li Kenong", dated)
    send(kaesong, beijing, stick)
    send(kaesong, pyongyang, stick)
    shown.entries["PYONGYANG", "report"] = read(pyongyang)
    held = shown.entries["BEIJING", "report"] = read(beijing)
    entry = changes.readdress(beijing.office, beijing.hand(), held, to=TO_MOSCOW, covering=cover.text)
    with beijing.office.store.read() as connection:
        draft = desk.cable_text(connection, find_cable(connection, entry))
    assert draft is not None
    outer = replace(whole, to=TO_MOSCOW, marks=(), numbers=_own_numbers(whole), blocks=draft[0].blocks)
    desk.edit(beijing.office, beijing.hand(), entry, outer)
    desk.release(beijing.office, beijing.hand("Mao Zedong", said["times"][4]["literal"]), entry)
    shown.entries["BEIJING", "F3"] = entry
    copies = [Print(holder=c["holder"], number=c["no"]) for c in said["copies"]["distribution"]]
    _received(shown, stick, "F3", copies=copies)


def _own_numbers(cable: Cable) -> tuple[Number, ...]:
    """What the sender numbered; the rest are the receiving office's."""
    return tuple(number for number in cable.numbers if number.scheme == "own number")


def _f4(shown: Play, stick: Path) -> None:
    beijing, kaesong, pyongyang = (shown.stations[name] for name in ("BEIJING", "KAESONG", "PYONGYANG"))
    said = shown.document("F4")
    whole = founding.f4()
    cover, carried = whole.blocks
    assert isinstance(carried, Carried)
    telegram = replace(
        carried.cable, references=tuple(replace(one, held=None) for one in carried.cable.references)
    )
    sent = replace(
        telegram,
        to=(Party(post="kaesong.example", person="Li Kenong"),),
        info=tuple(replace(party, post="pyongyang.example") for party in telegram.info),
        annotations=(),
    )
    dated = said["carries"]["dated_literal"]
    shown.entries["BEIJING", "telegram"] = _release(beijing, sent, "Mao Zedong", dated)
    send(beijing, kaesong, stick)
    send(beijing, pyongyang, stick)
    shown.entries["KAESONG", "telegram"] = read(kaesong)
    shown.entries["PYONGYANG", "telegram"] = read(pyongyang)
    note = said["carries"]["note"].removesuffix(" (inferred)")
    outer = replace(
        whole,
        to=TO_MOSCOW,
        marks=(),
        numbers=tuple(replace(n, note=said["numbers"][1]["note"]) for n in _own_numbers(whole)),
        blocks=(cover, Carried(cable=telegram)),
        annotations=tuple(replace(a, reading=note) if a.layer == "garble" else a for a in whole.annotations),
    )
    shown.entries["BEIJING", "F4"] = _release(beijing, outer, "Mao Zedong")
    listed = [Print(holder=holder) for holder in said["copy_list"]]
    missing = [Print(unaccounted=said["copies"]["distribution"])] * (said["copies"]["printed"] - len(listed))
    _received(shown, stick, "F4", copies=[*listed, *missing])


def _received(shown: Play, stick: Path, name: str, *, copies: Sequence[Print]) -> None:
    """What MOSCOW's cipher office did with a cable: received, deciphered, printed, verified."""
    moscow, said = shown.stations["MOSCOW"], shown.document(name)
    times = {time["event"]: time for time in said["times"]}

    def hand(event: str) -> Any:
        return moscow.hand(times[event]["by"], times[event]["literal"] or "", year=1951)

    send(shown.stations["BEIJING"], moscow, stick, moscow.hand(at=times["received"]["literal"]))
    numbers = {n["scheme"]: dict(n) for n in said["numbers"] if n["scheme"] != "own number"}
    printed = numbers.pop("print number", {}).get("value", "")
    incoming = next(number for scheme, number in numbers.items() if scheme.startswith("incoming"))
    numbers["series"]["literal"] = _series(said)
    given = [
        [n["scheme"], n["value"], n.get("literal", ""), n.get("date", ""), n.get("note", "")]
        for n in numbers.values()
    ]
    entry = read(
        moscow,
        hand("deciphered"),
        incoming=incoming["value"],
        numbers=given,
        receiving_office=said["receiving_office"],
    )
    desk.print_copies(
        moscow.office,
        hand("printed"),
        entry,
        said["copies"]["printed"],
        print_number=printed,
        listed=copies,
        return_to=RETURN_TO,
    )
    verified = times["verified"]
    desk.verify(
        moscow.office, hand("verified"), entry, rank=verified["rank"], post_held=verified.get("post", "")
    )
    shown.entries["MOSCOW", name] = entry


def _text(said: dict[str, Any]) -> str:
    return shared("founding", said["file"]).read_text(encoding="utf-8")


def _series(said: dict[str, Any]) -> str:
    """The series mark as it stands on the sheet."""
    text = _text(said)
    start = text.lower().index("series")
    return text[start : text.index(" to ", start)]


def _f5(shown: Play, stick: Path) -> None:
    moscow, beijing = shown.stations["MOSCOW"], shown.stations["BEIJING"]
    said = shown.document("F5")
    decided = said["decision"]
    text = _text(said)
    whole = founding.f5()
    onward = text[text.index("For transmission") :].split("\n", 1)[0]
    archive = said["archive_references"][0]
    cable = replace(
        whole,
        numbers=(),
        to=(replace(whole.to[0], post="beijing.example"),),
        asks=(Ask(owner="KRASOVSKY", literal=onward, kind="onward"),),
        references=tuple(replace(reference, held=None) for reference in whole.references),
        annotations=(
            *(
                replace(note, about=archive["of"]) if note.layer == "archive note" else note
                for note in whole.annotations
                if note.layer != "letterhead"
            ),
            Annotation(layer="artefact", reading=archive["layer"].split(", ")[1], about="the archive note"),
        ),
    )
    entry = desk.draft(moscow.office, moscow.hand(), cable)
    start = text.index(f"To {decided['text']}")
    decision = Decision(
        body=decided["body"],
        protocol=decided["protocol"],
        item=decided["item"],
        title=decided["title"],
        text=text[start : text.index("\n", start)],
        reference=decided["reference"],
        date=decided["date"],
        signature_block=decided["signature_block"],
        letterhead=said["letterhead"],
        marking=decided["marking_of_attachment"]["literal"],
        excerpts=tuple(decided["excerpt_copies"]),
    )
    desk.adopt(moscow.office, moscow.hand(at=said["times"][0]["literal"]), entry, decision)
    desk.release(moscow.office, moscow.hand("Stalin", said["times"][0]["literal"]), entry)
    send(moscow, beijing, stick)
    shown.entries["MOSCOW", "F5"] = entry
    shown.entries["BEIJING", "F5"] = read(beijing)


def _annotate(shown: Play) -> None:
    """What the archivist of today writes beside each cable: which reading, brackets, readers' notes."""
    for name, post in RECEIVER.items():
        station, said = shown.stations[post], shown.document(name)
        entry = shown.entries[post, name]
        desk.number(station.office, station.hand(), entry, [["founding reading", name, said["file"]]])
        notes = [*_readers_notes(name, said), *_marks_on_paper(name, said, shown.reading["bracket_layers"])]
        if notes:
            desk.annotate(station.office, station.hand(), entry, notes)


def _readers_notes(name: str, said: dict[str, Any]) -> list[Annotation]:
    """A note for each thing that the reading says of the cable and no field of a cable holds."""
    return [
        Annotation(layer="reading", reading=str(value), about=".".join(path))
        for path, value in leaves(said)
        if any(path[: len(wanted)] == wanted for wanted in NOTES_OF.get(name, ()))
    ]


def _marks_on_paper(name: str, said: dict[str, Any], brackets: dict[str, Any]) -> list[Annotation]:
    """The layers of the sheet as it was transcribed, for what no cable carries from post to post."""
    if name == "F5":
        return [
            Annotation(layer="expansion", literal=brackets["expansion"][0], about="the decision's heading")
        ]
    if name not in {"F3", "F4"}:
        return []
    text = _text(said)
    stamp = text[text.index("[Stamp") :].split("]")[0] + "]"
    notes = [Annotation(layer="physical", literal=stamp, about="stamp")]
    if name == "F3":
        return [*notes, Annotation(layer="physical", literal="[signature]", about="verified")]
    names = text[text.index("o Cde Stalin") : text.index(" from [")]
    return [
        *notes,
        Annotation(layer="physical", literal="Copy Nº 2", reading=said["this_copy"], about="this copy"),
        Annotation(layer="garble", literal=names, reading="columns of the copy list, run together"),
        Annotation(layer="place", literal="[Hamonten]", reading="Panmunjom", inferred=True),
        Annotation(layer="misprint", literal="Bunsan", reading="Munsan", inferred=True),
    ]


def _print_all(shown: Play) -> None:
    """Each document's sheet, as the receiving post prints it, and as MOSCOW does those that it sent."""
    press = Press()
    for post, name in [
        *((post, name) for name, post in RECEIVER.items()),
        ("MOSCOW", "F1"),
        ("MOSCOW", "F5"),
    ]:
        station, entry = shown.stations[post], shown.entries[post, name]
        if not station.view(entry)["copies"]:
            desk.print_copies(station.office, station.hand(), entry, 1)
        (path,) = print_pdfs(station.office, press, entry, [1], shown.folder / "sheets" / post)
        shown.sheets[post, name] = _text_of(pypdf.PdfReader(io.BytesIO(path.read_bytes())))


def _text_of(sheet: pypdf.PdfReader) -> str:
    """What stands on a sheet, without the banner and foot of each page, which would part its text."""
    text = ""
    for n, page in enumerate(sheet.pages, 1):
        said, _, banner = squeezed(page.extract_text()).rpartition(f"page{n}of{len(sheet.pages)}")
        text += said[: said.rindex("cable№")].removeprefix(banner if n > 1 else "")
    return text


def squeezed(text: str) -> str:
    """Text without any white space or difference of case, so that line breaks do not matter."""
    return "".join(unicodedata.normalize("NFC", text.replace("\u200b", "")).casefold().split())
