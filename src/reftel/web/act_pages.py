"""Acts by passkey: shown, signed, entered. What a page's script calls, and the pages that need none.

A page asks for an act (``POST /acts``): it is rehearsed, and comes back in words and letter for
letter, with the challenge that follows from it. The touch comes to ``POST /acts/{id}/signature``;
with the last one that is asked for, the act is entered. ``/acts/{id}`` says at any time whether it
happened.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reftel.cipher.passkey import act_challenge
from reftel.docket.words import said_of
from reftel.errors import NotAllowed, StaleAct
from reftel.office import sessions, waiting
from reftel.office.naming import markings_of
from reftel.office.passkeys import passkeys_of, wrapped_files
from reftel.office.waiting import Waiting
from reftel.register.entries import Json, b64, unb64
from reftel.web.answers import read_assertion, request_options
from reftel.web.door import Asker, check, read_arguments, undertaking
from reftel.web.doors import door_named, undertake
from reftel.web.doors_docket import lines_of
from reftel.web.rendering import error_body, render, status_of, wants_json
from reftel.web.sheet_html import marking_words
from reftel.web.visit import Visit, fields, json_of, settings_of, visit, write_bytes
from reftel.web.words import PROOF, listed, words


def ask(request: Request) -> Response:
    """Rehearse an act: its words, its exact text, and what the passkey is asked."""
    who = visit(request)
    if "application/json" not in request.headers.get("content-type", ""):
        return render(request, "acts/needs_javascript.html", status=409)
    given = fields(json_of(request), door=str, arguments=dict)
    return JSONResponse(_ask(request, who, given["door"], given["arguments"]))


def _ask(request: Request, who: Visit, name: str, value: object) -> Json:
    door = door_named(name)
    check(door, who.roles)
    settings = settings_of(request)
    asker = Asker(
        office=who.office,
        person=who.person,
        roles=who.roles,
        rp_id=settings.rp_id,
        origin=settings.origin,
    )
    arguments = read_arguments(door, asker, value)
    found = waiting.ask(
        who.office,
        who.person,
        door.name,
        arguments,
        undertaking(door, who.person, who.roles, arguments),
        words,
    )
    return _question(request, who, found)


def _question(request: Request, who: Visit, found: Waiting) -> Json:
    """What a page needs to have one touch given: words, acts, the passkey's question, what it can unlock."""
    settings = settings_of(request)
    with who.office.store.read() as connection:
        rows = [row for row in passkeys_of(connection, who.person) if row.origin == settings.origin]
        files = wrapped_files(connection, rows) if door_named(found.door).unlocks else {}
        arguments = waiting.arguments_of(connection, found.id)
    if not rows:
        raise NotAllowed("you have no passkey that was enrolled at this address", mend="Enrol one here.")
    options = request_options(
        rp_id=settings.rp_id,
        challenge=act_challenge(found.digests),
        credentials=[unb64(row.credential) for row in rows],
    )
    return {
        "id": found.id,
        "door": found.door,
        "words": [*found.words, *_lines_in_words(found.door, arguments)],
        "proof": PROOF,
        "acts": list(found.acts),
        "signers": list(found.signers),
        "publicKey": options,
        "wrapped": {write_bytes(unb64(name)): write_bytes(file) for name, file in files.items()},
    }


def _lines_in_words(door: str, arguments: Json) -> list[str]:
    """What is entered into the docket, which the act itself only commits to."""
    if door != "docket" or not arguments:
        return []
    said = map(said_of, lines_of(arguments))
    return [
        "; ".join(
            (
                f"{one.head}, {f'paragraph {one.paragraph}' if one.paragraph else 'the cable as a whole'}",
                *([f"\u201c{one.quote}\u201d"] if one.quote else []),
                *(f"{name}: {value}" for name, value in one.rest),
            )
        )
        for one in said
    ]


def question(request: Request) -> Response:
    """The same question again, for whoever is asked to sign what is shown on an act's page."""
    who = visit(request)
    return JSONResponse(_question_of(request, who, _find(request, who)))


