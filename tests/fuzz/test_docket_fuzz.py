"""Whatever stands in docket lines, an arrived cable is projected and its items are folded."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from reftel.cable import internet
from reftel.cable.model import Cable, Carried, DocketLine, Paragraph, Party, Quotation
from reftel.docket.fold import Docket
from reftel.docket.items import Item, check_lines, lines_of
from reftel.docket.kinds import KINDS, fields_of
from reftel.docket.lifecycle import TABLES
from reftel.errors import ReftelError
from reftel.office.docket import item_of
from reftel.register.entries import Record
from reftel.register.projections import Put, project
from reftel.store import tables as t

OURS, THEIRS = "moscow.example", "beijing.example"
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIELDS = sorted({name for kind in KINDS for name in fields_of(kind)})
ITEMS = [f"#{n}" for n in range(6)] + [f"{THEIRS}/7.{n}" for n in ("1", "2", "c1.1", "q1.c1.1")]
STEPS = sorted({act for table in TABLES.values() for _, act in table})
NAMES = ["North", "South", OURS, THEIRS, "a; b", "A", "a", "...", ";;", "#9999", "x" * 2001]
FITTING: dict[str, tuple[str, ...]] = {"item": tuple(ITEMS), "yes": ("yes",)}
ANYTHING = st.one_of(st.sampled_from([*ITEMS, *STEPS, *NAMES, f"{THEIRS}/7", "yes"]), st.text(max_size=6))


@st.composite
def lines(draw: st.DrawFn) -> DocketLine:
    """A line of a known kind with fitting fields, of which some are spoilt."""
    kind = draw(st.sampled_from([*KINDS, "guess"]))
    known = fields_of(kind) if kind in KINDS else {}
    fields = []
    for name, field in known.items():
        if field.required or name in {"issue", "supersedes"} or draw(st.integers(0, 5)) == 0:
            fitting = field.choices or FITTING.get(field.form) or (STEPS if name == "step" else NAMES[:7])
            fields.append((name, draw(st.sampled_from(fitting))))
    if draw(st.integers(0, 3)) == 0:
        fields.append((draw(st.sampled_from([*FIELDS, "colour"])), draw(ANYTHING)))
    return DocketLine(
        kind=kind,
        paragraph=draw(st.sampled_from(["", "1", "1", "u1", "q1.1", "c1.1", "c1.q1.1", "c9.1", "q1.", "."])),
        quote=draw(st.sampled_from(["", "", "road", "nothing"])),
        fields=tuple(fields),
    )


@st.composite
def cables(draw: st.DrawFn, depth: int = 2) -> Cable:
    """A cable with docket lines and telegrams carried in it, some in quotations."""
    said = Paragraph(text="We ask for the road.", number=draw(st.sampled_from(["", "1"])))
    inner = [Carried(cable=draw(cables(depth - 1)))] if depth and draw(st.booleans()) else []
    quoted = [Quotation(blocks=(said, *inner))] if draw(st.booleans()) else inner
    marked = tuple(draw(st.lists(lines(), max_size=6)))
    return Cable(sender=Party(post=THEIRS), to=(), blocks=(said, *quoted), docket=marked)


def arrived(cable: Cable) -> list[Item]:
    """The items that a cable brings when it is deciphered here."""
    act = {
        "kind": "deciphered",
        "post": OURS,
        "from": THEIRS,
        "leaf": 7,
        "text": "text",
        "state": "arrived",
        "arrival": "digest",
    }
    changes = project(3, Record(at=AT, act=act), lambda _: cable)
    rows = [change.row for change in changes if isinstance(change, Put) and change.table is t.docket]
    found = list(lines_of(cable))
    assert [row["item"] for row in rows] == [f"{THEIRS}/7.{one.place}" for one in found]
    return [
        item_of(one, base=f"{THEIRS}/7", cable=3, at=row["at"], origin=THEIRS, standing=row["standing"])
        for one, row in zip(found, rows, strict=True)
    ]


SIDES = [
    Item(name=f"{OURS}/1.{n}", kind="post", origin=OURS, at="0", fields={"post": post, "party": "North"})
    for n, post in enumerate((OURS, THEIRS), 1)
]


@settings(max_examples=200, deadline=None)
@given(cables(), st.booleans())
def test_an_arrived_cable_is_projected_and_folded_whatever_its_lines(cable: Cable, one_side: bool) -> None:
    with suppress(ReftelError):
        cable = internet.read(internet.write(cable))
    with suppress(ReftelError):
        check_lines(cable)
    items = arrived(cable)
    docket = Docket([*items, *(SIDES if one_side else SIDES[:1])], OURS)
    assert {item.name for item in items if item.standing} <= docket.remarks.keys()
    kept = {item.name for copies in docket.copies.values() for item in copies}
    assert {item.name for item in items} == kept | {
        item.name for item in docket.items if item.origin == THEIRS
    }
    for issue in docket.issues().values():
        assert docket.root(issue.talks, issue.key) == issue.key
        assert issue.key in docket.merged_with(issue.talks, issue.key) or issue.names
    assert docket.of_kind(*KINDS, ours=False) is not None
