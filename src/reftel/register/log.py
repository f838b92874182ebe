"""The register in the database: the one way in which anything of the office is written.

Rules that this file keeps:

* a record, its leaf, the tiles above it and every projected row are written in one transaction;
* the tree's edge is read inside that transaction, never remembered from an earlier one;
* a checkpoint is signed only over entries that are already on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby

from sqlalchemy import Connection, Executable, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from reftel.cable.internet import reread
from reftel.cable.model import Cable
from reftel.cipher.commitment import new_salt, record_leaf, text_commitment, verify_text
from reftel.cipher.note import PostKey
from reftel.cipher.vault import new_key, open_text, seal_text
from reftel.errors import CommitmentError, NotFound, StoreDamaged
from reftel.register.checkpoint import sign_checkpoint
from reftel.register.entries import Record, b64, decode_record, encode_record, unb64
from reftel.register.merkle import TileTree, leaf_hash
from reftel.register.projections import Change, Drop, Put, Row, Save, Set, project
from reftel.store import tables as t
from reftel.store.engine import Store, execute_many

_TILE_LEVEL = 40
_LAY_DOWN = insert(t.texts)
# The same text may have come before, by another bearer.
_LAY_DOWN_RECEIVED = upsert(t.texts).on_conflict_do_nothing()
_ENTER = insert(t.entries)
_TEXTS = select(t.texts).where(t.texts.c.commitment.in_(bindparam("commitments", expanding=True)))
_ENTRIES = select(t.entries).where(t.entries.c.entry.in_(bindparam("numbers", expanding=True)))


def tile_id(level: int, index: int) -> int:
    """The key of a tile's row."""
    return level << _TILE_LEVEL | index


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that the register committed to: its bytes, and the salt of its commitment."""

    data: bytes
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it stands: its number, record bytes, and the salt that blinds its leaf."""

    number: int
    record: bytes
    salt: bytes

    @property
    def decoded(self) -> Record:
        """The record read strictly."""
        return decode_record(self.record)

    @property
    def leaf_hash(self) -> bytes:
        """The hash under which the entry stands in the tree."""
        return leaf_hash(record_leaf(self.salt, self.record))


@dataclass(slots=True)
class Writing:
    """One transaction's hand on the register."""

    connection: Connection
    tree: TileTree
    draw: Callable[[], bytes] = new_salt
    _cables: dict[str, Cable] = field(default_factory=dict)

    def lay_down(self, texts: Iterable[tuple[bytes, Cable | None]], label: str = "cable") -> list[str]:
        """Keep texts, each under a key of its own; returns their commitments for the records.

        With each text comes the cable that it is, where it is one, so that it is not read again.
        """
        rows, commitments = [], []
        for data, cable in texts:
            salt, key = self.draw(), new_key()
            commitment = b64(text_commitment(salt, data))
            row = {"commitment": commitment, "salt": salt, "text_key": key, "label": label}
            rows.append({**row, "sealed": seal_text(key, data)})
            commitments.append(commitment)
            if cable is not None:
                self._cables[commitment] = cable
        if rows:
            execute_many(self.connection, _LAY_DOWN, rows)
        return commitments

    def lay_down_received(self, received: Sequence[tuple[str, bytes, bytes, Cable]]) -> None:
        """Keep texts that another post committed to: commitment, its salt, the bytes, the cable."""
        rows = []
        for commitment, salt, data, cable in received:
            key = new_key()
            row = {"commitment": commitment, "salt": salt, "text_key": key, "label": "cable"}
            rows.append({**row, "sealed": seal_text(key, data)})
            self._cables[commitment] = cable
        if rows:
            execute_many(self.connection, _LAY_DOWN_RECEIVED, rows)

    def append(self, records: Sequence[Record]) -> list[int]:
        """Enter records and write every row that follows from them; returns their entry numbers."""
        first = self.tree.size
        rows, leaves, changes = [], [], []
        texts = self._find_cable
        for number, record in enumerate(records, first):
            data, salt = encode_record(record), new_salt()
            leaf = leaf_hash(record_leaf(salt, data))
            rows.append({"entry": number, "record": data, "salt": salt, "leaf": leaf})
            leaves.append(leaf)
            changes += project(number, record, texts)
        if not rows:
            return []
        execute_many(self.connection, _ENTER, rows)
        tiles = [
            {"tile": tile_id(level, index), "hashes": hashes}
            for (level, index), hashes in self.tree.append(leaves).items()
        ]
        execute_many(self.connection, _TILE, tiles)
        apply(self.connection, changes)
        return list(range(first, first + len(rows)))

    def _find_cable(self, commitment: str) -> Cable | None:
        if commitment not in self._cables:
            text = find_text(self.connection, commitment)
            if text is None:
                return None
            self._cables[commitment] = reread(text.data)
        return self._cables[commitment]


