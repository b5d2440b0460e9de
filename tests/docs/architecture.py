"""The tables of docs/architecture.md, as its tests read them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()

_ROW = re.compile(r"^\|[^|]*\| `((?:probes|monitor|alerting)/[\w/]+\.py):([\w.]+)` \|(?:([^|]*)\|)?$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One row: the file, the function in it, and the type that it hands on, "" where that is what came in."""

    file: str
    name: str
    hands_on: str


def section(heading: str) -> str:
    """Heading line and text of the section whose heading begins so, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(heading)}.*?(?=\n#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/architecture.md has no section {heading}"
    return found[0]


def steps(heading: str) -> list[Step]:
    return [Step(file, name, (last or "").strip()) for file, name, last in _ROW.findall(section(heading))]
