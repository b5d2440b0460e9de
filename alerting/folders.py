"""Where the files that admins read and tune lie, how a folder for them is made, and how the program is typed here."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

SYSTEM_FOLDER = Path("/etc/roomwatch")
DOCUMENTS = Path("/usr/share/doc/roomwatch/docs")
_SOURCE_FOLDER = Path(__file__).resolve().parent.parent / "config"


def shipped_folder() -> Path:
    """The configuration that travels with the product: the source tree first (an installed copy goes stale there)."""
    return _SOURCE_FOLDER if _from_source() else Path(sys.prefix) / "share" / "roomwatch" / "config"


def _from_source() -> bool:
    return (_SOURCE_FOLDER / "roomwatch.toml").is_file() and (_SOURCE_FOLDER.parent / "pyproject.toml").is_file()


def python_path() -> str:
    """PYTHONPATH of a child: this program's own modules first. With -P no child looks for them where it was started."""
    return os.pathsep.join(filter(None, (str(_SOURCE_FOLDER.parent), os.environ.get("PYTHONPATH", ""))))


def make_folder(folder: Path) -> None:
    """With those above it that are missing, open to all as the packaged ones are, whatever the umask: who reads them is
    another user than who types."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir(exist_ok=True)
            one.chmod(0o755)


def page(name: str) -> str:
    """Where a page of the documents can be read: as the package brings it, else as the source tree names it."""
    installed = DOCUMENTS / name
    return str(installed) if installed.is_file() and not _from_source() else f"docs/{name}"


def typed_program() -> str:
    """The program in a command to be pasted: its place too, where a shell would not find it, as in a source tree."""
    return "roomwatch" if shutil.which("roomwatch") else shlex.quote(str(Path(sys.executable).with_name("roomwatch")))


def typed_option(config: Path | None) -> str:
    """How this configuration is named in a command to be pasted, with the space before it; "" for the system's."""
    return f" --config {shlex.quote(str(config.absolute()))}" if config is not None and config != SYSTEM_FOLDER else ""
