"""What came of a remedy: the seam between the plan's engine, which asks, and the machine part, which does.

Does not know how anything is restarted: the engine is handed a ``CarryOut`` and journals what it answers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from alerting.model.reason import Reason, because


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyOutcome:
    """ok: it was done and what it should bring back was seen afterwards (a dry run: it could be done now).

    detail: what happened, to what, also when it failed; its words say what to do instead.
    command: what a person would type to do the same, "" where it could not even be told.
    """

    ok: bool
    detail: Reason
    command: str = ""


def broken(error: object) -> RemedyOutcome:
    """What a remedy that raised came to."""
    detail = f"{type(error).__name__}: {error}" if isinstance(error, Exception) else str(error)
    return RemedyOutcome(ok=False, detail=because("broke", detail=detail))


CarryOut = Callable[[str, str, bool], Awaitable[RemedyOutcome]]
"""(kind, target, dry run) → outcome. kind: one of alerting.plan.remedy_format.REMEDIES.

Raises nothing but cancellation."""

CarryOutIn = Callable[[str], CarryOut | None]
"""A room's id → what carries remedies out on its machine; None where only people can."""


def nowhere(room: str) -> None:
    """A CarryOutIn: people do everything."""
