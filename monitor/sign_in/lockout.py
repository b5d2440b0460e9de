"""Who failed too often waits: per name, against guesses at one person; per address, at everybody. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

NAME_FAILURES = 5
"""Typing errors of a person at night, before guesses are assumed."""
ADDRESS_FAILURES = 20
"""A floor behind one address has several people who mistype."""
FIRST_SECONDS, MOST_SECONDS = 60.0, 3600.0
"""The wait doubles with each further failure, so that few guesses a day are left. Not for ever: a stranger who types
another's name must not keep them out of an emergency; the link in a message needs no password."""
FORGET_SECONDS = 86400.0
KEPT = 10_000
"""Names and addresses that are remembered, some MiB at the most."""


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0
    until: float = 0.0


class Lockout:
    """clock: seconds that never run back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, name: str, address: str) -> float:
        """Seconds until this name may be tried from this address; 0 for now."""
        keys = (f"name {name}", f"address {address}")
        found = [self._known[key].until - self._clock() for key in keys if key in self._known]
        return max([*found, 0.0])

    def failed(self, name: str, address: str) -> bool:
        """Note a failure; True where it locks the name or the address. Noted before the try, and taken back by
        ``succeeded``, so that of several tries at once each counts."""
        name_locks = self._note(f"name {name}", NAME_FAILURES)
        return self._note(f"address {address}", ADDRESS_FAILURES) or name_locks

    def succeeded(self, name: str, address: str) -> None:
        """The name starts anew. Its address gets this one try back: with more, one known password would let it guess at
        others for ever."""
        self._known.pop(f"name {name}", None)
        found = self._known.get(f"address {address}")
        if found is not None:
            found.count, found.until = found.count - 1, 0.0

    def untried(self, name: str, address: str) -> None:
        """Take a failure back that was noted before a try which then was not made: too many were waiting."""
        for key, allowed in ((f"name {name}", NAME_FAILURES), (f"address {address}", ADDRESS_FAILURES)):
            found = self._known.get(key)
            if found is not None:
                found.count -= 1
                found.until = found.until if found.count >= allowed else 0.0

    def _note(self, key: str, allowed: int) -> bool:
        now = self._clock()
        found = self._known.pop(key, _Failures())
        if now - found.last > FORGET_SECONDS:
            found = _Failures()
        found.count, found.last = found.count + 1, now
        over = found.count - allowed
        if over >= 0:
            found.until = now + min(MOST_SECONDS, FIRST_SECONDS * 2.0 ** min(over, 10))
        self._known[key] = found
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return over >= 0
