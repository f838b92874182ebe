"""The register: its entries, checkpoints, what peers have seen of it; verified here, proofs to take away."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from reftel.errors import BadValue, NotFound
from reftel.office import logbook, verify_here
from reftel.office.backup import statement
from reftel.office.logbook import Seen
from reftel.register.entries import Json, Record, b64
from reftel.register.projections import KINDS
from reftel.store.engine import View
from reftel.web.asked import cable_asked, text_asked, whole_asked
from reftel.web.rendering import render
from reftel.web.visit import Visit, visit
from reftel.web.words import words

_SECTION = "register"
_HIGHEST = 10**12
_OVERSEERS = ("auditor", "administrator")
_SIGNERS = (*_OVERSEERS, "registry clerk", "cipher clerk")
# What the office does by itself, without a person's signature.
_BY_ITSELF = {
    "post opened": "The post was opened, with its first card.",
    "card issued": "The post issued a card of its own.",
    "card known": "A newer card of a known post came with a bag.",
    "epoch opened": "An opening key was made.",
    "epoch retired": "An opening key was retired.",
    "seed destroyed": "The seed of an opening key was destroyed.",
    "person admitted": "The founding administrator was admitted, for whom nobody else could stand yet.",
    "passkey enrolled": "A passkey was enrolled by invitation; officers compare and admit it.",
    "bagged": "What waited for a post was registered as one bag.",
    "dispatched": "A bag is in a bearer's keeping.",
    "receipted": "A post's signed receipt came for bags of ours.",
    "arrived": "A bag came.",
    "deciphered": "A cable was opened, proved and entered.",
    "held": "A cable that came is held.",
    "joined": "A cable came by a second bearer.",
    "refused": "What came was refused.",
}


def register_page(request: Request) -> Response:
    """The entries, newest first, of one kind, person or cable if asked."""
    who = visit(request)
    kind = text_asked(request, "kind", 40)
    if kind and kind not in KINDS:
        raise BadValue(f"there is no kind of entry called {kind!r}")
    given = {
        "kind": kind,
        "person": text_asked(request, "person", 80),
        "cable": text_asked(request, "cable"),
    }
    below = whole_asked(request, "below", 0, _HIGHEST, -1)
    with who.office.store.read() as connection:
        cable = cable_asked(connection, who, given["cable"])
        found = logbook.entries(
            connection, who.person, who.roles, kind=kind, who=given["person"], cable=cable, below=below
        )
    kept = {name: value for name, value in given.items() if value}
    return render(
        request,
        "register/list.html",
        section=_SECTION,
        found=found,
        given=given,
        kinds=logbook.kinds(),
        filtered=bool(kept),
        looked_back=logbook.LOOKED_BACK if given["person"] else 0,
        more=f"/register?{urlencode({**kept, 'below': found.more})}" if found.more >= 0 else "",
        start="" if below < 0 else f"/register?{urlencode(kept)}" if kept else "/register",
        overseer=not who.roles.isdisjoint(_OVERSEERS),
    )


def entry_page(request: Request) -> Response:
    """One entry: in words, letter for letter, who signed it and how that verifies; checked again if asked."""
    who, number = visit(request), int(request.path_params["entry"])
    again = text_asked(request, "verify") == "yes"
    with who.office.store.read() as connection:
        seen = logbook.entry_seen(connection, who.person, who.roles, number)
        before, after = logbook.neighbours(connection, who.person, who.roles, number)
        record = seen.entry.decoded
        said = _words(connection, record) if seen.record is not None else []
        signed = verify_here.signatures(connection, record)
        checks = verify_here.verify_entry(who.office, connection, number) if again else []
    return render(
        request,
        "register/entry.html",
        section=_SECTION,
        row=seen.row,
        said=said,
        signed=signed,
        exact=_exact(seen),
        salt=b64(seen.entry.salt),
        leaf=seen.entry.leaf_hash.hex(),
        length=len(seen.entry.record),
        checks=checks,
        checked_at=who.office.now(),
        before=before,
        after=after,
        may_sign=not who.roles.isdisjoint(_SIGNERS),
        marking=logbook.band(seen.marking),
    )


def _words(connection: View, record: Record) -> list[str]:
    act: Json = record.act
    if "who" not in act:
        return [_BY_ITSELF.get(record.kind, f"The office entered {record.kind!r} by itself.")]
    return words(connection, [act])


def _exact(seen: Seen) -> str:
    """The record as its one form has it, with line breaks for reading; empty where it is not shown."""
    if seen.record is None:
        return ""
    return json.dumps(json.loads(seen.entry.record), ensure_ascii=False, indent=1)


def proof_file(request: Request) -> Response:
    """The proof that an entry stands in the register, for another tool to check."""
    who, number = visit(request), int(request.path_params["entry"])
    with who.office.store.read() as connection:
        logbook.entry_seen(connection, who.person, who.roles, number)
        proof = verify_here.entry_proof(connection, number)
    return _file(proof, f"{_name(who)}-{number}.tlog-proof")


def record_file(request: Request) -> Response:
    """An entry's record, byte for byte."""
    who, number = visit(request), int(request.path_params["entry"])
    with who.office.store.read() as connection:
        seen = logbook.entry_seen(connection, who.person, who.roles, number)
    if seen.record is None:
        raise NotFound("the record of that entry is not for you")
    return _file(seen.entry.record, f"{_name(who)}-{number}.json", "application/json")


