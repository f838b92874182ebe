"""Who may do what: the roles, and for each kind of act those of which one is asked."""

from __future__ import annotations

from functools import cache

from reftel.register.entries import Json

ROLES = (
    "drafter",
    "clearing officer",
    "releasing officer",
    "cipher clerk",
    "registry clerk",
    "reader",
    "auditor",
    "administrator",
)
READERS = ("reader", "registry clerk", "cipher clerk", "releasing officer", "drafter", "clearing officer")
_ANYBODY = (*READERS, "auditor", "administrator")
_ADMINISTRATOR = ("administrator",)
_DRAFTER = ("drafter",)
_CLERKS = ("registry clerk", "cipher clerk")
_OFFICERS = ("releasing officer", "registry clerk")
_TASKERS = ("registry clerk", "releasing officer", "drafter")
# An act is recorded in the first of these that its person holds.
_ROLES_FOR: dict[str, tuple[str, ...]] = {
    "card issued": _ADMINISTRATOR,
    "card known": _ADMINISTRATOR,
    "epoch opened": _ADMINISTRATOR,
    "epoch retired": _ADMINISTRATOR,
    "seed destroyed": _ADMINISTRATOR,
    "person admitted": _ADMINISTRATOR,
    "person departed": _ADMINISTRATOR,
    "invited": _ADMINISTRATOR,
    "passkey enrolled": _ANYBODY,
    "passkey admitted": _ADMINISTRATOR,
    "passkey revoked": _ANYBODY,
    "recovery kept": _ANYBODY,
    "reader known": ("registry clerk", "releasing officer", "administrator"),
    "reader confirmed": ("registry clerk", "releasing officer", "administrator"),
    "rule switched": _ADMINISTRATOR,
    "restored": _ADMINISTRATOR,
    "text destroyed": _ADMINISTRATOR,
    "shed": ("registry clerk", "administrator"),
    "named": ("registry clerk", "administrator"),
    "gap closed": ("cipher clerk", "registry clerk"),
    "shift handed over": ("cipher clerk", "registry clerk"),
    "drafted": _DRAFTER,
    "edited": _DRAFTER,
    "clearance asked": _DRAFTER,
    "withdrawn": _DRAFTER,
    "readdressed": _DRAFTER,
    "cleared": ("clearing officer",),
    "adopted": ("registry clerk", "releasing officer"),
    "decision voided": ("registry clerk", "releasing officer"),
    "released": ("releasing officer",),
    "rerun asked": ("cipher clerk", "registry clerk"),
    "arrived": ("cipher clerk",),
    "deciphered": ("cipher clerk",),
    "entered": ("registry clerk",),
    "numbered": _CLERKS,
    "annotated": ("registry clerk", "auditor"),
    "docketed": ("registry clerk", "drafter", "releasing officer", "clearing officer"),
    "warnings accepted": ("releasing officer", "drafter", "clearing officer"),
    "printed": _CLERKS,
    "verified": (*_CLERKS, "reader"),
    "acknowledged": READERS,
    "issued": _CLERKS,
    "opened": _ANYBODY,
    "passed": _ANYBODY,
    "returned": _CLERKS,
    "destroyed": _CLERKS,
    "lost": _ANYBODY,
    "found": _CLERKS,
    "inventoried": ("registry clerk", "auditor"),
    "cancelled": _OFFICERS,
    "corrected": _OFFICERS,
    "downgraded": _OFFICERS,
    "tasked": _TASKERS,
    "chased": _TASKERS,
    "part fulfilled": _TASKERS,
    "fulfilled": _TASKERS,
    "tasking cancelled": _TASKERS,
}


@cache
def kinds_of(roles: frozenset[str]) -> frozenset[str]:
    """The kinds of act that somebody with these roles may do."""
    return frozenset(kind for kind, asked in _ROLES_FOR.items() if not roles.isdisjoint(asked))


def roles_for(kind: str, act: Json) -> tuple[str, ...]:
    """The roles of which one is asked for an act; none for what no person does."""
    if kind == "passkey revoked" and act.get("who", act.get("person")) != act.get("person"):
        return _ADMINISTRATOR
    if kind == "destroyed" and act.get("emergency"):
        return (*_CLERKS, "administrator")
    return _ROLES_FOR.get(kind, ())
