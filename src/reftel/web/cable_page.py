"""The page of one cable: its sheet as far as the reader may see it, and beside it what the office knows.

What comes from a sender stands inside the sheet. The register's badge, the ledger and the handling
stand outside it, in words of the office.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.cable.model import Precedence
from reftel.cable.sheet_grammar import LAYERS
from reftel.docket.items import issue_key
from reftel.errors import NotAllowed, NotFound, PressError
from reftel.office import copies, outgoing, trays, view
from reftel.office.changes import forwarding_proof
from reftel.office.clearance import LEVELS
from reftel.office.desk import cable_text
from reftel.office.office import find_cable
from reftel.office.referring import referring
from reftel.office.sealing import sealed_copy
from reftel.office.shedding import sheds
from reftel.office.sheets import copy_pdf, pdf_name
from reftel.office.sight import Sight, see, seen_of
from reftel.office.trays import Place
from reftel.press.printer import Press
from reftel.register.entries import Json
from reftel.register.log import size_of
from reftel.register.proof import ForwardingProof, TlogProof
from reftel.web.cable_acts import Case, offers
from reftel.web.docket_marking import pane_of
from reftel.web.look import whole
from reftel.web.panes import due_words, pane
from reftel.web.performance import took
from reftel.web.rendering import render
from reftel.web.sheet_html import marking_words, row_text, shown_sheet
from reftel.web.visit import Visit, visit

MOST_COPIES_SHOWN = 60
MOST_SET = 128 * 1024
"""A longer cable, in bytes, is not set for a page."""
PRESS_WAIT = 10.0
_PRESS = Lock()
MOST_SHOWN = 40
_MISSING = "there is no such cable here, or it is not for you"
_STATES = {
    "in file": ("held", "Not issued"),
    "returned": ("ret", "Returned"),
    "destroyed": ("gone", "Destroyed"),
    "lost": ("gone", "Lost"),
    "unaccounted": ("gone", "Unaccounted for"),
}
_NAMES_NEEDED = {"holder", "issue", "officers", "destroy", "task"}


def cable_page(request: Request) -> Response:
    """One cable; ``copy`` says which of the reader's own copies, where there are several."""
    seq = request.query_params.get("copy", "")
    return _page(request, int(seq) if seq.isdecimal() and len(seq) < 7 else -1, own=False)


def copy_page(request: Request) -> Response:
    """One's own copy of a cable: the page of the cable, for its holder alone."""
    return _page(request, request.path_params["seq"], own=True)


def _page(request: Request, seq: int, *, own: bool) -> Response:
    who = visit(request)
    cable = request.path_params["cable"]
    with who.office.store.read() as connection:
        sight = see(connection, who.person, who.roles, cable)
        rows = copies.copies_of(connection, cable)
        held = [row for row in rows if _is_mine(row, who.person)]
        mine = next((row for row in held if row.seq == seq), None if own or not held else held[0])
        if own and mine is None:
            raise NotFound(_MISSING)
        facts = view.view(connection, cable)
        context = _context(connection, who, cable, sight, facts, mine, rows)
        listed = pane(request, connection, who, selected=Place(cable, mine.seq if mine else -1))
        suggests = request.query_params.get("suggest") == "1"
        context |= _docket(connection, who, cable, suggests=suggests) if sight is Sight.TEXT else {}
        context["live"] = size_of(connection) - 1
    markings = [context["row"].marking, *listed.markings]
    return render(
        request,
        "cable/cable.html",
        section=listed.section,
        pane=listed,
        marking=marking_words(markings),
        **context,
    )


def _is_mine(row: Any, person: str) -> bool:
    return bool(row.holder == person and row.state == "issued")


