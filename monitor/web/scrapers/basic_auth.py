"""HTTP Basic: holds a scraper's password against its bcrypt hash in a thread, and remembers that it was right."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping

from monitor.web.scrapers.bcrypt_hash import matches

WAITING = 8
"""Who comes then is asked to come again: guesses must not queue up in front of a scraper."""
NOBODY = "$2b$10$" + "." * 53
"""A hash of no password: a name that nobody has takes as long as the usual cost of 10."""
LONGEST = 4096
"""Characters of the header: a name and a password have dozens."""


class TooManyPasswords(Exception):
    """Too many passwords wait to be looked at."""


class BasicAuth:
    """users: name → bcrypt hash. One password is looked at at a time. What was right is kept as a keyed digest, one a
    user; what was wrong is kept nowhere, so that no flood of guesses pushes the right ones out."""

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = dict(users)
        self._key = os.urandom(32)
        self._right: dict[str, bytes] = {}
        self._turn = asyncio.Semaphore(1)
        self._inside = 0

    async def allows(self, header: str) -> bool:
        """header: the request's Authorization, "" where it has none. Raises TooManyPasswords."""
        if not self._users:
            return True
        sent = _sent(header)
        if sent is None:
            return False
        name, password = sent
        digest = hmac.digest(self._key, password, hashlib.sha256)
        if hmac.compare_digest(self._right.get(name, b""), digest):
            return True
        if self._inside >= WAITING:
            raise TooManyPasswords
        self._inside += 1
        try:
            async with self._turn:
                right = await asyncio.to_thread(matches, password, self._users.get(name, NOBODY))
        finally:
            self._inside -= 1
        if not right or name not in self._users:
            return False
        self._right[name] = digest
        return True


def _sent(header: str) -> tuple[str, bytes] | None:
    """(name, password)."""
    scheme, _, coded = header[:LONGEST].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
        return (name.decode(), password) if colon else None
    except (binascii.Error, ValueError):
        return None
