"""The committed assets: style, scripts, fonts and icon, served from memory under ``/assets``.

An address carries a piece of the content's hash, so that a browser keeps a file for good and asks
anew when it changes. ``tools/write_assets.py`` builds the files; ``manifest.json`` lists them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}
_FOR_GOOD: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, the same compressed with gzip (``None`` for fonts), and its SRI value."""

    data: bytes
    packed: bytes | None
    media_type: str
    integrity: str
    version: str


@cache
def assets() -> dict[str, Asset]:
    """Every asset by name, read once."""
    folder = files("reftel.web") / "assets"
    found = {}
    for entry in json.loads((folder / "manifest.json").read_text())["files"]:
        name = entry["name"]
        kind = name.rpartition(".")[2]
        data = (folder / name).read_bytes()
        found[name] = Asset(
            data=data,
            packed=None if kind == "woff2" else gzip.compress(data, 9, mtime=0),
            media_type=_TYPES[kind],
            integrity=entry["integrity"],
            version=hashlib.sha384(data).hexdigest()[:12],
        )
    return found


def asset(name: str) -> str:
    """The address of the asset ``name``: for templates."""
    return f"/assets/{name}?v={assets()[name].version}"


def integrity(name: str) -> str:
    """What stands in ``integrity`` of the element that loads ``name``."""
    return assets()[name].integrity


async def serve(request: Request) -> Response:
    """One asset, compressed where the browser takes it."""
    found = assets().get(request.path_params["name"])
    if found is None:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    tag = f'"{found.version}"'
    kept = _FOR_GOOD if request.query_params.get("v") == found.version else "no-cache"
    headers = {"etag": tag, "cache-control": kept, "vary": "accept-encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)


route: Final = Route("/assets/{name}", serve, methods=["GET"], name="asset")
