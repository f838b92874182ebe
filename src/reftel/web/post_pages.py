"""Posts and keys: this post's card and opening keys; other posts' cards, channels and readers."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import segno
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.errors import BadValue, CardError, NotFound
from reftel.office import channel_state, readers
from reftel.office.cards import MAX_CARD, check_successor, open_card
from reftel.office.people import EPOCH_GRACE, own_card
from reftel.office.rolls import keys_list, post_named, posts_list
from reftel.register.entries import Json
from reftel.store.engine import View
from reftel.web.asked import text_asked
from reftel.web.rendering import render
from reftel.web.visit import Visit, visit

_SECTION = "posts"
SOON = timedelta(days=30)


def posts_page(request: Request) -> Response:
    """This post and those known here, with the state of each channel."""
    who = visit(request)
    with who.office.store.read() as connection:
        posts = posts_list(connection)
        known = [post for post in posts if post["standing"] != "self"]
        channels = channel_state.channels_with(connection, [post["origin"] for post in known])
    return render(
        request,
        "posts/list.html",
        section=_SECTION,
        own=next(post for post in posts if post["standing"] == "self"),
        known=known,
        channels=channels,
        warn=_warnings(who, posts),
    )


def own_page(request: Request) -> Response:
    """This post's card, its fingerprint to be read aloud, and its opening keys."""
    who = visit(request)
    with who.office.store.read() as connection:
        card = open_card(own_card(connection, who.office))
        epochs = keys_list(who.office, connection)
    return render(
        request,
        "posts/own.html",
        section=_SECTION,
        card=card,
        groups=card.fingerprint.split(),
        epochs=[{**epoch, "now": _epoch_now(who, epoch)} for epoch in epochs],
        grace=EPOCH_GRACE.days,
    )


