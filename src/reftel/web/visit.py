"""Who is asking: the session behind a request, and the office that it is asked of."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request

from reftel.errors import BadValue, NotYourRole, SignedOut
from reftel.office import sessions
from reftel.office.office import Office
from reftel.office.roles import ROLES, kinds_of
from reftel.office.sessions import Session
from reftel.web.gate import Gate
from reftel.web.settings import Settings

MAX_FIELDS = 2000
BY_ITSELF = "x-reftel-by-itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in.

    ``roles`` are those that are on; an administrator is none here before asking to be.
    """

    office: Office
    session: Session

    @property
    def person(self) -> str:
        """Who it is."""
        return self.session.person

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are on in this session."""
        return self.session.roles

    @property
    def listed_roles(self) -> list[str]:
        """The same in the order of the house."""
        return [role for role in ROLES if role in self.roles]

    @property
    def can(self) -> frozenset[str]:
        """The kinds of act that this person may do in this session."""
        return kinds_of(self.roles)

    def need(self, *roles: str) -> None:
        """Demand one of these roles, on; :class:`~reftel.errors.NotYourRole` otherwise."""
        if self.roles.isdisjoint(roles):
            mend = "Switch the role on: Account, Roles." if set(roles) & set(self.session.off) else ""
            raise NotYourRole(f"this needs the role {' or '.join(roles)}", mend=mend)


def gate_of(request: Request) -> Gate:
    """The gate of the office that is served."""
    found: Gate = request.app.state.gate
    return found


def settings_of(request: Request) -> Settings:
    """The web office's settings."""
    found: Settings = request.app.state.settings
    return found


def token_of(request: Request) -> str:
    """The session's token in the request's cookie; one that nobody has when there was none."""
    return str(request.state.token)


def visit(request: Request, *, by_itself: bool = False) -> Visit:
    """Who is asking; looked up once for each request.

    ``by_itself`` says that the page asks, and not its reader: that keeps no session alive.

    Raises :class:`~reftel.errors.SignedOut`, and :class:`~reftel.errors.Locked` while the gate is shut.
    """
    known: Visit | None = getattr(request.state, "visit", None)
    if known is None:
        gate = gate_of(request)
        alive = not by_itself and BY_ITSELF not in request.headers
        known = Visit(office=gate.office, session=sessions.find(gate.office, token_of(request), alive=alive))
        if alive:
            gate.touch()
        request.state.visit = known
    return known


def visitor(request: Request) -> Visit | None:
    """Who is asking, where anybody may ask."""
    if not gate_of(request).is_open:
        return None
    try:
        return visit(request)
    except SignedOut:
        return None


def json_of(request: Request) -> Any:
    """What a script sent; :class:`~reftel.errors.BadValue` where it is no JSON."""
    try:
        return json.loads(request.state.body)
    except (ValueError, RecursionError) as error:
        raise BadValue("the request is not JSON") from error


def form_of(request: Request) -> ImmutableMultiDict[str, str]:
    """The fields of a plain form in their order; :class:`~reftel.errors.BadValue` for too many."""
    try:
        text = request.state.body.decode()
        return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadValue("the form has too many fields, or is not text") from error


def fields(value: Any, **kinds: type) -> dict[str, Any]:
    """The fields of a JSON object that came from outside, each there and of its type, and no others.

    Raises :class:`~reftel.errors.BadValue`.
    """
    if not isinstance(value, dict) or set(value) - set(kinds):
        raise BadValue("the request is not of the form that is expected here")
    for name, kind in kinds.items():
        if type(value.get(name)) is not kind:
            raise BadValue(f"the request lacks {name}, or has it in another form")
    return value


def read_bytes(text: object, longest: int) -> bytes:
    """The bytes behind base64url without padding; :class:`~reftel.errors.BadValue` for anything else."""
    if not isinstance(text, str) or len(text) > (longest + 2) // 3 * 4:
        raise BadValue("a part of the request is not base64url, or is too long")
    try:
        data = base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        data = b""
    if not data or write_bytes(data) != text:
        raise BadValue("a part of the request is not base64url")
    return data


def write_bytes(data: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