def _context(
    connection: Any, who: Visit, cable: int, sight: Sight, facts: Json, mine: Any, rows: Sequence[Any]
) -> dict[str, Any]:
    """Everything that the template is told of the cable, cut to what this person may see."""
    line = trays.lines_for(connection, who.person, [cable])[cable]
    plain = facts.get("text")
    reads = sight is Sight.TEXT
    sheet = None if plain is None or sight < Sight.SLIP else shown_sheet(plain, with_text=reads)
    others = _Others(connection, who, facts)
    links = others.links() if sight >= Sight.SLIP else {}
    dues = trays.dues_of(who.office, connection, [cable]).get(cable, ())
    case = _case(connection, who, sight, facts, mine, rows)
    offered = offers(case)
    forms = {offer.form for offer in offered}
    opened = whole(facts)
    return {
        "cable": cable,
        "row": line,
        "precedence": "" if line.precedence < 0 else Precedence(line.precedence).name.lower(),
        "sight": sight.name.lower(),
        "reads": reads,
        "number": line.number or f"entry {cable}",
        "sheet": sheet,
        "eyes": opened["eyes"],
        "shed": facts.get("shed", ""),
        "gone": _gone(facts),
        "mine": mine,
        "of": len(rows),
        "printed": bool(rows),
        "stamp": _stamp(mine),
        "links": links,
        "by_literal": _by_literal(facts, links),
        "standings": [one["standing"] for one in facts.get("carried", ())],
        "facts": opened,
        "notes": opened["annotations"],
        "enclosures": _enclosures(plain) if reads and plain else [],
        "badge": whole(_badge(facts)),
        "ledger_rows": _ledger(rows, who.person),
        "ledger_sum": f"{len(rows)} printed",
        "warn": _warn(who, mine),
        "chain": opened["handling"],
        "times": [{**one, "took": took(one["minutes"])} for one in opened["handling_times"]],
        "objective": took(facts["handling_objective"]) if facts["handling_objective"] else "",
        "received": _received(facts),
        "colophon": [_said(step) for step in facts["handling"] if step["event"] in _ON_SHEET],
        "addressees": outgoing.addressees_of(connection, cable) if line.direction == "out" else (),
        "waits": case.waits,
        "clearances": _clearances(facts, case.waits),
        "referred": others.referred(),
        "related": others.related(),
        "due": due_words(dues[0]) if dues else "",
        "tasks": _tasks(facts, dues) if sight >= Sight.SLIP else [],
        "answers": others.answered(),
        "missing": facts.get("cited_not_held", [])[:MOST_SHOWN] if reads else [],
        "offers": offered,
        "bar": [offer for offer in offered if offer.first][:3],
        "people": trays.serving(connection) if forms & _NAMES_NEEDED else [],
        "today": f"{who.office.now():%Y-%m-%d}",
        "levels": LEVELS,
        "layers": LAYERS,
    }


def _docket(connection: Any, who: Visit, cable: int, *, suggests: bool) -> dict[str, Any]:
    """What the docket has of the cable, for whoever reads its text."""
    found = pane_of(connection, who, cable, suggests=suggests)
    if found is None:
        return {}
    return {"docket": found, "glass": found.glass, "key_of": issue_key, "paragraphs": found.paragraphs}


_ON_SHEET = {"deciphered", "printed", "verified", "released", "entered from paper"}


def _case(connection: Any, who: Visit, sight: Sight, facts: Json, mine: Any, rows: Sequence[Any]) -> Case:
    row = find_cable(connection, facts["cable"])
    lacking = {
        one["officer"]
        for one in facts["clearances"]
        if one["state"] != "given" or one["version"] != row.version
    }
    return Case(
        cable=row.cable,
        direction=row.direction,
        leaf=row.leaf,
        state=row.state,
        sight=sight,
        can=who.can,
        person=who.person,
        copy=mine,
        copies=rows,
        taskings=facts["taskings"],
        waits=lacking,
        decisions=facts["decisions"],
        deliveries=facts["deliveries"],
        acknowledged=any(step["event"] == "acknowledged" for step in facts["handling"]),
        text_here=facts.get("text") is not None,
        sheds=sheds(row),
    )


def _gone(facts: Json) -> str:
    """Why there is no text to show; empty where there is one."""
    if facts.get("text") is not None:
        return ""
    return (
        facts.get("shed")
        or "The text of this cable was destroyed. What was done with it stands in the register."
    )


