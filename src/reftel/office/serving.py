"""The register as others may see it: written as tiles that any static server can serve."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from reftel.cipher.commitment import record_leaf
from reftel.office.office import Office
from reftel.register.log import tile_id
from reftel.register.tiles import write_tiles
from reftel.store import tables as t


def serve(office: Office, folder: Path) -> tuple[int, str]:
    """Sign the register as it stands and bring the tiles in ``folder`` up to it.

    Returns the size and the signed note. Raises as :func:`reftel.register.tiles.write_tiles`.
    """
    size, note = office.register.checkpoint(office.keys.signing, office.clock.now())
    entries = t.entries.c
    with office.store.read() as connection:

        def read_tile(level: int, index: int) -> bytes:
            query = select(t.tiles.c.hashes).where(t.tiles.c.tile == tile_id(level, index))
            return bytes(connection.execute(query).scalar_one())

        def read_leaves(start: int, end: int) -> Sequence[bytes]:
            query = select(entries.salt, entries.record).where(entries.entry >= start, entries.entry < end)
            rows = connection.execute(query.order_by(entries.entry))
            return [record_leaf(row.salt, row.record) for row in rows]

        write_tiles(folder, note, read_tile, read_leaves)
    return size, note
