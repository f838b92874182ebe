"""Commands for what goes and comes: bags dispatched and received, cables deciphered."""

from __future__ import annotations

from pathlib import Path

import click

from reftel.cli.frame import Session, command, resolve_cable
from reftel.cli.given import FOLDER, pair
from reftel.cli.output import progress
from reftel.cli.program import EXIT_CODES
from reftel.house import courier
from reftel.office import arrivals, channels, desk
from reftel.office.office import Hand, find_cable
from reftel.office.rolls import gaps, post_named
from reftel.register.entries import Json


@command(
    acts=True,
    example="reftel dispatch --by /media/stick --as Fedyaev\n"
    "reftel dispatch --by /media/stick --to BEIJING --again 17\n"
    "reftel dispatch --by /media/stick --to BEIJING --rerun 2026KAESONG000001 --as Fedyaev",
)
@click.option("--by", "folder", type=FOLDER, required=True, help="The courier's folder, such as a stick.")
@click.option("--to", "post", default="", help="Only what is for this post.")
@click.option("--rerun", "cable", default="", help="Seal this cable again for --to, under a new number.")
@click.option(
    "--again", type=click.IntRange(min=1), help="Give the very bag of this number to the courier again."
)
def dispatch(session: Session, *, folder: Path, post: str, cable: str, again: int | None) -> None:
    """Seal what waits into bags, highest precedence first, and give them to the courier.

    A bag that was lost goes as it was, with --again, until its receipt is here.
    """
    office, bearer = session.office, courier(folder)
    with office.store.read() as connection:
        peers = [post_named(connection, post).origin] if post else channels.waiting(connection)
    if (cable or again) and not post:
        raise click.UsageError("--rerun and --again need --to: the post that is to get it again.")
    if again:
        lost = channels.carry_again(office, bearer, peers[0], again).bag
        value = {"bags": [{"to": peers[0], "bag": lost, "serial": again}]}
        session.emit(value, f"Bag {lost[:8]} for {peers[0]}: carried again.")
        return
    if cable:
        channels.rerun(office, session.hand(), resolve_cable(session, cable), peers[0])
    sent: list[Json] = []
    with progress("Sealing", len(peers)) as step:
        for peer in peers:
            while (done := channels.dispatch(office, bearer, peer)) is not None:
                sent.append({"to": peer, "bag": done[0], "cables": done[1]})
            step(1)
    text = "\n".join(f"Bag {bag['bag'][:8]} for {bag['to']}: {_load(bag['cables'])}." for bag in sent)
    session.emit({"bags": sent}, text or "Nothing waits.")


def _load(count: int) -> str:
    return {0: "receipts only", 1: "1 cable"}.get(count, f"{count} cables")


@command(acts=True, example="reftel receive /media/stick\nreftel decipher --as Fedyaev")
@click.argument("folder", type=FOLDER)
def receive(session: Session, folder: Path) -> None:
    """Take in every bag that lies in the courier's folder.

    Each bag is arrived, here again, not ours, or refused with its reason; a refused bag changes
    nothing and does not stop the others. Serials that are missing on a link are listed.
    """
    office, bearer = session.office, courier(folder)
    hand = _hand_if_named(session)
    news = []
    with progress("Receiving", len(bearer.names())) as step:
        for bag in bearer.collect():
            news.append(arrivals.receive(office, bag, hand))
            step(1)
    with office.store.read() as connection:
        holes = gaps(connection)
    lines = [_line(one) for one in news] or ["No bag lies there."]
    lines += _gap_lines(holes)
    session.emit({"bags": [_plain(one) for one in news], **holes}, "\n".join(lines))
    if any(one.news == "refused" for one in news):
        click.get_current_context().exit(EXIT_CODES["peer"])


def _gap_lines(holes: Json) -> list[str]:
    """Bags that are missing inward, and bags of ours of which nobody says that they came."""
    lines = [
        f"Missing: bag {hole['serial']} of {hole['from']}. Ask for it again." for hole in holes["missing"]
    ]
    return lines + [
        f"Not receipted: our bag {hole['serial']} to {hole['to']}." for hole in holes["unreceipted"]
    ]


def _hand_if_named(session: Session) -> Hand | None:
    """Whose hand it is, when somebody is named; a bag can be taken in by the office itself."""
    return session.hand() if session.person else None


def _line(one: arrivals.Arrived) -> str:
    name = f"Bag {one.bag[:8]}"
    where = f", No. {one.serial} of {one.peer}, {_load(one.count)}" if one.serial >= 0 else ""
    if one.error is None:
        return f"{name}: {one.news}{where}."
    return f"{name}: {one.news}{where} [{one.error.code}]: {one.error.sentence}. {one.error.mend}".rstrip()


def _plain(one: arrivals.Arrived) -> Json:
    value: Json = {"bag": one.bag, "news": one.news}
    if one.peer:
        value["peer"] = one.peer
    if one.serial >= 0:
        value |= {"serial": one.serial, "cables": one.count}
    if one.error is not None:
        value |= {"code": one.error.code, "sentence": one.error.sentence, "mend": one.error.mend}
    return value


@command(acts=True, example="reftel decipher --as Fedyaev --at '1205 19 October 1951' --incoming 25025")
@click.option("--incoming", default="", help="The registry's number for it, when not the next one.")
@click.option(
    "--number", "numbers", multiple=True, metavar="SCHEME=VALUE", help="A further number of this office."
)
def decipher(session: Session, incoming: str, numbers: tuple[str, ...]) -> None:
    """Open, prove and enter what waits, highest precedence first; with a number, only the first."""
    office, hand = session.office, session.hand()
    given = [pair(number) for number in numbers]
    done: list[arrivals.Deciphered] = []
    if incoming or given:
        done = arrivals.decipher(office, hand, at_most=1, incoming=incoming, numbers=given)
    else:
        while batch := arrivals.decipher(office, hand):
            done += batch
    news = [_opened(session, one) for one in done]
    session.emit({"cables": news}, "\n".join(_said(one) for one in news) or "Nothing waits.")
    if any(one.error is not None for one in done):
        click.get_current_context().exit(EXIT_CODES["peer"])


def _opened(session: Session, one: arrivals.Deciphered) -> Json:
    if one.error is not None:
        return {"code": one.error.code, "sentence": one.error.sentence, "mend": one.error.mend}
    with session.office.store.read() as connection:
        row = find_cable(connection, one.entry)
    return {
        "cable": one.entry,
        "mrn": row.mrn,
        "incoming": row.incoming,
        "from": row.origin,
        "subject": row.subject,
    }


def _said(one: Json) -> str:
    if "code" in one:
        return f"Set aside [{one['code']}]: {one['sentence']}. {one['mend']}".rstrip()
    subject = f": {one['subject']}" if one["subject"] else ""
    number = f"{one['mrn']} of {one['from']}, incoming {one['incoming']}"
    return f"Deciphered {number} (entry:{one['cable']}){subject}"


@command(acts=True, example="reftel acknowledge 2026KAESONG000001 --as Zhang")
@click.argument("cable")
@click.option("--by", "answer", default="", help="The cable of the other post that acknowledges ours.")
def acknowledge(session: Session, cable: str, answer: str) -> None:
    """Acknowledge a cable received here, or note the cable by which ours was acknowledged."""
    entry = resolve_cable(session, cable)
    by_cable = resolve_cable(session, answer) if answer else -1
    desk.acknowledge(session.office, session.hand(), entry, by_cable=by_cable)
    session.emit({"cable": entry, "acknowledged": True}, f"Acknowledged: entry:{entry}.")
