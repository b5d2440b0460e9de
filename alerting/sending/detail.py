"""Why a message was not taken, as the sending child says it: a reason's code and values.

The child must be ready within 0.1 s, so it does without the libraries that alerting/model/reason.py takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Detail(NamedTuple):
    """False where there is nothing to say. values: by name; text, numbers, or a detail within it."""

    code: str = ""
    values: tuple[tuple[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.code)

    def plain(self, say: Callable[[str], str]) -> dict[str, Any]:
        """As a reason is written in JSON. say: what becomes of each text."""
        return {"code": self.code, "values": {name: _plain(value, say) for name, value in self.values}}


def because(code: str, **values: str | float | Detail) -> Detail:
    """A reason of alerting/model/reason_codes."""
    return Detail(code, tuple(values.items()))


def _plain(value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(value, Detail):
        return value.plain(say)
    return say(value) if isinstance(value, str) else value
