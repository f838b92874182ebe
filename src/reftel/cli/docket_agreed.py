"""Commands for agreed text: agree to words by a cable, and show who agreed and how far it is proved."""

from __future__ import annotations

import textwrap

import click

from reftel.cli.docket_asked import AT, look
from reftel.cli.docket_layout import WIDTH
from reftel.cli.frame import Session, command
from reftel.cli.output import fields
from reftel.docket.items import own_paragraph
from reftel.office import desk
from reftel.office.agreed_text import AgreedText, Proved, draft_agreement, plain_agreed, read_agreed


@command(acts=True, example="reftel docket agree kaesong.example/31.2 --to KAESONG --as Li")
@click.argument("item")
@click.option("--to", "peer", required=True, help="The post of the other side, by name or origin.")
@click.option("--clear-by", "officers", multiple=True, help="An officer who must clear it before release.")
def agree(session: Session, *, item: str, peer: str, officers: tuple[str, ...]) -> None:
    """Draft the cable by which this post agrees to a text, word for word.

    Nothing is agreed until the draft is released. Then it is not taken back: what one side does later
    changes nothing of words that both agreed to.
    """
    with look(session) as seen:
        cable = draft_agreement(session.office, seen.connection, seen.lens, item, peer)
    entry = desk.draft(session.office, session.hand(), cable, clearing=officers)
    digest = dict(cable.docket[0].fields)["digest"]
    paragraph = own_paragraph(cable, cable.docket[0].paragraph)
    words = "" if paragraph is None else paragraph.text
    text = f"Drafted: entry:{entry}. It agrees to these words and no others, once it is released:"
    session.emit(
        {"cable": entry, "state": "drafted", "text": item, "words": words, "digest": digest},
        f"{text}\n\n{_indented(words)}\n\n  {digest}",
    )


@command(
    example="reftel docket agreed kaesong.example/31.2\nreftel docket agreed kaesong.example/31.2 --json"
)
@click.argument("item")
@AT
def agreed(session: Session, *, item: str, when: str) -> None:
    """Show a text's exact words, their digest, who agreed by which entry, and what is missing.

    Every cable is checked anew, from its bytes to the checkpoint that its post signed. With --json the
    bytes and proofs are given out, for others to check.
    """
    with look(session, when) as seen:
        found = read_agreed(session.office, seen.connection, seen.lens, item)
    session.emit(plain_agreed(found), agreed_text(found))


def agreed_text(found: AgreedText) -> str:
    """An agreed text, or one to be agreed, for the terminal."""
    version = found.agreement.version
    head = fields(
        [
            ("TEXT", found.agreement.text.first.name),
            ("TALKS", version.item.get("talks")),
            ("ISSUE", "; ".join(version.item.issues)),
            ("STATE", found.state),
            ("AGREED", "by both sides" if found.agreement.agreed else "no"),
            ("DIGEST", version.digest),
        ]
    )
    parts = [head, _indented(version.words or "(the words are not here)"), _proved("THE TEXT", found.of_text)]
    parts += [_proved(f"AGREED BY {voice.party.upper()}", proved) for voice, proved in found.voices]
    if found.unheard:
        lines = [f"  {voice.item.name} {voice.remark}: {voice.item.quote[:200]!r}" for voice in found.unheard]
        parts.append("\n".join(["NOT COUNTED", *lines]))
    if found.missing:
        parts.append("\n".join(["STILL WANTED", *(f"  {one}" for one in found.missing)]))
    return "\n\n".join(parts)


def _proved(title: str, proved: Proved) -> str:
    marks = {True: "holds", False: "WRONG", None: "not checked"}
    lines = [
        f"{title}: {proved.item.name}, entry {proved.leaf} of {proved.origin}, cable entry:{proved.cable}"
    ]
    for check in proved.checks:
        lines += textwrap.wrap(
            f"{marks[check.held]}: {check.said}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )
    return "\n".join(lines)


def _indented(words: str) -> str:
    return "\n".join(
        line
        for one in words.splitlines()
        for line in textwrap.wrap(one, WIDTH, initial_indent="  ", subsequent_indent="  ") or [""]
    )
