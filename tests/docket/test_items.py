"""Items are named by the entry that brought them; a carried telegram's by its own, as its proof claims."""

from __future__ import annotations

import pytest

from reftel.cable.model import Cable, Carried, DocketLine, Paragraph, Party
from reftel.docket.items import lines_of
from reftel.register.proof import ForwardingProof

INNER = Cable(
    sender=Party(post="kaesong.example"),
    to=(),
    blocks=(Paragraph(text="May it be closed?"),),
    docket=(DocketLine(kind="question", paragraph="u1"),),
)
PROOF = ForwardingProof(
    record=b"{}",
    record_salt=bytes(32),
    text_salt=bytes(32),
    index=15,
    path=(bytes(32), bytes(range(32))),
    checkpoint="kaesong.example\n18\nxxx\n\n",
).encode()


def carrying(proof: bytes | None) -> Cable:
    telegram = Carried(cable=INNER, original=b"x" if proof else None, proof=proof)
    return Cable(sender=Party(post="beijing.example"), to=(), blocks=(telegram,))


def test_a_line_of_a_carried_telegram_has_the_name_that_its_proof_claims():
    (line,) = lines_of(carrying(PROOF))
    assert (line.place, line.same, line.line.paragraph) == ("c1.1", "kaesong.example/15.1", "c1.u1")
    assert (line.speaker, line.reporter) == ("kaesong.example", "beijing.example")


@pytest.mark.parametrize("proof", [None, b"", b"?", b"a", PROOF[:40], b"\xff" * 50])
def test_one_without_a_proof_that_can_be_read_has_no_other_name(proof):
    (line,) = lines_of(carrying(proof))
    assert (line.place, line.same) == ("c1.1", "")
