"""Changes to what was sent: forwarded, cancelled, corrected, downgraded; each an act, none an edit."""

import pytest

from reftel.cable.model import Carried, Paragraph, Party, Precedence, Standing
from reftel.errors import BadValue, NotAllowed
from reftel.office import arrivals, changes, desk
from reftel.register.proof import ForwardingProof
from reftel.store import tables as t
from tests.office.scenes import ADMIN, DRAFTER, REGISTRY, RELEASER, carry, letter

TO_BEIJING = (Party(post="beijing.example", place="BEIJING"),)


def readdress(post, cable, **more):
    given = {"to": TO_BEIJING} | more
    return changes.readdress(post.office, post.hand(DRAFTER), cable, **given)


def cancel(post, cable, by):
    changes.cancel(post.office, post.hand(REGISTRY), cable, by)


def correct(post, cable, by):
    changes.correct(post.office, post.hand(REGISTRY), cable, by)


def carried_of(post, entry):
    with post.read() as connection:
        found = desk.cable_text(connection, post.cable(entry))
        assert found is not None
        cable = found[0]
        carried = [block for block in cable.blocks if isinstance(block, Carried)]
        return cable, carried, [arrivals.standing(connection, one) for one in carried]


@pytest.fixture
def received(beijing, moscow, stick):
    """A cable of BEIJING's that came to MOSCOW."""
    sent = beijing.release(letter(captions=("EXDIS",)))
    (entry,) = carry(beijing, moscow, stick)
    return sent, entry


def test_what_is_forwarded_keeps_number_time_bytes_and_proof(beijing, moscow, received, stick):
    sent, entry = received
    forward = readdress(moscow, entry, covering="For your files.")
    cable, (telegram,), standings = carried_of(moscow, forward)
    assert cable.blocks[0] == Paragraph(text="For your files.")
    assert (cable.classification, cable.captions) == ("SECRET", ("EXDIS",))
    assert (cable.precedence, cable.subject) == (Precedence.PRIORITY, "Talks")
    with beijing.read() as connection:
        original = desk.cable_text(connection, beijing.cable(sent))
    assert (telegram.cable, telegram.original) == original
    assert standings == [Standing.PROVED]
    assert moscow.cable(entry).state == "deciphered"
    assert [(k.cable, k.relation, k.other) for k in moscow.rows(t.links)] == [(entry, "carries", forward)]
    desk.release(moscow.office, moscow.hand(RELEASER), forward)
    (back,) = carry(moscow, beijing, stick)
    _, (again,), standings = carried_of(beijing, back)
    assert again == telegram
    assert standings == [Standing.PROVED]


def test_our_own_cable_is_forwarded_with_proof_once_the_register_is_signed(beijing, moscow, stick):
    sent = beijing.release()
    with pytest.raises(NotAllowed, match="not been signed"):
        readdress(beijing, sent, to=(Party(post="moscow.example"),))
    carry(beijing, moscow, stick)
    forward = readdress(
        beijing, sent, to=(Party(post="moscow.example"),), subject="Again", precedence=Precedence.FLASH
    )
    cable, _, standings = carried_of(beijing, forward)
    assert len(cable.blocks) == 1
    assert (cable.subject, cable.precedence) == ("Again", Precedence.FLASH)
    assert standings == [Standing.PROVED]


def test_paper_is_forwarded_as_told(beijing):
    forward = readdress(beijing, beijing.printed(), to=(Party(post="moscow.example"),))
    _, (telegram,), standings = carried_of(beijing, forward)
    assert telegram.original is None
    assert standings == [Standing.AS_TOLD]


def test_a_changed_forwarded_text_or_proof_is_wrong_and_an_unknown_post_is_said_so(beijing, moscow, received):
    _, (telegram,), _ = carried_of(moscow, readdress(moscow, received[1]))
    assert telegram.original is not None
    assert telegram.proof is not None
    proof = ForwardingProof.decode(telegram.proof)
    changed = Carried(cable=telegram.cable, original=telegram.original + b"x", proof=telegram.proof)
    broken = Carried(cable=telegram.cable, original=telegram.original, proof=b"reftel proof")
    with moscow.read() as connection:
        assert arrivals.standing(connection, changed) is Standing.WRONG
        assert arrivals.standing(connection, broken) is Standing.WRONG
    with moscow.office.store.write() as connection:
        connection.execute(t.posts.delete().where(t.posts.c.origin == proof.origin))
        assert arrivals.standing(connection, telegram) is Standing.KEY_UNKNOWN


