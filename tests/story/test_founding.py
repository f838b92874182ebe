"""The founding cables as real input: every field of the hand reading comes back where a reader would look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from reftel.cable.model import Cable, Carried, Standing
from reftel.cable.plain import to_plain
from reftel.cable.sheet import parse, render
from reftel.errors import NotFound
from reftel.office import naming, view
from reftel.office.audit import audit
from reftel.office.copies import ledger
from tests.story.founding_play import RECEIVER, RETURN_TO, Play, play, squeezed
from tests.story.founding_table import DOCKET, HOMES, Home, leaves
from tests.story.stations import CLERK


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    done = play(tmp_path_factory.mktemp("founding"))
    yield done
    for station in done.stations.values():
        station.office.close()


def fields(reading: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every leaf of the reading, each document's under its name; the remark about the whole left out."""
    for document in reading["documents"]:
        yield from leaves(document, (document["id"],))
    for part in ("authorities", "bracket_layers"):
        yield from leaves(reading[part], (part,))


def pattern_of(path: tuple[str, ...], patterns: Any) -> str:
    """The line of the table that a path falls under; with its own place in a list before any place."""
    for written in (".".join(path), ".".join("*" if part.isdecimal() else part for part in path)):
        if written in patterns:
            return written
    return ""


def in_docket(path: tuple[str, ...]) -> str:
    return next(filter(None, (pattern_of(path[:n], DOCKET) for n in range(2, len(path) + 1))), "")


def found_at(value: Any, parts: list[str]) -> Iterator[Any]:
    """Everything at a path into plain data; what is not there yields nothing."""
    if not parts:
        yield value
    elif parts[0] == "*" and isinstance(value, list):
        for inner in value:
            yield from found_at(inner, parts[1:])
    elif isinstance(value, dict) and parts[0] in value:
        yield from found_at(value[parts[0]], parts[1:])


def is_there(home: Home, leaf: Any, value: Any) -> bool:
    return home.compare(leaf, list(found_at(value, home.view.split("."))))


def test_no_field_of_the_reading_is_unaccounted_for_and_no_line_of_the_table_idle(shown):
    used, later = set(), set()
    for path, _ in fields(shown.reading):
        home, docket = pattern_of(path, HOMES), in_docket(path)
        assert bool(home) != bool(docket), f"{'.'.join(path)} has no home, or two"
        used.add(home)
        later.add(docket)
    assert set(HOMES) == used - {""}
    assert later - {""} == DOCKET


def homes(shown: Play) -> Iterator[tuple[str, str, Home, Any]]:
    """Each covered leaf of a cable: path, document, home, value."""
    for path, leaf in fields(shown.reading):
        pattern = pattern_of(path, HOMES)
        if pattern and HOMES[pattern].at not in {"authorities", "brackets"}:
            yield ".".join(path), path[0], HOMES[pattern], leaf


def test_every_field_comes_back_from_the_post_that_has_it(shown):
    seen = {(name, post): shown.view(name, post) for name in RECEIVER for post in (RECEIVER[name], "MOSCOW")}
    missing = [
        path
        for path, name, home, leaf in homes(shown)
        if not is_there(home, leaf, seen[name, home.at or RECEIVER[name]])
    ]
    assert missing == []


def test_every_field_stands_on_the_printed_sheet(shown):
    missing = [
        path
        for path, name, home, leaf in homes(shown)
        if home.printed is not None
        and squeezed(home.printed(leaf)) not in shown.sheets[home.at or RECEIVER[name], name]
    ]
    assert missing == []


def test_every_field_of_the_cable_itself_comes_back_from_the_text_of_its_sheet(shown):
    texts = {name: render(without_proofs(shown.cable(name))) for name in RECEIVER}
    plain = {name: {"text": to_plain(parse(text))} for name, text in texts.items()}
    belonging = [entry for entry in homes(shown) if entry[2].view.startswith("text.")]
    assert {name for _, name, _, _ in belonging} == set(RECEIVER)
    missing = [path for path, name, home, leaf in belonging if not is_there(home, leaf, plain[name])]
    assert missing == []


def without_proofs(cable: Cable) -> Cable:
    blocks = tuple(
        Carried(cable=block.cable) if isinstance(block, Carried) else block for block in cable.blocks
    )
    return replace(cable, blocks=blocks)


def test_the_whole_text_of_each_cable_is_on_its_printed_sheet(shown):
    for name, post in RECEIVER.items():
        for path, leaf in leaves(to_plain(shown.cable(name))["blocks"]):
            if path[-1] == "text":
                assert squeezed(leaf) in shown.sheets[post, name]