def _stamp(mine: Any) -> tuple[str, str]:
    """The stamp on one's own copy: that it is to come back, where and by when."""
    if mine is None or not (mine.return_by or mine.return_to):
        return "", ""
    where = f"to {mine.return_to} " if mine.return_to else ""
    return "Subject to return", f"{where}{f'by {mine.return_by}' if mine.return_by else ''}".strip()


class _Others:
    """The cables that have to do with this one, and which of them this person may see."""

    def __init__(self, connection: Any, who: Visit, facts: Json) -> None:
        self._references = facts.get("references", ())[: 5 * MOST_SHOWN]
        self._referring = referring(connection, facts["cable"])
        self._answers = trays.answers_of(connection, [facts["cable"]]).get(facts["cable"], ())
        self._links = [_link(link) for link in facts["links"]]
        cables = {cable for one in self._references for cable in one["cables"]}
        cables |= {one["cable"] for one in self._referring} | {cable for cable, _ in self._answers}
        cables |= {cable for cable, _ in self._links}
        self._seen = set(seen_of(connection, who.person, who.roles, sorted(cables)))

    def links(self) -> dict[int | str, str]:
        """Where the cables are that this one refers to; those of carried telegrams as they are written."""
        links: dict[int | str, str] = {}
        for place, one in enumerate(self._references):
            seen = [cable for cable in one["cables"] if cable in self._seen]
            if seen:
                where = f"/cables/{seen[0]}" if len(seen) == 1 else f"/find?q={quote(one['literal'][:200])}"
                links[one["literal"] if one["in"] else place] = where
        return links

    def referred(self) -> list[Json]:
        """The cables that refer to this one."""
        return [
            _point(one["cable"], one["number"], one["dtg"])
            for one in self._referring
            if one["cable"] in self._seen
        ]

    def related(self) -> list[Json]:
        """Those with which acts have bound this one: by which it was acknowledged, cancelled, carried."""
        found = [_point(cable, "", said) for cable, said in self._links if cable in self._seen]
        return found[:MOST_SHOWN]

    def answered(self) -> list[tuple[int, str]]:
        """Our cables that refer to this one: all by number, those that may be seen by their entry too."""
        return [(cable if cable in self._seen else -1, number) for cable, number in self._answers]


def _link(link: Json) -> tuple[int, str]:
    relation = link["relation"].removesuffix(" (of)")
    return (
        (link["other"], relation) if relation == link["relation"] else (link["cable"], f"{relation} this one")
    )


def _by_literal(facts: Json, links: Mapping[int | str, str]) -> dict[str, str]:
    """The same for a copy that a browser draws by itself: by the reference as it is written."""
    found = facts.get("references", ())
    return {
        one["literal"]: links[key]
        for place, one in enumerate(found[: 5 * MOST_SHOWN])
        if (key := one["literal"] if one["in"] else place) in links
    }


def _point(cable: int, number: str, note: str) -> Json:
    return {
        "number": "",
        "text": row_text(number or f"entry {cable}"),
        "note": row_text(note),
        "href": f"/cables/{cable}",
    }


def _enclosures(plain: Json) -> list[Json]:
    return [
        {
            "title": row_text(one["title"]),
            "filename": row_text(one.get("filename", "it")),
            "held": "content" in one,
        }
        for one in plain.get("enclosures", ())[:MOST_SHOWN]
    ]


def _clearances(facts: Json, waits: Collection[str]) -> list[Json]:
    return [
        {"officer": one["officer"], "said": _CLEARED[one["officer"] in waits, one["state"] == "given"]}
        for one in facts["clearances"]
    ]


_CLEARED = {
    (True, False): "asked",
    (True, True): "cleared another text",
    (False, True): "cleared this text",
    (False, False): "asked",
}


