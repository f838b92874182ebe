"""The age v1 file (C2SP ``age.md``): the envelope of every sealed cable, bag and key file.

Rules kept here:

1. No plaintext leaves before every chunk of it was verified, and the header's MAC before that.
2. A header is at most 64 KiB; what is longer is refused before a key is touched.
3. Base64 and stanzas are accepted in their one canonical form only.
4. A passphrase stands alone in its file.
5. Post-quantum and classical recipients are never mixed: the weaker would decide.
"""

from __future__ import annotations

import hmac
import os
import re
from binascii import a2b_base64
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reftel.cipher import radix64
from reftel.cipher.identity import Identity, Recipient, ScryptRecipient, Stanza
from reftel.errors import AgeArmorError, AgeHeaderError, AgeMacError, AgeNoMatch, AgePayloadError, BadValue

MAX_HEADER = 1 << 16

_VERSION = b"age-encryption.org/v1"
_NONCE_SIZE = 16
_CHUNK = 1 << 16
_SEALED_CHUNK = _CHUNK + 16
_COLUMNS = 64
_ARMOR_BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----\n"
_ARMOR_END = b"-----END AGE ENCRYPTED FILE-----"
_ARGUMENTS = re.compile(rb"-> [!-~]+(?: [!-~]+)*")
_MAC_LINE = re.compile(rb"\n--- ([A-Za-z0-9+/]{43})\n")