class Register:
    """One post's register.

    ``draw`` gives the salts of the texts that are laid down: random, unless an act is made twice.
    """

    def __init__(self, store: Store, draw: Callable[[], bytes] = new_salt) -> None:
        self.store = store
        self.draw = draw

    @contextmanager
    def writing(self, *, restored: bool = False) -> Iterator[Writing]:
        """A transaction in which records are entered; on the disk when it ends, or not at all.

        ``restored`` is for the one act that may be done on a restored post.
        """
        with self.store.write(restored=restored) as connection:
            yield Writing(connection, tree_of(connection), self.draw)

    def checkpoint(self, key: PostKey, now: datetime) -> tuple[int, str]:
        """Sign the register as it stands on the disk; returns its size and the signed note.

        The same size is signed once only: the first note is found again.
        """
        with self.store.read() as connection:
            tree = tree_of(connection)
            size, root = tree.size, tree.root()
            known = connection.execute(
                select(t.checkpoints.c.note).where(t.checkpoints.c.size == size)
            ).scalar()
        if known is not None:
            return size, known
        note = sign_checkpoint(key, size, root, int(now.timestamp()))
        with self.store.write() as connection:
            connection.execute(upsert(t.checkpoints).on_conflict_do_nothing(), {"size": size, "note": note})
            first = select(t.checkpoints.c.note).where(t.checkpoints.c.size == size)
            return size, str(connection.execute(first).scalar_one())


def size_of(connection: Connection) -> int:
    """How many entries there are."""
    last = connection.execute(select(func.max(t.entries.c.entry))).scalar()
    return 0 if last is None else int(last) + 1


def tree_of(connection: Connection) -> TileTree:
    """The tree as this transaction sees it."""

    def read_tile(level: int, index: int) -> bytes:
        query = select(t.tiles.c.hashes).where(t.tiles.c.tile == tile_id(level, index))
        return connection.execute(query).scalar() or b""

    return TileTree(size_of(connection), read_tile)


def find_text(connection: Connection, commitment: str) -> Text | None:
    """The text behind a commitment, checked against it; ``None`` when its key was destroyed.

    Raises :class:`NotFound` when it was never here, :class:`StoreDamaged` when it is not the
    text that was committed to.
    """
    return find_texts(connection, [commitment])[commitment]


def find_texts(connection: Connection, commitments: Sequence[str]) -> dict[str, Text | None]:
    """Several texts: :func:`find_text` for each."""
    found: dict[str, Text | None] = {}
    for row in connection.execute(_TEXTS, {"commitments": commitments}):
        found[row.commitment] = _open(row.commitment, row.salt, row.text_key, row.sealed)
    if any(commitment not in found for commitment in commitments):
        raise NotFound("the register commits to a text that is not held here")
    return found


def _open(commitment: str, salt: bytes, key: bytes, sealed: bytes) -> Text | None:
    if not key:
        return None
    data = open_text(key, sealed)
    try:
        verify_text(unb64(commitment, 32), salt, data)
    except CommitmentError as error:
        raise StoreDamaged("a text in the database is not the one that the register committed to") from error
    return Text(data=data, salt=salt)