def checkpoints_page(request: Request) -> Response:
    """The checkpoints, newest first, each verified as the page is made."""
    who = visit(request)
    below = whole_asked(request, "below", 0, _HIGHEST, -1)
    with who.office.store.read() as connection:
        points, more = verify_here.checkpoints(who.office, connection, below)
    return render(
        request,
        "register/checkpoints.html",
        section=_SECTION,
        points=points,
        more=f"/register/checkpoints?below={more}" if more >= 0 else "",
        first=below < 0,
        keys=who.office.keys.signing.verifier.lines(),
        may_sign=not who.roles.isdisjoint(_SIGNERS),
    )


def checkpoint_file(request: Request) -> Response:
    """One checkpoint's signed note."""
    who, size = visit(request), int(request.path_params["size"])
    with who.office.store.read() as connection:
        note = verify_here.checkpoint_note(connection, size)
    return _file(note, f"{_name(who)}-{size}.note")


def sign_now(request: Request) -> Response:
    """Have the office sign its register as it stands, as it does by itself on its rounds."""
    who = visit(request)
    who.need(*_SIGNERS)
    who.office.register.checkpoint(who.office.keys.signing, who.office.now())
    return RedirectResponse("/register/checkpoints", 303)


def peers_page(request: Request) -> Response:
    """What this post and its peers have seen of each other's registers."""
    who = visit(request)
    with who.office.store.read() as connection:
        found = verify_here.peers(connection)
    return render(request, "register/peers.html", section=_SECTION, peers=found)


def statement_file(request: Request) -> Response:
    """This post's signed word on the last it has seen of a peer's register."""
    who, origin = visit(request), str(request.path_params["origin"])
    return _file(statement(who.office, origin), f"word-on-{origin.replace('/', '-')}.note")


def _name(who: Visit) -> str:
    return who.office.origin.replace("/", "-")


def _file(content: str | bytes, name: str, kind: str = "text/plain; charset=utf-8") -> Response:
    return Response(
        content, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


routes = [
    Route("/register", register_page),
    Route("/register/checkpoints", checkpoints_page),
    Route("/register/checkpoints/sign", sign_now, methods=["POST"]),
    Route("/register/checkpoints/{size:int}", checkpoint_file),
    Route("/register/peers", peers_page),
    Route("/register/peers/{origin:path}", statement_file),
    Route("/register/{entry:int}", entry_page),
    Route("/register/{entry:int}/proof", proof_file),
    Route("/register/{entry:int}/record", record_file),
]
