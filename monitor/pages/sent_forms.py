"""Forms that were sent: a second press, or a reload, does nothing twice and leads to what the first one did."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

REMEMBERED = 500
"""Forms: those of an hour in which forty people report and answer several times."""
LONGEST = 64
"""Signs of the field ``once``; a page writes 16."""


class SentForms:
    """By the value that each form carries in its field ``once``. A form without one is never known."""

    def __init__(self) -> None:
        self._led_to: OrderedDict[str, str] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def turn(self, once: str) -> asyncio.Lock:
        """Held while a form is carried out: two presses within a moment come one after the other."""
        return self._turns.setdefault(once, asyncio.Lock()) if _known(once) else asyncio.Lock()

    def led_to(self, once: str) -> str:
        """The address to which the first sending led; "" for a form that was not sent yet."""
        return self._led_to.get(once, "")

    def remember(self, once: str, address: str) -> None:
        if _known(once):
            self._led_to[once] = address
        while len(self._led_to) > REMEMBERED:
            self._led_to.popitem(last=False)


def _known(once: str) -> bool:
    return 0 < len(once) <= LONGEST