def find_entry(connection: Connection, number: int) -> Entry:
    """One entry; :class:`NotFound` when the register is not that long."""
    return find_entries(connection, [number])[number]


def find_entries(connection: Connection, numbers: Sequence[int]) -> dict[int, Entry]:
    """Several entries by their numbers: :func:`find_entry` for each."""
    rows = connection.execute(_ENTRIES, {"numbers": numbers})
    found = {row.entry: Entry(number=row.entry, record=row.record, salt=row.salt) for row in rows}
    for number in numbers:
        if number not in found:
            raise NotFound(f"the register has no entry {number}", mend="`reftel audit` says how many it has.")
    return found


def cable_finder(connection: Connection) -> Callable[[str], Cable | None]:
    """What projections need to replay: the cable behind a commitment, or ``None`` if destroyed."""

    def find(commitment: str) -> Cable | None:
        try:
            text = find_text(connection, commitment)
        except StoreDamaged:
            return None
        return None if text is None else reread(text.data)

    return find


def apply(connection: Connection, changes: Sequence[Change]) -> None:
    """Write changes as SQL, in order, like ones together.

    Changes of different tables do not see each other, so each table's are kept in their order only.
    """
    by_table: dict[str, list[Change]] = {}
    for change in changes:
        by_table.setdefault(change.table.name, []).append(change)
    for table_changes in by_table.values():
        for (kind, keys, columns), group in groupby(_drops_first(table_changes), key=_shape):
            run = list(group)
            table = run[0].table
            statement = _statement(kind, table, keys, columns)
            changed = execute_many(connection, statement, [_parameters(change) for change in run])
            if kind == "Set" and changed != len(run):
                raise StoreDamaged(
                    f"a row of {table.name} that the register speaks of is not there",
                    mend="Run `reftel audit`; it names the row.",
                )


def _drops_first(changes: list[Change]) -> list[Change]:
    """One table's changes with all drops in front, so that they are one statement.

    Left in their order where a drop might take away what another change of them wrote.
    """
    names = {tuple(change.key) for change in changes if isinstance(change, Drop)}
    if len(names) != 1:
        return changes
    written: set[tuple[object, ...]] = set()
    for change in changes:
        if isinstance(change, Set) or (isinstance(change, Drop) and tuple(change.key.values()) in written):
            return changes
        if isinstance(change, Put | Save):
            written |= {tuple(change.row[name] for name in key) for key in names}
    return sorted(changes, key=lambda change: not isinstance(change, Drop))


def _shape(change: Change) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Changes of one table and shape (kind, key columns, columns written) are one statement."""
    match change:
        case Put(row=row) | Save(row=row):
            return type(change).__name__, (), tuple(row)
        case Set(key=key, values=values):
            return "Set", tuple(key), tuple(values)
        case _:
            return "Drop", tuple(change.key), ()


def _parameters(change: Change) -> Row:
    match change:
        case Put(row=row) | Save(row=row):
            return row
        case Set(key=key, values=values):
            return {f"key_{name}": value for name, value in key.items()} | values
        case _:
            return {f"key_{name}": value for name, value in change.key.items()}


@cache
def _statement(kind: str, table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> Executable:
    where = [table.c[name] == bindparam(f"key_{name}") for name in keys]
    if kind == "Drop":
        return delete(table).where(*where)
    row: Row = {name: bindparam(name) for name in columns}
    if kind == "Set":
        return update(table).where(*where).values(row)
    return insert(table).values(row) if kind == "Put" else _replacing(table, row)


def _replacing(table: Table, row: Row) -> Executable:
    """Write a row, or all its columns over the one that has its key."""
    statement = upsert(table).values(row)
    keys = [column.name for column in table.primary_key]
    rest = {name: statement.excluded[name] for name in row if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=rest)


_TILE = _replacing(t.tiles, {"tile": bindparam("tile"), "hashes": bindparam("hashes")})
