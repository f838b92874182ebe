"""What quantities and times of the docket come to, beside the words: a table of measures, one meeting twice.

Words stay as they were said. Two that look alike and are not are set against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reftel.cable.dtg import read_moment
from reftel.cable.model import Reading
from reftel.docket.items import Item
from reftel.docket.kinds import KINDS
from reftel.docket.quantities import (
    Quantity,
    Same,
    find_quantities,
    read_quantity,
    same,
    same_moment,
    zone_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A quantity that an item speaks of; ``unlike`` has the same number of something else."""

    item: Item
    quantity: Quantity
    unlike: tuple[Quantity, ...] = ()


def measures(items: Iterable[Item]) -> list[Measure]:
    """Every quantity that these items speak of, in their order, each once of an item."""
    found = [Measure(item=item, quantity=quantity) for item in items for quantity in _said(item)]
    return [
        Measure(item=one.item, quantity=one.quantity, unlike=_unlike(one.quantity, found)) for one in found
    ]


def _said(item: Item) -> list[Quantity]:
    fields = KINDS[item.kind].fields if item.kind in KINDS else {}
    written = [item.get(name) for name, field in fields.items() if field.form == "quantity"]
    given = [read_quantity(f"{value} {item.get('unit')}".strip()) for value in written if value]
    first: dict[object, Quantity] = {}
    for one in (*given, *find_quantities(item.quote)):
        first.setdefault((one.least, one.most, one.unit), one)
    return list(first.values())


def _unlike(one: Quantity, found: Sequence[Measure]) -> tuple[Quantity, ...]:
    others = {
        other.quantity.literal: other.quantity
        for other in found
        if one.amount is not None
        and other.quantity.amount == one.amount
        and same(one, other.quantity) is Same.NO
    }
    return tuple(others.values())


def same_meeting(one: Item, other: Item) -> Same:
    """Whether two reports of sessions are of one moment, each by the clock that it names."""
    here, there = _opened(one), _opened(other)
    if here is None or there is None:
        return Same.UNKNOWN
    return same_moment(here, zone_of(one.get("clock")), there, zone_of(other.get("clock")))


def _opened(item: Item) -> Reading | None:
    """When a session opened, as far as its hour and its day are written."""
    hour = item.get("opened")
    return (read_moment(hour).reading or read_moment(f"{hour} {item.get('date')}").reading) if hour else None
