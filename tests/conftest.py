"""What all tests share: how properties are tried, and where the material beside the repository is.

Test modules take it with ``from tests.conftest import shared``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about Reftel: two cores, measured for coverage.
settings.register_profile(
    "reftel", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("reftel")

ROOT = Path(__file__).resolve().parents[1]


def shared(*parts: str) -> Path:
    """Return the path of a file or folder in ``../shared``, or skip the test where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("skipped: no ../shared")
    path = folder.joinpath(*parts)
    if not path.exists():
        pytest.fail(f"../shared is there but lacks {'/'.join(parts)}")
    return path
