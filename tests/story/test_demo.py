"""The demonstration plays through the real office, and fails where something was not noticed."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from reftel.bearers.courier import Courier
from reftel.cli import demo, story
from reftel.cli.index import program
from reftel.house import open_post
from reftel.office import desk
from reftel.office.audit import audit

POSTS = ("MOSCOW", "BEIJING", "PYONGYANG", "KAESONG")


def run(folder, *words, code=0):
    result = CliRunner(catch_exceptions=False).invoke(program, ["demo", "--folder", str(folder), *words])
    assert result.exit_code == code, result.output
    return result.stdout


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "posts"
    return folder, run(folder)


def test_the_story_is_told_and_every_audit_is_clean(played):
    folder, told = played
    assert [f"{post:<10} audit of" in told for post in POSTS] == [True] * 4
    assert told.count(": clean") == 4
    assert "is proved, byte for byte" in told
    assert "BEIJING lists bag 2 of KAESONG" in told
    assert "BEIJING refuses it whole" in told
    assert f"REFTEL_POST='{folder / 'MOSCOW'}'" in told
    assert len(list((folder / "sheets").glob("*.pdf"))) == 3


def test_the_story_is_told_through_the_docket_too(played):
    folder, told = played
    assert "MOSCOW has 2 open questions in its docket." in told
    assert "The question of its report is answered there." in told
    assert "A press line said what MOSCOW forbade: it was stopped" in told
    assert "A paper for the other side showed what is held back: accepted" in told
    before, after = told.split("When they were answered")
    assert "Galkin knew entry:17 (" in before
    assert "The strip may be" not in before
    assert "The strip may be" in after
    assert "entry:30 (cleared" in after
    kept = {"REFTEL_PASSPHRASE_FILE": str(folder / "passphrase")}
    for post, questions in (("MOSCOW", 2), ("BEIJING", 1), ("PYONGYANG", 1), ("KAESONG", 1)):
        words = ["docket", "questions", "--all", "--json", "--post", str(folder / post)]
        found = CliRunner(env=kept).invoke(program, words)
        states = [one["state"] for one in json.loads(found.stdout)["questions"]]
        answered = "open" if post == "PYONGYANG" else "answered"
        assert states == [answered] * questions, post


def test_an_order_that_stops_nothing_fails_the_demonstration(tmp_path, monkeypatch):
    """Were the office to let drafts go against the docket, the demonstration must not call that clean."""
    monkeypatch.setattr(desk, "demand_accepted", lambda office, connection, drafts: None)
    told = run(tmp_path / "posts", code=1)
    assert "NOT NOTICED: forbidden words, what is held back" in told


def test_a_row_edited_by_hand_is_named(played):
    folder, _ = played
    words = (folder / "passphrase").read_text().strip()
    office = open_post(folder / "MOSCOW", words)
    try:
        with office.store.write() as connection:
            connection.execute(text("UPDATE copies SET holder = 'Nobody' WHERE seq = 3"))
        report = audit(office)
        assert not report.clean
        assert [(f.table, f.column) for f in report.findings if f.level == "failure"] == [
            ("copies", "holder")
        ]
    finally:
        with office.store.write() as connection:
            connection.execute(text("UPDATE copies SET holder = 'Galkin' WHERE seq = 3"))
        office.close()


def test_a_demonstration_is_replaced_and_nothing_else_is(played, tmp_path):
    folder, _ = played
    answer = json.loads(run(folder, "--json"))
    assert answer["clean"] is True
    assert answer["not_noticed"] == []
    assert set(answer["audits"]) == set(POSTS)
    (tmp_path / "mine").write_text("not a demonstration")
    run(tmp_path, code=2)
    assert (tmp_path / "mine").read_text() == "not a demonstration"


def test_a_planted_fault_that_nobody_notices_fails_the_demonstration(tmp_path, monkeypatch):
    """The stick is not lost after all: no gap is seen, and the demonstration must not call that clean."""
    monkeypatch.setattr(Courier, "remove", lambda self, name: None)
    told = run(tmp_path / "posts", code=1)
    assert "NOT NOTICED: lost bag" in told


def test_a_failed_audit_fails_the_demonstration(tmp_path, monkeypatch):
    settle = story._settle_receipts

    def meddle(stage: story.Stage) -> None:
        settle(stage)
        with stage.posts["BEIJING"].store.write() as connection:
            connection.execute(text("UPDATE cables SET subject = 'Another' WHERE direction = 'in'"))

    monkeypatch.setattr(story, "_settle_receipts", meddle)
    told = run(tmp_path / "posts", code=1)
    assert "FAILURES" in told
    assert demo.MARK in {path.name for path in (tmp_path / "posts").iterdir()}
