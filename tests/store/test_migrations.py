"""A post of an older version is brought up to date from its register, and its audit is clean."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from reftel.cable.model import Party
from reftel.office import copies, desk
from reftel.office.audit import audit
from reftel.store import tables as t
from tests.office.scenes import (
    CIPHER,
    KEYLESS,
    READER,
    REGISTRY,
    Post,
    carry,
    copy_of,
    found_post,
    introduce,
    letter,
)

NEW_IN_3 = (t.copy_moves, t.receipts, t.docket, t.docket_issues, t.docket_refs)


def rows(post: Post) -> dict[str, list[tuple[object, ...]]]:
    with post.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in NEW_IN_3
        }


def as_at_0002(post: Post) -> None:
    """Take from a database what the third migration adds."""
    with post.office.store.engine.begin() as connection:
        for table in NEW_IN_3:
            connection.exec_driver_sql(f"DROP TABLE {table.name}")
        connection.exec_driver_sql("DROP INDEX acts_who")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")


def a_day(beijing: Post, moscow: Post, stick: Path) -> None:
    """Copies printed, issued, opened, passed, lost and destroyed; receipts for what was sent."""
    office, hand = beijing.office, beijing.hand
    paper = desk.enter(office, hand(REGISTRY), letter("On paper."))
    desk.print_copies(office, hand(REGISTRY), paper, 4)
    other = desk.enter(office, hand(REGISTRY), letter("On paper too."))
    desk.print_copies(office, hand(REGISTRY), other, 1, listed=[desk.Print(holder="Stalin")])
    issued = [copies.Issue(seq=n, holder=READER) for n in (1, 2, 3)]
    copies.issue(office, hand(REGISTRY), paper, issued)
    copies.open_copy(office, hand(READER), paper, 1)
    copies.pass_on(office, hand(READER), paper, 2, KEYLESS)
    copies.take_back(office, hand(REGISTRY), paper, 1)
    copies.destroy(office, hand(REGISTRY), paper, [1], [hand(CIPHER), hand(READER)])
    copies.report_lost(office, hand(READER), paper, 3, "left in a car")
    copies.report_found(office, hand(REGISTRY), paper, 3, "in the car")
    beijing.release(letter("One."))
    beijing.release(letter("Two."))
    carry(beijing, moscow, stick / "out")
    moscow.release(letter("With the receipt.", to=(Party(post="beijing.example"),)))
    carry(moscow, beijing, stick / "back")


def test_moves_of_copies_and_receipts_are_read_out_of_the_register(tmp_path: Path) -> None:
    beijing, moscow = (found_post(tmp_path / n, f"{n.lower()}.example", n) for n in ("BEIJING", "MOSCOW"))
    introduce(beijing, moscow)
    (tmp_path / "stick").mkdir()
    a_day(beijing, moscow, tmp_path / "stick")
    kept = rows(beijing)
    assert {row[3] for row in kept["copy_moves"]} == {
        "list",
        "issue",
        "open",
        "pass",
        "return",
        "destroy",
        "lose",
        "find",
    }
    assert len(kept["receipts"]) == 2
    as_at_0002(beijing)
    beijing.office.close()
    again = copy_of(beijing, tmp_path / "again")
    assert rows(again) == kept
    assert audit(again.office).clean
    again.office.close()
    moscow.office.close()
