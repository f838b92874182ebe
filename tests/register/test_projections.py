"""What each kind of record does to the tables, and that it follows from the records alone."""

import pytest
from sqlalchemy import insert, select

from reftel.errors import FormatError, NotAllowed, StoreDamaged
from reftel.register.entries import Record, decode_record
from reftel.register.log import apply, cable_finder
from reftel.register.projections import KINDS, project
from reftel.store import tables as t
from tests.register.history import HERE, MADE, START, THERE, enter, history

EMPTY = dict.fromkeys(("draft", "edit", "sent", "in", "paper", "slip"), "")


def rows_of(register, table):
    with register.store.read() as connection:
        return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]


def one(register, table, **key):
    (row,) = [r for r in rows_of(register, table) if all(r[k] == v for k, v in key.items())]
    return row


@pytest.fixture
def told(register):
    enter(register)
    return register


def test_the_history_has_every_kind():
    assert {act["kind"] for act in history(EMPTY)} == KINDS


def test_a_kind_that_is_not_known_is_refused():
    with pytest.raises(FormatError, match=r"entry 7 .*burnt"):
        project(7, Record(at=START, act={"kind": "burnt"}), lambda _: None)


def test_a_state_that_the_act_does_not_leave_is_refused():
    act = {"kind": "verified", "on": 1, "direction": "in", "state": "arrived"}
    with pytest.raises(NotAllowed):
        project(7, Record(at=START, act=act), lambda _: None)


def test_every_act_stands_under_its_cable(told):
    acts = rows_of(told, t.acts)
    assert [row["entry"] for row in acts] == list(range(len(history(EMPTY))))
    assert [acts[n]["cable"] for n in (0, 8, 9, 28, 30, 33)] == [-1, 8, 8, 28, 30, 28]
    assert acts[8] == {
        "entry": 8,
        "cable": 8,
        "kind": "drafted",
        "who": "Petrov",
        "at": "2026-11-22T09:08:00.000Z",
    }
    assert rows_of(told, t.act_ids) == [{"act": "act 8", "entry": 8}]


def test_posts_people_rules_keys_and_names(told):
    own, known = one(told, t.posts, origin=HERE), one(told, t.posts, origin=THERE)
    assert (own["standing"], own["serial"], own["card"], own["name"]) == ("self", 2, "second", "BEIJING")
    assert (known["standing"], known["name"]) == ("known", "MOSCOW")
    assert one(told, t.epochs, epoch="e1")["state"] == "destroyed"
    petrov, lisin = one(told, t.people, name="Petrov"), one(told, t.people, name="Lisin")
    assert (petrov["roles"], petrov["captions"], petrov["key_id"]) == (
        "drafter,reader",
        "NODIS\x1fEYES ONLY",
        "i",
    )
    assert (lisin["standing"], lisin["person_key"], lisin["clearance"]) == ("departed", "", "")
    assert one(told, t.rules, rule="stop-issue")["off"] == 0
    assert one(told, t.authorities, name="ЦК ВКП(б)")["detail"] == '{"names":["CC"]}'


def test_a_cable_of_ours_from_draft_to_receipt(told):
    cable = one(told, t.cables, cable=8)
    assert (cable["direction"], cable["state"], cable["mrn"]) == ("out", "receipted", "2026BEIJING000001")
    assert (cable["leaf"], cable["drafter"], cable["origin"]) == (19, "Petrov", HERE)
    assert (cable["marking"], cable["precedence"]) == ("SECRET\x1fEYES ONLY", 4)
    assert cable["sender"] == "BEIJING, SOVIET AMBASSADOR, ROSHCHIN"
    assert (cable["subject"], cable["dtg"]) == ("The text", "0115 18 October")
    assert cable["last"] == 36
    clearances = [(c["officer"], c["state"]) for c in rows_of(told, t.clearances)]
    assert clearances == [("Orlov", "given"), ("Zotov", "given")]
    decisions = [(d["decision"], d["state"], d["replaced_by"]) for d in rows_of(told, t.decisions)]
    assert decisions == [(15, "replaced", 16), (16, "in force", -1), (17, "voided", -1)]
    assert one(told, t.cables, cable=56)["state"] == "withdrawn"


