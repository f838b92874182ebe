"""What templates may use: text of others shown harmlessly, and the pieces of a sheet."""

import json

import pytest

from reftel.cable.paragraphs import paragraph_ids
from reftel.cable.plain import from_plain
from reftel.web.look import mend, party_name, precedence_letter, sheet_blocks, shown, whole
from tests.conftest import ROOT

VECTORS = json.loads((ROOT / "tests/vectors/cable.json").read_text())["canonical"]


@pytest.mark.parametrize(
    ("text", "as_shown"),
    [
        ("Filippov", "<bdi>Filippov</bdi>"),
        ("<b>Stalin</b> & Co", "<bdi>&lt;b&gt;Stalin&lt;/b&gt; &amp; Co</bdi>"),
        ("a\u202eb", '<bdi>a<span class="odd">U+202E</span>b</bdi>'),
        ("\u200bok\x07", '<bdi><span class="odd">U+200B</span>ok<span class="odd">U+0007</span></bdi>'),
        ("two\nlines", "<bdi>two\nlines</bdi>"),
        ("毛泽东 Мао", "<bdi>毛泽东 Мао</bdi>"),
        (7, "<bdi>7</bdi>"),
    ],
)
def test_what_others_wrote_is_set_apart_and_hides_nothing(text, as_shown):
    assert shown(text) == as_shown


def test_what_is_to_be_typed_stands_out_in_a_mend():
    assert mend("Type `reftel <x>` there") == 'Type <code class="ref">reftel &lt;x&gt;</code> there.'


def test_a_party_in_a_few_words():
    assert party_name({"place": "BEIJING", "person": "Mao"}) == "BEIJING, Mao"
    assert party_name({"post": "beijing.example"}) == "beijing.example"
    assert party_name({}) == ""


def test_a_precedence_has_its_letter_and_nothing_else_has():
    words = ("override", "flash", "immediate", "priority", "routine", "deferred", "urgent")
    assert [precedence_letter(word) for word in words] == ["y", "z", "o", "p", "r", "d", ""]


def names(items):
    for item in items:
        if item["k"] == "p":
            yield item["name"], item["text"]
        yield from names(item["blocks"] or ())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_each_paragraph_of_a_sheet_has_the_name_that_it_has_everywhere(vector):
    expected = [(name, paragraph.text) for name, paragraph in paragraph_ids(from_plain(vector["cable"]))]
    assert list(names(sheet_blocks(vector["cable"]))) == expected


def test_a_field_that_is_left_out_reads_as_empty():
    assert whole({"a": [{"b": 1}]})["a"][0]["c"] == ""
