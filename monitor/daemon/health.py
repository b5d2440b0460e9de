"""Is the room truly watched? What /healthz, /readyz, systemd's watchdog and the dead-man's switches are told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from monitor.linux import systemd as systemd_linux
from monitor.pipeline.probing import Probing

STALLED_SECONDS = 60.0
"""/healthz turns bad when the plan has not been looked at for a minute: its longest wait is 15 s."""


class Health:
    """journal_problem: why the journal is not kept, "" while it is. Answers are sentences, "" where all is well."""

    def __init__(self, probing: Probing, journal_problem: Callable[[], str]) -> None:
        self._probing, self._journal_problem = probing, journal_problem
        self._looked_at = time.monotonic()
        """When the plan was last looked at, at first when that began. Monotonic seconds: no setting of the clock moves
        them."""
        self._never = True

    def begin(self) -> None:
        """The loop that looks at the plan begins now."""
        self._looked_at = time.monotonic()

    def plan_looked_at(self) -> None:
        self._looked_at, self._never = time.monotonic(), False

    def healthy(self) -> str:
        silent = time.monotonic() - self._looked_at
        return f"the plan was not looked at for {silent:.0f} s" if silent > STALLED_SECONDS else ""

    def ready(self) -> str:
        waiting = self._probing.waiting()
        return f"not yet run: {', '.join(waiting)}" if waiting else ""

    def watched(self) -> str:
        """ "" while the plan is looked at, the journal is kept and every probe runs."""
        if self._never:
            return "the plan was not looked at yet"
        return self.healthy() or self._journal_problem() or self._probing.late()

    async def watchdog(self) -> None:
        """Tells systemd as long as the daemon is healthy; returns where systemd does not ask."""
        pace = systemd_linux.watchdog_seconds()
        while pace is not None:
            if not self.healthy():
                systemd_linux.notify("WATCHDOG=1")
            await asyncio.sleep(pace)
