"""People, rules, names, keys and the shift."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reftel.cipher.person import PersonKey
from reftel.register.entries import b64
from tests.cli.conftest import CHIEF, Desk

CLERK = ("--role", "cipher clerk")


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "new words"
    path.write_text("wire by wire the river\n")
    return path


def person(desk: Desk, name: str):
    (found,) = [p for p in desk.json("people", "list") if p["name"] == name]
    return found


@pytest.fixture
def second(kaesong: Desk, words, tmp_path) -> dict[str, str | None]:
    """Fedyaev serves with a key of his own; what the credential holds that opens it."""
    founding = ("--decision", "founding of the post")
    kaesong.run("people", "rule", "two-officers", "off", *founding)
    clerk = ("people", "admit", "Fedyaev", "--role", "registry clerk", "--new-key")
    kaesong.run(*clerk, "--new-passphrase-file", words)
    kaesong.run("people", "rule", "two-officers", "on", *founding)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "reftel-Fedyaev").write_text(words.read_text())
    return {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}


def test_a_key_is_admitted_by_two_officers_who_both_sign(kaesong: Desk, words, second):
    admit = ("people", "admit", "Kornyushina", *CLERK, "--new-key", "--new-passphrase-file", words)
    assert kaesong.complaint(*admit, code=2)["code"] == "separation"
    assert kaesong.complaint(*admit, "--second", CHIEF, code=2)["code"] == "separation"
    # What was refused left no key file that would stand in the way.
    assert kaesong.complaint(*admit, "--second", "Fedyaev", code=2)["code"] == "locked"
    more = ("--clearance", "SECRET", "--caption", "NODIS")
    kaesong.run(*admit, "--second", "Fedyaev", *more, env=second)
    found = person(kaesong, "Kornyushina")
    assert (found["clearance"], found["captions"]) == ("SECRET", ["NODIS"])
    entry = kaesong.json("register", "show", str(found["entry"]))
    assert entry["act"]["officers"] == [CHIEF, "Fedyaev"]
    assert [signed["person"] for signed in entry["signatures"]] == [CHIEF, "Fedyaev"]
    kaesong.run(
        "shift", CHIEF, "--as", "Kornyushina", "--person-passphrase-file", words, "--note", "Two bags wait."
    )


def test_a_change_of_roles_keeps_the_key_that_was_admitted(kaesong: Desk):
    before = person(kaesong, CHIEF)["key_id"]
    kaesong.run("people", "admit", CHIEF, "--role", "administrator", "--role", "reader")
    after = person(kaesong, CHIEF)
    assert (after["key_id"], after["roles"]) == (before, ["administrator", "reader"])


def test_a_key_made_elsewhere_is_admitted_by_its_public_half(kaesong: Desk, words, second):
    kaesong = replace(kaesong, env=kaesong.env | second)
    key = PersonKey.generate()
    brought = ("people", "admit", "Ryu", *CLERK, "--second", "Fedyaev", "--key", b64(key.public))
    assert kaesong.json(*brought)["key_id"] == key.key_id
    made = kaesong.json("people", "key", "Kornyushina", "--new-passphrase-file", words)
    admit = ("people", "admit", "Kornyushina", *CLERK, "--second", "Fedyaev")
    assert kaesong.json(*admit, "--key", made["key"])["key_id"] == made["key_id"]
    assert kaesong.complaint(*admit, "--key", "junk", code=2)["code"] == "bad-value"
    assert kaesong.complaint(*admit, "--key", made["key"], "--new-key", code=2)["code"] == "bad-value"
    again = kaesong.complaint("people", "key", "Kornyushina", "--new-passphrase-file", words, code=2)
    assert "has a key file already" in again["sentence"]


def test_a_new_key_needs_a_passphrase(kaesong: Desk):
    assert kaesong.complaint("people", "key", "Ryu", code=2)["code"] == "locked"


def test_who_has_left_acts_no_more(kaesong: Desk):
    kaesong.run("people", "admit", "Fedyaev", *CLERK)
    assert "No copies are out" in kaesong.run("people", "depart", "Fedyaev").stdout
    assert person(kaesong, "Fedyaev")["standing"] == "departed"
    kaesong.complaint("shift", CHIEF, "--as", "Fedyaev", "--recorded-by", CHIEF, code=2)


def test_a_rule_is_switched_by_a_decision_and_listed_with_it(kaesong: Desk):
    kaesong.run("people", "rule", "two-officers", "off", "--decision", "P84/430")
    off = [r for r in kaesong.json("people", "rules") if not r["in_force"]]
    assert [(r["rule"], r["decision"]) for r in off] == [("two-officers", "P84/430")]
    kaesong.run("people", "rule", "two-officers", "on", "--decision", "P84/431")
    assert all(r["in_force"] for r in kaesong.json("people", "rules"))
    assert kaesong.run("people", "rules").stdout.count("in force") == 6


def test_the_authority_list_keeps_names_as_printed(kaesong: Desk):
    assert kaesong.run("people", "names").stdout == "The list is empty.\n"
    name = (
        "people",
        "name",
        "FILIPPOV",
        "--kind",
        "person",
        "--printed",
        "FILIPPOV",
        "--printed",
        "Filippov",
    )
    kaesong.run(*name, "--note", "a pseudonym")
    (found,) = kaesong.json("people", "names")
    assert found["detail"] == {"printed": ["FILIPPOV", "Filippov"], "note": "a pseudonym"}
    assert "FILIPPOV; Filippov" in kaesong.run("people", "names").stdout


def test_a_table_stands_in_columns_whatever_the_script(kaesong: Desk):
    kaesong.run("people", "admit", "李相朝", "--role", "reader")
    lines = kaesong.run("people", "list").stdout.splitlines()
    assert lines[0].startswith("NAME         STANDING")
    assert "李相朝       serving" in "\n".join(lines)


def test_opening_keys_are_rotated_and_not_destroyed_before_their_time(kaesong: Desk):
    before = kaesong.json("keys", "list")
    assert [key["seed_here"] for key in before] == [True, True]
    made = kaesong.json("keys", "rotate")
    after = kaesong.json("keys", "list")
    assert [key["epoch"] for key in after] == [*(key["epoch"] for key in before), made["epoch"]]
    refused = kaesong.complaint("keys", "destroy", before[0]["epoch"], code=2)
    assert refused["code"] == "not-allowed-in-this-state"
    assert all(key["seed_here"] for key in kaesong.json("keys", "list"))
    assert made["epoch"] in kaesong.run("keys", "list").stdout


def test_what_a_person_is_cleared_for_is_said_and_what_is_no_longer_given_is_too(kaesong: Desk):
    admit = ("people", "admit", "Pak", "--role", "reader")
    assert "cleared for SECRET" in kaesong.run(*admit, "--clearance", "SECRET").stdout
    assert "The clearance for SECRET is taken away." in kaesong.run(*admit).stdout
    assert "taken away" not in kaesong.run(*admit).stdout