def test_what_no_register_vouches_for_is_not_proved(beijing):
    draft, paper = beijing.draft(), beijing.printed()
    with beijing.read() as connection:
        for entry in (draft, paper):
            with pytest.raises(NotAllowed, match="vouches"):
                changes.forwarding_proof(connection, entry)
    with pytest.raises(NotAllowed):
        readdress(beijing, draft)


def test_a_destroyed_text_is_not_forwarded(beijing):
    paper = beijing.printed()
    desk.destroy_text(beijing.office, beijing.hand(ADMIN), paper, "order")
    with pytest.raises(NotAllowed, match="destroyed"):
        readdress(beijing, paper)
    with beijing.read() as connection, pytest.raises(NotAllowed, match="destroyed"):
        changes.forwarding_proof(connection, paper)


def test_a_forwarding_draft_is_released_like_any_other(beijing):
    forward = readdress(beijing, beijing.printed(), to=(Party(post="moscow.example"),))
    assert beijing.cable(forward).state == "drafted"
    desk.release(beijing.office, beijing.hand(RELEASER), forward)


def test_only_the_originator_cancels_by_a_cable_of_its_own(beijing, moscow, received, stick):
    sent, entry = received
    ours = moscow.release(letter("Cancel it.", to=TO_BEIJING))
    with pytest.raises(NotAllowed, match="originator"):
        cancel(moscow, entry, ours)
    for by in (sent, beijing.draft(), beijing.printed()):
        with pytest.raises(NotAllowed, match="originator"):
            cancel(beijing, sent, by)
    by = beijing.release(letter("Cancel my 1."))
    (there,) = carry(beijing, moscow, stick)
    cancel(moscow, entry, there)
    cancel(beijing, sent, by)
    assert moscow.cable(entry).state == beijing.cable(sent).state == "cancelled"
    with pytest.raises(NotAllowed):
        cancel(beijing, sent, by)


def test_what_is_cancelled_is_neither_printed_nor_forwarded_nor_sent(beijing, moscow, stick):
    sent = beijing.release()
    cancel(beijing, sent, beijing.release())
    for act in (
        lambda: desk.print_copies(beijing.office, beijing.hand(REGISTRY), sent, 1),
        lambda: correct(beijing, sent, beijing.release()),
    ):
        with pytest.raises(NotAllowed):
            act()
    came = carry(beijing, moscow, stick)
    assert len(came) == 2
    assert beijing.cable(sent).state == "cancelled"


def test_a_cable_is_corrected_by_another_of_its_originator(beijing, moscow, received, stick):
    sent, entry = received
    draft, paper = beijing.draft(), beijing.printed()
    for by in (sent, draft, paper):
        with pytest.raises(NotAllowed, match="corrected by another"):
            correct(beijing, sent, by)
    with pytest.raises(NotAllowed):
        correct(beijing, paper, beijing.release())
    correct(beijing, paper, beijing.printed())
    with pytest.raises(NotAllowed):
        correct(moscow, entry, moscow.release(letter(to=TO_BEIJING)))
    beijing.release(letter("Read `lasted forty` as `lasted fourteen`."))
    *_, there = carry(beijing, moscow, stick)
    text = carried_of(moscow, entry)[0]
    correct(moscow, entry, there)
    assert moscow.cable(entry).state == "deciphered"
    assert carried_of(moscow, entry)[0] == text
    assert ("corrected by", there) in {(k.relation, k.other) for k in moscow.rows(t.links)}


@pytest.mark.parametrize("level", ["SECRET", "TOP SECRET", "COSMIC"])
def test_a_marking_is_only_lowered(beijing, level):
    entry = beijing.printed()
    with pytest.raises(BadValue):
        changes.downgrade(beijing.office, beijing.hand(REGISTRY), entry, level, "Order 7")


def test_a_marking_is_lowered_on_authority_and_the_text_keeps_its_own(beijing):
    entry = beijing.printed(1, letter(captions=("EYES ONLY",)))
    with pytest.raises(BadValue, match="authority"):
        changes.downgrade(beijing.office, beijing.hand(REGISTRY), entry, "RESTRICTED", " ")
    changes.downgrade(beijing.office, beijing.hand(REGISTRY), entry, "restricted", "Order 7")
    assert beijing.cable(entry).marking == "RESTRICTED\x1fEYES ONLY"
    assert beijing.last().act["authority"] == "Order 7"
    assert carried_of(beijing, entry)[0].classification == "SECRET"
    changes.downgrade(beijing.office, beijing.hand(REGISTRY), entry, "", "Order 8")
    assert beijing.cable(entry).marking == "\x1fEYES ONLY"
