"""Records: what one entry of the register says, as versioned deterministic JSON.

A record is ``{"v": 1, "at": registered time, "act": {...}, "sigs": [[person, key id, signature]]}``.
The *act* is what a person signs; the register adds its own time and the signatures. An act that
no person did (a bag arrived) carries none. A signature is an Ed25519 signature, or what a passkey
gave for one touch: ``{"cred", "auth", "client", "sig"}`` and, where the touch signed several acts,
``"acts"``, the SHA-256 of each. ``who`` is the person who acted; when that person
has no key, ``by`` is the person who recorded and signed it for them.

Deterministic JSON is the subset of RFC 8785 without floats and null: keys are ASCII and sorted,
integers are below 2**53, and everything absent is left out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from reftel.cipher.passkey import (
    DIGEST_SIZE,
    MAX_ACTS,
    MAX_AUTHENTICATOR_DATA,
    MAX_CLIENT_DATA,
    MAX_CREDENTIAL,
    MAX_SIGNATURE,
    Assertion,
)
from reftel.errors import BadValue, FormatError

VERSION = 1
MAX_RECORD = 64 * 1024
ACT_LABEL = b"reftel/act/v1\x00"
_MAX_INT = 2**53
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One touch of a passkey: what it gave, and the SHA-256 of each act that it signed together."""

    assertion: Assertion
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One person's signature over an act: 64 bytes of Ed25519, or a passkey's touch."""

    person: str
    key_id: str
    signature: bytes | Touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry's content: the act, the register's clock, and who signed."""

    at: datetime
    act: Json
    signatures: tuple[Signed, ...] = ()

    @property
    def kind(self) -> str:
        """The act's kind, such as ``released``."""
        return str(self.act["kind"])


def encode_json(value: Json) -> bytes:
    """Deterministic JSON bytes of ``value``; raises :class:`BadValue` where it holds another type."""
    try:
        return _ENCODER.encode(value).encode()
    except (TypeError, ValueError) as error:
        msg = f"this cannot stand in a record: {error}"
        raise BadValue(msg, mend="Give text, whole numbers, lists of them, or leave it out.") from error


def decode_json(data: bytes) -> Json:
    """Read deterministic JSON strictly: anything but the one canonical encoding is refused."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        msg = "not deterministic JSON"
        raise FormatError(msg) from error
    if not isinstance(value, dict):
        msg = "a record is a JSON object"
        raise FormatError(msg)
    _check(value, 0)
    if encode_json(value) != data:
        msg = "JSON that is not in its canonical order and form"
        raise FormatError(msg)
    return value


def _check(value: object, depth: int) -> None:
    """Refuse what the subset leaves out: null, floats, large integers, deep nesting, odd keys."""
    inner: Collection[object]
    if isinstance(value, dict):
        if not all(isinstance(key, str) and key.isascii() for key in value):
            msg = "a key of a record is ASCII"
            raise FormatError(msg)
        inner = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    else:
        inner = ()
        _check_leaf(value)
    if depth > 24 or (depth == 24 and inner):
        msg = "JSON nested deeper than 24"
        raise FormatError(msg)
    for each in inner:
        # Nearly every value is one of these two.
        if not (type(each) is str and each.isascii()) and not (type(each) is int and -1 <= each < _MAX_INT):
            _check(each, depth + 1)


def _check_leaf(value: object) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            msg = "a lone surrogate in JSON text"
            raise FormatError(msg) from error
    elif isinstance(value, bool):
        return
    elif not isinstance(value, int) or abs(value) >= _MAX_INT:
        msg = "a record holds text, whole numbers below 2**53, true, false, lists and objects"
        raise FormatError(msg)


def b64(data: bytes) -> str:
    """Base64 in the standard alphabet, without padding."""
    return base64.b64encode(data).rstrip(b"=").decode()


def unb64(text: str, size: int | None = None) -> bytes:
    """Inverse of :func:`b64`, strict; ``size`` in bytes, when known, is required."""
    try:
        data = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except (ValueError, binascii.Error) as error:
        msg = "not base64"
        raise FormatError(msg) from error
    if b64(data) != text or (size is not None and len(data) != size):
        msg = "base64 that is not canonical or not of its length"
        raise FormatError(msg)
    return data


def clock_text(moment: datetime) -> str:
    """A registered time: RFC 3339 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock_read(text: str) -> datetime:
    """Inverse of :func:`clock_text`; :class:`FormatError` on any other form."""
    try:
        moment = datetime.fromisoformat(text)
        same = moment.tzinfo is not None and clock_text(moment) == text
    except (ValueError, OverflowError) as error:
        msg = "not a registered time"
        raise FormatError(msg) from error
    if not same:
        msg = "a registered time is in UTC and has three decimals"
        raise FormatError(msg)
    return moment


