"""Restart one system unit that the administrator has listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from alerting.model.remedy_outcome import RemedyOutcome
from monitor.linux.run_command import execute
from monitor.remedies.oneshot import Oneshot
from monitor.remedies.protocol import ALLOWED, cannot, done

UNIT = re.compile(r"[A-Za-z0-9:_.@-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartUnit:
    """target: the unit's name, with or without ``.service``."""

    target: str
    manager: tuple[str, ...] = ("systemctl",)
    allowed: Path = ALLOWED

    @property
    def name(self) -> str:
        return self.target.removesuffix(".service")

    @property
    def _oneshot(self) -> Oneshot:
        return Oneshot(kind="restart-unit", instance=self.name, manager=self.manager, allowed=self.allowed)

    def describe(self) -> str:
        return f"Restart the system unit {self.name}."

    async def dry_run(self) -> RemedyOutcome:
        if not UNIT.fullmatch(self.name):
            return cannot(f"{self.target!r} is no name of a unit")
        hindrance = await self._oneshot.hindrance()
        if hindrance is not None:
            return hindrance
        facts = await self._facts()
        if facts.get("LoadState") != "loaded":
            return cannot(f"there is no unit {self.name}.service ({facts.get('LoadState', 'unknown')})")
        return done(f"{self.name} is {facts.get('ActiveState', 'unknown')} and may be restarted", self._oneshot.command)

    async def run(self) -> RemedyOutcome:
        ready = await self.dry_run()
        if not ready.ok:
            return ready
        before = await self._facts()
        failed = await self._oneshot.start()
        if failed is not None:
            return failed
        now = await self._facts()
        if now.get("ActiveState") != "active":
            state = f"{now.get('ActiveState', 'unknown')}, {now.get('Result', 'unknown')}"
            return cannot(f"{self.name} was restarted but is not active afterwards ({state})", ready.command)
        if now.get("InvocationID") == before.get("InvocationID"):
            return cannot(f"{self.name} still is the instance from before", ready.command)
        return done(f"{self.name} was restarted and is active", ready.command)

    async def _facts(self) -> dict[str, str]:
        wanted = "--property=LoadState,ActiveState,Result,InvocationID"
        _, text = await execute(*self.manager, "show", wanted, "--", f"{self.name}.service")
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
