"""An answer to a cable, begun: its reference, addressee, marking, precedence and subject."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from reftel.cable.dtg import read_moment
from reftel.cable.model import Cable, Party, Precedence, Reference
from reftel.office.clearance import split_marking
from reftel.office.desk import cable_text
from reftel.office.office import find_cable
from reftel.store import tables as t


def answer_to(connection: Connection, entry: int, *, with_text: bool) -> Cable:
    """What an answer to the cable under that entry begins with.

    ``with_text`` is whether its writer may read the cable: else only what its slip says is taken.
    A cable of this post is followed by another one to the same addressees.
    """
    row = find_cable(connection, entry)
    found = cable_text(connection, row) if with_text else None
    text = None if found is None else found[0]
    classification, captions = split_marking(row.marking)
    to, info = _addressees(connection, row, text)
    return Cable(
        sender=Party(),
        to=to,
        info=info,
        blocks=(),
        precedence=None if row.precedence < 0 else Precedence(row.precedence),
        classification=classification,
        captions=tuple(captions),
        subject=row.subject,
        references=(_reference(connection, row, text),),
    )


def _addressees(
    connection: Connection, row: Row[Any], text: Cable | None
) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    if row.direction == "out" and text is not None:
        return text.to, text.info
    sender = Party() if text is None else text.sender
    place = sender.place or _sender(connection, row)
    post = row.origin if row.direction == "in" else ""
    party = Party(post=post, place=place, office=sender.office, person=sender.person)
    return () if party == Party() else (party,), ()


def _reference(connection: Connection, row: Row[Any], text: Cable | None) -> Reference:
    own = text.numbers[0].value if text is not None and text.numbers else ""
    number = row.mrn or own
    sender = _sender(connection, row)
    dated = row.dtg
    words = " ".join(part for part in (sender, number or row.incoming) if part)
    literal = " of ".join(part for part in (words, dated) if part)
    return Reference(
        letter="A",
        literal=literal or f"entry {row.cable}",
        number=number,
        sender=sender,
        moment=read_moment(dated) if dated else None,
    )


def _sender(connection: Connection, row: Row[Any]) -> str:
    """Who sent a cable: the post by its name here, or, from paper, as its head has it."""
    if row.direction == "paper":
        return str(row.sender)
    name = connection.execute(select(t.posts.c.name).where(t.posts.c.origin == row.origin)).scalar()
    return str(name or row.sender)
