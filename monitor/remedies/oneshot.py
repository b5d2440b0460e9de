"""Starts one of the fixed oneshot units that carry out what needs root, and says in words why one did not.

It is not root itself: the polkit rule lets the daemon start these units and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.linux.run_command import execute
from monitor.remedies.remedy import ALLOWED, cannot

START_SECONDS = 95.0
"""The units end themselves after 90 s (TimeoutStartSec)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oneshot:
    """roomwatch-remedy-KIND@INSTANCE.service. manager: the command that speaks to the service manager."""

    kind: str
    instance: str
    manager: tuple[str, ...] = ("systemctl",)
    allowed: Path = ALLOWED

    @property
    def unit(self) -> str:
        return f"roomwatch-remedy-{self.kind}@{self.instance}.service"

    @property
    def command(self) -> str:
        return " ".join((*self.manager, "start", self.unit))

    async def hindrance(self) -> RemedyOutcome | None:
        """Why it could not be started; None where it could."""
        code, text = await execute(*self.manager, "show", "--property=LoadState", "--value", "--", self.unit)
        if code:
            return cannot(because("manager_silent", detail=text), self.command)
        if text != "loaded":
            return cannot(because("not_installed", what=self.unit), self.command)
        place = self.allowed / self.kind / self.instance
        if not place.is_file():
            return cannot(because("not_permitted", place=str(place)), self.command)
        return None

    async def start(self) -> RemedyOutcome | None:
        """None where the unit did its work; else why not, from its own result."""
        code, text = await execute(*self.manager, "--no-ask-password", "start", "--", self.unit, seconds=START_SECONDS)
        if code == 0:
            return None
        _, result = await execute(*self.manager, "show", "--property=Result", "--value", "--", self.unit)
        last = text.splitlines()[-1] if text else str(code)
        return cannot(because("unit_failed", what=self.unit, state=result, detail=last), self.command)