def own_card_file(request: Request) -> Response:
    """This post's card, to be given to others."""
    who = visit(request)
    with who.office.store.read() as connection:
        text = own_card(connection, who.office)
    headers = {"content-disposition": f'attachment; filename="{who.office.name.lower()}.card"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


def fingerprint_picture(request: Request) -> Response:
    """A post's name and fingerprint as a QR code; it says no more than the page, for a camera to compare."""
    who, origin = visit(request), text_asked(request, "of") or visit(request).office.origin
    with who.office.store.read() as connection:
        card = open_card(post_named(connection, origin).card)
    picture = io.BytesIO()
    code = segno.make_qr(f"{card.name} {card.origin}\n{card.fingerprint}", error="m")
    title = f"Fingerprint of {card.name}"
    code.save(picture, kind="svg", border=4, light="white", xmldecl=False, title=title, omitsize=True)
    return Response(picture.getvalue(), media_type="image/svg+xml")


def post_page(request: Request) -> Response:
    """Another post: its card and fingerprint, its channel, and the readers' keys that it vouches for."""
    who, origin = visit(request), str(request.path_params["origin"])
    with who.office.store.read() as connection:
        row = post_named(connection, origin)
        if row.standing == "self" or row.origin != origin:
            raise NotFound(f"no other post {origin!r} is known here")
        card = open_card(row.card)
        channel = channel_state.channels_with(connection, [origin])[origin]
        bags = channel_state.last_bags(connection, origin)
        refusals = channel_state.last_refusals(connection, origin)
        known = _readers(connection, origin)
    today = who.office.now().date()
    return render(
        request,
        "posts/one.html",
        section=_SECTION,
        card=card,
        entry=row.entry,
        groups=card.fingerprint.split(),
        today=today,
        channel=channel,
        bags=bags,
        refusals=refusals,
        readers=known,
        warn=_warnings(who, [{"origin": origin, "expires": card.expires.isoformat()}]),
    )


def readers_page(request: Request) -> Response:
    """Every reader's key that is known here, and who compared it."""
    who = visit(request)
    with who.office.store.read() as connection:
        known = _readers(connection)
        names = {post["origin"]: post["name"] for post in posts_list(connection)}
    return render(
        request, "posts/readers.html", section=_SECTION, readers=known, names=names, own=who.office.origin
    )


def reader_card_file(request: Request) -> Response:
    """The card of one of this post's readers, signed by the post, to be given to others."""
    who, person = visit(request), text_asked(request, "person", readers.LONGEST_NAME)
    text = readers.reader_card(who.office, person)
    headers = {"content-disposition": 'attachment; filename="reader.card"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


def refusals_page(request: Request) -> Response:
    """What was refused, newest first."""
    who = visit(request)
    with who.office.store.read() as connection:
        found = channel_state.last_refusals(connection)
    return render(
        request, "posts/refusals.html", section=_SECTION, refusals=found, listed=channel_state.LISTED
    )


def admit_page(request: Request) -> Response:
    """The form that takes another post's card."""
    visit(request).need("administrator")
    return render(request, "posts/admit.html", section=_SECTION)


async def admit_card(request: Request) -> Response:
    """Show the card that was given, and have its fingerprint compared; then the form that admits it."""
    async with request.form(max_files=1, max_fields=4, max_part_size=2 * MAX_CARD) as form:
        file, text, last = form.get("file"), form.get("card", ""), form.get("last")
        if isinstance(file, UploadFile) and file.size:
            text = (await file.read(MAX_CARD + 1)).decode(errors="replace")
    if not isinstance(text, str) or not (last is None or isinstance(last, str)):
        raise BadValue("a card is text")
    return await run_in_threadpool(_compare, request, text, last)


def _compare(request: Request, given: str, last: str | None) -> Response:
    who = visit(request)
    who.need("administrator")
    text = given.strip().replace("\r", "") + "\n"
    card = open_card(text)
    with who.office.store.read() as connection:
        known = next((post for post in posts_list(connection) if post["origin"] == card.origin), None)
        if known is not None and known["standing"] == "self":
            raise CardError("that is this post's own card", mend="Give the card of the other post.")
        if known is not None:
            check_successor(post_named(connection, card.origin).card, text)
    groups = card.fingerprint.split()
    heard = "" if last is None else "".join(c for c in last if c.isdigit())
    if last is not None and heard != groups[-1]:
        raise CardError(
            f"the last group of {card.name} is another than the one that was read out",
            mend="Do not admit the card. Have all twelve groups read out again.",
        )
    return render(
        request,
        "posts/compare.html",
        section=_SECTION,
        card=card,
        text=text,
        groups=groups,
        known=known is not None,
        compared=last is not None,
    )


def _readers(connection: View, origin: str = "") -> list[Json]:
    return [
        {**one, "groups": readers.in_groups(one["fingerprint"])}
        for one in readers.readers_list(connection, origin)
    ]


def _warnings(who: Visit, posts: list[dict[str, Any]]) -> dict[str, str]:
    """What is wrong with a post's card: expired, or soon."""
    today = who.office.now().date()
    found = {}
    for post in posts:
        expires = date.fromisoformat(post["expires"])
        if expires < today:
            found[post["origin"]] = "Expired"
        elif expires - today < SOON:
            found[post["origin"]] = "Expires soon"
    return found


def _epoch_now(who: Visit, epoch: Json) -> str:
    """What an opening key is today, in words."""
    today = who.office.now().date().isoformat()
    if epoch["state"] == "destroyed":
        return "destroyed: what was sealed to it cannot be opened again"
    if not epoch["seed_here"]:
        return "its seed is not here"
    if epoch["state"] == "retired" or epoch["ends"] < today:
        return "past its time: its seed may be destroyed"
    return "opens cables" if epoch["starts"] <= today else "begins later"


routes = [
    Route("/posts", posts_page),
    Route("/posts/own", own_page),
    Route("/posts/own/card", own_card_file),
    Route("/posts/fingerprint.svg", fingerprint_picture),
    Route("/posts/readers", readers_page),
    Route("/posts/readers/card", reader_card_file),
    Route("/posts/refusals", refusals_page),
    Route("/posts/admit", admit_page, methods=["GET"]),
    Route("/posts/admit", admit_card, methods=["POST"]),
    Route("/posts/of/{origin:path}", post_page),
]
