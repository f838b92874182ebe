"""Make the press's fonts from IBM's npm packages: WOFF2 to TTF or OTF, nothing else changed.

``python tools/fonts.py`` writes them, with npm, fontTools and brotli at hand; ``--check`` makes
them again and compares them with the committed ones byte for byte. The licence reserves the font
name, so the fonts are neither subset nor renamed. ``coverage.json`` beside them lists the
characters they hold, as ranges: ``any`` what at least one font has, ``every`` what each of the
Latin and Cyrillic ones has.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from itertools import pairwise
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parents[1] / "src/reftel/press/fonts"
# package and version; SHA-512 of the packed file as npm publishes it; the weights used
PACKAGES = (
    (
        "@ibm/plex-serif@2.0.0",
        "xVu9JsC18tBoQF2M6fofpsWrHj5a94saxlOZbYmXoC0E3UfjgS1JlibgrnaUJjnkLlEyCpMgI2PdhkDxijw0gA==",
        ("IBMPlexSerif-Regular", "IBMPlexSerif-Italic", "IBMPlexSerif-SemiBold"),
    ),
    (
        "@ibm/plex-mono@2.5.0",
        "STBJIPxPomOYPmBMO7z5TKPJUotAF9u3gAUumTqVgwgrAO+K4FRNh0MlhsoJjKhJKsMbBJR10/bk4inkj/wc1w==",
        ("IBMPlexMono-Regular", "IBMPlexMono-SemiBold"),
    ),
    (
        "@ibm/plex-sans-condensed@2.0.0",
        "dzgR4Npf/JJMiTYf6iOBQJpTDQfllZFLN0A0FkW5gtWhNr9JeQNvRrIRwJvbZHfL0I8wae8kIhO/ukYdeXW54g==",
        (
            "IBMPlexSansCondensed-Regular",
            "IBMPlexSansCondensed-Medium",
            "IBMPlexSansCondensed-SemiBold",
            "IBMPlexSansCondensed-Bold",
        ),
    ),
    (
        "@ibm/plex-sans-kr@1.1.0",
        "oGwlBC7BYvcvOvs7d8SoumXJwNO3rjbplteyeYI7zgQmEWI+4qLdRhI/zBUO4Ioo55YymSMiMtRPqAAPZBrJqA==",
        ("IBMPlexSansKR-Regular",),
    ),
    (
        "@ibm/plex-sans-sc@1.1.0",
        "IkhORwgw/CrsUss7uW9Rj6KKSsGQoIyIaNWjjju/7sV7SYS3yk0c/DgZN/leIG3Co5lN/X4Or/sQaL+SdvmSIg==",
        ("IBMPlexSansSC-Regular",),
    ),
)


def packed(name: str, digest: str) -> bytes:
    """The npm package ``name`` as published; stops when its SHA-512 is not ``digest``."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", name], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        data = next(Path(folder).glob("*.tgz")).read_bytes()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != digest:
        sys.exit(f"{name} is not the package that was chosen")
    return data


def unpacked(name: str, digest: str, weights: tuple[str, ...]) -> dict[str, bytes]:
    """The fonts of one package by file name, and its licence."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(packed(name, digest))) as archive:
        for member in archive.getmembers():
            path = Path(member.name)
            content = archive.extractfile(member)
            if content is None:
                continue
            if path.name == "LICENSE.txt":
                files["OFL.txt"] = content.read()
            elif "complete/woff2" in member.name and path.suffix == ".woff2" and path.stem in weights:
                font = TTFont(io.BytesIO(content.read()), recalcTimestamp=False)
                font.flavor = None
                out = io.BytesIO()
                font.save(out)
                files[path.stem + (".otf" if font.sfntVersion == "OTTO" else ".ttf")] = out.getvalue()
    return files


def ranges(characters: set[int]) -> list[list[int]]:
    """Code points as closed ranges, in order."""
    points = sorted(characters)
    starts = points[:1] + [b for a, b in pairwise(points) if b != a + 1]
    ends = [a for a, b in pairwise(points) if b != a + 1] + points[-1:]
    return [list(pair) for pair in zip(starts, ends, strict=True)]


def coverage(files: dict[str, bytes]) -> bytes:
    """Which characters can be set, as ``coverage.json``."""
    sets = {
        name: set(TTFont(io.BytesIO(data), lazy=True).getBestCmap())
        for name, data in files.items()
        if name != "OFL.txt"
    }
    latin = [held for name, held in sets.items() if "KR" not in name and "SC" not in name]
    found = {"any": ranges(set.union(*sets.values())), "every": ranges(set.intersection(*latin))}
    return json.dumps(found, separators=(",", ":")).encode() + b"\n"


def main() -> None:
    """Write the fonts, or with ``--check`` compare."""
    files: dict[str, bytes] = {}
    for package in PACKAGES:
        files |= unpacked(*package)
    files["coverage.json"] = coverage(files)
    if sys.argv[1:] == ["--check"]:
        wrong = [name for name, data in files.items() if (FOLDER / name).read_bytes() != data]
        sys.exit("not as made here: " + ", ".join(wrong) if wrong else 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()
