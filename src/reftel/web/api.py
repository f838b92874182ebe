"""The JSON API, ``/api/v1``: the same queries and doors as the pages, described in OpenAPI.

Who asks is known by the same session and bound by the same roles; what a page would not show is
not here either, and answers as a thing that does not exist. Acts go through the same two steps:
``POST /acts`` says what there is to sign, ``POST /acts/{id}/signature`` takes the touch.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from reftel import __version__
from reftel.errors import NotFound, ReftelError
from reftel.office import holdings, jobs, logbook, outgoing, performance, rolls, tasks, trays
from reftel.office.changes import forwarding_proof
from reftel.office.sight import Sight, see, seen_of, sights
from reftel.office.view import cited_not_held, find, view
from reftel.register.entries import Json, clock_text
from reftel.register.log import size_of
from reftel.store.engine import View
from reftel.web import act_pages, docket_api
from reftel.web.docket_api import Asking
from reftel.web.rendering import on_defect, on_error, on_http
from reftel.web.tray_pages import OUTSIDE
from reftel.web.visit import Visit

_BEYOND = 2**53 - 1
_MAX_FOUND = 200
_MAX_ENTRIES = 100
# What is known of a cable's outside; its text, and what follows from it, is for those who may read it.
_OUTSIDE = (
    "cable direction state origin mrn incoming receiving_office leaf marking numbers handling "
    "handling_times handling_objective ledger copies deliveries clearances links checked"
).split()


class Problem(BaseModel):
    """What went wrong: a stable code, whose fault, a sentence, and the mend."""

    model_config = ConfigDict(extra="allow")

    code: str
    fault: Literal["caller", "peer", "world"]
    sentence: str
    mend: str


class SessionState(BaseModel):
    """Who is signed in, at which post, and with which roles on."""

    person: str
    post: str
    origin: str
    roles: list[str]
    off: list[str]
    ends: str


class Asked(BaseModel):
    """An act that somebody wants to do: the name of its door, and its arguments."""

    model_config = ConfigDict(extra="forbid")

    door: str
    arguments: dict[str, Any]


class Question(BaseModel):
    """What there is to sign: in words, letter for letter, and as the passkey is asked."""

    model_config = ConfigDict(extra="allow")

    id: str
    door: str
    words: list[str]
    acts: list[str]
    signers: list[str]
    publicKey: dict[str, Any]  # noqa: N815 - Web Authentication's name
    wrapped: dict[str, str]


class Touched(BaseModel):
    """A passkey's answer, as ``PublicKeyCredential.toJSON`` gives it, without extension results."""

    model_config = ConfigDict(extra="forbid")

    assertion: dict[str, Any]


class Outcome(BaseModel):
    """How an act stands: entered under an entry, or waiting for these people."""

    model_config = ConfigDict(extra="allow")

    id: str
    state: Literal["waiting", "entered", "failed", "expired"]
    entry: int
    waiting_for: list[str]
    next: str
    answer: dict[str, Any]


Entry = Annotated[int, Path(ge=0, le=_BEYOND, description="The number of a register entry.")]
Identity = Annotated[str, Path(pattern="^[A-Za-z0-9+/_-]{1,64}$")]
_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Nobody is signed in."},
    403: {
        "model": Problem,
        "description": "Not with the roles that are on, or not from this office.",
    },
    404: {"model": Problem, "description": "It is not here, or not for you."},
    409: {"model": Problem, "description": "Not allowed as things stand."},
    413: {"model": Problem, "description": "Too large."},
    414: {
        "description": "The address is too long.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    },
    422: {"model": Problem, "description": "Not of the form that is asked for."},
    429: {"model": Problem, "description": "Too often."},
    503: {"model": Problem, "description": "The office is locked, or the disk failed."},
}
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def make_api(state: State) -> FastAPI:
    """The API as an application to be mounted; ``state`` is that of the web office's own."""
    api = FastAPI(
        title="Reftel",
        version=__version__,
        summary="A post's cable office.",
        docs_url=None,
        redoc_url=None,
        responses=_REFUSALS,
    )
    api.add_exception_handler(ReftelError, on_error)
    api.add_exception_handler(HTTPException, on_http)
    api.add_exception_handler(RequestValidationError, _on_form)
    api.add_exception_handler(Exception, on_defect)
    api.state = state
    for path, answer in _READ.items():
        api.add_api_route(path, answer, methods=["GET"])
    api.add_api_route(
        "/cables/{entry}/text", cable_text, methods=["GET"], response_model=None, responses=_TEXT
    )
    api.add_api_route(
        "/acts",
        act_pages.ask,
        methods=["POST"],
        response_model=Question,
        openapi_extra={"requestBody": _body(Asked)},
        summary="Rehearse an act",
    )
    api.add_api_route(
        "/acts/{id}/signature",
        act_pages.sign,
        methods=["POST"],
        response_model=Outcome,
        openapi_extra={"requestBody": _body(Touched), "parameters": [_ID]},
        summary="Take a touch",
    )
    return api


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}


