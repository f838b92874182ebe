"""The audit's second part: every projected row made again from the records, and compared.

Rows live in memory only while they still change. What belongs together (a cable with all its
rows, or one row of another table) is a *unit*; a unit that equals the database's, row by row, is
let go, and fetched again should a later record touch it: that it was equal is known, and the
audit sees one unchanging view of the database. Nearly every row names the entry that changed it
last, so a unit becomes equal when its last record has been replayed, and memory holds only what
is still under way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, Table, func, select

from reftel.errors import FormatError
from reftel.office.findings import Findings, RowPlace
from reftel.register.projections import Change, Drop, Put, Row, Set
from reftel.store import tables as t

Key: TypeAlias = tuple[Any, ...]
Unit: TypeAlias = tuple[Any, ...]
Place: TypeAlias = tuple[str, Key]
Lines: TypeAlias = dict[Place, tuple[int, Row]]

_OF_CABLE = tuple(table for table in t.PROJECTIONS if next(iter(table.primary_key)).name == "cable")
_OF_CABLE_NAMES = frozenset(table.name for table in _OF_CABLE)
# Written by one record each and never again: compared at once, and not remembered.
_ONCE = (t.acts, t.act_ids)
_NAMES = {table.name: tuple(table.columns.keys()) for table in t.PROJECTIONS}
_KEYS = {table.name: tuple(column.name for column in table.primary_key) for table in t.PROJECTIONS}
_VALUES_OF = {name: itemgetter(*columns) for name, columns in _NAMES.items()}
_AT_ONCE = 500
_NEVER = 1 << 40


class Replay:
    """The projected tables as the records make them, held against the database's."""

    def __init__(self, connection: Connection, findings: Findings) -> None:
        self.rows = 0
        self._connection = connection
        self._findings = findings
        self._open: dict[Unit, Lines] = {}
        self._settled: set[int] = set()
        self._touched: dict[Unit, None] = {}
        self._live: Counter[str] = Counter()
        self._missing: Counter[str] = Counter()
        self._once: dict[str, dict[Key, tuple[int, Row]]] = {table.name: {} for table in _ONCE}
        self._excused: set[Unit] = set()

    def find(self, table: Table, *key: Any) -> Row | None:
        """A row as the records so far make it."""
        line = self._lines(_unit(table.name, key)).get((table.name, key))
        return None if line is None else line[1]

    def of_cable(self, table: Table, cable: int) -> list[Row]:
        """All rows of one cable in a table."""
        lines = self._lines(_unit(table.name, (cable,)))
        return [row for (name, _), (_, row) in lines.items() if name == table.name]

    def excuse(self, cable: int) -> None:
        """Do not compare this cable's rows: its text cannot be read, which is reported by itself."""
        self._excused.add(_unit(t.cables.name, (cable,)))

    def take(self, entry: int, changes: Iterable[Change]) -> None:
        """Apply one record's changes. Raises :class:`FormatError` when one does not fit the rows before."""
        for change in changes:
            name = change.table.name
            if isinstance(change, Drop):
                self._drop(change)
                continue
            values = change.key if isinstance(change, Set) else change.row
            key = tuple([values[column] for column in _KEYS[name]])
            if name in self._once and isinstance(change, Put):
                self._once[name][key] = (entry, change.row)
                self._live[name] += 1
                continue
            lines = self._lines(_unit(name, key))
            line = lines.get((name, key))
            if isinstance(change, Set):
                if line is None:
                    raise FormatError(f"entry {entry} changes a row of {name} that no entry before it made")
                lines[name, key] = (entry, {**line[1], **change.values})
                continue
            if line is None:
                self._live[name] += 1
            elif isinstance(change, Put):
                raise FormatError(f"entry {entry} makes a row of {name} that is there already")
            lines[name, key] = (entry, change.row)

    def _drop(self, change: Drop) -> None:
        name, key = change.table.name, tuple(change.key.values())
        lines = self._lines(_unit(name, key))
        gone = [(n, k) for n, k in lines if n == name and k[: len(key)] == key]
        for one in gone:
            del lines[one]
        self._live[name] -= len(gone)

    def _lines(self, unit: Unit) -> Lines:
        self._touched[unit] = None
        lines = self._open.get(unit)
        if lines is None:
            lines = {}
            if hash(unit) in self._settled:
                self._settled.discard(hash(unit))
                for _, place, row in self._stored([unit]):
                    lines[place] = (-1, dict(zip(_NAMES[place[0]], row, strict=True)))
            self._open[unit] = lines
        return lines

    def settle(self) -> None:
        """Compare what was touched since the last time, and let go of what equals the database."""
        self._compare_once()
        touched, self._touched = list(self._touched), {}
        left = {unit: len(self._open[unit]) for unit in touched}
        for unit, place, stored in self._stored(touched):
            line = self._open[unit].get(place)
            # A row that is not the same, or not known, keeps the count from coming to nothing.
            left[unit] -= 1 if line is not None and _VALUES_OF[place[0]](line[1]) == stored else _NEVER
        for unit, lines in left.items():
            if lines == 0:
                self.rows += len(self._open.pop(unit))
                self._settled.add(hash(unit))

    def _compare_once(self) -> None:
        for table in _ONCE:
            made = self._once[table.name]
            stored = self._fetch(table, list(made))
            for key, line in made.items():
                self._name_difference(table.name, key, line, stored.get(key))
            self.rows += len(made)
            made.clear()

    def finish(self) -> None:
        """Name every row that is missing, edited or added."""
        self.settle()
        units = [unit for unit in self._open if unit not in self._excused]
        stored: dict[Unit, dict[Place, Key]] = {unit: {} for unit in units}
        for unit, place, values in self._stored(units):
            stored[unit][place] = values
        for unit in units:
            lines = self._open[unit]
            for place in {**lines, **stored[unit]}:
                self._name_difference(*place, lines.get(place), stored[unit].get(place))
            self.rows += len(lines)
        for table in t.PROJECTIONS:
            count = self._connection.execute(select(func.count()).select_from(table)).scalar_one()
            if count != self._live[table.name] - self._missing[table.name]:
                self._name_strays(table)

    def _name_difference(
        self, name: str, key: Key, line: tuple[int, Row] | None, stored: tuple[Any, ...] | None
    ) -> None:
        where: RowPlace = {"table": name, "key": ", ".join(map(str, key))}
        row = f"the row {where['key']} of {name}"
        if line is None:
            self._findings.failure("row added", f"{row} follows from no entry of the register", **where)
            return
        entry = line[0]
        by = f"entry {entry}" if entry >= 0 else "the register"
        if stored is None:
            self._missing[name] += 1
            self._findings.failure(
                "row missing", f"{row}, which {by} makes, is missing", entry=entry, **where
            )
            return
        for column, value in zip(_NAMES[name], stored, strict=True):
            if line[1][column] != value:
                sentence = f"{row} has another {column} than {by} makes"
                self._findings.failure("row edited", sentence, entry=entry, column=column, **where)

    def _name_strays(self, table: Table) -> None:
        """Name rows that belong to no unit that the records made."""
        if table in _ONCE:
            self._name_stray_acts(table)
            return
        columns = list(table.primary_key)
        for row in self._connection.execute(select(*columns)):
            unit = _unit(table.name, tuple(row))
            if hash(unit) not in self._settled and unit not in self._open:
                self._name_difference(table.name, tuple(row), None, tuple(row))

    def _name_stray_acts(self, table: Table) -> None:
        """A row of ``acts`` or ``act_ids`` that names no entry, or is one entry's second."""
        a, e = table.c, t.entries.c
        first = select(func.min(a.entry)).group_by(a.entry).having(func.count() > 1)
        nowhere = ~select(e.entry).where(e.entry == a.entry).exists()
        query = select(*table.primary_key, a.entry).where(nowhere | a.entry.in_(first))
        for row in self._connection.execute(query):
            sentence = f"entry {row.entry} did not make all the rows of {table.name} that say so"
            key = str(row[0])
            self._findings.failure("row added", sentence, entry=row.entry, table=table.name, key=key)

    def _stored(self, units: Sequence[Unit]) -> Iterator[tuple[Unit, Place, Key]]:
        """The database's rows of units: each row's unit, place and values."""
        cables = [unit[1] for unit in units if unit[0] == ""]
        for at in range(0, len(cables), _AT_ONCE):
            some = cables[at : at + _AT_ONCE]
            for table in _OF_CABLE:
                name, width = table.name, len(_KEYS[table.name])
                for row in self._rows(select(table).where(table.c.cable.in_(some))):
                    yield ("", row[0]), (name, row[:width]), row
        others: dict[str, list[Key]] = {}
        for unit in units:
            if unit[0]:
                others.setdefault(unit[0], []).append(unit[1:])
        for name, keys in others.items():
            for key, row in self._fetch(t.metadata.tables[name], keys).items():
                yield (name, *key), (name, key), row

    def _fetch(self, table: Table, keys: Sequence[Key]) -> dict[Key, Key]:
        """Rows of one table by their whole keys; the keys stand first among the columns."""
        *leading, last = table.primary_key
        rows: dict[Key, Key] = {}
        groups: dict[Key, list[Any]] = {}
        for key in keys:
            groups.setdefault(key[:-1], []).append(key[-1])
        for lead, ends in groups.items():
            where = [column == value for column, value in zip(leading, lead, strict=True)]
            for at in range(0, len(ends), _AT_ONCE):
                query = select(table).where(*where, last.in_(ends[at : at + _AT_ONCE]))
                rows.update((row[: len(lead) + 1], row) for row in self._rows(query))
        return rows

    def _rows(self, query: Select[Any]) -> list[Key]:
        """Plain tuples as the driver gives them: SQLAlchemy's rows cost as much as the comparison."""
        cursor: Any = self._connection.execute(query).cursor
        return list(cursor.fetchall())


def _unit(name: str, key: Key) -> Unit:
    return ("", key[0]) if name in _OF_CABLE_NAMES else (name, *key)
