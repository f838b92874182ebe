"""Every page of the office: its address in the story, and by whom it is looked at."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route

from reftel.web.app import PAGES
from tests.browser.stage import Person
from tests.browser.story import Stage

NO_PAGES = {
    "/live": "a stream",
    "/keys/wrapped": "JSON",
    "/acts/{id}/options": "JSON",
    "/demo/keys": "only in a demonstration",
    "/tray/pane": "a part of a page",
    "/rail": "a part of a page",
    "/tray/next": "leads to a cable",
    "/copies/{cable:int}/{seq:int}": "leads to a cable",
    "/cables/{cable:int}/text": "a file",
    "/cables/{cable:int}/proof": "a file",
    "/cables/{cable:int}/tlog-proof": "a file",
    "/cables/{cable:int}/enclosures/{n:int}": "a file",
    "/cables/{cable:int}/copies/{seq:int}/pdf": "a file",
    "/copies/{cable:int}/{seq:int}/sealed": "a file",
    "/docket/book": "a file",
    "/compose/known": "a part of a page",
    "/compose/preview": "a part of a page",
    "/compose/preview/{digest}/{number:int}.png": "a picture",
    "/posts/own/card": "a file",
    "/posts/fingerprint.svg": "a picture",
    "/posts/readers/card": "a file",
    "/register/checkpoints/{size:int}": "a file",
    "/register/peers/{origin:path}": "a file",
    "/register/{entry:int}/proof": "a file",
    "/register/{entry:int}/record": "a file",
    "/trust/reftel-authority.crt": "a file",
    "/trust/reftel-authority.pem": "a file",
    "/trust": "only where `reftel tls` made the certificate",
}
"""What is no page that a person reads."""


def pages(stage: Stage) -> Sequence[tuple[str, Person, str, str]]:
    """Each page: its route, who looks, its address, and the name of its picture if one is made."""
    clerk, drafter, officer = (stage.people[name] for name in ("Zimina", "Lu", "Bai"))
    minister, cable, entry = stage.people["Minister"], stage.cable, stage.cable
    return (
        ("/tray", clerk, "/tray", "in-tray"),
        ("/out", drafter, "/out", "out-tray"),
        ("/drafts", drafter, "/drafts", "drafts"),
        ("/release", officer, "/release", "for release"),
        ("/find", clerk, f"/find?q={stage.number}", "find"),
        ("/cables/{cable:int}", clerk, f"/cables/{cable}", "cable"),
        ("/cables/{cable:int}", stage.people["Shen"], f"/cables/{stage.sent}?suggest=1", "suggestions"),
        ("/cables/{cable:int}/docket", clerk, f"/cables/{cable}/docket?paragraph=2&from=0&to=57", ""),
        (
            "/cables/{cable:int}/docket",
            clerk,
            f"/cables/{cable}/docket?kind=question&paragraph=2&from=0&to=57",
            "what are these words",
        ),
        ("/cables/{cable:int}", minister, f"/cables/{stage.unopened}", "cable sealed and not opened"),
        ("/compose", drafter, "/compose", ""),
        ("/compose/papers/{paper}", drafter, stage.paper, "compose"),
        ("/compose/papers/{paper}", clerk, stage.answering, "compose an answer"),
        ("/compose/{cable:int}", drafter, f"/compose/{stage.draft}", ""),
        ("/drafts/{cable:int}", officer, f"/drafts/{stage.draft}", "draft for release"),
        ("/drafts/{cable:int}", clerk, f"/drafts/{stage.warned}", "draft that is warned of"),
        ("/acts", clerk, "/acts", "acts"),
        ("/acts/{id}", clerk, stage.act, "act"),
        ("/copies", clerk, "/copies", "copies"),
        ("/copies/holders", clerk, "/copies/holders", ""),
        ("/copies/astray", clerk, "/copies/astray", ""),
        ("/copies/safe", clerk, "/copies/safe", ""),
        ("/copies/inventory", clerk, "/copies/inventory", "inventory"),
        ("/copies/emergency", clerk, "/copies/emergency", ""),
        ("/copies/{cable:int}", clerk, f"/copies/{cable}", "copies of a cable"),
        ("/docket", clerk, "/docket", "docket"),
        ("/docket", clerk, f"/docket?at=entry:{stage.marked}", "docket as of"),
        ("/docket/issue", clerk, stage.issue, "issue"),
        ("/docket/items/{name:path}", clerk, stage.item, "item"),
        ("/docket/questions", clerk, "/docket/questions?show=all", "questions"),
        ("/docket/instructions", clerk, "/docket/instructions?show=all", "instructions"),
        ("/docket/disclosures", clerk, "/docket/disclosures", "disclosures"),
        ("/docket/sessions", clerk, "/docket/sessions", ""),
        ("/docket/sessions/{item:path}", clerk, stage.session, "session"),
        ("/docket/sessions/new", drafter, "/docket/sessions/new", "report of a session"),
        ("/docket/people", clerk, "/docket/people", "names"),
        ("/docket/timeline", clerk, "/docket/timeline", "timeline"),
        ("/knew", clerk, "/knew?who=Minister", "who knew what"),
        ("/cables/{cable:int}/knew", clerk, f"/cables/{cable}/knew", "who knew a cable"),
        ("/taskings", clerk, "/taskings?show=all", "taskings"),
        ("/taskings/new", clerk, f"/taskings/new?cable=entry:{cable}", ""),
        ("/taskings/{cable:int}/{n:int}", clerk, f"/taskings/{cable}/1", "tasking"),
        ("/cited", clerk, "/cited", ""),
        ("/register", clerk, "/register", "register"),
        ("/register/checkpoints", clerk, "/register/checkpoints", ""),
        ("/register/peers", clerk, "/register/peers", ""),
        ("/register/{entry:int}", clerk, f"/register/{entry}", "register entry"),
        ("/posts", clerk, "/posts", "posts"),
        ("/posts/own", clerk, "/posts/own", "own post"),
        ("/posts/readers", clerk, "/posts/readers", ""),
        ("/posts/refusals", clerk, "/posts/refusals", "refusals"),
        ("/posts/admit", clerk, "/posts/admit", ""),
        ("/posts/of/{origin:path}", clerk, "/posts/of/beijing.example", "post"),
        ("/people", clerk, "/people", "people"),
        ("/people/admit", clerk, "/people/admit", ""),
        ("/people/person", clerk, "/people/person?name=Minister", "person"),
        ("/people/invite", clerk, "/people/invite?name=Minister", ""),
        ("/performance", clerk, "/performance", "performance"),
        ("/account", clerk, "/account", "account"),
        ("/jobs", clerk, "/jobs", ""),
        ("/jobs/{job}", clerk, stage.job, "job"),
        ("/sign-in", stage.stranger, "/sign-in", "sign-in"),
        ("/enrol", stage.stranger, "/enrol", "enrol"),
    )


def routes() -> set[str]:
    """Every address that can be asked for by GET."""
    return {
        route.path
        for module in PAGES
        for route in module.routes
        if isinstance(route, Route) and "GET" in (route.methods or ())
    }