def _tasks(facts: Json, dues: Sequence[trays.Due]) -> list[Json]:
    due = {one.n: due_words(one) for one in dues}
    shown = []
    for one in facts["taskings"][:MOST_SHOWN]:
        said = due.get(one["n"], one["state"].capitalize())
        if one["closed_by"] >= 0:
            said += f" by entry {one['closed_by']}"
        text = row_text(f"{one['owner']}: {one['literal']}" if one["owner"] else one["literal"])
        where = f"/taskings/{one['cable']}/{one['n']}"
        shown.append({"number": one["n"], "text": text, "note": said, "href": where})
    return shown


def _warn(who: Visit, mine: Any) -> str:
    """When one's own copy is due back, in days."""
    if mine is None or not mine.return_by:
        return ""
    days = (date.fromisoformat(mine.return_by) - who.office.now().date()).days
    if days < 0:
        return f"Your copy was due back {_days(-days)} ago."
    return f"Your copy is due back in {_days(days)}." if days else "Your copy is due back today."


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count} days"


def _badge(facts: Json) -> Json:
    """What the register's badge says: what was checked, by whom, and by whom not."""
    stated = facts["checked"]["statement"]
    step = {one["event"]: one["registered"] for one in reversed(facts["handling"])}
    if facts["direction"] == "paper":
        return {"title": "In no other register", "state": "unchecked", "said": stated, "by": ""}
    if facts["direction"] == "out":
        title = "In our register" if facts["leaf"] >= 0 else "A draft"
        state = "checked" if facts["leaf"] >= 0 else "unchecked"
        by = "This page did not check it again: the audit does." if facts["leaf"] >= 0 else ""
        return {
            "title": title,
            "state": state,
            "said": stated,
            "by": by,
            "entry": facts["checked"].get("entry", -1),
        }
    if "entry" not in facts["checked"]:
        return {"title": "No proof is here", "state": "wrong", "said": stated, "by": ""}
    return {
        "title": "In the register",
        "state": "checked",
        "said": stated,
        "by": "",
        "at": step.get("deciphered", ""),
        "origin": facts["origin"],
        **facts["checked"],
    }


def _ledger(rows: Sequence[Any], person: str) -> list[Json]:
    """The copies as the margin lists them: one line each, those in file drawn together."""
    shown: list[Json] = []
    for row in rows[:MOST_COPIES_SHOWN]:
        number = row.number or "?"
        mark, state = _STATES.get(row.state, ("sent", ""))
        if row.state == "issued":
            form = "sealed" if row.sealed_to else row.form
            mark, state = ("opened", f"Read {row.opened}") if row.opened else ("sent", f"Not opened, {form}")
        line = {"number": number, "holder": row.holder or _nobody(row.state), "state": state, "mark": mark}
        line |= {"me": _is_mine(row, person), "first": number}
        before = shown[-1] if shown else None
        if row.state == "in file" and before and before["mark"] == "held" and before["state"] == state:
            before["number"] = f"{before['first']}\N{EN DASH}{number}"
        else:
            shown.append(line)
    if len(rows) > MOST_COPIES_SHOWN:
        rest = len(rows) - MOST_COPIES_SHOWN
        more = {"number": "", "holder": f"and {rest} more", "state": "", "mark": "held", "me": False}
        shown.append(more)
    return shown


def _nobody(state: str) -> str:
    return "Held in file" if state == "in file" else "nobody"


def _received(facts: Json) -> str:
    """When the cable came, by the register's clock; when it was entered here where it did not come."""
    wanted = "received" if facts["direction"] == "in" else "entered from paper"
    return next((step["registered"] for step in facts["handling"] if step["event"] == wanted), "")


def _said(step: Json) -> str:
    """One step of the handling as the foot of a sheet has it."""
    when = step.get("literal") or f"{step['registered'][11:13]}{step['registered'][14:16]}Z"
    words = f"{step['event'].capitalize()} {when} {step['who']}".strip()
    return f"{words}, \N{NUMERO SIGN} {step['print_number']}" if "print_number" in step else words


def exact_bytes(request: Request) -> Response:
    """The cable as its own post registered it, byte for byte."""
    who, cable = _reader(request)
    with who.office.store.read() as connection:
        found = cable_text(connection, find_cable(connection, cable))
    if found is None:
        raise NotFound("the text of that cable is not here any more")
    return file_answer(found[1], f"cable-{cable}.eml", "message/rfc822")


