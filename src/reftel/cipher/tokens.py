"""Secrets that a browser or a slip of paper carries, and what the office keeps of them instead.

A session's token and an invitation's code have so many random bits that their plain hashes can be
kept: there is nothing to guess them from.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re

TOKEN_SIZE = 32
CODE_LENGTH = 20  # of 5 bits each: 100 bits
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ = str.maketrans("OIL", "011", " -")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """32 random bytes in base64url: what a session's cookie holds."""
    return _write(os.urandom(TOKEN_SIZE))


def new_nonce() -> str:
    """16 random bytes in base64url: what a page's own scripts are known by."""
    return _write(os.urandom(16))


def is_token(text: str) -> bool:
    """Whether ``text`` has the form of a token."""
    return _TOKEN.fullmatch(text) is not None


def token_digest(token: str) -> str:
    """SHA-256 of a token in hexadecimal: what the office keeps of a session's cookie."""
    return hashlib.sha256(b"reftel/session/v1\x00" + token.encode()).hexdigest()


def page_token(token: str) -> str:
    """What a page of that session shows with every form and request, so that no other site's can."""
    return _write(hmac.digest(token.encode(), b"reftel/page/v1\x00", "sha256"))


def new_code() -> str:
    """A one-time code of 100 random bits, for paper: five groups of four characters."""
    number = int.from_bytes(os.urandom(13), "big")
    text = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(CODE_LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, CODE_LENGTH, 4))


def code_digest(origin: str, person: str, code: str) -> str:
    """SHA-256 of a code for this person of this post in hexadecimal; case and hyphens do not matter."""
    text = code.upper().translate(_READ)
    return hashlib.sha256(f"reftel/invitation/v1\x00{origin}\x00{person}\x00{text}".encode()).hexdigest()


def stand_in(key: bytes, name: str) -> bytes:
    """32 bytes for a name that nobody bears, always the same: what strangers are answered from."""
    return hmac.digest(key, b"reftel/stranger/v1\x00" + name.encode(), "sha256")


def user_handle(key: bytes, person: str) -> bytes:
    """The 32 bytes by which a person's passkeys know the person, which tell nobody a name."""
    return hmac.digest(key, b"reftel/user/v1\x00" + person.encode(), "sha256")


def same(one: str, other: str) -> bool:
    """Compare without telling by time where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _write(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
