"""Long work in the background: begun by a page, kept in the database, shown with its progress.

It survives a closed tab, for it belongs to no request. It ends when the office is shut: what it holds
of the office must not outlive the lock. Then, and after a restart, it says that it was interrupted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from reftel.clock import elapsed
from reftel.errors import Locked, ReftelError
from reftel.office import audit, jobs
from reftel.office.office import Office
from reftel.register.entries import Json
from reftel.web.gate import Gate
from reftel.web.rendering import error_body, render, wants_json
from reftel.web.visit import visit

Progress: TypeAlias = Callable[[int, int], None]
Work: TypeAlias = Callable[[Office, Progress], Json]
SAVE_EVERY = 0.5
AUDIT = "audit"
_AT_A_TIME = 2
_PART = 1000
_PARTS = ("tree", "checkpoints", "replay")
_pool = ThreadPoolExecutor(_AT_A_TIME, "job")
_log = logging.getLogger(__name__)


def start(gate: Gate, person: str, kind: str, work: Work) -> str:
    """Have ``work`` done in the background for ``person``; returns the job's id.

    ``work`` gets the office and what it tells how much is done of how much; what it returns, plain
    values, is the job's answer. An error of Reftel's is kept as the answer of a job that failed.
    Raises :class:`~reftel.errors.NotAllowed` while too many of the person's jobs are not done.
    """
    office = gate.office
    job = jobs.begin(office, person, kind)
    _pool.submit(_run, gate, job, work)
    return job


def _run(gate: Gate, job: str, work: Work) -> None:
    try:
        office = gate.office
        state, answer = jobs.DONE, work(office, _progress(gate, office, job))
        del office
    except ReftelError as error:
        state, answer = jobs.FAILED, dict(error_body(error))
    except Exception:  # noqa: BLE001 - a defect is the job's end, and not to go unseen
        _log.exception("a job failed")
        state, answer = jobs.FAILED, {"sentence": "something in Reftel is broken", "mend": ""}
    try:
        jobs.end(gate.office, job, state, answer)
    except Locked:
        pass  # whoever opens the office notes that it was interrupted
    except ReftelError:
        _log.exception("how a job ended could not be noted")


def _progress(gate: Gate, office: Office, job: str) -> Progress:
    """What saves how far a job is, twice a second at most, and ends it when the office is shut."""
    last = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal last
        if gate.office is not office:
            raise Locked("the office was locked meanwhile")
        if elapsed() - last >= SAVE_EVERY:
            last = elapsed()
            jobs.note(office, job, done, total)

    tell(0, 0)
    return tell


def audit_work(office: Office, progress: Progress) -> Json:
    """The whole audit; its parts count alike."""

    def tell(part: str, done: int, total: int) -> None:
        if part in _PARTS:
            before = _PARTS.index(part) * _PART
            progress(before + _PART * done // max(total, 1), _PART * len(_PARTS))

    return audit.audit(office, tell).as_json()


def begin_audit(request: Request) -> Response:
    """Have the register audited."""
    who = visit(request)
    who.need("auditor", "administrator")
    job = start(request.app.state.gate, who.person, AUDIT, audit_work)
    if wants_json(request):
        return JSONResponse({"id": job, "next": f"/jobs/{job}"}, 202)
    return RedirectResponse(f"/jobs/{job}", 303)


def list_page(request: Request) -> Response:
    """What one asked for that takes long."""
    who = visit(request)
    with who.office.store.read() as connection:
        mine = jobs.jobs_of(connection, who.person)
    may_audit = not who.roles.isdisjoint({"auditor", "administrator"})
    return render(request, "jobs/list.html", jobs=mine, may_audit=may_audit, section="")


def job_page(request: Request) -> Response:
    """One job: how far it is, and what came of it; as JSON for a script."""
    who = visit(request)
    with who.office.store.read() as connection:
        job = jobs.find(connection, who.person, request.path_params["job"])
    if wants_json(request):
        return JSONResponse(job.as_json())
    template = "jobs/part.html" if "hx-request" in request.headers else "jobs/job.html"
    return render(request, template, job=job, section="")


routes = [
    Route("/jobs", list_page),
    Route("/jobs/audit", begin_audit, methods=["POST"]),
    Route("/jobs/{job}", job_page),
]
