"""Getting in: sign-in by passkey, enrolment by invitation, and sign-out.

Rules that this file keeps:

* who asks for a name learns nothing: a name that nobody bears is answered like one that somebody
  does, and always in the same way;
* a question is put once, waits two minutes, and is answered from the browser that it was put to;
* nothing says why somebody did not get in, except to the holder of a passkey that is not admitted yet;
* who gets in gets another token than the browser had before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from reftel.cipher.passkey import verify_assertion
from reftel.cipher.prf import decoy
from reftel.cipher.tokens import stand_in, user_handle
from reftel.errors import BadInvitation, BadSignature, BadValue, NotAdmitted, NotFound, NotSignedIn
from reftel.office import passkeys, sessions
from reftel.office.office import Office
from reftel.office.passkeys import Enrolment
from reftel.register.entries import b64, unb64
from reftel.web.answers import (
    challenge_in,
    creation_options,
    read_assertion,
    read_registration,
    registered_client,
    request_options,
)
from reftel.web.challenges import Asked, Challenges
from reftel.web.guard import cookie_header
from reftel.web.rendering import render
from reftel.web.visit import (
    fields,
    gate_of,
    json_of,
    read_bytes,
    settings_of,
    token_of,
    visit,
    visitor,
    write_bytes,
)

MAX_NAME = 80
MAX_CODE = 40
MAX_RECIPIENT = 4096
MAX_WRAPPED = 1024
ENROLMENT_LIFE = 600.0


def sign_in_page(request: Request) -> Response:
    """The page on which a person signs in; who is in already goes on."""
    if visitor(request) is not None:
        return RedirectResponse("/tray", 303)
    name = request.query_params.get("name", "")[:MAX_NAME]
    people = list(settings_of(request).demo_keys)
    return render(request, "getting_in/sign_in.html", name=name, demo_people=people)


def sign_in_options(request: Request) -> Response:
    """What a passkey is asked for a name, and the wrapped keys that it can unlock in the same touch."""
    office = gate_of(request).office
    name = _name(fields(json_of(request), name=str)["name"])
    request.app.state.by_name.take(name.casefold())
    with office.store.read() as connection:
        rows = passkeys.known_at(connection, name, settings_of(request).rp_id)
        files = passkeys.wrapped_files(connection, rows)
    known = {unb64(row.credential): files.get(row.credential) for row in rows} or _nobodys(office, name)
    return ask_touch(request, "sign-in", name, known)


def sign_in_verify(request: Request) -> Response:
    """Let in whoever holds an admitted passkey of the person who was named."""
    office = gate_of(request).office
    assertion = fields(json_of(request), assertion=dict)["assertion"]
    asked, credential = check_touch(request, office, "sign-in", assertion)
    sessions.end(office, token_of(request))
    token = sessions.begin(office, asked.person, credential, request.headers.get("user-agent", ""))
    gate_of(request).touch()
    return with_cookie(request, JSONResponse({"next": "/tray"}), token)


def ask_touch(
    request: Request, purpose: str, person: str, known: Mapping[bytes, bytes | None], detail: str = ""
) -> Response:
    """Put a question to the passkeys of a person: their credential ids, and the file that each wraps."""
    settings = settings_of(request)
    asked = challenges_of(request).ask(
        purpose, person, token=token_of(request), origin=settings.origin, detail=detail
    )
    options = request_options(rp_id=settings.rp_id, challenge=asked.challenge, credentials=list(known))
    wrapped = {write_bytes(name): write_bytes(file) for name, file in known.items() if file}
    return JSONResponse({"publicKey": options, "nonce": write_bytes(asked.nonce), "wrapped": wrapped})


def check_touch(request: Request, office: Office, purpose: str, given: Any) -> tuple[Asked, str]:
    """Demand the answer of an admitted passkey of the person asked; returns the question and the credential.

    Raises :class:`NotSignedIn`, whatever was wrong, and :class:`NotAdmitted` for a right answer
    by a passkey that waits to be admitted.
    """
    assertion = read_assertion(given)
    asked = challenges_of(request).answer(purpose, challenge_in(assertion.client), token=token_of(request))
    credential = b64(assertion.credential)
    settings = settings_of(request)
    with office.store.read() as connection:
        rows = passkeys.known_at(connection, asked.person, settings.rp_id)
        row = next((row for row in rows if row.credential == credential), None)
        if row is None or row.origin != settings.origin:
            raise NotSignedIn("that passkey does not let you in here")
        try:
            counter = verify_assertion(
                assertion,
                public=unb64(row.public),
                rp_id=row.rp_id,
                origin=row.origin,
                challenge=asked.challenge,
            )
        except BadSignature as error:
            raise NotSignedIn("that passkey does not let you in here") from error
        if row.state != "admitted":
            number = passkeys.to_compare(office, connection, row)
            raise NotAdmitted(
                "your passkey has not been admitted yet",
                mend=f"Read this number to an administrator and another officer: {number}",
            )
    sessions.note_counter(office, credential, counter)
    return asked, credential


def challenges_of(request: Request) -> Challenges:
    """The questions that wait."""
    found: Challenges = request.app.state.challenges
    return found


def with_cookie(request: Request, response: Response, token: str) -> Response:
    """``response``, by which the browser gets another session token, or with an empty one forgets it."""
    settings = settings_of(request)
    response.headers.append("set-cookie", cookie_header(settings, token, ends=not token))
    return response


def enrol_page(request: Request) -> Response:
    """The page on which somebody who was invited enrols."""
    return render(request, "getting_in/enrol.html")


def enrol_options(request: Request) -> Response:
    """What a new passkey is asked, for an invitation that is open."""
    office, name, code = _invited(request)
    settings = settings_of(request)
    with office.store.read() as connection:
        passkeys.check_invitation(office, connection, name, code)
    asked = challenges_of(request).ask(
        "enrol", name, token=token_of(request), origin=settings.origin, detail=code, life=ENROLMENT_LIFE
    )
    return ask_registration(request, office, asked)


def ask_registration(request: Request, office: Office, asked: Asked) -> Response:
    """The question to a new passkey of ``asked.person``."""
    with office.store.read() as connection:
        rows = passkeys.passkeys_of(connection, asked.person, ("enrolled", "admitted"))
    options = creation_options(
        rp_id=settings_of(request).rp_id,
        post=office.name,
        person=asked.person,
        user=user_handle(office.keys.database, asked.person),
        challenge=asked.challenge,
        known=[unb64(row.credential) for row in rows],
    )
    return JSONResponse({"publicKey": options, "nonce": write_bytes(asked.nonce)})


def check_registration(request: Request, purpose: str, given: dict[str, Any]) -> tuple[Asked, Enrolment]:
    """A new passkey that answers the question put for ``purpose``, with what it wrapped."""
    settings = settings_of(request)
    registration = given["registration"]
    challenge = challenge_in(registered_client(registration))
    asked = challenges_of(request).answer(purpose, challenge, token=token_of(request))
    made = read_registration(
        registration, rp_id=settings.rp_id, origin=settings.origin, challenge=asked.challenge
    )
    enrolment = Enrolment(
        credential=made.credential,
        public=made.public,
        rp_id=settings.rp_id,
        origin=settings.origin,
        wrapped=read_bytes(given["wrapped"], MAX_WRAPPED),
        label=given["label"],
    )
    return asked, enrolment


def enrol_verify(request: Request) -> Response:
    """Enrol a passkey and a reader's key; both wait for two officers."""
    office = gate_of(request).office
    given = fields(json_of(request), registration=dict, recipient=str, wrapped=str, label=str)
    asked, enrolment = check_registration(request, "enrol", given)
    if len(given["recipient"]) > MAX_RECIPIENT or not given["recipient"].isascii():
        raise BadValue("that is not a reader's key")
    number = passkeys.enrol(office, asked.person, asked.detail, enrolment, given["recipient"])
    return JSONResponse({"next": "/sign-in", "fingerprint": number})


