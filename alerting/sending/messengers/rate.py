"""Counts what a bot has sent over all senders of this machine, so that the service need not refuse.

Owns one small file a bot, locked while it is read and written. Does not wait: the caller is told how long to.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Window(NamedTuple):
    """At most ``most`` messages in ``seconds``."""

    most: int
    seconds: float


def reserve(folder: Path, bot: str, windows: tuple[Window, ...], now: Callable[[], float] = time.time) -> float:
    """Take a place for one message: 0.0 when it may go, else the seconds to wait.

    folder: writable, shared by the senders of this machine. A folder that cannot be written never holds a message.
    bot: its key; only its hash is stored. Times in the future (a clock that was set back) are forgotten.
    """
    file = folder / f"bot-{hashlib.sha256(bot.encode()).hexdigest()[:24]}.json"
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return 0.0
    with os.fdopen(handle, "r+", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        moment = now()
        longest = max(window.seconds for window in windows)
        sent = [one for one in _read(stream.read()) if moment - longest < one <= moment]
        for window in windows:
            recent = [one for one in sent if one > moment - window.seconds]
            if len(recent) >= window.most:
                return recent[-window.most] + window.seconds - moment
        try:
            stream.seek(0)
            stream.truncate()
            stream.write(json.dumps([*sent, moment]))
        except OSError:
            pass
        return 0.0


def _read(text: str) -> list[float]:
    try:
        values = json.loads(text or "[]")
        return [float(value) for value in values]
    except (ValueError, TypeError):
        return []
