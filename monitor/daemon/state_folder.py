"""The folder for journal, readings and socket; one daemon at a time in it. A second instance gets a clear error."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
from pathlib import Path
from typing import TextIO

from monitor.settings.usable_names import SOCKET

log = logging.getLogger("roomwatch.daemon")
SYSTEM_STATE = Path("/var/lib/roomwatch")


class StateFolderError(Exception):
    """The folder cannot be used; the text says what to do."""


def choose(configured: str) -> Path:
    """The configured folder, systemd's, the system's when it is writable, else one in the user's home. A user who has
    none, nor a name, has the system's: who may not write there is told so."""
    if configured:
        return Path(configured)
    given = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if SYSTEM_STATE.is_dir() and os.access(SYSTEM_STATE, os.W_OK):
        return SYSTEM_STATE
    if base := os.environ.get("XDG_STATE_HOME"):
        return Path(base) / "roomwatch"
    try:
        return Path.home() / ".local" / "state" / "roomwatch"
    except RuntimeError:
        return SYSTEM_STATE


def places(configured: str) -> tuple[Path, ...]:
    """Where a daemon's folder may be, for who only asks: writing there is the daemon's alone. The first is where this
    user's own daemon would be."""
    own = choose(configured)
    return (own,) if own == SYSTEM_STATE or configured or os.environ.get("STATE_DIRECTORY") else (own, SYSTEM_STATE)


def find(configured: str) -> Path:
    """The folder of a daemon that runs or ran, for who only reads it; where none is, that of a daemon to come."""
    for place in places(configured):
        if _may_hold(place / SOCKET) or _may_hold(place / "journal.db"):
            return place
    return choose(configured)


def _may_hold(file: Path) -> bool:
    """True also for what this user may not look at: the one who opens it is told so."""
    try:
        return file.exists()
    except PermissionError:
        return True


class StateFolder:
    """Holds the lock as long as it lives. A folder that cannot be used is told and silences no alarm: ``usable`` is
    False, and nothing says that no other daemon runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: TextIO | None = None
        try:
            path.mkdir(mode=0o750, parents=True, exist_ok=True)
            self._lock = (path / "lock").open("a+")
        except OSError as error:
            log.critical("the state folder %s cannot be used (%s): set `state` or mend its owner", path, error.strerror)
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.seek(0)
            other = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise StateFolderError(
                f"another roomwatch (pid {other}) already uses {path}. Stop it, or set another `state`."
            ) from None
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same, only its owner's number is lost
            os.truncate(self._lock.fileno(), 0)
            os.write(self._lock.fileno(), str(os.getpid()).encode())

    @property
    def socket(self) -> Path:
        return self.path / SOCKET

    def mark_shutdown(self, at: float, reason: str) -> None:
        """Leave word that this was a clean end: a PC switched off for the night is not a dead one."""
        try:
            (self.path / "clean-shutdown.json").write_text(json.dumps({"at": at, "reason": reason}) + "\n")
        except OSError:
            return

    def take_shutdown_mark(self) -> dict[str, object] | None:
        """The mark of the last clean end, removed; None when the last run ended otherwise (or was the first)."""
        mark = self.path / "clean-shutdown.json"
        try:
            found = json.loads(mark.read_text())
            mark.unlink()
        except (OSError, ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None

    @property
    def usable(self) -> bool:
        return self._lock is not None

    def close(self) -> None:
        if self._lock is not None:
            self._lock.close()