def enrol_recovery(request: Request) -> Response:
    """The recovery file of somebody invited anew, for the recovery phrase that only they have."""
    office, name, code = _invited(request)
    with office.store.read() as connection:
        try:
            file = passkeys.recovery_file(office, connection, name, code)
        except NotFound:
            file = b""
    return JSONResponse({"file": write_bytes(file)})


def wrapped_keys(request: Request) -> Response:
    """The wrapped keys of whoever is signed in, to be unlocked by another touch."""
    who = visit(request)
    with who.office.store.read() as connection:
        rows = passkeys.known_at(connection, who.person, settings_of(request).rp_id)
        files = passkeys.wrapped_files(connection, rows)
    return JSONResponse({write_bytes(unb64(name)): write_bytes(file) for name, file in files.items()})


def sign_out(request: Request) -> Response:
    """End the session; the browser forgets the token."""
    sessions.end(gate_of(request).office, token_of(request))
    return with_cookie(request, RedirectResponse("/sign-in", 303), "")


def _invited(request: Request) -> tuple[Office, str, str]:
    """The name and the code of an invitation, counted against those who try codes."""
    office = gate_of(request).office
    given = fields(json_of(request), name=str, code=str)
    name = _name(given["name"])
    request.app.state.codes.take(name.casefold())
    if len(given["code"]) > MAX_CODE or not given["code"].isascii():
        raise BadInvitation("this name and this code are no open invitation")
    return office, name, given["code"]


def _name(text: str) -> str:
    """A name as it was typed, in bounds; one that nobody can bear becomes one that nobody bears."""
    name = text.strip()
    return name if 0 < len(name) <= MAX_NAME and name.isprintable() else "?"


def _nobodys(office: Office, name: str) -> dict[bytes, bytes | None]:
    """Credentials and files for a name that nobody bears, always the same ones: one or two."""
    seed = stand_in(office.keys.database, name)
    seeds = [stand_in(seed, str(number)) for number in range(1 + seed[0] % 2)]
    return {one: decoy(one) for one in sorted(seeds)}


routes = [
    Route("/sign-in", sign_in_page, methods=["GET"]),
    Route("/sign-in/options", sign_in_options, methods=["POST"]),
    Route("/sign-in/verify", sign_in_verify, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/enrol", enrol_page, methods=["GET"]),
    Route("/enrol/options", enrol_options, methods=["POST"]),
    Route("/enrol/recovery", enrol_recovery, methods=["POST"]),
    Route("/enrol/verify", enrol_verify, methods=["POST"]),
    Route("/keys/wrapped", wrapped_keys, methods=["GET"]),
]
