"""A draft's printed sheet as pictures: what a page asks for by length and JSON, and gets as PNGs."""

from __future__ import annotations

import io
import json

from reftel.cable.model import Cable, Carried, Paragraph, Party, Quotation
from reftel.cable.plain import to_plain
from reftel.press.preview import serve

PNG = b"\x89PNG\r\n\x1a\n"


def asked(cable: object) -> bytes:
    told = {
        "cable": cable,
        "office": "KAESONG",
        "origin": "kaesong.example",
        "at": "2026-11-22T09:00:00+00:00",
    }
    data = json.dumps(told).encode()
    return len(data).to_bytes(4, "big") + data


def pages_of(answers: io.BytesIO) -> list[bytes]:
    count = int.from_bytes(answers.read(4), "big")
    return [answers.read(int.from_bytes(answers.read(4), "big")) for _ in range(count)]


def test_each_request_is_answered_with_its_pages_and_a_bad_one_with_none():
    inner = Cable(
        sender=Party(place="BEIJING"), to=(Party(place="MOSCOW"),), blocks=(Paragraph(text="Agreed."),)
    )
    carrying = Quotation(blocks=(Carried(cable=inner),))
    draft = Cable(
        sender=Party(),
        to=(Party(place="MOSCOW"),),
        blocks=(Paragraph(text="See below."), carrying, Carried(cable=inner)),
    )
    long = Cable(sender=Party(), to=(Party(place="MOSCOW"),), blocks=(Paragraph(text="Word. " * 3000),))
    given = asked(to_plain(draft)) + asked({"no": "cable"}) + asked(to_plain(long))
    answers = io.BytesIO()
    serve(io.BytesIO(given), answers)
    answers.seek(0)
    first, bad, many = pages_of(answers), pages_of(answers), pages_of(answers)
    assert len(first) == 1
    assert bad == []
    assert len(many) > 1
    assert all(page.startswith(PNG) for page in (*first, *many))
    assert answers.read() == b""
