"""The doors of the web office: for each act that a person does by passkey, its arguments and its front door.

A door calls one front door of ``office/`` and nothing else. It is gone through twice, as
:mod:`reftel.office.waiting` says: so what it does follows from its arguments alone, and those are
plain JSON that is kept in between.

Who may go through one is who has a role for its acts switched on; who records an act for somebody
without a key needs such a role too. A cable that somebody may not see is answered as one that is
not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from reftel.cable.dtg import read_moment
from reftel.errors import NotFound, NotYourRole
from reftel.office import view
from reftel.office.copies import find_copy
from reftel.office.office import Hand, Office
from reftel.office.roles import roles_for
from reftel.office.sight import Sight, see, seen_of
from reftel.office.waiting import Undertaking
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web.arguments import MAX_NAME, Field, line, optional, read_fields

Given: TypeAlias = Mapping[str, Any]
Go: TypeAlias = Callable[[Office, Hand, Sequence[Hand], Given], Any]
COMMON = {"who": optional(line(MAX_NAME)), "stated": optional(line(80))}
"""What comes with every act, if it is given: for whom it is recorded, and the time that they state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks to go through a door: with which roles on, and from where passkeys are used."""

    office: Office
    person: str
    roles: frozenset[str]
    rp_id: str
    origin: str


def nobody(_given: Given) -> Sequence[str]:
    """Nobody signs beside."""
    return ()


def nothing(_asker: Asker, _connection: View, _given: Json) -> None:
    """Nothing is to be settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One door.

    ``kinds`` are the kinds of act that it makes, the first of which says who may (``act`` is what
    of the act that depends on); ``go`` calls the front door and answers with what it returned;
    ``next`` is the page that comes then, given that answer; ``beside`` who takes part and signs too;
    ``sees`` how much of the cables that an argument names the person must see; ``settle`` fixes
    what would otherwise be another thing the second time.
    """

    name: str
    kinds: tuple[str, ...]
    fields: Mapping[str, Field]
    go: Go
    next: Callable[[Given, Any], str]
    beside: Callable[[Given], Sequence[str]] = nobody
    sees: Mapping[str, Sight] = field(default_factory=dict)
    settle: Callable[[Asker, View, Json], None] = nothing
    act: Json = field(default_factory=dict)
    unlocks: bool = False

    def may(self, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles on may go through."""
        return not roles.isdisjoint(roles_for(self.kinds[0], self.act))


def check(door: Door, roles: frozenset[str]) -> None:
    """Demand that somebody with these roles on may go through; :class:`NotYourRole`."""
    if not door.may(roles):
        asked = " or ".join(roles_for(door.kinds[0], door.act))
        raise NotYourRole(
            f"this needs the role {asked}", mend="If the role is yours, switch it on: Account, Roles."
        )


def read_arguments(door: Door, asker: Asker, value: object) -> Json:
    """Read the arguments of a door, name the cables by their entries, and settle the rest."""
    given = read_fields({**door.fields, **COMMON}, value)
    with asker.office.store.read() as connection:
        for name, least in door.sees.items():
            given[name] = _seen(connection, asker, given[name], least)
        door.settle(asker, connection, given)
    return given


def _seen(connection: View, asker: Asker, named: Any, least: Sight) -> Any:
    if isinstance(named, list):
        return [_seen(connection, asker, one, least) for one in named]
    if named == "":
        return -1
    if isinstance(named, str):
        named = _resolve(connection, asker, named, least)
    see(connection, asker.person, asker.roles, named, least)
    return named


def _resolve(connection: View, asker: Asker, text: str, least: Sight) -> int:
    """The one cable, of those that this person sees, that bears a number."""
    found = [one["cable"] for one in view.find(connection, text) if one["bears"]]
    cables = seen_of(connection, asker.person, asker.roles, sorted(set(found)), least)
    if len(cables) != 1:
        several = f"{len(cables)} cables bear {text!r}" if cables else f"no cable here bears {text!r}"
        raise NotFound(several, mend=", ".join(f"entry:{cable}" for cable in cables))
    return cables[0]


def undertaking(door: Door, person: str, roles: frozenset[str] | None, given: Given) -> Undertaking:
    """What going through the door with these arguments is; ``roles`` are those that are on, if known."""
    stated = read_moment(given["stated"]) if given["stated"] else None
    if given["who"] and given["who"] != person:
        hand = Hand(who=given["who"], by=person, stated=stated)
    else:
        hand = Hand(who=person, stated=stated, roles=roles)

    def deed(office: Office, acting: Hand, beside: Sequence[Hand]) -> Json:
        answer = door.go(office, acting, beside, given)
        return {"next": door.next(given, answer), **_plain(answer)}

    return Undertaking(hand=hand, beside=tuple(door.beside(given)), deed=deed)


def _plain(answer: Any) -> Json:
    """What the front door returned, as a page can say it."""
    if isinstance(answer, dict):
        return answer
    return {} if answer is None else {"answer": answer}


def his_own(asker: Asker, connection: View, given: Json) -> None:
    """The copy is in the hands of who does the act; another's is as one that does not exist."""
    holder = given["who"] or asker.person
    missing = NotFound("there is no such copy in your hands")
    try:
        row = find_copy(connection, given["cable"], given["seq"])
    except NotFound:
        raise missing from None
    if (row.holder, row.state) != (holder, "issued"):
        raise missing
