"""Clear, adopt, release: one draft as it stands, what changed since somebody agreed, what is to be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.cable.plain import to_plain
from reftel.office import completion
from reftel.office.before_release import Finding, check_draft, count_findings
from reftel.office.differences import Change
from reftel.office.drafts import DraftView, draft_view
from reftel.office.sight import Asker, Sight, see
from reftel.web.compose_docket import numbers_of, passages_of
from reftel.web.rendering import render
from reftel.web.sheet_html import marking_words, shown_sheet
from reftel.web.visit import Visit, visit
from reftel.web.words import fingerprint

_AROUND = 160


def draft_page(request: Request) -> Response:
    """One draft, for those who write, clear, adopt and release it."""
    who = visit(request)
    entry = int(request.path_params["cable"])
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, entry, Sight.TEXT)
        draft = draft_view(connection, entry, who.person)
        if draft.released:
            return RedirectResponse(f"/cables/{entry}", 303)
        asker = Asker(person=who.person, roles=who.roles)
        findings = check_draft(who.office, connection, entry, asker)
        officers = [name for name, _ in completion.officers(connection)]
        numbers_here = numbers_of(connection, who, findings)
    must, look = count_findings(findings)
    asked = {answer.officer for answer in draft.answers}
    return render(
        request,
        "compose/draft.html",
        section="drafts",
        draft=draft,
        marking=marking_words(["\x1f".join((draft.classification, *draft.captions))]),
        sheet=None if draft.text is None else shown_sheet(to_plain(draft.text), with_text=True),
        fingerprint=fingerprint(draft.version),
        findings=findings,
        numbers_here=numbers_here,
        passages=passages_of(draft.text, findings),
        told=[one for one in findings if one.told is not None],
        open_warnings=[one for one in findings if one.warning and not one.accepted],
        must=must,
        look=look,
        offers=_offers(who, draft, findings),
        officers=[name for name in officers if name not in asked],
        changes=list(_shortened(draft.changes or ())),
        in_force=[decision for decision in draft.decisions if decision["state"] == "in force"],
    )


def _offers(who: Visit, draft: DraftView, findings: Sequence[Finding]) -> dict[str, bool]:
    """What this person may do with the draft in its state."""
    can, moves = who.can, draft.moves
    waits = {answer.officer for answer in draft.answers if answer.state != "given"}
    refused = any(finding.severity == "must" for finding in findings)
    return {
        "clears": "cleared" in can and "clear" in moves and who.person in waits,
        "ask": "clearance asked" in can and "clear" in moves,
        "adopt": "adopted" in can and "adopt" in moves,
        "void": "decision voided" in can and "void decision" in moves,
        "edit": "edited" in can and "edit" in moves and draft.text is not None,
        "withdraw": "withdrawn" in can and "withdraw" in moves,
        "release": "released" in can and "release" in moves and not refused,
        "releases": "released" in can,
        "accept": "warnings accepted" in can,
    }


def _shortened(changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """Changes with long runs of what stayed cut in their middle."""
    for n, (kind, words) in enumerate(changes):
        if kind != "same" or len(words) <= 2 * _AROUND:
            yield kind, words
            continue
        if n > 0:
            yield "same", words[:_AROUND]
        yield "cut", ""
        if n < len(changes) - 1:
            yield "same", words[-_AROUND:]


routes = [Route("/drafts/{cable:int}", draft_page, methods=["GET"])]