def test_what_went_and_what_came(told):
    moscow, pyongyang = (one(told, t.deliveries, peer=p) for p in (THERE, "pyongyang.example"))
    assert (moscow["state"], moscow["serial"], moscow["channel"]) == ("receipted", 1, "BMA001")
    assert (pyongyang["state"], pyongyang["precedence"]) == ("waiting", 4)
    bags = {(b["way"], b["serial"]): b["state"] for b in rows_of(told, t.bags)}
    assert bags == {("out", 1): "dispatched", ("in", 1): "receipt sent", ("in", 2): "noted"}
    arrivals = {a["digest"]: (a["state"], a["cable"]) for a in rows_of(told, t.arrivals)}
    assert arrivals == {"one": ("deciphered", 28), "two": ("held", -1), "three": ("joined", 28)}
    assert [v["later"] for v in rows_of(told, t.views)] == ['{"paths":[[5,"path"]]}', '{"paths":[]}']
    assert rows_of(told, t.cosignatures)[0]["line"] == "line"


def test_a_cable_that_came_and_its_copies(told):
    cable = one(told, t.cables, cable=28)
    assert (cable["state"], cable["incoming"], cable["origin"], cable["leaf"]) == (
        "cancelled",
        "3007",
        THERE,
        3,
    )
    assert cable["marking"] == "RESTRICTED"
    copies = {c["seq"]: (c["state"], c["holder"]) for c in rows_of(told, t.copies)}
    assert copies == {
        1: ("destroyed", "Petrov"),
        2: ("lost", "Petrov"),
        3: ("unaccounted", ""),
        4: ("in file", ""),
        5: ("in file", ""),
    }
    assert {(k["relation"], k["other"]) for k in rows_of(told, t.links)} == {
        ("carries", 8),
        ("corrected by", 30),
        ("cancelled by", 30),
    }
    assert one(told, t.cables, cable=30)["direction"] == "paper"


def test_numbers_of_text_and_office_find_the_cable(told):
    found = {(i["cable"], i["layer"], i["folded"]) for i in rows_of(told, t.identifiers)}
    for cable, layer, folded in (
        (8, "text", "25025"),
        (8, "text", "0115 18 oct"),
        (8, "text", "map of the line"),
        (8, "office 16", "p84 421"),
        (28, "office 28", "3007"),
        (28, "office 28", "opening number 17"),
        (28, "office 33", "12 6"),
        (28, "office 35", "3008"),
        (30, "office 30", "757"),
    ):
        assert (cable, layer, folded) in found
    assert "note" not in {folded for _, _, folded in found}, "an enclosure that is here is not missing"


def test_what_was_asked(told):
    tasks = {a["n"]: a for a in rows_of(told, t.taskings)}
    assert [tasks[n]["state"] for n in (1, 2, 3, 4)] == ["fulfilled", "cancelled", "open", "open"]
    assert (tasks[1]["kind"], tasks[1]["due"], tasks[1]["chased"], tasks[1]["closed_by"]) == (
        "report",
        "soon",
        1,
        28,
    )
    assert (tasks[2]["due"], tasks[3]["due"]) == ("2026-11-01 day zone unknown", "")
    assert tasks[2]["closed_by"] == -1


def everything(register):
    return {table.name: rows_of(register, table) for table in t.PROJECTIONS}


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_the_same_records_make_the_same_rows(new_register, batch):
    told, again = new_register("first"), new_register("second")
    enter(told, batch=batch)
    replay(told, again)
    assert everything(again) == everything(told)


def replay(told, again):
    """Apply the records of one register to the empty tables of another database."""
    with told.store.read() as source, again.store.write() as target:
        texts = cable_finder(source)
        for row in source.execute(select(t.entries).order_by(t.entries.c.entry)):
            apply(target, project(row.entry, decode_record(row.record), texts))


def test_batches_make_the_same_rows_as_single_acts(new_register):
    one_by_one, at_once = new_register("one"), new_register("all")
    enter(one_by_one)
    enter(at_once, batch=100)
    texts = (
        {c["text"] for c in rows_of(one_by_one, t.cables)},
        {c["text"] for c in rows_of(at_once, t.cables)},
    )
    assert not texts[0] & texts[1], "each text has a salt of its own"

    def without(rows):
        return {
            n: [{k: v for k, v in r.items() if k not in ("text", "version")} for r in rs]
            for n, rs in rows.items()
        }

    assert without(everything(at_once)) == without(everything(one_by_one))