def _derive(file_key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(file_key)


def encrypt(plaintext: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Seal ``plaintext`` to every one of ``recipients``: a binary age file.

    Raises :class:`~reftel.errors.BadValue` for no recipients, for recipients of more than one
    kind, for a passphrase that is not alone, and for more recipients than a header holds.
    """
    kinds = {type(recipient) for recipient in recipients}
    if len(kinds) != 1:
        raise BadValue("A file is sealed to one or more keys, all of one kind.")
    if ScryptRecipient in kinds and len(recipients) > 1:
        raise BadValue("A file is sealed to one passphrase, not to several.")
    file_key = os.urandom(16)
    stanzas = b"".join([recipient.wrap(file_key) for recipient in recipients])
    header = b"%b\n%b---" % (_VERSION, stanzas)
    if len(header) > MAX_HEADER:
        raise BadValue(f"{len(recipients)} recipients are more than the header of one file holds.")
    mac = hmac.digest(_derive(file_key, None, b"header"), header, "sha256")
    nonce = os.urandom(_NONCE_SIZE)
    payload = _seal_payload(_derive(file_key, nonce, b"payload"), plaintext)
    return b"%b %b\n%b%b" % (header, radix64.encode(mac, padded=False), nonce, payload)


def decrypt(data: bytes, identities: Sequence[Identity]) -> bytes:
    """Open a binary age file with the first of ``identities`` that fits; the whole plaintext.

    Raises :class:`~reftel.errors.AgeHeaderError`, :class:`~reftel.errors.AgeNoMatch`,
    :class:`~reftel.errors.AgeMacError` or :class:`~reftel.errors.AgePayloadError`.
    """
    end = data.find(b"\n---", 0, MAX_HEADER)
    mac_line = _MAC_LINE.match(data, max(end, 0))
    if mac_line is None:
        raise AgeHeaderError("This is not an age file, or its header is cut short or too long.")
    header = data[: end + 4]
    stanzas = _parse_stanzas(header)
    mac = _decode_header(mac_line[1])
    nonce = data[mac_line.end() : mac_line.end() + _NONCE_SIZE]
    if len(nonce) < _NONCE_SIZE:
        raise AgeHeaderError("This age file ends before its payload begins.")
    file_key = _file_key(stanzas, identities)
    if not hmac.compare_digest(mac, hmac.digest(_derive(file_key, None, b"header"), header, "sha256")):
        raise AgeMacError("The header of this age file was changed after it was sealed.")
    payload = memoryview(data)[mac_line.end() + _NONCE_SIZE :]
    return _open_payload(_derive(file_key, nonce, b"payload"), payload)


def _file_key(stanzas: Sequence[Stanza], identities: Sequence[Identity]) -> bytes:
    for identity in identities:
        file_key = identity.unwrap(stanzas)
        if file_key is not None:
            return file_key
    raise AgeNoMatch("No key held here opens this age file.")


def _decode_header(text: bytes) -> bytes:
    try:
        return radix64.decode(text, padded=False)
    except ValueError:
        raise AgeHeaderError("The header of this age file holds base64 that is not canonical.") from None


def stanza_kinds(data: bytes) -> tuple[bytes, ...]:
    """To what kinds of key a binary age file is sealed, in the order of its header; nothing is opened.

    Raises :class:`~reftel.errors.AgeHeaderError`.
    """
    end = data.find(b"\n---", 0, MAX_HEADER)
    if end < 0:
        raise AgeHeaderError("This is not an age file, or its header is cut short or too long.")
    return tuple(stanza.kind for stanza in _parse_stanzas(data[: end + 4]))


def _parse_stanzas(header: bytes) -> list[Stanza]:
    """The stanzas of a header that runs from the version line to ``---``."""
    version, *lines, _ = header.split(b"\n")
    if version != _VERSION:
        raise AgeHeaderError("This is not an age file of version 1.")
    stanzas = []
    rest = iter(lines)
    for line in rest:
        if not _ARGUMENTS.fullmatch(line):
            raise AgeHeaderError("The header of this age file holds a line that is no stanza.")
        kind, *arguments = line[3:].split(b" ")
        body = bytearray()
        for wrapped in rest:
            body += wrapped
            if len(wrapped) != _COLUMNS:
                break
        else:
            raise AgeHeaderError("A stanza of this age file does not end.")
        if len(wrapped) > _COLUMNS:
            raise AgeHeaderError("A stanza of this age file has a line of more than 64 columns.")
        stanzas.append(Stanza(kind, tuple(arguments), _decode_header(bytes(body))))
    if not stanzas:
        raise AgeHeaderError("This age file is sealed to nobody.")
    if len(stanzas) > 1 and any(stanza.kind == b"scrypt" for stanza in stanzas):
        raise AgeHeaderError("A passphrase must stand alone in its file.")
    return stanzas


def _chunk_nonce(index: int, last: int) -> bytes:
    """STREAM's nonce: an 11-byte counter, then a byte that marks the last chunk."""
    return (index << 8 | (index == last)).to_bytes(12, "big")


def _seal_payload(key: bytes, plaintext: bytes) -> bytes:
    cipher = ChaCha20Poly1305(key)
    last = max(len(plaintext) - 1, 0) // _CHUNK
    view = memoryview(plaintext)
    return b"".join(
        [
            cipher.encrypt(_chunk_nonce(i, last), view[i * _CHUNK : (i + 1) * _CHUNK], None)
            for i in range(last + 1)
        ]
    )


def _open_payload(key: bytes, sealed: memoryview) -> bytes:
    cipher = ChaCha20Poly1305(key)
    last = max(len(sealed) - 1, 0) // _SEALED_CHUNK
    try:
        chunks = [
            cipher.decrypt(_chunk_nonce(i, last), sealed[i * _SEALED_CHUNK : (i + 1) * _SEALED_CHUNK], None)
            for i in range(last + 1)
        ]
    except InvalidTag:
        raise AgePayloadError("The payload of this age file was changed or cut short.") from None
    if last and not chunks[-1]:
        raise AgePayloadError("The payload of this age file ends in an empty chunk.")
    return b"".join(chunks)


def armor(data: bytes) -> bytes:
    """A binary age file as text, for bearers that carry only text."""
    text = radix64.encode(data, padded=True)
    lines = b"".join([text[i : i + _COLUMNS] + b"\n" for i in range(0, len(text), _COLUMNS)])
    return b"%b%b%b\n" % (_ARMOR_BEGIN, lines, _ARMOR_END)


def dearmor(text: bytes) -> bytes:
    """The binary age file in armored ``text``. Raises :class:`~reftel.errors.AgeArmorError`.

    White space around the whole and CRLF line ends are accepted; nothing else is forgiven.
    """
    framed = text.strip(b" \t\r\n").replace(b"\r\n", b"\n")
    lines = framed.removeprefix(_ARMOR_BEGIN).removesuffix(_ARMOR_END)
    try:
        data = a2b_base64(lines)
    except ValueError:
        raise AgeArmorError("This armored age file is damaged: it is not whole.") from None
    # The decoder is lenient; that the same text comes out again is the whole check.
    if framed != armor(data)[:-1]:
        raise AgeArmorError("This is not an armored age file, or not in the form that age writes.")
    return data
