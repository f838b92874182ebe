"""What goes on a sheet: the cable, and what the office that prints it knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reftel.cable.model import Cable, Mark, Number, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision of a body that adopted this text, all as text.

    ``reference`` such as ``P84/421``; ``text`` what the body resolved; ``signed`` who signed, or the
    signature block that nobody signed; ``marking`` is that of the attached text; ``excerpts`` are
    the holders of the excerpt's own copies; ``bound`` how the decision is tied to the exact text
    (the hash it names).
    """

    reference: str
    body: str = ""
    date: str = ""
    title: str = ""
    text: str = ""
    protocol: str = ""
    item: str = ""
    letterhead: str = ""
    signed: str = ""
    marking: str = ""
    excerpts: tuple[str, ...] = ()
    bound: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCopy:
    """What differs from one numbered copy to the next.

    ``form`` says what the copy is (``paper``, ``reader's print of sealed copy 3``); ``return_by``
    is the date as it shall be printed, empty when there is none.
    """

    number: int
    of: int
    holder: str
    form: str = "paper"
    return_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetData:
    """One cable as the office prints it; the same for all copies.

    ``number`` is the one number printed large. ``entry`` is the office's name for its register
    entry, ``origin``, ``leaf_index`` and ``leaf_hash`` (hexadecimal) what the square code holds.
    ``internet_form`` are the registered bytes, ``cable_json`` the same as JSON (left out when
    empty); both ride in the PDF. ``return_to`` is the office named on the stamp: without it there
    is no stamp. ``stamp`` are further lines of the stamp, ``incoming`` the registry's own numbers,
    ``numbers`` the others that this office gave. ``handling`` is this office's chain.
    ``distribution`` pairs a copy number (empty when nobody knows which) with a holder.
    ``standings`` are those of the carried telegrams in the order in which they begin on the sheet,
    outer before inner. ``printed_at`` is aware and is the
    only time in the PDF.
    """

    cable: Cable
    number: str
    entry: str
    origin: str
    leaf_index: int
    leaf_hash: str
    internet_form: bytes
    printed_at: datetime
    office: str
    direction: Literal["incoming", "outgoing"]
    cable_json: bytes = b""
    return_to: str = ""
    stamp: tuple[str, ...] = ()
    incoming: tuple[str, ...] = ()
    numbers: tuple[Number, ...] = ()
    handling: tuple[Mark, ...] = ()
    distribution: tuple[tuple[str, str], ...] = ()
    unaccounted: str = ""
    ledger: str = ""
    standings: tuple[Standing, ...] = ()
    decision: Decision | None = None
    notes: tuple[str, ...] = ()
