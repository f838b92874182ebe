"""Long work shows its progress, outlives its page, and says truthfully how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

import pytest
from sqlalchemy import update

from reftel.errors import NotAllowed, NotFound
from reftel.office import jobs as office_jobs
from reftel.office.jobs import Job
from reftel.office.office import Office
from reftel.register.entries import Json
from reftel.store import tables as t
from reftel.web import jobs
from reftel.web.gate import Gate
from reftel.web.jobs import Progress
from tests.office.scenes import AUDITOR, DRAFTER, Post
from tests.web.conftest import Browser, Web

JSON = {"accept": "application/json"}


def found(post: Post, job: str, person: str = DRAFTER) -> Job:
    with post.read() as connection:
        return office_jobs.find(connection, person, job)


def until(true: Callable[[], object]) -> None:
    for _ in range(500):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it did not come about")


class Slow:
    """Work that goes on step by step, when it is told to."""

    def __init__(self) -> None:
        self.go, self.begun, self.steps = Event(), Event(), 0

    def __call__(self, _office: Office, progress: Progress) -> Json:
        self.begun.set()
        for step in range(1000):
            self.steps = step
            progress(step, 1000)
            if self.go.wait(0.01):
                break
        return {"steps": self.steps}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is saved at once."""
    monkeypatch.setattr(jobs, "SAVE_EVERY", 0.0)


def test_a_job_tells_how_far_it_is_and_then_what_came_of_it(web: Web, quick: None):
    work = Slow()
    job = jobs.start(web.gate, DRAFTER, "issue", work)
    until(lambda: found(web.post, job).done > 2)
    under_way = found(web.post, job)
    assert (under_way.state, under_way.total, under_way.finished) == ("under way", 1000, False)
    work.go.set()
    until(lambda: found(web.post, job).finished)
    assert found(web.post, job).state == "done"
    assert found(web.post, job).answer == {"steps": work.steps}


def test_progress_is_saved_at_most_twice_a_second(web: Web, monkeypatch):
    saved: list[int] = []
    monkeypatch.setattr(office_jobs, "note", lambda _office, _job, done, _total: saved.append(done))

    def work(_office: Office, progress: Progress) -> Json:
        for step in range(20_000):
            progress(step, 20_000)
        return {}

    job = jobs.start(web.gate, DRAFTER, "issue", work)
    until(lambda: found(web.post, job).finished)
    assert len(saved) < 10


def test_an_error_is_what_came_of_a_job_and_a_defect_shows_nothing_of_itself(web: Web, caplog):
    def refused(_office: Office, _progress: Progress) -> Json:
        raise NotFound("there is no cable 17")

    def broken(_office: Office, _progress: Progress) -> Json:
        raise ZeroDivisionError("a secret")

    first, second = (jobs.start(web.gate, DRAFTER, "issue", work) for work in (refused, broken))
    until(lambda: found(web.post, first).finished and found(web.post, second).finished)
    assert found(web.post, first).state == found(web.post, second).state == "failed"
    assert found(web.post, first).answer["code"] == "not-found"
    assert "secret" not in str(found(web.post, second).answer)


def test_locked_meanwhile_it_stops_and_says_that_it_was_interrupted(web: Web, quick: None):
    work = Slow()
    job = jobs.start(web.gate, DRAFTER, "audit", work)
    until(lambda: found(web.post, job).done > 2)
    keys = web.post.office.keys
    web.gate.lock()
    time.sleep(0.1)
    steps = work.steps
    time.sleep(0.1)
    assert work.steps == steps
    web.gate.unlock(keys)
    assert found(web.post, job).state == "interrupted"
    work.go.set()
    web.gate.lock()


