"""A daemon that gets no file descriptor or no memory any more can see, tell and answer nothing. It says so in one
sentence and ends; systemd starts it anew, and the journal has all that was decided.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from alerting.child.spare import lacking

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
ENDS_AFTER = 4.0
"""Seconds that it lasts before the daemon ends: many clients or children at once are gone by then, and an alarm that
waits comes within ten seconds after the start that follows."""
SAID_AGAIN = 60.0
"""Seconds between two lines about connections that cannot be taken: asyncio has hundreds a second."""
NO_CONNECTION = "socket.accept() out of system resource"


def _end(sentence: str) -> NoReturn:
    """At once: an end in order needs what is missing."""
    try:
        log.critical(sentence)
    finally:
        os._exit(os.EX_OSERR)


class Exhaustion:
    """lacking: what cannot be had, "" for nothing. end: takes the sentence; does not return in a real daemon."""

    def __init__(self, lacking: Callable[[], str] = lacking, end: Callable[[str], None] = _end) -> None:
        self._lacking, self._end = lacking, end
        self._said = -SAID_AGAIN
        self._closed = threading.Event()

    def begin(self) -> None:
        """In a thread of its own: a thread that gets no memory while it starts is waited for without an end, and the
        event loop is who waits."""
        threading.Thread(target=self._watch, name="exhaustion", daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def _watch(self) -> None:
        """Where something was missing from the start, a new start would mend nothing."""
        begun = False
        since: float | None = None
        while not self._closed.wait(LOOK_SECONDS):
            missing = self._lacking()
            if not missing:
                begun, since = True, None
            elif begun:
                since = time.monotonic() if since is None else since
                if time.monotonic() - since >= ENDS_AFTER:
                    self._end(f"this process gets no {missing} any more and ends, to be started anew")
                    return

    def take(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """asyncio's handler of what nobody caught."""
        if isinstance(context.get("exception"), MemoryError):
            self._end("this process got no memory for what it had to do and ends, to be started anew")
        elif context.get("message") == NO_CONNECTION:
            if time.monotonic() - self._said >= SAID_AGAIN:
                self._said = time.monotonic()
                log.error("no file descriptor is left for a connection: pages and commands have to wait")
        else:
            loop.default_exception_handler(context)

    def look_at(self, task: asyncio.Task[None]) -> None:
        """A loop that is kept running has ended, though it was neither through nor cancelled."""
        if not task.cancelled() and isinstance(task.exception(), MemoryError):
            self._end("a part of this process got no memory to go on and it ends, to be started anew")
