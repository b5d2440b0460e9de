"""Where the files that admins read and tune lie. Does not create anything."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

SYSTEM_FOLDER = Path("/etc/roomwatch")
_SOURCE_FOLDER = Path(__file__).resolve().parent.parent / "config"


def shipped_folder() -> Path:
    """The configuration that travels with the product: the source tree first (an installed copy goes stale there)."""
    if (_SOURCE_FOLDER / "roomwatch.toml").is_file() and (_SOURCE_FOLDER.parent / "pyproject.toml").is_file():
        return _SOURCE_FOLDER
    return Path(sys.prefix) / "share" / "roomwatch" / "config"


def typed_option(config: Path | None) -> str:
    """How this configuration is named in a command to be pasted, with the space before it; "" for the system's."""
    return f" --config {shlex.quote(str(config.absolute()))}" if config is not None and config != SYSTEM_FOLDER else ""
