"""Who is signed in. Kept in memory alone: a restart of the daemon signs everybody out."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

IDLE_SECONDS = 8 * 3600.0
"""A working day without a click."""
LIFE_SECONDS = 7 * 86400.0
MOST = 500
"""Sessions at once; the one that was used longest ago gives way."""


@dataclass(slots=True)
class _Session:
    contact: str
    written: str
    since: float
    used: float


class Sessions:
    """Only a hash of each cookie is kept. clock: seconds that never run back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: OrderedDict[str, _Session] = OrderedDict()

    def begin(self, contact: str, written: str) -> str:
        """The cookie of a new session. written: the hash of the password that opened it."""
        token, now = secrets.token_urlsafe(32), self._clock()
        self._open[_hashed(token)] = _Session(contact=contact, written=written, since=now, used=now)
        while len(self._open) > MOST:
            self._open.popitem(last=False)
        return token

    def holder(self, token: str, written: Callable[[str], str]) -> str:
        """The contact whose session it is, "" for none. written: contact → hash of their password now; a session that
        another password opened has ended."""
        key, now = _hashed(token), self._clock()
        found = self._open.get(key)
        if found is None:
            return ""
        old = now - found.used > IDLE_SECONDS or now - found.since > LIFE_SECONDS
        if old or written(found.contact) != found.written:
            del self._open[key]
            return ""
        found.used = now
        self._open.move_to_end(key)
        return found.contact

    def end(self, token: str) -> None:
        self._open.pop(_hashed(token), None)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