def _question_of(request: Request, who: Visit, found: Waiting) -> Json:
    if not found.asks(who.person):
        raise StaleAct("there is nothing for you to sign any more", mend="Load the page again.")
    return _question(request, who, found)


def sign(request: Request) -> Response:
    """Take a touch. Where something has changed since the words were shown, the fresh words come back."""
    who = visit(request)
    found = _find(request, who)
    assertion = read_assertion(fields(json_of(request), assertion=dict)["assertion"])
    if found.person == who.person and found.state == "waiting":
        check(door_named(found.door), who.roles)
    with who.office.store.read() as connection:
        arguments = waiting.arguments_of(connection, found.id)
    try:
        done = waiting.sign(who.office, found.id, who.person, who.roles, assertion, undertake)
    except StaleAct as error:
        if found.state != "waiting" or len(found.signers) > 1 or not arguments:
            raise
        return _again(request, who, found.door, arguments, error)
    if found.asks(who.person):
        _note_counter(who, b64(assertion.credential), assertion.authenticator)
    return JSONResponse(_outcome(done, who.person))


def _again(request: Request, who: Visit, door: str, arguments: Json, error: StaleAct) -> Response:
    fresh = _ask(request, who, door, arguments)
    body = error_body(error) | {
        "sentence": "something has changed since: look again",
        "mend": "Read what is to be signed now, and touch once more.",
        "again": fresh,
    }
    return JSONResponse(body, status_of(request, error))


def _note_counter(who: Visit, credential: str, authenticator: bytes) -> None:
    sessions.note_counter(who.office, credential, int.from_bytes(authenticator[33:37], "big"))


def _outcome(found: Waiting, person: str) -> Json:
    """How an act stands, for a page's script.

    Whoever asked goes on to what came of it. A witness may not see that, and goes to the act.
    """
    here = f"/acts/{found.id}"
    return {
        "id": found.id,
        "state": found.state,
        "entry": found.entry,
        "waiting_for": list(found.missing) if found.state == "waiting" else [],
        "next": found.answer.get("next", here) if person == found.person else here,
        "answer": {name: value for name, value in found.answer.items() if name != "next"},
    }


def act_page(request: Request) -> Response:
    """One act: its words, whether it happened, who signed, and a button for whoever is still asked.

    A script that asks for JSON gets the same, with the question if there is one.
    """
    who = visit(request)
    found = _find(request, who)
    asked = found.asks(who.person)
    if wants_json(request):
        return JSONResponse(_outcome(found, who.person) | (_question(request, who, found) if asked else {}))
    return render(
        request,
        "acts/act.html",
        section="acts",
        found=found,
        asked=asked,
        missing=listed(found.missing),
        marking=_marking(who, [found]),
        proof=PROOF,
    )


def acts_page(request: Request) -> Response:
    """What others have signed and ask this person to sign too, and what this person asked for today."""
    who = visit(request)
    now = who.office.clock.now()
    with who.office.store.read() as connection:
        asked = waiting.waiting_for(connection, who.person, now)
        own = waiting.asked_by(connection, who.person, now)
    marking = _marking(who, [*asked, *own])
    return render(request, "acts/acts.html", section="acts", asked=asked, own=own, marking=marking)


def _marking(who: Visit, acts: Sequence[Waiting]) -> str:
    """The highest marking of the cables that these are about: their words may quote what is in them."""
    with who.office.store.read() as connection:
        return marking_words(markings_of(connection, (act for one in acts for act in one.read_acts)))


def _find(request: Request, who: Visit) -> Waiting:
    with who.office.store.read() as connection:
        return waiting.find(connection, request.path_params["id"], who.person, who.office.clock.now())


routes = [
    Route("/acts", acts_page, methods=["GET"]),
    Route("/acts", ask, methods=["POST"]),
    Route("/acts/{id}", act_page, methods=["GET"]),
    Route("/acts/{id}/options", question, methods=["GET"]),
    Route("/acts/{id}/signature", sign, methods=["POST"]),
]
