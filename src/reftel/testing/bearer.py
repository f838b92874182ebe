"""The conformance check for bearers: what the office relies on, tried from outside."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from reftel.bearers.base import Bag, Bearer, Broken
from reftel.errors import BearerDown
from reftel.testing.post import SimulatedPost

_BIG = 3 * 1024 * 1024


def check_bearer(
    make_bearer: Callable[[], Bearer], down: Callable[[], AbstractContextManager[None]] | None = None
) -> None:
    """Try a bearer; :class:`AssertionError` says in a sentence what it does not do.

    Each call of ``make_bearer`` reaches the same keeping anew, as after a restart; the keeping is
    empty at first and is left full. Within ``down()`` the bearer cannot be reached, so that it is
    tried how it fails; left out, that part is not tried.
    """
    _demand(not _collected(make_bearer()), "a keeping in which nothing was laid is empty")
    first = _bag("first", b"\r\n.\r\n\x00\xff--\nFrom ")
    if down is not None:
        _fails_openly(make_bearer, down, first)
    _keeps_whole(make_bearer, first)
    others = [_bag("no cables", b""), _bag("many", bytes(range(256)) * (_BIG // 256))]
    for bag in others:
        make_bearer().carry(bag)
    _demand(
        _collected(make_bearer()) == {bag.bag: bag for bag in (first, *others)},
        "of several bags each is collected once, byte for byte, however long or empty",
    )
    bearer = make_bearer()
    next(iter(bearer.collect()))
    _demand(len(_collected(bearer)) == len(others) + 1, "a collection that was broken off is begun anew")
    _serves_two_posts(make_bearer)


def _fails_openly(
    make_bearer: Callable[[], Bearer], down: Callable[[], AbstractContextManager[None]], bag: Bag
) -> None:
    with down():
        _demand(
            _is_down(lambda: make_bearer().carry(bag)), "a bearer that is down says so when it is to carry"
        )
        _demand(
            _is_down(lambda: _collected(make_bearer())), "a bearer that is down says so when it is to collect"
        )
    found = _collected(make_bearer())
    _demand(not found, "a bag that was not taken is not there, not even in part")


def _is_down(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except BearerDown:
        return True
    return False


def _keeps_whole(make_bearer: Callable[[], Bearer], bag: Bag) -> None:
    bearer = make_bearer()
    bearer.carry(bag)
    _demand(_collected(make_bearer()) == {bag.bag: bag}, "a bag that was carried is kept after a restart")
    bearer.carry(bag)
    make_bearer().carry(bag)
    _demand(_collected(bearer) == {bag.bag: bag}, "a bag that is carried twice is one bag")
    _demand(_collected(bearer) == {bag.bag: bag}, "a bag that was collected stays where it is")
    other = Bag(bag=bag.bag, manifest=b"another manifest", cables=b"other cables")
    bearer.carry(other)
    _demand(
        _collected(bearer) in ({bag.bag: bag}, {bag.bag: other}),
        "two bags under one id are never mixed",
    )
    bearer.carry(bag)


def _serves_two_posts(make_bearer: Callable[[], Bearer]) -> None:
    """A cable goes out, is deciphered, and its receipt comes back."""
    with tempfile.TemporaryDirectory() as folder:
        here = SimulatedPost(Path(folder) / "here", "here.example", "HERE")
        there = SimulatedPost(Path(folder) / "there", "there.example", "THERE")
        try:
            here.meet(there)
            sent = here.send(make_bearer(), there, "The session begins at ten.")
            there.collect(make_bearer())
            texts = there.decipher()
            there.dispatch(make_bearer())
            here.collect(make_bearer())
            _demand(texts == ["The session begins at ten."], "a cable arrives and is deciphered")
            _demand(here.state(sent) == "receipted", "its receipt comes back")
        finally:
            here.close()
            there.close()


def _bag(name: str, cables: bytes) -> Bag:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Bag(bag=digest[:32], manifest=f"manifest of {name}\n".encode(), cables=cables)


def _collected(bearer: Bearer) -> dict[str, Bag]:
    found: dict[str, Bag] = {}
    for bag in bearer.collect():
        if isinstance(bag, Broken):
            msg = f"this must hold of a bearer: what was carried whole is collected whole ({bag.error})"
            raise AssertionError(msg)  # noqa: TRY004 - it is the bearer that is wrong, not a type
        _demand(bag.bag not in found, "no bag is collected twice in one collection")
        found[bag.bag] = bag
    return found


def _demand(holds: bool, sentence: str) -> None:  # noqa: FBT001 - it reads as an assertion
    if not holds:
        raise AssertionError(f"this must hold of a bearer: {sentence}")