def _body(model: type[BaseModel]) -> Json:
    schema = model.model_json_schema()
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _on_form(_request: Request, error: Exception) -> Response:
    """FastAPI found a parameter that is not of its form; which one is said, its value is not."""
    named = error.errors() if isinstance(error, RequestValidationError) else []
    where = ", ".join(str(one["loc"][-1]) for one in named)
    said = {"code": "bad-value", "fault": "caller", "sentence": f"not of its form: {where}", "mend": ""}
    return JSONResponse(said, 422)


def session(who: Asking) -> SessionState:
    """Who is signed in."""
    return SessionState(
        person=who.person,
        post=who.office.name,
        origin=who.office.origin,
        roles=who.listed_roles,
        off=list(who.session.off),
        ends=clock_text(who.session.ends),
    )


def tray(
    who: Asking,
    show: Literal["all", "action", "information", "return"] = "all",
    after: Annotated[str, Query(pattern="^([0-9]{1,15}-[0-9]{1,6})?$")] = "",
) -> Json:
    """The copies issued to whoever asks, newest first; ``after`` is ``more`` of the page before."""
    with who.office.store.read() as connection:
        found = trays.in_tray(who.office, connection, who.person, show=show, after=_place(after))
    return _paged(trays.Tray, found, found.more)


def sent(who: Asking, after: Annotated[int, Query(ge=0, le=_BEYOND)] = _BEYOND) -> Json:
    """What this post sent, newest first, each addressee with what is known of its receipts."""
    who.need(*_OFFICE)
    with who.office.store.read() as connection:
        lines, more = outgoing.sent(who.office, connection, who.person, who.roles, after=after)
    return {"lines": _plain(tuple[outgoing.Sent, ...], lines), "more": more}


def cable(who: Asking, entry: Entry) -> Json:
    """A cable, as far as whoever asks may see it; ``sight`` says how far."""
    with who.office.store.read() as connection:
        found = see(connection, who.person, who.roles, entry)
        whole = view(connection, entry)
        _only_seen(connection, who, whole)
    if found < Sight.TEXT:
        whole = {name: whole[name] for name in _OUTSIDE if name in whole}
    return {"sight": found.name.lower(), **whole}


def _only_seen(connection: View, who: Visit, whole: Json) -> None:
    """Leave the cables out that have to do with this one and are not there for whoever asks."""
    others = {one["cable"] for one in whole["links"]} | {one["other"] for one in whole["links"]}
    others |= {cable for one in whole.get("references", ()) for cable in one["cables"]}
    seen = set(seen_of(connection, who.person, who.roles, sorted(others)))
    whole["links"] = [one for one in whole["links"] if {one["cable"], one["other"]} <= seen]
    for one in whole.get("references", ()):
        one["cables"] = [cable for cable in one["cables"] if cable in seen]
        one["held"] = bool(one["cables"])


def cable_text(who: Asking, entry: Entry) -> PlainTextResponse:
    """A cable's exact bytes, as the register committed to them."""
    return PlainTextResponse(_proved(who, entry)[0])


def cable_proof(who: Asking, entry: Entry) -> Json:
    """The proof that a cable's own post registered it: a forwarding proof, in base64 lines."""
    return {"cable": entry, "proof": _proved(who, entry)[1].decode()}


def _proved(who: Visit, entry: int) -> tuple[bytes, bytes]:
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, entry, Sight.TEXT)
        return forwarding_proof(connection, entry)


def found(who: Asking, q: Annotated[str, Query(min_length=1, max_length=200)]) -> list[Json]:
    """Cables that bear a number, a date-time group or a reference, or cite it."""
    with who.office.store.read() as connection:
        hits = find(connection, q)[:_MAX_FOUND]
        seen = sights(connection, who.person, who.roles, [hit["cable"] for hit in hits])
    shown = []
    for hit in hits:
        allowed = seen.get(hit["cable"], Sight.NOTHING)
        if allowed >= Sight.SLIP:
            shown.append(hit)
        elif allowed is Sight.OUTSIDE and hit["by"] in OUTSIDE:
            shown.append(hit | {"subject": "", "sender": ""})
    return shown


def cited(who: Asking) -> list[Json]:
    """What is cited here and not held, and numbers missing from a series."""
    who.need(*_OFFICE)
    with who.office.store.read() as connection:
        missing = cited_not_held(connection)
        seen = sights(connection, who.person, who.roles, {one["cable"] for one in missing})
    return [one for one in missing if seen.get(one["cable"], Sight.NOTHING) is Sight.TEXT]


