"""A list of any length as one parameter of a query.

SQLite reads it by ``json_each`` (https://www.sqlite.org/json1.html): the statement stays the same whatever
its length, and writing out a thousand parameters costs more than finding a thousand rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from json import dumps
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, func, select


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Whether a column's value is in the list that the parameter ``name`` bears (:func:`listed`)."""
    each = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return column.in_(select(each.c.value))


def is_one_of(column: ColumnElement[Any], values: Iterable[str] | Iterable[int]) -> ColumnElement[bool]:
    """Whether a column's value is one of these."""
    each = func.json_each(listed(values)).table_valued("value")
    return column.in_(select(each.c.value))


def listed(values: Iterable[str] | Iterable[int]) -> str:
    """A list as the parameter that :func:`among` asks for."""
    return dumps(list(values))