def test_an_authority_is_found_by_each_of_its_printed_names_with_all_that_is_known(shown):
    moscow = shown.stations["MOSCOW"]
    for authority in shown.reading["authorities"]:
        for name in (authority["name"], *authority.get("as_printed", []), *authority.get("misprints", [])):
            assert authority in moscow.ask(naming.authorities, name)
    assert [found["name"] for found in moscow.ask(naming.authorities, "le kenong")] == ["Li Kenong"]
    assert len(moscow.ask(naming.authorities)) == len(shown.reading["authorities"])
    assert moscow.ask(naming.authorities, "Le Carre") == []


def test_brackets_are_kept_under_their_layers(shown):
    kept: dict[str, list[str]] = {}
    for name in RECEIVER:
        seen = shown.view(name)
        for note in [*seen["annotations"], *seen["text"].get("annotations", [])]:
            kept.setdefault(note["layer"], []).append(note.get("literal", "").replace("\\", ""))
    for layer, brackets in shown.reading["bracket_layers"].items():
        for bracket in brackets:
            begin = squeezed(bracket.split("...")[0].removesuffix("telegram "))
            assert any(begin in squeezed(literal) for literal in kept[layer]), bracket
    assert kept["place"].count("[BEIJING]") == 2


def test_garbles_and_misprints_are_kept_beside_the_reading(shown):
    def layers(name: str) -> list[tuple[str, str, str]]:
        seen = shown.view(name)
        text = seen["text"]
        inner = [
            note
            for block in text["blocks"]
            if "cable" in block
            for note in block["cable"].get("annotations", [])
        ]
        notes = [*seen["annotations"], *text.get("annotations", []), *inner]
        return [(note["layer"], note.get("literal", ""), note.get("reading", "")) for note in notes]

    assert ("artefact", "###", "") in layers("F2")
    assert ("garble", "", "a quotation is not closed") in layers("F2")
    assert ("misprint", "Le Kenong", "Li Kenong") in layers("F4")
    assert ("misprint", "Bunsan", "Munsan") in layers("F4")
    assert ("place", "[Hamonten]", "Panmunjom") in layers("F4")
    assert ("garble", "", "the quotation is not closed") in layers("F4")
    assert any("telegramsent" in literal for layer, literal, _ in layers("F5") if layer == "archive note")
    assert squeezed("[Hamonten]") in shown.sheets["MOSCOW", "F4"]


def test_series_marks_are_kept_letter_for_letter(shown):
    marks = {
        name: next(number for number in shown.view(name)["numbers"] if number["scheme"] == "series")
        for name in ("F3", "F4")
    }
    assert [mark["value"] for mark in marks.values()] == ["G", "G"]
    assert marks["F4"]["literal"].endswith("\N{CYRILLIC CAPITAL LETTER TE}")
    assert marks["F3"]["literal"].startswith('SERIES "G"')
    for name, mark in marks.items():
        assert squeezed(mark["literal"]) in shown.sheets["MOSCOW", name]


@pytest.mark.parametrize(
    "written", ["25025", "Nº 25025", "5205", "254/3612/shs", "757", "3007", "0530 18 October"]
)
def test_the_fourth_is_found_by_every_number_on_it(shown, written):
    moscow = shown.stations["MOSCOW"]
    assert moscow.ask(view.resolve, written) == shown.entries["MOSCOW", "F4"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("F1", "23343"),
        ("F1", "1691"),
        ("F1", "Special No. 1691,1692"),
        ("F1", "2522"),
        ("F2", "3305"),
        ("F3", "21677"),
        ("F3", "3457"),
        ("F3", "839"),
        ("F3", "533/2344/shs"),
        ("F3", "2400 10 July"),
        ("F5", "P84/421"),
    ],
)
def test_each_is_found_at_moscow_by_its_numbers(shown, name, written):
    moscow = shown.stations["MOSCOW"]
    assert shown.entries["MOSCOW", name] in {one["cable"] for one in moscow.ask(view.find, written)}


def test_who_cites_a_cable_does_not_bear_its_number(shown):
    beijing = shown.stations["BEIJING"]
    assert beijing.ask(view.resolve, "23343") == shown.entries["BEIJING", "F1"]
    with pytest.raises(NotFound):
        beijing.ask(view.resolve, "0115 18 October")


def test_handling_times_are_the_historical_minutes(shown):
    def minutes(name: str, post: str = "") -> list[tuple[str, str, int]]:
        times = shown.view(name, post)["handling_times"]
        return [(one["from"], one["to"], one["minutes"]) for one in times if one["clock"] == "stated"]

    assert minutes("F1") == [("received by the Tenth department", "dispatched", 90)]
    assert minutes("F3") == [("received", "deciphered", 140), ("deciphered", "printed", 20)]
    assert minutes("F4") == [("received", "deciphered", 30), ("deciphered", "printed", 45)]
    for name, spans in (("F1", ("90",)), ("F3", ("140", "20")), ("F4", ("30", "45"))):
        for span in spans:
            assert f"{span}min" in shown.sheets[RECEIVER[name], name]


