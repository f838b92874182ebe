"""Write docs/lifecycle.md from the tables: ``python tools/write_lifecycle.py``."""

from pathlib import Path

from reftel.docket.lifecycle import page

if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "lifecycle.md").write_text(page(), encoding="utf-8")
