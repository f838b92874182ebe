"""An authority made here vouches for one name, and OpenSSL agrees; no key lies in the open."""

from __future__ import annotations

import hashlib
import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from reftel.cipher.certificates import Issued, facts, new_authority, new_server
from reftel.clock import SystemClock
from reftel.errors import BadValue, FormatError, NotFound, StoreDamaged
from reftel.office import certificates
from tests.office.scenes import NOW, Post

NAME = "office.beijing.example"


def contexts(authority: bytes, server: Issued, tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A visitor who trusts the authority, and the server."""
    (tmp_path / "certificate").write_bytes(server.certificate)
    (tmp_path / "key").write_bytes(server.key)
    inner = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inner.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    visitor = ssl.create_default_context(cadata=authority.decode())
    visitor.verify_flags |= ssl.VERIFY_X509_STRICT
    return visitor, inner


def shake_hands(visitor: ssl.SSLContext, server: ssl.SSLContext, name: str) -> None:
    """A whole handshake in memory; raises as a browser would warn."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        visitor.wrap_bio(back, there, server_hostname=name),
        server.wrap_bio(there, back, server_side=True),
    ]
    for _ in range(4):
        for end in list(ends):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                ends.remove(end)
    assert not ends


@pytest.fixture
def at_hand(beijing: Post) -> Post:
    """A post by the machine's clock, which is OpenSSL's too."""
    beijing.clock.at = SystemClock().now()
    return beijing


def test_a_visitor_who_trusts_the_authority_trusts_the_server_under_its_name_only(at_hand: Post, tmp_path):
    made = certificates.make(at_hand.office, "Office.Beijing.Example")
    key = certificates.open_key(at_hand.office.folder, at_hand.office.keys)
    server = Issued(certificates.server_file(at_hand.office.folder).read_bytes(), key)
    visitor, inner = contexts(made.authority_pem, server, tmp_path)
    shake_hands(visitor, inner, NAME)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(visitor, inner, "elsewhere.example")
    stranger = ssl.create_default_context()
    with pytest.raises(ssl.SSLCertVerificationError, match=r"issuer|self"):
        shake_hands(stranger, inner, NAME)


@pytest.mark.parametrize("elsewhere", ["elsewhere.example", "beijing.example"])
def test_the_authority_can_vouch_for_no_other_name(at_hand: Post, tmp_path, elsewhere):
    authority = new_authority("BEIJING", NAME, at_hand.clock.at)
    server = new_server(authority, elsewhere, at_hand.clock.at)
    visitor, inner = contexts(authority.certificate, server, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(visitor, inner, elsewhere)


def test_lives_are_short_and_a_renewal_keeps_the_authority(beijing: Post):
    made = certificates.make(beijing.office, NAME)
    assert made.server.name == made.authority.name == NAME
    assert made.server.ends - made.server.begins == timedelta(days=397)
    assert made.authority.ends - made.authority.begins == timedelta(days=5 * 365)
    assert made.server.begins <= NOW
    beijing.pass_time(days=390)
    renewed = certificates.renew(beijing.office)
    assert renewed.authority == made.authority
    assert renewed.server.ends - made.server.ends == timedelta(days=390)
    # An authority that ends before a certificate would is replaced, not stretched.
    beijing.pass_time(days=4 * 365)
    with pytest.raises(BadValue, match="before a new certificate would") as caught:
        certificates.renew(beijing.office)
    assert "--new-authority" in caught.value.mend
    assert certificates.make(beijing.office, NAME, anew=True).authority != made.authority


def test_the_fingerprint_is_that_of_the_certificate_in_the_file(beijing: Post):
    made = certificates.make(beijing.office, NAME)
    assert (
        made.authority.fingerprint.replace(":", "").lower() == hashlib.sha256(made.authority.der).hexdigest()
    )
    assert x509.load_pem_x509_certificate(made.authority_pem) == x509.load_der_x509_certificate(
        made.authority.der
    )


def test_no_key_lies_in_the_open(beijing: Post, moscow: Post):
    certificates.make(beijing.office, NAME)
    folder = beijing.office.folder / "tls"
    assert sorted(path.name for path in folder.iterdir()) == [
        "authority.key.age",
        "authority.pem",
        "server.key.age",
        "server.pem",
    ]
    assert folder.stat().st_mode & 0o077 == 0
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert b"PRIVATE" not in path.read_bytes()
    assert b"PRIVATE" in certificates.open_key(beijing.office.folder, beijing.office.keys)
    with pytest.raises(StoreDamaged):
        certificates.open_key(beijing.office.folder, moscow.office.keys)


def test_what_is_there_is_not_replaced_unasked_and_what_is_not_there_is_said(beijing: Post):
    assert certificates.find(beijing.office.folder) is None
    with pytest.raises(NotFound):
        certificates.renew(beijing.office)
    made = certificates.make(beijing.office, NAME)
    with pytest.raises(BadValue, match="already"):
        certificates.make(beijing.office, NAME)
    assert certificates.find(beijing.office.folder) == made


@pytest.mark.parametrize(
    "name",
    ["", "192.0.2.7", "::1", "*.example", "a..b", "-a.example", "a" * 64 + ".example", "a_b", "é.example"],
)
def test_a_name_is_a_dns_name_and_no_address(beijing: Post, name):
    with pytest.raises(BadValue) as caught:
        certificates.make(beijing.office, name)
    assert "DNS name" in caught.value.mend


def test_files_that_do_not_belong_together_are_damage(beijing: Post):
    certificates.make(beijing.office, NAME)
    folder = beijing.office.folder / "tls"
    old = (folder / "authority.pem").read_bytes()
    certificates.make(beijing.office, NAME, anew=True)
    (folder / "authority.pem").write_bytes(old)
    with pytest.raises(StoreDamaged, match="with their keys"):
        certificates.renew(beijing.office)
    (folder / "server.pem").write_bytes(b"junk")
    with pytest.raises(StoreDamaged):
        certificates.find(beijing.office.folder)
    with pytest.raises(FormatError):
        new_server(Issued(b"junk", b"junk"), NAME, NOW)


def test_a_certificate_that_names_no_host_and_a_key_of_another_kind_are_refused(beijing: Post):
    key = rsa.generate_private_key(65537, 2048)
    nobody = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    builder = x509.CertificateBuilder(nobody, nobody, key.public_key(), 1, NOW, NOW + timedelta(days=1))
    certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    with pytest.raises(FormatError, match="names no host"):
        facts(certificate)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(FormatError, match="not a private key"):
        new_server(Issued(certificate, b"junk"), NAME, NOW)
    with pytest.raises(FormatError, match="not the key"):
        new_server(Issued(certificate, pem), NAME, NOW)