def test_after_a_restart_what_was_not_done_says_that_it_was_interrupted(web: Web):
    waiting = office_jobs.begin(web.post.office, DRAFTER, "audit")
    under_way = office_jobs.begin(web.post.office, DRAFTER, "audit")
    office_jobs.note(web.post.office, under_way, 3, 10)
    done = office_jobs.begin(web.post.office, DRAFTER, "audit")
    office_jobs.end(web.post.office, done, "done", {"clean": True})
    Gate(web.post.office)
    assert [found(web.post, job).state for job in (waiting, under_way, done)] == [
        "interrupted",
        "interrupted",
        "done",
    ]
    # What ended since is not turned into something that was done.
    office_jobs.end(web.post.office, under_way, "done", {})
    assert found(web.post, under_way).state == "interrupted"


def test_one_person_can_ask_for_so_much_only_and_old_answers_are_forgotten(web: Web):
    unfinished = [office_jobs.begin(web.post.office, DRAFTER, "audit") for _ in range(3)]
    with pytest.raises(NotAllowed):
        office_jobs.begin(web.post.office, DRAFTER, "audit")
    office_jobs.begin(web.post.office, AUDITOR, "audit")
    for job in unfinished:
        office_jobs.end(web.post.office, job, "done", {})
    for _ in range(60):
        web.post.pass_time(seconds=1)
        office_jobs.end(web.post.office, office_jobs.begin(web.post.office, DRAFTER, "audit"), "done", {})
    with web.post.read() as connection:
        mine = office_jobs.jobs_of(connection, DRAFTER)
    assert len(mine) == office_jobs.MAX_KEPT
    assert unfinished[0] not in {job.id for job in mine}


def job_of(browser: Browser, id_: str) -> Json:
    answer = browser.get(f"/jobs/{id_}", headers=JSON)
    assert answer.status_code == 200
    return dict(answer.json())


def test_an_auditor_has_the_register_audited_and_reads_the_findings(web: Web):
    entry = web.post.release()
    with web.post.office.store.write() as connection:
        connection.execute(update(t.cables).where(t.cables.c.cable == entry).values(subject="another"))
    browser = web.signed_in(AUDITOR, "auditor")
    begun = browser.send("/jobs/audit")
    assert begun.status_code == 303
    where = begun.headers["location"]
    until(lambda: job_of(browser, where.removeprefix("/jobs/"))["state"] == "done")
    answer = job_of(browser, where.removeprefix("/jobs/"))["answer"]
    assert (answer["clean"], answer["failures"]) == (False, 1)
    page = browser.get(where).text
    assert "1 failure" in page
    assert "subject" in page
    assert "every 1s" not in page  # nothing more comes of it
    assert where in browser.get("/jobs").text


def test_a_page_asks_again_while_the_work_goes_on_without_keeping_the_office_open(web: Web, quick: None):
    work = Slow()
    job = jobs.start(web.gate, DRAFTER, "issue", work)
    until(lambda: found(web.post, job).done > 2)
    browser = web.signed_in(DRAFTER)
    page = browser.get(f"/jobs/{job}")
    assert '<progress aria-label="How far it is" value="' in page.text
    assert 'role="status"' in page.text
    part = browser.get(f"/jobs/{job}", headers={"hx-request": "true", "x-reftel-by-itself": "1"})
    assert part.text.lstrip().startswith('<div id="job" hx-get')
    web.gate._last -= 100
    browser.get(f"/jobs/{job}", headers={"hx-request": "true", "x-reftel-by-itself": "1"})
    assert web.gate.idle_for.total_seconds() >= 100
    work.go.set()
    until(lambda: found(web.post, job).finished)


def test_anothers_job_is_none_and_only_an_auditor_has_an_audit_begun(web: Web):
    job = office_jobs.begin(web.post.office, AUDITOR, "audit")
    browser = web.signed_in(DRAFTER)
    theirs, none = (browser.get(f"/jobs/{id_}", headers=JSON) for id_ in (job, "0" * 32))
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()
    assert browser.send("/jobs/audit").status_code == 403
    assert web.browser().get(f"/jobs/{job}").headers["location"] == "/sign-in"
    assert "Audit the register" not in browser.get("/jobs").text