def test_those_without_keys_are_said_to_have_acted(shown):
    for name, people in (
        ("F3", ("Vaganov", "Stepanova", "Rudakov")),
        ("F4", ("Fedyaev", "Kornyushina", "Makarov")),
    ):
        steps = {step["who"]: step for step in shown.view(name)["handling"]}
        for person in people:
            assert steps[person]["said"] == f"said to have acted, recorded and signed by {CLERK}"
            assert steps[person]["signed_by"] == [CLERK]
        assert squeezed(steps[people[0]]["said"]) in shown.sheets["MOSCOW", name]


def test_stated_times_stand_beside_the_registers_own(shown):
    for name in ("F3", "F4"):
        for step in shown.view(name)["handling"]:
            assert step["registered"].startswith("2026-11-22T")
            if "reading" in step:
                assert step["reading"].startswith("1951-")
                assert "zone unknown" in step["reading"]


def test_two_of_eight_copies_are_unaccounted_for_with_their_reason(shown):
    seen = shown.view("F4")
    counts = shown.stations["MOSCOW"].ask(ledger, shown.entries["MOSCOW", "F4"])
    assert counts == seen["ledger"]
    assert sum(counts.values()) == 8
    assert counts["unaccounted"] == 2
    missing = [copy for copy in seen["copies"] if copy["state"] == "unaccounted"]
    reason = shown.document("F4")["copies"]["distribution"]
    assert [copy["reason"] for copy in missing] == [reason, reason]
    assert [copy["number"] for copy in seen["copies"]] == [""] * 8
    assert [copy["holder"] for copy in seen["copies"] if copy["holder"]] == shown.document("F4")["copy_list"]
    assert "2unaccounted" in shown.sheets["MOSCOW", "F4"]


def test_copies_are_to_return_to_the_office_on_the_stamp(shown):
    for name in ("F3", "F4"):
        assert {copy["return_to"] for copy in shown.view(name)["copies"]} == {RETURN_TO}
        assert shown.document(name)["stamps"] == [f"SUBJECT TO RETURN to the {RETURN_TO}"]
        assert squeezed(f"SUBJECT TO RETURN to {RETURN_TO}") in shown.sheets["MOSCOW", name]


def test_all_that_is_cited_and_not_held_is_listed(shown):
    listed = shown.stations["MOSCOW"].ask(view.cited_not_held)
    cited = {(one["cable"], one["cited"]): one["why"] for one in listed}
    f2, f3, f4 = (shown.entries["MOSCOW", name] for name in ("F2", "F3", "F4"))
    enclosure = shown.document("F2")["enclosures"][0].rsplit(" (", 1)[0]
    assert cited[f2, enclosure] == "enclosure named and not here"
    assert cited[f3, shown.document("F3")["cited_not_held"][0]] == "referred to"
    assert cited[f3, "brief report No 1"] == "implied by brief report No 2"
    assert cited[f4, shown.document("F4")["carries"]["references"][0]["literal"]] == "referred to"
    at_beijing = shown.stations["BEIJING"].ask(view.cited_not_held, shown.entries["BEIJING", "F1"])
    assert [one["cited"] for one in at_beijing] == shown.document("F1")["cited_not_held"]


def test_a_cable_that_is_held_is_not_listed_as_missing(shown):
    seen = shown.view("fulfilment", "BEIJING")
    assert seen["references"][0]["cables"] == [shown.entries["BEIJING", "F1"]]
    assert seen["cited_not_held"] == []


def test_asks_stay_open_until_the_fulfilment_cable_closes_them(shown):
    asked = [ask["literal"] for ask in shown.document("F1")["asks"]]
    assert shown.open_asks == asked
    for post in ("BEIJING", "MOSCOW"):
        closed = shown.view("F1", post)["taskings"]
        assert [task["literal"] for task in closed] == asked
        assert {task["state"] for task in closed} == {"fulfilled"}
        assert {task["closed_by"] for task in closed} == {shown.entries[post, "fulfilment"]}
    (onward,) = shown.view("F5")["taskings"]
    assert (onward["kind"], onward["owner"], onward["state"]) == ("onward", "KRASOVSKY", "open")


def test_moscow_can_check_that_the_forwarded_report_is_what_kaesong_registered(shown):
    assert shown.view("F3")["carried"] == [{"kind": "brief report No 2", "standing": Standing.PROVED.value}]
    (carried,) = [block for block in shown.cable("F3").blocks if isinstance(block, Carried)]
    assert carried.cable == shown.cable("report", "KAESONG")
    assert "proved" in shown.sheets["MOSCOW", "F3"]
    assert shown.view("F4")["carried"] == [{"kind": "telegram", "standing": Standing.AS_TOLD.value}]
    assert squeezed(Standing.AS_TOLD.value) in shown.sheets["MOSCOW", "F4"]


def test_every_posts_audit_is_clean(shown):
    for station in shown.stations.values():
        report = audit(station.office)
        assert report.clean, report.failures
