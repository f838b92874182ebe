"""Agreed text on the page of a text: who agreed by which entry, how far it is proved, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

from reftel.docket.agreement import agreements
from reftel.docket.fold import State
from reftel.office.agreed_text import AgreedText, read_agreed
from reftel.office.office import Office
from reftel.office.verify_here import Check
from reftel.web.docket_shown import Sheaf, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One agreement: whose, where it stands, what was checked of it now, or why it does not count."""

    party: str
    source: Source
    checks: tuple[Check, ...] = ()
    entry: int = -1
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a page says of the agreement to a text; ``of_text`` are the checks of the text's own cable."""

    agreed: bool
    digest: str
    of_text: tuple[Check, ...]
    given: tuple[Said, ...]
    unheard: tuple[Said, ...]
    missing: tuple[str, ...]


def agreed_of(office: Office, sheaf: Sheaf, state: State) -> Agreed | None:
    """What was agreed of a text; ``None`` for any other item, and where nobody agreed to anything."""
    if state.first.kind != "text" or not agreements(state):
        return None
    found = read_agreed(office, sheaf.connection, sheaf.glass.lens, state.first.name)
    return Agreed(
        agreed=found.agreement.agreed,
        digest=found.agreement.version.digest,
        of_text=found.of_text.checks,
        given=tuple(_said(sheaf, found, n) for n in range(len(found.voices))),
        unheard=tuple(
            Said(party=voice.party, source=source, remark=voice.remark)
            for voice in found.unheard
            for source in sheaf.sources([voice.item])
        ),
        missing=found.missing,
    )


def _said(sheaf: Sheaf, found: AgreedText, n: int) -> Said:
    voice, proved = found.voices[n]
    (source,) = sheaf.sources([voice.item])
    return Said(party=voice.party, source=source, checks=proved.checks, entry=proved.leaf)
