"""Train the cable dictionary: ``python tools/train_dictionary.py [FOLDER]``.

Writes src/reftel/cipher/cable.dict. FOLDER holds whole cables in their Internet form, one a file;
without it, cables are put together from dictionary_text.py. What was packed with one dictionary
cannot be read with another: train again only before a release that no archive depends on.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import zstandard
from dictionary_text import CAPTIONS, CLASSIFICATIONS, KINDS, OPENINGS, POSTS, SENTENCES, SIGNATURES, SUBJECTS

from reftel.cable import internet
from reftel.cable.model import (
    Ask,
    Cable,
    Moment,
    Number,
    Paragraph,
    Party,
    Precedence,
    Precision,
    Reading,
    Reference,
    Signature,
)

TARGET = Path(__file__).resolve().parents[1] / "src" / "reftel" / "cipher" / "cable.dict"
DICTIONARY_SIZE = 24 * 1024
CABLES = 480
LEVEL = 3


def compose(draw: random.Random, serial: int) -> bytes:
    """One cable in its Internet form."""
    parties = [Party(post=post, place=place) for place, post in draw.sample(POSTS, 4)]
    sender, to, info = parties[0], tuple(parties[1 : draw.randint(2, 3)]), tuple(parties[3:])
    at = datetime(
        2026, draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59), tzinfo=UTC
    )
    dtg = Moment(
        literal=f"{at:%d%H%MZ %b %Y}".upper(),
        reading=Reading(local=at.replace(tzinfo=None), precision=Precision.MINUTE, zone=0),
    )
    mrn = f"2026{sender.place.replace(' ', '')}{serial:06d}"
    blocks = [Paragraph(text=draw.choice(OPENINGS))]
    for number in range(1, draw.randint(2, 6)):
        text = " ".join(draw.sample(SENTENCES, draw.randint(2, 4)))
        blocks.append(Paragraph(text=text, number=str(number), portion=draw.choice(["", "", "C", "U"])))
    cited = f"2026{to[0].place.replace(' ', '')}{draw.randint(1, 400):06d}"
    return internet.write(
        Cable(
            kind=draw.choice(KINDS),
            numbers=(Number(scheme="MRN", value=mrn),),
            precedence=draw.choice(
                [Precedence.ROUTINE, Precedence.PRIORITY, Precedence.IMMEDIATE, Precedence.FLASH]
            ),
            info_precedence=draw.choice([None, Precedence.ROUTINE]),
            classification=draw.choice(CLASSIFICATIONS),
            captions=tuple(draw.sample(CAPTIONS, draw.randint(0, 2))),
            moment=dtg,
            registered=at,
            sender=sender,
            to=to,
            info=info,
            subject=draw.choice(SUBJECTS),
            references=draw.choice([(), (Reference(literal=cited, letter="A", number=cited),)]),
            asks=draw.choice([(), (Ask(owner=to[0].post, literal="Telegraph the fulfilment."),)]),
            signature=Signature(literal=draw.choice(SIGNATURES)),
            blocks=tuple(blocks),
        )
    )


def samples() -> list[bytes]:
    """The cables to train on."""
    if len(sys.argv) > 1:
        return [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir()) if path.is_file()]
    draw = random.Random(23343)  # noqa: S311 - the same cables every time
    return [compose(draw, serial) for serial in range(1, CABLES + 1)]


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
