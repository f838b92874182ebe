"""Certificates for the web office of a post that no public authority knows: an authority, and one server.

The authority can vouch for one name and nothing else (RFC 5280, name constraints): a machine that
trusts it gives it no power over any other site.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from reftel.errors import BadValue, FormatError

AUTHORITY_LIFE = timedelta(days=5 * 365)
SERVER_LIFE = timedelta(days=397)
_SLOW_CLOCKS = timedelta(hours=1)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_LONGEST_NAME = 253
_NOTHING = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """A certificate and its private key, both as PEM."""

    certificate: bytes
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a certificate says: for which name, from when until when, and its fingerprint.

    ``fingerprint`` is the SHA-256 of the certificate in pairs of hexadecimal digits, as browsers show it.
    """

    name: str
    begins: datetime
    ends: datetime
    fingerprint: str
    der: bytes


def check_host(name: str) -> str:
    """A DNS name in lower case; :class:`BadValue` for an address, a wildcard, or what is no name."""
    found = name.lower()
    labels = found.split(".")
    if len(found) > _LONGEST_NAME or not all(map(_LABEL.match, labels)) or labels[-1].isdecimal():
        raise BadValue(
            f"{name!r} is not a name under which browsers can find an office",
            mend="Give a DNS name such as office.kaesong.example; a passkey is never bound to an address.",
        )
    return found


def new_authority(post: str, name: str, at: datetime) -> Issued:
    """An authority of ``post``, with a new key, that can vouch for ``name`` only, for five years."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"Reftel post {post}"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Authority for {name} only"[:64]),
        ]
    )
    nothing_else = [x509.IPAddress(IPv4Network("0.0.0.0/0")), x509.IPAddress(IPv6Network("::/0"))]
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (x509.KeyUsage(**{**_NOTHING, "key_cert_sign": True, "crl_sign": True}), True),
        (x509.NameConstraints([x509.DNSName(name)], nothing_else), True),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )
    return _sign(subject, subject, key, key, at, AUTHORITY_LIFE, extensions)


def new_server(authority: Issued, name: str, at: datetime) -> Issued:
    """A server's certificate for ``name``, with a new key, by an authority made above.

    Raises :class:`BadValue` when the authority ends before the certificate would, :class:`FormatError`
    where certificate and key of the authority do not belong together.
    """
    issuer, key = _load(authority.certificate), _load_key(authority.key)
    if issuer.public_key() != key.public_key():
        raise FormatError("the authority's certificate and key do not belong together")
    if at - _SLOW_CLOCKS + SERVER_LIFE > issuer.not_valid_after_utc:
        raise BadValue(
            f"the authority ends on {issuer.not_valid_after_utc:%-d %B %Y}, before a new certificate would",
            mend="Make a new one with `reftel tls --new-authority`, and have every machine trust it.",
        )
    own = ec.generate_private_key(ec.SECP256R1())
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(**{**_NOTHING, "digital_signature": True}), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName([x509.DNSName(name)]), False),
        (x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    return _sign(subject, issuer.subject, own, key, at, SERVER_LIFE, extensions)


def _sign(
    subject: x509.Name,
    issuer: x509.Name,
    own: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    at: datetime,
    life: timedelta,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> Issued:
    begins = at.replace(microsecond=0) - _SLOW_CLOCKS
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + life)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(by, SHA256()).public_bytes(Encoding.PEM)
    return Issued(certificate, own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def facts(certificate: bytes) -> Facts:
    """What a certificate, as PEM, says; :class:`FormatError` where it is none or names no host."""
    found = _load(certificate)
    try:
        constraints = found.extensions.get_extension_for_class(x509.NameConstraints).value
        names = [name.value for name in constraints.permitted_subtrees or []]
    except x509.ExtensionNotFound:
        try:
            alternatives = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound as error:
            raise FormatError("the certificate names no host") from error
        names = alternatives.get_values_for_type(x509.DNSName)
    der = found.public_bytes(Encoding.DER)
    digest = Hash(SHA256())
    digest.update(der)
    return Facts(
        name=str(names[0]) if names else "",
        begins=found.not_valid_before_utc,
        ends=found.not_valid_after_utc,
        fingerprint=digest.finalize().hex(":").upper(),
        der=der,
    )


def _load(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise FormatError("that is not a certificate") from error


def _load_key(key: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        found = load_pem_private_key(key, password=None)
    except ValueError as error:
        raise FormatError("that is not a private key") from error
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise FormatError("that is not the key of an authority made here")
    return found
