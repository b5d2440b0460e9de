"""The installation's own key, by which links and codes are signed; made once, kept in the state folder."""

from __future__ import annotations

import logging
import os
import secrets
from pathlib import Path

log = logging.getLogger(__name__)


def answer_key(folder: Path) -> bytes:
    """The installation's own key made once; only this user may read it. Where it cannot be kept,
    one for this run: what was sent before a restart then proves nothing."""
    try:
        return _kept_key(folder / "link.key")
    except OSError as error:
        log.error("the key for answers cannot be kept: %s", error)
        return secrets.token_bytes(32)


def _kept_key(file: Path) -> bytes:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = file.read_bytes()
        if len(found) >= 32:
            return found
        file.unlink()
        return _kept_key(file)
    with os.fdopen(handle, "wb") as stream:
        key = secrets.token_bytes(32)
        stream.write(key)
        stream.flush()
        os.fsync(stream.fileno())  # links that went out must hold after a power cut, too
        return key
