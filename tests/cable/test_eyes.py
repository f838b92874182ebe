"""EYES ONLY: the outer cable has nothing of subject and text, and is a cable like any other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reftel.cable import eyes, internet, plain, sheet
from reftel.cable.model import Cable, Paragraph, Party
from reftel.errors import BadValue
from tests.cable.strategies import cables, lines, names, origins

readers = st.builds(
    eyes.Reader,
    post=origins,
    person=lines,
    fingerprint=names,
    standing=st.sampled_from([eyes.CONFIRMED, eyes.VOUCHED]),
)
parts = st.builds(
    eyes.EyesOnly,
    readers=st.lists(readers, min_size=1, max_size=3, unique_by=lambda r: (r.post, r.person)).map(tuple),
    sealed=st.binary(min_size=1, max_size=200),
)
HEADER = (
    "sender",
    "to",
    "info",
    "kind",
    "numbers",
    "precedence",
    "precedence_literal",
    "info_precedence",
    "classification",
    "captions",
    "moment",
    "registered",
)
OF_THE_TEXT = {"enclosures", "extra", *Cable.__slots__} - {*HEADER}


@given(cables(1), parts)
def test_an_outer_cable_keeps_the_header_and_reads_back_in_every_form(cable, part):
    draft = replace(cable, captions=("Eyes  only AMBASSADOR", *cable.captions))
    assert eyes.is_eyes_only(draft)
    sent = eyes.outer(draft, part)
    assert eyes.sealed_part(sent) == part
    assert {name for name in HEADER if getattr(sent, name) != getattr(draft, name)} == set()
    empty = Cable(sender=Party(), to=(), blocks=())
    left = {name for name in OF_THE_TEXT if getattr(sent, name) != getattr(empty, name)}
    assert left == {"enclosures", "extra"}
    data = internet.write(sent)
    assert internet.read(data) == sent
    assert internet.write(internet.read(data)) == data
    assert plain.from_plain(plain.to_plain(sent)) == sent
    assert sheet.parse(sheet.render(sent), enclosures=sheet.held_files(sent)) == sent


@given(cables(1))
def test_no_other_cable_has_a_sealed_part(cable):
    assert eyes.sealed_part(cable) is None
    assert eyes.sealed_part(replace(cable, captions=(eyes.CAPTION,))) is None


def test_the_readers_are_the_persons_at_posts_each_once():
    one, other = Party(post="a.example", person="Li"), Party(post="b.example", person="Li")
    cable = Cable(sender=Party(), to=(one, Party(place="KAESONG")), info=(other, one), blocks=())
    assert eyes.named_readers(cable) == (("a.example", "Li"), ("b.example", "Li"))
    with pytest.raises(BadValue, match=r"no reader is named at c\.example"):
        eyes.named_readers(replace(cable, info=(Party(post="c.example"),)))


def test_what_was_added_or_put_otherwise_makes_it_another_cable():
    part = eyes.EyesOnly(
        readers=(eyes.Reader(post="a.example", person="Li", fingerprint="f", standing=eyes.VOUCHED),),
        sealed=b"age",
    )
    sent = eyes.outer(Cable(sender=Party(), to=(), blocks=(), captions=("EYES ONLY",)), part)
    ((name, value),) = sent.extra
    others: list[dict[str, Any]] = [
        {"captions": ()},
        {"blocks": (Paragraph(text="And a text."),)},
        {"subject": "Talks"},
        {"enclosures": ()},
        {"enclosures": (replace(sent.enclosures[0], content=None),)},
        {"enclosures": (replace(sent.enclosures[0], title="Another"),)},
        {"enclosures": sent.enclosures * 2},
        {"extra": ()},
        {"extra": sent.extra * 2},
        *[
            {"extra": ((name, wrong),)}
            for wrong in (
                "",
                "[]",
                "{}",
                "7",
                "[[]]",
                '"x"',
                "[" * 9000,
                f"{value} ",
                f"{value[:-1]},{value[1:]}",
                value.replace("vouched", "sworn"),
                value.replace('"Li"', "7"),
                value.replace('"post"', '"place"'),
            )
        ],
    ]
    for changed in others:
        assert eyes.sealed_part(replace(sent, **changed)) is None, changed
