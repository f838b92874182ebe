"""One item of the docket with its whole evidence: where it stands, who vouches for it, what it did."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.docket.fold import Docket, State
from reftel.docket.items import Item
from reftel.docket.kinds import REFERENCES
from reftel.docket.lifecycle import ANSWERS, TABLES, allowed
from reftel.errors import NotFound
from reftel.office import docket
from reftel.web.docket_agreed import agreed_of
from reftel.web.docket_pages import show
from reftel.web.docket_shown import Glass, Sheaf, glass
from reftel.web.docket_texts import words_of
from reftel.web.visit import visit

MOST_AROUND = 60
# What items of a kind of their own do is no step: an answer has its paragraph, a supersession its order.
_BY_ITEMS = frozenset(ANSWERS.values()) | {"supersede"}


def item_page(request: Request) -> Response:
    """One item: its words, its evidence, its history, what it moved, and why it has no effect if so."""
    name = str(request.path_params["name"])
    office = visit(request).office
    with office.store.read() as connection:
        seen = glass(request, connection)
        found = docket.find_item(connection, seen.lens, name)
        sheaf = Sheaf(connection, seen)
        context = _item(sheaf, found, name)
        state = found.states.get(context["one"].name)
        agreed = None if state is None else agreed_of(office, sheaf, state)
    return show(request, "docket/item.html", seen, sheaf, (), agreed=agreed, **context)


def _item(sheaf: Sheaf, found: Docket, name: str) -> dict[str, Any]:
    first = found.here(name)
    state = found.states.get(first) or _not_counted(found, first)
    ours = found.ours(state.first.origin)
    one = sheaf.one(state, ours=ours, remark=found.remarks.get(first, ""))
    moved = [
        (other, move) for other in found.states.values() for move in other.moves if move.by.name == first
    ]
    return {
        "one": one,
        "words": words_of(sheaf.connection, state.item) if one.source.reads else "",
        "versions": [
            (source, sheaf.one(State(item=item, first=item)))
            for item in state.former
            for source in sheaf.sources([item])
        ],
        "again": sheaf.sources(found.copies.get(first, ())),
        "asked_for": name,
        "moved": [(sheaf.one(other), move.act, move.state) for other, move in moved],
        "around": _around(sheaf, found, state),
        "talks_said": state.item.get("talks"),
        **_acts(sheaf.glass, state, ours=ours),
    }


def _not_counted(found: Docket, name: str) -> State:
    """An item that does not count, as it was entered."""
    for item in found.items:
        if item.name == name:
            return State(item=item, first=item)
    raise NotFound("there is no such item in the docket, or it is not for you")


def _around(sheaf: Sheaf, found: Docket, state: State) -> list[tuple[str, Any]]:
    """The items that speak of this one and are not told of elsewhere: in which field, and as they stand."""
    name = state.first.name
    told = {name, *(move.by.name for move in state.moves), *(item.name for item in state.amended)}
    told |= {item.name for item in state.confirmed}
    return [
        (relation, sheaf.one(_state(found, item), ours=found.ours(item.origin), remark=_remark(found, item)))
        for item in found.items
        for relation in REFERENCES
        if item.get(relation) == name and item.name not in told
    ][:MOST_AROUND]


def _state(found: Docket, item: Item) -> State:
    return found.states.get(item.name) or State(item=item, first=item)


def _remark(found: Docket, item: Item) -> str:
    return found.remarks.get(item.name, "")


def _acts(seen: Glass, state: State, *, ours: bool) -> dict[str, Any]:
    """What who asks may do with the item: steps that its state allows, and striking it out."""
    may = "docketed" in seen.who.can and not seen.asked and state.struck is None and not state.item.standing
    steps = allowed(state.first.kind, state.state) if state.first.kind in TABLES and state.state else ()
    return {
        "may_enter": may,
        "steps": [step for step in steps if step not in _BY_ITEMS] if may else [],
        "may_strike": may and ours,
    }


routes = [Route("/docket/items/{name:path}", item_page)]
