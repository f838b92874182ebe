"""How a machine is told to trust the post's own authority: a page, the same as a file, the certificate."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reftel.errors import NotFound
from reftel.office import certificates
from reftel.office.certificates import Certificates
from reftel.web import look
from reftel.web.rendering import render
from reftel.web.visit import gate_of

_PAIRS = 8  # in a line of a fingerprint, so that two people can keep their place
CRT, PEM = "reftel-authority.crt", "reftel-authority.pem"


def fingerprint_lines(fingerprint: str) -> list[str]:
    """A fingerprint in lines that can be read out."""
    pairs = fingerprint.split(":")
    return [" ".join(pairs[i : i + _PAIRS]) for i in range(0, len(pairs), _PAIRS)]


def page(request: Request) -> Response:
    """The page, for whoever comes, signed in or not, locked or not."""
    found = certificates.find(gate_of(request).folder)
    files = {"crt": f"/trust/{CRT}", "pem": f"/trust/{PEM}"}
    facts: Any = {"fingerprint": []} if found is None else _context(found, files)
    return render(request, "trust/page.html", **facts)


def alone(post: str, found: Certificates) -> str:
    """The page as one file that needs no server; the certificates are to lie beside it."""
    environment = look.environment()
    environment.filters["visible"] = look.visible
    template = environment.get_template("trust/alone.html")
    return template.render(post=post, **_context(found, {"crt": CRT, "pem": PEM}))


def _context(found: Certificates, files: dict[str, str]) -> dict[str, object]:
    return {
        "name": found.authority.name,
        "fingerprint": fingerprint_lines(found.authority.fingerprint),
        "ends": f"{found.authority.ends:%-d %B %Y}",
        "files": files,
    }


def crt(request: Request) -> Response:
    """The authority's certificate as DER, which most machines open by themselves."""
    return _download(_certificates(request).authority.der, CRT, "application/x-x509-ca-cert")


def pem(request: Request) -> Response:
    """The authority's certificate as PEM."""
    return _download(_certificates(request).authority_pem, PEM, "application/x-pem-file")


def _certificates(request: Request) -> Certificates:
    found = certificates.find(gate_of(request).folder)
    if found is None:
        raise NotFound("this office has no authority of its own", mend="Its certificate needs no trusting.")
    return found


def _download(data: bytes, name: str, kind: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


routes = [Route("/trust", page), Route(f"/trust/{CRT}", crt), Route(f"/trust/{PEM}", pem)]
