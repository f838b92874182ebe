"""The register in the database: one transaction, one tree, one checkpoint for each size."""

import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from reftel.cable.internet import write
from reftel.cipher.commitment import record_leaf
from reftel.cipher.note import PostKey
from reftel.errors import BadValue, FormatError, NotFound, StoreDamaged
from reftel.register.checkpoint import open_checkpoint
from reftel.register.entries import Record
from reftel.register.log import (
    Register,
    cable_finder,
    find_entries,
    find_entry,
    find_text,
    find_texts,
    size_of,
    tree_of,
)
from reftel.register.merkle import leaf_hash
from reftel.store import tables as t
from reftel.store.engine import Store
from tests.register.conftest import KEY
from tests.register.history import EDITED, OUTGOING, START
from tests.register.rfc6962 import mth

BEIJING = PostKey.from_seeds("beijing.example", bytes(32), bytes(range(32)))


def note(n, **more):
    return Record(at=START, act={"kind": "refused", "n": n, **more})


def append(register, *records):
    with register.writing() as writing:
        return writing.append(list(records))


def leaves_of(register):
    with register.store.read() as connection:
        return list(connection.execute(select(t.entries.c.leaf).order_by(t.entries.c.entry)).scalars())


def test_an_empty_register_has_no_entries(register):
    with register.store.read() as connection:
        assert size_of(connection) == 0
        with pytest.raises(NotFound):
            find_entry(connection, 0)
    assert append(register) == []


def test_entries_are_numbered_and_blinded(register):
    assert append(register, note(1), note(2)) == [0, 1]
    assert append(register, note(1)) == [2]
    with register.store.read() as connection:
        first, third = find_entry(connection, 0), find_entry(connection, 2)
        assert size_of(connection) == 3
        assert find_entries(connection, [2, 0])[0].record == first.record
        with pytest.raises(NotFound, match="entry 3"):
            find_entries(connection, [0, 3])
    assert first.decoded == note(1)
    assert first.record == third.record
    assert first.salt != third.salt
    assert first.leaf_hash == leaf_hash(record_leaf(first.salt, first.record)) == leaves_of(register)[0]


def test_the_tree_in_the_tiles_is_the_tree_of_the_leaves(register):
    for size in (1, 2, 5, 254, 3, 300):
        append(register, *(note(n) for n in range(size)))
        with register.store.read() as connection:
            assert tree_of(connection).root() == mth(leaves_of(register))


def test_a_transaction_that_fails_leaves_nothing(register):
    append(register, note(1))
    before = leaves_of(register)

    def fail_late(writing):
        writing.lay_down([(b"text", None)])
        writing.append([note(2)])
        writing.append([note(3), Record(at=START, act={"kind": "burnt"})])

    with pytest.raises(FormatError), register.writing() as writing:
        fail_late(writing)
    with pytest.raises(BadValue), register.writing() as writing:
        writing.append([note(4), note(5, text="x" * 70_000)])
    assert leaves_of(register) == before
    with register.store.read() as connection:
        assert connection.execute(select(t.texts)).all() == []
        assert len(connection.execute(select(t.acts)).all()) == 1
        assert tree_of(connection).root() == mth(before)
    assert append(register, note(2)) == [1], "the number that came to nothing is given again"


def test_the_edge_is_read_inside_the_transaction(new_register):
    one, other = new_register("same"), new_register("same")
    for n in range(4):
        append(one, note(n))
        append(other, note(n))
    assert len(leaves_of(one)) == 8
    with other.store.read() as connection:
        assert tree_of(connection).root() == mth(leaves_of(one))


def _append_many(path: Path, who: int) -> None:
    register = Register(Store(path, KEY))
    for n in range(40):
        append(register, *(note(n, who=str(who)) for _ in range(n % 3 + 1)))
    register.store.close()