def forwarding(request: Request) -> Response:
    """The proof that goes with a cable that is carried on: it leads from its bytes to a signed register."""
    who, cable = _reader(request)
    with who.office.store.read() as connection:
        _, proof = forwarding_proof(connection, cable)
    return file_answer(proof, f"cable-{cable}.proof", "application/vnd.reftel.proof")


def tlog_proof(request: Request) -> Response:
    """The proof that the cable's entry stands in its post's register, without anything of the cable."""
    who, cable = _reader(request, Sight.OUTSIDE)
    with who.office.store.read() as connection:
        _, encoded = forwarding_proof(connection, cable)
    proof = ForwardingProof.decode(encoded)
    bare = TlogProof(index=proof.index, path=proof.path, checkpoint=proof.checkpoint)
    return file_answer(bare.encode().encode(), f"cable-{cable}.tlog-proof", "text/plain; charset=utf-8")


def enclosure(request: Request) -> Response:
    """One enclosure, as it was sent."""
    who, cable = _reader(request)
    place = request.path_params["n"]
    with who.office.store.read() as connection:
        found = cable_text(connection, find_cable(connection, cable))
    held = [] if found is None else found[0].enclosures
    if not 1 <= place <= len(held) or held[place - 1].content is None:
        raise NotFound("there is no such enclosure here")
    one = held[place - 1]
    return file_answer(
        one.content or b"", one.filename or f"cable-{cable}-enclosure-{place}", "application/octet-stream"
    )


def pdf(request: Request) -> Response:
    """One numbered copy as the press sets it; one at a time, and none that would take minutes."""
    who, cable = _reader(request)
    seq = request.path_params["seq"]
    with who.office.store.read() as connection:
        found = cable_text(connection, find_cable(connection, cable))
    if found is not None and len(found[1]) > MOST_SET:
        raise NotAllowed(
            "that cable is too long to be set while a page waits for it",
            mend="Print it at the office's machine: `reftel print`.",
        )
    data = pressed(lambda press: copy_pdf(who.office, press, cable, seq))
    return file_answer(data, pdf_name(who.office, cable, seq), "application/pdf")


def pressed(work: Callable[[Press], bytes]) -> bytes:
    """What the press sets; one thing at a time, and whoever waits long is told that it is busy."""
    if not _PRESS.acquire(timeout=PRESS_WAIT):
        raise PressError("the press is busy", mend="Wait a moment, then try again.")
    try:
        return work(_press())
    finally:
        _PRESS.release()


@cache
def _press() -> Press:
    """The press, with its fonts; it keeps nothing of what it sets."""
    return Press()


def sealed(request: Request) -> Response:
    """The sealed file of one's own copy, once its opening is registered."""
    who = visit(request)
    with who.office.store.read() as connection:
        file = sealed_copy(connection, who.person, request.path_params["cable"], request.path_params["seq"])
    return file_answer(file, "copy.age", "application/octet-stream")


def _reader(request: Request, least: Sight = Sight.TEXT) -> tuple[Visit, int]:
    who = visit(request)
    cable: int = request.path_params["cable"]
    with who.office.store.read() as connection:
        see(connection, who.person, who.roles, cable, least)
    return who, cable


def file_answer(data: bytes, name: str, media_type: str) -> Response:
    """A file to be saved, never shown: what a sender wrote is no page of this office."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(data, media_type=media_type, headers={"content-disposition": disposition})


routes = [
    Route("/cables/{cable:int}", cable_page),
    Route("/cables/{cable:int}/text", exact_bytes),
    Route("/cables/{cable:int}/proof", forwarding),
    Route("/cables/{cable:int}/tlog-proof", tlog_proof),
    Route("/cables/{cable:int}/enclosures/{n:int}", enclosure),
    Route("/cables/{cable:int}/copies/{seq:int}/pdf", pdf),
    Route("/copies/{cable:int}/{seq:int}", copy_page),
    Route("/copies/{cable:int}/{seq:int}/sealed", sealed),
]
