"""The published vectors of docs/spec/cable-internet.md: plain forms and bytes, for any implementation."""

import base64
import json

import pytest

from reftel.cable.internet import read, write
from reftel.cable.plain import from_plain, to_plain
from reftel.errors import NotCanonical
from tests.conftest import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/cable.json").read_text(encoding="utf-8"))


def test_there_are_vectors():
    assert len(VECTORS["canonical"]) >= 4
    assert len(VECTORS["refused"]) >= 8


@pytest.mark.parametrize("vector", VECTORS["canonical"], ids=lambda vector: vector["name"])
def test_plain_form_and_bytes_are_the_same_cable(vector):
    data = base64.b64decode(vector["bytes"])
    assert write(from_plain(vector["cable"])) == data
    assert to_plain(read(data)) == vector["cable"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_departs_from_the_form_is_refused(vector):
    with pytest.raises(NotCanonical):
        read(base64.b64decode(vector["bytes"]))


def test_the_sample_in_the_specification_is_canonical():
    page = (ROOT / "docs/spec/cable-internet.md").read_text(encoding="utf-8")
    sample = page.partition("```eml\n")[2].partition("```\n")[0]
    assert read(sample.replace("\n", "\r\n").encode()).subject