def copies(who: Asking, holder: Annotated[str, Query(max_length=80)] = "") -> Json:
    """Copies that are out, soonest due first: one's own, or everybody's for those who keep the ledger."""
    all_of_them = holdings.sees_all(who.roles)
    today = who.office.clock.now().date()
    with who.office.store.read() as connection:
        page = holdings.out(connection, who.person, today, holder=holder if all_of_them else who.person)
    return {"copies": _plain(tuple[holdings.Copy, ...], page.copies)}


def taskings(who: Asking, state: Literal["", "open", "fulfilled", "cancelled"] = "open") -> list[Json]:
    """Taskings on cables that whoever asks may read."""
    with who.office.store.read() as connection:
        rows = tasks.tasks(connection, state)
        seen = sights(connection, who.person, who.roles, {row.cable for row in rows})
    return [
        dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
        for row in rows
        if seen.get(row.cable, Sight.NOTHING) is Sight.TEXT
    ]


def entries(
    who: Asking,
    before: Annotated[int, Query(ge=0, le=_BEYOND)] = _BEYOND,
    count: Annotated[int, Query(ge=1, le=_MAX_ENTRIES)] = 20,
) -> list[Json]:
    """Register entries, newest first; not those of cables for which whoever asks is not cleared."""
    who.need("auditor", "administrator")
    with who.office.store.read() as connection:
        last = min(before, size_of(connection))
        numbers = range(last - 1, max(last - 1 - count, -1), -1)
        seen = [logbook.entry_seen(connection, who.person, who.roles, number) for number in numbers]
    return [_entry(one) for one in seen if one.record is not None]


def entry(who: Asking, entry: Entry) -> Json:
    """One register entry as it stands, with its signatures and its leaf."""
    who.need("auditor", "administrator")
    with who.office.store.read() as connection:
        seen = logbook.entry_seen(connection, who.person, who.roles, entry)
    if seen.record is None:
        raise NotFound("the record of that entry is not for you")
    return _entry(seen)


def _entry(seen: logbook.Seen) -> Json:
    found, record = seen.entry, seen.entry.decoded
    return {
        "entry": seen.row.entry,
        "at": clock_text(record.at),
        "act": record.act,
        "signatures": [
            {
                "person": s.person,
                "key_id": s.key_id,
                "by": "key" if isinstance(s.signature, bytes) else "passkey",
            }
            for s in record.signatures
        ],
        "leaf_hash": found.leaf_hash.hex(),
    }


def posts(who: Asking) -> list[Json]:
    """This post and those known here."""
    with who.office.store.read() as connection:
        return rolls.posts_list(connection)


def people(who: Asking) -> list[Json]:
    """Everybody who was ever admitted, with roles."""
    with who.office.store.read() as connection:
        return rolls.people_list(connection)


def times(who: Asking, weeks: Annotated[int, Query(ge=1, le=52)] = 8) -> Json:
    """How long cables waited at each step, by precedence, against the objectives."""
    who.need(*_OFFICE)
    with who.office.store.read() as connection:
        measured = performance.performance(connection, who.office.clock.now(), weeks)
    return dict(_plain(performance.Performance, measured))


def own_jobs(who: Asking) -> list[Json]:
    """Long work that whoever asks has begun."""
    with who.office.store.read() as connection:
        return [job.as_json() for job in jobs.jobs_of(connection, who.person)]


def job(who: Asking, identity: Identity) -> Json:
    """One piece of long work, and how far it is."""
    with who.office.store.read() as connection:
        return jobs.find(connection, who.person, identity).as_json()


_OFFICE = (
    "registry clerk",
    "cipher clerk",
    "releasing officer",
    "drafter",
    "clearing officer",
    "auditor",
    "administrator",
)
_READ: dict[str, Callable[..., Any]] = {
    "/session": session,
    "/tray": tray,
    "/sent": sent,
    "/cables/{entry}": cable,
    "/cables/{entry}/proof": cable_proof,
    "/find": found,
    "/cited": cited,
    "/copies": copies,
    "/taskings": taskings,
    "/register": entries,
    "/register/{entry}": entry,
    "/posts": posts,
    "/people": people,
    "/performance": times,
    "/jobs": own_jobs,
    "/jobs/{identity}": job,
    **docket_api.READ,
}


def _place(after: str) -> trays.Place | None:
    if not after:
        return None
    entry, seq = after.split("-")
    return trays.Place(int(entry), int(seq))


def _paged(kind: Any, page: Any, more: trays.Place | None) -> Json:
    return {**_plain(kind, page), "more": "" if more is None else f"{more.cable}-{more.seq}"}


def _plain(kind: Any, value: Any) -> Any:
    """A dataclass of the office as plain JSON values."""
    return _adapter(kind).dump_python(value, mode="json")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
