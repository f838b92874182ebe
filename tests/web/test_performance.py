"""How fast cables are handled: the page's figures are those of the office, in plots and tables alike."""

import re
from xml.etree import ElementTree as ET

import pytest

from reftel.cable.model import Party, Precedence
from reftel.office import desk
from reftel.web import plots
from reftel.web.performance import percent, took
from reftel.web.plots import Column, Track
from tests.office.scenes import READER, REGISTRY, carry, copy_of, letter


@pytest.fixture
def busy(web, served_templates, tmp_path):
    """BEIJING, which received two cables and printed one in time and one late."""
    moscow = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    to = (Party(post="beijing.example", place="BEIJING"),)
    for precedence in (Precedence.FLASH, Precedence.ROUTINE):
        moscow.release(letter(to=to, precedence=precedence))
    flash, routine = carry(moscow, web.post, tmp_path / "stick")
    moscow.office.close()
    for entry, minutes in ((routine, 5), (flash, 7)):
        web.post.pass_time(minutes=minutes)
        desk.print_copies(web.post.office, web.post.hand(REGISTRY), entry, 1)
    return web


def row_of(page, text):
    """The cells of the table's row that begins with a text."""
    rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
    found = next(row for row in rows if f">{text}</th>" in row)
    return [
        " ".join(re.sub("<[^>]+>", "", cell).split()) for cell in re.findall("<td.*?</td>", found, re.DOTALL)
    ]


def drawn(page):
    """Every plot of a page, parsed."""
    return [ET.fromstring(svg) for svg in re.findall('<svg class="plot".*?</svg>', page, re.DOTALL)]


def test_the_table_says_what_the_register_says(busy):
    page = busy.signed_in(READER).get("/performance").text
    assert row_of(page, "Flash")[:3] == ["1", "10 min", "0% 0 of 1"]
    assert row_of(page, "Routine")[:3] == ["1", "6 h 00", "100% 1 of 1"]
    assert row_of(page, "Flash")[4] == "12 min / 12 min"
    assert row_of(page, "Routine")[4:6] == ["5 min / 5 min", "none yet"]
    assert "2 cables received" in page


def test_each_plot_says_in_words_what_it_shows(busy):
    handling, shares, volumes = drawn(busy.signed_in(READER).get("/performance").text)
    assert "Flash deciphered after under 1 min, printed after 12 min" in handling.findtext("desc")
    assert shares.findtext("desc").endswith("16 Nov: 50%.")
    assert volumes.findtext("desc").endswith("16 Nov: 2.")
    for svg in (handling, shares, volumes):
        assert svg.get("role") == "img"
        assert set(svg.get("aria-labelledby").split()) == {svg[0].get("id"), svg[1].get("id")}


def test_plots_need_neither_script_nor_inline_style(busy):
    for svg in drawn(busy.signed_in(READER).get("/performance").text):
        for element in svg.iter():
            assert element.tag in {"svg", "title", "desc", "line", "text", "rect", "circle", "polygon"}
            assert not {name for name in element.attrib if name == "style" or name.startswith("on")}


def test_a_post_that_received_nothing_says_so(web):
    page = web.signed_in(READER).get("/performance?weeks=52").text
    assert "Nothing was received in this period." in page
    assert not drawn(page)


@pytest.mark.parametrize("weeks", ["0", "53", "x", "-1", "9" * 30])
def test_a_period_is_bounded(web, weeks):
    assert web.signed_in(READER).get(f"/performance?weeks={weeks}").status_code == 422


def test_marks_stand_where_their_minutes_are():
    row = Track(label="<b>Flash", marks=(("Printed", 5.0), ("Opened", 500.0)), span=(5.0, 50.0), objective=50)
    svg = ET.fromstring(plots.tracks("x", "T", "D", [row], ["Printed", "Opened"]))
    goal = [line for line in svg.iter("line") if line.get("class") == "goal"][-1]  # the first is the legend's
    (span,) = [line for line in svg.iter("line") if line.get("class") == "span"]
    circles = [float(mark.attrib["cx"]) for mark in svg.iter("circle")]
    assert span.get("x2") == goal.get("x1")
    assert circles[-1] == float(span.attrib["x1"]) < float(span.attrib["x2"]) < plots.WIDTH
    assert "<b>Flash" in [text.text for text in svg.iter("text")]


def test_columns_are_as_high_as_their_values():
    given = [Column(label="a", value=0.5, words="50%"), Column(label="b", value=1.0, words="100%")]
    given.append(Column(label="c", value=None, words="–"))
    svg = ET.fromstring(plots.columns("x", "T", "D", given, 1.0))
    half, full = (float(bar.attrib["height"]) for bar in svg.iter("rect"))
    assert half * 2 == full
    assert [text.text for text in svg.iter("text")] == ["50%", "a", "100%", "b", "–", "c"]


def test_many_columns_leave_labels_out_and_never_the_last():
    given = [Column(label=f"week {n}", value=float(n), words=str(n)) for n in range(52)]
    svg = ET.fromstring(plots.columns("x", "T", "D", given, 51.0))
    labels = [text.text for text in svg.iter("text") if text.get("class") == "scale"]
    assert len(list(svg.iter("rect"))) == 52
    assert len(labels) < 15
    assert labels[-1] == "week 51"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "under 1 min"),
        (0.4, "under 1 min"),
        (59.4, "59 min"),
        (59.6, "1 h 00"),
        (185, "3 h 05"),
        (1440, "1 d 0 h"),
        (3000, "2 d 2 h"),
    ],
)
def test_spans_of_time_in_words(minutes, said):
    assert took(minutes) == said


@pytest.mark.parametrize(
    ("share", "said"), [(None, "–"), (0.0, "0%"), (0.001, "1%"), (0.5, "50%"), (0.999, "99%"), (1.0, "100%")]
)
def test_a_share_is_never_rounded_to_all_or_none(share, said):
    assert percent(share) == said
