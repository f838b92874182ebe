"""The register in pages: who sees which entry, what is verified, and proofs that another tool can check."""

import json
import re
from html import unescape

import pytest

from reftel.bearers.courier import Courier
from reftel.cable.model import Paragraph, Party
from reftel.cipher.commitment import record_leaf
from reftel.cipher.person import PersonKey
from reftel.office import arrivals, channels, copies, desk, people, tasks
from reftel.office.copies import Issue
from reftel.register.checkpoint import open_checkpoint
from reftel.register.entries import unb64
from reftel.register.merkle import leaf_hash
from reftel.register.proof import TlogProof
from reftel.store import tables as t
from tests.office.scenes import (
    ADMIN,
    AUDITOR,
    CIPHER,
    CLEARING,
    DRAFTER,
    READER,
    REGISTRY,
    RELEASER,
    carry,
    copy_of,
    letter,
)
from tests.web.pages import found, main_of


def listed(page):
    return [
        int(n) for n in re.findall(r'<th scope="row" class="tn"><a class="link" href="/register/(\d+)"', page)
    ]


def sign(post):
    return post.office.register.checkpoint(post.office.keys.signing, post.clock.at)


def test_entries_are_listed_newest_first_and_go_on_below(web):
    post = web.post
    auditor = web.signed_in(AUDITOR, "auditor")
    for _ in range(9):
        post.printed(1)
    path, seen = "/register", []
    while path:
        page = auditor.get(path).text
        seen += listed(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = unescape(following.group(1)) if following else ""
    assert seen == list(range(post.size() - 1, -1, -1))


def test_entries_of_one_kind_person_and_cable(web):
    post = web.post
    first, second = post.release(), post.printed(1)
    auditor = web.signed_in(AUDITOR, "auditor")
    assert listed(auditor.get("/register?kind=released").text) == [first + 1]
    assert listed(auditor.get(f"/register?cable=entry:{second}").text) == [second + 1, second]
    assert listed(auditor.get(f"/register?person={RELEASER}").text) == [first + 1]
    assert listed(auditor.get(f"/register?cable={post.cable(first).mrn}&kind=drafted").text) == [first]
    assert auditor.get("/register?kind=bribed").status_code == 422


def test_whoever_sees_a_cable_sees_its_entries_and_others_do_not(web):
    post = web.post
    mine, others = post.printed(1), post.printed(1)
    copies.issue(post.office, post.hand(REGISTRY), mine, [Issue(seq=1, holder=READER, paper=True)])
    reader = web.signed_in(READER)
    page = reader.get("/register").text
    assert {mine, mine + 1} <= set(listed(page))
    assert not {others, others + 1} & set(listed(page))
    hidden, absent = reader.get(f"/register/{others}"), reader.get("/register/99999")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert main_of(hidden) == main_of(absent)
    for path in ("proof", "record"):
        assert reader.get(f"/register/{others}/{path}").status_code == 404


def test_everybody_sees_what_concerns_the_post_and_only_overseers_its_invitations(web):
    post = web.post
    with post.read() as connection:
        (opened,) = connection.execute(t.acts.select().where(t.acts.c.kind == "post opened")).all()
        invited = connection.execute(t.acts.select().where(t.acts.c.kind == "invited")).first()
    assert web.signed_in(CLEARING).get(f"/register/{opened.entry}").status_code == 200
    for person in (CLEARING, REGISTRY, CIPHER):
        assert web.signed_in(person).get(f"/register/{invited.entry}").status_code == 404
    assert web.signed_in(ADMIN, "administrator").get(f"/register/{invited.entry}").status_code == 200


def test_what_a_record_holds_is_for_who_reads_its_cable(web):
    post = web.post
    cable = post.release()
    tasks.task(post.office, post.hand(REGISTRY), cable, "MOSCOW", "Ask about the ford at Kaesong.")
    entry = post.size() - 1
    assert "the ford at Kaesong" in web.signed_in(REGISTRY).get(f"/register/{entry}").text
    clerk = web.signed_in(CIPHER)
    assert "the ford at Kaesong" in clerk.get(f"/register/{entry}").text  # it went out by him
    paper = post.printed(1)
    tasks.task(post.office, post.hand(REGISTRY), paper, "MOSCOW", "Ask about the ford at Kaesong.")
    entry = post.size() - 1
    page = web.signed_in(RELEASER).get(f"/register/{entry}")
    assert page.status_code == 200
    assert "is not for you" in page.text
    assert "the ford at Kaesong" not in page.text
    assert web.signed_in(RELEASER).get(f"/register/{entry}/record").status_code == 404
    assert "the ford at Kaesong" in web.signed_in(AUDITOR, "auditor").get(f"/register/{entry}").text


def test_an_auditor_who_is_not_cleared_reads_no_record_of_that_cable(web):
    post = web.post
    secret = letter(classification="TOP SECRET", blocks=(Paragraph(text="Burn this.", portion="TS"),))
    entry = post.printed(1, secret)
    page = web.signed_in(AUDITOR, "auditor").get(f"/register/{entry}")
    assert page.status_code == 200
    assert "is not for you" in page.text
    assert "not for you" not in web.signed_in(REGISTRY).get(f"/register/{entry}").text


def test_a_passkeys_act_shows_what_the_passkey_said_and_that_it_verifies(web):
    cable = web.post.printed(1)
    done = web.act(REGISTRY, "issue", {"cable": cable, "copies": [{"seq": 1, "holder": READER}]})
    page = web.signed_in(REGISTRY).get(f"/register/{done['entry']}").text
    assert "by a passkey" in page
    assert '<strong class="done">Holds.</strong> <bdi>It verifies: type webauthn.get' in page
    assert "https://office.beijing.example" in page
    assert "user present, user verified" in page


def test_a_flipped_bit_in_a_stored_assertion_is_shown(web):
    cable = web.post.printed(1)
    done = web.act(REGISTRY, "issue", {"cable": cable, "copies": [{"seq": 1, "holder": READER}]})
    with web.post.office.store.write() as connection:
        row = connection.execute(t.entries.select().where(t.entries.c.entry == done["entry"])).one()
        record = json.loads(row.record)
        signature = record["sigs"][0][2]["sig"]
        record["sigs"][0][2]["sig"] = signature[:-6] + ("A" if signature[-6] != "A" else "B") + signature[-5:]
        data = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        connection.execute(t.entries.update().where(t.entries.c.entry == done["entry"]).values(record=data))
    page = web.signed_in(REGISTRY).get(f"/register/{done['entry']}?verify=yes").text
    assert "Does not hold." in page
    assert "The leaf that is stored is not the one" in page


def test_verify_here_says_exactly_what_was_checked(web, tmp_path, served_templates):
    post = web.post
    moscow = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    cable = post.release()
    page = web.signed_in(REGISTRY).get(f"/register/{cable}?verify=yes").text
    assert "No checkpoint covers the entry yet" in page
    carry(post, moscow, tmp_path / "out")
    courier = Courier(tmp_path / "back")
    (tmp_path / "back").mkdir()
    channels.dispatch(moscow.office, courier, post.office.origin)
    for bag in courier.collect():
        arrivals.receive(post.office, bag)
    sign(post)
    page = web.signed_in(REGISTRY).get(f"/register/{cable}?verify=yes").text
    said = re.findall(r"<li><b><bdi>([^<]+)</bdi>\.</b> <strong class=\"(\w+)\">", page)
    assert said == [
        ("Record", "done"),
        ("Leaf", "done"),
        ("Checkpoint", "done"),
        ("Inclusion", "done"),
        ("Growth", "done"),
        ("Seen by MOSCOW", "done"),
    ]
    assert "Ed25519 and ML-DSA-44" in page
    assert "prove little against whoever runs it" in page
    peers = main_of(web.signed_in(READER).get("/register/peers"))
    assert peers.count("Holds.") == 2
    word = web.signed_in(READER).get("/register/peers/moscow.example")
    assert open_checkpoint(word.text, moscow.office.keys.signing.verifier).origin == "moscow.example"
    moscow.office.close()


def test_a_changed_record_does_not_hold(web):
    post = web.post
    entry = post.printed(1)
    sign(post)
    with post.office.store.write() as connection:
        row = connection.execute(t.entries.select().where(t.entries.c.entry == entry)).one()
        changed = row.record.replace(REGISTRY.encode(), DRAFTER.encode())
        connection.execute(t.entries.update().where(t.entries.c.entry == entry).values(record=changed))
    page = web.signed_in(REGISTRY).get(f"/register/{entry}?verify=yes").text
    assert page.count("Does not hold.") >= 2


def test_the_proof_convinces_whoever_has_the_posts_keys(web):
    post = web.post
    entry = post.printed(1)
    clerk = web.signed_in(REGISTRY)
    assert clerk.get(f"/register/{entry}/proof").status_code == 409
    assert clerk.send("/register/checkpoints/sign").headers["location"] == "/register/checkpoints"
    answer = clerk.get(f"/register/{entry}/proof")
    assert f'filename="beijing.example-{entry}.tlog-proof"' in answer.headers["content-disposition"]
    record = clerk.get(f"/register/{entry}/record").content
    salt = unb64(found(r"Salt ([A-Za-z0-9+/]+)", clerk.get(f"/register/{entry}").text).group(1), 32)
    proof = TlogProof.decode(answer.text)
    head = proof.verify(leaf_hash(record_leaf(salt, record)), post.office.keys.signing.verifier)
    assert (proof.index, head.size) == (entry, post.size())


def test_checkpoints_are_listed_verified_and_given_out(web):
    post = web.post
    sizes = []
    for _ in range(3):
        post.printed(1)
        sizes.append(sign(post)[0])
    page = web.signed_in(READER).get("/register/checkpoints").text
    assert page.count("Both signatures verify.") == 3
    for size in sizes:
        note = web.signed_in(READER).get(f"/register/checkpoints/{size}").text
        assert open_checkpoint(note, post.office.keys.signing.verifier).size == size
    assert web.signed_in(READER).get("/register/checkpoints/1").status_code == 404
    assert web.signed_in(READER).send("/register/checkpoints/sign").status_code == 403


def test_an_audit_is_begun_by_those_who_may(web):
    assert "/jobs/audit" in web.signed_in(AUDITOR, "auditor").get("/register").text
    assert "/jobs/audit" not in web.signed_in(REGISTRY).get("/register").text


def test_markup_in_a_record_is_text(web):
    post = web.post
    people.name_authority(
        post.office, post.hand(REGISTRY), "<script>alert(1)</script>", "person", {"note": "\u202eevil"}
    )
    page = web.signed_in(REGISTRY).get(f"/register/{post.size() - 1}").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert "U+202E" in page


def test_every_kind_of_entry_has_a_page(web, tmp_path, served_templates):
    post = web.post
    moscow = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    moscow.release(letter(to=letter().to))
    entry = post.release()
    desk.print_copies(post.office, post.hand(REGISTRY), post.printed(1), 1)
    carry(post, moscow, tmp_path / "out")
    auditor = web.signed_in(AUDITOR, "auditor")
    assert entry < post.size()
    for number in range(post.size()):
        assert auditor.get(f"/register/{number}").status_code == 200
    moscow.office.close()


@pytest.mark.parametrize(
    "path", ["/register?below=x", "/register?cable=" + "1" * 300, "/register/checkpoints?below=-1"]
)
def test_an_address_that_makes_no_sense_is_refused(web, path):
    assert web.signed_in(REGISTRY).get(path).status_code == 422


def test_a_checkpoint_that_was_altered_does_not_hold(web):
    post = web.post
    entry = post.printed(1)
    size, note = sign(post)
    post.printed(1)
    sign(post)
    lines = note.split("\n")
    root = lines[2]
    lines[2] = ("A" if root[0] != "A" else "B") + root[1:]
    with post.office.store.write() as connection:
        here = t.checkpoints.c.size == size
        connection.execute(t.checkpoints.update().where(here).values(note="\n".join(lines)))
    clerk = web.signed_in(REGISTRY)
    said = re.findall(
        r"<li><b><bdi>([^<]+)</bdi>\.</b> <strong class=\"([a-z-]+)\">",
        clerk.get(f"/register/{entry}?verify=yes").text,
    )
    assert dict(said) == {
        "Record": "done",
        "Leaf": "done",
        "Checkpoint": "bad-text",
        "Inclusion": "bad-text",
        "Growth": "bad-text",
    }
    assert "It does not verify" in clerk.get("/register/checkpoints").text


def test_a_peers_view_that_was_altered_does_not_hold(web, tmp_path, served_templates):
    post = web.post
    moscow = copy_of(served_templates[0]["MOSCOW"], tmp_path / "MOSCOW")
    moscow.release(letter(to=(Party(post="beijing.example", place="BEIJING"),)))
    carry(moscow, post, tmp_path / "in")
    moscow.office.close()
    with post.office.store.write() as connection:
        view = connection.execute(t.views.select()).one()
        note = view.note.replace(f"\n{view.size}\n", f"\n{view.size + 1}\n")
        connection.execute(t.views.update().values(note=note))
        connection.execute(
            t.cosignatures.insert().values(peer="moscow.example", size=view.size, line="x", entry=1)
        )
    assert main_of(web.signed_in(READER).get("/register/peers")).count("Does not hold.") == 2


def test_a_key_that_was_replaced_is_left_to_the_audit(web):
    post = web.post
    entry = post.printed(1)
    key = PersonKey.generate()
    second = post.hand(CIPHER)
    people.admit(
        post.office,
        post.hand(ADMIN),
        REGISTRY,
        roles=["registry clerk"],
        clearance="TOP SECRET",
        public=key.public,
        second=second,
    )
    assert (
        "The audit judges it by its place" in web.signed_in(AUDITOR, "auditor").get(f"/register/{entry}").text
    )
