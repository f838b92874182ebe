"""The committed assets: built from what stands in tools/web, listed, small, and served as they are."""

import base64
import gzip
import hashlib
import json
import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from reftel.web import statics
from tests.conftest import ROOT

ASSETS = ROOT / "src" / "reftel" / "web" / "assets"
MANIFEST = json.loads((ASSETS / "manifest.json").read_text())
FIRST_VIEW = (
    "reftel.css",
    "htmx.min.js",
    "hx-csp.min.js",
    "hx-sse.min.js",
    "reftel.js",
    "sealed.js",
    "icon.svg",
    "source-sans-3-latin-wght-normal.woff2",
    "source-serif-4-latin-wght-normal.woff2",
    "pt-mono-latin-400-normal.woff2",
)


@pytest.fixture
def client():
    return TestClient(Starlette(routes=[statics.route]))


def test_they_are_what_the_sources_make():
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "write_assets.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.stderr.startswith("skipped"):
        pytest.skip(ended.stderr.strip())
    assert ended.returncode == 0, ended.stderr


def test_the_manifest_lists_every_file_and_every_package():
    listed = {entry["name"]: entry for entry in MANIFEST["files"]}
    assert listed.keys() == {path.name for path in ASSETS.iterdir()} - {"manifest.json"}
    for name, entry in listed.items():
        data = (ASSETS / name).read_bytes()
        digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
        assert (entry["integrity"], entry["size"]) == (f"sha384-{digest}", len(data))
    locked = json.loads((ROOT / "tools/web/package.json").read_text())["dependencies"]
    assert {one["name"]: one["version"] for one in MANIFEST["packages"]} == locked
    assert all(one["licence"] and one["integrity"].startswith("sha512-") for one in MANIFEST["packages"])


def test_a_first_view_is_under_250_kilobytes():
    small = [statics.assets()[name].packed or statics.assets()[name].data for name in FIRST_VIEW]
    assert sum(map(len, small)) < 220_000  # the page itself and its headers come on top


def test_a_file_is_kept_for_good_under_its_own_address_only(client):
    address = statics.asset("reftel.css")
    first = client.get(address)
    assert first.headers["content-encoding"] == "gzip"
    assert first.content == (ASSETS / "reftel.css").read_bytes()
    assert "immutable" in first.headers["cache-control"]
    assert client.get("/assets/reftel.css?v=0").headers["cache-control"] == "no-cache"
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get(address, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content


def test_fonts_go_as_they_are_and_nothing_else_is_served(client):
    font = client.get(statics.asset("pt-mono-latin-400-normal.woff2"))
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers
    assert client.get("/assets/manifest.json").status_code == 404
    assert client.get("/assets/..%2flook.py").status_code == 404


def test_packed_bytes_unpack_to_the_file():
    for found in statics.assets().values():
        assert found.packed is None or gzip.decompress(found.packed) == found.data
