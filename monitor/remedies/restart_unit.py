"""Restart one system unit that the administrator has listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from alerting.model.reason import because
from alerting.model.remedy_outcome import RemedyOutcome
from monitor.linux.run_command import execute
from monitor.remedies.oneshot import Oneshot
from monitor.remedies.remedy import ALLOWED, Remedy, cannot, done

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
            return cannot(because("unit_name", what=self.target))
        hindrance = await self._oneshot.hindrance()
        if hindrance is not None:
            return hindrance
        facts = await self._facts()
        if facts.get("LoadState") != "loaded":
            return cannot(because("unit_none", what=f"{self.name}.service", state=facts.get("LoadState", "?")))
        state = facts.get("ActiveState", "?")
        return done(because("unit_ready", what=self.name, state=state), self._oneshot.command)

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
            state = f"{now.get('ActiveState', '?')}, {now.get('Result', '?')}"
            return cannot(because("unit_inactive", what=self.name, state=state), ready.command)
        if now.get("InvocationID") == before.get("InvocationID"):
            return cannot(because("unit_same", what=self.name), ready.command)
        return done(because("unit_active", what=self.name), ready.command)

    async def _facts(self) -> dict[str, str]:
        wanted = "--property=LoadState,ActiveState,Result,InvocationID"
        _, text = await execute(*self.manager, "show", wanted, "--", f"{self.name}.service")
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def remedy(target: str, user: str) -> Remedy:
    return RestartUnit(target=target)
