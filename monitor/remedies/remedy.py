"""What every remedy offers. One class a file, named as the remedy is; the table is alerting/plan/remedy_format.py."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from alerting.model.reason import Reason
from alerting.model.remedy_outcome import RemedyOutcome

ALLOWED = Path("/etc/roomwatch/remedies")
"""What may be touched with root's rights is a list of empty files that only the administrator can make."""


class Remedy(Protocol):
    """One thing that can be done to this machine. None of these raises but for cancellation."""

    def describe(self) -> str:
        """What it does, in one English sentence."""
        ...

    async def dry_run(self) -> RemedyOutcome:
        """Whether it could be done now; changes nothing."""
        ...

    async def run(self) -> RemedyOutcome:
        """Do it, and look afterwards whether what it should bring back is there."""
        ...


def cannot(why: Reason, command: str = "") -> RemedyOutcome:
    return RemedyOutcome(ok=False, detail=why, command=command)


def done(what: Reason, command: str = "") -> RemedyOutcome:
    return RemedyOutcome(ok=True, detail=what, command=command)
