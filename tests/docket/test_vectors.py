"""The published vectors of docs/spec/docket.md: names, order, digests, outcomes, for any implementation."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any

import pytest

from reftel.cable import sheet
from reftel.cable.plain import from_plain
from reftel.docket.agreement import digest_of
from reftel.docket.fold import Docket
from reftel.docket.items import Item, check_lines, issue_key, lines_of, problem, split_names
from reftel.docket.kinds import COMMON, KINDS, Field
from tests.conftest import ROOT
from tests.docs.pages import read, rows, section

VECTORS = json.loads((ROOT / "tests/vectors/docket.json").read_text(encoding="utf-8"))
PAGE = read("spec/docket.md")


def item(given: dict[str, Any]) -> Item:
    """The item that a vector describes."""
    fields = given["fields"]
    return Item(
        name=given["name"],
        kind=given["kind"],
        origin=given["name"].rpartition("/")[0],
        at=given["at"],
        talks=issue_key(fields.get("talks", "")),
        issues=split_names(fields.get("issue", "")),
        quote=given["quote"],
        fields=fields,
        who=given.get("entered by", ""),
    )


def test_items_have_the_names_and_voices_of_the_vectors():
    cable = from_plain(VECTORS["names"]["cable"])
    base = VECTORS["names"]["registered_under"]
    found = [
        {
            "item": f"{base}.{line.place}",
            "kind": line.line.kind,
            "paragraph": line.line.paragraph,
            "speaker": line.speaker,
            "reporter": line.reporter,
            "does_not_count": problem(cable, line.line),
        }
        for line in lines_of(cable)
    ]
    assert found == VECTORS["names"]["items"]


def test_items_stand_in_the_order_of_the_vectors():
    given = [
        Item(name=one["item"], kind="question", origin=one["item"].rpartition("/")[0], at=one["at"])
        for one in VECTORS["order"]
    ]
    mixed = Random(3).sample(given, len(given))
    assert sorted(mixed, key=lambda one: one.order) == given


@pytest.mark.parametrize("given", VECTORS["digests"], ids=lambda given: given["digest"][:8])
def test_the_digest_of_an_agreed_text_is_that_of_the_vectors(given):
    found = digest_of(given["talks"], tuple(given["issue"]), given["text"], given["words"])
    assert found == given["digest"]


@pytest.mark.parametrize("story", VECTORS["stories"], ids=lambda story: story["name"])
def test_a_set_of_items_comes_to_the_outcome_of_the_vectors_in_any_order(story):
    outcome, draw = story["outcome"], Random(5)
    for _ in range(6):
        items = [item(one) for one in story["items"]]
        items += draw.choices(items, k=2)
        draw.shuffle(items)
        docket = Docket(items, story["read_at"])
        assert {name: one.state for name, one in docket.states.items() if one.state} == outcome["states"]
        assert {name: one.item.quote for name, one in docket.states.items() if one.item.quote} == outcome[
            "words"
        ]
        assert sorted(name for name, one in docket.states.items() if one.struck) == outcome["struck"]
        assert docket.remarks == outcome["without_effect"]
        for root, key in outcome["issues"]:
            assert docket.root("the road", key) == root


def fields_said(fields: dict[str, Field]) -> set[str]:
    return {name for name in fields if name not in COMMON}


def test_the_page_has_every_kind_with_its_fields_and_what_they_hold():
    listed = {row[0]: row for row in rows(section(PAGE, "Kinds")) if len(row) == 3}
    assert set(listed) == set(KINDS)
    for name, kind in KINDS.items():
        _, says, fields = listed[name]
        fields = fields if fields.startswith("*") else f"`{fields}"
        assert says == kind.says
        assert set(re.findall(r"`([a-z ]+)`", fields)) == fields_said(dict(kind.fields)), name
        marked = set(re.findall(r"\*\*`([a-z ]+)`\*\*", fields))
        assert marked == {one for one, field in kind.fields.items() if field.required}, name


def test_the_page_has_every_choice_of_a_field():
    listed = {(row[0], row[1]): row[2] for row in rows(section(PAGE, "Choices")) if len(row) == 3}
    assert listed == {
        (kind, name): ", ".join(field.choices)
        for kind in KINDS
        for name, field in KINDS[kind].fields.items()
        if field.choices
    }


def test_the_page_has_every_common_field_with_its_form():
    listed = {row[0]: row[1] for row in rows(section(PAGE, "Fields of any item")) if len(row) == 3}
    assert listed == {name: field.form for name, field in COMMON.items()}


def test_the_sample_on_the_page_is_a_sheet_whose_lines_all_count():
    sample = PAGE.partition("```sheet\n")[2].partition("```\n")[0]
    cable = sheet.parse(sample)
    check_lines(cable)
    assert {line.kind for line in cable.docket} == {"question", "text", "instruction"}