def test_two_processes_append_to_one_register(register):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(register.store.path, who)) for who in (1, 2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    leaves = leaves_of(register)
    assert len(leaves) == 2 * sum(n % 3 + 1 for n in range(40))
    with register.store.read() as connection:
        assert tree_of(connection).root() == mth(leaves)
        acts = connection.execute(select(t.acts.c.who).order_by(t.acts.c.entry)).scalars().all()
    assert set(acts) == {"1", "2"}


def test_a_checkpoint_says_what_is_on_the_disk_and_is_signed_once(register, new_register):
    append(register, note(1), note(2), note(3))
    size, signed = register.checkpoint(BEIJING, datetime(2026, 11, 22, 9, tzinfo=UTC))
    checkpoint = open_checkpoint(signed, BEIJING.verifier)
    assert (size, checkpoint.size, checkpoint.root) == (3, 3, mth(leaves_of(register)))
    later = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert new_register("reftel").checkpoint(BEIJING, later) == (3, signed)
    append(register, note(4))
    size, second = register.checkpoint(BEIJING, later)
    assert size == 4
    assert second != signed


def test_of_two_that_sign_one_size_at_once_the_first_stands(register, monkeypatch):
    append(register, note(1))
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    rival = Register(Store(register.store.path, KEY))
    sign = "reftel.register.log.sign_checkpoint"
    real = __import__("reftel.register.log", fromlist=["x"]).sign_checkpoint
    notes = []

    def overtaken(*args):
        monkeypatch.setattr(sign, real)
        notes.append(rival.checkpoint(BEIJING, moment)[1])
        return real(*args)

    monkeypatch.setattr(sign, overtaken)
    assert register.checkpoint(BEIJING, moment.replace(hour=10))[1] == notes[0]
    rival.store.close()


def test_a_text_comes_back_and_is_held_against_its_commitment(register):
    data = write(OUTGOING)
    with register.writing() as writing:
        one, other = writing.lay_down([(data, OUTGOING), (b"a scan", None)])
        assert writing.lay_down([]) == []
    with register.store.read() as connection:
        text = find_text(connection, one)
        assert text is not None
        assert text.data == data
        assert cable_finder(connection)(one) == OUTGOING
        assert {c: x and x.data for c, x in find_texts(connection, [one, other]).items()} == {
            one: data,
            other: b"a scan",
        }
        with pytest.raises(NotFound):
            find_text(connection, "unheard of")


def test_a_received_text_that_came_before_is_kept_once(register):
    data = write(EDITED)
    with register.writing() as writing:
        (commitment,) = writing.lay_down([(data, EDITED)])
        writing.lay_down_received([])
        laid = find_text(writing.connection, commitment)
        assert laid is not None
        salt = laid.salt
        writing.lay_down_received([(commitment, salt, data, EDITED)])
    with register.store.read() as connection:
        assert len(connection.execute(select(t.texts)).all()) == 1
        assert find_text(connection, commitment) == laid


def test_a_text_that_is_not_the_one_committed_to_is_noticed(register):
    with register.writing() as writing:
        one, other = writing.lay_down([(b"one", None), (b"other", None)])
    with register.store.write() as connection:
        keys = {c: {"text_key": k, "sealed": s} for c, _, k, s, _ in connection.execute(select(t.texts))}
        connection.execute(t.texts.update().where(t.texts.c.commitment == one).values(keys[other]))
        connection.execute(t.texts.update().where(t.texts.c.commitment == other).values(sealed=b"\0" * 40))
    with register.store.read() as connection:
        for commitment in (one, other):
            with pytest.raises(StoreDamaged):
                find_text(connection, commitment)
            assert cable_finder(connection)(commitment) is None


def test_a_text_whose_key_is_destroyed_is_gone(register):
    with register.writing() as writing:
        (commitment,) = writing.lay_down([(write(OUTGOING), None)])
    with register.store.write() as connection:
        connection.execute(t.texts.update().values(text_key=b"", sealed=b""))
    with register.store.read() as connection:
        assert find_text(connection, commitment) is None
        assert cable_finder(connection)(commitment) is None
    with register.writing() as writing:
        act = {"kind": "drafted", "post": "beijing.example", "text": commitment}
        writing.append([Record(at=START, act=act)])
    with register.store.read() as connection:
        assert connection.execute(select(t.cables.c.subject)).scalar_one() == ""


def test_an_act_on_a_text_laid_down_earlier_reads_it_again(register):
    with register.writing() as writing:
        (commitment,) = writing.lay_down([(write(OUTGOING), None)])
    with register.writing() as writing:
        act = {"kind": "drafted", "post": "beijing.example", "text": commitment}
        writing.append([Record(at=START, act=act), Record(at=START, act=act)])
    with register.store.read() as connection:
        assert connection.execute(select(t.cables.c.subject)).scalars().all() == ["The text"] * 2
