"""Forms that were sent: a second press, or a reload, does nothing twice and leads to what the first one did."""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 500
"""Forms: those of an hour in which forty people report and answer several times."""


class SentForms:
    """By the value that each form carries in its field ``once``. A form without one is never known."""

    def __init__(self) -> None:
        self._led_to: OrderedDict[str, str] = OrderedDict()

    def led_to(self, once: str) -> str:
        """The address to which the first sending led; "" for a form that was not sent yet."""
        return self._led_to.get(once, "") if once else ""

    def remember(self, once: str, address: str) -> None:
        if once:
            self._led_to[once] = address
        while len(self._led_to) > REMEMBERED:
            self._led_to.popitem(last=False)
