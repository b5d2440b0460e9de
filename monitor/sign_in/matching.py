"""Holds a password against a hash in a child process: the event loop goes on, and the memory is given back."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys

from alerting.child.last_words import in_brackets
from alerting.child.process_end import kill
from monitor.sign_in.matching_child import WRONG

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Each takes 64 MiB for half a second."""
WAITING = 8
"""Who comes then is asked to come again: a crowd of guesses must not queue up in front of people."""
LIMIT_SECONDS = 15.0
"""Thirty times what it takes. Whoever has waited for so long tries again."""
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""A hash of no password. Names that nobody has take as long as others, so that the time tells no name."""


class TooBusy(Exception):
    """Too many sign in at this moment."""


class NotMatched(Exception):
    """The password could not be held against anything: it is neither right nor wrong."""


class PasswordMatching:
    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    async def matches(self, password: str, written: str) -> bool:
        """written: "" for a name that nobody has; then it takes as long, and is False. Raises TooBusy,
        NotMatched."""
        if self._inside >= WAITING:
            raise TooBusy
        self._inside += 1
        try:
            async with self._places:
                return await _in_child(password, written or NOBODY) and bool(written)
        finally:
            self._inside -= 1


async def _in_child(password: str, written: str) -> bool:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "monitor.sign_in.matching_child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "ROOMWATCH_PARENT": str(os.getpid())},
    )
    try:
        asked = json.dumps({"password": password, "written": written}).encode()
        async with asyncio.timeout(LIMIT_SECONDS):
            _, complaint = await child.communicate(asked)
    except TimeoutError:
        log.warning("a password could not be checked within %.0f s", LIMIT_SECONDS)
        raise NotMatched from None
    finally:
        if child.returncode is None:
            kill(child)
            await child.wait()
    if child.returncode not in (0, WRONG):
        log.warning("the check of a password ended with code %s%s", child.returncode, in_brackets(complaint))
        raise NotMatched
    return child.returncode == 0
