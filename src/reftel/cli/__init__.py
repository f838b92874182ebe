"""The command line: ``reftel`` and its commands, one module for each group of them.

``program`` runs them and shows errors, ``index`` lists them, ``frame`` is what each stands in.
"""

from __future__ import annotations

import sys
import traceback

from reftel.cli.index import program

DEFECT = 70


def main() -> None:
    """Run the program with the arguments that it was called with."""
    try:
        program.main(prog_name="reftel")
    except Exception:  # noqa: BLE001 - an error that is not ours must not look like findings
        traceback.print_exc()
        sys.exit(DEFECT)