def act_bytes(act: Json) -> bytes:
    """The bytes that a person signs for ``act``, under a domain label of their own."""
    return ACT_LABEL + encode_json(act)


def act_digest(act: Json) -> bytes:
    """The hash of an act: the challenge of the touch that signs it alone."""
    return hashlib.sha256(act_bytes(act)).digest()


def encode_record(record: Record) -> bytes:
    """The record's bytes, as committed to by its leaf.

    Raises :class:`BadValue` above 64 KiB, and for what :func:`decode_record` would not read again.
    """
    value: Json = {"v": VERSION, "at": clock_text(record.at), "act": record.act}
    if record.signatures:
        value["sigs"] = [
            [s.person, s.key_id, _write_signature(s.signature, record.act)] for s in record.signatures
        ]
    try:
        _check(record.act, 1)
    except FormatError as error:
        raise BadValue(f"this cannot stand in a record: {error.sentence}") from error
    data = encode_json(value)
    if len(data) > MAX_RECORD:
        msg = f"the record is {len(data)} bytes; an entry holds at most {MAX_RECORD}"
        raise BadValue(msg, mend="Do the act in smaller parts.")
    return data


def decode_record(data: bytes) -> Record:
    """Read a record strictly; :class:`FormatError` where it is not one of a known version."""
    if len(data) > MAX_RECORD:
        msg = "a record longer than 64 KiB"
        raise FormatError(msg)
    value = decode_json(data)
    if value.get("v") != VERSION:
        msg = "a record of a version that is not known here"
        raise FormatError(msg)
    act, at, sigs = value.get("act"), value.get("at"), value.get("sigs", [])
    if not isinstance(act, dict) or not isinstance(act.get("kind"), str) or not isinstance(at, str):
        msg = "a record lacks its act, kind or time"
        raise FormatError(msg)
    if set(value) - {"v", "at", "act", "sigs"} or not isinstance(sigs, list):
        msg = "a record with fields that this version does not have"
        raise FormatError(msg)
    return Record(at=clock_read(at), act=act, signatures=tuple(_read_signature(s, act) for s in sigs))


def _write_signature(signature: bytes | Touch, act: Json) -> str | Json:
    if isinstance(signature, bytes):
        return b64(signature)
    given = signature.assertion
    value: Json = {
        "cred": b64(given.credential),
        "auth": b64(given.authenticator),
        "client": b64(given.client),
        "sig": b64(given.signature),
    }
    if signature.digests != (act_digest(act),):
        value["acts"] = [b64(digest) for digest in signature.digests]
    return value


def _read_signature(value: object, act: Json) -> Signed:
    match value:
        case [str(person), str(key_id), str(signature)]:
            return Signed(person=person, key_id=key_id, signature=unb64(signature, 64))
        case [str(person), str(key_id), dict(touch)]:
            return Signed(person=person, key_id=key_id, signature=_read_touch(touch, act))
        case _:
            msg = "a signature is a person, a key id, and base64 or a touch"
            raise FormatError(msg)


_TOUCH_SIZES = {
    "cred": MAX_CREDENTIAL,
    "auth": MAX_AUTHENTICATOR_DATA,
    "client": MAX_CLIENT_DATA,
    "sig": MAX_SIGNATURE,
}


def _read_touch(value: Json, act: Json) -> Touch:
    parts: dict[str, bytes] = {}
    for name, longest in _TOUCH_SIZES.items():
        text = value.get(name)
        if not isinstance(text, str) or not 0 < len(parts.setdefault(name, unb64(text))) <= longest:
            msg = "a touch lacks a part, or has one beyond its bounds"
            raise FormatError(msg)
    match value.get("acts"):
        case None:
            digests: tuple[bytes, ...] = (act_digest(act),)
        case [*acts] if 1 < len(acts) <= MAX_ACTS and all(isinstance(one, str) for one in acts):
            digests = tuple(unb64(one, DIGEST_SIZE) for one in acts)
        case _:
            msg = f"a touch over several acts names 2 to {MAX_ACTS} of them"
            raise FormatError(msg)
    if set(value) - {*_TOUCH_SIZES, "acts"} or act_digest(act) not in digests:
        msg = "a touch that is not over this act, or has other parts"
        raise FormatError(msg)
    assertion = Assertion(
        credential=parts["cred"],
        authenticator=parts["auth"],
        client=parts["client"],
        signature=parts["sig"],
    )
    return Touch(assertion=assertion, digests=digests)
