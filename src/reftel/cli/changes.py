"""Commands that change what was sent: forwarded, cancelled, corrected, downgraded. None edits a text."""

from __future__ import annotations

import click

from reftel.cable.model import Precedence
from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import addressee
from reftel.office import changes
from reftel.office.clearance import LEVELS

_PRECEDENCE = click.Choice([precedence.name for precedence in Precedence], case_sensitive=False)


@command(
    acts=True,
    example="reftel readdress 2026KAESONG000001 --to MOSCOW --covering 'A report.' --as Zhang",
)
@click.argument("cable")
@click.option("--to", "to", multiple=True, required=True, help="A post that must act, by name or origin.")
@click.option("--info", multiple=True, help="A post that is told.")
@click.option("--covering", default="", help="The covering text.")
@click.option("--precedence", type=_PRECEDENCE, help="How fast; else as the cable that is carried.")
@click.option("--subject", default="", help="The subject; else that of the cable that is carried.")
def readdress(
    session: Session,
    cable: str,
    to: tuple[str, ...],
    info: tuple[str, ...],
    covering: str,
    precedence: str | None,
    subject: str,
) -> None:
    """Draft a cable that carries another on, number and time kept, with its post's proof."""
    entry = resolve_cable(session, cable)
    draft = changes.readdress(
        session.office,
        session.hand(),
        entry,
        to=[addressee(session, post) for post in to],
        info=[addressee(session, post) for post in info],
        covering=covering,
        precedence=None if precedence is None else Precedence[precedence],
        subject=subject,
    )
    session.emit(
        {"cable": draft, "carries": entry, "state": "drafted"}, f"Drafted: entry:{draft}. Release it."
    )


@command(acts=True, example="reftel cancel 2026KAESONG000001 --by 2026KAESONG000002 --as Zhang")
@click.argument("cable")
@click.option("--by", "by_cable", required=True, help="The cable of the same post that cancels it.")
def cancel(session: Session, cable: str, by_cable: str) -> None:
    """Cancel a cable by another cable of its own originator; nobody else can."""
    entry, by = resolve_cable(session, cable), resolve_cable(session, by_cable)
    changes.cancel(session.office, session.hand(), entry, by)
    session.emit(
        {"cable": entry, "by": by, "state": "cancelled"}, f"Cancelled: entry:{entry}, by entry:{by}."
    )


@command(acts=True, example="reftel correct 2026KAESONG000001 --by 2026KAESONG000003 --as Zhang")
@click.argument("cable")
@click.option("--by", "by_cable", required=True, help="The cable of the same post that corrects it.")
def correct(session: Session, cable: str, by_cable: str) -> None:
    """Note that a cable is corrected by another of the same originator; both texts stand."""
    entry, by = resolve_cable(session, cable), resolve_cable(session, by_cable)
    changes.correct(session.office, session.hand(), entry, by)
    session.emit({"cable": entry, "by": by}, f"Corrected: entry:{entry}, by entry:{by}.")


@command(
    acts=True,
    example="reftel downgrade 25025 RESTRICTED --authority 'Commission of 3 May, item 2' --as Zhang",
)
@click.argument("cable")
@click.argument("classification", type=click.Choice(LEVELS, case_sensitive=False))
@click.option("--authority", required=True, help="Who decided, and where that stands.")
def downgrade(session: Session, cable: str, classification: str, authority: str) -> None:
    """Lower a cable's marking; the text keeps the marking that it was sent with."""
    entry = resolve_cable(session, cable)
    changes.downgrade(session.office, session.hand(), entry, classification, authority)
    session.emit({"cable": entry, "classification": classification}, f"Downgraded to {classification}.")
