"""Train the cable dictionary: ``python tools/train_dictionary.py [FOLDER]``.

Writes src/reftel/cipher/cable.dict. FOLDER holds whole cables in their Internet form, one a file;
without it, cables are put together from dictionary_text.py. What was packed with one dictionary
cannot be read with another: train again only before a release that no archive depends on, and run
tools/vectors/envelope.py after it.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import zstandard
from dictionary_text import (
    ASKS,
    CAPTIONS,
    CLASSIFICATIONS,
    ENCLOSURES,
    KINDS,
    OPENINGS,
    PEOPLE,
    POSTS,
    SENTENCES,
    SIGNATURES,
    SUBJECTS,
)

from reftel.cable import internet
from reftel.cable.dtg import dtg, read_moment
from reftel.cable.model import (
    Ask,
    Block,
    Cable,
    Carried,
    Enclosure,
    Number,
    Onward,
    Paragraph,
    Party,
    Precedence,
    Quotation,
    Reference,
    Signature,
)

TARGET = Path(__file__).resolve().parents[1] / "src" / "reftel" / "cipher" / "cable.dict"
DICTIONARY_SIZE = 20 * 1024  # at this level a longer one packs unseen cables worse, not better
CABLES = 2000
LEVEL = 3


def party(draw: random.Random, place: str, post: str) -> Party:
    """A post, now and then with the office or the person there."""
    office, person = draw.choice([("", ""), ("", ""), draw.choice(PEOPLE)])
    return Party(post=post, place=place, office=office, person=person)


def paragraphs(draw: random.Random) -> list[Block]:
    """The text: an opening, and numbered or plain paragraphs, one of them sometimes to hand over."""
    numbered = draw.random() < 0.7
    mark = draw.choice(["", "S", "C", "U"])
    blocks: list[Block] = [Paragraph(text=draw.choice(OPENINGS), portion=mark)]
    for number in range(1, draw.randint(2, 7)):
        text = " ".join(draw.sample(SENTENCES, draw.randint(2, 4)))
        blocks.append(Paragraph(text=text, number=str(number) if numbered else "", portion=mark))
    if draw.random() < 0.15:
        quoted = Paragraph(text=draw.choice(SENTENCES))
        blocks.append(Quotation(blocks=(quoted,), signature=Signature(literal=draw.choice(SIGNATURES))))
    return blocks


def compose(draw: random.Random, serial: int, *, carries: bool = True) -> Cable:
    """One cable; every eighth ``carries`` another."""
    parties = [party(draw, *one) for one in draw.sample(POSTS, 4)]
    sender, to, info = parties[0], tuple(parties[1 : draw.randint(2, 3)]), tuple(parties[3:])
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=draw.randrange(2 * 365 * 24 * 60))
    mrn = f"{at:%Y}{sender.place.replace(' ', '')}{serial:06d}"
    cited = f"{at:%Y}{to[0].place.replace(' ', '')}{draw.randint(1, 400):06d}"
    blocks = paragraphs(draw)
    if carries and draw.random() < 1 / 8:
        blocks[1:] = [Carried(cable=compose(draw, draw.randint(1, 400), carries=False))]
    kind, literal = draw.choice(ASKS)
    due = read_moment(dtg(at + timedelta(days=1)))
    title, media_type, filename = draw.choice(ENCLOSURES)
    return Cable(
        kind=draw.choice(KINDS),
        numbers=(Number(scheme="MRN", value=mrn),),
        precedence=draw.choice(
            [Precedence.ROUTINE, Precedence.PRIORITY, Precedence.IMMEDIATE, Precedence.FLASH]
        ),
        info_precedence=draw.choice([None, Precedence.ROUTINE]),
        classification=draw.choice(CLASSIFICATIONS),
        captions=tuple(draw.sample(CAPTIONS, draw.choice([0, 0, 1, 2]))),
        moment=read_moment(dtg(at)),
        registered=at,
        sender=sender,
        to=to,
        info=draw.choice([(), info]),
        onward=draw.choice([None, None, None, Onward(to=Party(person="Foreign Minister"), how="orally")]),
        subject=draw.choice(SUBJECTS),
        references=draw.choice([(), (Reference(literal=cited, letter="A", number=cited),)]),
        asks=draw.choice([(), (Ask(owner=to[0].place, literal=literal, kind=kind, due=due, paragraph="1"),)]),
        enclosures=draw.choice(
            [(), (), (Enclosure(title=title, media_type=media_type, filename=filename, content=b""),)]
        ),
        signature=draw.choice([None, Signature(literal=draw.choice(SIGNATURES))]),
        blocks=tuple(blocks),
    )


def samples() -> list[bytes]:
    """The cables to train on."""
    if len(sys.argv) > 1:
        return [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir()) if path.is_file()]
    draw = random.Random(23343)  # noqa: S311 - the same cables every time
    return [internet.write(compose(draw, serial)) for serial in range(1, CABLES + 1)]


def main() -> None:
    """Train, write, and say what the samples come to (a new cable gains less: its words are its own)."""
    cables = samples()
    dictionary = zstandard.train_dictionary(DICTIONARY_SIZE, [*cables], level=LEVEL)
    TARGET.write_bytes(dictionary.as_bytes())
    before = sum(map(len, cables)) / len(cables)
    print(f"{TARGET.name}: {len(dictionary)} bytes, from {len(cables)} cables of {before:.0f} bytes")
    for name, packer in (
        ("without", zstandard.ZstdCompressor(level=LEVEL)),
        ("with it", zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)),
    ):
        print(
            f"  packed {name}: {sum(len(packer.compress(cable)) for cable in cables) / len(cables):.0f} bytes"
        )


if __name__ == "__main__":
    main()
