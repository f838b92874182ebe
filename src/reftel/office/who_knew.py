"""Who knew one cable, and from when: every person and post of whom the register proves it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from reftel.office.knew import Subject
from reftel.office.knowledge import Proof, proofs_of_cable
from reftel.office.known_posts import own_proofs, receipt_proofs, sent_proofs
from reftel.office.moments import When
from reftel.office.office import find_cable
from reftel.office.sight import OUTSIDE_OF_ALL, Asker
from reftel.register.entries import clock_text
from reftel.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Knower:
    """One person or post, and what proves that the cable was known there."""

    subject: Subject
    proofs: tuple[Proof, ...]

    @property
    def has_text(self) -> bool:
        """Whether the text was there to be read, and not the outside alone."""
        return any(proof.has_text for proof in self.proofs)


def who_knew(
    connection: Connection, origin: str, cable: int, when: When, asker: Asker | None
) -> tuple[Knower, ...]:
    """Everybody of whom it is proved by a moment, in the order in which they came to it.

    ``origin`` is this post's. Who does not see the outside of all cables is told of nobody else. Raises
    :class:`NotFound` for a cable that is not here.
    """
    row = find_cable(connection, cable)
    people = proofs_of_cable(connection, cable, when.entry)
    found = [Knower(subject=_person(name), proofs=proofs) for name, proofs in people.items()]
    if asker is not None and OUTSIDE_OF_ALL.isdisjoint(asker.roles):
        return tuple(one for one in found if one.subject.name == asker.person)
    posts: dict[str, tuple[Proof, ...]] = {}
    if cable <= when.entry:
        posts[origin] = own_proofs(connection, [cable], when.entry)[cable]
    if row.direction == "in":
        sent = sent_proofs(connection, [cable])[cable]
        posts |= {row.origin: sent} if sent[0].at <= clock_text(when.instant) else {}
    r = t.receipts.c
    for peer in connection.execute(select(r.peer).distinct().where(r.cable == cable)).scalars():
        received = receipt_proofs(connection, peer, [cable], when.entry)
        posts |= {peer: received[cable]} if received else {}
    names = _names(connection)
    found += [
        Knower(subject=Subject(kind="post", name=post, title=names[post], own=post == origin), proofs=proofs)
        for post, proofs in posts.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.proofs[0].entry, one.subject.kind, one.subject.name)))


def _person(name: str) -> Subject:
    return Subject(kind="person", name=name, title=name)


def _names(connection: Connection) -> dict[str, str]:
    return {row.origin: row.name for row in connection.execute(select(t.posts.c.origin, t.posts.c.name))}