def test_a_destroyed_text_leaves_a_tombstone_that_replays(new_register):
    told, again = new_register("first"), new_register("second")
    enter(told)
    with told.writing() as writing:
        cable = one(told, t.cables, cable=8)
        act = {
            "kind": "text destroyed",
            "post": HERE,
            "on": 8,
            "texts": [cable["text"], cable["version"]],
            "asks": 4,
            "marking": cable["marking"],
        }
        writing.append([Record(at=START, act=act)])
        gone = {"text_key": b"", "sealed": b"", "salt": b""}
        writing.connection.execute(
            t.texts.update().where(t.texts.c.commitment.in_(act["texts"])).values(gone)
        )
    row = one(told, t.cables, cable=8)
    blank = {"precedence": -1, "sender": "", "subject": "", "dtg": ""}
    assert {name: row[name] for name in blank} == blank
    assert row["marking"] == "SECRET\x1fEYES ONLY", "copies on paper are still held against it"
    assert row["mrn"] == "2026BEIJING000001"
    assert [(a["owner"], a["literal"]) for a in rows_of(told, t.taskings)] == [("", "")] * 4
    assert {i["layer"] for i in rows_of(told, t.identifiers) if i["cable"] == 8} == {"office 15", "office 16"}
    replay(told, again)
    assert everything(again) == everything(told)


def test_the_docket_lines_of_a_cable_and_of_who_reads_it_are_items(told):
    items = [row for row in rows_of(told, t.docket) if row["cable"] == 28]
    ((asked, unsaid), (first, second)) = (items[:2], items[2:])
    assert [row["kind"] for row in items] == ["question", "question", "answer", "answer"]
    assert (asked["origin"], asked["who"], asked["standing"]) == (THERE, "", "")
    assert unsaid["standing"] == "the quoted words do not stand there"
    assert (first["origin"], first["who"], first["at"]) == (HERE, "Petrov", MADE)
    (named,) = [row for row in rows_of(told, t.docket_issues) if row["cable"] == 28]
    assert (named["issue"], named["name"]) == ("a line", "A LINE")
    refs = [(row["relation"], row["target"]) for row in rows_of(told, t.docket_refs)]
    assert refs == [("question", f"{THERE}/9.1"), ("question", first["item"])]
    assert second["item"] == f"{first['item'][:-1]}2"


def test_what_a_reader_entered_goes_with_the_text_that_it_is_of(told):
    act = {"kind": "text destroyed", "post": HERE, "on": 28, "texts": [], "asks": 0, "marking": ""}
    with told.writing() as writing:
        writing.append([Record(at=START, act=act)])
    assert {row["cable"] for row in rows_of(told, t.docket)} == {30}
    assert rows_of(told, t.docket_refs) == []
    again = next(act for act in history(EMPTY) if act["kind"] == "docketed")
    record = Record(at=START, act={"post": HERE, **again})
    assert {change.table.name for change in project(99, record, lambda _: None)} == {"cables", "acts"}


def test_a_text_that_is_damaged_replays_as_if_destroyed(told):
    with told.store.write() as connection:
        connection.execute(t.texts.update().values(sealed=b"\x00" * 60))
    with told.store.read() as connection:
        commitment = connection.execute(select(t.texts.c.commitment)).scalars().first()
        assert cable_finder(connection)(commitment) is None


def test_a_row_that_is_gone_is_noticed_by_the_next_act(told):
    with told.store.write() as connection:
        connection.execute(t.copies.delete())
    act = {"kind": "lost", "post": HERE, "on": 28, "copies": [[28, 4, "in file", "lose", {"reason": "?"}]]}
    with pytest.raises(StoreDamaged, match="copies"), told.writing() as writing:
        writing.append([Record(at=START, act=act)])


def test_a_row_that_stands_already_is_noticed(told):
    with told.store.write() as connection:
        row = {**one(told, t.cables, cable=8), "cable": len(history(EMPTY))}
        connection.execute(insert(t.cables), row)
    act = {"kind": "drafted", "post": HERE, "text": one(told, t.cables, cable=8)["version"]}
    with pytest.raises(StoreDamaged), told.writing() as writing:
        writing.append([Record(at=START, act=act)])
